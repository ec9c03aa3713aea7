"""Bits and whole numbers: packbits, bitwise_count, gcd, lcm. Names, arguments and errors are NumPy's."""

from __future__ import annotations

import operator

from . import _creation, _manipulation, _padding, _reductions
from ._dtypes import BOOL, DTYPES, KINDS, SIZES, UINT8, UINT32, UINT64, meet
from ._elementwise import OPS, apply, astype, cast, put
from ._ndarray import ndarray
from ._views import axis_of

__all__ = ["base_repr", "binary_repr", "bitwise_count", "gcd", "lcm", "packbits", "unpackbits"]


def _order(bitorder) -> list:
    if bitorder not in ("big", "little"):
        raise ValueError(f"'order' must be either 'little' or 'big' (got {bitorder!r})")
    return list(range(7, -1, -1)) if bitorder == "big" else list(range(8))


def packbits(a, /, axis=None, bitorder="big"):
    """Bits (what is not zero) packed into bytes along an axis, the last byte filled with zeros. As numpy.packbits."""
    a = _creation.asarray(a)
    if KINDS[a._dtype] not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    shifts = _order(bitorder)
    bits = a if a._dtype == BOOL else a != 0
    if axis is None:
        bits, axis = _manipulation.ravel(bits), 0
    axis = axis_of(axis, bits.ndim)
    extent = bits._shape[axis]
    rest = -extent % 8
    if rest:
        bits = _padding.pad(bits, [(0, rest if k == axis else 0) for k in range(bits.ndim)])
    shape = bits._shape[:axis] + ((extent + rest) // 8, 8) + bits._shape[axis + 1 :]
    bits = _manipulation.reshape(bits, shape)
    weights = _creation.array([1 << shift for shift in shifts], "uint32")
    weights = _manipulation.reshape(weights, (8,) + (1,) * (len(shape) - axis - 2))
    return astype(_reductions.sum(astype(bits, UINT32) * weights, axis + 1), UINT8)


def unpackbits(a, /, axis=None, count=None, bitorder="big"):
    """The bits of bytes along an axis; ``count``: how many of them, more being zeros, or how many to leave out at the end
    (negative). As numpy.unpackbits."""
    a = _creation.asarray(a)
    if a._dtype != UINT8:
        raise TypeError("Expected an input array of unsigned byte data type")
    shifts = _order(bitorder)
    if axis is None:
        a, axis = _manipulation.ravel(a), 0
    elif a.ndim == 0:
        a = _manipulation.reshape(a, (1,))
    axis = axis_of(axis, a.ndim)
    by = _manipulation.reshape(_creation.array(shifts, "uint8"), (8,) + (1,) * (a.ndim - axis - 1))
    bits = (_manipulation.expand_dims(a, axis + 1) >> by) & 1
    made = _manipulation.reshape(bits, a._shape[:axis] + (8 * a._shape[axis],) + a._shape[axis + 1 :])
    if count is None:
        return made
    count = operator.index(count)
    have = made._shape[axis]
    if count < 0:
        if -count > have:
            raise ValueError(f"-ve count {count} out of bounds for axis of {have} bits")
        count += have
    if count > have:
        return _padding.pad(made, [(0, count - have if k == axis else 0) for k in range(made.ndim)])
    return _kept(made, axis, count)


def _kept(x: ndarray, axis: int, count: int) -> ndarray:
    return x[(slice(None),) * axis + (slice(0, count),)].copy()


def _integers(name: str, *operands):
    made = [_creation.asarray(x) for x in operands]
    for x in made:
        if KINDS[x._dtype] not in "biu":
            found = ", ".join(repr(DTYPES[x._dtype]) for x in made)
            raise TypeError(
                f"ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any supported "
                f"types according to the casting rule ''safe'' (the types are {found})"
            )
    return made


def _out(made: ndarray, out, name: str):
    if out is None:
        return made
    put(out, cast(made, made._dtype), name)
    return out


def bitwise_count(x, /, out=None):
    """How many bits of the magnitude are one, uint8. As numpy.bitwise_count."""
    (x,) = _integers("bitwise_count", x)
    if x._dtype == BOOL:
        return _out(astype(x, UINT8), out, "bitwise_count")
    if KINDS[x._dtype] == "i":
        x = apply(OPS["absolute"], x)
    wide = SIZES[x._dtype] == 8
    bits = astype(x, UINT64 if wide else UINT32)
    if SIZES[x._dtype] < 4:
        bits = bits & ((1 << 8 * SIZES[x._dtype]) - 1)
    # Sums of neighbouring bits, pairs, groups of four (Warren, Hacker's Delight, 5-1).
    full = 2**64 - 1 if wide else 2**32 - 1
    bits = bits - ((bits >> 1) & (full // 3))
    bits = (bits & (full // 5)) + ((bits >> 2) & (full // 5))
    bits = (bits + (bits >> 4)) & (full // 17)
    bits = (bits * (full // 255)) >> (56 if wide else 24)
    return _out(astype(bits, UINT8), out, "bitwise_count")


def _common(name: str, x1, x2) -> list:
    weak = {bool: 1, int: 2}
    kinds = [weak.get(type(x), 0) for x in (x1, x2)]
    a, b = _integers(name, x1, x2)
    strong = [x._dtype for x, kind in zip((a, b), kinds) if not kind]
    number = meet(strong, max(kinds))
    if KINDS[number] not in "iu":
        raise TypeError(
            f"ufunc '{name}' did not contain a loop with signature matching types ({a.dtype!r}, {b.dtype!r}) -> None"
        )
    return [x if x._dtype == number else astype(x, number) for x in (a, b)]


def _gcd(a: ndarray, b: ndarray) -> ndarray:
    a, b = apply(OPS["absolute"], a), apply(OPS["absolute"], b)
    # Euclid; neighbours in Fibonacci's sequence take longest, which bounds the steps. A remainder by zero is zero.
    for _ in range({1: 12, 2: 23, 4: 47, 8: 93}[SIZES[a._dtype]]):
        a, b = apply(OPS["where"], b == 0, a, b), apply(OPS["remainder"], a, b)
    return a


def gcd(x1, x2, /, out=None):
    """The greatest common divisor, not negative. As numpy.gcd, by Euclid's algorithm in one kernel."""
    made = _gcd(*_common("gcd", x1, x2))
    return _out(made, out, "gcd")


def lcm(x1, x2, /, out=None):
    """The lowest common multiple, not negative; 0 where one is 0. As numpy.lcm."""
    a, b = _common("lcm", x1, x2)
    divisor = _gcd(a, b)
    made = apply(OPS["absolute"], apply(OPS["floor_divide"], a, apply(OPS["where"], divisor == 0, 1, divisor)) * b)
    return _out(made, out, "lcm")


def binary_repr(num, width=None):
    """A whole number's binary digits; negative ones as two's complement of ``width`` digits. As numpy.binary_repr."""
    num = operator.index(num)
    if num >= 0:
        digits = bin(num)[2:]
        if width is not None and len(digits) > width:
            raise ValueError(f"Insufficient bit width={width} provided for binwidth={len(digits)}")
        return digits.zfill(width or 0)
    if width is None:
        return "-" + bin(-num)[2:]
    needed = len(bin(-num)[2:]) + (1 if -num & (-num - 1) else 0)
    if needed > width:
        raise ValueError(f"Insufficient bit width={width} provided for binwidth={needed}")
    return bin((1 << width) + num)[2:].zfill(width)


def base_repr(number, base=2, padding=0):
    """A whole number's digits to a base from 2 to 36, with zeros before them. As numpy.base_repr."""
    if base > 36:
        raise ValueError("Bases greater than 36 not handled in base_repr.")
    if base < 2:
        raise ValueError("Bases less than 2 not handled in base_repr.")
    number = operator.index(number)
    rest, digits = abs(number), ""
    while rest:
        rest, digit = divmod(rest, base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    text = "0" * padding + digits if digits else "0" * max(padding, 1)
    return "-" + text if number < 0 else text
