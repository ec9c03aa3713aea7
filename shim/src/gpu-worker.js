// The thread that owns the GPU when `threads` is "worker": a WebGPUDevice behind messages. See gpu-thread.js.
import { AnswerWriter } from "./answers.js";
import { WebGPUDevice } from "./device.js";
import { DeviceError, Status } from "./errors.js";
import { findGpu, inNode } from "./gpu.js";
import { RingReader } from "./ring.js";
import { DEAD, DRAINED, FILLED, LOST, MESSAGE, Shared, TAKEN } from "./shared.js";

const TURN_MS = 4; // of decoding, before the GPU's promises get their turn
const BEAT_MS = 200;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let shared = null;
let ring = null;
let answers = null;
let device = null;
const devices = [];

function answer({ sequence, blocking, timeoutMs }, status, value) {
  if (blocking) {
    const text = status === Status.ok ? JSON.stringify(value ?? null) : value;
    answers.write(sequence, status, encoder.encode(text), timeoutMs);
  } else if (status === Status.ok) post({ sequence, value }, value instanceof Uint8Array ? [value.buffer] : []);
  else post({ sequence, error: { status, message: value } });
}

/** Answers with what `promise` resolves to, or with its error. */
async function settle(message, promise) {
  try {
    answer(message, Status.ok, await promise);
  } catch (error) {
    fail(message, error);
  }
}

function fail(message, error) {
  const sentence = error instanceof DeviceError ? error.message : String(error.stack);
  answer(message, error.status ?? Status.device_lost, sentence);
}

const handlers = {
  hello: (message) => answer(message, Status.ok),
  open: (message) => settle(message, open(message)),
  keep: (message) => settle(message, device.keep()),
  stats: (message) => settle(message, device.stats()),
  pipeline: ({ args }) => device.pipeline(...args),
  trial: ({ key, text, words, params }) => device.trial(key, text, Uint32Array.from(words), Uint8Array.from(params)),
  warmup: (message) => settle(message, device.warmup(message.timeoutMs)),
  synchronize: (message) => settle(message, device.synchronize(message.timeoutMs)),
  read: (message) => {
    const { id, offset, bytes, timeoutMs, sequence, blocking } = message;
    if (!blocking) return settle(message, device.read(id, offset, bytes, timeoutMs));
    // Straight from the mapped memory, piece by piece.
    const consume = (view) => answers.write(sequence, Status.ok, view, timeoutMs);
    device.read(id, offset, bytes, timeoutMs, consume).catch((error) => fail(message, error));
  },
};

async function open({ number, options }) {
  const opened = await WebGPUDevice.open({ ...options, gpu: await findGpu() });
  if (!opened) return null;
  device = opened;
  devices.push(opened);
  opened.oncompiled = () => shared?.beat();
  opened.onlost.then((loss) => {
    shared?.lose(number, loss);
    post({ lost: { number, ...loss } });
  });
  opened.onremembered = () => {
    if (shared) shared.remembered = opened.remembered;
    else post({ remembered: { number, ...opened.remembered } });
  };
  opened.onremembered();
  opened.ontuned = () => post({ tuned: { number, ...opened.tuned } });
  const { adapterInfo, limits, features, remembered, tuned, choices } = opened;
  return { adapterInfo, limits, features, remembered, tuned, choices };
}

function receive({ kind, bytes }) {
  if (kind === MESSAGE) {
    const message = JSON.parse(decoder.decode(bytes.slice())); // which takes no shared memory
    handlers[message.type](message);
  } else {
    const [nWords, paramBytes] = new Uint32Array(bytes.slice(0, 8).buffer);
    const end = 8 + nWords * 4;
    device.submit(new Uint32Array(bytes.slice(8, end).buffer), bytes.subarray(end, end + paramBytes), bytes);
  }
}

/** Takes what the program puts into the ring, for ever. */
async function follow() {
  for (;;) {
    const end = performance.now() + TURN_MS;
    let more;
    do {
      more = ring.take(receive);
    } while (more && performance.now() < end);
    shared.beat();
    await (more ? turn() : ring.wait());
  }
}

let heart;
const commands = {
  shared: (buffer) => {
    if (!buffer) return;
    shared = new Shared(buffer);
    answers = new AnswerWriter(shared);
    ring = new RingReader(shared);
    heart = setInterval(() => shared.beat(), BEAT_MS);
    follow();
  },
  ring: () => ring.ring(),
  end: async () => {
    await Promise.all(devices.map((one) => one.end()));
    clearInterval(heart);
    endThread();
  },
  kind: (_, message) => receive(message),
};

function hear(message) {
  const [name] = Object.keys(message);
  commands[name](message[name], message);
}

/** The other thread may be asleep, where no event reaches it. */
function farewell() {
  if (!shared) return;
  shared.store(DEAD, 1);
  for (const word of [TAKEN, FILLED, DRAINED, LOST]) Atomics.notify(shared.words, word);
}

let post;
let endThread;
let turn;
if (inNode) {
  const { parentPort } = await import("node:worker_threads");
  post = (message, transfer) => parentPort.postMessage(message, transfer);
  parentPort.on("message", hear);
  endThread = () => parentPort.close();
  turn = () => new Promise((resolve) => setImmediate(resolve));
  process.on("exit", farewell);
} else {
  post = (message, transfer) => globalThis.postMessage(message, transfer);
  endThread = () => globalThis.close();
  const channel = new MessageChannel();
  turn = () =>
    new Promise((resolve) => {
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(null);
    });
  globalThis.addEventListener("error", farewell);
  globalThis.addEventListener("unhandledrejection", ({ reason }) => {
    farewell();
    globalThis.reportError(reason); // the program's thread hears of errors only
  });
  globalThis.onmessage = ({ data }) => hear(data);
}
