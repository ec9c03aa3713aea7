"""The parts of ``cupy.cuda`` that make sense for the one device of a page: its stream, itself, its memory."""

import ndfuse


class Stream:
    """The order in which work runs: there is one, ``Stream.null``; others are names for it. As cupy.cuda.Stream."""

    null: "Stream"

    def __init__(self, null=False, non_blocking=False, ptds=False):
        pass

    def synchronize(self):
        """Computes what was recorded and waits until it has run."""
        ndfuse.synchronize()

    def use(self):
        """Does nothing: the stream is in use."""
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


Stream.null = Stream(null=True)


def get_current_stream():
    """The one stream."""
    return Stream.null


class Device:
    """The default device. As cupy.cuda.Device; ``name`` is "webgpu", "webgl" or "cpu"."""

    def __init__(self, device=0):
        if device not in (0, None):
            raise ValueError(f"there is one device, number 0 (got {device!r})")
        self.id = 0
        self.name = ndfuse.device().name

    def synchronize(self):
        """Computes what was recorded and waits until it has run."""
        ndfuse.synchronize()

    def use(self):
        """Does nothing: the device is in use."""
        return self

    def __int__(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


class MemoryPool:
    """The memory of the default device. As cupy.cuda.MemoryPool, as far as it tells and gives back."""

    def _numbers(self):
        return ndfuse.memory_stats()["cpu" if ndfuse.device().name == "cpu" else "gpu"]

    def used_bytes(self):
        """Bytes that arrays hold."""
        return self._numbers()["live_bytes"]

    def free_bytes(self):
        """Bytes that are kept for reuse."""
        return self._numbers()["pooled_bytes"]

    def total_bytes(self):
        """Both together."""
        return self.used_bytes() + self.free_bytes()

    def free_all_blocks(self, stream=None):
        """Gives memory that is only kept for reuse back."""
        ndfuse.trim_memory()


def is_available():
    """Whether arrays live on a GPU."""
    return ndfuse.device().name != "cpu"
