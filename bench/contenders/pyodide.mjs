// ndfuse in Python, in this page's Pyodide: contenders/arrays.py.

/** @param {{pyodide: string, package: string}} how the addresses of Pyodide's folder and of build/python/dist, each with a slash */
export async function open({ pyodide: folder, package: dist }) {
  const from = performance.now();
  const [{ loadPyodide }, { attach }, response] = await Promise.all([
    import(`${folder}pyodide.mjs`),
    import(`${dist}ndfuse.js`),
    fetch(new URL("./arrays.py", import.meta.url)),
  ]);
  const pyodide = await loadPyodide({ indexURL: folder });
  const booted = performance.now();
  const report = await attach(pyodide, { device: "webgpu", timeoutMs: 60_000 });
  pyodide.runPython(await response.text());
  const arrays = await pyodide.runPythonAsync('about, arrays = open_library("ndfuse")\narrays');
  const Work = pyodide.globals.get("Work");
  return {
    version: `Pyodide ${pyodide.version}`,
    adapter: report.adapter,
    waiting: report.waiting,
    start_ms: { pyodide: booted - from, ndfuse: performance.now() - booted },
    async prepare({ kind, args }) {
      const work = await Work.callPromising(arrays, kind, pyodide.toPy(args));
      const [run, result] = [work.run, work.result];
      return {
        work: (count) => run.callPromising(count),
        result: async () => {
          const values = await result.callPromising();
          try {
            return typeof values === "number" ? Float32Array.of(values) : Float32Array.from(values.toJs());
          } finally {
            values.destroy?.();
          }
        },
        dispose() {
          for (const proxy of [run, result, work]) proxy.destroy();
        },
      };
    },
    close() {},
  };
}
