// The text of scalar functions: the same at compile time and at run time; literals that read back to the same bits;
// helpers in order.

#include <catch_amalgamated.hpp>

#include <ndfuse/codegen/helpers.hpp>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <string_view>

using ndfuse::dtype;
using namespace ndfuse::ir;
namespace codegen = ndfuse::codegen;
using codegen::dialect;

namespace {

std::string text_of(dialect d, program_view p) {
  std::string text(codegen::emit_function(nullptr, d, p, {"", "body", ""}), '?');
  std::size_t const written = codegen::emit_function(text.data(), d, p, {"", "body", ""});
  CHECK(written == text.size());
  return text;
}

constexpr void build(builder& b) {
  value const x = b.load(dtype::float32), i = b.load(dtype::int16);
  value const y = b.apply(opcode::sinh, b.apply(opcode::divide, x, b.weak_constant(3)));
  b.output(
      b.apply(opcode::where, b.apply(opcode::less, x, i), y, b.apply(opcode::floor_divide, i, b.weak_constant(-7))));
  b.output(b.cast(b.apply(opcode::power, y, b.weak_constant(0.3)), dtype::float16));
}
constexpr std::size_t built_size = [] {
  builder b;
  build(b);
  b.finish();
  return b.code().size();
}();
constexpr auto built = [] {
  builder b;
  build(b);
  b.finish();
  return b.freeze<built_size, 2>();
}();
template <dialect D> constexpr auto compiled_text = [] {
  constexpr std::size_t size = codegen::emit_function(nullptr, D, built.view(), {"", "body", ""});
  std::array<char, size> text{};
  codegen::emit_function(text.data(), D, built.view(), {"", "body", ""});
  return text;
}();

std::string literal(float v, bool hexadecimal) {
  char text[64];
  codegen::sink out(text);
  out.float_literal(v, hexadecimal);
  return {text, out.size()};
}
/// The value of a literal as a shader compiler reads it.
float parse(std::string_view text) {
  bool const negative = text.starts_with("(-");
  if (negative) text = text.substr(2, text.size() - 3);
  float value = 0;
  if (std::string_view const call = "uintBitsToFloat("; text.starts_with(call)) {
    std::string const digits(text.substr(call.size(), text.size() - call.size() - 2));
    value = std::bit_cast<float>(std::uint32_t(std::strtoul(digits.c_str(), nullptr, 16)));
  } else {
    char* end = nullptr;
    std::string const digits(text);
    value = std::strtof(digits.c_str(), &end);
    if (*end != '\0' || !digits.contains('.')) FAIL_CHECK("not a float literal: " << digits);
  }
  return negative ? -value : value;
}

}  // namespace

TEST_CASE("text made by the compiler and at run time is the same") {
  builder b;
  build(b);
  b.finish();
  CHECK(std::ranges::equal(b.code(), built.code));
  CHECK(hash(b.view()) == hash(built.view()));
  CHECK(text_of(dialect::wgsl, b.view()) ==
        std::string_view(compiled_text<dialect::wgsl>.data(), compiled_text<dialect::wgsl>.size()));
  CHECK(text_of(dialect::glsl, b.view()) ==
        std::string_view(compiled_text<dialect::glsl>.data(), compiled_text<dialect::glsl>.size()));
}

TEST_CASE("float literals read back to the same bits") {
  std::size_t wrong = 0, decimal = 0;
  auto const check = [&](float v) {
    for (bool hexadecimal : {true, false}) {
      std::string const text = literal(v, hexadecimal);
      if (hexadecimal && !text.contains("0x")) ++decimal;
      if (std::bit_cast<std::uint32_t>(parse(text)) != std::bit_cast<std::uint32_t>(v) && ++wrong < 5)
        FAIL_CHECK(std::hexfloat << v << " is written " << text);
    }
  };
  for (std::uint32_t bits = 0; bits < 0x7f800000u; bits += 65521u) {
    check(std::bit_cast<float>(bits));
    check(std::bit_cast<float>(bits | 0x80000000u));
  }
  for (int n = -20000; n <= 20000; ++n) check(float(n) / 1000.0f), check(float(n) * 37.0f), check(float(n) / 8192.0f);
  for (float v : {std::numeric_limits<float>::max(), std::numeric_limits<float>::min(),
                  std::numeric_limits<float>::denorm_min(), 9999999.0f, 1e-4f})
    check(v);
  CHECK(wrong == 0);
  CHECK(decimal > 30000);  // ordinary numbers stay readable
  CHECK(literal(2.0f, true) == "2.0");
  CHECK(literal(-0.0f, true) == "(-0.0)");
  CHECK(literal(0.1f, false) == "0.1");
}

TEST_CASE("64-bit types have no text, and the error says where they live") {
  for (dtype const t : {dtype::int64, dtype::uint64, dtype::float64, dtype::complex128}) {
    builder b;
    b.output(b.load(t));
    b.finish();
    CHECK_THROWS_WITH(text_of(dialect::wgsl, b.view()),
                      std::string(name(t)) + " has no GPU type: such arrays are computed on the cpu device");
  }
}

TEST_CASE("signed and unsigned integers are compared without 64-bit types") {
  builder b;
  b.output(b.apply(opcode::less, b.load(dtype::int32), b.load(dtype::uint32)));
  b.output(b.apply(opcode::equal, b.load(dtype::uint32), b.load(dtype::int8)));
  b.finish();
  std::string const text = text_of(dialect::wgsl, b.view());
  CHECK(text.contains(" < x1;"));
}

TEST_CASE("integer literals") {
  builder b;
  value const i = b.load(dtype::int32), u = b.load(dtype::uint32);
  b.output(b.apply(opcode::bitwise_xor, i, b.weak_constant(INT32_MIN)));
  b.output(b.apply(opcode::bitwise_xor, i, b.weak_constant(-1)));
  b.output(b.apply(opcode::bitwise_xor, u, b.weak_constant(UINT32_MAX)));
  b.output(b.apply(opcode::bitwise_xor, u, b.weak_constant(65535)));
  b.finish();
  std::string const text = text_of(dialect::wgsl, b.view());
  CHECK(text.contains("x0 ^ (-2147483647 - 1);"));
  CHECK(text.contains("x0 ^ (-1);"));
  CHECK(text.contains("x1 ^ 0xffffffffu;"));
  CHECK(text.contains("x1 ^ 65535u;"));
}

TEST_CASE("a program's helper functions come once each, callees first") {
  auto const check = []<dialect D>() {
    std::set<std::string, std::less<>> defined{"nf_from_bits"};
    auto const check_calls = [&](std::string_view text, std::string_view own) {
      for (std::size_t at = text.find("nf_"); at != text.npos; at = text.find("nf_", at + 1)) {
        std::string const callee(text.substr(at, text.find('(', at) - at));
        INFO(own << " calls " << callee);
        CHECK((callee == own || defined.contains(callee)));
      }
    };
    for (std::string_view const text : codegen::helper_texts<D, built>) {
      std::size_t const at = text.find("nf_");
      std::string const own(text.substr(at, text.find('(', at) - at));
      check_calls(text, own);
      CHECK(defined.insert(own).second);
      CHECK(text.substr(text.size() - 2) == "}\n");
    }
    CHECK(defined.contains("nf_sinh"));
    CHECK(defined.contains("nf_floor_divide_i32"));
    CHECK(defined.contains("nf_power"));
    CHECK(defined.contains("nf_round_to_half"));
    check_calls(text_of(D, built.view()).substr(0), "body");
  };
  check.operator()<dialect::wgsl>();
  check.operator()<dialect::glsl>();
}
