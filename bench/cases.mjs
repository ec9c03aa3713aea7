// What is measured: one list, for every contender and every place.

const MiB = 2 ** 20;

/**
 * A case.
 * @typedef {object} Case
 * @property {string} name unique
 * @property {string} title for tables
 * @property {string} kind what a contender implements, with
 * @property {number[]} args numbers (see `kinds`)
 * @property {number} bytes that have to be read and written at least
 * @property {number} operations on floating-point numbers; 0 where memory alone counts
 * @property {"copy" | "fma" | "handwritten" | null} yardstick what 100 % is: the bandwidth of a copy, the peak of fma, the
 *   time of a kernel written by hand; null: nothing
 * @property {boolean} cpu whether the CPU table has it too
 */

/** The kinds of work and what their arguments are. Arrays are float32 where nothing else is said; `x`, `y` are drawn by data.mjs. */
export const kinds = {
  matmul: "batch, m, k, n, whether A comes transposed, whether B does, whether float16",
  matvec: "m, k: a matrix by a vector",
  conv: "images, channels, side, outputs, places: squares by square windows, padded to keep their size; 0: the convolution, 1: its gradient by the images, 2: by the filters",
  multiply_add: "n: x * 2 + y",
  tanh_exp: "n: tanh(2 x + 1) * exp(-x)",
  sum: "rows, columns, axis; -1: all elements",
  transpose: "rows, columns: a copy in memory of the transposed matrix",
  softmax: "rows, columns: of each row",
  cumsum: "n",
  sort: "n",
  argsort: "n",
  boolean_read: "n: x[x < 0.5], whose number of elements is waited for each time",
  take: "n: x[i] for n numbers i in random order",
  scatter_add: "n: zeros, to which y is added at n random places",
  histogram: "n, bins",
  normal: "n: draws of the standard normal distribution",
  tiny: "count, n: x = x + 1, count times",
  tiny_captured: "count, n: the same, recorded once and replayed",
  read: "n: x + 1, which the host gets each time",
  mandelbrot: "n, iterations: how often z = z² + c stays within |z| <= 2, for n x n points c",
  black_scholes: "n: prices of European call options from spot prices, strikes and times",
};

const words = (...counts) => 4 * counts.reduce((a, b) => a + b, 0);

const product = (title, [batch, m, k, n], { left = 0, right = 0, half = 0, cpu = false } = {}) => ({
  name: `matmul_${title}`,
  kind: "matmul",
  args: [batch, m, k, n, left, right, half],
  bytes: (batch * words(m * k, k * n, m * n)) / (half ? 2 : 1),
  operations: 2 * batch * m * k * n,
  yardstick: "fma",
  cpu,
});
const convolution = (name, title, [images, channels, side, outputs, places], gradient) => ({
  name,
  title: `${title}, ${places} x ${places}, ${images} x ${channels} x ${side}² to ${outputs} channels`,
  kind: "conv",
  args: [images, channels, side, outputs, places, gradient],
  bytes: words(images * (channels + outputs) * side * side, channels * outputs * places * places),
  operations: 2 * images * outputs * side * side * channels * places * places,
  yardstick: "fma",
  cpu: false,
});
const moving = (kind, args, bytes, cpu = false) => ({ kind, args, bytes, operations: 0, yardstick: "copy", cpu });

/**
 * @param {"full" | "cpu" | "small"} preset "small": for a software adapter, or to check results; "cpu": those for CPUs
 * @returns {Case[]}
 */
