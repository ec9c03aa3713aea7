// Programs are built, verified, hashed, run and written out in constant expressions, with the results of the run-time
// code.

#include <ndfuse/codegen/function.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/ir/interpret.hpp>
#include <ndfuse/ir/verify.hpp>

#include <array>
#include <string_view>

using namespace ndfuse;
using namespace ndfuse::ir;

namespace {

/// A program that `Build` makes, with exactly sized arrays.
template <auto Build> constexpr auto program = [] {
  constexpr auto made = [] {
    builder b;
    Build(b);
    b.finish();
    return b;
  };
  return made().template freeze<made().code().size(), made().output_count()>();
}();

template <auto Build, codegen::dialect D> constexpr auto text_array = [] {
  constexpr auto write = [](char* out) {
    return codegen::emit_function(out, D, program<Build>.view(), {"", "body", ""});
  };
  std::array<char, write(nullptr)> text{};
  write(text.data());
  return text;
}();
template <auto Build> constexpr std::string_view wgsl(text_array<Build, codegen::dialect::wgsl>.data(),
                                                      text_array<Build, codegen::dialect::wgsl>.size());
template <auto Build> constexpr std::string_view glsl(text_array<Build, codegen::dialect::glsl>.data(),
                                                      text_array<Build, codegen::dialect::glsl>.size());

template <class R, auto Build, class... T> constexpr R run(T... loads) {
  std::array<tagged_value, sizeof...(T)> const elements{tagged_value::from(loads)...};
  return interpret(program<Build>.view(), elements)[0].template get<R>();
}

// --- arithmetic with a literal, a weak scalar of the launch, and a small integer

constexpr auto scale = [](builder& b) {
  value const x = b.load(dtype::float32), y = b.load(dtype::int8);
  b.output(b.apply(opcode::add, b.apply(opcode::multiply, x, b.weak_constant(2.5)), b.scalar(weak_kind::floating)));
  b.output(b.apply(opcode::add, y, b.weak_constant(-3)));
};
static_assert(verify(program<scale>.view()).empty());
static_assert(wgsl<scale> == R"(struct body_results {
  r0: f32,
  r1: i32,
}
fn body(x0: f32, x1: i32, s4: f32) -> body_results {
  let v3 = x0 * 2.5;
  let v5 = v3 + s4;
  let v8 = x1 + (-3);
  let v9 = ((v8) << 24u) >> 24u;
  return body_results(v5, v9);
}
)");
static_assert(glsl<scale> == R"(struct body_results {
  float r0;
  int r1;
};
body_results body(float x0, int x1, float s4) {
  float v3 = x0 * 2.5;
  float v5 = v3 + s4;
  int v8 = x1 + (-3);
  int v9 = ((v8) << 24u) >> 24u;
  return body_results(v5, v9);
}
)");

// --- a loop whose carried values swap: the kernel must keep what it overwrites

constexpr auto swap = [](builder& b) {
  ndfuse::detail::list<value> initial, next;
  initial.push_back(b.load(dtype::float32));
  initial.push_back(b.load(dtype::float32));
  auto const v = b.begin_loop(b.weak_constant(3), initial);
  b.break_if(b.apply(opcode::less, v[0], v[1]));
  next.push_back(v[1]);
  next.push_back(v[0]);
  b.output(b.end_loop(next)[0]);
};
static_assert(verify(program<swap>.view()).empty());
static_assert(run<float, swap>(9.0f, 4.0f) == 4.0f);
static_assert(run<float, swap>(4.0f, 9.0f) == 4.0f);
static_assert(wgsl<swap> == R"(fn body(x0: f32, x1: f32) -> f32 {
  var v4 = x0;
  var v5 = x1;
  for (var t3 = 0; t3 < 3; t3++) {
    let v6 = v4 < v5;
    if (v6) { break; }
    let n9 = v4;
    v4 = v5;
    v5 = n9;
  }
  let v11 = v4;
  return v11;
}
)");
static_assert(glsl<swap> == R"(float body(float x0, float x1) {
  float v4 = x0;
  float v5 = x1;
  for (int t3 = 0; t3 < 3; t3++) {
    bool v6 = v4 < v5;
    if (v6) { break; }
    float n9 = v4;
    v4 = v5;
    v5 = n9;
  }
  float v11 = v4;
  return v11;
}
)");

