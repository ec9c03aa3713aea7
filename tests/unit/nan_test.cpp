// Functions that leave NaN out and need more than a reduction's accumulators, against NumPy's.

#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <complex>
#include <limits>

#include <nan_cases.hpp>

using Catch::Matchers::Message;
using nf::axis;
using nf::keepdims;
using nf::none;
using nf::quantile_method;
using nf::slice;

namespace {

float const not_a_number = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();

nf::array<float> x() { return nf::array<float>(nan_cases::x, {12, 17}); }

/// Within a few units in the last place of the values of these tests; NaN to NaN.
template <class A, class B> bool near(std::vector<A> const& a, std::vector<B> const& b, double tolerance = 4e-6) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    double const v = double(a[k]), w = double(b[k]);
    if (v != w && !(std::abs(v - w) <= tolerance) && (v == v || w == w)) return false;
  }
  return true;
}
struct method_case {
  quantile_method method;
  floats const &columns, &rows;
};
std::vector<method_case> methods() {
#define NDFUSE_METHOD(name) \
  { quantile_method::name, nan_cases::nanquantile_##name##_0, nan_cases::nanquantile_##name##_1 }
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

TEST_CASE("nanargmax and nanargmin", "[nan][device]") {
  nf::array<float> const known(nan_cases::known, {11, 17});
  CHECK(values(nf::nanargmax(x(), axis(0))) == nan_cases::nanargmax_0);
  CHECK(values(nf::nanargmin(x(), 0, keepdims)) == nan_cases::nanargmin_0);
  CHECK(values(nf::nanargmax(known, axis(1))) == nan_cases::nanargmax_1);
  CHECK(values(nf::nanargmin(nf::transpose(known), axis(0))) == nan_cases::nanargmin_1);
  CHECK(values(nf::nanargmax(x())) == nan_cases::nanargmax_all);
  CHECK(values(nf::nanargmin(x() * 1)) == nan_cases::nanargmin_all);
  CHECK(nf::nanargmin(known, -1, keepdims).shape() == nf::shape{11, 1});
  // Ties over several chunks, infinities, other types.
  CHECK(nf::item(nf::nanargmax(nf::where(nf::arange(70'000) % 7 == 3, 2.f, not_a_number))) == 3);
  CHECK(nf::item(nf::nanargmin(nf::array<float>{not_a_number, infinite, infinite})) ==
        0);  // as NumPy: NaN counts as inf
  CHECK(nf::item(nf::nanargmin(nf::array<float>{infinite, not_a_number})) == 0);
  CHECK(nf::item(nf::nanargmax(nf::array<float>{-infinite, not_a_number, -3})) == 2);
  CHECK(nf::item(nf::nanargmax(nf::array<int>{3, 9, 9})) == 1);
  CHECK(nf::item(nf::nanargmin(nf::array<bool>{true, false})) == 1);
  CHECK(nf::item(nf::nanargmax(nf::array<nf::float16>{nf::float16(not_a_number), nf::float16(2.f)})) == 1);
  CHECK(nf::nanargmax(nf::zeros({0, 3}), axis(1)).size() == 0);
  CHECK_THROWS_MATCHES(nf::nanargmax(nf::zeros({0})), nf::value_error,
                       Message("attempt to get argmax of an empty sequence"));
  CHECK_THROWS_MATCHES(nf::nanargmin(nf::zeros({3, 0}), axis(1)), nf::value_error,
                       Message("attempt to get argmin of an empty sequence"));
  CHECK_THROWS_AS(nf::nanargmin(x(), 2), nf::index_error);
}

TEST_CASE("nanargmax of nothing but NaN throws at the next wait", "[nan][device]") {
  nf::array<std::int32_t> const bad = nf::nanargmax(x(), axis(1));
  nf::array<float> const other = x() + 1;
  CHECK_THROWS_MATCHES(nf::to_host(other), nf::value_error, Message("All-NaN slice encountered"));
  ints expected = nan_cases::nanargmax_1;  // it was told once; the row that is all NaN is the last but one
  expected.insert(expected.end() - 1, -1);
  CHECK(values(bad) == expected);
  nf::nanargmin(nf::full({4}, not_a_number));
  CHECK_THROWS_MATCHES(nf::device::current().synchronize(), nf::value_error, Message("All-NaN slice encountered"));
  nf::device::current().synchronize();
}

TEST_CASE("nanquantile: all methods, by rows and by columns", "[nan][device]") {
  for (auto const& m : methods()) {
    CAPTURE(int(m.method));
    CHECK(near(values(nf::nanquantile(x(), {0, 0.1, 0.25, 0.3, 0.5, 0.61, 0.9, 1}, axis(0), m.method)), m.columns));
    CHECK(near(values(nf::nanquantile(x(), {0, 0.1, 0.25, 0.3, 0.5, 0.61, 0.9, 1}, axis(1), m.method)), m.rows));
  }
}

TEST_CASE("nanquantile, nanpercentile and nanmedian: axes, types, infinities", "[nan][device]") {
  auto const cube = nf::reshape(x(), {3, 4, 17});
  CHECK(near(values(nf::nanquantile(cube, 0.3, axis(0, 2))), nan_cases::nanquantile_axes));
  CHECK(nf::nanquantile(cube, 0.3, axis(0, 2), keepdims).shape() == nf::shape{1, 4, 1});
  CHECK(nf::nanquantile(cube, {0.3, 0.4}, axis(1), keepdims).shape() == nf::shape{2, 3, 1, 17});
  CHECK(near(values(nf::nanpercentile(x(), 37.5)), nan_cases::nanpercentile_all));
  CHECK(near(values(nf::nanmedian(x(), axis(0))), nan_cases::nanmedian_0));
  CHECK(near(values(nf::nanmedian(x(), 1, keepdims)), nan_cases::nanmedian_1));
  CHECK(near(values(nf::nanmedian(cube, axis(0, 2))), nan_cases::nanmedian_axes));
  CHECK(near(values(nf::nanmedian(x()[slice(none, none, -1)])), nan_cases::nanmedian_all));

  CHECK(values(nf::nanmedian(nf::array<int>{5, 1, 2, 9})) == floats{3.5f});
  CHECK(values(nf::nanpercentile(nf::array<int>{5, 1, 2, 9}, 100)) == floats{9});
  CHECK(float(nf::item(nf::nanmedian(nf::array<nf::float16>{nf::float16(not_a_number), nf::float16(2.f)}))) == 2);
  CHECK(float(nf::item(nf::nanquantile(nf::array<nf::float16>{nf::float16(1.f), nf::float16(2.f)}, 0.5))) == 1.5f);
  // Elements that infinite neighbours do not change.
  CHECK(values(nf::nanquantile(nf::array<float>{1, infinite, not_a_number, 2}, 0.5)) == floats{2});
  CHECK(values(nf::nanquantile(nf::array<float>{1, infinite, not_a_number, infinite}, 0.75)) == floats{infinite});
  CHECK(values(nf::quantile(nf::array<float>{1, infinite, 2}, 0.5)) == floats{2});
  CHECK(values(nf::nanmedian(nf::array<float>{not_a_number, infinite, infinite})) == floats{infinite});
  // No elements, no rows, nothing but NaN.
  CHECK(near(values(nf::nanmedian(nf::zeros({2, 0}), axis(1))), floats{not_a_number, not_a_number}));
  CHECK(near(values(nf::nanquantile(nf::zeros({0}), 0.5)), floats{not_a_number}));
  CHECK(nf::nanquantile(nf::zeros({0, 3}), 0.5, axis(1)).size() == 0);
  CHECK(near(values(nf::nanquantile(nf::full({300}, not_a_number), {0.1, 1})), floats{not_a_number, not_a_number}));
  CHECK(near(values(nf::nanmedian(nf::full({300}, not_a_number))), floats{not_a_number}));
  // Many elements: 0, NaN, 2, NaN, ...
  auto const i = nf::arange(4003);
  CHECK(values(nf::nanquantile(nf::where(i % 2 == 0, i, not_a_number), 0.25)) == floats{1000.5f});
  CHECK(values(nf::nanmedian(nf::where(i % 2 == 0, i, not_a_number))) == floats{2001});

  CHECK_THROWS_MATCHES(nf::nanquantile(x(), 1.5), nf::value_error, Message("Quantiles must be in the range [0, 1]"));
  CHECK_THROWS_MATCHES(nf::nanquantile(x(), {0.5, -1}), nf::value_error,
                       Message("Quantiles must be in the range [0, 1]"));
  CHECK_THROWS_MATCHES(nf::nanpercentile(x(), 101), nf::value_error,
                       Message("Percentiles must be in the range [0, 100]"));
  CHECK_THROWS_AS(nf::nanmedian(x(), 2), nf::index_error);
  CHECK_THROWS_MATCHES(nf::nanmedian(x(), axis(0, 0)), nf::value_error, Message("duplicate value in 'axis'"));
}

TEST_CASE("functions that leave NaN out, of doubles", "[nan]") {
  nf::array<double> const d{0.1, std::nan(""), 0.4, 0.2};
  CHECK(nf::item(nf::nanargmax(d)) == 2);
  CHECK(nf::item(nf::nanmedian(d)) == 0.2);
  CHECK(std::abs(nf::item(nf::nanquantile(d, 0.3)) - 0.16) < 1e-15);
  CHECK(near(values(nf::nanquantile(d, {0, 1})), std::vector<double>{0.1, 0.4}, 0));
  CHECK_THROWS_MATCHES(nf::item(nf::nanargmin(nf::array<double>{std::nan("")})), nf::value_error,
                       Message("All-NaN slice encountered"));
}
