#pragma once
/// @file Scattering: out[number(i)] = value(i), or joined to what is there, where a program makes numbers and values.
/// The result does not depend on the order in which a device works: of several values for one element the last is
/// written, and floating values are joined in the order of the launch's elements, by a tree.
///
/// On WebGPU: values for different elements, one launch; the last of several, a word more for each element of the
/// target and three launches; sums, minima and maxima of 32-bit integers, atomic operations. Everything else there, and
/// all on WebGL2: the numbers are sorted, and values of equal numbers joined, in blocks of 1024 and then between blocks
/// (on WebGL2 by doubling distances); then the last of equal ones writes (on WebGL2 each element of the target looks
/// for it). Workspace: the numbers, their order, two copies of the values, and that of sorting. On the CPU: one after
/// the other; workspace: numbers and values.

#include <ndfuse/codegen/frame_scatter.hpp>
#include <ndfuse/ops/search.hpp>
#include <ndfuse/ops/sort.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// What becomes of the element that a number names. `place`: no number comes twice.
enum class scatter_kind : std::uint8_t { assign, add, multiply, minimum, maximum, place };

inline constexpr std::size_t scatter_kind_count = 6;

/// The operation that joins a value to what is there; none for those that write.
constexpr ir::opcode scatter_operation(scatter_kind k) {
  constexpr ir::opcode operations[] = {ir::opcode::load,    ir::opcode::add,     ir::opcode::multiply,
                                       ir::opcode::minimum, ir::opcode::maximum, ir::opcode::load};
  return operations[std::size_t(k)];
}
constexpr bool joins(scatter_kind k) { return k != scatter_kind::assign && k != scatter_kind::place; }

