// The same pages in the system's Firefox, where it is installed (FIREFOX may name it). WebGPU uses the Vulkan driver that
// VK_DRIVER_FILES names; WebGL2 needs a display and Mesa's driver: without a display Xvfb is used, where that is installed.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";
import { test as base, expect, visit } from "./harness.js";
import { capabilitiesOf, casesOf, said } from "./results.js";

function installed(...names) {
  for (const name of names) {
    for (const folder of process.env.PATH.split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {}
    }
  }
  return null;
}

const firefox = process.env.FIREFOX ?? installed("firefox-esr", "firefox");
const xvfb = process.env.DISPLAY ? null : installed("Xvfb");
const display = process.env.DISPLAY ?? xvfb;

/** A display of our own: the number that the server chose, and the server. */
async function openDisplay() {
  const server = spawn(xvfb, ["-displayfd", "3", "-screen", "0", "640x480x24"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await new Promise((resolve, reject) => {
    server.stdio[3].once("data", (text) => resolve(String(text).trim()));
    server.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)));
    server.once("error", reject);
  });
  return { name: `:${number}`, server };
}

const test = base.extend({
  firefox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      const own = xvfb ? await openDisplay() : null;
      const browser = await puppeteer.launch({
        browser: "firefox",
        executablePath: firefox,
        headless: !display,
        protocolTimeout: 300_000,
        env: { ...process.env, ...(own && { DISPLAY: own.name }) },
        extraPrefsFirefox: {
          "dom.webgpu.enabled": true,
          "dom.webgpu.workers.enabled": true,
          "gfx.webgpu.ignore-blocklist": true,
          "webgl.force-enabled": true,
        },
      });
      await use(browser);
      await browser.close();
      own?.server.kill();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  /** Opens a page at an isolated or a plain site. */
  open: async ({ firefox: browser, site, plainSite }, use) => {
    const page = await browser.newPage();
    await use(async (path, plain = false) => {
      await visit(page, (plain ? plainSite : site) + path);
      return page;
    });
    await page.close();
  },
});

const ways = [
  { device: "webgpu", waiting: "jspi", place: "window", plain: true },
  { device: "webgpu", waiting: "atomics", place: "worker" },
  { device: "webgl", waiting: "readpixels", place: "window" },
];
const drawn = ({ device }) => device === "webgl";

test.describe("Firefox", () => {
  test.skip(!firefox, "Firefox is not installed: apt-get install firefox-esr, or name it in FIREFOX");
  test.setTimeout(120_000);
  // About one start of a worker in a hundred never comes to its first line in Firefox ESR 153, before any wait of ours.
  test.describe.configure({ retries: 1 });

  for (const { plain, ...way } of ways) {
    test.describe(`${way.device}, ${way.waiting}, in a ${way.place}`, () => {
      test.skip(drawn(way) && !display, "Firefox has no WebGL2 without a display: apt-get install xvfb");

      /** Runs a scenario; what does not end is told apart from what Firefox does not answer. */
      const run = async (open, path, scenario) => {
        const page = await open(path, plain);
        const start = (name, options, ms) => {
          const late = (end) => setTimeout(end, ms, { error: `no end after ${ms} ms`, lines: globalThis.lines ?? [] });
          return Promise.race([globalThis.run(name, options), new Promise(late)]);
        };
        return page.evaluate(start, scenario, { ...way, timeoutMs: 20_000 }, 100_000);
      };

      test("a program written straight down", async ({ open }) => {
        const { lines, report, error } = await run(open, "program.html", "straight");
        expect(error, lines.join("\n")).toBeUndefined();
        expect(report).toMatchObject({ device: way.device, waiting: way.waiting });
        expect(lines).toContain("values: 4.000000 4.162278 4.605551 5.242640 6.000000");
        expect(lines.filter((line) => /^read of \d+: 0 wrong$/.test(line))).toHaveLength(6);
        expect(lines.at(-1)).toBe("done");
      });

      test("awaited reads", async ({ open }) => {
        const { lines, error } = await run(open, "program.html", "compute");
        expect(error, lines.join("\n")).toBeUndefined();
        expect(lines).toContain("shifted: 4.000000 4.000000 4.162278 4.605551 5.242640");
        expect(lines.at(-1)).toBe("done");
      });

      test("some of the unit tests", async ({ open }) => {
        const { exitCode, lines, error } = await run(open, "unit.html", ["[device][array]", "--colour-mode", "none"]);
        expect(error, lines.join("\n")).toBeUndefined();
        expect(exitCode, lines.join("\n")).toBe(0);
        expect(casesOf(lines)).toBeGreaterThanOrEqual(10);
      });

      test("a lost device, and a new one", async ({ open }) => {
        const { lines, error } = await run(open, "faults.html", "lose");
        expect(error, lines.join("\n")).toBeUndefined();
        const { lost, old, ...values } = said(lines);
        expect(lost).toMatch(/^device_lost: the GPU device was lost \((destroyed|context lost)\)/);
        expect(old).toMatch(/^device_lost: this array was on a/);
        expect(values).toMatchObject({ before: "0 1 2 3", new: "1 2 3 4" });
      });

      test("a bad kernel", async ({ open }) => {
        const { lines, error } = await run(open, "faults.html", "break_kernel");
        expect(error, lines.join("\n")).toBeUndefined();
        const { written, untouched } = said(lines);
        expect(written).toMatch(/^kernel_error: .*"broken_on_purpose"/);
        expect(written).toMatch(/no_such_function/);
        expect(untouched).toBe("0 1 2");
      });
    });
  }

  for (const plain of [false, true]) {
    test(`the page that measures itself, ${plain ? "plain" : "isolated"}`, async ({ open }) => {
      const { sections, measured, state } = await capabilitiesOf(await open("csp/capabilities.html", plain));
      expect(state).toMatch(/^Done in /);
      const found = measured.map(({ device, waiting }) => `${device} ${waiting}`);
      const least = ["webgpu jspi", "webgpu none", "cpu cpu", ...(display ? ["webgl readpixels"] : [])];
      expect(found).toEqual(expect.arrayContaining(plain ? least : [...least, "webgpu atomics"]));
      expect(sections["Wrong results"]).toBe("None.\n\n");
      expect(sections.Browser).toContain(`- Cross-origin isolated: ${plain ? "no" : "yes"}\n`);
    });
  }
});
