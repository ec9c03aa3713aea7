"""Sums, products and extremes up to each element, and differences. Names, arguments and errors are NumPy's, or those of C++ where
NumPy has no such function.

A scan goes once over its input (ops/scan.hpp); float32 sums are added as a tree within blocks, never one after the other.
"""

from __future__ import annotations

import operator

from . import _creation, _kernels, _manipulation
from ._dtypes import BOOL, KINDS, NAMES, number_of
from ._elementwise import OPS, apply, astype, cast, put
from ._ndarray import ndarray
from ._views import axes_of, axis_of

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "ediff1d",
    "gradient",
    "logcumsumexp",
    "nancumprod",
    "nancumsum",
    "trapezoid",
]


_NAMES = {"sum": "cumsum", "prod": "cumprod", "max": "cummax", "min": "cummin", "logaddexp": "logcumsumexp"}
_UFUNCS = {"sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum", "logaddexp": "logaddexp"}


def scan(name: str, a, axis=None, dtype=None, out=None, flags: int = 0):
    """A scan of the core along an axis (None: of the flattened array)."""
    x = _creation.asarray(a)
    if axis is None:
        x, axis = _manipulation.ravel(x), 0
    elif x.ndim == 0 and operator.index(axis) in (0, -1):
        x, axis = _manipulation.reshape(x, (1,)), 0
    axis = axis_of(axis, x.ndim)
    number = None if dtype is None else number_of(dtype)
    if number is None and out is not None:
        number = out._dtype
    if number is not None and number != x._dtype:
        x = astype(x, number)
    if _kernels.scan_types(name, x._dtype) is None:
        raise TypeError(f"complex numbers have no order: {_NAMES[name]} is not defined for {NAMES[x._dtype]}")
    made = _kernels.scan(_kernels.last(x, axis), name, flags)
    if number is not None and made._dtype != number:
        made = astype(made, number)
    made = _kernels.back(made, axis)
    if out is None:
        return made
    if out._shape != made._shape:
        raise ValueError("provided out is the wrong size for the accumulation.")
    put(out, cast(made, made._dtype), _UFUNCS[name])
    return out


def doubling(combine, x: ndarray) -> ndarray:
    """The scan of each row by any associative function of two arrays: each element with that 1, 2, 4 ... before it, in as many
    passes as the length has binary digits."""
    step = 1
    while step < x._shape[-1]:
        later = combine(x[..., :-step], x[..., step:])
        x = _manipulation.concatenate([x[..., :step], later], -1)
        step *= 2
    return x


def _flags(reverse: bool, exclusive: bool) -> int:
    return (_kernels.REVERSE if reverse else 0) | (_kernels.EXCLUSIVE if exclusive else 0)


def cumsum(a, axis=None, dtype=None, out=None, *, reverse=False, exclusive=False):
    """The sums up to each element, with ``reverse`` from the end on, with ``exclusive`` without the element itself. As numpy.cumsum;
    bool and narrow integers give 32-bit integers."""
    return scan("sum", a, axis, dtype, out, _flags(reverse, exclusive))


def cumprod(a, axis=None, dtype=None, out=None, *, reverse=False, exclusive=False):
    """The products up to each element. As numpy.cumprod, types and options as those of cumsum."""
    return scan("prod", a, axis, dtype, out, _flags(reverse, exclusive))


def cummax(a, axis=None, dtype=None, out=None, *, reverse=False, exclusive=False):
    """The largest of the elements up to each one, of all in row-major order unless an axis is named; NaN stays once it was met. With
    ``reverse`` from the end on, with ``exclusive`` without the element itself, beginning with the least value of the dtype. As
    nf::cummax and numpy.maximum.accumulate; TypeError for complex numbers."""
    return scan("max", a, axis, dtype, out, _flags(reverse, exclusive))


