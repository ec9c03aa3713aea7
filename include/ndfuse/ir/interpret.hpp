#pragma once
/// @file Runs a program on one element, instruction by instruction: what every other way of running it is compared
/// with.

#include <ndfuse/core/list.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/ir/program.hpp>
#include <ndfuse/ir/value.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace ndfuse::ir {

/// One element of any dtype: its type and its bits.
class tagged_value {
 public:
  constexpr tagged_value() = default;

  template <element T> static constexpr tagged_value from(T v) {
    tagged_value result;
    result.type_ = dtype_of<T>;
    if constexpr (std::same_as<T, std::complex<double>>) {
      result.low_ = std::bit_cast<std::uint64_t>(v.real());
      result.high_ = std::bit_cast<std::uint64_t>(v.imag());
    } else if constexpr (std::same_as<T, float16>) {
      result.low_ = v.bits;
    } else {
      result.low_ = constant_bits(v);
    }
    return result;
  }
  /// The value; `T` must be the type that it has.
  template <element T> constexpr T get() const {
    if (dtype_of<T> != type_)
      throw dtype_error(
          ndfuse::detail::message("a value of type ", ndfuse::name(type_), " read as ", ndfuse::name(dtype_of<T>)));
    if constexpr (std::same_as<T, std::complex<double>>) {
      return {std::bit_cast<double>(low_), std::bit_cast<double>(high_)};
    } else if constexpr (std::same_as<T, std::complex<float>>) {
      return {std::bit_cast<float>(std::uint32_t(low_)), std::bit_cast<float>(std::uint32_t(low_ >> 32))};
    } else if constexpr (std::same_as<T, float16>) {
      float16 v;
      v.bits = std::uint16_t(low_);
      return v;
    } else if constexpr (std::same_as<T, float>) {
      return std::bit_cast<float>(std::uint32_t(low_));
    } else if constexpr (std::same_as<T, double>) {
      return std::bit_cast<double>(low_);
    } else {
      return T(low_);
    }
  }
  /// The value of type `t` with these bits, as `inst::imm` keeps them (any type but complex128).
  static constexpr tagged_value from_bits(dtype t, std::uint64_t bits) {
    tagged_value result;
    result.type_ = t;
    result.low_ = bits;
    return result;
  }

  constexpr dtype type() const { return type_; }
  /// Same type and same bits (so a NaN equals itself, and 0 differs from -0).
  friend constexpr bool operator==(tagged_value const&, tagged_value const&) = default;

 private:
  dtype type_ = dtype::bool_;
  std::uint64_t low_ = 0, high_ = 0;  // the real and the imaginary part of a complex128, else all bits in `low_`
};

