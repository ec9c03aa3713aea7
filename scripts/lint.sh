#!/usr/bin/env bash
# Layout and common mistakes, one check for each tool. With --fix: lays the files out instead.
# NDFUSE_COUNTS: a file that gets "passed failed skipped".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
passed=0
failed=0

# Files that git knows or would take, of these patterns.
files() { git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' f; do [ -f "$f" ] && printf '%s\0' "$f"; done; }

check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
}

# Names the files that clang-format would change, and no more.
cpp() {
  local changed
  changed=$(files '*.hpp' '*.cpp' | xargs -0 clang-format --dry-run --Werror 2>&1 | sed -n 's/^\([^:]*\):[0-9].*clang-format-violations.*/  \1/p' | sort -u)
  [ -z "$changed" ] || printf 'make format would change\n%s\n' "$changed"
  [ -z "$changed" ]
}
# The set-up's parts are checked where setup.sh sources them.
shell() { files '*.sh' .ci/run ':!scripts/setup/' | xargs -0 shellcheck --external-sources; }
biome=node_modules/.bin/biome

if [ "${1:-}" = --fix ]; then
  files '*.hpp' '*.cpp' | xargs -0 clang-format -i
  "$biome" format --write
  ruff format .
  exit
fi
check "clang-format" cpp
check "biome format" "$biome" format --max-diagnostics=5
check "biome lint" "$biome" lint --error-on-warnings --diagnostic-level=warn
check "ruff format" ruff format --check --output-format=concise .
check "ruff check" ruff check --output-format=concise .
check "shellcheck" shell
[ -z "${NDFUSE_COUNTS:-}" ] || echo "$passed $failed 0" >"$NDFUSE_COUNTS"
[ "$failed" -eq 0 ]
