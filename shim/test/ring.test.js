// Bytes between two threads: the ring that carries what the program sends, and the halves that bring answers.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { AnswerReader } from "../src/answers.js";
import { RingReader, RingWriter } from "../src/ring.js";
import { ASLEEP, Shared, Sleep, TAKEN } from "../src/shared.js";
import { filled } from "./ring-bytes.js";

const never = () => assert.fail("must not sleep");
/** The next message, copied; null when there is none. */
const take = (reader) => {
  let got = null;
  reader.take(({ kind, bytes }) => {
    got = { kind, bytes: bytes.slice() };
  });
  return got;
};
/** Sleeps as the program's thread does, 20 s at most. */
const sleeper = (shared) => (word, test) => {
  const end = performance.now() + 20000;
  for (let value; !test((value = shared.load(word))); ) {
    if (performance.now() > end) throw new Error("slept too long");
    Atomics.wait(shared.words, word, value, 1000);
  }
};

describe("a ring in one thread", () => {
  test("gives messages back in order, whole, with their kinds, also across its end", () => {
    const shared = new Shared();
    const writer = new RingWriter(shared, never, never);
    const reader = new RingReader(shared);
    assert.equal(take(reader), null);
    let bytes = 0;
    for (let k = 0; bytes < 3 * shared.ring.length; k++) {
      const sizes = [k % 100, 0, k % 50 === 7 ? 5_000_000 : (k * 7919) % 300000]; // the large one is two frames
      writer.write(
        1 + (k % 127),
        sizes.map((size, i) => filled(k + i, size)),
      );
      writer.write(5, []);
      const got = take(reader);
      assert.equal(got.kind, 1 + (k % 127));
      assert.deepEqual(Buffer.from(got.bytes), Buffer.concat(sizes.map((size, i) => filled(k + i, size))));
      assert.deepEqual(take(reader), { kind: 5, bytes: new Uint8Array(0) });
      assert.equal(take(reader), null);
      bytes += got.bytes.length + 16;
    }
  });

  test("its counters may pass 2^32 and 2^31", () => {
    for (const begin of [2 ** 31 - 1000, 2 ** 32 - 1000]) {
      const shared = new Shared();
      shared.store(0, begin | 0);
      shared.store(TAKEN, begin | 0);
      const writer = new RingWriter(shared, never, never);
      const reader = new RingReader(shared);
      for (let k = 0; k < 20; k++) {
        writer.write(1, [filled(k, 333)]);
        assert.deepEqual(take(reader).bytes, filled(k, 333));
      }
    }
  });

  test("a full one makes its writer sleep until there is room, and overwrites nothing", () => {
    const shared = new Shared();
    const reader = new RingReader(shared);
    const got = [];
    let slept = 0;
    const writer = new RingWriter(
      shared,
      (word, room) => {
        assert.equal(word, TAKEN);
        slept++;
        while (!room(shared.load(TAKEN))) got.push(take(reader));
      },
      never,
    );
    const count = Math.ceil((2.5 * shared.ring.length) / 100008);
    for (let k = 0; k < count; k++) writer.write(1, [filled(k, 100000)]);
    assert.ok(slept > 0);
    for (let message; (message = take(reader)); ) got.push(message);
    assert.equal(got.length, count);
    for (let k = 0; k < count; k++) assert.deepEqual(Buffer.from(got[k].bytes), Buffer.from(filled(k, 100000)));
  });

  test("wakes a reader that waits, once, in the way that it waits", async () => {
    const shared = new Shared();
    let posted = 0;
    const writer = new RingWriter(shared, never, () => posted++);
    const reader = new RingReader(shared);
    const woken = reader.wait();
    assert.equal(shared.load(ASLEEP), Sleep.notified);
    writer.write(1, [filled(1, 4)]);
    assert.equal(shared.load(ASLEEP), Sleep.none);
    await woken;
    await reader.wait(); // there is something already
    assert.equal(take(reader).bytes.length, 4);
    shared.store(ASLEEP, Sleep.posted);
    writer.write(1, []);
    writer.write(1, []);
    assert.equal(posted, 1);
  });
});

for (const [how, notified] of [
  ["a notification", true],
  ["a posted message", false],
]) {
  describe(`two threads, the reader woken by ${how}`, () => {
    let shared;
    let thread;
    let ring;
    let answers;
    let number = 0;
    beforeEach(() => {
      shared = new Shared();
      thread = new Worker(new URL("./ring-worker.js", import.meta.url), {
        workerData: { buffer: shared.buffer, notified },
      });
      const sleep = sleeper(shared);
      ring = new RingWriter(shared, sleep, () => thread.postMessage(null));
      answers = new AnswerReader(shared, sleep);
    });
    afterEach(() => thread.terminate());
    const ask = (kind, ...args) => {
      const pieces = [];
      const statuses = new Set();
      answers.ask(
        ++number,
        () => ring.write(kind, [new Uint8Array(Uint32Array.of(number, ...args).buffer)]),
        (status, bytes) => {
          statuses.add(status);
          pieces.push(bytes.slice());
        },
      );
      return { pieces: pieces.length, status: [...statuses].join(), bytes: Buffer.concat(pieces) };
    };

    test("many small messages arrive in order", () => {
      let total = 0;
      for (let k = 0; k < 50000; k++) {
        ring.write(1, [filled(k, k % 40)]);
        total += k % 40;
      }
      assert.deepEqual(JSON.parse(ask(2).bytes), { count: 50000, total, wrong: 0 });
    });

    test("a huge message arrives whole, through a ring that is often full", () => {
      const size = 100_000_007;
      ring.write(1, [filled(0, size)]);
      ring.write(1, [filled(1, 3)]);
      assert.deepEqual(JSON.parse(ask(2).bytes), { count: 2, total: size + 3, wrong: 0 });
    });

    for (const size of [0, 4, 4096, 2 ** 20, 2 ** 20 + 1, 2 ** 24, 100_000_000]) {
      test(`an answer of ${size} bytes comes back whole`, () => {
        const { bytes, status, pieces } = ask(3, size, 5);
        assert.equal(status, "5");
        assert.equal(pieces, Math.max(1, Math.ceil(size / 2 ** 20)));
        assert.equal(bytes.length, size);
        assert.equal(bytes.compare(filled(5, size)), 0);
      });
    }

    test("an answer that was given up disturbs no later one", () => {
      const impatient = new AnswerReader(shared, () => {
        throw new Error("too late");
      });
      for (let k = 0; k < 3; k++) {
        assert.throws(
          () =>
            impatient.ask(
              ++number,
              () => ring.write(3, [new Uint8Array(Uint32Array.of(number, 2 ** 23, 1).buffer)]),
              () => {},
            ),
          /too late/,
        );
      }
      const { bytes, status } = ask(3, 3_000_000, 2);
      assert.equal(status, "2");
      assert.equal(bytes.compare(filled(2, 3_000_000)), 0);
    });
  });
}
