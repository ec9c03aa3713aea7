#pragma once
/// @file Emits a program as a pure scalar function: kernel bodies and the helper functions of derived operations.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/ir/program.hpp>

#include <string_view>

namespace ndfuse::codegen {

/// A function's name in three parts, so that none has to be joined in a constant expression.
struct function_name {
  std::string_view prefix, stem, suffix;
};

namespace detail {

/// Emits one program; a class only to share `out`, the dialect and the program between its steps.
class function_emitter {
 public:
  constexpr function_emitter(sink& out, dialect d, ir::program_view p) : out_(out), dialect_(d), p_(p) {}

  constexpr void emit(function_name name) {
    signature(name);
    indent_ = 1;
    statements(0, p_.code.size());
    line("return ");
    if (p_.outputs.size() == 1) {
      reference(p_.outputs[0]);
    } else {
      out_(name.prefix, name.stem, name.suffix, "_results(");
      for (std::size_t k = 0; k < p_.outputs.size(); ++k) {
        if (k != 0) out_(", ");
        reference(p_.outputs[k]);
      }
      out_(")");
    }
    out_(";\n}\n");
  }

 private:
  constexpr bool wgsl() const { return dialect_ == dialect::wgsl; }
  constexpr std::string_view type(dtype t) const { return register_type(dialect_, t); }
  constexpr void line(std::string_view text) {
    for (int k = 0; k < indent_; ++k) out_("  ");
    out_(text);
  }

  /// A value that the caller hands over.
  static constexpr bool is_parameter(ir::inst const& i) {
    return i.op == ir::opcode::scalar || (i.op == ir::opcode::load && i.imm != ir::load_array);
  }

  constexpr void signature(function_name name) {
    // GLSL wants functions declared before they are called; the frame defines these.
    for (ir::inst const& i : p_.code)
      if (!wgsl() && i.op == ir::opcode::load && i.imm == ir::load_array)
        out_(type(i.type), " pick", i.a, "(int i);\n");
    if (p_.outputs.size() > 1) {
      out_("struct ", name.prefix, name.stem, name.suffix, "_results {", "\n");
      for (std::size_t k = 0; k < p_.outputs.size(); ++k) {
        if (wgsl()) out_("  r", k, ": ", type(p_.output_type(k)), ",\n");
        else out_("  ", type(p_.output_type(k)), " r", k, ";\n");
      }
      out_(wgsl() ? "}\n" : "};\n");
    }
    auto const result = [&] {
      if (p_.outputs.size() > 1) out_(name.prefix, name.stem, name.suffix, "_results");
      else out_(type(p_.output_type(0)));
    };
    if (wgsl()) out_("fn ");
    else result(), out_(" ");
    out_(name.prefix, name.stem, name.suffix, "(");
    bool first = true;
    for (std::size_t k = 0; k < p_.code.size(); ++k) {
      ir::inst const& i = p_.code[k];
      if (!is_parameter(i)) continue;
      if (!first) out_(", ");
      first = false;
      if (wgsl()) reference(ir::value_id(k)), out_(": ", type(i.type));
      else out_(type(i.type), " "), reference(ir::value_id(k));
    }
    out_(")");
    if (wgsl()) out_(" -> "), result();
    out_(" {\n");
  }

  /// What stands for value `v` in an expression.
  constexpr void reference(ir::value_id v) {
    ir::inst const& i = p_.code[v];
    switch (i.op) {
      case ir::opcode::load: out_("x", i.a); return;
      case ir::opcode::scalar: out_("s", v); return;
      case ir::opcode::constant: literal(i); return;
      case ir::opcode::cast:
        if (transparent(i)) {
          reference(i.a);
          return;
        }
        break;
      default: break;
    }
    out_("v", v);
  }

  /// Storage types are held in their compute type, so widening them changes nothing.
  constexpr bool transparent(ir::inst const& i) const { return i.type == compute_type(p_.code[i.a].type); }

