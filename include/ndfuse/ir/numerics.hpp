#pragma once

// Every elementary function, defined once over a value type V.
//
// With V = float a function computes on the CPU, branch-free and also in constant expressions; traced with a symbolic
// V it becomes shader text. The only words used are those of scalar.hpp, found by unqualified name.
//
// What the definitions may and may not lean on, since shader compilers differ:
// - a*b + c may be contracted to a fused operation or not: where rounding matters, products are exact by construction
//   (factors with trailing zero bits, made by `head` or in the constants), so that both give the same;
// - NaN and infinity may be assumed absent from float comparisons: they are tested on bits;
// - / may be off by 2.5 ULP and sqrt by more: `divide` and `sqrt` correct them, unless `rounds_correctly<V>`;
// - subnormals may be flushed: they are taken apart as integers, and so are kept where the device keeps them;
// - 2^n is applied in two steps, so that overflow and subnormal results come out right.
//
// Both sides of a `select` are computed; the side not taken may be any value.
//
// Floats: results are within 4 ULP of the correctly rounded value, special values are those of NumPy's float32
// functions (docs/numerics.md has the measured errors). Polynomial coefficients and split constants come from
// tests/numerics/coefficients.py, which also says how: near-minimax fits by Lawson's algorithm, rounded one by one;
// beside each stands its interval and relative error. Range reductions follow W. J. Cody and W. Waite, "Software Manual
// for the Elementary Functions" (1980); sin, cos and tan M. Payne and R. Hanek, "Radian reduction for trigonometric
// functions" (1983); power, cbrt and log1p follow the approach of Sun's fdlibm (1993) with other arithmetic.

#include <ndfuse/ir/scalar.hpp>

// A loop that holds a call is not turned into SIMD, so that definitions must be inlined, however long.
#define NDFUSE_DETAIL_NUMERIC [[gnu::always_inline]] constexpr

namespace ndfuse::ir::numerics {

namespace detail {

/// c0 + x c1 + x^2 c2 + ...
template <class V>
NDFUSE_DETAIL_NUMERIC V horner(V x, float c0, float c1) {
  return c0 + x * c1;
}
template <class V, class... C>
NDFUSE_DETAIL_NUMERIC V horner(V x, float c0, float c1, C... rest) {
  return c0 + x * horner(x, c1, rest...);
}

/// The bits of |x|.
template <class V>
NDFUSE_DETAIL_NUMERIC auto magnitude(V x) {
  return as_uint(x) & 0x7fffffffu;
}

/// The sign bit of `x`, in place.
template <class V>
NDFUSE_DETAIL_NUMERIC auto sign_bit(V x) {
  return as_uint(x) & 0x80000000u;
}

/// The magnitude of `x` with the sign of `y`.
template <class V>
NDFUSE_DETAIL_NUMERIC V with_sign(V x, V y) {
  return as_float(magnitude(x) | sign_bit(y));
}

template <class V>
NDFUSE_DETAIL_NUMERIC auto is_nan(V x) {
  return magnitude(x) > 0x7f800000u;
}

template <class V>
NDFUSE_DETAIL_NUMERIC V minus_infinity(V x) {
  return as_float(as_uint(infinity(x)) | 0x80000000u);
}

/// `x` within [low, high]; NaN becomes `low`, so that a conversion to an integer is safe.
template <class V>
NDFUSE_DETAIL_NUMERIC V clamped(V x, float low, float high) {
  return select(x > low, select(x < high, x, high), low);
}

/// The leading 12 of 24 significant bits: the product of two heads is exact.
template <class V>
NDFUSE_DETAIL_NUMERIC V head(V x) {
  return as_float(as_uint(x) & 0xfffff000u);
}

/// 2^n for an integer n in [-126, 127]
template <class I>
NDFUSE_DETAIL_NUMERIC auto power_of_two(I n) {
  return as_float(as_uint(n + 127) << 23u);
}

/// x 2^n for an integer n in [-252, 254]. In two steps, the first of them exact for |x| in [1/2, 2^23].
template <class V, class I>
NDFUSE_DETAIL_NUMERIC V scaled(V x, I n) {
  const auto half = n >> 1;
  return (x * power_of_two(half)) * power_of_two(n - half);
}

/// The high 32 bits of the product of two uint32, from 16-bit halves.
template <class A, class B>
NDFUSE_DETAIL_NUMERIC auto high_product(A a, B b) {
  const auto al = a & 0xffffu, ah = a >> 16u, bl = b & 0xffffu, bh = b >> 16u;
  const auto t = ah * bl + ((al * bl) >> 16u);
  const auto u = al * bh + (t & 0xffffu);
  return ah * bh + (t >> 16u) + (u >> 16u);
}

template <class V, class I>
struct normalised {
  V mantissa;  // in [1, 2)
  I exponent;
};

/// |x| = mantissa 2^exponent for finite nonzero x, subnormals included.
template <class V>
NDFUSE_DETAIL_NUMERIC auto normalise(V x) {
  const auto u = magnitude(x);
  const auto subnormal = u < 0x00800000u;  // its value is the integer u times 2^-149
  const auto bits = select(subnormal, as_uint(to_float(u)), u);
  const auto field = as_int(bits >> 23u);
  const auto exponent = select(subnormal, field - 276, field - 127);
  const auto mantissa = as_float((bits & 0x007fffffu) | 0x3f800000u);
  return normalised<decltype(mantissa + mantissa), decltype(exponent + exponent)>{mantissa, exponent};
}

}  // namespace detail

// Classification and signs

/// Whether `x` is NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC auto isnan(V x) {
  return detail::is_nan(x);
}

/// Whether `x` is an infinity.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC auto isinf(V x) {
  return detail::magnitude(x) == 0x7f800000u;
}

/// Whether `x` is neither an infinity nor NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC auto isfinite(V x) {
  return detail::magnitude(x) < 0x7f800000u;
}

/// Whether the sign bit is set: true for -0.0 and for NaN with a sign.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC auto signbit(V x) {
  return as_uint(x) > 0x7fffffffu;
}

/// The magnitude of `x` with the sign bit of `y`.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V copysign(V x, V y) {
  return detail::with_sign(x, y);
}

/// |x|; clears the sign bit of NaN too.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V absolute(V x) {
  return as_float(detail::magnitude(x));
}

