import { DRAINED, FILLED, HALF_HEADS, WANTED } from "./shared.js";

const SLICE_MS = 200;

/**
 * The worker's end of the answers to blocking requests: bytes of any number go through two halves of bounded size, of
 * which one is filled while the other is emptied.
 */
export class AnswerWriter {
  #shared;
  #filled = 0;

  /** @param {import("./shared.js").Shared} shared */
  constructor(shared) {
    this.#shared = shared;
  }

  /**
   * Sends an answer; sleeps while both halves are full. Gives up when nobody waits for it any more.
   * @param {number} request its number
   * @param {number} status
   * @param {Uint8Array} bytes
   * @param {number} timeoutMs
   */
  write(request, status, bytes, timeoutMs) {
    const { words, halves } = this.#shared;
    const end = performance.now() + timeoutMs;
    let from = 0;
    do {
      if (!this.#sleep(request, end)) return;
      const which = this.#filled & 1;
      const half = halves[which];
      const piece = bytes.subarray(from, from + half.length);
      half.set(piece);
      from += piece.length;
      words.set([request, status, piece.length, from === bytes.length], HALF_HEADS + 4 * which);
      this.#filled = (this.#filled + 1) | 0;
      this.#shared.store(FILLED, this.#filled);
    } while (from < bytes.length);
  }

  #sleep(request, end) {
    for (;;) {
      if (this.#shared.load(WANTED) !== request) return false;
      const drained = this.#shared.load(DRAINED);
      if (((this.#filled - drained) | 0) < 2) return true;
      if (performance.now() > end) return false;
      Atomics.wait(this.#shared.words, DRAINED, drained, SLICE_MS);
      this.#shared.beat();
    }
  }
}

/** The program's end. */
export class AnswerReader {
  #shared;
  #sleep;
  #drained = 0;

  /**
   * @param {import("./shared.js").Shared} shared
   * @param {(word: number, test: (value: number) => boolean) => void} sleep returns when the word passes the test, or throws
   */
  constructor(shared, sleep) {
    this.#shared = shared;
    this.#sleep = sleep;
  }

  /**
   * Makes a request and sleeps until its answer is there.
   * @param {number} request its number
   * @param {() => void} send
   * @param {(status: number, bytes: Uint8Array) => void} consume called with each piece, in shared memory
   */
  ask(request, send, consume) {
    const { words, halves } = this.#shared;
    Atomics.store(words, WANTED, request);
    try {
      send();
      for (let last = false; !last; ) {
        this.#sleep(FILLED, (filled) => filled !== this.#drained);
        const which = this.#drained & 1;
        const [number, status, bytes, end] = words.subarray(HALF_HEADS + 4 * which);
        // A piece of an earlier request that was given up may still lie there.
        if (number === request) {
          consume(status, halves[which].subarray(0, bytes));
          last = end === 1;
        }
        this.#drained = (this.#drained + 1) | 0;
        this.#shared.store(DRAINED, this.#drained);
      }
    } finally {
      Atomics.store(words, WANTED, 0);
      Atomics.notify(words, DRAINED);
    }
  }
}
