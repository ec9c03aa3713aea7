#pragma once
/// @file The frame of counting, in WGSL: how often a body's result is each of the numbers 0, 1, ....
///
/// A workgroup counts by atomic operations in its own memory, in up to 32 columns, so that threads that run together
/// seldom meet; then it adds its counts to those of all. Where there are more numbers than that memory has words, it
/// adds to the latter at once. Memory traffic: every operand element is read once.

#include <ndfuse/codegen/frame_map.hpp>

namespace ndfuse::codegen {

inline constexpr unsigned count_words = 1024;  // of a workgroup's memory

/// Writes the frame to `out`, or counts it. It follows the function `body`, whose result is an int32. Of the facts,
/// outputs are not used; the counts' binding follows the operands'. `local`: a workgroup counts in its own memory.
constexpr std::size_t emit_count(char* text, ir::program_view p, map_facts const& f, bool local) {
  sink out(text);
  detail::operand_emitter operands(out, dialect::wgsl, p, f.loads, {}, {f.bindings, f.binding_count}, f.lanes, f.rank);
  for (unsigned b = 0; b < f.binding_count; ++b) operands.declare(b, f.bindings[b], false);
  out("@group(0) @binding(", unsigned(f.binding_count), ") var<storage, read_write> counts: array<atomic<u32>>;\n");
  operands.picks();
  operands.begin_parameters({"threads", "first", "width", "groups", "turns", "count", "size", "columns"});
  operands.scalar_parameters("s", p);
  operands.stride_parameters();
  operands.end_parameters(f.binding_count + 1u);
  if (local) out("var<workgroup> own: array<atomic<u32>, ", count_words, ">;\n");
  out("\n@compute @workgroup_size(", workgroup_size,
      ")\nfn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n"
      "  let g = p.first + id.x + id.y * p.width;\n  if (g >= p.groups) { return; }\n"
      "  for (var k = 0u; k < 1048576u; k++) {\n    if (k >= p.turns) { break; }\n    let i = (g * p.turns + k) * ",
      workgroup_size, "u + l;\n    if (i >= p.threads) { break; }\n");
  operands.indent("    ");
  operands.coordinates("i", 0, f.rank, true);
  operands.loads();
  for (unsigned j = 0; j < f.lanes; ++j) {
    out("    {\n      let n = u32(");  // negative numbers become large ones
    operands.call(j);
    out(");\n      if (n < p.size");
    if (f.lanes > 1) out(" && i * ", unsigned(f.lanes), "u + ", j, "u < p.count");
    out(local ? ") { atomicAdd(&own[n * p.columns + l % p.columns], 1u); }\n" : ") { atomicAdd(&counts[n], 1u); }\n",
        "    }\n");
  }
  out("  }\n");
  if (local)
    out("  workgroupBarrier();\n  for (var k = 0u; k < ", count_words / workgroup_size, "u; k++) {\n    let n = k * ",
        workgroup_size,
        "u + l;\n    if (n < p.size) {\n      var total = 0u;\n"
        "      for (var c = 0u; c < 32u; c++) {\n        if (c >= p.columns) { break; }\n"
        "        total += atomicLoad(&own[n * p.columns + (c + l) % p.columns]);\n      }\n"
        "      if (total != 0u) { atomicAdd(&counts[n], total); }\n    }\n  }\n");
  out("}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
