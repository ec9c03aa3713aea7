// build error: a kernel's values cannot be tested by if, while or &&: use nf::where, nf::loop and nf::break_if
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> a) {
  return nf::kernel([](auto x) {
    if (x > 0) return x;
    return -x;
  })(a);
}
