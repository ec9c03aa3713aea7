#pragma once
/// @file The WGSL frame of softmax over rows that fit into registers: a workgroup of 256 threads makes a row's
/// elements, finds the greatest, sums their exponentials relative to it and writes the quotients. Memory traffic: every
/// operand element is read once, every result written once.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// Groups of lanes of a row that a thread may hold.
inline constexpr unsigned softmax_items = 8;

/// What the text depends on beside its programs: `body` makes x, `greater` joins two x, `power` makes y of x and the
/// greatest, `join` joins two y, `finish` makes the result of x, the greatest, y and their sum. All are float32.
struct softmax_facts {
  std::uint8_t rank = 1;
  std::uint8_t lanes = 1;
  std::uint8_t items = 1;  // groups of lanes a thread
  std::uint8_t binding_count = 0;
  dtype bindings[max_operands + 1]{};
  site loads[max_operands]{};
  site output{};
};

constexpr std::uint64_t hash(softmax_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank) | std::uint64_t(f.lanes) << 8 | std::uint64_t(f.items) << 16 |
                              std::uint64_t(f.binding_count) << 24);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return ir::hash_combine(h, std::uint64_t(f.output.how) | 1u << 17);
}

/// Writes the frame to `out`, or counts it. The text follows the functions `body`, `greater`, `power`, `join`,
/// `finish`.
constexpr std::size_t emit_softmax(char* out, ir::program_view body, ir::program_view finish, softmax_facts const& f) {
  sink s(out);
  unsigned const last = f.rank - 1u, result = f.binding_count;
  detail::operand_emitter operands(s, dialect::wgsl, body, f.loads, {&f.output, 1}, {f.bindings, result + 1u}, f.lanes,
                                   f.rank);
  for (unsigned b = 0; b < f.binding_count; ++b) operands.declare(b, f.bindings[b], false);
  operands.declare(result, dtype::float32, true);
  operands.picks();
  operands.begin_parameters({"rows", "first", "width", "count"});  // `count` counts groups of lanes
  operands.scalar_parameters("s", body);
  operands.stride_parameters();
  operands.end_parameters(result + 1u);
  s("var<workgroup> partial: array<f32, ", workgroup_size, ">;\n");
  // What all threads' values are joined, for all of them.
  auto const across = [&](std::string_view name) {
    s("fn ", name, "_of_all(l: u32, v: f32) -> f32 {\n  var a = v;\n  partial[l] = a;\n  workgroupBarrier();\n");
    for (unsigned step = workgroup_size / 2; step > 0; step /= 2)
      s("  if (l < ", step, "u) {\n    a = ", name, "(a, partial[l + ", step,
        "u]);\n    partial[l] = a;\n  }\n  workgroupBarrier();\n");
    s("  a = partial[0];\n  workgroupBarrier();\n  return a;\n}\n");
  };
  across("greater");
  across("join");
  s("\n@compute @workgroup_size(", workgroup_size,
    ")\nfn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n  let o = p.first + "
    "id.x + id.y * p.width;\n  if (o >= p.rows) { return; }\n");
  operands.coordinates("o", 0, last, false);
  s("  var g = nf_from_bits(0xff800000u);\n");
  operands.indent("    ");
  auto const each = [&](auto visit) {
    for (unsigned j = 0; j < f.items; ++j)
      for (unsigned i = 0; i < f.lanes; ++i) visit(j, i);
  };
  auto const group = [&](unsigned j) {
    s("  if (", j * workgroup_size, "u + l < p.count) {\n    let c", last, " = (", j * workgroup_size, "u + l) * ",
      unsigned(f.lanes), "u;\n");
  };
  each([&](unsigned j, unsigned i) { s("  var e", j, "_", i, " = 0.0;\n"); });
  for (unsigned j = 0; j < f.items; ++j) {
    group(j);
    operands.loads();
    for (unsigned i = 0; i < f.lanes; ++i) {
      s("    e", j, "_", i, " = ");
      operands.call(i);
      s(";\n    g = greater(g, e", j, "_", i, ");\n");
    }
    s("  }\n");
  }
  s("  g = greater_of_all(l, g);\n  var sum = 0.0;\n");
  each([&](unsigned j, unsigned i) { s("  let y", j, "_", i, " = power(e", j, "_", i, ", g);\n"); });
  for (unsigned j = 0; j < f.items; ++j) {
    s("  if (", j * workgroup_size, "u + l < p.count) { sum = join(sum, ");
    if (f.lanes == 1) s("y", j, "_0); }\n");
    else s("join(join(y", j, "_0, y", j, "_1), join(y", j, "_2, y", j, "_3))); }\n");
  }
  s("  sum = join_of_all(l, sum);\n");
  for (unsigned j = 0; j < f.items; ++j) {
    group(j);
    auto const value = [&](unsigned i) {
      s("finish(");
      constexpr std::string_view names[] = {"e", "g", "y", "sum"};
      operands.arguments(finish, "", [&](unsigned k) {
        s(names[k]);
        if (k % 2 == 0) s(j, "_", i);
      });
      s(")");
    };
    if (f.output.how == access::vector) {
      s("    b", result, "[");
      operands.vector_index("o", 0, access::vector);
      s("] = vec4(");
      for (unsigned i = 0; i < 4; ++i) {
        if (i != 0) s(", ");
        value(i);
      }
      s(");\n");
    } else {
      for (unsigned i = 0; i < f.lanes; ++i) {
        s("    b", result, "[");
        operands.address("o", 0, f.output.how, i);
        s("] = ");
        value(i);
        s(";\n");
      }
    }
    s("  }\n");
  }
  s("}\n");
  return s.size();
}

}  // namespace ndfuse::codegen
