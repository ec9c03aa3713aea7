// Fixed by the WebGPU specification.
const COPY_DST = 0x8;
const UNIFORM = 0x40;
const STORAGE = 0x80;
const RENDER_ATTACHMENT = 0x10;

/** The canvases, smallest first: a picture is copied whole, however few of its pixels are asked for. 4 KB fit the first. */
const SIZES = [
  { width: 64, height: 24 },
  { width: 256, height: 256 },
  { width: 2048, height: 1024 },
];
const PATIENCE_MS = 200;
const CANARY_START = 0x5eed0000;

// A pixel has three bytes that come through a canvas unchanged; alpha does not. So the first pixels carry the low three
// bytes of the words, those after them the high bytes of three words each. After the words comes the canary.
const text = `struct params { first: u32, count: u32, width: u32 }
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> canary: array<u32>;
@group(0) @binding(2) var<uniform> p: params;
fn word(i: u32) -> u32 {
  if (i < p.count) { return words[p.first + i]; }
  return canary[0];
}
@vertex fn cover(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn split(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let i = u32(at.y) * p.width + u32(at.x);
  var v = word(i);
  if (i > p.count) {
    let k = (i - p.count - 1u) * 3u;
    v = (word(k) >> 24u) | ((word(k + 1u) >> 24u) << 8u) | ((word(k + 2u) >> 24u) << 16u);
  }
  return vec4f(f32(v & 255u), f32((v >> 8u) & 255u), f32((v >> 16u) & 255u), 255.0) / 255.0;
}
@group(0) @binding(0) var<storage, read_write> executed: array<u32>;
@compute @workgroup_size(1) fn count() { executed[0] += 1u; }
`;

/**
 * Reads GPU buffers at once, by way of a canvas: a shader draws the bytes, a 2d canvas copies the picture, and its pixels
 * can be asked for without waiting. For windows and workers that can neither sleep nor suspend wasm.
 *
 * What goes wrong on WebGPU is told later, so a read could show what a refused submission never wrote. Therefore each
 * submission also counts itself on the GPU (`mark`), and a read brings that number along (`executed`).
 */
export class CanvasReader {
  /** How often `mark` was called, as `executed` counts. */
  marks = CANARY_START;
  /** What the GPU had counted at the last read. */
  executed = CANARY_START;
  #gpu;
  #format = navigator.gpu.getPreferredCanvasFormat(); // another would be converted
  #canary;
  #params;
  #draw;
  #count;
  #counter;
  #screens = new Map(); // size -> {gpu context, 2d context}

  /** @param {GPUDevice} gpu */
  constructor(gpu) {
    this.#gpu = gpu;
    const module = gpu.createShaderModule({ code: text, label: "ndfuse canvas read" });
    this.#canary = gpu.createBuffer({ size: 16, usage: STORAGE | COPY_DST, label: "ndfuse canary" });
    gpu.queue.writeBuffer(this.#canary, 0, Uint32Array.of(CANARY_START));
    this.#params = gpu.createBuffer({ size: 16, usage: UNIFORM | COPY_DST, label: "ndfuse canvas read" });
    this.#draw = gpu.createRenderPipeline({
      layout: "auto",
      vertex: { module, entryPoint: "cover" },
      fragment: { module, entryPoint: "split", targets: [{ format: this.#format }] },
    });
    this.#count = gpu.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "count" } });
    this.#counter = gpu.createBindGroup({
      layout: this.#count.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: this.#canary } }],
    });
  }

  /** Whether the right bytes come back: every value in every position, in one piece and in several. */
  test() {
    const { width, height } = SIZES.at(-1);
    const small = Uint32Array.from({ length: 256 }, (_, i) => i * 0x01010101 + ((i * 7) << 8));
    const large = Uint32Array.from({ length: width * height }, (_, i) => Math.imul(i, 0x9e3779b1));
    return [small, large, small.map((word) => ~word)].every((data) => {
      const buffer = this.#gpu.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
      this.#gpu.queue.writeBuffer(buffer, 0, data);
      const got = new Uint32Array(data.length);
      this.read(buffer, 0, got);
      buffer.destroy();
      return this.executed === this.marks && got.every((word, i) => word === data[i]);
    });
  }

