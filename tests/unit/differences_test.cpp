#include "values.hpp"

#include <ndfuse/differences.hpp>

using Catch::Matchers::Message;
using nf::axis;

TEST_CASE("differences: of neighbours", "[differences][device]") {
  nf::array<int> const x = {{1, 2, 4, 7}, {0, -5, 3, 3}};
  CHECK(values(nf::diff(x)) == ints{1, 2, 3, -5, 8, 0});
  CHECK(values(nf::diff(x, 2)) == ints{1, 1, 13, -8});
  CHECK(values(nf::diff(x, 1, 0)) == ints{-1, -7, -1, -4});
  CHECK(values(nf::diff(x, 0)) == values(x));
  CHECK(nf::diff(x, 5).shape() == nf::shape{2, 0});
  CHECK(nf::diff(nf::zeros({3, 0})).shape() == nf::shape{3, 0});
  CHECK(values(nf::diff(nf::array<bool>{true, false, false})) == bytes{1, 0});
  CHECK(values(nf::ediff1d(x)) == ints{1, 2, 3, -7, -5, 8, 0});
  CHECK_THROWS_MATCHES(nf::diff(x, -1), nf::value_error, Message("order must be non-negative but got -1"));
  CHECK_THROWS_MATCHES(nf::diff(x, 1, 2), nf::index_error, Message("axis 2 is out of bounds for array of dimension 2"));
}

TEST_CASE("differences: slopes and integrals", "[differences][device]") {
  nf::array<float> const x = {1, 2, 4, 7, 11, 16};
  CHECK(values(nf::gradient(x)) == floats{1, 1.5f, 2.5f, 3.5f, 4.5f, 5});
  CHECK(values(nf::gradient(x, 2)) == floats{0.5f, 0.75f, 1.25f, 1.75f, 2.25f, 2.5f});
  CHECK(values(nf::gradient(x, 1, 0, 2)) == floats{0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f});
  nf::array<int> const m = {{1, 2, 6}, {3, 4, 5}};
  CHECK(values(nf::gradient(m, 1, 0)) == floats{2, 2, -1, 2, 2, -1});
  CHECK(values(nf::gradient(m)) == floats{1, 2.5f, 4, 1, 1, 1});
  CHECK_THROWS_AS(nf::gradient(nf::array<float>{1}), nf::value_error);
  CHECK_THROWS_AS(nf::gradient(x, 1, 0, 3), nf::value_error);
  CHECK(nf::item(nf::trapezoid(nf::array<float>{1, 2, 3})) == 4.f);
  CHECK(nf::item(nf::trapezoid(nf::array<int>{4, 5, 6}, 2)) == 20.f);
  CHECK(values(nf::trapezoid(m, 1, 0)) == floats{2, 3, 5.5f});
  CHECK(nf::item(nf::trapezoid(nf::array<float>{7})) == 0.f);
}
