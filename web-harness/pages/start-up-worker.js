import { startUp } from "./start-up-run.js";

globalThis.onmessage = async ({ data }) => postMessage(await startUp(data));
