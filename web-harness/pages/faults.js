// Runs tests/web/fault_program.cpp in this window or, when it is loaded by faults.js itself, in a worker of it.
import "./fault-hooks.js";
import { askWorker } from "./ask-worker.js";
import factory from "./program/fault_program.mjs";
import { start } from "./program/ndfuse/src/start.js";

/** Runs a scenario to its end; each line is handed to `print` at once. */
async function runHere(scenario, options, print) {
  try {
    const program = await start(factory, { ...options, arguments: [scenario], print, printErr: print });
    await program.idle();
    program.device?.destroy();
    return { report: program.report };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

function runInWorker(scenario, options, print) {
  const heard = ({ line, result }, answer) => (result ? answer(result) : print(line));
  return askWorker(new URL("./faults.js", import.meta.url), { scenario, options }, heard);
}

if (globalThis.document) {
  /** What the program has printed. */
  globalThis.lines = [];
  globalThis.run = async (scenario, { place = "window", ...options } = {}) => {
    const run = place === "window" ? runHere : runInWorker;
    const result = await run(scenario, options, (line) => globalThis.lines.push(line));
    return { ...result, lines: globalThis.lines };
  };
  document.body.dataset.ready = "";
} else {
  globalThis.onmessage = async ({ data: { scenario, options } }) => {
    navigator.locks.request("program", () => new Promise(() => {})); // held until this thread ends
    postMessage({ result: await runHere(scenario, options, (line) => postMessage({ line })) });
  };
}
