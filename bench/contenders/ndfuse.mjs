// ndfuse in C++: the program that bench/cases.cpp makes.

/**
 * @param {{device: "webgpu" | "webgl" | "cpu", program: string, tune?: boolean}} how `program`: the address of ndfuse_cases.mjs;
 *   `tune`: that of start(); without it products are divided by the rule, whatever this machine has stored
 */
export async function open({ device, program, tune = false }) {
  const { start } = await import("../../shim/src/start.js");
  const { default: factory } = await import(program);
  const running = await start(factory, { device, timeoutMs: 60_000, tune });
  const { module, report } = running;
  const text = module._bench_text() >>> 0;
  const numbers = module._bench_numbers() >>> 0;
  const read = () => {
    const heap = module.HEAPU8;
    return new TextDecoder().decode(heap.slice(text, heap.indexOf(0, text)));
  };
  /** Calls an export, and waits for what it began. */
  const call = async (name, ...args) => {
    await running.call(`bench_${name}`, ...args);
    await running.idle();
    const sentence = read();
    if (sentence) throw new Error(sentence);
  };
  return {
    adapter: report.adapter,
    waiting: report.waiting,
    async prepare({ kind, args }) {
      module.HEAPU8.set(new TextEncoder().encode(`${kind}\0`), text);
      new Float64Array(module.HEAPU8.buffer, numbers, args.length).set(args);
      await call("prepare", args.length, numbers);
      return {
        work: (count) => call("run", count),
        async result() {
          await call("show");
          const pointer = (await running.call("bench_shown")) >>> 0;
          return new Float32Array(module.HEAPU8.buffer, pointer, await running.call("bench_shown_count")).slice();
        },
        dispose: () => running.call("bench_forget"),
      };
    },
    tuned: async () => (await running.device.stats()).tuned,
    close: () => running.finish(),
  };
}
