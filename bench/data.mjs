// The inputs, the same for every contender (data.mjs, cases.cpp and arrays.py agree): element (i, j) is the fraction of
// a[i] + b[j], where a and b are multiples of 2^-23, so that the sum is exact in float32, on every device.

/** The k-th number of a seed, in [0, 1). */
export function draw(seed, k) {
  let h = Math.imul(k + 1 + seed * 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 9) / 2 ** 23;
}

/** `count` numbers of a seed. */
export const vector = (seed, count) => Float32Array.from({ length: count }, (_, k) => draw(seed, k));

/** The factors that draw a matrix: a column and a row. */
export const factors = (seed, rows, columns) => [vector(2 * seed, rows), vector(2 * seed + 1, columns)];

/** How n elements are drawn: rows and columns, about as many. */
export function rowsOf(n) {
  let rows = Math.floor(Math.sqrt(n));
  while (n % rows !== 0) rows--;
  return [rows, n / rows];
}

/** The matrix itself, on the host, row-major. */
export function matrix(seed, rows, columns) {
  const [a, b] = factors(seed, rows, columns);
  const out = new Float32Array(rows * columns);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) {
      const sum = a[i] + b[j];
      out[k] = sum - Math.floor(sum);
    }
  }
  return out;
}
