// A program that is built in a constant expression with types that an operation does not support.
// build error: must be initialized by a constant expression|is not a constant expression
#include <ndfuse/ir/builder.hpp>
using namespace ndfuse::ir;
constexpr auto hash_of_broken = [] {
  builder b;
  value const x = b.load(ndfuse::dtype::float32);
  b.output(b.apply(opcode::bitwise_and, x, x));
  b.finish();
  return hash(b.view());
}();
