"""Random numbers: ``default_rng(seed)`` for new programs, ``RandomState`` and the functions of this module for old ones. As
numpy.random; the streams are ndfuse's own (Threefry), the same for the same seed on every device.
"""

from __future__ import annotations

import operator

from ._random_generator import Generator, default_rng
from ._random_seeds import BitGenerator, SeedSequence, Threefry

# What is the same in Generator and RandomState: names, arguments, results.
_SHARED = (
    "beta binomial bytes chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic lognormal "
    "logseries multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto permutation poisson "
    "power rayleigh shuffle standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises "
    "wald weibull zipf"
).split()


class RandomState:
    """The interface of old programs. As numpy.random.RandomState, over the same generator as ``default_rng``."""

    def __init__(self, seed=None):
        self.seed(seed)

    def seed(self, seed=None) -> None:
        """Begins a stream anew: from an int below 2^32, a sequence of them, or the system."""
        if isinstance(seed, BitGenerator):
            self._generator = Generator(seed)
            return
        if seed is not None and not hasattr(seed, "__len__") and not 0 <= operator.index(seed) < 2**32:
            raise ValueError("Seed must be between 0 and 2**32 - 1")
        self._generator = default_rng(seed)

    def get_state(self, legacy=True) -> dict:
        """The whole state, for ``set_state``."""
        return self._generator.bit_generator.state

    def set_state(self, state: dict) -> None:
        """Goes back to a state."""
        self._generator.bit_generator.state = state

    def __reduce__(self):
        return RandomState, (self._generator.bit_generator,)

    def random_sample(self, size=None):
        """Uniform in [0, 1)."""
        return self._generator.random(size)

    random = random_sample

    def rand(self, *shape):
        """Uniform in [0, 1), of a shape that is given axis by axis."""
        return self._generator.random(shape or None)

    def randn(self, *shape):
        """Normal, mean 0, standard deviation 1, of a shape that is given axis by axis."""
        return self._generator.standard_normal(shape or None)

    def randint(self, low, high=None, size=None, dtype=int):
        """Integers in [low, high), or in [0, low)."""
        return self._generator.integers(low, high, size, dtype)

    def random_integers(self, low, high=None, size=None):
        """Integers in [low, high], or in [1, low]."""
        return self._generator.integers(*((1, low) if high is None else (low, high)), size, endpoint=True)

    def tomaxint(self, size=None):
        """Integers from 0 to the largest int32."""
        return self._generator.integers(0, 2**31 - 1, size, endpoint=True)


def _shared(name: str):
    of_generator = getattr(Generator, name)

    def method(self, *arguments, **options):
        return of_generator(self._generator, *arguments, **options)

    method.__name__ = name
    method.__qualname__ = f"RandomState.{name}"
    method.__doc__ = of_generator.__doc__
    return method


for _name in _SHARED:
    setattr(RandomState, _name, _shared(_name))

_global = RandomState()
_OWN = "seed get_state set_state random_sample random rand randn randint random_integers tomaxint".split()
for _name in _SHARED + _OWN:
    globals()[_name] = getattr(_global, _name)
ranf = sample = _global.random_sample  # noqa: F821

__all__ = [
    "BitGenerator",
    "Generator",
    "RandomState",
    "SeedSequence",
    "Threefry",
    "default_rng",
    "ranf",
    "sample",
    *_SHARED,
    *_OWN,
]
