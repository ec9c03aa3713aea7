#pragma once
/// @file Launches elementwise kernels: decides which operands share memory, how each is reached, and which text that
/// needs.

#include <ndfuse/codegen/function.hpp>
#include <ndfuse/runtime/iteration.hpp>
#include <ndfuse/runtime/kernel.hpp>

#include <bit>
#include <string>

namespace ndfuse::runtime {

namespace detail {

using ndfuse::detail::list;

/// The parameter words of a launch.
class parameter_block {
 public:
  void word(index v) { words_[push()] = std::uint32_t(v); }
  void scalar(ir::inst const& i, ir::scalar_value const& v) {
    std::uint64_t const bits = v.bits(i.type);
    word(index(std::uint32_t(bits)));
    if (is_complex(i.type)) word(index(bits >> 32));
  }
  void scalars(ir::program_view p, std::span<ir::scalar_value const> values) {
    for (ir::inst const& i : p.code)
      if (i.op == ir::opcode::scalar) scalar(i, values[i.a]);
  }
  void strided(view const& v, codegen::access how, std::size_t rank) {
    if (!codegen::has_offset(how)) return;
    word(v.offset);
    if (codegen::is_strided(how))
      for (std::size_t d = 0; d < rank; ++d) word(v.strides[d]);
  }
  std::span<std::uint32_t const> words() const { return {words_, size_}; }

 private:
  std::size_t push() {
    if (size_ == capacity)
      throw value_error("an expression has too many strided operands: evaluate a part of it first");
    return size_++;
  }
  static constexpr std::size_t capacity = 512;
  std::uint32_t words_[capacity];
  std::size_t size_ = 0;
};

/// A two-dimensional grid of at least `groups` workgroups within the device's limit.
inline grid fold_grid(index groups, gpu_limits const& limits) {
  index const most = index(limits.max_workgroups);
  index const y = (groups + most - 1) / most;
  index const x = y <= 1 ? groups : (groups + y - 1) / y;
  return {std::uint32_t(x < 1 ? 1 : x), std::uint32_t(y < 1 ? 1 : y)};
}

/// How many threads of so much work each are launched at once, in whole workgroups.
inline index threads_of_a_submission(gpu_device const& d, std::uint64_t work) {
  std::uint64_t const fitting = d.work_budget() / (work < 1 ? 1 : work);
  return index(fitting < 16384 ? 16384 : (fitting + 255) / 256 * 256);
}

/// Which buffers a launch binds, each once.
class binding_list {
 public:
  std::uint8_t add(buffer* b, dtype t) {
    for (std::uint8_t k = 0; k < count_; ++k)
      if (buffers_[k] == b) return k;
    buffers_[count_] = b;
    types_[count_] = t;
    return count_++;
  }
  std::uint8_t count() const { return count_; }
  dtype type(std::size_t k) const { return types_[k]; }
  std::span<buffer* const> buffers() const { return {buffers_, count_}; }

