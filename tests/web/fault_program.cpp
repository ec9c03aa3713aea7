// Programs written straight down to which something bad happens while they run, in pages: the argument names the
// scenario. The page does what `happens` says (web-harness/pages/fault-hooks.js); web-harness/specs/faults.spec.js
// reads what is printed.

#include <ndfuse/array.hpp>
#include <ndfuse/capture.hpp>
#include <ndfuse/creation.hpp>
#include <ndfuse/indexing.hpp>

#include <emscripten/em_js.h>
#include <emscripten/emscripten.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nf = ndfuse;

EM_JS_DEPS(fault_program, "$UTF8ToString")
// clang-format off
EM_JS(void, fault_happens, (char const* name), { globalThis.fault(UTF8ToString(name)); })
// clang-format on

namespace {

void happens(char const* name) { fault_happens(name); }

void say(std::string const& line) {
  std::fputs(line.c_str(), stdout);
  std::putchar('\n');
}

/// What `action` gives, or the kind of its exception and what that says.
std::string outcome(auto const& action) {
  try {
    return action();
  } catch (nf::kernel_error const& e) {
    return std::string("kernel_error: ") + e.what();
  } catch (nf::out_of_memory const& e) {
    return std::string("out_of_memory: ") + e.what();
  } catch (nf::device_lost const& e) {
    return std::string("device_lost: ") + e.what();
  } catch (nf::timeout_error const& e) {
    return std::string("timeout_error: ") + e.what();
  } catch (nf::device_error const& e) { return std::string("device_error: ") + e.what(); }
}

std::string text(nf::host_array<float> const& values) {
  std::string all;
  for (float v : values) all += (all.empty() ? "" : " ") + std::to_string(int(v));
  return all;
}
std::string read(nf::array<float> const& x) {
  return outcome([&] { return text(nf::to_host(x)); });
}
nf::task<std::string> read_later(nf::array<float> x) {
  try {
    co_return text(co_await nf::read(x));
  } catch (...) {
    auto const failure = std::current_exception();
    co_return outcome([&]() -> std::string { std::rethrow_exception(failure); });
  }
}

nf::array<float> counting(int n) { return nf::astype<float>(nf::arange(n)); }
std::string read_new() {
  return outcome([] { return text(nf::to_host(counting(4) + 1.f)); });
}

/// Reads until the loss, which may be announced a moment later, has been met; bounded by ten seconds.
std::string read_until_lost(nf::array<float> const& x) {
  std::string said;
  for (double const begun = emscripten_get_now(); emscripten_get_now() - begun < 10'000;)
    if (said = read(x); said.starts_with("device_lost")) break;
  return said;
}

/// The device is lost between two reads. What was on it is gone; the next array revives it.
void lose() {
  nf::array<float> const old = counting(4);
  nf::array<float> other;
  nf::captured step = nf::capture([&] { other = old + 1.f; });
  auto const called = [&] {
    return outcome([&] {
      step();
      return text(nf::to_host(other));
    });
  };
  say("before: " + read(old));
  say("captured: " + called());
  happens("lose");
  say("lost: " + read_until_lost(old));
  say("captured and lost: " + called());
  say("new: " + read_new());
  say("captured before: " + called());
  nf::array<float> const next = counting(3);
  step = nf::capture([&] { other = next + 1.f; });  // the one before is forgotten
  say("captured anew: " + called());
  say("old: " + read(old));
  say("old in an expression: " + outcome([&] { return text(nf::to_host(old + 1.f)); }));
}

/// The page loses the device while this waits; until then no answer of the GPU arrives.
void lose_waiting() {
  nf::array<float> const old = counting(4);
  say("before: " + read(old));
  happens("hold");
  say("waiting");
  say("lost: " + read(old));
  happens("release");
  say("new: " + read_new());
}

/// No answer arrives, and nothing says why.
void wait_in_vain() {
  nf::array<float> const x = counting(4);
  say("before: " + read(x));
  happens("hold");
  double const begun = emscripten_get_now();
  say("read: " + read(x));
  say("synchronize: " + outcome([] {
        nf::device::current().synchronize();
        return std::string("done");
      }));
  say("ms: " + std::to_string(int(emscripten_get_now() - begun)));
  happens("release");
  say("after: " + read(x));
}

void reset() {
  nf::array<float> const old = counting(4);
  nf::device::reset();  // nothing is lost: nothing happens
  say("before: " + read(old));
  happens("lose");
  say("lost: " + read_until_lost(old));
  say("reset: " + outcome([] {
        nf::device::reset();
        return std::string("done");
      }));
  say("new: " + read_new());
  say("old: " + read(old));
}

/// The same where nothing blocks.
nf::task<> reset_later() {
  nf::array<float> const old = counting(4);
  co_await nf::reset();
  say("before: " + co_await read_later(old));
  happens("lose");
  say("lost: " + co_await read_later(old));
  try {
    co_await nf::reset();
    say("reset: done");
  } catch (nf::device_error const& e) { say(std::string("reset: ") + e.what()); }
  say("new: " + co_await read_later(counting(4) + 1.f));
  say("old: " + co_await read_later(old));
}

/// The device is lost again and again.
void lose_often() {
  for (int k = 0; k < 5; ++k) {
    say("round " + std::to_string(k) + ": " + outcome([] {
          nf::array<float> const x = counting(3);
          std::string const before = read(x);
          happens("lose");
          return before + ", " + read_until_lost(x).substr(0, 11);
        }));
  }
}

/// The GPU worker ends, or turns in circles, while this sleeps. A new worker cannot be waited for asleep.
nf::task<> lose_worker(char const* how) {
  nf::array<float> const old = counting(4);
  say("before: " + read(old));
  double const begun = emscripten_get_now();
  happens(how);
  say("lost: " + read_until_lost(old));
  say("ms: " + std::to_string(int(emscripten_get_now() - begun)));
  say("without reset: " + read_new());
  co_await nf::reset();
  say("new: " + read_new());
}

void reject_map() {
  nf::array<float> const x = counting(4);
  say("before: " + read(x));
  happens("reject");
  say("rejected: " + read(x));
  say("after: " + read(x));
}

void exhaust() {
  say("too large: " + outcome([] {
        nf::array<float> const x = nf::zeros({nf::index(1) << 34});
        return std::string("no error");
      }));
  say("after: " + read(counting(4)));
}

void break_kernel() {
  static constexpr std::string_view wgsl =
      "@group(0) @binding(0) var<storage, read_write> x: array<f32>;\n"
      "struct params { n: u32, }\n"
      "@group(0) @binding(1) var<uniform> p: params;\n"
      "@compute @workgroup_size(64)\n"
      "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n"
      "  x[id.x] = no_such_function(1.0);\n"
      "}\n";
  static constexpr std::string_view glsl =
      "#version 300 es\n"
      "precision highp float;\n"
      "layout(location = 0) out highp uvec4 x;\n"
      "void main() {\n"
      "  x = no_such_function(1.0);\n"
      "}\n";
  nf::array<float> x = counting(100), y = counting(3);
  nf::device::current().flush();  // nothing of the batch that holds the broken kernel is run
  auto* const gpu = nf::runtime::gpu();
  bool const draws = gpu->kind() == nf::device_kind::webgl;
  std::uint32_t const id = gpu->add_kernel(1, "broken_on_purpose", {draws ? &glsl : &wgsl, 1}, 1, 1, false);
  nf::runtime::buffer* const buffers[] = {x.impl().memory.get()};
  std::uint32_t const parameters[] = {100};
  if (draws) gpu->draw(id, buffers, parameters, {0, 25, true}, 1);
  else gpu->dispatch(id, buffers, parameters, {2, 1, 1}, 100);
  nf::array<float> const made_of_it = x + 1;
  say("written: " + read(x));
  say("made of it: " + read(made_of_it));
  say("untouched: " + read(y));
  nf::array<int> at = nf::astype<int>(x[nf::slice(0, 64)]);  // 256 bytes, which an upload replaces wholly
  nf::array<float> picked;
  auto const step = nf::capture([&] { picked = nf::take(y, at[nf::slice(0, 2)]); });
  step();
  say("picked by it: " + read(picked));
  nf::copyto(at, std::vector<int>(64, 1));
  step();
  say("picked anew: " + read(picked));
  x = counting(2);
  say("new: " + read(x));
}

/// Memory grows between recording and submitting, and while a read is on its way.
nf::task<> grow() {
  constexpr std::size_t count = 6'000'000;
  auto const pages = [] { return __builtin_wasm_memory_size(0); };
  nf::array<float> const x = counting(1000);
  nf::array<float> const y = x * 2 + 1;  // recorded
  std::size_t const first = pages();
  std::vector<float> source(count);
  for (std::size_t k = 0; k < count; ++k) source[k] = float(k % 4096);
  std::size_t const second = pages();
  say("grown while recorded: " + std::to_string(second > first));
  nf::array<float> const large(std::span<float const>(source), {nf::index(count)});
  nf::array<float> const next = large + 1;
  auto pending = nf::read(y);
  auto also_pending = nf::read(next);
  std::vector<float> const more(count * 2, 3.f);
  say("grown while read: " + std::to_string(pages() > second));
  auto const small = co_await pending;
  auto const list = co_await also_pending;
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < count; ++k) wrong += list[k] != source[k] + 1;
  for (std::size_t k = 0; k < 1000; ++k) wrong += small[k] != float(k) * 2 + 1;
  for (float v : more) wrong += v != 3.f;
  say("wrong: " + std::to_string(wrong));
}

/// Works and waits for three seconds.
void work() {
  nf::array<float> x = nf::zeros({4});
  double longest = 0;
  int rounds = 0;
  say("waiting");
  for (double const begun = emscripten_get_now(); emscripten_get_now() - begun < 3000; ++rounds) {
    x = x + 1;
    double const before = emscripten_get_now();
    nf::to_host(x);
    double const took = emscripten_get_now() - before;
    if (took > longest) longest = took;
  }
  say("right: " + std::to_string(nf::to_host(x)[3] == float(rounds)));
  say("longest wait: " + std::to_string(int(longest)) + " ms");
}

/// The same by asynchronous reads.
nf::task<> work_later() {
  nf::array<float> x = nf::zeros({4});
  double longest = 0;
  int rounds = 0;
  say("waiting");
  for (double const begun = emscripten_get_now(); emscripten_get_now() - begun < 3000; ++rounds) {
    x = x + 1;
    double const before = emscripten_get_now();
    co_await nf::read(x);
    double const took = emscripten_get_now() - before;
    if (took > longest) longest = took;
  }
  say("right: " + std::to_string((co_await nf::read(x))[3] == float(rounds)));
  say("longest wait: " + std::to_string(int(longest)) + " ms");
}

/// The GPU worker ends while nothing is shared with it that could tell.
nf::task<> lose_worker_later() {
  nf::array<float> const old = counting(4);
  say("before: " + co_await read_later(old));
  happens("end_worker");
  say("read: " + co_await read_later(old));
}

nf::task<> run(std::string name) {
  if (name == "lose") lose();
  else if (name == "lose_waiting") lose_waiting();
  else if (name == "wait_in_vain") wait_in_vain();
  else if (name == "reset") reset();
  else if (name == "reset_later") co_await reset_later();
  else if (name == "lose_often") lose_often();
  else if (name == "end_worker") co_await lose_worker("end_worker");
  else if (name == "spin_worker") co_await lose_worker("spin_worker");
  else if (name == "reject_map") reject_map();
  else if (name == "exhaust") exhaust();
  else if (name == "break_kernel") break_kernel();
  else if (name == "grow") co_await grow();
  else if (name == "work") work();
  else if (name == "work_later") co_await work_later();
  else if (name == "end_worker_later") co_await lose_worker_later();
  else say("there is no scenario " + name);
  say("done");
}

}  // namespace

int main(int, char** argv) { auto running = run(argv[1]); }
