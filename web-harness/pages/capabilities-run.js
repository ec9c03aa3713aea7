// Runs tests/web/capabilities.cpp in this window or, loaded as a worker, there.
import factory from "./program/capabilities.mjs";
import { start } from "./program/ndfuse/src/start.js";

/**
 * Starts the program and takes its measures.
 * @param {object} options of start(), and `measures`: arguments of the program
 * @returns {Promise<{report?: object, values: Record<string, number>, error?: string}>}
 */
export async function measure({ measures, ...options }) {
  const values = {};
  const print = (line) => {
    const [name, value] = line.split(" ");
    values[name] = Number(value);
  };
  try {
    const program = await start(factory, { ...options, arguments: measures, print, printErr: console.error });
    const features = program.device?.features ?? [];
    const limits = program.device?.limits ?? [];
    await program.finish();
    return { report: program.report, features, limits, values };
  } catch (error) {
    return { error: error.message, values };
  }
}

/** The same in a worker. */
export async function measureInWorker(options) {
  const worker = new Worker(new URL("./capabilities-run.js", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => resolve({ error: event.message || "the worker could not be started", values: {} });
      worker.postMessage(options);
    });
  } finally {
    worker.terminate();
  }
}

if (!globalThis.document) globalThis.onmessage = async ({ data }) => postMessage(await measure(data));