namespace detail {

/// A small program made at run time, launched on a GPU.
inline void launch_made(runtime::gpu_device& d, ir::builder b, std::string_view name,
                        std::span<runtime::operand const> loads, runtime::tensor const& out,
                        std::span<ir::scalar_value const> scalars = {}, runtime::helper_functions helpers = {}) {
  b.finish();
  runtime::kernel const k{b.view(), ir::hash(b.view()), name, {}, helpers, {}, {}};
  runtime::launch_map(d, k, loads, {&out, 1}, scalars);
}
inline runtime::tensor make_tensor(runtime::device& d, shape const& s, dtype t) {
  return {d.allocate(element_count(s), t), contiguous_view(s), t};
}
/// The memory of `t` as a whole array, for a launch over `extents`.
inline runtime::operand whole_array(runtime::tensor const& t, shape const& extents) {
  return {t.memory.get(), view{extents, index_list::filled(extents.size(), 0), 0}};
}
inline runtime::operand numbers_of(shape const& extents) { return {nullptr, contiguous_view(extents)}; }
inline runtime::operand elements_of(runtime::tensor const& t) { return {t.memory.get(), t.view}; }

/// The program's result for these operands, as instructions of `b`.
inline ir::value inlined(ir::builder& b, ir::program_view p, ir::value x, ir::value y) {
  std::vector<ir::value_id> at;
  for (ir::inst i : p.code) {
    if (i.op == ir::opcode::load) {
      at.push_back(b.cast(i.a == 0 ? x : y, compute_type(i.type)).id);
      continue;
    }
    std::size_t const n = ir::operand_count(i);
    if (n > 0) i.a = at[i.a];
    if (n > 1) i.b = at[i.b];
    if (n > 2) i.c = at[i.c];
    at.push_back(b.push(i));
  }
  return {at[p.outputs[0]]};
}

template <class T> T joined(scatter_kind k, T a, T b) {
  if constexpr (std::same_as<T, float16>) {
    return float16(joined(k, float(a), float(b)));
  } else if constexpr (std::same_as<T, bool>) {
    return k == scatter_kind::add || k == scatter_kind::maximum ? a || b : a && b;
  } else if constexpr (std::integral<T>) {
    using U = std::make_unsigned_t<std::common_type_t<T, int>>;
    switch (k) {
      case scatter_kind::add: return T(U(a) + U(b));
      case scatter_kind::multiply: return T(U(a) * U(b));
      case scatter_kind::minimum: return b < a ? b : a;
      default: return b > a ? b : a;
    }
  } else {
    if (k == scatter_kind::add) return a + b;
    if (k == scatter_kind::multiply) return a * b;
    if constexpr (std::floating_point<T>) {
      if (a != a) return a;
      bool const taken = b != b || (k == scatter_kind::minimum ? b < a : b > a);
      return taken ? b : a;
    } else {
      throw dtype_error("minima and maxima of complex numbers are not defined");
    }
  }
}
template <class T>
void scatter_elements(scatter_kind k, void* target, index size, std::int32_t const* numbers, void const* values,
                      index count) {
  T* const out = static_cast<T*>(target);
  T const* const from = static_cast<T const*>(values);
  for (index i = 0; i < count; ++i) {
    if (numbers[i] < 0 || numbers[i] >= size) continue;
    T& element = out[numbers[i]];
    element = joins(k) ? joined(k, element, from[i]) : from[i];
  }
}
using scatter_function = void (*)(scatter_kind, void*, index, std::int32_t const*, void const*, index);
inline constexpr auto scatter_table = []<std::size_t... T>(std::index_sequence<T...>) {
  return std::array<scatter_function, dtype_count>{&scatter_elements<cpp_type<dtype(T)>>...};
}(std::make_index_sequence<dtype_count>{});

/// One launch of the frame; `winners` for `store_claimed`, `combine` for `join`.
inline void launch_scatter_frame(runtime::gpu_device& d, runtime::kernel const& body, codegen::scatter_mode mode,
                                 std::span<runtime::operand const> loads, shape const& launch,
                                 runtime::tensor const& target, std::span<ir::scalar_value const> scalars,
                                 runtime::tensor const* winners = nullptr, runtime::kernel const* combine = nullptr) {
  using namespace runtime::detail;
  ir::program_view const p = body.program;
  runtime::tensor const shaped{{}, contiguous_view(launch), dtype::int32};
  launch_views views(loads, {&shaped, 1});
  shape const& extents = views.extents();
  index const count = element_count(extents);
  codegen::map_facts facts;
  bool const linear = all_linear(views, loads.size());
  facts.rank = std::uint8_t(linear ? 0 : extents.size());
  facts.lanes = 1;
  binding_list bindings;
  bind_loads(p, loads, views, linear, facts, bindings);

  codegen::scatter_facts f;
  f.rank = facts.rank;
  f.mode = mode;
  f.binding_count = bindings.count();
  for (std::size_t b = 0; b < bindings.count(); ++b) f.bindings[b] = bindings.type(b);
  for (std::size_t k = 0; k < codegen::max_operands; ++k) f.loads[k] = facts.loads[k];
  std::uint64_t const key =
      codegen::hash(f, combine != nullptr ? ir::hash_combine(body.hash, combine->hash) : body.hash);
  std::uint32_t id = d.find_kernel(key);
  std::uint32_t const storage = bindings.count() + (winners != nullptr ? 2u : 1u);
  if (id == 0) {
    std::string text;
    emit_into(text, [&](char* to) { return codegen::emit_function(to, codegen::dialect::wgsl, p, {"", "body", ""}); });
    if (combine != nullptr)
      emit_into(text, [&](char* to) {
        return codegen::emit_function(to, codegen::dialect::wgsl, combine->program, {"", "combine", ""});
      });
    emit_into(text, [&](char* to) { return codegen::emit_scatter(to, p, f); });
    list<std::string_view> parts;
    parts.push_back(codegen::prelude(codegen::dialect::wgsl));
    for (std::string_view h : body.helpers.in(codegen::dialect::wgsl)) parts.push_back(h);
    if (combine != nullptr)  // the body of a join calls nothing else
      for (std::string_view h : combine->helpers.in(codegen::dialect::wgsl)) parts.push_back(h);
    parts.push_back(text);
    std::string const name = "scatter_of_" + std::string(body.name);
    id = d.add_kernel(key, name, {parts.data(), parts.size()}, storage, 1u << bindings.count(), false);
  }
  runtime::buffer* buffers[codegen::max_operands + 2];
  for (std::size_t b = 0; b < bindings.count(); ++b) buffers[b] = bindings.buffers()[b];
  buffers[bindings.count()] = target.memory.get();
  if (winners != nullptr) buffers[bindings.count() + 1u] = winners->memory.get();
  std::uint64_t const work = runtime::work_of(p) + 4;
  index const piece = threads_of_a_submission(d, work);
  for (index first = 0; first < count; first += piece) {
    index const end = count - first < piece ? count : first + piece;
    runtime::grid const g =
        fold_grid((end - first + codegen::workgroup_size - 1) / codegen::workgroup_size, d.limits());
    parameter_block parameters;
    parameters.word(end);
    parameters.word(first);
    parameters.word(index(g.x) * codegen::workgroup_size);
    parameters.word(target.view.size());
    map_parameters(parameters, p, facts, views, 0, 1, scalars);
    d.dispatch(id, {buffers, storage}, parameters.words(), g, work * std::uint64_t(end - first));
  }
}

/// Joins values of equal keys, which lie side by side: result i is what the values up to i with its key come to. By
/// doubling distances: as many launches as the count has bits.
inline runtime::tensor join_by_doubling(runtime::gpu_device& d, runtime::kernel const& combine,
                                        runtime::tensor const& keys, runtime::tensor joined) {
  using ir::opcode;
  shape const n = {keys.view.size()};
  dtype const t = joined.type;
  for (index distance = 1; distance < n[0]; distance *= 2) {
    ir::builder b;
    ir::value const i = b.load(dtype::int32, true), key = b.load(dtype::int32), mine = b.load(t);
    ir::value const all_keys = b.array(dtype::int32), all = b.array(t), zero = b.constant(0, dtype::int32);
    ir::value const before = b.apply(opcode::subtract, i, b.cast(b.scalar(weak_kind::integer), dtype::int32));
    ir::value const inside = b.apply(opcode::greater_equal, before, zero);
    ir::value const at = b.apply(opcode::where, inside, before, zero);
    ir::value const same = b.apply(opcode::logical_and, inside, b.apply(opcode::equal, b.fetch(all_keys, at), key));
    b.output(b.cast(b.apply(opcode::where, same, inlined(b, combine.program, b.fetch(all, at), mine), mine), t));
    runtime::tensor const next = make_tensor(d, n, t);
    runtime::operand const loads[] = {numbers_of(n), elements_of(keys), elements_of(joined), whole_array(keys, n),
                                      whole_array(joined, n)};
    ir::scalar_value const scalars[] = {ir::scalar_value(std::int64_t(distance))};
    launch_made(d, std::move(b), "scatter_join", loads, next, scalars, combine.helpers);
    joined = next;
  }
  return joined;
}

/// Joins values at sorted numbers to what is there, on WebGPU: within blocks of 1024, then blocks' ends by doubling;
/// the last of equal numbers writes.
inline void join_sorted(runtime::gpu_device& d, runtime::kernel const& combine, runtime::tensor const& sorted,
                        runtime::tensor const& order, runtime::tensor const& values, runtime::tensor const& out) {
  using namespace runtime::detail;
  using ir::opcode;
  dtype const t = values.type;
  shape const n = {sorted.view.size()};
  index const block = index(codegen::segment_block), blocks = (n[0] + block - 1) / block;
  runtime::tensor const made = make_tensor(d, n, t), ends = make_tensor(d, {blocks}, dtype::int32),
                        sums = make_tensor(d, {blocks}, t);
  std::uint64_t const key = ir::hash_combine(combine.hash, 0x5e63e275 + std::uint64_t(t));
  std::uint32_t id = d.find_kernel(key);
  if (id == 0) {
    std::string text;
    emit_into(text, [&](char* to) {
      return codegen::emit_function(to, codegen::dialect::wgsl, combine.program, {"", "combine", ""});
    });
    emit_into(text, [&](char* to) { return codegen::emit_segments(to, t); });
    list<std::string_view> parts;
    parts.push_back(codegen::prelude(codegen::dialect::wgsl));
    for (std::string_view h : combine.helpers.in(codegen::dialect::wgsl)) parts.push_back(h);
    parts.push_back(text);
    id = d.add_kernel(key, "scatter_blocks", {parts.data(), parts.size()}, 6, 0b111000, false);
  }
  runtime::buffer* const buffers[] = {sorted.memory.get(), order.memory.get(), values.memory.get(),
                                      made.memory.get(),   ends.memory.get(),  sums.memory.get()};
  std::uint64_t const work = 32 * std::uint64_t(block);
  index const piece = index(d.work_budget() / work);
  for (index first = 0; first < blocks; first += piece) {
    index const end = blocks - first < piece ? blocks : first + piece;
    runtime::grid const g = fold_grid(end - first, d.limits());
    parameter_block parameters;
    parameters.word(n[0]);
    parameters.word(first);
    parameters.word(index(g.x));
    d.dispatch(id, buffers, parameters.words(), g, work * std::uint64_t(end - first));
  }
  runtime::tensor const carried = join_by_doubling(d, combine, ends, sums);

  ir::builder b;
  auto const number = [&](std::int64_t v) { return b.constant(ir::scalar_value(v), dtype::int32); };
  ir::value const i = b.load(dtype::int32, true), mine = b.load(dtype::int32), value = b.load(t);
  ir::value const next = b.apply(opcode::add, i, number(1));
  ir::value const more = b.apply(opcode::less, next, b.cast(b.scalar(weak_kind::integer), dtype::int32));
  ir::value const after = b.fetch(b.array(dtype::int32), b.apply(opcode::where, more, next, i));
  ir::value const goes_on = b.apply(opcode::logical_and, more, b.apply(opcode::equal, after, mine));
  b.output(b.apply(opcode::where, goes_on, number(-1), mine));
  ir::value const shift{
      b.push({opcode::constant, dtype::uint32, 0, 0, 0, std::uint64_t(std::countr_zero(std::uint64_t(block)))})};
  ir::value const before =
      b.apply(opcode::subtract, {b.push({opcode::shift_right_raw, dtype::int32, i.id, shift.id})}, number(1));
  ir::value const inside = b.apply(opcode::greater_equal, before, number(0));
  ir::value const at = b.apply(opcode::where, inside, before, number(0));
  ir::value const begun =
      b.apply(opcode::logical_and, inside, b.apply(opcode::equal, b.fetch(b.array(dtype::int32), at), mine));
  ir::value const joined = inlined(b, combine.program, b.fetch(b.array(t), at), value);
  b.output(b.cast(b.apply(opcode::where, begun, joined, value), t));
  b.finish();
  runtime::kernel const last{b.view(), ir::hash(b.view()), "joined", {}, {}, {}, {}};
  runtime::operand const loads[] = {numbers_of(n),          elements_of(sorted),  elements_of(made),
                                    whole_array(sorted, n), whole_array(ends, n), whole_array(carried, n)};
  ir::scalar_value const scalars[] = {ir::scalar_value(std::int64_t(n[0]))};
  launch_scatter_frame(d, last, codegen::scatter_mode::join, loads, n, out, scalars, nullptr, &combine);
}

/// By sorting: any kind, any type of 32 bits or complex64.
inline void scatter_sorted(runtime::gpu_device& d, scatter_kind kind, runtime::kernel const* combine,
                           runtime::tensor const& numbers, runtime::tensor const& values, runtime::tensor const& out) {
  using ir::opcode;
  shape const n = {numbers.view.size()}, size = {out.view.size()};
  dtype const t = values.type;
  runtime::tensor const sorted = make_tensor(d, n, dtype::int32), order = make_tensor(d, n, dtype::int32);
  launch_sort(d, {numbers.memory.get(), contiguous_view(n)}, dtype::int32, &sorted, &order, false);
  if (d.kind() == device_kind::webgpu && joins(kind)) return join_sorted(d, *combine, sorted, order, values, out);
  runtime::tensor joined = values;
  if (joins(kind)) {
    joined = make_tensor(d, n, t);
    ir::builder b;
    ir::value const at = b.load(dtype::int32);
    b.output(b.fetch(b.array(t), at));
    runtime::operand const loads[] = {elements_of(order), whole_array(values, n)};
    launch_made(d, std::move(b), "scatter_order", loads, joined);
    joined = join_by_doubling(d, *combine, sorted, joined);
  }
  // Each element of the target looks for the last of its values.
  ir::builder b;
  ir::value const e = b.load(dtype::int32, true), old = b.load(t), keys = b.array(dtype::int32), from = b.array(t);
  ir::value const zero = b.constant(0, dtype::int32);
  ir::value const last = b.apply(opcode::subtract, build_search(b, keys, n[0], e, true), b.constant(1, dtype::int32));
  ir::value const inside = b.apply(opcode::greater_equal, last, zero);
  ir::value const at = b.apply(opcode::where, inside, last, zero);
  ir::value const hit = b.apply(opcode::logical_and, inside, b.apply(opcode::equal, b.fetch(keys, at), e));
  std::vector<runtime::operand> loads{numbers_of(size),
                                      {out.memory.get(), contiguous_view(size)},
                                      whole_array(sorted, size),
                                      whole_array(joined, size)};
  ir::value made;
  if (joins(kind)) {
    made = inlined(b, combine->program, old, b.fetch(from, at));
  } else {
    made = b.fetch(from, b.fetch(b.array(dtype::int32), at));
    loads.push_back(whole_array(order, size));
  }
  b.output(b.cast(b.apply(opcode::where, hit, made, old), t));
  launch_made(d, std::move(b), "scatter_collect", loads, {out.memory, contiguous_view(size), t}, {},
              joins(kind) ? combine->helpers : runtime::helper_functions{});
}

}  // namespace detail

