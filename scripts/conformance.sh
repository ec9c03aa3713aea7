#!/usr/bin/env bash
# CuPy's own tests against our `cupy`, natively on the CPU device.
#   scripts/conformance.sh                 all that is not excluded; writes docs/conformance.md and tests/conformance/failing.txt
#   scripts/conformance.sh --sample 500    a fixed random sample of those that are known to pass, for make test
#   scripts/conformance.sh PATH...         these, e.g. sorting_tests/test_sort.py; further arguments are pytest's
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi
export CUPY_TESTS=$NDFUSE_TOOLCHAIN/cupy_tests PYTHONPATH=python:python/cupy:tests/conformance PYTHONDONTWRITEBYTECODE=1
export NDFUSE_CORE=${NDFUSE_CORE:-$PWD/build/native-release/python/libndfuse_core.so}
if [ ! -f "$NDFUSE_CORE" ]; then
  cmake --preset native-release >build/native-release.configure.log
  cmake --build --preset native-release --target ndfuse_core
fi

tests=$CUPY_TESTS/tests/cupy_tests
paths=() options=()
for one in "$@"; do
  if [ -e "$tests/${one%%::*}" ]; then paths+=("$tests/$one"); else options+=("$one"); fi
done
if [ "${#paths[@]}" -eq 0 ]; then
  [[ " $* " == *" --sample "* ]] || options+=(--report docs/conformance.md)
  for one in creation indexing logic manipulation math sorting statistics binary padding; do paths+=("$tests/${one}_tests"); done
fi
python -m pytest -p cupy_plugin --rootdir="$CUPY_TESTS/tests" -c /dev/null --confcutdir="$tests" -p no:cacheprovider \
  -q --tb=line ${options[@]+"${options[@]}"} "${paths[@]}"
