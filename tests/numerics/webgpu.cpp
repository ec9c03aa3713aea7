// The sweep on WebGPU, in three steps, since the definitions are C++ and the device is JavaScript's:
//
//   numerics_webgpu write FOLDER     kernels (NAME.wgsl) and operands (unary.x, binary.x, binary.y: float32)
//   node webgpu.mjs FOLDER           results (NAME.result: float32)
//   numerics_webgpu check FOLDER     the worst error of each function; fails beyond the limits
//
// Subnormals may be flushed; everything else is held to the limits that the CPU is held to.

#include "sweep.hpp"

#include <ndfuse/codegen/helpers.hpp>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace {

using namespace numerics_test;
namespace codegen = ndfuse::codegen;
namespace ir = ndfuse::ir;

constexpr std::uint64_t stride = 4099, pairs = 250'000;

std::ofstream create(std::string const& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

void write_floats(std::ofstream& file, std::span<const float> values) {
  file.write(reinterpret_cast<char const*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

std::vector<float> read_floats(std::string const& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<float> values(static_cast<std::size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

/// The helper function of a derived operation on float32, preceded by those it calls; empty if there is none.
template <ir::opcode Op>
std::string helper_functions() {
  if constexpr (ir::info(Op).derived() && ir::has_value(Op, ndfuse::dtype::float32)) {
    constexpr codegen::helper_key key{Op, ndfuse::dtype::float32};
    std::string text;
    for (std::string_view part : codegen::helper_texts<codegen::dialect::wgsl, codegen::helper_program<key>>)
      text += part;
    text += std::string_view(codegen::detail::helper_text<key, codegen::dialect::wgsl>);
    return text;
  } else {
    return {};
  }
}

struct kernel {
  std::string_view function;
  std::string helpers;
};

std::vector<kernel> kernels() {
  std::vector<kernel> all;
#define NUMERICS_TEST_KERNEL(name, ...) all.push_back({#name, helper_functions<ir::opcode::name>()});
  NDFUSE_OPCODES(NUMERICS_TEST_KERNEL)
#undef NUMERICS_TEST_KERNEL
  std::erase_if(all, [](kernel const& k) { return k.helpers.empty(); });
  return all;
}

bool is_known(std::string_view function, bool& binary) {
  for (unary_function const& f : unary_functions)
    if (f.name == function) return binary = false, true;
  for (binary_function const& f : binary_functions)
    if (f.name == function) return binary = true;
  return false;
}

void write(std::string const& folder) {
  auto unary = create(folder + "/unary.x"), x_file = create(folder + "/binary.x"),
       y_file = create(folder + "/binary.y");
  for_each_operand(stride, [&](std::span<const float> x) { write_floats(unary, x); });
  for_each_pair(pairs, [&](std::span<const float> x, std::span<const float> y) {
    write_floats(x_file, x), write_floats(y_file, y);
  });
  for (kernel const& k : kernels()) {
    bool binary = false;
    if (!is_known(k.function, binary)) continue;
    std::string const y = binary ? ", y[i]" : "";
    create(folder + "/" + std::string(k.function) + ".wgsl")
        << codegen::prelude(codegen::dialect::wgsl) << k.helpers
        << "@group(0) @binding(0) var<storage, read> x: array<f32>;\n"
        << (binary ? "@group(0) @binding(1) var<storage, read> y: array<f32>;\n" : "")
        << "@group(0) @binding(2) var<storage, read_write> result: array<f32>;\n"
        << "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) "
           "groups: vec3u) {\n"
        << "  let i = id.x + id.y * groups.x * 64u;\n"
        << "  if (i < arrayLength(&x)) { result[i] = f32(nf_" << k.function
        << codegen::type_suffix(ndfuse::dtype::float32) << "(x[i]" << y << ")); }\n}\n";
  }
}

int check(std::string const& folder) {
  std::uint64_t failures = 0, tested = 0;
  std::size_t position = 0;
  std::vector<float> results;
  device const gpu{"webgpu",
                   [&](std::string_view, std::span<const float> x, std::span<const float>, std::span<float> result) {
                     if (position + x.size() > results.size()) throw std::runtime_error("too few results");
                     std::copy_n(results.begin() + static_cast<std::ptrdiff_t>(position), x.size(), result.begin());
                     position += x.size();
                     return true;
                   },
                   true};
  auto const report = [&](auto const& f, std::uint64_t amount) {
    if (!std::ifstream(folder + "/" + std::string(f.name) + ".wgsl")) return;
    results = read_floats(folder + "/" + std::string(f.name) + ".result"), position = 0, ++tested;
    outcome const r = sweep(gpu, f, amount);
    std::printf("%-14s %6.3f at %.9g, %.9g\n", std::string(f.name).c_str(), r.worst, static_cast<double>(r.x),
                static_cast<double>(r.y));
    if (r.wrong == 0) return;
    ++failures;
    std::printf("  %llu of %llu wrong, the first at %a, %a: %a, expected %a\n",
                static_cast<unsigned long long>(r.wrong), static_cast<unsigned long long>(r.count),
                static_cast<double>(r.wrong_x), static_cast<double>(r.wrong_y), static_cast<double>(r.wrong_got),
                r.wrong_expected);
  };
  for (unary_function const& f : unary_functions) report(f, stride);
  for (binary_function const& f : binary_functions) report(f, pairs);
  std::printf("%llu functions, %llu failures\n", static_cast<unsigned long long>(tested),
              static_cast<unsigned long long>(failures));
  return failures == 0 && tested != 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) try {
  std::string_view const step = count == 3 ? words[1] : "";
  if (step == "write") return write(words[2]), 0;
  if (step == "check") return check(words[2]);
  std::fprintf(stderr, "usage: numerics_webgpu write|check FOLDER\n");
  return 2;
} catch (std::exception const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
