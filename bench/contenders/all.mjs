// Who is measured where. Every contender's module has open(how), which gives
//   { version, adapter?, prepare(case), close() }
// where prepare gives { work(count), result(), dispose() }: does the case `count` times and waits for the end; the last result as an
// array of numbers. What it does not have it throws, with the reason.

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} title of its column
 * @property {string} [module] in this folder; or
 * @property {string[]} [command] a program that takes lines and answers them; words in capitals are filled in by run.mjs
 * @property {string[]} [kinds] the only ones that it is asked for
 * @property {object} [how] what its open() is given; addresses are made by the place
 */

/** @type {Record<"node" | "chromium" | "cpu", Contender[]>} */
export const contenders = {
  node: [
    { name: "handwritten", title: "by hand", module: "handwritten", kinds: ["mandelbrot"] },
    { name: "ndfuse", title: "ndfuse C++", module: "ndfuse", how: { device: "webgpu" } },
    { name: "torch", title: "PyTorch, CUDA", command: ["CUDA_PYTHON", "contenders/arrays.py", "torch"] },
    { name: "cupy", title: "CuPy, CUDA", command: ["CUDA_PYTHON", "contenders/arrays.py", "cupy"] },
    { name: "tensorflow", title: "TensorFlow.js", module: "tensorflow", how: { backend: "webgpu" } },
    { name: "jax", title: "jax-js", module: "jax", how: {} },
  ],
  chromium: [
    { name: "handwritten", title: "by hand", module: "handwritten", kinds: ["mandelbrot"] },
    { name: "ndfuse", title: "ndfuse C++", module: "ndfuse", how: { device: "webgpu" } },
    { name: "ndfuse-python", title: "ndfuse Python", module: "pyodide", how: {} },
    { name: "tensorflow", title: "TensorFlow.js", module: "tensorflow", how: { backend: "webgpu" } },
    { name: "jax", title: "jax-js", module: "jax", how: {} },
    { name: "onnx", title: "ONNX Runtime", module: "onnx", how: {}, kinds: ["matmul", "matvec", "conv", "softmax"] },
    { name: "ndfuse-webgl", title: "ndfuse C++, WebGL2", module: "ndfuse", how: { device: "webgl" } },
    { name: "tensorflow-webgl", title: "TensorFlow.js, WebGL2", module: "tensorflow", how: { backend: "webgl" } },
  ],
  cpu: [
    { name: "native", title: "ndfuse C++, native", command: ["NATIVE"] },
    { name: "numpy", title: "NumPy", command: ["python3", "contenders/arrays.py", "numpy"] },
    { name: "ndfuse", title: "ndfuse C++, wasm", module: "ndfuse", how: { device: "cpu" } },
    { name: "tensorflow", title: "TensorFlow.js, wasm", module: "tensorflow", how: { backend: "wasm" } },
  ],
};
