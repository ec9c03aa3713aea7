"""Order statistics and correlation: median, percentile, quantile, cov, corrcoef, correlate, convolve. Names, arguments and errors
are NumPy's.

Order statistics sort the axis and take the elements on both sides of each rank; where to take them is worked out on the host in
double precision (formulas: Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996), so probabilities that live on a
device are read.
"""

from __future__ import annotations

import math

from . import _creation, _kernels, _manipulation, _padding, _reductions, _sorting, _transfer
from ._dtypes import BOOL, FLOAT16, FLOAT32, INT32, KINDS, NAMES, SIZES, WEAK, meet, number_of
from ._elementwise import OPS, apply, astype, cast, put
from ._ndarray import ndarray
from ._views import axes_of

__all__ = [
    "convolve",
    "corrcoef",
    "correlate",
    "cov",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]


# --- ranks


def _at(n: int, q: float, alpha: float, beta: float) -> float:
    return n * q + (alpha + q * (1 - alpha - beta)) - 1


def _half_even(gamma: float, lower: int) -> float:
    # Of two equally near ones that with the even number (counted from 1).
    return 0.0 if gamma == 0 and lower % 2 == 1 else 1.0


# method -> (the rank counted from 0, how far between the elements on both sides of it)
_METHODS = {
    "inverted_cdf": (lambda n, q: n * q - 1, lambda g, k: 1.0 if g > 0 else 0.0),
    "averaged_inverted_cdf": (lambda n, q: n * q - 1, lambda g, k: 1.0 if g > 0 else 0.5),
    "closest_observation": (lambda n, q: n * q - 1 - 0.5, _half_even),
    "interpolated_inverted_cdf": (lambda n, q: _at(n, q, 0, 1), lambda g, k: g),
    "hazen": (lambda n, q: _at(n, q, 0.5, 0.5), lambda g, k: g),
    "weibull": (lambda n, q: _at(n, q, 0, 0), lambda g, k: g),
    "linear": (lambda n, q: (n - 1) * q, lambda g, k: g),
    "median_unbiased": (lambda n, q: _at(n, q, 1 / 3, 1 / 3), lambda g, k: g),
    "normal_unbiased": (lambda n, q: _at(n, q, 3 / 8, 3 / 8), lambda g, k: g),
    "lower": (lambda n, q: math.floor((n - 1) * q), lambda g, k: 0.0),
    "higher": (lambda n, q: math.ceil((n - 1) * q), lambda g, k: 0.0),
    "midpoint": (
        lambda n, q: 0.5 * (math.floor((n - 1) * q) + math.ceil((n - 1) * q)),
        lambda g, k: 0.5 if g else 0.0,
    ),
    "nearest": (lambda n, q: round((n - 1) * q), lambda g, k: 0.0),
}


def _rank(n: int, q: float, method: str) -> tuple:
    """The elements on both sides of a rank, and how far the result is between them."""
    rank, between = _METHODS[method]
    at = rank(n, q)
    lower = math.floor(at)
    gamma = between(at - lower, lower)
    if lower < 0:
        return (0, 0, 0.0)
    return (n - 1, n - 1, 0.0) if lower + 1 > n - 1 else (lower, lower + 1, gamma)


def _quantiles(a, q, axis, out, method, keepdims, scale, ignore_nan, weights, interpolation):
    if interpolation is not None:
        method = interpolation
    if method not in _METHODS:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {_METHODS.keys()}")
    x = _creation.asarray(a)
    if KINDS[x._dtype] == "c":
        raise TypeError("a must be an array of real numbers")
    single, shape, values = _probabilities(q, scale)
    if weights is not None:
        if method != "inverted_cdf":
            raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
        made = _weighted(x, values, axis, weights, ignore_nan)
    else:
        made = _plain(x, values, axis, method, ignore_nan)
    axes = axes_of(axis, x.ndim)
    kept = tuple([extent for k, extent in enumerate(x._shape) if k not in axes])
    if keepdims:
        kept = tuple([1 if k in axes else extent for k, extent in enumerate(x._shape)])
    made = _manipulation.reshape(made, shape + kept)
    if single and not kept:
        made = made[()]
    return store(made, out)


