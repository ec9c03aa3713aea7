// build error: operands could not be broadcast together: their static extents differ and neither is 1
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float, std::extents<int, 3>> x, nf::array<float, std::extents<int, 4>> y) { return x + y; }
