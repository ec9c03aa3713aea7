"""The parts of CuPy's ``cupyx`` that ndfuse has."""

import ndfuse
from ndfuse import scatter_add, scatter_max, scatter_min


def rsqrt(x, out=None):
    """1 / sqrt(x). As cupyx.rsqrt."""
    return ndfuse.rsqrt(x, out=out)


__all__ = ["rsqrt", "scatter_add", "scatter_max", "scatter_min"]
