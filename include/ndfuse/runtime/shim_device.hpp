#pragma once
/// @file The GPU devices, webgpu and webgl: they record commands in wasm memory, which the shim decodes once a batch
/// (shim/README.md is the contract).

#if defined(__EMSCRIPTEN__)

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/runtime/device.hpp>

#include <emscripten/emscripten.h>

#include <memory>
#include <new>
#include <vector>

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
void ndfuse_recording();
void ndfuse_reset(std::uint32_t request);
int ndfuse_reset_blocking(double timeout_ms);
int ndfuse_suspend();
int ndfuse_draw_image(char const* canvas, std::size_t canvas_size, int in_heap, std::uint32_t source,
                      std::uint32_t width, std::uint32_t height);
double ndfuse_adopted_bytes(std::uint32_t id);
int ndfuse_tuned(std::uint32_t key_low, std::uint32_t key_high);
void ndfuse_trial(std::uint32_t key_low, std::uint32_t key_high, char const* text, std::size_t text_size,
                  std::uint32_t const* words, std::size_t n_words, void const* params, std::size_t params_bytes);
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

/// The status of a blocking import. 7 says that its wait has begun; suspending wasm ends it (shim/README.md).
inline int waited(int status) { return status == 7 ? ndfuse_suspend() : status; }

/// What the shim says about the device in words: 1 the adapter, 3 the way of waiting, 4 why the device was lost.
inline std::string device_text(int what) {
  std::string text(ndfuse_device_info(what, nullptr, 0), '\0');
  ndfuse_device_info(what, text.data(), text.size());
  return text;
}

/// On WebGL2 an element takes a 32-bit word (complex64: two); these convert from and to the host's layout.
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

class shim_device final : public gpu_device {
 public:
  explicit shim_device(device_kind k) : gpu_device(k) { read_limits(); }

  std::string description() const override { return detail::device_text(1); }

  buffer_ref allocate(index count, dtype t) override {
    if (is_wide(t))
      throw dtype_error(ndfuse::detail::message("an array of ", ndfuse::name(t), " cannot live on the ",
                                                ndfuse::name(kind()), " device: create it on the cpu device"));
    if (trial_.recording) return scratch(std::size_t(count) * stored_size(t));
    revive();
    std::uint64_t const wanted = std::uint64_t(count) * stored_size(t);
    std::uint64_t const most =
        limits_.max_binding_bytes < limits_.max_buffer_bytes ? limits_.max_binding_bytes : limits_.max_buffer_bytes;
    if (wanted > most)
      throw out_of_memory(ndfuse::detail::message("an array of ", count, " elements of ", ndfuse::name(t), " takes ",
                                                  index(wanted), " bytes, but this device allows ", index(most),
                                                  " bytes in one array"));
    std::size_t bytes = size_class(std::size_t(wanted));
    if (bytes > most) bytes = (std::size_t(wanted) + 15) / 16 * 16;
    if (buffer* const b = capture_ != nullptr ? capture_->take(bytes) : nullptr) {
      renew_in_capture(*b);
      b->count = count;
      return buffer_ref(b);
    }
    buffer* b = pool_.take(bytes, stats_);
    if (b != nullptr) {
      command(7, 2);
      word(b->id);
    } else {
      b = new buffer{this};
      b->id = next_buffer_++;
      b->bytes = bytes;
      b->generation = generation_;
      command(1, 4);
      word(b->id);
      word64(bytes);
    }
    if (capture_ != nullptr) {
      renew_in_capture(*b);
      b->capture = capture_->serial;
      capture_->own.push_back(b);
    }
    b->count = count;
    stats_.live_bytes += bytes;
    ++stats_.live_buffers;
    note_peak();
    return buffer_ref(b);
  }

