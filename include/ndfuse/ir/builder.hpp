#pragma once
/// @file Builds programs: promotion, common subexpressions, folding of constants. The same code runs in the compiler
/// and at run time.

#include <ndfuse/core/list.hpp>
#include <ndfuse/ir/program.hpp>

#include <bit>
#include <complex>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace ndfuse::ir {

/// The bits of a constant as `inst::imm` keeps them.
template <element T> constexpr std::uint64_t constant_bits(T v) {
  if constexpr (std::same_as<T, bool>) return v ? 1u : 0u;
  else if constexpr (std::integral<T>) return std::uint64_t(std::int64_t(v));
  else if constexpr (std::same_as<T, float16>) return constant_bits(float(v));
  else if constexpr (std::same_as<T, float>) return std::bit_cast<std::uint32_t>(v);
  else if constexpr (std::same_as<T, double>) return std::bit_cast<std::uint64_t>(v);
  else if constexpr (std::same_as<T, std::complex<float>>)
    return constant_bits(v.real()) | constant_bits(v.imag()) << 32;
  else return constant_bits(std::complex<float>(v));
}

/// Rounds to nearest, also in a constant expression, where a conversion that overflows is an error.
constexpr float round_to_float32(double v) {
  if (v != v) return std::numeric_limits<float>::quiet_NaN();
  double const magnitude = v < 0 ? -v : v;
  if (magnitude <= double(std::numeric_limits<float>::max())) return float(v);
  float const past =
      magnitude < 0x1.ffffffp127 ? std::numeric_limits<float>::max() : std::numeric_limits<float>::infinity();
  return v < 0 ? -past : past;
}
/// An integer wrapped to the compute type `t`, as `inst::imm` keeps it.
constexpr std::uint64_t integer_bits(std::int64_t v, dtype t) {
  return t == dtype::int32    ? constant_bits(std::int32_t(v))
         : t == dtype::uint32 ? constant_bits(std::uint32_t(v))
                              : std::uint64_t(v);
}

/// A plain scalar of C++ or Python before it has a type: enough of it to become any element type.
struct scalar_value {
  weak_kind kind = weak_kind::none;
  double real = 0, imag = 0;
  std::int64_t integer = 0;  // exact value of integers and booleans; unsigned 64-bit ones by their bits

  constexpr scalar_value() = default;
  template <class T>
    requires(weak_kind_of<T> != weak_kind::none)
  constexpr scalar_value(T v) : kind(weak_kind_of<T>) {
    if constexpr (std::integral<T>) {
      integer = std::int64_t(v);
      real = double(v);
    } else if constexpr (std::floating_point<T>) {
      real = double(v);
    } else if constexpr (std::same_as<T, float16>) {
      real = double(float(v));
    } else {
      real = double(v.real());
      imag = double(v.imag());
    }
  }

  /// The bits of this value as an element of the compute type `t`, which is not complex128 (that takes both parts):
  /// floats round to nearest, or lose their fraction where `t` is an integer type; integers wrap (`fits` asks before).
  constexpr std::uint64_t bits(dtype t) const {
    switch (ndfuse::kind(t)) {
      case dtype_kind::boolean: return real != 0 || imag != 0 || integer != 0 ? 1 : 0;
      case dtype_kind::signed_integer:
      case dtype_kind::unsigned_integer: return integer_bits(whole(), t);
      case dtype_kind::floating:
        return t == dtype::float64 ? constant_bits(real) : constant_bits(round_to_float32(real));
      case dtype_kind::complex:
        return constant_bits(std::complex<float>(round_to_float32(real), round_to_float32(imag)));
    }
    return 0;
  }

 private:
  /// The value without its fraction; saturates, and 0 for NaN.
  constexpr std::int64_t whole() const {
    if (kind == weak_kind::integer || kind == weak_kind::boolean) return integer;
    if (!(real > -0x1p63)) return real == real ? INT64_MIN : 0;
    return real < 0x1p63 ? std::int64_t(real) : INT64_MAX;
  }
};

