"""Sets: unique elements, and what two arrays have in common. Names, arguments and errors are NumPy's.

All of it is sorting, comparing neighbours, and moving together what is wanted, which reads one count.
"""

from __future__ import annotations

from typing import NamedTuple

from . import _creation, _indexing, _kernels, _manipulation, _reductions, _sorting
from ._dtypes import BOOL, INT32, KINDS, UINT8, meet
from ._elementwise import OPS, apply, astype
from ._ndarray import ndarray
from ._views import axis_of

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


def _differs(ordered: ndarray, equal_nan: bool) -> ndarray:
    """Where an element of an ordered 1-dimensional array is not equal to the one before; the first one never is."""
    lower, upper = ordered[:-1], ordered[1:]
    new = upper != lower
    if equal_nan and KINDS[ordered._dtype] in "fc":
        new = new & ~((upper != upper) & (lower != lower))
    return _manipulation.concatenate([_creation.ones((min(ordered._shape[0], 1),), bool, device=ordered.device), new])


def unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    sorted=True,
):
    """The different elements in ascending order; with the index of each one's first occurrence, for every element the place of its
    value, and how often each occurs. Along an axis: the different slices. As numpy.unique; indices are int32. Reads one
    count."""
    ar = _creation.asarray(ar)
    if axis is not None:
        return _unique_slices(ar, axis_of(axis, ar.ndim), return_index, return_inverse, return_counts, equal_nan)
    x = _manipulation.ravel(ar)
    several = return_index or return_inverse or return_counts
    if return_index or return_inverse:
        order = _kernels.order_rows(x)
        ordered = _kernels.gather(x, order)
    else:
        order, ordered = None, _kernels.sort_rows(x)
    new = _differs(ordered, equal_nan)
    places = _indexing.numbers_where(new)
    made = (_kernels.gather(ordered, places),)
    if return_index:
        made += (_kernels.gather(order, places),)
    if return_inverse:
        made += (_manipulation.reshape(_inverse(new, order), ar._shape),)
    if return_counts:
        made += (_counts(places, x._shape[0]),)
    return made if several else made[0]


def _inverse(new: ndarray, order: ndarray) -> ndarray:
    if new._shape[0] == 0:
        return _creation.zeros((0,), "int32")
    ranks = _kernels.scan(astype(new, INT32), "sum") - 1
    return _kernels.scatter(_creation.empty(order._shape, "int32", device=order.device), order, ranks)


def _counts(places: ndarray, total: int) -> ndarray:
    ends = _manipulation.concatenate(
        [places[1:], _creation.full((min(places._shape[0], 1),), total, "int32", device=places.device)]
    )
    return ends - places


def _unique_slices(ar: ndarray, axis: int, return_index, return_inverse, return_counts, equal_nan):
    moved = _manipulation.moveaxis(ar, axis, 0)
    count = moved._shape[0]
    width = 1
    for extent in moved._shape[1:]:
        width *= extent
    rows = _manipulation.reshape(moved, (count, width))
    if width and count:
        order = _sorting._lexicographic([rows[:, k] for k in range(width - 1, -1, -1)])
    else:
        order = _creation.arange(count)
    ordered = _indexing.take(rows, order, 0)
    lower, upper = ordered[:-1], ordered[1:]
    differ = upper != lower
    if equal_nan and ar.ndim == 1 and KINDS[ar._dtype] in "fc":  # in NumPy slices with NaN always differ
        differ = differ & ~((upper != upper) & (lower != lower))
    new = _manipulation.concatenate([_creation.ones((min(count, 1),), bool), _reductions.any(differ, 1)])
    places = _indexing.numbers_where(new)
    values = _indexing.take(ordered, places, 0)
    values = _manipulation.reshape(values, (places._shape[0], *moved._shape[1:]))
    made = (_manipulation.moveaxis(values, 0, axis),)
    if return_index:
        made += (_kernels.gather(order, places),)
    if return_inverse:
        made += (_inverse(new, order),)
    if return_counts:
        made += (_counts(places, count),)
    return made if len(made) > 1 else made[0]


