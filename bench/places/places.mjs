// Where contenders run: a process of Node, a page of Chromium, a program of its own. All have ask(request), which gives what
// was answered or throws, and stop(). What was asked for is given up after `limit` milliseconds, and the place with it.
import { fork, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** An answer that did not come: the place is gone. */
export class Gone extends Error {}

/** Waits for an answer, but no longer than `limit` ms, and not beyond `end`, a promise that rejects. */
async function within(limit, promise, end) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Gone(`no answer within ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([promise, late, end]);
  } finally {
    clearTimeout(timer);
  }
}

function checked({ result, error }) {
  if (error !== undefined) throw new Error(error);
  return result;
}

/** The promise that rejects when a process ends; its last words help. */
function endOf(child, what) {
  let words = "";
  child.stderr?.on("data", (chunk) => {
    words = `${words}${chunk}`.slice(-300);
  });
  const end = new Promise((_, reject) => {
    child.on("error", (error) => reject(new Gone(`${what}: ${error.message}`)));
    child.on("exit", (code, signal) => {
      const last = words.trim().split("\n").at(-1);
      reject(new Gone(`${what} ended (${signal ?? `status ${code}`})${last ? `: ${last}` : ""}`));
    });
  });
  end.catch(() => {});
  return end;
}

/** A process of Node; kind "cpu": without WebGPU. */
export async function nodePlace(kind) {
  const stdio = ["ignore", "ignore", "pipe", "ipc"];
  const child = fork(here("node.mjs"), [kind], { stdio });
  const end = endOf(child, "the process");
  const waiting = [];
  child.on("message", (message) => waiting.shift()?.(message));
  return {
    async ask(request, limit) {
      const reply = new Promise((resolve) => waiting.push(resolve));
      child.send(request);
      return checked(await within(limit, reply, end));
    },
    stop: async () => void child.kill("SIGKILL"),
    version: `Node ${process.version}, webgpu ${versionOf("webgpu")}`,
  };
}

function versionOf(name) {
  try {
    return require(`${name}/package.json`).version;
  } catch {
    return "unknown";
  }
}

/** A page of Chromium. */
export async function chromiumPlace(server) {
  const { chromium } = require("playwright-core");
  const { launchOptions } = await import("../../web-harness/chromium.js");
  const browser = await chromium.launch({ ...launchOptions, timeout: 30_000 });
  const page = await browser.newPage();
  const end = new Promise((_, reject) => {
    page.on("crash", () => reject(new Gone("the page crashed")));
    page.on("close", () => reject(new Gone("the page was closed")));
  });
  end.catch(() => {});
  await page.goto(`${server.url}bench/places/page.html`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  return {
    async ask(request, limit) {
      const reply = page.evaluate((asked) => globalThis.answer(asked), request);
      reply.catch(() => {});
      return checked(await within(limit, reply, end));
    },
    stop: () => Promise.race([browser.close().catch(() => {}), new Promise((done) => setTimeout(done, 5000))]),
    version: `Chromium ${browser.version()}`,
  };
}

/** A program that takes a case a line and answers in lines. Its first line says what it is. */
export async function programPlace([program, ...args]) {
  const child = spawn(program, args, { cwd: here(".."), stdio: ["pipe", "pipe", "pipe"] });
  const end = endOf(child, program.split("/").at(-1));
  child.stdin.on("error", () => {}); // it has ended: `end` says so
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (limit) => {
    const { value, done } = await within(limit, lines.next(), end);
    if (done) await within(2000, end, end); // says why
    return JSON.parse(value);
  };
  return {
    async ask({ action, task, seconds }, limit) {
      if (action === "open") return await answer(limit);
      child.stdin.write(`${[task.kind, seconds, ...task.args].join(" ")}\n`);
      const { error, ...result } = await answer(limit);
      return checked({ result, error });
    },
    stop: async () => void child.kill("SIGKILL"),
  };
}
