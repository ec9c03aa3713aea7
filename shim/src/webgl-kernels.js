import { kernelError } from "./errors.js";

/** A triangle that covers everything; the scissor says what of it is drawn. */
const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }
`;

/** Moves words: the word i of the output is the word i + shift of the input. */
const COPY = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D b0;
uniform int shift;
layout(location = 0) out uvec4 copied;
uvec4 texel(int t) { return texelFetch(b0, ivec2(t & 4095, t >> 12), 0); }
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  int i = (p.y * 4096 + p.x) * 4 + shift;
  uvec4 a = texel(i >> 2);
  if ((i & 3) == 0) { copied = a; return; }
  uvec4 b = texel((i >> 2) + 1);
  copied = (i & 3) == 1 ? uvec4(a.yzw, b.x) : (i & 3) == 2 ? uvec4(a.zw, b.xy) : uvec4(a.w, b.xyz);
}
`;

/** Draws pixels, a word each, rows from the top. */
const PICTURE = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D b0;
uniform ivec2 size; // words a row, rows
layout(location = 0) out vec4 color;
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  int i = (size.y - 1 - p.y) * size.x + p.x;
  int t = i >> 2;
  uvec4 four = texelFetch(b0, ivec2(t & 4095, t >> 12), 0);
  uint w = (i & 2) == 0 ? ((i & 1) == 0 ? four.x : four.y) : ((i & 1) == 0 ? four.z : four.w);
  color = vec4(uvec4(w, w >> 8, w >> 16, w >> 24) & 255u) / 255.0;
}
`;

/** Compiles and links kernels. WebGL does it in the background until somebody asks how it went. */
export class Kernels {
  /** Kernels compiled so far. */
  compiled = 0;
  #context;
  #gl;
  #parallel;
  #vertex;
  #copy = null;
  #picture = null;

  /** @param {import("./webgl-context.js").Context} context */
  constructor(context) {
    this.#context = context;
    this.#gl = context.gl;
    this.#parallel = context.gl.getExtension("KHR_parallel_shader_compile");
    this.#vertex = this.#shader(context.gl.VERTEX_SHADER, VERTEX);
  }

  /** Begins to compile a kernel; gives it `program` and `shader`. */
  begin(kernel) {
    if (kernel.program) return;
    const gl = this.#gl;
    kernel.shader = this.#shader(gl.FRAGMENT_SHADER, kernel.text);
    kernel.program = gl.createProgram();
    gl.attachShader(kernel.program, this.#vertex);
    gl.attachShader(kernel.program, kernel.shader);
    gl.linkProgram(kernel.program);
    this.compiled++;
  }

  /** Whether `finish` would not have to wait; without the extension nobody knows. */
  ready({ program, linked, error }) {
    return linked || error !== null || !this.#parallel || this.#completed(program);
  }

  /**
   * Ends compiling, and waits for it: then `linked` is true, `blockBytes` is how many bytes of parameters the kernel
   * reads, and its samplers are bound to the units 0, 1, ...; or `error` says why not; or the context is lost.
   */
  finish(kernel) {
    if (kernel.linked || kernel.error) return;
    const gl = this.#gl;
    this.begin(kernel);
    const { program, shader, inputs } = kernel;
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      if (gl.isContextLost()) return;
      const compiled = gl.getShaderParameter(shader, gl.COMPILE_STATUS);
      const log = (compiled ? gl.getProgramInfoLog(program) : gl.getShaderInfoLog(shader)) ?? "";
      kernel.error = refusal(kernel, log.replaceAll("\0", "").trim());
      gl.deleteProgram(program);
      kernel.program = null;
    } else {
      this.#context.use(program);
      for (let i = 0; i < inputs; i++) {
        const location = gl.getUniformLocation(program, `b${i}`);
        if (location) gl.uniform1i(location, i);
      }
      const block = gl.getUniformBlockIndex(program, "params");
      if (block !== gl.INVALID_INDEX) {
        gl.uniformBlockBinding(program, block, 0);
        kernel.blockBytes = gl.getActiveUniformBlockParameter(program, block, gl.UNIFORM_BLOCK_DATA_SIZE);
      }
      kernel.linked = true;
    }
    gl.deleteShader(shader);
    kernel.shader = null;
  }

  /** Makes the kernel that moves words current; `source` is read at word i + shift for the word i. */
  useCopy(source, shift) {
    this.#copy ??= this.#own("copy", COPY, "shift");
    this.#use(this.#copy, source);
    this.#gl.uniform1i(this.#copy.uniform, shift);
  }

  /** Makes the kernel that draws pixels current; `source` has so many words a row. */
  usePicture(source, words, rows) {
    this.#picture ??= this.#own("picture", PICTURE, "size");
    this.#use(this.#picture, source);
    this.#gl.uniform2i(this.#picture.uniform, words, rows);
  }

  /** A kernel of the shim's own, with one input and one uniform. */
  #own(name, text, uniform) {
    const kernel = newKernel(name, text, 2, 0b10);
    this.finish(kernel);
    if (!kernel.linked) throw kernel.error ?? new Error("the context was lost");
    return { program: kernel.program, uniform: this.#gl.getUniformLocation(kernel.program, uniform) };
  }

  #use({ program }, source) {
    this.#context.use(program);
    this.#context.sample(0, source.texture);
  }

  #shader(type, text) {
    const gl = this.#gl;
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    return shader;
  }

  #completed(program) {
    return this.#gl.getProgramParameter(program, this.#parallel.COMPLETION_STATUS_KHR);
  }
}

/** A kernel that nobody has compiled yet. */
export const newKernel = (name, text, bindings, mask) => ({
  name,
  text,
  bindings,
  mask, // bit i: binding i is an output
  inputs: mask === 0 ? bindings : 31 - Math.clz32(mask & -mask),
  program: null,
  shader: null,
  linked: false,
  blockBytes: 0,
  error: null,
});

/** "ERROR: 0:7: 'x' : undeclared identifier", as every browser's translator says it. */
const MESSAGE = /^(ERROR|WARNING): \d+:(\d+): (.*)$/;

function refusal({ name, text }, log) {
  const messages = log
    .split("\n")
    .map((line) => MESSAGE.exec(line.trim()))
    .filter(Boolean)
    .map(([, type, line, message]) => ({ type: type.toLowerCase(), lineNum: Number(line), message }));
  return kernelError(name, text, log || "the compiler did not say why", messages);
}
