#pragma once
/// @file Order statistics: median, quantile, percentile, and the same of what is not NaN.

#include <ndfuse/creation.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/sorting.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace ndfuse {

/// How a quantile is estimated: NumPy's methods (R. J. Hyndman, Y. Fan, Sample quantiles in statistical packages,
/// 1996).
enum class quantile_method : std::uint8_t {
  inverted_cdf,
  averaged_inverted_cdf,
  closest_observation,
  interpolated_inverted_cdf,
  hazen,
  weibull,
  linear,
  median_unbiased,
  normal_unbiased,
  lower,
  higher,
  midpoint,
  nearest,
};

namespace expr {

struct quantile_options : reduce_options {
  quantile_method method = quantile_method::linear;
  using reduce_options::set;
  void set(quantile_method m) { method = m; }
};
template <class O>
concept quantile_option = reduce_option<O> || std::same_as<O, quantile_method>;

/// Between which elements of n sorted ones a quantile lies, and where between them.
struct quantile_place {
  index low, high;
  double weight;
};
inline quantile_place place_of(double q, index n, quantile_method method) {
  double const count = double(n), last = count - 1;
  auto const within = [&](double i) { return index(i < 0 ? 0 : i > last ? last : i); };
  auto const exactly = [&](double i) { return quantile_place{within(i), within(i), 0}; };
  auto const by = [&](double at, auto const& weight_of) {
    if (at < 0 || at >= last) return exactly(at);
    double const low = std::floor(at);
    return quantile_place{index(low), index(low) + 1, weight_of(at - low)};
  };
  auto const same = [](double weight) { return weight; };
  auto const between = [&](double alpha, double beta) {
    return by(count * q + (alpha + q * (1 - alpha - beta)) - 1, same);
  };
  double const at = last * q;
  switch (method) {
    case quantile_method::inverted_cdf: {
      double const i = count * q - 1;
      return exactly(i == std::floor(i) ? i : std::floor(i) + 1);
    }
    case quantile_method::averaged_inverted_cdf: return by(count * q - 1, [](double g) { return g == 0 ? 0.5 : 1.0; });
    case quantile_method::closest_observation: {
      double const i = count * q - 1.5, low = std::floor(i);
      bool const odd = std::fmod(low, 2) != 0;
      return exactly(i == low && odd ? low : low + 1);
    }
    case quantile_method::interpolated_inverted_cdf: return between(0, 1);
    case quantile_method::hazen: return between(0.5, 0.5);
    case quantile_method::weibull: return between(0, 0);
    case quantile_method::linear: return by(at, same);
    case quantile_method::median_unbiased: return between(1 / 3.0, 1 / 3.0);
    case quantile_method::normal_unbiased: return between(3 / 8.0, 3 / 8.0);
    case quantile_method::lower: return exactly(std::floor(at));
    case quantile_method::higher: return exactly(std::ceil(at));
    case quantile_method::midpoint:
      return by(0.5 * (std::floor(at) + std::ceil(at)), [](double g) { return g == 0 ? 0.0 : 0.5; });
    case quantile_method::nearest: return exactly(std::nearbyint(at));  // ties to even
  }
  return {};
}

/// The type of a quantile of elements of type `t`.
constexpr dtype quantile_type(dtype t) { return is_floating(t) ? t : is_wide(t) ? dtype::float64 : default_float; }
template <expression X> using quantile_element = cpp_type<quantile_type(dtype_of_expression<X>)>;

/// The elements of each result sorted along a last axis, and the shape of the results.
template <element R> struct sorted_elements {
  array<R> rows;
  ndfuse::shape result;
  index count;
};
template <expression X> auto sort_for_quantiles(X const& x, reduce_options const& o) {
  static_assert(!is_complex(dtype_of_expression<X>), "complex numbers have no order: they have no quantiles");
  using R = quantile_element<X>;
  array<element_t<X>> const a(x);
  ndfuse::shape const from = a.shape();
  bool reduced[max_rank]{};
  if (o.all_axes)
    for (bool& r : reduced) r = true;
  for (index k : o.axes) {
    bool& r = reduced[ndfuse::detail::normalize_axis(k, from.size())];
    if (r) throw value_error("duplicate value in 'axis'");
    r = true;
  }
  sorted_elements<R> s;
  index_list order;
  ndfuse::shape grouped;
  s.count = 1;
  for (std::size_t k = 0; k < from.size(); ++k)
    if (!reduced[k]) {
      order.push_back(index(k));
      grouped.push_back(from[k]);
      s.result.push_back(from[k]);
    } else if (o.keep) {
      s.result.push_back(1);
    }
  for (std::size_t k = 0; k < from.size(); ++k)
    if (reduced[k]) {
      order.push_back(index(k));
      s.count *= from[k];
    }
  grouped.push_back(s.count);
  s.rows = astype<R>(sort(reshape(transpose(a, order), grouped)));
  return s;
}

/// What lies a share of the way between two elements: from the nearer one, so that it is never beyond either, and of
/// equal infinities the same.
template <operand L, operand H, operand W> auto between(L const& low, H const& high, W const& weight) {
  return kernel([](auto from, auto to, auto share) {
    auto const far = to - from;
    auto const inside = where(share < 0.5, from + far * share, to - far * (1 - share));
    return where(from == to || share == 0, from, inside);
  })(low, high, weight);
}

/// One quantile of each row; NaN where a row has one.
template <element R> array<R> quantile_of(sorted_elements<R> const& s, quantile_place const& p, bool as_mean = false) {
  if (s.count == 0) return array<R>(full(s.result, std::numeric_limits<R>::quiet_NaN()));
  array<R> const low = s.rows[ellipsis, p.low], high = s.rows[ellipsis, p.high], last = s.rows[ellipsis, s.count - 1];
  auto const finish = [&](auto const& v) { return reshape(array<R>(where(last != last, last, v)), s.result); };
  if (p.low == p.high) return finish(low);
  if (as_mean) return finish((low + high) / R(2));
  return finish(astype<R>(between(low, high, p.weight)));
}

/// How many elements of each row are not NaN: they are its first ones.
template <element R> array<std::int32_t> known_of_rows(sorted_elements<R> const& s) {
  return reshape(array<std::int32_t>(sum(!isnan(s.rows), axis(-1))), s.result);
}
/// An element of each row by its place there, an expression of the results' shape.
template <element R, expression I> auto elements_of_rows(sorted_elements<R> const& s, I const& places) {
  view first = contiguous_view(s.result);  // the number of each row's first element
  for (index& stride : first.strides) stride *= s.count;
  return elements_at(flat<R>(s.rows), counter(first) + places);
}
/// Elements from the host in memory of the device that has the rows.
template <element T, element R> array<T> beside(sorted_elements<R> const& s, std::vector<T> const& values) {
  runtime::device& d = device_of(s.rows.impl());
  runtime::tensor const t{d.allocate(index(values.size()), dtype_of<T>), contiguous_view(shape(index(values.size()))),
                          dtype_of<T>};
  d.upload(*t.memory, 0, t.view.size(), t.type, values.data());
  return array<T>(t);
}

/// One quantile of what is not NaN in each row, `known` elements; NaN where there is none. Where between them it lies
/// the host works out for each number of elements that a row may have: in double precision, and without a wait.
template <element R> array<R> quantile_of_known(sorted_elements<R> const& s, array<std::int32_t> const& known, double q,
                                                quantile_method method) {
  if (s.count == 0) return array<R>(full(s.result, std::numeric_limits<R>::quiet_NaN()));
  using W = std::conditional_t<std::same_as<R, double>, double, float>;
  std::vector<std::int32_t> lows{0};
  std::vector<W> weights{0};
  for (index n = 1; n <= s.count; ++n) {
    quantile_place const p = place_of(q, n, method);
    lows.push_back(std::int32_t(p.low));
    weights.push_back(p.low == p.high ? W(0) : W(p.weight));
  }
  array<std::int32_t> const low = elements_at(beside(s, lows), known);
  return array<R>(astype<R>(
      between(elements_of_rows(s, low), elements_of_rows(s, low + 1), elements_at(beside(s, weights), known))));
}

/// What gives a quantile of each row: of all elements, or of those that are not NaN.
template <bool SkipNan, element R> auto quantiles_of(sorted_elements<R> const& s, quantile_method method) {
  if constexpr (SkipNan)
    return [s, method, known = known_of_rows(s)](double q) { return quantile_of_known(s, known, q, method); };
  else return [s, method](double q) { return quantile_of(s, place_of(q, s.count, method)); };
}
/// Integers are never NaN.
template <expression X> inline constexpr bool may_be_nan = is_floating(dtype_of_expression<X>);

template <bool SkipNan, expression X, class... Os>
array<quantile_element<X>> one_quantile(X const& x, double q, Os const&... options) {
  if (!(q >= 0 && q <= 1)) throw value_error("Quantiles must be in the range [0, 1]");
  quantile_options o;
  (o.set(options), ...);
  constexpr bool skip = SkipNan && may_be_nan<X>;
  return quantiles_of<skip>(sort_for_quantiles(x, o), o.method)(q);
}
template <bool SkipNan, expression X, class... Os>
array<quantile_element<X>> several_quantiles(X const& x, std::initializer_list<double> qs, Os const&... options) {
  using R = quantile_element<X>;
  for (double q : qs)
    if (!(q >= 0 && q <= 1)) throw value_error("Quantiles must be in the range [0, 1]");
  quantile_options o;
  (o.set(options), ...);
  auto const s = sort_for_quantiles(x, o);
  constexpr bool skip = SkipNan && may_be_nan<X>;
  auto const quantile_by = quantiles_of<skip>(s, o.method);
  shape together = s.result;
  together.insert(0, index(qs.size()));
  array<R> const results(filled_on(device_of(s.rows.impl()), together, R(0)));
  index k = 0;
  for (double q : qs) results[k++] = quantile_by(q);
  return results;
}
}  // namespace expr

