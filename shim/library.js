// Emscripten JS library: what C++ imports. Each function forwards to the object that start() hands to the factory as
// `ndfuse` (src/host.js). Without it, when a program is started by hand, there is only the CPU device.
addToLibrary({
  $ndfuse_host__deps: ["$addOnPreRun", "$exitJS", "$handleException", "$stackAlloc", "$stringToUTF8OnStack"],
  $ndfuse_host__postset: "addOnPreRun(ndfuse_host);",
  $ndfuse_host: () => {
    const host = Module["ndfuse"];
    if (host && !ndfuse_host.attached) {
      ndfuse_host.attached = true;
      host["attach"](wasmMemory, {
        complete: (request, status) => Module["_ndfuse_complete"](request, status),
        flush: () => Module["_ndfuse_flush"]?.(),
        // What is exported itself, or a debug build's wrapper of it; optimised builds rename what they export.
        find: (name) => [
          Module[`_${name}`],
          wasmExports[name],
          ...(name === "main" ? [wasmExports["__main_argc_argv"]] : []),
        ],
        // The next three are what callMain does; it cannot wait for a main that is suspended.
        layOut: (args) => {
          const all = [thisProgram, ...args];
          const argv = stackAlloc((all.length + 1) * 4);
          const pointers = all.map((one) => stringToUTF8OnStack(one));
          new Uint32Array(wasmMemory.buffer).set([...pointers, 0], argv >>> 2);
          return [all.length, argv];
        },
        exit: (code) => exitJS(code, true),
        caught: (error) => handleException(error),
      });
    }
    return host;
  },

  ndfuse_submit__deps: ["$ndfuse_host"],
  ndfuse_submit: (words, nWords, params, paramBytes) => ndfuse_host().submit(words, nWords, params, paramBytes),

  ndfuse_pipeline__deps: ["$ndfuse_host"],
  ndfuse_pipeline: (...args) => ndfuse_host().pipeline(...args),

  ndfuse_warmup__deps: ["$ndfuse_host"],
  ndfuse_warmup: (request) => ndfuse_host().warmup(request),

  ndfuse_read__deps: ["$ndfuse_host"],
  ndfuse_read: (...args) => ndfuse_host().read(...args),

  ndfuse_read_blocking__deps: ["$ndfuse_host"],
  ndfuse_read_blocking: (...args) => ndfuse_host().readBlocking(...args),

  ndfuse_synchronize__deps: ["$ndfuse_host"],
  ndfuse_synchronize: (request) => ndfuse_host().synchronize(request),

  ndfuse_synchronize_blocking__deps: ["$ndfuse_host"],
  ndfuse_synchronize_blocking: (timeoutMs) => ndfuse_host().synchronizeBlocking(timeoutMs),

  // The one import that suspends wasm. It is called only when the host has said so: elsewhere it would trap, and where
  // the engine cannot suspend it is never called.
  ndfuse_suspend__deps: ["$ndfuse_host"],
  ndfuse_suspend__postset: "if (WebAssembly.Suspending) _ndfuse_suspend = new WebAssembly.Suspending(_ndfuse_suspend);",
  ndfuse_suspend: () => ndfuse_host().suspend(),

  ndfuse_recording__deps: ["$ndfuse_host"],
  ndfuse_recording: () => ndfuse_host().recording(),

  ndfuse_reset__deps: ["$ndfuse_host"],
  ndfuse_reset: (request) => ndfuse_host().reset(request),

  ndfuse_reset_blocking__deps: ["$ndfuse_host"],
  ndfuse_reset_blocking: (timeoutMs) => ndfuse_host().resetBlocking(timeoutMs),

  ndfuse_error__deps: ["$ndfuse_host"],
  ndfuse_error: (pointer, capacity) => ndfuse_host().error(pointer, capacity),

  ndfuse_device_info__deps: ["$ndfuse_host"],
  ndfuse_device_info: (what, pointer, capacity) => ndfuse_host()?.deviceInfo(what, pointer, capacity) ?? 0,

  ndfuse_lost__deps: ["$ndfuse_host"],
  ndfuse_lost: () => ndfuse_host()?.lost() ?? 0,

  ndfuse_draw_image__deps: ["$ndfuse_host"],
  ndfuse_draw_image: (...args) => ndfuse_host()?.drawImage(...args) ?? -1,

  ndfuse_adopted_bytes__deps: ["$ndfuse_host"],
  ndfuse_adopted_bytes: (id) => ndfuse_host().adoptedBytes(id),

  ndfuse_tuned__deps: ["$ndfuse_host"],
  ndfuse_tuned: (low, high) => ndfuse_host().tuned(low, high),

  ndfuse_trial__deps: ["$ndfuse_host"],
  ndfuse_trial: (...args) => ndfuse_host().trial(...args),
});
