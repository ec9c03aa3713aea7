// build error: a loop's body must return as many values as the loop carries: return nf::values
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<float> a) {
  return nf::kernel([](auto x) {
    auto const r = nf::loop(3, nf::values(x, x), [](auto p, auto q) { return nf::values(p + q); });
    return r[0];
  })(a);
}
