// Candidates are timed while the program leaves the GPU idle, and the fastest counts from the next start on: on devices in
// this thread and in a worker, with a file as memory. Which one wins is not asserted where it depends on this machine.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { CANDIDATE } from "../src/commands.js";
import { findGpu } from "../src/gpu.js";
import { VERSION } from "../src/remembered.js";
import { start } from "../src/start.js";
import { tunedBy } from "../src/tuner.js";
import { BROKEN, closeAll, floats, INCREMENT, openLocal, openRemote, SLOW, Stream } from "../testing.js";

const base = mkdtempSync(join(tmpdir(), "ndfuse-tuner-"));
const before = process.env.XDG_CACHE_HOME;
let folder;
beforeEach(() => {
  process.env.XDG_CACHE_HOME = mkdtempSync(join(base, "cache-"));
  folder = join(process.env.XDG_CACHE_HOME, "ndfuse");
});
after(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(base, { recursive: true });
});

const KEY = "00000000000000ab";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** The one file that was written. */
function file() {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")); // not what is just being written
  assert.equal(names.length, 1, `${names}`);
  return join(folder, names[0]);
}
const stored = () => JSON.parse(readFileSync(file(), "utf8"));

/** Kernels 1 and 2 do the same work, as much as they are told; 3 is refused; 4 is the program's. */
function declare(device) {
  device.pipeline(1, "slow", SLOW, 1, 1, false);
  device.pipeline(2, "quick", SLOW, 1, 1, false);
  device.pipeline(3, "broken", BROKEN, 1, 1, false);
  device.pipeline(4, "increment", INCREMENT, 1, 1, false);
}
const ROUNDS = { slow: 500, quick: 10 };
/** A trial's commands: candidates are [choice, kernel, rounds]. */
function commands(...candidates) {
  const stream = new Stream();
  let created = false;
  for (const [choice, kernel, rounds] of candidates) {
    stream.raw(CANDIDATE | (2 << 8), choice);
    if (!created) stream.create(7, 1024);
    created = true;
    stream.dispatch(kernel, 4, [7], [rounds]);
  }
  return [Uint32Array.from(stream.words), stream.params];
}
const usual = () => commands([5, 1, ROUNDS.slow], [6, 2, ROUNDS.quick]);
const TEXT = "work\nthe rule\nanother way";

/** Which candidate has to be chosen by these times: they depend on this machine and on what else it does. */
function won(candidates) {
  const best = candidates.reduce((a, b) => (b.ms < a.ms ? b : a));
  return best.ms < 0.95 * candidates[0].ms ? best.choice : candidates[0].choice;
}

const tuned = async (device) => (await device.stats()).tuned;
/** Waits until no trial is pending. */
async function ended(device) {
  const end = performance.now() + 30_000;
  for (;;) {
    const now = await tuned(device);
    if (now.pending === 0) return now;
    assert.ok(performance.now() < end, JSON.stringify(now));
    await pause(20);
  }
}

