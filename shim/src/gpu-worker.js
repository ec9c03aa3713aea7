// The thread that owns the GPU when `threads` is "worker": a WebGPUDevice behind messages. See remote.js.
import { WebGPUDevice } from "./device.js";
import { DeviceError, Status } from "./errors.js";
import { findGpu, inNode } from "./gpu.js";
import { CONSUMED, DEAD, DONE, SHARED_HEAD } from "./shared.js";

let device = null;
let control = null;

function answer({ sequence, shared }, status, value) {
  if (!shared) {
    post(status === Status.ok ? { sequence, value } : { sequence, error: { status, message: value } });
    return;
  }
  const text = status === Status.ok ? new Uint8Array(0) : new TextEncoder().encode(value);
  const length = Math.min(text.length, shared.byteLength - SHARED_HEAD);
  new Uint8Array(shared).set(text.subarray(0, length), SHARED_HEAD);
  new Int32Array(shared, 0, 2).set([status, length]);
  Atomics.store(control, DONE, sequence);
  Atomics.notify(control, DONE);
}

/** Answers with what `promise` resolves to, or with its error. */
async function settle(message, promise) {
  try {
    answer(message, Status.ok, await promise);
  } catch (error) {
    answer(
      message,
      error.status ?? Status.device_lost,
      error instanceof DeviceError ? error.message : String(error.stack),
    );
  }
}

const handlers = {
  hello: (message) => answer(message, Status.ok),
  open: (message) => settle(message, open(message)),
  stats: (message) => settle(message, device.stats()),
  pipeline: ({ args }) => device.pipeline(...args),
  submit: ({ batch, nWords, paramBytes }) => {
    const params = new Uint8Array(batch, nWords * 4, paramBytes);
    device.submit(new Uint32Array(batch, 0, nWords), params, new Uint8Array(batch));
    Atomics.add(control, CONSUMED, 1 + (batch.byteLength >>> 20));
    Atomics.notify(control, CONSUMED);
  },
  end: async () => {
    await device?.end();
    endThread();
  },
  warmup: (message) => settle(message, device.warmup(message.timeoutMs)),
  synchronize: (message) => settle(message, device.synchronize(message.timeoutMs)),
  read: (message) => {
    const { id, offset, bytes, timeoutMs, shared } = message;
    const consume = shared && ((view) => new Uint8Array(shared).set(view, SHARED_HEAD));
    settle(message, device.read(id, offset, bytes, timeoutMs, consume));
  },
};

async function open(message) {
  control = message.control;
  device = await WebGPUDevice.open({ ...message.options, gpu: await findGpu() });
  if (!device) return null;
  device.onlost.then((lost) => post({ lost }));
  const { adapterInfo, limits, features } = device;
  return { adapterInfo, limits, features };
}

function receive(message) {
  handlers[message.type](message);
}

let post;
let endThread;
if (inNode) {
  const { parentPort } = await import("node:worker_threads");
  post = (message) => parentPort.postMessage(message);
  parentPort.on("message", receive);
  endThread = () => parentPort.close();
  // The other thread may be asleep, where no event reaches it.
  process.on("exit", () => {
    if (!control) return;
    Atomics.store(control, DEAD, 1);
    Atomics.notify(control, DEAD);
    for (const word of [CONSUMED, DONE]) {
      Atomics.store(control, word, -1); // changed, so that a sleep that is just beginning does not begin
      Atomics.notify(control, word);
    }
  });
} else {
  post = (message) => globalThis.postMessage(message);
  endThread = () => globalThis.close();
  globalThis.onmessage = ({ data }) => receive(data);
}
