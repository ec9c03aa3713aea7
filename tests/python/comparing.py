"""How results are compared with NumPy's: the one place that knows what differs by design.

``same(program, *inputs)`` runs ``program(np, *arrays)`` twice, with NumPy and with ndfuse, and compares what comes out: shapes,
types, values, and the kind of thing (array, scalar, Python's own). What differs by design: where no 64-bit type went in,
NumPy's 64-bit results (its defaults) have 32 bits here. ``fails`` does the same for programs that must raise.
"""

import ndfuse
import numpy
import pytest

NARROW = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
EPSILON = {"float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52, "complex64": 2.0**-23, "complex128": 2.0**-52}


def is_wide(x) -> bool:
    return getattr(getattr(x, "dtype", None), "name", "") in NARROW


def on_both(program, *inputs, **options):
    """What NumPy and what ndfuse gives."""
    mine = [ndfuse.array(x) if isinstance(x, numpy.ndarray) else x for x in inputs]
    theirs = [x.copy() if isinstance(x, numpy.ndarray) else x for x in inputs]
    with numpy.errstate(all="ignore"):
        expected = program(numpy, *theirs, **options)
    return program(ndfuse, *mine, **options), expected


def same(program, *inputs, ulp=8, exact_type=True, **options):
    """Runs a program with both and compares the results; floats within ``ulp`` units of the largest magnitude's last place."""
    found, expected = on_both(program, *inputs, **options)
    wide = any(is_wide(x) for x in inputs)
    compare(found, expected, wide, ulp, exact_type)
    return found


def compare(found, expected, wide=False, ulp=8, exact_type=True):
    if isinstance(expected, tuple | list):
        assert isinstance(found, tuple | list)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            compare(one, other, wide, ulp, exact_type)
        return
    if not isinstance(expected, numpy.ndarray | numpy.generic):
        assert type(found) is type(expected), f"{type(found)} instead of {type(expected)}"
        if isinstance(expected, float) and not wide:
            assert found == pytest.approx(expected, rel=1e-5, abs=1e-6, nan_ok=True)
        else:
            assert found == expected
        return
    name = expected.dtype.name
    if not wide and name in NARROW:
        name = NARROW[name]
    assert isinstance(found, ndfuse.ndarray), f"{type(found)} instead of an array"
    assert isinstance(found, ndfuse.scalar) == isinstance(expected, numpy.generic), "a scalar or an array"
    assert found.shape == expected.shape
    if exact_type:
        assert found.dtype == name
    equal_values(found.asnumpy(), expected.astype(name), ulp)


def equal_values(found, expected, ulp=8):
    """Arrays of the same values: integers exactly, floats within a few units of the last place of what is largest in them."""
    if found.dtype.kind not in "fc" or found.size == 0:
        numpy.testing.assert_array_equal(found, expected)
        return
    finite = numpy.abs(expected[numpy.isfinite(expected)]).astype(numpy.float64)
    largest = float(finite.max()) if finite.size else 0.0
    epsilon = EPSILON[found.dtype.name]
    numpy.testing.assert_allclose(
        found, expected, rtol=ulp * epsilon, atol=ulp * epsilon * min(largest, 1.0), equal_nan=True
    )


def fails(program, *inputs, words=True, **options):
    """Runs a program that must raise with both: ours is NumPy's exception, or one of its base classes, with its words."""
    mine = [ndfuse.array(x) if isinstance(x, numpy.ndarray) else x for x in inputs]
    theirs = [x.copy() if isinstance(x, numpy.ndarray) else x for x in inputs]
    with pytest.raises(Exception) as expected, numpy.errstate(all="ignore"):
        program(numpy, *theirs, **options)
    with pytest.raises(Exception) as found:
        program(ndfuse, *mine, **options)
    assert (
        isinstance(expected.value, type(found.value))
        or type(found.value).__name__ == type(expected.value).__name__
        or (issubclass(type(found.value), type(expected.value)))
    ), f"{found.value!r} instead of {expected.value!r}"
    if words:
        assert str(found.value) == str(expected.value)


def sample(dtype, shape=(3, 4), seed=0):
    """An array of varied values of a type: negative ones too, zeros, and nothing special."""
    dtype = numpy.dtype(dtype)
    numbers = numpy.random.default_rng(seed)
    if dtype.kind == "b":
        return numbers.random(shape) < 0.5
    if dtype.kind in "iu":
        low = 0 if dtype.kind == "u" else -9
        return numbers.integers(low, 10, shape).astype(dtype)
    values = numpy.round(numbers.uniform(-4, 4, shape), 2)
    if dtype.kind == "c":
        values = values + 1j * numpy.round(numbers.uniform(-4, 4, shape), 2)
    return values.astype(dtype)


ALL = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
REAL = [name for name in ALL if "complex" not in name]
