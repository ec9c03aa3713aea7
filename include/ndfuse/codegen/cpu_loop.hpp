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
/// A generator has no pointer: its first element number is in `start`.
struct row {
  std::size_t count = 0;
  void* out[max_outputs]{};
  index out_stride[max_outputs]{};
  void const* in[max_operands]{};
  index in_stride[max_operands]{};
  index start[max_operands]{};
  ir::scalar_value const* scalars = nullptr;
};

using row_function = void (*)(row const&);

/// Elements that a compiled loop stages at once: operands that do not lie side by side are gathered into blocks of this
/// many.
inline constexpr std::size_t block_size = 256;

namespace detail {

template <std::size_t K, class T> struct slot {
  T value;
};
template <std::size_t K, class T> constexpr T& at(slot<K, T>& s) { return s.value; }

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

/// Program is a static_program (or anything with view()) of static storage duration.
template <auto const& Program> struct cpu_loop {
  static constexpr ir::program_view program = Program.view();
  static constexpr std::size_t size = Program.code.size();
  static constexpr std::size_t output_count = Program.outputs.size();
  static constexpr ir::inst inst(std::size_t k) { return Program.code[k]; }

  template <class> struct registers_of;
  template <std::size_t... K> struct registers_of<std::index_sequence<K...>>
      : slot<K, register_of<Program.code[K].type>>... {};
  using registers = registers_of<std::make_index_sequence<size>>;

  /// Operands of one block, each side by side and of its storage type.
  struct block {
    void const* in[max_operands];
    index start[max_operands];
    index step[max_operands];
  };

  template <std::size_t K> static constexpr auto& get(registers& r) { return at<K>(r); }

  /// The instruction that ends the loop opened at K.
  static constexpr std::size_t loop_end(std::size_t k) {
    std::size_t depth = 0;
    for (;; ++k) {
      if (inst(k).op == ir::opcode::loop_begin) ++depth;
      if (inst(k).op == ir::opcode::loop_end && --depth == 0) return k;
    }
  }

  /// Runs instructions [Begin, End); false when a break was met.
  template <std::size_t Begin, std::size_t End> static bool run(registers& r, block const& b, std::size_t i) {
    if constexpr (Begin >= End) {
      return true;
    } else if constexpr (inst(Begin).op == ir::opcode::loop_begin) {
      constexpr std::size_t close = loop_end(Begin), carried = std::size_t(inst(Begin).imm);
      [&]<std::size_t... C>(std::index_sequence<C...>) {
        ((get<Begin + 1 + C>(r) = get<inst(Begin + 1 + C).a>(r)), ...);
      }(std::make_index_sequence<carried>{});
      std::int32_t const trips = get<inst(Begin).a>(r);
      for (std::int32_t t = 0; t < trips; ++t) {
        if (!run<Begin + 1 + carried, close>(r, b, i)) break;
        // All carried values advance together: their next values stand in the registers of the loop_nexts, just before
        // the end.
        [&]<std::size_t... C>(std::index_sequence<C...>) {
          ((get<inst(close - carried + C).a>(r) = get<close - carried + C>(r)), ...);
        }(std::make_index_sequence<carried>{});
      }
      return run<close + 1, End>(r, b, i);
    } else if constexpr (inst(Begin).op == ir::opcode::loop_break) {
      if (get<inst(Begin).a>(r)) return false;
      return run<Begin + 1, End>(r, b, i);
    } else {
      constexpr std::size_t stop = straight_end(Begin, End);
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        (step<Begin + K>(r, b, i), ...);
      }(std::make_index_sequence<stop - Begin>{});
      return run<stop, End>(r, b, i);
    }
  }
  static constexpr std::size_t straight_end(std::size_t begin, std::size_t end) {
    while (begin < end && inst(begin).op != ir::opcode::loop_begin && inst(begin).op != ir::opcode::loop_break) ++begin;
    return begin;
  }

  template <std::size_t K> static void step(registers& r, block const& b, std::size_t i) {
    using ir::opcode;
    constexpr ir::inst n = inst(K);
    using T = register_of<n.type>;
    if constexpr (n.op == opcode::load && n.imm != 0) {
      get<K>(r) = T(b.start[n.a] + index(i) * b.step[n.a]);
    } else if constexpr (n.op == opcode::load) {
      get<K>(r) = T(static_cast<cpp_type<n.type> const*>(b.in[n.a])[i]);
    } else if constexpr (n.op == opcode::constant) {
      get<K>(r) = from_bits<T>(n.imm);
    } else if constexpr (n.op == opcode::cast) {
      get<K>(r) = ir::cast_value<n.type>(get<n.a>(r));
    } else if constexpr (n.op == opcode::bit_cast) {
      get<K>(r) = std::bit_cast<T>(get<n.a>(r));
    } else if constexpr (n.op == opcode::loop_next) {
      get<K>(r) = get<n.b>(r);
    } else if constexpr (n.op == opcode::loop_result) {
      get<K>(r) = get<n.a>(r);
    } else if constexpr (n.op != opcode::scalar && n.op != opcode::loop_end) {
      // unused operands repeat the first
      constexpr std::size_t arity = ir::info(n.op).arity;
      get<K>(r) =
          T(ir::op_value<n.op>::apply(get<n.a>(r), get<(arity > 1 ? n.b : n.a)>(r), get<(arity > 2 ? n.c : n.a)>(r)));
    }
  }

