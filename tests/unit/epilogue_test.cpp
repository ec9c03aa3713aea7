#include "exact_numbers.hpp"

#include <ndfuse/ndfuse.hpp>

#include <tuple>

using nf::all;
using nf::none;
using nf::slice;

namespace {

std::uint64_t launches() { return nf::device::current().memory_stats().launches; }
bool fuses() { return nf::device::current().kind() == nf::device_kind::webgpu; }

auto const add_bias = nf::kernel([](auto c, auto b) { return nf::maximum(c + b, 0); });

/// Compares a product with an epilogue with the two computed one after the other; on WebGPU it must take `expected`
/// launches.
template <class F, class... Os> void check(std::uint64_t expected, nf::expression auto const& a,
                                           nf::expression auto const& b, F epilogue, Os const&... others) {
  auto const before = launches();
  auto const made = nf::matmul(a, b, epilogue, others...);
  if (fuses()) CHECK(launches() - before == expected);
  nf::array<nf::element_t<decltype(made)>> const separate = epilogue(nf::matmul(a, b), others...);
  REQUIRE(made.shape() == separate.shape());
  CHECK(values(made) == values(separate));
}

}  // namespace

TEST_CASE("epilogue: rows, columns, whole arrays, scalars, around the edges of tiles", "[linalg][device]") {
  int const sizes[][3] = {{2, 3, 4}, {16, 16, 16}, {17, 15, 33}, {65, 63, 66}, {70, 9, 68}, {3, 40, 257}};
  for (auto const& [m, k, n] : sizes) {
    CAPTURE(m, k, n);
    auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2),
               row = exact_numbers<float>({n}, 3), column = exact_numbers<float>({m, 1}, 4),
               whole = exact_numbers<float>({m, n}, 5), turned = exact_numbers<float>({n, m}, 6),
               wide = exact_numbers<float>({m, n + 3}, 7);
    check(1, a, b, nf::kernel([](auto c) { return c * 2 + 1; }));
    check(1, a, b, add_bias, row);
    check(1, a, b, add_bias, column);
    check(1, a, b, add_bias, whole);
    check(1, a, b, add_bias, nf::transpose(turned));
    check(1, a, b, add_bias, wide[all, slice(3, none)]);
    check(1, a, b, add_bias, 3);
    check(1, a, b, add_bias, row * 2 - column);
    check(1, a, b, nf::kernel([](auto c, auto x, auto y, auto s) { return nf::where(x > 0, c * s - y, y); }), row,
          whole, 2.f);
    check(1, a, b, nf::kernel([](auto c, auto x, auto y) { return c + x * y + x; }), whole, whole);
  }
}

TEST_CASE("epilogue: what it takes may be an operand of the product", "[linalg][device]") {
  for (int n : {20, 33}) {
    auto const a = exact_numbers<float>({n, n}, 1), b = exact_numbers<float>({n, n}, 2);
    check(1, a, b, add_bias, a);
    check(1, a, nf::transpose(b), add_bias, b);
    check(1, a, a, add_bias, a);
    check(1, a, a, add_bias, nf::transpose(a));
    check(1, a, a, add_bias, a[0]);
  }
}

TEST_CASE("epilogue: k in parts", "[linalg][device]") {
  int const sizes[][3] = {{36, 520, 40}, {37, 523, 39}, {3, 260, 66}};
  for (auto const& [m, k, n] : sizes) {
    CAPTURE(m, k, n);
    auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2);
    check(2, a, b, add_bias, exact_numbers<float>({n}, 3));
    check(2, a, b, add_bias, exact_numbers<float>({m, 1}, 3));
    check(2, a, b, add_bias, exact_numbers<float>({m, n}, 3));
  }
}

