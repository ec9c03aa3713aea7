// What was chosen by timing is stored in IndexedDB, and known when the page is visited again.
import { expect, test, visit } from "./harness.js";

const KEY = "00000000000000ab";

for (const threads of ["local", "worker"])
  test(`the second visit knows what was chosen (GPU ${threads})`, async ({ page, plainSite }) => {
    const load = async () => {
      await visit(page, `${plainSite}csp/tuner.html`);
      return page.evaluate(([threads, key]) => globalThis.tune(threads, key), [threads, KEY]);
    };
    const first = await load();
    expect(first.tuned).toMatchObject({ state: "on", pending: 0, dropped: [] });
    expect(first.known).toBe(-1);
    expect(first.tuned.choices).toMatchObject([{ key: KEY, work: "rounds" }]);
    const second = await load();
    expect(second.known).toBe(first.tuned.choices[0].choice);
    expect(second.tuned.choices).toEqual(first.tuned.choices);
  });
