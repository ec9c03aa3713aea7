#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <complex>
#include <limits>

#include <order_cases.hpp>

using Catch::Matchers::Message;
using nf::none;
using nf::quantile_method;
using nf::side;
using nf::slice;

namespace {

/// Equal, NaN to NaN.
template <class T> bool same(std::vector<T> const& a, std::vector<T> const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k)
    if (a[k] != b[k] && (a[k] == a[k] || b[k] == b[k])) return false;
  return true;
}
/// Within a few units in the last place of the values of these tests.
bool near(floats const& a, floats const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k)
    if (!(std::abs(a[k] - b[k]) <= 4e-6f) && (a[k] == a[k] || b[k] == b[k])) return false;
  return true;
}
template <class T> nf::array<T> vector_of(std::vector<T> const& list) {
  return nf::array<T>(list, nf::shape(nf::index(list.size())));
}
nf::array<float> const& x() {
  static nf::array<float> const* const v = new nf::array<float>(vector_of(order::x));
  return *v;
}
nf::array<std::int32_t> n() { return vector_of(order::n); }
nf::array<std::int32_t> m() { return vector_of(order::m); }

std::vector<std::pair<quantile_method, std::pair<floats const*, floats const*>>> methods() {
#define NDFUSE_METHOD(name)                                                         \
  {                                                                                 \
    quantile_method::name, { &order::quantile_##name, &order::quantile_##name##_1 } \
  }
  return {NDFUSE_METHOD(inverted_cdf),
          NDFUSE_METHOD(averaged_inverted_cdf),
          NDFUSE_METHOD(closest_observation),
          NDFUSE_METHOD(interpolated_inverted_cdf),
          NDFUSE_METHOD(hazen),
          NDFUSE_METHOD(weibull),
          NDFUSE_METHOD(linear),
          NDFUSE_METHOD(median_unbiased),
          NDFUSE_METHOD(normal_unbiased),
          NDFUSE_METHOD(lower),
          NDFUSE_METHOD(higher),
          NDFUSE_METHOD(midpoint),
          NDFUSE_METHOD(nearest)};
#undef NDFUSE_METHOD
}

}  // namespace

TEST_CASE("unique: values, first places, inverse, counts as NumPy's", "[order][device]") {
  auto const u = nf::unique_all(x());
  CHECK(same(values(u.values), order::unique_x_values));
  CHECK(values(u.indices) == order::unique_x_indices);
  CHECK(values(u.inverse_indices) == order::unique_x_inverse);
  CHECK(values(u.counts) == order::unique_x_counts);
  auto const v = nf::unique_all(nf::reshape(n(), {5, 12}));
  CHECK(values(v.values) == order::unique_n_values);
  CHECK(values(v.indices) == order::unique_n_indices);
  CHECK(values(v.inverse_indices) == order::unique_n_inverse);
  CHECK(v.inverse_indices.shape() == nf::shape{5, 12});
  CHECK(values(v.counts) == order::unique_n_counts);
  CHECK(same(values(nf::unique(x())), order::unique_x_values));
  CHECK(values(nf::unique(nf::zeros({5000}))) == floats{0});
  CHECK(values(nf::unique(nf::floor_divide(nf::arange(5000), 2))) == values(nf::arange(2500)));
  CHECK(values(nf::unique(nf::array<float>{7})) == floats{7});
  CHECK(nf::unique(nf::zeros({0})).size() == 0);
  CHECK(nf::unique_all(nf::zeros({0, 3})).inverse_indices.shape() == nf::shape{0, 3});
  float const nan = std::numeric_limits<float>::quiet_NaN();
  auto const z = vector_of(std::vector<std::complex<float>>{{1, 2}, {nan, 1}, {1, 2}, {0, 5}, {2, nan}});
  CHECK(values(nf::unique_all(z).counts) == ints{1, 2, 2});
  CHECK(values(nf::unique_all(z).inverse_indices) == ints{1, 2, 1, 0, 2});
}

TEST_CASE("sets: membership, union, intersection, differences as NumPy's", "[order][device]") {
  auto const other = m() - 3;
  CHECK(values(nf::isin(x(), nf::astype<float>(other))) == order::isin_x);
  CHECK(values(nf::isin(nf::reshape(n(), {3, 20}), other)) == order::isin_n);
  CHECK(values(nf::isin(n(), other, true)) == values(!nf::isin(n(), other)));
  CHECK(values(nf::isin(n(), nf::zeros<std::int32_t>({0}))) == bytes(60, 0));
  CHECK(same(values(nf::union1d(x(), other)), order::union_x));
  CHECK(values(nf::union1d(n(), other)) == order::union_n);
  CHECK(same(values(nf::intersect1d(x(), other)), order::intersect_x));
  CHECK(values(nf::intersect1d(n(), other)) == order::intersect_n);
  CHECK(same(values(nf::setdiff1d(x(), other)), order::setdiff_x));
  CHECK(values(nf::setdiff1d(n(), other)) == order::setdiff_n);
  CHECK(same(values(nf::setxor1d(x(), other)), order::setxor_x));
  CHECK(values(nf::setxor1d(n(), other)) == order::setxor_n);
  CHECK(values(nf::setxor1d(n(), n())).empty());
  CHECK(values(nf::intersect1d(n(), nf::zeros<std::int32_t>({0}))).empty());
}