  /// A buffer that the page has handed in under this number.
  buffer_ref adopt(std::uint32_t id) {
    double const bytes = ndfuse_adopted_bytes(id);
    if (bytes < 0) throw device_error(detail::shim_error());
    auto* const b = new buffer{this};
    b->id = id;
    b->bytes = std::size_t(bytes);
    b->count = index(b->bytes / 4);
    b->generation = generation_;
    b->adopted = true;
    stats_.live_bytes += b->bytes;
    ++stats_.live_buffers;
    note_peak();
    return buffer_ref(b);
  }

  void upload(buffer& target, index first, index count, dtype t, void const* source) override {
    refuse_upload();
    if (count == 0) return;
    check(target);
    if (!upload_alone(target, first, count, t))
      throw value_error(ndfuse::detail::message(
          "elements ", first, " to ", first + count, " of an array of ", target.count, " elements of ", ndfuse::name(t),
          " cannot be uploaded alone: on this device a range must begin at a multiple of 4 bytes, ",
          "and end at one or with the array"));
    std::size_t const size = stored_size(t), bytes = std::size_t(count) * size;
    if (size == size_of(t)) return write(target, first, t, source, bytes);
    void* const words = ::operator new(bytes);
    detail::to_words(t, words, source, count);
    write(target, first, t, words, bytes);
    ::operator delete(words);
  }

  bool upload_alone(buffer const& target, index first, index count, dtype t) const override {
    index const in_word = index(codegen::elements_per_word(language(), t)), end = first + count;
    return first % in_word == 0 && (end % in_word == 0 || end == target.count);
  }

  void read(buffer_ref source, index first, index count, dtype t, void* destination, completion& done) override {
    refuse_read();
    check(*source);
    flush();
    std::size_t const size = stored_size(t);
    stats_.read_bytes += std::uint64_t(count) * size;
    if (count == 0) return done.finish();
    completion* target = &timed(done);
    void* landing = destination;
    if (size != size_of(t)) {
      auto* const narrowing = new narrowing_read(*target, destination, count, t);
      landing = narrowing->words;
      target = narrowing;
    }
    ndfuse_read(detail::requests.add(*target), source->id, double(first) * double(size), double(count) * double(size),
                landing, timeout_ms);
  }

  void read_blocking(buffer_ref source, index first, index count, dtype t, void* destination) override {
    refuse_read();
    check(*source);
    flush();
    std::size_t const size = stored_size(t);
    stats_.read_bytes += std::uint64_t(count) * size;
    if (count == 0) return;
    void* const landing = size == size_of(t) ? destination : ::operator new(std::size_t(count) * size);
    submission const waited_for = std::exchange(submitted_, {});
    int const status = detail::waited(ndfuse_read_blocking(source->id, double(first) * double(size),
                                                           double(count) * double(size), landing, timeout_ms));
    if (status == completion::ok) note(waited_for);
    if (landing != destination) {
      if (status == completion::ok) detail::from_words(t, destination, landing, count);
      ::operator delete(landing);
    }
    if (status != completion::ok) completion::raise(status, detail::shim_error());
  }

  void flush() override {
    if (recorded_.words.empty()) return;
    ndfuse_submit(recorded_.words.data(), recorded_.words.size(), recorded_.params.data(), recorded_.params.size() * 4);
    if (submitted_.work == 0) submitted_.since = emscripten_get_now();
    submitted_.work += work_;
    clear_recorded();
  }

  void synchronize(completion& done) override {
    refuse_read();
    flush();
    ndfuse_synchronize(detail::requests.add(timed(done)));
  }
  void synchronize_blocking() override {
    refuse_read();
    flush();
    submission const waited_for = std::exchange(submitted_, {});
    int const status = detail::waited(ndfuse_synchronize_blocking(timeout_ms));
    if (status != completion::ok) completion::raise(status, detail::shim_error());
    note(waited_for);
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
    revive();
    if ((kernels_ + 1) * 2 > table_.size()) grow();
    ++kernels_;
    std::uint32_t const id = ++last_kernel_;
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
                grid workgroups, std::uint64_t work) override {
    for (buffer* b : buffers) trial_.recording ? declare(*b) : check(*b);
    std::size_t const offset = begin_launch(4, 8 + buffers.size(), parameters);
    word(kernel);
    word(workgroups.x);
    word(workgroups.y);
    word(workgroups.z);
    finish_launch(offset, parameters.size() * 4, buffers, work);
  }

