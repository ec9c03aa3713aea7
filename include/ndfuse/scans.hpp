#pragma once
/// @file Running sums, products, extremes and their like: cumsum, cumprod, cummax, cummin, logcumsumexp,
/// cumulative_sum, cumulative_prod, and scan with an operation of one's own.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/scan.hpp>

namespace ndfuse {

#define NDFUSE_SCAN(name, kind)                                 \
  template <expression X, expr::scan_option... Os>              \
  auto name(X const& x, Os... options) {                        \
    return expr::scan_of<expr::scan_kind::kind>(x, options...); \
  }
/// Element i of the result is what the elements up to i are joined: nf::cumsum(x, nf::axis(1)); without an axis over
/// all elements in row-major order, the result then has one axis. With nf::reverse from the end on, with nf::exclusive
/// without the element itself. As numpy.cumsum, numpy.cumprod, numpy.maximum.accumulate, numpy.minimum.accumulate and
/// numpy.logaddexp.accumulate: sums and products of booleans and narrow integers are 32 bits wide, NaN stays once it
/// was met. Joined in order on the CPU device, in blocks on a GPU. Throws index_error for an axis that is not there.
NDFUSE_SCAN(cumsum, sum)
NDFUSE_SCAN(cumprod, prod)
NDFUSE_SCAN(cummax, max)
NDFUSE_SCAN(cummin, min)
NDFUSE_SCAN(logcumsumexp, logaddexp)
#undef NDFUSE_SCAN

/// A scan with an operation of one's own: nf::scan(x, [](auto a, auto b) { return ... }, identity, nf::axis(0)). The
/// operation is traced once on symbols, `a` being what came before `b`; it must be associative, need not be
/// commutative, and must leave its operand as it is where the other one is `identity`. The result has the type of x.
template <expression X, expr::captureless F, scalar I, expr::scan_option... Os>
auto scan(X const& x, F, I identity, Os... options) {
  expr::scan_options o;
  (o.set(options), ...);
  using E = expr::node_t<X>;
  using def = expr::lambda_scan<F, E::type.type>;
  return expr::scanned<def, E>(expr::as_node(x), o, expr::neutral_bits<E::type.type>(identity));
}

namespace expr {
template <scan_kind K, class X> auto cumulative(X const& x, axis const& a, bool include_initial) {
  using N = decltype(scan_of<K>(x, a));
  using T = cpp_type<N::types.result>;
  shape const from = as_node(x).shape();
  array<T> const joined = scan_of<K>(x, a);
  if (!include_initial) return joined;
  std::size_t const along = ndfuse::detail::normalize_axis(a.axes()[0], from.size());
  shape to = from;
  ++to[along];
  runtime::tensor all{{}, contiguous_view(to), dtype_of<T>};
  all.memory = joined.impl().memory->owner->allocate(all.view.size(), all.type);
  assign<dtype_of<T>>(all, as_node(T(K == scan_kind::prod ? 1 : 0)));
  runtime::tensor rest = all;
  rest.view.shape[along] = from[along];
  rest.view.offset = rest.view.strides[along];
  if (joined.size() > 0) assign<dtype_of<T>>(rest, joined);
  return array<T>(all);
}
}  // namespace expr

/// The array API standard's cumulative_sum: along an axis (needed unless x has one axis); with `include_initial` the
/// result is one longer and begins with 0.
template <expression X> auto cumulative_sum(X const& x, axis const& a = axis(0), bool include_initial = false) {
  return expr::cumulative<expr::scan_kind::sum>(x, a, include_initial);
}
/// The array API standard's cumulative_prod; with `include_initial` the result begins with 1.
template <expression X> auto cumulative_prod(X const& x, axis const& a = axis(0), bool include_initial = false) {
  return expr::cumulative<expr::scan_kind::prod>(x, a, include_initial);
}

}  // namespace ndfuse
