import { WRITE_BUFFER } from "./commands.js";
import { DeviceError, Status } from "./errors.js";
import { inNode } from "./gpu.js";
import { CONSUMED, CONTROL_WORDS, DEAD, DONE, SHARED_HEAD } from "./shared.js";
import { maySleep } from "./waiting.js";

const GRACE_MS = 500; // the worker notices a timeout itself and says more; we only step in when it does not
const MAX_IN_FLIGHT = 64; // batches, or mebibytes of batches
const EXIT_MS = 10000; // how long the exit of the process waits for kernels that still run
const SHARED_SMALLEST = 2 ** 16;
const SHARED_KEPT = 2 ** 25;

/**
 * A WebGPUDevice in a thread of its own, with the same methods, and with two that block: this thread sleeps in
 * Atomics.wait until the worker has copied the bytes into shared memory.
 */
export class RemoteDevice {
  kind = "webgpu";
  #control = new Int32Array(maySleep ? new SharedArrayBuffer(CONTROL_WORDS * 4) : CONTROL_WORDS * 4);
  #shared = null; // SharedArrayBuffer: status, length of text, then bytes
  #posted = 0;
  #sequence = 0;
  #requests = new Map(); // sequence -> {resolve, reject, timer}
  #lost = null;
  #announceLoss;
  #timeoutMs;

  /**
   * @param {{powerPreference?: string, timeoutMs?: number}} options
   * @returns {Promise<RemoteDevice | null>} null when the worker finds no adapter
   */
  static async open({ powerPreference, timeoutMs = 60000 } = {}) {
    const { Worker } = inNode ? await import("node:worker_threads") : globalThis;
    const device = new RemoteDevice(
      new Worker(new URL("./gpu-worker.js", import.meta.url), { type: "module", execArgv: [] }),
      timeoutMs,
    );
    try {
      await device.#request({ type: "hello" }, timeoutMs, "the start of the GPU worker");
      const facts = await device.#request(
        { type: "open", control: device.#control, options: { powerPreference, timeoutMs } },
        timeoutMs,
        "the search for a GPU adapter",
      );
      if (facts) return Object.assign(device, facts);
    } catch (error) {
      device.destroy();
      throw error;
    }
    device.destroy();
    return null;
  }

