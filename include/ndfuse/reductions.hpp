#pragma once
/// @file Reductions beyond sums and extremes: argmax, var, std, nan-forms, logsumexp, averages, norms, several results
/// in one pass, and an operation of one's own.

#include <ndfuse/expr/fetch.hpp>
#include <ndfuse/expr/scan.hpp>
#include <ndfuse/linalg.hpp>

#include <utility>

namespace ndfuse {

#define NDFUSE_REDUCTION(name)                                   \
  template <expression X, expr::axes_option... Os>               \
  auto name(X const& x, Os... options) {                         \
    return expr::reduce<expr::reduce_kind::name>(x, options...); \
  }
/// The number, int32, of the largest or smallest element: the first of equal ones, and of NaN where there is one.
/// Along an axis its index; over several axes, or all, its row-major number among them. As numpy.argmax and argmin;
/// value_error for no elements. One pass.
NDFUSE_REDUCTION(argmax)
NDFUSE_REDUCTION(argmin)
/// Reductions of what is not NaN, as numpy.nanmax, nanmin, nanmean: NaN where nothing else is. Each one pass.
NDFUSE_REDUCTION(nanmax)
NDFUSE_REDUCTION(nanmin)
NDFUSE_REDUCTION(nanmean)
/// log(sum(exp(x))) without overflow, in one pass: the sum is kept relative to the largest element so far
/// (scipy.special. logsumexp; numpy.logaddexp.reduce).
NDFUSE_REDUCTION(logsumexp)
#undef NDFUSE_REDUCTION

/// Sums and products in which NaN counts as 0 and 1 (numpy.nansum, nanprod).
template <expression X, expr::reduce_option... Os> auto nansum(X const& x, Os... options) {
  return sum(where(isnan(x), 0, x), options...);
}
template <expression X, expr::reduce_option... Os> auto nanprod(X const& x, Os... options) {
  return prod(where(isnan(x), 1, x), options...);
}

namespace expr {
/// argmax and argmin that leave NaN out. As NumPy, which puts the least (greatest) infinity in its place, so that it
/// counts beside such infinities alone; -1 where nothing else is.
template <reduce_kind K, dtype T> struct nan_arg : named_reduction<K, T> {
  static constexpr bool most = K == reduce_kind::argmax;
  static constexpr ops::reduce_types types = ops::types_of(K, T);
  static constexpr std::string_view name = most ? "nanargmax" : "nanargmin";
  static constexpr std::uint64_t identity(std::size_t k) {
    return k == 0 ? ops::identity_bits(ops::types_of(reduce_kind::nanmax, T), 0) : ops::identity_bits(types, k);
  }
  struct combine_builder {
    static constexpr void build(ir::builder& b) {
      using ir::opcode;
      ir::value v[4];
      for (std::size_t k = 0; k < 4; ++k) v[k] = b.load(types.accumulators[k % 2]);
      double const infinite = std::numeric_limits<double>::infinity();
      ir::value const edge = b.constant(most ? -infinite : infinite, types.accumulators[0]);
      auto const known = [&](ir::value x) { return b.apply(opcode::where, b.apply(opcode::isnan, x), edge, x); };
      ir::value const x = known(v[0]), y = known(v[2]);
      ir::value const first =
          b.apply(opcode::logical_and, b.apply(opcode::equal, y, x), b.apply(opcode::less, v[3], v[1]));
      ir::value const second = b.apply(opcode::logical_or, b.apply(most ? opcode::greater : opcode::less, y, x), first);
      b.output(b.apply(most ? opcode::fmax : opcode::fmin, v[0], v[2]));
      b.output(b.apply(opcode::where, second, v[3], v[1]));
      b.finish();
    }
  };
  struct finish_builder {
    static constexpr void build(ir::builder& b) {
      ir::value v[2];
      ops::load_accumulators(b, types, v);
      b.output(b.apply(ir::opcode::where, b.apply(ir::opcode::isnan, v[0]), b.constant(-1, types.result), v[1]));
      b.finish();
    }
  };
};
template <reduce_kind K, class X, class... Os> array<std::int32_t> arg_without_nan(X const& x, Os const&... os) {
  constexpr dtype t = node_t<X>::type.type;
  if constexpr (!is_floating(t)) {
    return array<std::int32_t>(reduce<K>(x, os...));
  } else {
    array<std::int32_t> const made(reduce_by<nan_arg<K, t>>(x, os...));
    note_check(computed<dtype::bool_>(reduce<reduce_kind::any>(made < 0).compute()),
               {runtime::failure_kind::value, "All-NaN slice encountered"});
    return made;
  }
}
}  // namespace expr

/// The number, int32, of the largest or smallest element that is not NaN, the first of equal ones; along an axis or
/// over several as argmax (numpy.nanargmax, nanargmin; where nothing but NaN and -inf, or for nanargmin inf, is there,
/// also the first NaN counts, as in NumPy). Where all are NaN, which only the device knows, it is -1, and the next wait
/// throws value_error, as it does for an index out of bounds. Computed at once: one pass over the elements, and one
/// over the results for the check. value_error for no elements.
template <expression X, expr::axes_option... Os> array<std::int32_t> nanargmax(X const& x, Os... options) {
  return expr::arg_without_nan<expr::reduce_kind::argmax>(x, options...);
}
template <expression X, expr::axes_option... Os> array<std::int32_t> nanargmin(X const& x, Os... options) {
  return expr::arg_without_nan<expr::reduce_kind::argmin>(x, options...);
}

namespace expr {
struct degrees_of_freedom {
  double value;
};
template <class O>
concept variance_option = axes_option<O> || std::same_as<O, degrees_of_freedom>;

/// A number of type T in shaders of all kinds: scalars are weak, so float it is.
template <reduce_kind K, class X, class... Os> auto variance(X const& x, Os const&... os) {
  reduce_options o;
  double ddof = 0;
  auto const set = [&](auto const& option) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(option)>, degrees_of_freedom>) ddof = option.value;
    else o.set(option);
  };
  (set(os), ...);
  using E = node_t<X>;
  if constexpr (is_complex(E::type.type)) {
    // Accumulators of one kernel have one width: the mean first, then the mean of squared distances.
    static_assert(K == reduce_kind::var, "nanvar of complex numbers is not there");
    using T = cpp_type<E::type.type>;
    reduce_options keep = o;
    keep.keep = true;
    array<T> const center = reduced<named_reduction<reduce_kind::mean, E::type.type>, E>(as_node(x), keep);
    auto const away = x - center;
    auto const squares = square(real(away)) + square(imag(away));
    using S = std::remove_cvref_t<decltype(squares)>;
    auto const made = reduced<named_reduction<reduce_kind::mean, S::type.type>, S>(squares, o);
    return computed<S::type.type>(evaluate(made * made.correction(ddof)));
  } else {
    using R = reduced<named_reduction<K, E::type.type>, E>;
    R const made(as_node(x), o);
    if (ddof == 0) return computed<R::type.type>(made.compute());
    if constexpr (K == reduce_kind::var) {
      return computed<R::type.type>(evaluate(made * made.correction(ddof)));
    } else {
      using N = std::remove_cvref_t<decltype(!isnan(x))>;
      auto const n =
          astype<cpp_type<R::type.type>>(reduced<named_reduction<reduce_kind::sum, dtype::bool_>, N>(!isnan(x), o));
      return computed<R::type.type>(evaluate(made * (n / maximum(n - ddof, 0))));
    }
  }
}
}  // namespace expr