  constexpr void literal(ir::inst const& i) {
    switch (i.type) {
      case dtype::bool_: out_(i.imm != 0 ? "true" : "false"); return;
      case dtype::int32:
        // The most negative value has no literal of its own.
        if (std::int32_t(i.imm) == INT32_MIN) out_("(-2147483647 - 1)");
        else if (std::int32_t(i.imm) < 0) out_("(", std::int32_t(i.imm), ")");
        else out_(std::int32_t(i.imm));
        return;
      case dtype::uint32:
        if (std::uint32_t(i.imm) > 65535) out_.hex(std::uint32_t(i.imm)), out_("u");
        else out_(std::uint32_t(i.imm), "u");
        return;
      case dtype::float32: float_value(std::uint32_t(i.imm)); return;
      case dtype::complex64:
        out_(type(i.type), "(");
        float_value(std::uint32_t(i.imm));
        out_(", ");
        float_value(std::uint32_t(i.imm >> 32));
        out_(")");
        return;
      default: out_(type(i.type)); return;  // throws: no GPU type
    }
  }
  constexpr void float_value(std::uint32_t bits) {
    if ((bits & 0x7f800000u) == 0x7f800000u) {
      out_(wgsl() ? "nf_from_bits(" : "uintBitsToFloat(");
      out_.hex(bits);
      out_("u)");
      return;
    }
    out_.float_literal(std::bit_cast<float>(bits), wgsl());
  }

  constexpr void begin_value(ir::value_id v, dtype t, bool variable = false) {
    line("");
    if (wgsl()) out_(variable ? "var v" : "let v", v, " = ");
    else out_(type(t), " v", v, " = ");
  }

  constexpr void statements(std::size_t first, std::size_t end) {
    for (std::size_t k = first; k < end; ++k) {
      if (p_.code[k].op == ir::opcode::loop_begin) k = loop(k);
      else statement(ir::value_id(k));
    }
  }

  /// Writes the loop that begins at `begin`, and returns the number of its end.
  ///
  /// WGSL: loops that a compiler cannot prove finite are given a counter of 64 bits in every turn, and are not
  /// unrolled. So the bound is a literal, beyond every int32 where the count is known only at run time, and a break
  /// ends the loop at the count. The compiler still tests for that break in every turn, so small bodies are written out
  /// four times, and once more for the turns that remain: `blocks` and `rest` are the count's quotient and remainder,
  /// neither above 0 for negative counts. A break in a block leaves no turns.
  constexpr std::size_t loop(std::size_t begin) {
    ir::inst const& i = p_.code[begin];
    std::size_t const first = begin + 1 + std::size_t(i.imm);
    std::size_t end = begin, depth = 0;
    do {
      depth += p_.code[end].op == ir::opcode::loop_begin;
      depth -= p_.code[end].op == ir::opcode::loop_end;
      ++end;
    } while (depth > 0);
    --end;
    // The carried values are declared before the loop opens.
    for (std::size_t k = begin + 1; k < first; ++k) {
      begin_value(ir::value_id(k), p_.code[k].type, true);
      reference(p_.code[k].a);
      out_(";\n");
    }
    auto const head = [&](auto bound) {
      line("");
      out_("for (", wgsl() ? "var t" : "int t", begin, " = 0; t", begin, " < ");
      bound();
      out_("; t", begin, "++) {\n");
      ++indent_;
    };
    auto const tail = [&] {
      --indent_;
      line("}\n");
    };
    auto const break_at = [&](auto count) {
      line("if (t");
      out_(begin, " >= ");
      count();
      out_(") { break; }\n");
    };
    auto const count = [&] { reference(i.a); };
    bool const known = p_.code[i.a].op == ir::opcode::constant;
    std::int32_t const turns = known ? std::int32_t(p_.code[i.a].imm) : INT32_MAX;

    if (!wgsl() || turns < 8 || !is_small(first, end)) {
      bool const capped = wgsl() && !known;
      head([&] { capped ? void(out_(INT32_MAX)) : count(); });
      if (capped) break_at(count);
      statements(first, end);
      tail();
      return end;
    }
    bool const rest = turns % 4 != 0;
    if (!known) {
      line("let blocks");
      out_(begin, " = "), count(), out_(" / 4;\n");
    }
    if (rest) {
      line("var rest");
      out_(begin, " = "), count(), out_(" % 4;\n");
    }
    head([&] { out_(turns / 4); });
    if (!known) break_at([&] { out_("blocks", begin); });
    has_rest_ = rest;
    loop_ = begin;
    for (int copy = 0; copy < 4; ++copy) {
      line("{\n");
      ++indent_;
      statements(first, end);
      tail();
    }
    has_rest_ = false;
    tail();
    if (!rest) return end;
    head([&] { out_(3); });
    break_at([&] { out_("rest", begin); });
    statements(first, end);
    tail();
    return end;
  }
  /// A loop's body in which counting and testing the turns is a notable part of the work; in longer ones it is not, and
  /// five copies of them would take the shader's compiler long.
  constexpr bool is_small(std::size_t first, std::size_t end) const {
    std::uint64_t work = 0;
    for (std::size_t k = first; k < end; ++k) {
      if (p_.code[k].op == ir::opcode::loop_begin) return false;
      work += ir::work(p_.code[k].op);
    }
    return work <= 64;
  }

