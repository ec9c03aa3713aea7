#pragma once
/// @file The matrix product C[b, m, n] = sum over k of A[b, m, k] B[b, k, n] in WGSL, for any extents, strides
/// (transposed and broadcast operands included) and batch axes.
///
/// A workgroup makes one tile of C. Step by step along k it brings `depth` columns of A and rows of B into workgroup
/// memory, while the products of the step before are computed; each thread holds `rows` x `columns` sums in registers.
/// Memory traffic: A is read N / tile.n times and B M / tile.m times, C written once. Where k is cut into parts, their
/// sums are written and read once more by a second kernel, which adds them in order, so that results are the same each
/// time. An epilogue, an elementwise program, is applied to sums in registers; what else it takes is read once.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/frame_map.hpp>
#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/codegen/packed.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/codegen/windows.hpp>

#include <cstdint>

namespace ndfuse::codegen {

/// How the work on C is divided.
struct tile_plan {
  std::uint8_t m = 64, n = 64;         // extents of a workgroup's tile
  std::uint8_t depth = 16;             // of a step along k: a multiple of 4
  std::uint8_t rows = 4, columns = 4;  // of C that a thread makes; columns: a multiple of 4
  bool unrolled = false;               // the products of a step are written out: drivers do not unroll so far

  constexpr unsigned threads() const { return unsigned(m / rows) * unsigned(n / columns); }
  /// Lines of A are padded by one vec4, so that threads that read neighbouring lines reach different banks.
  constexpr unsigned a_line() const { return depth / 4u + 1u; }
  constexpr unsigned workgroup_bytes() const { return 16u * (m * a_line() + depth * n / 4u); }
  friend constexpr bool operator==(tile_plan const&, tile_plan const&) = default;
};

/// How the four elements of a vec4 in workgroup memory are fetched: of A they are neighbours along k, of B along n.
enum class tile_load : std::uint8_t {
  vectors,   // they are neighbours in the array too, at a multiple of 4
  turned,    // neighbours along the operand's other axis are: blocks of 4 x 4 are transposed in registers
  elements,  // one by one
  windows,   // B: one by one, by the functions of windows.hpp
};
/// Along what four elements of windows without gaps are fetched together: neighbours at a multiple of 4 that differ
/// along the last axis alone, so that they share most of their address.
enum class window_quads : std::uint8_t { none, along_n, along_k };
constexpr bool by_vectors(tile_load l) { return l == tile_load::vectors || l == tile_load::turned; }

/// What the text of a matrix product depends on; extents and strides are parameters.
struct matmul_facts {
  tile_plan plan;
  std::uint8_t batch_rank = 0;
  tile_load a_load = tile_load::elements, b_load = tile_load::elements;
  bool c_vectors = false;    // rows of C are whole vec4s
  bool whole_k = false;      // no step reaches beyond the end of k
  bool parts = false;        // k is cut, and C is the parts' sums
  bool same_buffer = false;  // A and B lie in one buffer and share a binding; both are loaded by vectors, or neither
  bool gaps = false;         // B is windows over an array with gaps between its elements
  window_quads quads = window_quads::none;
  std::uint8_t window_axes = 0;
  dtype a = dtype::float32, b = dtype::float32, result = dtype::float32;

