#include "values.hpp"

#include <cmath>
#include <complex>
#include <limits>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

namespace {

template <class E> constexpr nf::dtype type_of(E const&) { return nf::dtype_of_expression<E>; }

}  // namespace

TEST_CASE("expr: operators on floats", "[expr][device]") {
  nf::array<float> const x = {-7.5f, -1, 0, 2, 7.5f}, y = {2, -2, 3, 0.5f, -2};
  CHECK(values(x + y) == floats{-5.5f, -3, 3, 2.5f, 5.5f});
  CHECK(values(x - y) == floats{-9.5f, 1, -3, 1.5f, 9.5f});
  CHECK(values(x * y) == floats{-15, 2, 0, 1, -15});
  CHECK(values(x / y) == floats{-3.75f, 0.5f, 0, 4, -3.75f});
  CHECK(values(x % y) == floats{0.5f, -1, 0, 0, -0.5f});
  CHECK(values(-x) == floats{7.5f, 1, -0.f, -2, -7.5f});
  CHECK(values(x < y) == bytes{1, 0, 1, 0, 0});
  CHECK(values(x <= y) == bytes{1, 0, 1, 0, 0});
  CHECK(values(x > y) == bytes{0, 1, 0, 1, 1});
  CHECK(values(x >= 2) == bytes{0, 0, 0, 1, 1});
  CHECK(values(2 == x) == bytes{0, 0, 0, 1, 0});
  CHECK(values(x != 0) == bytes{1, 1, 0, 1, 1});
  CHECK(values(1 - x) == floats{8.5f, 2, 1, -1, -6.5f});
  CHECK(values(6 / (y * 2)) == floats{1.5f, -1.5f, 1, 6, -1.5f});
  CHECK(values(x / 0)[0] == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(values(x / 0)[2]));
  CHECK(values(!x) == bytes{0, 0, 1, 0, 0});
  CHECK(values(x && y > 0) == bytes{1, 0, 0, 1, 0});
  CHECK(values(x || y > 2) == bytes{1, 1, 1, 1, 1});
}

TEST_CASE("expr: operators on integers follow numpy in signs, wrapping and division by zero", "[expr][device]") {
  nf::array<std::int32_t> const x = {-7, 7, -7, 7, INT32_MIN, INT32_MIN, 5}, y = {2, -2, -2, 2, -1, 0, 0};
  CHECK(values(nf::floor_divide(x, y)) == ints{-4, -4, 3, 3, INT32_MIN, 0, 0});
  CHECK(values(x % y) == ints{1, -1, -1, 1, 0, 0, 0});
  CHECK(values(nf::fmod(x, y)) == ints{-1, 1, -1, 1, 0, 0, 0});
  CHECK(values(x * 3) == ints{-21, 21, -21, 21, INT32_MIN, INT32_MIN, 15});
  CHECK(values(-x)[4] == INT32_MIN);
  CHECK(values(nf::abs(x))[4] == INT32_MIN);
  CHECK(values(x & 6) == ints{0, 6, 0, 6, 0, 0, 4});
  CHECK(values(x | 1) == ints{-7, 7, -7, 7, INT32_MIN + 1, INT32_MIN + 1, 5});
  CHECK(values(x ^ -1) == ints{6, -8, 6, -8, INT32_MAX, INT32_MAX, -6});
  CHECK(values(~x) == ints{6, -8, 6, -8, INT32_MAX, INT32_MAX, -6});
  CHECK(values(x << 1) == ints{-14, 14, -14, 14, 0, 0, 10});
  CHECK(values(x >> 1) == ints{-4, 3, -4, 3, INT32_MIN / 2, INT32_MIN / 2, 2});
  CHECK(values(x << 32) == ints(7, 0));
  CHECK(values(x >> 40) == ints{-1, 0, -1, 0, -1, -1, 0});
  CHECK(values(nf::power(nf::array<std::int32_t>{2, -3, 0, 7}, nf::array<std::int32_t>{10, 3, 0, 1})) ==
        ints{1024, -27, 1, 7});
  CHECK(type_of(x / y) == nf::dtype::float32);
  CHECK(values(x / 2) == floats{-3.5f, 3.5f, -3.5f, 3.5f, -1073741824, -1073741824, 2.5f});

  nf::array<std::uint32_t> const u = {0, 1, UINT32_MAX};
  CHECK(values(u - 1) == std::vector<std::uint32_t>{UINT32_MAX, 0, UINT32_MAX - 1});
  CHECK(values(-u) == std::vector<std::uint32_t>{0, UINT32_MAX, 1});
  CHECK(values(u > 5) == bytes{0, 0, 1});
  CHECK(values(u >> 31) == std::vector<std::uint32_t>{0, 0, 1});
}

