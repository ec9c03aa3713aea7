#pragma once
/// @file Checks that a program is well formed; the emitter and the interpreter may then trust it.

#include <ndfuse/ir/program.hpp>

#include <string_view>

namespace ndfuse::ir {

/// The first rule that `p` breaks, in words; empty when it is well formed. Checks operand order, types, loop structure and outputs.
constexpr std::string_view verify(program_view p) {
  constexpr std::size_t max_depth = 8;
  std::size_t open[max_depth]{};  // instruction numbers of the loops that are open
  std::size_t depth = 0;
  std::size_t carried_left = 0;
  for (std::size_t k = 0; k < p.code.size(); ++k) {
    inst const& i = p.code[k];
    value_id const operands[] = {i.a, i.b, i.c};
    for (std::size_t n = 0; n < operand_count(i); ++n) {
      if (operands[n] >= k) return "an operand does not come before its use";
      opcode const o = p.code[operands[n]].op;
      if (o == opcode::loop_begin || o == opcode::loop_end || o == opcode::loop_next || o == opcode::loop_break)
        return "an operand is not a value";
    }
    if (carried_left > 0 && i.op != opcode::loop_value) return "a loop lacks some of its carried values";
    auto const type = [&](value_id v) { return p.code[v].type; };
    op_info const& row = info(i.op);
    switch (i.op) {
      case opcode::load:
        if (i.a >= p.loads) return "a load's number is out of range";
        break;
      case opcode::scalar:
        if (i.a >= p.scalars) return "a scalar's number is out of range";
        break;
      case opcode::constant:
      case opcode::cast: break;
      case opcode::bit_cast:
        if (size_of(i.type) != 4 || size_of(type(i.a)) != 4) return "a bit cast needs 32-bit types";
        break;
      case opcode::loop_begin:
        if (depth == max_depth) return "loops are nested too deeply";
        if (type(i.a) != dtype::int32) return "a loop's trip count is not int32";
        open[depth++] = k;
        carried_left = std::size_t(i.imm);
        break;
      case opcode::loop_value:
        if (carried_left == 0) return "a loop value outside a loop's head";
        --carried_left;
        if (type(i.a) != i.type) return "a loop value and its initial value differ in type";
        break;
      case opcode::loop_break:
        if (depth == 0) return "a break outside a loop";
        if (type(i.a) != dtype::bool_) return "a break's condition is not bool";
        break;
      case opcode::loop_next:
        if (depth == 0 || p.code[i.a].op != opcode::loop_value || i.a < open[depth - 1]) return "a loop_next outside its loop";
        if (type(i.b) != p.code[i.a].type) return "a loop value changes its type";
        break;
      case opcode::loop_end:
        if (depth == 0) return "a loop's end without its begin";
        --depth;
        break;
      case opcode::loop_result:
        if (p.code[i.a].op != opcode::loop_value) return "a loop_result of something else";
        break;
      default: {
        if (i.op == opcode::where) {
          if (type(i.a) != dtype::bool_) return "where: the condition is not bool";
          if (type(i.b) != i.type || type(i.c) != i.type) return "where: the values differ in type";
          break;
        }
        if (row.arity == 2 && type(i.a) != type(i.b) && i.op != opcode::shift_left_raw && i.op != opcode::shift_right_raw)
          return "operands differ in type";
        if (type(i.a) != compute_type(type(i.a))) return "an operand has a storage type";
        constexpr char letters[] = {'b', 'i', 'u', 'f', 'c'};
        if (!row.kinds.contains(letters[std::size_t(kind(type(i.a)))])) return "an operation does not support its operands' type";
      }
    }
  }
  if (depth != 0) return "a loop is not closed";
  if (p.outputs.empty()) return "a program without outputs";
  for (value_id v : p.outputs)
    if (v >= p.code.size()) return "an output is out of range";
  return {};
}

}  // namespace ndfuse::ir
