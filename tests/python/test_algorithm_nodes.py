"""The graph's nodes for scans, sorting, scattering and searching, below NumPy's names: every kind, dtype and flag."""

import math

import ndfuse as np
import numpy
import pytest
from ndfuse import _graph
from ndfuse._core import core
from ndfuse._dtypes import NAMES
from ndfuse._elementwise import array_of, whole
from ndfuse._graph import GATHER, SCAN, SCATTER, SEARCH, SORT, Node, check_bounds

# One of each width and kind on a GPU, where each makes kernels of its own; the others in CPython.
DTYPES = ["int8", "float16", "float32", "complex64"]
DTYPES += [
    pytest.param(dtype, marks=pytest.mark.slow)
    for dtype in (
        "bool", "int16", "int32", "uint8", "uint16", "uint32", "int64", "uint64", "float64", "complex128",
    )
]  # fmt: skip
TABLES = core.tables()
NUMBER = {name: number for number, name in enumerate(entry["name"] for entry in TABLES["dtypes"])}


def values(dtype: str, shape: tuple, seed: int = 0) -> numpy.ndarray:
    """Numbers of few different values, NaN and infinities among them."""
    random = numpy.random.default_rng(seed)
    made = random.integers(-9, 10, shape)
    if dtype.startswith(("uint", "bool")):
        return numpy.abs(made).astype(dtype)
    made = made.astype(dtype)
    if dtype.startswith(("float", "complex")) and made.size > 20:
        flat = made.ravel()
        flat[3], flat[11], flat[7], flat[19] = numpy.nan, numpy.inf, -numpy.inf, -0.0
        if dtype.startswith("complex"):
            flat[5], flat[13] = complex(1, numpy.nan), complex(numpy.nan, 2)
        made = flat.reshape(shape)
    return made


def node(x):
    return whole(x)._storage.node


def result(kind, op, inputs, shape, dtype, param=None):
    device = next(one.device for one in inputs if isinstance(one, Node))
    return array_of(Node(kind, op, inputs, shape, dtype, device, param)).asnumpy()


