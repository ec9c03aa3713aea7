// What happens in a page: its argument names a scenario; each prints lines that web-harness/specs reads.

#include <ndfuse/array.hpp>
#include <ndfuse/creation.hpp>

#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace nf = ndfuse;

namespace {

template <class... Parts> void say(char const* format, Parts... parts) {
  if constexpr (sizeof...(Parts) == 0) std::fputs(format, stdout);
  else std::printf(format, parts...);
  std::putchar('\n');
}

void say_error(std::exception const& e) {
  char const* const kind = dynamic_cast<nf::kernel_error const*>(&e)    ? "kernel_error"
                           : dynamic_cast<nf::out_of_memory const*>(&e) ? "out_of_memory"
                           : dynamic_cast<nf::device_lost const*>(&e)   ? "device_lost"
                           : dynamic_cast<nf::timeout_error const*>(&e) ? "timeout_error"
                           : dynamic_cast<nf::device_error const*>(&e)  ? "device_error"
                                                                        : "exception";
  say("%s: %s", kind, e.what());
}

nf::task<> say_values(std::string name, nf::array<float> x) {
  try {
    auto const list = co_await nf::read(x);
    std::string text;
    for (float v : list) text += " " + std::to_string(v);
    say("%s:%s", name.c_str(), text.c_str());
  } catch (std::exception const& e) {
    std::printf("%s ", name.c_str());
    say_error(e);
  }
}

nf::array<float> counting(int n) { return nf::astype<float>(nf::arange(n)); }

/// Several expressions, read one after another and all at once.
nf::task<> compute() {
  say("device: %s", std::string(nf::name(nf::device::current().kind())).c_str());
  say("adapter: %s", nf::device::current().description().c_str());
  nf::array<float> x = counting(5);
  co_await say_values("x", x);
  x = nf::sqrt(x * x + 9) + 1;
  x[nf::slice(1, nf::none)] = x[nf::slice(nf::none, -1)];
  auto first = say_values("shifted", x);
  auto second = say_values("doubled", x * 2);
  co_await nf::warmup(x * 3 + x);
  say("warm");
  co_await first;
  co_await second;
  auto const small = co_await nf::read(nf::astype<std::int8_t>(x) - 3);
  say("small: %d %d", small[0], small[4]);
  co_await nf::synchronize();
  say("done");
}

nf::task<> block() {
  nf::array<float> const x = counting(3) + 1.f;
  try {
    say("read: %g", double(nf::to_host(x)[2]));
  } catch (std::exception const& e) { say_error(e); }
  co_await say_values("awaited", x);
}

/// Written straight down: every value is waited for where it stands.
void straight() {
  say("waiting: %s", nf::device::waiting().c_str());
  nf::array<float> x = counting(5);
  x = nf::sqrt(x * x + 9) + 1;
  std::string text;
  for (float v : nf::to_host(x)) text += " " + std::to_string(v);
  say("values:%s", text.c_str());
  double total = 0;
  for (int k = 0; k < 20; ++k) {
    x = x + 1;
    total += double(nf::to_host(x)[0]);
  }
  say("total: %g", total);
  // 4 bytes, 4 KB, no multiple of 4 KB, 16 MB, and what no way does in one piece
  for (int n : {1, 1024, 70001, 1 << 22, (1 << 22) + 12345, 25'000'000}) {
    nf::array<float> const y = counting(n) * 2 + 0.5f;
    auto const list = nf::to_host(y);
    int wrong = 0;
    for (int k = 0; k < n; ++k) wrong += list[std::size_t(k)] != float(k) * 2 + 0.5f;
    say("read of %d: %d wrong", n, wrong);
  }
  // every pattern of bits
  nf::array<std::int32_t> const bits = nf::arange(1 << 16) * 65537 - 1234567;
  auto const list = nf::to_host(bits);
  int wrong = 0;
  for (int k = 0; k < 1 << 16; ++k) wrong += list[std::size_t(k)] != std::int32_t(unsigned(k) * 65537u - 1234567u);
  say("bits: %d wrong", wrong);
  nf::device::current().synchronize();
  say("done");
}

double median_ms(int rounds, auto const& action) {
  std::vector<double> times;
  for (int k = -3; k < rounds; ++k) {
    double const begun = emscripten_get_now();
    action();
    if (k >= 0) times.push_back(emscripten_get_now() - begun);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// What waiting costs.
nf::task<> measure() {
  nf::array<float> const small = counting(1024), large = counting(1 << 22);
  bool const blocks = nf::device::waiting() != "none";
  for (auto const& [name, x, rounds] : {std::tuple("4 KB", small, 100), std::tuple("16 MB", large, 10)}) {
    if (blocks) say("blocking %s: %.3f ms", name, median_ms(rounds, [&] { nf::to_host(x); }));
    std::vector<double> times;
    for (int k = -3; k < rounds; ++k) {
      double const begun = emscripten_get_now();
      co_await nf::read(x);
      if (k >= 0) times.push_back(emscripten_get_now() - begun);
    }
    std::ranges::sort(times);
    say("awaited %s: %.3f ms", name, times[times.size() / 2]);
  }
  nf::array<float> x = counting(256);
  constexpr int submits = 2000;
  double const begun = emscripten_get_now();
  for (int k = 0; k < submits; ++k) {
    x = x + 1;
    nf::device::current().flush();
  }
  double const recorded = emscripten_get_now() - begun;
  co_await nf::synchronize();
  double const ended = emscripten_get_now() - begun;
  say("submits a second: %.0f recorded, %.0f done", submits / recorded * 1e3, submits / ended * 1e3);
}

nf::array<float>* kept = nullptr;  // between calls of the page

/// The page destroys the device while these reads wait.
nf::task<> lose() {
  nf::array<float> const x = counting(1000);
  co_await say_values("before", x[nf::slice(2)]);
  auto a = say_values("first", x + 1);
  auto b = say_values("second", x * 2);
  say("waiting");
  co_await a;
  co_await b;
  try {
    nf::array<float> const later = counting(4);
    co_await nf::read(later);
    say("later: no error");
  } catch (std::exception const& e) {
    std::printf("later ");
    say_error(e);
  }
}

nf::task<> exhaust() {
  try {
    nf::array<float> const x = nf::zeros({1 << 30});
    say("no error");
  } catch (std::exception const& e) { say_error(e); }
  // Each array is allowed; together they are more than the page's device has.
  std::vector<nf::array<float>> held;
  try {
    nf::index const each = nf::index(nf::device::current().kind() == nf::device_kind::cpu ? 1 << 28 : 1 << 24);
    for (int k = 0; k < 16; ++k) held.push_back(nf::zeros({each}));
    say("held: %d", int(held.size()));
  } catch (std::exception const& e) { say_error(e); }
  held.clear();
  nf::device::current().trim();
  co_await say_values("after", counting(3));
}

constexpr std::string_view broken_text =
    "@group(0) @binding(0) var<storage, read_write> x: array<f32>;\n"
    "struct params { n: u32, }\n"
    "@group(0) @binding(1) var<uniform> p: params;\n"
    "@compute @workgroup_size(64)\n"
    "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n"
    "  x[id.x] = no_such_function(1.0);\n"
    "}\n";

/// Has a kernel that cannot be compiled write into an array.
void write_by_broken_kernel(nf::array<float>& x) {
  nf::device::current().flush();  // nothing of the batch that holds the broken kernel is run
  auto* const gpu = nf::runtime::gpu();
  std::uint32_t const id = gpu->add_kernel(1, "broken_on_purpose", {&broken_text, 1}, 1, 1, false);
  nf::runtime::buffer* const buffers[] = {x.impl().memory.get()};
  std::uint32_t const parameters[] = {100};
  gpu->dispatch(id, buffers, parameters, {2, 1, 1}, 100);
}

/// A kernel that cannot be compiled poisons what it should have written, and nothing else.
nf::task<> break_kernel() {
  nf::array<float> x = counting(100), y = counting(3);
  write_by_broken_kernel(x);
  nf::array<float> const made_of_it = x + 1;
  co_await say_values("written", x);
  co_await say_values("made of it", made_of_it);
  co_await say_values("untouched", y);
  x = counting(2);
  co_await say_values("new", x);
}

/// The same, waited for at once.
nf::task<> break_straight() {
  nf::array<float> x = counting(100), y = counting(3);
  say("before: %g", double(nf::to_host(x)[99]));
  write_by_broken_kernel(x);
  try {
    say("written: %g", double(nf::to_host(x + 1)[0]));
  } catch (std::exception const& e) { say_error(e); }
  co_await say_values("awaited", x);
  try {
    say("again: %g", double(nf::to_host(x)[0]));
  } catch (std::exception const& e) { say_error(e); }
  say("untouched: %g", double(nf::to_host(y + 1)[2]));
}

/// Memory must stay level, here and on the device.
nf::task<> iterate() {
  nf::array<float> x = nf::zeros({1000}), y = nf::ones({1000});
  for (int k = 1; k <= 10'000; ++k) {
    x = x * 0.5f + y;
    nf::array<float> const z = x[nf::slice(nf::none, nf::none, -1)] * 2;
    y[nf::slice(1, nf::none)] = nf::where(z > 0, y, z)[nf::slice(nf::none, -1)];
    if (k % 100 == 0) co_await nf::read(z[nf::slice(4)]);
    if (k % 1000 == 0) {
      auto const s = nf::device::current().memory_stats();
      say("memory: %lld live %lld pooled %lld peak %lld buffers %lld pipelines %lld heap %lld", (long long)k,
          (long long)s.live_bytes, (long long)s.pooled_bytes, (long long)s.peak_bytes, (long long)s.live_buffers,
          (long long)s.pipelines, (long long)(__builtin_wasm_memory_size(0)) * 65536);
    }
  }
  co_await say_values("last", x[nf::slice(2)]);
}

nf::task<> run(std::string name) {
  try {
    if (name == "compute") co_await compute();
    else if (name == "block") co_await block();
    else if (name == "lose") co_await lose();
    else if (name == "exhaust") co_await exhaust();
    else if (name == "break_kernel") co_await break_kernel();
    else if (name == "break_straight") co_await break_straight();
    else if (name == "iterate") co_await iterate();
    else if (name == "measure") co_await measure();
    else if (name == "straight") straight();
    else if (name == "exit") std::exit(int(nf::to_host(counting(8))[7]));
    else if (name == "keep") kept = new nf::array<float>(counting(4));
    else if (name == "throw") throw std::runtime_error("on purpose, at " + std::to_string(nf::to_host(counting(2))[1]));
    else say("there is no scenario %s", name.c_str());
  } catch (std::exception const& e) {
    std::printf("uncaught ");
    say_error(e);
  }
  std::fflush(stdout);
}

}  // namespace

/// For the page, after the scenario "keep": adds, and waits for a value.
extern "C" EMSCRIPTEN_KEEPALIVE int add_and_read(int amount) {
  try {
    *kept = *kept + float(amount);
    return int(nf::to_host(*kept)[0]);
  } catch (std::exception const& e) {
    say_error(e);
    return -1;
  }
}
/// For the page: makes a new device in place of a lost one, and an array on it.
extern "C" EMSCRIPTEN_KEEPALIVE int start_again() {
  try {
    nf::device::reset();
    *kept = counting(4);
    return int(nf::to_host(*kept)[3]);
  } catch (std::exception const& e) {
    say_error(e);
    return -1;
  }
}

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "escape")
    throw std::runtime_error("out of main, at " + std::to_string(nf::to_host(counting(2))[1]));
  auto running = run(argc > 1 ? argv[1] : "compute");
  return 0;
}
