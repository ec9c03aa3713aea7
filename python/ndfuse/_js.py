"""The core in Pyodide: the JavaScript module that ``ndfuse.js`` registers, behind the same methods as in CPython.

Numbers go over the border as they are; memory goes as the address and size of Pyodide's own memory, from and to which
JavaScript copies. Where the page lets this thread sleep (or a read needs no wait), reads and waits simply block. Where
waiting means that WebAssembly is suspended (``jspi``), a wait begins in JavaScript and gives a promise, for which Python
itself is suspended: that works only in code that was entered in a way that allows it.
"""

from __future__ import annotations

import json
from array import array

from pyodide.ffi import can_run_sync, run_sync

from . import _core
from ._attach import WaitingCore, attach, waits  # noqa: F401 (attach is the package's)

if not waits():
    import _ndfuse_core as js


def _check(code: int) -> None:
    if code != 0:
        raise _core.exception(code, js.error_text())


def _check_outcome(outcome: str) -> None:
    """Of what ended later: empty, or a code and a sentence."""
    if outcome:
        code, text = outcome.split(" ", 1)
        raise _core.exception(int(code), text)


def _wait(outcome) -> None:
    """Ends a wait that has begun, by suspending Python."""
    if not isinstance(outcome, str):
        if not can_run_sync():
            raise _core.NotBlockingError(
                "this code cannot wait for the GPU, because Python was entered by a plain call: run it by "
                "pyodide.runPythonAsync, or await x.get_async(); or serve the page cross-origin isolated and run Pyodide "
                "in a Worker"
            )
        outcome = run_sync(outcome)
    _check_outcome(outcome)


async def _await(outcome) -> None:
    if not isinstance(outcome, str):
        outcome = await outcome
    _check_outcome(outcome)


class JsCore:
    """The functions of ``ndfuse_core.h``, as ``_core.NativeCore`` has them."""

    def __new__(cls):
        return WaitingCore() if waits() else super().__new__(cls)

    def __init__(self):
        if js.version() != _core.VERSION:
            raise ImportError(
                f"ndfuse.js has version {js.version()} of the core's interface, but this package needs {_core.VERSION}: "
                "take both from one build"
            )
        self._numbers = array("d", bytes(20 * 8))
        # Looked up once: each look-up makes a proxy.
        self.gpu, self.types, self.result_type = js.gpu, js.types, js.result_type
        self.reduce_types, self.scan_types = js.reduce_types, js.scan_types
        self.device_text, self.release = js.device_text, js.release
        self._evaluate, self._allocate, self._upload, self._read = js.evaluate, js.allocate, js.upload, js.read
        self._read_later, self._suspends = js.read_later, js.suspends

    def tables(self) -> dict:
        return json.loads(js.tables())

    def allocate(self, handle, device, count, dtype) -> None:
        code = self._allocate(handle, device, count, dtype)
        if code != 0:
            _check(code)

    def upload(self, handle, first, count, address, nbytes) -> None:
        _check(self._upload(handle, first, count, address, nbytes))

    def _block(self, now, later, *arguments) -> None:
        if self._suspends:
            _wait(later(*arguments))
        else:
            _check(now(*arguments))

    # A read that has begun and is given up (it cannot be waited for, its task is cancelled) may not write any more.

    def read(self, handle, first, count, address, nbytes) -> None:
        try:
            self._block(self._read, self._read_later, handle, first, count, address, nbytes)
        except BaseException:
            js.abandon(address)
            raise

    async def read_async(self, handle, first, count, address, nbytes) -> None:
        try:
            await _await(self._read_later(handle, first, count, address, nbytes))
        except BaseException:
            js.abandon(address)
            raise

    def evaluate(self, address, words) -> None:
        code = self._evaluate(address, words)
        if code != 0:
            _check(code)

    def explain(self, address, words) -> dict:
        text = js.explain(address, words)
        if not text:
            raise _core.exception(12, js.error_text())
        return json.loads(text)

    def flush(self) -> None:
        _check(js.flush())

    def synchronize(self) -> None:
        self._block(js.synchronize, js.synchronize_later)

    async def synchronize_async(self) -> None:
        await _await(js.synchronize_later())

    def trim(self) -> None:
        _check(js.trim())

    def reset(self) -> None:
        self._block(js.reset, js.reset_later)

    async def reset_async(self) -> None:
        await _await(js.reset_later())

    def statistics(self) -> list[float]:
        address, count = self._numbers.buffer_info()
        js.statistics(address, count)
        return self._numbers.tolist()
