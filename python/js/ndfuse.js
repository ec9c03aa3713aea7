// What a page loads to have ndfuse in its Pyodide: one script and one call.
import factory from "ndfuse-core";
import { start } from "../../shim/src/start.js";
import { pythonCore } from "./python-core.js";

const PACKAGE = "ndfuse";
/** The name by which Python finds the core (python/ndfuse/_js.py). */
const MODULE = "_ndfuse_core";

const attached = new WeakMap(); // Pyodide -> promise of a report

/**
 * Gives a Pyodide the package ndfuse: installs its wheel, unless the package is there already, finds the device, starts
 * the core, and lets Python find it. After that `import ndfuse` works. A second call gives the report of the first.
 *
 * Pyodide may run in a window or in a Worker. Nothing is loaded from elsewhere than the folder of this script, and a
 * content security policy of `script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'` allows it.
 *
 * @param {object} pyodide what loadPyodide() gives
 * @param {object} [options] those of the shim's start(): device, waiting, threads, requireGpu, timeoutMs,
 *   powerPreference, gpuDevice, remember, rememberAs, tune; and
 * @param {string | URL} [options.wheel] where the wheel is; beside this script by default
 * @returns {Promise<{device: string, adapter: string, software: boolean, threads: string, reason: string,
 *   waiting: string, waitingReason: string, remembered: object, tuned: object}>} which device it is, how Python waits for it, and
 *   why; which kernels were remembered; what was chosen by timing
 */
export function attach(pyodide, options = {}) {
  if (!attached.has(pyodide)) {
    const attaching = begin(pyodide, options);
    attached.set(pyodide, attaching);
    attaching.catch(() => attached.delete(pyodide)); // it may be tried again
  }
  return attached.get(pyodide);
}

async function begin(pyodide, { wheel, ...options }) {
  const folder = await install(pyodide, wheel);
  const wasm = await WebAssembly.compile(pyodide.FS.readFile(`${folder}/web/ndfuse_core.wasm`));
  const requests = new Map(); // number -> what is called when it has ended
  const instantiate = (imports) =>
    new Promise((resolve, reject) => {
      factory({
        ...imports,
        ndfuse_core_ended: (request, code) => requests.get(request)(code),
        instantiateWasm: (given, receive) => {
          WebAssembly.instantiate(wasm, given).then((instance) => receive(instance, wasm), reject);
          return {};
        },
      }).then(resolve, reject);
    });
  const program = await start(instantiate, options);
  pyodide.registerJsModule(MODULE, pythonCore(program, pyodide, requests));
  return program.report;
}

/** Unpacks the wheel, if need be. Gives the package's folder. */
async function install(pyodide, wheel) {
  let folder = find(pyodide);
  if (folder) return folder;
  const address = wheel ?? new URL(WHEEL, import.meta.url);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded: ${response.status} ${response.statusText}`);
  const purelib = pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')").replace(/^\/+/, "/");
  pyodide.unpackArchive(await response.arrayBuffer(), "wheel", { extractDir: purelib });
  pyodide.runPython("import importlib; importlib.invalidate_caches()");
  folder = find(pyodide);
  if (!folder) throw new Error(`${address} holds no package ${PACKAGE}`);
  return folder;
}

/** The folder of the package, without importing it; empty when there is none. */
const find = (pyodide) =>
  pyodide.runPython(`
import importlib.util
_spec = importlib.util.find_spec("${PACKAGE}")
_spec.submodule_search_locations[0] if _spec else ""
`);
