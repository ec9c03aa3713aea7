#pragma once
/// @file Matrix products of strided operands with batch axes: C[b, m, n] = sum over k of A[b, m, k] B[b, k, n].
///
/// WebGPU: one launch of a tiled kernel; where C has too few tiles to fill a GPU, k is cut into parts, and a second
/// launch adds their sums. A matrix by a vector, and many tiny matrices, are a reduction of products, at the speed of
/// memory. WebGL2: a draw into several render targets and one that joins their rows. CPU: panels of B side by side, so
/// that the innermost loop runs over neighbours of a row of C. Workspace: on WebGPU none, or C once a part (at most 32
/// parts, and 16 MiB); a second C on WebGL2; on the CPU 0.3 MiB for panels of B and sums, or a copy of a vector that is
/// strided or of another type.
///
/// An elementwise epilogue runs in the launch that writes C on WebGPU; elsewhere, for products that are reductions, and
/// where the device cannot bind all arrays at once, C is written first and the epilogue is a launch of its own.

#include <ndfuse/codegen/frame_matmul_fragment.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ir/value.hpp>
#include <ndfuse/ops/matmul_plan.hpp>
#include <ndfuse/ops/reduce.hpp>
#include <ndfuse/ops/reductions.hpp>
#include <ndfuse/runtime/launch.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
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

/// An elementwise program that takes the elements of a product, and what it makes of them is what is written.
struct matmul_epilogue {
  runtime::kernel const& kernel;            // of one output
  std::size_t product;                      // the number of its load that is the product
  std::span<runtime::operand const> loads;  // views of the product's shape; that of the product itself is not looked at
  std::span<ir::scalar_value const> scalars;
  runtime::tensor out;  // in memory of its own, contiguous, of the product's shape
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

/// Along what windows are fetched in fours: the longer one of the two that can be.
inline codegen::window_quads quads_of(std::span<codegen::window_axis const> windows, bool gaps) {
  using codegen::window_quads;
  if (windows.empty() || gaps) return window_quads::none;
  codegen::window_axis const& last = windows.back();
  if (last.k % 4 == 0 && (last.k > last.n || last.n % 4 != 0)) return window_quads::along_k;
  return last.n % 4 == 0 ? window_quads::along_n : window_quads::none;
}

/// How a kernel that stores `lanes` elements of a product at once reaches what its epilogue takes.
class bound_epilogue {
 public:
  /// The kernel's own arrays have the first `own` bindings.
  bound_epilogue(matmul_epilogue const& e, view const& product, unsigned own, unsigned lanes) : e_(e) {
    ir::program_view const p = e.kernel.program;
    for (runtime::operand const& o : e.loads) operands_.push_back(o);
    operands_[e.product] = {nullptr, product};
    std::span<runtime::operand const> const loads(operands_.data(), operands_.size());
    views_.emplace(loads, std::span<runtime::tensor const>(&e.out, 1));
    codegen::map_facts& f = text_.facts;
    bool const linear = runtime::detail::all_linear(*views_, loads.size());
    f.rank = std::uint8_t(linear ? 0 : views_->extents().size());
    f.lanes = std::uint8_t(lanes);
    runtime::detail::bind_loads(p, loads, *views_, linear, f, bindings_);
    for (ir::inst const& i : p.code)
      if (i.op == ir::opcode::load && f.loads[i.a].how != codegen::access::repeat)
        f.loads[i.a].binding = std::uint8_t(f.loads[i.a].binding + own);
    f.loads[e.product] = {codegen::no_binding, codegen::access::given};
    for (std::size_t b = 0; b < bindings_.count(); ++b) f.bindings[own + b] = bindings_.type(b);
    std::uint8_t const out = std::uint8_t(own + bindings_.count());
    f.bindings[out] = e.out.type;
    f.outputs[0] = {out, codegen::access::linear};
    f.written = 1u << out;
    f.binding_count = std::uint8_t(out + 1);
    text_.program = p;
    name_ = "matmul_";
    name_ += e.kernel.name;
  }

