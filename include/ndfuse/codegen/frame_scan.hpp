#pragma once
/// @file The frame of scans: a body makes the elements of rows, `combine` joins two, and element i of a row becomes
/// what elements 0 .. i (or, exclusive, 0 .. i - 1) are joined, always in their order.
///
/// Schedules in WGSL: by rows (a workgroup of 256 threads goes through a row, or a chunk of one, tile by tile; a thread
/// takes four groups of lanes of a tile, neighbours in memory by neighbouring threads, and the groups' totals are
/// scanned in workgroup memory) and by columns (a thread goes through a chunk of a row; neighbouring threads take
/// neighbouring rows). A row that is one chunk is scanned in one launch. Else a first launch (`stage::totals`) writes
/// the chunks' totals and a second one (`stage::scan`) begins each chunk with the totals before it joined: no workgroup
/// waits for another. Memory traffic: every operand element is read once, or twice where there are chunks; every result
/// is written once.
///
/// In GLSL a fragment cannot share: totals of chunks of 16 elements are made level by level, scanned by the same kernel
/// on the smaller array, and an element joins the total before its chunk with the at most 16 elements up to itself.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// Chunks that are scanned by one pair of launches: so many totals a workgroup joins at its beginning.
inline constexpr unsigned scan_segment = 2048;
/// Chunks of a column.
inline constexpr unsigned scan_column_chunks = 128;
/// Groups of lanes that a thread takes of a tile, and elements of a chunk in GLSL.
inline constexpr unsigned scan_items = 4;
inline constexpr unsigned scan_fragment_chunk = 16;

/// What a launch makes: results of rows that are one chunk; totals of chunks; results of chunks.
enum class scan_stage : std::uint8_t { whole, totals, scan };

/// What the text of a scan depends on beside its two programs. In WGSL the scanned axis is the last of `rank` axes; in
/// GLSL the axes are in the order of the result's memory and the scanned one is `axis`.
struct scan_facts {
  std::uint8_t rank = 1;
  std::uint8_t axis = 0;
  std::uint8_t lanes = 1;  // neighbours along the scanned axis that are taken at once: 1 or 4
  scan_stage stage = scan_stage::whole;
  bool columns = false;
  bool exclusive = false;
  bool backwards = false;          // GLSL: the last element in memory is the first of its row
  bool commutes = false;           // the order of joining may change within a chunk's total
  std::uint8_t binding_count = 0;  // operands' bindings; the result's and the totals' follow
  dtype accumulator = dtype::float32;
  std::uint64_t identity = 0;  // bits of the neutral element
  dtype bindings[max_operands + 1]{};
  site loads[max_operands]{};
  site output{};

  friend constexpr bool operator==(scan_facts const&, scan_facts const&) = default;
};

constexpr std::uint64_t hash(scan_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank) | std::uint64_t(f.lanes) << 8 | std::uint64_t(f.stage) << 16 |
                              std::uint64_t(f.columns) << 24 | std::uint64_t(f.exclusive) << 25 |
                              std::uint64_t(f.backwards) << 26 | std::uint64_t(f.commutes) << 27 |
                              std::uint64_t(f.binding_count) << 32 | std::uint64_t(f.accumulator) << 40 |
                              std::uint64_t(f.axis) << 48);
  h = ir::hash_combine(h, f.identity);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return ir::hash_combine(h, f.output.binding | std::uint64_t(f.output.how) << 8 | 1u << 16);
}

namespace detail {

class scan_emitter {
 public:
  constexpr scan_emitter(sink& out, dialect d, ir::program_view body, scan_facts const& f)
      : out_(out),
        body_(body),
        f_(f),
        writes_(f.stage != scan_stage::totals),
        chunked_(f.stage != scan_stage::whole),
        last_(f.rank - 1u),
        result_(f.binding_count),
        totals_(writes_ ? f.binding_count + 1u : f.binding_count),
        operands_(out, d, body, f.loads, {&f.output, writes_ && d == dialect::wgsl ? 1u : 0u},
                  {f.bindings, f.binding_count + (writes_ ? 1u : 0u)}, f.lanes, f.rank) {}

  constexpr void wgsl() {
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    if (writes_) operands_.declare(result_, f_.accumulator, true);
    if (chunked_) operands_.declare(totals_, f_.accumulator, true);
    operands_.picks();
    // `count` and `chunk` count groups of lanes, `extent` elements; the launch is for chunks `begin` on of `all`
    operands_.begin_parameters({"rows", "first", "width", "chunks", "begin", "all", "chunk", "count", "extent"});
    operands_.scalar_parameters("s", body_);
    operands_.stride_parameters();
    operands_.end_parameters(totals_ + (chunked_ ? 1u : 0u));
    if (f_.columns) columns();
    else rows();
  }

