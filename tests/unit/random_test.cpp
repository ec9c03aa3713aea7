// nf::random: the generator's words, what samples are made of them, moments, and errors. That samples follow their
// distributions is tested in tests/python, on the same definitions.

#include "values.hpp"

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/random.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using Catch::Approx;
using Catch::Matchers::Message;
namespace numerics = nf::ir::numerics;

namespace {

using doubles = std::vector<double>;

struct moments {
  double mean = 0, variance = 0;
};
template <class X> moments moments_of(X const& e) {
  moments m;
  auto const list = values(e);
  for (auto v : list) m.mean += double(v) / double(list.size());
  for (auto v : list) m.variance += (double(v) - m.mean) * (double(v) - m.mean) / double(list.size());
  return m;
}
/// Within about five standard deviations of what `count` samples scatter.
void check(moments const& m, double mean, double variance, double count) {
  CHECK(std::abs(m.mean - mean) < 5 * std::sqrt(variance / count));
  CHECK(m.variance == Approx(variance).epsilon(0.08));
}

}  // namespace

TEST_CASE("Threefry gives the known answers of Random123") {
  auto const answer = [](std::uint32_t a, std::uint32_t b, std::uint32_t k, std::uint32_t l) {
    auto const w = numerics::threefry(a, b, k, l);
    return std::pair(w.a, w.b);
  };
  STATIC_CHECK(numerics::threefry(0u, 0u, 0u, 0u).a == 0x6b200159u);
  CHECK(answer(0, 0, 0, 0) == std::pair(0x6b200159u, 0x99ba4efeu));
  CHECK(answer(~0u, ~0u, ~0u, ~0u) == std::pair(0x1cb996fcu, 0xbb002be7u));
  CHECK(answer(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u) == std::pair(0xc4923a9cu, 0x483df7a0u));
}

TEST_CASE("a seed gives the numbers that it gives in Python", "[device]") {
  nf::random::generator g(42);
  CHECK(values(g.random({4})) == floats{0.65027863f, 0.74841505f, 0.020547569f, 0.24486673f});
  CHECK(values(g.integers({4}, 0, 1000)) == ints{231, 816, 598, 245});
  floats const normal{0.6151688f, 1.9888619f, -0.29820073f};
  floats const found = values(g.standard_normal({3}));
  for (std::size_t k = 0; k < 3; ++k) CHECK(found[k] == Approx(normal[k]).epsilon(1e-5));
  CHECK(values(nf::random::generator(7).spawn().random({2})) == floats{0.8842112f, 0.86199284f});
  floats const vectors{1.5459895f, -1.2299354f, -0.6737416f, 0.023156464f, -2.240947f, 0.9155060f};
  floats const drawn = values(nf::random::generator(42).multivariate_normal(
      {2}, {1, -2, 0.5}, {{2, 0.6, -0.4}, {0.6, 1, 0.1}, {-0.4, 0.1, 0.5}}));
  for (std::size_t k = 0; k < 6; ++k) CHECK(drawn[k] == Approx(vectors[k]).margin(1e-5));
}

TEST_CASE("doubles have 53 bits") {
  CHECK(values(nf::random::generator((1ull << 40) + 3).random<double>({3})) ==
        doubles{0.7469168909790462, 0.18166446233305045, 0.05754535369343328});
}

TEST_CASE("words are those of element numbers, through views too", "[device]") {
  nf::random::generator g(3), same(3);
  auto const e = g.bits({40, 7});
  auto const words = same.bits({40, 7});
  CHECK(words.key[0] == e.key[0]);
  std::vector<std::uint32_t> const all = values(e);
  for (std::size_t k = 0; k < all.size(); ++k)
    CHECK(all[k] == numerics::random_bits(std::uint32_t(k), e.key[0], e.key[1]));
  std::vector<std::uint32_t> const part = values(e[nf::slice(1, 40, 13), nf::slice(nf::none, nf::none, -1)]);
  REQUIRE(part.size() == 21);
  for (std::size_t k = 0; k < part.size(); ++k) CHECK(part[k] == all[(1 + 13 * (k / 7)) * 7 + 6 - k % 7]);
  CHECK(values(g.bits({40, 7})) != all);
}

TEST_CASE("an expression of random numbers gives the same each time", "[device]") {
  nf::random::generator g(3);
  auto const e = g.normal({100}, 1.0f, 2.0f);
  CHECK(values(e) == values(e));
  nf::array<float> const x = e, y = e - x;
  for (float v : values(y)) CHECK(std::abs(v) < 1e-5f);  // the two kernels may round differently
}

