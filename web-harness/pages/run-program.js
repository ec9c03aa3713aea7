import factory from "./program/page_program.mjs";
import { start } from "./program/ndfuse/src/start.js";

function evalRefused() {
  try {
    new Function("return 1");
    return false;
  } catch {
    return true;
  }
}

/** What a page does with a program between calls of its exports. */
const actions = {
  /** Calls an export by call(). */
  call: ({ call }, name, ...args) => call(name, ...args),
  /** Calls an export twice, without awaiting the first. */
  twice: ({ call }, name, ...args) => Promise.all([call(name, ...args), call(name, ...args)]),
  /** Calls an export past call(). */
  raw: ({ module }, name, ...args) => module[`_${name}`](...args),
  /** Ends the device, by commands that it does not know. */
  lose: async ({ device }) => {
    device.submit(Uint32Array.of(255 | (1 << 8)), new Uint8Array(0), new Uint8Array(0));
    await device.onlost;
  },
  /** Waits for a while. */
  pause: (_, ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  stats: ({ device }) => device.stats(),
};

/**
 * Starts the program and waits for its last asynchronous read; gives what it printed, and what an error said.
 * @param {string} scenario
 * @param {{lose?: boolean, steps?: [name: keyof actions, ...args: unknown[]][]} & object} options the rest goes to start()
 */
export async function runProgram(scenario, { lose = false, steps = [], ...options }) {
  await new Promise((next) => setTimeout(next)); // what a debugger's evaluate calls at once is exempt from the policy
  const lines = [];
  const result = { lines, isolated: globalThis.crossOriginIsolated, evalRefused: evalRefused() };
  const print = (line) => lines.push(line);
  try {
    const program = await start(factory, { ...options, arguments: [scenario], print, printErr: print });
    result.report = program.report;
    if (lose) {
      while (!lines.includes("waiting")) await new Promise((resolve) => setTimeout(resolve, 1));
      program.device.gpuDevice.destroy();
    }
    result.exitCode = program.exitCode;
    result.steps = [];
    for (const [name, ...args] of steps) result.steps.push(await actions[name](program, ...args));
    await program.idle();
    result.heap = program.module.HEAPU8.length;
    program.device?.destroy();
  } catch (error) {
    result.error = `${error.name}: ${error.message}`;
  }
  return result;
}
