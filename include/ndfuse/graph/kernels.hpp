#pragma once
/// @file Kernels of programs that are known only at run time, each made once and kept by its content: the same texts as
/// the compiler makes for the same program.

#include <ndfuse/codegen/cpu_blocks.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ops/reduce.hpp>
#include <ndfuse/ops/reductions.hpp>
#include <ndfuse/ops/scan.hpp>
#include <ndfuse/ops/scans.hpp>
#include <ndfuse/runtime/launch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace ndfuse::graph {

namespace detail {

using codegen::dialect;
using codegen::helper_key;

/// A helper function in both languages, with everything that it calls, callees first.
struct helper_entry {
  helper_key key;
  std::string_view wgsl, glsl;
  std::span<helper_key const> callees;
};

inline constexpr dtype helper_types[] = {dtype::float32, dtype::int32, dtype::uint32, dtype::complex64};

constexpr bool is_helper(ir::opcode op, dtype t) { return ir::info(op).derived() && ir::has_value(op, t); }

inline constexpr std::size_t helper_count = [] {
  std::size_t n = 0;
  for (std::size_t op = 0; op < ir::op_count; ++op)
    for (dtype t : helper_types) n += is_helper(ir::opcode(op), t);
  return n;
}();
inline constexpr auto helper_keys = [] {
  std::array<helper_key, helper_count> keys{};
  std::size_t n = 0;
  for (std::size_t op = 0; op < ir::op_count; ++op)
    for (dtype t : helper_types)
      if (is_helper(ir::opcode(op), t)) keys[n++] = {ir::opcode(op), t};
  return keys;
}();
inline constexpr auto helper_table = []<std::size_t... I>(std::index_sequence<I...>) {
  constexpr auto text = []<helper_key K, dialect D> {
    auto const& t = codegen::detail::helper_text<K, D>;
    return std::string_view(t.data(), t.size());
  };
  return std::array<helper_entry, helper_count>{
      helper_entry{helper_keys[I], text.template operator()<helper_keys[I], dialect::wgsl>(),
                   text.template operator()<helper_keys[I], dialect::glsl>(),
                   std::span<helper_key const>(codegen::detail::helper_order<helper_keys[I]>)}...};
}(std::make_index_sequence<helper_count>{});

inline helper_entry const& helper_of(helper_key k) {
  for (helper_entry const& e : helper_table)
    if (e.key == k) return e;
  throw dtype_error(ndfuse::detail::message("ufunc '", ir::name(k.op), "' is not supported on a GPU for the type ",
                                            ndfuse::name(k.type)));
}

/// The texts of the helper functions that programs need, callees first, each once.
class helper_list {
 public:
  void add(ir::program_view p) {
    for (helper_key k : codegen::direct_helpers(p)) {
      for (helper_key callee : helper_of(k).callees) add(callee);
      add(k);
    }
  }
  runtime::helper_functions functions() const { return {wgsl_, glsl_}; }

 private:
  void add(helper_key k) {
    if (std::find(keys_.begin(), keys_.end(), k) != keys_.end()) return;
    keys_.push_back(k);
    helper_entry const& e = helper_of(k);
    wgsl_.push_back(e.wgsl);
    glsl_.push_back(e.glsl);
  }
  std::vector<helper_key> keys_;
  std::vector<std::string_view> wgsl_, glsl_;
};

}  // namespace detail

/// A program with what all devices need to run it.
class made_kernel {
 public:
  explicit made_kernel(ir::builder program) : code_(std::move(program)) {
    ir::program_view const p = code_.view();
    runtime::detail::emit_into(name_, [&](char* to) { return runtime::emit_name(to, p); });
    kernel_.program = p;
    kernel_.hash = ir::hash(p);
    kernel_.name = name_;
    if (runtime::fits_gpu(p)) {
      helpers_.add(p);
      kernel_.helpers = helpers_.functions();
    }
    blocks_ = std::make_unique<codegen::block_program>(p);
    kernel_.rows = codegen::cpu_rows_of(*blocks_);
  }
  made_kernel(made_kernel const&) = delete;

  runtime::kernel const& kernel() const { return kernel_; }

 private:
  ir::builder code_;
  std::string name_;
  detail::helper_list helpers_;
  std::unique_ptr<codegen::block_program> blocks_;
  runtime::kernel kernel_;
};