/// -1, 0 or 1; NaN for NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V sign(V x) {
  const auto u = detail::magnitude(x);
  const auto unit = as_float(detail::sign_bit(x) | 0x3f800000u);
  return select(u > 0x7f800000u, x, select(u == 0u, 0.0f, unit));
}

/// 0 below zero, `middle` at zero, 1 above, NaN for NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V heaviside(V x, V middle) {
  const auto u = as_uint(x);
  const auto above = as_float((~u >> 31u) * 0x3f800000u);
  return select(detail::is_nan(x), x, select(detail::magnitude(x) == 0u, middle, above));
}

// Minimum and maximum. Order is that of the bits as sign and magnitude, so that -0 is below 0 and subnormals are told
// apart.

namespace detail {

/// An int32 that orders floats.
template <class V>
NDFUSE_DETAIL_NUMERIC auto order(V x) {
  const auto i = as_int(x);
  return i ^ ((i >> 31) & 0x7fffffff);
}

}  // namespace detail

/// The smaller operand; NaN if any is NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V minimum(V x, V y) {
  const V least = select(detail::order(x) < detail::order(y), x, y);
  return select(detail::is_nan(x), x, select(detail::is_nan(y), y, least));
}

/// The larger operand; NaN if any is NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V maximum(V x, V y) {
  const V greatest = select(detail::order(x) > detail::order(y), x, y);
  return select(detail::is_nan(x), x, select(detail::is_nan(y), y, greatest));
}

/// The smaller operand; the other one if one is NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V fmin(V x, V y) {
  const V least = select(detail::order(x) < detail::order(y), x, y);
  return select(detail::is_nan(x), y, select(detail::is_nan(y), x, least));
}

/// The larger operand; the other one if one is NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V fmax(V x, V y) {
  const V greatest = select(detail::order(x) > detail::order(y), x, y);
  return select(detail::is_nan(x), y, select(detail::is_nan(y), x, greatest));
}

// Rounding to integers. From 2^23 on every float is an integer; the sign survives, also of results that are zero.

namespace detail {

template <class V>
NDFUSE_DETAIL_NUMERIC V integral(V x, V rounded) {
  return select(magnitude(x) >= 0x4b000000u, x, with_sign(rounded, x));
}

}  // namespace detail

/// The greatest integer that is not above `x`.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V floor(V x) {
  return detail::integral(x, floor_raw(x));
}

/// The smallest integer that is not below `x`.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V ceil(V x) {
  return detail::integral(x, ceil_raw(x));
}

/// `x` without its fraction.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V trunc(V x) {
  return detail::integral(x, trunc_raw(x));
}

/// The nearest integer, ties to even.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V rint(V x) {
  return detail::integral(x, rint_raw(x));
}

// Division and roots

namespace detail {

/// x / y for mantissas in [1, 2). The residual of the device's quotient is exact but for terms below 2^-23 of it: its
/// products are of heads and tails (T. J. Dekker, 1971, with heads cut by bits).
template <class X, class Y>
NDFUSE_DETAIL_NUMERIC auto mantissa_quotient(X x, Y y) {
  const auto q = x / y;
  const auto qh = head(q), yh = head(y);
  const auto ql = q - qh, yl = y - yh;
  const auto residual = (((x - qh * yh) - qh * yl) - ql * yh) - ql * yl;
  return q + residual / y;
}

}  // namespace detail

/// x / y, to half an ULP (and the little that a division of the residual adds) where the device's own division is less
/// exact.
template <class X, value_of<float> V>
NDFUSE_DETAIL_NUMERIC V divide(X x, V y) {
  if constexpr (rounds_correctly<V>) {
    return x / y;
  } else {
    const auto a = detail::normalise(x);
    const auto b = detail::normalise(y);
    const auto difference = a.exponent - b.exponent;
    const auto n = select(difference < -160, -160, select(difference > 160, 160, difference));
    const auto q = as_uint(detail::scaled(detail::mantissa_quotient(a.mantissa, b.mantissa), n));
    const auto ux = detail::magnitude(x);
    const auto uy = detail::magnitude(y);
    const auto is_zero = (uy == 0x7f800000u) | (ux == 0u);
    const auto is_infinite = (uy == 0u) | (ux == 0x7f800000u);
    const auto is_nan = (is_zero & is_infinite) | ((uy > 0x7f800000u) | (ux > 0x7f800000u));
    const auto sign = (as_uint(y) ^ as_uint(x)) & 0x80000000u;
    const auto value = as_float(select(is_zero, 0u, select(is_infinite, as_uint(infinity(y)), q)) | sign);
    return select(is_nan, quiet_nan(y), value);
  }
}

/// 1 / x
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V reciprocal(V x) {
  return divide(1.0f, x);
}

/// x^2
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V square(V x) {
  return x * x;
}

/// The square root; NaN below zero, -0 for -0.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V sqrt(V x) {
  if constexpr (rounds_correctly<V>) {
    return sqrt_raw(x);
  } else {
    const auto part = detail::normalise(x);
    const auto half = part.exponent >> 1;
    const auto odd = (part.exponent & 1) != 0;
    const auto m = select(odd, part.mantissa * 2.0f, part.mantissa);
    const auto s = sqrt_raw(m);
    const auto sh = detail::head(s);
    const auto sl = s - sh;
    const auto residual = ((m - sh * sh) - 2.0f * (sh * sl)) - sl * sl;
    const auto root = (s + 0.5f * residual / s) * detail::power_of_two(half);
    const auto u = as_uint(x);
    const auto unchanged = (detail::magnitude(x) == 0u) | (u == 0x7f800000u);
    return select(unchanged, x, select(u > 0x7f800000u, quiet_nan(x), root));
  }
}

/// 1 / sqrt(x)
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V rsqrt(V x) {
  return divide(1.0f, sqrt(x));
}

