"""Polynomials as arrays of coefficients, the highest power first: poly, polyval, polyadd, polymul ... Names and arguments are NumPy's."""

from __future__ import annotations

from . import _creation, _manipulation, _padding, _reductions, _statistics, _transfer
from ._dtypes import KINDS, NAMES
from ._ndarray import ndarray

__all__ = ["poly", "polyadd", "polyder", "polydiv", "polyint", "polymul", "polysub", "polyval", "poly1d"]


def _coefficients(p):
    """An array of coefficients, of a polynomial too."""
    if isinstance(p, poly1d):
        return p.coeffs
    p = _creation.asarray(p)
    return _manipulation.reshape(p, (1,)) if p.ndim == 0 else p


def _one_axis(x) -> ndarray:
    return _manipulation.atleast_1d(_creation.asarray(x))


def _like(made, *operands):
    return poly1d(made) if any(isinstance(p, poly1d) for p in operands) else made


def poly(seq_of_zeros):
    """The coefficients of the polynomial with these roots. As numpy.poly, for sequences of roots."""
    roots = _one_axis(seq_of_zeros)
    if roots.ndim != 1:
        raise NotImplementedError("poly: the polynomial of a matrix needs its eigenvalues, which are not there")
    roots = roots * 1.0 if KINDS[roots._dtype] not in "fc" else roots
    made = _creation.ones((1,), NAMES[roots._dtype])
    for k in range(roots._shape[0]):
        made = _statistics.convolve(made, _manipulation.stack([_creation.ones((), NAMES[roots._dtype]), -roots[k]]))
    return made


def _aligned(a1, a2) -> list:
    arrays = [_coefficients(a1), _coefficients(a2)]
    count = max(x._shape[0] for x in arrays)
    return [_padding.pad(x, (count - x._shape[0], 0)) if x._shape[0] < count else x for x in arrays]


def polyadd(a1, a2):
    """The sum of two polynomials. As numpy.polyadd."""
    one, two = _aligned(a1, a2)
    return _like(one + two, a1, a2)


def polysub(a1, a2):
    """The difference of two polynomials. As numpy.polysub."""
    one, two = _aligned(a1, a2)
    return _like(one - two, a1, a2)


def polymul(a1, a2):
    """The product of two polynomials. As numpy.polymul."""
    return _like(_statistics.convolve(_trimmed(_coefficients(a1)), _trimmed(_coefficients(a2))), a1, a2)


def _trimmed(p: ndarray) -> ndarray:
    # NumPy drops leading zeros before it multiplies.
    made = _manipulation.trim_zeros(p, "f")
    return made if made._shape[0] else _creation.zeros((1,), NAMES[p._dtype])


def polydiv(u, v):
    """Quotient and remainder of two polynomials. As numpy.polydiv; one step of long division for each coefficient of the
    quotient."""
    a, b = _coefficients(u), _coefficients(v)
    one = (a[:1] + b[:1]) * 1.0
    a, b = a * 1.0 if KINDS[a._dtype] not in "fc" else a, b * 1.0 if KINDS[b._dtype] not in "fc" else b
    m, n = a._shape[0] - 1, b._shape[0] - 1
    scale = 1.0 / b[0]
    rest = a.astype(NAMES[one._dtype])
    quotient = []
    for k in range(m - n + 1):
        d = scale * rest[k]
        quotient.append(d)
        rest[k : k + n + 1] = rest[k : k + n + 1] - d * b
    made = (
        _manipulation.stack(quotient).astype(NAMES[one._dtype])
        if quotient
        else _creation.zeros((1,), NAMES[one._dtype])
    )
    values = _transfer.flat(rest)
    first = 0
    while first < len(values) - 1 and abs(values[first]) <= 1e-8:
        first += 1
    return _like(made, u, v), _like(rest[first:], u, v)


def polyder(p, m=1):
    """The m-th derivative. As numpy.polyder."""
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    made = _coefficients(p)
    for _ in range(int(m)):
        n = made._shape[0] - 1
        made = made[:-1] * _creation.arange(n, 0, -1)
    return _like(made, p)


