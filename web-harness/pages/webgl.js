// Runs a case of webgl-cases.js here or, with place "worker", in a worker of this page.
import { run } from "./webgl-run.js";

/**
 * @param {string} name of a case
 * @param {"window" | "worker"} place
 */
globalThis.run = async (name, place) => {
  if (place === "window") return run(name);
  const worker = new Worker(new URL("./webgl-worker.js", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      worker.postMessage(name);
    });
  } finally {
    worker.terminate();
  }
};
document.body.dataset.ready = "";
