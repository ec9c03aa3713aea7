// build error: an expression of more than 31 operands is not one kernel: it is evaluated in parts
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> x) {
  auto const e = x + x + x + x + x + x + x + x;
  return nf::wgsl(e * e + e * e);
}
