// Narrow element types: on WebGPU several share a word, so every offset, step and length around words is loaded and
// stored, and neighbours must keep their values.

#include "values.hpp"

#include <ndfuse/expr/lambda.hpp>
#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/linalg.hpp>

#include <bit>
#include <memory>
#include <tuple>
#include <utility>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using nf::all;
using nf::none;
using nf::slice;

namespace {

/// Different numbers, all exact in T, of both signs where T has them.
template <class T> T number(nf::index k) {
  auto const n = int(k * 37 % 251);
  if constexpr (std::same_as<T, bool>) return k * k % 7 < 3;
  else if constexpr (std::same_as<T, nf::float16>) return T(float(n - 120) / 8);
  else if constexpr (sizeof(T) == 2) return T(n * 257 - 32000);
  else return T(n);
}

/// Memory whose elements are number(0), number(1), ...
template <class T> nf::array<T> numbered(nf::index count) {
  std::unique_ptr<T[]> list(new T[std::size_t(count)]);
  for (nf::index k = 0; k < count; ++k) list[std::size_t(k)] = number<T>(k);
  return nf::array<T>(std::span<T const>(list.get(), std::size_t(count)), {count});
}

/// `got` against f(0), f(1), ...
template <class T, class F> void check(std::string_view what, nf::array<T> const& got, F f) {
  auto const host = nf::to_host(got);
  int wrong = 0;
  nf::index k = 0;
  for (auto v : host) {
    if (!(T(v) == f(k)) && ++wrong < 4)
      FAIL_CHECK(what << ", " << nf::name(nf::dtype_of<T>) << ": element " << k << " is " << double(float(v))
                      << ", not " << double(float(f(k))));
    ++k;
  }
  CHECK(wrong == 0);
}

template <class F> void each_narrow_type(F f) {
  f(bool());
  f(std::int8_t());
  f(std::uint8_t());
  f(std::int16_t());
  f(std::uint16_t());
  f(nf::float16());
}

}  // namespace

TEST_CASE("packed: every offset, step and length, out of views and into them", "[packed][device]") {
  each_narrow_type([]<class T>(T) {
    constexpr nf::index room = 48;
    nf::array<T> const source = numbered<T>(64);
    struct move {
      nf::index from, from_step, to, to_step, length;
    };
    std::vector<move> moves;
    for (nf::index length : {1, 2, 3, 4, 5, 8, 11})
      for (nf::index from = 0; from < 4; ++from) {
        nf::index const to = (from + length) % 5;
        moves.push_back({from, 1, to, 1, length});
        moves.push_back({from, 2, to, 3, length});
        moves.push_back({from + length + 9, -1, to, 1, length});
        moves.push_back({from, 1, to + 2 * length, -2, length});
      }
    nf::index const count = nf::index(moves.size()) * room;
    nf::array<T> const target = numbered<T>(count);
    std::vector<T> expected;
    for (nf::index k = 0; k < count; ++k) expected.push_back(number<T>(k));
    nf::index base = 0;
    for (move const& m : moves) {
      nf::array<T> const part = target[slice(base, base + room)];
      part[slice(m.to, m.to + m.length * m.to_step, m.to_step)] =
          source[slice(m.from, m.from + m.length * m.from_step, m.from_step)];
      for (nf::index k = 0; k < m.length; ++k)
        expected[std::size_t(base + m.to + k * m.to_step)] = number<T>(m.from + k * m.from_step);
      base += room;
    }
    check("moved", target, [&](nf::index k) { return T(expected[std::size_t(k)]); });
  });
}

TEST_CASE("packed: arrays made of views of any shape", "[packed][device]") {
  each_narrow_type([]<class T>(T) {
    for (auto const& [rows, columns] : std::vector<std::pair<nf::index, nf::index>>{
             {1, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 5}, {5, 7}, {4, 6}, {8, 4}, {31, 33}}) {
      auto const x = nf::reshape(numbered<T>(rows * columns), {rows, columns});
      nf::array<T> const turned = nf::transpose(x)[all, all];
      nf::array<T> const own = nf::where(nf::full({columns, rows}, true), turned, turned);
      check("transposed", own, [&](nf::index k) { return number<T>(k % rows * columns + k / rows); });
      nf::array<T> const back = nf::where(nf::full({rows, columns}, true), x[all, slice(none, none, -1)], x);
      check("reversed", back,
            [&](nf::index k) { return number<T>(k / columns * columns + (columns - 1 - k % columns)); });
    }
  });
}

