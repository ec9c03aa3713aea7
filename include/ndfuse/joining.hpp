#pragma once
/// @file Arrays joined to greater ones: concatenate, stack and their like. The result is an expression: whoever uses it
/// reads each element from the array that has it, so that joining is part of his kernel and takes no memory.

#include <ndfuse/creation.hpp>
#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/views.hpp>

#include <array>

namespace ndfuse {

namespace expr {

/// Arrays to be joined, of element types Ts.
template <std::size_t N> using sources = std::array<runtime::tensor, N>;

template <std::size_t N> shape joined_shape(sources<N> const& parts, std::size_t axis) {
  shape result = parts[0].view.shape;
  for (std::size_t k = 1; k < N; ++k) {
    shape const& s = parts[k].view.shape;
    if (s.size() != result.size())
      throw shape_error(ndfuse::detail::message(
          "all the input array dimensions must match exactly: the array at index 0 has ", result.size(),
          " dimension(s) and the array at index ", k, " has ", s.size(), " dimension(s)"));
    for (std::size_t a = 0; a < s.size(); ++a)
      if (a != axis && s[a] != result[a])
        throw shape_error(ndfuse::detail::message(
            "all the input array dimensions except for the concatenation axis must match exactly, but along dimension ",
            a, ", the array at index 0 has size ", result[a], " and the array at index ", k, " has size ", s[a]));
    result[axis] += s[axis];
  }
  return result;
}

/// Element c along the axis is that of the part whose range holds c; what the other parts would have there is read
/// from somewhere in them and dropped.
template <dtype R, dtype T, dtype... Ts, std::size_t N>
auto join_from(sources<N> const& parts, shape const& whole, std::size_t axis, index start) {
  runtime::tensor const& mine = parts[N - 1 - sizeof...(Ts)];
  view v = mine.view;
  index const end = start + v.shape[axis];
  v.offset -= start * v.strides[axis];
  v.shape = whole;
  auto const element = [&] {
    auto f = fetch<T>(mine, address(v));
    if constexpr (T == R) return f;
    else return cast<R, decltype(f)>(std::move(f));
  }();
  if constexpr (sizeof...(Ts) == 0) return element;
  else return where(coordinate(whole, axis) < std::int32_t(end), element, join_from<R, Ts...>(parts, whole, axis, end));
}
template <dtype... Ts> auto join(sources<sizeof...(Ts)> const& parts, one_axis along) {
  if (parts[0].view.rank() == 0) throw value_error("zero-dimensional arrays cannot be concatenated");
  std::size_t const axis = along.in(parts[0].view.rank());
  constexpr dtype result = [] {
    dtype r = std::array{Ts...}[0];
    ((r = result_type(r, Ts)), ...);
    return r;
  }();
  return join_from<result, Ts...>(parts, joined_shape(parts, axis), axis, 0);
}

/// The arrays among the arguments; an nf::axis may come last.
template <class T> inline constexpr bool is_axis = std::same_as<std::remove_cvref_t<T>, axis>;
template <class... Xs> constexpr bool joinable() {
  std::size_t k = 0;
  bool fine = sizeof...(Xs) > 0;
  ((fine = fine && (expression<Xs> || (is_axis<Xs> && k > 0 && k + 1 == sizeof...(Xs))), ++k), ...);
  return fine;
}
template <class... Xs>
concept joined_operands = joinable<Xs...>();

/// Calls f(types..., tensors, axis) with what the arguments stand for; `prepare(view)` gives each the rank it needs.
template <class Prepare, class... Xs> auto join_all(Prepare prepare, one_axis along, Xs const&... xs) {
  return join<dtype_of_expression<Xs>...>(sources<sizeof...(Xs)>{[&] {
                                            runtime::tensor t = source_of(xs);
                                            t.view = prepare(t.view);
                                            return t;
                                          }()...},
                                          along);
}
/// The arguments' axis, or `missing`, and the arguments without it.
template <class F, class... Xs> auto with_axis(F f, index missing, Xs const&... xs) {
  if constexpr ((is_axis<Xs> || ...)) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      auto const all = std::tie(xs...);
      return f(one_axis(std::get<sizeof...(Xs) - 1>(all)), std::get<K>(all)...);
    }(std::make_index_sequence<sizeof...(Xs) - 1>{});
  } else {
    return f(one_axis(missing), xs...);
  }
}

