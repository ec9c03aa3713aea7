// main written straight down: each way of waiting, chosen and forced, where it is there and where it is not.
import { expect, test as base, visit } from "./harness.js";

const noJspi = () => {
  delete WebAssembly.Suspending;
};

const test = base.extend({
  /** Runs a scenario at an isolated or a plain site. */
  run: async ({ page, site, plainSite }, use) => {
    await use(async (scenario, { isolated = false, ...options } = {}) => {
      await visit(page, `${isolated ? site : plainSite}program.html`);
      return page.evaluate(([name, rest]) => globalThis.run(name, rest), [scenario, options]);
    });
  },
  canvasRun: async ({ displayed, plainSite }, use) => {
    const page = await displayed.newPage();
    await use(async (scenario, { jspi = false, ...options } = {}) => {
      if (!jspi) await page.addInitScript(noJspi);
      await visit(page, `${plainSite}program.html`);
      return page.evaluate(([name, rest]) => globalThis.run(name, rest), [scenario, options]);
    });
    await page.close();
  },
});

/** What the scenario "straight" prints. */
function expectStraight({ lines, error, report }, waiting) {
  expect(error).toBeUndefined();
  expect(report.waiting).toBe(waiting);
  expect(report.waitingReason).not.toBe("");
  const sizes = [1, 1024, 70001, 4194304, 4206649, 25000000];
  expect(lines).toEqual([
    `waiting: ${waiting}`,
    "values: 4.000000 4.162278 4.605551 5.242640 6.000000",
    "total: 290",
    ...sizes.map((n) => `read of ${n}: 0 wrong`),
    "bits: 0 wrong",
    "done",
  ]);
}

for (const [isolated, place, options, waiting, threads] of [
  [true, "worker", {}, "atomics", "worker"],
  [true, "window", {}, "jspi", "local"],
  [false, "window", {}, "jspi", "local"],
  [false, "worker", {}, "jspi", "local"],
  [true, "worker", { waiting: "jspi" }, "jspi", "local"],
  [false, "window", { waiting: "jspi", threads: "worker" }, "jspi", "worker"],
  [false, "window", { device: "webgl" }, "readpixels", "local"],
  [false, "worker", { waiting: "readpixels" }, "readpixels", "local"],
  [false, "window", { device: "webgl", waiting: "jspi" }, "jspi", "local"],
  [false, "window", { device: "cpu" }, "cpu", "local"],
]) {
  const where = `${isolated ? "an isolated" : "a plain"} ${place}`;
  test(`straight down in ${where} with ${JSON.stringify(options)}: ${waiting}`, async ({ run }) => {
    const result = await run("straight", { isolated, place, ...options });
    expectStraight(result, waiting);
    expect(result.isolated).toBe(isolated);
    expect(result.report.threads).toBe(threads);
  });
}

for (const place of ["window", "worker"]) {
  test(`straight down in a ${place} by canvas`, async ({ canvasRun }) => {
    expectStraight(await canvasRun("straight", { place, jspi: true, waiting: "canvas" }), "canvas");
  });
}

test("canvas is what a window takes that can neither sleep nor suspend", async ({ canvasRun }) => {
  const { report, lines } = await canvasRun("block");
  expect(report.waiting).toBe("canvas");
  expect(report.waitingReason).toMatch(/a window may not sleep.*cannot suspend wasm/);
  expect(lines).toEqual(["read: 3", "awaited: 1.000000 2.000000 3.000000"]);
});

test("a canvas shows nothing that a refused kernel should have written", async ({ canvasRun }) => {
  const { lines, error } = await canvasRun("break_straight");
  expect(error).toBeUndefined();
  expect(lines[0]).toBe("before: 99");
  expect(lines[1]).toMatch(/^device_error: the GPU has not executed all that it was given.*await the read/);
  const text = lines.join("\n");
  expect(text).toMatch(/^awaited kernel_error: kernel "broken_on_purpose" was refused/m);
  expect(text.match(/^kernel_error: kernel "broken_on_purpose" was refused/gm)).toHaveLength(1);
  expect(lines.at(-1)).toBe("untouched: 3");
});

test("other ways name the kernel at once", async ({ run }) => {
  const { lines } = await run("break_straight", { device: "webgpu" });
  const text = lines.join("\n");
  expect(text.match(/^kernel_error: kernel "broken_on_purpose" was refused/gm)).toHaveLength(2);
  expect(lines.at(-1)).toBe("untouched: 3");
});