def store(made: ndarray, out):
    """A result, written to ``out`` where that is given."""
    if out is None:
        return made
    if out._shape != made._shape:
        raise ValueError(f"output array has wrong shape: expected {made._shape}, got {out._shape}")
    put(out, cast(made, made._dtype), "add")
    return out


def _probabilities(q, scale: float):
    values = q.tolist() if hasattr(q, "tolist") else q
    shape: tuple = getattr(q, "shape", None)
    if shape is None:
        shape = _shape_of(values)
    if len(shape) > 2:
        raise ValueError("q must be a scalar or 1d")
    flat = _flat(values)
    if any(not 0 <= one <= scale for one in flat):
        raise ValueError(
            "Percentiles must be in the range [0, 100]" if scale == 100 else "Quantiles must be in the range [0, 1]"
        )
    return shape == (), shape, [one / scale for one in flat]


def _shape_of(values) -> tuple:
    return (len(values), *(_shape_of(values[0]) if len(values) else ())) if isinstance(values, list | tuple) else ()


def _flat(values) -> list:
    return [one for part in values for one in _flat(part)] if isinstance(values, list | tuple) else [values]


def _rows(x: ndarray, axis) -> ndarray:
    """The reduced axes as the last one."""
    axes = axes_of(axis, x.ndim)
    kept = [k for k in range(x.ndim) if k not in axes]
    moved = _manipulation.transpose(x, (*kept, *axes)) if x.ndim else x
    count = math.prod([x._shape[k] for k in axes])
    return _manipulation.reshape(moved, (*[x._shape[k] for k in kept], count))


def _float_of(x: ndarray) -> int:
    """The type of a result between elements."""
    return x._dtype if KINDS[x._dtype] == "f" else meet([x._dtype], WEAK[float])


def _plain(x: ndarray, values: list, axis, method: str, ignore_nan: bool) -> ndarray:
    """The quantiles in the shape (probabilities, *rows)."""
    rows = _rows(x, axis)
    n = rows._shape[-1]
    exact = method in ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")
    number = x._dtype if exact else _float_of(x)
    if x._dtype == BOOL and not exact:
        raise TypeError("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.")  # fmt: skip
    lead = rows._shape[:-1]
    if n == 0:
        if not ignore_nan:
            raise IndexError("index -1 is out of bounds for axis 0 with size 0")
        return _creation.full((len(values), *lead), math.nan, NAMES[number])
    ordered = _kernels.sort_rows(rows)
    if ignore_nan and KINDS[x._dtype] == "f":
        made = _of_counted(ordered, values, method)
    else:
        ranks = [_rank(n, q, method) for q in values]
        parts = [_between(ordered[..., lo], ordered[..., hi], gamma, number) for lo, hi, gamma in ranks]
        made = _stacked(parts, lead, number)
        if KINDS[x._dtype] == "f":
            largest = ordered[..., -1]
            made = apply(OPS["where"], largest != largest, largest, made)
    return made if made._dtype == number else astype(made, number)


def _stacked(parts: list, lead: tuple, number: int) -> ndarray:
    if not parts:
        return _creation.empty((0, *lead), NAMES[number])
    return _manipulation.stack([part if part._dtype == number else astype(part, number) for part in parts])


def _between(low: ndarray, high: ndarray, gamma: float, number: int) -> ndarray:
    if gamma == 0.0:
        return low
    low, high = (one if one._dtype == number else astype(one, number) for one in (low, high))
    # From the nearer end, so that the result is monotonic in gamma and never beyond an end.
    made = low + (high - low) * gamma if gamma < 0.5 else high - (high - low) * (1 - gamma)
    return apply(OPS["where"], low == high, low, made)


