// The run-time front end: views of values that do not exist yet, schedules, the texts that it shares with the
// compiler's front end, and records that are wrong.

#include "record_words.hpp"

#include <ndfuse/graph/run.hpp>
#include <ndfuse/ndfuse.hpp>

#include <catch_amalgamated.hpp>

#include <cmath>
#include <random>

namespace nf = ndfuse;
using nf::dtype;
using nf::ir::opcode;
using record_test::node_kind;
using record_test::record_words;

namespace {

constexpr dtype f32 = dtype::float32;

std::vector<float> values(nf::graph::engine const& e, std::uint32_t handle) {
  nf::graph::entry const& a = e.find(handle, 0, 0);
  std::vector<float> v(std::size_t(a.count));
  if (a.count > 0) a.memory->owner->read_blocking(a.memory, 0, a.count, a.type, v.data());
  return v;
}
void put(nf::graph::engine& e, std::uint32_t handle, std::vector<float> const& v) {
  e.allocate(handle, false, nf::index(v.size()), f32);
  nf::graph::entry const& a = e.find(handle, 0, nf::index(v.size()));
  a.memory->owner->upload(*a.memory, 0, a.count, f32, v.data());
}
std::vector<float> counting(std::size_t n) {
  std::vector<float> v(n);
  for (std::size_t k = 0; k < n; ++k) v[k] = float(k) * 0.5f - 3;
  return v;
}
/// The string that follows `key` in explain's answer, without its escapes; the first launch's.
std::string field(std::string const& json, std::string const& key) {
  std::string const start = "\"" + key + "\": \"";
  std::size_t at = json.find(start);
  REQUIRE(at != std::string::npos);
  std::string text;
  for (at += start.size(); json[at] != '"'; ++at) {
    if (json[at] != '\\') text += json[at];
    else text += json[++at] == 'n' ? '\n' : json[at];
  }
  return text;
}
std::size_t launches(std::string const& json) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = json.find("\"kind\"", at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

TEST_CASE("graph: the texts are those of the compiler's front end") {
  nf::array<float> const x, y;
  nf::graph::engine e;
  auto const text = [&](auto build) {
    record_words w;
    std::uint32_t const a = w.buffer(1, f32, {8, 4}), b = w.buffer(2, f32, {8, 4});
    w.output(build(w, a, b), 9);
    return field(e.explain(w.words()), "text");
  };
  std::vector<std::uint32_t> const s{8, 4};
  CHECK(text([&](record_words& w, std::uint32_t a, std::uint32_t b) {
          return w.map(opcode::add, f32, s, {w.map(opcode::multiply, f32, s, {a, w.scalar(0.5)}), b});
        }) == nf::wgsl(x * 0.5 + y));
  CHECK(text([&](record_words& w, std::uint32_t a, std::uint32_t b) {
          return w.map(opcode::multiply, f32, s, {w.map(opcode::tanh, f32, s, {a}), w.map(opcode::exp, f32, s, {b})});
        }) == nf::wgsl(nf::tanh(x) * nf::exp(y)));
  // An array that is mentioned twice is one load; the compiler knows that of a kernel's arguments.
  CHECK(text([&](record_words& w, std::uint32_t a, std::uint32_t) {
          return w.map(opcode::exp, f32, s,
                       {w.map(opcode::multiply, f32, s, {w.map(opcode::negative, f32, s, {a}), a})});
        }) == nf::wgsl(nf::kernel([](auto p) { return nf::exp(-p * p); })(x)));
}

TEST_CASE("graph: a view of a value is views of its operands") {
  std::mt19937 random(7);
  auto const pick = [&](nf::index below) { return nf::index(random() % std::uint32_t(below)); };
  std::size_t composed = 0;
  for (int round = 0; round < 3000; ++round) {
    nf::shape s;
    std::size_t const rank = std::size_t(pick(4));
    for (std::size_t a = 0; a < rank; ++a) s.push_back(1 + pick(5));
    // An operand: some array of that shape, strided or broadcast.
    nf::view operand = nf::contiguous_view(s);
    for (std::size_t a = 0; a < rank; ++a) operand.strides[a] = pick(3) == 0 ? 0 : operand.strides[a] * (1 + pick(2));
    operand.offset = pick(5);
    // A view of the result: slices, new axes, another order, or other extents.
    nf::view outer = nf::contiguous_view(s);
    for (std::size_t a = 0; a < outer.rank(); ++a) {
      nf::index const from = pick(outer.shape[a]), step = pick(2) == 0 ? 1 : -1;
      outer.offset += from * outer.strides[a];
      outer.shape[a] = step > 0 ? outer.shape[a] - from : from + 1;
      outer.strides[a] *= step;
    }
    if (pick(2) == 0) outer = nf::transpose(outer);
    if (pick(3) == 0 && outer.rank() < 5) {
      outer.shape.insert(0, 2);
      outer.strides.insert(0, 0);
    }
    if (pick(4) == 0) outer = nf::contiguous_view({nf::element_count(s)});
    auto const result = nf::graph::compose(operand, outer);
    if (!result) continue;
    ++composed;
    REQUIRE(result->shape == outer.shape);
    nf::index_list at = nf::index_list::filled(outer.rank(), 0);
    if (outer.size() == 0) continue;
    do {
      nf::index rest = nf::runtime::element_at(outer, at), expected = operand.offset;
      for (std::size_t a = s.size(); a-- > 0;) {
        expected += rest % s[a] * operand.strides[a];
        rest /= s[a];
      }
      REQUIRE(nf::runtime::element_at(*result, at) == expected);
    } while (nf::runtime::advance(at, outer.shape));
  }
  CHECK(composed > 2500);
}

TEST_CASE("graph: maps, views, casts and reductions fuse") {
  nf::graph::engine e;
  put(e, 1, counting(24));
  record_words w;
  std::uint32_t const a = w.buffer(1, f32, {4, 6});
  std::uint32_t const doubled = w.map(opcode::multiply, f32, {4, 6}, {a, w.scalar(2)});
  // doubled[:, 1:].T + 1, summed over its last axis
  std::uint32_t const part = w.through(doubled, {5, 4}, {1, 6}, 1);
  std::uint32_t const more = w.map(opcode::add, f32, {5, 4}, {part, w.scalar(1)});
  std::uint32_t const sum = w.node(node_kind::reduce, 0, f32, {5}, {more}, {2});
  w.output(sum, 2);
  CHECK(launches(e.explain(w.words())) == 1);
  e.evaluate(w.words());
  std::vector<float> const from = counting(24), made = values(e, 2);
  for (std::size_t j = 0; j < 5; ++j) {
    float expected = 0;
    for (std::size_t i = 0; i < 4; ++i) expected += from[i * 6 + j + 1] * 2 + 1;
    CHECK(made[j] == expected);
  }
}

TEST_CASE("graph: a reduction goes on with what follows it alone") {
  nf::graph::engine e;
  put(e, 1, counting(24));
  record_words w;
  std::uint32_t const a = w.buffer(1, f32, {4, 6});
  std::uint32_t const square = w.map(opcode::multiply, f32, {4, 6}, {a, a});
  std::uint32_t const mean = w.node(node_kind::reduce, 4, f32, {4}, {square}, {2});
  std::uint32_t const more = w.map(opcode::add, f32, {4}, {mean, w.scalar(2)});
  std::uint32_t const root = w.map(opcode::sqrt, f32, {4}, {more});
  w.output(root, 2);
  // Another use, or an operand that is no scalar, needs the result in memory.
  w.output(w.map(opcode::subtract, f32, {4, 6}, {a, w.node(node_kind::reduce, 0, f32, {}, {a}, {3})}), 3);
  CHECK(launches(e.explain(w.words())) == 3);
  e.evaluate(w.words());
  std::vector<float> const from = counting(24);
  float total = 0;
  for (float v : from) total += v;
  for (std::size_t i = 0; i < 4; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < 6; ++j) sum += double(from[i * 6 + j]) * double(from[i * 6 + j]);
    CHECK_THAT(values(e, 2)[i], Catch::Matchers::WithinRel(float(std::sqrt(sum / 6 + 2)), 1e-6f));
  }
  CHECK(values(e, 3)[5] == from[5] - total);
}

TEST_CASE("graph: a repeated structure is scheduled once, whatever its scalars and arrays") {
  nf::graph::engine e;
  put(e, 1, counting(10));
  for (std::uint32_t turn = 0; turn < 5; ++turn) {
    record_words w;
    std::uint32_t const a = w.buffer(1 + turn, f32, {10}, true);
    w.output(w.map(opcode::add, f32, {10}, {a, w.scalar(double(turn))}), 2 + turn);
    if (turn > 0) w.release(turn);
    e.evaluate(w.words());
  }
  CHECK(e.schedules() == 1);
  CHECK(e.counts().known == 4);
  CHECK(e.arrays() == 2);
  CHECK(values(e, 6)[0] == counting(10)[0] + 10);
}

TEST_CASE("graph: a store keeps the old value for those who still have it") {
  nf::graph::engine e;
  put(e, 1, counting(8));
  for (bool donated : {false, true}) {
    record_words w;
    std::uint32_t const a = w.buffer(1, f32, {8}, donated);
    std::uint32_t const next = w.map(opcode::add, f32, {8}, {a, w.scalar(100)});
    // a[1:] = a[:-1], which reads what it overwrites
    std::uint32_t const moved = w.through(a, {7}, {1}, 0);
    std::uint32_t const self = w.next();
    std::uint32_t const target = w.view(self, {7}, {1}, 1);
    std::uint32_t const stored = w.node(node_kind::store, 0, f32, {8}, {a, moved}, {target});
    std::uint32_t const handle = donated ? 20 : 10;
    w.output(next, handle);
    w.output(stored, handle + 1);
    e.evaluate(w.words());
    std::vector<float> const old = counting(8), after = values(e, handle + 1), plus = values(e, handle);
    for (std::size_t k = 0; k < 8; ++k) {
      CHECK(after[k] == old[k == 0 ? 0 : k - 1]);
      CHECK(plus[k] == old[k] + 100);
    }
    if (!donated) CHECK(values(e, 1) == old);
  }
}

TEST_CASE("graph: long chains are cut, and give what they would give uncut") {
  nf::graph::engine e;
  put(e, 1, {0, 1, 2, 3});
  record_words w;
  std::uint32_t v = w.buffer(1, f32, {4});
  for (int k = 0; k < 3000; ++k) v = w.map(opcode::add, f32, {4}, {v, w.scalar(k % 7)});
  w.output(v, 2);
  std::size_t const n = launches(e.explain(w.words()));
  CHECK(n >= 3000 / 400);
  CHECK(n <= 3000 / 400 + 2);
  e.evaluate(w.words());
  float expected = 0;
  for (int k = 0; k < 3000; ++k) expected += float(k % 7);
  CHECK(values(e, 2) == std::vector<float>{expected, expected + 1, expected + 2, expected + 3});
}

TEST_CASE("graph: many arrays at once") {
  nf::graph::engine e;
  record_words w;
  std::uint32_t total = 0;
  for (std::uint32_t k = 1; k <= 100; ++k) {
    put(e, k, {float(k), float(2 * k)});
    std::uint32_t const a = w.buffer(k, f32, {2});
    total = k == 1 ? a : w.map(opcode::add, f32, {2}, {total, a});
  }
  w.output(total, 200);
  e.evaluate(w.words());
  CHECK(values(e, 200) == std::vector<float>{5050, 10100});
}

TEST_CASE("graph: no launch has more operands than a kernel can have, also where that was estimated wrongly") {
  record_words w;
  std::vector<std::uint32_t> sums;
  for (std::uint32_t part = 0; part < 3; ++part) {
    std::uint32_t total = 0;
    for (std::uint32_t k = 0; k < 60; ++k) {
      std::uint32_t const a = w.buffer(1 + part * 60 + k, f32, {2});
      total = k == 0 ? a : w.map(opcode::add, f32, {2}, {total, a});
    }
    sums.push_back(total);
  }
  w.output(sums[0], 500);
  w.output(w.node(node_kind::reduce, 0, f32, {}, {sums[1]}, {1}), 501);
  std::uint32_t const target = w.view(w.next(), {2}, {1}, 0);
  w.output(w.node(node_kind::store, 0, f32, {2}, {sums[0], sums[2]}, {target}), 502);
  std::vector<std::uint32_t> const words = w.words();
  nf::graph::record const r = nf::graph::parse(words);
  nf::graph::kernel_cache cache;
  nf::graph::limits careless;
  careless.loads = 1000;
  for (nf::graph::step const& s : nf::graph::scheduler(r, cache, careless).make().steps)
    CHECK(s.loads.size() <= nf::codegen::max_operands);
  nf::graph::engine e;
  for (std::uint32_t k = 1; k <= 180; ++k) put(e, k, {float(k), 1});
  e.evaluate(words);
  CHECK(values(e, 500) == std::vector<float>{1830, 60});
  CHECK(values(e, 501) == std::vector<float>{5430 + 60});
  CHECK(values(e, 502) == std::vector<float>{9030, 60});
}

TEST_CASE("graph: nothing happens when a record is wrong") {
  nf::graph::engine e;
  put(e, 1, counting(4));
  auto const refuses = [&](auto const& build, std::string const& part) {
    record_words w;
    build(w, w.buffer(1, f32, {4}));
    try {
      e.evaluate(w.words());
      FAIL("accepted, though it " << part);
    } catch (nf::error const& error) { CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring(part)); }
    CHECK(e.arrays() == 1);
  };
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::add, f32, {4}, {a, a + 5}), 2); },
          "uses a node before it is made");
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::add, dtype::int32, {4}, {a, a}), 2); },
          "says int32 where the result is float32");
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::add, f32, {3}, {a, a}), 2); },
          "could not be broadcast");
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::add, f32, {4}, {a, a}), 1); }, "is in use");
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::add, f32, {4}, {a}), 2); },
          "wrong number of operands");
  refuses([](record_words& w,
             std::uint32_t a) { w.output(w.map(opcode::add, f32, {4}, {a, w.through(a, {4}, {1}, 1)}), 2); },
          "reaches out of its node");
  refuses([](record_words& w, std::uint32_t) { w.output(w.buffer(77, f32, {4}), 2); }, "exists already");
  refuses(
      [](record_words& w, std::uint32_t) { w.output(w.map(opcode::negative, f32, {4}, {w.buffer(77, f32, {4})}), 2); },
      "no array has the handle 77");
  refuses([](record_words& w, std::uint32_t a) { w.output(w.map(opcode::bitwise_and, f32, {4}, {a, a}), 2); },
          "ufunc 'bitwise_and' is not supported");
}

