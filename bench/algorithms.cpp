/// @file Measures the array algorithms: sorting, scans, reductions along axes, softmax, boolean reading, taking and
/// scattering, histograms, random numbers. Prints one JSON object of milliseconds, and of the bytes that each has to
/// move at least, as a share of the bandwidth of a copy of the same run. Argument: log2 of the elements of the largest
/// arrays, an even number; the algorithms that move elements about have a quarter of them.

#include "timing.hpp"

#include <cstdlib>

namespace {

nf::task<> bench(int log2_elements) {
  nf::device const device = nf::device::current();
  nf::index const big = nf::index(1) << log2_elements, n = big / 4, side = nf::index(1) << log2_elements / 2;
  std::printf("{\n  \"device\": \"%s\",\n  \"elements\": %lld,\n", device.description().c_str(),
              static_cast<long long>(big));
  double copy_rate = 0;
  // `moved`: the bytes that have to be read and written.
  auto const tell = [&](char const* name, double ms, double moved) {
    number((std::string(name) + "_ms").c_str(), ms);
    if (copy_rate > 0) number((std::string(name) + "_of_copy").c_str(), moved / ms / copy_rate);
  };
  if (device.kind() != nf::device_kind::cpu) {
    nf::array<float> const from = nf::zeros({big}), to = nf::zeros({big});
    copy_kernel const copy(static_cast<nf::runtime::gpu_device&>(device.impl()));
    double const ms = co_await time_of([&] { copy(from, to); });
    copy_rate = 8.0 * double(big) / ms;
    number("copy_gb_s", copy_rate / 1e6);
  }
  nf::random::generator generator(1);
  {
    nf::array<float> const x = generator.random({n});
    nf::array<float> sorted;
    nf::array<std::int32_t> order;
    double const words = 4.0 * double(n);
    tell("sort", co_await time_of([&] { sorted = nf::sort(x); }), 2 * words);
    tell("argsort", co_await time_of([&] { order = nf::argsort(x); }), 2 * words);
    nf::array<bool> const mask = x < 0.5f;
    nf::array<float> chosen;
    std::vector<double> times;
    for (int k = 0; k < 15; ++k) {  // each waits for the number of elements that are chosen
      auto const start = clock_type::now();
      chosen = co_await nf::extract_async(mask, x);
      co_await nf::synchronize();
      times.push_back(milliseconds(start));
    }
    std::ranges::sort(times);
    tell("boolean_read", times[7], words + words / 2 + double(n));
    nf::array<std::int32_t> const numbers = generator.integers({n}, 0, std::int32_t(n));
    nf::array<float> taken;
    tell("take", co_await time_of([&] { taken = nf::take(x, numbers); }), 3 * words);
    nf::array<float> const target = nf::zeros({n});
    tell("scatter_add", co_await time_of([&] { nf::scatter_add(target, numbers, x); }), 4 * words);
  }
  {
    nf::array<float> const x = generator.random({side, side});
    nf::array<float> sums;
    double const bytes = 4.0 * double(big);
    tell("sum_rows", co_await time_of([&] { sums = nf::sum(x, nf::axis(1)); }), bytes);
    tell("sum_columns", co_await time_of([&] { sums = nf::sum(x, nf::axis(0)); }), bytes);
  }
  {
    nf::array<float> const x = generator.random({side / 2, side / 2});
    nf::array<float> y;
    tell("softmax", co_await time_of([&] { y = nf::softmax(x, 1); }), 2.0 * double(big));
  }
  {
    nf::array<float> const x = generator.random({big});
    nf::array<float> y;
    double const bytes = 4.0 * double(big);
    tell("cumsum", co_await time_of([&] { y = nf::cumsum(x); }), 2 * bytes);
    nf::array<std::int32_t> counts;
    tell("histogram", co_await time_of([&] { counts = nf::histogram(x, 256, std::pair(0.0, 1.0)).counts; }), bytes);
    tell("normal", co_await time_of([&] { y = generator.standard_normal({big}); }), bytes);
  }
  nf::memory_statistics const stats = device.memory_stats();
  number("kernels_launched", double(stats.launches));
  number("kernels_compiled", double(stats.pipelines), true);
  std::puts("}");
}

}  // namespace

int main(int argc, char** argv) {
  int const log2_elements = argc > 1 ? std::atoi(argv[1]) : 20;
  if (log2_elements < 12 || log2_elements > 28 || log2_elements % 2 != 0) {
    std::fprintf(stderr, "the argument is the base-2 logarithm of the number of elements, even, 12 to 28, not %s\n",
                 argv[1]);
    return 1;
  }
  // Runs on after main where waiting is asynchronous; the shim waits for it.
  static nf::task<> const running = bench(log2_elements);
  return 0;
}
