// Every failure reaches whoever asks for a value that depends on it, and nobody else.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import {
  AXPB,
  BROKEN,
  bits,
  closeAll,
  failure,
  floats,
  INCREMENT,
  openLocal,
  openRemote,
  SLOW,
  Stream,
} from "../testing.js";

const ones = Float32Array.of(1, 1, 1, 1);
const refused = failure(1, /kernel "broken" was refused/);

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`errors of a device in ${where}`, () => {
    afterEach(closeAll);

    test("bad WGSL: the read names the kernel, says why, and shows numbered lines", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      new Stream().create(1, 16).dispatch(1, 1, [1]).submit(device);
      await assert.rejects(device.read(1, 0, 16), (error) => {
        assert.equal(error.status, 1);
        assert.match(error.message, /^kernel "broken" was refused by the device:\n3:\d+ error: .*nonsense/);
        assert.match(error.message, /\n {3}3 \| {3}x\[0\] = nonsense\(1\.0\);\n/);
        return true;
      });
    });

    test("bad WGSL: the warm-up says the same, again and again", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, true);
      device.pipeline(2, "increment", INCREMENT, 1, 1, true);
      await assert.rejects(device.warmup(), refused);
      await assert.rejects(device.warmup(), refused);
      new Stream().create(1, 16).create(2, 16).dispatch(1, 1, [1]).dispatch(2, 1, [2]).submit(device);
      await assert.rejects(device.read(1, 0, 16), refused);
      // The kernel was known to be bad, so the rest of the batch was executed.
      assert.deepEqual(floats(await device.read(2, 0, 16)), [1, 1, 1, 1]);
    });

    test("a kernel without an entry point main, and one whose bindings do not fit", async () => {
      const device = await open();
      device.pipeline(1, "no main", INCREMENT.replace("fn main", "fn start"), 1, 1, false);
      device.pipeline(2, "misfit", INCREMENT, 1, 0, false); // writes what the layout calls read-only
      const stream = new Stream().create(1, 16).create(2, 16);
      stream.dispatch(1, 1, [1]).submit(device);
      stream.dispatch(2, 1, [2]).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(1, /kernel "no main" was refused.*main/s));
      // It writes nothing by its declaration; that it failed is told by synchronize.
      await assert.rejects(device.synchronize(), failure(1, /kernel "misfit" was refused/));
    });

    test("what shared the batch with an unknown bad kernel is bad too, what came before or after is not", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      device.pipeline(2, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream();
      stream.create(1, 16).create(2, 16).create(3, 16).dispatch(2, 1, [1]).submit(device);
      stream.dispatch(1, 1, [2]).dispatch(2, 1, [3]).submit(device);
      stream.dispatch(2, 1, [1]).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), [2, 2, 2, 2]);
      await assert.rejects(device.read(2, 0, 16), refused);
      await assert.rejects(device.read(3, 0, 16), refused, "it was in the same submit, which was not executed");
    });

    test("poison spreads along dispatches and copies, within a batch and over batches", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      device.pipeline(2, "axpb", AXPB, 2, 0b10, false);
      device.pipeline(3, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream();
      for (let id = 1; id <= 7; id++) stream.create(id, 16);
      stream.write(7, ones).submit(device);
      stream.dispatch(1, 1, [1]).submit(device);
      stream.dispatch(2, 1, [1, 2], [4, 0, 0]).copy(2, 0, 3, 0, 8).submit(device);
      stream.dispatch(3, 1, [3]).dispatch(2, 1, [3, 4], [4, 0, 0]).submit(device);
      stream
        .dispatch(2, 1, [7, 5], [4, bits(3), 0])
        .copy(5, 0, 6, 0, 16)
        .submit(device);
      for (const id of [1, 2, 3, 4]) await assert.rejects(device.read(id, 0, 16), refused, `buffer ${id}`);
      for (const id of [5, 6]) assert.deepEqual(floats(await device.read(id, 0, 16)), [3, 3, 3, 3], `buffer ${id}`);
      // And long after everything has settled.
      stream.dispatch(2, 1, [4, 5], [4, 0, 0]).submit(device);
      await assert.rejects(device.read(5, 0, 16), refused);
      assert.deepEqual(floats(await device.read(6, 0, 16)), [3, 3, 3, 3]);
    });

    test("a whole write, fill or copy, renew, and destroy clear poison; a part of one does not", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      device.pipeline(2, "axpb", AXPB, 2, 0b10, false);
      const stream = new Stream();
      for (let id = 1; id <= 10; id++) stream.create(id, 16);
      stream.write(10, ones).submit(device);
      for (let id = 1; id <= 9; id++) stream.dispatch(1, 1, [id]);
      stream.submit(device);
      stream
        .write(1, ones)
        .fill(2, 0, 16)
        .copy(10, 0, 3, 0, 16)
        .renew(4)
        .dispatch(2, 1, [10, 4], [4, bits(5), 0]);
      stream
        .write(5, ones.subarray(0, 2))
        .fill(6, 4, 12)
        .copy(10, 0, 7, 0, 12)
        .dispatch(2, 1, [10, 8], [4, bits(5), 0]);
      stream.destroy(9).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), [1, 1, 1, 1]);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [0, 0, 0, 0]);
      assert.deepEqual(floats(await device.read(3, 0, 16)), [1, 1, 1, 1]);
      assert.deepEqual(floats(await device.read(4, 0, 16)), [5, 5, 5, 5]);
      for (const id of [5, 6, 7, 8]) await assert.rejects(device.read(id, 0, 16), refused, `buffer ${id}`);
      assert.equal((await device.stats()).poisonedBuffers, 4);
    });

    test("a read between two batches gets the state between them", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      const stream = new Stream();
      stream.create(1, 16).write(1, ones).submit(device);
      const before = device.read(1, 0, 16);
      stream.dispatch(1, 1, [1]).submit(device);
      const during = device.read(1, 0, 16);
      stream.write(1, ones).submit(device);
      const after = device.read(1, 0, 16);
      await assert.rejects(during, refused);
      assert.deepEqual(floats(await before), [1, 1, 1, 1]);
      assert.deepEqual(floats(await after), [1, 1, 1, 1]);
    });

    test("a validation error: aliased bindings poison what the batch writes", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      device.pipeline(2, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream().create(1, 16).create(2, 16);
      stream.dispatch(1, 1, [1, 1], [4, 0, 0]).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(2, /./));
      stream.dispatch(2, 1, [2]).submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [1, 1, 1, 1], "the next batch is a good one");
    });

    test("too many workgroups are a validation error", async () => {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      new Stream().create(1, 16).dispatch(1, 70000, [1]).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(2, /70000/));
    });

    test("synchronize tells an error that nobody has read, once", async () => {
      const device = await open();
      device.pipeline(1, "broken", BROKEN, 1, 1, false);
      const stream = new Stream().create(1, 16).create(2, 16);
      stream.dispatch(1, 1, [1]).submit(device);
      await assert.rejects(device.synchronize(), refused);
      await device.synchronize();
      stream.dispatch(1, 1, [2]).submit(device);
      await assert.rejects(device.read(2, 0, 16), refused);
      await device.synchronize();
    });

    test("a buffer larger than the device allows: out of memory, and what uses it is poisoned", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      const huge = device.limits[1] * 4;
      const stream = new Stream().create(1, huge).create(2, 16).create(3, 16);
      stream.dispatch(1, 1, [1, 2], [4, 0, 0]).write(1, ones).submit(device);
      stream
        .dispatch(1, 1, [3, 3 - 1], [4, 0, 0])
        .write(3, ones)
        .submit(device);
      const tooLarge = failure(3, new RegExp(`buffer of ${huge} bytes is larger than this device allows`));
      await assert.rejects(device.read(1, 0, 16), tooLarge);
      await assert.rejects(device.read(2, 0, 16), tooLarge);
      assert.deepEqual(floats(await device.read(3, 0, 16)), [1, 1, 1, 1]);
      // It stays bad whatever is written to it.
      stream.renew(2).fill(1, 0, huge).dispatch(1, 1, [1, 2], [4, 0, 0]).submit(device);
      await assert.rejects(device.read(2, 0, 16), tooLarge);
      stream.destroy(1).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(2, /does not exist/));
      assert.equal(device.lost, false);
    });

    test("the device's own out of memory", { timeout: 60000 }, async (context) => {
      const device = await open();
      const size = device.limits[1];
      const stream = new Stream();
      let error;
      let id = 0;
      while (!error && id < 64) {
        stream.create(++id, size).submit(device);
        await device.read(id, 0, 16).catch((caught) => {
          error = caught;
        });
      }
      if (!error) return context.skip(`64 buffers of ${size} bytes fit into this device`);
      assert.ok(failure(3, new RegExp(`no memory for a buffer of ${size} bytes`))(error), error);
      // What the failing buffer is used for fails with the same sentence, also once that is known.
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      stream.dispatch(1, 1, [id]).write(id, ones).fill(id, 0, size).submit(device);
      await assert.rejects(device.read(id, 0, 16), failure(3, /no memory/));
      for (let one = 1; one <= id; one++) stream.destroy(one);
      stream.create(1000, 16).dispatch(1, 1, [1000]).submit(device);
      assert.deepEqual(floats(await device.read(1000, 0, 16)), [1, 1, 1, 1]);
    });

    test("out of memory and its use in one batch is told as out of memory", { timeout: 60000 }, async (context) => {
      const device = await open();
      const size = device.limits[1];
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream();
      for (let id = 1; id <= 32; id++) stream.create(id, size);
      stream.create(100, 16);
      for (let id = 1; id <= 32; id++) stream.dispatch(1, 1, [id]);
      stream.dispatch(1, 1, [100]).submit(device);
      const error = await device.read(100, 0, 16).then(
        () => null,
        (caught) => caught,
      );
      if (!error) return context.skip(`32 buffers of ${size} bytes fit into this device`);
      assert.ok(failure(3, /no memory/)(error), error);
    });

    test("reads that cannot be are refused with their numbers", async () => {
      const device = await open();
      new Stream().create(1, 16).submit(device);
      await assert.rejects(device.read(7, 0, 16), failure(2, /buffer 7, which does not exist/));
      await assert.rejects(device.read(1, 8, 16), failure(2, /bytes 8 to 24 of buffer 1, which has 16 bytes/));
    });

    for (const [what, words, pattern] of [
      ["an unknown opcode", [99 | (1 << 8)], /unknown opcode 99 at word 0/],
      ["a command of no words", [2], /word 0 says that it has 0 words/],
      ["a command that is cut off", [2 | (9 << 8), 1], /says that it has 9 words, 2 are left/],
      ["an unknown buffer", [2 | (2 << 8), 77], /buffer 77 does not exist/],
      ["an unknown pipeline", [4 | (8 << 8), 5, 1, 1, 1, 0, 0, 0], /pipeline 5, which does not exist/],
    ]) {
      test(`a malformed stream ends the device: ${what}`, async () => {
        const device = await open();
        const stream = new Stream();
        stream.create(1, 16).submit(device);
        stream.raw(...words).submit(device);
        await assert.rejects(device.read(1, 0, 16), failure(2, pattern));
        assert.match((await device.onlost).message, pattern);
        assert.equal(device.lost, true);
        await assert.rejects(device.synchronize(), failure(2, pattern));
      });
    }

    test("a write past the end of its buffer ends the device", async () => {
      const device = await open();
      new Stream().create(1, 16).write(1, ones, 8).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(2, /write of bytes 8 to 24 of buffer 1, which has 16 bytes/));
    });

    test("a dispatch with the wrong number of bindings ends the device", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      new Stream().create(1, 16).dispatch(1, 1, [1]).submit(device);
      await assert.rejects(device.synchronize(), failure(2, /kernel "axpb" has 2 bindings, the dispatch gives 1/));
    });

    test("destroy() ends every pending wait at once, and every later one", async () => {
      const device = await open();
      device.pipeline(1, "slow", SLOW, 1, 1, false);
      new Stream()
        .create(1, 2 ** 20)
        .dispatch(1, 1024, [1], [2000])
        .submit(device);
      const pending = [device.read(1, 0, 2 ** 20), device.synchronize(), device.read(1, 0, 4)];
      const settled = Promise.allSettled(pending);
      const begun = performance.now();
      device.destroy();
      for (const { status, reason } of await settled) {
        assert.equal(status, "rejected");
        assert.ok(failure(4, /lost \(destroyed\)/)(reason), reason);
      }
      assert.ok(performance.now() - begun < 1000, "at once");
      assert.equal((await device.onlost).status, 4);
      assert.equal(device.lost, true);
      new Stream().create(2, 16).submit(device);
      await assert.rejects(device.read(2, 0, 4), failure(4, /lost/));
      await assert.rejects(device.synchronize(), failure(4, /lost/));
      await assert.rejects(device.warmup(), failure(4, /lost/));
    });

    test("a wait ends at its timeout, and the device goes on", { timeout: 60000 }, async () => {
      const device = await open();
      device.pipeline(1, "slow", SLOW, 1, 1, false);
      device.pipeline(2, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream().create(1, 2 ** 18).create(2, 16);
      stream.dispatch(2, 1, [2]).submit(device);
      await device.synchronize(); // compiled
      stream.dispatch(1, 1024, [1], [2000]).submit(device);
      const begun = performance.now();
      await assert.rejects(device.read(1, 0, 4, 60), failure(5, /read of 4 bytes took longer than 60 ms/));
      await assert.rejects(device.synchronize(30), failure(5, /synchronize took longer than 30 ms/));
      assert.ok(performance.now() - begun < 2000);
      stream.dispatch(2, 1, [2]).submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 4)), [2]);
    });
  });
}

test("a loss that the GPU reports, not we", async () => {
  const device = await openLocal();
  new Stream().create(1, 16).submit(device);
  const read = device.read(1, 0, 16);
  device.gpuDevice.destroy();
  await assert.rejects(read, failure(4, /GPU device was lost/));
  assert.equal((await device.onlost).status, 4);
});

test("an uncaptured error fails what is pending", async () => {
  const device = await openLocal();
  new Stream().create(1, 16).submit(device);
  device.gpuDevice.createBuffer({ size: 16, usage: 0 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await assert.rejects(device.synchronize(), failure(2, /uncaptured GPU error/));
});