namespace detail {

using operation = tagged_value (*)(tagged_value, tagged_value, tagged_value);

template <opcode Op, dtype T> constexpr tagged_value run_operation(tagged_value a, tagged_value b, tagged_value c) {
  using type = cpp_type<T>;
  using op = op_value<Op>;
  if constexpr (info(Op).arity == 3) {
    return tagged_value::from(op::apply(a.get<cpp_type<operand_of(Op, T, 0)>>(),
                                        b.get<cpp_type<operand_of(Op, T, 1)>>(),
                                        c.get<cpp_type<operand_of(Op, T, 2)>>()));
  } else if constexpr (info(Op).arity == 1) {
    type const x = a.get<type>();
    return tagged_value::from(op::apply(x, x, x));
  } else {
    type const x = a.get<type>();
    if constexpr (Op == opcode::shift_left_raw || Op == opcode::shift_right_raw) {
      if (b.type() == dtype::uint32) return tagged_value::from(op::apply(x, b.get<std::uint32_t>(), x));
    }
    return tagged_value::from(op::apply(x, b.get<cpp_type<operand_of(Op, T, 1)>>(), x));
  }
}

template <dtype To, dtype From> constexpr tagged_value run_cast(tagged_value v) {
  return tagged_value::from(cast_value<To>(v.get<cpp_type<From>>()));
}

// Tables by (operation, compute type of the operands) and by (from, to); null where there is no such operation.
template <opcode Op, dtype T> consteval operation find_operation() {
  if constexpr (has_value(Op, T)) return run_operation<Op, T>;
  else return nullptr;
}
template <opcode Op, std::size_t... T> consteval auto operations_of(std::index_sequence<T...>) {
  return std::array<operation, dtype_count>{find_operation<Op, dtype(T)>()...};
}
template <std::size_t... Op> consteval auto make_operations(std::index_sequence<Op...>) {
  return std::array{operations_of<opcode(Op)>(std::make_index_sequence<dtype_count>{})...};
}
inline constexpr auto operations = make_operations(std::make_index_sequence<op_count>{});

using conversion = tagged_value (*)(tagged_value);

template <dtype From, std::size_t... To> consteval auto casts_from(std::index_sequence<To...>) {
  return std::array<conversion, dtype_count>{run_cast<dtype(To), compute_type(From)>...};
}
template <std::size_t... From> consteval auto make_casts(std::index_sequence<From...>) {
  return std::array{casts_from<dtype(From)>(std::make_index_sequence<dtype_count>{})...};
}
inline constexpr auto casts = make_casts(std::make_index_sequence<dtype_count>{});

/// Between an element as it is stored and the register that holds it in its compute type.
template <dtype T> constexpr tagged_value to_register(tagged_value v) {
  return tagged_value::from(convert<cpp_type<compute_type(T)>>(v.get<cpp_type<T>>()));
}
template <dtype T> constexpr tagged_value to_element(tagged_value v) {
  if constexpr (T == dtype::float16) return tagged_value::from(float16(v.get<float>()));
  else return tagged_value::from(cpp_type<T>(v.get<cpp_type<compute_type(T)>>()));
}
template <std::size_t... K> consteval auto make_to_register(std::index_sequence<K...>) {
  return std::array<conversion, dtype_count>{to_register<dtype(K)>...};
}
template <std::size_t... K> consteval auto make_to_element(std::index_sequence<K...>) {
  return std::array<conversion, dtype_count>{to_element<dtype(K)>...};
}
inline constexpr auto to_register_of = make_to_register(std::make_index_sequence<dtype_count>{});
inline constexpr auto to_element_of = make_to_element(std::make_index_sequence<dtype_count>{});

/// The state of a run. Registers hold compute types, whatever the instructions' storage types.
class interpreter {
 public:
  constexpr interpreter(program_view p, std::span<tagged_value const> loads, std::span<scalar_value const> scalars,
                        std::span<std::span<tagged_value const> const> arrays)
      : p_(p), loads_(loads), scalars_(scalars), arrays_(arrays), registers_(p.code.size(), tagged_value{}) {}

  constexpr ndfuse::detail::list<tagged_value> run() {
    std::size_t k = 0;
    while (k < p_.code.size()) k = step(k);
    ndfuse::detail::list<tagged_value> results;
    for (value_id v : p_.outputs) results.push_back(to_element_of[std::size_t(p_.code[v].type)](registers_[v]));
    return results;
  }

 private:
  struct open_loop {
    std::size_t begin;
    std::int32_t turns_left;
  };

  /// Runs instruction `k` and returns the number of the next one.
  constexpr std::size_t step(std::size_t k) {
    inst const& i = p_.code[k];
    switch (i.op) {
      case opcode::load:
        if (i.imm != load_array) registers_[k] = load(i);
        break;
      case opcode::fetch: registers_[k] = fetch(p_.code[i.a], registers_[i.b].get<std::int32_t>()); break;
      case opcode::scalar: registers_[k] = scalar(i); break;
      case opcode::constant: registers_[k] = tagged_value::from_bits(i.type, i.imm); break;
      case opcode::cast:
        registers_[k] = casts[std::size_t(p_.code[i.a].type)][std::size_t(i.type)](registers_[i.a]);
        break;
      case opcode::bit_cast: registers_[k] = bit_cast(registers_[i.a], i.type); break;
      case opcode::loop_begin: return enter(k);
      case opcode::loop_value: break;  // set by loop_begin and loop_next
      case opcode::loop_break:
        if (registers_[i.a].get<bool>()) return leave();
        break;
      case opcode::loop_next: return advance(k);
      case opcode::loop_end: {
        if (--open_.back().turns_left == 0) return leave();
        std::size_t const begin = open_.back().begin;
        return begin + 1 + std::size_t(p_.code[begin].imm);
      }
      case opcode::loop_result: registers_[k] = registers_[i.a]; break;
      default: {
        dtype const t = p_.code[i.op == opcode::where ? i.b : i.a].type;
        operation const f = operations[std::size_t(i.op)][std::size_t(t)];
        if (f == nullptr)
          throw dtype_error(
              ndfuse::detail::message("operation ", ir::name(i.op), " has no value for ", ndfuse::name(t)));
        registers_[k] = f(registers_[i.a], registers_[i.b], registers_[i.c]);
      }
    }
    return k + 1;
  }

