// The Mandelbrot set twice: as one kernel made from a lambda with a loop inside, and as plain array operations in a C++
// loop.
#include "report.hpp"

constexpr int size = 1024, iterations = 500;

/// How often z = z² + c can be repeated, from z = 0, before |z| > 2.
constexpr auto escape_time = nf::kernel([](auto x, auto y) {
  auto const zero = nf::zeros_like(x);
  auto const last = nf::loop(iterations, nf::values(zero, zero, zero), [=](auto zr, auto zi, auto count) {
    nf::break_if(zr * zr + zi * zi > 4);
    return nf::values(zr * zr - zi * zi + x, 2 * zr * zi + y, count + 1);
  });
  return last[2];
});

/// The same numbers: each statement is one kernel over all points. A point that has escaped goes on to infinity and
/// counts no more.
nf::array<float> escape_time_by_arrays(nf::array<float> const& x, nf::array<float> const& y) {
  auto const nothing = nf::zeros({size, size});
  nf::array<float> zr = nothing, zi = nothing, count = nothing;
  for (int k = 0; k < iterations; ++k) {
    count += nf::where(zr * zr + zi * zi <= 4, 1, 0);
    nf::array<float> const next = zr * zr - zi * zi + x;
    zi = 2 * zr * zi + y;
    zr = next;
  }
  return count;
}

void example(report& out) {
  nf::array<float> const x = nf::linspace(-2.0f, 0.5f, size, false);
  nf::array<float> const y = nf::linspace(-1.25f, 1.25f, size, false)[nf::all, nf::newaxis];

  out.run("lambda", [&] { return nf::eval(escape_time(x, y)); });
  out.run("arrays", [&] { return escape_time_by_arrays(x, y); });
}

int main(int argc, char** argv) { return run_example("mandelbrot", example, argc, argv); }
