// What the builder promises: nothing twice, nothing unneeded, constants folded, loops well formed, equal programs equal
// bytes.

#include <catch_amalgamated.hpp>

#include <ndfuse/ir/builder.hpp>
#include <ndfuse/ir/interpret.hpp>
#include <ndfuse/ir/verify.hpp>

#include <cmath>
#include <limits>
#include <vector>

using ndfuse::dtype;
using ndfuse::weak_kind;
using namespace ndfuse::ir;

namespace {

int count(builder const& b, opcode op) {
  int n = 0;
  for (inst const& i : b.code()) n += i.op == op;
  return n;
}
builder finished(builder b) {
  b.finish();
  CHECK(verify(b.view()) == "");
  return b;
}
using values = ndfuse::detail::list<value>;
values list_of(std::initializer_list<value> all) {
  values l;
  for (value v : all) l.push_back(v);
  return l;
}
template <class T> T run(builder const& b, std::vector<tagged_value> const& loads = {},
                         std::vector<scalar_value> const& scalars = {}) {
  return interpret(b.view(), loads, scalars)[0].get<T>();
}
template <class... T> std::vector<tagged_value> elements(T... v) { return {tagged_value::from(v)...}; }

/// The only instruction of a program that folds to a constant.
template <class T> T folded(builder& b, value v) {
  b.output(v);
  b.finish();
  REQUIRE(b.code().size() == 1);
  REQUIRE(b.code()[0].op == opcode::constant);
  return run<T>(b);
}

}  // namespace

TEST_CASE("common subexpressions are computed once") {
  builder b;
  value const x = b.load(dtype::float32), y = b.load(dtype::float32);
  value const s = b.apply(opcode::add, x, y), t = b.apply(opcode::add, x, y);
  CHECK(s.id == t.id);
  CHECK(b.apply(opcode::multiply, s, b.weak_constant(2.0)).id == b.apply(opcode::multiply, t, b.weak_constant(2.0)).id);
  CHECK(b.apply(opcode::add, y, x).id != s.id);  // operands are not reordered: the text follows what was written
  CHECK(b.load(dtype::float32).id != x.id);      // two operands may be the same array, but no program knows
}

TEST_CASE("what no output needs is dropped") {
  builder b;
  value const x = b.load(dtype::float32);
  b.apply(opcode::sin, x);
  value const y = b.apply(opcode::cos, x);
  b.apply(opcode::exp, y);
  b.output(y);
  b.finish();
  CHECK(b.code().size() == 2);
  CHECK(verify(b.view()) == "");
  builder direct;
  direct.output(direct.apply(opcode::cos, direct.load(dtype::float32)));
  direct.finish();
  CHECK(hash(b.view()) == hash(direct.view()));
  CHECK(std::ranges::equal(b.code(), direct.code()));
}

TEST_CASE("arithmetic on constants is folded") {
  float const big = 3e38f, infinity = std::numeric_limits<float>::infinity();
  auto const fold = [](opcode op, auto p, auto q) {
    builder b;
    dtype const t = ndfuse::dtype_of<decltype(p)>;
    value const v = b.apply(op, b.constant(p, t), b.constant(q, t));
    return folded<decltype(p)>(b, v);
  };
  CHECK(fold(opcode::add, 0.1f, 0.2f) == 0.1f + 0.2f);
  CHECK(fold(opcode::divide, 1.0f, 3.0f) == 1.0f / 3.0f);
  CHECK(fold(opcode::multiply, big, 10.0f) == infinity);  // no shader compiler accepts the text of an overflow
  CHECK(fold(opcode::subtract, -big, big) == -infinity);
  CHECK(fold(opcode::divide, -1.0f, 0.0f) == -infinity);
  CHECK(fold(opcode::divide, 1.0f, -0.0f) == -infinity);
  CHECK(std::isnan(fold(opcode::divide, 0.0f, 0.0f)));
  CHECK(std::signbit(fold(opcode::multiply, -1.0f, 0.0f)));
  CHECK(fold(opcode::add, INT32_MAX, 1) == INT32_MIN);
  CHECK(fold(opcode::multiply, 65536, 65536) == 0);
}

