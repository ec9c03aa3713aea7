// Launches that are kept and replayed, on a device in this thread and on one in a worker.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { AXPB, BROKEN, bits, closeAll, failure, floats, INCREMENT, openLocal, openRemote, Stream } from "../testing.js";

const four = (x) => Float32Array.of(x, x, x, x);
const all = (x) => [x, x, x, x];
const refused = failure(1, /kernel "broken" was refused/);

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`captures on a device in ${where}`, () => {
    afterEach(closeAll);

    const openWith = async (...kernels) => {
      const device = await open();
      const known = { axpb: [AXPB, 2, 0b10], increment: [INCREMENT, 1, 1], broken: [BROKEN, 1, 1] };
      kernels.forEach((name, i) => {
        const [text, bindings, mask] = known[name];
        device.pipeline(i + 1, name, text, bindings, mask, false);
      });
      return device;
    };

    test("nothing runs until the replay; each does all, with the parameters of the capture", async () => {
      const device = await openWith("axpb", "increment");
      const stream = new Stream().create(1, 16).create(2, 16).write(1, four(1));
      stream.capture(7, (kept) =>
        kept
          .dispatch(1, 1, [1, 2], [4, bits(2), bits(3)])
          .dispatch(1, 1, [2, 1], [4, bits(1), bits(10)])
          .dispatch(2, 1, [1]),
      );
      stream.submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), all(1));
      stream.replay(7).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), all(16)); // 2 * 1 + 3 + 10 + 1
      stream
        .dispatch(1, 1, [2, 1], [4, bits(100), 0])
        .replay(7)
        .replay(7)
        .submit(device); // 500, 1014, 2042
      assert.deepEqual(floats(await device.read(1, 0, 16)), all(2042));
      const { captures, replays, dispatches } = await device.stats();
      assert.deepEqual({ captures, replays, dispatches }, { captures: 1, replays: 3, dispatches: 10 });
    });

    test("a replay makes no bind group, writes no parameters, and is one submit with what is around it", async () => {
      const device = await openWith("axpb", "increment");
      const stream = new Stream().create(1, 16).create(2, 16);
      stream
        .capture(1, (kept) => {
          for (let k = 0; k < 50; k++) kept.dispatch(1, 1, [1, 2], [4, bits(1), bits(k)]).dispatch(2, 1, [1]);
        })
        .submit(device);
      const before = await device.stats();
      stream.dispatch(2, 1, [1]).replay(1).replay(1).submit(device);
      const after = await device.stats();
      assert.equal(after.dispatches - before.dispatches, 201);
      assert.equal(after.submits - before.submits, 1);
      assert.equal(after.bytesWritten, before.bytesWritten);
      assert.equal(after.bindGroups - before.bindGroups, 1); // the plain dispatch's
      assert.equal(before.bindGroups, 2);
      assert.deepEqual(floats(await device.read(1, 0, 16)), all(101));
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(49 + 100));
    });

    test("writes and copies before, between and after replays keep their order", async () => {
      const device = await openWith("increment");
      const stream = new Stream().create(1, 16).create(2, 16).create(3, 16);
      stream.capture(1, (kept) => kept.dispatch(1, 1, [1]).dispatch(1, 1, [1]));
      stream.write(1, four(5)).replay(1).copy(1, 0, 2, 0, 16).write(1, four(50)).replay(1).copy(1, 0, 3, 0, 16);
      stream.write(1, four(500)).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), all(500));
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(7));
      assert.deepEqual(floats(await device.read(3, 0, 16)), all(52));
    });

    test("a capture is forgotten in order, and its buffers can go then", async () => {
      const device = await openWith("increment");
      const stream = new Stream().create(1, 16).create(2, 16);
      stream.capture(1, (kept) => kept.dispatch(1, 1, [1]));
      stream.replay(1).copy(1, 0, 2, 0, 16).forget(1).destroy(1).submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(1));
      const { captures, buffers } = await device.stats();
      assert.deepEqual({ captures, buffers }, { captures: 0, buffers: 1 });
    });

    test("a kernel that is refused: what shared the batch is bad, later replays do the rest", async () => {
      const device = await openWith("broken", "increment");
      const stream = new Stream().create(1, 16).create(2, 16).create(3, 16);
      stream.capture(1, (kept) => kept.dispatch(1, 1, [1]).dispatch(2, 1, [2]));
      stream.submit(device);
      stream.replay(1).dispatch(2, 1, [3]).submit(device);
      for (const id of [1, 2, 3]) await assert.rejects(device.read(id, 0, 16), refused, `buffer ${id}`);
      stream.write(2, four(1)).submit(device);
      stream.replay(1).submit(device);
      await assert.rejects(device.read(1, 0, 16), refused);
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(2));
    });

    test("poison spreads through a replay, until its input is good again and its own buffers are renewed", async () => {
      const device = await openWith("broken", "axpb");
      const stream = new Stream();
      for (const id of [1, 2, 3, 4]) stream.create(id, 16);
      const plus = (kept, from, to) => kept.dispatch(2, 1, [from, to], [4, bits(1), bits(1)]);
      stream.capture(1, (kept) => plus(plus(kept.renew(2), 1, 2).renew(3), 2, 3));
      stream.capture(2, (kept) => plus(kept, 1, 4));
      stream.submit(device);
      stream.dispatch(1, 1, [1]).submit(device);
      stream.replay(1).replay(2).submit(device);
      for (const id of [2, 3, 4]) await assert.rejects(device.read(id, 0, 16), refused, `buffer ${id}`);
      stream.write(1, four(1)).replay(1).replay(2).submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(2));
      assert.deepEqual(floats(await device.read(3, 0, 16)), all(3));
      await assert.rejects(device.read(4, 0, 16), refused, "a dispatch alone heals nothing");
    });

    test("a capture that was replayed and forgotten before the errors were known", async () => {
      const device = await openWith("broken", "increment");
      const stream = new Stream().create(1, 16).create(2, 16);
      stream.capture(1, (kept) => kept.dispatch(1, 1, [1]));
      stream.capture(2, (kept) => kept.dispatch(2, 1, [2]));
      stream.submit(device);
      stream.replay(2).submit(device);
      stream.replay(1).forget(1).forget(2).submit(device);
      await assert.rejects(device.read(1, 0, 16), refused);
      assert.deepEqual(floats(await device.read(2, 0, 16)), all(1));
    });

    test("a buffer that could not be created: its dispatches are left out", async () => {
      const device = await openWith("axpb", "increment");
      const stream = new Stream()
        .create(1, 16)
        .create(2, 2 ** 45)
        .create(3, 16);
      stream.capture(1, (kept) => kept.dispatch(1, 1, [2, 1], [4, bits(1), 0]).dispatch(2, 1, [3]));
      stream.submit(device);
      stream.replay(1).submit(device);
      await assert.rejects(device.read(1, 0, 16), failure(3, /larger than this device allows/));
      assert.deepEqual(floats(await device.read(3, 0, 16)), all(1));
    });

    const kernel = [4 | (9 << 8), 1, 1, 1, 1, 0, 0, 1, 1]; // dispatch of kernel 1 on buffer 1
    for (const [what, add, pattern] of [
      ["a replay of nothing", (s) => s.replay(5), /capture 5 does not exist/],
      [
        "a capture that was forgotten",
        (s) =>
          s
            .capture(5, () => {})
            .forget(5)
            .replay(5),
        /capture 5 does not exist/,
      ],
      [
        "forgetting twice",
        (s) =>
          s
            .capture(5, () => {})
            .forget(5)
            .forget(5),
        /capture 5 does not exist/,
      ],
      ["a number twice", (s) => s.capture(5, () => {}).capture(5, () => {}), /capture 5 exists already/],
      ["an unknown kernel", (s) => s.capture(5, (k) => k.dispatch(9, 1, [1])), /pipeline 9, which does not exist/],
      ["an unknown buffer", (s) => s.capture(5, (k) => k.dispatch(1, 1, [9])), /buffer 9 does not exist/],
      ["too few bindings", (s) => s.capture(5, (k) => k.dispatch(1, 1, [])), /has 1 bindings, the dispatch gives 0/],
      ["a write in it", (s) => s.capture(5, (k) => k.raw(3 | (6 << 8), 1, 0, 0, 0, 16)), /opcode 3 in a capture/],
      ["a replay in it", (s) => s.capture(5, (k) => k.replay(5)), /opcode 10 in a capture/],
      [
        "launches that are cut off",
        (s) => s.raw(9 | (11 << 8), 5, 8, ...kernel.slice(0, 8)),
        /has 9 words, 8 are left/,
      ],
      ["more launches than words", (s) => s.raw(9 | (3 << 8), 5, 4), /a capture of 4 words in a command of 3/],
      [
        "parameters past the end",
        (s) => s.raw(9 | (12 << 8), 5, 9, ...kernel.with(5, 256).with(6, 4)),
        /parameters at 256 to 512 of a capture that has 0 bytes/,
      ],
      [
        "a buffer that goes before it",
        (s) => s.capture(5, (k) => k.dispatch(1, 1, [1])).destroy(1),
        /a capture uses it/,
      ],
    ]) {
      test(`a malformed stream ends the device: ${what}`, async () => {
        const device = await openWith("increment");
        const stream = new Stream();
        stream.create(1, 16).submit(device);
        add(stream).submit(device);
        await assert.rejects(device.synchronize(), failure(2, pattern));
        assert.equal(device.lost, true);
      });
    }
  });
}
