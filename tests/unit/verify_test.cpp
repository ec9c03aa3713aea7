// verify() refuses every kind of broken program, and says which rule it breaks.

#include <catch_amalgamated.hpp>

#include <ndfuse/ir/verify.hpp>

#include <vector>

using ndfuse::dtype;
using namespace ndfuse::ir;

namespace {

constexpr dtype b = dtype::bool_, i32 = dtype::int32, u32 = dtype::uint32, f32 = dtype::float32;
constexpr std::uint64_t one = 0x3f800000u;

std::string check(std::vector<inst> code, std::vector<value_id> outputs = {0}, std::uint16_t loads = 2,
                  std::uint16_t scalars = 2) {
  return std::string(verify({code, outputs, loads, scalars}));
}
inst load(value_id n, dtype t) { return {opcode::load, t, n}; }
inst constant(dtype t, std::uint64_t bits) { return {opcode::constant, t, 0, 0, 0, bits}; }

/// A loop of two float32 values that swap; `change` breaks it.
template <class F> std::string broken_loop(F change) {
  std::vector<inst> code{
      load(0, f32),                           // 0
      constant(i32, 3),                       // 1
      {opcode::loop_begin, i32, 1, 0, 0, 2},  // 2
      {opcode::loop_value, f32, 0},           // 3
      {opcode::loop_value, f32, 0},           // 4
      {opcode::less, b, 3, 4},                // 5
      {opcode::loop_break, b, 5},             // 6
      {opcode::loop_next, f32, 3, 4},         // 7
      {opcode::loop_next, f32, 4, 3},         // 8
      {opcode::loop_end, b},                  // 9
      {opcode::loop_result, f32, 3},          // 10
      {opcode::loop_result, f32, 4},          // 11
      {opcode::add, f32, 10, 11},             // 12
  };
  std::vector<value_id> outputs{12};
  change(code, outputs);
  return check(code, outputs);
}

}  // namespace

TEST_CASE("well-formed programs pass") {
  CHECK(check({load(0, f32), load(1, f32), {opcode::add, f32, 0, 1}}, {2}) == "");
  CHECK(check({load(0, dtype::int8), {opcode::cast, i32, 0}, {opcode::cast, dtype::int8, 1}}, {2}) == "");
  CHECK(check({load(0, u32), {opcode::shift_left_raw, u32, 0, 0}}, {1}) == "");
  CHECK(check({load(0, i32), constant(u32, 3), {opcode::shift_right_raw, i32, 0, 1}}, {2}) == "");
  CHECK(check({constant(f32, one), constant(i32, ~std::uint64_t(0))}, {0, 1}) == "");
  CHECK(broken_loop([](auto&, auto&) {}) == "");
}

TEST_CASE("operands") {
  CHECK(check({{opcode::add, f32, 0, 0}}) == "an operand does not come before its use");
  CHECK(check({load(0, f32), {opcode::add, f32, 0, 2}, load(1, f32)}) == "an operand does not come before its use");
  CHECK(check({load(0, f32), {opcode::add, f32, 0, 99}}) == "an operand does not come before its use");
  CHECK(check({load(2, f32)}) == "a load's number is out of range");
  CHECK(check({{opcode::load, f32, 0, 0, 0, 3}}) == "a load is neither an element nor an index nor an array");
  CHECK(check({{opcode::scalar, f32, 2}}) == "a scalar's number is out of range");
}

TEST_CASE("operations and types") {
  CHECK(check({{opcode(op_count), f32}}) == "an unknown operation");
  CHECK(check({{opcode::load, dtype(14), 0}}) == "an unknown type");
  CHECK(check({load(0, f32), load(1, i32), {opcode::add, f32, 0, 1}}) == "operands differ in type");
  CHECK(check({load(0, f32), {opcode::add, i32, 0, 0}}) == "an operation's result has the wrong type");
  CHECK(check({load(0, f32), {opcode::less, f32, 0, 0}}) == "an operation's result has the wrong type");
  CHECK(check({load(0, dtype::complex64), {opcode::absolute, dtype::complex64, 0}}) ==
        "an operation's result has the wrong type");
  CHECK(check({load(0, dtype::int8), {opcode::add, dtype::int8, 0, 0}}) == "an operand has a storage type");
  CHECK(check({load(0, f32), {opcode::bitwise_and, f32, 0, 0}}) == "an operation does not support its operands' type");
  CHECK(check({load(0, i32), {opcode::sin, i32, 0}}) == "an operation does not support its operands' type");
  CHECK(check({load(0, b), {opcode::add, b, 0, 0}}) == "an operation does not support its operands' type");
  CHECK(check({load(0, dtype::complex64), {opcode::multiply, dtype::complex64, 0, 0}}) ==
        "an operation does not support its operands' type");
  CHECK(check({load(0, u32), {opcode::negative, u32, 0}}) == "an operation does not support its operands' type");
  CHECK(check({load(0, i32), load(1, f32), {opcode::where, f32, 0, 1, 1}}) == "where: the condition is not bool");
  CHECK(check({load(0, b), load(1, f32), {opcode::cast, i32, 1}, {opcode::where, f32, 0, 1, 2}}) ==
        "where: the values differ in type");
  CHECK(check({load(0, i32), load(1, f32), {opcode::shift_left_raw, i32, 0, 1}}) ==
        "a shift's count is neither uint32 nor of its operand's type");
  CHECK(check({load(0, dtype::float64), {opcode::bit_cast, u32, 0}}) ==
        "a bit cast needs two types of 32 or of 64 bits");
  CHECK(check({{opcode::scalar, dtype::int16, 0}}) == "a scalar has a storage type");
}

