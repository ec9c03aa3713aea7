#!/usr/bin/env node
// node bench/python.mjs [--device webgpu|webgl|cpu] [--waiting WAY] [--place window|worker] [--isolated] [--small] [--without-numpy]
// Runs bench/python.py in a page's Pyodide (built by scripts/python.sh) in Chromium and prints its JSON object, with the times from
// the page's start, and on WebGPU what a hand-written kernel takes for the same Mandelbrot sets.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { launchOptions } from "../web-harness/chromium.js";
import { serve } from "../web-harness/server.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Milliseconds of one launch that counts 500 iterations without early exit, as the array code does, for n x n points. */
async function handWritten(sizes) {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const device = await adapter.requestDevice();
  const code = `
    @group(0) @binding(0) var<storage, read_write> counts: array<f32>;
    override n: u32;
    @compute @workgroup_size(16, 16) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      if (id.x >= n || id.y >= n) { return; }
      let x = -2.0 + 2.5 * f32(id.x) / f32(n - 1u);
      let y = -1.25 + 2.5 * f32(id.y) / f32(n - 1u);
      var zr = 0.0; var zi = 0.0; var count = 0.0;
      for (var k = 0u; k < 500u; k++) {
        let r = zr * zr - zi * zi + x;
        zi = 2.0 * zr * zi + y;
        zr = r;
        count += select(0.0, 1.0, zr * zr + zi * zi < 4.0);
      }
      counts[id.y * n + id.x] = count;
    }`;
  const module = device.createShaderModule({ code });
  const result = {};
  for (const n of sizes) {
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, constants: { n } } });
    const buffer = device.createBuffer({ size: n * n * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
    const landing = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const entries = [{ binding: 0, resource: { buffer } }];
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const times = [];
    for (let turn = 0; turn < 6; turn++) {
      const from = performance.now();
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.ceil(n / 16), Math.ceil(n / 16));
      pass.end();
      encoder.copyBufferToBuffer(buffer, 0, landing, 0, 16); // one element is waited for, as in Python
      device.queue.submit([encoder.finish()]);
      await landing.mapAsync(GPUMapMode.READ);
      landing.unmap();
      times.push(performance.now() - from);
    }
    result[n] = times.slice(1).sort((a, b) => a - b)[2];
    buffer.destroy();
  }
  device.destroy();
  return result;
}

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "webgpu" },
    waiting: { type: "string", default: "auto" },
    place: { type: "string", default: "worker" },
    isolated: { type: "boolean", default: false },
    small: { type: "boolean", default: false },
    "without-numpy": { type: "boolean", default: false },
  },
});
const numpy = folder("../build/toolchain/pyodide_numpy/");
const server = await serve({
  roots: {
    "/": folder("../web-harness/pages/"),
    "/dist/": process.env.NDFUSE_PYTHON_DIST ?? folder("../build/python/dist/"),
    "/pyodide/": folder("../node_modules/pyodide/"),
    "/numpy/": numpy,
  },
  isolation: values.isolated,
});
const browser = await chromium.launch(launchOptions);
try {
  const page = await browser.newPage();
  await page.goto(`${server.url}python.html`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  const { device, waiting, place } = values;
  const program = `small = ${values.small ? "True" : "False"}\n${await readFile(folder("python.py"), "utf8")}`;
  const wheels = values["without-numpy"] ? [] : readdirSync(numpy).filter((name) => name.endsWith(".whl"));
  const options = { device, waiting, timeoutMs: 600_000 };
  const run = (packages, code) =>
    page.evaluate((request) => globalThis.run(request), { place, options, packages, steps: [["runAsync", code]] });
  const first = await run([], "import ndfuse\nfloat((ndfuse.ones(4) + 1).sum())");
  const result = await run(
    wheels.map((name) => `${server.url}numpy/${name}`),
    program,
  );
  if (result.error) throw new Error([result.error, ...result.lines].join("\n"));
  const kernel = device === "webgpu" ? await page.evaluate(handWritten, values.small ? [64] : [256, 1024, 4096]) : null;
  const [boot, attached, done] = first.milliseconds;
  console.log(
    JSON.stringify(
      {
        place,
        report: result.report,
        "Pyodide started": boot,
        "ndfuse attached": attached,
        "first result": done,
        "hand-written Mandelbrot kernel": kernel,
        ...JSON.parse(result.lines.at(-1)),
      },
      null,
      2,
    ),
  );
} finally {
  await browser.close();
  await server.close();
}