TEST_CASE("samples on the device are the definitions'", "[device]") {
  nf::random::generator g(11);
  std::size_t const count = 500;
  auto const compare = [&](auto const& e, auto of_word) {
    auto const found = values(e);
    int wrong = 0;
    for (std::size_t k = 0; k < count; ++k) {
      double const expected = double(of_word(k));
      wrong += !(std::abs(double(found[k]) - expected) <= 2e-5 * (1 + std::abs(expected)));
    }
    CHECK(wrong <= 1);  // a try that a rounding accepts or not
  };
  auto const drawn = [&](auto f) {
    nf::random::generator copy(g);
    auto const words = values(copy.bits({nf::index(count)}));
    return [=](std::size_t k) { return f(words[k]); };
  };
  nf::shape const s{nf::index(count)};
  auto const normal = drawn([](std::uint32_t v) { return numerics::random_normal(v); });
  compare(g.standard_normal(s), normal);
  auto const exponential = drawn([](std::uint32_t v) { return numerics::random_exponential(v); });
  compare(g.exponential(s), exponential);
  auto const gamma = drawn([](std::uint32_t v) { return numerics::random_gamma(0.7f, v); });
  compare(g.gamma(s, 0.7f), gamma);
  auto const poisson = drawn([](std::uint32_t v) { return numerics::random_poisson(4.0f, v); });
  compare(g.poisson(s, 4), poisson);
  auto const many = drawn([](std::uint32_t v) { return numerics::random_poisson(1e6f, v); });
  compare(g.poisson(s, 1e6), many);
  auto const few = drawn([](std::uint32_t v) { return numerics::random_binomial(30.0f, 0.1f, v); });
  compare(g.binomial(s, 30, 0.1f), few);
  auto const binomial = drawn([](std::uint32_t v) { return numerics::random_binomial(1000.0f, 0.75f, v); });
  compare(g.binomial(s, 1000, 0.75f), binomial);
  auto const angle = drawn([](std::uint32_t v) { return numerics::random_vonmises(2.0f, v); });
  compare(g.vonmises(s, 2), angle);
  auto const zipf = drawn([](std::uint32_t v) { return numerics::random_zipf(2.5f, v); });
  compare(g.zipf(s, 2.5f), zipf);
}

TEST_CASE("moments of random numbers", "[device]") {
  nf::random::generator g(5);
  double const n = 20000;
  nf::shape const s{100, 200};
  check(moments_of(g.random(s)), 0.5, 1.0 / 12, n);
  check(moments_of(g.uniform(s, -2, 4)), 1, 3, n);
  check(moments_of(g.normal(s, 3, 2)), 3, 4, n);
  check(moments_of(g.exponential(s, 2)), 2, 4, n);
  check(moments_of(g.gamma(s, 2.5, 2)), 5, 10, n);
  check(moments_of(g.chisquare(s, 6)), 6, 12, n);
  check(moments_of(g.standard_t(s, 12)), 0, 1.2, n);
  check(moments_of(g.f(s, 20, 30)), 30.0 / 28, 2.0 * 900 * 48 / (20.0 * 28 * 28 * 26), n);
  check(moments_of(g.beta(s, 2, 3)), 0.4, 0.04, n);
  check(moments_of(g.laplace(s, 1, 2)), 1, 8, n);
  check(moments_of(g.logistic(s)), 0, 3.2898681, n);
  check(moments_of(g.gumbel(s)), 0.5772157, 1.6449341, n);
  check(moments_of(g.rayleigh(s, 2)), 2.5066283, 4 * 0.42920367, n);
  check(moments_of(g.weibull(s, 2)), 0.88622693, 0.2146018, n);
  check(moments_of(g.pareto(s, 8)), 1.0 / 7, 8.0 / (49 * 6), n);
  check(moments_of(g.power(s, 3)), 0.75, 0.0375, n);
  check(moments_of(g.lognormal(s, 0, 0.25)), 1.0317434, 0.0686548, n);
  check(moments_of(g.vonmises(s, 1000)), 0, 0.0010005, n);
  check(moments_of(g.wald(s, 2, 8)), 2, 1, n);
  check(moments_of(g.poisson(s, 3)), 3, 3, n);
  check(moments_of(g.poisson(s, 300)), 300, 300, n);
  check(moments_of(g.binomial(s, 40, 0.4)), 16, 9.6, n);
  check(moments_of(g.negative_binomial(s, 5, 0.4)), 7.5, 18.75, n);
  check(moments_of(g.geometric(s, 0.25)), 4, 12, n);
  auto const cauchy = values(g.standard_cauchy(s));
  double inside = 0;
  for (float v : cauchy) inside += std::abs(v) < 1;
  CHECK(inside / n == Approx(0.5).margin(0.02));
}