TEST_CASE("constants are canonical") {
  CHECK(check({constant(dtype::int16, 1)}) == "a constant has a storage type");
  CHECK(check({constant(b, 2)}) == "a constant's bits are not a value of its type");
  CHECK(check({constant(i32, 0xffffffffu)}) == "a constant's bits are not a value of its type");
  CHECK(check({constant(u32, ~std::uint64_t(0))}) == "a constant's bits are not a value of its type");
  CHECK(check({constant(f32, one << 32)}) == "a constant's bits are not a value of its type");
  CHECK(check({constant(dtype::complex128, 0)}) == "a constant's bits are not a value of its type");
}

TEST_CASE("outputs") {
  CHECK(check({load(0, f32)}, {}) == "a program without outputs");
  CHECK(check({load(0, f32)}, {1}) == "an output is out of range");
  CHECK(broken_loop([](auto&, auto& out) { out = {9}; }) == "an output is not a value");
  CHECK(broken_loop([](auto&, auto& out) { out = {5}; }) == "an output is a value from inside a loop");
  CHECK(broken_loop([](auto&, auto& out) { out = {3}; }) == "an output is a value from inside a loop");
}

TEST_CASE("loops") {
  using list = std::vector<inst>&;
  auto const erase = [](list code, int at) { code.erase(code.begin() + at); };
  CHECK(broken_loop([](list c, auto&) { c[1] = constant(f32, one); }) == "a loop's trip count is not int32");
  CHECK(broken_loop([&](list c, auto&) { c.resize(9); }) == "a loop is not closed");
  CHECK(broken_loop([&](list c, auto&) { c[2].imm = 3; }) == "a loop lacks some of its carried values");
  CHECK(broken_loop([&](list c, auto&) { c[2].imm = ~std::uint64_t(0); }) == "a loop lacks some of its carried values");
  CHECK(broken_loop([&](list c, auto&) { c[2].imm = 1; }) == "a loop value outside a loop's head");
  CHECK(broken_loop([&](list c, auto&) { c[4].a = 3; }) == "a loop value starts from a value of its own loop");
  CHECK(broken_loop([&](list c, auto&) { c[4].a = 1; }) == "a loop value and its initial value differ in type");
  CHECK(broken_loop([&](list c, auto&) { c[6].a = 3; }) == "a break's condition is not bool");
  CHECK(broken_loop([&](list c, auto&) { c[7].a = 4; }) == "a loop_next that is not of its loop's next value");
  CHECK(broken_loop([&](list c, auto&) { c[7].b = 5; }) == "a loop value changes its type");
  CHECK(broken_loop([&](list c, auto&) { erase(c, 8); }) == "a loop does not advance all its carried values");
  CHECK(broken_loop([&](list c, auto&) { c.erase(c.begin() + 7, c.begin() + 9); }) ==
        "a loop does not advance all its carried values");
  CHECK(broken_loop([&](list c, auto&) { c[8] = load(1, f32); }) == "a loop does not advance all its carried values");
  CHECK(broken_loop([&](list c, auto&) { c.insert(c.begin() + 9, load(1, f32)); }) ==
        "a loop goes on after its values advanced");
  CHECK(broken_loop([&](list c, auto&) { c[11].a = 0; }) == "a loop_result of something else");
  CHECK(broken_loop([&](list c, auto&) { c[11].type = i32; }) == "a loop_result and its loop value differ in type");
  CHECK(broken_loop([&](list c, auto&) { c.insert(c.begin() + 10, load(1, f32)); }) ==
        "a loop_result that does not follow its loop");
  CHECK(broken_loop([&](list c, auto&) { c[6] = {opcode::loop_result, f32, 3}; }) ==
        "a loop_result that does not follow its loop");
  CHECK(broken_loop([&](list c, auto&) { c[12] = {opcode::add, f32, 4, 10}; }) ==
        "an operand is a value from inside a loop that is closed");
  CHECK(broken_loop([&](list c, auto&) { c[12] = {opcode::negative, f32, 9}; }) == "an operand is not a value");
  CHECK(check({load(0, b), {opcode::loop_break, b, 0}}) == "a break outside a loop");
  CHECK(check({load(0, b), {opcode::loop_end, b}}) == "a loop's end without its begin");
  CHECK(check({load(0, b), {opcode::loop_next, b, 0, 0}}) == "a loop_next outside a loop");
  CHECK(check({load(0, b), {opcode::loop_value, b, 0}}) == "a loop value outside a loop's head");
}
