#include "values.hpp"

#include <array>
#include <deque>
#include <mdspan>
#include <numeric>
#include <ranges>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

namespace {
std::vector<float> ramp(std::size_t n) {
  std::vector<float> v(n);
  std::iota(v.begin(), v.end(), 0.f);
  return v;
}
}  // namespace

TEST_CASE("host: arrays from ranges", "[host][device]") {
  std::vector<float> const v = ramp(6);
  nf::array const x(v);
  static_assert(std::same_as<decltype(x), nf::array<float> const>);
  CHECK(x.shape() == nf::shape{6});
  CHECK(values(x) == v);
  CHECK(values(nf::array(std::span(v).subspan(2, 3))) == floats{2, 3, 4});
  CHECK(values(nf::array(std::array{1, 2, 3})) == ints{1, 2, 3});
  int const plain[] = {4, 5};
  CHECK(values(nf::array(plain)) == ints{4, 5});
  CHECK(values(nf::array(std::deque<int>{7, 8, 9})) == ints{7, 8, 9});
  CHECK(values(nf::array(std::vector<bool>{true, false, true})) == bytes{1, 0, 1});
  CHECK(values(nf::array(std::views::iota(0, 4) | std::views::transform([](int k) { return 0.5f * float(k); }))) ==
        floats{0, 0.5f, 1, 1.5f});
  CHECK(nf::array(std::vector<float>()).shape() == nf::shape{0});

  nf::array<float> const shaped(v, {2, 3});
  CHECK(nf::to_host(shaped)(1, 0) == 3);
  CHECK(nf::array(v, {1, 6, 1}).shape() == nf::shape{1, 6, 1});
  CHECK(values(nf::array(std::vector{2.f}, {})) == floats{2});
  CHECK_THROWS_MATCHES(nf::array(v, {4, 2}), nf::shape_error,
                       Message("cannot reshape array of size 6 into shape (4,2)"));
  CHECK_THROWS_MATCHES(nf::array(v, {-1, -6}), nf::value_error, Message("negative dimensions are not allowed"));

  nf::host_array<float> const host = nf::to_host(shaped);
  nf::array const back(host);
  CHECK(back.shape() == nf::shape{2, 3});
  CHECK(values(back) == v);
  CHECK(values(nf::array(nf::to_host(shaped > 2))) == bytes{0, 0, 0, 1, 1, 1});
  static_assert(!std::constructible_from<nf::array<float>, std::vector<int>>);  // converting is explicit: nf::astype
  static_assert(!std::convertible_to<std::vector<float>, nf::array<float>>);
}

TEST_CASE("host: arrays from mdspans of any layout", "[host][device]") {
  std::vector<float> v = ramp(24);
  std::mdspan<float, std::extents<int, 2, 3, 4>> const fixed(v.data());
  nf::array const x(fixed);
  CHECK(x.shape() == nf::shape{2, 3, 4});
  CHECK(values(x) == v);

  std::mdspan<float const, std::dextents<std::size_t, 2>, std::layout_left> const columns(v.data(), 6, 4);
  nf::array const y(columns);
  CHECK(y.shape() == nf::shape{6, 4});
  CHECK(values(y[1]) == floats{1, 7, 13, 19});

  std::array<std::size_t, 2> const strides{8, 2};
  std::layout_stride::mapping<std::dextents<int, 2>> const every_other(std::dextents<int, 2>(3, 4), strides);
  CHECK(values(nf::array(std::mdspan(v.data(), every_other))) == floats{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22});
  std::array<std::size_t, 2> const dense{4, 1};
  std::layout_stride::mapping<std::dextents<int, 2>> const rows(std::dextents<int, 2>(2, 4), dense);
  CHECK(values(nf::array(std::mdspan(v.data(), rows))) == floats{0, 1, 2, 3, 4, 5, 6, 7});

  CHECK(nf::array(std::mdspan(v.data(), 0, 5)).shape() == nf::shape{0, 5});
  CHECK(values(nf::array(std::mdspan<float, std::extents<int>>(v.data() + 3))) == floats{3});
  bool const truth[] = {true, false};
  CHECK(values(nf::array(std::mdspan(truth, 2))) == bytes{1, 0});
}