TEST_CASE("moments of doubles") {
  nf::random::generator g(5);
  nf::shape const s{20000};
  check(moments_of(g.normal<double>(s, 3, 2)), 3, 4, 20000);
  check(moments_of(g.gamma<double>(s, 0.5)), 0.5, 0.5, 20000);
  check(moments_of(g.poisson<std::int64_t>(s, 1e10)), 1e10, 1e10, 20000);
  check(moments_of(g.binomial<std::int64_t>(s, 1e10, 0.5)), 5e9, 2.5e9, 20000);
}

TEST_CASE("parameters may be arrays", "[device]") {
  nf::random::generator g(5);
  nf::array<float> const means{1, 100, 10000};
  nf::array<float> const x = nf::mean(nf::astype<float>(g.poisson({3000, 3}, means)), nf::axis(0));
  floats const found = values(x);
  CHECK(found[0] == Approx(1).epsilon(0.1));
  CHECK(found[1] == Approx(100).epsilon(0.01));
  CHECK(found[2] == Approx(10000).epsilon(0.001));
  CHECK_THROWS_MATCHES(g.poisson({2, 2}, means), nf::shape_error,
                       Message("Output size (2,2) is not compatible with broadcast dimensions of inputs (3,)."));
}

TEST_CASE("normal vectors have their mean and covariance", "[device]") {
  // Numbers by NumPy: this is the Cholesky factor.
  std::vector<double> const mean{1, -2, 0.5};
  std::vector<std::vector<double>> const cov{{4, 2, -2}, {2, 10, 2}, {-2, 2, 6}};
  double const factor[3][3] = {{2, 0, 0}, {1, 3, 0}, {-1, 1, 2}};
  nf::random::generator g(5), same(5);
  auto const drawn = g.multivariate_normal({60, 100}, mean, cov);
  CHECK(drawn.shape() == nf::shape{60, 100, 3});
  floats const found = values(drawn), normal = values(same.standard_normal({60, 100, 3}));
  double worst = 0, product = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    double expected = mean[k % 3];
    for (std::size_t j = 0; j < 3; ++j) expected += factor[k % 3][j] * double(normal[k / 3 * 3 + j]);
    worst = std::max(worst, std::abs(double(found[k]) - expected));
    if (k % 3 == 2) product += (double(found[k - 2]) - mean[0]) * (double(found[k]) - mean[2]) / 6000;
  }
  CHECK(worst < 2e-5);
  CHECK(product == Approx(cov[0][2]).epsilon(0.2));
  for (std::size_t k = 0; k < 3; ++k) check(moments_of(drawn[nf::ellipsis, nf::index(k)]), mean[k], cov[k][k], 6000);
  CHECK(values(g.random({3})) == values(same.random({3})));  // one draw
}

TEST_CASE("normal vectors: what mean and covariance may be", "[device]") {
  auto const draw = [](auto const& mean, auto const& cov) {
    return values(nf::random::generator(9).multivariate_normal({4}, mean, cov));
  };
  floats const expected = draw(nf::array<float>{1, 2}, nf::array<float>{{4, 2}, {2, 10}});
  CHECK(expected.size() == 8);
  CHECK(values(nf::random::generator(9).multivariate_normal({4}, {1, 2}, {{4, 2}, {2, 10}})) == expected);
  CHECK(draw(std::vector{1, 2}, nf::to_host(nf::array<std::int32_t>{{4, 2}, {2, 10}})) == expected);
  double const flat[] = {4, 2, 2, 10};
  CHECK(draw(std::array{1.f, 2.f}, std::mdspan<double const, std::extents<int, 2, 2>>(flat)) == expected);
  CHECK(draw(nf::array<std::int32_t>{1, 2} * 1, nf::to_host(nf::array<float>{{4, 2}, {2, 10}})) == expected);
  nf::random::seed(9);
  CHECK(values(nf::random::multivariate_normal({4}, {1, 2}, {{4, 2}, {2, 10}})) == expected);

  // Singular ones, one vector, none, vectors without elements.
  floats const line = values(nf::random::generator(9).multivariate_normal({50}, {0, 0}, {{1, 1}, {1, 1}}));
  for (std::size_t k = 0; k < line.size(); k += 2) CHECK(line[k] == line[k + 1]);
  CHECK(values(nf::random::multivariate_normal({3}, {1, 2}, {{0, 0}, {0, 0}})) == floats{1, 2, 1, 2, 1, 2});
  CHECK(nf::random::multivariate_normal({}, {1, 2}, {{1, 0}, {0, 1}}).shape() == nf::shape{2});
  CHECK(nf::random::multivariate_normal({0}, {1, 2}, {{1, 0}, {0, 1}}).shape() == nf::shape{0, 2});
}

