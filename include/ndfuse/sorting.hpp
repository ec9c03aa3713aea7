#pragma once
/// @file Sorting: sort, argsort, lexsort, partition, argpartition, top_k.

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/expr/search.hpp>
#include <ndfuse/ops/sort.hpp>

namespace ndfuse {

/// Sorts from the greatest to the smallest.
struct descending_t {};
inline constexpr descending_t descending{};

namespace expr {

/// Which axis is sorted and how: an axis (`nf::axis(0)` or an integer; the last one otherwise), `nf::descending`.
struct sort_options {
  index axis = -1;
  bool descending = false;

  void set(ndfuse::axis const& a) {
    if (a.axes().size() != 1) throw value_error("sort: exactly one axis is sorted along");
    axis = a.axes()[0];
  }
  void set(descending_t) { descending = true; }
  template <class I>
    requires std::convertible_to<I, index>
  void set(I i) {
    axis = index(i);
  }
};
template <class O>
concept sort_option = std::same_as<O, ndfuse::axis> || std::same_as<O, descending_t> || std::convertible_to<O, index>;

/// The tensor's axes with `axis` last, and the same for a result: a view of the order that it had.
inline view axis_last(view const& v, std::size_t axis) {
  index_list order;
  for (std::size_t a = 0; a < v.rank(); ++a)
    if (a != axis) order.push_back(index(a));
  order.push_back(index(axis));
  return permute(v, order);
}
inline view axis_back(view const& v, std::size_t axis) {
  index_list order;
  for (std::size_t a = 0; a + 1 < v.rank(); ++a) order.push_back(index(a));
  order.insert(axis, index(v.rank()) - 1);
  return permute(v, order);
}

/// The device on which a tensor lies, or new ones of its type are made.
inline runtime::device& device_of(runtime::tensor const& t) {
  if (t.memory) return *t.memory->owner;
  return is_wide(t.type) ? static_cast<runtime::device&>(runtime::cpu()) : runtime::current();
}

/// Sorted values and positions of `t` along an axis, those that are wanted.
struct sorted {
  runtime::tensor values, order;
};
inline sorted sort_tensor(runtime::tensor const& t, sort_options const& o, bool want_values, bool want_order) {
  std::size_t const axis = ndfuse::detail::normalize_axis(o.axis, t.view.rank());
  runtime::device& d = device_of(t);
  view const keys = axis_last(t.view, axis);
  auto const make = [&](dtype type) {
    return runtime::tensor{d.allocate(keys.size(), type), contiguous_view(keys.shape), type};
  };
  sorted s;
  if (want_values) s.values = make(t.type);
  if (want_order) s.order = make(dtype::int32);
  ops::launch_sort(d, {t.memory.get(), keys}, t.type, want_values ? &s.values : nullptr,
                   want_order ? &s.order : nullptr, o.descending);
  for (runtime::tensor* r : {&s.values, &s.order})
    if (r->memory) r->view = axis_back(r->view, axis);
  return s;
}

}  // namespace expr

/// The elements sorted along an axis, the last one unless named: nf::sort(x), nf::sort(x, 0), nf::sort(x, nf::axis(1),
/// nf::descending). As numpy.sort with kind="stable": NaN last (first when descending), complex numbers by their real
/// and then their imaginary parts. Throws index_error for an axis that is not there, so for 0-dimensional operands.
template <expression X, expr::sort_option... Os> array<element_t<X>> sort(X const& x, Os... options) {
  expr::sort_options o;
  (o.set(options), ...);
  array<element_t<X>> const a(x);
  return array<element_t<X>>(expr::sort_tensor(a.impl(), o, true, false).values);
}

/// The positions along the axis that would sort it, int32; equal elements keep their order (numpy.argsort with
/// kind="stable"). Options are those of sort.
template <expression X, expr::sort_option... Os> array<std::int32_t> argsort(X const& x, Os... options) {
  expr::sort_options o;
  (o.set(options), ...);
  array<element_t<X>> const a(x);
  return array<std::int32_t>(expr::sort_tensor(a.impl(), o, false, true).order);
}

namespace expr {
/// One more key of lexsort: the order of `key` among what `order` (along the last axis) leaves open.
template <expression K> array<std::int32_t> order_by(array<std::int32_t> const& order, K const& key) {
  shape const s = order.shape();
  if (as_node(key).shape() != s)
    throw shape_error(
        ndfuse::detail::message("all keys need to be the same shape: ", s, " and ", as_node(key).shape()));
  view rows = contiguous_view(s);  // the number of each row's first element
  rows.strides[s.size() - 1] = 0;
  array<element_t<K>> const sorted = elements_at(flat<element_t<K>>(key), counter(rows) + order);
  return array<std::int32_t>(elements_at(flat<std::int32_t>(order), counter(rows) + argsort(sorted)));
}
}  // namespace expr

/// The order, along the last axis, of several keys of one shape: by the last one, equal ones by the one before it, and
/// so on (numpy.lexsort). int32. Throws shape_error for keys of different shapes.
template <expression K, expression... Ks> array<std::int32_t> lexsort(K const& first, Ks const&... more) {
  array<std::int32_t> order = argsort(first);
  ((order = expr::order_by(order, more)), ...);
  return order;
}

namespace expr {
inline void check_kth(shape const& s, index axis, index kth) {
  index const n = s[ndfuse::detail::normalize_axis(axis, s.size())];
  if (kth < -n || kth >= n) throw value_error(ndfuse::detail::message("kth(=", kth, ") out of bounds (", n, ")"));
}
}  // namespace expr

/// The elements along an axis so that the one at `kth` is where sorting puts it, smaller ones before it
/// (numpy.partition). All are sorted, which is one of the orders that it promises. Throws value_error for a kth that is
/// not there.
template <expression X> array<element_t<X>> partition(X const& x, index kth, index axis = -1) {
  expr::check_kth(expr::as_node(x).shape(), axis, kth);
  return sort(x, axis);
}
/// The positions that partition so (numpy.argpartition), int32.
template <expression X> array<std::int32_t> argpartition(X const& x, index kth, index axis = -1) {
  expr::check_kth(expr::as_node(x).shape(), axis, kth);
  return argsort(x, axis);
}

template <element T> struct top_k_result {
  array<T> values;
  array<std::int32_t> indices;
};

/// The k greatest elements along an axis (the least ones unless `largest`) and where they are, in order (cf.
/// numpy.partition, torch.topk); NaN is the greatest. Throws value_error when there are fewer than k.
template <expression X> top_k_result<element_t<X>> top_k(X const& x, index k, index axis = -1, bool largest = true) {
  array<element_t<X>> const a(x);
  std::size_t const along = detail::normalize_axis(axis, a.ndim());
  if (k < 0 || k > a.shape()[along])
    throw value_error(detail::message("top_k: k=", k, " of an axis of ", a.shape()[along], " elements"));
  expr::sort_options o;
  o.axis = axis;
  o.descending = largest;
  expr::sorted s = expr::sort_tensor(a.impl(), o, true, true);
  s.values.view.shape[along] = s.order.view.shape[along] = k;
  return {array<element_t<X>>(s.values), array<std::int32_t>(s.order)};
}

}  // namespace ndfuse
