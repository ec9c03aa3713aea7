// build error: the expression's element type is not the array's: convert it with nf::astype<T>
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
void f(nf::array<int> x) { x = x * 0.5; }
