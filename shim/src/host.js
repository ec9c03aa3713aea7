import { WRITE_BUFFER } from "./commands.js";
import { DeviceError, Status } from "./errors.js";
import { Suspender } from "./jspi.js";
import { putPixels } from "./picture.js";
import { tunedBy } from "./tuner.js";

const KINDS = { cpu: 0, webgpu: 1, webgl: 2 };
/** An offset or size of a buffer: a double, or a 32-bit integer that may look negative. */
const unsigned = (n) => (n < 0 ? n + 2 ** 32 : n);
const WRITE = WRITE_BUFFER | (6 << 8);
/** A 64-bit key as 16 hexadecimal digits. */
const keyText = (low, high) => [high, low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The wasm side's view of a device: the imports of `library.js` land here. It turns pointers into views of the heap,
 * taken afresh at each call because the heap may have grown, and answers requests by calling the module back.
 */
export class Host {
  #device;
  #how;
  #suspender = null;
  #memory = null;
  #exports = null;
  #error = "";
  #pending = 0;
  #idle = [];
  #thrown = null;
  #lossMet = false; // whether the program knows that the device is lost
  #ended = false;
  #promising = new Map(); // name -> export that can be suspended
  #lent = null; // memory of somebody else that stands for a piece of the heap

  /**
   * @param {import("./device.js").WebGPUDevice | import("./remote.js").RemoteDevice | null} device null: the CPU device
   * @param {object} [how]
   * @param {string} [how.reason] why this device, for `ndfuse_device_info(1)` of the CPU device
   * @param {string} [how.waiting] the way of waiting: one of `WAYS`, or "cpu"
   * @param {string} [how.waitingReason] why this way
   * @param {Record<string, HTMLCanvasElement | OffscreenCanvas>} [how.canvases] what the program draws to, by name
   * @param {(lost: object) => Promise<object>} [how.reopen] opens a device in place of a lost one
   * @param {(lost: object, timeoutMs?: number) => object} [how.reopenBlocking] the same, where it can be done at once
   */
  constructor(device, how = {}) {
    this.#device = device;
    this.#how = { reason: "", waiting: device ? "none" : "cpu", waitingReason: "", canvases: {}, ...how };
    if (this.#how.waiting === "jspi") this.#suspender = new Suspender();
  }

  /** The device now: after a reset another one than before. */
  get device() {
    return this.#device;
  }

  /**
   * Called by the Emscripten glue once its memory exists.
   * @param {WebAssembly.Memory} memory
   * @param {object} exports of the module
   * @param {(request: number, status: number) => void} exports.complete
   * @param {() => void} [exports.flush]
   * @param {(name: string) => unknown[]} [exports.find] what may be the export of a name: it, or a wrapper of it
   * @param {(args: string[]) => number[]} [exports.layOut] puts main's arguments into memory
   * @param {(code: number) => void} [exports.exit] what follows main
   * @param {(error: unknown) => number} [exports.caught] the exit code when main threw `exit()`; else throws on
   */
  attach(memory, exports) {
    this.#memory = memory;
    this.#exports = exports;
  }

  /**
   * Calls main, or gives null when there is none.
   * @param {object} module
   * @param {string[]} args
   * @returns {Promise<number | null>} the exit code
   */
  async main(module, args) {
    if (!module.callMain) return null;
    if (!this.#suspender) return module.callMain(args);
    this.#guard(module);
    const { layOut, exit, caught } = this.#exports;
    try {
      exit(await this.#enter("main", ...layOut(args)));
    } catch (error) {
      return caught(error);
    }
  }

  /**
   * Calls an export: what it gives back, or a promise of that where waits suspend the program.
   * @param {object} module
   * @param {string} name without Emscripten's underscore
   * @param {number[]} args
   */
  call(module, name, args) {
    if (!module[`_${name}`]) throw new TypeError(`the program exports no function ${JSON.stringify(name)}`);
    return this.#suspender ? this.#enter(name, ...args) : module[`_${name}`](...args);
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
      await this.#device?.keep?.().catch(() => {}); // which kernels were used; nothing depends on it
    } finally {
      this.end();
    }
  }

  /** Ends the device. */
  end() {
    this.#ended = true;
    this.#device?.destroy();
  }

  /**
   * While `f` runs, `bytes` bytes of the heap at `pointer`, which the caller keeps free, stand for memory of somebody
   * else: buffers are written from there and read to there, without a copy in the heap. A read that `f` only begins keeps
   * to it.
   * @param {number} pointer
   * @param {number} bytes
   * @param {() => Uint8Array} view gives that memory afresh, because it may grow
   * @param {() => unknown} f
   * @returns {boolean} whether that memory was, or will be, read or written; else only the heap was
   */
  lend(pointer, bytes, view, f) {
    const lent = { pointer: pointer >>> 0, bytes, view, used: false };
    this.#lent = lent;
    try {
      f();
    } finally {
      this.#lent = null;
    }
    return lent.used;
  }

  // ---- the imports, in the order of README.md; pointers may arrive as signed 32-bit integers

  submit(words, nWords, params, paramBytes) {
    const heap = this.#bytes();
    const commands = new Uint32Array(heap.buffer, words >>> 0, nWords).slice();
    // C++ submits after every write, because what it points to is the caller's: so it is the last command.
    const write = nWords >= 6 && commands[nWords - 6] === WRITE ? commands.subarray(nWords - 6) : null;
    const lent = write && this.#lentFor(write[4], write[5]);
    if (lent) write[4] -= lent.pointer;
    const data = lent ? lent.view() : heap;
    this.#device.submit(commands, heap.subarray(params >>> 0, (params >>> 0) + paramBytes), data);
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
    const [from, size, limit] = [unsigned(offset), unsigned(bytes), timeoutMs || undefined];
    const place = this.#place(destination >>> 0, size);
    this.#answer(
      request,
      this.#device.read(id, from, size, limit, (view) => place().set(view)),
    );
  }

  readBlocking(id, offset, bytes, destination, timeoutMs) {
    const device = this.#device;
    const [from, size, limit] = [unsigned(offset), unsigned(bytes), timeoutMs || undefined];
    const place = this.#place(destination >>> 0, size);
    return this.#block(
      () => device.read(id, from, size, limit, (view) => place().set(view)),
      () => device.readBlocking(id, from, place(), limit),
    );
  }

  synchronize(request) {
    this.#answer(request, this.#device.synchronize());
  }

  synchronizeBlocking(timeoutMs) {
    const device = this.#device;
    const limit = timeoutMs || undefined;
    return this.#block(
      () => device.synchronize(limit),
      () => device.synchronizeBlocking(limit),
    );
  }

  suspend() {
    return this.#suspender.suspend();
  }

  recording() {
    queueMicrotask(() => {
      if (this.#ended) return;
      try {
        this.#outside(() => this.#exports.flush?.());
      } catch (thrown) {
        this.#thrown ??= { thrown };
        this.#checkIdle();
      }
    });
  }

  reset(request) {
    this.#answer(request, this.#reopen());
  }

  resetBlocking(timeoutMs) {
    if (!this.#lossMet) return Status.ok;
    const lost = this.#device;
    return this.#block(
      () => this.#reopen(),
      () => this.#replace(lost, this.#opener("reopenBlocking")(lost, timeoutMs || undefined)),
    );
  }

  error(pointer, capacity) {
    return this.#put(encoder.encode(this.#error), pointer, capacity);
  }

  deviceInfo(what, pointer, capacity) {
    const device = this.#device;
    if (what === 0) return KINDS[device?.kind ?? "cpu"];
    if (what === 1)
      return this.#put(encoder.encode(device?.adapterInfo.description ?? this.#how.reason), pointer, capacity);
    if (what === 3) return this.#put(encoder.encode(this.#how.waiting), pointer, capacity);
    if (what === 4) return this.#put(encoder.encode(device?.lossReason ?? ""), pointer, capacity);
    const limits = BigUint64Array.from(device?.limits ?? [], BigInt);
    return this.#put(new Uint8Array(limits.buffer), pointer, capacity);
  }

  lost() {
    if (!this.#device?.lost) return 0;
    this.#lossMet = true;
    return 1;
  }

  drawImage(name, nameLength, inHeap, source, width, height) {
    try {
      const canvas = this.#canvas(this.#text(name >>> 0, nameLength));
      if (inHeap) {
        const pixels = this.#bytes().slice(source >>> 0, (source >>> 0) + width * height * 4);
        putPixels(canvas, new Uint8ClampedArray(pixels.buffer), width, height);
      } else {
        this.#inThisThread("draw to a canvas").drawImage(canvas, source >>> 0, width, height);
      }
      return Status.ok;
    } catch (error) {
      return this.#note(error);
    }
  }

  adoptedBytes(id) {
    try {
      return this.#shared("take in a GPUBuffer").adoptedBytes(id >>> 0);
    } catch (error) {
      this.#note(error);
      return -1;
    }
  }

  tuned(low, high) {
    return tunedBy(this.#device.choices, keyText(low, high));
  }

  trial(low, high, text, textLength, words, nWords, params, paramBytes) {
    const heap = this.#bytes();
    const commands = new Uint32Array(heap.buffer, words >>> 0, nWords).slice();
    const parameters = heap.slice(params >>> 0, (params >>> 0) + paramBytes);
    this.#device.trial(keyText(low, high), this.#text(text >>> 0, textLength), commands, parameters);
  }

  // ---- what the page shares

  /**
   * Takes in a GPUBuffer of the page's, of the same GPUDevice: gives a number for the program, whose arrays then read
   * and write it. It stays the page's: it is never destroyed here. Throws DeviceError.
   * @param {GPUBuffer} buffer with usage STORAGE, COPY_SRC and COPY_DST, of a multiple of 16 bytes
   * @returns {number}
   */
  adopt(buffer) {
    return this.#shared("take in a GPUBuffer").adopt(buffer);
  }

  /**
   * The GPUBuffer of a number that the program has given; commands recorded so far come before what the page submits
   * next. It stays the program's, and is valid while the array lives. Throws DeviceError.
   * @param {number} id
   * @returns {GPUBuffer}
   */
  bufferOf(id) {
    const device = this.#shared("hand out a GPUBuffer");
    this.#outside(() => this.#exports.flush?.());
    const buffer = device.gpuBuffer(id >>> 0);
    if (!buffer) throw new DeviceError(Status.validation, `the program has no buffer ${id}`);
    return buffer;
  }

  // ---- private

  #canvas(name) {
    const canvas = this.#how.canvases[name] ?? globalThis.document?.querySelector(name);
    if (canvas?.getContext) return canvas;
    const what = canvas ? `"${name}" is no canvas` : `there is no canvas "${name}"`;
    const where = globalThis.document
      ? ""
      : "; a worker draws to what start() gets as canvases: {name: OffscreenCanvas}";
    throw new DeviceError(Status.validation, what + where);
  }

  /** The device, where the GPU is driven from this thread. */
  #inThisThread(what) {
    const device = this.#device;
    if (device?.drawImage) return device;
    throw new DeviceError(
      Status.cannot_block,
      `cannot ${what}: the GPU is driven by a worker, which cannot share it; start with threads: "local"`,
    );
  }

  /** The WebGPU device, where the page can share its objects. */
  #shared(what) {
    if (this.#device?.kind !== "webgpu") {
      const kind = this.#device?.kind ?? "cpu";
      throw new DeviceError(Status.validation, `cannot ${what}: the program runs on the ${kind} device, not on webgpu`);
    }
    return this.#inThisThread(what);
  }

  #bytes() {
    return new Uint8Array(this.#memory.buffer);
  }

  /** What is lent for a piece of the heap, or null. */
  #lentFor(pointer, bytes) {
    const lent = this.#lent;
    if (!lent || pointer < lent.pointer || pointer + bytes > lent.pointer + lent.bytes) return null;
    lent.used = true;
    return lent;
  }

  /** Gives a view of a piece of the heap, or of what is lent for it, when that is needed: memories grow. */
  #place(pointer, bytes) {
    const lent = this.#lentFor(pointer, bytes);
    if (!lent) return () => this.#bytes().subarray(pointer, pointer + bytes);
    const from = pointer - lent.pointer;
    return () => lent.view().subarray(from, from + bytes);
  }

  #text(pointer, length) {
    return decoder.decode(this.#bytes().slice(pointer, pointer + length));
  }

  /** Writes as much as fits; gives back how many bytes there are. */
  #put(bytes, pointer, capacity) {
    this.#bytes().set(bytes.subarray(0, capacity), pointer >>> 0);
    return bytes.length;
  }

  /**
   * A wait of the program: begun, where wasm can be suspended; done, where this thread may sleep.
   * @param {() => Promise<void>} later
   * @param {() => void} now
   * @returns {number} its status, or Status.suspend when `ndfuse_suspend` gives it
   */
  #block(later, now) {
    try {
      const refusal = this.#refusal();
      if (refusal) {
        const sentence = `blocking reads are not possible here: ${refusal}; or await the read`;
        throw new DeviceError(Status.cannot_block, sentence);
      }
      if (!this.#suspender) {
        now();
        return Status.ok;
      }
      const noted = (error) => this.#note(error);
      this.#suspender.begin(later().then(() => Status.ok, noted));
      return Status.suspend;
    } catch (error) {
      return this.#note(error);
    }
  }

  /** Why the program cannot wait here and now; empty when it can. */
  #refusal() {
    if (this.#suspender) return this.#suspender.refusal;
    return this.#how.waiting === "none" ? this.#how.waitingReason : "";
  }

  /** Replaces a lost device; does nothing unless the program has been told that it is lost. */
  async #reopen() {
    if (!this.#lossMet) return;
    const lost = this.#device;
    this.#replace(lost, await this.#opener("reopen")(lost));
  }

  #opener(name) {
    const { reopen, [name]: open } = this.#how;
    if (open) return open;
    throw reopen
      ? new DeviceError(Status.cannot_block, "a new device cannot be waited for here: co_await nf::reset()")
      : new DeviceError(Status.device_lost, "the page's own device cannot be opened anew: start the program again");
  }

  #replace(lost, device) {
    if (this.#ended || this.#device !== lost) return device.destroy(); // another reset was faster
    this.#device = device;
    this.#lossMet = false;
  }

  #outside(f) {
    return this.#suspender ? this.#suspender.outside(f) : f();
  }

  /** Calls an export in a way that allows it to wait. */
  async #enter(name, ...args) {
    const f = this.#find(name);
    if (!f) throw new TypeError(`the program exports no function ${JSON.stringify(name)}`);
    this.#pending++;
    try {
      return await this.#suspender.enter(f, args);
    } finally {
      this.#pending--;
      this.#checkIdle();
    }
  }

  /** Only an exported wasm function itself can be suspended; a debug build shows wrappers of some. */
  #find(name) {
    let found = this.#promising.get(name);
    for (const one of found ? [] : this.#exports.find(name)) {
      try {
        found ??= WebAssembly.promising(one);
      } catch {}
    }
    this.#promising.set(name, found);
    return found;
  }

  /** Makes what the page calls by itself known, as calls that cannot wait. */
  #guard(module) {
    for (const [name, f] of Object.entries(module)) {
      if (!name.startsWith("_") || typeof f !== "function") continue;
      this.#find(name.slice(1)); // an optimised build has it under this name alone
      module[name] = (...args) => this.#outside(() => f(...args));
    }
  }

  /** Remembers the sentence for `ndfuse_error`; what is no DeviceError is a mistake of the shim and is thrown on. */
  #note(error) {
    if (!(error instanceof DeviceError)) throw error;
    this.#error = error.message;
    if (this.#device?.lost) this.#lossMet = true;
    return error.status;
  }

  async #answer(request, promise) {
    this.#pending++;
    let failure = null;
    try {
      await promise.catch((error) => {
        failure = error;
      });
      await this.#complete(request, failure);
    } catch (thrown) {
      this.#thrown ??= { thrown };
    }
    this.#pending--;
    this.#checkIdle();
  }

  /** The program asks for the sentence at once; whoever resumes a moment later finds the one that it waits for. */
  #complete(request, failure) {
    const before = this.#error;
    const status = failure ? this.#note(failure) : Status.ok;
    try {
      return this.#suspender
        ? this.#enter("ndfuse_complete", request, status)
        : this.#exports.complete(request, status);
    } finally {
      this.#error = before;
    }
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