  friend constexpr bool operator==(matmul_facts const&, matmul_facts const&) = default;
};

constexpr std::uint64_t hash(matmul_facts const& f, std::uint64_t h) {
  tile_plan const& p = f.plan;
  h = ir::hash_combine(h, 0x6d61746d756cull ^ (std::uint64_t(p.m) | std::uint64_t(p.n) << 8 |
                                               std::uint64_t(p.depth) << 16 | std::uint64_t(p.rows) << 24 |
                                               std::uint64_t(p.columns) << 32 | std::uint64_t(p.unrolled) << 63));
  return ir::hash_combine(
      h, std::uint64_t(f.batch_rank) | std::uint64_t(f.a_load) << 8 | std::uint64_t(f.b_load) << 10 |
             std::uint64_t(f.c_vectors) << 12 | std::uint64_t(f.whole_k) << 13 | std::uint64_t(f.parts) << 14 |
             std::uint64_t(f.same_buffer) << 15 | std::uint64_t(f.a) << 16 | std::uint64_t(f.b) << 24 |
             std::uint64_t(f.result) << 32 | std::uint64_t(f.window_axes) << 40 | std::uint64_t(f.gaps) << 42 |
             std::uint64_t(f.quads) << 43);
}

/// An elementwise program of one output, not complex, that is written instead of the product's elements. The text
/// follows the function `body` made from it. Bindings are counted from the kernel's own on; the last one is the result,
/// which lies in order. `lanes` is what the kernel stores at once: 4 where rows of C are whole vec4s. The load that is
/// the product is `given`.
struct matmul_epilogue {
  ir::program_view program;
  map_facts facts;
};

/// Sums of narrow integers wrap: brings a 32-bit sum into the result's range, or leaves it.
constexpr std::string_view narrow_begin(dtype t) {
  switch (t) {
    case dtype::int8:
    case dtype::int16: return "((";
    case dtype::uint8:
    case dtype::uint16: return "(";
    case dtype::float16: return "nf_round_to_half(";
    default: return "";
  }
}
constexpr std::string_view narrow_end(dtype t) {
  switch (t) {
    case dtype::int8: return " << 24u) >> 24u)";
    case dtype::int16: return " << 16u) >> 16u)";
    case dtype::uint8: return " & 255u)";
    case dtype::uint16: return " & 65535u)";
    case dtype::float16: return ")";
    default: return "";
  }
}

namespace detail {

/// Declares an array of a product: by whole vec4s, or by elements.
constexpr void declare_matrix(sink& out, unsigned binding, char const* name, dtype t, bool vectors, bool written) {
  if (is_packed(dialect::wgsl, t))
    return emit_packed(out, binding, {name}, t, vectors ? packing::groups : packing::elements, !written, written);
  std::string_view const type = storage_type(dialect::wgsl, t);
  out("@group(0) @binding(", binding, ") var<storage, ", written ? "read_write" : "read", "> ", name, ": array<");
  if (vectors) out("vec4<", type, ">>;\n");
  else out(type, ">;\n");
}

/// Writes results to C: `number` writes the number of a group of four or of an element, `value(j)` component j.
template <class Number, class Value>
constexpr void store_results(sink& out, dtype t, bool four, Number number, Value value) {
  bool const packed = is_packed(dialect::wgsl, t);
  enclosing const bits = packed ? packed_bits(t) : enclosing{};
  auto const one = [&](unsigned j) {
    out(bits.before, narrow_begin(t));
    value(j);
    out(narrow_end(t), bits.after);
  };
  out(packed ? "put_c(" : "c[");
  number();
  out(packed ? ", " : "] = ");
  if (four) {
    out("vec4<", packed ? "u32" : storage_type(dialect::wgsl, t), ">(");
    for (unsigned j = 0; j < 4; ++j) out(j == 0 ? "" : ", "), one(j);
    out(")");
  } else {
    one(0);
  }
  out(packed ? ");" : ";");
}

/// Writes the function store(i, sum), which applies an epilogue to the elements of group i of the product, or to
/// element i, and all that it needs.
class epilogue_emitter {
 public:
  constexpr epilogue_emitter(sink& out, matmul_epilogue const& e, dtype product)
      : out_(out),
        e_(e),
        product_(product),
        operands_(out, dialect::wgsl, e.program, e.facts.loads, e.facts.outputs,
                  {e.facts.bindings, e.facts.binding_count}, e.facts.lanes, e.facts.rank) {}

