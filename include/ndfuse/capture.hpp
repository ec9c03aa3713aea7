#pragma once
/// @file Launches that are recorded once and replayed: a step of a loop, without its expressions being bound anew.

#include <ndfuse/array.hpp>
#include <ndfuse/expr/fetch.hpp>

#include <concepts>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace ndfuse {

namespace detail {

/// What a capture has recorded, on each device that there is.
struct capture_record {
  runtime::cpu_tasks tasks;
  std::vector<runtime::pending_checks> checks;
#if defined(__EMSCRIPTEN__)
  runtime::shim_device* gpu = nullptr;
  runtime::captured_launches launches;
#endif
};

/// Records while it lives; what `finish` has not taken is given up.
class recording {
 public:
  recording() {
    if (runtime::cpu().capturing())
      throw device_error("inside of nf::capture, which only records launches, nothing else can be captured");
    // Allocated now, because memory of the capture's own may be written by several of its launches.
    words_.push_back(one_word(runtime::cpu()));
#if defined(__EMSCRIPTEN__)
    if (gpu_ != nullptr) words_.push_back(one_word(*gpu_));
    if (gpu_ != nullptr) gpu_->begin_capture();
#endif
    runtime::cpu().begin_capture(keep_map);
    std::swap(outside_, runtime::detail::all_pending());
  }
  recording(recording const&) = delete;
  recording& operator=(recording const&) = delete;
  ~recording() {
    if (!open_) return;
    end();
    static_cast<void>(runtime::cpu().end_capture());
#if defined(__EMSCRIPTEN__)
    if (gpu_ != nullptr) gpu_->abandon_capture();
#endif
  }

  capture_record finish() {
    // A check of a call must not be forgotten by the next: each call adds its own to a word that stays.
    std::vector<runtime::pending_checks> checks = std::move(runtime::detail::all_pending());
    for (runtime::pending_checks& c : checks) {
      runtime::tensor const& word = words_[c.owner->kind() == device_kind::cpu ? 0 : 1];
      expr::computed<dtype::int32> const before(word);
      expr::assign<dtype::int32>(word, where(before == 0, expr::computed<dtype::int32>(c.state), before));
      c.state = word;
      c.captured = true;
    }
    end();
    capture_record made;
    made.tasks = runtime::cpu().end_capture();
    made.checks = std::move(checks);
#if defined(__EMSCRIPTEN__)
    if (gpu_ != nullptr) made.launches = gpu_->end_capture();
    made.gpu = gpu_;
#endif
    for (runtime::pending_checks const& c : made.checks) c.forget();
    return made;
  }

 private:
  static void keep_map(runtime::cpu_device& d, runtime::kernel const& k, std::span<runtime::operand const> loads,
                       std::span<runtime::tensor const> outputs, std::span<ir::scalar_value const> scalars) {
    d.keep([&d, k, loads = runtime::owned_operands(loads), outputs = runtime::owned_span(outputs),
            scalars = runtime::owned_span(scalars)] { runtime::detail::map_on_cpu(d, k, loads, outputs, scalars); });
  }
  static runtime::tensor one_word(runtime::device& d) {
    return {d.allocate(runtime::pending_checks::word_count, dtype::int32), contiguous_view({}), dtype::int32};
  }
  void end() {
    open_ = false;
    std::swap(outside_, runtime::detail::all_pending());
  }
  std::vector<runtime::pending_checks> outside_;  // of what was launched before
  std::vector<runtime::tensor> words_;            // for checks: of the cpu device and of the GPU
  bool open_ = true;
#if defined(__EMSCRIPTEN__)
  runtime::shim_device* gpu_ = static_cast<runtime::shim_device*>(runtime::gpu());
#endif
};

}  // namespace detail

/// What nf::capture has recorded; calling it runs that. It holds the memory of all arrays that its launches use, and of
/// what they use between them, which memory_stats() counts.
class captured {
 public:
  /// Nothing: it cannot be called.
  captured() = default;
  explicit captured(detail::capture_record made) : made_(std::move(made)), there_(true) {}
  captured(captured&& other) noexcept : made_(std::move(other.made_)), there_(std::exchange(other.there_, false)) {}
  captured& operator=(captured&& other) noexcept {
    forget();
    made_ = std::move(other.made_);
    there_ = std::exchange(other.there_, false);
    return *this;
  }
  ~captured() { forget(); }

  /// Runs all that was recorded, in order, after what was recorded before this call. Throws device_lost when the
  /// device is not the one any more that it was captured on, device_error inside of another capture or when nothing was
  /// ever captured.
  void operator()() const {
    if (!there_) throw device_error("nothing was captured: this nf::captured is empty or was moved from");
    if (runtime::cpu().capturing())
      throw device_error("inside of nf::capture, which only records launches, no other capture can be called");
#if defined(__EMSCRIPTEN__)
    if (made_.gpu != nullptr && made_.launches.sequences.size() > 0) made_.gpu->replay(made_.launches);
#endif
    for (auto const& task : made_.tasks) task->run();
    for (runtime::pending_checks const& c : made_.checks) runtime::add_captured_checks(c);
  }

 private:
  void forget() {
#if defined(__EMSCRIPTEN__)
    if (there_ && made_.gpu != nullptr) made_.gpu->forget(made_.launches);
#endif
    there_ = false;
    made_ = {};
  }
  detail::capture_record made_;
  bool there_ = false;
};

/// Records the launches that `f` makes, without running them: `auto step = nf::capture([&] { u[nf::all] = u + v; });`.
/// Each call `step()` runs them again, on the same memory; on a GPU that is one command, whatever the number of
/// launches.
///
/// - The host's part of `f` happens once, now: plain scalars, shapes and the keys of random numbers are those of now.
/// - What is written into elements (`u[nf::all] = e`, `u += e`) is written by each call.
/// - A name that `f` assigns to (`y = e`) gets memory of the capture's, which each call writes; its elements are not
///   defined before the first call, and every call reads what the name stood for when the capture began, so
///   `x = x + 1` gives the same in each.
/// - Indices out of bounds are told by the next wait after a call, as ever.
///
/// Throws device_error where `f` waits for a value (nf::to_host, nf::item, nf::nonzero, ...), uploads elements of host
/// memory, draws to a canvas, or makes or calls another capture; device_lost when the device was lost meanwhile.
/// Nothing has run then; what `f` throws is passed on. Names that `f` had assigned to hold elements that nothing has
/// written.
template <std::invocable F>
  requires(std::is_void_v<std::invoke_result_t<F>> ||
           detail::unsatisfied<
               "nf::capture takes a function of no arguments that gives nothing back: assign results to arrays", F>)
[[nodiscard]] captured capture(F&& f) {
  detail::recording r;
  std::invoke(std::forward<F>(f));
  return captured(r.finish());
}

}  // namespace ndfuse
