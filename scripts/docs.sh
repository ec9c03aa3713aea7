#!/usr/bin/env bash
# Writes the generated parts of the pages anew (README.md, docs/*.md), and builds the API reference: build/docs/index.html.
#   scripts/docs.sh            both
#   scripts/docs.sh --pages    the pages alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi

mkdir -p build/docs
cmake --preset native-release >build/docs/configure.log || { cat build/docs/configure.log; exit 1; }
cmake --build --preset native-release --target ndfuse_docs_programs
python docs/generate.py build/native-release/docs
[ "${1:-}" != --pages ] || exit 0

if ! command -v doxygen >/dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "installing doxygen by apt-get"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends doxygen >build/docs/apt.log 2>&1 ||
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends doxygen; } >build/docs/apt.log 2>&1 ||
    tail -n 5 build/docs/apt.log >&2
fi
if ! command -v doxygen >/dev/null; then
  echo "the API reference needs Doxygen: apt-get install doxygen" >&2
  exit 1
fi
doxygen docs/Doxyfile
echo "the API reference is build/docs/index.html"
