#pragma once
/// @file A program made ready for all devices, and what a launch hands over with it.

#include <ndfuse/codegen/cpu_loop.hpp>
#include <ndfuse/codegen/frame_map.hpp>
#include <ndfuse/runtime/device.hpp>

#include <span>
#include <string_view>

namespace ndfuse::runtime {

/// What a front end makes once for each program. Programs with 64-bit types have no text: they run on the cpu device
/// alone.
struct kernel {
  ir::program_view program;
  std::uint64_t hash = 0;
  std::string_view name;                      // for people: the operations in it
  std::string_view body;                      // WGSL: fn body(...)
  std::span<std::string_view const> helpers;  // WGSL: the helper functions that the body calls
  std::string_view distinct_frame;            // WGSL: the map frame for codegen::distinct_facts(program)
  codegen::row_function rows = nullptr;
};

/// An operand of a launch; the view has the launch's shape. A generator has no memory: its value is the element number
/// itself.
struct operand {
  buffer* memory = nullptr;
  ndfuse::view view;
};

/// True when a program can run on a GPU.
constexpr bool fits_gpu(ir::program_view p) {
  for (ir::inst const& i : p.code)
    if (is_wide(i.type)) return false;
  return true;
}

}  // namespace ndfuse::runtime
