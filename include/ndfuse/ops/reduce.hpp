#pragma once
/// @file Reductions over any set of axes: elements made by a body, joined by an associative operation, finished by an
/// epilogue.
///
/// On a GPU: one launch where a workgroup or a thread can reduce an output alone, else chunks and a second launch over
/// their results. On the CPU: blocks of 256 elements joined by a tree, blocks joined pairwise. Float sums are thus
/// accurate to O(log n) rounding errors, and the same input gives the same bits every time. Memory: the result, and for
/// chunked outputs at most a few thousand partial results.

#include <ndfuse/codegen/frame_reduce.hpp>
#include <ndfuse/ops/reductions.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// The part of a reduction that does not depend on what is reduced over. With several accumulators the body has as many
/// outputs, `combine` twice as many loads (those of one side first) and as many outputs, `partial` both.
struct reduction {
  std::uint64_t hash = 0;
  std::string_view name;
  std::uint8_t accumulator_count = 1;
  dtype accumulators[codegen::max_accumulators]{};
  std::uint64_t identities[codegen::max_accumulators]{};  // bits of the neutral element in the accumulators' types
  bool has_identity = true;
  std::string_view empty;  // what an error says of no elements, where there is no identity; else NumPy's usual words
  runtime::kernel const* partial = nullptr;  // the body that passes accumulators on, for the second launch
  ir::program_view finish;                   // from accumulators to results, which are one or several
  ir::program_view combine;                  // joins two accumulators
  runtime::helper_functions helpers;         // of body, combine and finish together
  codegen::row_loop combine_rows, finish_rows;
};

namespace detail {

using runtime::detail::parameter_block;

/// How many chunks an output is cut into, and how many elements (or groups of lanes) one takes.
struct chunking {
  index chunks, chunk;
};
inline chunking cut(index outputs, index groups, bool columns) {
  index chunk;
  if (columns) {
    // A thread a chunk: 128 to 1024 elements, as few as keep a GPU busy.
    index const wanted = 131072 / (outputs < 1 ? 1 : outputs);
    chunk = wanted <= 1 ? 1024 : (groups + wanted - 1) / wanted;
    chunk = chunk < 128 ? 128 : chunk > 1024 ? 1024 : chunk;
    if ((groups + chunk - 1) / chunk > 65535) chunk = (groups + 65534) / 65535;
  } else {
    // A workgroup a chunk: about 2048 workgroups in all, each thread between 8 and 256 groups.
    index const wanted = 2048 / (outputs < 1 ? 1 : outputs);
    chunk = wanted <= 1 ? 65536 : (groups + wanted - 1) / wanted;
    chunk = chunk < 2048 ? 2048 : chunk > 65536 ? 65536 : chunk;
    chunk = (chunk + 255) / 256 * 256;
  }
  index const chunks = groups == 0 ? 1 : (groups + chunk - 1) / chunk;
  return {chunks, chunk};
}

/// The kernel of a reduction, made when it is new.
inline std::uint32_t reduce_kernel(runtime::gpu_device& d, runtime::kernel const& body, reduction const& r,
                                   codegen::reduce_facts const& f) {
  std::uint64_t const key = codegen::hash(f, ir::hash_combine(body.hash, r.hash));
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  codegen::dialect const language = d.language();
  std::string text;
  auto const function = [&](ir::program_view p, std::string_view name) {
    runtime::detail::emit_into(text, [&](char* to) { return codegen::emit_function(to, language, p, {"", name, ""}); });
  };
  if (language == codegen::dialect::wgsl && !body.body.empty()) text = body.body;
  else function(body.program, "body");
  function(r.combine, "combine");
  if (f.finish) function(r.finish, "finish");
  runtime::detail::emit_into(
      text, [&](char* to) { return codegen::emit_reduce(to, language, body.program, r.combine, r.finish, f); });
  std::string const name = std::string(r.name) + "_of_" + std::string(body.name);
  runtime::detail::list<std::string_view> parts;
  parts.push_back(codegen::prelude(language));
  for (std::string_view h : r.helpers.in(language)) parts.push_back(h);
  parts.push_back(text);
  unsigned const written = f.finish ? unsigned(r.finish.outputs.size()) : r.accumulator_count;
  return d.add_kernel(key, name, {parts.data(), parts.size()}, f.binding_count + written,
                      ((1u << written) - 1u) << f.binding_count, false);
}

/// The operands of a reduction with the fewest axes, kept ones first, and what both GPUs ask about them.
struct reduce_operands {
  reduce_operands(ir::program_view program, std::span<runtime::operand const> operands, std::size_t kept, index results)
      : p(program), loads(operands), outputs(results) {
    view* pointers[codegen::max_operands];
    for (std::size_t j = 0; j < loads.size(); ++j) {
      views[j] = loads[j].view;
      pointers[j] = &views[j];
    }
    rank_out = runtime::collapse({pointers, loads.size()}, kept);
    if (views[0].rank() == rank_out)  // a single reduced element
      for (std::size_t j = 0; j < loads.size(); ++j) {
        views[j].shape.push_back(1);
        views[j].strides.push_back(0);
      }
    rank = views[0].rank();
    innermost = views[0].shape[rank - 1];
    for (std::size_t a = rank_out; a < rank; ++a) reduced *= views[0].shape[a];
    for (ir::inst const& i : p.code) {
      if (i.op != ir::opcode::load || i.imm != ir::load_element) continue;
      along_reduced = along_reduced || views[i.a].strides[rank - 1] == 1;
      along_kept = along_kept || (rank_out > 0 && views[i.a].strides[rank_out - 1] == 1);
    }
  }

