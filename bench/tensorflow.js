// TensorFlow.js on the same page and the same GPU: what bench.cpp measures, with its names.
import "./peers/node_modules/@tensorflow/tfjs/dist/tf.min.js";

const { tf } = globalThis;

/** Milliseconds a repetition, as bench.cpp's time_of: about 100 ms in one wait, the median of seven. */
async function timeOf(work) {
  const rounds = async (count) => {
    let last;
    const start = performance.now();
    for (let k = 0; k < count; k++) {
      last?.dispose();
      last = tf.tidy(work);
    }
    const corner = tf.tidy(() => last.flatten().slice(0, 1));
    await corner.data();
    const ms = performance.now() - start;
    tf.dispose([last, corner]);
    return ms;
  };
  await rounds(1);
  let repeats = 1;
  const times = [];
  while (times.length < 7) {
    const ms = await rounds(repeats);
    if (times.length === 0 && ms < 100 && repeats < 4096) repeats *= 2;
    else times.push(ms / repeats);
  }
  return times.sort((a, b) => a - b)[3];
}

/**
 * @param {"webgl" | "webgpu"} backend
 * @param {number} log2Elements of the big arrays
 */
export async function measure(backend, log2Elements) {
  if (!(await tf.setBackend(backend))) return { error: `TensorFlow.js has no ${backend} backend here` };
  await tf.ready();
  const n = 2 ** log2Elements;
  const result = { version: tf.version.tfjs, backend: tf.getBackend(), elements: n };
  const rate = async (name, moved, work) => {
    try {
      result[name] = Number((moved / (await timeOf(work)) / 1e6).toPrecision(6));
    } catch (error) {
      result[name] = `failed: ${error.message}`;
    }
  };
  const x = tf.tidy(() => tf.range(0, n).mod(1000).div(1000));
  const y = tf.tidy(() => x.add(0.5));
  await rate("x_times_2_plus_y_gb_s", 12 * n, () => x.mul(0.5).add(y));
  await rate("tanh_exp_gb_s", 8 * n, () => y.mul(2).add(1).tanh().mul(y.neg().exp()));
  await rate("sum_gb_s", 4 * n, () => y.sum());
  tf.dispose([x, y]);
  for (const size of [512, 1024, 2048]) {
    const a = tf.tidy(() =>
      tf
        .range(0, size * size)
        .mod(7)
        .reshape([size, size]),
    );
    await rate(`matmul_${size}_tflop_s`, (2 * size ** 3) / 1e3, () => a.matMul(a));
    a.dispose();
  }
  const small = tf.zeros([256]);
  result.small_operation_us = (await timeOf(() => small.add(1))) * 1000;
  small.dispose();
  const times = [];
  for (let k = 0; k < 101; k++) {
    const page = tf.zeros([1024]).add(1);
    const start = performance.now();
    await page.data();
    times.push(performance.now() - start);
    page.dispose();
  }
  result.read_4_kb_ms = times.sort((a, b) => a - b)[50];
  return result;
}
