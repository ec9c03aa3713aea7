// Arrays past the sizes at which something else than memory ends: 2^24 elements (where float32 stops counting), 65535
// workgroups, the 128 MiB that every WebGPU device binds; and arrays of no and of one element.

#include "values.hpp"

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/runtime/context.hpp>

using nf::none;
using nf::slice;

namespace {

/// The elements of `table` with these numbers.
template <class T> std::vector<T> picked(nf::array<T> const& table, ints const& numbers) {
  nf::ir::builder b;
  nf::ir::value const number = b.load(nf::dtype::int32);
  b.output(b.fetch(b.array(nf::dtype_of<T>), number));
  b.finish();
  nf::runtime::device& d = nf::runtime::current();
  nf::runtime::kernel const k{b.view(), nf::ir::hash(b.view()), "pick", {}, {}, {}, {}};
  nf::array<int> const at(numbers, {nf::index(numbers.size())});
  nf::shape const s = at.shape();
  nf::runtime::tensor const out{d.allocate(at.size(), nf::dtype_of<T>), nf::contiguous_view(s), nf::dtype_of<T>};
  nf::runtime::operand const loads[] = {{at.impl().memory.get(), at.impl().view},
                                        {table.impl().memory.get(), nf::view{s, nf::index_list::filled(1, 0), 0}}};
  nf::runtime::launch_map(d, k, loads, {&out, 1}, {});
  return values(nf::array<T>(out));
}

}  // namespace

TEST_CASE("size: more than 2^24 elements of a byte", "[size][device][large]") {
  nf::index const n = (1 << 24) + 1;
  nf::array<std::uint8_t> const x = nf::astype<std::uint8_t>(nf::arange(int(n)) % 253 + 1);
  auto const expected = [](nf::index k) { return std::uint8_t(k % 253 + 1); };
  CHECK(values(x[slice(n - 3, none)]) == bytes{expected(n - 3), expected(n - 2), expected(n - 1)});
  CHECK(nf::item(nf::count_nonzero(x)) == int(n));
  CHECK(nf::item(nf::count_nonzero(x == std::uint8_t(1))) == int((n + 252) / 253));
  nf::array<std::uint8_t> const back = nf::array<std::uint8_t>(x[slice(none, none, -1)] + std::uint8_t(0));
  CHECK(values(back[slice(0, 3)]) == bytes{expected(n - 1), expected(n - 2), expected(n - 3)});
  CHECK(values(back[slice(n - 2, none)]) == bytes{expected(1), expected(0)});
  x[slice(n - 2, none)] = std::uint8_t(254);
  x[slice(0, none, n - 4)] = std::uint8_t(255);
  CHECK(values(x[slice(n - 5, none)]) == bytes{expected(n - 5), 255, expected(n - 3), 254, 254});
  CHECK(nf::item(nf::max(x)) == 255);
  if (on_gpu())
    CHECK(picked(x, {0, int(n - 1), int(n - 2), int(n - 3), 1}) == bytes{255, 254, 254, expected(n - 3), expected(1)});
}

TEST_CASE("size: more than 128 MiB in one array, more than 65535 workgroups", "[size][device][large]") {
  nf::index const n = (1 << 25) + 5;
  if (on_gpu()) {
    auto const& limits = static_cast<nf::runtime::gpu_device&>(nf::runtime::current()).limits();
    if (limits.max_binding_bytes < std::uint64_t(n) * 4) SKIP("this device binds no array of that size");
  }
  nf::array<int> x = nf::arange(int(n));
  CHECK(values(x[slice(n - 2, none)]) == ints{int(n - 2), int(n - 1)});
  x[slice(1, none)] += 1;  // not in fours: a thread an element
  CHECK(values(x[slice(0, 3)]) == ints{0, 2, 3});
  CHECK(values(x[slice(n - 2, none)]) == ints{int(n - 1), int(n)});
  CHECK(nf::item(nf::max(x)) == int(n));
  CHECK(nf::item(nf::sum(x[slice(n - 1000, none)])) == [&] {
    std::uint32_t sum = 0;
    for (nf::index k = n - 1000; k < n; ++k) sum += std::uint32_t(k + 1);
    return std::int32_t(sum);
  }());
  if (on_gpu()) CHECK(picked(x, {int(n - 1), 0, 1 << 24}) == ints{int(n), 0, (1 << 24) + 1});
}

TEST_CASE("size: no elements and one, of every size", "[size][device]") {
  auto const check = []<class T>(T one) {
    nf::array<T> const nothing = nf::zeros<T>({0, 3});
    CHECK(nf::array<T>(nf::where(nothing == one, nothing, nothing)).shape() == nf::shape{0, 3});
    CHECK(values(nothing[slice(none), slice(1, none)]).empty());
    nothing[slice(none), slice(none, none, 2)] = one;
    CHECK(values(nf::any(nothing != T(0), nf::axis(0))) == bytes{0, 0, 0});
    nf::array<T> single = nf::full<T>({}, one);
    CHECK(nf::item(single) == one);
    single[nf::ellipsis] = nf::where(single == one, nf::full<T>({}, T(0)), single);
    CHECK(nf::item(single) == T(0));
    nf::array<T> const last = nf::full<T>({5}, one)[slice(4, none)];
    last[slice(none)] = T(0);
    CHECK(nf::item(last) == T(0));
  };
  check(true);
  check(std::int8_t(-3));
  check(std::uint16_t(65535));
  check(nf::float16(0.1f));
  check(7);
  check(std::complex<float>(1, 2));
}

TEST_CASE("size: how much work is handed over at once grows with the speed that was seen", "[size][device]") {
  if (nf::runtime::current().kind() != nf::device_kind::webgpu)
    SKIP("a launch of the CPU or of WebGL2 is cut otherwise");
  auto const& d = static_cast<nf::runtime::gpu_device&>(nf::runtime::current());
  auto const before = d.work_budget();
  CHECK(before >= nf::runtime::least_work_budget);
  // As work it counts a hundred million turns, of which it makes one.
  constexpr auto lazy = nf::kernel([](auto x) {
    return nf::loop(100'000'000, nf::values(x), [](auto v) {
      nf::break_if(v > 0);
      return nf::values(v + 1);
    })[0];
  });
  nf::array<float> const x = nf::astype<float>(nf::arange(1000));
  auto const expected = [](nf::index k) { return k == 0 ? 1.0f : float(k); };
  for (int round = 0; round < 2; ++round) {  // the first may compile
    std::vector<float> const seen = values(nf::array<float>(lazy(x)));
    for (nf::index k = 0; k < 1000; ++k) REQUIRE(seen[std::size_t(k)] == expected(k));
  }
  CHECK(d.work_budget() >= before);
  CHECK(d.work_budget() > 2 * nf::runtime::least_work_budget);
  CHECK(d.work_budget() <= 100 * nf::runtime::least_work_budget);
}
