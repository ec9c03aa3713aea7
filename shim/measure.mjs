// node shim/measure.mjs [rounds]: what the shim costs on this machine, medians. Small kernels, so that the figures are
// those of the calls; on a software adapter the GPU's own work is part of them.
import { INCREMENT, openLocal, openRemote, Stream } from "./testing.js";

const rounds = Number(process.argv[2] ?? 300);
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

async function time(action, count = rounds) {
  const times = [];
  for (let i = -10; i < count; i++) {
    const begun = performance.now();
    await action();
    if (i >= 0) times.push((performance.now() - begun) * 1000);
  }
  return median(times);
}

for (const [where, open] of [
  ["this thread", openLocal],
  ["worker", openRemote],
]) {
  const device = await open();
  const row = (what, us) => console.log(`${where.padEnd(12)} ${what.padEnd(44)} ${us.toFixed(2).padStart(9)} us`);
  if (where === "this thread") console.log(device.adapterInfo.description);
  device.pipeline(1, "increment", INCREMENT, 1, 1, true);
  await device.warmup();
  const stream = new Stream();
  for (let id = 1; id <= 8; id++) stream.create(id, 4096);
  stream.submit(device);
  const words = {};
  for (const n of [1, 64, 1024]) {
    const batch = new Stream();
    for (let i = 0; i < n; i++) batch.dispatch(1, 1, [1 + (i % 8)]);
    words[n] = Uint32Array.from(batch.words);
  }
  const none = new Uint8Array(0);
  // The calls alone; the GPU catches up between two samples.
  const call = async (what, batch, n) => {
    const calls = [];
    for (let i = -10; i < rounds / 3; i++) {
      const copy = batch.slice();
      const begun = performance.now();
      device.submit(copy, none, none);
      if (i >= 0) calls.push((performance.now() - begun) * 1000);
      await device.synchronize();
    }
    const us = median(calls);
    row(`${what} of ${n} dispatches, the call`, us);
    if (n > 1) row("  a dispatch", us / n);
  };
  for (const n of [1, 64, 1024]) await call("submit", words[n], n);
  for (const n of [64, 1024]) {
    stream
      .capture(n, (kept) => {
        for (let i = 0; i < n; i++) kept.dispatch(1, 1, [1 + (i % 8)]);
      })
      .submit(device);
    await call("replay", Uint32Array.from(new Stream().replay(n).words), n);
  }
  row(
    "submit of 64 dispatches and its end",
    await time(() => {
      device.submit(words[64].slice(), none, none);
      return device.synchronize();
    }),
  );
  for (const bytes of [4, 4096]) row(`asynchronous read of ${bytes} bytes`, await time(() => device.read(1, 0, bytes)));
  if (device.readBlocking) {
    for (const bytes of [4, 4096]) {
      const target = new Uint8Array(bytes);
      row(`blocking read of ${bytes} bytes`, await time(() => device.readBlocking(1, 0, target)));
    }
  }
  const large = new Stream();
  large.create(100, 2 ** 24).submit(device);
  const data = new Uint8Array(2 ** 24);
  row(
    "write of 16 MiB and its end",
    await time(() => {
      large.write(100, data).submit(device);
      return device.synchronize();
    }, 10),
  );
  row("asynchronous read of 16 MiB", await time(() => device.read(100, 0, 2 ** 24), 10));
  if (device.readBlocking) row("blocking read of 16 MiB", await time(() => device.readBlocking(100, 0, data), 10));
  device.destroy();
}
