"""Shapes: what gives views (transpose, reshape where strides allow, flip, broadcast_to ...) and what joins, cuts and repeats.

Names, arguments and errors are NumPy's.
"""

from __future__ import annotations

import math
import operator

from . import _creation, _indexing, _reductions, _transfer
from ._dtypes import BOOL, KINDS, NAMES, WIDE, castable, meet, number_of
from ._elementwise import assign, astype, copy, device_of, offset_of, strides_of, whole, wrap
from ._ndarray import ndarray
from ._views import (
    axes_of,
    axis_of,
    broadcast_strides,
    check_shape,
    reshape_strides,
    resolve_shape,
    row_major,
    text,
)
from ._views import broadcast_shapes as _broadcast_shapes

__all__ = [
    "append",
    "array_split",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "column_stack",
    "concat",
    "concatenate",
    "copyto",
    "delete",
    "diagonal",
    "dsplit",
    "dstack",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "insert",
    "matrix_transpose",
    "may_share_memory",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "repeat",
    "require",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "row_stack",
    "shape",
    "shares_memory",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "trim_zeros",
    "unstack",
    "vsplit",
    "vstack",
]


def _array(x) -> ndarray:
    return x if isinstance(x, ndarray) else _creation.asarray(x)


def _arrays(sequence) -> list:
    if isinstance(sequence, ndarray):
        return list(sequence)
    sequence = list(sequence)
    wide = any(isinstance(x, ndarray) and WIDE[x._dtype] for x in sequence)
    return [_creation.beside(x, wide) for x in sequence]


def view_of(x: ndarray, shape: tuple, strides: tuple, offset: int, writable: bool = True) -> ndarray:
    """A view of the memory of ``x``."""
    if x._view is not None:
        writable = writable and x._view[2]
    if offset == 0 and shape == x._storage.node.shape and strides == row_major(shape) and writable:
        made = wrap(x._storage, shape, x._dtype)
    else:
        made = wrap(x._storage, shape, x._dtype, (strides, offset, writable))
    base = x.base
    made._base = x if base is None else base
    return made


# --- one array in another shape


def view_as(x: ndarray, shape) -> ndarray | None:
    """``x`` in another shape where no copy is needed, else None."""
    shape = resolve_shape(shape, math.prod(x._shape))
    strides = reshape_strides(x._shape, strides_of(x), shape)
    return None if strides is None else view_of(x, shape, strides, offset_of(x))


def reshape(a, /, shape, order="C", *, copy=None):
    """The elements in another shape: a view where strides allow it, else a copy. One extent may be -1. ``order`` "F" reads
    and writes with the first axis fastest. As numpy.reshape."""
    a = _array(a)
    if order == "F":
        shape = resolve_shape(shape, math.prod(a._shape))
        return transpose(reshape(transpose(a), shape[::-1], copy=copy))
    if order == "K":
        raise ValueError("order 'K' is not permitted for reshaping")
    if order not in ("C", "A", None):
        raise ValueError(f"order must be one of 'C', 'F', or 'A' (got '{order}')")
    if isinstance(copy, str):
        raise ValueError("strings are not allowed for 'copy' keyword. Use True/False/None instead.")
    if copy:
        return view_as(_creation.copy_of(a), shape)
    made = view_as(a, shape)
    if made is None:
        if copy is False:
            raise ValueError("Unable to avoid creating a copy while reshaping.")
        made = view_as(whole(a), shape)
    return made


def ravel(a, order="C"):
    """The elements in one dimension: a view where strides allow it, else a copy. ``order`` "K" takes the axes of a view in the order
    that they have in memory. As numpy.ravel."""
    if order == "K":
        a = _array(a)
        strides = strides_of(a)
        a, order = transpose(a, sorted(range(a.ndim), key=lambda k: -abs(strides[k]))) if a.ndim > 1 else a, "C"
    return reshape(a, -1 if math.prod(_array(a)._shape) else 0, order)


