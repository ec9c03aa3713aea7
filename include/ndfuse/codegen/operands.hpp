#pragma once
/// @file What all frames share: declaring operands' bindings, turning coordinates into addresses, loading elements,
/// calling a body.
///
/// In GLSL every array is a texture of RGBA32UI: four words a texel, 4096 texels a row, floats by their bits. Functions
/// fetch{b} and four{b} give an element and the four elements of a texel. In WGSL narrow elements are packed, and
/// reached by functions of the same names (packed.hpp).

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/packed.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>
#include <initializer_list>
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
  across,  // as vector, but elements lie side by side along the axis before the innermost one: map frames make blocks
           // of four rows then
  gather,  // any strides
  array,   // by number, by the function pick{load}
  repeat,  // the very elements of an earlier load, whose number stands in place of the binding: loaded once
  given,   // the frame has made them: x{load}_{lane}; the binding is that of no array
};
inline constexpr std::uint8_t no_binding = 255;

/// Where one load reads or one output writes.
struct site {
  std::uint8_t binding = 0;
  access how = access::unused;
  friend constexpr bool operator==(site, site) = default;
};

/// True when addresses at this site come from coordinates and strides.
constexpr bool is_strided(access a) {
  return a == access::vector || a == access::splat || a == access::gather || a == access::across;
}
/// True when a launch says where elements begin at this site.
constexpr bool has_offset(access a) { return a == access::single || is_strided(a); }

/// Elements in a texel, of an array that a fragment shader reads or makes.
constexpr unsigned texel_lanes(dtype t) { return is_complex(t) ? 2 : 4; }

namespace detail {

inline constexpr std::string_view lane_names[] = {"x", "y", "z", "w"};
inline constexpr std::string_view row_names[] = {"a", "b", "c", "d"};

constexpr ir::inst const* find_load(ir::program_view p, unsigned k) {
  for (ir::inst const& i : p.code)
    if (i.op == ir::opcode::load && i.a == k) return &i;
  return nullptr;
}

/// The GLSL expression around a value that turns a register into stored bits, and its opening half.
constexpr std::string_view to_bits(dtype t) { return is_floating(t) || is_complex(t) ? "floatBitsToUint(" : "uint("; }

/// Strides and offsets are parameters named l{load}_o, l{load}_{axis} (o... for outputs); coordinates are c{axis}.
class operand_emitter {
 public:
  constexpr operand_emitter(sink& out, dialect d, ir::program_view p, std::span<site const> loads,
                            std::span<site const> outputs, std::span<dtype const> bindings, unsigned lanes,
                            unsigned rank)
      : out_(out),
        dialect_(d),
        p_(p),
        loads_(loads),
        outputs_(outputs),
        bindings_(bindings),
        lanes_(lanes),
        rank_(rank) {
    for (ir::inst const& i : p.code)
      if (i.op == ir::opcode::load) insts_[i.a] = &i;
    for (std::size_t b = 0; b < bindings.size(); ++b) vector_[b] = lanes == 4 && !is_complex(bindings[b]);
    auto const use = [&](site const& s) {
      if (s.how != access::linear && s.how != access::vector && s.how != access::across) vector_[s.binding] = false;
    };
    for (std::size_t k = 0; k < p.outputs.size() && k < outputs.size(); ++k) use(outputs[k]);
    for (std::size_t k = 0; k < loads.size(); ++k)
      if (insts_[k] != nullptr && insts_[k]->imm != ir::load_number && loads[k].how != access::repeat &&
          loads[k].how != access::given) {
        use(loads[k]);
        read_[loads[k].binding] = true;
      }
  }

  /// A thread makes four rows one after another, of blocks whose first coordinates are c{axis}: what follows is of this
  /// one, and its loads' names end in a letter.
  constexpr void row(unsigned r) {
    row_ = r;
    row_name_ = row_names[r];
  }

  /// The functions of float16 are in the text already.
  constexpr void has_half_functions() { half_ = true; }

  /// What coordinates and loads begin their lines with.
  constexpr void indent(std::string_view spaces) { indent_ = spaces; }

  /// A thread writes four elements of an output side by side, though it reads and makes them one by one.
  constexpr void group_stores() { grouped_ = true; }

