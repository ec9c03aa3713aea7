// Runs tests/unit in this window or, when it is loaded by unit.js itself, in a worker of it.
import { askWorker } from "./ask-worker.js";
import factory from "./program/unit_page.mjs";
import { start } from "./program/ndfuse/src/start.js";

/** Runs Catch2 with these arguments: its exit code, what it printed, and how the program was started. */
async function runHere(args, options) {
  const lines = [];
  const print = (line) => lines.push(line);
  try {
    const program = await start(factory, { ...options, arguments: args, print, printErr: print });
    await program.finish();
    return { exitCode: program.exitCode, lines, report: program.report };
  } catch (error) {
    return {
      exitCode: error.name === "ExitStatus" ? error.status : -1,
      lines,
      error: `${error.name}: ${error.message}`,
    };
  }
}

const runInWorker = (args, options) => askWorker(new URL("./unit.js", import.meta.url), { args, options });

if (globalThis.document) {
  globalThis.run = (args, { place = "window", ...options } = {}) =>
    place === "window" ? runHere(args, options) : runInWorker(args, options);
  document.body.dataset.ready = "";
} else {
  globalThis.onmessage = async ({ data: { args, options } }) => postMessage(await runHere(args, options));
}
