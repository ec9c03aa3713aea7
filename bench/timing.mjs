/**
 * Milliseconds a repetition: enough repetitions in one wait to last about 100 ms (less where there is less than half a second),
 * and the median of up to five such waits, as many as fit into `seconds`. The rounds that find the number of repetitions warm
 * up what has to.
 *
 * @param {(count: number) => Promise<void>} work does it `count` times and waits for the end of the last
 * @param {number} seconds
 * @param {() => Promise<void>} [heat] called once everything is compiled
 * @returns {Promise<{ms: number, first_ms: number, rounds: number, repeats: number}>} `first_ms`: of the first time, which compiles
 */
export async function measure(work, seconds, heat) {
  const target = Math.min(100, Math.max(10, seconds * 200));
  const timed = async (count) => {
    const from = performance.now();
    await work(count);
    return performance.now() - from;
  };
  const first = await timed(1);
  await heat?.();
  const end = performance.now() + seconds * 1000;
  let repeats = 1;
  let ms = await timed(1);
  while (ms < target && repeats < 4096 && performance.now() < end) {
    const wanted = Math.ceil((1.1 * target * repeats) / Math.max(ms, 1e-3));
    repeats = Math.min(4096, Math.max(repeats + 1, Math.min(wanted, repeats * 8)));
    ms = await timed(repeats);
  }
  const times = [ms];
  while (times.length < 5 && performance.now() + ms < end) times.push(await timed(repeats));
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1] / repeats, first_ms: first, rounds: times.length, repeats };
}
