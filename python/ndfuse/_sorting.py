"""Order: sort, argsort, lexsort, partition, top_k, searchsorted and digitize. Names, arguments and errors are NumPy's.

Every sort here is stable and puts NaN last; one kernel sorts a row of workgroup memory, longer ones are sorted in passes of the
radix sort (ops/sort.hpp). Indices are int32.
"""

from __future__ import annotations

import operator
from typing import NamedTuple

from . import _creation, _indexing, _kernels, _manipulation, _reductions
from ._dtypes import BOOL, INT32, KINDS, UINT8, meet
from ._elementwise import OPS, apply, assign, astype, cast, convert, put
from ._ndarray import ndarray
from ._transfer import several
from ._views import axis_of

__all__ = [
    "argpartition",
    "argsort",
    "digitize",
    "lexsort",
    "partition",
    "searchsorted",
    "sort",
    "sort_complex",
    "top_k",
]

_KINDS = ("quicksort", "mergesort", "heapsort", "stable", None)


def _check_kind(kind, order, stable) -> None:
    if kind not in _KINDS:
        raise ValueError(f"sort kind must be one of 'quick', 'heap', or 'stable' (got {kind!r})")
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")
    if kind is not None and stable is not None:
        raise ValueError("`kind` and `stable` parameters can't be provided at the same time. Use only one of them.")


def _prepared(a, axis):
    """The array with the axis to sort last, and that axis (None: the flattened array)."""
    a = _creation.asarray(a)
    if axis is None:
        return _manipulation.ravel(a), 0
    axis = axis_of(axis, a.ndim)
    return _kernels.last(a, axis), axis


def _lexicographic(keys: list, descending: bool = False) -> ndarray:
    order = None
    for key in keys:
        seen = key if order is None else _along(key, order)
        found = _kernels.order_rows(seen, descending)
        order = found if order is None else _along(order, found)
    return order


def _along(x: ndarray, order: ndarray) -> ndarray:
    """Each row's elements at these places of the row."""
    return _kernels.gather(x, order + _kernels.rows_before(x) if x.ndim > 1 else order)


def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """A copy in ascending order along an axis (None: flattened), NaN last, complex numbers lexicographically. As numpy.sort, always
    stable; ``descending`` is the array API standard's."""
    _check_kind(kind, order, stable)
    if axis is not None and _creation.asarray(a).ndim == 0:
        raise_zero_dim()
    x, axis = _prepared(a, axis)
    return _kernels.back(_kernels.sort_rows(x, bool(descending)), axis)


def raise_zero_dim():
    from ._views import AxisError

    raise AxisError("axis -1 is out of bounds for array of dimension 0")


def sort_in_place(a: ndarray, axis=-1, kind=None, order=None, *, stable=None) -> None:
    """What ``ndarray.sort`` does."""
    assign(a, sort(a, axis, kind, order, stable=stable))


def argsort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """The indices that sort along an axis (None: of the flattened array); equal elements keep their order. As numpy.argsort."""
    _check_kind(kind, order, stable)
    a = _creation.asarray(a)
    if a.ndim == 0:
        if axis is not None:
            axis_of(axis, 1)
        return _creation.zeros((), "int32") if axis is not None else _creation.zeros((1,), "int32")
    x, axis = _prepared(a, axis)
    return _kernels.back(_kernels.order_rows(x, bool(descending)), axis)


def lexsort(keys, axis=-1):
    """The indices that sort by several keys, the last of which matters most. As numpy.lexsort."""
    if isinstance(keys, ndarray):
        if keys.ndim == 0:
            raise TypeError("need sequence of keys with len > 0 in lexsort")
        keys = [keys[k] for k in range(keys._shape[0])] if keys.ndim > 1 else list(keys)
    keys = [_creation.asarray(key) for key in keys]
    if not keys:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if any(key._shape != keys[0]._shape for key in keys):
        raise ValueError("all keys need to be the same shape")
    if keys[0].ndim == 0:
        return _creation.zeros((), "int32")[()]
    axis = axis_of(axis, keys[0].ndim)
    return _kernels.back(_lexicographic([_kernels.last(key, axis) for key in keys]), axis)


def _check_kth(kth, extent: int) -> None:
    if isinstance(kth, ndarray) and KINDS[kth._dtype] not in "iu" or isinstance(kth, float):
        raise TypeError("Partition index must be integer")
    many = kth.tolist() if hasattr(kth, "tolist") else kth
    for one in many if isinstance(many, list | tuple) else [many]:
        one = operator.index(one)
        if not -extent <= one < extent:
            raise ValueError(f"kth(={one + extent if one < 0 else one}) out of bounds ({extent})")


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """A copy in which the element of index kth is where sorting puts it, smaller ones before it. As numpy.partition; the whole
    axis is sorted."""
    a = _creation.asarray(a)
    if axis is not None and a.ndim == 0:
        raise_zero_dim()
    x, axis = _prepared(a, axis)
    _check_kth(kth, x._shape[-1])
    return _kernels.back(_kernels.sort_rows(x), axis)


