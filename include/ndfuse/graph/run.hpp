#pragma once
/// @file Runs records: arrays by handle, schedules by structure, launches on their devices.

#include <ndfuse/graph/schedule.hpp>
#include <ndfuse/ops/matmul.hpp>
#include <ndfuse/runtime/context.hpp>

#include <list>
#include <unordered_map>

namespace ndfuse::graph {

/// An array that a handle names.
struct entry {
  runtime::buffer_ref memory;
  dtype type = dtype::float32;
  index count = 0;
};

/// An integer scalar that does not fit the dtype that it takes. (NumPy: OverflowError)
class overflow_error : public dtype_error {
  using dtype_error::dtype_error;
};

/// A GPU that keeps the texts of kernels and runs nothing: what `explain` launches on.
class recording_device final : public runtime::gpu_device {
 public:
  /// Like `real`; without one, like a WebGPU device.
  explicit recording_device(runtime::gpu_device const* real)
      : gpu_device(real != nullptr ? real->kind() : device_kind::webgpu), real_(real) {
    if (real != nullptr) limits_ = real->limits();
  }
  ~recording_device() {
    for (runtime::buffer* b : buffers_) delete b;
  }

  struct launch {
    std::string name, text;
  };
  std::vector<launch> launches;

  std::string description() const override { return "a device that runs nothing"; }
  runtime::buffer_ref allocate(index n, dtype t) override {
    auto* const b = new runtime::buffer{this};
    buffers_.push_back(b);
    b->count = n;
    b->bytes = runtime::size_class(std::size_t(n) * codegen::storage_size(language(), t));
    return runtime::buffer_ref(b);
  }
  void upload(runtime::buffer&, index, index, dtype, void const*) override {}
  void read(runtime::buffer_ref, index, index, dtype, void*, runtime::completion& done) override { done.finish(); }
  void read_blocking(runtime::buffer_ref, index, index, dtype, void*) override {}
  void flush() override {}
  void synchronize(runtime::completion& done) override { done.finish(); }
  void synchronize_blocking() override {}
  void trim() override {}
  std::uint32_t find_kernel(std::uint64_t key) const override {
    for (std::size_t k = 0; k < keys_.size(); ++k)
      if (keys_[k] == key) return std::uint32_t(k + 1);
    return 0;
  }
  std::uint32_t add_kernel(std::uint64_t key, std::string_view name, std::span<std::string_view const> parts, unsigned,
                           std::uint32_t, bool) override {
    launch l{std::string(name), {}};
    for (std::string_view p : parts) l.text += p;
    kernels_.push_back(l);
    keys_.push_back(key);
    return std::uint32_t(keys_.size());
  }
  void dispatch(std::uint32_t k, std::span<runtime::buffer* const>, std::span<std::uint32_t const>, runtime::grid,
                std::uint64_t) override {
    launches.push_back(kernels_[k - 1]);
  }
  void draw(std::uint32_t k, std::span<runtime::buffer* const>, std::span<std::uint32_t const>, runtime::texel_range,
            std::uint64_t) override {
    launches.push_back(kernels_[k - 1]);
  }
  int choice(std::uint64_t key) const override { return real_ != nullptr ? real_->choice(key) : -1; }
  void warmup(runtime::completion& done) override { done.finish(); }
  void reset(runtime::completion& done) override { done.finish(); }
  void reset_blocking() override {}

