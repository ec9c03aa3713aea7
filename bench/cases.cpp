/// @file ndfuse's side of the measurements: one program that prepares a case (bench/cases.mjs), runs it as often as it
/// is told, and shows its result. For the web it exports functions that bench/contenders/ndfuse.mjs calls; natively it
/// takes cases from its input, a line each, and measures them itself, on the CPU device.

#include <ndfuse/ndfuse.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nf = ndfuse;

namespace {

// --- The inputs: data.mjs says how they are drawn.

float draw(std::uint32_t seed, std::uint32_t k) {
  std::uint32_t h = (k + 1 + seed * 0x9e3779b9u) * 0x85ebca6bu;
  h = (h ^ h >> 13) * 0xc2b2ae35u;
  return float((h ^ h >> 16) >> 9) / 8388608.0f;
}

nf::array<float> vector(std::uint32_t seed, nf::index count) {
  std::vector<float> values;
  for (nf::index k = 0; k < count; ++k) values.push_back(draw(seed, std::uint32_t(k)));
  return nf::array<float>(values);
}

nf::array<float> matrix(std::uint32_t seed, nf::index rows, nf::index columns) {
  nf::array<float> const a = vector(2 * seed, rows), b = vector(2 * seed + 1, columns);
  auto const sum = a[nf::all, nf::newaxis] + b;
  return sum - nf::floor(sum);
}

nf::array<float> numbers(std::uint32_t seed, nf::index n) {
  nf::index rows = nf::index(std::sqrt(double(n)));
  while (n % rows != 0) --rows;
  return nf::reshape(matrix(seed, rows, n / rows), {n});
}

nf::array<std::int32_t> places(std::uint32_t seed, nf::index n) {
  return nf::astype<std::int32_t>(numbers(seed, n) * float(n));
}

// --- The cases.

/// A case that is ready: `once` does it one time, and leaves its result in one of the arrays. Where it has to wait in
/// the middle, `once_waiting` does it.
struct problem {
  std::function<void()> once;
  std::function<nf::task<>()> once_waiting;
  nf::array<float> values;
  nf::array<std::int32_t> counts;
  nf::array<nf::float16> halves;
};

using arguments = std::vector<nf::index>;

void matmul(problem& p, arguments const& of) {
  nf::index const batch = of.at(0), m = of.at(1), k = of.at(2), n = of.at(3);
  bool const left = of.at(4) != 0, right = of.at(5) != 0, half = of.at(6) != 0;
  auto const drawn = [&](std::uint32_t seed, nf::index rows, nf::index columns) {
    nf::array<float> const x = matrix(seed, batch * rows, columns) - 0.5f;
    return batch == 1 ? x : nf::reshape(x, {batch, rows, columns});
  };
  nf::array<float> a = left ? drawn(1, k, m) : drawn(1, m, k), b = right ? drawn(2, n, k) : drawn(2, k, n);
  if (left) a = nf::transpose(a);
  if (right) b = nf::transpose(b);
  if (half) {
    nf::array<nf::float16> const narrow_a = nf::astype<nf::float16>(a), narrow_b = nf::astype<nf::float16>(b);
    p.once = [&p, narrow_a, narrow_b] { p.halves = nf::matmul(narrow_a, narrow_b); };
  } else {
    p.once = [&p, a, b] { p.values = nf::matmul(a, b); };
  }
}

void matvec(problem& p, arguments const& of) {
  nf::array<float> const a = matrix(1, of.at(0), of.at(1)) - 0.5f, x = vector(2, of.at(1)) - 0.5f;
  p.once = [&p, a, x] { p.values = nf::matmul(a, x); };
}

void conv(problem& p, arguments const& of) {
  nf::index const images = of.at(0), channels = of.at(1), side = of.at(2), outputs = of.at(3), places = of.at(4);
  auto const drawn = [](std::uint32_t seed, nf::shape const& s) {
    return nf::reshape(matrix(seed, s[0] * s[1], s[2] * s[3]) - 0.5f, s);
  };
  nf::shape const from{images, channels, side, side}, through{outputs, channels, places, places};
  nf::window_options const padded{.padding = nf::index_list{places / 2}};
  auto const x = drawn(1, from), w = drawn(2, through), dy = drawn(3, {images, outputs, side, side});
  if (of.at(5) == 0) p.once = [=, &p] { p.values = nf::conv(x, w, padded); };
  else if (of.at(5) == 1) p.once = [=, &p] { p.values = nf::conv_input_gradient(dy, w, from, padded); };
  else p.once = [=, &p] { p.values = nf::conv_filter_gradient(dy, x, through, padded); };
}

void multiply_add(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0)), y = numbers(2, of.at(0));
  p.once = [&p, x, y] { p.values = x * 2.0f + y; };
}

