"""Windows for signals, and the Bessel function that one of them needs. Names and arguments are NumPy's."""

from __future__ import annotations

import math

from . import _creation, _ufuncs
from ._elementwise import OPS, apply
from ._ndarray import ndarray

__all__ = ["bartlett", "blackman", "hamming", "hanning", "i0", "kaiser"]


def _steps(M) -> tuple:
    """The length and 1 - M, 3 - M, ... M - 1."""
    if isinstance(M, ndarray) and M.ndim:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    count = math.ceil(float(M))
    return count, _creation.arange(1 - count, count, 2) * 1.0


def _window(M, function):
    count, n = _steps(M)
    if count < 1:
        return _creation.empty((0,))
    return _creation.ones((1,)) if count == 1 else function(n, count - 1)


def bartlett(M):
    """The triangular window of M points. As numpy.bartlett, in float32."""
    return _window(M, lambda n, last: apply(OPS["where"], n <= 0, 1 + n / last, 1 - n / last))


def blackman(M):
    """The Blackman window of M points. As numpy.blackman, in float32."""
    return _window(
        M, lambda n, last: 0.42 + 0.5 * _ufuncs.cos(math.pi * n / last) + 0.08 * _ufuncs.cos(2.0 * math.pi * n / last)
    )


def hamming(M):
    """The Hamming window of M points. As numpy.hamming, in float32."""
    return _window(M, lambda n, last: 0.54 + 0.46 * _ufuncs.cos(math.pi * n / last))


def hanning(M):
    """The Hann window of M points. As numpy.hanning, in float32."""
    return _window(M, lambda n, last: 0.5 + 0.5 * _ufuncs.cos(math.pi * n / last))


def kaiser(M, beta):
    """The Kaiser window of M points. As numpy.kaiser, in float32."""
    beta = float(beta)
    count, n = _steps(M)
    if count == 1:
        return _creation.ones((1,))
    if count < 1:
        return _creation.empty((0,))
    ratio = n / (count - 1)
    return i0(beta * _ufuncs.sqrt(_ufuncs.maximum(1 - ratio * ratio, 0.0))) / i0(_creation.asarray(beta))


def i0(x):
    """The modified Bessel function of the first kind, order 0: the power series below 16, the asymptotic one above (DLMF 10.25.2,
    10.40.1). As numpy.i0."""
    x = _creation.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError("i0 not supported for complex values")
    x = apply(OPS["absolute"], x * 1.0)
    near = _ufuncs.minimum(x, 16.0)
    quarter = near * near / 4
    small = 1.0
    for k in range(40, 0, -1):
        small = small * quarter / float(k * k) + 1.0
    far = _ufuncs.maximum(x, 16.0)
    large = 1.0
    for k in range(16, 0, -1):
        large = large * ((2 * k - 1) ** 2 / (8.0 * k)) / far + 1.0
    large = _ufuncs.exp(far) * large / _ufuncs.sqrt(2 * math.pi * far)
    return apply(OPS["where"], x < 16.0, small, large)
