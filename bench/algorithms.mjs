#!/usr/bin/env node
// node bench/algorithms.mjs ndfuse PROGRAM.mjs | tensorflow | jax   [LOG2_ELEMENTS]
// The array algorithms on WebGPU under Node, each in a process of its own: ours (bench/algorithms.cpp), TensorFlow.js's and
// jax-js's (bench/peers). Prints one JSON object of milliseconds, with the same names; null: the library has no such function.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { start } from "../shim/src/start.js";

/** Milliseconds a repetition, as timing.hpp's time_of: about 100 ms in one wait, the median of seven. */
async function timeOf(rounds) {
  await rounds(1);
  let repeats = 1;
  const times = [];
  while (times.length < 7) {
    const from = performance.now();
    await rounds(repeats);
    const ms = performance.now() - from;
    if (times.length === 0 && ms < 100 && repeats < 4096) repeats *= 2;
    else times.push(ms / repeats);
  }
  return Number(times.sort((a, b) => a - b)[3].toPrecision(5));
}

/** Dawn in place of a browser's WebGPU. */
function installGpu() {
  const { create, globals } = createRequire(import.meta.url)("webgpu");
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", {
    value: { ...globalThis.navigator, userAgent: "Node", gpu: create([]) },
    configurable: true,
  });
}

const peer = createRequire(new URL("./peers/package.json", import.meta.url));

async function tensorflow(log2) {
  installGpu();
  const tf = peer("@tensorflow/tfjs");
  peer("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js has no webgpu backend here");
  await tf.ready();
  const result = { version: tf.version.tfjs, backend: tf.getBackend() };
  const measure = async (name, work) => {
    try {
      result[`${name}_ms`] = await timeOf(async (count) => {
        let last;
        for (let k = 0; k < count; k++) {
          tf.dispose(last);
          last = await work();
        }
        const one = Array.isArray(last) ? last[0] : last;
        const corner = tf.tidy(() => one.flatten().slice(0, 1));
        await corner.data();
        tf.dispose([last, corner]);
      });
    } catch (error) {
      result[`${name}_ms`] = `failed: ${error.message.slice(0, 120)}`;
    }
  };
  const n = 2 ** (log2 - 2);
  const big = 2 ** log2;
  const side = 2 ** (log2 / 2);
  {
    const x = tf.randomUniform([n]);
    await measure("sort", () => tf.tidy(() => tf.topk(x, n, true).values));
    const mask = tf.tidy(() => x.less(0.5));
    await measure("boolean_read", () => tf.booleanMaskAsync(x, mask));
    const numbers = tf.tidy(() => tf.randomUniform([n], 0, n).floor().cast("int32"));
    await measure("take", () => tf.tidy(() => tf.gather(x, numbers)));
    await measure("scatter_add", () => tf.tidy(() => tf.unsortedSegmentSum(x, numbers, n)));
    tf.dispose([x, mask, numbers]);
  }
  {
    const x = tf.randomUniform([side, side]);
    await measure("sum_rows", () => tf.tidy(() => x.sum(1)));
    await measure("sum_columns", () => tf.tidy(() => x.sum(0)));
    x.dispose();
    const y = tf.randomUniform([side / 2, side / 2]);
    await measure("softmax", () => tf.tidy(() => tf.softmax(y, 1)));
    y.dispose();
  }
  {
    const x = tf.randomUniform([big]);
    await measure("cumsum", () => tf.tidy(() => tf.cumsum(x)));
    await measure("histogram", () => tf.tidy(() => tf.bincount(x.mul(256).floor().cast("int32"), [], 256)));
    x.dispose();
    await measure("normal", () => tf.tidy(() => tf.randomNormal([big])));
  }
  return result;
}

async function jax(log2) {
  installGpu();
  const {
    blockUntilReady,
    defaultDevice,
    init,
    nn,
    numpy: np,
    random,
  } = await import(pathToFileURL(peer.resolve("@jax-js/jax")).href.replace(/\.cjs$/, ".js"));
  const devices = await init("webgpu");
  defaultDevice("webgpu");
  const result = {
    version: JSON.parse(await readFile(new URL("./peers/node_modules/@jax-js/jax/package.json", import.meta.url)))
      .version,
    devices,
  };
  const measure = async (name, work) => {
    try {
      result[`${name}_ms`] = await timeOf(async (count) => {
        // What is dropped before somebody waits for it is never computed there.
        const waits = [];
        for (let k = 0; k < count; k++) {
          const made = work();
          waits.push(blockUntilReady(made.ref).then(() => made.dispose()));
        }
        await Promise.all(waits);
      });
    } catch (error) {
      result[`${name}_ms`] = `failed: ${error.message.slice(0, 120)}`;
    }
  };
  const n = 2 ** (log2 - 2);
  const big = 2 ** log2;
  const side = 2 ** (log2 / 2);
  {
    const x = random.uniform(random.key(1), [n]);
    await measure("sort", () => np.sort(x.ref));
    const numbers = random.uniform(random.key(2), [n]).mul(n).astype(np.int32);
    await measure("take", () => np.take(x.ref, numbers.ref));
    x.dispose();
    numbers.dispose();
  }
  {
    const x = random.uniform(random.key(3), [side, side]);
    await measure("sum_rows", () => np.sum(x.ref, 1));
    await measure("sum_columns", () => np.sum(x.ref, 0));
    x.dispose();
    const y = random.uniform(random.key(4), [side / 2, side / 2]);
    await measure("softmax", () => nn.softmax(y.ref, 1));
    y.dispose();
  }
  {
    const x = random.uniform(random.key(5), [big]);
    await measure("cumsum", () => np.cumsum(x.ref));
    x.dispose();
    await measure("normal", () => random.normal(random.key(6), [big]));
  }
  for (const name of ["boolean_read", "scatter_add", "histogram"]) result[`${name}_ms`] = null;
  return result;
}

async function ndfuse(log2, program) {
  const { default: factory } = await import(pathToFileURL(resolve(program)).href);
  const lines = [];
  const print = (line) => lines.push(line);
  const run = await start(factory, {
    device: "webgpu",
    arguments: [String(log2)],
    timeoutMs: 600_000,
    print,
    printErr: print,
  });
  await run.idle();
  await run.device?.synchronize();
  run.device?.destroy();
  if (run.exitCode) throw new Error(`it ended with status ${run.exitCode}: ${lines.join("\n")}`);
  return JSON.parse(lines.join("\n"));
}

const [library, ...rest] = process.argv.slice(2);
const measures = { tensorflow, jax };
const log2 = Number(rest.at(-1) ?? 20);
if (library === "ndfuse" && rest.length === 2) console.log(JSON.stringify(await ndfuse(log2, rest[0]), null, 2));
else if (measures[library]) console.log(JSON.stringify(await measures[library](log2), null, 2));
else {
  console.error(
    "usage: node bench/algorithms.mjs ndfuse PROGRAM.mjs LOG2_ELEMENTS | tensorflow LOG2_ELEMENTS | jax LOG2_ELEMENTS",
  );
  process.exitCode = 2;
}
process.exit();