/// Copies arrays one after the other into new memory.
template <element T> array<T> join_list(std::span<array<T> const> parts, one_axis along, bool stacked) {
  if (parts.empty()) throw value_error("need at least one array to concatenate");
  auto const shaped = [&](array<T> const& a) { return stacked ? array<T>(expand_dims(a, along.value())) : a; };
  array<T> const first = shaped(parts[0]);
  if (first.ndim() == 0) throw value_error("zero-dimensional arrays cannot be concatenated");
  std::size_t const axis = along.in(first.ndim());
  shape whole = first.shape();
  whole[axis] = 0;
  runtime::device* d = nullptr;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    array<T> const a = shaped(parts[k]);
    shape const together = joined_shape(sources<2>{first.impl(), a.impl()}, axis);  // throws for what does not fit
    whole[axis] += together[axis] - first.shape()[axis];
    if (d == nullptr && a.impl().memory) d = a.impl().memory->owner;
  }
  if (d == nullptr) d = is_wide(dtype_of<T>) ? &runtime::cpu() : &runtime::current();
  runtime::tensor out{{}, contiguous_view(whole), dtype_of<T>};
  out.memory = d->allocate(out.view.size(), out.type);
  index start = 0;
  for (array<T> const& part : parts) {
    array<T> const a = shaped(part);
    runtime::tensor to = out;
    to.view.shape[axis] = a.shape()[axis];
    to.view.offset += start * to.view.strides[axis];
    start += a.shape()[axis];
    if (a.size() > 0) assign<dtype_of<T>>(to, a);
  }
  return array<T>(out);
}

}  // namespace expr

/// Arrays one after the other along an existing axis, the first unless nf::axis(k) comes last: nf::concatenate(a, b, c,
/// nf::axis(1)). As numpy.concatenate: element types promote, all other extents must be equal (shape_error). Joined
/// where it is used; operands that are not arrays are computed first.
template <class... Xs>
  requires expr::joined_operands<Xs...>
auto concatenate(Xs const&... xs) {
  return expr::with_axis(
      [](one_axis a, auto const&... parts) { return expr::join_all([](view const& v) { return v; }, a, parts...); }, 0,
      xs...);
}
/// Arrays whose number is known only at run time, joined in new memory, by one kernel for each.
template <element T> array<T> concatenate(std::vector<array<T>> const& parts, one_axis along = 0) {
  return expr::join_list<T>(parts, along, false);
}
/// Arrays of one shape, joined along a new axis, the first unless nf::axis(k) comes last (numpy.stack).
template <class... Xs>
  requires expr::joined_operands<Xs...>
