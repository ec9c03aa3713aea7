"""Operators: types, promotion, scalars, in-place work, comparisons, and NumPy's words where they refuse."""

import operator

import ndfuse
import numpy
import pytest
from comparing import ALL, NARROW, REAL, fails, is_wide, same, sample

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod]
COMPARE = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
BITS = [operator.and_, operator.or_, operator.xor]


def by_name(f):
    return f.__name__


def outcome(f, *operands):
    try:
        return f(*operands)
    except TypeError:
        return TypeError


def pairs_of(f, types):
    """Operands of all pairs of types, without what complex numbers lack here."""
    for a in types:
        for b in types:
            if (f in COMPARE[:4] or f in (operator.mod, operator.floordiv)) and "complex" in a + b:
                continue
            x, y = sample(a, 5), sample(b, 5, seed=1)
            if y.dtype.kind in "iu" and f in (operator.mod, operator.floordiv):
                y = y + y.dtype.type(1) * (y == 0)
            yield x, y


@pytest.mark.parametrize("f", BINARY + COMPARE + BITS, ids=by_name)
def test_types_of_all_pairs(f):
    """Every pair of types gives NumPy's type (32-bit where neither is wide), or TypeError where NumPy does."""
    for x, y in pairs_of(f, ALL):
        with numpy.errstate(all="ignore"):
            expected = outcome(f, x, y)
        found = outcome(f, ndfuse.array(x), ndfuse.array(y))
        if expected is TypeError:
            assert found is TypeError, (x.dtype, y.dtype)
            continue
        name = expected.dtype.name
        if not is_wide(x) and not is_wide(y) and name in ("float64", "complex128"):
            name = NARROW[name]
        assert found.dtype == name, (x.dtype, y.dtype)


def check_values(f, types):
    for x, y in pairs_of(f, types):
        with numpy.errstate(all="ignore"):
            expected = outcome(f, x, y)
        if expected is not TypeError:
            found = f(ndfuse.array(x), ndfuse.array(y))
            if found.dtype != "float16":  # NumPy rounds halves more often
                where = f"{x.dtype} {y.dtype}"
                numpy.testing.assert_allclose(
                    found.asnumpy(), expected.astype(found.dtype.name), rtol=1e-5, atol=1e-5, err_msg=where
                )


@pytest.mark.parametrize("f", BINARY + COMPARE + BITS, ids=by_name)
def test_values_of_pairs(f):
    check_values(f, ["bool", "uint8", "int32", "float32"])


@pytest.mark.slow
@pytest.mark.parametrize("f", BINARY + COMPARE + BITS, ids=by_name)
def test_values_of_all_pairs(f):
    check_values(f, ALL)


@pytest.mark.parametrize("f", BINARY + COMPARE, ids=by_name)
@pytest.mark.parametrize("dtype", REAL)
def test_scalars_are_weak(f, dtype):
    x = sample(dtype, 6)
    for value in (True, 3, 2.5):
        if dtype == "bool" and f is operator.sub and value is True:
            continue
        for program in (lambda np, x, v=value: f(x, v), lambda np, x, v=value: f(v, x + (x == 0))):
            same(program, x, ulp=16)


def test_complex_scalars():
    x = sample("float32", 6)
    same(lambda np, x: x + 1j, x)
    same(lambda np, x: (2 + 1j) * x, x)
    same(lambda np, x: x * 1j == 1j * x, x)
    same(lambda np, x: x.astype(np.int32) * 1j, x)


def test_numpy_scalars_are_strong():
    x = sample("float32", 4)
    assert (ndfuse.array(x) + numpy.float64(1)).dtype == "float64"
    assert (numpy.float64(1) + ndfuse.array(x)).dtype == "float64"
    assert (ndfuse.array(x) + ndfuse.float64(1)).dtype == "float64"
    assert (ndfuse.array(x) * ndfuse.int32(2)).dtype == "float32"
    assert (ndfuse.array([1, 2], "int8") + numpy.int16(1)).dtype == "int16"


def test_integers_beyond_the_type():
    x = numpy.array([1, 200], numpy.uint8)
    fails(lambda np, x: x + 300, x)
    fails(lambda np, x: x - -1, x)
    fails(lambda np, x: 300 + x, x)
    for f in COMPARE:
        for value in (300, -1, 2**40, -(2**40), 2**70):
            same(lambda np, x, f=f, v=value: f(x, v), x)
            same(lambda np, x, f=f, v=value: f(v, x), x)
    fails(lambda np, x: x + 2**40, numpy.array([1], numpy.int32), words=False)


def test_comparison_with_mixed_signs():
    """int32 against uint32 is exact, though no 32-bit type holds both."""
    a = numpy.array([-1, 0, 2**31 - 1, -(2**31)], numpy.int32)
    b = numpy.array([2**32 - 1, 0, 2**31 - 1, 2**31], numpy.uint32)
    for f in COMPARE:
        same(lambda np, a, b, f=f: f(a, b), a, b)
        same(lambda np, a, b, f=f: f(b, a), a, b)


