"""Derives every polynomial and split constant of include/ndfuse/ir/numerics.hpp and prints them as C++ arguments.

Method: near-minimax fit of the relative error of the *function* (not of the polynomial) by Lawson's iteratively
reweighted least squares on Chebyshev nodes (C. L. Lawson, 1961). Coefficients are rounded to float32 one after the
other, the lowest degree first, and the rest is fitted again each time, so that rounding one is made good by the others.
The error printed is the worst relative error in exact arithmetic, with the rounded coefficients.

Run: python tests/numerics/coefficients.py      (needs mpmath and numpy)
"""

import mpmath as mp
import numpy as np

mp.mp.prec = 400


def nodes(low, high, count=400):
    """Chebyshev nodes of [low, high], which are dense at the ends where a minimax error peaks."""
    k = np.arange(count)
    return (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * (k + 0.5) / count)


def fit(name, function, low, high, degree, base=lambda x: 0, factor=lambda x: 1, variable=lambda x: x):
    """function(x) ~ base(x) + factor(x) * P(variable(x)) on [low, high]; prints the coefficients, lowest first."""
    xs = [mp.mpf(float(x)) for x in nodes(low, high)]
    values = [function(x) for x in xs]
    target = np.array([float((f - base(x)) / factor(x)) for f, x in zip(values, xs, strict=True)])
    scale = np.array([float(factor(x) / f) for f, x in zip(values, xs, strict=True)])
    u = np.array([float(variable(x)) for x in xs])
    powers = np.vander(u, degree + 1, increasing=True)
    fixed = []
    for i in range(degree + 1):
        rest = target - powers[:, :i] @ np.array(fixed) if fixed else target
        weight = np.ones_like(u)
        for _ in range(60):
            w = np.sqrt(weight) * scale
            solution = np.linalg.lstsq(powers[:, i:] * w[:, None], rest * w, rcond=None)[0]
            error = np.abs((powers[:, i:] @ solution - rest) * scale)
            if error.max() < 1e-15:
                break
            weight = weight * (error / error.max() + 1e-3)
            weight /= weight.max()
        fixed.append(float(np.float32(solution[0])))
    worst = max(
        abs((base(x) + factor(x) * mp.polyval([mp.mpf(c) for c in reversed(fixed)], variable(x)) - f) / f)
        for f, x in zip(values, xs, strict=True)
    )
    literals = ", ".join(literal(c) for c in fixed)
    print(f"{name}: degree {degree} on [{low:.6g}, {high:.6g}], relative error 2^{float(mp.log(worst, 2)):.1f}")
    print(f"  {literals}")


def square(x):
    return x * x


def literal(value):
    text = np.format_float_scientific(np.float32(value), unique=True, trim="-")
    number = float(text)
    short = repr(number) if 1e-4 <= abs(number) < 1e5 else text
    return (short if "." in short or "e" in short else short + ".0") + "f"


def split(name, value, bits):
    """value = first + second (+ rest): first has at most `bits` significant bits, so that products with short factors are exact."""
    value = mp.mpf(value)
    exponent = mp.floor(mp.log(abs(value), 2)) + 1
    unit = mp.ldexp(1, int(exponent - bits))
    first = mp.nint(value / unit) * unit
    print(f"{name}: {bits} bits + rest")
    print(f"  {literal(float(first))}, {literal(float(value - first))}")


def two_over_pi(words):
    bits = mp.floor(mp.ldexp(2 / mp.pi, 32 * words))
    print("two_over_pi: 32-bit words, the first holds the first 32 bits after the binary point")
    print("  " + ", ".join(f"0x{(int(bits) >> (32 * (words - 1 - i))) & 0xFFFFFFFF:08x}u" for i in range(words)))


def main():
    half_log_2 = float(mp.log(2) / 2)
    tiny = (
        1e-3  # the relative error of an odd series is flat towards zero; starting here keeps the fit well conditioned
    )

    fit("exp: 1 + r + r^2 P(r)", mp.exp, -half_log_2 * 1.001, half_log_2 * 1.001, 4, lambda x: 1 + x, square)
    fit("log_tail: f - f^2/2 + f^3 P(f)", mp.log1p, -0.29293, 0.41426, 8, lambda x: x - x * x / 2, lambda x: x**3)
    fit("sin: r + r^3 P(r^2)", mp.sin, tiny, 0.7855, 3, lambda x: x, lambda x: x**3, square)
    fit("cos: 1 - r^2/2 + r^4 P(r^2)", mp.cos, tiny, 0.7855, 2, lambda x: 1 - x * x / 2, lambda x: x**4, square)
    fit("tan: r + r^3 P(r^2)", mp.tan, tiny, 0.7855, 6, lambda x: x, lambda x: x**3, square)
    fit("asin: x + x^3 P(x^2)", mp.asin, tiny, 0.5, 4, lambda x: x, lambda x: x**3, square)
    fit("atan: t + t^3 P(t^2)", mp.atan, tiny, 1.0, 8, lambda x: x, lambda x: x**3, square)
    fit("sinh: x + x^3 P(x^2)", mp.sinh, tiny, 1.0, 3, lambda x: x, lambda x: x**3, square)
    fit("tanh: x + x^3 P(x^2)", mp.tanh, tiny, 0.5625, 4, lambda x: x, lambda x: x**3, square)
    fit("atanh: x + x^3 P(x^2)", mp.atanh, tiny, 0.5, 5, lambda x: x, lambda x: x**3, square)
    fit("erf, small: x + x P(x^2)", mp.erf, tiny, 0.9375, 6, lambda x: x, lambda x: x, square)
    fit("cbrt, first guess", mp.cbrt, 1.0, 2.0, 2)
    fit("power, log: s + s^3 P(s^2)", mp.atanh, tiny, 0.10103, 2, lambda x: x, lambda x: x**3, square)
    fit("erf, large: erfc = exp(P(t))", lambda x: mp.log(mp.erfc(x)), 0.9375, 3.95, 7)
    fit(
        "erfc: exp(x^2) erfc(x) (1 + 2x) = 5/4 + P(u), u = (x - 4) / (x + 4)",
        lambda x: mp.exp(x * x) * mp.erfc(x) * (1 + 2 * x),
        0.25,
        10.2,
        10,
        base=lambda x: 1.25,
        variable=lambda x: (x - 4) / (x + 4),
    )
    split("ln 2", mp.log(2), 15)
    split("log10 2", mp.log10(2), 15)
    split("log2 e - 1", mp.log(mp.e, 2) - 1, 24)
    split("log10 e - 1/2", mp.log10(mp.e) - mp.mpf(1) / 2, 24)
    split("log2 3/2", mp.log(1.5, 2), 15)
    split("2 / ln 2", 2 / mp.log(2), 12)
    split("pi / 2", mp.pi / 2, 24)
    split("pi / 2, short", mp.pi / 2, 12)
    two_over_pi(7)


if __name__ == "__main__":
    main()
