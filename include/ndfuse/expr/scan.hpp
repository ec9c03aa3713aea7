#pragma once
/// @file Scans of expressions: nodes that compute themselves. What is scanned is fused into the scan's kernels.

#include <ndfuse/expr/lambda.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/ops/scan.hpp>
#include <ndfuse/ops/scans.hpp>

namespace ndfuse {

/// From the last element to the first.
struct reverse_t {};
inline constexpr reverse_t reverse{};
/// Without the element itself: the first result is the neutral element.
struct exclusive_t {};
inline constexpr exclusive_t exclusive{};

namespace expr {

/// Along which axis (none: over all elements in row-major order), and how.
struct scan_options {
  bool flat = true;
  index axis = 0;
  ops::scan_flags flags;

  void set(ndfuse::axis const& a) {
    if (a.axes().size() != 1) throw value_error("a scan goes along one axis");
    flat = false;
    axis = a.axes()[0];
  }
  void set(reverse_t) { flags.reverse = true; }
  void set(exclusive_t) { flags.exclusive = true; }
  template <class I>
    requires std::convertible_to<I, index>
  void set(I i) {
    set(ndfuse::axis(index(i)));
  }
};
template <class O>
concept scan_option = std::same_as<O, axis> || std::same_as<O, reverse_t> || std::same_as<O, exclusive_t> ||
                      std::convertible_to<O, index>;

using ops::scan_kind;

/// A scan that has a name.
template <scan_kind K, dtype T> struct named_scan : ops::scan_programs<K, T> {
  static_assert(ops::types_of(K, T).supported,
                "complex numbers have no order: cummax, cummin and logcumsumexp are not defined for them");
  static constexpr std::string_view name = ops::name_of(K);
  static constexpr bool commutes = true;
};

/// The user's lambda traced on two symbols of type T. Booleans are joined as int32.
template <class F, dtype T> struct lambda_combine {
  static constexpr dtype accumulator = is_bool(T) ? dtype::int32 : compute_type(T);
  static constexpr void build(ir::builder& b) {
    symbol const x(b, b.load(accumulator)), y(b, b.load(accumulator));
    auto const joined = F{}(x, y);
    static_assert(symbolic<decltype(joined)>, "the lambda of a scan or reduction must return one value made of both");
    b.output({b.cast(b.strong(joined.value()), accumulator).id});
    b.finish();
  }
};
/// The bits of a neutral element given by the user.
template <dtype T> std::uint64_t neutral_bits(ir::scalar_value const& v) {
  constexpr dtype accumulator = is_bool(T) ? dtype::int32 : compute_type(T);
  constexpr bool wide_complex = accumulator == dtype::complex128;  // only a real neutral element is passed on
  if (!ir::fits(v, T) || (wide_complex && v.imag != 0))
    throw value_error(
        ndfuse::detail::message("the neutral element is no number that an element of ", ndfuse::name(T), " can be"));
  return wide_complex ? ir::constant_bits(v.real) : v.bits(accumulator);
}

/// A scan by the user's lambda.
template <class F, dtype T> struct lambda_scan {
  static constexpr ops::scan_types types{T, lambda_combine<F, T>::accumulator, T, {}, true};
  static constexpr auto combine = frozen<lambda_combine<F, T>>;
  static constexpr std::string_view name = "lambda";
  static constexpr bool commutes = false;
};

template <class Def, class E> struct scanned : node_base<scanned<Def, E>> {
  using extents = dynamic_shape;
  static constexpr ops::scan_types types = Def::types;
  using element_node = std::conditional_t<types.element == types.accumulator, cast<types.element, E>,
                                          cast<types.accumulator, cast<types.element, E>>>;

  E e;
  scan_options options;
  std::uint64_t identity;  // bits in the accumulator's type

  scanned(E x, scan_options o, std::uint64_t neutral) : e(std::move(x)), options(o), identity(neutral) {}

  static constexpr ir::operand_type type{types.result};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) { return b.load(types.result); }
  void bind(binder& b) const {
    runtime::tensor t = compute();
    runtime::device* const d = t.memory->owner;
    b.load(std::move(t.memory), t.view, d);
  }
  ndfuse::shape shape() const { return result_shape(e.shape()); }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    return computed<types.result>(compute()).viewed(s, f);
  }