void tanh_exp(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x] { p.values = nf::tanh(2.0f * x + 1.0f) * nf::exp(-x); };
}

void sum(problem& p, arguments const& of) {
  nf::array<float> const x = matrix(1, of.at(0), of.at(1));
  if (of.at(2) < 0) p.once = [&p, x] { p.values = nf::sum(x); };
  else p.once = [&p, x, axis = of.at(2)] { p.values = nf::sum(x, nf::axis(axis)); };
}

void transpose(problem& p, arguments const& of) {
  nf::array<float> const x = matrix(1, of.at(0), of.at(1));
  p.once = [&p, x] { p.values = nf::reshape(nf::transpose(x), {x.size()}); };  // its strides do not allow a view
}

void softmax(problem& p, arguments const& of) {
  nf::array<float> const x = matrix(1, of.at(0), of.at(1));
  p.once = [&p, x] { p.values = nf::softmax(x, 1); };
}

void cumsum(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x] { p.values = nf::cumsum(x); };
}

void sort(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x] { p.values = nf::sort(x); };
}

void argsort(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x] { p.counts = nf::argsort(x); };
}

nf::task<> extract(problem& p, nf::array<bool> mask, nf::array<float> x) {
  p.values = co_await nf::extract_async(mask, x);
}

void boolean_read(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once_waiting = [&p, x, mask = nf::array<bool>(x < 0.5f)] { return extract(p, mask, x); };
}

void take(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x, i = places(2, of.at(0))] { p.values = nf::take(x, i); };
}

void scatter_add(problem& p, arguments const& of) {
  nf::index const n = of.at(0);
  p.once = [&p, n, y = numbers(1, n), i = places(2, n)] {
    p.values = nf::zeros({n});
    nf::scatter_add(p.values, i, y);
  };
}

void histogram(problem& p, arguments const& of) {
  nf::array<float> const x = numbers(1, of.at(0));
  p.once = [&p, x, bins = of.at(1)] { p.counts = nf::histogram(x, bins, std::pair(0.0, 1.0)).counts; };
}

void normal(problem& p, arguments const& of) {
  p.once = [&p, n = of.at(0), generator = nf::random::generator(1)]() mutable {
    p.values = generator.standard_normal({n});
  };
}

void tiny(problem& p, arguments const& of) {
  p.once = [&p, count = of.at(0), x = vector(1, of.at(1))] {
    p.values = x;
    for (nf::index k = 0; k < count; ++k) p.values = p.values + 1.0f;
  };
}

void tiny_captured(problem& p, arguments const& of) {
  auto const step = std::make_shared<nf::captured>(nf::capture([&p, count = of.at(0), x = vector(1, of.at(1))] {
    p.values = x;
    for (nf::index k = 0; k < count; ++k) p.values = p.values + 1.0f;
  }));
  p.once = [step] { (*step)(); };
}

nf::task<> compute_and_read(problem& p, nf::array<float> x) {
  p.values = x + 1.0f;
  (void)co_await nf::read(p.values);
}

void read(problem& p, arguments const& of) {
  p.once_waiting = [&p, x = vector(1, of.at(0))] { return compute_and_read(p, x); };
}

template <int iterations> constexpr auto escape_time = nf::kernel([](auto x, auto y) {
  auto const zero = nf::zeros_like(x);
  auto const last = nf::loop(iterations, nf::values(zero, zero, zero), [=](auto zr, auto zi, auto count) {
    nf::break_if(zr * zr + zi * zi > 4);
    return nf::values(zr * zr - zi * zi + x, 2 * zr * zi + y, count + 1);
  });
  return last[2];
});

void mandelbrot(problem& p, arguments const& of) {
  nf::index const n = of.at(0);
  nf::array<float> const x = nf::linspace(-2.0f, 0.5f, n, false);
  nf::array<float> const y = nf::linspace(-1.25f, 1.25f, n, false)[nf::all, nf::newaxis];
  if (of.at(1) == 500) p.once = [&p, x, y] { p.values = escape_time<500>(x, y); };
  else if (of.at(1) == 50) p.once = [&p, x, y] { p.values = escape_time<50>(x, y); };
  else throw nf::value_error("mandelbrot: 500 or 50 iterations");
}

auto normal_cdf(auto const& x) { return 0.5f + 0.5f * nf::erf(x * 0.70710678f); }