/// The cube root. A guess cut to 8 bits has an exact cube; a series in the exact residual does the rest.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V cbrt(V x) {
  const auto part = detail::normalise(x);
  const auto n = as_uint(part.exponent + 150);  // 1 to 277
  const auto third = (n * 21846u) >> 16u;       // floor(n / 3) in this range
  const auto rest = n - third * 3u;
  const auto m = part.mantissa * as_float((rest + 127u) << 23u);  // in [1, 8)
  // degree 2 on [1, 2], 2^-10.6; times the cube root of 2^rest
  const auto guess = detail::horner(part.mantissa, 0.6215143f, 0.43944082f, -0.060319055f);
  const auto wide = select(rest == 2u, guess * 1.587401f, select(rest == 1u, guess * 1.259921f, guess));
  const auto t = as_float((as_uint(wide) + 0x8000u) & 0xffff0000u);
  const auto cube = t * t * t;
  const auto w = (m - cube) / cube;
  const auto root = t + t * (w * detail::horner(w, 0.33333334f, -0.11111111f, 0.061728396f));
  const auto result = detail::with_sign(root * detail::power_of_two(as_int(third) - 50), x);
  const auto u = detail::magnitude(x);
  return select((u == 0u) | (u >= 0x7f800000u), x, result);
}

/// sqrt(x^2 + y^2) without overflow or underflow on the way; infinity if any operand is, even beside NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V hypot(V x, V y) {
  const auto u = detail::magnitude(x), v = detail::magnitude(y);
  const auto large = select(u > v, u, v);
  const auto field = large >> 23u;
  const auto e = select(field < 2u, 2u, select(field > 252u, 252u, field));
  const auto down = as_float((254u - e) << 23u);
  const auto a = as_float(u) * down, b = as_float(v) * down;
  const auto result = sqrt(a * a + b * b) * as_float(e << 23u);
  const auto is_nan = (u > 0x7f800000u) | (v > 0x7f800000u);
  const auto is_infinite = (u == 0x7f800000u) | (v == 0x7f800000u);
  return select(is_infinite, infinity(x), select(is_nan, quiet_nan(x), result));
}

// Exponentials

namespace detail {

/// e^r - 1 for |r| <= ln(2) / 2.
template <class V>
NDFUSE_DETAIL_NUMERIC V exp_series(V r) {
  // r + r^2 P(r), degree 4 on [-0.34692, 0.34692], 2^-28.2
  return r + r * r * horner(r, 0.49999994f, 0.16666521f, 0.041668277f, 0.008368687f, 0.0013819824f);
}

template <class V>
struct exp_reduction {
  V multiple;  // k, an integer
  V rest;      // r, |r| <= ln(2) / 2
};

/// x = k ln(2) + r for |x| <= 105: k times the first part of ln(2), of 15 bits, is exact.
template <class V>
NDFUSE_DETAIL_NUMERIC exp_reduction<V> reduce_exp(V x) {
  const V k = rint_raw(x * 1.442695f);
  return {k, (x - k * 0.69314575f) - k * 1.4286068e-06f};
}

/// e^x 2^shift, which overflows and underflows only if the result does.
template <class V>
NDFUSE_DETAIL_NUMERIC V shifted_exp(V x, int shift) {
  const auto part = reduce_exp(clamped(x, -104.0f, 91.0f));
  return select(is_nan(x), x, scaled(1.0f + exp_series(part.rest), to_int(part.multiple) + shift));
}

}  // namespace detail

/// e^x
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V exp(V x) {
  return detail::shifted_exp(x, 0);
}

/// 2^x
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V exp2(V x) {
  const auto t = detail::clamped(x, -151.0f, 129.0f);
  const auto n = rint_raw(t);
  const auto value = 1.0f + detail::exp_series((t - n) * 0.6931472f);
  return select(detail::is_nan(x), x, detail::scaled(value, to_int(n)));
}

/// e^x - 1
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V expm1(V x) {
  const auto part = detail::reduce_exp(detail::clamped(x, -18.0f, 89.0f));
  const auto half = detail::power_of_two(to_int(part.multiple) - 1);  // half of 2^k, which may not be a float
  const auto value = (half * detail::exp_series(part.rest) + (half - 0.5f)) * 2.0f;
  const auto u = detail::magnitude(x);
  return select((u < 0x33000000u) | (u > 0x7f800000u), x, value);
}

// Logarithms

namespace detail {

/// log(1 + f) - f for 1 + f in [sqrt(1/2), sqrt(2)].
template <class V>
NDFUSE_DETAIL_NUMERIC V log_tail(V f) {
  // -f^2/2 + f^3 P(f), degree 8 on [-0.29293, 0.41426], 2^-30.3
  const V p = horner(f, 0.33333313f, -0.2500001f, 0.20002073f, -0.16667995f, 0.14220321f, -0.1240606f, 0.1188368f,
                     -0.116713524f, 0.06750544f);
  return f * f * (f * p - 0.5f);
}

template <class V>
struct log_reduction {
  V exponent;  // an integer
  V fraction;  // 1 + fraction in [sqrt(1/2), sqrt(2)]
};

/// |x| = 2^exponent (1 + fraction)
template <class V>
NDFUSE_DETAIL_NUMERIC auto reduce_log(V x) {
  const auto part = normalise(x);
  const auto high = part.mantissa > 1.4142135f;
  const auto m = select(high, part.mantissa * 0.5f, part.mantissa);
  const auto k = to_float(select(high, part.exponent + 1, part.exponent));
  return log_reduction<decltype(m + m)>{k, m - 1.0f};
}

/// `value` where a logarithm of `x` is finite, else its special value.
template <class V>
NDFUSE_DETAIL_NUMERIC V log_special(V x, V value) {
  const auto u = as_uint(x);
  const auto not_negative = select(u == 0x7f800000u, x, select(u > 0x7f800000u, quiet_nan(x), value));
  return select(magnitude(x) == 0u, minus_infinity(x), not_negative);
}

}  // namespace detail

/// The natural logarithm; -infinity at zero, NaN below.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V log(V x) {
  const auto part = detail::reduce_log(x);
  const auto k = part.exponent, f = part.fraction;
  return detail::log_special(x, k * 0.69314575f + (f + (k * 1.4286068e-06f + detail::log_tail(f))));
}

/// The logarithm to base 2, exact for powers of two. log2(e) = 1 + 0.44..., so that the larger part is not rounded.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V log2(V x) {
  const auto part = detail::reduce_log(x);
  const auto f = part.fraction;
  return detail::log_special(x, part.exponent + (f + (f * 0.44269505f + detail::log_tail(f) * 1.442695f)));
}