  /// Declares the arrays from binding `own` on.
  constexpr void arrays(unsigned own, bool half_functions) {
    if (half_functions) operands_.has_half_functions();
    for (unsigned b = own; b < e_.facts.binding_count; ++b)
      operands_.declare(b, e_.facts.bindings[b], b + 1u == e_.facts.binding_count);
    operands_.picks();
  }
  constexpr void parameters() {
    operands_.scalar_parameters("s", e_.program);
    operands_.stride_parameters();
  }
  constexpr void function() {
    unsigned const lanes = e_.facts.lanes;
    std::string_view const type = register_type(dialect::wgsl, product_);
    out_("fn store(i: u32, sum: ");
    if (lanes == 4) out_("vec4<", type, ">) {\n");
    else out_(type, ") {\n");
    operands_.coordinates("i", 0, e_.facts.rank, true);
    operands_.loads();
    for (unsigned k = 0; k < max_operands; ++k) {
      if (e_.facts.loads[k].how != access::given) continue;
      for (unsigned j = 0; j < lanes; ++j) {
        out_("  let x", k, "_", j, " = ", narrow_begin(product_), "sum");
        if (lanes == 4) out_(".", lane_names[j]);
        out_(narrow_end(product_), ";\n");
      }
    }
    for (unsigned j = 0; j < lanes; ++j) out_("  let r", j, " = "), operands_.call(j), out_(";\n");
    unsigned const b = e_.facts.outputs[0].binding;
    auto const number = [&] { out_("i"); };
    auto const result = [&](unsigned j) { out_("r", j); };
    out_("  ");
    if (lanes == 4) operands_.store_four(b, e_.facts.bindings[b], number, result);
    else operands_.store(b, e_.facts.bindings[b], number, [&] { result(0); });
    out_("}\n");
  }

 private:
  sink& out_;
  matmul_epilogue const& e_;
  dtype product_;
  operand_emitter operands_;
};

class matmul_emitter {
 public:
  constexpr matmul_emitter(sink& out, matmul_facts const& f, matmul_epilogue const* epilogue)
      : out_(out),
        f_(f),
        plan_(f.plan),
        epilogue_(epilogue),
        type_(register_type(dialect::wgsl, f.result)),
        threads_(f.plan.threads()) {}

  constexpr void emit() {
    declarations();
    out_("\n@compute @workgroup_size(", threads_,
         ")\nfn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n");
    out_("  let row = (p.first + w.y) * ", plan_.m, "u;\n  let column = w.x * ", plan_.n, "u;\n");
    out_("  let z = ", f_.batch_rank == 0 && !f_.parts ? "0u" : "p.first_z + w.z", ";\n");
    if (f_.parts) out_("  let begin = z / p.batches * p.steps * ", plan_.depth, "u;\n");
    batch_offsets();
    out_("  let ty = l / ", plan_.n / plan_.columns, "u;\n  let tx = l % ", plan_.n / plan_.columns, "u;\n");
    places(a_);
    places(b_);
    for (unsigned i = 0; i < plan_.rows; ++i)
      for (unsigned q = 0; q < quads(); ++q) out_("  var r", i, "_", q, " = vec4<", type_, ">();\n");
    if (windows()) window_rows("  ", "0u"), out_("  workgroupBarrier();\n");
    // Elements are fetched before the products of the step before are computed, and put down after them.
    out_("  for (var t = 0u; t < 1048576u; t++) {\n    if (t > p.steps) { break; }\n    if (t < p.steps) {\n");
    out_("      let k = ", f_.parts ? "begin + " : "", "t * ", plan_.depth, "u;\n");
    fetch(a_);
    fetch(b_);
    out_("    }\n    if (t > 0u) {\n");
    products();
    out_("    }\n    workgroupBarrier();\n");
    put(a_);
    put(b_);
    if (windows()) window_rows("    ", "(t + 1u)");
    out_("    workgroupBarrier();\n  }\n");
    store();
    out_("}\n");
  }

 private:
  /// What is different about the two operands.
  struct operand {
    char const* name;
    char const* array;  // the variable of its binding
    dtype type;
    tile_load load;
    bool is_a;
    unsigned extent;  // of the tile along m or n
  };