@pytest.mark.parametrize("flags", range(4))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scan", TABLES["scans"])
def test_scans(scan, dtype, flags):
    op = TABLES["scans"].index(scan)
    types = core.scan_types(op, NUMBER[dtype])
    if types < 0:
        assert dtype.startswith("complex") and scan not in ("cumsum", "cumprod")
        return
    element, to = NAMES[types % 256], NAMES[types // 256]
    ufunc = [numpy.add, numpy.multiply, numpy.maximum, numpy.minimum, numpy.logaddexp][op]
    for shape in [(3, 5), (2, 700), (1,), (0,), (4, 1), (2, 0)]:
        x = values(dtype, shape)
        if scan == "cumprod":
            x = (x % 3).astype(dtype) if not dtype.startswith("complex") else numpy.ones(shape, dtype)
        with numpy.errstate(all="ignore"):
            seen = x.astype(element)[..., :: -1 if flags & 1 else 1]
            wide = seen.astype("complex128" if "complex" in element else "float64") if "float" in element else seen
            expected = ufunc.accumulate(wide, axis=-1, dtype=None if "float" in element else wide.dtype)
        if flags & 2:
            neutral = numpy.zeros(shape[:-1] + (min(1, shape[-1]),), expected.dtype)
            if scan == "cumprod":
                neutral += 1
            elif scan != "cumsum":
                neutral = None
            if neutral is None:  # the neutral element is the lowest or highest of the type
                got = result(SCAN, op, (node(np.asarray(x)),), shape, types // 256, flags)
                got = got[..., :: -1 if flags & 1 else 1][..., 1:]
                expected = expected[..., :-1]
                numpy.testing.assert_allclose(
                    got.astype(expected.dtype),
                    expected.astype(to).astype(expected.dtype),
                    rtol=1e-3 if "16" in to else 2e-5,
                )
                continue
            expected = numpy.concatenate([neutral, expected[..., :-1]], -1)
        expected = expected[..., :: -1 if flags & 1 else 1]
        got = result(SCAN, op, (node(np.asarray(x)),), shape, types // 256, flags)
        assert got.dtype == to and got.shape == shape
        with numpy.errstate(all="ignore"):
            expected = expected.astype(to)
        if got.dtype.kind in "fc":
            tolerance = {"float16": 2e-2, "float32": 2e-5, "complex64": 2e-5}.get(to, 1e-12)
            numpy.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 10)
        else:
            numpy.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sorting(dtype):
    for shape in [(1000,), (3, 40), (5, 1), (0,), (2, 0), (7, 300)]:
        x = values(dtype, shape, seed=1)
        a = np.asarray(x)
        for descending in (0, 1):
            order = result(SORT, 1, (node(a),), shape, NUMBER["int32"], descending)
            got = result(SORT, 0, (node(a),), shape, a._dtype, descending)
            if descending:
                expected = numpy.flip(numpy.sort(numpy.flip(x, -1), axis=-1, kind="stable"), -1)
                places = shape[-1] - 1 - numpy.flip(numpy.argsort(numpy.flip(x, -1), axis=-1, kind="stable"), -1)
            else:
                expected = numpy.sort(x, axis=-1, kind="stable")
                places = numpy.argsort(x, axis=-1, kind="stable")
            numpy.testing.assert_array_equal(got, expected)
            numpy.testing.assert_array_equal(order, places)


KINDS = ["assign", "add", "multiply", "minimum", "maximum", "place"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scattering(kind, dtype):
    if "complex" in dtype and kind in ("minimum", "maximum"):
        return
    random = numpy.random.default_rng(5)
    for size, count in [(50, 400), (7, 1), (300, 20), (1, 90), (2000, 2000), (5, 0)]:
        old = values(dtype, (size,), 2)
        numbers = random.integers(-3, size + 3, count).astype("int32")
        if kind == "place":
            numbers = random.permutation(size + 3).astype("int32")[:count]
        new = values(dtype, numbers.shape, 3)
        if dtype.startswith(("float", "complex")) and kind != "assign":
            new = (numpy.abs(numpy.nan_to_num(new, posinf=1, neginf=1)) % 3).astype(dtype)
            if kind == "multiply":
                new[:] = 1
        expected = old.copy()
        with numpy.errstate(all="ignore"):
            for n, v in zip(numbers, new, strict=True):
                if 0 <= n < size:
                    if kind in ("assign", "place"):
                        expected[n] = v
                    else:
                        expected[n] = getattr(numpy, kind)(expected[n], v)
        a, i, b = np.asarray(old), np.asarray(numbers), np.asarray(new)
        got = result(SCATTER, KINDS.index(kind), (node(a), node(i), node(b)), (size,), a._dtype)
        if dtype in ("float16", "float32", "complex64") and kind == "add":
            numpy.testing.assert_allclose(got, expected, rtol=1e-2 if dtype == "float16" else 1e-5)
        else:
            numpy.testing.assert_array_equal(got, expected)
        # The old value is as it was.
        numpy.testing.assert_array_equal(a.asnumpy(), old)


def test_scattering_one_value_over_two_axes_of_numbers():
    old, numbers = numpy.arange(12, dtype="float32").reshape(3, 4), numpy.array([[0, 5], [11, 5]], "int32")
    a, i = np.asarray(old), np.asarray(numbers)
    got = result(SCATTER, 0, (node(a), node(i), 7.5), (3, 4), a._dtype)
    expected = old.copy()
    expected.ravel()[numbers] = 7.5
    numpy.testing.assert_array_equal(got, expected)
    got = result(SCATTER, 1, (node(a), node(i), node(np.asarray([1, 2], dtype="float32"))), (3, 4), a._dtype)
    numpy.add.at(expected := old.copy().ravel(), numbers, [1, 2])
    numpy.testing.assert_array_equal(got.ravel(), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_searching(dtype):
    for size in (0, 1, 2, 255, 256, 257):
        table = numpy.sort(values(dtype, (size,), 7))
        wanted = values(dtype, (4, 30), 8)
        a, b = np.asarray(table), np.asarray(wanted)
        for right in (0, 1):
            got = result(SEARCH, right, (node(a), node(b)), wanted.shape, NUMBER["int32"])
            numpy.testing.assert_array_equal(got, numpy.searchsorted(table, wanted, "right" if right else "left"))


def test_gathering_and_searching_fuse():
    table = np.asarray(numpy.sort(numpy.random.default_rng(1).random(100).astype("float32")))
    x = np.asarray(numpy.linspace(0, 1, 50, dtype="float32"))
    np.synchronize()
    place = array_of(Node(SEARCH, 0, (node(table), node(x * 2)), (50,), NUMBER["int32"], table._storage.node.device))
    low = np.maximum(place - 1, 0)
    made = array_of(Node(GATHER, 0, (node(table), node(low)), (50,), table._dtype, table._storage.node.device)) + 1
    assert len(_graph.explain([node(made)])["launches"]) == 1
    t = table.asnumpy()
    expected = t[numpy.maximum(numpy.searchsorted(t, numpy.linspace(0, 1, 50, dtype="float32") * 2) - 1, 0)] + 1
    numpy.testing.assert_array_equal(made.asnumpy(), expected)


def test_bounds_are_checked_by_the_next_wait():
    good, bad = np.asarray([0, 3, 2], dtype="int32"), np.asarray([1, -7, 2], dtype="int32")
    x = np.zeros(3) + 1
    check_bounds(node(good), -4, 3, IndexError("good"))
    assert float(x.sum()) == 3
    check_bounds(node(bad), -4, 3, IndexError("take: index out of bounds for axis 0 with size 4"))
    check_bounds(node(bad), -2, 3, IndexError("a later one"))
    with pytest.raises(IndexError, match="take: index out of bounds for axis 0 with size 4"):
        float(x.sum())
    assert float(x.sum()) == 3  # told once
    check_bounds(node(good), -4, 3, IndexError("known"))
    assert _graph.checks.value is None
    check_bounds(node(np.asarray([], dtype="int32")), 0, 0, IndexError("nothing is out of bounds"))
    np.synchronize()
    check_bounds(node(bad), 0, 0, IndexError("at synchronize"))
    with pytest.raises(IndexError, match="at synchronize"):
        np.synchronize()
    assert math.isclose(float(x.mean()), 1)
