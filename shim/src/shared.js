// The memory that the program's thread and the GPU worker share: a ring for what the program sends (ring.js), two halves
// through which answers come back (answers.js), and these words.

/** Bytes that were ever put into the ring, and taken out of it, modulo 2^32. */
export const WRITTEN = 0;
export const TAKEN = 1;
/** How the worker waits for the ring: not at all, in Atomics.waitAsync on this word, for a posted message. */
export const ASLEEP = 2;
export const Sleep = Object.freeze({ none: 0, notified: 1, posted: 2 });
/** Counts while the worker's event loop turns. */
export const BEAT = 3;
/** 1 when the worker has ended. */
export const DEAD = 4;
/** The number of the last device that was lost. `Shared.loss` says why. */
export const LOST = 5;
/** The number of the blocking request that the program waits for. */
export const WANTED = 6;
/** How many halves were ever filled with answers, and emptied. */
export const FILLED = 7;
export const DRAINED = 8;
/** Four words for each half: number of the request, status, bytes, whether it is the last piece. */
export const HALF_HEADS = 9;

/** Kinds of messages to the worker: JSON, and batches of commands. */
export const MESSAGE = 1;
export const BATCH = 2;

const LOSS_STATUS = 17;
const REMEMBERED = 18; // and the words after it: the state, then COUNTS
const STATES = ["off", "loading", "on", "unavailable"];
const COUNTS = ["kernels", "prepared", "used", "unsaved"];
const WORDS = 32;
const REASON_BYTES = 4096;
const HALF_BYTES = 2 ** 20;
const RING_BYTES = 2 ** 24;

/** Views of the shared memory. */
export class Shared {
  /** @param {SharedArrayBuffer} [buffer] of the other thread */
  constructor(buffer = new SharedArrayBuffer(WORDS * 4 + REASON_BYTES + 2 * HALF_BYTES + RING_BYTES)) {
    let at = WORDS * 4;
    const next = (bytes) => new Uint8Array(buffer, (at += bytes) - bytes, bytes);
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, WORDS);
    this.reason = next(REASON_BYTES);
    this.halves = [next(HALF_BYTES), next(HALF_BYTES)];
    this.ring = next(RING_BYTES);
  }

  load(word) {
    return Atomics.load(this.words, word);
  }

  /** Stores a word and wakes who waits for it. */
  store(word, value) {
    Atomics.store(this.words, word, value);
    Atomics.notify(this.words, word);
  }

  /** The worker still turns. */
  beat() {
    Atomics.add(this.words, BEAT, 1);
  }

  /** Tells the other thread that a device was lost, without any event. */
  lose(number, { status, message }) {
    const text = new TextEncoder().encode(message).subarray(0, REASON_BYTES);
    this.reason.fill(0).set(text);
    Atomics.store(this.words, LOSS_STATUS, status);
    this.store(LOST, number);
  }

  /** What the device remembers, as numbers; the reason is told when it is opened. */
  set remembered(said) {
    Atomics.store(this.words, REMEMBERED, STATES.indexOf(said.state));
    COUNTS.forEach((name, i) => {
      Atomics.store(this.words, REMEMBERED + 1 + i, said[name]);
    });
  }

  get remembered() {
    const counts = COUNTS.map((name, i) => [name, this.load(REMEMBERED + 1 + i)]);
    return { state: STATES[this.load(REMEMBERED)], ...Object.fromEntries(counts) };
  }

  get loss() {
    const end = this.reason.indexOf(0);
    const message = new TextDecoder().decode(this.reason.slice(0, end < 0 ? REASON_BYTES : end));
    return { status: this.load(LOSS_STATUS), message };
  }
}
