"""repr and str of arrays, the same text as NumPy's for an array of this dtype. Of a long array, only what is shown is read.

The shortest digits that give a float32 or float16 again are found by trying, from few digits to many.
"""

from __future__ import annotations

import contextlib
import math
import struct
import sys
from decimal import Decimal

from . import _manipulation, _transfer
from ._dtypes import FLOAT16, KINDS, NAMES, SIZES
from ._ndarray import ndarray

_options = {"precision": 8, "threshold": 1000, "edgeitems": 3, "linewidth": 75, "suppress": False}
# Types that repr does not name: NumPy's defaults, whose integer is as wide as an address.
_IMPLIED = ("bool", "int64" if sys.maxsize > 2**32 else "int32", "float64", "complex128")
_DIGITS = {"float16": 3, "float32": 6, "float64": 15, "complex64": 6, "complex128": 15}


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None):
    """How arrays are printed: digits behind the point, elements above which only the edges are shown and how many of those,
    characters in a line, and no exponents. As numpy.set_printoptions."""
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
        "suppress": suppress,
    }
    _options.update({name: value for name, value in given.items() if value is not None})


def get_printoptions() -> dict:
    """The options in force. As numpy.get_printoptions."""
    return dict(_options)


@contextlib.contextmanager
def printoptions(**options):
    """set_printoptions for a ``with`` block. As numpy.printoptions."""
    before = dict(_options)
    set_printoptions(**options)
    try:
        yield dict(_options)
    finally:
        _options.update(before)


# --- digits of one number


def _again(text: Decimal, code: str) -> float:
    try:
        return struct.unpack(code, struct.pack(code, float(text)))[0]
    except OverflowError:
        return math.nan


def shortest(value: float, dtype: int) -> Decimal:
    """The decimal of fewest digits that is rounded to this value in its type; real types only, finite values only."""
    if NAMES[dtype] in ("float64", "complex128"):
        return Decimal(repr(value))
    code = "e" if dtype == FLOAT16 else "f"
    for digits in range(9):
        nearest = Decimal(f"{value:.{digits}e}")
        # Below a power of two the neighbour is half as far: the next decimal beyond may be rounded to it.
        step = Decimal((0, (1,), nearest.adjusted() - digits)).copy_sign(nearest)
        for text in (nearest, nearest + step):
            if _again(text, code) == value:
                return text
    return Decimal(repr(value))


def _positional(value: float, dtype: int, precision: int) -> str:
    # As Dragon4 with unique digits, cut at a precision, zeros trimmed behind the point.
    text = format(shortest(value, dtype), "f")
    if "." in text and len(text) - text.index(".") - 1 > precision:
        text = f"{value:.{precision}f}"
    if "." not in text:
        return text + "."
    whole, _, fraction = text.partition(".")
    return whole + "." + fraction.rstrip("0")


def _scientific(value: float, dtype: int, precision: int) -> tuple[str, str, str]:
    """Whole part, fraction, exponent with its sign."""
    decimal = shortest(value, dtype)
    digits = len(decimal.as_tuple().digits) - 1
    text = f"{value:.{precision}e}" if digits > precision else f"{decimal:.{digits}e}" if value else f"{value:.0e}"
    mantissa, _, exponent = text.partition("e")
    sign, number = exponent[0], exponent[1:].lstrip("0")
    whole, _, fraction = mantissa.partition(".")
    return whole, fraction.rstrip("0"), sign + number.rjust(2, "0")


