"""``ufunc.accumulate`` and ``ufunc.reduceat``."""

from __future__ import annotations

from . import _creation, _kernels, _manipulation, _scans
from ._dtypes import BOOL, INT32, KINDS, number_of
from ._elementwise import astype, cast, put
from ._ndarray import ndarray
from ._views import axis_of

_SCANS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logaddexp"}
_LOGICAL = {"logical_and": "min", "logical_or": "max"}


def _prepared(function, array, axis, dtype, name: str):
    if function.nin != 2:
        raise ValueError(f"{name} only supported for binary functions")
    x = _creation.asarray(array)
    if x.ndim == 0:
        raise TypeError(f"cannot {name} on a scalar")
    axis = axis_of(axis, x.ndim)
    if dtype is not None:
        x = astype(x, number_of(dtype))
    return x, axis


def _stored(made: ndarray, out, name: str):
    if isinstance(out, tuple):
        (out,) = out
    if out is None:
        return made
    put(out, cast(made, made._dtype), name)
    return out


def accumulate(function, array, axis=0, dtype=None, out=None):
    """What ``ufunc.accumulate`` does."""
    x, axis = _prepared(function, array, axis, dtype, "accumulate")
    name = function.__name__
    rows = _kernels.last(x, axis)
    if name in _LOGICAL:
        made = _kernels.scan(astype(rows != 0, INT32), _LOGICAL[name]) != 0
    elif (
        name in _SCANS and (dtype is None or KINDS[x._dtype] in "iufc") and _kernels.scan_types(_SCANS[name], x._dtype)
    ):
        made = _kernels.scan(rows, _SCANS[name])
        if dtype is not None and made._dtype != x._dtype:
            made = astype(made, x._dtype)
    elif name in ("bitwise_and", "bitwise_or", "bitwise_xor", "fmax", "fmin", "hypot"):
        made = _scans.doubling(function, rows)
    else:
        parts = [rows[..., k] for k in range(rows._shape[-1])]
        for k in range(1, len(parts)):
            parts[k] = function(parts[k - 1], parts[k])
        made = _manipulation.stack(parts, -1) if parts else rows
    return _stored(_kernels.back(made, axis), out, name)


def reduceat(function, array, indices, axis=0, dtype=None, out=None):
    """What ``ufunc.reduceat`` does."""
    x, axis = _prepared(function, array, axis, dtype, "reduceat")
    name = function.__name__
    starts = indices.tolist() if hasattr(indices, "tolist") else list(indices)
    extent = x._shape[axis]
    for at in starts:
        if not 0 <= at < extent:
            raise IndexError(f"index {at} out-of-bounds in {name}.reduceat [0, {extent})")
    rows = _kernels.last(x, axis)
    ends = [*starts[1:], extent]
    if name == "add" and rows._dtype == BOOL:
        rows = astype(rows, INT32)
    parts = []
    for start, end in zip(starts, ends):
        part = rows[..., start] if end <= start + 1 else _reduced(function, rows[..., start:end])
        parts.append(part)
    lead = rows._shape[:-1]
    made = _manipulation.stack(parts, -1) if parts else _creation.empty((*lead, 0), rows.dtype)
    if dtype is not None and made._dtype != number_of(dtype):
        made = astype(made, number_of(dtype))
    return _stored(_kernels.back(made, axis), out, name)


def _reduced(function, rows: ndarray) -> ndarray:
    from ._ufuncs import _REDUCTIONS

    if function.__name__ in _REDUCTIONS:
        return function.reduce(rows, -1)
    made = rows[..., 0]
    for k in range(1, rows._shape[-1]):
        made = function(made, rows[..., k])
    return made
