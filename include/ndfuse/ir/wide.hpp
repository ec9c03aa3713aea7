#pragma once
/// @file The operations' values on the CPU for what numerics.hpp is not about: integers, which wrap as NumPy's and the
/// GPU's do, and 64-bit and complex types, which go through the C++ library.

#include <ndfuse/ir/numerics.hpp>
#include <ndfuse/ir/traced.hpp>

#include <cmath>
#include <complex>
#include <concepts>
#include <type_traits>

namespace ndfuse::ir {

/// Arithmetic that wraps on integers instead of being undefined.
namespace wrap {
template <class T> using unsigned_of = std::make_unsigned_t<T>;
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool>;

#define NDFUSE_WRAP(name, op)                                                   \
  template <class T> constexpr T name(T a, T b) {                               \
    if constexpr (integer<T>) return T(unsigned_of<T>(a) op unsigned_of<T>(b)); \
    else return a op b;                                                         \
  }
NDFUSE_WRAP(add, +)
NDFUSE_WRAP(subtract, -)
NDFUSE_WRAP(multiply, *)
#undef NDFUSE_WRAP
template <class T> constexpr T negative(T a) {
  if constexpr (integer<T>) return T(unsigned_of<T>(0) - unsigned_of<T>(a));
  else return -a;
}
template <class T> constexpr T bit_and(T a, T b) { return T(a & b); }
template <class T> constexpr T bit_or(T a, T b) { return T(a | b); }
template <class T> constexpr T bit_xor(T a, T b) { return T(a ^ b); }
template <integer T> constexpr T invert(T a) { return T(~a); }
template <integer T> constexpr T shift_left(T a, auto b) { return T(unsigned_of<T>(a) << unsigned(b)); }
template <integer T> constexpr T shift_right(T a, auto b) { return T(a >> unsigned(b)); }
template <integer T> constexpr T quotient(T a, T b) { return T(a / b); }
template <integer T> constexpr T remainder(T a, T b) { return T(a % b); }
}  // namespace wrap

/// The types that the C++ library computes: what has 64-bit parts.
template <class T>
concept wide_integer = std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t>;
template <class T>
concept complex_value = std::same_as<T, std::complex<float>> || std::same_as<T, std::complex<double>>;
template <class T>
concept beyond_numerics = std::same_as<T, double> || wide_integer<T> || complex_value<T>;

template <beyond_numerics T> constexpr T select(bool c, T a, T b) { return c ? a : b; }
inline double floor_raw(double a) { return std::floor(a); }
inline double ceil_raw(double a) { return std::ceil(a); }
inline double trunc_raw(double a) { return std::trunc(a); }
inline double rint_raw(double a) { return std::nearbyint(a); }

namespace numerics {

// complex numbers; also traced, as pairs of float32
template <class V> constexpr auto real_part(V z) {
  if constexpr (complex_value<V>) return z.real();
  else return real(z);
}
template <class V> constexpr auto imag_part(V z) {
  if constexpr (complex_value<V>) return z.imag();
  else return imag(z);
}
template <class V, class P> constexpr V complex_of(V, P re, P im) {
  if constexpr (complex_value<V>) return V(re, im);
  else return make_complex(re, im);
}
template <class V> constexpr auto real(V a) {
  if constexpr (complex_value<V>) return a.real();
  else return a;
}
template <class V> constexpr auto imag(V a) {
  if constexpr (complex_value<V>) return a.imag();
  else return V(0);
}
template <class P> constexpr std::complex<P> make_complex(P re, P im) { return {re, im}; }

/// (a + bi)(c + di) by the schoolbook formula, as numpy does.
template <class V> constexpr V complex_multiply(V a, V b) {
  auto const ar = real_part(a), ai = imag_part(a), br = real_part(b), bi = imag_part(b);
  return complex_of(a, ar * br - ai * bi, ar * bi + ai * br);
}
template <class V> constexpr auto complex_equal(V a, V b) {
  auto const same_real = real_part(a) == real_part(b), same_imag = imag_part(a) == imag_part(b);
  return decltype(same_real)(same_real & same_imag);  // & of two bools is an int
}
// 64-bit integers, exactly as the 32-bit definitions in numerics.hpp
template <wide_integer T> constexpr T remainder(T a, T b) {
  if (b == 0 || (std::signed_integral<T> && b == T(-1))) return 0;
  T const r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
template <wide_integer T> constexpr T fmod(T a, T b) {
  return b == 0 || (std::signed_integral<T> && b == T(-1)) ? T(0) : T(a % b);
}
template <wide_integer T> constexpr T floor_divide(T a, T b) {
  if (b == 0) return 0;
  if (std::signed_integral<T> && b == T(-1)) return wrap::negative(a);
  T const q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
template <wide_integer T> constexpr T power(T base, T exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == T(-1) ? (exponent & 1 ? T(-1) : T(1)) : 0;
  T result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = wrap::multiply(result, base);
    base = wrap::multiply(base, base);
  }
  return result;
}
template <wide_integer T> constexpr T left_shift(T a, T n) { return n < 0 || n >= 64 ? T(0) : wrap::shift_left(a, n); }
template <wide_integer T> constexpr T right_shift(T a, T n) {
  return n < 0 || n >= 64 ? (a < 0 ? T(-1) : T(0)) : wrap::shift_right(a, n);
}
template <wide_integer T> constexpr T minimum(T a, T b) { return a < b ? a : b; }
template <wide_integer T> constexpr T maximum(T a, T b) { return a > b ? a : b; }
template <wide_integer T> constexpr T fmin(T a, T b) { return a < b ? a : b; }
template <wide_integer T> constexpr T fmax(T a, T b) { return a > b ? a : b; }
template <wide_integer T> constexpr T absolute(T a) { return a < 0 ? wrap::negative(a) : a; }
template <wide_integer T> constexpr T sign(T a) { return T((a > 0) - (a < 0)); }
template <wide_integer T> constexpr T square(T a) { return wrap::multiply(a, a); }

// float64: the C++ library
inline double floor_divide(double a, double b) {
  double const r = std::fmod(a, b);
  if (b == 0) return a / b;
  double const q = (a - r) / b - (r != 0 && (r < 0) != (b < 0) ? 1.0 : 0.0);
  if (q == 0) return std::copysign(0.0, a / b);
  double const down = std::floor(q);
  return q - down > 0.5 ? down + 1.0 : down;
}
inline double remainder(double a, double b) {
  double const r = std::fmod(a, b);
  if (r != 0) return (r < 0) != (b < 0) ? r + b : r;
  return b == 0 ? r : std::copysign(0.0, b);
}
inline double fmod(double a, double b) { return std::fmod(a, b); }
inline double power(double a, double b) { return std::pow(a, b); }
inline double minimum(double a, double b) { return std::isnan(a) || a <= b ? a : b; }
inline double maximum(double a, double b) { return std::isnan(a) || a >= b ? a : b; }
inline double fmin(double a, double b) { return std::fmin(a, b); }
inline double fmax(double a, double b) { return std::fmax(a, b); }
inline double absolute(double a) { return std::fabs(a); }
inline double sign(double a) { return std::isnan(a) ? a : double((a > 0) - (a < 0)); }
inline double square(double a) { return a * a; }
inline double reciprocal(double a) { return 1 / a; }
inline double rsqrt(double a) { return 1 / std::sqrt(a); }
inline double logaddexp(double a, double b) {
  if (a == b) return a + 0.693147180559945309417;
  double const high = std::fmax(a, b), low = std::fmin(a, b);
  return std::isnan(a) || std::isnan(b) ? a + b : high + std::log1p(std::exp(low - high));
}
inline double deg2rad(double a) { return a * (3.14159265358979323846 / 180.0); }
inline double rad2deg(double a) { return a * (180.0 / 3.14159265358979323846); }
inline double heaviside(double a, double b) { return std::isnan(a) ? a : a == 0 ? b : a < 0 ? 0.0 : 1.0; }
inline double copysign(double a, double b) { return std::copysign(a, b); }
inline double atan2(double a, double b) { return std::atan2(a, b); }
inline double hypot(double a, double b) { return std::hypot(a, b); }
inline bool isnan(double a) { return std::isnan(a); }
inline bool isinf(double a) { return std::isinf(a); }
inline bool isfinite(double a) { return std::isfinite(a); }
inline bool signbit(double a) { return std::signbit(a); }
#define NDFUSE_LIBRARY(name) \
  inline double name(double a) { return std::name(a); }
NDFUSE_LIBRARY(sqrt)
NDFUSE_LIBRARY(cbrt)
NDFUSE_LIBRARY(exp)
NDFUSE_LIBRARY(exp2)
NDFUSE_LIBRARY(expm1)
NDFUSE_LIBRARY(log)
NDFUSE_LIBRARY(log2)
NDFUSE_LIBRARY(log10)
NDFUSE_LIBRARY(log1p)
NDFUSE_LIBRARY(sin)
NDFUSE_LIBRARY(cos)
NDFUSE_LIBRARY(tan)
NDFUSE_LIBRARY(asin)
NDFUSE_LIBRARY(acos)
NDFUSE_LIBRARY(atan)
NDFUSE_LIBRARY(sinh)
NDFUSE_LIBRARY(cosh)
NDFUSE_LIBRARY(tanh)
NDFUSE_LIBRARY(asinh)
NDFUSE_LIBRARY(acosh)
NDFUSE_LIBRARY(atanh)
NDFUSE_LIBRARY(erf)
#undef NDFUSE_LIBRARY

// complex: the few operations that are defined for it; complex64 goes through the float32 functions above, traced or
// not
template <class V>
concept complex_like = complex_value<scalar_of_t<V>>;
/// Quotient by Smith's method (Communications of the ACM 5, 1962, p. 435), which numpy uses too: no overflow of |b|^2.
template <class V> constexpr V complex_divide(V a, V b) {
  auto const ar = real_part(a), ai = imag_part(a), br = real_part(b), bi = imag_part(b);
  auto const abs_r = absolute(br), abs_i = absolute(bi);
  auto const by_real = abs_r >= abs_i;
  auto const large = select(by_real, br, bi), small = select(by_real, bi, br);
  // Divided by zero, each part is: the quotient then has infinities, as numpy's, and not only NaN.
  auto const total = abs_r + abs_i;
  auto const by_zero = total == total - total;
  auto const ratio = select(by_zero, total, small / large);
  auto const scale = select(by_zero, total, large + small * ratio);
  auto const re = select(by_real, ar + ai * ratio, ar * ratio + ai) / scale;
  auto const im = select(by_real, ai - ar * ratio, ai * ratio - ar) / scale;
  return complex_of(a, re, im);
}
template <complex_like V> constexpr V exp(V a) {
  auto const scale = exp(real_part(a));
  auto const angle = imag_part(a);
  // A real number stays one, also where the exponential overflows.
  return complex_of(a, scale * cos(angle), select(angle == angle - angle, angle, scale * sin(angle)));
}
template <complex_like V> constexpr auto absolute(V a) { return hypot(real_part(a), imag_part(a)); }
template <complex_like V> constexpr V square(V a) { return complex_multiply(a, a); }
template <complex_like V> constexpr V conjugate(V a) { return complex_of(a, real_part(a), -imag_part(a)); }

}  // namespace numerics
}  // namespace ndfuse::ir
