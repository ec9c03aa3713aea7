#include "manipulated.hpp"

#include <ndfuse/histograms.hpp>
#include <ndfuse/indexing.hpp>
#include <ndfuse/manipulation.hpp>
#include <ndfuse/nonzero.hpp>
#include <ndfuse/padding.hpp>
#include <ndfuse/sets.hpp>

#include <complex>

using Catch::Matchers::Message;
using nf::all;
using nf::axis;
using nf::none;
using nf::slice;

namespace {

nf::array<float> strided(nf::array<float> const& z) {
  return z[slice(none, none, -1), slice(1, 4), slice(none, none, 2)];
}

/// Calls f.operator()<T>() for the element types that the device has.
template <class F> void each_type(F f) {
  f.template operator()<std::int8_t>();
  f.template operator()<std::uint8_t>();
  f.template operator()<std::int16_t>();
  f.template operator()<std::uint32_t>();
  f.template operator()<float>();
  f.template operator()<std::complex<float>>();
  if (!on_gpu()) {
    f.template operator()<std::int64_t>();
    f.template operator()<double>();
  }
}

std::uint64_t launches() { return nf::device::current().memory_stats().launches; }

}  // namespace

TEST_CASE("the standard's names for what has another in NumPy's tests", "[manipulation][device]") {
  auto const x = numbers({4, 5}), y = numbers({4, 5}, 1), z = numbers({3, 4, 5}, 2);
  check_numpy("round", nf::round(x / 4.0f));
  check_numpy("pow", nf::pow(nf::abs(x), 1.5f), 1e-6);
  check_numpy("logical_xor", nf::logical_xor(x > 0, y > 0));
  check_numpy("unique_values", nf::unique_values(z));
  check_numpy("histogram_bin_edges", nf::histogram_bin_edges(x, 6), 1e-6);
}

TEST_CASE("views: axes and directions", "[manipulation][device]") {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2), v = numbers({7}, 3), w = numbers({5}, 4);
  auto const before = launches();
  auto const flipped = nf::flip(z);
  auto const diagonal = nf::diagonal(z, 1, 2, 0);
  CHECK(launches() == before);
  check_numpy("flip", flipped);
  check_numpy("diagonal_axes", diagonal);
  check_numpy("flip_axes", nf::flip(z, axis(0, -1)));
  check_numpy("fliplr", nf::fliplr(x + 0));
  check_numpy("flipud", nf::flipud(x));
  for (int k = -1; k < 4; ++k) check_numpy("rot90_" + std::to_string(k), nf::rot90(x, k));
  check_numpy("rot90_axes", nf::rot90(z * 1, 1, {2, 0}));
  check_numpy("moveaxis", nf::moveaxis(z, 0, -1));
  check_numpy("moveaxis_two", nf::moveaxis(z, {0, 2}, {1, 0}));
  check_numpy("rollaxis", nf::rollaxis(z, 2, 0));
  check_numpy("swapaxes", nf::swapaxes(z, 0, 2));
  check_numpy("squeeze", nf::squeeze(z[slice(1), all, slice(1)]));
  check_numpy("squeeze_axis", nf::squeeze(z[slice(1), all, slice(1)], 0));
  check_numpy("expand_dims", nf::expand_dims(x, axis(0, 2)));
  check_numpy("atleast_1d", nf::atleast_1d(v[2]));
  check_numpy("atleast_2d", nf::atleast_2d(v));
  check_numpy("atleast_3d_vector", nf::atleast_3d(v));
  check_numpy("atleast_3d", nf::atleast_3d(x));
  for (int k : {-5, -2, 0, 1, 4, 6}) check_numpy("diagonal_" + std::to_string(k), nf::diagonal(x, k));
  auto const parts = nf::array_split(v, 3);
  for (std::size_t k = 0; k < 3; ++k) check_numpy("array_split_" + std::to_string(k), parts[k]);
  auto const cut = nf::split(x, {1, 3, 9}, 1);
  REQUIRE(cut.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) check_numpy("split_" + std::to_string(k), cut[k]);
  check_numpy("hsplit", nf::hsplit(x, nf::index_list{2})[1]);
  check_numpy("vsplit", nf::vsplit(x, 2)[1]);
  check_numpy("dsplit", nf::dsplit(z, nf::index_list{2})[1]);
  check_numpy("matrix_transpose", nf::matrix_transpose(z));
  auto const [spread, rows] = nf::broadcast_arrays(x, w);
  check_numpy("broadcast_arrays_0", spread);
  check_numpy("broadcast_arrays_1", rows);
  check_numpy("unstack", nf::unstack(z, 1)[2]);
  auto const [gx, gy] = nf::meshgrid(v, w);
  check_numpy("meshgrid_0", gx);
  check_numpy("meshgrid_1", gy);
  auto const grid = nf::meshgrid_ij(v, w, v[slice(2)]);
  check_numpy("meshgrid_ij_0", std::get<0>(grid));
  check_numpy("meshgrid_ij_1", std::get<1>(grid));
  check_numpy("meshgrid_ij_2", std::get<2>(grid));

  nf::array<float> target = nf::zeros({3, 3});
  nf::diagonal(target, 1) = 4;
  CHECK(values(target) == floats{0, 4, 0, 0, 0, 4, 0, 0, 0});
}

