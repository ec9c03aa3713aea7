#pragma once
/// @file Matrix products of strided operands with batch axes: C[b, m, n] = sum over k of A[b, m, k] B[b, k, n].
///
/// WebGPU: one launch of a tiled kernel. WebGL2: a draw into several render targets and one that joins their rows. CPU:
/// panels of B side by side, so that the innermost loop runs over neighbours of a row of C. Workspace: none on WebGPU,
/// a second C on WebGL2, on the CPU one panel of 64 KiB.

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

/// Extents, and the batch axes merged where both operands allow it.
struct matmul_shape {
  explicit matmul_shape(matmul_problem const& p) : a(p.a.view), b(p.b.view), rank(a.rank() - 2) {
    m = p.out.view.shape[rank];
    n = p.out.view.shape[rank + 1];
    k = a.shape[rank + 1];
    a_m = a.strides[rank];
    a_k = a.strides[rank + 1];
    b_k = b.strides[rank];
    b_n = b.strides[rank + 1];
    for (int last = 0; last < 2; ++last)
      for (view* v : {&a, &b}) {
        v->shape.erase(v->shape.size() - 1);
        v->strides.erase(v->strides.size() - 1);
      }
    view* batch[] = {&a, &b};
    runtime::collapse(batch);
    rank = a.rank();
    batches = element_count(a.shape);
  }
  void parameters(runtime::detail::parameter_block& to) const {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      to.word(a.shape[axis]);
      to.word(a.strides[axis]);
      to.word(b.strides[axis]);
    }
  }
  view a, b;  // of the batch axes
  std::size_t rank;
  index m, n, k, a_m, a_k, b_k, b_n, batches;
};

/// The number of a kernel that `emit(char*)` writes, made when it is new. Its last bindings are the outputs.
template <class Emit> std::uint32_t matmul_kernel(runtime::gpu_device& d, std::uint64_t key, std::string_view name,
                                                  std::span<std::string_view const> helpers, unsigned bindings,
                                                  unsigned outputs, Emit emit) {
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  std::string text;
  runtime::detail::emit_into(text, emit);
  runtime::detail::list<std::string_view> parts;
  parts.push_back(codegen::prelude(d.language()));
  for (std::string_view h : helpers) parts.push_back(h);
  parts.push_back(text);
  std::uint32_t const written = ((1u << outputs) - 1u) << (bindings - outputs);
  return d.add_kernel(key, name, {parts.data(), parts.size()}, bindings, written, false);
}

inline void matmul_on_webgpu(runtime::gpu_device& d, matmul_problem const& p,
                             std::span<std::string_view const> helpers) {
  matmul_shape const s(p);
  codegen::matmul_facts const f{std::uint8_t(s.rank), p.a.memory == p.b.memory, p.a_type, p.b_type, p.out.type};
  unsigned const bindings = f.same_buffer ? 2 : 3;
  std::uint32_t const id = matmul_kernel(d, codegen::hash(f, ir::hash_seed), "matmul", helpers, bindings, 1,
                                         [&](char* to) { return codegen::emit_matmul(to, f); });
  constexpr index tile = codegen::matmul_tile;
  index const tiles_m = (s.m + tile - 1) / tile, tiles_n = (s.n + tile - 1) / tile;
  index const most = index(d.limits().max_workgroups);
  if (tiles_m > most || tiles_n > most || s.batches > most)
    throw value_error(ndfuse::detail::message("matmul: a result of shape ", p.out.view.shape,
                                              " has more tiles along one axis than the device can launch"));
  runtime::buffer* buffers[] = {p.a.memory, p.b.memory, p.out.memory.get()};
  if (f.same_buffer) buffers[1] = p.out.memory.get();
  // Rows of tiles, as many as one submission may hold.
  std::uint64_t const work = 2u * std::uint64_t(tile * tile) * std::uint64_t(s.k * tiles_n * s.batches);
  index const piece = index(runtime::work_budget / work) + 1;
  for (index first = 0; first < tiles_m; first += piece) {
    index const rows = tiles_m - first < piece ? tiles_m - first : piece;
    runtime::detail::parameter_block parameters;
    for (index v : {first, s.m, s.n, s.k, (s.k + codegen::matmul_depth - 1) / codegen::matmul_depth, p.a.view.offset,
                    s.a_m, s.a_k, p.b.view.offset, s.b_k, s.b_n})
      parameters.word(v);
    s.parameters(parameters);
    d.dispatch(id, {buffers, bindings}, parameters.words(),
               {std::uint32_t(tiles_n), std::uint32_t(rows), std::uint32_t(s.batches)}, work * std::uint64_t(rows));
  }
}

