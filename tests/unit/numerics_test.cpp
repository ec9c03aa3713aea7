// The elementary functions against NumPy at special operands, and against double precision over all exponents.
// tests/numerics/ measures them densely, and on a model of a careless GPU.

#include "numerics/devices.hpp"
#include "unit/oracle.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>

namespace numerics = ndfuse::ir::numerics;

namespace {

// In constant expressions: the same definitions, with portable arithmetic in place of instructions.
static_assert(numerics::exp(0.0f) == 1.0f && numerics::exp(1.0f) == 2.7182817f && numerics::exp(-200.0f) == 0.0f);
static_assert(numerics::log2(8.0f) == 3.0f && numerics::exp2(-149.0f) == 0x1p-149f);
static_assert(numerics::sqrt(2.0f) == 1.41421356f && numerics::sqrt(0x1p-149f) == 0x1.6a09e6p-75f &&
              numerics::cbrt(-27.0f) == -3.0f);
static_assert(numerics::sin(1e30f) < 0 && numerics::power(-2.0f, 3.0f) == -8.0f && numerics::fmod(1e38f, 3.0f) == 2.0f);
static_assert(numerics::isnan(numerics::log(-1.0f)) && numerics::isnan(numerics::power(-2.0f, 0.5f)));
static_assert(numerics::rint(2.5f) == 2.0f && numerics::rint(-0.5f) == 0.0f &&
              numerics::signbit(numerics::rint(-0.5f)));
static_assert(numerics::floor(-1.5f) == -2.0f && numerics::ceil(-1.5f) == -1.0f && numerics::trunc(-1.5f) == -1.0f);
static_assert(numerics::round_to_half(65520.0f) == ndfuse::ir::infinity(0.0f) && numerics::half_bits(1.0f) == 0x3c00u);
static_assert(numerics::floor_divide(-7, 2) == -4 && numerics::remainder(-7, 2) == 1 && numerics::fmod(-7, 2) == -1);
static_assert(numerics::floor_divide(7, 0) == 0 && numerics::remainder(7u, 0u) == 0u);
static_assert(numerics::power(3, 4) == 81 && numerics::power(-1, -3) == -1 && numerics::power(1, -3) == 1);
static_assert(numerics::power(2, -1) == 0 && numerics::power(0, -1) == 0 && numerics::power(-1, -4) == 1);

struct computed {
  bool known = false;
  std::uint32_t bits = 0;
};

/// The bits of a function of floats.
computed of_floats(std::string const& function, bool binary, std::uint32_t x, std::uint32_t y) {
  float const a = std::bit_cast<float>(x), b = std::bit_cast<float>(y);
  float result = 0;
  bool const known = numerics_test::compute_with<float>(
      function, {&a, 1}, binary ? std::span<float const>(&b, 1) : std::span<float const>(), {&result, 1});
  return {known, std::bit_cast<std::uint32_t>(result)};
}

/// The bits of a function of int32 or uint32.
template <class I>
computed of_integers(std::string const& function, std::uint32_t x, std::uint32_t y) {
  I const a = static_cast<I>(x), b = static_cast<I>(y);
#define NUMERICS_TEST_UNARY(name) \
  if (function == #name) return {true, static_cast<std::uint32_t>(numerics::name(a))};
#define NUMERICS_TEST_BINARY(name) \
  if (function == #name) return {true, static_cast<std::uint32_t>(numerics::name(a, b))};
  NUMERICS_TEST_UNARY(sign)
  NUMERICS_TEST_UNARY(absolute)
  NUMERICS_TEST_UNARY(square)
  NUMERICS_TEST_BINARY(floor_divide)
  NUMERICS_TEST_BINARY(remainder)
  NUMERICS_TEST_BINARY(fmod)
  NUMERICS_TEST_BINARY(power)
  NUMERICS_TEST_BINARY(left_shift)
  NUMERICS_TEST_BINARY(right_shift)
  NUMERICS_TEST_BINARY(minimum)
  NUMERICS_TEST_BINARY(maximum)
  NUMERICS_TEST_BINARY(fmin)
  NUMERICS_TEST_BINARY(fmax)
#undef NUMERICS_TEST_UNARY
#undef NUMERICS_TEST_BINARY
  return {};
}

/// NaN, infinities and zeros exactly; other values within the limit of ours and 2 ULP of NumPy's own.
bool agrees(std::string const& function, float x, float y, float got, float expected) {
  double limit = 0, scale = 0;
  for (auto const& f : numerics_test::unary_functions)
    if (f.name == function) limit = f.limit;
  for (auto const& f : numerics_test::binary_functions) {
    if (f.name != function) continue;
    limit = f.limit;
    if (f.cancels && std::isfinite(x) && std::isfinite(y))
      scale = static_cast<double>(std::fmax(std::fabs(x), std::fabs(y)));
  }
  if (expected == 0 && got == 0) {
    bool const zeros = x == 0 && y == 0 && (function.contains("min") || function.contains("max"));
    return zeros || std::signbit(got) == std::signbit(expected);  // NumPy leaves open which zero is the smaller
  }
  if (std::isinf(expected)) return got == expected;
  return numerics_test::ulp_error(got, static_cast<double>(expected), scale) <= (limit > 0 ? limit + 2 : 0);
}

void report(numerics_test::outcome const& r) {
  INFO(r.function << ": " << r.wrong << " of " << r.count << " wrong, the first at " << r.wrong_x << ", " << r.wrong_y
                  << ": " << r.wrong_got << ", expected " << r.wrong_expected);
  CHECK(r.computed);
  CHECK(r.wrong == 0);
}

}  // namespace

TEST_CASE("numerics: NumPy's results at special operands") {
  std::size_t rows = 0;
  for (std::string const& line : oracle::lines("numerics.txt")) {
    std::istringstream words(line);
    std::string function, types;
    std::uint32_t x = 0, y = 0, expected = 0;
    REQUIRE(words >> function >> types >> x >> y >> expected);
    ++rows;
    bool const floats = types.starts_with("float");
    computed const got = floats                      ? of_floats(function, types == "floats", x, y)
                         : types.starts_with("uint") ? of_integers<std::uint32_t>(function, x, y)
                                                     : of_integers<std::int32_t>(function, x, y);
    bool const right = got.known && (floats ? agrees(function, std::bit_cast<float>(x), std::bit_cast<float>(y),
                                                     std::bit_cast<float>(got.bits), std::bit_cast<float>(expected))
                                            : got.bits == expected);
    if (right) continue;
    auto const shown = [&](std::uint32_t u) {
      return floats                      ? static_cast<double>(std::bit_cast<float>(u))
             : types.starts_with("uint") ? u
                                         : static_cast<std::int32_t>(u);
    };
    INFO(function << "(" << shown(x) << ", " << shown(y) << ") = " << shown(got.bits) << ", NumPy gives "
                  << shown(expected));
    CHECK(right);
  }
  CHECK(rows > 10000);
}

TEST_CASE("numerics: within the limits over all exponents") {
  auto const cpu = numerics_test::cpu_device();
  for (auto const& f : numerics_test::unary_functions) report(sweep(cpu, f, 262147));
  for (auto const& f : numerics_test::binary_functions) report(sweep(cpu, f, 2000));
}

TEST_CASE("numerics: every float16 survives being widened") {
  for (std::uint32_t h = 0; h < 0x10000u; ++h) {
    bool const nan = (h & 0x7fffu) > 0x7c00u;
    std::uint32_t const back = numerics::half_bits(numerics::half_value(h));
    if (nan ? (back & 0x7fffu) <= 0x7c00u : back != h) FAIL_CHECK(h << " came back as " << back);
  }
}
