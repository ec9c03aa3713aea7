#pragma once
/// @file The two shading languages, as far as scalar code differs between them.

#include <ndfuse/ir/op.hpp>

#include <string_view>

namespace ndfuse::codegen {

/// The language of a kernel's text: WGSL for WebGPU, GLSL ES 3.00 for WebGL2.
enum class dialect : std::uint8_t { wgsl, glsl };

/// The type in which a register of this dtype is held in a kernel; storage types (int8, float16, ...) live in their
/// compute type.
constexpr std::string_view register_type(dialect d, dtype t) {
  bool const w = d == dialect::wgsl;
  switch (compute_type(t)) {
    case dtype::bool_: return "bool";
    case dtype::int32: return w ? "i32" : "int";
    case dtype::uint32: return w ? "u32" : "uint";
    case dtype::float32: return w ? "f32" : "float";
    case dtype::complex64: return w ? "vec2<f32>" : "vec2";
    default:
      throw dtype_error(
          detail::message(ndfuse::name(t), " has no GPU type: such arrays are computed on the cpu device"));
  }
}

/// Elements of this dtype in a 32-bit word of a buffer: in WGSL narrow ones lie side by side, as on the host; in GLSL
/// each has a word of its own.
constexpr unsigned elements_per_word(dialect d, dtype t) {
  return d == dialect::wgsl && size_of(t) < 4 ? unsigned(4 / size_of(t)) : 1;
}
/// True where several elements share a word, and a kernel reaches them by the functions of packed.hpp.
constexpr bool is_packed(dialect d, dtype t) { return elements_per_word(d, t) > 1; }

/// Bytes of one element in a GPU buffer.
constexpr std::size_t storage_size(dialect d, dtype t) { return is_packed(d, t) ? size_of(t) : is_complex(t) ? 8 : 4; }

/// The type in which an element lies in memory where it is not packed: in buffers, parameters and workgroup memory.
constexpr std::string_view storage_type(dialect d, dtype t) {
  return is_bool(t) ? register_type(d, dtype::uint32) : register_type(d, t);
}

/// A short suffix for helper functions, by register type.
constexpr std::string_view type_suffix(dtype t) {
  switch (compute_type(t)) {
    case dtype::bool_: return "_bool";
    case dtype::int32: return "_i32";
    case dtype::uint32: return "_u32";
    case dtype::complex64: return "_c64";
    default: return "";
  }
}

constexpr std::string_view op_text(dialect d, ir::opcode op) {
  return d == dialect::wgsl ? ir::info(op).wgsl : ir::info(op).glsl;
}

/// Text that precedes every kernel of a dialect. In WGSL a constant infinity or NaN is an error, so their bits pass
/// through a function.
constexpr std::string_view prelude(dialect d) {
  return d == dialect::wgsl ? "fn nf_from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }\n"
                            : "#version 300 es\nprecision highp float;\nprecision highp int;\n"
                              "precision highp sampler2D;\nprecision highp isampler2D;\nprecision highp usampler2D;\n";
}

}  // namespace ndfuse::codegen
