"""Every operation as a function object, NumPy's other names, and what is made of operations."""

import math

import ndfuse
import numpy
import pytest
from comparing import ALL, fails, same, sample
from ndfuse._ufuncs import UFUNCS

SHARED = sorted(name for name in UFUNCS if hasattr(numpy, name))


def test_all_are_there():
    missing = {"erf", "rsqrt"} ^ (set(UFUNCS) - set(SHARED))
    assert not missing, missing


def operands_of(name, dtype):
    """Operands in the domain of a function."""
    x, y = sample(dtype, 12), sample(dtype, 12, seed=4)
    if x.dtype.kind == "f":
        if name in ("arcsin", "arccos", "arctanh", "asin", "acos", "atanh"):
            x = x / 5
        if name in ("arccosh", "acosh"):
            x = abs(x) + 1
        if name in ("log", "log2", "log10", "sqrt", "power", "pow"):
            x = abs(x) + x.dtype.type(0.25)
        if name == "log1p":
            x = abs(x)
    else:
        x = abs(x) if x.dtype.kind == "i" and name not in ("negative", "absolute", "sign") else x
        if name in ("floor_divide", "remainder", "mod", "fmod"):
            y = y + (y == 0).astype(y.dtype)
        if "shift" in name or name in ("power", "pow"):
            y = abs(y) % 5 if y.dtype.kind != "b" else y
    return x, y


def check(name, dtypes):
    for dtype in dtypes:
        x, y = operands_of(name, dtype)
        ours, theirs = getattr(ndfuse, name), getattr(numpy, name)
        operands = (x, y)[: theirs.nin]
        try:
            with numpy.errstate(all="ignore"):
                theirs(*operands)
        except TypeError:
            with pytest.raises(TypeError):
                ours(*map(ndfuse.array, operands))
            continue
        if dtype == "float16" or (name == "reciprocal" and x.dtype.kind in "iub"):
            continue  # halves are computed in float32 and rounded once; integers' reciprocals are floating
        half = theirs(*operands).dtype == "float16"
        same(lambda np, *v, n=name: getattr(np, n)(*v), *operands, ulp=4 if half else 64 if "complex" in dtype else 16)


SOME = ["bool", "int32", "uint8", "float32"]


@pytest.mark.parametrize("name", SHARED)
def test_values_and_types(name):
    """In types that NumPy has the function for, unless docs/python.md says that it is missing."""
    check(name, SOME)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_values_in_other_types(name):
    check(name, [dtype for dtype in ALL if dtype not in SOME])


def test_attributes():
    assert (ndfuse.add.nin, ndfuse.add.nout, ndfuse.sin.nin, ndfuse.add.nargs, ndfuse.add.identity) == (2, 1, 1, 3, 0)
    assert ndfuse.add.__name__ == "add" and "add" in repr(ndfuse.add)
    assert "ff->f" in ndfuse.add.types and "ii->?" in ndfuse.less.types and "ii->i" not in ndfuse.divide.types
    assert ndfuse.sin.ntypes == len(ndfuse.sin.types)


def test_out():
    x, y = sample("float32"), sample("float32", seed=1)

    def program(np, x, y):
        into = np.zeros((3, 4), np.float32)
        found = np.add(x, y, out=into)
        np.multiply(x, 2, into[:, :])
        np.add(x, y, out=(x,))
        part = np.zeros((3, 8), np.float32)
        np.sqrt(abs(y), out=part[:, ::2])
        wide = np.zeros((2, 3, 4), np.float64)
        np.subtract(x, y, out=wide)
        # Exact to float32: a GPU's compiler may join the sum and the difference.
        return found is into, into, x, part, wide.dtype == np.float64, wide.astype(np.float32)

    same(program, x, y, ulp=32, exact_type=False)
    fails(lambda np, x: np.add(x, 1, out=np.zeros(4, np.float32)), x)
    fails(lambda np, x: np.add(x, 1.5, out=np.zeros((3, 4), np.int32)), x)
    fails(lambda np, x: np.add(x, 1, out=[0]), x)
    fails(lambda np, x: np.add(x), x, words=False)
    fails(lambda np, x: np.add(x, 1, out=np.broadcast_to(x[0], (3, 4))), x, words=False)


