// tests/python, by pytest inside Pyodide, on each device, and a sample of CuPy's own tests on WebGPU. Tests marked slow run in CPython only.
import { cupyFiles, expect, files, numpy, pytest, test } from "./python-harness.js";

const RUN = `
import os, sys
os.chdir("/checkout")
sys.dont_write_bytecode = True
import pytest
pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not slow", "--junitxml=/report.xml", "tests/python"])
`;

const folders = ["creation", "indexing", "logic", "manipulation", "math", "sorting", "statistics", "binary", "padding"];
const CUPY = `
import os, sys
os.environ["CUPY_TESTS"] = "/cupy_tests"
sys.path[:0] = ["/checkout/tests/conformance", "/checkout/python/cupy"]
sys.dont_write_bytecode = True
import pytest
root = "/cupy_tests/tests"
pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "cupy_plugin", "--sample", "220", "--junitxml=/report.xml",
             "--ignore=" + root + "/cupy_tests/math_tests/test_arithmetic.py",  # ten thousand tests of a few functions
             "--rootdir=" + root, "--confcutdir=" + root + "/cupy_tests", "-c", "/dev/null",
             *[f"{root}/cupy_tests/{one}_tests" for one in ${JSON.stringify(folders)}]])
`;

/** Runs pytest in a page and expects that nothing fails, and that more than `least` tests run. */
async function tested(python, { device, code, given, least }) {
  const { error, lines, results, report, milliseconds } = await python({
    isolated: true,
    place: "worker",
    options: { device },
    packages: [...numpy, ...pytest],
    steps: [
      ["files", given],
      ["runAsync", code],
      ["run", "open('/report.xml').read()"],
    ],
  });
  if (error) console.log(lines.join("\n"));
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
  expect(all - skipped).toBeGreaterThan(least);
}

for (const device of ["webgpu", "webgl", "cpu"]) {
  test(`tests/python on ${device}`, async ({ python }) => {
    test.setTimeout(900_000);
    await tested(python, { device, code: RUN, given: files(), least: 100 });
  });
}

test("a sample of CuPy's tests on webgpu", async ({ python }) => {
  test.setTimeout(900_000);
  await tested(python, { device: "webgpu", code: CUPY, given: { ...files(), ...cupyFiles() }, least: 199 });
});
