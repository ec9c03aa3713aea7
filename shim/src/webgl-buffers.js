import { DeviceError, Status } from "./errors.js";

const MAX_UNREPORTED = 16;

export const noMemory = (what) => new DeviceError(Status.out_of_memory, `the device has no memory for ${what}`);

/**
 * The buffers of a WebGLDevice, and whether their contents are wrong. What goes wrong is known when it is submitted,
 * so a buffer knows it by itself: a record is {id, size, surface, error, poison, written}, with `error` when it could
 * not be created (then there is no surface), `poison` when its contents are wrong, `written` the time of its last change.
 */
export class Buffers {
  /** Of all buffers that have a surface. */
  bytes = 0;
  created = 0;
  #textures;
  #largest;
  #records = new Map();
  #time = 1; // goes up when WebGL was asked for errors
  #unreported = new Set(); // errors that no wait has rejected with yet, oldest first

  /**
   * @param {import("./webgl-textures.js").Textures} textures
   * @param {number} largest size of a buffer
   */
  constructor(textures, largest) {
    this.#textures = textures;
    this.#largest = largest;
  }

  get counts() {
    const poisonedBuffers = [...this.#records.values()].filter(({ poison }) => poison).length;
    return { buffers: this.#records.size, buffersCreated: this.created, bufferBytes: this.bytes, poisonedBuffers };
  }

  /** The oldest error that no wait has rejected with. */
  get oldest() {
    return this.#unreported.values().next().value;
  }

  /** A wait has rejected with this error. */
  met(error) {
    this.#unreported.delete(error);
  }

  /** The record of a buffer, or undefined. */
  find(id) {
    return this.#records.get(id);
  }

  /** The record of a buffer that a command names. */
  get(id) {
    const record = this.#records.get(id);
    if (!record) throw new Error(`buffer ${id} does not exist`);
    return record;
  }

  create(id, size) {
    if (this.#records.has(id)) throw new Error(`buffer ${id} exists already`);
    const record = { id, size, surface: null, error: null, poison: null, written: 0 };
    this.#records.set(id, record);
    if (size > this.#largest) {
      record.error = new DeviceError(
        Status.out_of_memory,
        `a buffer of ${size} bytes is larger than this device allows (${this.#largest} bytes)`,
      );
    } else {
      record.surface = this.#textures.make(size);
      if (!record.surface) record.error = noMemory(`a buffer of ${size} bytes`);
    }
    if (record.error) return this.blame([record], record.error);
    this.created++;
    this.bytes += size;
  }

  destroy(id) {
    const { surface, size } = this.get(id);
    this.#records.delete(id);
    if (!surface) return;
    this.#textures.free(surface);
    this.bytes -= size;
  }

  /** Forgets all. */
  clear() {
    this.#records.clear();
  }

  /** Notes that good bytes were written; all of them heal. */
  wrote(record, offset, bytes) {
    this.touch(record);
    if (offset === 0 && bytes >= record.size) this.cure(record);
  }

  /** Notes that a buffer changes. */
  touch(record) {
    record.written = this.#time;
  }

  /** From now on the contents of these buffers are wrong, and why. */
  blame(records, error) {
    if (this.#unreported.size < MAX_UNREPORTED) this.#unreported.add(error);
    for (const record of records) record.poison ??= error;
  }

  /** From now on the contents are good, unless there never was a buffer. */
  cure(record) {
    record.poison = record.error;
  }

  /**
   * WebGL was asked for errors. It does not say where they were: everything that changed since the last time is wrong.
   * @param {string[]} names of the errors
   */
  asked(names) {
    if (names.length > 0) {
      const status = names.includes("OUT_OF_MEMORY") ? Status.out_of_memory : Status.validation;
      const error = new DeviceError(status, `WebGL had an error in commands before this: ${names.join(", ")}`);
      error.unlocated = true;
      this.blame(
        [...this.#records.values()].filter(({ written }) => written >= this.#time),
        error,
      );
    }
    this.#time++;
  }
}
