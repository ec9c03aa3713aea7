#pragma once
/// @file Scans along the last axis: running sums, products, extremes and the like over elements made by a body, and
/// with any other associative operation.
///
/// On the CPU elements are joined one after another, as NumPy does. On WebGPU a row that a workgroup can go through is
/// one launch; longer ones are cut into chunks and go through in segments of up to 2048 chunks, two launches each
/// (totals, then results): elements are read twice and written once. No workgroup waits for another, because WebGPU
/// does not promise that it gets its turn. On WebGL2 totals are made level by level. The same input gives the same bits
/// every time. Memory: the result, and one total for each 1024 elements or more (WebGL2: for each 15); where elements
/// are expensive and would be made twice, they are made first and stored.

#include <ndfuse/codegen/frame_scan.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// The part of a scan that does not depend on what is scanned.
struct scan {
  std::uint64_t hash = 0;
  std::string_view name;
  dtype accumulator = dtype::float32;  // never bool; on a GPU not narrower than 32 bits
  dtype result = dtype::float32;
  bool commutes = true;                      // or joining is only associative
  std::uint64_t identity = 0;                // bits of the neutral element in the accumulator's type
  runtime::kernel const* partial = nullptr;  // the body that passes accumulators on
  runtime::kernel const* finish = nullptr;   // from an accumulator to a result of another type; else null
  ir::program_view combine;                  // two loads, the earlier first
  runtime::helper_functions helpers;         // of body and combine together, and partial has none
  codegen::row_loop combine_rows;
  codegen::serial_loop combine_serially = nullptr;
};

struct scan_flags {
  bool reverse = false;    // from the last element to the first
  bool exclusive = false;  // without the element itself: the first result is the neutral element
};

namespace detail {

/// The kernel of a scan, made when it is new.
inline std::uint32_t scan_kernel(runtime::gpu_device& d, runtime::kernel const& body, scan const& s,
                                 codegen::scan_facts const& f) {
  std::uint64_t const key = ir::hash_combine(codegen::hash(f, ir::hash_combine(body.hash, s.hash)), 0x7363616e);
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  codegen::dialect const language = d.language();
  std::string text;
  auto const function = [&](ir::program_view p, std::string_view name) {
    runtime::detail::emit_into(text, [&](char* to) { return codegen::emit_function(to, language, p, {"", name, ""}); });
  };
  if (language == codegen::dialect::wgsl && !body.body.empty()) text = body.body;
  else function(body.program, "body");
  function(s.combine, "combine");
  runtime::detail::emit_into(text, [&](char* to) { return codegen::emit_scan(to, language, body.program, f); });
  using codegen::scan_stage;
  std::string const name =
      std::string(s.name) + (f.stage == scan_stage::totals ? "_totals_of_" : "_scan_of_") + std::string(body.name);
  runtime::detail::list<std::string_view> parts;
  parts.push_back(codegen::prelude(language));
  for (std::string_view h : s.helpers.in(language)) parts.push_back(h);
  parts.push_back(text);
  // Texts follow each other as bindings do: operands, then what is written; in GLSL the totals are an operand.
  unsigned operands = f.binding_count, written = 1;
  if (f.stage == scan_stage::scan) (language == codegen::dialect::wgsl ? written : operands) += 1;
  return d.add_kernel(key, name, {parts.data(), parts.size()}, operands + written, ((1u << written) - 1u) << operands,
                      false);
}

/// Operands of a scan and the result's view, which is the last of the views.
struct scan_operands {
  scan_operands(runtime::kernel const& body, std::span<runtime::operand const> operands, view const& result)
      : p(body.program), loads(operands) {
    for (std::size_t j = 0; j < loads.size(); ++j) views[j] = loads[j].view;
    views[loads.size()] = result;
  }
  view& result() { return views[loads.size()]; }
  void permute_all(index_list const& order) {
    for (std::size_t j = 0; j <= loads.size(); ++j) views[j] = permute(views[j], order);
  }
  runtime::detail::binding_list bind(codegen::scan_facts& f, runtime::gpu_limits const& limits) {
    runtime::detail::binding_list bindings;
    runtime::detail::bind_strided(p, loads, views, f.lanes, f.loads, bindings);
    f.binding_count = bindings.count();
    for (std::size_t b = 0; b < bindings.count(); ++b) f.bindings[b] = bindings.type(b);
    if (bindings.count() + 2u > limits.max_storage_buffers)
      throw value_error(ndfuse::detail::message(
          "a scan over ", std::size_t(bindings.count()), " arrays at once, but the device binds at most ",
          std::size_t(limits.max_storage_buffers), " with the result's: evaluate a part of the expression first"));
    return bindings;
  }
  /// Extents (the last in groups of lanes) and strides, in the order of the frame's parameters.
  void parameters(runtime::detail::parameter_block& to, codegen::scan_facts const& f) {
    std::size_t const rank = f.rank;
    for (std::size_t a = 0; a < rank; ++a) to.word(views[0].shape[a]);
    for (std::size_t j = 0; j < loads.size(); ++j) to.strided(views[j], f.loads[j].how, rank);
  }

