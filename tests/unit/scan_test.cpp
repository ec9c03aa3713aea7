#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <complex>
#include <limits>

using Catch::Matchers::Message;
using nf::all;
using nf::axis;
using nf::none;
using nf::slice;

namespace {

/// f joins the elements of `x` before each one along `along` with it, in order, from `first`.
template <class R, class T, class F> std::vector<R> reference(nf::host_array<T> const& x, std::size_t along, R first,
                                                              F f, bool reverse = false, bool exclusive = false) {
  nf::shape const s = x.shape();
  std::size_t inner = 1;
  for (std::size_t a = along + 1; a < s.size(); ++a) inner *= std::size_t(s[a]);
  std::size_t const extent = std::size_t(s[along]), outer = x.size() / (inner * extent == 0 ? 1 : inner * extent);
  std::vector<R> out(x.size());
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < inner; ++i) {
      R sum = first;
      for (std::size_t n = 0; n < extent; ++n) {
        std::size_t const at = (o * extent + (reverse ? extent - 1 - n : n)) * inner + i;
        if (exclusive) out[at] = sum;
        sum = f(sum, x[at]);
        if (!exclusive) out[at] = sum;
      }
    }
  return out;
}

constexpr auto plus = [](auto a, auto b) { return decltype(a)(a + decltype(a)(b)); };
constexpr auto most = [](auto a, auto b) { return a > b ? a : decltype(a)(b); };
constexpr auto least = [](auto a, auto b) { return a < b ? a : decltype(a)(b); };

/// All scans along all axes, forwards and backwards.
template <class T> void check_all(nf::array<T> const& x) {
  auto const host = nf::to_host(x);
  for (std::size_t a = 0; a < x.ndim(); ++a) {
    CAPTURE(x.ndim(), a);
    nf::axis const along(a % 2 == 0 ? nf::index(a) : nf::index(a) - nf::index(x.ndim()));
    auto const sums = nf::array(nf::cumsum(x, along));
    using S = typename decltype(sums)::value_type;
    CHECK(sums.shape() == x.shape());
    CHECK(values(sums) == reference<S>(host, a, 0, plus));
    CHECK(values(nf::cumsum(x, along, nf::reverse)) == reference<S>(host, a, 0, plus, true));
    CHECK(values(nf::cumsum(x, along, nf::exclusive)) == reference<S>(host, a, 0, plus, false, true));
    CHECK(values(nf::cumsum(x, along, nf::reverse, nf::exclusive)) == reference<S>(host, a, 0, plus, true, true));
    CHECK(values(nf::cummax(x, along)) == reference<T>(host, a, std::numeric_limits<T>::lowest(), most));
    CHECK(values(nf::cummin(x, along, nf::reverse)) ==
          reference<T>(host, a, std::numeric_limits<T>::max(), least, true));
  }
}

template <class T> nf::array<T> small_numbers(nf::shape const& s) {
  return array_of(
      s, [](int k) { return T((k * 37 + k / 7) % 11 - (std::signed_integral<T> || std::floating_point<T> ? 3 : 0)); });
}

}  // namespace

TEST_CASE("scan: every axis, in every kind of view", "[scan][device]") {
  check_all(small_numbers<float>({1}));
  check_all(small_numbers<float>({7}));
  check_all(small_numbers<float>({5, 8}));
  check_all(small_numbers<float>({4, 3, 6}));
  check_all(small_numbers<float>({3, 2, 5, 4}));
  check_all(small_numbers<float>({1, 9, 1}));
  auto const x = small_numbers<float>({6, 10, 13});
  check_all(x[slice(none, none, -1), slice(1, none, 3)]);
  check_all(x[all, all, slice(2, 10)]);
  check_all(x[all, all, slice(none, none, -2)]);
  check_all(x[3, nf::newaxis, all, slice(5, none)]);
  check_all(x[all, 0]);
}

