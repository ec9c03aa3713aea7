#include "values.hpp"

#include <complex>
#include <limits>
#include <utility>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

namespace {

/// 0, 1, 2, ... in the shape `s`.
nf::array<float> counting(nf::shape const& s) {
  return array_of(s, [](int k) { return float(k); });
}

// x is gone when the expression is used
auto doubled(nf::array<float> x) { return x + x; }
auto doubled_and_shifted(nf::array<float> x, float by) {
  auto const inner = doubled(x);
  return inner + by;
}

}  // namespace

TEST_CASE("array: made from lists, rows, spans and nothing", "[array][device]") {
  nf::array<float> const list = {1, 2, 3};
  CHECK(list.shape() == nf::shape{3});
  CHECK(values(list) == floats{1, 2, 3});

  nf::array const rows = {{1, 2, 3}, {4, 5, 6}};
  static_assert(std::same_as<decltype(rows), nf::array<int> const>);
  CHECK(rows.shape() == nf::shape{2, 3});
  CHECK(values(rows) == ints{1, 2, 3, 4, 5, 6});

  float const plain[] = {1, 2, 3, 4, 5, 6};
  nf::array<float> const shaped(plain, {3, 2});
  CHECK(nf::to_host(shaped)(2, 1) == 6.f);
  CHECK(nf::to_host(shaped)(-1, 0) == 5);

  nf::array<float> const nothing;
  CHECK(nothing.shape() == nf::shape{0});
  CHECK(nothing.size() == 0);
  CHECK(values(nothing).empty());

  CHECK_THROWS_MATCHES(nf::array<float>(plain, {4, 2}), nf::shape_error,
                       Message("cannot reshape array of size 6 into shape (4,2)"));
  CHECK_THROWS_MATCHES((nf::array<float>{{1, 2}, {3}}), nf::shape_error, Message("rows of different lengths: 2 and 1"));
}

TEST_CASE("array: every element type makes the way to the device and back", "[array][device]") {
  CHECK(values(nf::array<bool>{true, false, true}) == bytes{1, 0, 1});
  CHECK(values(nf::array<std::int8_t>{-128, -1, 0, 127}) == std::vector<std::int8_t>{-128, -1, 0, 127});
  CHECK(values(nf::array<std::uint8_t>{0, 1, 255}) == bytes{0, 1, 255});
  CHECK(values(nf::array<std::int16_t>{-32768, 32767, 1}) == std::vector<std::int16_t>{-32768, 32767, 1});
  CHECK(values(nf::array<std::uint16_t>{0, 65535}) == std::vector<std::uint16_t>{0, 65535});
  CHECK(values(nf::array<std::int32_t>{INT32_MIN, -1, INT32_MAX}) == ints{INT32_MIN, -1, INT32_MAX});
  CHECK(values(nf::array<std::uint32_t>{0, UINT32_MAX}) == std::vector<std::uint32_t>{0, UINT32_MAX});
  auto const halves = values(nf::array<nf::float16>{nf::float16(0.1f), nf::float16(-65504.f), nf::float16(6e-8f)});
  CHECK(halves[0].bits == nf::float16(0.1f).bits);
  CHECK(halves[1].bits == nf::float16(-65504.f).bits);
  CHECK(halves[2].bits == 1);
  using c64 = std::complex<float>;
  CHECK(values(nf::array<c64>{c64(1, 2), c64(-3, 4), c64(0, -0.5f)}) == std::vector<c64>{{1, 2}, {-3, 4}, {0, -0.5f}});
}

TEST_CASE("array: any number of complex numbers", "[array][device]") {
  using c64 = std::complex<float>;
  for (int n = 1; n < 20; ++n) {
    nf::array<float> const x = nf::arange(n) * 1.0f;
    nf::array<c64> const z = x + c64(0, 1);
    auto const found = nf::to_host(z);
    for (int k = 0; k < n; ++k) CHECK(found[std::size_t(k)] == c64(float(k), 1));
  }
}

