#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <algorithm>
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

float const not_a_number = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();

/// The rows of a two-dimensional array.
template <class T> std::vector<std::vector<double>> rows_of(nf::array<T> const& x) {
  auto const host = nf::to_host(x);
  std::size_t const width = std::size_t(x.shape()[1]);
  std::vector<std::vector<double>> rows(std::size_t(x.shape()[0]));
  for (std::size_t k = 0; k < host.size(); ++k) rows[k / width].push_back(double(host[k]));
  return rows;
}
double mean_of(std::vector<double> const& r) {
  double sum = 0;
  for (double v : r) sum += v;
  return sum / double(r.size());
}
double var_of(std::vector<double> const& r) {
  double const m = mean_of(r);
  double sum = 0;
  for (double v : r) sum += (v - m) * (v - m);
  return sum / double(r.size());
}
/// numpy's argmax: the first of the greatest; NaN is greater than all.
template <bool Most> int best_of(std::vector<double> const& r) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < r.size() && !std::isnan(r[best]); ++k)
    if (std::isnan(r[k]) || (Most ? r[k] > r[best] : r[k] < r[best])) best = k;
  return int(best);
}
template <class R, class F> std::vector<R> of_rows(std::vector<std::vector<double>> const& rows, F f) {
  std::vector<R> out;
  for (auto const& r : rows) out.push_back(R(f(r)));
  return out;
}
template <class T> void check_close(std::vector<T> const& got, std::vector<double> const& expected, double tolerance) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    CAPTURE(k, double(got[k]), expected[k]);
    CHECK((std::isnan(expected[k]) ? std::isnan(double(got[k]))
                                   : got[k] == T(expected[k]) || std::abs(double(got[k]) - expected[k]) <=
                                                                     tolerance * (1 + std::abs(expected[k]))));
  }
}

/// All errors relative to the value and `floor` are below `tolerance`.
void check_near(std::vector<float> const& got, std::vector<double> const& expected, double tolerance,
                double floor = 1e-30) {
  REQUIRE(got.size() == expected.size());
  double worst = 0;
  for (std::size_t k = 0; k < got.size(); ++k)
    worst = std::max(worst, std::abs(double(got[k]) - expected[k]) / (std::abs(expected[k]) + floor));
  CHECK(worst < tolerance);
}

}  // namespace

