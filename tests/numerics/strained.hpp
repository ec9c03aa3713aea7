#pragma once

// A model of a GPU that uses every freedom of WGSL's accuracy rules: division and square roots off by up to 2.5 ULP
// (in a pseudo-random direction), subnormals flushed everywhere, a*b + c contracted or not. The definitions of
// numerics.hpp run on it as they do on floats, so that their promise does not hang on one device's good manners.

#include <ndfuse/ir/scalar.hpp>

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace numerics_test {

inline bool strained_fuses = false;

inline float flushed(float x) { return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x; }

template <class T>
struct strained {
  using scalar_type = T;

  T value;
  double product = 0;  // of a multiplication of floats: not yet rounded, for contraction
  bool is_product = false;

  strained(T v) : value(v) {}  // literals convert
  strained(float v, double exact) : value(v), product(exact), is_product(true) {}

  static float read(strained const& a) { return flushed(a.value); }

  friend strained operator+(strained a, strained b) { return sum(a, b, 1); }
  friend strained operator-(strained a, strained b) { return sum(a, b, -1); }
  friend strained operator*(strained a, strained b) {
    if constexpr (std::same_as<T, float>) {
      const double exact = static_cast<double>(read(a)) * static_cast<double>(read(b));
      return {flushed(static_cast<float>(exact)), exact};
    } else {
      return static_cast<T>(static_cast<std::uint32_t>(a.value) * static_cast<std::uint32_t>(b.value));
    }
  }
  friend strained operator/(strained a, strained b)
    requires std::same_as<T, float>
  {
    return disturbed(read(a) / read(b), bits(a) * 31u + bits(b));
  }
  friend strained operator&(strained a, strained b) { return static_cast<T>(a.value & b.value); }
  friend strained operator|(strained a, strained b) { return static_cast<T>(a.value | b.value); }
  friend strained operator^(strained a, strained b) { return static_cast<T>(a.value ^ b.value); }
  friend strained operator!(strained a) { return !a.value; }
  friend strained operator~(strained a) { return static_cast<T>(~a.value); }
  template <class C>
  friend strained operator<<(strained a, C count) {
    return static_cast<T>(a.value << places(count));
  }
  template <class C>
  friend strained operator>>(strained a, C count) {
    return static_cast<T>(a.value >> places(count));
  }
  friend strained<bool> operator<(strained a, strained b) { return ordered(a) < ordered(b); }
  friend strained<bool> operator<=(strained a, strained b) { return ordered(a) <= ordered(b); }
  friend strained<bool> operator>(strained a, strained b) { return ordered(a) > ordered(b); }
  friend strained<bool> operator>=(strained a, strained b) { return ordered(a) >= ordered(b); }
  friend strained<bool> operator==(strained a, strained b) { return ordered(a) == ordered(b); }
  friend strained<bool> operator!=(strained a, strained b) { return ordered(a) != ordered(b); }

  static std::uint32_t bits(strained a) { return std::bit_cast<std::uint32_t>(a.value); }

  /// Off by -2 to 2 ULP (2.5 with the rounding before), but never for zeros, infinities and NaN.
  static float disturbed(float x, std::uint32_t seed) {
    seed = (seed ^ (seed >> 15u)) * 0x2c1b3c6du;
    seed = (seed ^ (seed >> 12u)) * 0x297a2d39u;
    const std::uint32_t offset = (seed >> 16u) % 5u - 2u;
    return x == 0 || !std::isfinite(x) ? x : flushed(std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) + offset));
  }

 private:
  static std::uint32_t places(std::integral auto count) { return static_cast<std::uint32_t>(count); }
  static std::uint32_t places(strained<std::uint32_t> count) { return count.value; }

  static T ordered(strained a) {
    if constexpr (std::same_as<T, float>) return read(a);
    else return a.value;
  }

  static strained sum(strained a, strained b, int sign) {
    if constexpr (std::same_as<T, float>) {
      // one operand, the first that is a product, enters unrounded
      const bool fuse_a = strained_fuses && a.is_product, fuse_b = strained_fuses && b.is_product && !fuse_a;
      const double x = fuse_a ? a.product : static_cast<double>(read(a)),
                   y = fuse_b ? b.product : static_cast<double>(read(b));
      // the sum in double is rounded once more; that differs from a fused operation only in rare near-ties
      return flushed(static_cast<float>(sign > 0 ? x + y : x - y));
    } else {
      const auto x = static_cast<std::uint32_t>(a.value), y = static_cast<std::uint32_t>(b.value);
      return static_cast<T>(sign > 0 ? x + y : x - y);
    }
  }
};

template <class T>
strained<T> select(strained<bool> c, strained<T> a, strained<T> b) {
  return c.value ? a : b;
}
template <class T>
strained<T> select(strained<bool> c, std::type_identity_t<T> a, strained<T> b) {
  return c.value ? strained<T>(a) : b;
}
template <class T>
strained<T> select(strained<bool> c, strained<T> a, std::type_identity_t<T> b) {
  return c.value ? a : strained<T>(b);
}
template <ndfuse::ir::scalar_word T>
strained<T> select(strained<bool> c, T a, T b) {
  return c.value ? a : b;
}

template <class T>
strained<std::uint32_t> as_uint(strained<T> x) {
  return std::bit_cast<std::uint32_t>(x.value);
}
template <class T>
strained<std::int32_t> as_int(strained<T> x) {
  return std::bit_cast<std::int32_t>(x.value);
}
template <class T>
strained<float> as_float(strained<T> x) {
  return std::bit_cast<float>(x.value);
}
template <class T>
strained<float> to_float(strained<T> x) {
  return static_cast<float>(x.value);
}
inline strained<std::int32_t> to_int(strained<float> x) { return static_cast<std::int32_t>(x.value); }
inline strained<std::uint32_t> to_uint(strained<float> x) { return static_cast<std::uint32_t>(x.value); }
inline strained<float> quiet_nan(strained<float> x) { return ndfuse::ir::quiet_nan(x.value); }
inline strained<float> infinity(strained<float> x) { return ndfuse::ir::infinity(x.value); }
inline strained<float> floor_raw(strained<float> x) { return ndfuse::ir::floor_raw(flushed(x.value)); }
inline strained<float> ceil_raw(strained<float> x) { return ndfuse::ir::ceil_raw(flushed(x.value)); }
inline strained<float> trunc_raw(strained<float> x) { return ndfuse::ir::trunc_raw(flushed(x.value)); }
inline strained<float> rint_raw(strained<float> x) { return ndfuse::ir::rint_raw(flushed(x.value)); }
inline strained<float> sqrt_raw(strained<float> x) {
  return strained<float>::disturbed(ndfuse::ir::sqrt_raw(flushed(x.value)), std::bit_cast<std::uint32_t>(x.value));
}

}  // namespace numerics_test