  constexpr void statement(ir::value_id v) {
    ir::inst const& i = p_.code[v];
    using ir::opcode;
    switch (i.op) {
      case opcode::load:
      case opcode::scalar:
      case opcode::constant: return;
      case opcode::fetch:
        begin_value(v, i.type);
        out_("pick", p_.code[i.a].a, "(");
        reference(i.b);
        out_(");\n");
        return;
      case opcode::cast:
        if (transparent(i)) return;
        begin_value(v, i.type);
        cast(i);
        out_(";\n");
        return;
      case opcode::bit_cast:
        begin_value(v, i.type);
        bit_cast(i);
        out_(";\n");
        return;
      case opcode::loop_value: return;
      case opcode::loop_break:
        line("if (");
        reference(i.a);
        out_(") { ");
        if (has_rest_) out_("rest", loop_, " = 0; ");
        out_("break; }\n");
        return;
      case opcode::loop_next:
        if (p_.code[v - 1].op != opcode::loop_next) keep_overwritten(v);
        line("");
        out_("v", i.a, " = ");
        if (overwritten_before(v)) out_("n", v);
        else reference(i.b);
        out_(";\n");
        return;
      case opcode::loop_result:
        begin_value(v, i.type);
        reference(i.a);
        out_(";\n");
        return;
      default: break;
    }
    begin_value(v, i.type);
    if (ir::info(i.op).derived()) {
      out_("nf_", ir::name(i.op), type_suffix(p_.code[i.a].type), "(");
      ir::value_id const operands[] = {i.a, i.b, i.c};
      for (std::size_t k = 0; k < ir::info(i.op).arity; ++k) {
        if (k != 0) out_(", ");
        reference(operands[k]);
      }
      out_(")");
    } else {
      std::string_view const text = op_text(dialect_, i.op);
      for (std::size_t k = 0; k < text.size(); ++k) {
        if (text[k] != '$') {
          out_(text.substr(k, 1));
          continue;
        }
        char const which = text[++k];
        reference(which == 'a' ? i.a : which == 'b' ? i.b : i.c);
      }
    }
    out_(";\n");
  }

  /// True when the next value `v` is a carried value that an earlier loop_next of the same loop has already replaced.
  constexpr bool overwritten_before(ir::value_id v) const {
    ir::value_id source = p_.code[v].b;
    while (p_.code[source].op == ir::opcode::cast && transparent(p_.code[source])) source = p_.code[source].a;
    for (std::size_t k = v; k-- > 0 && p_.code[k].op == ir::opcode::loop_next;)
      if (p_.code[k].a == source) return true;
    return false;
  }
  /// Carried values advance at once: copies what the assignments from `first` on would read too late.
  constexpr void keep_overwritten(ir::value_id first) {
    for (ir::value_id v = first; p_.code[v].op == ir::opcode::loop_next; ++v) {
      if (!overwritten_before(v)) continue;
      line("");
      out_(wgsl() ? "let n" : type(p_.code[v].type), wgsl() ? "" : " n", v, " = ");
      reference(p_.code[v].b);
      out_(";\n");
    }
  }

