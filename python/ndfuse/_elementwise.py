"""Elementwise operations: from arrays and scalars to a node of the graph, with NumPy's promotion, broadcasting and errors.

``apply`` is the general way; ``_operators`` has short cuts for what programs do most. A node's inputs are nodes, views of
nodes (``Ref``), Python's scalars (weak) and ``Scalar`` (single values with a type of their own).
"""

from __future__ import annotations

import math
import warnings

from . import _devices
from ._core import core
from ._dtypes import BOOL, BOUNDS, DTYPES, KINDS, NAMES, WEAK, WIDE, _tables, castable, check_integer, number_of
from ._graph import BUFFER, CAST, MAP, Node, Ref, Scalar, Storage, record, remember, snapshot, store
from ._ndarray import ndarray, scalar
from ._views import broadcast_shapes, broadcast_strides, row_major, text

OPS = {row["name"]: number for number, row in enumerate(_tables["ops"])}
ROWS = _tables["ops"]


class UFuncTypeError(TypeError):
    """A ufunc cannot cast an operand or its result. As numpy's exception of this name."""


class ComplexWarning(RuntimeWarning):
    """A cast drops imaginary parts. As numpy.exceptions.ComplexWarning."""


_new = object.__new__


def wrap(storage: Storage, shape: tuple, dtype: int, view=None) -> ndarray:
    """The array that shows ``storage``: as a whole, or by a view (strides, offset, writable)."""
    made = _new(ndarray)
    made._storage = storage
    made._shape = shape
    made._dtype = dtype
    made._view = view
    return made


def result(node: Node) -> ndarray:
    """The array of a recorded node: NumPy's operations give scalars where the shape is ()."""
    made = _new(ndarray if node.shape else scalar)
    made._storage = record(node)
    made._shape = node.shape
    made._dtype = node.dtype
    made._view = None
    return made


def array_of(node: Node) -> ndarray:
    """The same, an array also where the shape is ()."""
    return wrap(record(node), node.shape, node.dtype)


def as_input(x: ndarray):
    """How a node takes an array."""
    view = x._view
    return x._storage.node if view is None else Ref(x._storage.node, x._shape, view[0], view[1])


def broadcast_input(x: ndarray, shape: tuple) -> Ref:
    """How a node takes an array that is repeated to ``shape``, as matrix products want it."""
    strides, offset = strides_of(x), offset_of(x)
    return Ref(x._storage.node, shape, broadcast_strides(x._shape, strides, shape), offset)


def strides_of(x: ndarray) -> tuple:
    """Strides in elements."""
    return row_major(x._shape) if x._view is None else x._view[0]


def offset_of(x: ndarray) -> int:
    return 0 if x._view is None else x._view[1]


def device_of(x: ndarray) -> int:
    return x._storage.node.device


def convert(x, wide: bool = False):
    """An operand: an array, a Python scalar, or a ``Scalar``. Whatever else becomes an array. ``wide``: beside a 64-bit one."""
    if isinstance(x, ndarray):
        return x
    if type(x) in WEAK or type(x) is Scalar:
        return x
    if isinstance(x, int) and type(x).__module__ != "numpy":
        return int(x)
    if type(x).__module__ == "numpy" and type(x).__name__ != "ndarray" and getattr(x, "shape", None) == ():
        return Scalar(number_of(x.dtype), x.item())
    from ._creation import beside

    return beside(x, wide)


_memo: dict = {}


def types(op: int, a: int, a_weak: int = 0, b: int = 0, b_weak: int = 0) -> int:
    """Operand dtype + 256 * result dtype of an operation, or -1."""
    key = (op, a, a_weak, b, b_weak)
    found = _memo.get(key)
    if found is None:
        found = _memo[key] = core.types(*key)
    return found


def _unsupported(op: int, operands) -> TypeError:
    row = ROWS[op]
    name = row["name"]
    kinds = {
        KINDS[x._dtype]
        if isinstance(x, ndarray)
        else KINDS[x.dtype]
        if type(x) is Scalar
        else "b"
        if type(x) is bool
        else "?"
        for x in operands
    }
    if name == "subtract" and kinds == {"b"}:
        return TypeError(
            "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the "
            "logical_xor function instead."
        )
    if name == "negative" and kinds == {"b"}:
        return TypeError(
            "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not "
            "function instead."
        )
    found = ", ".join(
        NAMES[x._dtype] if isinstance(x, ndarray) else NAMES[x.dtype] if type(x) is Scalar else type(x).__name__
        for x in operands
    )
    return TypeError(
        f"ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any supported "
        f"types according to the casting rule ''safe'' (the types are {found})"
    )


