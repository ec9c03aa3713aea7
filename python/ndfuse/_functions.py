"""Elementwise functions that are made of several operations: each call is one expression, and so part of one kernel, like
whatever a program writes itself. Names, arguments and errors are NumPy's.
"""

from __future__ import annotations

import builtins
import math
import operator

from . import _creation, _indexing, _manipulation, _reductions
from ._dtypes import BOOL, BOUNDS, DTYPES, KINDS, NAMES, finfo, number_of
from ._elementwise import OPS, apply, assign, astype, cast, convert, operation, put, result
from ._graph import Node
from ._ndarray import ndarray, scalar
from ._ufuncs import (
    absolute,
    add,
    arctan2,
    copysign,
    equal,
    exp2,
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
    "diff",
    "divmod",
    "fabs",
    "fix",
    "float_power",
    "gradient",
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
    "ldexp",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "piecewise",
    "positive",
    "real",
    "round",
    "select",
    "sinc",
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


def complex_of(re, im) -> ndarray:
    """The complex numbers of these parts."""
    return apply(OPS["add"], re, apply(OPS["multiply"], im, 1j))


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


def float_power(x1, x2, /):
    """Powers in floating types: integers become float32. As numpy.float_power, which computes in float64."""
    return power(multiply(x1, 1.0), multiply(x2, 1.0))


def fabs(x, /):
    """Magnitude, floating. As numpy.fabs."""
    return absolute(multiply(x, 1.0))


def ldexp(x1, x2, /):
    """x1 * 2**x2. As numpy.ldexp."""
    return multiply(x1, exp2(multiply(x2, 1.0)))


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
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    made = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        made = where(condition, choice, made)
    return made


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


def interp(x, xp, fp, left=None, right=None):
    """Values of the piecewise linear function through (xp, fp), xp ascending; the host reads xp's length only. As
    numpy.interp."""
    x, xp, fp = (_creation.asarray(one) for one in (x, xp, fp))
    count = xp._shape[0]
    if count == 0:
        raise ValueError("array of sample points is empty")
    if fp._shape != xp._shape:
        raise ValueError("fp and xp are not of the same length.")
    x = multiply(x, 1.0)
    # How many sample points are not above x: a search by halves, all elements at once.
    at = astype(_creation.zeros_like(x), number_of("int32"))
    step = 1 << builtins.max(count - 1, 1).bit_length()
    while step:
        trial = minimum(at + step, count)
        below = logical_and(at + step <= count, less_equal(_indexing.take(xp, trial - 1), x))
        at = where(below, trial, at)
        step >>= 1
    low = clip(at - 1, 0, builtins.max(count - 2, 0))
    high = minimum(low + 1, count - 1)
    take = _indexing.take
    x0, x1, y0, y1 = take(xp, low), take(xp, high), take(fp, low), take(fp, high)
    gap = where(equal(x1, x0), 1.0, x1 - x0)
    made = y0 + (x - x0) * ((y1 - y0) / gap)
    made = where(less(x, xp[0]), fp[0] if left is None else left, made)
    made = where(x >= xp[count - 1], fp[count - 1], made)
    if right is not None:
        made = where(greater(x, xp[count - 1]), right, made)
    return where(_nan(x), x, made)


def diff(a, n=1, axis=-1):
    """Differences of neighbours along an axis, n times. As numpy.diff."""
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = _creation.asarray(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    lead = (slice(None),) * (axis if axis >= 0 else axis + a.ndim)
    for _ in range(n):
        upper, lower = a[(*lead, slice(1, None))], a[(*lead, slice(None, -1))]
        a = not_equal(upper, lower) if a._dtype == BOOL else upper - lower
    return a


def gradient(f, *varargs, axis=None):
    """Central differences inside, one-sided ones at the ends, for even spacings. As numpy.gradient with edge_order 1."""
    f = multiply(_creation.asarray(f), 1.0)
    axes = tuple(range(f.ndim)) if axis is None else axes_of(axis, f.ndim)
    steps = list(varargs) or [1.0]
    if len(steps) == 1:
        steps = steps * len(axes)
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    made = []
    for at, step in zip(axes, steps):
        if f._shape[at] < 2:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required."
            )
        lead = (slice(None),) * at
        one = _creation.empty_like(f)
        one[(*lead, slice(1, -1))] = (f[(*lead, slice(2, None))] - f[(*lead, slice(None, -2))]) / (2.0 * step)
        one[(*lead, slice(0, 1))] = (f[(*lead, slice(1, 2))] - f[(*lead, slice(0, 1))]) / step
        one[(*lead, slice(-1, None))] = (f[(*lead, slice(-1, None))] - f[(*lead, slice(-2, -1))]) / step
        made.append(one)
    return made[0] if len(made) == 1 else tuple(made)


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
