// What goes wrong on the device reaches Python as an exception, with the kernel's text and the program's line.
import { expect, test } from "./python-harness.js";

test.describe.configure({ timeout: 120_000 });

// Kernels' texts are spoilt on their way to the device.
const SPOIL = `
import _ndfuse_core
from pyodide.code import run_js
spoil = run_js("""(device) => {
  const declare = device.pipeline.bind(device);
  const spoilt = (part) => (typeof part === "string" ? part.replace("body(", "nobody(") : part);
  device.pipeline = (...parts) => declare(...parts.map(spoilt));
  return () => { device.pipeline = declare; };
}""")
mend = spoil(_ndfuse_core.program.device)
`;
const PROGRAM = `
import ndfuse as np
x = np.asarray([1.0, 2.0, 3.0])
def wave(v):
    return np.tanh(v) * 3
y = wave(x)
`;
const READ = `
try:
    y.tolist()
except np.KernelError as error:
    print(error)
mend()
print((x + 1).tolist())
`;

for (const [isolated, place, device, waiting] of [
  [true, "worker", "webgpu", "atomics"],
  [false, "window", "webgpu", "jspi"],
  [false, "window", "webgl", "readpixels"],
]) {
  test(`a kernel that ${device} refuses raises KernelError, waiting by ${waiting}`, async ({ python }) => {
    const options = { device, waiting, threads: "local" };
    if (waiting === "atomics") options.threads = "worker";
    const steps = [["runAsync", SPOIL + PROGRAM + READ]];
    const { error, lines } = await python({ isolated, place, options, steps });
    expect(error).toBeUndefined();
    const said = lines.join("\n");
    expect(said).toMatch(/kernel "tanh_multiply"/);
    expect(said).toMatch(/nobody\(/); // its text
    expect(said).toMatch(/what these lines of the program wrote:\n {2}<exec>:\d+/);
    expect(lines.at(-1)).toBe("[2.0, 3.0, 4.0]");
  });
}

test("memory, proxies and the pool stay on a plateau over 10 000 turns", async ({ python }) => {
  test.setTimeout(240_000);
  const code = `
import gc, sys
import ndfuse as np
x = np.ones(1000)
marks = []
for turn in range(10_000):
    x = x * 0.999 + 0.001
    view = x[::2]
    if turn % 100 == 99:
        view[0] = 1.0
        s = float(x.sum())
    if turn % 2000 == 1999:
        gc.collect()
        stats = np.memory_stats()
        device = stats["gpu"]
        import js, pyodide_js
        heap = pyodide_js._module.HEAPU8.length
        marks.append((device["live_bytes"], device["pooled_bytes"], device["live_buffers"], device["pipelines"],
                      stats["plans"], stats["handles"], heap, len(gc.get_objects())))
for mark in marks:
    print(*mark)
print(abs(s - 1000) < 1)
`;
  const { error, lines } = await python({ options: { device: "webgpu" }, steps: [["runAsync", code]] });
  expect(error).toBeUndefined();
  expect(lines.at(-1)).toBe("True");
  const marks = lines.slice(-6, -1).map((line) => line.split(" ").map(Number));
  const [, second, , , last] = marks;
  const names = ["live bytes", "pooled bytes", "live buffers", "pipelines", "schedules", "handles", "Pyodide's heap"];
  names.forEach((name, k) => {
    expect(last[k], `${name}: ${marks.map((mark) => mark[k])}`).toBeLessThanOrEqual(second[k]);
  });
  expect(last[7] - second[7], "Python objects").toBeLessThan(200);
});
