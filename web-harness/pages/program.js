// Runs tests/web/page_program.cpp here or, with place "worker", in a worker of this page.
import { askWorker } from "./ask-worker.js";
import { runProgram } from "./run-program.js";

/**
 * @param {string} scenario the program's argument
 * @param {{place?: "window" | "worker", lose?: boolean} & object} [options] the rest goes to start()
 */
globalThis.run = async (scenario, { place = "window", ...options } = {}) => {
  if (place === "window") return runProgram(scenario, options);
  return askWorker(new URL("./program-worker.js", import.meta.url), { scenario, options });
};
document.body.dataset.ready = "";
