"""Exact distributions, for tests of samples: distribution functions and probabilities in double precision by NumPy.

The incomplete gamma function is the series, or the continued fraction, of Abramowitz and Stegun 6.5.29 and 6.5.31, the
incomplete beta function the continued fraction 26.5.8, both by Lentz's method.
"""

import math

import numpy as np

_gamma_log = np.vectorize(math.lgamma, otypes=[float])
_erfc = np.vectorize(math.erfc, otypes=[float])


def normal(x):
    return 0.5 * _erfc(-np.asarray(x) / math.sqrt(2))


def gamma(shape, x):
    """P(shape, x), the regularised incomplete gamma function."""
    shape, x = np.broadcast_arrays(np.asarray(shape, float), np.asarray(x, float))
    found = np.zeros(x.shape)
    positive = x > 0
    front = np.zeros(x.shape)
    front[positive] = np.exp(shape[positive] * np.log(x[positive]) - x[positive] - _gamma_log(shape[positive]))
    low = positive & (x < shape + 1)
    a, y = shape[low], x[low]
    term = 1 / a
    total = term.copy()
    for k in range(1, 5000):
        term = term * y / (a + k)
        total += term
        if not (term > 1e-16 * total).any():
            break
    found[low] = front[low] * total
    high = positive & ~low
    found[high] = 1 - front[high] * _fraction(
        lambda k: -k * (k - shape[high]), lambda k: x[high] + 2 * k + 1 - shape[high], x[high].size
    )
    return found


def _fraction(numerator, denominator, size):
    # 1 / (b0 + a1 / (b1 + a2 / (b2 + ...)))
    tiny = 1e-300
    f = np.maximum(denominator(0), tiny) * np.ones(size)
    c, d = f.copy(), np.zeros(size)
    for k in range(1, 5000):
        d = denominator(k) + numerator(k) * d
        c = denominator(k) + numerator(k) / c
        d = 1 / np.where(np.abs(d) < tiny, tiny, d)
        c = np.where(np.abs(c) < tiny, tiny, c)
        step = c * d
        f *= step
        if not (np.abs(step - 1) > 1e-15).any():
            break
    return 1 / f


def beta(a, b, x):
    """I_x(a, b), the regularised incomplete beta function."""
    a, b, x = (np.asarray(v, float).copy() for v in np.broadcast_arrays(a, b, np.clip(x, 0, 1)))
    swap = x > (a + 1) / (a + b + 2)
    a[swap], b[swap], x[swap] = b[swap].copy(), a[swap].copy(), 1 - x[swap]
    with np.errstate(divide="ignore"):
        front = np.exp(_gamma_log(a + b) - _gamma_log(a) - _gamma_log(b) + a * np.log(x) + b * np.log1p(-x)) / a

    def numerator(k):
        m = k // 2
        if k % 2 == 0:
            return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))

    value = np.where(x > 0, front * _fraction(numerator, lambda k: np.ones(x.shape), x.shape), 0.0)
    return np.where(swap, 1 - value, value)


def student(df, x):
    tail = 0.5 * beta(df / 2, 0.5, df / (df + np.square(x)))
    return np.where(np.asarray(x) > 0, 1 - tail, tail)


def fisher(dfnum, dfden, x):
    return beta(dfnum / 2, dfden / 2, dfnum * x / (dfnum * x + dfden))


def poisson(mean, k):
    """The probability of k."""
    return np.exp(k * np.log(mean) - mean - _gamma_log(k + 1.0)) if mean else (np.asarray(k) == 0) * 1.0


def mixed(nonc, of):
    """A mixture over Poisson numbers of mean nonc / 2, as noncentral distributions are."""
    most = int(nonc / 2 + 12 * math.sqrt(nonc / 2 + 1) + 12)
    return sum(poisson(nonc / 2, np.float64(k)) * of(k) for k in range(most))


def _choose(n, k):
    return _gamma_log(n + 1.0) - _gamma_log(k + 1.0) - _gamma_log(n - k + 1.0)


def binomial(n, p, k):
    """The probability of k."""
    inside = (k >= 0) & (k <= n)
    k = np.where(inside, k, 0)
    return np.where(inside, np.exp(_choose(n, k) + k * math.log(p) + (n - k) * math.log1p(-p)), 0.0)


def negative_binomial(n, p, k):
    return np.exp(_gamma_log(k + n) - _gamma_log(k + 1.0) - math.lgamma(n) + n * math.log(p) + k * math.log1p(-p))


def hypergeometric(good, bad, sample, k):
    inside = (k >= max(0, sample - bad)) & (k <= min(good, sample))
    k = np.where(inside, k, max(0, sample - bad))
    value = np.exp(_choose(good, k) + _choose(bad, sample - k) - _choose(good + bad, np.float64(sample)))
    return np.where(inside, value, 0.0)


def zipf(a, k):
    terms = np.arange(1, 10**6, dtype=float)
    total = float((terms**-a).sum()) + (10.0**6 - 0.5) ** (1 - a) / (a - 1)
    return np.asarray(k, float) ** -a / total


def wald(mean, scale, x):
    root = np.sqrt(scale / x)
    return normal(root * (x / mean - 1)) + math.exp(2 * scale / mean) * normal(-root * (x / mean + 1))


def vonmises(mu, kappa, x):
    grid = np.linspace(-math.pi, math.pi, 200_001)
    density = np.exp(kappa * (np.cos(grid - mu) - 1))
    sums = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.interp(x, grid, sums / sums[-1])


# --- tests of fit


def chi_square(found, expected):
    """The probability that counts differ from what is expected by as much as these, or more; classes of fewer than 8 expected
    are joined with their neighbours."""
    joined, counts, seen, want = [], [], 0.0, 0.0
    for one, other in zip(found, expected, strict=True):
        seen, want = seen + one, want + other
        if want >= 8:
            counts.append(seen)
            joined.append(want)
            seen = want = 0.0
    counts[-1] += seen
    joined[-1] += want
    if len(joined) == 1:
        return 1.0
    counts, joined = np.array(counts), np.array(joined)
    assert abs(counts.sum() - joined.sum()) < 1e-3 * joined.sum() + 8
    return float(1 - gamma((len(joined) - 1) / 2, ((counts - joined) ** 2 / joined).sum() / 2))


def kolmogorov(sample, distribution):
    """The probability that a sample is as far from its distribution function as this one, or farther (Kolmogorov and Smirnov,
    with M. Stephens' correction)."""
    sample = np.sort(np.asarray(sample, float))
    values = distribution(sample)
    n = len(sample)
    steps = np.arange(n + 1) / n
    distance = max((steps[1:] - values).max(), (values - steps[:-1]).max())
    t = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * distance
    return (
        min(1.0, max(0.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * t * t) for k in range(1, 101))))
        if t > 0.2
        else 1.0
    )
