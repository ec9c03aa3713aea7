import { expect, test } from "./harness.js";

const webgl = { device: "webgl", waiting: "readpixels" };

test.beforeEach(async ({ page, site }) => {
  await page.goto(`${site}numerics.html`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
});

test("the elementary functions keep their bounds on WebGL2", async ({ page }) => {
  test.setTimeout(300_000);
  const { exitCode, lines, report } = await page.evaluate((options) => globalThis.run([], options), webgl);
  console.log([report.adapter, ...lines].join("\n")); // for docs/numerics.md
  expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^5\d functions, 0 failures$/));
  expect(exitCode).toBe(0);
});

test("an error beyond its bound is found on WebGL2", async ({ page }) => {
  const { exitCode, lines } = await page.evaluate(
    (options) => globalThis.run(["--only", "exp", "--limit", "0.6"], options),
    webgl,
  );
  expect(lines).toContainEqual(expect.stringMatching(/^FAILED exp: [1-9]/));
  expect(exitCode).toBe(1);
});
