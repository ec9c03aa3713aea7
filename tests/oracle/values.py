"""Writes the values of every operation for edge operands of every dtype.

Lines of values.txt, all values as hexadecimal bits (complex numbers: real part, then imaginary part, as two fields):
  unary OP DTYPE RESULT_TYPE RULE X Y  X Y ...        binary OP DTYPE RESULT_TYPE RULE X1 X2 Y  X1 X2 Y ...
  mixed OP DTYPE DTYPE RESULT_TYPE RULE X1 X2 Y ...
A cast is `unary cast FROM TO exact ...`. RULE is `exact` (the same bits, but any NaN for a NaN, and 0 for -0 where NumPy does not promise a sign), or `near` (within some ULP).

`near` floats are computed in float64 and rounded once. Where ndfuse has 32-bit defaults (an operand without 64-bit parts never gives a
64-bit floating result), the expected value is computed in the 32-bit type.

half_to_float.bin has the float32 of every float16 pattern; float_to_half.bin has n float32 patterns, then their n float16 patterns.
"""

import math
import sys
from pathlib import Path

import numpy as np

SIGNED = "int8 int16 int32 int64".split()
UNSIGNED = "uint8 uint16 uint32 uint64".split()
FLOATS = "float16 float32 float64".split()
COMPLEX = "complex64 complex128".split()
DTYPES = ["bool", *SIGNED, *UNSIGNED, *FLOATS, *COMPLEX]
WIDE = {"int64", "uint64", "float64", "complex128"}
ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
}  # fmt: skip

# operation: for which kinds (as in the opcode table, after promotion)
EXACT_UNARY = {
    "negative": "iufc", "invert": "biu", "logical_not": "biufc", "floor": "biuf", "ceil": "biuf", "trunc": "biuf", "rint": "biuf",
    "absolute": "biuf", "sign": "iuf", "square": "biuf", "conjugate": "biufc", "sqrt": "biuf", "reciprocal": "f", "isnan": "biuf",
    "isinf": "biuf", "isfinite": "biuf", "signbit": "biuf",
}  # fmt: skip
NEAR_UNARY = dict.fromkeys(
    """cbrt exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf rsqrt deg2rad rad2deg""".split(),
    "biuf",
) | {"exp": "biufc", "square": "c", "absolute": "c"}
EXACT_BINARY = {
    "add": "biufc", "subtract": "iufc", "multiply": "biuf", "divide": "biuf", "bitwise_and": "biu", "bitwise_or": "biu",
    "bitwise_xor": "biu", "less": "biuf", "less_equal": "biuf", "greater": "biuf", "greater_equal": "biuf", "equal": "biufc",
    "not_equal": "biufc", "logical_and": "biufc", "logical_or": "biufc", "logical_xor": "biufc", "floor_divide": "biuf",
    "remainder": "biuf", "fmod": "biuf", "left_shift": "biu", "right_shift": "biu", "minimum": "biuf", "maximum": "biuf",
    "fmin": "biuf", "fmax": "biuf", "copysign": "biuf", "heaviside": "biuf",
}  # fmt: skip
NEAR_BINARY = {"power": "f", "logaddexp": "biuf", "atan2": "biuf", "hypot": "biuf", "multiply": "c", "divide": "c"}
INTEGER_POWER = "biu"


def kind(dtype):
    return np.dtype(dtype).kind


# fmt: off
INTEGERS = [0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 100, -1, -2, -3, -7, -100]
NUMBERS = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 0.1, 0.7, 0.9999, 7.25, 100.0, 1000.5, 2048.0, 60000.0, 1e-3, math.pi, math.e, np.inf, np.nan]
# fmt: on


def edges(dtype):
    """Operands where things go wrong, then some ordinary ones."""
    k = kind(dtype)
    if k == "b":
        return np.array([False, True])
    if k in "iu":
        info = np.iinfo(dtype)
        values = [*INTEGERS, info.max, info.max - 1, info.max // 2 + 1, info.min, info.min + 1]
        return np.unique(np.array([v for v in values if info.min <= v <= info.max], dtype))
    if k == "f":
        info = np.finfo(dtype)
        tiny = float(info.tiny)
        values = [*NUMBERS, float(info.max), tiny, 0.75 * tiny, float(info.smallest_subnormal), float(info.eps)]
        return np.array([s * v for v in values for s in (1, -1)]).astype(dtype)
    parts = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-3, 100.0]
    return np.array([complex(a, b) for a in parts for b in parts[::2]]).astype(dtype)


def bits(array):
    """Hexadecimal bits of each element; two fields for a complex one."""
    array = np.ascontiguousarray(array)
    if array.dtype.kind == "c":
        parts = array.view(array.real.dtype).reshape(-1, 2)
        return [" ".join(bits(p)) for p in parts]
    return [f"{int(v):x}" for v in array.view(f"u{array.itemsize}")]


def result_type(ufunc, dtype):
    """NumPy's type of the result, with 32-bit defaults."""
    t = ufunc.resolve_dtypes((np.dtype(dtype),) * ufunc.nin + (None,))[-1].name
    if dtype not in WIDE:
        t = {"float64": "float32", "complex128": "complex64"}.get(t, t)
    return t


def exact(ufunc, dtype, operands):
    t = result_type(ufunc, dtype)
    if t != ufunc.resolve_dtypes((np.dtype(dtype),) * ufunc.nin + (None,))[-1].name:
        operands = [x.astype(t) for x in operands]
    return t, ufunc(*operands).astype(t)


