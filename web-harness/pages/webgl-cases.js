// What the WebGL2 device must do. Each case gets {open, Stream, WebGLDevice} and throws where something is wrong.
// Nothing is imported, so that the spec can list the names under Node.

const head = (inputs, outputs, params = "") => `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
${Array.from({ length: inputs }, (_, i) => `uniform highp usampler2D b${i};`).join("\n")}
${Array.from({ length: outputs }, (_, i) => `layout(location = ${i}) out uvec4 o${i};`).join("\n")}
${params && `layout(std140) uniform params { ${params} };`}
int here() { ivec2 p = ivec2(gl_FragCoord.xy); return p.y * 4096 + p.x; }
ivec2 at(int t) { return ivec2(t & 4095, t >> 12); }
`;
/** o[i] = b0[i] * scale + add, floats. */
const AXPB = `${head(1, 1, "uint n; float scale; float add;")}
void main() {
  vec4 x = uintBitsToFloat(texelFetch(b0, at(here()), 0));
  o0 = floatBitsToUint(x * scale + add);
}
`;
/** o[i] = b0[i] + 1, integers; in place when both are one buffer. */
const INCREMENT = `${head(1, 1)}
void main() { o0 = texelFetch(b0, at(here()), 0) + 1u; }
`;
/** o[i] = i, integers. */
const IOTA = `${head(0, 1)}
void main() { o0 = uvec4(here() * 4) + uvec4(0, 1, 2, 3); }
`;
/** Texels shift by one: o[t] = b0[t - 1] + 1, and 1000 in the first. */
const SHIFT = `${head(1, 1)}
void main() { int t = here(); o0 = t == 0 ? uvec4(1000) : texelFetch(b0, at(t - 1), 0) + 1u; }
`;
const BROKEN = `${head(1, 1)}
void main() {
  o0 = nonsense(b0);
}
`;

const f32 = new Float32Array(1);
const bits = (value) => {
  f32[0] = value;
  return new Uint32Array(f32.buffer)[0];
};
const iota = (n, scale = 1) => Uint32Array.from({ length: n }, (_, i) => i * scale);
const range = (n, scale = 1) => Float32Array.from({ length: n }, (_, i) => i * scale);
const words = (bytes) => new Uint32Array(bytes.slice().buffer);
const floats = (bytes) => new Float32Array(bytes.slice().buffer);
/** Every element type is moved by its bits; these are those that a detour through floats would change. */
const hard = (n) =>
  Uint32Array.from({ length: n }, (_, i) => [0x7f800001, 0xffffffff, 0x00000001, 0x80000000, 0x7fc12345][i % 5] ^ i);

function same(actual, expected, what) {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} elements instead of ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i]))
      throw new Error(`${what}: [${i}] is ${actual[i]} instead of ${expected[i]}`);
  }
}
function check(condition, what) {
  if (!condition) throw new Error(what);
}
async function rejects(promise, status, pattern, what = "") {
  let error = null;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  check(error, `${what} did not reject`);
  check(error.name === "DeviceError" && error.status === status && pattern.test(error.message), `${what}: ${error}`);
  return error;
}
const throws = (action, ...rest) => rejects((async () => action())(), ...rest);

/** By both ways of reading. */
async function bothReads(device, id, offset, bytes, test) {
  test(await device.read(id, offset, bytes), "read");
  const target = new Uint8Array(bytes);
  device.readBlocking(id, offset, target);
  test(target, "blocking read");
}

export const figures = "figures";

