#pragma once
/// @file What all WGSL frames share: declaring operands' bindings, turning coordinates into addresses, loading
/// elements, calling a body.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>
#include <span>

namespace ndfuse::codegen {

/// Loads of one kernel: an array counts each time that it is written in an expression. With a result they are 32
/// bindings, the bits of a mask.
inline constexpr std::size_t max_operands = 31;
inline constexpr std::size_t max_outputs = 8;
inline constexpr unsigned workgroup_size = 256;

/// How a kernel reaches the elements of an operand.
enum class access : std::uint8_t {
  unused,  // the program has no such load
  linear,  // element i of thread order; only in frames of rank 0
  single,  // one element for all threads (offset)
  vector,  // strided outer axes; along the innermost axis elements lie side by side, aligned to the lanes
  splat,   // strided outer axes; one element along the innermost axis
  gather,  // any strides
  repeat,  // the very elements of an earlier load, whose number stands in place of the binding: loaded once
};

/// Where one load reads or one output writes.
struct site {
  std::uint8_t binding = 0;
  access how = access::unused;
  friend constexpr bool operator==(site, site) = default;
};

/// True when addresses at this site come from coordinates and strides.
constexpr bool is_strided(access a) { return a == access::vector || a == access::splat || a == access::gather; }

namespace detail {

inline constexpr std::string_view lane_names[] = {"x", "y", "z", "w"};

constexpr ir::inst const* find_load(ir::program_view p, unsigned k) {
  for (ir::inst const& i : p.code)
    if (i.op == ir::opcode::load && i.a == k) return &i;
  return nullptr;
}

/// Strides and offsets are parameters named l{load}_o, l{load}_{axis} (o... for outputs); coordinates are c{axis}.
class operand_emitter {
 public:
  constexpr operand_emitter(sink& out, ir::program_view p, std::span<site const> loads, std::span<site const> outputs,
                            std::span<dtype const> bindings, unsigned lanes, unsigned rank)
      : out_(out), p_(p), loads_(loads), outputs_(outputs), bindings_(bindings), lanes_(lanes), rank_(rank) {
    for (ir::inst const& i : p.code)
      if (i.op == ir::opcode::load) insts_[i.a] = &i;
    for (std::size_t b = 0; b < bindings.size(); ++b) vector_[b] = lanes == 4 && !is_complex(bindings[b]);
    auto const use = [&](site const& s) {
      if (s.how != access::linear && s.how != access::vector) vector_[s.binding] = false;
    };
    for (std::size_t k = 0; k < p.outputs.size() && k < outputs.size(); ++k) use(outputs[k]);
    for (std::size_t k = 0; k < loads.size(); ++k)
      if (insts_[k] != nullptr && insts_[k]->imm == 0 && loads[k].how != access::repeat) use(loads[k]);
  }

  /// What coordinates and loads begin their lines with.
  constexpr void indent(std::string_view spaces) { indent_ = spaces; }

  constexpr void declare(unsigned b, dtype t, bool written) {
    out_("@group(0) @binding(", b, ") var<storage, ", written ? "read_write" : "read", "> b", b, ": array<");
    if (is_vector(b)) out_("vec4<", storage_type(dialect::wgsl, t), ">");
    else out_(storage_type(dialect::wgsl, t));
    out_(">;\n");
  }

  /// A binding is declared as vec4 when all that use it move four neighbours at a time.
  constexpr bool is_vector(unsigned b) const { return b < bindings_.size() && vector_[b]; }

  constexpr void scalar_parameters(std::string_view prefix, ir::program_view p) {
    for (std::size_t v = 0; v < p.code.size(); ++v) {
      ir::inst const& i = p.code[v];
      if (i.op != ir::opcode::scalar) continue;
      if (is_complex(i.type))
        out_("  ", prefix, v, "x: f32,\n  ", prefix, v, "y: f32,\n");  // a vec2 would be aligned differently
      else out_("  ", prefix, v, ": ", storage_type(dialect::wgsl, i.type), ",\n");
    }
  }

  constexpr void stride_parameters() {
    for (unsigned d = 0; d < rank_; ++d) out_("  d", d, ": u32,\n");
    auto const one = [&](char const* prefix, unsigned k, access how) {
      if (how == access::unused || how == access::linear || how == access::repeat) return;
      out_("  ", prefix, k, "_o: u32,\n");
      if (is_strided(how))
        for (unsigned d = 0; d < rank_; ++d) out_("  ", prefix, k, "_", d, ": u32,\n");
    };
    for (unsigned k = 0; k < loads_.size(); ++k) one("l", k, loads_[k].how);
    for (unsigned k = 0; k < p_.outputs.size() && k < outputs_.size(); ++k) one("o", k, outputs_[k].how);
  }

