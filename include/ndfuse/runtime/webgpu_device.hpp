#pragma once
/// @file The webgpu device: records commands in wasm memory; the shim decodes them once per batch (shim/README.md is
/// the contract).

#if defined(__EMSCRIPTEN__)

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/runtime/device.hpp>

#include <emscripten/emscripten.h>

#include <new>

extern "C" {
void ndfuse_submit(std::uint32_t const* words, std::size_t n_words, void const* params, std::size_t params_bytes);
void ndfuse_pipeline(std::uint32_t id, char const* name, std::size_t name_size, void const* parts, std::size_t n_parts,
                     unsigned n_storage, std::uint32_t writable, int prepare);
void ndfuse_warmup(std::uint32_t request);
void ndfuse_read(std::uint32_t request, std::uint32_t buffer, double offset, double bytes, void* destination,
                 double timeout_ms);
int ndfuse_read_blocking(std::uint32_t buffer, double offset, double bytes, void* destination, double timeout_ms);
void ndfuse_synchronize(std::uint32_t request);
int ndfuse_synchronize_blocking(double timeout_ms);
std::size_t ndfuse_error(char* text, std::size_t capacity);
std::size_t ndfuse_device_info(int what, void* target, std::size_t capacity);
int ndfuse_lost();
}

namespace ndfuse::runtime {

namespace detail {

/// Completions that the shim will call back, by request number.
class request_table {
 public:
  std::uint32_t add(completion& c) {
    for (std::size_t k = 0; k < waiting_.size(); ++k)
      if (waiting_[k] == nullptr) {
        waiting_[k] = &c;
        return std::uint32_t(k + 1);
      }
    waiting_.push_back(&c);
    return std::uint32_t(waiting_.size());
  }
  completion& take(std::uint32_t request) { return *std::exchange(waiting_[request - 1], nullptr); }

 private:
  ndfuse::detail::list<completion*> waiting_;
};
inline request_table requests;

/// The shim's sentence about the last error.
inline std::string shim_error() {
  std::string text(ndfuse_error(nullptr, 0), '\0');
  ndfuse_error(text.data(), text.size());
  return text;
}

/// GPU buffers hold one 32-bit word an element (two for complex64); these convert from and to the host's layout.
constexpr bool same_layout(dtype t) { return size_of(t) == codegen::storage_size(t); }
template <class Word, class T> void convert_run(void* to, void const* from, index count) {
  for (index k = 0; k < count; ++k) static_cast<Word*>(to)[k] = Word(static_cast<T const*>(from)[k]);
}
inline void to_words(dtype t, void* to, void const* from, index count) {
  switch (t) {
    case dtype::bool_:
    case dtype::uint8: return convert_run<std::uint32_t, std::uint8_t>(to, from, count);
    case dtype::uint16: return convert_run<std::uint32_t, std::uint16_t>(to, from, count);
    case dtype::int8: return convert_run<std::int32_t, std::int8_t>(to, from, count);
    case dtype::int16: return convert_run<std::int32_t, std::int16_t>(to, from, count);
    case dtype::float16: return convert_run<float, float16>(to, from, count);
    default: return;
  }
}
inline void from_words(dtype t, void* to, void const* from, index count) {
  switch (t) {
    case dtype::bool_:
    case dtype::uint8: return convert_run<std::uint8_t, std::uint32_t>(to, from, count);
    case dtype::uint16: return convert_run<std::uint16_t, std::uint32_t>(to, from, count);
    case dtype::int8: return convert_run<std::int8_t, std::int32_t>(to, from, count);
    case dtype::int16: return convert_run<std::int16_t, std::int32_t>(to, from, count);
    case dtype::float16: return convert_run<float16, float>(to, from, count);
    default: return;
  }
}

}  // namespace detail

class webgpu_device final : public gpu_device {
 public:
  webgpu_device() : gpu_device(device_kind::webgpu) {
    std::uint64_t values[6]{};
    ndfuse_device_info(2, values, sizeof values);
    limits_ = {values[0], values[1], values[2], values[3], values[4], values[5]};
  }

  std::string description() const override {
    std::string text(ndfuse_device_info(1, nullptr, 0), '\0');
    ndfuse_device_info(1, text.data(), text.size());
    return text;
  }

