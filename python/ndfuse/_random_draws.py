"""From keys to arrays of samples: the nodes that random operations make, and what parameters may be.

Nothing here runs: a sample is an elementwise operation on the element's number and the key of its draw, so it is computed
inside the kernel that uses it.
"""

from __future__ import annotations

import math
import operator

from . import _devices
from ._creation import asarray
from ._dtypes import COMPLEX64, COMPLEX128, FLOAT32, FLOAT64, INT32, INT64, UINT32, UINT64, WIDE, _tables
from ._elementwise import OPS, ROWS, array_of, as_input, device_of, moved, result, whole
from ._graph import CAST, IOTA, MAP, SCAN, SEARCH, SORT, Node, Scalar
from ._ndarray import ndarray, scalar
from ._views import broadcast_shapes, broadcast_strides, check_shape, row_major, text

_RESULTS = {"u": (UINT32, UINT64), "f": (FLOAT32, FLOAT64), "i": (INT32, INT64), "c": (COMPLEX64, COMPLEX128)}
_SUM = _tables["scans"].index("cumsum")


class Draw:
    """What one call draws: the shape, whether in 64 bits, the device, and the parameters as nodes take them."""

    def __init__(self, bits, size, parameters=(), wide=None):
        self.bits = bits
        arrays = [x for x in parameters if isinstance(x, ndarray)]
        self.wide = any(WIDE[x._dtype] for x in arrays) if wide is None else wide
        shape = broadcast_shapes(*[x._shape for x in arrays]) if arrays else ()
        if size is None:
            self.shape = shape
        else:
            self.shape = check_shape(size)
            if broadcast_strides(shape, row_major(shape), self.shape) is None:
                raise ValueError(
                    f"Output size {text(self.shape)} is not compatible with broadcast dimensions of inputs {text(shape)}."
                )
        self.scalar = size is None and not shape  # NumPy gives a scalar
        if self.wide:
            self.device = _devices.home(FLOAT64)
        else:
            self.device = max([device_of(x) for x in arrays], default=_devices.DEFAULT)

    def _node(self, name: str, *inputs) -> ndarray:
        op = OPS[name]
        dtype = _RESULTS[ROWS[op]["kinds"][-1]][self.wide]
        inputs = tuple([self._input(x) for x in inputs])
        return array_of(Node(MAP, op, inputs, self.shape, dtype, self.device))

    def _input(self, x):
        if not isinstance(x, ndarray):
            return x
        return as_input(x if device_of(x) == self.device else moved(x, self.device))

    def words(self) -> ndarray:
        """Random words, one for each element, by a key of their own."""
        first, second = self.bits.next_key()
        dtype = UINT64 if self.wide else UINT32
        numbers = array_of(Node(IOTA, 0, (), self.shape, INT32, self.device))
        return self._node("random_bits", numbers, Scalar(dtype, first), Scalar(dtype, second))

    def sample(self, name: str, *parameters) -> ndarray:
        """Samples by an operation: its parameters (scalars, arrays that broadcast), and words of their own."""
        return self._node("random_" + name, *parameters, self.words())

    def uniform(self) -> ndarray:
        return self.sample("uniform")

    def normal(self) -> ndarray:
        return self.sample("normal")

    def exponential(self) -> ndarray:
        return self.sample("exponential")

    def gamma(self, shape) -> ndarray:
        return self.sample("gamma", shape)

    def below(self, count) -> ndarray:
        """Unsigned integers below ``count`` (0: all of the type), all equally likely."""
        other = self.words()
        return self._node("random_below", count, self.words(), other)

    def done(self, x: ndarray) -> ndarray:
        """The array, or the scalar where NumPy gives one."""
        if not x._shape and (type(x) is scalar) != self.scalar:
            return result(x._storage.node) if self.scalar else array_of(x._storage.node)
        return x


def order_of(keys: ndarray) -> ndarray:
    """The positions that sort each line of the last axis, int32."""
    if keys._shape[-1] < 2 or not math.prod(keys._shape):
        return array_of(Node(CAST, 0, (0,), keys._shape, INT32, device_of(keys)))
    return array_of(Node(SORT, 1, (as_input(keys),), keys._shape, INT32, device_of(keys), 0))


def running_sum(x: ndarray) -> ndarray:
    """The sums of the elements up to each one, of an array of floats with one axis."""
    return array_of(Node(SCAN, _SUM, (as_input(x),), x._shape, x._dtype, device_of(x), 0))


def places(sums: ndarray, values: ndarray) -> ndarray:
    """How many elements of a sorted array are not above each value, int32."""
    inputs = (whole(sums)._storage.node, as_input(values))
    return array_of(Node(SEARCH, 1, inputs, values._shape, INT32, device_of(sums)))


def words(bits, size) -> ndarray:
    """An array of random words (uint32)."""
    return Draw(bits, size).words()


# --- parameters


def parameter(x):
    """A parameter of a distribution: a Python number or an array."""
    if isinstance(x, ndarray):
        return x
    kind = type(x)
    if kind in (bool, int):
        return int(x)
    if isinstance(x, float):  # numpy.float64 is one
        return float(x)
    if getattr(x, "shape", None) == () and hasattr(x, "item"):
        return x.item()
    if not hasattr(x, "__len__") and not hasattr(x, "shape"):
        if hasattr(x, "__index__"):
            return operator.index(x)
        if hasattr(x, "__float__"):
            return float(x)
    return asarray(x)


def host_values(x):
    """The values of a parameter that the host has: those of whatever is no array of a device. None for such an array."""
    if isinstance(x, ndarray):
        return [x._value] if hasattr(x, "_value") else None
    if hasattr(x, "ravel") and hasattr(x, "tolist"):
        return x.ravel().tolist()
    if isinstance(x, list | tuple | range):
        found = []
        for one in x:
            values = host_values(one)
            if values is None:
                return None
            found += values
        return found
    return [x]


# What distributions demand of a parameter, and what NumPy says where it does not hold.
_DEMANDS = {
    "non-negative": (lambda v: v != v or not (v < 0 or math.copysign(1, v) < 0), "{} < 0"),
    "non-negative number": (lambda v: v >= 0, "{0} < 0 or {0} {1}"),
    "positive": (lambda v: v != v or v > 0, "{} <= 0"),
    "probability": (lambda v: 0 <= v <= 1, "{0} < 0, {0} > 1 or {0} {1}"),
    "positive probability": (lambda v: 0 < v <= 1, "{0} <= 0, {0} > 1 or {0} contains NaNs"),
    "probability below 1": (lambda v: 0 <= v < 1, "{0} < 0, {0} >= 1 or {0} {1}"),
    "above 1": (lambda v: v > 1, "{0} <= 1 or {0} {1}"),
}


def check(name: str, x, what: str) -> None:
    """ValueError where a parameter that the host has is not what a distribution demands. Elements on a device are not
    looked at: samples of impossible parameters are NaN, or arbitrary integers."""
    values = host_values(x)
    if values is None:
        return
    test, sentence = _DEMANDS[what]
    for value in values:
        if not test(value):
            raise ValueError(sentence.format(name, "contains NaNs" if hasattr(x, "__len__") else "is NaN"))
