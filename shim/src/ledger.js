import {
  COPY_BUFFER,
  CREATE_BUFFER,
  DESTROY_BUFFER,
  DISPATCH,
  DISPATCH_HEAD,
  FILL_BUFFER,
  RENEW_BUFFER,
  REPLAY,
  WRITE_BUFFER,
  wide,
} from "./commands.js";

const MAX_UNREPORTED = 16;

/**
 * Which buffers hold wrong contents, and why. A batch is kept until its error scopes have answered; when something had
 * failed by then, its words are walked a second time: what did it leave wrong (poison), what did it make good again?
 */
export class Ledger {
  /** Resolves when every batch added so far has settled. */
  settled = Promise.resolve();
  /** Called with each batch of which something was refused, when that has become known. */
  onrefused = () => {};
  #buffers;
  #pipelines;
  #unsettled = new Set();
  #poison = new Map(); // id -> error
  #written = new Map(); // id -> bytes that writes, one after another from the start, have replaced since it was poisoned
  #unreported = new Set(); // errors that no wait has rejected with yet, oldest first

  /**
   * @param {Map<number, {size: number, error: Error | null}>} buffers of the device; `error`: could not be created
   * @param {Map<number, {mask: number, error: Error | null}>} pipelines of the device; `error`: was refused
   */
  constructor(buffers, pipelines) {
    this.#buffers = buffers;
    this.#pipelines = pipelines;
  }

  get counts() {
    return { unsettledBatches: this.#unsettled.size, poisonedBuffers: this.#poison.size };
  }

  /** The oldest error that no wait has rejected with. */
  get oldest() {
    return this.#unreported.values().next().value;
  }

  /**
   * @param {{words: Uint32Array, error: Error | null, skipped: boolean, created: object[], kernels: object[],
   *   replayed: Uint32Array[]}} batch `replayed`: the words of each REPLAY, in order
   * @param {Promise<Error | null>[]} scopes the answers of its error scopes
   */
  add(batch, scopes) {
    this.#unsettled.add(batch);
    this.settled = this.#settle(this.settled, batch, scopes);
  }

  /** The error of a buffer as of now: batches that are added later settle later. */
  errorOf(id) {
    return this.settled.then(() => this.#poison.get(id));
  }

  /** The same without waiting, as far as batches have settled. */
  knownErrorOf(id) {
    return this.#poison.get(id);
  }

  /** Fails everything that has not settled. */
  fail(error) {
    for (const batch of this.#unsettled) batch.error ??= error;
    this.#note(error);
  }

  /** A wait has rejected with this error. */
  met(error) {
    this.#unreported.delete(error);
  }

  #note(error) {
    if (this.#unreported.size < MAX_UNREPORTED) this.#unreported.add(error);
  }

  async #settle(previous, batch, scopes) {
    const errors = await Promise.all(scopes);
    for (const { answer } of batch.created) await answer;
    for (const { checking } of batch.kernels) await checking;
    await previous;
    this.#unsettled.delete(batch);
    const failed = errors.find(Boolean) ?? batch.error;
    if (failed) this.onrefused(batch);
    // What made the batch fail is said rather than that it failed.
    const cause =
      failed &&
      (batch.kernels.find((kernel) => kernel.error)?.error ??
        batch.created.find(({ record }) => record.error)?.record.error ??
        failed);
    if (cause) this.#note(cause); // whatever it was may write nothing
    if (cause || batch.skipped || this.#poison.size > 0 || batch.created.some(({ record }) => record.error)) {
      this.#spread(batch, cause);
    }
  }

  /** Walks a settled batch again: which buffers does it leave wrong, which does it make good? */
  #spread({ words, created, replayed }, cause) {
    const poison = this.#poison;
    const blame = (id, error) => {
      this.#note(error);
      if (!poison.has(id)) poison.set(id, error);
      this.#written.delete(id);
    };
    const clear = (id) => {
      this.#written.delete(id);
      if (!this.#buffers.get(id)?.error) poison.delete(id);
    };
    const covers = (id, offset, bytes) => offset === 0 && bytes >= (this.#buffers.get(id)?.size ?? Infinity);
    let replays = 0;
    const walk = (words) => {
      for (let at = 0; at < words.length; at += words[at] >>> 8) take(words, at);
    };
    const take = (words, at) => {
      const id = words[at + 1];
      switch (words[at] & 255) {
        case CREATE_BUFFER: {
          const error = created.find((one) => one.id === id)?.record.error;
          if (error) blame(id, error);
          break;
        }
        case DESTROY_BUFFER:
          poison.delete(id);
          this.#written.delete(id);
          break;
        case RENEW_BUFFER:
          clear(id);
          break;
        case REPLAY:
          walk(replayed[replays++]);
          break;
        case WRITE_BUFFER: {
          if (!poison.has(id)) break;
          const offset = wide(words, at + 2);
          if (offset !== 0 && offset !== this.#written.get(id)) break;
          this.#written.set(id, offset + words[at + 5]);
          if (covers(id, 0, this.#written.get(id))) clear(id);
          break;
        }
        case FILL_BUFFER:
          if (cause) blame(id, cause);
          else if (covers(id, wide(words, at + 2), wide(words, at + 4))) clear(id);
          break;
        case COPY_BUFFER: {
          const target = words[at + 4];
          const error = poison.get(id) ?? cause;
          if (error) blame(target, error);
          else if (covers(target, wide(words, at + 5), wide(words, at + 7))) clear(target);
          break;
        }
        case DISPATCH: {
          const kernel = this.#pipelines.get(id);
          const ids = words.subarray(at + DISPATCH_HEAD, at + (words[at] >>> 8));
          const bad = ids.find((one) => poison.has(one));
          const error = kernel.error ?? (bad === undefined ? cause : poison.get(bad));
          if (!error) break;
          this.#note(error);
          ids.forEach((one, i) => {
            if ((kernel.mask >>> i) & 1) blame(one, error);
          });
        }
      }
    };
    walk(words);
  }
}
