#pragma once
/// @file Sharing of memory with code of the page that uses the same GPUDevice: a GPUBuffer of the page's as an array,
/// and an array's GPUBuffer for the page, without a copy.
///
/// Only where WebGPU is driven from the program's own thread (every way of waiting but "atomics"). JavaScript's side is
/// `adopt(gpuBuffer)` and `bufferOf(id)` of what start() gives; `start(factory, {gpuDevice})` takes the page's
/// GPUDevice.

#include <ndfuse/array.hpp>

namespace ndfuse {

/// Where an array's elements lie: a buffer's number for JavaScript's `bufferOf`, and the bytes in it.
struct shared_buffer {
  std::uint32_t id;
  index offset, bytes;
};

namespace detail {
/// Types whose elements lie on the GPU as in C++.
template <element T> inline constexpr bool same_words = size_of(dtype_of<T>) == 4 || dtype_of<T> == dtype::complex64;
}  // namespace detail

/// The GPUBuffer that the page handed in by `adopt`, as an array of a shape: its first elements, row-major. What the
/// page submitted before is seen; what is assigned to the array's elements (`x[nf::all] = e`) the page sees after
/// `bufferOf`, or at the next turn of the event loop. The page keeps the buffer; it must outlive the array. Throws
/// device_error where there is no such buffer, and shape_error when it is too small.
template <element T> array<T> adopt_buffer([[maybe_unused]] std::uint32_t id, [[maybe_unused]] shape const& s) {
  static_assert(detail::same_words<T>, "only elements of 32 bits, and complex64, lie on the GPU as in C++");
  [[maybe_unused]] view const v = contiguous_view(s);
#if defined(__EMSCRIPTEN__)
  if (runtime::gpu() == nullptr) throw device_error("there is no GPU device: " + device::no_gpu_reason());
  runtime::buffer_ref const memory = static_cast<runtime::shim_device*>(runtime::gpu())->adopt(id);
  std::uint64_t const wanted = std::uint64_t(v.size()) * sizeof(T);
  if (wanted > memory->bytes)
    throw shape_error(detail::message("an array of shape ", s, " takes ", index(wanted),
                                      " bytes, but the GPUBuffer has ", index(memory->bytes)));
  memory->count = index(memory->bytes / sizeof(T));
  return array<T>(runtime::tensor{memory, v, dtype_of<T>});
#else
  throw device_error("a native program has no GPUBuffers");
#endif
}

/// The GPUBuffer in which an array's elements lie side by side, for JavaScript's `bufferOf(id)`, which first submits
/// what was recorded. Valid while the array lives and nothing else is assigned to its name. Throws device_error where
/// the array is not on WebGPU, and shape_error when its elements do not lie side by side (copy it first: nf::eval(x +
/// 0)).
template <element T, extents_type E> shared_buffer share(array<T, E> const& x) {
  static_assert(detail::same_words<T>, "only elements of 32 bits, and complex64, lie on the GPU as in C++");
  runtime::tensor const& t = x.impl();
  if (!t.memory || t.memory->owner->kind() != device_kind::webgpu)
    throw device_error(detail::message("cannot hand out a GPUBuffer: the array lives on the ",
                                       name(t.memory ? t.memory->owner->kind() : device_kind::cpu),
                                       " device, not on webgpu"));
  if (!is_contiguous(t.view))
    throw shape_error(detail::message("the elements of this view of shape ", t.view.shape, " do not lie side by side"));
  return {t.memory->id, t.view.offset * index(sizeof(T)), t.view.size() * index(sizeof(T))};
}

}  // namespace ndfuse
