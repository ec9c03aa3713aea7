#include "values.hpp"

#include <boost/hana/integral_constant.hpp>
#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <complex>
#include <limits>

using Catch::Matchers::Message;
using nf::all;
using nf::axis;
using nf::keepdims;
using nf::none;
using nf::slice;

namespace {

/// f joins the elements of `x` along the axes in `mask`, one by one, from `first`.
template <class R, class T, class F> std::vector<R> reference(nf::host_array<T> const& x, std::uint32_t mask, R first,
                                                              F f) {
  nf::shape const s = x.shape();
  nf::shape kept;
  for (std::size_t a = 0; a < s.size(); ++a) kept.push_back((mask >> a & 1u) != 0 ? 1 : s[a]);
  std::vector<R> out(std::size_t(nf::element_count(kept)), first);
  for (std::size_t n = 0; n < x.size(); ++n) {
    std::size_t rest = n, to = 0, scale = 1;
    for (std::size_t a = s.size(); a-- > 0;) {
      std::size_t const at = rest % std::size_t(s[a]);
      rest /= std::size_t(s[a]);
      if ((mask >> a & 1u) == 0) to += at * scale;
      scale *= std::size_t(kept[a]);
    }
    out[to] = f(out[to], x[n]);
  }
  return out;
}

/// Calls check(options..., mask) for each set of axes of a rank.
template <class F> void each_axis_set(std::size_t rank, F f) {
  for (std::uint32_t mask = 0; mask < (1u << rank); ++mask) {
    CAPTURE(rank, mask);
    nf::index in[4]{};
    std::size_t n = 0;
    for (std::size_t a = 0; a < rank; ++a)
      if ((mask >> a & 1u) != 0)
        in[n++] = a % 2 == 0 ? nf::index(a) : nf::index(a) - nf::index(rank);  // negative axes too
    if (n == 0) f(axis(), mask);
    else if (n == 1) f(axis(in[0]), mask);
    else if (n == 2) f(axis(in[1], in[0]), mask);
    else if (n == 3) f(axis(in[0], in[2], in[1]), mask);
    else f(axis(in[0], in[1], in[2], in[3]), mask);
  }
}

constexpr auto plus = [](auto a, auto b) { return decltype(a)(a + decltype(a)(b)); };
constexpr auto most = [](auto a, auto b) { return a > b ? a : decltype(a)(b); };
constexpr auto least = [](auto a, auto b) { return a < b ? a : decltype(a)(b); };

/// All reductions over all sets of axes.
template <class T> void check_all(nf::array<T> const& x) {
  auto const host = nf::to_host(x);
  each_axis_set(x.ndim(), [&](nf::axis const& over, std::uint32_t mask) {
    nf::shape kept;
    for (std::size_t a = 0; a < x.ndim(); ++a) {
      if ((mask >> a & 1u) == 0) kept.push_back(x.shape()[a]);
    }
    auto const sums = nf::array(nf::sum(x, over));
    CHECK(sums.shape() == kept);
    CHECK(values(sums) == reference<typename decltype(sums)::value_type>(host, mask, 0, plus));
    CHECK(nf::array(nf::sum(x, over, keepdims)).ndim() == x.ndim());
    CHECK(values(nf::max(x, over)) == reference<T>(host, mask, std::numeric_limits<T>::lowest(), most));
    CHECK(values(nf::min(x, over)) == reference<T>(host, mask, std::numeric_limits<T>::max(), least));
    CHECK(values(nf::any(x, over)) ==
          reference<std::uint8_t>(host, mask, 0, [](auto a, auto b) { return std::uint8_t(a || b != 0); }));
    CHECK(values(nf::all(x, over)) ==
          reference<std::uint8_t>(host, mask, 1, [](auto a, auto b) { return std::uint8_t(a && b != 0); }));
  });
}

template <class T> nf::array<T> small_numbers(nf::shape const& s) {
  return array_of(
      s, [](int k) { return T((k * 37 + k / 7) % 11 - (std::signed_integral<T> || std::floating_point<T> ? 3 : 0)); });
}

}  // namespace

