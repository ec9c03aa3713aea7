#pragma once
/// @file Matrix products of strided operands with batch axes: C[b, m, n] = sum over k of A[b, m, k] B[b, k, n].
///
/// WebGPU: one launch of a tiled kernel; where C has too few tiles to fill a GPU, k is cut into parts, and a second
/// launch adds their sums. A matrix by a vector is a reduction of products, at the speed of memory. WebGL2: a draw into
/// several render targets and one that joins their rows. CPU: panels of B side by side, so that the innermost loop runs
/// over neighbours of a row of C. Workspace: on WebGPU none, or C once a part (at most 32 parts, and 16 MiB); a second
/// C on WebGL2; on the CPU 0.3 MiB for panels of B and sums, or a copy of a vector that is strided or of another type.

#include <ndfuse/codegen/frame_matmul_fragment.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ir/value.hpp>
#include <ndfuse/ops/reduce.hpp>
#include <ndfuse/ops/reductions.hpp>
#include <ndfuse/runtime/launch.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>

namespace ndfuse::ops {

/// Operands of a product: views have the batch axes first (equal, or stride 0 where broadcast), then m, k and k, n.
struct matmul_problem {
  runtime::operand a, b;
  dtype a_type, b_type;
  runtime::tensor out;  // contiguous [batch..., m, n]
  /// B may be windows over an array, which move along these axes: its last two strides are then those of the axes that
  /// windows hold whole (codegen/windows.hpp).
  std::span<codegen::window_axis const> windows{};
};

namespace detail {

/// Extents, and the batch axes merged where both operands allow it.
struct matmul_shape {
  explicit matmul_shape(matmul_problem const& p) : a(p.a.view), b(p.b.view), windows(p.windows), rank(a.rank() - 2) {
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
    for (codegen::window_axis const& w : windows) codegen::window_values(w, gaps(), [&](index v) { to.word(v); });
  }
  bool gaps() const {
    for (codegen::window_axis const& w : windows)
      if (w.gap != 1) return true;
    return false;
  }
  view a, b;  // of the batch axes
  std::span<codegen::window_axis const> windows;
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

/// A tile and the number of parts of k.
struct matmul_plan {
  codegen::tile_plan tile;
  index parts = 1;
};

inline index divided_up(index a, index b) { return (a + b - 1) / b; }

/// How the work is divided: the largest tiles, which reuse operands most, of which there are enough to fill a large
/// GPU, with a long k cut into parts; where there are not enough even of small ones, a shorter k is cut too. Chosen
/// from times measured on an H200 (bench/).
inline matmul_plan plan_of(matmul_shape const& s, dtype sums, runtime::gpu_limits const& limits) {
  struct choice {
    codegen::tile_plan tile;
    index tiles;  // of which there must be as many
  };
  // Small products are also those of which a program has many, each compiled: theirs is the short text.
  constexpr choice menu[] = {{{128, 128, 32, 8, 8, true}, 200},
                             {{128, 128, 16, 8, 8, true}, 200},
                             {{64, 64, 32, 8, 4, true}, 64},
                             {{32, 32, 32, 4, 4, false}, 0}};
  constexpr index busy = 256;  // workgroups that fill a large GPU
  // The parts' sums take at most 16 MiB; parts that are themselves long products cost little more.
  index const sum_bytes = s.batches * s.m * s.n * index(size_of(sums));
  index const fitting = (index(16) << 20) / std::max(sum_bytes, index(1));
  index const long_parts = std::clamp(std::min(s.k / 1024, fitting), index(1), index(32));
  for (choice const& c : menu) {
    index const tiles = divided_up(s.m, c.tile.m) * divided_up(s.n, c.tile.n) * s.batches;
    bool const last = &c == &menu[std::size(menu) - 1];
    // What lies beyond the edges of C is computed in vain.
    bool const wasteful =
        3 * s.m * s.n < 2 * divided_up(s.m, c.tile.m) * c.tile.m * divided_up(s.n, c.tile.n) * c.tile.n;
    if (!last && (tiles * long_parts < c.tiles || wasteful || c.tile.workgroup_bytes() > limits.max_workgroup_bytes ||
                  c.tile.threads() > limits.max_invocations))
      continue;
    index const parts = std::min({divided_up(busy, tiles), std::max(index(8), long_parts), s.k / 64, fitting});
    return {c.tile, parts < 2 ? 1 : parts};
  }
  return {};
}

/// How groups of four elements of an operand are fetched. `inner` is its stride along the axis of which neighbours
/// stand in one vec4 of workgroup memory, `inner_extent` that axis's length; `outer` and `outer_extent` are the other
/// axis's.
inline codegen::tile_load load_of(view const& batch, index offset, index inner, index inner_extent, index outer,
                                  index outer_extent) {
  using codegen::tile_load;
  bool aligned = offset % 4 == 0;
  for (index stride : batch.strides) aligned = aligned && stride % 4 == 0;
  if (aligned && inner == 1 && outer % 4 == 0 && inner_extent % 4 == 0) return tile_load::vectors;
  if (aligned && outer == 1 && inner % 4 == 0 && outer_extent % 4 == 0) return tile_load::turned;
  return tile_load::elements;
}

/// Adds the sums of the parts of k, which lie in `sums` one behind the other, to `out`.
inline void add_parts(runtime::gpu_device& d, runtime::buffer_ref const& sums, runtime::tensor const& out, index parts,
                      std::span<std::string_view const> helpers) {
  index const count = out.view.size();
  bool const vectors = count % 4 == 0;
  std::uint64_t const key =
      ir::hash_combine(ir::hash_seed, 0x73756d73ull << 16 | std::uint64_t(out.type) << 1 | vectors);
  std::uint32_t const id = matmul_kernel(d, key, "matmul_sums", helpers, 2, 1,
                                         [&](char* to) { return codegen::emit_matmul_sums(to, out.type, vectors); });
  index const threads = vectors ? count / 4 : count;
  runtime::grid const g = runtime::detail::fold_grid(divided_up(threads, codegen::workgroup_size), d.limits());
  runtime::detail::parameter_block parameters;
  for (index v : {threads, index(g.x) * index(codegen::workgroup_size), parts}) parameters.word(v);
  runtime::buffer* buffers[] = {sums.get(), out.memory.get()};
  d.dispatch(id, buffers, parameters.words(), g, std::uint64_t(count * parts));
}

inline void matmul_on_webgpu(runtime::gpu_device& d, matmul_problem const& p, std::span<std::string_view const> helpers,
                             matmul_plan const& plan, matmul_shape const& s) {
  using codegen::tile_load;
  dtype const sum = compute_type(p.out.type);
  codegen::matmul_facts f{plan.tile};
  f.batch_rank = std::uint8_t(s.rank);
  f.same_buffer = p.a.memory == p.b.memory;
  f.a_load = load_of(s.a, p.a.view.offset, s.a_k, s.k, s.a_m, s.m);
  f.b_load = p.windows.empty() ? load_of(s.b, p.b.view.offset, s.b_n, s.n, s.b_k, s.k) : tile_load::windows;
  if (f.same_buffer && by_vectors(f.a_load) != by_vectors(f.b_load)) {
    f.a_load = tile_load::elements;
    if (f.b_load != tile_load::windows) f.b_load = tile_load::elements;
  }
  f.window_axes = std::uint8_t(p.windows.size());
  f.gaps = s.gaps();
  f.c_vectors = s.n % 4 == 0;
  index const steps = divided_up(divided_up(s.k, plan.tile.depth), plan.parts);
  f.whole_k = steps * plan.tile.depth * plan.parts == s.k;
  f.parts = plan.parts > 1;
  f.a = p.a_type;
  f.b = p.b_type;
  f.result = p.out.type;
  unsigned const bindings = f.same_buffer ? 2 : 3;
  std::uint32_t const id = matmul_kernel(d, codegen::hash(f, ir::hash_seed), "matmul",
                                         f.parts ? std::span<std::string_view const>() : helpers, bindings, 1,
                                         [&](char* to) { return codegen::emit_matmul(to, f); });
  index const tiles_m = divided_up(s.m, plan.tile.m), tiles_n = divided_up(s.n, plan.tile.n);
  index const most = index(d.limits().max_workgroups);
  if (tiles_n > most)
    throw value_error(ndfuse::detail::message("matmul: a result of shape ", p.out.view.shape,
                                              " has more tiles along its last axis than the device can launch"));
  runtime::buffer_ref sums;
  if (f.parts) sums = d.allocate(p.out.view.size() * plan.parts, sum);
  runtime::buffer* const c = f.parts ? sums.get() : p.out.memory.get();
  runtime::buffer* buffers[] = {p.a.memory, p.b.memory, c};
  if (f.same_buffer) buffers[1] = c;
  // As many rows of tiles, or matrices, as a launch may hold. Products run faster than other kernels on every GPU, and
  // a launch that does not fill it wastes the rest: so a launch holds more operations than those of others.
  std::uint64_t const budget = std::max(16 * runtime::least_work_budget, 2 * d.work_budget());
  std::uint64_t const work =
      2u * std::uint64_t(plan.tile.m) * plan.tile.n * std::uint64_t(steps * plan.tile.depth * tiles_n);
  index const all = s.batches * plan.parts;
  auto const piece = [&](std::uint64_t of, index count) {
    index const fitting = index(budget / of) + 1, bounded = fitting < most ? fitting : most;
    return bounded < count ? bounded : count;
  };
  index const matrices = piece(work * std::uint64_t(tiles_m), all),
              rows = piece(work * std::uint64_t(matrices), tiles_m);
  for (index first_z = 0; first_z < all; first_z += matrices) {
    index const z = all - first_z < matrices ? all - first_z : matrices;
    for (index first = 0; first < tiles_m; first += rows) {
      index const y = tiles_m - first < rows ? tiles_m - first : rows;
      runtime::detail::parameter_block parameters;
      for (index v : {first, first_z, s.batches, s.m, s.n, s.k, steps, p.a.view.offset, s.a_m, s.a_k, p.b.view.offset,
                      s.b_k, s.b_n})
        parameters.word(v);
      s.parameters(parameters);
      d.dispatch(id, {buffers, bindings}, parameters.words(),
                 {std::uint32_t(tiles_n), std::uint32_t(y), std::uint32_t(z)}, work * std::uint64_t(y * z));
    }
  }
  if (f.parts) add_parts(d, sums, p.out, plan.parts, helpers);
}
/// The programs of a product with a vector: products of elements, and their sum.
class vector_product {
 public:
  vector_product(dtype a, dtype b, dtype result) {
    dtype const sum = compute_type(result);
    body_.output(body_.apply(ir::opcode::multiply, body_.cast(body_.load(a), sum), body_.cast(body_.load(b), sum)));
    partial_.output(partial_.load(sum));
    finish_.output(finish_.cast(finish_.load(sum), result));
    combine_.output(combine_.apply(ir::opcode::add, combine_.load(sum), combine_.load(sum)));
    for (ir::builder* p : {&body_, &partial_, &finish_, &combine_}) p->finish();
    kernel.program = body_.view();
    kernel.hash = ir::hash(kernel.program);
    kernel.name = "matmul_vector";
    pass_.program = partial_.view();
    pass_.hash = ir::hash(pass_.program);
    pass_.name = kernel.name;
    reduction.name = "add";
    reduction.accumulators[0] = sum;
    reduction.partial = &pass_;
    reduction.finish = finish_.view();
    reduction.combine = combine_.view();
    reduction.hash = ir::hash_combine(ir::hash(reduction.combine), ir::hash(reduction.finish));
  }
  vector_product(vector_product const&) = delete;

