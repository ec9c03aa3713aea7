// The dtype rules of the opcode table against the ones that NumPy's ufuncs resolve to.

#include "unit/oracle.hpp"

#include <ndfuse/ir/op.hpp>

#include <set>

using ndfuse::dtype;
using ndfuse::weak_kind;
namespace ir = ndfuse::ir;

namespace {

ir::operand_type operand_named(std::string_view text) {
  if (text == "int") return {dtype::int32, weak_kind::integer};
  if (text == "float") return {dtype::float32, weak_kind::floating};
  if (text == "complex") return {dtype::complex64, weak_kind::complex};
  return {oracle::dtype_named(text)};
}
bool is_weak(ir::operand_type a) { return a.weak != weak_kind::none; }
bool is_wide_operand(ir::operand_type a) { return !is_weak(a) && is_wide(a.type); }

// Where we differ from NumPy, all of it:

/// Operations that NumPy also has for complex numbers, and we do not.
std::set<std::string_view> const not_complex{
    "less",  "less_equal", "greater", "greater_equal", "minimum", "maximum", "fmin",    "fmax",  "power",
    "sign",  "reciprocal", "sqrt",    "exp2",          "expm1",   "log",     "log2",    "log10", "log1p",
    "sin",   "cos",        "tan",     "asin",          "acos",    "atan",    "sinh",    "cosh",  "tanh",
    "asinh", "acosh",      "atanh",   "rint",          "isnan",   "isinf",   "isfinite"};

/// The type that we promise where NumPy gives `numpys` ("TypeError" where we refuse).
std::string_view promised(ir::opcode op, ir::operand_type a, ir::operand_type b, std::string_view numpys) {
  bool const some_complex = (is_weak(a) ? a.weak == weak_kind::complex : is_complex(a.type)) ||
                            (info(op).arity == 2 && (is_weak(b) ? b.weak == weak_kind::complex : is_complex(b.type)));
  if (some_complex && not_complex.contains(name(op))) return "TypeError";
  bool const wide = is_wide_operand(a) || is_wide_operand(b);
  // 32-bit defaults
  if (!wide && numpys == "float64") return "float32";
  if (!wide && numpys == "complex128") return "complex64";
  if (numpys == "int64" && ((is_weak(a) && b.type == dtype::bool_) || (is_weak(b) && a.type == dtype::bool_)))
    return "int32";
  // 1/x of integers is 0, 1 or -1 in NumPy
  if (op == ir::opcode::reciprocal && numpys != "TypeError") {
    dtype const t = oracle::dtype_named(numpys);
    if (is_integer(t)) return name(ndfuse::floating_type(a.type));
  }
  return numpys;
}

std::string_view ours(ir::opcode op, ir::operand_type a, ir::operand_type b) {
  ir::op_types const t = ir::types_of(op, a, b);
  return t.supported ? name(t.result) : "TypeError";
}

}  // namespace

TEST_CASE("result types are those of NumPy's ufuncs") {
  int unary = 0, binary = 0;
  for (std::string const& line : oracle::lines("promotion.txt")) {
    auto const field = oracle::split(line, ' ');
    if (field[0] != "unary" && field[0] != "binary") continue;
    bool const two = field[0] == "binary";
    ++(two ? binary : unary);
    ir::opcode const op = oracle::opcode_named(field[1]);
    REQUIRE(info(op).arity == (two ? 2 : 1));
    ir::operand_type const a = operand_named(field[2]), b = two ? operand_named(field[3]) : ir::operand_type{};
    std::string_view const expected = promised(op, a, b, field[two ? 4 : 3]);
    INFO(line);
    CHECK(ours(op, a, b) == expected);
  }
  CHECK(unary > 500);
  CHECK(binary > 7000);
}

TEST_CASE("every elementwise operation of the table is compared with NumPy, or has no ufunc") {
  std::set<std::string, std::less<>> compared;
  for (std::string const& line : oracle::lines("promotion.txt")) {
    auto const field = oracle::split(line, ' ');
    if (field[0] == "unary" || field[0] == "binary") compared.insert(std::string(field[1]));
  }
  std::set<std::string_view> const no_ufunc{"where", "real", "imag", "rsqrt",
                                            "erf"};  // erf and rsqrt: see floating rules below
  for (std::size_t k = 0; k < ir::op_count; ++k) {
    ir::opcode const op = ir::opcode(k);
    if (!ir::is_function(op)) continue;
    INFO(name(op));
    CHECK(compared.contains(name(op)) != no_ufunc.contains(name(op)));
  }
}

TEST_CASE("operations without a ufunc follow the rule of their kind") {
  for (std::size_t k = 0; k < ndfuse::dtype_count; ++k) {
    ir::operand_type const t{dtype(k)};
    INFO(name(t.type));
    CHECK(ours(ir::opcode::erf, t, {}) == ours(ir::opcode::cbrt, t, {}));
    CHECK(ours(ir::opcode::rsqrt, t, {}) == ours(ir::opcode::cbrt, t, {}));
    CHECK(ours(ir::opcode::real, t, {}) == name(ir::real_type(t.type)));
    CHECK(ours(ir::opcode::imag, t, {}) == name(ir::real_type(t.type)));
    for (std::size_t j = 0; j < ndfuse::dtype_count; ++j)
      CHECK(ours(ir::opcode::where, t, {dtype(j)}) == name(ndfuse::result_type(t.type, dtype(j))));
  }
}

TEST_CASE("two weak scalars together have the default type of the higher kind") {
  ir::operand_type const i = operand_named("int"), f = operand_named("float"), c = operand_named("complex");
  CHECK(ours(ir::opcode::add, i, i) == "int32");
  CHECK(ours(ir::opcode::add, i, f) == "float32");
  CHECK(ours(ir::opcode::multiply, c, f) == "complex64");
  CHECK(ours(ir::opcode::divide, i, i) == "float32");
  CHECK(ours(ir::opcode::sin, i, {}) == "float32");
  CHECK(ours(ir::opcode::less, i, f) == "bool");
}

TEST_CASE("a row's text uses exactly its operands") {
  for (ir::op_info const& row : ir::op_table) {
    INFO(row.name);
    CHECK(row.wgsl.empty() == row.glsl.empty());
    if (row.wgsl.empty()) continue;
    for (std::string_view const text : {row.wgsl, row.glsl})
      for (std::size_t n = 0; n < 3; ++n) {
        std::string const operand{'$', char('a' + n)};
        CHECK(text.contains(operand) == (n < row.arity));
      }
  }
}
