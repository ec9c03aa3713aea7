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

/** Starts the program and waits for its last asynchronous read; gives what it printed, and what an error said. */
export async function runProgram(scenario, { lose = false, ...options }) {
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
    await program.idle();
    result.heap = program.module.HEAPU8.length;
    program.device?.destroy();
  } catch (error) {
    result.error = `${error.name}: ${error.message}`;
  }
  return result;
}
