#include "manipulated.hpp"

#include <ndfuse/indexing.hpp>
#include <ndfuse/nonzero.hpp>

#include <complex>

using Catch::Matchers::Message;
using nf::all;
using nf::axis;
using nf::newaxis;
using nf::none;
using nf::slice;

namespace {

std::uint64_t launches() { return nf::device::current().memory_stats().launches; }

/// 0, 1, ... in a shape; the bad index comes last.
nf::array<std::int32_t> indices(std::initializer_list<std::int32_t> list) { return list; }

template <class T> void check_scatters(std::string const& name) {
  auto const i = indices({3, 1, 3, -4, 1, 3});
  auto const v = numbers<T>({6}, 7);
  auto const made = [] { return numbers<T>({5}, 4); };
  auto x = made();
  nf::scatter_add(x, i, v);
  check_numpy("add_at_" + name, x);
  x = made();
  nf::scatter_multiply(x, i, v);
  check_numpy("multiply_at_" + name, x, 1e-6);
  x = made();
  nf::scatter_min(x, i, v);
  check_numpy("minimum_at_" + name, x);
  x = made();
  nf::scatter_max(x, i, v);
  check_numpy("maximum_at_" + name, x);
  x = made();
  x[i] = v;
  check_numpy("assign_" + name, x);
}

}  // namespace

TEST_CASE("take and take_along_axis", "[indexing][device]") {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2);
  nf::array<std::int32_t> const i{{2, 0, -1}, {1, 1, -4}};
  check_numpy("take_0", nf::take(x, i, 0));
  check_numpy("take_1", nf::take(z, i, 1));
  check_numpy("take_last", nf::take(z[all, slice(none, none, -1), slice(1, none)], i, axis(-1)));
  check_numpy("take_flat", nf::take(nf::transpose(x), i));
  check_numpy("take_wrap", nf::take(x, i * 7, 1, nf::mode::wrap));
  check_numpy("take_clip", nf::take(x, i * 7, 0, nf::mode::clip));
  check_numpy("take_used", nf::take(x * 2, i, 0) + 1);
  check_numpy("take_host", nf::take(x, {3, -1, 0, 0}, 1));
  check_numpy("take_none", nf::take(x, indices({}), 1));
  check_numpy("take_view", nf::take(x, i, 0)[1, slice(none, none, 2)]);
  check_numpy("take_bytes", nf::take(x, nf::astype<std::uint8_t>(nf::where(i < 0, 0, i)), 0));
  check_numpy("take_along", nf::take_along_axis(x, indices({4, 0, 2, -1})[all, newaxis], 1));
  check_numpy("take_along_0", nf::take_along_axis(x, nf::array<std::int32_t>{{0, 1, 2, 3, -1}, {3, 2, 1, 0, 0}}, 0));

  auto const before = launches();
  auto const made = nf::eval(nf::take(x, nf::abs(i), 1, nf::mode::wrap) * 2 + 1);
  CHECK(launches() - before == 1);

  CHECK_THROWS_MATCHES(nf::take(x, {1, 4}, 0), nf::index_error,
                       Message("index 4 is out of bounds for axis 0 with size 4"));
  CHECK_THROWS_MATCHES(nf::take(x[slice(0)], i, 0), nf::index_error,
                       Message("cannot do a non-empty take from an empty axes."));
  CHECK_THROWS_MATCHES(nf::take_along_axis(x, i[0], 0), nf::value_error,
                       Message("`indices` and `arr` must have the same number of dimensions"));
}

TEST_CASE("an index out of bounds throws at the next wait", "[indexing][device]") {
  auto const x = numbers({4, 5});
  nf::array<float> bad = nf::take(x, indices({0, 4}), 0);
  nf::array<float> good = x + 1;
  CHECK_THROWS_MATCHES(nf::to_host(bad), nf::index_error,
                       Message("take: an index is out of bounds for axis 0 with size 4"));
  CHECK(values(good) == values(x + 1));  // it was told once
  CHECK(nf::to_host(bad).shape() == nf::shape{2, 5});

  bad = nf::take_along_axis(x, nf::full<std::int32_t>({4, 1}, -6), 1);
  CHECK_THROWS_MATCHES(nf::to_host(good), nf::index_error,
                       Message("take_along_axis: an index is out of bounds for axis 1 with size 5"));
  bad = x[indices({1, 2}), indices({0, 7})];
  CHECK_THROWS_MATCHES(nf::device::current().synchronize(), nf::index_error,
                       Message("x[...]: an index is out of bounds for an array of shape (4,5)"));
  nf::device::current().synchronize();

  // Of several the first is told, and each text is kept once.
  for (int k = 0; k < 5; ++k) bad = nf::take(x, indices({9}), 1);
  bad = nf::take(x, indices({9}), 0);
  CHECK_THROWS_MATCHES(nf::to_host(good), nf::index_error,
                       Message("take: an index is out of bounds for axis 1 with size 5"));

  // An assignment that is refused writes nothing.
  auto target = numbers({4, 5});
  target[indices({0, 4})] = 100;
  CHECK_THROWS_AS(nf::to_host(target), nf::index_error);
  CHECK(values(target) == values(x));
  nf::scatter_add(target, nf::array<std::uint32_t>{0u, 0xffffffffu}, 1);
  CHECK_THROWS_AS(nf::to_host(target), nf::index_error);
  CHECK(values(target) == values(x));
  CHECK(values(nf::choose(indices({1, 0}), 5, 6)) == ints{6, 5});
  nf::array<std::int32_t> const chosen = nf::choose(indices({2, 0}), 5, 6);
  CHECK_THROWS_MATCHES(nf::to_host(chosen), nf::value_error, Message("choose: invalid entry in choice array"));
}

