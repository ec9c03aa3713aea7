#pragma once
/// @file The frame of reductions: a body makes the elements, `combine` joins two, `finish` (the epilogue) is applied to
/// the result.
///
/// Schedules in WGSL: by rows (a workgroup of 256 threads reduces one chunk of one output and ends with a tree in
/// workgroup memory) and by columns (a thread reduces one chunk of one output; neighbours in a workgroup are neighbours
/// in memory). In GLSL a fragment makes four results side by side: of neighbouring chunks of an output, whose elements
/// alternate, or by columns of neighbouring outputs, so that one texel feeds all four. When an output has several
/// chunks, the chunks' results go to a buffer that a further launch reduces. No float is summed serially over more than
/// a few hundred values. Memory traffic: every operand element is read once, plus 4 to 8 bytes written and read for
/// each chunk.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// What the text of a reduction depends on beside its three programs. Operands are seen with the reduced axes last; the
/// element coordinates are those of `rank_out` kept axes followed by `rank_reduced` reduced ones. In GLSL by columns
/// the reduced axes come first, so that the lanes lie along the last axis there too.
struct reduce_facts {
  std::uint8_t rank_out = 0;
  std::uint8_t rank_reduced = 1;
  std::uint8_t lanes = 1;  // elements along the last axis that are taken at once: 1 or 4
  bool guarded = false;    // the innermost extent is not a multiple of the lanes: the rest counts as the identity
  bool columns = false;
  bool finish = true;              // false: raw results of chunks are written
  std::uint8_t binding_count = 0;  // operands' bindings; the result's binding follows
  dtype accumulator = dtype::float32;
  dtype result = dtype::float32;
  std::uint64_t identity = 0;  // bits of the neutral element in the accumulator's type
  dtype bindings[max_operands]{};
  site loads[max_operands]{};

  friend constexpr bool operator==(reduce_facts const&, reduce_facts const&) = default;
};

constexpr std::uint64_t hash(reduce_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(
      h, std::uint64_t(f.rank_out) | std::uint64_t(f.rank_reduced) << 8 | std::uint64_t(f.lanes) << 16 |
             std::uint64_t(f.guarded) << 24 | std::uint64_t(f.columns) << 25 | std::uint64_t(f.finish) << 26 |
             std::uint64_t(f.binding_count) << 32 | std::uint64_t(f.accumulator) << 40 | std::uint64_t(f.result) << 48);
  h = ir::hash_combine(h, f.identity);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return h;
}

namespace detail {

class reduce_emitter {
 public:
  constexpr reduce_emitter(sink& out, dialect d, ir::program_view body, ir::program_view finish, reduce_facts const& f)
      : out_(out),
        body_(body),
        finish_(finish),
        f_(f),
        operands_(out, d, body, f.loads, {}, {f.bindings, f.binding_count}, f.lanes,
                  unsigned(f.rank_out + f.rank_reduced)) {}

