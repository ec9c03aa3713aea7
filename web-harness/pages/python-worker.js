import { runPython } from "./python-run.js";

globalThis.onmessage = async ({ data }) => postMessage(await runPython(data));
