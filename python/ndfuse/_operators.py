"""Operators of ``ndarray``, with short cuts for what programs do most: two arrays of one shape, an array and a scalar.

A short cut knows the types of an operation from a dictionary, needs no broadcasting and moves nothing between devices;
everything else, and every error, is ``_elementwise.operation``'s.
"""

from __future__ import annotations

from ._dtypes import BOUNDS, KINDS, WEAK, WIDE
from ._elementwise import OPS, ROWS, cast, operation, put, result, types
from ._graph import MAP, Node, Ref, record
from ._ndarray import ndarray, scalar
from ._views import broadcast_shapes

_new = object.__new__
_int64 = (-(2**63), 2**63 - 1)


def _defers(other) -> bool:
    # What brings an operator of its own, by NumPy's two signs, decides.
    if isinstance(other, ndarray | bool | int | float | complex | list | tuple):
        return False
    kind = type(other)
    if hasattr(kind, "__array_ufunc__"):
        return kind.__array_ufunc__ is None
    priority = getattr(other, "__array_priority__", None)
    if priority is not None:
        return priority > ndarray.__array_priority__
    return isinstance(other, str | bytes | dict | set) or other is None


_joint: dict = {}  # pairs of shapes -> what they broadcast to


def _join(a: tuple, b: tuple) -> tuple:
    if len(_joint) > 1000:
        _joint.clear()
    found = _joint[a, b] = broadcast_shapes(a, b)
    return found


def binary_node(op: int, reflected: bool = False):
    """A function that makes the node of ``x op y``, x being an array (``reflected``: of ``y op x``); it gives NotImplemented for
    what brings an operator of its own."""
    pairs: dict = {}  # dtype << 4 | dtype -> result dtype, or -1
    scalars: dict = {}  # (dtype, type of the scalar) -> (result dtype or -1, least and largest integer or None)
    power, integers = ROWS[op]["name"] == "power" and not reflected, [kind in "iu" for kind in KINDS]

    def scalar_types(dtype, kind):
        weak = WEAK.get(kind)
        if weak is None:
            return None
        both = types(op, 0, weak, dtype, 0) if reflected else types(op, dtype, 0, 0, weak)
        bounds = (BOUNDS[both & 255] or _int64) if kind is int and both >= 0 else None
        found = scalars[dtype, kind] = (both >> 8, bounds)
        return found

    def node_of(x, y):
        kind = type(y)
        if kind is ndarray or kind is scalar:
            key = x._dtype << 4 | y._dtype
            dtype = pairs.get(key)
            if dtype is None:
                dtype = pairs[key] = types(op, x._dtype, 0, y._dtype, 0) >> 8
            a, b = x._storage.node, y._storage.node
            device = a.device
            if dtype >= 0 and device == b.device and not (device and WIDE[dtype]):
                shape = x._shape
                view = x._view
                if view is not None:
                    a = Ref(a, shape, view[0], view[1])
                view = y._view
                if view is not None:
                    b = Ref(b, y._shape, view[0], view[1])
                if shape != y._shape:
                    shape = _joint.get((shape, y._shape)) or _join(shape, y._shape)
                return Node(MAP, op, (b, a) if reflected else (a, b), shape, dtype, device)
        else:
            found = scalars.get((x._dtype, kind)) or scalar_types(x._dtype, kind)
            if found is not None:
                dtype, bounds = found
                a = x._storage.node
                device = a.device
                if (
                    dtype >= 0
                    and (bounds is None or bounds[0] <= y <= bounds[1])
                    and not (device and WIDE[dtype])
                    and not (power and kind is int and y < 0 and integers[dtype])
                ):
                    view = x._view
                    shape = x._shape
                    if view is not None:
                        a = Ref(a, shape, view[0], view[1])
                    return Node(MAP, op, (y, a) if reflected else (a, y), shape, dtype, device)
            elif _defers(y):
                return NotImplemented
        return operation(op, y, x) if reflected else operation(op, x, y)

    return node_of


