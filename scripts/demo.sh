#!/usr/bin/env bash
# Builds the examples, runs each of them in Chromium on WebGPU and WebGL2, in Node on WebGPU, on the CPU device (in Node and natively),
# and those in Python in a page's Pyodide on WebGPU and WebGL2, and in CPython; checks the results against NumPy, and makes build/demo/index.html. Ends with a table; the status is not 0 if anything failed.
#   scripts/demo.sh              everything
#   scripts/demo.sh --picture    remakes docs/images/demo.webp as well, from what ran natively
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi

examples=(mandelbrot heat black_scholes matmul)
in_python=(mandelbrot heat black_scholes)
places=(chromium-webgpu chromium-webgl pyodide-webgpu pyodide-webgl node-webgpu node-cpu native-cpu python-cpu)
out=build/demo

for preset in wasm-release native-release; do
  echo "=== Building the examples, $preset"
  cmake --preset "$preset" >"build/$preset.configure.log" || { cat "build/$preset.configure.log"; exit 1; }
  cmake --build --preset "$preset" --target ndfuse_examples
done

echo "=== Building the Python package"
scripts/python.sh >build/python.log 2>&1 || { cat build/python.log; exit 1; }

# run PLACE EXAMPLE
run() {
  case $1 in
    python-*) NDFUSE_CORE=build/native-release/python/libndfuse_core.so PYTHONPATH=python python "examples/python/demo/$2.py" "$out/$1" ;;
    pyodide-*) node web-harness/demo/run.mjs pyodide "${1#*-}" "examples/python/demo/$2.py" "$out/$1" ;;
    native-*) "build/native-release/examples/$2" "$out/$1" ;;
    *) node web-harness/demo/run.mjs "${1%-*}" "${1#*-}" "build/wasm-release/examples/$2.mjs" "$out/$1" ;;
  esac
}

rm -rf "$out"
for place in "${places[@]}"; do
  echo "=== Running in ${place%-*} on ${place#*-}"
  mkdir -p "$out/$place"
  programs=("${examples[@]}")
  case $place in py*) programs=("${in_python[@]}") ;; esac
  for example in "${programs[@]}"; do
    # A failed run leaves no report, by which the check below knows it.
    run "$place" "$example" 2>&1 </dev/null | tee "$out/$place/$example.log" || rm -f "$out/$place/$example.json"
  done
done

echo "=== Checking against NumPy"
python examples/check.py "$out" "${places[@]}"
[ "${1:-}" != --picture ] || python examples/pictures.py "$out/native-cpu" docs/images/demo.webp
python web-harness/demo/page.py "$out"
