// Emscripten JS library: what C++ imports. Each function forwards to the object that start() hands to the factory as
// `ndfuse` (src/host.js). Without it, when a program is started by hand, there is only the CPU device.
addToLibrary({
  $ndfuse_host: () => {
    const host = Module.ndfuse;
    if (host && !ndfuse_host.attached) {
      host.attach(wasmMemory, (request, status) => Module._ndfuse_complete(request, status));
      ndfuse_host.attached = true;
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

  ndfuse_error__deps: ["$ndfuse_host"],
  ndfuse_error: (pointer, capacity) => ndfuse_host().error(pointer, capacity),

  ndfuse_device_info__deps: ["$ndfuse_host"],
  ndfuse_device_info: (what, pointer, capacity) => ndfuse_host()?.deviceInfo(what, pointer, capacity) ?? 0,

  ndfuse_lost__deps: ["$ndfuse_host"],
  ndfuse_lost: () => ndfuse_host()?.lost() ?? 0,
});