  /** Use `RemoteDevice.open`. */
  constructor(worker, timeoutMs) {
    this.worker = worker;
    this.#timeoutMs = timeoutMs;
    if (!maySleep) this.readBlocking = this.synchronizeBlocking = undefined;
    /** Resolves with the reason once the device is lost. */
    this.onlost = new Promise((resolve) => {
      this.#announceLoss = resolve;
    });
    if (inNode) endAtExit(this);
    const died = (why) => {
      alive.delete(this);
      this.#lose(new DeviceError(Status.device_lost, `the GPU worker ended: ${why}`));
    };
    if (inNode) {
      worker.on("message", (message) => this.#receive(message));
      worker.on("error", (error) => died(error.stack ?? error));
      worker.on("exit", (code) => died(`exit code ${code}`));
      worker.unref();
    } else {
      worker.onmessage = ({ data }) => this.#receive(data);
      worker.onerror = (event) => died(event.message ?? "it could not be loaded");
    }
  }

  get lost() {
    return this.#lost !== null;
  }

  /** Why the device was lost; empty when it is not. */
  get lossReason() {
    return this.#lost?.message ?? "";
  }

  /** As `WebGPUDevice.stats`. */
  stats() {
    return this.#request({ type: "stats" }, this.#timeoutMs, "stats");
  }

  destroy() {
    this.#lose(new DeviceError(Status.device_lost, "the GPU device was lost (destroyed): destroy() was called"));
  }

  pipeline(id, name, text, nStorage, mask, prepare) {
    if (!this.#lost) this.#post({ type: "pipeline", args: [id, name, text, nStorage, mask, prepare] });
  }

  submit(words, params, data) {
    if (this.#lost) return;
    const batch = pack(words, params, data);
    this.#throttle(1 + (batch.byteLength >>> 20));
    if (!this.#lost) this.#post({ type: "submit", batch, nWords: words.length, paramBytes: params.length }, [batch]);
  }

  async warmup(timeoutMs = this.#timeoutMs) {
    await this.#request({ type: "warmup", timeoutMs }, timeoutMs, "warm-up");
  }

  async read(id, offset, bytes, timeoutMs = this.#timeoutMs, consume = (view) => view) {
    const message = { type: "read", id, offset, bytes, timeoutMs };
    return consume(await this.#request(message, timeoutMs, `read of ${bytes} bytes`));
  }

  async synchronize(timeoutMs = this.#timeoutMs) {
    await this.#request({ type: "synchronize", timeoutMs }, timeoutMs, "synchronize");
  }

  /**
   * Fills `target` with bytes of a buffer, and blocks until they are there. Throws DeviceError.
   * @param {number} id
   * @param {number} offset
   * @param {Uint8Array} target
   * @param {number} [timeoutMs]
   */
  readBlocking(id, offset, target, timeoutMs = this.#timeoutMs) {
    const bytes = target.length;
    this.#block({ type: "read", id, offset, bytes, timeoutMs }, timeoutMs, `read of ${bytes} bytes`, bytes);
    target.set(new Uint8Array(this.#shared, SHARED_HEAD, bytes));
    if (this.#shared.byteLength > SHARED_KEPT) this.#shared = null;
  }

  /** As `synchronize`, but blocks. Throws DeviceError. */
  synchronizeBlocking(timeoutMs = this.#timeoutMs) {
    this.#block({ type: "synchronize", timeoutMs }, timeoutMs, "synchronize", 0);
  }

  /** Called when the process is about to exit: Node aborts when it has to end a thread that has GPU work open. */
  endNow() {
    this.destroy();
    if (Atomics.load(this.#control, DEAD) === 0) Atomics.wait(this.#control, DEAD, 0, EXIT_MS);
  }

  // ---- private

  #post(message, transfer) {
    this.worker.postMessage(message, transfer);
  }

  /** Posts a message that is answered by a message. */
  #request(message, timeoutMs, what) {
    if (this.#lost) return Promise.reject(this.#lost);
    const sequence = ++this.#sequence;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(sequence);
        this.#rest();
        reject(timedOut(what, timeoutMs));
      }, timeoutMs + GRACE_MS);
      this.#requests.set(sequence, { resolve, reject, timer });
      this.worker.ref?.(); // Node stays alive while somebody waits
      this.#post({ ...message, sequence });
    });
  }

  #receive({ sequence, value, error, lost }) {
    if (lost) return this.#lose(new DeviceError(lost.status, lost.message));
    const request = this.#requests.get(sequence);
    if (!request) return; // timed out before
    this.#requests.delete(sequence);
    clearTimeout(request.timer);
    this.#rest();
    if (error) request.reject(new DeviceError(error.status, error.message));
    else request.resolve(value);
  }

  #rest() {
    if (this.#requests.size === 0) this.worker.unref?.();
  }

  /** Posts a message that is answered in shared memory, and sleeps until it is. */
  #block(message, timeoutMs, what, bytes) {
    if (this.#lost) throw this.#lost;
    const needed = SHARED_HEAD + Math.max(bytes, SHARED_SMALLEST);
    if (!this.#shared || this.#shared.byteLength < needed) {
      this.#shared = new SharedArrayBuffer(SHARED_HEAD + 2 ** Math.ceil(Math.log2(needed - SHARED_HEAD)));
    }
    const sequence = ++this.#sequence;
    this.#post({ ...message, sequence, shared: this.#shared });
    const answered = this.#sleep(DONE, (done) => done === sequence, timeoutMs + GRACE_MS);
    if (!answered) {
      this.#shared = null; // the worker may still write into it
      throw timedOut(what, timeoutMs);
    }
    const [status, length] = new Int32Array(this.#shared, 0, 2);
    if (status !== Status.ok) {
      const text = new Uint8Array(this.#shared, SHARED_HEAD, length).slice();
      throw new DeviceError(status, new TextDecoder().decode(text));
    }
  }

  /** A program that never waits would fill the worker's queue: sleep while it has much to do. */
  #throttle(weight) {
    this.#posted = (this.#posted + weight) | 0;
    if (!this.readBlocking) return;
    const ahead = (consumed) => ((this.#posted - consumed) | 0) - weight;
    if (!this.#sleep(CONSUMED, (consumed) => ahead(consumed) < MAX_IN_FLIGHT, this.#timeoutMs)) {
      this.#lose(timedOut("the decoding of earlier batches", this.#timeoutMs));
    }
  }

  /** Sleeps until the control word satisfies `test`: true, or false when the time is over. Throws when the worker died. */
  #sleep(word, test, timeoutMs) {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const value = Atomics.load(this.#control, word);
      if (test(value)) return true;
      if (Atomics.load(this.#control, DEAD)) {
        this.#lose(new DeviceError(Status.device_lost, "the GPU worker ended while it was waited for"));
        throw this.#lost;
      }
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#control, word, value, left);
    }
  }

  #lose(error) {
    if (this.#lost) return;
    this.#lost = error;
    for (const { reject, timer } of this.#requests.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#requests.clear();
    if (inNode) this.#post({ type: "end" });
    else this.worker.terminate();
    this.#announceLoss({ status: error.status, message: error.message });
  }
}

const alive = new Set();
let listening = false;

function endAtExit(device) {
  if (!listening) process.on("exit", endAll);
  listening = true;
  alive.add(device);
}

function endAll() {
  for (const device of alive) device.endNow();
}

const timedOut = (what, timeoutMs) =>
  new DeviceError(Status.timeout, `${what} took longer than ${timeoutMs} ms; the GPU worker is still busy or hangs`);

/** One ArrayBuffer: words, then parameters, then what the write commands copy; their pointers are made offsets into it. */
function pack(words, params, data) {
  const dataAt = words.byteLength + params.length;
  let bytes = 0;
  for (let at = 0; at < words.length; at += words[at] >>> 8 || words.length) {
    if ((words[at] & 255) === WRITE_BUFFER) bytes += words[at + 5];
  }
  const buffer = new ArrayBuffer(dataAt + bytes);
  const target = new Uint8Array(buffer);
  const packed = new Uint32Array(buffer, 0, words.length);
  packed.set(words);
  target.set(params, words.byteLength);
  let end = dataAt;
  for (let at = 0; bytes > 0 && at < words.length; at += words[at] >>> 8 || words.length) {
    if ((words[at] & 255) !== WRITE_BUFFER) continue;
    const from = words[at + 4];
    target.set(data.subarray(from, from + words[at + 5]), end);
    packed[at + 4] = end;
    end += words[at + 5];
  }
  return buffer;
}