TEST_CASE("expr: small integers wrap at their own size", "[expr][device]") {
  nf::array<std::int8_t> const a = {127, -128, 100, -1}, b = {1, -1, 100, 2};
  CHECK(values(a + b) == std::vector<std::int8_t>{-128, 127, -56, 1});
  CHECK(values(a * b) == std::vector<std::int8_t>{127, -128, 16, -2});
  CHECK(values((a + b) / b) == floats{-128, -127, -0.56f, 0.5f});
  CHECK(values(a + b > 0) == bytes{0, 1, 0, 1});  // wraps before it is compared
  CHECK(values(-a) == std::vector<std::int8_t>{-127, -128, -100, 1});
  nf::array<std::uint8_t> const u = {200, 255, 0, 1};
  CHECK(values(u + 100) == bytes{44, 99, 100, 101});
  CHECK(values(~u) == bytes{55, 0, 255, 254});
  CHECK(values(u << 1) == bytes{144, 254, 0, 2});
  CHECK(values(a + u) == std::vector<std::int16_t>{327, 127, 100, 0});
  CHECK(type_of(a + u) == nf::dtype::int16);
}

TEST_CASE("expr: booleans", "[expr][device]") {
  nf::array<bool> const a = {false, false, true, true}, b = {false, true, false, true};
  CHECK(values(a + b) == bytes{0, 1, 1, 1});
  CHECK(values(a * b) == bytes{0, 0, 0, 1});
  CHECK(values(a & b) == bytes{0, 0, 0, 1});
  CHECK(values(a | b) == bytes{0, 1, 1, 1});
  CHECK(values(a ^ b) == bytes{0, 1, 1, 0});
  CHECK(values(~a) == bytes{1, 1, 0, 0});
  CHECK(values(a < b) == bytes{0, 1, 0, 0});
  CHECK(values(a == b) == bytes{1, 0, 0, 1});
  CHECK(values(a != b) == bytes{0, 1, 1, 0});
  CHECK(values(a + 1) == ints{1, 1, 2, 2});
  CHECK(values(a * 2.5f) == floats{0, 0, 2.5f, 2.5f});
  CHECK(values(a / b)[3] == 1.f);
  CHECK(type_of(nf::sqrt(a)) == nf::dtype::float16);
}

TEST_CASE("expr: halves compute in float32 and round once a step", "[expr][device]") {
  using nf::float16;
  nf::array<float16> const h = {float16(1.f), float16(2048.f), float16(65504.f), float16(-0.f)};
  CHECK(type_of(h + 1) == nf::dtype::float16);
  auto const sum = values(h + 1);
  CHECK(float(sum[0]) == 2.f);
  CHECK(float(sum[1]) == 2048.f);  // 2049 is no half
  CHECK(float(sum[2]) == 65504.f);
  CHECK(std::isinf(float(values(h * 2)[2])));
  CHECK(values(h + 0.5f == 1.5f) == bytes{1, 0, 0, 0});
  CHECK(float(values((h + 1) - h)[1]) == 0.f);  // the sum was rounded to a half before
  CHECK(type_of(h + nf::array<float>{1}) == nf::dtype::float32);
}

