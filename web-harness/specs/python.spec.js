// ndfuse in Pyodide: each way of waiting on each device, with and without NumPy, and under the strict policy.
import { expect, numpy, test } from "./python-harness.js";

test.describe.configure({ timeout: 120_000 });

/** Prints one line: the device, how it waits, and results that were computed and read back. */
const PROGRAM = `
import ndfuse as np
x = np.arange(12, dtype=np.float32).reshape(3, 4)
y = (2 * x + 1).sum(axis=1)
x[1:, ::2] = -1
flags = x > 3
print(np.device().name, np.device().waiting, y.tolist(), x[1].tolist(), flags.sum().item(), float(np.sqrt(x[0, 1])))
`;
const PRINTED = "[16.0, 48.0, 80.0] [-1.0, 5.0, -1.0, 7.0] 4 1.0";

for (const [isolated, place, options, waiting] of [
  [true, "worker", { device: "webgpu" }, "atomics"],
  [true, "window", { device: "webgpu" }, "jspi"],
  [false, "worker", { device: "webgpu" }, "jspi"],
  [false, "window", { device: "webgl" }, "readpixels"],
  [true, "worker", { device: "webgl" }, "readpixels"],
  [false, "window", { device: "webgl", waiting: "jspi" }, "jspi"],
  [false, "window", { device: "cpu" }, "cpu"],
  [false, "worker", { device: "cpu" }, "cpu"],
]) {
  test(`a program on ${options.device} in ${isolated ? "an isolated" : "a plain"} ${place} waits by ${waiting}`, async ({
    python,
  }) => {
    const { error, lines, report } = await python({ isolated, place, options, steps: [["runAsync", PROGRAM]] });
    expect(error).toBeUndefined();
    expect(report.device).toBe(options.device);
    expect(report.waiting).toBe(waiting);
    expect(lines).toEqual([`${options.device} ${waiting} ${PRINTED}`]);
  });
}

test("what is copied arrives whole: types that are the same on the device and others, small and large", async ({
  python,
}) => {
  const code = `
import ndfuse as np, numpy
made = numpy.random.default_rng(1).integers(0, 255, 300_000)
for t in "bool int8 uint8 int16 uint16 int32 uint32 float16 float32 int64 float64 complex64 complex128".split():
    for count in (0, 1, 5, 300_000):
        there = numpy.asarray(made[:count] % 100, dtype=t)
        assert numpy.array_equal(np.asnumpy(np.asarray(there)), there), (t, count)
print("whole")
`;
  for (const [isolated, place, options] of [
    [true, "worker", { device: "webgpu" }],
    [false, "window", { device: "webgpu" }],
    [false, "window", { device: "webgl" }],
  ]) {
    const steps = [["runAsync", code]];
    const { error, lines } = await python({ isolated, place, options, packages: numpy, steps });
    expect(error).toBeUndefined();
    expect(lines.at(-1)).toBe("whole");
  }
});

test("awaited reads work where nothing can block, and blocking says what to do", async ({ python }) => {
  const awaited = `
import ndfuse as np
x = np.arange(3) * 2
print(await x.get_async())
`;
  const blocked = `
import ndfuse as np
x = np.arange(3) * 2
try:
    x.tolist()
except np.DeviceError as error:
    print(error)
`;
  const none = { device: "webgpu", waiting: "none" };
  const first = await python({
    options: none,
    steps: [
      ["runAsync", awaited],
      ["run", blocked],
    ],
  });
  expect(first.error).toBeUndefined();
  expect(first.lines[0]).toBe("[0, 2, 4]");
  expect(first.lines[1]).toMatch(/blocking reads are not possible here/);
  // Where Python would have to be suspended, it depends on how it was entered.
  const jspi = { device: "webgpu", waiting: "jspi" };
  const onCpu = "print(np.array([0, 1, 2], dtype=np.int64).tolist())"; // which need not be waited for
  const second = await python({
    options: jspi,
    steps: [
      ["run", blocked],
      ["runAsync", awaited],
      ["run", onCpu],
    ],
  });
  expect(second.error).toBeUndefined();
  expect(second.lines[0]).toMatch(/cannot wait for the GPU.*runPythonAsync.*get_async/);
  expect(second.lines[1]).toBe("[0, 2, 4]");
  expect(second.lines.at(-1)).toBe("[0, 1, 2]");
});

test("a read that is given up writes nothing into memory that is free by then", async ({ python }) => {
  const given = `
import asyncio, gc, ndfuse as np
from array import array
def others():
    gc.collect()
    return [array("i", bytes(12)) for _ in range(1000)] # some of them where the elements were to go
def refused():
    try:
        (np.arange(3) * 2).tolist()
    except np.DeviceError:
        pass
    else:
        raise AssertionError("it could wait")
    return others()
kept = [refused() for _ in range(20)]
`;
  const cancelled = `
async def begun():
    task = asyncio.ensure_future((np.arange(3) * 2).get_async())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    else:
        raise AssertionError("it was not cancelled")
    return others()
kept += [await begun() for _ in range(20)]
print(await (np.arange(3) * 2).get_async()) # by then all have ended
print(sum(value != 0 for arrays in kept for one in arrays for value in one))
`;
  const steps = [
    ["run", given],
    ["runAsync", cancelled],
  ];
  const { error, lines } = await python({ options: { device: "webgpu", waiting: "jspi" }, steps });
  expect(error).toBeUndefined();
  expect(lines).toEqual(["[0, 2, 4]", "0"]);
});