async function visit(open, f, options = {}) {
  const device = await open({ tune: true, ...options });
  try {
    return await f(device);
  } finally {
    device.destroy();
  }
}

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`a device in ${where} that tunes`, () => {
    afterEach(closeAll);

    test("a trial ends with a choice, which the next visit knows", async () => {
      let expected;
      await visit(open, async (device) => {
        declare(device);
        assert.equal(tunedBy(device.choices, KEY), -1);
        device.trial(KEY, TEXT, ...usual());
        const { state, choices, dropped } = await ended(device);
        assert.deepEqual([state, dropped], ["on", []]);
        const [{ key, work, choice, candidates }] = choices;
        expected = won(candidates);
        assert.deepEqual([key, work, choice], [KEY, "work", expected]);
        assert.deepEqual(
          candidates.map(({ choice, plan }) => [choice, plan]),
          [
            [5, "the rule"],
            [6, "another way"],
          ],
        );
        assert.ok(candidates.every(({ ms }) => ms > 0));
        assert.equal(tunedBy(device.choices, KEY), -1, "it counts from the next start on");
        assert.deepEqual(device.tuned.choices, choices);
      });
      const written = readFileSync(file(), "utf8");
      await visit(open, async (device) => {
        assert.equal(tunedBy(device.choices, KEY), expected);
        assert.equal(tunedBy(device.choices, "00000000000000ac"), -1);
        assert.equal(device.tuned.choices[0].choice, expected);
        declare(device);
        device.trial(KEY, TEXT, ...usual());
        assert.equal((await ended(device)).choices.length, 1);
      });
      assert.equal(readFileSync(file(), "utf8"), written, "nothing is timed twice");
      await visit(
        open,
        async (device) => {
          assert.equal(tunedBy(device.choices, KEY), -2, "no trial is welcome");
          device.trial(KEY, TEXT, ...usual());
          assert.deepEqual([device.tuned.state, device.tuned.pending], ["off", 0]);
        },
        { tune: false },
      );
      await visit(
        open,
        async (device) => assert.equal(tunedBy(device.choices, KEY), device.tuned.state === "on" ? expected : -2),
        {
          tune: "auto",
        },
      );
    });

    test("the first candidate stays unless another is faster by a margin", async () => {
      await visit(open, async (device) => {
        declare(device);
        device.trial(KEY, TEXT, ...commands([5, 2, ROUNDS.quick], [6, 1, ROUNDS.slow]));
        await ended(device);
      });
      const [{ choice, candidates }] = stored().choices;
      assert.equal(choice, won(candidates));
    });

    test("the program's buffers and errors are not touched", async () => {
      await visit(open, async (device) => {
        declare(device);
        new Stream()
          .create(7, 1024)
          .write(7, Float32Array.of(1, 2, 3, 4))
          .dispatch(4, 1, [7])
          .submit(device);
        device.trial(KEY, TEXT, ...commands([5, 2, ROUNDS.quick], [6, 3, 1], [7, 2, 1]));
        const { choices, dropped } = await ended(device);
        assert.deepEqual(dropped, []);
        assert.deepEqual(
          choices[0].candidates.map(({ choice }) => choice),
          [5, 7],
          "a refused candidate is none",
        );
        await device.synchronize();
        assert.deepEqual(floats(await device.read(7, 0, 16)), [2, 3, 4, 5]);
      });
    });

    test("the program interrupts a trial, which is begun again, so many times", async () => {
      await visit(open, async (device) => {
        declare(device);
        new Stream().create(1, 1024).submit(device);
        device.trial(KEY, TEXT, ...usual());
        // A trial takes over a second: undisturbed it would end in this time, but these leave it a fifth of that.
        const last = performance.now() + 2500;
        while (performance.now() < last) {
          new Stream().dispatch(4, 1, [1]).submit(device);
          await device.synchronize();
          assert.deepEqual((await tuned(device)).choices, []);
          await pause(250);
        }
        const { choices, dropped } = await ended(device);
        assert.equal(choices.length + dropped.length, 1);
        if (dropped.length > 0) assert.equal(dropped[0].reason, "the program interrupted it 5 times");
        assert.ok(floats(await device.read(1, 0, 4))[0] >= 1);
      });
    });

    test("what is no trial, too large, or refused is dropped with its reason", async () => {
      const [good, params] = usual();
      const large = Uint32Array.from(good);
      large[2 + 3] = 1; // 4 GiB more
      const cases = [
        [good.slice(0, 15), /^there is nothing to choose from$/],
        [good.slice(2), /^it is malformed$/],
        [new Uint32Array(4), /^there is nothing to choose from$/],
        [Uint32Array.from(good, (word) => (word === 1 ? 99 : word)), /^it is malformed$/],
        [large, /^it needs 4294968320 bytes, more than 268435456$/],
        [commands([5, 3, 1], [6, 2, 1])[0], /^the first candidate was refused$/],
      ];
      await visit(open, async (device) => {
        declare(device);
        for (const [words] of cases) device.trial(`${Math.random()}`, TEXT, words, params);
        device.trial(KEY, TEXT, good, params);
        const { dropped, choices } = await ended(device);
        assert.equal(dropped.length, cases.length, JSON.stringify(dropped));
        cases.forEach(([, pattern], i) => {
          assert.match(dropped[i].reason, pattern);
        });
        assert.equal(choices[0].choice, won(choices[0].candidates));
        await device.synchronize();
      });
    });

    test("a damaged record counts as nothing", async () => {
      await visit(open, async (device) => {
        declare(device);
        device.trial(KEY, TEXT, ...usual());
        await ended(device);
      });
      const good = readFileSync(file(), "utf8");
      const { by, choices } = JSON.parse(good);
      const record = (...some) => JSON.stringify({ version: VERSION, by, choices: some });
      const open1 = async () => visit(open, async (device) => tunedBy(device.choices, KEY));
      assert.equal(await open1(), choices[0].choice);
      for (const damage of [
        good.slice(0, good.length / 2),
        "",
        "null",
        record(null, 7, { key: KEY }, { ...choices[0], choice: "6" }, { ...choices[0], candidates: [1] }),
        good.replace(VERSION, "0.0.0"),
        good.replace(by, "another browser"),
      ]) {
        writeFileSync(file(), damage);
        assert.equal(await open1(), -1, damage);
      }
      writeFileSync(file(), record({ key: KEY, begun: 2 }));
      assert.equal(await open1(), -1);
      writeFileSync(file(), record({ key: KEY, begun: 3 }));
      assert.equal(await open1(), -2, "a trial that never ended three times is not begun again");
    });

    test("where nothing can be stored nothing is tuned", async () => {
      writeFileSync(folder, "a file where the folder should be");
      await visit(open, async (device) => {
        declare(device);
        device.trial(KEY, TEXT, ...usual());
        const { state, choices } = await ended(device);
        assert.deepEqual([state, choices], ["unavailable", []]);
        new Stream().create(1, 16).dispatch(4, 1, [1]).submit(device);
        assert.deepEqual(floats(await device.read(1, 0, 16)), [1, 1, 1, 1]);
      });
    });

    test("a device that is destroyed during a trial ends", async () => {
      const device = await open({ tune: true });
      declare(device);
      device.trial(KEY, TEXT, ...commands([5, 1, ROUNDS.slow], [6, 2, ROUNDS.quick]));
      await pause(400);
      assert.equal((await tuned(device)).pending, 1);
      device.destroy();
      await device.end();
      assert.deepEqual(await device.onlost.then(({ status }) => status), 4);
      const unended = () => stored().choices[0]?.begun;
      for (let i = 0; i < 500 && unended() !== 0; i++) await pause(10);
      assert.equal(unended(), 0, "it does not count as one that the GPU died of");
    });
  });
}

