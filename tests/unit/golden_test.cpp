// Kernels' texts against tests/golden/*.approved.*; NDFUSE_APPROVE=1 in the environment rewrites those that differ.

#include <ndfuse/codegen/frame_matmul_fragment.hpp>
#include <ndfuse/codegen/frame_reduce.hpp>
#include <ndfuse/codegen/frame_scan.hpp>
#include <ndfuse/ndfuse.hpp>

#include <catch_amalgamated.hpp>

#include <complex>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace nf = ndfuse;
using nf::dtype;
using nf::codegen::access;
using nf::codegen::dialect;

namespace {

void check_golden(std::string const& name, std::string_view text) {
  std::string const path = NDFUSE_SOURCE_DIR "/tests/golden/" + name;
  std::string approved;
  if (std::ifstream file(path); file) {
    std::ostringstream all;
    all << file.rdbuf();
    approved = all.str();
  }
  char const* const approve = std::getenv("NDFUSE_APPROVE");
  if (approved != text && approve != nullptr && std::string_view(approve) == "1") {
    std::ofstream(path) << text;
    WARN("approved " << path);
    approved = text;
  }
  INFO(path << (approved.empty() ? " is not there" : " differs") << ": NDFUSE_APPROVE=1 accepts the text");
  CHECK(approved == text);
}

template <class E> void check_both(std::string const& name, E const& e) {
  check_golden(name + ".approved.wgsl", nf::wgsl(e));
  check_golden(name + ".approved.glsl", nf::glsl(e));
}

/// The text of a frame that an emitter `emit(char* or null) -> size` writes.
template <class Emit> std::string frame(Emit emit) {
  std::string text(emit(nullptr), '\0');
  emit(text.data());
  return text;
}

nf::array<float> const x, y;

}  // namespace

TEST_CASE("golden: elementary functions bring their helpers", "[golden]") {
  check_both("gaussian", nf::exp(-x * x) + y);
}

TEST_CASE("golden: a lambda with a loop", "[golden]") {
  check_both("mandelbrot", nf::kernel([](auto cx, auto cy) {
               auto const zero = nf::zeros_like(cx);
               auto const [u, v, n] = nf::loop(500, nf::values(zero, zero, zero), [&](auto a, auto b, auto k) {
                 nf::break_if(a * a + b * b > 4);
                 return nf::values(a * a - b * b + cx, 2 * a * b + cy, k + 1);
               });
               return n;
             })(x, y));
}

TEST_CASE("golden: a loop whose turns are counted at run time", "[golden]") {
  check_both("turns", nf::kernel([](auto v, auto n) {
               auto const [r] = nf::loop(n, nf::values(v), [&](auto u) {
                 nf::break_if(u > 100);
                 return nf::values(u * v);
               });
               return r;
             })(x, nf::array<std::int32_t>()));
}

TEST_CASE("golden: several outputs of several types", "[golden]") {
  check_both("several_outputs", nf::kernel([](auto a, auto b) {
               return nf::values(a + b, a > b, a.template astype<std::int8_t>());
             })(x, y));
}

TEST_CASE("golden: integers, booleans, small types and scalars", "[golden]") {
  nf::array<std::uint8_t> const small;
  nf::array<std::int32_t> const whole;
  nf::array<bool> const flag;
  check_both("element_types", nf::where(flag, small + 1, small) * whole + 2);
}

TEST_CASE("golden: complex numbers", "[golden]") {
  nf::array<std::complex<float>> const z;
  check_both("complex", z * z + std::complex<float>(0, 1));
}

TEST_CASE("golden: elements fetched by number", "[golden]") {
  check_both("roll", nf::roll(x, 1, 0) - x);
  check_both("concatenate", nf::concatenate(x, y) * 2);
}

TEST_CASE("golden: generators", "[golden]") { check_both("generator", nf::linspace(0.f, 1.f, 5) * x); }

TEST_CASE("golden: what the other front end makes of the same expression", "[golden]") {
  check_both("front_ends", nf::tanh(x) * nf::exp(y) - 0.5);  // tests/python/test_kernel_texts.py
}

