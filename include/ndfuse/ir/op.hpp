#pragma once
/// @file The opcode table: the one place where an elementwise operation is defined.

#include <ndfuse/core/dtype.hpp>
#include <ndfuse/core/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ndfuse::ir {

/// How the types of an operation's operands decide the type it computes in and the type it returns.
enum class rule : std::uint8_t {
  structure,   // loads, constants, casts, loops: the builder knows them one by one
  arithmetic,  // promote; the result has that type
  floating,    // promote, then to a floating type; the result has that type
  rounding,    // as arithmetic; integers and booleans pass through unchanged
  magnitude,   // as arithmetic; a complex operand gives its real type
  comparison,  // promote; the result is bool
  predicate,   // tests of floating values; the result is bool, constant for integers
  logical,     // operands become bool; the result is bool
  bitwise,     // promote; integers and booleans only
  select,      // bool condition, then two promoted operands
  exact,       // operands are already of one type (what numerics functions are written in)
  random,      // `kinds` is the signature: a letter for each operand, ">", the result's; all 32 or all 64 bits wide
};

// X(name, arity, rule, operand kinds, WGSL, GLSL, value on the CPU)
//
// Kinds: b bool, i signed, u unsigned integer, f floating, c complex; what is not listed is a dtype_error. $a $b $c
// stand for operands. An operation without text is *derived*: its value is written with other operations
// (numerics.hpp), and the same definition, traced, becomes a helper function in the kernel. The value expression sees
// operands a, b, c, either C++ scalars or traced values.
// clang-format off
#define NDFUSE_OPCODES(X)                                                                                        \
  /* structure */                                                                                                \
  X(load, 0, structure, "", "", "", a)                                                                           \
  X(scalar, 0, structure, "", "", "", a)                                                                         \
  X(constant, 0, structure, "", "", "", a)                                                                       \
  X(fetch, 2, structure, "", "", "", a)                                                                          \
  X(cast, 1, structure, "", "", "", a)                                                                           \
  X(bit_cast, 1, structure, "", "", "", a)                                                                       \
  X(loop_begin, 1, structure, "", "", "", a)                                                                     \
  X(loop_value, 1, structure, "", "", "", a)                                                                     \
  X(loop_break, 1, structure, "", "", "", a)                                                                     \
  X(loop_next, 2, structure, "", "", "", a)                                                                      \
  X(loop_end, 0, structure, "", "", "", a)                                                                       \
  X(loop_result, 1, structure, "", "", "", a)                                                                    \
  /* what the devices have */                                                                                    \
  X(add, 2, arithmetic, "biufc", "$a + $b", "$a + $b", wrap::add(a, b))                                          \
  X(subtract, 2, arithmetic, "iufc", "$a - $b", "$a - $b", wrap::subtract(a, b))                                 \
  X(multiply, 2, arithmetic, "biufc", "$a * $b", "$a * $b", wrap::multiply(a, b))                                \
  X(divide, 2, floating, "fc", "$a / $b", "$a / $b", a / b)                                                      \
  X(negative, 1, arithmetic, "iufc", "-$a", "-$a", wrap::negative(a))                                            \
  X(bitwise_and, 2, bitwise, "biu", "$a & $b", "$a & $b", wrap::bit_and(a, b))                                   \
  X(bitwise_or, 2, bitwise, "biu", "$a | $b", "$a | $b", wrap::bit_or(a, b))                                     \
  X(bitwise_xor, 2, bitwise, "biu", "$a ^ $b", "$a ^ $b", wrap::bit_xor(a, b))                                   \
  X(invert, 1, bitwise, "biu", "~$a", "~$a", wrap::invert(a))                                                    \
  X(shift_left_raw, 2, exact, "iu", "$a << u32($b)", "$a << $b", wrap::shift_left(a, b))                         \
  X(shift_right_raw, 2, exact, "iu", "$a >> u32($b)", "$a >> $b", wrap::shift_right(a, b))                       \
  X(divide_raw, 2, exact, "iu", "$a / $b", "$a / $b", wrap::quotient(a, b))                                      \
  X(remainder_raw, 2, exact, "iu", "$a % $b", "$a - $a / $b * $b", wrap::remainder(a, b))                        \
  X(less, 2, comparison, "biuf", "$a < $b", "$a < $b", a < b)                                                    \
  X(less_equal, 2, comparison, "biuf", "$a <= $b", "$a <= $b", a <= b)                                           \
  X(greater, 2, comparison, "biuf", "$a > $b", "$a > $b", a > b)                                                 \
  X(greater_equal, 2, comparison, "biuf", "$a >= $b", "$a >= $b", a >= b)                                        \
  X(equal, 2, comparison, "biufc", "$a == $b", "$a == $b", a == b)                                               \
  /* drivers take != as "ordered and different", which NaN is not */                                             \
  X(not_equal, 2, comparison, "biufc", "!($a == $b)", "!($a == $b)", a != b)                                     \
  X(logical_and, 2, logical, "b", "$a && $b", "$a && $b", wrap::bit_and(a, b))                                   \
  X(logical_or, 2, logical, "b", "$a || $b", "$a || $b", wrap::bit_or(a, b))                                     \
  X(logical_xor, 2, logical, "b", "$a != $b", "$a != $b", wrap::bit_xor(a, b))                                   \
  X(logical_not, 1, logical, "b", "!$a", "!$a", !a)                                                              \
  X(where, 3, select, "biufc", "select($c, $b, $a)", "$a ? $b : $c", select(a, b, c))                            \
  X(floor, 1, rounding, "biuf", "floor($a)", "floor($a)", floor_raw(a))                                          \
  X(ceil, 1, rounding, "biuf", "ceil($a)", "ceil($a)", ceil_raw(a))                                              \
  X(trunc, 1, rounding, "biuf", "trunc($a)", "trunc($a)", trunc_raw(a))                                          \
  X(rint, 1, floating, "f", "round($a)", "roundEven($a)", rint_raw(a))                                           \
  X(sqrt_raw, 1, exact, "f", "sqrt($a)", "sqrt($a)", sqrt_raw(a))                                                \
  X(abs_raw, 1, exact, "f", "abs($a)", "abs($a)", abs_raw(a))                                                    \
  X(real, 1, magnitude, "biufc", "$a.x", "$a.x", numerics::real(a))                                              \
  X(imag, 1, magnitude, "biufc", "$a.y", "$a.y", numerics::imag(a))                                              \
  X(make_complex, 2, exact, "f", "vec2<f32>($a, $b)", "vec2($a, $b)", numerics::make_complex(a, b))              \
  /* derived: written once in numerics.hpp */                                                                    \
  X(complex_multiply, 2, exact, "c", "", "", numerics::complex_multiply(a, b))                                   \
  X(complex_divide, 2, exact, "c", "", "", numerics::complex_divide(a, b))                                       \
  X(complex_equal, 2, exact, "c", "", "", numerics::complex_equal(a, b))                                         \
  X(floor_divide, 2, arithmetic, "iuf", "", "", numerics::floor_divide(a, b))                                    \
  X(remainder, 2, arithmetic, "iuf", "", "", numerics::remainder(a, b))                                          \
  X(fmod, 2, arithmetic, "iuf", "", "", numerics::fmod(a, b))                                                    \
  X(power, 2, arithmetic, "iuf", "", "", numerics::power(a, b))                                                  \
  X(left_shift, 2, bitwise, "iu", "", "", numerics::left_shift(a, b))                                            \
  X(right_shift, 2, bitwise, "iu", "", "", numerics::right_shift(a, b))                                          \
  X(minimum, 2, arithmetic, "biuf", "", "", numerics::minimum(a, b))                                             \
  X(maximum, 2, arithmetic, "biuf", "", "", numerics::maximum(a, b))                                             \
  X(fmin, 2, arithmetic, "biuf", "", "", numerics::fmin(a, b))                                                   \
  X(fmax, 2, arithmetic, "biuf", "", "", numerics::fmax(a, b))                                                   \
  X(absolute, 1, magnitude, "biufc", "", "", numerics::absolute(a))                                              \
  X(sign, 1, arithmetic, "iuf", "", "", numerics::sign(a))                                                       \
  X(square, 1, arithmetic, "biufc", "", "", numerics::square(a))                                                 \
  X(reciprocal, 1, floating, "f", "", "", numerics::reciprocal(a))                                               \
  X(conjugate, 1, arithmetic, "biufc", "", "", numerics::conjugate(a))                                            \
  X(sqrt, 1, floating, "f", "", "", numerics::sqrt(a))                                                           \
  X(rsqrt, 1, floating, "f", "", "", numerics::rsqrt(a))                                                         \
  X(cbrt, 1, floating, "f", "", "", numerics::cbrt(a))                                                           \
  X(exp, 1, floating, "fc", "", "", numerics::exp(a))                                                            \
  X(exp2, 1, floating, "f", "", "", numerics::exp2(a))                                                           \
  X(expm1, 1, floating, "f", "", "", numerics::expm1(a))                                                         \
  X(log, 1, floating, "f", "", "", numerics::log(a))                                                             \
  X(log2, 1, floating, "f", "", "", numerics::log2(a))                                                           \
  X(log10, 1, floating, "f", "", "", numerics::log10(a))                                                         \
  X(log1p, 1, floating, "f", "", "", numerics::log1p(a))                                                         \
  X(logaddexp, 2, floating, "f", "", "", numerics::logaddexp(a, b))                                              \
  X(sin, 1, floating, "f", "", "", numerics::sin(a))                                                             \
  X(cos, 1, floating, "f", "", "", numerics::cos(a))                                                             \
  X(tan, 1, floating, "f", "", "", numerics::tan(a))                                                             \
  X(asin, 1, floating, "f", "", "", numerics::asin(a))                                                           \
  X(acos, 1, floating, "f", "", "", numerics::acos(a))                                                           \
  X(atan, 1, floating, "f", "", "", numerics::atan(a))                                                           \
  X(atan2, 2, floating, "f", "", "", numerics::atan2(a, b))                                                      \
  X(sinh, 1, floating, "f", "", "", numerics::sinh(a))                                                           \
  X(cosh, 1, floating, "f", "", "", numerics::cosh(a))                                                           \
  X(tanh, 1, floating, "f", "", "", numerics::tanh(a))                                                           \
  X(asinh, 1, floating, "f", "", "", numerics::asinh(a))                                                         \
  X(acosh, 1, floating, "f", "", "", numerics::acosh(a))                                                         \
  X(atanh, 1, floating, "f", "", "", numerics::atanh(a))                                                         \
  X(hypot, 2, floating, "f", "", "", numerics::hypot(a, b))                                                      \
  X(erf, 1, floating, "f", "", "", numerics::erf(a))                                                             \
  X(deg2rad, 1, floating, "f", "", "", numerics::deg2rad(a))                                                     \
  X(rad2deg, 1, floating, "f", "", "", numerics::rad2deg(a))                                                     \
  X(heaviside, 2, floating, "f", "", "", numerics::heaviside(a, b))                                              \
  X(copysign, 2, floating, "f", "", "", numerics::copysign(a, b))                                                \
  X(isnan, 1, predicate, "f", "", "", numerics::isnan(a))                                                        \
  X(isinf, 1, predicate, "f", "", "", numerics::isinf(a))                                                        \
  X(isfinite, 1, predicate, "f", "", "", numerics::isfinite(a))                                                  \
  X(signbit, 1, predicate, "f", "", "", numerics::signbit(a))                                                    \
  X(round_to_half, 1, exact, "f", "", "", numerics::round_to_half(a))                                            \
  /* random numbers: derived, in random.hpp */                                                                   \
  X(random_bits, 3, random, "uuu>u", "", "", numerics::random_bits(a, b, c))                                     \
  X(random_below, 3, random, "uuu>u", "", "", numerics::random_below(a, b, c))                                   \
  X(random_uniform, 1, random, "u>f", "", "", numerics::random_uniform(a))                                       \
  X(random_normal, 1, random, "u>f", "", "", numerics::random_normal(a))                                         \
  X(random_exponential, 1, random, "u>f", "", "", numerics::random_exponential(a))                               \
  X(random_uniform_pair, 2, random, "uu>c", "", "", numerics::random_uniform_pair(a, b))                         \
  X(random_normal_pair, 2, random, "uu>c", "", "", numerics::random_normal_pair(a, b))                           \
  X(random_exponential_pair, 2, random, "uu>c", "", "", numerics::random_exponential_pair(a, b))                 \
  X(log_poisson, 3, random, "fff>f", "", "", numerics::log_poisson(a, b, c))                                     \
  X(random_gamma, 2, random, "fu>f", "", "", numerics::random_gamma(a, b))                                       \
  X(random_vonmises, 2, random, "fu>f", "", "", numerics::random_vonmises(a, b))                                 \
  X(random_poisson, 2, random, "fu>i", "", "", numerics::random_poisson(a, b))                                   \
  X(random_zipf, 2, random, "fu>i", "", "", numerics::random_zipf(a, b))                                         \
  X(random_binomial, 3, random, "ffu>i", "", "", numerics::random_binomial(a, b, c))                             \
  X(random_hypergeometric, 3, random, "cfu>i", "", "", numerics::random_hypergeometric(a, b, c))