def _of_counted(ordered: ndarray, values: list, method: str) -> ndarray:
    """The same where each row has its own number of elements that are not NaN, which are read."""
    lead = ordered._shape[:-1]
    counted = _reductions.sum(astype(ordered == ordered, INT32), -1)
    counts = _transfer.flat(counted)
    width = ordered._shape[-1]
    lows, highs, gammas = [], [], []
    for q in values:
        for row, n in enumerate(counts):
            lo, hi, gamma = _rank(n, q, method) if n else (0, 0, 0.0)
            lows.append(row * width + lo)
            highs.append(row * width + hi)
            gammas.append(gamma)
    shape = (len(values), *lead)
    at_low, at_high = (_manipulation.reshape(_creation.array(numbers, "int32"), shape) for numbers in (lows, highs))
    gamma = _manipulation.reshape(_creation.array(gammas, NAMES[ordered._dtype]), shape)
    low, high = _kernels.gather(ordered, at_low), _kernels.gather(ordered, at_high)
    made = apply(OPS["where"], gamma < 0.5, low + (high - low) * gamma, high - (high - low) * (1 - gamma))
    return apply(OPS["where"], (low == high) | (gamma == 0), low, made)


def _weighted(x: ndarray, values: list, axis, weights, ignore_nan: bool) -> ndarray:
    """The smallest elements up to which a share of the weights lies (method "inverted_cdf")."""
    weights = _creation.asarray(weights)
    if weights._shape != x._shape:
        axes = axes_of(axis, x.ndim)
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if weights._shape != tuple([x._shape[k] for k in axes]):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        spread = tuple([x._shape[k] if k in axes else 1 for k in range(x.ndim)])
        weights = _manipulation.broadcast_to(_manipulation.reshape(weights, spread), x._shape)
    if bool(_reductions.any(weights < 0)):
        raise ValueError("Weights must be non-negative.")
    rows, shares = _rows(x, axis), _rows(weights * 1.0, axis)
    if ignore_nan and KINDS[x._dtype] == "f":
        shares = apply(OPS["where"], rows != rows, 0.0, shares)
    order = _kernels.order_rows(rows)
    ordered = _sorting._along(rows, order)
    sums = _kernels.scan(_sorting._along(shares, order), "sum")
    total = sums[..., -1:]
    parts = []
    for q in values:
        reached = (sums >= total * q) & (_sorting._along(shares, order) > 0)
        first = _reductions.argmax(astype(reached, INT32), -1)
        numbers = first + _manipulation.reshape(_kernels.rows_before(ordered), first._shape)
        parts.append(_kernels.gather(ordered, numbers))
    made = _stacked(parts, rows._shape[:-1], x._dtype)
    if KINDS[x._dtype] == "f" and not ignore_nan:
        largest = ordered[..., -1]
        made = apply(OPS["where"], largest != largest, largest, made)
    return made


def quantile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
    interpolation=None,
):
    """The values below which these shares of the elements lie; NaN where one is. As numpy.quantile, all methods, weights with
    "inverted_cdf"."""
    return _quantiles(a, q, axis, out, method, keepdims, 1, False, weights, interpolation)


def percentile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
    interpolation=None,
):
    """The same for percentages. As numpy.percentile."""
    return _quantiles(a, q, axis, out, method, keepdims, 100, False, weights, interpolation)


def nanquantile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
    interpolation=None,
):
    """Quantiles of what is not NaN. As numpy.nanquantile, without its warning."""
    return _quantiles(a, q, axis, out, method, keepdims, 1, True, weights, interpolation)


def nanpercentile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
    interpolation=None,
):
    """Percentiles of what is not NaN. As numpy.nanpercentile, without its warning."""
    return _quantiles(a, q, axis, out, method, keepdims, 100, True, weights, interpolation)


def _median(a, axis, out, keepdims: bool, ignore_nan: bool):
    x = _creation.asarray(a)
    if KINDS[x._dtype] in "bu" and SIZES[x._dtype] < 8 or KINDS[x._dtype] == "i":
        x = x * 1.0
    if math.prod([x._shape[k] for k in axes_of(axis, x.ndim)]) == 0:
        return _reductions.mean(x, axis, None, out, keepdims)
    if KINDS[x._dtype] == "c":
        return store(_median_complex(x, axis, keepdims, ignore_nan), out)
    return _quantiles(x, 0.5, axis, out, "linear", keepdims, 1, ignore_nan, None, None)


