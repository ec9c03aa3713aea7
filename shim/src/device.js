import { CanvasReader } from "./canvas-read.js";
import {
  CAPTURE,
  COPY_BUFFER,
  CREATE_BUFFER,
  captureAt,
  DESTROY_BUFFER,
  DISPATCH,
  DISPATCH_HEAD,
  eachCommand,
  FILL_BUFFER,
  FORGET,
  RENEW_BUFFER,
  REPLAY,
  WRITE_BUFFER,
  wide,
} from "./commands.js";
import { DeviceError, kernelError, Status } from "./errors.js";
import { Ledger } from "./ledger.js";
import { Painter } from "./picture.js";
import { Remembered } from "./remembered.js";
import { Staging } from "./staging.js";
import { Uploads } from "./uploads.js";
import { Waits } from "./waits.js";

// Fixed by the WebGPU specification; the globals that name them are missing in Node.
const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const UNIFORM = 0x40;
const STORAGE = 0x80;
const COMPUTE = 0x4;

/** Numbers of buffers that the page hands in; the program's own begin at 1. */
const FIRST_ADOPTED = 2 ** 31;

const PARAM_ALIGNMENT = 256;
const MAX_BIND_GROUPS = 4096;

/** The order in which `ndfuse_device_info(2)` gives the limits; each is requested at the adapter's maximum. */
const LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupsPerDimension",
  "maxColorAttachments",
];
const FEATURES = ["shader-f16", "subgroups", "timestamp-query"];

const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;
const needsNudge = () => /Firefox\//.test(globalThis.navigator?.userAgent ?? "");

/**
 * One GPU device and everything that lives on it. It decodes batches of commands and gives results back; the same class
 * works in a window, in a worker and in Node.
 *
 * Errors: each batch is wrapped in error scopes, and its words are kept until the scopes have answered. When something
 * failed, the words are walked a second time and every buffer whose contents are wrong is poisoned: reading it rejects
 * with the error. So an error reaches whoever asks for a value that depends on it, and nobody else.
 */
