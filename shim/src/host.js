import { DeviceError, Status } from "./errors.js";
import { inNode } from "./gpu.js";

const KINDS = { cpu: 0, webgpu: 1, webgl: 2 };
/** An offset or size: a double, or a 32-bit integer that may look negative. */
const unsigned = (n) => (n < 0 ? n + 2 ** 32 : n);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The wasm side's view of a device: the imports of `library.js` land here. It turns pointers into views of the heap,
 * taken afresh at each call because the heap may have grown, and answers requests by calling the module back.
 */
export class Host {
  #device;
  #reason;
  #memory = null;
  #complete = null;
  #error = "";
  #pending = 0;
  #idle = [];
  #thrown = null;
  #lossMet = false; // whether the program knows that the device is lost

  /**
   * @param {import("./device.js").WebGPUDevice | import("./remote.js").RemoteDevice | null} device null: the CPU device
   * @param {string} reason why this device, for `ndfuse_device_info(1)` of the CPU device
   */
  constructor(device, reason = "") {
    this.#device = device;
    this.#reason = reason;
  }

  /**
   * Called by the Emscripten glue once its memory exists.
   * @param {WebAssembly.Memory} memory
   * @param {(request: number, status: number) => void} complete
   */
  attach(memory, complete) {
    this.#memory = memory;
    this.#complete = complete;
  }

  /**
   * Resolves when no request is pending. Rejects with what the program threw while it was called back.
   * @returns {Promise<void>}
   */
  idle() {
    return new Promise((resolve, reject) => {
      this.#idle.push({ resolve, reject });
      this.#checkIdle();
    });
  }

  /**
   * Resolves when the program is idle and everything that it submitted went well; then ends the device. Rejects with an
   * error that the program has never met: such an error must not end as success.
   * @returns {Promise<void>}
   */
  async finish() {
    try {
      await this.idle();
      if (this.#device && !this.#lossMet) await this.#device.synchronize();
    } finally {
      this.#device?.destroy();
    }
  }

  // ---- the imports, in the order of README.md; pointers may arrive as signed 32-bit integers

  submit(words, nWords, params, paramBytes) {
    const heap = this.#bytes();
    this.#device.submit(
      new Uint32Array(heap.buffer, words >>> 0, nWords).slice(),
      heap.subarray(params >>> 0, (params >>> 0) + paramBytes),
      heap,
    );
  }

  pipeline(id, name, nameLength, parts, nParts, nStorage, mask, prepare) {
    const spans = new Uint32Array(this.#memory.buffer, parts >>> 0, nParts * 2);
    let text = "";
    for (let i = 0; i < spans.length; i += 2) text += this.#text(spans[i], spans[i + 1]);
    this.#device.pipeline(id, this.#text(name >>> 0, nameLength), text, nStorage, mask, prepare !== 0);
  }

  warmup(request) {
    this.#answer(request, this.#device.warmup());
  }

  read(request, id, offset, bytes, destination, timeoutMs) {
    this.#answer(
      request,
      this.#device.read(id, unsigned(offset), unsigned(bytes), timeoutMs || undefined, (view) =>
        this.#bytes().set(view, destination >>> 0),
      ),
    );
  }

  readBlocking(id, offset, bytes, destination, timeoutMs) {
    return this.#status(() => {
      const target = this.#bytes().subarray(destination >>> 0, (destination >>> 0) + unsigned(bytes));
      this.#blocking().readBlocking(id, unsigned(offset), target, timeoutMs || undefined);
    });
  }

  synchronize(request) {
    this.#answer(request, this.#device.synchronize());
  }

  synchronizeBlocking(timeoutMs) {
    return this.#status(() => this.#blocking().synchronizeBlocking(timeoutMs || undefined));
  }

  error(pointer, capacity) {
    return this.#put(encoder.encode(this.#error), pointer, capacity);
  }

  deviceInfo(what, pointer, capacity) {
    const device = this.#device;
    if (what === 0) return KINDS[device?.kind ?? "cpu"];
    if (what === 1)
      return this.#put(encoder.encode(device?.adapterInfo.description ?? this.#reason), pointer, capacity);
    const limits = BigUint64Array.from(device?.limits ?? [], BigInt);
    return this.#put(new Uint8Array(limits.buffer), pointer, capacity);
  }

  lost() {
    if (!this.#device?.lost) return 0;
    this.#lossMet = true;
    return 1;
  }

  // ---- private

  #bytes() {
    return new Uint8Array(this.#memory.buffer);
  }

  #text(pointer, length) {
    return decoder.decode(this.#bytes().slice(pointer, pointer + length));
  }

  /** Writes as much as fits; gives back how many bytes there are. */
  #put(bytes, pointer, capacity) {
    this.#bytes().set(bytes.subarray(0, capacity), pointer >>> 0);
    return bytes.length;
  }

  #blocking() {
    if (this.#device.readBlocking) return this.#device;
    const place = inNode ? "" : ", in a Worker of a cross-origin isolated page";
    const why = this.#device.worker
      ? "this thread may not sleep: run the program in a Worker of a cross-origin isolated page"
      : `the device runs in this thread: start with threads: "worker"${place}`;
    throw new DeviceError(Status.cannot_block, `blocking reads are not possible here, ${why}; or await the read`);
  }

  #status(action) {
    try {
      action();
      return Status.ok;
    } catch (error) {
      return this.#note(error);
    }
  }

  /** Remembers the sentence for `ndfuse_error`; what is no DeviceError is a mistake of the shim and is thrown on. */
  #note(error) {
    if (!(error instanceof DeviceError)) throw error;
    this.#error = error.message;
    if (this.#device.lost) this.#lossMet = true;
    return error.status;
  }

  async #answer(request, promise) {
    this.#pending++;
    try {
      const status = await promise.then(
        () => Status.ok,
        (error) => this.#note(error),
      );
      this.#complete(request, status);
    } catch (thrown) {
      this.#thrown ??= { thrown };
    }
    this.#pending--;
    this.#checkIdle();
  }

  #checkIdle() {
    if (this.#thrown) {
      const { thrown } = this.#thrown;
      for (const { reject } of this.#idle.splice(0)) reject(thrown);
    } else if (this.#pending === 0) {
      for (const { resolve } of this.#idle.splice(0)) resolve();
    }
  }
}