  /** Counts the submission that this encoder becomes. */
  mark(encoder) {
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#count);
    pass.setBindGroup(0, this.#counter);
    pass.dispatchWorkgroups(1);
    pass.end();
    this.marks = (this.marks + 1) >>> 0;
  }

  /**
   * Fills `target` with words of a buffer, and `executed`.
   * @param {GPUBuffer} buffer
   * @param {number} first word
   * @param {Uint32Array} target
   */
  read(buffer, first, target) {
    const bindings = this.#gpu.createBindGroup({
      layout: this.#draw.getBindGroupLayout(0),
      entries: [buffer, this.#canary, this.#params].map((one, binding) => ({ binding, resource: { buffer: one } })),
    });
    let at = 0;
    do {
      const needed = pixels(target.length - at);
      const size = SIZES.find(({ width, height }) => needed <= width * height) ?? SIZES.at(-1);
      const most = Math.floor(((size.width * size.height - 1) * 3) / 4) - 1;
      const count = Math.min(target.length - at, most);
      this.#piece(size, bindings, first + at, target.subarray(at, at + count));
      at += count;
    } while (at < target.length);
  }

  /** Reads `executed` alone. */
  look() {
    this.read(this.#canary, 0, new Uint32Array(0));
  }

  /** Destroys what a device that goes on living would keep. */
  end() {
    this.#canary.destroy();
    this.#params.destroy();
  }

  #piece(size, bindings, first, target) {
    const { width } = size;
    const count = target.length;
    const rows = Math.ceil(pixels(count) / width);
    const screen = this.#screen(size);
    const gpu = this.#gpu;
    gpu.queue.writeBuffer(this.#params, 0, Uint32Array.of(first, count, width));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view: screen.context.getCurrentTexture().createView(), loadOp: "clear", storeOp: "store" }],
    });
    pass.setPipeline(this.#draw);
    pass.setBindGroup(0, bindings);
    pass.setScissorRect(0, 0, width, rows);
    pass.draw(3);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    screen.picture.drawImage(screen.context.canvas, 0, 0, width, rows, 0, 0, width, rows);
    const seen = new Uint32Array(screen.picture.getImageData(0, 0, width, rows).data.buffer);
    const high = seen.subarray(count + 1);
    const whole = count - (count % 3);
    for (let i = 0, k = 0; i < whole; i += 3, k++) {
      const bytes = high[k];
      target[i] = (seen[i] & 0xffffff) | (bytes << 24);
      target[i + 1] = (seen[i + 1] & 0xffffff) | ((bytes << 16) & 0xff000000);
      target[i + 2] = (seen[i + 2] & 0xffffff) | ((bytes << 8) & 0xff000000);
    }
    const word = (i) => ((seen[i] & 0xffffff) | ((high[Math.floor(i / 3)] >>> ((i % 3) * 8)) << 24)) >>> 0;
    for (let i = whole; i < count; i++) target[i] = word(i);
    this.executed = word(count);
  }

  #screen(size) {
    let screen = this.#screens.get(size);
    if (!screen) {
      const context = canvas(size).getContext("webgpu");
      context.configure({ device: this.#gpu, format: this.#format, usage: RENDER_ATTACHMENT, alphaMode: "opaque" });
      const picture = canvas(size).getContext("2d", { willReadFrequently: true, alpha: false });
      picture.imageSmoothingEnabled = false;
      screen = { context, picture };
      this.#screens.set(size, screen);
    }
    return screen;
  }
}

/**
 * Whether bytes come through a canvas here. Tried on a device of its own: some browsers lose the one that does it.
 * @param {GPU} gpu
 * @param {string} [powerPreference]
 * @returns {Promise<boolean>}
 */
export async function canvasWorks(gpu, powerPreference) {
  const device = await (await gpu.requestAdapter({ powerPreference }))?.requestDevice().catch(() => null);
  if (!device) return false;
  device.addEventListener("uncapturederror", (event) => event.preventDefault());
  const works = new CanvasReader(device).test();
  if (!works) await Promise.race([device.lost, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  device.destroy();
  return works;
}

/** Pixels that so many words and the canary take. */
const pixels = (words) => words + 1 + Math.ceil((words + 1) / 3);

function canvas({ width, height }) {
  if (globalThis.OffscreenCanvas) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}
