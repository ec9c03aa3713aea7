#!/usr/bin/env node
// node shim/run.mjs program.mjs [--device webgpu|cpu] [--waiting atomics|jspi|none] [--threads local|worker] [--timeout ms]
//   [--[no-]remember] [--[no-]tune] [--require-gpu] [--report] [-- arguments of main]
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { start } from "./src/start.js";

const usage =
  "usage: node run.mjs program.mjs [--device auto|webgpu|cpu] [--waiting auto|atomics|jspi|none]\n" +
  "                    [--threads auto|local|worker] [--timeout ms] [--[no-]remember] [--[no-]tune] [--require-gpu]\n" +
  "                    [--report] [-- arguments of main]";

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      device: { type: "string" },
      waiting: { type: "string" },
      threads: { type: "string" },
      timeout: { type: "string" },
      remember: { type: "boolean" },
      "no-remember": { type: "boolean" },
      tune: { type: "boolean" },
      "no-tune": { type: "boolean" },
      "require-gpu": { type: "boolean" },
      report: { type: "boolean" },
    },
  });
  const [program, ...args] = positionals;
  if (!program) throw new TypeError(usage);
  const timeoutMs = values.timeout === undefined ? undefined : Number(values.timeout);
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new TypeError(`--timeout must be a number of milliseconds, not ${JSON.stringify(values.timeout)}`);
  }
  const { default: factory } = await import(pathToFileURL(resolve(program)).href);
  if (typeof factory !== "function") throw new TypeError(`${program} exports no factory: link it with -sEXPORT_ES6`);
  const { exitCode, report, finish } = await start(factory, {
    device: values.device,
    waiting: values.waiting,
    threads: values.threads,
    timeoutMs,
    requireGpu: values["require-gpu"],
    remember: values["no-remember"] ? false : values.remember,
    rememberAs: resolve(program),
    tune: values["no-tune"] ? false : values.tune,
    arguments: args,
  });
  try {
    await finish();
  } finally {
    if (values.report) console.error(JSON.stringify(report));
    else if (report.device === "cpu" && values.device !== "cpu") console.error(`on the cpu device: ${report.reason}`);
  }
  return exitCode ?? 0;
}

process.exitCode = await main().catch((error) => {
  if (error?.name === "ExitStatus") return error.status;
  console.error(error?.name === "DeviceError" ? `error: ${error.message}` : (error?.stack ?? error));
  return 1;
});
