#include "values.hpp"

#include <ndfuse/canvas.hpp>

#include <limits>

namespace {

/// Red, green, blue, alpha of every pixel.
std::vector<ints> pixels(nf::detail::picture const& p) {
  std::vector<ints> list;
  for (std::uint32_t const v : values(nf::array<std::uint32_t>(p.pixels)))
    list.push_back({int(v & 255u), int(v >> 8 & 255u), int(v >> 16 & 255u), int(v >> 24)});
  return list;
}

}  // namespace

TEST_CASE("canvas: colours of numbers", "[canvas][device]") {
  using nf::colormap;
  // Colours 0, 64, 128, 191 and 255 of matplotlib's maps.
  std::pair<colormap, std::vector<ints>> const maps[] = {
      {colormap::gray, {{0, 0, 0}, {64, 64, 64}, {128, 128, 128}, {191, 191, 191}, {255, 255, 255}}},
      {colormap::viridis, {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {92, 200, 99}, {253, 231, 37}}},
      {colormap::magma, {{0, 0, 4}, {81, 18, 124}, {183, 55, 121}, {251, 135, 97}, {252, 253, 191}}},
      {colormap::inferno, {{0, 0, 4}, {87, 16, 110}, {188, 55, 84}, {249, 140, 10}, {252, 255, 164}}},
      {colormap::plasma, {{13, 8, 135}, {126, 3, 168}, {204, 71, 120}, {248, 148, 65}, {240, 249, 33}}},
      {colormap::cividis, {{0, 34, 78}, {67, 78, 108}, {125, 124, 120}, {187, 173, 109}, {254, 232, 56}}},
  };
  nf::array<float> const x = {{0, 64.5f, 128.5f}, {191.5f, 256, std::numeric_limits<float>::quiet_NaN()}};
  for (auto const& [map, colours] : maps) {
    auto const found = pixels(nf::detail::colour_picture(x, {.cmap = map}));
    for (std::size_t k = 0; k < 5; ++k) CHECK(found[k] == ints{colours[k][0], colours[k][1], colours[k][2], 255});
    CHECK(found[5] == ints{0, 0, 0, 0});
  }
}

TEST_CASE("canvas: limits, constants and special numbers", "[canvas][device]") {
  float const inf = std::numeric_limits<float>::infinity();
  auto const grey = [](nf::array<float> const& x, nf::draw_options o) {
    o.cmap = nf::colormap::gray;
    ints levels;
    for (ints const& p : pixels(nf::detail::colour_picture(x, o))) levels.push_back(p[3] == 0 ? -1 : p[0]);
    return levels;
  };
  CHECK(grey({{-5, 0, 1, 2, 5}}, {.vmin = 0.f, .vmax = 2.f}) == ints{0, 0, 128, 255, 255});
  CHECK(grey({{-inf, 0, inf}}, {.vmin = -1.f, .vmax = 1.f}) == ints{0, 128, 255});
  CHECK(grey({{3, 3}}, {}) == ints{0, 0});
  CHECK(grey({{0, 10}}, {.vmax = 5.f}) == ints{0, 255});
  float const nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(grey({{nan, nan}}, {}) == ints{-1, -1});
  nf::array<std::int32_t> const whole = {{0, 1}, {2, 4}};
  CHECK(pixels(nf::detail::colour_picture(whole, {.cmap = nf::colormap::gray}))[3][0] == 255);
  CHECK_THROWS_AS(nf::draw("#x", whole[0]), nf::shape_error);
}
