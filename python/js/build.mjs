#!/usr/bin/env node
// node python/js/build.mjs CORE.mjs FOLDER WHEEL: bundles what a page loads into FOLDER: ndfuse.js (this folder, the shim and
// the core's JavaScript, CORE.mjs) and gpu-worker.js, the thread that drives the GPU. WHEEL is the name of the wheel that ndfuse.js
// installs.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [core, folder, wheel] = process.argv.slice(2);
const beside = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { ndfuse: beside("ndfuse.js"), "gpu-worker": beside("../../shim/src/gpu-worker.js") },
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  alias: { "ndfuse-core": core },
  define: { WHEEL: JSON.stringify(wheel) },
  external: ["node:*", "*/node-gpu.js"], // imported under Node only
  banner: { js: "/*! ndfuse, MIT licence */" },
  logLevel: "warning",
});
