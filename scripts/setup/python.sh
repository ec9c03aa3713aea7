# What runs inside Pyodide in tests, beside its own Python: wheels of pure Python, and NumPy. Sourced by setup.sh.
# shellcheck shell=bash

pyodide_tag=pyemscripten_2026_0_wasm32 # of the Pyodide that package-lock.json names

# pytest, Hypothesis ... as wheels.
make_pyodide_wheels() {
  step "fetching wheels for Pyodide" "$view/python/bin/python" -m pip download -q --no-input --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --implementation cp --python-version 3.14 --abi cp314 --platform "$pyodide_tag" -d "$1" -r "$top/requirements-pyodide.txt"
}

# NumPy as a wheel for Pyodide: that of NDFUSE_PYODIDE_NUMPY, or one made here, once, because no registry has any.
pyodide_numpy() {
  local version
  version=$(sed -n 's/^numpy==\([^ ]*\).*/\1/p' "$top/requirements.txt")-$(sed -n 's/.*"pyodide": "\(.*\)".*/\1/p' "$top/package.json")
  if [ -z "${NDFUSE_PYODIDE_NUMPY:-}" ]; then
    component pyodide_numpy "$version-1" make_pyodide_numpy
  elif [ -f "$NDFUSE_PYODIDE_NUMPY" ]; then
    component pyodide_numpy "$version-$(hash_of "$NDFUSE_PYODIDE_NUMPY")" copy_pyodide_numpy
  else
    say "NDFUSE_PYODIDE_NUMPY names $NDFUSE_PYODIDE_NUMPY, which is no file"
    return 1
  fi
}

copy_pyodide_numpy() { cp "$NDFUSE_PYODIDE_NUMPY" "$1/"; }

native_python=(python3.14-minimal libpython3.14-minimal libpython3.14-stdlib libpython3.14-dev libexpat1 zlib1g libc6)

# From NumPy's source distribution, by Emscripten. Its build asks a native Python 3.14 for names and paths, so Debian testing's is unpacked;
# that one is told what Pyodide's own Python remembers of its configuration.
make_pyodide_numpy() {
  local work=$1/work root=$1/work/root python=$1/work/python3.14 stdlib=$view/node/node_modules/pyodide/python_stdlib.zip
  local lock=$here/pyodide_numpy.lock meson="$view/python/bin/python $1/work/numpy/vendored-meson/meson/meson.py" deb status=0
  debian_ready || return 1
  debian_fetch "$work/debs" "${native_python[@]}" || return 1
  mkdir -p "$root"
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$root" || return 1; done
  {
    echo '#!/bin/sh'
    echo "_PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__emscripten_wasm32-emscripten PYTHONHOME='$root/usr' exec \\"
    echo "  '$root/usr/lib64/ld-linux-x86-64.so.2' --library-path '$root/usr/lib/x86_64-linux-gnu' --argv0 \"\$0\" '$root/usr/bin/python3.14' \"\$@\""
  } >"$python"
  chmod +x "$python"
  "$view/python/bin/python" "$here/setup/pyodide_numpy.py" configure "$stdlib" "$root/usr" && numpy_source "$work" &&
    "$view/python/bin/python" "$here/setup/pyodide_numpy.py" cross "$work" "$python" || return 1
  # shellcheck disable=SC2086 # words on purpose
  (
    PATH=$view/bin:$view/python/bin:$PATH
    step "configuring NumPy for Pyodide" $meson setup "$work/build" "$work/numpy" --cross-file "$work/cross.ini" --prefix=/usr --buildtype=release \
      -Dpython.platlibdir=/ -Dpython.purelibdir=/ -Dallow-noblas=true -Dblas=none -Dlapack=none -Dcpu-baseline=none -Dcpu-dispatch=none &&
      step "compiling NumPy for Pyodide (minutes, once)" ninja -C "$work/build" &&
      step "installing it" env DESTDIR="$work/installed" $meson install -C "$work/build" --no-rebuild
  ) || status=1
  [ "$status" -eq 0 ] && "$view/python/bin/python" "$here/setup/pyodide_numpy.py" wheel "$work/installed" "cp314-cp314-$pyodide_tag" "$1" || return 1
  rm -rf "$work"
}

# NumPy's source, of the version and hash in requirements.txt.
numpy_source() {
  mkdir -p "$1/numpy"
  awk '/^[a-z]/ {on = /^numpy==/} on' "$top/requirements.txt" >"$1/numpy.txt"
  source_distribution "$1" "$1/numpy.txt" mesonpy.py || return 1
  tar -xzf "$1"/numpy-*.tar.gz -C "$1/numpy" --strip-components=1
}
