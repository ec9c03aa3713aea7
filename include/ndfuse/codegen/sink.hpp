#pragma once
/// @file Where emitters write: the first pass counts, the second fills an exactly sized array.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ndfuse::codegen {

/// Writes text to `out`, or only counts it when `out` is null.
class sink {
 public:
  constexpr explicit sink(char* out) : out_(out) {}

  constexpr std::size_t size() const { return size_; }

  template <class... Parts> constexpr void operator()(Parts const&... parts) { (put(parts), ...); }

  /// A float32 as a literal that both dialects parse back to the same bits: decimal where few digits are exact,
  /// hexadecimal in WGSL otherwise.
  constexpr void float_literal(float value, bool hexadecimal) {
    std::uint32_t const bits = std::bit_cast<std::uint32_t>(value);
    bool const negative = (bits >> 31) != 0;
    float const magnitude = std::bit_cast<float>(bits & 0x7fffffffu);
    if (negative) put("(-");
    if (!short_decimal(magnitude)) {
      if (hexadecimal) hex_float(bits & 0x7fffffffu);
      else put("uintBitsToFloat("), hex(bits & 0x7fffffffu), put("u)");
    }
    if (negative) put(")");
  }

  constexpr void hex(std::uint32_t v) {
    put("0x");
    bool started = false;
    for (int shift = 28; shift >= 0; shift -= 4) {
      std::uint32_t const digit = (v >> shift) & 15u;
      started = started || digit != 0 || shift == 0;
      if (started) put(char(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
  }

 private:
  constexpr void put(char c) {
    if (out_ != nullptr) out_[size_] = c;
    ++size_;
  }
  constexpr void put(std::string_view text) {
    if (out_ != nullptr) {
#if defined(__clang__)
      __builtin_memcpy(out_ + size_, text.data(), text.size());  // one step in a constant expression
#else
      for (std::size_t i = 0; i < text.size(); ++i) out_[size_ + i] = text[i];
#endif
    }
    size_ += text.size();
  }
  constexpr void put(char const* text) { put(std::string_view(text)); }
  constexpr void put(std::unsigned_integral auto v) {
    if (v > 9) put(v / 10);
    put(char('0' + char(v % 10)));
  }
  constexpr void put(std::signed_integral auto v) {
    if (v < 0) put('-');
    put(v < 0 ? std::uint64_t(0) - std::uint64_t(v) : std::uint64_t(v));
  }

  /// Writes `v` in at most seven digits after the point when that is exact; false when it is not.
  constexpr bool short_decimal(float v) {
    if (!(v < 1e7f) || (v != 0 && v < 1e-4f)) return false;
    std::uint64_t scale = 1;
    for (unsigned digits = 1; digits <= 7; ++digits) {
      scale *= 10;
      std::uint64_t const scaled = std::uint64_t(double(v) * double(scale) + 0.5);
      if (float(double(scaled) / double(scale)) != v || scaled > (1ull << 50)) continue;
      put(scaled / scale);
      put('.');
      for (std::uint64_t unit = scale / 10; unit > 0; unit /= 10) put(char('0' + char(scaled / unit % 10)));
      return true;
    }
    return false;
  }
  constexpr void hex_float(std::uint32_t bits) {
    int exponent = int(bits >> 23) - 127;
    std::uint32_t mantissa = (bits & 0x7fffffu) << 1;
    bool const subnormal = (bits >> 23) == 0;
    if (subnormal) exponent = -126;
    put(subnormal ? "0x0." : "0x1.");
    for (int shift = 20; shift >= 0; shift -= 4) {
      std::uint32_t const digit = (mantissa >> shift) & 15u;
      put(char(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
    put('p');
    put(exponent);
  }

  char* out_;
  std::size_t size_ = 0;
};

}  // namespace ndfuse::codegen
