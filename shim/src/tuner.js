import { CANDIDATE, CREATE_BUFFER, DISPATCH, DISPATCH_HEAD, wide } from "./commands.js";
import { inNode } from "./gpu.js";
import { storeOf, VERSION } from "./remembered.js";

// Fixed by the WebGPU specification; the globals that name them are missing in Node.
const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const UNIFORM = 0x40;
const STORAGE = 0x80;
const QUERY_RESOLVE = 0x200;

/** How long the program has submitted nothing before a trial begins. */
const IDLE_MS = 100;
/** How long a measurement is to take, and from where on a candidate is too slow to be measured. */
const SLICE_MS = 4;
const MOST_SLICE_MS = 40;
/** How long candidates are measured in turns: a GPU that rested needs half a second to reach its clocks. */
const TRIAL_MS = 1200;
const MOST_REPETITIONS = 500;
/** By how much a candidate has to be faster than the first one, which is taken where nothing is known. */
const MARGIN = 0.95;
/** The memory that a trial may take. */
const MOST_BYTES = 2 ** 28;
/** How often a trial that the program interrupts is begun, and one that has no result: it failed, or a GPU died of it. */
const MOST_BEGUN = 5;
const MOST_UNENDED = 3;
/** The most that is stored for an adapter. */
const MOST_CHOICES = 512;
/** How long the opening of a device waits for what was stored. */
const LOAD_MS = 200;

/**
 * What was found about one kind of work: by `key`, `choice` is the number of the candidate to take.
 * @typedef {{key: string, work: string, choice: number, candidates: {choice: number, plan: string, ms: number}[]}} Choice
 *   `candidates`: those that were measured, with their shortest time; the first is the one that is taken where nothing is known
 *
 * What `report.tuned` says.
 * @typedef {{state: "off" | "on" | "unavailable", reason: string, pending: number, choices: Choice[], dropped: {work: string,
 *   reason: string}[]}} Tuning `choices`: those that were known at the start, then those of this visit, which are taken
 *   from the next start on; `pending` trials have not ended; `dropped` ones ended without a choice
 */

/** @returns {Tuning} where nothing is tuned */
export const untuned = (reason) => ({ state: "off", reason, pending: 0, choices: [], dropped: [] });

const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref?.(); // Node does not stay alive for it
  });

/**
 * Choices between ways to do the same work, as C++ offers them, made by timing on the GPU while the program leaves it idle,
 * and stored. All of it is an optimisation: whatever goes wrong is as if nothing had been found. A choice counts from the
 * next start on, so that the same work gives the same bits as long as a program runs.
 */
export class Tuner {
  /** @type {Tuning} */
  report;
  /** Called when the report has changed. */
  onchange = () => {};
  /** Resolves when what was stored is known, or takes too long. Never rejects. */
  loaded = Promise.resolve();
  #store = null;
  #known = new Map(); // key -> Choice, or {key, begun}: trials that have not ended
  #atStart = new Map(); // the same when the program began
  #trials = [];
  #device = null;
  #running = Promise.resolve();
  #ended = false;
  #destroyed = false;