 private:
  void recycle(runtime::buffer*) override {}
  runtime::gpu_device const* real_;
  std::vector<launch> kernels_;
  std::vector<std::uint64_t> keys_;
  std::vector<runtime::buffer*> buffers_;  // deleted with the device
};

namespace detail {

/// By dtype: a schedule converts operands of a product to one.
inline constexpr auto multiply_table = []<std::size_t... T>(std::index_sequence<T...>) {
  return std::array<ops::matrix_function, dtype_count>{
      &ops::multiply_strided<cpp_type<dtype(T)>, cpp_type<dtype(T)>, cpp_type<dtype(T)>>...};
}(std::make_index_sequence<dtype_count>{});

/// What rounds a float16 product, in text.
inline runtime::helper_functions half_helpers() {
  static helper_list const helpers = [] {
    ir::builder b;
    ops::build_rounding(b);
    helper_list h;
    h.add(b.view());
    return h;
  }();
  return helpers.functions();
}

/// Runs the steps of a schedule; `on(gpu)` gives the device. Afterwards `memory` holds what the schedule's slots hold.
template <class On, class Around>
void run_steps(schedule const& plan, record const& r, std::vector<runtime::buffer_ref>& memory, On on, Around around) {
  auto const allocate = [&](std::uint32_t k) {
    slot const& s = plan.slots[k];
    return on(s.gpu).allocate(element_count(s.shape), s.type);
  };
  for (std::uint32_t k : plan.empties) memory[k] = allocate(k);
  for (step const& s : plan.steps) {
    runtime::device& d = on(s.gpu);
    runtime::operand loads[codegen::max_operands];
    if (s.loads.size() > codegen::max_operands) throw value_error("a kernel with too many operands");
    for (std::size_t j = 0; j < s.loads.size(); ++j)
      loads[j] = {s.loads[j].generator ? nullptr : memory[s.loads[j].slot].get(), s.loads[j].view};
    std::span<runtime::operand const> const operands(loads, s.loads.size());
    std::vector<ir::scalar_value> scalars;
    for (std::uint32_t k : s.scalars) scalars.push_back(r.scalars[k]);
    runtime::tensor out[codegen::max_outputs];
    for (std::size_t k = 0; k < s.outputs.size(); ++k) {
      slot const& o = plan.slots[s.outputs[k]];
      out[k] = {s.reuse[k] >= 0 ? memory[std::size_t(s.reuse[k])] : allocate(s.outputs[k]), contiguous_view(o.shape),
                o.type};
    }
    auto const keep_old = [&] {
      runtime::operand const old{memory[s.source].get(), out[0].view};
      runtime::launch_map(d, plan.copies[std::size_t(out[0].type)]->kernel(), {&old, 1}, {out, 1}, {});
    };
    around(s, [&] {
      switch (s.kind) {
        case step_kind::map:
          runtime::launch_map(d, s.kernel->kernel(), operands, {out, s.outputs.size()}, scalars);
          break;
        case step_kind::reduce: {
          index n = 1;
          for (std::size_t a = s.kept; a < s.extents.size(); ++a) n *= s.extents[a];
          std::vector<ir::scalar_value> finish;
          if (s.reduction->kind() == ops::reduce_kind::mean) finish.push_back(static_cast<double>(n));
          for (std::uint32_t k : s.finish_scalars) finish.push_back(r.scalars[k]);
          ops::launch_reduce(d, s.kernel->kernel(), s.reduction->reduction(), operands, s.extents, s.kept, {out, 1},
                             scalars, finish);
          break;
        }
        case step_kind::matmul: {
          dtype const t = s.product_type;
          bool const alone = s.kernel == nullptr;
          ops::matmul_problem const p{
              loads[0], loads[1], t, t, {alone ? out[0].memory : runtime::buffer_ref(), out[0].view, t}};
          ops::matrix_function const multiply = multiply_table[std::size_t(t)];
          auto const helpers = t == dtype::float16 ? half_helpers() : runtime::helper_functions{};
          if (alone) ops::launch_matmul(d, p, multiply, helpers);
          else
            ops::launch_matmul(d, p, multiply, helpers,
                               {s.kernel->kernel(), s.product, operands.subspan(2), scalars, out[0]});
          break;
        }
        case step_kind::scan:
          ops::launch_scan(d, s.kernel->kernel(), s.scan->scan(), operands, out[0].view.shape, out[0], scalars,
                           {(s.flags & 1u) != 0, (s.flags & 2u) != 0});
          break;
        case step_kind::sort:
          ops::launch_sort(d, loads[0], plan.slots[s.loads[0].slot].type, s.op == 0 ? &out[0] : nullptr,
                           s.op == 1 ? &out[0] : nullptr, (s.flags & 1u) != 0);
          break;
        case step_kind::scatter:
          if (s.reuse[0] < 0) keep_old();
          ops::launch_scatter(d, ops::scatter_kind(s.op), s.kernel->kernel(),
                              s.combine != nullptr ? &s.combine->kernel() : nullptr, operands, s.extents, out[0],
                              scalars);
          break;
        case step_kind::store: {
          if (s.reuse[0] < 0 && s.target.size() < out[0].view.size()) keep_old();
          runtime::tensor const to{out[0].memory, s.target, out[0].type};
          runtime::launch_map(d, s.kernel->kernel(), operands, {&to, 1}, scalars);
          break;
        }
      }
    });
    for (std::size_t k = 0; k < s.outputs.size(); ++k) memory[s.outputs[k]] = out[k].memory;
    for (std::uint32_t e : s.ends) memory[e] = {};
  }
}

inline void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  out += '"';
}

}  // namespace detail

/// Arrays by handle, and what has been learnt about records.
class engine {
 public:
  struct counters {
    std::uint64_t records = 0, known = 0;
  };