TEST_CASE("reduce: every set of axes, in every kind of view", "[reduce][device]") {
  check_all(small_numbers<float>({7}));
  check_all(small_numbers<float>({5, 8}));
  check_all(small_numbers<float>({4, 3, 6}));
  check_all(small_numbers<float>({3, 2, 5, 4}));
  check_all(small_numbers<float>({1, 9, 1}));
  check_all(small_numbers<float>({})[nf::ellipsis]);
  auto const x = small_numbers<float>({6, 10, 13});
  check_all(x[slice(none, none, -1), slice(1, none, 3)]);
  check_all(x[all, all, slice(2, 10)]);
  check_all(x[all, all, slice(none, none, -2)]);
  check_all(x[3, nf::newaxis, all, slice(5, none)]);
  check_all(x[all, 0]);
}

TEST_CASE("reduce: other element types", "[reduce][device]") {
  check_all(small_numbers<std::int32_t>({5, 70}));
  check_all(small_numbers<std::uint32_t>({33, 3}));
  check_all(small_numbers<std::int8_t>({40, 41}));
  check_all(small_numbers<std::uint8_t>({2, 1001}));
  check_all(small_numbers<std::int16_t>({12, 5, 3}));
  check_all(small_numbers<double>({5, 7}));
  check_all(small_numbers<std::int64_t>({50, 7}));
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::sum(std::declval<nf::array<std::int8_t>>()))> == nf::dtype::int32);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::sum(std::declval<nf::array<bool>>()))> == nf::dtype::int32);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::max(std::declval<nf::array<std::int8_t>>()))> == nf::dtype::int8);
  STATIC_CHECK(nf::dtype_of_expression<decltype(nf::mean(std::declval<nf::array<int>>()))> == nf::dtype::float32);
  CHECK(nf::item(nf::sum(nf::full({1000}, std::uint8_t(255)))) == 255'000u);
  CHECK(nf::item(nf::sum(nf::full({3}, INT32_MAX))) ==
        std::int32_t(3u * std::uint32_t(INT32_MAX)));  // wraps as numpy's int32 does
  nf::array<bool> const b = {{true, false, true}, {false, false, true}};
  CHECK(values(nf::sum(b, axis(0))) == ints{1, 0, 2});
  CHECK(values(nf::max(b, axis(1))) == bytes{1, 1});
  CHECK(values(nf::min(b, axis(0))) == bytes{0, 0, 1});
  CHECK(nf::item(nf::mean(b)) == 0.5f);
  CHECK(nf::item(nf::count_nonzero(b)) == 3);
  CHECK(values(nf::prod(nf::array<int>{{1, 2}, {3, 4}}, axis(1))) == ints{2, 12});
  using c = std::complex<float>;
  CHECK(nf::item(nf::sum(nf::array<c>{c(1, 2), c(3, -5)})) == c(4, -3));
  CHECK(nf::item(nf::prod(nf::array<c>{c(1, 2), c(0, 1)})) == c(-2, 1));
  CHECK(nf::item(nf::mean(nf::array<c>{c(1, 2), c(3, -5)})) == c(2, -1.5f));
  nf::array<nf::float16> const h = nf::full({5000}, nf::float16(0.5f));
  CHECK(float(nf::item(nf::sum(h))) == 2500.f);
  CHECK(float(nf::item(nf::mean(h))) == 0.5f);
}

