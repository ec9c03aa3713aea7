#pragma once

// The elementary functions on float32: name, value in double precision, and the error that is allowed.
// How a device computes them is not known here; sweep.hpp joins the two.

#include <cmath>
#include <limits>
#include <string_view>

namespace numerics_test {

struct unary_function {
  std::string_view name;
  double (*oracle)(double);
  double limit = 4.0;  // ULP; 0 for functions whose result is exact
};

struct binary_function {
  std::string_view name;
  double (*oracle)(double, double);
  double limit = 4.0;
  bool cancels = false;  // the ULP is that of the largest of result and operands: the result may cancel, as in NumPy
  double flushed_below = 0.0;  // |y| below which a device that flushes subnormals may lose the remainder on the way
};

namespace oracle {

inline double sign(double x) { return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0)); }

/// A double rounded to 11 significant bits and float16's range.
inline double round_to_half(double x) {
  if (!std::isfinite(x) || x == 0) return x;
  int exponent = 0;
  std::frexp(x, &exponent);
  const double unit = std::ldexp(1.0, (exponent < -13 ? -13 : exponent) - 11);
  const double rounded = std::nearbyint(x / unit) * unit;
  return std::fabs(rounded) > 65504.0 ? std::copysign(std::numeric_limits<double>::infinity(), x) : rounded;
}

/// musl's acosh takes some values below -1 for valid ones.
inline double acosh(double x) { return x < 1 ? std::numeric_limits<double>::quiet_NaN() : std::acosh(x); }

inline double remainder(double x, double y) {
  const double r = std::fmod(x, y);
  if (r == 0) return std::copysign(0.0, y);
  // the addition is one of float32, as in NumPy
  return std::signbit(r) != std::signbit(y) ? static_cast<double>(static_cast<float>(r) + static_cast<float>(y)) : r;
}

/// npy_floor_divide of float32, step by step.
inline double floor_divide(double x, double y) {
  const float a = static_cast<float>(x), b = static_cast<float>(y);
  if (b == 0) return static_cast<double>(a / b);
  const float r = std::fmod(a, b);
  float quotient = (a - r) / b;
  if (r != 0 && (b < 0) != (r < 0)) quotient -= 1.0f;
  if (quotient == 0) return static_cast<double>(std::copysign(0.0f, a / b));
  const float down = std::floor(quotient);
  return static_cast<double>(quotient - down > 0.5f ? down + 1.0f : down);
}

inline double logaddexp(double x, double y) {
  if (x == y) return x + std::log(2.0);
  if (std::isnan(x) || std::isnan(y)) return x + y;
  const double large = std::fmax(x, y);
  return large + std::log1p(std::exp(std::fmin(x, y) - large));
}

inline double heaviside(double x, double middle) { return std::isnan(x) ? x : x == 0 ? middle : x < 0 ? 0.0 : 1.0; }
/// -0 is below 0, which NumPy leaves open.
inline bool less(double x, double y) { return x < y || (x == y && std::signbit(x) && !std::signbit(y)); }
inline double fmin(double x, double y) { return std::isnan(x) ? y : std::isnan(y) || less(x, y) ? x : y; }
inline double fmax(double x, double y) { return std::isnan(x) ? y : std::isnan(y) || less(y, x) ? x : y; }
inline double minimum(double x, double y) { return std::isnan(x) || std::isnan(y) ? x + y : fmin(x, y); }
inline double maximum(double x, double y) { return std::isnan(x) || std::isnan(y) ? x + y : fmax(x, y); }

}  // namespace oracle

inline constexpr double degree = 0.017453292519943295;

inline constexpr unary_function unary_functions[] = {
    {"exp", [](double x) { return std::exp(x); }},
    {"exp2", [](double x) { return std::exp2(x); }},
    {"expm1", [](double x) { return std::expm1(x); }},
    {"log", [](double x) { return std::log(x); }},
    {"log2", [](double x) { return std::log2(x); }},
    {"log10", [](double x) { return std::log10(x); }},
    {"log1p", [](double x) { return std::log1p(x); }},
    {"sin", [](double x) { return std::sin(x); }},
    {"cos", [](double x) { return std::cos(x); }},
    {"tan", [](double x) { return std::tan(x); }},
    {"asin", [](double x) { return std::asin(x); }},
    {"acos", [](double x) { return std::acos(x); }},
    {"atan", [](double x) { return std::atan(x); }},
    {"sinh", [](double x) { return std::sinh(x); }},
    {"cosh", [](double x) { return std::cosh(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},
    {"asinh", [](double x) { return std::asinh(x); }},
    {"acosh", oracle::acosh},
    {"atanh", [](double x) { return std::atanh(x); }},
    {"erf", [](double x) { return std::erf(x); }},
    {"erfc", [](double x) { return std::erfc(x); }},
    {"cbrt", [](double x) { return std::cbrt(x); }},
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
    {"reciprocal", [](double x) { return 1 / x; }},
    {"square", [](double x) { return x * x; }},
    {"deg2rad", [](double x) { return x * degree; }},
    {"rad2deg", [](double x) { return x / degree; }},
    {"floor", [](double x) { return std::floor(x); }, 0},
    {"ceil", [](double x) { return std::ceil(x); }, 0},
    {"trunc", [](double x) { return std::trunc(x); }, 0},
    {"rint", [](double x) { return std::nearbyint(x); }, 0},
    {"sign", oracle::sign, 0},
    {"absolute", [](double x) { return std::fabs(x); }, 0},
    {"round_to_half", oracle::round_to_half, 0},
    {"isnan", [](double x) { return std::isnan(x) ? 1.0 : 0.0; }, 0},
    {"isinf", [](double x) { return std::isinf(x) ? 1.0 : 0.0; }, 0},
    {"isfinite", [](double x) { return std::isfinite(x) ? 1.0 : 0.0; }, 0},
    {"signbit", [](double x) { return std::signbit(x) ? 1.0 : 0.0; }, 0},
};

inline constexpr binary_function binary_functions[] = {
    {"divide", [](double x, double y) { return x / y; }},
    {"power", [](double x, double y) { return std::pow(x, y); }},
    {"atan2", [](double x, double y) { return std::atan2(x, y); }},
    {"hypot", [](double x, double y) { return std::hypot(x, y); }},
    {"logaddexp", oracle::logaddexp, 4.0, true},
    {"fmod", [](double x, double y) { return std::fmod(x, y); }, 0},
    {"remainder", oracle::remainder, 0, false, 0x1p-102},
    {"floor_divide", oracle::floor_divide, 4.0, false, 0x1p-102},
    {"copysign", [](double x, double y) { return std::copysign(x, y); }, 0},
    {"heaviside", oracle::heaviside, 0},
    {"minimum", oracle::minimum, 0},
    {"maximum", oracle::maximum, 0},
    {"fmin", oracle::fmin, 0},
    {"fmax", oracle::fmax, 0},
};

}  // namespace numerics_test
