"""Counting: bincount and histograms. Names, arguments and errors are NumPy's.

Elements are counted by a scatter that adds, which is right and the same in every run, also where many fall into one bin. Counts
are int32, sums of weights have the weights' type.
"""

from __future__ import annotations

import math
import operator

from . import _creation, _kernels, _manipulation, _reductions, _scans, _transfer
from ._dtypes import BOOL, FLOAT32, FLOAT64, INT32, KINDS, NAMES, WIDE, castable, meet
from ._elementwise import OPS, apply, astype
from ._ndarray import ndarray

__all__ = ["bincount", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]


def _count(numbers: ndarray, size: int, weights) -> ndarray:
    """How often each number below ``size`` occurs, or the sum of the weights that stand beside it; negative ones are left out."""
    if weights is None:
        zeros, ones = (
            _creation.full((extent,), n, "int32", device=numbers.device) for n, extent in ((0, size), (1, 1))
        )
        return _kernels.scatter(zeros, numbers, ones, _kernels.ADD)
    if KINDS[weights._dtype] == "c":
        from ._functions import complex_of

        return complex_of(*[_count(numbers, size, apply(OPS[part], weights)) for part in ("real", "imag")])
    zeros = _creation.zeros((size,), NAMES[weights._dtype], device=numbers.device)
    return _kernels.scatter(zeros, numbers, weights, _kernels.ADD)


def bincount(x, /, weights=None, minlength=0):
    """How often each of the numbers 0, 1, 2 ... occurs in a 1-dimensional array, or the sums of weights beside them. As
    numpy.bincount; the largest number is read. Counts are int32, sums float32 (float64 of 64-bit weights)."""
    x = _creation.asarray(x)
    if minlength is None:
        raise TypeError("'NoneType' object cannot be interpreted as an integer")
    minlength = operator.index(minlength)
    if x.ndim == 0:
        raise ValueError("object of too small depth for desired array")
    if x.ndim > 1:
        raise ValueError("object too deep for desired array")
    if x._shape[0] == 0 and KINDS[x._dtype] == "f":
        x = astype(x, INT32)
    if not castable(x._dtype, 4, "safe"):
        raise TypeError(f"Cannot cast array data from {x.dtype!r} to dtype('int64') according to the rule 'safe'")
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    if weights is not None:
        weights = _creation.asarray(weights)
        if weights._shape != x._shape:
            raise ValueError("The weights and list don't have the same length.")
        if KINDS[weights._dtype] == "c":
            raise TypeError(
                "Cannot cast array data from dtype('complex64') to dtype('float64') according to the rule 'safe'"
            )
        weights = weights if KINDS[weights._dtype] == "f" and weights._dtype >= FLOAT32 else _floating(weights)
    size = minlength
    if x._shape[0]:
        least, largest = _transfer.several(_reductions.min(x), _reductions.max(x))
        if least < 0:
            raise ValueError("'list' argument must have no negative elements")
        size = max(size, int(largest) + 1)
    return _count(_kernels.narrow(x), size, weights)


def _floating(x: ndarray) -> ndarray:
    return astype(x, meet([x._dtype], 3) if WIDE[x._dtype] else FLOAT32)


# --- edges


def _outer_edges(x: ndarray, range):
    if range is not None:
        first, last = (one.item() if hasattr(one, "item") else one for one in range)
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
        if not (math.isfinite(first) and math.isfinite(last)):
            raise ValueError(f"supplied range of [{first}, {last}] is not finite")
    elif x.size == 0:
        first, last = 0, 1
    else:
        first, last = _transfer.several(_reductions.min(x), _reductions.max(x))
        if not (math.isfinite(first) and math.isfinite(last)):
            raise ValueError(f"autodetected range of [{first}, {last}] is not finite")
    if first == last:
        first, last = first - 0.5, last + 0.5
    return first, last


def _ptp(x: ndarray) -> float:
    return float(_reductions.max(x)) - float(_reductions.min(x))


def _quarters(x: ndarray) -> float:
    from ._statistics import percentile

    low, high = percentile(x, [25, 75]).tolist()
    return high - low


def _doane(x: ndarray, n: int) -> float:
    if n <= 2:
        return 0.0
    spread = float(_reductions.std(x))
    if not spread:
        return 0.0
    third = float(_reductions.mean(((x - _reductions.mean(x)) / spread) ** 3))
    error = math.sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3)))
    return _ptp(x) / (1.0 + math.log2(n) + math.log2(1.0 + abs(third) / error))


