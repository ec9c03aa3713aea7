#pragma once
/// @file Differences of neighbours and what is made of them: diff, ediff1d, gradient, trapezoid.

#include <ndfuse/reductions.hpp>

namespace ndfuse {
namespace expr {
/// Elements `first` to `first + count - 1` along an axis of an expression; nothing is computed.
template <class E> auto stretch(E const& e, std::size_t axis, index first, index count) {
  return e.viewed(e.shape(), [=](view v) {
    v.offset += count > 0 ? first * v.strides[axis] : 0;
    v.shape[axis] = count;
    return v;
  });
}
}  // namespace expr

/// The n-th difference along an axis, out[i] = x[i + 1] - x[i] n times (numpy.diff); booleans: whether neighbours
/// differ. One launch for each n. value_error for n < 0, index_error for an axis that is not there.
template <expression X> auto diff(X const& x, int n = 1, index axis = -1) {
  using T = element_t<X>;
  if (n < 0) throw value_error(detail::message("order must be non-negative but got ", n));
  array<T> made(x);
  std::size_t const along = detail::normalize_axis(axis, made.ndim());
  for (int k = 0; k < n; ++k) {
    index const extent = made.shape()[along], count = extent > 0 ? extent - 1 : 0;
    auto const next = expr::stretch(made, along, 1, count), here = expr::stretch(made, along, 0, count);
    array<T> step;
    if constexpr (is_bool(dtype_of<T>)) step = not_equal(next, here);
    else step = next - here;
    made = step;
  }
  return made;
}

/// Differences of neighbours in row-major order (numpy.ediff1d).
template <expression X> auto ediff1d(X const& x) { return diff(reshape(array<element_t<X>>(x), {-1})); }

/// The slope along an axis by second-order central differences, and by one-sided ones at both ends (numpy.gradient with
/// one spacing): `edge_order` 1 takes two elements there, 2 takes three. Integers give float32. Three launches.
/// value_error for fewer than edge_order + 1 elements.
template <expression X> auto gradient(X const& f, double spacing = 1, index axis = -1, int edge_order = 1) {
  using T = cpp_type<floating_type(dtype_of_expression<X>)>;
  array<T> const x = astype<T>(f);
  std::size_t const along = detail::normalize_axis(axis, x.ndim());
  index const n = x.shape()[along];
  if (edge_order != 1 && edge_order != 2) throw value_error("'edge_order' greater than 2 not supported");
  if (n < edge_order + 1)
    throw value_error(
        "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.");
  runtime::tensor out{{}, contiguous_view(x.shape()), dtype_of<T>};
  out.memory = x.impl().memory->owner->allocate(out.view.size(), out.type);
  auto const at = [&](index first, index count = 1) { return expr::stretch(x, along, first, count); };
  auto const write = [&](index first, index count, auto const& slope) {
    runtime::tensor part = out;
    part.view.offset += first * part.view.strides[along];
    part.view.shape[along] = count;
    if (part.view.size() > 0) expr::assign<dtype_of<T>>(part, slope);
  };
  if (n > 2) write(1, n - 2, (at(2, n - 2) - at(0, n - 2)) / (2 * spacing));
  if (edge_order == 1) {
    write(0, 1, (at(1) - at(0)) / spacing);
    write(n - 1, 1, (at(n - 1) - at(n - 2)) / spacing);
  } else {
    write(0, 1, (at(1) * 2.0 - at(0) * 1.5 - at(2) * 0.5) / spacing);
    write(n - 1, 1, (at(n - 1) * 1.5 - at(n - 2) * 2.0 + at(n - 3) * 0.5) / spacing);
  }
  return array<T>(out);
}

/// The integral along an axis by the trapezoidal rule, of samples `dx` apart (numpy.trapezoid). Integers give float32.
/// What is summed is fused into the sum: one launch, two where a row is long.
template <expression X> auto trapezoid(X const& y, double dx = 1, index axis = -1) {
  using T = cpp_type<floating_type(dtype_of_expression<X>)>;
  auto const e = astype<T>(y);
  shape const s = e.shape();
  std::size_t const along = detail::normalize_axis(axis, s.size());
  index const count = s[along] > 0 ? s[along] - 1 : 0;
  return sum((expr::stretch(e, along, 1, count) + expr::stretch(e, along, 0, count)) * (dx / 2), index(along));
}

}  // namespace ndfuse
