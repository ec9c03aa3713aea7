// Scattering: each kind on each device against the same done one after the other.

#include "values.hpp"

#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ops/scatter.hpp>
#include <ndfuse/runtime/context.hpp>

#include <cmath>
#include <complex>

using nf::dtype;
using nf::ops::scatter_kind;

namespace {

template <auto Build, std::size_t Outputs> constexpr auto frozen = [] {
  constexpr std::size_t n = [] {
    nf::ir::builder b;
    Build(b);
    return b.code().size();
  }();
  nf::ir::builder b;
  Build(b);
  return b.freeze<n, Outputs>();
}();

template <dtype T> constexpr void build_pair(nf::ir::builder& b) {
  nf::ir::value const number = b.load(dtype::int32), value = b.load(T);
  b.output(number);
  b.output(value);
  b.finish();
}
template <dtype T, scatter_kind K> constexpr void build_combine(nf::ir::builder& b) {
  nf::ir::value const x = b.load(T), y = b.load(T);
  b.output(b.apply(nf::ops::scatter_operation(K), x, y));
  b.finish();
}
template <auto const& P> nf::runtime::kernel kernel_of(char const* name) {
  nf::runtime::kernel k{P.view(), nf::ir::hash(P.view()), name, {}, {}, {}, nf::codegen::cpu_rows<P>};
  k.helpers = {nf::codegen::helper_texts<nf::codegen::dialect::wgsl, P>,
               nf::codegen::helper_texts<nf::codegen::dialect::glsl, P>};
  return k;
}

template <scatter_kind K, class T>
std::vector<T> scattered(std::vector<T> const& old, ints const& numbers, std::vector<T> const& values_) {
  constexpr dtype t = nf::dtype_of<T>;
  nf::array<T> target(std::span<T const>(old), {nf::index(old.size())});
  nf::array<std::int32_t> const n(std::span<std::int32_t const>(numbers), {nf::index(numbers.size())});
  nf::array<T> const v(std::span<T const>(values_), {nf::index(values_.size())});
  auto const body = kernel_of<frozen<build_pair<t>, 2>>("pair");
  nf::runtime::operand const loads[] = {{n.impl().memory.get(), n.impl().view}, {v.impl().memory.get(), v.impl().view}};
  auto const run = [&](nf::runtime::kernel const* combine) {
    nf::ops::launch_scatter(nf::runtime::current(), K, body, combine, loads, n.shape(), target.impl(), {});
  };
  if constexpr (nf::ops::joins(K)) {
    auto const combine = kernel_of<frozen<build_combine<t, K>, 1>>("combine");
    run(&combine);
  } else {
    run(nullptr);
  }
  return values(target);
}

template <scatter_kind K, class T> T joined(T a, T b) {
  if constexpr (K == scatter_kind::add) return a + b;
  else if constexpr (K == scatter_kind::multiply) return a * b;
  else if constexpr (K == scatter_kind::minimum) return std::min(a, b);
  else if constexpr (K == scatter_kind::maximum) return std::max(a, b);
  else return b;
}
/// Numbers are small, so that sums do not depend on their order.
template <scatter_kind K, class T> void check(int size, int count) {
  CAPTURE(int(K), nf::name(nf::dtype_of<T>), size, count);
  auto const old = made(std::size_t(size), [](int k) { return T(k % 7 - 3); });
  auto const numbers = made(std::size_t(count), [&](int k) {
    if (K == scatter_kind::place) return std::int32_t((k * 7 + 5) % (count + 11) - 5);
    return std::int32_t((k * 37 + k / 5) % (size + 4) - 2);
  });
  auto const given =
      made(std::size_t(count), [](int k) { return K == scatter_kind::multiply ? T(k % 2 * 2 - 1) : T(k % 11 - 5); });
  std::vector<T> expected = old;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    if (numbers[k] >= 0 && numbers[k] < size) {
      T& at = expected[std::size_t(numbers[k])];
      at = joined<K>(at, given[k]);
    }
  CHECK(scattered<K>(old, numbers, given) == expected);
}
template <scatter_kind K, class T> void check_sizes() {
  check<K, T>(300, 1000);
  check<K, T>(4099, 257);
  check<K, T>(37, 5000);
  check<K, T>(2, 9000);
  check<K, T>(1, 700);
  check<K, T>(5, 1);
  check<K, T>(5, 0);
}

}  // namespace

TEST_CASE("scatter: values go where numbers say, the last one wins", "[scatter][device]") {
  check_sizes<scatter_kind::assign, float>();
  check_sizes<scatter_kind::assign, std::uint32_t>();
  check_sizes<scatter_kind::assign, std::complex<float>>();
  check<scatter_kind::place, float>(300, 250);
  check<scatter_kind::place, std::int32_t>(300, 301);
}

TEST_CASE("scatter: values join what is there", "[scatter][device]") {
  check_sizes<scatter_kind::add, float>();
  check_sizes<scatter_kind::add, std::int32_t>();
  check_sizes<scatter_kind::add, std::complex<float>>();
  check_sizes<scatter_kind::multiply, float>();
  check_sizes<scatter_kind::multiply, std::int32_t>();
  check_sizes<scatter_kind::minimum, float>();
  check_sizes<scatter_kind::minimum, std::int32_t>();
  check_sizes<scatter_kind::maximum, float>();
  check_sizes<scatter_kind::maximum, std::int32_t>();
}

TEST_CASE("scatter: NaN wins extremes", "[scatter][device]") {
  float const nan = std::nanf("");
  auto const low = scattered<scatter_kind::minimum, float>({1, 2, nan, 4}, {0, 0, 1, 2, 3}, {5, nan, 0, 1, 9});
  CHECK(std::isnan(low[0]));
  CHECK(low[1] == 0);
  CHECK(std::isnan(low[2]));
  CHECK(low[3] == 4);
}

TEST_CASE("scatter: the same sums every time", "[scatter][device]") {
  auto const numbers = made(5000, [](int k) { return std::int32_t(k * 7919 % 37); });
  auto const given = made(5000, [](int k) { return 1.0f / float(k + 1); });
  std::vector<float> const old(37, 0.0f);
  auto const first = scattered<scatter_kind::add, float>(old, numbers, given);
  for (int k = 0; k < 3; ++k) CHECK(scattered<scatter_kind::add, float>(old, numbers, given) == first);
  std::vector<double> exact(37, 0.0);
  for (std::size_t k = 0; k < numbers.size(); ++k) exact[std::size_t(numbers[k])] += double(given[k]);
  for (std::size_t k = 0; k < exact.size(); ++k)
    CHECK(std::abs(double(first[k]) - exact[k]) < 1e-6 * std::abs(exact[k]) + 1e-7);
}
