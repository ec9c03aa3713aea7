// Runs a case of webgl-cases.js here or, with place "worker", in a worker of this page.
import { askWorker } from "./ask-worker.js";
import { WebGLDevice } from "./shim/src/webgl.js";
import { Stream } from "./shim/testing-stream.js";
import { run } from "./webgl-run.js";

/**
 * @param {string} name of a case
 * @param {"window" | "worker"} place
 */
globalThis.run = async (name, place) => {
  if (place === "window") return run(name);
  return askWorker(new URL("./webgl-worker.js", import.meta.url), name);
};
/** Opens a device and lets it wait; `afterLoss` then says how everything ended. */
globalThis.prepareToLose = async () => {
  const device = await WebGLDevice.open();
  new Stream().create(1, 64).submit(device);
  await device.read(1, 0, 64);
  globalThis.afterLoss = async () => {
    const { status, message } = await device.onlost;
    const attempts = [
      () => device.read(1, 0, 4),
      () => device.synchronize(),
      () => device.readBlocking(1, 0, new Uint8Array(4)),
      () => device.synchronizeBlocking(),
    ];
    const ends = [`DeviceError ${/lost/.test(message) ? status : message}`];
    for (const attempt of attempts) {
      try {
        await attempt();
        ends.push("nothing");
      } catch (error) {
        ends.push(`${error.name} ${error.status}`);
      }
    }
    return ends;
  };
};
document.body.dataset.ready = "";