  ir::program_view p;
  std::span<runtime::operand const> loads;
  view views[codegen::max_operands + 1];
};

/// True when launching the scan in two stages would make expensive elements twice.
inline bool worth_storing(runtime::kernel const& body, std::uint64_t most) {
  return runtime::work_of(body.program) > most;
}

inline void scan_on_webgpu(runtime::gpu_device& d, runtime::kernel const& body, scan const& s,
                           std::span<runtime::operand const> loads, runtime::tensor const& out,
                           std::span<ir::scalar_value const> scalars, bool exclusive) {
  using codegen::access;
  using codegen::scan_stage;
  scan_operands operands(body, loads, out.view);
  view* pointers[codegen::max_operands + 1];
  for (std::size_t j = 0; j <= loads.size(); ++j) pointers[j] = &operands.views[j];
  std::size_t const kept = runtime::collapse({pointers, loads.size() + 1}, out.view.rank() - 1);
  view& result = operands.result();
  if (result.rank() == kept)  // rows of one element
    for (std::size_t j = 0; j <= loads.size(); ++j) {
      operands.views[j].shape.push_back(1);
      operands.views[j].strides.push_back(0);
    }
  index const extent = result.shape[kept], rows = result.size() / extent;
  bool along_kept = kept > 0 && result.strides[kept - 1] == 1, along = result.strides[kept] == 1;
  for (ir::inst const& i : operands.p.code) {
    if (i.op != ir::opcode::load || i.imm != ir::load_element) continue;
    along = along || operands.views[i.a].strides[kept] == 1;
    along_kept = along_kept || (kept > 0 && operands.views[i.a].strides[kept - 1] == 1);
  }

  codegen::scan_facts f;
  f.rank = std::uint8_t(kept + 1);
  f.exclusive = exclusive;
  f.commutes = s.commutes;
  f.accumulator = s.accumulator;
  f.identity = s.identity;
  f.columns = rows >= 32 && (extent <= 32 || (along_kept && !along));
  if (!f.columns && along && !is_complex(s.accumulator) && extent > 3 && (extent % 4 == 0 || rows == 1)) f.lanes = 4;

  // How a row is cut: into as few chunks as keep a GPU busy.
  constexpr index tile = codegen::scan_items * codegen::workgroup_size;
  index const groups = (extent + f.lanes - 1) / f.lanes;
  index chunk = groups;
  if (f.columns) {
    index const wanted = 65536 / rows;
    if (wanted > 1) chunk = (groups + wanted - 1) / wanted;
    index const least = (groups + codegen::scan_column_chunks - 1) / codegen::scan_column_chunks;
    chunk = chunk < 64 ? 64 : chunk;
    chunk = chunk < least ? least : chunk;
  } else if (rows < codegen::scan_segment && groups > tile) {
    // So long that a segment holds them all, as far as that goes: each segment drains the GPU twice.
    index const tiles = rows * groups / (index(codegen::scan_segment) * tile);
    chunk = tile * (tiles < 1 ? 1 : tiles > 8 ? 8 : tiles);
  }
  index const chunks = (groups + chunk - 1) / chunk;
  if (chunks > 1 && worth_storing(body, 300)) {
    runtime::tensor made{d.allocate(out.view.size(), s.accumulator), contiguous_view(out.view.shape), s.accumulator};
    runtime::launch_map(d, body, loads, {&made, 1}, scalars);
    runtime::operand const stored{made.memory.get(), made.view};
    scan_on_webgpu(d, *s.partial, s, {&stored, 1}, out, {}, exclusive);
    return;
  }

  runtime::detail::binding_list const bindings = operands.bind(f, d.limits());
  bool const whole = result.offset == 0 && out.view.size() == out.memory->count;
  bool const vector =
      f.lanes == 4 && runtime::detail::classify(result, 4) == access::vector && (extent % 4 == 0 || whole);
  f.output = {bindings.count(), vector ? access::vector : access::gather};
  f.bindings[bindings.count()] = s.accumulator;
  runtime::buffer_ref totals;
  if (chunks > 1) totals = d.allocate(rows * chunks, s.accumulator);

  // A workgroup goes through a chunk, or 256 threads through one each; what is too much for one submission goes in
  // several.
  std::uint64_t const work = runtime::work_of(operands.p) * std::uint64_t(chunk) * f.lanes;
  auto const launch = [&](scan_stage which, index begin, index end) {
    f.stage = which;
    std::uint32_t const id = scan_kernel(d, body, s, f);
    runtime::buffer* buffers[codegen::max_operands + 2];
    std::size_t n = 0;
    for (; n < bindings.count(); ++n) buffers[n] = bindings.buffers()[n];
    if (which != scan_stage::totals) buffers[n++] = out.memory.get();
    if (which != scan_stage::whole) buffers[n++] = totals.get();
    index const here = end - begin, total = f.columns ? rows : rows * here;
    index const per_group = f.columns ? codegen::workgroup_size : 1;
    index const piece = f.columns ? runtime::detail::threads_of_a_submission(d, work * std::uint64_t(here))
                                  : index(d.work_budget() / (work + 1)) + 64;
    for (index first = 0; first < total; first += piece) {
      index const last = total - first < piece ? total : first + piece;
      runtime::grid g = runtime::detail::fold_grid((last - first + per_group - 1) / per_group, d.limits());
      runtime::detail::parameter_block parameters;
      parameters.word(rows);
      parameters.word(first);
      parameters.word(index(g.x) * per_group);
      parameters.word(here);
      parameters.word(begin);
      parameters.word(chunks);
      parameters.word(chunk);
      parameters.word(groups);
      parameters.word(extent);
      parameters.scalars(operands.p, scalars);
      operands.parameters(parameters, f);
      if (which != scan_stage::totals) parameters.strided(result, f.output.how, f.rank);
      if (f.columns) g.z = std::uint32_t(here);
      d.dispatch(id, {buffers, n}, parameters.words(), g, work * std::uint64_t(last - first));
    }
  };
  if (chunks == 1) {
    launch(scan_stage::whole, 0, 1);
    return;
  }
  // Of a segment the totals and the results follow each other; its last chunk leaves the total of all before it.
  index const segment = f.columns ? chunks : (codegen::scan_segment + rows - 1) / rows;
  for (index begin = 0; begin < chunks; begin += segment) {
    index const end = chunks - begin < segment ? chunks : begin + segment;
    launch(scan_stage::totals, begin, end);
    launch(scan_stage::scan, begin, end);
  }
}

/// `out` holds the whole of the buffer, its axes in the order of memory; the scanned one is `axis` and may run
/// backwards.
inline void scan_on_webgl(runtime::gpu_device& d, runtime::kernel const& body, scan const& s,
                          std::span<runtime::operand const> loads, runtime::tensor const& out, std::size_t axis,
                          std::span<ir::scalar_value const> scalars, bool exclusive) {
  using codegen::scan_stage;
  scan_operands operands(body, loads, out.view);
  shape const extents = out.view.shape;
  index const extent = extents[axis];
  codegen::scan_facts f;
  f.rank = std::uint8_t(extents.size());
  f.axis = std::uint8_t(axis);
  f.exclusive = exclusive;
  f.accumulator = s.accumulator;
  f.identity = s.identity;
  runtime::detail::binding_list const bindings = operands.bind(f, d.limits());
  auto const draw = [&](scan_stage which, runtime::buffer* before, index chunks, runtime::buffer* to, index elements) {
    f.stage = which;
    f.backwards = which != scan_stage::totals && out.view.strides[axis] < 0;
    std::uint32_t const id = scan_kernel(d, body, s, f);
    runtime::buffer* buffers[codegen::max_operands + 2];
    std::size_t n = 0;
    for (; n < bindings.count(); ++n) buffers[n] = bindings.buffers()[n];
    if (before != nullptr) buffers[n++] = before;
    buffers[n++] = to;
    runtime::detail::parameter_block parameters;
    parameters.word(elements);
    parameters.word(chunks);
    parameters.scalars(operands.p, scalars);
    operands.parameters(parameters, f);
    index const lanes = codegen::texel_lanes(s.accumulator);
    d.draw(id, {buffers, n}, parameters.words(), {0, std::uint32_t((elements + lanes - 1) / lanes), true},
           (runtime::work_of(operands.p) + runtime::work_of(s.combine)) * std::uint64_t(lanes) *
               codegen::scan_fragment_chunk);
  };
  index const elements = out.view.size();
  if (extent <= index(codegen::scan_fragment_chunk)) {
    draw(scan_stage::whole, nullptr, 1, out.memory.get(), elements);
    return;
  }
  index const chunks = (extent + codegen::scan_fragment_chunk - 1) / codegen::scan_fragment_chunk;
  shape of_totals = extents;
  of_totals[axis] = chunks;
  runtime::tensor before{{}, contiguous_view(of_totals), s.accumulator};
  before.memory = d.allocate(before.view.size(), s.accumulator);
  {
    runtime::buffer_ref const totals = d.allocate(before.view.size(), s.accumulator);
    draw(scan_stage::totals, nullptr, chunks, totals.get(), before.view.size());
    runtime::operand const made{totals.get(), before.view};
    scan_on_webgl(d, *s.partial, s, {&made, 1}, before, axis, {}, true);
  }
  draw(scan_stage::scan, before.memory.get(), chunks, out.memory.get(), elements);
}

/// The axes in the order of memory, where they fill it without gaps and only the last one may run backwards; else
/// nothing.
inline index_list memory_order(runtime::tensor const& out) {
  view const& v = out.view;
  std::size_t const last = v.rank() - 1;
  auto const step = [&](std::size_t a) { return v.strides[a] < 0 ? -v.strides[a] : v.strides[a]; };
  index_list order;
  for (std::size_t a = 0; a < v.rank(); ++a) {
    order.push_back(index(a));
    for (std::size_t k = a; k > 0; --k) {
      std::size_t const before = std::size_t(order[k - 1]);
      if (step(before) > step(a) || (step(before) == step(a) && v.shape[before] >= v.shape[a])) break;
      std::swap(order[k - 1], order[k]);
    }
  }
  index expected = 1;
  bool dense = v.offset == (v.strides[last] < 0 ? (v.shape[last] - 1) * step(last) : 0);
  for (std::size_t k = v.rank(); k-- > 0;) {
    std::size_t const a = std::size_t(order[k]);
    if (v.shape[a] != 1 && (step(a) != expected || (v.strides[a] < 0 && a != last))) dense = false;
    expected *= v.shape[a];
  }
  return dense && expected == out.memory->count ? order : index_list{};
}

inline void scan_on_cpu(runtime::cpu_device& d, runtime::kernel const& body, scan const& s,
                        std::span<runtime::operand const> loads, runtime::tensor const& out,
                        std::span<ir::scalar_value const> scalars, bool exclusive) {
  if (d.capturing())
    return d.keep([&d, body, s, loads = runtime::owned_operands(loads), out, scalars = runtime::owned_span(scalars),
                   exclusive] { scan_on_cpu(d, body, s, loads, out, scalars, exclusive); });
  constexpr std::size_t block = codegen::block_size;
  std::size_t const bytes = size_of(s.accumulator), kept = out.view.rank() - 1;
  codegen::row_loop const& finish = (s.finish != nullptr ? s.finish : s.partial)->rows;
  index const extent = out.view.shape[kept];
  alignas(16) std::byte made[(block + 1) * 16];
  alignas(16) std::byte neutral[16]{};
  std::memcpy(neutral, &s.identity, 8);

  std::size_t element_bytes[codegen::max_operands]{};
  for (ir::inst const& i : body.program.code)
    if (i.op == ir::opcode::load) element_bytes[i.a] = size_of(i.type);
  codegen::row row;
  row.scalars = scalars.data();
  row.out_stride[0] = 1;
  auto const make = [&](std::size_t axis, index_list const& at, std::size_t count, void* to) {
    for (std::size_t j = 0; j < loads.size(); ++j) {
      index const e = runtime::element_at(loads[j].view, at);
      row.in_stride[j] = loads[j].view.strides[axis];
      if (loads[j].memory != nullptr) row.in[j] = loads[j].memory->host + std::size_t(e) * element_bytes[j];
      row.start[j] = loads[j].memory != nullptr ? loads[j].memory->count : e;
    }
    row.count = count;
    row.out[0] = to;
    body.rows(row);
  };
  auto const write = [&](std::size_t axis, index_list const& at, std::size_t count, void const* from, index from_step) {
    codegen::row last;
    last.count = count;
    last.in[0] = from;
    last.in_stride[0] = from_step;
    last.out[0] = out.memory->host + std::size_t(runtime::element_at(out.view, at)) * size_of(out.type);
    last.out_stride[0] = out.view.strides[axis];
    finish(last);
  };

  // Side by side along a kept axis when its neighbours lie closer than those along the scanned one.
  auto const magnitude = [](index step) { return step < 0 ? -step : step; };
  bool columns = kept > 0 && out.view.shape[kept - 1] >= 8;
  for (runtime::operand const& o : loads)
    columns = columns && magnitude(o.view.strides[kept - 1]) < magnitude(o.view.strides[kept]);
  if (columns) {
    shape outer = out.view.shape;
    index const width = outer[kept - 1];
    outer.erase(kept);
    outer.erase(kept - 1);
    index_list at = index_list::filled(outer.size(), 0);
    alignas(16) std::byte sums[block * 16];
    do {
      for (index from = 0; from < width; from += index(block)) {
        std::size_t const count = std::size_t(width - from < index(block) ? width - from : index(block));
        index_list full = at;
        full.push_back(from);
        full.push_back(0);
        for (index k = 0; k < extent; ++k) {
          full[kept] = k;
          if (exclusive) write(kept - 1, full, count, k == 0 ? neutral : sums, k == 0 ? 0 : 1);
          make(kept - 1, full, count, k == 0 ? sums : made);
          if (k > 0) {
            codegen::row join;
            join.count = count;
            join.out[0] = sums;
            join.in[0] = sums;
            join.in[1] = made;
            join.out_stride[0] = join.in_stride[0] = join.in_stride[1] = 1;
            s.combine_rows(join);
          }
          if (!exclusive) write(kept - 1, full, count, sums, 1);
        }
      }
    } while (runtime::advance(at, outer));
    d.note_launch();
    return;
  }

  shape outer = out.view.shape;
  outer.erase(kept);
  index_list at = index_list::filled(outer.size(), 0);
  do {
    index_list full = at;
    full.push_back(0);
    // made[0] is what lies before the block
    std::memcpy(made, neutral, bytes);
    for (index done = 0; done < extent; done += index(block)) {
      std::size_t const count = std::size_t(extent - done < index(block) ? extent - done : index(block));
      full[kept] = done;
      make(kept, full, count, made + bytes);
      bool const first = done == 0;  // the first element stands as it is: 0 + -0 is not -0
      s.combine_serially(made + (first ? bytes : 0), first ? count - 1 : count);
      write(kept, full, count, exclusive ? made : made + bytes, 1);
      std::memcpy(made, made + count * bytes, bytes);
    }
  } while (runtime::advance(at, outer));
  d.note_launch();
}

inline view flip_last(view v) {
  std::size_t const last = v.rank() - 1;
  v.offset += (v.shape[last] - 1) * v.strides[last];
  v.strides[last] = -v.strides[last];
  return v;
}

inline void scan_on_gpu(runtime::gpu_device& d, runtime::kernel const& body, scan const& s,
                        std::span<runtime::operand const> loads, runtime::tensor const& out,
                        std::span<ir::scalar_value const> scalars, bool exclusive) {
  auto const through = [&](runtime::kernel const& last) {  // in memory of its own, from which `last` makes the result
    runtime::tensor made{d.allocate(out.view.size(), s.accumulator), contiguous_view(out.view.shape), s.accumulator};
    scan_on_gpu(d, body, s, loads, made, scalars, exclusive);
    runtime::operand const stored{made.memory.get(), made.view};
    runtime::launch_map(d, last, {&stored, 1}, {&out, 1}, {});
  };
  if (out.type != s.accumulator) return through(*s.finish);
  if (d.kind() == device_kind::webgpu) return scan_on_webgpu(d, body, s, loads, out, scalars, exclusive);
  index_list const order = memory_order(out);
  if (order.empty()) return through(*s.partial);
  std::size_t axis = 0;
  while (std::size_t(order[axis]) + 1 != out.view.rank()) ++axis;
  runtime::operand permuted[codegen::max_operands];
  for (std::size_t j = 0; j < loads.size(); ++j) permuted[j] = {loads[j].memory, permute(loads[j].view, order)};
  runtime::tensor const to{out.memory, permute(out.view, order), out.type};
  if (worth_storing(body, 8) && out.view.shape[out.view.rank() - 1] > 1) {
    // Each element is made once for about every eighth one after it.
    runtime::tensor made{d.allocate(to.view.size(), s.accumulator), contiguous_view(to.view.shape), s.accumulator};
    runtime::launch_map(d, body, {permuted, loads.size()}, {&made, 1}, scalars);
    runtime::operand const stored{made.memory.get(), made.view};
    scan_on_webgl(d, *s.partial, s, {&stored, 1}, to, axis, {}, exclusive);
    return;
  }
  scan_on_webgl(d, body, s, {permuted, loads.size()}, to, axis, scalars, exclusive);
}

}  // namespace detail