TEST_CASE("reductions: several accumulators, by rows and by columns", "[reductions][device]") {
  for (nf::shape const& s : {nf::shape{1, 1}, nf::shape{2, 257}, nf::shape{3, 20'001}, nf::shape{600, 70}}) {
    CAPTURE(s[0], s[1]);
    nf::array<float> const x = array_of(s, [](int k) { return float((k * 7919 + k / 13) % 1009) * 0.25f + 300; });
    nf::array<float> const t = nf::transpose(x);
    auto const rows = rows_of(x);
    auto const highest = of_rows<std::int32_t>(rows, best_of<true>),
               lowest = of_rows<std::int32_t>(rows, best_of<false>);
    CHECK(values(nf::argmax(x, axis(1))) == highest);
    CHECK(values(nf::argmax(t, axis(0))) == highest);
    CHECK(values(nf::argmin(x, axis(-1))) == lowest);
    CHECK(values(nf::argmin(t, axis(0), keepdims)) == lowest);
    CHECK(values(nf::argmax(x[all, slice(none, none, -1)], axis(1))) == of_rows<std::int32_t>(rows, [](auto r) {
            std::reverse(r.begin(), r.end());
            return best_of<true>(r);
          }));
    auto const vars = of_rows<double>(rows, var_of), means = of_rows<double>(rows, mean_of);
    check_close(values(nf::var(x, axis(1))), vars, 1e-5);
    check_close(values(nf::var(t, axis(0))), vars, 1e-5);
    check_close(values(nf::std(x, axis(1))), of_rows<double>(rows, [](auto& r) { return std::sqrt(var_of(r)); }), 1e-5);
    auto const [m, v] = nf::mean_and_var(x, axis(1));
    check_close(values(m), means, 1e-6);
    check_close(values(v), vars, 1e-5);
    auto const [low, high] = nf::min_and_max(t, axis(0));
    CHECK(values(low) == values(nf::min(x, axis(1))));
    CHECK(values(high) == values(nf::max(x, axis(1))));
    CHECK(values(nf::ptp(x, axis(1))) == values(nf::max(x, axis(1)) - nf::min(x, axis(1))));
    check_close(values(nf::logsumexp(x - 400.f, axis(1))),
                of_rows<double>(rows,
                                [](auto& r) {
                                  double sum = 0;
                                  for (double e : r) sum += std::exp(e - 400);
                                  return std::log(sum);
                                }),
                1e-5);
  }
}

TEST_CASE("reductions: arg of ties, NaN, other types, several axes", "[reductions][device]") {
  CHECK(nf::item(nf::argmax(nf::array<float>{1, 3, not_a_number, 3, not_a_number})) == 2);
  CHECK(nf::item(nf::argmin(nf::array<float>{1, 3, not_a_number, 0, not_a_number})) == 2);
  CHECK(nf::item(nf::argmax(nf::array<float>{-infinite, -infinite})) == 0);
  CHECK(nf::item(nf::argmin(nf::array<float>{infinite, infinite, infinite})) == 0);
  CHECK(nf::item(nf::argmax(nf::full({5000}, 2.f))) == 0);
  CHECK(nf::item(nf::argmax(nf::array<int>{INT32_MIN, INT32_MIN})) == 0);
  CHECK(nf::item(nf::argmax(nf::array<std::uint8_t>{3, 255, 255})) == 1);
  CHECK(nf::item(nf::argmin(nf::array<bool>{true, true, false, false})) == 2);
  CHECK(nf::item(nf::argmax(nf::array<double>{1, 2, 5})) == 2);
  nf::array<float> x = nf::zeros({4, 50, 60});
  x[2, 31, 7] = 1;
  CHECK(nf::item(nf::argmax(x)) == 2 * 3000 + 31 * 60 + 7);
  nf::array<int> const over = nf::argmax(x, axis(0, 2));
  CHECK(over.shape() == nf::shape{50});
  CHECK(nf::item(over[31]) == 2 * 60 + 7);
  CHECK(nf::item(over[30]) == 0);
  CHECK(nf::item(nf::argmax(nf::arange(100'000) % 99'990)) == 99'989);
  CHECK_THROWS_MATCHES(values(nf::argmax(nf::zeros({0}))), nf::value_error,
                       Message("attempt to get argmax of an empty sequence"));
  CHECK_THROWS_MATCHES(values(nf::argmin(nf::zeros({3, 0}), axis(1))), nf::value_error,
                       Message("attempt to get argmin of an empty sequence"));
}

TEST_CASE("reductions: variances that a naive sum would lose", "[reductions][device]") {
  nf::array<float> const x = nf::astype<float>(nf::arange(100'000) % 2) + 3e4f;
  CHECK(std::abs(nf::item(nf::var(x)) - 0.25f) < 1e-3f);
  CHECK(std::abs(nf::item(nf::var(nf::array<int>{1, 2, 3, 4}, nf::ddof(1))) - 5.f / 3) < 1e-6f);
  CHECK(std::isnan(nf::item(nf::var(nf::zeros({0})))));
  CHECK(std::isnan(nf::item(nf::var(nf::array<float>{5}, nf::ddof(1)))));
  CHECK(std::isnan(nf::item(nf::var(nf::array<float>{1, infinite}))));
  CHECK(nf::item(nf::mean_and_var(nf::array<float>{1, infinite, 2}).first) == infinite);
  CHECK(std::isnan(nf::item(nf::var(nf::array<float>{infinite, 1, 2}))));
  CHECK(nf::item(nf::var(nf::array<double>{1, 2})) == 0.25);
  CHECK(float(nf::item(nf::var(nf::array<nf::float16>{nf::float16(1.f), nf::float16(2.f)}))) == 0.25f);
  using c = std::complex<float>;
  CHECK(nf::item(nf::var(nf::array<c>{c(1, 1), c(3, -1)})) == 2.f);
  CHECK(nf::item(nf::std(nf::array<c>{c(1, 1), c(3, -1)}, nf::ddof(1))) == 2.f);
}

TEST_CASE("reductions: without NaN", "[reductions][device]") {
  nf::array<float> const x = {{1, not_a_number, 3}, {not_a_number, not_a_number, not_a_number}, {-2, -5, not_a_number}};
  check_close(values(nf::nansum(x, axis(1))), {4, 0, -7}, 0);
  check_close(values(nf::nanprod(x, axis(1))), {3, 1, 10}, 0);
  check_close(values(nf::nanmax(x, axis(1))), {3, not_a_number, -2}, 0);
  check_close(values(nf::nanmin(x, axis(0))), {-2, -5, 3}, 0);
  check_close(values(nf::nanmean(x, axis(1))), {2, not_a_number, -3.5}, 0);
  check_close(values(nf::nanvar(x, axis(1))), {1, not_a_number, 2.25}, 1e-6);
  check_close(values(nf::nanstd(x, axis(1), nf::ddof(1))), {std::sqrt(2.0), not_a_number, std::sqrt(4.5)}, 1e-6);
  CHECK(nf::item(nf::nanmax(nf::array<int>{3, 4})) == 4);
  CHECK_THROWS_MATCHES(values(nf::nanmax(nf::zeros({0}))), nf::value_error,
                       Message("zero-size array to reduction operation fmax which has no identity"));
}

TEST_CASE("reductions: initial and where", "[reductions][device]") {
  nf::array<int> const x = {{1, 2, 3}, {4, 5, 6}};
  nf::array<bool> const odd = x % 2 == 1;
  CHECK(values(nf::sum(x, axis(1), nf::where(odd))) == ints{4, 5});
  CHECK(values(nf::sum(x, axis(0), nf::initial(10), nf::where(odd))) == ints{11, 15, 13});
  CHECK(values(nf::prod(x, axis(1), nf::where(odd), nf::initial(2))) == ints{6, 10});
  CHECK(values(nf::max(x, axis(1), nf::initial(5))) == ints{5, 6});
  CHECK(values(nf::max(x, axis(1), nf::where(odd), nf::initial(-1))) == ints{3, 5});
  CHECK(values(nf::min(x, axis(0), nf::where(nf::array<bool>{true, false, true}), nf::initial(99))) == ints{1, 99, 3});
  CHECK(values(nf::any(x > 5, axis(1), nf::where(odd))) == bytes{0, 0});
  CHECK(values(nf::all(x > 2, axis(1), nf::where(x > 1))) == bytes{0, 1});
  CHECK(nf::item(nf::count_nonzero(x, nf::where(odd))) == 3);
  CHECK(nf::item(nf::max(nf::zeros({0}), nf::initial(-3))) == -3.f);
  CHECK(nf::item(nf::min(nf::zeros<int>({0}), nf::initial(7))) == 7);
}

TEST_CASE("reductions: logsumexp of infinities", "[reductions][device]") {
  check_close(
      values(nf::logsumexp(
          nf::array<float>{{-infinite, -infinite}, {infinite, 1}, {not_a_number, 1}, {1000, 1000}, {-infinite, 3}},
          axis(1))),
      {-infinite, infinite, not_a_number, 1000 + std::log(2.0), 3}, 1e-6);
  CHECK(nf::item(nf::logsumexp(nf::zeros({0}))) == -infinite);
  CHECK(std::abs(nf::item(nf::logsumexp(nf::zeros({100'000}))) - std::log(100'000.f)) < 1e-5f);
}

TEST_CASE("reductions: averages and norms", "[reductions][device]") {
  nf::array<float> const x = {{3, -4}, {0, 12}};
  check_close(values(nf::average(x, nf::array<float>{1, 3}, axis(1))), {-2.25, 9}, 1e-6);
  CHECK(nf::item(nf::vector_norm(x, 2)) == 13.f);
  check_close(values(nf::vector_norm(x, 2, axis(1))), {5, 12}, 1e-6);
  check_close(values(nf::vector_norm(x, 1, axis(1))), {7, 12}, 1e-6);
  check_close(values(nf::vector_norm(x, 0, axis(1))), {2, 1}, 0);
  check_close(values(nf::vector_norm(x, double(infinite), axis(1), keepdims)), {4, 12}, 0);
  check_close(values(nf::vector_norm(x, -double(infinite), axis(0))), {0, 4}, 0);
  check_close(values(nf::vector_norm(x, 3, axis(1))), {std::cbrt(91.0), 12}, 1e-6);
}

TEST_CASE("reductions: an operation of one's own", "[reductions][device]") {
  nf::array<std::int32_t> const x = nf::arange(70'000) * 37;
  auto const either = [](auto a, auto b) { return a | b; };
  std::int32_t expected = 0;
  for (int k = 0; k < 70'000; ++k) expected |= k * 37;
  CHECK(nf::item(nf::reduce(x, either, 0)) == expected);
  CHECK(values(nf::reduce(
            nf::reshape(x, {7, 10'000}), [](auto a, auto b) { return nf::maximum(a, b); }, INT32_MIN, axis(1))) ==
        values(nf::max(nf::reshape(x, {7, 10'000}), axis(1))));
  CHECK(nf::item(nf::reduce(nf::zeros({0}), [](auto a, auto b) { return a * b; }, 1)) == 1.f);
  CHECK(nf::item(nf::reduce(nf::array<bool>{true, false}, [](auto a, auto b) { return a * b; }, true)) == false);
}

TEST_CASE("reductions: softmax", "[reductions][device]") {
  auto const expected = [](std::vector<double> const& r, bool log) {
    double greatest = r[0], sum = 0;
    for (double v : r) greatest = std::max(greatest, v);
    for (double v : r) sum += std::exp(v - greatest);
    std::vector<double> out;
    for (double v : r) out.push_back(log ? v - greatest - std::log(sum) : std::exp(v - greatest) / sum);
    return out;
  };
  for (nf::index n : {1, 129, 1024, 2047, 4096, 8188, 8196}) {
    CAPTURE(n);
    nf::array<float> const x =
        array_of(nf::shape{3, n}, [](int k) { return float((k * 7919 + k / 13) % 1009) * 0.05f - 200; });
    std::vector<double> plain, logs;
    for (auto const& r : rows_of(x)) {
      for (double v : expected(r, false)) plain.push_back(v);
      for (double v : expected(r, true)) logs.push_back(v);
    }
    check_near(values(nf::softmax(x)), plain, 2e-5);
    check_near(values(nf::log_softmax(x * 1.f, 1)), logs, 1e-5, 1);
    check_near(values(nf::transpose(nf::array<float>(nf::softmax(nf::transpose(x), 0)))), plain, 2e-5);
    check_near(values(nf::softmax(x[all, slice(none, none, -1)])[all, slice(none, none, -1)]), plain, 2e-5);
  }
  check_close(values(nf::softmax(nf::array<int>{1, 1})), {0.5, 0.5}, 1e-7);
  check_close(values(nf::softmax(nf::array<double>{1, 1})), {0.5, 0.5}, 1e-15);
  CHECK(nf::array(nf::softmax(nf::zeros({3, 0}))).shape() == nf::shape{3, 0});
  CHECK(std::isnan(nf::item(nf::softmax(nf::full({300}, infinite))[0])));
  CHECK_THROWS_MATCHES(values(nf::softmax(nf::zeros({3}), 1)), nf::index_error,
                       Message("axis 1 is out of bounds for array of dimension 1"));
}
