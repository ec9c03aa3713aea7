#pragma once
/// @file Printing of arrays and expressions like NumPy: std::format, std::print, streams, array_str and array_repr.

#include <ndfuse/array.hpp>
#include <ndfuse/host/array_text.hpp>

#include <format>
#include <ostream>

namespace ndfuse {

namespace detail {
/// What is shown of an array, read from its device by one read. Of a long array only its edges: they are brought
/// together by one small kernel for each corner.
template <element T> host_array<T> read_shown(array<T> const& x, print_options const& o) {
  shape const s = shown_shape(x.shape(), o);
  if (s == x.shape()) return to_host(x);
  runtime::tensor const& whole = x.impl();
  runtime::tensor const shown{whole.memory->owner->allocate(element_count(s), whole.type), contiguous_view(s),
                              whole.type};
  for (shown_part const& p : shown_parts(whole.view, s))
    expr::assign<dtype_of<T>>({shown.memory, p.to, whole.type}, array<T>({whole.memory, p.from, whole.type}));
  return to_host(array<T>(shown));
}
}  // namespace detail

/// The text of an array or an expression's value, as numpy.array_str of an array of its type. Waits for the elements
/// that are shown, as nf::to_host does, and reads no others. To print without blocking, print the host_array that
/// `co_await nf::read(x)` gives.
template <expression X> std::string array_str(X const& x, print_options const& o = get_printoptions()) {
  array<element_t<X>> const a(x);
  return detail::str_text(detail::read_shown(a, o), a.shape(), o);
}
/// The same as numpy.array_repr: `array([1., 2.], dtype=float32)`.
template <expression X> std::string array_repr(X const& x, print_options const& o = get_printoptions()) {
  array<element_t<X>> const a(x);
  return detail::repr_text(detail::read_shown(a, o), a.shape(), o);
}

template <expression X> std::ostream& operator<<(std::ostream& to, X const& x) { return to << array_str(x); }
template <element T> std::ostream& operator<<(std::ostream& to, host_array<T> const& x) { return to << array_str(x); }

namespace detail {
/// `[+][.digits][f|e][?]`: a sign for positive floats too; digits behind the point, at most or (f, e) exactly; without
/// and with exponents; repr instead of str. What is not given is as in set_printoptions.
struct array_formatter {
  constexpr auto parse(std::format_parse_context& context) {
    auto at = context.begin();
    auto const end = context.end();
    if (at != end && *at == '+') plus = true, ++at;
    if (at != end && *at == '.') {
      if (++at == end || *at < '0' || *at > '9') throw std::format_error("digits must follow the '.' of a format");
      for (precision = 0; at != end && *at >= '0' && *at <= '9'; ++at) {
        precision = 10 * precision + (*at - '0');
        if (precision > 1000) throw std::format_error("more than 1000 digits");
      }
    }
    if (at != end && (*at == 'f' || *at == 'e')) {
      mode = *at++ == 'f' ? float_mode::fixed : float_mode::scientific;
      if (precision < 0) precision = 6;
    }
    if (at != end && *at == '?') repr = true, ++at;
    if (at != end && *at != '}') throw std::format_error("the format of an array is [+][.digits][f|e][?]");
    return at;
  }
  template <class X> auto format(X const& x, std::format_context& context) const {
    print_options o = get_printoptions();
    o.plus = o.plus || plus;
    if (precision >= 0) o.precision = precision;
    if (mode != float_mode::shortest) o.floatmode = mode;
    std::string const text = repr ? array_repr(x, o) : array_str(x, o);
    return std::copy(text.begin(), text.end(), context.out());
  }

  bool plus = false, repr = false;
  int precision = -1;
  float_mode mode = float_mode::shortest;
};
}  // namespace detail

}  // namespace ndfuse

template <ndfuse::expression X> struct std::formatter<X, char> : ndfuse::detail::array_formatter {};
template <ndfuse::element T> struct std::formatter<ndfuse::host_array<T>, char> : ndfuse::detail::array_formatter {};
template <ndfuse::element T> inline constexpr auto std::format_kind<ndfuse::host_array<T>> =
    std::range_format::disabled;
/// A float16 alone prints as NumPy's scalar.
template <> struct std::formatter<ndfuse::float16, char> {
  constexpr auto parse(std::format_parse_context& context) { return context.begin(); }
  auto format(ndfuse::float16 v, std::format_context& context) const {
    std::string const text = ndfuse::detail::float_text(v);
    return std::copy(text.begin(), text.end(), context.out());
  }
};
