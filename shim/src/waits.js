import { DeviceError, Status } from "./errors.js";

/** Waits that end: with their promise, at a timeout, or when the device is lost. */
export class Waits {
  #timeoutMs;
  #waiters = new Set();

  /** @param {number} timeoutMs of waits that name none */
  constructor(timeoutMs) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @template T
   * @param {Promise<T>} promise
   * @param {number} [timeoutMs]
   * @param {string} what it is, for the sentence of a timeout
   * @returns {Promise<T>} `promise`, or a rejection by the clock or by `fail`, whichever is first
   */
  wait(promise, timeoutMs = this.#timeoutMs, what) {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(fail);
      };
      const fail = (error) => {
        done();
        reject(error);
      };
      const timer = setTimeout(() => fail(timedOut(what, timeoutMs)), timeoutMs);
      this.#waiters.add(fail);
      promise.then((value) => {
        done();
        resolve(value);
      }, fail);
    });
  }

  /** How many wait. */
  get count() {
    return this.#waiters.size;
  }

  /** Rejects everything that waits. */
  fail(error) {
    for (const fail of [...this.#waiters]) fail(error);
  }
}

const timedOut = (what, timeoutMs) =>
  new DeviceError(
    Status.timeout,
    `${what} took longer than ${timeoutMs} ms; the GPU is still busy or hangs: give a longer timeout or smaller kernels`,
  );
