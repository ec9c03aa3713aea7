import { fileURLToPath } from "node:url";
import { test as base } from "@playwright/test";
import { serve } from "../server.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Where the programs of tests/web were built. */
export const programs = process.env.NDFUSE_WEB_PROGRAMS ?? folder("../../build/wasm-release/tests/web/");

/** Tests with `site`, the address of the pages (below `csp/` the same under the strict policy), and `program`, which runs a scenario there. */
export const test = base.extend({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      const server = await serve({
        roots: { "/": folder("../pages/"), "/program/": programs, "/shim/": folder("../../shim/") },
      });
      await use(server.url);
      await server.close();
    },
    { scope: "worker" },
  ],
  program: async ({ page, site }, use) => {
    await use(async (scenario, options = {}, path = "program.html") => {
      await page.goto(site + path);
      await page.waitForSelector("body[data-ready]", { state: "attached" });
      return page.evaluate(([name, rest]) => globalThis.run(name, rest), [scenario, options]);
    });
  },
});

export { expect } from "@playwright/test";