  codegen::reduce_facts facts(reduction const& r) const {
    codegen::reduce_facts f;
    f.rank_out = std::uint8_t(rank_out);
    f.rank_reduced = std::uint8_t(rank - rank_out);
    f.accumulator_count = r.accumulator_count;
    for (std::size_t k = 0; k < r.accumulator_count; ++k) {
      f.accumulators[k] = r.accumulators[k];
      f.identities[k] = r.identities[k];
    }
    return f;
  }
  /// The innermost kept axis has neighbours for four lanes.
  bool four_kept() const { return rank_out > 0 && along_kept && views[0].shape[rank_out - 1] % 4 == 0; }
  void put_reduced_axes_first() {
    for (std::size_t j = 0; j < loads.size(); ++j) {
      index_list order;
      for (std::size_t a = rank_out; a < rank; ++a) order.push_back(index(a));
      for (std::size_t a = 0; a < rank_out; ++a) order.push_back(index(a));
      views[j] = permute(views[j], order);
    }
  }
  /// Decides how each operand is reached; fills what `f` says of bindings.
  runtime::detail::binding_list bind(codegen::reduce_facts& f, std::size_t written,
                                     runtime::gpu_limits const& limits) const {
    runtime::detail::binding_list bindings;
    runtime::detail::bind_strided(p, loads, views, f.lanes, f.loads, bindings);
    f.binding_count = bindings.count();
    for (std::size_t b = 0; b < bindings.count(); ++b) f.bindings[b] = bindings.type(b);
    if (bindings.count() + written > limits.max_storage_buffers)
      throw value_error(ndfuse::detail::message(
          "a reduction over ", std::size_t(bindings.count()), " arrays at once, but the device binds at most ",
          std::size_t(limits.max_storage_buffers), ": evaluate a part of the expression first"));
    return bindings;
  }
  /// Extents and strides, in the order of the frame's parameters.
  void parameters(parameter_block& to, codegen::reduce_facts const& f) const {
    for (std::size_t a = 0; a < rank; ++a) {
      index const e = views[0].shape[a];
      to.word(a + 1 == rank && f.lanes == 4 ? (e + 3) / 4 : e);
    }
    for (std::size_t j = 0; j < loads.size(); ++j) to.strided(views[j], f.loads[j].how, rank);
  }