TEST_CASE("epilogue: tiles of large products", "[linalg][device]") {
  nf::runtime::device& d = nf::runtime::current();
  if (d.kind() != nf::device_kind::webgpu) SKIP("only webgpu has tiles");
  auto& gpu = static_cast<nf::runtime::gpu_device&>(d);
  using nf::codegen::tile_plan;
  for (tile_plan const& tile : {tile_plan{128, 128, 16, 8, 8, true}, {64, 64, 32, 8, 4, true}})
    for (auto const& [m, k, n, parts] : {std::tuple{132, 36, 136, 1}, {132, 36, 136, 2}, {131, 37, 135, 1}}) {
      if (tile.workgroup_bytes() > gpu.limits().max_workgroup_bytes) continue;
      CAPTURE(int(tile.m), m, k, n, parts);
      auto const a = exact_numbers<float>({m, k}, 1), b = exact_numbers<float>({k, n}, 2),
                 row = exact_numbers<float>({1, n}, 3);
      nf::array<float> const c = nf::zeros({m, n});
      nf::view const whole = c.impl().view;
      auto const e = add_bias(c, row);
      using node = nf::expr::node_t<decltype(e)>;
      nf::runtime::operand const loads[] = {{nullptr, whole},
                                            {row.impl().memory.get(), broadcast_to(row.impl().view, {m, n})}};
      nf::ops::matmul_epilogue const to{nf::expr::compiled<node>::kernel, 0, loads, {}, c.impl()};
      nf::ops::matmul_problem const p{{a.impl().memory.get(), a.impl().view},
                                      {b.impl().memory.get(), b.impl().view},
                                      nf::dtype::float32,
                                      nf::dtype::float32,
                                      {{}, whole, nf::dtype::float32}};
      nf::ops::detail::matmul_on_webgpu(gpu, p, {}, {tile, parts}, nf::ops::detail::matmul_shape(p), &to);
      CHECK(values(c) == values(nf::maximum(nf::matmul(a, b) + row, 0)));
    }
}

TEST_CASE("epilogue: batches", "[linalg][device]") {
  for (int n : {8, 7}) {
    auto const a = exact_numbers<float>({3, 2, 5, 6}, 1), b = exact_numbers<float>({2, 6, n}, 2);
    check(1, a, b, add_bias, exact_numbers<float>({n}, 3));
    check(1, a, b, add_bias, exact_numbers<float>({2, 1, n}, 3));
    check(1, a, b, add_bias, exact_numbers<float>({3, 1, 5, 1}, 3));
    check(1, a, b, add_bias, exact_numbers<float>({3, 2, 5, n}, 3));
    check(1, a[all, 0], b[1], add_bias, exact_numbers<float>({3, 5, n}, 3));
    // more than the product has: computed from it
    check(2, a[0, 0], b[0], add_bias, exact_numbers<float>({4, 5, n}, 3));
  }
}

TEST_CASE("epilogue: element types", "[linalg][device]") {
  for (int n : {12, 9}) {
    CAPTURE(n);
    auto const a = exact_numbers<float>({10, 20}, 1), b = exact_numbers<float>({20, n}, 2);
    auto const bytes_a = exact_numbers<std::int8_t>({10, 20}, 1), bytes_b = exact_numbers<std::int8_t>({20, n}, 2),
               bytes_row = exact_numbers<std::int8_t>({n}, 3);
    nf::array<std::int8_t> const large = bytes_a * std::int8_t(25);
    auto const words = exact_numbers<std::uint16_t>({10, n}, 3);
    check(1, a, b, nf::kernel([](auto c) { return c > 3; }));
    check(1, a, b, nf::kernel([](auto c) { return nf::astype<nf::float16>(c / 7); }));
    check(1, a, b, nf::kernel([](auto c, auto x) { return c + nf::astype<float>(x); }), bytes_row);
    check(1, a, b, nf::kernel([](auto c, auto x) { return nf::where(x, c, -c); }), bytes_row > 0);
    check(1, bytes_a, bytes_b, nf::kernel([](auto c, auto x) { return c * x; }), bytes_row);  // wraps twice
    check(1, large, bytes_b,
          nf::kernel([](auto c, auto x) { return nf::astype<std::int32_t>(c) - nf::astype<std::int32_t>(x); }), words);
    nf::array<nf::float16> const half_a = nf::astype<nf::float16>(a), half_b = nf::astype<nf::float16>(b * 0.1f);
    check(1, half_a, half_b, add_bias, half_a[all, slice(0, 1)]);
    check(1, exact_numbers<std::int32_t>({10, 20}, 1), exact_numbers<std::int32_t>({20, n}, 2), add_bias,
          exact_numbers<std::int32_t>({n}, 3));
    // two words an element: by a launch of its own
    check(2, a, b, nf::kernel([](auto c, auto x) { return c * x; }), nf::astype<std::complex<float>>(b[0]));
  }
  auto const a = exact_numbers<double>({5, 6}, 1), b = exact_numbers<double>({6, 7}, 2);
  CHECK(values(nf::matmul(a, b, add_bias, exact_numbers<double>({7}, 3))) ==
        values(nf::maximum(nf::matmul(a, b) + exact_numbers<double>({7}, 3), 0)));
}

