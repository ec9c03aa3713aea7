"""numpy.random's interface: seeds and states, shapes and types, errors, and the old names."""

import inspect
import pathlib
import pickle

import ndfuse
import numpy as np
import pytest
from comparing import fails


def rng(module, seed=1):
    return module.random.default_rng(seed)


# --- seeds


@pytest.mark.parametrize(
    "entropy", [0, 1, 42, 2**32 - 1, 2**32, 2**70, 2**200 + 5, [1, 2, 3], [2**40] * 5, (0,), [7, [8, 9]]]
)
def test_seed_sequences_are_numpys(entropy):
    mine, theirs = ndfuse.random.SeedSequence(entropy), np.random.SeedSequence(entropy)
    assert mine.generate_state(9).tolist() == theirs.generate_state(9).tolist()
    assert mine.generate_state(3, "uint64").tolist() == theirs.generate_state(3, "uint64").tolist()
    for one, other in zip(mine.spawn(2) + mine.spawn(1), theirs.spawn(2) + theirs.spawn(1), strict=True):
        assert one.generate_state(5).tolist() == other.generate_state(5).tolist()
        assert one.spawn_key == other.spawn_key
        (one,), (other,) = one.spawn(1), other.spawn(1)
        assert one.generate_state(5).tolist() == other.generate_state(5).tolist()
    assert repr(mine) == repr(theirs)
    assert mine.state == theirs.state


def test_the_same_seed_gives_the_same():
    for seed in (5, [1, 2], np.array([3, 4], np.uint32), ndfuse.random.SeedSequence(9)):
        one = [rng(ndfuse, seed).normal(size=5).tolist() for _ in range(2)]
        assert one[0] == one[1]
    assert rng(ndfuse, 5).random(5).tolist() != rng(ndfuse, 6).random(5).tolist()
    generator = rng(ndfuse, 5)
    assert generator.random(5).tolist() != generator.random(5).tolist()
    assert rng(ndfuse, None).random(5).tolist() != rng(ndfuse, None).random(5).tolist()


def test_what_a_seed_gives_does_not_change():
    """The stream is part of the interface: these are the numbers of the first version."""
    drawn = rng(ndfuse, 42).random(4).asnumpy()
    assert drawn.tolist() == [0.650278627872467, 0.7484150528907776, 0.020547568798065186, 0.2448667287826538]
    assert rng(ndfuse, 42).integers(0, 1000, 4).tolist() == [238, 135, 24, 247]


def test_an_array_is_drawn_once():
    """An expression is used twice, seen through views and overwritten: its numbers stay."""
    generator = rng(ndfuse, 3)
    x = generator.normal(size=(40, 50))
    assert (x == x).all()
    assert (x[::3, 1:].T.asnumpy() == x.asnumpy()[::3, 1:].T).all()
    assert float((x - x).sum()) == 0
    y = x * 2
    x[...] = 0
    assert float(abs(y).max()) > 1


def test_states():
    generator = rng(ndfuse, 3)
    generator.random(3)
    state = generator.bit_generator.state
    expected = generator.random(4).tolist()
    generator.bit_generator.state = state
    assert generator.random(4).tolist() == expected
    generator.bit_generator.state = state
    copied = pickle.loads(pickle.dumps(generator))
    assert copied.random(4).tolist() == expected
    with pytest.raises(ValueError, match="state must be for a Threefry PRNG"):
        generator.bit_generator.state = {"bit_generator": "PCG64"}
    with pytest.raises(TypeError, match="state must be a dict"):
        generator.bit_generator.state = 5


def test_children():
    children = rng(ndfuse, 3).spawn(3)
    drawn = [tuple(child.random(4).tolist()) for child in children]
    assert len(set(drawn)) == 3
    again = ndfuse.random.SeedSequence(3).spawn(3)
    assert drawn == [tuple(rng(ndfuse, child).random(4).tolist()) for child in again]


def test_generators_as_seeds():
    generator = rng(ndfuse)
    assert ndfuse.random.default_rng(generator) is generator
    bits = ndfuse.random.Threefry(1)
    assert ndfuse.random.default_rng(bits).bit_generator is bits
    assert ndfuse.random.Generator(ndfuse.random.Threefry(1)).random(3).tolist() == rng(ndfuse).random(3).tolist()
    with pytest.raises(ValueError, match="must be a BitGenerator"):
        ndfuse.random.Generator(3)


