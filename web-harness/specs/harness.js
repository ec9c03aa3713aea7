import { fileURLToPath } from "node:url";
import { test as base, chromium } from "@playwright/test";
import { launchOptions } from "../chromium.js";
import { serve } from "../server.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Where the programs of tests/web were built. */
export const programs = process.env.NDFUSE_WEB_PROGRAMS ?? folder("../../build/wasm-release/tests/web/");

// WebGPU's canvases need a display by Vulkan; without it the software adapter loses the device that draws into one.
const vulkan = ["--enable-features=Vulkan", "--use-angle=vulkan", "--use-vulkan=swiftshader", "--ignore-gpu-blocklist"];

const served = (isolation) => [
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  async ({}, use) => {
    const server = await serve({
      roots: { "/": folder("../pages/"), "/program/": programs, "/shim/": folder("../../shim/") },
      isolation,
    });
    await use(server.url);
    await server.close();
  },
  { scope: "worker" },
];

/** Opens a page of ours and waits for its modules. */
export async function visit(page, address) {
  await page.goto(address);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
}

/**
 * Tests with `site`, the address of the pages (below `csp/` the same under the strict policy), `plainSite`, the same
 * without cross-origin isolation, and `program`, which runs a scenario of page_program at `site`.
 */
export const test = base.extend({
  site: served(true),
  plainSite: served(false),
  /** Pages of a browser in which a canvas can show what WebGPU draws. */
  displayed: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      const flags = process.env.CHROME_FLAGS ? [] : vulkan;
      const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, ...flags] });
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  program: async ({ page, site }, use) => {
    await use(async (scenario, options = {}, path = "program.html") => {
      await visit(page, site + path);
      return page.evaluate(([name, rest]) => globalThis.run(name, rest), [scenario, options]);
    });
  },
});

export { expect } from "@playwright/test";
