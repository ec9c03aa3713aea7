#pragma once
/// @file Checks that a program is well formed; the emitter and the interpreter may then trust it.

#include <ndfuse/core/list.hpp>
#include <ndfuse/ir/program.hpp>

#include <string_view>

namespace ndfuse::ir {

namespace detail {

/// Walks a program once, keeping what is visible where.
class verifier {
 public:
  constexpr explicit verifier(program_view p) : p_(p), visible_(p.code.size(), false) {}

  constexpr std::string_view run() {
    for (std::size_t k = 0; k < p_.code.size(); ++k) {
      inst const& i = p_.code[k];
      if (std::size_t(i.op) >= op_count) return "an unknown operation";
      if (std::size_t(i.type) >= dtype_count) return "an unknown type";
      if (auto const broken = operands(i, k); !broken.empty()) return broken;
      if (auto const broken = loop_order(i); !broken.empty()) return broken;
      if (auto const broken = types(i); !broken.empty()) return broken;
      if (auto const broken = structure(i, k); !broken.empty()) return broken;
      visible_[k] = is_value(i.op);
    }
    if (!open_.empty()) return "a loop is not closed";
    if (p_.outputs.empty()) return "a program without outputs";
    for (value_id v : p_.outputs) {
      if (v >= p_.code.size()) return "an output is out of range";
      if (!is_value(p_.code[v].op) || is_array(p_.code[v])) return "an output is not a value";
      if (!visible_[v]) return "an output is a value from inside a loop";
    }
    return {};
  }

 private:
  struct open_loop {
    std::size_t begin = 0, carried = 0;
    std::size_t values = 0, advanced = 0;  // loop_values and loop_nexts seen
  };

  static constexpr bool is_value(opcode op) {
    return op != opcode::loop_begin && op != opcode::loop_end && op != opcode::loop_next && op != opcode::loop_break;
  }
  static constexpr bool is_array(inst const& i) { return i.op == opcode::load && i.imm == load_array; }
  constexpr dtype type(value_id v) const { return p_.code[v].type; }

  constexpr std::string_view operands(inst const& i, std::size_t k) const {
    value_id const all[] = {i.a, i.b, i.c};
    for (std::size_t n = 0; n < operand_count(i); ++n) {
      if (all[n] >= k) return "an operand does not come before its use";
      if (!is_value(p_.code[all[n]].op)) return "an operand is not a value";
      if (is_array(p_.code[all[n]]) && !(i.op == opcode::fetch && n == 0)) return "an array is used as an element";
      // loop_result alone reads a value of a loop that is closed.
      if (!visible_[all[n]] && i.op != opcode::loop_result)
        return "an operand is a value from inside a loop that is closed";
    }
    return {};
  }

  /// Inside a loop: all its values, then its body, then all its nexts, then its end.
  constexpr std::string_view loop_order(inst const& i) const {
    if (open_.empty()) return {};
    open_loop const& l = open_.back();
    if (l.values < l.carried && i.op != opcode::loop_value) return "a loop lacks some of its carried values";
    if (l.advanced > 0 && l.advanced < l.carried && i.op != opcode::loop_next)
      return "a loop does not advance all its carried values";
    if (l.advanced > 0 && l.advanced == l.carried && i.op != opcode::loop_end)
      return "a loop goes on after its values advanced";
    return {};
  }

  /// The types of operands and result.
  constexpr std::string_view types(inst const& i) const {
    op_info const& row = info(i.op);
    if (row.rule == rule::structure) return {};
    dtype const t = type(i.op == opcode::where ? i.b : i.a);
    if (i.op == opcode::where) {
      if (type(i.a) != dtype::bool_) return "where: the condition is not bool";
      if (type(i.c) != t) return "where: the values differ in type";
    } else if (i.op == opcode::shift_left_raw || i.op == opcode::shift_right_raw) {
      if (type(i.b) != t && type(i.b) != dtype::uint32)
        return "a shift's count is neither uint32 nor of its operand's type";
    } else if (row.rule == rule::random) {
      if (row.arity > 1 && type(i.b) != operand_of(i.op, t, 1)) return "an operand is not what the signature says";
      if (row.arity > 2 && type(i.c) != operand_of(i.op, t, 2)) return "an operand is not what the signature says";
    } else if (row.arity == 2 && type(i.b) != t) {
      return "operands differ in type";
    }
    if (t != compute_type(t)) return "an operand has a storage type";
    if (!has_value(i.op, t)) return "an operation does not support its operands' type";
    if (i.type != result_of(i.op, t)) return "an operation's result has the wrong type";
    return {};
  }