  constexpr void glsl() {
    std::string_view const type = register_type(dialect::glsl, f_.accumulator);
    unsigned const texel = texel_lanes(f_.accumulator);
    bool const totals = f_.stage == scan_stage::totals, scan = f_.stage == scan_stage::scan;
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    if (scan) operands_.declare(f_.binding_count, f_.accumulator, false);
    operands_.picks();
    operands_.begin_parameters({"elements", "chunks"});
    operands_.scalar_parameters("s", body_);
    operands_.stride_parameters();
    operands_.end_parameters(0);
    out_("layout(location = 0) out uvec4 out0;\n", type, " element(uint e) {\n  if (e >= p.elements) { return ");
    identity();
    out_("; }\n");
    // The coordinates in the array that is written: the totals have `chunks` for the extent of the scanned axis.
    out_("  uint q = e;\n");
    for (unsigned d = f_.rank; d-- > 0;) {
      bool const along = d == f_.axis;
      out_("  uint ", along ? "at" : "c");
      if (!along) out_(d);
      if (d == 0) {
        out_(" = q;\n");
        continue;
      }
      out_(" = q % ");
      extent(d, totals);
      out_(";\n  q /= ");
      extent(d, totals);
      out_(";\n");
    }
    if (totals) {
      out_("  uint chunk = at, end = min((at + 1u) * ", scan_fragment_chunk, "u, p.d", f_.axis, ");\n");
    } else {
      if (f_.backwards) out_("  at = p.d", f_.axis, " - 1u - at;\n");
      out_("  uint chunk = at / ", scan_fragment_chunk, "u, end = at", f_.exclusive ? "" : " + 1u", ";\n");
    }
    out_("  ", type, " a = ");
    if (scan) {
      out_("fetch", unsigned(f_.binding_count), "(");
      for (unsigned d = 1; d < f_.rank; ++d) out_("(");
      for (unsigned d = 0; d < f_.rank; ++d) {
        if (d != 0) {
          out_(" * ");
          extent(d, true);
          out_(" + ");
        }
        if (d == f_.axis) out_("chunk");
        else out_("c", d);
        if (d != 0) out_(")");
      }
      out_(")");
    } else {
      identity();
    }
    out_(";\n  for (uint k = 0u; k < ", scan_fragment_chunk, "u; k++) {\n    uint c", unsigned(f_.axis), " = chunk * ",
         scan_fragment_chunk, "u + k;\n    if (c", unsigned(f_.axis), " >= end) { break; }\n");
    operands_.indent("    ");
    operands_.loads();
    out_("    a = combine(a, ");
    operands_.call(0);
    out_(");\n  }\n  return a;\n}\nvoid main() {\n  uint g = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * ",
         texel, "u;\n");
    for (unsigned j = 0; j < texel; ++j) out_("  ", type, " a", j, " = element(g + ", j, "u);\n");
    bool const real = is_floating(f_.accumulator) || is_complex(f_.accumulator);
    out_("  out0 = ", real ? "floatBitsToUint(vec4(" : "uvec4(");
    for (unsigned j = 0; j < texel; ++j) out_(j != 0 ? ", a" : "a", j);
    out_(real ? "));\n}\n" : ");\n}\n");
  }

 private:
  constexpr void identity() { operands_.constant(f_.accumulator, f_.identity); }
  /// The extent of axis `d` of the array of elements, or of totals.
  constexpr void extent(unsigned d, bool of_totals) {
    if (d == f_.axis && of_totals) out_("p.chunks");
    else out_("p.d", d);
  }

  /// One element of the result, at coordinate c{last}.
  constexpr void store(std::string_view indent, unsigned j, std::string_view value) {
    out_(indent, "b", result_, "[");
    operands_.address("o", 0, f_.output.how, j);
    out_("] = ", value, ";\n");
  }