describe("the clock on the wall", () => {
  afterEach(closeAll);
  test("measures where the GPU has none", async () => {
    const adapter = await (await findGpu()).requestAdapter();
    const gpuDevice = await adapter.requestDevice();
    const device = await openLocal({ gpuDevice, tune: true });
    declare(device);
    device.trial(KEY, TEXT, ...usual());
    const [{ choice, candidates }] = (await ended(device)).choices;
    assert.equal(choice, won(candidates));
    device.destroy();
    await device.end();
    gpuDevice.destroy();
  });
});

describe("start() with tune", () => {
  const nothing = async () => ({});
  test("the report says what was asked for", async () => {
    const run = async (options) => {
      const { report, finish } = await start(nothing, options);
      const said = JSON.parse(JSON.stringify(report));
      await finish();
      return said;
    };
    assert.equal((await run({ tune: true })).tuned.state, "on");
    assert.deepEqual((await run({ tune: false })).tuned.reason, "tune: false was asked for");
    const { software, tuned } = await run({});
    if (software) assert.match(tuned.reason, /^a software adapter .*tune: true asks for it$/);
    else assert.equal(tuned.state, "on");
    assert.equal((await run({ device: "cpu", tune: true })).tuned.reason, "only kernels of WebGPU are tuned");
    await assert.rejects(start(nothing, { tune: "yes" }), /tune must be true or false, not "yes"/);
  });
});
