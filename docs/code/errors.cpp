#include <ndfuse/ndfuse.hpp>
#include <print>
namespace nf = ndfuse;

void attempt(char const* what, auto action) {
  try {
    action();
    std::println("{}\n    no error", what);
  } catch (nf::error const& e) { std::println("{}\n    {}", what, e.what()); }
}

#define ATTEMPT(...) attempt(#__VA_ARGS__, [&] { __VA_ARGS__; })

int main() {
  nf::array<float> x = nf::zeros({3, 2}), y = nf::zeros({4});
  nf::array<std::uint8_t> bytes = nf::zeros<std::uint8_t>({3});
  nf::array<float> none = nf::zeros({0});
  ATTEMPT(nf::eval(x + y));
  ATTEMPT(x[nf::all, 0] = y);
  ATTEMPT(x[3]);
  ATTEMPT(x[0, 0, 0]);
  ATTEMPT(nf::reshape(x, {4, 2}));
  ATTEMPT(nf::item(nf::sum(x, nf::axis(2))));
  ATTEMPT(nf::item(nf::max(none)));
  ATTEMPT(nf::item(x));
  ATTEMPT(nf::matmul(x, y));
  ATTEMPT(nf::eval(bytes + 300));
  ATTEMPT(nf::require_gpu());
}
