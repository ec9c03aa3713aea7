"""One small call, at least, of every function that no other test has: on each device, compared with NumPy's.

``scripts/coverage.py`` counts what is named here.
"""

import ndfuse
import numpy
import pytest
from comparing import compare, fails, on_both, same, sample

CALLS = """
np.sort(x), np.sort(x, axis=0), np.sort(x, axis=None), np.sort(n), np.sort(b), np.sort(z)
np.argsort(n, axis=0, kind="stable"), np.argsort(z, axis=1), np.argsort(x, axis=None)
np.lexsort((n[0], n[1])), np.lexsort((n, n), axis=0)
np.partition(v, 3)[3], np.argpartition(v, 3)[:0]
np.sort_complex(n[0])
np.searchsorted(s, x), np.searchsorted(s, x, side="right"), np.searchsorted(s, 0.5)
np.digitize(x, s), np.digitize(x, s[::-1], right=True)
np.unique(n), np.unique(n, return_index=True, return_inverse=True, return_counts=True), np.unique(n, axis=0), np.unique(b)
np.unique_all(n[0]), np.unique_counts(n[0]), np.unique_inverse(n[0]), np.sort(np.unique_values(n[0]))
np.isin(n, [1, 2, 3]), np.isin(n, n[0], invert=True), np.isin(z, z[0])
np.union1d(n[0], n[1]), np.intersect1d(n[0], n[1]), np.setdiff1d(n[0], n[1]), np.setxor1d(n[0], n[1])
np.intersect1d(n[0], n[1], return_indices=True)
np.cumsum(n, axis=1), np.cumsum(x), np.cumprod(n, axis=0), np.nancumsum(w), np.nancumprod(w)
np.cumulative_sum(n[0], include_initial=True), np.cumulative_prod(n, axis=1)
np.diff(x, axis=0), np.diff(n, n=2), np.ediff1d(n, to_begin=[9], to_end=[7]), np.diff(n, prepend=0, append=n[:, :1])
np.gradient(x, axis=1), np.gradient(v, s, edge_order=2), np.trapezoid(x, axis=0), np.trapezoid(v, s)
np.median(x), np.median(x, axis=0), np.nanmedian(w, axis=0)
np.percentile(x, [10, 50, 90], axis=1), np.quantile(v, 0.3), np.nanpercentile(w, 40), np.nanquantile(w, [0.2, 0.7], axis=1)
np.cov(x), np.corrcoef(x), np.correlate(v, v[:3]), np.correlate(v[:3], v, "same"), np.convolve(v, v[:4], "same")
np.bincount(abs(n[0])), np.bincount(abs(n[0]), weights=x[0]), np.bincount(abs(n[0]), minlength=20)
np.histogram(n, bins=[-9, -3, 0, 4, 9]), np.histogram(v, bins=4, range=(-4, 4), density=True), np.histogram_bin_edges(v, 5, (-4, 4))
np.histogram(v, bins=[-4, 0, 4], weights=v)
np.histogram2d(x[0], x[1], bins=3, range=[(-4, 4), (-4, 4)])[0].sum(), np.histogramdd(x, bins=2)[0].sum()
np.bartlett(7), np.blackman(7), np.hamming(7), np.hanning(7), np.kaiser(7, 8.5), np.i0(x)
np.poly([1, 2, 3]), np.polyadd(v, s[:2]), np.polysub(v, s[:2]), np.polymul(v[:3], s[:2]), np.polyval(v[:3], x), np.polyder(v), np.polyint(v)
np.polydiv(np.array([2.0, 5, 3, 1]), np.array([1.0, 2])), np.poly1d([1, 2, 3])(x), (np.poly1d([1, 2]) * np.poly1d([3, 4])).coeffs
np.r_[1:4, 0, 4], np.r_["0,2", [1, 2], [3, 4]], np.c_[[1, 2], [3, 4]], x[np.s_[1:, ::2]], x[np.index_exp[1]]
np.diag_indices(3), np.diag_indices_from(x[:, :3]), np.tril_indices(3, 1), np.triu_indices(3), np.mask_indices(3, np.triu)
np.tril_indices_from(x[:, :3]), np.triu_indices_from(x[:, :3], 1)
[tuple(int(k) for k in at) for at, _ in np.ndenumerate(n)], list(np.ndindex(2, 2)), np.broadcast(x, x[0]).shape
np.packbits(b), np.packbits(b, axis=1, bitorder="little"), np.unpackbits(np.array([3, 200], dtype=np.uint8))
np.gcd(n, 6), np.lcm(n, 4), np.bitwise_count(n), np.binary_repr(-5, 8), np.base_repr(255, 16), np.binary_repr(9)
np.frexp(x), np.ldexp(x, n), np.nextafter(x, 0), np.spacing(x), np.signbit(x), np.copysign(x, -1)
np.apply_along_axis(lambda r: r.sum(), 1, x), np.apply_over_axes(np.sum, x, [0, 1]), np.vectorize(lambda a, c: a + 2 * c)(n, 3)
np.real_if_close(z), np.real_if_close(z * 0 + 1), np.unwrap(np.cumsum(v))
np.nanargmax(w, axis=1), np.nanargmin(w), np.nansum(w), np.nanprod(w, axis=0), np.nanstd(w), np.nanvar(w)
np.matvec(x, x[0]), np.vecmat(x[:, 0], x), np.vecdot(x, x)
np.insert(n, 1, 7, axis=0), np.insert(n, [0, 2], [7, 8]), np.delete(n, 1, axis=1)
np.choose(n % 3, [x, x * 2, 5]), np.choose([0, 1, 5], [1, 2], mode="wrap")
np.dtype(np.common_type(x, z)).name, np.min_scalar_type(300).name, np.mintypecode("fd"), np.typename("f"), np.isdtype(x.dtype, "real floating")
np.astype(x, np.int32), np.require(x), np.shares_memory(x, x[0]), np.shares_memory(x[::2], x[1::2]), np.iterable(x), np.asarray_chkfinite(x)
np.interp(x, s, v), np.interp(x, s, v, left=-1, right=9), np.interp(x, [0.0, 1, 2], [5.0, 7, 6], period=3)
np.select([b, x > 0], [x, x * 2], 9), np.compress([True, False, True], x, axis=0), np.extract(b, x), np.trim_zeros([0, 0, 1, 2, 0])
np.take_along_axis(x, np.argsort(x, axis=1), axis=1), x[b], np.nonzero(b), np.argwhere(b), np.flatnonzero(b)
np.fmax(x, x[0]), np.fmin(x, 0), np.cbrt(x), np.fmod(x, 3), np.heaviside(x, 0.5), np.hypot(x, 1)
np.linspace(np.array([0, 120], np.uint8), np.array([100, 0], np.uint8), 5)
np.pad(x, 3, "linear_ramp", end_values=2), np.pad(n, ((0, 2), (3, 1)), "linear_ramp", end_values=(-5, 7))
x.T.ravel("K"), x[:, ::-1].T.ravel("K"), np.squeeze(np.array(3.0), 0), np.roll(x, "1", axis=0), x[::2].ravel("K")
np.unique(w[[0, 0]], axis=0), np.unique(w[0], axis=0), np.ravel_multi_index(([True], [False]), (2, 2)), np.arange(2, dtype=bool)
np.row_stack([x, x]) if hasattr(np, "row_stack") else x
""".strip().splitlines()