  void allocate(std::uint32_t handle, bool gpu, index count, dtype t) {
    check_new(handle);
    if (count < 0 || count > detail::most_elements)
      throw value_error(ndfuse::detail::message("an array of ", count, " elements: at most ", detail::most_elements,
                                                " are possible"));
    arrays_.emplace(handle, entry{device(gpu).allocate(count, t), t, count});
  }
  /// The array, of which elements first .. first + count - 1 exist.
  entry const& find(std::uint32_t handle, index first, index count) const {
    auto const found = arrays_.find(handle);
    if (found == arrays_.end()) throw record_error(ndfuse::detail::message("no array has the handle ", index(handle)));
    if (first < 0 || count < 0 || first > found->second.count || count > found->second.count - first)
      throw index_error(
          ndfuse::detail::message("elements ", first, " to ", first + count, " of an array of ", found->second.count));
    return found->second;
  }
  void release(std::uint32_t handle) { arrays_.erase(handle); }
  std::size_t arrays() const { return arrays_.size(); }
  std::size_t schedules() const { return order_.size(); }
  counters const& counts() const { return counts_; }

  /// Runs a record. Its outputs exist afterwards, or an exception says why none does. Where memory that was to be
  /// overwritten had been when that happened, the array is gone: using it then is an error.
  void evaluate(std::span<std::uint32_t const> words) {
    record const r = parse(words);
    for (std::uint32_t h : r.releases) release(h);
    for (output const& o : r.outputs) check_new(o.handle);
    std::vector<runtime::buffer_ref> memory = bind(r);
    std::shared_ptr<schedule const> const plan = schedule_of(r);
    ++counts_.records;
    memory.resize(plan->slots.size());
    for (step const& s : plan->steps)
      if (s.kernel != nullptr) check_scalars(s, r);
    bool overwritten = false;
    try {
      detail::run_steps(
          *plan, r, memory, [&](bool gpu) -> runtime::device& { return device(gpu); },
          [&](step const& s, auto launch) {
            for (std::int64_t e : s.reuse) overwritten = overwritten || e >= 0;
            launch();
          });
    } catch (...) {
      if (overwritten)
        for (node const& n : r.nodes)
          if (n.donated) release(n.handle);
      throw;
    }
    for (output const& o : r.outputs)
      arrays_.emplace(o.handle, entry{memory[o.node], r.nodes[o.node].type, element_count(r.nodes[o.node].shape)});
  }

  /// What evaluating would launch, as JSON.
  std::string explain(std::span<std::uint32_t const> words) {
    record const r = parse(words);
    std::shared_ptr<schedule const> const plan = schedule_of(r);
    runtime::gpu_device* const gpu = runtime::gpu();
    // Where there is no GPU, the kernels that WebGPU would get.
    recording_device on(gpu);
    std::vector<runtime::buffer_ref> memory(plan->slots.size());
    for (std::size_t k = 0; k < r.nodes.size(); ++k)
      if (r.nodes[k].kind == node_kind::buffer)
        memory[k] = on.allocate(element_count(r.nodes[k].shape), r.nodes[k].type);
    std::string out = "{\"launches\": [";
    char const* separator = "";
    auto const describe = [&](step const& s, std::string_view name, std::string_view text) {
      slot const& made = plan->slots[s.outputs[0]];
      std::uint64_t read = 0, written = 0;
      auto const bytes = [&](std::uint32_t k) {
        return std::uint64_t(element_count(plan->slots[k].shape)) * size_of(plan->slots[k].type);
      };
      std::vector<std::uint32_t> seen;
      for (bound const& l : s.loads)
        if (!l.generator && std::find(seen.begin(), seen.end(), l.slot) == seen.end()) {
          seen.push_back(l.slot);
          read +=
              std::min<std::uint64_t>(bytes(l.slot), std::uint64_t(l.view.size()) * size_of(plan->slots[l.slot].type));
        }
      for (std::uint32_t o : s.outputs)
        written += s.kind == step_kind::store ? std::uint64_t(s.target.size()) * size_of(made.type) : bytes(o);
      constexpr std::string_view kinds[] = {"map", "reduce", "matmul", "store", "scan", "sort", "scatter"};
      out += separator;
      separator = ", ";
      out += "{\"kind\": \"";
      out += kinds[std::size_t(s.kind)];
      out += "\", \"name\": ";
      detail::append_json(out, name);
      out += ", \"device\": \"";
      out += ndfuse::name(s.gpu && gpu != nullptr ? gpu->kind() : device_kind::cpu);
      out += "\", \"shape\": [";
      for (std::size_t a = 0; a < made.shape.size(); ++a) out += (a == 0 ? "" : ", ") + std::to_string(made.shape[a]);
      out += "], \"read_bytes\": " + std::to_string(read) + ", \"written_bytes\": " + std::to_string(written) +
             ", \"nodes\": [";
      for (std::size_t k = 0; k < s.nodes.size(); ++k) out += (k == 0 ? "" : ", ") + std::to_string(s.nodes[k]);
      out += "], \"text\": ";
      detail::append_json(out, text);
      out += "}";
    };
    detail::run_steps(
        *plan, r, memory, [&](bool) -> runtime::device& { return on; },
        [&](step const& s, auto launch) {
          bool const texts = s.kernel == nullptr || runtime::fits_gpu(s.kernel->kernel().program);
          bool wide = false;
          for (std::uint32_t o : s.outputs) wide = wide || is_wide(plan->slots[o].type);
          if (!texts || wide || element_count(plan->slots[s.outputs[0]].shape) == 0) {
            // 64-bit types: the cpu device runs it, and there is no text.
            describe(s,
                     s.kind != step_kind::matmul && s.kernel != nullptr ? s.kernel->kernel().name
                                                                        : std::string_view("matmul"),
                     "");
            return;
          }
          std::size_t const before = on.launches.size();
          launch();
          for (std::size_t k = before; k < on.launches.size(); ++k)
            if (k == before || on.launches[k].text != on.launches[k - 1].text)
              describe(s, on.launches[k].name, on.launches[k].text);
        });
    return out + "]}";
  }

