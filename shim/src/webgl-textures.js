/** Texels a row of every texture. Words lie in order, four a texel. */
export const ROW = 4096;

const TEXEL_BYTES = 16;
const ASKED_BYTES = 2 ** 20; // from here on a texture is asked whether there was memory for it
const SPARE_BYTES = 64 * 2 ** 20;
const MAX_FRAMEBUFFERS = 256; // of several textures
/** 4 MiB: Chromium moves pixels through memory that it keeps, up to about this size, and makes anew beyond. */
const BAND_TEXELS = 2 ** 18;
/** What a read puts where its last word will come: still there means that nothing came. */
const SENTINEL = 0x7fa5c3e1;

/**
 * The rectangles of `count` texels from `first` on, in order: the rest of a row, whole rows, the begin of a row.
 * @returns {[x: number, y: number, width: number, height: number][]}
 */
export function rectangles(first, count) {
  const list = [];
  const x = first % ROW;
  let y = Math.floor(first / ROW);
  if (x > 0 || count < ROW) {
    const width = Math.min(count, ROW - x);
    list.push([x, y, width, 1]);
    count -= width;
    y++;
  }
  const rows = Math.floor(count / ROW);
  if (rows > 0) list.push([0, y, ROW, rows]);
  if (count % ROW > 0) list.push([0, y + rows, count % ROW, 1]);
  return list;
}

/**
 * A range of bytes, all multiples of 4, by texels: some words of a first one, whole ones, some words of a last one.
 * @returns {{texel: number, lane: number, words: number}[]} whole texels have lane 0 and a multiple of 4 words
 */
export function spans(offset, bytes) {
  const list = [];
  const end = (offset + bytes) / 4;
  for (let at = offset / 4; at < end; ) {
    const lane = at % 4;
    const left = end - at;
    const words = lane === 0 && left >= 4 ? left - (left % 4) : Math.min(left, 4 - lane);
    list.push({ texel: Math.floor(at / 4), lane, words });
    at += words;
  }
  return list;
}

/** Whether a view is of shared memory, which not every browser lets WebGL use: then it is copied first. */
export const isShared = (view) => typeof SharedArrayBuffer !== "undefined" && view.buffer instanceof SharedArrayBuffer;

/**
 * Textures of words, and their contents. A surface is {texture, framebuffer, width, height, bytes, serial, keys}: one
 * RGBA32UI texture, so that the bits of every element type survive, a framebuffer to draw to it and read from it, and
 * the keys of the framebuffers that it shares with others.
 */
export class Textures {
  /** Of spare surfaces. */
  spareBytes = 0;
  /** Errors of WebGL that were met while asking for memory and are not about it. */
  unexplained = [];
  #context;
  #gl;
  #serial = 0;
  #spares = new Map(); // surface -> "width x height", oldest first
  #framebuffers = new Map(); // serials of surfaces -> {framebuffer, surfaces}
  #scratch = null;

  /** @param {import("./webgl-context.js").Context} context */
  constructor(context) {
    this.#context = context;
    this.#gl = context.gl;
  }

  /** Framebuffers of several surfaces. */
  get framebuffers() {
    return this.#framebuffers.size;
  }

  /** A surface of zeros for so many bytes, or null when there is no memory for it. */
  make(bytes) {
    const texels = Math.max(1, Math.ceil(bytes / TEXEL_BYTES));
    return this.#make(Math.min(texels, ROW), Math.ceil(texels / ROW));
  }

  /** A surface of the same size as `like`, with any contents, or null. It is given back by `give`. */
  take(like) {
    const size = `${like.width} x ${like.height}`;
    for (const [surface, found] of this.#spares) {
      if (found !== size) continue;
      this.#spares.delete(surface);
      this.spareBytes -= surface.bytes;
      return surface;
    }
    return this.#make(like.width, like.height);
  }

  /** Keeps a surface for the next `take`: the newest one, and others up to a bound. */
  give(surface) {
    this.#spares.set(surface, `${surface.width} x ${surface.height}`);
    this.spareBytes += surface.bytes;
    for (const oldest of this.#spares.keys()) {
      if (this.spareBytes <= SPARE_BYTES || oldest === surface) break;
      this.#dropSpare(oldest);
    }
  }

