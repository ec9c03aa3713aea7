// Fixed by the WebGPU specification.
const MAP_WRITE = 0x2;
const COPY_SRC = 0x4;

const PIECE = 4 * 2 ** 20;
const KEPT = 16; // pieces: 64 MiB

/**
 * Large writes go through buffers that stay mapped: in Chromium three times as fast as queue.writeBuffer, which takes new
 * shared memory for each call (64 MiB on an H100: 22 against 68 ms).
 */
export class Uploads {
  /** Of all pieces that are alive. */
  bytes = 0;
  #gpu;
  #mapped = [];
  #ended = false;

  /** From this size on it is worth a copy on the GPU. */
  static LARGE = 2 ** 19;

  /** @param {GPUDevice} gpu */
  constructor(gpu) {
    this.#gpu = gpu;
  }

  /**
   * Writes bytes `from` to `from + bytes` of `data` into a buffer, in the queue's order. What finds no mapped piece, because
   * the ones before are still on their way, goes through queue.writeBuffer.
   * @param {GPUBuffer} buffer
   * @param {number} offset
   * @param {Uint8Array} data
   * @param {number} from
   * @param {number} bytes
   * @param {(encoder: GPUCommandEncoder) => void} submit
   * @param {(offset: number, from: number, bytes: number) => void} write what writes the rest
   */
  write(buffer, offset, data, from, bytes, submit, write) {
    const used = [];
    let encoder = null;
    for (let at = 0; at < bytes; at += PIECE) {
      const size = Math.min(PIECE, bytes - at);
      const piece = this.#take();
      if (!piece) {
        write(offset + at, from + at, size);
        continue;
      }
      new Uint8Array(piece.getMappedRange(0, size)).set(data.subarray(from + at, from + at + size));
      piece.unmap();
      encoder ??= this.#gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(piece, 0, buffer, offset + at, size);
      used.push(piece);
    }
    if (!encoder) return;
    submit(encoder);
    for (const piece of used) {
      piece.mapAsync(MAP_WRITE).then(
        () => (this.#ended ? this.#drop(piece) : this.#mapped.push(piece)),
        () => this.#drop(piece), // the device is lost
      );
    }
  }

  /** Destroys what is not on its way; that is dropped when it comes back. */
  end() {
    this.#ended = true;
    for (const piece of this.#mapped) this.#drop(piece);
    this.#mapped = [];
  }

  #take() {
    const free = this.#mapped.pop();
    if (free || this.bytes >= KEPT * PIECE) return free;
    const usage = MAP_WRITE | COPY_SRC;
    try {
      const made = this.#gpu.createBuffer({ size: PIECE, usage, mappedAtCreation: true, label: "ndfuse upload" });
      this.bytes += PIECE;
      return made;
    } catch {
      return null; // no memory for it
    }
  }

  #drop(piece) {
    this.bytes -= PIECE;
    piece.destroy();
  }
}