/// True when an integer scalar can be an element of the integer type `t` (Python raises OverflowError otherwise).
constexpr bool fits(scalar_value const& v, dtype t) {
  if (v.kind != weak_kind::integer || !is_integer(t)) return true;
  if (v.integer < 0 && v.real > 0) return t == dtype::uint64;  // an unsigned 64-bit scalar of 2^63 or more
  std::size_t const bits = 8 * size_of(t);
  if (is_unsigned_integer(t)) return v.integer >= 0 && (bits == 64 || v.integer >> bits == 0);
  return bits == 64 || (v.integer >= -(std::int64_t(1) << (bits - 1)) && v.integer < (std::int64_t(1) << (bits - 1)));
}

/// A value under construction: its instruction, and whether it is still a weak scalar.
struct value {
  value_id id = 0;
  weak_kind weak = weak_kind::none;
};

/// Builds a program instruction by instruction.
class builder {
 public:
  constexpr builder() = default;
  /// Starts from the instructions of a finished program, without its outputs.
  constexpr explicit builder(program_view p) : loads_(p.loads), scalars_(p.scalars) {
    for (inst const& i : p.code) code_.push_back(i);
  }

  constexpr std::span<inst const> code() const { return code_; }
  constexpr inst const& at(value v) const { return code_[v.id]; }
  constexpr operand_type type_of(value v) const { return {code_[v.id].type, v.weak}; }

  /// Appends an instruction unless an equal one can be reused.
  constexpr value_id push(inst i) {
    if (reusable(i.op))
      for (std::size_t k = 0; k < code_.size(); ++k) {
        if (code_[k].op == opcode::loop_begin && closed_at(k) != 0) {
          k = closed_at(k);  // values computed inside a finished loop are not visible here
          continue;
        }
        if (code_[k] == i) return value_id(k);
      }
    if (code_.size() >= 65535)
      throw value_error("an expression with more than 65535 operations: evaluate a part of it first");
    code_.push_back(i);
    return value_id(code_.size() - 1);
  }

  /// The next operand of the launch, an element of type `t`; a generator's value is its own element index.
  constexpr value load(dtype t, bool generator = false) {
    return {push({opcode::load, t, loads_++, 0, 0, generator ? load_number : load_element})};
  }
  /// The next operand of the launch as a whole array, whose elements `fetch` takes.
  constexpr value array(dtype t) { return {push({opcode::load, t, loads_++, 0, 0, load_array})}; }
  /// The element of an array that has this number (int32), in the order in which elements lie in memory.
  constexpr value fetch(value array, value number) {
    return {push({opcode::fetch, code_[array.id].type, array.id, widen(cast(number, dtype::int32)).id})};
  }
  /// The next scalar of the launch; weak, so it takes the type of what it meets.
  constexpr value scalar(weak_kind w) {
    return {push({opcode::scalar, default_type(w), scalars_++, 0, 0, std::uint64_t(w)}), w};
  }
  constexpr value constant(scalar_value v, dtype t) {
    if (!fits(v, t)) throw dtype_error(detail::message("integer ", v.integer, " out of bounds for ", ndfuse::name(t)));
    if (t == dtype::complex128) return complex_constant(v.real, v.imag);
    return cast({push({opcode::constant, compute_type(t), 0, 0, 0, v.bits(compute_type(t))})}, t);
  }
  /// A constant that takes the type of what it meets, as a literal does. Until then it has the widest type of its kind.
  constexpr value weak_constant(scalar_value v) {
    if (v.kind == weak_kind::complex) return {complex_constant(v.real, v.imag).id, v.kind};
    dtype widest = v.kind == weak_kind::integer    ? dtype::int64
                   : v.kind == weak_kind::floating ? dtype::float64
                                                   : dtype::bool_;
    if (!fits(v, widest)) widest = dtype::uint64;
    return {push({opcode::constant, widest, 0, 0, 0, v.bits(widest)}), v.kind};
  }