TEST_CASE("expr: complex numbers", "[expr][device]") {
  using c = std::complex<float>;
  nf::array<c> const z = {c(1, 2), c(0, -1), c(3, 4)}, w = {c(2, 0), c(0, 1), c(1, -1)};
  CHECK(values(z + w) == std::vector<c>{{3, 2}, {0, 0}, {4, 3}});
  CHECK(values(z * w) == std::vector<c>{{2, 4}, {1, 0}, {7, 1}});
  CHECK(values(z / w) == std::vector<c>{{0.5f, 1}, {-1, 0}, {-0.5f, 3.5f}});
  CHECK(values(-z) == std::vector<c>{{-1, -2}, {0, 1}, {-3, -4}});
  CHECK(values(nf::real(z)) == floats{1, 0, 3});
  CHECK(values(nf::imag(z)) == floats{2, -1, 4});
  CHECK(values(nf::conjugate(z)) == std::vector<c>{{1, -2}, {0, 1}, {3, -4}});
  CHECK(values(nf::abs(z))[2] == 5.f);
  CHECK(values(z == w) == bytes{0, 0, 0});
  CHECK(values(z != z) == bytes{0, 0, 0});
  CHECK(values(z * c(0, 1)) == std::vector<c>{{-2, 1}, {1, 0}, {-4, 3}});
  CHECK(values(nf::array<float>{1, 2, 3} * w) == std::vector<c>{{2, 0}, {0, 2}, {3, -3}});
  CHECK(values(nf::where(nf::real(z) > 0, z, w)) == std::vector<c>{{1, 2}, {0, 1}, {3, 4}});
  nf::array<c> m = nf::full({2, 2}, c(1, -1));
  m[0] *= c(0, 2);
  CHECK(values(m) == std::vector<c>{{2, 2}, {2, 2}, {1, -1}, {1, -1}});
  CHECK(values(z[slice(none, none, -2)]) == std::vector<c>{{3, 4}, {1, 2}});
}

TEST_CASE("expr: plain scalars are weak", "[expr][device]") {
  nf::array<float> const f = {1};
  nf::array<std::int32_t> const i = {1};
  nf::array<std::uint8_t> const u = {1};
  CHECK(type_of(f + 1) == nf::dtype::float32);
  CHECK(type_of(f + 1.0) == nf::dtype::float32);
  CHECK(type_of(f + 1ll) == nf::dtype::float32);
  CHECK(type_of(i + 1.0) == nf::dtype::float32);
  CHECK(type_of(i + 1ull) == nf::dtype::int32);
  CHECK(type_of(i + true) == nf::dtype::int32);
  CHECK(type_of(u + 1) == nf::dtype::uint8);
  CHECK(type_of(u + 0.5) == nf::dtype::float32);
  CHECK(type_of(f + std::complex<double>(0, 1)) == nf::dtype::complex64);
  CHECK(type_of(nf::array<bool>{true} + 1) == nf::dtype::int32);
  CHECK(type_of(nf::array<nf::float16>{nf::float16(1.f)} * 2.0) == nf::dtype::float16);
  CHECK(type_of(nf::array<double>{1} * 2) == nf::dtype::float64);
  CHECK(type_of(nf::array<std::int64_t>{1} * 2.0) == nf::dtype::float64);

  CHECK_THROWS_MATCHES(values(u + 256), nf::dtype_error, Message("integer 256 out of bounds for uint8"));
  CHECK_THROWS_MATCHES(values(u + -1), nf::dtype_error, Message("integer -1 out of bounds for uint8"));
  CHECK_THROWS_MATCHES(values(i + (1ll << 31)), nf::dtype_error, Message("integer 2147483648 out of bounds for int32"));
  CHECK_THROWS_MATCHES(values(nf::array<std::uint32_t>{1} * -2), nf::dtype_error,
                       Message("integer -2 out of bounds for uint32"));
  CHECK(values(i + ((1ll << 31) - 1 - 1)) == ints{INT32_MAX});
  CHECK(values(f + (1ll << 40)) == floats{0x1p40f});
  CHECK(values(nf::array<double>{0} + 0.1) == std::vector{0.1});
  CHECK(values(nf::array<std::int64_t>{1} + INT64_MAX) == std::vector{INT64_MIN});
}