class _Floats:
    """The common form of all floats that are shown."""

    def __init__(self, values: list, dtype: int, plus: bool = False):
        self.dtype, self.plus, self.precision = dtype, plus, _options["precision"]
        finite = [v for v in values if math.isfinite(v)]
        sizes = [abs(v) for v in finite if v != 0]
        self.exponents = False
        if sizes:
            top, low = max(sizes), min(sizes)
            limit = 10.0 ** min(8, _DIGITS[NAMES[dtype]])
            self.exponents = top >= limit or (not _options["suppress"] and (low < 0.0001 or top / low > 1000.0))
        self.left = self.right = 0
        self.exponent_size = 0
        if finite and self.exponents:
            parts = [_scientific(v, dtype, self.precision) for v in finite]
            self.exponent_size = max(len(e) for _, _, e in parts) - 1
            self.precision = max(len(f) for _, f, _ in parts)
            self.left = max(len(self._signed(w, v)) for (w, _, _), v in zip(parts, finite))
            self.right = self.exponent_size + 2 + self.precision
        elif finite:
            parts = [_positional(v, dtype, self.precision).split(".") for v in finite]
            self.left = max(len(self._signed(w, v)) for (w, _), v in zip(parts, finite))
            self.right = max(len(f) for _, f in parts)
        if len(finite) != len(values):
            negative = plus or any(v == -math.inf for v in values)
            offset = self.right + 1
            self.left = max(self.left, 3 - offset, 3 + negative - offset)

    def _signed(self, text: str, value: float) -> str:
        return "+" + text if self.plus and not text.startswith("-") else text

    def __call__(self, value: float) -> str:
        if not math.isfinite(value):
            text = "nan" if value != value else "-inf" if value < 0 else "inf"
            text = "+" + text if self.plus and not text.startswith("-") else text
            return text.rjust(self.left + self.right + 1)
        if self.exponents:
            # Digits past the shortest ones are those of the exact value, as NumPy has them.
            decimal = shortest(value, self.dtype)
            exact = len(decimal.as_tuple().digits) - 1 != self.precision
            mantissa, _, exponent = f"{value if exact else decimal:.{self.precision}e}".partition("e")
            whole, _, fraction = mantissa.partition(".")
            exponent = exponent[0] + exponent[1:].lstrip("0").rjust(self.exponent_size, "0")
            return self._signed(whole, value).rjust(self.left) + "." + fraction + "e" + exponent
        whole, fraction = _positional(value, self.dtype, self.precision).split(".")
        return self._signed(whole, value).rjust(self.left) + "." + fraction.ljust(self.right)


def _form(values: list, dtype: int, single: bool):
    """A function from an element to its text."""
    kind = KINDS[dtype]
    if kind == "b":
        return lambda v: ("True" if single else " True") if v else "False"
    if kind in "iu":
        width = max((len(str(v)) for v in (max(values), min(values))), default=0) if values else 0
        return lambda v: str(v).rjust(width)
    if kind == "f":
        return _Floats(values, dtype)
    real, imag = _Floats([v.real for v in values], dtype), _Floats([v.imag for v in values], dtype, plus=True)

    def of_complex(v):
        text = imag(v.imag)
        length = len(text.rstrip())
        return real(v.real) + text[:length] + "j" + text[length:]

    return of_complex


# --- arrays


def _shown(x: ndarray, edge: int) -> ndarray:
    # The corners of a long array, joined.
    for axis, extent in enumerate(x._shape):
        if extent > 2 * edge:
            lead = (slice(None),) * axis
            parts = [x[(*lead, slice(0, edge))], x[(*lead, slice(extent - edge, None))]]
            x = _manipulation.concatenate(parts, axis) if edge else x[(*lead, slice(0, 0))]
    return x


def _join(line: str, text: str, word: str, width: int, prefix: str) -> tuple[str, str]:
    if len(line) + len(word) > width and len(line) > len(prefix):
        text += line.rstrip() + "\n"
        line = prefix
    return text, line + word