  /// The same value as an element of type `t`. Storage types (int8, float16, ...) wrap or round here and nowhere else.
  constexpr value cast(value v, dtype t) {
    inst const& i = code_[v.id];
    if (i.op == opcode::scalar && i.imm != 0 && v.weak != weak_kind::none) {
      dtype const c = compute_type(t);
      value_id const s = push({opcode::scalar, c, i.a, 0, 0, i.imm});
      return {c == t ? s : push({opcode::cast, t, s})};
    }
    if (i.type == t) return {v.id};
    if (v.weak == weak_kind::integer && i.op == opcode::constant && is_integer(t)) {
      bool const fits_type =
          i.type == dtype::uint64 ? fits(scalar_value(i.imm), t) : fits(scalar_value(std::int64_t(i.imm)), t);
      if (!fits_type)
        throw dtype_error(
            i.type == dtype::uint64
                ? detail::message("integer of 2^63 or more out of bounds for ", ndfuse::name(t))
                : detail::message("integer ", std::int64_t(i.imm), " out of bounds for ", ndfuse::name(t)));
    }
    dtype const c = compute_type(t);
    if (i.op == opcode::constant && i.type == dtype::float64 && t == dtype::float16)
      return narrow(push({opcode::constant, c, 0, 0, 0, constant_bits(float16(number_of(i)))}), t);
    if (i.op == opcode::constant)
      if (auto const folded = fold_cast(i, c)) return narrow(push({opcode::constant, c, 0, 0, 0, *folded}), t);
    if (is_complex_constant(i)) {
      scalar_value const whole(std::complex<double>(number_of(code_[i.a]), number_of(code_[i.b])));
      if (t == dtype::complex64 || is_bool(t)) return {push({opcode::constant, t, 0, 0, 0, whole.bits(t)})};
    }
    // A constant that the storage type holds exactly needs no wrapping on its way back.
    if (i.op == opcode::cast && code_[i.a].op == opcode::constant && code_[i.a].type == t && is_integer(t) &&
        fits(scalar_value(std::int64_t(code_[i.a].imm)), i.type))
      return {i.a};
    return {push({opcode::cast, t, v.id})};
  }

  /// The same bits as another type of 32 bits (of 64, on the cpu).
  constexpr value bit_cast(value v, dtype t) { return {push({opcode::bit_cast, t, widen(v).id})}; }
  /// The complex number of two parts of one floating type.
  constexpr value complex_of(value re, value im) {
    dtype const t = type_of(re).type == dtype::float64 ? dtype::complex128 : dtype::complex64;
    return {push({opcode::make_complex, t, widen(re).id, widen(im).id})};
  }

  /// An elementwise operation with NumPy's promotion; throws dtype_error for operands it does not support.
  constexpr value apply(opcode op, value a, value b = {}, value c = {}) {
    if (op == opcode::where) {
      op_types const t = checked_types(op, type_of(b), type_of(c));
      value const cond = cast(a, dtype::bool_);
      value const x = cast(b, t.result), y = cast(c, t.result);
      return narrow(push({op, compute_type(t.result), cond.id, widen(x).id, widen(y).id}), t.result);
    }
    op_info const& row = info(op);
    if (row.rule == rule::random) return apply_signature(op, a, b, c);
    op_types t = row.arity == 2 ? checked_types(op, type_of(a), type_of(b)) : checked_types(op, type_of(a));
    dtype const c_type = compute_type(t.operands);
    if (row.rule == rule::predicate && !is_floating(t.operands) && !is_complex(t.operands)) {
      if (op == opcode::signbit && is_signed_integer(t.operands))
        return apply(opcode::less, cast(a, t.operands), constant(0, t.operands));
      return constant(op == opcode::isfinite, dtype::bool_);
    }
    if (is_integer(t.operands) || is_bool(t.operands))
      if (row.rule == rule::rounding || op == opcode::conjugate || op == opcode::real) return cast(a, t.result);
    if ((is_unsigned_integer(t.operands) || is_bool(t.operands)) && op == opcode::absolute) return cast(a, t.result);
    // WGSL negates no unsigned integers.
    if (is_unsigned_integer(t.operands) && op == opcode::negative)
      return apply(opcode::subtract, constant(0, t.operands), cast(a, t.operands));
    if (is_floating(t.operands) && (op == opcode::real || op == opcode::conjugate)) return cast(a, t.result);
    if (op == opcode::imag && !is_complex(t.operands)) return constant(0, t.result);
    if (row.rule == rule::comparison && mixed_signs(type_of(a), type_of(b))) return compare_mixed(op, a, b);
    op = specialised(op, t.operands);
    value const x = widen(cast(a, t.operands));
    value const y = row.arity == 2 ? widen(cast(b, t.operands)) : value{};
    if (is_bool(t.operands) &&
        (op == opcode::less || op == opcode::less_equal || op == opcode::greater || op == opcode::greater_equal))
      return {push({op, dtype::bool_, cast(x, dtype::uint32).id, cast(y, dtype::uint32).id})};
    if (op == opcode::complex_equal && info(op).arity == 2 && row.name == "not_equal")
      return {push({opcode::logical_not, dtype::bool_, push({op, dtype::bool_, x.id, y.id})})};
    dtype const r = is_bool(t.result) ? dtype::bool_ : row.rule == rule::magnitude ? real_type(c_type) : c_type;
    if (auto const folded = fold(op, r, x, y)) return narrow(push({opcode::constant, r, 0, 0, 0, *folded}), t.result);
    return narrow(push({op, r, x.id, y.id}), t.result);
  }

