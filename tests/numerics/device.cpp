// The sweep on the device that the program was started on, through arrays, as users compute: WebGPU in Node by ctest,
// WebGL2 in a page by web-harness/specs/numerics.spec.js.
//
//   numerics_device [--only FUNCTION] [--limit ULP]
//
// Prints the worst error of each function, then what the device's own arithmetic does where its language leaves that
// open. Fails beyond the limits of table.hpp, or beyond `--limit` for all. Subnormals may be flushed; everything else
// is held to the limits that the CPU is held to.

#include "sweep.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>

namespace {

using namespace numerics_test;
namespace nf = ndfuse;
namespace ir = nf::ir;

constexpr std::uint64_t stride = 4099, pairs = 250'000;
constexpr std::size_t block = 1 << 20;

nf::array<float> upload(std::span<const float> values) { return {values, {nf::index(values.size())}}; }

template <ir::opcode Op> void compute(std::span<const float> x, std::span<const float> y, std::span<float> result) {
  using operand = nf::array<float>;
  auto const fetch = [&](auto const& expression) {
    auto const values = nf::to_host(expression);
    std::transform(values.begin(), values.end(), result.begin(), [](auto v) { return float(v); });
  };
  if constexpr (ir::info(Op).arity == 1) fetch(nf::expr::unary<Op, operand>(upload(x)));
  else fetch(nf::expr::binary<Op, operand, operand>(upload(x), upload(y)));
}

/// Whether table.hpp has the operation. Division is the device's own, and has no promise.
consteval bool is_listed(ir::opcode op) {
  for (unary_function const& f : unary_functions)
    if (f.name == ir::info(op).name) return true;
  for (binary_function const& f : binary_functions)
    if (f.name == ir::info(op).name) return op != ir::opcode::divide;
  return false;
}

using computes = void (*)(std::span<const float>, std::span<const float>, std::span<float>);

template <ir::opcode Op> constexpr computes operation_of() {
  if constexpr (is_listed(Op)) return compute<Op>;
  else return nullptr;
}

/// How a function is computed; null for what is not an operation of arrays.
computes operation(std::string_view function) {
#define NUMERICS_TEST_OPERATION(name, ...) \
  if (function == #name) return operation_of<ir::opcode::name>();
  NDFUSE_OPCODES(NUMERICS_TEST_OPERATION)
#undef NUMERICS_TEST_OPERATION
  return nullptr;
}

int sweep_all(std::string_view only, std::optional<double> limit) {
  int failures = 0, tested = 0;
  device const here{
      "here",
      [](std::string_view function, std::span<const float> x, std::span<const float> y, std::span<float> result) {
        operation(function)(x, y, result);
        return true;
      },
      nf::device::current().kind() != nf::device_kind::cpu};
  auto const report = [&](auto f, std::uint64_t amount) {
    if ((!only.empty() && f.name != only) || operation(f.name) == nullptr) return;
    ++tested;
    f.limit = limit.value_or(f.limit);
    outcome const r = sweep(here, f, amount, block);
    std::printf("%.*s %.2f", int(f.name.size()), f.name.data(), r.worst);
    if (r.worst != 0) std::printf(" at %.9g, %.9g", double(r.x), double(r.y));
    std::putchar('\n');
    if (r.wrong == 0) return;
    ++failures;
    std::printf("FAILED %.*s: %llu of %llu wrong, the first at %a, %a: %a, expected %a\n", int(f.name.size()),
                f.name.data(), static_cast<unsigned long long>(r.wrong), static_cast<unsigned long long>(r.count),
                double(r.wrong_x), double(r.wrong_y), double(r.wrong_got), r.wrong_expected);
  };
  for (unary_function const& f : unary_functions) report(f, stride);
  for (binary_function const& f : binary_functions) report(f, pairs);
  std::printf("%d functions, %d failures\n", tested, failures);
  return failures == 0 && tested != 0 ? 0 : 1;
}

/// What the device itself makes of operands for which the shading languages promise nothing.
void describe() {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  auto const show = [](char const* what, auto const& expression) {
    std::printf("%s: %a\n", what, double(nf::item(expression)));
  };
  auto const one = [](float v) { return upload({&v, 1}); };
  float const odd[] = {value(0x7fa12345u), 0x1p-149f};
  auto const copied = nf::to_host(upload(odd)[nf::slice(nf::none, nf::none, -1)]);
  std::printf("copies of 7fa12345 and 00000001: %08x %08x\n", bits(copied[1]), bits(copied[0]));
  show("2^-149 * 1", one(0x1p-149f) * one(1));
  show("2^-126 / 2", one(0x1p-126f) / one(2));
  show("1 / 0", one(1) / one(0));
  show("0 / 0", one(0) / one(0));
  show("infinity - infinity", one(infinity) - one(infinity));
  show("infinity * 0", one(infinity) * one(0));
  show("largest * 2", one(0x1.fffffep127f) * one(2));
  show("NaN == NaN", one(nan) == one(nan));
  show("NaN < 1", one(nan) < one(1));
  show("NaN + 1", one(nan) + one(1));
}

}  // namespace

int main(int count, char** words) try {
  std::string_view only;
  std::optional<double> limit;
  for (int i = 1; i < count; ++i) {
    std::string_view const word = words[i];
    if (i + 1 < count && word == "--only") only = words[++i];
    else if (i + 1 < count && word == "--limit") limit = std::strtod(words[++i], nullptr);
    else return std::fprintf(stderr, "usage: [--only FUNCTION] [--limit ULP]\n"), 2;
  }
  int const status = sweep_all(only, limit);
  if (only.empty()) describe();
  return status;
} catch (std::exception const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
