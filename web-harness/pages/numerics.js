// Runs tests/numerics/device.cpp.
import factory from "./program/numerics_device.mjs";
import { start } from "./program/ndfuse/src/start.js";

/**
 * @param {string[]} args of the program
 * @param {object} options of start()
 * @returns {Promise<{exitCode: number, lines: string[], report: object}>}
 */
globalThis.run = async (args, options) => {
  const lines = [];
  const print = (line) => lines.push(line);
  const program = await start(factory, { ...options, arguments: args, print, printErr: print });
  await program.finish();
  return { exitCode: program.exitCode, lines, report: program.report };
};
document.body.dataset.ready = "";
