"""Elementary functions of complex numbers, made of real operations: what the opcodes of the core have for real numbers alone.

Values on branch cuts, of zeros, infinities and NaN are C's (Annex G), which NumPy's are, as far as the formulas here give them.
``FUNCTIONS`` has, by the name of a ufunc, what it does with complex operands.
"""

from __future__ import annotations

import math

from . import _creation
from ._dtypes import COMPLEX64, COMPLEX128, FLOAT32, FLOAT64, KINDS, WEAK, meet
from ._elementwise import OPS, apply, array_of, as_input, astype, device_of, moved
from ._graph import MAP, Node, Scalar
from ._ndarray import ndarray, scalar
from ._views import broadcast_shapes


def real(z: ndarray) -> ndarray:
    return apply(OPS["real"], z)


def imag(z: ndarray) -> ndarray:
    return apply(OPS["imag"], z)


def complex_of(re, im) -> ndarray:
    """The complex numbers of these real parts, exactly: infinities and signed zeros stay what they are."""
    re, im = (_creation.asarray(x) for x in (re, im))
    number = FLOAT64 if meet([re._dtype, im._dtype], WEAK[float]) in (FLOAT64, COMPLEX128) else FLOAT32
    re, im = (x if x._dtype == number else astype(x, number) for x in (re, im))
    device = 0 if number == FLOAT64 else max(device_of(re), device_of(im))
    re, im = (x if device_of(x) == device else moved(x, device) for x in (re, im))
    shape = broadcast_shapes(re._shape, im._shape)
    given = COMPLEX64 if number == FLOAT32 else COMPLEX128
    made = array_of(Node(MAP, OPS["make_complex"], (as_input(re), as_input(im)), shape, given, device))
    return made if shape or not (isinstance(re, scalar) and isinstance(im, scalar)) else made[()]


def _op(name: str):
    number = OPS[name]
    return lambda *operands: apply(number, *operands)


_where, _sqrt, _log, _exp, _hypot, _atan2 = map(_op, ("where", "sqrt", "log", "exp", "hypot", "atan2"))
_sin, _cos, _sinh, _cosh, _tanh, _tan = map(_op, ("sin", "cos", "sinh", "cosh", "tanh", "tan"))
_log1p, _expm1, _copysign, _absolute, _isnan, _isinf, _isfinite = map(
    _op, ("log1p", "expm1", "copysign", "absolute", "isnan", "isinf", "isfinite")
)


def log(z):
    """ln |z| + i arg z."""
    x, y = real(z), imag(z)
    return complex_of(_log_of_size(x, y), _atan2(y, x))


def _log_of_size(x, y):
    # log1p where the size is near one, so that its logarithm keeps its digits.
    a, b = _absolute(x), _absolute(y)
    big, small = apply(OPS["maximum"], a, b), apply(OPS["minimum"], a, b)
    near = _log1p((big - 1) * (big + 1) + small * small) / 2
    return _where((big > 0.5) & (big < 2.0), near, _log(_hypot(x, y)))


def _scaled(factor: float):
    def function(z):
        w = log(z)
        return complex_of(real(w) * factor, imag(w) * factor)

    return function


def log1p(z):
    """ln (1 + z), exact for small z too."""
    x, y = real(z), imag(z)
    near = _log1p(x * (2 + x) + y * y) / 2
    far = _log(_hypot(1 + x, y))
    return complex_of(_where(_absolute(x) + _absolute(y) < 0.5, near, far), _atan2(y, 1 + x))


def sqrt(z):
    """The root with a real part that is not negative."""
    x, y = real(z), imag(z)
    size = _hypot(x, y)
    root = _sqrt((size + _absolute(x)) / 2)
    other = _absolute(y) / (2 * _where(root == 0, 1.0, root))
    re = _where(x >= 0, root, other)
    im = _copysign(_where(x >= 0, other, root), y)
    endless = _isinf(y)
    return complex_of(_where(endless, math.inf, re), _where(endless, y, im))


def exp2(z):
    size, y = apply(OPS["exp2"], real(z)), imag(z) * math.log(2)
    return complex_of(size * _cos(y), size * _sin(y))