TEST_CASE("scan: other element types", "[scan][device]") {
  check_all(small_numbers<std::int32_t>({5, 70}));
  check_all(small_numbers<std::uint32_t>({33, 3}));
  check_all(small_numbers<std::int8_t>({40, 41}));
  check_all(small_numbers<std::uint8_t>({2, 1001}));
  check_all(small_numbers<std::int16_t>({12, 5, 3}));
  check_all(small_numbers<double>({5, 7}));
  check_all(small_numbers<std::int64_t>({50, 7}));
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::cumsum(std::declval<nf::array<bool>>()))> == nf::dtype::int32);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::cumsum(std::declval<nf::array<std::uint8_t>>()))> ==
               nf::dtype::uint32);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::cummax(std::declval<nf::array<std::int8_t>>()))> ==
               nf::dtype::int8);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::logcumsumexp(std::declval<nf::array<int>>()))> ==
               nf::dtype::float32);
  nf::array<bool> const b = {{true, false, true}, {false, false, true}};
  CHECK(values(nf::cumsum(b)) == ints{1, 1, 2, 2, 2, 3});
  CHECK(values(nf::cummax(b, axis(1))) == bytes{1, 1, 1, 0, 0, 1});
  CHECK(values(nf::cummin(b, axis(1))) == bytes{1, 0, 0, 0, 0, 0});
  // What exclusive extremes begin with is a bound of the element's own type.
  CHECK(values(nf::cummax(b, axis(1), nf::exclusive)) == bytes{0, 1, 1, 0, 0, 0});
  CHECK(values(nf::cummin(b, axis(1), nf::exclusive)) == bytes{1, 1, 0, 1, 0, 0});
  auto const narrow = [&]<class T>(T) {
    nf::array<T> const x = {T(3), T(7), T(5)};
    CHECK(values(nf::cummax(x, nf::exclusive)) == std::vector<T>{std::numeric_limits<T>::lowest(), T(3), T(7)});
    CHECK(values(nf::cummin(x, nf::exclusive)) == std::vector<T>{std::numeric_limits<T>::max(), T(3), T(3)});
  };
  narrow(std::int8_t());
  narrow(std::uint8_t());
  narrow(std::int16_t());
  narrow(std::uint16_t());
  CHECK(values(nf::cumprod(nf::array<int>{{1, 2, 3}, {4, 5, 6}}, axis(1))) == ints{1, 2, 6, 4, 20, 120});
  CHECK(values(nf::cumprod(nf::array<int>{{1, 2, 3}, {4, 5, 6}}, axis(0), nf::exclusive)) == ints{1, 1, 1, 1, 2, 3});
  CHECK(values(nf::cumsum(nf::array<int>{INT32_MAX, 1})) == ints{INT32_MAX, INT32_MIN});  // wraps as numpy's does
  using c = std::complex<float>;
  nf::array<c> const z = array_of({1000}, [](int k) { return c(float(k % 7), float(k % 5 - 2)); });
  CHECK(values(nf::cumsum(z)) == reference<c>(nf::to_host(z), 0, c(0), plus));
  CHECK(values(nf::cumsum(nf::reshape(z, {20, 50}), axis(0))) ==
        reference<c>(nf::to_host(nf::reshape(z, {20, 50})), 0, c(0), plus));
  CHECK(values(nf::cumprod(nf::array<c>{c(0, 1), c(0, 1), c(2, 0)})) == std::vector<c>{c(0, 1), c(-1, 0), c(-2, 0)});
  CHECK(values(nf::cumprod(nf::array<c>{c(0, 1), c(0, 1)}, nf::exclusive)) == std::vector<c>{c(1, 0), c(0, 1)});
  nf::array<nf::float16> const h = nf::full({3000}, nf::float16(0.5f));
  auto const halves = nf::to_host(nf::cumsum(h));
  for (int k : {0, 1, 255, 256, 2999}) CHECK(float(halves[std::size_t(k)]) == 0.5f * float(k + 1));
}

