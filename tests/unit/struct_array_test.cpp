#include "values.hpp"

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/struct_array.hpp>

using Catch::Matchers::Message;

namespace {

struct particle {
  BOOST_HANA_DEFINE_STRUCT(particle, (float, x), (float, y), (float, vx), (float, vy), (std::int32_t, age),
                           (bool, alive));
};

}  // namespace

// A struct of somebody else's, told to Hana from outside.
namespace elsewhere {
struct pixel {
  std::uint8_t red, green, blue;
};
struct exact {
  double value;
  std::int64_t count;
};
}  // namespace elsewhere
BOOST_HANA_ADAPT_STRUCT(elsewhere::pixel, red, green, blue);
BOOST_HANA_ADAPT_STRUCT(elsewhere::exact, value, count);

namespace {

std::vector<particle> some(int n) {
  std::vector<particle> list;
  for (int k = 0; k < n; ++k) list.push_back({float(k), float(-k), 0.5f, 2.f, k, k % 2 == 0});
  return list;
}

struct not_adapted {
  float x;
};
struct with_text {
  BOOST_HANA_DEFINE_STRUCT(with_text, (std::string, name));
};
static_assert(nf::adapted_struct<particle>);
static_assert(nf::adapted_struct<elsewhere::pixel>);
static_assert(!nf::adapted_struct<not_adapted>);
static_assert(!nf::adapted_struct<with_text>);

}  // namespace

TEST_CASE("structs: to the device and back, an array for each member", "[struct][device]") {
  nf::struct_array<particle> p(some(5));
  CHECK(p.shape() == nf::shape{5});
  static_assert(std::same_as<decltype(p.get<"age">()), nf::array<std::int32_t>&>);
  CHECK(values(p.get<"y">()) == floats{0, -1, -2, -3, -4});
  CHECK(values(nf::get<"alive">(p)) == bytes{1, 0, 1, 0, 1});
  auto const back = nf::to_host(p);
  REQUIRE(back.size() == 5);
  CHECK(back[3].x == 3);
  CHECK(back[3].vy == 2);
  CHECK(back[3].age == 3);
  CHECK(!back[3].alive);

  // Members are arrays: expressions over them, assignment, views.
  p.get<"x">() = p.get<"x">() * 10 + p.get<"age">();
  CHECK(nf::to_host(p)[4].x == 44);
  CHECK(nf::item(nf::sum(p.get<"vx">() * p.get<"vy">())) == 5);
  auto const odd = p[nf::slice(1, nf::none, 2)];
  CHECK(odd.shape() == nf::shape{2});
  odd.get<"age">()[nf::all] = 7;
  CHECK(values(p.get<"age">()) == ints{0, 7, 2, 7, 4});

  nf::struct_array<particle> const grid(some(6), {2, 3});
  CHECK(grid.shape() == nf::shape{2, 3});
  CHECK(nf::to_host(grid[1])[2].age == 5);
  CHECK(nf::struct_array<particle>().shape() == nf::shape{0});
  CHECK(nf::to_host(nf::struct_array<particle>()).empty());
  CHECK_THROWS_MATCHES(nf::struct_array<particle>(some(5), {2, 3}), nf::shape_error,
                       Message("cannot reshape array of size 5 into shape (2,3)"));
  using bytes_of = nf::array<std::uint8_t>;
  nf::struct_array<elsewhere::pixel> const two(bytes_of{1, 2}, bytes_of{3, 4}, bytes_of{5, 6} + bytes_of{1, 1});
  CHECK(nf::to_host(two)[1].blue == 7);
  CHECK_THROWS_MATCHES(nf::struct_array<elsewhere::pixel>(bytes_of{1, 2}, bytes_of{3, 4}, bytes_of{5}), nf::shape_error,
                       Message("the members of a struct_array have different shapes: (2,) and (1,)"));
}

