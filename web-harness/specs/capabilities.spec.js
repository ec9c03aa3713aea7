// The page that measures itself, with and without isolation, under the strict policy, and where there is no WebGPU.
import { expect, test, visit } from "./harness.js";
import { capabilitiesOf } from "./results.js";

const COPY = "copy, GB/s";
const TIMES = ["operation recorded, µs", "operation done, µs", "awaited 4 KB, ms", "awaited 16 MB, ms"];

for (const isolated of [true, false]) {
  test(`in ${isolated ? "an isolated" : "a plain"} page`, async ({ page, site, plainSite }) => {
    const violations = [];
    page.on("console", (message) => /content security policy/i.test(message.text()) && violations.push(message.text()));
    await visit(page, `${isolated ? site : plainSite}csp/capabilities.html`);
    const { sections, measured, state } = await capabilitiesOf(page);
    expect(state).toMatch(/^Done in \d+\.\d s\.$/);
    expect(violations).toEqual([]);
    expect(sections.Browser).toContain(`- User agent: ${await page.evaluate(() => navigator.userAgent)}\n`);
    expect(sections.Browser).toContain(`- Cross-origin isolated: ${isolated ? "yes" : "no"}\n`);
    expect(sections["Chosen by start()"]).toMatch(/^- Device: webgpu \(an adapter was found\)$/m);
    expect(sections["Chosen by start()"]).toMatch(/^- Waiting in a window: jspi \(/m);
    expect(sections["Chosen by start()"]).toMatch(
      isolated ? /^- Waiting in a worker: atomics /m : /^- Waiting in a worker: jspi /m,
    );
    const ways = measured.map(({ device, waiting }) => `${device} ${waiting}`);
    const everywhere = ["webgpu jspi", "webgpu none", "webgl readpixels", "cpu cpu"];
    expect(ways.filter((way) => way !== "webgpu canvas")).toEqual([
      ...(isolated ? ["webgpu atomics"] : []),
      ...everywhere,
    ]);
    for (const row of measured.filter(({ waiting }) => waiting !== "canvas")) {
      for (const name of row.device === "cpu" ? TIMES.slice(0, 2) : TIMES)
        expect(Number(row[name]), name).toBeGreaterThan(0);
      const blocks = !["none", "cpu"].includes(row.waiting);
      for (const name of ["blocking 4 KB, ms", "blocking 16 MB, ms"]) {
        if (blocks) expect(Number(row[name]), name).toBeGreaterThan(0);
        else expect(row[name]).toBe("");
      }
    }
    for (const device of ["webgpu", "webgl", "cpu"]) {
      expect(measured.filter((row) => row.device === device && Number(row[COPY]) > 0)).toHaveLength(1);
    }
    if (!isolated) expect(sections["Not possible here"]).toMatch(/webgpu, atomics: .*cross-origin isolated/);
    expect(sections["Wrong results"]).toBe("None.\n\n");
    expect(sections.WebGPU).toMatch(/^- maxBufferSize: \d+$/m);
    expect(sections.WebGL2).toMatch(/^- Renderer: \S/m);
    expect(sections.WebGL2).toMatch(/^- MAX_TEXTURE_SIZE: \d+$/m);
    // The tables say the same as the text.
    expect(await page.textContent("#report")).toContain(measured[0]["operation done, µs"]);
  });
}

test("without WebGPU it says so, and measures the rest", async ({ page, plainSite }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  });
  await visit(page, `${plainSite}capabilities.html`);
  const { sections, measured, state } = await capabilitiesOf(page);
  expect(state).toMatch(/^Done/);
  expect(measured.map(({ device }) => device)).toEqual(["webgl", "cpu"]);
  expect(sections["Chosen by start()"]).toMatch(/^- Device: webgl \(/m);
  expect(sections["Not possible here"]).toMatch(/^- webgpu, jspi: there is no WebGPU device: this browser has no/m);
  expect(sections.WebGPU).toBe("There is no adapter.\n\n");
});

test("the text can be copied", async ({ page, context, plainSite }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  });
  await visit(page, `${plainSite}capabilities.html`);
  await page.click("#copy");
  await expect(page.locator("#copied")).toHaveText("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await page.textContent("#text"));
});
