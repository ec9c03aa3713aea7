"""Functions that have C++'s names, since NumPy has none: logsumexp, softmax, cummax and their like, top_k, scatter_add and its
like. The oracle is NumPy: its ufuncs' methods, and formulas in float64."""

import ndfuse
import numpy
import pytest
from comparing import REAL, equal_values, sample


def some(names, quick):
    """Parameters of which pages with software adapters run a few: each dtype has kernels of its own."""
    return [name if name in quick.split() else pytest.param(name, marks=pytest.mark.slow) for name in names]


INF, NAN = float("inf"), float("nan")
FLOATS = ("float16", "float32", "float64")
SPECIAL = numpy.array(
    [
        [1, INF, 2, 3], [1, -INF, 2, 3], [NAN, 1, 2, 3], [-INF, -INF, -INF, -INF], [INF, -INF, NAN, 0], [INF, INF, 1, 0],
        [0, 0, 0, 0], [88, -88, 700, 699], [-1e30, 1e30, 0, 1],
    ],
    numpy.float32,
)  # fmt: skip


def check(found, expected, name, ulp=16):
    """An array of this dtype and of these float64 values."""
    assert isinstance(found, ndfuse.ndarray)
    assert found.dtype == name
    assert found.shape == numpy.shape(expected)
    with numpy.errstate(over="ignore"):
        equal_values(numpy.asarray(found.asnumpy()), numpy.asarray(expected).astype(name), ulp)


def power_type(dtype):
    """The dtype of exp(x): NumPy's, of 32-bit integers float32."""
    if dtype in FLOATS:
        return dtype
    return "float64" if "64" in dtype else "float32" if "16" in dtype or "32" in dtype else "float16"


# --- logsumexp, softmax


def logsumexp(x, axis=None, keepdims=False):
    x = numpy.asarray(x).astype(numpy.float64)
    with numpy.errstate(all="ignore"):
        return numpy.logaddexp.reduce(x, axis=axis, keepdims=keepdims)


def softmax(x, axis=-1):
    x = numpy.asarray(x).astype(numpy.float64)
    with numpy.errstate(all="ignore"):
        powers = numpy.exp(x - x.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    x = numpy.asarray(x).astype(numpy.float64)
    with numpy.errstate(all="ignore"):
        away = x - x.max(axis=axis, keepdims=True)
        return away - numpy.log(numpy.exp(away).sum(axis=axis, keepdims=True))


@pytest.mark.parametrize("axis", [None, 0, -1, 1, (0, 2), (-1, 0, 1), ()])
def test_logsumexp_along_axes(axis):
    x = sample("float32", (3, 4, 5))
    for keepdims in (False, True):
        # logaddexp.reduce takes one axis: the rest by the formula, whose sums do not overflow here
        expected = numpy.log(numpy.exp(x.astype(numpy.float64)).sum(axis=axis, keepdims=keepdims))
        check(ndfuse.logsumexp(ndfuse.array(x), axis, keepdims=keepdims), expected, "float32")


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (-2, -1)])
def test_softmax_along_axes(function, axis):
    x = sample("float32", (3, 4, 5)) * numpy.float32(20)
    found = getattr(ndfuse, function.__name__)(ndfuse.array(x), axis)
    check(found, function(x, axis), "float32", 32)