TEST_CASE("views refuse what NumPy refuses", "[manipulation]") {
  nf::array<float> const x = nf::zeros({2, 3});
  CHECK_THROWS_MATCHES(nf::flip(x, 2), nf::index_error, Message("axis 2 is out of bounds for array of dimension 2"));
  CHECK_THROWS_MATCHES(nf::fliplr(x[0]), nf::value_error, Message("Input must be >= 2-d."));
  CHECK_THROWS_MATCHES(nf::rot90(x, 1, {0, -2}), nf::value_error, Message("Axes must be different."));
  CHECK_THROWS_MATCHES(nf::squeeze(x, 0), nf::value_error,
                       Message("cannot select an axis to squeeze out which has size not equal to one"));
  CHECK_THROWS_MATCHES(nf::moveaxis(x, {0}, {0, 1}), nf::value_error,
                       Message("`source` and `destination` arguments must have the same number of elements"));
  CHECK_THROWS_MATCHES(nf::split(x, 2, 1), nf::value_error,
                       Message("array split does not result in an equal division"));
  CHECK_THROWS_MATCHES(nf::diagonal(x[0]), nf::value_error,
                       Message("diag requires an array of at least two dimensions"));
}

TEST_CASE("roll, tile, repeat and their like", "[manipulation][device]") {
  auto const x = numbers({4, 5}), y = numbers({4, 5}, 1), z = numbers({3, 4, 5}, 2), v = numbers({7}, 3);
  auto const s = strided(z);
  for (int k : {0, 1, -2, 7, -11}) {
    check_numpy("roll_" + std::to_string(k), nf::roll(z, k, 1));
    check_numpy("roll_flat_" + std::to_string(k), nf::roll(x, k));
  }
  check_numpy("roll_strided", nf::roll(s, 1, -1));
  check_numpy("roll_flat_strided", nf::roll(s, 4));
  check_numpy("roll_axes", nf::roll(z, {1, -2}, {0, 2}));
  check_numpy("roll_repeated", nf::roll(z, {1, -3}, {1, 1}));
  check_numpy("roll_used", nf::exp(nf::roll(x, 1, 0) * 0.1f) + y, 1e-6);
  check_numpy("tile", nf::tile(v, 3));
  check_numpy("tile_none", nf::tile(v, 0));
  check_numpy("tile_2", nf::tile(x, {2, 3}));
  check_numpy("tile_new_axis", nf::tile(nf::transpose(x), {2, 1, 2}));
  check_numpy("tile_less", nf::tile(z, 2));
  check_numpy("repeat", nf::repeat(x, 3));
  check_numpy("repeat_axis", nf::repeat(z, 2, 1));
  check_numpy("repeat_strided", nf::repeat(s, 2, -1));
  check_numpy("repeat_none", nf::repeat(x, 0, axis(1)));
  check_numpy("resize", nf::resize(x, {3, 11}));
  check_numpy("resize_smaller", nf::resize(nf::transpose(x), {2, 3}));
  check_numpy("resize_empty", nf::resize(v[slice(0)], {2, 2}));
  check_numpy("delete", nf::delete_(x, -2, 1));
  check_numpy("delete_slice", nf::delete_(z, slice(1, 3), 1));
  check_numpy("delete_flat", nf::delete_(x, 3));
  check_numpy("tri", nf::tri(4, 6, 1));
  check_numpy("tril", nf::tril(z, -1));
  check_numpy("triu", nf::triu(x, 2));
  check_numpy("tril_vector", nf::tril(v));
  check_numpy("diagflat", nf::diagflat(x[slice(2), slice(2)], -1));
  check_numpy("diag_vector", nf::diag(v[slice(none, none, 2)], 2));
  check_numpy("diag_matrix", nf::diag(x, -1));
  check_numpy("vander", nf::vander(numbers({4}, 6), 3));
  check_numpy("vander_whole", nf::vander(numbers<std::int32_t>({5}, 6), -1, true));

  check_numpy("indices", nf::indices({3, 4}));
  check_numpy("indices_one", nf::indices({5}));
  check_numpy("logspace", nf::logspace(-1.f, 2.f, 7), 1e-6);
  check_numpy("logspace_base", nf::logspace(0.f, 4.f, 4, false, 2.f), 1e-6);
  check_numpy("geomspace", nf::geomspace(1.f, 1000.f, 4), 1e-6);
  check_numpy("geomspace_down", nf::geomspace(-8.f, -1.f, 7, false), 1e-6);

  CHECK_THROWS_MATCHES(nf::roll(x, 1, 2), nf::index_error, Message("axis 2 is out of bounds for array of dimension 2"));
  CHECK_THROWS_MATCHES(nf::repeat(x, -1, 0), nf::value_error, Message("repeats may not contain negative values."));
  CHECK_THROWS_MATCHES(nf::delete_(x, 5, 1), nf::index_error,
                       Message("index 5 is out of bounds for axis 1 with size 5"));
}

