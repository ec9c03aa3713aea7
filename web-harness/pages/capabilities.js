// Asks the browser, runs the measurements one after another, and shows both as tables and as text.
import { browserFacts, webglFacts, webgpuFacts } from "./capabilities-facts.js";

/** What is measured: the device, how it is waited for, where the program runs. Copies are measured once a device. */
const RUNS = [
  { device: "webgpu", waiting: "atomics", place: "worker", measures: ["launch", "read"] },
  { device: "webgpu", waiting: "jspi", place: "window", measures: ["launch", "read", "copy"] },
  { device: "webgpu", waiting: "none", place: "window", measures: ["launch", "read", "copy"] },
  { device: "webgl", waiting: "readpixels", place: "window", measures: ["launch", "read", "copy"] },
  { device: "cpu", waiting: "auto", place: "window", measures: ["launch", "read", "copy"] },
  // Last: where it does not work it may take WebGPU away for a moment.
  { device: "webgpu", waiting: "canvas", place: "window", measures: ["read"] },
];
const COLUMNS = [
  ["launch_recorded_us", "operation recorded, µs"],
  ["launch_done_us", "operation done, µs"],
  ["read_blocking_4kb_ms", "blocking 4 KB, ms"],
  ["read_awaited_4kb_ms", "awaited 4 KB, ms"],
  ["read_blocking_16mb_ms", "blocking 16 MB, ms"],
  ["read_awaited_16mb_ms", "awaited 16 MB, ms"],
  ["copy_gb_s", "copy, GB/s"],
];
const byId = (id) => document.getElementById(id);

/** A number in three digits. */
const short = (value) => (value === undefined ? "" : String(Number(value.toPrecision(3))));

const sections = []; // {title, head, rows, note}: what is shown

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function show(section) {
  sections.push(section);
  const { title, head, rows, note } = section;
  byId("report").append(element("h2", title));
  if (note) byId("report").append(element("p", note));
  if (rows.length > 0) {
    const table = element("table");
    const line = (cells, first) => {
      const row = element("tr");
      cells.forEach((cell, i) => {
        const number = head && /^[\d.e+-]+$/.test(cell);
        const named = element(first || (i === 0 && !head) ? "th" : "td", cell, number ? "number" : "");
        if (named.tagName === "TH") named.scope = first ? "col" : "row";
        row.append(named);
      });
      table.append(row);
    };
    if (head) line(head, true);
    for (const row of rows) line(row, false);
    byId("report").append(table);
  }
  byId("text").textContent = sections.map(inText).join("\n");
}

function inText({ title, head, rows, note }) {
  const lines = [`## ${title}`];
  if (note) lines.push(note);
  if (head) lines.push(`| ${head.join(" | ")} |`, `|${head.map(() => "---").join("|")}|`);
  for (const row of rows) lines.push(head ? `| ${row.join(" | ")} |` : `- ${row.join(": ")}`);
  return `${lines.join("\n")}\n`;
}

/** Takes all measures that are possible here. */
async function measureAll({ measure, measureInWorker }) {
  const rows = [];
  const impossible = [];
  const wrong = [];
  const copied = new Set();
  for (const { place, ...options } of RUNS) {
    const name = `${options.device}, ${options.waiting === "auto" ? "no wait" : options.waiting}`;
    byId("state").textContent = `Measuring: ${name}…`;
    const measures = options.measures.filter((one) => one !== "copy" || !copied.has(options.device));
    const run = place === "worker" ? measureInWorker : measure;
    const { error, values, report } = await run({ ...options, measures, timeoutMs: 30000 });
    if (error) {
      impossible.push([name, error]);
      continue;
    }
    if (values.copy_gb_s) copied.add(options.device);
    for (const [key, value] of Object.entries(values)) if (/_right$/.test(key) && value !== 1) wrong.push([name, key]);
    const where = place + (report.threads === "worker" ? ", GPU in a worker" : "");
    rows.push([options.device, report.waiting, where, ...COLUMNS.map(([key]) => short(values[key]))]);
  }
  const head = ["device", "waiting", "program in", ...COLUMNS.map(([, text]) => text)];
  show({
    title: "Measured",
    head,
    rows,
    note: "Medians. An operation adds one to 256 elements. A copy reads and writes 64 MiB; both count.",
  });
  show({ title: "Not possible here", rows: impossible, note: impossible.length === 0 ? "Nothing." : "" });
  show({ title: "Wrong results", rows: wrong, note: wrong.length === 0 ? "None." : "This is a bug." });
}

async function main() {
  const begun = performance.now();
  show({ title: "Browser", rows: browserFacts() });
  const program = await import("./capabilities-run.js");
  const { report, features, error } = await program.measure({ measures: [] });
  if (error) throw new Error(error);
  show({
    title: "Chosen by start()",
    rows: [
      ["Device", `${report.device} (${report.reason})`],
      ["Adapter", report.adapter || "none"],
      ["Software adapter", report.software ? "yes" : "no"],
      ["Features", features.join(", ") || "none"],
      ["Waiting in a window", `${report.waiting} (${report.waitingReason})`],
      ["Waiting in a worker", await program.measureInWorker({ measures: [] }).then(waitingIn)],
    ],
  });
  const webgpu = await webgpuFacts();
  const webgl = webglFacts();
  await measureAll(program);
  show({ title: "WebGPU", rows: webgpu ?? [], note: webgpu ? "" : "There is no adapter." });
  show({ title: "WebGL2", rows: webgl ?? [], note: webgl ? "" : "There is no context." });
  return `Done in ${((performance.now() - begun) / 1000).toFixed(1)} s.`;
}

const waitingIn = ({ error, report }) => error ?? `${report.waiting} on ${report.device} (${report.waitingReason})`;

byId("copy").onclick = async () => {
  const text = byId("text");
  try {
    await navigator.clipboard.writeText(text.textContent);
    byId("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(text);
    byId("copied").textContent = "The text is selected: copy it.";
  }
};

try {
  byId("state").textContent = await main();
} catch (error) {
  show({ title: "This page failed", rows: [], note: error.message });
  byId("state").textContent = "Failed.";
}
byId("copy").disabled = false;
document.body.dataset.ready = "";
