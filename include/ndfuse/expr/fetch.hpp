#pragma once
/// @file Elements of arrays by computed numbers, inside any kernel: what take, roll, tile, pad and concatenate are made
/// of. A number is arithmetic on coordinates, which cost nothing to read, and on index arrays.

#include <ndfuse/array.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/runtime/checks.hpp>

#include <string>

namespace ndfuse::expr {

/// An array as a source of elements. Arrays are taken as they are, whatever their strides; any other expression is
/// computed first. Throws value_error for memory whose elements int32 cannot number.
template <expression X> runtime::tensor source_of(X const& x) {
  runtime::tensor t = [&] {
    if constexpr (requires { x.impl(); }) return x.impl();
    else return array<element_t<X>>(x).impl();
  }();
  if (!t.memory) {  // an array without elements may have none; a kernel that names it needs some
    runtime::device& d = is_wide(t.type) ? static_cast<runtime::device&>(runtime::cpu()) : runtime::current();
    t.memory = d.allocate(0, t.type);
  }
  if (t.memory->count > INT32_MAX)
    throw value_error(ndfuse::detail::message("elements of an array of ", t.memory->count,
                                              " cannot be fetched by number: int32 numbers at most ", INT32_MAX));
  return t;
}
/// One value in new memory of a device.
template <element T> runtime::tensor filled_on(runtime::device& d, shape const& s, T value) {
  runtime::tensor t{{}, contiguous_view(s), dtype_of<T>};
  t.memory = d.allocate(t.view.size(), t.type);
  assign<dtype_of<T>>(t, constant<T>{value});
  return t;
}
/// An array as a source, with its elements side by side in row-major order (copied where they are not).
template <expression X> runtime::tensor flat_source_of(X const& x) {
  runtime::tensor t = source_of(x);
  if (is_contiguous(t.view)) return t;
  return evaluate(computed<dtype_of_expression<X>>(t));
}

/// Notes that `failed`, one boolean, is to be false, or else the next wait throws `f`.
inline void note_check(computed<dtype::bool_> const& failed, runtime::failure const& f) {
  runtime::device& d = *failed.value.memory->owner;
  runtime::pending_checks& p = runtime::checks_of(d);
  std::int32_t const number = p.number_of(f);
  if (p.state.memory) {
    computed<dtype::int32> const before(p.state);
    p.state = evaluate(where(before == 0 && failed, number, before));
  } else {
    p.state = evaluate(where(failed, number, 0));
  }
}

/// True for indices that an axis of `extent` elements does not have.
template <class I> auto out_of_bounds(I const& i, index extent) {
  constexpr dtype t = I::type.type;
  if constexpr (t == dtype::uint32 || t == dtype::uint64) {
    return kernel([](auto k, auto n) { return k >= n; })(i, cpp_type<t>(extent));
  } else {
    using wide = cpp_type<t == dtype::int64 ? dtype::int64 : dtype::int32>;
    return kernel([](auto k, auto low, auto n) {
      auto const at = k.template astype<wide>();
      return at < low || at >= n;
    })(i, wide(-extent), wide(extent));
  }
}
/// Indices counted from the front, times a stride: what an index array adds to an element's number.
template <class I> auto index_term(I const& i, index extent, index stride) {
  return kernel([](auto k, auto n, auto step) {
    auto const at = k.template astype<std::int32_t>();
    return where(at < 0, at + n, at) * step;
  })(i, std::int32_t(extent), std::int32_t(stride));
}

/// The elements of an array (`memory`, all of it) by their numbers, an expression; in a kernel of one's own or as part
/// of a greater one. Numbers out of bounds give some element of the array.
template <dtype T, class Numbers> struct fetched : node_base<fetched<T, Numbers>> {
  using extents = dynamic_shape;
  runtime::buffer_ref memory;
  Numbers numbers;

  fetched(runtime::buffer_ref m, Numbers n) : memory(std::move(m)), numbers(std::move(n)) {}

  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = 1 + Numbers::load_count;
  static constexpr ir::value lower(ir::builder& b) {
    ir::value const from = b.array(T);
    return b.fetch(from, Numbers::lower(b));
  }
  void bind(binder& b) const {
    b.array(memory, memory->owner);
    numbers.bind(b);
  }
  ndfuse::shape shape() const { return numbers.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto n = numbers.viewed(s, f);
    return fetched<T, decltype(n)>(memory, std::move(n));
  }
};
template <dtype T, class Numbers> auto fetch(runtime::tensor const& from, Numbers n) {
  return fetched<T, Numbers>(from.memory, std::move(n));
}

/// A condition on index arrays that must be false everywhere, and what it means when it is not.
template <class Bad> struct index_check {
  Bad bad;
  runtime::failure failure;

  /// One pass over the index arrays. The next wait throws the failure if there is one.
  computed<dtype::bool_> note() const {
    computed<dtype::bool_> failed(reduce<reduce_kind::any>(bad).compute());
    note_check(failed, failure);
    return failed;
  }
};
/// Stands for a check where none is needed.
struct unchecked {};

/// `e`, whose index arrays are checked, all of them, whenever a kernel that holds it is launched.
template <class E, class Check> struct guarded : node_base<guarded<E, Check>> {
  using extents = typename E::extents;
  E e;
  [[no_unique_address]] Check check;

  guarded(E x, Check c) : e(std::move(x)), check(std::move(c)) {}
  static constexpr ir::operand_type type = E::type;
  static constexpr std::size_t load_count = E::load_count;
  static constexpr ir::value lower(ir::builder& b) { return E::lower(b); }
  void bind(binder& b) const {
    if constexpr (!std::same_as<Check, unchecked>) check.note();
    e.bind(b);
  }
  ndfuse::shape shape() const { return e.shape(); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    auto x = e.viewed(s, f);
    return guarded<decltype(x), Check>(std::move(x), check);
  }
};

}  // namespace ndfuse::expr