  /** Whether there was memory for what has just been made; what is small is not asked for, because asking waits. */
  hadMemory(bytes) {
    if (bytes < ASKED_BYTES) return true;
    const errors = this.#context.errors();
    this.unexplained.push(...errors.filter((name) => name !== "OUT_OF_MEMORY"));
    return !errors.includes("OUT_OF_MEMORY");
  }

  /** Frees what nothing needs now. */
  dropSpares() {
    for (const surface of this.#spares.keys()) this.#dropSpare(surface);
    this.#scratch = null;
  }

  free(surface) {
    for (const key of surface.keys) this.#dropFramebuffer(key);
    if (surface.framebuffer) this.#gl.deleteFramebuffer(surface.framebuffer);
    this.#gl.deleteTexture(surface.texture);
  }

  /** Draws and clears go to these surfaces, which have one size: output k to the surface k. */
  target(surfaces) {
    const [{ width, height }] = surfaces;
    const framebuffer = surfaces.length === 1 ? this.#single(surfaces[0]) : this.#several(surfaces);
    this.#context.target(framebuffer, width, height);
  }

  /**
   * Writes bytes; all numbers but `from` are multiples of 4.
   * @param {Uint8Array} data
   * @param {number} from where they begin in `data`
   */
  upload(surface, offset, data, from, bytes) {
    const gl = this.#gl;
    let words;
    let at = 0;
    if (isShared(data) || (data.byteOffset + from) % 4 !== 0) {
      words = new Uint32Array(data.slice(from, from + bytes).buffer); // a slice is neither shared nor unaligned
    } else {
      words = new Uint32Array(data.buffer, data.byteOffset + from, bytes / 4);
    }
    for (const span of spans(offset, bytes)) {
      if (span.words % 4 === 0) {
        this.#context.edit(surface.texture);
        for (const [x, y, width, height] of rectangles(span.texel, span.words / 4)) {
          gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, words, at);
          at += width * height * 4;
        }
      } else {
        const value = new Uint32Array(4);
        value.set(words.subarray(at, at + span.words), span.lane);
        this.#clear(surface, span, value);
        at += span.words;
      }
    }
  }

  /** Writes zeros; the numbers are multiples of 4. */
  zero(surface, offset, bytes) {
    const zeros = new Uint32Array(4);
    for (const span of spans(offset, bytes)) this.#clear(surface, span, zeros);
  }

