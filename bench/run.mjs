#!/usr/bin/env node
// node bench/run.mjs node|chromium PROGRAM.mjs [--device webgpu|webgl|cpu] [--threads local|worker] [--peers] [LOG2_ELEMENTS]
// Runs a measuring program and prints the JSON object that it printed, with where it ran; with --peers what TensorFlow.js
// (installed in bench/peers) does on the same page too.
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** Runs the program; serialisable, so that it can be handed to a page as it stands. */
async function measure([url, shim, options]) {
  const [{ default: factory }, { start }] = await Promise.all([import(url), import(shim)]);
  const lines = [];
  const print = (line) => lines.push(line);
  const { exitCode, report, idle, device } = await start(factory, { ...options, print, printErr: print });
  await idle();
  await device?.synchronize();
  device?.destroy();
  if (exitCode) throw new Error(`it ended with status ${exitCode}: ${lines.join("\n")}`);
  return { report, text: lines.join("\n") };
}

async function inChromium(program, { peers, ...options }) {
  const [{ chromium }, { launchOptions }, { serve }] = await Promise.all([
    import("playwright-core"),
    import("../web-harness/chromium.js"),
    import("../web-harness/server.mjs"),
  ]);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const server = await serve({ roots: { "/": here, "/program/": dirname(resolve(program)) } });
  const browser = await chromium.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}page.html`);
    const base = `${server.url}program/`;
    const result = await page.evaluate(measure, [base + basename(program), `${base}ndfuse/src/start.js`, options]);
    if (peers) {
      result.tensorflow = await page.evaluate(
        async ([backend, size]) => (await import("/tensorflow.js")).measure(backend, size),
        [options.device, Number(options.arguments[0] ?? 20)],
      );
    }
    return result;
  } finally {
    await browser.close();
    await server.close();
  }
}

function inNode(program, { peers, ...options }) {
  if (peers) throw new TypeError("--peers: they are measured in Chromium");
  const url = pathToFileURL(resolve(program)).href;
  return measure([url, new URL("ndfuse/src/start.js", url).href, options]);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string", default: "webgpu" }, threads: { type: "string" }, peers: { type: "boolean" } },
});
const [place, program, ...args] = positionals;
const run = { node: inNode, chromium: inChromium }[place];
if (!run || !program) {
  console.error(
    "usage: node bench/run.mjs node|chromium PROGRAM.mjs [--device webgpu|webgl|cpu] [--threads local|worker] [--peers] [LOG2_ELEMENTS]",
  );
  process.exit(2);
}
const { report, text, tensorflow } = await run(program, { ...values, arguments: args, timeoutMs: 600_000 });
console.log(JSON.stringify({ place, threads: report.threads, ...JSON.parse(text), tensorflow }, null, 2));
