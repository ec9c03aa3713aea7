#!/usr/bin/env node
// node web-harness/server.mjs [--port 8123] [--root folder] [--no-isolation] [--csp]
// A static server for development and tests: MIME types, isolation headers (SharedArrayBuffer), and a strict content
// security policy for everything with --csp, or for paths below /csp/ (the same files).
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".wgsl": "text/plain; charset=utf-8",
};
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self'";

/**
 * Serves folders.
 * @param {object} [options]
 * @param {number} [options.port] 0: any free one
 * @param {string} [options.host]
 * @param {Record<string, string>} [options.roots] URL prefix (as "/demo/") to folder; the longest prefix that fits wins
 * @param {boolean} [options.isolation] send COOP and COEP, so that pages are cross-origin isolated
 * @param {boolean} [options.csp] send the strict policy with everything, not only below /csp/
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends in a slash
 */
export async function serve({
  port = 0,
  host = "127.0.0.1",
  roots = { "/": "." },
  isolation = true,
  csp = false,
} = {}) {
  const prefixes = Object.keys(roots).sort((a, b) => b.length - a.length);
  for (const prefix of prefixes) {
    if (!/^\/(.*\/)?$/.test(prefix))
      throw new TypeError(`a prefix must begin and end with a slash, unlike "${prefix}"`);
  }
  const server = createServer(async (request, response) => {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (isolation) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    }
    const fail = (status, text) => {
      response.writeHead(status, { "Content-Type": TYPES[".txt"] });
      response.end(`${status} ${text}\n`);
    };
    if (request.method !== "GET" && request.method !== "HEAD") return fail(405, `${request.method} is not allowed`);
    let path;
    try {
      path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    } catch {
      return fail(400, "the address cannot be decoded");
    }
    if (csp || path.startsWith("/csp/")) response.setHeader("Content-Security-Policy", POLICY);
    if (path.startsWith("/csp/")) path = path.slice("/csp".length);
    const prefix = prefixes.find((one) => path.startsWith(one));
    if (prefix === undefined || path.includes("\0")) return fail(404, path);
    const root = resolve(roots[prefix]);
    let file = resolve(root, path.slice(prefix.length));
    if (!`${file}${sep}`.startsWith(root.endsWith(sep) ? root : root + sep)) return fail(404, path);
    let found = await stat(file).catch(() => null);
    if (found?.isDirectory()) {
      const index = join(file, "index.html");
      const page = await stat(index).catch(() => null);
      if (!request.url.split("?")[0].endsWith("/")) {
        response.writeHead(301, { Location: `${request.url.split("?")[0]}/` });
        return response.end();
      }
      if (!page) return list(response, path, await readdir(file, { withFileTypes: true }));
      [file, found] = [index, page];
    }
    if (!found?.isFile()) return fail(404, path);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file).toLowerCase()] ?? "application/octet-stream",
      "Content-Length": found.size,
    });
    if (request.method === "HEAD") return response.end();
    pipeline(createReadStream(file), response, () => {});
  });
  await new Promise((listening, reject) => {
    server.once("error", reject);
    server.listen(port, host, listening);
  });
  return {
    url: `http://${host === "127.0.0.1" ? "localhost" : host}:${server.address().port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  };
}

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function list(response, path, entries) {
  const names = entries.map((entry) => entry.name + (entry.isDirectory() ? "/" : "")).sort();
  const items = names.map((name) => `<li><a href="${encodeURI(name)}">${escaped(name)}</a></li>`);
  response.writeHead(200, { "Content-Type": TYPES[".html"] });
  response.end(`<!doctype html><title>${escaped(path)}</title><h1>${escaped(path)}</h1><ul>${items.join("")}</ul>\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const beside = (path) => fileURLToPath(new URL(path, import.meta.url));
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8123" },
      root: { type: "string", default: beside("../build") },
      "no-isolation": { type: "boolean", default: false },
      csp: { type: "boolean", default: false },
    },
  });
  const { url } = await serve({
    port: Number(values.port),
    roots: {
      "/": values.root,
      "/pages/": beside("pages"),
      "/pages/program/": beside("../build/wasm-release/tests/web"),
      "/pages/pyodide/": beside("../node_modules/pyodide"),
      "/pages/dist/": beside("../build/python/dist"),
      "/pages/live/": beside("../build/python/live"),
    },
    isolation: !values["no-isolation"],
    csp: values.csp,
  });
  console.log(`${values.root} is served at ${url} (with a strict content security policy below ${url}csp/)`);
  console.log(`${url}pages/live.html has Python and an editor, where one changes and reruns code`);
  console.log(`${url}pages/capabilities.html measures what a browser offers`);
  console.log(`${url}pages/start-up.html?remember=true measures the time from load to first result: load it twice`);
}
