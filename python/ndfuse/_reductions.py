"""Reductions: sum, prod, max, min, mean, any, all, and what is made of them. Names, arguments and errors are NumPy's.

Sums and products of narrow integers have 32 bits, of 64-bit types their own; NaN wins in max and min; the mean of integers
is float32. What is reduced is computed by the same kernel.
"""

from __future__ import annotations

import builtins
import math

from . import _creation, _manipulation
from ._core import core
from ._dtypes import DTYPES, FLOAT16, FLOAT32, INT32, KINDS, NAMES, _tables, number_of
from ._elementwise import OPS, apply, as_input, astype, cast, coerce, device_of, put, result, types
from ._graph import MAP, REDUCE, Node  # noqa: F401
from ._ndarray import ndarray
from ._views import axes_of, axis_of

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "prod",
    "ptp",
    "softmax",
    "std",
    "sum",
    "var",
]

NUMBERS = {name: number for number, name in enumerate(_tables["reductions"])}
_UFUNC_NAMES = {
    "sum": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
    "any": "logical_or",
    "all": "logical_and",
}
_WITHOUT_IDENTITY = {
    **{
        name: f"zero-size array to reduction operation {ufunc} which has no identity"
        for name, ufunc in (("max", "maximum"), ("min", "minimum"), ("nanmax", "fmax"), ("nanmin", "fmin"))
    },
    "argmax": "attempt to get argmax of an empty sequence",
    "argmin": "attempt to get argmin of an empty sequence",
}
_memo: dict = {}


def _types(number: int, dtype: int) -> int:
    found = _memo.get((number, dtype))
    if found is None:
        found = _memo[number, dtype] = core.reduce_types(number, dtype)
    return found


def reduce(name: str, a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True) -> ndarray:
    """A reduction of the core over axes (None: all; an integer; a tuple)."""
    x = a if isinstance(a, ndarray) else _creation.asarray(a)
    if name in ("nanmax", "nanmin") and KINDS[x._dtype] == "c":
        edge = -math.inf if name == "nanmax" else math.inf
        made = _extreme_complex(name[3:], _without_nan(x, complex(edge, edge)), axis, None, keepdims, initial, where)
        return _store(apply(OPS["where"], all(x != x, axis, keepdims=keepdims), math.nan, made), out)
    if name in ("max", "min") and KINDS[x._dtype] == "c":
        return _extreme_complex(name, x, axis, out, keepdims, initial, where)
    number = NUMBERS[name]
    wanted = None if dtype is None else number_of(dtype)
    if wanted is None and out is not None and name in ("sum", "prod") and isinstance(out, ndarray):
        wanted = out._dtype
    if wanted is not None and wanted != x._dtype:
        x = astype(x, wanted)
    both = _types(number, x._dtype)
    if both < 0:
        raise TypeError(
            f"ufunc '{_UFUNC_NAMES.get(name, name)}' did not contain a loop with signature matching types {DTYPES[x._dtype]!r}"
        )
    shape = x._shape
    axes = axes_of(axis, len(shape))
    if where is not True:
        x = _masked(name, x, where, initial)
        shape = x._shape
    mask = 0
    for k in axes:
        mask |= 1 << k
    if initial is None and name in _WITHOUT_IDENTITY and builtins.any(shape[k] == 0 for k in axes):
        raise ValueError(_WITHOUT_IDENTITY[name])
    kept = tuple([extent for k, extent in enumerate(shape) if not mask >> k & 1])
    given = both >> 8
    if name in ("max", "min") and builtins.any(shape[k] == 0 for k in axes):
        made = _creation.full(kept, initial, NAMES[given], device=x.device)
        made = made if kept else made[()]
        initial = None
    elif mask == 0 and (name in _UFUNC_NAMES or name in ("mean", "logsumexp")):
        made = result(cast(x, given))
    else:
        made = result(Node(REDUCE, number, (as_input(x),), kept, given, device_of(x), mask))
    if initial is not None:
        made = apply(OPS[_UFUNC_NAMES[name]], made, _weak(initial))
    if wanted is not None and made._dtype != wanted and name in ("sum", "prod", "mean"):
        made = astype(made, wanted)
    if keepdims:
        made = _manipulation.reshape(made, tuple([1 if mask >> k & 1 else extent for k, extent in enumerate(shape)]))
    if out is not None:
        if out._shape != made._shape:
            raise ValueError(
                f"output parameter for reduction operation {_UFUNC_NAMES.get(name, name)} has the wrong number of dimensions: "
                f"Found {out.ndim} but expected {made.ndim}"
            )
        put(out, cast(made, made._dtype), _UFUNC_NAMES.get(name, "mean"))
        return out
    return made