def resize(a, new_shape):
    """The elements repeated or cut to fill a new shape. As numpy.resize."""
    a = ravel(_array(a))
    shape = check_shape(new_shape)
    count = math.prod(shape)
    if a._shape[0] == 0 or count == 0:
        return _creation.zeros(shape, NAMES[a._dtype])
    times = -(-count // a._shape[0])
    return reshape(tile(a, times)[:count], shape)


def resize_in_place(x: ndarray, shape) -> None:
    shape = check_shape(shape)
    count, have = math.prod(shape), math.prod(x._shape)
    made = _creation.zeros((count,), NAMES[x._dtype], device=x.device)
    made[: min(count, have)] = ravel(x)[: min(count, have)]
    made = reshape(made, shape)
    x._storage, x._shape, x._view = made._storage, made._shape, made._view


def transpose(a, axes=None):
    """The axes in reverse order, or in the order given; a view. As numpy.transpose."""
    a = _array(a)
    rank = len(a._shape)
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        axes = (axes,) if not isinstance(axes, tuple | list) else axes
        if len(axes) != rank:
            raise ValueError("axes don't match array")
        order = axes_of(tuple(axes), rank, "transpose")
    strides = strides_of(a)
    return view_of(a, tuple([a._shape[k] for k in order]), tuple([strides[k] for k in order]), offset_of(a))


permute_dims = transpose


def matrix_transpose(x, /):
    """The last two axes exchanged; a view. As numpy.matrix_transpose."""
    x = _array(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return swapaxes(x, -1, -2)


def swapaxes(a, axis1, axis2):
    """Two axes exchanged; a view. As numpy.swapaxes."""
    a = _array(a)
    order = list(range(a.ndim))
    one, two = axis_of(axis1, a.ndim, "axis1"), axis_of(axis2, a.ndim, "axis2")
    order[one], order[two] = two, one
    return transpose(a, order)


def moveaxis(a, source, destination):
    """Axes moved to other places, the others in order; a view. As numpy.moveaxis."""
    a = _array(a)
    source, destination = axes_of(source, a.ndim, "source"), axes_of(destination, a.ndim, "destination")
    if len(source) != len(destination):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [k for k in range(a.ndim) if k not in source]
    for to, where in sorted(zip(destination, source)):
        order.insert(to, where)
    return transpose(a, order)


def rollaxis(a, axis, start=0):
    """An axis moved before another one; a view. As numpy.rollaxis."""
    a = _array(a)
    axis = axis_of(axis, a.ndim)
    if not -a.ndim <= start <= a.ndim:
        raise ValueError(f"'start' arg requires {-a.ndim} <= start < {a.ndim + 1}, but {start} was passed in")
    start = start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def squeeze(a, axis=None):
    """Without axes of one element; a view. As numpy.squeeze."""
    a = _array(a)
    if axis is None:
        gone = {k for k, extent in enumerate(a._shape) if extent == 1}
    elif a.ndim == 0 and type(axis) is int and axis in (0, -1):  # as NumPy
        gone = set()
    else:
        gone = set(axes_of(axis, a.ndim))
        if any(a._shape[k] != 1 for k in gone):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    kept = [k for k in range(a.ndim) if k not in gone]
    strides = strides_of(a)
    return view_of(a, tuple([a._shape[k] for k in kept]), tuple([strides[k] for k in kept]), offset_of(a))


def expand_dims(a, axis):
    """New axes of one element at these places; a view. As numpy.expand_dims."""
    a = _array(a)
    rank = a.ndim + (len(axis) if isinstance(axis, tuple | list) else 1)
    new = axes_of(axis, rank)
    shape, strides = list(a._shape), list(strides_of(a))
    for at in sorted(new):
        shape.insert(at, 1)
        strides.insert(at, 0)
    return view_of(a, check_shape(tuple(shape)), tuple(strides), offset_of(a))


def atleast_1d(*arys):
    """Arrays with one axis at least. As numpy.atleast_1d."""
    made = tuple([x if x.ndim >= 1 else reshape(x, (1,)) for x in map(_array, arys)])
    return made[0] if len(made) == 1 else made


def atleast_2d(*arys):
    """Arrays with two axes at least; new ones come first. As numpy.atleast_2d."""
    made = tuple([x if x.ndim >= 2 else reshape(x, (1,) * (2 - x.ndim) + x._shape) for x in map(_array, arys)])
    return made[0] if len(made) == 1 else made


def atleast_3d(*arys):
    """Arrays with three axes at least. As numpy.atleast_3d."""
    made = []
    for x in map(_array, arys):
        if x.ndim == 0:
            x = reshape(x, (1, 1, 1))
        elif x.ndim == 1:
            x = reshape(x, (1, -1, 1))
        elif x.ndim == 2:
            x = expand_dims(x, 2)
        made.append(x)
    return made[0] if len(made) == 1 else tuple(made)


def diagonal(a, offset=0, axis1=0, axis2=1, *, writable=False):
    """The diagonal of two axes, last in the result; a view that is not written to. As numpy.diagonal."""
    a = _array(a)
    if a.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    one, two = axis_of(axis1, a.ndim), axis_of(axis2, a.ndim)
    if one == two:
        raise ValueError("axis1 and axis2 cannot be the same")
    strides, start = strides_of(a), offset_of(a)
    rows, columns = a._shape[one], a._shape[two]
    if offset >= 0:
        count = max(0, min(rows, columns - offset))
        start += offset * strides[two] if count else 0
    else:
        count = max(0, min(rows + offset, columns))
        start += -offset * strides[one] if count else 0
    kept = [k for k in range(a.ndim) if k not in (one, two)]
    shape = tuple([a._shape[k] for k in kept]) + (count,)
    steps = tuple([strides[k] for k in kept]) + (strides[one] + strides[two],)
    return view_of(a, shape, steps, start, writable)


# --- broadcasting


def broadcast_to(array, shape, subok=False):
    """A view in which axes of one element repeat; it cannot be written to. As numpy.broadcast_to."""
    array = _array(array)
    shape = check_shape(shape)
    strides = broadcast_strides(array._shape, strides_of(array), shape)
    if strides is None:
        if len(shape) < array.ndim:
            raise ValueError("input operand has more dimensions than allowed by the axis remapping")
        raise ValueError(
            f"operands could not be broadcast together with remapped shapes [original->remapped]: {text(array._shape)} "
            f" and requested shape {text(shape)}"
        )
    return view_of(array, shape, strides, offset_of(array), False)


def broadcast_arrays(*args, subok=False):
    """Views of all arrays in their common shape. As numpy.broadcast_arrays."""
    arrays = [_array(x) for x in args]
    shape = _broadcast_shapes(*[x._shape for x in arrays])
    return tuple([x if x._shape == shape else broadcast_to(x, shape) for x in arrays])


def broadcast_shapes(*args):
    """The common shape of operands. As numpy.broadcast_shapes."""
    try:
        return _broadcast_shapes(*[check_shape(shape) for shape in args])
    except ValueError as error:
        if "could not be broadcast" not in str(error):
            raise
        raise ValueError("shape mismatch: objects cannot be broadcast to a single shape. " + str(error)) from None


# --- flips


def flip(m, axis=None):
    """Elements in reverse order along axes; a view. As numpy.flip."""
    m = _array(m)
    turned = axes_of(axis, m.ndim)
    strides, offset = list(strides_of(m)), offset_of(m)
    if 0 not in m._shape:
        for k in turned:
            offset += (m._shape[k] - 1) * strides[k]
            strides[k] = -strides[k]
    return view_of(m, m._shape, tuple(strides), offset)


def fliplr(m):
    """Columns in reverse order; a view. As numpy.fliplr."""
    m = _array(m)
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return flip(m, 1)


def flipud(m):
    """Rows in reverse order; a view. As numpy.flipud."""
    m = _array(m)
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return flip(m, 0)


def rot90(m, k=1, axes=(0, 1)):
    """Turned by quarters, from the first axis to the second; a view. As numpy.rot90."""
    m = _array(m)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    one, two = (axis_of(axis, m.ndim) for axis in axes)
    if one == two:
        raise ValueError("Axes must be different.")
    k %= 4
    if k == 0:
        return m
    if k == 2:
        return flip(m, (one, two))
    return swapaxes(flip(m, two), one, two) if k == 1 else flip(swapaxes(m, one, two), two)


# --- joining


def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Arrays joined along an axis that they have (None: flattened ones). As numpy.concatenate."""
    arrays = _arrays(arrays)
    if not arrays:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    first = arrays[0]
    if first.ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    axis = axis_of(axis, first.ndim)
    for at, x in enumerate(arrays):
        if x.ndim != first.ndim:
            raise ValueError(
                "all the input arrays must have same number of dimensions, but the array at index 0 has "
                f"{first.ndim} dimension(s) and the array at index {at} has {x.ndim} dimension(s)"
            )
        for k in range(x.ndim):
            if k != axis and x._shape[k] != first._shape[k]:
                raise ValueError(
                    "all the input array dimensions except for the concatenation axis must match exactly, but along "
                    f"dimension {k}, the array at index 0 has size {first._shape[k]} and the array at index {at} has size {x._shape[k]}"
                )
    shape = list(first._shape)
    shape[axis] = sum(x._shape[axis] for x in arrays)
    if out is not None and dtype is not None:
        raise TypeError("concatenate() only takes `out` or `dtype` as an argument, but both were provided.")
    if out is not None and not isinstance(out, ndarray):
        raise TypeError("'out' must be an array")
    number = out._dtype if out is not None else None if dtype is None else number_of(dtype)
    for x in arrays:
        if number is not None and not castable(x._dtype, number, casting):
            raise TypeError(
                f"Cannot cast array data from dtype('{NAMES[x._dtype]}') to dtype('{NAMES[number]}') according to the rule '{casting}'"
            )
    if out is None:
        number = meet([x._dtype for x in arrays], 0) if number is None else number
        on_cpu = all(device_of(x) == 0 for x in arrays)
        out = _creation.empty(check_shape(tuple(shape)), NAMES[number], device="cpu" if on_cpu else None)
    elif out._shape != tuple(shape):
        raise ValueError("Output array is the wrong shape")
    lead = (slice(None),) * axis
    start = 0
    for x in arrays:
        assign(out[lead + (slice(start, start + x._shape[axis]),)], x)
        start += x._shape[axis]
    return out


concat = concatenate


def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Arrays of one shape joined along a new axis. As numpy.stack."""
    arrays = _arrays(arrays)
    if not arrays:
        raise ValueError("need at least one array to stack")
    if any(x._shape != arrays[0]._shape for x in arrays):
        raise ValueError("all input arrays must have the same shape")
    axis = axis_of(axis, arrays[0].ndim + 1)
    return concatenate([expand_dims(x, axis) for x in arrays], axis, out, dtype=dtype, casting=casting)


def _at_least(function, sequence):
    made = function(*_arrays(sequence))
    return list(made) if isinstance(made, tuple) else [made]


def hstack(tup, *, dtype=None, casting="same_kind"):
    """Arrays side by side: joined along the second axis, 1-dimensional ones along the first. As numpy.hstack."""
    arrays = _at_least(atleast_1d, tup)
    return concatenate(arrays, 0 if arrays and arrays[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def vstack(tup, *, dtype=None, casting="same_kind"):
    """Arrays on top of each other: joined along the first axis. As numpy.vstack."""
    return concatenate(_at_least(atleast_2d, tup), 0, dtype=dtype, casting=casting)


def row_stack(tup, *, dtype=None, casting="same_kind"):
    """As ``vstack``, with NumPy's DeprecationWarning. As numpy.row_stack."""
    import warnings

    warnings.warn("`row_stack` alias is deprecated. Use `np.vstack` directly.", DeprecationWarning, stacklevel=2)
    return vstack(tup, dtype=dtype, casting=casting)


def dstack(tup):
    """Arrays joined along the third axis. As numpy.dstack."""
    return concatenate(_at_least(atleast_3d, tup), 2)


def column_stack(tup):
    """1-dimensional arrays as columns beside 2-dimensional ones. As numpy.column_stack."""
    return concatenate([x if x.ndim > 1 else reshape(x, (-1, 1)) for x in _arrays(tup)], 1)


def append(arr, values, axis=None):
    """A copy with values at its end. As numpy.append."""
    if axis is None:
        return concatenate([ravel(_array(arr)), ravel(_array(values))])
    return concatenate([arr, values], axis)


def block(arrays):
    """Nested lists of blocks joined: the innermost along the last axis. As numpy.block."""

    def depth(one):
        return 1 + max(map(depth, one)) if isinstance(one, list) else 0

    levels = depth(arrays)

    def rank_of(one):
        return max(map(rank_of, one)) if isinstance(one, list) else _array(one).ndim

    rank = max(rank_of(arrays), levels)

    def join(one, level):
        if not isinstance(one, list):
            x = _array(one)
            return reshape(x, (1,) * (rank - x.ndim) + x._shape)
        if not one:
            raise ValueError("List at arrays cannot be empty")
        return concatenate([join(part, level - 1) for part in one], -level)

    return join(arrays, levels)


# --- cutting


def array_split(ary, indices_or_sections, axis=0):
    """Views of parts as equal as can be, or cut at these indices. As numpy.array_split."""
    ary = _array(ary)
    axis = axis_of(axis, ary.ndim)
    total = ary._shape[axis]
    if hasattr(indices_or_sections, "__len__"):
        cuts = [0, *[operator.index(at) for at in indices_or_sections], total]
    else:
        sections = operator.index(indices_or_sections)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(total, sections)
        cuts = [k * each + min(k, extra) for k in range(sections + 1)]
    lead = (slice(None),) * axis
    return [ary[lead + (slice(a, b),)] for a, b in zip(cuts, cuts[1:])]


def split(ary, indices_or_sections, axis=0):
    """Views of equal parts, or cut at these indices. As numpy.split."""
    ary = _array(ary)
    if not hasattr(indices_or_sections, "__len__"):
        if ary._shape[axis_of(axis, ary.ndim)] % operator.index(indices_or_sections):
            raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary, indices_or_sections):
    """As split along the second axis (the first of a 1-dimensional array). As numpy.hsplit."""
    ary = _array(ary)
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    """As split along the first axis. As numpy.vsplit."""
    if _array(ary).ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    """As split along the third axis. As numpy.dsplit."""
    if _array(ary).ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


def unstack(x, /, *, axis=0):
    """Views of the parts along an axis. As numpy.unstack."""
    x = moveaxis(_array(x), axis, 0)
    return tuple([x[k] for k in range(x._shape[0])])


# --- repeating and moving


def roll(a, shift, axis=None):
    """Elements moved along axes; those beyond the end come in at the beginning. As numpy.roll."""
    a = _array(a)
    if axis is None:
        shift = shift.tolist() if hasattr(shift, "tolist") else shift
        shift = sum(shift) if isinstance(shift, tuple | list) else shift
        return reshape(roll(ravel(a), shift, 0), a._shape)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    shift = shift.tolist() if hasattr(shift, "tolist") else shift
    shifts = shift if isinstance(shift, tuple | list) else (shift,)
    if len(shifts) == 1:
        shifts = tuple(shifts) * len(axes)
    elif len(axes) == 1:
        axes = tuple(axes) * len(shifts)
    if len(axes) != len(shifts):
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    total: dict = {}
    for at, by in zip(axes, shifts):
        at = axis_of(at, a.ndim)
        total[at] = total.get(at, 0) + int(by)  # as NumPy
    made = a
    for at, by in total.items():
        extent = a._shape[at]
        by = by % extent if extent else 0
        if by:
            lead = (slice(None),) * at
            made = concatenate([made[lead + (slice(extent - by, None),)], made[lead + (slice(0, extent - by),)]], at)
    return copy(a) if made is a else made


def tile(A, reps):
    """The array repeated along its axes, as a whole. As numpy.tile."""
    a = _array(A)
    reps = (reps,) if not hasattr(reps, "__len__") else tuple(reps)
    reps = tuple([operator.index(n) for n in reps])
    rank = max(len(reps), a.ndim)
    reps = (1,) * (rank - len(reps)) + reps
    shape = (1,) * (rank - a.ndim) + a._shape
    if all(n == 1 for n in reps):
        return copy(reshape(a, shape))
    doubled = [extent for n, own in zip(reps, shape) for extent in (n, own)]
    between = [extent for own in shape for extent in (1, own)]
    # Axes of one element are left out, so that no array has more axes than devices count.
    kept = [k for k, extent in enumerate(doubled) if extent != 1]
    seen = reshape(a, tuple([between[k] for k in kept]))
    seen = broadcast_to(seen, tuple([doubled[k] for k in kept]))
    return (
        reshape(seen, tuple([n * own for n, own in zip(reps, shape)]), copy=None)
        if 0 not in doubled
        else _creation.empty(tuple([n * own for n, own in zip(reps, shape)]), NAMES[a._dtype])
    )


def repeat(a, repeats, axis=None):
    """Each element along an axis repeated (None: of the flattened array), by one number or by one each. As numpy.repeat."""
    a = _array(a)
    if axis is None:
        a, axis = ravel(a), 0
    axis = axis_of(axis, a.ndim)
    extent = a._shape[axis]
    if getattr(repeats, "dtype", None) == "uint64":
        raise TypeError("Cannot cast array data from dtype('uint64') to dtype('int64') according to the rule 'safe'")
    counts = repeats.tolist() if hasattr(repeats, "tolist") else repeats
    if isinstance(counts, list | tuple) and any(isinstance(n, list | tuple) for n in counts):
        raise ValueError("object too deep for desired array")
    counts = [counts] if not isinstance(counts, list | tuple) else list(counts)
    counts = [operator.index(n) for n in counts]
    if any(n < 0 for n in counts):
        raise ValueError(
            "negative dimensions are not allowed" if len(counts) == 1 else "repeats may not contain negative values."
        )
    if len(counts) == 1:
        n = counts[0]
        shape = a._shape[: axis + 1] + (n,) + a._shape[axis + 1 :]
        final = a._shape[:axis] + (extent * n,) + a._shape[axis + 1 :]
        return whole(reshape(broadcast_to(expand_dims(a, axis + 1), shape), final))
    if len(counts) != extent:
        raise ValueError(
            f"operands could not be broadcast together with shape {text((extent,))} {text((len(counts),))}"
        )
    return _indexing.take(a, [k for k, n in enumerate(counts) for _ in range(n)], axis)


def delete(arr, obj, axis=None):
    """A copy without the elements at these indices (an integer, a slice or a sequence). As numpy.delete."""
    arr = _array(arr)
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = axis_of(axis, arr.ndim)
    extent = arr._shape[axis]
    mask = obj.tolist() if hasattr(obj, "tolist") else obj
    if isinstance(obj, slice):
        gone = set(range(*obj.indices(extent)))
    elif getattr(obj, "dtype", None) == "bool" or (
        type(mask) is bool or isinstance(mask, list | tuple) and mask and all(type(one) is bool for one in mask)
    ):
        if type(mask) is bool or len(mask) != extent:
            raise ValueError(
                f"boolean array argument obj to delete must be one dimensional and match the axis length of {extent}"
            )
        gone = {k for k, one in enumerate(mask) if one}
    else:
        gone = set()
        for at in (
            obj.tolist()
            if hasattr(obj, "tolist") and getattr(obj, "shape", ())
            else obj
            if hasattr(obj, "__len__")
            else [obj]
        ):
            if isinstance(at, float):
                raise IndexError("arrays used as indices must be of integer (or boolean) type")
            at = operator.index(at)
            if not -extent <= at < extent:
                raise IndexError(f"index {at} is out of bounds for axis {axis} with size {extent}")
            gone.add(at % extent)
    return _indexing.take(arr, [k for k in range(extent) if k not in gone], axis)


def insert(arr, obj, values, axis=None):
    """A copy with values before these indices (an integer, a slice, a sequence or a mask). As numpy.insert."""
    arr = _array(arr)
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = axis_of(axis, arr.ndim)
    extent = arr._shape[axis]
    single = False
    if isinstance(obj, slice):
        places = list(range(*obj.indices(extent)))
    else:
        places = obj.tolist() if hasattr(obj, "tolist") else obj
        single = not isinstance(places, list | tuple)
        places = [places] if single else list(places)
        if places and all(type(at) is bool for at in places):
            places = [k for k, at in enumerate(places) if at]
    if any(isinstance(at, float) for at in places):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices"
        )
    places = [operator.index(at) for at in places]
    for at in places:
        if not -extent <= at <= extent:
            raise IndexError(f"index {at} is out of bounds for axis {axis} with size {extent}")
    places = [at + extent if at < 0 else at for at in places]
    values = _creation.asarray(values)
    values = values if values._dtype == arr._dtype else astype(values, arr._dtype)
    if values.ndim < arr.ndim:
        values = reshape(values, (1,) * (arr.ndim - values.ndim) + values._shape)
    if single or len(places) == 1:
        if single:  # the values' first axis goes where the inserted one is
            values = moveaxis(values, 0, axis)
        count = values._shape[axis]
        places = places * count
    else:
        count = len(places)
        if not places:
            return copy(arr)
    shape = arr._shape[:axis] + (count,) + arr._shape[axis + 1 :]
    values = broadcast_to(values, shape)
    # Where each new element comes to stand: those for one place stay in order.
    order = sorted(range(len(places)), key=lambda k: places[k])
    final = [0] * len(places)
    for rank, k in enumerate(order):
        final[k] = places[k] + rank
    taken = set(final)
    kept = [at for at in range(extent + count) if at not in taken]
    made = _creation.empty(
        arr._shape[:axis] + (extent + count,) + arr._shape[axis + 1 :], NAMES[arr._dtype], device=arr.device
    )
    lead = (slice(None),) * axis
    made[(*lead, kept)] = arr
    made[(*lead, final)] = values
    return made


def require(a, dtype=None, requirements=None, *, like=None):
    """The array with what is required of it: "C", "A", "W", "O", "E"; "F" raises ValueError, because there is one layout. As
    numpy.require."""
    wanted = {requirements} if isinstance(requirements, str) else set(requirements or ())
    wanted = {str(one).upper() for one in wanted}
    names = {
        "C_CONTIGUOUS": "C",
        "CONTIGUOUS": "C",
        "ALIGNED": "A",
        "WRITEABLE": "W",
        "OWNDATA": "O",
        "ENSUREARRAY": "E",
    }
    wanted = {names.get(one, one) for one in wanted}
    if wanted & {"F", "F_CONTIGUOUS", "FORTRAN"}:
        raise ValueError(
            'Cannot specify both "C" and "F" order' if "C" in wanted else "arrays have one layout, row-major"
        )
    if wanted - {"C", "A", "W", "O", "E"}:
        raise KeyError(sorted(wanted - {"C", "A", "W", "O", "E"})[0])
    made = _creation.asarray(a, dtype)
    if "C" in wanted:
        made = _creation.ascontiguousarray(made)
    if "O" in wanted and not made.flags.owndata or "W" in wanted and not made.flags.writeable:
        made = copy(made)
    return made


def shares_memory(a, b, /, max_work=None):
    """Whether two arrays have an element in common. As numpy.shares_memory, exactly."""
    if not may_share_memory(a, b) or a.size == 0 or b.size == 0:
        return False
    spans = []
    for x in (a, b):
        ends = [(extent - 1) * step for extent, step in zip(x._shape, strides_of(x))]
        low = offset_of(x) + sum(min(end, 0) for end in ends)
        spans.append((low, offset_of(x) + sum(max(end, 0) for end in ends)))
    if spans[0][1] < spans[1][0] or spans[1][1] < spans[0][0]:
        return False
    numbers = []
    for x in (a, b):
        found = {offset_of(x)}
        for extent, step in zip(x._shape, strides_of(x)):
            if step:
                found = {at + k * step for at in found for k in range(extent)}
        numbers.append(found)
    return not numbers[0].isdisjoint(numbers[1])


def trim_zeros(filt, trim="fb", axis=None):
    """An array without the zeros at the ends of its axes (of ``axis``); a list gives a list. Reads where they end. As
    numpy.trim_zeros."""
    if any(side not in "fb" for side in trim.lower()):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    x = _array(filt)
    axes = axes_of(axis, x.ndim)
    if axis == () or x.ndim == 0:
        return filt
    found = x != 0
    key = [slice(None)] * x.ndim
    for at in axes:
        others = tuple([k for k in range(x.ndim) if k != at])
        line = _reductions.any(found, others) if others else found
        count = x._shape[at]
        if count == 0:
            continue
        numbers = _creation.iota((count,))
        first, last = _transfer.several(
            _reductions.min(_where(line, numbers, count)), _reductions.max(_where(line, numbers, -1))
        )
        if last < 0:
            key[at] = slice(0, 0)
            continue
        key[at] = slice(first if "f" in trim.lower() else None, last + 1 if "b" in trim.lower() else None)
    if isinstance(filt, list | tuple) and x.ndim == 1:
        return filt[key[0]]
    return x[tuple(key)]


def _where(condition, x, y) -> ndarray:
    return _creation.apply(_creation.OPS["where"], condition, x, y)


def copyto(dst, src, casting="same_kind", where=True):
    """Writes an array's elements into another one, where a mask says so. As numpy.copyto."""
    if not isinstance(dst, ndarray):
        raise TypeError(f"copyto() argument 1 must be an array, not {type(dst).__name__}")
    source = src if type(src) in (bool, int, float, complex) else _array(src)
    if (
        not isinstance(source, ndarray)
        and casting != "unsafe"
        and "biufc".index({bool: "b", int: "i", float: "f", complex: "c"}[type(src)])
        > "biufc".index(KINDS[dst._dtype].replace("u", "i"))
    ):
        name = {int: "int64", float: "float64", complex: "complex128"}[type(src)]
        raise TypeError(
            f"Cannot cast scalar from dtype('{name}') to dtype('{NAMES[dst._dtype]}') according to the rule '{casting}'"
        )
    if isinstance(source, ndarray) and not castable(source._dtype, dst._dtype, casting):
        raise TypeError(
            f"Cannot cast array data from dtype('{NAMES[source._dtype]}') to dtype('{NAMES[dst._dtype]}') according to the rule '{casting}'"
        )
    if where is True:
        dst[...] = source
    else:
        mask = _array(where)
        if mask._dtype != BOOL:
            if hasattr(where, "dtype"):  # Python's scalars and lists are taken
                raise TypeError(
                    f"Cannot cast array data from dtype('{NAMES[mask._dtype]}') to dtype('bool') according to the rule 'safe'"
                )
            mask = mask != 0
        dst[...] = _creation.apply(
            _creation.OPS["where"],
            mask,
            astype(source, dst._dtype) if isinstance(source, ndarray) else source,
            dst,
        )


def shape(a):
    """The shape of an array, or of what becomes one. As numpy.shape."""
    return _array(a)._shape


def ndim(a):
    """The number of axes. As numpy.ndim."""
    return _array(a).ndim


def size(a, axis=None):
    """The number of elements, or of those along an axis. As numpy.size."""
    a = _array(a)
    return a.size if axis is None else math.prod(a._shape[k] for k in axes_of(axis, a.ndim))


def may_share_memory(a, b, max_work=None):
    """Whether two arrays view the same memory. As numpy.may_share_memory."""
    return isinstance(a, ndarray) and isinstance(b, ndarray) and a._storage is b._storage
