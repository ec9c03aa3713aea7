#pragma once
/// @file Runs a program that is only known at run time on the CPU: every instruction is a compiled loop over a block of
/// registers that fits the cache, with the same definitions as a compiled program's loop (cpu_loop.hpp).
///
/// Memory traffic: operands and results once; between them blocks of 256 elements that stay in the first-level cache.

#include <ndfuse/codegen/cpu_loop.hpp>
#include <ndfuse/core/list.hpp>

#include <array>
#include <cstdlib>
#include <cstring>

namespace ndfuse::codegen {

namespace detail {

/// One instruction over a block: `count` elements of each operand, side by side in their register types.
using block_step = void (*)(void* to, void const* a, void const* b, void const* c, std::size_t count);

inline constexpr dtype register_types[] = {dtype::bool_,   dtype::int32,     dtype::uint32,
                                           dtype::float32, dtype::complex64, dtype::int64,
                                           dtype::uint64,  dtype::float64,   dtype::complex128};
inline constexpr std::size_t register_type_count = std::size(register_types);
constexpr std::size_t register_number(dtype t) {
  for (std::size_t k = 0; k < register_type_count; ++k)
    if (register_types[k] == compute_type(t)) return k;
  return 0;
}

template <ir::opcode Op, class R, class A, class B, class C = B>
void apply_to_block(void* to, void const* a, void const* b, void const* c, std::size_t count) {
  R* __restrict const result = static_cast<R*>(to);
  A const* const x = static_cast<A const*>(a);
  B const* const y = static_cast<B const*>(b);
  C const* const z = static_cast<C const*>(c);
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (ir::info(Op).arity == 1) result[i] = R(ir::op_value<Op>::apply(x[i], x[i], x[i]));
    else if constexpr (ir::info(Op).arity == 2) result[i] = R(ir::op_value<Op>::apply(x[i], y[i], x[i]));
    else result[i] = R(ir::op_value<Op>::apply(x[i], y[i], z[i]));
  }
}

/// The loop of an operation on operands of one register type (of the second and third where the first is a condition),
/// or null where there is none. Operations that only appear inside definitions of others have none.
template <ir::opcode Op, dtype T> constexpr block_step step_of() {
  constexpr ir::op_info const& row = ir::info(Op);
  using V = cpp_type<T>;
  if constexpr (row.rule == ir::rule::structure) {
    return nullptr;
  } else if constexpr (row.rule == ir::rule::exact) {
    constexpr bool shift = Op == ir::opcode::shift_left_raw || Op == ir::opcode::shift_right_raw;
    if constexpr (shift && (T == dtype::int32 || T == dtype::uint32))
      return &apply_to_block<Op, V, V, std::uint32_t>;  // the count has 32 bits either way
    else if constexpr (Op == ir::opcode::make_complex && (T == dtype::float32 || T == dtype::float64))
      return &apply_to_block<Op, cpp_type<ir::result_of(Op, T)>, V, V>;
    else if constexpr (!is_complex(T)) return nullptr;
    else if constexpr (Op == ir::opcode::complex_multiply || Op == ir::opcode::complex_divide)
      return &apply_to_block<Op, V, V, V>;
    else if constexpr (Op == ir::opcode::complex_equal) return &apply_to_block<Op, bool, V, V>;
    else return nullptr;
  } else if constexpr (row.rule == ir::rule::random) {
    if constexpr (!ir::has_value(Op, T)) return nullptr;
    else {
      constexpr auto type = [](std::size_t k) { return ir::operand_of(Op, T, k < row.arity ? k : 0); };
      return &apply_to_block<Op, register_of<ir::result_of(Op, T)>, V, cpp_type<type(1)>, cpp_type<type(2)>>;
    }
  } else if constexpr (row.rule == ir::rule::select) {
    return &apply_to_block<Op, V, bool, V>;
  } else {
    constexpr ir::op_types types = ir::types_of(Op, {T}, {T});
    // What the builder never makes of these types: it passes integers through, says that none is NaN, negates a bool.
    constexpr bool passed =
        (row.rule == ir::rule::rounding || row.rule == ir::rule::predicate) && !is_floating(T) && !is_complex(T);
    constexpr bool never = (Op == ir::opcode::invert && is_bool(T)) || (Op == ir::opcode::conjugate && !is_complex(T));
    if constexpr (!types.supported || types.operands != T || passed || never) return nullptr;
    else return &apply_to_block<Op, register_of<types.result>, V, V>;
  }
}
inline constexpr auto step_table = []<std::size_t... Op>(std::index_sequence<Op...>) {
  auto const row = []<ir::opcode O, std::size_t... T>(std::index_sequence<T...>) {
    return std::array<block_step, register_type_count>{step_of<O, register_types[T]>()...};
  };
  return std::array{row.template operator()<ir::opcode(Op)>(std::make_index_sequence<register_type_count>{})...};
}(std::make_index_sequence<ir::op_count>{});

template <dtype From, dtype To>
void cast_block(void* to, void const* a, void const*, void const*, std::size_t count) {
  auto* __restrict const result = static_cast<register_of<To>*>(to);
  auto const* const x = static_cast<cpp_type<From> const*>(a);
  for (std::size_t i = 0; i < count; ++i) result[i] = ir::cast_value<To>(x[i]);
}
inline constexpr auto cast_table = []<std::size_t... F>(std::index_sequence<F...>) {
  auto const row = []<dtype From, std::size_t... T>(std::index_sequence<T...>) {
    return std::array<block_step, dtype_count>{&cast_block<From, dtype(T)>...};
  };
  return std::array{row.template operator()<register_types[F]>(std::make_index_sequence<dtype_count>{})...};
}(std::make_index_sequence<register_type_count>{});

/// Between elements as they are stored, at any stride, and a block of registers.
struct storage_steps {
  void (*load)(void* to, void const* from, index stride, std::size_t count);
  void (*store)(void* to, index stride, void const* from, std::size_t count);
  void (*fill)(void* to, std::uint64_t bits, std::size_t count);                    // a constant
  void (*fill_scalar)(void* to, ir::scalar_value const& value, std::size_t count);  // a scalar of the launch
  // elements of an array of `length` by their numbers
  void (*fetch)(void* to, void const* array, index length, std::int32_t const* numbers, std::size_t count);
};
template <dtype T> constexpr storage_steps storage_steps_of() {
  using E = cpp_type<T>;
  using R = register_of<T>;
  return {[](void* to, void const* from, index stride, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
              static_cast<R*>(to)[i] = R(static_cast<E const*>(from)[index(i) * stride]);
          },
          [](void* to, index stride, void const* from, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
              static_cast<E*>(to)[index(i) * stride] = E(static_cast<R const*>(from)[i]);
          },
          [](void* to, std::uint64_t bits, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) static_cast<R*>(to)[i] = from_bits<R>(bits);
          },
          [](void* to, ir::scalar_value const& value, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) static_cast<R*>(to)[i] = from_scalar<R>(value);
          },
          [](void* to, void const* array, index length, std::int32_t const* numbers, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
              static_cast<R*>(to)[i] = R(element_of(static_cast<E const*>(array), length, numbers[i]));
          }};
}
inline constexpr auto storage_table = []<std::size_t... T>(std::index_sequence<T...>) {
  return std::array{storage_steps_of<dtype(T)>()...};
}(std::make_index_sequence<dtype_count>{});

}  // namespace detail

