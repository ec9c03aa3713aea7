"""Every elementwise operation of the core as a function object. What is made of several of them is in ``_functions``.

Names are NumPy's; an operation that NumPy does not have (erf, rsqrt) keeps its own.
"""

from __future__ import annotations

from . import _accumulating, _creation, _manipulation, _reductions
from ._complex import FUNCTIONS
from ._dtypes import BOOL, COUNT, DTYPES, KINDS, NAMES, castable, number_of
from ._elementwise import (
    OPS,
    ROWS,
    UFuncTypeError,
    astype,
    cast,
    convert,
    operation,
    put,
    result,
    types,
)
from ._graph import Scalar
from ._ndarray import ndarray
from ._operators import binary_node, unary_node
from ._views import broadcast_shapes

_REDUCTIONS = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any",
}  # fmt: skip
_CHARS = "?bhilBHILefdFD"


class ufunc:
    """An elementwise operation. As numpy.ufunc: ``f(x, y, out=None, where=True, dtype=None, casting="same_kind")``.

    Operands are arrays, what becomes one, and scalars; they broadcast, and their types meet by NEP 50 with 32-bit defaults.
    ``dtype``: the type in which is computed. ``out``: an array for the result, of its shape and kind. ``where``: a mask;
    where it is false, ``out`` keeps its elements (zero without ``out``; NumPy leaves them open). ``types`` lists what is
    supported as NumPy does.
    """

    def __init__(self, name: str, op: int):
        self.__name__ = name
        self._op = op
        self.nin = ROWS[op]["arity"]
        self._node = unary_node(op) if self.nin == 1 else binary_node(op)
        self.nout = 1
        self.nargs = self.nin + 1
        self.signature = None
        self.identity = {"add": 0, "multiply": 1, "logical_and": True, "logical_or": False, "logical_xor": False, "bitwise_or": 0, "bitwise_xor": 0, "bitwise_and": -1, "hypot": 0}.get(name)  # fmt: skip
        self.__doc__ = f"{name}({', '.join('xyz'[: self.nin])}): as numpy.{name}, an elementwise operation. See docs/operations.md for its types."

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"

    @property
    def types(self):
        found = []
        for number in range(COUNT):
            both = types(self._op, number, 0, number, 0)
            if both >= 0 and (both & 255) == number:
                found.append(_CHARS[number] * self.nin + "->" + _CHARS[both >> 8])
        return found

    @property
    def ntypes(self):
        return len(self.types)

    def __call__(self, *operands, out=None, where=True, dtype=None, casting="same_kind", order="K", subok=True):
        if casting != "same_kind":
            castable(BOOL, BOOL, casting)  # refuses an unknown rule
            if isinstance(out, tuple):
                (out,) = out
            return self._cast(operands, out, where, dtype, casting)
        if out is None and where is True and dtype is None and len(operands) == self.nin:
            if isinstance(operands[0], ndarray):
                node = self._node(*operands)
                if node is not NotImplemented:
                    return result(node)
            return result(operation(self._op, *operands))
        if len(operands) != self.nin:
            if len(operands) == self.nin + 1 and out is None:
                operands, out = operands[:-1], operands[-1]
            else:
                raise TypeError(
                    f"{self.__name__}() takes from {self.nin} to {self.nin + 1} positional arguments but {len(operands)} were given"
                )
        if dtype is not None:
            operands = self._converted(operands, number_of(dtype), casting)
        node = operation(self._op, *operands)
        if out is None and where is True:
            return result(node)
        if isinstance(out, tuple):
            (out,) = out
        if where is not True:
            value = result(node)
            where = _creation.asarray(where)
            if where._dtype != BOOL:
                raise TypeError(
                    f"Cannot cast array data from {where.dtype!r} to dtype('bool') according to the rule 'safe'"
                )
            shape = broadcast_shapes(node.shape, where._shape)
            kept = _creation.zeros(shape, NAMES[node.dtype]) if out is None else out
            if out is not None and not castable(node.dtype, out._dtype, "same_kind"):
                raise UFuncTypeError(
                    f"Cannot cast ufunc '{self.__name__}' output from {DTYPES[node.dtype]!r} to {out.dtype!r} with casting rule 'same_kind'"
                )
            if out is not None:
                value = astype(value, out._dtype)
            node = operation(OPS["where"], where, value, kept)
            if out is None:
                return result(node)
        if not isinstance(out, ndarray):
            raise TypeError("return arrays must be of ArrayType")
        put(out, node, self.__name__)
        return out

    def _cast(self, operands, out, where, dtype, casting):
        # By another rule than NumPy's usual one: what the result would be decides, then it is cast as asked.
        if len(operands) == self.nin + 1 and out is None:
            operands, out = operands[:-1], operands[-1]
        if dtype is not None:
            operands = self._converted(operands, number_of(dtype), casting)
        node = operation(self._op, *operands)
        operand = [one for one in map(convert, operands) if isinstance(one, ndarray)]
        both = types(self._op, *[part for one in operand[:2] for part in (one._dtype, 0)]) if operand else -1
        if dtype is None and both >= 0:
            for one in operand:
                if not castable(one._dtype, both & 255, casting):
                    raise UFuncTypeError(
                        f"Cannot cast ufunc '{self.__name__}' input from {one.dtype!r} to {DTYPES[both & 255]!r} with casting rule '{casting}'"
                    )
        if out is None:
            return self(*operands, where=where) if where is not True else result(node)
        if not castable(node.dtype, out._dtype, casting):
            raise UFuncTypeError(
                f"Cannot cast ufunc '{self.__name__}' output from {DTYPES[node.dtype]!r} to {out.dtype!r} with casting rule '{casting}'"
            )
        value = result(node)
        if casting == "unsafe" or value._dtype != out._dtype:
            value = astype(value, out._dtype)
        put(
            out,
            operation(OPS["where"], where, value, out) if where is not True else cast(value, out._dtype),
            self.__name__,
        )
        return out

    def _converted(self, operands, number, casting):
        made = []
        for x in operands:
            x = convert(x)
            if isinstance(x, ndarray):
                if not castable(x._dtype, number, casting):
                    raise UFuncTypeError(
                        f"Cannot cast ufunc '{self.__name__}' input from {x.dtype!r} to {DTYPES[number]!r} with casting rule '{casting}'"
                    )
                x = x if x._dtype == number else astype(x, number)
            else:
                value = x.value if type(x) is Scalar else x
                x = Scalar(number, _creation.coerce(value, number))
            made.append(x)
        key = [part for _ in range(self.nin) for part in (number, 0)][: 2 * min(self.nin, 2)]
        both = types(self._op, *key)
        composed = KINDS[number] == "c" and self.__name__ in FUNCTIONS
        if not composed and (both < 0 or (both & 255) != number):
            raise UFuncTypeError(
                f"No loop matching the specified signature and casting was found for ufunc {self.__name__}"
            )
        return made

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        """The operation over the elements along axes. There are add, multiply, maximum, minimum, logical_and, logical_or;
        others raise NotImplementedError."""
        name = _REDUCTIONS.get(self.__name__)
        if self.nin != 2:
            raise ValueError("reduce only supported for binary functions")
        if name is None:
            raise NotImplementedError(f"{self.__name__}.reduce is not there; those of {', '.join(_REDUCTIONS)} are")
        return _reductions.reduce(name, array, axis, dtype, out, keepdims, initial, where)

    def outer(self, A, B, /, **options):
        """The operation on all pairs of elements: shape A.shape + B.shape."""
        if self.nin != 2:
            raise ValueError("outer product only supported for binary functions")
        A, B = _creation.asarray(A), _creation.asarray(B)
        return self(_manipulation.reshape(A, A._shape + (1,) * B.ndim), B, **options)

    def accumulate(self, array, axis=0, dtype=None, out=None):
        """The operation up to each element along an axis: a scan for add, multiply, maximum, minimum, logaddexp, logical_and and
        logical_or; for others one step after the other, so as many operations as the axis has elements."""
        return _accumulating.accumulate(self, array, axis, dtype, out)

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        """The operation over the stretches that begin at these indices, which the host reads."""
        return _accumulating.reduceat(self, array, indices, axis, dtype, out)

    def at(self, a, indices, b=None, /):
        """The operation on the chosen elements in place; an index that occurs several times counts several times. A scatter for add,
        subtract, multiply, maximum and minimum; others the host computes, one element after the other."""
        from ._indexing import add_at

        add_at(self, a, indices, b)


# Operations under NumPy's names where those differ.
_NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip
_PRIVATE = ("structure", "exact", "random", "select")

UFUNCS: dict = {}
for _number, _row in enumerate(ROWS):
    if _row["rule"] not in _PRIVATE and _row["name"] not in ("real", "imag"):
        _name = _NUMPY.get(_row["name"], _row["name"])
        UFUNCS[_name] = ufunc(_name, _number)
        if _name != _row["name"]:
            UFUNCS[_row["name"]] = UFUNCS[_name]
for _name, _other in (
    ("abs", "absolute"), ("true_divide", "divide"), ("mod", "remainder"), ("pow", "power"), ("conj", "conjugate"),
    ("bitwise_not", "invert"), ("bitwise_invert", "invert"), ("bitwise_left_shift", "left_shift"), ("bitwise_right_shift", "right_shift"),
    ("radians", "deg2rad"), ("degrees", "rad2deg"),
):  # fmt: skip
    UFUNCS[_name] = UFUNCS[_other]
globals().update(UFUNCS)

__all__ = ["ufunc", *UFUNCS]