  ir::program_view p;
  std::span<runtime::operand const> loads;
  view views[codegen::max_operands];
  std::size_t rank_out = 0, rank = 0;
  index outputs, reduced = 1, innermost = 1;
  bool along_kept = false, along_reduced = false;  // where neighbours in memory lie
};

/// What a launch binds: the operands' buffers, then the results or new memory for the accumulators of chunks.
struct reduce_buffers {
  reduce_buffers(runtime::gpu_device& d, reduction const& r, runtime::detail::binding_list const& bindings,
                 std::span<runtime::tensor const> outs, bool finish, index partials) {
    for (runtime::buffer* b : bindings.buffers()) all[count++] = b;
    if (finish)
      for (runtime::tensor const& t : outs) all[count++] = t.memory.get();
    else
      for (std::size_t k = 0; k < r.accumulator_count; ++k) {
        chunks[k] = d.allocate(partials, r.accumulators[k]);
        all[count++] = chunks[k].get();
      }
  }
  std::span<runtime::buffer* const> span() const { return {all, count}; }
  /// The accumulators of chunks as operands of the next launch.
  void operands(runtime::operand* to, reduction const& r, view const& v) const {
    for (std::size_t k = 0; k < r.accumulator_count; ++k) to[k] = {chunks[k].get(), v};
  }

