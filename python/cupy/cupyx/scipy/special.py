"""``cupyx.scipy.special``: the special functions that ndfuse has."""

from ndfuse import erf, exp


def ndtr(x):
    """The distribution function of the standard normal distribution, by erf. As scipy.special.ndtr; far below zero, where the
    result is small, its error is that of 1 + erf: some 1e-7, not relative to the result."""
    return (erf(x * 0.5**0.5) + 1) / 2


def expit(x):
    """The logistic function 1 / (1 + exp(-x)). As scipy.special.expit."""
    return 1 / (1 + exp(-x))


__all__ = ["erf", "expit", "ndtr"]