/// What is taken from the number of elements before var, std and their nan-forms divide by it (numpy's ddof=).
constexpr expr::degrees_of_freedom ddof(double value) { return {value}; }

/// The variance, the mean of squared distances from the mean (numpy.var): nf::var(x, nf::axis(0), nf::ddof(1)). One
/// pass: means and squares of parts are joined by the formula of Chan, Golub and LeVeque, which does not cancel.
/// Complex numbers take two. NaN for no elements, and where there are not more elements than `ddof`.
template <expression X, expr::variance_option... Os> auto var(X const& x, Os... options) {
  return expr::variance<expr::reduce_kind::var>(x, options...);
}
/// The standard deviation, the square root of the variance (numpy.std).
template <expression X, expr::variance_option... Os> auto std(X const& x, Os... options) {
  return sqrt(var(x, options...));
}
/// The variance of what is not NaN (numpy.nanvar).
template <expression X, expr::variance_option... Os> auto nanvar(X const& x, Os... options) {
  return expr::variance<expr::reduce_kind::nanvar>(x, options...);
}
/// The standard deviation of what is not NaN (numpy.nanstd).
template <expression X, expr::variance_option... Os> auto nanstd(X const& x, Os... options) {
  return sqrt(nanvar(x, options...));
}

namespace expr {
/// Several results of the accumulators of a reduction that has a name.
template <dtype T> struct mean_and_variance : named_reduction<reduce_kind::var, T> {
  static constexpr std::size_t result_count = 2;
  struct finish_builder {
    static constexpr void build(ir::builder& b) {
      ir::value v[3];
      ops::load_accumulators(b, ops::types_of(reduce_kind::var, T), v);
      b.output(b.cast(v[0], ops::types_of(reduce_kind::var, T).result));
      b.output(ops::finished(b, ops::types_of(reduce_kind::var, T), v));
      b.finish();
    }
  };
};
/// The smallest and the largest element: apart, or what lies between them.
template <dtype T, bool Between> struct both_extremes {
  static constexpr ops::reduce_types types = [] {
    ops::reduce_types t = ops::types_of(reduce_kind::max, T);
    t.element = T;
    t.accumulators[0] = t.accumulators[1] = is_bool(T) ? dtype::int32 : compute_type(T);
    t.accumulator_count = 2;
    return t;
  }();
  static constexpr std::string_view name = "maximum", empty = {};
  static constexpr std::size_t result_count = Between ? 1 : 2;
  static constexpr std::uint64_t identity(std::size_t k) {
    return ops::identity_bits(k == 0 ? ir::opcode::minimum : ir::opcode::maximum, types.accumulators[0]);
  }
  static constexpr void element(ir::builder& b, ir::value x) {
    b.output(x);
    b.output(x);
  }
  struct combine_builder {
    static constexpr void build(ir::builder& b) {
      ir::value v[4];
      for (ir::value& x : v) x = b.load(types.accumulators[0]);
      b.output(b.apply(ir::opcode::minimum, v[0], v[2]));
      b.output(b.apply(ir::opcode::maximum, v[1], v[3]));
      b.finish();
    }
  };
  struct finish_builder {
    static constexpr void build(ir::builder& b) {
      ir::value v[2];
      ops::load_accumulators(b, types, v);
      if (Between) b.output(b.cast(b.apply(ir::opcode::subtract, v[1], v[0]), T));
      else
        for (ir::value x : v) b.output(b.cast(x, T));
      b.finish();
    }
  };
};
template <class Def, class X, class... Os> auto pair_of(X const& x, Os const&... os) {
  using T = cpp_type<Def::types.result>;
  auto made = reduce_by<Def>(x, os...).compute_all();
  return std::pair<array<T>, array<T>>(array<T>(std::move(made[0])), array<T>(std::move(made[1])));
}
}  // namespace expr

