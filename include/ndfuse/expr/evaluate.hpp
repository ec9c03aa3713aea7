#pragma once
/// @file From an expression's values to a launch: operands are bound, the device is chosen, memory is found or reused.

#include <ndfuse/expr/compile.hpp>
#include <ndfuse/runtime/context.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::expr {

/// The device for an expression whose arrays live on `of` (null: none): programs with 64-bit types run on the cpu
/// device alone.
template <class E> runtime::device& choose_device(runtime::device* of) {
  if constexpr (!compiled<E>::gpu) {
    if (of != nullptr && of->kind() != device_kind::cpu)
      throw device_error(
          ndfuse::detail::message("an expression with 64-bit types runs on the cpu device, but its arrays live on the ",
                                  ndfuse::name(of->kind()), " device: move them with to_device"));
    return runtime::cpu();
  } else {
    return of != nullptr ? *of : runtime::current();
  }
}

/// Computes `e` in new memory.
template <class E> runtime::tensor evaluate(E const& e);
template <class E> runtime::tensor evaluate_elementwise(E const& e, runtime::tensor const* reuse);
template <class E> runtime::tensor evaluate_whole(E const& e, runtime::tensor const* reuse);
template <dtype T, class E> void assign_whole(runtime::tensor const& target, E const& e);

/// An operand that has been computed already.
template <dtype T> struct computed : node_base<computed<T>> {
  using extents = dynamic_shape;
  runtime::tensor value;

  explicit computed(runtime::tensor t) : value(std::move(t)) {}
  static constexpr ir::operand_type type{T};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) { return b.load(T); }
  void bind(binder& b) const { b.load(value.memory, value.view, value.memory->owner); }
  ndfuse::shape shape() const { return value.view.shape; }
  template <class F> computed viewed(ndfuse::shape const& s, F const& f) const {
    return computed({value.memory, f(broadcast_to(value.view, s)), T});
  }
};

/// `e` with its widest operand computed beforehand: what is left needs fewer arrays at once.
template <class E> auto split(E const& e) {
  auto const done = [](auto const& part) {
    using P = std::remove_cvref_t<decltype(part)>;
    if constexpr (P::load_count > 1) return computed<P::type.type>(evaluate(part));
    else return part;
  };
  if constexpr (requires { e.c; }) {
    auto x = done(e.a);
    auto y = done(e.b);
    auto z = done(e.c);
    return
        typename E::template rebuilt<decltype(x), decltype(y), decltype(z)>(std::move(x), std::move(y), std::move(z));
  } else if constexpr (requires { e.b; }) {
    auto x = done(e.a);
    auto y = done(e.b);
    return typename E::template rebuilt<decltype(x), decltype(y)>(std::move(x), std::move(y));
  } else {
    return typename E::template rebuilt<decltype(done(e.a))>(done(e.a));
  }
}

template <class E> constexpr bool splittable = requires(E const& e) { e.a; };

/// More loads than one kernel has, on any device: always computed in parts.
template <class E> consteval bool find_too_long() {
  static_assert(E::load_count <= codegen::max_operands || splittable<E>,
                "a kernel's arguments together hold more than 31 operands: evaluate one of them first, by nf::eval");
  return E::load_count > codegen::max_operands;
}
template <class E> constexpr bool too_long = find_too_long<E>();

/// True when every load of `memory` uses exactly `v`, so that each thread reads only what it overwrites. A whole array,
/// read everywhere, has a view of strides 0: that is `v` only where there is a single element.
inline bool only_this_view(std::span<runtime::operand const> loads, runtime::buffer const* memory, view const& v) {
  for (runtime::operand const& o : loads)
    if (o.memory == memory && !(o.view == v)) return false;
  return true;
}
inline std::size_t uses_of(std::span<runtime::operand const> loads, runtime::buffer const* memory) {
  std::size_t n = 0;
  for (runtime::operand const& o : loads) n += o.memory == memory;
  return n;
}