for (const [isolated, place, options, sentence] of [
  [false, "window", { waiting: "atomics" }, /a window may not sleep: run the program in a Worker of a cross-origin/],
  [true, "window", { waiting: "atomics" }, /a window may not sleep/],
  [false, "worker", { waiting: "atomics" }, /this Worker may not share memory: serve the page cross-origin isolated/],
  [true, "worker", { waiting: "atomics", threads: "local" }, /runs in this thread: start with threads: "worker"/],
  [false, "window", { waiting: "canvas", threads: "worker" }, /a thread of its own: start with threads: "local"/],
  [false, "window", { waiting: "readpixels", device: "webgpu" }, /readPixels is WebGL's: start with device: "webgl"/],
  [false, "window", { waiting: "atomics", device: "webgl" }, /WebGL is driven from this thread.*use readpixels/],
]) {
  const where = `${isolated ? "an isolated" : "a plain"} ${place}`;
  test(`refused in ${where}: ${JSON.stringify(options)}`, async ({ run }) => {
    const { error, lines } = await run("block", { isolated, place, ...options });
    expect(error).toMatch(/^DeviceError: waiting: "\w+" is not possible: /);
    expect(error).toMatch(sentence);
    expect(lines).toEqual([]);
  });
}

test("what is not a way is refused by name", async ({ run }) => {
  const { error } = await run("block", { waiting: "magic" });
  expect(error).toMatch(/waiting must be "auto", "atomics", "jspi", "readpixels", "canvas" or "none", not "magic"/);
});

test("a page without any way says what to change, and awaited reads work", async ({ page, run }) => {
  await page.addInitScript(noJspi);
  const { lines, report } = await run("block", { threads: "worker" });
  expect(report.waiting).toBe("none");
  expect(lines[0]).toMatch(
    /^device_error: blocking reads are not possible here: a window may not sleep.*cannot suspend/,
  );
  expect(lines[1]).toBe("awaited: 1.000000 2.000000 3.000000");
  const { error } = await run("block", { waiting: "jspi" });
  expect(error).toMatch(/this browser cannot suspend wasm/);
});

for (const [isolated, place, waiting] of [
  [true, "worker", "atomics"],
  [false, "window", "jspi"],
]) {
  test(`exit() and exceptions after a wait (${waiting})`, async ({ run }) => {
    const ended = await run("exit", { isolated, place });
    expect(ended.report.waiting).toBe(waiting);
    expect(ended.error).toBeUndefined();
    expect(ended.exitCode).toBe(7);
    const thrown = await run("throw", { isolated, place });
    expect(thrown.lines).toEqual(["uncaught exception: on purpose, at 1.000000"]);
    const escaped = await run("escape", { isolated, place });
    expect(escaped.error).toMatch(/main ended with an exception, std::runtime_error: out of main, at 1\.0/);
  });
}

test("call() lets handlers wait; what cannot wait is told so, and harms nothing", async ({ run }) => {
  const { steps, lines, error, report } = await run("keep", {
    steps: [
      ["call", "add_and_read", 5],
      ["twice", "add_and_read", 1],
      ["raw", "add_and_read", 1],
      ["call", "add_and_read", 1],
    ],
  });
  expect(error).toBeUndefined();
  expect(report.waiting).toBe("jspi");
  expect(steps).toEqual([5, [6, -1], -1, 9]);
  expect(lines[0]).toMatch(/^device_error: blocking reads are not possible here: another call .* has not ended/);
  expect(lines[1]).toMatch(/^device_error: .*did not enter by start\(\) or by the function call\(\)/);
});

for (const [isolated, place, options, waiting] of [
  [true, "worker", {}, "atomics"],
  [false, "window", {}, "jspi"],
  [false, "window", { device: "webgl" }, "readpixels"],
]) {
  test(`a lost device says why, and is replaced (${waiting})`, async ({ run }) => {
    const { steps, lines, error, report } = await run("keep", {
      isolated,
      place,
      ...options,
      steps: [
        ["call", "add_and_read", 5],
        ["lose"],
        ["call", "add_and_read", 1],
        ["call", "start_again"],
        ["call", "add_and_read", 9],
        ["call", "start_again"],
      ],
    });
    expect(error).toBeUndefined();
    expect(report.waiting).toBe(waiting);
    expect(steps).toEqual([5, null, -1, 3, 9, 3].map((value) => value ?? undefined));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/unknown opcode 255/);
  });
}

test("a program that returns to the event loop is flushed", async ({ run }) => {
  const { steps } = await run("keep", { steps: [["pause", 20], ["stats"]] });
  expect(steps[1].dispatches).toBeGreaterThan(0);
});
