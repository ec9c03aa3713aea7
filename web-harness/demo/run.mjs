#!/usr/bin/env node
// node web-harness/demo/run.mjs chromium|node webgpu|webgl|cpu PROGRAM.mjs FOLDER
// node web-harness/demo/run.mjs pyodide webgpu|webgl|cpu PROGRAM.py FOLDER
// Runs an example in headless Chromium (in a page with a strict content security policy), in Node, or in a page's Pyodide, on the device
// named and no other, and writes its files into FOLDER, with the kernels that the device got and how reads waited as NAME.start.json.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, parse, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const options = (device) => ({ device, timeoutMs: 600_000 }); // a software adapter is slow

async function inNode(device, program) {
  const { runProgram } = await import("./program.js");
  return runProgram(pathToFileURL(resolve(program)).href, options(device));
}

/** Calls `work` with a page of a new server and browser. */
async function withPage(roots, name, work) {
  const [{ chromium }, { launchOptions }, { serve }] = await Promise.all([
    import("playwright-core"),
    import("../chromium.js"), // which Chromium, with which flags
    import("../server.mjs"),
  ]);
  const server = await serve({ roots, csp: true });
  let browser;
  try {
    browser = await chromium.launch(launchOptions);
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => {
      page.on("pageerror", reject);
      page.on("crash", () => reject(new Error("the page crashed")));
    });
    await page.goto(server.url + name);
    return await Promise.race([work(page, server.url), failed]);
  } finally {
    await browser?.close();
    await server.close();
  }
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const decoded = (files) => new Map(files.map(([name, text]) => [name, Buffer.from(text, "base64")]));

function inChromium(device, program) {
  const roots = { "/": here("."), "/program/": dirname(resolve(program)) };
  return withPage(roots, "page.html", async (page, site) => {
    await page.waitForFunction(() => "runProgram" in window);
    const url = `${site}program/${basename(program)}`;
    const run = ([url, options]) => window.runProgram(url, options);
    const result = await page.evaluate(run, [url, options(device)]);
    return { ...result, files: decoded(result.files) };
  });
}

/** In a worker, as programs that compute should be. */
function inPyodide(device, program) {
  const roots = {
    "/": here("../pages/"),
    "/dist/": here("../../build/python/dist/"),
    "/pyodide/": here("../../node_modules/pyodide/"),
    "/program/": dirname(resolve(program)),
  };
  return withPage(roots, "python.html", async (page, site) => {
    await page.waitForSelector("body[data-ready]", { state: "attached" });
    const names = ["report.py", basename(program)];
    const files = Object.fromEntries(names.map((name) => [`/demo/${name}`, `${site}program/${name}`]));
    const code = `
import base64, json, pathlib, runpy, sys
sys.path.insert(0, "/demo")
sys.argv = ["", "/results"]
runpy.run_path("/demo/${basename(program)}", run_name="__main__")
json.dumps([(p.name, base64.b64encode(p.read_bytes()).decode()) for p in pathlib.Path("/results").iterdir()])`;
    const steps = [
      ["files", files],
      ["runAsync", code],
    ];
    const request = { place: "worker", options: options(device), steps };
    const { report, lines, results, error } = await page.evaluate((given) => globalThis.run(given), request);
    if (error) throw new Error([...lines, error].join("\n"));
    return { report, lines, kernels: [], files: decoded(JSON.parse(results.at(-1))) };
  });
}

const places = { chromium: inChromium, node: inNode, pyodide: inPyodide };
const [place, device, program, folder] = process.argv.slice(2);
if (!(place in places) || !["webgpu", "webgl", "cpu"].includes(device) || !program || !folder) {
  console.error("usage: node run.mjs chromium|node|pyodide webgpu|webgl|cpu PROGRAM FOLDER");
  process.exit(2);
}
try {
  const { report, lines, kernels, files } = await places[place](device, program);
  for (const line of lines) console.log(line);
  if (report.device !== device) throw new Error(`it ran on ${report.device}, not ${device}: ${report.reason}`);
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  const { waiting, waitingReason } = report;
  const name = `${parse(program).name}.start.json`;
  await writeFile(join(folder, name), JSON.stringify({ waiting, waitingReason, kernels }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
