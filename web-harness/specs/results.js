// What the pages say, taken apart. `page` is Playwright's or puppeteer's.

/** The lines `name: text` by name; what follows a line and is none of them belongs to it. */
export function said(lines) {
  const found = {};
  let name = "";
  for (const line of lines.filter((one) => one !== "waiting" && one !== "done")) {
    const [, key, text] = /^([a-z][a-z0-9 ]*): (.*)$/.exec(line) ?? [];
    if (key) found[(name = key)] = text;
    else if (name) found[name] += `\n${line}`;
  }
  return found;
}

/** How many cases passed, by Catch2's last lines. */
export function casesOf(lines) {
  const text = lines.slice(-5).join("\n");
  const all = /All tests passed \(\d+ assertions in (\d+) test cases?\)/.exec(text);
  const some = /test cases: +\d+ \| +(\d+) passed/.exec(text);
  return Number((all ?? some)?.[1] ?? 0);
}

/** What capabilities.html shows: its sections by title, the rows of what was measured, and how it ended. */
export async function capabilitiesOf(page) {
  const textOf = (id) => page.evaluate((name) => document.getElementById(name).textContent, id);
  const parts = (await textOf("text")).split(/^## /m);
  const sections = Object.fromEntries(parts.map((part) => part.split(/\n(.*)/s)));
  const [head, , ...rows] = sections.Measured.split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(2, -2).split(" | "));
  const measured = rows.map((row) => Object.fromEntries(row.map((cell, i) => [head[i], cell.trim()])));
  return { sections, measured, state: await textOf("state") };
}