auto stack(Xs const&... xs) {
  return expr::with_axis(
      [](one_axis a, auto const& first, auto const&... rest) {
        shape const s = first.node().shape();
        if (((rest.node().shape() != s) || ...)) throw shape_error("all input arrays must have the same shape");
        std::size_t const at = a.in(s.size() + 1);
        return expr::join_all(
            [&](view v) {
              v.shape.insert(at, 1);
              v.strides.insert(at, 0);
              return v;
            },
            at, first, rest...);
      },
      0, xs...);
}
template <element T> array<T> stack(std::vector<array<T>> const& parts, one_axis along = 0) {
  for (array<T> const& a : parts)
    if (a.shape() != parts[0].shape()) throw shape_error("all input arrays must have the same shape");
  return expr::join_list<T>(parts, along, true);
}
/// Side by side (numpy.hstack): vectors along their axis, others along the second.
template <expression X, expression... Xs> auto hstack(X const& x, Xs const&... xs) {
  return expr::join_all([](view const& v) { return expr::at_least(v, 1); }, x.node().shape().size() <= 1 ? 0 : 1, x,
                        xs...);
}
/// One above the other (numpy.vstack): vectors are rows.
template <expression... Xs> auto vstack(Xs const&... xs) {
  return expr::join_all([](view const& v) { return expr::at_least(v, 2); }, 0, xs...);
}
/// Along the third axis (numpy.dstack).
template <expression... Xs> auto dstack(Xs const&... xs) {
  return expr::join_all([](view const& v) { return expr::at_least(v, 3); }, 2, xs...);
}
/// Vectors and matrices as columns of a matrix (numpy.column_stack).
template <expression... Xs> auto column_stack(Xs const&... xs) {
  return expr::join_all(
      [](view const& v) {
        view const column = v.rank() == 0 ? subview(v, newaxis) : v;
        return column.rank() == 1 ? subview(column, all, newaxis) : column;
      },
      1, xs...);
}
/// A matrix of blocks, by rows: nf::block<float>({{a, b}, {c, d}}) (numpy.block of two levels). One kernel for each
/// block and each row.
template <element T> array<T> block(std::initializer_list<std::initializer_list<array<T>>> rows) {
  std::vector<array<T>> made;
  for (auto const& row : rows) {
    std::vector<array<T>> parts;
    for (array<T> const& a : row) parts.push_back(array<T>(atleast_2d(a)));
    made.push_back(concatenate(parts, -1));
  }
  return concatenate(made, -2);
}

/// `values` behind x (numpy.append): both flat, or along an axis.
template <expression X, expression V> auto append(X const& x, V const& values) {
  return concatenate(ravel(x), ravel(values));
}
template <expression X, expression V> auto append(X const& x, V const& values, one_axis along) {
  return concatenate(x, values, axis(along.value()));
}

/// `values` before index `at` of an axis (numpy.insert with one index): their extents broadcast to those of x but along
/// the axis. Throws index_error for an index out of bounds.
template <expression X, operand V> auto insert(X const& x, index at, V const& values, one_axis along) {
  runtime::tensor const from = expr::source_of(x);
  std::size_t const rank = from.view.rank(), axis = along.in(rank);
  index const n = from.view.shape[axis];
  if (at < -n || at > n)
    throw index_error(detail::message("index ", at, " is out of bounds for axis ", axis, " with size ", n));
  index const first = at < 0 ? at + n : at;
  array<element_t<X>> const fresh = [&] {
    if constexpr (expression<V>) return array<element_t<X>>(astype<element_t<X>>(values));
    else return array<element_t<X>>(expr::filled_on(*from.memory->owner, {}, element_t<X>(values)));
  }();
  view v = fresh.impl().view;
  while (v.rank() < rank) v = subview(v, newaxis, ellipsis);
  index_list order;  // numpy: one index inserts along the axis what is first in `values`
  for (std::size_t a = 1; a < rank; ++a) order.push_back(index(a));
  order.insert(axis, 0);
  v = permute(v, order);
  shape s = from.view.shape;
  s[axis] = v.shape[axis];
  view before = from.view, after = from.view;
  before.shape[axis] = first;
  after.shape[axis] = n - first;
  after.offset += first * after.strides[axis];
  constexpr dtype t = dtype_of_expression<X>;
  return expr::join<t, t, t>(
      {runtime::tensor{from.memory, before, t}, runtime::tensor{fresh.impl().memory, broadcast_to(v, s), t},
       runtime::tensor{from.memory, after, t}},
      index(axis));
}
template <expression X, operand V> auto insert(X const& x, index at, V const& values) {
  return insert(ravel(x), at, values, 0);
}

}  // namespace ndfuse
