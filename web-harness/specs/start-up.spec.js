// A page that is visited again finds its kernels compiled, by every way of waiting.
import { expect, test, visit } from "./harness.js";

const WAYS = [
  { isolated: true, place: "worker", waiting: "atomics", threads: "worker" },
  { isolated: false, place: "window", waiting: "jspi", threads: "local" },
  { isolated: false, place: "window", waiting: "jspi", threads: "worker" },
];
const shifted = "shifted: 4.000000 4.000000 4.162278 4.605551 5.242640";

/** Visits the page, whose browser context stays: gives what it measured. */
const visitor = (page, site) => async (options) => {
  await visit(page, `${site}start-up.html?${new URLSearchParams(options)}`);
  return page.evaluate(() => globalThis.result);
};

for (const { isolated, ...way } of WAYS) {
  const where = `${way.place}, ${way.waiting}, GPU in ${way.threads === "worker" ? "a worker" : "this thread"}`;
  test(`the second visit uses what was prepared (${where})`, async ({ page, site, plainSite }) => {
    const load = visitor(page, isolated ? site : plainSite);
    const first = await load({ ...way, remember: true });
    expect(first.error).toBeUndefined();
    expect(first.report).toMatchObject({ waiting: way.waiting, threads: way.threads });
    expect(first.report.remembered).toMatchObject({ kernels: 0, prepared: 0, used: 0 });
    const kernels = first.stats.pipelines;
    expect(kernels).toBeGreaterThan(3);
    expect(first.lines).toContain(shifted);

    const second = await load({ ...way, remember: true, ahead: true });
    expect(second.error).toBeUndefined();
    expect(second.lines.toSorted()).toEqual(first.lines.toSorted()); // what is awaited at once ends in any order
    expect(second.report.remembered).toMatchObject({ state: "on", kernels, prepared: kernels, used: kernels });
    expect(second.stats.pipelines).toBe(0); // compiled when they were needed
    expect(second.times["first result"]).toBeGreaterThan(second.times["device open"]);
  });

  test(`visits that do not wait for the preparation end well (${where})`, async ({ page, site, plainSite }) => {
    const load = visitor(page, isolated ? site : plainSite);
    for (let k = 0; k < 3; k++) {
      const { error, lines, report, stats } = await load({ ...way, remember: true });
      expect(error).toBeUndefined();
      expect(lines).toContain(shifted);
      if (k > 0) expect(report.remembered.used + stats.pipelines).toBeGreaterThan(3);
    }
  });
}

test("on a software adapter nothing is remembered, unless it is asked for", async ({ page, plainSite }) => {
  const load = visitor(page, plainSite);
  await load({ remember: true });
  const { report, error } = await load({});
  expect(error).toBeUndefined();
  if (report.software) {
    expect(report.remembered).toMatchObject({ state: "off", kernels: 0, used: 0 });
    expect(report.remembered.reason).toMatch(/remember: true asks for it/);
  } else expect(report.remembered.state).not.toBe("off");
});

test("a page that may store nothing computes all the same", async ({ page, plainSite }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, "indexedDB", {
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  const load = visitor(page, plainSite);
  for (let k = 0; k < 2; k++) {
    const { report, lines, error } = await load({ remember: true, ahead: true });
    expect(error).toBeUndefined();
    expect(lines).toContain(shifted);
    expect(report.remembered).toMatchObject({ state: "unavailable", kernels: 0, used: 0 });
  }
});

test("damaged memory is ignored and written anew", async ({ page, plainSite }) => {
  const load = visitor(page, plainSite);
  const first = await load({ remember: true });
  await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("ndfuse", 1);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("kernels", "readwrite");
          const kernels = transaction.objectStore("kernels");
          kernels.getAllKeys().onsuccess = ({ target }) => {
            for (const key of target.result) kernels.put({ version: 7, kernels: "?" }, key);
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
  );
  const second = await load({ remember: true, ahead: true });
  expect(second.error).toBeUndefined();
  expect(second.report.remembered).toMatchObject({ state: "on", kernels: 0 });
  const third = await load({ remember: true, ahead: true });
  expect(third.report.remembered.used).toBe(first.stats.pipelines);
});
