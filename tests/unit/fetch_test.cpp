// Elements of whole arrays by computed numbers, and binary search, which is made of them: in the interpreter, in
// compiled and in general loops, in kernels.

#include "general_kernel.hpp"
#include "values.hpp"

#include <ndfuse/ir/interpret.hpp>
#include <ndfuse/ir/verify.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/ops/search.hpp>
#include <ndfuse/runtime/context.hpp>

#include <algorithm>
#include <cmath>
#include <complex>

using nf::dtype;
using nf::ir::opcode;

namespace {

/// table[2 * number] + 1
constexpr void build_fetch(nf::ir::builder& b) {
  nf::ir::value const number = b.load(dtype::int32);
  nf::ir::value const table = b.array(dtype::float32);
  nf::ir::value const at = b.apply(opcode::multiply, number, b.constant(2, dtype::int32));
  b.output(b.apply(opcode::add, b.fetch(table, at), b.constant(1, dtype::float32)));
  b.finish();
}
template <dtype T, int Count, bool Right> constexpr void build_place(nf::ir::builder& b) {
  nf::ir::value const v = b.load(T);
  b.output(nf::ops::build_search(b, b.array(T), Count, v, Right));
  b.finish();
}

template <auto Build> constexpr auto frozen = [] {
  constexpr std::size_t n = [] {
    nf::ir::builder b;
    Build(b);
    return b.code().size();
  }();
  nf::ir::builder b;
  Build(b);
  return b.freeze<n, 1>();
}();

template <auto Build> nf::runtime::kernel kernel_of(char const* name) {
  static constexpr auto const& p = frozen<Build>;
  return {p.view(), nf::ir::hash(p.view()), name, {}, {}, {}, nf::codegen::cpu_rows<frozen<Build>>};
}

/// The kernel's result for each of `x`, with all of `table` to fetch from.
template <class R, class T, class U>
nf::array<R> launched(nf::runtime::kernel const& k, nf::array<T> const& x, nf::array<U> const& table) {
  nf::runtime::device& d = nf::runtime::current();
  nf::shape const s = x.shape();
  nf::runtime::tensor const out{d.allocate(x.size(), nf::dtype_of<R>), nf::contiguous_view(s), nf::dtype_of<R>};
  nf::runtime::operand const loads[] = {
      {x.impl().memory.get(), x.impl().view},
      {table.impl().memory.get(), nf::view{s, nf::index_list::filled(s.size(), 0), 0}}};
  nf::runtime::launch_map(d, k, loads, {&out, 1}, {});
  return nf::array<R>(out);
}

}  // namespace

TEST_CASE("fetch: the interpreter takes elements of arrays", "[fetch]") {
  using nf::ir::tagged_value;
  constexpr auto const& p = frozen<build_fetch>;
  CHECK(nf::ir::verify(p.view()).empty());
  tagged_value const table[] = {tagged_value::from(1.5f), tagged_value::from(2.5f), tagged_value::from(3.5f)};
  std::span<tagged_value const> const arrays[] = {{}, table};
  tagged_value const loads[] = {tagged_value::from(std::int32_t(1))};
  CHECK(nf::ir::interpret(p.view(), loads, {}, arrays)[0].get<float>() == 4.5f);
  tagged_value const outside[] = {tagged_value::from(std::int32_t(2))};
  CHECK_THROWS_AS(nf::ir::interpret(p.view(), outside, {}, arrays), nf::index_error);
}

TEST_CASE("fetch: an array is no element", "[fetch]") {
  nf::ir::builder b;
  nf::ir::value const table = b.array(dtype::float32);
  b.output(b.apply(opcode::add, table, table));
  b.finish();
  CHECK(nf::ir::verify(b.view()) == "an array is used as an element");
  nf::ir::builder c;
  c.output(c.fetch(c.load(dtype::float32), c.load(dtype::int32)));
  c.finish();
  CHECK(nf::ir::verify(c.view()) == "a fetch from what is no array");
}

