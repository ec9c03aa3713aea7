#pragma once
/// @file Reductions of expressions: sum, prod, min, max, mean, any, all, count_nonzero. What is reduced is fused into
/// the reduction's kernel.

#include <ndfuse/array.hpp>
#include <ndfuse/ops/reduce.hpp>
#include <ndfuse/ops/reductions.hpp>

namespace ndfuse {

/// The axes to reduce over: `nf::axis(1)`, `nf::axis(0, -1)`; integral constants (boost::hana's `1_c`) do as well.
class axis {
 public:
  template <class... Is>
    requires(std::convertible_to<Is, index> && ...)
  constexpr explicit axis(Is... is) {
    (axes_.push_back(index(is)), ...);
  }
  constexpr index_list const& axes() const { return axes_; }

 private:
  index_list axes_;
};

/// Keeps reduced axes with extent 1 (numpy's keepdims=True).
struct keepdims_t {};
inline constexpr keepdims_t keepdims{};

namespace expr {

/// Which axes of an operand are reduced, and whether they stay.
struct reduce_options {
  bool all_axes = true;
  index_list axes;
  bool keep = false;

  void set(axis const& a) {
    all_axes = false;
    axes = a.axes();
  }
  void set(keepdims_t) { keep = true; }
  template <class I>
    requires std::convertible_to<I, index>
  void set(I i) {
    set(axis(i));
  }
};
template <class O>
concept reduce_option = std::same_as<O, axis> || std::same_as<O, keepdims_t> || std::convertible_to<O, index>;

using ops::reduce_kind;

/// The programs of a reduction as constants.
template <reduce_kind K, dtype T> struct reduce_programs {
  static constexpr ops::reduce_types types = ops::types_of(K, T);
  static constexpr auto combine = [] {
    constexpr std::size_t n = [] {
      ir::builder b;
      ops::build_combine(b, types);
      return b.code().size();
    }();
    ir::builder b;
    ops::build_combine(b, types);
    return b.template freeze<n, 1>();
  }();
  static constexpr auto finish = [] {
    constexpr std::size_t n = [] {
      ir::builder b;
      ops::build_finish(b, K, types);
      return b.code().size();
    }();
    ir::builder b;
    ops::build_finish(b, K, types);
    return b.template freeze<n, 1>();
  }();
};

/// True when more arrays meet in one kernel than the device can bind (one binding is for the result).
inline bool too_many_buffers(runtime::device& d, binder const& b, std::size_t outputs) {
  if (d.kind() == device_kind::cpu) return false;
  return runtime::detail::distinct_buffers(b.loads()) + outputs >
         static_cast<runtime::gpu_device&>(d).limits().max_storage_buffers;
}

template <reduce_kind K, class E> struct reduced : node_base<reduced<K, E>> {
  using extents = dynamic_shape;
  using programs = reduce_programs<K, E::type.type>;
  static constexpr ops::reduce_types types = programs::types;
  // Elements become accumulators in the body: an int8 is joined as an int32.
  using element_node = std::conditional_t<types.element == types.accumulator, cast<types.element, E>,
                                          cast<types.accumulator, cast<types.element, E>>>;
  static_assert(types.supported, "complex numbers have no order: max and min are not defined for them");

  E e;
  reduce_options options;

  reduced(E x, reduce_options o) : e(std::move(x)), options(std::move(o)) {}

  static constexpr ir::operand_type type{types.result};
  static constexpr std::size_t load_count = 1;
  static constexpr ir::value lower(ir::builder& b) { return b.load(types.result); }
  void bind(binder& b) const {
    runtime::tensor t = compute();
    runtime::device* const d = t.memory->owner;
    b.load(std::move(t.memory), t.view, d);
  }
  ndfuse::shape shape() const {
    ndfuse::shape const from = e.shape();
    return result_shape(from, mask(from.size()));
  }
  template <class F> auto viewed(ndfuse::shape const& s, F const& f) const {
    return computed<types.result>(compute()).viewed(s, f);
  }

  /// Launches the reduction.
  runtime::tensor compute() const {
    if constexpr (too_long<E>)
      return reduced<K, computed<E::type.type>>(computed<E::type.type>(evaluate(e)), options).compute();
    else return compute_fused();
  }

 private:
  runtime::tensor compute_fused() const {
    ndfuse::shape const from = e.shape();
    std::uint32_t const reduced_axes = mask(from.size());
    binder b(from);
    element_node const element = [&] {
      if constexpr (types.element == types.accumulator) return element_node(e);
      else return element_node(cast<types.element, E>(e));
    }();
    element.bind(b);
    runtime::device& d = choose_device<element_node>(b.device());
    if (too_many_buffers(d, b, 1))
      return reduced<K, computed<E::type.type>>(computed<E::type.type>(evaluate(e)), options).compute();
    // kept axes first, reduced ones last
    index_list order;
    ndfuse::shape extents;
    std::size_t kept = 0;
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t a = 0; a < from.size(); ++a)
        if ((reduced_axes >> a & 1u) == unsigned(pass)) {
          order.push_back(index(a));
          extents.push_back(from[a]);
          kept += pass == 0;
        }
    runtime::operand loads[codegen::max_operands];
    std::size_t n = 0;
    for (runtime::operand const& o : b.loads()) loads[n++] = {o.memory, permute(o.view, order)};
    runtime::tensor out{{}, contiguous_view(result_shape(from, reduced_axes)), types.result};
    index count = 1;
    for (std::size_t a = kept; a < extents.size(); ++a) count *= extents[a];
    if (count == 0 && !types.has_identity && out.view.size() > 0)
      throw value_error(ndfuse::detail::message("zero-size array to reduction operation ", ops::name_of(K),
                                                " which has no identity"));
    out.memory = d.allocate(out.view.size(), out.type);
    ir::scalar_value const divisor = static_cast<double>(count);
    ops::launch_reduce(d, compiled<element_node>::kernel, description, {loads, n}, extents, kept, out, b.scalars(),
                       {&divisor, 1});
    return out;
  }

