import { DeviceError, Status } from "./errors.js";

const UNIFORM = 0x40;
const COPY_DST = 0x8;
const RENDER_ATTACHMENT = 0x10;

/**
 * The 2d context of a canvas that gets a picture of this size. Throws where the canvas has one of another kind.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 */
export function contextOf(canvas, width, height) {
  const context = canvas.getContext("2d");
  if (!context) {
    const why = 'the canvas has a context of another kind than "2d": give the picture a canvas of its own';
    throw new DeviceError(Status.validation, why);
  }
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.globalCompositeOperation = "copy";
  return context;
}

/**
 * Pixels in memory to a canvas.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {Uint8ClampedArray} pixels red, green, blue, alpha
 */
export function putPixels(canvas, pixels, width, height) {
  contextOf(canvas, width, height).putImageData(new ImageData(pixels, width, height), 0, 0);
}

const text = `struct params { width: u32 }
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<uniform> p: params;
@vertex fn cover(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn pixel(@builtin(position) at: vec4f) -> @location(0) vec4f {
  return unpack4x8unorm(words[u32(at.y) * p.width + u32(at.x)]);
}
`;

/** Draws pixels in WebGPU's buffers on a canvas of its own, and that on canvases of the page. */
export class Painter {
  #gpu;
  #context;
  #params;
  #pipeline;

  /** @param {GPUDevice} gpu */
  constructor(gpu) {
    this.#gpu = gpu;
    const format = navigator.gpu.getPreferredCanvasFormat(); // another would be converted
    const module = gpu.createShaderModule({ code: text, label: "ndfuse picture" });
    this.#pipeline = gpu.createRenderPipeline({
      layout: "auto",
      vertex: { module, entryPoint: "cover" },
      fragment: { module, entryPoint: "pixel", targets: [{ format }] },
    });
    this.#params = gpu.createBuffer({ size: 16, usage: UNIFORM | COPY_DST, label: "ndfuse picture" });
    const own = globalThis.OffscreenCanvas ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    this.#context = own.getContext("webgpu");
    this.#context.configure({ device: gpu, format, usage: RENDER_ATTACHMENT, alphaMode: "premultiplied" });
  }

  /**
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   * @param {GPUBuffer} buffer
   */
  draw(canvas, buffer, width, height) {
    const gpu = this.#gpu;
    const target = contextOf(canvas, width, height);
    const own = this.#context.canvas;
    if (own.width !== width) own.width = width;
    if (own.height !== height) own.height = height;
    gpu.queue.writeBuffer(this.#params, 0, Uint32Array.of(width));
    const bindings = gpu.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [buffer, this.#params].map((one, binding) => ({ binding, resource: { buffer: one } })),
    });
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view: this.#context.getCurrentTexture().createView(), loadOp: "clear", storeOp: "store" }],
    });
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(3);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    target.drawImage(own, 0, 0);
  }

  /** Destroys what a device that goes on living would keep. */
  end() {
    this.#params.destroy();
  }
}
