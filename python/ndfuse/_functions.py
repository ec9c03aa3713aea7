"""Elementwise functions that are made of several operations: each call is one expression, and so part of one kernel, like
whatever a program writes itself. Names, arguments and errors are NumPy's.
"""

from __future__ import annotations

import builtins
import math
import operator

from . import _creation, _indexing, _kernels, _manipulation, _reductions, _scans, _sorting
from ._complex import complex_of
from ._dtypes import BOOL, BOUNDS, DTYPES, FLOAT16, FLOAT32, KINDS, NAMES, WEAK, WIDE, finfo, meet, number_of
from ._elementwise import OPS, apply, assign, astype, cast, convert, operation, put, result, types
from ._graph import Node
from ._ndarray import ndarray, scalar
from ._ufuncs import (
    absolute,
    add,
    arctan2,
    copysign,
    equal,
    floor_divide,
    greater,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logaddexp,
    logical_and,
    logical_or,
    maximum,
    minimum,
    multiply,
    not_equal,
    power,
    remainder,
    rint,
    sin,
    subtract,
    trunc,
)
from ._views import axes_of

__all__ = [
    "allclose",
    "angle",
    "around",
    "array_equal",
    "array_equiv",
    "clip",
    "cross",
    "divmod",
    "fabs",
    "fix",
    "float_power",
    "imag",
    "interp",
    "isclose",
    "iscomplex",
    "iscomplexobj",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "isscalar",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "piecewise",
    "positive",
    "real",
    "real_if_close",
    "round",
    "select",
    "sinc",
    "unwrap",
    "where",
]


def _out(made: ndarray, out, name: str):
    if out is None:
        return made
    put(out, cast(made, made._dtype), name)
    return out


def where(condition, x=None, y=None, /):
    """Elements of ``x`` where the condition holds, else of ``y``. As numpy.where; with the condition alone, nonzero."""
    if x is None and y is None:
        return _indexing.nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return apply(OPS["where"], condition, x, y)


def positive(x, /, out=None):
    """A copy; booleans raise TypeError. As numpy.positive."""
    x = _creation.asarray(x)
    if x._dtype == BOOL:
        raise TypeError(
            "ufunc 'positive' did not contain a loop with signature matching types <class 'numpy.dtypes.BoolDType'> -> None"
        )
    return _out(result(cast(x, x._dtype)), out, "positive")


def real(val):
    """The real part: of complex arrays a new one, others as they are. As numpy.real, but never a view."""
    val = _creation.asarray(val)
    return apply(OPS["real"], val) if KINDS[val._dtype] == "c" else val


def imag(val):
    """The imaginary part; zeros of real arrays. As numpy.imag, but never a view."""
    val = _creation.asarray(val)
    return apply(OPS["imag"], val) if KINDS[val._dtype] == "c" else _creation.zeros_like(val)


def complex_power(x: ndarray, n: int) -> Node:
    """The node of an integer power of complex numbers, by squaring."""
    if n == 0:
        return operation(OPS["add"], apply(OPS["multiply"], _creation.zeros_like(x), 0), 1)
    made, base = None, x
    for bit in reversed(bin(builtins.abs(n))[2:]):
        if bit == "1":
            made = base if made is None else made * base
        base = base * base
    if n < 0:
        return operation(OPS["divide"], 1, made)
    return cast(made, made._dtype)


def angle(z, deg=False):
    """The argument of complex numbers. As numpy.angle."""
    z = _creation.asarray(z)
    made = arctan2(imag(z), real(z))
    return made * (180 / math.pi) if deg else made


def real_if_close(a, tol=100):
    """The real parts where all imaginary ones are within ``tol`` units of the last place of zero (an absolute bound when ``tol`` is not
    above 1), else the array; waits. As numpy.real_if_close."""
    a = _creation.asarray(a)
    if KINDS[a._dtype] != "c":
        return a
    if tol > 1:
        tol *= finfo(DTYPES[a._dtype]).eps
    return real(a) if bool(_reductions.all(less(absolute(imag(a)), tol))) else a


