#include "exact_numbers.hpp"

#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <concepts>
#include <tuple>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

namespace {

/// The product of two matrices, element by element; sums of integers wrap.
template <class A, class B> auto product(nf::array<A> const& a, nf::array<B> const& b) {
  using R = decltype(nf::matmul(a, b));
  auto const x = nf::to_host(a);
  auto const y = nf::to_host(b);
  std::vector<typename R::value_type> out;
  for (nf::index i = 0; i < a.shape()[0]; ++i)
    for (nf::index j = 0; j < b.shape()[1]; ++j) {
      double sum = 0;
      for (nf::index k = 0; k < a.shape()[1]; ++k) sum += double(x(i, k)) * double(y(k, j));
      if constexpr (std::integral<typename R::value_type>) out.push_back(typename R::value_type(std::int64_t(sum)));
      else out.push_back(typename R::value_type(sum));
    }
  return out;
}

}  // namespace

TEST_CASE("matmul: shapes around those of tiles", "[linalg][device]") {
  int const sizes[][3] = {{1, 1, 1},    {2, 3, 4},    {1, 50, 1},    {16, 16, 16}, {17, 15, 33},
                          {64, 64, 64}, {65, 63, 66}, {5, 129, 130}, {130, 7, 3},  {3, 300, 257}};
  for (auto const& [m, k, n] : sizes) {
    CAPTURE(m, k, n);
    auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2);
    auto const c = nf::matmul(a, b);
    REQUIRE(c.shape() == nf::shape{m, n});
    CHECK(values(c) == product(a, b));
  }
}

TEST_CASE("matmul: strided operands", "[linalg][device]") {
  auto const x = exact_numbers<float>({40, 50}, 3), y = exact_numbers<float>({60, 70}, 4);
  auto const check = [](nf::array<float> const& a, nf::array<float> const& b) {
    CHECK(values(nf::matmul(a, b)) == product(a, b));
  };
  check(x[slice(none, none, -1), slice(10, 40)], y[slice(0, 60, 2), slice(none, none, 3)]);
  check(nf::transpose(x), x);
  check(x, nf::transpose(x));
  check(nf::transpose(x[slice(5, 38), all]), y[slice(33, 0, -1), slice(1, 8)]);
  check(x[slice(0, 1)], y[slice(0, 50)]);
  check(nf::array<float>(x[0])[nf::newaxis][slice(0, 1)], y[slice(10, 60), slice(69, 70)]);
}

TEST_CASE("matmul: every way of loading a tile, k in parts", "[linalg][device]") {
  int const sizes[][3] = {{36, 520, 40}, {37, 523, 39}, {3, 260, 66}, {200, 200, 200}};
  for (auto const& [m, k, n] : sizes) {
    CAPTURE(m, k, n);
    auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2);
    auto const expected = product(a, b);
    nf::array<float> const a_turned = nf::transpose(a), b_turned = nf::transpose(b);
    CHECK(values(nf::matmul(a, b)) == expected);
    CHECK(values(nf::matmul(nf::transpose(a_turned), b)) == expected);
    CHECK(values(nf::matmul(a, nf::transpose(b_turned))) == expected);
    CHECK(values(nf::matmul(nf::transpose(a_turned), nf::transpose(b_turned))) == expected);
  }
}

TEST_CASE("matmul: tiles of large products", "[linalg][device]") {
  nf::runtime::device& d = nf::runtime::current();
  if (d.kind() != nf::device_kind::webgpu) SKIP("only webgpu has tiles");
  auto const& limits = static_cast<nf::runtime::gpu_device&>(d).limits();
  for (auto const& [tile, needed] : nf::ops::detail::matmul_tiles) {
    if (tile.workgroup_bytes() > limits.max_workgroup_bytes) continue;
    for (auto const& [m, k, n, turned, parts] :
         {std::tuple{132, 36, 136, false, 1}, {132, 36, 136, true, 2}, {131, 37, 135, false, 1}}) {
      CAPTURE(int(tile.m), int(tile.n), int(tile.depth), int(tile.rows), m, k, n, turned, parts);
      auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2);
      nf::array<float> const at = nf::transpose(a), bt = nf::transpose(b), c = nf::zeros({m, n});
      auto const operand = [&](nf::array<float> const& x, nf::array<float> const& x_turned) {
        return nf::runtime::operand{(turned ? x_turned : x).impl().memory.get(),
                                    turned ? nf::transpose(x_turned.impl().view) : x.impl().view};
      };
      nf::ops::matmul_problem const p{operand(a, at),
                                      operand(b, bt),
                                      nf::dtype::float32,
                                      nf::dtype::float32,
                                      {c.impl().memory, c.impl().view, nf::dtype::float32}};
      nf::ops::detail::matmul_on_webgpu(static_cast<nf::runtime::gpu_device&>(d), p, {}, {tile, parts},
                                        nf::ops::detail::matmul_shape(p));
      CHECK(values(c) == product(a, b));
    }
  }
}

