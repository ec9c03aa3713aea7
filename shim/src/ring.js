import { ASLEEP, Sleep, TAKEN, WRITTEN } from "./shared.js";

const HEAD = 8; // kind and bytes
const LARGEST = 2 ** 22 + 2 ** 12; // bytes of a frame: several fit, so that one is read while the next is written
const MORE = 0x80; // a flag of the kind: the message goes on in the next frame
const DOZE_MS = 1000; // after which a sleeping reader looks by itself: no engine's lost wake-up lasts longer

/**
 * The writing end of a ring of bytes in shared memory, for one writer and one reader. A message is one frame or, when it
 * is large, several; a frame is its kind, its length, and its bytes.
 */
export class RingWriter {
  #shared;
  #sleep;
  #ring;
  #written;

  /**
   * @param {import("./shared.js").Shared} shared
   * @param {(word: number, test: (value: number) => boolean) => void} sleep returns when the word passes the test, or throws
   * @param {() => void} post wakes a reader that waits for a message
   */
  constructor(shared, sleep, post) {
    this.#shared = shared;
    this.#sleep = sleep;
    this.#ring = shared.ring;
    this.#written = shared.load(WRITTEN);
    this.post = post;
  }

  /**
   * Sends a message; sleeps while the ring is full.
   * @param {number} kind below 128
   * @param {Uint8Array[]} parts its bytes, copied one part after another
   */
  write(kind, parts) {
    let left = 0;
    for (const part of parts) left += part.length;
    let [index, from] = [0, 0];
    do {
      const size = Math.min(left, LARGEST);
      left -= size;
      this.#reserve(HEAD + size);
      this.#put(Uint8Array.of(kind | (left > 0 ? MORE : 0), 0, 0, 0, size, size >> 8, size >> 16, size >> 24));
      for (let missing = size; missing > 0; ) {
        const piece = parts[index].subarray(from, from + missing);
        this.#put(piece);
        missing -= piece.length;
        from += piece.length;
        if (from === parts[index].length) [index, from] = [index + 1, 0];
      }
      this.#publish();
    } while (left > 0);
  }

  #reserve(bytes) {
    const room = (taken) => this.#ring.length - ((this.#written - taken) | 0) >= bytes;
    if (!room(this.#shared.load(TAKEN))) this.#sleep(TAKEN, room);
  }

  #put(bytes) {
    const at = (this.#written >>> 0) % this.#ring.length;
    const first = Math.min(bytes.length, this.#ring.length - at);
    this.#ring.set(first === bytes.length ? bytes : bytes.subarray(0, first), at);
    if (first < bytes.length) this.#ring.set(bytes.subarray(first), 0);
    this.#written = (this.#written + bytes.length) | 0;
  }

  #publish() {
    const { words } = this.#shared;
    Atomics.store(words, WRITTEN, this.#written);
    const how = Atomics.exchange(words, ASLEEP, Sleep.none);
    if (how === Sleep.notified) Atomics.notify(words, ASLEEP);
    else if (how === Sleep.posted) this.post();
  }
}

/** The reading end. */
export class RingReader {
  #shared;
  #ring;
  #taken;
  #pieces = [];
  #rung = () => {};

  /** @param {import("./shared.js").Shared} shared */
  constructor(shared) {
    this.#shared = shared;
    this.#ring = shared.ring;
    this.#taken = shared.load(TAKEN);
  }

  /**
   * Gives the next message that is there whole to `receive`.
   * @param {(message: {kind: number, bytes: Uint8Array}) => void} receive `bytes` are valid during the call, and may be
   *   shared memory
   * @returns {boolean} whether there was one
   */
  take(receive) {
    while (this.#shared.load(WRITTEN) !== this.#taken) {
      const head = this.#get(HEAD).slice();
      const bytes = this.#get(new Uint32Array(head.buffer)[1]);
      const more = (head[0] & MORE) !== 0;
      const pieces = this.#pieces;
      if (more || pieces.length > 0) pieces.push(bytes.slice());
      if (!more) {
        this.#pieces = [];
        receive({ kind: head[0], bytes: pieces.length === 0 ? bytes : concat(pieces) });
      }
      this.#shared.store(TAKEN, this.#taken);
      if (!more) return true;
    }
    return false;
  }

  /** Resolves when there may be something to take. */
  async wait() {
    const { words } = this.#shared;
    const how = Atomics.waitAsync ? Sleep.notified : Sleep.posted;
    const rung = new Promise((resolve) => {
      this.#rung = resolve;
    });
    Atomics.store(words, ASLEEP, how);
    if (this.#shared.load(WRITTEN) !== this.#taken) Atomics.store(words, ASLEEP, Sleep.none);
    else if (how === Sleep.posted) await rung;
    else await Atomics.waitAsync(words, ASLEEP, how, DOZE_MS).value;
  }

  /** The writer has posted its message. */
  ring() {
    this.#rung();
  }

  /** Bytes in the ring; a copy where they go round its end. */
  #get(size) {
    const at = (this.#taken >>> 0) % this.#ring.length;
    this.#taken = (this.#taken + size) | 0;
    const first = this.#ring.subarray(at, at + size);
    return first.length === size ? first : concat([first, this.#ring.subarray(0, size - first.length)]);
  }
}

/** @param {Uint8Array[]} parts */
export function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
