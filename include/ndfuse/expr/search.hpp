#pragma once
/// @file Places in sorted arrays, in expressions: binary search inside any kernel.

#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/ops/search.hpp>

namespace ndfuse::expr {

/// An expression's elements as Ts in row-major order, one axis, from the start of their memory on: what is fetched
/// from.
template <element T, expression X> array<T> flat(X const& x) {
  auto const make = [&] {
    if constexpr (std::same_as<element_t<X>, T>) return array<T>(x);
    else return array<T>(astype<T>(x));
  };
  runtime::tensor t = make().impl();
  if (!t.memory)
    t.memory =
        (is_wide(t.type) ? static_cast<runtime::device&>(runtime::cpu()) : runtime::current()).allocate(0, t.type);
  if (!is_contiguous(t.view) || t.view.offset != 0) t = evaluate_elementwise<array<T>>(array<T>(t), nullptr);
  t.view = contiguous_view(ndfuse::shape(t.view.size()));
  return array<T>(t);
}

/// The elements of a flat array that numbers name (int32, not checked).
template <element T, expression I> auto elements_at(array<T> const& from, I const& numbers) {
  return fetch<dtype_of<T>>(from.impl(), as_node(numbers));
}

/// How many elements of a sorted whole array go before a value (Right: before or beside it).
template <dtype T, bool Right, class A> struct searched : node_base<searched<T, Right, A>> {
  using extents = typename A::extents;
  runtime::tensor sorted;
  A values;

  searched(runtime::tensor t, A a) : sorted(std::move(t)), values(std::move(a)) {}
  static constexpr ir::operand_type type{dtype::int32};
  static constexpr std::size_t load_count = A::load_count + 1;
  static constexpr ir::value lower(ir::builder& b) {
    ir::value const v = b.cast(A::lower(b), T);
    ir::value const in = b.array(T);
    return ops::build_search(b, in, b.cast(b.scalar(weak_kind::integer), dtype::int32), INT32_MAX, v, Right);
  }
  void bind(binder& b) const {
    values.bind(b);
    b.array(sorted.memory, sorted.memory->owner);
    b.scalar(std::int64_t(sorted.view.size()));
  }
  ndfuse::shape shape() const { return values.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto a = values.viewed(s, f);
    return searched<T, Right, decltype(a)>(sorted, std::move(a));
  }
};
template <bool Right, element T, operand A> auto search(array<T> const& sorted, A const& values) {
  return searched<dtype_of<T>, Right, node_t<A>>(sorted.impl(), as_node(values));
}

}  // namespace ndfuse::expr
