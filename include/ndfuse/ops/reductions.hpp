#pragma once
/// @file The reductions that have NumPy's names: which types they work in, what joins two values, what becomes of the
/// result. One definition for both front ends.

#include <ndfuse/core/view.hpp>
#include <ndfuse/ir/builder.hpp>

#include <limits>

namespace ndfuse::ops {

/// Kinds from argmax on are not ufuncs' reductions: they have several accumulators, or leave NaN out.
enum class reduce_kind : std::uint8_t {
  sum,
  prod,
  max,
  min,
  mean,
  any,
  all,
  argmax,
  argmin,
  var,
  nanmax,
  nanmin,
  nanmean,
  nanvar,
  logsumexp,
};

inline constexpr std::size_t reduce_kind_count = 15;

/// NumPy's function of this name (logsumexp is SciPy's).
constexpr std::string_view function_name(reduce_kind k) {
  constexpr std::string_view names[] = {"sum",    "prod", "max",    "min",    "mean",    "any",    "all",      "argmax",
                                        "argmin", "var",  "nanmax", "nanmin", "nanmean", "nanvar", "logsumexp"};
  return names[std::size_t(k)];
}
/// NumPy's ufunc whose reduction it is, as its messages name it; else the function.
constexpr std::string_view name_of(reduce_kind k) {
  constexpr std::string_view names[] = {"add", "multiply", "maximum", "minimum", "mean", "logical_or", "logical_and"};
  if (k == reduce_kind::nanmax) return "fmax";
  if (k == reduce_kind::nanmin) return "fmin";
  return std::size_t(k) < std::size(names) ? names[std::size_t(k)] : function_name(k);
}
/// What an error says of no elements where that is not what a ufunc says; else nothing.
constexpr std::string_view empty_words(reduce_kind k) {
  if (k == reduce_kind::argmax) return "attempt to get argmax of an empty sequence";
  if (k == reduce_kind::argmin) return "attempt to get argmin of an empty sequence";
  return {};
}

/// Throws what NumPy says when there is nothing to reduce: `words`, or what a ufunc of this name says.
[[noreturn]] inline void throw_empty(std::string_view name, std::string_view words) {
  if (!words.empty()) throw value_error(std::string(words));
  throw value_error(ndfuse::detail::message("zero-size array to reduction operation ", name, " which has no identity"));
}

/// Types of a reduction (numpy's, with 32-bit defaults).
struct reduce_types {
  reduce_kind kind;
  dtype element;  // elements are converted to it as they enter
  std::uint8_t accumulator_count;
  dtype accumulators[3];
  dtype result;
  ir::opcode op;  // joins two, where there is one accumulator
  bool numbered;  // elements enter with their numbers among the reduced ones
  bool has_identity;
  bool supported;  // complex numbers have no order
};

constexpr reduce_types types_of(reduce_kind k, dtype t) {
  using enum reduce_kind;
  reduce_types r{k, t, 1, {}, t, ir::opcode::add, false, true, true};
  bool const logical = k == any || k == all || (is_bool(t) && (k == max || k == min || k == nanmax || k == nanmin));
  bool const averages = k == mean || k == var || k == nanmean || k == nanvar || k == logsumexp;
  bool const ordered = k == max || k == min || k == nanmax || k == nanmin || k == argmax || k == argmin;
  if (logical) {
    r.element = dtype::bool_;
  } else if (averages) {
    if (t == dtype::float16) r.element = dtype::float32;
    else if (is_integer(t) || is_bool(t)) r.element = is_wide(t) ? dtype::float64 : default_float;
  } else if (k == sum || k == prod) {
    r.element = accumulator_type(t);
  } else if (is_bool(t)) {
    r.element = dtype::int32;
  }
  r.accumulators[0] = compute_type(r.element);
  r.result = averages && t == dtype::float16 ? t : r.element;
  auto const more = [&](dtype u) { r.accumulators[r.accumulator_count++] = u; };
  switch (k) {
    case sum:
    case mean: r.op = ir::opcode::add; break;
    case prod: r.op = ir::opcode::multiply; break;
    case max: r.op = logical ? ir::opcode::logical_or : ir::opcode::maximum; break;
    case min: r.op = logical ? ir::opcode::logical_and : ir::opcode::minimum; break;
    case any: r.op = ir::opcode::logical_or; break;
    case all: r.op = ir::opcode::logical_and; break;
    case nanmax: r.op = logical ? ir::opcode::logical_or : ir::opcode::fmax; break;
    case nanmin: r.op = logical ? ir::opcode::logical_and : ir::opcode::fmin; break;
    case argmax:
    case argmin:
      more(default_int);
      r.result = default_int;
      r.numbered = true;
      break;
    case var:
    case nanvar:
      more(r.accumulators[0]);
      more(dtype::uint32);
      break;
    case nanmean: more(dtype::uint32); break;
    case logsumexp: more(r.accumulators[0]); break;
  }
  r.has_identity = !ordered;
  // The variance of complex numbers would need accumulators of different widths: front ends make it of two sums.
  r.supported = !is_complex(t) || k == sum || k == prod || k == mean || k == any || k == all;
  return r;
}

namespace detail {
template <class C> constexpr std::uint64_t identity_of(ir::opcode op) {
  if constexpr (std::same_as<C, std::complex<double>>) return op == ir::opcode::multiply ? ir::constant_bits(1.0) : 0;
  else {
    bool const low = op == ir::opcode::maximum;
    if (op == ir::opcode::multiply || op == ir::opcode::logical_and) return ir::constant_bits(C(1));
    if (!low && op != ir::opcode::minimum) return 0;
    if constexpr (std::floating_point<C>)
      return ir::constant_bits(low ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::infinity());
    else if constexpr (std::integral<C>)
      return ir::constant_bits(low ? std::numeric_limits<C>::lowest() : std::numeric_limits<C>::max());
    else return 0;
  }
}
}  // namespace detail

/// The bits of the neutral element of `op` in the type `t`, which is a compute type or an integer that has its bits in
/// one; of complex128 those of its real part.
constexpr std::uint64_t identity_bits(ir::opcode op, dtype t) {
  switch (t) {
    case dtype::bool_: return detail::identity_of<bool>(op);
    case dtype::int8: return detail::identity_of<std::int8_t>(op);
    case dtype::int16: return detail::identity_of<std::int16_t>(op);
    case dtype::uint8: return detail::identity_of<std::uint8_t>(op);
    case dtype::uint16: return detail::identity_of<std::uint16_t>(op);
    case dtype::int32: return detail::identity_of<std::int32_t>(op);
    case dtype::uint32: return detail::identity_of<std::uint32_t>(op);
    case dtype::int64: return detail::identity_of<std::int64_t>(op);
    case dtype::uint64: return detail::identity_of<std::uint64_t>(op);
    case dtype::float32: return detail::identity_of<float>(op);
    case dtype::float64: return detail::identity_of<double>(op);
    case dtype::complex64: return detail::identity_of<std::complex<float>>(op);
    case dtype::complex128: return detail::identity_of<std::complex<double>>(op);
    default: return 0;
  }
}

/// The numbers of elements among the reduced ones, which are the axes from `kept` on, in row-major order: a generator's
/// view.
inline view number_view(shape const& extents, std::size_t kept) {
  view v{extents, index_list::filled(extents.size(), 0), 0};
  index step = 1;
  for (std::size_t a = extents.size(); a-- > kept;) {
    v.strides[a] = step;
    step *= extents[a];
  }
  return v;
}

/// The bits of the neutral element of accumulator `k`.
constexpr std::uint64_t identity_bits(reduce_types const& t, std::size_t k) {
  using enum reduce_kind;
  switch (t.kind) {
    case argmax:
    case argmin:
      if (k == 1) return identity_bits(ir::opcode::minimum, t.accumulators[1]);  // of equal ones the first wins
      return identity_bits(t.kind == argmax ? ir::opcode::maximum : ir::opcode::minimum, t.accumulators[0]);
    case var:
    case nanvar:
    case nanmean: return 0;
    case logsumexp: return k == 0 ? identity_bits(ir::opcode::maximum, t.accumulators[0]) : 0;
    case nanmax:
    case nanmin:  // any number wins over NaN
      if (t.accumulators[0] == dtype::float32) return ir::constant_bits(std::numeric_limits<float>::quiet_NaN());
      if (t.accumulators[0] == dtype::float64) return ir::constant_bits(std::numeric_limits<double>::quiet_NaN());
      return identity_bits(t.kind == nanmax ? ir::opcode::maximum : ir::opcode::minimum, t.accumulators[0]);
    default: return identity_bits(t.op, t.accumulators[0]);
  }
}

/// The outputs of a body: the accumulators of one element `x`, which has the first one's type; `number` makes the
/// element's number where the types ask for it.
template <class Number> constexpr void build_element(ir::builder& b, reduce_types const& t, ir::value x,
                                                     Number number) {
  using enum reduce_kind;
  auto const constant = [&](double v, std::size_t k) { return b.constant(v, t.accumulators[k]); };
  switch (t.kind) {
    case argmax:
    case argmin:
      b.output(x);
      b.output(number());
      return;
    case var:
      b.output(x);
      b.output(constant(0, 1));
      b.output(b.constant(1, t.accumulators[2]));
      return;
    case logsumexp:
      b.output(x);
      b.output(constant(1, 1));
      return;
    case nanmean:
    case nanvar: {
      std::size_t const last = t.accumulator_count - 1u;
      ir::value const skip = b.apply(ir::opcode::isnan, x);
      b.output(b.apply(ir::opcode::where, skip, constant(0, 0), x));
      if (t.kind == nanvar) b.output(constant(0, 1));
      b.output(
          b.apply(ir::opcode::where, skip, b.constant(0, t.accumulators[last]), b.constant(1, t.accumulators[last])));
      return;
    }
    default: b.output(x);
  }
}

/// Joins two states: loads and outputs are the accumulators.
constexpr void build_combine(ir::builder& b, reduce_types const& t) {
  using enum reduce_kind;
  using ir::opcode;
  ir::value x[3], y[3];
  for (std::size_t k = 0; k < t.accumulator_count; ++k) x[k] = b.load(t.accumulators[k]);
  for (std::size_t k = 0; k < t.accumulator_count; ++k) y[k] = b.load(t.accumulators[k]);
  dtype const first = t.accumulators[0];
  switch (t.kind) {
    case argmax:
    case argmin: {
      // The second where it is better; of equal ones (NaN equals NaN) the one with the smaller number.
      ir::value better = b.apply(t.kind == argmax ? opcode::greater : opcode::less, y[0], x[0]);
      ir::value equal = b.apply(opcode::equal, y[0], x[0]);
      if (is_floating(first)) {
        ir::value const nan_x = b.apply(opcode::isnan, x[0]), nan_y = b.apply(opcode::isnan, y[0]);
        better = b.apply(opcode::logical_or, better,
                         b.apply(opcode::logical_and, nan_y, b.apply(opcode::logical_not, nan_x)));
        equal = b.apply(opcode::logical_or, equal, b.apply(opcode::logical_and, nan_x, nan_y));
      }
      ir::value const second =
          b.apply(opcode::logical_or, better, b.apply(opcode::logical_and, equal, b.apply(opcode::less, y[1], x[1])));
      b.output(b.apply(opcode::where, second, y[0], x[0]));
      b.output(b.apply(opcode::where, second, y[1], x[1]));
      break;
    }
    case var:
    case nanvar: {
      // Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances (1979).
      ir::value const n = b.apply(opcode::add, x[2], y[2]);
      ir::value const count = b.cast(b.apply(opcode::maximum, n, b.constant(1, dtype::uint32)), first);
      ir::value const share = b.apply(opcode::divide, b.cast(y[2], first), count);
      ir::value const away = b.apply(opcode::subtract, y[0], x[0]);
      ir::value const step = b.apply(opcode::multiply, away, share);
      // An infinite element: the mean is infinite, and the variance NaN.
      ir::value const finite = b.apply(opcode::isfinite, away);
      b.output(b.apply(opcode::where, finite, b.apply(opcode::add, x[0], step), b.apply(opcode::add, x[0], y[0])));
      ir::value const between = b.apply(
          opcode::where, finite, b.apply(opcode::multiply, b.apply(opcode::multiply, away, step), b.cast(x[2], first)),
          b.constant(std::numeric_limits<double>::quiet_NaN(), first));
      b.output(b.apply(opcode::add, b.apply(opcode::add, x[1], y[1]), between));
      b.output(n);
      break;
    }
    case logsumexp: {
      // A state is (greatest, sum of exp(x - greatest)). Equal ones, infinities too, differ by nothing.
      ir::value const less = b.apply(opcode::less, x[0], y[0]);
      ir::value const far = b.apply(opcode::absolute, b.apply(opcode::subtract, x[0], y[0]));
      ir::value const gap = b.apply(opcode::where, b.apply(opcode::equal, x[0], y[0]), b.constant(0, first), far);
      ir::value const scale = b.apply(opcode::exp, b.apply(opcode::negative, gap));
      ir::value const low = b.apply(opcode::where, less, x[1], y[1]), high = b.apply(opcode::where, less, y[1], x[1]);
      b.output(b.apply(opcode::maximum, x[0], y[0]));
      b.output(b.apply(opcode::add, high, b.apply(opcode::multiply, low, scale)));
      break;
    }
    case nanmean:
      for (std::size_t k = 0; k < 2; ++k) b.output(b.apply(opcode::add, x[k], y[k]));
      break;
    default: b.output(b.apply(t.op, x[0], y[0]));
  }
  b.finish();
}
/// The result of the accumulators `v`. The mean divides by the count, which travels as a scalar.
constexpr ir::value finished(ir::builder& b, reduce_types const& t, ir::value const* v) {
  using enum reduce_kind;
  using ir::opcode;
  dtype const first = t.accumulators[0];
  ir::value r = v[0];
  switch (t.kind) {
    case mean: r = b.apply(opcode::divide, r, b.scalar(weak_kind::floating)); break;
    case argmax:
    case argmin: r = v[1]; break;
    case var:
    case nanvar: r = b.apply(opcode::divide, v[1], b.cast(v[2], first)); break;
    case nanmean: r = b.apply(opcode::divide, r, b.cast(v[1], first)); break;
    case logsumexp: r = b.apply(opcode::add, r, b.apply(opcode::log, v[1])); break;
    default: break;
  }
  return b.cast(r, t.result);
}
/// Loads of the accumulators.
constexpr void load_accumulators(ir::builder& b, reduce_types const& t, ir::value* v) {
  for (std::size_t k = 0; k < t.accumulator_count; ++k) v[k] = b.load(t.accumulators[k]);
}
/// From the accumulators to the result.
constexpr void build_finish(ir::builder& b, reduce_types const& t) {
  ir::value v[3];
  load_accumulators(b, t, v);
  b.output(finished(b, t, v));
  b.finish();
}
/// Passes accumulators on, for the second launch.
constexpr void build_partial(ir::builder& b, reduce_types const& t) {
  for (std::size_t k = 0; k < t.accumulator_count; ++k) b.output(b.load(t.accumulators[k]));
  b.finish();
}

}  // namespace ndfuse::ops
