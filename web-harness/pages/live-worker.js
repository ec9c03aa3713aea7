// The Python of live.html.
import { attach } from "./dist/ndfuse.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

/** show(x): a picture of a matrix of numbers, the smallest dark, the largest bright; or of colours (height, width, 3) from 0 to 1. */
const SHOW = `
def show(x):
    import ndfuse as np
    x = np.asarray(x, dtype=np.float32)
    if x.ndim == 2:
        low, high = x.min(), x.max()
        t = (x - low) / np.maximum(high - low, 1e-30)
        x = np.stack([t, t * t, np.sqrt(t) * (1 - t) * 1.5], axis=-1)
    height, width = x.shape[:2]
    rgba = np.concatenate([x[..., :3], np.ones((height, width, 1), dtype=np.float32)], axis=-1)
    _picture(width, height, (np.clip(rgba, 0, 1) * 255).astype(np.uint8).tobytes())

def _launches():
    import ndfuse
    stats = ndfuse.memory_stats()
    return stats["gpu"]["launches"] + stats["cpu"]["launches"]
`;

let pyodide;
const send = (name, value, transfer = []) => postMessage([name, value], transfer);

const actions = {
  start: async (options) => {
    pyodide = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
    const out = { batched: (line) => send("printed", line) };
    pyodide.setStdout(out);
    pyodide.setStderr(out);
    const report = await attach(pyodide, options);
    pyodide.globals.set("_picture", (width, height, bytes) => {
      const pixels = bytes.toJs();
      bytes.destroy();
      send("picture", { width, height, pixels }, [pixels.buffer]);
    });
    pyodide.runPython(SHOW);
    send("started", report);
  },
  run: async (code) => {
    const launches = () => pyodide.runPython("_launches()");
    const [before, from] = [launches(), performance.now()];
    const own = pyodide.runPython("{'show': show}"); // each run has names of its own
    try {
      await pyodide.runPythonAsync(code, { globals: own });
      await pyodide.runPythonAsync("import ndfuse; ndfuse.flush()");
    } finally {
      own.destroy();
    }
    send("ran", { launches: launches() - before, milliseconds: performance.now() - from });
  },
};

globalThis.onmessage = async ({ data: [name, value] }) => {
  try {
    await actions[name](value);
  } catch (error) {
    send("failed", error.message);
  }
};
