"""Helpers around indices: r_, c_, s_, ndindex, ndenumerate, broadcast, the indices of diagonals and triangles, fill_diagonal.

Names, arguments and errors are NumPy's.
"""

from __future__ import annotations

import itertools
import math
import operator

from . import _creation, _indexing, _kernels, _manipulation, _transfer
from ._dtypes import WEAK, meet
from ._elementwise import OPS, apply, assign, astype, device_of, moved, writable
from ._ndarray import ndarray, scalar
from ._views import broadcast_shapes

__all__ = [
    "broadcast",
    "c_",
    "diag_indices",
    "diag_indices_from",
    "fill_diagonal",
    "flatiter",
    "index_exp",
    "mask_indices",
    "ndenumerate",
    "ndindex",
    "r_",
    "s_",
    "tril_indices",
    "tril_indices_from",
    "triu_indices",
    "triu_indices_from",
]


class _Concatenator:
    """``r_[...]`` and ``c_[...]``: slices become ranges, and everything is joined. As numpy.r_, without its matrices."""

    def __init__(self, axis=0, ndmin=1, trans1d=-1):
        self._axis, self._ndmin, self._trans1d = axis, ndmin, trans1d

    def __len__(self):
        return 0

    def __getitem__(self, key):
        axis, ndmin, trans1d = self._axis, self._ndmin, self._trans1d
        parts, weak = [], []
        for at, one in enumerate(key if isinstance(key, tuple) else (key,)):
            if isinstance(one, str):
                if at:
                    raise ValueError("special directives must be the first entry.")
                if one in ("r", "c"):
                    raise NotImplementedError("r_ and c_ make arrays only: there are no matrices here")
                try:
                    numbers = [int(part) for part in one.split(",")]
                except ValueError:
                    raise ValueError(f"unknown special directive {one!r}") from None
                axis = numbers[0]
                ndmin = numbers[1] if len(numbers) > 1 else ndmin
                trans1d = numbers[2] if len(numbers) > 2 else trans1d
                continue
            if isinstance(one, slice):
                made, rank = _range(one), 1
            else:
                if type(one) in WEAK:
                    weak.append((len(parts), one))
                made = _creation.asarray(one)
                rank = made.ndim
            made = _manipulation.reshape(made, (1,) * (ndmin - made.ndim) + made._shape)
            if trans1d != -1 and rank < ndmin:
                # The new axes go where trans1d says.
                new = ndmin - rank
                first = trans1d if trans1d >= 0 else trans1d + new + 1
                order = list(range(ndmin))
                made = _manipulation.transpose(made, order[:first] + order[new:] + order[first:new])
            parts.append(made)
        if weak and len(weak) < len(parts):
            # Python's scalars are weak beside arrays.
            places = [at for at, _ in weak]
            strong = [part._dtype for at, part in enumerate(parts) if at not in places]
            number = meet(strong, max(WEAK[type(value)] for _, value in weak))
            parts = [part if part._dtype == number else astype(part, number) for part in parts]
        return _manipulation.concatenate(parts, axis)


def _range(one: slice) -> ndarray:
    start = 0 if one.start is None else one.start
    if isinstance(one.step, complex):
        return _creation.linspace(start, one.stop, int(abs(one.step)))
    return _creation.arange(start, one.stop, 1 if one.step is None else one.step)


r_ = _Concatenator()
c_ = _Concatenator(-1, 2, 0)


class _Expression:
    """``s_[...]`` and ``index_exp[...]`` give what stands between the brackets. As numpy.s_."""

    def __init__(self, always_tuple: bool):
        self._always_tuple = always_tuple

    def __getitem__(self, key):
        return (key,) if self._always_tuple and not isinstance(key, tuple) else key


s_, index_exp = _Expression(False), _Expression(True)


class ndindex:
    """The indices of all elements of a shape, in row-major order. As numpy.ndindex."""

    def __init__(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], tuple | list):
            shape = tuple(shape[0])
        shape = tuple([operator.index(extent) for extent in shape])
        if any(extent < 0 for extent in shape):
            raise ValueError("negative dimensions are not allowed")
        self.shape = shape
        self._all = itertools.product(*map(range, shape))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._all)


