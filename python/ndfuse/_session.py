"""The program as a whole: what runs and when, what it costs, and what would run."""

from __future__ import annotations

from . import _graph
from ._core import core
from ._graph import config
from ._ndarray import ndarray

_STATISTICS = (
    "live_bytes",
    "pooled_bytes",
    "peak_bytes",
    "live_buffers",
    "launches",
    "pipelines",
    "uploaded_bytes",
    "read_bytes",
)


def synchronize() -> None:
    """Computes everything that was recorded and is still held, and waits until it has run."""
    _graph.flush()
    with _graph.explained():
        _graph.checks.raise_first()
        core.synchronize()


async def synchronize_async() -> None:
    """The same without blocking the thread."""
    _graph.flush()
    with _graph.explained():
        await _graph.checks.raise_first_async()
        await core.synchronize_async()


def flush() -> None:
    """Hands everything that was recorded and is still held to the device, without waiting."""
    _graph.flush()
    core.flush()


def reset() -> None:
    """Opens a new GPU device after the old one was lost. Arrays that lived on it are gone: reading one raises
    DeviceLostError. Does nothing while the device is well."""
    core.reset()


async def reset_async() -> None:
    """The same without blocking the thread."""
    await core.reset_async()


def memory_stats() -> dict:
    """Counts of memory and work: for "gpu" and "cpu" live_bytes, pooled_bytes, peak_bytes, live_buffers, launches, pipelines,
    uploaded_bytes and read_bytes; and plans (structures known), records (evaluations), known_records (those whose structure
    was known), handles (arrays that the core holds)."""
    _graph.release_now()
    numbers = [int(value) for value in core.statistics()]
    found = {
        "gpu": dict(zip(_STATISTICS, numbers[:8])),
        "cpu": dict(zip(_STATISTICS, numbers[8:16])),
    }
    return found | dict(zip(("plans", "records", "known_records", "handles"), numbers[16:20]))


def trim_memory() -> None:
    """Gives memory that is only kept for reuse back to the device."""
    _graph.release_now()
    core.trim()


class Explanation:
    """What computing arrays would launch. Printed: each kernel with its device, shape, bytes, lines of Python and text.

    ``launches`` is a list of dicts: kind, name, shape, device, read_bytes, written_bytes, text, lines.
    """

    def __init__(self, launches: list):
        self.launches = launches

    def __len__(self):
        return len(self.launches)

    @property
    def read_bytes(self):
        return sum(one["read_bytes"] for one in self.launches)

    @property
    def written_bytes(self):
        return sum(one["written_bytes"] for one in self.launches)

    def __repr__(self):
        count = len(self.launches)
        parts = [
            f"{count} launch{'' if count == 1 else 'es'}, {self.read_bytes} bytes read, {self.written_bytes} written"
        ]
        for number, one in enumerate(self.launches, 1):
            shape = "x".join(map(str, one["shape"])) or "1"
            parts.append(
                f"{number}. {one['kind']} {one['name']} ({shape}) on {one['device']}: "
                f"{one['read_bytes']} bytes read, {one['written_bytes']} written"
            )
            parts.extend(f"   from {line}" for line in one["lines"])
            if one["text"]:
                parts.extend("   | " + line for line in one["text"].rstrip("\n").split("\n"))
        return "\n".join(parts)


def explain(*arrays: ndarray) -> Explanation:
    """What computing these arrays would launch now; nothing runs. Without arrays: what everything pending would."""
    nodes = [x._storage.node for x in arrays]
    if not arrays:
        nodes = [storage.node for reference in _graph._pending if (storage := reference()) is not None]
    unique = {id(node): node for node in nodes}
    return Explanation(_graph.explain(list(unique.values()))["launches"])


class errstate:
    """Does nothing: arithmetic raises no warnings here. As numpy.errstate, so that programs that use it run."""

    def __init__(self, **kinds):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


_warns = {"divide": "ignore", "over": "ignore", "under": "ignore", "invalid": "ignore"}


def geterr() -> dict:
    """What is done about floating-point errors: nothing. As numpy.geterr."""
    return dict(_warns)


def seterr(all=None, divide=None, over=None, under=None, invalid=None) -> dict:
    """Does nothing, and says what is done: arithmetic raises no warnings here. As numpy.seterr."""
    return geterr()


class fuse:
    """``fuse(False)`` makes every operation run by itself, at once (slow: to find where an error comes from); ``fuse(True)``
    is the rule. As ``with fuse(False):`` for a block."""

    def __init__(self, on: bool = True):
        self._before = config.fuse
        if not on:
            _graph.flush()
        config.fuse = bool(on)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        config.fuse = self._before
