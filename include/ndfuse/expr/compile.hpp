#pragma once
/// @file From an expression's type to its kernel, in the C++ compiler: program, text, CPU loop.

#include <ndfuse/codegen/frame_map.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/expr/node.hpp>

#include <array>
#include <string_view>

namespace ndfuse::expr {

/// Lowers a node; a node with several outputs has lower_outputs instead.
template <class E> constexpr void lower_into(ir::builder& b) {
  if constexpr (requires { E::lower_outputs(b); }) E::lower_outputs(b);
  else b.output(E::lower(b));
  b.finish();
}

namespace detail {

/// Joins texts into one array that is a constant.
template <auto const& Parts> inline constexpr auto joined = [] {
  constexpr std::size_t size = [] {
    std::size_t n = 0;
    for (std::string_view p : Parts) n += p.size();
    return n;
  }();
  std::array<char, size> text{};
  std::size_t at = 0;
  for (std::string_view p : Parts)
    for (char c : p) text[at++] = c;
  return text;
}();

}  // namespace detail

/// Everything about an expression type that the compiler knows: all of it constants.
template <class E> struct compiled {
  static constexpr auto sizes = [] {
    struct {
      std::size_t insts, outputs;
      bool gpu;
    } s{};
    ir::builder b;
    lower_into<E>(b);
    s.insts = b.code().size();
    s.outputs = b.output_count();
    s.gpu = runtime::fits_gpu(b.view());
    return s;
  }();
  static constexpr auto program = [] {
    ir::builder b;
    lower_into<E>(b);
    return b.template freeze<sizes.insts, sizes.outputs>();
  }();

  /// True when the program can be a GPU kernel; programs with 64-bit types cannot.
  static constexpr bool gpu = sizes.gpu;
  static constexpr std::uint64_t hash = ir::hash(program.view());

  template <codegen::dialect D> static constexpr auto body_text = [] {
    constexpr auto emit = [](char* out) { return codegen::emit_function(out, D, program.view(), {"", "body", ""}); };
    std::array<char, emit(nullptr)> text{};
    emit(text.data());
    return text;
  }();
  template <codegen::dialect D> static constexpr auto frame_text = [] {
    constexpr auto emit = [](char* out) {
      return codegen::emit_map(out, D, program.view(), codegen::distinct_facts(program.view()));
    };
    std::array<char, emit(nullptr)> text{};
    emit(text.data());
    return text;
  }();
  static constexpr auto name_text = [] {
    std::array<char, runtime::emit_name(nullptr, program.view())> text{};
    runtime::emit_name(text.data(), program.view());
    return text;
  }();

  template <auto const& Text> static constexpr std::string_view view_of = {Text.data(), Text.size()};

  /// The whole kernel for distinct, contiguous operands.
  template <codegen::dialect D> static constexpr auto kernel_parts = [] {
    constexpr auto const& helpers = codegen::helper_texts<D, program>;
    std::array<std::string_view, helpers.size() + 3> parts{};
    std::size_t n = 0;
    parts[n++] = codegen::prelude(D);
    for (std::string_view h : helpers) parts[n++] = h;
    parts[n++] = view_of<body_text<D>>;
    parts[n++] = view_of<frame_text<D>>;
    return parts;
  }();

  static constexpr runtime::kernel kernel = [] {
    runtime::kernel k;
    k.program = program.view();
    k.hash = hash;
    k.name = view_of<name_text>;
    if constexpr (gpu) {
      k.helpers = {codegen::helper_texts<codegen::dialect::wgsl, program>,
                   codegen::helper_texts<codegen::dialect::glsl, program>};
      k.body = view_of<body_text<codegen::dialect::wgsl>>;
      k.distinct_frame = view_of<frame_text<codegen::dialect::wgsl>>;
    }
    k.rows = codegen::cpu_rows<program>;
    return k;
  }();
};

}  // namespace ndfuse::expr

namespace ndfuse {

/// The WGSL kernel that evaluates an expression of this type on distinct, contiguous arrays; a constant expression.
template <expression E> constexpr std::string_view wgsl(E const&) {
  using compiled = expr::compiled<expr::node_t<E>>;
  static_assert(expr::node_t<E>::load_count <= codegen::max_operands,
                "an expression of more than 31 operands is not one kernel: it is evaluated in parts");
  static_assert(compiled::gpu,
                "this expression needs 64-bit arithmetic, which WGSL does not have: it runs on the cpu device");
  constexpr auto const& text = expr::detail::joined<compiled::template kernel_parts<codegen::dialect::wgsl>>;
  return {text.data(), text.size()};
}

/// The GLSL ES 3.00 fragment shader that evaluates an expression of this type; a constant expression.
template <expression E> constexpr std::string_view glsl(E const&) {
  using compiled = expr::compiled<expr::node_t<E>>;
  static_assert(expr::node_t<E>::load_count <= codegen::max_operands,
                "an expression of more than 31 operands is not one kernel: it is evaluated in parts");
  static_assert(compiled::gpu,
                "this expression needs 64-bit arithmetic, which GLSL does not have: it runs on the cpu device");
  constexpr auto const& text = expr::detail::joined<compiled::template kernel_parts<codegen::dialect::glsl>>;
  return {text.data(), text.size()};
}

}  // namespace ndfuse
