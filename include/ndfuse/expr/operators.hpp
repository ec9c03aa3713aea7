#pragma once
/// @file Operators and functions on expressions, made from the opcode table. Types follow NEP 50 with 32-bit defaults;
/// shapes broadcast.

#include <ndfuse/expr/node.hpp>

#include <utility>

namespace ndfuse {

namespace expr {

template <class T> inline constexpr bool is_symbol = false;

/// Operands of an array operation: at least one expression, the rest expressions or plain scalars.
template <class... Ts>
concept array_operands = (operand<Ts> && ...) && (expression<Ts> || ...);

template <ir::opcode Op, class... Ts> consteval bool supports() {
  constexpr ir::operand_type types[] = {node_t<Ts>::type...};
  if constexpr (sizeof...(Ts) == 1) return ir::types_of(Op, types[0]).supported;
  else if constexpr (sizeof...(Ts) == 2) return ir::types_of(Op, types[0], types[1]).supported;
  else return ir::types_of(Op, types[1], types[2]).supported;
}

/// Element types for which the operation exists (no subtraction of booleans, no ordering of complex numbers, ...).
template <ir::opcode Op, class... Ts>
concept supported_by =
    supports<Op, Ts...>() ||
    ndfuse::detail::unsatisfied<"this operation is not supported for the element types of its operands", Ts...>;

template <class A, class B>
concept broadcastable_operands = broadcastable_with<typename node_t<A>::extents, typename node_t<B>::extents>;

template <ir::opcode Op, class A> constexpr auto apply(A&& a) {
  return unary<Op, node_t<A>>(as_node(std::forward<A>(a)));
}
template <ir::opcode Op, class A, class B> constexpr auto apply(A&& a, B&& b) {
  return binary<Op, node_t<A>, node_t<B>>(as_node(std::forward<A>(a)), as_node(std::forward<B>(b)));
}
}  // namespace expr

#define NDFUSE_UNARY(function, opcode_name)                          \
  template <expression A>                                            \
    requires expr::supported_by<ir::opcode::opcode_name, A>          \
  constexpr auto function(A&& a) {                                   \
    return expr::apply<ir::opcode::opcode_name>(std::forward<A>(a)); \
  }
#define NDFUSE_BINARY(function, opcode_name)                                                    \
  template <class A, class B>                                                                   \
    requires expr::array_operands<A, B> && expr::supported_by<ir::opcode::opcode_name, A, B> && \
             expr::broadcastable_operands<A, B>                                                 \
  constexpr auto function(A&& a, B&& b) {                                                       \
    return expr::apply<ir::opcode::opcode_name>(std::forward<A>(a), std::forward<B>(b));        \
  }

NDFUSE_UNARY(operator-, negative)
NDFUSE_UNARY(operator~, invert)
NDFUSE_UNARY(operator!, logical_not)
NDFUSE_BINARY(operator+, add)
NDFUSE_BINARY(operator-, subtract)
NDFUSE_BINARY(operator*, multiply)
NDFUSE_BINARY(operator/, divide)
NDFUSE_BINARY(operator%, remainder)
NDFUSE_BINARY(operator&, bitwise_and)
NDFUSE_BINARY(operator|, bitwise_or)
NDFUSE_BINARY(operator^, bitwise_xor)
NDFUSE_BINARY(operator<<, left_shift)
NDFUSE_BINARY(operator>>, right_shift)
NDFUSE_BINARY(operator<, less)
NDFUSE_BINARY(operator<=, less_equal)
NDFUSE_BINARY(operator>, greater)
NDFUSE_BINARY(operator>=, greater_equal)
NDFUSE_BINARY(operator==, equal)
NDFUSE_BINARY(operator!=, not_equal)
NDFUSE_BINARY(operator&&, logical_and)
NDFUSE_BINARY(operator||, logical_or)

// X(name): functions named as their opcode, as NumPy names them
// clang-format off
#define NDFUSE_UNARY_FUNCTIONS(X)                                                                                     \
  X(negative) X(invert) X(logical_not) X(floor) X(ceil) X(trunc) X(rint) X(absolute) X(sign) X(square)                \
  X(reciprocal) X(conjugate) X(real) X(imag) X(sqrt) X(rsqrt) X(cbrt) X(exp) X(exp2) X(expm1) X(log) X(log2)          \
  X(log10) X(log1p) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh)   \
  X(erf) X(deg2rad) X(rad2deg) X(isnan) X(isinf) X(isfinite) X(signbit)
#define NDFUSE_BINARY_FUNCTIONS(X)                                                                                    \
  X(add) X(subtract) X(multiply) X(divide) X(floor_divide) X(remainder) X(fmod) X(power) X(bitwise_and)               \
  X(bitwise_or) X(bitwise_xor) X(left_shift) X(right_shift) X(less) X(less_equal) X(greater) X(greater_equal)         \
  X(equal) X(not_equal) X(logical_and) X(logical_or) X(logical_xor) X(minimum) X(maximum) X(fmin) X(fmax)             \
  X(logaddexp) X(atan2) X(hypot) X(heaviside) X(copysign)
// clang-format on

#define NDFUSE_SAME_NAME(name) NDFUSE_UNARY(name, name)
NDFUSE_UNARY_FUNCTIONS(NDFUSE_SAME_NAME)
#undef NDFUSE_SAME_NAME
#define NDFUSE_SAME_NAME(name) NDFUSE_BINARY(name, name)
NDFUSE_BINARY_FUNCTIONS(NDFUSE_SAME_NAME)
#undef NDFUSE_SAME_NAME
NDFUSE_UNARY(abs, absolute)
NDFUSE_UNARY(round, rint)
NDFUSE_BINARY(pow, power)
#undef NDFUSE_UNARY
#undef NDFUSE_BINARY

/// Element by element `a` where `condition`, else `b` (numpy.where); both sides are computed.
template <class C, class A, class B>
  requires expr::array_operands<C, A, B> && expr::supported_by<ir::opcode::where, C, A, B> &&
           expr::broadcastable_operands<A, B> && expr::broadcastable_operands<C, A> &&
           expr::broadcastable_operands<C, B>
constexpr auto where(C&& condition, A&& a, B&& b) {
  return expr::ternary<ir::opcode::where, expr::node_t<C>, expr::node_t<A>, expr::node_t<B>>(
      expr::as_node(std::forward<C>(condition)), expr::as_node(std::forward<A>(a)), expr::as_node(std::forward<B>(b)));
}

/// min(max(a, low), high), numpy.clip; NaN stays NaN.
template <class A, class L, class H>
  requires expr::array_operands<A, L, H>
constexpr auto clip(A&& a, L&& low, H&& high) {
  return minimum(maximum(std::forward<A>(a), std::forward<L>(low)), std::forward<H>(high));
}

/// The same values as elements of type T (numpy's astype): integers wrap, floats to integers truncate.
template <element T, expression A> constexpr auto astype(A&& a) {
  return expr::cast<dtype_of<T>, expr::node_t<A>>(expr::as_node(std::forward<A>(a)));
}

}  // namespace ndfuse