  /// Opens a loop of `trips` turns that carries `initial.size()` values; returns their values inside the loop.
  constexpr detail::list<value> begin_loop(value trips, detail::list<value> const& initial) {
    value_id const count = widen(cast(trips, dtype::int32)).id;
    detail::list<value> carried;
    detail::list<value_id> start;
    for (value v : initial) start.push_back(strong(v).id);
    open_.push_back(code_.size());
    code_.push_back({opcode::loop_begin, dtype::int32, count, 0, 0, std::uint64_t(initial.size())});
    for (value_id v : start) {
      code_.push_back({opcode::loop_value, code_[v].type, v});
      carried.push_back({value_id(code_.size() - 1)});
    }
    return carried;
  }
  /// Leaves the open loop when `condition` holds, before the carried values advance.
  constexpr void break_if(value condition) {
    if (open_.empty()) throw value_error("break_if outside a loop");
    code_.push_back({opcode::loop_break, dtype::bool_, cast(condition, dtype::bool_).id});
  }
  /// Closes the innermost loop with the values for its next turn; returns the values after the loop.
  constexpr detail::list<value> end_loop(detail::list<value> const& next) {
    if (open_.empty()) throw value_error("end_loop outside a loop");
    std::size_t const begin = open_.back();
    detail::list<value> results;
    detail::list<value_id> advance;
    if (next.size() != code_[begin].imm)
      throw value_error("a loop's body must return as many values as the loop carries");
    for (std::size_t k = 0; k < next.size(); ++k) {
      dtype const carried = code_[begin + 1 + k].type;
      if (promote_operands({carried}, type_of(next[k])) != carried)
        throw dtype_error(detail::message("a loop value changes its type from ", ndfuse::name(carried), " to ",
                                          ndfuse::name(type_of(next[k]).type), ": start it with that type"));
      advance.push_back(cast(next[k], carried).id);
    }
    for (std::size_t k = 0; k < next.size(); ++k) {
      dtype const t = code_[begin + 1 + k].type;
      code_.push_back({opcode::loop_next, t, value_id(begin + 1 + k), advance[k]});
    }
    open_.pop_back();
    closed_.push_back({begin, code_.size()});
    code_.push_back({opcode::loop_end, dtype::bool_});
    for (std::size_t k = 0; k < next.size(); ++k) {
      code_.push_back({opcode::loop_result, code_[begin + 1 + k].type, value_id(begin + 1 + k)});
      results.push_back({value_id(code_.size() - 1)});
    }
    return results;
  }

  /// The value with its default type when it is still weak.
  constexpr value strong(value v) { return v.weak == weak_kind::none ? v : cast(v, default_type(v.weak)); }

  constexpr void output(value v) { outputs_.push_back(strong(v).id); }
  constexpr std::size_t output_count() const { return outputs_.size(); }
  constexpr dtype output_type(std::size_t k) const { return code_[outputs_[k]].type; }