TEST_CASE("packed: in place, in whole arrays and in parts of them", "[packed][device]") {
  for (nf::index n : {1, 2, 3, 4, 5, 7, 1021}) {
    auto bytes = numbered<std::uint8_t>(n);
    bytes += std::uint8_t(200);
    check("whole", bytes, [](nf::index k) { return std::uint8_t(number<std::uint8_t>(k) + 200); });
    auto shorts = numbered<std::int16_t>(n);
    shorts[slice(1, none, 2)] *= std::int16_t(3);
    check("every second", shorts,
          [](nf::index k) { return std::int16_t(k % 2 == 1 ? number<std::int16_t>(k) * 3 : number<std::int16_t>(k)); });
    auto halves = numbered<nf::float16>(n);
    halves[slice(0, n - 1)] += nf::float16(0.5f);
    check("all but the last", halves,
          [&](nf::index k) { return nf::float16(float(number<nf::float16>(k)) + (k < n - 1 ? 0.5f : 0.f)); });
    auto flags = numbered<bool>(n);
    flags[slice(none, none, -3)] = !flags[slice(none, none, -3)];
    check("every third from the end", flags, [&](nf::index k) { return number<bool>(k) != ((n - 1 - k) % 3 == 0); });
  }
}

TEST_CASE("packed: several outputs of several widths", "[packed][device]") {
  auto const kernel = nf::kernel([](auto a) {
    return nf::values(a * 2, a > 5, a.template astype<std::int8_t>(), a.template astype<std::uint16_t>(),
                      a.template astype<nf::float16>());
  });
  auto const check_all = [&](nf::array<std::int32_t> const& x, auto element) {
    auto const [twice, large, bytes, shorts, halves] = nf::eval(kernel(x));
    check("int32", twice, [&](nf::index k) { return element(k) * 2; });
    check("bool", large, [&](nf::index k) { return element(k) > 5; });
    check("int8", bytes, [&](nf::index k) { return std::int8_t(element(k)); });
    check("uint16", shorts, [&](nf::index k) { return std::uint16_t(element(k)); });
    check("float16", halves, [&](nf::index k) { return nf::float16(float(element(k))); });
  };
  for (int n : {1, 3, 4, 5, 30}) {
    nf::array<std::int32_t> const x = nf::arange(n);
    check_all(x, [](nf::index k) { return std::int32_t(k); });
    check_all(x[slice(none, none, -1)], [&](nf::index k) { return std::int32_t(n - 1 - k); });
  }
  nf::array<std::int32_t> const x = nf::arange(35);
  check_all(nf::transpose(nf::reshape(x, {5, 7})), [](nf::index k) { return std::int32_t(k % 5 * 7 + k / 5); });
}

TEST_CASE("packed: every float16 comes back with its bits", "[packed][device]") {
  nf::index const count = 1 << 16;
  std::vector<nf::float16> list;
  for (nf::index k = 0; k < count; ++k) list.push_back(std::bit_cast<nf::float16>(std::uint16_t(k)));
  nf::array<nf::float16> const x(list, {count});
  auto const compare = [&](nf::array<nf::float16> const& got, int shift) {
    auto const host = nf::to_host(got);
    int wrong = 0;
    for (nf::index k = 0; k < count; ++k) {
      std::uint16_t const from = std::uint16_t((k + shift) % count);
      bool const nan = (from & 0x7fffu) > 0x7c00u;
      std::uint16_t const bits = host[std::size_t(k)].bits;
      wrong += nan ? (bits & 0x7fffu) <= 0x7c00u : bits != from;
    }
    CHECK(wrong == 0);
  };
  auto const itself = nf::kernel([](auto a) { return nf::where(a == a, a, a); });
  compare(itself(x), 0);
  nf::array<nf::float16> moved = nf::zeros<nf::float16>({count});
  moved[slice(0, count - 1)] = x[slice(1, none)];
  moved[slice(count - 1, none)] = x[slice(0, 1)];
  compare(moved, 1);
}

