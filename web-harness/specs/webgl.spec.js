// The WebGL2 device by hand-packed commands and hand-written kernels: the cases of pages/webgl-cases.js.
import { chromium } from "@playwright/test";
import { launchOptions } from "../chromium.js";
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

test("WebGL2: the death of the GPU process rejects what waits, and what comes later", async ({ site }) => {
  const browser = await chromium.launch(launchOptions); // of its own: it is not the same afterwards
  try {
    const page = await browser.newPage();
    await page.goto(`${site}webgl.html`);
    await page.waitForSelector("body[data-ready]", { state: "attached" });
    await page.evaluate(() => globalThis.prepareToLose());
    const session = await browser.newBrowserCDPSession();
    await session.send("Browser.crashGpuProcess").catch(() => {});
    expect(await page.evaluate(() => globalThis.afterLoss())).toEqual(Array(5).fill("DeviceError 4"));
  } finally {
    await browser.close();
  }
});

// NDFUSE_MEASURE=1 prints what the calls cost; a figure is nothing to pass or fail.
if (process.env.NDFUSE_MEASURE) {
  test("what WebGL2's calls cost here", async ({ page, site }) => {
    console.log(await run(page, site, figures, "window"));
  });
}
