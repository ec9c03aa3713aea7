import { start } from "./program/ndfuse/src/start.js";

/**
 * Starts a program, measures until its first result, and ends it.
 * @param {{origin: number, program?: string, scenario?: string, result?: string, ahead?: string} & object} request `origin`
 *   is the time from which is measured; see start-up.js
 */
export async function startUp({
  origin,
  program = "page_program",
  scenario = "compute",
  result = "",
  ahead,
  ...options
}) {
  const times = {};
  const lines = [];
  const reached = (what) => {
    times[what] ??= performance.timeOrigin + performance.now() - origin;
  };
  const first = result ? new RegExp(result) : null;
  const print = (line) => {
    lines.push(line);
    if (first?.test(line)) reached("first result");
  };
  try {
    const { default: factory } = await import(`./program/${program}.mjs`);
    const instantiate = async (args) => {
      reached("device open");
      const { device } = args.ndfuse;
      while (
        ahead &&
        (device.remembered.state === "loading" || device.remembered.prepared < device.remembered.kernels)
      ) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const module = await factory(args);
      reached("program instantiated");
      return module;
    };
    const running = await start(instantiate, { ...options, arguments: [scenario], print, printErr: print });
    await running.idle();
    reached("first result");
    const stats = await running.device?.stats();
    const { report } = running;
    const said = { ...report, remembered: report.remembered };
    await running.finish();
    return { times, lines, stats, report: said };
  } catch (error) {
    return { times, lines, error: `${error.name}: ${error.message}` };
  }
}