# --- shapes and types

CALLS = {
    "random": (), "uniform": (0, 1), "integers": (9,), "standard_normal": (), "normal": (0, 1), "lognormal": (0, 1),
    "standard_exponential": (), "exponential": (2,), "standard_gamma": (2,), "gamma": (2, 3), "chisquare": (3,),
    "noncentral_chisquare": (3, 1), "f": (3, 4), "noncentral_f": (3, 4, 1), "standard_t": (3,), "standard_cauchy": (),
    "beta": (1, 2), "laplace": (0, 1), "logistic": (0, 1), "gumbel": (0, 1), "rayleigh": (1,), "weibull": (2,),
    "pareto": (2,), "power": (2,), "triangular": (0, 1, 2), "wald": (1, 2), "vonmises": (0, 1), "poisson": (3,),
    "binomial": (9, 0.5), "negative_binomial": (3, 0.5), "geometric": (0.5,), "logseries": (0.5,), "zipf": (3,),
    "hypergeometric": (5, 6, 4),
}  # fmt: skip
NARROW = {"float64": "float32", "int64": "int32"}


@pytest.mark.parametrize("name", CALLS)
def test_shapes_and_types(name):
    arguments = CALLS[name]
    sizes = (None, (), 3, (2, 0, 3), (2, 3), [4, 1])
    generator = rng(ndfuse)
    made = [getattr(generator, name)(*arguments, size=size) for size in sizes]
    for size, found in zip(sizes, made, strict=True):
        expected = getattr(rng(np), name)(*arguments, size=size)
        assert found.shape == np.shape(expected)
        expected_type = np.asarray(expected).dtype.name  # where NumPy has 32 bits its integers are int32 too
        assert found.dtype == NARROW.get(expected_type, expected_type)
        assert isinstance(found, ndfuse.scalar) == (size is None)
    if arguments:
        rows = [np.asarray(value)[None] * np.ones((2, 1)) for value in arguments]
        assert getattr(generator, name)(*[ndfuse.array(row.astype(np.float32)) for row in rows]).shape == (2, 1)


@pytest.mark.parametrize("name", CALLS)
def test_names_and_defaults_are_numpys(name):
    mine = inspect.signature(getattr(ndfuse.random.Generator, name)).parameters
    theirs = inspect.signature(getattr(np.random.Generator, name)).parameters
    assert [n for n in mine if mine[n].kind != inspect.Parameter.KEYWORD_ONLY or n in theirs] == list(theirs)
    for n, parameter in theirs.items():
        if n != "dtype":
            assert mine[n].default == parameter.default or mine[n].default == pytest.approx(parameter.default)


def test_every_name_of_numpys_generator_is_there():
    missing = {n for n in dir(np.random.Generator) if not n.startswith("_")} - set(dir(ndfuse.random.Generator))
    assert not missing
    old = {n for n in dir(np.random.RandomState) if not n.startswith("_")} - set(dir(ndfuse.random.RandomState))
    assert not old
    functions = {n for n in np.random.__all__ if callable(getattr(np.random, n)) and n.islower()}
    assert not functions - set(dir(ndfuse.random)) - {"get_bit_generator", "set_bit_generator"}


@pytest.mark.parametrize("dtype", "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64".split())
def test_integers_of_every_type(dtype):
    info = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    drawn = rng(ndfuse).integers(info[0], info[1], 2000, dtype=dtype, endpoint=True)
    assert drawn.dtype == dtype
    values = drawn.asnumpy().astype(float)
    assert values.min() < info[0] + 0.01 * (info[1] - info[0]) + 0.5
    assert values.max() > info[1] - 0.01 * (info[1] - info[0]) - 0.5
    low = 0 if dtype.startswith(("u", "b")) else -2
    drawn = rng(ndfuse).integers(low, 2, 500, dtype=dtype).asnumpy()
    assert sorted(set(drawn.tolist())) == list(range(low, 2))
    one = rng(ndfuse).integers(info[1], info[1], 5, dtype=dtype, endpoint=True)
    assert (one.asnumpy() == info[1]).all()


