import { DeviceError, Status } from "./errors.js";
import { inNode } from "./gpu.js";
import { hasJspi } from "./jspi.js";

/** The ways in which a program can wait for the GPU in the middle of its code. */
export const WAYS = ["atomics", "jspi", "readpixels", "canvas", "none"];

const inWorker = typeof globalThis.WorkerGlobalScope !== "undefined";

/** Whether this thread may sleep in Atomics.wait: Node, and workers of isolated pages. */
export const maySleep = inNode || (inWorker && globalThis.crossOriginIsolated === true);

/** What keeps WebGPU from a way of waiting here, said as what to change; empty when nothing does. */
const webgpuObstacles = {
  atomics: ({ threads, gpuDevice }) => {
    if (gpuDevice) return "the page's own gpuDevice lives in this thread: leave it out to sleep in Atomics.wait";
    const where = inNode ? "" : ", in a Worker of a cross-origin isolated page";
    if (threads === "local") return `the device runs in this thread: start with threads: "worker"${where}`;
    if (maySleep) return "";
    return inWorker
      ? "this Worker may not share memory: serve the page cross-origin isolated (headers COOP and COEP)"
      : "a window may not sleep: run the program in a Worker of a cross-origin isolated page";
  },
  jspi: () => {
    if (hasJspi()) return "";
    return inNode
      ? "this Node cannot suspend wasm: use a newer one, with --experimental-wasm-jspi"
      : "this browser cannot suspend wasm (WebAssembly.Suspending): use a newer one";
  },
  readpixels: () => 'readPixels is WebGL\'s: start with device: "webgl"',
  canvas: ({ threads }) => {
    if (threads === "worker") return 'the device runs in a thread of its own: start with threads: "local"';
    return globalThis.OffscreenCanvas || globalThis.document ? "" : "there is no canvas here: use a browser";
  },
  none: () => "",
};
const webglObstacles = {
  atomics: () => "WebGL is driven from this thread, which would wait for itself: use readpixels",
  jspi: webgpuObstacles.jspi,
  readpixels: () => "",
  canvas: () => "WebGL reads without a detour: use readpixels",
  none: () => "",
};

const reasons = {
  atomics: "this thread may sleep while a GPU worker works",
  jspi: "the browser can suspend wasm",
  readpixels: "WebGL's readPixels waits by itself",
  canvas: "WebGPU can draw into a canvas whose pixels are read at once",
};

/**
 * The ways of waiting to try, best first; a way that was asked for is the only one.
 * @param {"webgpu" | "webgl"} kind of the device
 * @param {string} wanted one of `WAYS`, or "auto"
 * @param {{threads: string, gpuDevice?: GPUDevice}} where as in the options of start()
 * @returns {{waiting: string, waitingReason: string}[]}
 * @throws {DeviceError} when what was asked for is not possible
 */
export function waysFor(kind, wanted, where) {
  const obstacles = kind === "webgpu" ? webgpuObstacles : webglObstacles;
  if (wanted !== "auto") {
    const obstacle = obstacles[wanted](where);
    if (obstacle) throw new DeviceError(Status.cannot_block, `waiting: "${wanted}" is not possible: ${obstacle}`);
    return [
      { waiting: wanted, waitingReason: wanted === "none" ? 'waiting: "none" was asked for' : "it was asked for" },
    ];
  }
  if (kind === "webgl") return [{ waiting: "readpixels", waitingReason: reasons.readpixels }];
  const ways = [];
  const missing = [];
  for (const waiting of ["atomics", "jspi", "canvas"]) {
    const obstacle = obstacles[waiting](where);
    if (obstacle) missing.push(obstacle);
    else ways.push({ waiting, waitingReason: [reasons[waiting], ...missing].join("; ") });
  }
  return [...ways, { waiting: "none", waitingReason: missing.join("; ") }];
}
