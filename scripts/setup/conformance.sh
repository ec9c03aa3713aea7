# The tests of CuPy, from its source distribution. Sourced by setup.sh.
# shellcheck shell=bash

make_cupy_tests() {
  source_distribution "$1/work" "$top/requirements-cupy.txt" setuptools/build_meta.py || return 1
  tar -xzf "$1"/work/cupy-*.tar.gz -C "$1" --strip-components=1 --wildcards '*/LICENSE' '*/cupy/testing/*' '*/tests/cupy_tests/*' || return 1
  rm -rf "$1/work"
}

# source_distribution FOLDER REQUIREMENTS BACKEND: the only package of a requirements file, as its source, by its hash. pip wants metadata of
# what it downloads, for which the package's build system would configure everything; a stand-in for that module gives it none.
source_distribution() {
  local name version
  name=$(sed -n 's/^\([a-z]*\)==.*/\1/p' "$2") version=$(sed -n 's/^[a-z]*==\([^ ]*\).*/\1/p' "$2")
  mkdir -p "$1/standin/$(dirname "$3")"
  touch "$1/standin/$(dirname "$3")/__init__.py" # else a package of this name that is installed is taken
  cat >"$1/standin/$3" <<'PYTHON'
import os
def prepare_metadata_for_build_wheel(folder, settings=None):
    made = os.environ["SOURCE_NAME"] + ".dist-info"
    os.makedirs(folder + "/" + made)
    with open(folder + "/" + made + "/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\nName: " + os.environ["SOURCE_NAME"] + "\nVersion: " + os.environ["SOURCE_VERSION"] + "\n")
    return made
PYTHON
  step "fetching the source of $name" env PYTHONPATH="$1/standin" SOURCE_NAME="$name" SOURCE_VERSION="$version" \
    "$view/python/bin/python" -m pip download -q --no-input --disable-pip-version-check --require-hashes --no-deps --no-binary "$name" --no-build-isolation \
    -d "$1" -r "$2"
}