  runtime::buffer* all[codegen::max_operands + codegen::max_accumulators];
  std::size_t count = 0;
  runtime::buffer_ref chunks[codegen::max_accumulators];
};

/// The most arrays that a launch of the reduction writes.
inline std::size_t most_written(reduction const& r) {
  std::size_t const results = r.finish.outputs.size();
  return results > r.accumulator_count ? results : r.accumulator_count;
}

inline void reduce_on_webgpu(runtime::gpu_device& d, runtime::kernel const& body, reduction const& r,
                             std::span<runtime::operand const> loads, std::size_t kept,
                             std::span<runtime::tensor const> outs, std::span<ir::scalar_value const> scalars,
                             std::span<ir::scalar_value const> finish_scalars) {
  ir::program_view const p = body.program;
  reduce_operands operands(p, loads, kept, outs[0].view.size());
  index const outputs = operands.outputs, reduced = operands.reduced, innermost = operands.innermost;
  codegen::reduce_facts f = operands.facts(r);
  // Neighbouring threads should read neighbouring elements: by columns when those lie along a kept axis. A row that is
  // shorter than a fraction of a workgroup goes to one thread as well.
  f.columns = outputs >= 32 && (reduced <= 32 || (operands.along_kept && !operands.along_reduced));
  index groups = reduced, across = outputs;  // of which threads take one each, by columns
  if (f.columns && outputs >= 128 && operands.four_kept()) {
    f.lanes = 4;
    across /= 4;
    operands.put_reduced_axes_first();  // lanes lie along the last axis
  }
  if (!f.columns && operands.along_reduced && (innermost % 4 == 0 || f.rank_reduced == 1) && innermost > 3) {
    f.lanes = 4;
    f.guarded = innermost % 4 != 0;
    groups = f.guarded ? (innermost + 3) / 4 : reduced / 4;
  }
  runtime::detail::binding_list const bindings = operands.bind(f, most_written(r), d.limits());
  chunking const c = cut(across, groups, f.columns);
  f.finish = c.chunks == 1;

  std::uint32_t const id = reduce_kernel(d, body, r, f);

  reduce_buffers const buffers(d, r, bindings, outs, f.finish, outputs * c.chunks);

  // A workgroup makes a chunk, or 256 threads make one each; what is too much for one submission goes in several.
  index const total = f.columns ? across : outputs * c.chunks, per_group = f.columns ? codegen::workgroup_size : 1;
  std::uint64_t const work =
      runtime::work_of(p) * std::uint64_t(c.chunk) * f.lanes * std::uint64_t(f.columns ? c.chunks : 1);
  index const piece =
      f.columns ? runtime::detail::threads_of_a_submission(d, work) : index(d.work_budget() / (work + 1)) + 64;
  for (index first = 0; first < total; first += piece) {
    index const end = total - first < piece ? total : first + piece;
    runtime::grid g = runtime::detail::fold_grid((end - first + per_group - 1) / per_group, d.limits());
    parameter_block parameters;
    parameters.word(f.columns ? end : outputs);
    parameters.word(first);
    parameters.word(f.columns ? index(g.x) * codegen::workgroup_size : index(g.x));
    parameters.word(c.chunks);
    parameters.word(c.chunk);
    parameters.word(groups);
    parameters.word(f.columns ? outputs : innermost);
    parameters.scalars(p, scalars);
    if (f.finish) parameters.scalars(r.finish, finish_scalars);
    operands.parameters(parameters, f);
    if (f.columns) g.z = std::uint32_t(c.chunks);
    d.dispatch(id, buffers.span(), parameters.words(), g, work * std::uint64_t(end - first));
  }
  if (f.finish) return;

  runtime::operand chunks[codegen::max_accumulators];
  // by columns those of neighbours lie side by side
  buffers.operands(chunks, r,
                   f.columns ? view{{outputs, c.chunks}, {1, outputs}, 0} : contiguous_view({outputs, c.chunks}));
  reduce_on_webgpu(d, *r.partial, r, {chunks, r.accumulator_count}, 1, outs, {}, finish_scalars);
}

/// Results of one pass lie as [output][chunk], or by columns as [chunk][output].
inline void reduce_on_webgl(runtime::gpu_device& d, runtime::kernel const& body, reduction const& r,
                            std::span<runtime::operand const> loads, std::size_t kept,
                            std::span<runtime::tensor const> outs, std::span<ir::scalar_value const> scalars,
                            std::span<ir::scalar_value const> finish_scalars) {
  ir::program_view const p = body.program;
  reduce_operands operands(p, loads, kept, outs[0].view.size());
  index const outputs = operands.outputs, reduced = operands.reduced, innermost = operands.innermost;
  codegen::reduce_facts f = operands.facts(r);
  // Four lanes need neighbours that one texel feeds: along the innermost kept axis or along the innermost reduced one.
  bool four = true;
  for (std::size_t k = 0; k < r.accumulator_count; ++k) four = four && !is_complex(r.accumulators[k]);
  for (runtime::tensor const& t : outs) four = four && !is_complex(t.type);
  f.columns = four && operands.along_kept && !operands.along_reduced && operands.four_kept();
  bool const rows =
      four && !f.columns && operands.along_reduced && reduced > 64 && (innermost % 4 == 0 || f.rank_reduced == 1);
  if (f.columns || rows) f.lanes = 4;
  f.guarded = rows && innermost % 4 != 0;
  index const count = rows ? (f.guarded ? (innermost + 3) / 4 : reduced / 4) : reduced;  // groups of one output
  // As few chunks as keep a lane's sum short, or more when that would leave a GPU idle.
  index const serial = outputs * count < 16384 * 256 ? 64 : 256;
  index const chunks = count == 0 ? 1 : (count + serial - 1) / serial;
  index const chunk = (count + chunks - 1) / chunks;
  f.finish = chunks == 1 && !rows;

  if (f.columns) operands.put_reduced_axes_first();  // lanes lie along the last axis
  runtime::detail::binding_list const bindings = operands.bind(f, most_written(r), d.limits());
  std::uint32_t const id = reduce_kernel(d, body, r, f);

  index const results = outputs * chunks * (rows ? 4 : 1);
  reduce_buffers const buffers(d, r, bindings, outs, f.finish, results);

  parameter_block parameters;
  parameters.word(f.columns ? outputs / 4 : outputs);
  parameters.word(chunks);
  parameters.word(count);
  parameters.word(chunk);
  parameters.word(innermost);
  parameters.scalars(p, scalars);
  if (f.finish) parameters.scalars(r.finish, finish_scalars);
  operands.parameters(parameters, f);
  index const lanes = codegen::texel_lanes(f.finish ? outs[0].type : r.accumulators[0]);
  d.draw(id, buffers.span(), parameters.words(), {0, std::uint32_t((results + lanes - 1) / lanes), true},
         (runtime::work_of(p) + runtime::work_of(r.combine)) * std::uint64_t(lanes) * std::uint64_t(chunk));
  if (f.finish) return;

  index const more = rows ? chunks * 4 : chunks;
  view const chunk_view = f.columns ? view{{outputs, more}, {1, outputs}, 0} : contiguous_view({outputs, more});
  runtime::operand more_operands[codegen::max_accumulators];
  buffers.operands(more_operands, r, chunk_view);
  reduce_on_webgl(d, *r.partial, r, {more_operands, r.accumulator_count}, 1, outs, {}, finish_scalars);
}

inline void reduce_on_gpu(runtime::gpu_device& d, runtime::kernel const& body, reduction const& r,
                          std::span<runtime::operand const> loads, std::size_t kept,
                          std::span<runtime::tensor const> outs, std::span<ir::scalar_value const> scalars,
                          std::span<ir::scalar_value const> finish_scalars) {
  if (d.kind() == device_kind::webgl) reduce_on_webgl(d, body, r, loads, kept, outs, scalars, finish_scalars);
  else reduce_on_webgpu(d, body, r, loads, kept, outs, scalars, finish_scalars);
}

/// `count` states side by side: for each accumulator a block of its own, of at most `width` elements.
class reduce_states {
 public:
  reduce_states(reduction const& r, std::size_t width, std::size_t slots)
      : r_(r), width_(width), memory_(static_cast<std::byte*>(std::malloc(slots * r.accumulator_count * width * 16))) {
    if (memory_ == nullptr) throw out_of_memory("no memory for the partial results of a reduction");
  }
  ~reduce_states() { std::free(memory_); }
  reduce_states(reduce_states const&) = delete;