WRITING = """
np.fill_diagonal(x, 5)
np.fill_diagonal(n, [1, 2])
np.put(x, [1, -1], [7, 8])
np.put(n, [99, -99], 3, mode="clip")
np.place(x, b, [1, 2, 3])
np.putmask(x, b, [1, 2])
np.put_along_axis(n, np.array([[0], [1], [2]]), 99, axis=1)
np.copyto(x, 3, where=b)
np.add.at(n, (np.array([0, 0, 1]), np.array([1, 1, 2])), 10)
np.multiply.at(x, np.array([0, 0]), 2)
np.maximum.at(x, np.array([0, 2, 0]), np.array([[1], [2], [3]], dtype=np.float32))
np.subtract.at(n, np.array([1, 1]), 1)
x.__setitem__(b, np.arange(int(b.sum()), dtype=np.float32))
x.__setitem__(np.array([2, 0, 2]), np.array([[1], [2], [3]], dtype=np.float32))
x.flat.__setitem__(slice(1, 9, 3), [1, 2])
x.T.flat.__setitem__(slice(1, 9, 3), [1, 2])
x.sort(axis=0)
n.partition([0, 1, 2, 3])
""".strip().splitlines()


def given():
    x, n = sample("float32"), sample("int32", seed=1)
    w = x.copy()
    w[0, 1] = w[2, 3] = numpy.nan
    return {
        "x": x, "n": n, "w": w, "z": sample("complex64", seed=2), "b": sample("bool", seed=3), "v": sample("float32", (9,), 4),
        "s": numpy.sort(sample("float32", (9,), 5)),
    }  # fmt: skip


