"""Floating numbers taken apart: frexp, ldexp, nextafter, spacing. Names, arguments and errors are NumPy's.

They look at the bits: a sign, an exponent and a fraction (IEEE 754). float16 is computed in float32.
"""

from __future__ import annotations

import math

from . import _creation
from ._dtypes import FLOAT16, FLOAT32, FLOAT64, INT32, INT64, KINDS, WEAK, castable, meet
from ._elementwise import OPS, apply, array_of, as_input, astype, cast, device_of, put, result, types
from ._graph import MAP, Node
from ._ndarray import ndarray, scalar

__all__ = ["frexp", "ldexp", "nextafter", "spacing"]


def _as_bits(x: ndarray, number: int) -> ndarray:
    """The same bits as another type of as many."""
    node = Node(MAP, OPS["bit_cast"], (as_input(x),), x._shape, number, device_of(x))
    return result(node) if type(x) is scalar else array_of(node)


_INTEGERS = {FLOAT32: INT32, FLOAT64: INT64}
_FRACTION = {FLOAT32: 23, FLOAT64: 52}  # bits of the fraction
_BIAS = {FLOAT32: 127, FLOAT64: 1023}


def _floating(name: str, x) -> ndarray:
    x = _creation.asarray(x)
    if KINDS[x._dtype] == "c":
        raise TypeError(
            f"ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any supported types "
            "according to the casting rule ''safe''"
        )
    return x if KINDS[x._dtype] == "f" else astype(x, meet([x._dtype], WEAK[float]))


def _out(made: ndarray, out, name: str):
    if out is None:
        return made
    put(out, cast(made, made._dtype), name)
    return out


def frexp(x, /, out1=None, out2=None, *, out=(None, None)):
    """Mantissa in (-1, -0.5] or [0.5, 1) and exponent, int32: x = mantissa * 2**exponent. As numpy.frexp."""
    x = _floating("frexp", x)
    if x._dtype == FLOAT16:
        mantissa, exponent = frexp(astype(x, FLOAT32))
        mantissa = astype(mantissa, FLOAT16)
    else:
        fraction, bias = _FRACTION[x._dtype], _BIAS[x._dtype]
        tiny = apply(OPS["absolute"], x) < 2.0 ** (1 - bias)
        y = apply(OPS["where"], tiny, x * 2.0 ** (fraction + 2), x)
        bits = _as_bits(y, _INTEGERS[x._dtype])
        mask = 2 * bias + 1
        power = (bits >> fraction) & mask
        plain = (power != mask) & (x != 0)
        bits = (bits & ~(mask << fraction)) | ((bias - 1) << fraction)
        mantissa = apply(OPS["where"], plain, _as_bits(bits, x._dtype), x)
        exponent = power - (bias - 1) - apply(OPS["where"], tiny, fraction + 2, 0)
        exponent = apply(OPS["where"], plain, exponent, 0)
        exponent = exponent if exponent._dtype == INT32 else astype(exponent, INT32)
    first, second = (out1, out2) if out1 is not None or out2 is not None else out
    return _out(mantissa, first, "frexp"), _out(exponent, second, "frexp")


def ldexp(x1, x2, /, out=None):
    """x1 * 2**x2 with whole x2. As numpy.ldexp."""
    exponent = _creation.asarray(x2)
    if KINDS[exponent._dtype] not in "biu" or not castable(exponent._dtype, INT64, "safe"):
        raise TypeError(
            "ufunc 'ldexp' not supported for the input types, and the inputs could not be safely coerced to any supported types "
            "according to the casting rule ''safe''"
        )
    x = _floating("ldexp", x1)
    if x._dtype == FLOAT16:
        return _out(astype(ldexp(astype(x, FLOAT32), exponent), FLOAT16), out, "ldexp")
    bias, whole = _BIAS[x._dtype], _INTEGERS[x._dtype]
    left = exponent if exponent._dtype == whole else astype(exponent, whole)
    made = x
    for _ in range(3):  # the largest power of two has half the range of exponents, the smallest numbers some more
        part = apply(OPS["minimum"], apply(OPS["maximum"], left, 1 - bias), bias)
        left = left - part
        made = made * _as_bits((part + bias) << _FRACTION[x._dtype], x._dtype)
    return _out(made, out, "ldexp")


def nextafter(x1, x2, /, out=None):
    """The next number of the type after x1 towards x2. As numpy.nextafter."""
    x, y = _floating("nextafter", x1), _floating("nextafter", x2)
    weak = [type(one) in WEAK for one in (x1, x2)]
    strong = [one._dtype for one, soft in zip((x, y), weak) if not soft]
    number = meet(strong, WEAK[float])
    if not any(weak):
        both = types(OPS["hypot"], _creation.asarray(x1)._dtype, 0, _creation.asarray(x2)._dtype, 0)
        number = both >> 8 if both >= 0 else number
    x, y = (one if one._dtype == number else astype(one, number) for one in (x, y))
    if number == FLOAT16:
        return _out(astype(_next_half(astype(x, FLOAT32), astype(y, FLOAT32)), FLOAT16), out, "nextafter")
    whole = _INTEGERS[number]
    least = -(2**31) if whole == INT32 else -(2**63)
    bits = _as_bits(x, whole)
    # Sign and magnitude as a number of which the neighbours of x are the neighbours.
    place = apply(OPS["where"], bits < 0, least - bits, bits)
    place = place + apply(OPS["where"], y > x, 1, -1)
    bits = apply(OPS["where"], place < 0, least - place, place)
    made = apply(OPS["where"], x == y, y, _as_bits(bits, number))
    return _out(apply(OPS["where"], (x != x) | (y != y), math.nan, made), out, "nextafter")


def _next_half(x: ndarray, y: ndarray) -> ndarray:
    mantissa, exponent = frexp(x)
    size = apply(OPS["absolute"], x)
    up = y > x
    grows = up == (x > 0)
    at_power = (apply(OPS["absolute"], mantissa) == 0.5) & (exponent > -13)
    exponent = apply(OPS["maximum"], exponent - 11, -24)
    step = ldexp(_creation.ones((), "float32"), exponent)
    step = apply(OPS["where"], at_power & ~grows, step / 2, step)
    step = apply(OPS["where"], x == 0, 2.0**-24, step)
    made = apply(OPS["where"], up, x + step, x - step)
    made = apply(OPS["where"], size == math.inf, apply(OPS["copysign"], 65504.0, x), made)
    made = apply(OPS["where"], x == y, y, made)
    return apply(OPS["where"], (x != x) | (y != y), math.nan, made)


def spacing(x, /, out=None):
    """The distance to the next number away from zero, with the sign of x. As numpy.spacing."""
    x = _floating("spacing", x)
    size = apply(OPS["absolute"], x)
    made = nextafter(size, math.inf) - size
    made = apply(OPS["where"], size == math.inf, math.nan, made)
    return _out(apply(OPS["copysign"], made, x), out, "spacing")