  constexpr std::string_view structure(inst const& i, std::size_t k) {
    switch (i.op) {
      case opcode::load:
        if (i.a >= p_.loads) return "a load's number is out of range";
        if (i.imm > load_array) return "a load is neither an element nor an index nor an array";
        break;
      case opcode::fetch:
        if (p_.code[i.a].op != opcode::load || p_.code[i.a].imm != load_array) return "a fetch from what is no array";
        if (type(i.b) != dtype::int32) return "a fetch by what is not int32";
        if (i.type != type(i.a)) return "a fetch and its array differ in type";
        break;
      case opcode::scalar:
        if (i.a >= p_.scalars) return "a scalar's number is out of range";
        if (i.type != compute_type(i.type)) return "a scalar has a storage type";
        break;
      case opcode::constant:
        if (i.type != compute_type(i.type)) return "a constant has a storage type";
        if (!bits_fit(i)) return "a constant's bits are not a value of its type";
        break;
      case opcode::bit_cast:
        if (size_of(i.type) != size_of(type(i.a)) || size_of(i.type) < 4 || is_complex(i.type))
          return "a bit cast needs two types of 32 or of 64 bits";
        break;
      case opcode::loop_begin:
        if (type(i.a) != dtype::int32) return "a loop's trip count is not int32";
        if (i.imm >= p_.code.size()) return "a loop lacks some of its carried values";
        open_.push_back({k, std::size_t(i.imm)});
        break;
      case opcode::loop_value:
        if (open_.empty() || open_.back().values == open_.back().carried) return "a loop value outside a loop's head";
        if (i.a > open_.back().begin) return "a loop value starts from a value of its own loop";
        if (type(i.a) != i.type) return "a loop value and its initial value differ in type";
        ++open_.back().values;
        break;
      case opcode::loop_break:
        if (open_.empty()) return "a break outside a loop";
        if (type(i.a) != dtype::bool_) return "a break's condition is not bool";
        break;
      case opcode::loop_next:
        if (open_.empty()) return "a loop_next outside a loop";
        if (i.a != open_.back().begin + 1 + open_.back().advanced || p_.code[i.a].op != opcode::loop_value)
          return "a loop_next that is not of its loop's next value";
        if (type(i.b) != type(i.a) || i.type != type(i.a)) return "a loop value changes its type";
        ++open_.back().advanced;
        break;
      case opcode::loop_end:
        if (open_.empty()) return "a loop's end without its begin";
        if (open_.back().advanced != open_.back().carried) return "a loop does not advance all its carried values";
        for (std::size_t n = open_.back().begin; n < k; ++n) visible_[n] = false;
        closed_ = open_.back();
        open_.pop_back();
        return {};
      case opcode::loop_result:
        if (p_.code[i.a].op != opcode::loop_value) return "a loop_result of something else";
        if (i.a <= closed_.begin || i.a > closed_.begin + closed_.carried)
          return "a loop_result that does not follow its loop";
        if (i.type != type(i.a)) return "a loop_result and its loop value differ in type";
        break;
      default: break;
    }
    if (i.op != opcode::loop_result) closed_ = {};
    return {};
  }

  /// The canonical form: equal values have equal bits.
  static constexpr bool bits_fit(inst const& i) {
    switch (i.type) {
      case dtype::bool_: return i.imm <= 1;
      case dtype::int32: return i.imm == std::uint64_t(std::int64_t(std::int32_t(i.imm)));
      case dtype::uint32:
      case dtype::float32: return i.imm >> 32 == 0;
      case dtype::complex128: return false;  // wider than a constant: it is made of two
      default: return true;
    }
  }

  program_view p_;
  ndfuse::detail::list<bool> visible_;
  ndfuse::detail::list<open_loop> open_;
  open_loop closed_;  // the loop whose end came just before
};

}  // namespace detail

/// The first rule that `p` breaks, in words; empty when it is well formed. Checks operands (order, visibility, types),
/// results, the bits of constants, the structure of loops, and outputs.
constexpr std::string_view verify(program_view p) { return detail::verifier(p).run(); }

}  // namespace ndfuse::ir
