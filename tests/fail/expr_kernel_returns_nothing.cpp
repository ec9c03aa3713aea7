// build error: a kernel's lambda must return a symbol, or several by nf::values
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> a) {
  return nf::kernel([](auto) { return 1; })(a);
}
