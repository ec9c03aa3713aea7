"""Writes the texts of arrays, as NumPy prints them, to printing.txt.

Each line is DTYPE;SHAPE;FORM;OPTIONS;BYTES;TEXT. FORM is str or repr; OPTIONS are NAME=VALUE pairs; BYTES is the array, row-major, little-endian, in
hexadecimal digits; line breaks in TEXT are written as $.
"""

import itertools
import math
import sys
from pathlib import Path

import numpy as np

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
SHAPES = [
    (),
    (1,),
    (7,),
    (3, 4),
    (2, 3, 4),
    (2, 1, 2, 3),
    (0,),
    (2, 0),
    (40,),
    (30, 40),
    (1001,),
    (3, 500),
    (7, 8, 30),
    (1200, 2),
    (2, 7, 2, 7, 8),
]
VALUES = [
    [0.1, 0.25, 1 / 3], [1.0, 2.0], [1e-5, 1.0], [1e6, 1.5], [1e8, 1], [123456.0], [1e-3, 1e3], [1e30, -1e-30], [math.nan, 1.5], [math.inf, -math.inf],
    [math.nan] * 2, [-0.0, 0.0], [1e20], [2.0**24 + 2, 0.5], [3.14159265, -2.71828, 100.125], [5e-324], [6e-8], [0.30000001, 16777217.0], [1e16, 1],
    [65504.0, 1e-7], [99999.99, 0.001], [-1.5, math.nan, 1e10], [1.1, 22.22, 333.333], [math.inf], [-math.inf, 1e-300], [0.5, 1.5, 2.5, -0.5], [9.9999999e9, 1],
]  # fmt: skip
OPTIONS = [
    {}, {"precision": 3}, {"precision": 0}, {"threshold": 10}, {"threshold": 10, "edgeitems": 2}, {"linewidth": 40}, {"linewidth": 5}, {"suppress": True},
    {"plus": True}, {"precision": 4, "mode": "fixed", "suppress": True}, {"precision": 0, "mode": "fixed", "suppress": True}, {"precision": 12},
]  # fmt: skip


def texts(x, options):
    given = {k: v for k, v in options.items() if k not in ("plus", "mode")}
    if "plus" in options:
        given["sign"] = "+"
    if "mode" in options:
        given["floatmode"] = options["mode"]
    with np.printoptions(**given):
        return {"str": str(x), "repr": repr(x)}


def write(to, x, options, forms=("str", "repr")):
    x = np.asarray(x)
    said = ",".join(f"{k}={v if isinstance(v, str) else int(v)}" for k, v in options.items())
    for form, text in texts(x, options).items():
        if form in forms:
            assert "$" not in text and ";" not in text
            shape = ",".join(map(str, x.shape))
            to.write(
                f"{x.dtype.name};{shape};{form};{said};{np.ascontiguousarray(x).tobytes().hex()};{text.replace(chr(10), '$')}\n"
            )


def sample(dtype, shape, rng):
    kind = np.dtype(dtype).kind
    n = math.prod(shape)
    if kind == "b":
        x = rng.random(n) < 0.5
    elif kind in "iu":
        info = np.iinfo(dtype)
        x = rng.integers(info.min, info.max, n, dtype, endpoint=True) // rng.choice(np.array([1, 2, 50], dtype), n)
    else:
        x = rng.normal(size=n) * 10.0 ** rng.integers(-2, 3, n)
        if kind == "c":
            x = x + 1j * rng.normal(size=n)
    return x.astype(dtype).reshape(shape)


def main(folder):
    rng = np.random.default_rng(1)
    np.seterr(all="ignore")
    with (Path(folder) / "printing.txt").open("w") as to:
        for dtype, shape in itertools.product(DTYPES, SHAPES):
            write(to, sample(dtype, shape, rng), {})
        for values, dtype in itertools.product(VALUES, DTYPES[9:]):
            x = np.array(values, dtype)
            if x.dtype.kind == "c":
                x = x.copy()
                x.imag = x.real[::-1]
            write(to, x, {})
            for value in x:
                write(to, value, {}, ("str",))
        ramp = np.linspace(-1, 1, 50)
        for options, dtype in itertools.product(OPTIONS, ["float16", "float32", "float64", "complex64"]):
            x = (ramp / 3).astype(dtype)
            write(to, x, options)
            if "mode" not in options:
                write(to, x.reshape(5, 10) * x.dtype.type(1e-4), options)
        # Exponents are forced by the values here, so that NumPy has a form to compare with.
        for digits, dtype in itertools.product([0, 3, 10], ["float16", "float32", "float64"]):
            x = np.array([1e-6, 1.5, -12345.678, math.nan], dtype)
            with np.printoptions(precision=digits, floatmode="fixed"):
                text = {"str": str(x), "repr": repr(x)}
            for form in text:
                to.write(
                    f"{dtype};4;{form};precision={digits},mode=scientific;{x.tobytes().hex()};{text[form].replace(chr(10), '$')}\n"
                )
        # Shortest digits: powers of two, where neighbours are not evenly far, and numbers of any bits.
        for dtype, bits in (("float16", 16), ("float32", 32), ("float64", 64)):
            info = np.finfo(dtype)
            powers = np.ldexp(np.ones((), dtype), np.arange(info.minexp - info.nmant, info.maxexp)).astype(dtype)
            some = (
                rng.integers(0, 1 << bits, 3000, np.uint64, endpoint=False)
                if bits < 64
                else rng.integers(0, 2**64 - 1, 3000, np.uint64)
            )
            some = some.astype(f"u{bits // 8}").view(dtype)
            write(to, -powers, {"threshold": 5000})
            for x in (powers, some[np.isfinite(some)]):
                for value in x:
                    write(to, value, {}, ("str",))


main(sys.argv[1])
