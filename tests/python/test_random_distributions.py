"""Samples against exact distributions: Kolmogorov-Smirnov for continuous ones, chi-square for discrete ones, moments where
numbers are large. Seeds are fixed; a probability is that of a sample at least as far off."""

import math

import ndfuse
import numpy as np
import pytest
from distributions import (
    beta,
    binomial,
    chi_square,
    fisher,
    gamma,
    hypergeometric,
    kolmogorov,
    mixed,
    negative_binomial,
    normal,
    poisson,
    student,
    vonmises,
    wald,
    zipf,
)


def triangle(left, mode, right, x):
    base = right - left
    low = (x - left) ** 2 / (base * max(mode - left, 1e-300))
    high = 1 - (right - x) ** 2 / (base * max(right - mode, 1e-300))
    return np.where(x <= mode, low, high)


CONTINUOUS = [
    ("random", (), lambda x: x),
    ("uniform", (-2, 3), lambda x: (x + 2) / 5),
    ("normal", (1, 2), lambda x: normal((x - 1) / 2)),
    ("lognormal", (0.5, 0.7), lambda x: normal((np.log(x) - 0.5) / 0.7)),
    ("exponential", (3,), lambda x: 1 - np.exp(-x / 3)),
    *[("standard_gamma", (a,), lambda x, a=a: gamma(a, x)) for a in (0.1, 0.5, 1, 1.5, 4, 30, 1000)],
    ("gamma", (2.5, 3), lambda x: gamma(2.5, x / 3)),
    ("chisquare", (5,), lambda x: gamma(2.5, x / 2)),
    ("noncentral_chisquare", (0.7, 3), lambda x: mixed(3, lambda i: gamma(0.35 + i, x / 2))),
    ("f", (4, 7), lambda x: fisher(4, 7, x)),
    ("noncentral_f", (4, 7, 2), lambda x: mixed(2, lambda i: beta(2 + i, 3.5, 4 * x / (4 * x + 7)))),
    ("standard_t", (3,), lambda x: student(3, x)),
    ("standard_t", (0.8,), lambda x: student(0.8, x)),
    ("standard_cauchy", (), lambda x: 0.5 + np.arctan(x) / math.pi),
    *[("beta", (a, b), lambda x, a=a, b=b: beta(a, b, x)) for a, b in ((0.3, 0.4), (1, 1), (2, 5), (50, 20), (0.5, 9))],
    ("laplace", (1, 2), lambda x: np.where(x < 1, 0.5 * np.exp((x - 1) / 2), 1 - 0.5 * np.exp(-(x - 1) / 2))),
    ("logistic", (1, 2), lambda x: 1 / (1 + np.exp(-(x - 1) / 2))),
    ("gumbel", (1, 2), lambda x: np.exp(-np.exp(-(x - 1) / 2))),
    ("rayleigh", (2,), lambda x: 1 - np.exp(-((x / 2) ** 2) / 2)),
    ("weibull", (1.7,), lambda x: 1 - np.exp(-(x**1.7))),
    ("pareto", (2.5,), lambda x: 1 - (1 + x) ** -2.5),
    ("power", (2.5,), lambda x: x**2.5),
    ("triangular", (-1, 0.5, 2), lambda x: triangle(-1, 0.5, 2, x)),
    ("triangular", (0, 0, 2), lambda x: triangle(0, 0, 2, x)),
    ("wald", (2, 3), lambda x: wald(2, 3, x)),
    ("wald", (0.1, 5), lambda x: wald(0.1, 5, x)),
    *[("vonmises", (0, k), lambda x, k=k: vonmises(0, k, x)) for k in (0.05, 0.5, 3, 50)],
    ("vonmises", (2, 1.5), lambda x: vonmises(2, 1.5, x)),
]
DISCRETE = [
    *[("poisson", (m,), lambda k, m=m: poisson(m, k)) for m in (0, 0.2, 3, 9.9, 10, 12.5, 70)],
    *[
        ("binomial", (n, p), lambda k, n=n, p=p: binomial(n, p, k))
        for n, p in ((1, 0.3), (20, 0.2), (30, 0.5), (40, 0.9), (1000, 0.004), (100, 0.4), (400, 0.75))
    ],
    ("negative_binomial", (2.5, 0.3), lambda k: negative_binomial(2.5, 0.3, k)),
    ("geometric", (0.3,), lambda k: np.where(k > 0, 0.3 * 0.7 ** (k - 1.0), 0)),
    ("geometric", (1,), lambda k: (k == 1) * 1.0),
    *[
        ("logseries", (p,), lambda k, p=p: np.where(k > 0, -(p**k) / np.maximum(k, 1) / math.log1p(-p), 0))
        for p in (0.1, 0.7, 0.95)
    ],
    *[("zipf", (a,), lambda k, a=a: np.where(k > 0, zipf(a, np.maximum(k, 1)), 0)) for a in (1.6, 2.5, 6)],
    *[
        ("hypergeometric", (g, b, s), lambda k, g=g, b=b, s=s: hypergeometric(g, b, s, k))
        for g, b, s in (
            (10, 20, 5),
            (20, 10, 26),
            (60, 50, 40),
            (50, 60, 70),
            (300, 700, 200),
            (3, 200, 100),
            (5, 0, 2),
        )
    ],
]


