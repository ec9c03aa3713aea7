/// @file What an operation on a small array costs the program's thread, written anew each time and captured: the best
/// of many rounds of a thousand. For the web alone; how, README.md says.

#include <ndfuse/array.hpp>
#include <ndfuse/capture.hpp>
#include <ndfuse/creation.hpp>

#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdio>

namespace nf = ndfuse;

int main() {
  constexpr int operations = 1000, rounds = 20;
  bool const waits = nf::device::waiting() != "none";  // else the GPU falls behind, which costs this thread nothing
  nf::array<float> const x = nf::full({256}, 1.f);
  nf::array<float> y;
  auto const all = [&] {
    y = x;
    for (int k = 0; k < operations; ++k) y = y + 1.f;
  };
  auto const step = nf::capture(all);
  auto const ms = [&](auto const& run) {
    double const begun = emscripten_get_now();
    run();
    nf::device::current().flush();
    double const taken = emscripten_get_now() - begun;
    if (waits) nf::device::current().synchronize();
    return taken;
  };
  double recorded = ms(all), replayed = ms(step);
  for (int k = 1; k < rounds; ++k) {
    recorded = std::min(recorded, ms(all));
    replayed = std::min(replayed, ms(step));
  }
  std::printf("%s\nrecorded %.3f us, replayed %.3f us an operation\n", nf::device::current().description().c_str(),
              recorded * 1000 / operations, replayed * 1000 / operations);
}