/// A program made ready to run over blocks. All elements of a block take the same turns of a loop, so programs whose
/// loops break, or whose trip counts differ from element to element, are not run so: they throw value_error.
class block_program {
 public:
  explicit block_program(ir::program_view p) {
    using ir::opcode;
    for (ir::value_id v : p.outputs) outputs_.push_back({v, p.code[v].type});
    // Registers are given out in order and taken back after their last use.
    ndfuse::detail::list<std::uint16_t> last(p.code.size(), 0), free;
    for (std::size_t k = 0; k < p.code.size(); ++k) {
      ir::value_id const operands[] = {p.code[k].a, p.code[k].b, p.code[k].c};
      for (std::size_t n = 0; n < ir::operand_count(p.code[k]); ++n) last[operands[n]] = std::uint16_t(k);
    }
    // What a loop reads from before it, and what it carries, is needed until its last turn.
    for (std::size_t end = 0; end < p.code.size(); ++end) {
      if (p.code[end].op != opcode::loop_end) continue;
      std::size_t begin = end;
      for (std::size_t depth = 1; depth > 0;) {
        opcode const op = p.code[--begin].op;
        depth += op == opcode::loop_end;
        depth -= op == opcode::loop_begin;
      }
      for (std::size_t k = 0; k < end; ++k) {
        bool const carried = p.code[k].op == opcode::loop_value || p.code[k].op == opcode::loop_next;
        if (last[k] > begin && last[k] < end && (k < begin || carried)) last[k] = std::uint16_t(end);
        if (k > begin && p.code[k].op == opcode::loop_next) last[k] = std::uint16_t(end);
      }
    }
    std::uint16_t const forever = std::uint16_t(p.code.size());
    // One cache line more than a block: neighbours do not compete for the same lines of the cache.
    for (ir::inst const& i : p.code) {
      std::size_t const bytes = block_size * size_of(compute_type(i.type)) + 64;
      if (bytes > pitch_) pitch_ = bytes;
    }
    for (ir::value_id v : p.outputs) last[v] = forever;
    for (std::size_t k = 0; k < p.code.size(); ++k) {
      ir::inst const& i = p.code[k];
      // Filled once a run: nothing else may use their registers, before or after.
      bool const filled = i.op == ir::opcode::scalar || i.op == ir::opcode::constant;
      if (filled) last[k] = forever;
      instruction made{i, nullptr, 0};
      std::size_t const arity = ir::operand_count(i);
      if (i.op == ir::opcode::cast) {
        made.step = detail::cast_table[detail::register_number(p.code[i.a].type)][std::size_t(i.type)];
      } else if (ir::info(i.op).rule != ir::rule::structure) {
        dtype const t = p.code[ir::info(i.op).rule == ir::rule::select ? i.b : i.a].type;
        made.step = detail::step_table[std::size_t(i.op)][detail::register_number(t)];
      }
      bool const uniform =
          i.op != opcode::loop_begin || p.code[i.a].op == opcode::constant || p.code[i.a].op == opcode::scalar;
      if ((made.step == nullptr && ir::info(i.op).rule != ir::rule::structure) || i.op == opcode::loop_break ||
          !uniform)
        throw value_error(
            ndfuse::detail::message("a program with the instruction ", ir::name(i.op), " cannot run over blocks"));
      if (filled || free.empty()) {
        made.slot = register_count_++;
      } else {
        made.slot = free[free.size() - 1];
        free.pop_back();
      }
      code_.push_back(made);
      ir::value_id const operands[] = {i.a, i.b, i.c};
      for (std::size_t n = 0; n < arity; ++n) {
        bool repeated = false;
        for (std::size_t m = 0; m < n; ++m) repeated = repeated || operands[m] == operands[n];
        if (!repeated && last[operands[n]] == k) free.push_back(code_[operands[n]].slot);
      }
      if (last[k] == 0 && k != 0) free.push_back(made.slot);  // computed for nothing
    }
  }