TEST_CASE("searchsorted and digitize", "[order][device]") {
  auto const other = m() - 3;
  CHECK(values(nf::searchsorted(nf::sort(x()), nf::astype<float>(other))) == order::searchsorted_x_left);
  CHECK(values(nf::searchsorted<side::right>(nf::sort(x()), other)) == order::searchsorted_x_right);
  CHECK(values(nf::searchsorted(nf::sort(other), x())) == order::searchsorted_x_in_left);
  CHECK(values(nf::searchsorted<side::right>(nf::sort(other), x())) == order::searchsorted_x_in_right);
  CHECK(values(nf::searchsorted(nf::sort(n()), other)) == order::searchsorted_n_left);
  CHECK(values(nf::searchsorted<side::right>(n(), other, nf::argsort(n()))) == order::searchsorted_n_right);
  CHECK(values(nf::searchsorted(nf::sort(n())[slice(none, none, 1)], 3)).size() == 1);
  CHECK(values(nf::searchsorted(nf::zeros({0}), x())) == ints(60, 0));
  CHECK(values(nf::searchsorted(nf::arange(100'000), nf::arange(100'000))) == values(nf::arange(100'000)));
  CHECK_THROWS_AS(nf::searchsorted(nf::zeros({2, 2}), x()), nf::value_error);
  auto const bins = vector_of(order::bins);
  auto const falling = bins[slice(none, none, -1)];
  CHECK(values(nf::digitize(x(), bins)) == order::digitize_0);
  CHECK(values(nf::digitize(x(), bins, true)) == order::digitize_1);
  CHECK(values(nf::digitize(x(), falling)) == order::digitize_falling_0);
  CHECK(values(nf::digitize(x(), falling, true)) == order::digitize_falling_1);
  CHECK_THROWS_MATCHES(nf::digitize(x(), nf::array<float>{1, 3, 2}), nf::value_error,
                       Message("bins must be monotonically increasing or decreasing"));
}

TEST_CASE("interp", "[order][device]") {
  auto const p = vector_of(order::interp_x), f = vector_of(order::interp_f);
  CHECK(near(values(nf::interp(x(), p, f)), order::interp));
  CHECK(near(values(nf::interp(x(), p, f, -7, 9)), order::interp_ends));
  CHECK(near(values(nf::interp(x(), p[slice(0, 1)], f[slice(0, 1)])), order::interp_one));
  CHECK_THROWS_AS(nf::interp(x(), nf::zeros({0}), nf::zeros({0})), nf::value_error);
  CHECK_THROWS_AS(nf::interp(x(), p, f[slice(1, none)]), nf::value_error);
}

TEST_CASE("histogram, histogram2d and bincount", "[order][device]") {
  auto const finite = vector_of(order::finite), bins = vector_of(order::bins);
  nf::array<float> const weights = nf::arange(60) * 0.25f;
  CHECK(values(nf::histogram(finite).counts) == order::histogram_10);
  auto const h = nf::histogram(x(), 7, std::pair{-1.5, 2.0});
  CHECK(values(h.counts) == order::histogram_7);
  CHECK(near(values(h.edges), order::histogram_7_edges));
  CHECK(values(nf::histogram(x(), bins).counts) == order::histogram_bins);
  CHECK(values(nf::histogram(finite, 5, std::nullopt, weights).counts) == order::histogram_weights);
  CHECK(values(nf::histogram(x(), bins, weights).counts) == order::histogram_bins_weights);
  CHECK(values(nf::histogram2d(finite, n(), 4, 5, std::pair{-3.0, 3.0}, std::pair{-5.0, 9.0}).counts) ==
        order::histogram2d);
  CHECK(values(nf::bincount(m())) == order::bincount);
  CHECK(values(nf::bincount(m(), 20)) == order::bincount_20);
  CHECK(values(nf::bincount(m(), nf::arange(30) * 0.25f)) == order::bincount_weights);
  CHECK(nf::bincount(nf::zeros<std::int32_t>({0})).size() == 0);
  CHECK(values(nf::bincount(nf::zeros<std::int32_t>({0}), 3)) == ints(3, 0));
  CHECK(values(nf::histogram(nf::zeros({0}), 3).counts) == ints(3, 0));
  CHECK(values(nf::histogram(nf::full({9}, 4.0f), 3).counts) == ints{0, 9, 0});
  CHECK_THROWS_MATCHES(nf::bincount(n()), nf::value_error, Message("'list' argument must have no negative elements"));
  CHECK_THROWS_AS(nf::histogram(x()), nf::value_error);  // NaN in it: no range
  CHECK_THROWS_AS(nf::histogram(finite, 0), nf::value_error);
  CHECK_THROWS_AS(nf::histogram(finite, nf::array<float>{1, 3, 2}), nf::value_error);
  CHECK_THROWS_AS(nf::histogram(finite, 5, std::nullopt, nf::zeros({59})), nf::value_error);
}

TEST_CASE("histogram: sizes around those of workgroups, many bins, views", "[order][device]") {
  for (nf::index count : {1, 3, 255, 1025, 4096, 100'003})
    for (nf::index bins : {1, 3, 100, 1024, 1025, 5000}) {
      CAPTURE(count, bins);
      auto const number = (nf::arange(count) * 7919) % std::int32_t(bins);
      ints expected(std::size_t(bins), 0);
      for (nf::index k = 0; k < count; ++k)
        ++expected[std::size_t(std::int32_t(std::uint32_t(k) * 7919u) % std::int32_t(bins))];
      if (count * 7919 > INT32_MAX) break;
      CHECK(values(nf::bincount(number, bins)) == expected);
    }
  nf::array<std::uint8_t> const small = nf::astype<std::uint8_t>(nf::arange(10'001) % 200);
  CHECK(values(nf::bincount(small)) == values(nf::bincount(nf::arange(10'001) % 200)));
  CHECK(values(nf::bincount(small[slice(3, none, 7)], 200)) ==
        values(nf::bincount((nf::arange(10'001) % 200)[slice(3, none, 7)], 200)));
  auto const table = nf::reshape(nf::arange(60'000) % 97, {200, 300});
  auto const part = nf::transpose(table)[slice(none, none, 3), slice(7, 101)];
  CHECK(values(nf::histogram(part, 97, std::pair{-0.5, 96.5}).counts) ==
        values(nf::bincount(nf::reshape(part, {-1}), 97)));
}

TEST_CASE("quantile: all methods, axes, NaN", "[order][device]") {
  auto const rows = nf::reshape(vector_of(order::finite), {5, 12});
  auto const some_nan = nf::reshape(vector_of(order::some_nan), {5, 12});
  for (auto const& [method, expected] : methods()) {
    CAPTURE(int(method));
    CHECK(near(values(nf::quantile(rows, {0, 0.1, 0.25, 0.5, 0.61, 0.9, 1}, method)), *expected.first));
    CHECK(
        near(values(nf::quantile(some_nan, {0, 0.1, 0.25, 0.5, 0.61, 0.9, 1}, nf::axis(1), method)), *expected.second));
  }
  CHECK(near(values(nf::quantile(nf::reshape(n(), {3, 4, 5}), 0.3, nf::axis(0, 2))), order::quantile_n));
  CHECK(nf::quantile(nf::reshape(n(), {3, 4, 5}), 0.3, nf::axis(0, 2), nf::keepdims).shape() == nf::shape{1, 4, 1});
  CHECK(near(values(nf::percentile(rows, 37.5)), order::percentile));
  CHECK(near(values(nf::median(some_nan, nf::axis(0))), order::median));
  CHECK(near(values(nf::median(rows, 0)), order::median_odd));
  CHECK(near(values(nf::median(rows)), order::median_all));
  CHECK(same(values(nf::median(nf::zeros({0}))), floats{std::numeric_limits<float>::quiet_NaN()}));
  CHECK_THROWS_MATCHES(nf::quantile(rows, 1.5), nf::value_error, Message("Quantiles must be in the range [0, 1]"));
  CHECK_THROWS_MATCHES(nf::percentile(rows, -1), nf::value_error, Message("Percentiles must be in the range [0, 100]"));
  CHECK_THROWS_AS(nf::median(rows, 2), nf::index_error);
}

TEST_CASE("lexsort, partition and top_k", "[order][device]") {
  CHECK(values(nf::lexsort(n(), x(), nf::remainder(n(), 3))) == order::lexsort);
  auto const rows = nf::reshape(n(), {5, 12});
  CHECK(values(nf::lexsort(rows, nf::remainder(rows, 3))) == order::lexsort_rows);
  CHECK_THROWS_AS(nf::lexsort(n(), m()), nf::shape_error);
  auto const parted = values(nf::partition(n(), 20));
  auto const sorted = values(nf::sort(n()));
  CHECK(parted[20] == sorted[20]);
  CHECK(*std::max_element(parted.begin(), parted.begin() + 20) <= parted[20]);
  CHECK(values(n())[std::size_t(values(nf::argpartition(n(), -1))[59])] == sorted[59]);
  CHECK_THROWS_MATCHES(nf::partition(n(), 60), nf::value_error, Message("kth(=60) out of bounds (60)"));
  auto const top = nf::top_k(rows, 3);
  REQUIRE(top.values.shape() == nf::shape{5, 3});
  CHECK(values(top.values) == values(nf::sort(rows, nf::descending)[nf::all, slice(0, 3)]));
  CHECK(values(top.indices) == values(nf::argsort(rows, nf::descending)[nf::all, slice(0, 3)]));
  CHECK(values(nf::top_k(rows, 2, 0, false).values) == values(nf::sort(rows, 0)[slice(0, 2)]));
  CHECK(nf::top_k(rows, 0).values.shape() == nf::shape{5, 0});
  CHECK_THROWS_AS(nf::top_k(rows, 13), nf::value_error);
}