TEST_CASE("weak constants take the type of what they meet") {
  struct {
    dtype with;
    scalar_value v;
    dtype result;
  } const cases[] = {
      {dtype::float32, 2, dtype::float32},
      {dtype::float32, 2.5, dtype::float32},
      {dtype::int8, 2, dtype::int8},
      {dtype::int8, 2.5, dtype::float32},
      {dtype::bool_, 2, dtype::int32},
      {dtype::float16, 2.5, dtype::float16},
      {dtype::uint32, 7, dtype::uint32},
      {dtype::complex64, 2.5, dtype::complex64},
      {dtype::complex64, 2, dtype::complex64},
      {dtype::float32, std::complex<double>(0, 1), dtype::complex64},
      {dtype::bool_, true, dtype::bool_},
      {dtype::float64, 0.1, dtype::float64},
      {dtype::int64, 5'000'000'000, dtype::int64},
  };
  for (auto const& c : cases) {
    builder b;
    b.output(b.apply(opcode::add, b.load(c.with), b.weak_constant(c.v)));
    b.finish();
    INFO(name(c.with) << " with " << c.v.real << " + " << c.v.imag << "j");
    CHECK(verify(b.view()) == "");
    CHECK(name(b.output_type(0)) == name(c.result));
    // A weak constant is widest until it has a type: nothing of that may stay in the program.
    for (inst const& i : b.code()) CHECK((is_wide(c.result) || !is_wide(i.type)));
  }
}

TEST_CASE("constants keep their value in the type that they get") {
  auto const weak = [](scalar_value v, dtype with) {
    builder b;
    return folded<float>(b, b.cast(b.weak_constant(v), with));
  };
  CHECK(weak(1e39, dtype::float32) == std::numeric_limits<float>::infinity());
  CHECK(weak(-std::numeric_limits<double>::infinity(), dtype::float32) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(weak(std::numeric_limits<double>::quiet_NaN(), dtype::float32)));
  CHECK(weak(3.4028235e38, dtype::float32) == std::numeric_limits<float>::max());
  CHECK(weak(0.1, dtype::float32) == 0.1f);

  builder z;  // a complex128 constant is exact
  z.output(z.apply(opcode::add, z.load(dtype::complex128), z.weak_constant(std::complex<double>(0.1, 0.2))));
  z = finished(z);
  CHECK(run<std::complex<double>>(z, elements(std::complex<double>(0, 0))) == std::complex<double>(0.1, 0.2));

  builder u;  // beyond int64
  u.output(u.apply(opcode::add, u.load(dtype::uint64), u.weak_constant(UINT64_MAX)));
  u = finished(u);
  CHECK(run<std::uint64_t>(u, elements(std::uint64_t(2))) == 1);

  builder w;  // casts of typed constants wrap
  CHECK(folded<std::int32_t>(w, w.cast(w.constant(5'000'000'000, dtype::int64), dtype::int32)) == 705032704);
  builder f;
  CHECK(folded<std::int32_t>(f, f.constant(2.9, dtype::int32)) == 2);
  builder t;
  CHECK(folded<bool>(t, t.constant(std::complex<float>(0, 1), dtype::bool_)));
}

TEST_CASE("integers that do not fit are refused, as Python's are by NumPy") {
  builder b;
  value const x = b.load(dtype::uint8);
  CHECK_THROWS_WITH(b.apply(opcode::add, x, b.weak_constant(300)), "integer 300 out of bounds for uint8");
  CHECK_THROWS_WITH(b.apply(opcode::add, x, b.weak_constant(-1)), "integer -1 out of bounds for uint8");
  CHECK_THROWS_WITH(b.constant(128, dtype::int8), "integer 128 out of bounds for int8");
  CHECK_THROWS_AS(b.apply(opcode::add, b.load(dtype::int64), b.weak_constant(UINT64_MAX)), ndfuse::dtype_error);
  CHECK_NOTHROW(b.apply(opcode::add, x, b.weak_constant(255)));
  CHECK(fits(INT64_MAX, dtype::int64));
  CHECK(fits(INT64_MAX, dtype::uint64));
  CHECK(fits(UINT64_MAX, dtype::uint64));
  CHECK_FALSE(fits(UINT64_MAX, dtype::int64));
  CHECK(fits(INT64_MIN, dtype::int64));
  CHECK_FALSE(fits(-1, dtype::uint64));
  CHECK(fits(std::uint64_t(1) << 63, dtype::uint64));
}

TEST_CASE("unsupported types are refused in NumPy's words") {
  builder b;
  value const f = b.load(dtype::float32), t = b.load(dtype::bool_), z = b.load(dtype::complex64);
  CHECK_THROWS_WITH(b.apply(opcode::bitwise_and, f, f),
                    "ufunc 'bitwise_and' is not supported for the input types: float32 and float32");
  CHECK_THROWS_WITH(b.apply(opcode::negative, t), "ufunc 'negative' is not supported for the input types: bool");
  CHECK_THROWS_AS(b.apply(opcode::subtract, t, t), ndfuse::dtype_error);
  CHECK_THROWS_AS(b.apply(opcode::less, z, z), ndfuse::dtype_error);
  CHECK_THROWS_AS(b.apply(opcode::bitwise_or, t, b.weak_constant(1.5)), ndfuse::dtype_error);
}

TEST_CASE("weak scalars of the launch become what they meet, each type once") {
  builder b;
  value const s = b.scalar(weak_kind::floating), f = b.load(dtype::float32), i = b.load(dtype::int32),
              h = b.load(dtype::float16);
  b.output(b.apply(opcode::add, f, s));
  b.output(b.apply(opcode::multiply, i, s));  // float32 too
  b.output(b.apply(opcode::multiply, h, s));  // float16: rounded from float32
  b = finished(b);
  CHECK(count(b, opcode::scalar) == 1);
  auto const out =
      interpret(b.view(), elements(1.0f, std::int32_t(3), ndfuse::float16(1.0f)), std::vector<scalar_value>{0.1});
  CHECK(out[0].get<float>() == 1.1f);
  CHECK(out[1].get<float>() == 3 * 0.1f);
  CHECK(out[2].get<ndfuse::float16>() == ndfuse::float16(0.1));
}

TEST_CASE("a weak scalar that becomes another kind converts") {
  builder b;
  b.output(b.cast(b.scalar(weak_kind::floating), dtype::int32));
  b.output(b.cast(b.scalar(weak_kind::complex), dtype::bool_));
  b = finished(b);
  auto const out = interpret(b.view(), {}, std::vector<scalar_value>{-2.75, std::complex<double>(0, 1)});
  CHECK(out[0].get<std::int32_t>() == -2);
  CHECK(out[1].get<bool>());
}

TEST_CASE("a loop runs its trips, all values advancing at once") {
  builder b;
  value const a0 = b.load(dtype::int32), b0 = b.load(dtype::int32);
  values const v = b.begin_loop(b.weak_constant(10), list_of({a0, b0}));
  values const r = b.end_loop(list_of({v[1], b.apply(opcode::add, v[0], v[1])}));  // Fibonacci
  b.output(r[0]);
  b = finished(b);
  CHECK(run<std::int32_t>(b, elements(0, 1)) == 55);

  builder swap;
  values const w = swap.begin_loop(swap.weak_constant(3), list_of({swap.load(dtype::int32), swap.load(dtype::int32)}));
  values const s = swap.end_loop(list_of({w[1], w[0]}));
  swap.output(s[0]);
  swap = finished(swap);
  CHECK(run<std::int32_t>(swap, elements(7, 8)) == 8);
}

TEST_CASE("a loop without trips gives its initial values") {
  for (int trips : {0, -5}) {
    builder b;
    value const x = b.load(dtype::float32);
    values const v = b.begin_loop(b.weak_constant(trips), list_of({x}));
    values const r = b.end_loop(list_of({b.apply(opcode::square, v[0])}));
    b.output(r[0]);
    b = finished(b);
    CHECK(run<float>(b, elements(3.0f)) == 3.0f);
  }
}

TEST_CASE("break leaves before the values advance") {
  builder b;
  value const x = b.load(dtype::int32), zero = b.constant(0, dtype::int32);
  values const v = b.begin_loop(b.weak_constant(100), list_of({zero, zero}));
  b.break_if(b.apply(opcode::greater_equal, v[1], x));
  values const r = b.end_loop(
      list_of({b.apply(opcode::add, v[0], b.weak_constant(1)), b.apply(opcode::add, v[1], b.weak_constant(7))}));
  b.output(r[0]);
  b.output(r[1]);
  b = finished(b);
  auto const out = interpret(b.view(), elements(std::int32_t(20)));
  CHECK(out[0].get<std::int32_t>() == 3);
  CHECK(out[1].get<std::int32_t>() == 21);
}

TEST_CASE("nested loops: a break leaves the inner one only") {
  builder b;
  value const x = b.load(dtype::int32), zero = b.constant(0, dtype::int32);
  values const outer = b.begin_loop(b.weak_constant(4), list_of({zero, zero}));  // turn, sum
  values const inner = b.begin_loop(b.weak_constant(10), list_of({zero}));
  b.break_if(b.apply(opcode::greater_equal, inner[0], outer[0]));
  values const turns = b.end_loop(list_of({b.apply(opcode::add, inner[0], b.weak_constant(1))}));
  value const sum = b.apply(opcode::add, outer[1], b.apply(opcode::multiply, turns[0], x));
  values const r = b.end_loop(list_of({b.apply(opcode::add, outer[0], b.weak_constant(1)), sum}));
  b.output(r[1]);
  b = finished(b);
  CHECK(run<std::int32_t>(b, elements(std::int32_t(5))) == (0 + 1 + 2 + 3) * 5);
}

TEST_CASE("values computed inside a loop are not reused after it, those from before it are reused inside") {
  builder b;
  value const x = b.load(dtype::float32);
  value const before = b.apply(opcode::sin, x);
  values const v = b.begin_loop(b.weak_constant(3), list_of({x}));
  CHECK(b.apply(opcode::sin, x).id == before.id);
  value const inside = b.apply(opcode::cos, x);
  CHECK(b.apply(opcode::cos, x).id == inside.id);
  values const r = b.end_loop(list_of({b.apply(opcode::add, v[0], inside)}));
  value const after = b.apply(opcode::cos, x);
  CHECK(after.id != inside.id);
  b.output(b.apply(opcode::add, r[0], b.apply(opcode::add, after, before)));
  b = finished(b);
  CHECK(count(b, opcode::cos) == 2);
  CHECK(run<float>(b, elements(0.0f)) == 4.0f);
}

TEST_CASE("values of a finished inner loop are not visible in the outer one") {
  builder b;
  value const x = b.load(dtype::float32);
  values const o = b.begin_loop(b.weak_constant(2), list_of({x}));
  values const i = b.begin_loop(b.weak_constant(2), list_of({x}));
  value const in_inner = b.apply(opcode::exp, x);
  values const ir = b.end_loop(list_of({b.apply(opcode::add, i[0], in_inner)}));
  value const in_outer = b.apply(opcode::exp, x);
  CHECK(in_outer.id != in_inner.id);
  CHECK(b.apply(opcode::exp, x).id == in_outer.id);
  values const r = b.end_loop(list_of({b.apply(opcode::add, b.apply(opcode::add, o[0], ir[0]), in_outer)}));
  b.output(r[0]);
  b = finished(b);
  CHECK(run<float>(b, elements(0.0f)) == 6.0f);
}

TEST_CASE("a loop that no output needs is dropped") {
  builder b;
  value const x = b.load(dtype::float32);
  values const v = b.begin_loop(b.weak_constant(3), list_of({x}));
  b.end_loop(list_of({b.apply(opcode::square, v[0])}));
  b.output(b.apply(opcode::negative, x));
  b = finished(b);
  CHECK(b.code().size() == 2);
}

TEST_CASE("storage types are carried through loops, rounded on every turn") {
  builder b;
  value const x = b.load(dtype::int8);
  values const v = b.begin_loop(b.weak_constant(10), list_of({x}));
  values const r = b.end_loop(list_of({b.apply(opcode::add, v[0], b.weak_constant(100))}));
  b.output(r[0]);
  b = finished(b);
  CHECK(run<std::int8_t>(b, elements(std::int8_t(0))) == std::int8_t(1000));
}

TEST_CASE("misused loops are refused") {
  builder b;
  value const x = b.load(dtype::int32);
  CHECK_THROWS_WITH(b.break_if(x), "break_if outside a loop");
  CHECK_THROWS_WITH(b.end_loop({}), "end_loop outside a loop");
  values const v = b.begin_loop(b.weak_constant(3), list_of({x}));
  CHECK_THROWS_WITH(b.end_loop({}), "a loop's body must return as many values as the loop carries");
  CHECK_THROWS_WITH(b.end_loop(list_of({b.apply(opcode::add, v[0], b.weak_constant(0.5))})),
                    "a loop value changes its type from int32 to float32: start it with that type");
}

TEST_CASE("equal programs have equal hashes, different ones differ") {
  auto const make = [](dtype t, opcode op, double c, int extra_loads = 0, bool twice = false) {
    builder b;
    value const r = b.apply(op, b.load(t), b.weak_constant(c));
    for (int k = 0; k < extra_loads; ++k) b.load(t);
    b.output(r);
    if (twice) b.output(r);
    b.finish();
    return hash(b.view());
  };
  std::vector<std::uint64_t> const all{
      make(dtype::float32, opcode::add, 1),      make(dtype::float32, opcode::add, 2),
      make(dtype::float32, opcode::multiply, 1), make(dtype::float16, opcode::add, 1),
      make(dtype::float32, opcode::add, 1, 1),   make(dtype::float32, opcode::add, 1, 0, true),
      make(dtype::float32, opcode::add, -1),     make(dtype::float32, opcode::add, -0.0),
      make(dtype::float32, opcode::add, 0.0)};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(all[i] != all[j]);
  CHECK(make(dtype::float32, opcode::add, 1) == all[0]);
}

TEST_CASE("the interpreter names what its caller got wrong") {
  builder b;
  b.output(b.apply(opcode::add, b.load(dtype::float32), b.scalar(weak_kind::floating)));
  b.finish();
  std::vector<scalar_value> const one{1.0};
  CHECK_THROWS_WITH(interpret(b.view(), {}, one), "a program with load 0 was run with 0 operands");
  CHECK_THROWS_WITH(interpret(b.view(), elements(std::int32_t(1)), one), "load 0 is float32, its operand int32");
  CHECK_THROWS_WITH(interpret(b.view(), elements(1.0f)), "a program with scalar 0 was run with 0 scalars");
  CHECK_THROWS_WITH(tagged_value::from(1.0f).get<int>(), "a value of type float32 read as int32");
}
