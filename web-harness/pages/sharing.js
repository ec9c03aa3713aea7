// Runs tests/web/sharing_program.cpp: what it draws, and buffers that it shares with this page.
import { start } from "./program/ndfuse/src/start.js";
import factory from "./program/sharing_program.mjs";

const lines = [];
const print = (line) => lines.push(line);
const begin = (options) => start(factory, { print, printErr: print, ...options });

/** The colours of a canvas, a list of [r, g, b, a] for each row. */
function pixels(id) {
  const source = document.getElementById(id);
  const { width, height } = source;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(source, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [...data.slice((y * width + x) * 4, (y * width + x + 1) * 4)]),
  );
}

/** Calls exports of the program, one after another; gives the pixels of canvases then, and what was printed. */
globalThis.draw = async (options, calls, canvases) => {
  if (calls[0][0] === "draw_wrong") document.getElementById("other").getContext("bitmaprenderer");
  const program = await begin(options);
  const pictures = {};
  for (const [name, ...args] of calls) await program.call(name, ...args);
  for (const id of canvases) pictures[id] = pixels(id);
  await program.finish();
  return { lines, pictures, report: program.report };
};

async function contents(device, buffer, bytes) {
  const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return [...new Float32Array(staging.getMappedRange().slice(0))];
}

/** A device of the page's: its buffer in the program, the program's buffer in the page. */
globalThis.share = async (options = {}) => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 64, usage });
  device.queue.writeBuffer(
    buffer,
    0,
    Float32Array.from({ length: 16 }, (_, k) => k),
  );
  const program = await begin({ gpuDevice: device, ...options });
  const found = { report: program.report };
  const refused = (f) => {
    try {
      f();
      return "";
    } catch (error) {
      return error.message;
    }
  };
  const id = program.adopt(buffer);
  found.twice = refused(() => program.adopt(buffer));
  found.usage = refused(() => program.adopt(device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE })));
  found.size = refused(() => program.adopt(device.createBuffer({ size: 20, usage })));
  await program.call("adopt", id, 6);
  found.same = program.bufferOf(id) === buffer;
  found.doubled = await contents(device, buffer, 64);
  await program.call("adopt", id, 6); // it is an array's already
  await program.call("adopt", 12345, 6);
  device.queue.writeBuffer(buffer, 0, Float32Array.of(100));
  await program.call("add_one");
  program.bufferOf(id);
  found.added = await contents(device, buffer, 64);
  await program.call("forget");
  const handed = await program.call("hand_out");
  found.handed = await contents(device, program.bufferOf(handed), 32);
  found.unknown = refused(() => program.bufferOf(4711));
  await program.finish();
  found.alive = (await contents(device, buffer, 16)).length; // the page's device and buffer go on
  found.lines = lines;
  return found;
};

/** What refuses to share, where sharing is not possible. */
globalThis.refuse = async (options) => {
  const program = await begin(options);
  const found = { report: program.report };
  for (const [name, argument] of [
    ["adopt", null],
    ["bufferOf", 1],
  ]) {
    try {
      program[name](argument);
    } catch (error) {
      found[name] = error.message;
    }
  }
  await program.call("draw_images");
  await program.call("hand_out");
  await program.finish();
  return { ...found, lines };
};
document.body.dataset.ready = "";