def expm1(z):
    """e**z - 1: e**x cos y - 1 as expm1(x) cos y - 2 sin(y/2)**2."""
    x, y = real(z), imag(z)
    half = _sin(y / 2)
    return complex_of(_expm1(x) * _cos(y) - 2 * half * half, _exp(x) * _sin(y))


def sin(z):
    x, y = real(z), imag(z)
    return complex_of(_sin(x) * _cosh(y), _cos(x) * _sinh(y))


def cos(z):
    x, y = real(z), imag(z)
    return complex_of(_cos(x) * _cosh(y), -(_sin(x) * _sinh(y)))


def sinh(z):
    x, y = real(z), imag(z)
    return complex_of(_sinh(x) * _cos(y), _cosh(x) * _sin(y))


def cosh(z):
    x, y = real(z), imag(z)
    return complex_of(_cosh(x) * _cos(y), _sinh(x) * _sin(y))


def tanh(z):
    """Kahan's formula: with t = tan y, s = sinh x, both parts over 1 + (1 + t**2) s**2."""
    x, y = real(z), imag(z)
    far = _absolute(x) > 10.0
    small = _where(far, 0.0, x)
    t, s = _tan(y), _sinh(small)
    b = 1 + t * t
    r = _sqrt(1 + s * s)
    below = 1 + b * s * s
    return complex_of(
        _where(far, _copysign(1.0, x), b * r * s / below),
        _where(far, 4 * _sin(y) * _cos(y) * _exp(-2 * _absolute(x)), t / below),
    )


def tan(z):
    w = tanh(complex_of(-imag(z), real(z)))  # tan z = -i tanh iz
    return complex_of(imag(w), -real(w))


def _times_i(z):
    return complex_of(-imag(z), real(z))


def arcsinh(z):
    """Kahan, Branch Cuts for Complex Elementary Functions (1987): by the roots of 1 + iz and 1 - iz."""
    w = arcsin(_times_i(z))
    return complex_of(imag(w), -real(w))


def _roots(z):
    x, y = real(z), imag(z)
    return sqrt(complex_of(1 - x, -y)), sqrt(complex_of(1 + x, y))


def arcsin(z):
    """Kahan: atan(x / Re(r q)), asinh(Im(conj(r) q)) with r = sqrt(1 - z), q = sqrt(1 + z)."""
    r, q = _roots(z)
    a, b, c, d = real(r), imag(r), real(q), imag(q)
    return complex_of(_atan2(real(z), a * c - b * d), apply(OPS["asinh"], a * d - b * c))


def arccos(z):
    """Kahan: 2 atan(Re r / Re q), asinh(Im(conj(q) r))."""
    r, q = _roots(z)
    a, b, c, d = real(r), imag(r), real(q), imag(q)
    return complex_of(2 * _atan2(a, c), apply(OPS["asinh"], c * b - d * a))


def arccosh(z):
    """Kahan: asinh(Re(conj(sqrt(z - 1)) sqrt(z + 1))), 2 atan(Im sqrt(z - 1) / Re sqrt(z + 1))."""
    x, y = real(z), imag(z)
    r, q = sqrt(complex_of(x - 1, y)), sqrt(complex_of(x + 1, y))
    a, b, c, d = real(r), imag(r), real(q), imag(q)
    return complex_of(apply(OPS["asinh"], a * c + b * d), 2 * _atan2(b, c))


def arctanh(z):
    """log1p(4x / ((1 - x)**2 + y**2)) / 4, and half the angle of (1 - x**2 - y**2) + 2iy."""
    x, y = real(z), imag(z)
    re = _log1p(4 * _absolute(x) / (((1 - _absolute(x)) * (1 - _absolute(x))) + y * y)) / 4
    re = _where(_isinf(x) | _isinf(y), 0.0, re)
    return complex_of(_copysign(re, x), _atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2)


def arctan(z):
    w = arctanh(_times_i(z))
    return complex_of(imag(w), -real(w))


def reciprocal(z):
    return apply(OPS["divide"], 1, z)


def sign(z):
    """z / |z|, 0 for 0. As numpy.sign since NumPy 2."""
    size = _absolute(z)
    none = size == 0
    size = _where(none, 1.0, size)
    return complex_of(_where(none, 0.0, real(z) / size), _where(none, 0.0, imag(z) / size))