TEST_CASE("scan: sizes around those of tiles, chunks, segments and levels", "[scan][device]") {
  for (nf::index n : {1,    2,    3,    4,    5,    15,   16,   17,   255,   256,   257,    271,
                      1023, 1024, 1025, 4095, 4096, 4097, 8191, 8193, 16385, 65537, 262'147}) {
    CAPTURE(n);
    nf::array<std::int32_t> const x = (nf::arange(n) * 7 + 3) % 1000;
    auto const host = nf::to_host(x);
    CHECK(values(nf::cumsum(x)) == reference<std::int32_t>(host, 0, 0, plus));
    CHECK(values(nf::cumsum(x, nf::exclusive)) == reference<std::int32_t>(host, 0, 0, plus, false, true));
    CHECK(values(nf::cumsum(x, nf::reverse)) == reference<std::int32_t>(host, 0, 0, plus, true));
    CHECK(values(nf::cummax(x[slice(none, none, -1)])) ==
          reference<std::int32_t>(nf::to_host(x[slice(none, none, -1)]), 0, INT32_MIN, most));
  }
}

TEST_CASE("scan: many rows, long columns, wide rows", "[scan][device]") {
  auto const check = [](nf::index rows, nf::index columns) {
    CAPTURE(rows, columns);
    nf::array<std::int32_t> const x = (nf::arange(rows)[all, nf::newaxis] * 3 + nf::arange(columns)) % 17;
    auto const host = nf::to_host(x);
    CHECK(values(nf::cumsum(x, axis(0))) == reference<std::int32_t>(host, 0, 0, plus));
    CHECK(values(nf::cumsum(x, axis(1))) == reference<std::int32_t>(host, 1, 0, plus));
    CHECK(values(nf::cumsum(x, axis(0), nf::reverse, nf::exclusive)) ==
          reference<std::int32_t>(host, 0, 0, plus, true, true));
    CHECK(values(nf::cummax(x, axis(1))) == reference<std::int32_t>(host, 1, -1, most));
    CHECK(values(nf::cumsum(x)) == reference<std::int32_t>(nf::to_host(nf::reshape(x, {-1})), 0, 0, plus));
  };
  check(3, 30'001);
  check(30'003, 3);
  check(70'000, 5);  // more rows than workgroups in one dimension
  check(1000, 257);
  check(40, 3000);
  check(5, 66'000);
}

TEST_CASE("scan: large", "[scan][device][large]") {
  // several segments; more than 2^24 elements
  nf::index const n = (1 << 24) + 1;
  nf::array<std::int32_t> const sums = nf::cumsum(nf::arange(n) % 8);
  for (nf::index k : {nf::index(0), nf::index(7), nf::index(8), nf::index(1 << 23), n - 2, n - 1}) {
    nf::index const whole = (k + 1) / 8, rest = (k + 1) % 8;
    CHECK(nf::item(sums[k]) == std::int32_t(whole * 28 + rest * (rest - 1) / 2));
  }
  // every element: sums differ by what was summed
  CHECK(nf::item(nf::sum(
            nf::where(sums[slice(1, none)] - sums[slice(none, -1)] == nf::arange(1, std::int32_t(n)) % 8, 0, 1))) == 0);
}

TEST_CASE("scan: NaN stays, infinities pass", "[scan][device]") {
  float const nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (int n : {3, 40, 5000}) {
    nf::array<float> x = nf::linspace(-1.f, 1.f, n);
    x[n / 2] = nan;
    auto const m = nf::to_host(nf::cummax(x)), s = nf::to_host(nf::cumsum(x)),
               back = nf::to_host(nf::cummin(x, nf::reverse));
    for (int k = 0; k < n; ++k) {
      CAPTURE(n, k);
      REQUIRE(std::isnan(m[std::size_t(k)]) == (k >= n / 2));
      REQUIRE(std::isnan(s[std::size_t(k)]) == (k >= n / 2));
      REQUIRE(std::isnan(back[std::size_t(k)]) == (k <= n / 2));
    }
  }
  CHECK(values(nf::cummax(nf::array<float>{-inf, -inf, inf})) == floats{-inf, -inf, inf});
  CHECK(values(nf::logcumsumexp(nf::array<float>{-inf, -inf, 0, -inf})) == floats{-inf, -inf, 0, 0});
  nf::array<float> const x = nf::linspace(-50.f, 50.f, 3000);
  auto const host = nf::to_host(x), l = nf::to_host(nf::logcumsumexp(x));
  double sum = 0;
  for (std::size_t k = 0; k < host.size(); ++k) {
    sum += std::exp(double(host[k]));
    REQUIRE(std::abs(double(l[k]) - std::log(sum)) < 1e-4 * (1 + std::abs(std::log(sum))));
  }
}

TEST_CASE("scan: nothing, and scalars", "[scan][device]") {
  CHECK(values(nf::cumsum(nf::zeros({0}))).empty());
  CHECK(nf::array(nf::cumsum(nf::zeros({3, 0}), axis(1))).shape() == nf::shape{3, 0});
  CHECK(nf::array(nf::cumsum(nf::zeros({3, 0}), axis(0))).shape() == nf::shape{3, 0});
  CHECK(values(nf::cumsum(nf::full({}, 5))) == ints{5});
  CHECK(values(nf::cumsum(nf::full({4}, 5))) == ints{5, 10, 15, 20});  // no operand in memory
  CHECK_THROWS_MATCHES(values(nf::cumsum(nf::zeros({3, 2}), axis(2))), nf::index_error,
                       Message("axis 2 is out of bounds for array of dimension 2"));
  CHECK_THROWS_MATCHES(values(nf::cumsum(nf::zeros({3, 2}), axis(0, 1))), nf::value_error,
                       Message("a scan goes along one axis"));
}

TEST_CASE("scan: what is scanned is fused, and the result takes part in expressions", "[scan][device]") {
  nf::array<float> const x = small_numbers<float>({20, 30}), y = small_numbers<float>({30});
  auto const launches = [] { return nf::device::current().memory_stats().launches; };
  auto const before = launches();
  nf::array<float> const s = nf::cumsum(x * y + 1, axis(0));
  if (nf::device::current().kind() != nf::device_kind::webgl) CHECK(launches() == before + 1);
  CHECK(values(s) == reference<float>(nf::to_host(x * y + 1), 0, 0.f, plus));
  CHECK(values(nf::cumsum(x, axis(1)) * 2 + y) == values(nf::array<float>(nf::cumsum(x, axis(1))) * 2.f + y));
  CHECK(values(nf::cumsum(x, axis(1))[slice(none, none, -7), 4]) ==
        values(nf::array<float>(nf::cumsum(x, axis(1)))[slice(none, none, -7), 4]));
  CHECK(values(nf::cumsum(nf::cumsum(x, axis(0)), axis(1))[19]) == values(nf::cumsum(nf::sum(x, axis(0)))));
  // elements that are expensive, in more than one chunk
  nf::array<float> const w = nf::linspace(0.f, 1.f, 20'000);
  auto const heavy = nf::sin(nf::cos(nf::exp(nf::tanh(nf::erf(nf::sin(nf::cos(nf::exp(nf::tanh(nf::erf(w))))))))) +
                             nf::sin(nf::cos(nf::exp(nf::tanh(nf::erf(nf::sin(nf::cos(nf::exp(w)))))))));
  CHECK(values(nf::cummax(heavy)) == reference<float>(nf::to_host(nf::array(heavy)), 0, -9.f, most));
}

TEST_CASE("scan: an operation of one's own", "[scan][device]") {
  // The last number that is not zero: associative, not commutative.
  auto const fill = [](auto a, auto b) { return nf::where(b == 0, a, b); };
  for (nf::shape const& s : {nf::shape{17}, nf::shape{5, 9000}, nf::shape{900, 40}, nf::shape{50'000}}) {
    nf::array<std::int32_t> const x = array_of(s, [](int k) { return k % 7 == 3 || k % 1000 < 30 ? k : 0; });
    auto const forward = [](std::int32_t a, std::int32_t b) { return b == 0 ? a : b; };
    for (std::size_t a = 0; a < s.size(); ++a) {
      CHECK(values(nf::scan(x, fill, 0, axis(a))) == reference<std::int32_t>(nf::to_host(x), a, 0, forward));
      CHECK(values(nf::scan(x, fill, 0, axis(a), nf::reverse, nf::exclusive)) ==
            reference<std::int32_t>(nf::to_host(x), a, 0, forward, true, true));
    }
  }
  nf::array<float> const p = {1, 2, 3, 4};
  CHECK(values(nf::scan(p, [](auto a, auto b) { return a * b; }, 1)) == floats{1, 2, 6, 24});
  using c = std::complex<float>;
  CHECK(values(nf::scan(
            nf::array<c>{c(0, 1), c(0, 1)}, [](auto a, auto b) { return a + b; }, c(0, 0), nf::exclusive)) ==
        std::vector<c>{c(0, 0), c(0, 1)});
  CHECK(values(nf::scan(
            nf::array<bool>{true, true, false}, [](auto a, auto b) { return a * b; }, true)) == bytes{1, 1, 0});
}

TEST_CASE("scan: with an element before the first", "[scan][device]") {
  nf::array<int> const x = {{1, 2, 3}, {4, 5, 6}};
  CHECK(values(nf::cumulative_sum(x, axis(1))) == ints{1, 3, 6, 4, 9, 15});
  nf::array<int> const s = nf::cumulative_sum(x, axis(1), true);
  CHECK(s.shape() == nf::shape{2, 4});
  CHECK(values(s) == ints{0, 1, 3, 6, 0, 4, 9, 15});
  CHECK(values(nf::cumulative_prod(x, axis(0), true)) == ints{1, 1, 1, 1, 2, 3, 4, 10, 18});
  CHECK(values(nf::cumulative_sum(nf::array<float>(), axis(0), true)) == floats{0});
}
