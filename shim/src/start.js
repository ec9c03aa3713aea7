import { canvasWorks } from "./canvas-read.js";
import { WebGPUDevice } from "./device.js";
import { DeviceError, Status } from "./errors.js";
import { findGpu, inNode } from "./gpu.js";
import { Host } from "./host.js";
import { nothing, pageName } from "./remembered.js";
import { RemoteDevice } from "./remote.js";
import { untuned } from "./tuner.js";
import { WAYS, waysFor } from "./waiting.js";
import { WebGLDevice } from "./webgl.js";

/**
 * Starts a program: finds the device, instantiates the module, calls main.
 *
 * @param {(args: object) => Promise<object>} factory the default export of the program's `name.mjs`
 * @param {object} [options]
 * @param {"auto" | "webgpu" | "webgl" | "cpu"} [options.device] "auto": webgpu where there is an adapter, else webgl, else
 *   cpu
 * @param {"auto" | "atomics" | "jspi" | "readpixels" | "canvas" | "none"} [options.waiting] how reads can block
 * @param {"auto" | "local" | "worker"} [options.threads] where the GPU is driven from; "auto": a worker where this thread
 *   then waits by "atomics", else this thread
 * @param {GPUDevice} [options.gpuDevice] a device of the page, to share buffers with it; it stays the page's
 * @param {Record<string, HTMLCanvasElement | OffscreenCanvas>} [options.canvases] what the program draws to, by name; in
 *   a window selectors find canvases too
 * @param {"low-power" | "high-performance"} [options.powerPreference]
 * @param {boolean} [options.requireGpu] reject where "auto" would choose the CPU; whether the adapter is a software
 *   adapter says `report.software`
 * @param {number} [options.timeoutMs] of every wait that names none
 * @param {string | URL} [options.gpuWorker] the file gpu-worker.js, where it does not lie beside this module
 * @param {boolean} [options.remember] whether the kernels that the program uses on WebGPU are stored and, when it starts again on
 *   the same adapter, compiled ahead; by default where the adapter is no software adapter
 * @param {string} [options.rememberAs] by what they are found again; the path of the page (under Node the script) by default
 * @param {boolean} [options.tune] whether, while the program leaves the GPU idle, ways to do what it did are timed, and the
 *   fastest is stored and taken from the next start on; by default where the adapter is no software adapter
 * @param {string[]} [options.arguments] of main
 * @param {(line: string) => void} [options.print]
 * @param {(line: string) => void} [options.printErr]
 * @returns {Promise<{module: object, device: WebGPUDevice | RemoteDevice | WebGLDevice | null, exitCode: number | null,
 *   report: {device: string, adapter: string, software: boolean, threads: string, reason: string, waiting: string,
 *   waitingReason: string, remembered: import("./remembered.js").Remembering, tuned: import("./tuner.js").Tuning},
 *   call: (name: string, ...args: number[]) => unknown, lend: Host["lend"],
 *   adopt: Host["adopt"], bufferOf: Host["bufferOf"],
 *   idle: () => Promise<void>, finish: () => Promise<void>}>} `device` is the one of now: after a reset another.
 *   `exitCode` is main's, null when there is no main. `report` says which device it is, how reads wait, and why;
 *   `report.remembered` how many kernels were remembered, prepared and used by now; `report.tuned` what was chosen by timing.
 *   `call`
 *   calls an export of the program: a promise of what it returns when `report.waiting` is "jspi", where only such calls
 *   can wait. `lend` lets what is called read and write other memory than the program's. `adopt` and `bufferOf` share
 *   GPUBuffers with the page. `idle()` resolves when every
 *   asynchronous wait that the program began has ended; `finish()` then also ends the device, and rejects with an error
 *   that the program has not met
 */
