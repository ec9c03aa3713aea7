/**
 * Runs an example to its end, in a page or in Node, and gives back what it wrote.
 * @param {string} url of the program, NAME.mjs; the shim is beside it, as ndfuse_add_web_program puts it
 * @param {object} options of the shim's start()
 * @returns {Promise<{report: object, lines: string[], kernels: {name: string, text: string}[],
 *   files: Map<string, Uint8Array>}>} the shim's report, what the program printed, the kernels that it gave to the
 *   device, and its files. Rejects when the program fails, by an Error that holds what it printed
 */
export async function runProgram(url, options) {
  const [{ default: factory }, { start }] = await Promise.all([
    import(url),
    import(new URL("ndfuse/src/start.js", url).href),
  ]);
  const lines = [];
  const kernels = [];
  const print = (line) => lines.push(line);
  try {
    const { module, report, exitCode, finish } = await start(recording(factory, kernels), {
      ...options,
      arguments: ["/results"],
      print,
      printErr: print,
    });
    await finish();
    if (exitCode) throw new Error(`it ended with status ${exitCode}`);
    const { FS } = module;
    const names = FS.readdir("/results").filter((name) => !name.startsWith("."));
    const files = new Map(names.map((name) => [name, FS.readFile(`/results/${name}`)]));
    return { report, lines, kernels, files };
  } catch (error) {
    throw new Error([...lines, error?.message ?? error].join("\n"), { cause: error });
  }
}

/**
 * A factory whose program notes in `kernels` what it declares by the import ndfuse_pipeline (shim/README.md).
 * @param {(settings: object) => Promise<object>} factory
 * @param {{name: string, text: string}[]} kernels
 */
function recording(factory, kernels) {
  return async (settings) => {
    const { ndfuse: host } = settings;
    const declare = host.pipeline.bind(host);
    const module = await factory(settings);
    const text = (at, size) => new TextDecoder().decode(module.HEAPU8.slice(at >>> 0, (at >>> 0) + size));
    host.pipeline = (id, name, nameSize, parts, count, ...rest) => {
      const spans = new Uint32Array(module.HEAPU8.buffer, parts >>> 0, count * 2);
      const texts = Array.from({ length: count }, (_, k) => text(spans[2 * k], spans[2 * k + 1]));
      kernels.push({ name: text(name, nameSize), text: texts.join("") });
      declare(id, name, nameSize, parts, count, ...rest);
    };
    return module;
  };
}
