#pragma once
/// @file The matrix product C[b, m, n] = sum over k of A[b, m, k] B[b, k, n] in GLSL, for any extents, strides
/// (transposed and broadcast operands included) and batch axes.
///
/// A fragment makes `rows` x 4 elements, each row of them in a render target of its own, so that per step of 4 along k
/// it fetches `rows` texels of A and 4 of B for 16 * `rows` products; a second draw brings the rows together. Memory
/// traffic: A is read N/4 times and B M/rows times (mostly from the texture cache), C written twice and read once.

#include <ndfuse/codegen/frame_matmul.hpp>

namespace ndfuse::codegen {

/// How a fragment shader fetches 4 x 4 blocks of an operand.
enum class block_access : std::uint8_t {
  along_k,  // texels lie along k
  across,   // texels lie along m or n
  gather,   // element by element
  windows,  // B: element by element, by the functions of windows.hpp
};

/// What the text of a matrix product by fragments depends on.
struct matmul_fragment_facts {
  std::uint8_t batch_rank = 0;
  std::uint8_t rows = 4;     // render targets
  bool same_buffer = false;  // A and B lie in one buffer and share a texture
  bool tail = false;         // k is not a multiple of 4
  bool gaps = false;         // B is windows over an array with gaps between its elements
  std::uint8_t window_axes = 0;
  block_access a_access = block_access::gather, b_access = block_access::gather;
  dtype a = dtype::float32, b = dtype::float32, result = dtype::float32;