/// True when `old` can take the result `out` of what `b` binds: same shape and type, whole, and referenced by nothing
/// but the name and this expression. Never inside of nf::capture, where the old elements are read again by every call.
inline bool reusable(runtime::tensor const& old, runtime::tensor const& out, binder const& b,
                     runtime::device const& d) {
  if (d.capturing() || !old.memory || old.type != out.type || old.view != out.view || old.memory->owner != &d)
    return false;
  std::size_t const uses = uses_of(b.loads(), old.memory.get());
  // The name, the expression's leaves and the binder's copies of them are all the references there are.
  return uses > 0 && old.memory->references.load(std::memory_order_relaxed) == 1 + 2 * uses &&
         only_this_view(b.loads(), old.memory.get(), old.view);
}

/// A node that computes itself, such as a reduction.
template <class E>
concept computing = requires(E const& e) { e.compute(); };

template <class E> runtime::tensor evaluate(E const& e) {
  if constexpr (computing<E>) return e.compute();
  else return evaluate_elementwise<E>(e, nullptr);
}

/// Binds and launches `e`, into `reuse` when nobody else holds that memory and every load of it uses its own element,
/// else into new memory.
template <class E> runtime::tensor evaluate_elementwise(E const& e, runtime::tensor const* reuse) {
  if constexpr (too_long<E>) return evaluate(split(e));
  else return evaluate_whole(e, reuse);
}
template <class E> runtime::tensor evaluate_whole(E const& e, runtime::tensor const* reuse) {
  binder b(e.shape());
  e.bind(b);
  runtime::device& d = choose_device<E>(b.device());
  constexpr ir::operand_type t = E::type;
  runtime::tensor out{{}, contiguous_view(b.extents()), t.weak == weak_kind::none ? t.type : default_type(t.weak)};
  if (reuse != nullptr && reusable(*reuse, out, b, d)) out.memory = reuse->memory;
  else out.memory = d.allocate(out.view.size(), out.type);
  runtime::launch_map(d, compiled<E>::kernel, b.loads(), {&out, 1}, b.scalars());
  return out;
}

/// Writes `e`, converted to the target's type, into the elements of `target`; e broadcasts to the target's shape.
template <dtype T, class E> void assign(runtime::tensor const& target, E const& e) {
  if constexpr (too_long<E>) assign<T>(target, split(e));
  else assign_whole<T>(target, e);
}
template <dtype T, class E> void assign_whole(runtime::tensor const& target, E const& e) {
  using converted = cast<T, E>;
  shape const from = e.shape();
  if (broadcast_shapes(from, target.view.shape) != target.view.shape)
    throw shape_error(ndfuse::detail::message("could not broadcast input array from shape ", from, " into shape ",
                                              target.view.shape));
  binder b(target.view.shape);
  e.bind(b);
  runtime::device& d = *target.memory->owner;
  runtime::device& own = choose_device<converted>(b.device() == nullptr ? &d : b.device());
  if (&own != &d)
    throw device_error(ndfuse::detail::message("cannot assign an expression on the ", ndfuse::name(own.kind()),
                                               " device to an array on the ", ndfuse::name(d.kind()),
                                               " device: move one of them with to_device"));
  if (!only_this_view(b.loads(), target.memory.get(), target.view)) {  // aliased: through memory of its own
    computed<converted::type.type> copy(evaluate(converted(e)));
    binder second(target.view.shape);
    copy.bind(second);
    runtime::launch_map(d, compiled<computed<T>>::kernel, second.loads(), {&target, 1}, {});
    return;
  }
  runtime::launch_map(d, compiled<converted>::kernel, b.loads(), {&target, 1}, b.scalars());
}

/// The value of `name = e`: in the old memory where that is possible.
template <class E> runtime::tensor rebind(runtime::tensor const& old, E const& e) {
  if constexpr (computing<E>) return e.compute();
  else return evaluate_elementwise<E>(e, &old);
}

}  // namespace ndfuse::expr
