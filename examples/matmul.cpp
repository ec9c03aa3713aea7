// The product of two 512 x 512 matrices that come from the program's own memory.
#include "report.hpp"

#include <vector>

constexpr int size = 512;

/// Row i is a sawtooth wave of i teeth; every value is exact in float.
std::vector<float> waves() {
  std::vector<float> values;
  for (int i = 0; i < size; ++i)
    for (int k = 0; k < size; ++k) values.push_back(float(i * k % size) / (size / 2) - 1);
  return values;
}

void example(report& out) {
  nf::array<float> const a(waves(), {size, size});
  nf::array<float> const b = a[nf::slice(nf::none, nf::none, -1), nf::all];  // upside down
  out.run("product", [&] { return nf::matmul(a, b); });
}

int main(int argc, char** argv) { return run_example("matmul", example, argc, argv); }