export const cases = {
  "says what it is": async ({ open }) => {
    const device = await open();
    check(device.kind === "webgl", device.kind);
    const { description, software } = device.adapterInfo;
    check(description.length > 0 && software === /software adapter/.test(description), description);
    check(software === /swiftshader|llvmpipe/i.test(description), description);
    check(device.limits.length === 7, "seven limits");
    const [bytes, , , , inputs, , outputs] = device.limits;
    check(bytes >= 4096 * 4096 * 16 && inputs === 16 && outputs >= 4 && outputs <= 8, `${device.limits}`);
  },

  "a new buffer holds zeros": async ({ open, Stream }) => {
    const device = await open();
    new Stream()
      .create(1, 32)
      .create(2, 16 * 9000)
      .submit(device);
    await bothReads(device, 1, 0, 32, (got, how) => same(words(got), new Uint32Array(8), how));
    await bothReads(device, 2, 0, 16 * 9000, (got, how) => same(words(got), new Uint32Array(36000), how));
  },

  "write, draw and read, in one row": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
    new Stream()
      .create(1, 400)
      .create(2, 400)
      .write(1, range(100))
      .draw(1, 0, 25, [1, 2], { params: [100, bits(2), bits(-3)] })
      .submit(device);
    await bothReads(device, 2, 0, 400, (got, how) =>
      same(
        floats(got),
        range(100).map((x) => x * 2 - 3),
        how,
      ),
    );
  },

  "many rows": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "iota", IOTA, 1, 1, false);
    device.pipeline(2, "increment", INCREMENT, 2, 0b10, false);
    for (const [id, texels] of [4095, 4096, 4097, 8192, 3 * 4096 + 5].entries()) {
      new Stream()
        .create(2 * id, texels * 16)
        .create(2 * id + 1, texels * 16)
        .draw(1, 0, texels, [2 * id])
        .draw(2, 0, texels, [2 * id, 2 * id + 1])
        .submit(device);
      await bothReads(device, 2 * id + 1, 0, texels * 16, (got, how) =>
        same(
          words(got),
          iota(texels * 4).map((x) => x + 1),
          `${texels} texels, ${how}`,
        ),
      );
    }
  },

  "all bits survive": async ({ open, Stream }) => {
    const device = await open();
    const data = hard(20000);
    new Stream().create(1, 80000).create(2, 80000).write(1, data).copy(1, 0, 2, 0, 80000).submit(device);
    for (const id of [1, 2]) await bothReads(device, id, 0, 80000, (got, how) => same(words(got), data, how));
  },

  "a range leaves the rest as it was": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "iota", IOTA, 1, 1, false);
    const texels = 5 * 4096 + 100;
    for (const [first, count] of [
      [0, 1],
      [7, 20],
      [4090, 10],
      [4096, 4096],
      [4095, 4098],
      [100, 3 * 4096],
      [5 * 4096 + 50, 50],
      [0, texels - 1],
      [3, 0],
    ]) {
      const id = 1 + first * 100000 + count;
      const old = new Uint32Array(texels * 4).fill(0xabcdef01);
      new Stream()
        .create(id, texels * 16)
        .write(id, old)
        .draw(1, first, count, [id])
        .submit(device);
      const expected = old.map((x, i) => (i >= first * 4 && i < (first + count) * 4 ? i : x));
      await bothReads(device, id, 0, texels * 16, (got, how) =>
        same(words(got), expected, `${first}, ${count}: ${how}`),
      );
      new Stream().destroy(id).submit(device);
    }
  },

  "several outputs": async ({ open, Stream }) => {
    const device = await open();
    const text = `${head(1, 4)}
void main() {
  uvec4 x = texelFetch(b0, at(here()), 0);
  o0 = x; o1 = x * 2u; o2 = x * 3u; o3 = ~x;
}
`;
    device.pipeline(1, "four outputs", text, 5, 0b11110, false);
    const n = 4 * 5000;
    const stream = new Stream();
    for (let id = 1; id <= 5; id++) stream.create(id, n * 4);
    stream
      .write(1, iota(n))
      .draw(1, 0, n / 4, [1, 2, 3, 4, 5])
      .submit(device);
    const made = [(x) => x, (x) => x * 2, (x) => x * 3, (x) => ~x];
    for (const [k, f] of made.entries()) same(words(await device.read(2 + k, 0, n * 4)), iota(n).map(f), `output ${k}`);
    // Other buffers in other places, and one that is drawn to by itself in between.
    stream.draw(1, 0, 100, [2, 5, 4, 3, 1]).submit(device);
    for (const [k, f] of made.entries()) {
      same(words(await device.read([5, 4, 3, 1][k], 0, 1600)), iota(400).map(f), `again, output ${k}`);
    }
    check((await device.stats()).framebuffers === 2, "framebuffers are kept");
    stream.destroy(5).submit(device);
    check((await device.stats()).framebuffers === 0, "and go with their buffers");
  },

  "in place, whole and in part": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "shift", SHIFT, 2, 0b10, false);
    const texels = 3 * 4096;
    const old = iota(texels * 4, 7);
    const shifted = old.map((_, i) => (i < 4 ? 1000 : old[i - 4] + 1));
    new Stream()
      .create(1, texels * 16)
      .write(1, old)
      .draw(1, 0, texels, [1, 1], { whole: true })
      .submit(device);
    await bothReads(device, 1, 0, texels * 16, (got, how) => same(words(got), shifted, `whole, ${how}`));
    for (const [first, count] of [
      [0, texels],
      [5, 3],
      [4000, 200],
      [4095, 4097],
      [100, 2 * 4096],
    ]) {
      new Stream().write(1, old).draw(1, first, count, [1, 1]).submit(device);
      const expected = old.map((x, i) => (i >= first * 4 && i < (first + count) * 4 ? shifted[i] : x));
      await bothReads(device, 1, 0, texels * 16, (got, how) =>
        same(words(got), expected, `${first}, ${count}: ${how}`),
      );
    }
    check((await device.stats()).spareBytes === texels * 16, "one spare serves all");
  },

  "in place among several outputs": async ({ open, Stream }) => {
    const device = await open();
    const text = `${head(2, 2)}
void main() {
  uvec4 x = texelFetch(b0, at(here()), 0), y = texelFetch(b1, at(here()), 0);
  o0 = x + y; o1 = x - y;
}
`;
    device.pipeline(1, "butterfly", text, 4, 0b1100, false);
    const n = 4 * 4100;
    for (const whole of [true, false]) {
      const [x, y] = [whole ? 1 : 3, whole ? 2 : 4];
      new Stream()
        .create(x, n * 4)
        .create(y, n * 4)
        .write(x, iota(n, 5))
        .write(y, iota(n, 2))
        .draw(1, 0, n / 4, [x, y, x, y], { whole })
        .draw(1, 0, n / 4, [x, y, y, x], { whole })
        .submit(device);
      same(words(await device.read(y, 0, n * 4)), iota(n, 10), `sum, whole: ${whole}`);
      same(words(await device.read(x, 0, n * 4)), iota(n, 4), `difference, whole: ${whole}`);
    }
  },

  "writes at any multiple of four": async ({ open, Stream }) => {
    const device = await open();
    const texels = 3 * 4096 + 9;
    const expected = hard(texels * 4);
    new Stream()
      .create(1, texels * 16)
      .write(1, expected)
      .submit(device);
    const stream = new Stream();
    for (const [first, count] of [
      [0, 1],
      [3, 1],
      [5, 2],
      [6, 9],
      [4 * 4096 - 3, 7],
      [1, 4 * 4096 * 2],
      [4 * 4096 * 2 + 2, 4 * 4096 + 20],
      [texels * 4 - 1, 1],
      [30, 0],
    ]) {
      const data = hard(count).map((x, i) => x ^ (first * 77 + i));
      expected.set(data, first);
      stream.write(1, data, first * 4);
    }
    stream.submit(device);
    await bothReads(device, 1, 0, texels * 16, (got, how) => same(words(got), expected, how));
  },

  "data at any address, and in shared memory": async ({ open, Stream }) => {
    const device = await open();
    new Stream().create(1, 32).create(2, 32).submit(device);
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 3);
    const heap = new Uint8Array(new (globalThis.SharedArrayBuffer ?? ArrayBuffer)(40));
    heap.set(bytes);
    device.submit(Uint32Array.of(3 | (6 << 8), 1, 0, 0, 5, 32), new Uint8Array(0), bytes);
    device.submit(Uint32Array.of(3 | (6 << 8), 2, 0, 0, 4, 28), new Uint8Array(0), heap);
    same(await device.read(1, 0, 32), bytes.slice(5, 37), "an odd address");
    same(await device.read(2, 0, 28), bytes.slice(4, 32), "shared memory");
  },

  "reads of any bytes to any address": async ({ open, Stream }) => {
    const device = await open();
    const texels = 4096 * 18 + 3;
    const data = new Uint8Array(hard(texels * 4).buffer);
    new Stream().create(1, data.length).write(1, data).submit(device);
    const ranges = [
      [0, 1],
      [7, 6],
      [15, 2],
      [16, 16],
      [3, 40],
      [65530, 12],
      [12, 65536 * 2],
      [0, 65536 * 17],
      [1, 65536 * 17 + 5],
      [data.length - 1, 1],
      [24, 0],
    ];
    for (const [offset, bytes] of ranges) {
      const expected = data.subarray(offset, offset + bytes);
      same(await device.read(1, offset, bytes), expected, `read of ${bytes} at ${offset}`);
      let seen = null;
      await device.read(1, offset, bytes, undefined, (view) => {
        seen = view.slice();
      });
      same(seen, expected, `read of ${bytes} at ${offset} by a function`);
      for (const shared of [false, typeof SharedArrayBuffer !== "undefined"]) {
        for (const skip of [0, 1, 2, 4, 8 + (offset % 4)]) {
          const heap = new Uint8Array(new (shared ? SharedArrayBuffer : ArrayBuffer)(bytes + 64)).fill(0x55);
          device.readBlocking(1, offset, heap.subarray(skip, skip + bytes));
          same(heap.subarray(skip, skip + bytes), expected, `${bytes} at ${offset} to ${skip}, shared: ${shared}`);
          check(
            heap.subarray(0, skip).every((x) => x === 0x55) && heap.subarray(skip + bytes).every((x) => x === 0x55),
            "nothing else is written",
          );
        }
      }
    }
    await rejects(device.read(1, data.length, 1), 2, /read of bytes \d+ to \d+ of buffer 1, which has/, "past the end");
    await throws(() => device.readBlocking(9, 0, new Uint8Array(4)), 2, /buffer 9, which does not exist/, "no buffer");
  },

  "a buffer that holds the word which marks a read": async ({ open, Stream }) => {
    const device = await open();
    const data = new Uint32Array(16).fill(0x7fa5c3e1);
    new Stream().create(1, 64).write(1, data).submit(device);
    await bothReads(device, 1, 0, 64, (got, how) => same(words(got), data, how));
  },

  "reads from 4 bytes to 16 MiB": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "iota", IOTA, 1, 1, false);
    new Stream()
      .create(1, 2 ** 24)
      .draw(1, 0, 2 ** 20, [1])
      .submit(device);
    for (const bytes of [4, 64, 4096, 65536, 2 ** 20, 2 ** 24]) {
      await bothReads(device, 1, 0, bytes, (got, how) => same(words(got), iota(bytes / 4), `${how} of ${bytes} bytes`));
    }
    check((await device.stats()).bytesRead > 2 ** 25, "bytes are counted");
  },

  "copies and fills": async ({ open, Stream }) => {
    const device = await open();
    const n = 4 * (4096 * 2 + 30);
    const data = hard(n);
    for (const [from, to, count] of [
      [0, 0, n],
      [2, 4, 3],
      [1, 2, 1],
      [3, 9, 17],
      [7, 2, 4 * 4096 + 11],
      [4 * 4096, 0, 4 * 4096],
      [5, n - 6, 6],
      [0, 0, 0],
    ]) {
      const stream = new Stream()
        .create(1, n * 4)
        .create(2, n * 4)
        .create(3, n * 4);
      const expected = new Uint32Array(n).fill(9);
      stream.write(1, data).write(2, expected).write(3, expected);
      stream
        .copy(1, from * 4, 2, to * 4, count * 4)
        .fill(3, to * 4, count * 4)
        .submit(device);
      const filled = expected.slice().fill(0, to, to + count);
      expected.set(data.subarray(from, from + count), to);
      same(words(await device.read(2, 0, n * 4)), expected, `copy of ${count} words from ${from} to ${to}`);
      same(words(await device.read(3, 0, n * 4)), filled, `fill of ${count} words at ${to}`);
      stream.destroy(1).destroy(2).destroy(3).submit(device);
    }
  },

  "commands keep their order": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
    device.pipeline(2, "axpb in place", AXPB, 2, 0b10, false);
    const params = (scale, add) => ({ params: [4, bits(scale), bits(add)], whole: true });
    new Stream()
      .create(1, 16)
      .create(2, 16)
      .create(3, 16)
      .create(4, 16)
      .write(1, range(4))
      .draw(1, 0, 1, [1, 2], params(10, 0)) //   2: 0 10 20 30
      .write(1, Float32Array.of(5, 5, 5, 5)) //  after the draw has read it
      .draw(1, 0, 1, [1, 3], params(1, 1)) //    3: 6 6 6 6
      .copy(2, 0, 4, 0, 16) //                   4: 0 10 20 30
      .draw(2, 0, 1, [4, 4], params(1, 1)) //    4: 1 11 21 31
      .fill(3, 0, 8) //                          3: 0 0 6 6
      .draw(2, 0, 1, [3, 3], params(1, 1)) //    3: 1 1 7 7
      .submit(device);
    same(floats(await device.read(1, 0, 16)), Float32Array.of(5, 5, 5, 5), "1");
    same(floats(await device.read(2, 0, 16)), Float32Array.of(0, 10, 20, 30), "2");
    same(floats(await device.read(3, 0, 16)), Float32Array.of(1, 1, 7, 7), "3");
    same(floats(await device.read(4, 0, 16)), Float32Array.of(1, 11, 21, 31), "4");
  },

  "a read sees the batches before it and not those after it": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
    const stream = new Stream();
    stream.create(1, 16).submit(device);
    const reads = [];
    for (let i = 0; i < 20; i++) {
      stream.draw(1, 0, 1, [1, 1], { whole: true }).submit(device);
      reads.push(device.read(1, 0, 4));
    }
    const got = (await Promise.all(reads)).map((bytes) => words(bytes)[0]);
    same(
      got,
      iota(20).map((i) => i + 1),
      "reads",
    );
  },

  "a buffer destroyed in the batch that uses it is still used": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
    new Stream().create(1, 16).create(2, 16).write(1, iota(4)).draw(1, 0, 1, [1, 2]).destroy(1).submit(device);
    same(words(await device.read(2, 0, 16)), Uint32Array.of(1, 2, 3, 4), "its values");
    await rejects(device.read(1, 0, 16), 2, /buffer 1, which does not exist/);
    check((await device.stats()).buffers === 1, "one is left");
  },

  "parameters at many offsets, and more than there was room for": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
    const stream = new Stream().create(1, 16).write(1, Float32Array.of(1, 1, 1, 1));
    stream.submit(device);
    const before = (await device.stats()).paramBytes;
    const n = before / 256 + 10;
    for (let i = 0; i < n; i++) {
      stream.create(i + 10, 16).draw(1, 0, 1, [1, i + 10], { params: [1, bits(i), bits(0.5)] });
    }
    stream.submit(device);
    // The next batch must not disturb what the last one draws.
    for (let i = 0; i < 3; i++) {
      stream
        .create(i + 2, 16)
        .draw(1, 0, 1, [1, i + 2], { params: [1, bits(100 + i), 0] })
        .submit(device);
    }
    for (const i of [0, 1, 100, n - 1]) {
      same(floats(await device.read(i + 10, 0, 4)), Float32Array.of(i + 0.5), `draw ${i}`);
    }
    for (let i = 0; i < 3; i++) same(floats(await device.read(i + 2, 0, 4)), Float32Array.of(100 + i), `batch ${i}`);
    check((await device.stats()).paramBytes > before, "the buffer grew");
    const text = `${head(0, 1, "uvec4 v[40];")}\nvoid main() { o0 = uvec4(v[39].w, v[0].x, 0, 0); }\n`;
    device.pipeline(2, "large parameters", text, 1, 1, false);
    stream
      .create(9, 16)
      .draw(2, 0, 1, [9], { params: [...iota(160).map((i) => i + 1)] })
      .submit(device);
    same(words(await device.read(9, 0, 8)), Uint32Array.of(160, 1), "640 bytes");
  },

  "a draw of much work is cut, with the same result": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "iota", IOTA, 1, 1, false);
    device.pipeline(2, "shift", SHIFT, 2, 0b10, false);
    const texels = 4096 * 4 + 77;
    for (const [work, least, most] of [
      [1, 1, 1],
      [1e6, 5, 5], // 4000 texels: not a row
      [4e5, 2, 2], // 10000 texels: two rows
      [7e5, 4, 4], // 5714 texels: a row
      [4e7, 165, 165],
    ]) {
      const before = await device.stats();
      const stream = new Stream().create(1, texels * 16).draw(1, 3, texels - 4, [1], { work });
      stream.draw(2, 2, texels - 2, [1, 1]).submit(device);
      const made = iota(texels * 4).map((i) => (i < 12 || i >= texels * 4 - 4 ? 0 : i));
      const expected = made.map((x, i) => (i < 8 ? x : made[i - 4] + 1));
      same(words(await device.read(1, 0, texels * 16)), expected, `work ${work}`);
      const after = await device.stats();
      const pieces = after.pieces - before.pieces - 1;
      check(pieces >= least && pieces <= most, `work ${work}: ${pieces} pieces`);
      check(after.draws - before.draws === 2, "two draws");
      check(after.submits - before.submits >= pieces, `${after.submits - before.submits} submits`);
      stream.destroy(1).submit(device);
    }
  },

  "a refused kernel says its name and its lines, and poisons what it would have made": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "broken on purpose", BROKEN, 2, 0b10, false);
    device.pipeline(2, "increment", INCREMENT, 2, 0b10, false);
    const stream = new Stream();
    for (let id = 1; id <= 4; id++) stream.create(id, 16);
    stream.write(1, iota(4)).draw(1, 0, 1, [1, 2]).draw(2, 0, 1, [2, 3]).draw(2, 0, 1, [1, 4]).submit(device);
    const error = await rejects(device.read(2, 0, 16), 1, /broken on purpose/);
    check(error.message.includes("'nonsense'") && error.message.includes("| void main() {"), error.message);
    const line = BROKEN.split("\n").findIndex((one) => one.includes("nonsense")) + 1;
    check(new RegExp(`^${line} error: 'nonsense'`, "m").test(error.message), error.message);
    check(new RegExp(`^ +${line} \\|   o0 = nonsense`, "m").test(error.message), error.message);
    await rejects(device.read(3, 0, 16), 1, /broken on purpose/, "what was made of it");
    await throws(() => device.readBlocking(3, 0, new Uint8Array(16)), 1, /broken on purpose/, "blocking");
    same(words(await device.read(4, 0, 16)), Uint32Array.of(1, 2, 3, 4), "the innocent");
    check((await device.stats()).poisonedBuffers === 2, "two are poisoned");
    await device.synchronize(); // the reads have reported it
  },

  "poison is cleared by renew and by whole writes, fills and copies": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "broken", BROKEN, 2, 0b10, false);
    const stream = new Stream().create(9, 32);
    for (let id = 1; id <= 6; id++) stream.create(id, 32).draw(1, 0, 2, [9, id]);
    stream.renew(1).write(2, iota(8)).fill(3, 0, 32).copy(9, 0, 4, 0, 32).write(5, iota(7)).submit(device);
    for (const id of [1, 2, 3, 4]) await device.read(id, 0, 32);
    await rejects(device.read(5, 0, 32), 1, /broken/, "a write of a part");
    stream.copy(6, 0, 1, 0, 16).submit(device);
    await rejects(device.read(1, 0, 32), 1, /broken/, "a copy from it");
    stream.draw(1, 0, 1, [9, 1]).submit(device);
    await rejects(device.synchronize(), 1, /broken/, "synchronize");
    await device.synchronize();
    stream.draw(1, 0, 1, [9, 1]).submit(device);
    await throws(() => device.synchronizeBlocking(), 1, /broken/, "blocking");
    device.synchronizeBlocking();
  },

  "what later batches spoil, an earlier read does not meet": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "broken", BROKEN, 2, 0b10, false);
    const stream = new Stream().create(1, 16).create(2, 16).write(1, iota(4));
    stream.submit(device);
    const read = device.read(1, 0, 16);
    stream.draw(1, 0, 1, [2, 1]).submit(device);
    same(words(await read), iota(4), "the read before");
    await rejects(device.read(1, 0, 16), 1, /broken/, "the read after");
  },

  "outputs that are not last, or too many, are refused in words": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "inside out", INCREMENT, 2, 0b01, true);
    device.pipeline(2, "too many", `${head(0, 9)}\nvoid main() { o0 = uvec4(1); }\n`, 9, 0b111111111, false);
    await rejects(device.warmup(), 2, /kernel "inside out" has 2 bindings; in WebGL the last ones/, "warm-up");
    const stream = new Stream().create(1, 16).create(2, 16).draw(1, 0, 1, [1, 2]);
    for (let id = 3; id < 12; id++) stream.create(id, 16);
    stream.draw(2, 0, 1, [3, 4, 5, 6, 7, 8, 9, 10, 11]).submit(device);
    await rejects(device.read(1, 0, 16), 2, /inside out/);
    await rejects(device.read(3, 0, 16), 1, /kernel "too many" was refused/);
  },

  "prepared kernels are compiled in the background": async ({ open, Stream }) => {
    const device = await open();
    await device.warmup();
    device.pipeline(1, "prepared", INCREMENT, 2, 0b10, true);
    device.pipeline(2, "at first use", INCREMENT, 2, 0b10, false);
    device.pipeline(3, "used before it is ready", INCREMENT, 2, 0b10, true);
    new Stream().create(1, 16).draw(3, 0, 1, [1, 1]).submit(device);
    same(words(await device.read(1, 0, 4)), Uint32Array.of(1), "at once");
    await device.warmup();
    check((await device.stats()).pipelines === 2, "2 is not compiled yet");
    new Stream().draw(1, 0, 1, [1, 1]).draw(2, 0, 1, [1, 1]).draw(3, 0, 1, [1, 1]).submit(device);
    same(words(await device.read(1, 0, 4)), Uint32Array.of(4), "all");
    check((await device.stats()).pipelines === 3, "each once");
    device.pipeline(4, "broken", BROKEN, 2, 0b10, true);
    await rejects(device.warmup(), 1, /kernel "broken"/, "warm-up");
    await device.synchronize(); // nothing depends on it
  },

  "too large a buffer is refused, and work goes on": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
    const size = device.limits[1] + 16;
    const stream = new Stream().create(1, size).create(2, 16).create(3, size);
    stream.draw(1, 0, 1, [1, 2]).draw(1, 0, 1, [2, 3]).write(1, iota(4)).renew(1).fill(1, 0, 16).submit(device);
    const pattern = new RegExp(`a buffer of ${size} bytes is larger than this device allows`);
    for (const id of [1, 2, 3]) await rejects(device.read(id, 0, 16), 3, pattern, `buffer ${id}`);
    stream.destroy(1).destroy(3).renew(2).draw(1, 0, 1, [2, 2]).submit(device);
    await device.read(2, 0, 16);
    check((await device.stats()).bufferBytes === 16, "only the small one counts");
  },

  "where there is no memory, spares go first; then the buffer says so": async ({ open, Stream }) => {
    const prototype = WebGL2RenderingContext.prototype;
    const { getError, texStorage2D } = prototype;
    let fail = 0; // how many large textures get no memory
    let pending = 0;
    prototype.texStorage2D = function (...args) {
      if (args[4] >= 16 && fail > 0) {
        fail--;
        pending = this.OUT_OF_MEMORY;
      } else texStorage2D.apply(this, args);
    };
    prototype.getError = function () {
      const code = pending || getError.call(this);
      pending = 0;
      return code;
    };
    try {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
      const stream = new Stream().create(1, 2 ** 20).draw(1, 0, 2 ** 16, [1, 1], { whole: true });
      stream.submit(device);
      check((await device.stats()).spareBytes === 2 ** 20, "a spare");
      fail = 1;
      stream
        .create(2, 2 ** 20)
        .write(2, iota(4))
        .submit(device);
      same(words(await device.read(2, 0, 16)), iota(4), "the second try");
      check((await device.stats()).spareBytes === 0, "the spare is gone");
      fail = 2;
      stream.create(3, 2 ** 20).submit(device);
      await rejects(device.read(3, 0, 16), 3, /the device has no memory for a buffer of 1048576 bytes/);
      fail = 2;
      stream.draw(1, 0, 4, [1, 1]).submit(device);
      await rejects(device.read(1, 0, 16), 3, /no memory for a second copy of a buffer of 1048576 bytes/);
      stream.renew(1).draw(1, 0, 4, [1, 1]).submit(device);
      same(words(await device.read(1, 0, 4)), Uint32Array.of(2), "and goes on");
    } finally {
      Object.assign(prototype, { getError, texStorage2D });
    }
  },

  "a read that there is no memory for says so, and goes on": async ({ open, Stream }) => {
    const prototype = WebGL2RenderingContext.prototype;
    const { getError } = prototype;
    const device = await open();
    new Stream()
      .create(1, 2 ** 22)
      .write(1, iota(2 ** 20))
      .submit(device);
    let fail = true;
    prototype.getError = function () {
      const code = fail ? this.OUT_OF_MEMORY : getError.call(this);
      fail = false;
      return code;
    };
    try {
      await rejects(device.read(1, 0, 2 ** 22), 3, /no memory for a read of 4194304 bytes/);
      check((await device.stats()).stagingBytes === 0, "nothing is kept");
      same(words(await device.read(1, 0, 2 ** 22)), iota(2 ** 20), "the next read");
    } finally {
      Object.assign(prototype, { getError });
    }
  },

  "an error of WebGL reaches what was written since the last read": async ({ open, Stream }) => {
    const prototype = WebGL2RenderingContext.prototype;
    const { drawArrays } = prototype;
    const device = await open();
    device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
    const stream = new Stream().create(1, 16).create(2, 16).create(3, 16).draw(1, 0, 1, [1, 2]);
    stream.submit(device);
    await device.read(2, 0, 16);
    prototype.drawArrays = function (mode, first) {
      drawArrays.call(this, mode, first, -1);
    };
    try {
      stream.draw(1, 0, 1, [1, 3]).submit(device);
    } finally {
      Object.assign(prototype, { drawArrays });
    }
    const pattern = /WebGL had an error in commands before this: INVALID_VALUE/;
    await rejects(device.read(3, 0, 16), 2, pattern, "what was drawn");
    await throws(() => device.readBlocking(3, 0, new Uint8Array(4)), 2, pattern, "again");
    same(words(await device.read(2, 0, 16)), Uint32Array.of(1, 1, 1, 1), "what was drawn before");
  },

  "launches that are kept run with each replay, with parameters of their own": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
    device.pipeline(2, "shift", SHIFT, 2, 0b10, false);
    const stream = new Stream().create(1, 16).create(2, 16).create(3, 64).write(1, range(4));
    stream.capture(5, (kept) =>
      kept
        .draw(1, 0, 1, [1, 2], { params: [4, bits(2), bits(3)] })
        .draw(1, 0, 1, [2, 1], { params: [4, bits(1), bits(1)] })
        .draw(2, 0, 4, [3, 3], { whole: true }),
    );
    stream.submit(device);
    await bothReads(device, 1, 0, 16, (got, how) => same(floats(got), range(4), `nothing ran: ${how}`));
    stream
      .replay(5) //                                                  1: 2x + 4
      .draw(1, 0, 1, [1, 2], { params: [4, bits(100), bits(0)] }) // between them, with parameters of the batch
      .replay(5) //                                                  1: 2(2x + 4) + 4
      .submit(device);
    await bothReads(device, 1, 0, 16, (got, how) =>
      same(
        floats(got),
        range(4, 4).map((x) => x + 12),
        how,
      ),
    );
    const shifted = [1000, 1001, 2, 2].flatMap((x) => [x, x, x, x]);
    await bothReads(device, 3, 0, 64, (got, how) => same(words(got), Uint32Array.from(shifted), how));
    const { captures, replays, draws } = await device.stats();
    check(captures === 1 && replays === 2 && draws === 7, `${captures} ${replays} ${draws}`);
    stream.replay(5).forget(5).destroy(3).submit(device);
    same(
      floats(await device.read(1, 0, 16)),
      range(4, 8).map((x) => x + 28),
      "the last replay",
    );
    check((await device.stats()).captures === 0, "forgotten");
  },

  "poison spreads through a replay, until its input is good again and its own buffers are renewed": async ({
    open,
    Stream,
  }) => {
    const device = await open();
    device.pipeline(1, "broken", BROKEN, 2, 0b10, false);
    device.pipeline(2, "increment", INCREMENT, 2, 0b10, false);
    const stream = new Stream();
    for (const id of [1, 2, 3, 4]) stream.create(id, 16);
    stream.capture(1, (kept) => kept.renew(2).draw(2, 0, 1, [1, 2]).draw(2, 0, 1, [1, 3]));
    stream.draw(1, 0, 1, [4, 1]).replay(1).submit(device);
    const refused = /kernel "broken" was refused/;
    for (const id of [1, 2, 3]) await rejects(device.read(id, 0, 16), 1, refused, `buffer ${id}`);
    stream.write(1, iota(4)).replay(1).submit(device);
    same(
      words(await device.read(2, 0, 16)),
      iota(4).map((x) => x + 1),
      "renewed",
    );
    await rejects(device.read(3, 0, 16), 1, refused, "a draw alone heals nothing");
  },

  "a stream that cannot be decoded ends the device": async ({ open, Stream }) => {
    for (const [make, pattern] of [
      [(s) => s.raw(99 | (1 << 8)), /unknown opcode 99 at word 0/],
      [(s) => s.dispatch(1, 1, [1]), /unknown opcode 4/],
      [(s) => s.raw(8 | (20 << 8)), /says that it has 20 words, 1 are left/],
      [(s) => s.replay(5), /capture 5 does not exist/],
      [(s) => s.forget(5), /capture 5 does not exist/],
      [(s) => s.capture(5, () => {}).capture(5, () => {}), /capture 5 exists already/],
      [(s) => s.capture(5, (k) => k.replay(5)), /opcode 10 in a capture/],
      [(s) => s.raw(9 | (3 << 8), 5, 4), /a capture of 4 words in a command of 3/],
      [
        (s) => s.raw(9 | (14 << 8), 5, 11, 8 | (11 << 8), 1, 0, 1, 0, 1, 256, 4, 2, 1, 1),
        /parameters at 256 to 260 of a capture that has 0 bytes/,
      ],
      [(s) => s.draw(7, 0, 1, [1]), /pipeline 7, which does not exist/],
      [(s) => s.draw(1, 0, 1, [1]), /has 2 bindings, the draw gives 1/],
      [(s) => s.create(1, 16).draw(1, 0, 1, [1, 2]), /buffer 2 does not exist/],
      [(s) => s.create(1, 16).create(1, 16), /buffer 1 exists already/],
      [(s) => s.create(1, 16).create(2, 16).draw(1, 1, 1, [1, 2]), /draws texels 1 to 2 of buffers of 16 bytes/],
      [(s) => s.create(1, 16).create(2, 16).draw(2, 0, 1, [1, 2, 2]), /draws to one buffer twice/],
      [(s) => s.create(1, 16).create(2, 32).draw(2, 0, 1, [1, 1, 2]), /of 16 and of 32 bytes/],
      [(s) => s.create(1, 16).write(1, iota(5)), /write of bytes 0 to 20 of buffer 1, which has 16/],
      [(s) => s.create(1, 16).fill(1, 0, 6), /fill of bytes 0 to 6/],
      [(s) => s.create(1, 16).copy(1, 0, 1, 0, 4), /copy from buffer 1 to itself/],
      [(s) => s.create(1, 16).create(2, 16).draw(3, 0, 1, [1, 2]), /reads 640 bytes of parameters, the draw gives 0/],
    ]) {
      const device = await open();
      device.pipeline(1, "increment", INCREMENT, 2, 0b10, false);
      device.pipeline(
        2,
        "two",
        `${head(1, 2)}\nvoid main() { o0 = o1 = texelFetch(b0, at(0), 0); }\n`,
        3,
        0b110,
        false,
      );
      device.pipeline(3, "parameters", `${head(1, 1, "uvec4 v[40];")}\nvoid main() { o0 = v[1]; }\n`, 2, 0b10, false);
      make(new Stream()).submit(device);
      check(device.lost, `${pattern}: the device goes on`);
      const { status, message } = await device.onlost;
      check(status === 2 && /^command stream: /.test(message) && pattern.test(message), message);
      await rejects(device.synchronize(), 2, pattern);
    }
  },

  "a context that is lost rejects every wait": async ({ open, Stream }) => {
    const prototype = globalThis.WebGL2RenderingContext.prototype;
    let gl = null;
    const { texStorage2D } = prototype;
    prototype.texStorage2D = function (...args) {
      gl = this;
      texStorage2D.apply(this, args);
    };
    const device = await open();
    Object.assign(prototype, { texStorage2D });
    new Stream().create(1, 2 ** 24).submit(device);
    device.pipeline(1, "prepared", INCREMENT, 2, 0b10, true);
    const pending = [device.read(1, 0, 2 ** 24), device.read(1, 0, 4), device.synchronize(), device.warmup()];
    gl.getExtension("WEBGL_lose_context").loseContext();
    const pattern = /the GPU device was lost \(context lost\)/;
    await Promise.all(pending.map((promise, i) => rejects(promise, 4, pattern, `pending ${i}`)));
    const { status, message } = await device.onlost;
    check(status === 4 && pattern.test(message), message);
    check(device.lost, "lost");
    await rejects(device.read(1, 0, 4), 4, pattern, "a later read");
    await rejects(device.warmup(), 4, pattern, "a later warm-up");
    await throws(() => device.readBlocking(1, 0, new Uint8Array(4)), 4, pattern, "blocking");
    await throws(() => device.synchronizeBlocking(), 4, pattern, "blocking");
    new Stream().create(2, 16).submit(device); // does nothing, and does not throw
    device.destroy();
    const next = await open();
    new Stream().create(1, 16).write(1, iota(4)).submit(next);
    same(words(await next.read(1, 0, 16)), iota(4), "a new device");
  },

  "a loss is noticed before its event": async ({ open, Stream }) => {
    const prototype = globalThis.WebGL2RenderingContext.prototype;
    const { readPixels, isContextLost } = prototype;
    const device = await open();
    new Stream().create(1, 64).submit(device);
    const target = new Uint8Array(64).fill(7);
    prototype.readPixels = () => {}; // the GPU process has died, and nobody has said so yet
    try {
      await throws(() => device.readBlocking(1, 0, target), 4, /lost.*brought nothing/, "blocking");
      check(
        target.every((x) => x === 7),
        "the target is as it was",
      );
      const other = await open();
      prototype.readPixels = () => {};
      await throws(() => other.synchronizeBlocking(), 4, /lost.*brought nothing/, "synchronize");
    } finally {
      Object.assign(prototype, { readPixels, isContextLost });
    }
  },

  "destroy() rejects what is pending": async ({ open, Stream }) => {
    const device = await open();
    new Stream().create(1, 16).submit(device);
    const read = device.read(1, 0, 16);
    device.destroy();
    await rejects(read, 4, /lost \(destroyed\)/);
    await rejects(device.synchronize(), 4, /lost \(destroyed\)/);
    await device.end();
  },

  "a wait ends at its timeout, and the device goes on": async ({ open, Stream }) => {
    const prototype = WebGL2RenderingContext.prototype;
    const { clientWaitSync } = prototype;
    const device = await open();
    new Stream().create(1, 16).write(1, iota(4)).submit(device);
    prototype.clientWaitSync = function () {
      return this.TIMEOUT_EXPIRED;
    };
    try {
      await rejects(device.read(1, 0, 16, 30), 5, /read of 16 bytes took longer than 30 ms/);
      await rejects(device.synchronize(30), 5, /synchronize took longer than 30 ms/);
    } finally {
      Object.assign(prototype, { clientWaitSync });
    }
    same(words(await device.read(1, 0, 16)), iota(4), "later");
  },

  "reads end where timers are throttled, as in a hidden tab": async ({ open, Stream }) => {
    const prototype = WebGL2RenderingContext.prototype;
    const { clientWaitSync } = prototype;
    const { setTimeout } = globalThis;
    const device = await open();
    new Stream().create(1, 16).write(1, iota(4)).submit(device);
    const begun = performance.now();
    prototype.clientWaitSync = function (...args) {
      return performance.now() - begun < 50 ? this.TIMEOUT_EXPIRED : clientWaitSync.apply(this, args);
    };
    globalThis.setTimeout = (action, ms) => setTimeout(action, Math.ceil((ms || 1) / 1000) * 1000);
    try {
      same(words(await device.read(1, 0, 16)), iota(4), "a read");
      check(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
    } finally {
      Object.assign(prototype, { clientWaitSync });
      globalThis.setTimeout = setTimeout;
    }
  },

  "no WebGL2 is null and a reason": async ({ WebGLDevice }) => {
    const canvas = new OffscreenCanvas(1, 1);
    canvas.getContext("2d");
    check((await WebGLDevice.open({ canvas })) === null, "null");
    check(/no WebGL2 context/.test(WebGLDevice.reason), WebGLDevice.reason);
    const prototype = WebGL2RenderingContext.prototype;
    const { getParameter } = prototype;
    prototype.getParameter = function (name) {
      return name === this.MAX_TEXTURE_SIZE ? 2048 : getParameter.call(this, name);
    };
    try {
      check((await WebGLDevice.open()) === null, "null");
      check(/at most 2048 texels a side here, 4096 are needed/.test(WebGLDevice.reason), WebGLDevice.reason);
    } finally {
      Object.assign(prototype, { getParameter });
    }
  },

  "many devices one after the other": async ({ WebGLDevice, Stream }) => {
    for (let i = 0; i < 40; i++) {
      const device = await WebGLDevice.open();
      check(device, `device ${i}: ${WebGLDevice.reason}`);
      new Stream().create(1, 16).write(1, iota(4, i)).submit(device);
      same(words(await device.read(1, 0, 16)), iota(4, i), `device ${i}`);
      device.destroy();
    }
  },

  "10 000 batches leave memory on a plateau": async ({ open, Stream }) => {
    const device = await open();
    device.pipeline(1, "axpb", AXPB, 2, 0b10, false);
    const stream = new Stream().create(1, 4096).write(1, Float32Array.of(1, 2, 3, 4));
    stream.submit(device);
    const levels = async () => {
      const { bufferBytes, buffers, framebuffers, spareBytes, stagingBytes, paramBytes } = await device.stats();
      return JSON.stringify({ bufferBytes, buffers, framebuffers, spareBytes, stagingBytes, paramBytes });
    };
    let id = 2;
    const round = async (batches) => {
      for (let i = 0; i < batches; i++) {
        stream.create(id, 4096).draw(1, 0, 256, [1, id], { params: [4, bits(i), 0] });
        stream.draw(1, 0, 256, [id, id], { params: [4, 0, bits(i)], whole: i % 2 === 0 }).submit(device);
        if (i % 100 === 99) same(floats(await device.read(id, 0, 8)), Float32Array.of(i, i), `batch ${i}`);
        stream.destroy(id++).submit(device);
      }
      await device.synchronize();
    };
    await round(500);
    const first = await levels();
    await round(9500);
    check((await levels()) === first, `${first} became ${await levels()}`);
    check((await device.stats()).batches >= 20000, "batches are counted");
  },

  [figures]: async ({ open, Stream }) => {
    const device = await open();
    const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
    const time = async (action, count = 100) => {
      const times = [];
      for (let i = -10; i < count; i++) {
        const begun = performance.now();
        await action();
        if (i >= 0) times.push((performance.now() - begun) * 1000);
      }
      return median(times);
    };
    const lines = [device.adapterInfo.description];
    const row = (what, us) => lines.push(`${what.padEnd(48)} ${us.toFixed(2).padStart(10)} us`);
    device.pipeline(1, "axpb", AXPB, 2, 0b10, true);
    await device.warmup();
    const stream = new Stream();
    for (let id = 1; id <= 8; id++) stream.create(id, 4096);
    stream.create(100, 2 ** 24).submit(device);
    const batches = {};
    for (const n of [1, 64, 1024]) {
      const batch = new Stream();
      for (let i = 0; i < n; i++) batch.draw(1, 0, 256, [1 + (i % 8), 1 + ((i + 1) % 8)], { params: [n, i, 0] });
      batches[n] = [Uint32Array.from(batch.words), batch.params, new Uint8Array(0)];
    }
    for (const n of [1, 64, 1024]) {
      const calls = [];
      for (let i = -10; i < 100; i++) {
        const begun = performance.now();
        device.submit(...batches[n]);
        if (i >= 0) calls.push((performance.now() - begun) * 1000);
        await device.synchronize();
      }
      row(`submit of ${n} draws, the call`, median(calls));
      if (n > 1) row("  a draw", median(calls) / n);
    }
    const end = await time(() => {
      device.submit(...batches[64]);
      device.synchronizeBlocking();
    });
    row("submit of 64 draws and its end, blocking", end);
    row("  a draw", end / 64);
    for (const bytes of [4, 4096]) {
      const target = new Uint8Array(bytes);
      row(`blocking read of ${bytes} bytes`, await time(() => device.readBlocking(1, 0, target)));
      row(`asynchronous read of ${bytes} bytes`, await time(() => device.read(1, 0, bytes)));
      row(`  by a function`, await time(() => device.read(1, 0, bytes, undefined, (view) => target.set(view))));
    }
    const target = new Uint8Array(2 ** 24);
    row("blocking read of 16 MiB", await time(() => device.readBlocking(100, 0, target), 10));
    row("asynchronous read of 16 MiB", await time(() => device.read(100, 0, 2 ** 24), 10));
    const write = new Stream().write(100, target).words;
    row(
      "write of 16 MiB and its end, blocking",
      await time(() => {
        device.submit(write, new Uint8Array(0), target);
        device.synchronizeBlocking();
      }, 10),
    );
    return lines.join("\n");
  },
};
