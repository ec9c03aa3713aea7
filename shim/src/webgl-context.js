/** A unit that no kernel samples from: where textures are bound to be made and written. WebGL2 has at least 32. */
const WORK_UNIT = 31;

/** A WebGL2 context that remembers its state, so that calls which would change nothing are not made. */
export class Context {
  /** @type {WebGL2RenderingContext} */
  gl;
  #units = [];
  #activeUnit = 0;
  #program = null;
  #drawFramebuffer = null;
  #readFramebuffer = null;
  #viewport = [-1, -1];
  #scissor = [-1, -1, -1, -1];
  #params = { buffer: null, offset: -1, bytes: -1 };

  /** @param {WebGL2RenderingContext} gl used by nobody else */
  constructor(gl) {
    this.gl = gl;
    gl.enable(gl.SCISSOR_TEST);
  }

  use(program) {
    if (this.#program === program) return;
    this.#program = program;
    this.gl.useProgram(program);
  }

  /** Binds a texture to the unit of a sampler. */
  sample(unit, texture) {
    if (this.#units[unit] === texture) return;
    this.#units[unit] = texture;
    this.#activate(unit);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
  }

  /** Makes a texture the one that calls which name no texture work on. */
  edit(texture) {
    this.sample(WORK_UNIT, texture);
    this.#activate(WORK_UNIT);
  }

  /** Where draws and clears go: a framebuffer whose attachments have this size. */
  target(framebuffer, width, height) {
    const { gl } = this;
    if (this.#drawFramebuffer !== framebuffer) {
      this.#drawFramebuffer = framebuffer;
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, framebuffer);
    }
    if (this.#viewport[0] !== width || this.#viewport[1] !== height) {
      this.#viewport = [width, height];
      gl.viewport(0, 0, width, height);
    }
  }

  /** Where pixels are read and copied from. */
  source(framebuffer) {
    if (this.#readFramebuffer === framebuffer) return;
    this.#readFramebuffer = framebuffer;
    this.gl.bindFramebuffer(this.gl.READ_FRAMEBUFFER, framebuffer);
  }

  /** The texels that draws and clears touch. */
  scissor(x, y, width, height) {
    const old = this.#scissor;
    if (old[0] === x && old[1] === y && old[2] === width && old[3] === height) return;
    this.#scissor = [x, y, width, height];
    this.gl.scissor(x, y, width, height);
  }

  /** Binds a part of a buffer as the parameters of kernels. */
  parameters(buffer, offset, bytes) {
    const old = this.#params;
    if (old.buffer === buffer && old.offset === offset && old.bytes === bytes) return;
    this.#params = { buffer, offset, bytes };
    this.gl.bindBufferRange(this.gl.UNIFORM_BUFFER, 0, buffer, offset, bytes);
  }

  /** Does `action` while only some words of each texel are written. */
  masked(lane, words, action) {
    const { gl } = this;
    const on = (i) => i >= lane && i < lane + words;
    gl.colorMask(on(0), on(1), on(2), on(3));
    action();
    gl.colorMask(true, true, true, true);
  }

  /** The errors since the last call, as names; this waits until the GPU process has seen all commands. */
  errors() {
    const { gl } = this;
    const names = [];
    for (let code = gl.getError(); code !== gl.NO_ERROR && names.length < 8; code = gl.getError()) {
      if (code !== gl.CONTEXT_LOST_WEBGL) names.push(NAMES[code] ?? `error ${code}`);
    }
    return names;
  }

  #activate(unit) {
    if (this.#activeUnit === unit) return;
    this.#activeUnit = unit;
    this.gl.activeTexture(this.gl.TEXTURE0 + unit);
  }
}

const NAMES = {
  1280: "INVALID_ENUM",
  1281: "INVALID_VALUE",
  1282: "INVALID_OPERATION",
  1285: "OUT_OF_MEMORY",
  1286: "INVALID_FRAMEBUFFER_OPERATION",
};