  buffer_ref allocate(index count, dtype t) override {
    if (is_wide(t))
      throw dtype_error(ndfuse::detail::message("an array of ", ndfuse::name(t),
                                                " cannot live on the webgpu device: create it on the cpu device"));
    check_lost();
    std::uint64_t const wanted = std::uint64_t(count) * codegen::storage_size(t);
    std::uint64_t const most =
        limits_.max_binding_bytes < limits_.max_buffer_bytes ? limits_.max_binding_bytes : limits_.max_buffer_bytes;
    if (wanted > most)
      throw out_of_memory(ndfuse::detail::message("an array of ", count, " elements of ", ndfuse::name(t), " takes ",
                                                  index(wanted), " bytes, but this device allows ", index(most),
                                                  " bytes in one array"));
    std::size_t bytes = size_class(std::size_t(wanted));
    if (bytes > most) bytes = (std::size_t(wanted) + 15) / 16 * 16;
    buffer* b = pool_.take(bytes, stats_);
    if (b != nullptr) {
      command(7, 2);
      word(b->id);
    } else {
      b = new buffer{this};
      b->id = next_buffer_++;
      b->bytes = bytes;
      command(1, 4);
      word(b->id);
      word64(bytes);
    }
    stats_.live_bytes += bytes;
    ++stats_.live_buffers;
    note_peak();
    return buffer_ref(b);
  }

  void upload(buffer& target, index first, index count, dtype t, void const* source) override {
    if (count == 0) return;
    std::size_t const bytes = std::size_t(count) * codegen::storage_size(t);
    if (detail::same_layout(t)) return write(target, first, t, source, bytes);
    void* const words = ::operator new(bytes);
    detail::to_words(t, words, source, count);
    write(target, first, t, words, bytes);
    ::operator delete(words);
  }

  void read(buffer_ref source, index first, index count, dtype t, void* destination, completion& done) override {
    flush();
    std::size_t const size = codegen::storage_size(t);
    stats_.read_bytes += std::uint64_t(count) * size;
    if (count == 0) return done.finish();
    completion* target = &done;
    void* landing = destination;
    if (!detail::same_layout(t)) {
      auto* const narrowing = new narrowing_read(done, destination, count, t);
      landing = narrowing->words;
      target = narrowing;
    }
    ndfuse_read(detail::requests.add(*target), source->id, double(first) * double(size), double(count) * double(size),
                landing, timeout_ms);
  }

  void read_blocking(buffer_ref source, index first, index count, dtype t, void* destination) override {
    flush();
    std::size_t const size = codegen::storage_size(t);
    stats_.read_bytes += std::uint64_t(count) * size;
    if (count == 0) return;
    void* const landing = detail::same_layout(t) ? destination : ::operator new(std::size_t(count) * size);
    int const status = ndfuse_read_blocking(source->id, double(first) * double(size), double(count) * double(size),
                                            landing, timeout_ms);
    if (landing != destination) {
      if (status == completion::ok) detail::from_words(t, destination, landing, count);
      ::operator delete(landing);
    }
    if (status != completion::ok) completion::raise(status, detail::shim_error());
  }

  void flush() override {
    if (words_.empty()) return;
    ndfuse_submit(words_.data(), words_.size(), params_.data(), params_.size() * 4);
    words_.clear();
    params_.clear();
    dispatches_ = 0;
  }

  void synchronize(completion& done) override {
    flush();
    ndfuse_synchronize(detail::requests.add(done));
  }
  void synchronize_blocking() override {
    flush();
    int const status = ndfuse_synchronize_blocking(timeout_ms);
    if (status != completion::ok) completion::raise(status, detail::shim_error());
  }
  void trim() override {
    pool_.clear(stats_);
    flush();
  }

  std::uint32_t find_kernel(std::uint64_t key) const override {
    for (std::size_t k = std::size_t(key) & mask(); table_.size() != 0; k = (k + 1) & mask()) {
      if (table_[k].id == 0) return 0;
      if (table_[k].key == key) return table_[k].id;
    }
    return 0;
  }

  std::uint32_t add_kernel(std::uint64_t key, std::string_view name, std::span<std::string_view const> parts,
                           unsigned storage_count, std::uint32_t written, bool prepare) override {
    check_lost();
    if ((kernels_ + 1) * 2 > table_.size()) grow();
    std::uint32_t const id = std::uint32_t(++kernels_);
    insert({key, id});
    ++stats_.pipelines;
    struct part {
      char const* text;
      std::size_t size;
    };
    ndfuse::detail::list<part> list;
    for (std::string_view p : parts) list.push_back({p.data(), p.size()});
    ndfuse_pipeline(id, name.data(), name.size(), list.data(), list.size(), storage_count, written, prepare ? 1 : 0);
    return id;
  }