  /// Element `i` of accumulator `k` in a slot.
  void* at(std::size_t slot, std::size_t k, std::size_t i = 0) const {
    return memory_ + (slot * r_.accumulator_count + k) * width_ * 16 + i * size_of(r_.accumulators[k]);
  }
  /// Joins `count` states of slot `into` with those of `more` from element `from` on.
  void join(std::size_t into, std::size_t more, std::size_t from, std::size_t count) const {
    codegen::row row;
    row.count = count;
    for (std::size_t k = 0; k < r_.accumulator_count; ++k) {
      std::size_t const later = k + r_.accumulator_count;
      row.out[k] = at(into, k);
      row.in[k] = at(into, k);
      row.in[later] = at(more, k, from);
      row.out_stride[k] = row.in_stride[k] = row.in_stride[later] = 1;
    }
    r_.combine_rows(row);
  }
  void copy(std::size_t into, std::size_t from, std::size_t count) const {
    for (std::size_t k = 0; k < r_.accumulator_count; ++k)
      std::memcpy(at(into, k), at(from, k), count * size_of(r_.accumulators[k]));
  }

 private:
  reduction const& r_;
  std::size_t width_;
  std::byte* memory_;
};

/// Joins states pairwise like a binary counter: each level holds the result of twice as many as the one below. Slot 0
/// is where the next states are put before `push`.
class pairwise {
 public:
  explicit pairwise(reduce_states const& states) : states_(states) {}
  static constexpr std::size_t slots = 49;

  void push(std::size_t count) {
    std::size_t level = 0;
    for (; (count_ >> level & 1u) != 0; ++level) {
      states_.join(level + 1, 0, 0, count);
      states_.copy(0, level + 1, count);
    }
    states_.copy(level + 1, 0, count);
    ++count_;
  }
  /// The slot of the result of all that was pushed, or 0 when that was nothing. Ready for more afterwards.
  std::size_t finish(std::size_t count) {
    std::size_t total = 0;
    for (std::size_t level = 0; count_ >> level != 0; ++level) {
      if ((count_ >> level & 1u) == 0) continue;
      if (total != 0) states_.join(level + 1, total, 0, count);
      total = level + 1;
    }
    count_ = 0;
    return total;
  }

