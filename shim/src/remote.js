import { WRITE_BUFFER, wide } from "./commands.js";
import { DeviceError, Status } from "./errors.js";
import { GpuThread } from "./gpu-thread.js";
import { concat } from "./ring.js";
import { BATCH, LOST } from "./shared.js";

const TIMEOUT_MS = 60000;
const SEARCH = "the search for a GPU adapter";
const LARGEST_WRITE = 2 ** 22; // bytes of one write command, and of all writes of one batch
const LARGEST_READ = 2 ** 26; // bytes that the worker maps at once

/**
 * A WebGPUDevice in a thread of its own, with the same methods; where this thread may sleep, also with two that block.
 */
export class RemoteDevice {
  kind = "webgpu";
  #thread;
  #options;
  #number;
  #lost = null;
  #announceLoss;
  #timeoutMs;
  #remembered;
  #tuned;

  /**
   * @param {{powerPreference?: string, timeoutMs?: number, gpuWorker?: string | URL, remember?: boolean | "auto",
   *   rememberAs?: string, tune?: boolean | "auto"}} options
   * @returns {Promise<RemoteDevice | null>} null when the worker finds no adapter
   */
  static async open(options = {}) {
    return RemoteDevice.#openIn(await GpuThread.start(options.timeoutMs ?? TIMEOUT_MS, options.gpuWorker), options, 1);
  }

  static async #openIn(thread, options, number) {
    try {
      const facts = await thread.request(opening(options, number), options.timeoutMs ?? TIMEOUT_MS, SEARCH);
      return RemoteDevice.#make(thread, options, number, facts);
    } catch (error) {
      thread.end(error);
      throw error;
    }
  }

  static #make(thread, options, number, facts) {
    if (facts) return new RemoteDevice(thread, options, number, facts);
    thread.end(new DeviceError(Status.device_lost, "there is no GPU adapter"));
    return null;
  }

  /** Use `RemoteDevice.open`. */
  constructor(thread, options, number, { remembered, tuned, ...facts }) {
    this.#thread = thread;
    this.#options = options;
    this.#number = number;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    Object.assign(this, facts); // adapterInfo, limits, features, choices
    this.#remembered = remembered;
    this.#tuned = tuned;
    if (!thread.shared) this.readBlocking = this.synchronizeBlocking = this.reopenBlocking = undefined;
    /** Resolves with the reason once the device is lost. */
    this.onlost = new Promise((resolve) => {
      this.#announceLoss = resolve;
    });
    thread.onlost = (lost, error) => {
      if (lost === number || lost === 0) this.#lose(error);
    };
    thread.onremembered = ({ number: whose, ...said }) => {
      if (whose === number) this.#remembered = said;
    };
    thread.ontuned = ({ number: whose, ...said }) => {
      if (whose === number) this.#tuned = said;
    };
    if (thread.dead) this.#lose(thread.dead);
  }

  /** The Worker that drives the GPU. */
  get worker() {
    return this.#thread.worker;
  }

  get lost() {
    this.#listen();
    return this.#lost !== null;
  }

  /** Why the device was lost; empty when it is not. */
  get lossReason() {
    this.#listen();
    return this.#lost?.message ?? "";
  }

  /** As `WebGPUDevice.remembered`. */
  get remembered() {
    return { ...this.#remembered, ...this.#thread?.shared?.remembered };
  }

  /** As `WebGPUDevice.tuned`, as of the worker's last message. */
  get tuned() {
    return this.#tuned;
  }

  /** As `WebGPUDevice.keep`, but rejects when the worker is gone. */
  async keep() {
    await this.#request({ type: "keep" }, this.#timeoutMs, "the storing of kernels");
  }

  /** As `WebGPUDevice.stats`. */
  stats() {
    return this.#request({ type: "stats" }, this.#timeoutMs, "stats");
  }

  /** Ends the device and its worker. */
  destroy() {
    const error = new DeviceError(Status.device_lost, "the GPU device was lost (destroyed): destroy() was called");
    this.#lose(error);
    this.#thread?.end(this.#lost);
  }

  /**
   * Opens a device in place of this one, which is lost: in the same worker if that still lives.
   * @returns {Promise<RemoteDevice | null>} null when there is no adapter any more
   */
  async reopen() {
    if (!this.#thread || this.#thread.dead) return RemoteDevice.open(this.#options);
    return RemoteDevice.#openIn(this.#take(), this.#options, this.#number + 1);
  }

  /** As `reopen`, but blocks; for a worker that still lives. Throws DeviceError. */
  reopenBlocking(timeoutMs = this.#timeoutMs) {
    if (!this.#thread || this.#thread.dead) {
      const sentence = "the GPU worker has ended, and a new one cannot be waited for here: co_await nf::reset()";
      throw new DeviceError(Status.cannot_block, sentence);
    }
    const [thread, options, number] = [this.#take(), this.#options, this.#number + 1];
    const answer = [];
    try {
      thread.block(opening(options, number), timeoutMs, SEARCH, (bytes) => answer.push(bytes.slice()));
      return RemoteDevice.#make(thread, options, number, JSON.parse(new TextDecoder().decode(concat(answer))));
    } catch (error) {
      thread.end(error);
      throw error;
    }
  }

  pipeline(id, name, text, nStorage, mask, prepare) {
    this.#send(() => {
      this.#thread.post({ type: "pipeline", args: [id, name, text, nStorage, mask, prepare] }, this.#timeoutMs);
    });
  }

  trial(key, text, words, params) {
    this.#send(() => {
      this.#thread.post({ type: "trial", key, text, words: [...words], params: [...params] }, this.#timeoutMs);
    });
  }

  submit(words, params, data) {
    this.#send(() => {
      for (const batch of pieces(words, params, data)) this.#thread.send(BATCH, batch, this.#timeoutMs);
    });
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
    let at = 0;
    do {
      const end = Math.min(target.length, at + LARGEST_READ);
      const message = { type: "read", id, offset: offset + at, bytes: end - at, timeoutMs };
      this.#block(message, timeoutMs, `read of ${target.length} bytes`, (piece) => {
        target.set(piece, at);
        at += piece.length;
      });
    } while (at < target.length);
  }

  /** As `synchronize`, but blocks. Throws DeviceError. */
  synchronizeBlocking(timeoutMs = this.#timeoutMs) {
    this.#block({ type: "synchronize", timeoutMs }, timeoutMs, "synchronize", () => {});
  }

  /** As `WebGPUDevice.end`: the worker ends when its GPU has nothing open any more. */
  async end() {
    this.destroy();
  }

  // ---- private

  /** The thread leaves with the next device. */
  #take() {
    const thread = this.#thread;
    this.#thread = null;
    return thread;
  }

  /** A thread that never returns to its event loop hears of losses here. */
  #listen() {
    const shared = this.#thread?.shared;
    if (this.#lost || !shared) return;
    if (shared.load(LOST) !== this.#number) return;
    const { status, message } = shared.loss;
    this.#lose(new DeviceError(status, message));
  }

  #request(message, timeoutMs, what) {
    if (this.lost) return Promise.reject(this.#lost);
    return this.#thread.request(message, timeoutMs, what);
  }

  #block(message, timeoutMs, what, consume) {
    if (this.lost) throw this.#lost;
    try {
      this.#thread.block(message, timeoutMs, what, consume);
    } catch (error) {
      if (error.status === Status.device_lost) this.#lose(error);
      throw error;
    }
  }

  /** Sending has nobody to throw to; what fails while the ring is full ends the device. */
  #send(action) {
    if (this.lost) return;
    try {
      action();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.#lose(error);
      this.#thread.end(error);
    }
  }

  #lose(error) {
    if (this.#lost) return;
    this.#lost = error;
    this.#thread?.fail(error);
    this.#announceLoss({ status: error.status, message: error.message });
  }
}