  /// Drops what no output needs and renumbers, so that equal programs are equal bytes.
  constexpr void finish() {
    detail::list<bool> live(code_.size(), false);
    for (value_id v : outputs_) live[v] = true;
    for (std::size_t k = code_.size(); k-- > 0;) {
      inst const& i = code_[k];
      // A loop lives as a whole when anything inside it, or its result, is live.
      if (i.op == opcode::loop_end && loop_is_live(k, live)) keep_loop(k, live);
      if (!live[k]) continue;
      value_id const operands[] = {i.a, i.b, i.c};
      for (std::size_t n = 0; n < operand_count(i); ++n) live[operands[n]] = true;
    }
    detail::list<value_id> number(code_.size(), 0);
    detail::list<inst> kept;
    for (std::size_t k = 0; k < code_.size(); ++k) {
      if (!live[k]) continue;
      inst i = code_[k];
      std::size_t const n = operand_count(i);
      if (n > 0) i.a = number[i.a];
      if (n > 1) i.b = number[i.b];
      if (n > 2) i.c = number[i.c];
      number[k] = value_id(kept.size());
      kept.push_back(i);
    }
    for (value_id& v : outputs_) v = number[v];
    code_ = std::move(kept);
    closed_.clear();
  }

  /// The program in which value `v` is load number `load` instead of being computed; what it alone needed is gone.
  constexpr builder with_load(value_id v, value_id load) const {
    builder b = *this;
    b.code_[v] = {opcode::load, code_[v].type, load};
    b.loads_ = std::uint16_t(load + 1 > loads_ ? load + 1 : loads_);
    b.finish();
    return b;
  }
  /// Gives the loads other numbers.
  constexpr void renumber_loads(detail::list<value_id> const& number) {
    for (inst& i : code_)
      if (i.op == opcode::load) i.a = number[i.a];
  }

  constexpr program_view view() const { return {code_, outputs_, loads_, scalars_}; }

  template <std::size_t Insts, std::size_t Outputs> constexpr static_program<Insts, Outputs> freeze() const {
    static_program<Insts, Outputs> p;
    for (std::size_t k = 0; k < Insts; ++k) p.code[k] = code_[k];
    for (std::size_t k = 0; k < Outputs; ++k) p.outputs[k] = outputs_[k];
    p.loads = loads_;
    p.scalars = scalars_;
    return p;
  }

 private:
  struct closed_loop {
    std::size_t begin, end;
  };

  static constexpr bool reusable(opcode op) { return op != opcode::load; }

  constexpr std::size_t closed_at(std::size_t begin) const {
    for (closed_loop const& l : closed_)
      if (l.begin == begin) return l.end;
    return 0;
  }

  constexpr op_types checked_types(opcode op, operand_type a, operand_type b = {}) const {
    op_types const t = types_of(op, a, b);
    if (!t.supported)
      throw dtype_error(
          detail::message("ufunc '", ir::name(op), "' is not supported for the input types: ", ndfuse::name(a.type),
                          info(op).arity > 1 ? " and " : "", info(op).arity > 1 ? ndfuse::name(b.type) : ""));
    return t;
  }

