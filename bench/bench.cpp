/// @file Measures what the library adds to, and gets out of, a device: bandwidth beside a hand-written vec4 copy of the
/// same run, CPU time of a launch, the round trip of a small read, the matrix product. Prints one JSON object.
/// Argument: log2 of the elements of the big arrays.

#include <ndfuse/ndfuse.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace nf = ndfuse;

namespace {

using clock_type = std::chrono::steady_clock;
double milliseconds(clock_type::time_point from) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - from).count();
}

/// Milliseconds a repetition: enough repetitions in one wait to last about 100 ms, the median of seven such waits.
template <class Work> nf::task<double> time_of(Work work) {
  work();
  co_await nf::synchronize();
  int repeats = 1;
  std::vector<double> times;
  while (times.size() < 7) {
    auto const start = clock_type::now();
    for (int k = 0; k < repeats; ++k) work();
    co_await nf::synchronize();
    double const ms = milliseconds(start);
    if (times.empty() && ms < 100 && repeats < 4096) repeats *= 2;
    else times.push_back(ms / repeats);
  }
  std::ranges::sort(times);
  co_return times[3];
}

/// The yardstick: a copy with one vec4 a thread, or one texel a fragment, written by hand.
class copy_kernel {
 public:
  explicit copy_kernel(nf::runtime::gpu_device& d) : device_(d) {
    std::string_view const glsl =
        "#version 300 es\n"
        "precision highp int;\n"
        "uniform highp usampler2D b0;\n"
        "layout(location = 0) out uvec4 out0;\n"
        "void main() { out0 = texelFetch(b0, ivec2(gl_FragCoord.xy), 0); }\n";
    std::string_view const wgsl =
        "@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;\n"
        "@group(0) @binding(1) var<storage, read_write> b: array<vec4<f32>>;\n"
        "struct params { threads: u32, width: u32 }\n"
        "@group(0) @binding(2) var<uniform> p: params;\n"
        "@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n"
        "  let i = id.x + id.y * p.width;\n"
        "  if (i < p.threads) { b[i] = a[i]; }\n"
        "}\n";
    id_ = d.add_kernel(1, "bench_copy", {fragments() ? &glsl : &wgsl, 1}, 2, 2, false);
  }
  void operator()(nf::array<float> const& from, nf::array<float> const& to) const {
    std::uint32_t const threads = std::uint32_t(from.size() / 4), groups = (threads + 255) / 256;
    std::uint32_t const y = (groups + 65534) / 65535, x = (groups + y - 1) / y;
    nf::runtime::buffer* const buffers[] = {from.impl().memory.get(), to.impl().memory.get()};
    std::uint32_t const parameters[] = {threads, x * 256};
    if (fragments()) device_.draw(id_, buffers, {}, {0, threads, true}, 1);
    else device_.dispatch(id_, buffers, parameters, {x, y, 1}, threads);
  }

 private:
  bool fragments() const { return device_.kind() == nf::device_kind::webgl; }
  nf::runtime::gpu_device& device_;
  std::uint32_t id_;
};

void number(char const* name, double value, bool last = false) {
  std::printf("  \"%s\": %.6g%s\n", name, value, last ? "" : ",");
}

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
