import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base } from "@playwright/test";
import { serve } from "../server.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const wheels = folder("../../build/toolchain/pyodide_wheels/");
const numpyWheel = folder("../../build/toolchain/pyodide_numpy/");
const readable = ["tests/python", "tests/conformance", "tests/golden", "examples/python", "python/cupy"];
const cupyTests = folder("../../build/toolchain/cupy_tests/");
const checkout = folder("../../");
const inside = (root, from, ending) =>
  readdirSync(root).flatMap((name) => (name.endsWith(ending) ? [`${from}${name}`] : []));

/** Addresses of the wheels that a Pyodide is given, below a site. */
export const numpy = inside(numpyWheel, "numpy/", ".whl");
export const pytest = inside(wheels, "wheels/", ".whl");

const below = (root, from, to) =>
  readdirSync(resolve(root, from), { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || !/\.(py|toml|txt|npz|json|wgsl|glsl)$/.test(entry.name)) return [];
    const path = relative(root, resolve(entry.parentPath ?? entry.path, entry.name));
    return [[`/${to}/${path}`, `${to}/${path}`]];
  });

/** The tests in Python and what they use of this checkout: path in Python's file system (below /checkout/) -> address below a site. */
export const files = () => Object.fromEntries(readable.flatMap((from) => below(checkout, from, "checkout")));

/** CuPy's own tests, which the set-up fetched: below /cupy_tests/. */
export const cupyFiles = () => Object.fromEntries(below(cupyTests, ".", "cupy_tests"));

const served = (isolation) => [
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  async ({}, use) => {
    const roots = {
      "/": folder("../pages/"),
      "/dist/": process.env.NDFUSE_PYTHON_DIST ?? folder("../../build/python/dist/"),
      "/live/": folder("../../build/python/live/"),
      "/pyodide/": folder("../../node_modules/pyodide/"),
      "/wheels/": wheels,
      "/numpy/": numpyWheel,
      "/cupy_tests/": cupyTests,
      ...Object.fromEntries(readable.map((path) => [`/checkout/${path}/`, resolve(checkout, path)])),
    };
    const server = await serve({ roots, isolation });
    await use(server.url);
    await server.close();
  },
  { scope: "worker" },
];

/**
 * Tests with `python`, which boots Pyodide in a page of ours and runs the steps of python-run.js. `isolated`: whether the page
 * is cross-origin isolated; `place`: "window" or "worker"; `path`: of the page, below the site.
 */
export const test = base.extend({
  isolatedSite: served(true),
  plainSite: served(false),
  python: async ({ page, isolatedSite, plainSite }, use) => {
    await use(async ({ isolated = false, path = "python.html", packages = [], ...request }) => {
      const site = isolated ? isolatedSite : plainSite;
      await page.goto(site + path);
      await page.waitForSelector("body[data-ready]", { state: "attached" });
      const addresses = packages.map((one) => new URL(one, site + path).href);
      return page.evaluate((given) => globalThis.run(given), { ...request, packages: addresses });
    });
  },
});

export { expect } from "@playwright/test";