 private:
  reduce_states const& states_;
  std::uint64_t count_ = 0;
};

inline void reduce_on_cpu(runtime::cpu_device& d, runtime::kernel const& body, reduction const& r,
                          std::span<runtime::operand const> loads, shape const& kept_shape, shape const& reduced_shape,
                          std::span<runtime::tensor const> outs, std::span<ir::scalar_value const> scalars,
                          std::span<ir::scalar_value const> finish_scalars) {
  if (d.capturing())
    return d.keep([&d, body, r, loads = runtime::owned_operands(loads), kept_shape, reduced_shape,
                   outs = runtime::owned_span(outs), scalars = runtime::owned_span(scalars),
                   finish_scalars = runtime::owned_span(finish_scalars)] {
      reduce_on_cpu(d, body, r, loads, kept_shape, reduced_shape, outs, scalars, finish_scalars);
    });
  constexpr std::size_t block = codegen::block_size;
  std::size_t const kept = kept_shape.size(), accumulators = r.accumulator_count;
  std::size_t element_bytes[codegen::max_operands]{};
  for (ir::inst const& i : body.program.code)
    if (i.op == ir::opcode::load) element_bytes[i.a] = size_of(i.type);

  codegen::row row;
  row.scalars = scalars.data();
  for (std::size_t k = 0; k < accumulators; ++k) row.out_stride[k] = 1;
  auto const aim = [&](std::size_t axis,
                       index_list const& at) {  // points the row's operands at `at`, running along `axis`
    for (std::size_t j = 0; j < loads.size(); ++j) {
      index const e = runtime::element_at(loads[j].view, at);
      row.in_stride[j] = axis < loads[j].view.rank() ? loads[j].view.strides[axis] : 0;
      if (loads[j].memory != nullptr) row.in[j] = loads[j].memory->host + std::size_t(e) * element_bytes[j];
      row.start[j] = loads[j].memory != nullptr ? loads[j].memory->count : e;
    }
  };
  auto const write = [&](reduce_states const& states, std::size_t slot, std::size_t count, index first) {
    alignas(16) std::byte neutral[codegen::max_accumulators][16]{};
    codegen::row last;
    last.count = count;
    for (std::size_t k = 0; k < accumulators; ++k) {
      std::memcpy(neutral[k], &r.identities[k], 8);
      last.in[k] = slot != 0 ? states.at(slot, k) : neutral[k];
      last.in_stride[k] = slot != 0 ? 1 : 0;
    }
    for (std::size_t k = 0; k < outs.size(); ++k) {
      last.out[k] = outs[k].memory->host + std::size_t(first) * size_of(outs[k].type);
      last.out_stride[k] = 1;
    }
    last.scalars = finish_scalars.data();
    r.finish_rows(last);
  };
  auto const whole = [](shape const& a, shape const& b) {
    shape s = a;
    for (index e : b) s.push_back(e);
    return s;
  };
  shape const extents = whole(kept_shape, reduced_shape);
  bool const empty = element_count(reduced_shape) == 0;

  // Along a kept axis when its neighbours lie closer than those along the reduced one.
  bool columns = kept > 0 && kept_shape[kept - 1] >= 8 && !reduced_shape.empty();
  for (runtime::operand const& o : loads) {
    auto const magnitude = [](index s) { return s < 0 ? -s : s; };
    if (columns) columns = magnitude(o.view.strides[kept - 1]) < magnitude(o.view.strides[extents.size() - 1]);
  }
  if (columns) {
    shape outer = kept_shape;
    index const width = outer[kept - 1];
    outer.erase(kept - 1);
    index_list at = index_list::filled(outer.size(), 0);
    index first = 0;
    reduce_states const states(r, std::size_t(width < index(block) ? width : index(block)), pairwise::slots);
    pairwise sums(states);
    for (std::size_t k = 0; k < accumulators; ++k) row.out[k] = states.at(0, k);
    do {
      for (index from = 0; from < width; from += index(block)) {
        std::size_t const count = std::size_t(width - from < index(block) ? width - from : index(block));
        index_list r_at = index_list::filled(reduced_shape.size(), 0);
        if (!empty) do {
            index_list full = at;
            full.push_back(from);
            for (index i : r_at) full.push_back(i);
            aim(kept - 1, full);
            row.count = count;
            body.rows(row);
            sums.push(count);
          } while (runtime::advance(r_at, reduced_shape));
        write(states, sums.finish(count), count, first + from);
      }
      first += width;
    } while (runtime::advance(at, outer));
    d.note_launch();
    return;
  }

  shape outer = reduced_shape;
  index run = 1;
  if (!outer.empty()) {
    run = outer[outer.size() - 1];
    outer.erase(outer.size() - 1);
  }
  std::size_t const run_axis = extents.size() - 1;
  index_list at = index_list::filled(kept, 0);
  index first = 0;
  reduce_states const blocks(r, block, 1), states(r, 1, pairwise::slots);
  pairwise sums(states);
  do {
    std::size_t filled = 0;
    auto const join_block = [&] {
      while (filled > 1) {  // a tree: halves joined element by element
        std::size_t const half = filled / 2;
        blocks.join(0, 0, filled - half, half);
        filled -= half;
      }
      if (filled == 1) {
        for (std::size_t k = 0; k < accumulators; ++k)
          std::memcpy(states.at(0, k), blocks.at(0, k), size_of(r.accumulators[k]));
        sums.push(1);
      }
      filled = 0;
    };
    index_list r_at = index_list::filled(outer.size(), 0);
    if (!empty) do {
        index_list full = at;
        for (index i : r_at) full.push_back(i);
        if (!reduced_shape.empty()) full.push_back(0);
        for (index done = 0; done < run;) {
          std::size_t const room = block - filled;
          std::size_t const count = std::size_t(run - done) < room ? std::size_t(run - done) : room;
          if (!reduced_shape.empty()) full[full.size() - 1] = done;
          aim(run_axis, full);
          row.count = count;
          for (std::size_t k = 0; k < accumulators; ++k) row.out[k] = blocks.at(0, k, filled);
          body.rows(row);
          filled += count;
          done += index(count);
          if (filled == block) join_block();
        }
      } while (runtime::advance(r_at, outer));
    join_block();
    write(states, sums.finish(1), 1, first++);
  } while (runtime::advance(at, kept_shape));
  d.note_launch();
}

}  // namespace detail