  /**
   * Begins to look up what was stored, where anything is to be tuned.
   * @param {{software: boolean}} adapter as `describe` of device.js gives it
   * @param {boolean | "auto"} tune "auto": not on a software adapter
   */
  constructor(adapter, tune) {
    this.report = untuned("");
    if (tune === false) this.report.reason = "tune: false was asked for";
    else if (tune === "auto" && adapter.software) {
      this.report.reason =
        "a software adapter computes on the processors that the program needs: tune: true asks for it";
    } else {
      this.report.state = "on";
      this.#store = storeOf(adapter, "choices");
      this.loaded = Promise.race([this.#load(), pause(LOAD_MS)]);
    }
  }

  /**
   * @param {object} device what a trial needs of it
   * @param {GPUDevice} device.gpu
   * @param {() => number} device.activity changes whenever the program gives the GPU something to do
   * @param {(id: number) => object | undefined} device.kernel
   * @param {(kernel: object) => Promise<GPUComputePipeline>} device.compile
   * @param {(kernel: object) => void} device.chosen called with each kernel of a choice, which is stored for the next visit
   */
  attach(device) {
    this.#device = device;
    this.#atStart = new Map(this.#known);
    this.#tell();
  }

  /** What was known when the program began, for `tunedBy`. */
  get known() {
    const choices = [...this.#atStart.values()].map(({ key, choice, begun }) => [
      key,
      choice ?? (begun < MOST_UNENDED ? -1 : -2),
    ]);
    return { on: this.report.state === "on", choices };
  }

  /**
   * Takes in a trial, to be run when the program leaves the GPU idle.
   * @param {string} key
   * @param {string} text what the work is, and on a line each the candidates
   * @param {Uint32Array} words commands: create_buffer, dispatch, and CANDIDATE with the number of a choice, whose dispatches
   *   follow; buffers are the trial's own
   * @param {Uint8Array} params of the dispatches
   */
  add(key, text, words, params) {
    if (this.report.state !== "on" || this.#ended) return;
    if (this.#known.get(key)?.choice !== undefined) return; // it was stored, and is known since
    const [work, ...plans] = text.split("\n");
    this.#trials.push({ key, work, plans, words, params, begun: 0 });
    this.report.pending++;
    this.#tell();
    if (this.#trials.length === 1) this.#running = this.#run();
  }

  /**
   * The device is gone.
   * @param {boolean} destroyed because that was asked for, not of something that a trial may have done
   */
  end(destroyed) {
    this.#destroyed ||= !this.#ended && destroyed;
    this.#ended = true;
    this.report.pending = 0;
    this.#trials.length = 0;
  }

  /** Resolves when nothing is being measured or stored. */
  get settled() {
    return Promise.allSettled([this.#running]);
  }

  // ---- private

  async #load() {
    try {
      for (const one of sound(await this.#store())) this.#known.set(one.key, one);
    } catch {
      this.#giveUp();
    }
  }

  /** Nothing can be stored here. */
  #giveUp() {
    this.#store = null;
    this.report.state = "unavailable";
    this.report.reason = "nothing can be stored here";
    this.end(false);
    this.#tell();
  }

  #tell() {
    this.report.choices = [...this.#known.values()].filter(({ choice }) => choice !== undefined);
    this.onchange();
  }

  async #run() {
    while (this.#trials.length > 0 && (await this.#idle())) {
      const trial = this.#trials[0];
      const { key } = trial;
      const unended = this.#known.get(key)?.begun ?? 0;
      await this.#keep({ key, begun: unended + 1 });
      let result = null;
      let dropped = "";
      try {
        result = await this.#measure(trial);
      } catch (error) {
        dropped = error.message;
      }
      if (result) await this.#keep(result);
      else if (this.#destroyed || (!this.#ended && !dropped)) await this.#keep({ key, begun: unended });
      if (this.#ended) return;
      if (!result && !dropped) {
        if (++trial.begun < MOST_BEGUN) continue;
        dropped = `the program interrupted it ${MOST_BEGUN} times`;
      }
      this.#trials.shift();
      this.report.pending--;
      if (dropped) this.report.dropped.push({ work: trial.work, reason: dropped });
      this.#tell();
    }
  }

  /** Resolves with true once the program leaves the GPU idle, with false when the device is gone. */
  async #idle() {
    const { activity, gpu } = this.#device;
    for (;;) {
      const before = activity();
      await pause(IDLE_MS);
      if (this.#ended) return false;
      if (activity() !== before) continue;
      await gpu.queue.onSubmittedWorkDone().catch(() => {});
      if (this.#ended) return false;
      if (activity() === before) return true;
    }
  }

  /** Stores what is known about a key. */
  async #keep(one) {
    this.#known.set(one.key, one);
    try {
      await this.#store((stored) => {
        const others = sound(stored).filter(({ key }) => key !== one.key);
        return { version: VERSION, by: program(), choices: [one, ...others].slice(0, MOST_CHOICES) };
      });
    } catch {
      this.#giveUp();
    }
  }

  /** The Choice that a trial ends with, or null when the program wanted the GPU. Throws why there is none. */
  async #measure(trial) {
    const { gpu, activity, compile, chosen } = this.#device;
    const before = activity();
    const interrupted = () => this.#ended || activity() !== before;
    const { sizes, candidates } = this.#decode(trial);
    for (const candidate of candidates) {
      try {
        for (const { kernel } of candidate.dispatches) {
          if (interrupted()) return null;
          kernel.tried ??= kernel.pipeline ?? (await compile(kernel));
        }
      } catch {
        candidate.refused = true; // what fails is none
      }
    }
    if (candidates[0].refused) throw new Error("the first candidate was refused");
    const memory = await this.#allocate(sizes, trial.params);
    const clock = gpu.features.has("timestamp-query") ? new Clock(gpu) : new WallClock(gpu);
    try {
      const open = candidates.filter(({ refused }) => !refused);
      for (const candidate of open) {
        candidate.groups = this.#bind(candidate, memory);
        candidate.ms = Infinity;
        // The first time memory is cleared, and drivers compile.
        for (let i = 0; i < 2; i++) {
          if (interrupted()) return null;
          candidate.estimate = await this.#slice(clock, candidate, 1);
        }
      }
      const measured = open.filter(({ estimate }) => estimate <= MOST_SLICE_MS);
      if (measured[0] !== candidates[0]) {
        throw new Error(`it takes ${candidates[0].estimate.toPrecision(3)} ms, more than ${MOST_SLICE_MS}`);
      }
      const end = performance.now() + TRIAL_MS;
      while (performance.now() < end) {
        for (const candidate of measured) {
          if (interrupted()) return null;
          const repetitions = Math.ceil(SLICE_MS / Math.max(candidate.estimate, SLICE_MS / MOST_REPETITIONS));
          candidate.estimate = await this.#slice(clock, candidate, repetitions);
          if (candidate.estimate > 0) candidate.ms = Math.min(candidate.ms, candidate.estimate);
        }
      }
      if (interrupted()) return null;
      if (measured.some(({ ms }) => ms === Infinity)) throw new Error("the GPU's clock stands still");
      const best = measured.reduce((a, b) => (b.ms < a.ms ? b : a));
      const { choice, dispatches } = best.ms < MARGIN * measured[0].ms ? best : measured[0];
      for (const { kernel } of dispatches) chosen(kernel);
      const said = measured.map(({ choice, plan, ms }) => ({ choice, plan, ms: Number(ms.toPrecision(4)) }));
      return { key: trial.key, work: trial.work, choice, candidates: said };
    } finally {
      for (const buffer of memory.values()) buffer.destroy();
      clock.end();
    }
  }

  /** The buffers' sizes by their number, and the candidates. Throws when the trial is none. */
  #decode({ words, plans }) {
    const sizes = new Map();
    const candidates = [];
    for (let at = 0; at < words.length; at += words[at] >>> 8 || words.length) {
      switch (words[at] & 255) {
        case CREATE_BUFFER:
          sizes.set(words[at + 1], wide(words, at + 2));
          break;
        case CANDIDATE:
          candidates.push({ choice: words[at + 1], plan: plans[candidates.length] ?? "", dispatches: [] });
          break;
        case DISPATCH: {
          const kernel = this.#device.kernel(words[at + 1]);
          const ids = words.slice(at + DISPATCH_HEAD, at + (words[at] >>> 8));
          if (!kernel || kernel.layout.nStorage !== ids.length || candidates.length === 0)
            throw new Error("it is malformed");
          const grid = [words[at + 2], words[at + 3], words[at + 4]];
          candidates.at(-1).dispatches.push({ kernel, grid, offset: words[at + 5], bytes: words[at + 6], ids });
        }
      }
    }
    if (candidates.length < 2 || candidates.some(({ dispatches }) => dispatches.length === 0)) {
      throw new Error("there is nothing to choose from");
    }
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (bytes > MOST_BYTES) throw new Error(`it needs ${bytes} bytes, more than ${MOST_BYTES}`);
    return { sizes, candidates };
  }

  /** Buffers by their number; the parameters' is 0. */
  async #allocate(sizes, params) {
    const { gpu } = this.#device;
    const memory = new Map();
    gpu.pushErrorScope("out-of-memory");
    gpu.pushErrorScope("validation");
    for (const [id, size] of sizes) memory.set(id, gpu.createBuffer({ size, usage: STORAGE }));
    const size = Math.max(params.length, 256);
    memory.set(0, gpu.createBuffer({ size, usage: UNIFORM | COPY_DST }));
    gpu.queue.writeBuffer(memory.get(0), 0, params);
    const errors = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
    const error = errors.find(Boolean);
    if (!error) return memory;
    for (const buffer of memory.values()) buffer.destroy();
    throw new Error(`there is no memory for it: ${error.message}`);
  }

  #bind({ dispatches }, memory) {
    return dispatches.map(({ kernel, ids, bytes }) => {
      const entries = Array.from(ids, (id, binding) => ({ binding, resource: { buffer: memory.get(id) } }));
      const size = Math.max(256, Math.ceil(bytes / 256) * 256);
      entries.push({ binding: ids.length, resource: { buffer: memory.get(0), offset: 0, size } });
      return this.#device.gpu.createBindGroup({ layout: kernel.layout.bindGroup, entries });
    });
  }

  /** The milliseconds that one of so many repetitions takes, in one submission. Throws what the GPU says against it. */
  async #slice(clock, { dispatches, groups }, repetitions) {
    if (inNode) await pause(1); // which Node does not stay alive for, as it would for what the GPU owes
    const { gpu } = this.#device;
    gpu.pushErrorScope("validation");
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass(clock.descriptor);
    for (let i = 0; i < repetitions; i++) {
      dispatches.forEach(({ kernel, grid, offset }, k) => {
        pass.setPipeline(kernel.tried);
        pass.setBindGroup(0, groups[k], [offset]);
        pass.dispatchWorkgroups(...grid);
      });
    }
    pass.end();
    const elapsed = clock.submit(encoder);
    const [ms, error] = await Promise.all([elapsed, gpu.popErrorScope()]);
    if (error) throw new Error(error.message);
    return ms / repetitions;
  }
}

