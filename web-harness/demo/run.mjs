#!/usr/bin/env node
// node web-harness/demo/run.mjs chromium|node webgpu|webgl|cpu PROGRAM.mjs FOLDER
// Runs an example in headless Chromium (in a page with a strict content security policy) or in Node, on the device named and no other,
// and writes its files into FOLDER, with the kernels that the device got and how reads waited as NAME.start.json.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const options = (device) => ({ device, timeoutMs: 600_000 }); // a software adapter is slow

async function inNode(device, program) {
  const { runProgram } = await import("./program.js");
  return runProgram(pathToFileURL(resolve(program)).href, options(device));
}

async function inChromium(device, program) {
  const [{ chromium }, { launchOptions }, { serve }] = await Promise.all([
    import("playwright-core"),
    import("../chromium.js"), // which Chromium, with which flags
    import("../server.mjs"),
  ]);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const server = await serve({ roots: { "/": here, "/program/": dirname(resolve(program)) }, csp: true });
  let browser;
  try {
    browser = await chromium.launch(launchOptions);
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => {
      page.on("pageerror", reject);
      page.on("crash", () => reject(new Error("the page crashed")));
    });
    await page.goto(`${server.url}page.html`);
    await page.waitForFunction(() => "runProgram" in window);
    const url = `${server.url}program/${basename(program)}`;
    const result = await Promise.race([
      page.evaluate(([url, options]) => window.runProgram(url, options), [url, options(device)]),
      failed,
    ]);
    return { ...result, files: new Map(result.files.map(([name, text]) => [name, Buffer.from(text, "base64")])) };
  } finally {
    await browser?.close();
    await server.close();
  }
}

const places = { chromium: inChromium, node: inNode };
const [place, device, program, folder] = process.argv.slice(2);
if (!(place in places) || !["webgpu", "webgl", "cpu"].includes(device) || !program || !folder) {
  console.error("usage: node run.mjs chromium|node webgpu|webgl|cpu PROGRAM.mjs FOLDER");
  process.exit(2);
}
try {
  const { report, lines, kernels, files } = await places[place](device, program);
  for (const line of lines) console.log(line);
  if (report.device !== device) throw new Error(`it ran on ${report.device}, not ${device}: ${report.reason}`);
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  const { waiting, waitingReason } = report;
  const name = `${basename(program, ".mjs")}.start.json`;
  await writeFile(join(folder, name), JSON.stringify({ waiting, waitingReason, kernels }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
