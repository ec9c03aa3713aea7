// Kernels from lambdas.
#include "values.hpp"

#include <cmath>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

TEST_CASE("kernel: a lambda over elements", "[kernel][device]") {
  auto const length = nf::kernel([](auto x, auto y) { return nf::sqrt(x * x + y * y); });
  nf::array<float> const x = {3, 5, 8}, y = {4, 12, 15};
  CHECK(values(length(x, y)) == floats{5, 13, 17});
  CHECK(values(length(x, 4.f)) == values(nf::sqrt(x * x + 16)));
  CHECK(values(length(x, y) + 1) == floats{6, 14, 18});
  CHECK(values(length(x * 2, y * 2)[slice(none, none, -1)]) == floats{34, 26, 10});
  nf::array<float> const column = nf::array<float>{4, 12}[all, nf::newaxis];
  CHECK(nf::array(length(x, column)).shape() == nf::shape{2, 3});
  CHECK(values(length(x, column))[3 + 1] == 13.f);
}

TEST_CASE("kernel: loops carry values", "[kernel][device]") {
  auto const power = nf::kernel([](auto x, auto n) {
    auto const [result] = nf::loop(n, nf::values(nf::ones_like(x)), [&](auto r) { return nf::values(r * x); });
    return result;
  });
  nf::array<std::int32_t> const x = {2, 3, -1}, n = {10, 4, 7};
  CHECK(values(power(x, n)) == ints{1024, 81, -1});
  CHECK(values(power(x, 0)) == ints{1, 1, 1});
  CHECK(values(power(x, -3)) == ints{1, 1, 1});

  auto const fibonacci = nf::kernel([](auto k) {
    auto const [a, b] =
        nf::loop(k, nf::values(nf::zeros_like(k), 1), [](auto p, auto q) { return nf::values(q, p + q); });
    return nf::values(a, b);
  });
  auto const [a, b] = nf::eval(fibonacci(nf::arange(12)));
  CHECK(values(a) == ints{0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89});
  CHECK(values(b) == ints{1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144});
}

TEST_CASE("kernel: break_if leaves with the values that the turn began with", "[kernel][device]") {
  // Collatz: how many steps to 1, and the largest value on the way
  auto const collatz = nf::kernel([](auto start) {
    auto const [value, steps, top] =
        nf::loop(1000, nf::values(start, nf::zeros_like(start), start), [](auto v, auto n, auto most) {
          nf::break_if(v == 1);
          auto const next = nf::where(v % 2 == 0, nf::floor_divide(v, 2), v * 3 + 1);
          return nf::values(next, n + 1, nf::maximum(most, next));
        });
    return nf::values(steps, top);
  });
  auto const [steps, top] = nf::eval(collatz(nf::arange(1, 31)));
  ints want_steps, want_top;
  for (int k = 1; k <= 30; ++k) {
    int v = k, n = 0, most = k;
    for (; v != 1; ++n, most = std::max(most, v)) v = v % 2 == 0 ? v / 2 : 3 * v + 1;
    want_steps.push_back(n);
    want_top.push_back(most);
  }
  CHECK(values(steps) == want_steps);
  CHECK(values(top) == want_top);
}

namespace {
/// A loop's results: turns made, and neighbours in Fibonacci's sequence, which advance at once.
ints walked(std::int64_t turns, std::int32_t stop) {
  ints r = {0, 0, 1};
  for (; r[0] < turns && r[0] != stop; ++r[0]) r = {r[0], r[2], r[1] + r[2]};
  return r;
}
/// The loop of `walked` in a kernel; `Last` breaks after the turn's work, with the values that the turn began with.
template <bool Last> constexpr auto walk = [](auto turns, auto stop) {
  auto const zero = nf::zeros_like(stop);
  auto const [made, a, b] = nf::loop(turns, nf::values(zero, zero, nf::ones_like(stop)), [&](auto t, auto p, auto q) {
    if constexpr (!Last) nf::break_if(t == stop);
    auto const sum = p + q;
    if constexpr (Last) nf::break_if(t == stop);
    return nf::values(t + 1, q, sum);
  });
  return nf::values(made, a, b);
};
template <class Results> std::size_t wrong_walks(Results const& results, ints const& turns, ints const& stops) {
  auto const [t, a, b] = nf::eval(results);
  ints const got[] = {values(t), values(a), values(b)};
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < turns.size(); ++i)
    for (std::size_t j = 0; j < stops.size(); ++j)
      for (std::size_t k = 0; k < 3; ++k) wrong += got[k][i * stops.size() + j] != walked(turns[i], stops[j])[k];
  return wrong;
}
ints const never_to_12 = {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

template <int Turns> void check_fixed_turns() {
  INFO(Turns << " turns");
  auto const fixed = nf::kernel([](auto stop) { return walk<false>(Turns, stop); });
  CHECK(wrong_walks(fixed(nf::array<std::int32_t>(never_to_12)), {Turns}, never_to_12) == 0);
}
}  // namespace