/// The quantile q of all elements, or along axes: nf::quantile(x, 0.25), nf::quantile(x, 0.9, nf::axis(0),
/// nf::keepdims, nf::quantile_method::hazen). As numpy.quantile, but floating also by the methods that interpolate
/// nothing: float32, or the elements' floating type. NaN where an element is, or where there is none. The elements are
/// sorted; workspace: a sorted copy. Throws value_error for a q outside [0, 1].
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> quantile(X const& x, double q, Os... options) {
  return expr::one_quantile<false>(x, q, options...);
}
/// Several quantiles, along a first axis of their own; the elements are sorted once.
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> quantile(X const& x, std::initializer_list<double> qs, Os... options) {
  return expr::several_quantiles<false>(x, qs, options...);
}
/// Quantiles of what is not NaN; NaN where there is nothing else (numpy.nanquantile, without its warning). Options,
/// types and errors are those of quantile. Beside the sort one pass over the elements, and for each q a table of 8
/// bytes (float64: 12) for each element of the reduced axes.
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> nanquantile(X const& x, double q, Os... options) {
  return expr::one_quantile<true>(x, q, options...);
}
/// Several of them, along a first axis of their own; the elements are sorted once.
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> nanquantile(X const& x, std::initializer_list<double> qs, Os... options) {
  return expr::several_quantiles<true>(x, qs, options...);
}