/// The logarithm to base 10. log10(e) = 1/2 - 0.06..., so that the larger part is not rounded.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V log10(V x) {
  const auto part = detail::reduce_log(x);
  const auto k = part.exponent, f = part.fraction;
  const auto small = f * -0.065705515f + (detail::log_tail(f) * 0.4342945f + k * 4.605039e-06f);
  return detail::log_special(x, k * 0.3010254f + (0.5f * f + small));
}

/// log(1 + x). With 1 + x = 2^k (1 + f), f = 2^-k x + (2^-k - 1) is a sum of two exact terms.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V log1p(V x) {
  const auto sum = 1.0f + x;
  const auto k = as_int(as_uint(sum) - 0x3f3504f3u) >> 23;  // 1 + f in [sqrt(1/2), sqrt(2))
  const auto down = select(k > 126, 0.0f, as_float(as_uint(127 - k) << 23u));
  const auto f = as_float(as_uint(x) - as_uint(k << 23)) + (down - 1.0f);
  const auto kf = to_float(k);
  const auto value = kf * 0.69314575f + (f + (kf * 1.4286068e-06f + detail::log_tail(f)));
  const auto u = as_uint(x);
  const auto finite = select(u == 0xbf800000u, detail::minus_infinity(x), select(u > 0xbf800000u, quiet_nan(x), value));
  const auto special = select(u == 0x7f800000u, x, select(detail::is_nan(x), quiet_nan(x), finite));
  return select(detail::magnitude(x) < 0x33000000u, x, special);
}

/// log(e^x + e^y). Near a result of zero the error is that of the larger operand, as in NumPy.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V logaddexp(V x, V y) {
  const auto large = maximum(x, y);
  const auto small = minimum(x, y);
  const auto same = as_uint(x) == as_uint(y);  // infinities too, whose difference is not a number
  const auto distance = select(same, 0.0f, small - large);
  const auto value = large + log1p(exp(distance));
  return select(detail::magnitude(large) >= 0x7f800000u, large, value);
}

// sin, cos, tan

namespace detail {

/// sin(r) for |r| <= pi/4
template <class V>
NDFUSE_DETAIL_NUMERIC V sin_series(V r) {
  const V z = r * r;  // r + r^3 P(r^2), degree 3, 2^-32.5
  return r + r * z * horner(z, -0.16666667f, 0.008333379f, -0.0001985309f, 2.8330426e-06f);
}

/// cos(r) for |r| <= pi/4
template <class V>
NDFUSE_DETAIL_NUMERIC V cos_series(V r) {
  const V z = r * r;  // 1 - r^2/2 + r^4 P(r^2), degree 2, 2^-33.0
  return 1.0f + (z * z * horner(z, 0.041666646f, -0.0013887311f, 2.4432562e-05f) - 0.5f * z);
}

/// tan(r) for |r| <= pi/4
template <class V>
NDFUSE_DETAIL_NUMERIC V tan_series(V r) {
  const V z = r * r;  // r + r^3 P(r^2), degree 6, 2^-29.6
  return r +
         r * z *
             horner(z, 0.3333335f, 0.13332675f, 0.054058906f, 0.02128629f, 0.010827125f, 9.8771096e-05f, 0.0043723844f);
}

/// One of five words, by an index from 0 to 4.
template <class I>
NDFUSE_DETAIL_NUMERIC I word(I index, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d,
                             std::uint32_t e) {
  return select(index == 0u, a, select(index == 1u, b, select(index == 2u, c, select(index == 3u, d, e))));
}

template <class V, class U>
struct angle {
  V rest;      // r, |r| <= pi/4
  U quadrant;  // only its two low bits count
};

/// |x| = quadrant pi/2 + rest, modulo 2 pi, for every finite x.
///
/// The 24-bit integer mantissa is multiplied by those 96 bits of 2/pi that matter at its exponent: higher ones make
/// multiples of 4 quadrants, lower ones less than 2^-69 of a quadrant. No float32 above pi/4 is nearer than
/// 2^-29.9 of a quadrant to a multiple of one (all were tried), so that 62 bits behind the point suffice.
template <class V>
NDFUSE_DETAIL_NUMERIC auto reduce_angle(V x) {
  const auto u = magnitude(x);
  const auto m = (u & 0x007fffffu) | 0x00800000u;
  const auto e = u >> 23u;
  const auto position = select(e > 120u, e - 120u, 0u);  // below pi/4, where x itself is the rest, any place will do
  const auto index = position >> 5u;
  const auto shift = position & 31u;
  // 2/pi in words of 32 bits, after 32 bits that are zero
  const auto a = word(index, 0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u);
  const auto b = word(index, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u);
  const auto c = word(index, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u);
  const auto d = word(index, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  const auto back = 31u - shift;
  const auto w2 = (a << shift) | ((b >> 1u) >> back);
  const auto w1 = (b << shift) | ((c >> 1u) >> back);
  const auto w0 = (c << shift) | ((d >> 1u) >> back);
  const auto carried = high_product(m, w0);
  const auto low = m * w1 + carried;
  const auto carry = select(low < carried, m * w2 + 1u, m * w2);
  const auto high = carry + high_product(m, w1);  // 2 bits of quadrant, 30 bits of fraction; `low` has 32 more
  const auto quadrant = (high + 0x20000000u) >> 30u;
  const auto fraction = as_int(high << 2u) >> 2;
  const auto flip = fraction >> 31;  // all ones where the fraction is negative: negates to the last of 62 bits
  const auto f = fraction ^ flip;
  const auto tail = low ^ as_uint(flip);
  // the 62 bits as a sum of two floats, in units of 2^-30 quadrants
  const auto first = to_float(f);
  const auto second = to_float(f - to_int(first)) + to_float(tail) * 0x1p-32f;
  // times pi/2, in 12 bits and the rest
  const auto h = head(first + second);
  const auto t = (first - h) + second;
  const auto r = h * (1.5708008f * 0x1p-30f) + (h * (-4.454455e-06f * 0x1p-30f) + t * (1.5707964f * 0x1p-30f));
  const auto rest = as_float(as_uint(r) | (as_uint(flip) & 0x80000000u));
  const auto small = u <= 0x3f490fdau;
  return angle<decltype(rest + rest), decltype(quadrant + quadrant)>{select(small, as_float(u), rest),
                                                                     select(small, 0u, quadrant)};
}

/// `value` with its sign flipped by the top bit of `sign`; NaN where `x` is not finite.
template <class V, class U>
NDFUSE_DETAIL_NUMERIC V trigonometric(V x, V value, U sign) {
  return select(magnitude(x) >= 0x7f800000u, quiet_nan(x), as_float(as_uint(value) ^ (sign & 0x80000000u)));
}

}  // namespace detail

/// The sine of an angle in radians; NaN for infinities.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V sin(V x) {
  const auto part = detail::reduce_angle(x);
  const auto value = select((part.quadrant & 1u) != 0u, detail::cos_series(part.rest), detail::sin_series(part.rest));
  return detail::trigonometric(x, value, (part.quadrant << 30u) ^ as_uint(x));
}