  /// Launches the scan.
  runtime::tensor compute() const {
    if constexpr (too_long<E>) return of_stored();
    else return compute_fused();
  }

 private:
  ndfuse::shape result_shape(ndfuse::shape const& from) const {
    if (!options.flat) {
      (void)ndfuse::detail::normalize_axis(options.axis, from.size());
      return from;
    }
    return ndfuse::shape(element_count(from));
  }
  runtime::tensor of_stored() const {
    return scanned<Def, computed<E::type.type>>(computed<E::type.type>(evaluate(e)), options, identity).compute();
  }
  runtime::tensor compute_fused() const {
    ndfuse::shape const from = e.shape(), to = result_shape(from);
    binder b(from);
    element_node const element = [&] {
      if constexpr (types.element == types.accumulator) return element_node(e);
      else return element_node(cast<types.element, E>(e));
    }();
    element.bind(b);
    runtime::device& d = choose_device<element_node>(b.device());
    if (too_many_buffers(d, b, 2)) return of_stored();
    runtime::tensor out{{}, contiguous_view(to), types.result};
    std::size_t const axis = options.flat ? 0 : ndfuse::detail::normalize_axis(options.axis, from.size());
    index_list order;  // the scanned axis last
    for (std::size_t a = 0; a < to.size(); ++a)
      if (a != axis) order.push_back(index(a));
    order.push_back(index(axis));
    runtime::operand loads[codegen::max_operands];
    std::size_t n = 0;
    for (runtime::operand const& o : b.loads()) {
      view v = o.view;
      if (options.flat && from.size() != 1) {
        reshaped const flat = reshape(v, to);
        if (!flat.possible) return of_stored();
        v = flat.result;
      }
      loads[n++] = {o.memory, permute(v, order)};
    }
    out.memory = d.allocate(out.view.size(), out.type);
    runtime::tensor const permuted{out.memory, permute(out.view, order), out.type};
    ops::scan s = description;
    s.identity = identity;
    ops::launch_scan(d, compiled<element_node>::kernel, s, {loads, n}, permuted.view.shape, permuted, b.scalars(),
                     options.flags);
    return out;
  }

  static constexpr ops::scan description = [] {
    ops::scan s;
    s.name = Def::name;
    s.accumulator = types.accumulator;
    s.result = types.result;
    s.commutes = Def::commutes;
    s.hash = ir::hash(Def::combine.view());
    s.partial = &compiled<computed<types.accumulator>>::kernel;
    if constexpr (types.result != types.accumulator)
      s.finish = &compiled<cast<types.result, computed<types.accumulator>>>::kernel;
    s.combine_rows = codegen::cpu_rows<Def::combine>;
    s.combine_serially = codegen::cpu_serial<Def::combine>;
    if constexpr (compiled<element_node>::gpu) {
      s.combine = Def::combine.view();
      s.helpers = {codegen::helper_texts<codegen::dialect::wgsl, compiled<element_node>::program, Def::combine>,
                   codegen::helper_texts<codegen::dialect::glsl, compiled<element_node>::program, Def::combine>};
    }
    return s;
  }();
};

template <scan_kind K, class X, class... Os> auto scan_of(X const& x, Os const&... os) {
  scan_options o;
  (o.set(os), ...);
  using E = node_t<X>;
  return scanned<named_scan<K, E::type.type>, E>(as_node(x), o, ops::identity_bits(ops::types_of(K, E::type.type)));
}

}  // namespace expr
}  // namespace ndfuse