def _body(x: ndarray, separator: str, prefix: str, width: int) -> str:
    shape = x._shape
    if 0 in shape:
        return "[]"
    edge = _options["edgeitems"]
    short = math.prod(shape) > _options["threshold"]
    shown = _shown(x, edge) if short else x
    values = _transfer.flat(shown)
    form = _form(values, x._dtype, not shape)
    if not shape:
        return form(values[0])
    words = _transfer.nest([form(v) for v in values], shown._shape)
    rank = len(shape)

    def block(part, axis: int, indent: str, room: int) -> str:
        inner = indent + " "
        cut = short and shape[axis] > 2 * edge
        if axis == rank - 1:
            width_of_words = room - max(len(separator.rstrip()), 1)
            text, line = "", indent
            for at, word in enumerate(part):
                if cut and at == edge:
                    text, line = _join(line, text, "...", width_of_words, indent)
                    line += separator
                text, line = _join(line, text, word, width_of_words, indent)
                if at + 1 < len(part):
                    line += separator
            text += line
        else:
            text = ""
            gap = separator.rstrip() + "\n" * (rank - axis - 1)
            for at, one in enumerate(part):
                if cut and at == edge:
                    text += indent + "..." + gap
                text += indent + block(one, axis + 1, inner, room - 1)
                if at + 1 < len(part):
                    text += gap
        return "[" + text[len(indent) :] + "]"

    return block(words, 0, " " + " " * len(prefix), width)


def array_repr(x: ndarray) -> str:
    """As numpy.array_repr."""
    prefix = "array("
    width = _options["linewidth"]
    text = _body(x, ", ", prefix, width - 1)
    size = math.prod(x._shape)
    extras = []
    if (size == 0 and x._shape != (0,)) or size > _options["threshold"]:
        extras.append(f"shape={x._shape}")
    if size == 0 or NAMES[x._dtype] not in _IMPLIED:
        extras.append(f"dtype={NAMES[x._dtype]}")
    if not extras:
        return prefix + text + ")"
    text = prefix + text + ","
    extra = ", ".join(extras) + ")"
    last = len(text) - (text.rfind("\n") + 1)
    return text + (" " if last + len(extra) + 1 <= width else "\n" + " " * len(prefix)) + extra


def array_str(x: ndarray) -> str:
    """As numpy.array_str."""
    return _body(x, " ", "", _options["linewidth"]) if x._shape else scalar_str(x)


def array2string(a, max_line_width=None, precision=None, suppress_small=None, separator=" ", prefix=""):
    """The text of an array. As numpy.array2string with these arguments."""
    with printoptions(precision=precision, suppress=suppress_small):
        return _body(a, separator, prefix, max_line_width or _options["linewidth"])


# --- single values


def _float_text(value: float, dtype: int) -> str:
    if not math.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    limit = 10.0 ** (_DIGITS[NAMES[dtype]] if SIZES[dtype] < (16 if KINDS[dtype] == "c" else 8) else 16)
    if value == 0 or 1e-4 <= abs(value) < limit:
        text = format(shortest(value, dtype), "f")
        return text if "." in text else text + ".0"
    whole, fraction, exponent = _scientific(value, dtype, 99)
    return whole + ("." + fraction if fraction else "") + "e" + exponent


def _complex_text(value: complex, dtype: int) -> str:
    def part(v):
        text = _float_text(v, dtype)
        return text[:-2] if text.endswith(".0") else text

    imag = part(value.imag)
    if value.real == 0 and math.copysign(1.0, value.real) > 0:
        return imag + "j"
    return f"({part(value.real)}{'' if imag.startswith('-') else '+'}{imag}j)"


def scalar_str(x: ndarray) -> str:
    """A single value, as NumPy prints its scalars."""
    value = x.item()
    kind = KINDS[x._dtype]
    return (
        _float_text(value, x._dtype) if kind == "f" else _complex_text(value, x._dtype) if kind == "c" else str(value)
    )


def scalar_repr(x: ndarray) -> str:
    """A single value, as NumPy shows its scalars."""
    if KINDS[x._dtype] == "b":
        return f"np.{bool(x.item())}"
    text = scalar_str(x)
    return f"np.{NAMES[x._dtype]}({text[1:-1] if text.startswith('(') else text})"
