#pragma once
/// @file The frame of reductions: a body makes the elements, `combine` joins two, `finish` (the epilogue) is applied to
/// the result.
///
/// Schedules in WGSL: by rows (a workgroup of 256 threads reduces one chunk of one output and ends with a tree in
/// workgroup memory) and by columns (a thread reduces one chunk of one output, or of four side by side; neighbours in a
/// workgroup are neighbours in memory). In GLSL a fragment makes four results side by side: of neighbouring chunks of
/// an output, whose elements alternate, or by columns of neighbouring outputs, so that one texel feeds all four. When
/// an output has several chunks, the chunks' results go to a buffer that a further launch reduces. No float is summed
/// serially over more than a few hundred values. Memory traffic: every operand element is read once, plus 4 to 8 bytes
/// written and read for each accumulator of each chunk.
///
/// A reduction may have several accumulators (a variance has mean, sum of squares and count): then body and combine
/// give as many values, which the text holds as one structure, `combine_results`.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

inline constexpr std::size_t max_accumulators = 3;

/// What the text of a reduction depends on beside its three programs. Operands are seen with the reduced axes last; the
/// element coordinates are those of `rank_out` kept axes followed by `rank_reduced` reduced ones. By columns with
/// four lanes the reduced axes come first, so that the lanes lie along the last axis there too.
struct reduce_facts {
  std::uint8_t rank_out = 0;
  std::uint8_t rank_reduced = 1;
  std::uint8_t lanes = 1;  // elements along the last axis that are taken at once: 1 or 4
  bool guarded = false;    // the innermost extent is not a multiple of the lanes: the rest counts as the identity
  bool columns = false;
  bool finish = true;              // false: raw results of chunks are written
  std::uint8_t binding_count = 0;  // operands' bindings; the result's binding follows
  std::uint8_t accumulator_count = 1;
  dtype accumulators[max_accumulators]{};
  std::uint64_t identities[max_accumulators]{};  // bits of the neutral element in the accumulators' types
  dtype bindings[max_operands]{};
  site loads[max_operands]{};

  friend constexpr bool operator==(reduce_facts const&, reduce_facts const&) = default;
};

constexpr std::uint64_t hash(reduce_facts const& f, std::uint64_t h) {
  h = ir::hash_combine(h, std::uint64_t(f.rank_out) | std::uint64_t(f.rank_reduced) << 8 |
                              std::uint64_t(f.lanes) << 16 | std::uint64_t(f.guarded) << 24 |
                              std::uint64_t(f.columns) << 25 | std::uint64_t(f.finish) << 26 |
                              std::uint64_t(f.binding_count) << 32 | std::uint64_t(f.accumulator_count) << 40);
  for (std::size_t k = 0; k < f.accumulator_count; ++k)
    h = ir::hash_combine(ir::hash_combine(h, std::uint64_t(f.accumulators[k])), f.identities[k]);
  for (std::size_t b = 0; b < f.binding_count; ++b) h = ir::hash_combine(h, std::uint64_t(f.bindings[b]));
  for (site const& s : f.loads) h = ir::hash_combine(h, s.binding | std::uint64_t(s.how) << 8);
  return h;
}

namespace detail {

class reduce_emitter {
 public:
  constexpr reduce_emitter(sink& out, dialect d, ir::program_view body, ir::program_view combine,
                           ir::program_view finish, reduce_facts const& f)
      : out_(out),
        body_(body),
        combine_(combine),
        finish_(finish),
        f_(f),
        several_(f.accumulator_count > 1),
        written_(f.finish ? unsigned(finish.outputs.size()) : f.accumulator_count),
        operands_(out, d, body, f.loads, {}, {f.bindings, f.binding_count}, f.lanes,
                  unsigned(f.rank_out + f.rank_reduced)) {}

