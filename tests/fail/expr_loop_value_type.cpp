// build error: a loop value changes its type from
#include <ndfuse/array.hpp>
namespace nf = ndfuse;
auto f(nf::array<int> a) {
  return nf::eval(nf::kernel([](auto x) {
    auto const [r] = nf::loop(3, nf::values(x), [](auto p) { return nf::values(p * 0.5); });
    return r;
  })(a));
}
