#!/usr/bin/env bash
# Builds what Python users get: the core for CPython (build/native-release/python), and in build/python/dist the wheels with the script
# and the GPU worker that a page loads. A page is given that folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${NDFUSE_TOOLCHAIN:-}" ]; then
  # shellcheck source=/dev/null
  . build/toolchain/env.sh
fi

for preset in native-release wasm-release; do
  cmake --preset "$preset" >"build/$preset.configure.log" || { cat "build/$preset.configure.log"; exit 1; }
  cmake --build --preset "$preset" --target ndfuse_core
done

core=build/wasm-release/python
web=build/python/web # what the wheel holds for the browser
dist=build/python/dist
version=$(sed -n 's/^version = "\(.*\)"/\1/p' python/pyproject.toml)
rm -rf "$web" "$dist"
mkdir -p "$web" "$dist"
cp "$core/ndfuse_core.wasm" "$web/"
NDFUSE_CORE=build/native-release/python/libndfuse_core.so PYTHONPATH=python python -c '
import json, ndfuse
print(json.dumps(ndfuse._core.core.tables()))' >"$web/tables.json" # for an import that comes before the core
node python/js/build.mjs "$PWD/$core/ndfuse_core.mjs" "$web" "ndfuse-$version-py3-none-any.whl"
cp "$web/ndfuse.js" "$web/gpu-worker.js" "$dist/"
(cd python && python -m hatchling build -t wheel -d "../$dist")
(cd python/cupy && python -m hatchling build -t wheel -d "../../$dist")
# The page with an editor: web-harness/pages/live.html.
node_modules/.bin/esbuild web-harness/pages/live.js --bundle --minify --format=esm --outfile=build/python/live/live.js --log-level=warning
ls -l "$dist"
gzip -9c "$web/ndfuse_core.wasm" | wc -c | xargs printf 'the core: %s bytes compressed\n'
