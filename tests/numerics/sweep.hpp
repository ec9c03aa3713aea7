#pragma once

// Runs every function of table.hpp over all exponents on a device, and measures the worst error in ULP.
// A device is anything that computes named functions on blocks of floats: the CPU's definitions, a model, or a GPU.

#include "table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace numerics_test {

struct device {
  std::string name;
  /// Fills `result` with the function's values; `y` is empty for functions of one operand. False if the device lacks
  /// it.
  std::function<bool(std::string_view function, std::span<const float> x, std::span<const float> y,
                     std::span<float> result)>
      compute;
  /// Whether the device may take subnormal operands and results for zero.
  bool flushes_subnormals = false;
};

/// What a function did on a device: its worst error and where, and how many values were wrong.
struct outcome {
  std::string_view function;
  bool computed = true;
  std::uint64_t count = 0;
  double worst = 0;  // ULP
  float x = 0, y = 0, got = 0;
  double expected = 0;
  std::uint64_t wrong = 0;  // beyond the limit, or a wrong special value
  float wrong_x = 0, wrong_y = 0, wrong_got = 0;
  double wrong_expected = 0;
};

/// The error of `got` in units of the last place of `exact` (or of `scale`, if that is larger).
/// Infinite for a wrong NaN, infinity or sign of zero. Beyond float32's range infinity stands for 2^128.
inline double ulp_error(float got, double exact, double scale = 0) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0.0 : wrong;
  if (scale == 0 && got == 0 && std::fabs(exact) <= 0x1p-150 && std::signbit(got) != std::signbit(exact)) return wrong;
  if (std::isinf(exact)) return static_cast<double>(got) == exact ? 0.0 : wrong;
  const auto within = [](double v) { return std::clamp(v, -0x1p128, 0x1p128); };
  const double value = within(static_cast<double>(got)), target = within(exact);
  int exponent = -125;
  if (const double size = std::max(std::fabs(target), scale); size > 0x1p-126)
    std::frexp(std::min(size, 0x1.fffffep127), &exponent);
  return std::fabs(value - target) / std::ldexp(1.0, exponent - 24);
}

inline bool subnormal(double v) { return v != 0 && std::fabs(v) < 0x1p-126; }

class checker {
 public:
  checker(std::string_view function, double limit, bool flushes) : limit_(limit), flushes_(flushes) {
    result_.function = function;
  }

  /// `oracle` takes the operands as doubles.
  template <class Oracle>
  void check(float got, float x, float y, bool binary, bool cancels, Oracle oracle) {
    const double scale = cancels ? std::max(std::fabs(static_cast<double>(x)), std::fabs(static_cast<double>(y))) : 0;
    const double usable = std::isfinite(scale) ? scale : 0;
    double exact = oracle(static_cast<double>(x), static_cast<double>(y));
    double error = ulp_error(got, exact, usable);
    if (flushes_ && error > 0 &&
        (subnormal(static_cast<double>(x)) || subnormal(static_cast<double>(y)) || std::fabs(exact) < 0x1.00002p-126))
      error = std::min(error, flushed_error(got, x, y, binary, usable, oracle));
    ++result_.count;
    if (error > result_.worst || result_.count == 1) {
      result_.worst = std::max(error, result_.worst);
      result_.x = x, result_.y = y, result_.got = got, result_.expected = exact;
    }
    if (error > limit_) {
      if (result_.wrong++ == 0)
        result_.wrong_x = x, result_.wrong_y = y, result_.wrong_got = got, result_.wrong_expected = exact;
    }
  }

  outcome& result() { return result_; }

 private:
  /// The least error over all choices of operands and result being flushed.
  template <class Oracle>
  double flushed_error(float got, float x, float y, bool binary, double scale, Oracle oracle) const {
    const auto choices = [](float v) {
      return subnormal(static_cast<double>(v))
                 ? std::vector<double>{static_cast<double>(v), std::copysign(0.0, static_cast<double>(v)), 0.0}
                 : std::vector<double>{static_cast<double>(v)};
    };
    double best = std::numeric_limits<double>::infinity();
    for (const double a : choices(x)) {
      for (const double b : binary ? choices(y) : std::vector<double>{0.0}) {
        const double exact = oracle(a, b);
        best = std::min(best, ulp_error(got, exact, scale));
        // a result below the normal range, or within the limit of it, may become zero of any sign
        if (std::fabs(exact) < 0x1.00002p-126 && got == 0) best = 0;
      }
    }
    return best;
  }

  double limit_;
  bool flushes_;
  outcome result_;
};