  constexpr void declare(unsigned b, dtype t, bool written) {
    if (!wgsl()) return sampler(b, t);
    if (is_packed(dialect_, t)) {
      if (needs_half_functions(dialect_, t) && !half_) emit_half_functions(out_);
      half_ = half_ || needs_half_functions(dialect_, t);
      packing const how = is_vector(b) ? packing::groups : grouped_ ? packing::grouped_stores : packing::elements;
      return emit_packed(out_, b, {"b", int(b)}, t, how, read_[b], written);
    }
    out_("@group(0) @binding(", b, ") var<storage, ", written ? "read_write" : "read", "> b", b, ": array<");
    if (is_vector(b)) out_("vec4<", storage_type(dialect_, t), ">");
    else out_(storage_type(dialect_, t));
    out_(">;\n");
  }

  /// The functions that give elements of whole arrays; after all declarations.
  constexpr void picks() {
    for (unsigned k = 0; k < loads_.size(); ++k) {
      if (insts_[k] == nullptr || insts_[k]->imm != ir::load_array) continue;
      std::string_view const type = register_type(dialect_, insts_[k]->type);
      unsigned const b = loads_[k].binding;
      if (wgsl()) out_("fn pick", k, "(i: i32) -> ", type, " { return ");
      else out_(type, " pick", k, "(int i) { return ");
      element(b, insts_[k]->type, [&] { out_(wgsl() ? "u32(i)" : "uint(i)"); });
      out_(is_bool(insts_[k]->type) ? " != 0u; }\n" : "; }\n");
    }
  }

  /// One member of the parameters, its name in up to three parts.
  template <class... Name> constexpr void parameter(std::string_view type, Name... name) {
    if (wgsl()) out_("  ", name..., ": ", type, ",\n");
    else out_("  ", type, " ", name..., ";\n");
  }
  /// Opens the parameters with these unsigned members.
  constexpr void begin_parameters(std::initializer_list<char const*> members) {
    out_(wgsl() ? "struct params {\n" : "layout(std140) uniform params {\n");
    for (char const* name : members) parameter(unsigned_type(), name);
  }
  /// Closes them; `binding` follows the arrays'.
  constexpr void end_parameters(unsigned binding) {
    if (wgsl()) out_("}\n@group(0) @binding(", binding, ") var<uniform> p: params;\n");
    else out_("} p;\n");
  }

  /// A binding is declared as vec4 when all that use it move four neighbours at a time.
  constexpr bool is_vector(unsigned b) const { return b < bindings_.size() && vector_[b]; }

  constexpr void scalar_parameters(std::string_view prefix, ir::program_view p) {
    for (std::size_t v = 0; v < p.code.size(); ++v) {
      ir::inst const& i = p.code[v];
      if (i.op != ir::opcode::scalar) continue;
      if (is_complex(i.type)) {  // a vec2 would be aligned differently
        parameter(register_type(dialect_, dtype::float32), prefix, v, "x");
        parameter(register_type(dialect_, dtype::float32), prefix, v, "y");
      } else {
        parameter(storage_type(dialect_, i.type), prefix, v);
      }
    }
  }

  constexpr void stride_parameters() {
    for (unsigned d = 0; d < rank_; ++d) parameter(unsigned_type(), "d", d);
    auto const one = [&](char const* prefix, unsigned k, access how) {
      if (!has_offset(how)) return;
      parameter(unsigned_type(), prefix, k, "_o");
      if (is_strided(how))
        for (unsigned d = 0; d < rank_; ++d) parameter(unsigned_type(), prefix, k, "_", d);
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
        out_(indent_, let(), "q", d, " = ");
        rest(from, d + 1, innermost);
        out_(";\n", indent_, let(), "c", d, " = q", d, " % p.d", d);
      } else {
        out_(indent_, let(), "c", d, " = ");
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
      unsigned const beyond = innermost ? j : d + 2 == rank_ ? row_ : 0;
      if (beyond != 0) out_("(c", d, " + ", beyond, "u)");
      else out_("c", d);
      if (!(innermost && how == access::vector)) out_(" * p.", prefix, k, "_", d);
    }
  }

  /// An element of binding `b`, or with `four` those of a group, by the number that `number` writes; bool as u32.
  template <class Number> constexpr void element(unsigned b, dtype t, Number number, bool four = false) {
    bool const direct = wgsl() && !is_packed(dialect_, t);
    out_(direct ? "b" : four ? "four" : "fetch", b, direct ? "[" : "(");
    number();
    out_(direct ? "]" : ")");
  }