def cummin(a, axis=None, dtype=None, out=None, *, reverse=False, exclusive=False):
    """The least of the elements up to each one. As nf::cummin and numpy.minimum.accumulate; everything else as ``cummax``."""
    return scan("min", a, axis, dtype, out, _flags(reverse, exclusive))


def logcumsumexp(a, axis=None, dtype=None, out=None, *, reverse=False, exclusive=False):
    """log(cumsum(exp(a))) without overflow, of all elements in row-major order unless an axis is named; options as those of
    ``cummax``, exclusive scans begin with -inf. As nf::logcumsumexp and numpy.logaddexp.accumulate, of whose dtype it is."""
    return scan("logaddexp", a, axis, dtype, out, _flags(reverse, exclusive))


def _numbers(a, value) -> ndarray:
    x = _creation.asarray(a)
    return apply(OPS["where"], x != x, value, x) if KINDS[x._dtype] in "fc" else x


def nancumsum(a, axis=None, dtype=None, out=None):
    """The sums up to each element, NaN counting as 0. As numpy.nancumsum."""
    return cumsum(_numbers(a, 0), axis, dtype, out)


def nancumprod(a, axis=None, dtype=None, out=None):
    """The products up to each element, NaN counting as 1. As numpy.nancumprod."""
    return cumprod(_numbers(a, 1), axis, dtype, out)


def _cumulative(name: str, x, axis, dtype, out, include_initial: bool):
    x = _creation.asarray(x)
    if x.ndim == 0:
        x = _manipulation.reshape(x, (1,))
    if axis is None:
        if x.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    if out is not None and include_initial:
        axis = axis_of(axis, x.ndim)
        item = [slice(None)] * x.ndim
        item[axis] = slice(1, None)
        if out._shape[axis] != x._shape[axis] + 1:
            raise ValueError("provided out is the wrong size for the accumulation.")
        scan(name, x, axis, dtype, out[tuple(item)])
        item[axis] = slice(0, 1)
        out[tuple(item)] = 0 if name == "sum" else 1
        return out
    made = scan(name, x, axis, dtype, out)
    if not include_initial:
        return made
    axis = axis_of(axis, made.ndim)
    shape = made._shape[:axis] + (1,) + made._shape[axis + 1 :]
    start = _creation.full(shape, 0 if name == "sum" else 1, NAMES[made._dtype], device=made.device)
    return _manipulation.concatenate([start, made], axis)


def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """The sums up to each element, with 0 before them where asked for. As numpy.cumulative_sum."""
    return _cumulative("sum", x, axis, dtype, out, include_initial)


def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """The products up to each element, with 1 before them where asked for. As numpy.cumulative_prod."""
    return _cumulative("prod", x, axis, dtype, out, include_initial)


# --- differences


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Differences of neighbours along an axis, n times; values before and after the axis may be given. As numpy.diff."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = _creation.asarray(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis_of(axis, a.ndim)
    parts = []
    for extra in (prepend, a, append):
        if extra is not None:
            extra = _creation.asarray(extra)
            if extra.ndim == 0:
                shape = a._shape[:axis] + (1,) + a._shape[axis + 1 :]
                extra = _manipulation.broadcast_to(extra, shape)
            parts.append(extra)
    if len(parts) > 1:
        a = _manipulation.concatenate(parts, axis)
    lead = (slice(None),) * axis
    for _ in range(n):
        upper, lower = a[(*lead, slice(1, None))], a[(*lead, slice(None, -1))]
        a = upper != lower if a._dtype == BOOL else upper - lower
    return a


