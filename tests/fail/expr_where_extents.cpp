// build error: operands could not be broadcast together: their static extents differ and neither is 1
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<bool, std::extents<int, 3>> c, nf::array<float, std::extents<int, 2, 4>> x) {
  return nf::where(c, x, 0);
}