TEST_CASE("reading by index arrays", "[indexing][device]") {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2);
  auto const i = indices({2, 0, -1}), j = indices({1, 3, -2});
  auto const s = z[all, slice(none, none, -1), slice(none, none, 2)];
  check_numpy("pick_rows", x[i]);
  check_numpy("pick_pairs", x[i, j]);
  check_numpy("pick_grid", x[i[all, newaxis], j]);
  check_numpy("pick_last", z[nf::ellipsis, j]);
  check_numpy("pick_middle", z[all, i]);
  check_numpy("pick_beside", z[1, i, all]);
  check_numpy("pick_apart", z[i, all, j]);
  check_numpy("pick_apart_scalar", z[0, all, j]);
  check_numpy("pick_together", z[all, i, j]);
  check_numpy("pick_slice", z[slice(1, none), i, slice(none, none, 2)]);
  check_numpy("pick_newaxis", z[newaxis, i, all, j[newaxis, all]]);
  check_numpy("pick_strided", s[i, j]);
  check_numpy("pick_ix", std::apply([&](auto const&... each) { return x[each...]; }, nf::ix_(i, j)));
  check_numpy("pick_used", x[i, j] * 2 + nf::astype<float>(i));
  check_numpy("pick_sum", nf::sum(x[i] * 2, axis(0)));
  CHECK_THROWS_MATCHES((x[i, j, i]), nf::index_error,
                       Message("too many indices for array: array is 2-dimensional, but 3 were indexed"));
  CHECK_THROWS_MATCHES(
      (x[i, indices({1, 2})]), nf::index_error,
      Message("shape mismatch: indexing arrays could not be broadcast together with shapes (3,) (2,)"));
  CHECK_THROWS_MATCHES((x[7, i]), nf::index_error, Message("index 7 is out of bounds for axis 0 with size 4"));
}

TEST_CASE("writing by index arrays", "[indexing][device]") {
  auto const i = indices({2, 0, -1}), j = indices({1, 3, -2});
  auto const made = [] { return numbers({4, 5}); };
  auto x = made();
  x[i] = 1;
  check_numpy("set_rows", x);
  x = made();
  x[i, j] = nf::array<float>{10, 20, 30};
  check_numpy("set_pairs", x);
  x = made();
  x[i[all, newaxis], j] = numbers({3, 3}, 9);
  check_numpy("set_grid", x);
  x = made();
  x[all, slice(none, none, 2)][indices({1, 1, 3}), indices({0, 0, 2})] = nf::array<float>{1, 2, 3};
  check_numpy("set_strided", x);
  x = made();
  x[i] += 5;
  check_numpy("add_rows", x);
  x = made();
  x[i] = x[j];  // reads what it writes
  check_numpy("set_itself", x);
  x = made();
  x[all, j] = numbers({4, 1}, 3) * 2;
  check_numpy("set_columns", x);
  CHECK_THROWS_MATCHES((x[i, j] = numbers({2})), nf::shape_error,
                       Message("shape mismatch: value array of shape (2,) could not be broadcast to indexing result of "
                               "shape (3,)"));
  x = made();
  nf::put_along_axis(x, indices({4, 0, 2, -1})[all, newaxis], nf::array<float>{7}, 1);
  check_numpy("put_along", x);
  x = made();
  nf::put(x, indices({0, 7, -1, 7}), nf::array<float>{1, 2, 3, 4});
  check_numpy("put", x);
  x = made();
  nf::put(x, indices({0, 7, 21, -23, 5}), nf::array<float>{1, 2}, nf::mode::wrap);
  check_numpy("put_wrap", x);
  x = made();
  nf::put(nf::transpose(x), indices({1, 2, 3}), 50);
  check_numpy("put_view", x);

  nf::array<std::uint8_t> narrow = nf::zeros<std::uint8_t>({5});
  narrow[indices({1, 1, -1})] = nf::array<std::int32_t>{1, 300, 7};
  CHECK(values(narrow) == bytes{0, 44, 0, 0, 7});
  nf::array<bool> flags = nf::zeros<bool>({4});
  flags[indices({2})] = true;
  CHECK(values(flags) == bytes{0, 0, 1, 0});
}

