// build error: "this operation is not supported for the element types of its operands"
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> x) { return x & 1; }
