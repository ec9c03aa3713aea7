import { runProgram } from "./program.js";

/** runProgram for a driver outside the page: its files as base64. */
window.runProgram = async (url, options) => {
  const { files, ...result } = await runProgram(url, options);
  return { ...result, files: await Promise.all([...files].map(async ([name, bytes]) => [name, await base64(bytes)])) };
};

/** @param {Uint8Array} bytes */
async function base64(bytes) {
  const reader = new FileReader();
  await new Promise((done) => {
    reader.onload = done;
    reader.readAsDataURL(new Blob([bytes]));
  });
  return reader.result.slice(reader.result.indexOf(",") + 1);
}
