"""Element types: objects that act as NumPy's dtypes and as its scalar types, and the rules by which types meet.

``float32`` and its siblings are instances of ``dtype``. They are equal to NumPy's dtypes, to their names and, where one
is meant, to Python's types; called, they make a single value of their type. ``dtype=int``, ``float`` and ``complex`` mean
the defaults, which have 32 bits (a pair of them for complex numbers).
"""

from __future__ import annotations

import sys

from ._core import core

_tables = core.tables()

NAMES = [row["name"] for row in _tables["dtypes"]]
SIZES = [row["size"] for row in _tables["dtypes"]]
COUNT = len(NAMES)

BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 = (
    range(14)
)
if NAMES != [
    *("bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split())
]:
    raise ImportError(f"this package and its core differ in the element types: {NAMES}")

KINDS = "biiiiuuuufffcc"  # NumPy's letters for kinds
_CHARS = "?bhilBHILefdFD"
_KIND_RANK = {"b": 0, "u": 1, "i": 2, "f": 4, "c": 5}  # how same_kind casts may climb

WIDE = [name in ("int64", "uint64", "float64", "complex128") for name in NAMES]

# The weak kinds of Python's scalars, and the dtype that each has alone.
WEAK = {bool: 1, int: 2, float: 3, complex: 4}
DEFAULTS = {bool: BOOL, int: INT32, float: FLOAT32, complex: COMPLEX64}

# Bounds of integers.
BOUNDS = [
    None
    if kind not in "iu"
    else (0, 2 ** (8 * size) - 1)
    if kind == "u"
    else (-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1)
    for kind, size in zip(KINDS, SIZES)
]


class _Kind(type):
    """So that ``issubclass(numpy.int8, ndfuse.integer)`` says what NumPy's own kinds say."""

    def __subclasscheck__(cls, other):
        if getattr(other, "__module__", "").partition(".")[0] == "numpy":
            return any(one.__name__ == cls.__name__ for one in other.__mro__)
        return type.__subclasscheck__(cls, other)


class generic(metaclass=_Kind):
    """The root of NumPy's tree of kinds; for ``issubdtype``."""


class number(generic):
    """As numpy.number."""


class integer(number):
    """As numpy.integer."""


class signedinteger(integer):
    """As numpy.signedinteger."""


class unsignedinteger(integer):
    """As numpy.unsignedinteger."""


class inexact(number):
    """As numpy.inexact."""


class floating(inexact):
    """As numpy.floating."""


class complexfloating(inexact):
    """As numpy.complexfloating."""


_TREE = {"b": generic, "i": signedinteger, "u": unsignedinteger, "f": floating, "c": complexfloating}


class dtype:
    """An element type. ``dtype(x)`` finds it by its name, NumPy's dtype or type, or Python's type.

    Attributes are NumPy's: ``name``, ``kind``, ``itemsize``, ``char``, ``str``, ``type``, ``alignment``, ``byteorder``,
    ``isnative``, ``shape``, ``ndim``. ``number`` is the type's number in the core.
    """

    __slots__ = ("number", "name", "kind", "itemsize", "char")

    def __new__(cls, like=None):
        return DTYPES[number_of(like)]

    def __call__(self, value=0):
        """A single value of this type, or an array of it when ``value`` is a sequence."""
        from ._creation import typed

        return typed(value, self.number)

    def __eq__(self, other):
        if type(other) is dtype:
            return self is other
        try:
            return self.number == number_of(other, none=None)
        except TypeError:
            return False

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f"dtype('{self.name}')"

    def __str__(self):
        return self.name

    def __reduce__(self):
        return dtype, (self.name,)

    @property
    def type(self):
        return self

    @property
    def __name__(self):
        return self.name

    @property
    def str(self):
        return ("|" if self.itemsize == 1 else "<") + self.kind + repr(self.itemsize)

    byteorder = "="
    isnative = True
    shape = ()
    ndim = 0
    names = None
    fields = None
    hasobject = False

    @property
    def alignment(self):
        return self.itemsize // (2 if self.kind == "c" else 1)

    @property
    def dtype(self):
        """NumPy's own dtype: so NumPy takes this object wherever it takes a dtype. (AttributeError without NumPy.)"""
        return numpy_dtype(self.number)


def _make(number):
    one = object.__new__(dtype)
    one.number = number
    one.name = NAMES[number]
    one.kind = KINDS[number]
    one.itemsize = SIZES[number]
    one.char = _CHARS[number]
    return one


DTYPES = [_make(n) for n in range(COUNT)]
(bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64, complex128) = (
    DTYPES
)

_NUMBERS: dict = {one.name: one.number for one in DTYPES}
_NUMBERS |= {f"{k}{s}": n for n, (k, s) in enumerate(zip(KINDS, SIZES))}  # "f4"
_NUMBERS |= {f"{o}{k}{s}": n for n, (k, s) in enumerate(zip(KINDS, SIZES)) for o in "<=|"}  # "<f4"
_NUMBERS |= {c: n for n, c in enumerate(_CHARS)}
_NUMBERS |= {
    "int": INT32,
    "float": FLOAT32,
    "complex": COMPLEX64,
    "bool_": BOOL,
    "uint": UINT32,
    "q": INT64,
    "Q": UINT64,
}
_NUMBERS |= {"half": FLOAT16, "single": FLOAT32, "double": FLOAT64, "csingle": COMPLEX64, "cdouble": COMPLEX128}
_NUMBERS |= {"byte": INT8, "ubyte": UINT8, "short": INT16, "ushort": UINT16, "intc": INT32, "uintc": UINT32}
_NUMBERS |= {"intp": INT32, "int_": INT32, "uintp": UINT32, "longlong": INT64, "ulonglong": UINT64}
_NUMBERS |= {bool: BOOL, int: INT32, float: FLOAT32, complex: COMPLEX64}


def number_of(like, none=FLOAT32) -> int:
    """The number of the dtype that ``like`` names: a dtype, NumPy's dtype or scalar type, a name, Python's type; None
    means ``none``. Raises TypeError with NumPy's words for what is no dtype, and for NumPy's dtypes that are not here."""
    if type(like) is dtype:
        return like.number
    if like is None:
        if none is None:
            raise TypeError("None is not a dtype here")
        return none
    try:
        return _NUMBERS[like]
    except (KeyError, TypeError):
        pass
    module = type(like).__module__ if not isinstance(like, type) else like.__module__
    if module.partition(".")[0] == "numpy":
        numpy = sys.modules["numpy"]
        theirs = like if isinstance(like, numpy.dtype) else numpy.dtype(like)
        if theirs.isnative and theirs.name in NAMES:
            return NAMES.index(theirs.name)
        raise TypeError(f"dtype {theirs!r} is not supported: only {', '.join(NAMES)}, in this machine's byte order")
    if isinstance(like, str):
        raise TypeError(f"data type {like!r} not understood")
    raise TypeError(f"Cannot interpret {like!r} as a data type")


def numpy_dtype(number: int):
    """NumPy's dtype of a number; AttributeError when NumPy is not there."""
    numpy = numpy_module()
    if numpy is None:
        raise AttributeError("NumPy is not installed")
    return numpy.dtype(NAMES[number])


def numpy_module():
    """NumPy, or None where it is not installed."""
    module = sys.modules.get("numpy")
    if module is not None:
        return module
    try:
        import numpy
    except ImportError:
        return None
    return numpy


# --- how types meet

_pairs: dict = {}


def pair(a: int, b: int) -> int:
    """The dtype of two arrays together: NEP 50, with 32-bit defaults (int32 with float32 is float32)."""
    found = _pairs.get(a << 4 | b)
    if found is None:
        found = _pairs[a << 4 | b] = core.result_type(a, 0, b, 0)
    return found


def meet(strong: list, weak: int) -> int:
    """The dtype of arrays' dtypes and the highest weak kind among Python scalars (0: none)."""
    if not strong:
        return core.result_type(0, weak, 0, weak)
    result = strong[0]
    for one in strong[1:]:
        result = pair(result, one)
    return core.result_type(result, 0, 0, weak) if weak else result


def result_type(*arguments):
    """The dtype of arrays, dtypes and Python scalars together. As numpy.result_type, with 32-bit defaults: a 32-bit
    integer with float16, float32 or complex64 gives float32 or complex64. Scalars are weak."""
    if not arguments:
        raise ValueError("at least one array or dtype is required")
    strong, weak = [], 0
    for one in arguments:
        kind = WEAK.get(type(one))
        if kind is not None:
            weak = max(weak, kind)
        else:
            strong.append(dtype_number_of_value(one))
    return DTYPES[meet(strong, weak)]


def dtype_number_of_value(one) -> int:
    """The dtype of an array (anything with a dtype), or what a dtype-like object names."""
    own = getattr(one, "dtype", None) if type(one) is not dtype and not isinstance(one, type) else None
    return number_of(own if own is not None else one)


def _promote(a: int, b: int) -> int:
    # NumPy's own table, exactly.
    if a == b:
        return a
    if "biufc".index(KINDS[a]) > "biufc".index(KINDS[b]):
        a, b = b, a
    ka, kb, sa, sb = KINDS[a], KINDS[b], SIZES[a], SIZES[b]
    if ka == "b":
        return b
    if kb in "fc":
        real = sa if ka == "f" else sa // 2 if ka == "c" else min(2 * sa, 8)
        if kb == "f":
            return {2: FLOAT16, 4: FLOAT32, 8: FLOAT64}[max(real, sb)]
        return COMPLEX128 if max(real, sb // 2) == 8 else COMPLEX64
    if ka == kb:
        return a if sa > sb else b
    if sb < sa:
        return a
    return FLOAT64 if sb == 8 else {1: INT16, 2: INT32, 4: INT64}[sb]


def promote_types(type1, type2):
    """The smallest type that holds both. As numpy.promote_types, exactly: int32 with float32 is float64. What an
    operation on two arrays gives is result_type."""
    return DTYPES[_promote(number_of(type1), number_of(type2))]


def castable(source: int, target: int, casting: str) -> bool:
    if casting == "unsafe":
        return True
    if casting in ("no", "equiv"):
        return source == target
    if casting not in ("safe", "same_kind"):
        raise ValueError(f"casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' (got '{casting}')")
    if _promote(source, target) == target:
        return True
    return casting == "same_kind" and _KIND_RANK[KINDS[source]] <= _KIND_RANK[KINDS[target]]


def can_cast(from_, to, casting="safe"):
    """Whether a type may be cast to another one under a rule. As numpy.can_cast; Python scalars raise TypeError."""
    if type(from_) in WEAK:
        raise TypeError(
            "can_cast() does not support Python ints, floats, and complex because the result used to depend on the value."
        )
    return castable(dtype_number_of_value(from_), number_of(to), casting)


def issubdtype(arg1, arg2):
    """Whether a type is of a kind (``floating``, ``integer``, ...) or equal to another one. As numpy.issubdtype."""
    kind = arg1 if isinstance(arg1, _Kind) else _TREE[KINDS[number_of(arg1)]]
    if isinstance(arg2, _Kind):
        return issubclass(kind, arg2)
    if isinstance(arg2, type) and arg2.__module__.partition(".")[0] == "numpy" and arg2.__name__ in _KIND_NAMES:
        return issubclass(kind, _KIND_NAMES[arg2.__name__])
    return not isinstance(arg1, _Kind) and number_of(arg1) == number_of(arg2)


_KIND_NAMES = {
    one.__name__: one
    for one in (generic, number, integer, signedinteger, unsignedinteger, inexact, floating, complexfloating)
}


def common_type(*arrays):
    """The floating or complex type that holds the elements of all arrays. As numpy.common_type: integers count as float32 (64-bit
    ones as float64)."""
    number, is_complex = FLOAT16, False
    for one in arrays:
        own = dtype_number_of_value(one)
        if KINDS[own] == "b":
            raise TypeError("can't get common type for non-numeric array")
        is_complex = is_complex or KINDS[own] == "c"
        real = FLOAT64 if WIDE[own] else FLOAT16 if own == FLOAT16 else FLOAT32
        number = max(number, real)
    return DTYPES[(COMPLEX128 if number == FLOAT64 else COMPLEX64) if is_complex else number]


def min_scalar_type(a):
    """The smallest type that holds a scalar's value; of an array its own. As numpy.min_scalar_type."""
    if hasattr(a, "shape") and a.shape != ():
        return DTYPES[dtype_number_of_value(a)]
    value = a.item() if hasattr(a, "item") else a
    if isinstance(value, bool):
        return DTYPES[BOOL]
    if isinstance(value, int):
        names = ("uint8", "uint16", "uint32", "uint64") if value >= 0 else ("int8", "int16", "int32", "int64")
        for name in names:
            low, high = BOUNDS[_NUMBERS[name]]
            if low <= value <= high:
                return DTYPES[_NUMBERS[name]]
        raise OverflowError(f"Python integer {value} is out of bounds for every integer dtype")
    parts = [value.real, value.imag] if isinstance(value, complex) else [value]
    finite = [abs(part) for part in parts if part == part and abs(part) != float("inf")]
    largest = max(finite, default=0.0)
    real = FLOAT16 if largest < 65000 else FLOAT32 if largest < 3.4e38 else FLOAT64
    if isinstance(value, complex):
        return DTYPES[COMPLEX128 if real == FLOAT64 else COMPLEX64]
    return DTYPES[real]


def mintypecode(typechars, typeset="GDFgdf", default="d"):
    """The character of the smallest type of a set to which all these types can be cast. As numpy.mintypecode."""
    order = "GDFgdf"
    chars = [one if isinstance(one, str) else one.dtype.char for one in typechars]
    found = [one for one in chars if one in typeset]
    if not found:
        return default
    if "F" in found and "d" in found:
        return "D"
    return min(found, key=order.index)


def typename(char):
    """What a type's character means. As numpy.typename, for the types that are here."""
    names = {
        "?": "bool", "b": "signed char", "h": "short", "i": "integer", "l": "long integer", "q": "long long integer", "B": "unsigned char",
        "H": "unsigned short", "I": "unsigned integer", "L": "unsigned long integer", "Q": "unsigned long long integer",
        "f": "single precision", "d": "double precision", "F": "complex single precision", "D": "complex double precision",
    }  # fmt: skip
    return names[char]


class finfo:
    """Limits of a floating type (of a complex type: of its parts). As numpy.finfo; values are Python floats."""

    def __init__(self, type_):
        if isinstance(type_, float | complex):
            number = DEFAULTS[type(type_)]
        else:
            number = dtype_number_of_value(type_)
        if KINDS[number] not in "fc":
            raise ValueError(f"data type {DTYPES[number]!r} not inexact")
        number = {COMPLEX64: FLOAT32, COMPLEX128: FLOAT64}.get(number, number)
        self.dtype = DTYPES[number]
        self.bits = 8 * SIZES[number]
        self.nmant, self.nexp, self.precision = {FLOAT16: (10, 5, 3), FLOAT32: (23, 8, 6), FLOAT64: (52, 11, 15)}[
            number
        ]
        bias = 2 ** (self.nexp - 1) - 1
        self.maxexp, self.minexp = bias + 1, 1 - bias
        self.eps = 2.0**-self.nmant
        self.epsneg = self.eps / 2
        self.max = (2.0 - self.eps) * 2.0**bias
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0**self.minexp
        self.smallest_subnormal = 2.0 ** (self.minexp - self.nmant)
        self.resolution = 10.0**-self.precision

    def __repr__(self):
        return f"finfo(resolution={self.resolution}, min={self.min}, max={self.max}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer type. As numpy.iinfo."""

    def __init__(self, type_):
        number = INT32 if isinstance(type_, int) and not isinstance(type_, bool) else dtype_number_of_value(type_)
        if KINDS[number] not in "iu":
            raise ValueError(f"Invalid integer data type {KINDS[number]!r}.")
        self.dtype = DTYPES[number]
        self.kind = KINDS[number]
        self.bits = 8 * SIZES[number]
        self.min, self.max = BOUNDS[number]

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def check_integer(value: int, number: int) -> None:
    """OverflowError, with NumPy's words, for a Python integer that an integer type cannot hold."""
    bounds = BOUNDS[number]
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise OverflowError(f"Python integer {value} out of bounds for {NAMES[number]}")
