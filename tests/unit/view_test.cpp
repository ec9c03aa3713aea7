// Reshaping, transposing and broadcasting of views against numpy.

#include "unit/view_fields.hpp"

TEST_CASE("reshape gives a view exactly where numpy needs no copy") {
  oracle::each_view_line("reshape", [](auto const& field) {
    ndfuse::view const v = oracle::view(field[1]);
    bool const copies = field[3].starts_with("copy ");
    std::string const expected = copies ? std::string(field[3].substr(5)) : std::string(field[3]);
    if (copies) {
      auto const r = ndfuse::reshape(v, oracle::list(field[2]));
      CHECK_FALSE(r.possible);
      CHECK(r.result.shape == oracle::list(expected));
      return;
    }
    // NumPy names the size alone, writes a -1 as "newaxis" and leaves a leading one out; we print both shapes.
    auto const wording = [&](std::string const& numpys) {
      auto const at = numpys.find(" into shape");
      return at == numpys.npos ? numpys
                               : ndfuse::detail::message(numpys.substr(0, at), " with shape ", v.shape, " into shape ",
                                                         oracle::list(field[2]));
    };
    oracle::check_result(
        expected,
        [&] {
          auto const r = ndfuse::reshape(v, oracle::list(field[2]));
          CHECK(r.possible);
          return r.result;
        },
        wording);
  });
}

TEST_CASE("permute is numpy.transpose") {
  oracle::each_view_line("permute", [](auto const& field) {
    oracle::check_result(field[3], [&] { return ndfuse::permute(oracle::view(field[1]), oracle::list(field[2])); });
  });
}

TEST_CASE("broadcast_to is numpy's") {
  oracle::each_view_line("broadcast_to", [](auto const& field) {
    oracle::check_result(field[3],
                         [&] { return ndfuse::broadcast_to(oracle::view(field[1]), oracle::list(field[2])); });
  });
  CHECK_THROWS_AS(ndfuse::broadcast_to(ndfuse::contiguous_view({1}), {-1}), ndfuse::value_error);
}

TEST_CASE("transpose reverses the axes") {
  CHECK(ndfuse::transpose(ndfuse::contiguous_view({2, 3, 4})) == ndfuse::view{{4, 3, 2}, {1, 4, 12}, 0});
  CHECK(ndfuse::transpose(ndfuse::contiguous_view({})) == ndfuse::contiguous_view({}));
}

TEST_CASE("contiguous means row-major without gaps") {
  using ndfuse::all, ndfuse::slice, ndfuse::subview;
  auto const v = ndfuse::contiguous_view({4, 6});
  CHECK(is_contiguous(v));
  CHECK(is_contiguous(subview(v, slice(1, 3))));
  CHECK(is_contiguous(subview(v, slice(1, 2), slice(2, 5))));  // one row
  CHECK_FALSE(is_contiguous(subview(v, all, slice(0, 5))));
  CHECK_FALSE(is_contiguous(subview(v, slice(ndfuse::none, ndfuse::none, -1))));
  CHECK_FALSE(is_contiguous(transpose(v)));
  CHECK(is_contiguous(ndfuse::view{{0, 3}, {7, 5}, 2}));  // no elements
  CHECK(is_contiguous(ndfuse::view{{1, 3}, {99, 1}, 2}));
  CHECK_FALSE(is_contiguous(ndfuse::broadcast_to(ndfuse::contiguous_view({3}), {2, 3})));
}

TEST_CASE("views are made in constant expressions") {
  STATIC_CHECK(ndfuse::reshape(ndfuse::contiguous_view({2, 6}), {3, -1}).result == ndfuse::contiguous_view({3, 4}));
  STATIC_CHECK(ndfuse::broadcast_to(ndfuse::contiguous_view({3}), {2, 3}).strides == ndfuse::index_list{0, 1});
}
