#!/usr/bin/env node
// Measures the cases of cases.mjs in one place, for every contender there, and writes one JSON file. README.md says how.
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "../web-harness/server.mjs";
import { listCases, listYardsticks } from "./cases.mjs";
import { contenders } from "./contenders/all.mjs";
import { chromiumPlace, Gone, nodePlace, programPlace } from "./places/places.mjs";

const usage = `node bench/run.mjs --place node|chromium|cpu [--out FILE]
  --scale small        small arrays, for a software adapter and for checks
  --contenders A,B     these alone
  --cases A,B          these alone
  --seconds N          what the whole run may take (110 in Node, 85 in Chromium, 60 for CPUs; 45, 90 and 15 when small)
  --limit N            seconds after which a case is given up and its place started again (10; 20 when small)
  --check              compare each result with a reference in float64 instead of measuring (with --scale small)
  --junit FILE         with --check: a report
  --program FILE       the wasm program (build/wasm-release/bench/ndfuse_cases.mjs)
  --native FILE        the native one (build/native-release/bench/ndfuse_cases)`;

const { values: options } = parseArgs({
  options: {
    place: { type: "string" },
    out: { type: "string" },
    scale: { type: "string", default: "full" },
    contenders: { type: "string" },
    cases: { type: "string" },
    seconds: { type: "string" },
    limit: { type: "string" },
    check: { type: "boolean", default: false },
    junit: { type: "string" },
    program: { type: "string" },
    native: { type: "string" },
  },
});
const { place, scale, check } = options;
if (!contenders[place] || !["full", "small"].includes(scale) || (check && scale !== "small")) {
  console.error(usage);
  process.exit(2);
}

const root = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const program = resolve(options.program ?? root("build/wasm-release/bench/ndfuse_cases.mjs"));
const native = resolve(options.native ?? root("build/native-release/bench/ndfuse_cases"));
const preset = place === "cpu" && scale === "full" ? "cpu" : scale;
const small = scale === "small";
const limit = 1000 * Number(options.limit ?? (small ? 20 : 10));
const budget = Number(options.seconds ?? { node: [110, 45], chromium: [85, 90], cpu: [60, 15] }[place][small ? 1 : 0]);

/** What a list of names keeps; a name that is not there is a mistake. */
function chosen(list, names) {
  if (names === undefined) return list;
  const wanted = names.split(",");
  const unknown = wanted.filter((name) => !list.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`not one of ${list.map((one) => one.name).join(", ")}: ${unknown}`);
  return list.filter((one) => wanted.includes(one.name));
}
const cases = chosen(listCases(preset), options.cases).filter((one) => place !== "cpu" || one.cpu);
const yardsticks = check ? [] : listYardsticks(preset);
const running = chosen(contenders[place], options.contenders);
const reference = place === "cpu" ? "native" : "handwritten"; // who measures the yardsticks
if (!check && !running.some(({ name }) => name === reference)) {
  running.unshift({ ...contenders[place].find(({ name }) => name === reference), kinds: [] });
}

const server =
  place === "chromium"
    ? await serve({
        roots: {
          "/bench/": root("bench/"),
          "/shim/": root("shim/"),
          "/program/": dirname(program),
          "/pyodide/": process.env.NDFUSE_PYODIDE ?? root("node_modules/pyodide/"),
          "/dist/": process.env.NDFUSE_PYTHON_DIST ?? root("build/python/dist/"),
        },
      })
    : null;

/** The addresses that a contender needs, as the place has them. */
function withAddresses({ module, how }) {
  const base = server?.url;
  const addresses = {
    ndfuse: { program: base ? `${base}program/${program.split("/").at(-1)}` : pathToFileURL(program).href },
    pyodide: { pyodide: `${base}pyodide/`, package: `${base}dist/` },
    onnx: {
      address: `${base}bench/peers/node_modules/onnxruntime-web/dist/ort.webgpu.min.mjs`,
      wasm: `${base}bench/peers/node_modules/onnxruntime-web/dist/`,
    },
  };
  return { module, how: { ...how, ...addresses[module] } };
}

/** Contenders that are modules share one process or page; a program has its own. */
let shared = null;
async function openPlace({ command }) {
  const programs = { NATIVE: native, CUDA_PYTHON: process.env.NDFUSE_CUDA_PYTHON || "python3" };
  if (command) return programPlace(command.map((word) => programs[word] ?? word));
  shared ??= await (server ? chromiumPlace(server) : nodePlace(place));
  return shared;
}
async function stopPlace(one) {
  await one?.stop();
  if (one === shared) shared = null;
}

const results = {};
const abouts = {};
let software = false;
const began = performance.now();
const spent = () => (performance.now() - began) / 1000;
const put = (name, contender, result, silent = false) => {
  results[name] ??= {};
  results[name][contender] = result;
  if (silent) return;
  const text = result.error ?? (check ? "as it should be" : `${result.ms.toPrecision(4)} ms`);
  console.error(`${spent().toFixed(1).padStart(6)} s  ${contender.padEnd(18)} ${name.padEnd(26)} ${text}`);
};

/** What a contender is asked for. */
function tasksOf({ name, module, kinds }) {
  const asked = cases.filter((one) => !kinds || kinds.includes(one.kind));
  return name === "native" || module === "handwritten" ? [...yardsticks, ...asked] : asked;
}

/** Opens a contender where it runs; in a place of its own where it cannot be opened after the one before. */
async function begin(contender) {
  for (let fresh = contender.command !== undefined || !shared; ; fresh = true) {
    let where = null;
    try {
      where = await openPlace(contender);
      const about = await where.ask({ action: "open", ...withAddresses(contender) }, 30_000);
      abouts[contender.name] = about;
      if (about.software) software = true;
      return where;
    } catch (error) {
      await stopPlace(where);
      if (fresh) throw error;
    }
  }
}