  /// Computes one run of elements.
  void run(row const& r) const {
    using ir::opcode;
    static thread_local memory registers;
    std::byte* const first = registers.of(register_count_ * pitch_);
    static thread_local ndfuse::detail::list<void const*> at;
    at.clear();
    std::size_t const filled = r.count < block_size ? r.count : block_size;
    std::size_t const last = code_.size() - 1;
    bool const straight = goes_straight(r);
    for (instruction const& i : code_) {
      std::byte* const mine = first + i.slot * pitch_;
      at.push_back(mine);
      if (i.what.op == opcode::constant) detail::storage_table[std::size_t(i.what.type)].fill(mine, i.what.imm, filled);
      if (i.what.op == opcode::scalar)
        detail::storage_table[std::size_t(i.what.type)].fill_scalar(mine, r.scalars[i.what.a], filled);
    }
    struct open_loop {
      std::size_t begin;
      std::int32_t turns_left;
    };
    ndfuse::detail::list<open_loop> open;
    for (std::size_t base = 0; base < r.count; base += block_size) {
      std::size_t const count = r.count - base < block_size ? r.count - base : block_size;
      for (std::size_t k = 0; k < code_.size(); ++k) {
        ir::inst const& i = code_[k].what;
        void* to = first + code_[k].slot * pitch_;
        if (straight && k == last) to = static_cast<std::byte*>(r.out[0]) + base * size_of(i.type);
        auto const copy = [&](void* target, ir::value_id from) {
          std::memcpy(target, at[from], count * size_of(compute_type(i.type)));
        };
        switch (i.op) {
          case opcode::load: load(r, i, base, count, to, at[k]); break;
          case opcode::fetch:
            detail::storage_table[std::size_t(i.type)].fetch(to, at[i.a], r.start[code_[i.a].what.a],
                                                             static_cast<std::int32_t const*>(at[i.b]), count);
            break;
          case opcode::loop_begin: {
            std::int32_t const turns = *static_cast<std::int32_t const*>(at[i.a]);
            for (std::size_t c = 1; c <= i.imm; ++c) {
              ir::inst const& carried = code_[k + c].what;
              std::memcpy(first + code_[k + c].slot * pitch_, at[carried.a],
                          count * size_of(compute_type(carried.type)));
            }
            std::size_t const begin = k;
            k += std::size_t(i.imm);
            if (turns > 0) open.push_back({begin, turns});
            else k = end_of(begin);
            break;
          }
          case opcode::loop_next: copy(to, i.b); break;  // all of them first, then they advance together
          case opcode::loop_end: {
            std::size_t const begin = open.back().begin;
            for (std::size_t n = k; n-- > 0 && code_[n].what.op == opcode::loop_next;)
              std::memcpy(first + code_[code_[n].what.a].slot * pitch_, at[n],
                          count * size_of(compute_type(code_[n].what.type)));
            if (--open.back().turns_left > 0) k = begin + std::size_t(code_[begin].what.imm);
            else open.pop_back();
            break;
          }
          case opcode::bit_cast:
          case opcode::loop_result: copy(to, i.a); break;
          default:
            if (code_[k].step != nullptr)
              code_[k].step(to, at[i.a], at[i.b < k ? i.b : i.a], at[i.c < k ? i.c : i.a], count);
        }
      }
      for (std::size_t o = 0; o < outputs_.size() && !straight; ++o) {
        index const stride = r.out_stride[o];
        detail::storage_table[std::size_t(outputs_[o].type)].store(
            static_cast<std::byte*>(r.out[o]) + index(base) * stride * index(size_of(outputs_[o].type)), stride,
            at[outputs_[o].value], count);
      }
    }
  }