def rint(z):
    return complex_of(apply(OPS["rint"], real(z)), apply(OPS["rint"], imag(z)))


def power(z, w):
    """exp(w log z); 0**0 is 1, 0 to powers with a positive real part 0."""
    size, angle = _log_of_size(real(z), imag(z)), _atan2(imag(z), real(z))
    u, v = real(w), imag(w)
    made = apply(OPS["exp"], complex_of(u * size - v * angle, u * angle + v * size))
    zero = z == 0
    at_zero = _where(w == 0, 1.0, _where(u > 0, 0.0, math.nan))
    square = z * z
    made = _where(w == 2, square, _where(w == 1, z, made))
    return _where(zero, complex_of(at_zero, _where((w == 0) | (u > 0), 0.0, math.nan)), made)


# --- order: by real parts, then by imaginary ones


def _less(strictly: bool):
    def function(z, w):
        a, b, c, d = real(z), imag(z), real(w), imag(w)
        return (a < c) | ((a == c) & ((b < d) if strictly else (b <= d)))

    return function


less, less_equal = _less(True), _less(False)


def _has_nan(z):
    return z != z


def _extreme(better, nan_wins: bool):
    def function(z, w):
        number = meet([z._dtype, w._dtype], 0)
        z, w = (x if x._dtype == number else astype(x, number) for x in (z, w))
        chosen = better(z, w)
        if nan_wins:
            return _where(_has_nan(z) | (chosen & ~_has_nan(w)), z, w)
        return _where(_has_nan(w) | (chosen & ~_has_nan(z)), z, w)

    return function


def _either(name: str, joined: str):
    def function(z):
        return apply(OPS[joined], apply(OPS[name], real(z)), apply(OPS[name], imag(z)))

    return function


FUNCTIONS = {
    "log": log, "log2": _scaled(1 / math.log(2)), "log10": _scaled(1 / math.log(10)), "log1p": log1p, "sqrt": sqrt, "exp2": exp2,
    "expm1": expm1, "sin": sin, "cos": cos, "tan": tan, "sinh": sinh, "cosh": cosh, "tanh": tanh, "arcsin": arcsin, "arccos": arccos,
    "arctan": arctan, "arcsinh": arcsinh, "arccosh": arccosh, "arctanh": arctanh, "reciprocal": reciprocal, "sign": sign, "rint": rint,
    "power": power, "less": less, "less_equal": less_equal, "greater": lambda z, w: less(w, z), "greater_equal": lambda z, w: less_equal(w, z),
    "maximum": _extreme(lambda z, w: less_equal(w, z), True), "minimum": _extreme(less_equal, True),
    "fmax": _extreme(lambda z, w: less_equal(w, z), False), "fmin": _extreme(less_equal, False),
    "isnan": _either("isnan", "logical_or"), "isinf": _either("isinf", "logical_or"), "isfinite": _either("isfinite", "logical_and"),
}  # fmt: skip
for _name, _other in (
    ("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("asinh", "arcsinh"), ("acosh", "arccosh"), ("atanh", "arctanh"),
):  # fmt: skip
    FUNCTIONS[_name] = FUNCTIONS[_other]


def function_for(name: str, operands: list):
    """What the ufunc of this name does with these operands (as ``_elementwise.convert`` gives them) where one is complex and the core
    leaves it to this module; else None."""
    made = FUNCTIONS.get(name)
    return made if made is not None and any(_is_complex(x) for x in operands) else None


def _is_complex(x) -> bool:
    if isinstance(x, ndarray):
        return KINDS[x._dtype] == "c"
    return type(x) is complex or type(x) is Scalar and KINDS[x.dtype] == "c"


def operands_of(operands: list) -> list:
    """The operands as complex arrays of one type."""
    strong = [x.dtype if type(x) is Scalar else x._dtype for x in operands if isinstance(x, ndarray | Scalar)]
    number = meet(strong, WEAK[complex])
    device = max([device_of(x) for x in operands if isinstance(x, ndarray)], default=0)
    made = []
    for x in operands:
        if isinstance(x, ndarray):
            made.append(x if x._dtype == number else astype(x, number))
        else:
            made.append(_creation.constant(complex(x.value if type(x) is Scalar else x), number, device))
    return made