  std::uint32_t mask(std::size_t rank) const {
    if (options.all_axes) return std::uint32_t((std::uint64_t(1) << rank) - 1);
    std::uint32_t m = 0;
    for (index a : options.axes) {
      std::uint32_t const bit = std::uint32_t(1) << ndfuse::detail::normalize_axis(a, rank);
      if ((m & bit) != 0) throw value_error("duplicate value in 'axis'");
      m |= bit;
    }
    return m;
  }
  ndfuse::shape result_shape(ndfuse::shape const& from, std::uint32_t reduced_axes) const {
    ndfuse::shape s;
    for (std::size_t a = 0; a < from.size(); ++a) {
      if ((reduced_axes >> a & 1u) == 0) s.push_back(from[a]);
      else if (options.keep) s.push_back(1);
    }
    return s;
  }

  static constexpr ops::reduction description = [] {
    ops::reduction r;
    r.name = ops::name_of(K);
    r.accumulator = types.accumulator;
    r.result = types.result;
    r.has_identity = types.has_identity;
    r.identity = ops::identity_bits(types.op, types.accumulator);
    r.hash = ir::hash_combine(ir::hash(programs::combine.view()), ir::hash(programs::finish.view()));
    r.partial = &compiled<computed<types.accumulator>>::kernel;
    r.finish = programs::finish.view();
    r.combine_rows = codegen::cpu_rows<programs::combine>;
    r.finish_rows = codegen::cpu_rows<programs::finish>;
    if constexpr (compiled<element_node>::gpu) {
      r.combine = programs::combine.view();
      r.helpers = {codegen::helper_texts<codegen::dialect::wgsl, compiled<element_node>::program, programs::combine,
                                         programs::finish>,
                   codegen::helper_texts<codegen::dialect::glsl, compiled<element_node>::program, programs::combine,
                                         programs::finish>};
    }
    return r;
  }();
};

template <reduce_kind K, class X, class... Os> auto reduce(X const& x, Os const&... os) {
  reduce_options o;
  (o.set(os), ...);
  return reduced<K, node_t<X>>(as_node(x), o);
}

}  // namespace expr

#define NDFUSE_REDUCTION(name)                                   \
  template <expression X, expr::reduce_option... Os>             \
  auto name(X const& x, Os... options) {                         \
    return expr::reduce<expr::reduce_kind::name>(x, options...); \
  }
/// Reductions over all axes, or those named: nf::sum(x), nf::sum(x, nf::axis(0, 2)), nf::max(x, nf::axis(-1),
/// nf::keepdims). As numpy.sum, prod, max, min, mean, any: NaN wins in max and min; sums of narrow integers are 32 bits
/// wide; an empty max or min throws value_error.
NDFUSE_REDUCTION(sum)
NDFUSE_REDUCTION(prod)
NDFUSE_REDUCTION(max)
NDFUSE_REDUCTION(min)
NDFUSE_REDUCTION(mean)
NDFUSE_REDUCTION(any)
#undef NDFUSE_REDUCTION

/// nf::all stands for a whole axis in brackets, and is numpy.all as a function.
template <class X, class... Os> auto all_t::operator()(X const& x, Os... options) const {
  return expr::reduce<expr::reduce_kind::all>(x, options...);
}

/// How many elements are not zero (numpy.count_nonzero).
template <expression X, expr::reduce_option... Os> auto count_nonzero(X const& x, Os... options) {
  return sum(astype<bool>(x), options...);
}

}  // namespace ndfuse
