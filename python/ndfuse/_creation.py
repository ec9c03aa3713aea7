"""Making arrays: from data, from a value, from element numbers. Names and arguments are NumPy's.

Defaults have 32 bits: ``zeros(3)`` is float32, ``arange(3)`` int32. Values that are computed from element numbers
(``arange``, ``linspace``, ``eye``, ...) are expressions of the graph like any other: they fuse with what uses them.
"""

from __future__ import annotations

import math
import operator

from . import _devices, _manipulation, _transfer
from ._dtypes import (
    BOOL,
    COMPLEX64,
    COMPLEX128,
    DEFAULTS,
    FLOAT32,
    FLOAT64,
    INT32,
    INT64,
    KINDS,
    NAMES,
    WEAK,
    WIDE,
    meet,
    number_of,
    numpy_module,
    pair,
)
from ._elementwise import OPS, apply, array_of, astype, coerce, copy, wrap
from ._graph import CAST, EMPTY, IOTA, Node, Scalar, Storage
from ._ndarray import ndarray, scalar
from ._views import check_shape

newaxis = None


def _order(order):
    if order not in ("C", "K", "A", "c", "k", "a", None):
        raise ValueError(f"order must be 'C' (elements lie in row-major order here), got {order!r}")


# --- from data


def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    """A new array of what ``object`` holds: an array, a NumPy array, a buffer (``array.array``, ``memoryview``), a scalar, or
    nested sequences. As numpy.array, with 32-bit defaults: lists of int give int32, of float float32. Integers that do
    not fit raise OverflowError, ragged lists ValueError."""
    _order(order)
    made = asarray(object, dtype)
    if copy and made is object:
        made = _elementwise_copy(made)
    if type(made) is scalar:
        made = wrap(_elementwise_copy(made)._storage, (), made._dtype)
    if made.ndim < ndmin:
        made = _manipulation.reshape(made, (1,) * (ndmin - made.ndim) + made._shape)
    return made


def asarray(a, dtype=None, order=None, *, copy=None, device=None):
    """The array itself where it is one of this dtype already, else a new one. As numpy.asarray."""
    _order(order)
    if isinstance(a, ndarray):
        made = a if dtype is None else a.astype(dtype, copy=bool(copy))
        if copy and made is a:
            made = _elementwise_copy(a)
        if type(made) is scalar:
            made = wrap(_elementwise_copy(made)._storage, (), made._dtype)  # an array that can be written to
    else:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array: host memory is not a device's memory")
        made = _from_host(a, None if dtype is None else number_of(dtype))
    return made if device is None else made.to_device(device)


_WIDER = {INT32: INT64, FLOAT32: FLOAT64, COMPLEX64: COMPLEX128}


def beside(a, wide: bool) -> ndarray:
    """An operand as an array. Beside a 64-bit one (``wide``), lists of Python numbers have 64 bits too, so that they stay exact."""
    if isinstance(a, ndarray):
        return a
    if wide and isinstance(a, list | tuple | range):
        kinds = _kinds_of(a)
        if kinds is not None:
            return _from_nested(a, _WIDER.get(meet([], kinds), meet([], kinds)))
    return asarray(a)


def _kinds_of(a) -> int | None:
    """The highest weak kind in nested lists; None where something else is in them."""
    if isinstance(a, list | tuple | range):
        kinds = [_kinds_of(one) for one in a]
        return None if None in kinds else max(kinds, default=WEAK[float])
    return WEAK.get(type(a))


def asarray_chkfinite(a, dtype=None, order=None):
    """As ``asarray``; ValueError for NaN and infinities, which waits. As numpy.asarray_chkfinite."""
    made = asarray(a, dtype, order)
    if KINDS[made._dtype] in "fc":
        from ._reductions import all

        if not bool(all(apply(OPS["isfinite"], made))):
            raise ValueError("array must not contain infs or NaNs")
    return made


def asanyarray(a, dtype=None, order=None):
    """As ``asarray``: there are no subclasses to keep."""
    return asarray(a, dtype, order)


def ascontiguousarray(a, dtype=None):
    """The array itself where its elements lie side by side in order, else a copy. As numpy.ascontiguousarray."""
    made = asarray(a, dtype)
    return made if made.flags.c_contiguous else copy_of(made)


