#pragma once
/// @file The frame of scattering on WebGPU: a body makes a number and a value for each element of a launch, and the
/// value goes to the element of the target that has the number.
///
/// Memory traffic: what the body reads, and one word at a random place for each element (`claim`: an atomic operation
/// there; `store_claimed`: a read and a write).

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// What happens at the element that a number names. Numbers that are out of bounds name none.
enum class scatter_mode : std::uint8_t {
  place,          // the value is written; no two elements of the launch have the same number
  claim,          // the winner there becomes the last element of the launch that has the number
  store_claimed,  // the winner writes its value
  join,           // the same, with `combine` of what is there and the value
  add,            // joined to what is there: 32-bit integers, in any order
  minimum,
  maximum,
};

struct scatter_facts {
  std::uint8_t rank = 0;  // axes after collapsing; 0: all operands linear or single
  scatter_mode mode = scatter_mode::place;
  std::uint8_t binding_count = 0;  // operands' bindings; the target's (of `claim`: the winners') follows, then the
                                   // winners' of `store_claimed`
  dtype bindings[max_operands]{};
  site loads[max_operands]{};
};

constexpr std::uint64_t hash(scatter_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank) | std::uint64_t(f.mode) << 8 | std::uint64_t(f.binding_count) << 16 |
                              std::uint64_t(0x5ca77e5) << 32);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return h;
}

/// Writes the frame to `out`, or counts it. The text follows the function `body`, whose two results are an int32 and a
/// value of 32 bits or a complex64, and for `join` the function `combine`.
constexpr std::size_t emit_scatter(char* text, ir::program_view p, scatter_facts const& f) {
  sink out(text);
  detail::operand_emitter operands(out, dialect::wgsl, p, f.loads, {}, {f.bindings, f.binding_count}, 1, f.rank);
  for (unsigned b = 0; b < f.binding_count; ++b) operands.declare(b, f.bindings[b], false);
  bool const claim = f.mode == scatter_mode::claim, claimed = f.mode == scatter_mode::store_claimed;
  bool const atomic = claim || f.mode > scatter_mode::join;
  std::string_view const type = claim ? std::string_view("u32") : storage_type(dialect::wgsl, p.output_type(1));
  unsigned const target = f.binding_count;
  out("@group(0) @binding(", target, ") var<storage, read_write> target_: array<", atomic ? "atomic<" : "", type,
      atomic ? ">>;\n" : ">;\n");
  if (claimed) out("@group(0) @binding(", target + 1, ") var<storage, read> winners: array<u32>;\n");
  operands.picks();
  operands.begin_parameters({"threads", "first", "width", "size"});
  operands.scalar_parameters("s", p);
  operands.stride_parameters();
  operands.end_parameters(target + (claimed ? 2u : 1u));
  out("\n@compute @workgroup_size(", workgroup_size, ")\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n");
  out("  let i = p.first + id.x + id.y * p.width;\n  if (i >= p.threads) { return; }\n");
  operands.coordinates("i", 0, f.rank, true);
  operands.loads();
  out("  let r = ");
  operands.call(0);
  out(";\n  let n = u32(r.r0);\n  if (n >= p.size) { return; }\n");  // negative numbers become large ones
  switch (f.mode) {
    case scatter_mode::claim: out("  atomicMax(&target_[n], i + 1u);\n"); break;
    case scatter_mode::store_claimed: out("  if (winners[n] == i + 1u) { target_[n] = r.r1; }\n"); break;
    case scatter_mode::place: out("  target_[n] = r.r1;\n"); break;
    case scatter_mode::join: out("  target_[n] = combine(target_[n], r.r1);\n"); break;
    case scatter_mode::add: out("  atomicAdd(&target_[n], r.r1);\n"); break;
    case scatter_mode::minimum: out("  atomicMin(&target_[n], r.r1);\n"); break;
    case scatter_mode::maximum: out("  atomicMax(&target_[n], r.r1);\n"); break;
  }
  out("}\n");
  return out.size();
}

/// Elements that a workgroup of the frame below goes through, four a thread.
inline constexpr unsigned segment_block = 4 * workgroup_size;

/// Writes, or counts, a kernel that joins values of equal keys, which lie side by side, from the left: result i is what
/// the values up to i that have its key come to, within blocks of `segment_block`; each block's last key and result
/// follow. Bindings: keys, places of the values, values, results, last keys of blocks, last results of blocks. The text
/// follows the function `combine`.
///
/// Memory traffic: 8 bytes and a value at a random place read for each element, a value written.
constexpr std::size_t emit_segments(char* text, dtype t) {
  sink out(text);
  std::string_view const type = storage_type(dialect::wgsl, t);
  auto const binding = [&](unsigned b, std::string_view access, std::string_view name, std::string_view of) {
    out("@group(0) @binding(", b, ") var<storage, ", access, "> ", name, ": array<", of, ">;\n");
  };
  binding(0, "read", "keys", "i32");
  binding(1, "read", "places", "i32");
  binding(2, "read", "given", type);
  binding(3, "read_write", "made", type);
  binding(4, "read_write", "last_keys", "i32");
  binding(5, "read_write", "last_made", type);
  out("struct params {\n  count: u32,\n  first: u32,\n  width: u32,\n}\n@group(0) @binding(6) var<uniform> p: "
      "params;\n");
  out("var<workgroup> ends: array<i32, ", workgroup_size, ">;\nvar<workgroup> sums: array<", type, ", ", workgroup_size,
      ">;\n");
  out("\n@compute @workgroup_size(", workgroup_size,
      ")\nfn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n");
  out("  let block = p.first + id.x + id.y * p.width;\n  let at = block * ", segment_block, "u + l * 4u;\n");
  for (unsigned j = 0; j < 4; ++j) {
    // What is behind the end has a key that ends every run.
    out("  var k", j, " = -2147483647;\n  var v", j, " = ", type, "();\n  if (at + ", j, "u < p.count) {\n    k", j,
        " = keys[at + ", j, "u];\n    v", j, " = given[places[at + ", j, "u]];\n  }\n");
    if (j > 0) out("  if (k", j, " == k", j - 1, ") { v", j, " = combine(v", j - 1, ", v", j, "); }\n");
  }
  out("  ends[l] = k3;\n  sums[l] = v3;\n  var sum = v3;\n  workgroupBarrier();\n");
  for (unsigned d = 1; d < workgroup_size; d *= 2) {
    out("  if (l >= ", d, "u) {\n    if (ends[l - ", d, "u] == k3) { sum = combine(sums[l - ", d,
        "u], sum); }\n  }\n  workgroupBarrier();\n  sums[l] = sum;\n  workgroupBarrier();\n");
  }
  out("  if (l > 0u) {\n    if (ends[l - 1u] == k0) {\n      let before = sums[l - 1u];\n");
  for (unsigned j = 4; j-- > 0;) out("      if (k", j, " == k0) { v", j, " = combine(before, v", j, "); }\n");
  out("    }\n  }\n");
  for (unsigned j = 0; j < 4; ++j) out("  if (at + ", j, "u < p.count) { made[at + ", j, "u] = v", j, "; }\n");
  out("  if (l == ", workgroup_size - 1, "u && block * ", segment_block,
      "u < p.count) {\n    last_keys[block] = k3;\n    last_made[block] = sum;\n  }\n}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
