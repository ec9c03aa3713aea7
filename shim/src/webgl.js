import {
  CAPTURE,
  COPY_BUFFER,
  CREATE_BUFFER,
  captureAt,
  DESTROY_BUFFER,
  DRAW,
  DRAW_HEAD,
  eachCommand,
  FILL_BUFFER,
  FORGET,
  RENEW_BUFFER,
  REPLAY,
  WRITE_BUFFER,
  wide,
} from "./commands.js";
import { describe } from "./device.js";
import { DeviceError, Status } from "./errors.js";
import { contextOf } from "./picture.js";
import { Poller } from "./poller.js";
import { Staging } from "./staging.js";
import { Waits } from "./waits.js";
import { Buffers, noMemory } from "./webgl-buffers.js";
import { Context } from "./webgl-context.js";
import { Kernels, newKernel } from "./webgl-kernels.js";
import { isShared, ROW, rectangles, spans, Textures } from "./webgl-textures.js";

const PARAM_ALIGNMENT = 256;
const SMALLEST_PARAMS = 2 ** 16;
/** Elementary operations that one submission to the GPU may hold, so that it stays short and no watchdog bites. */
const SUBMISSION_WORK = 4e9;
const WHOLE = 1; // a flag of a draw
/** Chromium's GPU process looks at fences when commands come, else every few ms: send some after so many vain looks. */
const NUDGE = 8;
const FEATURES = ["KHR_parallel_shader_compile", "WEBGL_debug_renderer_info", "WEBGL_lose_context"];

const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;

/**
 * A WebGL2 context and everything that lives on it, with the methods of `WebGPUDevice`. Buffers are textures of words,
 * kernels are fragment shaders. Reads can block, in windows too; what goes wrong is known when it is submitted, so that
 * a buffer knows by itself whether its contents are wrong.
 */
export class WebGLDevice {
  /** Why the last `open` gave null. */
  static reason = "";

