#!/usr/bin/env bash
# Brings everything that ndfuse is built and tested with into one cache folder, shared by every checkout:
#   ${XDG_CACHE_HOME:-~/.cache}/ndfuse/    component-KEY/ (made once per content of its lock file), KEY/ (links to components; bin/; env.sh)
# and makes the links build/toolchain and node_modules in this checkout. Run it as often as you like: what is there is not made again.
# No system file is changed, except by the system's package manager when run as root.
#   scripts/setup.sh          set up
#   scripts/setup.sh --lock   record what Debian testing has now in scripts/*.lock (fetches it into an empty folder)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ndfuse
lock=$here/toolchain.lock
# shellcheck source=scripts/setup/common.sh
. "$here/setup/common.sh"
# shellcheck source=scripts/setup/debian.sh
. "$here/setup/debian.sh"
# shellcheck source=scripts/setup/compilers.sh
. "$here/setup/compilers.sh"
# shellcheck source=scripts/setup/libraries.sh
. "$here/setup/libraries.sh"
# shellcheck source=scripts/setup/python.sh
. "$here/setup/python.sh"
# shellcheck source=scripts/setup/conformance.sh
. "$here/setup/conformance.sh"
# shellcheck source=scripts/setup/view.sh
. "$here/setup/view.sh"

if [ "${1:-}" = --lock ]; then
  cache=$(mktemp -d "${TMPDIR:-/tmp}/ndfuse-lock.XXXXXX")
  lock=$cache/empty.lock
  : >"$lock"
fi
mkdir -p "$cache" "$top/build"
# Whoever sourced env.sh has our own wrappers on PATH; they are not the system's compilers.
PATH=$(tr : '\n' <<<"$PATH" | grep -vF "$cache/" | grep -vF "${NDFUSE_TOOLCHAIN:-/build/toolchain}" | paste -sd :)
exec 9>"$cache/lock"
if ! flock -n 9; then
  say "another set-up is running; waiting for it"
  flock 9
fi
rm -f "$cache"/log.* # of a set-up that was killed
fetched=$cache/fetched
: >"$fetched"

key=$(hash_of "$lock" "$top/package-lock.json" "$top/requirements.txt" "$top/requirements-pyodide.txt")
compilers_key=$(hash_of "$lock") # a number after it is raised when the way of making a component changes
view=$cache/$key
mkdir -p "$view/bin"

component python "$(hash_of "$top/requirements.txt")" make_python || missing+=("the Python environment: see above")
component pyodide_wheels "$(hash_of "$top/requirements-pyodide.txt")" make_pyodide_wheels || missing+=("wheels for Pyodide: see above")
component cupy_tests "$(hash_of "$top/requirements-cupy.txt")" make_cupy_tests || missing+=("the tests of CuPy: see above")
find_node
if [ -n "$node" ]; then component node "$(hash_of "$top/package-lock.json")" make_node || missing+=("the Node packages: npm ci --ignore-scripts"); fi

emscripten=$(system_emscripten)
native=$(system_compiler)
if [ "${1:-}" = --lock ] || [ -z "$emscripten" ] || [ -z "$native" ]; then
  component compilers "$compilers_key" make_compilers ||
    missing+=("Emscripten 5 or newer and clang 18 or newer with libc++: put emsdk's emcc and such a clang++ on PATH")
fi
component hana "$compilers_key" make_hana || missing+=("Boost.Hana of Boost 1.82 or newer: apt-get install libboost-dev")
component catch2 "$compilers_key-2" make_catch2 || missing+=("Catch2's amalgamated source: put the extras/ of Catch2 3.7 into $view/catch2")
if [ "${1:-}" = --lock ]; then
  [ "${#missing[@]}" -eq 0 ] || die "nothing was recorded: ${missing[*]}"
  write_lock() {
    {
      echo "# What the set-up fetched from Debian testing: name, version, sha256. Written by scripts/setup.sh --lock."
      sort -u "$fetched"
    } >"$here/$1.lock"
  }
  write_lock toolchain
  : >"$fetched"
  debian_fetch "$cache/debs" "${native_python[@]}" || die "nothing was recorded of the Python that builds NumPy for Pyodide"
  write_lock pyodide_numpy
  rm -rf "$cache"
  say "scripts/*.lock are written; run scripts/setup.sh"
  exit 0
fi
write_wrappers
write_env
ln -sfn "$view" "$top/build/toolchain"
[ -L "$top/node_modules" ] || [ ! -e "$top/node_modules" ] || rm -rf "$top/node_modules"
ln -sfn "$view/node/node_modules" "$top/node_modules"

if [ -x "$view/bin/clang++" ]; then
  check_native || missing+=("a working native compiler: see above")
fi
if [ -x "$view/bin/em++" ]; then
  component emscripten_libraries "$compilers_key" make_emscripten_libraries || missing+=("Emscripten's system libraries: see above")
fi

if [ -x "$view/bin/em++" ] && [ -d "$view/node/node_modules/pyodide" ]; then
  pyodide_numpy || missing+=("NumPy for Pyodide: see above; NDFUSE_PYODIDE_NUMPY=FILE may name a wheel")
fi

chrome=$(find_chromium)
if [ -z "$chrome" ]; then
  from=$SECONDS
  if install chromium; then times+=("$((SECONDS - from)) chromium"); fi
  chrome=$(find_chromium)
fi
if [ -n "$chrome" ]; then link_vulkan; else missing+=("Chromium: apt-get install chromium, or set CHROME to a Chromium's program"); fi
write_env

rm -rf "$cache/apt"

if [ "${#times[@]}" -gt 0 ]; then
  say "seconds by component:"
  printf '  %s\n' "${times[@]}" >&2
fi
if [ "${#missing[@]}" -gt 0 ]; then
  say "MISSING:"
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi
say "set-up is complete ($((SECONDS - started)) s): build/toolchain -> $view"
