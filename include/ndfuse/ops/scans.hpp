#pragma once
/// @file The scans (running sums and the like) that have names: which types they work in and what joins two values. One
/// definition for both front ends.

#include <ndfuse/codegen/cpu_loop.hpp>
#include <ndfuse/ops/reductions.hpp>

#include <array>

namespace ndfuse::ops {

enum class scan_kind : std::uint8_t { sum, prod, max, min, logaddexp };

inline constexpr std::size_t scan_kind_count = 5;

/// The function of this name.
constexpr std::string_view function_name(scan_kind k) {
  constexpr std::string_view names[] = {"cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"};
  return names[std::size_t(k)];
}
/// NumPy's ufunc whose `accumulate` it is.
constexpr std::string_view name_of(scan_kind k) {
  constexpr std::string_view names[] = {"add", "multiply", "maximum", "minimum", "logaddexp"};
  return names[std::size_t(k)];
}

/// Types of a scan (numpy's, with 32-bit defaults).
struct scan_types {
  dtype element;      // elements are converted to it as they enter
  dtype accumulator;  // and joined in this type, which is never bool
  dtype result;
  ir::opcode op;   // joins two
  bool supported;  // complex numbers have no order and no logaddexp here
};

constexpr scan_types types_of(scan_kind k, dtype t) {
  scan_types r{t, t, t, ir::opcode::add, true};
  switch (k) {
    case scan_kind::prod: r.op = ir::opcode::multiply; [[fallthrough]];
    case scan_kind::sum: r.element = accumulator_type(t); break;
    case scan_kind::max:
    case scan_kind::min:
      r.op = k == scan_kind::max ? ir::opcode::maximum : ir::opcode::minimum;
      r.supported = !is_complex(t);
      break;
    case scan_kind::logaddexp:
      r.op = ir::opcode::logaddexp;
      r.element = floating_type(t);
      r.supported = !is_complex(t);
      break;
  }
  r.result = r.element;
  r.accumulator = is_bool(r.element) ? dtype::int32 : compute_type(r.element);
  return r;
}

/// The bits of the neutral element of a scan in its accumulator. The bounds of narrow types are their own, since
/// exclusive scans begin with them.
constexpr std::uint64_t identity_bits(scan_types const& t) {
  // logaddexp's is that of maximum, minus infinity
  return identity_bits(t.op == ir::opcode::logaddexp ? ir::opcode::maximum : t.op,
                       is_floating(t.element) ? t.accumulator : t.element);
}

/// Joins two accumulators, the earlier one first.
constexpr void build_combine(ir::builder& b, scan_types const& t) {
  ir::value const x = b.load(t.accumulator);
  ir::value const y = b.load(t.accumulator);
  b.output(b.apply(t.op, x, y));
  b.finish();
}

/// The joining program of a scan as a constant.
template <scan_kind K, dtype T> struct scan_programs {
  static constexpr scan_types types = types_of(K, T);
  struct combine_builder {
    static constexpr void build(ir::builder& b) { build_combine(b, types); }
  };
  static constexpr auto const& combine = ir::frozen<combine_builder>;
};

/// The CPU's loop of a scan over elements of type `t`, compiled (see codegen::serial_loop).
inline codegen::serial_loop serial_loop_of(scan_kind k, dtype t) {
  static constexpr auto loop = []<scan_kind K, dtype T>() -> codegen::serial_loop {
    // One loop for all types that share an accumulator.
    if constexpr (!types_of(K, T).supported) return nullptr;
    else return codegen::cpu_serial<scan_programs<K, types_of(K, T).accumulator>::combine>;
  };
  static constexpr auto table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<codegen::serial_loop, scan_kind_count * dtype_count>{
        loop.template operator()<scan_kind(I / dtype_count), dtype(I % dtype_count)>()...};
  }(std::make_index_sequence<scan_kind_count * dtype_count>{});
  return table[std::size_t(k) * dtype_count + std::size_t(t)];
}

}  // namespace ndfuse::ops
