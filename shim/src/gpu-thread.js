import { AnswerReader } from "./answers.js";
import { DeviceError, Status } from "./errors.js";
import { inNode } from "./gpu.js";
import { concat, RingWriter } from "./ring.js";
import { BEAT, DEAD, MESSAGE, Shared } from "./shared.js";
import { maySleep } from "./waiting.js";

const GRACE_MS = 500; // the worker notices a timeout itself and says more; we only step in when it does not
const STEP_MS = 1000; // of a sleep: how often it looks whether the worker still lives
const STILL_STEPS = 8; // without a beat: it does not
const EXIT_MS = 10000; // how long the exit of the process waits for kernels that still run
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The GPU worker (gpu-worker.js) as the program's thread sees it. Where this thread may sleep, everything that is sent
 * travels in a ring in shared memory, and the answers to blocking requests come back through shared memory too; elsewhere
 * the same bytes are posted. Other answers are posted in both cases.
 */
export class GpuThread {
  /** Called when a device in the worker is lost: its number, its status and message. */
  onlost = () => {};
  /** Called where no memory is shared, with what a device in the worker remembers, and its number. */
  onremembered = () => {};
  /** Called with what a device in the worker has tuned, and its number. */
  ontuned = () => {};
  /** What the worker died of, or null. */
  dead = null;
  /** The shared memory, or null where this thread may not sleep. */
  shared = maySleep ? new Shared() : null;
  #ring = null;
  #answers = null;
  #sequence = 0;
  #requests = new Map(); // sequence -> {resolve, reject, timer}
  #deadline = 0; // of the sleep under way
  #what = "";

  /**
   * @param {number} timeoutMs
   * @param {string | URL} [file] the worker's file, where it does not lie beside this one
   * @returns {Promise<GpuThread>} once the worker has answered
   */
  static async start(timeoutMs, file) {
    const { Worker } = inNode ? await import("node:worker_threads") : globalThis;
    const worker = new Worker(file ?? new URL("./gpu-worker.js", import.meta.url), { type: "module", execArgv: [] });
    const thread = new GpuThread(worker);
    try {
      await thread.request({ type: "hello" }, timeoutMs, "the start of the GPU worker");
      return thread;
    } catch (error) {
      thread.end(error);
      throw error;
    }
  }