def name_of(case):
    return f"{case[0]}{case[1]}"


def draw(case, count, seed=1234, **options):
    return getattr(ndfuse.random.default_rng(seed), case[0])(*case[1], size=count, **options).asnumpy()


def check_discrete(drawn, probability):
    most = int(drawn.max()) + 1
    assert drawn.min() >= 0
    most = min(most, 400)
    expected = probability(np.arange(float(most)))
    counts = np.bincount(np.minimum(drawn, most), minlength=most + 1)
    expected = np.append(expected, max(0.0, 1 - expected.sum()))
    assert not counts[:-1][expected[:-1] == 0].any()
    assert chi_square(counts, expected * len(drawn)) > 2e-4


@pytest.mark.parametrize("case", CONTINUOUS, ids=name_of)
def test_continuous(case):
    drawn = draw(case, 20_000)
    assert drawn.dtype == np.float32
    assert kolmogorov(drawn, case[2]) > 2e-4


@pytest.mark.parametrize("case", DISCRETE, ids=name_of)
def test_discrete(case):
    drawn = draw(case, 20_000)
    assert drawn.dtype == np.int32
    check_discrete(drawn, case[2])


@pytest.mark.slow
@pytest.mark.parametrize("case", CONTINUOUS, ids=name_of)
def test_continuous_closely(case):
    assert kolmogorov(draw(case, 200_000, seed=5), case[2]) > 2e-4


@pytest.mark.slow
@pytest.mark.parametrize("case", DISCRETE, ids=name_of)
def test_discrete_closely(case):
    check_discrete(draw(case, 200_000, seed=5), case[2])


@pytest.mark.parametrize("case", [c for c in CONTINUOUS if c[0] not in ("random", "standard_gamma")], ids=name_of)
def test_continuous_in_double_precision(case):
    drawn = draw(case, 20_000, dtype=np.float64)
    assert drawn.dtype == np.float64
    assert kolmogorov(drawn, case[2]) > 2e-4


@pytest.mark.parametrize("case", DISCRETE, ids=name_of)
def test_discrete_in_64_bits(case):
    drawn = draw(case, 20_000, dtype=np.int64)
    assert drawn.dtype == np.int64
    check_discrete(drawn, case[2])


