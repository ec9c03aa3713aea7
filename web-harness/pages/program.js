// Runs tests/web/page_program.cpp here or, with place "worker", in a worker of this page.
import { runProgram } from "./run-program.js";

/**
 * @param {string} scenario the program's argument
 * @param {{place?: "window" | "worker", lose?: boolean} & object} [options] the rest goes to start()
 */
globalThis.run = async (scenario, { place = "window", ...options } = {}) => {
  if (place === "window") return runProgram(scenario, options);
  const worker = new Worker(new URL("./program-worker.js", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      worker.postMessage({ scenario, options });
    });
  } finally {
    worker.terminate();
  }
};
document.body.dataset.ready = "";
