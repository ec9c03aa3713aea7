import { runProgram } from "./run-program.js";

globalThis.onmessage = async ({ data: { scenario, options } }) => postMessage(await runProgram(scenario, options));
