#include <ndfuse/ndfuse.hpp>
#include <print>
namespace nf = ndfuse;

int main() {
  std::println("device: {}", nf::device::current().description());

  nf::array<float> x = nf::linspace(-3.f, 3.f, 1024);  // lives on the device
  nf::array<float> bias = nf::full({1024}, 0.5f);

  auto leaky = nf::kernel([](auto v, auto b) { return nf::where(v > 0, v, 0.1f * v) + b; });
  auto e = leaky(x, bias) * 2;  // a type; nothing is computed yet

  nf::array<float> y = e;                   // one kernel
  nf::array<float> total = nf::sum(y * y);  // the product is part of the sum's kernel
  y[nf::slice(0, 8)] = 0;                   // a view; assignment writes into y's elements

  std::println("{} {}", nf::item(total), nf::item(nf::max(y)));  // item() and to_host() wait for results
  std::println("{}", nf::wgsl(e));                               // the kernel's text, a constant of the program
}
