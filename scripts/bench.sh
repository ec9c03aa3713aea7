#!/usr/bin/env bash
# Builds and runs the measurements in Node and in Chromium, there beside TensorFlow.js, one JSON object each. What counts are ratios within one object: a share of the
# vec4 copy that the same run measured.
#   scripts/bench.sh [LOG2_ELEMENTS]     default 20; 26 on a real GPU
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi
size=${1:-20}
cmake --preset wasm-release >build/wasm-release.configure.log || { cat build/wasm-release.configure.log; exit 1; }
cmake --build --preset wasm-release --target ndfuse_bench ndfuse_algorithms
mkdir -p build/bench
program=build/wasm-release/bench/ndfuse_bench.mjs
echo "=== Node, in a worker";      node bench/run.mjs node "$program" "$size" | tee build/bench/node-worker.json
echo "=== Node, in this thread";   node bench/run.mjs node "$program" --threads local "$size" | tee build/bench/node-local.json
[ -d bench/peers/node_modules ] || npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund
echo "=== Chromium, WebGPU";       node bench/run.mjs chromium "$program" "$size" | tee build/bench/chromium.json
echo "=== Chromium, WebGL2, and TensorFlow.js"
node bench/run.mjs chromium "$program" --device webgl --peers "$size" | tee build/bench/chromium-webgl.json
echo "=== Array algorithms in Node: ours, TensorFlow.js's, jax-js's"
for library in "ndfuse build/wasm-release/bench/ndfuse_algorithms.mjs" tensorflow jax; do
  # shellcheck disable=SC2086
  node bench/algorithms.mjs $library "$size" | tee "build/bench/algorithms-${library%% *}.json"
done
if python -c 'import torch; torch.cuda.init()' 2>/dev/null; then
  echo "=== The same in PyTorch on CUDA"
  python bench/algorithms.py "$size" | tee build/bench/algorithms-torch.json
fi
