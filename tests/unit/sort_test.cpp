#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <algorithm>
#include <bit>
#include <complex>
#include <cstring>
#include <limits>
#include <numeric>

#include <sort_cases.hpp>

using nf::all;
using nf::none;
using nf::slice;

namespace {

template <class T> constexpr bool is_complex_type = nf::is_complex(nf::dtype_of<T>);

/// numpy's order: NaNs last, complex numbers by where they have NaNs, then by real and imaginary parts.
template <class T> bool before(T a, T b) {
  if constexpr (is_complex_type<T>) {
    auto const group = [](T v) { return v.real() != v.real() ? 2 : v.imag() != v.imag() ? 1 : 0; };
    if (group(a) != group(b)) return group(a) < group(b);
    if (before(a.real(), b.real())) return true;
    return !before(b.real(), a.real()) && before(a.imag(), b.imag());
  } else {
    return a < b || (b != b && a == a);
  }
}

/// The positions that sort a row stably.
template <class T> ints sorting(std::vector<T> const& row, bool descending = false) {
  ints order(row.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::int32_t i, std::int32_t j) {
    T const a = row[std::size_t(i)], b = row[std::size_t(j)];
    return descending ? before(b, a) : before(a, b);
  });
  return order;
}

/// The same bits, but any NaN of 16 bits for a NaN.
template <class T> bool same(T a, T b) {
  if constexpr (std::same_as<T, nf::float16>) return a.bits == b.bits || (a != a && b != b);
  else return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Whether sort and argsort of `x` along its last axis are what stable sorting of each row gives.
template <class T> void check_rows(nf::array<T> const& x, bool descending = false) {
  std::size_t const n = std::size_t(x.shape()[x.ndim() - 1]);
  auto const elements = values(x);
  auto const order = descending ? values(nf::argsort(x, nf::descending)) : values(nf::argsort(x));
  auto const sorted = descending ? values(nf::sort(x, nf::descending)) : values(nf::sort(x));
  REQUIRE(order.size() == elements.size());
  REQUIRE(sorted.size() == elements.size());
  std::size_t wrong_order = 0, wrong_values = 0;
  for (std::size_t r = 0; r * n < elements.size(); ++r) {
    std::vector<T> row;
    for (std::size_t i = 0; i < n; ++i) row.push_back(T(elements[r * n + i]));
    ints const expected = sorting(row, descending);
    for (std::size_t i = 0; i < n; ++i) {
      wrong_order += order[r * n + i] != expected[i];
      wrong_values += !same(T(sorted[r * n + i]), T(row[std::size_t(expected[i])]));
    }
  }
  CHECK(wrong_order == 0);
  CHECK(wrong_values == 0);
}

/// `k` mixed to 32 bits (the finaliser of MurmurHash3).
constexpr std::uint32_t mixed(std::uint32_t k) {
  k = (k ^ k >> 16) * 0x85ebca6bu;
  k = (k ^ k >> 13) * 0xc2b2ae35u;
  return k ^ k >> 16;
}
/// Elements of any bits, or of few values so that there are many ties.
template <class T> nf::array<T> mixture(nf::shape const& s, std::uint32_t seed, bool ties) {
  if constexpr (std::same_as<T, bool>) return nf::astype<bool>(mixture<std::uint8_t>(s, seed, false) & 1);
  else
    return array_of(s, [=](int k) {
      std::uint32_t const bits = mixed(std::uint32_t(k) * 2654435761u + seed);
      if constexpr (std::same_as<T, float>) return ties ? float(bits % 7u) - 3.f : std::bit_cast<float>(bits);
      else return ties ? T(bits % 7u) : T(bits);
    });
}

template <class T> nf::array<T> uploaded(std::vector<T> const& list) {
  if constexpr (std::same_as<T, bool>)
    return nf::astype<bool>(
        nf::array<std::uint8_t>(bytes(list.begin(), list.end()), nf::shape(nf::index(list.size()))));
  else return nf::array<T>(list, nf::shape(nf::index(list.size())));
}

}  // namespace

TEST_CASE("sort and argsort: every type as NumPy sorts it", "[sort][device]") {
  each_sort_case([](auto elements, ints const& order) {
    using T = typename decltype(elements)::value_type;
    CAPTURE(nf::name(nf::dtype_of<T>));
    std::vector<T> const list(elements);
    CHECK(sorting(list) == order);  // the reference of the other cases, too
    nf::array<T> const x = uploaded(list);
    CHECK(values(nf::argsort(x)) == order);
    CHECK(values(nf::argsort(x, nf::descending)) == sorting(list, true));
    auto const sorted = values(nf::sort(x));
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < list.size(); ++k) wrong += !same(T(sorted[k]), T(list[std::size_t(order[k])]));
    CHECK(wrong == 0);
  });
}