TEST_CASE("values joined with the elements that index arrays pick", "[indexing][device]") {
  check_scatters<float>("float32");
  check_scatters<std::int32_t>("int32");
  check_scatters<std::int8_t>("int8");
  check_scatters<std::uint32_t>("uint32");
  auto x = numbers({4, 5});
  nf::scatter_add(x[indices({1, 1, 0}), indices({2, 2, 4})], nf::array<float>{1, 2, 4});
  check_numpy("add_at_pairs", x);
  nf::array<std::complex<float>> z = nf::zeros<std::complex<float>>({2});
  nf::scatter_add(z, indices({1, 1}), nf::array{std::complex<float>(1, 2), std::complex<float>(3, 4)});
  CHECK(nf::to_host(z)[1] == std::complex<float>(4, 6));
}

TEST_CASE("choices", "[indexing][device]") {
  auto const x = numbers({4, 5}), y = numbers({4, 5}, 1);
  nf::array<std::int32_t> const which{0, 2, 1, 2, 0};
  check_numpy("choose", nf::choose(which, x, y, -1.f));
  check_numpy("choose_wrap", nf::choose(which * 5 - 2, x, y, -1.f, nf::mode::wrap));
  check_numpy("choose_clip", nf::choose(which * 5 - 2, x, y, -1.f, nf::mode::clip));
  check_numpy("select", nf::select(std::tuple{x < -3, x > 3, x > 0}, std::tuple{-x, x * x, y}, 42.f));
  check_numpy("piecewise",
              nf::piecewise(x, std::tuple{x < 2, x >= 0},
                            std::tuple{[](auto const& v) { return -v; }, [](auto const& v) { return v * 10; }}));
  check_numpy("piecewise_else",
              nf::piecewise(x, std::tuple{x < -2}, std::tuple{1, [](auto const& v) { return v + 0.5f; }}));

  auto t = numbers({4, 5});
  nf::copyto(t, y, y > x);
  check_numpy("copyto", t);
  t = numbers({4, 5});
  nf::putmask(t, x > 0, nf::array<float>{100, 200, 300});
  check_numpy("putmask", t);
  t = numbers({4, 5});
  nf::place(t, x > 0, nf::array<float>{100, 200, 300});
  check_numpy("place", t);
  t = numbers({7, 3});
  nf::fill_diagonal(t, 50);
  check_numpy("fill_diagonal", t);
  t = numbers({7, 3});
  nf::fill_diagonal(t, nf::array<float>{50, 60}, true);
  check_numpy("fill_diagonal_wrap", t);
  t = numbers({3, 3, 3});
  nf::fill_diagonal(t, 50);
  check_numpy("fill_diagonal_3", t);
}

TEST_CASE("reading and writing by masks", "[indexing][device]") {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2);
  check_numpy("mask", x[x > 0]);
  check_numpy("mask_none", x[x > 100]);
  check_numpy("mask_used", x[x > 0] * 2 + 1);
  check_numpy("mask_rows", z[numbers({3, 4}, 1) > 0]);
  check_numpy("mask_strided", nf::transpose(z)[nf::transpose(z) < -2]);
  check_numpy("mask_and_slice", x[numbers({4}, 1) > 0, slice(1, 3)]);
  check_numpy("mask_and_array", x[numbers({4}, 1) > 0, indices({2})]);
  check_numpy("mask_bool", nf::array<bool>(x > 2)[x > 0]);
  nf::array<bool> const none_of = nf::zeros<bool>({0});
  CHECK(nf::array<float>(nf::array<float>()[none_of]).size() == 0);
  CHECK_THROWS_MATCHES(x[numbers({5}) > 0], nf::index_error,
                       Message("boolean index did not match indexed array along axis 0; size of axis is 4 but size of "
                               "corresponding boolean axis is 5"));

  auto const made = [] { return numbers({4, 5}); };
  auto t = made();
  auto const before = launches();
  t[x > 0] = 0;
  CHECK(launches() - before == 1);
  check_numpy("set_mask", t);
  t = made();
  t[x > 0] *= 2;
  check_numpy("scale_mask", t);
  nf::index const count = nf::item(nf::count_nonzero(x > 0));
  t = made();
  t[x > 0] = nf::arange<float>(0.f, float(count));
  check_numpy("set_mask_values", t);
  t = made();
  t[numbers({4}, 1) > 0] = numbers({5}, 3);
  check_numpy("set_mask_rows", t);
  t = made();
  t[numbers({4}, 1) > 0] = numbers({nf::index(nf::item(nf::count_nonzero(numbers({4}, 1) > 0))), 5}, 3);
  check_numpy("set_mask_each_row", t);
  t = made();
  t[x > 0] = nf::arange<float>(0.f, float(count + 1));
  CHECK_THROWS_AS(nf::to_host(t), nf::value_error);
  CHECK(values(t) == values(x));
}

