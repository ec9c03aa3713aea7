#pragma once
/// @file Softmax and its logarithm over rows on WebGPU, each row by one workgroup. Memory: the result.

#include <ndfuse/codegen/frame_softmax.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/runtime/launch.hpp>

namespace ndfuse::ops {

/// The programs of a softmax, or of its logarithm, in float32.
template <bool Log> struct softmax_programs {
  template <ir::opcode Op> struct binary_builder {
    static constexpr void build(ir::builder& b) {
      ir::value const x = b.load(dtype::float32), y = b.load(dtype::float32);
      b.output(b.apply(Op, x, y));
      b.finish();
    }
  };
  struct power_builder {
    static constexpr void build(ir::builder& b) {
      ir::value const x = b.load(dtype::float32), greatest = b.load(dtype::float32);
      b.output(b.apply(ir::opcode::exp, b.apply(ir::opcode::subtract, x, greatest)));
      b.finish();
    }
  };
  struct finish_builder {
    static constexpr void build(ir::builder& b) {
      ir::value v[4];  // the element, the greatest, their exponential, the sum
      for (ir::value& x : v) x = b.load(dtype::float32);
      if (Log)
        b.output(
            b.apply(ir::opcode::subtract, b.apply(ir::opcode::subtract, v[0], v[1]), b.apply(ir::opcode::log, v[3])));
      else b.output(b.apply(ir::opcode::divide, v[2], v[3]));
      b.finish();
    }
  };
  static constexpr auto const& greater = ir::frozen<binary_builder<ir::opcode::maximum>>;
  static constexpr auto const& join = ir::frozen<binary_builder<ir::opcode::add>>;
  static constexpr auto const& power = ir::frozen<power_builder>;
  static constexpr auto const& finish = ir::frozen<finish_builder>;
};

/// Launches a softmax along the last axis of the loads' common shape, which is that of `out`, when the device and the
/// rows' length let one kernel do it; else returns false and has done nothing. `helpers` are what body and programs
/// call.
template <bool Log>
bool launch_softmax(runtime::device& device, runtime::kernel const& body, runtime::helper_functions helpers,
                    std::span<runtime::operand const> loads, runtime::tensor const& out,
                    std::span<ir::scalar_value const> scalars) {
  using codegen::access;
  using programs = softmax_programs<Log>;
  if (device.kind() != device_kind::webgpu || out.view.rank() == 0 || loads.empty()) return false;
  auto& d = static_cast<runtime::gpu_device&>(device);
  index const extent = out.view.shape[out.view.rank() - 1];
  // Shorter rows leave most of a workgroup idle; longer ones do not fit.
  constexpr index most = codegen::workgroup_size * codegen::softmax_items;
  if (out.view.size() == 0 || extent < index(codegen::workgroup_size) / 2 || extent > 4 * most) return false;
  if (extent > most && extent % 4 != 0) return false;
  runtime::detail::check_scalars(body.program, scalars);

  view views[codegen::max_operands + 1];
  view* pointers[codegen::max_operands + 1];
  for (std::size_t j = 0; j < loads.size(); ++j) views[j] = loads[j].view;
  views[loads.size()] = out.view;
  for (std::size_t j = 0; j <= loads.size(); ++j) pointers[j] = &views[j];
  std::size_t const kept = runtime::collapse({pointers, loads.size() + 1}, out.view.rank() - 1);
  view const& result = views[loads.size()];

  codegen::softmax_facts f;
  f.rank = std::uint8_t(kept + 1);
  f.lanes = extent % 4 == 0 ? 4 : 1;
  index const groups = extent / f.lanes;
  f.items = std::uint8_t((groups + codegen::workgroup_size - 1) / codegen::workgroup_size);
  runtime::detail::binding_list bindings;
  runtime::detail::bind_strided(body.program, loads, views, f.lanes, f.loads, bindings);
  if (bindings.count() + 1u > d.limits().max_storage_buffers) return false;
  f.binding_count = bindings.count();
  for (std::size_t b = 0; b < bindings.count(); ++b) f.bindings[b] = bindings.type(b);
  f.bindings[bindings.count()] = dtype::float32;
  bool const vector = f.lanes == 4 && runtime::detail::classify(result, 4) == access::vector;
  f.output = {bindings.count(), vector ? access::vector : access::gather};

  std::uint64_t const key = ir::hash_combine(codegen::hash(f, body.hash), Log ? 0x6c6f67736d6178 : 0x736f66746d6178);
  std::uint32_t id = d.find_kernel(key);
  if (id == 0) {
    std::string text(body.body);
    auto const function = [&](ir::program_view p, std::string_view name) {
      runtime::detail::emit_into(
          text, [&](char* to) { return codegen::emit_function(to, codegen::dialect::wgsl, p, {"", name, ""}); });
    };
    if (text.empty()) function(body.program, "body");
    function(programs::greater.view(), "greater");
    function(programs::power.view(), "power");
    function(programs::join.view(), "join");
    function(programs::finish.view(), "finish");
    runtime::detail::emit_into(
        text, [&](char* to) { return codegen::emit_softmax(to, body.program, programs::finish.view(), f); });
    runtime::detail::list<std::string_view> parts;
    parts.push_back(codegen::prelude(codegen::dialect::wgsl));
    for (std::string_view h : helpers.wgsl) parts.push_back(h);
    parts.push_back(text);
    std::string const name = std::string(Log ? "log_softmax_of_" : "softmax_of_") + std::string(body.name);
    id = d.add_kernel(key, name, {parts.data(), parts.size()}, bindings.count() + 1u, 1u << bindings.count(), false);
  }
  runtime::buffer* buffers[codegen::max_operands + 1];
  for (std::size_t b = 0; b < bindings.count(); ++b) buffers[b] = bindings.buffers()[b];
  buffers[bindings.count()] = out.memory.get();
  index const rows = out.view.size() / extent;
  std::uint64_t const work = (runtime::work_of(body.program) + 40) * std::uint64_t(extent);
  index const piece = index(d.work_budget() / work) + 64;
  for (index first = 0; first < rows; first += piece) {
    index const end = rows - first < piece ? rows : first + piece;
    runtime::grid const g = runtime::detail::fold_grid(end - first, d.limits());
    runtime::detail::parameter_block parameters;
    parameters.word(end);
    parameters.word(first);
    parameters.word(index(g.x));
    parameters.word(groups);
    parameters.scalars(body.program, scalars);
    for (std::size_t a = 0; a < f.rank; ++a) parameters.word(views[0].shape[a]);
    for (std::size_t j = 0; j < loads.size(); ++j) parameters.strided(views[j], f.loads[j].how, f.rank);
    parameters.strided(result, f.output.how, f.rank);
    d.dispatch(id, {buffers, bindings.count() + 1u}, parameters.words(), g, work * std::uint64_t(end - first));
  }
  return true;
}

}  // namespace ndfuse::ops
