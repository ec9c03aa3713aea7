"""``Generator``: NumPy's distributions, drawn on the device inside the kernels that use them.

Every method makes an expression; nothing runs before a value is needed. Where no parameter has 64 bits, samples are float32
and int32; ``dtype`` asks for others: 64-bit ones are drawn on the cpu device, with 53 random bits. ``docs/random.md`` tells how
each distribution is sampled, and how exactly.
"""

from __future__ import annotations

import itertools
import math
import operator
import warnings

from . import _creation, _indexing, _manipulation, _transfer
from ._creation import asarray
from ._dtypes import BOUNDS, DTYPES, FLOAT32, FLOAT64, INT32, KINDS, NAMES, WIDE, number_of
from ._elementwise import OPS, apply, astype, put
from ._ndarray import ndarray
from ._random_draws import Draw, check, host_values, order_of, parameter, places, running_sum, words
from ._random_seeds import BitGenerator, SeedSequence, Threefry
from ._ufuncs import UFUNCS
from ._views import AxisError, broadcast_shapes, check_shape

_exp, _log, _log1p, _expm1, _sqrt = (UFUNCS[name] for name in ("exp", "log", "log1p", "expm1", "sqrt"))
_floor, _ceil, _minimum, _maximum = (UFUNCS[name] for name in ("floor", "ceil", "minimum", "maximum"))
_MOST = 2147483520.0  # the largest float32 that is an int32


def _where(condition, x, y):
    return apply(OPS["where"], condition, x, y)


def _times(x, y):
    # Without a multiplication by one.
    return x if type(y) in (int, float) and y == 1 else x * y


def _plus(x, y):
    return x if type(y) in (int, float) and y == 0 else x + y


