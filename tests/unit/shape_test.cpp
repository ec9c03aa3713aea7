// Shapes: broadcasting against numpy's, limits, and static extents.

#include "unit/view_fields.hpp"

#include <ndfuse/core/shape.hpp>

#include <vector>

using ndfuse::shape;

TEST_CASE("broadcast_shapes gives numpy's shapes and messages") {
  oracle::each_view_line("broadcast", [](auto const& field) {
    // As a view, to share the comparison.
    auto const as_view = [](shape const& s) { return ndfuse::contiguous_view(s); };
    std::string expected(field[3]);
    if (!expected.starts_with("error ")) {
      ndfuse::view const v = as_view(oracle::list(expected));
      std::string strides = "-";
      for (std::size_t d = 0; d < v.rank(); ++d) strides = (d == 0 ? "" : strides + ",") + std::to_string(v.strides[d]);
      expected += " " + strides + " 0";
    }
    oracle::check_result(
        expected, [&] { return as_view(ndfuse::broadcast_shapes(oracle::list(field[1]), oracle::list(field[2]))); });
  });
}

TEST_CASE("axes count from both ends") {
  using ndfuse::detail::normalize_axis;
  CHECK(normalize_axis(0, 2) == 0);
  CHECK(normalize_axis(-1, 2) == 1);
  CHECK_THROWS_WITH(normalize_axis(2, 2), "axis 2 is out of bounds for array of dimension 2");
  CHECK_THROWS_WITH(normalize_axis(-3, 2), "axis -3 is out of bounds for array of dimension 2");
  CHECK_THROWS_AS(normalize_axis(0, 0), ndfuse::index_error);
}

TEST_CASE("impossible shapes are refused") {
  CHECK_THROWS_WITH(ndfuse::contiguous_view({-1, 2}), "negative dimensions are not allowed");
  CHECK_THROWS_WITH(ndfuse::contiguous_view({INT64_C(1) << 40, INT64_C(1) << 40}),
                    Catch::Matchers::StartsWith("array is too big"));
  CHECK_THROWS_AS(ndfuse::contiguous_view({INT64_MAX, 0, 2}), ndfuse::value_error);
  CHECK_NOTHROW(ndfuse::contiguous_view({1 << 20, 1 << 20, 0}));
  shape full = shape::filled(ndfuse::max_rank, 1);
  CHECK_THROWS_AS(full.push_back(1), ndfuse::shape_error);
}

TEST_CASE("index lists insert, erase and compare") {
  shape s{2, 3};
  s.insert(1, 7);
  CHECK(s == shape{2, 7, 3});
  s.insert(3, 9);
  CHECK(s == shape{2, 7, 3, 9});
  s.erase(0);
  CHECK(s == shape{7, 3, 9});
  CHECK_FALSE(s == shape{7, 3});
  CHECK(shape(std::span<ndfuse::index const>(s.begin(), 2)) == shape{7, 3});
  CHECK(ndfuse::element_count({}) == 1);
  CHECK(ndfuse::element_count({2, 0, 3}) == 0);
  CHECK(ndfuse::detail::message(shape{}, shape{3}, shape{2, 3}) == "()(3,)(2,3)");
}

namespace {
constexpr std::size_t any = std::dynamic_extent;
template <std::size_t... E> using extents = std::extents<ndfuse::index, E...>;
template <class A, class B> using together = ndfuse::broadcast_extents_t<A, B>;
}  // namespace

TEST_CASE("static extents broadcast as types") {
  STATIC_CHECK(std::same_as<together<extents<2, 3>, extents<3>>, extents<2, 3>>);
  STATIC_CHECK(std::same_as<together<extents<2, 1>, extents<5>>, extents<2, 5>>);
  STATIC_CHECK(std::same_as<together<extents<any, 3>, extents<4, 3>>, extents<4, 3>>);
  STATIC_CHECK(std::same_as<together<extents<any>, extents<1>>, extents<any>>);
  STATIC_CHECK(std::same_as<together<extents<any>, extents<any>>, extents<any>>);
  STATIC_CHECK(std::same_as<together<extents<>, extents<3>>, extents<3>>);
  STATIC_CHECK(std::same_as<together<extents<>, extents<>>, extents<>>);
  STATIC_CHECK(std::same_as<together<ndfuse::dynamic_shape, extents<3>>, ndfuse::dynamic_shape>);
  STATIC_CHECK(ndfuse::broadcastable_with<extents<2, 3>, extents<any>>);
  STATIC_CHECK_FALSE(ndfuse::broadcastable_with<extents<2, 3>, extents<2>>);
  STATIC_CHECK_FALSE(ndfuse::broadcastable_with<extents<0>, extents<2>>);
}

TEST_CASE("run-time shapes are checked against static extents") {
  CHECK_NOTHROW(ndfuse::detail::check_extents<extents<2, any>>({2, 9}));
  CHECK_THROWS_WITH((ndfuse::detail::check_extents<extents<2, any>>({3, 9})),
                    "shape (3,9) does not match the array's static extents (2,-1) (-1: any)");
  CHECK_THROWS_AS((ndfuse::detail::check_extents<extents<2>>({2, 1})), ndfuse::shape_error);
  STATIC_CHECK(ndfuse::detail::static_shape<extents<4, 5>>() == shape{4, 5});
}
