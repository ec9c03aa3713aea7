#pragma once
/// @file Counting values: bincount, histogram, histogram_bin_edges, histogram2d.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/expr/scatter.hpp>
#include <ndfuse/expr/search.hpp>
#include <ndfuse/ops/count.hpp>

#include <cmath>
#include <optional>
#include <utility>

namespace ndfuse {

namespace expr {

/// The number of the bin between sorted edges that holds each value, the last bin with its upper edge, or -1: by
/// arithmetic and one step to either side where the bins are of one width, by binary search otherwise.
template <dtype T, bool Uniform, class A> struct binned : node_base<binned<T, Uniform, A>> {
  using extents = typename A::extents;
  A values;
  runtime::tensor edges;
  double low = 0, width = 1;  // of uniform bins

  binned(A a, runtime::tensor e, double from, double w)
      : values(std::move(a)), edges(std::move(e)), low(from), width(w) {}
  static constexpr ir::operand_type type{dtype::int32};
  static constexpr std::size_t load_count = A::load_count + 1;
  static constexpr ir::value lower(ir::builder& b) {
    using ir::opcode;
    ir::value const v = b.cast(A::lower(b), T);
    ir::value const in = b.array(T);
    ir::value const bins = b.cast(b.scalar(weak_kind::integer), dtype::int32);
    ir::value const from = b.cast(b.scalar(weak_kind::floating), T), per_bin = b.cast(b.scalar(weak_kind::floating), T);
    ir::value const zero = b.constant(0, dtype::int32), one = b.constant(1, dtype::int32);
    auto const choose = [&](ir::value c, ir::value x, ir::value y) { return b.apply(opcode::where, c, x, y); };
    auto const both = [&](ir::value x, ir::value y) { return b.apply(opcode::logical_and, x, y); };
    ir::value const last = b.apply(opcode::subtract, bins, one);
    auto const clamp = [&](ir::value i) { return b.apply(opcode::maximum, b.apply(opcode::minimum, i, last), zero); };
    ir::value const inside =
        both(b.apply(opcode::less_equal, b.fetch(in, zero), v), b.apply(opcode::less_equal, v, b.fetch(in, bins)));
    ir::value i;
    if constexpr (Uniform) {
      ir::value const safe = choose(inside, v, from);
      i = clamp(b.cast(b.apply(opcode::multiply, b.apply(opcode::subtract, safe, from), per_bin), dtype::int32));
      ir::value const down = b.apply(opcode::less, safe, b.fetch(in, i));
      ir::value const up = b.apply(opcode::greater_equal, safe, b.fetch(in, b.apply(opcode::add, i, one)));
      i = clamp(choose(down, b.apply(opcode::subtract, i, one), choose(up, b.apply(opcode::add, i, one), i)));
    } else {
      ir::value const count = b.apply(opcode::add, bins, one);
      i = clamp(b.apply(opcode::subtract, ops::build_search(b, in, count, INT32_MAX, v, true), one));
    }
    return choose(inside, i, b.constant(-1, dtype::int32));
  }
  void bind(binder& b) const {
    values.bind(b);
    b.array(edges.memory, edges.memory->owner);
    b.scalar(std::int64_t(edges.view.size() - 1));
    b.scalar(low);
    b.scalar(1 / width);
  }
  ndfuse::shape shape() const { return values.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto a = values.viewed(s, f);
    return binned<T, Uniform, decltype(a)>(std::move(a), edges, low, width);
  }
};

/// How often each number from 0 to size-1 occurs.
template <class N> array<std::int32_t> count_numbers(N const& numbers, index size) {
  binder b(numbers.shape());
  numbers.bind(b);
  runtime::device& d = choose_device<N>(b.device());
  runtime::tensor const out{d.allocate(size, dtype::int32), contiguous_view({size}), dtype::int32};
  ops::launch_count(d, compiled<N>::kernel, b.loads(), b.extents(), out, b.scalars());
  return array<std::int32_t>(out);
}
/// The sum of the weights of each number. On a GPU by sorting: the same bits every time.
template <dtype T, class N, class W> array<cpp_type<T>> sum_by_number(N const& numbers, W const& weights, index size) {
  binder b(numbers.shape());  // knows the device
  numbers.bind(b);
  weights.bind(b);
  runtime::device& d = choose_device<cast<T, W>>(b.device());
  runtime::tensor const sums{d.allocate(size, T), contiguous_view({size}), T};
  assign<T>(sums, constant<cpp_type<T>>{cpp_type<T>(0)});
  scatter<scatter_kind::add, T>(sums.memory, numbers.shape(), numbers, weights);
  return array<cpp_type<T>>(sums);
}

/// The type in which weights are added up.
template <expression W> inline constexpr dtype weight_type =
    is_wide(dtype_of_expression<W>) ? dtype::float64 : dtype::float32;
/// The type of edges for such values.
template <class X> using edge_type = std::conditional_t<is_wide(dtype_of_expression<X>), double, float>;

/// Uniform bins: their edges, on the device and as numbers.
template <class T> struct uniform_bins {
  array<T> edges;
  double low, width;
};
template <expression X> uniform_bins<edge_type<X>> bins_over(X const& x, index bins,
                                                             std::optional<std::pair<double, double>> range) {
  using T = edge_type<X>;
  if (bins < 1) throw value_error("`bins` must be positive, when an integer");
  double low = 0, high = 1;
  if (range) {
    std::tie(low, high) = *range;
    if (low > high) throw value_error("max must be larger than min in range parameter.");
    if (!std::isfinite(low) || !std::isfinite(high)) throw value_error("supplied range is not finite");
  } else if (element_count(as_node(x).shape()) > 0) {
    array<T> ends = full({2}, T(0));
    ends[0] = astype<T>(min(x));
    ends[1] = astype<T>(max(x));
    auto const read = to_host(ends);
    low = double(read[0]);
    high = double(read[1]);
    if (!std::isfinite(low) || !std::isfinite(high)) throw value_error("autodetected range is not finite");
  }
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  std::vector<T> edges;
  double const step = (high - low) / double(bins);
  for (index k = 0; k < bins; ++k) edges.push_back(T(low + double(k) * step));
  edges.push_back(T(high));
  return {array<T>(edges, shape(bins + 1)), low, step};
}
/// Bins by edges of the caller's, which must rise.
template <element T, expression E> array<T> checked_edges(E const& edges) {
  if (as_node(edges).shape().size() != 1) throw value_error("`bins` must be 1d, when an array");
  array<T> const e = flat<T>(edges);
  if (e.size() < 2) throw value_error("`bins` must have at least two edges");
  if (item(any(e[slice(1, none)] < e[slice(none, -1)])))
    throw value_error("`bins` must increase monotonically, when an array");
  return e;
}

template <bool Uniform, expression X, element T> auto bin_numbers(X const& x, array<T> const& edges, double low = 0,
                                                                  double width = 1) {
  return binned<dtype_of<T>, Uniform, node_t<X>>(as_node(x), edges.impl(), low, width);
}
template <expression X, expression W> void check_weights(X const& x, W const& w) {
  if (as_node(x).shape() != as_node(w).shape()) throw value_error("weights should have the same shape as a.");
}

}  // namespace expr

/// How many (or what weight of) values fall between each two edges.
template <element C, element T> struct histogram_result {
  array<C> counts;
  array<T> edges;
};

/// The edges of bins of one width over a range, by default that of the values (numpy.histogram_bin_edges with a number
/// of bins); waits for the values' range where none is given. Throws value_error for no bins and a range that is not
/// finite.
template <expression X>
auto histogram_bin_edges(X const& x, index bins = 10, std::optional<std::pair<double, double>> range = {}) {
  return expr::bins_over(x, bins, range).edges;
}

/// How many values fall into each of `bins` bins of one width (numpy.histogram): counts int32, edges float32 (float64
/// for 64-bit values); values outside of the range, and NaN, are not counted. The values' expression is fused into the
/// counting kernel; waits for the values' range where none is given.
template <expression X>
auto histogram(X const& x, index bins = 10, std::optional<std::pair<double, double>> range = {}) {
  auto const b = expr::bins_over(x, bins, range);
  return histogram_result<std::int32_t, expr::edge_type<X>>{
      expr::count_numbers(expr::bin_numbers<true>(x, b.edges, b.low, b.width), bins), b.edges};
}
/// The same with bins between rising edges, the last one with its upper edge. Waits for a check of the edges.
template <expression X, expression E> auto histogram(X const& x, E const& edges) {
  using T = expr::edge_type<X>;
  array<T> const e = expr::checked_edges<T>(edges);
  return histogram_result<std::int32_t, T>{expr::count_numbers(expr::bin_numbers<false>(x, e), e.size() - 1), e};
}
/// Each value counts by its weight; float32 (float64 for 64-bit weights), summed in a fixed order.
template <expression X, expression W>
auto histogram(X const& x, index bins, std::optional<std::pair<double, double>> range, W const& weights) {
  expr::check_weights(x, weights);
  auto const b = expr::bins_over(x, bins, range);
  constexpr dtype w = expr::weight_type<W>;
  return histogram_result<cpp_type<w>, expr::edge_type<X>>{
      expr::sum_by_number<w>(expr::bin_numbers<true>(x, b.edges, b.low, b.width), expr::as_node(weights), bins),
      b.edges};
}
template <expression X, expression E, expression W> auto histogram(X const& x, E const& edges, W const& weights) {
  expr::check_weights(x, weights);
  using T = expr::edge_type<X>;
  array<T> const e = expr::checked_edges<T>(edges);
  constexpr dtype w = expr::weight_type<W>;
  return histogram_result<cpp_type<w>, T>{
      expr::sum_by_number<w>(expr::bin_numbers<false>(x, e), expr::as_node(weights), e.size() - 1), e};
}

template <element T, element U> struct histogram2d_result {
  array<std::int32_t> counts;  // [bins of x, bins of y]
  array<T> x_edges;
  array<U> y_edges;
};

/// How many points (x, y) fall into each of nx times ny bins (numpy.histogram2d). Workspace: two words a point. Throws
/// value_error where x and y are not of one shape.
template <expression X, expression Y>
auto histogram2d(X const& x, Y const& y, index nx = 10, index ny = 10,
                 std::optional<std::pair<double, double>> x_range = {},
                 std::optional<std::pair<double, double>> y_range = {}) {
  if (expr::as_node(x).shape() != expr::as_node(y).shape()) throw value_error("x and y must have the same length.");
  auto const bx = expr::bins_over(x, nx, x_range);
  auto const by = expr::bins_over(y, ny, y_range);
  array<std::int32_t> const i = expr::bin_numbers<true>(x, bx.edges, bx.low, bx.width);
  array<std::int32_t> const j = expr::bin_numbers<true>(y, by.edges, by.low, by.width);
  auto const number = where(minimum(i, j) < 0, -1, i * std::int32_t(ny) + j);
  array<std::int32_t> const counts = expr::count_numbers(expr::as_node(number), nx * ny);
  runtime::tensor square = counts.impl();
  square.view = contiguous_view({nx, ny});
  return histogram2d_result<expr::edge_type<X>, expr::edge_type<Y>>{array<std::int32_t>(square), bx.edges, by.edges};
}

namespace expr {
/// One more than the greatest of numbers that must not be negative; waits for it.
template <expression X> index number_count(X const& x, index at_least) {
  using T = element_t<X>;
  static_assert(is_integer(dtype_of<T>) || is_bool(dtype_of<T>), "bincount counts integers");
  if (at_least < 0) throw value_error("'minlength' must not be negative");
  if (as_node(x).shape().size() != 1) throw value_error("object of too small depth for desired array");
  if (element_count(as_node(x).shape()) == 0) return at_least;
  array<std::int32_t> ends = zeros<std::int32_t>({2});
  ends[0] = astype<std::int32_t>(min(x));
  ends[1] = astype<std::int32_t>(max(x));
  auto const read = to_host(ends);
  if (read[0] < 0) throw value_error("'list' argument must have no negative elements");
  return std::max(index(read[1]) + 1, at_least);
}
}  // namespace expr

/// How often each number occurs (numpy.bincount): int32, as many elements as the greatest number needs, at least
/// `minlength`. Waits for the greatest and the least number; throws value_error for a negative one.
template <expression X> array<std::int32_t> bincount(X const& x, index minlength = 0) {
  index const size = expr::number_count(x, minlength);
  return expr::count_numbers(expr::as_node(astype<std::int32_t>(x)), size);
}
/// The sum of the weights of each number: float32 (float64 for 64-bit weights), summed in a fixed order.
template <expression X, expression W> auto bincount(X const& x, W const& weights, index minlength = 0) {
  if (expr::as_node(x).shape() != expr::as_node(weights).shape())
    throw value_error("The weights and list don't have the same length.");
  index const size = expr::number_count(x, minlength);
  return expr::sum_by_number<expr::weight_type<W>>(expr::as_node(astype<std::int32_t>(x)), expr::as_node(weights),
                                                   size);
}

}  // namespace ndfuse