TEST_CASE("joined arrays", "[manipulation][device]") {
  auto const x = numbers({4, 5}), y = numbers({4, 5}, 1), z = numbers({3, 4, 5}, 2);
  auto const v = numbers({7}, 3), w = numbers({5}, 4);
  auto const whole = numbers<std::int32_t>({4, 5}, 5);
  auto const s = strided(z);
  check_numpy("concatenate", nf::concatenate(x, y, whole));
  check_numpy("concatenate_axis", nf::concatenate(x[all, slice(2)], y, x[all, slice(4, none)], axis(1)));
  check_numpy("concatenate_strided",
              nf::concatenate(s, z[all, slice(3), slice(1, 4)], s[slice(none, none, -1)], axis(-1)));
  check_numpy("concatenate_empty", nf::concatenate(x[slice(0)], y, x[slice(0)], x));
  check_numpy("concatenate_vectors", nf::concatenate(v, w, v));
  check_numpy("concatenate_types", nf::concatenate(whole, whole > 2, nf::astype<std::int8_t>(whole)));
  static_assert(nf::dtype_of_expression<decltype(nf::concatenate(whole, nf::astype<std::int8_t>(whole)))> ==
                nf::dtype::int32);
  check_numpy("concatenate_used", nf::concatenate(x * 2, y) + 1);
  check_numpy("concatenate_list", nf::concatenate(std::vector<nf::array<float>>{x, y[slice(1)], x[slice(2, none)]}));
  check_numpy("stack", nf::stack(x, y, x));
  check_numpy("stack_last", nf::stack(x, y, axis(-1)));
  check_numpy("stack_list", nf::stack(std::vector<nf::array<float>>{x, y}, 1));
  check_numpy("hstack", nf::hstack(x, y));
  check_numpy("hstack_vectors", nf::hstack(v, w));
  check_numpy("vstack", nf::vstack(x, w));
  check_numpy("dstack", nf::dstack(x, y));
  check_numpy("column_stack", nf::column_stack(w, nf::transpose(x), w));
  check_numpy("block", nf::block<float>({{x, y[all, slice(1)]}, {y[slice(1)], x[slice(1), slice(1)]}}));
  check_numpy("append", nf::append(x, v));
  check_numpy("append_axis", nf::append(x, y[all, slice(2)], 1));
  check_numpy("insert", nf::insert(x, 2, w, 0));
  check_numpy("insert_column", nf::insert(x, -1, numbers({4}, 8), 1));
  check_numpy("insert_scalar", nf::insert(x, 1, 7, 1));
  check_numpy("insert_flat", nf::insert(x, 3, v));
  CHECK(values(nf::concatenate(nf::array<float>(), w)) == values(w));

  CHECK_THROWS_MATCHES(
      nf::concatenate(x, y[slice(2)], axis(1)), nf::shape_error,
      Message("all the input array dimensions except for the concatenation axis must match exactly, but along "
              "dimension 0, the array at index 0 has size 4 and the array at index 1 has size 2"));
  CHECK_THROWS_AS(nf::concatenate(x, v), nf::shape_error);
  CHECK_THROWS_MATCHES(nf::concatenate(nf::sum(x), nf::sum(x)), nf::value_error,
                       Message("zero-dimensional arrays cannot be concatenated"));
  CHECK_THROWS_MATCHES(nf::stack(x, v), nf::shape_error, Message("all input arrays must have the same shape"));
}