  /// Conversions as NumPy's astype where that is defined; where it is not, floats to integers saturate and NaN is the
  /// device's choice.
  constexpr void cast(ir::inst const& i) {
    dtype const from = compute_type(p_.code[i.a].type), to = compute_type(i.type);
    // storage types wrap or round
    if (i.type != to) {
      if (i.type == dtype::float16) {
        out_("nf_round_to_half(");
        convert(i.a, from, to);
        out_(")");
        return;
      }
      unsigned const unused = unsigned(32 - 8 * size_of(i.type));
      if (is_unsigned_integer(i.type)) {
        out_("(");
        convert(i.a, from, to);
        out_(") & ", i.type == dtype::uint8 ? "255u" : "65535u");
      } else {
        out_("((");
        convert(i.a, from, to);
        out_(") << ", unused, "u) >> ", unused, "u");
      }
      return;
    }
    convert(i.a, from, to);
  }

  constexpr void convert(ir::value_id v, dtype from, dtype to) {
    if (from == to) return reference(v);
    auto const wrapped = [&](std::string_view before, std::string_view after) {
      out_(before), reference(v), out_(after);
    };
    if (is_complex(from)) {  // the real part, as NumPy (which warns)
      if (to == dtype::float32) return wrapped("", ".x");
      if (to == dtype::bool_)
        return wrapped(wgsl() ? "!all(" : "!all(equal(", wgsl() ? " == vec2<f32>(0.0))" : ", vec2(0.0)))");
      out_(type(to), "(");
      reference(v);
      out_(".x)");
      return;
    }
    if (to == dtype::complex64) {
      out_(type(to), "(", type(dtype::float32), "(");
      reference(v);
      out_("), 0.0)");
      return;
    }
    // NaN is true, and drivers take != as "ordered and different".
    if (to == dtype::bool_ && is_floating(from)) return wrapped("!(", " == 0.0)");
    if (to == dtype::bool_) return wrapped("", from == dtype::uint32 ? " != 0u" : " != 0");
    if (is_floating(from) && to == dtype::uint32) {  // negative values wrap through int32
      if (wgsl()) {
        out_("select(u32(");
        reference(v);
        out_("), u32(i32(");
        reference(v);
        out_(")), ");
        reference(v);
        out_(" < 0.0)");
      } else {
        reference(v);
        out_(" < 0.0 ? uint(int(");
        reference(v);
        out_(")) : uint(");
        reference(v);
        out_(")");
      }
      return;
    }
    out_(type(to), "(");
    reference(v);
    out_(")");
  }

  constexpr void bit_cast(ir::inst const& i) {
    dtype const from = p_.code[i.a].type;
    if (wgsl()) out_("bitcast<", type(i.type), ">(");
    else if (from == dtype::float32) out_(i.type == dtype::uint32 ? "floatBitsToUint(" : "floatBitsToInt(");
    else if (i.type == dtype::float32) out_(from == dtype::uint32 ? "uintBitsToFloat(" : "intBitsToFloat(");
    else out_(type(i.type), "(");
    reference(i.a);
    out_(")");
  }

  sink& out_;
  dialect dialect_;
  ir::program_view p_;
  int indent_ = 0;
  std::size_t loop_ = 0;   // while blocks of four turns are written: their loop
  bool has_rest_ = false;  // and whether turns remain after them
};

}  // namespace detail

/// Writes `p` as the function `name` to `out`, or counts its characters when `out` is null. Parameters are the
/// program's loads (x0, x1, ...) and scalars in the order of their instructions. Elements of whole arrays come from
/// functions pick{load}(number), which the frame defines.
constexpr std::size_t emit_function(char* out, dialect d, ir::program_view p, function_name name) {
  sink s(out);
  detail::function_emitter(s, d, p).emit(name);
  return s.size();
}

}  // namespace ndfuse::codegen
