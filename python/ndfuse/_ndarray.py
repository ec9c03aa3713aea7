"""``ndarray``: a shape, an element type and a view of memory that may not have been computed yet.

An array names a ``Storage`` of the graph and says which of its elements it shows: ``_view`` is None for all of them in
order (then the storage's node has the array's shape), or (strides, offset, writable) in elements. Arrays that view the same
storage share memory, as in NumPy. The methods here say what they are in one line; the functions of the same names, in the
modules by area, do the work and are documented there. Operators are put on by ``_operators``.
"""

from __future__ import annotations

import math

from ._dtypes import DTYPES, KINDS, NAMES, SIZES, number_of
from ._graph import read_async as _read_async
from ._views import is_column_major, is_row_major, row_major


class Flags:
    """What ``x.flags`` tells. As numpy's flags object."""

    def __init__(self, x):
        strides = row_major(x._shape) if x._view is None else x._view[0]
        self.c_contiguous = is_row_major(x._shape, strides)
        self.f_contiguous = is_column_major(x._shape, strides)
        self.owndata = x._view is None
        self.writeable = (x._view is None or x._view[2]) and type(x) is ndarray
        self.contiguous, self.fortran = self.c_contiguous, self.f_contiguous

    def __getitem__(self, key):
        names = {"C": "c_contiguous", "F": "f_contiguous", "W": "writeable", "O": "owndata"}
        return getattr(self, names.get(key, key.lower()))