def test_softmax_is_of_the_last_axis():
    x = sample("float32", (3, 4))
    check(ndfuse.softmax(ndfuse.array(x)), softmax(x, 1), "float32")
    check(ndfuse.log_softmax(ndfuse.array(x.T)), log_softmax(x.T, 1), "float32")
    assert float(ndfuse.softmax(ndfuse.array(x), None).sum()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("dtype", some(REAL, "bool float16 int32"))
def test_exponential_functions_of_types(dtype):
    """logsumexp has the dtype of a mean, softmax that of exp."""
    x = sample(dtype, (5, 6))
    mine = ndfuse.array(x)
    power = power_type(dtype)
    mean = power if dtype in FLOATS or power == "float64" else "float32"
    check(ndfuse.logsumexp(mine, 0), logsumexp(x, 0), mean, 32)
    check(ndfuse.softmax(mine), softmax(x), power, 32)
    check(ndfuse.log_softmax(mine), log_softmax(x), power, 32)


def test_exponential_functions_of_special_values():
    mine = ndfuse.array(SPECIAL)
    check(ndfuse.logsumexp(mine, 1), logsumexp(SPECIAL, 1), "float32")
    check(ndfuse.logsumexp(mine[:, ::-1], -1), logsumexp(SPECIAL, 1), "float32")
    check(ndfuse.softmax(mine), softmax(SPECIAL), "float32")
    check(ndfuse.log_softmax(mine), log_softmax(SPECIAL), "float32")


def test_exponential_functions_of_long_rows():
    x = sample("float32", (2, 5000)) * numpy.float32(30)
    check(ndfuse.logsumexp(ndfuse.array(x), 1), logsumexp(x, 1), "float32")
    check(ndfuse.softmax(ndfuse.array(x)), softmax(x), "float32", 256)
    check(ndfuse.log_softmax(ndfuse.array(x)), log_softmax(x), "float32")


def test_exponential_functions_of_nothing_and_of_one():
    assert ndfuse.logsumexp(ndfuse.zeros(0)).item() == -INF
    assert ndfuse.logsumexp(ndfuse.zeros((2, 0)), 1).tolist() == [-INF, -INF]
    assert ndfuse.logsumexp(ndfuse.zeros((2, 0)), 0).shape == (0,)
    for function in (ndfuse.softmax, ndfuse.log_softmax):
        for shape in ((0,), (3, 0), (0, 3)):
            check(function(ndfuse.zeros(shape)), numpy.zeros(shape), "float32")
        check(function(ndfuse.zeros((0, 2), "int8"), 0), numpy.zeros((0, 2)), "float16")
    for axis in (None, 0, -1):
        assert ndfuse.softmax(ndfuse.array(3.0), axis).item() == 1
        assert ndfuse.log_softmax(7, axis).item() == 0
    assert ndfuse.logsumexp(2.5).item() == 2.5
    assert ndfuse.logsumexp([[1.0, 2.0]], ()).tolist() == [[1.0, 2.0]]
    check(ndfuse.softmax([[1, 2], [3, 5]]), softmax([[1, 2], [3, 5]]), "float32")


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_exponential_functions_refuse(name):
    function = getattr(ndfuse, name)
    for axis in (2, -3, (0, 5)):
        for shape in ((2, 3), (2, 0)):
            with pytest.raises(ndfuse.AxisError, match="out of bounds"):
                function(ndfuse.zeros(shape), axis)
    with pytest.raises(ndfuse.AxisError, match="axis 1 is out of bounds for array of dimension 0"):
        function(ndfuse.array(1.0), 1)
    with pytest.raises(ValueError, match="duplicate value in 'axis'"):
        function(ndfuse.zeros((2, 3)), (0, 0))
    with pytest.raises(TypeError):
        function(ndfuse.zeros((2, 3)), 0.5)
    with pytest.raises(TypeError):
        function(ndfuse.zeros(3, "complex64"))


def test_softmax_is_three_launches():
    """What is before and behind it takes part in them."""
    x = ndfuse.array(sample("float32", (8, 300)))
    y = ndfuse.softmax(x * 2 + 1) * 3
    explanation = ndfuse.explain(y)
    kinds = [one["kind"] for one in explanation.launches]
    assert kinds[0] == kinds[-2] == "reduce" and kinds[-1] == "map" and kinds.count("map") == 1
    in_one = ndfuse.device().name != "webgl"  # there a reduction is several draws
    assert len(kinds) == 3 or not in_one
    assert explanation.written_bytes < 1.1 * x.nbytes  # the rows' extremes and sums, the result
    check(y, 3 * softmax(x.asnumpy().astype(numpy.float64) * 2 + 1), "float32", 64)
    assert len(ndfuse.explain(ndfuse.logsumexp(x * 2 + 1, 1) + 1)) == 1 or not in_one


# --- scans

SCANS = {"cumsum": numpy.add, "cumprod": numpy.multiply, "cummax": numpy.maximum, "cummin": numpy.minimum, "logcumsumexp": numpy.logaddexp}  # fmt: skip


def scanned(name, x, axis, reverse, exclusive, first):
    """By NumPy's accumulate, backwards on what is turned round, exclusive by what is one before."""
    if axis is None:
        x, axis = x.ravel(), 0
    x = numpy.moveaxis(x, axis, -1)
    x = x[..., ::-1] if reverse else x
    with numpy.errstate(all="ignore"):
        made = SCANS[name].accumulate(x, axis=-1) if x.shape[-1] else x
    if exclusive:
        made = numpy.concatenate([numpy.full_like(made[..., :1], first), made[..., :-1]], -1)
    made = made[..., ::-1] if reverse else made
    return numpy.moveaxis(made, -1, axis)


def first_of(name, dtype):
    if name in ("cumsum", "cumprod"):
        return 0 if name == "cumsum" else 1
    kind = numpy.dtype(dtype).kind
    if kind == "b":
        return name == "cummin"
    if kind in "iu":
        return numpy.iinfo(dtype).max if name == "cummin" else numpy.iinfo(dtype).min
    return INF if name == "cummin" else -INF


@pytest.mark.parametrize("dtype", some(REAL, "int8"))
@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_extremes_so_far(name, dtype):
    x = sample(dtype, (4, 7))
    mine = ndfuse.array(x)
    for axis in (None, 0, -1):
        for reverse in (False, True):
            for exclusive in (False, True):
                found = getattr(ndfuse, name)(mine, axis, reverse=reverse, exclusive=exclusive)
                check(found, scanned(name, x, axis, reverse, exclusive, first_of(name, dtype)), dtype, 0)


@pytest.mark.parametrize("dtype", some(REAL, "float16"))
def test_logarithms_of_sums_so_far(dtype):
    x = sample(dtype, (4, 7))
    given = power_type(dtype)
    for axis in (None, 1):
        for reverse in (False, True):
            for exclusive in (False, True):
                found = ndfuse.logcumsumexp(ndfuse.array(x), axis, reverse=reverse, exclusive=exclusive)
                expected = scanned("logcumsumexp", x.astype(numpy.float64), axis, reverse, exclusive, -INF)
                check(found, expected, given, 16)


@pytest.mark.parametrize(
    "dtype", some("bool int16 int32 uint8 float32 float64 complex64 complex128".split(), "complex64")
)
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_sums_backwards_and_exclusive(name, dtype):
    x = sample(dtype, (3, 6))
    given = {"bool": "int32", "int16": "int32", "uint8": "uint32"}.get(dtype, dtype)
    for axis in (None, 0):
        for reverse in (False, True):
            for exclusive in (False, True):
                found = getattr(ndfuse, name)(ndfuse.array(x), axis, reverse=reverse, exclusive=exclusive)
                expected = scanned(name, x.astype(given), axis, reverse, exclusive, first_of(name, given))
                check(found, expected, given, 64)


@pytest.mark.parametrize("name", ["cummax", "cummin", "logcumsumexp"])
def test_scans_of_special_values(name):
    mine = ndfuse.array(SPECIAL)
    for reverse in (False, True):
        expected = scanned(name, SPECIAL.astype(numpy.float64), 1, reverse, False, None)
        check(getattr(ndfuse, name)(mine, 1, reverse=reverse), expected, "float32")


@pytest.mark.parametrize("name", SCANS)
def test_scans_of_nothing_and_of_one(name):
    function = getattr(ndfuse, name)
    for options in ({}, {"reverse": True}, {"exclusive": True}):
        assert function(ndfuse.zeros(0), **options).shape == (0,)
        assert function(ndfuse.zeros((3, 0)), 1, **options).shape == (3, 0)
        assert function(ndfuse.zeros((0, 3)), -1, **options).shape == (0, 3)
        assert function(ndfuse.zeros((2, 0, 3)), **options).shape == (0,)
    for axis in (None, 0, -1):
        assert function(2.5, axis).tolist() == [2.5]
    assert function([[1.5], [1.5]], 1, exclusive=True).tolist() == [[first_of(name, "float32")]] * 2


def test_scans_of_long_rows():
    x = numpy.random.default_rng(3).integers(-(10**6), 10**6, (2, 9001)).astype(numpy.int32)
    for name in ("cummax", "cumsum"):
        for options in ({"exclusive": True}, {"reverse": True, "exclusive": True}):
            expected = scanned(name, x, 1, "reverse" in options, "exclusive" in options, first_of(name, "int32"))
            check(getattr(ndfuse, name)(ndfuse.array(x), 1, **options), expected.astype(numpy.int32), "int32")
    y = sample("float32", (6000,))
    check(ndfuse.logcumsumexp(ndfuse.array(y)), numpy.logaddexp.accumulate(y.astype(numpy.float64)), "float32", 32)


@pytest.mark.parametrize("name", ["cummax", "cummin", "logcumsumexp"])
def test_scans_write_to_out_and_refuse(name):
    function = getattr(ndfuse, name)
    x = sample("float32", (3, 4))
    out = ndfuse.zeros((3, 4))
    assert function(ndfuse.array(x), 1, out=out) is out
    check(out, scanned(name, x.astype(numpy.float64), 1, False, False, None), "float32")
    assert function(ndfuse.array([1, 2]), dtype="float64").dtype == "float64"
    for axis in (2, -3):
        with pytest.raises(ndfuse.AxisError, match="out of bounds for array of dimension 2"):
            function(ndfuse.array(x), axis)
    with pytest.raises(ValueError, match="wrong size"):
        function(ndfuse.array(x), 1, out=ndfuse.zeros((3, 3)))
    with pytest.raises(TypeError, match=name):
        function(ndfuse.zeros(3, "complex64"))
    with pytest.raises(TypeError):
        function(ndfuse.array(x), 0.5)


# --- top_k


def top_k(x, k, axis, largest):
    """By a stable sort: NaN is the greatest, equal elements in their order."""
    if axis is None:
        x, axis = x.ravel(), 0
    x = numpy.moveaxis(x, axis, -1)
    if largest:  # from behind, so that the first of equal ones come first in the end
        order = x.shape[-1] - 1 - numpy.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
    else:
        order = numpy.argsort(x, axis=-1, kind="stable")
    order = order[..., :k]
    values = numpy.take_along_axis(x, order, -1)
    return numpy.moveaxis(values, -1, axis), numpy.moveaxis(order, -1, axis)


@pytest.mark.parametrize("dtype", some(REAL, "bool int16 float32"))
def test_top_k_of_types(dtype):
    x = sample(dtype, (4, 9))
    for largest in (True, False):
        for axis in (None, 0, 1, -1, -2):
            found = ndfuse.top_k(ndfuse.array(x), 3, axis, largest)
            values, indices = top_k(x, 3, axis, largest)
            check(found.values, values, dtype, 0)
            check(found.indices, indices, "int32")


def test_top_k_of_special_values():
    for largest in (True, False):
        for k in (0, 1, 4):
            values, indices = ndfuse.top_k(ndfuse.array(SPECIAL), k, largest=largest)
            expected = top_k(SPECIAL, k, -1, largest)
            check(values, expected[0], "float32", 0)
            check(indices, expected[1], "int32")
    for shape, axis in (((0,), 0), ((3, 0), 1), ((0, 3), 1)):
        values, indices = ndfuse.top_k(ndfuse.zeros(shape, "int16"), 0, axis)
        assert values.shape == indices.shape == numpy.zeros(shape).take([], axis).shape
        assert (values.dtype, indices.dtype) == ("int16", "int32")
    assert ndfuse.top_k(ndfuse.zeros((0, 3)), 2).values.shape == (0, 2)
    assert ndfuse.top_k([3, 1, 2], 2).values.tolist() == [3, 2]
    assert ndfuse.top_k(ndfuse.zeros((5, 1)), numpy.int32(1)).indices.tolist() == [[0]] * 5


def test_top_k_of_long_rows():
    x = numpy.random.default_rng(5).integers(0, 1000, (2, 5000)).astype(numpy.float32)
    for largest in (True, False):
        values, indices = ndfuse.top_k(ndfuse.array(x), 20, 1, largest)
        expected = top_k(x, 20, 1, largest)
        check(values, expected[0], "float32", 0)
        check(indices, expected[1], "int32")


def test_top_k_refuses():
    x = ndfuse.zeros((3, 4))
    for k, axis in ((5, 1), (4, 0), (-1, 1), (13, None)):
        with pytest.raises(ValueError, match=f"top_k: k={k} of an axis of"):
            ndfuse.top_k(x, k, axis)
    for axis in (2, -3):
        with pytest.raises(ndfuse.AxisError):
            ndfuse.top_k(x, 1, axis)
    with pytest.raises(ndfuse.AxisError):
        ndfuse.top_k(ndfuse.array(1.0), 1)
    with pytest.raises(TypeError):
        ndfuse.top_k(x, 1.5)


# --- scattering

SCATTERS = {
    "scatter_add": numpy.add, "scatter_multiply": numpy.multiply, "scatter_min": numpy.minimum, "scatter_max": numpy.maximum,
}  # fmt: skip
KEYS = {
    "a list": [1, 3, 1, -1, 1],
    "an array": numpy.array([[0, 2], [2, 2]]),
    "two arrays": (numpy.array([0, 3, 0]), numpy.array([1, 1, -2])),
    "broadcast": (numpy.array([[0], [1]]), numpy.array([2, 2, 0])),
    "an array and a slice": (slice(1, None), [0, 0, 4]),
    "a mask": numpy.arange(20).reshape(4, 5) % 3 == 0,
    "a mask of rows": numpy.array([True, False, True, True]),
    "a slice": slice(None, None, 2),
    "slices": (slice(1, 3), slice(None, None, -2)),
    "an integer": -2,
    "one element": (1, 2),
    "all": ...,
    "no index": (),
    "nothing": [],
    "true": True,
    "false": False,
    "a new axis": (None, [1, 1]),
}


def device_key(key):
    if isinstance(key, tuple):
        return tuple(device_key(one) for one in key)
    return ndfuse.array(key) if isinstance(key, numpy.ndarray) else key


def chosen(x, key):
    """What is chosen, flat, by number: NumPy's ``at`` does not take every key."""
    return numpy.arange(x.size).reshape(x.shape)[key]


def scattered(name, x, key, value):
    """By ufunc.at on the flat array, in the array's own dtype."""
    made = x.ravel().copy()
    numbers = chosen(x, key)
    with numpy.errstate(all="ignore"):
        value = numpy.broadcast_to(numpy.asarray(value).astype(x.dtype), numbers.shape)
        SCATTERS[name].at(made, numbers.ravel(), value.ravel())
    return made.reshape(x.shape)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("name", some(SCATTERS, "scatter_add"))
def test_scatters_by_keys(name, key):
    x = sample("int32", (4, 5))
    value = (numpy.arange(chosen(x, key).size) % 7 - 3).reshape(chosen(x, key).shape).astype(numpy.int32)
    for own in (key, device_key(key)):
        for given in (value, 2):
            mine = ndfuse.array(x)
            assert getattr(ndfuse, name)(mine, own, device_key(given)) is None
            check(mine, scattered(name, x, key, given), "int32")


@pytest.mark.parametrize("dtype", some([*REAL, "complex64", "complex128"], "bool int8 int32 float32 complex64"))
@pytest.mark.parametrize("name", SCATTERS)
def test_scatters_of_types(name, dtype):
    if "complex" in dtype and name in ("scatter_min", "scatter_max"):
        with pytest.raises(TypeError, match="no order"):
            getattr(ndfuse, name)(ndfuse.zeros(3, dtype), [0], 1)
        return
    x = sample(dtype, (40,))
    numbers = numpy.random.default_rng(1).integers(-40, 40, 300)
    value = (
        numpy.sign(sample(dtype, (300,), 2))
        if name == "scatter_multiply" and dtype != "bool"
        else sample(dtype, (300,), 2)
    )
    if dtype == "float16":  # joined by a tree there, one after the other here
        value, x = numpy.round(value), numpy.round(x)
    mine = ndfuse.array(x)
    getattr(ndfuse, name)(mine, ndfuse.array(numbers), ndfuse.array(value))
    check(mine, scattered(name, x, numbers, value), dtype, 64)


@pytest.mark.parametrize("name", ["scatter_min", "scatter_max"])
def test_extremes_of_special_values(name):
    x = SPECIAL.copy()
    numbers = numpy.array([0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8])
    value = numpy.array([5, NAN, -INF, 1, 0, -INF, 3, INF, -1, 2, 3], numpy.float32)[:, None]
    mine = ndfuse.array(x)
    getattr(ndfuse, name)(mine, numbers, ndfuse.array(value))
    check(mine, scattered(name, x, numbers, value), "float32", 0)


def test_scatters_into_views():
    """What the view shows changes, and nothing beside it."""

    def program(np, add):
        x = np.zeros((5, 6), np.int32)
        add(x[1:4, ::-2], ([0, 2, 0], [1, 1, 1]), np.array([1, 10, 100], np.int32))
        add(x.T[2], [0, 0, 4], 5)
        add(x.reshape(-1)[7:], slice(0, 20, 9), 1000)
        y = x * 1
        add(x[0], np.array([3, 3]), y[1, 3:5])
        add(x, [0, 0], x[:2] * 1)  # what is added is what was there
        return x, y

    for one, other in zip(program(ndfuse, ndfuse.scatter_add), program(numpy, numpy.add.at), strict=True):
        check(one, other, "int32")


def test_values_are_converted_and_broadcast():
    x = ndfuse.zeros((3, 4), "int32")
    ndfuse.scatter_add(x, [0, 0, 2], [[1.75], [2.75], [-3.75]])
    assert x.tolist() == [[3] * 4, [0] * 4, [-3] * 4]
    ndfuse.scatter_add(x, ([1, 1], [0, 3]), True)
    ndfuse.scatter_add(x, ([1], slice(None)), ndfuse.arange(4))
    assert x.tolist()[1] == [1, 1, 2, 4]
    y = ndfuse.zeros(2, "float64")
    ndfuse.scatter_add(y, [0, 0], 0.1)
    ndfuse.add.at(y, [1, 1], 0.1)
    assert y.tolist() == [0.2, 0.2]
    b = ndfuse.array([True, True, False, False])
    ndfuse.scatter_multiply(b, [0, 0], [True, False])
    ndfuse.scatter_add(b, [3, 3], [False, True])
    assert b.tolist() == [False, True, False, True]


def test_long_sums_are_the_same_in_every_run():
    numbers = numpy.random.default_rng(8).integers(0, 50, 20000).astype(numpy.int32)
    value = sample("float32", (20000,))
    runs = []
    for _ in range(3):
        x = ndfuse.zeros(50)
        ndfuse.scatter_add(x, ndfuse.array(numbers), ndfuse.array(value))
        runs.append(x.asnumpy())
    assert (runs[0] == runs[1]).all() and (runs[0] == runs[2]).all()
    expected = numpy.zeros(50)
    numpy.add.at(expected, numbers, value.astype(numpy.float64))
    numpy.testing.assert_allclose(runs[0], expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", SCATTERS)
def test_scatters_refuse(name):
    scatter = getattr(ndfuse, name)
    x = ndfuse.array(sample("float32", (3, 4)))
    before = x.asnumpy()
    for key in ([0, 3], [-4], (0, [1, 4]), 3, (0, 0, 0), [0.5], ([0, 1], [0, 1, 2]), "a", numpy.array([True, False])):
        with pytest.raises(IndexError):
            scatter(x, key, 1)
    for key, value in (([0, 1], numpy.zeros(3)), (0, numpy.zeros(3)), ([0, 1], numpy.zeros((1, 2, 4)))):
        with pytest.raises(ValueError, match="could not be broadcast to indexing result"):
            scatter(x, key, value)
    with pytest.raises(TypeError):
        scatter(x, [0], 1j)
    with pytest.raises(TypeError, match="must be an array, not list"):
        scatter([1, 2], [0], 1)
    with pytest.raises(TypeError, match="must be an array"):
        scatter(x[0, 0], (), 1)
    with pytest.raises(ValueError, match="read-only"):
        scatter(ndfuse.broadcast_to(x, (2, 3, 4)), [0], 1)
    with pytest.raises(OverflowError):
        scatter(ndfuse.zeros(3, "uint8"), [0], 300)
    assert (x.asnumpy() == before).all()
    scatter(x, ndfuse.array([0, 9]), 1)
    with pytest.raises(IndexError, match="out of bounds for axis 0 with size 3"):
        x.asnumpy()


def test_ufunc_at_refuses():
    """Floats into integers: NumPy truncates after every step, which no scatter can do."""
    with pytest.raises(TypeError, match="Cannot cast ufunc 'add' output"):
        ndfuse.add.at(ndfuse.zeros(3, "int32"), [0], 0.5)
    with pytest.raises(TypeError, match="first operand must be array"):
        ndfuse.add.at([1, 2], [0], 1)
    with pytest.raises(TypeError, match="boolean subtract"):
        ndfuse.subtract.at(ndfuse.zeros(3, "bool"), [0], True)
    x = ndfuse.array([1, 2, 250], dtype="uint8")
    ndfuse.subtract.at(x, [0, 0, 1], 1)
    ndfuse.add.at(x, [2, 2], ndfuse.array([5, 5], dtype="int32"))
    assert x.tolist() == [255, 1, 4]
