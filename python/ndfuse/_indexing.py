"""Between the brackets: slices give views, integer arrays and masks gather elements, assignment writes.

Gathering is one operation of the graph: of a view of memory, element i of the result is the element whose number is
offset + stride * index summed over the axes, and these numbers are an expression as any other. Masks are read by the host,
which turns them into integers: how many elements they choose decides the result's shape. Integer arrays that come from the
host are checked there; of those on a device, the smallest and the largest are read. Writing through integer arrays or masks
lets the host decide, from the indices alone, which value each element takes; the elements themselves stay where they are.
"""

from __future__ import annotations

import math
import operator
from array import array as host_array

from . import _creation, _manipulation, _reductions, _transfer
from ._dtypes import BOOL, BOUNDS, DTYPES, INT32, KINDS, NAMES, WIDE
from ._elementwise import (
    OPS,
    apply,
    array_of,
    assign,
    astype,
    convert,
    copy,
    device_of,
    moved,
    offset_of,
    strides_of,
    whole,
    wrap,
)
from ._graph import GATHER, Node, snapshot
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
    made = _creation.asarray(one)
    if made._dtype == BOOL:
        return _mask(made)
    if KINDS[made._dtype] not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return [_Advanced(made._shape, array=made)]


def _mask(mask: ndarray) -> list:
    return _mask_values(_transfer.flat(mask), mask._shape)


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


def _device_indices(x: ndarray, axis: int, extent: int, device: int) -> ndarray:
    """Indices on a device, counted from the front: checked by one read of the smallest and the largest."""
    if math.prod(x._shape) == 0:
        return _upload_indices([], x._shape, device)
    low, high = _transfer.several(_reductions.min(x), _reductions.max(x))
    for v in (low, high):
        if not -extent <= v < extent:
            raise IndexError(f"index {v} is out of bounds for axis {axis} with size {extent}")
    if x._dtype != INT32:
        x = astype(x, INT32)
    if device_of(x) != device:
        x = moved(x, device)
    if low < 0:
        x = apply(OPS["where"], apply(OPS["less"], x, 0), apply(OPS["add"], x, extent), x)
    return x


def _resolve(x: ndarray, parts: tuple, device: int, host: bool = False):
    """The terms of the elements' numbers: (shape of the result, offset, [(position in the result's axes, rank of the term,
    stride, indices or extent)]). Indices stay lists when ``host``."""
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
                elif host:
                    arrays.append((part.shape, _check(_transfer.flat(part.array), axis, extent), strides[axis]))
                else:
                    arrays.append((part.shape, _device_indices(part.array, axis, extent, device), strides[axis]))
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
    device = device_of(x)
    dims, arrays, common, at, offset = _resolve(x, parts, device)
    shape = tuple([extent for extent, _ in dims[:at]]) + common + tuple([extent for extent, _ in dims[at:]])
    if math.prod(shape) == 0 or math.prod(x._shape) == 0:
        return _creation.empty(shape, NAMES[x._dtype], device=x.device)
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
    made = array_of(Node(GATHER, 0, (x._storage.node, whole(numbers)._storage.node), shape, x._dtype, device))
    if shape == ():
        made = _element(made, 0)
    return made


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
    """A scalar, or what broadcasts like one, written where a mask says: an expression, without asking the host."""
    if mask._shape != x._shape[: mask.ndim]:
        if mask.ndim > x.ndim:
            raise IndexError(f"too many indices for array: array is {x.ndim}-dimensional, but {mask.ndim} were indexed")
        for axis, (own, extent) in enumerate(zip(mask._shape, x._shape)):
            if own != extent:
                raise IndexError(
                    f"boolean index did not match indexed array along axis {axis}; size of axis is {extent} but size of "
                    f"corresponding boolean axis is {own}"
                )
    value = convert(value, WIDE[x._dtype])
    if isinstance(value, ndarray):
        # Along the chosen elements it must repeat: what is left broadcasts over the axes behind the mask's.
        rest = x.ndim - mask.ndim
        if value.ndim > rest and any(extent != 1 for extent in value._shape[: value.ndim - rest]):
            return False
        if value.ndim > rest:
            value = _manipulation.reshape(value, value._shape[value.ndim - rest :])
        full = _creation.empty(x._shape, NAMES[x._dtype], device=x.device)
        assign(full, value)
        value = full
    else:
        full = _creation.empty((), NAMES[x._dtype], device=x.device)
        assign(full, value)
        value = full
    if device_of(mask) != device_of(x):
        mask = moved(mask, device_of(x))
    mask = _manipulation.reshape(mask, mask._shape + (1,) * (x.ndim - mask.ndim))
    assign(x, apply(OPS["where"], mask, value, x))
    return True


def _scatter(x: ndarray, parts: tuple, value) -> None:
    """Writes through index arrays: the host finds, for each element of the memory's view, the last value that goes there."""
    device = device_of(x)
    dims, arrays, common, at, _ = _resolve(x, parts, device, host=True)
    shape = tuple([extent for extent, _ in dims[:at]]) + common + tuple([extent for extent, _ in dims[at:]])
    value = convert(value, WIDE[x._dtype])
    if not isinstance(value, ndarray):
        one = _creation.empty((), NAMES[x._dtype], device=x.device)
        assign(one, value)
        value = one
    while value.ndim > len(shape) and value._shape[0] == 1:
        value = _manipulation.reshape(value, value._shape[1:])
    try:
        fits = broadcast_shapes(value._shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"shape mismatch: value array of shape {text(value._shape)} could not be broadcast to indexing result of shape {text(shape)}"
        )
    if math.prod(shape) == 0:
        return
    if value._dtype != x._dtype:
        value = astype(value, x._dtype)
    if device_of(value) != device:
        value = moved(value, device)

    # Numbers of the elements that are written, in the order in which NumPy writes them.
    target = _compact_numbers(x, parts, shape, at, common)
    winner = host_array("i", [-1]) * math.prod(x._shape)
    for k, number in enumerate(target):
        winner[number] = k
    winners = _transfer.from_bytes(winner, x._shape, INT32, device)
    source = _manipulation.broadcast_to(value, shape)
    taken = array_of(
        Node(
            GATHER,
            0,
            (whole(source)._storage.node, whole(apply(OPS["maximum"], winners, 0))._storage.node),
            x._shape,
            x._dtype,
            device,
        )
    )
    assign(x, apply(OPS["where"], apply(OPS["greater_equal"], winners, 0), taken, x))