/// Writes value(i) to element number(i) of `out`, which is contiguous and whole and holds the old elements, for every
/// element i of a launch of shape `extents`. `body` is a program of two outputs: the number (int32; what is out of
/// bounds is skipped) and the value, of the type of `out`. `combine` joins two values of that type's compute type; null
/// for the kinds that write. On a GPU `out` has elements of 32 bits or complex64: throws dtype_error otherwise.
inline void launch_scatter(runtime::device& d, scatter_kind kind, runtime::kernel const& body,
                           runtime::kernel const* combine, std::span<runtime::operand const> loads,
                           shape const& extents, runtime::tensor const& out,
                           std::span<ir::scalar_value const> scalars) {
  runtime::detail::check_scalars(body.program, scalars);
  index const count = element_count(extents), size = out.view.size();
  if (count == 0 || size == 0) return;
  auto const made = [&] {
    std::array<runtime::tensor, 2> pair{detail::make_tensor(d, extents, dtype::int32),
                                        detail::make_tensor(d, extents, out.type)};
    runtime::launch_map(d, body, loads, pair, scalars);
    return pair;
  };
  if (d.kind() == device_kind::cpu) {
    auto const write = [kind, out, size, count, pair = made()] {
      detail::scatter_table[std::size_t(out.type)](kind, out.memory->host, size,
                                                   reinterpret_cast<std::int32_t const*>(pair[0].memory->host),
                                                   pair[1].memory->host, count);
    };
    if (d.capturing()) static_cast<runtime::cpu_device&>(d).keep(write);
    else write();
    return;
  }
  auto& gpu = static_cast<runtime::gpu_device&>(d);
  if (out.type != compute_type(out.type) || is_bool(out.type) || is_wide(out.type))
    throw dtype_error(ndfuse::detail::message("scattering to an array of ", name(out.type), " on a GPU"));
  using codegen::scatter_mode;
  bool const whole_number = out.type == dtype::int32 || out.type == dtype::uint32;
  bool const atomic =
      whole_number && (kind == scatter_kind::add || kind == scatter_kind::minimum || kind == scatter_kind::maximum);
  if (d.kind() == device_kind::webgl || (joins(kind) && !atomic)) {
    auto const pair = made();
    detail::scatter_sorted(gpu, kind, combine, pair[0], pair[1], out);
    return;
  }
  if (runtime::detail::distinct_buffers(loads) + 2 > gpu.limits().max_storage_buffers) {
    auto const pair = made();
    ir::builder b;
    b.output(b.load(dtype::int32));
    b.output(b.load(out.type));
    b.finish();
    runtime::kernel const passed{b.view(), ir::hash(b.view()), "scatter", {}, {}, {}, {}};
    runtime::operand const stored[] = {detail::elements_of(pair[0]), detail::elements_of(pair[1])};
    return launch_scatter(d, kind, passed, combine, stored, extents, out, {});
  }
  auto const run = [&](scatter_mode mode, runtime::tensor const& target, runtime::tensor const* winners) {
    detail::launch_scatter_frame(gpu, body, mode, loads, extents, target, scalars, winners);
  };
  switch (kind) {
    case scatter_kind::place: run(scatter_mode::place, out, nullptr); break;
    case scatter_kind::add: run(scatter_mode::add, out, nullptr); break;
    case scatter_kind::minimum: run(scatter_mode::minimum, out, nullptr); break;
    case scatter_kind::maximum: run(scatter_mode::maximum, out, nullptr); break;
    default: {
      runtime::tensor const winners = detail::make_tensor(d, {size}, dtype::uint32);
      ir::builder b;
      b.output(b.constant(0, dtype::uint32));
      detail::launch_made(gpu, std::move(b), "zeros", {}, winners);
      run(scatter_mode::claim, winners, nullptr);
      run(scatter_mode::store_claimed, out, &winners);
    }
  }
}

}  // namespace ndfuse::ops