  constexpr bool windows() const { return f_.b_load == tile_load::windows; }
  /// The rows of a step are places inside windows, which take divisions: one thread computes each for all.
  constexpr void window_rows(char const* indent, char const* step) {
    out_(indent, "if (l < ", plan_.depth, "u) { tr[l] = row_of(", f_.parts ? "begin + " : "", step, " * ", plan_.depth,
         "u + l); }\n");
  }
  /// The first piece of a thread whose columns are those of piece i.
  constexpr unsigned window_columns(unsigned i) const { return threads_ % (plan_.n / 4u) == 0 ? 0 : i; }
  constexpr unsigned quads() const { return plan_.columns / 4u; }
  constexpr unsigned k_quads() const { return plan_.depth / 4u; }
  /// What a thread fetches: vec4s, or blocks of four of them.
  constexpr unsigned pieces(operand const& o) const { return o.extent * plan_.depth / (turned(o) ? 16u : 4u); }
  constexpr bool turned(operand const& o) const {
    return o.load == tile_load::turned || (o.load == tile_load::windows && f_.quads == window_quads::along_k);
  }
  constexpr unsigned per_thread(operand const& o) const { return (pieces(o) + threads_ - 1) / threads_; }

  constexpr void declarations() {
    bool half = false;
    for (dtype t : {f_.a, f_.b, f_.result}) half = half || needs_half_functions(dialect::wgsl, t);
    if (half) emit_half_functions(out_);
    declare_matrix(out_, 0, "a", f_.a, by_vectors(f_.a_load), false);
    if (!f_.same_buffer) declare_matrix(out_, 1, "b", f_.b, by_vectors(f_.b_load), false);
    unsigned const c = f_.same_buffer ? 1 : 2;
    if (epilogue_ == nullptr)
      declare_matrix(out_, c, "c", f_.parts ? compute_type(f_.result) : f_.result, f_.c_vectors, true);
    else epilogue().arrays(c, half);
    out_("struct params {\n");
    for (char const* name :
         {"first", "first_z", "batches", "m", "n", "k", "steps", "a_o", "a_m", "a_k", "b_o", "b_k", "b_n"})
      out_("  ", name, ": u32,\n");
    for (unsigned d = 0; d < f_.batch_rank; ++d)
      out_("  ", extent(), d, ": u32,\n  a_", d, ": u32,\n  b_", d, ": u32,\n");
    window_parameters(f_.window_axes, [&](char const* name, unsigned a) { out_("  ", name, a, ": u32,\n"); });
    if (epilogue_ != nullptr) epilogue().parameters();
    out_("}\n@group(0) @binding(", epilogue_ != nullptr ? epilogue_->facts.binding_count : c + 1u,
         ") var<uniform> p: params;\n");
    if (epilogue_ != nullptr) epilogue().function();
    if (windows()) {
      emit_windows(out_, dialect::wgsl, f_.window_axes, f_.gaps);
      if (f_.quads != window_quads::none) {
        char const* const step = f_.quads == window_quads::along_n ? "p.n_step" : "p.k_step";
        emit_four_inside(out_, f_.window_axes, step);
        unsigned const last = f_.window_axes - 1u;
        out_("fn four_windows(c: place, r: place, b_o: u32) -> vec4<", type_,
             "> {\n  let e = b_o + number_of(c, r);\n");
        out_("  let beside = ", step, last, " * p.stride", last, ";\n  return select(vec4<", type_, ">(), vec4<", type_,
             ">(");
        // Numbers of what is outside lie anywhere: what is read there, within the buffer, is not taken.
        for (unsigned j = 0; j < 4; ++j) {
          if (j != 0) out_(", ");
          element(b_, [&] { out_("e + ", j, "u * beside"); });
        }
        out_("), four_inside(c, r));\n}\n");
      } else {
        out_("fn window(c: place, r: place, b_o: u32) -> ", type_, " {\n  let there = inside(c, r);\n  return select(",
             type_, "(), ");
        element(b_, [&] { out_("select(0u, b_o + number_of(c, r), there)"); });
        out_(", there);\n}\n");
      }
    }
    out_("var<workgroup> ta: array<vec4<", type_, ">, ", plan_.m * plan_.a_line(), ">;\nvar<workgroup> tb: array<vec4<",
         type_, ">, ", plan_.depth * plan_.n / 4u, ">;\n");
    if (windows()) out_("var<workgroup> tr: array<place, ", plan_.depth, ">;\n");
  }