export async function start(factory, options = {}) {
  const { print, printErr, canvases = {} } = options;
  check(options);
  const { device, threads, reason, waiting, waitingReason, ...reopening } = await open(options);
  const report = {
    device: device?.kind ?? "cpu",
    adapter: device?.adapterInfo.description ?? "",
    software: device?.adapterInfo.software ?? false,
    threads,
    reason,
    waiting,
    waitingReason,
    get remembered() {
      return { ...(host.device?.remembered ?? nothing("only kernels of WebGPU are remembered")) };
    },
    get tuned() {
      return { ...(host.device?.tuned ?? untuned("only kernels of WebGPU are tuned")) };
    },
  };
  const host = new Host(device, { reason, waiting, waitingReason, canvases, ...reopening });
  if (globalThis.document) endWithPage(host);
  let module;
  try {
    module = await factory({ ndfuse: host, ...(print && { print }), ...(printErr && { printErr }) });
    const exitCode = await host.main(module, options.arguments ?? []);
    return {
      module,
      get device() {
        return host.device;
      },
      exitCode,
      report,
      call: (name, ...args) => host.call(module, name, args),
      lend: (pointer, bytes, view, f) => host.lend(pointer, bytes, view, f),
      adopt: (buffer) => host.adopt(buffer),
      bufferOf: (id) => host.bufferOf(id),
      idle: () => host.idle(),
      finish: () => host.finish(),
    };
  } catch (error) {
    host.end();
    throw inWords(error, module);
  }
}

/** A C++ exception that left main, as an Error with its type and its message; anything else as it is. */
function inWords(error, module) {
  const thrown = module?.getCppExceptionThrownObjectFromWebAssemblyException;
  if (!(error instanceof WebAssembly.Exception) || !thrown) return error;
  const bytes = module.HEAPU8.subarray(module._ndfuse_exception_text(thrown(error)));
  const [type, ...message] = new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0))).split("\n");
  return new Error(`main ended with an exception, ${readable(type)}: ${message.join("\n")}`, { cause: error });
}

/** A class's name as C++ writes it: St13runtime_error is std::runtime_error, N6ndfuse11value_errorE ndfuse::value_error. */
function readable(mangled) {
  const parts = mangled.startsWith("St") ? ["std"] : [];
  let rest = mangled.replace(/^(N|St)/, "");
  for (let head = /^\d+/.exec(rest)?.[0]; head; head = /^\d+/.exec(rest)?.[0]) {
    parts.push(rest.slice(head.length, head.length + Number(head)));
    rest = rest.slice(head.length + Number(head));
  }
  return /^E?$/.test(rest) ? parts.join("::") : mangled;
}

/** A page that goes away for good takes its device along, and whoever waits for it is told. */
function endWithPage(host) {
  globalThis.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) host.end();
  });
}

const CHOICES = {
  device: ["auto", "webgpu", "webgl", "cpu"],
  waiting: ["auto", ...WAYS],
  threads: ["auto", "local", "worker"],
};
const listed = (words) =>
  words
    .map((word) => `"${word}"`)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1");

function check(options) {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const chosen = options[name] ?? "auto";
    if (!choices.includes(chosen)) {
      throw new TypeError(`${name} must be ${listed(choices)}, not ${JSON.stringify(chosen)}`);
    }
  }
  const { device = "auto", threads, gpuDevice, requireGpu, rememberAs } = options;
  for (const name of ["remember", "tune"]) {
    if (["boolean", "undefined"].includes(typeof options[name])) continue;
    throw new TypeError(`${name} must be true or false, not ${JSON.stringify(options[name])}`);
  }
  if (!["string", "undefined"].includes(typeof rememberAs)) {
    throw new TypeError(`rememberAs must be a string, not ${JSON.stringify(rememberAs)}`);
  }
  if (requireGpu && device === "cpu") throw new TypeError('requireGpu and device: "cpu" contradict each other');
  if (gpuDevice && threads === "worker") throw new TypeError("a page's gpuDevice cannot move to a worker");
  if (gpuDevice && device !== "auto" && device !== "webgpu") {
    throw new TypeError(`a page's gpuDevice and device: "${device}" contradict each other`);
  }
}

/** The device that the options ask for, the way of waiting, and the reasons; what cannot be rejects with what to change. */
async function open({ device: wanted = "auto", waiting = "auto", threads = "auto", requireGpu = false, ...rest }) {
  const cpu = { device: null, threads: "local", waiting: "cpu", waitingReason: "the CPU is not waited for" };
  if (wanted === "cpu") return { ...cpu, reason: "the CPU was asked for" };
  const options = { waiting, threads, ...rest };
  const kinds = wanted === "auto" ? candidates(options) : [wanted];
  const missing = [];
  for (const kind of kinds) {
    const found = await (kind === "webgpu" ? openWebGPU(options) : openWebGL(options));
    if (found.device) return { ...found, reason: [found.reason, ...missing].join("; ") };
    missing.push(found.reason);
  }
  if (wanted !== "auto" || requireGpu || (waiting !== "auto" && waiting !== "none")) {
    const names = kinds.map((kind) => (kind === "webgpu" ? "WebGPU" : "WebGL")).join(" and no ");
    throw new DeviceError(Status.device_lost, `there is no ${names} device: ${missing.join("; ")}`);
  }
  return { ...cpu, reason: missing.join("; ") };
}