TEST_CASE("fetch: kernels take elements by number", "[fetch][device]") {
  auto const kernel = kernel_of<build_fetch>("fetch_test");
  int const n = 1003;
  auto const table = array_of({2 * n}, [](int k) { return float(k) * 0.25f; });
  auto const numbers = array_of({17, 59}, [](int k) { return std::int32_t((k * 37) % n); });
  auto const expected = made(n, [](int k) { return float((k * 37) % n) * 0.5f + 1; });
  CHECK(values(launched<float>(kernel, numbers, table)) == expected);
  // A strided view of the numbers, one element, none.
  auto const every = nf::array<std::int32_t>(numbers[nf::slice(nf::none, nf::none, -2), nf::slice(1, nf::none, 3)]);
  CHECK(values(launched<float>(kernel, nf::transpose(every), table)) ==
        values(nf::array<float>(nf::astype<float>(nf::transpose(every)) * 0.5f + 1)));
  CHECK(values(launched<float>(kernel, nf::array<std::int32_t>{7}, table)) == floats{4.5f});
  CHECK(values(launched<float>(kernel, nf::array<std::int32_t>(), table)).empty());
  // Numbers that are not there give something, and no harm.
  CHECK(values(launched<float>(kernel, nf::array<std::int32_t>{-1, 1 << 29, 0}, table))[2] == 1.f);
}

TEST_CASE("fetch: the general loop agrees with the compiled one", "[fetch]") {
  if (on_gpu()) return;
  auto const compiled = kernel_of<build_fetch>("fetch_test");
  general_kernel const general(compiled);
  auto const table = array_of({600}, [](int k) { return float(k); });
  auto const numbers = array_of({700}, [](int k) { return std::int32_t(k % 300); });
  CHECK(values(launched<float>(general.kernel, numbers, table)) == values(launched<float>(compiled, numbers, table)));
}

namespace {

template <class T, int Count> void check_search(std::vector<T> sorted, std::vector<T> const& wanted, auto before) {
  REQUIRE(sorted.size() == std::size_t(Count));
  nf::array<T> const table(std::span<T const>(sorted), {Count}),
      x(std::span<T const>(wanted), {nf::index(wanted.size())});
  ints left, right;
  for (T const& v : wanted) {
    left.push_back(std::int32_t(std::lower_bound(sorted.begin(), sorted.end(), v, before) - sorted.begin()));
    right.push_back(std::int32_t(std::upper_bound(sorted.begin(), sorted.end(), v, before) - sorted.begin()));
  }
  auto const l = kernel_of<build_place<nf::dtype_of<T>, Count, false>>("search_left");
  auto const r = kernel_of<build_place<nf::dtype_of<T>, Count, true>>("search_right");
  CHECK(values(launched<std::int32_t>(l, x, table)) == left);
  CHECK(values(launched<std::int32_t>(r, x, table)) == right);
  if (on_gpu()) return;
  CHECK(values(launched<std::int32_t>(general_kernel(l).kernel, x, table)) == left);
  CHECK(values(launched<std::int32_t>(general_kernel(r).kernel, x, table)) == right);
}

}  // namespace

TEST_CASE("search: as numpy.searchsorted, with ties, infinities and NaN", "[fetch][device]") {
  float const nan = std::nanf(""), inf = INFINITY;
  auto const before = [](float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
  check_search<float, 9>({-inf, -2, -0.f, 0, 1, 1, 1, inf, nan}, {-inf, inf, nan, -nan, 0, -0.f, 1, 0.5f, -3, 7},
                         before);
  check_search<float, 1>({2}, {1, 2, 3, nan}, before);
  check_search<float, 8>({nan, nan, nan, nan, nan, nan, nan, nan}, {1, nan}, before);
  auto const wanted = made(300, [](int k) { return std::int32_t(k - 20); });
  check_search<std::int32_t, 256>(made(256, [](int k) { return std::int32_t(k / 3 * 3); }), wanted, std::less<>());
}

TEST_CASE("search: complex numbers in NumPy's order", "[fetch][device]") {
  using c = std::complex<float>;
  float const nan = std::nanf("");
  // R + Rj, R + nanj, nan + Rj, nan + nanj
  std::vector<c> const sorted{{-1, 2}, {0, -1}, {0, 3}, {2, 0}, {1, nan}, {nan, 1}, {nan, nan}};
  auto const rank = [](c v) { return (std::isnan(v.real()) ? 2 : 0) + (std::isnan(v.imag()) ? 1 : 0); };
  auto const before = [&](c a, c b) {
    if ((rank(a) == 0) != (rank(b) == 0)) return rank(a) == 0;
    auto const less = [](float p, float q) { return p < q || (std::isnan(q) && !std::isnan(p)); };
    if (less(a.real(), b.real())) return true;
    if (less(b.real(), a.real())) return false;
    return less(a.imag(), b.imag());
  };
  check_search<c, 7>(sorted, {{0, 0}, {0, 3}, {5, 5}, {1, nan}, {nan, 0}, {nan, nan}, {-2, 0}}, before);
}
