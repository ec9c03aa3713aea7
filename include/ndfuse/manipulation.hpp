#pragma once
/// @file Elements put elsewhere: roll, tile, repeat, resize, delete_, tri, tril, triu, diag. The results are
/// expressions whose kernels read x at computed numbers: no pass and no memory of their own. An operand that is not an
/// array is computed first, when the function is called.

#include <ndfuse/creation.hpp>
#include <ndfuse/joining.hpp>

namespace ndfuse {

namespace expr {

constexpr index modulo(index a, index n) { return n == 0 ? 0 : (a % n + n) % n; }

/// What is added to the numbers of elements that are rolled along an axis.
inline auto rolled(shape const& s, view const& from, index shift, std::size_t axis) {
  index const n = from.shape[axis], k = modulo(shift, n), stride = from.strides[axis];
  return where(coordinate(s, axis) < std::int32_t(k), std::int32_t((n - k) * stride), std::int32_t(-k * stride));
}

}  // namespace expr

/// Elements moved by `shift` along an axis, those that leave it enter at its other end (numpy.roll).
template <expression X> auto roll(X const& x, index shift, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  return expr::fetch<dtype_of_expression<X>>(
      t, expr::address(t.view) + expr::rolled(t.view.shape, t.view, shift, along.in(t.view.rank())));
}
/// Along several axes, each by its own shift: nf::roll(x, {1, -2}, {0, 1}). Shifts of an axis that comes twice add up.
template <expression X, std::size_t N> auto roll(X const& x, index const (&shifts)[N], index const (&axes)[N]) {
  runtime::tensor const t = expr::source_of(x);
  std::array<std::size_t, N> at{};
  std::array<index, N> by{};
  for (std::size_t k = 0; k < N; ++k) {
    at[k] = detail::normalize_axis(axes[k], t.view.rank());
    std::size_t first = 0;
    while (at[first] != at[k]) ++first;
    by[first] += expr::modulo(shifts[k], t.view.shape[at[k]]);
  }
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return expr::fetch<dtype_of_expression<X>>(
        t, (expr::address(t.view) + ... + expr::rolled(t.view.shape, t.view, by[K], at[K])));
  }(std::make_index_sequence<N>{});
}
/// Over all elements in row-major order; the shape stays.
template <expression X> auto roll(X const& x, index shift) {
  runtime::tensor const t = expr::flat_source_of(x);
  view const flat{shape(t.view.size()), index_list(1), t.view.offset};
  index const k = expr::modulo(shift, t.view.size());
  return expr::fetch<dtype_of_expression<X>>(
      t, expr::address(contiguous_view(t.view.shape)) + where(expr::flat_coordinate(t.view.shape) < std::int32_t(k),
                                                              std::int32_t(t.view.offset + flat.shape[0] - k),
                                                              std::int32_t(t.view.offset - k)));
}

/// x, `repetitions` times along the last axes (numpy.tile): nf::tile(x, {2, 3}).
template <expression X, std::size_t N> auto tile(X const& x, index const (&repetitions)[N]) {
  runtime::tensor const t = expr::source_of(x);
  view v = t.view;
  while (v.rank() < N) v = subview(v, newaxis, ellipsis);
  view const from = v;
  std::size_t const lead = v.rank() - N;
  for (std::size_t k = 0; k < N; ++k) {
    if (repetitions[k] < 0) throw value_error("negative dimensions are not allowed");
    v.shape[lead + k] *= repetitions[k];
    v.strides[lead + k] = 0;
  }
  detail::check_shape(v.shape);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    auto const inside = kernel([](auto c, auto n, auto stride) {
      return (c.template astype<std::uint32_t>() % n).template astype<std::int32_t>() * stride;
    });
    return expr::fetch<dtype_of_expression<X>>(
        t, (expr::address(v) + ... +
            inside(expr::coordinate(v.shape, lead + K), std::uint32_t(from.shape[lead + K]),
                   std::int32_t(from.strides[lead + K]))));
  }(std::make_index_sequence<N>{});
}
template <expression X> auto tile(X const& x, index repetitions) {
  index const along_last[1] = {repetitions};
  return tile(x, along_last);
}

/// Each element `count` times in a row along an axis (numpy.repeat).
template <expression X> auto repeat(X const& x, index count, one_axis along) {
  if (count < 0) throw value_error("repeats may not contain negative values.");
  runtime::tensor const t = expr::source_of(x);
  std::size_t const axis = along.in(t.view.rank());
  view v = t.view;
  v.shape[axis] *= count;
  v.strides[axis] = 0;
  detail::check_shape(v.shape);
  auto const source = kernel([](auto c, auto n, auto stride) {
    return floor_divide(c.template astype<std::uint32_t>(), n).template astype<std::int32_t>() * stride;
  });
  return expr::fetch<dtype_of_expression<X>>(
      t, expr::address(v) + source(expr::coordinate(v.shape, axis), std::uint32_t(count < 1 ? 1 : count),
                                   std::int32_t(t.view.strides[axis])));
}
template <expression X> auto repeat(X const& x, index count) { return repeat(ravel(x), count, 0); }

/// x, flat and repeated as often as needed, in another shape (numpy.resize); zeros when x has no elements.
template <expression X> auto resize(X const& x, shape const& s) {
  detail::check_shape(s);
  runtime::tensor const t = expr::flat_source_of(x);
  auto const number = kernel([](auto i, auto n, auto first) {
    return (i.template astype<std::uint32_t>() % n).template astype<std::int32_t>() + first;
  });
  index const n = t.view.size();
  auto const element = expr::fetch<dtype_of_expression<X>>(
      t, number(expr::flat_coordinate(s), std::uint32_t(n < 1 ? 1 : n), std::int32_t(t.view.offset)));
  return where(expr::filled<bool, dtype::bool_>(n > 0, s), element, element_t<X>(0));
}

