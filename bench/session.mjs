// What measures, in a process of Node or in a page: it opens one contender after another, and does a case when it is asked to.
import { check } from "./reference.mjs";
import { measure } from "./timing.mjs";

let contender = null;
let heater = null;
let rested = 0; // since when the GPU has nothing to do

/** A GPU that rested needs half a second to reach its clocks: it gets that, and is kept busy up to the measurement. */
async function heat() {
  const rest = performance.now() - rested;
  heater ??= await (await import("./contenders/handwritten.mjs")).open();
  await heater.heat(rest > 1500 ? 500 : rest > 300 ? 100 : 20);
}

const actions = {
  async open({ module, how }, libraries) {
    await contender?.close();
    contender = null;
    const load = () => libraries[module](how);
    contender = await (await import(`./contenders/${module}.mjs`)).open({ ...how, load });
    const { prepare, close, heat, tuned, ...about } = contender;
    return about;
  },

  async case({ task, seconds, hot, checked }) {
    const ready = await contender.prepare(task);
    try {
      if (checked) {
        await ready.work(1);
        return { worst: check(task, await ready.result()) };
      }
      return await measure(ready.work, seconds, hot ? heat : undefined);
    } finally {
      rested = performance.now();
      await ready.dispose();
    }
  },
};

/**
 * Answers a request: {result}, or {error}.
 * @param {object} request
 * @param {Record<string, (how: object) => Promise<object>>} libraries how this place loads the contenders' packages
 */
export async function answer({ action, ...request }, libraries) {
  try {
    return { result: await actions[action](request, libraries) };
  } catch (error) {
    return { error: String(error?.message ?? error).slice(0, 500) };
  }
}
