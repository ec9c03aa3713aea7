// Measures the worst error of every elementary function on the CPU and on the model of a careless GPU.
//
//   numerics_sweep [--stride N] [--pairs N] [--only FUNCTION] [--cpu] [--markdown]
//
// --stride 1 tries all 2^32 operands (long). --cpu leaves the model out. Fails if a value is beyond its limit or a
// special value is wrong.

#include "devices.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace numerics_test;

struct options {
  std::uint64_t stride = 1021;
  std::uint64_t pairs = 500'000;
  std::string_view only;
  bool cpu = false;
  bool markdown = false;
};

options parse(int count, char** words) {
  options o;
  const auto number = [&](int i) {
    const std::uint64_t n = i < count ? std::strtoull(words[i], nullptr, 10) : 0;
    if (n == 0) std::fprintf(stderr, "%s needs a positive number\n", words[i - 1]), std::exit(2);
    return n;
  };
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--stride") o.stride = number(++i);
    else if (word == "--pairs") o.pairs = number(++i);
    else if (word == "--only" && i + 1 < count) o.only = words[++i];
    else if (word == "--cpu") o.cpu = true;
    else if (word == "--markdown") o.markdown = true;
    else std::fprintf(stderr, "unknown option %s\n", words[i]), std::exit(2);
  }
  return o;
}

}  // namespace

int main(int count, char** words) {
  const options o = parse(count, words);
  std::vector<device> devices{cpu_device()};
  if (!o.cpu) devices.push_back(model_device(false)), devices.push_back(model_device(true));
  std::uint64_t wrong = 0, tested = 0;
  std::printf(o.markdown ? "| function |" : "%-14s", "function");
  for (const device& d : devices) std::printf(o.markdown ? " %s |" : " %-34s", d.name.c_str());
  std::printf("\n");
  if (o.markdown) {
    std::printf("|---|");
    for (std::size_t i = 0; i < devices.size(); ++i) std::printf("---|");
    std::printf("\n");
  }
  const auto report = [&](auto const& f, std::uint64_t amount) {
    if (!o.only.empty() && f.name != o.only) return;
    ++tested;
    std::printf(o.markdown ? "| %.*s |" : "%-14.*s", static_cast<int>(f.name.size()), f.name.data());
    for (const device& d : devices) {
      const outcome r = sweep(d, f, amount);
      char place[64];
      if (std::is_same_v<decltype(f), unary_function const&>)
        std::snprintf(place, sizeof place, "%.9g", static_cast<double>(r.x));
      else std::snprintf(place, sizeof place, "%.9g, %.9g", static_cast<double>(r.x), static_cast<double>(r.y));
      if (o.markdown && r.worst == 0) std::printf(" 0 |");
      else if (o.markdown) std::printf(" %.2f at %s |", r.worst, place);
      else std::printf(" %6.3f at %-24s", r.worst, r.worst == 0 ? "-" : place);
      if (!r.computed || r.wrong != 0) {
        ++wrong;
        std::fprintf(stderr, "\n%s on %s: %llu of %llu wrong, the first at %a (%a): %a, expected %a\n",
                     std::string(f.name).c_str(), d.name.c_str(), static_cast<unsigned long long>(r.wrong),
                     static_cast<unsigned long long>(r.count), static_cast<double>(r.wrong_x),
                     static_cast<double>(r.wrong_y), static_cast<double>(r.wrong_got), r.wrong_expected);
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  };
  for (unary_function const& f : unary_functions) report(f, o.stride);
  for (binary_function const& f : binary_functions) report(f, o.pairs);
  if (tested == 0) std::fprintf(stderr, "no function is named %s\n", std::string(o.only).c_str());
  std::fprintf(stderr, "%llu functions, %llu failures\n", static_cast<unsigned long long>(tested),
               static_cast<unsigned long long>(wrong));
  return wrong == 0 && tested != 0 ? 0 : 1;
}
