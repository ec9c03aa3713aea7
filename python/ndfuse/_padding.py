"""``pad``. Modes that repeat elements (edge, reflect, symmetric, wrap) take them by computed numbers, which fuses with what uses them."""

from __future__ import annotations

import operator

from . import _creation, _indexing, _manipulation, _ufuncs
from ._dtypes import KINDS, NAMES
from ._elementwise import OPS, apply, copy
from ._index_tricks import ndindex
from ._ndarray import ndarray
from ._views import axis_of

__all__ = ["pad"]

_OPTIONS = {
    "constant": ["constant_values"], "edge": [], "empty": [], "linear_ramp": ["end_values"], "maximum": ["stat_length"],
    "mean": ["stat_length"], "median": ["stat_length"], "minimum": ["stat_length"], "reflect": ["reflect_type"],
    "symmetric": ["reflect_type"], "wrap": [],
}  # fmt: skip


def _pairs(value, rank: int, name: str) -> list:
    """What ``pad`` takes for its widths and values, as a pair for each axis."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        pairs = [(0, 0)] * rank
        for axis, one in value.items():
            pairs[axis_of(axis, rank)] = _pairs(one, 1, name)[0]
        return pairs
    if not isinstance(value, tuple | list):
        return [(value, value)] * rank
    if len(value) == 1:
        return _pairs(value[0], rank, name)
    if len(value) == 2 and not any(isinstance(one, tuple | list) for one in value):
        return [tuple(value)] * rank
    if len(value) != rank:
        raise ValueError(
            f"operands could not be broadcast together with remapped shapes [original->remapped]: ({len(value)},2) and requested shape ({rank},2)"
        )
    return [_pairs(one, 1, name)[0] for one in value]


def pad(array, pad_width, mode="constant", **options):
    """An array with borders. As numpy.pad: all modes, or a function that fills each 1-dimensional part in place."""
    array = _creation.asarray(array)
    if getattr(pad_width, "shape", None) == (0,) or isinstance(pad_width, list | tuple) and not pad_width:
        raise TypeError("`pad_width` must be of integral type.")  # an empty array is of floats
    widths = []
    for before, after in _pairs(pad_width, array.ndim, "pad_width"):
        if isinstance(before, float) or isinstance(after, float):
            raise TypeError("`pad_width` must be of integral type.")
        widths.append((operator.index(before), operator.index(after)))
    if any(n < 0 for pair in widths for n in pair):
        raise ValueError("index can't contain negative values")
    if callable(mode):
        return _pad_by_function(array, widths, mode, options)
    if mode not in _OPTIONS:
        raise ValueError(f"mode '{mode}' is not supported")
    unknown = set(options) - set(_OPTIONS[mode])
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        odd = options.get("reflect_type", "even")
        if odd not in ("even", "odd"):
            raise ValueError(f"reflect_type must be 'even' or 'odd' (got {odd!r})")
        return _pad_by_number(array, widths, mode, odd == "odd")
    made = array
    values = _pairs(options.get("constant_values", options.get("end_values", 0)), array.ndim, "values")
    lengths = _pairs(options.get("stat_length"), array.ndim, "stat_length")
    for one in [one for pair in lengths for one in pair if one is not None]:
        if one < 0:
            raise ValueError("index can't contain negative values")
        if one == 0 and mode in ("maximum", "minimum"):
            raise ValueError("stat_length of 0 yields no value for padding")
    for axis, (before, after) in enumerate(widths):
        if before or after:
            made = _pad_axis(made, axis, before, after, mode, values[axis], lengths[axis])
    return copy(array) if made is array else made


def _pad_axis(x: ndarray, axis: int, before: int, after: int, mode: str, values, lengths) -> ndarray:
    lead, extent = (slice(None),) * axis, x._shape[axis]
    if extent == 0 and mode not in ("constant", "empty"):
        raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")
    shape = x._shape[:axis] + (before + extent + after,) + x._shape[axis + 1 :]
    made = _creation.empty(shape, NAMES[x._dtype], device=x.device)
    made[(*lead, slice(before, before + extent))] = x
    if mode == "empty":
        return made
    for side, (part, n) in enumerate(((slice(0, before), before), (slice(before + extent, None), after))):
        if not n:
            continue
        if mode == "constant":
            value = values[side]
        elif mode == "linear_ramp":
            value = _ramp(x, axis, n, side, values[side])
        else:
            count = extent if lengths[side] is None else min(lengths[side], extent)
            value = _statistic(x[(*lead, slice(0, count) if side == 0 else slice(extent - count, None))], axis, mode)
        made[(*lead, part)] = value
    return made


def _ramp(x: ndarray, axis: int, n: int, side: int, end) -> ndarray:
    edge = x[(slice(None),) * axis + (0 if side == 0 else -1,)]
    value = _creation.linspace(end, edge, n, endpoint=False, dtype=NAMES[x._dtype], axis=axis)
    return value if side == 0 else _manipulation.flip(value, axis)


def _statistic(part: ndarray, axis: int, mode: str) -> ndarray:
    from . import _reductions, _statistics

    function = {
        "maximum": _reductions.max,
        "minimum": _reductions.min,
        "mean": _reductions.mean,
        "median": _statistics.median,
    }[mode]
    value = function(part, axis, keepdims=True)
    return _ufuncs.rint(value) if mode in ("mean", "median") and KINDS[part._dtype] in "iu" else value


def _pad_by_number(x: ndarray, widths: list, mode: str, odd: bool) -> ndarray:
    made = x
    for axis, (before, after) in enumerate(widths):
        extent = x._shape[axis]
        if not before and not after:
            continue
        if extent == 0:
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")
        at = _creation.iota((before + extent + after,)) - before
        if mode == "edge" or mode == "reflect" and extent == 1:
            made = _taken(made, apply(OPS["minimum"], apply(OPS["maximum"], at, 0), extent - 1), axis)
        elif mode == "wrap":
            made = _taken(made, apply(OPS["remainder"], at, extent), axis)
        else:
            step = extent if mode == "symmetric" else extent - 1
            turn, rest = apply(OPS["floor_divide"], at, step), apply(OPS["remainder"], at, step)
            back = apply(OPS["remainder"], turn, 2) != 0
            numbers = apply(OPS["where"], back, extent - 1 - rest, rest)
            made = _turned(made, numbers, turn, back, axis) if odd else _taken(made, numbers, axis)
    return copy(x) if made is x else made


def _taken(x: ndarray, numbers: ndarray, axis: int) -> ndarray:
    return x[(slice(None),) * axis + (_indexing._Own(numbers, x._shape[axis]),)]


def _turned(x: ndarray, numbers: ndarray, turn: ndarray, back: ndarray, axis: int) -> ndarray:
    """Reflected about the values at the ends: two reflections are a shift by twice the difference of the ends."""
    lead = (slice(None),) * axis
    first, last = x[(*lead, slice(0, 1))], x[(*lead, slice(-1, None))]
    spread = (-1,) + (1,) * (x.ndim - axis - 1)
    twice = _manipulation.reshape(apply(OPS["floor_divide"], turn, 2) * 2, spread).astype(NAMES[x._dtype])
    back = _manipulation.reshape(back, spread)
    seen = _taken(x, numbers, axis)
    return apply(OPS["where"], back, 2 * last - seen, seen) + twice * (last - first)


def _pad_by_function(x: ndarray, widths: list, function, options: dict) -> ndarray:
    shape = tuple([before + extent + after for extent, (before, after) in zip(x._shape, widths)])
    made = _creation.zeros(shape, NAMES[x._dtype], device=x.device)
    made[tuple([slice(before, before + extent) for extent, (before, _) in zip(x._shape, widths)])] = x
    for axis in range(x.ndim):
        rows = _manipulation.moveaxis(made, axis, -1)
        for at in ndindex(rows._shape[:-1]):
            function(rows[at], widths[axis], axis, options)
    return made
