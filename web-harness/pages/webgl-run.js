import { WebGLDevice } from "./shim/src/webgl.js";
import { Stream } from "./shim/testing-stream.js";
import { cases } from "./webgl-cases.js";

/** Runs a case on a device of its own; gives what it returned, or what was wrong. */
export async function run(name) {
  const opened = [];
  const open = async (options) => {
    const device = await WebGLDevice.open(options);
    if (!device) throw new Error(WebGLDevice.reason);
    opened.push(device);
    return device;
  };
  try {
    return { value: await cases[name]({ open, Stream, WebGLDevice }) };
  } catch (error) {
    return { error: error.stack ?? String(error) };
  } finally {
    for (const device of opened) device.destroy();
  }
}