TEST_CASE("expr: shapes broadcast", "[expr][device]") {
  nf::array<float> const row = {1, 2, 3}, column = nf::array<float>{10, 20}[all, nf::newaxis];
  CHECK(nf::array(row + column).shape() == nf::shape{2, 3});
  CHECK(values(row + column) == floats{11, 12, 13, 21, 22, 23});
  CHECK(values(column * row + row) == floats{11, 22, 33, 21, 42, 63});
  nf::array<float> const cube = array_of({2, 3, 4}, [](int k) { return float(k); });
  nf::array<float> const plane = array_of({3, 1}, [](int k) { return float(100 * k); });
  auto const sum = values(cube + plane);
  CHECK(sum == made(24, [](int k) { return float(k + 100 * (k / 4 % 3)); }));
  CHECK(values(cube[all, nf::newaxis] + cube[nf::newaxis]).size() == 48);
  CHECK(nf::array(row[nf::newaxis, nf::newaxis] + column).shape() == nf::shape{1, 2, 3});
  nf::array<float> const one = {{5}};
  CHECK(values(one + one + row) == floats{11, 12, 13});
  CHECK(nf::array(one + one + row).shape() == nf::shape{1, 3});
}

TEST_CASE("expr: operands in every kind of view", "[expr][device]") {
  nf::array<float> const x = array_of({6, 8, 10}, [](int k) { return float(k); });
  auto const at = [](int i, int j, int k) { return float((i * 8 + j) * 10 + k); };
  auto const check = [&](auto const& e, nf::shape const& s, auto expected) {
    nf::array<float> const result(e);
    REQUIRE(result.shape() == s);
    auto const list = values(result);
    std::size_t n = 0;
    for (int i = 0; i < s[0]; ++i)
      for (int j = 0; j < s[1]; ++j)
        for (int k = 0; k < s[2]; ++k, ++n)
          if (list[n] != expected(i, j, k)) {
            CAPTURE(i, j, k, list[n]);
            FAIL_CHECK("expected " << expected(i, j, k));
          }
  };
  check(x[slice(none, none, -1)] + 0, {6, 8, 10}, [&](int i, int j, int k) { return at(5 - i, j, k); });
  check(x[all, all, slice(none, none, -1)] * 2, {6, 8, 10}, [&](int i, int j, int k) { return 2 * at(i, j, 9 - k); });
  check(x[slice(1, 5), slice(1, none, 3), slice(2, 6)] - x[slice(0, 4), slice(0, 3), slice(0, 4)], {4, 3, 4},
        [&](int i, int j, int k) { return at(1 + i, 1 + 3 * j, 2 + k) - at(i, j, k); });
  check(x[slice(none, none, 2), all, slice(0, 8)] + x[slice(3), slice(none, none, -1), slice(2, 10)], {3, 8, 8},
        [&](int i, int j, int k) { return at(2 * i, j, k) + at(i, 7 - j, k + 2); });
  check(x + x[2, 3] + x[all, all, slice(4, 5)] + x[0, nf::newaxis, slice(none, 1), slice(none, 1)] + x[1, 1, 1],
        {6, 8, 10},
        [&](int i, int j, int k) { return at(i, j, k) + at(2, 3, k) + at(i, j, 4) + at(0, 0, 0) + at(1, 1, 1); });
  check(nf::sqrt(x * x)[slice(none, none, -2), slice(4, 1, -1)], {3, 3, 10},
        [&](int i, int j, int k) { return at(5 - 2 * i, 4 - j, k); });
  check((x[0] + x[all, 0, nf::newaxis])[1, nf::newaxis], {1, 8, 10},
        [&](int, int j, int k) { return at(0, j, k) + at(1, 0, k); });
}

