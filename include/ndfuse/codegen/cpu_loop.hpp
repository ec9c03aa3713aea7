#pragma once
/// @file Compiles a program to a loop for the CPU. The program is a constant, so each instruction becomes straight code
/// over registers that the compiler turns into SIMD; the definitions of the operations are those of the opcode table.

#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/core/shape.hpp>
#include <ndfuse/ir/program.hpp>
#include <ndfuse/ir/value.hpp>

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ndfuse::codegen {

/// One run of elements: what a compiled loop is called with. Pointers are at the first element, strides count elements.
/// A generator has no pointer: its first element number is in `start`. A whole array has its number of elements there.
struct row {
  std::size_t count = 0;
  void* out[max_outputs]{};
  index out_stride[max_outputs]{};
  void const* in[max_operands]{};
  index in_stride[max_operands]{};
  index start[max_operands]{};
  ir::scalar_value const* scalars = nullptr;
  void const* context = nullptr;  // what the loop was made with
};

/// A loop over one run of elements: compiled for its program, or a general one with the program as its context.
class row_loop {
 public:
  using function = void (*)(row const&);
  constexpr row_loop(function f = nullptr, void const* context = nullptr) : function_(f), context_(context) {}
  void operator()(row& r) const {
    r.context = context_;
    function_(r);
  }

 private:
  function function_;
  void const* context_;
};

/// Elements that a compiled loop stages at once: operands that do not lie side by side are gathered into blocks of this
/// many.
inline constexpr std::size_t block_size = 256;

namespace detail {

/// The registers of one element: 16 bytes an instruction, so that their type does not depend on the program. After
/// inlining every offset is a constant and the compiler keeps them in machine registers.
template <class T> [[gnu::always_inline]] inline T& reg(std::byte* registers, std::size_t k) {
  return *reinterpret_cast<T*>(registers + 16 * k);
}

template <dtype T> using register_of = cpp_type<compute_type(T)>;

template <class T> constexpr T from_bits(std::uint64_t imm) {
  if constexpr (std::same_as<T, bool>) return imm != 0;
  else if constexpr (std::integral<T>) return T(imm);
  else if constexpr (std::same_as<T, float>) return std::bit_cast<float>(std::uint32_t(imm));
  else if constexpr (std::same_as<T, double>) return std::bit_cast<double>(imm);
  else return T(std::bit_cast<float>(std::uint32_t(imm)), std::bit_cast<float>(std::uint32_t(imm >> 32)));
}
template <class T> constexpr T from_scalar(ir::scalar_value const& s) {
  if constexpr (std::same_as<T, bool>) return s.real != 0 || s.integer != 0;
  else if constexpr (std::integral<T>) return T(s.integer);
  else if constexpr (std::floating_point<T>) return T(s.real);
  else return T(typename T::value_type(s.real), typename T::value_type(s.imag));
}

/// Operands of one block, each side by side and of its storage type, and the scalars, laid out as registers.
struct loop_inputs {
  void const* in[max_operands];
  index start[max_operands];
  index step[max_operands];
  std::byte* scalars;
};

/// The element of an array of `count` that has this number; the nearest one where it is out of bounds.
template <class T> T element_of(T const* array, index count, std::int32_t number) {
  index const n = number < 0 ? 0 : number < count ? number : count - 1;
  return count > 0 ? array[n] : T{};
}

/// Executes instruction `k` of element `i`. A template on what the instruction is, not on the program, so that programs
/// share it.
template <ir::opcode Op, dtype A, dtype B, dtype T>
[[gnu::always_inline]] inline void step(std::byte* r, ir::inst const& n, std::size_t k, loop_inputs const& inputs,
                                        std::size_t i) {
  using ir::opcode;
  using R = register_of<T>;
  R& result = reg<R>(r, k);
  auto const a = [&]() -> auto const& { return reg<register_of<A>>(r, n.a); };
  if constexpr (Op == opcode::load) {
    if constexpr (T == dtype::int32) {
      if (n.imm == ir::load_number) {
        result = R(inputs.start[n.a] + index(i) * inputs.step[n.a]);
        return;
      }
    }
    if (n.imm == ir::load_array) reg<std::uint32_t>(r, k) = n.a;  // for the fetches from it
    else result = R(static_cast<cpp_type<T> const*>(inputs.in[n.a])[i]);
  } else if constexpr (Op == opcode::fetch) {
    std::uint32_t const load = reg<std::uint32_t>(r, n.a);
    result =
        R(element_of(static_cast<cpp_type<T> const*>(inputs.in[load]), inputs.start[load], reg<std::int32_t>(r, n.b)));
  } else if constexpr (Op == opcode::scalar) {
    result = reg<R>(inputs.scalars, k);
  } else if constexpr (Op == opcode::constant) {
    result = from_bits<R>(n.imm);
  } else if constexpr (Op == opcode::cast) {
    result = ir::cast_value<T>(a());
  } else if constexpr (Op == opcode::bit_cast) {
    result = std::bit_cast<R>(a());
  } else if constexpr (Op == opcode::loop_next) {
    result = reg<R>(r, n.b);
  } else if constexpr (Op == opcode::loop_result) {
    result = reg<R>(r, n.a);
  } else if constexpr (ir::info(Op).rule != ir::rule::structure) {
    // unused operands repeat the first
    if constexpr (ir::info(Op).arity == 1) result = R(ir::op_value<Op>::apply(a(), a(), a()));
    else if constexpr (ir::info(Op).arity == 2)
      result = R(ir::op_value<Op>::apply(a(), reg<register_of<B>>(r, n.b), a()));
    else {
      constexpr dtype C = Op == ir::opcode::where ? B : ir::operand_of(Op, A, 2);
      result = R(ir::op_value<Op>::apply(a(), reg<register_of<B>>(r, n.b), reg<register_of<C>>(r, n.c)));
    }
  }
}

/// Brings the operand of load `n` side by side for the elements from `base` on.
template <dtype T>
void stage(loop_inputs& b, ir::inst const& n, row const& a, std::size_t base, std::size_t count, void* scratch) {
  if (n.imm == ir::load_array) {
    b.in[n.a] = a.in[n.a];
    b.start[n.a] = a.start[n.a];
    return;
  }
  if (n.imm == ir::load_number) {
    b.start[n.a] = a.start[n.a] + index(base) * a.in_stride[n.a];
    b.step[n.a] = a.in_stride[n.a];
    return;
  }
  using E = cpp_type<T>;
  E const* const from = static_cast<E const*>(a.in[n.a]);
  index const stride = a.in_stride[n.a];
  if (stride == 1) {
    b.in[n.a] = from + base;
    return;
  }
  E* const to = static_cast<E*>(scratch);
  if (stride == 0) {
    if (base == 0)
      for (std::size_t i = 0; i < block_size; ++i) to[i] = from[0];
  } else {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[index(base + i) * stride];
  }
  b.in[n.a] = to;
}

/// Writes a block of results to where they belong.
template <class T> void scatter(T const* from, T* to, std::size_t count, index stride) {
  if (stride == 1)
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
  else
    for (std::size_t i = 0; i < count; ++i) to[index(i) * stride] = from[i];
}

/// Program is a static_program (or anything with view()) of static storage duration.
template <auto const& Program> struct cpu_loop {
  static constexpr std::size_t size = Program.code.size();
  static constexpr std::size_t output_count = Program.outputs.size();
  static constexpr ir::inst inst(std::size_t k) { return Program.code[k]; }
  /// The type of instruction k; what a load or a scalar has in its place is a number of the launch.
  static constexpr dtype type(std::size_t k) { return k < size ? Program.code[k].type : dtype::bool_; }
  static constexpr dtype output_type(std::size_t o) { return type(Program.outputs[o]); }

  /// The instruction that ends the loop opened at K.
  static constexpr std::size_t loop_end(std::size_t k) {
    std::size_t depth = 0;
    for (;; ++k) {
      if (inst(k).op == ir::opcode::loop_begin) ++depth;
      if (inst(k).op == ir::opcode::loop_end && --depth == 0) return k;
    }
  }

  /// Runs instructions [Begin, End); false when a break was met.
  template <std::size_t Begin, std::size_t End>
  [[gnu::always_inline]] static bool run(std::byte* r, loop_inputs const& b, std::size_t i) {
    if constexpr (Begin >= End) {
      return true;
    } else if constexpr (inst(Begin).op == ir::opcode::loop_begin) {
      constexpr std::size_t close = loop_end(Begin), carried = std::size_t(inst(Begin).imm);
      auto const move = [&]<std::size_t To, std::size_t From>() {
        using R = register_of<type(To)>;
        reg<R>(r, To) = reg<R>(r, From);
      };
      [&]<std::size_t... C>(std::index_sequence<C...>) {
        (move.template operator()<Begin + 1 + C, inst(Begin + 1 + C).a>(), ...);
      }(std::make_index_sequence<carried>{});
      std::int32_t const trips = reg<std::int32_t>(r, inst(Begin).a);
      for (std::int32_t t = 0; t < trips; ++t) {
        if (!run<Begin + 1 + carried, close>(r, b, i)) break;
        // All carried values advance together: their next values stand in the registers of the loop_nexts, just before
        // the end.
        [&]<std::size_t... C>(std::index_sequence<C...>) {
          (move.template operator()<inst(close - carried + C).a, close - carried + C>(), ...);
        }(std::make_index_sequence<carried>{});
      }
      return run<close + 1, End>(r, b, i);
    } else if constexpr (inst(Begin).op == ir::opcode::loop_break) {
      if (reg<bool>(r, inst(Begin).a)) return false;
      return run<Begin + 1, End>(r, b, i);
    } else {
      constexpr std::size_t stop = straight_end(Begin, End);
      [&]<std::size_t... K>(std::index_sequence<K...>) __attribute__((always_inline)) {
        (step<inst(Begin + K).op, type(inst(Begin + K).a), type(inst(Begin + K).b), type(Begin + K)>(
             r, Program.code[Begin + K], Begin + K, b, i),
         ...);
      }(std::make_index_sequence<stop - Begin>{});
      return run<stop, End>(r, b, i);
    }
  }
  static constexpr std::size_t straight_end(std::size_t begin, std::size_t end) {
    while (begin < end && inst(begin).op != ir::opcode::loop_begin && inst(begin).op != ir::opcode::loop_break) ++begin;
    return begin;
  }

  /// A program of two loads and one output, of one type: values[k + 1] = program(values[k], values[k + 1]), in order.
  static void serial(void* memory, std::size_t count) {
    using T = cpp_type<output_type(0)>;
    T* const values = static_cast<T*>(memory);
    alignas(16) std::byte scalars[16];
    loop_inputs b;
    b.scalars = scalars;
    b.in[0] = values;
    b.in[1] = values + 1;
    for (std::size_t i = 0; i < count; ++i) {
      alignas(16) std::byte registers[size * 16];
      run<0, size>(registers, b, i);
      values[i + 1] = T(reg<register_of<output_type(0)>>(registers, Program.outputs[0]));
    }
  }

  static void loop(row const& a) {
    constexpr std::size_t loads = Program.loads == 0 ? 1 : Program.loads;
    alignas(16) std::byte scratch[loads][block_size * 16];
    alignas(16) std::byte scalars[size * 16];
    // for_each<0, ..., size - 1>, filtered by opcode
    auto const each = [&]<ir::opcode Op>(auto visit) {
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        (
            [&] {
              if constexpr (inst(K).op == Op) visit.template operator()<type(K)>(Program.code[K], K);
            }(),
            ...);
      }(std::make_index_sequence<size>{});
    };
    each.template operator()<ir::opcode::scalar>([&]<dtype T>(ir::inst const& n, std::size_t k) {
      reg<register_of<T>>(scalars, k) = from_scalar<register_of<T>>(a.scalars[n.a]);
    });
    loop_inputs b;
    b.scalars = scalars;
    bool contiguous = true;
    for (std::size_t o = 0; o < output_count; ++o) contiguous = contiguous && a.out_stride[o] == 1;
    for (std::size_t base = 0; base < a.count; base += block_size) {
      std::size_t const count = a.count - base < block_size ? a.count - base : block_size;
      each.template operator()<ir::opcode::load>(
          [&]<dtype T>(ir::inst const& n, std::size_t) { stage<T>(b, n, a, base, count, scratch[n.a]); });
      // Results pass through a block of their own: the compiler then knows that stores do not change what is loaded.
      [&]<std::size_t... O>(std::index_sequence<O...>) {
        alignas(16) std::byte made[output_count][block_size * 16];
        for (std::size_t i = 0; i < count; ++i) {
          alignas(16) std::byte registers[size * 16];
          run<0, size>(registers, b, i);
          ((reinterpret_cast<cpp_type<output_type(O)>*>(made[O])[i] =
                cpp_type<output_type(O)>(reg<register_of<output_type(O)>>(registers, Program.outputs[O]))),
           ...);
        }
        (scatter(reinterpret_cast<cpp_type<output_type(O)> const*>(made[O]),
                 static_cast<cpp_type<output_type(O)>*>(a.out[O]) + index(base) * a.out_stride[O], count,
                 contiguous ? 1 : a.out_stride[O]),
         ...);
      }(std::make_index_sequence<output_count>{});
    }
  }
};

}  // namespace detail

/// Joins the values behind the first one with what stands before each, in order: a running sum of `count` values, from
/// values[0].
using serial_loop = void (*)(void* values, std::size_t count);
template <auto const& Program> inline constexpr serial_loop cpu_serial = &detail::cpu_loop<Program>::serial;

/// The compiled loop of a program.
template <auto const& Program> inline constexpr row_loop cpu_rows = &detail::cpu_loop<Program>::loop;

}  // namespace ndfuse::codegen
