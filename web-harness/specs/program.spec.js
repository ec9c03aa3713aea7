import { expect, test } from "./harness.js";

const computed = ["x: 0.000000 1.000000 2.000000 3.000000 4.000000"];
const shifted = "shifted: 4.000000 4.000000 4.162278 4.605551 5.242640";
const doubled = "doubled: 8.000000 8.000000 8.324555 9.211102 10.485281";

for (const place of ["window", "worker"]) {
  for (const device of ["webgpu", "cpu"]) {
    test(`co_await reads in a ${place} on ${device}`, async ({ program }) => {
      const { lines, report, error } = await program("compute", { place, device });
      expect(error).toBeUndefined();
      expect(report.device).toBe(device);
      expect(lines[0]).toBe(`device: ${device}`);
      expect(lines[1]).toMatch(device === "webgpu" ? /^adapter: \S/ : /^adapter: CPU \(WebAssembly SIMD\)$/);
      expect(lines).toEqual(expect.arrayContaining([...computed, shifted, doubled, "warm", "small: 1 2"]));
      expect(lines.at(-1)).toBe("done");
    });
  }
}

test("the adapter is reported, and a software adapter says so", async ({ page, program }) => {
  const { report, lines } = await program("compute", { device: "webgpu" });
  const info = await page.evaluate(async () => {
    const { info: given } = await navigator.gpu.requestAdapter();
    return { vendor: given.vendor, architecture: given.architecture };
  });
  expect(`${info.vendor}${info.architecture}`).not.toBe("");
  expect(report.adapter).toContain(info.architecture || info.vendor);
  expect(lines[1]).toBe(`adapter: ${report.adapter}`);
  expect(report.software).toBe(/swiftshader|llvmpipe/i.test(report.adapter));
  expect(/software adapter/.test(report.adapter)).toBe(report.software);
});

test("the GPU can be driven from a thread of its own", async ({ program }) => {
  const { lines, report, error, isolated } = await program("compute", { device: "webgpu", threads: "worker" });
  expect(error).toBeUndefined();
  expect(isolated).toBe(true);
  expect(report.threads).toBe("worker");
  expect(lines).toContain(shifted);
});

test("a blocking read says what to use instead where nothing can block", async ({ program }) => {
  const { lines } = await program("block", { device: "webgpu", waiting: "none" });
  expect(lines[0]).toMatch(/^device_error: blocking reads are not possible here.*await the read/);
  expect(lines[1]).toBe("awaited: 1.000000 2.000000 3.000000");
});

test("reads reject when the device is lost", async ({ program }) => {
  const { lines, error } = await program("lose", { device: "webgpu", lose: true });
  expect(error).toBeUndefined();
  expect(lines).toContain("before: 0.000000 1.000000");
  for (const name of ["first", "second", "later"])
    expect(lines.join("\n")).toMatch(new RegExp(`^${name} device_lost: `, "m"));
});

test("arrays that the device has no room for are refused, and work goes on", async ({ program }) => {
  const { lines, error } = await program("exhaust", { device: "webgpu" });
  expect(error).toBeUndefined();
  expect(lines[0]).toMatch(
    /^out_of_memory: an array of 1073741824 elements of float32 takes 4294967296 bytes, but this device allows \d+ bytes in one array$/,
  );
  expect(lines.at(-1)).toBe("after: 0.000000 1.000000 2.000000");
});

test("on the cpu device memory ends with an exception, and work goes on", async ({ program }) => {
  const { lines, error } = await program("exhaust", { device: "cpu" });
  expect(error).toBeUndefined();
  expect(lines[0]).toMatch(
    /^out_of_memory: cannot allocate 1073741824 elements of float32 \(4 bytes each\) on the cpu device$/,
  );
  expect(lines[1]).toMatch(
    /^out_of_memory: cannot allocate 268435456 elements of float32 \(4 bytes each\) on the cpu device$/,
  );
  expect(lines.at(-1)).toBe("after: 0.000000 1.000000 2.000000");
});

test("a kernel that does not compile reaches the reader by name and with numbered lines", async ({ program }) => {
  const { lines, error } = await program("break_kernel", { device: "webgpu" });
  expect(error).toBeUndefined();
  const text = lines.join("\n");
  expect(text).toMatch(/^written kernel_error: .*broken_on_purpose/m);
  expect(text).toMatch(/no_such_function/);
  expect(text).toMatch(/^\s*6\s*\|?\s+x\[id\.x\] = no_such_function\(1\.0\);$/m);
  expect(text).toMatch(/^made of it kernel_error: .*broken_on_purpose/m);
  expect(text).toMatch(/^untouched: 0\.000000 1\.000000 2\.000000$/m);
  expect(lines.at(-1)).toBe("new: 0.000000 1.000000");
});

for (const device of ["webgpu", "cpu"]) {
  test(`10 000 iterations on ${device} leave memory level`, async ({ program }) => {
    test.setTimeout(180_000);
    const { lines, error } = await program("iterate", { device });
    expect(error).toBeUndefined();
    const rows = lines.filter((line) => line.startsWith("memory: "));
    expect(rows).toHaveLength(10);
    const fields = (row) =>
      Object.fromEntries([...row.matchAll(/([a-z]+) (\d+)/g)].map(([, name, value]) => [name, Number(value)]));
    const [first, last] = [fields(rows[0]), fields(rows.at(-1))];
    expect(last).toEqual({ ...first });
    expect(first.live).toBeGreaterThan(0);
    expect(first.heap).toBeLessThan(64 << 20);
    expect(lines.at(-1)).toMatch(/^last: \d/);
  });
}

for (const place of ["window", "worker"]) {
  test(`the strict content security policy allows a ${place}`, async ({ page, program }) => {
    const violations = [];
    page.on("console", (message) => /content security policy/i.test(message.text()) && violations.push(message.text()));
    const { lines, error, evalRefused } = await program("compute", { place, device: "webgpu" }, "csp/program.html");
    expect(error).toBeUndefined();
    expect(evalRefused).toBe(true); // the policy is in force
    expect(lines).toContain(shifted);
    expect(violations.filter((text) => !/unsafe-eval/.test(text))).toEqual([]); // the refused eval is our own
  });
}

test("a device that was asked for and is not there is an error, not a fallback", async ({ page, program }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  });
  const refused = await program("compute", { device: "webgpu" });
  expect(refused.error).toMatch(/there is no WebGPU device: this browser has no navigator.gpu/);
  await page.addInitScript(() => {
    OffscreenCanvas.prototype.getContext = () => null; // nor WebGL
  });
  const required = await program("compute", { requireGpu: true });
  expect(required.error).toMatch(/there is no WebGPU and no WebGL device: .*navigator.gpu.*; .*WebGL2/);
  const fallen = await program("compute", {});
  expect(fallen.report.device).toBe("cpu");
  expect(fallen.report.reason).toMatch(/navigator.gpu/);
  expect(fallen.lines[0]).toBe("device: cpu");
});