def polyint(p, m=1, k=None):
    """The m-th antiderivative with constants ``k``. As numpy.polyint."""
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = [0.0] * m if k is None else list(k) if hasattr(k, "__len__") else [k]
    constants = constants * m if len(constants) == 1 and m > 1 else constants
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    made = _coefficients(p)
    for constant in constants[:m]:
        n = made._shape[0]
        made = made / _creation.arange(n, 0, -1)
        made = _manipulation.concatenate([made, _creation.full((1,), constant, NAMES[made._dtype])])
    return _like(made, p)


def polyval(p, x):
    """The polynomial at points, by Horner's rule, as one expression. As numpy.polyval."""
    p = _coefficients(p)
    if isinstance(x, poly1d):
        made = poly1d([0])
        for k in range(p._shape[0]):
            made = made * x + p[k]
        return made
    x = _creation.asarray(x)
    made = _creation.zeros_like(x)
    for k in range(p._shape[0]):
        made = made * x + p[k]
    return made


class poly1d:
    """A polynomial with arithmetic. As numpy.poly1d, without roots."""

    __hash__ = None
    __array_ufunc__ = None

    def __init__(self, c_or_r, r=False, variable=None):
        if isinstance(c_or_r, poly1d):
            self._variable, self.coeffs = c_or_r._variable, c_or_r.coeffs
            if variable is not None:
                self._variable = variable
            return
        made = poly(c_or_r) if r else _one_axis(c_or_r)
        if made.ndim > 1:
            raise ValueError("Polynomial must be 1d only.")
        made = _manipulation.trim_zeros(made, "f")
        self.coeffs = made if made._shape[0] else _creation.zeros((1,), NAMES[made._dtype])
        self._variable = "x" if variable is None else variable

    @property
    def variable(self):
        """The name of the variable."""
        return self._variable

    @property
    def order(self):
        """The highest power."""
        return self.coeffs._shape[0] - 1

    o = order

    @property
    def c(self):
        """The coefficients."""
        return self.coeffs

    coef = coefficients = c

    def __call__(self, value):
        return polyval(self.coeffs, value)

    def __len__(self):
        return self.order

    def __neg__(self):
        return poly1d(-self.coeffs)

    def __pos__(self):
        return self

    def _with(self, other):
        return other if isinstance(other, poly1d) else poly1d(_creation.asarray(other))

    def __add__(self, other):
        return polyadd(self, self._with(other))

    __radd__ = __add__

    def __sub__(self, other):
        return polysub(self, self._with(other))

    def __rsub__(self, other):
        return polysub(self._with(other), self)

    def __mul__(self, other):
        return poly1d(self.coeffs * other) if _is_single(other) else polymul(self, self._with(other))

    __rmul__ = __mul__

    def __truediv__(self, other):
        return poly1d(self.coeffs / other) if _is_single(other) else polydiv(self, self._with(other))

    def __pow__(self, n):
        if int(n) != n or n < 0:
            raise ValueError("Power to non-negative integers only.")
        made = poly1d([1])
        for _ in range(int(n)):
            made = made * self
        return made

    def __eq__(self, other):
        other = self._with(other)
        return self.coeffs._shape == other.coeffs._shape and bool(_reductions.all(self.coeffs == other.coeffs))

    def __ne__(self, other):
        return not self == other

    def __getitem__(self, power):
        if power < 0 or power > self.order:
            return _creation.zeros((), NAMES[self.coeffs._dtype])[()]
        return self.coeffs[self.order - power]

    def __iter__(self):
        return iter(self.coeffs)

    def __repr__(self):
        return f"poly1d({str(self.coeffs.tolist())})"

    def deriv(self, m=1):
        """The derivative."""
        return polyder(self, m)

    def integ(self, m=1, k=0):
        """The antiderivative."""
        return polyint(self, m, k)


def _is_single(x) -> bool:
    return not isinstance(x, poly1d) and _manipulation.ndim(x) == 0