namespace {

/// A random record over the arrays 1 (float32, 24 elements) and 2 (int32, 24), whose output gets the handle 10.
record_words random_record(std::mt19937& random) {
  auto const pick = [&](std::size_t below) { return std::uint32_t(random() % below); };
  record_words w;
  std::vector<std::uint32_t> const s{4, 6};
  std::vector<std::uint32_t> reals{w.buffer(1, f32, s)}, wholes{w.buffer(2, dtype::int32, s)};
  std::uint32_t last = reals[0];
  for (std::uint32_t k = 3 + pick(10); k > 0; --k) {
    std::uint32_t const a = reals[pick(reals.size())], i = wholes[pick(wholes.size())];
    switch (pick(13)) {
      case 0: last = w.map(opcode::add, f32, s, {a, reals[pick(reals.size())]}); break;
      case 1: last = w.map(opcode::multiply, f32, s, {a, w.scalar(1.5)}); break;
      case 2: last = w.map(opcode::where, f32, s, {w.map(opcode::less, dtype::bool_, s, {a, i}), a, i}); break;
      case 3: last = w.map(opcode::sin, f32, s, {w.through(a, s, {-6, 1}, 18)}); break;
      case 4: last = w.node(node_kind::cast, 0, f32, s, {i}); break;
      case 5: {
        std::uint32_t const sum = w.node(node_kind::reduce, pick(5), f32, {6}, {a}, {1});
        last = w.map(opcode::subtract, f32, s, {a, sum});
        break;
      }
      case 6: {
        std::uint32_t const target = w.view(w.next(), {2, 3}, {12, 2}, 1);
        last = w.node(node_kind::store, 0, f32, s, {a, w.scalar(7)}, {target});
        break;
      }
      case 7: last = w.node(node_kind::scan, pick(4), f32, s, {a}, {pick(4)}); break;
      case 8:
        wholes.push_back(w.node(node_kind::sort, 1, dtype::int32, s, {a}, {pick(2)}));
        last = w.node(node_kind::sort, 0, f32, s, {a}, {pick(2)});
        break;
      case 9: last = w.node(node_kind::gather, 0, f32, s, {a, i}); break;
      case 10: last = w.node(node_kind::scatter, pick(6), f32, s, {a, i, reals[pick(reals.size())]}); break;
      case 11: {
        std::uint32_t const sorted = w.node(node_kind::sort, 0, f32, {24}, {w.through(a, {24}, {1}, 0)}, {0});
        wholes.push_back(w.node(node_kind::search, pick(2), dtype::int32, s, {sorted, a}));
        continue;
      }
      default: {
        std::uint32_t const product = w.node(node_kind::matmul, 0, f32, {4, 4}, {a, w.through(a, {6, 4}, {1, 6}, 0)});
        last = w.map(opcode::add, f32, s, {a, w.node(node_kind::reduce, 2, f32, {}, {product}, {3})});
      }
    }
    reals.push_back(last);
  }
  if (last == reals[0]) last = w.map(opcode::negative, f32, s, {last});
  w.output(last, 10);
  return w;
}

}  // namespace