def _of_unfit_integer(name: str, value: int, low: int, reflected: bool) -> bool | None:
    # What a comparison with an integer beyond its array's type always gives.
    if name in ("equal", "not_equal"):
        return name == "not_equal"
    if name not in ("less", "less_equal", "greater", "greater_equal"):
        return None
    above = value >= low  # beyond the upper bound: every element is less
    return (name in ("less", "less_equal")) == (above != reflected)


def operation(op: int, *operands) -> Node:
    """The node of an elementwise operation on whatever ``convert`` takes. TypeError, ValueError and OverflowError are
    NumPy's. Operands of another device are moved: to the cpu where 64-bit types take part, to the GPU otherwise."""
    wide = any(isinstance(x, ndarray) and WIDE[x._dtype] for x in operands)
    operands = [convert(x, wide) for x in operands]
    typed = operands[1:] if ROWS[op]["name"] == "where" else operands
    key = [op]
    for x in typed:
        if isinstance(x, ndarray):
            key += (x._dtype, 0)
        elif type(x) is Scalar:
            key += (x.dtype, 0)
        else:
            key += (BOOL, WEAK[type(x)])
    both = types(*key)
    if both < 0:
        composed = _composed(op, operands)
        if composed is None:
            raise _unsupported(op, typed)
        return composed
    operand_dtype, dtype = both & 255, both >> 8

    shape = None
    for x in operands:
        if isinstance(x, ndarray) and x._shape != shape:
            shape = x._shape if shape is None else None
            if shape is None:
                shape = broadcast_shapes(*[x._shape for x in operands if isinstance(x, ndarray)])
                break
    if shape is None:
        shape = ()

    wide, gpu, arrays = WIDE[dtype], False, False
    for x in operands:
        if isinstance(x, ndarray):
            arrays = True
            wide = wide or WIDE[x._dtype]
            gpu = gpu or device_of(x)
        elif type(x) is Scalar:
            wide = wide or WIDE[x.dtype]
    if wide:
        device = 0
        if WIDE[dtype]:
            _devices.home(dtype)  # warns once
    else:
        device = (1 if gpu else 0) if arrays else _devices.DEFAULT

    name = ROWS[op]["name"]
    inputs = []
    for position, x in enumerate(operands):
        if isinstance(x, ndarray):
            if device_of(x) != device:
                x = moved(x, device)
            inputs.append(as_input(x))
            continue
        if type(x) is int and (position > 0 or name != "where"):
            bounds = BOUNDS[operand_dtype]
            if bounds is not None and not bounds[0] <= x <= bounds[1]:
                always = _of_unfit_integer(name, x, bounds[0], position == 0)
                if always is None or len(operands) != 2 or not any(isinstance(y, ndarray) for y in operands):
                    check_integer(x, operand_dtype)
                return Node(CAST, 0, (always,), shape, BOOL, device)
            if bounds is None and not -(2**63) <= x < 2**63:
                x = float(x)
        inputs.append(x)
    if name == "power" and KINDS[dtype] in "iu" and type(operands[1]) is int and operands[1] < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")
    return Node(MAP, op, tuple(inputs), shape, dtype, device)


def _composed(op: int, operands: list) -> Node | None:
    """What the core has for real numbers alone, of complex ones: made of real operations."""
    from . import _complex

    function = _complex.function_for(ROWS[op]["name"], operands)
    if function is None:
        return None
    made = function(*_complex.operands_of(operands))
    return Node(CAST, 0, (as_input(made),), made._shape, made._dtype, device_of(made))


def apply(op: int, *operands) -> ndarray:
    """The array of an elementwise operation."""
    return result(operation(op, *operands))


# --- conversions


def cast(x: ndarray, dtype: int) -> Node:
    """The node of a contiguous copy of an array with another dtype (or the same), on the device where that lives."""
    if KINDS[x._dtype] == "c" and KINDS[dtype] not in "cb":
        warnings.warn("Casting complex values to real discards the imaginary part", ComplexWarning, stacklevel=3)
    if WIDE[x._dtype]:
        # Computed where the source is; a narrow result then goes home.
        return Node(CAST, 0, (as_input(x),), x._shape, dtype, 0)
    if WIDE[dtype]:
        _devices.home(dtype)
        if device_of(x) != 0:
            x = moved(x, 0)
    return Node(CAST, 0, (as_input(x),), x._shape, dtype, device_of(x))


def astype(x: ndarray, dtype: int) -> ndarray:
    """A copy with another dtype. From a 64-bit type to a narrower one the result lives on the default device."""
    if dtype == x._dtype:
        return copy(x)
    node = cast(x, dtype)
    made = result(node) if type(x) is scalar else array_of(node)
    if WIDE[x._dtype] and not WIDE[dtype] and _devices.DEFAULT:
        made = moved(made, _devices.DEFAULT)
    return made


