// What each case has to give, computed here in float64 from the same inputs, without any array library.
import { matrix, rowsOf, vector } from "./data.mjs";

const numbers = (seed, n) => matrix(seed, ...rowsOf(n));
const places = (seed, n) => numbers(seed, n).map((v) => Math.fround(v * n) | 0);
const map = (n, f) => Float64Array.from({ length: n }, (_, k) => f(k));

/** erf by its series and, where that is slow, its continued fraction (Abramowitz and Stegun 7.1.5, 7.1.14). */
function erf(x) {
  if (x < 0) return -erf(-x);
  if (x > 6) return 1;
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let k = 1; k < 80; k++) {
      term *= (-x * x) / k;
      sum += term / (2 * k + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
const cdf = (v) => 0.5 + 0.5 * erf(v * Math.SQRT1_2);

function product(a, b, [batch, m, k, n, left, right]) {
  const out = new Float64Array(batch * m * n);
  for (let s = 0; s < batch; s++) {
    const [from_a, from_b, to] = [s * m * k, s * k * n, s * m * n];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a[from_a + (left ? l * m + i : i * k + l)] * b[from_b + (right ? j * k + l : l * n + j)];
        }
        out[to + i * n + j] = sum;
      }
    }
  }
  return out;
}

/** What is expected; and where "near" is not a fixed distance, how it is compared. */
const references = {
  matmul(args) {
    const [batch, m, k, n, left, right, half] = args;
    const a = left ? matrix(1, batch * k, m) : matrix(1, batch * m, k);
    const b = right ? matrix(2, batch * n, k) : matrix(2, batch * k, n);
    const minus = (x) => x.map((v) => v - 0.5);
    // Numbers of float16 have 11 bits; those of float32 24; and rounding errors add up like the root of k.
    return { expected: product(minus(a), minus(b), args), tolerance: Math.sqrt(k) * (half ? 2e-3 : 1e-6) };
  },
  matvec([m, k]) {
    const [a, x] = [matrix(1, m, k).map((v) => v - 0.5), vector(2, k).map((v) => v - 0.5)];
    return { expected: product(a, x, [1, m, k, 1, 0, 0]), tolerance: Math.sqrt(k) * 1e-6 };
  },
  conv([images, channels, side, outputs, places, gradient]) {
    const drawn = (seed, rows, columns) => matrix(seed, rows, columns).map((v) => v - 0.5);
    const [area, window] = [side * side, places * places];
    const x = drawn(1, images * channels, area);
    const w = drawn(2, outputs * channels, window);
    const y = gradient ? drawn(3, images * outputs, area) : new Float64Array(images * outputs * area);
    const out = [y, new Float64Array(x.length), new Float64Array(w.length)][gradient];
    for (let i = 0; i < images; i++) {
      for (let o = 0; o < outputs; o++) {
        for (let c = 0; c < channels; c++) {
          for (let at = 0; at < area; at++) {
            for (let place = 0; place < window; place++) {
              const row = Math.floor(at / side) + Math.floor(place / places) - (places >> 1);
              const column = (at % side) + (place % places) - (places >> 1);
              if (row < 0 || row >= side || column < 0 || column >= side) continue;
              const [of_x, of_w, of_y] = [
                (i * channels + c) * area + row * side + column,
                (o * channels + c) * window + place,
                (i * outputs + o) * area + at,
              ];
              if (gradient === 0) out[of_y] += x[of_x] * w[of_w];
              else if (gradient === 1) out[of_x] += y[of_y] * w[of_w];
              else out[of_w] += y[of_y] * x[of_x];
            }
          }
        }
      }
    }
    return { expected: out, tolerance: 1e-5 };
  },
  multiply_add([n]) {
    const [x, y] = [numbers(1, n), numbers(2, n)];
    return { expected: map(n, (k) => x[k] * 2 + y[k]), tolerance: 1e-6 };
  },
  tanh_exp([n]) {
    const x = numbers(1, n);
    return { expected: map(n, (k) => Math.tanh(2 * x[k] + 1) * Math.exp(-x[k])), tolerance: 2e-6 };
  },
  sum([rows, columns, axis]) {
    const x = matrix(1, rows, columns);
    const out = new Float64Array(axis < 0 ? 1 : axis === 0 ? columns : rows);
    for (let k = 0; k < x.length; k++) out[axis < 0 ? 0 : axis === 0 ? k % columns : Math.floor(k / columns)] += x[k];
    return { expected: out, tolerance: 5e-6 * out[0] };
  },
  transpose([rows, columns]) {
    const x = matrix(1, rows, columns);
    const at = (k) => x[(k % rows) * columns + Math.floor(k / rows)];
    return { expected: map(rows * columns, at), tolerance: 0 };
  },
  softmax([rows, columns]) {
    const e = matrix(1, rows, columns).map(Math.exp);
    const sums = new Float64Array(rows);
    for (let k = 0; k < e.length; k++) sums[Math.floor(k / columns)] += e[k];
    return { expected: map(rows * columns, (k) => e[k] / sums[Math.floor(k / columns)]), tolerance: 1e-6 };
  },
  cumsum([n]) {
    let sum = 0;
    const expected = Float64Array.from(numbers(1, n), (v) => (sum += v));
    return { expected, tolerance: 2e-6 * sum };
  },
  sort: ([n]) => ({ expected: Float64Array.from(numbers(1, n)).sort(), tolerance: 0 }),
  argsort([n]) {
    const x = numbers(1, n);
    const compare = (order) => {
      const seen = new Set(order);
      if (seen.size !== n || order.some((i) => !(i >= 0 && i < n))) throw new Error("it is no permutation");
      for (let k = 1; k < n; k++) if (x[order[k - 1]] > x[order[k]]) throw new Error(`element ${k} is out of order`);
      return 0;
    };
    return { compare };
  },
  boolean_read: ([n]) => ({ expected: numbers(1, n).filter((v) => v < 0.5), tolerance: 0 }),
  take([n]) {
    const [x, i] = [numbers(1, n), places(2, n)];
    return { expected: map(n, (k) => x[i[k]]), tolerance: 0 };
  },
  scatter_add([n]) {
    const [y, i] = [numbers(1, n), places(2, n)];
    const out = new Float64Array(n);
    for (let k = 0; k < n; k++) out[i[k]] += y[k];
    return { expected: out, tolerance: 5e-6 };
  },
  histogram([n, bins]) {
    const out = new Float64Array(bins);
    for (const v of numbers(1, n)) out[Math.floor(v * bins)]++;
    return { expected: out, tolerance: 0 };
  },
  normal([n]) {
    // The largest distance from the distribution function (Kolmogorov and Smirnov): beyond 2 / sqrt(n) once in 1500 seeds.
    const compare = (values) => {
      if (values.length !== n) throw new Error(`there are ${values.length} numbers, not ${n}`);
      const sorted = Float64Array.from(values).sort();
      let worst = 0;
      for (let k = 0; k < n; k++) worst = Math.max(worst, Math.abs(cdf(sorted[k]) - (k + 0.5) / n));
      if (!(worst * Math.sqrt(n) < 2)) throw new Error(`the distribution function is off by ${worst}`);
      return worst;
    };
    return { compare };
  },
  tiny: ([count, n]) => ({ expected: vector(1, n).map((v) => v + count), tolerance: count * 1e-4 }),
  tiny_captured: (args) => references.tiny(args),
  read: ([n]) => ({ expected: vector(1, n).map((v) => v + 1), tolerance: 1e-6 }),
  mandelbrot([n, iterations]) {
    // Points at the edge escape earlier or later, as rounding has it.
    const f = Math.fround;
    const expected = map(n * n, (k) => {
      const x = f(-2 + (2.5 / n) * (k % n));
      const y = f(-1.25 + (2.5 / n) * Math.floor(k / n));
      let [zr, zi, count] = [0, 0, 0];
      while (count < iterations && zr * zr + zi * zi <= 4) {
        [zr, zi] = [zr * zr - zi * zi + x, 2 * zr * zi + y];
        count++;
      }
      return count;
    });
    const compare = (counts) => {
      const wrong = expected.filter((count, k) => !(counts[k] === count)).length;
      if (counts.length !== n * n || wrong > 0.01 * n * n) throw new Error(`${wrong} of ${n * n} points differ`);
      return wrong / n / n;
    };
    return { compare };
  },
  black_scholes([n]) {
    const [spot, strike, years] = [numbers(1, n), numbers(2, n), numbers(3, n)];
    const price = (k) => {
      const [s, x, t] = [5 + 25 * spot[k], 1 + 99 * strike[k], 0.25 + 9.75 * years[k]];
      const deviation = 0.3 * Math.sqrt(t);
      const d = (Math.log(s / x) + 0.065 * t) / deviation;
      return s * cdf(d) - x * Math.exp(-0.02 * t) * cdf(d - deviation);
    };
    return { expected: map(n, price), tolerance: 1e-4 };
  },
};

/**
 * Compares a result with the reference. Throws where it is wrong.
 * @param {import("./cases.mjs").Case} task
 * @param {ArrayLike<number>} values
 * @returns {number} the largest difference
 */
export function check({ kind, args }, values) {
  const { expected, tolerance, compare } = references[kind](args);
  if (compare) return compare(values);
  if (values.length !== expected.length) throw new Error(`there are ${values.length} numbers, not ${expected.length}`);
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    const off = Math.abs(values[k] - expected[k]);
    if (!(off <= tolerance)) throw new Error(`element ${k} is ${values[k]}, not ${expected[k]}`);
    worst = Math.max(worst, off);
  }
  return worst;
}