  runtime::kernel kernel;
  ops::reduction reduction;

  /// The one for these types.
  static vector_product& of(dtype a, dtype b, dtype result) {
    static std::unique_ptr<vector_product> made[dtype_count * dtype_count];
    std::unique_ptr<vector_product>& one = made[std::size_t(a) * dtype_count + std::size_t(b)];
    if (one == nullptr || one->finish_.view().output_type(0) != result)
      one = std::make_unique<vector_product>(a, b, result);
    return *one;
  }

 private:
  ir::builder body_, partial_, finish_, combine_;
  runtime::kernel pass_;
};

/// A product of which one of m and n is 1, as a reduction along k.
inline void matmul_by_vector(runtime::gpu_device& d, matmul_problem const& p, runtime::helper_functions helpers) {
  std::size_t const rank = p.a.view.rank() - 2;
  bool const column = p.out.view.shape[rank + 1] == 1;
  index const k = p.a.view.shape[rank + 1], kept = p.out.view.shape[column ? rank : rank + 1];
  // Both as [batch..., kept, k]; the vector repeats along `kept`.
  auto const spread = [&](view v, bool is_a) {
    index const along_k = v.strides[is_a ? rank + 1 : rank], other = v.strides[is_a ? rank : rank + 1];
    v.shape[rank] = kept;
    v.shape[rank + 1] = k;
    v.strides[rank] = is_a == column ? other : 0;
    v.strides[rank + 1] = along_k;
    return v;
  };
  runtime::operand const loads[] = {{p.a.memory, spread(p.a.view, true)}, {p.b.memory, spread(p.b.view, false)}};
  runtime::tensor out = p.out;
  out.view.shape.erase(column ? rank + 1 : rank);
  out.view.strides.erase(column ? rank + 1 : rank);
  vector_product& programs = vector_product::of(p.a_type, p.b_type, p.out.type);
  programs.reduction.helpers = helpers;
  launch_reduce(d, programs.kernel, programs.reduction, loads, loads[0].view.shape, rank + 1, {&out, 1}, {}, {});
}

inline void matmul_on_webgpu(runtime::gpu_device& d, matmul_problem const& p,
                             std::span<std::string_view const> helpers) {
  matmul_shape const s(p);
  matmul_on_webgpu(d, p, helpers, plan_of(s, compute_type(p.out.type), d.limits()), s);
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
  f.b_access = p.windows.empty() ? access(s.b, s.b_k, s.b_n, s.n) : block_access::windows;
  f.window_axes = std::uint8_t(p.windows.size());
  f.gaps = s.gaps();
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

/// How the CPU's product is blocked: B stands in panels of `deep` x `wide` elements, in strips of `strip` columns; sums
/// of `tall` x `wide` elements are held while k advances, and `rows` x `strip` of them in registers. (Chosen from times
/// natively and in WebAssembly, where V8 has 15 registers of 16 bytes.)
template <class C> struct cpu_blocks {
#if defined(__AVX2__)
  static constexpr index vector_bytes = 32;
#else
  static constexpr index vector_bytes = 16;
#endif
  static constexpr bool vectors = std::is_arithmetic_v<C> && !std::same_as<C, bool>;
  static constexpr index lanes = vectors ? vector_bytes / index(sizeof(C)) : 1;
  static constexpr index rows = 4, strip = 2 * lanes, deep = 256, wide = 16 * strip, tall = 256;
};

/// Adds `depth` products to each of rows x strip sums. `a` holds `rows` elements of each k, `b` a strip's line.
template <class C> void multiply_block(C const* a, C const* b, index depth, C* sums) {
  using blocks = cpu_blocks<C>;
  if constexpr (blocks::vectors) {
    // Sums of integers wrap: unsigned.
    using element =
        typename std::conditional_t<std::is_integral_v<C>, std::make_unsigned<C>, std::type_identity<C>>::type;
    typedef element vector __attribute__((vector_size(blocks::vector_bytes)));
    vector held[blocks::rows][2], line[2];
    for (index r = 0; r < blocks::rows; ++r) std::memcpy(held[r], sums + r * blocks::wide, sizeof held[r]);
    C const* const end = b + depth * blocks::strip;
    // Pointers that advance, and one k a turn: in WebAssembly an index costs additions for each load, and the steps of
    // an unrolled loop are mixed until the registers do not suffice.
#pragma clang loop unroll(disable)
    for (; b != end; a += blocks::rows, b += blocks::strip) {
      std::memcpy(line, b, sizeof line);
      for (index r = 0; r < blocks::rows; ++r) {
        element const factor = element(a[r]);
        held[r][0] += factor * line[0];
        held[r][1] += factor * line[1];
      }
    }
    for (index r = 0; r < blocks::rows; ++r) std::memcpy(sums + r * blocks::wide, held[r], sizeof held[r]);
  } else {
    for (index q = 0; q < depth; ++q)
      for (index r = 0; r < blocks::rows; ++r)
        for (index j = 0; j < blocks::strip; ++j) {
          C& sum = sums[r * blocks::wide + j];
          sum = ir::wrap::add(sum, ir::wrap::multiply(a[q * blocks::rows + r], b[q * blocks::strip + j]));
        }
  }
}

/// Half of the address of an element of a window: see codegen::emit_windows.
struct window_place {
  index e, x[codegen::max_window_axes];
};
using window_axes = std::span<codegen::window_axis const>;
inline window_place column_of(window_axes axes, index n, index stride) {
  window_place p{};
  for (std::size_t a = axes.size(); a-- > 0; n /= axes[a].n) p.x[a] = n % axes[a].n * axes[a].n_step - axes[a].before;
  p.e = n * stride;
  return p;
}
inline window_place row_of(window_axes axes, index k, index stride) {
  window_place p{};
  for (std::size_t a = axes.size(); a-- > 0; k /= axes[a].k) p.x[a] = k % axes[a].k * axes[a].k_step;
  p.e = k * stride;
  return p;
}
/// The element's number, or -1 where there is none.
inline index number_of(window_axes axes, window_place const& column, window_place const& row) {
  index e = column.e + row.e;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    index x = column.x[a] + row.x[a];
    if (axes[a].gap != 1) {
      if (x % axes[a].gap != 0) return -1;
      x /= axes[a].gap;
    }
    if (x < 0 || x >= axes[a].extent) return -1;
    e += x * axes[a].stride;
  }
  return e;
}

/// Lays `width` lines side by side: to[q * width + j] is the element q of line j. Lines begin `across` elements apart,
/// their elements lie `along` apart. Of lines beyond the `count` that there are the last takes the place; nobody looks
/// at their sums.
template <index width, class C, class T>
void lay_side_by_side(T const* from, index across, index along, index count, index depth, C* to) {
  if (across == 1 && count >= width) {
    for (index q = 0; q < depth; ++q, from += along, to += width) {
      C line[width];  // read wholly first: the compiler cannot know that `to` is elsewhere
      for (index j = 0; j < width; ++j) line[j] = C(from[j]);
      std::copy_n(line, width, to);
    }
    return;
  }
  T const* lines[width];
  for (index j = 0; j < width; ++j) lines[j] = from + (j < count ? j : count - 1) * across;
  auto const lay = [&](auto step) {
    for (index q = 0; q < depth; ++q)
      for (index j = 0; j < width; ++j) to[q * width + j] = C(lines[j][q * step]);
  };
  if (along == 1) lay(std::integral_constant<index, 1>());
  else lay(along);
}

/// A matrix by a vector on the CPU: out[i] = sum over q < k of x[i * across + q * along] * v[q], for i < count.
template <class X, class C, class R>
void multiply_vector(X const* x, index across, index along, C const* v, R* out, index count, index k) {
  auto const add_product = [](C& sum, C factor, C other) {
    sum = ir::wrap::add(sum, ir::wrap::multiply(factor, other));
  };
  auto const size = [](index stride) { return stride < 0 ? -stride : stride; };
  if (count == 1 || size(along) <= size(across)) {  // each line of x is read through: sums of every `parts`-th product
    constexpr index parts = 4 * cpu_blocks<C>::lanes;
    auto const sum_lines = [&](auto step) {
      for (index i = 0; i < count; ++i, x += across) {
        C sums[parts]{};
        index q = 0;
        for (; q + parts <= k; q += parts)
          for (index j = 0; j < parts; ++j) add_product(sums[j], C(x[(q + j) * step]), v[q + j]);
        for (index j = 0; q < k; ++q, ++j) add_product(sums[j], C(x[q * step]), v[q]);
        for (index half = parts / 2; half > 0; half /= 2)
          for (index j = 0; j < half; ++j) sums[j] = ir::wrap::add(sums[j], sums[j + half]);
        out[i] = R(sums[0]);
      }
    };
    if (along == 1) sum_lines(std::integral_constant<index, 1>());
    else sum_lines(along);
    return;
  }
  // Neighbours in memory belong to different sums: four lines are added to a row of sums at a time.
  constexpr index most = 1024;
  C sums[most];
  auto const add_lines = [&](auto step, X const* from, index columns) {
    std::fill_n(sums, columns, C(0));
    index q = 0;
    for (; q + 4 <= k; q += 4, from += 4 * along)
      for (index j = 0; j < columns; ++j) {
        C sum = sums[j];
        for (index l = 0; l < 4; ++l) add_product(sum, C(from[l * along + j * step]), v[q + l]);
        sums[j] = sum;
      }
    for (; q < k; ++q, from += along)
      for (index j = 0; j < columns; ++j) add_product(sums[j], C(from[j * step]), v[q]);
  };
  for (index i = 0; i < count; i += most) {
    index const columns = count - i < most ? count - i : most;
    if (across == 1) add_lines(std::integral_constant<index, 1>(), x + i, columns);
    else add_lines(across, x + i * across, columns);
    for (index j = 0; j < columns; ++j) out[i + j] = R(sums[j]);
  }
}

/// Calls `use` with `count` elements side by side in C: these ones, or a copy.
template <class C, class T, class Use> void with_line(T const* from, index step, index count, Use use) {
  if constexpr (std::same_as<T, C>)
    if (step == 1) return use(from);
  auto const line = std::make_unique_for_overwrite<C[]>(std::size_t(count));
  for (index q = 0; q < count; ++q) line[std::size_t(q)] = C(from[q * step]);
  use(static_cast<C const*>(line.get()));
}

/// One matrix product on the CPU, accumulated in C, the compute type of the result, in the order of k (a product with a
/// vector: in several sums).
template <class A, class B, class R, class C>
void multiply_matrices(A const* a, index a_m, index a_k, B const* b, index b_k, index b_n, R* out, index m, index n,
                       index k, window_axes windows) {
  bool const plain = windows.empty();
  if (plain && n == 1) return with_line<C>(b, b_k, k, [&](C const* v) { multiply_vector(a, a_m, a_k, v, out, m, k); });
  if (plain && m == 1) return with_line<C>(a, a_k, k, [&](C const* v) { multiply_vector(b, b_n, b_k, v, out, n, k); });
  using blocks = cpu_blocks<C>;
  constexpr index rows = blocks::rows, strip = blocks::strip, deep = blocks::deep, wide = blocks::wide,
                  tall = blocks::tall, few = 16;
  auto const least = [](index x, index y) { return x < y ? x : y; };
  index const most_deep = least(k, deep), most_tall = least((m + rows - 1) / rows * rows, tall);
  auto const panel = std::make_unique_for_overwrite<C[]>(std::size_t(most_deep * least(n + strip - 1, wide)));
  auto const factors = std::make_unique_for_overwrite<C[]>(std::size_t(most_deep * rows));
  auto const sums = std::make_unique_for_overwrite<C[]>(std::size_t(most_tall * wide));
  auto const places = std::make_unique<window_place[]>(plain ? 0 : std::size_t(wide));
  for (index n0 = 0; n0 < n; n0 += wide) {
    index const columns = least(n - n0, wide);
    if (!plain)
      for (index j = 0; j < columns; ++j) places[std::size_t(j)] = column_of(windows, n0 + j, b_n);
    for (index m0 = 0; m0 < m; m0 += tall) {
      index const lines = least(m - m0, tall);
      std::fill_n(sums.get(), (lines + rows - 1) / rows * rows * wide, C(0));
      for (index k0 = 0; k0 < k; k0 += deep) {
        index const depth = least(k - k0, deep);
        if (m0 != 0 && k <= deep) {
          // The panel is there already.
        } else if (!plain) {
          for (index q = 0; q < depth; ++q) {
            window_place const row = row_of(windows, k0 + q, b_k);
            for (index j = 0; j < (columns + strip - 1) / strip * strip; ++j) {
              index const e = j < columns ? number_of(windows, places[std::size_t(j)], row) : -1;
              panel[std::size_t((j / strip * depth + q) * strip + j % strip)] = e < 0 ? C(0) : C(b[e]);
            }
          }
        } else {
          // A few rows of all strips at a time, so that rows are read through.
          for (index q = 0; q < depth; q += few)
            for (index j = 0; j < columns; j += strip)
              lay_side_by_side<strip>(b + (k0 + q) * b_k + (n0 + j) * b_n, b_n, b_k, columns - j, least(depth - q, few),
                                      panel.get() + j * depth + q * strip);
        }
        for (index r = 0; r < lines; r += rows) {
          lay_side_by_side<rows>(a + (m0 + r) * a_m + k0 * a_k, a_m, a_k, lines - r, depth, factors.get());
          for (index j = 0; j < columns; j += strip)
            multiply_block(factors.get(), panel.get() + j * depth, depth, sums.get() + r * wide + j);
        }
      }
      for (index r = 0; r < lines; ++r)
        for (index j = 0; j < columns; ++j) out[(m0 + r) * n + n0 + j] = R(sums[std::size_t(r * wide + j)]);
    }
  }
}

}  // namespace detail

/// What one product of two matrices is called with on the CPU; strides count elements.
using matrix_function = void (*)(void const* a, index a_m, index a_k, void const* b, index b_k, index b_n, void* out,
                                 index m, index n, index k, detail::window_axes windows);

/// The matrix_function of these element types.
template <class A, class B, class R>
void multiply_strided(void const* a, index a_m, index a_k, void const* b, index b_k, index b_n, void* out, index m,
                      index n, index k, detail::window_axes windows) {
  detail::multiply_matrices<A, B, R, codegen::detail::register_of<dtype_of<R>>>(
      static_cast<A const*>(a), a_m, a_k, static_cast<B const*>(b), b_k, b_n, static_cast<R*>(out), m, n, k, windows);
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
    std::size_t const rank = p.out.view.rank();
    bool const vector = p.out.view.shape[rank - 1] == 1 || p.out.view.shape[rank - 2] == 1;
    if (vector && p.windows.empty()) detail::matmul_by_vector(gpu, p, helpers);
    else if (d.kind() == device_kind::webgl) detail::matmul_on_webgl(gpu, p, helpers.glsl);
    else detail::matmul_on_webgpu(gpu, p, helpers.wgsl);
    return;
  }
  auto& cpu = static_cast<runtime::cpu_device&>(d);
  if (cpu.capturing()) {
    runtime::operand const both[] = {p.a, p.b};
    return cpu.keep([&d, p, operands = runtime::owned_operands(both), windows = runtime::owned_span(p.windows),
                     multiply,
                     helpers] { launch_matmul(d, {p.a, p.b, p.a_type, p.b_type, p.out, windows}, multiply, helpers); });
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
             p.b.view.strides[batch_rank], p.b.view.strides[batch_rank + 1], out, m, n, k, p.windows);
    out += std::size_t(m * n) * size_of(p.out.type);
  } while (runtime::advance(at, batch));
  cpu.note_launch();
}

}  // namespace ndfuse::ops