  /// A statement that writes an element of binding `b`, whose number and value (in its register type) the functions
  /// write. Packed neighbours may be written by other threads.
  template <class Number, class Value> constexpr void store(unsigned b, dtype t, Number number, Value value) {
    bool const packed = is_packed(dialect_, t);
    enclosing const bits = packed ? packed_bits(t) : enclosing{};
    out_(packed ? "put" : "b", b, packed ? "(" : "[");
    number();
    out_(packed ? ", " : "] = ", bits.before);
    value();
    out_(bits.after, packed ? ");\n" : ";\n");
  }
  /// The same for the group of four elements with this number; value(j) writes lane j.
  template <class Number, class Value> constexpr void store_four(unsigned b, dtype t, Number number, Value value) {
    bool const packed = is_packed(dialect_, t);
    enclosing const bits = packed ? packed_bits(t) : enclosing{};
    out_(packed ? "put" : "b", b, packed ? "(" : "[");
    number();
    out_(packed ? ", " : "] = ", "vec4<", packed ? "u32" : storage_type(dialect_, t), ">(");
    for (unsigned j = 0; j < 4; ++j) {
      out_(j == 0 ? "" : ", ", bits.before);
      value(j);
      out_(bits.after);
    }
    out_(packed ? "));\n" : ");\n");
  }

  /// Declares what the four rows of a block take from operands that lie across them: y{k}_{column}, a vec4 of the rows.
  constexpr void columns() {
    for (unsigned k = 0; k < loads_.size(); ++k) {
      if (!lies_across(k)) continue;
      for (unsigned j = 0; j < 4; ++j) {
        out_(indent_, "let y", k, "_", j, " = ");
        element(loads_[k].binding, insts_[k]->type, [&] { vector_index("l", k, access::across, j); }, true);
        out_(";\n");
      }
    }
  }

  /// Declares every load's values: x{k} as a vec4, or x{k}_{lane}.
  constexpr void loads() {
    for (unsigned k = 0; k < loads_.size(); ++k) {
      ir::inst const* const i = insts_[k];
      if (i == nullptr || loads_[k].how == access::repeat || loads_[k].how == access::array ||
          loads_[k].how == access::given)
        continue;
      site const s = loads_[k];
      bool const generator = i->imm == ir::load_number;
      if (lies_across(k)) {
        out_(indent_, "let x", k, row_name_, " = vec4<", storage_type(dialect_, i->type), ">(");
        for (unsigned j = 0; j < 4; ++j) out_(j == 0 ? "y" : ", y", k, "_", j, ".", lane_names[row_]);
        out_(");\n");
        continue;
      }
      if (!generator && is_vector(s.binding)) {
        out_(indent_);
        if (wgsl()) out_("let");
        else out_(vector_type(i->type));
        out_(" x", k, row_name_, " = ");
        element(s.binding, i->type, [&] { vector_index("l", k, s.how); }, true);
        out_(";\n");
        continue;
      }
      for (unsigned j = 0; j < (is_uniform(k) ? 1u : lanes_); ++j) {
        out_(indent_);
        if (wgsl()) out_("let");
        else out_(generator ? register_type(dialect_, i->type) : storage_type(dialect_, i->type));
        out_(" x", k, row_name_, "_", j, " = ");
        if (generator) out_(register_type(dialect_, i->type), "("), address("l", k, s.how, j), out_(")");
        else element(s.binding, i->type, [&] { address("l", k, s.how, j); });
        out_(";\n");
      }
    }
  }

  constexpr void vector_index(char const* prefix, unsigned k, access how, unsigned j = 0) {
    if (how == access::linear) out_("i");
    else out_("("), address(prefix, k, how, j), out_(") / 4u");
  }

  /// The arguments of a function made from `p`: loads by `load_name`, scalars from the parameters.
  template <class LoadName> constexpr void arguments(ir::program_view p, std::string_view prefix, LoadName load_name) {
    bool first = true;
    for (std::size_t v = 0; v < p.code.size(); ++v) {
      ir::inst const& i = p.code[v];
      bool const load = i.op == ir::opcode::load && i.imm != ir::load_array;
      if (!load && i.op != ir::opcode::scalar) continue;
      if (!first) out_(", ");
      first = false;
      if (load) load_name(unsigned(i.a));
      else if (is_complex(i.type)) out_(register_type(dialect_, i.type), "(p.", prefix, v, "x, p.", prefix, v, "y)");
      else out_("p.", prefix, v, is_bool(i.type) ? " != 0u" : "");
    }
  }

