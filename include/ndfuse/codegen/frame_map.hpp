#pragma once
/// @file The frame of elementwise kernels: bindings, index arithmetic, loads, one call of the body an element, stores.
///
/// Memory traffic: every distinct element of every operand is read once a thread that needs it, every output element
/// written once; contiguous, broadcast and inner-contiguous operands move as 16-byte words when the launch says `lanes
/// = 4`. Where some lie across the others (a transposed array beside one that is not), a thread takes a block of 4 x 4
/// elements, whose rows and columns are such words, and a workgroup a square of 64 x 64: so both sides move whole cache
/// lines. A fragment shader writes whole texels of 16 bytes, and reads those that a view only partly covers.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// What the text of a frame depends on beside the program; extents, strides and offsets are not part of it, they travel
/// as parameters.
struct map_facts {
  std::uint8_t rank = 0;   // axes after collapsing; 0: all operands linear or single
  std::uint8_t lanes = 4;  // elements a thread: 1 or 4
  // WGSL, one lane: a thread makes four neighbours of outputs that lie in order from their start, each with coordinates
  // of its own, so that packed elements are written as whole words.
  bool grouped = false;
  std::uint8_t binding_count = 0;
  std::uint32_t written = 0;  // bit b: binding b is written, the others are only read; in GLSL all that are read go
                              // first, and an output that is a strided view names the binding of its old contents
  dtype bindings[max_operands + max_outputs]{};
  site loads[max_operands]{};
  site outputs[max_outputs]{};

  /// Threads make blocks of 4 x 4 elements along the last two axes, which are counted in blocks.
  constexpr bool in_blocks() const {
    for (site const& s : loads)
      if (s.how == access::across) return true;
    return false;
  }

  friend constexpr bool operator==(map_facts const&, map_facts const&) = default;
};

constexpr std::uint64_t hash(map_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank) | std::uint64_t(f.lanes) << 8 | std::uint64_t(f.binding_count) << 16 |
                              std::uint64_t(f.written) << 32);
  if (f.grouped) h = ir::hash_combine(h, 1);
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
    f.loads[i.a] = {f.binding_count, i.imm == ir::load_array ? access::array : access::linear};
    if (i.imm != ir::load_number) f.bindings[f.binding_count++] = i.type;
  }
  for (std::size_t k = 0; k < p.outputs.size(); ++k) {
    f.written |= 1u << f.binding_count;
    f.outputs[k] = {f.binding_count, access::linear};
    f.bindings[f.binding_count++] = p.output_type(k);
  }
  return f;
}

/// The side of a workgroup's square, in blocks of 4 x 4.
inline constexpr unsigned square_blocks = 16;