/// The cosine of an angle in radians; NaN for infinities.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V cos(V x) {
  const auto part = detail::reduce_angle(x);
  const auto value = select((part.quadrant & 1u) != 0u, detail::sin_series(part.rest), detail::cos_series(part.rest));
  return detail::trigonometric(x, value, (part.quadrant + 1u) << 30u);
}

/// The tangent of an angle in radians; NaN for infinities.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V tan(V x) {
  const auto part = detail::reduce_angle(x);
  const V t = detail::tan_series(part.rest);
  const auto value = select((part.quadrant & 1u) != 0u, divide(-1.0f, t), t);
  return detail::trigonometric(x, value, as_uint(x));
}

// Inverses of sin, cos, tan. Multiples of pi/2 are subtracted from as a float and its rest.

namespace detail {

/// asin(x) for 0 <= x <= 1/2
template <class V>
NDFUSE_DETAIL_NUMERIC V asin_series(V x) {
  const V z = x * x;  // x + x^3 P(x^2), degree 4, 2^-27.6
  return x + x * z * horner(z, 0.16666752f, 0.0749531f, 0.04546902f, 0.024185503f, 0.042157013f);
}

/// atan(t) for 0 <= t <= 1
template <class V>
NDFUSE_DETAIL_NUMERIC V atan_series(V t) {
  const V z = t * t;  // t + t^3 P(t^2), degree 8, 2^-28.5
  return t + t * z *
                 horner(z, -0.333333f, 0.19998533f, -0.14264077f, 0.10951342f, -0.08401036f, 0.057917103f,
                        -0.031138264f, 0.010893727f, -0.0017890293f);
}

/// The arc sine of sqrt((1 - a) / 2), for 1/2 < a <= 1: half the angle whose cosine is `a`.
template <class V>
NDFUSE_DETAIL_NUMERIC V half_arc(V a) {
  return asin_series(sqrt(0.5f * (1.0f - a)));
}

/// pi/2 - x
template <class V>
NDFUSE_DETAIL_NUMERIC V complement(V x) {
  return (1.5707964f - x) + -4.371139e-08f;
}

}  // namespace detail

/// The arc sine, in [-pi/2, pi/2]; NaN outside [-1, 1].
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V asin(V x) {
  const auto a = absolute(x);
  const V value = select(a > 0.5f, detail::complement(2.0f * detail::half_arc(a)), detail::asin_series(a));
  return select(detail::magnitude(x) > 0x3f800000u, quiet_nan(x), detail::with_sign(value, x));
}

/// The arc cosine, in [0, pi]; NaN outside [-1, 1].
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V acos(V x) {
  const auto a = absolute(x);
  const auto arc = 2.0f * detail::half_arc(a);
  const auto outer = select(signbit(x), (3.1415927f - arc) + -8.742278e-08f, arc);
  const V value = select(a > 0.5f, outer, detail::complement(detail::with_sign(detail::asin_series(a), x)));
  return select(detail::magnitude(x) > 0x3f800000u, quiet_nan(x), value);
}

/// The arc tangent, in [-pi/2, pi/2].
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V atan(V x) {
  const auto a = absolute(x);
  const auto large = a > 1.0f;
  const V r = detail::atan_series(select(large, divide(1.0f, a), a));
  return select(detail::is_nan(x), x, detail::with_sign(select(large, detail::complement(r), r), x));
}

/// The angle of the point (x, y), in [-pi, pi], with the signs of zeros and at infinities as in C.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V atan2(V y, V x) {
  const auto u = detail::magnitude(x), v = detail::magnitude(y);
  const auto steep = v > u;
  const auto large = select(steep, v, u), small = select(steep, u, v);
  const auto slope = divide(as_float(small), as_float(large));
  const auto t = select(large == 0u, 0.0f, select(small == 0x7f800000u, 1.0f, slope));
  const V r = detail::atan_series(t);
  const auto first = select(steep, detail::complement(r), r);
  const auto angle = select(signbit(x), (3.1415927f - first) + -8.742278e-08f, first);
  const auto is_nan = (u > 0x7f800000u) | (v > 0x7f800000u);
  return select(is_nan, quiet_nan(x), detail::with_sign(angle, y));
}

// Hyperbolic functions and their inverses: series near zero, where the exponential forms cancel

/// The hyperbolic sine.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V sinh(V x) {
  const V a = absolute(x);
  const V z = a * a;  // a + a^3 P(a^2), degree 3 on [0, 1], 2^-31.6
  const auto small = a + a * z * detail::horner(z, 0.16666667f, 0.0083333105f, 0.00019842896f, 2.7822132e-06f);
  const auto half = detail::shifted_exp(a, -1);
  const auto value = select(a < 1.0f, small, half - 0.25f / half);
  return select(detail::magnitude(x) >= 0x7f800000u, x, detail::with_sign(value, x));
}

/// The hyperbolic cosine.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V cosh(V x) {
  const V a = absolute(x);
  const auto half = detail::shifted_exp(a, -1);
  return select(detail::magnitude(x) >= 0x7f800000u, a, half + 0.25f / half);
}