TEST_CASE("expr: rows of every length, at every offset", "[expr][device]") {
  // the choice between vector and single loads, and the padding behind the last element
  for (int width : {1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 1023})
    for (int offset : {0, 1, 4}) {
      CAPTURE(width, offset);
      nf::array<std::int32_t> const x = array_of({3, width + offset}, [](int k) { return k; });
      nf::array<std::int32_t> y = nf::full({3, width + offset}, -1);
      y[all, slice(offset, none)] = x[all, slice(offset, none)] * 2 + x[all, slice(none, width)];
      auto const list = values(y);
      bool same = true;
      for (int i = 0, n = 0; i < 3; ++i)
        for (int j = 0; j < width + offset; ++j, ++n)
          same = same && list[std::size_t(n)] == (j < offset ? -1 : 2 * n + (n - offset));
      CHECK(same);
    }
}

TEST_CASE("expr: views of rank beyond four", "[expr][device]") {
  nf::array<std::int32_t> const x = array_of({2, 3, 2, 3, 2, 3}, [](int k) { return k; });
  auto const e = x[slice(none, none, -1), slice(0, 2), all, slice(none, none, 2), all, slice(none, none, -1)] +
                 x[all, slice(1, 3), slice(none, none, -1), slice(1, 3), 0, nf::newaxis];
  CHECK(nf::array(e).shape() == nf::shape{2, 2, 2, 2, 2, 3});
  auto const at = [](int a, int b, int c, int d, int f, int g) {
    return ((((a * 3 + b) * 2 + c) * 3 + d) * 2 + f) * 3 + g;
  };
  ints expected;
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 2; ++b)
      for (int c = 0; c < 2; ++c)
        for (int d = 0; d < 2; ++d)
          for (int f = 0; f < 2; ++f)
            for (int g = 0; g < 3; ++g)
              expected.push_back(at(1 - a, b, c, 2 * d, f, 2 - g) + at(a, b + 1, 1 - c, d + 1, 0, g));
  CHECK(values(e) == expected);
}

TEST_CASE("expr: where, clip, minimum and maximum with NaN", "[expr][device]") {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  nf::array<float> const x = {1, nan, 3, -4}, y = {2, 2, nan, 2};
  CHECK(values(nf::where(x > 0, x, 0)) == floats{1, 0, 3, 0});
  CHECK(values(nf::where(x, 1, 2)) == ints{1, 1, 1, 1});
  CHECK(type_of(nf::where(x > 0, 1, 2.5)) == nf::dtype::float32);
  CHECK(values(nf::where(nf::array<bool>{true, false}, nf::array<std::int8_t>{1, 2},
                         nf::array<std::int16_t>{300, 400})) == std::vector<std::int16_t>{1, 400});
  CHECK(std::isnan(values(nf::minimum(x, y))[1]));
  CHECK(std::isnan(values(nf::maximum(x, y))[2]));
  CHECK(values(nf::fmin(x, y)) == floats{1, 2, 3, -4});
  CHECK(values(nf::fmax(x, y)) == floats{2, 2, 3, 2});
  CHECK(values(nf::astype<bool>(
            nf::array<std::complex<float>>{std::complex<float>(0, nan), std::complex<float>(0, 0)})) == bytes{1, 0});
  auto const clipped = values(nf::clip(x, -1, 2));
  CHECK(clipped[0] == 1.f);
  CHECK(std::isnan(clipped[1]));
  CHECK(clipped[2] == 2.f);
  CHECK(clipped[3] == -1.f);
  CHECK(values(nf::clip(nf::array<int>{-5, 0, 5}, 0, 3)) == ints{0, 0, 3});
  CHECK(values(nf::clip(nf::array<float>{-5, 0, 5}, nf::array<float>{-6, 1, 1}, nf::array<float>{0, 2, 3})) ==
        floats{-5, 1, 3});
}

