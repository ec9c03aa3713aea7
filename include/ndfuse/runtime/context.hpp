#pragma once
/// @file Which device is used, and how a program asks about it.

#include <ndfuse/runtime/checks.hpp>
#include <ndfuse/runtime/device.hpp>
#include <ndfuse/runtime/shim_device.hpp>

#if defined(__EMSCRIPTEN__)
#include <cxxabi.h>
#include <cstring>
#include <exception>
#include <string>
#include <typeinfo>
#endif

namespace ndfuse::runtime {

/// The cpu device; there always is one.
inline cpu_device& cpu() {
  static cpu_device* const d = new cpu_device;  // never destroyed: arrays in static storage may outlive any order
  return *d;
}

namespace detail {
inline device*& current_device() {
  static device* current = nullptr;
  return current;
}
}  // namespace detail

#if defined(__EMSCRIPTEN__)
/// The GPU that the shim opened for this program, or null.
inline gpu_device* gpu() {
  static gpu_device* const d = [] {
    auto const kind = device_kind(ndfuse_device_info(0, nullptr, 0));
    return kind == device_kind::cpu ? nullptr : new shim_device(kind);
  }();
  return d;
}
#else
inline gpu_device* gpu() { return nullptr; }
#endif

/// The device on which new arrays are made: the GPU where there is one.
inline device& current() {
  device*& d = detail::current_device();
  if (d == nullptr) d = gpu() != nullptr ? static_cast<device*>(gpu()) : &cpu();
  return *d;
}

}  // namespace ndfuse::runtime

namespace ndfuse {

/// What one can ask about and do with a device.
class device {
 public:
  /// The device on which new arrays are made.
  static device current() { return device(runtime::current()); }
  static device cpu() { return device(runtime::cpu()); }
  /// The GPU; throws device_error when this program has none.
  static device gpu() {
    if (runtime::gpu() == nullptr) throw device_error("there is no GPU device: " + no_gpu_reason());
    return device(*runtime::gpu());
  }
  /// Makes new arrays here from now on.
  void use() const { runtime::detail::current_device() = impl_; }

  device_kind kind() const { return impl_->kind(); }
  /// The adapter's description; a software adapter says so.
  std::string description() const { return impl_->description(); }
  memory_statistics memory_stats() const { return impl_->memory_stats(); }
  /// Gives memory that is only kept for reuse back.
  void trim() const { impl_->trim(); }
  /// Hands everything recorded so far to the GPU.
  void flush() const { impl_->flush(); }
  /// Waits until everything recorded so far has run; throws device_error where this thread cannot block, index_error
  /// when an index array was out of bounds.
  void synchronize() const {
    impl_->synchronize_blocking();
    runtime::raise_failed_checks(*impl_);
  }

  /// How blocking reads wait for the GPU: "atomics", "jspi", "readpixels", "canvas", or "none" where they throw; "cpu"
  /// where there is nothing to wait for.
  static std::string waiting() {
#if defined(__EMSCRIPTEN__)
    if (runtime::gpu() != nullptr) return runtime::detail::device_text(3);
#endif
    return "cpu";
  }
  /// Opens a new GPU device in place of a lost one, waiting for it; does nothing while it is not lost. Arrays of the
  /// lost device throw device_lost from then on. Throws device_error where this thread cannot block: co_await
  /// nf::reset() there.
  static void reset() {
    if (runtime::gpu() != nullptr) runtime::gpu()->reset_blocking();
  }

  runtime::device& impl() const { return *impl_; }
  friend bool operator==(device, device) = default;

  /// Why there is no GPU; empty when there is one.
  static std::string no_gpu_reason() {
    if (runtime::gpu() != nullptr) return {};
#if defined(__EMSCRIPTEN__)
    return runtime::detail::device_text(1);
#else
    return "this is a native program; only the cpu device exists";
#endif
  }

 private:
  explicit device(runtime::device& d) : impl_(&d) {}
  runtime::device* impl_;
};

/// Throws device_error with the reason unless new arrays are made on a GPU: no program runs on the CPU without knowing
/// it.
inline void require_gpu() {
  if (runtime::current().kind() == device_kind::cpu)
    throw device_error("a GPU is required, but arrays are made on the cpu device" +
                       (runtime::gpu() == nullptr ? ": " + device::no_gpu_reason() : std::string()));
}

}  // namespace ndfuse

#if defined(__EMSCRIPTEN__)
/// What a C++ exception is that left the program, for the shim: its mangled type, a line break, its message.
/// (Emscripten's getExceptionMessage would bring a demangler, a third of a small program.)
extern "C" inline EMSCRIPTEN_KEEPALIVE char const* ndfuse_exception_text(void* thrown) {
  static std::string text;
  abi::__cxa_increment_exception_refcount(thrown);
  std::exception_ptr p;
  static_assert(sizeof p == sizeof thrown);
  std::memcpy(static_cast<void*>(&p), &thrown, sizeof thrown);
  try {
    std::rethrow_exception(p);
  } catch (std::exception const& e) { text = std::string(typeid(e).name()) + '\n' + e.what(); } catch (...) {
    text = "something that is not a std::exception\n";
  }
  return text.c_str();
}

/// Called by the shim when a program with something recorded returns to the event loop.
extern "C" inline EMSCRIPTEN_KEEPALIVE void ndfuse_flush() {
  if (ndfuse::runtime::gpu() != nullptr) ndfuse::runtime::gpu()->flush();
}
#endif