def partition_in_place(a: ndarray, kth, axis=-1, kind="introselect", order=None) -> None:
    """What ``ndarray.partition`` does."""
    assign(a, partition(a, kth, axis))


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    """The indices that ``partition`` takes. As numpy.argpartition."""
    a = _creation.asarray(a)
    if a.ndim == 0:
        a = _manipulation.reshape(a, (1,))
        _check_kth(kth, 1)
        return _creation.zeros((1,) if axis is None else (), "int32")
    x, axis = _prepared(a, axis)
    _check_kth(kth, x._shape[-1])
    return _kernels.back(_kernels.order_rows(x), axis)


class TopKResult(NamedTuple):
    """What ``top_k`` gives."""

    values: ndarray
    indices: ndarray


def top_k(a, k, axis=-1, largest=True):
    """The k greatest elements along an axis (None: flattened), or the least ones, in order, and their indices, int32; NaN is the
    greatest, and of equal elements the first come first. As nf::top_k; cf. torch.topk. One sort of the axis, and one pass over the k
    elements. ValueError for more than there are."""
    a = _creation.asarray(a)
    if axis is not None and a.ndim == 0:
        raise_zero_dim()
    x, axis = _prepared(a, axis)
    k, extent = operator.index(k), x._shape[-1]
    if not 0 <= k <= extent:
        raise ValueError(f"top_k: k={k} of an axis of {extent} elements")
    order = _kernels.order_rows(x, bool(largest))[..., :k]
    values = _along(x, order)
    return TopKResult(_kernels.back(values, axis), _kernels.back(order, axis))


def sort_complex(a):
    """A sorted complex copy: by real parts, then by imaginary ones. As numpy.sort_complex."""
    a = _creation.asarray(a)
    if KINDS[a._dtype] != "c":
        a = a * (1 + 0j)
    return sort(a)


def searchsorted(a, v, side="left", sorter=None):
    """Where values would be put into a 1-dimensional ordered array to keep its order: before equal elements ("left") or after them
    ("right"). As numpy.searchsorted; elementwise over the values, so it fuses with what uses it."""
    if side not in ("left", "right"):
        raise ValueError(f"search side must be one of 'left' or 'right' (got {side!r})")
    a = _creation.asarray(a)
    if a.ndim == 0:
        raise ValueError("object of too small depth for desired array")
    if a.ndim != 1:
        raise ValueError("object too deep for desired array")
    if sorter is not None:
        sorter = _creation.asarray(sorter)
        if KINDS[sorter._dtype] not in "iu":
            raise TypeError("sorter must only contain integers")
        if sorter.ndim != 1:
            raise ValueError("sorter must be 1-d array")
        if sorter._shape != a._shape:
            raise ValueError("sorter.size must equal a.size")
        a = _indexing.take(a, sorter)
    single = not isinstance(v, ndarray) and not hasattr(v, "__len__") and getattr(v, "shape", ()) == ()
    number = _common(a, v)
    values = _creation.asarray(v)
    if KINDS[number] == "c":
        made = _search_complex(astype(a, number), astype(values, number), side)
    else:
        number = UINT8 if number == BOOL else number
        a, values = (x if x._dtype == number else astype(x, number) for x in (a, values))
        made = _kernels.search(a, values, side == "right")
    return made[()] if single or made._shape == () else made


def _common(a: ndarray, v) -> int:
    """The dtype in which values are compared; Python's scalars are weak, except beyond integers."""
    one = convert(v)
    if isinstance(one, ndarray):
        return meet([a._dtype, one._dtype], 0)
    if type(one) in (bool, int, float, complex):
        return meet([a._dtype], {bool: 1, int: 2, float: 3, complex: 4}[type(one)])
    return meet([a._dtype, one.dtype], 0)


def _search_complex(a: ndarray, values: ndarray, side: str) -> ndarray:
    # How many elements come before: counted, because the search of the core compares numbers that have one part.
    flat = _manipulation.ravel(values)
    re, im = apply(OPS["real"], a), apply(OPS["imag"], a)
    x, y = (apply(OPS[part], flat)[:, None] for part in ("real", "imag"))
    before = (re < x) | ((re == x) & ((im < y) if side == "left" else (im <= y)))
    return _manipulation.reshape(astype(_reductions.sum(astype(before, INT32), 1), INT32), values._shape)


def digitize(x, bins, right=False):
    """For each value the number of the bin that it is in, int32; bins ascend or descend, which waits for them. As
    numpy.digitize."""
    x, bins = _creation.asarray(x), _creation.asarray(bins)
    if KINDS[x._dtype] == "c":
        raise TypeError("x may not be complex")
    if bins.ndim != 1:
        raise ValueError("object of too small depth for desired array" if bins.ndim == 0 else "bins must be 1-d")
    falls = rises = False
    if bins._shape[0] > 1:
        lower, upper = bins[:-1], bins[1:]
        falls, rises = several(_reductions.any(upper < lower), _reductions.any(upper > lower))
    if falls and rises:
        raise ValueError("bins must be monotonically increasing or decreasing")
    side = "left" if right else "right"
    if falls:
        return bins._shape[0] - searchsorted(bins[::-1], x, side)
    return searchsorted(bins, x, side)


def store(made: ndarray, out, name: str):
    """A result, written to ``out`` where that is given."""
    if out is None:
        return made
    put(out, cast(made, made._dtype), name)
    return out
