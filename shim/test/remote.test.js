// What only a device in a worker can do: block, survive floods, and die.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GpuThread } from "../src/gpu-thread.js";
import { AXPB, BROKEN, bits, closeAll, failure, floats, INCREMENT, openRemote, SLOW, Stream } from "../testing.js";

const refused = failure(1, /kernel "broken" was refused.* 3 \| {3}x\[0\] = nonsense/s);
const blockingRead = (device, id, bytes, offset = 0, timeoutMs) => {
  const target = new Uint8Array(bytes);
  device.readBlocking(id, offset, target, timeoutMs);
  return target;
};

describe("blocking waits", () => {
  afterEach(closeAll);

  for (const bytes of [4, 4096, 2 ** 16 + 4, 2 ** 24]) {
    test(`a blocking read of ${bytes} bytes, again and again`, async () => {
      const device = await openRemote();
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      const n = bytes / 4;
      const data = Float32Array.from({ length: n }, (_, i) => i % 1000);
      const stream = new Stream();
      stream
        .create(1, Math.ceil(bytes / 16) * 16)
        .write(1, data)
        .submit(device);
      for (let round = 1; round <= 3; round++) {
        stream.dispatch(1, Math.ceil(n / 256), [1]).submit(device);
        const got = new Float32Array(blockingRead(device, 1, bytes).buffer);
        assert.equal(got[0], round);
        assert.equal(got[n - 1], ((n - 1) % 1000) + round);
        assert.equal(got[n >> 1], ((n >> 1) % 1000) + round);
      }
    });
  }

  test("a blocking read needs no turn of the event loop", async () => {
    const device = await openRemote();
    const stream = new Stream();
    let turns = 0;
    setImmediate(() => turns++);
    stream
      .create(1, 16)
      .write(1, Float32Array.of(1, 2, 3, 4))
      .submit(device);
    assert.deepEqual(floats(blockingRead(device, 1, 8, 4)), [2, 3]);
    device.synchronizeBlocking();
    assert.equal(turns, 0);
  });

  test("blocking and asynchronous reads of one device do not mix up", async () => {
    const device = await openRemote();
    const stream = new Stream();
    for (let id = 1; id <= 8; id++) stream.create(id, 16).write(id, Float32Array.of(id, id, id, id));
    stream.submit(device);
    const later = [];
    for (let id = 1; id <= 8; id++) {
      later.push(device.read(id, 0, 4));
      assert.deepEqual(floats(blockingRead(device, 9 - id, 4)), [9 - id]);
    }
    assert.deepEqual(
      (await Promise.all(later)).map((bytes) => floats(bytes)[0]),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  });

  test("a blocking read throws what an asynchronous one rejects with", async () => {
    const device = await openRemote();
    device.pipeline(1, "broken", BROKEN, 1, 1, false);
    new Stream().create(1, 16).dispatch(1, 1, [1]).submit(device);
    assert.throws(() => blockingRead(device, 1, 16), refused);
    assert.throws(() => blockingRead(device, 2, 16), failure(2, /buffer 2, which does not exist/));
    assert.throws(() => blockingRead(device, 1, 16, 8), failure(2, /bytes 8 to 24 of buffer 1/));
    device.synchronizeBlocking();
  });

  test("an error may be long", async () => {
    const device = await openRemote();
    const text = `${BROKEN}// ${"filler ".repeat(400000)}\n`;
    device.pipeline(1, "broken", text, 1, 1, false);
    new Stream().create(1, 16).dispatch(1, 1, [1]).submit(device);
    assert.throws(() => blockingRead(device, 1, 16), refused);
  });

  test("a blocking read ends at its timeout; the late answer disturbs nobody", { timeout: 60000 }, async () => {
    const device = await openRemote();
    device.pipeline(1, "slow", SLOW, 1, 1, false);
    const stream = new Stream()
      .create(1, 2 ** 18)
      .create(2, 16)
      .write(2, Float32Array.of(7, 7, 7, 7));
    stream.dispatch(1, 1, [1], [1]).submit(device);
    device.synchronizeBlocking();
    stream.dispatch(1, 1024, [1], [2000]).submit(device);
    const begun = performance.now();
    assert.throws(() => blockingRead(device, 1, 2 ** 18, 0, 60), failure(5, /longer than 60 ms/));
    assert.ok(performance.now() - begun < 1500);
    assert.deepEqual(floats(blockingRead(device, 2, 16)), [7, 7, 7, 7]);
  });

  test("an upload of 100 MB goes in pieces and arrives whole, and what follows it waits for it", async () => {
    const device = await openRemote();
    device.pipeline(1, "a x plus b", AXPB, 2, 0b10, false);
    const n = 25_000_000;
    const data = new Float32Array(n + 3).map((_, i) => i % 65537);
    const stream = new Stream();
    stream
      .create(1, n * 4)
      .create(2, 16)
      .write(2, Float32Array.of(1, 2, 3, 4))
      .write(1, data.subarray(0, n))
      .dispatch(1, 1, [2, 1], [3, bits(2), bits(1)])
      .submit(device);
    const got = new Float32Array(blockingRead(device, 1, n * 4).buffer);
    assert.deepEqual([...got.subarray(0, 5)], [3, 5, 7, 3, 4]);
    assert.equal(Buffer.compare(new Uint8Array(got.buffer, 12), new Uint8Array(data.buffer, 12, n * 4 - 12)), 0);
  });

  test("an upload that goes in pieces heals a buffer, when it covers it", async () => {
    const device = await openRemote();
    device.pipeline(1, "broken", BROKEN, 1, 1, false);
    const stream = new Stream().create(1, 2 ** 24).dispatch(1, 1, [1]);
    stream.submit(device);
    assert.throws(() => blockingRead(device, 1, 16), refused);
    const data = new Float32Array(2 ** 22).fill(5);
    stream.write(1, data.subarray(0, 2 ** 22 - 1)).submit(device);
    assert.throws(() => blockingRead(device, 1, 16), refused);
    stream.write(1, data.subarray(1), 4).submit(device);
    assert.throws(() => blockingRead(device, 1, 16), refused);
    stream.write(1, data).submit(device);
    assert.deepEqual(floats(blockingRead(device, 1, 4, 2 ** 24 - 4)), [5]);
  });

  test("a flood of batches is held back, and arrives whole", async () => {
    const device = await openRemote();
    device.pipeline(1, "increment", INCREMENT, 1, 1, false);
    const stream = new Stream();
    const megabytes = new Float32Array(2 ** 18).fill(3);
    stream
      .create(1, 16)
      .create(2, 2 ** 20)
      .submit(device);
    for (let i = 0; i < 2000; i++) stream.dispatch(1, 1, [1]).submit(device);
    for (let i = 0; i < 200; i++) stream.write(2, megabytes).submit(device);
    assert.deepEqual(floats(blockingRead(device, 1, 4)), [2000]);
    assert.deepEqual(floats(blockingRead(device, 2, 4, 2 ** 20 - 4)), [3]);
  });
});

/** A device alone keeps no process alive. */
async function lossOf(device) {
  const alive = setInterval(() => {}, 1000);
  const loss = await device.onlost;
  clearInterval(alive);
  return loss;
}

/** A device's worker without a device: nothing of the GPU is open when it dies, or Node would abort. */
async function openThread() {
  const thread = await GpuThread.start(60000);
  return { thread, ask: (type, timeoutMs = 60000) => thread.block({ type }, timeoutMs, type, () => {}) };
}

describe("the death of the worker", () => {
  afterEach(closeAll);

  test("wakes who sleeps, at once", async () => {
    const { thread, ask } = await openThread();
    ask("hello");
    const begun = performance.now();
    assert.throws(() => ask("no such message"), failure(4, /GPU worker ended/));
    assert.ok(performance.now() - begun < 3000);
    assert.throws(() => ask("hello"), failure(4, /GPU worker ended/));
    await assert.rejects(thread.request({ type: "hello" }, 1000, "hello"), failure(4, /GPU worker ended/));
  });

  test("without a word is found by its heart, and ends the sleep", { timeout: 30000 }, async () => {
    const { thread, ask } = await openThread();
    const begun = performance.now();
    thread.worker.terminate();
    assert.throws(() => ask("stats"), failure(4, /GPU worker does not answer, for 8 seconds/));
    const took = performance.now() - begun;
    assert.ok(took > 6000 && took < 15000, `${took} ms`);
  });

  test("while the ring is full ends the device, and the sleep", { timeout: 30000 }, async () => {
    const device = await openRemote();
    device.synchronizeBlocking();
    await device.worker.terminate();
    const stream = new Stream().create(1, 2 ** 24).write(1, new Uint8Array(2 ** 24));
    stream.submit(device);
    assert.equal(device.lost, true);
    assert.match(device.lossReason, /GPU worker/);
  });

  test("is known to the device, and to those who ask later", async () => {
    const device = await openRemote();
    new Stream().create(1, 16).submit(device);
    device.synchronizeBlocking();
    device.worker.postMessage({ "no such message": true }); // an uncaught error there
    assert.equal((await lossOf(device)).status, 4);
    assert.equal(device.lost, true);
    await assert.rejects(device.read(1, 0, 16), failure(4, /GPU worker ended: .*TypeError/s));
    assert.throws(() => device.synchronizeBlocking(), failure(4, /GPU worker ended/));
  });

  test("rejects who awaits, with the worker's own error", async () => {
    const { thread } = await openThread();
    const waiting = thread
      .request({ type: "hello" }, 60000, "hello")
      .then(() => thread.request({ type: "no such message" }, 60000, "it"));
    await assert.rejects(waiting, failure(4, /GPU worker ended: .*TypeError/s));
  });

  test("terminated from outside", async () => {
    const device = await openRemote();
    new Stream().create(1, 16).submit(device);
    await device.synchronize();
    await device.worker.terminate();
    await assert.rejects(device.read(1, 0, 16), failure(4, /GPU worker ended/));
  });

  test("a lost device is replaced in the same worker, blocking or not; a dead worker is replaced too", async () => {
    let device = await openRemote();
    const lose = (one) => new Stream().raw(77 | (1 << 8)).submit(one);
    const check = (one, value) => {
      new Stream()
        .create(value, 16)
        .write(value, Float32Array.of(value, 0, 0, 0))
        .submit(one);
      assert.deepEqual(floats(blockingRead(one, value, 4)), [value]);
      assert.equal(one.lost, false);
      assert.equal(one.lossReason, "");
    };
    check(device, 1);
    lose(device);
    assert.throws(() => blockingRead(device, 1, 4), failure(2, /unknown opcode 77/));
    assert.equal(device.lost, true, "known without a turn of the event loop");
    assert.match(device.lossReason, /unknown opcode 77/);
    const { worker } = device;
    const second = device.reopenBlocking();
    check(second, 2);
    assert.equal(second.worker, worker);
    await assert.rejects(device.read(1, 0, 4), failure(2, /unknown opcode 77/), "the old one stays lost");
    device.destroy();
    check(second, 3);
    lose(second);
    await lossOf(second);
    device = await second.reopen();
    assert.equal(device.worker, worker);
    check(device, 4);
    await device.worker.terminate();
    await lossOf(device);
    assert.throws(() => device.reopenBlocking(), failure(6, /GPU worker has ended.*co_await nf::reset/));
    const last = await device.reopen();
    assert.notEqual(last.worker, worker);
    check(last, 5);
    last.destroy();
  });

  test("after destroy() blocking calls throw at once", async () => {
    const device = await openRemote();
    device.destroy();
    assert.throws(() => blockingRead(device, 1, 16), failure(4, /destroyed/));
  });
});

describe("the end of the process", () => {
  const stream = fileURLToPath(new URL("../testing.js", import.meta.url));
  const run = (end) =>
    spawnSync(process.execPath, [
      "--input-type=module",
      "-e",
      `import { openRemote, SLOW, Stream } from ${JSON.stringify(stream)};
       const device = await openRemote();
       device.pipeline(1, "slow", SLOW, 1, 1, false);
       new Stream().create(1, 2 ** 18).dispatch(1, 1024, [1], [500]).submit(device);
       const read = device.read(1, 0, 4);
       ${end}`,
    ]);

  for (const [what, end, code] of [
    ["process.exit with a read pending", "read.catch(() => {}); process.exit(7);", 7],
    ["the same a moment later", "read.catch(() => {}); setTimeout(() => process.exit(7), 50);", 7],
    ["an uncaught error", 'read.catch(() => {}); throw new Error("mine");', 1],
    ["a device that nobody destroyed", "await read; process.exitCode = 3;", 3],
    ["destroy() with a read pending", "device.destroy(); await read.catch(() => (process.exitCode = 4));", 4],
  ]) {
    test(`keeps its exit code: ${what}`, { timeout: 60000 }, () => {
      const { status, signal, stderr } = run(end);
      assert.deepEqual({ status, signal }, { status: code, signal: null }, String(stderr));
    });
  }
});
