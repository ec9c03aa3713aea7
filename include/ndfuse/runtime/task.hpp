#pragma once
/// @file Coroutines for asynchronous reading: `task<T>`, started at once, and awaitables over completions.

#include <ndfuse/runtime/device.hpp>

#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

namespace ndfuse {

namespace detail {

template <class T> struct task_result {
  std::optional<T> value;
  void return_value(T v) { value.emplace(std::move(v)); }
  T take() { return std::move(*value); }
};
template <> struct task_result<void> {
  void return_void() {}
  void take() {}
};

}  // namespace detail

/// A coroutine's result to come. It starts at once and runs until its first wait; `co_await` it for the result or the
/// exception. A task that nobody awaits runs on; when it then ends with an exception, the program terminates with its
/// message rather than lose it.
template <class T = void> class [[nodiscard]] task {
 public:
  struct promise_type : detail::task_result<T> {
    std::coroutine_handle<> waiter;
    std::exception_ptr failure;
    bool detached = false;

    task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    struct final_awaiter {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        promise_type& p = h.promise();
        if (p.detached) {
          if (p.failure) terminate_with(p.failure);
          h.destroy();
          return std::noop_coroutine();
        }
        return p.waiter ? p.waiter : std::noop_coroutine();
      }
      void await_resume() noexcept {}
    };
    final_awaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() { failure = std::current_exception(); }
  };

  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~task() {
    if (!handle_) return;
    if (handle_.done()) {
      if (handle_.promise().failure && !taken_) terminate_with(handle_.promise().failure);
      handle_.destroy();
    } else {
      handle_.promise().detached = true;
    }
  }

  bool done() const { return handle_.done(); }
  /// The result of a task that is done; throws what it threw.
  T get() {
    taken_ = true;
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return handle_.promise().take();
  }

  bool await_ready() const { return handle_.done(); }
  void await_suspend(std::coroutine_handle<> waiter) { handle_.promise().waiter = waiter; }
  T await_resume() { return get(); }

 private:
  explicit task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  [[noreturn]] static void terminate_with(std::exception_ptr failure) noexcept {
    try {
      std::rethrow_exception(failure);
    } catch (std::exception const& e) {
      std::fprintf(stderr, "a task that nobody awaits ended with an exception: %s\n", e.what());
    } catch (...) { std::fputs("a task that nobody awaits ended with an exception\n", stderr); }
    std::abort();
  }
  std::coroutine_handle<promise_type> handle_;
  bool taken_ = false;
};

namespace detail {

/// Awaits something that takes a completion: `begin(completion&)`.
template <class Begin> class completion_awaiter : runtime::completion {
 public:
  explicit completion_awaiter(Begin begin) : begin_(std::move(begin)) {}
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    begin_(static_cast<runtime::completion&>(*this));
    if (finished_) return false;  // ended at once, as on the cpu device
    waiter_ = h;
    return true;
  }
  void await_resume() { rethrow(); }

 private:
  void finish() override {
    finished_ = true;
    if (waiter_) waiter_.resume();
  }
  Begin begin_;
  std::coroutine_handle<> waiter_;
  bool finished_ = false;
};

}  // namespace detail
}  // namespace ndfuse