  /** Copies texels to the same place in another surface of the same size. */
  copy(source, target, first, count) {
    const gl = this.#gl;
    this.#context.source(this.#single(source));
    this.#context.edit(target.texture);
    for (const [x, y, width, height] of rectangles(first, count)) {
      gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, x, y, x, y, width, height);
    }
  }

  /**
   * Fills `target` with bytes of a surface, now. Whole texels go straight to where they belong if that is possible.
   * @param {Uint8Array} target anywhere in memory
   * @returns {boolean} false when nothing came: the context is lost, or WebGL has an error
   */
  download(surface, offset, target) {
    const straight = !isShared(target) && (target.byteOffset - offset) % 4 === 0;
    const words = straight && new Uint32Array(target.buffer, 0, target.buffer.byteLength >>> 2);
    for (let at = 0; at < target.length; ) {
      const lead = (offset + at) % TEXEL_BYTES;
      const left = target.length - at;
      const first = Math.floor((offset + at) / TEXEL_BYTES);
      if (straight && lead === 0 && left >= TEXEL_BYTES) {
        const texels = Math.min(Math.floor(left / TEXEL_BYTES), BAND_TEXELS);
        if (!this.#pull(surface, first, texels, words, (target.byteOffset + at) / 4)) return false;
        at += texels * TEXEL_BYTES;
        continue;
      }
      const texels = Math.min(Math.ceil((lead + left) / TEXEL_BYTES), straight ? 1 : BAND_TEXELS);
      const scratch = this.#scratchWords(texels * 4);
      if (!this.#pull(surface, first, texels, scratch, 0)) return false;
      const bytes = Math.min(left, texels * TEXEL_BYTES - lead);
      target.set(new Uint8Array(scratch.buffer, lead, bytes), at);
      at += bytes;
    }
    return true;
  }

  /** Copies texels to the begin of a pixel buffer, later. */
  pack(surface, first, count, pixelBuffer) {
    const gl = this.#gl;
    this.#context.source(this.#single(surface));
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, pixelBuffer);
    let at = 0;
    for (const [x, y, width, height] of rectangles(first, count)) {
      gl.readPixels(x, y, width, height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, at);
      at += width * height * TEXEL_BYTES;
    }
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  }

  /**
   * Fills `words` from the begin of a pixel buffer.
   * @returns {boolean} false when nothing came
   */
  unpack(pixelBuffer, words) {
    const gl = this.#gl;
    const last = words.length - 1;
    words[last] = SENTINEL;
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, pixelBuffer);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, words);
    const again = words[last] === SENTINEL; // a buffer may hold that very word
    if (again) {
      words[last] = 0;
      gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, last * 4, words, last, 1);
    }
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    return words[last] !== 0 || !again;
  }

  // ---- private

  #make(width, height) {
    const surface = this.#tryToMake(width, height);
    if (surface || this.#gl.isContextLost()) return surface;
    this.dropSpares();
    return this.#tryToMake(width, height);
  }

  #tryToMake(width, height) {
    const gl = this.#gl;
    const bytes = width * height * TEXEL_BYTES;
    const texture = gl.createTexture();
    this.#context.edit(texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    if (!this.hadMemory(bytes)) {
      gl.deleteTexture(texture);
      return null;
    }
    return { texture, framebuffer: null, width, height, bytes, serial: ++this.#serial, keys: new Set() };
  }

  #dropSpare(surface) {
    this.#spares.delete(surface);
    this.spareBytes -= surface.bytes;
    this.free(surface);
  }

  #single(surface) {
    surface.framebuffer ??= this.#attach([surface]);
    return surface.framebuffer;
  }

  #several(surfaces) {
    const key = surfaces.map(({ serial }) => serial).join();
    let entry = this.#framebuffers.get(key);
    if (!entry) {
      if (this.#framebuffers.size >= MAX_FRAMEBUFFERS) this.#dropFramebuffer(this.#framebuffers.keys().next().value);
      entry = { framebuffer: this.#attach(surfaces), surfaces };
      this.#framebuffers.set(key, entry);
      for (const surface of surfaces) surface.keys.add(key);
    }
    return entry.framebuffer;
  }

  #dropFramebuffer(key) {
    const { framebuffer, surfaces } = this.#framebuffers.get(key);
    this.#framebuffers.delete(key);
    for (const surface of surfaces) surface.keys.delete(key);
    this.#gl.deleteFramebuffer(framebuffer);
  }

  #attach(surfaces) {
    const gl = this.#gl;
    const framebuffer = gl.createFramebuffer();
    this.#context.target(framebuffer, surfaces[0].width, surfaces[0].height);
    const points = surfaces.map((_, i) => gl.COLOR_ATTACHMENT0 + i);
    surfaces.forEach(({ texture }, i) => {
      gl.framebufferTexture2D(gl.DRAW_FRAMEBUFFER, points[i], gl.TEXTURE_2D, texture, 0);
    });
    gl.drawBuffers(points);
    return framebuffer;
  }

  #clear(surface, { texel, lane, words }, value) {
    const gl = this.#gl;
    this.target([surface]);
    const clear = () => {
      for (const rectangle of rectangles(texel, Math.ceil(words / 4))) {
        this.#context.scissor(...rectangle);
        gl.clearBufferuiv(gl.COLOR, 0, value);
      }
    };
    if (words % 4 === 0) clear();
    else this.#context.masked(lane, words, clear);
  }

  #scratchWords(words) {
    if (!this.#scratch || this.#scratch.length < words) this.#scratch = new Uint32Array(words);
    return this.#scratch;
  }

  #pull(surface, first, count, words, at) {
    const gl = this.#gl;
    this.#context.source(this.#single(surface));
    const last = at + count * 4 - 1;
    const before = words[last];
    words[last] = SENTINEL;
    for (const [x, y, width, height] of rectangles(first, count)) {
      gl.readPixels(x, y, width, height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, words, at);
      at += width * height * 4;
    }
    if (words[last] !== SENTINEL) return true;
    const [[x, y]] = rectangles(first + count - 1, 1);
    const again = new Uint32Array(4); // a buffer may hold that very word
    gl.readPixels(x, y, 1, 1, gl.RGBA_INTEGER, gl.UNSIGNED_INT, again);
    if (again[3] === SENTINEL) return true;
    words[last] = before;
    return false;
  }
}
