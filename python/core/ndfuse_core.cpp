// The binary interface (ndfuse_core.h) over the engine of include/ndfuse/graph.

#include "ndfuse_core.h"

#include <ndfuse/graph/run.hpp>

#include <new>
#include <string>

namespace {

using namespace ndfuse;

static_assert(NDFUSE_CORE_VERSION == graph::detail::version);

// Never destroyed: a caller may release arrays after main.
graph::engine& engine() {
  static graph::engine* const e = new graph::engine;
  return *e;
}
std::string& error_text() {
  static std::string* const text = new std::string;
  return *text;
}
std::string& answer() {
  static std::string* const text = new std::string;
  return *text;
}

/// The code of the exception that is being handled; its sentence becomes the error's.
int code_of_current() noexcept {
  auto const tell = [](int code, char const* what) {
    error_text() = what;
    return code;
  };
  try {
    throw;
  } catch (graph::record_error const& e) {
    return tell(NDFUSE_CORE_RECORD, e.what());
  } catch (graph::overflow_error const& e) {
    return tell(NDFUSE_CORE_OVERFLOW, e.what());
  } catch (shape_error const& e) { return tell(NDFUSE_CORE_SHAPE, e.what()); } catch (index_error const& e) {
    return tell(NDFUSE_CORE_INDEX, e.what());
  } catch (dtype_error const& e) { return tell(NDFUSE_CORE_DTYPE, e.what()); } catch (value_error const& e) {
    return tell(NDFUSE_CORE_VALUE, e.what());
  } catch (kernel_error const& e) { return tell(NDFUSE_CORE_KERNEL, e.what()); } catch (out_of_memory const& e) {
    return tell(NDFUSE_CORE_NO_MEMORY, e.what());
  } catch (device_lost const& e) { return tell(NDFUSE_CORE_LOST, e.what()); } catch (timeout_error const& e) {
    return tell(NDFUSE_CORE_TIMEOUT, e.what());
  } catch (std::bad_alloc const&) {
    return tell(NDFUSE_CORE_NO_MEMORY, "out of memory in the core");
  } catch (std::exception const& e) { return tell(NDFUSE_CORE_DEVICE, e.what()); } catch (...) {
    return tell(NDFUSE_CORE_DEVICE, "an unknown error in the core");
  }
}
template <class F> int guarded(F f) noexcept {
  try {
    f();
    return NDFUSE_CORE_OK;
  } catch (...) { return code_of_current(); }
}

/// A whole number that a caller hands over as a double.
ndfuse::index whole(double v) {
  if (!(v >= 0 && v <= 9007199254740992.0) || v != static_cast<double>(static_cast<ndfuse::index>(v)))
    throw value_error(detail::message("a number of elements must be a whole number, not ", std::to_string(v)));
  return static_cast<ndfuse::index>(v);
}
dtype checked_dtype(int t) {
  if (t < 0 || t >= int(dtype_count)) throw value_error(detail::message("no dtype has the number ", t));
  return dtype(t);
}
bool known_operand(int type, int weak) { return weak >= 0 && weak <= 4 && type >= 0 && type < int(dtype_count); }
ir::operand_type operand(int type, int weak) {
  auto const w = weak_kind(weak);
  return {w == weak_kind::none ? dtype(type) : default_type(w), w};
}

#if defined(__EMSCRIPTEN__)
/// Ends a request of the caller.
struct ending final : runtime::completion {
  ending(std::uint32_t r, runtime::buffer_ref m) : request(r), memory(std::move(m)) {}
  void finish() override {
    int const code = guarded([&] { rethrow(); });
    std::uint32_t const r = request;
    delete this;
    ndfuse_core_ended(r, code);
  }
  std::uint32_t request;
  runtime::buffer_ref memory;
};
#endif

}  // namespace