/** The GPU's own clock. */
class Clock {
  #gpu;
  #times;
  #resolved;
  #staging;

  constructor(gpu) {
    this.#gpu = gpu;
    const querySet = gpu.createQuerySet({ type: "timestamp", count: 2 });
    this.descriptor = { timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } };
    this.#times = querySet;
    this.#resolved = gpu.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
    this.#staging = gpu.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
  }

  /** Submits the encoder's one pass: a promise of its milliseconds. */
  async submit(encoder) {
    encoder.resolveQuerySet(this.#times, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, 16);
    this.#gpu.queue.submit([encoder.finish()]);
    await this.#staging.mapAsync(MAP_READ);
    const [begun, ended] = new BigInt64Array(this.#staging.getMappedRange().slice());
    this.#staging.unmap();
    return Number(ended - begun) / 1e6;
  }

  end() {
    for (const one of [this.#times, this.#resolved, this.#staging]) one.destroy();
  }
}

/** The clock on the wall, where the GPU's cannot be read. */
class WallClock {
  descriptor = {};
  #gpu;

  constructor(gpu) {
    this.#gpu = gpu;
  }

  async submit(encoder) {
    const begun = performance.now();
    this.#gpu.queue.submit([encoder.finish()]);
    await this.#gpu.queue.onSubmittedWorkDone();
    return performance.now() - begun;
  }

  end() {}
}

/**
 * What C++ is told about a key by what `Tuner.known` gave: the choice; -1: nothing is known, and a trial is welcome; -2:
 * nothing is known.
 */
export function tunedBy({ on, choices }, key) {
  if (!on) return -2;
  return choices.find(([one]) => one === key)?.[1] ?? -1;
}

/** What compiles kernels for the driver: the browser and its version, or Node. Times of another one do not count. */
function program() {
  if (inNode) return `Node ${process.versions.node.split(".")[0]}`;
  return /(Firefox|Edg|Chrome|Version)\/\d+/.exec(globalThis.navigator?.userAgent ?? "")?.[0] ?? "";
}

/** The sound entries in what was stored; none when that is damaged, or another version's or browser's. */
function sound(stored) {
  if (stored?.version !== VERSION || stored.by !== program() || !Array.isArray(stored.choices)) return [];
  const isCount = (value) => Number.isInteger(value) && value >= 0;
  const isText = (value) => typeof value === "string" && value.length < 1000;
  const isCandidate = (one) => isCount(one?.choice) && isText(one.plan) && Number.isFinite(one.ms);
  const isChoice = ({ choice, work, candidates }) =>
    isCount(choice) && isText(work) && Array.isArray(candidates) && candidates.every(isCandidate);
  return stored.choices
    .filter((one) => isText(one?.key) && (isCount(one.begun) || isChoice(one)))
    .slice(0, MOST_CHOICES);
}
