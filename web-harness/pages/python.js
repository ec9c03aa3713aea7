// Runs Python here or, with place "worker", in a worker of this page.
//   python.html?file=/code/heat.py&place=worker&device=webgpu&waiting=atomics   runs a file and shows what it prints
import { askWorker } from "./ask-worker.js";

/**
 * @param {{place?: "window" | "worker"} & Parameters<typeof import("./python-run.js").runPython>[0]} request
 */
globalThis.run = async ({ place = "window", ...request }) => {
  if (place === "window") return (await import("./python-run.js")).runPython(request);
  return askWorker(new URL("./python-worker.js", import.meta.url), request);
};

const { file, place, numpy, ...options } = Object.fromEntries(new URLSearchParams(location.search));
if (file) {
  const response = await fetch(file);
  const packages = numpy ? [numpy] : [];
  const result = await globalThis.run({ place, packages, options, steps: [["runAsync", await response.text()]] });
  const shown = document.body.appendChild(document.createElement("pre"));
  shown.textContent = [JSON.stringify(result.report), ...result.lines, result.error ?? ""].join("\n");
}
document.body.dataset.ready = "";