  /// body(...) for lane `j`.
  constexpr void call(unsigned j) {
    out_("body(");
    arguments(p_, "s", [&](unsigned k) {
      if (loads_[k].how == access::repeat) k = loads_[k].binding;
      ir::inst const& i = *insts_[k];
      out_("x", k, row_name_);
      if (i.imm == 0 && is_vector(loads_[k].binding)) out_(".", lane_names[j]);
      else out_("_", is_uniform(k) ? 0u : j);
      if (is_bool(i.type)) out_(" != 0u");
    });
    out_(")");
  }

  /// A constant of a register type, by its bits (of complex64 the real part's are the lower word).
  constexpr void constant(dtype t, std::uint64_t bits) {
    auto const from_bits = [&](std::uint64_t word) {
      out_(wgsl() ? "nf_from_bits(" : "uintBitsToFloat("), out_.hex(std::uint32_t(word)), out_("u)");
    };
    switch (compute_type(t)) {
      case dtype::bool_: out_(bits != 0 ? "true" : "false"); return;
      case dtype::int32: out_(wgsl() ? "bitcast<i32>(" : "int("), out_.hex(std::uint32_t(bits)), out_("u)"); return;
      case dtype::uint32: out_.hex(std::uint32_t(bits)), out_("u"); return;
      case dtype::complex64:
        out_(register_type(dialect_, t), "("), from_bits(bits), out_(", "), from_bits(bits >> 32), out_(")");
        return;
      default: from_bits(bits); return;
    }
  }

  constexpr bool wgsl() const { return dialect_ == dialect::wgsl; }
  constexpr std::string_view unsigned_type() const { return register_type(dialect_, dtype::uint32); }
  constexpr char const* let() const { return wgsl() ? "let " : "uint "; }

 private:
  /// GLSL's vector of four stored elements.
  constexpr std::string_view vector_type(dtype t) const {
    switch (compute_type(t)) {
      case dtype::float32: return "vec4";
      case dtype::int32: return "ivec4";
      default: return "uvec4";
    }
  }
  constexpr void sampler(unsigned b, dtype t) {
    bool const complex = is_complex(t);
    out_("uniform usampler2D b", b, ";\nuvec4 texel", b, "(uint t) { return texelFetch(b", b,
         ", ivec2(int(t & 4095u), int(t >> 12)), 0); }\n");
    std::string_view const from_bits = is_floating(t) || complex ? "uintBitsToFloat(" : "";
    if (complex) {
      out_("vec2 fetch", b, "(uint e) {\n  uvec4 t = texel", b,
           "(e >> 1);\n  return uintBitsToFloat((e & 1u) == 0u ? t.xy : t.zw);\n}\n");
      return;
    }
    bool const plain = is_bool(t) || compute_type(t) == dtype::uint32;
    out_(storage_type(dialect_, t), " fetch", b, "(uint e) { return ");
    if (!plain) out_(from_bits.empty() ? "int(" : from_bits);
    out_("texel", b, "(e >> 2)[int(e & 3u)]", plain ? "; }\n" : "); }\n");
    if (!is_vector(b)) return;
    out_(vector_type(t), " four", b, "(uint t) { return ");
    if (!plain) out_(from_bits.empty() ? "ivec4(" : from_bits);
    out_("texel", b, "(t)", plain ? "; }\n" : "); }\n");
  }
  constexpr void rest(std::string_view from, unsigned d, bool innermost) {
    if (innermost) out_(from);
    else out_("q", d, " / p.d", d);
  }
  /// Four neighbours across the rows are loaded at once.
  constexpr bool lies_across(unsigned k) const {
    return insts_[k] != nullptr && loads_[k].how == access::across && is_vector(loads_[k].binding);
  }
  /// One value serves all lanes.
  constexpr bool is_uniform(unsigned k) const {
    return lanes_ == 1 || loads_[k].how == access::single || loads_[k].how == access::splat;
  }

  sink& out_;
  dialect dialect_;
  ir::program_view p_;
  std::span<site const> loads_, outputs_;
  std::span<dtype const> bindings_;
  unsigned lanes_, rank_;
  ir::inst const* insts_[max_operands]{};      // the instruction of each load
  bool vector_[max_operands + max_outputs]{};  // by binding
  bool read_[max_operands + max_outputs]{};
  std::string_view indent_ = "  ", row_name_;
  unsigned row_ = 0;
  bool grouped_ = false, half_ = false;  // half_: the functions of float16 are declared
};

}  // namespace detail
}  // namespace ndfuse::codegen