LARGE = [
    ("poisson", (1e4,), 1e4, 1e4),
    ("poisson", (1e9,), 1e9, 1e9),
    ("poisson", (1e-3,), 1e-3, 1e-3),
    ("binomial", (10**6, 0.25), 2.5e5, 187500.0),
    ("binomial", (2**24 + 1, 0.5), (2**24 + 1) / 2, (2**24 + 1) / 4),
    ("binomial", (2**30 + 7, 0.75), 0.75 * (2**30 + 7), 0.1875 * (2**30 + 7)),
    ("binomial", (2**31 - 1, 1e-9), 2.147483647, 2.147483645),
    ("hypergeometric", (10**6, 3 * 10**6, 10**5), 25000.0, 18281.25),
    ("negative_binomial", (10**4, 0.01), 990000.0, 99e6),
    ("geometric", (1e-5,), 1e5, 1e10),
    ("standard_gamma", (1e6,), 1e6, 1e6),
    ("beta", (1e4, 3e4), 0.25, 0.1875 / 40001),
    ("vonmises", (0, 1e6), 0.0, 1e-6),
    ("normal", (1e4, 5), 1e4, 25.0),
]


@pytest.mark.parametrize("case", LARGE, ids=name_of)
def test_moments_of_large_numbers(case):
    count = 40_000
    drawn = draw(case, count).astype(float)
    mean, variance = case[2:]
    assert abs(drawn.mean() - mean) < 4.5 * math.sqrt(variance / count)
    # The deviation of the sample variance: kurtosis 3, and 9 for the exponential and rare counts.
    wide = 60 if min(mean, variance) < 5 and mean else 9
    assert abs(drawn.var() / variance - 1) < 4.5 * math.sqrt((wide - 1) / count) + 1e-3


def test_large_poisson_numbers_take_all_values():
    """Beyond 2^24, where not every integer is a float32."""
    drawn = draw(("poisson", (2.0**28,)), 20_000)
    assert chi_square(np.bincount(drawn % 8, minlength=8), [2500] * 8) > 1e-4


def test_standard_ones_in_double_precision():
    generator = ndfuse.random.default_rng(8)
    assert kolmogorov(generator.random(20_000, dtype=np.float64).asnumpy(), lambda x: x) > 1e-4
    assert kolmogorov(generator.standard_normal(20_000, dtype="float64").asnumpy(), normal) > 1e-4
    assert kolmogorov(generator.standard_exponential(20_000, np.float64).asnumpy(), lambda x: 1 - np.exp(-x)) > 1e-4
    assert kolmogorov(generator.standard_gamma(0.3, 20_000, np.float64).asnumpy(), lambda x: gamma(0.3, x)) > 1e-4


def test_the_tests_of_fit_find_errors():
    drawn = draw(("normal", (0, 1)), 20_000)
    assert kolmogorov(drawn * 1.1, normal) < 1e-4
    assert kolmogorov(drawn + 0.04, normal) < 1e-3
    counts = np.bincount(draw(("poisson", (3,)), 20_000), minlength=13)
    assert chi_square(counts, poisson(3.1, np.arange(float(len(counts)))) * 20_000) < 1e-4


@pytest.mark.parametrize(
    "case", [("gamma", (0.5, 2)), ("gamma", (7,)), ("poisson", (4,)), ("poisson", (100,)), ("binomial", (50, 0.4)),
             ("binomial", (9, 0.1)), ("vonmises", (1, 4)), ("zipf", (2.5,)), ("hypergeometric", (60, 50, 40)),
             ("hypergeometric", (60, 50, 6)), ("normal", (1, 2)), ("exponential", (2,)), ("uniform", (1, 3))], ids=name_of
)  # fmt: skip
def test_devices_give_the_same(case):
    """Beside the cpu device in the same program, on whatever device it runs. A try that a rounding accepts or not is rare."""
    name, parameters = case
    there = [ndfuse.asarray(float(p), device="cpu") if k == 0 else p for k, p in enumerate(parameters)]
    one = getattr(ndfuse.random.default_rng(6), name)(*parameters, size=4000)
    other = getattr(ndfuse.random.default_rng(6), name)(*there, size=4000)
    assert other.device == "cpu" or str(other.device) == "cpu"
    one, other = one.asnumpy().astype(float), other.asnumpy().astype(float)
    assert (np.abs(one - other) > 1e-5 * (1 + np.abs(other))).mean() <= 0.002