export class WebGPUDevice {
  kind = "webgpu";
  #gpu;
  #owned;
  #waits;
  #lost = null;
  #announceLoss;
  #buffers = new Map(); // id -> {buffer, size, error, serial, groups, captures}
  #pipelines = new Map(); // id -> {name, text, layout, mask, pipeline, checking, error}
  #layouts = new Map(); // "n_storage:mask" -> {key, bindGroup, pipeline}
  #groups = new Map(); // key -> {key, group, records}
  #captures = new Map(); // id -> {words, launches, records, uniform}: launches that are kept, ready to be encoded
  #params; // the one uniform buffer
  #staging;
  #uploads;
  #warming = new Set(); // compilations that have not succeeded yet
  #encoder = null;
  #pass = null;
  #passPipeline = null;
  #serial = 0; // of the open encoder: which buffers has it touched?
  #paramOffset = [0]; // a plain array: twice as fast as a typed one in Node
  #ledger = new Ledger(this.#buffers, this.#pipelines);
  #answers = new Set(); // promises of the GPU that somebody waits for, or waited for until a timeout
  #nudging = false;
  #canvas = null; // reads at once, when that was asked for
  #painter = null;
  #nextAdopted = FIRST_ADOPTED;
  #remembered;
  #counts = {
    batches: 0,
    submits: 0,
    dispatches: 0,
    replays: 0,
    pipelines: 0,
    bindGroups: 0,
    bindGroupHits: 0,
    bytesWritten: 0,
    bytesRead: 0,
    buffersCreated: 0,
    bufferBytes: 0,
  };

  /**
   * Finds an adapter and makes a device of it, or wraps a device that the page already has.
   * @param {{gpu?: GPU, gpuDevice?: GPUDevice, powerPreference?: string, timeoutMs?: number, remember?: boolean | "auto",
   *   rememberAs?: string}} options `remember`: see remembered.js
   * @returns {Promise<WebGPUDevice | null>} null when there is no adapter
   */
  static async open({ gpu, gpuDevice, powerPreference, timeoutMs = 60000, remember = false, rememberAs = "" }) {
    const remembered = (info) => new Remembered(describe(info), remember, rememberAs);
    if (gpuDevice) {
      const info = gpuDevice.adapterInfo;
      return new WebGPUDevice(gpuDevice, info, false, timeoutMs, remembered(info));
    }
    const adapter = await gpu?.requestAdapter({ powerPreference });
    if (!adapter) return null;
    const memory = remembered(adapter.info); // which loads meanwhile
    const device = await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
      requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
    });
    return new WebGPUDevice(device, adapter.info, true, timeoutMs, memory);
  }

  /**
   * @param {GPUDevice} gpu
   * @param {GPUAdapterInfo | undefined} info
   * @param {boolean} owned whether `destroy` ends the GPUDevice too
   * @param {number} timeoutMs of waits that name none
   * @param {Remembered} remembered
   */
  constructor(gpu, info, owned, timeoutMs, remembered) {
    this.#gpu = gpu;
    this.#owned = owned;
    this.#waits = new Waits(timeoutMs);
    this.adapterInfo = describe(info);
    this.limits = LIMITS.map((name) => gpu.limits[name]);
    this.features = FEATURES.filter((name) => gpu.features.has(name));
    /** Called after each kernel that this thread has compiled, which may take seconds. */
    this.oncompiled = () => {};
    /** Called when `remembered` has changed. */
    this.onremembered = () => {};
    /** Resolves with the reason once the device is lost. */
    this.onlost = new Promise((resolve) => {
      this.#announceLoss = resolve;
    });
    this.readBlocking = this.synchronizeBlocking = undefined; // until readByCanvas()
    this.#params = this.#makeParams(2 ** 16);
    this.#staging = new Staging(gpu);
    this.#uploads = new Uploads(gpu);
    gpu.lost.then(({ reason, message }) =>
      this.#lose(new DeviceError(Status.device_lost, `the GPU device was lost (${reason || "unknown"}): ${message}`)),
    );
    // A page's own device reports the page's own mistakes here as well; ours are all inside error scopes.
    if (owned) {
      gpu.addEventListener("uncapturederror", (event) => {
        event.preventDefault?.();
        const error = new DeviceError(Status.validation, `uncaptured GPU error: ${sentence(event.error)}`);
        this.#ledger.fail(error);
      });
    }
    this.#remembered = remembered;
    remembered.onchange = () => this.onremembered();
    remembered.prepare((kernel) => this.#compileAhead(kernel));
  }

  get lost() {
    return this.#lost !== null;
  }

  /** Why the device was lost; empty when it is not. */
  get lossReason() {
    return this.#lost?.message ?? "";
  }

  /** The GPUDevice, for code of the page that shares it. */
  get gpuDevice() {
    return this.#gpu;
  }

  /**
   * The GPUBuffer behind a buffer id, for code of the page that shares the device.
   * @param {number} id
   * @returns {GPUBuffer | undefined}
   */
  gpuBuffer(id) {
    return this.#buffers.get(id)?.buffer;
  }

  /**
   * Takes in a buffer of the page's: gives its number.
   * @param {GPUBuffer} buffer of this GPUDevice
   */
  adopt(buffer) {
    if (this.#lost) throw this.#lost;
    const wanted = STORAGE | COPY_SRC | COPY_DST;
    const refuse = (why) => {
      throw new DeviceError(Status.validation, `the GPUBuffer cannot be taken in: ${why}`);
    };
    if ((buffer.usage & wanted) !== wanted) refuse("it needs the usages STORAGE, COPY_SRC and COPY_DST");
    if (buffer.size === 0 || buffer.size % 16 !== 0) refuse(`its ${buffer.size} bytes are no multiple of 16`);
    if (buffer.mapState && buffer.mapState !== "unmapped") refuse("it is mapped");
    for (const record of this.#buffers.values()) if (record.buffer === buffer) refuse("it was taken in already");
    const id = this.#nextAdopted++;
    const size = buffer.size;
    this.#buffers.set(id, { buffer, size, error: null, serial: 0, groups: new Set(), captures: 0, adopted: true });
    return id;
  }

  /** The size of a buffer that was taken in; asked once, when an array is made of it. */
  adoptedBytes(id) {
    const record = this.#buffers.get(id);
    if (!record?.adopted) throw new DeviceError(Status.validation, `the page has handed in no GPUBuffer ${id}`);
    if (record.taken) throw new DeviceError(Status.validation, `the GPUBuffer ${id} is an array's already`);
    record.taken = true;
    return record.size;
  }

  /**
   * Draws pixels, red, green, blue and alpha bytes in a buffer, to a canvas, behind all that was submitted.
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   */
  drawImage(canvas, id, width, height) {
    const record = this.#readable(id, 0, width * height * 4);
    this.#raise(record.error ?? this.#ledger.knownErrorOf(id));
    this.#gpu.pushErrorScope("validation");
    try {
      this.#painter ??= new Painter(this.#gpu);
      this.#painter.draw(canvas, record.buffer, width, height);
      this.#counts.submits++;
    } finally {
      this.#pop(Status.validation).then((error) => error && this.#ledger.fail(error));
    }
  }

  /** Lets `readBlocking` and `synchronizeBlocking` work, by way of a canvas; only where `canvasWorks()`. */
  readByCanvas() {
    const canvas = new CanvasReader(this.#gpu);
    this.#canvas = canvas;
    // A refused submission is not missed any more once it is known; of several in a batch it is not known which.
    this.#ledger.onrefused = ({ marks }) => {
      if (marks === 1) canvas.marks = (canvas.marks - 1) >>> 0;
    };
    delete this.readBlocking;
    delete this.synchronizeBlocking;
  }

  /** Which kernels were remembered, prepared and used. */
  get remembered() {
    return this.#remembered.counts;
  }

  /** Stores which kernels were used, now rather than in an idle moment. Never rejects. */
  keep() {
    return this.#remembered.keep();
  }

  /** Counts since the device was made, and what is alive now. */
  async stats() {
    return {
      ...this.#counts,
      buffers: this.#buffers.size,
      bindGroupsCached: this.#groups.size,
      captures: this.#captures.size,
      stagingBytes: this.#staging.bytes + this.#uploads.bytes,
      paramBytes: this.#params.size,
      ...this.#ledger.counts,
      remembered: { ...this.remembered },
    };
  }

  /** Ends the device: every pending and every later wait rejects. A device of the page only loses our buffers. */
  destroy() {
    if (!this.#lost) this.#remembered.keep();
    this.#lose(new DeviceError(Status.device_lost, "the GPU device was lost (destroyed): destroy() was called"));
  }

  /**
   * Declares a kernel. Layout: storage buffers at bindings 0..nStorage-1, then one uniform with a dynamic offset.
   * @param {number} id
   * @param {string} name
   * @param {string} text WGSL with entry point `main`
   * @param {number} nStorage
   * @param {number} mask bit i: binding i is read_write, else read
   * @param {boolean} prepare compile now, in the background
   */
  pipeline(id, name, text, nStorage, mask, prepare) {
    if (this.#lost) return;
    const kernel = {
      name,
      text,
      mask,
      layout: this.#layout(nStorage, mask),
      pipeline: null,
      checking: null,
      error: null,
    };
    this.#pipelines.set(id, kernel);
    if (!prepare) return;
    const compilation = this.#compileLater(kernel).then(() => {
      if (!kernel.error) this.#warming.delete(compilation);
      return kernel;
    });
    this.#warming.add(compilation);
  }

  /**
   * Resolves when all kernels that were declared with `prepare` are compiled; rejects with the first that failed.
   * @param {number} [timeoutMs]
   */
  async warmup(timeoutMs) {
    const kernels = await this.#wait(Promise.all(this.#warming), timeoutMs, "warm-up");
    const failed = kernels.find((kernel) => kernel.error);
    if (failed) throw failed.error;
  }

  /**
   * Decodes one batch. `words` is kept until the GPU has answered, so the caller gives it away; `params` and `data` are
   * read before this returns.
   * @param {Uint32Array} words commands
   * @param {Uint8Array} params parameters of the dispatches, at offsets that are multiples of 256
   * @param {Uint8Array} data what the write commands point into
   */
  submit(words, params, data) {
    if (this.#lost) return;
    const gpu = this.#gpu;
    const batch = { words, error: null, skipped: false, created: [], doomed: [], kernels: [], replayed: [] };
    const marks = this.#canvas?.marks;
    gpu.pushErrorScope("internal");
    gpu.pushErrorScope("out-of-memory");
    gpu.pushErrorScope("validation");
    try {
      this.#writeParams(params);
      this.#decode(batch, data);
    } catch (error) {
      // The stream and this device disagree about what exists: nothing after this could be trusted.
      this.#lose(new DeviceError(Status.validation, `command stream: ${error.message}`));
    }
    this.#flush();
    for (const buffer of batch.doomed) buffer.destroy();
    const scopes = [this.#pop(Status.validation), this.#pop(Status.out_of_memory), this.#pop(Status.validation)];
    this.#counts.batches++;
    batch.marks = this.#canvas?.marks - marks;
    this.#ledger.add(batch, scopes);
  }

  /**
   * Reads `bytes` bytes of a buffer. Rejects with a DeviceError when the value depends on anything that failed.
   * @template T
   * @param {number} id
   * @param {number} offset
   * @param {number} bytes
   * @param {number} [timeoutMs]
   * @param {(view: Uint8Array) => T} [consume] called with the mapped bytes, valid during the call; copies by default
   * @returns {Promise<T>}
   */
  async read(id, offset, bytes, timeoutMs, consume = (view) => view.slice()) {
    const record = this.#readable(id, offset, bytes);
    // Poison as of now: batches that are submitted later settle later.
    const poisoned = this.#ledger.errorOf(id);
    const what = `read of ${bytes} bytes`;
    if (bytes === 0 || record.error) {
      this.#raise((await this.#wait(poisoned, timeoutMs, what)) ?? record.error);
      return consume(new Uint8Array(0));
    }
    const start = offset - (offset % 4);
    const size = roundUp(offset + bytes, 4) - start;
    const gpu = this.#gpu;
    gpu.pushErrorScope("out-of-memory");
    gpu.pushErrorScope("validation");
    const staging = this.#staging.take(size);
    const encoder = gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(record.buffer, start, staging, 0, size);
    this.#queueSubmit(encoder);
    const mapped = staging.mapAsync(MAP_READ, 0, size).then(
      () => null,
      (error) => this.#mapFailed(error),
    );
    const answers = Promise.all([poisoned, this.#pop(Status.validation), this.#pop(Status.out_of_memory), mapped]);
    try {
      for (const error of await this.#wait(answers, timeoutMs, what)) this.#raise(error);
      const result = consume(new Uint8Array(staging.getMappedRange(0, size), offset - start, bytes));
      this.#counts.bytesRead += bytes;
      staging.unmap();
      this.#staging.give(staging);
      return result;
    } catch (error) {
      this.#staging.drop(staging);
      throw error;
    }
  }

  /**
   * Fills `target` with bytes of a buffer, at once; only after `readByCanvas`. It cannot be interrupted, so that there
   * is no timeout. Throws DeviceError, also when it is not known yet whether earlier batches went well.
   * @param {number} id
   * @param {number} offset
   * @param {Uint8Array} target
   */
  readBlocking(id, offset, target) {
    const record = this.#readable(id, offset, target.length);
    this.#raise(record.error ?? this.#ledger.knownErrorOf(id));
    const first = offset >>> 2;
    const words = Math.ceil((offset + target.length) / 4) - first;
    if ((offset | target.byteOffset | target.length) % 4 === 0) {
      this.#canvas.read(record.buffer, first, new Uint32Array(target.buffer, target.byteOffset, words));
    } else {
      const whole = new Uint32Array(words);
      this.#canvas.read(record.buffer, first, whole);
      target.set(new Uint8Array(whole.buffer, offset % 4, target.length));
    }
    this.#checkExecuted();
    this.#counts.bytesRead += target.length;
  }

  /** As `synchronize`, at once; only after `readByCanvas`. Throws DeviceError. */
  synchronizeBlocking() {
    if (this.#lost) throw this.#lost;
    this.#canvas.look();
    this.#checkExecuted();
    this.#raise(this.#ledger.oldest);
  }

  /**
   * Resolves when everything submitted so far has been done. Rejects with the oldest error that nothing has reported.
   * @param {number} [timeoutMs]
   */
  async synchronize(timeoutMs) {
    if (this.#lost) throw this.#lost;
    await this.#wait(
      Promise.all([this.#gpu.queue.onSubmittedWorkDone(), this.#ledger.settled]),
      timeoutMs,
      "synchronize",
    );
    this.#raise(this.#ledger.oldest);
  }

  /**
   * Ends the device, and resolves when no promise of the GPU is open any more. Node aborts when a thread ends before.
   */
  async end() {
    this.destroy();
    await new Promise((resolve) => setTimeout(resolve)); // after the GPUDevice's own end, see #lose
    await Promise.allSettled([this.#ledger.settled, ...this.#answers, ...this.#warming, this.#remembered.settled]);
  }

  /** The record of a buffer that has these bytes. */
  #readable(id, offset, bytes) {
    if (this.#lost) throw this.#lost;
    const record = this.#buffers.get(id);
    if (!record) throw new DeviceError(Status.validation, `read of buffer ${id}, which does not exist`);
    if (offset + bytes <= record.size) return record;
    throw new DeviceError(
      Status.validation,
      `read of bytes ${offset} to ${offset + bytes} of buffer ${id}, which has ${record.size} bytes`,
    );
  }

  /** Whether the GPU has executed what it was given, as far as the last read by canvas has seen. */
  #checkExecuted() {
    const { executed, marks } = this.#canvas;
    if (executed === marks) return;
    // When every batch has answered, it is known what each left wrong, and the count begins anew.
    const lag = Math.abs((marks - executed) | 0);
    if (this.#ledger.counts.unsettledBatches === 0 && lag < 2 ** 16) this.#canvas.marks = executed;
    else {
      throw new DeviceError(
        Status.validation,
        "the GPU has not executed all that it was given: a kernel or a buffer was refused, or the device is lost; " +
          "await the read to learn which",
      );
    }
  }

  // ---- decoding

  #decode(batch, data) {
    const { words } = batch;
    eachCommand(words, (opcode, at) => {
      switch (opcode) {
        case DISPATCH:
          this.#dispatch(batch, at);
          break;
        case REPLAY:
          this.#replay(batch, words[at + 1]);
          break;
        case CAPTURE:
          this.#capture(captureAt(words, at));
          break;
        case FORGET:
          this.#forgetCapture(batch, words[at + 1]);
          break;
        case CREATE_BUFFER:
          this.#createBuffer(batch, words[at + 1], wide(words, at + 2));
          break;
        case DESTROY_BUFFER:
          this.#destroyBuffer(batch, words[at + 1]);
          break;
        case WRITE_BUFFER:
          this.#writeBuffer(words[at + 1], wide(words, at + 2), data, words[at + 4], words[at + 5]);
          break;
        case COPY_BUFFER:
          this.#copyBuffer(batch, words, at);
          break;
        case FILL_BUFFER:
          this.#fillBuffer(batch, words[at + 1], wide(words, at + 2), wide(words, at + 4));
          break;
        case RENEW_BUFFER:
          this.#record(words[at + 1]);
          break;
        default:
          throw new Error(`unknown opcode ${opcode} at word ${at}`);
      }
    });
  }

  #record(id) {
    const record = this.#buffers.get(id);
    if (!record) throw new Error(`buffer ${id} does not exist`);
    return record;
  }

  #createBuffer(batch, id, size) {
    if (this.#buffers.has(id)) throw new Error(`buffer ${id} exists already`);
    const record = { buffer: null, size, error: null, serial: 0, groups: new Set(), captures: 0 };
    this.#buffers.set(id, record);
    const limit = this.#gpu.limits.maxBufferSize;
    if (size > limit) {
      record.error = new DeviceError(
        Status.out_of_memory,
        `a buffer of ${size} bytes is larger than this device allows (${limit} bytes)`,
      );
      batch.created.push({ id, record });
      return;
    }
    this.#gpu.pushErrorScope("out-of-memory");
    record.buffer = this.#gpu.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    const answer = this.#gpu.popErrorScope().then(
      (error) => {
        if (!error) return;
        record.error = new DeviceError(
          Status.out_of_memory,
          `the device has no memory for a buffer of ${size} bytes: ${sentence(error)}`,
        );
        this.#counts.bufferBytes -= size;
      },
      () => {},
    );
    batch.created.push({ id, record, answer });
    this.#counts.buffersCreated++;
    this.#counts.bufferBytes += size;
  }

  #destroyBuffer(batch, id) {
    const record = this.#record(id);
    if (record.captures > 0) throw new Error(`buffer ${id} is destroyed, but a capture uses it`);
    this.#buffers.delete(id);
    for (const entry of record.groups) this.#forget(entry);
    if (!record.buffer || record.adopted) return;
    batch.doomed.push(record.buffer); // what is being encoded may use it: destroyed after the submit
    if (!record.error) this.#counts.bufferBytes -= record.size;
  }

  /**
   * queue.writeBuffer comes before whatever is still being encoded, so what uses the buffer is submitted first. WebGPU
   * writes words: the last one is filled up with zeros.
   */
  #writeBuffer(id, offset, data, from, bytes) {
    const record = this.#record(id);
    if (record.error) return;
    if (from + bytes > data.length) throw new Error(`write of buffer ${id} reads past the end of its data`);
    if (offset + bytes > record.size || offset % 4 !== 0) {
      throw new Error(`write of bytes ${offset} to ${offset + bytes} of buffer ${id}, which has ${record.size} bytes`);
    }
    if (record.serial === this.#serial) this.#flush();
    const whole = bytes - (bytes % 4);
    if (whole > 0) this.#queueWrite(record.buffer, offset, data, from, whole);
    if (whole === bytes) return;
    const last = new Uint8Array(4);
    last.set(data.subarray(from + whole, from + bytes));
    this.#queueWrite(record.buffer, offset + whole, last, 0, 4);
  }

  #copyBuffer(batch, words, at) {
    const source = this.#record(words[at + 1]);
    const target = this.#record(words[at + 4]);
    if (source.error || target.error) {
      batch.skipped = true;
      return;
    }
    this.#endPass();
    const encoder = this.#openEncoder();
    source.serial = target.serial = this.#serial;
    encoder.copyBufferToBuffer(
      source.buffer,
      wide(words, at + 2),
      target.buffer,
      wide(words, at + 5),
      wide(words, at + 7),
    );
  }

  #fillBuffer(batch, id, offset, bytes) {
    const record = this.#record(id);
    if (record.error) {
      batch.skipped = true;
      return;
    }
    this.#endPass();
    const encoder = this.#openEncoder();
    record.serial = this.#serial;
    encoder.clearBuffer(record.buffer, offset, bytes);
  }

  #dispatch(batch, at) {
    const { words } = batch;
    const kernel = this.#kernelOf(words, at);
    if (kernel.error) {
      batch.skipped = true;
      return;
    }
    const { count, bound, key } = bindings(kernel, words, at);
    const ids = at + DISPATCH_HEAD;
    let entry = this.#groups.get(key);
    if (entry) this.#counts.bindGroupHits++;
    else {
      const records = [];
      for (let i = 0; i < count; i++) records.push(this.#record(words[ids + i]));
      if (records.some((record) => record.error)) {
        batch.skipped = true;
        return;
      }
      entry = this.#bind(key, kernel.layout, bound, records);
    }
    const pass = this.#usePipeline(batch, kernel);
    for (const record of entry.records) record.serial = this.#serial;
    this.#paramOffset[0] = words[at + 5];
    pass.setBindGroup(0, entry.group, this.#paramOffset);
    pass.dispatchWorkgroups(words[at + 2], words[at + 3], words[at + 4]);
    this.#counts.dispatches++;
  }

  /** The kernel that the dispatch at word `at` names; it fits the bindings. */
  #kernelOf(words, at) {
    const kernel = this.#pipelines.get(words[at + 1]);
    if (!kernel) throw new Error(`dispatch of pipeline ${words[at + 1]}, which does not exist`);
    const count = words[at + 7];
    if (count !== kernel.layout.nStorage) {
      throw new Error(`kernel "${kernel.name}" has ${kernel.layout.nStorage} bindings, the dispatch gives ${count}`);
    }
    return kernel;
  }

  /** The open pass, where this kernel is dispatched next. */
  #usePipeline(batch, kernel) {
    const pipeline = kernel.pipeline ?? this.#pipelineOf(kernel);
    if (kernel.checking && !batch.kernels.includes(kernel)) batch.kernels.push(kernel);
    const pass = this.#openPass();
    if (this.#passPipeline !== pipeline) {
      this.#passPipeline = pipeline;
      pass.setPipeline(pipeline);
    }
    return pass;
  }

  // ---- captures

  /** Makes bind groups for all launches, and a uniform buffer for their parameters. */
  #capture({ id, words, params }) {
    if (this.#captures.has(id)) throw new Error(`capture ${id} exists already`);
    const launches = [];
    const records = new Set();
    const groups = new Map();
    const size = Math.max(PARAM_ALIGNMENT, roundUp(params.length, PARAM_ALIGNMENT));
    const uniform = this.#makeParams(size);
    eachCommand(words, (opcode, at) => {
      if (opcode === RENEW_BUFFER) return; // which the ledger reads
      if (opcode !== DISPATCH) throw new Error(`opcode ${opcode} in a capture, which holds dispatches and renewals`);
      const kernel = this.#kernelOf(words, at);
      const { count, bound, key } = bindings(kernel, words, at);
      const offset = words[at + 6] === 0 ? 0 : words[at + 5];
      if (offset % PARAM_ALIGNMENT !== 0 || offset + bound > size) {
        throw new Error(`parameters at ${offset} to ${offset + bound} of a capture that has ${params.length} bytes`);
      }
      let group = groups.get(key);
      if (group === undefined) {
        const bound_to = Array.from(words.subarray(at + DISPATCH_HEAD, at + DISPATCH_HEAD + count), (one) =>
          this.#record(one),
        );
        for (const record of bound_to) records.add(record);
        group = bound_to.some((record) => record.error)
          ? null
          : this.#makeGroup(kernel.layout, bound_to, uniform, bound);
        groups.set(key, group);
      }
      launches.push({ kernel, group, offset: [offset], x: words[at + 2], y: words[at + 3], z: words[at + 4] });
    });
    if (params.length > 0) this.#queueWrite(uniform, 0, params, 0, params.length);
    for (const record of records) record.captures++;
    this.#captures.set(id, { words, launches, records, uniform });
  }

  #replay(batch, id) {
    const capture = this.#captures.get(id);
    if (!capture) throw new Error(`capture ${id} does not exist`);
    batch.replayed.push(capture.words);
    this.#counts.replays++;
    for (const { kernel, group, offset, x, y, z } of capture.launches) {
      if (kernel.error || !group) {
        batch.skipped = true;
        continue;
      }
      const pass = this.#usePipeline(batch, kernel);
      pass.setBindGroup(0, group, offset);
      pass.dispatchWorkgroups(x, y, z);
      this.#counts.dispatches++;
    }
    for (const record of capture.records) record.serial = this.#serial;
  }

  #forgetCapture(batch, id) {
    const capture = this.#captures.get(id);
    if (!capture) throw new Error(`capture ${id} does not exist`);
    this.#captures.delete(id);
    for (const record of capture.records) record.captures--;
    batch.doomed.push(capture.uniform); // what is being encoded may use it
  }

  // ---- encoding

  #openEncoder() {
    if (!this.#encoder) {
      this.#encoder = this.#gpu.createCommandEncoder();
      this.#serial++;
    }
    return this.#encoder;
  }

  #openPass() {
    this.#pass ??= this.#openEncoder().beginComputePass();
    return this.#pass;
  }

  #endPass() {
    this.#pass?.end();
    this.#pass = this.#passPipeline = null;
  }

  /** Submits what is open. */
  #flush() {
    if (!this.#encoder) return;
    this.#endPass();
    this.#canvas?.mark(this.#encoder);
    this.#queueSubmit(this.#encoder);
    this.#encoder = null;
    this.#serial++;
  }

  #queueSubmit(encoder) {
    this.#gpu.queue.submit([encoder.finish()]);
    this.#counts.submits++;
  }

  #queueWrite(buffer, offset, data, from, bytes) {
    this.#counts.bytesWritten += bytes;
    if (bytes < Uploads.LARGE) return this.#writeNow(buffer, offset, data, from, bytes);
    const submit = (encoder) => this.#queueSubmit(encoder);
    const write = (offset, from, bytes) => this.#writeNow(buffer, offset, data, from, bytes);
    this.#uploads.write(buffer, offset, data, from, bytes, submit, write);
  }

  #writeNow(buffer, offset, data, from, bytes) {
    // Not every implementation writes from shared memory; a slice of it is not shared.
    if (typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer) {
      this.#gpu.queue.writeBuffer(buffer, offset, data.slice(from, from + bytes));
    } else {
      this.#gpu.queue.writeBuffer(buffer, offset, data, from, bytes);
    }
  }

  /**
   * All parameters of a batch in one write to one buffer. The queue orders the write after the batches before it and
   * before this one, so that nothing is overwritten too early and no second buffer is needed.
   */
  #writeParams(params) {
    if (params.length === 0) return;
    const needed = roundUp(params.length, PARAM_ALIGNMENT);
    if (needed > this.#params.size) {
      for (const entry of this.#groups.values()) this.#forget(entry);
      this.#params.destroy();
      this.#params = this.#makeParams(2 ** Math.ceil(Math.log2(needed)));
    }
    this.#queueWrite(this.#params, 0, params, 0, params.length);
  }

  #makeParams(size) {
    return this.#gpu.createBuffer({ size, usage: UNIFORM | COPY_DST, label: "ndfuse parameters" });
  }

  // ---- kernels and bindings

  #layout(nStorage, mask) {
    const key = `${nStorage}:${mask}`;
    let layout = this.#layouts.get(key);
    if (!layout) {
      const entries = Array.from({ length: nStorage }, (_, binding) => ({
        binding,
        visibility: COMPUTE,
        buffer: { type: (mask >>> binding) & 1 ? "storage" : "read-only-storage" },
      }));
      entries.push({
        binding: nStorage,
        visibility: COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 0 },
      });
      const bindGroup = this.#gpu.createBindGroupLayout({ entries });
      const pipeline = this.#gpu.createPipelineLayout({ bindGroupLayouts: [bindGroup] });
      layout = { key, nStorage, bindGroup, pipeline };
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #bind(key, layout, bound, records) {
    if (this.#groups.size >= MAX_BIND_GROUPS) this.#forget(this.#groups.values().next().value);
    const entry = { key, records, group: this.#makeGroup(layout, records, this.#params, bound) };
    for (const record of records) record.groups.add(entry);
    this.#groups.set(key, entry);
    return entry;
  }

  #makeGroup(layout, records, params, bound) {
    const entries = records.map((record, binding) => ({ binding, resource: { buffer: record.buffer } }));
    entries.push({ binding: records.length, resource: { buffer: params, offset: 0, size: bound } });
    this.#counts.bindGroups++;
    return this.#gpu.createBindGroup({ layout: layout.bindGroup, entries });
  }

  #forget(entry) {
    this.#groups.delete(entry.key);
    for (const record of entry.records) record.groups.delete(entry);
  }

  #describe(kernel, module) {
    return {
      label: kernel.name,
      layout: kernel.layout.pipeline,
      compute: { module, entryPoint: "main" },
    };
  }

  /** The pipeline of a kernel that is used for the first time: prepared, or compiled at once. */
  #pipelineOf(kernel) {
    const prepared = this.#remembered.take(kernel);
    if (!prepared) return this.#compileNow(kernel);
    kernel.pipeline = prepared;
    return prepared;
  }

  /** Compiles a remembered kernel in the background. Rejects with whatever is wrong, which nobody else hears of. */
  async #compileAhead({ name, text, nStorage, mask }) {
    if (this.#lost) throw this.#lost;
    const gpu = this.#gpu;
    const scopes = [];
    let compiling;
    gpu.pushErrorScope("internal");
    gpu.pushErrorScope("validation");
    try {
      const layout = this.#layout(nStorage, mask);
      const module = gpu.createShaderModule({ code: text, label: name });
      compiling = gpu.createComputePipelineAsync(this.#describe({ name, layout }, module));
    } finally {
      scopes.push(this.#pop(Status.validation), this.#pop(Status.validation));
    }
    const [pipeline, ...errors] = await Promise.all([compiling, ...scopes]);
    this.oncompiled();
    const error = errors.find(Boolean);
    if (error) throw error;
    return pipeline;
  }

  /** Compiles in the background; afterwards `kernel.pipeline` or `kernel.error` is there. */
  async #compileLater(kernel) {
    const gpu = this.#gpu;
    const coming = this.#remembered.coming(kernel);
    const prepared = coming && (await coming);
    if (prepared) {
      kernel.pipeline ??= prepared;
      return;
    }
    gpu.pushErrorScope("internal");
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ code: kernel.text, label: kernel.name });
    const promise = gpu.createComputePipelineAsync(this.#describe(kernel, module));
    const scopes = [this.#pop(Status.validation), this.#pop(Status.validation)];
    this.#counts.pipelines++;
    try {
      const pipeline = await promise;
      await Promise.all(scopes);
      kernel.pipeline ??= pipeline;
    } catch (error) {
      kernel.error ??= await explain(
        kernel,
        module,
        (await Promise.all(scopes)).find(Boolean)?.message ?? error.message,
      );
    }
  }

  /** Compiles at once; whether it went well is known when `kernel.checking` has resolved. */
  #compileNow(kernel) {
    const gpu = this.#gpu;
    gpu.pushErrorScope("internal");
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ code: kernel.text, label: kernel.name });
    kernel.pipeline = gpu.createComputePipeline(this.#describe(kernel, module));
    this.oncompiled();
    const scopes = [this.#pop(Status.validation), this.#pop(Status.validation)];
    this.#counts.pipelines++;
    kernel.checking = Promise.all(scopes).then(async (errors) => {
      const error = errors.find(Boolean);
      if (error) kernel.error ??= await explain(kernel, module, error.message);
      kernel.checking = null;
    });
    return kernel.pipeline;
  }

  // ---- errors

  /** The answer of the innermost error scope as a DeviceError, or null. */
  #pop(status) {
    return this.#gpu.popErrorScope().then(
      (error) => error && new DeviceError(status, sentence(error)),
      () => null, // the device is lost, which every wait is told
    );
  }

  #raise(error) {
    if (!error) return;
    this.#ledger.met(error);
    throw error;
  }

  #lose(error) {
    if (this.#lost) return;
    this.#lost = error;
    this.#remembered.end();
    for (const entry of this.#groups.values()) this.#forget(entry);
    if (this.#owned) {
      // Dawn in Node waits for the GPU here: whoever waits is told first.
      setTimeout(() => this.#gpu.destroy());
    } else {
      for (const { buffer, adopted } of this.#buffers.values()) if (!adopted) buffer?.destroy();
      this.#params.destroy();
      for (const { uniform } of this.#captures.values()) uniform.destroy();
      this.#canvas?.end();
      this.#painter?.end();
    }
    this.#buffers.clear();
    this.#captures.clear();
    this.#staging.end();
    this.#uploads.end();
    this.#pass = this.#passPipeline = this.#encoder = null;
    this.#waits.fail(error);
    this.#announceLoss({ status: error.status, message: error.message });
  }

  /** A map can be rejected a moment before the loss that caused it is announced. */
  async #mapFailed(error) {
    await Promise.race([this.#gpu.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
    return this.#lost ?? new DeviceError(Status.validation, `the buffer could not be mapped: ${error.message}`);
  }

  // ---- waiting

  /** `promise`, or a rejection by the clock or by the loss of the device, whichever is first. */
  #wait(promise, timeoutMs, what) {
    if (this.#lost) return Promise.reject(this.#lost);
    this.#answers.add(promise);
    const forget = () => this.#answers.delete(promise);
    promise.then(forget, forget);
    const waited = this.#waits.wait(promise, timeoutMs, what);
    if (!this.#nudging && needsNudge()) this.#nudge();
    return waited;
  }

  /** Firefox looks for finished work every 100 ms, and at each submit: submit nothing until nobody waits. */
  #nudge() {
    this.#nudging = this.#waits.count > 0 && !this.#lost;
    if (!this.#nudging) return;
    this.#gpu.queue.submit([]);
    setTimeout(() => this.#nudge(), 1);
  }
}

/** What the dispatch at word `at` binds: how many buffers, how many bytes of parameters, and the key of its bind group. */
function bindings(kernel, words, at) {
  const count = words[at + 7];
  const bound = Math.max(PARAM_ALIGNMENT, roundUp(words[at + 6], PARAM_ALIGNMENT));
  const ids = at + DISPATCH_HEAD;
  let key = `${kernel.layout.key}:${bound}`;
  for (let i = 0; i < count; i++) key += `,${words[ids + i]}`;
  return { count, bound, key };
}

/** What an implementation says, without the lines of its own source that Dawn adds. */
const sentence = (error) => error.message.replace(/\n\s+at [^\n]*/g, "").trim();

/** What the compiler says about a refused kernel. */
async function explain(kernel, module, reason) {
  const info = await module.getCompilationInfo?.().catch(() => null);
  return kernelError(kernel.name, kernel.text, reason, info?.messages ?? []);
}

/** One line about an adapter; a software adapter is called one. */
export function describe(info) {
  const { vendor = "", architecture = "", device = "", description = "" } = info ?? {};
  const software =
    info?.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(`${architecture} ${device} ${description}`);
  const words = [description, vendor, architecture, device].filter(Boolean);
  const text = words.length > 0 ? words.join(", ") : "unnamed adapter";
  return { vendor, architecture, device, software, description: software ? `${text} (software adapter)` : text };
}
