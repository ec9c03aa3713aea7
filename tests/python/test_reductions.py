"""Reductions, with axes, types, masks and what is made of them."""

import ndfuse
import numpy
import pytest
from comparing import ALL, REAL, fails, same, sample

AXES = [None, 0, 1, -1, (0, 2), (1,), (0, 1, 2), ()]
NAMES = ["sum", "prod", "max", "min", "mean", "any", "all"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("axis", AXES, ids=str)
def test_axes(name, axis):
    x = sample("float32", (2, 3, 4))
    for keepdims in (False, True):
        same(lambda np, x, k=keepdims: getattr(np, name)(x, axis=axis, keepdims=k), x, ulp=64)
        same(lambda np, x, k=keepdims: getattr(x.transpose(1, 2, 0)[:, ::2], name)(axis=axis, keepdims=k), x, ulp=64)
    same(lambda np, x: getattr(np, name)(np.broadcast_to(x[0, 0], (2, 3, 4)), axis=axis), x, ulp=64)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ALL)
def test_types(name, dtype):
    x = sample(dtype, (3, 5))
    if dtype == "float16":  # NumPy adds halves with other roundings between
        assert getattr(ndfuse, name)(ndfuse.array(x), axis=1).dtype == getattr(numpy, name)(x, axis=1).dtype
        return
    same(lambda np, x: getattr(np, name)(x, axis=1), x, ulp=64)


def test_dtype_initial_where():
    x = sample("float32", (3, 4))
    n = sample("int8", (3, 4))
    mask = sample("bool", (3, 4), seed=5)
    for program in (
        lambda np, x, n, m: np.sum(n, dtype=np.int8),
        lambda np, x, n, m: np.sum(n, axis=0, dtype=np.float32),
        lambda np, x, n, m: np.prod(n, axis=0, dtype=np.int16),
        lambda np, x, n, m: np.sum(x, initial=10),
        lambda np, x, n, m: np.max(x, axis=1, initial=2),
        lambda np, x, n, m: np.min(x, initial=-100),
        lambda np, x, n, m: np.sum(x, axis=1, where=m),
        lambda np, x, n, m: np.prod(x, axis=0, where=m),
        lambda np, x, n, m: np.max(x, axis=0, where=m, initial=-9),
        lambda np, x, n, m: np.mean(x, axis=0, where=m),
        lambda np, x, n, m: np.any(x, axis=0, where=m),
        lambda np, x, n, m: np.all(x > 0, axis=0, where=m),
        lambda np, x, n, m: np.max(np.zeros((0, 3), np.float32), axis=0, initial=5),
        lambda np, x, n, m: np.sum(np.zeros((0, 3)), axis=0),
        lambda np, x, n, m: np.sum(x, axis=0, out=np.zeros(4, np.float32)),
    ):
        same(program, x, n, mask, ulp=64)
    fails(lambda np, x: np.max(x, where=x > 0), x)
    fails(lambda np: np.max(np.zeros(0)))
    fails(lambda np: np.min(np.zeros((2, 0)), axis=1))
    fails(lambda np, x: x.sum(axis=2), x)
    fails(lambda np, x: x.sum(axis=(0, 0)), x)
    fails(lambda np, x: np.sum(x, axis=0, out=np.zeros(3, np.float32)), x, words=False)
    same(lambda np: np.max(np.zeros((2, 0)), axis=0))


@pytest.mark.parametrize("dtype", REAL)
def test_arg(dtype):
    x = sample(dtype, (4, 6))
    x[:, 3] = x[:, 1]  # ties
    for name in ("argmax", "argmin"):
        for axis in (None, 0, 1, -1):
            same(lambda np, x, n=name, a=axis: getattr(np, n)(x, axis=a), x, exact_type=False)
            same(lambda np, x, n=name, a=axis: getattr(x.T, n)(axis=a, keepdims=True), x, exact_type=False)


def test_nan_wins():
    x = numpy.array([[1, numpy.nan, 3, numpy.nan], [4, 5, -numpy.inf, numpy.inf]], numpy.float32)
    for name in ("max", "min", "argmax", "argmin", "sum", "ptp", "nansum", "nanmax", "nanmin", "nanmean", "nanprod"):
        for axis in (None, 0, 1):
            same(lambda np, x, n=name, a=axis: getattr(np, n)(x, axis=a), x)
    fails(lambda np: np.argmax(np.zeros(0)))


def test_statistics():
    x = sample("float32", (5, 6))
    for program in (
        lambda np, x: np.var(x),
        lambda np, x: np.std(x, axis=0),
        lambda np, x: x.var(axis=1, ddof=1, keepdims=True),
        lambda np, x: np.std(x, axis=1, where=x > 0),
        lambda np, x: np.average(x, axis=0),
        lambda np, x: np.average(x, axis=1, weights=np.arange(1, 7)),
        lambda np, x: np.average(x, weights=abs(x)),
        lambda np, x: np.ptp(x, axis=0),
        lambda np, x: np.count_nonzero(x > 1),
        lambda np, x: np.count_nonzero(x > 1, axis=0),
        lambda np, x: np.nanvar(np.where(x > 2, np.nan, x), axis=0),
        lambda np, x: np.var(x.astype(np.int32)),
        lambda np, x: np.var(x * 1j),
    ):
        same(program, x, ulp=64)
    fails(lambda np, x: np.average(x, weights=np.zeros((5, 6))), x)


def test_large():
    """Sums do not drift: pairwise, whatever the size."""
    x = numpy.random.default_rng(3).random(300_000, numpy.float32)
    same(lambda np, x: (x.sum(), x.mean(), x.max(), x.argmax(), (x > 0.5).sum()), x, ulp=16)
    same(lambda np, x: (x.reshape(300, 1000).sum(axis=0), x.reshape(300, 1000).mean(axis=1)), x, ulp=64)


def test_producers_are_fused():
    x = ndfuse.linspace(0, 1, 1000)
    x[0] = 0
    ndfuse.synchronize()
    assert len(ndfuse.explain((x * 2 + 1).sum())) == len(ndfuse.explain(x.sum()))
