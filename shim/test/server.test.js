// The development server: what it sends, and what it does not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../web-harness/server.mjs";

const folder = mkdtempSync(join(tmpdir(), "ndfuse-server-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "site/sub/bare"), { recursive: true });
mkdirSync(join(folder, "site2"));
mkdirSync(join(folder, "more"));
for (const [name, text] of [
  ["site/index.html", "<p>index"],
  ["site/program.mjs", "export default 1;"],
  ["site/program.wasm", "\0asm"],
  ["site/a name.png", "png"],
  ["site/unknown.xyz", "?"],
  ["site/sub/index.html", "<p>sub"],
  ["site/sub/bare/one & two.txt", "text"],
  ["site2/secret.txt", "secret"],
  ["more/x.js", "1;"],
  ["secret.txt", "secret"],
]) {
  writeFileSync(join(folder, name), text);
}

describe("the server", () => {
  let server;
  before(async () => {
    server = await serve({ roots: { "/": join(folder, "site"), "/more/": join(folder, "more") } });
  });
  after(() => server.close());
  const get = (path, options) => fetch(new URL(path, server.url), options);
  /** A request whose path no client has tidied up. */
  const raw = async (path) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of socket) text += chunk;
    return text;
  };

  for (const [path, type, text] of [
    ["", "text/html; charset=utf-8", "<p>index"],
    ["program.mjs", "text/javascript; charset=utf-8", "export default 1;"],
    ["program.wasm", "application/wasm", "\0asm"],
    ["a%20name.png", "image/png", "png"],
    ["unknown.xyz", "application/octet-stream", "?"],
    ["sub/?q=1", "text/html; charset=utf-8", "<p>sub"],
    ["more/x.js", "text/javascript; charset=utf-8", "1;"],
  ]) {
    test(`/${path} is ${type}`, async () => {
      const response = await get(path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), type);
      assert.equal(await response.text(), text);
    });
  }

  test("isolation headers with everything, also with what is missing", async () => {
    for (const path of ["program.mjs", "missing"]) {
      const { headers } = await get(path);
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-embedder-policy"), "require-corp");
      assert.equal(headers.get("content-security-policy"), null);
    }
  });

  test("a strict policy below /csp/, with the same files", async () => {
    const response = await get("csp/program.mjs");
    assert.equal(await response.text(), "export default 1;");
    const policy = response.headers.get("content-security-policy");
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'; worker-src 'self';/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|blob:/);
  });

  test("a folder without index is listed, a folder without slash is redirected", async () => {
    const listing = await (await get("sub/bare/")).text();
    assert.match(listing, /<a href="one%20&%20two.txt">one &#38; two.txt<\/a>/);
    const redirect = await get("sub", { redirect: "manual" });
    assert.equal(redirect.status, 301);
    assert.equal(redirect.headers.get("location"), "/sub/");
  });

  test("nothing outside of the roots", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/../site2/secret.txt",
      "/more/../../secret.txt",
    ]) {
      const answer = await raw(path);
      assert.match(answer, /^HTTP\/1\.1 404/, path);
      assert.doesNotMatch(answer, /\r\n\r\nsecret/, path);
    }
    assert.match(await raw("/%ff"), /^HTTP\/1\.1 400/);
    assert.equal((await get("missing.js")).status, 404);
    assert.equal((await get("program.mjs", { method: "POST" })).status, 405);
  });

  test("HEAD sends headers alone", async () => {
    const response = await get("program.wasm", { method: "HEAD" });
    assert.equal(response.headers.get("content-length"), "4");
    assert.equal(await response.text(), "");
  });
});

test("without isolation, with the policy everywhere", async () => {
  const server = await serve({ roots: { "/": join(folder, "site") }, isolation: false, csp: true });
  const { headers } = await fetch(server.url);
  assert.equal(headers.get("cross-origin-opener-policy"), null);
  assert.match(headers.get("content-security-policy"), /script-src 'self'/);
  await server.close();
});

test("a prefix must look like one", async () => {
  await assert.rejects(serve({ roots: { "/x": folder } }), /begin and end with a slash, unlike "\/x"/);
});

test("the command prints its address", async () => {
  const script = fileURLToPath(new URL("../../web-harness/server.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, "--port", "0", "--root", join(folder, "site")]);
  const [line] = await once(child.stdout, "data");
  const [, url] = /is served at (http:\S+)/.exec(String(line));
  assert.equal(await (await fetch(url)).text(), "<p>index");
  child.kill();
  await once(child, "exit");
});