  constexpr void wgsl() {
    dtype const stored = f_.finish ? f_.result : f_.accumulator;
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    operands_.declare(f_.binding_count, stored, true);
    parameters({"outputs", "first", "width", "chunks", "chunk", "count", "extent"});
    if (!f_.columns)
      out_("var<workgroup> partial: array<", storage_type(dialect::wgsl, f_.accumulator), ", ", workgroup_size, ">;\n");
    out_("\n@compute @workgroup_size(", workgroup_size, ")\n");
    if (f_.columns) {
      // Neighbouring threads take neighbouring outputs of one chunk.
      out_(
          "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n  let o = p.first + id.x + id.y * p.width;\n  let "
          "s = "
          "id.z;\n");
      out_("  if (o >= p.outputs) { return; }\n");
    } else {
      out_("fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n");
      out_(
          "  let w = p.first + id.x + id.y * p.width;\n  if (w >= p.outputs * p.chunks) { return; }\n  let o = w / "
          "p.chunks;\n  "
          "let s = w % p.chunks;\n");
    }
    operands_.coordinates("o", 0, f_.rank_out, false);
    unsigned const accumulators = f_.columns ? 4 : f_.lanes;
    for (unsigned j = 0; j < accumulators; ++j) out_("  var a", j, " = "), identity(), out_(";\n");
    out_("  let end = min((s + 1u) * p.chunk, p.count);\n");
    operands_.indent(f_.columns ? "      " : "    ");
    if (f_.columns) {
      out_(
          "  for (var k = 0u; k < 1048576u; k++) {\n    let e = s * p.chunk + k * 4u;\n    if (e >= end) { break; }\n");
      for (unsigned j = 0; j < 4; ++j) {
        out_("    if (e + ", j, "u < end) {\n      let r = e + ", j, "u;\n");
        operands_.coordinates("r", f_.rank_out, f_.rank_reduced, false);
        operands_.loads();
        out_("      a", j, " = combine(a", j, ", ");
        operands_.call(0);
        out_(");\n    }\n");
      }
    } else {
      out_("  for (var k = 0u; k < 1048576u; k++) {\n    let r = s * p.chunk + k * ", workgroup_size,
           "u + l;\n    if (r >= end) { break; }\n");
      operands_.coordinates("r", f_.rank_out, f_.rank_reduced, true);
      operands_.loads();
      unsigned const innermost = unsigned(f_.rank_out + f_.rank_reduced) - 1u;
      for (unsigned j = 0; j < f_.lanes; ++j) {
        out_("    a", j, " = combine(a", j, ", ");
        if (f_.guarded && j != 0) {
          out_("select("), identity(), out_(", ");
          operands_.call(j);
          out_(", c", innermost, " + ", j, "u < p.extent)");
        } else {
          operands_.call(j);
        }
        out_(");\n");
      }
    }
    out_("  }\n");
    // a fixed tree over the accumulators, then over the workgroup
    if (accumulators == 4) out_("  a0 = combine(combine(a0, a1), combine(a2, a3));\n");
    if (!f_.columns) {
      bool const boolean = is_bool(f_.accumulator);
      out_("  partial[l] = ", boolean ? "u32(a0)" : "a0", ";\n  workgroupBarrier();\n");
      for (unsigned step = workgroup_size / 2; step > 0; step /= 2) {
        out_("  if (l < ", step, "u) {\n    a0 = combine(a0, partial[l + ", step, "u]", boolean ? " != 0u" : "",
             ");\n");
        out_("    partial[l] = ", boolean ? "u32(a0)" : "a0", ";\n  }\n  workgroupBarrier();\n");
      }
      out_("  if (l != 0u) { return; }\n");
    }
    out_("  b", unsigned(f_.binding_count), "[o * p.chunks + s] = ");
    if (is_bool(stored)) out_("u32(");
    if (f_.finish) {
      out_("finish(");
      operands_.arguments(finish_, "t", [&](unsigned) { out_("a0"); });
      out_(")");
    } else {
      out_("a0");
    }
    out_(is_bool(stored) ? ");\n}\n" : ";\n}\n");
  }

