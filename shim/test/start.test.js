// Starting programs: which device, what is said about it, and how a program ends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../src/start.js";
import { failure, openLocal } from "../testing.js";

/** A module as Emscripten makes it, as far as the shim sees one. */
const program = (main) => async (args) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  args.ndfuse.attach(memory, { complete: (request, status) => args.complete?.(request, status) });
  return { callMain: (argv) => main(args.ndfuse, argv, args) };
};

describe("start", () => {
  for (const [options, expected] of [
    [{}, { device: "webgpu", threads: "worker", reason: "an adapter was found", waiting: "atomics" }],
    [{ waiting: "none" }, { device: "webgpu", threads: "local", waiting: "none" }],
    [
      { waiting: "none", threads: "worker" },
      { device: "webgpu", threads: "worker", waiting: "none" },
    ],
    [
      { device: "webgpu", threads: "local" },
      { device: "webgpu", threads: "local", reason: "an adapter was found" },
    ],
    [
      { device: "cpu" },
      {
        device: "cpu",
        threads: "local",
        reason: "the CPU was asked for",
        adapter: "",
        software: false,
        waiting: "cpu",
      },
    ],
  ]) {
    test(`reports the device for ${JSON.stringify(options)}`, async () => {
      const { report, exitCode, device, idle } = await start(
        program((host, argv) => host.deviceInfo(0, 0, 0) * 10 + argv.length),
        { ...options, arguments: ["a", "b"] },
      );
      assert.equal(exitCode, expected.device === "cpu" ? 2 : 12);
      for (const [key, value] of Object.entries(expected)) assert.equal(report[key], value, key);
      if (device) assert.equal(report.adapter, device.adapterInfo.description);
      await idle();
      device?.destroy();
    });
  }

  test("print and printErr reach the module, a module without main has no exit code", async () => {
    const seen = {};
    const print = () => {};
    const { exitCode } = await start(
      async (args) => {
        Object.assign(seen, args);
        return {};
      },
      { device: "cpu", print },
    );
    assert.equal(exitCode, null);
    assert.equal(seen.print, print);
    assert.equal("printErr" in seen, false);
  });

  test("refuses what it does not know, by name", async () => {
    const main = program(() => 0);
    await assert.rejects(
      start(main, { device: "gpu" }),
      /device must be "auto", "webgpu", "webgl" or "cpu", not "gpu"/,
    );
    await assert.rejects(start(main, { threads: "many" }), /threads must be "auto", "local" or "worker", not "many"/);
    await assert.rejects(start(main, { device: "cpu", requireGpu: true }), /contradict/);
  });

  test("what cannot be says what to change", async () => {
    const main = program(() => 0);
    const asked = (options) => start(main, options);
    const local = /"atomics" is not possible: the device runs in this thread: start with threads: "worker"/;
    await assert.rejects(asked({ waiting: "atomics", threads: "local" }), failure(6, local));
    await assert.rejects(asked({ waiting: "jspi" }), failure(6, /--experimental-wasm-jspi/));
    await assert.rejects(asked({ waiting: "readpixels" }), failure(4, /there is no WebGL device: .*use a browser/));
    await assert.rejects(asked({ device: "webgl" }), failure(4, /there is no WebGL device: .*use a browser/));
    await assert.rejects(asked({ waiting: "canvas" }), failure(6, /no canvas here: use a browser/));
    await assert.rejects(asked({ waiting: "sleep" }), /waiting must be "auto", "atomics", .* or "none", not "sleep"/);
  });

  test("a lost device is replaced, blocking or not; start() gives the new one", async () => {
    for (const threads of ["worker", "local"]) {
      let host;
      const statuses = [];
      const main = program((given, _, args) => {
        host = given;
        args.complete = (request, status) => statuses.push([request, status]);
      });
      const started = await start(main, { threads });
      const first = started.device;
      assert.equal(host.resetBlocking(0), 0, "not lost: nothing to do");
      const lose = async () => {
        const { device } = started;
        device.submit(Uint32Array.of(77 | (1 << 8)), new Uint8Array(0), new Uint8Array(0));
        await device.synchronize().catch(() => {});
        assert.equal(host.lost(), 1);
      };
      await lose();
      host.reset(7);
      await started.idle();
      assert.deepEqual(statuses, [[7, 0]]);
      assert.notEqual(started.device, first);
      assert.equal(host.lost(), 0);
      await lose();
      const second = started.device;
      assert.equal(host.resetBlocking(0), threads === "worker" ? 0 : 6);
      assert.equal(host.lost(), threads === "worker" ? 0 : 1);
      assert.equal(started.device !== second, threads === "worker");
      await started.finish();
    }
  });

  test("a page's own device cannot be opened anew", async () => {
    const mine = await openLocal();
    let host;
    let status;
    const main = program((given, _, args) => {
      host = given;
      args.complete = (_request, said) => {
        status = said;
      };
    });
    const { idle, device } = await start(main, { gpuDevice: mine.gpuDevice });
    device.destroy();
    assert.equal(host.lost(), 1);
    host.reset(1);
    await idle();
    assert.equal(status, 4);
    mine.destroy();
  });

  test("a program that has recorded something is flushed when it returns, once for each time that it says so", async () => {
    let flushed = 0;
    const factory = async ({ ndfuse: host }) => {
      host.attach(new WebAssembly.Memory({ initial: 1 }), { complete: () => {}, flush: () => flushed++ });
      return {
        callMain: () => {
          host.recording();
          assert.equal(flushed, 0);
          return 0;
        },
      };
    };
    const { finish } = await start(factory, { waiting: "none" });
    assert.equal(flushed, 1);
    await finish();
  });

  test("a page's device is shared, and survives ours", async () => {
    const mine = await openLocal();
    const { device, report } = await start(
      program(() => 0),
      { gpuDevice: mine.gpuDevice },
    );
    assert.equal(report.reason, "the page's device");
    assert.equal(report.threads, "local");
    assert.equal(device.gpuDevice, mine.gpuDevice);
    device.destroy();
    await assert.rejects(device.synchronize(), failure(4, /destroyed/));
    await mine.synchronize();
    mine.destroy();
  });

  test("what main throws is thrown, and the device ends", async () => {
    let host;
    const main = program((given) => {
      host = given;
      throw new RangeError("mine");
    });
    await assert.rejects(start(main, { threads: "local" }), /mine/);
    assert.equal(host.lost(), 1);
  });
});

