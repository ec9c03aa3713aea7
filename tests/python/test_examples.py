"""The examples that are written for CuPy, through the alias package."""

import math
import runpy
import sys
from pathlib import Path

import ndfuse
import numpy
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cupy(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "python" / "cupy"))
    import cupy

    return cupy


def example(name):
    return runpy.run_path(str(ROOT / "examples" / "python" / f"{name}.py"))


def test_names(cupy):
    import cupyx
    from cupyx.scipy.special import erf, expit, log_softmax, logsumexp, ndtr, softmax

    x = cupy.arange(4, dtype=cupy.float32)
    assert isinstance(x, cupy.ndarray) and cupy.ndarray is ndfuse.ndarray
    assert cupy.get_array_module(x) in (cupy, ndfuse) and cupy.get_array_module(numpy.ones(1)) is numpy
    assert cupy.asnumpy(x).tolist() == [0, 1, 2, 3]
    with cupy.cuda.Device(0), cupy.cuda.Stream():
        cupy.cuda.Stream.null.synchronize()
        cupy.cuda.Device().synchronize()
    pool = cupy.get_default_memory_pool()
    assert pool.used_bytes() > 0 and pool.total_bytes() >= pool.used_bytes()
    pool.free_all_blocks()
    assert pool.free_bytes() == 0
    assert erf(x).tolist()[1] == pytest.approx(math.erf(1), rel=1e-6)
    assert expit(x * 0).tolist() == [0.5] * 4 and ndtr(x * 0).tolist() == [0.5] * 4
    zeros = cupy.zeros((2, 2))
    assert (
        softmax(zeros).tolist() == [[0.25] * 2] * 2 and softmax(zeros, axis=1).tolist() == [[0.5] * 2] * 2
    )  # as SciPy's
    assert float(log_softmax(zeros)[0, 0]) == -float(logsumexp(zeros)) == pytest.approx(-math.log(4), rel=1e-6)
    cupyx.scatter_add(x, [1, 1], 10)
    assert x.tolist() == [0, 21, 2, 3]
    assert cupy.cuda.is_available() == (ndfuse.device().name != "cpu")
    with pytest.raises(AttributeError, match="fused kernels"):
        cupy.RawKernel  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cupy.nothing  # noqa: B018


def test_matmul(cupy):
    worst, best = example("matmul")["main"](96, repeat=1)
    assert worst < 1e-5 and best > 0


def test_mandelbrot(cupy):
    found = example("mandelbrot")["mandelbrot"](48, 60).asnumpy()
    x = numpy.linspace(-2, 0.5, 48, dtype=numpy.float32)[None, :]
    y = numpy.linspace(-1.2, 1.2, 48, dtype=numpy.float32)[:, None]
    zr = zi = numpy.zeros((48, 48), numpy.float32)
    count = numpy.zeros((48, 48), numpy.int32)
    with numpy.errstate(all="ignore"):
        for _ in range(60):
            zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
            count += zr * zr + zi * zi < 4
    # A point at the border may leave a turn earlier or later: rounding is chaotic there.
    assert found.dtype == "int32" and numpy.mean(found != count) < 0.02


def test_black_scholes(cupy):
    module = example("black_scholes")
    spot, strike, years = module["options"](1000)
    call, put = module["black_scholes"](spot, strike, years, 0.03, 0.25)
    for k in (0, 123, 999):
        s, x, t = spot[k].item(), strike[k].item(), years[k].item()
        deviation = 0.25 * math.sqrt(t)
        d1 = (math.log(s / x) + (0.03 + 0.25**2 / 2) * t) / deviation
        cdf = lambda v: (math.erf(v / math.sqrt(2)) + 1) / 2  # noqa: E731
        exact = s * cdf(d1) - x * math.exp(-0.03 * t) * cdf(d1 - deviation)
        assert call[k].item() == pytest.approx(exact, abs=2e-4)
        assert put[k].item() == pytest.approx(exact - s + x * math.exp(-0.03 * t), abs=3e-4)
    if "ndfuse" in sys.modules:
        assert len(ndfuse.explain(*module["black_scholes"](spot, strike, years, 0.03, 0.25))) == 1
