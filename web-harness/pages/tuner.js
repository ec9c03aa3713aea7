// Lets a device time two candidates, 3000 rounds of a kernel and 10.
import { WebGPUDevice } from "./shim/src/device.js";
import { RemoteDevice } from "./shim/src/remote.js";
import { CANDIDATE } from "./shim/src/commands.js";
import { tunedBy } from "./shim/src/tuner.js";
import { Stream } from "./shim/testing-stream.js";

const KERNEL = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<uniform> n: u32;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var v = x[id.x];
  for (var i = 0u; i < n; i++) { v = sin(v) * 1.7 + cos(v * 0.3); }
  x[id.x] = v;
}
`;

/**
 * Gives what was known when the device was opened, and what is known in the end.
 * @param {"local" | "worker"} threads
 * @param {string} key
 */
globalThis.tune = async (threads, key) => {
  const device = await (threads === "local"
    ? WebGPUDevice.open({ gpu: navigator.gpu, tune: true })
    : RemoteDevice.open({ tune: true }));
  const known = tunedBy(device.choices, key);
  device.pipeline(1, "rounds", KERNEL, 1, 1, false);
  const stream = new Stream()
    .create(1, 1024)
    .raw(CANDIDATE | (2 << 8), 3)
    .dispatch(1, 4, [1], [3000]);
  stream.raw(CANDIDATE | (2 << 8), 4).dispatch(1, 4, [1], [10]);
  device.trial(key, "rounds\nmany\nfew", Uint32Array.from(stream.words), stream.params);
  for (;;) {
    const { tuned } = await device.stats();
    if (tuned.pending === 0) {
      device.destroy();
      return { known, tuned };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
document.body.dataset.ready = "";