  codegen::matmul_epilogue const* text() const { return &text_; }
  std::string_view name() const { return name_; }
  unsigned bindings() const { return text_.facts.binding_count; }
  std::uint64_t hash(std::uint64_t h) const { return codegen::hash(text_.facts, ir::hash_combine(h, e_.kernel.hash)); }
  /// Writes the program's function.
  std::size_t body(char* to) const {
    return codegen::emit_function(to, codegen::dialect::wgsl, e_.kernel.program, {"", "body", ""});
  }
  /// The functions that the product and the program need, each once.
  runtime::detail::list<std::string_view> helpers(std::span<std::string_view const> of_product) const {
    runtime::detail::list<std::string_view> all;
    for (std::string_view h : of_product) all.push_back(h);
    for (std::string_view h : e_.kernel.helpers.wgsl) {
      bool known = false;
      for (std::string_view o : of_product) known = known || o == h;
      if (!known) all.push_back(h);
    }
    return all;
  }
  /// Puts the arrays behind the kernel's own.
  void arrays(runtime::buffer** to) const {
    for (runtime::buffer* b : bindings_.buffers()) *to++ = b;
    *to = e_.out.memory.get();
  }
  void parameters(runtime::detail::parameter_block& to) {
    runtime::detail::map_parameters(to, text_.program, text_.facts, *views_, 1, text_.facts.lanes, e_.scalars);
  }