  constexpr epilogue_emitter epilogue() { return {out_, *epilogue_, f_.result}; }
  /// What extents of batch axes are called; an epilogue counts other axes.
  constexpr char const* extent() const { return epilogue_ == nullptr ? "d" : "batch"; }

  /// Where the matrices of this batch begin.
  constexpr void batch_offsets() {
    if (f_.batch_rank == 0) return out_("  let a_o = p.a_o;\n  let b_o = p.b_o;\n");
    out_("  var a_o = p.a_o;\n  var b_o = p.b_o;\n");
    for (unsigned d = f_.batch_rank; d-- > 0;) {
      out_("  let q", d, " = ");
      if (d + 1u == f_.batch_rank) out_(f_.parts ? "z % p.batches" : "z");
      else out_("q", d + 1, " / p.", extent(), d + 1);
      out_(";\n  let z", d, " = q", d);
      if (d != 0) out_(" % p.", extent(), d);
      out_(";\n  a_o += z", d, " * p.a_", d, ";\n  b_o += z", d, " * p.b_", d, ";\n");
    }
  }

  /// Of each piece that a thread fetches: its place in the tile, the number of its first element in the array, and a
  /// variable for it. Beyond the edges of A and B the last elements are taken again: what they make is not stored.
  constexpr void places(operand const& o) {
    for (unsigned i = 0; i < per_thread(o); ++i) {
      auto const name = [&](char const* what) { out_(o.name, what, i); };
      auto const let = [&](char const* what) { out_("  let "), name(what), out_(" = "); };
      let("e"), out_("l + ", i * threads_, "u;\n");
      // q: number of a vec4 along its line; r: of the line
      unsigned const line = turned(o) ? (o.is_a ? o.extent / 4u : k_quads()) : o.is_a ? k_quads() : o.extent / 4u;
      let("q"), name("e"), out_(" % ", line, "u;\n");
      let("r"), name("e"), out_(" / ", line, "u;\n");
      char const* const first = o.is_a ? "row" : "column";
      char const* const most = o.is_a ? "p.m" : "p.n";
      auto const outer = [&](char const* what, unsigned j) {  // along m or n
        out_("min(", first, " + "), name(what);
        if (turned(o) || !o.is_a) out_(" * 4u");
        if (j != 0) out_(" + ", j, "u");
        out_(", ", most, " - ");
      };
      if (turned(o)) {
        // A: four lines along k of vec4s along m; B: four lines along n of vec4s along k
        if (o.is_a) {
          let("o"), out_("a_o + "), outer("q", 0), out_("4u) + "), name("r"), out_(" * 4u * p.a_k;\n");
        } else {
          for (unsigned j = 0; j < 4; ++j) {
            out_("  let "), name("o"), out_("_", j, " = ", windows() ? "column_of(" : "b_o + "), outer("r", j);
            if (windows()) out_("1u));\n");
            else out_("1u) * p.b_n + "), name("q"), out_(" * 4u;\n");
          }
        }
        for (unsigned j = 0; j < 4; ++j) out_("  var "), name("v"), out_("_", j, " = vec4<", type_, ">();\n");
        continue;
      }
      if (o.is_a) {
        let("o"), out_("a_o + "), outer("r", 0), out_("1u) * p.a_m + "), name("q"), out_(" * 4u * p.a_k;\n");
      } else if (o.load == tile_load::windows) {
        bool const quads = f_.quads == window_quads::along_n;
        if (window_columns(i) == i && quads) let("o"), out_("column_of("), outer("q", 0), out_("4u));\n");
        for (unsigned j = 0; j < 4 && window_columns(i) == i && !quads; ++j)
          out_("  let "), name("o"), out_("_", j, " = column_of("), outer("q", j), out_("1u));\n");
      } else if (o.load == tile_load::vectors) {
        let("o"), out_("b_o + "), name("r"), out_(" * p.b_k + "), outer("q", 0), out_("4u);\n");
      } else {
        for (unsigned j = 0; j < 4; ++j)
          out_("  let "), name("o"), out_("_", j, " = b_o + "), name("r"), out_(" * p.b_k + "), outer("q", j),
              out_("1u) * p.b_n;\n");
      }
      out_("  var "), name("v"), out_(" = vec4<", type_, ">();\n");
    }
  }