TEST_CASE("array: 64-bit elements are exact and live on the cpu device", "[array][device]") {
  nf::array<std::int64_t> const big = {(1ll << 53) + 1, INT64_MIN, INT64_MAX};
  CHECK(big.device() == nf::device::cpu());
  CHECK(values(big - 1 + 1) == std::vector<std::int64_t>{(1ll << 53) + 1, INT64_MIN, INT64_MAX});
  nf::array<double> const fine = {1e-300, 0.1, 1e300};
  CHECK(values(fine * 2) == std::vector{2e-300, 0.2, 2e300});
  CHECK(values(nf::array<std::uint64_t>{UINT64_MAX} / 1.0) == std::vector{18446744073709551616.0});
  using c128 = std::complex<double>;
  CHECK(values(nf::array<c128>{c128(0.1, -0.1)} * 2) == std::vector<c128>{{0.2, -0.2}});
}

TEST_CASE("array: float32 arithmetic is correctly rounded and keeps special values", "[array][device]") {
  float const inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  nf::array<float> const x = {inf, -inf, nan, -0.f, 0x1p-126f};
  auto const same = values(x + 0.f);
  CHECK(same[0] == inf);
  CHECK(same[1] == -inf);
  CHECK(same[2] != same[2]);
  CHECK(same[4] == 0x1p-126f);
  CHECK(std::signbit(values(nf::array(x * 1.f))[3]));
  CHECK(values(nf::isnan(x)) == bytes{0, 0, 1, 0, 0});
  CHECK(values(nf::isinf(x)) == bytes{1, 1, 0, 0, 0});
  CHECK(values(nf::isfinite(x)) == bytes{0, 0, 0, 1, 1});
  CHECK(values(nf::signbit(x)) == bytes{0, 1, 0, 1, 0});
  CHECK(values(x == x) == bytes{1, 1, 0, 1, 1});
  CHECK(values(x != x) == bytes{0, 0, 1, 0, 0});
}

TEST_CASE("array: expressions hold their operands by value", "[array][device]") {
  auto const e = doubled_and_shifted(nf::array<float>{1, 2, 3}, 10);  // its array's name is gone
  CHECK(values(e) == floats{12, 14, 16});
  CHECK(values(e) == floats{12, 14, 16});

  nf::array<float> x = {1, 2, 3};
  auto const before = x * 2;
  x = nf::array<float>{7, 8, 9};
  CHECK(values(before) == floats{2, 4, 6});
  x = x + 1;  // a new value for the name; `later` keeps the elements that it was made of
  auto const later = x * 2;
  x = x * 100;
  CHECK(values(later) == floats{16, 18, 20});
  CHECK(values(x) == floats{800, 900, 1000});
}

TEST_CASE("array: assigning an expression with a name leaves the expression as it was", "[array][device]") {
  nf::array<float> x = {1, 2, 3};
  auto const e = x * 2;
  x = e;
  CHECK(values(x) == floats{2, 4, 6});
  CHECK(values(e) == floats{2, 4, 6});
  auto again = x + 1;
  x = std::move(again);
  CHECK(values(x) == floats{3, 5, 7});
}

TEST_CASE("array: copies share elements, assignment to a name does not", "[array][device]") {
  nf::array<float> x = {1, 2, 3};
  nf::array<float> y = x;
  y[1] = 20;
  CHECK(values(x) == floats{1, 20, 3});
  y = x + 1;  // a new value for y alone
  CHECK(values(x) == floats{1, 20, 3});
  CHECK(values(y) == floats{2, 21, 4});
  y += 1;
  CHECK(values(x) == floats{1, 20, 3});
  nf::array<float> z = y;
  z += 1;  // numpy: z is y
  CHECK(values(y) == floats{4, 23, 6});
  x = y;
  x[0] = -1;
  CHECK(values(z) == floats{-1, 23, 6});
}

