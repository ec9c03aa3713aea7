#pragma once
/// @file Arrays from nothing: zeros, ones, full, arange, linspace, eye. They are expressions: fused where they are
/// used, stored when assigned.

#include <ndfuse/array.hpp>

namespace ndfuse {

namespace expr {
/// The same scalar in every element.
template <scalar T, dtype D> struct filled : node_base<filled<T, D>> {
  using extents = dynamic_shape;
  T value;
  ndfuse::shape s;

  filled(T v, ndfuse::shape x) : value(v), s(std::move(x)) { ndfuse::detail::check_shape(s); }
  static constexpr ir::operand_type type{D};
  static constexpr std::size_t load_count = 0;
  static constexpr ir::value lower(ir::builder& b) { return {b.cast(b.scalar(weak_kind_of<T>), D).id}; }
  void bind(binder& b) const { b.scalar(value); }
  ndfuse::shape shape() const { return s; }
  template <class F> filled viewed(ndfuse::shape const& whole, F const& f) const {
    return filled(value, f(view{whole, index_list::filled(whole.size(), 0), 0}).shape);
  }
};
}  // namespace expr

/// An array of `value` (numpy.full); its type is T's, with 32-bit defaults for plain int and double.
template <element T> auto full(shape const& s, T value) { return expr::filled<T, dtype_of<T>>(value, s); }
/// numpy.zeros; float unless T says otherwise.
template <element T = float> auto zeros(shape const& s) { return full<T>(s, T(0)); }
/// numpy.ones; float unless T says otherwise.
template <element T = float> auto ones(shape const& s) { return full<T>(s, T(1)); }

/// 0, 1, ..., stop-1 (numpy.arange); int32 unless T says otherwise.
template <element T = std::int32_t> auto arange(index stop) {
  return astype<T>(expr::counter(contiguous_view(shape(stop < 0 ? 0 : stop))));
}
/// start, start+step, ... before stop (numpy.arange).
template <element T = std::int32_t> auto arange(T start, T stop, T step = T(1)) {
  if (step == T(0)) throw value_error("arange: step must not be zero");
  double const count = (double(stop) - double(start)) / double(step);
  index const n = count <= 0 ? 0 : index(count) + (double(index(count)) < count ? 1 : 0);
  return astype<T>(expr::counter(contiguous_view(shape(n)))) * step + start;
}

/// `count` evenly spaced values from start to stop, both included unless `endpoint` is false (numpy.linspace). Exact at
/// both ends; between them (start (n - i) + stop i) / n, which is exact wherever its products are, fused by the device
/// or not.
template <std::floating_point T> auto linspace(T start, T stop, index count, bool endpoint = true) {
  if (count < 0) throw value_error(detail::message("Number of samples, ", count, ", must be non-negative."));
  index const steps = endpoint ? count - 1 : count;
  auto const i = expr::counter(contiguous_view(shape(count)));
  auto const x = astype<T>(i);
  T const n = T(steps < 1 ? 1 : steps);
  return where(i == 0, start, where(i == std::int32_t(steps), stop, ((n - x) * start + x * stop) / n));
}

/// Between integers, in float32.
template <std::integral T> auto linspace(T start, T stop, index count, bool endpoint = true) {
  return linspace(float(start), float(stop), count, endpoint);
}

/// base^start ... base^stop, their exponents evenly spaced (numpy.logspace).
template <std::floating_point T> auto logspace(T start, T stop, index count, bool endpoint = true, T base = 10) {
  return power(base, linspace(start, stop, count, endpoint));
}
/// start ... stop, each a constant multiple of the one before, both ends exact (numpy.geomspace). Throws value_error
/// for ends that are zero.
template <std::floating_point T> auto geomspace(T start, T stop, index count, bool endpoint = true) {
  if (start == T(0) || stop == T(0)) throw value_error("Geometric sequence cannot include zero");
  if (count < 0) throw value_error(detail::message("Number of samples, ", count, ", must be non-negative."));
  index const steps = endpoint ? count - 1 : count;
  auto const i = expr::counter(contiguous_view(shape(count)));
  auto const between = start * power(stop / start, astype<T>(i) / T(steps < 1 ? 1 : steps));
  return where(i == 0, start, where(i == std::int32_t(steps), stop, between));
}

namespace expr {
template <std::size_t K, std::size_t N> auto coordinates_from(shape const& s) {
  if constexpr (K + 1 == N) return coordinate(s, K + 1);
  else return where(coordinate(s, 0) == std::int32_t(K), coordinate(s, K + 1), coordinates_from<K + 1, N>(s));
}
}  // namespace expr
/// The coordinates of every element of a shape (numpy.indices): element (k, i0, i1, ...) is ik. nf::indices({3, 4}) has
/// shape (2, 3, 4), of int32.
template <std::size_t N> auto indices(index const (&extents)[N]) {
  shape s{index(N)};
  for (index n : extents) s.push_back(n);
  detail::check_shape(s);
  return expr::coordinates_from<0, N>(s);
}

/// Row i, column j: 1 where j = i + k, else 0 (numpy.eye).
template <element T = float> auto eye(index rows, index columns, index k = 0) {
  shape const s{rows, columns};
  return astype<T>(expr::coordinate(s, 1) - expr::coordinate(s, 0) == std::int32_t(k));
}
template <element T = float> auto eye(index n) { return eye<T>(n, n); }

/// Arrays like another in shape and type.
template <expression X> auto zeros_like(X const& x) { return full<element_t<X>>(x.node().shape(), element_t<X>(0)); }
template <expression X> auto ones_like(X const& x) { return full<element_t<X>>(x.node().shape(), element_t<X>(1)); }
template <expression X> auto full_like(X const& x, element_t<X> value) {
  return full<element_t<X>>(x.node().shape(), value);
}

}  // namespace ndfuse