TEST_CASE("golden: strided operands", "[golden]") {
  using node = decltype(x + y);
  auto const program = nf::expr::compiled<node>::program.view();
  nf::codegen::map_facts f;
  f.rank = 3;
  f.binding_count = 3;
  f.written = 4;
  f.bindings[0] = f.bindings[1] = f.bindings[2] = dtype::float32;
  f.loads[0] = {0, access::vector};
  f.loads[1] = {1, access::splat};
  f.outputs[0] = {2, access::vector};
  check_golden("strided_vectors.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
  f.lanes = 1;
  f.loads[0].how = f.outputs[0].how = access::gather;
  check_golden("strided_elements.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
  check_golden("into_view.approved.glsl", frame([&](char* out) {
                 nf::codegen::map_facts into = f;
                 into.outputs[0].binding = 0;  // where the old contents are
                 return nf::codegen::emit_map(out, dialect::glsl, program, into);
               }));
  f.outputs[0].how = access::linear;
  check_golden("strided_elements.approved.glsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::glsl, program, f); }));
  // x[...] += y: one binding is read and written
  f.rank = 0;
  f.lanes = 4;
  f.binding_count = 2;
  f.written = 1;
  f.loads[0] = {0, access::linear};
  f.loads[1] = {1, access::single};
  f.outputs[0] = {0, access::linear};
  check_golden("in_place.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
}

TEST_CASE("golden: an operand that lies across the others", "[golden]") {
  using node = decltype(x + y);
  auto const program = nf::expr::compiled<node>::program.view();
  nf::codegen::map_facts f;
  f.rank = 3;
  f.binding_count = 3;
  f.written = 4;
  f.bindings[0] = f.bindings[1] = f.bindings[2] = dtype::float32;
  f.loads[0] = {0, access::across};
  f.loads[1] = {1, access::vector};
  f.outputs[0] = {2, access::vector};
  check_golden("blocks.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
}

TEST_CASE("golden: packed elements", "[golden]") {
  nf::array<std::int8_t> const bytes;
  nf::array<nf::float16> const halves;
  using node = decltype(bytes + halves);
  auto const program = nf::expr::compiled<node>::program.view();
  nf::codegen::map_facts f;
  f.rank = 2;
  f.lanes = 1;
  f.binding_count = 3;
  f.written = 4;
  f.bindings[0] = dtype::int8;
  f.bindings[1] = f.bindings[2] = dtype::float16;
  f.loads[0] = f.loads[1] = {0, access::gather};
  f.loads[1].binding = 1;
  f.outputs[0] = {2, access::gather};
  check_golden("packed_elements.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
  f.grouped = true;
  f.outputs[0].how = access::linear;
  check_golden("packed_groups.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_map(out, dialect::wgsl, program, f); }));
  nf::codegen::matmul_facts m;
  m.a = dtype::int8;
  m.result = dtype::uint16;
  std::string const product = frame([&](char* out) { return nf::codegen::emit_matmul(out, m); });
  CHECK(product.find("fetch_a(") != product.npos);
  CHECK(product.find("put_c(") != product.npos);
}

TEST_CASE("golden: reductions", "[golden]") {
  auto const body = nf::expr::compiled<decltype(x * y)>::program.view();
  auto const combine = nf::expr::compiled<decltype(x + y)>::program.view();
  auto const finish = nf::expr::compiled<decltype(x / 2)>::program.view();
  nf::codegen::reduce_facts f;
  f.accumulators[0] = dtype::float32;
  f.rank_out = 1;
  f.lanes = 4;
  f.guarded = true;
  f.binding_count = 2;
  f.bindings[0] = f.bindings[1] = dtype::float32;
  f.loads[0] = {0, access::vector};
  f.loads[1] = {1, access::gather};
  check_golden("reduce_rows.approved.wgsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::wgsl, body, combine, finish, f);
               }));
  check_golden("reduce_rows.approved.glsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::glsl, body, combine, finish, f);
               }));
  f.lanes = 1;
  f.guarded = false;
  f.columns = true;
  f.finish = false;
  f.loads[0].how = access::gather;
  check_golden("reduce_columns.approved.wgsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::wgsl, body, combine, finish, f);
               }));
  f.lanes = 4;
  check_golden("reduce_columns.approved.glsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::glsl, body, combine, finish, f);
               }));
  f.loads[0].how = access::vector;
  check_golden("reduce_four_columns.approved.wgsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::wgsl, body, combine, finish, f);
               }));
}

TEST_CASE("golden: a reduction with several accumulators", "[golden]") {
  using def = nf::expr::named_reduction<nf::ops::reduce_kind::var, dtype::float32>;
  auto const body = nf::expr::compiled<nf::expr::reduce_element<def, nf::array<float>>>::program.view();
  auto const& combine = nf::expr::frozen<def::combine_builder>;
  auto const& finish = nf::expr::frozen<def::finish_builder>;
  nf::codegen::reduce_facts f;
  f.accumulator_count = 3;
  f.accumulators[0] = f.accumulators[1] = dtype::float32;
  f.accumulators[2] = dtype::uint32;
  f.rank_out = 1;
  f.lanes = 4;
  f.guarded = true;
  f.binding_count = 1;
  f.bindings[0] = dtype::float32;
  f.loads[0] = {0, access::gather};
  check_golden("reduce_several.approved.wgsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::wgsl, body, combine.view(), finish.view(), f);
               }));
  f.finish = false;
  check_golden("reduce_several.approved.glsl", frame([&](char* out) {
                 return nf::codegen::emit_reduce(out, dialect::glsl, body, combine.view(), finish.view(), f);
               }));
}