  /// A signed integer with an unsigned one that is at least as large, of 32 bits or more: no common type holds both
  /// exactly, or only one that no GPU has.
  static constexpr bool mixed_signs(operand_type a, operand_type b) {
    if (a.weak != weak_kind::none || b.weak != weak_kind::none) return false;
    dtype const s = is_unsigned_integer(a.type) ? b.type : a.type, u = is_unsigned_integer(a.type) ? a.type : b.type;
    return is_signed_integer(s) && is_unsigned_integer(u) && size_of(u) >= 4 && size_of(u) >= size_of(s);
  }
  /// Compares such operands exactly, as NumPy does: a negative number is below every unsigned one, others are compared
  /// unsigned.
  constexpr value compare_mixed(opcode op, value a, value b) {
    if (is_unsigned_integer(type_of(a).type)) return compare_mixed(mirrored(op), b, a);
    value const negative = apply(opcode::less, a, constant(0, type_of(a).type));
    value const rest = apply(op, cast(a, type_of(b).type), b);
    bool const true_below = op == opcode::less || op == opcode::less_equal || op == opcode::not_equal;
    return true_below ? apply(opcode::logical_or, negative, rest)
                      : apply(opcode::logical_and, apply(opcode::logical_not, negative), rest);
  }
  static constexpr opcode mirrored(opcode comparison) {
    switch (comparison) {
      case opcode::less: return opcode::greater;
      case opcode::less_equal: return opcode::greater_equal;
      case opcode::greater: return opcode::less;
      case opcode::greater_equal: return opcode::less_equal;
      default: return comparison;
    }
  }
  constexpr value complex_constant(double re, double im) {
    value_id const r = push({opcode::constant, dtype::float64, 0, 0, 0, constant_bits(re)});
    value_id const i = push({opcode::constant, dtype::float64, 0, 0, 0, constant_bits(im)});
    return {push({opcode::make_complex, dtype::complex128, r, i})};
  }
  constexpr bool is_complex_constant(inst const& i) const {
    return i.op == opcode::make_complex && code_[i.a].op == opcode::constant && code_[i.b].op == opcode::constant;
  }
  /// Operands are cast to what the operation's signature says, in 64 bits where any operand has them.
  constexpr value apply_signature(opcode op, value a, value b, value c) {
    value const in[] = {a, b, c};
    value_id ids[3] = {};
    bool wide = false;
    for (std::size_t k = 0; k < info(op).arity; ++k)
      wide = wide || (in[k].weak == weak_kind::none && is_wide(code_[in[k].id].type));
    for (std::size_t k = 0; k < info(op).arity; ++k) ids[k] = cast(in[k], signature_operand(op, k, wide)).id;
    return {push({op, signature_result(op, wide), ids[0], ids[1], ids[2]})};
  }
  constexpr value widen(value v) { return cast({v.id}, compute_type(code_[v.id].type)); }
  constexpr value narrow(value_id v, dtype t) {
    return t == code_[v].type ? value{v} : value{push({opcode::cast, t, v})};
  }

  /// Booleans and complex numbers have operations of their own under NumPy's common names.
  static constexpr opcode specialised(opcode op, dtype t) {
    if (is_bool(t)) switch (op) {
        case opcode::add:
        case opcode::maximum:
        case opcode::fmax:
        case opcode::bitwise_or: return opcode::logical_or;
        case opcode::multiply:
        case opcode::minimum:
        case opcode::fmin:
        case opcode::bitwise_and: return opcode::logical_and;
        case opcode::bitwise_xor:
        case opcode::not_equal: return opcode::logical_xor;
        case opcode::invert: return opcode::logical_not;
        default: return op;
      }
    if (is_complex(t)) switch (op) {
        case opcode::multiply: return opcode::complex_multiply;
        case opcode::divide: return opcode::complex_divide;
        case opcode::equal:
        case opcode::not_equal: return opcode::complex_equal;
        default: return op;
      }
    return op;
  }

  static constexpr std::optional<std::uint64_t> fold_cast(inst const& i, dtype t) {
    if (is_complex(i.type) || t == dtype::complex128) return std::nullopt;
    if (is_integer(t) && (is_integer(i.type) || is_bool(i.type))) return integer_bits(std::int64_t(i.imm), t);
    double const v = number_of(i);
    if (t == dtype::complex64) return constant_bits(std::complex<float>(round_to_float32(v)));
    if (t == dtype::float64) return constant_bits(v);
    if (is_floating(t)) return constant_bits(round_to_float32(v));
    if (is_bool(t)) return v != 0 ? 1 : 0;
    if (t == dtype::int32 && v > -2147483649.0 && v < 2147483648.0) return constant_bits(std::int32_t(v));
    if (t == dtype::uint32 && v > -1.0 && v < 4294967296.0) return constant_bits(std::uint32_t(v));
    return std::nullopt;  // beyond the integer's range: what a cast gives then is its own affair
  }
  static constexpr double number_of(inst const& i) {
    switch (i.type) {
      case dtype::float32: return double(std::bit_cast<float>(std::uint32_t(i.imm)));
      case dtype::int32: return double(std::int32_t(i.imm));
      case dtype::uint32: return double(std::uint32_t(i.imm));
      case dtype::int64: return double(std::int64_t(i.imm));
      case dtype::float64: return std::bit_cast<double>(i.imm);
      default: return double(i.imm);
    }
  }

