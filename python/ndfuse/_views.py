"""Shapes, strides and slices as tuples of integers: where the elements of a view lie. Nothing here knows arrays.

Strides and offsets count elements. A view of memory is a shape, strides and an offset.
"""

from __future__ import annotations

import math
import operator

MAX_RANK = 16


class AxisError(ValueError, IndexError):
    """An axis that an array does not have. As numpy.exceptions.AxisError."""


def check_shape(shape) -> tuple:
    """A shape as a tuple of Python integers: an int stands for one axis. ValueError for a negative extent, for more than
    16 axes, and for more elements than the devices count (2^31 - 1)."""
    if type(shape) is not tuple:
        try:
            shape = (operator.index(shape),)
        except TypeError:
            try:
                shape = tuple(shape)
            except TypeError:
                if shape is None:
                    raise TypeError("Use () not None as shape arguments") from None
                raise TypeError(f"expected a sequence of integers or a single integer, got '{shape!r}'") from None
    shape = tuple([operator.index(extent) for extent in shape])
    if len(shape) > MAX_RANK:
        raise ValueError(f"maximum supported dimension for an ndarray is {MAX_RANK}, found {len(shape)}")
    for extent in shape:
        if extent < 0:
            raise ValueError("negative dimensions are not allowed")
    if math.prod(shape) >= 2**31 or max(shape, default=0) >= 2**31:
        raise ValueError(
            f"array is too big: {math.prod(shape)} elements of shape {shape}; the devices count to 2147483647"
        )
    return shape


_row_major: dict = {}


def row_major(shape: tuple) -> tuple:
    """Strides of elements side by side, the last axis fastest."""
    found = _row_major.get(shape)
    if found is None:
        strides = []
        step = 1
        for extent in reversed(shape):
            strides.append(step)
            step *= extent if extent else 1
        if len(_row_major) > 1000:
            _row_major.clear()
        found = _row_major[shape] = tuple(reversed(strides))
    return found


def is_row_major(shape: tuple, strides: tuple) -> bool:
    """Whether elements lie side by side in order; axes of one element may have any stride."""
    step = 1
    for extent, stride in zip(reversed(shape), reversed(strides)):
        if extent == 0:
            return True
        if extent != 1:
            if stride != step:
                return False
            step *= extent
    return True


def is_column_major(shape: tuple, strides: tuple) -> bool:
    return is_row_major(shape[::-1], strides[::-1])


def broadcast_shapes(*shapes) -> tuple:
    """The common shape of operands. As numpy.broadcast_shapes; ValueError names all shapes."""
    rank = max(map(len, shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for at, extent in enumerate(shape, rank - len(shape)):
            if extent != result[at]:
                if result[at] == 1:
                    result[at] = extent
                elif extent != 1:
                    raise ValueError(
                        "operands could not be broadcast together with shapes " + "".join(f"{text(s)} " for s in shapes)
                    )
    return tuple(result)


def text(shape: tuple) -> str:
    """A shape as NumPy's messages have it: (2,3), (4,)."""
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ",".join(map(str, shape)) + ")"


def broadcast_strides(shape: tuple, strides: tuple, to: tuple) -> tuple | None:
    """Strides by which a view is repeated to a larger shape, or None where it cannot be."""
    lead = len(to) - len(shape)
    if lead < 0:
        return None
    result = [0] * lead
    for extent, stride, wanted in zip(shape, strides, to[lead:]):
        if extent == wanted:
            result.append(stride)
        elif extent == 1:
            result.append(0)
        else:
            return None
    return tuple(result)


def axis_of(axis, rank: int, name: str = "") -> int:
    """An axis counted from the front; AxisError with NumPy's words, which begin with the argument's name where one is given."""
    axis = operator.index(axis)
    if not -rank <= axis < rank:
        raise AxisError(f"{name + ': ' if name else ''}axis {axis} is out of bounds for array of dimension {rank}")
    return axis + rank if axis < 0 else axis


def axes_of(axes, rank: int, name: str = "axis") -> tuple:
    """Axes counted from the front: None means all, an integer one; ValueError for repeated ones."""
    if axes is None:
        return tuple(range(rank))
    if not isinstance(axes, tuple | list):
        axes = (axes,)
    found = tuple([axis_of(axis, rank, name if name in ("source", "destination") else "") for axis in axes])
    if len(set(found)) != len(found):
        raise ValueError(
            f"duplicate value in '{name}'"
            if name == "axis"
            else f"repeated axis in {name if name == 'transpose' else f'`{name}` argument'}"
        )
    return found


def resolve_shape(shape, count: int) -> tuple:
    """The shape of a reshape: at most one extent may be -1. ValueError with NumPy's words where the counts differ."""
    if not isinstance(shape, tuple | list):
        shape = (shape,)
    shape = [operator.index(extent) for extent in shape]
    unknown = [at for at, extent in enumerate(shape) if extent < 0]
    if len(unknown) > 1:
        raise ValueError("can only specify one unknown dimension")
    if unknown:
        known = math.prod(extent for extent in shape if extent >= 0)
        if known == 0 or count % known:
            raise ValueError(f"cannot reshape array of size {count} into shape {text(tuple(shape))}")
        shape[unknown[0]] = count // known
    shape = check_shape(tuple(shape))
    if math.prod(shape) != count:
        raise ValueError(f"cannot reshape array of size {count} into shape {text(shape)}")
    return shape


def reshape_strides(shape: tuple, strides: tuple, to: tuple) -> tuple | None:
    """Strides by which the same memory is seen in another shape of as many elements, or None where a copy is needed."""
    if 0 in shape:
        return row_major(to)
    # Groups of old axes that hold one run of elements, matched with groups of new axes.
    old = [(extent, stride) for extent, stride in zip(shape, strides) if extent != 1]
    result = []
    at = 0
    new = 0
    while new < len(to):
        if to[new] == 1:
            result.append(0)
            new += 1
            continue
        if at == len(old):
            return None
        have, want = old[at][0], to[new]
        first_new = new
        while have != want:
            if have < want:
                at += 1
                if at == len(old) or old[at - 1][1] != old[at][0] * old[at][1]:
                    return None
                have *= old[at][0]
            else:
                new += 1
                if new == len(to):
                    return None
                want *= to[new]
        # The group's elements lie evenly, old[at][1] apart.
        group = []
        step = old[at][1]
        for extent in reversed(to[first_new : new + 1]):
            group.append(step)
            step *= extent
        result.extend(reversed(group))
        at += 1
        new += 1
    return tuple(result)
