// Emscripten JS library: what the WebAssembly core (python/core) imports beside what the shim's library has.
addToLibrary({
  // A request has ended: ndfuse.js hands this to the factory.
  ndfuse_core_ended: (request, code) => Module["ndfuse_core_ended"](request, code),
});
