// The wasm side's imports, over a heap that grows.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { Host } from "../src/host.js";
import { AXPB, BROKEN, bits, closeAll, openLocal, openRemote } from "../testing.js";

const text = new TextEncoder();

/** A heap and what C++ does with it: an allocator that never frees, and the export that completes requests. */
class Program {
  memory = new WebAssembly.Memory({ initial: 2, maximum: 1024 });
  completed = new Map();
  #end = 1024;
  #waiting = new Map();

  constructor(device, how) {
    this.host = new Host(device, how);
    this.answer((request, status) => {
      this.completed.set(request, { status, message: status ? this.error() : "" });
      this.#waiting.get(request)?.(this.completed.get(request));
    });
  }
  answer(complete) {
    this.host.attach(this.memory, { complete });
  }
  get heap() {
    return new Uint8Array(this.memory.buffer);
  }
  put(data) {
    const at = this.reserve(data.byteLength);
    this.heap.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    return at;
  }
  reserve(bytes) {
    const at = this.#end;
    this.#end = Math.ceil((at + bytes) / 16) * 16;
    return at;
  }
  floats(at, n) {
    return Array.from(new Float32Array(this.memory.buffer, at, n));
  }
  error() {
    const needed = this.host.error(0, 0);
    const at = this.reserve(needed);
    assert.equal(this.host.error(at, needed), needed);
    return new TextDecoder().decode(this.heap.slice(at, at + needed));
  }
  pipeline(id, name, parts, nStorage, mask, prepare = 0) {
    const nameBytes = text.encode(name);
    const spans = parts.flatMap((part) => {
      const bytes = text.encode(part);
      return [this.put(bytes), bytes.length];
    });
    const list = this.put(Uint32Array.from(spans));
    this.host.pipeline(id, this.put(nameBytes), nameBytes.length, list, parts.length, nStorage, mask, prepare);
  }
  submit(words, params = new Uint8Array(0)) {
    const list = Uint32Array.from(words);
    const at = this.put(list);
    const paramsAt = this.put(params);
    this.host.submit(at, list.length, paramsAt, params.length);
    this.heap.fill(0xee, at, at + list.byteLength); // nothing may be read later
    this.heap.fill(0xee, paramsAt, paramsAt + params.length);
  }
  completion(request) {
    return this.completed.get(request) ?? new Promise((resolve) => this.#waiting.set(request, resolve));
  }
}

const create = (id, size) => [1 | (4 << 8), id, size, 0];
const write = (id, at, bytes) => [3 | (6 << 8), id, 0, 0, at, bytes];
const dispatch = (pipeline, ids, paramBytes) => [
  4 | ((8 + ids.length) << 8),
  pipeline,
  1,
  1,
  1,
  0,
  paramBytes,
  ids.length,
  ...ids,
];

for (const [where, open] of [
  ["this thread", openLocal],
  ["a worker", openRemote],
]) {
  describe(`a program whose device is in ${where}`, () => {
    afterEach(closeAll);

    test("uploads, launches and reads; the heap grows in between, and what was given is copied", async () => {
      const program = new Program(await open());
      program.pipeline(1, "ax plus b, ünïcode", [AXPB.slice(0, 40), AXPB.slice(40), "// größer\n"], 2, 0b10);
      const at = program.put(Float32Array.of(1, 2, 3, 4));
      const params = new Uint8Array(256);
      new Uint32Array(params.buffer).set([4, bits(2), bits(1)]);
      program.submit([...create(1, 16), ...create(2, 16), ...write(1, at, 16), ...dispatch(1, [1, 2], 12)], params);
      program.heap.fill(0xee, at, at + 16);
      const destination = program.reserve(16);
      program.host.read(5, 2, 0, 16, destination, 0);
      assert.equal(program.completed.size, 0, "a request is not completed before the import has returned");
      program.memory.grow(16); // detaches every view of the heap
      assert.deepEqual(await program.completion(5), { status: 0, message: "" });
      assert.deepEqual(program.floats(destination, 4), [3, 5, 7, 9]);
      await program.host.idle();
    });

    test("memory that is lent is written from and read to without passing the heap", async () => {
      const program = new Program(await open());
      const other = new WebAssembly.Memory({ initial: 1 });
      const view = (at) => () => new Uint8Array(other.buffer, at, 16);
      const floats = (at) => Array.from(new Float32Array(other.buffer, at, 4));
      new Float32Array(other.buffer, 32, 4).set([1, 2, 3, 4]);
      const gap = program.put(Float32Array.of(8, 8, 8, 8));
      const lend = (at, f) => program.host.lend(gap, 16, view(at), f);
      assert.equal(
        lend(32, () => program.submit([...create(1, 16), ...write(1, gap, 16)])),
        true,
      );
      const begun = lend(64, () => program.host.read(1, 1, 0, 16, gap, 0));
      assert.equal(begun, true);
      other.grow(1); // detaches every view
      await program.completion(1);
      assert.deepEqual(floats(64), [1, 2, 3, 4]);
      assert.deepEqual(program.floats(gap, 4), [8, 8, 8, 8]);
      const elsewhere = program.reserve(16);
      assert.equal(
        lend(96, () => program.host.read(2, 1, 0, 16, elsewhere, 0)),
        false,
      );
      await program.completion(2);
      assert.deepEqual(program.floats(elsewhere, 4), [1, 2, 3, 4]);
      assert.deepEqual(floats(96), [0, 0, 0, 0]);
      program.submit(write(1, gap, 16)); // it is lent no more
      program.host.read(3, 1, 0, 16, elsewhere, 0);
      await program.completion(3);
      assert.deepEqual(program.floats(elsewhere, 4), [8, 8, 8, 8]);
    });

    test("errors arrive as a status and a sentence", async () => {
      const program = new Program(await open());
      program.pipeline(1, "broken", [BROKEN], 1, 1, 1);
      program.submit([...create(1, 16), ...dispatch(1, [1], 0)]);
      const destination = program.put(Float32Array.of(8, 8, 8, 8));
      program.host.warmup(1);
      program.host.read(2, 1, 0, 16, destination, 1000);
      program.host.read(3, 9, 0, 16, destination, 1000);
      program.host.synchronize(4);
      for (const request of [1, 2]) {
        const { status, message } = await program.completion(request);
        assert.equal(status, 1);
        assert.match(message, /kernel "broken" was refused by the device:\n3:\d+ error/);
      }
      assert.deepEqual(await program.completion(3), {
        status: 2,
        message: "read of buffer 9, which does not exist",
      });
      await program.completion(4);
      assert.deepEqual(program.floats(destination, 4), [8, 8, 8, 8], "a failed read writes nothing");
    });

    test("what the program throws when it is called back reaches idle()", async () => {
      const program = new Program(await open());
      program.submit(create(1, 16));
      program.answer(() => {
        throw new RangeError("mine");
      });
      program.host.synchronize(1);
      await assert.rejects(program.host.idle(), /mine/);
    });

    test("a program that starts a wait in the callback of another is not idle", async () => {
      const program = new Program(await open());
      program.submit(create(1, 16));
      let left = 5;
      program.answer((request) => {
        if (--left > 0) program.host.synchronize(request + 1);
      });
      program.host.synchronize(1);
      await program.host.idle();
      assert.equal(left, 0);
    });

    test("device_info", async () => {
      const device = await open();
      const program = new Program(device);
      assert.equal(program.host.deviceInfo(0, 0, 0), 1);
      const needed = program.host.deviceInfo(1, 0, 0);
      const at = program.reserve(needed);
      program.host.deviceInfo(1, at, needed);
      assert.equal(new TextDecoder().decode(program.heap.slice(at, at + needed)), device.adapterInfo.description);
      const limits = program.reserve(64);
      program.heap.fill(0xee, limits, limits + 64);
      assert.equal(program.host.deviceInfo(2, limits, 24), 56, "how many bytes there are");
      assert.deepEqual(
        [...new BigUint64Array(program.memory.buffer, limits, 4)],
        [...device.limits.slice(0, 3).map(BigInt), 0xeeeeeeeeeeeeeeeen],
        "no more than fits",
      );
      assert.equal(program.host.lost(), 0);
      device.destroy();
      assert.equal(program.host.lost(), 1);
    });
  });
}

describe("blocking imports", () => {
  afterEach(closeAll);

  test("a device in a worker blocks", async () => {
    const program = new Program(await openRemote(), { waiting: "atomics" });
    const at = program.put(Float32Array.of(1, 2, 3, 4));
    program.submit([...create(1, 16), ...write(1, at, 16)]);
    const destination = program.reserve(16);
    assert.equal(program.host.readBlocking(1, 4, 8, destination, 0), 0);
    assert.deepEqual(program.floats(destination, 2), [2, 3]);
    assert.equal(program.host.synchronizeBlocking(1000), 0);
    assert.equal(program.host.readBlocking(3, 0, 8, destination, 0), 2);
    assert.match(program.error(), /buffer 3, which does not exist/);
  });

  test("a device in this thread says what to change", async () => {
    const program = new Program(await openLocal(), { waitingReason: 'start with threads: "worker"' });
    program.submit(create(1, 16));
    assert.equal(program.host.readBlocking(1, 0, 16, program.reserve(16), 0), 6);
    assert.match(program.error(), /blocking reads are not possible here.*threads: "worker"/);
    assert.equal(program.host.synchronizeBlocking(0), 6);
  });
});

test("the CPU device says why there is no GPU", () => {
  const program = new Program(null, { reason: "the CPU was asked for" });
  assert.equal(program.host.deviceInfo(0, 0, 0), 0);
  const at = program.reserve(64);
  const needed = program.host.deviceInfo(1, at, 64);
  assert.equal(new TextDecoder().decode(program.heap.slice(at, at + needed)), "the CPU was asked for");
  assert.equal(program.host.deviceInfo(2, at, 64), 0);
  assert.equal(program.host.lost(), 0);
});