TEST_CASE("graph: no record, however wrong, crashes the core") {
  std::mt19937 random(2026);
  std::size_t good = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    nf::graph::engine e;
    put(e, 1, counting(24));
    e.allocate(2, false, 24, dtype::int32);
    nf::graph::entry const& ints = e.find(2, 0, 24);
    std::memset(ints.memory->host, 0, 96);
    std::vector<std::uint32_t> words = random_record(random).words();
    for (std::uint32_t changes = random() % 5; changes > 0; --changes) {
      std::uint32_t& word = words[random() % words.size()];
      switch (random() % 5) {
        case 0: word = std::uint32_t(random()); break;
        case 1: word ^= 1u << random() % 32; break;
        case 2: word += random() % 2 == 0 ? 1u : ~0u; break;
        case 3: word = words[random() % words.size()]; break;
        default: words.resize(words.size() - random() % 3);
      }
    }
    try {
      nf::graph::record const r = nf::graph::parse(words);
      bool large = false;
      for (nf::graph::node const& n : r.nodes) large = large || nf::element_count(n.shape) > 100'000;
      // What would only fill memory is only planned.
      if (large) (void)e.explain(words);
      else e.evaluate(words);
      ++good;
    } catch (nf::error const&) { ++refused; }
  }
  CHECK(good > 300);
  CHECK(refused > 500);
}
