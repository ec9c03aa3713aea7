// build error: a kernel is called with arrays, expressions and plain scalars, at least one of them no scalar
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f() {
  return nf::kernel([](auto x) { return x + 1; })(2.5f);
}
