// TensorFlow.js, on the backend webgpu, webgl or wasm.
import { factors, rowsOf, vector } from "../data.mjs";

/**
 * @param {{backend: "webgpu" | "webgl" | "wasm", load: () => Promise<object>}} how `load` gives the module tf, with its
 *   backends
 */
export async function open({ backend, load }) {
  const tf = await load();
  if (!(await tf.setBackend(backend))) throw new Error(`there is no ${backend} backend here`);
  await tf.ready();

  const matrix = (seed, rows, columns) =>
    tf.tidy(() => {
      const [a, b] = factors(seed, rows, columns);
      const sum = tf.tensor2d(a, [rows, 1]).add(tf.tensor2d(b, [1, columns]));
      return sum.sub(sum.floor());
    });
  const numbers = (seed, n) => tf.tidy(() => matrix(seed, ...rowsOf(n)).reshape([n]));
  const places = (seed, n) => tf.tidy(() => numbers(seed, n).mul(n).cast("int32"));

  /** Inputs, and what is done with them. */
  const kinds = {
    matmul([batch, m, k, n, left, right, half]) {
      if (half) throw new Error("has no float16");
      const drawn = (seed, rows, columns) =>
        tf.tidy(() => {
          const x = matrix(seed, batch * rows, columns).sub(0.5);
          return batch === 1 ? x : x.reshape([batch, rows, columns]);
        });
      const a = left ? drawn(1, k, m) : drawn(1, m, k);
      const b = right ? drawn(2, n, k) : drawn(2, k, n);
      return [[a, b], () => tf.matMul(a, b, left === 1, right === 1)];
    },
    matvec([m, k]) {
      const a = tf.tidy(() => matrix(1, m, k).sub(0.5));
      const x = tf.tidy(() => tf.tensor2d(vector(2, k), [k, 1]).sub(0.5));
      return [[a, x], () => tf.matMul(a, x).reshape([m])];
    },
    // In its own order of axes, [images, rows, columns, channels]; the result is brought back when it is read.
    conv([images, channels, side, outputs, places, gradient]) {
      const drawn = (seed, shape, order) =>
        tf.tidy(() =>
          matrix(seed, shape[0] * shape[1], shape[2] * shape[3])
            .sub(0.5)
            .reshape(shape)
            .transpose(order),
        );
      const x = drawn(1, [images, channels, side, side], [0, 2, 3, 1]);
      const w = drawn(2, [outputs, channels, places, places], [2, 3, 1, 0]);
      const dy = drawn(3, [images, outputs, side, side], [0, 2, 3, 1]);
      const how = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dimRoundingMode: undefined };
      const run = (name, inputs, more) => tf.engine().runKernel(name, inputs, { ...how, ...more });
      const once = [
        () => run("Conv2D", { x, filter: w }, { dilations: [1, 1] }),
        () => run("Conv2DBackpropInput", { dy, filter: w }, { inputShape: x.shape }),
        () => run("Conv2DBackpropFilter", { x, dy }, { filterShape: w.shape }),
      ][gradient];
      return [[x, w, dy], once, gradient === 2 ? [3, 2, 0, 1] : [0, 3, 1, 2]];
    },
    multiply_add([n]) {
      const [x, y] = [numbers(1, n), numbers(2, n)];
      return [[x, y], () => x.mul(2).add(y)];
    },
    tanh_exp([n]) {
      const x = numbers(1, n);
      return [[x], () => x.mul(2).add(1).tanh().mul(x.neg().exp())];
    },
    sum([rows, columns, axis]) {
      const x = matrix(1, rows, columns);
      return [[x], () => (axis < 0 ? x.sum() : x.sum(axis))];
    },
    transpose([rows, columns]) {
      const x = matrix(1, rows, columns);
      return [[x], () => x.transpose()];
    },
    softmax([rows, columns]) {
      const x = matrix(1, rows, columns);
      return [[x], () => tf.softmax(x, 1)];
    },
    cumsum([n]) {
      const x = numbers(1, n);
      return [[x], () => x.cumsum()];
    },
    sort([n]) {
      const x = numbers(1, n);
      return [[x], () => tf.topk(x, n, true).values.reverse()];
    },
    argsort([n]) {
      const x = numbers(1, n);
      return [[x], () => tf.topk(x.neg(), n, true).indices];
    },
    boolean_read([n]) {
      const x = numbers(1, n);
      const mask = tf.tidy(() => x.less(0.5));
      return [[x, mask], () => tf.booleanMaskAsync(x, mask)];
    },
    take([n]) {
      const [x, i] = [numbers(1, n), places(2, n)];
      return [[x, i], () => tf.gather(x, i)];
    },
    scatter_add([n]) {
      const [y, i] = [numbers(1, n), places(2, n)];
      return [[y, i], () => tf.unsortedSegmentSum(y, i, n)];
    },
    histogram([n, bins]) {
      const x = numbers(1, n);
      return [[x], () => tf.bincount(x.mul(bins).floor().cast("int32"), [], bins)];
    },
    normal: ([n]) => [[], () => tf.randomNormal([n])],
    tiny([count, n]) {
      const x = tf.tensor1d(vector(1, n));
      const once = () => {
        let y = x;
        for (let k = 0; k < count; k++) y = y.add(1);
        return y;
      };
      return [[x], once];
    },
    read([n]) {
      const x = tf.tensor1d(vector(1, n));
      const once = async () => {
        const y = x.add(1);
        await y.data();
        return y;
      };
      return [[x], once];
    },
    mandelbrot([n, iterations]) {
      const x = tf.tidy(() =>
        tf
          .range(0, n)
          .mul(2.5 / n)
          .sub(2),
      );
      const y = tf.tidy(() =>
        tf
          .range(0, n)
          .mul(2.5 / n)
          .sub(1.25)
          .reshape([n, 1]),
      );
      const zero = tf.zeros([n, n]);
      const once = () => {
        let state = [zero, zero, zero];
        for (let k = 0; k < iterations; k++) {
          const next = tf.tidy(() => {
            const [zr, zi, count] = state;
            const [rr, ii] = [zr.square(), zi.square()];
            const inside = rr.add(ii).lessEqual(4).cast("float32");
            return [rr.sub(ii).add(x), zr.mul(zi).mul(2).add(y), count.add(inside)];
          });
          if (k > 0) tf.dispose(state);
          state = next;
        }
        tf.dispose(state.slice(0, 2));
        return state[2];
      };
      return [[x, y, zero], once];
    },
    black_scholes([n]) {
      const [spot, strike, years] = tf.tidy(() => [
        numbers(1, n).mul(25).add(5),
        numbers(2, n).mul(99).add(1),
        numbers(3, n).mul(9.75).add(0.25),
      ]);
      const cdf = (v) => v.mul(Math.SQRT1_2).erf().mul(0.5).add(0.5);
      const once = () => {
        const deviation = years.sqrt().mul(0.3);
        const d = spot.div(strike).log().add(years.mul(0.065)).div(deviation);
        return spot.mul(cdf(d)).sub(strike.mul(years.mul(-0.02).exp()).mul(cdf(d.sub(deviation))));
      };
      return [[spot, strike, years], once];
    },
  };

  const waits = new Set(["boolean_read", "read"]);
  return {
    version: tf.version_core,
    backend: tf.getBackend(),
    prepare({ kind, args }) {
      if (!kinds[kind]) throw new Error(`it has nothing for ${kind}`);
      const [inputs, once, order] = kinds[kind](args);
      let last = null;
      return {
        async work(count) {
          for (let k = 0; k < count; k++) {
            tf.dispose(last);
            last = waits.has(kind) ? await once() : tf.tidy(once);
          }
          const corner = tf.tidy(() => last.flatten().slice(0, 1));
          await corner.data();
          corner.dispose();
        },
        result: () => (order ? tf.tidy(() => last.transpose(order)) : last).data(),
        dispose: () => tf.dispose([inputs, last]),
      };
    },
    close: () => tf.removeBackend(backend), // with the memory that it keeps for later
  };
}