/// Quantiles by q from 0 to 100 (numpy.percentile).
template <expression X, expr::quantile_option... Os> auto percentile(X const& x, double q, Os... options) {
  if (!(q >= 0 && q <= 100)) throw value_error("Percentiles must be in the range [0, 100]");
  return quantile(x, q / 100, options...);
}
/// Quantiles of what is not NaN by q from 0 to 100 (numpy.nanpercentile, without its warning).
template <expression X, expr::quantile_option... Os> auto nanpercentile(X const& x, double q, Os... options) {
  if (!(q >= 0 && q <= 100)) throw value_error("Percentiles must be in the range [0, 100]");
  return nanquantile(x, q / 100, options...);
}

/// The middle element, or the mean of the two in the middle, of all elements or along axes (numpy.median).
template <expression X, expr::reduce_option... Os>
array<expr::quantile_element<X>> median(X const& x, Os... options) {
  expr::reduce_options o;
  (o.set(options), ...);
  auto const s = expr::sort_for_quantiles(x, o);
  return expr::quantile_of(s, {(s.count - 1) / 2, s.count / 2, 0.5}, true);
}
/// The median of what is not NaN; NaN where there is nothing else (numpy.nanmedian, without its warning). Beside the
/// sort one pass over the elements.
template <expression X, expr::reduce_option... Os>
array<expr::quantile_element<X>> nanmedian(X const& x, Os... options) {
  if constexpr (!expr::may_be_nan<X>) {
    return median(x, options...);
  } else {
    using R = expr::quantile_element<X>;
    expr::reduce_options o;
    (o.set(options), ...);
    auto const s = expr::sort_for_quantiles(x, o);
    if (s.count == 0) return array<R>(full(s.result, std::numeric_limits<R>::quiet_NaN()));
    array<std::int32_t> const known = expr::known_of_rows(s);
    auto const middle = kernel([](auto low, auto high, auto n) { return where(n % 2 == 0, (low + high) / 2, low); });
    return array<R>(astype<R>(middle(expr::elements_of_rows(s, right_shift(maximum(known - 1, 0), 1)),
                                     expr::elements_of_rows(s, right_shift(known, 1)), known)));
  }
}

}  // namespace ndfuse