  void draw(std::uint32_t kernel, std::span<buffer* const> buffers, std::span<std::uint32_t const> parameters,
            texel_range texels, std::uint64_t work) override {
    for (buffer* b : buffers) check(*b);
    std::size_t const offset = begin_launch(8, 9 + buffers.size(), parameters);
    word(kernel);
    word(texels.first);
    word(texels.count);
    word(texels.whole ? 1 : 0);
    word(work < UINT32_MAX ? std::size_t(work) : UINT32_MAX);
    finish_launch(offset, parameters.size() * 4, buffers, work * texels.count);
  }

  tuning tuned(std::uint64_t key, double work) override {
    for (known_tuning& known : tunings_)
      if (known.key == key) {
        known.work += work;
        bool const wanted = known.open && capture_ == nullptr && known.work >= double(least_work_budget);
        if (wanted) known.open = false;
        return {known.choice, wanted};
      }
    int const known = choice(key);
    tunings_.push_back({key, work, known, known == untried});
    return {known, false};
  }
  int choice(std::uint64_t key) const override { return ndfuse_tuned(std::uint32_t(key), std::uint32_t(key >> 32)); }

  void warmup(completion& done) override { ndfuse_warmup(detail::requests.add(done)); }

  void reset(completion& done) override {
    refuse_read();
    note_loss();
    ndfuse_reset(detail::requests.add(*new resetting(done, *this)));
  }
  void reset_blocking() override {
    refuse_read();
    note_loss();
    bool const lost = ndfuse_lost() != 0;
    int const status = detail::waited(ndfuse_reset_blocking(timeout_ms));
    if (status != completion::ok) completion::raise(status, detail::shim_error());
    if (lost) begin_again();
  }

  /// Launches are kept from now on, and not handed over.
  void begin_capture() {
    capture_ = std::make_unique<open_capture>(++last_capture_, generation_);
    capturing_ = true;
  }
  /// Gives up what was kept.
  void abandon_capture() { static_cast<void>(close_capture()); }
  /// What was kept, which the shim knows from now on. Throws device_lost when the device was lost meanwhile.
  captured_launches end_capture() {
    std::unique_ptr<open_capture> const c = close_capture();
    captured_launches made{{}, std::move(c->buffers), c->generation};
    if (made.generation != generation_) throw device_lost(lost_launches());
    for (piece const& p : c->pieces) {
      std::uint32_t const id = next_sequence_++;
      command(9, 3 + p.words.size() + p.params.size());
      word(id);
      word(p.words.size());
      for (std::uint32_t w : p.words) word(w);
      for (std::uint32_t w : p.params) word(w);
      made.sequences.push_back({id, p.launches, p.work, p.bytes});
    }
    return made;
  }
  /// Records all launches of a capture again. Throws device_lost when the device that they were for is lost.
  void replay(captured_launches const& c) {
    bool const lost = ndfuse_lost() != 0;
    if (lost) loss_ = detail::device_text(4);
    if (lost || c.generation != generation_) throw device_lost(lost_launches());
    for (captured_launches::sequence const& s : c.sequences) {
      command(10, 2);
      word(s.id);
      stats_.launches += s.launches;
      launches_ += s.launches;
      work_ += s.work;
      bytes_ += s.bytes;
      if (much_recorded()) flush();
    }
    flush_when_due();
  }
  /// The shim need not keep these launches any longer.
  void forget(captured_launches const& c) {
    if (c.generation != generation_) return;
    for (captured_launches::sequence const& s : c.sequences) {
      command(11, 2);
      word(s.id);
    }
  }

  /// The limit of every wait; 0 is the limit that the program was started with.
  double timeout_ms = 0;