TEST_CASE("matmul: candidates are recorded, not launched", "[linalg][device]") {
  nf::runtime::device& d = nf::runtime::current();
  if (d.kind() != nf::device_kind::webgpu) SKIP("only webgpu has tiles");
  auto& gpu = static_cast<nf::runtime::gpu_device&>(d);
  auto const a = exact_numbers<float>({64, 260}, 1), b = exact_numbers<float>({260, 96}, 2);
  nf::array<float> const c = nf::zeros({64, 96});
  nf::ops::matmul_problem const p{{a.impl().memory.get(), a.impl().view},
                                  {b.impl().memory.get(), b.impl().view},
                                  nf::dtype::float32,
                                  nf::dtype::float32,
                                  {c.impl().memory, c.impl().view, nf::dtype::float32}};
  namespace mm = nf::ops::detail;
  mm::matmul_extents const e{1, 64, 96, 260};
  CHECK(mm::candidate_choices(e, gpu.limits()).size() > 2);  // the rule cuts k, so that there are sums too
  CHECK(mm::plan_of(e, mm::guessed_choice(e, gpu.limits())).parts > 1);
  nf::array<float> before = a + 1;  // is being recorded, and stays so
  auto const stats = d.memory_stats();
  mm::try_plans(gpu, p, {}, {}, 12345, e, mm::matmul_shape(p));
  CHECK(d.memory_stats().launches == stats.launches);
  CHECK(d.memory_stats().live_bytes == stats.live_bytes);
  CHECK(d.memory_stats().live_buffers == stats.live_buffers);
  CHECK(values(before) == values(a + 1));
  CHECK(values(c) == std::vector<float>(64 * 96));
  CHECK_THROWS_AS(gpu.try_out(12345, "nothing", mm::candidate_choices(e, gpu.limits()),
                              [](unsigned) { throw nf::value_error("no"); }),
                  nf::value_error);
  CHECK(values(nf::matmul(a, b)) == product(a, b));

  // A choice is asked for once, candidates are wanted once: a program that only counts work gets none where tuning is
  // off.
  nf::runtime::tuning const first = gpu.tuned(54321, 1);
  CHECK_FALSE(first.wanted);
  nf::runtime::tuning const more = gpu.tuned(54321, 1e12);
  CHECK(more.choice == first.choice);
  CHECK_FALSE(gpu.tuned(54321, 1e12).wanted);
}

