// The WebGL2 device by hand-packed commands and hand-written kernels: the cases of pages/webgl-cases.js.
import { cases, figures } from "../pages/webgl-cases.js";
import { expect, test } from "./harness.js";

const run = async (page, site, name, place) => {
  await page.goto(`${site}webgl.html`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  const { error, value } = await page.evaluate(([one, where]) => globalThis.run(one, where), [name, place]);
  expect(error).toBeUndefined();
  return value;
};

for (const place of ["window", "worker"]) {
  for (const name of Object.keys(cases).filter((one) => one !== figures)) {
    test(`WebGL2 in a ${place}: ${name}`, async ({ page, site }) => {
      test.setTimeout(180_000);
      await run(page, site, name, place);
    });
  }
}

test("what WebGL2's calls cost here", async ({ page, site }) => {
  test.skip(!process.env.NDFUSE_MEASURE, "measured where NDFUSE_MEASURE is set");
  console.log(await run(page, site, figures, "window"));
});