TEST_CASE("elements of every type are moved and joined", "[manipulation][device]") {
  each_type([]<class T>() {
    auto const x = array_of({3, 37}, [](int k) { return T(k * 7 % 120 - (std::is_same_v<T, std::uint8_t> ? 0 : 50)); });
    auto const host = nf::to_host(x);
    auto const rolled = nf::to_host(nf::roll(x, 5, 1));
    auto const joined = nf::to_host(nf::concatenate(x, x[slice(none, none, -1)], axis(1)));
    auto const padded = nf::to_host(nf::pad(x, {{0, 1}, {2, 0}}, nf::mode::wrap));
    auto const taken = nf::to_host(nf::take(x, {36, 0, -2}, 1));
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 37; ++j) {
        CHECK(rolled(i, j) == host(i, (j + 32) % 37));
        CHECK(joined(i, j) == host(i, j));
        CHECK(joined(i, j + 37) == host(2 - i, j));
        CHECK(padded(i, j + 2) == host(i, j));
      }
      CHECK(padded(i, 0) == host(i, 35));
      CHECK(padded(3, i) == host(0, (i + 35) % 37));
      CHECK(taken(i, 0) == host(i, 36));
      CHECK(taken(i, 2) == host(i, 35));
    }
    nf::array<T> target = nf::zeros<T>({50});
    target[nf::arange(37)] = x[0];
    target[nf::arange(50) > 36] = x[1, 0];
    auto const written = nf::to_host(target);
    for (int k = 0; k < 50; ++k) CHECK(written[std::size_t(k)] == (k < 37 ? host(0, k) : host(1, 0)));
  });
}

TEST_CASE("more arrays are joined than a device binds at once", "[manipulation][device]") {
  auto const part = [](int k) { return numbers<std::int32_t>({3}, k); };
  auto const all_of = nf::concatenate(part(0), part(1), part(2), part(3), part(4), part(5), part(6), part(7), part(8),
                                      part(9), part(10));
  ints expected;
  for (int k = 0; k < 11; ++k)
    for (auto v : nf::to_host(part(k))) expected.push_back(v);
  CHECK(values(all_of * 2) == values(nf::array<std::int32_t>(expected, {33}) * 2));
}

