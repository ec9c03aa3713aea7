"""Operators of ``ndarray``, with short cuts for what programs do most: two arrays of one shape, an array and a scalar.

A short cut knows the types of an operation from a dictionary, needs no broadcasting and moves nothing between devices;
everything else, and every error, is ``_elementwise.operation``'s.
"""

from __future__ import annotations

from ._dtypes import BOUNDS, COUNT, KINDS, WEAK, WIDE
from ._elementwise import OPS, cast, operation, put, result, types
from ._graph import MAP, Node, Ref, record
from ._ndarray import ndarray, scalar

_new = object.__new__
_int64 = (-(2**63), 2**63 - 1)


def _scalar_types(op: int, reflected: bool) -> dict:
    """(dtype, type of the scalar) -> (result dtype, bounds of an integer scalar or None)."""
    table = {}
    for dtype in range(COUNT):
        for kind, weak in WEAK.items():
            both = types(op, 0, weak, dtype, 0) if reflected else types(op, dtype, 0, 0, weak)
            if both >= 0:
                bounds = (BOUNDS[both & 255] or _int64) if kind is int else None
                table[dtype, kind] = (both >> 8, bounds)
    return table


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


def _maker(name: str, reflected: bool):
    """A function that makes the node of ``self op other``, or gives NotImplemented."""
    op = OPS[name]
    pairs = {a << 4 | b: both >> 8 for a in range(COUNT) for b in range(COUNT) if (both := types(op, a, 0, b, 0)) >= 0}
    scalars = _scalar_types(op, reflected)
    power, integers = name == "power", [kind in "iu" for kind in KINDS]

    def node_of(self, other):
        kind = type(other)
        if kind is ndarray:
            shape = self._shape
            if shape == other._shape:
                dtype = pairs.get(self._dtype << 4 | other._dtype)
                a, b = self._storage.node, other._storage.node
                device = a.device
                if dtype is not None and device == b.device and not (device and WIDE[dtype]):
                    view = self._view
                    if view is not None:
                        a = Ref(a, shape, view[0], view[1])
                    view = other._view
                    if view is not None:
                        b = Ref(b, shape, view[0], view[1])
                    return Node(MAP, op, (b, a) if reflected else (a, b), shape, dtype, device)
        else:
            found = scalars.get((self._dtype, kind))
            if found is not None:
                dtype, bounds = found
                a = self._storage.node
                device = a.device
                if (
                    (bounds is None or bounds[0] <= other <= bounds[1])
                    and not (device and WIDE[dtype])
                    and not (power and not reflected and kind is int and other < 0 and integers[dtype])
                ):
                    view = self._view
                    shape = self._shape
                    if view is not None:
                        a = Ref(a, shape, view[0], view[1])
                    return Node(MAP, op, (other, a) if reflected else (a, other), shape, dtype, device)
            if _defers(other):
                return NotImplemented
        return operation(op, other, self) if reflected else operation(op, self, other)

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
            from ._ufuncs import complex_power

            return complex_power(self, other)
        return node_of(self, other)

    return node


def _unary(name: str, method_name: str):
    op = OPS[name]

    def method(self):
        return result(operation(op, self))

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
    from ._ufuncs import positive

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
        forward, backward = _maker(name, False), _maker(name, True)
        if name == "power":
            forward = _power(forward)
        setattr(ndarray, f"__{short}__", _binary(forward, f"__{short}__", f"As numpy.{name}."))
        setattr(
            ndarray, f"__r{short}__", _binary(backward, f"__r{short}__", f"As numpy.{name}, with self on the right.")
        )
        setattr(ndarray, f"__i{short}__", _in_place(forward, name, f"__i{short}__"))
    for short, name in _COMPARISONS.items():
        setattr(ndarray, f"__{short}__", _binary(_maker(name, False), f"__{short}__", f"As numpy.{name}."))
    for name, method in (("negative", "__neg__"), ("absolute", "__abs__"), ("invert", "__invert__")):
        setattr(ndarray, method, _unary(name, method))
    ndarray.__pos__ = _positive
    ndarray.__divmod__, ndarray.__rdivmod__ = _divmod, _rdivmod
    ndarray.__matmul__, ndarray.__rmatmul__, ndarray.__imatmul__ = _matmul, _rmatmul, _imatmul
