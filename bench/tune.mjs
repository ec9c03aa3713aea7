// node bench/tune.mjs [--program FILE] [--keep] [m,k,n[,batch[,A transposed[,B transposed[,float16]]]] ...]: matrix products by the
// rule, what the candidates took when they were timed in the background, and the same products when the program is started
// again. Sizes: one number stands for three. --keep: with what this machine has stored, else in a folder of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { open } from "./contenders/ndfuse.mjs";
import { measure } from "./timing.mjs";

const usual = ["256", "512", "1024", "2048", "4096", "512,512,512,64", "2048,2048,2048,1,1", "2048,2048,2048,1,0,1"];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    program: { type: "string", default: "build/wasm-release/bench/ndfuse_cases.mjs" },
    keep: { type: "boolean" },
  },
});
const sizes = (positionals.length > 0 ? positionals : usual).map((text) => {
  const [m, k = m, n = m, batch = 1, ...layout] = text.split(",").map(Number);
  if (![m, k, n, batch].every((one) => Number.isInteger(one) && one > 0)) {
    throw new TypeError(`a size is m,k,n[,batch[,A transposed[,B transposed[,float16]]]], not ${JSON.stringify(text)}`);
  }
  const args = [batch, m, k, n, ...[0, 0, 0].map((none, i) => layout[i] ?? none)];
  return { title: text, work: 2 * m * k * n * batch, args };
});
const WAIT_MS = 60_000;
const ENOUGH = 1.1e10; // operations, after which candidates are timed

/** Starts the program anew and measures every size; `after` is called behind each. */
async function visit(after) {
  const how = { device: "webgpu", program: pathToFileURL(resolve(values.program)).href, tune: true };
  const program = await open(how);
  const rates = [];
  for (const { title, work, args } of sizes) {
    const ready = await program.prepare({ kind: "matmul", args });
    const end = performance.now() + 500; // a GPU that rested needs half a second to reach its clocks
    const heat = async () => {
      while (performance.now() < end) await ready.work(10);
    };
    const times = Math.ceil(ENOUGH / work);
    for (let done = 0; done < times; done += 256) await ready.work(Math.min(256, times));
    const { ms } = await measure(ready.work, 1, heat);
    rates.push(work / ms / 1e9);
    await ready.dispose();
    await after(program, title);
  }
  const adapter = program.adapter;
  await program.close();
  return { adapter, rates };
}

const said = new Set();
/** Prints what was found since the last time, once no trial is pending. */
async function candidates(program, title) {
  const end = performance.now() + WAIT_MS;
  let tuned = await program.tuned();
  while (tuned.pending > 0 && performance.now() < end) {
    await new Promise((later) => setTimeout(later, 100));
    tuned = await program.tuned();
  }
  console.log(`\n${title}: ${tuned.state} ${tuned.reason}`);
  const fresh = (list) => list.filter(({ work }) => !said.has(work) && said.add(work));
  for (const { work, reason } of fresh(tuned.dropped)) console.log(`  dropped: ${work}: ${reason}`);
  for (const { work, choice, candidates } of fresh(tuned.choices)) {
    console.log(`  ${work}`);
    for (const { choice: one, plan, ms } of candidates) {
      console.log(`  ${one === choice ? "*" : " "} ${ms.toFixed(4).padStart(9)} ms  ${plan}`);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), "ndfuse-tune-"));
if (!values.keep) process.env.XDG_CACHE_HOME = folder;
try {
  const { adapter, rates: first } = await visit(candidates);
  const { rates: second } = await visit(() => {});
  console.log(`\n${adapter}; TFLOP/s at the first start and at the second`);
  sizes.forEach(({ title }, i) => {
    console.log(`${title.padEnd(24)} ${first[i].toPrecision(3).padStart(8)} ${second[i].toPrecision(3).padStart(8)}`);
  });
} finally {
  rmSync(folder, { recursive: true });
}