/// Scans along the last axis of the loads' common shape `extents`, which has at least one axis, into `out` of the same
/// shape: a view, in any order of axes, of memory that no operand has. NumPy's ufunc.accumulate; `flags` as
/// jax.lax.cumsum's reverse and as C++'s exclusive_scan.
inline void launch_scan(runtime::device& d, runtime::kernel const& body, scan const& s,
                        std::span<runtime::operand const> loads, shape const& extents, runtime::tensor const& out,
                        std::span<ir::scalar_value const> scalars, scan_flags flags = {}) {
  runtime::detail::check_scalars(body.program, scalars);
  if (extents.empty()) throw value_error("cannot accumulate on a scalar");
  if (out.view.shape != extents)
    throw shape_error(
        ndfuse::detail::message("a scan over shape ", extents, " into an array of shape ", out.view.shape));
  if (out.view.size() == 0) return;
  runtime::tensor const to{out.memory, flags.reverse ? detail::flip_last(out.view) : out.view, out.type};
  runtime::operand from[codegen::max_operands];
  std::size_t n = loads.size();
  for (std::size_t j = 0; j < n; ++j)
    from[j] = {loads[j].memory, flags.reverse ? detail::flip_last(loads[j].view) : loads[j].view};
  if (n == 0) from[n++] = {nullptr, view{extents, index_list::filled(extents.size(), 0), 0}};  // frames ask for one
  if (d.kind() == device_kind::cpu)
    detail::scan_on_cpu(static_cast<runtime::cpu_device&>(d), body, s, {from, n}, to, scalars, flags.exclusive);
  else detail::scan_on_gpu(static_cast<runtime::gpu_device&>(d), body, s, {from, n}, to, scalars, flags.exclusive);
}

}  // namespace ndfuse::ops