export function listCases(preset) {
  const small = preset === "small";
  const size = (full, little) => (small ? little : full);
  const big = { full: 2 ** 26, cpu: 2 ** 24, small: 2 ** 14 }[preset];
  const few = size(2 ** 24, 2 ** 12);
  const side = size(big / 8192, 128);
  const n = (full) => size(full, full / 16);
  const square = (full, options) => ({
    ...product(String(full), [1, n(full), n(full), n(full)], options),
    title: `A B, n = ${n(full)}`,
  });
  const options = size(10_000_000, 10_000);
  const points = size(4096, 64);
  const rows = size(4096, 64);
  const iterations = size(500, 50);
  const image = size([32, 64, 56, 64, 3], [2, 4, 7, 5, 3]);
  const all = [
    square(512, { cpu: true }),
    square(1024, { cpu: true }),
    square(2048),
    square(4096),
    {
      ...product("batched", size([64, 512, 512, 512], [4, 32, 32, 32])),
      title: `${size(64, 4)} times A B, n = ${n(512)}`,
    },
    { ...product("left_transposed", Array(4).fill(n(2048)).with(0, 1), { left: 1 }), title: `Aᵀ B, n = ${n(2048)}` },
    { ...product("right_transposed", Array(4).fill(n(2048)).with(0, 1), { right: 1 }), title: `A Bᵀ, n = ${n(2048)}` },
    {
      name: "matvec",
      title: `A x, ${rows} x ${rows}`,
      ...moving("matvec", [rows, rows], words(rows * rows, rows, rows)),
      operations: 2 * rows * rows,
    },
    {
      ...product("odd", [1, n(1000) | 0, size(3000, 187), 7]),
      title: `A B, ${n(1000) | 0} x ${size(3000, 187)} x 7`,
      yardstick: "copy",
    },
    { ...product("float16", Array(4).fill(n(1024)).with(0, 1), { half: 1 }), title: `A B, float16, n = ${n(1024)}` },
    convolution("conv", "convolution", image, 0),
    convolution("conv_input", "its gradient by the images", image, 1),
    convolution("conv_filter", "its gradient by the filters", image, 2),
    { name: "multiply_add", title: "x * 2 + y", ...moving("multiply_add", [big], words(big, big, big), true) },
    { name: "tanh_exp", title: "tanh(2x + 1) * exp(-x)", ...moving("tanh_exp", [big], words(big, big), true) },
    { name: "sum", title: "sum(x)", ...moving("sum", [side, big / side, -1], words(big), true) },
    { name: "sum_columns", title: "sum(x, axis=0)", ...moving("sum", [side, big / side, 0], words(big), true) },
    { name: "sum_rows", title: "sum(x, axis=1)", ...moving("sum", [side, big / side, 1], words(big), true) },
    { name: "transpose", title: "copy of xᵀ", ...moving("transpose", [side, big / side], words(big, big)) },
    { name: "softmax", title: "softmax of rows", ...moving("softmax", [rows, rows], words(rows * rows, rows * rows)) },
    { name: "cumsum", title: "cumsum", ...moving("cumsum", [big], words(big, big)) },
    { name: "sort", title: "sort", ...moving("sort", [few], words(few, few)) },
    { name: "argsort", title: "argsort", ...moving("argsort", [few], words(few, few)) },
    { name: "boolean_read", title: "x[x < 0.5]", ...moving("boolean_read", [few], words(few, few / 2)) },
    { name: "take", title: "take", ...moving("take", [few], words(few, few, few)) },
    { name: "scatter_add", title: "scatter_add", ...moving("scatter_add", [few], words(few, few, few)) },
    { name: "histogram", title: "histogram, 256 bins", ...moving("histogram", [big, 256], words(big)) },
    { name: "normal", title: "normal numbers", ...moving("normal", [big], words(big)) },
    {
      name: "tiny",
      title: "1000 times x + 1, 256 elements",
      ...moving("tiny", [1000, 256], words(256_000, 256_000)),
      yardstick: null,
    },
    {
      name: "tiny_captured",
      title: "the same, captured once and replayed",
      ...moving("tiny_captured", [1000, 256], words(256_000, 256_000)),
      yardstick: null,
    },
    {
      name: "read",
      title: "x + 1, computed and read, 1024 elements",
      ...moving("read", [1024], words(1024, 1024)),
      yardstick: null,
    },
    {
      name: "mandelbrot",
      title: `Mandelbrot set, ${points} x ${points}, ${iterations} iterations`,
      ...moving("mandelbrot", [points, iterations], words(points * points)),
      yardstick: "handwritten",
    },
    {
      name: "black_scholes",
      title: `Black-Scholes, ${options.toLocaleString("en")} options`,
      ...moving("black_scholes", [options], words(options, options, options, options)),
    },
  ];
  return all
    .filter((one) => preset !== "cpu" || one.cpu)
    .map((one) => ({ ...one, title: `${one.title}${elements(one)}` }));
}

/** Says how many elements there are, where the title does not. */
function elements({ kind, args }) {
  const counts = {
    sum: args[0] * args[1],
    transpose: args[0] * args[1],
    softmax: args[0] * args[1],
  };
  const long = "multiply_add tanh_exp cumsum sort argsort boolean_read take scatter_add histogram normal".split(" ");
  const count = counts[kind] ?? (long.includes(kind) ? args[0] : 0);
  if (!count) return "";
  return `, ${count >= MiB ? `${count / MiB} Mi` : `${count / 1024} Ki`} elements`;
}

/** What measures the machine, by kernels written by hand. */
export function listYardsticks(preset) {
  const n = { full: 2 ** 26, cpu: 2 ** 24, small: 2 ** 16 }[preset];
  const threads = { full: 2 ** 20, cpu: 2 ** 17, small: 2 ** 10 }[preset];
  return [
    { name: "copy", title: "copy", kind: "copy", args: [n], bytes: 8 * n, operations: 0, yardstick: null },
    {
      name: "fma",
      title: "fma",
      kind: "fma",
      args: [threads, 256],
      bytes: 0,
      operations: threads * 256 * 64,
      yardstick: null,
    },
  ];
}