extern "C" {

uint32_t ndfuse_core_version(void) { return NDFUSE_CORE_VERSION; }
char const* ndfuse_core_error_text(void) { return error_text().c_str(); }
void* ndfuse_core_memory(size_t bytes) { return std::malloc(bytes); }
void ndfuse_core_free(void* memory) { std::free(memory); }

char const* ndfuse_core_tables(void) {
  static std::string const* const text = [] {
    constexpr std::string_view kinds[] = {"b", "i", "u", "f", "c"};
    constexpr std::string_view rules[] = {"structure", "arithmetic", "floating", "rounding", "magnitude", "comparison",
                                          "predicate", "logical",    "bitwise",  "select",   "exact",     "random"};
    auto* const t = new std::string("{\"dtypes\": [");
    for (std::size_t k = 0; k < dtype_count; ++k)
      *t += detail::message(k == 0 ? "" : ", ", "{\"name\": \"", name(dtype(k)), "\", \"kind\": \"",
                            kinds[std::size_t(kind(dtype(k)))], "\", \"size\": ", size_of(dtype(k)), "}");
    *t += "], \"ops\": [";
    for (std::size_t k = 0; k < ir::op_count; ++k)
      *t +=
          detail::message(k == 0 ? "" : ", ", "{\"name\": \"", ir::op_table[k].name,
                          "\", \"arity\": ", int(ir::op_table[k].arity), ", \"rule\": \"",
                          rules[std::size_t(ir::op_table[k].rule)], "\", \"kinds\": \"", ir::op_table[k].kinds, "\"}");
    *t += "], \"reductions\": [";
    for (std::size_t k = 0; k < ops::reduce_kind_count; ++k)
      *t += detail::message(k == 0 ? "\"" : ", \"", ops::function_name(ops::reduce_kind(k)), "\"");
    *t += "], \"scans\": [";
    for (std::size_t k = 0; k < ops::scan_kind_count; ++k)
      *t += detail::message(k == 0 ? "\"" : ", \"", ops::function_name(ops::scan_kind(k)), "\"");
    *t += "], \"weak\": [\"none\", \"boolean\", \"integer\", \"floating\", \"complex\"]}";
    return t;
  }();
  return text->c_str();
}

int ndfuse_core_types(int op, int a, int a_weak, int b, int b_weak) {
  if (op < 0 || op >= int(ir::op_count) || !known_operand(a, a_weak) || !known_operand(b, b_weak)) return -1;
  if (!ir::is_function(ir::opcode(op))) return -1;
  ir::op_types const t = ir::types_of(ir::opcode(op), operand(a, a_weak), operand(b, b_weak));
  return t.supported ? int(t.operands) + 256 * int(t.result) : -1;
}
int ndfuse_core_result_type(int a, int a_weak, int b, int b_weak) {
  if (!known_operand(a, a_weak) || !known_operand(b, b_weak)) return -1;
  return int(ir::promote_operands(operand(a, a_weak), operand(b, b_weak)));
}
int ndfuse_core_reduce_types(int reduction, int a) {
  if (reduction < 0 || reduction >= int(ops::reduce_kind_count) || !known_operand(a, 0)) return -1;
  ops::reduce_types const t = ops::types_of(ops::reduce_kind(reduction), dtype(a));
  return t.supported ? int(t.element) + 256 * int(t.result) : -1;
}
int ndfuse_core_scan_types(int scan, int a) {
  if (scan < 0 || scan >= int(ops::scan_kind_count) || !known_operand(a, 0)) return -1;
  ops::scan_types const t = ops::types_of(ops::scan_kind(scan), dtype(a));
  return t.supported ? int(t.element) + 256 * int(t.result) : -1;
}

int ndfuse_core_gpu(void) { return runtime::gpu() == nullptr ? 0 : int(runtime::gpu()->kind()); }
char const* ndfuse_core_device_text(int what) {
  guarded([&] {
    switch (what) {
      case 0:
        answer() = runtime::gpu() != nullptr ? runtime::gpu()->description() : runtime::cpu().description();
        break;
      case 1: answer() = device::no_gpu_reason(); break;
      case 2: answer() = device::waiting(); break;
      default: answer().clear();
    }
  });
  return answer().c_str();
}

int ndfuse_core_allocate(uint32_t handle, int gpu, double count, int type) {
  return guarded([&] { engine().allocate(handle, gpu != 0, whole(count), checked_dtype(type)); });
}
int ndfuse_core_upload(uint32_t handle, double first, double count, void const* source) {
  return guarded([&] {
    graph::entry const& e = engine().find(handle, whole(first), whole(count));
    e.memory->owner->upload(*e.memory, whole(first), whole(count), e.type, source);
  });
}
int ndfuse_core_read(uint32_t handle, double first, double count, void* destination) {
  return guarded([&] {
    graph::entry const& e = engine().find(handle, whole(first), whole(count));
    if (e.count > 0 && count > 0)
      e.memory->owner->read_blocking(e.memory, whole(first), whole(count), e.type, destination);
  });
}
void ndfuse_core_release(uint32_t handle) {
  guarded([&] { engine().release(handle); });
}

int ndfuse_core_evaluate(uint32_t const* words, size_t count) {
  return guarded([&] { engine().evaluate({words, count}); });
}
char const* ndfuse_core_explain(uint32_t const* words, size_t count) {
  return guarded([&] { answer() = engine().explain({words, count}); }) == NDFUSE_CORE_OK ? answer().c_str() : nullptr;
}

int ndfuse_core_flush(void) {
  return guarded([] {
    if (runtime::gpu() != nullptr) runtime::gpu()->flush();
  });
}
int ndfuse_core_synchronize(void) {
  return guarded([] {
    if (runtime::gpu() != nullptr) runtime::gpu()->synchronize_blocking();
  });
}
int ndfuse_core_trim(void) {
  return guarded([] {
    engine().trim();
    if (runtime::gpu() != nullptr) runtime::gpu()->trim();
    runtime::cpu().trim();
  });
}
int ndfuse_core_reset(void) {
  return guarded([] {
    if (runtime::gpu() != nullptr) runtime::gpu()->reset_blocking();
  });
}

#if defined(__EMSCRIPTEN__)
int ndfuse_core_read_later(uint32_t handle, double first, double count, void* destination, uint32_t request) {
  return guarded([&] {
    graph::entry const& e = engine().find(handle, whole(first), whole(count));
    e.memory->owner->read(e.memory, whole(first), whole(count), e.type, destination, *new ending(request, e.memory));
  });
}
int ndfuse_core_synchronize_later(uint32_t request) {
  return guarded([&] {
    auto* const done = new ending(request, {});
    if (runtime::gpu() != nullptr) runtime::gpu()->synchronize(*done);
    else done->finish();
  });
}
int ndfuse_core_reset_later(uint32_t request) {
  return guarded([&] {
    auto* const done = new ending(request, {});
    if (runtime::gpu() != nullptr) runtime::gpu()->reset(*done);
    else done->finish();
  });
}
#endif

void ndfuse_core_statistics(double* numbers, size_t count) {
  guarded([&] {
    memory_statistics const nothing{}, gpu = runtime::gpu() != nullptr ? runtime::gpu()->memory_stats() : nothing,
                                       cpu = runtime::cpu().memory_stats();
    std::uint64_t values[20];
    std::size_t n = 0;
    for (memory_statistics const& s : {gpu, cpu})
      for (std::uint64_t v : {s.live_bytes, s.pooled_bytes, s.peak_bytes, s.live_buffers, s.launches, s.pipelines,
                              s.uploaded_bytes, s.read_bytes})
        values[n++] = v;
    for (std::uint64_t v : {std::uint64_t(engine().schedules()), engine().counts().records, engine().counts().known,
                            std::uint64_t(engine().arrays())})
      values[n++] = v;
    for (std::size_t k = 0; k < count && k < n; ++k) numbers[k] = static_cast<double>(values[k]);
  });
}

}  // extern "C"
