// Whatever goes wrong ends in an error within bounded time, and work can go on: tests/web/fault_program.cpp, in Chromium, on both
// GPU devices and by every way of waiting.
import puppeteer from "puppeteer-core";
import { launchOptions } from "../chromium.js";
import { test as base, expect, visit } from "./harness.js";
import { said } from "./results.js";

const asleep = { device: "webgpu", waiting: "atomics", place: "worker" };
const suspended = { device: "webgpu", waiting: "jspi", place: "window" };
const awaited = { device: "webgpu", waiting: "none", place: "window", plain: true };
const drawn = { device: "webgl", waiting: "readpixels", place: "window" };
/** Where a program can wait in the middle of its code; `plain` pages are not isolated. */
const ways = [
  asleep,
  { ...suspended, plain: true },
  { ...suspended, place: "worker", plain: true },
  { ...drawn, plain: true },
  { ...drawn, place: "worker" },
];
const named = ({ device, waiting, place, plain }) =>
  `${device}, ${waiting}, in ${plain ? "a plain" : "an isolated"} ${place}`;

const DESTROYED = /^device_lost: the GPU device was lost \(destroyed\): /;
const LOST = { webgpu: DESTROYED, webgl: /^device_lost: the GPU device was lost \(context lost\): / };
const GONE = /^device_lost: this array was on a web(gpu|gl) device that was lost: the GPU device was lost \(/;

const CAPTURED =
  /^device_lost: what nf::capture recorded was for a web(gpu|gl) device that was lost: the GPU device was lost \(/;

/** Tests with `play`: starts a scenario; `act` happens while it waits. Gives what it said by name. */
const test = base.extend({
  play: async ({ page, site, plainSite }, use) => {
    await use((scenario, { plain, ...options }, act) => run(page, plain ? plainSite : site, scenario, options, act));
  },
});

async function run(page, address, scenario, options, act) {
  await visit(page, `${address}faults.html`);
  const end = page.evaluate(([name, rest]) => globalThis.run(name, rest), [scenario, options]);
  if (act) {
    await page.waitForFunction(() => globalThis.lines.includes("waiting"));
    await new Promise((resolve) => setTimeout(resolve, 200)); // by then it does wait
    await page.evaluate((name) => globalThis.fault(name), act);
  }
  const { lines, report, error } = await end;
  expect(error, lines.join("\n")).toBeUndefined();
  expect(report).toMatchObject({ device: options.device, waiting: options.waiting });
  expect(lines.at(-1)).toBe("done");
  return said(lines);
}

for (const way of ways) {
  test.describe(named(way), () => {
    test("a device that is lost between reads: old arrays say why, new ones work", async ({ play }) => {
      const lines = await play("lose", way);
      expect(lines.before).toBe("0 1 2 3");
      expect(lines.lost).toMatch(LOST[way.device]);
      expect(lines.new).toBe("1 2 3 4");
      expect(lines.old).toMatch(GONE);
      expect(lines["old in an expression"]).toMatch(GONE);
      expect(lines).toMatchObject({ captured: "1 2 3 4", "captured anew": "1 2 3" });
      for (const name of ["captured and lost", "captured before"]) expect(lines[name]).toMatch(CAPTURED);
    });

    test("reset() gives a new device, and does nothing to one that is not lost", async ({ play }) => {
      const lines = await play("reset", way);
      expect(lines).toMatchObject({ before: "0 1 2 3", reset: "done", new: "1 2 3 4" });
      expect(lines.lost).toMatch(LOST[way.device]);
      expect(lines.old).toMatch(GONE);
    });

    test("co_await reset() too", async ({ play }) => {
      const lines = await play("reset_later", way);
      expect(lines).toMatchObject({ before: "0 1 2 3", reset: "done", new: "1 2 3 4" });
      expect(lines.lost).toMatch(LOST[way.device]);
      expect(lines.old).toMatch(GONE);
    });

    test("the fourth loss within a minute is final", async ({ play }) => {
      const lines = await play("lose_often", way);
      for (const round of [0, 1, 2, 3]) expect(lines[`round ${round}`]).toBe("0 1 2, device_lost");
      expect(lines["round 4"]).toMatch(/^device_lost: the web(gpu|gl) device was lost again, after 3 new ones within/);
    });

    test("an array that is too large is refused, and work goes on", async ({ play }) => {
      const lines = await play("exhaust", way);
      expect(lines["too large"]).toMatch(
        /^out_of_memory: an array of 17179869184 elements of float32 takes 68719476736 bytes, but this device allows \d+ bytes/,
      );
      expect(lines.after).toBe("0 1 2 3");
    });

    test("a bad kernel is named to whoever reads what it should have written", async ({ play }) => {
      const lines = await play("break_kernel", way);
      for (const name of ["written", "made of it", "picked by it"]) {
        expect(lines[name]).toMatch(/^kernel_error: .*"broken_on_purpose"/);
        expect(lines[name]).toMatch(/^\s+\d \| +x(\[id\.x\])? = no_such_function\(1\.0\);$/m);
      }
      expect(lines).toMatchObject({ untouched: "0 1 2", "picked anew": "1 1", new: "0 1" });
    });

    test("memory grows between recording and submitting, and while a read is on its way", async ({ play }) => {
      const lines = await play("grow", way);
      expect(lines).toEqual({ "grown while recorded": "1", "grown while read": "1", wrong: "0" });
    });

    if (way.device === "webgl") return; // readPixels ends by itself, and nothing else happens in its thread meanwhile

    test("a device that is lost while it is waited for wakes the waiter", async ({ play }) => {
      const lines = await play("lose_waiting", way, "lose");
      expect(lines.lost).toMatch(DESTROYED);
      expect(lines.new).toBe("1 2 3 4");
    });

    test("a wait in vain ends at its timeout", async ({ play }) => {
      const lines = await play("wait_in_vain", { ...way, timeoutMs: 1500 });
      expect(lines.read).toMatch(/^timeout_error: read of 16 bytes took longer than 1500 ms/);
      expect(lines.synchronize).toMatch(/^timeout_error: synchronize took longer than 1500 ms/);
      expect(Number(lines.ms)).toBeLessThan(10_000);
      expect(lines.after).toBe("0 1 2 3");
    });

    test("a rejected mapAsync is an error of that read alone", async ({ play }) => {
      const lines = await play("reject_map", way);
      expect(lines.rejected).toMatch(/^(kernel|device)_error: the buffer could not be mapped: on purpose$/);
      expect(lines.after).toBe("0 1 2 3");
    });
  });
}

for (const threads of ["local", "worker"]) {
  test(`where nothing can block, co_await reset() gives a new device (threads ${threads})`, async ({ play }) => {
    const lines = await play("reset_later", { ...awaited, threads });
    expect(lines).toMatchObject({ before: "0 1 2 3", reset: "done" });
    expect(lines.lost).toMatch(DESTROYED);
    expect(lines.new).toBe("1 2 3 4");
    expect(lines.old).toMatch(GONE);
  });
}

for (const what of ["end_worker", "spin_worker"]) {
  test(`a GPU worker that stands still (${what}) is found by its heartbeat, and can be replaced`, async ({ play }) => {
    const lines = await play(what, asleep);
    expect(lines.lost).toMatch(/^device_lost: the GPU worker does not answer/);
    expect(Number(lines.ms)).toBeLessThan(15_000);
    expect(lines["without reset"]).toMatch(/^device_lost: .*co_await nf::reset\(\)/);
    expect(lines.new).toBe("1 2 3 4");
  });
}

test("reads of a GPU worker that has ended without a word end at their timeout", async ({ play }) => {
  const options = { ...awaited, threads: "worker", timeoutMs: 1500 };
  const lines = await play("end_worker_later", options);
  expect(lines.read).toMatch(/^timeout_error: read of 16 bytes took longer than 1500 ms; the GPU worker/);
});

/** Begins a scenario that waits until something happens. */
async function wait(page, address, options) {
  await visit(page, `${address}faults.html`);
  page.evaluate((rest) => globalThis.run("lose_waiting", rest), options).catch(() => {}); // the page goes away first
  await page.waitForFunction(() => globalThis.lines.includes("waiting"));
  await new Promise((resolve) => setTimeout(resolve, 200));
}

test("a page that goes away ends its device, and the next one works", async ({ page, plainSite, play }) => {
  await wait(page, plainSite, suspended);
  expect(await page.evaluate(() => sessionStorage.getItem("destroyed"))).toBeNull();
  const lines = await play("reset", { ...suspended, plain: true });
  expect(lines.before).toBe("0 1 2 3");
  expect(await page.evaluate(() => sessionStorage.getItem("destroyed"))).toBe("yes");
});

test("a page that goes away takes its sleeping worker and the GPU worker along", async ({ page, site, play }) => {
  await wait(page, site, asleep);
  const held = () => page.evaluate(async () => (await navigator.locks.query()).held.map(({ name }) => name).sort());
  expect(await held()).toEqual(["GPU worker", "program"]);
  await visit(page, `${site}faults.html`);
  await expect.poll(held, { timeout: 10_000 }).toEqual([]);
  expect((await play("reset", asleep)).before).toBe("0 1 2 3");
});

test.describe("in a tab that is hidden, waits still end", () => {
  let browser;
  // Playwright keeps its pages visible, so here Chromium is driven by puppeteer, with the throttling that users have.
  test.beforeAll(async () => {
    browser = await puppeteer.launch({
      ...launchOptions,
      ignoreDefaultArgs: [
        "--disable-renderer-backgrounding",
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
      ],
    });
  });
  test.afterAll(() => browser?.close());

  for (const [scenario, way] of [
    ["work", asleep],
    ["work", suspended],
    ["work", drawn],
    ["work_later", awaited],
    ["work_later", { ...awaited, threads: "worker" }],
    ["work_later", drawn],
  ]) {
    const name = `${scenario === "work" ? "blocking" : "awaited"}: ${named(way)}, threads ${way.threads ?? "auto"}`;
    test(name, async ({ site }) => {
      const page = await browser.newPage();
      const front = await browser.newPage();
      try {
        await page.bringToFront();
        await visit(page, `${site}faults.html`);
        await front.bringToFront();
        await page.waitForFunction(() => document.hidden, { polling: 50 }); // it draws no frames any more
        const { lines, error } = await page.evaluate(([one, rest]) => globalThis.run(one, rest), [scenario, way]);
        expect(error, lines.join("\n")).toBeUndefined();
        const { right, "longest wait": longest } = said(lines);
        expect(right).toBe("1");
        expect(Number.parseInt(longest, 10)).toBeLessThan(5000);
      } finally {
        await page.close();
        await front.close();
      }
    });
  }
});
