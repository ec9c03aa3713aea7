import { inNode } from "./gpu.js";

/** Of ndfuse: what another version has stored is not read, because its kernels have other texts. */
export const VERSION = "0.1.0";
/** The most that is stored for an adapter: kernels, and characters of their texts. */
const MOST_KERNELS = 256;
const MOST_CHARACTERS = 4 * 2 ** 20;
/** How long no new kernel is used before those that were are stored. */
const IDLE_MS = 500;
/** How long the end of a program waits for that. */
const KEEP_MS = 2000;
/**
 * How many kernels are compiled at a time: one processor is left to the program. All at once would fill the queue to the GPU
 * process, and the GPU worker might be blocked, without a beat of its heart, until most of them are compiled.
 */
const TOGETHER = Math.min(4, Math.max(1, (globalThis.navigator?.hardwareConcurrency ?? 4) - 1));

/**
 * What `report.remembered` says.
 * @typedef {{state: "off" | "loading" | "on" | "unavailable", reason: string, kernels: number, prepared: number, used: number,
 *   unsaved: number}} Remembering `kernels` were remembered for this page, `prepared` of them are compiled by now, and the
 *   program has `used` of these; `unsaved` kernels that it used are not stored yet
 */

/** @returns {Remembering} where nothing is remembered */
export const nothing = (reason) => ({ state: "off", reason, kernels: 0, prepared: 0, used: 0, unsaved: 0 });

/** What a page is remembered by where it says nothing else: its path, or the script that Node runs. */
export function pageName() {
  if (inNode) return process.argv[1] ?? "";
  const { protocol, pathname } = globalThis.location;
  return protocol === "blob:" ? "" : pathname; // whose path is another each time
}

/**
 * The kernels that a page used are stored, and compiled in the background when it starts again on the same adapter. All of it
 * is an optimisation: nothing waits for it, and whatever goes wrong is as if nothing had been remembered.
 *
 * The key of a kernel is its whole text and its layout, so a pipeline that is found is the one that would have been made.
 */
export class Remembered {
  /** @type {Remembering} */
  counts;
  /** Called when the counts have changed. */
  onchange = () => {};
  #store = null;
  #page;
  #loading = null; // promise of what was stored
  #known = new Map(); // key -> {key, index, name, text, nStorage, mask, coming, pipeline, used}
  #position = 0; // in #known: behind the last one that the program has used
  #lead = 0; // by how much the preparation has to be ahead of that
  #used = new Map(); // key -> kernel of the device, in the order of their first use
  #unsaved = new Set(); // keys
  #timer = null;
  #preparing = null;
  #saving = Promise.resolve();
  #ended = false;

  /**
   * Begins to look up what was stored, where anything is to be remembered.
   * @param {{software: boolean}} adapter as `describe` of device.js gives it
   * @param {boolean | "auto"} remember "auto": not on a software adapter
   * @param {string} page
   */
  constructor(adapter, remember, page) {
    this.counts = nothing("");
    this.#page = page;
    if (remember === false) this.counts.reason = "remember: false was asked for";
    else if (remember === "auto" && adapter.software) {
      this.counts.reason =
        "a software adapter compiles on the processors that the program needs: remember: true asks for it";
    } else {
      this.counts.state = "loading";
      this.#store = storeOf(adapter, "kernels");
      this.#loading = this.#store().then(sound);
      this.#loading.catch(() => {}); // should no device come of it
    }
  }

