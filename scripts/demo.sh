#!/usr/bin/env bash
# Builds the examples, runs each of them in Chromium on WebGPU and WebGL2, in Node on WebGPU, and on the CPU device (in Node and
# natively), checks the results against NumPy, and makes build/demo/index.html. Ends with a table; the status is not 0 if anything failed.
#   scripts/demo.sh              everything
#   scripts/demo.sh --picture    remakes docs/images/demo.webp as well, from what ran natively
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi

examples=(mandelbrot heat black_scholes matmul)
places=(chromium-webgpu chromium-webgl node-webgpu node-cpu native-cpu)
out=build/demo

for preset in wasm-release native-release; do
  echo "=== Building the examples, $preset"
  cmake --preset "$preset" >"build/$preset.configure.log" || { cat "build/$preset.configure.log"; exit 1; }
  cmake --build --preset "$preset" --target ndfuse_examples
done

# run PLACE EXAMPLE
run() {
  case $1 in
    native-*) "build/native-release/examples/$2" "$out/$1" ;;
    *) node web-harness/demo/run.mjs "${1%-*}" "${1#*-}" "build/wasm-release/examples/$2.mjs" "$out/$1" ;;
  esac
}

rm -rf "$out"
for place in "${places[@]}"; do
  echo "=== Running in ${place%-*} on ${place#*-}"
  mkdir -p "$out/$place"
  for example in "${examples[@]}"; do
    # A failed run leaves no report, by which the check below knows it.
    run "$place" "$example" 2>&1 </dev/null | tee "$out/$place/$example.log" || rm -f "$out/$place/$example.json"
  done
done

echo "=== Checking against NumPy"
python examples/check.py "$out" "${places[@]}"
[ "${1:-}" != --picture ] || python examples/pictures.py "$out/native-cpu" docs/images/demo.webp
python web-harness/demo/page.py "$out"
