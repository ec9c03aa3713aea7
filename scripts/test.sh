#!/usr/bin/env bash
# Runs every test runner, one after another, streams what they print, and ends with a table and the total of all.
# A runner that has nothing to run, ends by an error of its own, or gives no readable counts, counts as failed.
#   scripts/test.sh             all runners
#   scripts/test.sh NAME...     these runners: native-release native-asan wasm-release shim pages python conformance bench lint
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi
export NDFUSE_COUNTS NDFUSE_JUNIT
results=build/test
mkdir -p "$results"

# --- The runners. Each leaves $NDFUSE_JUNIT (a JUnit report) or $NDFUSE_COUNTS ("passed failed skipped").

with_preset() {
  local status=0
  cmake --preset "$1" || return
  cmake --build --preset "$1" -- -k 0 || status=1 # what does not depend on the broken part is still built and tested
  ctest --preset "$1" --output-junit "$PWD/$NDFUSE_JUNIT" || status=1
  return "$status"
}
native-release() { with_preset native-release; }
native-asan() { with_preset native-asan; }
wasm-release() { with_preset wasm-release; }

shim() {
  local files
  mapfile -t files < <(find shim/test -name '*.test.js' | sort)
  [ "${#files[@]}" -gt 0 ] || return
  node --expose-gc --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination="$NDFUSE_JUNIT" "${files[@]}"
}

pages() {
  cmake --preset wasm-release && cmake --build --preset wasm-release && scripts/python.sh &&
    PLAYWRIGHT_JUNIT_OUTPUT_NAME=$PWD/$NDFUSE_JUNIT node_modules/.bin/playwright test --config web-harness/playwright.config.js
}

python() {
  cmake --preset native-release && cmake --build --preset native-release --target ndfuse_core &&
    NDFUSE_CORE=$PWD/build/native-release/python/libndfuse_core.so PYTHONPATH=python command python -m pytest tests/python --junitxml="$NDFUSE_JUNIT"
}

conformance() {
  cmake --preset native-release && cmake --build --preset native-release --target ndfuse_core && scripts/conformance.sh --sample 600 --junitxml="$NDFUSE_JUNIT"
}

# Every measurement of ndfuse, small: does it compute what it says?
bench() {
  cmake --preset wasm-release && cmake --build --preset wasm-release --target ndfuse_cases &&
    node bench/run.mjs --place node --scale small --check --contenders ndfuse,handwritten --junit "$NDFUSE_JUNIT"
}

lint() { scripts/lint.sh; }

# --- One after another.

runners=(native-release native-asan wasm-release shim pages)
[ ! -d tests/python ] || runners+=(python conformance)
runners+=(bench lint)
[ $# -eq 0 ] || runners=("$@")

rows=() failures=()
total_passed=0 total_failed=0 total_skipped=0
for runner in "${runners[@]}"; do
  declare -F "$runner" >/dev/null || { echo "there is no runner $runner" >&2; exit 2; }
  printf '\n=== %s\n' "$runner"
  NDFUSE_COUNTS=$results/$runner.counts NDFUSE_JUNIT=$results/$runner.xml
  rm -f "$NDFUSE_COUNTS" "$NDFUSE_JUNIT"
  from=$SECONDS status=0
  "$runner" </dev/null || status=$?
  counts='' names=()
  if [ -f "$NDFUSE_JUNIT" ]; then
    { read -r counts; mapfile -t names; } < <(command python scripts/junit_counts.py "$NDFUSE_JUNIT")
  fi
  if [ -f "$NDFUSE_COUNTS" ]; then counts=$(<"$NDFUSE_COUNTS"); fi
  read -r passed failed skipped <<<"$counts" || true
  note=
  if ! [[ $counts =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]]; then
    passed=0 failed=1 skipped=0 note="nothing ran, or no readable counts"
  elif [ $((passed + failed)) -eq 0 ]; then
    failed=1 note="nothing ran"
  elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1 note="ended with status $status"
  fi
  if [ "$failed" -gt "${#names[@]}" ]; then names+=("${note:-$((failed - ${#names[@]})) that have no names here}"); fi
  failures+=("${names[@]/#/$runner: }")
  total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
  rows+=("$(printf '%-16s %6d passed %5d failed %5d skipped %5d s  %s' "$runner" "$passed" "$failed" "$skipped" $((SECONDS - from)) "$note")")
done

# The failures by name, here too: whoever sees only the end of the output learns them.
[ "${#failures[@]}" -eq 0 ] || printf '%s\n' '' 'Failed:' "${failures[@]}"
printf '\n'
printf '%s\n' "${rows[@]}"
printf '%d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
[ "$total_failed" -eq 0 ]