namespace detail {

/// Coordinates of the block of thread `i`. Of 32 threads eight are side by side, in four rows of blocks: they write 128
/// bytes of a row at a time, and read 64 of a column, whose other half the next 32 read.
constexpr void block_coordinates(sink& out, operand_emitter& operands, unsigned rank) {
  constexpr unsigned side = square_blocks, beside = 8;
  static_assert(side * side == workgroup_size);
  unsigned const rows = rank - 2, columns = rank - 1;
  out("  let square = i / ", workgroup_size, "u;\n");
  out("  let across = (p.d", columns, " + ", side - 1, "u) / ", side, "u;\n");
  out("  let down = (p.d", rows, " + ", side - 1, "u) / ", side, "u;\n");
  out("  let row = square / across % down * ", side, "u + i / ", beside, "u % ", side, "u;\n");
  out("  let column = square % across * ", side, "u + i / ", beside * side, "u % ", side / beside, "u * ", beside,
      "u + i % ", beside, "u;\n");
  out("  if (row >= p.d", rows, " || column >= p.d", columns, ") { return; }\n");
  out("  let c", rows, " = row * 4u;\n  let c", columns, " = column * 4u;\n");
  if (rank == 2) return;
  out("  let batch = square / (across * down);\n");
  operands.coordinates("batch", 0, rank - 2, false);
}

constexpr void emit_map_wgsl(sink& out, ir::program_view p, map_facts const& f) {
  operand_emitter operands(out, dialect::wgsl, p, f.loads, f.outputs, {f.bindings, f.binding_count}, f.lanes, f.rank);
  if (f.grouped) operands.group_stores();
  for (unsigned b = 0; b < f.binding_count; ++b) operands.declare(b, f.bindings[b], (f.written >> b & 1u) != 0);
  operands.picks();
  if (f.grouped) operands.begin_parameters({"threads", "first", "width", "last"});
  else operands.begin_parameters({"threads", "first", "width"});
  operands.scalar_parameters("s", p);
  operands.stride_parameters();
  operands.end_parameters(f.binding_count);
  auto const made = [&](unsigned j) {
    operands.call(j);
    out(";\n");
  };
  if (f.grouped) {
    out("\nfn element(i: u32) -> ",
        p.outputs.size() > 1 ? std::string_view("body_results") : register_type(dialect::wgsl, p.output_type(0)),
        " {\n");
    operands.coordinates("i", 0, f.rank, false);
    operands.loads();
    out("  return ");
    made(0);
    out("}\n");
  }
  out("\n@compute @workgroup_size(", workgroup_size, ")\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n");
  out("  let i = p.first + id.x + id.y * p.width;\n  if (i >= p.threads) { return; }\n");
  // A block's results are made before any is stored: no load has to wait for a store.
  unsigned const rows = f.in_blocks() ? 4 : 1, made_at_once = f.grouped ? 4 : f.lanes;
  if (f.grouped) {  // what lies behind the last element is padding
    for (unsigned j = 0; j < 4; ++j) out("  let r", j, " = element(min(i * 4u + ", j, "u, p.last));\n");
  } else {
    if (rows == 4) block_coordinates(out, operands, f.rank);
    else operands.coordinates("i", 0, f.rank, true);
    operands.columns();
    for (unsigned row = 0; row < rows; ++row) {
      if (rows == 4) operands.row(row);
      operands.loads();
      for (unsigned j = 0; j < f.lanes; ++j) {
        out("  let r", row * 4 + j, " = ");
        made(j);
      }
    }
  }
  for (unsigned k = 0; k < p.outputs.size(); ++k)
    for (unsigned row = 0; row < rows; ++row) {
      if (rows == 4) operands.row(row);
      site const s = f.outputs[k];
      dtype const t = p.output_type(k);
      auto const result = [&](unsigned j) {
        out("r", row * 4 + j);
        if (p.outputs.size() > 1) out(".r", k);
      };
      out("  ");
      if (operands.is_vector(s.binding)) {
        operands.store_four(s.binding, t, [&] { operands.vector_index("o", k, s.how); }, result);
      } else if (f.grouped && is_packed(dialect::wgsl, t)) {
        operands.store_four(s.binding, t, [&] { out("i"); }, result);
      } else {
        for (unsigned j = 0; j < made_at_once; ++j) {
          if (j != 0) out("  ");
          auto const number = [&] {
            if (f.grouped) out("i * 4u + ", j, "u");
            else operands.address("o", k, s.how, j);
          };
          operands.store(s.binding, t, number, [&] { result(j); });
        }
      }
    }
  out("}\n");
}

/// A fragment shader that makes one texel of each output: four consecutive elements (two of complex64), which share
/// coordinates and fetches where `lanes` is not 1. Otherwise each is computed by itself; and where the outputs are
/// strided views (`gather`), an element that is not in the view keeps its old contents, which are an input.
constexpr void emit_map_glsl(sink& out, ir::program_view p, map_facts const& f) {
  unsigned const texel = texel_lanes(p.output_type(0)), lanes = f.lanes == 1 ? 1 : texel;
  std::size_t const n_outputs = p.outputs.size();
  bool const complex = texel == 2, placed = f.outputs[0].how == access::gather;
  operand_emitter operands(out, dialect::glsl, p, f.loads, f.outputs, {f.bindings, f.binding_count}, lanes, f.rank);
  for (unsigned b = 0; b < f.binding_count; ++b)
    if ((f.written >> b & 1u) == 0) operands.declare(b, f.bindings[b], false);
  operands.picks();
  operands.begin_parameters({"first"});
  operands.scalar_parameters("s", p);
  operands.stride_parameters();
  operands.end_parameters(0);
  for (unsigned k = 0; k < n_outputs; ++k) out("layout(location = ", k, ") out uvec4 out", k, ";\n");
  std::string_view const result_type =
      n_outputs > 1 ? std::string_view("body_results") : register_type(dialect::glsl, p.output_type(0));
  auto const result = [&](unsigned j, unsigned k) {
    out("r", j);
    if (n_outputs > 1) out(".r", k);
  };
  auto const body = [&](unsigned j) {
    out("  ", result_type, " r", j, " = ");
    operands.call(j);
    out(";\n");
  };

  if (lanes != 1) {
    out("void main() {\n  uint i = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x) - p.first;\n");
    operands.coordinates("i", 0, f.rank, true);
    operands.loads();
    for (unsigned j = 0; j < lanes; ++j) body(j);
    for (unsigned k = 0; k < n_outputs; ++k) {
      bool const real = is_floating(p.output_type(k)) || complex;
      out("  out", k, " = ", real ? "floatBitsToUint(vec4(" : "uvec4(");
      for (unsigned j = 0; j < lanes; ++j) {
        if (j != 0) out(", ");
        result(j, k);
      }
      out(real ? "));\n" : ");\n");
    }
    out("}\n");
    return;
  }

  out("void element(uint e");
  for (unsigned k = 0; k < n_outputs; ++k) out(", inout ", complex ? "uvec2" : "uint", " w", k);
  out(") {\n");
  if (placed) {
    out("  if (e < p.o0_o) { return; }\n  uint q = e - p.o0_o;\n");
    for (unsigned d = 0; d < f.rank; ++d) out("  uint c", d, " = q / p.o0_", d, ";\n  q -= c", d, " * p.o0_", d, ";\n");
    out("  if (q != 0u");
    for (unsigned d = 0; d < f.rank; ++d) out(" || c", d, " >= p.d", d);
    out(") { return; }\n");
  } else {
    out("  uint i = e - p.first * ", texel, "u;\n");
    operands.coordinates("i", 0, f.rank, false);
  }
  operands.loads();
  body(0);
  for (unsigned k = 0; k < n_outputs; ++k) {
    out("  w", k, " = ", to_bits(p.output_type(k)));
    result(0, k);
    out(");\n");
  }
  out("}\nvoid main() {\n  uint t = uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x);\n");
  for (unsigned k = 0; k < n_outputs; ++k) {
    out("  uvec4 w", k, " = ");
    if (placed) out("texel", unsigned(f.outputs[k].binding), "(t);\n");
    else out("uvec4(0u);\n");
  }
  for (unsigned j = 0; j < texel; ++j) {
    out("  element(t * ", texel, "u + ", j, "u");
    for (unsigned k = 0; k < n_outputs; ++k) {
      out(", w", k, ".");
      if (complex) out(j == 0 ? "xy" : "zw");
      else out(lane_names[j]);
    }
    out(");\n");
  }
  for (unsigned k = 0; k < n_outputs; ++k) out("  out", k, " = w", k, ";\n");
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
