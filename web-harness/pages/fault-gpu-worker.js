// The GPU worker of the shim, to which faults can happen.
import "./fault-hooks.js";
import "./program/ndfuse/src/gpu-worker.js";