  constexpr void columns() {
    out_("\n@compute @workgroup_size(", workgroup_size,
         ")\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n  let o = p.first + id.x + id.y * p.width;\n  "
         "let s "
         "= id.z;\n  if (o >= p.rows) { return; }\n");
    operands_.coordinates("o", 0, last_, false);
    out_("  var a = ");
    identity();
    out_(";\n");
    if (writes_ && chunked_)
      out_("  for (var k = 0u; k < ", scan_column_chunks, "u; k++) {\n    if (k >= s) { break; }\n    a = combine(a, b",
           totals_, "[k * p.rows + o]);\n  }\n");
    // Four loads are under way at once.
    out_(
        "  let end = min((s + 1u) * p.chunk, p.count);\n  for (var k = 0u; k < 1073741824u; k++) {\n    let e = s * "
        "p.chunk + k * 4u;\n    if (e >= end) { break; }\n");
    operands_.indent("      ");
    for (unsigned j = 0; j < 4; ++j) {
      out_("    var v", j, " = a;\n    if (e + ", j, "u < end) {\n      let c", last_, " = e + ", j, "u;\n");
      operands_.loads();
      out_("      v", j, " = ");
      operands_.call(0);
      out_(";\n    }\n");
    }
    for (unsigned j = 0; j < 4; ++j) {
      out_("    if (e + ", j, "u < end) {\n");
      if (writes_) out_("      let c", last_, " = e + ", j, "u;\n");
      if (writes_ && f_.exclusive) store("      ", 0, "a");
      out_("      a = combine(a, v", j, ");\n");
      if (writes_ && !f_.exclusive) store("      ", 0, "a");
      out_("    }\n");
    }
    out_("  }\n");
    if (!writes_) out_("  b", totals_, "[s * p.rows + o] = a;\n");
    out_("}\n");
  }

  constexpr void rows() {
    std::string_view const type = storage_type(dialect::wgsl, f_.accumulator);
    constexpr unsigned tile = scan_items * workgroup_size;
    bool const in_order = writes_ || !f_.commutes;
    out_("var<workgroup> sums: array<", type, ", ", 2 * workgroup_size, ">;\n");
    if (in_order) out_("var<workgroup> totals: array<", type, ", ", tile, ">;\n");
    // Leaves what threads 0 .. l are joined in sums[l].
    out_("fn across(l: u32, v: ", type, ") {\n  var a = v;\n  sums[l] = a;\n  workgroupBarrier();\n");
    unsigned from = 0;
    for (unsigned step = 1; step < workgroup_size; step *= 2) {
      out_("  if (l >= ", step, "u) { a = combine(sums[l + ", from, "u - ", step, "u], a); }\n");
      from = workgroup_size - from;
      out_("  sums[l + ", from, "u] = a;\n  workgroupBarrier();\n");
    }
    out_("}\n\n@compute @workgroup_size(", workgroup_size,
         ")\nfn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n  let w = "
         "p.first "
         "+ id.x + id.y * p.width;\n  if (w >= p.rows * p.chunks) { return; }\n  let o = w / p.chunks;\n  let s = "
         "p.begin + w % p.chunks;\n");
    operands_.coordinates("o", 0, last_, false);
    out_("  var carry = ");
    identity();
    out_(";\n");
    if (writes_ && chunked_) before();
    if (!in_order)
      for (unsigned j = 0; j < scan_items; ++j) out_("  var a", j, " = carry;\n");
    out_(
        "  let end = min((s + 1u) * p.chunk, p.count);\n  for (var k = 0u; k < 1048576u; k++) {\n    let base = s * "
        "p.chunk + k * ",
        tile, "u;\n    if (base >= end) { break; }\n");
    operands_.indent("      ");
    for (unsigned j = 0; j < scan_items; ++j) elements(j, in_order);
    if (in_order) within_tile();
    out_("  }\n");
    if (!in_order) {
      out_("  across(l, combine(combine(a0, a1), combine(a2, a3)));\n  carry = sums[", workgroup_size - 1u, "];\n");
    }
    if (!writes_) out_("  if (l == 0u) { b", totals_, "[o * p.all + s] = carry; }\n");
    // The next segment begins with all that lies before it.
    else if (chunked_)
      out_("  if (l == 0u && s + 1u == p.begin + p.chunks) { b", totals_, "[o * p.all + s] = carry; }\n");
    out_("}\n");
  }

  /// Joins the totals of the chunks before this one, from the last one of the segment before.
  constexpr void before() {
    out_("  let least = max(p.begin, 1u) - 1u;\n  let each = (s - least + ", workgroup_size - 1u, "u) / ",
         workgroup_size, "u;\n  var t = carry;\n  for (var k = 0u; k < ", scan_segment / workgroup_size + 1,
         "u; k++) {\n    let c = least + l * each + k;\n    if (k >= each || c >= s) { break; }\n    t = combine(t, b",
         totals_, "[o * p.all + c]);\n  }\n  across(l, t);\n  carry = sums[", workgroup_size - 1u,
         "];\n  workgroupBarrier();\n");
  }