TEST_CASE("host: reading gives mdspans and ranges", "[host][device]") {
  nf::array<float> const x = array_of({2, 3}, [](int k) { return float(k); });
  auto host = nf::to_host(x);
  auto const m = host.mdspan<2>();
  CHECK(m.extent(0) == 2);
  CHECK(m.extent(1) == 3);
  CHECK(m[1, 2] == 5);
  m[0, 0] = 7;
  CHECK(host[0] == 7);
  CHECK(std::as_const(host).mdspan<std::extents<int, 2, 3>>()[1, 1] == 4);
  CHECK(host.mdspan<std::extents<int, 2, std::dynamic_extent>>()[1, 1] == 4);
  CHECK_THROWS_MATCHES(host.mdspan<1>(), nf::shape_error,
                       Message("an array of shape (2,3) cannot be seen as an mdspan of rank 1"));
  CHECK_THROWS_AS((host.mdspan<std::extents<int, 3, 2>>()), nf::shape_error);
  for (float& v : host) v += 1;
  CHECK(host(1, 2) == 6);
  CHECK(std::ranges::max(host) == 8);
}

TEST_CASE("host: copies into memory of the program's own", "[host][device]") {
  nf::array<float> const x = array_of({2, 3}, [](int k) { return float(k); });
  std::vector<float> v(6, -1);
  nf::copyto(v, x * 2);
  CHECK(v == floats{0, 2, 4, 6, 8, 10});
  nf::copyto(std::span(v).subspan(1, 3), x[1]);
  CHECK(v == floats{0, 3, 4, 5, 8, 10});
  std::mdspan<float, std::dextents<int, 2>, std::layout_left> const columns(v.data(), 2, 3);
  nf::copyto(columns, x);
  CHECK(v == floats{0, 3, 1, 4, 2, 5});
  nf::copyto(std::mdspan(v.data(), 2, 3), x[all, slice(none, none, -1)]);
  CHECK(v == floats{2, 1, 0, 5, 4, 3});
  v.assign(6, -1);
  CHECK_THROWS_MATCHES(nf::copyto(v, x[0]), nf::shape_error,
                       Message("could not broadcast input array from shape (3,) into shape (6,)"));
  CHECK_THROWS_MATCHES(nf::copyto(std::mdspan(v.data(), 3, 2), x), nf::shape_error,
                       Message("could not broadcast input array from shape (2,3) into shape (3,2)"));
  CHECK(v == floats(6, -1));
}

TEST_CASE("host: copies into arrays and views", "[host][device]") {
  nf::array<float> x = array_of({2, 3}, [](int) { return 0.f; });
  nf::array<float> const alias = x;
  nf::array<float> const before = x + 1;
  nf::copyto(x, ramp(6));
  CHECK(values(alias) == ramp(6));
  CHECK(values(before) == floats(6, 1));
  nf::copyto(x[1], std::vector{7.f, 8.f, 9.f});
  CHECK(values(x) == floats{0, 1, 2, 7, 8, 9});
  nf::copyto(x[all, 1], std::vector{-1.f, -2.f});
  CHECK(values(x) == floats{0, -1, 2, 7, -2, 9});
  float const row[] = {5, 6, 7};
  nf::copyto(x, std::mdspan(row, 3));  // broadcasts
  CHECK(values(x) == floats{5, 6, 7, 5, 6, 7});
  nf::copyto(x[all, slice(none, none, -1)], nf::to_host(x * 2));
  CHECK(values(x) == floats{14, 12, 10, 14, 12, 10});
  nf::copyto(x[slice(0, 0)], std::vector<float>());
  CHECK_THROWS_MATCHES(nf::copyto(x, ramp(5)), nf::shape_error,
                       Message("could not broadcast input array from shape (5,) into shape (2,3)"));
  CHECK_THROWS_AS(nf::copyto(x, std::mdspan(row, 1, 1, 3)), nf::shape_error);
  CHECK(values(x) == floats{14, 12, 10, 14, 12, 10});
  nf::array<double> wide = nf::zeros<double>({2});
  nf::copyto(wide, std::array{1.0, 2.0});
  CHECK(values(wide) == std::vector{1.0, 2.0});
}
