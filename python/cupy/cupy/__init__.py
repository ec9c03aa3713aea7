"""CuPy's names over ndfuse, for programs that say ``import cupy as cp``.

All of ndfuse is here; what is CuPy's own beside NumPy's API is in this package: ``asnumpy``, ``get_array_module``, ``cuda``
(streams and devices, of which there is one each), memory pools. Kernels written in CUDA are not.
"""

import ndfuse
from ndfuse import *
from ndfuse import __version__

from . import cuda, exceptions
from .cuda import MemoryPool

_pool = MemoryPool()


def get_default_memory_pool():
    """The pool of the device's memory. As cupy.get_default_memory_pool."""
    return _pool


def get_default_pinned_memory_pool():
    """Also the pool: a page has no memory that is pinned. As cupy.get_default_pinned_memory_pool."""
    return _pool


def __getattr__(name):
    if name in ("ElementwiseKernel", "ReductionKernel", "RawKernel", "RawModule", "fuse_kernel"):
        raise AttributeError(
            f"cupy.{name} is not there: expressions of arrays become fused kernels by themselves, so write it with array functions"
        )
    return getattr(ndfuse, name)
