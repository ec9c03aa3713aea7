// Compiles every text that tests/web/kernel_texts.cpp prints: WGSL by WebGPU, GLSL by WebGL2.
import factory from "./program/kernel_texts.mjs";
import { start } from "./program/ndfuse/src/start.js";

/** @returns {Promise<{dialect: string, name: string, text: string}[]>} */
async function texts() {
  const found = [];
  const print = (line) => {
    const head = /^==== (wgsl|glsl) (.*)$/.exec(line);
    if (head) found.push({ dialect: head[1], name: head[2], lines: [] });
    else found.at(-1).lines.push(line);
  };
  const program = await start(factory, { device: "cpu", print, printErr: () => {} });
  await program.idle();
  return found.map(({ dialect, name, lines }) => ({ dialect, name, text: lines.join("\n").trim() + "\n" }));
}

async function refusedByWebGPU(list) {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBuffersPerShaderStage: adapter.limits.maxStorageBuffersPerShaderStage },
  });
  const refused = [];
  for (const { name, text } of list) {
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code: text });
    device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    const error = await device.popErrorScope();
    if (!error) continue;
    const { messages } = await module.getCompilationInfo();
    refused.push({
      name,
      text,
      message: messages.map((m) => `${m.lineNum}: ${m.message}`).join("\n") || error.message,
    });
  }
  device.destroy();
  return refused;
}

function refusedByWebGL2(list) {
  const gl = document.createElement("canvas").getContext("webgl2");
  const compile = (type, text) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    return gl.getShaderParameter(shader, gl.COMPILE_STATUS) ? { shader } : { message: gl.getShaderInfoLog(shader) };
  };
  const corner =
    "#version 300 es\nvoid main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }\n";
  const vertex = compile(gl.VERTEX_SHADER, corner).shader;
  const refused = [];
  for (const { name, text } of list) {
    const { shader, message } = compile(gl.FRAGMENT_SHADER, text);
    if (!shader) {
      refused.push({ name, text, message });
      continue;
    }
    const program = gl.createProgram();
    gl.attachShader(program, vertex);
    gl.attachShader(program, shader);
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      refused.push({ name, text, message: gl.getProgramInfoLog(program) });
    gl.deleteProgram(program);
    gl.deleteShader(shader);
  }
  if (gl.isContextLost()) refused.push({ name: "(all)", text: "", message: "the WebGL2 context was lost" });
  return refused;
}

/** How many texts of a dialect there are, and what the browser refused of them and of `extra` (texts that must be refused). */
globalThis.compileAll = async (dialect, extra) => {
  const list = (await texts()).filter((one) => one.dialect === dialect);
  const refuse = dialect === "wgsl" ? refusedByWebGPU : refusedByWebGL2;
  const broken = extra.map((change, k) => ({ name: `broken ${k}`, text: list[0].text.replace(...change) }));
  return {
    count: list.length,
    names: list.map(({ name }) => name),
    refused: await refuse(list),
    brokenRefused: (await refuse(broken)).length,
  };
};
document.body.dataset.ready = "";
