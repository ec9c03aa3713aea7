#pragma once
/// @file Values that record what is done to them: an ordinary function template called with traced values becomes a
/// program. `traced<T>` has a fixed type and the exact vocabulary of scalar.hpp; the numerics functions are traced with
/// it.

#include <ndfuse/ir/builder.hpp>

#include <concepts>

namespace ndfuse::ir {

/// An instruction of a builder that stands for a value of C++ type T (float, double, integers, bool,
/// std::complex<float>).
template <element T> class traced {
 public:
  using scalar_type = T;

  constexpr traced(ir::builder& b, value_id id) : builder_(&b), id_(id) {}

  constexpr ir::builder& builder() const { return *builder_; }
  constexpr value_id id() const { return id_; }

  template <element R> constexpr traced<R> emit(opcode op, value_id a, value_id b = 0, value_id c = 0) const {
    return {*builder_, builder_->push({op, dtype_of<R>, a, b, c})};
  }
  template <element R> constexpr traced<R> bits(std::uint64_t imm) const {
    return {*builder_, builder_->push({opcode::constant, dtype_of<R>, 0, 0, 0, imm})};
  }
  constexpr value_id literal(T v) const { return bits<T>(constant_bits(v)).id(); }

 private:
  ir::builder* builder_;
  value_id id_;
};

/// The C++ scalar type that a numerics value stands for: T for traced<T>, T itself for a scalar.
template <class V> struct scalar_of {
  using type = V;
};
template <class T> struct scalar_of<traced<T>> {
  using type = T;
};
template <class V> using scalar_of_t = typename scalar_of<V>::type;

#define NDFUSE_TRACED_BINARY(symbol, opcode_name, result)                                                 \
  template <element T> constexpr traced<result> operator symbol(traced<T> a, traced<T> b) {               \
    return a.template emit<result>(opcode::opcode_name, a.id(), b.id());                                  \
  }                                                                                                       \
  template <element T> constexpr traced<result> operator symbol(traced<T> a, std::type_identity_t<T> b) { \
    return a.template emit<result>(opcode::opcode_name, a.id(), a.literal(b));                            \
  }                                                                                                       \
  template <element T> constexpr traced<result> operator symbol(std::type_identity_t<T> a, traced<T> b) { \
    return b.template emit<result>(opcode::opcode_name, b.literal(a), b.id());                            \
  }
NDFUSE_TRACED_BINARY(+, add, T)
NDFUSE_TRACED_BINARY(-, subtract, T)
NDFUSE_TRACED_BINARY(*, multiply, T)
NDFUSE_TRACED_BINARY(/, divide, T)
NDFUSE_TRACED_BINARY(<, less, bool)
NDFUSE_TRACED_BINARY(<=, less_equal, bool)
NDFUSE_TRACED_BINARY(>, greater, bool)
NDFUSE_TRACED_BINARY(>=, greater_equal, bool)
NDFUSE_TRACED_BINARY(==, equal, bool)
NDFUSE_TRACED_BINARY(!=, not_equal, bool)
NDFUSE_TRACED_BINARY(^, bitwise_xor, T)
#undef NDFUSE_TRACED_BINARY

#define NDFUSE_TRACED_BITS(symbol, integer_op, bool_op)                                                            \
  template <element T> constexpr traced<T> operator symbol(traced<T> a, traced<T> b) {                             \
    return a.template emit<T>(std::same_as<T, bool> ? opcode::bool_op : opcode::integer_op, a.id(), b.id());       \
  }                                                                                                                \
  template <element T> constexpr traced<T> operator symbol(traced<T> a, std::type_identity_t<T> b) {               \
    return a.template emit<T>(std::same_as<T, bool> ? opcode::bool_op : opcode::integer_op, a.id(), a.literal(b)); \
  }
NDFUSE_TRACED_BITS(&, bitwise_and, logical_and)
NDFUSE_TRACED_BITS(|, bitwise_or, logical_or)
#undef NDFUSE_TRACED_BITS

template <element T> constexpr traced<T> operator-(traced<T> a) { return a.template emit<T>(opcode::negative, a.id()); }
template <element T> constexpr traced<T> operator~(traced<T> a) { return a.template emit<T>(opcode::invert, a.id()); }
constexpr traced<bool> operator!(traced<bool> a) { return a.emit<bool>(opcode::logical_not, a.id()); }
template <element T, std::integral I> constexpr traced<T> operator<<(traced<T> a, I count) {
  return a.template emit<T>(opcode::shift_left_raw, a.id(), a.template bits<std::uint32_t>(std::uint64_t(count)).id());
}
template <element T, std::integral I> constexpr traced<T> operator>>(traced<T> a, I count) {
  return a.template emit<T>(opcode::shift_right_raw, a.id(), a.template bits<std::uint32_t>(std::uint64_t(count)).id());
}
template <element T, element C> constexpr traced<T> operator<<(traced<T> a, traced<C> count) {
  return a.template emit<T>(opcode::shift_left_raw, a.id(), count.id());
}
template <element T, element C> constexpr traced<T> operator>>(traced<T> a, traced<C> count) {
  return a.template emit<T>(opcode::shift_right_raw, a.id(), count.id());
}

template <element T> constexpr traced<T> select(traced<bool> c, traced<T> a, traced<T> b) {
  return a.template emit<T>(opcode::where, c.id(), a.id(), b.id());
}
template <element T> constexpr traced<T> select(traced<bool> c, traced<T> a, std::type_identity_t<T> b) {
  return a.template emit<T>(opcode::where, c.id(), a.id(), a.literal(b));
}
template <element T> constexpr traced<T> select(traced<bool> c, std::type_identity_t<T> a, traced<T> b) {
  return b.template emit<T>(opcode::where, c.id(), b.literal(a), b.id());
}
template <element T>
  requires(!std::same_as<T, bool>)
constexpr traced<T> select(traced<bool> c, T a, T b) {
  return c.template emit<T>(opcode::where, c.id(), c.template bits<T>(constant_bits(a)).id(),
                            c.template bits<T>(constant_bits(b)).id());
}

template <element T> constexpr traced<std::uint32_t> as_uint(traced<T> a) {
  return a.template emit<std::uint32_t>(opcode::bit_cast, a.id());
}
template <element T> constexpr traced<std::int32_t> as_int(traced<T> a) {
  return a.template emit<std::int32_t>(opcode::bit_cast, a.id());
}
template <element T> constexpr traced<float> as_float(traced<T> a) {
  return a.template emit<float>(opcode::bit_cast, a.id());
}
template <element T> constexpr traced<float> to_float(traced<T> a) {
  return a.template emit<float>(opcode::cast, a.id());
}
template <element T> constexpr traced<std::int32_t> to_int(traced<T> a) {
  return a.template emit<std::int32_t>(opcode::cast, a.id());
}
template <element T> constexpr traced<std::uint32_t> to_uint(traced<T> a) {
  return a.template emit<std::uint32_t>(opcode::cast, a.id());
}

constexpr traced<float> floor_raw(traced<float> a) { return a.emit<float>(opcode::floor, a.id()); }
constexpr traced<float> ceil_raw(traced<float> a) { return a.emit<float>(opcode::ceil, a.id()); }
constexpr traced<float> trunc_raw(traced<float> a) { return a.emit<float>(opcode::trunc, a.id()); }
constexpr traced<float> rint_raw(traced<float> a) { return a.emit<float>(opcode::rint, a.id()); }
constexpr traced<float> sqrt_raw(traced<float> a) { return a.emit<float>(opcode::sqrt_raw, a.id()); }
constexpr traced<float> abs_raw(traced<float> a) { return a.emit<float>(opcode::abs_raw, a.id()); }
template <element T> constexpr traced<T> div_raw(traced<T> a, traced<T> b) {
  return a.template emit<T>(opcode::divide_raw, a.id(), b.id());
}
template <element T> constexpr traced<T> rem_raw(traced<T> a, traced<T> b) {
  return a.template emit<T>(opcode::remainder_raw, a.id(), b.id());
}
template <element T> constexpr traced<float> quiet_nan(traced<T> a) { return a.template bits<float>(0x7fc00000u); }
template <element T> constexpr traced<float> infinity(traced<T> a) { return a.template bits<float>(0x7f800000u); }

constexpr traced<float> real(traced<std::complex<float>> z) { return z.emit<float>(opcode::real, z.id()); }
constexpr traced<float> imag(traced<std::complex<float>> z) { return z.emit<float>(opcode::imag, z.id()); }
constexpr traced<std::complex<float>> make_complex(traced<float> re, traced<float> im) {
  return re.emit<std::complex<float>>(opcode::make_complex, re.id(), im.id());
}

// A derived operation called on traced values is a call of its helper function, not a copy of its definition.
namespace detail {
template <opcode Op, class T>
using traced_result = std::conditional_t<
    info(Op).rule == rule::random, cpp_type<result_of(Op, dtype_of<T>)>,
    std::conditional_t<
        info(Op).rule == rule::predicate || info(Op).rule == rule::comparison || Op == opcode::complex_equal, bool,
        std::conditional_t<info(Op).rule == rule::magnitude && std::same_as<T, std::complex<float>>, float, T>>>;
template <opcode Op, element T>
  requires(info(Op).derived())
constexpr auto call(traced<T> a, traced<T> b, traced<T> c) {
  constexpr std::size_t arity = info(Op).arity;
  return a.template emit<traced_result<Op, T>>(Op, a.id(), arity > 1 ? b.id() : value_id(0),
                                               arity > 2 ? c.id() : value_id(0));
}
}  // namespace detail
#define NDFUSE_TRACED_CALL_1(name)                                          \
  template <element T> constexpr auto name(traced<T> a)                     \
    requires(info(opcode::name).derived() && info(opcode::name).arity == 1) \
  {                                                                         \
    return detail::call<opcode::name>(a, a, a);                             \
  }
#define NDFUSE_TRACED_CALL_2(name)                                          \
  template <element T> constexpr auto name(traced<T> a, traced<T> b)        \
    requires(info(opcode::name).derived() && info(opcode::name).arity == 2) \
  {                                                                         \
    return detail::call<opcode::name>(a, b, a);                             \
  }
#define NDFUSE_TRACED_CALL_3(name)                                                \
  template <element T> constexpr auto name(traced<T> a, traced<T> b, traced<T> c) \
    requires(info(opcode::name).derived() && info(opcode::name).arity == 3)       \
  {                                                                               \
    return detail::call<opcode::name>(a, b, c);                                   \
  }
#define NDFUSE_TRACED_CALL(name, ...) NDFUSE_TRACED_CALL_1(name) NDFUSE_TRACED_CALL_2(name) NDFUSE_TRACED_CALL_3(name)
NDFUSE_OPCODES(NDFUSE_TRACED_CALL)
#undef NDFUSE_TRACED_CALL
#undef NDFUSE_TRACED_CALL_1
#undef NDFUSE_TRACED_CALL_2
#undef NDFUSE_TRACED_CALL_3

}  // namespace ndfuse::ir
