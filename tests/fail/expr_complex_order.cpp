// build error: "this operation is not supported for the element types of its operands"
#include <ndfuse/array.hpp>
#include <complex>
namespace nf = ndfuse;
auto f(nf::array<std::complex<float>> x) { return nf::maximum(x, x); }
