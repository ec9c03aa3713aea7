#pragma once
/// @file WGSL functions that reach the elements of packed arrays: bool, int8 and uint8, four in a 32-bit word; int16,
/// uint16 and float16, two.
///
/// For an array `b0` they are
///   fetch0(e)   element e, in its register type (bool: 0 or 1 as u32)
///   four0(i)    elements 4i to 4i + 3 as a vec4, of an array whose uses all take such groups
///   put0(e, v)  writes element e, whose stored bits are v. Neighbours may be written by other threads at the same
///   time:
///               the element's own bits are exchanged by an atomic xor, which leaves the rest of the word as it is
///   put0(i, v)  writes elements 4i to 4i + 3, whose bits are v, as whole words: for frames whose threads own such
///   groups
/// A float16 is converted by integer arithmetic: WGSL's own functions may drop subnormals, and say nothing of infinity
/// and NaN.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/sink.hpp>

namespace ndfuse::codegen {

/// How the kernel uses a packed array.
enum class packing : std::uint8_t {
  elements,        // array<u32>; written by single elements, if at all
  groups,          // four elements at a time, read and written: array<u32>, array<vec2<u32>> for 16 bits
  grouped_stores,  // array<u32>; read by single elements, written four at a time
};

/// The variable of a binding: a stem, and a number where it has one.
struct binding_name {
  std::string_view stem;
  int number = -1;
};

/// How a stored value is made of a register's: what goes before it, and after it.
struct enclosing {
  std::string_view before, after;
};
/// From a register to stored bits. Bits beyond the element's are cut off by what stores them.
constexpr enclosing packed_bits(dtype t) {
  if (t == dtype::float16) return {"nf_half_bits(", ")"};
  if (is_unsigned_integer(t)) return {"", ""};
  return {"u32(", ")"};
}

/// Whether a kernel's text needs emit_half_functions.
constexpr bool needs_half_functions(dialect d, dtype t) { return d == dialect::wgsl && t == dtype::float16; }

/// nf_half_value gives the number that 16 bits stand for, nf_half_values four of them, nf_half_bits the bits of a
/// number that binary16 holds exactly.
constexpr void emit_half_functions(sink& out) {
  out("fn nf_half_value(h: u32) -> f32 {\n"
      "  let m = h & 0x7fffu;\n"
      "  let finite = select((m << 13u) + 0x38000000u, bitcast<u32>(f32(m) * 0x1p-24), m < 0x400u);\n"
      "  let magnitude = select(finite, (m << 13u) | 0x7f800000u, m >= 0x7c00u);\n"
      "  return bitcast<f32>(((h & 0x8000u) << 16u) | magnitude);\n"
      "}\n"
      "fn nf_half_values(h: vec4<u32>) -> vec4<f32> {\n"
      "  return vec4<f32>(nf_half_value(h.x), nf_half_value(h.y), nf_half_value(h.z), nf_half_value(h.w));\n"
      "}\n"
      "fn nf_half_bits(v: f32) -> u32 {\n"
      "  let m = bitcast<u32>(v) & 0x7fffffffu;\n"
      "  let finite = select((m - 0x38000000u) >> 13u, u32(bitcast<f32>(m) * 0x1p24), m < 0x38800000u);\n"
      "  let magnitude = select(min(finite, 0x7c00u), 0x7e00u, m > 0x7f800000u);\n"
      "  return ((bitcast<u32>(v) >> 16u) & 0x8000u) | magnitude;\n"
      "}\n");
}

/// Declares a packed array of elements of type `t` and the functions that read and write them.
constexpr void emit_packed(sink& out, unsigned binding, binding_name name, dtype t, packing how, bool read,
                           bool written) {
  auto const variable = [&] {
    out(name.stem);
    if (name.number >= 0) out(name.number);
  };
  auto const function = [&](std::string_view stem) {
    out("fn ", stem);
    if (name.number >= 0) out(name.number);
    else out("_", name.stem);
  };
  bool const bytes = size_of(t) == 1, half = t == dtype::float16, is_signed = is_signed_integer(t);
  bool const atomic = written && how == packing::elements, pairs = how == packing::groups && !bytes;
  unsigned const in_word = bytes ? 4 : 2, bits = bytes ? 8 : 16, mask = bytes ? 255 : 65535;
  std::string_view const type = storage_type(dialect::wgsl, t);
  std::string_view const low = bytes ? "vec4<u32>(0u, 8u, 16u, 24u)" : "vec4<u32>(0u, 16u, 0u, 16u)";
  std::string_view const high = bytes ? "vec4<u32>(24u, 16u, 8u, 0u)" : "vec4<u32>(16u, 0u, 16u, 0u)";

  out("@group(0) @binding(", binding, ") var<storage, ", written ? "read_write" : "read", "> ");
  variable();
  out(": array<", atomic ? "atomic<u32>" : pairs ? "vec2<u32>" : "u32", ">;\n");

  if (read && how == packing::groups) {
    function("four");
    out("(i: u32) -> vec4<", type, "> { return ");
    auto const words = [&] {
      if (bytes) out("vec4<u32>("), variable(), out("[i])");
      else variable(), out("[i].xxyy");
    };
    if (is_signed) {
      out("(bitcast<vec4<i32>>("), words(), out(") << ", high, ") >> vec4<u32>(", 32 - bits, "u); }\n");
    } else if (half) {
      out("nf_half_values(("), words(), out(" >> ", low, ") & vec4<u32>(65535u)); }\n");
    } else {
      out("("), words(), out(" >> ", low, ") & vec4<u32>(", mask, "u); }\n");
    }
  } else if (read) {
    function("fetch");
    out("(e: u32) -> ", type, " { return ", half ? "nf_half_value(" : "", "extractBits(",
        is_signed ? "bitcast<i32>(" : "", atomic ? "atomicLoad(&" : "");
    variable();
    out("[e / ", in_word, "u]", atomic ? ")" : "", is_signed ? ")" : "", ", e % ", in_word, "u * ", bits, "u, ", bits,
        half ? "u)); }\n" : "u); }\n");
  }
  if (!written) return;
  function("put");
  if (atomic) {
    out("(e: u32, v: u32) {\n  let w = e / ", in_word, "u;\n  let s = e % ", in_word, "u * ", bits,
        "u;\n  atomicXor(&");
    variable();
    out("[w], (((atomicLoad(&");
    variable();
    out("[w]) >> s) ^ v) & ", mask, "u) << s);\n}\n");
    return;
  }
  out("(i: u32, v: vec4<u32>) {\n  let w = (v & vec4<u32>(", mask, "u)) << ", low, ";\n");
  if (bytes) {
    out("  "), variable(), out("[i] = w.x | w.y | w.z | w.w;\n");
  } else if (pairs) {
    out("  "), variable(), out("[i] = w.xz | w.yw;\n");
  } else {
    out("  "), variable(), out("[i * 2u] = w.x | w.y;\n  ");
    variable(), out("[i * 2u + 1u] = w.z | w.w;\n");
  }
  out("}\n");
}

}  // namespace ndfuse::codegen
