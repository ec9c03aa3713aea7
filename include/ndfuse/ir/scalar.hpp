#pragma once

// The vocabulary of numerics.hpp for C++ scalars: float, std::int32_t, std::uint32_t and bool.
//
// A function that is written with these words alone (and with the built-in operators) can be computed here, in a
// constant expression, in a loop that the compiler turns into SIMD, and, with the same names for a symbolic value,
// be written out as shader text. What no word does: branch on a value, or call the C library.
//
// Built-in operators used beside these words: + - * / on float; + - * on uint32, and on int32 where it cannot overflow;
// & | ^ ~ << >> (counts 0 to 31) on both; comparisons; & | ! on bool. A literal has exactly the type of the other
// operand.

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace ndfuse::ir {

/// True where `/` and `sqrt_raw` round correctly (IEEE 754). Elsewhere, as in shaders, numerics.hpp corrects them.
template <class V>
inline constexpr bool rounds_correctly = std::is_same_v<V, float>;

/// The four types that this vocabulary is for.
template <class T>
concept scalar_word = std::is_same_v<T, float> || std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::uint32_t> ||
                      std::is_same_v<T, bool>;

/// What a value type stands for: a symbolic type says so by a member `scalar_type`, a scalar stands for itself.
template <class V>
struct underlying_scalar {
  using type = V;
};
template <class V>
  requires requires { typename V::scalar_type; }
struct underlying_scalar<V> {
  using type = typename V::scalar_type;
};

/// A scalar of type T, or a symbolic value that stands for one.
template <class V, class T>
concept value_of = std::is_same_v<typename underlying_scalar<V>::type, T>;

/// A value of a 32-bit integer type.
template <class V>
concept integer_value = value_of<V, std::int32_t> || value_of<V, std::uint32_t>;

// Choice

/// `a` where `condition`, else `b`; both are evaluated.
template <scalar_word T>
constexpr T select(bool condition, T a, T b) {
  return condition ? a : b;
}

// Bit casts, between any two of float, int32 and uint32

constexpr std::uint32_t as_uint(float x) { return std::bit_cast<std::uint32_t>(x); }
constexpr std::uint32_t as_uint(std::int32_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::int32_t as_int(float x) { return std::bit_cast<std::int32_t>(x); }
constexpr std::int32_t as_int(std::uint32_t x) { return static_cast<std::int32_t>(x); }
constexpr float as_float(std::uint32_t x) { return std::bit_cast<float>(x); }
constexpr float as_float(std::int32_t x) { return std::bit_cast<float>(x); }

// Conversions of values

/// Rounds to nearest.
constexpr float to_float(std::int32_t x) { return static_cast<float>(x); }
constexpr float to_float(std::uint32_t x) { return static_cast<float>(x); }
/// Truncates; `x` must be in the range of the result, and not NaN.
constexpr std::int32_t to_int(float x) { return static_cast<std::int32_t>(x); }
constexpr std::uint32_t to_uint(float x) { return static_cast<std::uint32_t>(x); }

// Constants that have no literal in shaders; the operand only tells the type

constexpr float quiet_nan(float) { return std::numeric_limits<float>::quiet_NaN(); }
constexpr float infinity(float) { return std::numeric_limits<float>::infinity(); }

// Division of integers, truncating; `y` is not 0, and the operands are not INT32_MIN and -1

constexpr std::int32_t div_raw(std::int32_t x, std::int32_t y) { return x / y; }
constexpr std::uint32_t div_raw(std::uint32_t x, std::uint32_t y) { return x / y; }
constexpr std::int32_t rem_raw(std::int32_t x, std::int32_t y) { return x % y; }
constexpr std::uint32_t rem_raw(std::uint32_t x, std::uint32_t y) { return x % y; }

// What hardware does to a float in one instruction. Where the instruction set has no rounding instruction (x86 before
// SSE4.1), and in constant expressions, rounding is arithmetic: adding and taking away 2^23 leaves the nearest integer.

#if defined(__wasm__) || defined(__SSE4_1__) || defined(__aarch64__)
#define NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS 1
#else
#define NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS 0
#endif

/// |x|
constexpr float abs_raw(float x) { return as_float(as_uint(x) & 0x7fffffffu); }

/// The nearest integer, ties to even; keeps the sign of zero.
constexpr float rint_raw(float x) {
#if NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS
  if !consteval { return __builtin_rintf(x); }
#endif
  const std::uint32_t sign = as_uint(x) & 0x80000000u;
  const float magic = as_float(sign | 0x4b000000u);
  const float rounded = as_float(sign | (as_uint((x + magic) - magic) & 0x7fffffffu));
  return abs_raw(x) < 0x1p23f ? rounded : x;
}

/// The greatest integer that is not above `x`.
constexpr float floor_raw(float x) {
#if NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS
  if !consteval { return __builtin_floorf(x); }
#endif
  const float near = rint_raw(x);
  return near > x ? near - 1.0f : near;
}

/// The smallest integer that is not below `x`.
constexpr float ceil_raw(float x) {
#if NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS
  if !consteval { return __builtin_ceilf(x); }
#endif
  const float near = rint_raw(x);
  return as_float(as_uint(near < x ? near + 1.0f : near) | (as_uint(x) & 0x80000000u));  // -0 above -1
}

/// `x` without its fraction.
constexpr float trunc_raw(float x) {
#if NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS
  if !consteval { return __builtin_truncf(x); }
#endif
  return as_float((as_uint(x) & 0x80000000u) | as_uint(floor_raw(abs_raw(x))));
}

#undef NDFUSE_DETAIL_ROUNDING_INSTRUCTIONS

/// The square root, rounded correctly; NaN below zero.
constexpr float sqrt_raw(float x) {
  if consteval {
    if (x < 0.0f) return quiet_nan(x);
    if (!(x > 0.0f && x < infinity(x))) return x;
    // Newton's steps in double, from a guess that halves the exponent. Rounding the double result once more is
    // harmless: a square root is never that near to a midpoint of two floats.
    const double value = x;
    double root = std::bit_cast<double>((std::bit_cast<std::uint64_t>(value) >> 1) + 0x1ff8000000000000u);
    for (int step = 0; step < 6; ++step) root = 0.5 * (root + value / root);
    return static_cast<float>(root);
  } else {
#if defined(__clang__)
    return __builtin_elementwise_sqrt(x);  // unlike __builtin_sqrtf never sets errno, so that loops vectorise
#else
    return __builtin_sqrtf(x);
#endif
  }
}

}  // namespace ndfuse::ir