  /// Forgets schedules and kernels; they are made again when they are needed.
  void trim() {
    known_.clear();
    order_.clear();
    kernels_.trim();
  }

  /// The device of nodes: the GPU (an error where there is none) or the cpu device.
  static runtime::device& device(bool gpu) {
    if (!gpu) return runtime::cpu();
    if (runtime::gpu() == nullptr) throw device_error("there is no GPU device: " + ndfuse::device::no_gpu_reason());
    return *runtime::gpu();
  }

 private:
  struct known {
    std::uint64_t hash;
    std::vector<std::uint32_t> structure;
    std::shared_ptr<schedule const> plan;
  };
  using order = std::list<known>;
  static constexpr std::size_t most_schedules = 512;

  void check_new(std::uint32_t handle) const {
    if (handle == 0) throw record_error("0 is no handle");
    if (arrays_.contains(handle))
      throw record_error(ndfuse::detail::message("the handle ", index(handle), " is in use"));
  }
  /// The memory of a record's buffers.
  std::vector<runtime::buffer_ref> bind(record const& r) const {
    std::vector<runtime::buffer_ref> memory;
    for (std::size_t k = 0; k < r.nodes.size(); ++k) {
      node const& n = r.nodes[k];
      memory.emplace_back();
      if (n.kind != node_kind::buffer) continue;
      index const count = element_count(n.shape);
      entry const& e = find(n.handle, 0, count);
      if (e.type != n.type || e.count != count || (e.memory->owner->kind() != device_kind::cpu) != n.gpu)
        throw record_error(ndfuse::detail::message("a record that says an array has ", count, " elements of ",
                                                   ndfuse::name(n.type), ", but it has ", e.count, " of ",
                                                   ndfuse::name(e.type), " or is on another device"));
      memory.back() = e.memory;
    }
    return memory;
  }
  std::shared_ptr<schedule const> schedule_of(record const& r) {
    std::uint64_t h = ir::hash_seed;
    for (std::uint32_t w : r.structure) h = ir::hash_combine(h, w);
    if (auto const found = known_.find(h); found != known_.end() && found->second->structure == r.structure) {
      order_.splice(order_.begin(), order_, found->second);
      ++counts_.known;
      return found->second->plan;
    }
    limits l;
    if (runtime::gpu() != nullptr) l.buffers = std::size_t(runtime::gpu()->limits().max_storage_buffers);
    auto const plan = std::make_shared<schedule const>(scheduler(r, kernels_, l).make());
    if (auto const collision = known_.find(h); collision != known_.end()) {
      order_.erase(collision->second);
      known_.erase(collision);
    }
    order_.push_front({h, r.structure, plan});
    known_[h] = order_.begin();
    while (order_.size() > most_schedules) {
      known_.erase(order_.back().hash);
      order_.pop_back();
      if (kernels_.size() > 4 * most_schedules) kernels_.trim();
    }
    return plan;
  }
  static void check_scalars(step const& s, record const& r) {
    std::vector<ir::scalar_value> scalars, finish;
    for (std::uint32_t k : s.scalars) scalars.push_back(r.scalars[k]);
    if (s.reduction != nullptr && s.reduction->kind() == ops::reduce_kind::mean) finish.push_back(1.0);
    for (std::uint32_t k : s.finish_scalars) finish.push_back(r.scalars[k]);
    try {
      runtime::detail::check_scalars(s.kernel->kernel().program, scalars);
      if (s.reduction != nullptr) runtime::detail::check_scalars(s.reduction->reduction().finish, finish);
    } catch (dtype_error const& e) { throw overflow_error(e.what()); }
  }

  std::unordered_map<std::uint32_t, entry> arrays_;
  kernel_cache kernels_;
  order order_;
  std::unordered_map<std::uint64_t, order::iterator> known_;
  counters counts_;
};

}  // namespace ndfuse::graph
