// build error: this expression needs 64-bit arithmetic, which GLSL does not have: it runs on the cpu device
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<std::int64_t> x) { return nf::glsl(x + 1); }