TEST_CASE("reduce: sizes around those of workgroups, blocks and chunks", "[reduce][device]") {
  for (nf::index n : {1, 2, 3, 4, 5, 255, 256, 257, 1023, 1024, 1025, 4097, 65535, 65537, 262'147}) {
    CAPTURE(n);
    nf::array<std::int32_t> const x = nf::arange(n) % 1000;
    std::int64_t total = 0;
    for (nf::index k = 0; k < n; ++k) total += k % 1000;
    CHECK(nf::item(nf::sum(x)) == std::int32_t(total));
    CHECK(nf::item(nf::max(x)) == std::int32_t(n < 1000 ? n - 1 : 999));
    CHECK(nf::item(nf::sum(x[slice(none, none, -1)])) == std::int32_t(total));
    CHECK(nf::item(nf::min(x * -1)) == std::int32_t(n < 1000 ? 1 - n : -999));
  }
}

TEST_CASE("reduce: many rows, long columns, wide rows", "[reduce][device]") {
  auto const check = [](nf::index rows, nf::index columns) {
    CAPTURE(rows, columns);
    nf::array<std::int32_t> const x = (nf::arange(rows)[all, nf::newaxis] * 3 + nf::arange(columns)) % 17;
    auto const host = nf::to_host(x);
    CHECK(values(nf::sum(x, axis(0))) == reference<std::int32_t>(host, 1, 0, plus));
    CHECK(values(nf::sum(x, axis(1))) == reference<std::int32_t>(host, 2, 0, plus));
    CHECK(values(nf::max(x, axis(1))) == reference<std::int32_t>(host, 2, -1, most));
    CHECK(values(nf::sum(x)) == reference<std::int32_t>(host, 3, 0, plus));
  };
  check(3, 100'001);
  check(100'003, 3);
  check(70'000, 5);  // more rows than workgroups in one dimension
  check(1000, 257);
  check(5, 66'000);
}

TEST_CASE("reduce: large", "[reduce][device][large]") {
  // more than 65535 workgroups of outputs, and chunks of chunks
  nf::index const n = 20'000'000;
  auto const x = nf::arange(n) % 8;
  CHECK(nf::item(nf::sum(x)) == std::int32_t(n / 8 * 28));
  CHECK(nf::item(nf::max(nf::arange(n))) == std::int32_t(n - 1));
  CHECK(std::abs(nf::item(nf::mean(nf::full({n}, 0.1f))) - 0.1f) < 1e-7f);  // no error that grows with n
}

TEST_CASE("reduce: NaN wins, infinities pass, -0 is a zero", "[reduce][device]") {
  float const nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (int n : {3, 5, 8, 300, 5000})
    for (int at : {0, 1, n / 2, n - 1}) {
      CAPTURE(n, at);
      nf::array<float> x = nf::linspace(-1.f, 1.f, n);
      CHECK(nf::item(nf::max(x)) == 1.f);
      x[at] = nan;
      CHECK(std::isnan(nf::item(nf::max(x))));
      CHECK(std::isnan(nf::item(nf::min(x))));
      CHECK(std::isnan(nf::item(nf::sum(x))));
      CHECK(nf::item(nf::any(x)));
      x[at] = -inf;
      CHECK(nf::item(nf::min(x)) == -inf);
      CHECK(nf::item(nf::sum(x)) == -inf);
    }
  CHECK(nf::item(nf::max(nf::full({10}, -inf))) == -inf);
  CHECK(nf::item(nf::max(nf::array<int>{INT32_MIN, INT32_MIN})) == INT32_MIN);
}

TEST_CASE("reduce: nothing to reduce", "[reduce][device]") {
  nf::array<float> const none_at_all = nf::zeros({0}), rows = nf::zeros({3, 0}), no_rows = nf::zeros({0, 3});
  CHECK(nf::item(nf::sum(none_at_all)) == 0.f);
  CHECK(nf::item(nf::prod(none_at_all)) == 1.f);
  CHECK(nf::item(nf::any(none_at_all)) == false);
  CHECK(nf::item(nf::all(none_at_all)) == true);
  CHECK(std::isnan(nf::item(nf::mean(none_at_all))));
  CHECK(values(nf::sum(rows, axis(1))) == floats{0, 0, 0});
  CHECK(values(nf::sum(rows, axis(0))).empty());
  CHECK(values(nf::max(no_rows, axis(1))).empty());
  CHECK_THROWS_MATCHES(values(nf::max(none_at_all)), nf::value_error,
                       Message("zero-size array to reduction operation maximum which has no identity"));
  CHECK_THROWS_MATCHES(values(nf::min(rows, axis(1))), nf::value_error,
                       Message("zero-size array to reduction operation minimum which has no identity"));
  CHECK_THROWS_AS(values(nf::max(no_rows, axis(0))), nf::value_error);
}

TEST_CASE("reduce: what is reduced is fused, and the result takes part in expressions", "[reduce][device]") {
  nf::array<float> const x = small_numbers<float>({20, 30}), y = small_numbers<float>({30});
  auto const launches = [] { return nf::device::current().memory_stats().launches; };
  auto const before = launches();
  nf::array<float> const s = nf::sum(x * y + 1, axis(1));
  CHECK(launches() == before + 1);
  CHECK(values(s) == reference<float>(nf::to_host(x * y + 1), 2, 0, plus));
  nf::array<float> const z = x - nf::mean(x, axis(1), keepdims);
  CHECK(std::abs(nf::item(nf::max(nf::abs(nf::sum(z, axis(1)))))) < 1e-4f);
  CHECK(values(nf::sum(x, axis(0)) * 2 + y) == values(nf::array<float>(nf::sum(x, axis(0))) * 2.f + y));
  CHECK(values(nf::sum(x, axis(0))[slice(none, none, -7)]) ==
        values(nf::array<float>(nf::sum(x, axis(0)))[slice(none, none, -7)]));
  CHECK(nf::item(nf::sum(nf::sum(x, axis(0)))) == nf::item(nf::sum(x)));
  CHECK(nf::item(nf::sum(nf::arange(101))) == 5050);
  CHECK(values(nf::sum(nf::eye(5), axis(0))) == floats(5, 1));
  CHECK(nf::item(nf::sum(nf::where(x > 0, 1, 0))) == nf::item(nf::count_nonzero(x > 0)));
  nf::array<float> total = nf::zeros({});
  total += nf::sum(x);
  total += nf::sum(x);
  CHECK(nf::item(total) == 2 * nf::item(nf::sum(x)));
  nf::array<float> w = x;
  w = w * 2.f;
  w[0] = nf::sum(w, axis(0));
  CHECK(values(w[0]) == values(nf::sum(x * 2.f, axis(0))));
}

TEST_CASE("reduce: wrong axes", "[reduce][device]") {
  nf::array<float> const x = nf::ones({2, 3});
  CHECK_THROWS_MATCHES(values(nf::sum(x, axis(2))), nf::index_error,
                       Message("axis 2 is out of bounds for array of dimension 2"));
  CHECK_THROWS_MATCHES(values(nf::sum(x, axis(-3))), nf::index_error,
                       Message("axis -3 is out of bounds for array of dimension 2"));
  CHECK_THROWS_MATCHES(values(nf::sum(x, axis(0, -2))), nf::value_error, Message("duplicate value in 'axis'"));
}

TEST_CASE("reduce: more arrays than one kernel can bind", "[reduce][device]") {
  std::vector<nf::array<std::int32_t>> a;
  for (int k = 0; k < 10; ++k) a.push_back(nf::arange(1000) + k);
  CHECK(nf::item(nf::sum(a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7] + a[8] + a[9])) ==
        10 * 499'500 + 45'000);
}

TEST_CASE("reduce: axes and indices as integral constants", "[reduce][device]") {
  using namespace boost::hana::literals;
  nf::array<float> const m = nf::reshape(nf::arange<float>(6), {2, 3});
  CHECK(values(nf::sum(m, 1_c)) == std::vector<float>{3, 12});
  CHECK(values(m[1_c]) == std::vector<float>{3, 4, 5});
  CHECK(values(nf::sum(m[nf::all, 2_c])) == std::vector<float>{7});
}