TEST_CASE("sort: rows of every length around the sizes of a block", "[sort][device]") {
  for (bool ties : {false, true})
    for (nf::index n : {1, 2, 3, 15, 16, 17, 255, 256, 257, 704, 705, 1407, 1408, 1409, 2816, 2817, 20'000}) {
      CAPTURE(ties, n);
      check_rows(mixture<float>({n}, std::uint32_t(n), ties));
      check_rows(mixture<float>({n}, std::uint32_t(n), ties), true);
    }
}

TEST_CASE("sort: many rows", "[sort][device]") {
  nf::shape const shapes[] = {{1, 5},   {7, 1},   {300, 2},  {1000, 15}, {257, 16},   {10, 384},
                              {3, 704}, {5, 705}, {3, 1408}, {3, 4000},  {2, 3, 5000}};
  for (nf::shape const& s : shapes) {
    CAPTURE(nf::detail::to_string(s));
    check_rows(mixture<std::int32_t>(s, 5, false));
    check_rows(mixture<std::uint32_t>(s, 6, true));
    check_rows(mixture<float>(s, 7, true), true);
    check_rows(mixture<std::int8_t>(s, 8, false));
    check_rows(mixture<std::uint16_t>(s, 9, false), true);
    check_rows(mixture<bool>(s, 10, false));
  }
}

TEST_CASE("sort: complex and half-precision rows longer than a block", "[sort][device]") {
  auto const part = [](int k) { return float(mixed(std::uint32_t(k)) % 9u) - 4.f; };
  float const nan = std::numeric_limits<float>::quiet_NaN();
  check_rows(array_of({2, 5000}, [=](int k) {
    return std::complex<float>(k % 37 == 0 ? nan : part(k), k % 41 == 0 ? nan : part(k + 100'000));
  }));
  check_rows(array_of({40, 30}, [=](int k) { return std::complex<float>(part(k), part(k + 100'000)); }), true);
  check_rows(array_of({2, 5000}, [](int k) {
    nf::float16 h;
    h.bits = std::uint16_t(mixed(std::uint32_t(k)));
    return h;
  }));
}

TEST_CASE("sort: any axis of any view", "[sort][device]") {
  auto const x = mixture<float>({6, 40, 50}, 3, true);
  check_rows(nf::array<float>(x[slice(none, none, -1), all, slice(none, none, -3)]));
  check_rows(nf::array<float>(x[slice(1, 5), 3]));
  check_rows(nf::array<float>(x[2, slice(10, 30)]));
  nf::array<float> const lying = nf::transpose(x, {0, 2, 1});
  check_rows(lying);
  CHECK(values(nf::sort(x, 1)) == values(nf::transpose(nf::sort(lying), {0, 2, 1})));
  CHECK(values(nf::argsort(x, nf::axis(-2))) == values(nf::transpose(nf::argsort(lying), {0, 2, 1})));
  CHECK(values(nf::sort(x, 0, nf::descending)) == values(nf::sort(x, nf::axis(0))[slice(none, none, -1)]));
  CHECK(values(nf::sort(x * 2 + 1)) == values(nf::sort(x) * 2 + 1));
  check_rows(nf::array<float>(nf::broadcast_to(x[0, 0], {3, 50})));
  CHECK(values(x) == values(mixture<float>({6, 40, 50}, 3, true)));  // operands stay as they were
}

TEST_CASE("sort: what is already in order, all alike, empty, and wrong axes", "[sort][device]") {
  CHECK(values(nf::argsort(nf::arange(10'000))) == values(nf::arange(10'000)));
  CHECK(values(nf::sort(nf::arange(9'999, -1, -1))) == values(nf::arange(10'000)));
  CHECK(values(nf::argsort(nf::zeros({10'000}))) == values(nf::arange(10'000)));
  CHECK(nf::sort(nf::zeros({0})).shape() == nf::shape{0});
  CHECK(nf::argsort(nf::zeros({3, 0}), 0).shape() == nf::shape{3, 0});
  CHECK(nf::sort(nf::zeros({0, 3})).shape() == nf::shape{0, 3});
  CHECK_THROWS_AS(nf::sort(nf::zeros({})), nf::index_error);
  CHECK_THROWS_AS(nf::sort(nf::zeros({3}), 1), nf::index_error);
  CHECK_THROWS_AS(nf::argsort(nf::zeros({3, 4}), -3), nf::index_error);
}
