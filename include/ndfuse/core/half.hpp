#pragma once
/// @file IEEE 754 binary16 ("half") as a storage type. Arithmetic on it happens in float32 and rounds once at the end.

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>

namespace ndfuse {

namespace detail {

/// The binary16 pattern nearest to `f`, ties to even; overflow gives infinity, NaN stays a (quiet) NaN.
constexpr std::uint16_t half_bits_from_float(float f) {
  std::uint32_t const bits = std::bit_cast<std::uint32_t>(f);
  std::uint32_t const sign = (bits >> 16) & 0x8000u;
  std::uint32_t const magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return std::uint16_t(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x477ff000u) return std::uint16_t(sign | 0x7c00u);  // rounds past 65504
  if (magnitude < 0x38800000u) {                                       // subnormal half: align to 2^-24 units
    std::uint32_t const shift = 126u - (magnitude >> 23);
    if (shift > 24u) return std::uint16_t(sign);
    std::uint32_t const mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    std::uint32_t const kept = mantissa >> shift;
    std::uint32_t const rest = mantissa & ((1u << shift) - 1u);
    std::uint32_t const tie = 1u << (shift - 1u);
    return std::uint16_t(sign | (kept + ((rest > tie || (rest == tie && (kept & 1u) != 0u)) ? 1u : 0u)));
  }
  std::uint32_t const rounded = magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u);
  return std::uint16_t(sign | (rounded >> 13));
}

/// The same of a float64, rounded once: by way of a float32 that is rounded to odd (S. Boldo and G. Melquiond, 2008).
constexpr std::uint16_t half_bits_from_double(double d) {
  if (d != d) return 0x7e00u;
  double const magnitude = d < 0 ? -d : d;
  if (magnitude >= 65536.0) return half_bits_from_float(d < 0 ? -65536.0f : 65536.0f);
  float const nearest = float(d);
  if (double(nearest) == d) return half_bits_from_float(nearest);
  std::uint32_t const bits = std::bit_cast<std::uint32_t>(nearest);
  bool const past = d < 0 ? double(nearest) < d : double(nearest) > d;
  return half_bits_from_float(std::bit_cast<float>((bits - (past ? 1u : 0u)) | 1u));
}

/// The float32 value of a binary16 pattern; exact.
constexpr float half_bits_to_float(std::uint16_t half) {
  std::uint32_t const sign = (half & 0x8000u) << 16;
  std::uint32_t const magnitude = half & 0x7fffu;
  if (magnitude >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
  if (magnitude < 0x0400u) {
    float const value = float(magnitude) * 0x1p-24f;
    return sign != 0u ? -value : value;
  }
  return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
}

}  // namespace detail

/// Half precision as a C++ value: 16 bits of storage, converted to and from float32. Matches numpy.float16.
struct float16 {
  std::uint16_t bits = 0;

  float16() = default;
  constexpr explicit float16(float value) : bits(detail::half_bits_from_float(value)) {}
  template <std::same_as<double> D>
  constexpr explicit float16(D value) : bits(detail::half_bits_from_double(value)) {}
  constexpr explicit operator float() const { return detail::half_bits_to_float(bits); }

  friend constexpr bool operator==(float16 a, float16 b) { return float(a) == float(b); }
  friend constexpr auto operator<=>(float16 a, float16 b) { return float(a) <=> float(b); }
};

}  // namespace ndfuse