  friend constexpr bool operator==(matmul_fragment_facts const&, matmul_fragment_facts const&) = default;
};

constexpr std::uint64_t hash(matmul_fragment_facts const& f, std::uint64_t h) {
  return ir::hash_combine(
      h, 0x6672676d756cull ^
             (std::uint64_t(f.batch_rank) << 48 | std::uint64_t(f.same_buffer) << 56 | std::uint64_t(f.tail) << 57 |
              std::uint64_t(f.rows) << 32 | std::uint64_t(f.window_axes) << 58 | std::uint64_t(f.gaps) << 60) ^
             (std::uint64_t(f.a) << 8 | std::uint64_t(f.b) << 16 | std::uint64_t(f.result) << 24 |
              std::uint64_t(f.a_access) << 40 | std::uint64_t(f.b_access) << 44));
}

/// Writes the shader that makes blocks of `rows` x 4 elements to `out`, or counts it. Block (z, i, q) is texel (z *
/// blocks + i) * quads + q of each output.
constexpr std::size_t emit_matmul_fragment(char* out_text, matmul_fragment_facts const& f) {
  sink out(out_text);
  bool const real = is_floating(f.result);
  char const* const vec = real ? "vec4" : compute_type(f.result) == dtype::int32 ? "ivec4" : "uvec4";
  char const* const zero = real ? "0.0" : compute_type(f.result) == dtype::int32 ? "0" : "0u";
  char const* const second = f.same_buffer ? "b0" : "b1";
  out("uniform usampler2D b0;\n");
  if (!f.same_buffer) out("uniform usampler2D b1;\n");
  out("layout(std140) uniform params {\n  uint m;\n  uint n;\n  uint k;\n  uint steps;\n  uint blocks;\n  uint "
      "quads;\n  uint a_o;\n  uint a_m;\n  uint a_k;\n  uint b_o;\n  uint b_k;\n  uint b_n;\n");
  for (unsigned d = 0; d < f.batch_rank; ++d) out("  uint d", d, ";\n  uint a_", d, ";\n  uint b_", d, ";\n");
  window_parameters(f.window_axes, [&](char const* name, unsigned a) { out("  uint ", name, a, ";\n"); });
  out("} p;\n");
  for (unsigned r = 0; r < f.rows; ++r) out("layout(location = ", r, ") out uvec4 out", r, ";\n");
  out("#define AT(t) ivec2(int((t) & 4095u), int((t) >> 12))\n");
  // Four elements from the operand, in the type of the sum.
  auto const loader = [&](char const* name, char const* texture, dtype t, block_access how) {
    auto const converted = [&](char const* bits) {
      if (is_floating(t)) out("uintBitsToFloat(", bits, ")");
      else if (compute_type(t) == dtype::int32 && real) out("vec4(ivec4(", bits, "))");
      else out(vec, "(", bits, ")");
    };
    if (how != block_access::gather) {
      out(vec, " ", name, "(uint e) {\n  uvec4 t = texelFetch(", texture, ", AT(e >> 2), 0);\n  return ");
      converted("t");
    } else {
      out("uint ", name, "_word(uint e) { return texelFetch(", texture, ", AT(e >> 2), 0)[int(e & 3u)]; }\n");
      out(vec, " ", name, "(uint e0, uint e1, uint e2, uint e3) {\n  uvec4 t = uvec4(", name, "_word(e0), ", name,
          "_word(e1), ", name, "_word(e2), ", name, "_word(e3));\n  return ");
      converted("t");
    }
    out(";\n}\n");
  };
  loader("a", "b0", f.a, f.a_access);
  if (f.b_access == block_access::windows) {
    char const* const scalar = real ? "float" : compute_type(f.result) == dtype::int32 ? "int" : "uint";
    emit_windows(out, dialect::glsl, f.window_axes, f.gaps);
    out(scalar,
        " window(place c, place r, uint b_o) {\n  uint there = inside(c, r);\n  uint e = there * (b_o + "
        "number_of(c, r));\n  uint t = there * texelFetch(",
        second, ", AT(e >> 2), 0)[int(e & 3u)];\n  ");
    if (is_floating(f.b)) out("return uintBitsToFloat(t);\n}\n");
    else if (compute_type(f.b) == dtype::int32 && real) out("return float(int(t));\n}\n");
    else out("return ", scalar, "(t);\n}\n");
  } else {
    loader("b", second, f.b, f.b_access);
  }

  out("void main() {\n  uint t = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);\n  uint n = t % p.quads * 4u;\n  "
      "uint y = t / p.quads;\n  uint m = y % p.blocks * ",
      unsigned(f.rows), "u;\n  uint z = y / p.blocks;\n  uint ao = p.a_o;\n  uint bo = p.b_o;\n");
  for (unsigned d = f.batch_rank; d-- > 0;) {
    out("  uint q", d, " = ");
    if (d + 1u == f.batch_rank) out("z");
    else out("q", d + 1, " / p.d", d + 1);
    out(";\n  uint z", d, " = q", d);
    if (d != 0) out(" % p.d", d);
    out(";\n  ao += z", d, " * p.a_", d, ";\n  bo += z", d, " * p.b_", d, ";\n");
  }
  // Indices are clamped at the edges: what is computed beyond them is never stored.
  bool const column_blocks = f.a_access == block_access::across;
  if (column_blocks) {
    for (unsigned r = 0; r < f.rows; r += 4) out("  uint ra", r, " = ao + min(m + ", r, "u, p.m - 4u);\n");
  } else {
    for (unsigned r = 0; r < f.rows; ++r) out("  uint ra", r, " = ao + min(m + ", r, "u, p.m - 1u) * p.a_m;\n");
  }
  bool const b_along_k = f.b_access == block_access::along_k, b_gather = f.b_access == block_access::gather;
  if (b_along_k || b_gather)
    for (unsigned j = 0; j < 4; ++j) out("  uint cb", j, " = bo + min(n + ", j, "u, p.n - 1u) * p.b_n;\n");
  bool const b_windows = f.b_access == block_access::windows;
  if (b_windows)
    for (unsigned j = 0; j < 4; ++j) out("  place cb", j, " = column_of(min(n + ", j, "u, p.n - 1u));\n");
  for (unsigned r = 0; r < f.rows; ++r) out("  ", vec, " r", r, " = ", vec, "(0);\n");
  out("  for (uint s = 0u; s < p.steps; s++) {\n    uint k = s * 4u;\n");
  constexpr std::string_view components = "xyzw";
  auto const beyond = [&](unsigned j) {  // guards a fetch that may lie behind the last k
    if (f.tail && j != 0) out("k + ", j, "u < p.k ? ");
  };
  auto const else_zero = [&](unsigned j) {
    if (f.tail && j != 0) out(" : ", vec, "(0)");
  };
  // y{j}: row k + j of B, four columns
  if (b_along_k) {
    for (unsigned j = 0; j < 4; ++j) out("    ", vec, " u", j, " = b(cb", j, " + k);\n");
    for (unsigned j = 0; j < 4; ++j) {
      out("    ", vec, " y", j, " = ", vec, "(");
      for (unsigned i = 0; i < 4; ++i) out(i == 0 ? "" : ", ", "u", i, ".", components.substr(j, 1));
      out(");\n");
    }
  } else if (!b_windows) {
    for (unsigned j = 0; j < 4; ++j) {
      out("    ", vec, " y", j, " = ");
      beyond(j);
      if (b_gather) {
        out("b(");
        for (unsigned i = 0; i < 4; ++i) out(i == 0 ? "" : ", ", "cb", i, " + (k + ", j, "u) * p.b_k");
        out(")");
      } else {
        out("b(bo + (k + ", j, "u) * p.b_k + n)");
      }
      else_zero(j);
      out(";\n");
    }
  }
  // x{i}: row m + i of A, four steps of k
  for (unsigned r = 0; r < f.rows; ++r) {
    if (column_blocks) {
      if (r % 4 == 0)
        for (unsigned j = 0; j < 4; ++j) {
          out("    ", vec, " c", r / 4, "_", j, " = ");
          beyond(j);
          out("a(ra", r, " + (k + ", j, "u) * p.a_k)");
          else_zero(j);
          out(";\n");
        }
      out("    r", r, " += ");
      for (unsigned j = 0; j < 4; ++j)
        out(j == 0 ? "" : " + ", "c", r / 4, "_", j, ".", components.substr(r % 4, 1), " * y", j);
      out(";\n");
      continue;
    }
    out("    ", vec, " x", r, " = a(");
    if (f.a_access == block_access::along_k) {
      out("ra", r, " + k");
    } else {
      for (unsigned j = 0; j < 4; ++j) {
        out(j == 0 ? "" : ", ", "ra", r, " + ");
        if (f.tail && j != 0) out("min(k + ", j, "u, p.k - 1u)");
        else out("(k + ", j, "u)");
        out(" * p.a_k");
      }
    }
    out(");\n");
    if (f.tail)
      for (unsigned j = 1; j < 4; ++j)
        out("    if (k + ", j, "u >= p.k) { x", r, ".", components.substr(j, 1), " = ", zero, "; }\n");
    if (b_windows) continue;
    out("    r", r, " += ");
    for (unsigned j = 0; j < 4; ++j) out(j == 0 ? "" : " + ", "x", r, ".", components.substr(j, 1), " * y", j);
    out(";\n");
  }
  if (b_windows) {  // a loop: the text of four rows takes drivers long to compile
    out("    for (uint j = 0u; j < 4u; j++) {\n      place w = row_of(k + j);\n      ", vec, " y = ", vec, "(");
    for (unsigned i = 0; i < 4; ++i) out(i == 0 ? "" : ", ", "window(cb", i, ", w, bo)");
    out(");\n");
    for (unsigned r = 0; r < f.rows; ++r) out("      r", r, " += x", r, "[int(j)] * y;\n");
    out("    }\n");
  }
  out("  }\n");
  for (unsigned r = 0; r < f.rows; ++r) {
    out("  out", r, " = ", real ? "floatBitsToUint(" : "uvec4(");
    if (f.result == dtype::float16) {
      out("vec4(");
      for (unsigned j = 0; j < 4; ++j)
        out(j == 0 ? "" : ", ", "nf_round_to_half(r", r, ".", components.substr(j, 1), ")");
      out(")");
    } else {
      out(narrow_begin(f.result), "r", r, narrow_end(f.result));
    }
    out(");\n");
  }
  out("}\n");
  return out.size();
}

/// Writes the shader that brings the rows of all render targets together, element order: input b{r} holds the rows m
/// with m % rows == r. With `whole_texels` a row of C is a whole number of texels.
constexpr std::size_t emit_matmul_rows(char* out_text, unsigned rows, bool whole_texels) {
  sink out(out_text);
  for (unsigned r = 0; r < rows; ++r) out("uniform usampler2D b", r, ";\n");
  out("layout(std140) uniform params {\n  uint m;\n  uint n;\n  uint blocks;\n  uint quads;\n} p;\n");
  out("layout(location = 0) out uvec4 out0;\n");
  out("uvec4 block(uint z, uint m, uint q) {\n  uint t = (z * p.blocks + m / ", rows,
      "u) * p.quads + q;\n  ivec2 at = ivec2(int(t & 4095u), int(t >> 12));\n  switch (int(m % ", rows, "u)) {\n");
  for (unsigned r = 0; r + 1 < rows; ++r) out("    case ", r, ": return texelFetch(b", r, ", at, 0);\n");
  out("    default: return texelFetch(b", rows - 1, ", at, 0);\n  }\n}\n");
  if (whole_texels) {
    out("void main() {\n  uint t = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);\n  uint y = t / p.quads;\n  "
        "out0 = block(y / p.m, y % p.m, t % p.quads);\n}\n");
    return out.size();
  }
  out("uint element(uint e) {\n  uint y = e / p.n;\n  uint n = e % p.n;\n  return block(y / p.m, y % p.m, n >> "
      "2)[int(n & 3u)];\n}\n");
  out("void main() {\n  uint e = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;\n  out0 = "
      "uvec4(element(e), element(e + 1u), element(e + 2u), element(e + 3u));\n}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
