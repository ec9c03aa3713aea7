#pragma once
/// @file The reductions that have NumPy's names: which types they work in, what joins two values, what becomes of the
/// result. One definition for both front ends.

#include <ndfuse/ir/builder.hpp>

namespace ndfuse::ops {

enum class reduce_kind : std::uint8_t { sum, prod, max, min, mean, any, all };

inline constexpr std::size_t reduce_kind_count = 7;

/// NumPy's function of this name.
constexpr std::string_view function_name(reduce_kind k) {
  constexpr std::string_view names[] = {"sum", "prod", "max", "min", "mean", "any", "all"};
  return names[std::size_t(k)];
}
/// NumPy's ufunc whose reduction it is, as its messages name it.
constexpr std::string_view name_of(reduce_kind k) {
  constexpr std::string_view names[] = {"add", "multiply", "maximum", "minimum", "mean", "logical_or", "logical_and"};
  return names[std::size_t(k)];
}

/// Types of a reduction (numpy's, with 32-bit defaults).
struct reduce_types {
  dtype element;      // elements are converted to it as they enter
  dtype accumulator;  // and joined in its compute type
  dtype result;
  ir::opcode op;  // joins two
  bool has_identity;
  bool supported;  // complex numbers have no order
};

constexpr reduce_types types_of(reduce_kind k, dtype t) {
  bool const extreme = k == reduce_kind::max || k == reduce_kind::min;
  bool const logical = k == reduce_kind::any || k == reduce_kind::all || (is_bool(t) && extreme);
  reduce_types r{};
  r.element = t;
  if (logical) {
    r.element = dtype::bool_;
  } else if (k == reduce_kind::mean) {
    if (t == dtype::float16) r.element = dtype::float32;
    else if (is_integer(t) || is_bool(t)) r.element = is_wide(t) ? dtype::float64 : default_float;
  } else if (!extreme) {
    r.element = accumulator_type(t);
  }
  r.accumulator = compute_type(r.element);
  r.result = k == reduce_kind::mean && t == dtype::float16 ? t : r.element;
  switch (k) {
    case reduce_kind::sum:
    case reduce_kind::mean: r.op = ir::opcode::add; break;
    case reduce_kind::prod: r.op = ir::opcode::multiply; break;
    case reduce_kind::max: r.op = logical ? ir::opcode::logical_or : ir::opcode::maximum; break;
    case reduce_kind::min: r.op = logical ? ir::opcode::logical_and : ir::opcode::minimum; break;
    case reduce_kind::any: r.op = ir::opcode::logical_or; break;
    case reduce_kind::all: r.op = ir::opcode::logical_and; break;
  }
  r.has_identity = !extreme;
  r.supported = !(extreme && is_complex(t));
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

/// The bits of the neutral element of `op` in the compute type `t`; of complex128 those of its real part.
constexpr std::uint64_t identity_bits(ir::opcode op, dtype t) {
  switch (t) {
    case dtype::bool_: return detail::identity_of<bool>(op);
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

/// Joins two accumulators.
constexpr void build_combine(ir::builder& b, reduce_types const& t) {
  ir::value const x = b.load(t.accumulator);
  ir::value const y = b.load(t.accumulator);
  b.output(b.apply(t.op, x, y));
  b.finish();
}
/// The result of the accumulator `v`. The mean divides by the count, which travels as a scalar.
constexpr ir::value finished(ir::builder& b, reduce_kind k, reduce_types const& t, ir::value v) {
  if (k == reduce_kind::mean) v = b.apply(ir::opcode::divide, v, b.scalar(weak_kind::floating));
  return b.cast(v, t.result);
}
/// From the accumulator to the result.
constexpr void build_finish(ir::builder& b, reduce_kind k, reduce_types const& t) {
  b.output(finished(b, k, t, b.load(t.accumulator)));
  b.finish();
}
/// Passes accumulators on, for the second launch.
constexpr void build_partial(ir::builder& b, reduce_types const& t) {
  b.output(b.load(t.accumulator));
  b.finish();
}

}  // namespace ndfuse::ops