void black_scholes(problem& p, arguments const& of) {
  nf::index const n = of.at(0);
  nf::array<float> const spot = 5.0f + 25.0f * numbers(1, n), strike = 1.0f + 99.0f * numbers(2, n),
                         years = 0.25f + 9.75f * numbers(3, n);
  p.once = [&p, spot, strike, years] {
    auto const deviation = 0.3f * nf::sqrt(years);
    auto const d = (nf::log(spot / strike) + 0.065f * years) / deviation;
    p.values = spot * normal_cdf(d) - strike * nf::exp(-0.02f * years) * normal_cdf(d - deviation);
  };
}

std::map<std::string, void (*)(problem&, arguments const&), std::less<>> const kinds = {
    {"matmul", matmul},
    {"matvec", matvec},
    {"conv", conv},
    {"multiply_add", multiply_add},
    {"tanh_exp", tanh_exp},
    {"sum", sum},
    {"transpose", transpose},
    {"softmax", softmax},
    {"cumsum", cumsum},
    {"sort", sort},
    {"argsort", argsort},
    {"boolean_read", boolean_read},
    {"take", take},
    {"scatter_add", scatter_add},
    {"histogram", histogram},
    {"normal", normal},
    {"tiny", tiny},
    {"tiny_captured", tiny_captured},
    {"read", read},
    {"mandelbrot", mandelbrot},
    {"black_scholes", black_scholes},
};

std::unique_ptr<problem> current;

/// Lets go of the last case, and makes this one ready.
void prepare(std::string_view kind, arguments const& of) {
  current = nullptr;
  auto const found = kinds.find(kind);
  if (found == kinds.end()) throw nf::value_error(std::string("there is no kind of case called ").append(kind));
  auto next = std::make_unique<problem>();
  found->second(*next, of);
  current = std::move(next);
}

nf::task<> run(int count) {
  for (int k = 0; k < count; ++k) {
    if (current->once) current->once();
    else co_await current->once_waiting();
  }
  co_await nf::synchronize();
}

}  // namespace

#ifdef __EMSCRIPTEN__

#include <emscripten.h>

namespace {

char text[4096];  // what JavaScript says: a kind; what it is told: why something failed
std::vector<float> shown;

void note(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (std::exception const& e) { std::snprintf(text, sizeof text, "%s", e.what()); } catch (...) {
    std::snprintf(text, sizeof text, "an exception that is no std::exception");
  }
}

/// Awaits f(), and notes what it throws.
template <class F> nf::task<> noted(F f) {
  std::exception_ptr thrown;
  try {
    co_await f();
  } catch (...) { thrown = std::current_exception(); }
  if (thrown) note(thrown);
}

nf::task<> show() {
  shown.clear();
  auto const add = [](auto const& host) {
    for (auto v : host) shown.push_back(float(v));
  };
  if (current->counts.size() > 0) add(co_await nf::read(current->counts));
  else if (current->halves.size() > 0) add(co_await nf::read(nf::astype<float>(current->halves)));
  else add(co_await nf::read(current->values));
}

}  // namespace

/// The address of `text`: empty after a call that went well.
extern "C" EMSCRIPTEN_KEEPALIVE char* bench_text() { return text; }
extern "C" EMSCRIPTEN_KEEPALIVE void bench_prepare(int count, double const* numbers_of_case) {
  std::string const kind = text;
  text[0] = 0;
  try {
    prepare(kind, {numbers_of_case, numbers_of_case + count});
  } catch (...) { note(std::current_exception()); }
}
extern "C" EMSCRIPTEN_KEEPALIVE double* bench_numbers() {
  static double room[16];
  return room;
}
/// These two run on after they have returned: what the program waits for ends them.
extern "C" EMSCRIPTEN_KEEPALIVE void bench_run(int count) {
  text[0] = 0;
  nf::task<> const running = noted([count] { return run(count); });
}
extern "C" EMSCRIPTEN_KEEPALIVE void bench_show() {
  text[0] = 0;
  nf::task<> const showing = noted([] { return show(); });
}
extern "C" EMSCRIPTEN_KEEPALIVE float const* bench_shown() { return shown.data(); }
extern "C" EMSCRIPTEN_KEEPALIVE int bench_shown_count() { return int(shown.size()); }
extern "C" EMSCRIPTEN_KEEPALIVE void bench_forget() { current = nullptr; }

int main() { return 0; }

#else

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>
#include <sstream>
#include <thread>