 private:
  matmul_epilogue const& e_;
  ndfuse::detail::inline_list<runtime::operand, codegen::max_operands> operands_;
  std::optional<runtime::detail::launch_views> views_;
  runtime::detail::binding_list bindings_;
  codegen::matmul_epilogue text_;
  std::string name_;
};

/// The arrays of a launch that has an epilogue.
using epilogue_arrays = runtime::buffer * [codegen::max_operands + 4];

/// Adds the sums of the parts of k, which lie in `sums` one behind the other, to `out`.
inline void add_parts(runtime::gpu_device& d, runtime::buffer_ref const& sums, runtime::tensor const& out, index parts,
                      std::span<std::string_view const> helpers, matmul_epilogue const* e) {
  index const count = out.view.size();
  bool const vectors = (e == nullptr ? count : out.view.shape[out.view.rank() - 1]) % 4 == 0;
  std::uint64_t const key =
      ir::hash_combine(ir::hash_seed, 0x73756d73ull << 16 | std::uint64_t(out.type) << 1 | vectors);
  epilogue_arrays buffers{sums.get(), out.memory.get()};
  std::optional<bound_epilogue> bound;
  std::uint32_t id;
  if (e != nullptr) {
    bound.emplace(*e, out.view, 1, vectors ? 4 : 1);
    bound->arrays(buffers + 1);
    auto const all = bound->helpers(helpers);
    id = matmul_kernel(
        d, bound->hash(key), bound->name(), {all.data(), all.size()}, bound->bindings(), 1, [&](char* to) {
          std::size_t const body = bound->body(to);
          return body + codegen::emit_matmul_sums(to == nullptr ? to : to + body, out.type, vectors, bound->text());
        });
  } else {
    id = matmul_kernel(d, key, "matmul_sums", helpers, 2, 1,
                       [&](char* to) { return codegen::emit_matmul_sums(to, out.type, vectors); });
  }
  index const threads = vectors ? count / 4 : count;
  runtime::grid const g = runtime::detail::fold_grid(divided_up(threads, codegen::workgroup_size), d.limits());
  runtime::detail::parameter_block parameters;
  for (index v : {threads, index(g.x) * index(codegen::workgroup_size), parts}) parameters.word(v);
  if (bound) bound->parameters(parameters);
  d.dispatch(id, {buffers, bound ? bound->bindings() : 2u}, parameters.words(), g, std::uint64_t(count * parts));
}

inline void matmul_on_webgpu(runtime::gpu_device& d, matmul_problem const& p, std::span<std::string_view const> helpers,
                             matmul_plan const& plan, matmul_shape const& s, matmul_epilogue const* e = nullptr) {
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
  f.quads = quads_of(p.windows, f.gaps);
  f.c_vectors = s.n % 4 == 0;
  index const steps = divided_up(divided_up(s.k, plan.tile.depth), plan.parts);
  f.whole_k = steps * plan.tile.depth * plan.parts == s.k;
  f.parts = plan.parts > 1;
  f.a = p.a_type;
  f.b = p.b_type;
  f.result = p.out.type;
  unsigned const own = f.same_buffer ? 1 : 2;
  std::uint64_t const key = codegen::hash(f, ir::hash_seed);
  std::optional<bound_epilogue> bound;
  std::uint32_t id;
  if (e != nullptr && !f.parts) {
    bound.emplace(*e, p.out.view, own, f.c_vectors ? 4 : 1);
    auto const all = bound->helpers(helpers);
    id = matmul_kernel(d, bound->hash(key), bound->name(), {all.data(), all.size()}, bound->bindings(), 1,
                       [&](char* to) {
                         std::size_t const body = bound->body(to);
                         return body + codegen::emit_matmul(to == nullptr ? to : to + body, f, bound->text());
                       });
  } else {
    id = matmul_kernel(d, key, "matmul", f.parts ? std::span<std::string_view const>() : helpers, own + 1, 1,
                       [&](char* to) { return codegen::emit_matmul(to, f); });
  }
  unsigned const bindings = bound ? bound->bindings() : own + 1;
  index const tiles_m = divided_up(s.m, plan.tile.m), tiles_n = divided_up(s.n, plan.tile.n);
  index const most = index(d.limits().max_workgroups);
  if (tiles_n > most)
    throw value_error(ndfuse::detail::message("matmul: a result of shape ", p.out.view.shape,
                                              " has more tiles along its last axis than the device can launch"));
  runtime::buffer_ref sums;
  if (f.parts) sums = d.allocate(p.out.view.size() * plan.parts, sum);
  epilogue_arrays buffers{p.a.memory, p.b.memory};
  if (bound) bound->arrays(buffers + own);
  else buffers[own] = f.parts ? sums.get() : p.out.memory.get();
  // As many rows of tiles, or matrices, as a launch may hold. Products run faster than other kernels on every GPU, and
  // a launch that does not fill it wastes the rest: so a launch holds more operations than those of others.
  std::uint64_t const budget = std::max(16 * runtime::least_work_budget, 2 * d.work_budget());
  std::uint64_t const after = bound ? runtime::work_of(e->kernel.program) : 0;
  std::uint64_t const work = std::uint64_t(plan.tile.m) * plan.tile.n * std::uint64_t(tiles_n) *
                             (2u * std::uint64_t(steps * plan.tile.depth) + after);
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
      if (bound) bound->parameters(parameters);
      d.dispatch(id, {buffers, bindings}, parameters.words(),
                 {std::uint32_t(tiles_n), std::uint32_t(y), std::uint32_t(z)}, work * std::uint64_t(y * z));
    }
  }
  if (f.parts) add_parts(d, sums, p.out, plan.parts, helpers, e);
}
/// The programs of a product that is a reduction: products of elements, and their sum.
class element_products {
 public:
  element_products(dtype a, dtype b, dtype result) {
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
  element_products(element_products const&) = delete;

  runtime::kernel kernel;
  ops::reduction reduction;

  /// The one for these types.
  static element_products& of(dtype a, dtype b, dtype result) {
    static std::unique_ptr<element_products> made[dtype_count * dtype_count];
    std::unique_ptr<element_products>& one = made[std::size_t(a) * dtype_count + std::size_t(b)];
    if (one == nullptr || one->finish_.view().output_type(0) != result)
      one = std::make_unique<element_products>(a, b, result);
    return *one;
  }

 private:
  ir::builder body_, partial_, finish_, combine_;
  runtime::kernel pass_;
};

/// True when a product is computed as a reduction along k of products of elements, at the speed of memory: where one of
/// m and n is 1; on WebGPU also many tiny matrices, which would fill at most a quarter of a tile each. A thread makes
/// one or four elements then. (The bounds follow from the work of the two frames: a tile's 32 x 32 x 32 products a
/// matrix.)
inline bool by_reduction(runtime::device const& d, matmul_problem const& p) {
  shape const& s = p.out.view.shape;
  std::size_t const rank = s.size() - 2;
  index const m = s[rank], n = s[rank + 1], k = p.a.view.shape[rank + 1];
  if (!p.windows.empty()) return false;
  if (m == 1 || n == 1) return true;
  return d.kind() == device_kind::webgpu && rank < max_rank - 2 && m <= 16 && n <= 16 && k <= 32 &&
         p.out.view.size() >= 16 * m * n;
}

/// A product as a reduction along k.
inline void matmul_by_reduction(runtime::gpu_device& d, matmul_problem const& p, runtime::helper_functions helpers) {
  std::size_t const rank = p.a.view.rank() - 2;
  index const m = p.out.view.shape[rank], n = p.out.view.shape[rank + 1], k = p.a.view.shape[rank + 1];
  bool const without_n = n == 1, without_m = m == 1 && !without_n;
  // Both as [batch..., m, n, k], without an axis of a vector; A repeats along n, B along m.
  auto const spread = [&](view v, bool is_a) {
    index const along_k = v.strides[is_a ? rank + 1 : rank], other = v.strides[is_a ? rank : rank + 1];
    for (index_list* l : {&v.shape, &v.strides}) {
      l->erase(rank + 1);
      l->erase(rank);
    }
    auto const axis = [&](index extent, index stride) {
      v.shape.push_back(extent);
      v.strides.push_back(stride);
    };
    if (!without_m) axis(m, is_a ? other : 0);
    if (!without_n) axis(n, is_a ? 0 : other);
    axis(k, along_k);
    return v;
  };
  runtime::operand const loads[] = {{p.a.memory, spread(p.a.view, true)}, {p.b.memory, spread(p.b.view, false)}};
  runtime::tensor out = p.out;
  if (without_m || without_n) {
    out.view.shape.erase(without_n ? rank + 1 : rank);
    out.view.strides.erase(without_n ? rank + 1 : rank);
  }
  element_products& programs = element_products::of(p.a_type, p.b_type, p.out.type);
  programs.reduction.helpers = helpers;
  launch_reduce(d, programs.kernel, programs.reduction, loads, loads[0].view.shape, out.view.rank(), {&out, 1}, {}, {});
}

/// Lets the device time candidates, on a part of the product where the whole takes a GPU of its speed long.
inline void try_plans(runtime::gpu_device& d, matmul_problem const& p, std::span<std::string_view const> helpers,
                      codegen::matmul_facts const& facts, std::uint64_t key, matmul_extents const& e,
                      matmul_shape part) {
  double const most = double(d.work_budget() / 5);
  auto const shorten = [&](index& extent, index least, index step) {
    double const work = 2. * double(part.batches) * double(part.m) * double(part.n) * double(part.k);
    if (work > most) extent = std::min(extent, std::max(least, index(double(extent) * most / work) / step * step));
  };
  shorten(part.batches, 1, 1);
  shorten(part.m, 512, 128);
  ndfuse::detail::list<unsigned> const choices = candidate_choices(e, d.limits());
  std::span<unsigned const> const all(choices.data(), choices.size());
  d.try_out(key, tuning_text(facts, e, all), all,
            [&](unsigned choice) { matmul_on_webgpu(d, p, helpers, plan_of(e, choice), part); });
}

inline void matmul_on_webgpu(runtime::gpu_device& d, matmul_problem const& p, std::span<std::string_view const> helpers,
                             matmul_epilogue const* epilogue = nullptr) {
  using codegen::tile_load;
  matmul_shape const s(p);
  matmul_extents const e{s.batches, s.m, s.n, s.k, compute_type(p.out.type)};
  codegen::matmul_facts facts;
  facts.batch_rank = std::uint8_t(s.rank);
  facts.a_load = load_of(s.a, p.a.view.offset, s.a_k, s.k, s.a_m, s.m);
  facts.b_load = p.windows.empty() ? load_of(s.b, p.b.view.offset, s.b_n, s.n, s.b_k, s.k) : tile_load::windows;
  facts.same_buffer = p.a.memory == p.b.memory;
  facts.c_vectors = s.n % 4 == 0;
  facts.window_axes = std::uint8_t(p.windows.size());
  facts.gaps = s.gaps();
  facts.quads = quads_of(p.windows, facts.gaps);
  facts.a = p.a_type;
  facts.b = p.b_type;
  facts.result = p.out.type;
  std::uint64_t const key = tuning_key(facts, e);
  runtime::tuning const known = d.tuned(key, 2. * double(s.batches) * double(s.m) * double(s.n) * double(s.k));
  unsigned const choice =
      valid_choice(e, known.choice, d.limits()) ? unsigned(known.choice) : guessed_choice(e, d.limits());
  matmul_on_webgpu(d, p, helpers, plan_of(e, choice), s, epilogue);
  if (known.wanted) try_plans(d, p, helpers, facts, key, e, s);
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

namespace detail {

/// True when a product's launch takes an epilogue: it has room for the arrays, and the program is little work, since
/// its text stands in the kernel for each of the up to 64 elements that a thread makes.
inline bool takes_epilogue(runtime::device const& d, matmul_problem const& p, matmul_epilogue const& e) {
  if (d.kind() != device_kind::webgpu || by_reduction(d, p) || is_complex(e.out.type)) return false;
  if (runtime::work_of(e.kernel.program) > 100) return false;
  std::size_t others = 0;
  runtime::operand loads[codegen::max_operands];
  for (std::size_t k = 0; k < e.loads.size(); ++k)
    if (k != e.product) loads[others++] = e.loads[k];
  return 2 + runtime::detail::distinct_buffers({loads, others}) + 1 <=
         static_cast<runtime::gpu_device const&>(d).limits().max_storage_buffers;
}

}  // namespace detail

/// Launches the product; `multiply` serves the cpu device, `helpers` are the functions that the GPU's text needs.
inline void launch_matmul(runtime::device& d, matmul_problem const& p, matrix_function multiply,
                          runtime::helper_functions helpers) {
  if (p.out.view.size() == 0) return;
  if (d.kind() != device_kind::cpu) {
    auto& gpu = static_cast<runtime::gpu_device&>(d);
    if (detail::by_reduction(d, p)) detail::matmul_by_reduction(gpu, p, helpers);
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

/// Launches a product whose elements go through `e` before they are written to `e.out`; `p.out` needs no memory. What
/// is written is the same as by the product and a launch of the epilogue.
inline void launch_matmul(runtime::device& d, matmul_problem p, matrix_function multiply,
                          runtime::helper_functions helpers, matmul_epilogue const& e) {
  runtime::detail::check_scalars(e.kernel.program, e.scalars);
  if (e.out.view.size() == 0) return;
  if (detail::takes_epilogue(d, p, e))
    return detail::matmul_on_webgpu(static_cast<runtime::gpu_device&>(d), p, helpers.wgsl, &e);
  // Where they are of one type the product's elements are overwritten.
  p.out.memory = p.out.type == e.out.type ? e.out.memory : d.allocate(p.out.view.size(), p.out.type);
  launch_matmul(d, p, multiply, helpers);
  ndfuse::detail::inline_list<runtime::operand, codegen::max_operands> loads;
  for (runtime::operand const& o : e.loads) loads.push_back(o);
  loads[e.product] = {p.out.memory.get(), p.out.view};
  runtime::launch_map(d, e.kernel, {loads.data(), loads.size()}, {&e.out, 1}, e.scalars);
}

}  // namespace ndfuse::ops
