import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

let gpu;

/**
 * Dawn from the npm package `webgpu`, looked up beside this file and then from the working directory.
 * NDFUSE_DAWN holds Dawn's options, separated by blanks: `enable-dawn-features=allow_unsafe_apis backend=vulkan`.
 * @returns {Promise<GPU | undefined>} undefined when the package is not installed
 */
export async function nodeGpu() {
  if (gpu) return gpu;
  for (const from of [import.meta.url, pathToFileURL(`${process.cwd()}/`).href]) {
    let path;
    try {
      path = createRequire(from).resolve("webgpu");
    } catch {
      continue;
    }
    const { create } = await import(pathToFileURL(path).href);
    gpu = create((process.env.NDFUSE_DAWN ?? "").split(" ").filter(Boolean));
    return gpu;
  }
  return undefined;
}
