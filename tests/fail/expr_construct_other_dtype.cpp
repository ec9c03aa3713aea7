// build error: the expression's element type is not the array's: convert it with nf::astype<T>
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
nf::array<int> f(nf::array<float> x) { return nf::array<int>(x * 2); }