  /**
   * Compiles what was remembered, the kernels of the last visit in the order of their first use, then older ones. What the
   * program has used by then is left out.
   * @param {(kernel: {name: string, text: string, nStorage: number, mask: number}) => Promise<GPUComputePipeline>} compile
   */
  prepare(compile) {
    if (this.#loading) this.#preparing = this.#prepare(compile).catch(() => this.#giveUp());
  }

  /**
   * The pipeline of a kernel that the program is about to use, or null when none is ready.
   * @param {{name: string, text: string, mask: number, layout: {nStorage: number}, error: Error | null,
   *   checking: Promise | null}} kernel
   * @returns {GPUComputePipeline | null}
   */
  take(kernel) {
    if (!this.#store) return null;
    return this.#use(this.#note(kernel));
  }

  /** As `take` for a kernel that is not needed yet: a promise also of a pipeline that is being made, or null. */
  coming(kernel) {
    if (!this.#store) return null;
    const known = this.#note(kernel);
    return known?.coming ? known.coming.then(() => this.#use(known)) : null;
  }

  /** Stores now what is not stored yet. Resolves when that is done, or takes too long; never rejects. */
  async keep() {
    if (!this.#store || this.#ended) return;
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, KEEP_MS);
    });
    await Promise.race([this.#save(), late]);
    clearTimeout(timer);
  }

  /** The device is gone: nothing more is compiled, and what it was lost by is not stored. */
  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** Resolves when nothing is being compiled or stored. */
  get settled() {
    return Promise.allSettled([this.#preparing, this.#saving]);
  }

  // ---- private

  async #prepare(compile) {
    const stored = await this.#loading;
    const { counts } = this;
    counts.state = "on";
    for (const { page, ...kernel } of stored) {
      const key = keyOf(kernel);
      if (page === this.#page) this.#known.set(key, { ...kernel, key, index: this.#known.size });
    }
    counts.kernels = this.#known.size;
    this.onchange();
    const open = [...this.#known.values()];
    const turn = async () => {
      for (let kernel = this.#next(open); kernel && !this.#ended; kernel = this.#next(open)) {
        kernel.coming = compile(kernel).then(
          (pipeline) => {
            kernel.pipeline = pipeline;
            counts.prepared++;
            this.onchange();
          },
          () => {}, // the program is told when it uses that kernel itself
        );
        await kernel.coming;
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, turn));
  }

  /**
   * Takes out of `open` what is to be compiled next. Where the program comes to a kernel that is just being compiled, and so
   * compiles it again, it would come to the next one as early: the preparation goes further ahead each time.
   */
  #next(open) {
    const unused = open.filter(({ key }) => !this.#used.has(key));
    const next = unused.find(({ index }) => index >= this.#position + this.#lead) ?? unused.at(-1);
    open.splice(0, open.length, ...unused.filter((one) => one !== next));
    return next;
  }

  /** The program uses a kernel: what is known about it. */
  #note(kernel) {
    const key = keyOf({ ...kernel, nStorage: kernel.layout.nStorage });
    const known = this.#known.get(key);
    if (!this.#used.has(key)) {
      this.#used.set(key, kernel);
      this.#unsaved.add(key);
      this.#later();
      if (known) this.#position = known.index + 1;
      if (known?.coming && !known.pipeline) this.#lead = Math.max(1, 2 * this.#lead);
    }
    return known;
  }

  #use(known) {
    if (!known?.pipeline) return null;
    if (!known.used) {
      known.used = true;
      this.counts.used++;
      this.onchange();
    }
    return known.pipeline;
  }

  #later() {
    this.#count();
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.#save(), IDLE_MS);
    this.#timer.unref?.(); // Node does not stay alive for it
  }

  #count() {
    this.counts.unsaved = this.#unsaved.size;
    this.onchange();
  }

  /** Stores the kernels that are known to be good, one save after another. */
  #save() {
    clearTimeout(this.#timer);
    const done = [];
    for (const key of this.#unsaved) {
      const kernel = this.#used.get(key);
      if (kernel.checking) continue; // it is not known yet whether it is refused
      if (kernel.error) this.#used.delete(key);
      done.push(key);
    }
    if (done.length < this.#unsaved.size) this.#later();
    const mine = [...this.#used.values()]
      .filter(({ checking, error }) => !checking && !error)
      .map(({ name, text, mask, layout: { nStorage } }) => ({ page: this.#page, name, text, nStorage, mask }));
    this.#saving = this.#saving.then(async () => {
      if (done.length === 0 || !this.#store) return;
      try {
        await this.#store((stored) => merged(mine, sound(stored)));
        for (const key of done) this.#unsaved.delete(key);
        this.#count();
      } catch {
        this.#giveUp();
      }
    });
    return this.#saving;
  }

  /** Nothing can be stored here. */
  #giveUp() {
    clearTimeout(this.#timer);
    this.#store = null;
    this.#unsaved.clear();
    this.counts.state = "unavailable";
    this.#count();
  }
}

const keyOf = ({ text, nStorage, mask }) => `${nStorage}:${mask}\n${text}`;

/** The kernels in what was stored; none when that is damaged or another version's. */
function sound(stored) {
  if (stored?.version !== VERSION || !Array.isArray(stored.kernels)) return [];
  const isText = (value) => typeof value === "string";
  const isCount = (value, limit) => Number.isInteger(value) && Math.abs(value) <= limit;
  return bounded(
    stored.kernels.filter(
      (one) =>
        isText(one?.page) &&
        isText(one.name) &&
        isText(one.text) &&
        isCount(one.nStorage, 32) &&
        one.nStorage >= 0 &&
        isCount(one.mask, 2 ** 32),
    ),
  );
}

function bounded(kernels) {
  let left = MOST_CHARACTERS;
  const fits = ({ page, name, text }) => {
    const size = page.length + name.length + text.length;
    if (size > left) return false;
    left -= size;
    return true;
  };
  return kernels.filter(fits).slice(0, MOST_KERNELS);
}

/** What is stored next: the kernels of this visit, then those that were there; null when that is what is there. */
function merged(mine, stored) {
  const identity = (one) => `${one.page}\n${keyOf(one)}`;
  const kernels = new Map();
  for (const one of [...mine, ...stored]) if (!kernels.has(identity(one))) kernels.set(identity(one), one);
  const next = bounded([...kernels.values()]);
  const same = next.length === stored.length && next.every((one, i) => identity(one) === identity(stored[i]));
  return same ? null : { version: VERSION, kernels: next };
}

/**
 * Where something about an adapter is stored: a function that reads what is there and, when it is given `change`, writes
 * what that makes of it, unless that is null.
 * @param {object} adapter as `describe` of device.js gives it
 * @param {"kernels" | "choices"} what
 * @returns {(change?: (stored: unknown) => object | null) => Promise<unknown>}
 */
export function storeOf({ vendor, architecture, device, description }, what) {
  const adapter = [vendor, architecture, device, description].join("\n");
  const key = what === "kernels" ? adapter : `${what}\n${adapter}`;
  return (change) => (inNode ? inFile(adapter, what, change) : inDatabase(key, change));
}

/** A file in the user's cache folder; it is replaced as a whole. */
async function inFile(adapter, what, change) {
  const { mkdir, readFile, rename, rm, stat, writeFile } = await import("node:fs/promises");
  const { createHash, randomUUID } = await import("node:crypto");
  const { homedir } = await import("node:os");
  const { join } = await import("node:path");
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ndfuse");
  const file = join(folder, `${what}-${createHash("sha256").update(adapter).digest("hex").slice(0, 16)}.json`);
  let stored;
  try {
    if ((await stat(file)).size < 4 * MOST_CHARACTERS) stored = JSON.parse(await readFile(file, "utf8"));
  } catch {} // there is none, or it is damaged
  const next = change?.(stored);
  if (!next) return stored;
  const fresh = `${file}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(fresh, JSON.stringify(next));
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** A database of the page's origin, read and written in one transaction. */
function inDatabase(key, change) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("ndfuse", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kernels");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const close = (settle, value) => {
        database.close();
        settle(value);
      };
      try {
        const transaction = database.transaction("kernels", change ? "readwrite" : "readonly");
        const kernels = transaction.objectStore("kernels");
        const reading = kernels.get(key);
        reading.onsuccess = () => {
          const next = change?.(reading.result);
          if (next) kernels.put(next, key);
        };
        transaction.oncomplete = () => close(resolve, reading.result);
        transaction.onabort = () => close(reject, transaction.error);
      } catch (error) {
        close(reject, error);
      }
    };
  });
}