TEST_CASE("epilogue: functions, and those of a float16 product", "[linalg][device]") {
  auto const a = exact_numbers<float>({6, 10}, 1), b = exact_numbers<float>({10, 8}, 2);
  check(1, a, b, nf::kernel([](auto c) { return nf::tanh(c * 0.1f); }));
  // too long to stand in the kernel for each element of a thread
  check(2, a, b, nf::kernel([](auto c) { return nf::exp(nf::sin(nf::cos(nf::tanh(nf::atan(nf::erf(c * 0.1f)))))); }));
  nf::array<nf::float16> const half_a = nf::astype<nf::float16>(a), half_b = nf::astype<nf::float16>(b);
  check(1, half_a, half_b, nf::kernel([](auto c, auto x) { return nf::exp(c * x) - 1; }),
        nf::astype<nf::float16>(b[0] * 0.01f));
}

TEST_CASE("epilogue: vectors, generators, fetched elements, nothing", "[linalg][device]") {
  auto const a = exact_numbers<float>({6, 10}, 1), b = exact_numbers<float>({10, 8}, 2),
             v = exact_numbers<float>({10}, 3);
  check(2, a, v, add_bias, a[all, 0]);
  check(2, v, b, add_bias, b[1]);
  check(2, a, b[all, slice(0, 1)], add_bias, 1);
  check(2, v, v, add_bias, 1);
  check(1, a, b, add_bias, nf::arange(8));
  check(1, a, b, add_bias, nf::roll(b[0], 3));
  CHECK(values(nf::matmul(nf::zeros({3, 0}), nf::zeros({0, 2}), add_bias, 2)) == floats(6, 2));
  CHECK(values(nf::matmul(nf::zeros({0, 3}), nf::zeros({3, 2}), add_bias, 2)).empty());
  CHECK_THROWS_AS(nf::matmul(a, a, add_bias, 1), nf::shape_error);
  CHECK_THROWS_AS(nf::matmul(a, b, add_bias, nf::zeros({7})), nf::shape_error);
}

TEST_CASE("epilogue: more arrays than a device binds at once", "[linalg][device]") {
  auto const a = exact_numbers<float>({6, 10}, 1), b = exact_numbers<float>({10, 8}, 2);
  auto const sum = nf::kernel([](auto c, auto... x) { return (c + ... + x); });
  auto const x = [](int k) { return exact_numbers<float>({6, 8}, k); };
  check(1, a, b, sum, x(0), x(1), x(2), x(3), x(4));
  if (!fuses()) return check(0, a, b, sum, x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7), x(8), x(9), x(10));
  auto const before = launches();
  auto const made = nf::matmul(a, b, sum, x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7), x(8), x(9), x(10));
  CHECK(launches() - before > 1);
  CHECK(values(made) ==
        values(nf::matmul(a, b) + x(0) + x(1) + x(2) + x(3) + x(4) + x(5) + x(6) + x(7) + x(8) + x(9) + x(10)));
}