const opening = ({ powerPreference, timeoutMs, remember, rememberAs, tune }, number) => ({
  type: "open",
  number,
  options: { powerPreference, timeoutMs, remember, rememberAs, tune },
});

const WRITE = WRITE_BUFFER | (6 << 8);
const bytesOf = (words) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/**
 * A batch as the messages that carry it: its words, whose pointers become offsets into the message, then its parameters,
 * then what its writes copy. One message, unless the writes have much to copy: then the batch is cut between commands, and
 * a large write becomes several, one after another.
 * @param {Uint32Array} words are changed
 * @param {Uint8Array} params
 * @param {Uint8Array} data
 * @returns {Generator<Uint8Array[]>}
 */
function* pieces(words, params, data) {
  let begin = 0; // of what has not been sent
  let writes = []; // where in `words`
  let bytes = 0; // that they copy
  function* send(end) {
    if (end > begin) yield message(words.subarray(begin, end), writes, params, data, begin);
    [begin, writes, bytes] = [end, [], 0];
  }
  for (let at = 0; at < words.length; at += words[at] >>> 8 || words.length) {
    if (words[at] !== WRITE || at + 6 > words.length) continue;
    const size = words[at + 5];
    if (bytes + size > LARGEST_WRITE) yield* send(at);
    if (size <= LARGEST_WRITE) {
      writes.push(at);
      bytes += size;
      continue;
    }
    const offset = wide(words, at + 2);
    for (let done = 0; done < size; done += LARGEST_WRITE) {
      const to = offset + done;
      const piece = [to, Math.floor(to / 2 ** 32), words[at + 4] + done, Math.min(LARGEST_WRITE, size - done)];
      yield message(Uint32Array.of(words[at], words[at + 1], ...piece), [0], params.subarray(0, 0), data, 0);
    }
    begin = at + 6;
  }
  yield* send(words.length);
}

function message(words, writes, params, data, begin) {
  const parts = [bytesOf(Uint32Array.of(words.length, params.length)), bytesOf(words), params];
  let end = parts.reduce((sum, { length }) => sum + length, 0);
  for (const at of writes) {
    const command = words.subarray(at - begin);
    const bytes = data.subarray(command[4], command[4] + command[5]);
    parts.push(bytes);
    command[4] = bytes.length === command[5] ? end : 0xffffffff; // which the device refuses
    end += bytes.length;
  }
  return parts;
}
