// Imported before the shim in every thread of the page: remembers the GPU devices that are made there, and makes
// `globalThis.fault(name)`, by which the program (tests/web/fault_program.cpp) or the test lets something happen to them.
// A fault reaches the thread that owns the device: this one, the GPU workers that it started, or, by the channel, any.

const gpuWorker = globalThis.name === "GPU worker";
const contexts = [];
const devices = [];
let held = null; // while no answer of the GPU arrives: {promise, release}
let rejecting = false;

const acts = {
  lose() {
    devices.at(-1)?.destroy();
    contexts.at(-1)?.getExtension("WEBGL_lose_context").loseContext();
  },
  hold() {
    let release;
    const promise = new Promise((resolve) => {
      release = resolve;
    });
    held ??= { promise, release };
  },
  release() {
    held?.release();
    held = null;
  },
  reject() {
    rejecting = true;
  },
  end_worker() {
    if (gpuWorker) globalThis.close();
  },
  spin_worker() {
    for (const end = performance.now() + 40_000; gpuWorker && performance.now() < end; );
  },
};

const workers = [];
const channel = new BroadcastChannel("ndfuse faults");
channel.onmessage = ({ data }) => acts[data]();
const maySleep = !globalThis.document && globalThis.crossOriginIsolated;

/** @param {keyof typeof acts} name */
globalThis.fault = (name) => {
  acts[name]();
  if (globalThis.document) channel.postMessage(name);
  for (const worker of workers) {
    const heard = maySleep ? new Int32Array(new SharedArrayBuffer(4)) : null;
    worker.postMessage({ fault: name, heard });
    if (heard) Atomics.wait(heard, 0, 0, 5000); // so that it has happened when the program goes on
  }
};

if (gpuWorker) {
  navigator.locks.request("GPU worker", () => new Promise(() => {})); // held until this thread ends
  globalThis.addEventListener("message", (event) => {
    const { fault, heard } = event.data;
    if (!fault) return;
    event.stopImmediatePropagation();
    if (heard) {
      Atomics.store(heard, 0, 1);
      Atomics.notify(heard, 0);
    }
    acts[fault]();
  });
}

const { Worker, GPUAdapter, GPUBuffer, GPUDevice } = globalThis;

if (Worker) {
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      const gpu = /\/gpu-worker\.js$/.test(url.pathname);
      if (gpu) super(new URL("./fault-gpu-worker.js", import.meta.url), { ...options, name: "GPU worker" });
      else super(url, options);
      if (gpu) workers.push(this);
    }
  };
}

if (GPUAdapter) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    devices.push(device);
    return device;
  };
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = async function (...args) {
    if (rejecting) {
      rejecting = false;
      throw new DOMException("on purpose", "OperationError");
    }
    await mapAsync.apply(this, args);
    await held?.promise;
  };
  const { destroy } = GPUDevice.prototype;
  GPUDevice.prototype.destroy = function () {
    globalThis.sessionStorage?.setItem("destroyed", "yes"); // outlives the page
    destroy.call(this);
  };
  const done = GPUQueue.prototype.onSubmittedWorkDone;
  GPUQueue.prototype.onSubmittedWorkDone = async function () {
    await done.call(this);
    await held?.promise;
  };
}

for (const { prototype } of [globalThis.OffscreenCanvas, globalThis.HTMLCanvasElement].filter(Boolean)) {
  const { getContext } = prototype;
  prototype.getContext = function (kind, ...args) {
    const context = getContext.call(this, kind, ...args);
    if (kind === "webgl2" && context) contexts.push(context);
    return context;
  };
}
