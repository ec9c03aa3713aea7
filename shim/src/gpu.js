/** Whether this is Node rather than a browser. */
export const inNode = typeof process === "object" && typeof process.versions?.node === "string";

/**
 * `navigator.gpu`, or in Node the npm package `webgpu` (Dawn).
 * @returns {Promise<GPU | undefined>} undefined where there is neither
 */
export async function findGpu() {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  return inNode ? (await import("./node-gpu.js")).nodeGpu() : undefined;
}