def _median_complex(x: ndarray, axis, keepdims: bool, ignore_nan: bool) -> ndarray:
    ordered = _kernels.sort_rows(_rows(x, axis))
    if ignore_nan:
        made = _of_counted(ordered, [0.5], "linear")[0]
    else:
        half = ordered._shape[-1] // 2
        made = ordered[..., half] if ordered._shape[-1] % 2 else (ordered[..., half - 1] + ordered[..., half]) / 2
        largest = ordered[..., -1]
        made = apply(OPS["where"], largest != largest, largest, made)
    if keepdims:
        axes = axes_of(axis, x.ndim)
        return _manipulation.reshape(made, tuple([1 if k in axes else n for k, n in enumerate(x._shape)]))
    return made if made._shape else made[()]


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The middle element, or the mean of the two; NaN where one is. As numpy.median."""
    return _median(a, axis, out, keepdims, False)


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The median of what is not NaN. As numpy.nanmedian, without its warning."""
    return _median(a, axis, out, keepdims, True)


# --- correlation


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariance matrix of variables, one in each row (column without ``rowvar``). As numpy.cov."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    m = _creation.asarray(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    arrays = [m]
    if y is not None:
        y = _creation.asarray(y)
        if y.ndim > 2:
            raise ValueError("y has more than 2 dimensions")
        arrays.append(y)
    number = meet([one._dtype for one in arrays], WEAK[float]) if dtype is None else number_of(dtype)
    if dtype is None and number == FLOAT16:
        number = FLOAT32
    x = _variables(m, rowvar, number)
    if x._shape[0] == 0:
        return _creation.zeros((0, 0), NAMES[number])
    if y is not None:
        x = _manipulation.concatenate([x, _variables(y, rowvar, number)])
    if ddof is None:
        ddof = 0 if bias else 1
    count = x._shape[1]
    weights = _weights(fweights, aweights, count)
    if weights is None:
        total = float(count)
        mean = (
            _reductions.sum(x, 1, keepdims=True) / max(total, 1.0) if count else _reductions.mean(x, 1, keepdims=True)
        )
    else:
        weights = astype(weights, number) if weights._dtype != number and KINDS[number] == "f" else weights
        total = float(_reductions.sum(weights))
        mean = _reductions.sum(x * weights, 1, keepdims=True) / total
    if weights is None or ddof == 0 or aweights is None:
        factor = total - ddof
    else:
        factor = total - ddof * float(_reductions.sum(weights * _creation.asarray(aweights))) / total
    if factor <= 0:
        _reductions._warn_empty("Degrees of freedom <= 0 for slice")
        factor = 0.0
    away = x - mean
    other = away if weights is None else away * weights
    from ._linalg import matmul

    product = matmul(away, _manipulation.transpose(other.conj() if KINDS[number] == "c" else other))
    made = product / factor if factor else product * (math.inf if KINDS[number] == "f" else math.nan)
    if factor == 0 and KINDS[number] == "f":
        made = product / _creation.zeros((), NAMES[number])
    return _manipulation.squeeze(made)[()] if made.size == 1 else made


def _variables(x: ndarray, rowvar: bool, number: int) -> ndarray:
    if x.ndim < 2:
        x = _manipulation.reshape(x, (1, -1))
    elif not rowvar and x._shape[0] != 1:
        x = _manipulation.transpose(x)
    return x if x._dtype == number else astype(x, number)


