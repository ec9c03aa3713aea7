#!/usr/bin/env bash
# Builds what is measured, measures it beside its peers in Node, in Chromium and on the CPU, and writes the table of all.
#   scripts/bench.sh                 on this machine: small arrays where its GPU is a software adapter (under three minutes)
#   scripts/bench.sh --scale full|small
#   scripts/bench.sh --report        makes tables and plots of bench/results anew from the JSON files there
# Results of a GPU go to bench/results/ADAPTER, to be committed; those of a software adapter to build/bench/results/ADAPTER.
# What the programs here are given besides, by variables of the environment, says bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi
usage() { sed -n '2,7s/^# //p' "$0"; exit 2; }

scale='' report=''
while [ $# -gt 0 ]; do
  case $1 in
    --report) report=1 ;;
    --scale) shift; scale=${1:-}; [[ $scale =~ ^(full|small)$ ]] || usage ;;
    *) usage ;;
  esac
  shift
done

if ! [ bench/peers/node_modules/.package-lock.json -nt bench/peers/package-lock.json ]; then
  npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund
fi
if [ -n "$report" ]; then
  shopt -s nullglob
  node bench/report.mjs bench/results/*/
  exit
fi

for preset in wasm-release native-release; do
  cmake --preset "$preset" >"build/$preset.configure.log" || { cat "build/$preset.configure.log"; exit 1; }
  cmake --build --preset "$preset" --target ndfuse_cases
done
scripts/python.sh >build/python.log 2>&1 || { cat build/python.log; exit 1; }

# A Python that has PyTorch and a GPU for it, where there is one.
if [ -z "${NDFUSE_CUDA_PYTHON:-}" ]; then
  for python in $(type -ap python3); do
    if "$python" -c 'import torch; torch.cuda.init()' 2>/dev/null; then
      export NDFUSE_CUDA_PYTHON=$python
      break
    fi
  done
fi
mkdir -p build/bench
# Two short cases tell which adapter there is.
probe=build/bench/probe.json
node bench/run.mjs --place node --scale small --contenders handwritten --out "$probe"
read -r software slug < <(node -e '
  const { software, adapter } = JSON.parse(require("fs").readFileSync(process.argv[1]));
  console.log(software, adapter.replace(/ \(.*/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "no-gpu");' "$probe")
results=bench/results/$slug
if [ "$software" = true ] || [ "$slug" = no-gpu ]; then results=build/bench/results/$slug scale=${scale:-small}; fi
[ "${scale:-full}" = full ] || results=build/bench/results/$slug
for place in node chromium cpu; do
  echo "=== $place"
  node bench/run.mjs --place "$place" --scale "${scale:-full}" --out "$results/$place.json"
done
node bench/report.mjs "$results"