  template <std::size_t K> static void stage(block& b, row const& a, std::size_t base, std::size_t count,
                                             void* scratch) {
    constexpr ir::inst n = inst(K);
    if constexpr (n.op == ir::opcode::load && n.imm != 0) {
      b.start[n.a] = a.start[n.a] + index(base) * a.in_stride[n.a];
      b.step[n.a] = a.in_stride[n.a];
    } else if constexpr (n.op == ir::opcode::load) {
      using T = cpp_type<n.type>;
      T const* const from = static_cast<T const*>(a.in[n.a]);
      index const stride = a.in_stride[n.a];
      if (stride == 1) {
        b.in[n.a] = from + base;
        return;
      }
      T* const to = static_cast<T*>(scratch);
      if (stride == 0) {
        if (base == 0)
          for (std::size_t i = 0; i < block_size; ++i) to[i] = from[0];
      } else {
        for (std::size_t i = 0; i < count; ++i) to[i] = from[index(base + i) * stride];
      }
      b.in[n.a] = to;
    }
  }

  template <std::size_t O> static void store(row const& a, std::size_t base, std::size_t i, registers& r) {
    using T = cpp_type<Program.code[Program.outputs[O]].type>;
    static_cast<T*>(a.out[O])[index(base + i) * a.out_stride[O]] = T(get<Program.outputs[O]>(r));
  }

  static void loop(row const& a) {
    constexpr auto all = std::make_index_sequence<size>{};
    constexpr auto outputs = std::make_index_sequence<output_count>{};
    constexpr std::size_t loads = program.loads == 0 ? 1 : program.loads;
    alignas(16) std::byte scratch[loads][block_size * 16];
    registers initial;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (
          [&] {
            if constexpr (inst(K).op == ir::opcode::scalar)
              get<K>(initial) = from_scalar<register_of<inst(K).type>>(a.scalars[inst(K).a]);
          }(),
          ...);
    }(all);
    block b;
    for (std::size_t base = 0; base < a.count; base += block_size) {
      std::size_t const count = a.count - base < block_size ? a.count - base : block_size;
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        (
            [&] {
              if constexpr (inst(K).op == ir::opcode::load) stage<K>(b, a, base, count, scratch[inst(K).a]);
            }(),
            ...);
      }(all);
      auto const element = [&](std::size_t i, auto store_element) {
        registers r = initial;
        run<0, size>(r, b, i);
        store_element(r, i);
      };
      bool contiguous = true;
      for (std::size_t o = 0; o < output_count; ++o) contiguous = contiguous && a.out_stride[o] == 1;
      if (contiguous) {
        // Results pass through a block of their own: the compiler then knows that stores do not change what is loaded.
        [&]<std::size_t... O>(std::index_sequence<O...>) {
          struct results : slot<O, cpp_type<Program.code[Program.outputs[O]].type>[block_size]>... {};
          results made;
          for (std::size_t i = 0; i < count; ++i)
            element(i, [&](registers& r, std::size_t k) {
              ((at<O>(made)[k] = cpp_type<Program.code[Program.outputs[O]].type>(get<Program.outputs[O]>(r))), ...);
            });
          (
              [&] {
                using T = cpp_type<Program.code[Program.outputs[O]].type>;
                T* const to = static_cast<T*>(a.out[O]) + base;
                for (std::size_t i = 0; i < count; ++i) to[i] = at<O>(made)[i];
              }(),
              ...);
        }(outputs);
      } else {
        for (std::size_t i = 0; i < count; ++i)
          element(i, [&](registers& r, std::size_t k) {
            [&]<std::size_t... O>(std::index_sequence<O...>) { (store<O>(a, base, k, r), ...); }(outputs);
          });
      }
    }
  }
};

}  // namespace detail

/// The compiled loop of a program.
template <auto const& Program> inline constexpr row_function cpu_rows = &detail::cpu_loop<Program>::loop;

}  // namespace ndfuse::codegen
