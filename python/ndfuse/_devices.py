"""Which device an array lives on. Numbers: 0 is the cpu device, 1 the GPU of this program."""

from __future__ import annotations

import warnings
from typing import NamedTuple

from ._core import DeviceError, core
from ._dtypes import NAMES, WIDE

NAMES_OF_DEVICES = ["cpu", "webgpu", "webgl"]
GPU = core.gpu()  # 0: there is none
DEFAULT = 1 if GPU else 0

_warned = False


def home(dtype: int) -> int:
    """The device of a new array: the default one, and the cpu for 64-bit types, of which the first one warns."""
    if not WIDE[dtype]:
        return DEFAULT
    if GPU and not _warned:
        _warn(dtype)
    return 0


def _warn(dtype):
    global _warned
    _warned = True
    import sys

    level, frame = 2, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__package__") == "ndfuse":
        level, frame = level + 1, frame.f_back
    warnings.warn(
        f"{NAMES[dtype]} is computed exactly, but on the cpu device: no GPU in a browser has 64-bit arithmetic. "
        "The defaults (dtype=float, dtype=int) have 32 bits and run on the GPU. This is said once.",
        UserWarning,
        stacklevel=level,
    )


def name_of(device: int) -> str:
    return NAMES_OF_DEVICES[GPU if device else 0]


def number_of(device) -> int:
    """A device's number from its name ("cpu", "webgpu", "webgl", or "gpu" for the one there is)."""
    text = str(device.name if isinstance(device, Device) else device)
    if text == "cpu":
        return 0
    if GPU and text in ("gpu", NAMES_OF_DEVICES[GPU]):
        return 1
    have = "cpu" + (
        f" and {NAMES_OF_DEVICES[GPU]}" if GPU else f" ({core.device_text(1)})" if core.device_text(1) else ""
    )
    raise ValueError(f"Unsupported device: {device!r}; this program has {have}")


class Device(NamedTuple):
    """What ``device()`` tells."""

    name: str  # "webgpu", "webgl" or "cpu"
    description: str  # the adapter or the processor
    reason: str  # why there is no GPU; empty when there is one
    waiting: str  # how blocking reads wait: "atomics", "jspi", "readpixels", "canvas", "none", "cpu"

    def __str__(self):
        why = f"; no GPU: {self.reason}" if self.reason else ""
        return f"{self.name} ({self.description}; waits by {self.waiting}{why})"


def device() -> Device:
    """The device on which new arrays live, and why it is that one."""
    return Device(name_of(DEFAULT), core.device_text(0), core.device_text(1), core.device_text(2))


def require_gpu() -> None:
    """Raises DeviceError, with the reason, when arrays do not live on a GPU."""
    if not GPU:
        raise DeviceError(f"a GPU is required, but this program has none: {core.device_text(1) or 'cpu device only'}")
