"""Between the brackets: slices give views, integer arrays and masks gather elements, assignment writes.

Gathering and scattering are operations of the graph: the number of an element of memory is offset + stride * index summed over the
axes, and these numbers are an expression as any other. A mask becomes such numbers by a scan; how many elements it chooses
decides a shape, so that one count is read. Integer arrays that come from the host are checked there; those on a device
are checked when they are computed, and raise at the next wait.
"""

from __future__ import annotations

import math
import operator
from array import array as host_array

from . import _creation, _kernels, _manipulation, _reductions, _transfer
from ._dtypes import BOOL, BOUNDS, DTYPES, INT32, KINDS, NAMES, SIZES, WIDE, castable
from ._elementwise import (
    OPS,
    UFuncTypeError,
    apply,
    array_of,
    as_input,
    assign,
    astype,
    convert,
    copy,
    device_of,
    moved,
    offset_of,
    strides_of,
    whole,
    writable,
)
from ._graph import CAST, GATHER, SCATTER, Node, Scalar, check_bounds, remember, snapshot
from ._ndarray import ndarray, scalar
from ._views import axis_of, broadcast_shapes, row_major, text

_new = object.__new__


def get(x: ndarray, key):
    """``x[key]``."""
    kind = type(key)
    if kind is slice or kind is int or key is Ellipsis or key is None:
        basic = _basic(x, (key,))
    elif _single_boolean(key):  # all or nothing, in a new first axis
        return copy(get(get(x, None), slice(0, int(bool(key)))))
    else:
        if isinstance(key, ndarray) and key._dtype == BOOL and key._shape == x._shape:
            return chosen(_manipulation.ravel(x), _manipulation.ravel(key))
        parts = _parts(key)
        if any(isinstance(part, _Advanced) for part in parts):
            return _gather(x, parts)
        basic = _basic(x, parts)
    shape, strides, offset, single = basic
    if single and type(x) is not scalar or shape == () and type(x) is scalar:
        return _element(x, offset)
    return _manipulation.view_of(x, shape, strides, offset)


def _single_boolean(key) -> bool:
    return type(key) is bool or getattr(key, "shape", None) == () and getattr(key, "dtype", None) == DTYPES[BOOL]


def _element(x: ndarray, offset: int) -> scalar:
    # One element is a value of its own, as NumPy's scalars are: later writes to x do not change it.
    made = _new(scalar)
    made._storage = snapshot(x._storage)
    made._shape = ()
    made._dtype = x._dtype
    made._view = None if x._storage.node.shape == () else ((), offset, False)
    return made


def rows(x: ndarray):
    """Iteration along the first axis. The values of a 1-dimensional array are read together, once."""
    if len(x._shape) == 1:
        device = device_of(x)
        for value in _transfer.flat(x):
            yield _creation.constant(value, x._dtype, device)
        return
    for k in range(x._shape[0]):
        yield get(x, k)


def _basic(x: ndarray, key: tuple):
    """The view that integers, slices, None and an ellipsis choose: shape, strides, offset, and whether integers chose one
    element."""
    old_shape, old_strides, offset = x._shape, strides_of(x), offset_of(x)
    rank = len(old_shape)
    taken = 0
    ellipsis = False
    single = True
    for one in key:
        if one is Ellipsis:
            if ellipsis:
                raise IndexError("an index can only have a single ellipsis ('...')")
            ellipsis = True
            single = False
        elif one is not None:
            taken += 1
    if taken > rank:
        raise IndexError(f"too many indices for array: array is {rank}-dimensional, but {taken} were indexed")
    shape, strides = [], []
    axis = 0
    for one in key:
        if type(one) is slice:
            extent, step = old_shape[axis], old_strides[axis]
            start, stop, by = one.indices(extent)
            count = len(range(start, stop, by))
            shape.append(count)
            strides.append(step * by if count > 1 else step)
            if count:
                offset += start * step
            axis += 1
        elif one is None:
            shape.append(1)
            strides.append(0)
        elif one is Ellipsis:
            skip = rank - taken
            shape.extend(old_shape[axis : axis + skip])
            strides.extend(old_strides[axis : axis + skip])
            axis += skip
        else:
            extent = old_shape[axis]
            if not -extent <= one < extent:
                raise IndexError(f"index {one} is out of bounds for axis {axis} with size {extent}")
            offset += (one + extent if one < 0 else one) * old_strides[axis]
            axis += 1
    shape.extend(old_shape[axis:])
    strides.extend(old_strides[axis:])
    shape = tuple(shape)
    if 0 in shape:
        offset = 0
    return shape, tuple(strides), offset, single and not shape


class _Advanced:
    """An array of indices: lists from the host (checked when the axis is known), or an array on a device."""

    __slots__ = ("shape", "values", "array")

    def __init__(self, shape, values=None, array=None):
        self.shape, self.values, self.array = shape, values, array


_WRONG = "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices"


