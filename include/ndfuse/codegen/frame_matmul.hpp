#pragma once
/// @file The frame of the matrix product C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]: tiles of 64 x 64, 16 deep,
/// in workgroup memory.
///
/// Any extents, strides (transposed and broadcast operands included) and batch axes. A workgroup of 256 threads makes
/// one tile of C, 4 x 4 elements a thread. Memory traffic: A is read N/64 times and B M/64 times, C written once.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/codegen/sink.hpp>

#include <cstdint>

namespace ndfuse::codegen {

inline constexpr unsigned matmul_tile = 64;
inline constexpr unsigned matmul_depth = 16;

/// What the text of a matrix product depends on; extents and strides are parameters.
struct matmul_facts {
  std::uint8_t batch_rank = 0;
  bool same_buffer = false;  // A and B lie in one buffer and share a binding
  dtype a = dtype::float32, b = dtype::float32, result = dtype::float32;

  friend constexpr bool operator==(matmul_facts const&, matmul_facts const&) = default;
};

constexpr std::uint64_t hash(matmul_facts const& f, std::uint64_t h) {
  return ir::hash_combine(h, 0x6d61746d756cull ^
                                 (std::uint64_t(f.batch_rank) << 48 | std::uint64_t(f.same_buffer) << 56) ^
                                 (std::uint64_t(f.a) << 8 | std::uint64_t(f.b) << 16 | std::uint64_t(f.result) << 24));
}

/// Writes the whole kernel of a matrix product to `out`, or counts it.
constexpr std::size_t emit_matmul(char* out_text, matmul_facts const& f) {
  sink out(out_text);
  std::string_view const type = register_type(dialect::wgsl, f.result);
  unsigned const result_binding = f.same_buffer ? 1 : 2;
  auto const buffer = [&](unsigned b, char const* mode, char const* name, dtype t) {
    out("@group(0) @binding(", b, ") var<storage, ", mode, "> ", name, ": array<", storage_type(dialect::wgsl, t),
        ">;\n");
  };
  buffer(0, "read", "a", f.a);
  if (!f.same_buffer) buffer(1, "read", "b", f.b);
  buffer(result_binding, "read_write", "c", f.result);
  out("struct params {\n  m: u32,\n  n: u32,\n  k: u32,\n  steps: u32,\n  a_o: u32,\n  a_m: u32,\n  a_k: u32,\n  b_o: "
      "u32,\n  b_k: u32,\n  b_n: u32,\n");
  for (unsigned d = 0; d < f.batch_rank; ++d) out("  d", d, ": u32,\n  a_", d, ": u32,\n  b_", d, ": u32,\n");
  out("}\n@group(0) @binding(", result_binding + 1, ") var<uniform> p: params;\n");
  unsigned const tile = matmul_tile, depth = matmul_depth,
                 row = depth + 1;  // one word of padding: rows start in different banks
  out("var<workgroup> ta: array<", type, ", ", tile * row, ">;\nvar<workgroup> tb: array<", type, ", ", depth * tile,
      ">;\n\n");
  out("@compute @workgroup_size(256)\nfn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: "
      "u32) {\n");
  out("  let row = w.y * ", tile, "u;\n  let column = w.x * ", tile, "u;\n  var a_o = p.a_o;\n  var b_o = p.b_o;\n");
  for (unsigned d = f.batch_rank; d-- > 0;) {
    out("  let q", d, " = ");
    if (d + 1u == f.batch_rank) out("w.z");
    else out("q", d + 1, " / p.d", d + 1);
    out(";\n  let z", d, " = q", d);
    if (d != 0) out(" % p.d", d);
    out(";\n  a_o += z", d, " * p.a_", d, ";\n  b_o += z", d, " * p.b_", d, ";\n");
  }
  auto const element = [&](dtype t, char const* name, char const* address) {
    bool const cast = compute_type(t) != f.result;
    if (cast) out(type, "(");
    out(name, "[", address, "]");
    if (cast) out(")");
  };
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned j = 0; j < 4; ++j) out("  var r", i, j, " = ", type, "(0);\n");
  out("  let ty = l / 16u;\n  let tx = l % 16u;\n");
  // Loaders: indices are clamped once, outside of what runs most; elements beyond an edge count as zero.
  out("  for (var t = 0u; t < 1048576u; t++) {\n    if (t >= p.steps) { break; }\n");
  for (unsigned i = 0; i < 4; ++i) {
    out("    {\n      let e = l + ", i * 256, "u;\n      let m = row + e / ", depth, "u;\n      let k = t * ", depth,
        "u + e % ", depth, "u;\n");
    out("      var v = ", type, "(0);\n      if (m < p.m && k < p.k) { v = ");
    element(f.a, "a", "a_o + m * p.a_m + k * p.a_k");
    out("; }\n      ta[e / ", depth, "u * ", row, "u + e % ", depth, "u] = v;\n    }\n");
    out("    {\n      let e = l + ", i * 256, "u;\n      let k = t * ", depth, "u + e / ", tile,
        "u;\n      let n = column + e % ", tile, "u;\n");
    out("      var v = ", type, "(0);\n      if (k < p.k && n < p.n) { v = ");
    element(f.b, f.same_buffer ? "a" : "b", "b_o + k * p.b_k + n * p.b_n");
    out("; }\n      tb[e] = v;\n    }\n");
  }
  out("    workgroupBarrier();\n    for (var k = 0u; k < ", depth, "u; k++) {\n");
  for (unsigned i = 0; i < 4; ++i) out("      let a", i, " = ta[(ty * 4u + ", i, "u) * ", row, "u + k];\n");
  for (unsigned j = 0; j < 4; ++j) out("      let b", j, " = tb[k * ", tile, "u + tx + ", 16 * j, "u];\n");
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned j = 0; j < 4; ++j) {
      if (is_floating(f.result)) out("      r", i, j, " = fma(a", i, ", b", j, ", r", i, j, ");\n");
      else out("      r", i, j, " += a", i, " * b", j, ";\n");
    }
  out("    }\n    workgroupBarrier();\n  }\n");
  for (unsigned i = 0; i < 4; ++i) {
    out("  {\n    let m = row + ty * 4u + ", i, "u;\n    if (m < p.m) {\n      let base = (w.z * p.m + m) * p.n;\n");
    for (unsigned j = 0; j < 4; ++j) {
      out("      if (column + tx + ", 16 * j, "u < p.n) { c[base + column + tx + ", 16 * j, "u] = ");
      if (f.result == dtype::float16) out("nf_round_to_half(r", i, j, ")");
      else out("r", i, j);
      out("; }\n");
    }
    out("    }\n  }\n");
  }
  out("}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
