import { expect, test } from "./harness.js";

// Changes that must make a text fail: so the test can fail.
const breaking = {
  wgsl: [
    ["fn body(", "fn body(,"],
    ["vec4<f32>", "vec4<i32>"],
  ],
  glsl: [
    ["body(", "body(,"],
    ["floatBitsToUint(vec4(", "floatBitsToUint(ivec4("],
  ],
};

for (const dialect of ["wgsl", "glsl"]) {
  test(`every ${dialect} text is accepted by the browser`, async ({ page, site }) => {
    test.setTimeout(300_000);
    await page.goto(`${site}texts.html`);
    await page.waitForSelector("body[data-ready]", { state: "attached" });
    const result = await page.evaluate(
      ([name, broken]) => globalThis.compileAll(name, broken),
      [dialect, breaking[dialect]],
    );
    expect(result.refused.map(({ name, message, text }) => `${name}\n${message}\n${text}`).slice(0, 5)).toEqual([]);
    expect(result.count).toBeGreaterThan(400);
    expect(new Set(result.names).size).toBe(result.count);
    expect(result.brokenRefused).toBe(2);
  });
}