  /// Group `j` of a thread's elements, v{j}_{lane} joined within the group.
  constexpr void elements(unsigned j, bool in_order) {
    if (in_order)
      for (unsigned i = 0; i < f_.lanes; ++i) {
        out_("    var v", j, "_", i, " = ");
        identity();
        out_(";\n");
      }
    out_("    let r", j, " = base + ", j * workgroup_size, "u + l;\n    if (r", j, " < end) {\n      let c", last_,
         " = r", j);
    if (f_.lanes > 1) out_(" * ", unsigned(f_.lanes), "u");
    out_(";\n");
    operands_.loads();
    for (unsigned i = 0; i < f_.lanes; ++i) {
      if (in_order) out_("      v", j, "_", i, " = ");
      else out_("      a", j, " = ");
      bool const joined = !in_order || i > 0;
      if (joined && in_order) out_("combine(v", j, "_", i - 1, ", ");
      else if (joined) out_("combine(a", j, ", ");
      operands_.call(i);
      out_(joined ? ");\n" : ";\n");
    }
    out_("    }\n");
    if (in_order) out_("    totals[", j * workgroup_size, "u + l] = v", j, "_", f_.lanes - 1u, ";\n");
  }

  /// From groups to the whole tile, and the results.
  constexpr void within_tile() {
    out_("    workgroupBarrier();\n    let t0 = totals[l * ", scan_items, "u];\n");
    for (unsigned j = 1; j < scan_items; ++j)
      out_("    let t", j, " = combine(t", j - 1, ", totals[l * ", scan_items, "u + ", j, "u]);\n");
    out_("    across(l, t", scan_items - 1, ");\n");
    if (writes_) {
      out_("    var q = carry;\n    if (l > 0u) { q = combine(carry, sums[l - 1u]); }\n    totals[l * ", scan_items,
           "u] = q;\n");
      for (unsigned j = 1; j < scan_items; ++j)
        out_("    totals[l * ", scan_items, "u + ", j, "u] = combine(q, t", j - 1, ");\n");
    }
    out_("    carry = combine(carry, sums[", workgroup_size - 1u, "]);\n    workgroupBarrier();\n");
    if (!writes_) return;
    bool const vector = f_.output.how == access::vector;
    for (unsigned j = 0; j < scan_items; ++j) {
      out_("    if (r", j, " < end) {\n      let q", j, " = totals[", j * workgroup_size, "u + l];\n      let c", last_,
           " = r", j);
      if (f_.lanes > 1) out_(" * ", unsigned(f_.lanes), "u");
      out_(";\n");
      for (unsigned i = 0; i < f_.lanes; ++i) {
        out_("      let w", i, " = ");
        if (!f_.exclusive) out_("combine(q", j, ", v", j, "_", i, ");\n");
        else if (i == 0) out_("q", j, ";\n");
        else out_("combine(q", j, ", v", j, "_", i - 1, ");\n");
      }
      if (vector) {
        out_("      b", result_, "[");
        operands_.vector_index("o", 0, access::vector);
        out_("] = vec4(w0, w1, w2, w3);\n");
      } else {
        constexpr std::string_view names[] = {"w0", "w1", "w2", "w3"};
        for (unsigned i = 0; i < f_.lanes; ++i) {
          if (i > 0) out_("      if (c", last_, " + ", i, "u < p.extent) {\n");
          store(i > 0 ? "        " : "      ", i, names[i]);
          if (i > 0) out_("      }\n");
        }
      }
      out_("    }\n");
    }
  }

  sink& out_;
  ir::program_view body_;
  scan_facts const& f_;
  bool writes_, chunked_;
  unsigned last_, result_, totals_;  // the scanned axis; bindings
  operand_emitter operands_;
};

}  // namespace detail

/// Writes the frame of a scan to `out`, or counts it. The text follows the functions `body` and `combine`.
constexpr std::size_t emit_scan(char* out, dialect d, ir::program_view body, scan_facts const& f) {
  sink s(out);
  detail::scan_emitter emitter(s, d, body, f);
  if (d == dialect::wgsl) emitter.wgsl();
  else emitter.glsl();
  return s.size();
}

}  // namespace ndfuse::codegen