// --- casts

constexpr auto casts = [](builder& b) {
  value const x = b.load(dtype::float32);
  for (dtype const t : {dtype::uint32, dtype::int16, dtype::uint8, dtype::bool_, dtype::complex64, dtype::float16})
    b.output(b.cast(x, t));
};
static_assert(wgsl<casts> == R"(struct body_results {
  r0: u32,
  r1: i32,
  r2: u32,
  r3: bool,
  r4: vec2<f32>,
  r5: f32,
}
fn body(x0: f32) -> body_results {
  let v1 = select(u32(x0), u32(i32(x0)), x0 < 0.0);
  let v2 = ((i32(x0)) << 16u) >> 16u;
  let v3 = (select(u32(x0), u32(i32(x0)), x0 < 0.0)) & 255u;
  let v4 = !(x0 == 0.0);
  let v5 = vec2<f32>(f32(x0), 0.0);
  let v6 = nf_round_to_half(x0);
  return body_results(v1, v2, v3, v4, v5, v6);
}
)");
static_assert(run<std::uint32_t, casts>(-1.5f) == 0xffffffffu);

// --- booleans and complex numbers have instructions of their own

constexpr auto logic = [](builder& b) {
  value const z = b.load(dtype::complex64), t = b.load(dtype::bool_);
  b.output(b.apply(opcode::where, t, b.apply(opcode::multiply, z, b.weak_constant(std::complex<double>(0, 1))), z));
  b.output(b.apply(opcode::add, t, b.apply(opcode::less, t, b.constant(true, dtype::bool_))));
};
static_assert(run<std::complex<float>, logic>(std::complex<float>(2, 3), true) == std::complex<float>(-3, 2));
static_assert(glsl<logic> == R"(struct body_results {
  vec2 r0;
  bool r1;
};
body_results body(vec2 x0, bool x1) {
  vec2 v3 = nf_complex_multiply_c64(x0, vec2(0.0, 1.0));
  vec2 v4 = x1 ? v3 : x0;
  uint v5 = uint(x1);
  bool v7 = v5 < 1u;
  bool v8 = x1 || v7;
  return body_results(v4, v8);
}
)");

// --- values

template <opcode Op> constexpr auto unary_of = [](builder& b) { b.output(b.apply(Op, b.load(dtype::float32))); };
template <opcode Op, dtype T> constexpr auto binary_of = [](builder& b) {
  value const x = b.load(T), y = b.load(T);
  b.output(b.apply(Op, x, y));
};
static_assert(run<float, unary_of<opcode::sqrt>>(2.0f) == 1.41421354f);
static_assert(run<float, unary_of<opcode::exp>>(0.0f) == 1.0f);
static_assert(run<float, unary_of<opcode::rint>>(2.5f) == 2.0f);
static_assert(run<bool, unary_of<opcode::signbit>>(-0.0f));
static_assert(run<std::int8_t, binary_of<opcode::add, dtype::int8>>(std::int8_t(127), std::int8_t(1)) == -128);
static_assert(run<std::int32_t, binary_of<opcode::floor_divide, dtype::int32>>(-7, 2) == -4);
static_assert(run<std::int32_t, binary_of<opcode::floor_divide, dtype::int32>>(INT32_MIN, -1) == INT32_MIN);
static_assert(run<std::int32_t, binary_of<opcode::remainder, dtype::int32>>(-7, 0) == 0);
static_assert(run<std::uint64_t, binary_of<opcode::left_shift, dtype::uint64>>(std::uint64_t(1), std::uint64_t(64)) ==
              0);
static_assert(float(run<float16, binary_of<opcode::multiply, dtype::float16>>(float16(300.0f), float16(300.0f))) ==
              std::numeric_limits<float>::infinity());

// --- equal programs are equal bytes, whoever builds them

constexpr auto with_dead_code = [](builder& b) {
  value const x = b.load(dtype::float32);
  b.apply(opcode::sin, x);
  b.output(b.apply(opcode::sqrt, x));
};
static_assert(hash(program<with_dead_code>.view()) == hash(program<unary_of<opcode::sqrt>>.view()));
static_assert(hash(program<unary_of<opcode::sqrt>>.view()) != hash(program<unary_of<opcode::cbrt>>.view()));

}  // namespace