def asnumpy(a, stream=None, order="C", out=None):
    """A NumPy array of an array's elements (or of anything that NumPy takes). As cupy.asnumpy."""
    if isinstance(a, ndarray):
        return a.get(out=out)
    numpy = numpy_module()
    if numpy is None:
        raise ImportError("asnumpy() needs NumPy, which is not installed; tolist() does not")
    return numpy.asarray(a)


def copy_of(a, order="K"):
    """A copy of an array, or of what becomes one. As numpy.copy."""
    return array(a)


_elementwise_copy = copy


def typed(value, dtype: int):
    """What calling a dtype gives: a single value, which is strong in promotion, or an array."""
    if isinstance(value, ndarray) or hasattr(value, "__len__"):
        return asarray(value, _dtype_name(dtype))
    if hasattr(value, "item"):
        value = value.item()
    return constant(_rounded(coerce(value, dtype), dtype), dtype, _devices.home(dtype))


def constant(value, dtype: int, device: int) -> scalar:
    """A single value that the host knows: it travels with the launches that use it, and is never read."""
    made = object.__new__(scalar)
    made._storage = Storage(Node(CAST, 0, (Scalar(dtype, value),), (), dtype, device))
    made._shape, made._dtype, made._view, made._value = (), dtype, None, value
    return made


def _rounded(value, dtype: int):
    # What an element of this type holds of a Python scalar.
    return _transfer.unpack(_transfer.pack([value], dtype), dtype)[0]


def _dtype_name(dtype: int) -> str:
    return NAMES[dtype]


_FORMATS = {
    "?": "bool", "b": "int8", "h": "int16", "i": "int32", "q": "int64", "B": "uint8", "H": "uint16", "I": "uint32", "Q": "uint64",
    "e": "float16", "f": "float32", "d": "float64", "Zf": "complex64", "Zd": "complex128",
}  # fmt: skip


def _from_host(a, dtype: int | None) -> ndarray:
    kind = DEFAULTS.get(type(a))
    if kind is not None:
        number = kind if dtype is None else dtype
        return array_of(Node(CAST, 0, (Scalar(number, coerce(a, number)),), (), number, _devices.home(number)))
    if hasattr(a, "__array_interface__"):  # NumPy's arrays and scalars
        if not numpy_module().asarray(a).dtype.isnative:  # bytes in the other order
            a = numpy_module().asarray(a)
            a = a.astype(a.dtype.newbyteorder("="))
        own = number_of(numpy_module().asarray(a).dtype)
        return _transfer.from_numpy(a, own if dtype is None else dtype)
    if isinstance(a, str | bytes) or a is None or isinstance(a, dict | set):
        raise TypeError(f"{type(a).__name__} {a!r} cannot become an array of numbers")
    if not isinstance(a, list | tuple | range):
        try:
            return _from_buffer(memoryview(a), dtype)
        except TypeError:
            pass
        if hasattr(a, "__array__"):
            return _from_host(a.__array__(), dtype)
        if not hasattr(a, "__len__") or not hasattr(a, "__getitem__"):
            if isinstance(a, int):  # bool's and int's subclasses
                return _from_host(int(a), dtype)
            if hasattr(a, "__index__"):
                return _from_host(operator.index(a), dtype)
            if hasattr(a, "__float__"):
                return _from_host(float(a), dtype)
            raise TypeError(f"{type(a).__name__} {a!r} cannot become an array of numbers")
        a = list(a)
    return _from_nested(a, dtype)


def _from_buffer(view: memoryview, dtype: int | None) -> ndarray:
    name = _FORMATS.get(view.format.lstrip("@=<"))
    if view.format in ("l", "L", "@l", "@L"):  # the platform's long
        name = ("int" if view.format[-1] == "l" else "uint") + str(8 * view.itemsize)
    if name is None:
        raise ValueError(f"a buffer of format {view.format!r} cannot become an array of numbers")
    number = number_of(name)
    values = _transfer.array(_transfer.LETTERS[number])
    values.frombytes(view.tobytes())
    made = _transfer.from_bytes(values, check_shape(tuple(view.shape)), number)
    return made if dtype is None or dtype == number else astype(made, dtype)


