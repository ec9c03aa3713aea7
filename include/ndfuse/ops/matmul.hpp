#pragma once
/// @file Matrix products of strided operands with batch axes: C[b, m, n] = sum over k of A[b, m, k] B[b, k, n].
///
/// GPU: one launch of a tiled kernel. CPU: panels of B side by side, so that the innermost loop runs over neighbours of
/// a row of C. Workspace: none on the GPU; on the CPU one panel of 64 KiB.

#include <ndfuse/codegen/frame_matmul.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ir/value.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// Operands of a product: views have the batch axes first (equal, or stride 0 where broadcast), then m, k and k, n.
struct matmul_problem {
  runtime::operand a, b;
  dtype a_type, b_type;
  runtime::tensor out;  // contiguous [batch..., m, n]
};

namespace detail {

inline void matmul_on_gpu(runtime::gpu_device& d, matmul_problem const& p, std::span<std::string_view const> helpers) {
  std::size_t const batch_rank = p.a.view.rank() - 2;
  shape const& c = p.out.view.shape;
  index const m = c[batch_rank], n = c[batch_rank + 1], k = p.a.view.shape[batch_rank + 1];
  // Batch axes merge where both operands allow it.
  view av = p.a.view, bv = p.b.view;
  for (int last = 0; last < 2; ++last) {
    for (view* v : {&av, &bv}) {
      v->shape.erase(v->shape.size() - 1);
      v->strides.erase(v->strides.size() - 1);
    }
  }
  view* batch[] = {&av, &bv};
  runtime::collapse(batch);
  codegen::matmul_facts const f{std::uint8_t(av.rank()), p.a.memory == p.b.memory, p.a_type, p.b_type, p.out.type};
  std::uint64_t const key = codegen::hash(f, ir::hash_seed);
  std::uint32_t id = d.find_kernel(key);
  unsigned const bindings = f.same_buffer ? 2 : 3;
  if (id == 0) {
    std::string text;
    runtime::detail::emit_into(text, [&](char* to) { return codegen::emit_matmul(to, f); });
    runtime::detail::list<std::string_view> parts;
    parts.push_back(codegen::prelude(codegen::dialect::wgsl));
    for (std::string_view h : helpers) parts.push_back(h);
    parts.push_back(text);
    id = d.add_kernel(key, "matmul", {parts.data(), parts.size()}, bindings, 1u << (bindings - 1), false);
  }
  index const tiles_m = (m + codegen::matmul_tile - 1) / codegen::matmul_tile,
              tiles_n = (n + codegen::matmul_tile - 1) / codegen::matmul_tile;
  index const batches = element_count(av.shape), most = index(d.limits().max_workgroups);
  if (tiles_m > most || tiles_n > most || batches > most)
    throw value_error(ndfuse::detail::message("matmul: a result of shape ", c,
                                              " has more tiles along one axis than the device can launch"));
  runtime::buffer* buffers[] = {p.a.memory, p.b.memory, p.out.memory.get()};
  if (f.same_buffer) buffers[1] = p.out.memory.get();
  runtime::detail::parameter_block parameters;
  for (index v : {m, n, k, (k + codegen::matmul_depth - 1) / codegen::matmul_depth, p.a.view.offset,
                  p.a.view.strides[batch_rank], p.a.view.strides[batch_rank + 1], p.b.view.offset,
                  p.b.view.strides[batch_rank], p.b.view.strides[batch_rank + 1]})
    parameters.word(v);
  for (std::size_t axis = 0; axis < av.rank(); ++axis) {
    parameters.word(av.shape[axis]);
    parameters.word(av.strides[axis]);
    parameters.word(bv.strides[axis]);
  }
  d.dispatch(id, {buffers, bindings}, parameters.words(), std::uint32_t(tiles_n), std::uint32_t(tiles_m),
             std::uint32_t(batches));
}

/// One matrix product on the CPU, accumulated in C, the compute type of the result.
template <class A, class B, class R, class C>
void multiply_matrices(A const* a, index a_m, index a_k, B const* b, index b_k, index b_n, R* out, index m, index n,
                       index k) {
  constexpr index wide = 128, deep = 128, tall = 4;
  alignas(16) static thread_local C panel[deep * wide];
  for (index n0 = 0; n0 < n; n0 += wide) {
    index const columns = n - n0 < wide ? n - n0 : wide;
    alignas(16) C sums[tall][wide];
    for (index m0 = 0; m0 < m; m0 += tall) {
      index const rows = m - m0 < tall ? m - m0 : tall;
      for (index r = 0; r < tall; ++r)
        for (index j = 0; j < wide; ++j) sums[r][j] = C(0);
      for (index k0 = 0; k0 < k; k0 += deep) {
        index const depth = k - k0 < deep ? k - k0 : deep;
        if (m0 == 0 || k > deep)
          for (index q = 0; q < depth; ++q)
            for (index j = 0; j < columns; ++j)
              panel[q * wide + j] = ir::convert<C>(C(b[(k0 + q) * b_k + (n0 + j) * b_n]));
        for (index q = 0; q < depth; ++q)
          for (index r = 0; r < rows; ++r) {
            C const factor = C(a[(m0 + r) * a_m + (k0 + q) * a_k]);
            C const* const line = panel + q * wide;
            for (index j = 0; j < wide; ++j)
              sums[r][j] = ir::wrap::add(sums[r][j], ir::wrap::multiply(factor, line[j]));
          }
      }
      for (index r = 0; r < rows; ++r)
        for (index j = 0; j < columns; ++j) out[(m0 + r) * n + n0 + j] = R(sums[r][j]);
    }
  }
}

}  // namespace detail

/// What one product of two matrices is called with on the CPU; strides count elements.
using matrix_function = void (*)(void const* a, index a_m, index a_k, void const* b, index b_k, index b_n, void* out,
                                 index m, index n, index k);

/// Launches the product; `multiply` serves the cpu device, `helpers` are the functions that the GPU's text needs.
inline void launch_matmul(runtime::device& d, matmul_problem const& p, matrix_function multiply,
                          std::span<std::string_view const> helpers) {
  if (p.out.view.size() == 0) return;
  if (d.kind() != device_kind::cpu) return detail::matmul_on_gpu(static_cast<runtime::gpu_device&>(d), p, helpers);
  std::size_t const batch_rank = p.a.view.rank() - 2;
  shape batch = p.out.view.shape;
  batch.erase(batch.size() - 1);
  batch.erase(batch.size() - 1);
  index_list at = index_list::filled(batch.size(), 0);
  index const m = p.out.view.shape[batch_rank], n = p.out.view.shape[batch_rank + 1],
              k = p.a.view.shape[batch_rank + 1];
  std::byte* out = p.out.memory->host;
  do {
    auto const start = [&](runtime::operand const& o, dtype t) {
      return o.memory->host + std::size_t(runtime::element_at(o.view, at)) * size_of(t);
    };
    multiply(start(p.a, p.a_type), p.a.view.strides[batch_rank], p.a.view.strides[batch_rank + 1], start(p.b, p.b_type),
             p.b.view.strides[batch_rank], p.b.view.strides[batch_rank + 1], out, m, n, k);
    out += std::size_t(m * n) * size_of(p.out.type);
  } while (runtime::advance(at, batch));
  static_cast<runtime::cpu_device&>(d).note_launch();
}

}  // namespace ndfuse::ops