inline void matmul_on_webgl(runtime::gpu_device& d, matmul_problem const& p,
                            std::span<std::string_view const> helpers) {
  using codegen::block_access;
  matmul_shape const s(p);
  auto const batches_aligned = [](view const& v) {
    bool aligned = v.offset % 4 == 0;
    for (index stride : v.strides) aligned = aligned && stride % 4 == 0;
    return aligned;
  };
  // `inner` is the stride along k, `outer` along m or n, of which there are `extent`.
  auto const access = [&](view const& v, index inner, index outer, index extent) {
    if (!batches_aligned(v)) return block_access::gather;
    if (inner == 1 && outer % 4 == 0 && s.k % 4 == 0) return block_access::along_k;
    if (outer == 1 && inner % 4 == 0 && extent % 4 == 0) return block_access::across;
    return block_access::gather;
  };
  codegen::matmul_fragment_facts f;
  f.batch_rank = std::uint8_t(s.rank);
  index const targets = index(d.limits().max_color_attachments);
  f.rows = s.m > 1 && targets >= 4 ? 4 : 1;  // 8 were measured to be slower (docs/architecture.md)
  f.same_buffer = p.a.memory == p.b.memory;
  f.tail = s.k % 4 != 0;
  f.a_access = access(s.a, s.a_k, s.a_m, s.m);
  if (f.a_access == block_access::across && f.rows % 4 != 0) f.a_access = block_access::gather;
  f.b_access = access(s.b, s.b_k, s.b_n, s.n);
  f.a = p.a_type;
  f.b = p.b_type;
  f.result = p.out.type;
  unsigned const inputs = f.same_buffer ? 1 : 2;
  std::uint32_t const id = matmul_kernel(d, codegen::hash(f, ir::hash_seed), "matmul", helpers, inputs + f.rows, f.rows,
                                         [&](char* to) { return codegen::emit_matmul_fragment(to, f); });
  index const blocks = (s.m + f.rows - 1) / f.rows, quads = (s.n + 3) / 4, texels = s.batches * blocks * quads;
  // With one target whose rows are whole texels the blocks are the result.
  bool const direct = f.rows == 1 && s.n % 4 == 0;
  runtime::buffer_ref made[4];
  runtime::buffer* buffers[6]{p.a.memory, p.b.memory};
  for (unsigned r = 0; r < f.rows; ++r) {
    if (!direct) made[r] = d.allocate(texels * 4, dtype::float32);
    buffers[inputs + r] = direct ? p.out.memory.get() : made[r].get();
  }
  runtime::detail::parameter_block parameters;
  for (index v :
       {s.m, s.n, s.k, (s.k + 3) / 4, blocks, quads, p.a.view.offset, s.a_m, s.a_k, p.b.view.offset, s.b_k, s.b_n})
    parameters.word(v);
  s.parameters(parameters);
  d.draw(id, {buffers, inputs + f.rows}, parameters.words(), {0, std::uint32_t(texels), true},
         std::uint64_t(8 * s.k) * f.rows);
  if (direct) return;

  bool const whole_texels = s.n % 4 == 0;
  std::uint64_t const key =
      ir::hash_combine(ir::hash_seed, 0x6a6f696eull << 8 | std::uint64_t(f.rows) << 1 | whole_texels);
  std::uint32_t const join = matmul_kernel(d, key, "matmul_rows", {}, f.rows + 1u, 1, [&](char* to) {
    return codegen::emit_matmul_rows(to, f.rows, whole_texels);
  });
  buffers[inputs + f.rows] = p.out.memory.get();
  runtime::detail::parameter_block rows;
  for (index v : {s.m, s.n, blocks, quads}) rows.word(v);
  d.draw(join, {buffers + inputs, f.rows + 1u}, rows.words(), {0, std::uint32_t((p.out.view.size() + 3) / 4), true},
         16);
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

/// The matrix_function of these element types.
template <class A, class B, class R>
void multiply_strided(void const* a, index a_m, index a_k, void const* b, index b_k, index b_n, void* out, index m,
                      index n, index k) {
  detail::multiply_matrices<A, B, R, codegen::detail::register_of<dtype_of<R>>>(
      static_cast<A const*>(a), a_m, a_k, static_cast<B const*>(b), b_k, b_n, static_cast<R*>(out), m, n, k);
}
/// What a float16 product needs on a GPU to round its results.
constexpr void build_rounding(ir::builder& b) {
  b.output(b.cast(b.load(dtype::float32), dtype::float16));
  b.finish();
}

/// Launches the product; `multiply` serves the cpu device, `helpers` are the functions that the GPU's text needs.
inline void launch_matmul(runtime::device& d, matmul_problem const& p, matrix_function multiply,
                          runtime::helper_functions helpers) {
  if (p.out.view.size() == 0) return;
  if (d.kind() != device_kind::cpu) {
    auto& gpu = static_cast<runtime::gpu_device&>(d);
    if (d.kind() == device_kind::webgl) detail::matmul_on_webgl(gpu, p, helpers.glsl);
    else detail::matmul_on_webgpu(gpu, p, helpers.wgsl);
    return;
  }
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