def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    """Angles without jumps of more than half a period along an axis. As numpy.unwrap."""
    p = _creation.asarray(p)
    steps = _scans.diff(p, axis=axis)
    whole = type(period) is int and KINDS[p._dtype] in "iu"
    high = period // 2 if whole else period / 2
    ambiguous = whole and period % 2 == 0 or not whole
    low = -high
    wrapped = remainder(steps - low, period) + low
    if ambiguous:
        wrapped = where(logical_and(equal(wrapped, low), greater(steps, 0)), high, wrapped)
    correction = where(less(absolute(steps), high if discont is None else discont), 0, wrapped - steps)
    at = axes_of(axis, p.ndim)[0]
    lead = (slice(None),) * at
    rest = p[(*lead, slice(1, None))] + _scans.cumsum(correction, axis)
    first = p[(*lead, slice(0, 1))]
    return _manipulation.concatenate([first, rest], at)


def iscomplexobj(x):
    """Whether the type is complex. As numpy.iscomplexobj."""
    return KINDS[_creation.asarray(x)._dtype] == "c"


def isrealobj(x):
    """Whether the type is not complex. As numpy.isrealobj."""
    return not iscomplexobj(x)


def iscomplex(x):
    """Where the imaginary part is not zero. As numpy.iscomplex."""
    return imag(x) != 0


def isreal(x):
    """Where the imaginary part is zero. As numpy.isreal."""
    return imag(x) == 0


def isscalar(element):
    """Whether it is a scalar and no array. As numpy.isscalar."""
    return isinstance(element, scalar | bool | int | float | complex | str | bytes) or (
        type(element).__module__ == "numpy" and not hasattr(element, "__array_function__") and hasattr(element, "dtype")
    )


def divmod(x1, x2, /):
    """floor_divide and remainder. As numpy.divmod."""
    return floor_divide(x1, x2), remainder(x1, x2)


def modf(x, /):
    """Fraction and whole part, both with the sign of x. As numpy.modf."""
    whole = trunc(multiply(x, 1.0))
    fraction = where(isinf(x), 0.0, multiply(x, 1.0) - whole)
    return copysign(fraction, x), whole


def float_power(x1, x2, /, out=None, *, dtype=None):
    """Powers in floating types: integers become float32. As numpy.float_power, which computes in float64."""
    if dtype is not None:
        return power(x1, x2, out=out, dtype=dtype)
    if not isinstance(x1, ndarray) and not isinstance(x2, ndarray):
        x1 = _creation.asarray(x1)
    x1, x2 = (astype(x, FLOAT32) if getattr(x, "_dtype", None) == FLOAT16 else x for x in (x1, x2))
    return power(multiply(x1, 1.0), multiply(x2, 1.0), out=out)


def fabs(x, /):
    """Magnitude, floating. As numpy.fabs."""
    x = _creation.asarray(x)
    number = types(OPS["rint"], x._dtype) >> 8
    return absolute(x if number in (x._dtype, -1) else astype(x, number))


def logaddexp2(x1, x2, /):
    """log2(2**x1 + 2**x2). As numpy.logaddexp2."""
    return logaddexp(multiply(x1, math.log(2)), multiply(x2, math.log(2))) / math.log(2)


def sinc(x):
    """sin(pi x) / (pi x), 1 at 0. As numpy.sinc."""
    y = multiply(x, math.pi)
    return where(equal(x, 0), 1.0, sin(y) / where(equal(x, 0), 1.0, y))


def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None, dtype=None):
    """minimum(maximum(a, a_min), a_max); a bound may be None. As numpy.clip."""
    low, high = a_min if min is None else min, a_max if max is None else max
    made = _creation.asarray(a)
    own = made._dtype
    for bound, function in ((low, maximum), (high, minimum)):
        if bound is None:
            continue
        if type(bound) is int and KINDS[own] in "iu":
            # A bound beyond the type is met by every element, or by none.
            least, most = BOUNDS[own]
            if not least <= bound <= most:
                if (bound > most) == (function is minimum):
                    continue
                raise OverflowError(f"Python integer {bound} out of bounds for {NAMES[own]}")
        made = function(made, bound)
    if made is a or low is None and high is None:
        made = result(cast(made, made._dtype))
    if dtype is not None:
        made = astype(made, number_of(dtype))
    return _out(made, out, "clip")


