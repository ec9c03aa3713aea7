// jax-js on WebGPU. Its arrays are counted: `.ref` is one more use of an array.
import { factors, rowsOf, vector } from "../data.mjs";

/** @param {{load: () => Promise<object>}} how `load` gives the module */
export async function open({ load }) {
  const { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy: np, random, scipySpecial } = await load();
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("there is no WebGPU device here");
  defaultDevice("webgpu");

  const matrix = (seed, rows, columns) => {
    const [a, b] = factors(seed, rows, columns);
    const sum = np
      .array(a)
      .reshape([rows, 1])
      .add(np.array(b).reshape([1, columns]));
    return sum.ref.sub(np.floor(sum));
  };
  const numbers = (seed, n) => matrix(seed, ...rowsOf(n)).reshape([n]);
  const places = (seed, n) => numbers(seed, n).mul(n).astype(np.int32);
  const none = () => {
    throw new Error("has no such function");
  };

  /** Inputs, and a function of them, which takes their references. */
  const kinds = {
    matmul([batch, m, k, n, left, right, half]) {
      const drawn = (seed, rows, columns) => {
        const x = matrix(seed, batch * rows, columns).sub(0.5);
        const y = batch === 1 ? x : x.reshape([batch, rows, columns]);
        return half ? y.astype(np.float16) : y;
      };
      const a = left ? drawn(1, k, m) : drawn(1, m, k);
      const b = right ? drawn(2, n, k) : drawn(2, k, n);
      return [[a, b], (x, y) => np.matmul(left ? np.transpose(x) : x, right ? np.transpose(y) : y)];
    },
    matvec: ([m, k]) => [[matrix(1, m, k).sub(0.5), np.array(vector(2, k)).sub(0.5)], (a, x) => np.matmul(a, x)],
    conv([images, channels, side, outputs, places, gradient]) {
      if (gradient) throw new Error("its gradients are not measured");
      const drawn = (seed, shape) =>
        matrix(seed, shape[0] * shape[1], shape[2] * shape[3])
          .sub(0.5)
          .reshape(shape);
      const [x, w] = [drawn(1, [images, channels, side, side]), drawn(2, [outputs, channels, places, places])];
      return [[x, w], jit((a, b) => lax.convGeneralDilated(a, b, [1, 1], "SAME"))];
    },
    multiply_add: ([n]) => [[numbers(1, n), numbers(2, n)], jit((x, y) => x.mul(2).add(y))],
    tanh_exp: ([n]) => [[numbers(1, n)], jit((x) => np.tanh(x.ref.mul(2).add(1)).mul(np.exp(x.neg())))],
    sum: ([rows, columns, axis]) => [[matrix(1, rows, columns)], (x) => (axis < 0 ? np.sum(x) : np.sum(x, axis))],
    // A transposition alone is a view there: so it is added to.
    transpose: ([rows, columns]) => [[matrix(1, rows, columns)], jit((x) => np.transpose(x).add(0))],
    softmax: ([rows, columns]) => [[matrix(1, rows, columns)], jit((x) => nn.softmax(x, 1))],
    cumsum: ([n]) => [[numbers(1, n)], (x) => np.cumsum(x)],
    sort: ([n]) => [[numbers(1, n)], (x) => np.sort(x)],
    argsort: ([n]) => [[numbers(1, n)], (x) => np.argsort(x)],
    boolean_read: none,
    take: ([n]) => [[numbers(1, n), places(2, n)], (x, i) => np.take(x, i)],
    scatter_add: none,
    histogram: none,
    normal: ([n]) => [[random.key(6)], (key) => random.normal(key, [n])],
    tiny([count, n]) {
      const once = (x) => {
        let y = x;
        for (let k = 0; k < count; k++) y = y.add(1);
        return y;
      };
      return [[np.array(vector(1, n))], once];
    },
    read: ([n]) => [[np.array(vector(1, n))], (x) => x.add(1)],
    mandelbrot([n, iterations]) {
      // lessEqual is true of NaN there. A step is one function for its compiler; five hundred in one take it minutes.
      const step = jit((zr, zi, count, x, y) => {
        const inside = zr.ref.mul(zr.ref).add(zi.ref.mul(zi.ref)).less(4).astype(np.float32);
        const next = zr.ref.mul(zr.ref).sub(zi.ref.mul(zi.ref)).add(x);
        return [next, zr.mul(zi).mul(2).add(y), count.add(inside)];
      });
      const x = np
        .arange(n)
        .astype(np.float32)
        .mul(2.5 / n)
        .sub(2)
        .reshape([1, n]);
      const y = np
        .arange(n)
        .astype(np.float32)
        .mul(2.5 / n)
        .sub(1.25)
        .reshape([n, 1]);
      const once = (zero, x, y) => {
        let state = [zero.ref, zero.ref, zero];
        for (let k = 0; k < iterations; k++) state = step(...state, x.ref, y.ref);
        x.dispose();
        y.dispose();
        state[0].dispose();
        state[1].dispose();
        return state[2];
      };
      return [[np.zeros([n, n]), x, y], once];
    },
    black_scholes([n]) {
      const cdf = (v) => scipySpecial.erf(v.mul(Math.SQRT1_2)).mul(0.5).add(0.5);
      const price = jit((spot, strike, years) => {
        const deviation = np.sqrt(years.ref).mul(0.3);
        const d = np.log(spot.ref.div(strike.ref)).add(years.ref.mul(0.065)).div(deviation.ref);
        return spot.mul(cdf(d.ref)).sub(strike.mul(np.exp(years.mul(-0.02))).mul(cdf(d.sub(deviation))));
      });
      const inputs = [numbers(1, n).mul(25).add(5), numbers(2, n).mul(99).add(1), numbers(3, n).mul(9.75).add(0.25)];
      return [inputs, price];
    },
  };

  return {
    version: "0.1.25",
    prepare({ kind, args }) {
      if (!kinds[kind]) throw new Error(`it has nothing for ${kind}`);
      const [inputs, once] = kinds[kind](args);
      let last = null;
      return {
        async work(count) {
          // What is dropped before somebody waits for it is never computed there; what is waited for takes memory.
          const waits = [];
          last?.dispose();
          for (let k = 0; k < count; k++) {
            const made = once(...inputs.map((x) => x.ref));
            if (k === count - 1) last = made;
            const ready = blockUntilReady(made);
            waits.push(k === count - 1 ? ready : ready.then(() => made.dispose()));
            if (kind === "read") await made.ref.data();
            else if (k >= 32) await waits[k - 32];
          }
          await Promise.all(waits);
        },
        result: () => last.ref.data(),
        dispose() {
          for (const x of [...inputs, last]) x?.dispose();
        },
      };
    },
    close: () => {},
  };
}
