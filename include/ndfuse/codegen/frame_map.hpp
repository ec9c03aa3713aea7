#pragma once
/// @file The frame of elementwise kernels: bindings, index arithmetic, loads, one call of the body an element, stores.
///
/// Memory traffic: every distinct element of every operand is read once a thread that needs it, every output element
/// written once; contiguous, broadcast and inner-contiguous operands move as 16-byte words when the launch says `lanes
/// = 4`.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// What the text of a frame depends on beside the program; extents, strides and offsets are not part of it, they travel
/// as parameters.
struct map_facts {
  std::uint8_t rank = 0;   // axes after collapsing; 0: all operands linear or single
  std::uint8_t lanes = 4;  // elements a thread: 1 or 4
  std::uint8_t binding_count = 0;
  std::uint32_t written = 0;  // bit b: binding b is written, the others are only read
  dtype bindings[max_operands + max_outputs]{};
  site loads[max_operands]{};
  site outputs[max_outputs]{};

  friend constexpr bool operator==(map_facts const&, map_facts const&) = default;
};

constexpr std::uint64_t hash(map_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank) | std::uint64_t(f.lanes) << 8 | std::uint64_t(f.binding_count) << 16 |
                              std::uint64_t(f.written) << 32);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  for (site const& s : f.outputs) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return h;
}

/// The facts of the commonest launch: all loads distinct, contiguous and whole, outputs in new buffers. Known from the
/// program alone, so the whole kernel is a compile-time constant.
constexpr map_facts distinct_facts(ir::program_view p) {
  map_facts f;
  for (ir::inst const& i : p.code) {
    if (i.op != ir::opcode::load) continue;
    f.loads[i.a] = {f.binding_count, access::linear};
    if (i.imm == 0) f.bindings[f.binding_count++] = i.type;
  }
  for (std::size_t k = 0; k < p.outputs.size(); ++k) {
    f.written |= 1u << f.binding_count;
    f.outputs[k] = {f.binding_count, access::linear};
    f.bindings[f.binding_count++] = p.output_type(k);
  }
  return f;
}