class UniqueAllResult(NamedTuple):
    """What ``unique_all`` gives. As in the array API standard."""

    values: ndarray
    indices: ndarray
    inverse_indices: ndarray
    counts: ndarray


class UniqueCountsResult(NamedTuple):
    """What ``unique_counts`` gives. As in the array API standard."""

    values: ndarray
    counts: ndarray


class UniqueInverseResult(NamedTuple):
    """What ``unique_inverse`` gives. As in the array API standard."""

    values: ndarray
    inverse_indices: ndarray


def unique_all(x):
    """Values, indices of the first occurrences, places and counts; NaN are all different. As numpy.unique_all."""
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x):
    """Values and how often they occur; NaN are all different. As numpy.unique_counts."""
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x):
    """Values and for each element the place of its value; NaN are all different. As numpy.unique_inverse."""
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x):
    """The different elements; NaN are all different. As numpy.unique_values."""
    return unique(x, equal_nan=False)


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    """Where elements are among others. As numpy.isin, by sorting the others and searching in them."""
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    element, others = _creation.asarray(element), _manipulation.ravel(_creation.asarray(test_elements))
    number = meet([element._dtype, others._dtype], 0)
    number = UINT8 if number == BOOL else number
    element, others = (x if x._dtype == number else astype(x, number) for x in (element, others))
    if others._shape[0] == 0:
        found = _creation.zeros(element._shape, bool, device=element.device)
    elif KINDS[number] == "c":
        found = _reductions.any(_manipulation.expand_dims(element, element.ndim) == others, -1)
    else:
        ordered = _kernels.sort_rows(others)
        at = apply(OPS["minimum"], _kernels.search(ordered, element), others._shape[0] - 1)
        found = _kernels.gather(ordered, at) == element
    return ~found if invert else found


def _both(ar1, ar2, assume_unique: bool) -> list:
    arrays = [_creation.asarray(ar1), _creation.asarray(ar2)]
    number = meet([x._dtype for x in arrays], 0)
    arrays = [x if x._dtype == number else astype(x, number) for x in arrays]
    return [_manipulation.ravel(x) if assume_unique else unique(x) for x in arrays]


def union1d(ar1, ar2):
    """The different elements of both, in order. As numpy.union1d."""
    return unique(_manipulation.concatenate([ar1, ar2], axis=None))


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """What both have, in order; with the indices of the first occurrences. As numpy.intersect1d."""
    if not return_indices:
        both = _sorting.sort(_manipulation.concatenate(_both(ar1, ar2, assume_unique)))
        return _indexing.chosen(both[:-1], both[1:] == both[:-1])
    one, two = _manipulation.ravel(_creation.asarray(ar1)), _manipulation.ravel(_creation.asarray(ar2))
    if assume_unique:
        first, first_at, second, second_at = one, None, two, None
    else:
        first, first_at = unique(one, return_index=True)
        second, second_at = unique(two, return_index=True)
    both = _manipulation.concatenate([first, second])
    order = _sorting.argsort(both)
    both = _kernels.gather(both, order)
    places = _indexing.numbers_where(both[1:] == both[:-1])
    values = _kernels.gather(both, places)
    at_first = _kernels.gather(order, places)
    at_second = _kernels.gather(order, places + 1) - first._shape[0]
    if not assume_unique:
        at_first, at_second = _kernels.gather(first_at, at_first), _kernels.gather(second_at, at_second)
    return values, at_first, at_second


def setdiff1d(ar1, ar2, assume_unique=False):
    """What the first one has and the second one has not. As numpy.setdiff1d."""
    one = _manipulation.ravel(_creation.asarray(ar1)) if assume_unique else unique(ar1)
    return _indexing.chosen(one, isin(one, ar2, invert=True))


def setxor1d(ar1, ar2, assume_unique=False):
    """What one of both has, in order. As numpy.setxor1d."""
    both = _sorting.sort(_manipulation.concatenate(_both(ar1, ar2, assume_unique)))
    if both._shape[0] == 0:
        return both
    new = _differs(both, equal_nan=False)
    last = _manipulation.concatenate([new[1:], _creation.ones((1,), bool, device=both.device)])
    return _indexing.chosen(both, new & last)