def ediff1d(ary, to_end=None, to_begin=None):
    """Differences of neighbours of the flattened array, with values before and after them. As numpy.ediff1d."""
    x = _manipulation.ravel(_creation.asarray(ary))
    parts = []
    for extra, name in ((to_begin, "to_begin"), (None, ""), (to_end, "to_end")):
        if not name:
            parts.append(x[1:] - x[:-1])
        elif extra is not None:
            from ._dtypes import castable

            extra = _manipulation.ravel(_creation.asarray(extra))
            if not castable(extra._dtype, x._dtype, "same_kind"):
                raise TypeError(f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")
            parts.append(extra if extra._dtype == x._dtype else astype(extra, x._dtype))
    return parts[0] if len(parts) == 1 else _manipulation.concatenate(parts)


def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences inside and one-sided ones of first or second order at the ends, for even spacings or coordinates. As
    numpy.gradient."""
    f = _creation.asarray(f)
    axes = axes_of(axis, f.ndim)
    if len(varargs) == 0:
        steps = [1.0] * len(axes)
    elif len(varargs) == 1 and _manipulation.ndim(varargs[0]) == 0:
        steps = list(varargs) * len(axes)
    elif len(varargs) == len(axes):
        steps = list(varargs)
    else:
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if f._dtype == BOOL:
        f - f  # raises what subtracting booleans does
    if KINDS[f._dtype] in "iu":
        f = f * 1.0
    made = []
    for at, step in zip(axes, steps):
        if f._shape[at] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required."
            )
        one = _derivative(f, at, step, edge_order)
        made.append(one if one._dtype == f._dtype else astype(one, f._dtype))
    return made[0] if len(made) == 1 else tuple(made)


def _derivative(f: ndarray, axis: int, step, order: int) -> ndarray:
    def part(start, stop):
        return f[(slice(None),) * axis + (slice(start, stop),)]

    if not isinstance(step, int | float | complex) and _manipulation.ndim(step) != 0:
        step = _creation.asarray(step)
        if step.ndim != 1:
            raise ValueError("distances must be either scalars or 1d")
        if step._shape[0] != f._shape[axis]:
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        gaps = diff(step)
        gaps = gaps * 1.0 if KINDS[gaps._dtype] in "iu" else gaps
        gaps = _manipulation.reshape(gaps, (-1,) + (1,) * (f.ndim - axis - 1))

        def gap(start, stop):
            return gaps[(slice(start, stop),)]

    else:
        step = step.item() if hasattr(step, "item") else step

        def gap(start, stop):
            return step

    one, two = gap(None, -1), gap(1, None)
    if isinstance(step, ndarray):
        inside = (
            -two / (one * (one + two)) * part(None, -2)
            + (two - one) / (one * two) * part(1, -1)
            + one / (two * (one + two)) * part(2, None)
        )
    else:
        inside = (part(2, None) - part(None, -2)) / (2.0 * step)
    if order == 1:
        first = (part(1, 2) - part(0, 1)) / gap(0, 1)
        last = (part(-1, None) - part(-2, -1)) / gap(-1, None)
    else:
        one, two = gap(0, 1), gap(1, 2)
        first = (
            -(2.0 * one + two) / (one * (one + two)) * part(0, 1)
            + (one + two) / (one * two) * part(1, 2)
            - one / (two * (one + two)) * part(2, 3)
        )
        one, two = gap(-2, -1), gap(-1, None)
        last = (
            two / (one * (one + two)) * part(-3, -2)
            - (two + one) / (one * two) * part(-2, -1)
            + (2.0 * two + one) / (two * (one + two)) * part(-1, None)
        )
    return _manipulation.concatenate([first, inside, last], axis)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by the trapezoidal rule, at even distances or at coordinates. As numpy.trapezoid."""
    y = _creation.asarray(y)
    axis = axis_of(axis, y.ndim)
    if x is None:
        gaps = dx
    else:
        x = _creation.asarray(x)
        if x.ndim == 1:
            gaps = _manipulation.reshape(diff(x), (-1,) + (1,) * (y.ndim - axis - 1))
        else:
            gaps = diff(x, axis=axis)
    lead = (slice(None),) * axis
    both = (y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]) / 2.0
    from ._reductions import sum

    return sum(gaps * both, axis)