# --- several numbers at once


def test_dirichlet():
    drawn = ndfuse.random.default_rng(2).dirichlet([0.5, 2, 3.5], 20_000).asnumpy()
    assert drawn.shape == (20_000, 3)
    np.testing.assert_allclose(drawn.sum(axis=1), 1, rtol=1e-6)
    for k, a in enumerate((0.5, 2, 3.5)):
        assert kolmogorov(drawn[:, k], lambda x, a=a: beta(a, 6 - a, x)) > 1e-4
    small = ndfuse.random.default_rng(2).dirichlet([1e-4, 1e-4], 2000).asnumpy()
    np.testing.assert_allclose(small.sum(axis=1), 1)
    assert 0.4 < small[:, 0].mean() < 0.6


def test_multinomial():
    chances = [0.1, 0.5, 0.15, 0.25]
    drawn = ndfuse.random.default_rng(2).multinomial(20, chances, 20_000).asnumpy()
    assert (drawn.sum(axis=1) == 20).all()
    for k, p in enumerate(chances):
        check_discrete(drawn[:, k], lambda x, p=p: binomial(20, p, x))
    covariance = np.cov(drawn.T)
    np.testing.assert_allclose(covariance[0, 1], -20 * 0.1 * 0.5, atol=0.1)
    each = ndfuse.random.default_rng(2).multinomial([3, 40], chances, (5, 2)).asnumpy()
    assert each.shape == (5, 2, 4)
    assert (each.sum(axis=-1) == [3, 40]).all()
    lines = ndfuse.random.default_rng(2).multinomial(30, ndfuse.asarray([[0.5, 0.5, 0], [0, 0, 1]])).asnumpy()
    assert (lines.sum(axis=-1) == 30).all() and lines[0, 2] == 0 and lines[1, 2] == 30


def test_multivariate_hypergeometric():
    drawn = ndfuse.random.default_rng(2).multivariate_hypergeometric([16, 8, 4], 12, 20_000).asnumpy()
    assert (drawn.sum(axis=1) == 12).all()
    for k, n in enumerate((16, 8, 4)):
        check_discrete(drawn[:, k], lambda x, n=n: hypergeometric(n, 28 - n, 12, x))


def test_multivariate_normal():
    mean, cov = [1, -2, 0.5], [[2, 0.6, -0.4], [0.6, 1, 0.1], [-0.4, 0.1, 0.5]]
    drawn = ndfuse.random.default_rng(2).multivariate_normal(mean, cov, 50_000).asnumpy()
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), cov, atol=0.05)
    for k in range(3):
        assert kolmogorov(drawn[:, k], lambda x, k=k: normal((x - mean[k]) / math.sqrt(cov[k][k]))) > 1e-4
    flat = ndfuse.random.default_rng(2).multivariate_normal([0, 0], [[1, 1], [1, 1]], 100).asnumpy()
    np.testing.assert_allclose(flat[:, 0], flat[:, 1])
    assert ndfuse.random.default_rng(2).multivariate_normal([0, 0], [[1, 0], [0, 1]]).shape == (2,)


def test_parameters_broadcast():
    means = np.array([0.5, 5, 50, 5000], np.float32)
    drawn = ndfuse.random.default_rng(2).poisson(ndfuse.array(means), (20_000, 4)).asnumpy()
    np.testing.assert_allclose(drawn.mean(axis=0), means, rtol=0.02)
    drawn = ndfuse.random.default_rng(2).normal([[0], [100]], [1, 2, 3])
    assert drawn.shape == (2, 3)
    assert (drawn.asnumpy()[1] > 50).all()
    drawn = ndfuse.random.default_rng(2).integers([0, 100, -5], [10, 200, 5], (5000, 3)).asnumpy()
    assert (drawn.min(axis=0) == [0, 100, -5]).all() and (drawn.max(axis=0) == [9, 199, 4]).all()
