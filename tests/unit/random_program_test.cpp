// Random programs: verify() accepts them, and sharing, folding and dropping dead code change no value.

#include <catch_amalgamated.hpp>

#include "unit/random_program.hpp"

#include <ndfuse/codegen/function.hpp>
#include <ndfuse/ir/verify.hpp>

#include <set>
#include <sstream>

using namespace random_program;
namespace codegen = ndfuse::codegen;

namespace {

using results = ndfuse::detail::list<ir::tagged_value>;

std::string listing(ir::program_view p) {
  std::ostringstream out;
  for (std::size_t k = 0; k < p.code.size(); ++k) {
    ir::inst const& i = p.code[k];
    out << k << ": " << name(i.op) << ' ' << name(i.type) << ' ' << i.a << ' ' << i.b << ' ' << i.c << " imm "
        << std::hex << i.imm << std::dec << '\n';
  }
  for (ir::value_id v : p.outputs) out << "-> " << v << '\n';
  return out.str();
}
bool same_all(results const& a, results const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k)
    if (!same(a[k], b[k])) return false;
  return true;
}

/// Builds and runs the programs of `count` seeds in every way; returns how many different ones there were.
std::size_t check_programs(std::uint64_t first_seed, std::uint64_t count, options const& o, std::set<opcode>& used) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    INFO("seed " << seed);
    recipe const r(seed, o);
    built plain = r.build(way::plain);
    built finished = plain;
    finished.builder.finish();
    built operands = r.build(way::all_operands);
    operands.builder.finish();
    INFO(listing(finished.builder.view()));
    for (built const* b : {&plain, &finished, &operands}) REQUIRE(ir::verify(b->builder.view()) == "");

    results const expected = ir::interpret(plain.builder.view(), plain.loads, plain.scalars);
    REQUIRE(same_all(ir::interpret(finished.builder.view(), finished.loads, finished.scalars), expected));
    if (!same_all(ir::interpret(operands.builder.view(), operands.loads, operands.scalars), expected))
      FAIL("as operands, the program gives other values:\n" << listing(operands.builder.view()));

    ir::builder again = finished.builder;
    again.finish();
    REQUIRE(hash(again.view()) == hash(finished.builder.view()));
    built rebuilt = recipe(seed, o).build(way::plain);
    rebuilt.builder.finish();
    REQUIRE(hash(rebuilt.builder.view()) == hash(finished.builder.view()));
    hashes.insert(hash(finished.builder.view()));
    for (built const* b : {&finished, &operands})
      for (ir::inst const& i : b->builder.code()) used.insert(i.op);

    if (!o.wide)
      for (auto const d : {codegen::dialect::wgsl, codegen::dialect::glsl}) {
        std::string text(codegen::emit_function(nullptr, d, finished.builder.view(), {"", "f", ""}), '\0');
        REQUIRE(codegen::emit_function(text.data(), d, finished.builder.view(), {"", "f", ""}) == text.size());
        REQUIRE(!text.contains('\0'));
      }
  }
  return hashes.size();
}

}  // namespace

TEST_CASE("random programs compute the same, however they are built") {
  std::set<opcode> used;
  CHECK(check_programs(1, 400, {.steps = 30}, used) > 390);
  CHECK(check_programs(1, 400, {.steps = 30, .wide = true}, used) > 390);
  CHECK(check_programs(1, 400, {.steps = 40, .floating = false}, used) > 380);
  CHECK(check_programs(1, 10, {.steps = 600, .wide = true}, used) == 10);
  // The programs together use nearly every operation.
  for (std::size_t k = 0; k < ir::op_count; ++k) {
    opcode const op = opcode(k);
    if (info(op).rule == ir::rule::exact || info(op).rule == ir::rule::random || op == opcode::bit_cast ||
        op == opcode::fetch || op == opcode::signbit || op == opcode::copysign)
      continue;
    INFO(name(op));
    CHECK(used.contains(op));
  }
}