TEST_CASE("elements beyond 2^24", "[manipulation]") {
  nf::index const n = (1 << 24) + 3;
  nf::array<std::int32_t> const x = nf::arange(n);
  CHECK(nf::item(nf::roll(x, 2)[slice(1, 2)]) == n - 1);
  CHECK(values(nf::take(x, {n - 1, 1 << 24, -2}, 0)) == ints{int(n - 1), 1 << 24, int(n - 2)});
  CHECK(nf::item(nf::count_nonzero(nf::roll(x, 1, 0) == x - 1)) == n - 1);
  CHECK(values(nf::flatnonzero(x >= n - 2)) == ints{int(n - 2), int(n - 1)});
}

TEST_CASE("views and moves of random shapes are those of their elements", "[manipulation][device]") {
  std::uint32_t state = 20240229;
  auto const random = [&](int n) {
    state = state * 1664525u + 1013904223u;
    return int((state >> 8) % std::uint32_t(n));
  };
  for (int round = 0; round < 12; ++round) {
    nf::array<float> const whole = numbers({1 + random(4), 1 + random(5), 1 + random(6)}, round);
    nf::array<float> x = whole[slice(none, none, random(2) == 0 ? 1 : -1), all, slice(random(2), none)];
    if (random(2) == 0) x = nf::transpose(x, {2, 0, 1});
    nf::array<float> const copy = x + 0;  // the same elements side by side
    int const a = random(3), shift = random(9) - 4;
    CAPTURE(round, a, shift);
    CHECK(values(nf::roll(x, shift, a)) == values(nf::roll(copy, shift, a)));
    CHECK(values(nf::roll(x, shift)) == values(nf::roll(nf::ravel(copy), shift)));
    CHECK(values(nf::repeat(x, 2, a)) == values(nf::repeat(copy, 2, a)));
    CHECK(values(nf::concatenate(x, copy, axis(a))) ==
          values(nf::concatenate(std::vector<nf::array<float>>{x, copy}, a)));
    CHECK(values(nf::flip(nf::roll(x, shift, a), a)) == values(nf::roll(nf::flip(copy, a), -shift, a)));
    if (x.size() == 0) continue;
    nf::array<std::int32_t> const i = nf::arange(x.shape()[std::size_t(a)]);
    CHECK(values(nf::take(x, nf::flip(i), a)) == values(nf::flip(copy, a)));
    CHECK(values(x[x > 0]) == values(copy[copy > 0]));
  }
}

TEST_CASE("what is fetched is part of the kernel that uses it", "[manipulation][device]") {
  auto const x = numbers({4, 5}), y = numbers({4, 5}, 1);
  auto const one = [&](auto const& e) {
    auto const before = launches();
    auto const made = nf::eval(e);
    return launches() - before;
  };
  CHECK(one(nf::exp(nf::roll(x, 1, 0)) * 2 + y) == 1);
  CHECK(one(nf::concatenate(x, y)[nf::slice(2, 6)] + 1) == 1);
  CHECK(one(nf::tile(x, {2, 2}) - nf::repeat(nf::repeat(x, 2, 0)[nf::slice(none, none, 2)], 1, 0)[0, 0]) <= 2);
  CHECK(one(nf::kernel([](auto a, auto b) { return a * b; })(nf::roll(x, 1, 1), nf::roll(y, 2, 0))) == 1);
  nf::array<float> const total = nf::sum(nf::roll(x, 1, 0) * y, axis(1));
  CHECK(values(total) == values(nf::sum(nf::array<float>(nf::roll(x, 1, 0)) * y, axis(1))));
}

TEST_CASE("an array that is fetched from is read whole before it is written", "[manipulation][device]") {
  auto x = numbers({4, 5});
  auto const copy = nf::to_host(x);
  x = nf::roll(x, 2, 1) + 0;  // nobody else holds x: its memory must not be reused
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 5; ++j) CHECK(nf::to_host(x)(i, j) == copy(i, (j + 3) % 5));
  auto const again = nf::to_host(x);
  x[all] = nf::roll(x, 1, 0);
  CHECK(nf::to_host(x)(0, 3) == again(3, 3));
  CHECK(nf::to_host(x)(2, 1) == again(1, 1));
  x += nf::flip(x, 1);
  CHECK(nf::to_host(x)(0, 0) == again(3, 0) + again(3, 4));
}