/// Values at which definitions change, overflow, or are known to be hard.
inline std::vector<float> interesting_values() {
  std::vector<float> values;
  for (const float v : {0.0f,           0x1p-149f,     0x1p-126f,
                        0x1p-64f,       0x1p-25f,      0x1p-24f,
                        0x1p-23f,       0x1p-13f,      6.1035156e-05f,
                        5.9604645e-08f, 0.001f,        0.1f,
                        0.25f,          1.0f / 3.0f,   0.34657359f,
                        0.41421356f,    0.5f,          0.5625f,
                        0.70710678f,    0.75f,         0.78539816f,
                        0.9375f,        1.0f,          1.25f,
                        1.41421356f,    1.5f,          1.57079633f,
                        2.0f,           2.35619449f,   2.5f,
                        3.0f,           3.14159265f,   3.92f,
                        4.0f,           4.5f,          4.71238898f,
                        5.0f,           6.28318531f,   7.0f,
                        8.0f,           9.01f,         10.0f,
                        10.0546875f,    16.0f,         17.33f,
                        24.0f,          27.0f,         32.0f,
                        64.0f,          87.336544f,    88.72284f,
                        89.41599f,      100.0f,        103.97208f,
                        104.0f,         126.0f,        127.0f,
                        128.0f,         149.0f,        150.0f,
                        1000.0f,        1024.0f,       8191.0f,
                        8192.0f,        65504.0f,      65520.0f,
                        65536.0f,       1e6f,          4194304.0f,
                        8388608.0f,     16777216.0f,   33554432.0f,
                        2147483648.0f,  4294967296.0f, 1e10f,
                        1e20f,          0x1p64f,       0x1p72f * 16367173.0f,
                        0x1p120f,       1e38f,         std::numeric_limits<float>::max()}) {
    values.push_back(v);
    values.push_back(-v);
  }
  for (const float v : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    values.push_back(v);
    values.push_back(-v);
  }
  return values;
}

inline std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }
inline float value(std::uint32_t u) { return std::bit_cast<float>(u); }

/// Calls `block` with spans of operands: 128 floats around every interesting value, then every `stride`-th bit pattern.
template <class Block>
void for_each_operand(std::uint64_t stride, Block block, std::size_t size = 65536) {
  std::vector<float> x;
  const auto add = [&](std::uint32_t u) {
    x.push_back(value(u));
    if (x.size() == size) block(std::span<const float>(x)), x.clear();
  };
  for (const float v : interesting_values()) {
    for (int offset = -64; offset < 64; ++offset) add(bits(v) + static_cast<std::uint32_t>(offset));
  }
  for (std::uint64_t u = 0; u < 0x100000000u; u += stride) add(static_cast<std::uint32_t>(u));
  if (!x.empty()) block(std::span<const float>(x));
}

/// Calls `block` with spans of pairs: all interesting values with each other, then `count` pseudo-random pairs of each
/// kind: any bit patterns; of similar size; with a ratio near a small integer; with y log2 |x| in the range of
/// float32's exponents.
template <class Block>
void for_each_pair(std::uint64_t count, Block block, std::size_t size = 65536) {
  std::vector<float> x, y;
  const auto add = [&](float a, float b) {
    x.push_back(a), y.push_back(b);
    if (x.size() == size) block(std::span<const float>(x), std::span<const float>(y)), x.clear(), y.clear();
  };
  for (const float a : interesting_values()) {
    for (const float b : interesting_values()) add(a, b);
  }
  std::mt19937 random(20);
  const auto any = [&] { return static_cast<std::uint32_t>(random()); };
  const auto unit = [&] { return static_cast<double>(random()) * 0x1p-32; };
  for (std::uint64_t i = 0; i < count; ++i) {
    add(value(any()), value(any()));

    const float a = value(any());
    const float b = value(bits(a) ^ (any() & 0x81ffffffu));  // exponents differ in two low bits
    add(a, b);

    const float divisor = value(any());
    const float multiple =
        static_cast<float>(static_cast<double>(divisor) * static_cast<double>(any() >> (any() & 31u)));
    add(value(bits(multiple) + any() % 5u - 2u), divisor);

    const float base = i % 2 == 0
                           ? value(any() & 0x7fffffffu)
                           : value(0x3f800000u + (any() >> (7u + (any() % 24u))) - (any() >> (8u + (any() % 24u))));
    add(base, static_cast<float>((unit() * 285 - 153) / std::log2(static_cast<double>(base))));
  }
  if (!x.empty()) block(std::span<const float>(x), std::span<const float>(y));
}

inline outcome sweep(device const& d, unary_function const& f, std::uint64_t stride, std::size_t block_size = 65536) {
  checker check(f.name, f.limit, d.flushes_subnormals);
  std::vector<float> result;
  for_each_operand(
      stride,
      [&](std::span<const float> x) {
        result.resize(x.size());
        if (!check.result().computed || !d.compute(f.name, x, {}, result)) {
          check.result().computed = false;
          return;
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
          check.check(result[i], x[i], 0.0f, false, false, [&](double a, double) { return f.oracle(a); });
        }
      },
      block_size);
  return check.result();
}

inline outcome sweep(device const& d, binary_function const& f, std::uint64_t count, std::size_t block_size = 65536) {
  checker check(f.name, f.limit, d.flushes_subnormals);
  std::vector<float> result;
  for_each_pair(
      count,
      [&](std::span<const float> x, std::span<const float> y) {
        result.resize(x.size());
        if (!check.result().computed || !d.compute(f.name, x, y, result)) {
          check.result().computed = false;
          return;
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double size = std::fabs(static_cast<double>(y[i]));
          if (d.flushes_subnormals && size > 0 && size < f.flushed_below) continue;
          check.check(result[i], x[i], y[i], true, f.cancels, f.oracle);
        }
      },
      block_size);
  return check.result();
}

}  // namespace numerics_test