class ndenumerate:
    """Pairs of index and element; reads the array once. As numpy.ndenumerate."""

    def __init__(self, arr):
        arr = _creation.asarray(arr)
        self._all = zip(itertools.product(*map(range, arr._shape)), rows_of(arr))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._all)


def rows_of(x: ndarray):
    """The elements one after the other, as scalars of their type; reads them once."""
    return _indexing.rows(_manipulation.ravel(x))


class broadcast:
    """Arrays that are seen in their common shape. As numpy.broadcast: shape, ndim, nd, size, numiter; iteration gives tuples of
    elements. ``values``: the arrays, repeated (CuPy's)."""

    def __init__(self, *arrays):
        arrays = [_creation.asarray(x) for x in arrays]
        try:
            self.shape = broadcast_shapes(*[x._shape for x in arrays])
        except ValueError:
            raise ValueError(
                "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between "
                + " and ".join(f"arg {k} with shape {x._shape}" for k, x in enumerate(arrays))
                + "."
            ) from None
        self.values = tuple(_manipulation.broadcast_to(x, self.shape) for x in arrays)
        self.ndim = self.nd = len(self.shape)
        self.size = math.prod(self.shape)
        self.numiter = len(arrays)

    def __iter__(self):
        return zip(*[rows_of(x) for x in self.values])


class flatiter:
    """``x.flat``: the elements in row-major order. As numpy.flatiter: indexing gives copies, assignment writes to the array (values
    are repeated as needed), iteration reads the elements once."""

    __hash__ = None

    def __init__(self, base: ndarray):
        self.base = base
        self._next = 0
        self._all = None

    def __len__(self):
        return self.base.size

    @property
    def index(self):
        """The number of the element that iteration gives next."""
        return self._next

    @property
    def coords(self):
        """The index of the element that iteration gives next."""
        rest, found = self._next, []
        for extent in reversed(self.base._shape):
            rest, at = divmod(rest, extent)
            found.append(at)
        return tuple(reversed(found))

    def copy(self):
        """A 1-dimensional copy. As numpy.flatiter.copy."""
        return _manipulation.ravel(self.base).copy()

    def __array__(self, dtype=None, copy=None):
        return self.copy().__array__(dtype)

    def __iter__(self):
        return self

    def __next__(self):
        if self._all is None:
            self._all = rows_of(self.base)
        found = next(self._all)
        self._next += 1
        return found

    def _check(self, key):
        keys = key if isinstance(key, tuple) else (key,)
        if len([one for one in keys if one is not Ellipsis]) > 1 or None in [one if one is None else 0 for one in keys]:
            raise IndexError("unsupported iterator index")
        return keys[0] if len(keys) == 1 else next((one for one in keys if one is not Ellipsis), Ellipsis)

    def __getitem__(self, key):
        key = self._check(key)
        made = _manipulation.ravel(self.base)[key]
        return made if type(made) is scalar else made.copy()

    def __setitem__(self, key, value):
        key = self._check(key)
        writable(self.base)
        seen = _manipulation.view_as(self.base, (-1,)) if self.base.size else None
        numbers = _kernels.numbers_of(_manipulation.ravel(self.base))[key]
        value = _creation.asarray(value)
        if numbers.size == 0:
            return
        if value.size == 0:
            raise ValueError("Error setting single item of array.")
        if value.ndim:
            value = _manipulation.resize(value, (numbers.size,))
            value = _manipulation.reshape(value, numbers._shape)
        if seen is not None:
            seen[key] = value
            return
        flat = _manipulation.ravel(self.base)  # of other strides: a copy, which is written back
        flat[numbers] = value
        assign(self.base, _manipulation.reshape(flat, self.base._shape))

    def _compare(self, other, name):
        other = other.copy() if isinstance(other, flatiter) else other
        return apply(OPS[name], self.copy(), other)

    def __eq__(self, other):
        return self._compare(other, "equal")

    def __ne__(self, other):
        return self._compare(other, "not_equal")

    def __lt__(self, other):
        return self._compare(other, "less")

    def __le__(self, other):
        return self._compare(other, "less_equal")

    def __gt__(self, other):
        return self._compare(other, "greater")

    def __ge__(self, other):
        return self._compare(other, "greater_equal")


