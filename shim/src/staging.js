// Fixed by the WebGPU specification.
const MAP_READ = 0x1;
const COPY_DST = 0x8;

const SMALLEST = 4096;
const KEPT_BYTES = 96 * 2 ** 20; // a large read beside many small ones

/** Buffers that reads map, kept by size class (powers of two) and used again. */
export class Staging {
  /** Of all that are alive. */
  bytes = 0;
  #gpu;
  #free = new Map(); // size class -> buffers
  #ended = false;

  /** @param {GPUDevice} gpu */
  constructor(gpu) {
    this.#gpu = gpu;
  }

  /** A buffer of at least `size` bytes that can be copied to and mapped for reading. */
  take(size) {
    const bytes = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(size)));
    const free = this.#free.get(bytes)?.pop();
    if (free) return free;
    this.bytes += bytes;
    return this.#gpu.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST, label: "ndfuse staging" });
  }

  /** Takes an unmapped buffer back. */
  give(buffer) {
    if (this.#ended || this.bytes > KEPT_BYTES) return this.drop(buffer);
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  /** Destroys a buffer, mapped or not. */
  drop(buffer) {
    this.bytes -= buffer.size;
    buffer.destroy();
  }

  /** Destroys all that are free; what is in use is dropped when it is given back. */
  end() {
    this.#ended = true;
    for (const buffer of [...this.#free.values()].flat()) this.drop(buffer);
    this.#free.clear();
  }
}