TEST_CASE("array: a name's new value takes its old memory when nobody else holds it", "[array][device]") {
  nf::array<float> x = nf::zeros({1000});
  auto const memory = x.impl().memory.get();
  auto const live = nf::device::current().memory_stats().live_buffers;
  auto const peak = nf::device::current().memory_stats().peak_bytes;
  for (int k = 0; k < 10; ++k) x = x * 2.f + 1.f;
  CHECK(x.impl().memory.get() == memory);
  CHECK(nf::device::current().memory_stats().live_buffers == live);
  CHECK(nf::device::current().memory_stats().peak_bytes == peak);
  CHECK(values(x) == floats(1000, 1023));

  nf::array<float> const other = x;  // holds the elements too
  x = x + 1.f;
  CHECK(x.impl().memory.get() != memory);
  CHECK(values(other) == floats(1000, 1023));
  CHECK(values(x) == floats(1000, 1024));

  auto const now = x.impl().memory.get();
  x = x[slice(none, none, -1)] + 0.f;  // an element of the result needs another element of x
  CHECK(x.impl().memory.get() != now);
}

TEST_CASE("array: views write through", "[array][device]") {
  nf::array<float> x = counting({4, 6});
  x[1] = 0;
  x[all, 0] = -1;
  x[slice(2, none), slice(1, none, 2)] = nf::array<float>{10, 20, 30};  // broadcasts over rows
  x[-1, slice(none, none, -2)] *= 2;
  CHECK(values(x) == floats{-1, 1, 2, 3, 4, 5, -1, 0, 0, 0, 0, 0, -1, 10, 14, 20, 16, 30, -1, 20, 20, 40, 22, 60});

  nf::array<float> const row = x[2];
  row[0] = 5;  // const is about the name, as a pointer's
  CHECK(nf::to_host(x)(2, 0) == 5);
  x[2, 3] = 99;
  CHECK(nf::item(row[3]) == 99.f);
  nf::array<float> const cell = x[2, 3];
  CHECK(cell.ndim() == 0);
  CHECK(cell.size() == 1);
  CHECK(nf::item(cell) == 99);
}

TEST_CASE("array: views of views", "[array][device]") {
  nf::array<float> x = counting({4, 6});
  auto const v = x[slice(none, none, -1), slice(1, 6, 2)];
  CHECK(v.shape() == nf::shape{4, 3});
  CHECK(values(v[0]) == floats{19, 21, 23});
  CHECK(values(v[all, -1]) == floats{23, 17, 11, 5});
  CHECK(values(v[slice(none, none, 3), nf::newaxis, slice(none, none, -2)]) == floats{23, 19, 5, 1});
  v[1, 1] = 0;
  CHECK(nf::to_host(x)(2, 3) == 0);
  CHECK(values(x[nf::ellipsis, 5]) == floats{5, 11, 17, 23});
  CHECK(values(x[slice(3, 3)]).empty());
}