def _from_nested(a, dtype: int | None) -> ndarray:
    shape, leaves = [], [a]
    sequences = (list, tuple, range)
    while leaves and isinstance(leaves[0], sequences):
        length = len(leaves[0])
        deeper = []
        for one in leaves:
            if not isinstance(one, sequences) or len(one) != length:
                if any(isinstance(leaf, ndarray) or hasattr(leaf, "__array__") for leaf in leaves):
                    break
                raise ValueError(
                    "setting an array element with a sequence. The requested array has an inhomogeneous shape after "
                    f"{len(shape)} dimensions. The detected shape was {tuple(shape)!r} + inhomogeneous part."
                )
            deeper.extend(one)
        else:
            shape.append(length)
            leaves = deeper
            continue
        break
    check_shape(tuple(shape))
    if any(type(leaf) not in WEAK for leaf in leaves):
        return _from_parts(tuple(shape), leaves, dtype)
    if dtype is None:
        dtype = meet([], max((WEAK[type(leaf)] for leaf in leaves), default=WEAK[float]))
    values = [coerce(leaf, dtype) for leaf in leaves] if leaves else []
    return _transfer.from_bytes(_transfer.pack(values, dtype), tuple(shape), dtype)


def _from_parts(shape: tuple, leaves: list, dtype: int | None) -> ndarray:
    # Arrays or typed scalars inside lists.
    if all(
        type(leaf).__module__ == "numpy" and getattr(leaf, "shape", None) == () or type(leaf) in WEAK for leaf in leaves
    ):
        if dtype is None:
            strong = [number_of(leaf.dtype) for leaf in leaves if type(leaf) not in WEAK]
            dtype = meet(strong, max((WEAK[type(leaf)] for leaf in leaves if type(leaf) in WEAK), default=0))
        values = [coerce(leaf if type(leaf) in WEAK else leaf.item(), dtype) for leaf in leaves]
        return _transfer.from_bytes(_transfer.pack(values, dtype), shape, dtype)
    parts = [asarray(leaf) for leaf in leaves]
    inner = parts[0]._shape
    if any(part._shape != inner for part in parts):
        raise ValueError(
            "setting an array element with a sequence. The requested array has an inhomogeneous shape after "
            f"{len(shape)} dimensions. The detected shape was {shape!r} + inhomogeneous part."
        )
    if dtype is None:
        strong = [part._dtype for part, leaf in zip(parts, leaves) if type(leaf) not in WEAK]
        dtype = meet(strong, max((WEAK[type(leaf)] for leaf in leaves if type(leaf) in WEAK), default=0))
    return _manipulation.reshape(_manipulation.stack(parts, dtype=NAMES[dtype], casting="unsafe"), shape + inner)


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    """A 1-dimensional array of a copy of a buffer's bytes. As numpy.frombuffer."""
    number = number_of(dtype)
    data = memoryview(buffer).cast("B")[offset:]
    size = _transfer.SIZES[number]
    if count < 0:
        if len(data) % size:
            raise ValueError("buffer size must be a multiple of element size")
        count = len(data) // size
    if count * size > len(data):
        raise ValueError("buffer is smaller than requested size")
    values = _transfer.array(_transfer.LETTERS[number])
    values.frombytes(data[: count * size].tobytes())
    return _transfer.from_bytes(values, (count,), number)


def from_pickle(data: bytes, shape: tuple, name: str) -> ndarray:
    """The array that ``ndarray.__reduce__`` describes."""
    return _manipulation.reshape(frombuffer(data, name), shape)


def fromiter(iter, dtype, count=-1):
    """A 1-dimensional array of what an iterable gives. As numpy.fromiter."""
    values = list(iter) if count < 0 else [one for one, _ in zip(iter, range(count))]
    if len(values) < count:
        raise ValueError(f"iterator too short: Expected {count} but iterator had only {len(values)} items.")
    return _from_nested(values, number_of(dtype))


def fromfunction(function, shape, *, dtype=float, **options):
    """``function`` called with one array of indices for each axis. As numpy.fromfunction."""
    return function(*indices(shape, dtype=dtype), **options)


# --- from a value


def _filled(shape, value, dtype: int, device) -> ndarray:
    number = _devices.home(dtype) if device is None else _devices.number_of(device)
    shape = check_shape(shape)
    return array_of(Node(CAST, 0, (Scalar(dtype, value),), shape, dtype, number))