def _parts(key) -> tuple:
    """What stands between the brackets: Python integers, slices, None, ellipses, ``_Advanced``."""
    parts = []
    for one in key if type(key) is tuple else (key,):
        kind = type(one)
        if kind is int or kind is slice or one is None or one is Ellipsis:
            if kind is slice:
                one = slice(*[None if v is None else operator.index(v) for v in (one.start, one.stop, one.step)])
            parts.append(one)
        elif kind is _Own:
            part = _MaskPart(one.array._shape, array=one.array)
            part.extent = one.extent
            parts.append(part)
        elif isinstance(one, bool) or (isinstance(one, ndarray) and one._dtype == BOOL):
            parts.extend(_mask(_creation.asarray(one)))
        elif isinstance(one, ndarray):
            if KINDS[one._dtype] not in "iu":
                raise IndexError("arrays used as indices must be of integer (or boolean) type")
            parts.append(one.item() if type(one) is scalar else _Advanced(one._shape, array=one))
        elif (
            isinstance(one, list | tuple | range)
            or hasattr(one, "__array_interface__")
            and getattr(one, "shape", ()) != ()
        ):
            parts.extend(_from_host(one))
        elif isinstance(one, float | str):
            raise IndexError(_WRONG)
        elif type(one).__name__ in ("bool", "bool_"):  # NumPy's scalar
            parts.extend(_mask(_creation.asarray(bool(one))))
        else:
            try:
                parts.append(operator.index(one))
            except TypeError:
                raise IndexError(_WRONG) from None
    return tuple(parts)


def _from_host(one) -> list:
    if isinstance(one, range):
        one = list(one)
    if isinstance(one, list | tuple) and not one:
        return [_Advanced((0,), values=[])]
    if hasattr(one, "__array_interface__"):
        if one.dtype.kind == "b":
            return _mask_values(one.ravel().tolist(), one.shape)
        if one.dtype.kind not in "iu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
        return [_Advanced(tuple(one.shape), values=one.ravel().tolist())]
    if all(type(v) is int for v in one):
        return [_Advanced((len(one),), values=list(one))]
    if all(type(v) is bool for v in one):
        return _mask_values(list(one), (len(one),))
    made = _creation.asarray(one)
    if made._dtype == BOOL:
        return _mask(made)
    if KINDS[made._dtype] not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return [_Advanced(made._shape, array=made)]