def _extreme_complex(name: str, x: ndarray, axis, out, keepdims, initial, where) -> ndarray:
    # The element at the place of the best.
    if where is not True:
        x = _masked(name, x, where, initial)
    axes = axes_of(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in axes]
    count = math.prod([x._shape[k] for k in axes])
    if count == 0 and initial is None:
        raise ValueError(f"zero-size array to reduction operation {_UFUNC_NAMES[name]} which has no identity")
    shape = tuple([x._shape[k] for k in kept])
    rows = _manipulation.reshape(_manipulation.transpose(x, (*kept, *axes)) if x.ndim else x, (*shape, count))
    if initial is not None:
        start = _creation.full((*shape, 1), initial, NAMES[x._dtype], device=x.device)
        rows = _manipulation.concatenate([start, rows], -1)
    from ._indexing import take_along_axis

    at = _manipulation.expand_dims(_arg("arg" + name, rows, -1, None, False), len(shape))
    if keepdims:
        shape = tuple([1 if k in axes else extent for k, extent in enumerate(x._shape)])
    made = _manipulation.reshape(take_along_axis(rows, at, -1), shape)
    made = made if shape or x.ndim == 0 and keepdims else made[()]
    return _store(made, out)


def _weak(value):
    return value.item() if hasattr(value, "item") and not isinstance(value, ndarray) else value


def _masked(name: str, x: ndarray, where, initial) -> ndarray:
    # Elements that do not count become the neutral one.
    if name in ("max", "min"):
        if initial is None:
            raise ValueError(
                f"reduction operation '{_UFUNC_NAMES[name]}' does not have an identity, so to use a where mask one has to specify 'initial'"
            )
        neutral = _weak(initial)
    else:
        neutral = {"sum": 0, "prod": 1, "any": False, "all": True}[name]
    if not isinstance(neutral, ndarray):
        neutral = coerce(neutral, x._dtype)
    return apply(OPS["where"], where, x, neutral)


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """The sum of elements. As numpy.sum; bool and narrow integers give 32-bit integers."""
    return reduce("sum", a, axis, dtype, out, keepdims, initial, where)


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """The product of elements. As numpy.prod, types as those of sum."""
    return reduce("prod", a, axis, dtype, out, keepdims, initial, where)


