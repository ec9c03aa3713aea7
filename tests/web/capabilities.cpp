// What the page web-harness/pages/capabilities.html runs on each device and by each way of waiting. Arguments: launch,
// read, copy; each prints lines "name value". Values are medians.

#include <ndfuse/array.hpp>
#include <ndfuse/creation.hpp>

#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace nf = ndfuse;

namespace {

void give(char const* name, double value) { std::printf("%s %.6g\n", name, value); }

/// Times of one action: a first one that does not count, then as many as fit into a quarter of a second, three at
/// least.
class stopwatch {
 public:
  bool more() {
    double const now = emscripten_get_now();
    if (lap_ != 0) times_.push_back(now - lap_);
    if (times_.size() == 1 && begun_ == 0) {
      times_.clear();
      begun_ = now;
    }
    lap_ = emscripten_get_now();
    return begun_ == 0 || times_.size() < 3 || (now - begun_ < 250 && times_.size() < 200);
  }
  double median_ms() {
    std::ranges::sort(times_);
    return times_[times_.size() / 2];
  }

 private:
  double begun_ = 0, lap_ = 0;
  std::vector<double> times_;
};

/// Small operations: until they are recorded and submitted, and until they are done.
nf::task<> launch() {
  constexpr int count = 500;
  nf::array<float> x = nf::zeros({256});
  std::vector<double> recorded, done;
  for (int round = -1; round < 5; ++round) {
    double const begun = emscripten_get_now();
    for (int k = 0; k < count; ++k) x = x + 1;
    nf::device::current().flush();
    double const middle = emscripten_get_now();
    co_await nf::synchronize();
    double const end = emscripten_get_now();
    if (round < 0) continue;
    recorded.push_back((middle - begun) / count * 1000);
    done.push_back((end - begun) / count * 1000);
  }
  std::ranges::sort(recorded);
  std::ranges::sort(done);
  give("launch_recorded_us", recorded[2]);
  give("launch_done_us", done[2]);
  give("launch_right", (co_await nf::read(x))[255] == 6 * count);
}

nf::task<> read(std::string name, int count) {
  nf::array<float> const x = nf::astype<float>(nf::arange(count)) + 1;
  co_await nf::synchronize();
  std::string const waiting = nf::device::waiting();
  bool right = true;
  auto const check = [&](auto const& list) { right = right && list[std::size_t(count - 1)] == float(count); };
  if (waiting != "none" && waiting != "cpu") {
    stopwatch blocking;
    while (blocking.more()) check(nf::to_host(x));
    give(("read_blocking_" + name + "_ms").c_str(), blocking.median_ms());
  }
  stopwatch awaited;
  while (awaited.more()) check(co_await nf::read(x));
  give(("read_awaited_" + name + "_ms").c_str(), awaited.median_ms());
  give(("read_" + name + "_right").c_str(), right);
}

/// One value read and one written an element; so many launches that waiting for them does not matter.
nf::task<> copy() {
  constexpr nf::index count = 1 << 24;
  nf::array<float> const x = nf::ones({count});
  nf::array<float> y = -x;
  co_await nf::synchronize();
  std::vector<double> rates;
  for (int launches = 1; rates.size() < 3;) {
    double const begun = emscripten_get_now();
    for (int k = 0; k < launches; ++k) y = -x;
    co_await nf::synchronize();
    double const ms = emscripten_get_now() - begun;
    if (ms < 100 && launches < 1024) launches *= 2;
    else rates.push_back(double(count) * 8 * launches / ms * 1e-6);
  }
  std::ranges::sort(rates);
  give("copy_gb_s", rates[1]);
  give("copy_right", (co_await nf::read(y[nf::slice(count - 1, nf::none)]))[0] == -1);
}

nf::task<> run(std::vector<std::string_view> measures) {
  for (std::string_view one : measures) {
    if (one == "launch") co_await launch();
    else if (one == "copy") co_await copy();
    else if (one == "read") {
      co_await read("4kb", 1024);
      co_await read("16mb", 1 << 22);
    } else std::printf("there is no measure %s\n", one.data());
  }
}

}  // namespace

int main(int argc, char** argv) { auto running = run({argv + 1, argv + argc}); }