// Small bodies are written out in blocks of four turns in WGSL.
TEST_CASE("kernel: any number of turns, and a break in any of them", "[kernel][device]") {
  ints const turns = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, -1, -3, -4, -5, -8, INT32_MIN};
  nf::array<std::int32_t> const stop(never_to_12), rows = nf::array<std::int32_t>(turns)[all, nf::newaxis];
  CHECK(wrong_walks(nf::kernel(walk<false>)(rows, stop), turns, never_to_12) == 0);
  CHECK(wrong_walks(nf::kernel(walk<true>)(rows, stop), turns, never_to_12) == 0);
  check_fixed_turns<4>();
  check_fixed_turns<7>();
  check_fixed_turns<8>();
  check_fixed_turns<9>();
  check_fixed_turns<10>();
  check_fixed_turns<11>();
  // More turns than all the others can make, ended by a break.
  ints const most = {INT32_MAX, INT32_MAX - 1}, late = {40, 41, 42, 43};
  nf::array<std::int32_t> const most_rows = nf::array<std::int32_t>(most)[all, nf::newaxis];
  CHECK(wrong_walks(nf::kernel(walk<false>)(most_rows, nf::array<std::int32_t>(late)), most, late) == 0);
}

TEST_CASE("kernel: a loop without a break, one in another, and a long body", "[kernel][device]") {
  nf::array<std::int32_t> const n = {-2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  auto const sums = nf::kernel([](auto count) {
    auto const [last, sum] = nf::loop(count, nf::values(nf::zeros_like(count), nf::zeros_like(count)),
                                      [](auto k, auto part) { return nf::values(k + 1, part + k * k); });
    return sum;
  });
  CHECK(values(sums(n)) == ints{0, 0, 0, 1, 5, 14, 30, 55, 91, 140, 204});
  // The outer loop ends by a break as the inner ones do.
  auto const nested = nf::kernel([](auto count) {
    auto const zero = nf::zeros_like(count);
    auto const [last, total] = nf::loop(count, nf::values(zero, zero), [&](auto k, auto part) {
      nf::break_if(part > 40);
      auto const [turns, inner] = nf::loop(k, nf::values(zero, zero), [&](auto j, auto sum) {
        nf::break_if(j == 5);
        return nf::values(j + 1, sum + j);
      });
      return nf::values(k + 1, part + inner);
    });
    return total;
  });
  ints expected;
  for (int const last : values(n)) {
    int total = 0;
    for (int k = 0; k < last && total <= 40; ++k)
      for (int j = 0; j < k && j < 5; ++j) total += j;
    expected.push_back(total);
  }
  CHECK(values(nested(n)) == expected);
  // Too much work to be written out.
  auto const drift = nf::kernel([](auto count, auto x) {
    auto const [made, sum] = nf::loop(count, nf::values(nf::zeros_like(count), x), [](auto k, auto v) {
      nf::break_if(k == 6);
      return nf::values(k + 1, v + nf::floor(nf::exp(nf::sin(nf::cos(nf::tanh(v * 0))))));
    });
    return nf::values(made, sum);
  });
  auto const [turns, value] = nf::eval(drift(n, nf::array<float>{0.5f}));
  CHECK(values(turns) == ints{0, 0, 1, 2, 3, 4, 5, 6, 6, 6, 6});
  CHECK(values(value) == floats{0.5f, 0.5f, 2.5f, 4.5f, 6.5f, 8.5f, 10.5f, 12.5f, 12.5f, 12.5f, 12.5f});
}

TEST_CASE("kernel: nested loops", "[kernel][device]") {
  auto const table = nf::kernel([](auto n) {
    auto const [sum] = nf::loop(n, nf::values(nf::zeros_like(n)), [&](auto outer) {
      auto const [inner] = nf::loop(3, nf::values(outer), [&](auto v) {
        nf::break_if(v > 20);
        return nf::values(v + n);
      });
      return nf::values(inner + 1);
    });
    return sum;
  });
  ints expected;
  for (int n = 0; n < 8; ++n) {
    int outer = 0;
    for (int k = 0; k < n; ++k) {
      int v = outer;
      for (int j = 0; j < 3 && v <= 20; ++j) v += n;
      outer = v + 1;
    }
    expected.push_back(outer);
  }
  CHECK(values(table(nf::arange(8))) == expected);
}

TEST_CASE("kernel: the Mandelbrot set by complex numbers and by pairs of floats", "[kernel][device]") {
  auto const by_pairs = nf::kernel([](auto cx, auto cy) {
    auto const zero = nf::zeros_like(cx);
    auto const [zx, zy, n] = nf::loop(50, nf::values(zero, zero, nf::zeros_like(cx.template astype<std::int32_t>())),
                                      [&](auto x, auto y, auto k) {
                                        nf::break_if(x * x + y * y > 4);
                                        return nf::values(x * x - y * y + cx, 2 * (x * y) + cy, k + 1);
                                      });
    return n;
  });
  nf::array<float> const x = nf::linspace(-2.f, 0.5f, 33),
                         y = nf::array<float>(nf::linspace(-1.25f, 1.25f, 31))[all, nf::newaxis];
  auto const counts = values(by_pairs(x, y));
  auto const xs = values(x), ys = values(y);
  std::size_t wrong = 0;
  for (std::size_t j = 0; j < ys.size(); ++j)
    for (std::size_t i = 0; i < xs.size(); ++i) {
      float u = 0, v = 0;
      int n = 0;
      for (; n < 50 && !(u * u + v * v > 4); ++n) {
        float const next = u * u - v * v + xs[i];
        v = 2 * (u * v) + ys[j];
        u = next;
      }
      wrong += counts[j * xs.size() + i] != n;
    }
  CHECK(wrong == 0);
}

TEST_CASE("kernel: outputs of several types, some of them operands or constants", "[kernel][device]") {
  auto const f =
      nf::kernel([](auto x, auto n) { return nf::values(x, n + 1, x > 1, 2.5, x.template astype<std::uint8_t>()); });
  auto const [same, next, above, constant, small] =
      nf::eval(f(nf::array<float>{0.5f, 1.5f, 300}, nf::array<std::int16_t>{1, 2, 3}));
  CHECK(values(same) == floats{0.5f, 1.5f, 300});
  CHECK(values(next) == std::vector<std::int16_t>{2, 3, 4});
  CHECK(values(above) == bytes{0, 1, 1});
  CHECK(values(constant) == floats(3, 2.5f));
  CHECK(values(small) == bytes{0, 1, 44});
}

TEST_CASE("kernel: arguments that are not used", "[kernel][device]") {
  auto const second = nf::kernel([](auto, auto y, auto) { return y; });
  nf::array<float> const x = {1, 2}, y = {3, 4}, z = {5, 6};
  CHECK(values(second(x, y, z)) == floats{3, 4});
  CHECK(values(second(x[all, nf::newaxis], y, 7)) == floats{3, 4, 3, 4});
}

TEST_CASE("kernel: the same subexpression is computed once", "[kernel]") {
  auto const f = nf::kernel([](auto x) { return nf::exp(x) + nf::exp(x) * nf::exp(x); });
  std::string_view const text = nf::wgsl(f(nf::array<float>{1}));
  std::size_t calls = 0;
  for (std::size_t at = text.find("nf_exp("); at != text.npos; at = text.find("nf_exp(", at + 1)) ++calls;
  CHECK(calls == 2);  // its definition and one call
}