  /// Fetches this thread's pieces of the step whose first k is `k`.
  constexpr void fetch(operand const& o) {
    for (unsigned i = 0; i < per_thread(o); ++i) {
      auto const name = [&](char const* what) { out_(o.name, what, i); };
      auto const inside = [&](auto place) {  // after select(zero, value
        if (f_.whole_k) return;
        out_(", k + "), place(), out_(" < p.k)");
      };
      auto const outside = [&](bool vector) {
        if (f_.whole_k) return;
        if (vector) out_("select(vec4<", type_, ">(), ");
        else out_("select(", type_, "(), ");
      };
      if (turned(o)) {
        for (unsigned j = 0; j < 4; ++j) {
          out_("      "), name("v"), out_("_", j, " = ");
          if (o.load == tile_load::windows) {
            out_("four_windows("), name("o"), out_("_", j, ", tr["), name("q"), out_(" * 4u], b_o);\n");
            continue;
          }
          outside(true);
          vector(o, [&] {
            name("o");
            if (o.is_a) out_(" + (k + ", j, "u) * p.a_k");
            else out_("_", j, " + k");
          });
          inside([&] {
            name(o.is_a ? "r" : "q"), out_(" * 4u");
            if (o.is_a) out_(" + ", j, "u");
          });
          out_(";\n");
        }
        continue;
      }
      if (o.load == tile_load::windows) {
        out_("      let "), name("w"), out_(" = tr["), name("r"), out_("];\n      "), name("v");
        if (f_.quads == window_quads::along_n) {
          out_(" = four_windows(", o.name, "o", window_columns(i), ", "), name("w"), out_(", b_o);\n");
          continue;
        }
        out_(" = vec4<", type_, ">(");
        for (unsigned j = 0; j < 4; ++j)
          out_(j == 0 ? "" : ", ", "window(", o.name, "o", window_columns(i), "_", j, ", "), name("w"), out_(", b_o)");
        out_(");\n");
        continue;
      }
      out_("      "), name("v"), out_(" = ");
      if (o.load == tile_load::vectors) {
        outside(true);
        vector(o, [&] { name("o"), out_(o.is_a ? " + k" : " + k * p.b_k"); });
        inside([&] {
          name(o.is_a ? "q" : "r");
          if (o.is_a) out_(" * 4u");
        });
      } else {
        out_("vec4<", type_, ">(");
        for (unsigned j = 0; j < 4; ++j) {
          if (j != 0) out_(", ");
          outside(false);
          element(o, [&] {
            name("o");
            if (o.is_a) out_(" + (k + ", j, "u) * p.a_k");
            else out_("_", j, " + k * p.b_k");
          });
          inside([&] {
            name(o.is_a ? "q" : "r");
            if (o.is_a) out_(" * 4u + ", j, "u");
          });
        }
        out_(")");
      }
      out_(";\n");
    }
  }