/// The hyperbolic tangent.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V tanh(V x) {
  const V a = absolute(x);
  const V z = a * a;  // a + a^3 P(a^2), degree 4 on [0, 0.5625], 2^-29.4
  const auto small =
      a + a * z * detail::horner(z, -0.33333313f, 0.13332438f, -0.053836014f, 0.021001723f, -0.006171813f);
  const auto part =
      detail::reduce_exp(2.0f * select(a < 10.0f, a, 10.0f));  // e^2a stays far from the ends of the range
  const auto power = (1.0f + detail::exp_series(part.rest)) * detail::power_of_two(to_int(part.multiple));
  const auto large = 1.0f - 2.0f / (power + 1.0f);
  return select(detail::is_nan(x), x, detail::with_sign(select(a < 0.5625f, small, large), x));
}

/// The inverse hyperbolic sine; for large x log(2x), which is log1p(x - 1) + log(2).
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V asinh(V x) {
  const V a = absolute(x);
  const auto large = a > 8192.0f;
  const auto z = a * a;
  const V r = log1p(select(large, a - 1.0f, a + z / (1.0f + sqrt(1.0f + z))));
  return detail::with_sign(select(large, r + 0.6931472f, r), x);
}

/// The inverse hyperbolic cosine; NaN below 1. For large x log(2x), which is log1p(x - 1) + log(2).
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V acosh(V x) {
  const auto t = x - 1.0f;
  const auto large = x > 8192.0f;
  const V r = log1p(select(large, t, t + sqrt(t * (t + 2.0f))));
  const auto value = select(large, r + 0.6931472f, r);
  return select(x < 1.0f, quiet_nan(x), value);
}

/// The inverse hyperbolic tangent; infinities at -1 and 1, NaN outside [-1, 1].
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V atanh(V x) {
  const V a = absolute(x);
  const V z = a * a;  // a + a^3 P(a^2), degree 5 on [0, 0.5], 2^-29.4
  const auto small =
      a + a * z * detail::horner(z, 0.33333302f, 0.20002453f, 0.14223786f, 0.11816386f, 0.05160436f, 0.1763785f);
  const V large = 0.5f * log1p((2.0f * a) / (1.0f - a));
  const auto u = detail::magnitude(x);
  const auto inside = select(u == 0x3f800000u, infinity(x), select(a < 0.5f, small, large));
  return select(u > 0x3f800000u, quiet_nan(x), detail::with_sign(inside, x));
}

// Error functions

/// The error function.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V erf(V x) {
  const V a = absolute(x);
  const V z = a * a;  // a + a P(a^2), degree 6 on [0, 0.9375], 2^-30.0
  const V p = detail::horner(z, 0.12837917f, -0.3761263f, 0.11283626f, -0.026855737f, 0.005192438f, -0.0008050384f,
                             8.000272e-05f);
  const auto small = select(a < 0x1p-64f, a * 1.1283792f, a + a * p);  // a * p may be subnormal where the result is not
  const V t = detail::clamped(a, 0.0f, 4.0f);  // log(erfc(t)), degree 7 on [0.9375, 3.95], 2^-24.2 of erfc
  const V log_erfc = detail::horner(t, -0.0002513024f, -1.1277375f, -0.6364208f, -0.10542492f, 0.023580734f,
                                    -0.003689578f, 0.00035336925f, -1.5417047e-05f);
  const auto value = select(a < 0.9375f, small, 1.0f - exp(log_erfc));
  return select(detail::is_nan(x), x, detail::with_sign(value, x));
}

/// 1 - erf(x), precise where that is small.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V erfc(V x) {
  const V a = detail::clamped(x, 0.25f, 10.5f);
  const V u = divide(a - 4.0f, a + 4.0f);
  const V h = detail::head(a);
  const auto rest = (a - h) * (a + h);  // a^2 = h^2 + rest = s + lost
  const V s = h * h + rest;
  const auto lost = (h * h - s) + rest;
  // e^(a^2) erfc(a) (1 + 2a) = 5/4 + P(u), degree 10 on [0.25, 10.2], 2^-27.6
  const V p = detail::horner(u, -0.017004877f, -0.13962103f, 0.015379048f, 0.06809254f, -0.10102697f, 0.09380616f,
                             -0.06637988f, 0.03670075f, -0.01640886f, 0.006017015f, 0.00043496556f);
  const V scaled_value = 1.25f + (p - (1.25f + p) * lost);
  const auto value = divide(scaled_value, 2.0f * a + 1.0f) * exp(s * -1.0f);
  return select(detail::is_nan(x), x, select(x < 0.25f, 1.0f - erf(x), value));
}

// Powers

/// x^y; special values as C's pow. log2(x) and its product with y are sums of a 12-bit head and a tail.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V power(V x, V y) {
  // |x| = 2^k m, m in [0.87, 1.73], and c = 1 or 3/2, the nearer to m; log2(m) = log2(c) + 2/ln(2) artanh(s), s = (m -
  // c) / (m + c)
  const auto part = detail::normalise(x);
  const auto low_third = part.mantissa < 1.2247449f;
  const auto high_third = part.mantissa > 1.7320508f;
  const auto nearest_one = low_third | high_third;
  const V m = select(high_third, part.mantissa * 0.5f, part.mantissa);
  const auto c = select(nearest_one, 1.0f, 1.5f);
  const auto whole_part = to_float(select(high_third, part.exponent + 1, part.exponent));
  const V k = select(nearest_one, whole_part, whole_part + 0.58496094f);  // exact: 8 bits and 15 more
  // s in two parts; artanh(s) = s + s^3 P(s^2), degree 2 on [0, 0.10103], 2^-35.8
  const V d = m + c;
  const V dh = detail::head(d);
  const V dl = m - (dh - c);
  const V f = m - c;
  const V sh = detail::head(f / d);
  const V sl = ((f - sh * dh) - sh * dl) / d;
  const V s = sh + sl;
  const V z = s * s;
  const V series = s * (z * detail::horner(z, 0.33333334f, 0.1999903f, 0.14483947f));
  const V high = sh * 2.8857422f;
  const V correction = sh * -0.0003521057f + (sl + series) * 2.88539f;
  const V low = select(nearest_one, correction, correction + 1.5632212e-06f);
  const V lh = detail::head(k + (high + low));
  const V ll = low - ((lh - k) - high);
  // y log2(x) in two parts; beyond 2^31 every |y| gives 0, 1 or infinity
  const V yc = detail::clamped(y, -0x1p31f, 0x1p31f);
  const V yh = detail::head(yc);
  const V ph = detail::clamped(yh * lh, -160.0f, 160.0f);
  const V pl = detail::clamped((yc - yh) * lh + yc * ll, -1.0f, 1.0f);
  const V n = rint_raw(ph + pl);
  const V value = detail::scaled(1.0f + detail::exp_series(((ph - n) + pl) * 0.6931472f), to_int(n));
  // special values
  const auto u = detail::magnitude(x), v = detail::magnitude(y);
  const auto negative_y = as_uint(y) > 0x7fffffffu;
  const auto at_zero = select(negative_y, infinity(x), 0.0f);
  const auto at_infinity = select(negative_y, 0.0f, infinity(x));
  const auto sized = select(u == 0u, at_zero, select(u == 0x7f800000u, at_infinity, value));
  const auto half = y * 0.5f;
  const auto whole = (v >= 0x4b000000u) | (trunc_raw(y) == y);
  const auto odd = whole & ((v < 0x4b800000u) & (trunc_raw(half) != half));
  const auto negative_x = as_uint(x) > 0x7fffffffu;
  const auto signed_value = select(negative_x & odd, as_float(as_uint(sized) | 0x80000000u), sized);
  const auto no_root = (negative_x & !whole) & ((u != 0u) & (u < 0x7f800000u));
  const auto is_nan = no_root | ((u > 0x7f800000u) | (v > 0x7f800000u));
  const auto is_one = (v == 0u) | (as_uint(x) == 0x3f800000u);
  return select(is_one, 1.0f, select(is_nan, quiet_nan(x), signed_value));
}