def unary_node(op: int):
    """A function that makes the node of an operation on one array."""
    results: dict = {}  # dtype -> result dtype, or -1

    def node_of(x):
        dtype = results.get(x._dtype)
        if dtype is None:
            dtype = results[x._dtype] = types(op, x._dtype) >> 8
        a = x._storage.node
        device = a.device
        if dtype < 0 or (device and WIDE[dtype]):
            return operation(op, x)
        view = x._view
        shape = x._shape
        return Node(MAP, op, (a if view is None else Ref(a, shape, view[0], view[1]),), shape, dtype, device)

    return node_of


def _binary(node_of, name: str, doc: str):
    def method(self, other):
        node = node_of(self, other)
        if node is NotImplemented:
            return node
        shape = node.shape
        made = _new(ndarray if shape else scalar)
        made._storage = record(node)
        made._shape = shape
        made._dtype = node.dtype
        made._view = None
        return made

    method.__name__ = method.__qualname__ = name
    method.__doc__ = doc
    return method


def _in_place(node_of, ufunc: str, name: str):
    def method(self, other):
        if type(self) is scalar:
            return NotImplemented
        node = node_of(self, other)
        if node is not NotImplemented:
            put(self, node, ufunc)
            return self
        return node

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"As numpy.{ufunc} with out=self: the result is cast to self's dtype, which must be of its kind."
    return method


_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder",
    "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
_COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}


def _power(node_of):
    # NumPy's short cuts; more exact than the general power, and defined for complex numbers too.
    square, root = OPS["square"], OPS["sqrt"]

    def node(self, other):
        kind = type(other)
        if (kind is int or kind is float) and other in (2, 0.5, 1):
            number = KINDS[self._dtype]
            if other == 2 and (number in "fc" or kind is int):
                return operation(square, self)
            if other == 0.5 and number == "f":
                return operation(root, self)
            if other == 1 and number in "fc":
                return cast(self, self._dtype)
        elif kind is int and KINDS[self._dtype] == "c":
            from ._functions import complex_power

            return complex_power(self, other)
        return node_of(self, other)

    return node


def _unary(name: str, method_name: str):
    node_of = unary_node(OPS[name])

    def method(self):
        return result(node_of(self))

    method.__name__ = method.__qualname__ = method_name
    method.__doc__ = f"As numpy.{name}."
    return method


def _divmod(self, other):
    """As numpy.divmod."""
    return self // other, self % other


def _rdivmod(self, other):
    """As numpy.divmod."""
    return other // self, other % self


def _positive(self):
    """As numpy.positive: a copy; booleans raise TypeError."""
    from ._functions import positive

    return positive(self)


def _matmul(self, other):
    """As numpy.matmul."""
    if _defers(other):
        return NotImplemented
    from ._linalg import matmul

    return matmul(self, other)


def _rmatmul(self, other):
    """As numpy.matmul."""
    from ._linalg import matmul

    return matmul(other, self)


def _imatmul(self, other):
    """As numpy.matmul with out=self."""
    from ._linalg import matmul

    return matmul(self, other, out=self)


def install() -> None:
    """Puts the operators on ``ndarray``."""
    for short, name in _BINARY.items():
        forward, backward = binary_node(OPS[name]), binary_node(OPS[name], reflected=True)
        if name == "power":
            forward = _power(forward)
        setattr(ndarray, f"__{short}__", _binary(forward, f"__{short}__", f"As numpy.{name}."))
        setattr(
            ndarray, f"__r{short}__", _binary(backward, f"__r{short}__", f"As numpy.{name}, with self on the right.")
        )
        setattr(ndarray, f"__i{short}__", _in_place(forward, name, f"__i{short}__"))
    for short, name in _COMPARISONS.items():
        setattr(ndarray, f"__{short}__", _binary(binary_node(OPS[name]), f"__{short}__", f"As numpy.{name}."))
    for name, method in (("negative", "__neg__"), ("absolute", "__abs__"), ("invert", "__invert__")):
        setattr(ndarray, method, _unary(name, method))
    ndarray.__pos__ = _positive
    ndarray.__divmod__, ndarray.__rdivmod__ = _divmod, _rdivmod
    ndarray.__matmul__, ndarray.__rmatmul__, ndarray.__imatmul__ = _matmul, _rmatmul, _imatmul
