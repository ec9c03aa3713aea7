#!/usr/bin/env node
// node bench/report.mjs FOLDER...   makes README.md and the plots of folders of results from the JSON files there.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plot } from "./peers/plot.mjs";

const PLACES = { node: "Node", chromium: "Chromium", cpu: "The CPU" };

const digits = (value) => Number(value.toPrecision(3)).toString();
const time = (ms) => (ms < 1 ? `${digits(ms * 1000)} µs` : `${digits(ms)} ms`);
const percent = (share) => `${digits(100 * share)} %`;
const escaped = (text) => text.replaceAll("|", "\\|").replace(/\s+/g, " ");

/** Lines of a Markdown table. */
const table = (head, rows) =>
  [head, head.map((_, k) => (k === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

/** Whether anything of a contender was measured. */
const measured = ({ cases }, { name }) => cases.some((one) => one.results[name]?.ms !== undefined);

/** Ours, by how often the fastest of the others in JavaScript takes longer. */
function ratio({ contenders }, { results }) {
  const others = contenders.filter(({ name }) => /^(tensorflow|jax|onnx)/.test(name));
  const times = others.map(({ name }) => results[name]?.ms).filter((ms) => ms !== undefined);
  const ours = results.ndfuse?.ms;
  return ours !== undefined && times.length > 0 ? `${digits(Math.min(...times) / ours)}` : "";
}

function section(report) {
  const shown = report.contenders.filter((one) => measured(report, one));
  const notes = [];
  const note = (text) => {
    if (!notes.includes(text)) notes.push(text);
    return `[${notes.indexOf(text) + 1}]`;
  };
  const cell = (one, { name, kinds }) => {
    const result = one.results[name];
    if (!result || (kinds && !kinds.includes(one.kind))) return "";
    if (result.error !== undefined) return note(result.error);
    const rate = one.yardstick === "fma" ? `${digits(result.tflop_s)} TFLOP/s` : `${digits(result.gb_s)} GB/s`;
    const details = ["copy", "fma"].includes(one.yardstick) ? [rate] : [];
    if (result.share !== undefined) details.push(percent(result.share));
    return `${time(result.ms)}${details.length > 0 ? `<br>${details.join(", ")}` : ""}`;
  };
  const rows = report.cases.map((one) => [
    escaped(one.title),
    ...shown.map((contender) => cell(one, contender)),
    ratio(report, one),
  ]);
  const { copy_gb_s: copy, fma_tflop_s: fma } = report.yardsticks;
  const yardsticks =
    copy && fma ? `A copy by hand: ${digits(copy)} GB/s. \`fma\` by hand: ${digits(fma)} TFLOP/s.` : "";
  const where = [report.adapter, report.processor, report.host].filter(Boolean).join("; ");
  const versions = shown.map(({ title, version, backend }) => [title, version, backend].filter(Boolean).join(" "));
  const absent = report.contenders.filter((one) => !measured(report, one));
  return [
    `## ${PLACES[report.place]}`,
    "",
    `${where}. ${report.date}, commit ${report.commit}, ${Math.round(report.seconds)} s. ${yardsticks}`,
    "",
    ...table(["", ...shown.map(({ title }) => title), "fastest other in JavaScript / ndfuse C++"], rows),
    "",
    ...notes.map((text, k) => `${k + 1}. ${escaped(text)}`),
    ...(notes.length > 0 ? [""] : []),
    `Versions: ${versions.join("; ")}.`,
    ...absent.map(({ title, error }) => `\nNot measured: ${title} (${escaped(error ?? "every case failed")}).`),
    "",
    `![Shares](${report.place}.svg)`,
    "",
  ];
}

/** Makes the files of one folder. */
async function write(folder) {
  const lines = [
    "# Measurements",
    "",
    "Made by `make bench` ([what and how](../../README.md)); medians. A percentage is the share of what kernels written by hand",
    "reach in the same run: of a copy's bandwidth for the bytes that have to be moved at least, of the peak of `fma`, or of the",
    "same algorithm by hand. A number in brackets says why there is no time.",
    "",
  ];
  for (const place of Object.keys(PLACES)) {
    const file = join(folder, `${place}.json`);
    if (!existsSync(file)) continue;
    const report = JSON.parse(await readFile(file, "utf8"));
    lines.push(...section(report));
    const shown = report.contenders.filter((one) => measured(report, one));
    const values = report.cases.flatMap((one) =>
      shown
        .filter(({ name }) => one.results[name]?.share !== undefined)
        .map(({ name, title }) => ({ case: one.title, contender: title, share: one.results[name].share })),
    );
    const titles = shown.map(({ title }) => title);
    const title = `${PLACES[place]}: ${report.adapter || report.processor}`;
    await writeFile(join(folder, `${place}.svg`), await plot(title, values, titles));
  }
  await writeFile(join(folder, "README.md"), `${lines.join("\n").trimEnd()}\n`);
  console.log(join(folder, "README.md"));
}

for (const folder of process.argv.slice(2)) await write(folder);
