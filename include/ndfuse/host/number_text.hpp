#pragma once
/// @file The digits of floating-point numbers, and the texts of single values, as NumPy prints them.

#include <ndfuse/core/dtype.hpp>

#include <charconv>
#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <string_view>

namespace ndfuse::detail {

/// A finite number and the fewest decimal digits that are rounded to it in its type: 0.d1d2d3... * 10^(exponent + 1).
struct real_text {
  double value = 0;
  std::string digits;  // at least one; no trailing zeros except in "0"
  int exponent = 0;    // of the first digit

  bool negative() const { return std::signbit(value); }
};

/// `value` in C's %e or %f, correctly rounded to `precision` digits behind the point.
inline std::string exact_text(double value, std::chars_format form, int precision) {
  std::string text(std::size_t(precision) + 330, '\0');
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value, form, precision);
  text.resize(std::size_t(end.ptr - text.data()));
  return text;
}

/// Mantissa and exponent of a text d.ddde+XX without its sign.
inline real_text parse_scientific(double value, std::string_view text) {
  real_text r{value, {}, 0};
  std::size_t const e = text.find('e');
  for (char c : text.substr(0, e))
    if (c >= '0' && c <= '9') r.digits += c;
  int exponent = 0;
  for (char c : text.substr(e + 2)) exponent = 10 * exponent + (c - '0');
  r.exponent = text[e + 1] == '-' ? -exponent : exponent;
  while (r.digits.size() > 1 && r.digits.back() == '0') r.digits.pop_back();
  return r;
}

constexpr double as_double(std::floating_point auto v) { return double(v); }
constexpr double as_double(float16 v) { return double(float(v)); }

template <std::floating_point T> real_text shortest(T value) {
  char text[64];
  auto const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  return parse_scientific(double(value), {text, end.ptr});
}
/// Of a float16, found by trying: more digits until they are rounded to the same bits.
inline real_text shortest(float16 half) {
  double const value = as_double(half);
  for (int digits = 0;; ++digits) {
    real_text r = parse_scientific(value, exact_text(value, std::chars_format::scientific, digits));
    int const scale = r.exponent - int(r.digits.size()) + 1;
    double power = 1;  // all numbers here are small: products and powers of ten are exact, a quotient is rounded once
    for (int k = 0; k < (scale < 0 ? -scale : scale); ++k) power *= 10;
    int const nearest = std::stoi(r.digits);
    // Below a power of two the neighbour is half as far: the next number of as few digits above may be the nearer one.
    for (int const tried : {nearest, nearest + 1}) {
      double const magnitude = scale < 0 ? tried / power : tried * power;
      if (half_bits_from_double(r.negative() ? -magnitude : magnitude) != half.bits) continue;
      if (tried != nearest)
        r = parse_scientific(value,
                             exact_text(r.negative() ? -magnitude : magnitude, std::chars_format::scientific, digits));
      return r;
    }
  }
}

/// Without exponent: "-12.5", "3.", all digits, no zeros at the end.
inline std::string positional(real_text const& r) {
  std::string text = r.negative() ? "-" : "";
  int const count = int(r.digits.size());
  if (r.exponent < 0) return text + "0." + std::string(std::size_t(-r.exponent - 1), '0') + r.digits;
  for (int k = 0; k <= r.exponent; ++k) text += k < count ? r.digits[std::size_t(k)] : '0';
  text += '.';
  return count > r.exponent + 1 ? text + r.digits.substr(std::size_t(r.exponent) + 1) : text;
}

/// The same with at most `precision` digits behind the point.
inline std::string positional(real_text const& r, int precision) {
  std::string text = positional(r);
  if (int(text.size() - text.find('.')) - 1 <= precision) return text;
  text = exact_text(r.value, std::chars_format::fixed, precision);
  if (precision == 0) return text + '.';
  while (text.back() == '0') text.pop_back();
  return text;
}

/// The parts of d.ddde+XX, with at most `precision` digits behind the point.
struct scientific_parts {
  std::string whole, fraction, exponent;  // the exponent has a sign and at least two digits
};
inline scientific_parts split_scientific(std::string const& text) {
  std::size_t const e = text.find('e');
  std::size_t const point = std::min(text.find('.'), e);
  return {text.substr(0, point), point < e ? text.substr(point + 1, e - point - 1) : "", text.substr(e + 1)};
}
inline scientific_parts scientific(real_text const& r, int precision) {
  int const behind = int(r.digits.size()) - 1;
  if (behind > precision) {
    scientific_parts p = split_scientific(exact_text(r.value, std::chars_format::scientific, precision));
    while (!p.fraction.empty() && p.fraction.back() == '0') p.fraction.pop_back();
    return p;
  }
  std::string const size = std::to_string(r.exponent < 0 ? -r.exponent : r.exponent);
  return {(r.negative() ? "-" : "") + r.digits.substr(0, 1), r.digits.substr(1),
          (r.exponent < 0 ? "-" : "+") + (size.size() < 2 ? "0" + size : size)};
}

/// Decimal digits that every value of this type keeps; of complex numbers, of their parts.
constexpr int decimal_digits(dtype t) {
  return t == dtype::float16 ? 3 : t == dtype::float32 || t == dtype::complex64 ? 6 : 15;
}

/// One float as str of NumPy's scalar: 0.1, 1e-05, 16777216.0, nan.
template <class T> std::string float_text(T value) {
  double const v = as_double(value);
  if (v != v) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  real_text const r = shortest(value);
  // From here on NumPy changes to exponents: what the type keeps exactly, and 16 digits for float64.
  double const limit = std::same_as<T, float16> ? 1e3 : std::same_as<T, float> ? 1e6 : 1e16;
  if (v == 0 || (std::abs(v) >= 1e-4 && std::abs(v) < limit)) {
    std::string text = positional(r);
    return text.back() == '.' ? text + '0' : text;
  }
  scientific_parts const p = scientific(r, std::numeric_limits<int>::max());
  return p.whole + (p.fraction.empty() ? "" : "." + p.fraction) + "e" + p.exponent;
}

/// One complex number as str of NumPy's scalar: (1+2j), 0.5j.
template <class T> std::string complex_text(std::complex<T> const& z) {
  auto const part = [](T v) {
    std::string text = float_text(v);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
  };
  std::string const imag = part(z.imag());
  if (z.real() == 0 && !std::signbit(z.real())) return imag + "j";
  return "(" + part(z.real()) + (imag.starts_with('-') ? "" : "+") + imag + "j)";
}

}  // namespace ndfuse::detail