def _stone(x: ndarray, n: int, range) -> float:
    width = _ptp(x)
    if n <= 1 or width == 0:
        return 0.0

    def loss(bins):
        counts = histogram(x, bins=bins, range=range)[0].tolist()
        step = width / bins
        return (2 - (n + 1) * sum((c / n) ** 2 for c in counts)) / step

    most = max(100, int(math.sqrt(n)))
    return width / min((loss(bins), bins) for bins in builtin_range(1, most + 1))[1]


builtin_range = range

# Widths of bins from the data (NumPy's names; see its documentation of histogram_bin_edges for the sources).
_ESTIMATORS = {
    "sqrt": lambda x, n, range: _ptp(x) / math.sqrt(n),
    "sturges": lambda x, n, range: _ptp(x) / (math.log2(n) + 1.0),
    "rice": lambda x, n, range: _ptp(x) / (2.0 * n ** (1 / 3)),
    "scott": lambda x, n, range: (24.0 * math.pi**0.5 / n) ** (1 / 3) * float(_reductions.std(x)),
    "stone": _stone,
    "doane": lambda x, n, range: _doane(x, n),
    "fd": lambda x, n, range: 2.0 * _quarters(x) * n ** (-1 / 3),
}


def _auto(x: ndarray, n: int, range) -> float:
    fd, sturges = _ESTIMATORS["fd"](x, n, range), _ESTIMATORS["sturges"](x, n, range)
    fd = fd or min(_ESTIMATORS["sqrt"](x, n, range) / 2, sturges)
    return min(fd, sturges)


_ESTIMATORS["auto"] = _auto


def _edges(x: ndarray, bins, range, weights):
    """The edges of bins as an array, and, where they are evenly spaced, (first, last, count)."""
    if isinstance(bins, str):
        if bins not in _ESTIMATORS:
            raise ValueError(f"{bins!r} is not a valid estimator for `bins`")
        if weights is not None:
            raise TypeError("Automated estimation of the number of bins is not supported for weighted data")
        first, last = _outer_edges(x, range)
        if range is not None:
            from ._indexing import chosen

            x = chosen(x, (x >= first) & (x <= last))
        count = 1
        if x.size:
            width = _ESTIMATORS[bins](x, x.size, (first, last))
            if width and KINDS[x._dtype] in "iu" and width < 1:
                width = 1
            count = int(math.ceil((last - first) / width)) if width else 1
    elif _manipulation.ndim(bins) == 0:
        try:
            count = operator.index(bins)
        except TypeError as error:
            raise TypeError("`bins` must be an integer, a string, or an array") from error
        if count < 1:
            raise ValueError("`bins` must be positive, when an integer")
        first, last = _outer_edges(x, range)
    elif _manipulation.ndim(bins) == 1:
        edges = _creation.asarray(bins)
        if edges._shape[0] > 1 and bool(_reductions.any(edges[:-1] > edges[1:])):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges, None
    else:
        raise ValueError("`bins` must be 1d, when an array")
    return _even(first, last, count, _edge_type(x), range is not None), (first, last, count)


def _even(first, last, count: int, number: int, doubles: bool) -> ndarray:
    """The edges of even bins, rounded as NumPy rounds them: after each operation, to double precision where the range was given."""

    def rounded(value: float) -> float:
        return value if doubles else _transfer.unpack(_transfer.pack([value], number), number)[0]

    step = rounded(rounded(float(last) - float(first)) / count)
    values = [rounded(rounded(k * step) + first) for k in builtin_range(count)]
    return _transfer.from_bytes(_transfer.pack([*values, float(last)], number), (count + 1,), number)


def _edge_type(x: ndarray) -> int:
    return meet([x._dtype], 3)


def _sum_type(sample: ndarray, edges: list) -> int:
    """float32, or float64 where 64-bit numbers take part."""
    wide = WIDE[sample._dtype] or any(WIDE[one._dtype] for one in edges)
    return FLOAT64 if wide else FLOAT32