  /// The coordinates along `count` axes from `first` on, from the row-major number `from`; the last axis counts groups
  /// of `lanes` if scaled.
  constexpr void coordinates(std::string_view from, unsigned first, unsigned count, bool scaled) {
    for (unsigned d = first + count; d-- > first;) {
      bool const innermost = d + 1 == first + count;
      if (d != first) {
        out_(indent_, "let q", d, " = ");
        rest(from, d + 1, innermost);
        out_(";\n", indent_, "let c", d, " = q", d, " % p.d", d);
      } else {
        out_(indent_, "let c", d, " = ");
        rest(from, d + 1, innermost);
      }
      if (innermost && scaled && lanes_ > 1) out_(" * ", lanes_, "u");
      out_(";\n");
    }
  }

  /// The element number of lane `j` at a site.
  constexpr void address(char const* prefix, unsigned k, access how, unsigned j) {
    if (how == access::linear) {
      if (lanes_ > 1) out_("i * ", lanes_, "u + ", j, "u");
      else out_("i");
      return;
    }
    out_("p.", prefix, k, "_o");
    if (how == access::single) return;
    for (unsigned d = 0; d < rank_; ++d) {
      bool const innermost = d + 1 == rank_;
      if (innermost && how == access::splat) continue;
      out_(" + ");
      if (innermost && j != 0) out_("(c", d, " + ", j, "u)");
      else out_("c", d);
      if (!(innermost && how == access::vector)) out_(" * p.", prefix, k, "_", d);
    }
  }

  /// Declares every load's values: x{k} as a vec4, or x{k}_{lane}.
  constexpr void loads() {
    for (unsigned k = 0; k < loads_.size(); ++k) {
      ir::inst const* const i = insts_[k];
      if (i == nullptr || loads_[k].how == access::repeat) continue;
      site const s = loads_[k];
      bool const generator = i->imm != 0;
      if (!generator && is_vector(s.binding)) {
        out_(indent_, "let x", k, " = b", unsigned(s.binding), "[");
        vector_index("l", k, s.how);
        out_("];\n");
        continue;
      }
      for (unsigned j = 0; j < (is_uniform(k) ? 1u : lanes_); ++j) {
        out_(indent_, "let x", k, "_", j, " = ");
        if (generator) out_(register_type(dialect::wgsl, i->type), "(");
        else out_("b", unsigned(s.binding), "[");
        address("l", k, s.how, j);
        out_(generator ? ");\n" : "];\n");
      }
    }
  }

  constexpr void vector_index(char const* prefix, unsigned k, access how) {
    if (how == access::linear) out_("i");
    else out_("("), address(prefix, k, how, 0), out_(") / 4u");
  }

  /// The arguments of a function made from `p`: loads by `load_name`, scalars from the parameters.
  template <class LoadName> constexpr void arguments(ir::program_view p, std::string_view prefix, LoadName load_name) {
    bool first = true;
    for (std::size_t v = 0; v < p.code.size(); ++v) {
      ir::inst const& i = p.code[v];
      if (i.op != ir::opcode::load && i.op != ir::opcode::scalar) continue;
      if (!first) out_(", ");
      first = false;
      if (i.op == ir::opcode::load) load_name(unsigned(i.a));
      else if (is_complex(i.type)) out_("vec2<f32>(p.", prefix, v, "x, p.", prefix, v, "y)");
      else out_("p.", prefix, v, is_bool(i.type) ? " != 0u" : "");
    }
  }

  /// body(...) for lane `j`.
  constexpr void call(unsigned j) {
    out_("body(");
    arguments(p_, "s", [&](unsigned k) {
      if (loads_[k].how == access::repeat) k = loads_[k].binding;
      ir::inst const& i = *insts_[k];
      out_("x", k);
      if (i.imm == 0 && is_vector(loads_[k].binding)) out_(".", lane_names[j]);
      else out_("_", is_uniform(k) ? 0u : j);
      if (is_bool(i.type)) out_(" != 0u");
    });
    out_(")");
  }

 private:
  constexpr void rest(std::string_view from, unsigned d, bool innermost) {
    if (innermost) out_(from);
    else out_("q", d, " / p.d", d);
  }
  /// One value serves all lanes.
  constexpr bool is_uniform(unsigned k) const {
    return lanes_ == 1 || loads_[k].how == access::single || loads_[k].how == access::splat;
  }

  sink& out_;
  ir::program_view p_;
  std::span<site const> loads_, outputs_;
  std::span<dtype const> bindings_;
  unsigned lanes_, rank_;
  ir::inst const* insts_[max_operands]{};      // the instruction of each load
  bool vector_[max_operands + max_outputs]{};  // by binding
  std::string_view indent_ = "  ";
};

}  // namespace detail
}  // namespace ndfuse::codegen
