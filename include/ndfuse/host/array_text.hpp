#pragma once
/// @file The text of an array in host memory, as NumPy's str and repr of an array of the same type.

#include <ndfuse/host/host_array.hpp>
#include <ndfuse/host/number_text.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace ndfuse {

/// How floats are written: with at most `precision` digits behind the point and exponents where they help (NumPy's
/// default), with exactly that many, or always with exponents and exactly that many.
enum class float_mode : std::uint8_t { shortest, fixed, scientific };

/// numpy.set_printoptions's options, with its defaults.
struct print_options {
  int precision = 8;       // digits behind the point
  index threshold = 1000;  // arrays of more elements are shown by their edges alone
  index edgeitems = 3;     // and this many elements at each edge
  index linewidth = 75;
  bool suppress = false;  // no exponents for small numbers
  bool plus = false;      // a sign for positive floats too (sign='+')
  float_mode floatmode = float_mode::shortest;
};

namespace detail {

inline print_options& current_print_options() {
  static print_options options;
  return options;
}
inline void check(print_options const& o) {
  if (o.precision < 0 || o.precision > 1000)
    throw value_error(message("precision must be between 0 and 1000, not ", o.precision));
  if (o.edgeitems < 1) throw value_error(message("edgeitems must be positive, not ", o.edgeitems));
  if (o.threshold < 0) throw value_error(message("threshold must be non-negative, not ", o.threshold));
  if (o.linewidth < 1) throw value_error(message("linewidth must be positive, not ", o.linewidth));
}

inline std::string padded_left(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}
inline std::string padded_right(std::string text, std::size_t width, char with) {
  if (text.size() < width) text.append(width - text.size(), with);
  return text;
}

/// The common form of all floats that are shown (numpy's FloatingFormat).
class float_form {
 public:
  template <class T> float_form(std::vector<T> const& values, dtype t, print_options const& o, bool plus)
      : plus_(plus), fixed_(o.floatmode != float_mode::shortest), precision_(o.precision) {
    double top = 0, low = std::numeric_limits<double>::infinity();
    bool special = false, minus_infinity = false;
    std::vector<real_text> finite;
    for (T const& given : values) {
      double const v = as_double(given);
      if (!std::isfinite(v)) {
        special = true;
        minus_infinity = minus_infinity || v < 0;
        continue;
      }
      finite.push_back(shortest(given));
      if (v != 0) {
        top = std::max(top, std::abs(v));
        low = std::min(low, std::abs(v));
      }
    }
    double const limit = std::pow(10.0, std::min(8, decimal_digits(t)));
    if (o.floatmode == float_mode::scientific) exponents_ = true;
    else if (top != 0 && o.floatmode == float_mode::shortest)
      exponents_ = top >= limit || (!o.suppress && (low < 0.0001 || top / low > 1000.0));
    int digits = 0;
    for (real_text const& r : finite)
      if (exponents_) {
        scientific_parts const p = parts(r, o.precision);
        left_ = std::max(left_, signed_text(p.whole).size());
        digits = std::max(digits, int(p.fraction.size()));
        exponent_size_ = std::max(exponent_size_, p.exponent.size() - 1);
      } else {
        std::string const text = signed_text(plain(r, o.precision));
        left_ = std::max(left_, text.find('.'));
        right_ = std::max(right_, text.size() - text.find('.') - 1);
      }
    if (exponents_ && !finite.empty()) {
      precision_ = digits;
      right_ = exponent_size_ + 2 + std::size_t(digits);
    }
    if (special) {
      std::size_t const widest = plus_ || minus_infinity ? 4 : 3;  // "-inf" or "nan"
      if (widest > left_ + right_ + 1) left_ = widest - right_ - 1;
    }
  }

  template <class T> std::string operator()(T const& given) const {
    double const v = as_double(given);
    if (!std::isfinite(v)) return padded_left(signed_text(v != v ? "nan" : v < 0 ? "-inf" : "inf"), left_ + right_ + 1);
    real_text const r = shortest(given);
    if (exponents_) {
      // Digits past the shortest ones are those of the exact value, as NumPy has them.
      bool const whole = !fixed_ && int(r.digits.size()) - 1 == precision_;
      scientific_parts const p = whole ? scientific(r, precision_)
                                       : split_scientific(exact_text(v, std::chars_format::scientific, precision_));
      std::string size = p.exponent.substr(1);
      while (size.size() < exponent_size_) size.insert(0, "0");
      return padded_left(signed_text(p.whole), left_) + "." + p.fraction + "e" + p.exponent.substr(0, 1) + size;
    }
    std::string const text = signed_text(plain(r, precision_));
    std::size_t const point = text.find('.');
    return padded_left(text.substr(0, point), left_) + padded_right(text.substr(point), right_ + 1, ' ');
  }