/// Without the elements at these places of an axis (numpy.delete, whose name is a word of C++): one index, or a slice
/// with a step of 1. Throws index_error for an index out of bounds.
template <expression X> auto delete_(X const& x, slice const& which, one_axis along) {
  runtime::tensor const t = expr::source_of(x);
  std::size_t const axis = along.in(t.view.rank());
  auto const [start, step, count] = which.over(t.view.shape[axis]);
  if (count > 1 && step != 1 && step != -1)
    throw value_error("delete_: a slice with a step of 1 is wanted; take the other indices with nf::take instead");
  index const first = step == -1 && count > 0 ? start - count + 1 : start;
  view v = t.view;
  v.shape[axis] -= count;
  return expr::fetch<dtype_of_expression<X>>(
      t, expr::address(v) + where(expr::coordinate(v.shape, axis) < std::int32_t(first), 0,
                                  std::int32_t(count * t.view.strides[axis])));
}
template <expression X> auto delete_(X const& x, index at, one_axis along) {
  std::size_t const axis = along.in(x.node().shape().size());
  index const n = x.node().shape()[axis];
  if (at < -n || at >= n)
    throw index_error(detail::message("index ", at, " is out of bounds for axis ", axis, " with size ", n));
  index const first = at < 0 ? at + n : at;
  return delete_(x, slice(first, first + 1), index(axis));
}
template <expression X, class At> auto delete_(X const& x, At const& at) { return delete_(ravel(x), at, 0); }

namespace expr {
/// True on and below the k-th diagonal of the last two axes.
inline auto lower_triangle(shape const& s, index k) {
  std::size_t const n = s.size();
  return coordinate(s, n - 1) - coordinate(s, n - 2) <= std::int32_t(k);
}
template <class X> shape triangle_shape(X const& x) {
  shape s = x.node().shape();
  if (s.empty()) throw value_error("the triangle of an array without axes is not defined");
  if (s.size() == 1) s.insert(0, s[0]);  // a vector is every row of a square
  return s;
}
}  // namespace expr
/// Row i, column j: 1 where j <= i + k, else 0 (numpy.tri).
template <element T = float> auto tri(index rows, index columns, index k = 0) {
  return astype<T>(expr::lower_triangle({rows, columns}, k));
}
template <element T = float> auto tri(index n) { return tri<T>(n, n); }
/// x with zeros above the k-th diagonal of its last two axes (numpy.tril); any expression, computed where it is used.
template <expression X> auto tril(X const& x, index k = 0) {
  return where(expr::lower_triangle(expr::triangle_shape(x), k), x, element_t<X>(0));
}
/// x with zeros below the k-th diagonal of its last two axes (numpy.triu).
template <expression X> auto triu(X const& x, index k = 0) {
  return where(expr::lower_triangle(expr::triangle_shape(x), k - 1), element_t<X>(0), x);
}

/// A square with the elements of x, flat, on its k-th diagonal and zeros elsewhere (numpy.diagflat).
template <expression X> auto diagflat(X const& x, index k = 0) {
  runtime::tensor const t = expr::flat_source_of(x);
  index const n = t.view.size() + (k < 0 ? -k : k);
  shape const s{n, n};
  auto const row = expr::coordinate(s, 0), column = expr::coordinate(s, 1);
  std::int32_t const below = std::int32_t(k < 0 ? -k : 0);
  auto const element = expr::fetch<dtype_of_expression<X>>(t, row + std::int32_t(t.view.offset - below));
  return where(column - row == std::int32_t(k), element, element_t<X>(0));
}
/// Of a vector a square with it on the k-th diagonal, of a matrix its k-th diagonal, a view (numpy.diag).
template <expression X> array<element_t<X>> diag(X const& x, index k = 0) {
  std::size_t const rank = x.node().shape().size();
  if (rank == 1) return array<element_t<X>>(diagflat(x, k));
  if (rank == 2) return array<element_t<X>>(diagonal(array<element_t<X>>(x), k));
  throw value_error("Input must be 1- or 2-d.");
}

/// The powers of the elements of a vector as columns: x^(n-1) ... x, 1, or from 1 on (numpy.vander).
template <expression X> auto vander(X const& x, index columns = -1, bool increasing = false) {
  static_assert(!is_bool(dtype_of_expression<X>), "vander of booleans is not defined");
  shape const from = x.node().shape();
  if (from.size() != 1) throw value_error("x must be a one-dimensional array or sequence.");
  shape const s{from[0], columns < 0 ? from[0] : columns};
  auto power_of = kernel([](auto v, auto j, auto last, auto step) {
    // square and multiply: exact for integers, and as NumPy's products for floats up to rounding
    auto const [result, base, left] = loop(31, values(ones_like(v), v, last + j * step), [](auto r, auto b, auto e) {
      break_if(e <= 0);
      return values(where((e & 1) != 0, r * b, r), b * b, e >> 1);
    });
    return result;
  });
  return power_of(x[all, newaxis], expr::coordinate(s, 1), std::int32_t(increasing ? 0 : s[1] - 1),
                  std::int32_t(increasing ? 1 : -1));
}

}  // namespace ndfuse
