"""Python functions called for parts of arrays: apply_along_axis, apply_over_axes, vectorize. Names, arguments and errors are NumPy's."""

from __future__ import annotations

import itertools

from . import _creation, _manipulation, _transfer
from ._dtypes import NAMES
from ._index_tricks import ndindex
from ._views import axis_of, broadcast_shapes

__all__ = ["apply_along_axis", "apply_over_axes", "iterable", "vectorize"]


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """A function called with each 1-dimensional part along an axis; its results take that axis's place. As numpy.apply_along_axis.
    The function sees arrays of a device: what it records for all parts runs together."""
    arr = _creation.asarray(arr)
    axis = axis_of(axis, arr.ndim)
    moved = _manipulation.moveaxis(arr, axis, -1)
    lead = moved._shape[:-1]
    if 0 in lead:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    made = [_creation.asarray(func1d(moved[at], *args, **kwargs)) for at in ndindex(lead)]
    inner = made[0]._shape
    whole = _manipulation.reshape(
        _manipulation.stack(made, dtype=NAMES[made[0]._dtype], casting="unsafe"), lead + inner
    )
    order = (*range(axis), *range(len(lead), len(lead) + len(inner)), *range(axis, len(lead)))
    return _manipulation.transpose(whole, order)


def apply_over_axes(func, a, axes):
    """A function such as ``sum`` applied along one axis after the other, which stay. As numpy.apply_over_axes."""
    made = _creation.asarray(a)
    rank = made.ndim
    for axis in axes if isinstance(axes, tuple | list) else (axes,):
        axis = axis + rank if axis < 0 else axis
        found = func(made, axis)
        if found.ndim != rank:
            found = _manipulation.expand_dims(found, axis)
            if found.ndim != rank:
                raise ValueError("function is not returning an array of the correct shape")
        made = found
    return made


def iterable(y):
    """Whether an object can be gone through. As numpy.iterable."""
    try:
        iter(y)
    except TypeError:
        return False
    return True


class vectorize:
    """A function of Python scalars as one of arrays. As numpy.vectorize: the host calls it for each element; ``excluded`` arguments are
    passed as they are, a ``signature`` such as "(n),(n)->()" passes arrays of its core axes, ``cache`` keeps the first call's
    result. Functions of array expressions need none of this."""

    def __init__(self, pyfunc, otypes=None, doc=None, excluded=None, cache=False, signature=None):
        self.pyfunc, self.cache = pyfunc, cache
        self.excluded = set() if excluded is None else set(excluded)
        self.otypes = list(otypes) if otypes is not None else None
        self.signature = None if signature is None else _parsed(signature)
        self.__doc__ = doc if doc is not None else getattr(pyfunc, "__doc__", None)
        self.__name__ = getattr(pyfunc, "__name__", "vectorize")

    def __call__(self, *args, **kwargs):
        names = [k for k in range(len(args)) if k not in self.excluded]
        names += [name for name in kwargs if name not in self.excluded]
        given = {**dict(enumerate(args)), **kwargs}
        if not names:
            return self.pyfunc(*args, **kwargs)
        arrays = [_creation.asarray(given[name]) for name in names]

        def call(values):
            now = {**given, **dict(zip(names, values))}
            return self.pyfunc(*[now[k] for k in range(len(args))], **{k: now[k] for k in kwargs})

        if self.signature is not None:
            return self._of_parts(call, arrays)
        shape = broadcast_shapes(*[x._shape for x in arrays])
        columns = [_transfer.flat(_manipulation.broadcast_to(x, shape)) for x in arrays]
        if not columns[0] and self.otypes is None:
            raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
        results = [call(values) for values in zip(*columns)]
        several = bool(results) and isinstance(results[0], tuple)
        count = len(results[0]) if several else len(self.otypes) if self.otypes and not results else 1
        parts = list(zip(*results)) if several else [results] * (1 if results else count)
        made = []
        for k, part in enumerate(parts):
            dtype = self.otypes[k] if self.otypes else None
            one = _creation.array(list(part), dtype)
            one = _manipulation.reshape(one, shape)
            made.append(one if shape else one[()])
        return tuple(made) if several or len(made) > 1 else made[0]

    def _of_parts(self, call, arrays: list):
        inputs, outputs = self.signature
        if len(inputs) != len(arrays):
            raise TypeError(f"wrong number of positional arguments: expected {len(inputs)}, got {len(arrays)}")
        leads, sizes = [], {}
        for x, core in zip(arrays, inputs):
            if x.ndim < len(core):
                raise ValueError(
                    f"{x.ndim}-dimensional argument does not have enough dimensions for all core dimensions {core}"
                )
            split = x.ndim - len(core)
            leads.append(x._shape[:split])
            for name, extent in zip(core, x._shape[split:]):
                if sizes.setdefault(name, extent) != extent:
                    raise ValueError(f"inconsistent size for core dimension {name!r}: {extent} vs {sizes[name]}")
        lead = broadcast_shapes(*leads)
        seen = [_manipulation.broadcast_to(x, lead + x._shape[x.ndim - len(core) :]) for x, core in zip(arrays, inputs)]
        results = [call([x[at] for x in seen]) for at in itertools.product(*map(range, lead))]
        results = [one if isinstance(one, tuple) else (one,) for one in results]
        made = []
        for k in range(len(outputs)):
            dtype = self.otypes[k] if self.otypes else None
            parts = [_creation.asarray(one[k]) for one in results]
            whole = _manipulation.reshape(_manipulation.stack(parts), lead + parts[0]._shape)
            made.append(whole if dtype is None else whole.astype(dtype))
        return tuple(made) if len(made) > 1 else made[0]


def _parsed(signature: str):
    try:
        left, right = signature.replace(" ", "").split("->")
        sides = []
        for side in (left, right):
            if not (side.startswith("(") and side.endswith(")")):
                raise ValueError
            sides.append([tuple(n for n in core.split(",") if n) for core in side[1:-1].split("),(")])
        return sides
    except ValueError:
        raise ValueError(f"not a valid gufunc signature: {signature}") from None