def test_power():
    assert (ndfuse.array([-2]) ** 3).item() == -8
    x = numpy.array([-2.5, -1, 0, 0.5, 3], numpy.float32)
    for exponent in (0, 1, 2, 3, 5, -1, -2, 2.0, 3.0, 0.5, 1.5, -0.5):
        same(lambda np, x, e=exponent: x**e, x, ulp=32)
    n = numpy.array([-3, -1, 0, 2, 7], numpy.int32)
    for exponent in (0, 1, 2, 3, 9):
        same(lambda np, n, e=exponent: n**e, n)
    same(lambda np, n: n ** n.astype(np.float32), n, ulp=32)
    same(lambda np, n: 2 ** abs(n), n)
    fails(lambda np, n: n**-1, n)
    z = numpy.array([1 + 2j, -3j, 0.5], numpy.complex64)
    for exponent in (1, 2, 3, 4):
        same(lambda np, z, e=exponent: z**e, z, ulp=64)
    same(lambda np: np.array([True, False]) ** 2)


def test_shifts_and_bits():
    x = numpy.array([1, -5, 100, 0], numpy.int32)
    same(lambda np, x: x << 3, x)
    same(lambda np, x: x >> 1, x)
    same(lambda np, x: 1 << np.arange(4), x)
    same(lambda np, x: ~x, x)
    same(lambda np, x: ~(x > 0), x)
    fails(lambda np, x: x.astype(np.float32) & 1, x, words=False)
    fails(lambda np, x: ~x.astype(np.float32), x, words=False)


def test_refused_on_booleans():
    x = numpy.array([True, False])
    fails(lambda np, x: x - x, x)
    fails(lambda np, x: -x, x)


def test_divmod_and_signs():
    x = numpy.array([-7, 7, -1, 5], numpy.int32)
    for d in (3, -3):
        same(lambda np, x, d=d: divmod(x, d), x)
        same(lambda np, x, d=d: divmod(x.astype(np.float32), d), x)
    same(lambda np, x: divmod(100, x), x)
    same(lambda np, x: (+x, -x, abs(x)), x)


@pytest.mark.parametrize("dtype", ["int32", "float32", "int8", "float64"])
def test_in_place(dtype):
    x, y = sample(dtype), sample(dtype, seed=2)
    y = y + y.dtype.type(1) * (y == 0)

    def program(np, x, y):
        alias, part = x, x[1:, ::2]
        x += y
        x *= 2
        x -= 1
        part += 10
        x[0] *= x[1]
        x[:, 1:] += x[:, :-1]  # what is read overlaps what is written
        assert alias is x
        return x, part

    same(program, x, y, ulp=32)


def test_in_place_casting():
    x = numpy.arange(4, dtype=numpy.int32)

    def into_integers(np, x):
        x += 1.5

    with pytest.raises(
        TypeError,
        match=r"Cannot cast ufunc 'add' output from dtype\('float32'\) to dtype\('int32'\) with casting rule 'same_kind'",
    ):
        into_integers(ndfuse, ndfuse.array(x))

    def widen(np, x):
        x += np.ones(4, np.float64)
        return x

    same(widen, sample("float32", 4))
    fails(lambda np, x: operator.itruediv(x, 2), x, words=False)

    def shape(np, x):
        x += np.ones((2, 4), np.int32)

    fails(shape, x)


def test_in_place_keeps_what_was_read_before():
    def program(np):
        x = np.arange(4.0)
        y = x * 2
        x += 1
        z = x * 2
        x[:] = 0
        return x, y, z

    same(program)


def test_scalars_are_values():
    def program(np):
        x = np.arange(5)
        best = x.max()
        kept = best
        best -= 1
        first = x[0]
        x[0] = 9
        return kept, best, first, x

    same(program)
    with pytest.raises(TypeError, match="does not support item assignment"):
        ndfuse.arange(3).max()[()] = 1


def test_broadcasting():
    a, b = sample("float32", (3, 1, 4)), sample("float32", (5, 1), seed=3)
    same(lambda np, a, b: a + b, a, b)
    same(lambda np, a, b: b - a[0, 0], a, b)
    same(lambda np, a, b: a * b[2], a, b)
    fails(lambda np, a: a + a[:2], sample("float32", (3, 4)))
    fails(lambda np, a: a.reshape(12) < a, sample("float32", (3, 4)))


def test_truth():
    assert bool(ndfuse.array([[3]]))
    assert not ndfuse.array(0.0)
    fails(lambda np, x: bool(x), sample("float32"))
    fails(lambda np: bool(np.zeros(0)), words=False)
    assert ndfuse.array(3).item() == int(ndfuse.array(3)) == 3
    assert [1, 2, 3][ndfuse.array(1)] == 2
    assert float(ndfuse.float32(0.5)) == 0.5
    assert complex(ndfuse.array(1j)) == 1j
    fails(lambda np: range(5)[np.array(1.0)], words=False)


class Deferring:
    """What wants to be asked first, as array libraries' own types do."""

    def __radd__(self, other):
        return "mine"

    __rsub__ = __rmul__ = __rmatmul__ = __radd__


class Prior(Deferring):
    __array_priority__ = 1000


class Silent(Deferring):
    __array_ufunc__ = None


@pytest.mark.parametrize("kind", [Prior, Silent])
def test_others_come_first(kind):
    x = ndfuse.arange(3)
    assert x - kind() == "mine"  # and not a product
    assert x + kind() == "mine"
    assert x @ kind() == "mine"


def test_none_and_text():
    x = ndfuse.arange(3)
    assert (x == "text") is False
    with pytest.raises(TypeError):
        x + "text"
    with pytest.raises(TypeError):
        x + None
