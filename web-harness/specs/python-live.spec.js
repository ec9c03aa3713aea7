// The page with an editor.
import { expect, test } from "./python-harness.js";

test("code is changed and run again, with its picture, its launches and its errors", async ({ page, isolatedSite }) => {
  test.setTimeout(120_000);
  await page.goto(`${isolatedSite}live.html`);
  await expect(page.locator("#state")).toHaveText(/waits by atomics$/, { timeout: 30_000 });
  await page.locator("#run").click();
  await expect(page.locator("#state")).toHaveText(/^\d+ launches, [\d.]+ ms$/, { timeout: 60_000 });
  await expect(page.locator("#printed")).toHaveText(/^7\.43\d*e\+06\s*$/);
  const colours = await page.locator("canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  expect(colours).toBeGreaterThan(20);
  await page.locator(".cm-content").fill("print(show)\n1 / 0");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator("#state")).toHaveText("failed");
  await expect(page.locator("#printed")).toHaveText(/<function show.*ZeroDivisionError/s);
  await expect(page.locator("canvas")).toHaveCount(0);
});
