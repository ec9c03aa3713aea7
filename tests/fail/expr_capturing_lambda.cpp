// build error: "a kernel's lambda must not capture: pass arrays and scalars as its arguments"
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(float by) {
  return nf::kernel([by](auto x) { return x * by; });
}