TEST_CASE("matmul: plans by the rule, by a choice, and candidates", "[linalg]") {
  namespace mm = nf::ops::detail;
  nf::runtime::gpu_limits large;
  large.max_workgroup_bytes = 49152;
  nf::runtime::gpu_limits const least;  // 16 KiB: 64 x 64 x 32 does not fit
  auto const plan = [](mm::matmul_extents const& e, nf::runtime::gpu_limits const& l) {
    mm::matmul_plan const p = mm::plan_of(e, mm::guessed_choice(e, l));
    return std::tuple{int(p.tile.m), int(p.tile.n), int(p.tile.depth), p.parts};
  };
  using four = std::tuple<int, int, int, nf::index>;
  CHECK(plan({1, 4096, 4096, 4096}, large) == four{128, 128, 32, 1});
  CHECK(plan({1, 4096, 4096, 4096}, least) == four{64, 64, 16, 1});
  CHECK(plan({1, 1024, 1024, 1024}, large) == four{64, 64, 32, 1});
  CHECK(plan({1, 256, 256, 256}, large) == four{32, 32, 32, 4});
  CHECK(plan({1, 64, 64, 100'000}, large) == four{32, 32, 32, 32});
  CHECK(plan({1000, 16, 16, 16}, large) == four{32, 32, 32, 1});
  CHECK(plan({1, 3, 5, 7}, large) == four{32, 32, 32, 1});

  for (mm::matmul_extents const& e : {mm::matmul_extents{1, 4096, 4096, 4096},
                                      {1, 1024, 1024, 1024},
                                      {1, 256, 256, 256},
                                      {64, 512, 512, 512},
                                      {1, 64, 64, 100'000},
                                      {1000, 16, 16, 16},
                                      {1, 3, 5, 7}})
    for (nf::runtime::gpu_limits const& l : {large, least}) {
      auto const choices = mm::candidate_choices(e, l);
      CAPTURE(e.m, e.k, e.n, choices.size());
      CHECK(choices[0] == mm::guessed_choice(e, l));
      CHECK(choices.size() <= 4);
      for (std::size_t i = 0; i < choices.size(); ++i) {
        CHECK(mm::valid_choice(e, int(choices[i]), l));
        CHECK(mm::plan_of(e, choices[i]).tile.workgroup_bytes() <= l.max_workgroup_bytes);
        for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(mm::plan_of(e, choices[i]) == mm::plan_of(e, choices[j]));
      }
    }
  mm::matmul_extents const e{1, 256, 256, 256};
  CHECK(mm::candidate_choices({1, 4096, 4096, 4096}, large).size() == 4);
  CHECK(mm::plan_of(e, mm::guessed_choice(e, large) + mm::whole_k_choice).parts == 1);
  for (int wrong : {-1, -2, int(mm::matmul_tile_count), int(2 * mm::whole_k_choice), 1'000'000})
    CHECK_FALSE(mm::valid_choice(e, wrong, large));
  CHECK_FALSE(mm::valid_choice({1, 4096, 4096, 4096}, 0, least));  // does not fit
  CHECK_FALSE(mm::valid_choice({1, 16, 16, 16}, 0, large));        // wasteful

  // What products share a key: a power of two, types, ways of loading.
  nf::codegen::matmul_facts const f;
  auto g = f;
  g.a_load = nf::codegen::tile_load::turned;
  CHECK(mm::tuning_key(f, {1, 1024, 1024, 1024}) == mm::tuning_key(f, {1, 2047, 1500, 1024}));
  CHECK(mm::tuning_key(f, {1, 1024, 1024, 1024}) != mm::tuning_key(f, {1, 1023, 1024, 1024}));
  CHECK(mm::tuning_key(f, {1, 1024, 1024, 1024}) != mm::tuning_key(g, {1, 1024, 1024, 1024}));
  unsigned const choices[] = {0, 7};
  CHECK(mm::tuning_text(g, e, choices) ==
        "matmul float32 transposed by float32 strided, 1 of 256 x 256 x 256\n"
        "128 x 128 x 32, 8 x 8 a thread, 4 parts of k\n32 x 32 x 32, 4 x 4 a thread, 4 parts of k");
}

TEST_CASE("matmul: a matrix by a vector, of every type and layout", "[linalg][device]") {
  auto const a = exact_numbers<float>({130, 270}, 1), b = exact_numbers<float>({270, 1}, 2),
             c = exact_numbers<float>({1, 130}, 3);
  nf::array<float> const turned = nf::transpose(a);
  CHECK(values(nf::matmul(a, b)) == product(a, b));
  CHECK(values(nf::matmul(nf::transpose(turned), b)) == product(a, b));
  CHECK(values(nf::matmul(c, a)) == product(c, a));
  CHECK(values(nf::matmul(c, nf::transpose(turned))) == product(c, a));
  auto const x = exact_numbers<std::int8_t>({5, 70}, 1), y = exact_numbers<std::int8_t>({70, 1}, 2);
  CHECK(values(nf::matmul(x, y)) == product(x, y));
  auto const f = exact_numbers<float>({4, 30}, 1), v = exact_numbers<float>({30, 1}, 2);
  CHECK(values(nf::astype<float>(nf::matmul(nf::astype<nf::float16>(f), nf::astype<nf::float16>(v)))) == product(f, v));
  auto const many = exact_numbers<float>({3, 7, 9}, 4), few = exact_numbers<float>({3, 9, 1}, 5);
  for (int i = 0; i < 3; ++i) CHECK(values(nf::matmul(many, few)[i]) == product(many[i], few[i]));
}

TEST_CASE("matmul: many tiny matrices", "[linalg][device]") {
  int const sizes[][3] = {{2, 2, 2},  {3, 5, 4},    {4, 4, 4},  {16, 16, 16},
                          {5, 32, 7}, {16, 33, 16}, {17, 4, 8}, {8, 1, 8}};
  for (auto const& [m, k, n] : sizes) {
    CAPTURE(m, k, n);
    auto const a = exact_numbers<float>({5, 7, m, k}, 1), b = exact_numbers<float>({7, k, n}, 2),
               b_turned = exact_numbers<float>({7, n, k}, 3);
    auto const before = nf::device::current().memory_stats().launches;
    auto const c = nf::matmul(a, b);
    CHECK(nf::device::current().memory_stats().launches - before <= (on_gpu() ? 2u : 1u));
    auto const d = nf::matmul(a, nf::transpose(b_turned, {0, 2, 1}));
    REQUIRE(c.shape() == nf::shape{5, 7, m, n});
    for (int i : {0, 4})
      for (int j : {0, 3, 6}) {
        CHECK(values(c[i, j]) == product(a[i, j], b[j]));
        CHECK(values(d[i, j]) == product(a[i, j], nf::transpose(b_turned[j])));
      }
  }
  auto const x = exact_numbers<std::int8_t>({20, 6, 10}, 1), y = exact_numbers<std::int8_t>({20, 10, 5}, 2);
  auto const z = nf::matmul(x, y);
  auto const f = exact_numbers<float>({20, 6, 10}, 3), g = exact_numbers<float>({20, 10, 5}, 4),
             column = exact_numbers<float>({6, 1}, 5);
  nf::array<float> const half = nf::astype<float>(nf::matmul(nf::astype<nf::float16>(f), nf::astype<nf::float16>(g)));
  for (int i : {0, 19}) {
    CHECK(values(z[i]) == product(x[i], y[i]));
    CHECK(values(half[i]) == product(f[i], g[i]));
  }
  auto const add = nf::kernel([](auto p, auto q) { return p + q; });
  CHECK(values(nf::matmul(f, g, add, column)) == values(nf::matmul(f, g) + column));
}

TEST_CASE("matmul: beyond the blocks of the cpu device", "[linalg]") {
  auto const a = exact_numbers<float>({259, 261}, 1), b = exact_numbers<float>({261, 9}, 2),
             c = exact_numbers<float>({3, 261}, 3), d = exact_numbers<float>({261, 262}, 4);
  CHECK(values(nf::matmul(a, b)) == product(a, b));
  CHECK(values(nf::matmul(c, d)) == product(c, d));
  auto const i = exact_numbers<std::int64_t>({259, 261}, 1), j = exact_numbers<std::int64_t>({261, 5}, 2);
  CHECK(values(nf::matmul(i, j)) == product(i, j));
  auto const v = exact_numbers<float>({1, 9}, 3), wide = exact_numbers<float>({9, 1100}, 4);
  CHECK(values(nf::matmul(v, wide)) == product(v, wide));
  CHECK(values(nf::matmul(v, wide[all, slice(none, none, -1)])) == product(v, wide[all, slice(none, none, -1)]));
  CHECK(values(nf::matmul(nf::transpose(wide), nf::transpose(v))) == product(v, wide));
}

TEST_CASE("matmul: element types", "[linalg][device]") {
  CHECK(values(nf::matmul(exact_numbers<std::int32_t>({9, 20}, 1), exact_numbers<std::int32_t>({20, 11}, 2))) ==
        product(exact_numbers<std::int32_t>({9, 20}, 1), exact_numbers<std::int32_t>({20, 11}, 2)));
  CHECK(values(nf::matmul(exact_numbers<std::uint8_t>({3, 5}, 1), exact_numbers<std::uint8_t>({5, 4}, 2))) ==
        product(exact_numbers<std::uint8_t>({3, 5}, 1), exact_numbers<std::uint8_t>({5, 4}, 2)));
  CHECK(values(nf::matmul(exact_numbers<std::int8_t>({3, 5}, 1), exact_numbers<float>({5, 4}, 2))) ==
        product(exact_numbers<std::int8_t>({3, 5}, 1), exact_numbers<float>({5, 4}, 2)));
  CHECK(values(nf::matmul(exact_numbers<double>({30, 40}, 1), exact_numbers<double>({40, 20}, 2))) ==
        product(exact_numbers<double>({30, 40}, 1), exact_numbers<double>({40, 20}, 2)));
  nf::array<std::int8_t> const big = nf::full({1, 3}, std::int8_t(100));
  CHECK(values(nf::matmul(big, nf::transpose(big))) ==
        std::vector<std::int8_t>{std::int8_t(30'000)});  // wraps, as numpy's int8
  nf::array<nf::float16> const h = nf::full({2, 100}, nf::float16(0.1f));
  CHECK(std::abs(float(values(nf::matmul(h, nf::transpose(h)))[0]) - 1.f) < 2e-3f);
}

TEST_CASE("matmul: vectors and batches", "[linalg][device]") {
  auto const a = exact_numbers<float>({4, 6}, 1), b = exact_numbers<float>({6, 5}, 2), v = exact_numbers<float>({6}, 3),
             w = exact_numbers<float>({4}, 4);
  CHECK(nf::array(nf::matmul(a, v)).shape() == nf::shape{4});
  CHECK(values(nf::matmul(a, v)) == values(nf::sum(a * v, nf::axis(1))));
  CHECK(nf::array(nf::matmul(w, a)).shape() == nf::shape{6});
  CHECK(values(nf::matmul(w, a)) == values(nf::sum(w[all, nf::newaxis] * a, nf::axis(0))));
  CHECK(nf::array(nf::matmul(v, v)).shape() == nf::shape{});
  CHECK(nf::item(nf::matmul(v, v)) == nf::item(nf::sum(v * v)));

  auto const many = exact_numbers<float>({3, 2, 4, 6}, 5), few = exact_numbers<float>({2, 6, 5}, 6);
  auto const products = nf::matmul(many, few);
  REQUIRE(products.shape() == nf::shape{3, 2, 4, 5});
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j) CHECK(values(products[i, j]) == product(many[i, j], few[j]));
  auto const one_for_all = nf::matmul(many[all, 0], b);
  for (int i = 0; i < 3; ++i) CHECK(values(one_for_all[i]) == product(many[i, 0], b));
}

TEST_CASE("matmul: expressions, one array twice, nothing, and wrong shapes", "[linalg][device]") {
  auto const a = exact_numbers<float>({20, 20}, 1);
  CHECK(values(nf::matmul(a, a)) == product(a, a));
  CHECK(values(nf::matmul(a * 2 + 1, nf::eye(20)) - 1) == values(a * 2));
  CHECK(values(nf::matmul(nf::zeros({3, 0}), nf::zeros({0, 2}))) == floats(6, 0));
  CHECK(values(nf::matmul(nf::zeros({0, 3}), nf::zeros({3, 2}))).empty());
  CHECK_THROWS_AS(nf::matmul(a, nf::zeros({19, 20})), nf::shape_error);
  CHECK_THROWS_AS(nf::matmul(a, nf::zeros({})), nf::shape_error);
  CHECK_THROWS_AS(nf::matmul(nf::zeros({2, 3, 4}), nf::zeros({3, 4, 5})), nf::shape_error);
}

TEST_CASE("transpose, broadcast_to and reshape are views of arrays and of expressions", "[linalg][device]") {
  auto const x = exact_numbers<float>({2, 3, 4}, 1);
  auto const host = nf::to_host(x);
  auto const t = nf::transpose(x);
  CHECK(t.shape() == nf::shape{4, 3, 2});
  CHECK(nf::to_host(t)(3, 1, 0) == host(0, 1, 3));
  CHECK(nf::to_host(nf::transpose(x, {1, 0, 2}))(2, 1, 3) == host(1, 2, 3));
  CHECK(values(nf::transpose(x * 2 + x[0])) == values(nf::transpose(nf::array<float>(x * 2 + x[0]))));
  CHECK(values(nf::broadcast_to(x[0, 0], {2, 4})) == values(nf::zeros({2, 1}) + x[0, 0]));
  CHECK(values(nf::reshape(x, {6, 4})) == values(x));
  CHECK(nf::reshape(x, {-1, 2}).shape() == nf::shape{12, 2});
  CHECK(nf::reshape(x, {24}).impl().memory.get() == x.impl().memory.get());
  CHECK(values(nf::reshape(nf::transpose(x), {24})) == values(nf::transpose(x)));
  CHECK(values(nf::reshape(x[all, slice(none, none, -1)], {8, 3})) == values(x[all, slice(none, none, -1)]));
  CHECK(values(nf::reshape(nf::arange(6), {2, 3})) == ints{0, 1, 2, 3, 4, 5});
  CHECK_THROWS_AS(nf::reshape(x, {5, 5}), nf::shape_error);
  nf::array<float> y = nf::zeros({3, 2});
  nf::transpose(y)[1] = 7;
  CHECK(values(y) == floats{0, 7, 0, 7, 0, 7});
}
