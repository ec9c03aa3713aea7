#pragma once
/// @file The kernel IR: a flat list of small instructions in SSA post-order, the same at compile time and at run time.

#include <ndfuse/ir/op.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ndfuse::ir {

/// What a load stands for: the operand's element, the number of the element itself (a generator), or the whole array,
/// for `fetch` alone.
enum load_kind : std::uint64_t { load_element, load_number, load_array };

/// The number of an instruction in its program.
using value_id = std::uint16_t;

/// One instruction. `a`, `b`, `c` are earlier instructions. What `imm` and `a` mean beside that:
///
/// - load: a = number of the load (operand) in the launch; imm = a load_kind
/// - fetch: a = a load of a whole array, b = the number (int32) of the element that is its value. A number that the
///   array does not have gives some element of it, or 0
/// - scalar: a = number of the scalar in the launch; imm = its weak_kind
/// - constant: imm = the bits of the value in `type` (two float32 for complex64)
/// - loop_begin: a = trip count (int32), imm = number of carried values
/// - loop_value: a = initial value; inside the loop it reads as the current value
/// - loop_break: a = condition (bool): the loop ends before the carried values advance
/// - loop_next: a = a loop_value, b = its value for the next trip
/// - loop_result: a = a loop_value, read after the loop's end
struct inst {
  opcode op = opcode::constant;
  dtype type = dtype::bool_;
  value_id a = 0, b = 0, c = 0;
  std::uint64_t imm = 0;

  friend constexpr bool operator==(inst const&, inst const&) = default;
};

/// A program: instructions, the values it returns, and how many operands and scalars its launch supplies.
struct program_view {
  std::span<inst const> code;
  std::span<value_id const> outputs;
  std::uint16_t loads = 0;
  std::uint16_t scalars = 0;

  constexpr dtype output_type(std::size_t k) const { return code[outputs[k]].type; }
};

/// A program whose size is part of its type: what compile-time lowering produces.
template <std::size_t Insts, std::size_t Outputs> struct static_program {
  std::array<inst, Insts> code{};
  std::array<value_id, Outputs> outputs{};
  std::uint16_t loads = 0;
  std::uint16_t scalars = 0;

  constexpr program_view view() const { return {code, outputs, loads, scalars}; }
};

/// Mixes one word into a running 64-bit FNV-1a hash.
constexpr std::uint64_t hash_combine(std::uint64_t h, std::uint64_t word) {
  for (int k = 0; k < 2; ++k) {
    h = (h ^ (word & 0xffffffffu)) * 1099511628211ull;
    word >>= 32;
  }
  return h ^ (h >> 29);
}
inline constexpr std::uint64_t hash_seed = 14695981039346656037ull;

/// The content hash of a program; both front ends get the same value for the same program.
constexpr std::uint64_t hash(program_view p) {
  std::uint64_t h = hash_combine(hash_seed, std::uint64_t(p.code.size()) | std::uint64_t(p.outputs.size()) << 16 |
                                                std::uint64_t(p.loads) << 32 | std::uint64_t(p.scalars) << 48);
  for (inst const& i : p.code) {
    h = hash_combine(h, std::uint64_t(i.op) | std::uint64_t(i.type) << 8 | std::uint64_t(i.a) << 16 |
                            std::uint64_t(i.b) << 32 | std::uint64_t(i.c) << 48);
    if (i.imm != 0) h = hash_combine(h, i.imm);
  }
  for (value_id v : p.outputs) h = hash_combine(h, v);
  return h;
}

/// How many of an instruction's a, b, c name other instructions.
constexpr std::size_t operand_count(inst const& i) {
  switch (i.op) {
    case opcode::load:
    case opcode::scalar:
    case opcode::constant:
    case opcode::loop_end: return 0;
    default: return info(i.op).arity;
  }
}

}  // namespace ndfuse::ir