async function runContender(contender, seconds) {
  const { name, command } = contender;
  const tasks = tasksOf(contender);
  const from = spent();
  let where = null;
  let overhead = 0; // seconds of a case that are not its measurement
  for (const [k, task] of tasks.entries()) {
    try {
      where ??= await begin(contender);
    } catch (error) {
      console.error(`${name} could not be started: ${error.message}`);
      abouts[name] ??= { error: error.message };
      for (const rest of tasks.slice(k)) put(rest.name, name, { error: "could not be started" }, true);
      return;
    }
    const left = seconds - (spent() - from);
    if (!check && left < (small ? -1.5 : -0.5) * seconds) {
      put(task.name, name, { error: "not measured: the time was up" });
      continue;
    }
    const granted = Math.min(1.2, Math.max(0.05, left / (tasks.length - k) - overhead));
    const hot = !check && !software && place !== "cpu" && !command;
    const asked = spent();
    try {
      put(task.name, name, await where.ask({ action: "case", task, seconds: granted, hot, checked: check }, limit));
    } catch (error) {
      put(task.name, name, { error: error.message });
      if (error instanceof Gone) {
        await stopPlace(where);
        where = null;
      }
    }
    overhead = 0.7 * overhead + 0.3 * Math.max(0, spent() - asked - granted);
  }
  if (command) await stopPlace(where);
}

for (const [k, contender] of running.entries()) {
  const counts = running.slice(k).map((one) => tasksOf(one).length);
  const share = counts[0] / counts.reduce((a, b) => a + b, 0);
  await runContender(contender, (budget - spent()) * share);
}
const version = shared?.version ?? abouts.native?.version;
await stopPlace(shared);
await server?.close();

// --- What it comes to.

const rate = (what, task, ms) => (ms === undefined ? null : task[what] / ms / 1e6); // units of 10^9 per second
const yardstick = Object.fromEntries(yardsticks.map((one) => [one.name, results[one.name]?.[reference]?.ms]));
const copyRate = rate("bytes", yardsticks[0] ?? {}, yardstick.copy);
const fmaRate = rate("operations", yardsticks[1] ?? {}, yardstick.fma);
const rounded = (value) => Number(value.toPrecision(5));

function derived(task, result) {
  if (result.ms === undefined) return result;
  const out = { ...result, ms: rounded(result.ms) };
  if (result.first_ms !== undefined) out.first_ms = rounded(result.first_ms);
  const [gb, tflop] = [rate("bytes", task, result.ms), rate("operations", task, result.ms) / 1000];
  if (task.bytes > 0) out.gb_s = rounded(gb);
  if (task.operations > 0) out.tflop_s = rounded(tflop);
  const hand = results[task.name]?.handwritten?.ms;
  if (task.yardstick === "copy" && copyRate) out.share = rounded(gb / copyRate);
  if (task.yardstick === "fma" && fmaRate) out.share = rounded((tflop * 1000) / fmaRate);
  if (task.yardstick === "handwritten" && hand) out.share = rounded(hand / result.ms);
  return out;
}

function commit() {
  if (process.env.NDFUSE_COMMIT) return process.env.NDFUSE_COMMIT;
  try {
    return execFileSync("git", ["-C", root("."), "describe", "--always", "--dirty"], {
      stdio: ["ignore", "pipe", "ignore"],
    })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

const adapter = abouts[reference]?.adapter ?? abouts.ndfuse?.adapter ?? "";
const report = {
  place,
  scale,
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  host: version,
  processor: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} threads`,
  adapter: place === "cpu" ? "" : adapter,
  software,
  seconds: rounded(spent()),
  yardsticks: {
    copy_gb_s: copyRate && rounded(copyRate),
    fma_tflop_s: fmaRate && rounded(fmaRate / 1000),
  },
  contenders: running.map(({ name, title }) => ({ name, title, ...abouts[name] })),
  cases: cases.map((task) => ({
    ...task,
    results: Object.fromEntries(
      Object.entries(results[task.name] ?? {}).map(([name, result]) => [name, derived(task, result)]),
    ),
  })),
};
if (options.out) {
  await mkdir(dirname(resolve(options.out)), { recursive: true });
  await writeFile(options.out, `${JSON.stringify(report, null, 2)}\n`);
}

if (check) {
  const all = cases.flatMap(({ name }) => Object.entries(results[name] ?? {}).map(([who, one]) => [name, who, one]));
  const wrong = all.filter(([, , { error }]) => error !== undefined);
  if (options.junit) await writeFile(options.junit, junit(all, wrong.length));
  console.log(`${all.length - wrong.length} results are right, ${wrong.length} are not`);
  process.exitCode = wrong.length > 0 || all.length === 0 ? 1 : 0;
} else if (!options.out) console.log(JSON.stringify(report, null, 2));

function junit(all, failures) {
  const escaped = (text) => text.replace(/[&<>"]|[^\x20-\x7e]/g, (c) => `&#${c.codePointAt(0)};`);
  const rows = all.map(([name, who, { error }]) => {
    const failure = error === undefined ? "" : `<failure message="${escaped(error)}"/>`;
    return `<testcase classname="${who}" name="${name}">${failure}</testcase>`;
  });
  return `<testsuites><testsuite name="bench" tests="${all.length}" failures="${failures}">${rows.join("\n")}</testsuite></testsuites>\n`;
}
process.exit();
