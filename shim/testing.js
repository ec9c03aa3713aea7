// A hand-packed command stream over a fake heap, and small kernels: what C++ does, without C++.
import { existsSync } from "node:fs";
import { WebGPUDevice } from "./src/device.js";
import { findGpu } from "./src/gpu.js";
import { RemoteDevice } from "./src/remote.js";

// Chromium brings a software adapter; a driver that the caller names goes first.
const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (!process.env.VK_DRIVER_FILES && existsSync(swiftshader)) process.env.VK_DRIVER_FILES = swiftshader;
process.env.XDG_RUNTIME_DIR ??= "/tmp";

const opened = [];
const need = (device) => {
  if (!device)
    throw new Error("no WebGPU adapter: install the npm package webgpu, and name a driver in VK_DRIVER_FILES");
  opened.push(device);
  return device;
};

export const openLocal = async (options) => need(await WebGPUDevice.open({ gpu: await findGpu(), ...options }));
export const openRemote = async (options) => need(await RemoteDevice.open(options));

/** Ends what a test opened. */
export function closeAll() {
  for (const device of opened.splice(0)) device.destroy();
}

/** Records commands as C++ does: words, parameters, and data that lie in a heap. */
export class Stream {
  words = [];
  params = new Uint8Array(0);
  #data = [];
  #dataBytes = 0;

  #push(opcode, ...args) {
    this.words.push(opcode | ((args.length + 1) << 8), ...args);
    return this;
  }
  static #wide(n) {
    return [n >>> 0, Math.floor(n / 2 ** 32)];
  }
  create(id, size) {
    return this.#push(1, id, ...Stream.#wide(size));
  }
  destroy(id) {
    return this.#push(2, id);
  }
  /** @param {ArrayBufferView} data */
  write(id, data, offset = 0) {
    this.#data.push({ at: this.words.length + 4, data });
    return this.#push(3, id, ...Stream.#wide(offset), 0, data.byteLength);
  }
  dispatch(pipeline, groups, buffers, params = []) {
    const [x, y = 1, z = 1] = [groups].flat();
    let offset = 0;
    const bytes = params.length * 4;
    if (bytes > 0) {
      offset = this.params.length;
      const next = new Uint8Array(offset + Math.ceil(bytes / 256) * 256);
      next.set(this.params);
      next.set(new Uint8Array(Uint32Array.from(params).buffer), offset);
      this.params = next;
    }
    return this.#push(4, pipeline, x, y, z, offset, bytes, buffers.length, ...buffers);
  }
  copy(source, from, target, to, bytes) {
    return this.#push(5, source, ...Stream.#wide(from), target, ...Stream.#wide(to), ...Stream.#wide(bytes));
  }
  fill(id, offset, bytes) {
    return this.#push(6, id, ...Stream.#wide(offset), ...Stream.#wide(bytes));
  }
  renew(id) {
    return this.#push(7, id);
  }
  raw(...words) {
    this.words.push(...words);
    return this;
  }
  /** Sends the batch, and empties this stream for the next one. */
  submit(device) {
    const parts = this.#data.map(({ at, data }) => {
      this.words[at] = this.#dataBytes;
      this.#dataBytes += data.byteLength;
      return data;
    });
    const heap = new Uint8Array(this.#dataBytes);
    let end = 0;
    for (const data of parts) {
      heap.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end);
      end += data.byteLength;
    }
    device.submit(Uint32Array.from(this.words), this.params, heap);
    this.words = [];
    this.params = new Uint8Array(0);
    this.#data = [];
    this.#dataBytes = 0;
  }
}

/** y[i] = x[i] * p.scale + p.add for the first p.n elements. */
export const AXPB = `struct Params { n: u32, scale: f32, add: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.n) { y[id.x] = x[id.x] * p.scale + p.add; }
}
`;
/** x[i] += 1, in place, without parameters. */
export const INCREMENT = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&x)) { x[id.x] = x[id.x] + 1.0; }
}
`;
/** Keeps the GPU busy for a while: p.n rounds in each of the invocations. */
export const SLOW = `struct Params { n: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<uniform> p: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var v = x[id.x];
  for (var i = 0u; i < p.n; i++) { v = sin(v) * 1.7 + cos(v * 0.3); }
  x[id.x] = v;
}
`;
export const BROKEN = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main() {
  x[0] = nonsense(1.0);
}
`;

const f32 = new Float32Array(1);
/** The bits of a float32, for parameters. */
export const bits = (value) => {
  f32[0] = value;
  return new Uint32Array(f32.buffer)[0];
};
export const floats = (bytes) => Array.from(new Float32Array(bytes.slice().buffer));
/** A DeviceError with this status, whose sentence matches. */
export const failure = (status, pattern) => (error) =>
  error.name === "DeviceError" && error.status === status && pattern.test(error.message);