  /** Use `GpuThread.start`. */
  constructor(worker) {
    this.worker = worker;
    if (this.shared) {
      const sleep = (word, test) => this.#sleep(word, test);
      this.#ring = new RingWriter(this.shared, sleep, () => worker.postMessage({ ring: true }));
      this.#answers = new AnswerReader(this.shared, sleep);
    }
    worker.postMessage({ shared: this.shared?.buffer ?? null });
    const died = (why) => this.#die(`the GPU worker ended: ${why}`);
    if (inNode) {
      endAtExit(this);
      worker.on("message", (message) => this.#receive(message));
      worker.on("error", (error) => died(error.stack ?? error));
      worker.on("exit", (code) => {
        alive.delete(this);
        died(`exit code ${code}`);
      });
      worker.unref();
    } else {
      worker.onmessage = ({ data }) => this.#receive(data);
      worker.onerror = (event) => died(event.message ?? "it could not be loaded");
    }
  }

  /**
   * Sends bytes; sleeps while the ring is full.
   * @param {number} kind
   * @param {Uint8Array[]} parts
   * @param {number} timeoutMs
   */
  send(kind, parts, timeoutMs) {
    if (this.dead) return;
    if (this.#ring) {
      this.#limit(timeoutMs, "the decoding of earlier batches");
      this.#ring.write(kind, parts);
    } else {
      const bytes = concat(parts);
      this.worker.postMessage({ kind, bytes }, [bytes.buffer]);
    }
  }

  /** Sends a message as JSON. */
  post(message, timeoutMs) {
    this.send(MESSAGE, [encoder.encode(JSON.stringify(message))], timeoutMs);
  }

  /**
   * Sends a message that is answered by a message.
   * @param {object} message
   * @param {number} timeoutMs
   * @param {string} what it is, for the sentence of a timeout
   */
  request(message, timeoutMs, what) {
    if (this.dead) return Promise.reject(this.dead);
    const sequence = ++this.#sequence;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(sequence);
        this.#rest();
        reject(timedOut(what, timeoutMs));
      }, timeoutMs + GRACE_MS);
      this.#requests.set(sequence, { resolve, reject, timer });
      this.worker.ref?.(); // Node stays alive while somebody waits
      this.post({ ...message, sequence }, timeoutMs);
    });
  }

  /**
   * Sends a message that is answered in shared memory, and sleeps until it is. Throws DeviceError.
   * @param {object} message
   * @param {number} timeoutMs
   * @param {string} what
   * @param {(bytes: Uint8Array) => void} consume called with each piece of the answer; a view of shared memory
   */
  block(message, timeoutMs, what, consume) {
    if (this.dead) throw this.dead;
    const sequence = ++this.#sequence;
    let failed = Status.ok;
    const text = [];
    this.#limit(timeoutMs + GRACE_MS, what, timeoutMs);
    this.#answers.ask(
      sequence,
      () =>
        this.#ring.write(MESSAGE, [
          encoder.encode(JSON.stringify({ ...message, timeoutMs, sequence, blocking: true })),
        ]),
      (status, bytes) => {
        failed = status;
        if (status === Status.ok) consume(bytes);
        else text.push(bytes.slice());
      },
    );
    if (failed !== Status.ok) throw new DeviceError(failed, decoder.decode(concat(text)));
  }

  /** Rejects everything that is awaited. */
  fail(error) {
    for (const { reject, timer } of this.#requests.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#requests.clear();
    this.#rest();
  }

  /** Ends the worker. In Node it ends by itself, once its GPU has nothing open any more. */
  end(error) {
    if (this.dead) return;
    if (inNode) this.worker.postMessage({ end: true });
    else this.worker.terminate();
    this.dead = error;
    this.fail(error);
  }

  /** Called when the process is about to exit: Node aborts when it has to end a thread that has GPU work open. */
  endNow() {
    this.end(new DeviceError(Status.device_lost, "the process exits"));
    if (this.shared.load(DEAD) === 0) Atomics.wait(this.shared.words, DEAD, 0, EXIT_MS);
  }

  // ---- private

  #receive({ sequence, value, error, lost, remembered, tuned }) {
    if (remembered) return this.onremembered(remembered);
    if (tuned) return this.ontuned(tuned);
    if (lost) return this.onlost(lost.number, new DeviceError(lost.status, lost.message));
    const request = this.#requests.get(sequence);
    if (!request) return; // timed out before
    this.#requests.delete(sequence);
    clearTimeout(request.timer);
    this.#rest();
    if (error) request.reject(new DeviceError(error.status, error.message));
    else request.resolve(value);
  }

  #rest() {
    if (this.#requests.size === 0) this.worker.unref?.();
  }

  #die(message) {
    if (this.dead) return this.dead;
    const error = new DeviceError(Status.device_lost, message);
    this.end(error);
    this.onlost(0, error);
    return error;
  }

  /** Until when the sleeps that follow may last. */
  #limit(timeoutMs, what, said = timeoutMs) {
    this.#deadline = performance.now() + timeoutMs;
    this.#what = [what, said];
  }

  /** Sleeps until a shared word passes the test. Throws at the deadline, and when the worker has died. */
  #sleep(word, test) {
    const { words } = this.shared;
    let beat = this.shared.load(BEAT);
    for (let still = 0; ; ) {
      const value = this.shared.load(word);
      if (test(value)) return;
      if (this.shared.load(DEAD)) throw this.#die("the GPU worker ended while it was waited for");
      const left = this.#deadline - performance.now();
      if (left <= 0) throw timedOut(...this.#what);
      // Steps are counted, not milliseconds: a page may be frozen, and its worker with it.
      if (Atomics.wait(words, word, value, Math.min(left, STEP_MS)) !== "timed-out") continue;
      const now = this.shared.load(BEAT);
      still = now === beat ? still + 1 : 0;
      beat = now;
      if (still >= STILL_STEPS) throw this.#die(`the GPU worker does not answer, for ${STILL_STEPS} seconds now`);
    }
  }
}

const alive = new Set();
let listening = false;

function endAtExit(thread) {
  if (!listening) process.on("exit", endAll);
  listening = true;
  alive.add(thread);
}

function endAll() {
  for (const thread of alive) thread.endNow();
}

const timedOut = (what, timeoutMs) =>
  new DeviceError(Status.timeout, `${what} took longer than ${timeoutMs} ms; the GPU worker is still busy or hangs`);