def round(a, decimals=0, out=None):
    """To a number of decimals, halves to even. As numpy.round; integers stay what they are for decimals >= 0."""
    a = _creation.asarray(a)
    kind = KINDS[a._dtype]
    decimals = operator.index(decimals)
    if kind == "c":
        made = complex_of(round(real(a), decimals), round(imag(a), decimals))
    elif kind in "iub" and decimals >= 0:
        made = a * 1.0 if kind == "b" else result(cast(a, a._dtype))
        made = rint(astype(a, number_of("float16"))) if kind == "b" else made
    elif kind in "iub":
        scale = 10**-decimals
        half, rest = scale // 2, remainder(a, scale)
        low = a - rest
        odd = remainder(floor_divide(a, scale), 2) != 0
        up = logical_or(greater(rest, half), logical_and(equal(rest, half), odd))
        made = low + where(up, scale, 0)
    elif decimals == 0:
        made = rint(a)
    elif decimals > 0:
        made = rint(a * float(10**decimals)) / float(10**decimals)
    else:
        made = rint(a / float(10**-decimals)) * float(10**-decimals)
    return _out(made, out, "rint")


around = round


def fix(x, out=None):
    """Towards zero. As numpy.fix."""
    return _out(trunc(x), out, "trunc")


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Without NaN and infinities: these become ``nan``, and the largest and smallest finite values or what is given. As
    numpy.nan_to_num."""
    x = _creation.asarray(x)
    kind = KINDS[x._dtype]
    if kind == "c":
        made = complex_of(
            nan_to_num(real(x), True, nan, posinf, neginf), nan_to_num(imag(x), True, nan, posinf, neginf)
        )
    elif kind == "f":
        limits = finfo(DTYPES[x._dtype])
        made = where(isnan(x), nan, x)
        made = where(equal(x, math.inf), limits.max if posinf is None else posinf, made)
        made = where(equal(x, -math.inf), limits.min if neginf is None else neginf, made)
    else:
        made = result(cast(x, x._dtype))
    if not copy:
        assign(x, made)
        return x
    return made


def isposinf(x):
    """Where it is infinity. As numpy.isposinf."""
    return equal(x, math.inf)


def isneginf(x):
    """Where it is minus infinity. As numpy.isneginf."""
    return equal(x, -math.inf)


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |a - b| <= atol + rtol * |b|, infinities being equal to themselves. As numpy.isclose."""
    a, b = convert(a), convert(b)
    if isinstance(a, ndarray) and KINDS[a._dtype] in "bu" or isinstance(b, ndarray) and KINDS[b._dtype] in "bu":
        a, b = multiply(a, 1.0), multiply(b, 1.0)  # a difference of unsigned integers would wrap
    near = less_equal(absolute(subtract(multiply(a, 1.0), b)), add(multiply(absolute(b), rtol), atol))
    same = equal(a, b)
    made = logical_or(same, logical_and(near, _finite(b)))
    return logical_or(made, logical_and(_nan(a), _nan(b))) if equal_nan else made


def _finite(x):
    if isinstance(x, ndarray) and KINDS[x._dtype] == "c" or type(x) is complex:
        return logical_and(isfinite(real(x)), isfinite(imag(x)))
    return isfinite(x)


def _nan(x):
    return not_equal(x, x)


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements are close; waits. As numpy.allclose."""
    return bool(_reductions.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1, a2, equal_nan=False):
    """Whether shapes and all elements are equal; waits. As numpy.array_equal."""
    a1, a2 = _creation.asarray(a1), _creation.asarray(a2)
    if a1._shape != a2._shape:
        return False
    same = equal(a1, a2)
    if equal_nan:
        same = logical_or(same, logical_and(_nan(a1), _nan(a2)))
    return bool(_reductions.all(same))


def array_equiv(a1, a2):
    """Whether all elements are equal after broadcasting; waits. As numpy.array_equiv."""
    try:
        return bool(_reductions.all(equal(a1, a2)))
    except ValueError:
        return False


def select(condlist, choicelist, default=0):
    """For each element the choice of the first condition that holds. As numpy.select."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    choices = [convert(one) for one in choicelist]
    conditions = [_creation.asarray(one) for one in condlist]
    for at, condition in enumerate(conditions):
        if condition._dtype != BOOL:
            raise TypeError(f"invalid entry {at} in condlist: should be boolean ndarray")
    default = convert(default)
    typed = [one for one in (*choices, default) if isinstance(one, ndarray)]
    weak = [one for one in (*choices, default) if not isinstance(one, ndarray)]
    kinds = [WEAK[type(one)] for one in weak if type(one) in WEAK]
    number = meet([one._dtype for one in typed], builtins.max(kinds, default=0))
    made = default
    for condition, choice in zip(reversed(conditions), reversed(choices)):
        made = where(condition, choice, made)
    made = made if made._dtype == number else astype(made, number)
    return made if made._shape else _creation.array(made)