TEST_CASE("normal vectors of doubles, and refusals") {
  nf::random::generator g(42);
  doubles const found = values(g.multivariate_normal<double>({}, {1, -2}, {{1, 1}, {1, 1}}));
  CHECK(found[0] == Approx(1.563638046949794).epsilon(1e-14));  // as in Python
  CHECK(found[1] == Approx(-1.436361953050206).epsilon(1e-14));
  auto const refused = [](auto f, std::string const& sentence) {
    CHECK_THROWS_MATCHES(f(), nf::value_error, Message(sentence));
  };
  std::string const semidefinite = "covariance is not symmetric positive-semidefinite.";
  nf::array<float> const scalar = nf::full({}, 1.f);
  refused([&] { return g.multivariate_normal({2}, scalar, {{1}}); }, "mean must be 1 dimensional");
  refused([&] { return g.multivariate_normal({2}, {0, 0}, {{1, 0}}); }, "cov must be 2 dimensional and square");
  refused([&] { return g.multivariate_normal({2}, {0, 0}, std::vector<double>{1, 0}); },
          "cov must be 2 dimensional and square");
  refused([&] { return g.multivariate_normal({2}, {0}, {{1, 0}, {0, 1}}); }, "mean and cov must have same length");
  refused([&] { return g.multivariate_normal({2}, {0, 0}, {{1, 2}, {2, 1}}); }, semidefinite);
  refused([&] { return g.multivariate_normal({2}, {0, 0}, {{0, 1}, {1, 0}}); }, semidefinite);
  refused([&] { return g.multivariate_normal({2}, {0, 0}, {{1, 0.5}, {0, 1}}); }, semidefinite);
  refused([&] { return g.multivariate_normal({2}, {0, 0}, {{1, NAN}, {NAN, 1}}); }, semidefinite);
  CHECK_THROWS_MATCHES(g.multivariate_normal({2}, {0, 0}, {{1, 0}, {1}}), nf::shape_error,
                       Message("rows of different lengths: 2 and 1"));
  CHECK_THROWS_AS(g.multivariate_normal({-1}, {0, 0}, {{1, 0}, {0, 1}}), nf::value_error);
  // What is refused takes no draw; what is ignored does.
  nf::random::generator same(42);
  same.random({1});
  CHECK(values(g.random({2})) == values(same.random({2})));
  CHECK(values(g.multivariate_normal({2}, {0, 0}, {{1, 2}, {2, 1}}, nf::random::check_valid::ignore)).size() == 4);
  CHECK(values(g.multivariate_normal({2}, {0, 0}, {{1, 0.5}, {0.4, 1}}, nf::random::check_valid::raise, 0.2)).size() ==
        4);
}

TEST_CASE("integers of every type", "[device]") {
  nf::random::generator g(5);
  auto const seen = [](auto const& e) {
    auto const list = values(e);
    return std::set<long>(list.begin(), list.end());
  };
  CHECK(seen(g.integers({200}, -2, 2)) == std::set<long>{-2, -1, 0, 1});
  CHECK(seen(g.integers<std::int8_t>({200}, 125, 127)) == std::set<long>{125, 126});
  CHECK(seen(g.integers_through<std::uint8_t>({9000}, 0, 255)).size() == 256);
  CHECK(seen(g.integers_through<std::uint32_t>({200}, 7, 7)) == std::set<long>{7});
  check(moments_of(g.integers_through({20000}, INT32_MIN, INT32_MAX)), -0.5, 1537228672809129301.0, 20000);
  CHECK_THROWS_MATCHES(g.integers({3}, 4, 4), nf::value_error, Message("low >= high"));
}

