import { run } from "./webgl-run.js";

globalThis.onmessage = async ({ data: name }) => postMessage(await run(name));
