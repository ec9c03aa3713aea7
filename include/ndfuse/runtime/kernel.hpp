#pragma once
/// @file A program made ready for all devices, and what a launch hands over with it.

#include <ndfuse/codegen/cpu_loop.hpp>
#include <ndfuse/codegen/frame_map.hpp>
#include <ndfuse/runtime/device.hpp>

#include <span>
#include <string_view>

namespace ndfuse::runtime {

/// The helper functions that a kernel calls, in both languages, callees first.
struct helper_functions {
  std::span<std::string_view const> wgsl, glsl;
  std::span<std::string_view const> in(codegen::dialect d) const { return d == codegen::dialect::wgsl ? wgsl : glsl; }
};

/// What a front end makes once for each program. Programs with 64-bit types have no text: they run on the cpu device
/// alone.
struct kernel {
  ir::program_view program;
  std::uint64_t hash = 0;
  std::string_view name;            // for people: the operations in it
  std::string_view body;            // WGSL: fn body(...), where the compiler made it; else it is emitted when needed
  helper_functions helpers;         // what the body calls
  std::string_view distinct_frame;  // WGSL: the map frame for codegen::distinct_facts(program)
  codegen::row_loop rows;
};

/// An operand of a launch; the view has the launch's shape. A generator has no memory: its value is the element number
/// itself.
struct operand {
  buffer* memory = nullptr;
  ndfuse::view view;
};

/// What operands of work that runs later need: their memory stays.
class owned_operands {
 public:
  explicit owned_operands(std::span<operand const> operands) {
    for (operand const& o : operands) {
      operands_.push_back(o);
      memory_.push_back(o.memory != nullptr ? buffer_ref(o.memory) : buffer_ref());
    }
  }
  operator std::span<operand const>() const { return {operands_.data(), operands_.size()}; }

 private:
  ndfuse::detail::list<operand> operands_;
  ndfuse::detail::list<buffer_ref> memory_;
};
/// A copy of the values of a span.
template <class T> struct owned_span {
  explicit owned_span(std::span<T const> from) {
    for (T const& value : from) values.push_back(value);
  }
  operator std::span<T const>() const { return {values.data(), values.size()}; }
  ndfuse::detail::list<T> values;
};

/// About how many elementary operations a program makes for one element: 1 an instruction, more (`ir::work`) a call
/// of a helper function, loops by their greatest number of trips where that is a constant.
constexpr std::uint64_t work_of(ir::program_view p) {
  std::uint64_t total = 1, trips = 1;
  ndfuse::detail::list<std::uint64_t> outer;
  for (ir::inst const& i : p.code) {
    if (i.op == ir::opcode::loop_begin) {
      ir::inst const& count = p.code[i.a];
      outer.push_back(trips);
      bool const known = count.op == ir::opcode::constant && std::int32_t(count.imm) > 0;
      trips *= known ? std::uint64_t(std::uint32_t(count.imm)) : 1000;
      if (trips > 1'000'000'000) trips = 1'000'000'000;
    } else if (i.op == ir::opcode::loop_end) {
      trips = outer[outer.size() - 1];
      outer.pop_back();
    } else {
      total += trips * ir::work(i.op);
    }
  }
  return total;
}

/// A readable name of a program: its operations, joined by underscores.
constexpr std::size_t emit_name(char* out, ir::program_view p) {
  codegen::sink s(out);
  std::size_t written = 0;
  for (ir::inst const& i : p.code) {
    if (ir::info(i.op).rule == ir::rule::structure) continue;
    if (written != 0) s("_");
    if (s.size() > 48) {
      s("etc");
      return s.size();
    }
    s(ir::name(i.op));
    ++written;
  }
  if (written == 0) s("copy");
  return s.size();
}

/// True when a program can run on a GPU.
constexpr bool fits_gpu(ir::program_view p) {
  for (ir::inst const& i : p.code)
    if (is_wide(i.type)) return false;
  return true;
}

}  // namespace ndfuse::runtime