  kind = "webgl";
  #gl;
  #lost = null;
  #announceLoss;
  #context;
  #textures;
  #kernels;
  #staging;
  #waits;
  #poller = new Poller();
  #canary; // a surface that is read to see whether reads bring anything
  #buffers;
  #pipelines = new Map(); // id -> kernel
  #captures = new Map(); // id -> {words, uniform}: launches that are kept
  #warming = new Set(); // compilations that have not succeeded yet
  #params; // the uniform buffer, and its size
  #paramBytes = 0;
  #work = 0; // of what is not flushed yet
  #unflushed = false; // whether a batch is
  #scratch = null; // what asynchronous reads give to `consume`
  #counts = {
    batches: 0,
    submits: 0,
    draws: 0,
    replays: 0,
    pieces: 0,
    bytesWritten: 0,
    bytesRead: 0,
  };

  /**
   * Makes a WebGL2 context on a canvas of its own.
   * @param {{canvas?: HTMLCanvasElement | OffscreenCanvas, powerPreference?: string, timeoutMs?: number}} [options]
   *   `canvas`: one that has no context yet, and is used for nothing else
   * @returns {Promise<WebGLDevice | null>} null when there is no WebGL2 that could do; `WebGLDevice.reason` says why
   */
  static async open(options) {
    return WebGLDevice.openNow(options);
  }

  /** As `open`, at once. */
  static openNow({ canvas, powerPreference, timeoutMs = 60000 } = {}) {
    const none = (reason) => {
      WebGLDevice.reason = reason;
      return null;
    };
    const { OffscreenCanvas, document } = globalThis;
    if (!canvas && !OffscreenCanvas && !document)
      return none("there is no canvas here, which WebGL needs: use a browser");
    canvas ??= OffscreenCanvas ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    const gl = canvas.getContext("webgl2", {
      alpha: true, // of pictures that are drawn to canvases of the page
      antialias: false,
      depth: false,
      stencil: false,
      powerPreference: powerPreference ?? "default",
    });
    if (!gl) {
      return none(
        "the browser gives no WebGL2 context: update the graphics driver, or switch on hardware acceleration",
      );
    }
    const size = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    const reason =
      size < ROW
        ? `WebGL2 has textures of at most ${size} texels a side here, ${ROW} are needed`
        : PARAM_ALIGNMENT % gl.getParameter(gl.UNIFORM_BUFFER_OFFSET_ALIGNMENT) !== 0
          ? `WebGL2 wants offsets of parameters that are no divisors of ${PARAM_ALIGNMENT} here`
          : "";
    if (!reason) return new WebGLDevice(gl, timeoutMs);
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return none(reason);
  }

  /** Use `WebGLDevice.open`. */
  constructor(gl, timeoutMs) {
    this.#gl = gl;
    this.#waits = new Waits(timeoutMs);
    this.#context = new Context(gl);
    this.#textures = new Textures(this.#context);
    this.#kernels = new Kernels(this.#context);
    this.#staging = new Staging({
      createBuffer: ({ size }) => {
        const buffer = gl.createBuffer();
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
        gl.bufferData(gl.PIXEL_PACK_BUFFER, size, gl.STREAM_READ);
        gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
        return { size, buffer, failed: !this.#textures.hadMemory(size), destroy: () => gl.deleteBuffer(buffer) };
      },
    });
    this.#params = gl.createBuffer();
    this.#canary = this.#textures.make(16);
    this.features = FEATURES.filter((name) => gl.getExtension(name));
    this.adapterInfo = describe({
      description: gl.getParameter(
        gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER,
      ),
    });
    const largest = Math.min(ROW * gl.getParameter(gl.MAX_TEXTURE_SIZE) * 16, 2 ** 32 - 16);
    const samplers = gl.getParameter(gl.MAX_TEXTURE_IMAGE_UNITS);
    const outputs = Math.min(gl.getParameter(gl.MAX_DRAW_BUFFERS), gl.getParameter(gl.MAX_COLOR_ATTACHMENTS));
    /** In the order of `ndfuse_device_info(2)`. */
    this.limits = [largest, largest, 0, 0, Math.min(16, samplers), 0, Math.min(8, outputs)];
    this.#buffers = new Buffers(this.#textures, largest);
    /** Resolves with the reason once the device is lost. */
    this.onlost = new Promise((resolve) => {
      this.#announceLoss = resolve;
    });
    gl.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#lose(contextLost(event.statusMessage));
    });
  }

  get lost() {
    return this.#lost !== null;
  }

  /** Why the device was lost; empty when it is not. */
  get lossReason() {
    return this.#lost?.message ?? "";
  }

  /** Counts since the device was made, and what is alive now. */
  async stats() {
    return {
      ...this.#counts,
      pipelines: this.#kernels.compiled,
      captures: this.#captures.size,
      ...this.#buffers.counts,
      framebuffers: this.#textures.framebuffers,
      spareBytes: this.#textures.spareBytes,
      stagingBytes: this.#staging.bytes,
      paramBytes: this.#paramBytes,
    };
  }

  /** Ends the device and its context: every pending and every later wait rejects. */
  destroy() {
    this.#lose(new DeviceError(Status.device_lost, "the GPU device was lost (destroyed): destroy() was called"));
  }

  /** Ends the device; nothing of it is open afterwards. */
  async end() {
    this.destroy();
  }

  /**
   * Declares a kernel: a fragment shader with inputs `uniform highp usampler2D b0, b1, ...`, outputs `layout(location =
   * k) out uvec4`, and, if it has parameters, a std140 block `params`.
   * @param {number} id
   * @param {string} name
   * @param {string} text GLSL ES 3.00
   * @param {number} nStorage inputs and outputs
   * @param {number} mask bit i: binding i is an output; they come after the inputs
   * @param {boolean} prepare compile now, in the background
   */
  pipeline(id, name, text, nStorage, mask, prepare) {
    if (this.#lost) return;
    const kernel = newKernel(name, text, nStorage, mask);
    this.#pipelines.set(id, kernel);
    if (mask === 0 || mask !== 2 ** nStorage - 2 ** kernel.inputs) {
      kernel.error = new DeviceError(
        Status.validation,
        `kernel "${name}" has ${nStorage} bindings; in WebGL the last ones, one at least, are the outputs, unlike 0b${mask.toString(2)}`,
      );
    } else if (prepare) {
      this.#kernels.begin(kernel);
    }
    if (!prepare) return;
    const compilation = this.#poller
      .until(() => this.#kernels.ready(kernel))
      .then(() => {
        this.#kernels.finish(kernel);
        if (kernel.linked) this.#warming.delete(compilation);
        return kernel;
      });
    this.#warming.add(compilation);
  }

  /**
   * Resolves when all kernels that were declared with `prepare` are compiled; rejects with the first that failed.
   * @param {number} [timeoutMs]
   */
  async warmup(timeoutMs) {
    this.#live();
    const kernels = await this.#waits.wait(Promise.all(this.#warming), timeoutMs, "warm-up");
    const failed = kernels.find((kernel) => kernel.error);
    if (failed) throw failed.error;
  }

  /**
   * Decodes one batch. Everything is read before this returns.
   * @param {Uint32Array} words commands
   * @param {Uint8Array} params parameters of the draws, at offsets that are multiples of 256
   * @param {Uint8Array} data what the write commands point into
   */
  submit(words, params, data) {
    if (this.#lost) return;
    try {
      this.#writeParams(params);
      this.#decode(words, data);
    } catch (error) {
      // The stream and this device disagree about what exists: nothing after this could be trusted.
      if (!this.#gl.isContextLost()) {
        this.#lose(new DeviceError(Status.validation, `command stream: ${error.message}`));
      }
    }
    this.#counts.batches++;
    this.#flushSoon();
    this.#checkLoss();
  }

  /**
   * Reads `bytes` bytes of a buffer. Rejects with a DeviceError when the value depends on anything that failed.
   * @template T
   * @param {number} id
   * @param {number} offset
   * @param {number} bytes
   * @param {number} [timeoutMs]
   * @param {(view: Uint8Array) => T} [consume] called with the bytes, valid during the call; gives a copy by default
   * @returns {Promise<T>}
   */
  async read(id, offset, bytes, timeoutMs, consume) {
    const record = this.#readable(id, offset, bytes);
    if (bytes === 0) return (consume ?? ((view) => view))(new Uint8Array(0));
    const what = `read of ${bytes} bytes`;
    const first = Math.floor(offset / 16);
    const texels = Math.ceil((offset + bytes) / 16) - first;
    const staging = this.#staging.take(texels * 16);
    try {
      if (staging.failed) this.#raise(noMemory(`a read of ${bytes} bytes; read it in parts, or from a blocking call`));
      this.#textures.pack(record.surface, first, texels, staging.buffer);
      await this.#fence(timeoutMs, what);
      const words = consume ? this.#scratchWords(texels * 4) : new Uint32Array(texels * 4);
      this.#came(this.#textures.unpack(staging.buffer, words));
      this.#checkErrors();
      if (record.poison?.unlocated) this.#raise(record.poison); // what later batches did is not this read's affair
      this.#counts.bytesRead += bytes;
      this.#staging.give(staging);
      const view = new Uint8Array(words.buffer, offset - first * 16, bytes);
      return consume ? consume(view) : view;
    } catch (error) {
      this.#staging.drop(staging);
      throw error;
    }
  }

  /**
   * Fills `target` with bytes of a buffer, and blocks until they are there. Throws DeviceError. The browser ends it,
   * not a clock: WebGL has no timeout for it.
   * @param {number} id
   * @param {number} offset
   * @param {Uint8Array} target
   */
  readBlocking(id, offset, target) {
    const record = this.#readable(id, offset, target.length);
    if (target.length === 0) return;
    this.#unflushed = false;
    this.#came(this.#textures.download(record.surface, offset, target));
    this.#checkErrors();
    this.#raise(record.poison);
    this.#counts.bytesRead += target.length;
  }

  /**
   * Draws pixels, red, green, blue and alpha bytes in a buffer, to a canvas of the page.
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   */
  drawImage(canvas, id, width, height) {
    const record = this.#readable(id, 0, width * height * 4);
    const gl = this.#gl;
    const target = contextOf(canvas, width, height);
    const own = gl.canvas;
    if (own.width !== width) own.width = width;
    if (own.height !== height) own.height = height;
    if (gl.drawingBufferWidth !== width || gl.drawingBufferHeight !== height) {
      throw noMemory(`a picture of ${width} x ${height} pixels`);
    }
    this.#kernels.usePicture(record.surface, width, height);
    this.#context.target(null, width, height);
    this.#context.scissor(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    target.drawImage(own, 0, 0);
    this.#unflushed = false;
  }

  /**
   * Resolves when everything submitted so far has been done. Rejects with the oldest error that nothing has reported.
   * @param {number} [timeoutMs]
   */
  async synchronize(timeoutMs) {
    this.#live();
    await this.#fence(timeoutMs, "synchronize");
    this.#checkErrors();
    this.#raise(this.#buffers.oldest);
  }

  /** As `synchronize`, but blocks. Throws DeviceError. */
  synchronizeBlocking() {
    this.#live();
    this.#gl.finish();
    this.#came(this.#textures.download(this.#canary, 0, new Uint8Array(16)));
    this.#checkErrors();
    this.#raise(this.#buffers.oldest);
  }

  // ---- decoding

  #decode(words, data) {
    eachCommand(words, (opcode, at) => {
      switch (opcode) {
        case DRAW:
          this.#draw(words, at, this.#params);
          break;
        case REPLAY:
          this.#replay(words[at + 1]);
          break;
        case CAPTURE:
          this.#capture(captureAt(words, at));
          break;
        case FORGET:
          this.#gl.deleteBuffer(this.#captureOf(words[at + 1]).uniform);
          this.#captures.delete(words[at + 1]);
          break;
        case CREATE_BUFFER:
          this.#buffers.create(words[at + 1], wide(words, at + 2));
          break;
        case DESTROY_BUFFER:
          this.#buffers.destroy(words[at + 1]);
          break;
        case WRITE_BUFFER:
          this.#writeBuffer(words[at + 1], wide(words, at + 2), data, words[at + 4], words[at + 5]);
          break;
        case COPY_BUFFER:
          this.#copyBuffer(words, at);
          break;
        case FILL_BUFFER:
          this.#fillBuffer(words[at + 1], wide(words, at + 2), wide(words, at + 4));
          break;
        case RENEW_BUFFER:
          this.#buffers.cure(this.#buffers.get(words[at + 1]));
          break;
        default:
          throw new Error(`unknown opcode ${opcode} at word ${at}`);
      }
    });
  }

  #captureOf(id) {
    const capture = this.#captures.get(id);
    if (!capture) throw new Error(`capture ${id} does not exist`);
    return capture;
  }

  /** Keeps the launches, and their parameters in a buffer of their own. */
  #capture({ id, words, params }) {
    const gl = this.#gl;
    if (this.#captures.has(id)) throw new Error(`capture ${id} exists already`);
    eachCommand(words, (opcode, at) => {
      if (opcode === RENEW_BUFFER) return;
      if (opcode !== DRAW) throw new Error(`opcode ${opcode} in a capture, which holds draws and renewals`);
      const [offset, bytes] = words.subarray(at + 6, at + 8);
      if (offset % PARAM_ALIGNMENT !== 0 || offset + roundUp(bytes, PARAM_ALIGNMENT) > params.length) {
        throw new Error(`parameters at ${offset} to ${offset + bytes} of a capture that has ${params.length} bytes`);
      }
    });
    const uniform = gl.createBuffer();
    gl.bindBuffer(gl.UNIFORM_BUFFER, uniform);
    gl.bufferData(gl.UNIFORM_BUFFER, params, gl.STATIC_DRAW);
    this.#captures.set(id, { words, uniform });
  }

  #replay(id) {
    const { words, uniform } = this.#captureOf(id);
    this.#counts.replays++;
    eachCommand(words, (opcode, at) => {
      if (opcode === DRAW) this.#draw(words, at, uniform);
      else this.#buffers.cure(this.#buffers.get(words[at + 1]));
    });
  }

  #writeBuffer(id, offset, data, from, bytes) {
    const record = this.#buffers.get(id);
    if (from + bytes > data.length) throw new Error(`write of buffer ${id} reads past the end of its data`);
    checkRange("write", record, offset, bytes);
    if (record.error) return;
    this.#textures.upload(record.surface, offset, data, from, bytes);
    this.#counts.bytesWritten += bytes;
    this.#buffers.wrote(record, offset, bytes);
  }

  #copyBuffer(words, at) {
    const source = this.#buffers.get(words[at + 1]);
    const target = this.#buffers.get(words[at + 4]);
    const [from, to, bytes] = [wide(words, at + 2), wide(words, at + 5), wide(words, at + 7)];
    if (source === target) throw new Error(`copy from buffer ${source.id} to itself`);
    checkRange("copy", source, from, bytes);
    checkRange("copy", target, to, bytes);
    if (source.poison) return this.#buffers.blame([target], source.poison);
    if (target.error) return;
    this.#kernels.useCopy(source.surface, (from - to) / 4);
    this.#textures.target([target.surface]);
    for (const { texel, lane, words: n } of spans(to, bytes)) {
      const draw = () => this.#drawTexels(texel, Math.ceil(n / 4));
      if (n % 4 === 0) draw();
      else this.#context.masked(lane, n, draw);
    }
    this.#buffers.wrote(target, to, bytes);
  }

  #fillBuffer(id, offset, bytes) {
    const record = this.#buffers.get(id);
    checkRange("fill", record, offset, bytes);
    if (record.error) return;
    this.#textures.zero(record.surface, offset, bytes);
    this.#buffers.wrote(record, offset, bytes);
  }

  /** Does the draw at word `at`, with parameters in the uniform buffer `params`. */
  #draw(words, at, params) {
    const kernel = this.#pipelines.get(words[at + 1]);
    if (!kernel) throw new Error(`draw of pipeline ${words[at + 1]}, which does not exist`);
    const [first, count, flags, work, paramOffset, paramBytes, n] = words.subarray(at + 2, at + DRAW_HEAD);
    if (n !== kernel.bindings) {
      throw new Error(`kernel "${kernel.name}" has ${kernel.bindings} bindings, the draw gives ${n}`);
    }
    const inputs = [];
    const outputs = [];
    for (let i = 0; i < n; i++) {
      ((kernel.mask >>> i) & 1 ? outputs : inputs).push(this.#buffers.get(words[at + DRAW_HEAD + i]));
    }
    checkOutputs(kernel, outputs, first, count);
    this.#kernels.finish(kernel);
    const bound = Math.max(PARAM_ALIGNMENT, roundUp(paramBytes, PARAM_ALIGNMENT));
    if (kernel.blockBytes > bound) {
      throw new Error(
        `kernel "${kernel.name}" reads ${kernel.blockBytes} bytes of parameters, the draw gives ${paramBytes}`,
      );
    }
    const error =
      kernel.error ?? inputs.find(({ poison }) => poison)?.poison ?? outputs.find((output) => output.error)?.error;
    if (error) return this.#buffers.blame(outputs, error);
    if (count === 0) return;

    // Nothing can be read and drawn to at once: what is also an input is drawn elsewhere.
    const surfaces = outputs.map((output) =>
      inputs.includes(output) ? this.#textures.take(output.surface) : output.surface,
    );
    if (surfaces.includes(null)) {
      const own = outputs.map(({ surface }) => surface);
      for (const surface of surfaces) if (surface && !own.includes(surface)) this.#textures.give(surface);
      const what = `a second copy of a buffer of ${outputs[0].size} bytes, which is changed in place`;
      return this.#buffers.blame(outputs, noMemory(what));
    }
    this.#context.use(kernel.program);
    for (let i = 0; i < inputs.length; i++) this.#context.sample(i, inputs[i].surface.texture);
    if (kernel.blockBytes > 0) this.#context.parameters(params, paramOffset, bound);
    this.#textures.target(surfaces);
    this.#drawPieces(first, count, work);
    this.#counts.draws++;
    outputs.forEach((output, i) => {
      this.#buffers.touch(output);
      let other = surfaces[i];
      if (other === output.surface) return;
      if (flags & WHOLE) [output.surface, other] = [other, output.surface];
      else this.#textures.copy(other, output.surface, first, count);
      this.#textures.give(other);
    });
  }

  /** Draws texels in pieces of bounded work, whole rows where that is possible. */
  #drawPieces(first, count, work) {
    const most = Math.max(1, Math.floor(SUBMISSION_WORK / Math.max(1, work)));
    const end = first + count;
    for (let from = first; from < end; ) {
      let to = Math.min(end, from + most);
      if (to < end && most >= ROW) to -= to % ROW;
      const more = (to - from) * work;
      if (this.#work + more > SUBMISSION_WORK) this.#flush();
      this.#work += more;
      this.#drawTexels(from, to - from);
      this.#counts.pieces++;
      from = to;
    }
  }

  #drawTexels(first, count) {
    const gl = this.#gl;
    for (const [x, y, width, height] of rectangles(first, count)) {
      this.#context.scissor(x, y, width, height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  /**
   * What a task submits goes to the GPU with the next batch, or at the end of the task: a read that follows at once
   * sends it too, and a call is saved.
   */
  #flushSoon() {
    if (this.#unflushed) return this.#flush();
    this.#unflushed = true;
    queueMicrotask(() => this.#unflushed && this.#flush());
  }

  #flush() {
    this.#gl.flush();
    this.#unflushed = false;
    this.#work = 0;
    this.#counts.submits++;
  }

  /** All parameters of a batch in one upload; the buffer's old contents stay where they are for the draws before. */
  #writeParams(params) {
    const gl = this.#gl;
    const needed = Math.max(SMALLEST_PARAMS, roundUp(params.length, PARAM_ALIGNMENT));
    if (params.length === 0 && this.#paramBytes > 0) return;
    gl.bindBuffer(gl.UNIFORM_BUFFER, this.#params);
    if (needed > this.#paramBytes) this.#paramBytes = 2 ** Math.ceil(Math.log2(needed));
    gl.bufferData(gl.UNIFORM_BUFFER, this.#paramBytes, gl.STREAM_DRAW);
    gl.bufferSubData(gl.UNIFORM_BUFFER, 0, isShared(params) ? params.slice() : params);
    this.#counts.bytesWritten += params.length;
  }

  // ---- errors

  #raise(error) {
    if (!error) return;
    this.#buffers.met(error);
    throw error;
  }

  /** Asks WebGL what went wrong. */
  #checkErrors() {
    const names = [...this.#textures.unexplained.splice(0), ...this.#context.errors()];
    this.#live();
    this.#buffers.asked(names);
  }

  // ---- waiting

  #readable(id, offset, bytes) {
    this.#live();
    const record = this.#buffers.find(id);
    if (!record) throw new DeviceError(Status.validation, `read of buffer ${id}, which does not exist`);
    if (offset + bytes > record.size) {
      throw new DeviceError(
        Status.validation,
        `read of bytes ${offset} to ${offset + bytes} of buffer ${id}, which has ${record.size} bytes`,
      );
    }
    this.#raise(record.poison);
    return record;
  }

  /** Resolves when the GPU has done what it was given so far. */
  async #fence(timeoutMs, what) {
    const gl = this.#gl;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.#flush();
    let over = false;
    let asked = 0;
    const done = () => {
      if (over || gl.isContextLost() || gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED) return true;
      if (++asked % NUDGE === 0) gl.flush();
      return false;
    };
    try {
      await this.#waits.wait(this.#poller.until(done), timeoutMs, what);
    } finally {
      over = true; // the poller still asks after a timeout
      gl.deleteSync(fence);
    }
    this.#live();
  }

  #scratchWords(words) {
    if (!this.#scratch || this.#scratch.length < words) this.#scratch = new Uint32Array(words);
    return this.#scratch.subarray(0, words);
  }

  /** Throws when a read brought nothing. */
  #came(came) {
    if (came) return;
    this.#checkErrors();
    this.#lose(contextLost("a read brought nothing"));
    throw this.#lost;
  }

  #checkLoss() {
    if (!this.#lost && this.#gl.isContextLost()) this.#lose(contextLost());
  }

  #live() {
    this.#checkLoss();
    if (this.#lost) throw this.#lost;
  }

  #lose(error) {
    if (this.#lost) return;
    this.#lost = error;
    this.#buffers.clear();
    this.#captures.clear();
    this.#warming.clear();
    this.#poller.end();
    this.#staging.end();
    this.#scratch = null;
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.#waits.fail(error);
    this.#announceLoss({ status: error.status, message: error.message });
  }
}

const contextLost = (why) =>
  new DeviceError(
    Status.device_lost,
    `the GPU device was lost (context lost): the browser took the WebGL2 context away${why ? `: ${why}` : ""}`,
  );

function checkRange(what, { id, size }, offset, bytes) {
  if (offset + bytes > size || offset % 4 !== 0 || bytes % 4 !== 0) {
    throw new Error(`${what} of bytes ${offset} to ${offset + bytes} of buffer ${id}, which has ${size} bytes`);
  }
}

function checkOutputs({ name }, outputs, first, count) {
  const size = outputs[0]?.size;
  for (const output of outputs) {
    if (output.size !== size) {
      throw new Error(`kernel "${name}" draws to buffers of ${size} and of ${output.size} bytes, which must be equal`);
    }
  }
  if (new Set(outputs).size < outputs.length) throw new Error(`kernel "${name}" draws to one buffer twice`);
  if ((first + count) * 16 > size) {
    throw new Error(`kernel "${name}" draws texels ${first} to ${first + count} of buffers of ${size} bytes`);
  }
}
