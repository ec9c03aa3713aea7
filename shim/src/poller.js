const EAGER_MS = 5;
const LATER_MS = 2;

/**
 * Asks again and again, a task apart, whether something has come true: WebGL tells neither of fences nor of compilers.
 * The first milliseconds by messages, which no browser delays; then by timers, which leave the thread to others.
 */
export class Poller {
  #pending = new Set(); // {test, resolve}
  #channel = new MessageChannel();
  #posted = false;
  #timer = null;
  #eagerUntil = 0;

  constructor() {
    this.#channel.port1.onmessage = () => {
      this.#posted = false;
      this.#poll();
    };
  }

  /**
   * @param {() => boolean} test called in later tasks until it gives true
   * @returns {Promise<void>} not settled any more once `end` was called
   */
  until(test) {
    return new Promise((resolve) => {
      this.#pending.add({ test, resolve });
      this.#eagerUntil = performance.now() + EAGER_MS;
      this.#post();
    });
  }

  /** Forgets all. */
  end() {
    this.#pending.clear();
    clearTimeout(this.#timer);
    this.#channel.port1.close();
  }

  #post() {
    if (this.#posted) return;
    this.#posted = true;
    this.#channel.port2.postMessage(null);
  }

  #poll() {
    for (const entry of this.#pending) {
      if (!entry.test()) continue;
      this.#pending.delete(entry);
      entry.resolve();
    }
    if (this.#pending.size === 0) return;
    if (performance.now() < this.#eagerUntil) this.#post();
    else {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#poll();
      }, LATER_MS);
    }
  }
}
