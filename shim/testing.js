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

export { Stream } from "./testing-stream.js";

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