class Generator:
    """Random numbers from a bit generator. As numpy.random.Generator; ``default_rng(seed)`` makes one."""

    def __init__(self, bit_generator):
        if not isinstance(bit_generator, BitGenerator):
            raise ValueError("Bit generator must be a BitGenerator of ndfuse.random")
        self._bits = bit_generator

    @property
    def bit_generator(self):
        """Where its words come from."""
        return self._bits

    def spawn(self, n_children: int) -> list:
        """Generators that are independent of this one."""
        return [Generator(child) for child in self._bits.spawn(n_children)]

    def __repr__(self):
        return f"Generator({type(self._bits).__name__}) at 0x{id(self):X}"

    def __str__(self):
        return f"Generator({type(self._bits).__name__})"

    def __reduce__(self):
        return Generator, (self._bits,)

    # --- drawing

    def _draw(self, size, *parameters, dtype=None) -> Draw:
        return Draw(self._bits, size, parameters, None if dtype is None else WIDE[number_of(dtype)] or None)

    def _standard(self, name: str, size, dtype, out, sample, *parameters):
        # What NumPy gives a dtype and `out`.
        number = number_of(dtype)
        if number not in (FLOAT32, FLOAT64):
            raise TypeError(f"Unsupported dtype {DTYPES[number]!r} for {name}")
        if out is not None:
            if not isinstance(out, ndarray):
                raise TypeError("out must be an array of ndfuse")
            if out._dtype != number:
                raise TypeError(f"Supplied output array has the wrong type. Expected {NAMES[number]}, got {out.dtype}")
            if size is not None and check_shape(size) != out._shape:
                raise ValueError("size must match out.shape when used together")
            size = out._shape
        draw = Draw(self._bits, size, parameters, WIDE[number] or None)
        drawn = sample(draw)
        if out is None:
            return draw.done(drawn)
        put(out, drawn._storage.node)
        return out

    def random(self, size=None, dtype=float, out=None):
        """Uniform in [0, 1). As numpy.random.Generator.random."""
        return self._standard("random", size, dtype, out, Draw.uniform)

    def uniform(self, low=0.0, high=1.0, size=None, *, dtype=None):
        """Uniform in [low, high). As numpy.random.Generator.uniform."""
        low, high = parameter(low), parameter(high)
        if not isinstance(low, ndarray) and not isinstance(high, ndarray):
            if not math.isfinite(high - low):
                raise OverflowError("high - low range exceeds valid bounds")
            if high - low < 0:
                raise ValueError("high - low < 0")
        draw = self._draw(size, low, high, dtype=dtype)
        return draw.done(_plus(_times(draw.uniform(), high - low), low))

    def integers(self, low, high=None, size=None, dtype=int, endpoint=False):
        """Integers in [low, high), or in [0, low) where ``high`` is None; ``endpoint``: high itself too. All are equally
        likely. As numpy.random.Generator.integers; int32 by default."""
        number = number_of(dtype)
        kind = KINDS[number]
        if kind not in "biu":
            raise TypeError(f"Unsupported dtype {DTYPES[number]!r} for integers")
        zero_based = high is None
        if zero_based:
            low, high = 0, low
        least, most = (0, 1) if kind == "b" else BOUNDS[number]
        lows, highs = host_values(low), host_values(high)
        for values, bound_name in ((lows, "low"), (highs, "high")):
            for value in values or ():
                last = value - (not endpoint and bound_name == "high")
                if last < least and bound_name == "low" or last > most:
                    raise ValueError(f"{bound_name} is out of bounds for {NAMES[number]}")
        if lows and highs:
            pairs = (
                zip(lows * len(highs), highs)
                if len(lows) == 1
                else zip(lows, highs * len(lows))
                if len(highs) == 1
                else ()
            )
            for a, b in pairs:
                if a > b or a == b and not endpoint:
                    sign = ">" if endpoint else ">="
                    raise ValueError(f"high {'<' if endpoint else '<='} 0" if zero_based else f"low {sign} high")
        low, high = parameter(low), parameter(high)
        wide = WIDE[number]
        base = number if wide or NAMES[number] == "uint32" else INT32
        word = "uint64" if wide else "uint32"
        if isinstance(low, ndarray) or isinstance(high, ndarray):
            low, high = asarray(low, NAMES[base]), self._last(high, endpoint, NAMES[base])
            draw = Draw(self._bits, size, (low, high), wide)
            count = astype(high, number_of(word)) - astype(low, number_of(word)) + 1
        else:
            low, high = int(low), int(high) - (not endpoint)
            draw = Draw(self._bits, size, (), wide)
            count = _typed((high - low + 1) & (2**64 - 1 if wide else 2**32 - 1), word)
        drawn = astype(draw.below(count), base)
        if isinstance(low, ndarray) or low:
            drawn = drawn + low
        return draw.done(drawn if base == number else astype(drawn, number))

    def _last(self, high, endpoint, name):
        # The largest number that may be drawn, in a type that may not hold the one after it.
        if isinstance(high, ndarray):
            return asarray(high if endpoint else high - 1, name)
        return asarray(int(high) - (not endpoint), name)

    def bytes(self, length: int) -> bytes:
        """Random bytes; this waits. As numpy.random.Generator.bytes."""
        length = operator.index(length)
        if length < 0:
            raise ValueError("negative dimensions are not allowed")
        return _transfer.read_bytes(words(self._bits, (length + 3) // 4)).tobytes()[:length]

    # --- continuous distributions

    def standard_normal(self, size=None, dtype=float, out=None):
        """Normal, mean 0, standard deviation 1. As numpy.random.Generator.standard_normal."""
        return self._standard("standard_normal", size, dtype, out, Draw.normal)

    def normal(self, loc=0.0, scale=1.0, size=None, *, dtype=None):
        """Normal. As numpy.random.Generator.normal."""
        check("scale", scale, "non-negative")
        loc, scale = parameter(loc), parameter(scale)
        draw = self._draw(size, loc, scale, dtype=dtype)
        return draw.done(_plus(_times(draw.normal(), scale), loc))

    def lognormal(self, mean=0.0, sigma=1.0, size=None, *, dtype=None):
        """The exponential of a normal sample. As numpy.random.Generator.lognormal."""
        check("sigma", sigma, "non-negative")
        mean, sigma = parameter(mean), parameter(sigma)
        draw = self._draw(size, mean, sigma, dtype=dtype)
        return draw.done(_exp(_plus(_times(draw.normal(), sigma), mean)))

    def standard_exponential(self, size=None, dtype=float, method="zig", out=None):
        """Exponential, mean 1. As numpy.random.Generator.standard_exponential; ``method`` changes nothing, it is always the
        quantile."""
        return self._standard("standard_exponential", size, dtype, out, Draw.exponential)

    def exponential(self, scale=1.0, size=None, *, dtype=None):
        """Exponential with a mean. As numpy.random.Generator.exponential."""
        check("scale", scale, "non-negative")
        scale = parameter(scale)
        draw = self._draw(size, scale, dtype=dtype)
        return draw.done(_times(draw.exponential(), scale))

    def standard_gamma(self, shape, size=None, dtype=float, out=None):
        """Gamma of a shape, scale 1. As numpy.random.Generator.standard_gamma."""
        check("shape", shape, "non-negative")
        shape = parameter(shape)
        return self._standard("standard_gamma", size, dtype, out, lambda draw: draw.gamma(shape), shape)

    def gamma(self, shape, scale=1.0, size=None, *, dtype=None):
        """Gamma. As numpy.random.Generator.gamma."""
        check("shape", shape, "non-negative")
        check("scale", scale, "non-negative")
        shape, scale = parameter(shape), parameter(scale)
        draw = self._draw(size, shape, scale, dtype=dtype)
        return draw.done(_times(draw.gamma(shape), scale))

    def chisquare(self, df, size=None, *, dtype=None):
        """Chi-square. As numpy.random.Generator.chisquare."""
        check("df", df, "positive")
        df = parameter(df)
        draw = self._draw(size, df, dtype=dtype)
        return draw.done(draw.gamma(df * 0.5) * 2)

    def noncentral_chisquare(self, df, nonc, size=None, *, dtype=None):
        """Chi-square of a noncentrality: with df + 2 i degrees of freedom, i Poisson of mean nonc / 2. As
        numpy.random.Generator.noncentral_chisquare."""
        check("df", df, "positive")
        check("nonc", nonc, "non-negative")
        df, nonc = parameter(df), parameter(nonc)
        draw = self._draw(size, df, nonc, dtype=dtype)
        return draw.done(draw.gamma(draw.sample("poisson", nonc * 0.5) + df * 0.5) * 2)

    def f(self, dfnum, dfden, size=None, *, dtype=None):
        """Fisher's F. As numpy.random.Generator.f."""
        check("dfnum", dfnum, "positive")
        check("dfden", dfden, "positive")
        return self._f(parameter(dfnum), parameter(dfden), None, size, dtype)

    def noncentral_f(self, dfnum, dfden, nonc, size=None, *, dtype=None):
        """Fisher's F of a noncentrality. As numpy.random.Generator.noncentral_f."""
        check("dfnum", dfnum, "positive")
        check("dfden", dfden, "positive")
        check("nonc", nonc, "non-negative")
        return self._f(parameter(dfnum), parameter(dfden), parameter(nonc), size, dtype)

    def _f(self, dfnum, dfden, nonc, size, dtype):
        draw = self._draw(size, dfnum, dfden, nonc, dtype=dtype)
        above = dfnum * 0.5 if nonc is None else draw.sample("poisson", nonc * 0.5) + dfnum * 0.5
        return draw.done(draw.gamma(above) * dfden / (draw.gamma(dfden * 0.5) * dfnum))

    def standard_t(self, df, size=None, *, dtype=None):
        """Student's t. As numpy.random.Generator.standard_t."""
        check("df", df, "positive")
        df = parameter(df)
        draw = self._draw(size, df, dtype=dtype)
        return draw.done(draw.normal() * _sqrt(df * 0.5 / draw.gamma(df * 0.5)))

    def standard_cauchy(self, size=None, *, dtype=None):
        """Cauchy, mode 0: the ratio of two normal samples. As numpy.random.Generator.standard_cauchy."""
        draw = self._draw(size, dtype=dtype)
        return draw.done(draw.normal() / draw.normal())

    def beta(self, a, b, size=None, *, dtype=None):
        """Beta: from gamma samples of a + 1 and b + 1 and powers of uniform ones, so that small a and b do not underflow. As
        numpy.random.Generator.beta."""
        check("a", a, "positive")
        check("b", b, "positive")
        a, b = parameter(a), parameter(b)
        draw = self._draw(size, a, b, dtype=dtype)
        powers = _exp(draw.exponential() / a - draw.exponential() / b)
        return draw.done(1 / (1 + draw.gamma(b + 1.0) / draw.gamma(a + 1.0) * powers))

    def laplace(self, loc=0.0, scale=1.0, size=None, *, dtype=None):
        """Laplace. As numpy.random.Generator.laplace."""
        check("scale", scale, "non-negative")
        loc, scale = parameter(loc), parameter(scale)
        draw = self._draw(size, loc, scale, dtype=dtype)
        distance = draw.exponential()
        return draw.done(_plus(_times(_where(draw.uniform() < 0.5, -distance, distance), scale), loc))

    def logistic(self, loc=0.0, scale=1.0, size=None, *, dtype=None):
        """Logistic. As numpy.random.Generator.logistic."""
        check("scale", scale, "non-negative")
        loc, scale = parameter(loc), parameter(scale)
        draw = self._draw(size, loc, scale, dtype=dtype)
        return draw.done(_plus(_times(_log(_expm1(draw.exponential())), scale), loc))

    def gumbel(self, loc=0.0, scale=1.0, size=None, *, dtype=None):
        """Gumbel. As numpy.random.Generator.gumbel."""
        check("scale", scale, "non-negative")
        loc, scale = parameter(loc), parameter(scale)
        draw = self._draw(size, loc, scale, dtype=dtype)
        return draw.done(_plus(_times(-_log(draw.exponential()), scale), loc))

    def rayleigh(self, scale=1.0, size=None, *, dtype=None):
        """Rayleigh. As numpy.random.Generator.rayleigh."""
        check("scale", scale, "non-negative")
        scale = parameter(scale)
        draw = self._draw(size, scale, dtype=dtype)
        return draw.done(_times(_sqrt(draw.exponential() * 2), scale))

    def weibull(self, a, size=None, *, dtype=None):
        """Weibull of a shape. As numpy.random.Generator.weibull."""
        check("a", a, "non-negative")
        a = parameter(a)
        draw = self._draw(size, a, dtype=dtype)
        drawn = draw.exponential()
        if isinstance(a, ndarray):
            return draw.done(_where(a == 0, 0.0, drawn ** (1 / a)))
        return draw.done(drawn ** (1 / a) if a else drawn * 0)

    def pareto(self, a, size=None, *, dtype=None):
        """Pareto II (Lomax) of a shape. As numpy.random.Generator.pareto."""
        check("a", a, "positive")
        a = parameter(a)
        draw = self._draw(size, a, dtype=dtype)
        return draw.done(_expm1(draw.exponential() / a))

    def power(self, a, size=None, *, dtype=None):
        """In [0, 1], with the density a x^(a - 1). As numpy.random.Generator.power."""
        check("a", a, "positive")
        a = parameter(a)
        draw = self._draw(size, a, dtype=dtype)
        return draw.done(_exp(-draw.exponential() / a))

    def triangular(self, left, mode, right, size=None, *, dtype=None):
        """Triangular. As numpy.random.Generator.triangular."""
        lefts, modes, rights = host_values(left), host_values(mode), host_values(right)
        if lefts and modes and max(lefts) > min(modes):
            raise ValueError("left > mode")
        if modes and rights and max(modes) > min(rights):
            raise ValueError("mode > right")
        if lefts and rights and max(lefts) == min(rights):
            raise ValueError("left == right")
        left, mode, right = parameter(left), parameter(mode), parameter(right)
        draw = self._draw(size, left, mode, right, dtype=dtype)
        u, base, below = draw.uniform(), right - left, mode - left
        lower = left + _sqrt(u * (below * base))
        upper = right - _sqrt((1 - u) * (base * (right - mode)))
        return draw.done(_where(u * base <= below, lower, upper))

    def wald(self, mean, scale, size=None, *, dtype=None):
        """Inverse Gaussian: J. Michael, W. Schucany and R. Haas (1976), with their smaller root written without cancellation.
        As numpy.random.Generator.wald."""
        check("mean", mean, "positive")
        check("scale", scale, "positive")
        mean, scale = parameter(mean), parameter(scale)
        draw = self._draw(size, mean, scale, dtype=dtype)
        z = draw.normal()
        a = z * z * (mean / scale * 0.5)
        root = 1 / (1 + a + _sqrt(a * (a + 2)))  # of the sample to its mean
        return draw.done(_where(draw.uniform() * (1 + root) <= 1, root, 1 / root) * mean)

    def vonmises(self, mu, kappa, size=None, *, dtype=None):
        """Von Mises, in [-pi, pi]. As numpy.random.Generator.vonmises."""
        check("kappa", kappa, "non-negative")
        mu, kappa = parameter(mu), parameter(kappa)
        draw = self._draw(size, mu, kappa, dtype=dtype)
        angle = draw.sample("vonmises", kappa)
        if type(mu) in (int, float) and mu == 0:
            return draw.done(angle)
        turned = angle + mu
        return draw.done(turned - _floor((turned + math.pi) / (2 * math.pi)) * (2 * math.pi))

    # --- discrete distributions

    def poisson(self, lam=1.0, size=None, *, dtype=None):
        """Poisson. As numpy.random.Generator.poisson."""
        check("lam", lam, "non-negative number")
        draw = self._draw(size, parameter(lam), dtype=dtype)
        values = host_values(lam)
        most = 2**62 if draw.wide else 2147483647 - 10 * 46341  # as NumPy: ten standard deviations below the largest
        if values and max(values) > most:
            raise ValueError("lam value too large")
        return draw.done(draw.sample("poisson", parameter(lam)))

    def binomial(self, n, p, size=None, *, dtype=None):
        """Binomial. As numpy.random.Generator.binomial. Where float32 may not hold ``n`` (2^24 and more), it is drawn in two
        parts."""
        check("n", n, "non-negative")
        check("p", p, "probability")
        n, p = parameter(n), parameter(p)
        draw = self._draw(size, n, p, dtype=dtype)
        return draw.done(self._binomial(draw, n, p))

    def _binomial(self, draw, n, p, exact=False):
        # exact: float32 holds n, an array, whatever its type.
        if isinstance(n, ndarray):
            large = not exact and not draw.wide and KINDS[n._dtype] in "iu" and _transfer.SIZES[n._dtype] == 4
            if KINDS[n._dtype] == "f":
                n = _floor(n)
        else:
            n = int(n)
            if n > (2**62 if draw.wide else 2**31 - 1):
                raise ValueError(f"n is out of bounds for {'int64' if draw.wide else 'int32'}")
            large = not draw.wide and n >= 2**24
        if not large:
            return draw.sample("binomial", n, p)
        rest = n % 65536
        return draw.sample("binomial", n - rest, p) + draw.sample("binomial", rest, p)

    def negative_binomial(self, n, p, size=None, *, dtype=None):
        """Failures before the n-th success: Poisson of a gamma mean. As numpy.random.Generator.negative_binomial."""
        check("n", n, "positive")
        check("p", p, "positive probability")
        n, p = parameter(n), parameter(p)
        draw = self._draw(size, n, p, dtype=dtype)
        return draw.done(draw.sample("poisson", draw.gamma(n) * ((1 - p) / p)))

    def geometric(self, p, size=None, *, dtype=None):
        """Trials up to the first success. As numpy.random.Generator.geometric."""
        check("p", p, "positive probability")
        p = parameter(p)
        draw = self._draw(size, p, dtype=dtype)
        if isinstance(p, ndarray):
            rate = -_log1p(-p)
        else:
            rate = -math.log1p(-p) if p < 1 else math.inf
        return draw.done(self._whole(draw, _maximum(_ceil(draw.exponential() / rate), 1.0)))

    def _whole(self, draw, x):
        return astype(_minimum(x, 2.0**62 if draw.wide else _MOST), number_of("int64" if draw.wide else "int32"))

    def logseries(self, p, size=None, *, dtype=None):
        """The logarithmic series: A. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables" (1981).
        As numpy.random.Generator.logseries."""
        check("p", p, "probability below 1")
        p = parameter(p)
        draw = self._draw(size, p, dtype=dtype)
        rate = _log1p(-p) if isinstance(p, ndarray) else math.log1p(-p)
        v = _exp(-draw.exponential())  # uniform, precise where it is small
        q = -_expm1(draw.uniform() * rate)
        many = _floor(1 + _log(v) / _log(q))
        return draw.done(self._whole(draw, _where(v >= q, 1.0, _where(v > q * q, 2.0, _maximum(many, 1.0)))))

    def zipf(self, a, size=None, *, dtype=None):
        """Zipf. As numpy.random.Generator.zipf."""
        check("a", a, "above 1")
        a = parameter(a)
        draw = self._draw(size, a, dtype=dtype)
        return draw.done(draw.sample("zipf", a))

    def hypergeometric(self, ngood, nbad, nsample, size=None, *, dtype=None):
        """Good ones among ``nsample`` drawn without replacement. As numpy.random.Generator.hypergeometric, with ngood + nbad up to
        2^24; up to 2 x 10^9 with dtype=int64."""
        goods, bads, samples = host_values(ngood), host_values(nbad), host_values(nsample)
        ngood, nbad, nsample = parameter(ngood), parameter(nbad), parameter(nsample)
        draw = self._draw(size, ngood, nbad, nsample, dtype=dtype)
        if goods and bads:
            if max(goods) >= 10**9 or max(bads) >= 10**9:
                raise ValueError("both ngood and nbad must be less than 1000000000")
            if max(goods) + max(bads) > 2**24 and not draw.wide:
                raise ValueError("ngood + nbad above 2^24 needs dtype=int64, which is drawn on the cpu device")
            if samples and min(goods) + min(bads) < max(samples):
                raise ValueError("ngood + nbad < nsample")
        for name, values in (("ngood", goods), ("nbad", bads), ("nsample", samples)):
            if values and min(values) < 0:
                raise ValueError(f"{name} < 0")
        return draw.done(self._hypergeometric(draw, ngood, nbad, nsample))

    def _hypergeometric(self, draw, ngood, nbad, nsample):
        if isinstance(ngood, ndarray) or isinstance(nbad, ndarray):
            population = nbad * 1j + ngood
        else:
            population = complex(ngood, nbad)
        return draw.sample("hypergeometric", population, nsample)

    # --- several numbers at once

    def dirichlet(self, alpha, size=None, *, dtype=None):
        """Dirichlet: shape size + (k,), rows of sum 1. Logarithms of gamma samples, so that small alphas do not underflow. As
        numpy.random.Generator.dirichlet."""
        values = host_values(alpha)
        if values and not min(values) >= 0:
            raise ValueError("alpha < 0")
        alpha = asarray(alpha)
        if alpha.ndim != 1:
            raise TypeError("alpha must be one-dimensional")
        shape = (() if size is None else check_shape(size)) + alpha._shape
        draw = self._draw(shape, alpha, dtype=dtype)
        logs = _log(draw.gamma(alpha + 1.0)) - draw.exponential() / alpha
        weights = _exp(logs - logs.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)

    def multinomial(self, n, pvals, size=None, *, dtype=None):
        """Counts of n draws among k categories: shape size + (k,); one binomial draw for each category but the last. As
        numpy.random.Generator.multinomial."""
        check("n", n, "non-negative")
        check("pvals", pvals, "probability")
        probabilities = pvals if isinstance(pvals, ndarray) else asarray(pvals)
        if probabilities.ndim == 0 or probabilities._shape[-1] == 0:
            raise ValueError(
                "pvals must have at least 1 dimension and the last dimension of pvals must be greater than 0."
            )
        values = host_values(pvals) if probabilities.ndim == 1 else None
        if values and sum(values[:-1]) > 1 + 1e-12:
            raise ValueError("sum(pvals[:-1]) > 1.0")
        n = parameter(n)
        count = probabilities._shape[-1]
        if size is None:
            shapes = [probabilities._shape[:-1]] + ([n._shape] if isinstance(n, ndarray) else [])
            size = broadcast_shapes(*shapes)
        draw = self._draw(
            size,
            *[x for x in (n,) if isinstance(x, ndarray)],
            *[x[..., 0] for x in (probabilities,) if x.ndim > 1],
            dtype=dtype,
        )
        if values:
            tails = [math.fsum(values[k:]) for k in range(count)]
            chances = [min(max(values[k] / tails[k], 0.0), 1.0) if tails[k] > 0 else 0.0 for k in range(count - 1)]
        else:
            parts = [probabilities[..., k] for k in range(count)]
            tail, chances = parts[-1], []
            for part in reversed(parts[:-1]):
                tail = tail + part
                chances.insert(0, _where(part > 0, _minimum(part / tail, 1.0), 0.0))
        counts, left, exact = [], n, not isinstance(n, ndarray) and n < 2**24
        for chance in chances:
            counts.append(self._binomial(draw, left, chance, exact))
            left = left - counts[-1]
        counts.append(_manipulation.broadcast_to(asarray(left, "int64" if draw.wide else "int32"), draw.shape))
        return _manipulation.stack(counts, axis=-1)

    def multivariate_hypergeometric(self, colors, nsample, size=None, method="marginals", *, dtype=None):
        """How many of each colour are among ``nsample`` drawn without replacement: shape size + (k,); one hypergeometric draw
        for each colour but the last, whatever ``method``. As numpy.random.Generator.multivariate_hypergeometric."""
        if method not in ("count", "marginals"):
            raise ValueError('method must be "count" or "marginals".')
        values = colors.tolist() if hasattr(colors, "tolist") else list(colors)
        if any(type(v) is not int or v < 0 for v in values):
            raise ValueError(
                "colors must be a one-dimensional sequence of nonnegative integers not exceeding 9223372036854775807."
            )
        nsample = operator.index(nsample)
        if nsample < 0:
            raise ValueError("nsample must be nonnegative.")
        total = sum(values)
        if nsample > total:
            raise ValueError("nsample > sum(colors)")
        draw = self._draw(() if size is None else size, dtype=dtype)
        if total > (2**31 if draw.wide else 2**24):
            raise ValueError("sum(colors) above 2^24 needs dtype=int64, which is drawn on the cpu device")
        counts, left = [], nsample
        for value in values[:-1]:
            total -= value
            counts.append(self._hypergeometric(draw, value, total, left))
            left = left - counts[-1]
        if values:
            counts.append(_manipulation.broadcast_to(asarray(left, "int64" if draw.wide else "int32"), draw.shape))
        return _manipulation.stack(counts, axis=-1) if counts else _creation.zeros((*draw.shape, 0), int)

    def multivariate_normal(self, mean, cov, size=None, check_valid="warn", tol=1e-8, *, method="svd", dtype=None):
        """Normal vectors of a mean and a covariance: shape size + (k,). The host factors the covariance (by Cholesky, whatever
        ``method``; semidefinite ones too), reading it first where it lives on a device. As
        numpy.random.Generator.multivariate_normal."""
        if method not in ("eigh", "svd", "cholesky"):
            raise ValueError("method must be one of {'eigh', 'svd', 'cholesky'}")
        if check_valid not in ("warn", "raise", "ignore"):
            raise ValueError("check_valid must equal 'warn', 'raise', or 'ignore'")
        mean, matrix = asarray(mean), asarray(cov)
        if mean.ndim != 1:
            raise ValueError("mean must be 1 dimensional")
        if matrix.ndim != 2 or matrix._shape[0] != matrix._shape[1]:
            raise ValueError("cov must be 2 dimensional and square")
        if mean._shape[0] != matrix._shape[0]:
            raise ValueError("mean and cov must have same length")
        factor, valid = _factor(matrix.tolist(), tol)
        if not valid and check_valid != "ignore":
            if check_valid == "raise":
                raise ValueError("covariance is not symmetric positive-semidefinite.")
            warnings.warn("covariance is not symmetric positive-semidefinite.", RuntimeWarning, stacklevel=2)
        wide = WIDE[mean._dtype] or WIDE[matrix._dtype] or dtype is not None and WIDE[number_of(dtype)]
        shape = (() if size is None else check_shape(size)) + mean._shape
        draw = Draw(self._bits, shape, (), wide)
        upper = asarray([list(row) for row in zip(*factor)], "float64" if wide else "float32")
        upper = _manipulation.reshape(upper, (mean._shape[0],) * 2)
        return draw.normal() @ upper + mean

    # --- orders and choices

    def _order(self, count: int, shape=None):
        """A random order of the numbers below ``count`` along the last axis (int32): what sorts random words, and pairs of
        them where equal words would be likely."""
        shape = (count,) if shape is None else shape
        draw = Draw(self._bits, shape)
        if count <= 1024:
            return order_of(draw.words())
        first = draw.uniform()
        return order_of(draw.uniform() * 1j + first)

    def permutation(self, x, axis=0):
        """The numbers below ``x``, or the elements of ``x`` along an axis, in random order. As
        numpy.random.Generator.permutation."""
        if _is_integer(x):
            return self._order(max(operator.index(x), 0))
        x = asarray(x)
        if not -x.ndim <= axis < x.ndim:
            raise AxisError(f"axis {axis} is out of bounds for array of dimension {x.ndim}")
        return _indexing.take(x, self._order(x._shape[axis]), axis=axis)

    def shuffle(self, x, axis=0) -> None:
        """Puts the elements of ``x`` along an axis into random order, in place: of an array, or a list. As
        numpy.random.Generator.shuffle."""
        if isinstance(x, ndarray):
            x[...] = self.permutation(x, axis)
            return
        count = len(x)
        if hasattr(x, "__array_interface__"):
            x[...] = x.take(self._order(x.shape[axis]).asnumpy(), axis=axis)
            return
        if axis != 0:
            raise NotImplementedError("Axis argument is only supported on ndarray objects")
        if not hasattr(x, "__setitem__"):
            raise TypeError(f"'{type(x).__name__}' object does not support item assignment")
        x[:] = [x[k] for k in self._order(count).tolist()] if count else x

    def permuted(self, x, *, axis=None, out=None):
        """As ``permutation``, but each line along the axis in an order of its own; without an axis all elements. As
        numpy.random.Generator.permuted."""
        x = asarray(x)
        if axis is None:
            made = _manipulation.reshape(_indexing.take(_manipulation.ravel(x), self._order(x.size)), x._shape)
        else:
            if not -x.ndim <= axis < x.ndim:
                raise AxisError(f"axis {axis} is out of bounds for array of dimension {x.ndim}")
            moved = _manipulation.moveaxis(x, axis, -1)
            order = self._order(moved._shape[-1], moved._shape)
            made = _manipulation.moveaxis(_indexing.take_along_axis(moved, order, -1), -1, axis)
        if out is None:
            return made
        if not isinstance(out, ndarray) or out._shape != x._shape:
            raise ValueError("out must have the same shape as x")
        out[...] = made
        return out

    def choice(self, a, size=None, replace=True, p=None, axis=0, shuffle=True):
        """Elements of ``a`` along an axis, or numbers below it: each time any of them, or without replacement; with
        probabilities ``p``. Without replacement and with p: the order of p by exponential clocks (P. Efraimidis and P. Spirakis,
        2006). As numpy.random.Generator.choice."""
        if _is_integer(a):
            values, count = None, operator.index(a)
        elif isinstance(a, float):
            raise ValueError(f"a must be a sequence or an integer, not {type(a)}")
        else:
            values = asarray(a)
            count = values._shape[axis] if values.ndim else 0
        shape = () if size is None else check_shape(size)
        wanted = math.prod(shape)
        if count <= 0 and wanted:
            raise ValueError(
                "a must be a positive integer unless no samples are taken"
                if values is None
                else "a cannot be empty unless no samples are taken"
            )
        if p is not None:
            weights, held = self._probabilities(p, count)
        if not replace and wanted > count:
            raise ValueError("Cannot take a larger sample than population when replace is False")
        if not wanted:
            chosen = _creation.zeros(shape, int)
        elif replace and p is None:
            chosen = self.integers(0, count, shape)
        elif replace:
            sums = (
                running_sum(weights)
                if held is None
                else asarray(list(itertools.accumulate(held)), NAMES[weights._dtype])
            )
            draw = Draw(self._bits, shape, (), WIDE[weights._dtype])
            chosen = _minimum(places(sums, draw.uniform() * sums[-1]), count - 1)
        else:
            if p is None:
                order = self._order(count)
            else:
                if held and sum(v > 0 for v in held) < wanted:
                    raise ValueError("Fewer non-zero entries in p than size")
                draw = Draw(self._bits, (count,), (), WIDE[weights._dtype])
                order = order_of(draw.exponential() / weights)
            chosen = _manipulation.reshape(order[:wanted], shape)
        if size is None:
            chosen = chosen[()]
        return chosen if values is None else _indexing.take(values, chosen, axis=axis)

    def _probabilities(self, p, count: int):
        """Weights as an array, and as a list where the host has them."""
        weights = asarray(p)
        if weights.ndim != 1:
            raise ValueError("p must be 1-dimensional")
        if weights.size != count:
            raise ValueError("a and p must have same size")
        values = host_values(p)
        if values:
            total = math.fsum(values)
            if total != total:
                raise ValueError("Probabilities contain NaN")
            if min(values) < 0:
                raise ValueError("Probabilities are not non-negative")
            if abs(total - 1) > 1e-6:
                raise ValueError("Probabilities do not sum to 1. See Notes section of docstring for more information.")
        if KINDS[weights._dtype] != "f":
            weights = astype(weights, FLOAT32)
        return weights, values


def _is_integer(x) -> bool:
    # Not an array, though arrays have __index__ too.
    return isinstance(x, int) or hasattr(x, "__index__") and not hasattr(x, "__len__")


def _typed(value: int, name: str):
    from ._graph import Scalar

    return Scalar(number_of(name), value)


def _factor(matrix: list, tolerance: float):
    """The Cholesky factor of a symmetric matrix, and whether that is positive semidefinite: a pivot that is zero leaves a column
    of zeros."""
    size = len(matrix)
    largest = max([abs(matrix[k][k]) for k in range(size)], default=0.0)
    small = max(tolerance * largest, 1e-300)
    valid = all(
        abs(matrix[i][j] - matrix[j][i]) <= tolerance + tolerance * abs(matrix[j][i])
        for i in range(size)
        for j in range(i)
    )
    factor = [[0.0] * size for _ in range(size)]
    for j in range(size):
        row = factor[j]
        pivot = matrix[j][j] - math.fsum(value * value for value in row[:j])
        valid = valid and pivot >= -small
        root = math.sqrt(pivot) if pivot > 1e-14 * largest else 0.0
        row[j] = root
        for i in range(j + 1, size):
            other = factor[i]
            rest = matrix[i][j] - math.fsum(a * b for a, b in zip(other[:j], row[:j]))
            other[j] = rest / root if root else 0.0
            valid = valid and (root > 0 or rest * rest <= small * max(abs(matrix[i][i]), small))
    return factor, valid


def default_rng(seed=None) -> Generator:
    """A ``Generator`` from a seed: None (from the system), an int, a sequence of ints, a ``SeedSequence``, a bit generator (which
    it uses) or a generator (which it is). As numpy.random.default_rng."""
    if isinstance(seed, Generator):
        return seed
    if isinstance(seed, BitGenerator):
        return Generator(seed)
    return Generator(Threefry(seed if isinstance(seed, SeedSequence) else SeedSequence(seed)))
