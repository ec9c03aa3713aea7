#pragma once
/// @file Helper functions of kernels: the traced definitions of derived operations, as text, and which of them a
/// program needs.

#include <ndfuse/codegen/function.hpp>
#include <ndfuse/core/list.hpp>
#include <ndfuse/ir/traced.hpp>
#include <ndfuse/ir/value.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace ndfuse::codegen {

/// A derived operation on operands of one register type.
struct helper_key {
  ir::opcode op = ir::opcode::load;
  dtype type = dtype::bool_;
  friend constexpr bool operator==(helper_key, helper_key) = default;
};

/// The definition of a derived operation as a program.
template <helper_key K> constexpr void trace_helper(ir::builder& b) {
  constexpr std::size_t arity = ir::info(K.op).arity;
  auto const parameter = [&]<std::size_t N>() {
    constexpr dtype t = ir::operand_of(K.op, K.type, N);
    return ir::traced<cpp_type<t>>(b, b.load(t).id);
  };
  auto const x = parameter.template operator()<0>();
  if constexpr (arity == 1) {
    b.output({ir::op_value<K.op>::apply(x, x, x).id()});
  } else {
    auto const y = parameter.template operator()<1>();
    if constexpr (arity == 2) b.output({ir::op_value<K.op>::apply(x, y, x).id()});
    else b.output({ir::op_value<K.op>::apply(x, y, parameter.template operator()<2>()).id()});
  }
  b.finish();
}

template <helper_key K> inline constexpr auto helper_program = [] {
  constexpr std::size_t count = [] {
    ir::builder b;
    trace_helper<K>(b);
    return b.code().size();
  }();
  ir::builder b;
  trace_helper<K>(b);
  return b.freeze<count, 1>();
}();

/// The helper functions that instructions of `p` call directly, without repetition.
constexpr ndfuse::detail::list<helper_key> direct_helpers(ir::program_view p) {
  ndfuse::detail::list<helper_key> keys;
  auto const add = [&](helper_key k) {
    for (helper_key const& known : keys)
      if (known == k) return;
    keys.push_back(k);
  };
  for (ir::inst const& i : p.code) {
    if (ir::info(i.op).derived()) add({i.op, compute_type(p.code[i.a].type)});
    if (i.op == ir::opcode::cast && i.type == dtype::float16) add({ir::opcode::round_to_half, dtype::float32});
  }
  return keys;
}

namespace detail {
/// The helper functions that any of the programs calls directly.
template <auto const&... Programs> constexpr ndfuse::detail::list<helper_key> direct_helpers_of_all() {
  ndfuse::detail::list<helper_key> keys;
  auto const add = [&](ir::program_view p) {
    for (helper_key k : direct_helpers(p)) {
      bool known = false;
      for (helper_key const& other : keys) known = known || other == k;
      if (!known) keys.push_back(k);
    }
  };
  (add(Programs.view()), ...);
  return keys;
}
template <auto const&... Programs> inline constexpr auto direct_helpers_of = [] {
  std::array<helper_key, direct_helpers_of_all<Programs...>().size()> keys{};
  std::size_t n = 0;
  for (helper_key k : direct_helpers_of_all<Programs...>()) keys[n++] = k;
  return keys;
}();

template <auto const& Keys> consteval auto closure();

/// What the helper function of `K` calls, directly or not, callees first.
template <helper_key K> inline constexpr auto helper_order = closure<direct_helpers_of<helper_program<K>>>();

/// `Keys` preceded by everything that they call, without repetition.
template <auto const& Keys> consteval auto closure() {
  constexpr auto collect = [] {
    ndfuse::detail::list<helper_key> order;
    auto const add = [&](helper_key k) {
      for (helper_key const& known : order)
        if (known == k) return;
      order.push_back(k);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (
          [&] {
            for (helper_key k : helper_order<Keys[I]>) add(k);
            add(Keys[I]);
          }(),
          ...);
    }(std::make_index_sequence<Keys.size()>{});
    return order;
  };
  std::array<helper_key, collect().size()> result{};
  std::size_t n = 0;
  for (helper_key k : collect()) result[n++] = k;
  return result;
}

template <helper_key K, dialect D> inline constexpr auto helper_text = [] {
  constexpr auto emit = [](char* out) {
    return emit_function(out, D, helper_program<K>.view(), {"nf_", ir::name(K.op), type_suffix(K.type)});
  };
  std::array<char, emit(nullptr)> text{};
  emit(text.data());
  return text;
}();
}  // namespace detail

/// The texts of all helper functions that the programs of one kernel need, callees first.
template <dialect D, auto const&... Programs> inline constexpr auto helper_texts = [] {
  constexpr auto keys = detail::closure<detail::direct_helpers_of<Programs...>>();
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{
        std::string_view(detail::helper_text<keys[I], D>.data(), detail::helper_text<keys[I], D>.size())...};
  }(std::make_index_sequence<keys.size()>{});
}();

}  // namespace ndfuse::codegen