 private:
  std::string plain(real_text const& r, int precision) const {
    if (!fixed_) return positional(r, precision);
    std::string const text = exact_text(r.value, std::chars_format::fixed, precision);
    return precision == 0 ? text + '.' : text;
  }
  scientific_parts parts(real_text const& r, int precision) const {
    return fixed_ ? split_scientific(exact_text(r.value, std::chars_format::scientific, precision))
                  : scientific(r, precision);
  }
  std::string signed_text(std::string text) const { return plus_ && !text.starts_with('-') ? "+" + text : text; }

  bool plus_, fixed_, exponents_ = false;
  int precision_;
  std::size_t left_ = 0, right_ = 0, exponent_size_ = 0;  // characters before and behind the point
};

/// One element as NumPy's str of a scalar.
template <class T> std::string scalar_text(T const& v) {
  if constexpr (requires { v.imag(); }) return complex_text(v);
  else if constexpr (std::integral<T>) return std::to_string(v);
  else return float_text(v);
}

/// The texts of all elements, in one form.
template <element T> std::vector<std::string> element_texts(host_array<T> const& x, print_options const& o) {
  std::vector<std::string> words;
  words.reserve(x.size());
  if constexpr (std::same_as<T, bool>) {
    for (auto v : x) words.push_back(v != 0 ? x.shape().empty() ? "True" : " True" : "False");
  } else if constexpr (std::integral<T>) {
    std::size_t width = 0;
    for (T v : x) words.push_back(std::to_string(v)), width = std::max(width, words.back().size());
    for (std::string& w : words) w = padded_left(std::move(w), width);
  } else if constexpr (is_complex(dtype_of<T>)) {
    std::vector<typename T::value_type> real, imag;
    for (T const& v : x) real.push_back(v.real()), imag.push_back(v.imag());
    float_form const real_form(real, dtype_of<T>, o, o.plus), imag_form(imag, dtype_of<T>, o, true);
    for (T const& v : x) {
      std::string const text = imag_form(v.imag());
      std::size_t const length = text.find_last_not_of(' ') + 1;
      words.push_back(real_form(v.real()) + text.substr(0, length) + "j" + text.substr(length));
    }
  } else {
    std::vector<T> const all(x.begin(), x.end());
    float_form const form(all, dtype_of<T>, o, o.plus);
    for (T const& v : all) words.push_back(form(v));
  }
  return words;
}

/// Words in nested brackets, in lines (numpy's _formatArray).
class array_layout {
 public:
  array_layout(std::vector<std::string> const& words, shape const& shown, shape const& whole,
               std::string_view separator, index edge)
      : words_(words), shown_(shown), whole_(whole), separator_(separator), edge_(std::size_t(edge)) {}

  std::string block(std::size_t axis, std::string const& indent, std::ptrdiff_t room) {
    std::size_t const count = std::size_t(shown_[axis]);
    bool const cut = whole_[axis] > shown_[axis];
    std::string const bare = separator_.substr(0, separator_.find_last_not_of(' ') + 1);
    std::string text;
    if (axis + 1 == shown_.size()) {
      std::ptrdiff_t const width = room - std::ptrdiff_t(std::max<std::size_t>(bare.size(), 1));
      std::string line = indent;
      auto const add = [&](std::string const& word) {
        if (std::ptrdiff_t(line.size() + word.size()) > width && line.size() > indent.size()) {
          line.resize(line.find_last_not_of(' ') + 1);
          text += line + "\n";
          line = indent;
        }
        line += word;
      };
      for (std::size_t k = 0; k < count; ++k) {
        if (cut && k == edge_) add("..."), line += separator_;
        add(words_[next_++]);
        if (k + 1 < count) line += separator_;
      }
      text += line;
    } else {
      std::string const gap = bare + std::string(shown_.size() - axis - 1, '\n');
      for (std::size_t k = 0; k < count; ++k) {
        if (cut && k == edge_) text += indent + "..." + gap;
        text += indent + block(axis + 1, indent + " ", room - 1);
        if (k + 1 < count) text += gap;
      }
    }
    return "[" + text.substr(indent.size()) + "]";
  }