describe("run.mjs", () => {
  const folder = mkdtempSync(join(tmpdir(), "ndfuse-run-"));
  after(() => rmSync(folder, { recursive: true }));
  let number = 0;
  const run = (source, args = [], env = {}) => {
    const path = join(folder, `program${number++}.mjs`);
    writeFileSync(path, source);
    const script = fileURLToPath(new URL("../run.mjs", import.meta.url));
    const result = spawnSync(process.execPath, [script, path, ...args], {
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    return { status: result.status, out: result.stdout, err: result.stderr };
  };
  /** A program whose main is `body`; it sees host, argv, memory and complete(handler). */
  const source = (body) => `export default async ({ ndfuse: host }) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    let handler = () => {};
    const complete = (f) => { handler = f; };
    host.attach(memory, { complete: (request, status) => handler(request, status) });
    const words = (...list) => { new Uint32Array(memory.buffer).set(list); return host.submit(0, list.length, 0, 0); };
    return { callMain: (argv) => { ${body} } };
  };`;

  test("the exit code is main's, arguments after -- are main's", () => {
    const got = run(source("console.log(argv.join()); return 42;"), ["--device", "cpu", "--", "--device", "x"]);
    assert.deepEqual(got, { status: 42, out: "--device,x\n", err: "" });
  });

  for (const threads of ["local", "worker"]) {
    test(`waits for what main began (${threads})`, () => {
      const body = `
        words(1 | 4 << 8, 1, 16, 0);
        let n = 0;
        complete((request, status) => {
          console.log("completed", request, status);
          if (++n < 3) host.read(n, 1, 0, 16, 64, 0);
        });
        host.synchronize(7);
        return 0;`;
      const got = run(source(body), ["--threads", threads]);
      assert.deepEqual(got, { status: 0, out: "completed 7 0\ncompleted 1 0\ncompleted 2 0\n", err: "" });
    });

    test(`an error that nothing has read is no success (${threads})`, () => {
      const got = run(source("words(1 | 4 << 8, 1, 0, 64); return 0;"), ["--threads", threads]);
      assert.equal(got.status, 1);
      assert.match(got.err, /^error: a buffer of 274877906944 bytes is larger than this device allows/);
    });

    test(`a malformed stream is no success (${threads})`, () => {
      const got = run(source("words(77 | 1 << 8); return 0;"), ["--threads", threads]);
      assert.equal(got.status, 1);
      assert.match(got.err, /^error: command stream: unknown opcode 77/);
    });
  }

  test("--report says which device it is", () => {
    const got = run(source("return 0;"), ["--report", "--threads", "local"]);
    assert.equal(got.status, 0);
    const report = JSON.parse(got.err);
    assert.equal(report.device, "webgpu");
    assert.equal(report.threads, "local");
  });

  test("without an adapter: auto falls back and says so, webgpu and --require-gpu refuse", () => {
    const env = { VK_DRIVER_FILES: "/nowhere.json", NDFUSE_DAWN: "backend=vulkan" };
    const auto = run(source("return 10 + host.deviceInfo(0, 0, 0);"), ["--report"], env);
    assert.equal(auto.status, 10);
    assert.match(auto.err, /"device":"cpu".*"reason":"Dawn found no adapter: .*VK_DRIVER_FILES"/);
    for (const args of [["--device", "webgpu"], ["--require-gpu"], ["--device", "webgpu", "--threads", "local"]]) {
      const got = run(source("return 0;"), args, env);
      assert.equal(got.status, 1);
      assert.match(got.err, /error: there is no WebGPU device: Dawn found no adapter/);
    }
  });

  test("says how it is used", () => {
    const got = run(source("return 0;"), ["--timeout", "soon"]);
    assert.equal(got.status, 1);
    assert.match(got.err, /--timeout must be a number of milliseconds, not "soon"/);
    const none = run("export default 3;");
    assert.match(none.err, /exports no factory/);
  });

  test("what main throws is printed, and the code is 1", () => {
    const got = run(source('throw new RangeError("mine");'));
    assert.equal(got.status, 1);
    assert.match(got.err, /RangeError: mine/);
  });
});