TEST_CASE("shapes that depend on values", "[indexing][device]") {
  auto const x = numbers({4, 5}), v = numbers({7}, 3);
  check_numpy("flatnonzero", nf::flatnonzero(x));
  auto const where_positive = nf::nonzero(x > 0);
  REQUIRE(where_positive.size() == 2);
  check_numpy("nonzero_0", where_positive[0]);
  check_numpy("nonzero_1", where_positive[1]);
  check_numpy("argwhere", nf::argwhere(x > 5));
  check_numpy("argwhere_none", nf::argwhere(x > 50));
  auto const lower = nf::tril_indices(4, 1, 6), upper = nf::triu_indices(5, -2);
  for (std::size_t k = 0; k < 2; ++k) {
    check_numpy("tril_indices_" + std::to_string(k), lower[k]);
    check_numpy("triu_indices_" + std::to_string(k), upper[k]);
  }
  check_numpy("delete_list", nf::delete_(numbers({3, 4, 5}, 2), {0, -1, 0}, 2));
  check_numpy("delete_all", nf::delete_(x, {0, 1, 2, 3}, 0));
  CHECK_THROWS_MATCHES(nf::delete_(x, {0, 4}, 0), nf::index_error,
                       Message("index 4 is out of bounds for axis 0 with size 4"));
  auto const unravelled = nf::unravel_index(nf::array<std::int32_t>{{3, 59}, {0, 21}}, {3, 4, 5});
  for (std::size_t k = 0; k < 3; ++k) check_numpy("unravel_index_" + std::to_string(k), unravelled[k]);
  auto const outside = nf::unravel_index(indices({60}), {3, 4, 5});
  CHECK_THROWS_MATCHES(nf::to_host(outside[0]), nf::index_error,
                       Message("unravel_index: an index is out of bounds for array with size 60"));
  check_numpy("extract", nf::extract(x > 0, nf::transpose(nf::transpose(x)) + 1));
  check_numpy("compress", nf::compress(nf::array<bool>{true, false, true}, x, 0));
  check_numpy("compress_1", nf::compress(v[slice(5)] > 0, x, 1));
  check_numpy("repeat_counts", nf::repeat(x, indices({2, 0, 1, 3}), 0));
  nf::array<float> const padded{0, 0, 1, 0, 2, 0};
  check_numpy("trim_zeros", nf::trim_zeros(padded));
  check_numpy("trim_zeros_front", nf::trim_zeros(padded, true, false));
  check_numpy("trim_zeros_all", nf::trim_zeros(padded * 0));
  auto const many = nf::arange(100000);
  CHECK(values(nf::flatnonzero(many % 1000 == 7)) == made(100, [](int k) { return std::int32_t(1000 * k + 7); }));
  CHECK_THROWS_AS(nf::nonzero(nf::sum(x)), nf::value_error);
}

TEST_CASE("shapes that depend on values, without blocking", "[indexing]") {
  auto const x = numbers({4, 5});
  auto const waiting = [&]() -> nf::task<int> {
    check_numpy("flatnonzero", co_await nf::flatnonzero_async(x));
    auto const axes = co_await nf::nonzero_async(x > 0);
    check_numpy("nonzero_1", axes[1]);
    check_numpy("argwhere", co_await nf::argwhere_async(x > 5));
    check_numpy("mask", co_await nf::extract_async(x > 0, x));
    nf::array<float> const bad = nf::take(x, indices({4}), 0);
    try {
      (void)co_await nf::read(bad);
    } catch (nf::index_error const&) { co_return 1; }
    co_return 0;
  };
  nf::task<int> t = waiting();
  REQUIRE(t.done());  // on the cpu device nothing waits
  CHECK(t.get() == 1);
}