def _weights(fweights, aweights, count: int):
    made = None
    for one, name in ((fweights, "fweights"), (aweights, "aweights")):
        if one is None:
            continue
        one = _creation.asarray(one)
        if name == "fweights" and KINDS[one._dtype] not in "iub":
            if not bool(_reductions.all(one == apply(OPS["rint"], one))):
                raise TypeError("fweights must be integer")
        if one.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if one._shape[0] != count:
            raise RuntimeError(f"incompatible numbers of samples and {name}")
        if bool(_reductions.any(one < 0)):
            raise ValueError(f"{name} cannot be negative")
        made = one * 1.0 if made is None else made * one
    return made


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """The correlation coefficients of variables. As numpy.corrcoef."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    d = _manipulation.diagonal(c)
    deviation = apply(OPS["sqrt"], apply(OPS["real"], d) if KINDS[d._dtype] == "c" else d)
    made = c / _manipulation.reshape(deviation, (-1, 1)) / deviation
    from ._functions import clip, complex_of

    if KINDS[made._dtype] == "c":
        return complex_of(clip(apply(OPS["real"], made), -1, 1), clip(apply(OPS["imag"], made), -1, 1))
    return clip(made, -1, 1)


_MODES = ("valid", "same", "full")


def _mode(mode):
    mode = {0: "valid", 1: "same", 2: "full"}.get(mode, mode)
    if mode not in _MODES:
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return mode


def _correlate(a: ndarray, v: ndarray, mode: str) -> ndarray:
    """Sums of products of ``v`` with each window of ``a``, which is the longer one: windows are a view of the padded array."""
    n, m = a._shape[0], v._shape[0]
    number = meet([a._dtype, v._dtype], 0)
    a, v = (x if x._dtype == number else astype(x, number) for x in (a, v))
    before = {"full": m - 1, "same": m // 2, "valid": 0}[mode]
    after = {"full": m - 1, "same": m - 1 - m // 2, "valid": 0}[mode]
    if before or after:
        a = _padding.pad(a, (before, after))
    count = {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]
    a = _kernels.whole_copy(a)
    windows = _manipulation.view_of(a, (count, m), (1, 1), 0, writable=False)
    if number == BOOL:
        return _reductions.any(windows & v, 1)
    if m == 1:
        return windows[:, 0] * v
    made = _reductions.sum(windows * v, 1)
    return made if made._dtype == number else astype(made, number)


def correlate(a, v, mode="valid"):
    """Sums of products of one 1-dimensional array (conjugated) with the parts of another. As numpy.correlate, directly: as many
    products as the lengths multiplied."""
    mode = _mode(mode)
    a, v = _creation.asarray(a), _creation.asarray(v)
    if a.ndim > 1 or v.ndim > 1:
        raise ValueError("object too deep for desired array")
    if a.ndim == 0 or v.ndim == 0:
        raise ValueError("object of too small depth for desired array")
    if a._shape[0] == 0:
        raise ValueError("first array argument cannot be empty")
    if v._shape[0] == 0:
        raise ValueError("second array argument cannot be empty")
    if KINDS[v._dtype] == "c":
        v = v.conj()
    if v._shape[0] > a._shape[0]:
        # The shorter one is moved along the longer one: the same sums, in reverse order.
        full = _correlate(v, a, "full")[::-1]
        short, long = a._shape[0], v._shape[0]
        start = {"full": 0, "same": short // 2, "valid": short - 1}[mode]
        return full[start : start + {"full": long + short - 1, "same": long, "valid": long - short + 1}[mode]]
    return _correlate(a, v, mode)


def convolve(a, v, mode="full"):
    """The convolution of two 1-dimensional arrays. As numpy.convolve, directly: as many products as the lengths multiplied."""
    mode = _mode(mode)
    a, v = _creation.asarray(a), _creation.asarray(v)
    a, v = (_manipulation.reshape(x, (1,)) if x.ndim == 0 else x for x in (a, v))
    if a.ndim > 1 or v.ndim > 1:
        raise ValueError("object too deep for desired array")
    if a._shape[0] == 0:
        raise ValueError("a cannot be empty")
    if v._shape[0] == 0:
        raise ValueError("v cannot be empty")
    if v._shape[0] > a._shape[0]:
        a, v = v, a
    return _correlate(a, v[::-1], mode)