// clang-format on

/// One elementwise operation (or one structural instruction) of the kernel IR. Names are NumPy's where NumPy has one.
enum class opcode : std::uint8_t {
#define NDFUSE_ENUMERATOR(name, ...) name,
  NDFUSE_OPCODES(NDFUSE_ENUMERATOR)
#undef NDFUSE_ENUMERATOR
};

/// A row of the table, without the value (see value.hpp).
struct op_info {
  std::string_view name;
  std::uint8_t arity;
  ir::rule rule;
  std::string_view kinds;
  std::string_view wgsl;
  std::string_view glsl;

  /// Derived operations have no text of their own: a helper function is generated from their definition.
  constexpr bool derived() const { return rule != rule::structure && wgsl.empty(); }
};

inline constexpr op_info op_table[] = {
#define NDFUSE_ROW(name, arity, rule_name, kinds, wgsl, glsl, value) \
  op_info{#name, arity, rule::rule_name, kinds, wgsl, glsl},
    NDFUSE_OPCODES(NDFUSE_ROW)
#undef NDFUSE_ROW
};
inline constexpr std::size_t op_count = std::size(op_table);

constexpr op_info const& info(opcode op) { return op_table[std::size_t(op)]; }
constexpr std::string_view name(opcode op) { return info(op).name; }

/// An operand's type as promotion sees it: a dtype, or a weak scalar of some kind.
struct operand_type {
  dtype type = dtype::bool_;
  weak_kind weak = weak_kind::none;
};

/// The types in which an operation computes and which it returns; `supported` is false when NumPy would raise
/// TypeError.
struct op_types {
  dtype operands = dtype::bool_;  // operands are cast to this (where: the second and third)
  dtype result = dtype::bool_;
  bool supported = false;
};

constexpr dtype promote_operands(operand_type a, operand_type b) {
  if (a.weak != weak_kind::none && b.weak != weak_kind::none) return default_type(a.weak > b.weak ? a.weak : b.weak);
  if (b.weak != weak_kind::none) return result_type(a.type, b.weak);
  if (a.weak != weak_kind::none) return result_type(b.type, a.weak);
  return result_type(a.type, b.type);
}

constexpr dtype real_type(dtype t) {
  return t == dtype::complex64 ? dtype::float32 : t == dtype::complex128 ? dtype::float64 : t;
}

/// True for what users apply by its name: neither what programs are made of nor what only definitions and the library
/// itself use.
constexpr bool is_function(opcode op) {
  rule const r = info(op).rule;
  return r != rule::structure && r != rule::exact && r != rule::random;
}

/// About how many elementary operations `op` makes for one element.
constexpr std::uint64_t work(opcode op) {
  op_info const& row = info(op);
  if (!row.derived()) return 1;
  if (row.rule != rule::random) return 20;
  return row.arity == 1 || op == opcode::log_poisson ? 40 : row.kinds.contains('f') ? 800 : 140;
}

/// The letter of a type's kind in the table's rows.
constexpr char kind_letter(dtype t) {
  constexpr char letters[] = {'b', 'i', 'u', 'f', 'c'};
  return letters[std::size_t(kind(t))];
}

/// The type that a signature's letter stands for.
constexpr dtype type_of_letter(char letter, bool wide) {
  switch (letter) {
    case 'i': return wide ? dtype::int64 : dtype::int32;
    case 'u': return wide ? dtype::uint64 : dtype::uint32;
    case 'f': return wide ? dtype::float64 : dtype::float32;
    case 'c': return wide ? dtype::complex128 : dtype::complex64;
    default: return dtype::bool_;
  }
}
/// The type of operand k of an operation with a signature, whose operands are all 64 bits wide (complex: each part) or
/// all 32.
constexpr dtype signature_operand(opcode op, std::size_t k, bool wide) {
  return type_of_letter(info(op).kinds[k], wide);
}
constexpr dtype signature_result(opcode op, bool wide) { return type_of_letter(info(op).kinds.back(), wide); }

/// The dtype rule of every elementwise operation; one-operand operations ignore `b`, `where` takes its two values as a
/// and b.
constexpr op_types types_of(opcode op, operand_type a, operand_type b = {}) {
  op_info const& row = info(op);
  if (row.rule == rule::random) {
    bool const wide = (a.weak == weak_kind::none && is_wide(a.type)) ||
                      (row.arity > 1 && b.weak == weak_kind::none && is_wide(b.type));
    return {signature_operand(op, 0, wide), signature_result(op, wide), true};
  }
  dtype const ta = a.weak == weak_kind::none ? a.type : default_type(a.weak);
  dtype common = row.arity >= 2 ? promote_operands(a, b) : ta;
  dtype result = common;
  switch (row.rule) {
    case rule::floating: {
      bool const integers = !is_floating(common) && !is_complex(common);
      // Each operand becomes floating by itself: int8 with uint8 gives float16, though together they are int16.
      bool const both_strong = row.arity >= 2 && a.weak == weak_kind::none && b.weak == weak_kind::none;
      common = both_strong ? result_type(floating_type(a.type), floating_type(b.type)) : floating_type(common);
      // NumPy divides integers and booleans of any size in its default floating type.
      if (op == opcode::divide && integers && common == dtype::float16) common = default_float;
      result = common;
      break;
    }
    case rule::comparison: result = dtype::bool_; break;
    case rule::predicate:
      result = dtype::bool_;
      if (!is_floating(common) && !is_complex(common)) return {common, result, true};
      break;
    case rule::logical: common = result = dtype::bool_; break;
    case rule::magnitude: result = real_type(common); break;
    default: break;
  }
  // NumPy computes these on booleans as int8.
  if (is_bool(common) &&
      (op == opcode::power || op == opcode::floor_divide || op == opcode::remainder || op == opcode::fmod ||
       op == opcode::left_shift || op == opcode::right_shift || op == opcode::square || op == opcode::conjugate))
    result = common = dtype::int8;
  return {common, result, row.kinds.contains(kind_letter(common))};
}

/// True when a program may hold operation `op` on operands of type `t`. That is less than the kinds of its row:
/// booleans, complex numbers and some integers have instructions of their own under a common name (see builder.hpp).
constexpr bool has_value(opcode op, dtype t) {
  op_info const& row = info(op);
  if (row.rule == rule::random) return t == signature_operand(op, 0, is_wide(t));
  if (row.rule == rule::structure || compute_type(t) != t || !row.kinds.contains(kind_letter(t))) return false;
  if (is_bool(t)) return row.rule == rule::logical || row.rule == rule::select || op == opcode::equal;
  if (row.rule == rule::rounding) return is_floating(t);
  switch (op) {
    case opcode::real:
    case opcode::imag:
    case opcode::conjugate: return is_complex(t);
    case opcode::multiply:
    case opcode::divide:
    case opcode::equal:
    case opcode::not_equal: return !is_complex(t);
    case opcode::negative:
    case opcode::absolute: return !is_unsigned_integer(t);
    case opcode::sqrt_raw:
    case opcode::abs_raw:
    case opcode::round_to_half: return t == dtype::float32;
    default: return true;
  }
}

/// The type of an instruction `op` whose operands have type `t` (where: its two values).
constexpr dtype result_of(opcode op, dtype t) {
  if (info(op).rule == rule::random) return signature_result(op, is_wide(t));
  switch (info(op).rule) {
    case rule::comparison:
    case rule::predicate:
    case rule::logical: return dtype::bool_;
    case rule::magnitude: return real_type(t);
    default: break;
  }
  if (op == opcode::complex_equal) return dtype::bool_;
  if (op == opcode::make_complex) return t == dtype::float64 ? dtype::complex128 : dtype::complex64;
  return t;
}

/// The type of operand k of an instruction `op` whose first operand has type `first` (where: whose values have it; a
/// shift's count may be uint32 as well).
constexpr dtype operand_of(opcode op, dtype first, std::size_t k) {
  if (info(op).rule == rule::random) return signature_operand(op, k, is_wide(first));
  return op == opcode::where && k == 0 ? dtype::bool_ : first;
}

}  // namespace ndfuse::ir
