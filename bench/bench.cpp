/// @file Measures what the library adds to, and gets out of, a device: bandwidth beside a hand-written vec4 copy of the
/// same run, CPU time of a launch, the round trip of a small read, the matrix product. Prints one JSON object.
/// Argument: log2 of the elements of the big arrays.

#include "timing.hpp"

#include <cstdlib>

namespace {

nf::task<> bench(int log2_elements) {
  nf::device const device = nf::device::current();
  bool const gpu = device.kind() != nf::device_kind::cpu;
  nf::index const n = nf::index(1) << log2_elements;
  double const bytes = double(n) * 4;
  std::printf("{\n  \"device\": \"%s\",\n  \"elements\": %lld,\n", device.description().c_str(),
              static_cast<long long>(n));

  nf::array<float> x = nf::astype<float>(nf::arange(n) % 1000) / 1000.0f, y = x + 0.5f, z = nf::zeros({n});
  auto const rate = [&](char const* name, double ms, double moved) { number(name, moved / ms / 1e6); };  // GB/s
  if (gpu) {
    copy_kernel const copy(static_cast<nf::runtime::gpu_device&>(device.impl()));
    double const ms = co_await time_of([&] { copy(x, z); });
    rate("vec4_copy_gb_s", ms, 2 * bytes);
  }
  {
    double const ms = co_await time_of([&] { x = x * 0.5f + y; });
    rate("x_times_2_plus_y_gb_s", ms, 3 * bytes);
  }
  {
    double const ms = co_await time_of([&] { z[nf::all] = nf::tanh(2.0f * y + 1.0f) * nf::exp(-y); });
    rate("tanh_exp_gb_s", ms, 2 * bytes);
  }
  {
    nf::array<float> total;
    double const ms = co_await time_of([&] { total = nf::sum(y); });
    rate("sum_gb_s", ms, bytes);
  }
  {
    nf::array<float> made;
    double ms = co_await time_of([&] { made = nf::cumsum(y); });
    rate("cumsum_gb_s", ms, 2 * bytes);
    nf::array<int> at;
    ms = co_await time_of([&] { at = nf::argmax(y); });
    rate("argmax_gb_s", ms, bytes);
    nf::array<float> const m = nf::reshape(y, {n / 4096, 4096});
    ms = co_await time_of([&] { made = nf::cumsum(m, nf::axis(1)); });
    rate("cumsum_rows_gb_s", ms, 2 * bytes);
    ms = co_await time_of([&] { made = nf::cumsum(m, nf::axis(0)); });
    rate("cumsum_columns_gb_s", ms, 2 * bytes);
    ms = co_await time_of([&] { made = nf::cumsum(nf::reshape(y, {n / 32, 32}), nf::axis(1)); });
    rate("cumsum_rows_of_32_gb_s", ms, 2 * bytes);
    ms = co_await time_of([&] { made = nf::softmax(m); });
    rate("softmax_rows_gb_s", ms, 2 * bytes);
    ms = co_await time_of([&] { made = nf::eval(nf::var(m, nf::axis(1))); });
    rate("var_rows_gb_s", ms, bytes);
    ms = co_await time_of([&] { made = nf::eval(nf::var(m, nf::axis(0))); });
    rate("var_columns_gb_s", ms, bytes);
  }
  {
    nf::array<float> m = nf::reshape(y, {n / 4096, 4096}), rows, columns;
    double const by_rows = co_await time_of([&] { rows = nf::sum(m, nf::axis(1)); });
    rate("sum_rows_gb_s", by_rows, bytes);
    double const by_columns = co_await time_of([&] { columns = nf::sum(m, nf::axis(0)); });
    rate("sum_columns_gb_s", by_columns, bytes);
    nf::array<float> t;
    double const transposed = co_await time_of([&] { t = nf::transpose(m) + 1.0f; });
    rate("transpose_plus_1_gb_s", transposed, 2 * bytes);
    nf::array<float> const bias = nf::linspace(-1.0f, 1.0f, 4096);
    double const broadcast = co_await time_of([&] { m[nf::all] = m * 0.999f + bias; });
    rate("row_broadcast_gb_s", broadcast, 2 * bytes);
  }
  for (nf::index size : {512, 1024, 2048}) {
    if (size > 512 && log2_elements < 24) break;
    nf::array<float> const a = nf::reshape(nf::astype<float>(nf::arange(size * size) % 7), {size, size});
    nf::array<float> c;
    double const ms = co_await time_of([&] { c = nf::matmul(a, a); });
    number(("matmul_" + std::to_string(size) + "_tflop_s").c_str(), 2.0 * double(size * size * size) / ms / 1e9);
  }

  // Small work: what an operation costs the CPU, recorded and launched, and how long a small result takes to come back.
  nf::array<float> small = nf::zeros({256});
  {
    constexpr int operations = 10000;
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
      co_await nf::synchronize();
      auto const start = clock_type::now();
      for (int k = 0; k < operations; ++k) small = small + 1.0f;
      double const recorded = milliseconds(start) * 1000 / operations;
      best = std::min(best, recorded);
    }
    number("record_and_launch_us", best);
    auto const start = clock_type::now();
    for (int k = 0; k < operations; ++k) small = small + 1.0f;
    co_await nf::synchronize();
    number("launch_to_completion_us", milliseconds(start) * 1000 / operations);
  }
  {
    nf::array<float> const page = nf::zeros({1024});
    std::vector<double> times;
    for (int k = 0; k < 101; ++k) {
      auto const start = clock_type::now();
      (void)co_await nf::read(page);
      times.push_back(milliseconds(start));
    }
    std::ranges::sort(times);
    number("read_4_kb_ms", times[50]);
  }
  nf::memory_statistics const stats = device.memory_stats();
  number("kernels_launched", double(stats.launches));
  number("kernels_compiled", double(stats.pipelines), true);
  std::puts("}");
}

}  // namespace

int main(int argc, char** argv) {
  int const log2_elements = argc > 1 ? std::atoi(argv[1]) : 20;
  if (log2_elements < 12 || log2_elements > 28) {
    std::fprintf(stderr, "the argument is the base-2 logarithm of the number of elements, 12 to 28, not %s\n", argv[1]);
    return 1;
  }
  // Runs on after main where waiting is asynchronous; the shim waits for it.
  static nf::task<> const running = bench(log2_elements);
  return 0;
}
