// Launches that are recorded once and replayed: every call does what the recorded lines do, on every device.

#include "values.hpp"

#include <ndfuse/ndfuse.hpp>

#include <catch_amalgamated.hpp>

#include <numeric>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

std::vector<float> steps(std::size_t n) {
  std::vector<float> v(n);
  std::iota(v.begin(), v.end(), 0.f);
  return v;
}
std::vector<float> values(nf::array<float> const& x) {
  auto const h = nf::to_host(x);
  return {h.begin(), h.end()};
}
std::uint64_t launches() { return nf::device::current().memory_stats().launches; }
std::uint64_t live_bytes() { return nf::device::current().memory_stats().live_bytes; }
auto const refused = [](std::string const& what) { return MessageMatches(ContainsSubstring(what)); };

}  // namespace

TEST_CASE("capture: nothing runs until the call, and each call runs everything", "[device]") {
  nf::array<float> u(steps(10)), v = nf::full({10}, 1.f);
  std::uint64_t const before = launches();
  auto const step = nf::capture([&] {
    u[nf::all] = u + v;
    v[nf::slice(0, 2)] = 2 * v[nf::slice(0, 2)];
  });
  CHECK(launches() == before);
  CHECK(values(u) == steps(10));
  for (int k = 0; k < 5; ++k) step();
  CHECK(launches() == before + 10);
  CHECK(values(u) == std::vector<float>{31, 32, 7, 8, 9, 10, 11, 12, 13, 14});
  CHECK(values(v) == std::vector<float>{32, 32, 1, 1, 1, 1, 1, 1, 1, 1});
  u[nf::all] = 0;  // between two calls
  step();
  CHECK(values(u) == std::vector<float>{32, 32, 1, 1, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("capture: a step of a heat equation, a thousand times", "[device]") {
  nf::shape const s{18, 18};
  auto const start = [&] {
    nf::array<float> u = nf::zeros<float>(s);
    u[nf::slice(6, 12), nf::slice(6, 12)] = 1;
    return u;
  };
  auto const turn = [](nf::array<float>& u) {
    nf::slice const inner(1, -1), before(0, -2), after(2, nf::none);
    u[inner, inner] +=
        0.1f * (u[before, inner] + u[after, inner] + u[inner, before] + u[inner, after] - 4 * u[inner, inner]);
  };
  nf::array<float> u = start(), w = start();
  auto const step = nf::capture([&] { turn(u); });
  for (int k = 0; k < 1000; ++k) {
    step();
    turn(w);
  }
  CHECK(values(u) == values(w));
}

TEST_CASE("capture: a name that is assigned to gets memory of the capture's", "[device]") {
  nf::array<float> x(steps(4)), y, twice;
  nf::array<float> const original = x;
  auto const step = nf::capture([&] {
    twice = x + x;
    x = x + 1;
    y = twice * x;
  });
  for (int k = 0; k < 3; ++k) {
    step();
    CHECK(values(x) == std::vector<float>{1, 2, 3, 4});  // of the original, each time
    CHECK(values(y) == std::vector<float>{0, 4, 12, 24});
  }
  original[nf::all] = 10;
  step();
  CHECK(values(x) == std::vector<float>{11, 11, 11, 11});
  CHECK(values(y) == std::vector<float>{220, 220, 220, 220});
}

TEST_CASE("capture: a name alone with its array is not computed in place", "[device]") {
  nf::array<float> x = nf::full({8}, 1.f);
  auto const step = nf::capture([&] { x = x + 1; });
  step();
  step();
  CHECK(values(x) == std::vector<float>(8, 2.f));
}

TEST_CASE("capture: scalars and random keys are those of the recording", "[device]") {
  nf::array<float> x = nf::zeros<float>({4});
  nf::array<float> draws;
  float scale = 2;
  auto const step = nf::capture([&] {
    x += scale;
    draws = nf::random::uniform({4});
  });
  scale = 100;
  step();
  auto const first = values(draws);
  step();
  CHECK(values(x) == std::vector<float>(4, 4.f));
  CHECK(values(draws) == first);
}

TEST_CASE("capture: every algorithm runs again", "[device]") {
  nf::array<float> a = nf::reshape(nf::array<float>(steps(12)), {3, 4}), b = nf::full({4, 5}, 0.5f);
  nf::array<int> at = nf::array<int>{2, 0, 2};
  nf::array<float> product, vector, total, rows, columns, running, sorted, target = nf::zeros<float>({3}), chosen, soft,
                                                                           wide;
  nf::array<int> order, counts, first;
  auto const all = [&] {
    product = nf::matmul(a, b);
    vector = nf::matmul(a, b[nf::all, 0]);
    total = nf::sum(a * a);
    rows = nf::mean(a, nf::axis(1));
    columns = nf::max(a, nf::axis(0));
    running = nf::cumsum(a, nf::axis(1));
    sorted = nf::sort(-a, nf::axis(0));
    order = nf::argsort(-a, nf::axis(1));
    counts = nf::expr::count_numbers(nf::expr::as_node(nf::astype<int>(nf::ravel(a)) % 4), 4);
    first = nf::searchsorted(nf::array<float>(nf::ravel(a)), columns);
    nf::scatter_add(target, at, columns[nf::slice(0, 3)]);
    chosen = nf::take(rows, at);
    soft = nf::softmax(a, nf::axis(1));
  };
  auto const results = [&] {
    std::vector<float> out;
    for (nf::array<float> const* x :
         {&product, &vector, &total, &rows, &columns, &running, &sorted, &target, &chosen, &soft})
      for (float v : values(*x)) out.push_back(v);
    for (nf::array<int> const* x : {&order, &counts, &first})
      for (int v : nf::to_host(*x)) out.push_back(float(v));
    return out;
  };
  auto const step = nf::capture(all);
  auto const check = [&] {
    target[nf::all] = 0;
    step();
    auto const replayed = results();
    target[nf::all] = 0;
    nf::array<float> const kept[] = {product, vector, total, rows, columns, running, sorted, chosen, soft};
    nf::array<int> const numbers[] = {order, counts, first};
    all();
    CHECK(replayed == results());
    product = kept[0], vector = kept[1], total = kept[2], rows = kept[3], columns = kept[4], running = kept[5];
    sorted = kept[6], chosen = kept[7], soft = kept[8], order = numbers[0], counts = numbers[1], first = numbers[2];
  };
  check();
  a[nf::all] = nf::reshape(nf::array<float>(steps(12)), {3, 4}) * 3 % 7;
  check();
}

TEST_CASE("capture: more launches than fit one batch, and much work", "[device]") {
  nf::array<float> x = nf::zeros<float>({16}), y = nf::full({16}, 1.f);
  auto const step = nf::capture([&] {
    for (int k = 0; k < 5000; ++k) x[nf::all] = x + y;
  });
  step();
  step();
  CHECK(values(x) == std::vector<float>(16, 10000.f));
}

TEST_CASE("capture: memory is held while it lives, and given back", "[device]") {
  std::uint64_t const before = live_bytes();
  {
    nf::array<float> x = nf::full({1 << 20}, 1.f), y;  // 4 MiB
    nf::captured step = nf::capture([&] {
      nf::array<float> const part = x + 1;
      y = nf::cumsum(part) * 0 + part;
    });
    x = nf::array<float>();  // the capture still reads it
    std::uint64_t const held = live_bytes();
    CHECK(held >= before + (3u << 22));
    nf::array<float> const other = nf::full({1 << 20}, 9.f);  // must not be given the capture's memory
    step();
    CHECK(nf::item(nf::sum(y)) == 2.f * (1 << 20));
    CHECK(nf::item(nf::max(other)) == 9);
    nf::captured const moved = std::move(step);
    CHECK_THROWS_MATCHES(step(), nf::device_error, refused("nothing was captured"));
    moved();
    CHECK(live_bytes() == held + (1u << 22));
  }
  CHECK(live_bytes() == before);
  CHECK_THROWS_MATCHES(nf::captured()(), nf::device_error, refused("nothing was captured"));
}

TEST_CASE("capture: results outlive it", "[device]") {
  nf::array<float> x(steps(4)), y;
  {
    auto const step = nf::capture([&] { y = 2 * x; });
    step();
  }
  nf::array<float> const other = nf::full({4}, 7.f);
  CHECK(values(y) == std::vector<float>{0, 2, 4, 6});
}

TEST_CASE("capture: what waits, uploads or captures is refused, and leaves all as it was", "[device]") {
  nf::array<float> x(steps(4));
  std::uint64_t const before = live_bytes(), done = launches();
  auto const fails = [&](auto const& f, std::string const& what) {
    auto const all = [&] {
      x[nf::all] = x + 1;
      f();
    };
    CHECK_THROWS_MATCHES(static_cast<void>(nf::capture(all)), nf::device_error, refused(what));
  };
  auto const none = nf::capture([] {});
  fails([&] { nf::to_host(x); }, "nothing can be waited for");
  fails([&] { nf::item(nf::sum(x)); }, "nothing can be waited for");
  fails([&] { nf::nonzero(x); }, "nothing can be waited for");
  fails([&] { nf::device::current().synchronize(); }, "nothing can be waited for");
  fails([&] { nf::array<float> const y{1, 2, 3}; }, "nothing can be uploaded");
  fails([&] { nf::copyto(x, steps(4)); }, "nothing can be uploaded");
  fails([&] { nf::draw("#picture", nf::array<std::uint8_t>(nf::zeros<std::uint8_t>({2, 2, 3}))); },
        "nothing can be drawn");
  fails([&] { static_cast<void>(nf::capture([] {})); }, "nothing else can be captured");
  fails([&] { none(); }, "no other capture can be called");
  CHECK_THROWS_AS(static_cast<void>(nf::capture([&] {
                    x[nf::all] = 5;
                    throw nf::value_error("the program's own");
                  })),
                  nf::value_error);
  CHECK(launches() == done);
  CHECK(values(x) == steps(4));
  CHECK(live_bytes() == before);
  auto const step = nf::capture([&] { x[nf::all] = x + 1; });  // and the next one works
  step();
  CHECK(nf::item(x[0]) == 1);
}

TEST_CASE("capture: an index out of bounds is told by the next wait after a call", "[device]") {
  nf::array<float> const x(steps(4));
  nf::array<int> at{0, 3};
  nf::array<int> const other{1, 1};
  nf::array<float> y, z;
  auto const step = nf::capture([&] {
    y = nf::take(x, at);
    z = nf::take(x, other);
  });
  step();
  CHECK(values(y) == std::vector<float>{0, 3});
  at[1] = 4;
  step();
  at[1] = 2;
  step();  // which is right, and must not hide what was wrong
  CHECK_THROWS_AS(nf::to_host(y), nf::index_error);
  CHECK(values(y) == std::vector<float>{0, 2});  // told once
  step();
  CHECK(values(y) == std::vector<float>{0, 2});
  at[0] = -5;
  step();
  CHECK_THROWS_AS(nf::device::current().synchronize(), nf::index_error);
  at[0] = 0;
  nf::array<float> const plain = nf::take(x, nf::array<int>{9});  // a check of the program beside those of a capture
  step();
  CHECK_THROWS_AS(nf::to_host(y), nf::index_error);
  CHECK(values(y) == std::vector<float>{0, 2});
}

TEST_CASE("capture: a check that was recorded and given up is not told") {
  nf::array<float> const x(steps(4));
  nf::array<int> const at{9};
  nf::array<float> y = x;
  CHECK_THROWS_AS(static_cast<void>(nf::capture([&] {
                    y = nf::take(x, at);
                    nf::to_host(y);
                  })),
                  nf::device_error);
  CHECK(values(x) == steps(4));
}

TEST_CASE("capture: 64-bit arrays, on the cpu device, beside others", "[device]") {
  nf::array<double> d = nf::full({3}, 1.0);
  nf::array<float> f = nf::full({3}, 1.f);
  auto const step = nf::capture([&] {
    d *= 3;
    f += 1;
  });
  step();
  step();
  CHECK(nf::item(nf::sum(d)) == 27);
  CHECK(nf::item(nf::sum(f)) == 9);
}