 private:
  /// Commands, and the parameters of their launches.
  struct stream {
    ndfuse::detail::list<std::uint32_t> words, params;
  };
  /// So many launches of a capture as may be handed over at once.
  struct piece : stream {
    unsigned launches = 0;
    std::uint64_t work = 0, bytes = 0;
    bool full() const { return launches >= 4096 || work >= least_work_budget || bytes >= bytes_budget; }
  };
  /// What a capture has kept so far. Buffers that are allocated meanwhile are its own: a later launch of the capture
  /// may have one that nobody holds any more.
  struct open_capture {
    open_capture(std::uint32_t s, std::uint32_t g) : serial(s), generation(g) {}
    buffer* take(std::size_t bytes) {
      for (std::size_t k = unused.size(); k-- > 0;)
        if (unused[k]->bytes == bytes) {
          buffer* const b = unused[k];
          unused[k] = unused.back();
          unused.pop_back();
          return b;
        }
      return nullptr;
    }
    std::uint32_t serial, generation;
    std::vector<piece> pieces;
    ndfuse::detail::list<buffer_ref> buffers;  // that launches use
    ndfuse::detail::list<buffer*> own, unused;
  };
  std::unique_ptr<open_capture> close_capture() {
    capturing_ = false;
    std::unique_ptr<open_capture> c = std::move(capture_);
    for (buffer* b : c->own) c->buffers.push_back(buffer_ref(b));
    return c;
  }
  stream& captured() {
    if (capture_->pieces.empty() || capture_->pieces.back().full()) capture_->pieces.emplace_back();
    return capture_->pieces.back();
  }
  std::string lost_launches() const {
    return ndfuse::detail::message("what nf::capture recorded was for a ", ndfuse::name(kind()),
                                   " device that was lost: ", loss_);
  }
  std::size_t stored_size(dtype t) const { return codegen::storage_size(language(), t); }

  // A trial: commands on buffers that the shim makes, in a stream of their own.
  void begin_trial() override {
    trial_.recording = true;
    to_ = &trial_.commands;
  }
  void candidate(unsigned choice) override {
    command(12, 2);
    word(choice);
  }
  void end_trial(std::uint64_t key, std::string_view text) override {
    stream const& c = trial_.commands;
    if (!text.empty())
      ndfuse_trial(std::uint32_t(key), std::uint32_t(key >> 32), text.data(), text.size(), c.words.data(),
                   c.words.size(), c.params.data(), c.params.size() * 4);
    to_ = &recorded_;
    trial_ = {};
  }
  /// Names a buffer's size to the trial, once.
  void declare(buffer const& b) {
    for (std::uint32_t id : trial_.declared)
      if (id == b.id) return;
    trial_.declared.push_back(b.id);
    command(1, 4);
    word(b.id);
    word64(b.bytes);
  }
  /// A buffer that only the trial has: to this device it is one of a device that is gone.
  buffer_ref scratch(std::size_t bytes) {
    auto* const b = new buffer{this};
    b->id = next_buffer_++;
    b->bytes = size_class(bytes);
    b->generation = generation_ - 1;
    stats_.live_bytes += b->bytes;
    ++stats_.live_buffers;
    return buffer_ref(b);
  }

  /// Work that was handed over since the last wait began.
  struct submission {
    std::uint64_t work = 0;
    double since = 0;
  };
  void note(submission const& s) {
    if (s.work >= least_work_budget) note_speed(s.work, emscripten_get_now() - s.since);
  }

  /// Does something before whoever waits hears of the end.
  struct forwarding : completion {
    explicit forwarding(completion& then) : next(then) {}
    template <class Self> static void pass_on(Self* self) {
      completion& then = self->next;
      then.result = self->result;
      then.message = std::move(self->message);
      delete self;
      then.finish();
    }
    completion& next;
  };

  /// Notes how fast the GPU was.
  struct timing final : forwarding {
    timing(completion& then, shim_device& d, submission s) : forwarding(then), self(d), waited_for(s) {}
    void finish() override {
      if (result == ok) self.note(waited_for);
      pass_on(this);
    }
    shim_device& self;
    submission waited_for;
  };
  completion& timed(completion& done) {
    submission const s = std::exchange(submitted_, {});
    if (s.work < least_work_budget) return done;
    return *new timing(done, *this, s);
  }

