#include <ndfuse/ndfuse.hpp>
#include <print>
namespace nf = ndfuse;

// [coroutine]
nf::task<> run() {
  try {
    nf::array<float> x = nf::linspace(-2.f, 2.f, 5);
    auto values = co_await nf::read(nf::exp(-x * x));  // the page goes on while this waits
    for (float v : values) std::println("{}", v);
  } catch (nf::error const& e) { std::println("error: {}", e.what()); }
}

int main() {
  std::println("device: {}", nf::name(nf::device::current().kind()));
  nf::task<> running = run();  // starts at once; runs on after main has returned
}
// [end]
