"""``cupyx.scipy.special``: the special functions that ndfuse has."""

import ndfuse
from ndfuse import erf, exp, logsumexp


def ndtr(x):
    """The distribution function of the standard normal distribution, by erf. As scipy.special.ndtr; far below zero, where the
    result is small, its error is that of 1 + erf: some 1e-7, not relative to the result."""
    return (erf(x * 0.5**0.5) + 1) / 2


def expit(x):
    """The logistic function 1 / (1 + exp(-x)). As scipy.special.expit."""
    return 1 / (1 + exp(-x))


def softmax(x, axis=None):
    """exp(x) / sum(exp(x)) along an axis, of all elements unless one is named. As scipy.special.softmax."""
    return ndfuse.softmax(x, axis)


def log_softmax(x, axis=None):
    """log(softmax(x)). As scipy.special.log_softmax."""
    return ndfuse.log_softmax(x, axis)


__all__ = ["erf", "expit", "log_softmax", "logsumexp", "ndtr", "softmax"]