def piecewise(x, condlist, funclist, *args, **kw):
    """Functions (or values) for the elements for which conditions hold, the last one fitting; an extra one is the default.
    As numpy.piecewise; every function sees all elements."""
    x = _creation.asarray(x)
    if not isinstance(condlist, list | tuple):
        condlist = [condlist]
    if len(funclist) not in (len(condlist), len(condlist) + 1):
        raise ValueError(
            f"with {len(condlist)} condition(s), either {len(condlist)} or {len(condlist) + 1} functions are expected"
        )
    values = [one(x, *args, **kw) if callable(one) else one for one in funclist]
    made = values[-1] if len(values) > len(condlist) else 0
    for condition, value in zip(condlist, values):
        made = where(condition, value, made)
    return astype(_creation.asarray(made), x._dtype)


def interp(x, xp, fp, left=None, right=None, period=None):
    """Values of the piecewise linear function through (xp, fp), xp ascending (any order with ``period``). As numpy.interp."""
    x, xp, fp = (_creation.asarray(one) for one in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError(
            "Data points must be 1-D sequences" if period is not None else "object too deep for desired array"
        )
    count = xp._shape[0]
    if fp._shape != xp._shape:
        raise ValueError("fp and xp are not of the same length.")
    if count == 0:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period = builtins.abs(period)
        left = right = None
        x, xp = remainder(multiply(x, 1.0), period), remainder(multiply(xp, 1.0), period)
        order = _sorting.argsort(xp)
        xp, fp = _indexing.take(xp, order), _indexing.take(fp, order)
        xp = _manipulation.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = _manipulation.concatenate([fp[-1:], fp, fp[:1]])
        count += 2
    number = meet([x._dtype, xp._dtype], WEAK[float])
    number = FLOAT32 if number == FLOAT16 else number
    x, xp = (one if one._dtype == number else astype(one, number) for one in (x, xp))
    if KINDS[fp._dtype] != "c" and fp._dtype != number and not WIDE[fp._dtype]:
        fp = astype(fp, number)
    at = _kernels.search(xp, x, right=True)
    low = minimum(maximum(at - 1, 0), builtins.max(count - 2, 0))
    high = minimum(low + 1, count - 1)
    take = _kernels.gather
    x0, x1, y0, y1 = take(xp, low), take(xp, high), take(fp, low), take(fp, high)
    gap = where(equal(x1, x0), 1.0, x1 - x0)
    slope = (y1 - y0) / gap
    made = slope * (x - x0) + y0
    made = where(_nan(made), slope * (x - x1) + y1, made)  # of infinite ends, as NumPy
    made = where(logical_and(_nan(made), equal(y0, y1)), y0, made)
    made = where(equal(x, x0), y0, made)
    made = where(less(x, xp[0]), fp[0] if left is None else left, made)
    made = where(equal(x, xp[count - 1]), fp[count - 1], made)
    made = where(greater(x, xp[count - 1]), fp[count - 1] if right is None else right, made)
    return where(_nan(x), x, made)


def cross(a, b, axis=-1):
    """The vector product of vectors of 3. As numpy.cross."""
    a, b = (_manipulation.moveaxis(_creation.asarray(x), axis, -1) for x in (a, b))
    if a._shape[-1] != 3 or b._shape[-1] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{a._shape[-1]} and {b._shape[-1]} dimensional instead."
        )
    ax, ay, az = (a[..., k] for k in range(3))
    bx, by, bz = (b[..., k] for k in range(3))
    return _manipulation.moveaxis(
        _manipulation.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1), -1, axis
    )
