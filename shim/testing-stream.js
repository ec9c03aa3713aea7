/** Records commands as C++ does: words, parameters, and data that lie in a heap. */
export class Stream {
  words = [];
  params = new Uint8Array(0);
  #data = [];
  #dataBytes = 0;

  #push(opcode, ...args) {
    this.words.push(opcode | ((args.length + 1) << 8), ...args);
    return this;
  }
  static #wide(n) {
    return [n >>> 0, Math.floor(n / 2 ** 32)];
  }
  create(id, size) {
    return this.#push(1, id, ...Stream.#wide(size));
  }
  destroy(id) {
    return this.#push(2, id);
  }
  /** @param {ArrayBufferView} data */
  write(id, data, offset = 0) {
    this.#data.push({ at: this.words.length + 4, data });
    return this.#push(3, id, ...Stream.#wide(offset), 0, data.byteLength);
  }
  /** Where the parameters of a command lie, and how many bytes they are. */
  #place(params) {
    const bytes = params.length * 4;
    if (bytes === 0) return [0, 0];
    const offset = this.params.length;
    const next = new Uint8Array(offset + Math.ceil(bytes / 256) * 256);
    next.set(this.params);
    next.set(new Uint8Array(Uint32Array.from(params).buffer), offset);
    this.params = next;
    return [offset, bytes];
  }
  dispatch(pipeline, groups, buffers, params = []) {
    const [x, y = 1, z = 1] = [groups].flat();
    return this.#push(4, pipeline, x, y, z, ...this.#place(params), buffers.length, ...buffers);
  }
  /** @param {{whole?: boolean, work?: number, params?: number[]}} [options] */
  draw(pipeline, first, count, buffers, { whole = false, work = 1, params = [] } = {}) {
    return this.#push(8, pipeline, first, count, +whole, work, ...this.#place(params), buffers.length, ...buffers);
  }
  copy(source, from, target, to, bytes) {
    return this.#push(5, source, ...Stream.#wide(from), target, ...Stream.#wide(to), ...Stream.#wide(bytes));
  }
  fill(id, offset, bytes) {
    return this.#push(6, id, ...Stream.#wide(offset), ...Stream.#wide(bytes));
  }
  renew(id) {
    return this.#push(7, id);
  }
  /** Keeps the launches that `record`, given a stream of its own, makes. */
  capture(id, record) {
    const kept = new Stream();
    record(kept);
    return this.#push(9, id, kept.words.length, ...kept.words, ...new Uint32Array(kept.params.buffer));
  }
  replay(id) {
    return this.#push(10, id);
  }
  forget(id) {
    return this.#push(11, id);
  }
  raw(...words) {
    this.words.push(...words);
    return this;
  }
  /** Sends the batch, and empties this stream for the next one. */
  submit(device) {
    const parts = this.#data.map(({ at, data }) => {
      this.words[at] = this.#dataBytes;
      this.#dataBytes += data.byteLength;
      return data;
    });
    const heap = new Uint8Array(this.#dataBytes);
    let end = 0;
    for (const data of parts) {
      heap.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end);
      end += data.byteLength;
    }
    device.submit(Uint32Array.from(this.words), this.params, heap);
    this.words = [];
    this.params = new Uint8Array(0);
    this.#data = [];
    this.#dataBytes = 0;
  }
}
