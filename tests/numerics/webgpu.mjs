// Runs the kernels that numerics_webgpu has written on WebGPU (Dawn under Node): node webgpu.mjs FOLDER

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
const folder = process.argv[2];
const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("no WebGPU adapter");
const device = await adapter.requestDevice();
console.log(`${adapter.info.vendor} ${adapter.info.architecture} ${adapter.info.device} ${adapter.info.description}`);

/** Uploads a file of float32. */
function load(name) {
  const bytes = readFileSync(join(folder, name));
  const buffer = device.createBuffer({ size: bytes.length, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

const operands = { unary: [load("unary.x")], binary: [load("binary.x"), load("binary.y")] };
for (const file of readdirSync(folder).filter((name) => name.endsWith(".wgsl"))) {
  const code = readFileSync(join(folder, file), "utf8");
  const inputs = code.includes("binding(1)") ? operands.binary : operands.unary;
  const module = device.createShaderModule({ code });
  for (const message of (await module.getCompilationInfo()).messages) {
    if (message.type === "error") throw new Error(`${file}:${message.lineNum}: ${message.message}`);
  }
  const started = performance.now();
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
  const compiled = performance.now();
  const size = inputs[0].size;
  const result = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const entries = [...inputs, result].map((buffer, i) => ({
    binding: i === inputs.length ? 2 : i,
    resource: { buffer },
  }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  const groups = Math.ceil(size / 4 / 64);
  pass.dispatchWorkgroups(Math.min(groups, 32768), Math.ceil(groups / 32768));
  pass.end();
  encoder.copyBufferToBuffer(result, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  writeFileSync(join(folder, file.replace(".wgsl", ".result")), new Uint8Array(staging.getMappedRange()));
  result.destroy();
  staging.destroy();
  console.log(
    `${file}: compiled in ${(compiled - started).toFixed(0)} ms, ran in ${(performance.now() - compiled).toFixed(0)} ms`,
  );
}
process.exit(0); // Dawn keeps Node alive