 private:
  buffer* buffers_[codegen::max_operands + codegen::max_outputs]{};
  dtype types_[codegen::max_operands + codegen::max_outputs]{};
  std::uint8_t count_ = 0;
};

/// True when elements lie side by side along axis `d`, in groups of four that begin at multiples of four.
inline bool in_fours(view const& v, std::size_t d) {
  if (v.strides[d] != 1 || v.offset % 4 != 0) return false;
  for (std::size_t k = 0; k < v.rank(); ++k)
    if (k != d && v.strides[k] % 4 != 0) return false;
  return true;
}

/// How a strided view is reached when the innermost axis is taken `lanes` elements at a time.
inline codegen::access classify(view const& v, unsigned lanes) {
  using codegen::access;
  bool constant = true;
  for (index s : v.strides) constant = constant && s == 0;
  if (constant) return access::single;
  index const inner = v.strides[v.rank() - 1];
  if (lanes == 4 && in_fours(v, v.rank() - 1)) return access::vector;
  if (inner == 0) return access::splat;
  return access::gather;
}

/// Finds an earlier load of the very same elements; the kernel then loads them once.
inline bool repeats(ir::program_view p, ir::inst const& i, std::span<operand const> loads, view const* views,
                    codegen::site& s) {
  if (i.imm == ir::load_array) return false;
  for (ir::inst const& earlier : p.code) {
    if (&earlier == &i) return false;
    if (earlier.op == ir::opcode::load && earlier.type == i.type && earlier.imm == i.imm &&
        loads[earlier.a].memory == loads[i.a].memory && views[earlier.a] == views[i.a]) {
      s = {std::uint8_t(earlier.a), codegen::access::repeat};
      return true;
    }
  }
  return false;
}

/// Decides how each load of a frame with coordinates is reached, and which buffers that binds.
inline void bind_strided(ir::program_view p, std::span<operand const> loads, view const* views, unsigned lanes,
                         codegen::site* sites, binding_list& bindings) {
  for (ir::inst const& i : p.code) {
    if (i.op != ir::opcode::load) continue;
    codegen::site& s = sites[i.a];
    if (repeats(p, i, loads, views, s)) continue;
    s.binding = loads[i.a].memory != nullptr ? bindings.add(loads[i.a].memory, i.type) : bindings.count();
    s.how = i.imm == ir::load_array ? codegen::access::array : classify(views[i.a], lanes);
  }
}

/// Appends text made by an emitter `emit(char* or null) -> size` to `out`.
template <class Emit> void emit_into(std::string& out, Emit emit) {
  std::size_t const from = out.size(), count = emit(nullptr);
  out.resize(from + count);
  emit(out.data() + from);
}

/// Whether the launch's program is bound to more buffers than the device can bind at once.
inline std::size_t distinct_buffers(std::span<operand const> loads) {
  buffer* seen[codegen::max_operands];
  std::size_t count = 0;
  for (operand const& o : loads) {
    bool known = o.memory == nullptr;
    for (std::size_t k = 0; k < count && !known; ++k) known = seen[k] == o.memory;
    if (!known) seen[count++] = o.memory;
  }
  return count;
}

/// The views of a launch, loads before outputs, merged to the fewest axes.
class launch_views {
 public:
  launch_views(std::span<operand const> loads, std::span<tensor const> outputs) : loads_(loads.size()) {
    for (operand const& o : loads) views_.push_back(o.view);
    for (tensor const& t : outputs) views_.push_back(t.view);
    merge();
  }
  void merge() {
    view* pointers[codegen::max_operands + codegen::max_outputs];
    for (std::size_t j = 0; j < views_.size(); ++j) pointers[j] = &views_[j];
    collapse({pointers, views_.size()});
  }
  view& load(std::size_t j) { return views_[j]; }
  view& output(std::size_t j) { return views_[loads_ + j]; }
  view* loads() { return views_.data(); }
  shape const& extents() const { return views_[loads_].shape; }

  /// Moves axis `d` before the last one; the outputs' elements keep their order along that.
  void move_before_last(std::size_t d) {
    index_list order;
    for (std::size_t k = 0; k < extents().size(); ++k)
      if (k != d) order.push_back(index(k));
    order.insert(order.size() - 1, index(d));
    for (view& v : views_) v = permute(v, order);
  }

  /// Puts the axes into the order in which the outputs' elements lie in memory, forwards: `output(0)` then has falling,
  /// positive strides, and at least one axis.
  void follow_output() {
    shape const from = extents();
    index_list order;
    for (std::size_t d = 0; d < from.size(); ++d) {
      if (output(0).strides[d] < 0)
        for (view& v : views_) {
          v.offset += (from[d] - 1) * v.strides[d];
          v.strides[d] = -v.strides[d];
        }
      order.push_back(index(d));
      for (std::size_t k = d; k > 0 && output(0).strides[std::size_t(order[k - 1])] < output(0).strides[d]; --k)
        std::swap(order[k - 1], order[k]);
    }
    for (view& v : views_) v = permute(v, order);
    merge();
    if (!extents().empty()) return;
    for (view& v : views_) {
      v.shape.push_back(1);
      v.strides.push_back(1);
    }
  }