// Remainders of floats

namespace detail {

/// (r 2^bits) mod m for integers r < m in [2^23, 2^24) and bits <= 18. `inverse` is 2^bits / m, too small by 2^-20 +-
/// 2^-21 of it: then the quotient, below 2^18, is the right one or one less, whatever the device's rounding.
template <class U, class V, class B>
NDFUSE_DETAIL_NUMERIC U remainder_step(U r, U m, V inverse, B bits) {
  const auto q = to_uint(to_float(r) * inverse);
  const auto rest = (r << bits) - q * m;  // right modulo 2^32
  return select(rest >= m, rest - m, rest);
}

/// (r 2^(18 count)) mod m, for count <= most; a recursion, because a loop inside a loop is not turned into SIMD.
template <std::uint32_t most, class U, class V>
NDFUSE_DETAIL_NUMERIC U remainder_steps(U r, U m, V inverse, U count) {
  if constexpr (most == 0) {
    return r;
  } else {
    const U next = select(count >= most, remainder_step(r, m, inverse, 18u), r);
    return remainder_steps<most - 1>(next, m, inverse, count);
  }
}

/// x - y trunc(x / y), exactly, for finite x and nonzero finite y, both taken as positive: long division of the
/// mantissas, 18 bits of the quotient a step, after a first step for the bits that are left over (276 in all, at most).
template <class V>
NDFUSE_DETAIL_NUMERIC V positive_remainder(V x, V y) {
  const auto a = normalise(x), b = normalise(y);
  const auto m = (as_uint(b.mantissa) & 0x007fffffu) | 0x00800000u;
  const auto start = (as_uint(a.mantissa) & 0x007fffffu) | 0x00800000u;
  const auto inverse = 0x1.ffffep17f / to_float(m);
  const auto difference = a.exponent - b.exponent;
  const auto shift = as_uint(select(difference < 0, 0, difference));
  const auto count = (shift * 3641u) >> 16u;  // floor(shift / 18) in this range
  const auto first = shift - count * 18u;
  const auto below = select(start >= m, start - m, start);
  const auto r = remainder_step(below, m, inverse * as_float((first + 109u) << 23u), first);
  const auto rest = remainder_steps<15>(r, m, inverse, count);
  return select(difference < 0, as_float(magnitude(x)), scaled(to_float(rest), b.exponent - 23));
}

}  // namespace detail

/// The remainder with the sign of `x`, exact for all operands; NaN if x is infinite or y zero.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V fmod(V x, V y) {
  const auto u = detail::magnitude(x), v = detail::magnitude(y);
  const auto r = select((v == 0x7f800000u) | (u == 0u), as_float(u), detail::positive_remainder(x, y));
  const auto is_nan = ((u >= 0x7f800000u) | (v > 0x7f800000u)) | (v == 0u);
  return select(is_nan, quiet_nan(x), detail::with_sign(r, x));
}

/// The remainder with the sign of `y`, as Python's %: exact but for the one rounding where the signs differ.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V remainder(V x, V y) {
  const V r = fmod(x, y);
  const auto is_zero = detail::magnitude(r) == 0u;
  const auto differ = detail::sign_bit(r) != detail::sign_bit(y);
  return select(is_zero, detail::with_sign(r, y), select(differ, r + y, r));
}

/// floor(x / y), consistent with `remainder`: (x - remainder) / y, rounded to the integer it stands for. x / y if y is
/// zero.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V floor_divide(V x, V y) {
  const V r = fmod(x, y);
  const V exact = divide(x - r, y);
  const auto inexact = detail::magnitude(r) != 0u;
  const auto differ = detail::sign_bit(r) != detail::sign_bit(y);
  const V quotient = select(inexact & differ, exact - 1.0f, exact);
  const V down = floor(quotient);
  const V near = select(quotient - down > 0.5f, down + 1.0f, down);
  const V ratio = divide(x, y);
  const auto value = select(detail::magnitude(quotient) == 0u, detail::with_sign(quotient, ratio), near);
  return select(detail::magnitude(y) == 0u, ratio, value);
}

// Degrees

/// Degrees to radians.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V deg2rad(V x) {
  return x * 0.017453292f;
}

/// Radians to degrees.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V rad2deg(V x) {
  return x * 57.29578f;
}

// float16