 private:
  std::vector<std::string> const& words_;
  shape shown_, whole_;
  std::string separator_;
  std::size_t edge_, next_ = 0;
};

/// The shape of what is shown of an array: the whole of it, or its edges.
inline shape shown_shape(shape const& s, print_options const& o) {
  check(o);
  if (element_count(s) <= o.threshold) return s;
  shape shown = s;
  for (index& extent : shown)
    if (extent > 2 * o.edgeitems) extent = 2 * o.edgeitems;
  return shown;
}

/// A block of an array that is shown, and where it lies in what is shown.
struct shown_part {
  view from, to;
};
/// The corners of an array whose edges alone are shown; for an array that is shown whole, itself.
inline std::vector<shown_part> shown_parts(view const& whole, shape const& shown) {
  std::vector<shown_part> parts = {{whole, contiguous_view(shown)}};
  for (std::size_t d = 0; d < shown.size(); ++d) {
    if (shown[d] == whole.shape[d]) continue;
    std::vector<shown_part> halves;
    for (shown_part const& p : parts)
      for (bool const last : {false, true}) {
        shown_part half = p;
        index const edge = shown[d] / 2;
        half.from.shape[d] = half.to.shape[d] = edge;
        if (last) {
          half.from.offset += (whole.shape[d] - edge) * half.from.strides[d];
          half.to.offset += edge * half.to.strides[d];
        }
        halves.push_back(half);
      }
    parts = std::move(halves);
  }
  return parts;
}

/// The text of an array of shape `whole` of which `shown` holds what is shown.
template <element T> std::string body_text(host_array<T> const& shown, shape const& whole, print_options const& o,
                                           std::string_view separator, std::string_view prefix, index width) {
  if (element_count(whole) == 0) return "[]";
  std::vector<std::string> const words = element_texts(shown, o);
  if (whole.empty()) return words[0];
  return array_layout(words, shown.shape(), whole, separator, o.edgeitems)
      .block(0, std::string(prefix.size() + 1, ' '), std::ptrdiff_t(width));
}

/// numpy.array_str, of what is shown.
template <element T> std::string str_text(host_array<T> const& shown, shape const& whole, print_options const& o) {
  // NumPy prints a single value whole; where its form was asked for, it gets that form.
  bool const formed = o.floatmode != float_mode::shortest || o.plus || o.precision != current_print_options().precision;
  if (!whole.empty() || formed) return body_text(shown, whole, o, " ", "", o.linewidth);
  if constexpr (std::same_as<T, bool>) return shown[0] != 0 ? "True" : "False";
  else return scalar_text(shown[0]);
}

/// numpy.array_repr, of what is shown.
template <element T> std::string repr_text(host_array<T> const& shown, shape const& whole, print_options const& o) {
  std::string const prefix = "array(";
  std::string text = prefix + body_text(shown, whole, o, ", ", prefix, o.linewidth - 1);
  index const size = element_count(whole);
  std::string extra;
  if ((size == 0 && whole != shape{0}) || size > o.threshold) {
    extra = "shape=(";
    for (std::size_t d = 0; d < whole.size(); ++d) extra += (d > 0 ? ", " : "") + std::to_string(whole[d]);
    extra += whole.size() == 1 ? ",)" : ")";
  }
  // repr does not name the types of NumPy's plain literals.
  dtype const t = dtype_of<T>;
  bool const implied = t == dtype::bool_ || t == dtype::int64 || t == dtype::float64 || t == dtype::complex128;
  if (size == 0 || !implied) extra += (extra.empty() ? "dtype=" : ", dtype=") + std::string(name(t));
  if (extra.empty()) return text + ")";
  text += ",";
  extra += ")";
  std::size_t const line = text.rfind('\n');
  std::size_t const last = text.size() - (line == text.npos ? 0 : line + 1);
  bool const fits = index(last + extra.size() + 1) <= o.linewidth;
  return text + (fits ? " " : "\n" + std::string(prefix.size(), ' ')) + extra;
}

/// What is shown of a host array, taken out of it.
template <element T> host_array<T> take_shown(host_array<T> const& x, print_options const& o) {
  shape const s = shown_shape(x.shape(), o);
  if (s == x.shape()) return x;
  host_array<T> shown(s);
  for (shown_part const& p : shown_parts(contiguous_view(x.shape()), s)) {
    std::vector<index> from;
    for_each_offset(p.from, [&](index k) { from.push_back(k); });
    std::size_t next = 0;
    for_each_offset(p.to, [&](index k) { shown.data()[k] = x.data()[from[next++]]; });
  }
  return shown;
}

}  // namespace detail

/// The options that printing uses when none are given (numpy.get_printoptions, numpy.set_printoptions).
inline print_options get_printoptions() { return detail::current_print_options(); }
/// Throws value_error for options that make no sense.
inline void set_printoptions(print_options const& o) {
  detail::check(o);
  detail::current_print_options() = o;
}

/// The text of a host array, as numpy.array_str of an array of this type.
template <element T> std::string array_str(host_array<T> const& x, print_options const& o = get_printoptions()) {
  return detail::str_text(detail::take_shown(x, o), x.shape(), o);
}
/// The same as numpy.array_repr: `array([1., 2.], dtype=float32)`.
template <element T> std::string array_repr(host_array<T> const& x, print_options const& o = get_printoptions()) {
  return detail::repr_text(detail::take_shown(x, o), x.shape(), o);
}

}  // namespace ndfuse
