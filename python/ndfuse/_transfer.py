"""Between host memory and the devices: bytes, buffers, NumPy's arrays and Python's lists. The only place that waits."""

from __future__ import annotations

import math
import struct
from array import array

from . import _devices
from ._dtypes import COUNT, KINDS, NAMES, SIZES, numpy_dtype, numpy_module
from ._elementwise import offset_of, strides_of, whole, wrap
from ._graph import flush, read, upload
from ._ndarray import ndarray
from ._views import is_row_major

# array.array's letters for the dtypes that it can hold; halves travel as uint16, complex numbers as pairs.
_LETTERS = {
    "bool": "B", "int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q",
    "float16": "H", "float32": "f", "float64": "d", "complex64": "f", "complex128": "d",
}  # fmt: skip
LETTERS = [_LETTERS[name] for name in NAMES]
if any(array(LETTERS[n]).itemsize * (1 + (KINDS[n] == "c")) != SIZES[n] for n in range(COUNT)):
    raise ImportError("array.array has other sizes on this machine than the element types")


# --- up


def from_address(address: int, nbytes: int, shape: tuple, dtype: int, device: int) -> ndarray:
    """An array of elements that lie in host memory."""
    return wrap(upload(dtype, shape, device, address, nbytes), shape, dtype)


def from_bytes(values: array, shape: tuple, dtype: int, device: int | None = None) -> ndarray:
    """An array of elements in an ``array.array``."""
    address, count = values.buffer_info()
    return from_address(
        address, count * values.itemsize, shape, dtype, _devices.home(dtype) if device is None else device
    )


def pack(values: list, dtype: int) -> array:
    """Python scalars, already of the dtype's kind, as its elements."""
    kind = KINDS[dtype]
    if kind == "c":
        return array(LETTERS[dtype], [part for value in values for part in (value.real, value.imag)])
    if NAMES[dtype] == "float16":
        return array("H", struct.pack(f"{len(values)}e", *[_half(value) for value in values]))
    return array(LETTERS[dtype], values)


def _half(value: float) -> float:
    # struct refuses what rounds to infinity.
    return value if value != value or abs(value) < 65520.0 else math.copysign(math.inf, value)


def from_numpy(x, dtype: int) -> ndarray:
    """An array of a NumPy array's elements, which have this dtype: one copy."""
    numpy = numpy_module()
    x = numpy.asarray(x, dtype=numpy_dtype(dtype), order="C")
    return from_address(x.ctypes.data, x.nbytes, x.shape, dtype, _devices.home(dtype))


# --- down


def _run_of(x: ndarray):
    """The node and the first element of a run of memory with the array's elements side by side in order."""
    if x._view is None:
        return x._storage.node, 0
    if is_row_major(x._shape, strides_of(x)):
        return x._storage.node, offset_of(x)
    return whole(x)._storage.node, 0


def read_bytes(x: ndarray) -> array:
    """The elements in row-major order, as an ``array.array``."""
    letter = LETTERS[x._dtype]
    count = math.prod(x._shape)
    nbytes = count * SIZES[x._dtype]
    values = array(letter, bytes(nbytes))
    if count:
        node, first = _run_of(x)
        read(node, first, count, values.buffer_info()[0], nbytes)
    return values


def unpack(values: array, dtype: int) -> list:
    """Elements as a flat list of Python scalars."""
    kind = KINDS[dtype]
    if kind == "c":
        return [complex(values[k], values[k + 1]) for k in range(0, len(values), 2)]
    if kind == "b":
        return [value != 0 for value in values]
    if NAMES[dtype] == "float16":
        return list(struct.unpack(f"{len(values)}e", values.tobytes()))
    return values.tolist()


def flat(x: ndarray) -> list:
    """The elements in row-major order as Python scalars."""
    return unpack(read_bytes(x), x._dtype)


def nest(values: list, shape: tuple):
    """A flat list in the shape of nested lists."""
    if not shape:
        return values[0]
    for extent in reversed(shape[1:]):
        count = len(values) // extent if extent else 0
        values = [values[k * extent : (k + 1) * extent] for k in range(count)]
    if 0 in shape[1:]:
        return _empty_nest(shape)
    return values


def _empty_nest(shape: tuple) -> list:
    return [_empty_nest(shape[1:]) if len(shape) > 1 else [] for _ in range(shape[0])] if len(shape) > 1 else []


def tolist(x: ndarray):
    return nest(flat(x), x._shape)


def item(x: ndarray, *at):
    if len(at) == 1 and isinstance(at[0], tuple):
        at = at[0]
    if not at:
        if math.prod(x._shape) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
    elif len(at) == 1:
        from ._manipulation import ravel

        x = ravel(x)[at[0]]
    elif len(at) == len(x._shape):
        x = x[tuple(at)]
    else:
        raise ValueError("incorrect number of indices for array")
    return flat(x)[0]


def asnumpy(x: ndarray):
    """A NumPy array of the elements: one copy. ImportError without NumPy."""
    numpy = numpy_module()
    if numpy is None:
        raise ImportError("asnumpy() needs NumPy, which is not installed; tolist() does not")
    made = numpy.empty(x._shape, NAMES[x._dtype])
    if made.size:
        node, first = _run_of(x)
        read(node, first, made.size, made.ctypes.data, made.nbytes)
    return made


async def get_async(x: ndarray, read_async):
    count = math.prod(x._shape)
    nbytes = count * SIZES[x._dtype]
    numpy = numpy_module()
    if numpy is not None:
        made = numpy.empty(x._shape, NAMES[x._dtype])
        if count:
            node, first = _run_of(x)
            await read_async(node, first, count, made.ctypes.data, nbytes)
        return made
    values = array(LETTERS[x._dtype], bytes(nbytes))
    if count:
        node, first = _run_of(x)
        await read_async(node, first, count, values.buffer_info()[0], nbytes)
    return nest(unpack(values, x._dtype), x._shape)


def several(*arrays: ndarray) -> list:
    """The only elements of several arrays as Python scalars: what they need is computed by one record."""
    flush(*[x._storage.node for x in arrays])
    return [flat(x)[0] for x in arrays]
