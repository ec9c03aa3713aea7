// ONNX Runtime Web on WebGPU: what it has as one operation, in models of one node that are written here.
import { matrix, vector } from "../data.mjs";

// --- Protocol buffers, as far as a model of one node needs them.

const FLOAT = 1;
const number = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [...varint((field << 3) | 2), ...varint(content.length), ...content];
const string = (field, value) => bytes(field, [...new TextEncoder().encode(value)]);
function varint(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return [...out, value];
}

/** One node between named tensors of these shapes: ModelProto of onnx.proto. */
function model(operation, inputs, shape, attributes = {}) {
  const tensor = (name, dimensions) => [
    ...string(1, name),
    ...bytes(
      2,
      bytes(1, [
        ...number(1, FLOAT),
        ...bytes(
          2,
          dimensions.flatMap((n) => bytes(1, number(1, n))),
        ),
      ]),
    ),
  ];
  const node = [
    ...inputs.flatMap((_, k) => string(1, `x${k}`)),
    ...string(2, "y"),
    ...string(4, operation),
    ...Object.entries(attributes).flatMap(([name, value]) =>
      bytes(5, [
        ...string(1, name),
        ...(Array.isArray(value) ? value.flatMap((v) => number(8, v)) : number(3, value)),
        ...number(20, Array.isArray(value) ? 7 : 2),
      ]),
    ),
  ];
  const graph = [
    ...bytes(1, node),
    ...string(2, operation),
    ...inputs.flatMap((dimensions, k) => bytes(11, tensor(`x${k}`, dimensions))),
    ...bytes(12, tensor("y", shape)),
  ];
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 17))]);
}

/** @param {{address: string, wasm: string}} how the addresses of the module and of its folder */
export async function open({ address, wasm }) {
  const ort = await import(address);
  ort.env.wasm.wasmPaths = wasm;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const kinds = {
    matmul([batch, m, k, n, left, right, half]) {
      if (half) throw new Error("float16 is not measured");
      if (batch > 1 && (left || right)) throw new Error("a batch of transposed matrices is not measured");
      const [a, b] = [left ? [k, m] : [m, k], right ? [n, k] : [k, n]];
      const with_batch = (shape) => (batch > 1 ? [batch, ...shape] : shape);
      const inputs = [drawn(1, batch * a[0], a[1]), drawn(2, batch * b[0], b[1])];
      const shapes = [with_batch(a), with_batch(b)];
      if (!left && !right) return [model("MatMul", shapes, with_batch([m, n])), inputs, shapes];
      return [model("Gemm", shapes, [m, n], { transA: left, transB: right }), inputs, shapes];
    },
    matvec([m, k]) {
      const shapes = [
        [m, k],
        [k, 1],
      ];
      return [model("MatMul", shapes, [m, 1]), [drawn(1, m, k), vector(2, k).map((v) => v - 0.5)], shapes];
    },
    conv([images, channels, side, outputs, places, gradient]) {
      if (gradient) throw new Error("has no gradients");
      const shapes = [
        [images, channels, side, side],
        [outputs, channels, places, places],
      ];
      const inputs = [drawn(1, images * channels, side * side), drawn(2, outputs * channels, places * places)];
      const pads = Array(4).fill(places >> 1);
      return [model("Conv", shapes, [images, outputs, side, side], { pads }), inputs, shapes];
    },
    softmax([rows, columns]) {
      const shape = [rows, columns];
      return [model("Softmax", [shape], shape, { axis: 1 }), [matrix(1, rows, columns)], [shape]];
    },
  };
  const drawn = (seed, rows, columns) => matrix(seed, rows, columns).map((v) => v - 0.5);
  return {
    version: ort.env.versions?.web ?? ort.env.versions?.common,
    async prepare({ kind, args }) {
      const [text, inputs, shapes] = kinds[kind](args);
      const session = await ort.InferenceSession.create(text, {
        executionProviders: ["webgpu"],
        preferredOutputLocation: "gpu-buffer",
      });
      const device = await ort.env.webgpu.device;
      const buffers = inputs.map((values) => {
        const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
        const buffer = device.createBuffer({ size: values.byteLength, usage });
        device.queue.writeBuffer(buffer, 0, values);
        return buffer;
      });
      const feeds = {};
      for (const [k, buffer] of buffers.entries()) {
        feeds[`x${k}`] = ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: shapes[k] });
      }
      let last = null;
      return {
        async work(count) {
          for (let k = 0; k < count; k++) {
            last?.dispose();
            last = (await session.run(feeds)).y;
          }
          await device.queue.onSubmittedWorkDone();
        },
        result: () => last.getData(),
        async dispose() {
          last?.dispose();
          for (const buffer of buffers) buffer.destroy();
          await session.release();
        },
      };
    },
    close() {},
  };
}