TEST_CASE("golden: scans", "[golden]") {
  auto const body = nf::expr::compiled<decltype(x * y)>::program.view();
  nf::codegen::scan_facts f;
  f.rank = 2;
  f.lanes = 4;
  f.stage = nf::codegen::scan_stage::scan;
  f.binding_count = 2;
  f.bindings[0] = f.bindings[1] = f.bindings[2] = dtype::float32;
  f.loads[0] = {0, access::vector};
  f.loads[1] = {1, access::gather};
  f.output = {2, access::vector};
  auto const text = [&](dialect d) {
    return frame([&](char* out) { return nf::codegen::emit_scan(out, d, body, f); });
  };
  check_golden("scan_rows.approved.wgsl", text(dialect::wgsl));
  f.stage = nf::codegen::scan_stage::totals;
  f.commutes = true;
  check_golden("scan_totals.approved.wgsl", text(dialect::wgsl));
  f.lanes = 1;
  f.columns = f.exclusive = true;
  f.stage = nf::codegen::scan_stage::whole;
  f.loads[0].how = f.output.how = access::gather;
  check_golden("scan_columns.approved.wgsl", text(dialect::wgsl));
  f.axis = 1;
  f.stage = nf::codegen::scan_stage::scan;
  check_golden("scan.approved.glsl", text(dialect::glsl));
}

TEST_CASE("golden: the matrix product", "[golden]") {
  nf::codegen::matmul_facts f{.plan = {32, 32, 8, 4, 4, true}, .batch_rank = 1};
  check_golden("matmul.approved.wgsl", frame([&](char* out) { return nf::codegen::emit_matmul(out, f); }));
  f = {.plan = {32, 32, 16, 4, 8, false},
       .a_load = nf::codegen::tile_load::turned,
       .b_load = nf::codegen::tile_load::vectors,
       .c_vectors = true,
       .whole_k = true,
       .parts = true,
       .a = dtype::float16,
       .result = dtype::float16};
  check_golden("matmul_parts.approved.wgsl", frame([&](char* out) { return nf::codegen::emit_matmul(out, f); }));
  check_golden("matmul_sums.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_matmul_sums(out, dtype::float16, true); }));
  f = {.plan = {32, 32, 8, 4, 4, false},
       .a_load = nf::codegen::tile_load::vectors,
       .b_load = nf::codegen::tile_load::windows,
       .gaps = true,
       .window_axes = 2};
  check_golden("windows.approved.wgsl", frame([&](char* out) { return nf::codegen::emit_matmul(out, f); }));
  f.gaps = false;
  f.quads = nf::codegen::window_quads::along_n;
  check_golden("windows_four_columns.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_matmul(out, f); }));
  f.quads = nf::codegen::window_quads::along_k;
  check_golden("windows_four_rows.approved.wgsl", frame([&](char* out) { return nf::codegen::emit_matmul(out, f); }));
  using nf::codegen::block_access;
  nf::codegen::matmul_fragment_facts g{
      .batch_rank = 1, .rows = 4, .a_access = block_access::along_k, .b_access = block_access::across};
  check_golden("matmul.approved.glsl", frame([&](char* out) { return nf::codegen::emit_matmul_fragment(out, g); }));
  g.tail = true;
  g.a_access = g.b_access = block_access::gather;
  check_golden("matmul_gather.approved.glsl",
               frame([&](char* out) { return nf::codegen::emit_matmul_fragment(out, g); }));
  g.b_access = block_access::windows;
  g.window_axes = 2;
  check_golden("windows.approved.glsl", frame([&](char* out) { return nf::codegen::emit_matmul_fragment(out, g); }));
  check_golden("matmul_rows.approved.glsl",
               frame([&](char* out) { return nf::codegen::emit_matmul_rows(out, 4, false); }));
}

TEST_CASE("golden: a matrix product with an epilogue", "[golden]") {
  // x is the product, y a row of biases.
  auto const program = nf::expr::compiled<decltype(nf::maximum(x + y, 0))>::program.view();
  nf::codegen::matmul_epilogue e{program, {}};
  e.facts.rank = 2;
  e.facts.loads[0] = {nf::codegen::no_binding, access::given};
  e.facts.loads[1] = {2, access::vector};
  e.facts.outputs[0] = {3, access::linear};
  e.facts.bindings[2] = e.facts.bindings[3] = dtype::float32;
  e.facts.binding_count = 4;
  nf::codegen::matmul_facts const f{.plan = {32, 32, 8, 4, 4, false},
                                    .batch_rank = 1,
                                    .a_load = nf::codegen::tile_load::vectors,
                                    .b_load = nf::codegen::tile_load::vectors,
                                    .c_vectors = true,
                                    .whole_k = true};
  check_golden("matmul_epilogue.approved.wgsl", frame([&](char* out) { return nf::codegen::emit_matmul(out, f, &e); }));
  e.facts.lanes = 1;
  e.facts.loads[1] = {1, access::gather};
  e.facts.outputs[0] = {2, access::linear};
  e.facts.bindings[1] = dtype::float32;
  e.facts.binding_count = 3;
  check_golden("matmul_sums_epilogue.approved.wgsl",
               frame([&](char* out) { return nf::codegen::emit_matmul_sums(out, dtype::float32, false, &e); }));
}
