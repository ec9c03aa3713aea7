# What runs inside Pyodide in tests, beside its own Python: wheels of pure Python, and NumPy. Sourced by setup.sh.
# shellcheck shell=bash

pyodide_tag=pyemscripten_2026_0_wasm32 # of the Pyodide that package-lock.json names

# pytest, Hypothesis ... as wheels.
make_pyodide_wheels() {
  step "fetching wheels for Pyodide" "$view/python/bin/python" -m pip download -q --no-input --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --implementation cp --python-version 3.14 --abi cp314 --platform "$pyodide_tag" -d "$1" -r "$top/requirements-pyodide.txt"
}
