// build error: "this operation is not supported for the element types of its operands"
#include <complex>
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<std::complex<float>> x) { return nf::maximum(x, x); }