 private:
  /// Bytes that only grow, aligned to a cache line.
  class memory {
   public:
    memory() = default;
    memory(memory const&) = delete;
    ~memory() { std::free(bytes_); }
    std::byte* of(std::size_t bytes) {
      if (bytes > size_) {
        std::free(bytes_);
        bytes_ = static_cast<std::byte*>(std::aligned_alloc(64, bytes));
        size_ = bytes_ == nullptr ? 0 : bytes;
        if (bytes_ == nullptr) throw out_of_memory("no memory for the registers of a kernel on the cpu device");
      }
      return bytes_;
    }

   private:
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
  };
  struct instruction {
    ir::inst what;
    detail::block_step step;
    std::uint16_t slot;
  };
  struct output {
    ir::value_id value;
    dtype type;
  };

  /// True when the last value can go to where it is wanted: it is the only output, side by side, in its register type,
  /// and its memory is no operand's, because a step's result may not lie where it reads.
  bool goes_straight(row const& r) const {
    output const& o = outputs_[0];
    bool straight = outputs_.size() == 1 && o.value + 1u == code_.size() && code_.back().step != nullptr &&
                    r.out_stride[0] == 1 && compute_type(o.type) == o.type;
    for (instruction const& i : code_)
      straight =
          straight && !(i.what.op == ir::opcode::load && i.what.imm != ir::load_number && r.in[i.what.a] == r.out[0]);
    return straight;
  }

  std::size_t end_of(std::size_t begin) const {
    std::size_t k = begin;
    for (std::size_t depth = 1; depth > 0;) {
      ir::opcode const op = code_[++k].what.op;
      depth += op == ir::opcode::loop_begin;
      depth -= op == ir::opcode::loop_end;
    }
    return k;
  }

  /// Elements that lie side by side in their register type are used where they are.
  static void load(row const& r, ir::inst const& i, std::size_t base, std::size_t count, void* to, void const*& at) {
    index const stride = r.in_stride[i.a];
    if (i.imm == ir::load_array) {
      at = r.in[i.a];
      return;
    }
    if (i.imm == ir::load_number) {
      for (std::size_t k = 0; k < count; ++k)
        static_cast<std::int32_t*>(to)[k] = std::int32_t(r.start[i.a] + index(base + k) * stride);
      return;
    }
    std::byte const* const from =
        static_cast<std::byte const*>(r.in[i.a]) + index(base) * stride * index(size_of(i.type));
    if (stride == 1 && compute_type(i.type) == i.type) at = from;
    else detail::storage_table[std::size_t(i.type)].load(to, from, stride, count);
  }

  ndfuse::detail::list<instruction> code_;
  ndfuse::detail::list<output> outputs_;
  std::uint16_t register_count_ = 0;
  std::size_t pitch_ = 64;  // bytes from one register to the next
};

/// The loop of a program that is only known at run time; `p` must outlive it.
inline row_loop cpu_rows_of(block_program const& p) {
  return {[](row const& r) { static_cast<block_program const*>(r.context)->run(r); }, &p};
}

}  // namespace ndfuse::codegen