 private:
  ndfuse::detail::inline_list<view, codegen::max_operands + codegen::max_outputs> views_;
  std::size_t loads_;
};

/// True when every load takes the elements one after another from the beginning, or always the same one.
inline bool all_linear(launch_views& views, std::size_t n_loads) {
  if (views.extents().size() > 1) return false;
  for (std::size_t j = 0; j < n_loads; ++j) {
    view const& v = views.load(j);
    bool const constant = v.strides.empty() || v.strides[0] == 0;
    if (!constant && (v.offset != 0 || v.strides[0] != 1)) return false;
  }
  return true;
}

/// True when a load's elements lie four by four along axis `d`, and neither so nor all alike along the last axis.
inline bool lies_across(view const& v, std::size_t d) {
  return d + 1 < v.rank() && v.strides[v.rank() - 1] != 0 && in_fours(v, d);
}

/// The axis along which threads make blocks of four rows: some array lies across the outputs along it, both extents
/// fill at least half the side of a workgroup's square, and the body, which a thread has sixteen times then, is so
/// little work that memory is what it waits for. Without such an axis: the rank.
inline std::size_t axis_of_blocks(ir::program_view p, launch_views& views) {
  constexpr index least = 2 * codegen::square_blocks;
  shape const& extents = views.extents();
  std::size_t const rank = extents.size();
  if (extents[rank - 1] < least || work_of(p) > 100) return rank;
  for (ir::inst const& i : p.code) {
    if (i.op != ir::opcode::load || i.imm != ir::load_element || is_complex(i.type)) continue;
    for (std::size_t d = 0; d + 1 < rank; ++d)
      if (extents[d] >= least && extents[d] % 4 == 0 && lies_across(views.load(i.a), d)) return d;
  }
  return rank;
}

/// Decides how each load is reached, and which buffers that binds. With `blocks` threads make blocks of four rows.
inline void bind_loads(ir::program_view p, std::span<operand const> loads, launch_views& views, bool linear,
                       codegen::map_facts& facts, binding_list& bindings, bool blocks = false) {
  using codegen::access;
  for (ir::inst const& i : p.code) {
    if (i.op != ir::opcode::load) continue;
    view const& v = views.load(i.a);
    codegen::site& s = facts.loads[i.a];
    if (repeats(p, i, loads, views.loads(), s)) continue;
    if (loads[i.a].memory != nullptr) s.binding = bindings.add(loads[i.a].memory, i.type);
    else s.binding = bindings.count();
    if (i.imm == ir::load_array) s.how = access::array;
    else if (blocks && i.imm == ir::load_element && lies_across(v, v.rank() - 2)) s.how = access::across;
    else if (!linear) s.how = classify(v, facts.lanes);
    else s.how = v.offset == 0 && (v.strides.empty() || v.strides[0] == 1) ? access::linear : access::single;
  }
}

/// The number of the kernel for these facts, made when it is new.
inline std::uint32_t map_kernel(gpu_device& d, kernel const& k, codegen::map_facts const& facts, bool prepare) {
  std::uint64_t const key = codegen::hash(facts, k.hash);
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  ir::program_view const p = k.program;
  codegen::dialect const language = d.language();
  bool const wgsl = language == codegen::dialect::wgsl;
  std::string body, frame;
  std::string_view body_text = wgsl ? k.body : std::string_view(), frame_text = wgsl ? k.distinct_frame : body_text;
  if (body_text.empty()) {
    emit_into(body, [&](char* out) { return codegen::emit_function(out, language, p, {"", "body", ""}); });
    body_text = body;
  }
  if (frame_text.empty() || facts != codegen::distinct_facts(p)) {
    emit_into(frame, [&](char* out) { return codegen::emit_map(out, language, p, facts); });
    frame_text = frame;
  }
  list<std::string_view> parts;
  parts.push_back(codegen::prelude(language));
  for (std::string_view h : k.helpers.in(language)) parts.push_back(h);
  parts.push_back(body_text);
  parts.push_back(frame_text);
  return d.add_kernel(key, k.name, {parts.data(), parts.size()}, facts.binding_count, facts.written, prepare);
}

/// Scalars, extents and strides, in the order of the frame's parameters.
inline void map_parameters(parameter_block& parameters, ir::program_view p, codegen::map_facts const& facts,
                           launch_views& views, std::size_t n_outputs, unsigned lanes,
                           std::span<ir::scalar_value const> scalars) {
  parameters.scalars(p, scalars);
  shape const& extents = views.extents();
  for (std::size_t axis = 0; axis < facts.rank; ++axis) {
    index const by = axis + 1 == facts.rank ? lanes : axis + 2 == facts.rank && facts.in_blocks() ? 4 : 1;
    parameters.word(extents[axis] / by);
  }
  for (std::size_t j = 0; j < codegen::max_operands; ++j) {
    // The order of loads in the parameters is that of their numbers.
    if (facts.loads[j].how != codegen::access::unused)
      parameters.strided(views.load(j), facts.loads[j].how, facts.rank);
  }
  for (std::size_t j = 0; j < n_outputs; ++j) parameters.strided(views.output(j), facts.outputs[j].how, facts.rank);
}

inline void map_on_webgpu(gpu_device& d, kernel const& k, std::span<operand const> loads,
                          std::span<tensor const> outputs, bool whole, std::span<ir::scalar_value const> scalars,
                          bool prepare_only) {
  using codegen::access;
  ir::program_view const p = k.program;
  std::size_t const n_loads = loads.size(), n_outputs = outputs.size();
  launch_views views(loads, outputs);
  shape const& extents = views.extents();
  index const count = element_count(extents);

  codegen::map_facts facts;
  bool linear = all_linear(views, n_loads);
  for (std::size_t j = 0; linear && j < n_outputs; ++j)
    linear = views.output(j).offset == 0 && (extents.empty() || views.output(j).strides[0] == 1);
  facts.rank = std::uint8_t(linear ? 0 : extents.size());
  // Whether outputs may be written by fours from their start: buffers are padded to 16 bytes, which is four elements of
  // every type but complex64.
  bool fours = whole;
  for (tensor const& t : outputs) fours = fours && !is_complex(t.type);
  fours = fours || count % 4 == 0;
  if (linear) {
    facts.lanes = fours ? 4 : 1;
  } else {
    bool four = extents[extents.size() - 1] % 4 == 0;
    for (std::size_t j = 0; j < n_outputs; ++j) {
      view const& v = views.output(j);
      four = four && in_fours(v, v.rank() - 1);
    }
    facts.lanes = four ? 4 : 1;
    bool packed = false, in_order = true;
    for (tensor const& t : outputs) {
      packed = packed || codegen::is_packed(d.language(), t.type);
      in_order = in_order && t.view.offset == 0 && is_contiguous(t.view);
    }
    facts.grouped = !four && packed && in_order && fours;
  }
  bool blocks = false;
  if (!linear && facts.lanes == 4) {
    std::size_t const axis = axis_of_blocks(p, views);
    blocks = axis < facts.rank;
    if (blocks) views.move_before_last(axis);
  }
  binding_list bindings;
  bind_loads(p, loads, views, linear, facts, bindings, blocks);
  for (std::size_t j = 0; j < n_outputs; ++j) {
    std::uint8_t const b = bindings.add(outputs[j].memory.get(), outputs[j].type);
    bool const in_order = linear || facts.grouped;
    facts.outputs[j] = {b, in_order ? access::linear : facts.lanes == 4 ? access::vector : access::gather};
    facts.written |= 1u << b;
  }
  facts.binding_count = bindings.count();
  for (std::size_t b = 0; b < bindings.count(); ++b) facts.bindings[b] = bindings.type(b);
  std::uint32_t const id = map_kernel(d, k, facts, prepare_only);
  if (prepare_only) return;

  index const each = blocks ? 16 : facts.grouped ? 4 : facts.lanes;
  index threads = (count + each - 1) / each;
  if (blocks) {
    constexpr index side = 4 * codegen::square_blocks;
    index const down = extents[facts.rank - 2u], across = extents[facts.rank - 1u];
    threads =
        count / (down * across) * ((down + side - 1) / side) * ((across + side - 1) / side) * codegen::workgroup_size;
  }
  std::uint64_t const work = work_of(p) * std::uint64_t(each);
  index const piece = threads_of_a_submission(d, work);
  for (index first = 0; first < threads; first += piece) {
    index const end = threads - first < piece ? threads : first + piece;
    grid const g = fold_grid((end - first + codegen::workgroup_size - 1) / codegen::workgroup_size, d.limits());
    parameter_block parameters;
    parameters.word(end);
    parameters.word(first);
    parameters.word(index(g.x) * codegen::workgroup_size);
    if (facts.grouped) parameters.word(count - 1);
    map_parameters(parameters, p, facts, views, n_outputs, facts.lanes, scalars);
    d.dispatch(id, bindings.buffers(), parameters.words(), g, work * std::uint64_t(end - first));
  }
}

/// One draw for outputs that lie alike, else one for each output.
inline void map_on_webgl(gpu_device& d, kernel const& k, std::span<operand const> loads,
                         std::span<tensor const> outputs, bool whole, std::span<ir::scalar_value const> scalars,
                         bool prepare_only) {
  using codegen::access;
  ir::program_view const p = k.program;
  std::size_t const n_loads = loads.size(), n_outputs = outputs.size();
  index const lanes = codegen::texel_lanes(outputs[0].type);
  bool together = n_outputs <= d.limits().max_color_attachments;
  for (tensor const& t : outputs)
    together = together && codegen::texel_lanes(t.type) == lanes && t.view == outputs[0].view &&
               t.memory->bytes == outputs[0].memory->bytes;
  if (!together) {
    for (std::size_t j = 0; j < n_outputs; ++j) {
      ir::builder one(p);
      one.output({p.outputs[j]});
      one.finish();
      kernel const part{one.view(), ir::hash(one.view()), k.name, {}, k.helpers, {}, {}};
      map_on_webgl(d, part, loads, outputs.subspan(j, 1), whole, scalars, prepare_only);
    }
    return;
  }
  // Whole texels are written at once; else each element asks whether it is in the view.
  view const& to = outputs[0].view;
  index const count = to.size();
  bool const placed = !whole && !(is_contiguous(to) && to.offset % lanes == 0 && count % lanes == 0);
  launch_views views(loads, outputs);
  if (placed) views.follow_output();
  shape const& extents = views.extents();

  codegen::map_facts facts;
  bool const linear = !placed && all_linear(views, n_loads);
  facts.rank = std::uint8_t(linear ? 0 : extents.size());
  facts.lanes = std::uint8_t(linear || (!placed && extents[extents.size() - 1] % lanes == 0) ? lanes : 1);
  binding_list inputs;
  bind_loads(p, loads, views, linear, facts, inputs);
  for (std::size_t j = 0; j < n_outputs; ++j) {
    if (placed) facts.outputs[j] = {inputs.add(outputs[j].memory.get(), outputs[j].type), access::gather};
    else facts.outputs[j] = {0, access::linear};
  }
  buffer* buffers[codegen::max_operands + 2 * codegen::max_outputs];
  for (std::uint8_t b = 0; b < inputs.count(); ++b) {
    buffers[b] = inputs.buffers()[b];
    facts.bindings[b] = inputs.type(b);
  }
  facts.binding_count = std::uint8_t(inputs.count() + n_outputs);
  for (std::size_t j = 0; j < n_outputs; ++j) {
    buffers[inputs.count() + j] = outputs[j].memory.get();
    facts.bindings[inputs.count() + j] = outputs[j].type;
    facts.written |= 1u << (inputs.count() + j);
  }
  std::uint32_t const id = map_kernel(d, k, facts, prepare_only);
  if (prepare_only) return;

  texel_range texels{std::uint32_t(to.offset / lanes), std::uint32_t((count + lanes - 1) / lanes), whole};
  if (placed) {
    view const& v = views.output(0);
    index last = v.offset;
    for (std::size_t a = 0; a < v.rank(); ++a) last += (v.shape[a] - 1) * v.strides[a];
    texels.first = std::uint32_t(v.offset / lanes);
    texels.count = std::uint32_t(last / lanes) - texels.first + 1;
  }
  parameter_block parameters;
  parameters.word(texels.first);
  map_parameters(parameters, p, facts, views, n_outputs, facts.lanes, scalars);
  d.draw(id, {buffers, facts.binding_count}, parameters.words(), texels, work_of(p) * std::uint64_t(lanes));
}

inline void map_on_gpu(gpu_device& d, kernel const& k, std::span<operand const> loads, std::span<tensor const> outputs,
                       bool whole, std::span<ir::scalar_value const> scalars, bool prepare_only) {
  if (d.kind() == device_kind::webgl) map_on_webgl(d, k, loads, outputs, whole, scalars, prepare_only);
  else map_on_webgpu(d, k, loads, outputs, whole, scalars, prepare_only);
}

inline void map_on_cpu(cpu_device& d, kernel const& k, std::span<operand const> loads, std::span<tensor const> outputs,
                       std::span<ir::scalar_value const> scalars) {
  if (d.capturing()) return d.keep_map(d, k, loads, outputs, scalars);
  std::size_t const n_loads = loads.size(), n_outputs = outputs.size();
  launch_views views(loads, outputs);
  shape outer = views.extents();
  codegen::row r;
  r.count = 1;
  r.scalars = scalars.data();
  std::size_t const rank = outer.size();
  if (rank > 0) {
    r.count = std::size_t(outer[rank - 1]);
    outer.erase(rank - 1);
  }
  std::size_t load_size[codegen::max_operands]{};
  for (ir::inst const& i : k.program.code)
    if (i.op == ir::opcode::load) load_size[i.a] = size_of(i.type);
  for (std::size_t j = 0; j < n_loads; ++j) r.in_stride[j] = rank > 0 ? views.load(j).strides[rank - 1] : 0;
  for (std::size_t j = 0; j < n_outputs; ++j) r.out_stride[j] = rank > 0 ? views.output(j).strides[rank - 1] : 1;
  index_list at = index_list::filled(outer.size(), 0);
  do {
    for (std::size_t j = 0; j < n_loads; ++j) {
      index const e = element_at(views.load(j), at);
      if (loads[j].memory != nullptr) r.in[j] = loads[j].memory->host + std::size_t(e) * load_size[j];
      r.start[j] = loads[j].memory != nullptr ? loads[j].memory->count : e;
    }
    for (std::size_t j = 0; j < n_outputs; ++j)
      r.out[j] = outputs[j].memory->host + std::size_t(element_at(views.output(j), at)) * size_of(outputs[j].type);
    k.rows(r);
  } while (advance(at, outer));
  d.note_launch();
}

/// For each instruction the arrays (bits, by their order of first use) that its value depends on; a loop counts as a
/// whole.
inline list<std::uint64_t> arrays_of(ir::program_view p, std::span<operand const> loads) {
  list<std::uint64_t> uses(p.code.size(), 0);
  list<buffer*> seen;
  for (std::size_t k = 0; k < p.code.size(); ++k) {
    ir::inst const& i = p.code[k];
    if (i.op == ir::opcode::load && loads[i.a].memory != nullptr) {
      std::size_t b = 0;
      while (b < seen.size() && seen[b] != loads[i.a].memory) ++b;
      if (b == seen.size()) seen.push_back(loads[i.a].memory);
      uses[k] = std::uint64_t(1) << b;
    }
    ir::value_id const operands[] = {i.a, i.b, i.c};
    for (std::size_t n = 0; n < ir::operand_count(i); ++n) uses[k] |= uses[operands[n]];
    if (i.op != ir::opcode::loop_end) continue;
    std::size_t begin = k;
    for (std::size_t depth = 1; depth > 0;) {
      ir::opcode const op = p.code[--begin].op;
      depth += op == ir::opcode::loop_end;
      depth -= op == ir::opcode::loop_begin;
    }
    std::uint64_t all = 0;
    for (std::size_t j = begin; j <= k; ++j) all |= uses[j];
    for (std::size_t j = begin; j <= k; ++j) uses[j] = all;
  }
  return uses;
}

/// Computes a program that needs more arrays at once than the device binds. Of several outputs each half gets a kernel
/// of its own, unless they are written where they are loaded from. Then parts are computed first, each in a kernel and
/// an array of its own, until what is left fits; each part is the value that needs the most arrays that can be bound.
inline void map_in_parts(gpu_device& d, kernel const& k, std::span<operand const> loads,
                         std::span<tensor const> outputs, bool whole, std::span<ir::scalar_value const> scalars) {
  std::size_t const limit = std::size_t(d.limits().max_storage_buffers);
  bool in_place = false;
  for (tensor const& t : outputs)
    for (operand const& o : loads) in_place = in_place || o.memory == t.memory.get();
  std::uint64_t needed = 0;
  for (std::uint64_t one : arrays_of(k.program, loads)) needed |= one;
  if (outputs.size() > 1 && !in_place && std::size_t(std::popcount(needed)) + outputs.size() > limit) {
    std::size_t const middle = outputs.size() / 2;
    for (std::size_t const first : {std::size_t(0), middle}) {
      std::size_t const count = first == 0 ? middle : outputs.size() - middle;
      ir::builder half(k.program);
      for (std::size_t j = 0; j < count; ++j) half.output({k.program.outputs[first + j]});
      half.finish();
      kernel const part{half.view(), ir::hash(half.view()), k.name, {}, k.helpers, {}, {}};
      map_in_parts(d, part, loads, outputs.subspan(first, count), whole, scalars);
    }
    return;
  }
  list<operand> operands;
  for (operand const& o : loads) operands.push_back(o);
  list<buffer_ref> parts;  // alive until all is recorded
  ir::builder rest(k.program);
  for (ir::value_id v : k.program.outputs) rest.output({v});
  auto const launch = [&](ir::program_view p, std::span<tensor const> to, bool to_whole) {
    kernel const part{p, ir::hash(p), k.name, {}, k.helpers, {}, {}};
    map_on_gpu(d, part, {operands.data(), operands.size()}, to, to_whole, scalars, false);
  };
  for (;;) {
    ir::program_view const p = rest.view();
    list<std::uint64_t> const uses = arrays_of(p, {operands.data(), operands.size()});
    std::uint64_t all = 0;
    for (ir::value_id v : p.outputs) all |= uses[v];
    if (std::size_t(std::popcount(all)) + outputs.size() <= limit) break;
    std::size_t best = 0;
    int most = 1;
    bool inside = false;
    for (std::size_t v = 0; v < p.code.size(); ++v) {
      ir::opcode const op = p.code[v].op;
      inside = op == ir::opcode::loop_begin || (inside && op != ir::opcode::loop_end);
      int const count = std::popcount(uses[v]);
      bool const value =
          ir::info(op).rule != ir::rule::structure || op == ir::opcode::cast || op == ir::opcode::bit_cast;
      if (!inside && value && count > most && std::size_t(count) < limit) {
        best = v;
        most = count;
      }
    }
    if (most < 2)
      throw value_error(ndfuse::detail::message("kernel ", k.name, " needs ",
                                                std::size_t(std::popcount(all)) + outputs.size(),
                                                " arrays at once, but the device binds at most ", limit));
    ir::builder part(p);
    part.output({ir::value_id(best)});
    part.finish();
    tensor made{{}, contiguous_view(outputs[0].view.shape), p.code[best].type};
    made.memory = d.allocate(made.view.size(), made.type);
    launch(part.view(), {&made, 1}, true);
    operands.push_back({made.memory.get(), made.view});
    parts.push_back(made.memory);
    rest = rest.with_load(ir::value_id(best), ir::value_id(operands.size() - 1));
    // Operand numbers are few: those that nothing loads any more are given up.
    bool used[256]{};
    for (ir::inst const& i : rest.code())
      if (i.op == ir::opcode::load) used[i.a] = true;
    list<operand> kept;
    list<ir::value_id> number(operands.size(), 0);
    for (std::size_t j = 0; j < operands.size(); ++j)
      if (used[j]) {
        number[j] = ir::value_id(kept.size());
        kept.push_back(operands[j]);
      }
    rest.renumber_loads(number);
    operands = kept;
  }
  rest.finish();
  launch(rest.view(), outputs, whole);
}

/// Throws when an integer scalar does not fit the type that the program gives it.
inline void check_scalars(ir::program_view p, std::span<ir::scalar_value const> scalars) {
  auto const check = [&](ir::inst const& scalar, dtype t) {
    if (!ir::fits(scalars[scalar.a], t))
      throw dtype_error(
          ndfuse::detail::message("integer ", scalars[scalar.a].integer, " out of bounds for ", ndfuse::name(t)));
  };
  // Casts first: a scalar that becomes a uint8 is held in a uint32, which is not the type that the user wrote.
  for (ir::inst const& i : p.code)
    if (i.op == ir::opcode::cast && p.code[i.a].op == ir::opcode::scalar) check(p.code[i.a], i.type);
  for (ir::inst const& i : p.code)
    if (i.op == ir::opcode::scalar) check(i, i.type);
}

}  // namespace detail

/// Computes `outputs` (all of one shape, which the loads' views have too) from `loads` and `scalars`. An output may
/// share memory with loads of the very same view.
inline void launch_map(device& d, kernel const& k, std::span<operand const> loads, std::span<tensor const> outputs,
                       std::span<ir::scalar_value const> scalars) {
  detail::check_scalars(k.program, scalars);
  if (outputs[0].view.size() == 0) return;
  bool whole = true;  // the outputs are all that their buffers hold: the padding behind may be overwritten
  for (tensor const& t : outputs)
    whole = whole && t.view.offset == 0 && t.view.size() == t.memory->count && is_contiguous(t.view);
  if (d.kind() == device_kind::cpu) detail::map_on_cpu(static_cast<cpu_device&>(d), k, loads, outputs, scalars);
  else if (detail::distinct_buffers(loads) + outputs.size() > static_cast<gpu_device&>(d).limits().max_storage_buffers)
    detail::map_in_parts(static_cast<gpu_device&>(d), k, loads, outputs, whole, scalars);
  else detail::map_on_gpu(static_cast<gpu_device&>(d), k, loads, outputs, whole, scalars, false);
}

}  // namespace ndfuse::runtime
