import { WebGPUDevice } from "./device.js";
import { DeviceError, Status } from "./errors.js";
import { findGpu, inNode } from "./gpu.js";
import { Host } from "./host.js";
import { RemoteDevice } from "./remote.js";

/**
 * Starts a program: finds the device, instantiates the module, calls main.
 *
 * @param {(args: object) => Promise<object>} factory the default export of the program's `name.mjs`
 * @param {object} [options]
 * @param {"auto" | "webgpu" | "cpu"} [options.device] "auto": webgpu where there is an adapter, else cpu
 * @param {"auto" | "local" | "worker"} [options.threads] where the GPU is driven from; "auto": a worker in Node (where
 *   reads can block), this thread in browsers
 * @param {GPUDevice} [options.gpuDevice] a device of the page, to share buffers with it; it stays the page's
 * @param {"low-power" | "high-performance"} [options.powerPreference]
 * @param {boolean} [options.requireGpu] reject where "auto" would choose the CPU; whether the adapter is a software
 *   adapter says `report.software`
 * @param {number} [options.timeoutMs] of every wait that names none
 * @param {string[]} [options.arguments] of main
 * @param {(line: string) => void} [options.print]
 * @param {(line: string) => void} [options.printErr]
 * @returns {Promise<{module: object, device: WebGPUDevice | RemoteDevice | null, exitCode: number | null,
 *   report: {device: string, adapter: string, software: boolean, threads: string, reason: string},
 *   idle: () => Promise<void>, finish: () => Promise<void>}>} `exitCode` is main's, null when there is no main. `report`
 *   says which device it is and why. `idle()` resolves when every asynchronous wait that the program began has ended;
 *   `finish()` then also ends the device, and rejects with an error that the program has not met
 */
export async function start(factory, options = {}) {
  const { device: wanted = "auto", requireGpu = false, print, printErr } = options;
  if (!["auto", "webgpu", "cpu"].includes(wanted)) {
    throw new TypeError(`device must be "auto", "webgpu" or "cpu", not ${JSON.stringify(wanted)}`);
  }
  if (requireGpu && wanted === "cpu") throw new TypeError('requireGpu and device: "cpu" contradict each other');
  const { device, threads, reason } =
    wanted === "cpu" ? { device: null, threads: "local", reason: "the CPU was asked for" } : await open(options);
  if (!device && (wanted === "webgpu" || requireGpu)) {
    throw new DeviceError(Status.device_lost, `there is no WebGPU device: ${reason}`);
  }
  const report = {
    device: device?.kind ?? "cpu",
    adapter: device?.adapterInfo.description ?? "",
    software: device?.adapterInfo.software ?? false,
    threads,
    reason,
  };
  const host = new Host(device, reason);
  let module;
  try {
    module = await factory({ ndfuse: host, ...(print && { print }), ...(printErr && { printErr }) });
    const exitCode = module.callMain ? await module.callMain(options.arguments ?? []) : null;
    return { module, device, exitCode, report, idle: () => host.idle(), finish: () => host.finish() };
  } catch (error) {
    device?.destroy();
    throw inWords(error, module);
  }
}

/** A C++ exception that left main, as an Error with its type and its message; anything else as it is. */
function inWords(error, module) {
  if (!(error instanceof WebAssembly.Exception) || !module?.getExceptionMessage) return error;
  const [type, message] = module.getExceptionMessage(error);
  return new Error(`main ended with an exception, ${type}: ${message}`, { cause: error });
}

/** The device that the options ask for, or null and a sentence that says what to change. */
async function open({ threads = "auto", gpuDevice, powerPreference, timeoutMs }) {
  if (!["auto", "local", "worker"].includes(threads)) {
    throw new TypeError(`threads must be "auto", "local" or "worker", not ${JSON.stringify(threads)}`);
  }
  if (gpuDevice && threads === "worker") throw new TypeError("a page's gpuDevice cannot move to a worker");
  const place = threads === "auto" ? (inNode && !gpuDevice ? "worker" : "local") : threads;
  if (gpuDevice) {
    return { device: await WebGPUDevice.open({ gpuDevice, timeoutMs }), threads: place, reason: "the page's device" };
  }
  const gpu = await findGpu();
  if (!gpu) {
    const reason = inNode
      ? "the npm package webgpu is not installed: npm install webgpu"
      : globalThis.isSecureContext === false
        ? "this page is not a secure context: serve it by https or from localhost"
        : "this browser has no navigator.gpu: use a newer one, or switch WebGPU on";
    return { device: null, threads: place, reason };
  }
  try {
    const device =
      place === "worker"
        ? await RemoteDevice.open({ powerPreference, timeoutMs })
        : await WebGPUDevice.open({ gpu, powerPreference, timeoutMs });
    if (device) return { device, threads: place, reason: "an adapter was found" };
  } catch (error) {
    if (!(error instanceof DeviceError) && error.name !== "OperationError") throw error;
    return { device: null, threads: place, reason: error.message };
  }
  const reason = inNode
    ? "Dawn found no adapter: install a Vulkan driver, or name one in VK_DRIVER_FILES"
    : "the browser found no adapter: update the graphics driver, or switch on hardware acceleration";
  return { device: null, threads: place, reason };
}
