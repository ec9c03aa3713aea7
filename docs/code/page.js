import { start } from "./ndfuse/src/start.js";
import factory from "./page.mjs";

const output = document.querySelector("#output");
const print = (line) => output.append(`${line}\n`);
try {
  const { report, finish } = await start(factory, { device: "auto", print, printErr: print });
  print(`${report.device}: ${report.adapter || report.reason}`);
  await finish(); // waits for the program's reads, then ends the device
} catch (error) {
  print(error.message);
}
