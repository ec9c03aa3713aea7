#pragma once
/// @file Looking up values in sorted arrays: searchsorted, digitize, interp.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/search.hpp>
#include <ndfuse/sorting.hpp>

namespace ndfuse {

/// Before or behind equal elements.
enum class side { left, right };

/// Where values belong in a sorted array of one axis so that it stays sorted: int32, the values' shape
/// (numpy.searchsorted). Both are compared in their common type, NaN after everything else. One kernel, in which the
/// values' expression is fused; reads about log2(n) elements a value. Throws value_error for an array of other than one
/// axis.
template <side Side = side::left, expression S, operand V> auto searchsorted(S const& sorted, V const& values) {
  if (expr::as_node(sorted).shape().size() != 1) throw value_error("object too deep for desired array");
  constexpr ir::operand_type v = expr::node_t<V>::type;
  constexpr dtype common = ir::promote_operands({dtype_of_expression<S>}, v);
  return expr::search<Side == side::right>(expr::flat<cpp_type<common>>(sorted), values);
}
/// The same in the array `sorted[sorter]`.
template <side Side = side::left, expression S, operand V, expression I>
auto searchsorted(S const& sorted, V const& values, I const& sorter) {
  array<std::int32_t> const order = expr::flat<std::int32_t>(sorter);
  if (order.size() != expr::as_node(sorted).shape()[0])
    throw value_error("sorter.size must match the size of the array that it sorts");
  return searchsorted<Side>(array<element_t<S>>(expr::elements_at(expr::flat<element_t<S>>(sorted), order)), values);
}

/// The number of the bin that each value falls into: how many of the increasing `bins` are at most the value, or, with
/// `right`, less than it; for decreasing bins counted from the other end (numpy.digitize). Waits for two elements of
/// the bins, to know which way they go; throws value_error when they are not monotonic.
template <expression X, expression B> array<std::int32_t> digitize(X const& x, B const& bins, bool right = false) {
  using T = element_t<B>;
  array<T> const b = expr::flat<T>(bins);
  if (expr::as_node(bins).shape().size() != 1) throw value_error("object too deep for desired array");
  index const n = b.size();
  bool rising = true, falling = true;
  if (n > 1) {
    array<T> const later = b[slice(1, none)], earlier = b[slice(none, -1)];
    array<std::uint8_t> steps = zeros<std::uint8_t>({2});
    steps[0] = astype<std::uint8_t>(any(later < earlier));
    steps[1] = astype<std::uint8_t>(any(later > earlier));
    auto const went = to_host(steps);
    rising = went[0] == 0;
    falling = went[1] == 0;
  }
  if (!rising && !falling) throw value_error("bins must be monotonically increasing or decreasing");
  if (rising)
    return right ? array<std::int32_t>(searchsorted<side::left>(b, x))
                 : array<std::int32_t>(searchsorted<side::right>(b, x));
  array<T> const up = b[slice(none, none, -1)];
  if (right) return array<std::int32_t>(std::int32_t(n) - searchsorted<side::left>(up, x));
  return array<std::int32_t>(std::int32_t(n) - searchsorted<side::right>(up, x));
}

namespace expr {

/// The value at each x of the function through points (p, f), whose p are sorted.
template <dtype T, bool Left, bool Right, class A> struct interpolated : node_base<interpolated<T, Left, Right, A>> {
  using extents = typename A::extents;
  A values;
  runtime::tensor p, f;
  ir::scalar_value left, right;

  interpolated(A a, runtime::tensor points, runtime::tensor at_points, ir::scalar_value l, ir::scalar_value r)
      : values(std::move(a)), p(std::move(points)), f(std::move(at_points)), left(l), right(r) {}
  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = A::load_count + 2;
  static constexpr ir::value lower(ir::builder& b) {
    using ir::opcode;
    ir::value const v = b.cast(A::lower(b), T);
    ir::value const points = b.array(T), at_points = b.array(T);
    ir::value const count = b.cast(b.scalar(weak_kind::integer), dtype::int32);
    ir::value const below = b.cast(b.scalar(weak_kind::floating), T), above = b.cast(b.scalar(weak_kind::floating), T);
    ir::value const zero = b.constant(0, dtype::int32), one = b.constant(1, dtype::int32);
    auto const nan = [&](ir::value x) { return ops::detail::build_isnan(b, x); };
    auto const choose = [&](ir::value c, ir::value x, ir::value y) { return b.apply(opcode::where, c, x, y); };
    ir::value const last = b.apply(opcode::subtract, count, one);
    ir::value const j = b.apply(opcode::subtract, ops::build_search(b, points, count, INT32_MAX, v, true), one);
    ir::value const low = b.apply(opcode::maximum, j, zero);
    ir::value const high = b.apply(opcode::minimum, b.apply(opcode::add, low, one), last);
    ir::value const p0 = b.fetch(points, low), p1 = b.fetch(points, high), f0 = b.fetch(at_points, low),
                    f1 = b.fetch(at_points, high);
    ir::value const slope =
        b.apply(opcode::divide, b.apply(opcode::subtract, f1, f0), b.apply(opcode::subtract, p1, p0));
    auto const along = [&](ir::value from, ir::value at) {
      return b.apply(opcode::add, b.apply(opcode::multiply, slope, b.apply(opcode::subtract, v, from)), at);
    };
    // As NumPy: from the other side where that is no number, and from neither between equal infinities.
    ir::value const from_left = along(p0, f0), from_right = along(p1, f1);
    ir::value const flat_there = b.apply(opcode::logical_and, nan(from_right), b.apply(opcode::equal, f0, f1));
    ir::value const between = choose(nan(from_left), choose(flat_there, f0, from_right), from_left);
    ir::value const at_end = b.apply(opcode::greater_equal, j, last);
    ir::value const on_point = b.apply(opcode::logical_or, at_end, b.apply(opcode::equal, v, p0));
    ir::value const beyond = b.apply(opcode::logical_and, at_end, b.apply(opcode::greater, v, p0));
    ir::value result = choose(on_point, f0, between);
    if (Right) result = choose(beyond, above, result);
    result = choose(b.apply(opcode::less, j, zero), Left ? below : b.fetch(at_points, zero), result);
    // With one point NumPy's NaN is what is at the point.
    return choose(b.apply(opcode::logical_and, nan(v), b.apply(opcode::less, zero, last)), v, result);
  }
  void bind(binder& b) const {
    values.bind(b);
    b.array(p.memory, p.memory->owner);
    b.array(f.memory, f.memory->owner);
    b.scalar(std::int64_t(p.view.size()));
    b.scalar(left);
    b.scalar(right);
  }
  ndfuse::shape shape() const { return values.shape(); }
  template <class G> auto viewed(ndfuse::shape const& s, G const& g) const {
    auto a = values.viewed(s, g);
    return interpolated<T, Left, Right, decltype(a)>(std::move(a), p, f, left, right);
  }
};

}  // namespace expr

/// Piecewise linear interpolation: the value at x of the function through the points (xp, fp), xp increasing; `left`
/// below and `right` above them, by default the first and last value (numpy.interp, in float32, or in float64 where an
/// operand has 64 bits). One kernel, in which the expression of x is fused. Throws value_error when there are no
/// points, or not as many xp as fp.
template <expression X, expression P, expression F, class L = std::nullptr_t, class R = std::nullptr_t>
auto interp(X const& x, P const& xp, F const& fp, L left = nullptr, R right = nullptr) {
  constexpr bool wide =
      is_wide(dtype_of_expression<X>) || is_wide(dtype_of_expression<P>) || is_wide(dtype_of_expression<F>);
  using T = std::conditional_t<wide, double, float>;
  constexpr bool has_left = !std::same_as<L, std::nullptr_t>, has_right = !std::same_as<R, std::nullptr_t>;
  array<T> const p = expr::flat<T>(xp), f = expr::flat<T>(fp);
  if (p.size() == 0) throw value_error("array of sample points is empty");
  if (p.size() != f.size()) throw value_error("fp and xp are not of the same length.");
  ir::scalar_value below = 0.0, above = 0.0;
  if constexpr (has_left) below = double(left);
  if constexpr (has_right) above = double(right);
  return expr::interpolated<dtype_of<T>, has_left, has_right, expr::node_t<X>>(expr::as_node(x), p.impl(), f.impl(),
                                                                               below, above);
}

}  // namespace ndfuse