TEST_CASE("packed: results of reductions and products", "[packed][device]") {
  each_narrow_type([]<class T>(T) {
    if constexpr (!std::same_as<T, nf::float16>) {
      for (nf::index rows : {1, 3, 37}) {
        auto const x = nf::reshape(numbered<T>(rows * 35), {rows, 35});
        auto const expected = [&](nf::index k, nf::index first, nf::index step, nf::index count) {
          T best = number<T>(first);
          for (nf::index j = 1; j < count; ++j)
            if (T const v = number<T>(first + j * step); best < v) best = v;
          (void)k;
          return best;
        };
        check("max of rows", nf::array<T>(nf::max(x, nf::axis(1))),
              [&](nf::index k) { return expected(k, k * 35, 1, 35); });
        check("max of columns", nf::array<T>(nf::max(x, nf::axis(0))),
              [&](nf::index k) { return expected(k, k, 35, rows); });
      }
    }
  });
  auto const a = nf::reshape(numbered<std::int8_t>(15), {3, 5}), b = nf::reshape(numbered<std::int8_t>(35), {5, 7});
  check("int8 product", nf::matmul(a, b), [](nf::index k) {
    int sum = 0;
    for (nf::index j = 0; j < 5; ++j) sum += number<std::int8_t>(k / 7 * 5 + j) * number<std::int8_t>(j * 7 + k % 7);
    return std::int8_t(sum);
  });
}

TEST_CASE("packed: reads of any range; uploads of words, or to the array's end", "[packed][device]") {
  each_narrow_type([]<class T>(T) {
    auto const x = numbered<T>(23);
    for (nf::index from = 0; from < 6; ++from)
      for (nf::index count : {0, 1, 2, 3, 4, 5, 9}) {
        nf::array<T> const part = x[slice(from, from + count)];
        check("read", part, [&](nf::index k) { return number<T>(from + k); });
      }
    for (nf::index n = 1; n < 10; ++n) check("uploaded", numbered<T>(n), [](nf::index k) { return number<T>(k); });

    for (nf::index from = 0; from < 5; ++from)
      for (nf::index count : {1, 2, 3, 4, 6}) {
        auto const y = numbered<T>(11);
        std::unique_ptr<T[]> values(new T[std::size_t(count)]);
        for (nf::index k = 0; k < count; ++k) values[std::size_t(k)] = number<T>(k + 31);
        nf::copyto(y[slice(from, from + count)], std::span<T const>(values.get(), std::size_t(count)));
        check("copied into a part", y,
              [&](nf::index k) { return number<T>(k >= from && k < from + count ? k - from + 31 : k); });
      }

    auto const& t = x.impl();
    T const list[] = {T(number<T>(5)), T(number<T>(6)), T(number<T>(7)), T(number<T>(8))};
    t.memory->owner->upload(*t.memory, 8, 4, t.type, list);
    t.memory->owner->upload(*t.memory, 20, 3, t.type, list);
    auto const replaced = [](nf::index k) { return number<T>(k >= 8 && k < 12 ? k - 3 : k >= 20 ? k - 15 : k); };
    check("replaced", x, replaced);
    if (t.memory->owner->kind() != nf::device_kind::webgpu) return;
    for (auto const& [first, count] : {std::pair<nf::index, nf::index>{1, 4}, {4, 1}, {21, 2}})
      CHECK_THROWS_MATCHES(t.memory->owner->upload(*t.memory, first, count, t.type, list), nf::value_error,
                           MessageMatches(ContainsSubstring("cannot be uploaded alone")));
    check("unchanged", x, replaced);
  });
}

TEST_CASE("packed: narrow arrays take their own size on WebGPU", "[packed][device]") {
  if (nf::device::current().kind() != nf::device_kind::webgpu) SKIP("words, or the host's own layout");
  auto const live = [] { return nf::device::current().memory_stats().live_bytes; };
  auto const sent = [] { return nf::device::current().memory_stats().uploaded_bytes; };
  nf::index const count = 1 << 16;
  auto const before = live(), uploaded = sent();
  auto const flags = numbered<bool>(count);
  CHECK(live() - before == 1 << 16);
  CHECK(sent() - uploaded == 1 << 16);
  auto const halves = numbered<nf::float16>(count);
  CHECK(live() - before == 3 << 16);
}