class ndarray:
    """An array of elements of one type, computed when somebody looks. As numpy.ndarray.

    ``ndarray(shape, dtype)`` makes an uninitialised one, as ``empty``; ``array`` and the other creation functions are the
    usual way.
    """

    __slots__ = ("_storage", "_shape", "_dtype", "_view", "_base", "__weakref__")
    __array_priority__ = 100.0
    __hash__ = None  # as of everything that can change

    def __new__(cls, shape, dtype=float):
        return _creation.empty(shape, dtype)

    # --- attributes

    @property
    def base(self):
        """The array whose memory a view shows; None of an array that has its own."""
        return getattr(self, "_base", None)

    @property
    def shape(self):
        """The extents. Assigning reshapes in place where no copy is needed (AttributeError otherwise)."""
        return self._shape

    @shape.setter
    def shape(self, shape):
        seen = _manipulation.view_as(self, shape)
        if seen is None:
            raise AttributeError(
                "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape."
            )
        self._shape, self._view = seen._shape, seen._view

    @property
    def dtype(self):
        return DTYPES[self._dtype]

    @property
    def ndim(self):
        return len(self._shape)

    @property
    def size(self):
        return math.prod(self._shape)

    @property
    def itemsize(self):
        return SIZES[self._dtype]

    @property
    def nbytes(self):
        return math.prod(self._shape) * SIZES[self._dtype]

    @property
    def strides(self):
        """Bytes from one element to the next along each axis."""
        return tuple([s * SIZES[self._dtype] for s in _elementwise.strides_of(self)])

    @property
    def flags(self):
        return Flags(self)

    @property
    def device(self):
        """The name of the device that the elements live on: "webgpu", "webgl" or "cpu"."""
        return _devices.name_of(self._storage.node.device)

    def to_device(self, device, /, *, stream=None):
        """The array on a device ("cpu", "gpu" or the GPU's name): itself where it is there, else a copy."""
        if stream is not None:
            raise ValueError("stream must be None: work is handed over in order")
        number = _devices.number_of(device)
        if number == self._storage.node.device:
            return self
        if number and _dtypes.WIDE[self._dtype]:
            raise ValueError(
                f"{NAMES[self._dtype]} arrays live on the cpu device: no GPU in a browser has 64-bit arithmetic"
            )
        return _elementwise.moved(self, number)

    @property
    def T(self):
        return _manipulation.transpose(self)

    @property
    def mT(self):
        if len(self._shape) < 2:
            raise ValueError("matrix transpose with ndim < 2 is undefined")
        return _manipulation.matrix_transpose(self)

    @property
    def real(self):
        return _functions.real(self)

    @real.setter
    def real(self, value):
        _elementwise.assign(self, _functions.complex_of(value, self.imag) if KINDS[self._dtype] == "c" else value)

    @property
    def imag(self):
        return _functions.imag(self)

    @imag.setter
    def imag(self, value):
        if KINDS[self._dtype] != "c":
            raise TypeError("array does not have imaginary part to set")
        _elementwise.assign(self, _functions.complex_of(self.real, value))

    @property
    def flat(self):
        """The elements in row-major order, to read, write and go through. As numpy.ndarray.flat."""
        return _index_tricks.flatiter(self)

    @flat.setter
    def flat(self, value):
        self.flat[:] = value

    # --- to the host

    def __len__(self):
        if not self._shape:
            raise TypeError("len() of unsized object")
        return self._shape[0]

    def __iter__(self):
        if not self._shape:
            raise TypeError("iteration over a 0-d array")
        return _indexing.rows(self)

    def __bool__(self):
        if math.prod(self._shape) != 1:
            if math.prod(self._shape) == 0:
                raise ValueError(
                    "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty."
                )
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(self.item())

    def _single(self):
        if self._shape:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return self.item()

    def __int__(self):
        return int(self._single())

    def __float__(self):
        return float(self._single())

    def __complex__(self):
        return complex(self._single())

    def __round__(self, digits=None):
        value = self._single()
        return round(value) if digits is None else _functions.round(self, digits)

    def __index__(self):
        if self._shape or KINDS[self._dtype] not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return self.item()

    def __contains__(self, value):
        return bool(_reductions.any(_ufuncs.equal(self, value)))

    def item(self, *at):
        """One element as a Python scalar: the only one, or that with a flat number or with one index an axis."""
        return _transfer.item(self, *at)

    def tolist(self):
        """Nested lists of Python scalars (a scalar where the shape is ())."""
        return _transfer.tolist(self)

    def tobytes(self):
        """The elements' bytes in row-major order."""
        return _transfer.read_bytes(self).tobytes()

    def tofile(self, fid, sep="", format="%s"):
        """Writes the elements' bytes, or with ``sep`` their texts, to a path or a binary file object."""
        _io.tofile(self, fid, sep, format)

    def asnumpy(self):
        """A NumPy array with the same elements; waits for them. ImportError without NumPy."""
        return _transfer.asnumpy(self)

    def get(self, stream=None, order="C", out=None, blocking=True):
        """As ``asnumpy``, with CuPy's name; ``out``: the NumPy array to write to."""
        found = _transfer.asnumpy(self)
        if out is None:
            return found
        out[...] = found
        return out

    async def get_async(self):
        """The elements without blocking the thread: a NumPy array, or nested lists where NumPy is not installed."""
        return await _transfer.get_async(self, _read_async)

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array: the elements live on a device")
        found = _transfer.asnumpy(self)
        return found if dtype is None else found.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return _numpy.array_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function, types, arguments, options):
        return _numpy.array_function(function, types, arguments, options)

    def __array_namespace__(self, /, *, api_version=None):
        return _namespace.namespace_of(api_version)

    def __dlpack__(self, **options):
        return _namespace.to_dlpack(self, **options)

    def __dlpack_device__(self):
        return (1, 0)  # host memory, to which the elements are copied

    def __reduce__(self):
        return _creation.from_pickle, (self.tobytes(), self._shape, NAMES[self._dtype])

    def __copy__(self):
        return _elementwise.copy(self)

    def __deepcopy__(self, memo):
        return _elementwise.copy(self)

    # --- printing

    def __repr__(self):
        return _printing.array_repr(self)

    def __str__(self):
        return _printing.array_str(self)

    def __format__(self, how):
        if not self._shape:
            return format(self.item(), how)
        if how:
            raise TypeError("unsupported format string passed to numpy.ndarray.__format__".replace("numpy", "ndfuse"))
        return str(self)

    # --- elements

    def __getitem__(self, key):
        return _indexing.get(self, key)

    def __setitem__(self, key, value):
        _indexing.write(self, key, value)

    def fill(self, value):
        """Writes one value to all elements."""
        if isinstance(value, ndarray) and value._shape:
            raise ValueError("setting an array element with a sequence.")
        _elementwise.assign(self, value)

    def searchsorted(self, v, side="left", sorter=None):
        return _sorting.searchsorted(self, v, side, sorter)

    def sort(self, axis=-1, kind=None, order=None, *, stable=None):
        """Sorts in place."""
        _sorting.sort_in_place(self, axis, kind, order, stable=stable)

    def argsort(self, axis=-1, kind=None, order=None, *, stable=None):
        return _sorting.argsort(self, axis, kind, order, stable=stable)

    def partition(self, kth, axis=-1, kind="introselect", order=None):
        """Partitions in place."""
        _sorting.partition_in_place(self, kth, axis, kind, order)

    def argpartition(self, kth, axis=-1, kind="introselect", order=None):
        return _sorting.argpartition(self, kth, axis, kind, order)

    def choose(self, choices, out=None, mode="raise"):
        return _indexing.choose(self, choices, out, mode)

    def take(self, indices, axis=None, out=None, mode="raise"):
        return _indexing.take(self, indices, axis, out, mode)

    def put(self, indices, values, mode="raise"):
        _indexing.put(self, indices, values, mode)

    def nonzero(self):
        return _indexing.nonzero(self)

    def compress(self, condition, axis=None, out=None):
        return _indexing.compress(condition, self, axis, out)

    def diagonal(self, offset=0, axis1=0, axis2=1):
        return _manipulation.diagonal(self, offset, axis1, axis2)

    def trace(self, offset=0, axis1=0, axis2=1, dtype=None, out=None):
        return _linalg.trace(self, offset, axis1, axis2, dtype, out)

    # --- copies

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        """A copy with another dtype (itself where ``copy`` is False and the dtype is the same already)."""
        number = number_of(dtype)
        if not _dtypes.castable(self._dtype, number, casting):
            raise TypeError(
                f"Cannot cast array data from {DTYPES[self._dtype]!r} to {DTYPES[number]!r} according to the rule '{casting}'"
            )
        if not copy and number == self._dtype:
            return self
        return _elementwise.astype(self, number)

    def copy(self, order="C"):
        """The same elements in memory of their own; nothing is moved before one of the two is written to."""
        return _elementwise.copy(self)

    def view(self, dtype=None):
        """Another array object on the same memory. Another dtype is a TypeError: bytes are the devices' affair."""
        if dtype is not None and dtype is not ndarray and number_of(dtype) != self._dtype:
            raise TypeError(
                f"memory cannot be seen as {dtype}: elements of a device have no bytes of their own; use astype"
            )
        return _elementwise.wrap(self._storage, self._shape, self._dtype, self._view)

    def conj(self):
        return _ufuncs.conjugate(self)

    def conjugate(self):
        return _ufuncs.conjugate(self)

    # --- shapes

    def reshape(self, *shape, order="C", copy=None):
        return _manipulation.reshape(self, shape[0] if len(shape) == 1 else shape, order, copy=copy)

    def resize(self, *shape, refcheck=True):
        """Repeats or cuts the elements to a new shape, in place; new elements are 0, as numpy.ndarray.resize."""
        _manipulation.resize_in_place(
            self, shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        )

    def ravel(self, order="C"):
        return _manipulation.ravel(self, order)

    def flatten(self, order="C"):
        made = _manipulation.ravel(self, order)
        return _elementwise.copy(made) if made._storage is self._storage else made

    def transpose(self, *axes):
        return _manipulation.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def swapaxes(self, axis1, axis2):
        return _manipulation.swapaxes(self, axis1, axis2)

    def squeeze(self, axis=None):
        return _manipulation.squeeze(self, axis)

    def repeat(self, repeats, axis=None):
        return _manipulation.repeat(self, repeats, axis)

    # --- reductions

    def sum(self, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        return _reductions.sum(self, axis, dtype, out, keepdims, initial, where)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        return _reductions.prod(self, axis, dtype, out, keepdims, initial, where)

    def max(self, axis=None, out=None, keepdims=False, initial=None, where=True):
        return _reductions.max(self, axis, out, keepdims, initial, where)

    def min(self, axis=None, out=None, keepdims=False, initial=None, where=True):
        return _reductions.min(self, axis, out, keepdims, initial, where)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
        return _reductions.mean(self, axis, dtype, out, keepdims, where=where)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
        return _reductions.var(self, axis, dtype, out, ddof, keepdims, where=where)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
        return _reductions.std(self, axis, dtype, out, ddof, keepdims, where=where)

    def cumsum(self, axis=None, dtype=None, out=None):
        return _scans.cumsum(self, axis, dtype, out)

    def cumprod(self, axis=None, dtype=None, out=None):
        return _scans.cumprod(self, axis, dtype, out)

    def any(self, axis=None, out=None, keepdims=False, *, where=True):
        return _reductions.any(self, axis, out, keepdims, where=where)

    def all(self, axis=None, out=None, keepdims=False, *, where=True):
        return _reductions.all(self, axis, out, keepdims, where=where)

    def ptp(self, axis=None, out=None, keepdims=False):
        return _reductions.ptp(self, axis, out, keepdims)

    def argmax(self, axis=None, out=None, *, keepdims=False):
        return _reductions.argmax(self, axis, out, keepdims=keepdims)

    def argmin(self, axis=None, out=None, *, keepdims=False):
        return _reductions.argmin(self, axis, out, keepdims=keepdims)

    # --- arithmetic

    def dot(self, b, out=None):
        return _linalg.dot(self, b, out)

    def clip(self, min=None, max=None, out=None, **options):
        return _functions.clip(self, min, max, out, **options)

    def round(self, decimals=0, out=None):
        return _functions.round(self, decimals, out)


class scalar(ndarray):
    """A single value that an operation gave, as NumPy's scalars: an array of shape () that cannot be written to.

    ``x += 1`` makes a new one, so names that hold the old one keep its value. Once its value is known here (it was read, or came
    from here), it is not read again.
    """

    __slots__ = ("_value",)

    def __setitem__(self, key, value):
        raise TypeError(f"'{NAMES[self._dtype]}' object does not support item assignment")

    def fill(self, value):
        raise ValueError("assignment destination is read-only")

    def item(self, *at):
        """The value as a Python scalar."""
        try:
            return self._value
        except AttributeError:
            self._value = value = _transfer.flat(self)[0]
            return value

    def tolist(self):
        """The value as a Python scalar."""
        return self.item()

    def copy(self, order="C"):
        """Itself: it does not change."""
        return self

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self

    def __hash__(self):
        return hash(self.item())

    def __repr__(self):
        return _printing.scalar_repr(self)

    def __str__(self):
        return _printing.scalar_str(self)

    def is_integer(self):
        """Whether the value is a whole number."""
        value = self.item()
        return value == int(value) if value == value and abs(value) != math.inf else False


# The modules below need the classes above.
from . import (  # noqa: E402
    _creation,
    _devices,
    _dtypes,
    _elementwise,
    _functions,
    _index_tricks,
    _indexing,
    _io,
    _linalg,
    _manipulation,
    _namespace,
    _numpy,
    _printing,
    _reductions,
    _scans,
    _sorting,
    _transfer,
    _ufuncs,
)