TEST_CASE("array: overlapping source and target give what numpy gives", "[array][device]") {
  nf::array<float> x = counting({8});
  x[slice(1, none)] = x[slice(none, -1)];
  CHECK(values(x) == floats{0, 0, 1, 2, 3, 4, 5, 6});
  x = counting({8});
  x[slice(none, -1)] = x[slice(1, none)];
  CHECK(values(x) == floats{1, 2, 3, 4, 5, 6, 7, 7});
  x = counting({8});
  x[all] = x[slice(none, none, -1)];
  CHECK(values(x) == floats{7, 6, 5, 4, 3, 2, 1, 0});
  x = counting({8});
  x[slice(1, -1)] = (x[slice(none, -2)] + x[slice(2, none)]) / 2 + x[slice(1, -1)] * 10;
  CHECK(values(x) == floats{0, 11, 22, 33, 44, 55, 66, 7});
  x = counting({8});
  x[slice(none, none, 2)] = x[slice(1, none, 2)] * x[slice(none, none, 2)];
  CHECK(values(x) == floats{0, 1, 6, 3, 20, 5, 42, 7});
  x = counting({8});
  x += x[slice(none, none, -1)];
  CHECK(values(x) == floats(8, 7));
  x = counting({8});
  x *= x[3];
  CHECK(values(x) == floats{0, 3, 6, 9, 12, 15, 18, 21});
  x = counting({3, 3});
  x[all] = x[1];
  CHECK(values(x) == floats{3, 4, 5, 3, 4, 5, 3, 4, 5});

  // large enough for many workgroups and blocks
  nf::array<float> y = counting({100'003});
  y[slice(1, none)] = y[slice(none, -1)] + y[slice(1, none)];
  CHECK(values(y) == made(100'003, [](int k) { return k == 0 ? 0.f : float(2 * k - 1); }));
}

TEST_CASE("array: assignment to a view converts", "[array][device]") {
  nf::array<std::int32_t> x = {1, 2, 3};
  x[all] = nf::array<float>{1.9f, -1.9f, 7};
  CHECK(values(x) == ints{1, -1, 7});
  x[0] = 2.7;
  CHECK(values(x) == ints{2, -1, 7});
  nf::array<bool> b = {false, false, false};
  b[all] = x + 1;
  CHECK(values(b) == bytes{1, 0, 1});
  nf::array<std::uint8_t> u = {0, 0};
  u[all] = nf::array<std::int32_t>{300, -1};
  CHECK(values(u) == bytes{44, 255});
  CHECK_THROWS_MATCHES(u[0] = 300, nf::dtype_error, Message("integer 300 out of bounds for uint8"));
  CHECK_THROWS_MATCHES(u[0] = -1, nf::dtype_error, Message("integer -1 out of bounds for uint8"));
  CHECK(values(u) == bytes{44, 255});
  nf::array<nf::float16> h = {nf::float16(0.f)};
  h[all] = nf::array<float>{1.0009765f};
  CHECK(values(h)[0].bits == nf::float16(1.0009765f).bits);
}

TEST_CASE("array: x += y writes into the elements in x's type", "[array][device]") {
  nf::array<float> x = {1, 2, 3};
  nf::array<float> const y = x;
  x += 1;
  x -= y;
  CHECK(values(y) == floats{0, 0, 0});
  x += nf::array<int>{1, 2, 3};
  x *= 2;
  x /= 4;
  CHECK(values(y) == floats{0.5f, 1, 1.5f});
  nf::array<int> i = {12, 13, -14};
  i %= 5;
  CHECK(values(i) == ints{2, 3, 1});
  i <<= 4;
  i >>= 1;
  i |= 1;
  i &= 0x1b;
  i ^= 2;
  CHECK(values(i) == ints{19, 27, 11});
}

TEST_CASE("array: errors name both shapes", "[array][device]") {
  nf::array<float> x = nf::zeros({2, 3});
  nf::array<float> const y = nf::zeros({4});
  CHECK_THROWS_MATCHES(values(x + y), nf::shape_error,
                       Message("operands could not be broadcast together with shapes (2,3) (4,)"));
  CHECK_THROWS_MATCHES(x[all] = y, nf::shape_error,
                       Message("operands could not be broadcast together with shapes (4,) (2,3)") ||
                           Message("could not broadcast input array from shape (4,) into shape (2,3)"));
  CHECK_THROWS_MATCHES(x[0] = x, nf::shape_error,
                       Message("could not broadcast input array from shape (2,3) into shape (3,)"));
  CHECK_THROWS_MATCHES(x += nf::zeros({2, 2, 3}), nf::shape_error,
                       Message("could not broadcast input array from shape (2,2,3) into shape (2,3)"));
  CHECK_THROWS_MATCHES(x[2], nf::index_error, Message("index 2 is out of bounds for axis 0 with size 2"));
  CHECK_THROWS_MATCHES((x[0, 0, 0]), nf::index_error,
                       Message("too many indices for array: array is 2-dimensional, but 3 were indexed"));
  CHECK_THROWS_MATCHES(nf::item(x), nf::value_error,
                       Message("can only convert an array of size 1 to a scalar, not one of shape (2,3)"));
}

TEST_CASE("array: scalars and empty arrays", "[array][device]") {
  float const one[] = {3};
  nf::array<float> const scalar(one, {});
  CHECK(scalar.ndim() == 0);
  CHECK(values(scalar * 2 + scalar) == floats{9});
  CHECK(values(scalar + nf::array<float>{1, 2}) == floats{4, 5});
  CHECK(nf::item(scalar + 1) == 4);

  nf::array<float> const empty = nf::zeros({0, 3});
  CHECK(nf::array<float>(empty + 1).shape() == nf::shape{0, 3});
  CHECK(nf::array<float>(empty + nf::ones({1, 3})).shape() == nf::shape{0, 3});
  CHECK(values(empty * scalar).empty());
  CHECK_THROWS_AS(values(empty + nf::ones({2, 3})), nf::shape_error);
  nf::array<float> x = {1, 2};
  x[slice(1, 1)] = 5;
  x[slice(2, none)] = nf::array<float>();
  CHECK(values(x) == floats{1, 2});
}

TEST_CASE("array: an array of none takes part, and cannot be written to", "[array][device]") {
  nf::array<float> x;
  CHECK(values(x + 1).empty());
  x += 1;
  x = nf::array<float>{1, 2, 3};
  x = x + 1;
  CHECK(values(x) == floats{2, 3, 4});
}

TEST_CASE("array: static extents are checked where they meet run-time shapes", "[array][device]") {
  using matrix = nf::array<float, std::extents<int, 2, 3>>;
  matrix m = nf::ones({2, 3});
  CHECK(m.shape() == nf::shape{2, 3});
  m = m + 1;
  CHECK(values(m) == floats(6, 2));
  CHECK_THROWS_AS(matrix(nf::ones({3, 2})), nf::shape_error);
  CHECK_THROWS_AS(m = nf::ones({6}), nf::shape_error);
  CHECK(values(m) == floats(6, 2));
  nf::array<float, std::extents<int, 2, std::dynamic_extent>> const loose = nf::ones({2, 7});
  CHECK(values(loose[1]) == floats(7, 1));
}

TEST_CASE("array: results of several outputs are computed by one launch", "[array][device]") {
  nf::array<float> const x = {1, 4, 9};
  auto const f = nf::kernel([](auto a) { return nf::values(a + 1, nf::sqrt(a), a > 3); });
  auto const before = nf::device::current().memory_stats().launches;
  auto const [up, root, large] = nf::eval(f(x));
  CHECK(nf::device::current().memory_stats().launches == before + 1);
  CHECK(values(up) == floats{2, 5, 10});
  CHECK(values(root) == floats{1, 2, 3});
  CHECK(values(large) == bytes{0, 1, 1});
}

TEST_CASE("array: one expression is one launch, however large", "[array][device]") {
  nf::array<float> const x = counting({1000}), y = counting({1000});
  auto const stats = [] { return nf::device::current().memory_stats(); };
  auto const launches = stats().launches, live = stats().live_buffers;
  {
    nf::array<float> const z = nf::sqrt(nf::abs(x * y - 3)) + nf::where(x > y, x, -y) * 2.f;
    CHECK(stats().launches == launches + 1);
    CHECK(stats().live_buffers == live + 1);
  }
  CHECK(stats().live_buffers == live);
}

TEST_CASE("array: mixing devices is an error that says how to mend it", "[array][device]") {
  if (!on_gpu()) SKIP("there is one device");
  std::string const gpu(nf::name(nf::device::gpu().kind()));
  nf::array<float> const here = {1, 2};
  nf::array<float> const there = nf::to_device(here, nf::device::cpu());
  CHECK(there.device() == nf::device::cpu());
  CHECK(values(there) == floats{1, 2});
  CHECK_THROWS_MATCHES(
      values(here + there), nf::device_error,
      Message("an expression mixes arrays on the " + gpu + " and the cpu device: move one of them with to_device"));
  CHECK_THROWS_AS(here[0] = there[0], nf::device_error);
  nf::array<double> const wide = {1, 2};
  CHECK_THROWS_MATCHES(
      values(here + nf::array<std::int64_t>{1, 2}), nf::device_error,
      Message("an expression mixes arrays on the " + gpu + " and the cpu device: move one of them with to_device"));
  CHECK_THROWS_MATCHES(values(nf::astype<double>(here)), nf::device_error,
                       Message("an expression with 64-bit types runs on the cpu device, but its arrays live on the " +
                               gpu + " device: move them with to_device"));
  CHECK(values(nf::astype<double>(there) + wide) == std::vector<double>{2, 4});
  CHECK_THROWS_MATCHES(
      nf::to_device(wide, nf::device::gpu()), nf::dtype_error,
      Message("an array of float64 cannot live on the " + gpu + " device: create it on the cpu device"));
}