namespace detail {

constexpr void emit_map_wgsl(sink& out, ir::program_view p, map_facts const& f) {
  operand_emitter operands(out, p, f.loads, f.outputs, {f.bindings, f.binding_count}, f.lanes, f.rank);
  for (unsigned b = 0; b < f.binding_count; ++b) operands.declare(b, f.bindings[b], (f.written >> b & 1u) != 0);
  out("struct params {\n  threads: u32,\n  width: u32,\n");
  operands.scalar_parameters("s", p);
  operands.stride_parameters();
  out("}\n@group(0) @binding(", unsigned(f.binding_count), ") var<uniform> p: params;\n\n");
  out("@compute @workgroup_size(", workgroup_size, ")\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n");
  out("  let i = id.x + id.y * p.width;\n  if (i >= p.threads) { return; }\n");
  operands.coordinates("i", 0, f.rank, true);
  operands.loads();
  for (unsigned j = 0; j < f.lanes; ++j) {
    out("  let r", j, " = ");
    operands.call(j);
    out(";\n");
  }
  auto const result = [&](unsigned k, unsigned j) {
    bool const boolean = is_bool(p.output_type(k));
    out(boolean ? "u32(r" : "r", j);
    if (p.outputs.size() > 1) out(".r", k);
    if (boolean) out(")");
  };
  for (unsigned k = 0; k < p.outputs.size(); ++k) {
    site const s = f.outputs[k];
    if (operands.is_vector(s.binding)) {
      out("  b", unsigned(s.binding), "[");
      operands.vector_index("o", k, s.how);
      out("] = vec4<", storage_type(dialect::wgsl, p.output_type(k)), ">(");
      for (unsigned j = 0; j < 4; ++j) {
        if (j != 0) out(", ");
        result(k, j);
      }
      out(");\n");
      continue;
    }
    for (unsigned j = 0; j < f.lanes; ++j) {
      out("  b", unsigned(s.binding), "[");
      operands.address("o", k, s.how, j);
      out("] = ");
      result(k, j);
      out(";\n");
    }
  }
  out("}\n");
}

/// A fragment shader that makes one RGBA texel: four consecutive elements of each output (two for complex64). Arrays
/// lie in textures of 4096 texels a row; outputs are whole textures.
constexpr void emit_map_glsl(sink& out, ir::program_view p, map_facts const& f) {
  constexpr dialect d = dialect::glsl;
  auto const texel = [](dtype t) { return is_bool(t) ? dtype::uint32 : compute_type(t); };
  auto const letter = [&](dtype t) { return texel(t) == dtype::int32 ? "i" : texel(t) == dtype::uint32 ? "u" : ""; };
  auto const written = [&](unsigned b) { return (f.written >> b & 1u) != 0; };
  for (unsigned b = 0; b < f.binding_count; ++b)
    if (!written(b)) out("uniform ", letter(f.bindings[b]), "sampler2D b", b, ";\n");
  out("layout(std140) uniform params {\n");
  bool any = false;
  auto const parameter = [&](auto... name) {
    out("  uint ", name..., ";\n");
    any = true;
  };
  for (std::size_t v = 0; v < p.code.size(); ++v) {
    ir::inst const& i = p.code[v];
    if (i.op != ir::opcode::scalar) continue;
    any = true;
    if (is_complex(i.type)) out("  float s", v, "x;\n  float s", v, "y;\n");
    else out("  ", storage_type(d, i.type), " s", v, ";\n");
  }
  for (unsigned a = 0; a < f.rank; ++a) parameter("d", a);
  for (unsigned k = 0; k < max_operands; ++k) {
    access const how = f.loads[k].how;
    if (how == access::unused || how == access::linear || how == access::repeat) continue;
    parameter("l", k, "_o");
    if (is_strided(how))
      for (unsigned a = 0; a < f.rank; ++a) parameter("l", k, "_", a);
  }
  if (!any) parameter("unused");
  out("} p;\n");
  for (unsigned k = 0; k < p.outputs.size(); ++k)
    out("layout(location = ", k, ") out ", letter(p.output_type(k)), "vec4 out", k, ";\n");
  for (unsigned b = 0; b < f.binding_count; ++b) {
    if (written(b)) continue;
    bool const complex = is_complex(f.bindings[b]);
    unsigned const shift = complex ? 1 : 2;
    out(storage_type(d, f.bindings[b]), " fetch", b, "(uint k) {\n  ", letter(f.bindings[b]), "vec4 t = texelFetch(b",
        b, ", ivec2(int((k >> ", shift, "u) & 4095u), int(k >> ", shift + 12, "u)), 0);\n");
    out(complex ? "  return (k & 1u) == 0u ? t.xy : t.zw;\n}\n" : "  return t[int(k & 3u)];\n}\n");
  }
  auto const result_type = [&] {
    if (p.outputs.size() > 1) out("body_results");
    else out(register_type(d, p.output_type(0)));
  };
  result_type();
  out(" element(uint i) {\n");
  for (unsigned a = f.rank; a-- > 0;) {
    out("  uint q", a, " = ");
    if (a + 1u == f.rank) out("i;\n");
    else out("q", a + 1, " / p.d", a + 1, ";\n");
    if (a == 0) out("  uint c0 = q0;\n");
    else out("  uint c", a, " = q", a, " % p.d", a, ";\n");
  }
  for (unsigned k = 0; k < max_operands; ++k) {
    ir::inst const* const i = find_load(p, k);
    if (i == nullptr) continue;
    out("  ", register_type(d, i->type), " x", k, " = ");
    if (f.loads[k].how == access::repeat) {
      out("x", unsigned(f.loads[k].binding), ";\n");
      continue;
    }
    if (i->imm != 0) out(register_type(d, i->type), "(");
    else out("fetch", unsigned(f.loads[k].binding), "(");
    access const how = f.loads[k].how;
    if (how == access::linear) out("i");
    else out("p.l", k, "_o");
    if (is_strided(how))
      for (unsigned a = 0; a < f.rank; ++a) out(" + c", a, " * p.l", k, "_", a);
    out(i->imm == 0 && is_bool(i->type) ? ") != 0u;\n" : ");\n");
  }
  out("  return body(");
  bool first = true;
  for (std::size_t v = 0; v < p.code.size(); ++v) {
    ir::inst const& i = p.code[v];
    if (i.op != ir::opcode::load && i.op != ir::opcode::scalar) continue;
    if (!first) out(", ");
    first = false;
    if (i.op == ir::opcode::load) out("x", i.a);
    else if (is_complex(i.type)) out("vec2(p.s", v, "x, p.s", v, "y)");
    else out("p.s", v, is_bool(i.type) ? " != 0u" : "");
  }
  unsigned const lanes = is_complex(p.output_type(0)) ? 2 : 4;
  out(");\n}\nvoid main() {\n  uint i = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * ", lanes, "u;\n");
  for (unsigned j = 0; j < lanes; ++j) {
    out("  ");
    result_type();
    out(" r", j, " = element(i + ", j, "u);\n");
  }
  for (unsigned k = 0; k < p.outputs.size(); ++k) {
    out("  out", k, " = ", letter(p.output_type(k)), "vec4(");
    for (unsigned j = 0; j < lanes; ++j) {
      if (j != 0) out(", ");
      if (is_bool(p.output_type(k))) out("uint(");
      out("r", j);
      if (p.outputs.size() > 1) out(".r", k);
      if (is_bool(p.output_type(k))) out(")");
    }
    out(");\n");
  }
  out("}\n");
}

}  // namespace detail

/// Writes the frame of an elementwise kernel to `out`, or counts it. The text follows the helper functions and the
/// function `body`.
constexpr std::size_t emit_map(char* out, dialect d, ir::program_view p, map_facts const& f) {
  sink s(out);
  if (d == dialect::wgsl) detail::emit_map_wgsl(s, p, f);
  else detail::emit_map_glsl(s, p, f);
  return s.size();
}

}  // namespace ndfuse::codegen
