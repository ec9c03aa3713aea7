// Measures the time from load to first result, and shows it with what was remembered. Load it twice:
//   start-up.html?program=page_program&scenario=compute&place=worker&remember=true
// place: window (the default) or worker. result: a regular expression; the first line that fits it is the first result, else
// it is the end of the program. ahead: the program waits until what was remembered is compiled. The rest goes to start().
import { askWorker } from "./ask-worker.js";
import { startUp } from "./start-up-run.js";

const { place = "window", remember, ...given } = Object.fromEntries(new URLSearchParams(location.search));
const request = { ...given, origin: performance.timeOrigin, ...(remember && { remember: remember === "true" }) };
const result = await (place === "window"
  ? startUp(request)
  : askWorker(new URL("start-up-worker.js", import.meta.url), request));

const ms = ([what, time]) => `${time.toFixed(0).padStart(6)} ms  ${what}`;
document.body.appendChild(document.createElement("pre")).textContent = [
  "from the start of the navigation:",
  ...Object.entries(result.times).map(ms),
  "",
  JSON.stringify(result.report, null, 2),
  `compiled when they were needed: ${result.stats?.pipelines ?? "?"}`,
  result.error ?? "",
].join("\n");
globalThis.result = result;
document.body.dataset.ready = "";
