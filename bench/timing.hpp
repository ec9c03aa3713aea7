#pragma once
/// @file What the measuring programs share: time of repeated work, and the yardstick, a copy written by hand.

#include <ndfuse/ndfuse.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace nf = ndfuse;

using clock_type = std::chrono::steady_clock;
inline double milliseconds(clock_type::time_point from) {
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

inline void number(char const* name, double value, bool last = false) {
  std::printf("  \"%s\": %.6g%s\n", name, value, last ? "" : ",");
}