  /// Puts them into workgroup memory.
  constexpr void put(operand const& o) {
    bool const turned = this->turned(o);
    for (unsigned i = 0; i < per_thread(o); ++i) {
      auto const name = [&](char const* what) { out_(o.name, what, i); };
      bool const guarded = (i + 1) * threads_ > pieces(o);
      if (guarded) out_("    if ("), name("e"), out_(" < ", pieces(o), "u) {\n");
      for (unsigned j = 0; j < (turned ? 4u : 1u); ++j) {
        out_(guarded ? "      t" : "    t", o.name, "[");
        // A: line m, vec4 along k; B: line k, vec4 along n
        if (turned) out_("("), name(o.is_a ? "q" : "q"), out_(" * 4u + ", j, "u)");
        else name("r");
        out_(" * ", o.is_a ? plan_.a_line() : o.extent / 4u, "u + "), name(turned ? "r" : "q"), out_("] = ");
        if (turned) {
          out_("vec4<", type_, ">(");
          for (unsigned n = 0; n < 4; ++n) out_(n == 0 ? "" : ", "), name("v"), out_("_", n, ".", lane_names[j]);
          out_(");\n");
        } else {
          name("v"), out_(";\n");
        }
      }
      if (guarded) out_("    }\n");
    }
  }

  /// The products of the step that lies in workgroup memory.
  constexpr void products() {
    if (!plan_.unrolled) {
      out_("      for (var s = 0u; s < ", k_quads(), "u; s++) {\n");
      four_products([&] { out_("s"); });
      out_("      }\n");
      return;
    }
    for (unsigned s = 0; s < k_quads(); ++s) {
      out_("      {\n");
      four_products([&] { out_(s, "u"); });
      out_("      }\n");
    }
  }
  template <class Step> constexpr void four_products(Step step) {
    for (unsigned i = 0; i < plan_.rows; ++i) {
      out_("        let a", i, " = ta[(ty * ", plan_.rows, "u + ", i, "u) * ", plan_.a_line(), "u + ");
      step();
      out_("];\n");
    }
    for (unsigned j = 0; j < 4; ++j) {
      for (unsigned q = 0; q < quads(); ++q) {
        out_("        let b", j, "_", q, " = tb[(");
        step();
        out_(" * 4u + ", j, "u) * ", plan_.n / 4u, "u + tx + ", q * (plan_.n / plan_.columns), "u];\n");
      }
      for (unsigned i = 0; i < plan_.rows; ++i)
        for (unsigned q = 0; q < quads(); ++q) {
          if (is_floating(f_.result))
            out_("        r", i, "_", q, " = fma(vec4<f32>(a", i, ".", lane_names[j], "), b", j, "_", q, ", r", i, "_",
                 q, ");\n");
          else out_("        r", i, "_", q, " += a", i, ".", lane_names[j], " * b", j, "_", q, ";\n");
        }
    }
  }

  constexpr void store() {
    dtype const t = f_.parts ? compute_type(f_.result) : f_.result;
    out_("  let line = z * p.m;\n");
    for (unsigned i = 0; i < plan_.rows; ++i) {
      out_("  {\n    let m = row + ty * ", plan_.rows, "u + ", i,
           "u;\n    if (m < p.m) {\n      let base = (line + m) * p.n;\n");
      for (unsigned q = 0; q < quads(); ++q) {
        out_("      let n", q, " = column + (tx + ", q * (plan_.n / plan_.columns), "u) * 4u;\n");
        for (unsigned j = 0; j < (f_.c_vectors ? 1u : 4u); ++j) {
          out_("      if (n", q);
          if (j != 0) out_(" + ", j, "u");
          out_(" < p.n) { ");
          auto const number = [&] {
            if (f_.c_vectors) out_("(base + n", q, ") / 4u");
            else out_("base + n", q, " + ", j, "u");
          };
          if (epilogue_ != nullptr) {
            out_("store("), number(), out_(", r", i, "_", q);
            if (!f_.c_vectors) out_(".", lane_names[j]);
            out_(");");
          } else {
            store_results(out_, t, f_.c_vectors, number,
                          [&](unsigned lane) { out_("r", i, "_", q, ".", lane_names[f_.c_vectors ? lane : j]); });
          }
          out_(" }\n");
        }
      }
      out_("    }\n  }\n");
    }
  }