def empty(shape, dtype=float, order="C", *, device=None):
    """An array whose elements have whatever values. As numpy.empty."""
    _order(order)
    dtype = number_of(dtype)
    number = _devices.home(dtype) if device is None else _devices.number_of(device)
    return array_of(Node(EMPTY, 0, (), check_shape(shape), dtype, number))


def zeros(shape, dtype=float, order="C", *, device=None):
    """An array of zeros. As numpy.zeros."""
    _order(order)
    dtype = number_of(dtype)
    return _filled(shape, coerce(0, dtype), dtype, device)


def ones(shape, dtype=None, order="C", *, device=None):
    """An array of ones. As numpy.ones."""
    _order(order)
    dtype = number_of(dtype)
    return _filled(shape, coerce(1, dtype), dtype, device)


def full(shape, fill_value, dtype=None, order="C", *, device=None):
    """An array of one value, or of an array that is repeated to ``shape``. As numpy.full."""
    _order(order)
    if type(fill_value) in WEAK:
        number = DEFAULTS[type(fill_value)] if dtype is None else number_of(dtype)
        return _filled(shape, coerce(fill_value, number), number, device)
    value = asarray(fill_value, dtype)
    made = empty(shape, NAMES[value._dtype] if dtype is None else dtype, device=device)
    made[...] = value
    return made


def _like(a, dtype, shape):
    a = a if isinstance(a, ndarray) else asarray(a)
    return (a._shape if shape is None else shape), (NAMES[a._dtype] if dtype is None else dtype)


