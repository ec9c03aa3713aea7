#!/bin/sh
# usage: run_web_program.sh PROGRAM.mjs ARGUMENT...   (ctest calls it so): runs the program with these arguments in Node.
# NDFUSE_TEST_DEVICE: webgpu or cpu; without it the shim chooses.
program=$1
shift
exec node "$(dirname "$program")/ndfuse/run.mjs" "$program" ${NDFUSE_TEST_DEVICE:+--device "$NDFUSE_TEST_DEVICE"} -- "$@"
