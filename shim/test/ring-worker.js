// The other thread of ring.test.js: kind 1 is counted and compared, 2 asks for the counts, 3 for bytes.
import { parentPort, workerData } from "node:worker_threads";

if (!workerData.notified) delete Atomics.waitAsync; // as in an engine without it
const { AnswerWriter } = await import("../src/answers.js");
const { RingReader } = await import("../src/ring.js");
const { Shared } = await import("../src/shared.js");
const { filled } = await import("./ring-bytes.js");

const shared = new Shared(workerData.buffer);
const ring = new RingReader(shared);
const answers = new AnswerWriter(shared);
parentPort.on("message", () => ring.ring());
const seen = { count: 0, total: 0, wrong: 0 };
function receive({ kind, bytes }) {
  const [request, size, k] = kind === 1 ? [] : new Uint32Array(bytes.slice().buffer);
  if (kind === 2) answers.write(request, 0, new TextEncoder().encode(JSON.stringify(seen)), 20000);
  else if (kind === 3) answers.write(request, k, filled(k, size), 20000);
  else {
    seen.wrong += Buffer.compare(bytes, filled(seen.count++, bytes.length)) !== 0;
    seen.total += bytes.length;
  }
}
for (;;) {
  if (!ring.take(receive)) await ring.wait();
}