def arguments(np, values):
    return {name: np.array(value) for name, value in values.items()}


@pytest.mark.parametrize("call", CALLS)
def test_call(call):
    values = given()
    found, expected = on_both(lambda np: eval(call, {"np": np, **arguments(np, values)}))
    compare(found, expected, ulp=256, exact_type=False)


@pytest.mark.parametrize("call", WRITING)
def test_writing(call):
    values = given()

    def program(np):
        own = arguments(np, values)
        exec(call, {"np": np, **own})
        return [own["x"], own["n"]]

    compare(*on_both(program), ulp=64)


def test_facts():
    info = ndfuse.__array_namespace_info__()
    x = ndfuse.ones(3)
    assert x.__array_namespace__(api_version="2025.12") is ndfuse
    assert info.default_dtypes()["integral"] == "int32" and "cpu" in info.devices()
    assert (
        "float64" in info.dtypes(device="cpu", kind="real floating") and info.default_device() == ndfuse.device().name
    )
    assert ndfuse.from_dlpack(numpy.arange(3, dtype=numpy.int32)).tolist() == [0, 1, 2]
    assert ndfuse.geterr() == ndfuse.seterr(all="raise")
    with pytest.raises(ValueError, match="not supported"):
        x.__array_namespace__(api_version="1999.01")


REFUSED = """
np.sort(x, axis=2)
np.sort(x, kind="bubble")
np.argsort(x, axis=-3)
np.partition(x, 4)
np.lexsort(())
np.searchsorted(x, 1)
np.searchsorted(x[0], 1, side="middle")
np.digitize(x, [1.0, 3.0, 2.0])
np.unique(x, axis=2)
np.cumsum(x, axis=2)
np.diff(x, n=-1)
np.gradient(x[:1])
np.percentile(x, 101)
np.quantile(x, -0.1)
np.quantile(x, 0.5, method="guess")
np.bincount([-1, 2])
np.bincount(x)
np.histogram(x, bins=0)
np.histogram(x, bins=[2, 1])
np.histogram(x, range=(2, 1))
np.convolve(x, x)
np.convolve(x[0], [])
np.packbits(x)
np.unpackbits(x)
np.gcd(x, 2)
np.ldexp(x, 0.5)
np.fill_diagonal(x[0], 1)
np.insert(x, 9, 1, axis=0)
np.choose([0, 7], [1, 2]).tolist()
np.ravel_multi_index(([3], [0]), (2, 2))
np.unravel_index(99, (3, 4))
np.put(x, [12], 1)
np.putmask(x, [True], 1)
np.cross(x, x)
np.trapezoid(x, axis=5)
np.arange(3, dtype=bool)
np.indices((1, 3), dtype=bool)
np.zeros(None)
x.reshape(12, order="K")
x.reshape(12, copy="no")
np.copyto(x, 1, where=x)
np.concatenate([x, x], out=np.zeros((6, 4), np.int32))
np.stack([x, x], out=np.zeros((2, 3, 4), np.int32))
np.concatenate([x], out=x, dtype=np.float32)
np.delete(x, np.array([1.5]))
np.delete(x, np.zeros(0, bool))
np.roll(x, "a", axis=0)
np.repeat(x, np.ones(12, np.uint64))
np.repeat(x, [[1] * 12])
x[0].mT
np.pad(x, [])
np.ravel_multi_index(([1], [1]), (2.0, 4))
np.squeeze(np.array(3.0), 1)
""".strip().splitlines()


@pytest.mark.parametrize("call", REFUSED)
def test_refused(call):
    fails(lambda np, x: eval(call, {"np": np, "x": x}), sample("float32"), words=False)


@pytest.mark.parametrize("method", ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
                                    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"])  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_quantile_methods(method, dtype):
    for size in (1, 2, 7, 10):
        same(
            lambda np, x: np.quantile(x, [0, 0.13, 0.25, 0.5, 0.75, 0.9, 1], method=method),
            sample(dtype, (size,), size),
            ulp=32,
        )