TEST_CASE("integers of 64 bits") {
  nf::random::generator g(5);
  check(moments_of(g.integers<std::int64_t>({20000}, 0, 1ll << 62)), 0x1p61, 0x1p124 / 12, 20000);
  for (std::int64_t v : values(g.integers<std::int64_t>({100}, -3, 3))) CHECK((v >= -3 && v < 3));
}

TEST_CASE("random orders", "[device]") {
  nf::random::generator g(5);
  for (nf::index count : {0, 1, 2, 1000, 1025, 3000}) {
    CAPTURE(count);
    ints const order = values(g.permutation(count));
    CHECK(std::set<std::int32_t>(order.begin(), order.end()).size() == std::size_t(count));
    std::size_t together = 0, in_place = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      CHECK((order[k] >= 0 && order[k] < count));
      in_place += order[k] == std::int32_t(k);
      together += k > 0 && std::abs(order[k] - order[k - 1]) == 1;
    }
    if (count >= 1000) CHECK((together < 12 && in_place < 12));
  }
  CHECK(values(nf::random::generator(1).permutation(8)) == ints{6, 3, 7, 0, 4, 5, 2, 1});
  CHECK_THROWS_AS(g.permutation(-1), nf::value_error);
}

TEST_CASE("shuffled elements, and choices", "[device]") {
  nf::random::generator g(5);
  nf::array<std::int32_t> x = nf::reshape(nf::arange(60), {12, 5});
  nf::array<std::int32_t> const mixed = g.permutation(x, 1);
  for (std::int32_t v : values(mixed[nf::all, 0] - mixed[nf::all, 4])) CHECK(v == values(mixed)[0] - values(mixed)[4]);
  g.shuffle(x);
  ints found = values(x);
  CHECK(found[0] % 5 == 0);
  CHECK(found != values(nf::arange(60)));
  std::sort(found.begin(), found.end());
  CHECK(found == values(nf::arange(60)));

  ints const drawn = values(g.choice({40, 50}, 4));
  CHECK(std::set<std::int32_t>(drawn.begin(), drawn.end()) == std::set<std::int32_t>{0, 1, 2, 3});
  ints const apart = values(g.choice({3, 4}, 20, false));
  CHECK(std::set<std::int32_t>(apart.begin(), apart.end()).size() == 12);
  floats const taken = values(nf::random::choice({3}, nf::array<float>{1.5f, 2.5f, 3.5f}, false));
  CHECK(std::set<float>(taken.begin(), taken.end()) == std::set<float>{1.5f, 2.5f, 3.5f});
  CHECK_THROWS_MATCHES(g.choice({5}, 4, false), nf::value_error,
                       Message("Cannot take a larger sample than population when replace is False"));
  CHECK_THROWS_AS(g.choice({5}, 0), nf::value_error);
}

TEST_CASE("the default generator, and no elements", "[device]") {
  nf::random::seed(1);
  nf::array<float> const x = nf::random::normal({30, 40});
  nf::random::seed(1);
  CHECK(values(nf::random::normal({30, 40})) == values(x));
  CHECK(values(nf::random::gamma({0, 3}, 2.0)).empty());
  CHECK(values(nf::random::uniform({}, 2.0, 3.0)).size() == 1);
  CHECK(nf::random::poisson({3}, 2.0).type.type == nf::dtype::int32);
  CHECK(nf::random::normal<double>({3}).type.type == nf::dtype::float64);
  nf::random::generator one, two;
  CHECK(values(one.bits({4})) != values(two.bits({4})));
}

TEST_CASE("impossible parameters of random numbers are refused") {
  nf::random::generator g(5);
  auto const refused = [](auto f, std::string const& sentence) {
    CHECK_THROWS_MATCHES(f(), nf::value_error, Message(sentence));
  };
  refused([&] { return g.normal({3}, 0, -1); }, "scale < 0");
  refused([&] { return g.gamma({3}, -1); }, "shape < 0");
  refused([&] { return g.beta({3}, 0, 1); }, "a <= 0");
  refused([&] { return g.poisson({3}, -1); }, "lam < 0 or lam is NaN");
  refused([&] { return g.poisson({3}, 3e9); }, "lam value too large");
  refused([&] { return g.binomial({3}, 5, 1.5); }, "p < 0, p > 1 or p is NaN");
  refused([&] { return g.zipf({3}, 1); }, "a <= 1 or a is NaN");
  refused([&] { return g.uniform({3}, 2, 1); }, "high - low < 0");
  CHECK_THROWS_AS(g.random({-1}), nf::value_error);
}