  /// Receives 32-bit words and narrows them to the host's layout.
  struct narrowing_read final : forwarding {
    narrowing_read(completion& then, void* to, index n, dtype type)
        : forwarding(then), destination(to), count(n), t(type), words(::operator new(std::size_t(n) * 4)) {}
    void finish() override {
      if (result == ok) detail::from_words(t, destination, words, count);
      ::operator delete(words);
      pass_on(this);
    }
    void* destination;
    index count;
    dtype t;
    void* words;
  };

  /// Tells this device that there is a new one.
  struct resetting final : forwarding {
    resetting(completion& then, shim_device& d) : forwarding(then), self(d), lost(ndfuse_lost() != 0) {}
    void finish() override {
      if (result == ok && lost) self.begin_again();
      pass_on(this);
    }
    shim_device& self;
    bool lost;
  };

  /// A lost device is replaced when the program next makes something, where that can be waited for, and at most three
  /// times a minute: a kernel that kills the GPU would do so for ever.
  void revive() {
    if (ndfuse_lost() == 0) return;
    constexpr double minute = 60'000;
    double const now = emscripten_get_now();
    double& oldest = revivals_[next_revival_];
    if (oldest != 0 && now - oldest < minute)
      throw device_lost(ndfuse::detail::message("the ", ndfuse::name(kind()), " device was lost again, after ",
                                                std::size(revivals_),
                                                " new ones within a minute: ", detail::device_text(4)));
    note_loss();
    std::string const reason = detail::device_text(4);
    if (int const status = detail::waited(ndfuse_reset_blocking(timeout_ms)); status != completion::ok)
      throw device_lost(ndfuse::detail::message("the ", ndfuse::name(kind()),
                                                " device is lost, and there is no new one (", detail::shim_error(),
                                                "). It was lost because: ", reason));
    oldest = now;
    next_revival_ = (next_revival_ + 1) % std::size(revivals_);
    begin_again();
  }
  /// A buffer of a device that was lost is gone, also when there is a new device.
  void check(buffer const& b) const {
    if (b.generation != generation_)
      throw device_lost(
          ndfuse::detail::message("this array was on a ", ndfuse::name(kind()), " device that was lost: ", loss_));
  }
  void clear_recorded() {
    recorded_.words.clear();
    recorded_.params.clear();
    launches_ = 0;
    work_ = bytes_ = 0;
  }
  void note_loss() {
    if (ndfuse_lost() != 0) loss_ = detail::device_text(4);
  }
  /// There is a new device: it knows no buffer and no kernel.
  void begin_again() {
    ++generation_;
    clear_recorded();
    submitted_ = {};
    work_budget_ = least_work_budget;
    pool_.clear(stats_);
    table_ = {};
    kernels_ = 0;
    tunings_ = {};
    read_limits();
  }
  void read_limits() {
    std::uint64_t v[7]{};
    ndfuse_device_info(2, v, sizeof v);
    limits_ = {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
  }
  void write(buffer& target, index first, dtype t, void const* source, std::size_t bytes) {
    command(3, 6);
    word(target.id);
    word64(std::uint64_t(first) * stored_size(t));
    word(reinterpret_cast<std::uintptr_t>(source));
    word(bytes);
    stats_.uploaded_bytes += bytes;
    flush();  // the source is the caller's
  }
  void recycle(buffer* b) override {
    if (capture_ != nullptr && b->capture == capture_->serial) return capture_->unused.push_back(b);
    stats_.live_bytes -= b->bytes;
    --stats_.live_buffers;
    if (b->generation != generation_) return delete b;
    if (!b->adopted) return pool_.give(b, stats_);
    command(2, 2);  // the page's: only our record of it goes
    word(b->id);
    delete b;
  }
  void command(std::uint32_t op, std::size_t words) {
    if (to_ == &recorded_ && recorded_.words.empty()) {
      ndfuse_recording();  // so that a program that returns to the event loop is flushed
      recording_since_ = emscripten_get_now();
    }
    word(op | words << 8);
  }
  void word(std::size_t v) { to_->words.push_back(std::uint32_t(v)); }
  void word64(std::uint64_t v) {
    word(std::uint32_t(v));
    word(std::uint32_t(v >> 32));
  }
  /// Whenever the capture is replayed, a new array lives in this buffer.
  void renew_in_capture(buffer const& b) {
    to_ = &captured();
    command(7, 2);
    word(b.id);
    to_ = &recorded_;
  }

  /// Writes the first word of a launch; gives where its parameters lie.
  std::size_t begin_launch(std::uint32_t op, std::size_t words, std::span<std::uint32_t const> parameters) {
    if (capture_ != nullptr) to_ = &captured();
    std::size_t const offset = to_->params.size() * 4;
    for (std::uint32_t p : parameters) to_->params.push_back(p);
    while (to_->params.size() % 64 != 0) to_->params.push_back(0);
    command(op, words);
    return offset;
  }
  void finish_launch(std::size_t offset, std::size_t bytes, std::span<buffer* const> buffers, std::uint64_t work) {
    word(offset);
    word(bytes);
    word(buffers.size());
    std::uint64_t bound = 0;
    for (buffer* b : buffers) {
      word(b->id);
      bound += b->bytes;
    }
    if (capture_ != nullptr) {
      to_ = &recorded_;
      piece& p = capture_->pieces.back();
      ++p.launches;
      p.work += work;
      p.bytes += bound;
      for (buffer* b : buffers)
        if (b->capture != capture_->serial) {
          b->capture = capture_->serial;
          capture_->buffers.push_back(buffer_ref(b));
        }
      return;
    }
    if (trial_.recording) return;
    ++stats_.launches;
    ++launches_;
    work_ += work;
    bytes_ += bound;
    flush_when_due();
  }
  bool much_recorded() const { return work_ >= work_budget() || bytes_ >= bytes_budget; }
  /// The first launches go out early so that the GPU starts; after that a batch is worth its submit, unless it is much
  /// work or has been waiting.
  void flush_when_due() {
    if (launches_ >= (stats_.launches <= 8 ? 4u : 64u) || much_recorded() ||
        emscripten_get_now() - recording_since_ > patience_ms)
      flush();
  }

  struct destroy {
    shim_device* self;
    void operator()(buffer* b) const {
      if (b->generation == self->generation_) {
        self->command(2, 2);
        self->word(b->id);
      }
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

  struct known_tuning {
    std::uint64_t key;
    double work;
    int choice;
    bool open;  // no candidates have been handed over
  };
  static constexpr int untried = -1;  // ndfuse_tuned: nothing is known, and a trial is welcome
  ndfuse::detail::list<known_tuning> tunings_;
  struct {
    bool recording = false;
    stream commands{};
    ndfuse::detail::list<std::uint32_t> declared{};
  } trial_;

  stream recorded_;
  stream* to_ = &recorded_;  // where commands go
  std::unique_ptr<open_capture> capture_;
  ndfuse::detail::list<entry> table_;
  pool<destroy> pool_{destroy{this}};
  std::size_t kernels_ = 0;        // in the table
  std::uint32_t last_kernel_ = 0;  // ids go on when the device is reset
  std::uint32_t next_buffer_ = 1, next_sequence_ = 1, last_capture_ = 0;
  std::uint32_t generation_ = 0;
  std::string loss_;
  double revivals_[3]{};
  std::size_t next_revival_ = 0;
  // what has been recorded since the last flush
  static constexpr std::uint64_t bytes_budget = std::uint64_t(1) << 30;
  static constexpr double patience_ms = 2;
  unsigned launches_ = 0;
  std::uint64_t work_ = 0, bytes_ = 0;
  double recording_since_ = 0;
  submission submitted_;
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
