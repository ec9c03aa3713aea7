/** Whether wasm can be suspended here while JavaScript waits (JavaScript Promise Integration). */
export const hasJspi = () =>
  typeof WebAssembly.Suspending === "function" && typeof WebAssembly.promising === "function";

/**
 * Calls into one wasm instance that may be suspended by the import `ndfuse_suspend`.
 *
 * All calls share the stack that C++ keeps in memory, so two of them must never be suspended at once: whichever went on
 * first would overwrite the frames of the other. And an import suspends only what it was called from directly: a call
 * that came by any other way, or with JavaScript in between, would trap. So a wait is granted only to code that entered
 * here while nothing else was under way, and refused with a sentence to everything else.
 */
export class Suspender {
  #running = null; // the call whose code runs now: {mayWait}
  #open = 0; // calls that have not ended
  #waiting = null; // what the next suspend() waits for

  /**
   * Calls an export; it runs at once, up to its end or its first wait.
   * @param {Function} f what WebAssembly.promising made of it
   * @param {unknown[]} args
   * @returns {Promise<unknown>} its result, or what it threw
   */
  async enter(f, args) {
    const call = { mayWait: this.#open === 0 };
    const outer = this.#running;
    this.#open++;
    try {
      let result;
      try {
        this.#running = call;
        result = f(...args);
      } finally {
        this.#running = outer;
      }
      return await result;
    } finally {
      this.#open--;
      if (this.#running === call) this.#running = null;
    }
  }

  /** Calls a function that enters wasm by another way, and so cannot wait. */
  outside(f) {
    const outer = this.#running;
    this.#running = null;
    try {
      return f();
    } finally {
      this.#running = outer;
    }
  }

  /** Why the code that runs now cannot wait; empty when it can. */
  get refusal() {
    if (this.#running?.mayWait) return "";
    return this.#open > (this.#running ? 1 : 0)
      ? "another call of this program has not ended: await it first"
      : "this call did not enter by start() or by the function call() that start() gives: use that";
  }

  /** Prepares the wait that the next `suspend` is. Only where there is no refusal. */
  begin(promise) {
    promise.catch(() => {}); // reported by suspend
    this.#waiting = promise;
  }

  /** What `ndfuse_suspend` returns: the promise that wasm is suspended by. */
  async suspend() {
    const call = this.#running;
    const waiting = this.#waiting;
    this.#running = this.#waiting = null;
    try {
      return await waiting;
    } finally {
      this.#running = call;
    }
  }
}
