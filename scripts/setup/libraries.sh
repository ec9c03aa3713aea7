# What the compilers and tests read or run beside themselves: Boost.Hana, Catch2, the Node packages, the Python environment, the browser.
# Sourced by setup.sh.
# shellcheck shell=bash

# Hana's headers alone. Boost 1.75 or newer (older ones do not compile with a new clang), never by -I/usr/include, which em++ must not see.
make_hana() {
  local package version
  version=$(sed -n 's/^#define BOOST_LIB_VERSION "\(.*\)"/\1/p' /usr/include/boost/version.hpp 2>/dev/null | tr _ .)
  mkdir -p "$1/include/boost"
  if version_at_least "${version:-0}" 1.82 && [ -d /usr/include/boost/hana ]; then
    cp -r /usr/include/boost/hana /usr/include/boost/hana.hpp "$1/include/boost/"
    return
  fi
  debian_ready || return 1
  package=$(debian_dependency libboost-dev 'libboost[0-9.]+-dev')
  debian_fetch "$1/debs" "$package" || return 1
  dpkg-deb --fsys-tarfile "$1"/debs/*.deb | tar -x -C "$1" --strip-components=2 --wildcards './usr/include/boost/hana*' || return 1
  rm -rf "$1/debs"
  [ -f "$1/include/boost/hana/basic_tuple.hpp" ]
}

# Catch2's amalgamated source and its CMake script, from the source package; each build compiles it with its own flags.
make_catch2() {
  local archive
  debian_ready || return 1
  (cd "$1" && step "fetching Catch2's source" apt-get "${apt_flags[@]}" source --download-only -q catch2) || return 1
  archive=$(find "$1" -name 'catch2_*.orig.tar.gz')
  compare_with_lock catch2 "$(sed 's/.*_\(.*\)\.orig.*/\1/' <<<"$archive")" "$(sha256sum "$archive" | cut -d' ' -f1)"
  tar -xzf "$archive" -C "$1" --strip-components=2 --wildcards '*/extras/*atch*' || return 1
  rm -f "$1"/catch2_*
  [ -f "$1/Catch.cmake" ]
}

# CMake, Ninja, NumPy, pytest, ruff ...
make_python() {
  local python
  have python3 || install python3 python3-venv
  python=$(find_python)
  [ -n "$python" ] || { missing+=("Python 3.11 or newer: apt-get install python3 python3-venv"); return 1; }
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    install python3-venv || { missing+=("Python's venv: apt-get install python3-venv"); return 1; }
  fi
  step "making a Python environment" "$python" -m venv "$1" || return 1
  step "installing requirements.txt" "$1/bin/python" -m pip install -q --no-input --disable-pip-version-check --require-hashes --only-binary :all: -r "$top/requirements.txt"
}

find_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if have "$python" && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      command -v "$python"
      return
    fi
  done
}

make_nodejs() {
  step "installing requirements-node.txt" "$view/python/bin/python" -m pip install -q --no-input --disable-pip-version-check --require-hashes --only-binary :all: --target "$1" -r "$top/requirements-node.txt"
}

make_node() {
  cp "$top/package.json" "$top/package-lock.json" "$1/"
  (cd "$1" && step "npm ci" "${npm[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

find_chromium() {
  local c
  for c in "${CHROME:-}" chromium chromium-browser google-chrome chrome; do
    if [ -n "$c" ] && have "$c"; then command -v "$c"; return; fi
  done
}

# SwiftShader, the software driver that Chromium brings, also serves Dawn in Node; Dawn looks for libvulkan.so.1 by name. A folder with that
# one link, because Chromium's own folder holds other libraries that would replace the system's.
link_vulkan() {
  local folder=$view/vulkan icd
  for icd in "$(dirname "$(readlink -f "$chrome")")" /usr/lib/chromium /usr/lib/chromium-browser /opt/google/chrome; do
    [ -f "$icd/vk_swiftshader_icd.json" ] || continue
    mkdir -p "$folder"
    ln -sfn "$icd/libvulkan.so.1" "$folder/libvulkan.so.1"
    ln -sfn "$icd" "$folder/swiftshader"
    return
  done
  missing+=("SwiftShader for Node (vk_swiftshader_icd.json beside Chromium): apt-get install chromium")
}
