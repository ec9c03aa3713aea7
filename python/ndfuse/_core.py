"""The core: what records of operations are handed to, and what owns the elements.

One object, ``core``, has the functions of ``ndfuse_core.h`` (the binary interface; its comments say what each does). In
CPython it calls a shared library through ctypes; in Pyodide it calls JavaScript, which drives a WebAssembly module.
Memory is handed over by address and size.
"""

from __future__ import annotations

import json
import os
import sys

VERSION = 1


class DeviceError(RuntimeError):
    """Anything that a device reports; the message carries the device's own words."""


class KernelError(DeviceError):
    """A kernel that the device refused: the message has its name, its text with line numbers, and the Python lines."""


class DeviceLostError(DeviceError):
    """The device is gone (reset, crashed, destroyed), and the arrays that lived on it with it."""


class DeviceTimeoutError(DeviceError, TimeoutError):
    """A wait that took longer than its limit."""


class NotBlockingError(DeviceError):
    """This thread cannot wait for the device: ``await x.get_async()`` can."""


_EXCEPTIONS = {
    1: ValueError,
    2: IndexError,
    3: TypeError,
    4: ValueError,
    5: DeviceError,
    6: KernelError,
    7: MemoryError,
    8: DeviceLostError,
    9: DeviceTimeoutError,
    10: OverflowError,
    11: NotBlockingError,
    12: RuntimeError,
}


def exception(code: int, text: str) -> Exception:
    """The Python exception for an error of the core."""
    return _EXCEPTIONS.get(code, DeviceError)(text)


class NativeCore:
    """The core as a shared library of this process; it has the cpu device only."""

    def __init__(self, path: str):
        import ctypes as c

        lib = c.CDLL(path)
        u32, f64, size, pointer, text = c.c_uint32, c.c_double, c.c_size_t, c.c_void_p, c.c_char_p
        signatures = {
            "version": ([], u32),
            "error_text": ([], text),
            "tables": ([], text),
            "types": ([c.c_int] * 5, c.c_int),
            "result_type": ([c.c_int] * 4, c.c_int),
            "reduce_types": ([c.c_int] * 2, c.c_int),
            "scan_types": ([c.c_int] * 2, c.c_int),
            "gpu": ([], c.c_int),
            "device_text": ([c.c_int], text),
            "allocate": ([u32, c.c_int, f64, c.c_int], c.c_int),
            "upload": ([u32, f64, f64, pointer], c.c_int),
            "read": ([u32, f64, f64, pointer], c.c_int),
            "release": ([u32], None),
            "evaluate": ([pointer, size], c.c_int),
            "explain": ([pointer, size], text),
            "flush": ([], c.c_int),
            "synchronize": ([], c.c_int),
            "trim": ([], c.c_int),
            "reset": ([], c.c_int),
            "statistics": ([c.POINTER(f64), size], None),
        }
        self._functions = {}
        for name, (arguments, result) in signatures.items():
            function = getattr(lib, f"ndfuse_core_{name}")
            function.argtypes, function.restype = arguments, result
            self._functions[name] = function
        if self._functions["version"]() != VERSION:
            raise ImportError(
                f"{path} has version {self._functions['version']()} of the core's interface, but this package needs {VERSION}"
            )
        self._numbers = (f64 * 20)()
        # What is called often, without a detour.
        self._evaluate, self._upload, self._read = (self._functions[n] for n in ("evaluate", "upload", "read"))

    def _check(self, code: int) -> None:
        if code != 0:
            raise exception(code, self._functions["error_text"]().decode())

    def tables(self) -> dict:
        return json.loads(self._functions["tables"]())

    def types(self, op, a, a_weak, b, b_weak) -> int:
        return self._functions["types"](op, a, a_weak, b, b_weak)

    def result_type(self, a, a_weak, b, b_weak) -> int:
        return self._functions["result_type"](a, a_weak, b, b_weak)

    def reduce_types(self, reduction, a) -> int:
        return self._functions["reduce_types"](reduction, a)

    def scan_types(self, scan, a) -> int:
        return self._functions["scan_types"](scan, a)

    def gpu(self) -> int:
        return self._functions["gpu"]()

    def device_text(self, what: int) -> str:
        return self._functions["device_text"](what).decode()

    def allocate(self, handle, device, count, dtype) -> None:
        self._check(self._functions["allocate"](handle, device, count, dtype))

    def upload(self, handle, first, count, address, nbytes) -> None:
        self._check(self._upload(handle, first, count, address))

    def read(self, handle, first, count, address, nbytes) -> None:
        self._check(self._read(handle, first, count, address))

    async def read_async(self, handle, first, count, address, nbytes) -> None:
        self.read(handle, first, count, address, nbytes)

    def release(self, handle) -> None:
        self._functions["release"](handle)

    def evaluate(self, address, words) -> None:
        code = self._evaluate(address, words)
        if code != 0:
            self._check(code)

    def explain(self, address, words) -> dict:
        text = self._functions["explain"](address, words)
        if text is None:
            raise exception(12, self._functions["error_text"]().decode())
        return json.loads(text)

    def flush(self) -> None:
        self._check(self._functions["flush"]())

    def synchronize(self) -> None:
        self._check(self._functions["synchronize"]())

    async def synchronize_async(self) -> None:
        self.synchronize()

    def trim(self) -> None:
        self._check(self._functions["trim"]())

    def reset(self) -> None:
        self._check(self._functions["reset"]())

    async def reset_async(self) -> None:
        self.reset()

    def statistics(self) -> list[float]:
        self._functions["statistics"](self._numbers, len(self._numbers))
        return list(self._numbers)


def _open():
    if sys.platform == "emscripten":
        from ._js import JsCore

        return JsCore()
    beside = os.path.join(os.path.dirname(__file__), "native", "libndfuse_core.so")
    path = os.environ.get("NDFUSE_CORE", beside)
    if not os.path.exists(path):
        raise ImportError(
            f"ndfuse's core is not at {path}: build it (scripts/python.sh), or name it in the variable NDFUSE_CORE"
        )
    return NativeCore(_widest(path))


def _widest(path: str) -> str:
    """The library beside ``path`` that uses AVX2, where there is one and the processor has it."""
    wide = path.removesuffix(".so") + "_avx2.so"
    if os.path.exists(wide):
        try:
            with open("/proc/cpuinfo") as facts:
                if any(line.startswith("flags") and " avx2 " in line + " " for line in facts):
                    return wide
        except OSError:
            pass  # not Linux
    return path


core = _open()