  constexpr void wgsl() {
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    for (unsigned k = 0; k < written_; ++k) operands_.declare(f_.binding_count + k, stored(k), true);
    operands_.picks();
    // by columns `outputs` counts groups of lanes, `all` counts outputs
    parameters({"outputs", "first", "width", "chunks", "chunk", "count", f_.columns ? "all" : "extent"});
    if (!f_.columns)
      out_("var<workgroup> partial: array<", several_ ? state() : storage_type(dialect::wgsl, f_.accumulators[0]), ", ",
           workgroup_size, ">;\n");
    states();
    out_("\n@compute @workgroup_size(", workgroup_size, ")\n");
    if (f_.columns) columns();
    else rows();
    out_("}\n");
  }

  constexpr void glsl() {
    std::string_view const type = state();
    unsigned const texel = texel_lanes(stored(0)), lanes = f_.lanes;
    for (unsigned b = 0; b < f_.binding_count; ++b) operands_.declare(b, f_.bindings[b], false);
    operands_.picks();
    // `outputs`, `chunks` and `count` count groups of lanes where those lie along what they count
    parameters({"outputs", "chunks", "count", "chunk", "extent"});
    for (unsigned k = 0; k < written_; ++k) out_("layout(location = ", k, ") out uvec4 out", k, ";\n");
    states();
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
      bool const guarded = f_.guarded && j != 0;
      unsigned const innermost = f_.rank_out + f_.rank_reduced - 1u;
      out_("      ");
      if (guarded && several_) out_("if (c", innermost, " + ", j, "u < p.extent) { ");
      out_("i", j, " = ", join(), "i", j, ", ");
      if (guarded && !several_) out_("c", innermost, " + ", j, "u < p.extent ? ");
      element(j);
      if (guarded && !several_) out_(" : "), identity();
      out_(guarded && several_ ? "); }\n" : ");\n");
    }
    out_("    }\n");
    for (unsigned j = 0; j < lanes; ++j) out_("    a", j, " = ", join(), "a", j, ", i", j, ");\n");
    out_("  }\n");
    if (lanes == 1) {
      out_("  return a0;\n}\nvoid main() {\n  uint g = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * ", texel,
           "u;\n");
      for (unsigned j = 0; j < texel; ++j) out_("  ", type, " a", j, " = element(g + ", j, "u);\n");
    }
    if (written_ > 1 && f_.finish)
      for (unsigned j = 0; j < texel; ++j) {
        constexpr std::string_view names[] = {"a0", "a1", "a2", "a3"};
        out_("  finish_results f", j, " = ");
        finish(names[j]);
        out_(";\n");
      }
    for (unsigned k = 0; k < written_; ++k) {
      bool const real = is_floating(stored(k)) || is_complex(stored(k));
      out_("  out", k, " = ", real ? "floatBitsToUint(vec4(" : "uvec4(");
      for (unsigned j = 0; j < texel; ++j) {
        constexpr std::string_view names[] = {"a0", "a1", "a2", "a3"};
        if (j != 0) out_(", ");
        if (written_ > 1 && f_.finish) out_("f", j, ".r", k);
        else if (f_.finish) finish(names[j]);
        else accumulator(names[j], k);
      }
      out_(real ? "));\n" : ");\n");
    }
    out_("}\n");
  }