def _prepared(a, weights):
    x = _creation.asarray(a)
    if x._dtype == BOOL:
        x = astype(x, 5)
    if weights is not None:
        weights = _creation.asarray(weights)
        if weights._shape != x._shape:
            raise ValueError("weights should have the same shape as a.")
        weights = _manipulation.ravel(weights)
    return _manipulation.ravel(x), weights


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of the bins that ``histogram`` takes. As numpy.histogram_bin_edges."""
    x, weights = _prepared(a, weights)
    return _edges(x, bins, range, weights)[0]


def _places(x: ndarray, edges: ndarray) -> ndarray:
    """The bin of each element, -1 outside; the last bin has both its edges."""
    number = meet([x._dtype, edges._dtype], 0)
    count = edges._shape[0] - 1
    values, ordered = (one if one._dtype == number else astype(one, number) for one in (x, edges))
    at = _kernels.search(ordered, values, right=True) - 1
    at = apply(OPS["where"], values == ordered[-1], count - 1, at)
    outside = (at < 0) | (at >= count) | (values != values)
    return apply(OPS["where"], outside, -1, at)


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements are in each bin, and the bins' edges. ``bins``: a number of even ones over ``range`` (or over all elements,
    whose extremes are read), their edges, or a rule for them. As numpy.histogram; counts are int32, edges floating."""
    x, weights = _prepared(a, weights)
    edges, even = _edges(x, bins, range, weights)
    count = edges._shape[0] - 1
    if KINDS[x._dtype] == "c":
        raise TypeError("histogram of complex numbers is not there: they have no order here")
    if weights is not None and weights._dtype == BOOL:
        weights = astype(weights, INT32)
    if count < 1:
        made = _creation.zeros((0,), "int32")
    else:
        made = _count(_places(x, edges), count, weights)
    if density:
        widths = _scans.diff(edges)
        return made / widths / _reductions.sum(made), edges
    return made, edges


def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    """Counts in bins of several dimensions, and the edges along each. As numpy.histogramdd."""
    if isinstance(sample, ndarray) or hasattr(sample, "shape"):
        sample = _creation.asarray(sample)
        sample = _manipulation.reshape(sample, (-1, 1)) if sample.ndim == 1 else sample
    else:
        sample = _manipulation.transpose(
            _manipulation.atleast_2d(_manipulation.stack([_creation.asarray(x) for x in sample]))
        )
    rank = sample._shape[1]
    if weights is not None:
        weights = _creation.asarray(weights)
    if isinstance(bins, ndarray) and bins.ndim > 0 or isinstance(bins, list | tuple):
        if len(bins) != rank:
            raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
        bins = list(bins)
    else:
        bins = [bins] * rank
    if range is None:
        range = [None] * rank
    elif len(range) != rank:
        raise ValueError("range argument must have one entry per dimension")
    edges, places = [], None
    for k in builtin_range(rank):
        x = sample[:, k]
        if _manipulation.ndim(bins[k]) == 0:
            if bins[k] < 1:
                raise ValueError(f"`bins[{k}]` must be positive, when an integer")
            try:
                count = operator.index(bins[k])
            except TypeError as error:
                raise TypeError(f"`bins[{k}]` must be a scalar or 1d array") from error
            first, last = _outer_edges(x, range[k])
            number = _edge_type(x)
            if range[k] is not None or KINDS[x._dtype] in "iu":  # then NumPy's edges have its default type
                wide = weights is not None and WIDE[weights._dtype]
                number = FLOAT64 if wide else max(number, FLOAT32)
            one = _even(first, last, count, number, range[k] is not None)
        elif _manipulation.ndim(bins[k]) == 1:
            one = _creation.asarray(bins[k])
            if one._shape[0] > 1 and bool(_reductions.any(one[:-1] > one[1:])):
                raise ValueError(f"`bins[{k}]` must be monotonically increasing, when an array")
        else:
            raise ValueError(f"`bins[{k}]` must be a scalar or 1d array")
        edges.append(one)
        at = _places(x, one)
        if places is None:
            places = at
        else:
            places = apply(OPS["where"], (places < 0) | (at < 0), -1, places * (one._shape[0] - 1) + at)
    shape = tuple([one._shape[0] - 1 for one in edges])
    if weights is None:
        made = astype(_count(places, math.prod(shape), None), _sum_type(sample, edges))
    else:
        number = meet([_sum_type(sample, edges), weights._dtype], 0)
        made = _count(places, math.prod(shape), weights if weights._dtype == number else astype(weights, number))
    made = _manipulation.reshape(made, shape)
    if density:
        total = _reductions.sum(made)
        for k, one in enumerate(edges):
            width = _scans.diff(one)
            made = made / _manipulation.reshape(width, (1,) * k + (-1,) + (1,) * (rank - k - 1))
        made = made / total
    return made, edges


def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """Counts of pairs in bins of two dimensions, and the edges along both. As numpy.histogram2d."""
    if _manipulation.size(x) != _manipulation.size(y):
        raise ValueError("x and y must have the same length.")
    if isinstance(bins, ndarray) and bins.ndim == 1 and bins._shape[0] not in (1, 2):
        bins = [bins, bins]
    elif isinstance(bins, list | tuple) and len(bins) not in (1, 2):
        bins = [_creation.asarray(bins)] * 2
    elif isinstance(bins, list | tuple) and len(bins) == 1:
        bins = [bins[0]] * 2
    made, edges = histogramdd([x, y], bins, range, density, weights)
    return made, edges[0], edges[1]
