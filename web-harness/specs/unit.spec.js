// tests/unit in pages: the cases tagged [device], on every GPU device and by every way of waiting. All of them on WebGL2;
// on WebGPU, where Node runs all of them already, those that differ most in how they wait.
import { expect, test, visit } from "./harness.js";
import { casesOf } from "./results.js";

const SOME = ["[device][array]"];
const MORE = ["[device][array],[device][expr],[device][reduce],[device][indexing]"];
const ways = [
  { device: "webgl", waiting: "readpixels", place: "window", filter: ["[device]"], least: 50 },
  { device: "webgl", waiting: "readpixels", place: "worker", filter: SOME, least: 10 },
  { device: "webgpu", waiting: "jspi", place: "window", filter: MORE, least: 40 },
  { device: "webgpu", waiting: "jspi", place: "worker", plain: true, filter: SOME, least: 10 },
  { device: "webgpu", waiting: "atomics", place: "worker", filter: SOME, least: 10 },
];

for (const { filter, least, plain = false, ...options } of ways) {
  const where = `${plain ? "a plain" : "an isolated"} ${options.place}`;
  test(`unit tests by ${options.device} and ${options.waiting} in ${where}`, async ({ page, site, plainSite }) => {
    test.setTimeout(900_000);
    await visit(page, `${plain ? plainSite : site}unit.html`);
    const { exitCode, lines, report, error } = await page.evaluate(
      ([args, rest]) => globalThis.run(args, rest),
      [[...filter, "--colour-mode", "none"], options],
    );
    expect(error, lines.join("\n")).toBeUndefined();
    expect(exitCode, lines.join("\n")).toBe(0);
    expect(report).toMatchObject({ device: options.device, waiting: options.waiting });
    expect(casesOf(lines)).toBeGreaterThanOrEqual(least);
  });
}