def test_dtype_and_where():
    n = sample("int8")
    x = sample("float32")

    same(
        lambda np, n, x: (
            np.add(n, n, dtype=np.int32),
            np.sin(n, dtype=np.float32),
            np.multiply(x, n, dtype=np.float32),
        ),
        n,
        x,
    )
    same(lambda np, x: np.add(x, 1, out=np.ones((3, 4), np.float32), where=x > 0), x)
    assert ndfuse.add(ndfuse.array(x), 1, where=ndfuse.array(x) > 0).shape == (3, 4)
    fails(lambda np, x: np.add(x, 1, dtype=np.int8), x, words=False)
    fails(lambda np, x: np.add(x, 1, out=x, where=x), x, words=False)


def test_reduce_and_outer():
    x = sample("float32")
    for name in ("add", "multiply", "maximum", "minimum"):
        same(
            lambda np, x, n=name: (
                getattr(np, n).reduce(x),
                getattr(np, n).reduce(x, axis=None),
                getattr(np, n).reduce(x, axis=1, keepdims=True),
            ),
            x,
            ulp=64,
        )
        same(lambda np, x, n=name: getattr(np, n).outer(x[0], x[:, 1]), x)
    same(lambda np, x: (np.logical_and.reduce(x > 0), np.logical_or.reduce(x > 0, axis=1)), x)
    same(lambda np, x: np.add.reduce(x, initial=3, where=x > 0, axis=None), x)
    with pytest.raises(NotImplementedError, match=r"subtract\.reduce"):
        ndfuse.subtract.reduce(ndfuse.ones(3))
    for name in ("add", "multiply", "maximum", "minimum", "logaddexp", "subtract", "logical_and", "hypot"):
        same(lambda np, x, n=name: (getattr(np, n).accumulate(x), getattr(np, n).accumulate(x, axis=1)), x, ulp=64)
    same(lambda np, x: np.add.reduceat(x, [0, 2, 1], axis=1), x)
    same(lambda np, x: np.maximum.reduceat(x[0], [1, 3]), x)
    fails(lambda np, x: np.sin.reduce(x), x, words=False)


DERIVED = """
np.where(x > 0, x, -1)
np.where(x > 0, 1, 0)
np.where(True, x, 0.5)
np.where([True, False, True, False], x, n)
np.clip(x, -1, 1)
np.clip(x, None, 1)
np.clip(x, -1, None)
np.clip(x, x[0], 2)
x.clip(0)
np.clip(n, 2, 300)
np.round(x)
np.round(x, 1)
x.round(-1)
np.round(n * 7, -1)
np.around(x * 10)
np.fix(x)
np.nan_to_num(np.where(x > 2, np.nan, np.where(x < -2, np.inf, x)))
np.nan_to_num(np.where(x > 2, np.nan, np.where(x < -2, -np.inf, x)), nan=5, neginf=-7)
np.isclose(x, x + 1e-6)
np.isclose(x, np.nan)
np.isclose(np.array([np.inf, np.nan, 1]), np.array([np.inf, np.nan, 1.1]), equal_nan=True)
np.allclose(x, x + 1e-7), np.allclose(x, x + 1)
np.array_equal(x, x), np.array_equal(x, x[:2]), np.array_equal(x, x + 1), np.array_equiv(x, x)
np.divmod(n, 3)
np.modf(x)
np.fabs(n)
np.ldexp(x, n % 4)
np.sinc(x)
np.isposinf(x), np.isneginf(-1 / (x * 0))
np.select([x > 1, x > 0], [x, x * 10], -1)
np.piecewise(x, [x < 0, x >= 0], [-1, 1])
np.interp(x, [-2, 0, 1, 3], [5, 1, 2, 9])
np.interp(x, np.array([-2.0, 0.0, 3.0]), np.array([5.0, 1.0, 9.0]), left=-100, right=100)
np.diff(x)
np.diff(x, axis=0)
np.diff(x, n=2)
np.diff(x > 0)
np.gradient(x, axis=1)
np.gradient(x)
np.cross(x[:, :3], x[:, 1:])
np.angle(x + 1j)
np.real(z), np.imag(z), z.real, z.imag, np.conj(z), abs(z)
np.isreal(z), np.iscomplexobj(z), np.iscomplexobj(x), np.isrealobj(x)
np.imag(x)
np.exp(z)
z * z, z / z, z + x, z - 1, z == z, z != z[0]
np.positive(x)
np.sum(z), z.sum(axis=0)
np.maximum(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
np.fmax(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
np.logaddexp2(x, x + 1)
np.float_power(abs(x), 2)
""".strip().split("\n")  # fmt: skip


@pytest.mark.parametrize("source", DERIVED)
def test_made_of_operations(source):
    def program(np, x, n, z):
        return eval(source, {"np": np, "x": x, "n": n, "z": z})

    same(program, sample("float32"), abs(sample("int32")), sample("complex64"), ulp=64)