def test_arrays_of_64_bit_parameters_give_64_bits():
    drawn = rng(ndfuse).normal(np.zeros(3), 1)
    assert drawn.dtype == "float64"
    assert str(drawn.device) == "cpu"
    assert rng(ndfuse).poisson(np.ones(3)).dtype == "int64"
    assert rng(ndfuse).gamma(2.0, size=3, dtype="float64").dtype == "float64"


def test_out():
    for name, arguments in (
        ("random", ()),
        ("standard_normal", ()),
        ("standard_exponential", ()),
        ("standard_gamma", (2.0,)),
    ):
        out = ndfuse.zeros((3, 4))
        assert getattr(rng(ndfuse), name)(*arguments, out=out) is out
        assert out.tolist() == getattr(rng(ndfuse), name)(*arguments, size=(3, 4)).tolist()
    with pytest.raises(TypeError, match="wrong type"):
        rng(ndfuse).random(out=ndfuse.zeros(3, dtype=int))
    with pytest.raises(ValueError, match="size must match out.shape"):
        rng(ndfuse).random(4, out=ndfuse.zeros(3))


def test_draws_fuse_with_what_uses_them():
    x = rng(ndfuse).normal(size=60)  # so few that WebGL2 reduces them by one draw as well
    explained = ndfuse.explain((ndfuse.exp(-x * x) + 1).mean())
    assert len(explained.launches) == 1
    assert all(launch["read_bytes"] == 0 for launch in explained.launches)


def test_bytes():
    drawn = rng(ndfuse).bytes(10)
    assert type(drawn) is bytes and len(drawn) == 10
    assert rng(ndfuse).bytes(7) == drawn[:7]
    assert rng(ndfuse).bytes(0) == b""


# --- errors

WRONG = [
    "normal(0, -1)", "normal(0, -0.0)", "normal(0, [1, -1])", "exponential(-1)", "gamma(-1)", "gamma([-1.0])", "gamma(1, -1)",
    "standard_gamma(-1)", "beta(0, 1)", "beta(1, [0])", "chisquare(0)", "f(0, 1)", "f(1, 0)", "noncentral_f(0, 1, 1)",
    "noncentral_f(1, 1, -1)", "noncentral_chisquare(0, 1)", "noncentral_chisquare(1, -1)", "standard_t(0)", "standard_t([0])",
    "poisson(-1)", "poisson(float('nan'))", "poisson([-1])", "poisson(1e30)", "binomial(-1, 0.5)", "binomial(1, 1.5)",
    "binomial(1, [-0.5])", "binomial(1, float('nan'))", "negative_binomial(0, 0.5)", "negative_binomial(1, 0)", "negative_binomial(1, [1.5])", "geometric(0)",
    "geometric([2.0])", "hypergeometric(1, 1, -1)", "hypergeometric(1, 1, 3)", "hypergeometric(10**9, 1, 3)", "logseries(1)",
    "logseries(-1)", "logseries([1.0])", "zipf(1)", "zipf([0.5])", "pareto(0)", "power(0)", "rayleigh(-1)", "weibull(-1)", "gumbel(0, -1)",
    "laplace(0, -1)", "logistic(0, -1)", "lognormal(0, -1)", "wald(0, 1)", "wald(1, 0)", "vonmises(0, -1)", "triangular(1, 0, 2)",
    "triangular(0, 3, 2)", "triangular(0, 0, 0)", "uniform(0, float('inf'))", "uniform(2, 1)", "random(3, dtype=int)",
    "random(3, dtype='float16')", "integers(0)", "integers(1, 1)", "integers(2, 1, endpoint=True)", "integers(0, 300, dtype='int8')",
    "integers(-1, 3, dtype='uint8')", "integers(3, dtype=float)", "integers([1, 0])", "integers(0, [300], dtype='int8')",
    "multinomial(-1, [0.5, 0.5])", "multinomial(3, [0.5, -0.5, 1])", "multinomial(3, 0.5)", "dirichlet([-1, 1])", "choice(0)",
    "choice(5, 6, replace=False)", "choice([])", "choice(5, 3, p=[0.5, 0.5])", "choice(2, 3, p=[0.5, 0.6])",
    "choice(2, 3, p=[1.5, -0.5])", "choice(-1)", "choice(2.5)", "choice(3, 3, replace=False, p=[0.5, 0.5, 0])",
    "choice(2, p=[[0.5, 0.5]])", "choice(2, p=[float('nan'), 0.5])", "shuffle(3)", "shuffle([1, 2], axis=1)", "shuffle((1, 2))",
    "multivariate_normal([0, 0], [[1, 0]])", "multivariate_normal(0, [[1]])", "multivariate_normal([0], [[1, 0], [0, 1]])",
    "multivariate_normal([0, 0], [[1, 2], [2, 1]], check_valid='raise')", "multivariate_normal([0, 0], [[0, 1], [1, 0]], check_valid='raise')",
    "multivariate_normal([0, 0], [[1, 0.5], [0, 1]], check_valid='raise')", "multivariate_normal([0, 0], [[1, 0], [0, 1]], check_valid='x')",
    "multivariate_normal([0, 0], [[1, 0], [0, 1]], method='x')", "multivariate_hypergeometric([3, 1], 5)",
    "multivariate_hypergeometric([3, 1], -1)", "multivariate_hypergeometric([3, 1], 1, method='x')", "random(-1)", "random((2, -1))",
    "permutation(np.zeros((2, 2)), axis=2)",
]  # fmt: skip


