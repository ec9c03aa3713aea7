"""CuPy's names over ndfuse, for programs that say ``import cupy as cp``."""

from ndfuse import *  # noqa: F403
from ndfuse import asnumpy  # noqa: F401
