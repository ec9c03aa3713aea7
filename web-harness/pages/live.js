// An editor in which one changes and runs Python again. scripts/python.sh bundles this file with its editor.
import { python } from "@codemirror/lang-python";
import { basicSetup, EditorView } from "codemirror";

const EXAMPLES = {
  Mandelbrot: `import ndfuse as np

n, turns = 512, 100
x = np.linspace(-2, 0.5, n)[None, :]
y = np.linspace(-1.25, 1.25, n)[:, None]
zr = zi = count = np.zeros((n, n))
for _ in range(turns):
    zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
    count += zr * zr + zi * zi < 4
show(np.log(count + 1))
print(count.sum())
`,
  "Heat equation": `import ndfuse as np

n = 256
u = np.zeros((n, n))
u[96:160, 32:64] = 1
u[32:64, 128:224] = 1
for step in range(200):
    u[1:-1, 1:-1] += 0.2 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
show(u)
print(np.device())
`,
  "Kernels of an expression": `import ndfuse as np

x = np.linspace(0, 1, 1000)
y = (np.sin(x) ** 2 + np.cos(x) ** 2).sum()
print(np.explain(y))
print(y)
`,
};

const at = (id) => document.getElementById(id);
const editor = new EditorView({ doc: EXAMPLES.Mandelbrot, extensions: [basicSetup, python()], parent: at("editor") });
at("example").append(...Object.keys(EXAMPLES).map((name) => new Option(name)));

let worker = null;

function restart() {
  worker?.terminate();
  at("state").value = "starting";
  at("run").disabled = false;
  worker = new Worker(new URL("../live-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: [name, value] }) => handlers[name](value);
  worker.onerror = (event) => handlers.failed(event.message ?? "the worker could not be started");
  worker.postMessage(["start", { device: at("device").value }]);
}

const handlers = {
  started: ({ device, adapter, waiting }) => {
    at("state").value = `${device}${adapter ? `, ${adapter}` : ""}; waits by ${waiting}`;
    document.body.dataset.ready = "";
  },
  printed: (line) => at("printed").append(`${line}\n`),
  picture: ({ width, height, pixels }) => {
    const canvas = at("pictures").appendChild(document.createElement("canvas"));
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  },
  ran: ({ launches, milliseconds }) => {
    at("state").value = `${launches} launches, ${milliseconds.toFixed(1)} ms`;
    at("run").disabled = false;
  },
  failed: (text) => {
    handlers.printed(text);
    at("state").value = "failed";
    at("run").disabled = false;
  },
};

function run() {
  at("printed").replaceChildren();
  at("pictures").replaceChildren();
  at("run").disabled = true;
  at("state").value = "running";
  worker.postMessage(["run", editor.state.doc.toString()]);
}

at("run").onclick = run;
at("stop").onclick = restart;
at("device").onchange = restart;
at("example").onchange = ({ target }) => {
  editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: EXAMPLES[target.value] } });
};
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || at("run").disabled) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  },
  true,
);
restart();