  /// The value of an arithmetic operation on two float32 or int32 constants; other operations are left to the device's
  /// compiler.
  constexpr std::optional<std::uint64_t> fold(opcode op, dtype r, value a, value b) const {
    inst const& x = code_[a.id];
    inst const& y = info(op).arity > 1 ? code_[b.id] : x;
    if (x.op != opcode::constant || y.op != opcode::constant) return std::nullopt;
    if (r == dtype::float32 && x.type == dtype::float32) {
      double const p = number_of(x), q = number_of(y), infinity = std::numeric_limits<double>::infinity();
      // Left to the device; not all of it is allowed in a constant expression.
      if (!(p < infinity && p > -infinity && q < infinity && q > -infinity)) return std::nullopt;
      double result = 0;  // exact, or rounded so that rounding again to float32 is right
      switch (op) {
        case opcode::add: result = p + q; break;
        case opcode::subtract: result = p - q; break;
        case opcode::multiply: result = p * q; break;
        case opcode::negative: result = -p; break;
        case opcode::divide:
          // Folded too: shader compilers refuse the text of a division by zero or of an overflow.
          if (q == 0 && p == 0) return constant_bits(std::numeric_limits<float>::quiet_NaN());
          if (q == 0) return std::uint64_t(0x7f800000u | ((x.imm ^ y.imm) & 0x80000000u));
          result = p / q;
          break;
        default: return std::nullopt;
      }
      return constant_bits(round_to_float32(result));
    }
    if (r == dtype::int32 && x.type == dtype::int32) {
      std::int64_t const p = std::int32_t(x.imm), q = std::int32_t(y.imm);
      switch (op) {
        case opcode::add: return constant_bits(std::int32_t(p + q));
        case opcode::subtract: return constant_bits(std::int32_t(p - q));
        case opcode::multiply: return constant_bits(std::int32_t(p * q));
        case opcode::negative: return constant_bits(std::int32_t(-p));
        default: return std::nullopt;
      }
    }
    return std::nullopt;
  }

  constexpr bool loop_is_live(std::size_t end, detail::list<bool> const& live) const {
    std::size_t const begin = begin_of(end);
    for (std::size_t k = begin; k < live.size() && (k <= end || code_[k].op == opcode::loop_result); ++k)
      if (live[k]) return true;
    return false;
  }
  constexpr void keep_loop(std::size_t end, detail::list<bool>& live) const {
    std::size_t const begin = begin_of(end);
    for (std::size_t k = begin; k <= end; ++k) {
      opcode const op = code_[k].op;
      if (op == opcode::loop_begin || op == opcode::loop_value || op == opcode::loop_next || op == opcode::loop_break ||
          op == opcode::loop_end)
        live[k] = true;
    }
  }
  constexpr std::size_t begin_of(std::size_t end) const {
    std::size_t depth = 0;
    for (std::size_t k = end + 1; k-- > 0;) {
      if (code_[k].op == opcode::loop_end) ++depth;
      if (code_[k].op == opcode::loop_begin && --depth == 0) return k;
    }
    return 0;
  }

  detail::list<inst> code_;
  detail::list<value_id> outputs_;
  detail::list<std::size_t> open_;
  detail::list<closed_loop> closed_;
  std::uint16_t loads_ = 0, scalars_ = 0;
};

/// A program as a constant, from what builds it: Build::build(builder&), which finishes it.
template <class Build> inline constexpr auto frozen = [] {
  constexpr auto sizes = [] {
    builder b;
    Build::build(b);
    return std::pair(b.code().size(), b.output_count());
  }();
  builder b;
  Build::build(b);
  return b.template freeze<sizes.first, sizes.second>();
}();

}  // namespace ndfuse::ir