namespace {

double milliseconds_of(std::invocable auto const& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// bench/timing.mjs in C++.
std::string measured(double seconds, std::function<void(int)> const& work) {
  double const target = std::clamp(seconds * 200, 10.0, 100.0);
  double const first = milliseconds_of([&] { work(1); });
  auto const end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  auto const late = [&](double ms) {
    return std::chrono::steady_clock::now() + std::chrono::duration<double, std::milli>(ms) >= end;
  };
  int repeats = 1;
  double ms = milliseconds_of([&] { work(1); });
  while (ms < target && repeats < 4096 && !late(0)) {
    double const wanted = std::ceil(1.1 * target * repeats / std::max(ms, 1e-3));
    repeats = int(std::min(4096.0, std::max(repeats + 1.0, std::min(wanted, repeats * 8.0))));
    ms = milliseconds_of([&] { work(repeats); });
  }
  std::vector<double> times{ms};
  while (times.size() < 5 && !late(ms)) times.push_back(milliseconds_of([&] { work(repeats); }));
  std::ranges::sort(times);
  char line[200];
  std::snprintf(line, sizeof line, "{\"ms\": %.6g, \"first_ms\": %.6g, \"rounds\": %zu, \"repeats\": %d}",
                times[times.size() / 2] / repeats, first, times.size(), repeats);
  return line;
}

// --- The yardsticks, on all hardware threads.

void on_all_threads(auto const& work) {
  unsigned const count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (unsigned k = 0; k < count; ++k) threads.emplace_back([&work, k, count] { work(k, count); });
}

void copy(std::vector<float> const& from, std::vector<float>& to, int repeats) {
  on_all_threads([&](std::size_t k, std::size_t count) {
    std::size_t const first = from.size() * k / count, last = from.size() * (k + 1) / count;
    for (int r = 0; r < repeats; ++r) {
      std::memcpy(to.data() + first, from.data() + first, (last - first) * sizeof(float));
      asm volatile("" ::: "memory");  // every copy is made
    }
  });
}

/// Each of `chains` does `steps` times 32 multiplications and additions, in eight independent vectors of eight, which
/// hides the latency of `fma`.
#ifdef __x86_64__
[[gnu::target("avx2,fma")]]
#endif
void multiply_and_add(nf::index chains, nf::index steps) {
  using lane = float __attribute__((vector_size(32)));
  // What the compiler must take for unknown, and for used.
  float volatile scale_of = 0.999f, shift_of = 0.001f, used = 0;
  lane const scale = lane{} + scale_of, shift = lane{} + shift_of;
  for (nf::index c = 0; c < chains; ++c) {
    lane x[8];
    for (int k = 0; k < 8; ++k) x[k] = lane{} + float(c + k);
    for (nf::index k = 0; k < steps; k += 2) {
      for (lane& v : x) v = v * scale + shift;
    }
    lane const sum = (x[0] + x[1] + x[2] + x[3]) + (x[4] + x[5] + x[6] + x[7]);
    for (int k = 0; k < 8; ++k) used = used + sum[k];
  }
}

std::function<void(int)> yardstick(std::string const& kind, arguments const& of) {
  if (kind == "copy") {
    auto const from = std::make_shared<std::vector<float>>(of.at(0), 1.0f);
    auto const to = std::make_shared<std::vector<float>>(of.at(0));
    return [from, to](int repeats) { copy(*from, *to, repeats); };
  }
  if (kind != "fma") return {};
  return [of](int repeats) {
    on_all_threads([&](nf::index k, nf::index count) {
      for (int r = 0; r < repeats; ++r) multiply_and_add(of.at(0) * (k + 1) / count - of.at(0) * k / count, of.at(1));
    });
  };
}

}  // namespace

/// Lines of input: KIND SECONDS ARGUMENTS...; lines of output: JSON objects, {"ms": ...} or {"error": ...}.
int main() {
  std::printf("{\"version\": \"C++, clang %d\", \"threads\": 1, \"cores\": %u}\n", __clang_major__,
              std::thread::hardware_concurrency());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string kind;
    double seconds = 0;
    in >> kind >> seconds;
    arguments of;
    for (nf::index v; in >> v;) of.push_back(v);
    std::string answer;
    try {
      auto work = yardstick(kind, of);
      if (!work) {
        prepare(kind, of);
        work = [](int count) { nf::task<> const done = run(count); };  // the CPU device waits for nothing
      }
      answer = measured(seconds, work);
    } catch (std::exception const& e) {
      std::string sentence = e.what();
      std::ranges::replace_if(sentence, [](char c) { return c == '"' || c == '\\' || c < ' '; }, ' ');
      answer = "{\"error\": \"" + sentence + "\"}";
    }
    current = nullptr;
    std::puts(answer.c_str());
    std::fflush(stdout);
  }
}

#endif
