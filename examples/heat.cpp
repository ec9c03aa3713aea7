// Heat spreads over a plate: 500 explicit steps of the heat equation, each one kernel over slices of the plate.
#include "report.hpp"

#include <utility>

constexpr int size = 512, steps = 500;
constexpr float rate = 0.2f;  // time step times conductivity over spacing squared; stable up to 1/4

constexpr nf::slice inner(1, -1), before(0, -2), after(2, nf::none);

/// The inner points after one step: each moves towards the mean of its four neighbours.
auto step(nf::array<float> const& u) {
  auto const centre = u[inner, inner];
  return centre + rate * (u[before, inner] + u[after, inner] + u[inner, before] + u[inner, after] - 4 * centre);
}

void example(report& out) {
  // A disc of hot and cold squares on a cold plate.
  auto const x = nf::arange(size) - size / 2;
  auto const y = x[nf::all, nf::newaxis];
  auto const hot = ((x >> 6) ^ (y >> 6)) % 2 == 1 && x * x + y * y < 57600;
  auto const initial = nf::where(hot, 1.0f, 0.0f);

  nf::array<float> const plate = out.run("steps", [&] {
    nf::array<float> u = initial, next = initial;
    for (int k = 0; k < steps; ++k) {
      next[inner, inner] = step(u);
      std::swap(u, next);
    }
    return u;
  });
  out.number("sum", nf::item(nf::sum(plate)));
  out.number("max", nf::item(nf::max(plate)));
}

int main(int argc, char** argv) { return run_example("heat", example, argc, argv); }