def copy(x: ndarray) -> ndarray:
    """The same elements in memory of their own, in row-major order. A whole array is not copied before one of the two is
    written to."""
    if x._view is None:
        return wrap(snapshot(x._storage), x._shape, x._dtype)
    return array_of(Node(CAST, 0, (as_input(x),), x._shape, x._dtype, device_of(x)))


def moved(x: ndarray, device: int) -> ndarray:
    """A copy on another device, by way of the host."""
    from ._transfer import from_bytes, read_bytes

    return from_bytes(read_bytes(x), x._shape, x._dtype, device)


def whole(x: ndarray) -> ndarray:
    """The same elements as a whole value, side by side: itself, or a copy of a view."""
    if x._view is None:
        return x
    return array_of(Node(CAST, 0, (as_input(x),), x._shape, x._dtype, device_of(x)))


def coerce(value, dtype: int):
    """A Python scalar as an element of a type; OverflowError, ValueError and TypeError as NumPy has them."""
    kind = KINDS[dtype]
    if kind == "b":
        return bool(value)
    if kind in "iu":
        if type(value) is complex:
            raise TypeError("int() argument must be a string, a bytes-like object or a real number, not 'complex'")
        value = int(value)
        check_integer(value, dtype)
        return value
    if kind == "f":
        if type(value) is complex:
            raise TypeError("float() argument must be a string or a real number, not 'complex'")
        return float(value)
    return complex(value)


# --- writing


def writable(x: ndarray) -> None:
    if x._view is not None and not x._view[2]:
        raise ValueError("assignment destination is read-only")


def put(x: ndarray, node: Node, name: str | None = None) -> None:
    """Makes a node the value of an array (the elements of a view). ``name``: the ufunc that asks, whose result must be of
    the array's kind (casting rule same_kind)."""
    writable(x)
    dtype, shape, device = x._dtype, x._shape, device_of(x)
    if node.dtype != dtype:
        if name is not None and not castable(node.dtype, dtype, "same_kind"):
            raise UFuncTypeError(
                f"Cannot cast ufunc '{name}' output from {DTYPES[node.dtype]!r} to {DTYPES[dtype]!r} with casting rule 'same_kind'"
            )
        if KINDS[node.dtype] == "c" and KINDS[dtype] not in "cb":
            warnings.warn("Casting complex values to real discards the imaginary part", ComplexWarning, stacklevel=4)
    if node.shape != shape and broadcast_strides(node.shape, row_major(node.shape), shape) is None:
        if name is not None:
            raise ValueError(
                f"non-broadcastable output operand with shape {text(shape)} doesn't match the broadcast shape {text(node.shape)}"
            )
        raise ValueError(f"could not broadcast input array from shape {text(node.shape)} into shape {text(shape)}")
    if math.prod(shape) == 0:
        return
    if node.device > device:  # 64-bit elements are not made on the GPU: they are cast after the move
        node = moved(array_of(node), device)._storage.node
    if node.dtype != dtype:
        node = Node(CAST, 0, (node,), node.shape, dtype, node.device)
    if node.device < device:
        node = moved(array_of(node), device)._storage.node
    if x._view is None:
        if node.shape != shape or node.kind == BUFFER:
            node = Node(CAST, 0, (node,), shape, dtype, device)
        x._storage.node = node
        remember(x._storage)
    else:
        store(x._storage, shape, x._view[0], x._view[1], node)


def assign(x: ndarray, value) -> None:
    """``x[...] = value``: a scalar, an array or what becomes one, repeated to the shape of ``x`` and cast to its dtype."""
    writable(x)
    dtype = x._dtype
    value = convert(value, WIDE[dtype])
    if not isinstance(value, ndarray):
        one = Scalar(dtype, coerce(value.value if type(value) is Scalar else value, dtype))
        if math.prod(x._shape) == 0:
            return
        if x._view is None:
            x._storage.node = Node(CAST, 0, (one,), x._shape, dtype, device_of(x))
            remember(x._storage)
        else:
            store(x._storage, x._shape, x._view[0], x._view[1], one)
        return
    if len(value._shape) > len(x._shape):  # leading axes of one element do not count
        extra = len(value._shape) - len(x._shape)
        if any(extent != 1 for extent in value._shape[:extra]):
            raise ValueError(
                f"could not broadcast input array from shape {text(value._shape)} into shape {text(x._shape)}"
            )
        view = (strides_of(value)[extra:], offset_of(value), True)
        value = wrap(value._storage, value._shape[extra:], value._dtype, view)
    put(x, cast(value, dtype))