 private:
  constexpr void rows() {
    out_(
        "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n  let w = p.first + "
        "id.x + id.y * p.width;\n  if (w >= p.outputs * p.chunks) { return; }\n  let o = w / p.chunks;\n  let s = w % "
        "p.chunks;\n");
    operands_.coordinates("o", 0, f_.rank_out, false);
    for (unsigned j = 0; j < f_.lanes; ++j) out_("  var a", j, " = "), identity(), out_(";\n");
    out_("  let end = min((s + 1u) * p.chunk, p.count);\n");
    operands_.indent("    ");
    out_("  for (var k = 0u; k < 1048576u; k++) {\n    let r = s * p.chunk + k * ", workgroup_size,
         "u + l;\n    if (r >= end) { break; }\n");
    operands_.coordinates("r", f_.rank_out, f_.rank_reduced, true);
    operands_.loads();
    unsigned const innermost = unsigned(f_.rank_out + f_.rank_reduced) - 1u;
    for (unsigned j = 0; j < f_.lanes; ++j) {
      bool const guarded = f_.guarded && j != 0;
      out_("    ");
      if (guarded && several_) out_("if (c", innermost, " + ", j, "u < p.extent) { ");
      out_("a", j, " = ", join(), "a", j, ", ");
      if (guarded && !several_) {
        out_("select("), identity(), out_(", ");
        element(j);
        out_(", c", innermost, " + ", j, "u < p.extent)");
      } else {
        element(j);
      }
      out_(guarded && several_ ? "); }\n" : ");\n");
    }
    out_("  }\n");
    // a fixed tree over the lanes, then over the workgroup
    if (f_.lanes == 4) out_("  a0 = ", join(), join(), "a0, a1), ", join(), "a2, a3));\n");
    bool const boolean = is_bool(f_.accumulators[0]);
    out_("  partial[l] = ", boolean ? "u32(a0)" : "a0", ";\n  workgroupBarrier();\n");
    for (unsigned step = workgroup_size / 2; step > 0; step /= 2) {
      out_("  if (l < ", step, "u) {\n    a0 = ", join(), "a0, partial[l + ", step, "u]", boolean ? " != 0u" : "",
           ");\n");
      out_("    partial[l] = ", boolean ? "u32(a0)" : "a0", ";\n  }\n  workgroupBarrier();\n");
    }
    out_("  if (l != 0u) { return; }\n");
    write("a0", "o * p.chunks + s");
  }

  /// Neighbouring threads take neighbouring outputs (or groups of four) of one chunk. Four elements of each are loaded
  /// before any is needed.
  constexpr void columns() {
    constexpr unsigned unroll = 4;
    unsigned const lanes = f_.lanes, accumulators = lanes == 1 ? unroll : 2;  // of a lane
    unsigned const kept_from = lanes == 1 ? 0u : f_.rank_reduced, reduced_from = lanes == 1 ? f_.rank_out : 0u;
    out_(
        "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n  let o = p.first + id.x + id.y * p.width;\n  let s "
        "= "
        "id.z;\n  if (o >= p.outputs) { return; }\n");
    operands_.coordinates("o", kept_from, f_.rank_out, true);
    for (unsigned j = 0; j < accumulators * lanes; ++j) out_("  var a", j, " = "), identity(), out_(";\n");
    auto const one = [&](unsigned row) {
      operands_.coordinates("r", reduced_from, f_.rank_reduced, false);
      operands_.loads();
      for (unsigned i = 0; i < lanes; ++i) {
        unsigned const j = row % accumulators * lanes + i;
        out_("    a", j, " = ", join(), "a", j, ", ");
        element(i);
        out_(");\n");
      }
    };
    operands_.indent("    ");
    out_(
        "  let begin = s * p.chunk;\n  let end = min(begin + p.chunk, p.count);\n  for (var k = 0u; k < 1048576u; k++) "
        "{\n "
        "   let e = begin + k * ",
        unroll, "u;\n    if (e + ", unroll, "u > end) { break; }\n");
    for (unsigned row = 0; row < unroll; ++row) {
      out_("    {\n    let r = e + ", row, "u;\n");
      one(row);
      out_("    }\n");
    }
    out_("  }\n  for (var k = 0u; k < ", unroll - 1, "u; k++) {\n    let r = begin + (end - begin) / ", unroll, "u * ",
         unroll, "u + k;\n    if (r >= end) { break; }\n");
    one(0);
    out_("  }\n");
    for (unsigned i = 0; i < lanes; ++i) {
      if (accumulators == 4) out_("  a0 = ", join(), join(), "a0, a1), ", join(), "a2, a3));\n");
      else out_("  a", i, " = ", join(), "a", i, ", a", i + lanes, ");\n");
    }
    constexpr std::string_view names[] = {"a0", "a1", "a2", "a3"};
    constexpr std::string_view finished[] = {"o * 4u", "o * 4u + 1u", "o * 4u + 2u", "o * 4u + 3u"};
    constexpr std::string_view chunks[] = {"s * p.all + o * 4u", "s * p.all + o * 4u + 1u", "s * p.all + o * 4u + 2u",
                                           "s * p.all + o * 4u + 3u"};
    for (unsigned i = 0; i < lanes; ++i) {
      if (f_.finish) write(names[i], lanes == 1 ? "o" : finished[i]);
      else write(names[i], lanes == 1 ? "s * p.all + o" : chunks[i]);
    }
  }

