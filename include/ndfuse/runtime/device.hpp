#pragma once
/// @file Devices, the buffers they own, and tensors (a buffer, a view, an element type). Nothing here knows where a
/// program came from.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/core/dtype.hpp>
#include <ndfuse/core/error.hpp>
#include <ndfuse/core/list.hpp>
#include <ndfuse/core/view.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ndfuse {

/// Where arrays live and kernels run.
enum class device_kind : std::uint8_t { cpu, webgpu, webgl };

constexpr std::string_view name(device_kind k) {
  return k == device_kind::cpu ? "cpu" : k == device_kind::webgpu ? "webgpu" : "webgl";
}

/// What a device holds and has done so far.
struct memory_statistics {
  std::uint64_t live_bytes = 0;    // in buffers that arrays hold
  std::uint64_t pooled_bytes = 0;  // in buffers kept for reuse
  std::uint64_t peak_bytes = 0;    // the most that live and pooled buffers came to
  std::uint64_t live_buffers = 0;
  std::uint64_t launches = 0;   // kernels launched
  std::uint64_t pipelines = 0;  // kernels compiled
  std::uint64_t uploaded_bytes = 0, read_bytes = 0;
};

namespace ir {
struct scalar_value;
}

namespace runtime {

class device;
struct kernel;
struct operand;

/// Memory on a device. Reference-counted; the last reference gives it back to the device's pool.
struct buffer {
  device* owner = nullptr;
  std::atomic<std::uint32_t> references{0};
  std::uint32_t id = 0;          // on a GPU
  std::byte* host = nullptr;     // on the CPU
  std::size_t bytes = 0;         // capacity, a multiple of 16
  index count = 0;               // elements of the array that it was allocated for
  std::uint32_t generation = 0;  // the device's generation that made it: a reset device has a new one
  std::uint32_t capture = 0;     // on a GPU: the last capture that has noted it
  bool adopted = false;          // the page's GPUBuffer: never kept for another array
};

/// An intrusive reference to a buffer.
class buffer_ref {
 public:
  constexpr buffer_ref() = default;
  explicit buffer_ref(buffer* b) : buffer_(b) { b->references.fetch_add(1, std::memory_order_relaxed); }
  constexpr buffer_ref(buffer_ref const& other) : buffer_(other.buffer_) {
    if (buffer_ != nullptr) buffer_->references.fetch_add(1, std::memory_order_relaxed);
  }
  constexpr buffer_ref(buffer_ref&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  constexpr buffer_ref& operator=(buffer_ref other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  constexpr ~buffer_ref() {
    if (buffer_ != nullptr) release();
  }

  buffer* operator->() const { return buffer_; }
  buffer* get() const { return buffer_; }
  buffer& operator*() const { return *buffer_; }
  constexpr explicit operator bool() const { return buffer_ != nullptr; }
  friend bool operator==(buffer_ref const&, buffer_ref const&) = default;

 private:
  inline void release();
  buffer* buffer_ = nullptr;
};

/// An array without a C++ type: its memory, how elements lie in it, and what they are.
struct tensor {
  buffer_ref memory;
  ndfuse::view view;
  dtype type = dtype::float32;
};

/// Called once when a read or a synchronisation ends; an error is thrown inside `finish` by `rethrow`.
struct completion {
  virtual void finish() = 0;

  /// Status codes shared with the shim.
  enum status : int { ok, kernel_failed, validation, no_memory, lost, timed_out, not_blocking };
  int result = ok;
  std::string message;

  /// Throws the exception that `result` stands for.
  void rethrow() const { raise(result, message); }
  static void raise(int status, std::string const& text) {
    switch (status) {
      case ok: return;
      case kernel_failed: throw kernel_error(text);
      case no_memory: throw out_of_memory(text);
      case lost: throw device_lost(text);
      case timed_out: throw timeout_error(text);
      default: throw device_error(text);
    }
  }

 protected:
  ~completion() = default;
};

/// The interface that all devices have.
class device {
 public:
  device(device const&) = delete;
  device& operator=(device const&) = delete;

  device_kind kind() const { return kind_; }
  /// The adapter's (or processor's) description.
  virtual std::string description() const = 0;
  memory_statistics const& memory_stats() const { return stats_; }

  /// True while nf::capture records: launches are kept and nothing runs.
  bool capturing() const { return capturing_; }
  /// Throws device_error while nf::capture records; `what` cannot be done then.
  void refuse_while_capturing(std::string_view what) const {
    if (capturing_)
      throw device_error(ndfuse::detail::message("inside of nf::capture, which only records launches, ", what));
  }
  void refuse_read() const { refuse_while_capturing("nothing can be waited for: read values when it has been called"); }
  void refuse_upload() const {
    refuse_while_capturing("nothing can be uploaded: make arrays of elements in host memory before it");
  }

  /// Uninitialised memory for `count` elements of type `t`.
  virtual buffer_ref allocate(index count, dtype t) = 0;
  /// Copies `count` elements from host memory in the host's layout; returns when `source` may be reused. Throws
  /// value_error for a range that it does not upload_alone.
  virtual void upload(buffer& target, index first, index count, dtype t, void const* source) = 0;
  /// Whether a range of an array can be uploaded. On webgpu narrow elements share words: a range must begin at a word,
  /// and end at one or with the array.
  virtual bool upload_alone(buffer const&, index, index, dtype) const { return true; }
  /// Copies elements to host memory later and calls `done`; `destination` must live until then.
  virtual void read(buffer_ref source, index first, index count, dtype t, void* destination, completion& done) = 0;
  /// The same, waiting; throws where the device cannot block.
  virtual void read_blocking(buffer_ref source, index first, index count, dtype t, void* destination) = 0;
  /// Hands what has been recorded to the device.
  virtual void flush() = 0;
  /// Calls `done` when everything recorded so far has run.
  virtual void synchronize(completion& done) = 0;
  virtual void synchronize_blocking() = 0;
  /// Gives the pool's unused memory back.
  virtual void trim() = 0;

 protected:
  explicit device(device_kind k) : kind_(k) {}
  ~device() = default;

  friend class buffer_ref;
  virtual void recycle(buffer* b) = 0;

  void note_peak() {
    std::uint64_t const now = stats_.live_bytes + stats_.pooled_bytes;
    if (now > stats_.peak_bytes) stats_.peak_bytes = now;
  }

  memory_statistics stats_;
  bool capturing_ = false;

 private:
  device_kind kind_;
};

inline void buffer_ref::release() {
  if (buffer_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) buffer_->owner->recycle(buffer_);
}

/// Bytes of a buffer for `bytes` bytes: 16-byte steps, then classes 1, 1.25, 1.5, 1.75 times a power of two, so that
/// different sizes meet again in the pool; above 4 MiB steps of 1 MiB.
constexpr std::size_t size_class(std::size_t bytes) {
  if (bytes <= 64) return bytes == 0 ? 16 : (bytes + 15) / 16 * 16;
  if (bytes > (std::size_t(4) << 20)) return (bytes + (1u << 20) - 1) >> 20 << 20;
  std::size_t base = 64;
  while (base * 2 < bytes) base *= 2;
  for (std::size_t quarter = 5; quarter <= 8; ++quarter)
    if (bytes <= base / 4 * quarter) return base / 4 * quarter;
  return base * 2;
}

/// Free buffers by size class, most recently used first, below a cap. The device says how to make and destroy one.
template <class Destroy> class pool {
 public:
  explicit pool(Destroy destroy) : destroy_(destroy) {}

  /// A pooled buffer of exactly `bytes`, or null.
  buffer* take(std::size_t bytes, memory_statistics& stats) {
    for (std::size_t k = free_.size(); k-- > 0;)
      if (free_[k]->bytes == bytes) {
        buffer* const b = free_[k];
        for (std::size_t j = k; j + 1 < free_.size(); ++j) free_[j] = free_[j + 1];
        free_.pop_back();
        stats.pooled_bytes -= bytes;
        return b;
      }
    return nullptr;
  }
  void give(buffer* b, memory_statistics& stats) {
    free_.push_back(b);
    stats.pooled_bytes += b->bytes;
    std::size_t drop = 0;
    while (stats.pooled_bytes > cap || free_.size() - drop > max_buffers) {
      stats.pooled_bytes -= free_[drop]->bytes;
      destroy_(free_[drop++]);
    }
    if (drop == 0) return;
    for (std::size_t k = drop; k < free_.size(); ++k) free_[k - drop] = free_[k];
    for (; drop > 0; --drop) free_.pop_back();
  }
  void clear(memory_statistics& stats) {
    for (buffer* b : free_) destroy_(b);
    free_.clear();
    stats.pooled_bytes = 0;
  }

  std::uint64_t cap = std::uint64_t(512) << 20;  // bytes kept for reuse

 private:
  static constexpr std::size_t max_buffers = 256;
  Destroy destroy_;
  detail::list<buffer*> free_;
};

/// Work of the cpu device that was kept for later.
struct cpu_task {
  virtual void run() = 0;
  virtual ~cpu_task() = default;
};
using cpu_tasks = std::vector<std::unique_ptr<cpu_task>>;
class cpu_device;
/// Keeps a launch of an elementwise kernel. A function that nf::capture brings, so that programs without it have none.
using map_keeper = void (*)(cpu_device&, kernel const&, std::span<operand const>, std::span<tensor const>,
                            std::span<ir::scalar_value const>);

/// Host memory; kernels run at once in the calling thread.
class cpu_device final : public device {
 public:
  cpu_device() : device(device_kind::cpu) {}

  std::string description() const override {
#if defined(__wasm_simd128__)
    return "CPU (WebAssembly SIMD)";
#elif defined(__wasm__)
    return "CPU (WebAssembly)";
#else
    return "CPU (native)";
#endif
  }
  buffer_ref allocate(index count, dtype t) override {
    auto const refuse = [&] {
      throw out_of_memory(ndfuse::detail::message("cannot allocate ", count, " elements of ", ndfuse::name(t), " (",
                                                  index(size_of(t)), " bytes each) on the cpu device"));
    };
    if (count > index(PTRDIFF_MAX / size_of(t)) - 1'000'000) refuse();  // in wasm an address has 32 bits
    std::size_t const bytes = size_class(std::size_t(count) * size_of(t));
    buffer* b = pool_.take(bytes, stats_);
    if (b == nullptr) {
      void* memory = std::malloc(bytes);
      if (memory == nullptr) {  // what is kept for reuse may be what is missing
        trim();
        memory = std::malloc(bytes);
      }
      if (memory == nullptr) refuse();
      b = new buffer{this};
      b->host = static_cast<std::byte*>(memory);
      b->bytes = bytes;
    }
    b->count = count;
    stats_.live_bytes += bytes;
    ++stats_.live_buffers;
    note_peak();
    return buffer_ref(b);
  }
  void upload(buffer& target, index first, index count, dtype t, void const* source) override {
    refuse_upload();
    if (count > 0) std::memcpy(target.host + std::size_t(first) * size_of(t), source, std::size_t(count) * size_of(t));
    stats_.uploaded_bytes += std::uint64_t(count) * size_of(t);
  }
  void read(buffer_ref source, index first, index count, dtype t, void* destination, completion& done) override {
    read_blocking(std::move(source), first, count, t, destination);
    done.finish();
  }
  void read_blocking(buffer_ref source, index first, index count, dtype t, void* destination) override {
    refuse_read();
    if (count > 0)
      std::memcpy(destination, source->host + std::size_t(first) * size_of(t), std::size_t(count) * size_of(t));
    stats_.read_bytes += std::uint64_t(count) * size_of(t);
  }
  void flush() override {}
  void synchronize(completion& done) override {
    refuse_read();
    done.finish();
  }
  void synchronize_blocking() override { refuse_read(); }
  void trim() override { pool_.clear(stats_); }
  void note_launch() { ++stats_.launches; }

  /// Begins to keep work, which `keep` is given, instead of running it.
  void begin_capture(map_keeper keeper) {
    keep_map = keeper;
    capturing_ = true;
  }
  cpu_tasks end_capture() {
    capturing_ = false;
    return std::exchange(kept_, {});
  }
  map_keeper keep_map = nullptr;
  /// Keeps `work`, a function that owns all that it needs.
  template <class F> void keep(F work) {
    struct task final : cpu_task {
      explicit task(F&& f) : work(std::move(f)) {}
      void run() override { work(); }
      F work;
    };
    kept_.push_back(std::make_unique<task>(std::move(work)));
  }

 private:
  void recycle(buffer* b) override {
    stats_.live_bytes -= b->bytes;
    --stats_.live_buffers;
    pool_.give(b, stats_);
  }
  struct destroy {
    void operator()(buffer* b) const {
      std::free(b->host);
      delete b;
    }
  };
  pool<destroy> pool_{destroy{}};
  cpu_tasks kept_;
};

/// The limits of a GPU that decide how work is cut. WebGL2 has no workgroups: zeros.
struct gpu_limits {
  std::uint64_t max_binding_bytes = 128u << 20;
  std::uint64_t max_buffer_bytes = 256u << 20;
  std::uint64_t max_workgroup_bytes = 16384;
  std::uint64_t max_invocations = 256;
  std::uint64_t max_storage_buffers = 8;
  std::uint64_t max_workgroups = 65535;
  std::uint64_t max_color_attachments = 8;  // outputs of one draw
};

/// Launches that the shim keeps: sequences of commands, by number (shim/README.md), and the buffers that they use.
struct captured_launches {
  struct sequence {
    std::uint32_t id = 0;
    unsigned launches = 0;
    std::uint64_t work = 0, bytes = 0;
  };
  ndfuse::detail::list<sequence> sequences;
  ndfuse::detail::list<buffer_ref> buffers;
  std::uint32_t generation = 0;  // of the device
};

/// How much elementary work (operations of kernels) a GPU of unknown speed gets at once: 100 ms at 100 GFLOP/s, so that
/// the page's own drawing gets its turn and no watchdog ends the device.
inline constexpr std::uint64_t least_work_budget = 10'000'000'000;

/// The workgroups of a launch.
struct grid {
  std::uint32_t x = 1, y = 1, z = 1;
};

/// The texels that a draw makes of each of its outputs; `whole`: what the outputs held elsewhere does not matter.
struct texel_range {
  std::uint32_t first = 0, count = 0;
  bool whole = true;
};

/// What is known about a choice between ways to do the same work.
struct tuning {
  int choice = -1;      // what was the fastest on this GPU, found before this program started; -1: not known
  bool wanted = false;  // whether candidates are to be handed to try_out now
};

/// A device that runs kernels from text: compute shaders on WebGPU (`dispatch`), fragment shaders on WebGL2 (`draw`).
class gpu_device : public device {
 public:
  gpu_limits const& limits() const { return limits_; }
  codegen::dialect language() const {
    return kind() == device_kind::webgl ? codegen::dialect::glsl : codegen::dialect::wgsl;
  }

  /// How much elementary work is handed over at once: what takes the GPU 50 ms at the greatest speed that has been seen
  /// of it (work that was waited for, by the time that it took with the waiting), and `least_work_budget` until then.
  /// A fast GPU is idle between pieces that are too small for it.
  std::uint64_t work_budget() const { return work_budget_; }

  /// The number of the kernel known under `key`, or 0.
  virtual std::uint32_t find_kernel(std::uint64_t key) const = 0;
  /// Makes a kernel known. `parts` are joined to its text; bindings 0 .. storage_count-1 are arrays (written ones by
  /// the bit mask), the next is the parameters. With `prepare` it is compiled now, in the background.
  virtual std::uint32_t add_kernel(std::uint64_t key, std::string_view name, std::span<std::string_view const> parts,
                                   unsigned storage_count, std::uint32_t written, bool prepare) = 0;
  /// Records one launch of a compute shader; `work` estimates its elementary operations.
  virtual void dispatch(std::uint32_t kernel, std::span<buffer* const> buffers,
                        std::span<std::uint32_t const> parameters, grid workgroups, std::uint64_t work) = 0;
  /// Records one launch of a fragment shader on `buffers`, inputs before outputs; an output may be among the inputs,
  /// where the shader then sees its old contents. `work` estimates the elementary operations of one texel.
  virtual void draw(std::uint32_t kernel, std::span<buffer* const> buffers, std::span<std::uint32_t const> parameters,
                    texel_range texels, std::uint64_t work) = 0;
  /// What is known for `key`, now that `work` elementary operations of it are to be done. The choice stays the same
  /// while the device lives, so that the same work gives the same bits; candidates are wanted once a key, when it has
  /// come to enough work, and not the first time.
  virtual tuning tuned(std::uint64_t key, double) { return {choice(key), false}; }
  /// The choice that is known for `key`; -1 or less where there is none.
  virtual int choice(std::uint64_t) const { return -1; }
  /// Lets the device time, when it is idle, what `launch` records for each choice: on memory of its own, of the same
  /// sizes. The first choice is the one that is taken where nothing is known. `text` names the work and, on a line
  /// each, the choices.
  template <class Launch>
  void try_out(std::uint64_t key, std::string_view text, std::span<unsigned const> choices, Launch launch) {
    begin_trial();
    try {
      for (unsigned choice : choices) {
        candidate(choice);
        launch(choice);
      }
    } catch (...) {
      end_trial(0, {});
      throw;
    }
    end_trial(key, text);
  }
  /// Calls `done` when all kernels added with `prepare` are compiled.
  virtual void warmup(completion& done) = 0;
  /// Opens a new device in place of a lost one; what lived on the old one is gone. Does nothing while it is not lost.
  virtual void reset(completion& done) = 0;
  virtual void reset_blocking() = 0;

 protected:
  using device::device;
  ~gpu_device() = default;

  /// From here to end_trial what is launched is recorded, and not done; without a text it is thrown away. Only devices
  /// that want candidates are asked for it.
  virtual void begin_trial() {}
  virtual void candidate(unsigned) {}
  virtual void end_trial(std::uint64_t, std::string_view) {}

  /// So much work was done within `ms` milliseconds.
  void note_speed(std::uint64_t work, double ms) {
    constexpr double most = 100 * double(least_work_budget);
    double const budget = ms > 0 ? double(work) / ms * 50 : 0;
    if (budget > double(work_budget_)) work_budget_ = std::uint64_t(budget < most ? budget : most);
  }

  gpu_limits limits_;
  std::uint64_t work_budget_ = least_work_budget;
};

}  // namespace runtime
}  // namespace ndfuse