  constexpr void glsl() {
    dtype const stored = f_.finish ? f_.result : f_.accumulator;
    std::string_view const type = register_type(dialect::glsl, f_.accumulator);
    unsigned const texel = texel_lanes(stored), lanes = f_.lanes;
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    // `outputs`, `chunks` and `count` count groups of lanes where those lie along what they count
    parameters({"outputs", "chunks", "count", "chunk", "extent"});
    out_("layout(location = 0) out uvec4 out0;\n");
    auto const stored_bits = [&](unsigned j) {
      if (f_.finish) {
        out_("finish(");
        operands_.arguments(finish_, "t", [&](unsigned) { out_("a", j); });
        out_(")");
      } else {
        out_("a", j);
      }
    };
    if (lanes == 1) out_(type, " element(uint g) {\n");
    else out_("void main() {\n  uint g = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);\n");
    out_(f_.columns ? "  uint o = g % p.outputs;\n  uint s = g / p.outputs;\n"
                    : "  uint o = g / p.chunks;\n  uint s = g % p.chunks;\n");
    unsigned const kept_from = f_.columns ? f_.rank_reduced : 0, reduced_from = f_.columns ? 0 : f_.rank_out;
    operands_.coordinates("o", kept_from, f_.rank_out, f_.columns);
    for (unsigned j = 0; j < lanes; ++j) out_("  ", type, " a", j, " = "), identity(), out_(";\n");
    // Sixteen at a time are joined by themselves: no long serial sums.
    out_("  for (uint k = 0u; k < p.chunk; k += 16u) {\n");
    for (unsigned j = 0; j < lanes; ++j) out_("    ", type, " i", j, " = "), identity(), out_(";\n");
    out_(
        "    for (uint j = 0u; j < 16u; j++) {\n      uint r = s + (k + j) * p.chunks;\n      if (r >= p.count) { "
        "break; }\n");
    operands_.indent("      ");
    operands_.coordinates("r", reduced_from, f_.rank_reduced, !f_.columns);
    operands_.loads();
    for (unsigned j = 0; j < lanes; ++j) {
      out_("      i", j, " = combine(i", j, ", ");
      if (f_.guarded && j != 0) out_("c", f_.rank_out + f_.rank_reduced - 1u, " + ", j, "u < p.extent ? ");
      operands_.call(j);
      if (f_.guarded && j != 0) out_(" : "), identity();
      out_(");\n");
    }
    out_("    }\n");
    for (unsigned j = 0; j < lanes; ++j) out_("    a", j, " = combine(a", j, ", i", j, ");\n");
    out_("  }\n");
    if (lanes == 1) {
      out_("  return a0;\n}\nvoid main() {\n  uint g = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * ", texel,
           "u;\n");
      for (unsigned j = 0; j < texel; ++j) out_("  ", type, " a", j, " = element(g + ", j, "u);\n");
    }
    bool const real = is_floating(stored) || is_complex(stored);
    out_("  out0 = ", real ? "floatBitsToUint(vec4(" : "uvec4(");
    for (unsigned j = 0; j < texel; ++j) {
      if (j != 0) out_(", ");
      stored_bits(j);
    }
    out_(real ? "));\n}\n" : ");\n}\n");
  }

 private:
  constexpr void parameters(std::initializer_list<char const*> members) {
    operands_.begin_parameters(members);
    operands_.scalar_parameters("s", body_);
    if (f_.finish) operands_.scalar_parameters("t", finish_);
    operands_.stride_parameters();
    operands_.end_parameters(f_.binding_count + 1u);
  }
  constexpr void identity() {
    std::uint32_t const bits = std::uint32_t(f_.identity);
    bool const wgsl = operands_.wgsl();
    switch (f_.accumulator) {
      case dtype::bool_: out_(bits != 0 ? "true" : "false"); return;
      case dtype::int32: out_(wgsl ? "bitcast<i32>(" : "int("), out_.hex(bits), out_("u)"); return;
      case dtype::uint32: out_.hex(bits), out_("u"); return;
      case dtype::complex64: out_(wgsl ? "vec2<f32>(" : "vec2(", bits == 0 ? "0.0" : "1.0", ", 0.0)"); return;
      default: out_(wgsl ? "nf_from_bits(" : "uintBitsToFloat("), out_.hex(bits), out_("u)"); return;
    }
  }

  sink& out_;
  ir::program_view body_, finish_;
  reduce_facts const& f_;
  operand_emitter operands_;
};

}  // namespace detail

/// Writes the frame of a reduction to `out`, or counts it. The text follows the functions `body`, `combine` and, when
/// the facts say so, `finish`.
constexpr std::size_t emit_reduce(char* out, dialect d, ir::program_view body, ir::program_view finish,
                                  reduce_facts const& f) {
  sink s(out);
  detail::reduce_emitter emitter(s, d, body, finish, f);
  if (d == dialect::wgsl) emitter.wgsl();
  else emitter.glsl();
  return s.size();
}

}  // namespace ndfuse::codegen
