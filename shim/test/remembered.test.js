// The kernels of a visit are compiled ahead in the next one: on devices in this thread and in a worker, with a file as memory.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/remembered.js";
import { start } from "../src/start.js";
import { AXPB, BROKEN, bits, closeAll, failure, floats, INCREMENT, openLocal, openRemote, Stream } from "../testing.js";

const base = mkdtempSync(join(tmpdir(), "ndfuse-remembered-"));
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

/** The one file that was written. */
function file() {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")); // not what is just being written
  assert.equal(names.length, 1, `${names}`);
  return join(folder, names[0]);
}
const stored = () => JSON.parse(readFileSync(file(), "utf8")).kernels;

const options = { remember: true, rememberAs: "test" };
const counts = async (device) => (await device.stats()).remembered;

/** Waits until everything that was remembered is compiled. */
async function prepared(device, count) {
  const end = performance.now() + 20_000;
  for (;;) {
    const now = await counts(device);
    if (now.state === "on" && now.prepared >= count) return now;
    assert.ok(performance.now() < end, JSON.stringify(now));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Declares two kernels, uses both, and checks what they compute. */
async function work(device, add = INCREMENT, prepare = false) {
  device.pipeline(1, "axpb", AXPB, 2, 0b10, prepare);
  device.pipeline(2, "increment", add, 1, 1, prepare);
  if (prepare) await device.warmup();
  new Stream()
    .create(1, 16)
    .create(2, 16)
    .write(1, Float32Array.of(1, 2, 3, 4))
    .dispatch(1, 1, [1, 2], [4, bits(2), bits(-3)])
    .dispatch(2, 1, [2])
    .submit(device);
  return floats(await device.read(2, 0, 16));
}

async function visit(open, f) {
  const device = await open(options);
  try {
    return await f(device);
  } finally {
    await device.keep();
    device.destroy();
  }
}

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`a device in ${where} that remembers`, () => {
    afterEach(closeAll);

    test("the second visit finds its pipelines compiled", async () => {
      await visit(open, async (device) => {
        assert.deepEqual(await work(device), [0, 2, 4, 6]);
        const { kernels, prepared, used, unsaved } = await counts(device);
        assert.deepEqual([kernels, prepared, used, unsaved], [0, 0, 0, 2]);
        assert.equal((await device.stats()).pipelines, 2);
      });
      assert.deepEqual(
        stored().map(({ page, name, nStorage, mask }) => [page, name, nStorage, mask]),
        [
          ["test", "axpb", 2, 2],
          ["test", "increment", 1, 1],
        ],
      );
      const written = readFileSync(file(), "utf8");
      await visit(open, async (device) => {
        await prepared(device, 2);
        assert.deepEqual(await work(device), [0, 2, 4, 6]);
        const { pipelines, remembered } = await device.stats();
        assert.equal(pipelines, 0, "nothing is compiled anew");
        assert.deepEqual([remembered.kernels, remembered.prepared, remembered.used], [2, 2, 2]);
        assert.deepEqual({ ...device.remembered }, remembered, "what a report says");
      });
      assert.equal(readFileSync(file(), "utf8"), written);
    });

    test("a warm-up takes what is compiled, too", async () => {
      await visit(open, (device) => work(device));
      await visit(open, async (device) => {
        await prepared(device, 2);
        assert.deepEqual(await work(device, INCREMENT, true), [0, 2, 4, 6]);
        const { pipelines, remembered } = await device.stats();
        assert.deepEqual([pipelines, remembered.used], [0, 2]);
      });
    });

    test("a program that does not wait for the preparation computes the same", async () => {
      await visit(open, (device) => work(device));
      for (const prepare of [false, true]) {
        await visit(open, async (device) => assert.deepEqual(await work(device, INCREMENT, prepare), [0, 2, 4, 6]));
      }
      assert.equal(stored().length, 2);
    });

    test("a kernel whose text or layout has changed is compiled; what was not used stays, behind", async () => {
      await visit(open, (device) => work(device));
      await visit(open, async (device) => {
        await prepared(device, 2);
        assert.deepEqual(await work(device, INCREMENT.replace("1.0", "10.0")), [9, 11, 13, 15]);
        const { pipelines, remembered } = await device.stats();
        assert.deepEqual([pipelines, remembered.used], [1, 1]);
      });
      assert.deepEqual(
        stored().map(({ name, text }) => [name, text.includes("10.0")]),
        [
          ["axpb", false],
          ["increment", true],
          ["increment", false],
        ],
      );
      await visit(open, async (device) => {
        await prepared(device, 3);
        device.pipeline(1, "increment", INCREMENT, 1, 0, false); // it writes what this layout only reads
        new Stream().create(1, 16).dispatch(1, 1, [1]).submit(device);
        await assert.rejects(device.synchronize(), failure(1, /kernel "increment" was refused/));
      });
      assert.equal(stored().length, 3, "what was refused is not stored");
    });

    test("another page has other kernels", async () => {
      await visit(open, (device) => work(device));
      const device = await open({ ...options, rememberAs: "another" });
      assert.equal((await prepared(device, 0)).kernels, 0);
      await work(device);
      await device.keep();
      assert.deepEqual(
        stored().map(({ page }) => page),
        ["another", "another", "test", "test"],
      );
    });

    test("what is stored is bounded", async () => {
      await visit(open, (device) => work(device));
      const [first] = stored();
      const many = Array.from({ length: 300 }, (_, i) => ({ ...first, page: "many", text: `${first.text}// ${i}\n` }));
      writeFileSync(file(), JSON.stringify({ version: VERSION, kernels: many }));
      await visit(open, (device) => work(device));
      assert.equal(stored().length, 256);
      assert.deepEqual(
        stored()
          .slice(0, 3)
          .map(({ page }) => page),
        ["test", "test", "many"],
      );
      const large = many.slice(0, 8).map((one) => ({ ...one, text: `${one.text}//${"-".repeat(2 ** 20 - 1000)}` }));
      writeFileSync(file(), JSON.stringify({ version: VERSION, kernels: large }));
      await visit(open, (device) => work(device, INCREMENT.replace("1.0", "2.0")));
      assert.deepEqual(
        stored().map(({ page, text }) => [page, text.length > 2 ** 19]),
        [...Array(2).fill(["test", false]), ...Array(4).fill(["many", true])],
      );
      writeFileSync(file(), " ".repeat(2 ** 25));
      await visit(open, (device) => work(device));
      assert.equal(stored().length, 2);
    });

    test("damaged memory is ignored, and written anew", async () => {
      await visit(open, (device) => work(device));
      const good = readFileSync(file(), "utf8");
      const kernel = stored()[0];
      const record = (...kernels) => JSON.stringify({ version: VERSION, kernels });
      for (const damage of [
        good.slice(0, good.length / 2),
        "",
        "null",
        "[1, 2]",
        record(null, 7, { page: "test" }, { ...kernel, nStorage: 1e9 }, { ...kernel, mask: "2" }),
        good.replace(VERSION, "0.0.0"),
      ]) {
        writeFileSync(file(), damage);
        await visit(open, async (device) => {
          assert.equal((await prepared(device, 0)).kernels, 0, damage);
          assert.deepEqual(await work(device), [0, 2, 4, 6]);
        });
        assert.equal(readFileSync(file(), "utf8"), good);
      }
    });

    test("what does not compile ahead harms nobody, and is reported when the program uses it", async () => {
      await visit(open, (device) => work(device));
      const kernel = stored()[1];
      const broken = { ...kernel, name: "stored", text: BROKEN };
      const misfit = { ...kernel, nStorage: 32, mask: 0 };
      writeFileSync(file(), JSON.stringify({ version: VERSION, kernels: [broken, misfit, kernel] }));
      await visit(open, async (device) => {
        await prepared(device, 1);
        assert.deepEqual(await work(device), [0, 2, 4, 6]);
        await device.synchronize();
        assert.equal((await counts(device)).prepared, 1);
        device.pipeline(3, "broken", BROKEN, 1, 1, false);
        new Stream().create(3, 16).dispatch(3, 1, [3]).submit(device);
        await assert.rejects(device.read(3, 0, 16), failure(1, /^kernel "broken" was refused.*nonsense/s));
        assert.deepEqual(floats(await device.read(2, 0, 16)), [0, 2, 4, 6]);
      });
      assert.equal(stored().filter(({ page, name }) => page === "test" && name === "broken").length, 0);
    });

    test("many kernels: nothing starves, the results are right at every moment", async () => {
      const text = (i) => INCREMENT.replace("1.0", `${i}.0`);
      const everything = async (device) => {
        const stream = new Stream().create(1, 16);
        for (let i = 1; i <= 60; i++) {
          device.pipeline(i, `add ${i}`, text(i), 1, 1, false);
          stream.dispatch(i, 1, [1]);
          if (i % 10 === 0) stream.submit(device);
        }
        return floats(await device.read(1, 0, 16))[0];
      };
      for (let turn = 0; turn < 3; turn++) assert.equal(await visit(open, everything), (60 * 61) / 2);
      assert.equal(stored().length, 60);
      await visit(open, async (device) => {
        await prepared(device, 60);
        assert.equal(await everything(device), (60 * 61) / 2);
        const { pipelines, remembered } = await device.stats();
        assert.deepEqual([pipelines, remembered.used], [0, 60]);
      });
    });

    test("kernels are stored in an idle moment, and when the device is destroyed", async () => {
      const device = await open(options);
      await work(device);
      while ((await counts(device)).unsaved > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(stored().length, 2);
      device.pipeline(3, "more", INCREMENT.replace("1.0", "3.0"), 1, 1, false);
      new Stream().create(3, 16).dispatch(3, 1, [3]).submit(device);
      await device.read(3, 0, 16);
      device.destroy();
      for (let i = 0; i < 200 && stored().length < 3; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(stored().length, 3);
    });

    test("where nothing can be stored all goes on", async () => {
      writeFileSync(folder, "a file where the folder should be");
      await visit(open, async (device) => {
        assert.deepEqual(await work(device), [0, 2, 4, 6]);
        await device.keep();
        const { state, unsaved } = await counts(device);
        assert.deepEqual([state, unsaved], ["unavailable", 0]);
        new Stream().dispatch(2, 1, [2]).submit(device);
        assert.deepEqual(floats(await device.read(2, 0, 16)), [1, 3, 5, 7]);
      });
    });

    test("a device that does not remember stores nothing", async () => {
      const device = await open({ remember: false });
      await work(device);
      await device.keep();
      assert.equal(device.remembered.reason, "remember: false was asked for");
      assert.throws(() => readdirSync(folder), { code: "ENOENT" });
    });
  });
}

describe("start() with remember", () => {
  /** A module whose main uses one kernel, as a program does. */
  const program = (blocks) => async (args) => {
    const host = args.ndfuse;
    const memory = new WebAssembly.Memory({ initial: 1 });
    host.attach(memory, { complete: () => {} });
    const encoder = new TextEncoder();
    const put = (at, bytes) => new Uint8Array(memory.buffer).set(bytes, at);
    const main = () => {
      const [text, name] = [encoder.encode(INCREMENT), encoder.encode("increment")];
      put(1024, text);
      put(4096, name);
      put(0, new Uint8Array(Uint32Array.of(1024, text.length).buffer));
      host.pipeline(1, 4096, name.length, 0, 1, 1, 1, 0);
      const words = new Stream().create(1, 16).dispatch(1, 1, [1]).words;
      put(8192, new Uint8Array(Uint32Array.from(words).buffer));
      host.submit(8192, words.length, 16384, 0);
      if (blocks) assert.equal(host.readBlocking(1, 0, 16, 32768, 0), 0);
      return 0;
    };
    return { callMain: main };
  };

  for (const threads of ["local", "worker"]) {
    test(`the report counts (${threads})`, async () => {
      const run = async (given) => {
        const started = await start(program(threads === "worker"), { threads, rememberAs: "program", ...given });
        await started.device.synchronize();
        const { report, finish } = started;
        const said = JSON.parse(JSON.stringify(report)).remembered;
        await finish();
        return said;
      };
      const first = await run({ remember: true });
      assert.deepEqual([first.kernels, first.used, first.unsaved], [0, 0, 1]);
      assert.equal(stored().length, 1);
      const second = await run({ remember: true });
      // Whether it was ready when the program used it is a matter of luck.
      if (second.state === "on") assert.equal(second.kernels, 1);
      const off = await run({ remember: false });
      assert.deepEqual([off.state, off.kernels], ["off", 0]);
      const { report, finish } = await start(program(false), { threads });
      if (report.software) assert.match(report.remembered.reason, /^a software adapter .*remember: true asks for it$/);
      else assert.notEqual(report.remembered.state, "off");
      await finish();
    });
  }

  test("run.mjs remembers by the program's path", () => {
    const path = join(base, "program.mjs");
    const beside = (file) => JSON.stringify(new URL(file, import.meta.url).href);
    writeFileSync(
      path,
      `import assert from "node:assert/strict";
      import { INCREMENT, Stream } from ${beside("../testing.js")};
      const program = ${program};
      export default program(true);`,
    );
    const run = (...options) => {
      const script = fileURLToPath(new URL("../run.mjs", import.meta.url));
      const { status, stderr } = spawnSync(process.execPath, [script, path, "--report", ...options], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      return JSON.parse(stderr).remembered;
    };
    assert.deepEqual([run("--remember").kernels, stored()[0].page, stored().length], [0, path, 1]);
    assert.equal(run("--remember").kernels, 1);
    assert.equal(run("--no-remember").state, "off");
  });

  test("on the CPU device there is nothing to remember", async () => {
    const { report } = await start(async () => ({}), { device: "cpu", remember: true });
    assert.equal(report.remembered.state, "off");
    assert.equal(report.remembered.reason, "only kernels of WebGPU are remembered");
  });

  test("refuses what is no choice, by name", async () => {
    await assert.rejects(start(program(false), { remember: "yes" }), /remember must be true or false, not "yes"/);
    await assert.rejects(start(program(false), { rememberAs: 7 }), /rememberAs must be a string, not 7/);
  });

  test("the version is the project's", () => {
    const project = readFileSync(fileURLToPath(new URL("../../CMakeLists.txt", import.meta.url)), "utf8");
    assert.equal(/project\(ndfuse VERSION (\S+)/.exec(project)[1], VERSION);
  });
});
