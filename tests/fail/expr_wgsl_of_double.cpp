// build error: this expression needs 64-bit arithmetic, which WGSL does not have: it runs on the cpu device
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<double> x) { return nf::wgsl(x * 2); }