def test_writing_parts_of_complex():
    def program(np, z):
        z.real = 1
        z.imag = z.imag * 2
        return z

    same(program, sample("complex64"), ulp=64)


def test_scalars_alone():
    """Without arrays, Python's scalars have the default types."""
    same(
        lambda np: (
            np.sin(0.5),
            np.add(2, 3),
            np.power(2, 10),
            np.less(1, 2),
            np.sqrt(2),
            np.maximum(1, 2.5),
            np.logical_not(0),
        )
    )
    assert isinstance(ndfuse.sin(0.5), ndfuse.scalar)


def test_erf():
    x = numpy.linspace(-4, 4, 101).astype(numpy.float32)
    found = ndfuse.erf(ndfuse.array(x)).asnumpy()
    numpy.testing.assert_allclose(found, [math.erf(v) for v in x.tolist()], rtol=1e-6, atol=1e-7)


def test_types_of_dtypes():
    for name in ALL:
        ours, theirs = getattr(ndfuse, name if name != "bool" else "bool_"), numpy.dtype(name)
        assert ours == theirs and ours == name and ours == theirs.type and theirs == ours
        assert (ours.name, ours.kind, ours.itemsize, ours.str) == (
            theirs.name,
            theirs.kind,
            theirs.itemsize,
            theirs.str,
        )
        assert ndfuse.dtype(theirs) is ours and ndfuse.dtype(theirs.str) is ours
        assert numpy.zeros(2, dtype=ours).dtype == theirs
        assert ours(1).dtype == ours and ours(1).shape == ()
        if theirs.kind in "iu":
            assert (ndfuse.iinfo(ours).min, ndfuse.iinfo(name).max) == (
                numpy.iinfo(theirs).min,
                numpy.iinfo(theirs).max,
            )
        if theirs.kind in "fc":
            for attribute in ("eps", "max", "min", "tiny", "bits", "smallest_subnormal", "nmant"):
                assert getattr(ndfuse.finfo(ours), attribute) == pytest.approx(
                    float(getattr(numpy.finfo(theirs), attribute)), rel=1e-6
                )
    for kind, name in ((int, "int32"), (float, "float32"), (complex, "complex64"), (bool, "bool")):
        assert ndfuse.dtype(kind) == name and ndfuse.zeros(1, dtype=kind).dtype == name
    for wrong in ("float7", object, "U5", numpy.dtype("M8[s]"), 3):
        with pytest.raises(TypeError):
            ndfuse.zeros(1, dtype=wrong)
    assert ndfuse.float32 != "float64" and ndfuse.float32 is not None
    assert ndfuse.issubdtype(ndfuse.float32, ndfuse.floating) and not ndfuse.issubdtype("int8", ndfuse.inexact)
    assert ndfuse.issubdtype(ndfuse.uint8, ndfuse.integer) and ndfuse.issubdtype("float32", numpy.floating)


def test_promotion_functions():
    for a in ALL:
        for b in ALL:
            assert ndfuse.promote_types(a, b) == numpy.promote_types(a, b), (a, b)
            for casting in ("no", "safe", "same_kind", "unsafe"):
                assert ndfuse.can_cast(a, b, casting) == numpy.can_cast(a, b, casting), (a, b, casting)
    assert ndfuse.result_type("int32", "float32") == "float32"
    assert ndfuse.result_type(ndfuse.zeros(1, "int8"), 3) == "int8"
    assert ndfuse.result_type("int8", 3.5) == "float32"
    assert ndfuse.result_type("float16", 1j) == "complex64"
    assert ndfuse.result_type(1, 2.5) == "float32"
    fails(lambda np: np.can_cast(3, "int8"), words=False)


def test_astype():
    x = sample("float32") * 100
    for name in ALL:
        same(
            lambda np, x, n=name: x.astype(n),
            abs(x) if name.startswith("u") else x / 100 if name == "int8" else x,
            exact_type=name not in ("int64", "uint64", "float64", "complex128"),
        )
        assert ndfuse.array(x).astype(name).dtype == name
    n = numpy.array([300, -1, 70000], numpy.int32)
    same(
        lambda np, n: (n.astype(np.uint8), n.astype(np.int8), n.astype(np.int16), n.astype(bool), n.astype(np.uint32)),
        n,
    )
    fails(lambda np, x: x.astype(np.int32, casting="safe"), x)
    y = ndfuse.array(x)
    assert y.astype("float32", copy=False) is y and y.astype("float32") is not y