/// A reduction of one body's elements.
class made_reduction {
 public:
  /// `finish` is the program from the accumulator to what the launch writes.
  made_reduction(runtime::kernel const& body, ops::reduce_kind k, dtype t, runtime::kernel const& partial,
                 ir::builder finish)
      : finish_(std::move(finish)), kind_(k) {
    ops::reduce_types const types = ops::types_of(k, t);
    ops::build_combine(combine_, types);
    reduction_.name = ops::name_of(k);
    reduction_.empty = ops::empty_words(k);
    reduction_.accumulator_count = types.accumulator_count;
    for (std::size_t j = 0; j < types.accumulator_count; ++j) {
      reduction_.accumulators[j] = types.accumulators[j];
      reduction_.identities[j] = ops::identity_bits(types, j);
    }
    reduction_.has_identity = types.has_identity;
    reduction_.hash = ir::hash_combine(ir::hash(combine_.view()), ir::hash(finish_.view()));
    reduction_.partial = &partial;
    reduction_.finish = finish_.view();
    combine_blocks_ = std::make_unique<codegen::block_program>(combine_.view());
    finish_blocks_ = std::make_unique<codegen::block_program>(finish_.view());
    reduction_.combine_rows = codegen::cpu_rows_of(*combine_blocks_);
    reduction_.finish_rows = codegen::cpu_rows_of(*finish_blocks_);
    if (!runtime::fits_gpu(body.program)) return;
    reduction_.combine = combine_.view();
    helpers_.add(body.program);
    helpers_.add(combine_.view());
    helpers_.add(finish_.view());
    reduction_.helpers = helpers_.functions();
  }
  made_reduction(made_reduction const&) = delete;

  ops::reduction const& reduction() const { return reduction_; }
  ops::reduce_kind kind() const { return kind_; }

 private:
  ir::builder combine_, finish_;
  ops::reduce_kind kind_;
  detail::helper_list helpers_;
  std::unique_ptr<codegen::block_program> combine_blocks_, finish_blocks_;
  ops::reduction reduction_;
};

/// All kernels made so far.
class kernel_cache {
 public:
  /// The kernel of a program, which must be finished.
  std::shared_ptr<made_kernel> find(ir::builder program) {
    std::shared_ptr<made_kernel>& entry = kernels_[ir::hash(program.view())];
    if (entry != nullptr && !same(entry->kernel().program, program.view())) entry = nullptr;  // a collision
    if (entry == nullptr) entry = std::make_shared<made_kernel>(std::move(program));
    return entry;
  }
  /// The kernel that passes accumulators of this type on.
  std::shared_ptr<made_kernel> partial(ops::reduce_types const& t) {
    ir::builder b;
    ops::build_partial(b, t);
    return find(std::move(b));
  }
  /// Forgets kernels that no schedule holds.
  void trim() {
    std::erase_if(kernels_, [](auto const& e) { return e.second.use_count() == 1; });
  }
  std::size_t size() const { return kernels_.size(); }

 private:
  static bool same(ir::program_view a, ir::program_view b) {
    return std::equal(a.code.begin(), a.code.end(), b.code.begin(), b.code.end()) &&
           std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(), b.outputs.end()) && a.loads == b.loads &&
           a.scalars == b.scalars;
  }
  std::unordered_map<std::uint64_t, std::shared_ptr<made_kernel>> kernels_;
};

/// A scan of one body's elements.
class made_scan {
 public:
  made_scan(kernel_cache& cache, runtime::kernel const& body, ops::scan_kind k, dtype t) {
    ops::scan_types const types = ops::types_of(k, t);
    auto const cast_kernel = [&](dtype to) {
      ir::builder b;
      b.output(b.cast(b.load(types.accumulator), to));
      b.finish();
      return cache.find(std::move(b));
    };
    ops::build_combine(combine_, types);
    partial_ = cast_kernel(types.accumulator);
    scan_.name = ops::function_name(k);
    scan_.accumulator = types.accumulator;
    scan_.result = types.result;
    scan_.identity = ops::identity_bits(types);
    scan_.hash = ir::hash(combine_.view());
    scan_.partial = &partial_->kernel();
    if (types.result != types.accumulator) {
      finish_ = cast_kernel(types.result);
      scan_.finish = &finish_->kernel();
    }
    combine_blocks_ = std::make_unique<codegen::block_program>(combine_.view());
    scan_.combine_rows = codegen::cpu_rows_of(*combine_blocks_);
    scan_.combine_serially = ops::serial_loop_of(k, t);
    if (!runtime::fits_gpu(body.program)) return;
    scan_.combine = combine_.view();
    helpers_.add(body.program);
    helpers_.add(combine_.view());
    scan_.helpers = helpers_.functions();
  }
  made_scan(made_scan const&) = delete;

  ops::scan const& scan() const { return scan_; }

 private:
  ir::builder combine_;
  std::shared_ptr<made_kernel> partial_, finish_;
  detail::helper_list helpers_;
  std::unique_ptr<codegen::block_program> combine_blocks_;
  ops::scan scan_;
};

}  // namespace ndfuse::graph
