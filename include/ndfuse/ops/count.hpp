#pragma once
/// @file Counting: how often a program's result is each of the numbers 0, 1, ....
///
/// WebGPU: one launch, and one that clears the counts. WebGL2, which has no atomic operations: the numbers are stored
/// and sorted, and each count is the difference of two searches in them; workspace: four words a number. CPU: one after
/// the other; workspace: a word a number.

#include <ndfuse/codegen/frame_count.hpp>
#include <ndfuse/ops/search.hpp>
#include <ndfuse/ops/sort.hpp>
#include <ndfuse/runtime/launch.hpp>

#include <bit>

namespace ndfuse::ops {

namespace detail {

inline void count_on_webgpu(runtime::gpu_device& d, runtime::kernel const& numbers,
                            std::span<runtime::operand const> loads, shape const& shape_of_all,
                            runtime::tensor const& out, std::span<ir::scalar_value const> scalars) {
  using namespace runtime::detail;
  ir::program_view const p = numbers.program;
  index const count = element_count(shape_of_all), size = out.view.size();
  ir::builder zeros;
  zeros.output(zeros.constant(0, dtype::int32));
  zeros.finish();
  runtime::kernel const clear{zeros.view(), ir::hash(zeros.view()), "zeros", {}, {}, {}, {}};
  runtime::launch_map(d, clear, {}, {&out, 1}, {});

  runtime::tensor const shaped{{}, contiguous_view(shape_of_all), dtype::int32};
  launch_views views(loads, {&shaped, 1});
  shape const& extents = views.extents();
  codegen::map_facts f;
  bool const linear = all_linear(views, loads.size());
  f.rank = std::uint8_t(linear ? 0 : extents.size());
  f.lanes = linear || extents[extents.size() - 1] % 4 == 0 ? 4 : 1;
  binding_list bindings;
  bind_loads(p, loads, views, linear, f, bindings);
  f.binding_count = bindings.count();
  for (std::size_t b = 0; b < bindings.count(); ++b) f.bindings[b] = bindings.type(b);
  bool const local = size <= index(codegen::count_words);
  std::uint64_t const key = ir::hash_combine(codegen::hash(f, numbers.hash), 0x636f756e7400ull | std::uint64_t(local));
  std::uint32_t id = d.find_kernel(key);
  if (id == 0) {
    std::string text;
    emit_into(text, [&](char* to) { return codegen::emit_function(to, codegen::dialect::wgsl, p, {"", "body", ""}); });
    emit_into(text, [&](char* to) { return codegen::emit_count(to, p, f, local); });
    list<std::string_view> parts;
    parts.push_back(codegen::prelude(codegen::dialect::wgsl));
    for (std::string_view h : numbers.helpers.in(codegen::dialect::wgsl)) parts.push_back(h);
    parts.push_back(text);
    id = d.add_kernel(key, "count_of_" + std::string(numbers.name), {parts.data(), parts.size()}, bindings.count() + 1u,
                      1u << bindings.count(), false);
  }
  runtime::buffer* buffers[codegen::max_operands + 1];
  for (std::size_t b = 0; b < bindings.count(); ++b) buffers[b] = bindings.buffers()[b];
  buffers[bindings.count()] = out.memory.get();
  // About 2048 workgroups, each of at least four turns: what it ends with is then little beside it.
  index const threads = divide_up(count, f.lanes), all_groups = divide_up(threads, codegen::workgroup_size);
  index const turns = std::clamp(divide_up(all_groups, 2048), index(4), index(64));
  index const columns = local ? index(std::bit_floor(std::min(32u, codegen::count_words / unsigned(size)))) : 1;
  dispatch_groups(d, id, {buffers, bindings.count() + 1u}, divide_up(all_groups, turns),
                  (runtime::work_of(p) + 8) * f.lanes * std::uint64_t(turns * codegen::workgroup_size),
                  [&](parameter_block& to, index end, index first, index width) {
                    for (index v : {threads, first, width, end, turns, count, size, columns}) to.word(v);
                    map_parameters(to, p, f, views, 0, f.lanes, scalars);
                  });
}

/// By sorting.
inline void count_on_webgl(runtime::gpu_device& d, runtime::kernel const& numbers,
                           std::span<runtime::operand const> loads, shape const& shape_of_all,
                           runtime::tensor const& out, std::span<ir::scalar_value const> scalars) {
  index const count = element_count(shape_of_all), size = out.view.size();
  auto const make = [&](shape const& s) {
    return runtime::tensor{d.allocate(count, dtype::int32), contiguous_view(s), dtype::int32};
  };
  runtime::tensor const made = make(shape_of_all), sorted = make({count});
  runtime::launch_map(d, numbers, loads, {&made, 1}, scalars);
  launch_sort(d, {made.memory.get(), contiguous_view({count})}, dtype::int32, &sorted, nullptr, false);
  ir::builder b;
  ir::value const number = b.load(dtype::int32, true), all = b.array(dtype::int32);
  ir::value const total = b.cast(b.scalar(weak_kind::integer), dtype::int32);
  auto const before = [&](bool right) { return build_search(b, all, total, INT32_MAX, number, right); };
  ir::value const first = before(false), end = before(true);
  b.output(b.apply(ir::opcode::subtract, end, first));
  b.finish();
  runtime::kernel const k{b.view(), ir::hash(b.view()), "count_sorted", {}, {}, {}, {}};
  runtime::operand const operands[] = {{nullptr, contiguous_view({size})}, {sorted.memory.get(), view{{size}, {0}, 0}}};
  ir::scalar_value const length = std::int64_t(count);
  runtime::tensor const flat{out.memory, contiguous_view({size}), dtype::int32};
  runtime::launch_map(d, k, operands, {&flat, 1}, {&length, 1});
}

inline void count_on_cpu(runtime::cpu_device& d, runtime::kernel const& numbers,
                         std::span<runtime::operand const> loads, shape const& shape_of_all, runtime::tensor const& out,
                         std::span<ir::scalar_value const> scalars) {
  index const count = element_count(shape_of_all), size = out.view.size();
  runtime::tensor const made{d.allocate(count, dtype::int32), contiguous_view(shape_of_all), dtype::int32};
  runtime::launch_map(d, numbers, loads, {&made, 1}, scalars);
  auto const fill = [made, out, count, size] {
    auto const* const number = reinterpret_cast<std::int32_t const*>(made.memory->host);
    auto* const counts = reinterpret_cast<std::int32_t*>(out.memory->host);
    std::fill(counts, counts + size, 0);
    for (index i = 0; i < count; ++i)
      if (number[i] >= 0 && number[i] < size) ++counts[number[i]];
  };
  if (d.capturing()) d.keep(fill);
  else fill();
}

}  // namespace detail

/// Counts how often the int32 result of `numbers`, over a launch of this shape, is k, into element k of the contiguous,
/// whole int32 array `out`; numbers that it has no element for are not counted. The loads' views have that shape.
inline void launch_count(runtime::device& d, runtime::kernel const& numbers, std::span<runtime::operand const> loads,
                         shape const& extents, runtime::tensor const& out, std::span<ir::scalar_value const> scalars) {
  runtime::detail::check_scalars(numbers.program, scalars);
  if (out.view.size() == 0) return;
  if (element_count(extents) > INT32_MAX)
    throw value_error(ndfuse::detail::message("counting ", element_count(extents), " elements: more than int32 holds"));
  if (d.kind() == device_kind::cpu)
    return detail::count_on_cpu(static_cast<runtime::cpu_device&>(d), numbers, loads, extents, out, scalars);
  auto& gpu = static_cast<runtime::gpu_device&>(d);
  if (runtime::detail::distinct_buffers(loads) + 1 > gpu.limits().max_storage_buffers || d.kind() == device_kind::webgl)
    return detail::count_on_webgl(gpu, numbers, loads, extents, out, scalars);
  detail::count_on_webgpu(gpu, numbers, loads, extents, out, scalars);
}

}  // namespace ndfuse::ops
