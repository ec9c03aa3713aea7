// tests/python, by pytest inside Pyodide, on each device. Tests marked slow run in CPython only.
import { expect, files, numpy, pytest, test } from "./python-harness.js";

const RUN = `
import os, sys
os.chdir("/checkout")
sys.dont_write_bytecode = True
import pytest
pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not slow", "--junitxml=/report.xml", "tests/python"])
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
        ["files", files()],
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
