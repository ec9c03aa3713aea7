// Every command of the stream, on a device in this thread and on one in a worker.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { AXPB, bits, closeAll, failure, floats, INCREMENT, openLocal, openRemote, Stream } from "../testing.js";

const range = (n, scale = 1) => Float32Array.from({ length: n }, (_, i) => i * scale);

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`a device in ${where}`, () => {
    afterEach(closeAll);

    test("says what it is", async () => {
      const device = await open();
      assert.equal(device.kind, "webgpu");
      assert.ok(device.adapterInfo.description.length > 0);
      assert.equal(
        device.adapterInfo.software,
        /software adapter/.test(device.adapterInfo.description),
        "a software adapter is called one",
      );
      assert.equal(device.limits.length, 7);
      assert.ok(device.limits[1] >= 2 ** 28, "maxBufferSize is requested at the adapter's maximum");
    });

    test("a new buffer holds zeros", async () => {
      const device = await open();
      new Stream().create(1, 32).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 32)), Array(8).fill(0));
    });

    test("write, dispatch and read", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      new Stream()
        .create(1, 400)
        .create(2, 400)
        .write(1, range(100))
        .dispatch(1, 2, [1, 2], [100, bits(2), bits(-3)])
        .submit(device);
      assert.deepEqual(
        floats(await device.read(2, 0, 400)),
        Array.from(range(100), (x) => x * 2 - 3),
      );
    });

    test("write at an offset, and read at offsets and sizes that are no multiple of four", async () => {
      const device = await open();
      const data = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
      new Stream().create(1, 64).write(1, data, 8).submit(device);
      assert.deepEqual([...(await device.read(1, 7, 6))], [0, 1, 2, 3, 4, 5]);
      assert.deepEqual([...(await device.read(1, 23, 1))], [16]);
      assert.deepEqual([...(await device.read(1, 24, 0))], []);
    });

    test("a write of any number of bytes; the word in which it ends is filled up with zeros", async () => {
      const device = await open();
      const data = Uint8Array.from({ length: 600_003 }, (_, i) => i % 251);
      const stream = new Stream().create(1, 16).create(2, 600_016);
      stream.write(1, new Uint8Array(16).fill(9)).write(1, data.subarray(0, 3)).write(1, data.subarray(0, 5), 8);
      stream.write(2, data).submit(device);
      assert.deepEqual([...(await device.read(1, 0, 16))], [0, 1, 2, 0, 9, 9, 9, 9, 0, 1, 2, 3, 4, 0, 0, 0]);
      assert.deepEqual(await device.read(2, 0, 600_003), data);
      assert.deepEqual([...(await device.read(2, 600_000, 4))], [...data.subarray(600_000), 0]);
    });

    test("large writes arrive whole, again and again, and in the order of the other commands", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      const count = 2_500_003; // three pieces, the last one short
      const bytes = count * 4;
      new Stream().create(1, bytes).create(2, 400).submit(device);
      for (let turn = 0; turn < 8; turn++) {
        const data = range(count).fill(turn, 0, 100);
        new Stream()
          .write(1, data)
          .dispatch(1, 2, [1, 2], [100, bits(1), bits(1)])
          .write(1, range(count, -1))
          .submit(device);
        assert.deepEqual(floats(await device.read(2, 0, 8)), [turn + 1, turn + 1]);
        assert.deepEqual(floats(await device.read(1, bytes - 8, 8)), [2 - count, 1 - count]);
      }
      assert.ok((await device.stats()).stagingBytes <= 128 * 2 ** 20);
    });

    test("two writes of one batch carry their own data", async () => {
      const device = await open();
      new Stream().create(1, 16).create(2, 16).write(1, range(4)).write(2, range(4, 10)).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), [0, 1, 2, 3]);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [0, 10, 20, 30]);
    });

    test("copy takes its offsets and its size", async () => {
      const device = await open();
      new Stream().create(1, 32).create(2, 32).write(1, range(8)).copy(1, 8, 2, 16, 12).submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 32)), [0, 0, 0, 0, 2, 3, 4, 0]);
    });

    test("fill writes zeros in its range", async () => {
      const device = await open();
      new Stream().create(1, 32).write(1, range(8, 1)).fill(1, 8, 16).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 32)), [0, 1, 0, 0, 0, 0, 6, 7]);
    });

    test("commands keep their order: dispatch, write, dispatch, copy, fill, dispatch", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      device.pipeline(2, "increment", INCREMENT, 1, 1, false);
      new Stream()
        .create(1, 16)
        .create(2, 16)
        .create(3, 16)
        .create(4, 16)
        .write(1, range(4))
        .dispatch(1, 1, [1, 2], [4, bits(10), 0]) //     2: 0 10 20 30
        .write(1, Float32Array.of(5, 5, 5, 5)) //        after the dispatch has read it
        .dispatch(1, 1, [1, 3], [4, bits(1), bits(1)]) // 3: 6 6 6 6
        .copy(2, 0, 4, 0, 16) //                          4: 0 10 20 30
        .dispatch(2, 1, [4]) //                           4: 1 11 21 31
        .fill(3, 0, 8) //                                 3: 0 0 6 6
        .dispatch(2, 1, [3]) //                           3: 1 1 7 7
        .submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 16)), [5, 5, 5, 5]);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [0, 10, 20, 30]);
      assert.deepEqual(floats(await device.read(3, 0, 16)), [1, 1, 7, 7]);
      assert.deepEqual(floats(await device.read(4, 0, 16)), [1, 11, 21, 31]);
    });

    test("a read sees the batches before it and not those after it", async () => {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream();
      stream.create(1, 16).submit(device);
      const reads = [];
      for (let i = 0; i < 20; i++) {
        stream.dispatch(1, 1, [1]).submit(device);
        reads.push(device.read(1, 0, 4));
      }
      assert.deepEqual(
        (await Promise.all(reads)).map((bytes) => floats(bytes)[0]),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });

    test("a buffer destroyed in the batch that uses it is still used", async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      new Stream()
        .create(1, 16)
        .create(2, 16)
        .write(1, range(4))
        .dispatch(1, 1, [1, 2], [4, bits(3), 0])
        .destroy(1)
        .submit(device);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [0, 3, 6, 9]);
      await assert.rejects(device.read(1, 0, 16), failure(2, /buffer 1, which does not exist/));
      assert.equal((await device.stats()).buffers, 1);
    });

    test("three grid dimensions reach the kernel", async () => {
      const device = await open();
      const text = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) w: vec3<u32>) {
  x[w.x + 2u * w.y + 6u * w.z] = 100u * w.x + 10u * w.y + w.z + 1000u;
}`;
      device.pipeline(1, "grid", text, 1, 1, false);
      new Stream().create(1, 48).dispatch(1, [2, 3, 2], [1]).submit(device);
      const got = new Uint32Array((await device.read(1, 0, 48)).slice().buffer);
      assert.deepEqual([...got], [1000, 1100, 1010, 1110, 1020, 1120, 1001, 1101, 1011, 1111, 1021, 1121]);
    });

    test("parameters: one batch with more than the buffer holds, each dispatch its own", async () => {
      const device = await open();
      const before = (await device.stats()).paramBytes;
      const n = before / 256 + 10;
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      const stream = new Stream().create(1, 16).write(1, Float32Array.of(1, 1, 1, 1));
      // First at the small size, so that its bind group is one of the old buffer.
      stream
        .create(2, 16)
        .dispatch(1, 1, [1, 2], [1, bits(7), 0])
        .submit(device);
      for (let i = 0; i < n; i++) stream.create(i + 10, 16).dispatch(1, 1, [1, i + 10], [1, bits(i), bits(0.5)]);
      stream.dispatch(1, 1, [1, 2], [2, bits(8), 0]).submit(device);
      for (const i of [0, 1, 100, n - 1]) {
        assert.deepEqual(floats(await device.read(i + 10, 0, 8)), [i + 0.5, 0], `dispatch ${i}`);
      }
      assert.deepEqual(floats(await device.read(2, 0, 16)), [8, 8, 0, 0]);
      assert.ok((await device.stats()).paramBytes > before);
    });

    test("a uniform larger than 256 bytes is bound whole", async () => {
      const device = await open();
      const text = `struct P { v: array<vec4<u32>, 40> }
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<uniform> p: P;
@compute @workgroup_size(1) fn main() { x[0] = p.v[39].w; x[1] = p.v[0].x; }`;
      device.pipeline(1, "large uniform", text, 1, 1, false);
      const params = Array.from({ length: 160 }, (_, i) => i + 1);
      new Stream().create(1, 16).dispatch(1, 1, [1], params).submit(device);
      assert.deepEqual([...new Uint32Array((await device.read(1, 0, 8)).slice().buffer)], [160, 1]);
    });

    test("bind groups are cached, and forgotten with their buffers", async () => {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream().create(1, 16).create(2, 16);
      for (let i = 0; i < 10; i++) stream.dispatch(1, 1, [1]).dispatch(1, 1, [2]);
      stream.submit(device);
      await device.synchronize();
      let stats = await device.stats();
      assert.deepEqual([stats.bindGroups, stats.bindGroupHits, stats.bindGroupsCached], [2, 18, 2]);
      stream.destroy(1).create(3, 16).dispatch(1, 1, [3]).submit(device);
      assert.deepEqual(floats(await device.read(3, 0, 4)), [1]);
      assert.deepEqual(floats(await device.read(2, 0, 4)), [10]);
      stats = await device.stats();
      assert.deepEqual([stats.bindGroups, stats.bindGroupsCached], [3, 2]);
    });

    test("warm-up compiles what was prepared, and a dispatch does not wait for it", async () => {
      const device = await open();
      device.pipeline(1, "prepared", INCREMENT, 1, 1, true);
      device.pipeline(2, "at first use", INCREMENT, 1, 1, false);
      device.pipeline(3, "used before it is ready", INCREMENT, 1, 1, true);
      new Stream().create(1, 16).dispatch(3, 1, [1]).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 4)), [1]);
      await device.warmup();
      assert.equal((await device.stats()).pipelines, 3, "1 in the background, 3 in both ways, 2 not yet");
      new Stream().dispatch(1, 1, [1]).dispatch(2, 1, [1]).dispatch(3, 1, [1]).submit(device);
      assert.deepEqual(floats(await device.read(1, 0, 4)), [4]);
      assert.equal((await device.stats()).pipelines, 4);
    });

    test("one submit a batch, whatever it holds", async () => {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 1, 1, false);
      const stream = new Stream().create(1, 16).create(2, 16).write(1, range(4));
      for (let i = 0; i < 64; i++) stream.dispatch(1, 1, [1]);
      stream.copy(1, 0, 2, 0, 16).fill(1, 0, 16).submit(device);
      await device.synchronize();
      const stats = await device.stats();
      assert.deepEqual([stats.submits, stats.dispatches, stats.batches], [1, 64, 1]);
      assert.deepEqual(floats(await device.read(2, 0, 16)), [64, 65, 66, 67]);
    });

    test("large uploads and reads, many at once", async () => {
      const device = await open();
      const n = 2 ** 20;
      const stream = new Stream();
      for (let id = 1; id <= 4; id++) stream.create(id, n * 4).write(id, range(n, id));
      stream.submit(device);
      const results = await Promise.all([1, 2, 3, 4].map((id) => device.read(id, 0, n * 4)));
      results.forEach((bytes, i) => {
        const values = new Float32Array(bytes.buffer, bytes.byteOffset, n);
        assert.equal(values[n - 1], (n - 1) * (i + 1));
        assert.equal(values[12345], 12345 * (i + 1));
      });
    });

    test("10 000 batches leave memory on a plateau", { timeout: 120000 }, async () => {
      const device = await open();
      device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
      const stream = new Stream().create(1, 4096).write(1, Float32Array.of(1, 2, 3, 4));
      stream.submit(device);
      const sample = async () => {
        globalThis.gc?.();
        const { bufferBytes, buffers, bindGroupsCached, stagingBytes, paramBytes, unsettledBatches } =
          await device.stats();
        return { counts: { bufferBytes, buffers, bindGroupsCached, stagingBytes, paramBytes, unsettledBatches } };
      };
      let id = 2;
      const round = async (batches) => {
        for (let i = 0; i < batches; i++) {
          stream.create(id, 4096).dispatch(1, 1, [1, id], [4, bits(i), 0]);
          stream.dispatch(1, 1, [1, id], [4, bits(2), 0]).submit(device);
          if (i % 100 === 99) assert.deepEqual(floats(await device.read(id, 0, 16)), [2, 4, 6, 8]);
          stream.destroy(id++).submit(device);
        }
        await device.synchronize();
      };
      await round(500);
      const first = await sample();
      const before = process.memoryUsage().rss;
      await round(9500 / 2);
      assert.deepEqual((await sample()).counts, first.counts);
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      assert.ok(grown < 100, `the process grew by ${grown.toFixed(0)} MiB`);
    });
  });
}
