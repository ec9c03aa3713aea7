// Basic indexing against numpy's: random integers, slices, ellipses and new axes on random views.

#include "unit/view_fields.hpp"

#include <optional>
#include <vector>

namespace {

using ndfuse::index;

std::optional<index> bound(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(oracle::number(text));
}
ndfuse::slice parse_slice(std::string_view token) {
  auto const part = oracle::split(token, ':');
  auto const start = bound(part.at(0)), stop = bound(part.at(1)), step = bound(part.at(2));
  auto const with_step = [&](auto a, auto b) { return step ? ndfuse::slice(a, b, *step) : ndfuse::slice(a, b); };
  if (start && stop) return with_step(*start, *stop);
  if (start) return with_step(*start, ndfuse::none);
  if (stop) return with_step(ndfuse::none, *stop);
  return with_step(ndfuse::none, ndfuse::none);
}

template <class... Is> constexpr bool has_ellipsis = (std::same_as<Is, ndfuse::ellipsis_t> || ...);

/// subview's indices are types: reads the tokens one by one and calls it with what they are.
template <class... Is> ndfuse::view index_with(ndfuse::view const& v, std::vector<std::string_view> const& tokens,
                                               Is... indices) {
  constexpr std::size_t n = sizeof...(Is);
  if (n == tokens.size()) return ndfuse::subview(v, indices...);
  if constexpr (n < 3) {
    std::string_view const token = tokens[n];
    if (token == "new") return index_with(v, tokens, indices..., ndfuse::newaxis);
    if constexpr (!has_ellipsis<Is...>)
      if (token == "...") return index_with(v, tokens, indices..., ndfuse::ellipsis);
    if (token == "::") return index_with(v, tokens, indices..., ndfuse::all);
    if (token.contains(':')) return index_with(v, tokens, indices..., parse_slice(token));
    return index_with(v, tokens, indices..., oracle::number(token));
  }
  throw std::runtime_error("too many indices in the file");
}

}  // namespace

TEST_CASE("indexing gives numpy's views and messages") {
  oracle::each_view_line("index", [](auto const& field) {
    auto tokens = oracle::split(field[2], ' ');
    if (field[2] == "-") tokens.clear();
    oracle::check_result(field[3], [&] { return index_with(oracle::view(field[1]), tokens); });
  });
}

TEST_CASE("slices refuse a step of zero") {
  CHECK_THROWS_WITH(ndfuse::slice(0, 3, 0), "slice step cannot be zero");
  CHECK_THROWS_AS(ndfuse::slice(0, 3, 0), ndfuse::value_error);
}

TEST_CASE("unsigned indices beyond the signed range are out of bounds, not negative") {
  auto const v = ndfuse::contiguous_view({4});
  CHECK_THROWS_AS(ndfuse::subview(v, std::size_t(0) - 1), ndfuse::index_error);
  CHECK(ndfuse::subview(v, ndfuse::slice(1u, ~std::uint64_t(0))).shape == ndfuse::shape{3});
  CHECK_FALSE(ndfuse::axis_index<bool>);  // x[true] would be a mask in NumPy
}

TEST_CASE("slices work in constant expressions") {
  constexpr auto r = ndfuse::slice(ndfuse::none, ndfuse::none, -2).over(5);
  STATIC_CHECK((r.start == 4 && r.step == -2 && r.count == 3));
  constexpr auto v = ndfuse::subview(ndfuse::contiguous_view({4, 6}), -1, ndfuse::newaxis, ndfuse::slice(1, 6, 2));
  STATIC_CHECK(v == ndfuse::view{{1, 3}, {0, 2}, 19});
}
