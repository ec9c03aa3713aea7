// Kernels written by hand in WGSL: the yardsticks (the bandwidth of a copy, the peak of fma), the Mandelbrot set, and what
// keeps the GPU at its clocks between measurements.

const COPY = `
  struct params { threads: u32, width: u32 }
  @group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
  @group(0) @binding(1) var<storage, read_write> b: array<vec4<f32>>;
  @group(0) @binding(2) var<uniform> p: params;
  @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x + id.y * p.width;
    if (i < p.threads) { b[i] = a[i]; }
  }`;

/** A thread does 256 times 32 multiplications and additions, in eight independent vectors. */
const FMA = `
  struct params { threads: u32, width: u32 }
  @group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
  @group(0) @binding(1) var<storage, read_write> b: array<vec4<f32>>;
  @group(0) @binding(2) var<uniform> p: params;
  @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x + id.y * p.width;
    if (i >= p.threads) { return; }
    let scale = a[0];
    let shift = a[1];
    ${list(8, (k) => `var x${k} = vec4<f32>(f32(i + ${k}u));`)}
    for (var k = 0; k < 256; k++) {
      ${list(8, (k) => `x${k} = fma(x${k}, scale, shift);`)}
    }
    b[i & 1023u] = ${list(8, (k) => `x${k}`, " + ")};
  }`;

const MANDELBROT = (n, iterations) => `
  @group(0) @binding(1) var<storage, read_write> counts: array<f32>;
  @compute @workgroup_size(16, 16) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= ${n}u || id.y >= ${n}u) { return; }
    let x = -2.0 + 2.5 / ${n}.0 * f32(id.x);
    let y = -1.25 + 2.5 / ${n}.0 * f32(id.y);
    var zr = 0.0;
    var zi = 0.0;
    var count = 0.0;
    for (var k = 0; k < ${iterations}; k++) {
      if (zr * zr + zi * zi > 4.0) { break; }
      let next = zr * zr - zi * zi + x;
      zi = 2.0 * zr * zi + y;
      zr = next;
      count += 1.0;
    }
    counts[id.y * ${n}u + id.x] = count;
  }`;

function list(count, line, between = "\n") {
  return Array.from({ length: count }, (_, k) => line(k)).join(between);
}

export async function open() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("there is no WebGPU adapter");
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  const { vendor, architecture, device: model, description } = adapter.info;
  const software = /swiftshader|llvmpipe|lavapipe/i.test(`${vendor} ${architecture} ${description}`);
  const errors = [];
  device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));

  /** A kernel over `threads` invocations in groups, between buffers of these sizes. */
  function launcher(code, sizes, [x, y], threads) {
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
    const { STORAGE, COPY_SRC, COPY_DST, UNIFORM } = GPUBufferUsage;
    const buffers = sizes.map((size) => device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST }));
    const uniform = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
    device.queue.writeBuffer(uniform, 0, new Uint32Array([threads ?? 0, x * 256]));
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    if (threads) entries.push({ binding: 2, resource: { buffer: uniform } });
    else entries.shift(); // a kernel that takes nothing but its size, which is in its text
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return {
      buffers,
      async work(count) {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        for (let k = 0; k < count; k++) pass.dispatchWorkgroups(x, y);
        pass.end();
        device.queue.submit([encoder.finish()]);
        await device.queue.onSubmittedWorkDone();
        if (errors.length > 0) throw new Error(errors.splice(0)[0]);
      },
      async result() {
        const source = buffers[1];
        const landing = device.createBuffer({ size: source.size, usage: GPUBufferUsage.MAP_READ | COPY_DST });
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(source, 0, landing, 0, source.size);
        device.queue.submit([encoder.finish()]);
        await landing.mapAsync(GPUMapMode.READ);
        const values = new Float32Array(landing.getMappedRange().slice(0));
        landing.destroy();
        return values;
      },
      dispose() {
        for (const buffer of [...buffers, uniform]) buffer.destroy();
      },
    };
  }
  const grid = (threads) => {
    const groups = Math.ceil(threads / 256);
    const y = Math.ceil(groups / 65535);
    return [Math.ceil(groups / y), y];
  };
  const fma = (threads) => {
    const made = launcher(FMA, [32, 16 * 1024], grid(threads), threads);
    device.queue.writeBuffer(made.buffers[0], 0, new Float32Array([...Array(4).fill(0.999), ...Array(4).fill(0.001)]));
    return made;
  };
  const kinds = {
    copy: ([n]) => launcher(COPY, [4 * n, 4 * n], grid(n / 4), n / 4),
    fma: ([threads]) => fma(threads),
    mandelbrot: ([n, iterations]) =>
      launcher(MANDELBROT(n, iterations), [16, 4 * n * n], [Math.ceil(n / 16), Math.ceil(n / 16)]),
  };
  let heater = null;
  return {
    adapter: `${model || `${vendor} ${architecture}`} (${description})`, // browsers do not tell the model
    software,
    prepare: ({ kind, args }) => kinds[kind](args),
    /** Keeps the GPU busy for so long. */
    async heat(ms) {
      heater ??= fma(2 ** 18);
      const end = performance.now() + ms;
      for (let [count, now] = [1, performance.now()]; now < end; ) {
        await heater.work(count);
        const then = now;
        now = performance.now();
        if (now - then < 10) count *= 2; // a small GPU gets little at a time
      }
    },
    close: () => device.destroy(),
  };
}