def _mask(mask: ndarray) -> list:
    """One index array for each axis of a mask."""
    if not mask._shape:
        raise IndexError("a single boolean is no index beside others; x[mask] with an array is")
    numbers = numbers_where(mask)
    parts = []
    for extent, step in zip(mask._shape, row_major(mask._shape)):
        at = numbers if step == 1 else apply(OPS["floor_divide"], numbers, step)
        part = _MaskPart(numbers._shape, array=at if extent == mask.size // step else at % max(extent, 1))
        part.extent = extent
        parts.append(part)
    return parts


def numbers_where(mask: ndarray) -> ndarray:
    """The numbers, in row-major order, of the elements for which a mask is true: int32. Reads how many there are."""
    return chosen(_kernels.numbers_of(_manipulation.ravel(mask)), _manipulation.ravel(mask))


def chosen(x: ndarray, mask: ndarray) -> ndarray:
    """The elements of a 1-dimensional array where a mask is true. Reads how many there are; a scan and a scatter."""
    device = device_of(x)
    if device_of(mask) != device:
        mask = moved(mask, device)
    if mask._shape[0] == 0:
        return _creation.empty((0,), NAMES[x._dtype], device=x.device)
    ranks = _kernels.scan(astype(mask, INT32), "sum")
    count = _transfer.flat(ranks[-1:])[0]
    made = _creation.empty((count,), NAMES[x._dtype], device=x.device)
    if count == 0:
        return made
    return _kernels.scatter(made, apply(OPS["where"], mask, ranks - 1, -1), x)


class _MaskPart(_Advanced):
    """One axis of a mask; the mask's extent must be the axis's."""

    __slots__ = ("extent",)


def _mask_values(values: list, shape: tuple) -> list:
    found = [k for k, value in enumerate(values) if value]
    if not shape:
        raise IndexError("a single boolean is no index beside others; x[mask] with an array is")
    parts = []
    for extent, step in zip(shape, row_major(shape)):
        part = _MaskPart((len(found),), values=[k // step % extent for k in found])
        part.extent = extent
        parts.append(part)
    return parts


def _check(values: list, axis: int, extent: int) -> list:
    """Indices counted from the front; IndexError with NumPy's words."""
    for v in values:
        if not -extent <= v < extent:
            raise IndexError(f"index {v} is out of bounds for axis {axis} with size {extent}")
    return [v + extent if v < 0 else v for v in values]


def _upload_indices(values: list, shape: tuple, device: int) -> ndarray:
    return _transfer.from_bytes(host_array("i", values), shape, INT32, device)


def _device_indices(x: ndarray, axis: int, extent: int, device: int, known: bool) -> ndarray:
    """Indices on a device, counted from the front; what is out of bounds raises at the next wait. ``known``: nothing is."""
    if math.prod(x._shape) == 0:
        return _upload_indices([], x._shape, device)
    if x._dtype != INT32:
        if SIZES[x._dtype] >= 4:  # what int32 cannot hold is out of bounds all the same
            x = apply(OPS["minimum"], x, 2**31 - 1)
            x = apply(OPS["maximum"], x, -(2**31)) if KINDS[x._dtype] == "i" else x
        x = astype(x, INT32)
    if device_of(x) != device:
        x = moved(x, device)
    if known:
        return x
    check_bounds(
        as_input(x), -extent, extent - 1, IndexError(f"an index is out of bounds for axis {axis} with size {extent}")
    )
    return apply(OPS["where"], apply(OPS["less"], x, 0), apply(OPS["add"], x, extent), x)


def _resolve(x: ndarray, parts: tuple, device: int):
    """The terms of the elements' numbers: the basic axes (extent, stride), the index arrays (shape, indices, stride), their common
    shape, where its axes go among the basic ones, and the offset."""
    rank = len(x._shape)
    taken = sum(1 for part in parts if part is not None and part is not Ellipsis)
    if taken > rank:
        raise IndexError(f"too many indices for array: array is {rank}-dimensional, but {taken} were indexed")
    if sum(1 for part in parts if part is Ellipsis) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if Ellipsis not in [part if part is Ellipsis else 0 for part in parts]:
        parts = (*parts, Ellipsis)
    strides, offset = strides_of(x), offset_of(x)

    # Integers beside index arrays are index arrays themselves, for where the result's axes go.
    dims = []  # the result's basic axes: (extent, stride)
    groups = []  # where index arrays stand among them
    arrays = []  # (shape, indices, stride)
    axis = 0
    for part in parts:
        if part is Ellipsis:
            skip = rank - taken
            dims.extend(zip(x._shape[axis : axis + skip], strides[axis : axis + skip]))
            axis += skip
        elif part is None:
            dims.append((1, 0))
        elif type(part) is slice:
            start, stop, by = part.indices(x._shape[axis])
            count = len(range(start, stop, by))
            dims.append((count, strides[axis] * by))
            if count:
                offset += start * strides[axis]
            axis += 1
        else:
            extent = x._shape[axis]
            groups.append(len(dims))
            if isinstance(part, _Advanced):
                if isinstance(part, _MaskPart) and part.extent != extent:
                    raise IndexError(
                        f"boolean index did not match indexed array along axis {axis}; size of axis is {extent} but size of "
                        f"corresponding boolean axis is {part.extent}"
                    )
                if part.array is None:
                    arrays.append((part.shape, _check(part.values, axis, extent), strides[axis]))
                else:
                    known = isinstance(part, _MaskPart)
                    arrays.append((part.shape, _device_indices(part.array, axis, extent, device, known), strides[axis]))
            else:
                arrays.append(((), _check([part], axis, extent), strides[axis]))
            axis += 1
    try:
        common = broadcast_shapes(*[shape for shape, _, _ in arrays])
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing arrays could not be broadcast together with shapes "
            + "".join(text(shape) + " " for shape, _, _ in arrays)
        ) from None
    together = _adjacent(parts)
    at = groups[0] if together else 0
    return dims, arrays, common, at, offset


def _adjacent(parts: tuple) -> bool:
    # Index arrays (and integers) that stand side by side keep their place; others come first.
    places = [k for k, part in enumerate(parts) if isinstance(part, _Advanced | int)]
    return places == list(range(places[0], places[0] + len(places)))


def _gather(x: ndarray, parts: tuple):
    shape, numbers = _numbers(x, parts)
    if math.prod(shape) == 0 or math.prod(x._shape) == 0:
        return _creation.empty(shape, NAMES[x._dtype], device=x.device)
    made = array_of(Node(GATHER, 0, (x._storage.node, as_input(numbers)), shape, x._dtype, device_of(x)))
    return _element(made, 0) if shape == () else made


def _numbers(x: ndarray, parts: tuple):
    """The shape that an index with arrays gives, and the numbers of the elements in the memory of ``x``, int32."""
    device = device_of(x)
    dims, arrays, common, at, offset = _resolve(x, parts, device)
    shape = tuple([extent for extent, _ in dims[:at]]) + common + tuple([extent for extent, _ in dims[at:]])
    if math.prod(shape) == 0:
        return shape, _creation.empty(shape, NAMES[INT32], device=x.device)
    numbers = None
    rank = len(shape)

    def add(term):
        nonlocal numbers
        numbers = term if numbers is None else apply(OPS["add"], numbers, term)

    for k, (extent, stride) in enumerate(dims):
        if extent == 1 or stride == 0:
            continue
        place = k if k < at else k + len(common)
        term = _creation.iota((extent,))
        if device != device_of(term):
            term = moved(term, device)
        term = _manipulation.reshape(term, (extent,) + (1,) * (rank - place - 1))
        add(term if stride == 1 else apply(OPS["multiply"], term, stride))
    after = len(dims) - at
    for own, indices, stride in arrays:
        if isinstance(indices, list):
            if own == ():
                offset += indices[0] * stride
                continue
            if stride == 0:
                continue
            indices = _upload_indices([v * stride for v in indices], own, device)
        elif stride != 1:
            indices = apply(OPS["multiply"], indices, stride)
        add(_manipulation.reshape(indices, own + (1,) * after))
    if numbers is None:
        numbers = _creation.zeros(shape, NAMES[INT32], device=x.device)
    if offset:
        numbers = apply(OPS["add"], numbers, offset)
    if numbers._shape != shape:
        numbers = _manipulation.broadcast_to(numbers, shape)
    return shape, numbers


# --- writing


def write(x: ndarray, key, value) -> None:
    """``x[key] = value``."""
    kind = type(key)
    if key is Ellipsis:
        assign(x, value)
        return
    if kind is slice or kind is int or key is None:
        parts = (key,)
    else:
        if isinstance(key, ndarray) and key._dtype == BOOL and _put_mask(x, key, value):
            return
        if _single_boolean(key):
            assign(get(get(x, None), slice(0, int(bool(key)))), value)
            return
        parts = _parts(key)
    if any(isinstance(part, _Advanced) for part in parts):
        _scatter(x, parts, value)
        return
    shape, strides, offset, _ = _basic(x, parts)
    assign(_manipulation.view_of(x, shape, strides, offset), value)


def _put_mask(x: ndarray, mask: ndarray, value) -> bool:
    """Values written where a mask says: an expression, without asking the host. A scalar, or what broadcasts like one; or as many
    values as the mask is true for, which is checked when it is computed."""
    if mask._shape != x._shape[: mask.ndim]:
        if mask.ndim > x.ndim:
            raise IndexError(f"too many indices for array: array is {x.ndim}-dimensional, but {mask.ndim} were indexed")
        for axis, (own, extent) in enumerate(zip(mask._shape, x._shape)):
            if own != extent:
                raise IndexError(
                    f"boolean index did not match indexed array along axis {axis}; size of axis is {extent} but size of "
                    f"corresponding boolean axis is {own}"
                )
    writable(x)
    device = device_of(x)
    value = convert(value, WIDE[x._dtype])
    rest = x.ndim - mask.ndim
    if device_of(mask) != device:
        mask = moved(mask, device)
    ranks = None
    if isinstance(value, ndarray):
        while value.ndim > rest + 1 and value._shape[0] == 1:
            value = _manipulation.reshape(value, value._shape[1:])
        if value.ndim > rest + 1:
            return False  # raises there
        if value.ndim == rest + 1:
            count = value._shape[0]
            if count == 1:
                value = _manipulation.reshape(value, value._shape[1:])
            else:
                flat = _manipulation.ravel(mask)
                ranks = _kernels.scan(astype(flat, INT32), "sum") if flat._shape[0] else flat
                total = ranks[-1:] if flat._shape[0] else None
                error = ValueError(
                    f"NumPy boolean array indexing assignment cannot assign {count} input values to another number of output "
                    f"values where the mask is true"
                    if rest == 0
                    else f"shape mismatch: value array of shape {text(value._shape)} could not be broadcast to indexing result"
                )
                if total is not None:
                    check_bounds(as_input(total), count, count, error)
                elif count:
                    raise error
                if count == 0 or mask.size == 0:
                    return True
    if ranks is None:
        shape = x._shape if isinstance(value, ndarray) and value.ndim else ()
        full = _creation.empty(shape, NAMES[x._dtype], device=x.device)
        assign(full, value)
        value = full
    else:
        value = value if value._dtype == x._dtype else astype(value, x._dtype)
        if device_of(value) != device:
            value = moved(value, device)
        value = _manipulation.broadcast_to(value, (value._shape[0], *x._shape[mask.ndim :]))
        width = math.prod(x._shape[mask.ndim :])
        last = value._shape[0] - 1
        rows = apply(OPS["minimum"], apply(OPS["maximum"], ranks - 1, 0), last)
        rows = _manipulation.reshape(rows, mask._shape + (1,) * rest)
        if rest:
            inner = _manipulation.reshape(_kernels.numbers_of(value[0]), (1,) * mask.ndim + x._shape[mask.ndim :])
            rows = rows * width + inner
        value = _kernels.gather(value, rows)
    mask = _manipulation.reshape(mask, mask._shape + (1,) * rest)
    assign(x, apply(OPS["where"], mask, value, x))
    return True


def _scatter(x: ndarray, parts: tuple, value, how: int = _kernels.ASSIGN) -> None:
    """Writes or joins through index arrays: of several values for an element the last one stays, or all are joined."""
    writable(x)
    shape, numbers = _numbers(x, parts)
    value = _for_writing(x, value)
    if how == _kernels.ASSIGN:
        while value.ndim > len(shape) and (
            value._shape[0] == 1 or 0 in value._shape[1:]
        ):  # of no elements too, as NumPy
            value = _manipulation.reshape(value, value._shape[1:])
    _check_broadcast(value, shape)
    if math.prod(shape) == 0:
        return
    if value._dtype != x._dtype:
        value = astype(value, x._dtype)
    if device_of(value) != device_of(x):
        value = moved(value, device_of(x))
    if value._shape != shape:
        value = _manipulation.broadcast_to(value, shape)
    if how != _kernels.ASSIGN and x._dtype == BOOL:  # or, and: as the extremes of integers
        how = _kernels.MAXIMUM if how in (_kernels.ADD, _kernels.MAXIMUM) else _kernels.MINIMUM
        ints = array_of(Node(CAST, 0, (x._storage.node,), x._storage.node.shape, INT32, device_of(x)))
        made = _kernels.scatter(ints, numbers, astype(value, INT32), how)
        x._storage.node = Node(CAST, 0, (made._storage.node,), made._shape, BOOL, device_of(x))
    else:
        old = x._storage.node
        x._storage.node = Node(
            SCATTER, how, (old, as_input(numbers), as_input(value)), old.shape, old.dtype, old.device
        )
    remember(x._storage)


def _for_writing(x: ndarray, value) -> ndarray:
    """What is written to ``x`` as an array: Python's scalars as elements of its dtype, or what raises."""
    value = convert(value, WIDE[x._dtype])
    if isinstance(value, ndarray):
        return value
    one = _creation.empty((), NAMES[x._dtype], device=x.device)
    assign(one, value)
    return one


def _check_broadcast(value: ndarray, shape: tuple) -> None:
    try:
        fits = broadcast_shapes(value._shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"shape mismatch: value array of shape {text(value._shape)} could not be broadcast to indexing result of shape {text(shape)}"
        )


# --- functions


def take(a, indices, axis=None, out=None, mode="raise"):
    """Elements at indices along an axis (None: of the flattened array). As numpy.take; modes "raise", "wrap", "clip"."""
    a = _creation.asarray(a)
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")
    if axis is None:
        a, axis = _manipulation.ravel(a), 0
    axis = axis_of(axis, a.ndim)
    if isinstance(indices, ndarray) or hasattr(indices, "dtype"):
        indices = _creation.asarray(indices)
        if KINDS[indices._dtype] not in "iu":
            raise TypeError(
                f"Cannot cast array data from dtype('{NAMES[indices._dtype]}') to dtype('int32') according to the rule 'safe'"
            )
    extent = a._shape[axis]
    if mode != "raise":
        indices = _creation.asarray(indices)
        if extent == 0:
            raise IndexError("cannot do a non-empty take from an empty axes.")
        if mode == "wrap":
            indices = apply(OPS["remainder"], indices, extent)
        else:
            indices = apply(OPS["minimum"], apply(OPS["maximum"], indices, 0), extent - 1)
    if isinstance(indices, list | tuple) and not indices:
        indices = _creation.empty((0,), NAMES[INT32])
    if isinstance(indices, scalar):
        indices = indices.item()
    made = a[(slice(None),) * axis + (indices if not isinstance(indices, tuple) else list(indices),)]
    if out is not None:
        assign(out, made)
        return out
    return made


def take_along_axis(arr, indices, axis=-1):
    """Elements at indices that differ along the other axes. As numpy.take_along_axis."""
    arr, indices = _creation.asarray(arr), _creation.asarray(indices)
    if axis is None:
        arr, axis = _manipulation.ravel(arr), 0
    if arr.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    return arr[_along_axis(arr, indices, axis_of(axis, arr.ndim))]


def _along_axis(arr: ndarray, indices: ndarray, axis: int) -> tuple:
    if KINDS[indices._dtype] not in "iu":
        raise IndexError("`indices` must be an integer array")
    key = []
    for k, extent in enumerate(arr._shape):
        if k == axis:
            key.append(indices)
        else:
            key.append(
                _Own(
                    _manipulation.reshape(_creation.arange(extent), (1,) * k + (extent,) + (1,) * (arr.ndim - k - 1)),
                    extent,
                )
            )
    return tuple(key)


class _Own:
    """An index array that is known to be right."""

    __slots__ = ("array", "extent")

    def __init__(self, array, extent):
        self.array, self.extent = array, extent


def put_along_axis(arr: ndarray, indices, values, axis) -> None:
    """Writes at indices that differ along the other axes. As numpy.put_along_axis."""
    if axis is None:
        arr = _flat_view(arr)
        axis = 0
    indices = _creation.asarray(indices)
    if arr.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    arr[_along_axis(arr, indices, axis_of(axis, arr.ndim))] = values


def _flat_view(arr: ndarray) -> ndarray:
    seen = _manipulation.view_as(arr, (-1,))
    if seen is None:
        raise ValueError("put_along_axis with axis=None needs elements that lie side by side")
    return seen


def _turns(values: ndarray, numbers: ndarray) -> ndarray:
    """Values in turn: that of number n modulo their count."""
    return _kernels.gather(values, apply(OPS["remainder"], numbers, values._shape[0]))


def put(a: ndarray, ind, v, mode="raise") -> None:
    """Writes values, in turn, at flat indices. As numpy.put; modes "raise", "wrap", "clip"."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")
    if not isinstance(a, ndarray):
        raise TypeError(f"argument 1 must be an array, not {type(a).__name__}")
    writable(a)
    on_host = not isinstance(ind, ndarray)
    ind, v = _manipulation.ravel(_creation.asarray(ind)), _manipulation.ravel(_creation.asarray(v))
    if ind._shape[0] == 0 or v._shape[0] == 0:
        return
    if KINDS[ind._dtype] not in "iub":
        raise TypeError(f"Cannot cast array data from {ind.dtype!r} to dtype('int64') according to the rule 'safe'")
    size = a.size
    if size == 0:
        raise IndexError("cannot replace elements of an empty array")
    if mode == "wrap":
        ind = apply(OPS["remainder"], _kernels.narrow(ind), size)
    elif mode == "clip":
        ind = apply(OPS["minimum"], apply(OPS["maximum"], _kernels.narrow(ind), 0), size - 1)
    elif on_host:
        ind = _upload_indices(_check(_transfer.flat(ind), 0, size), ind._shape, device_of(a))
    else:
        ind = _device_indices(ind, 0, size, device_of(a), False)
    v = v if v._dtype == a._dtype else astype(v, a._dtype)
    if v._shape[0] != 1:
        v = _turns(v, _kernels.numbers_of(ind))
    seen = whole(a)
    made = _kernels.scatter(seen, ind, v)
    assign(a, made)


def nonzero(a):
    """For each axis the indices of what is not zero, int32; waits for the array. As numpy.nonzero."""
    a = _creation.asarray(a)
    if a.ndim == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    mask = a if a._dtype == BOOL else apply(OPS["not_equal"], a, 0)
    return tuple([part.array for part in _mask(mask)])


def flatnonzero(a):
    """Indices into the flattened array of what is not zero. As numpy.flatnonzero."""
    return nonzero(_manipulation.ravel(_creation.asarray(a)))[0]


def argwhere(a):
    """The indices of what is not zero, one row each. As numpy.argwhere."""
    a = _creation.asarray(a)
    if a.ndim == 0:
        return _creation.empty((int(bool(a)), 0), NAMES[INT32])
    return _manipulation.stack(nonzero(a), axis=1)


def compress(condition, a, axis=None, out=None):
    """Elements along an axis where a 1-dimensional condition is true. As numpy.compress."""
    condition = _creation.asarray(condition)
    if condition.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, flatnonzero(condition), axis, out)


def extract(condition, arr):
    """Elements where a condition is true. As numpy.extract."""
    return take(_manipulation.ravel(_creation.asarray(arr)), flatnonzero(condition))


def putmask(a, mask, values) -> None:
    """Writes, where a mask is true, the value whose number is the element's, values being repeated. As numpy.putmask."""
    if not isinstance(a, ndarray):
        raise TypeError(f"argument 1 must be an array, not {type(a).__name__}")
    mask, values = _creation.asarray(mask), _creation.asarray(values)
    if mask.size != a.size:
        raise ValueError("putmask: mask and data must be the same size")
    if values.size == 0:
        return
    if values.size != 1 and values._shape != a._shape:
        values = _turns(_manipulation.ravel(values), _kernels.numbers_of(a))
    elif values.size == 1:
        values = _manipulation.reshape(values, ())
    mask = _manipulation.reshape(mask if mask._dtype == BOOL else mask != 0, a._shape)
    _manipulation.copyto(a, values, casting="same_kind", where=mask)


def place(arr, mask, vals) -> None:
    """Writes values in turn where a mask is true. As numpy.place."""
    if not isinstance(arr, ndarray):
        raise TypeError(f"argument 1 must be numpy.ndarray, not {type(arr).__name__}")
    mask, vals = _creation.asarray(mask), _manipulation.ravel(_creation.asarray(vals))
    if mask.size != arr.size:
        raise ValueError("place: mask and data must be the same size")
    mask = _manipulation.ravel(mask if mask._dtype == BOOL else mask != 0)
    if mask._shape[0] == 0:
        return
    if vals._shape[0] == 0:
        if bool(_reductions.any(mask)):
            raise ValueError("Cannot insert from an empty array!")
        return
    ranks = _kernels.scan(astype(mask, INT32), "sum") - 1
    values = _turns(vals if vals._dtype == arr._dtype else astype(vals, arr._dtype), apply(OPS["maximum"], ranks, 0))
    shape = arr._shape
    assign(arr, apply(OPS["where"], _manipulation.reshape(mask, shape), _manipulation.reshape(values, shape), arr))


def choose(a, choices, out=None, mode="raise"):
    """For each element of ``a`` the element of the choice of that number. As numpy.choose; modes "raise" (at the next wait),
    "wrap", "clip"."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")
    a = _creation.asarray(a)
    if KINDS[a._dtype] not in "iub":
        raise TypeError(f"Cannot cast array data from {a.dtype!r} to dtype('int64') according to the rule 'safe'")
    choices = [choices[k] for k in range(len(choices))]
    if not choices:
        raise ValueError("need at least one array to choose from")
    count = len(choices)
    at = _kernels.narrow(a)
    if mode == "wrap":
        at = apply(OPS["remainder"], at, count)
    elif mode == "clip":
        at = apply(OPS["minimum"], apply(OPS["maximum"], at, 0), count - 1)
    elif a.size:
        check_bounds(as_input(at), 0, count - 1, ValueError("invalid entry in choice array"))
    arrays = [_creation.asarray(one) for one in choices]
    from ._dtypes import meet

    number = meet([one._dtype for one in arrays], 0)
    shape = broadcast_shapes(at._shape, *[one._shape for one in arrays])
    arrays = [_manipulation.broadcast_to(one if one._dtype == number else astype(one, number), shape) for one in arrays]
    if count > 16:
        stacked = _manipulation.stack(arrays)
        made = _kernels.gather(stacked, at * math.prod(shape) + _kernels.numbers_of(arrays[0]))
    else:
        made = arrays[-1]
        for k in range(count - 2, -1, -1):
            made = apply(OPS["where"], at == k, arrays[k], made)
        made = copy(made) if count == 1 else made
    if out is not None:
        assign(out, made)
        return out
    return made


def ix_(*args):
    """Index arrays that together choose a grid. As numpy.ix_."""
    made = []
    for k, one in enumerate(args):
        one = _creation.asarray(one)
        if one.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if one._dtype == BOOL:
            one = flatnonzero(one)
        made.append(_manipulation.reshape(one, (1,) * k + (-1,) + (1,) * (len(args) - k - 1)))
    return tuple(made)


def _order_of(order) -> str:
    if order in ("C", "c", None):
        return "C"
    if order in ("F", "f"):
        return "F"
    raise ValueError(f"order must be one of 'C' or 'F' (got {order!r})")


def unravel_index(indices, shape, order="C"):
    """Indices of each axis from flat ones. As numpy.unravel_index; arrays on a device are checked at the next wait."""
    order = _order_of(order)
    shape = (shape,) if not hasattr(shape, "__len__") else tuple(shape)
    flat = _creation.asarray(indices)
    if KINDS[flat._dtype] not in "iu":
        raise TypeError("only int indices permitted")
    count = math.prod(shape)
    error = f"is out of bounds for array with size {count}"
    if not isinstance(indices, ndarray):
        for value in _transfer.flat(flat):
            if not 0 <= value < count:
                raise ValueError(f"index {value} {error}")
    elif flat.size:
        check_bounds(as_input(_kernels.narrow(flat)), 0, count - 1, ValueError(f"an index {error}"))
    made = []
    steps = row_major(shape) if order == "C" else row_major(shape[::-1])[::-1]
    for extent, step in zip(shape, steps):
        made.append(apply(OPS["remainder"], apply(OPS["floor_divide"], flat, step), max(extent, 1)))
    return tuple(made)


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    """Flat indices from those of each axis. As numpy.ravel_multi_index; modes "raise" (arrays on a device: at the next wait),
    "wrap", "clip", one for all axes or one each."""
    dims = tuple([operator.index(one) for one in (dims if hasattr(dims, "__len__") else (dims,))])
    order = _order_of(order)
    multi_index = list(multi_index)
    if len(multi_index) != len(dims):
        raise ValueError(f"parameter multi_index must be a sequence of length {len(dims)}")
    modes = [mode] * len(dims) if isinstance(mode, str) else list(mode)
    for one in modes:
        if one not in ("raise", "wrap", "clip"):
            raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{one}')")
    if math.prod(dims) >= 2**31:
        raise ValueError("invalid dims: array size defined by dims is larger than the maximum possible size.")
    made = None
    steps = row_major(dims) if order == "C" else row_major(dims[::-1])[::-1]
    for one, extent, step, how in zip(multi_index, dims, steps, modes):
        at = _creation.asarray(one)
        if KINDS[at._dtype] not in "iub":
            raise TypeError("only int indices permitted")
        at = at if KINDS[at._dtype] == "i" and SIZES[at._dtype] == 8 else _kernels.narrow(at)
        if how == "wrap":
            at = apply(OPS["remainder"], at, extent)
        elif how == "clip":
            at = apply(OPS["minimum"], apply(OPS["maximum"], at, 0), extent - 1)
        elif not isinstance(one, ndarray):
            if any(not 0 <= value < extent for value in _transfer.flat(at)):
                raise ValueError("invalid entry in coordinates array")
        elif at.size:
            check_bounds(as_input(at), 0, extent - 1, ValueError("invalid entry in coordinates array"))
        term = at * step
        made = term if made is None else made + term
    return made


def join(name: str, a: ndarray, indices, value) -> None:
    """``a[indices] = function(a[indices], value)`` for a ufunc that scatters can do, where an index that occurs several times counts
    several times. The value is converted to the dtype of ``a``."""
    if not isinstance(a, ndarray) or type(a) is scalar:
        raise TypeError(f"argument 1 must be an array, not {type(a).__name__}")
    if KINDS[a._dtype] == "c" and name in ("maximum", "minimum"):
        raise TypeError(f"complex numbers have no order: their {name} is not joined")
    writable(a)
    if _single_boolean(indices):
        a, indices = get(get(a, None), slice(0, int(bool(indices)))), ()
    parts = _parts(indices)
    if any(isinstance(part, _Advanced) for part in parts):
        _scatter(a, parts, value, _SCATTERS[name])
        return
    shape, strides, offset, _ = _basic(a, parts)
    value = _for_writing(a, value)
    _check_broadcast(value, shape)
    target = _manipulation.view_of(a, shape, strides, offset)
    if math.prod(shape):
        value = value if value._dtype == a._dtype else astype(value, a._dtype)
        assign(target, apply(OPS[name], target, value))


def scatter_add(a, indices, value):
    """Adds values to the chosen elements of ``a`` in place, each of several for one element: ``scatter_add(x, i, v)``,
    ``scatter_add(x, (i, j), v)``, whatever stands between brackets. Values are converted to the dtype of ``a`` and broadcast. As
    nf::scatter_add and cupyx.scatter_add; cf. numpy.add.at. One scatter, the same in every run: integers are exact, floats are joined
    in the order of the indices. An index out of bounds raises IndexError."""
    join("add", a, indices, value)


def scatter_multiply(a, indices, value):
    """Multiplies the chosen elements of ``a`` by values, in place; everything else as ``scatter_add``. Cf. numpy.multiply.at."""
    join("multiply", a, indices, value)


def scatter_min(a, indices, value):
    """Makes the chosen elements of ``a`` no larger than values, in place, NaN winning; everything else as ``scatter_add``. TypeError
    for complex arrays. Cf. numpy.minimum.at."""
    join("minimum", a, indices, value)


def scatter_max(a, indices, value):
    """Makes the chosen elements of ``a`` no smaller than values, in place, NaN winning; everything else as ``scatter_add``. TypeError
    for complex arrays. Cf. numpy.maximum.at."""
    join("maximum", a, indices, value)


def add_at(function, a: ndarray, indices, b) -> None:
    """What ``ufunc.at`` does: one scatter for sums, products and extremes; for other operations the host takes the chosen elements
    one after the other."""
    if not isinstance(a, ndarray) or type(a) is scalar:
        raise TypeError("first operand must be array")
    writable(a)
    name = function.__name__
    if function.nin == 1:
        chosen_numbers = _creation.iota(a._shape)[indices]  # the numbers of the elements, by choosing among all numbers
        made = function(a)
        taken = _kernels.gather(made if made._dtype == a._dtype else astype(made, a._dtype), chosen_numbers)
        assign(a, _kernels.scatter(whole(a), chosen_numbers, taken))
        return
    if b is None:
        raise ValueError("second operand needed for ufunc")
    wide = WIDE[a._dtype]
    b = convert(b, wide)
    if type(b) is Scalar:
        b = _creation.constant(b.value, b.dtype, 0 if WIDE[b.dtype] else device_of(a))
    elif not isinstance(b, ndarray):  # a Python scalar
        b = _manipulation.reshape(_creation.beside([b], wide), ())
    if name in _SCATTERS:
        if not _fits(b, a):
            raise UFuncTypeError(
                f"Cannot cast ufunc '{name}' output from {b.dtype!r} to {a.dtype!r} with casting rule 'same_kind'"
            )
        if name == "subtract":
            b = apply(
                OPS["subtract"], False if a._dtype == BOOL else 0, b if b._dtype == a._dtype else astype(b, a._dtype)
            )
            name = "add"
        join(name, a, indices, b)
        return
    chosen_numbers = _creation.iota(a._shape)[indices]
    numbers = _transfer.flat(chosen_numbers)
    operands = _transfer.flat(_manipulation.broadcast_to(b, chosen_numbers._shape))
    values = _transfer.flat(a)
    combine = _COMBINE.get(name)
    if combine is None:
        raise NotImplementedError(f"{name}.at is not there; those of {', '.join([*_SCATTERS, *_COMBINE])} are")
    for number, operand in zip(numbers, operands):
        values[number] = combine(values[number], operand)
    if KINDS[a._dtype] in "iu":
        low, high = BOUNDS[a._dtype]
        values = [(int(v) - low) % (high - low + 1) + low for v in values]
    assign(a, _transfer.from_bytes(_transfer.pack(values, a._dtype), a._shape, a._dtype, device_of(a)))


def _fits(source: ndarray, target: ndarray) -> bool:
    # NumPy converts here whatever it is given, float to int after every step, which no scatter can do.
    signed = KINDS[source._dtype] == "i" and KINDS[target._dtype] in "iu"
    return signed or castable(source._dtype, target._dtype, "same_kind")


_SCATTERS = {
    "add": _kernels.ADD, "subtract": _kernels.ADD, "multiply": _kernels.MULTIPLY, "maximum": _kernels.MAXIMUM, "minimum": _kernels.MINIMUM,
}  # fmt: skip
_COMBINE = {
    "divide": operator.truediv, "floor_divide": operator.floordiv, "remainder": operator.mod, "power": operator.pow, "bitwise_and": operator.and_,
    "bitwise_or": operator.or_, "bitwise_xor": operator.xor, "left_shift": operator.lshift, "right_shift": operator.rshift,
    "logical_and": lambda a, b: bool(a) and bool(b), "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_xor": lambda a, b: bool(a) != bool(b),
}  # fmt: skip
