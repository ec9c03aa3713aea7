#pragma once
/// @file Order statistics: median, quantile, percentile.

#include <ndfuse/creation.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/sorting.hpp>

#include <cmath>
#include <limits>

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

/// One quantile of each row; NaN where a row has one.
template <element R> array<R> quantile_of(sorted_elements<R> const& s, quantile_place const& p, bool as_mean = false) {
  if (s.count == 0) return array<R>(full(s.result, std::numeric_limits<R>::quiet_NaN()));
  array<R> const low = s.rows[ellipsis, p.low], high = s.rows[ellipsis, p.high], last = s.rows[ellipsis, s.count - 1];
  auto const finish = [&](auto const& v) { return reshape(array<R>(where(last != last, last, v)), s.result); };
  if (p.low == p.high) return finish(low);
  if (as_mean) return finish((low + high) / R(2));
  if (p.weight < 0.5) return finish(low + (high - low) * R(p.weight));
  return finish(high - (high - low) * R(1 - p.weight));
}
}  // namespace expr

/// The quantile q of all elements, or along axes: nf::quantile(x, 0.25), nf::quantile(x, 0.9, nf::axis(0),
/// nf::keepdims, nf::quantile_method::hazen). As numpy.quantile, but floating also by the methods that interpolate
/// nothing: float32, or the elements' floating type. NaN where an element is, or where there is none. The elements are
/// sorted; workspace: a sorted copy. Throws value_error for a q outside [0, 1].
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> quantile(X const& x, double q, Os... options) {
  if (!(q >= 0 && q <= 1)) throw value_error("Quantiles must be in the range [0, 1]");
  expr::quantile_options o;
  (o.set(options), ...);
  auto const s = expr::sort_for_quantiles(x, o);
  return expr::quantile_of(s, expr::place_of(q, s.count, o.method));
}
/// Several quantiles, along a first axis of their own; the elements are sorted once.
template <expression X, expr::quantile_option... Os>
array<expr::quantile_element<X>> quantile(X const& x, std::initializer_list<double> qs, Os... options) {
  using R = expr::quantile_element<X>;
  for (double q : qs)
    if (!(q >= 0 && q <= 1)) throw value_error("Quantiles must be in the range [0, 1]");
  expr::quantile_options o;
  (o.set(options), ...);
  auto const s = expr::sort_for_quantiles(x, o);
  shape together = s.result;
  together.insert(0, index(qs.size()));
  array<R> results = full(together, R(0));
  index k = 0;
  for (double q : qs) results[k++] = expr::quantile_of(s, expr::place_of(q, s.count, o.method));
  return results;
}

/// Quantiles by q from 0 to 100 (numpy.percentile).
template <expression X, expr::quantile_option... Os> auto percentile(X const& x, double q, Os... options) {
  if (!(q >= 0 && q <= 100)) throw value_error("Percentiles must be in the range [0, 100]");
  return quantile(x, q / 100, options...);
}

/// The middle element, or the mean of the two in the middle, of all elements or along axes (numpy.median).
template <expression X, expr::reduce_option... Os>
array<expr::quantile_element<X>> median(X const& x, Os... options) {
  expr::reduce_options o;
  (o.set(options), ...);
  auto const s = expr::sort_for_quantiles(x, o);
  return expr::quantile_of(s, {(s.count - 1) / 2, s.count / 2, 0.5}, true);
}

}  // namespace ndfuse