/** The GPU devices that "auto" tries: where a way of waiting was asked for, those that have it. */
function candidates({ waiting, gpuDevice }) {
  if (waiting === "readpixels") return ["webgl"];
  return gpuDevice || inNode || waiting === "atomics" || waiting === "canvas" ? ["webgpu"] : ["webgpu", "webgl"];
}

async function openWebGL({ waiting, threads, powerPreference, timeoutMs }) {
  if (threads === "worker") {
    return { device: null, reason: 'WebGL is driven from the thread of the program: start with threads: "auto"' };
  }
  const [way] = waysFor("webgl", waiting, { threads });
  const options = { powerPreference, timeoutMs };
  const reopenBlocking = () => WebGLDevice.openNow(options) ?? gone(WebGLDevice.reason);
  const device = WebGLDevice.openNow(options);
  const reason = device ? "a WebGL2 context was found" : WebGLDevice.reason;
  return { device, threads: "local", reason, ...way, reopen: async () => reopenBlocking(), reopenBlocking };
}

async function openWebGPU({ waiting, threads, gpuDevice, gpuWorker, powerPreference, timeoutMs, ...memory }) {
  const ways = waysFor("webgpu", waiting, { threads, gpuDevice });
  const remote = threads === "worker" || (threads === "auto" && ways[0].waiting === "atomics");
  const gpu = await findGpu();
  if (!gpu && !gpuDevice) return { device: null, reason: noGpu() };
  let [way, otherwise] = ways;
  if (way.waiting === "canvas" && !(await canvasWorks(gpu, powerPreference))) {
    const obstacle = "canvases change the bytes here";
    if (!otherwise) throw new DeviceError(Status.cannot_block, `waiting: "canvas" is not possible: ${obstacle}`);
    way = { ...otherwise, waitingReason: `${otherwise.waitingReason}; ${obstacle}` };
  }
  const { remember = "auto", rememberAs = pageName(), tune = "auto" } = memory;
  const options = { powerPreference, timeoutMs, remember, rememberAs, tune };
  const openLocal = async () => {
    const device = await WebGPUDevice.open({ gpu, gpuDevice, ...options });
    if (way.waiting === "canvas") device?.readByCanvas();
    return device;
  };
  const common = { threads: remote ? "worker" : "local", ...way };
  if (gpuDevice) return { ...common, device: await openLocal(), reason: "the page's device" };
  const again = remote
    ? {
        reopen: async (lost) => (await lost.reopen()) ?? gone(noAdapter),
        reopenBlocking: (lost, limit) => lost.reopenBlocking(limit) ?? gone(noAdapter),
      }
    : { reopen: async () => (await openLocal()) ?? gone(noAdapter) };
  try {
    const device = await (remote ? RemoteDevice.open({ ...options, gpuWorker }) : openLocal());
    return { ...common, ...again, device, reason: device ? "an adapter was found" : noAdapter };
  } catch (error) {
    if (!(error instanceof DeviceError) && error.name !== "OperationError") throw error;
    return { device: null, reason: error.message };
  }
}

function noGpu() {
  if (inNode) return "the npm package webgpu is not installed: npm install webgpu";
  return globalThis.isSecureContext === false
    ? "this page is not a secure context: serve it by https or from localhost"
    : "this browser has no navigator.gpu: use a newer one, or switch WebGPU on";
}

const noAdapter = inNode
  ? "Dawn found no adapter: install a Vulkan driver, or name one in VK_DRIVER_FILES"
  : "the browser found no adapter: update the graphics driver, or switch on hardware acceleration";

function gone(reason) {
  throw new DeviceError(Status.device_lost, `no new device could be opened: ${reason}`);
}
