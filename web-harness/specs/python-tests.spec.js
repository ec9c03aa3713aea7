// tests/python, by pytest inside Pyodide, on each device. Tests marked slow run in CPython only.
import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { expect, numpy, pytest, test, tests } from "./python-harness.js";

/** The files of tests/python: path in Python's file system -> address below a site. */
const files = Object.fromEntries(
  readdirSync(tests, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || !/\.(py|toml|ini|npz|json)$/.test(entry.name)) return [];
    const path = relative(tests, resolve(entry.parentPath ?? entry.path, entry.name));
    return [[`/tests/python/${path}`, `tests/${path}`]];
  }),
);

const RUN = `
import os, sys
os.chdir("/tests/python")
sys.dont_write_bytecode = True
import pytest
pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not slow", "--junitxml=/report.xml", "."])
`;

for (const device of ["webgpu", "webgl", "cpu"]) {
  test(`tests/python on ${device}`, async ({ python }) => {
    test.setTimeout(400_000);
    const { error, lines, results, report, milliseconds } = await python({
      isolated: true,
      place: "worker",
      options: { device },
      packages: [...numpy, ...pytest],
      steps: [
        ["files", files],
        ["runAsync", RUN],
        ["run", "open('/report.xml').read()"],
      ],
    });
    expect(error).toBeUndefined();
    expect(report.device).toBe(device);
    const suite = /<testsuite [^>]*>/.exec(results[2])[0];
    const [all, failed, errors, skipped] = ["tests", "failures", "errors", "skipped"].map((name) =>
      Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)[1]),
    );
    const seconds = Math.round(milliseconds.at(-1) / 1000);
    console.log(
      `${device}: ${all - failed - errors - skipped} passed, ${failed} failed, ${errors} errors, ${skipped} skipped in ${seconds} s`,
    );
    if (failed + errors > 0) console.log(lines.join("\n"));
    expect(failed + errors).toBe(0);
    expect(all - skipped).toBeGreaterThan(100);
  });
}
