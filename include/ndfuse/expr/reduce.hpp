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
template <scalar T> struct initial_value {
  T value;
};
template <class M> struct counted_where {
  M mask;
};
}  // namespace expr

/// A value that takes part in a reduction beside the elements (numpy's initial=).
template <scalar T> constexpr expr::initial_value<T> initial(T value) { return {value}; }

/// Only elements where `mask` holds are reduced; it broadcasts (numpy's where=).
template <expression M> constexpr auto where(M const& mask) {
  return expr::counted_where<expr::node_t<M>>{expr::as_node(mask)};
}

namespace expr {

/// Which axes of an operand are reduced, and whether they stay.
struct reduce_options {
  bool all_axes = true;
  index_list axes;
  bool keep = false;
  bool has_initial = false;  // no elements are no error

  template <class T> void set(initial_value<T> const&) { has_initial = true; }
  template <class M> void set(counted_where<M> const&) {}

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
concept axes_option = std::same_as<O, axis> || std::same_as<O, keepdims_t> || std::convertible_to<O, index>;
template <class O> inline constexpr bool is_initial = false;
template <class T> inline constexpr bool is_initial<initial_value<T>> = true;
template <class O> inline constexpr bool is_where = false;
template <class M> inline constexpr bool is_where<counted_where<M>> = true;
template <class O>
concept where_option = axes_option<O> || is_where<O>;
template <class O>
concept reduce_option = where_option<O> || is_initial<O>;

using ops::reduce_kind;

using ir::frozen;

/// A reduction that has a name: its types, programs and neutral elements.
template <reduce_kind K, dtype T> struct named_reduction {
  static constexpr ops::reduce_types types = ops::types_of(K, T);
  static constexpr std::string_view name = ops::name_of(K), empty = ops::empty_words(K);
  static constexpr std::size_t result_count = 1;
  static constexpr std::uint64_t identity(std::size_t k) { return ops::identity_bits(types, k); }
  struct combine_builder {
    static constexpr void build(ir::builder& b) { ops::build_combine(b, types); }
  };
  struct finish_builder {
    static constexpr void build(ir::builder& b) { ops::build_finish(b, types); }
  };
};

/// The accumulators of elements of E, as outputs of one kernel.
template <class Def, class E> struct reduce_element {
  static constexpr std::size_t load_count = E::load_count + Def::types.numbered;
  static constexpr void lower_outputs(ir::builder& b) {
    ir::value const x = b.cast(b.cast(b.strong(E::lower(b)), Def::types.element), Def::types.accumulators[0]);
    if constexpr (requires { Def::element(b, x); }) Def::element(b, x);
    else ops::build_element(b, Def::types, x, [&] { return b.load(dtype::int32, true); });
  }
};
/// Accumulators in memory.
template <class Def> struct reduce_partial {
  static constexpr void lower_outputs(ir::builder& b) {
    for (std::size_t k = 0; k < Def::types.accumulator_count; ++k) b.output(b.load(Def::types.accumulators[k]));
  }
};

/// True when more arrays meet in one kernel than the device can bind (one binding is for the result).
inline bool too_many_buffers(runtime::device& d, binder const& b, std::size_t outputs) {
  if (d.kind() == device_kind::cpu) return false;
  return runtime::detail::distinct_buffers(b.loads()) + outputs >
         static_cast<runtime::gpu_device&>(d).limits().max_storage_buffers;
}

template <class Def, class E> struct reduced : node_base<reduced<Def, E>> {
  using extents = dynamic_shape;
  static constexpr ops::reduce_types types = Def::types;
  static_assert(types.supported, "complex numbers have no order: max, min and the like are not defined for them");
  static constexpr auto const& combine = frozen<typename Def::combine_builder>;
  static constexpr auto const& finish = frozen<typename Def::finish_builder>;
  using element_node = reduce_element<Def, E>;

  E e;
  reduce_options options;
  std::uint64_t identity;  // of the first accumulator

  reduced(E x, reduce_options o, std::uint64_t neutral = Def::identity(0))
      : e(std::move(x)), options(std::move(o)), identity(neutral) {}

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

  /// What turns a mean over n elements into one over n - ddof.
  double correction(double ddof) const {
    ndfuse::shape const from = e.shape();
    std::uint32_t const reduced_axes = mask(from.size());
    double n = 1;
    for (std::size_t a = 0; a < from.size(); ++a)
      if ((reduced_axes >> a & 1u) != 0) n *= double(from[a]);
    return n / (n > ddof ? n - ddof : 0.0);
  }

  /// Launches the reduction.
  runtime::tensor compute() const { return compute_all()[0]; }
  /// All results of one that has several.
  std::array<runtime::tensor, Def::result_count> compute_all() const {
    if constexpr (too_long<E>) return of_stored();
    else return compute_fused();
  }

 private:
  auto of_stored() const {
    return reduced<Def, computed<E::type.type>>(computed<E::type.type>(evaluate(e)), options, identity).compute_all();
  }
  std::array<runtime::tensor, Def::result_count> compute_fused() const {
    ndfuse::shape const from = e.shape();
    std::uint32_t const reduced_axes = mask(from.size());
    binder b(from);
    e.bind(b);
    runtime::device& d = choose_device<element_node>(b.device());
    constexpr std::size_t written =
        Def::result_count > types.accumulator_count ? Def::result_count : types.accumulator_count;
    if (too_many_buffers(d, b, written)) return of_stored();
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
    if constexpr (types.numbered) loads[n++] = {nullptr, ops::number_view(extents, kept)};
    std::array<runtime::tensor, Def::result_count> outs;
    index count = 1;
    for (std::size_t a = kept; a < extents.size(); ++a) count *= extents[a];
    ndfuse::shape const to = result_shape(from, reduced_axes);
    if (count == 0 && !types.has_identity && !options.has_initial && element_count(to) > 0)
      ops::throw_empty(Def::name, Def::empty);
    for (std::size_t k = 0; k < outs.size(); ++k) {
      outs[k] = {{}, contiguous_view(to), finish.view().output_type(k)};
      outs[k].memory = d.allocate(element_count(to), outs[k].type);
    }
    ir::scalar_value const divisor = static_cast<double>(count);
    ops::reduction r = description;
    r.identities[0] = identity;
    r.has_identity = r.has_identity || options.has_initial;
    ops::launch_reduce(d, compiled<element_node>::kernel, r, {loads, n}, extents, kept, outs, b.scalars(),
                       {&divisor, 1});
    return outs;
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
    r.name = Def::name;
    r.empty = Def::empty;
    r.accumulator_count = types.accumulator_count;
    for (std::size_t k = 0; k < types.accumulator_count; ++k) {
      r.accumulators[k] = types.accumulators[k];
      r.identities[k] = Def::identity(k);
    }
    r.has_identity = types.has_identity;
    r.hash = ir::hash_combine(ir::hash(combine.view()), ir::hash(finish.view()));
    r.partial = &compiled<reduce_partial<Def>>::kernel;
    r.finish = finish.view();
    r.combine_rows = codegen::cpu_rows<frozen<typename Def::combine_builder>>;
    r.finish_rows = codegen::cpu_rows<frozen<typename Def::finish_builder>>;
    if constexpr (compiled<element_node>::gpu) {
      r.combine = combine.view();
      r.helpers = {codegen::helper_texts<codegen::dialect::wgsl, compiled<element_node>::program,
                                         frozen<typename Def::combine_builder>, frozen<typename Def::finish_builder>>,
                   codegen::helper_texts<codegen::dialect::glsl, compiled<element_node>::program,
                                         frozen<typename Def::combine_builder>, frozen<typename Def::finish_builder>>};
    }
    return r;
  }();
};

template <class Def, class X, class... Os> auto reduce_by(X const& x, Os const&... os) {
  reduce_options o;
  (o.set(os), ...);
  return reduced<Def, node_t<X>>(as_node(x), o);
}

/// What an option of some kind among `os` is; there must be one.
template <class O, class... Os> auto const& initial_among(O const& o, Os const&... os) {
  if constexpr (is_initial<O>) return o;
  else return initial_among(os...);
}
template <class O, class... Os> auto const& where_among(O const& o, Os const&... os) {
  if constexpr (is_where<O>) return o;
  else return where_among(os...);
}

/// Elements that do not count become the neutral one; an initial value joins what is reduced.
template <reduce_kind K, class X, class... Os> auto reduce(X const& x, Os const&... os) {
  constexpr bool extreme = K == reduce_kind::max || K == reduce_kind::min;
  constexpr bool one = K == reduce_kind::prod || K == reduce_kind::all;
  auto const whole = [&](auto const& e) {
    return reduce_by<named_reduction<K, std::remove_cvref_t<decltype(e)>::type.type>>(e, os...);
  };
  auto const elements = [&] {
    if constexpr (!(is_where<Os> || ...)) {
      return as_node(x);
    } else if constexpr (extreme) {
      static_assert((is_initial<Os> || ...), "max and min have no identity: with nf::where they need nf::initial");
      return ndfuse::where(where_among(os...).mask, x, initial_among(os...).value);
    } else if constexpr (K == reduce_kind::any || K == reduce_kind::all) {
      return ndfuse::where(where_among(os...).mask, ndfuse::astype<bool>(x), one);
    } else {
      return ndfuse::where(where_among(os...).mask, x, int(one));
    }
  }();
  auto const made = whole(elements);
  if constexpr (!(is_initial<Os> || ...)) {
    return made;
  } else {
    auto const first = initial_among(os...).value;
    if constexpr (K == reduce_kind::max) return maximum(made, first);
    else if constexpr (K == reduce_kind::min) return minimum(made, first);
    else if constexpr (K == reduce_kind::prod) return made * first;
    else return made + first;
  }
}

}  // namespace expr

#define NDFUSE_REDUCTION(name, option)                           \
  template <expression X, expr::option... Os>                    \
  auto name(X const& x, Os... options) {                         \
    return expr::reduce<expr::reduce_kind::name>(x, options...); \
  }
/// Reductions over all axes, or those named: nf::sum(x), nf::sum(x, nf::axis(0, 2)), nf::max(x, nf::axis(-1),
/// nf::keepdims). As numpy.sum, prod, max, min, mean, any: NaN wins in max and min; sums of narrow integers are 32 bits
/// wide; an empty max or min throws value_error. nf::sum(x, nf::where(mask), nf::initial(1)) as NumPy's where= and
/// initial=; the last one for sum, prod, max and min.
NDFUSE_REDUCTION(sum, reduce_option)
NDFUSE_REDUCTION(prod, reduce_option)
NDFUSE_REDUCTION(max, reduce_option)
NDFUSE_REDUCTION(min, reduce_option)
NDFUSE_REDUCTION(mean, axes_option)
NDFUSE_REDUCTION(any, where_option)
#undef NDFUSE_REDUCTION

/// nf::all stands for a whole axis in brackets, and is numpy.all as a function.
template <class X, class... Os> auto all_t::operator()(X const& x, Os... options) const {
  return expr::reduce<expr::reduce_kind::all>(x, options...);
}

/// How many elements are not zero (numpy.count_nonzero).
template <expression X, expr::where_option... Os> auto count_nonzero(X const& x, Os... options) {
  return sum(astype<bool>(x), options...);
}

}  // namespace ndfuse