@pytest.mark.parametrize("call", WRONG)
def test_errors_are_numpys(call):
    words = "dtype" not in call or "bounds" in call  # NumPy names its own default types
    words = words and "out of bounds" not in call
    fails(lambda module: eval(f"rng.{call}", {"rng": rng(module), "np": module}), words=words and "random(" not in call)


def test_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"Output size \(3,\) is not compatible"):
        rng(ndfuse).normal([1, 2], 1, 3)
    with pytest.raises(ValueError, match="dtype=int64"):
        rng(ndfuse).hypergeometric(2**24, 5, 3)
    assert int(rng(ndfuse).hypergeometric(2**24, 2**24, 2, dtype="int64")) <= 2


def test_a_refused_draw_takes_no_key():
    generator = rng(ndfuse)
    with pytest.raises(ValueError, match="scale < 0"):
        generator.normal(0, -1)
    assert generator.random(3).tolist() == rng(ndfuse).random(3).tolist()


@pytest.mark.parametrize("seed, kind", [("a", TypeError), (-1, ValueError), (1.5, TypeError), ([1, -2], ValueError)])
def test_seeds_that_are_none(seed, kind):
    with pytest.raises(kind) as found:
        ndfuse.random.default_rng(seed)
    with pytest.raises(kind) as expected:
        np.random.default_rng(seed)
    assert str(found.value) == str(expected.value)


def test_impossible_parameters_on_a_device_give_nan():
    drawn = rng(ndfuse).gamma(ndfuse.array([-1.0, 2.0]), size=(50, 2)).asnumpy()
    assert np.isnan(drawn[:, 0]).all() and not np.isnan(drawn[:, 1]).any()


# --- old names


def test_old_names():
    random = ndfuse.random
    random.seed(5)
    first = random.rand(2, 3)
    assert first.shape == (2, 3)
    assert random.randn(4).shape == (4,)
    assert random.rand().shape == ()
    state = random.get_state()
    drawn = random.randint(3, 9, (20,))
    assert set(drawn.tolist()) <= set(range(3, 9))
    random.set_state(state)
    assert random.randint(3, 9, (20,)).tolist() == drawn.tolist()
    assert random.random_integers(1, size=5).tolist() == [1] * 5
    assert random.tomaxint(3).shape == (3,)
    random.seed(5)
    assert random.random_sample((2, 3)).tolist() == first.tolist()
    assert random.RandomState(5).random_sample((2, 3)).tolist() == first.tolist()
    assert random.RandomState(5).normal(1, 2, 3).shape == (3,)
    with pytest.raises(ValueError, match="Seed must be between 0"):
        random.seed(-1)
    with pytest.raises(ValueError, match="Seed must be between 0"):
        random.RandomState(2**32)
    copied = pickle.loads(pickle.dumps(random.RandomState(5)))
    assert copied.rand(2, 3).tolist() == first.tolist()


def test_cupys_alias_has_them(monkeypatch):
    monkeypatch.syspath_prepend(str(pathlib.Path(__file__).parents[2] / "python" / "cupy"))
    import cupy

    assert cupy.random.default_rng(1).random(3).tolist() == rng(ndfuse).random(3).tolist()
