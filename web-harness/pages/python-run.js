// Boots Pyodide where this module is loaded, gives it ndfuse, and runs Python.
import { attach } from "./dist/ndfuse.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const quiet = { checkIntegrity: false, messageCallback: () => {} }; // of loadPackage

/** What a page does with its Pyodide. */
const actions = {
  /** Runs code by a plain call, in which Python cannot be suspended. */
  run: ({ pyodide }, code) => plain(pyodide.runPython(code)),
  /** Runs code by a call in which it can. */
  runAsync: async ({ pyodide }, code) => plain(await pyodide.runPythonAsync(code)),
  /** Attaches ndfuse again. */
  attach: ({ pyodide }, options) => attach(pyodide, options),
  /** Installs the wheel and no more. */
  unpack: async ({ pyodide }) => {
    const [wheel] = (await (await fetch("dist/")).text()).match(/ndfuse-[^"<>]*\.whl/);
    await pyodide.loadPackage(new URL(`dist/${wheel}`, import.meta.url).href, quiet);
  },
  /** Copies files, by path in Python's file system and address. */
  files: async ({ pyodide }, files) => {
    for (const [path, address] of Object.entries(files)) {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      pyodide.FS.writeFile(path, new Uint8Array(await response.arrayBuffer()));
    }
  },
};

/** Results that are Python objects are shown by their str(). */
function plain(value) {
  if (!value?.toString || typeof value !== "object") return value;
  const text = value.toString();
  value.destroy?.();
  return text;
}

/**
 * @param {object} request
 * @param {object} [request.options] of attach(); null: it is not attached
 * @param {string[]} [request.packages] addresses of wheels
 * @param {[name: keyof actions, ...args: unknown[]][]} [request.steps]
 * @returns {Promise<{report: object, lines: string[], results: unknown[], milliseconds: number[], error?: string}>}
 */
export async function runPython({ options = {}, packages = [], steps = [] }) {
  await new Promise((next) => setTimeout(next)); // what a debugger's evaluate calls at once is exempt from the policy
  const lines = [];
  const result = { lines, results: [], milliseconds: [], isolated: globalThis.crossOriginIsolated };
  const out = { batched: (line) => lines.push(line) };
  const from = performance.now();
  try {
    const pyodide = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
    pyodide.setStdout(out);
    pyodide.setStderr(out);
    if (packages.length > 0) await pyodide.loadPackage(packages, quiet);
    result.milliseconds.push(performance.now() - from);
    if (options) result.report = await attach(pyodide, options);
    result.milliseconds.push(performance.now() - from);
    for (const [name, ...args] of steps) result.results.push(await actions[name]({ pyodide }, ...args));
  } catch (error) {
    result.error = `${error.name}: ${error.message}`;
  }
  result.milliseconds.push(performance.now() - from);
  return result;
}
