// build error: a kernel with several outputs cannot be part of an expression: evaluate it with nf::eval
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> a) {
  auto const two = nf::kernel([](auto x) { return nf::values(x, x + 1); });
  return nf::array<float>(two(a) + 1);
}
