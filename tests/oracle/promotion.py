"""Writes NumPy's promotion tables: promote_types, result_type with Python's scalars, and the result types of ufuncs.

Lines of promotion.txt: `promote A B RESULT`, `weak A SCALAR RESULT`, `unary UFUNC A RESULT`, `binary UFUNC A B RESULT`; SCALAR (and A, B of a
ufunc) may be `int`, `float` or `complex`, Python's own scalars. RESULT is `TypeError` where NumPy refuses.
"""

import sys
from pathlib import Path

import numpy as np

DTYPES = [
    np.dtype(name)
    for name in (
        "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
    )
]
WEAK = {"int": int, "float": float, "complex": complex}
SAMPLE = {"int": 1, "float": 1.0, "complex": 1j}
# Names in the opcode table that differ from NumPy's.
ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
}  # fmt: skip
UFUNCS = """add subtract multiply divide negative bitwise_and bitwise_or bitwise_xor invert less less_equal greater greater_equal equal
not_equal logical_and logical_or logical_xor logical_not floor ceil trunc rint floor_divide remainder fmod power left_shift right_shift
minimum maximum fmin fmax absolute sign square reciprocal conjugate sqrt cbrt exp exp2 expm1 log log2 log10 log1p logaddexp sin cos tan
asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot deg2rad rad2deg heaviside copysign isnan isinf isfinite signbit""".split()


def resolve(ufunc, *operands):
    try:
        return ufunc.resolve_dtypes((*operands, None))[-1].name
    except TypeError:
        return "TypeError"


def main(out):
    lines = []
    for a in DTYPES:
        lines += [f"promote {a} {b} {np.promote_types(a, b)}" for b in DTYPES]
        lines += [f"weak {a} {w} {np.result_type(a, SAMPLE[w])}" for w in WEAK]
    for name in UFUNCS:
        ufunc = getattr(np, ALIASES.get(name, name))
        for a in DTYPES:
            if ufunc.nin == 1:
                lines.append(f"unary {name} {a} {resolve(ufunc, a)}")
                continue
            lines += [f"binary {name} {a} {b} {resolve(ufunc, a, b)}" for b in DTYPES]
            lines += [f"binary {name} {a} {w} {resolve(ufunc, a, t)}" for w, t in WEAK.items()]
            lines += [f"binary {name} {w} {a} {resolve(ufunc, t, a)}" for w, t in WEAK.items()]
    (out / "promotion.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
