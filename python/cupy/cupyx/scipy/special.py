"""``cupyx.scipy.special``: the special functions that ndfuse has."""

from ndfuse import erf  # noqa: F401