/// Reduces over the last `extents.size() - kept` axes of the loads' common shape `extents` into the contiguous arrays
/// `outs`, one for each output of the program `finish`, which have one element for each index of the first `kept` axes.
/// Throws value_error when there is nothing to reduce and no neutral element.
inline void launch_reduce(runtime::device& d, runtime::kernel const& body, reduction const& r,
                          std::span<runtime::operand const> loads, shape const& extents, std::size_t kept,
                          std::span<runtime::tensor const> outs, std::span<ir::scalar_value const> scalars,
                          std::span<ir::scalar_value const> finish_scalars) {
  runtime::detail::check_scalars(body.program, scalars);
  shape kept_shape, reduced_shape;
  for (std::size_t a = 0; a < extents.size(); ++a) (a < kept ? kept_shape : reduced_shape).push_back(extents[a]);
  if (outs[0].view.size() == 0) return;
  if (element_count(reduced_shape) == 0 && !r.has_identity) throw_empty(r.name, r.empty);
  if (d.kind() == device_kind::cpu) {
    detail::reduce_on_cpu(static_cast<runtime::cpu_device&>(d), body, r, loads, kept_shape, reduced_shape, outs,
                          scalars, finish_scalars);
    return;
  }
  runtime::operand const none{nullptr, view{extents, index_list::filled(extents.size(), 0), 0}};
  if (loads.empty()) {  // the frame takes its shape from an operand
    runtime::operand const stand_in[] = {none};
    detail::reduce_on_gpu(static_cast<runtime::gpu_device&>(d), body, r, stand_in, kept, outs, scalars, finish_scalars);
    return;
  }
  detail::reduce_on_gpu(static_cast<runtime::gpu_device&>(d), body, r, loads, kept, outs, scalars, finish_scalars);
}

}  // namespace ndfuse::ops