/// Mean and variance together, in one pass: `auto [m, v] = nf::mean_and_var(x, nf::axis(1));`
template <expression X, expr::axes_option... Os> auto mean_and_var(X const& x, Os... options) {
  return expr::pair_of<expr::mean_and_variance<expr::node_t<X>::type.type>>(x, options...);
}
/// The smallest and the largest element together, in one pass; NaN wins.
template <expression X, expr::axes_option... Os> auto min_and_max(X const& x, Os... options) {
  return expr::pair_of<expr::both_extremes<expr::node_t<X>::type.type, false>>(x, options...);
}
/// The largest less the smallest element (numpy.ptp), in one pass. value_error for no elements.
template <expression X, expr::axes_option... Os> auto ptp(X const& x, Os... options) {
  static_assert(!is_bool(expr::node_t<X>::type.type), "numpy boolean subtract is not supported: convert x to integers");
  return expr::reduce_by<expr::both_extremes<expr::node_t<X>::type.type, true>>(x, options...);
}

/// The mean with weights, which broadcast to x (numpy.average): sum(x w) / sum(w).
template <expression X, expression W, expr::axes_option... Os> auto average(X const& x, W const& w, Os... options) {
  auto const weights = broadcast_to(array(w), broadcast_shapes(expr::as_node(x).shape(), expr::as_node(w).shape()));
  return sum(x * weights, options...) / sum(weights, options...);
}

/// A vector's norm over all elements or along axes, of any order (the array API standard's linalg.vector_norm): 2
/// unless `order` says otherwise; 0 counts what is not zero; infinities are the largest and smallest magnitude. Float32
/// of integers.
template <expression X, expr::axes_option... Os> auto vector_norm(X const& x, double order, Os... options) {
  auto const magnitude = abs(x);
  using E = std::remove_cvref_t<decltype(magnitude)>;
  using T = cpp_type<ndfuse::floating_type(E::type.type)>;
  auto const m = astype<T>(magnitude);
  array<T> made;
  if (order == 2) made = sqrt(sum(square(m), options...));
  else if (order == 1) made = sum(m, options...);
  else if (order == 0) made = astype<T>(count_nonzero(m, options...));
  else if (order == std::numeric_limits<double>::infinity()) made = max(m, options..., initial(0));
  else if (order == -std::numeric_limits<double>::infinity()) made = min(m, options...);
  else made = pow(sum(pow(m, order), options...), 1 / order);
  return made;
}

namespace expr {
/// A reduction by the user's lambda.
template <class F, dtype T> struct lambda_reduction {
  static constexpr ops::reduce_types types = [] {
    ops::reduce_types t = ops::types_of(reduce_kind::sum, T);
    t.element = t.result = T;
    t.accumulators[0] = lambda_combine<F, T>::accumulator;
    return t;
  }();
  static constexpr std::string_view name = "lambda", empty = {};
  static constexpr std::size_t result_count = 1;
  static constexpr std::uint64_t identity(std::size_t) { return 0; }
  using combine_builder = lambda_combine<F, T>;
  struct finish_builder {
    static constexpr void build(ir::builder& b) {
      b.output(b.cast(b.load(types.accumulators[0]), T));
      b.finish();
    }
  };
};
}  // namespace expr

/// A reduction with an operation of one's own: nf::reduce(x, [](auto a, auto b) { return ... }, identity, nf::axis(0)).
/// The operation is traced once on symbols; it must be associative and commutative, and leave its operand as it is
/// where the other one is `identity`, which is also the result for no elements. The result has the type of x.
template <expression X, expr::captureless F, scalar I, expr::axes_option... Os>
auto reduce(X const& x, F, I identity, Os... options) {
  expr::reduce_options o;
  (o.set(options), ...);
  using E = expr::node_t<X>;
  return expr::reduced<expr::lambda_reduction<F, E::type.type>, E>(expr::as_node(x), o,
                                                                   expr::neutral_bits<E::type.type>(identity));
}

}  // namespace ndfuse
