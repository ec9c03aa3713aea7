#!/bin/sh
# usage: webgpu.sh PROGRAM FOLDER: the sweep on WebGPU under Node, see webgpu.cpp.
set -e
program=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder"
"$program" write "$folder"
"${NODE:-node}" "$(dirname "$0")/webgpu.mjs" "$folder"
"$program" check "$folder"
