#pragma once
/// @file Sets: unique values with where and how often they occur, membership, union, intersection, differences. All by
/// sorting; results whose size depends on the values wait for it, one number read from the device.

#include <ndfuse/joining.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/nonzero.hpp>
#include <ndfuse/searching.hpp>

namespace ndfuse {

namespace expr {

/// Neighbours in a sorted array that differ; NaNs do not.
template <expression X> auto differ(X const& a, X const& b) { return a != b && !(a != a && b != b); }

/// Where each new value begins in a sorted array of at least one element.
template <element T> array<std::int32_t> first_of_each(array<T> const& sorted) {
  if (sorted.size() == 1) return zeros<std::int32_t>({1});
  return array<std::int32_t>(
      concatenate(zeros<std::int32_t>({1}), flatnonzero(differ(sorted[slice(1, none)], sorted[slice(none, -1)])) + 1));
}
}  // namespace expr

/// What unique_all gives; the parts are numpy.unique_all's.
template <element T> struct unique_result {
  array<T> values;
  array<std::int32_t> indices;          // of the first occurrence, in row-major order
  array<std::int32_t> inverse_indices;  // of each element's value, in x's shape
  array<std::int32_t> counts;
};

/// The sorted distinct values of all elements (numpy.unique_values, numpy.unique): NaNs count as one value. Waits for
/// their number. Workspace: a sorted copy, and 4 bytes an element.
template <expression X> array<element_t<X>> unique_values(X const& x) {
  using T = element_t<X>;
  array<T> const elements = expr::flat<T>(x);
  if (elements.size() == 0) return elements;
  array<T> const sorted = expr::flat<T>(sort(elements));
  return array<T>(expr::elements_at(sorted, expr::first_of_each(sorted)));
}
template <expression X> auto unique(X const& x) { return unique_values(x); }

/// Distinct values, where each first occurs, which of them each element is, and how often each occurs (numpy.unique
/// with return_index, return_inverse and return_counts; numpy.unique_all). int32.
template <expression X> unique_result<element_t<X>> unique_all(X const& x) {
  using T = element_t<X>;
  shape const s = expr::as_node(x).shape();
  array<T> const elements = expr::flat<T>(x);
  array<std::int32_t> const none_at_all;
  if (elements.size() == 0) return {elements, none_at_all, array<std::int32_t>(zeros<std::int32_t>(s)), none_at_all};
  array<std::int32_t> const order = expr::flat<std::int32_t>(argsort(elements));
  array<T> const sorted = expr::elements_at(elements, order);
  array<std::int32_t> const first = expr::first_of_each(sorted);
  unique_result<T> r;
  r.values = expr::elements_at(sorted, first);
  r.indices = expr::elements_at(order, first);
  std::int32_t const last = std::int32_t(first.size()) - 1;
  // NaNs of several kinds are one value, the last.
  r.inverse_indices = reshape(array<std::int32_t>(minimum(expr::search<false>(r.values, elements), last)), s);
  auto const number = arange(index(last) + 1);
  auto const next = expr::elements_at(first, minimum(number + 1, last));
  r.counts = where(number == last, std::int32_t(elements.size()), next) - first;
  return r;
}

/// Which elements of x are among those of `elements`, by == (numpy.isin); bool, x's shape. One kernel after `elements`
/// is sorted.
template <expression X, expression E> array<bool> isin(X const& x, E const& elements, bool invert = false) {
  using T = cpp_type<result_type(dtype_of_expression<X>, dtype_of_expression<E>)>;
  array<T> const test = expr::flat<T>(elements);
  if (test.size() == 0) return array<bool>(full(expr::as_node(x).shape(), invert));
  array<T> const sorted = expr::flat<T>(sort(test));
  auto const v = astype<T>(x);
  auto const at = minimum(expr::search<false>(sorted, v), std::int32_t(test.size()) - 1);
  auto const found = expr::elements_at(sorted, at) == v;
  if (invert) return array<bool>(!found);
  return array<bool>(found);
}

#define NDFUSE_COMMON_TYPE(A, B) cpp_type<result_type(dtype_of_expression<A>, dtype_of_expression<B>)>

/// The sorted distinct values of both (numpy.union1d).
template <expression A, expression B> auto union1d(A const& a, B const& b) {
  using T = NDFUSE_COMMON_TYPE(A, B);
  return unique_values(concatenate(expr::flat<T>(a), expr::flat<T>(b)));
}
/// The sorted distinct values that are in both (numpy.intersect1d).
template <expression A, expression B> auto intersect1d(A const& a, B const& b) {
  using T = NDFUSE_COMMON_TYPE(A, B);
  array<T> const u = expr::flat<T>(unique_values(expr::flat<T>(a)));
  return array<T>(expr::elements_at(u, flatnonzero(isin(u, b))));
}
/// The sorted distinct values of a that are not in b (numpy.setdiff1d).
template <expression A, expression B> auto setdiff1d(A const& a, B const& b) {
  using T = NDFUSE_COMMON_TYPE(A, B);
  array<T> const u = expr::flat<T>(unique_values(expr::flat<T>(a)));
  return array<T>(expr::elements_at(u, flatnonzero(isin(u, b, true))));
}
/// The sorted values that are in one of both only (numpy.setxor1d): a NaN of each.
template <expression A, expression B> auto setxor1d(A const& a, B const& b) {
  return sort(concatenate(setdiff1d(a, astype<NDFUSE_COMMON_TYPE(A, B)>(b)),
                          setdiff1d(b, astype<NDFUSE_COMMON_TYPE(A, B)>(a))));
}
#undef NDFUSE_COMMON_TYPE

}  // namespace ndfuse