/// The bits of the nearest float16, ties to even: overflow gives infinity, NaN stays NaN.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC auto half_bits(V x) {
  const auto u = detail::magnitude(x);
  // normal result: take 112 off the exponent; half of the last place goes up, to even on a tie
  const auto normal = (u - 0x38000000u + 0x0fffu + ((u >> 13u) & 1u)) >> 13u;
  // subnormal result: a multiple of 2^-24
  const auto subnormal = to_uint(rint_raw(detail::clamped(as_float(u), 0.0f, 1.0f) * 0x1p24f));
  const auto finite = select(u < 0x38800000u, subnormal, normal);
  const auto nan_bits = ((u >> 13u) & 0x03ffu) | 0x7e00u;
  const auto bits = select(u > 0x7f800000u, nan_bits, select(u >= 0x477ff000u, 0x7c00u, finite));
  return ((as_uint(x) >> 16u) & 0x8000u) | bits;
}

/// The value of a float16 given as its 16 bits (the upper 16 bits of `h` are not looked at).
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC auto half_value(U h) {
  const auto u = h & 0x7fffu;
  const auto mantissa = u & 0x03ffu;
  const auto subnormal = as_uint(to_float(mantissa) * 0x1p-24f);
  const auto normal = (u << 13u) + 0x38000000u;
  const auto special = (mantissa << 13u) | 0x7f800000u;
  const auto bits = select(u < 0x0400u, subnormal, select(u >= 0x7c00u, special, normal));
  return as_float(((h & 0x8000u) << 16u) | bits);
}

/// The nearest float16, ties to even, as a float.
template <value_of<float> V>
NDFUSE_DETAIL_NUMERIC V round_to_half(V x) {
  return half_value(half_bits(x));
}

// Integers: int32 and uint32. Arithmetic wraps. Dividing by zero gives 0, as in NumPy.

namespace detail {

/// The divisor of x / y, or 1 where that cannot be computed: y is 0, or the quotient is 2^31.
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I safe_divisor(I x, I y) {
  const auto overflows = (as_uint(x) == 0x80000000u) & (y == -1);
  return select((y == 0) | overflows, 1, y);
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U safe_divisor(U, U y) {
  return select(y == 0u, 1u, y);
}

/// result base^exponent, by squaring, for an exponent of at most `bits` bits.
template <int bits, value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U power_steps(U base, U exponent, U result) {
  if constexpr (bits == 0) {
    return result;
  } else {
    const U next = select((exponent & 1u) != 0u, result * base, result);
    return power_steps<bits - 1>(base * base, exponent >> 1u, next);
  }
}

}  // namespace detail

/// floor(x / y); 0 if y is 0; INT32_MIN for INT32_MIN and -1.
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I floor_divide(I x, I y) {
  const I d = detail::safe_divisor(x, y);
  const I q = div_raw(x, d);
  const auto rest = as_uint(x) - as_uint(q) * as_uint(d);
  const auto down = (rest != 0u) & (as_int(rest ^ as_uint(d)) < 0);
  return select(y == 0, 0, select(down, as_int(as_uint(q) - 1u), q));
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U floor_divide(U x, U y) {
  return select(y == 0u, 0u, div_raw(x, detail::safe_divisor(x, y)));
}

/// x - y trunc(x / y), of the sign of x; 0 if y is 0.
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I fmod(I x, I y) {
  return select(y == 0, 0, rem_raw(x, detail::safe_divisor(x, y)));
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U fmod(U x, U y) {
  return select(y == 0u, 0u, rem_raw(x, detail::safe_divisor(x, y)));
}

/// x - y floor(x / y), of the sign of y; 0 if y is 0.
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I remainder(I x, I y) {
  const I r = fmod(x, y);
  return select((r != 0) & ((r ^ y) < 0), as_int(as_uint(r) + as_uint(y)), r);
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U remainder(U x, U y) {
  return fmod(x, y);
}

/// x^y modulo 2^32, by squaring. A negative y, for which NumPy raises, gives the truncated value: 1 and -1 for those
/// bases, else 0 (also for base 0).
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U power(U x, U y) {
  return detail::power_steps<31>(x * x, y >> 1u, select((y & 1u) != 0u, x, 1u));
}
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I power(I x, I y) {
  const auto value = as_int(power(as_uint(x), as_uint(y)));
  const auto inverse = select(x == 1, 1, select(x == -1, select((y & 1) != 0, -1, 1), 0));
  return select(y < 0, inverse, value);
}

/// x 2^count modulo 2^32; 0 if the count is negative or above 31.
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U left_shift(U x, U count) {
  return select(count < 32u, x << (count & 31u), 0u);
}
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I left_shift(I x, I count) {
  const auto n = as_uint(count);
  return select(n < 32u, as_int(as_uint(x) << (n & 31u)), 0);
}

/// floor(x / 2^count); what remains of the sign, -1 or 0, if the count is negative or above 31.
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U right_shift(U x, U count) {
  return select(count < 32u, x >> (count & 31u), 0u);
}
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I right_shift(I x, I count) {
  const auto n = as_uint(count);
  return x >> select(n < 32u, n, 31u);
}

/// -1, 0 or 1
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I sign(I x) {
  return select(x > 0, 1, x >> 31);
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U sign(U x) {
  return select(x == 0u, 0u, 1u);
}

/// |x|; INT32_MIN stays.
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I absolute(I x) {
  return select(x < 0, as_int(0u - as_uint(x)), x);
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U absolute(U x) {
  return x;
}

/// x^2 modulo 2^32
template <value_of<std::int32_t> I>
NDFUSE_DETAIL_NUMERIC I square(I x) {
  return as_int(as_uint(x) * as_uint(x));
}
template <value_of<std::uint32_t> U>
NDFUSE_DETAIL_NUMERIC U square(U x) {
  return x * x;
}

/// The smaller operand.
template <integer_value I>
NDFUSE_DETAIL_NUMERIC I minimum(I x, I y) {
  return select(x < y, x, y);
}

/// The larger operand.
template <integer_value I>
NDFUSE_DETAIL_NUMERIC I maximum(I x, I y) {
  return select(x > y, x, y);
}

/// The smaller operand, as `minimum`: integers have no NaN.
template <integer_value I>
NDFUSE_DETAIL_NUMERIC I fmin(I x, I y) {
  return select(x < y, x, y);
}

/// The larger operand, as `maximum`: integers have no NaN.
template <integer_value I>
NDFUSE_DETAIL_NUMERIC I fmax(I x, I y) {
  return select(x > y, x, y);
}

}  // namespace ndfuse::ir::numerics

#undef NDFUSE_DETAIL_NUMERIC