def empty_like(prototype, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """An uninitialised array of the shape and dtype of another one. As numpy.empty_like."""
    _order(order)
    return empty(*_like(prototype, dtype, shape), device=device)


def zeros_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Zeros in the shape and dtype of an array. As numpy.zeros_like."""
    _order(order)
    return zeros(*_like(a, dtype, shape), device=device)


def ones_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Ones in the shape and dtype of an array. As numpy.ones_like."""
    _order(order)
    return ones(*_like(a, dtype, shape), device=device)


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """One value in the shape and dtype of an array. As numpy.full_like."""
    _order(order)
    shape, dtype = _like(a, dtype, shape)
    return full(shape, fill_value, dtype, device=device)


# --- from element numbers


def iota(shape: tuple) -> ndarray:
    """The number of each element in row-major order, int32."""
    return array_of(Node(IOTA, 0, (), check_shape(shape), INT32, _devices.DEFAULT))


def _numbers(count: int, dtype: int) -> ndarray:
    return iota((count,)) if dtype == INT32 else astype(iota((count,)), dtype)


def arange(start, stop=None, step=None, dtype=None, *, device=None):
    """start, start + step, ... below stop. As numpy.arange; of integers int32, of floats float32. Values are computed from
    element numbers as start + number * step."""
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    start, stop, step = (one.item() if hasattr(one, "item") else one for one in (start, stop, step))
    if step == 0:
        raise ZeroDivisionError("division by zero")
    if isinstance(start, complex) or isinstance(stop, complex) or isinstance(step, complex):
        raise TypeError("arange of complex numbers is not supported")
    if dtype is None:
        integers = all(isinstance(one, int) for one in (start, stop, step))
        number = INT32 if integers else FLOAT32
    else:
        number = number_of(dtype)
    count = (
        max(0, math.ceil((stop - start) / step))
        if not isinstance(start, int) or not isinstance(stop, int) or not isinstance(step, int)
        else max(0, -((start - stop) // step))
    )
    _few_booleans(number, count)
    if KINDS[number] in "iu":
        step = coerce(start + step, number) - coerce(start, number) if not isinstance(step, int) else step
        if count:
            coerce(start, number), coerce(start + (count - 1) * int(step), number)
    work = (
        number if KINDS[number] in "iufc" and NAMES[number] != "float16" else FLOAT32 if KINDS[number] == "f" else INT32
    )
    if KINDS[work] == "u" or (KINDS[work] == "i" and not WIDE[work]):
        # Wrapping 32-bit arithmetic gives the right bits for every narrower type.
        made = _affine(_numbers(count, work if WIDE[work] else INT32), _wrap(int(start), work), _wrap(int(step), work))
    else:
        made = _affine(_numbers(count, work), start, step)
    made = made if made._dtype == number else astype(made, number)
    return made if device is None else made.to_device(device)


def _few_booleans(number: int, count: int) -> None:
    if number == BOOL and count > 2:
        raise TypeError("arange() is only supported for booleans when the result has at most length 2.")


def _wrap(value: int, dtype: int) -> int:
    if WIDE[dtype]:
        return value % 2**64 if KINDS[dtype] == "u" else value
    return (value + 2**31) % 2**32 - 2**31


def _affine(numbers: ndarray, start, step) -> ndarray:
    if step != 1:
        numbers = apply(OPS["multiply"], numbers, step)
    return apply(OPS["add"], numbers, start) if start != 0 else numbers


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """``num`` values evenly from start to stop, computed in float32 (float64 where start, stop or dtype are), the last one
    exactly stop. ``start`` and ``stop`` may be arrays. As numpy.linspace."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    gaps = num - 1 if endpoint else num
    single = type(start) in WEAK and type(stop) in WEAK
    number = None if dtype is None else number_of(dtype)
    if single:
        kind = max(WEAK[type(start)], WEAK[type(stop)], WEAK[float])
        work = COMPLEX64 if kind == WEAK[complex] else FLOAT32
    else:
        given = start, stop
        wide = number is not None and WIDE[number]
        start, stop = beside(start, wide), beside(stop, wide)
        work = meet([pair(start._dtype, stop._dtype)], WEAK[float])
    if number is not None and KINDS[number] in "fc":
        work = pair(work, number)
    if not single:  # before they are subtracted: unsigned integers would wrap
        start, stop = (
            asarray(one, NAMES[work]) if type(one) in WEAK else x if x._dtype == work else astype(x, work)
            for one, x in zip(given, (start, stop))
        )
    step = (stop - start) / gaps if gaps > 0 else math.nan
    count = iota((num,) if single else (num,) + (1,) * max(start.ndim, stop.ndim))
    at = astype(count, work)
    if single:
        made = _affine(at, start, step if gaps > 0 else 0)
    else:
        made = at * step + start if gaps > 0 else at * 0 + start
    if endpoint and gaps > 0:
        made = apply(OPS["where"], apply(OPS["equal"], count, gaps), stop, made)  # the end is reached exactly
    if not single and axis != 0:
        made = _manipulation.moveaxis(made, 0, axis)
    if number is not None and number != made._dtype:
        if KINDS[number] in "iu":
            made = apply(OPS["floor"], made)
        made = astype(made, number)
    if device is not None:
        made = made.to_device(device)
    return (made, step) if retstep else made


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """base to the powers of linspace. As numpy.logspace."""
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    made = apply(OPS["power"], base, exponents)
    return made if dtype is None else made.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """``num`` values evenly on a logarithmic scale, from start to stop, which are numbers of one sign. As numpy.geomspace."""
    if start == 0 or stop == 0:
        raise ValueError("Geometric sequence cannot include zero")
    if start * stop < 0:
        raise ValueError("Geometric sequence from a negative to a positive number is not real")
    made = logspace(math.log10(abs(start)), math.log10(abs(stop)), num, endpoint, axis=axis) * (
        -1.0 if start < 0 else 1.0
    )
    if num > 0:
        made[0] = start
    if num > 1 and endpoint:
        made[-1] = stop
    return made if dtype is None else made.astype(dtype)


def eye(N, M=None, k=0, dtype=float, order="C", *, device=None):
    """Ones on the diagonal that is ``k`` above the main one, zeros elsewhere. As numpy.eye."""
    shape = check_shape((N, N if M is None else M))
    made = astype(_difference(*shape) == operator.index(k), number_of(dtype))
    return made if device is None else made.to_device(device)


def identity(n, dtype=None):
    """The identity matrix. As numpy.identity."""
    return eye(n, dtype=dtype)


def _difference(rows: int, columns: int) -> ndarray:
    # The column's number less the row's.
    return iota((columns,)) - _manipulation.reshape(iota((rows,)), (rows, 1))


def tri(N, M=None, k=0, dtype=float):
    """Ones at and below the diagonal ``k``, zeros above. As numpy.tri."""
    shape = check_shape((N, N if M is None else M))
    return astype(_difference(*shape) <= operator.index(k), number_of(dtype))


def tril(m, k=0):
    """A copy whose elements above the diagonal ``k`` are zero. As numpy.tril."""
    m = asarray(m)
    if m.ndim == 1:
        m = _manipulation.broadcast_to(m, m._shape * 2)
    return apply(OPS["where"], _difference(*m._shape[-2:]) <= k, m, _zero(m))


def triu(m, k=0):
    """A copy whose elements below the diagonal ``k`` are zero. As numpy.triu."""
    m = asarray(m)
    if m.ndim == 1:
        m = _manipulation.broadcast_to(m, m._shape * 2)
    return apply(OPS["where"], _difference(*m._shape[-2:]) >= k, m, _zero(m))


def _zero(m: ndarray):
    return coerce(0, BOOL if KINDS[m._dtype] == "b" else INT32)


def diag(v, k=0):
    """A matrix with ``v`` on its diagonal ``k``, or, of a matrix, that diagonal (a view). As numpy.diag."""
    v = asarray(v)
    if v.ndim == 2:
        return _manipulation.diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    made = zeros((v._shape[0] + abs(k),) * 2, NAMES[v._dtype])
    _manipulation.diagonal(made, k, writable=True)[...] = v
    return made


def diagflat(v, k=0):
    """A matrix with the elements of ``v`` on its diagonal. As numpy.diagflat."""
    return diag(_manipulation.ravel(asarray(v)), k)


def vander(x, N=None, increasing=False):
    """Powers of ``x`` in columns. As numpy.vander."""
    x = asarray(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = x._shape[0] if N is None else operator.index(N)
    if count < 0:
        raise ValueError("negative dimensions are not allowed")
    number = pair(x._dtype, INT32)
    x = x if x._dtype == number else astype(x, number)
    made = [ones(x._shape, NAMES[number])] if count else []
    for _ in range(count - 1):
        made.append(made[-1] * x)
    if not made:
        return empty((x._shape[0], 0), NAMES[number])
    return _manipulation.stack(made if increasing else made[::-1], axis=1)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Coordinate arrays of a grid from its axes. As numpy.meshgrid; without ``copy`` they are views."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    axes = [_manipulation.ravel(asarray(x)) for x in xi]
    rank = len(axes)
    shaped = [_manipulation.reshape(x, (1,) * k + (x._shape[0],) + (1,) * (rank - k - 1)) for k, x in enumerate(axes)]
    if indexing == "xy" and rank > 1:
        shaped[0] = _manipulation.reshape(shaped[0], (1, -1) + (1,) * (rank - 2))
        shaped[1] = _manipulation.reshape(shaped[1], (-1, 1) + (1,) * (rank - 2))
    if not sparse:
        shaped = _manipulation.broadcast_arrays(*shaped)
    return tuple(_elementwise_copy(x) for x in shaped) if copy else tuple(shaped)


def indices(dimensions, dtype=int, sparse=False):
    """For each axis the index along it of every element. As numpy.indices."""
    shape = check_shape(tuple(dimensions))
    number = number_of(dtype)
    for extent in shape:
        _few_booleans(number, extent)
    rank = len(shape)
    parts = [
        _manipulation.reshape(_numbers(extent, number), (1,) * k + (extent,) + (1,) * (rank - k - 1))
        for k, extent in enumerate(shape)
    ]
    if sparse:
        return tuple(parts)
    if not parts:
        return empty((0,), NAMES[number])
    return _manipulation.stack([_manipulation.broadcast_to(part, shape) for part in parts])


class _Grid:
    """``mgrid[a:b:step, ...]`` and ``ogrid[...]``: index arrays of a grid from slices; a step such as 5j is a number of points."""

    def __init__(self, sparse: bool):
        self._sparse = sparse

    def __getitem__(self, key):
        single = isinstance(key, slice)
        axes = []
        for one in (key,) if single else key:
            start, step = 0 if one.start is None else one.start, 1 if one.step is None else one.step
            if isinstance(step, complex):
                axes.append(linspace(start, one.stop, int(abs(step))))
            else:
                axes.append(arange(start, one.stop, step))
        if single:
            return axes[0]
        grid = meshgrid(*axes, sparse=self._sparse, indexing="ij", copy=False)
        return grid if self._sparse else _manipulation.stack(grid)


mgrid, ogrid = _Grid(sparse=False), _Grid(sparse=True)