TEST_CASE("structs: lambda kernels take and return them", "[struct][device]") {
  nf::struct_array<particle> p(some(1000));
  auto const step = [](auto q, auto dt) {
    nf::get<"x">(q) = nf::get<"x">(q) + dt * nf::get<"vx">(q);
    nf::get<"y">(q) = nf::get<"y">(q) + dt * nf::get<"vy">(q);
    auto const low = nf::get<"y">(q) < -500;
    nf::get<"vy">(q) = nf::where(low, -nf::get<"vy">(q), nf::get<"vy">(q));
    nf::get<"age">(q) = nf::get<"age">(q) + 1;
    nf::get<"alive">(q) = nf::get<"alive">(q) && !low;
    return q;
  };
  auto const before = nf::device::current().memory_stats().launches;
  nf::struct_array<particle> const moved = nf::map(step, p, 0.5f);
  if (!on_gpu()) CHECK(nf::device::current().memory_stats().launches - before == 1);
  auto const list = nf::to_host(moved);
  REQUIRE(list.size() == 1000);
  for (int k = 0; k < 1000; ++k) {
    particle const& q = list[std::size_t(k)];
    bool const low = float(-k) + 1 < -500;
    CHECK((q.x == float(k) + 0.25f && q.y == float(1 - k) && q.vx == 0.5f && q.vy == (low ? -2.f : 2.f) &&
           q.age == k + 1 && q.alive == (k % 2 == 0 && !low)));
  }
  // p is as it was, also when a name gets its own next value.
  CHECK(nf::to_host(p)[7].x == 7);
  p = nf::map(step, p, 0.5f);
  CHECK(nf::to_host(p)[7].x == 7.25f);

  // A symbol: an expression like any other, over the members that are used.
  auto const speed = [](auto q) { return nf::hypot(nf::get<"vx">(q), nf::get<"vy">(q)); };
  CHECK(std::abs(nf::item(nf::max(nf::map(speed, p))) - std::sqrt(4.25f)) < 1e-5f);
  // Arrays beside structs, which broadcast.
  nf::struct_array<particle> const row(some(3));
  nf::array<float> const times = {{1}, {2}};
  auto const positions = nf::map([](auto q, auto t) { return nf::get<"x">(q) + t * nf::get<"vx">(q); }, row, times);
  CHECK(values(positions) == floats{0.5, 1.5, 2.5, 1, 2, 3});
}

TEST_CASE("structs: kernels make structs, and members keep their types", "[struct][device]") {
  using elsewhere::pixel;
  nf::array<float> const x = {0, 0.25f, 0.5f, 1};
  auto const shade = [](auto v) {
    auto const level = v * 255;
    return nf::make_struct<pixel>(level, 255 - level, 7);
  };
  auto const list = nf::to_host(nf::map(shade, x));
  REQUIRE(list.size() == 4);
  CHECK(int(list[1].red) == 63);
  CHECK(int(list[1].green) == 191);
  CHECK(int(list[3].red) == 255);
  CHECK(int(list[3].blue) == 7);
  CHECK(nf::eval(nf::map(shade, x)).shape() == nf::shape{4});

  std::vector<elsewhere::exact> const wide = {{0.1, (1ll << 53) + 1}, {0.2, -1}};
  nf::struct_array<elsewhere::exact> const e(wide);
  nf::struct_array<elsewhere::exact> const more = nf::map(
      [](auto q) {
        nf::get<"count">(q) = nf::get<"count">(q) + 1;
        return q;
      },
      e);
  CHECK(nf::to_host(more)[0].count == (1ll << 53) + 2);
  CHECK(nf::to_host(more)[1].value == 0.2);
  CHECK(more.get<"value">().device() == nf::device::cpu());
}

TEST_CASE("structs: read without blocking", "[struct]") {
  nf::device::cpu().use();
  nf::struct_array<particle> const p(some(3));
  bool done = false;
  auto const run = [&]() -> nf::task<> {
    auto const list = co_await nf::read(p);
    CHECK(list.size() == 3);
    CHECK(list[2].age == 2);
    done = true;
  };
  nf::task<> const running = run();
  CHECK(done);
}
