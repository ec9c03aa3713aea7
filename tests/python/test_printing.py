"""repr and str are NumPy's, character for character."""

import ndfuse
import numpy
import pytest
from comparing import ALL, sample

VALUES = [
    [0.1, 0.25, 1 / 3], [1.0, 2.0], [1e-5, 1.0], [1e6, 1.5], [1e8, 1], [123456.0], [1e-3, 1e3], [1e30, -1e-30], [float("nan"), 1.5],
    [float("inf"), -float("inf")], [float("nan")] * 2, [-0.0, 0.0], [1e20], [2.0**24 + 2, 0.5], [3.14159265, -2.71828, 100.125], [5e-324], [6e-8],
    [0.30000001, 16777217.0], [1e16, 1], [65504.0, 1e-7], [99999.99, 0.001], [-1.5, float("nan"), 1e10], [1.1, 22.22, 333.333],
]  # fmt: skip


@pytest.mark.parametrize("values", VALUES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_floats(values, dtype):
    with numpy.errstate(all="ignore"):
        x = numpy.array(values, dtype)
    if x.dtype.kind == "c":
        x = x + 1j * x[::-1] if numpy.isfinite(x).all() else x
    check(x)
    for value in x:
        y = ndfuse.array(value)[()]
        assert repr(y) == repr(value)
        assert str(y) == str(value)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_powers_of_two(dtype):
    info = numpy.finfo(dtype)
    with numpy.errstate(all="ignore"):
        x = numpy.ldexp(numpy.ones((), dtype), numpy.arange(info.minexp - info.nmant, info.maxexp)).astype(dtype)
    assert [str(v) for v in ndfuse.array(x)] == [str(v) for v in x]
    assert str(ndfuse.array(-x)) == str(-x)


def check(x):
    y = ndfuse.array(x)
    assert repr(y) == repr(x)
    assert str(y) == str(x)


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize(
    "shape",
    [
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
    ],
    ids=str,
)
def test_shapes(dtype, shape):
    check(numpy.asarray(sample(dtype, shape)))


def test_views_and_integers():
    x = numpy.arange(-20, 20, dtype=numpy.int16).reshape(5, 8)
    for part in (x.T, x[::2, ::-1], x * 100, x[:0], x[1], abs(x)):
        check(part)


def test_options():
    x = numpy.linspace(0, 1, 50, dtype=numpy.float32) / 3
    for options in (
        {"precision": 3},
        {"threshold": 10},
        {"threshold": 10, "edgeitems": 2},
        {"linewidth": 40},
        {"suppress": True},
    ):
        with numpy.printoptions(**options), ndfuse.printoptions(**options):
            check(x)
            check(x.reshape(5, 10) * 1e-6)
    check(x)


def test_only_the_corners_are_read():
    x = ndfuse.arange(1_000_000).reshape(1000, 1000) + 0.5
    ndfuse.synchronize()
    before = sum(ndfuse.memory_stats()[device]["read_bytes"] for device in ("gpu", "cpu"))
    assert "..." in repr(x)
    assert sum(ndfuse.memory_stats()[device]["read_bytes"] for device in ("gpu", "cpu")) - before <= 36 * 4


def test_format():
    x = ndfuse.array(1.5)
    assert (f"{x:.3f}", f"{x.sum()}", f"{ndfuse.arange(3)}", f"{ndfuse.arange(3).sum():4d}") == (
        "1.500",
        "1.5",
        "[0 1 2]",
        "   3",
    )
    with pytest.raises(TypeError):
        f"{ndfuse.arange(3):.2f}"