  constexpr tagged_value load(inst const& i) const {
    if (i.a >= loads_.size())
      throw value_error(
          ndfuse::detail::message("a program with load ", int(i.a), " was run with ", loads_.size(), " operands"));
    if (loads_[i.a].type() != i.type)
      throw dtype_error(ndfuse::detail::message("load ", int(i.a), " is ", ndfuse::name(i.type), ", its operand ",
                                                ndfuse::name(loads_[i.a].type())));
    return to_register_of[std::size_t(i.type)](loads_[i.a]);
  }
  constexpr tagged_value fetch(inst const& array, std::int32_t number) const {
    if (array.a >= arrays_.size() || number < 0 || std::size_t(number) >= arrays_[array.a].size())
      throw index_error(ndfuse::detail::message("element ", int(number), " of array ", int(array.a), " is not there"));
    return to_register_of[std::size_t(array.type)](arrays_[array.a][std::size_t(number)]);
  }
  constexpr tagged_value scalar(inst const& i) const {
    if (i.a >= scalars_.size())
      throw value_error(
          ndfuse::detail::message("a program with scalar ", int(i.a), " was run with ", scalars_.size(), " scalars"));
    scalar_value const& s = scalars_[i.a];
    if (i.type == dtype::complex128) return tagged_value::from(std::complex<double>(s.real, s.imag));
    return tagged_value::from_bits(i.type, s.bits(i.type));
  }
  static constexpr tagged_value bit_cast(tagged_value v, dtype t) {
    std::uint64_t const bits = v.type() == dtype::float32   ? std::bit_cast<std::uint32_t>(v.get<float>())
                               : v.type() == dtype::int32   ? std::uint32_t(v.get<std::int32_t>())
                               : v.type() == dtype::float64 ? std::bit_cast<std::uint64_t>(v.get<double>())
                               : v.type() == dtype::int64   ? std::uint64_t(v.get<std::int64_t>())
                               : v.type() == dtype::uint64  ? v.get<std::uint64_t>()
                                                            : v.get<std::uint32_t>();
    if (t == dtype::int32) return tagged_value::from(std::int32_t(std::uint32_t(bits)));
    if (t == dtype::int64) return tagged_value::from(std::int64_t(bits));
    return tagged_value::from_bits(t, bits);
  }

  constexpr std::size_t enter(std::size_t begin) {
    inst const& i = p_.code[begin];
    std::int32_t const turns = registers_[i.a].get<std::int32_t>();
    for (std::size_t k = begin + 1; k <= begin + i.imm; ++k) registers_[k] = registers_[p_.code[k].a];
    open_.push_back({begin, turns});
    return turns > 0 ? begin + 1 + std::size_t(i.imm) : leave();
  }
  /// All carried values advance at once: each next value is read before any is written.
  constexpr std::size_t advance(std::size_t first) {
    ndfuse::detail::list<tagged_value> next;
    std::size_t end = first;
    for (; p_.code[end].op == opcode::loop_next; ++end) next.push_back(registers_[p_.code[end].b]);
    for (std::size_t k = first; k < end; ++k) registers_[p_.code[k].a] = next[k - first];
    return end;
  }
  /// Closes the innermost loop and returns the number of the instruction after its end.
  constexpr std::size_t leave() {
    std::size_t k = open_.back().begin, depth = 0;
    do {
      if (p_.code[k].op == opcode::loop_begin) ++depth;
      if (p_.code[k].op == opcode::loop_end) --depth;
      ++k;
    } while (depth > 0);
    open_.pop_back();
    return k;
  }

  program_view p_;
  std::span<tagged_value const> loads_;
  std::span<scalar_value const> scalars_;
  std::span<std::span<tagged_value const> const> arrays_;
  ndfuse::detail::list<tagged_value> registers_;
  ndfuse::detail::list<open_loop> open_;
};

}  // namespace detail

/// The outputs of `p` for one element: `loads[k]` is the element of load k (a generator's element index like any
/// other), `scalars[k]` the launch's scalar k, `arrays[k]` the elements of load k where that is a whole array. `p` must
/// be well formed (verify.hpp); throws dtype_error or value_error when the operands are not what it loads, index_error
/// for an element that is not there. float32 and 32-bit integer programs also run in constant expressions.
constexpr ndfuse::detail::list<tagged_value> interpret(program_view p, std::span<tagged_value const> loads = {},
                                                       std::span<scalar_value const> scalars = {},
                                                       std::span<std::span<tagged_value const> const> arrays = {}) {
  return detail::interpreter(p, loads, scalars, arrays).run();
}

}  // namespace ndfuse::ir