  void dispatch(std::uint32_t kernel, std::span<buffer* const> buffers, std::span<std::uint32_t const> parameters,
                std::uint32_t x, std::uint32_t y, std::uint32_t z) override {
    std::size_t const offset = params_.size() * 4;
    for (std::uint32_t p : parameters) params_.push_back(p);
    while (params_.size() % 64 != 0) params_.push_back(0);
    command(4, 8 + buffers.size());
    word(kernel);
    word(x);
    word(y);
    word(z);
    word(offset);
    word(parameters.size() * 4);
    word(buffers.size());
    for (buffer* b : buffers) word(b->id);
    ++stats_.launches;
    // The first launches go out early so that the GPU starts; after that a batch is worth its submit.
    if (++dispatches_ >= (stats_.launches <= 8 ? 4u : 64u)) flush();
  }

  void warmup(completion& done) override { ndfuse_warmup(detail::requests.add(done)); }

  /// The limit of every wait; 0 is the limit that the program was started with.
  double timeout_ms = 0;

 private:
  /// Receives 32-bit words and narrows them to the host's layout before the reader hears of it.
  struct narrowing_read final : completion {
    narrowing_read(completion& then, void* to, index n, dtype type)
        : next(then), destination(to), count(n), t(type), words(::operator new(std::size_t(n) * 4)) {}
    void finish() override {
      if (result == ok) detail::from_words(t, destination, words, count);
      ::operator delete(words);
      completion& then = next;
      then.result = result;
      then.message = std::move(message);
      delete this;
      then.finish();
    }
    completion& next;
    void* destination;
    index count;
    dtype t;
    void* words;
  };

  void check_lost() const {
    if (ndfuse_lost() != 0) throw device_lost("the webgpu device is lost; the arrays that lived on it are gone");
  }
  void write(buffer& target, index first, dtype t, void const* source, std::size_t bytes) {
    command(3, 6);
    word(target.id);
    word64(std::uint64_t(first) * codegen::storage_size(t));
    word(reinterpret_cast<std::uintptr_t>(source));
    word(bytes);
    stats_.uploaded_bytes += bytes;
    flush();  // the source is the caller's
  }
  void recycle(buffer* b) override {
    stats_.live_bytes -= b->bytes;
    --stats_.live_buffers;
    pool_.give(b, stats_);
  }
  void command(std::uint32_t op, std::size_t words) { words_.push_back(op | std::uint32_t(words) << 8); }
  void word(std::size_t v) { words_.push_back(std::uint32_t(v)); }
  void word64(std::uint64_t v) {
    words_.push_back(std::uint32_t(v));
    words_.push_back(std::uint32_t(v >> 32));
  }

  struct destroy {
    webgpu_device* self;
    void operator()(buffer* b) const {
      self->command(2, 2);
      self->word(b->id);
      delete b;
    }
  };

  // Known kernels: an open-addressed table from key to number.
  struct entry {
    std::uint64_t key = 0;
    std::uint32_t id = 0;
  };
  std::size_t mask() const { return table_.size() - 1; }
  void insert(entry e) {
    std::size_t k = std::size_t(e.key) & mask();
    while (table_[k].id != 0) k = (k + 1) & mask();
    table_[k] = e;
  }
  void grow() {
    ndfuse::detail::list<entry> old(table_.size() == 0 ? 64 : table_.size() * 2, entry{});
    std::swap(old, table_);
    for (entry const& e : old)
      if (e.id != 0) insert(e);
  }

  ndfuse::detail::list<std::uint32_t> words_, params_;
  ndfuse::detail::list<entry> table_;
  pool<destroy> pool_{destroy{this}};
  std::size_t kernels_ = 0;
  std::uint32_t next_buffer_ = 1;
  unsigned dispatches_ = 0;
};

}  // namespace ndfuse::runtime

/// Called by the shim when a request ends.
extern "C" inline EMSCRIPTEN_KEEPALIVE void ndfuse_complete(std::uint32_t request, int status) {
  ndfuse::runtime::completion& c = ndfuse::runtime::detail::requests.take(request);
  c.result = status;
  if (status != ndfuse::runtime::completion::ok) c.message = ndfuse::runtime::detail::shim_error();
  c.finish();
}

#endif
