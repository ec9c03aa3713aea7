"""The operations of the core that are neither elementwise nor reductions: scans, sorting, searching, gathering, scattering.

Each makes one node of the graph. Scans and sorts go along the last axis; ``last`` moves another one there, ``back`` moves it back.
"""

from __future__ import annotations

import math

from . import _creation, _manipulation
from ._core import core
from ._dtypes import INT32, NAMES
from ._elementwise import OPS, apply, array_of, as_input, astype, copy, device_of, moved, whole
from ._graph import GATHER, SCAN, SCATTER, SEARCH, SORT, Node
from ._ndarray import ndarray

SCANS = {"sum": 0, "prod": 1, "max": 2, "min": 3, "logaddexp": 4}  # numbers in records
ASSIGN, ADD, MULTIPLY, MINIMUM, MAXIMUM = range(5)  # how a scatter combines
REVERSE, EXCLUSIVE = 1, 2


def scan_types(name: str, dtype: int):
    """The dtypes in which elements enter a scan, and of its result; None where there is none."""
    both = core.scan_types(SCANS[name], dtype)
    return None if both < 0 else (both & 255, both >> 8)


def scan(x: ndarray, name: str, flags: int = 0) -> ndarray:
    """The scan of each row: "sum", "prod", "max", "min" or "logaddexp" of the elements up to each one."""
    if math.prod(x._shape) == 0:
        return _creation.empty(x._shape, NAMES[scan_types(name, x._dtype)[1]], device=x.device)
    given = scan_types(name, x._dtype)[1]
    return array_of(Node(SCAN, SCANS[name], (as_input(x),), x._shape, given, device_of(x), flags))


def sort_rows(x: ndarray, descending: bool = False) -> ndarray:
    """Each row in order, NaN last; equal elements keep theirs."""
    if x._shape[-1] < 2 or math.prod(x._shape) == 0:
        return whole_copy(x)
    return array_of(Node(SORT, 0, (as_input(x),), x._shape, x._dtype, device_of(x), int(descending)))


def order_rows(x: ndarray, descending: bool = False) -> ndarray:
    """For each row the places, int32, from which its elements come when it is sorted."""
    if x._shape[-1] < 2 or math.prod(x._shape) == 0:
        return _creation.zeros(x._shape, "int32", device=x.device)
    return array_of(Node(SORT, 1, (as_input(x),), x._shape, INT32, device_of(x), int(descending)))


def whole_copy(x: ndarray) -> ndarray:
    """A new array of the same elements."""
    return copy(x)


def search(ordered: ndarray, values: ndarray, right: bool = False) -> ndarray:
    """Where each value would be put into a 1-dimensional ordered array of the same dtype: int32."""
    device = device_of(ordered)
    if device_of(values) != device:
        values = moved(values, device)
    if ordered._shape[0] == 0:
        return _creation.zeros(values._shape, "int32", device=values.device)
    node = Node(SEARCH, int(right), (whole(ordered)._storage.node, as_input(values)), values._shape, INT32, device)
    return array_of(node)


def gather(x: ndarray, numbers: ndarray) -> ndarray:
    """Elements of ``x`` by their numbers in its row-major order, int32, which must be right."""
    device = device_of(x)
    if device_of(numbers) != device:
        numbers = moved(numbers, device)
    if math.prod(numbers._shape) == 0:
        return _creation.empty(numbers._shape, NAMES[x._dtype], device=x.device)
    return array_of(Node(GATHER, 0, (whole(x)._storage.node, as_input(numbers)), numbers._shape, x._dtype, device))


def scatter(x: ndarray, numbers: ndarray, values: ndarray, how: int = ASSIGN) -> ndarray:
    """A new array: ``x`` with values combined into the elements of these numbers (int32, row-major; negative ones are left
    out). ``values`` has the dtype of ``x`` and broadcasts to the numbers' shape; of several values for an element the last
    one is assigned, or all are combined."""
    device = device_of(x)
    if device_of(numbers) != device:
        numbers = moved(numbers, device)
    if isinstance(values, ndarray) and device_of(values) != device:
        values = moved(values, device)
    if math.prod(numbers._shape) == 0:
        return x
    old = whole(x)._storage.node
    value = as_input(values)
    if values._shape != numbers._shape:
        value = as_input(_manipulation.broadcast_to(values, numbers._shape))
    return array_of(Node(SCATTER, how, (old, as_input(numbers), value), x._shape, x._dtype, device))


# --- along an axis


def last(x: ndarray, axis: int) -> ndarray:
    """The array with this axis last; a view."""
    return x if axis == x.ndim - 1 else _manipulation.moveaxis(x, axis, -1)


def back(x: ndarray, axis: int) -> ndarray:
    """The last axis at its place again; a view."""
    return x if axis == x.ndim - 1 else _manipulation.moveaxis(x, -1, axis)


def numbers_of(x: ndarray) -> ndarray:
    """The number of each element, int32, on the device of ``x``."""
    made = _creation.iota(x._shape)
    return made if device_of(made) == device_of(x) else moved(made, device_of(x))


def rows_before(x: ndarray) -> ndarray:
    """For each row of ``x`` the number of its first element, in a shape that broadcasts."""
    lead = x._shape[:-1]
    made = _creation.iota(lead)
    if device_of(made) != device_of(x):
        made = moved(made, device_of(x))
    return _manipulation.reshape(apply(OPS["multiply"], made, x._shape[-1]), (*lead, 1))


def narrow(x: ndarray) -> ndarray:
    """Indices as int32."""
    return x if x._dtype == INT32 else astype(x, INT32)
