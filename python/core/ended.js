// Emscripten JS library: what the core calls when a request of its caller has ended.
addToLibrary({
  ndfuse_core_ended: (request, code) => Module["ndfuseCoreEnded"](request, code),
});