TEST_CASE("expr: astype", "[expr][device]") {
  nf::array<float> const x = {2.9f, -2.9f, 0, 255};
  CHECK(values(nf::astype<int>(x)) == ints{2, -2, 0, 255});
  CHECK(values(nf::astype<bool>(x)) == bytes{1, 1, 0, 1});
  CHECK(values(nf::astype<std::uint8_t>(nf::astype<int>(x) + 10)) == bytes{12, 8, 10, 9});
  CHECK(values(nf::astype<float>(nf::array<std::uint32_t>{UINT32_MAX, 1u << 31})) == floats{0x1p32f, 0x1p31f});
  CHECK(values(nf::astype<float>(nf::array<std::int32_t>{16777217, -16777219})) == floats{16777216, -16777220});
  CHECK(values(nf::astype<std::complex<float>>(x))[1] == std::complex<float>(-2.9f, 0));
  CHECK(values(nf::astype<std::int8_t>(nf::array<int>{128, 255, -129})) == std::vector<std::int8_t>{-128, -1, 127});
  CHECK(float(values(nf::astype<nf::float16>(nf::array<float>{1e6f}))[0]) == std::numeric_limits<float>::infinity());
}

TEST_CASE("expr: generators", "[expr][device]") {
  CHECK(values(nf::arange(5)) == ints{0, 1, 2, 3, 4});
  CHECK(values(nf::arange(-3)).empty());
  CHECK(values(nf::arange(2, 12, 3)) == ints{2, 5, 8, 11});
  CHECK(values(nf::arange(5, 0, -2)) == ints{5, 3, 1});
  CHECK(values(nf::arange(0.f, 1.f, 0.25f)) == floats{0, 0.25f, 0.5f, 0.75f});
  CHECK(values(nf::arange<std::uint8_t>(3)) == bytes{0, 1, 2});
  CHECK_THROWS_MATCHES(nf::arange(0, 5, 0), nf::value_error, Message("arange: step must not be zero"));

  CHECK(values(nf::zeros({2, 2})) == floats(4, 0));
  CHECK(values(nf::ones<int>({3})) == ints(3, 1));
  CHECK(values(nf::full({2}, true)) == bytes{1, 1});
  CHECK(values(nf::full({2}, 2.5)) == std::vector<double>(2, 2.5));
  CHECK(values(nf::eye(3)) == floats{1, 0, 0, 0, 1, 0, 0, 0, 1});
  CHECK(values(nf::eye<int>(2, 4, 1)) == ints{0, 1, 0, 0, 0, 0, 1, 0});
  CHECK(values(nf::eye<int>(3, 2, -2)) == ints{0, 0, 0, 0, 1, 0});
  CHECK(values(nf::zeros_like(nf::arange(2))) == ints{0, 0});
  CHECK(values(nf::full_like(nf::ones({2}), 7)) == floats{7, 7});
  CHECK_THROWS_AS(nf::zeros({-1}), nf::value_error);

  auto const line = values(nf::linspace(-1.f, 1.f, 1001));
  CHECK(line.front() == -1.f);
  CHECK(line.back() == 1.f);
  CHECK(line[500] == 0.f);
  for (int k = 0; k <= 1000; ++k)
    if (std::abs(double(line[std::size_t(k)]) - (-1 + k * 0.002)) > 2e-7) FAIL_CHECK(k << ": " << line[std::size_t(k)]);
  CHECK(values(nf::linspace(2.f, 3.f, 1)) == floats{2});
  CHECK(values(nf::linspace(0, 4, 5)) == floats{0, 1, 2, 3, 4});
  CHECK(values(nf::linspace(0.f, 1.f, 4, false)) == floats{0, 0.25f, 0.5f, 0.75f});
  CHECK(values(nf::linspace(0.f, 1.f, 0)).empty());
  CHECK_THROWS_MATCHES(nf::linspace(0.f, 1.f, -1), nf::value_error,
                       Message("Number of samples, -1, must be non-negative."));
}

