"""Writes NumPy's float32 and int32/uint32 results at special operands: numerics.txt.

A line: function, types of the operands, first and second operand and result as bit patterns (0 for no second operand).

Usage: python numerics.py OUTPUT_FOLDER
"""

import itertools
import pathlib
import sys

import numpy as np

# fmt: off
UNARY = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "asinh", "acosh", "atanh", "cbrt", "sqrt", "reciprocal", "square", "deg2rad", "rad2deg", "floor", "ceil", "trunc", "rint",
    "sign", "absolute", "isnan", "isinf", "isfinite", "signbit",
]
BINARY = [
    "divide", "power", "atan2", "hypot", "logaddexp", "fmod", "remainder", "floor_divide", "copysign", "heaviside", "minimum",
    "maximum", "fmin", "fmax",
]
INTEGER_UNARY = ["sign", "absolute", "square"]
INTEGER_BINARY = [
    "floor_divide", "remainder", "fmod", "power", "left_shift", "right_shift", "minimum", "maximum", "fmin", "fmax",
]
# fmt: on

FLOATS = np.array(
    [0, 2**-149, 2**-127, 2**-126, 2**-25, 0.3, 0.5, 1, 1.5, 2, 2.5, 3, 7, 88, 100, 200, 2**23 - 0.5, 2**23, 2**24, 2**24 + 2, 3e38,
     np.inf, np.nan],
    dtype=np.float32,
)  # fmt: skip
FLOATS = np.concatenate([FLOATS, -FLOATS])
HALF_TIES = np.float32([65504, 65519.996, 65520, 2**-14, 2**-24, 2**-25, 1.5 * 2**-25, 1 + 2**-11, 1 + 3 * 2**-11])
INTS = np.array(
    [0, 1, -1, 2, -2, 3, -3, 5, 7, -7, 10, 31, 32, 33, 100, -100, 46341, 65536, 2**31 - 1, -(2**31 - 1), -(2**31)],
    dtype=np.int32,
)
UINTS = np.array(
    [0, 1, 2, 3, 5, 7, 10, 31, 32, 33, 100, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1], dtype=np.uint32
)


def bits(value):
    if np.asarray(value).dtype == np.bool_:
        value = np.float32(value)
    return int(np.asarray(value).view(np.uint32))


def row(name, kind, operands, result):
    x, y = ([bits(v) for v in operands] + [0])[:2]
    return f"{name} {kind} {x} {y} {bits(result)}"


def rows():
    for name in UNARY:
        for x in FLOATS:
            yield row(name, "float", [x], getattr(np, name)(x))
    for x in np.concatenate([FLOATS, HALF_TIES]):
        yield row("round_to_half", "float", [x], np.float32(np.float16(x)))
    for name in BINARY:
        yield from pairs(name, "floats", FLOATS)
    for kind, values in (("int", INTS), ("uint", UINTS)):
        for name in INTEGER_UNARY:
            for x in values:
                yield row(name, kind, [x], getattr(np, name)(x))
        for name in INTEGER_BINARY:
            yield from pairs(name, f"{kind}s", values)


def pairs(name, kind, values):
    """All pairs, in one call on arrays: for a single exponent of 0.5 NumPy's power takes another way and calls sqrt."""
    chosen = np.array(list(itertools.product(values, values)), dtype=values.dtype)
    if name == "power" and kind == "ints":
        chosen = chosen[chosen[:, 1] >= 0]  # a negative power of an integer raises
    for (x, y), result in zip(chosen, getattr(np, name)(chosen[:, 0], chosen[:, 1]), strict=True):
        yield row(name, kind, [x, y], result)


def main(folder):
    with np.errstate(all="ignore"):
        text = "\n".join(rows())
    pathlib.Path(folder, "numerics.txt").write_text(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