def _compact_numbers(x: ndarray, parts: tuple, shape: tuple, at: int, common: tuple) -> list:
    # The same terms for an array of x's shape whose elements lie side by side.
    plain = wrap(x._storage, x._shape, x._dtype, (row_major(x._shape), 0, True))
    dims, arrays, _, _, offset = _resolve(plain, parts, device_of(x), host=True)
    terms = [[k * stride for k in range(extent)] for extent, stride in dims]
    inner = [0]
    for own, indices, stride in arrays:
        spread = _spread(indices, own, common)
        inner = [a + b * stride for a, b in zip(inner * len(spread) if len(inner) == 1 else inner, spread)]
    if len(inner) == 1:
        inner = inner * math.prod(common)
    numbers = [offset]
    for term in [*terms[:at], inner, *terms[at:]]:
        numbers = [a + b for a in numbers for b in term]
    return numbers


def _spread(values: list, shape: tuple, to: tuple) -> list:
    """A flat list repeated from one shape to another."""
    if shape == to:
        return values
    strides = row_major(shape)
    steps = [0] * (len(to) - len(shape)) + [0 if extent == 1 else step for extent, step in zip(shape, strides)]
    numbers = [0]
    for extent, step in zip(to, steps):
        numbers = [a + k * step for a in numbers for k in range(extent)]
    return [values[n] for n in numbers]


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
    axis = axis_of(axis, arr.ndim)
    key = []
    for k, extent in enumerate(arr._shape):
        if k == axis:
            key.append(indices)
        else:
            key.append(
                _manipulation.reshape(_creation.arange(extent), (1,) * k + (extent,) + (1,) * (arr.ndim - k - 1))
            )
    return arr[tuple(key)]


def put(a: ndarray, ind, v, mode="raise") -> None:
    """Writes values, repeated as needed, at flat indices. As numpy.put with mode "raise"."""
    if mode != "raise":
        raise NotImplementedError("put: only mode='raise' is there")
    ind, v = _manipulation.ravel(_creation.asarray(ind)), _manipulation.ravel(_creation.asarray(v))
    if ind._shape[0] and v._shape[0]:
        made = _manipulation.reshape(copy(a), (-1,))
        made[ind] = _manipulation.resize(v, ind._shape)
        assign(a, _manipulation.reshape(made, a._shape))


def nonzero(a):
    """For each axis the indices of what is not zero, int32; waits for the array. As numpy.nonzero."""
    a = _creation.asarray(a)
    if a.ndim == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    mask = a if a._dtype == BOOL else apply(OPS["not_equal"], a, 0)
    return tuple([_upload_indices(part.values, part.shape, device_of(a)) for part in _mask(mask)])


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
    """Writes values where a mask is true; shorter ones are repeated. As numpy.putmask."""
    values = _creation.asarray(values)
    if values.ndim and values._shape != a._shape:
        values = _manipulation.resize(values, a._shape)
    _manipulation.copyto(a, values, casting="same_kind", where=mask)


def place(arr, mask, vals) -> None:
    """Writes the first values, repeated as needed, where a mask is true. As numpy.place."""
    chosen = flatnonzero(mask)
    if chosen._shape[0]:
        put(arr, chosen, vals)


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


def unravel_index(indices, shape, order="C"):
    """Indices of each axis from flat ones. As numpy.unravel_index (without the check of bounds for arrays on a device)."""
    flat = _creation.asarray(indices)
    made = []
    for extent, step in zip(shape, row_major(tuple(shape))):
        made.append((flat // step) % extent)
    return tuple(made)


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    """Flat indices from those of each axis. As numpy.ravel_multi_index, without a check of bounds."""
    made = None
    for one, step in zip(multi_index, row_major(tuple(dims))):
        term = _creation.asarray(one) * step
        made = term if made is None else made + term
    return made


def add_at(function, a: ndarray, indices, b) -> None:
    """What ``ufunc.at`` does, on the host: the chosen elements are taken one after the other."""
    combine = _COMBINE.get(function.__name__)
    if b is None or combine is None:
        raise NotImplementedError(f"{function.__name__}.at is not there; those of {', '.join(_COMBINE)} are")
    chosen = _creation.iota(a._shape)[indices]  # the numbers of the elements, by choosing among all numbers
    operands = _transfer.flat(_manipulation.broadcast_to(_creation.asarray(b), chosen._shape))
    values = _transfer.flat(a)
    for number, operand in zip(_transfer.flat(chosen), operands):
        values[number] = combine(values[number], operand)
    if KINDS[a._dtype] in "iu":
        low, high = BOUNDS[a._dtype]
        values = [(int(v) - low) % (high - low + 1) + low for v in values]
    assign(a, _transfer.from_bytes(_transfer.pack(values, a._dtype), a._shape, a._dtype))


_COMBINE = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "maximum": lambda a, b: b if b > a or b != b else a, "minimum": lambda a, b: b if b < a or b != b else a,
}  # fmt: skip