  /// Four elements, or one, of an operand by the number that `number` writes, in the type of the sums.
  template <class Number> constexpr void vector(operand const& o, Number number) {
    converted(o, "vec4<", ">(", [&] {
      bool const packed = is_packed(dialect::wgsl, o.type);
      out_(packed ? "four_" : "", o.array, packed ? "((" : "[(");
      number();
      out_(packed ? ") / 4u)" : ") / 4u]");
    });
  }
  template <class Number> constexpr void element(operand const& o, Number number) {
    converted(o, "", "(", [&] {
      bool const packed = is_packed(dialect::wgsl, o.type);
      out_(packed ? "fetch_" : "", o.array, packed ? "(" : "[");
      number();
      out_(packed ? ")" : "]");
    });
  }
  template <class Value> constexpr void converted(operand const& o, char const* before, char const* after,
                                                  Value value) {
    bool const cast = compute_type(o.type) != compute_type(f_.result);
    if (cast) out_(before, type_, after);
    value();
    if (cast) out_(")");
  }

  sink& out_;
  matmul_facts const& f_;
  tile_plan const& plan_;
  matmul_epilogue const* epilogue_;
  std::string_view type_;
  unsigned threads_;
  operand a_{"a", "a", f_.a, f_.a_load, true, plan_.m};
  operand b_{"b", f_.same_buffer ? "a" : "b", f_.b, f_.b_load, false, plan_.n};
};

}  // namespace detail

/// Writes the WGSL kernel of a matrix product to `out`, or counts it. Sums of parts of k take no epilogue here.
constexpr std::size_t emit_matmul(char* out_text, matmul_facts const& f, matmul_epilogue const* epilogue = nullptr) {
  sink out(out_text);
  detail::matmul_emitter(out, f, epilogue).emit();
  return out.size();
}

/// Writes the WGSL kernel that adds the sums of the parts of k: `parts` arrays one behind the other; a thread makes one
/// element, or with `vectors` four.
constexpr std::size_t emit_matmul_sums(char* out_text, dtype result, bool vectors,
                                       matmul_epilogue const* epilogue = nullptr) {
  sink out(out_text);
  dtype const sum = compute_type(result);
  bool const half = needs_half_functions(dialect::wgsl, result);
  if (half) emit_half_functions(out);
  detail::declare_matrix(out, 0, "a", sum, vectors, false);
  if (epilogue == nullptr) detail::declare_matrix(out, 1, "c", result, vectors, true);
  else detail::epilogue_emitter(out, *epilogue, result).arrays(1, half);
  out("struct params {\n  threads: u32,\n  width: u32,\n  parts: u32,\n");
  if (epilogue != nullptr) detail::epilogue_emitter(out, *epilogue, result).parameters();
  out("}\n@group(0) @binding(", epilogue != nullptr ? unsigned(epilogue->facts.binding_count) : 2u,
      ") var<uniform> p: params;\n");
  if (epilogue != nullptr) detail::epilogue_emitter(out, *epilogue, result).function();
  out("\n@compute @workgroup_size(", workgroup_size,
      ")\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n  let i = id.x + id.y * p.width;\n");
  out("  if (i >= p.threads) { return; }\n  var sum = a[i];\n");
  out("  for (var k = 1u; k < 65536u; k++) {\n    if (k >= p.parts) { break; }\n    sum += a[k * p.threads + i];\n  "
      "}\n  ");
  if (epilogue != nullptr) {
    out("store(i, sum);");
  } else {
    detail::store_results(
        out, result, vectors, [&] { out("i"); },
        [&](unsigned j) {
          out("sum");
          if (vectors) out(".", detail::lane_names[j]);
        });
  }
  out("\n}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
