"""The parts of CuPy's ``cupyx`` that ndfuse has."""

import ndfuse


def scatter_add(a, slices, value):
    """Adds values at indices; an index that occurs several times counts several times. As cupyx.scatter_add."""
    ndfuse.add.at(a, slices, value)


def scatter_max(a, slices, value):
    """The larger of element and value at indices. As cupyx.scatter_max."""
    ndfuse.maximum.at(a, slices, value)


def scatter_min(a, slices, value):
    """The smaller of element and value at indices. As cupyx.scatter_min."""
    ndfuse.minimum.at(a, slices, value)


def rsqrt(x, out=None):
    """1 / sqrt(x). As cupyx.rsqrt."""
    return ndfuse.rsqrt(x, out=out)