test("a lost device is told, and a new one is opened by reset()", async ({ python }) => {
  const code = `
import ndfuse as np
x = np.arange(4) + 1
print(x.tolist())
import js, _ndfuse_core
none = js.Uint8Array.new(0)
_ndfuse_core.program.device.submit(js.Uint32Array.of(255 | 1 << 8), none, none)  # which it does not know
try:
    print((x * 2).tolist())
except np.DeviceError as error:
    print(isinstance(error, np.DeviceError), error)
np.reset()
print((np.arange(4) + 2).tolist())
`;
  for (const [isolated, place, device] of [
    [true, "worker", "webgpu"],
    [false, "window", "webgpu"],
    [false, "window", "webgl"],
  ]) {
    const { error, lines } = await python({ isolated, place, options: { device }, steps: [["runAsync", code]] });
    expect(error).toBeUndefined();
    expect(lines[0]).toBe("[1, 2, 3, 4]");
    expect(lines[1]).toMatch(/^True .*unknown opcode 255/);
    expect(lines.at(-1)).toBe("[2, 3, 4, 5]");
  }
});

test("NumPy is not needed, and not imported", async ({ python }) => {
  const code = `
import sys
import ndfuse as np
assert "numpy" not in sys.modules
x = np.linspace(0, 1, 5)
print(x, np.exp(x).sum() > 8)
assert "numpy" not in sys.modules
`;
  const { error, lines } = await python({ options: { device: "webgpu" }, steps: [["runAsync", code]] });
  expect(error).toBeUndefined();
  expect(lines).toEqual(["[0.   0.25 0.5  0.75 1.  ] True"]);
});

for (const [isolated, place] of [
  [true, "worker"],
  [false, "window"],
]) {
  test(`the strict content security policy allows Python in a ${place}`, async ({ page, python }) => {
    const violations = [];
    page.on("console", (message) => /content security policy/i.test(message.text()) && violations.push(message.text()));
    const evalRefused =
      "import js\ntry:\n  js.eval('1')\n  print('allowed')\nexcept Exception as e:\n  print('refused')";
    const { error, lines, report } = await python({
      isolated,
      place,
      path: "csp/python.html",
      options: { device: "webgpu" },
      steps: [
        ["runAsync", PROGRAM],
        ["run", evalRefused],
      ],
    });
    expect(error).toBeUndefined();
    expect(lines).toEqual([`webgpu ${report.waiting} ${PRINTED}`, "refused"]);
    expect(violations.filter((text) => !/unsafe-eval/.test(text))).toEqual([]);
  });
}

test("attaching twice gives the first report; what cannot be is refused by name", async ({ python }) => {
  const { results, report, error } = await python({
    options: { device: "cpu" },
    steps: [["attach", { device: "webgpu" }]],
  });
  expect(error).toBeUndefined();
  expect(results).toEqual([report]);
  const refused = await python({ options: { device: "webgpu", waiting: "readpixels" } });
  expect(refused.error).toMatch(/waiting: "readpixels" is not possible/);
});

test("10 000 iterations leave memory level", async ({ python }) => {
  const code = `
import gc, json
import ndfuse as np
import pyodide_js, _ndfuse_core
x = np.zeros(256, dtype=np.float32)
for block in range(10):
    for k in range(1000):
        x = (x + 1) * 0.5
        x[k % 256] = k
        if k % 4 == 0:
            float(x[0])
    gc.collect()
    stats = np.memory_stats()
    heaps = [pyodide_js._module.HEAPU8.length, _ndfuse_core.program.module.HEAPU8.length]
    memory = [stats[DEVICE][k] for k in ("live_bytes", "pooled_bytes", "peak_bytes", "live_buffers", "pipelines")]
    print(json.dumps({"memory": memory, "plans": stats["plans"], "handles": stats["handles"], "objects": len(gc.get_objects()) // 1000, "heaps": heaps}))
`;
  for (const [isolated, place, device] of [
    [true, "worker", "webgpu"],
    [false, "window", "webgpu"],
    [false, "worker", "cpu"],
  ]) {
    const steps = [["runAsync", `DEVICE = "${device === "cpu" ? "cpu" : "gpu"}"\n${code}`]];
    const { error, lines } = await python({ isolated, place, options: { device }, steps });
    expect(error).toBeUndefined();
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows).toHaveLength(10);
    expect(rows[9]).toEqual(rows[1]);
  }
});

test("without a script of the page, Python attaches by itself", async ({ python }) => {
  const code = `
import ndfuse as np
try:
    np.arange(3).tolist()
except RuntimeError as error:
    print(error)
print((await np.attach(device="webgpu"))["device"])
`;
  for (const [isolated, place] of [
    [true, "worker"],
    [false, "window"],
  ]) {
    const steps = [["unpack"], ["runAsync", code], ["runAsync", PROGRAM]];
    const { error, lines } = await python({ isolated, place, options: null, steps });
    expect(error).toBeUndefined();
    expect(lines[0]).toMatch(/no core yet.*await ndfuse.attach/);
    expect(lines.slice(1)).toEqual(["webgpu", `webgpu ${isolated ? "atomics" : "jspi"} ${PRINTED}`]);
  }
});