TEST_CASE("expr: slices of generators and of what is made of them", "[expr][device]") {
  CHECK(values(nf::arange(10)[slice(none, none, -3)]) == ints{9, 6, 3, 0});
  CHECK(values(nf::arange(10)[4]) == ints{4});
  CHECK(values(nf::eye<int>(4)[1, slice(none, none, -1)]) == ints{0, 0, 1, 0});
  CHECK(values(nf::linspace(0.f, 1.f, 5)[slice(1, 4)] * 4) == floats{1, 2, 3});
  CHECK(values(nf::ones<int>({4, 4})[0, slice(2)]) == ints{1, 1});
  auto const table = nf::arange(3)[all, nf::newaxis] * 10 + nf::arange(4);
  CHECK(values(table) == ints{0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
  CHECK(values(table[slice(none, none, -2), slice(1, none, 2)]) == ints{21, 23, 1, 3});
  nf::array<float> x = nf::zeros({3, 4});
  x[all, slice(1, 3)] = nf::astype<float>(nf::arange(3))[all, nf::newaxis] + 1;
  CHECK(values(x) == floats{0, 1, 1, 0, 0, 2, 2, 0, 0, 3, 3, 0});
  CHECK(values(nf::arange(100'000) % 7)[99'999] == 99'999 % 7);
}

TEST_CASE("expr: more arrays than one kernel can bind", "[expr][device]") {
  std::vector<nf::array<std::int32_t>> a;
  for (int k = 0; k < 20; ++k) a.push_back(nf::arange(1000) * (k + 1));
  auto const sum12 = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7] + a[8] + a[9] + a[10] + a[11];
  CHECK(values(sum12) == made(1000, [](int k) { return 78 * k; }));
  auto const tree = ((a[0] * a[1] - a[2]) + (a[3] - a[4] * a[5])) -
                    ((a[6] + a[7]) * (a[8] - a[9]) + nf::where(a[10] > 50, a[11], a[12]));
  CHECK(values(tree) == made(1000, [](int k) {
          return ((k * 2 * k - 3 * k) + (4 * k - 5 * k * 6 * k)) -
                 ((7 * k + 8 * k) * (9 * k - 10 * k) + (11 * k > 50 ? 12 * k : 13 * k));
        }));
  nf::array<std::int32_t> target = nf::zeros<int>({1000});
  target[all] = sum12 + a[12] * a[13];
  CHECK(values(target) == made(1000, [](int k) { return 78 * k + 13 * k * 14 * k; }));
  target += sum12;
  CHECK(values(target) == made(1000, [](int k) { return 156 * k + 13 * k * 14 * k; }));
  target = target - (a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7] + a[8] + a[9]);
  CHECK(values(target) == made(1000, [](int k) { return 101 * k + 13 * k * 14 * k; }));
  auto const twice =
      (sum12 + a[12] * a[13]) * (sum12 - a[14]) + (sum12 + a[15]) % (a[16] + 1 + a[17] + a[18] + a[19]);  // 45 operands
  CHECK(values(twice) == made(1000, [](int k) {
          auto const wrapped = std::uint32_t(78 * k + 13 * k * 14 * k) * std::uint32_t(78 * k - 15 * k);  // as NumPy's
          return int(wrapped + std::uint32_t((78 * k + 16 * k) % (17 * k + 1 + 18 * k + 19 * k + 20 * k)));
        }));
  target[all] = twice;
  CHECK(values(target) == values(twice));
  target = twice + target;
  CHECK(values(target) == values(twice * 2));
  // one array many times is one binding
  CHECK(values(a[0] + a[0] * a[0] - a[0] + a[0] + a[0] + a[0] + a[0] + a[0] + a[0] + a[0]) ==
        made(1000, [](int k) { return 7 * k + k * k; }));
}

TEST_CASE("expr: kernels of a program are compiled once", "[expr][device]") {
  if (!on_gpu()) SKIP("the cpu device compiles nothing");
  auto const f = [](nf::array<float> const& x, float s) { return nf::array<float>(nf::cbrt(x) * s + 0.125f); };
  nf::array<float> const x = nf::ones({100}), y = nf::ones({32, 33});
  f(x, 1);
  auto const compiled = nf::device::current().memory_stats().pipelines;
  for (int k = 0; k < 5; ++k) CHECK(values(f(x, float(k)))[99] == float(k) + 0.125f);
  f(y, 3);  // neither shapes nor scalars are part of the text
  CHECK(nf::device::current().memory_stats().pipelines == compiled);
}

TEST_CASE("expr: more workgroups than one dimension takes", "[expr][device][large]") {
  // 65535 workgroups of 256 threads with one element each: a strided result of more
  nf::index const n = 17'000'000;
  nf::array<std::uint8_t> const x = nf::astype<std::uint8_t>(nf::arange(n) % 251);
  auto const list = values(x);
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < list.size(); ++k) wrong += list[k] != k % 251;
  CHECK(wrong == 0);
  nf::array<std::int32_t> y = nf::zeros<std::int32_t>({n, 2});
  y[all, 1] = nf::arange(n) + 1;
  auto const pairs = values(y);
  wrong = 0;
  for (std::size_t k = 0; k < pairs.size(); ++k) wrong += pairs[k] != (k % 2 == 0 ? 0 : std::int32_t(k / 2 + 1));
  CHECK(wrong == 0);
}

TEST_CASE("expr: elementary functions are close to the C++ library's on every device", "[expr][device]") {
  nf::array<float> const x = nf::linspace(-4.f, 4.f, 1000), positive = nf::exp(x);
  auto const close = [](auto const& e, auto const& operand, double (*exact)(double)) {
    auto const got = values(e), at = values(operand);
    double worst = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
      double const want = exact(double(at[k]));
      if (std::isnan(want) && std::isnan(got[k])) continue;
      float const rounded = float(want);
      double const ulp =
          double(std::nextafter(std::abs(rounded), std::numeric_limits<float>::infinity())) - double(std::abs(rounded));
      worst = std::max(worst, std::abs(double(got[k]) - want) / ulp);
    }
    return worst;
  };
  CHECK(close(nf::exp(x), x, std::exp) < 4);
  CHECK(close(nf::sin(x), x, std::sin) < 4);
  CHECK(close(nf::cos(x), x, std::cos) < 4);
  CHECK(close(nf::tanh(x), x, std::tanh) < 4);
  CHECK(close(nf::erf(x), x, std::erf) < 4);
  CHECK(close(nf::atan(x), x, std::atan) < 4);
  CHECK(close(nf::log(positive), positive, std::log) < 4);
  CHECK(close(nf::sqrt(positive), positive, std::sqrt) < 4);
  CHECK(close(nf::cbrt(x), x, std::cbrt) < 4);
  CHECK(close(nf::asin(x), x, std::asin) < 4);
  CHECK(close(nf::expm1(x), x, std::expm1) < 4);
}

TEST_CASE("expr: texts are constant expressions", "[expr]") {
  using sum = decltype(std::declval<nf::array<float>>() + std::declval<nf::array<float>>());
  static_assert(nf::expr::compiled<sum>::gpu);
  using wide = decltype(std::declval<nf::array<double>>() * 2);
  static_assert(!nf::expr::compiled<wide>::gpu);
  nf::array<float> const x = {1};
  CHECK(nf::wgsl(x + x).contains("fn body("));
  CHECK(nf::glsl(x + x).starts_with("#version 300 es"));
}