def max(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    """The largest element; NaN wins. As numpy.max; ValueError for no elements without ``initial``."""
    return reduce("max", a, axis, None, out, keepdims, initial, where)


def min(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    """The smallest element; NaN wins. As numpy.min; ValueError for no elements without ``initial``."""
    return reduce("min", a, axis, None, out, keepdims, initial, where)


amax, amin = max, min


def logsumexp(a, axis=None, *, keepdims=False):
    """log(sum(exp(a))) without overflow, in one pass; -inf for no elements. As nf::logsumexp and scipy.special.logsumexp; of integers
    float32, TypeError for complex numbers."""
    return reduce("logsumexp", a, axis, keepdims=keepdims)


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis (None: all; a tuple), without overflow: NaN where one that is summed is NaN or inf. As
    nf::softmax, whose axis is the last one, and scipy.special.softmax, whose axis is None; its dtype is that of exp(x). Three launches: the
    greatest, the sum, the result."""
    away, total, number = _away_from_greatest(x, axis)
    return _cast_to(apply(OPS["exp"], away) / total, number)


def log_softmax(x, axis=-1):
    """log(softmax(x)), exact where softmax underflows. As nf::log_softmax and scipy.special.log_softmax; everything else as
    ``softmax``."""
    away, total, number = _away_from_greatest(x, axis)
    return _cast_to(away - apply(OPS["log"], total), number)


def _cast_to(x: ndarray, number: int) -> ndarray:
    return x if x._dtype == number else astype(x, number)


def _away_from_greatest(x, axis):
    """x - max(x), the sum of its exponentials, and the dtype of exp(x); half precision in float32."""
    x = _creation.asarray(x)
    if KINDS[x._dtype] == "c":
        raise TypeError(f"complex numbers have no order: softmax is not defined for {NAMES[x._dtype]}")
    if x.ndim == 0 and axis in (0, -1):  # as NumPy's reductions
        axis = None
    number = types(OPS["exp"], x._dtype) >> 8
    x = _cast_to(x, FLOAT32 if number == FLOAT16 else number)
    if math.prod(x._shape) == 0:
        axes_of(axis, x.ndim)
        return x, x, number
    away = x - max(x, axis, keepdims=True)
    return away, sum(apply(OPS["exp"], away), axis, keepdims=True), number


def any(a, axis=None, out=None, keepdims=False, *, where=True):
    """Whether one element is not zero. As numpy.any."""
    return reduce("any", a, axis, None, out, keepdims, None, where)


def all(a, axis=None, out=None, keepdims=False, *, where=True):
    """Whether no element is zero. As numpy.all."""
    return reduce("all", a, axis, None, out, keepdims, None, where)


def _count(x: ndarray, axis, keepdims: bool, where):
    if where is True:
        return math.prod(x._shape[k] for k in axes_of(axis, x.ndim))
    mask = _manipulation.broadcast_to(_creation.asarray(where), x._shape)
    return reduce("sum", astype(mask, INT32), axis, keepdims=keepdims)


def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    """The arithmetic mean. As numpy.mean; of integers float32; NaN, with a warning, for no elements."""
    x = a if isinstance(a, ndarray) else _creation.asarray(a)
    if where is not True:
        total = reduce("sum", x if KINDS[x._dtype] in "fc" else x * 1.0, axis, dtype, None, keepdims, None, where)
        made = total / _count(x, axis, keepdims, where)
        made = made if made._dtype == total._dtype else astype(made, total._dtype)
        return _store(made, out)
    if _count(x, axis, keepdims, True) == 0:
        _warn_empty("Mean of empty slice")
    if KINDS[x._dtype] == "c" and _types(NUMBERS["mean"], x._dtype) < 0:
        return _store(reduce("sum", x, axis, dtype, None, keepdims) / _count(x, axis, keepdims, True), out)
    return reduce("mean", x, axis, dtype, out, keepdims)


def _warn_empty(words: str) -> None:
    import warnings

    warnings.warn(words + ".", RuntimeWarning, stacklevel=4)


def _store(made: ndarray, out):
    if out is None:
        return made
    put(out, cast(made, made._dtype), "divide")
    return out


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, correction=None, mean=None):
    """The variance: the mean of squared distances from the mean, divided by count - ddof. As numpy.var.

    One pass; two with ``where``, ``mean`` or complex elements."""
    x = a if isinstance(a, ndarray) else _creation.asarray(a)
    if correction is not None:
        ddof = correction
    if dtype is not None:
        x = astype(x, number_of(dtype))
    elif KINDS[x._dtype] in "biu":
        x = x * 1.0
    if where is True and mean is None and KINDS[x._dtype] == "f":
        count = _count(x, axis, keepdims, True)
        if count - ddof <= 0:
            _warn_empty("Degrees of freedom <= 0 for slice")
        made = reduce("var", x, axis, None, None, keepdims)
        if ddof != 0:
            made = made * (count / (count - ddof)) if count > ddof else made * math.nan
        return _store(made, out)
    center = _mean_of(x, axis, where) if mean is None else mean
    away = x - center
    squares = away * away if KINDS[x._dtype] != "c" else _creation.apply(OPS["real"], away * away.conj())
    total = reduce("sum", squares, axis, None, None, keepdims, None, where)
    count = _count(x, axis, keepdims, where)
    if isinstance(count, int):
        if count - ddof <= 0:
            _warn_empty("Degrees of freedom <= 0 for slice")
        made = total / float(count - ddof) if count > ddof else total * math.nan
    else:
        made = total / apply(OPS["maximum"], count - ddof, 0)
    made = made if made._dtype == total._dtype else astype(made, total._dtype)
    return _store(made, out)


def _mean_of(x: ndarray, axis, where):
    return mean(x, axis, keepdims=True, where=where)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, correction=None, mean=None):
    """The standard deviation: the square root of the variance. As numpy.std."""
    made = var(a, axis, dtype, None, ddof, keepdims, where=where, correction=correction, mean=mean)
    return _store(apply(OPS["sqrt"], made), out)


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """The mean with weights. As numpy.average; ZeroDivisionError when weights sum to zero (which waits for them)."""
    a = _creation.asarray(a)
    if weights is None:
        made = mean(a, axis, keepdims=keepdims)
        count = _count(a, axis, keepdims, True)
        return (made, _creation.full(made._shape, float(count), NAMES[made._dtype])) if returned else made
    weights = _creation.asarray(weights)
    if a._shape != weights._shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        axes = axes_of(axis, a.ndim)
        if weights._shape != tuple([a._shape[k] for k in axes]):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        weights = _manipulation.reshape(weights, tuple([a._shape[k] if k in axes else 1 for k in range(a.ndim)]))
        weights = _manipulation.broadcast_to(weights, a._shape)
    if KINDS[weights._dtype] in "biu":
        weights = weights * 1.0
    total = sum(weights, axis, keepdims=keepdims)
    if bool(any(total == 0)):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    made = sum(a * weights, axis, keepdims=keepdims) / total
    return (made, total) if returned else made


def ptp(a, axis=None, out=None, keepdims=False):
    """The largest less the smallest element. As numpy.ptp."""
    return _store(max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims), out)


def count_nonzero(a, axis=None, *, keepdims=False):
    """How many elements are not zero, int32. As numpy.count_nonzero."""
    return sum(_creation.asarray(a) != 0, axis, keepdims=keepdims)


def _arg(name: str, a, axis, out, keepdims: bool) -> ndarray:
    x = a if isinstance(a, ndarray) else _creation.asarray(a)
    if axis is not None and x.ndim:
        axis = axis_of(axis, x.ndim)
    axis = axis if x.ndim else None
    if KINDS[x._dtype] == "c":
        x, name = _best_complex(name, x, axis), "argmax"
    return _store(reduce(name, x, axis, keepdims=keepdims), out)


def _best_complex(name: str, x: ndarray, axis) -> ndarray:
    """Where the largest (smallest) elements along an axis are: those with NaN, else by real parts, then by imaginary ones."""
    name = name.removeprefix("arg")
    edge = -math.inf if name == "max" else math.inf
    nans = x != x
    re, im = apply(OPS["real"], x), apply(OPS["imag"], x)
    re = apply(OPS["where"], nans, edge, re)
    first = (re == reduce(name, re, axis, keepdims=True)) & ~nans
    im = apply(OPS["where"], first, im, edge)
    found = first & (im == reduce(name, im, axis, keepdims=True))
    return apply(OPS["where"], any(nans, axis, keepdims=True), nans, found)


def argmax(a, axis=None, out=None, *, keepdims=False):
    """The index of the largest element, int32: the first of equal ones; NaN wins. As numpy.argmax."""
    return _arg("argmax", a, axis, out, keepdims)


def argmin(a, axis=None, out=None, *, keepdims=False):
    """The index of the smallest element, int32: the first of equal ones; NaN wins. As numpy.argmin."""
    return _arg("argmin", a, axis, out, keepdims)


def _nan_arg(name: str, a, axis, out, keepdims):
    x = _creation.asarray(a)
    if KINDS[x._dtype] not in "fc":
        return _arg(name, x, axis, out, keepdims)
    nans = x != x
    if bool(any(all(nans, axis))):
        raise ValueError("All-NaN slice encountered")
    edge = -math.inf if name == "argmax" else math.inf
    if KINDS[x._dtype] == "c":
        edge = complex(edge, edge)
    return _arg(name, apply(OPS["where"], nans, edge, x), axis, out, keepdims)


def nanargmax(a, axis=None, out=None, *, keepdims=False):
    """The index of the largest element that is not NaN, int32; ValueError where there is none, which waits. As numpy.nanargmax."""
    return _nan_arg("argmax", a, axis, out, keepdims)


def nanargmin(a, axis=None, out=None, *, keepdims=False):
    """The index of the smallest element that is not NaN, int32; ValueError where there is none, which waits. As numpy.nanargmin."""
    return _nan_arg("argmin", a, axis, out, keepdims)


def _without_nan(a, value):
    x = _creation.asarray(a)
    return apply(OPS["where"], x != x, value, x) if KINDS[x._dtype] in "fc" else x


def nansum(a, axis=None, dtype=None, out=None, keepdims=False):
    """The sum, NaN counting as 0. As numpy.nansum."""
    return sum(_without_nan(a, 0), axis, dtype, out, keepdims)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False):
    """The product, NaN counting as 1. As numpy.nanprod."""
    return prod(_without_nan(a, 1), axis, dtype, out, keepdims)


def nanmax(a, axis=None, out=None, keepdims=False):
    """The largest element that is not NaN; NaN where there is none. As numpy.nanmax, without its warning."""
    return reduce("nanmax", a, axis, None, out, keepdims)


def nanmin(a, axis=None, out=None, keepdims=False):
    """The smallest element that is not NaN; NaN where there is none. As numpy.nanmin, without its warning."""
    return reduce("nanmin", a, axis, None, out, keepdims)


def _numbers_only(a):
    x = _creation.asarray(a)
    return x == x


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False):
    """The mean of what is not NaN. As numpy.nanmean, without its warning."""
    x = _creation.asarray(a)
    if KINDS[x._dtype] == "c":
        return mean(x, axis, dtype, out, keepdims, where=_numbers_only(x))
    return reduce("nanmean", x, axis, dtype, out, keepdims)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The variance of what is not NaN. As numpy.nanvar, without its warning."""
    x = _creation.asarray(a)
    if ddof == 0 and dtype is None and KINDS[x._dtype] != "c":
        return reduce("nanvar", x, axis, None, out, keepdims)
    return var(x, axis, dtype, out, ddof, keepdims, where=_numbers_only(x))


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The standard deviation of what is not NaN. As numpy.nanstd, without its warning."""
    return _store(apply(OPS["sqrt"], nanvar(a, axis, dtype, None, ddof, keepdims)), out)