# --- diagonals and triangles


def fill_diagonal(a, val, wrap=False) -> None:
    """Writes a value, or values in turn, to the main diagonal; with ``wrap`` the diagonal of a tall matrix begins again below. As
    numpy.fill_diagonal: one expression over the array."""
    if not isinstance(a, ndarray):
        raise AttributeError("fill_diagonal needs an array")
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    writable(a)
    end = None
    if a.ndim == 2:
        step = a._shape[1] + 1
        if not wrap:
            end = a._shape[1] * a._shape[1]
    else:
        if len(set(a._shape)) != 1:
            raise ValueError("All dimensions of input must be of equal length")
        step = 1 + sum(math.prod(a._shape[:k]) for k in range(1, a.ndim))
    if a.size == 0:
        return
    numbers = _kernels.numbers_of(a)
    chosen = apply(OPS["remainder"], numbers, step) == 0
    if end is not None and end < a.size:
        chosen = chosen & (numbers < end)
    value = _creation.asarray(val)
    if device_of(value) != device_of(a):
        value = moved(value, device_of(a))
    if value._dtype != a._dtype:
        value = astype(value, a._dtype)
    if value.size == 1:
        value = _manipulation.reshape(value, ())
    elif value.size == 0:
        return
    else:
        value = _manipulation.ravel(value)
        value = _kernels.gather(
            value, apply(OPS["remainder"], apply(OPS["floor_divide"], numbers, step), value._shape[0])
        )
    assign(a, apply(OPS["where"], chosen, value, a))


def diag_indices(n, ndim=2):
    """Indices of the main diagonal of an array of ``ndim`` axes of n elements. As numpy.diag_indices."""
    return (_creation.arange(n),) * ndim


def diag_indices_from(arr):
    """The same for an array. As numpy.diag_indices_from."""
    if not isinstance(arr, ndarray):
        raise TypeError("Argument must be an ndarray")
    if arr.ndim < 2:
        raise ValueError("input array must be at least 2-d")
    if len(set(arr._shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr._shape[0], arr.ndim)


def _triangle(n: int, m, k: int, upper: bool) -> tuple:
    # Row by row on the host: how many there are decides the shape.
    m = n if m is None else operator.index(m)
    n, k = operator.index(n), operator.index(k)
    rows, columns = [], []
    for row in range(n):
        start, stop = (max(0, row + k), m) if upper else (0, min(m, row + k + 1))
        rows.extend([row] * max(0, stop - start))
        columns.extend(range(start, stop))
    return tuple(
        _transfer.from_bytes(_transfer.array("i", part), (len(part),), _indexing.INT32) for part in (rows, columns)
    )


def tril_indices(n, k=0, m=None):
    """Indices of the elements at and below a diagonal of an n x m matrix. As numpy.tril_indices."""
    return _triangle(n, m, k, upper=False)


def triu_indices(n, k=0, m=None):
    """Indices of the elements at and above a diagonal of an n x m matrix. As numpy.triu_indices."""
    return _triangle(n, m, k, upper=True)


def tril_indices_from(arr, k=0):
    """The same for a matrix. As numpy.tril_indices_from."""
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return tril_indices(arr._shape[-2], k, arr._shape[-1])


def triu_indices_from(arr, k=0):
    """The same for a matrix. As numpy.triu_indices_from."""
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return triu_indices(arr._shape[-2], k, arr._shape[-1])


def mask_indices(n, mask_func, k=0):
    """Indices of what a function such as ``triu`` leaves of an n x n matrix. As numpy.mask_indices."""
    return _indexing.nonzero(mask_func(_creation.ones((n, n), "int32"), k) != 0)