def near(name, ufunc, dtype, operands):
    t = result_type(ufunc or np.sqrt, dtype)
    held = dtype if kind(dtype) == "c" else t
    wide = [x.astype(held).astype({"c": "complex128", "f": "float64"}[kind(held)]) for x in operands]
    if name == "erf":
        y = np.array([math.erf(v) for v in wide[0]])
    elif name == "rsqrt":
        y = 1 / np.sqrt(wide[0])
    else:
        y = ufunc(*wide)
    return t, y.astype(t)


def emit(lines, arity, name, dtype, rule, result, operands):
    t, y = result
    fields = zip(*(bits(x) for x in operands), bits(y), strict=True)
    lines.append(f"{arity} {name} {dtype} {t} {rule} " + "  ".join(" ".join(f) for f in fields))


def mixed(lines, one, other):
    """Operands of two dtypes: promoted by NumPy, or to 32 bits where no operand has 64-bit parts."""
    a, b = (v.ravel() for v in np.meshgrid(edges(one)[::3], edges(other)[::2]))
    common = np.result_type(a, b).name
    t = common if {one, other} & WIDE else {"float64": "float32", "complex128": "complex64"}.get(common, common)
    x, y = (a, b) if t == common else (a.astype(t), b.astype(t))
    for name in "add", "less", "equal", "greater_equal", "not_equal":
        if kind(t) != "c" or name in ("add", "equal", "not_equal"):
            result = getattr(np, name)(x, y)
            fields = zip(bits(a), bits(b), bits(result), strict=True)
            lines.append(f"mixed {name} {one} {other} {result.dtype} exact " + "  ".join(" ".join(f) for f in fields))


def write_halves(out):
    halves = np.arange(65536, dtype=np.uint16)
    as_float = halves.view(np.float16).astype(np.float32)
    as_float.tofile(out / "half_to_float.bin")
    finite = as_float[np.isfinite(as_float)].astype(np.float64)
    ties = ((finite[:-1] + finite[1:]) / 2).astype(np.float32)
    near_ties = (ties.view(np.uint32)[:, None] + np.array([-1, 0, 1], dtype=np.int64)).astype(np.uint32).ravel()
    floats = np.concatenate([np.arange(0, 2**32, 16381, dtype=np.uint32), near_ties])
    with (out / "float_to_half.bin").open("wb") as file:
        floats.tofile(file)
        floats.view(np.float32).astype(np.float16).tofile(file)


def main(out):
    lines = []
    np.seterr(all="ignore")
    for dtype in DTYPES:
        x = edges(dtype)
        for name, kinds in EXACT_UNARY.items():
            if kind(dtype) in kinds:
                emit(lines, "unary", name, dtype, "exact", exact(getattr(np, name), dtype, [x]), [x])
        for name, kinds in NEAR_UNARY.items():
            if kind(dtype) in kinds:
                emit(
                    lines,
                    "unary",
                    name,
                    dtype,
                    "near",
                    near(name, getattr(np, ALIASES.get(name, name), None), dtype, [x]),
                    [x],
                )
        if kind(dtype) == "c":
            emit(lines, "unary", "real", dtype, "exact", (x.real.dtype.name, x.real), [x])
            emit(lines, "unary", "imag", dtype, "exact", (x.real.dtype.name, x.imag), [x])
        a, b = (v.ravel() for v in np.meshgrid(x, x))
        for name, kinds in EXACT_BINARY.items():
            if kind(dtype) in kinds:
                emit(lines, "binary", name, dtype, "exact", exact(getattr(np, name), dtype, [a, b]), [a, b])
        for name, kinds in NEAR_BINARY.items():
            if kind(dtype) in kinds:
                operands = [a, b]
                emit(
                    lines,
                    "binary",
                    name,
                    dtype,
                    "near",
                    near(name, getattr(np, ALIASES.get(name, name)), dtype, operands),
                    operands,
                )
        if kind(dtype) in INTEGER_POWER:  # NumPy raises for negative exponents
            keep = b >= 0
            emit(
                lines, "binary", "power", dtype, "exact", exact(np.power, dtype, [a[keep], b[keep]]), [a[keep], b[keep]]
            )
    for one in DTYPES:
        for other in DTYPES:
            if one != other:
                mixed(lines, one, other)
    for source in DTYPES:
        for target in DTYPES:
            x = edges(source)
            if kind(source) in "fc" and kind(target) in "iu":  # C leaves the rest undefined
                info, whole = np.iinfo(target), np.trunc(x.real.astype("float64"))
                x = x[np.isfinite(whole) & (whole >= info.min) & (whole < float(info.max))]
            elif source in ("float64", "complex128"):  # near ties of float16, where rounding by way of float32 is wrong
                x = np.concatenate(
                    [
                        x,
                        np.array([1 + 2.0**-11 + 2.0**-40, -(1 + 3 * 2.0**-11 - 2.0**-45), 2.0**-25 + 2.0**-60]).astype(
                            source
                        ),
                    ]
                )
            emit(
                lines,
                "unary",
                "cast",
                source,
                "exact",
                (target, x.real.astype(target) if kind(target) not in "bc" else x.astype(target)),
                [x],
            )
    (out / "values.txt").write_text("\n".join(" ".join(line.split()) for line in lines) + "\n")
    write_halves(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