  /// Writes the results of these accumulators, or them.
  constexpr void write(std::string_view name, std::string_view at) {
    bool const several_results = written_ > 1 && f_.finish;
    if (several_results) {
      out_("  let results_", name, " = ");
      finish(name);
      out_(";\n");
    }
    for (unsigned k = 0; k < written_; ++k) {
      out_("  ");
      operands_.store(
          f_.binding_count + k, stored(k), [&] { out_(at); },
          [&] {
            if (several_results) out_("results_", name, ".r", k);
            else if (f_.finish) finish(name);
            else accumulator(name, k);
          });
    }
  }

  constexpr void parameters(std::initializer_list<char const*> members) {
    operands_.begin_parameters(members);
    operands_.scalar_parameters("s", body_);
    if (f_.finish) operands_.scalar_parameters("t", finish_);
    operands_.stride_parameters();
    operands_.end_parameters(f_.binding_count + written_);
  }
  /// The type of output `k` of this launch.
  constexpr dtype stored(unsigned k) const { return f_.finish ? finish_.output_type(k) : f_.accumulators[k]; }
  constexpr std::string_view state() const {
    return several_ ? "combine_results"
                    : register_type(operands_.wgsl() ? dialect::wgsl : dialect::glsl, f_.accumulators[0]);
  }
  constexpr std::string_view join() const { return several_ ? "join(" : "combine("; }
  /// What makes structures of what body gives, and joins two.
  constexpr void states() {
    if (!several_) return;
    bool const wgsl = operands_.wgsl();
    out_(wgsl ? "fn lift(e: body_results) -> combine_results { return combine_results("
              : "combine_results lift(body_results e) { return combine_results(");
    for (unsigned k = 0; k < f_.accumulator_count; ++k) out_(k != 0 ? ", e.r" : "e.r", k);
    out_("); }\n", wgsl ? "fn join(a: combine_results, b: combine_results) -> combine_results { return combine("
                        : "combine_results join(combine_results a, combine_results b) { return combine(");
    bool first = true;
    for (ir::inst const& i : combine_.code) {  // loads in the order of the function's parameters
      if (i.op != ir::opcode::load) continue;
      bool const earlier = i.a < f_.accumulator_count;
      out_(first ? "" : ", ", earlier ? "a.r" : "b.r", earlier ? unsigned(i.a) : unsigned(i.a) - f_.accumulator_count);
      first = false;
    }
    out_("); }\n");
  }
  constexpr void element(unsigned j) {
    if (several_) out_("lift(");
    operands_.call(j);
    if (several_) out_(")");
  }
  constexpr void accumulator(std::string_view name, unsigned k) {
    out_(name);
    if (several_) out_(".r", k);
  }
  constexpr void finish(std::string_view name) {
    out_("finish(");
    operands_.arguments(finish_, "t", [&](unsigned k) { accumulator(name, k); });
    out_(")");
  }
  constexpr void identity() {
    if (several_) out_("combine_results(");
    for (unsigned k = 0; k < f_.accumulator_count; ++k) {
      if (k != 0) out_(", ");
      operands_.constant(f_.accumulators[k], f_.identities[k]);
    }
    if (several_) out_(")");
  }

  sink& out_;
  ir::program_view body_, combine_, finish_;
  reduce_facts const& f_;
  bool several_;      // accumulators
  unsigned written_;  // arrays
  operand_emitter operands_;
};

}  // namespace detail

/// Writes the frame of a reduction to `out`, or counts it. The text follows the functions `body`, `combine` and, when
/// the facts say so, `finish`.
constexpr std::size_t emit_reduce(char* out, dialect d, ir::program_view body, ir::program_view combine,
                                  ir::program_view finish, reduce_facts const& f) {
  sink s(out);
  detail::reduce_emitter emitter(s, d, body, combine, finish, f);
  if (d == dialect::wgsl) emitter.wgsl();
  else emitter.glsl();
  return s.size();
}

}  // namespace ndfuse::codegen
