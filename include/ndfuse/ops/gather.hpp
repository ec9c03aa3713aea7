#pragma once
/// @file Elements picked by number: out[i] = source[numbers(i)], where a program makes the numbers.
///
/// Memory traffic: what the numbers' program reads, one element of the source and one of the result for each. On the
/// CPU the numbers are made first, four bytes each.

#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// Picks elements of `source` (its whole memory; its view is not looked at) into the contiguous array `out`. `numbers`
/// is a program with one int32 output. Numbers out of bounds throw index_error on the cpu device; on a GPU they read
/// some element or zero, never memory of others.
inline void launch_gather(runtime::device& d, runtime::kernel const& numbers, std::span<runtime::operand const> loads,
                          runtime::tensor const& source, runtime::tensor const& out,
                          std::span<ir::scalar_value const> scalars) {
  runtime::detail::check_scalars(numbers.program, scalars);
  index const count = out.view.size();
  if (count == 0) return;
  if (d.kind() != device_kind::cpu) {
    auto& gpu = static_cast<runtime::gpu_device&>(d);
    if (runtime::detail::distinct_buffers(loads) + 2 > gpu.limits().max_storage_buffers)
      throw value_error("an index made of more arrays than the device binds at once: evaluate a part of it first");
    runtime::detail::map_on_gpu(gpu, numbers, loads, {&out, 1}, true, scalars, false, &source);
    return;
  }
  auto& cpu = static_cast<runtime::cpu_device&>(d);
  runtime::tensor made{cpu.allocate(count, dtype::int32), out.view, dtype::int32};
  runtime::detail::map_on_cpu(cpu, numbers, loads, {&made, 1}, scalars);
  auto const* at = reinterpret_cast<std::int32_t const*>(made.memory->host);
  std::size_t const size = size_of(out.type);
  for (index k = 0; k < count; ++k) {
    if (at[k] < 0 || at[k] >= source.memory->count)
      throw index_error(ndfuse::detail::message("index ", index(at[k]), " is out of bounds for an array of ",
                                                source.memory->count, " elements"));
    std::memcpy(out.memory->host + std::size_t(k) * size, source.memory->host + std::size_t(at[k]) * size, size);
  }
}

}  // namespace ndfuse::ops
