// Runs Python here or, with place "worker", in a worker of this page.
//   python.html?file=/code/heat.py&place=worker&device=webgpu&waiting=atomics   runs a file and shows what it prints

/**
 * @param {{place?: "window" | "worker"} & Parameters<typeof import("./python-run.js").runPython>[0]} request
 */
globalThis.run = async ({ place = "window", ...request }) => {
  if (place === "window") return (await import("./python-run.js")).runPython(request);
  const worker = new Worker(new URL("./python-worker.js", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
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
