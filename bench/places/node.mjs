// A process of Node that does what bench/run.mjs asks it for.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { answer } from "../session.mjs";

const require = createRequire(import.meta.url);
const peer = createRequire(new URL("../peers/package.json", import.meta.url));

/** Dawn in place of a browser's WebGPU. */
function installGpu() {
  const { create, globals } = require("webgpu");
  Object.assign(globalThis, globals);
  const value = { ...globalThis.navigator, userAgent: "Node", gpu: create([]) };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
}
if (process.argv[2] !== "cpu") installGpu();

const libraries = {
  async tensorflow({ backend }) {
    const tf = peer("@tensorflow/tfjs");
    peer(`@tensorflow/tfjs-backend-${backend}`);
    return tf;
  },
  jax: () => import(pathToFileURL(peer.resolve("@jax-js/jax")).href.replace(/\.cjs$/, ".js")),
};

process.on("message", async (request) => process.send(await answer(request, libraries)));
process.on("disconnect", () => process.exit());
