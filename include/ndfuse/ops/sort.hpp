#pragma once
/// @file Sorting rows along the last axis: values, the positions they came from, or both. Stable; NaNs are equal to
/// each other and the greatest; -0 equals 0; complex numbers by NumPy's order.
///
/// Each element type is sorted as one to three words of bits (the least significant word first), a stable radix sort
/// each. WebGPU: rows of up to 1408 elements by one workgroup each, or several by one, in one launch; longer ones by
/// digits, four launches for each. WebGL2: merging of runs, a draw for each doubling. CPU: digits of 8 bits, sorting by
/// comparison for short rows. Workspace: one or two words an element for each of words and positions, on WebGPU also
/// 1 % for counts; elements of other than 32 bits, or strided ones, take one more word while they are copied.

#include <ndfuse/codegen/frame_sort.hpp>
#include <ndfuse/codegen/helpers.hpp>
#include <ndfuse/ir/builder.hpp>
#include <ndfuse/runtime/launch.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace ndfuse::ops {

namespace detail {

using codegen::sort_facts;

/// How the words of an element type are ordered, and which of their bits matter: unsigned numbers after an exclusive or
/// with `flip`, or floats.
struct word_kind {
  bool floating;
  std::uint32_t flip;
  unsigned first_bit, bits;
};
/// Of the types that are one word each on a GPU.
constexpr word_kind word_kind_of(dtype t) {
  switch (t) {
    case dtype::bool_: return {false, 0, 0, 4};
    case dtype::int8:
    case dtype::uint8: return {false, 0, 0, 8};
    case dtype::int16:
    case dtype::uint16: return {false, 0, 0, 16};
    case dtype::int32: return {false, 0x80000000u, 0, 32};
    case dtype::float16: return {true, 0, 12, 20};  // as a float32, whose last 13 bits are all alike
    case dtype::float32: return {true, 0, 0, 32};
    default: return {false, 0, 0, 32};
  }
}
constexpr word_kind reversed(word_kind k) {
  k.flip = ~k.flip;
  return k;
}

/// How far narrow signed integers are shifted to be unsigned.
constexpr int bias_of(dtype t) { return t == dtype::int8 ? 128 : t == dtype::int16 ? 32768 : 0; }

constexpr ir::value reinterpreted(ir::builder& b, ir::value v, dtype t) {
  return b.at(v).type == t ? v : ir::value{b.push({ir::opcode::bit_cast, t, v.id})};
}
/// From an element to its word.
constexpr void build_to_word(ir::builder& b, dtype t) {
  ir::value x = b.load(t);
  if (is_bool(t)) x = b.cast(x, dtype::uint32);
  x = reinterpreted(b, b.cast(x, compute_type(b.at(x).type)), dtype::uint32);
  if (bias_of(t) != 0) x = b.apply(ir::opcode::add, x, b.constant(bias_of(t), dtype::uint32));
  b.output(x);
  b.finish();
}
/// And back.
constexpr void build_from_word(ir::builder& b, dtype t) {
  ir::value x = b.load(dtype::uint32);
  if (bias_of(t) != 0) x = b.apply(ir::opcode::subtract, x, b.constant(bias_of(t), dtype::uint32));
  b.output(b.cast(is_bool(t) ? x : reinterpreted(b, x, compute_type(t)), t));
  b.finish();
}
/// The words of a complex number, least significant first: the imaginary part, the real part, and which are NaN.
constexpr void build_complex_word(ir::builder& b, unsigned word) {
  ir::value const x = b.load(dtype::complex64);
  ir::value const re = reinterpreted(b, b.apply(ir::opcode::real, x), dtype::uint32);
  ir::value const im = reinterpreted(b, b.apply(ir::opcode::imag, x), dtype::uint32);
  auto const is_nan = [&](ir::value v) {
    return b.apply(ir::opcode::greater, b.apply(ir::opcode::bitwise_and, v, b.constant(0x7fffffff, dtype::uint32)),
                   b.constant(0x7f800000, dtype::uint32));
  };
  auto const number = [&](int v) { return b.constant(v, dtype::uint32); };
  if (word == 0) b.output(im);
  else if (word == 1) b.output(re);
  else
    b.output(b.apply(ir::opcode::where, is_nan(re), number(2),
                     b.apply(ir::opcode::where, is_nan(im), number(1), number(0))));
  b.finish();
}

/// The program that rounds to float16, for its helper functions.
inline constexpr auto from_half_word = [] {
  constexpr std::size_t n = [] {
    ir::builder b;
    build_from_word(b, dtype::float16);
    return b.code().size();
  }();
  ir::builder b;
  build_from_word(b, dtype::float16);
  return b.freeze<n, 1>();
}();

/// Computes `out` by a small program of one load.
inline void map_words(runtime::gpu_device& d, ir::builder const& b, runtime::operand const& from,
                      runtime::tensor const& out) {
  runtime::helper_functions helpers;
  if (out.type == dtype::float16)
    helpers = {codegen::helper_texts<codegen::dialect::wgsl, from_half_word>,
               codegen::helper_texts<codegen::dialect::glsl, from_half_word>};
  runtime::kernel const k{b.view(), ir::hash(b.view()), "sort_words", {}, helpers, {}, {}};
  runtime::launch_map(d, k, {&from, 1}, {&out, 1}, {});
}

/// Rows of words to sort on a GPU. `positions` (optional): the words are taken in this order, and the new positions
/// are those of the elements that it named.
struct word_rows {
  runtime::buffer* words;
  index offset, rows, n;
  word_kind kind;
  runtime::buffer_ref positions;
};

/// Two buffers that are written in turn, so that the last of `passes` writes to `last` where there is one.
class alternating {
 public:
  alternating(runtime::gpu_device& d, index count, runtime::buffer_ref last, unsigned passes)
      : d_(d), count_(count), left_(passes), last_(std::move(last)) {}
  runtime::buffer_ref next() {
    --left_;
    if (left_ % 2 == 0 && last_) return last_;
    runtime::buffer_ref& b = own_[left_ % 2];
    if (!b) b = d_.allocate(count_, dtype::uint32);
    return b;
  }

 private:
  runtime::gpu_device& d_;
  index count_;
  unsigned left_;
  runtime::buffer_ref last_, own_[2];
};

/// The number of a kernel of sorting, made when it is new.
inline std::uint32_t sort_kernel(runtime::gpu_device& d, sort_facts const& f) {
  std::uint64_t const key = codegen::hash(f, ir::hash_seed);
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  std::string text;
  runtime::detail::emit_into(text, [&](char* to) {
    return f.stage == sort_facts::merge ? codegen::emit_merge(to, f) : codegen::emit_sort(to, f);
  });
  constexpr std::string_view names[] = {"sort_histogram", "sort_scatter", "sort_rows", "sort_merge"};
  std::string_view const parts[] = {codegen::prelude(d.language()), text};
  std::uint32_t const written = ((1u << f.outputs()) - 1u) << f.inputs();
  return d.add_kernel(key, names[f.stage], parts, f.inputs() + f.outputs(), written, false);
}
inline std::uint32_t scan_counts_kernel(runtime::gpu_device& d) {
  constexpr std::uint64_t key = ir::hash_combine(ir::hash_seed, 0x7363616eull);
  std::uint32_t const known = d.find_kernel(key);
  if (known != 0) return known;
  std::string text;
  runtime::detail::emit_into(text, [](char* to) { return codegen::emit_scan_counts(to); });
  std::string_view const parts[] = {codegen::prelude(d.language()), text};
  return d.add_kernel(key, "sort_scan", parts, 2, 3, false);
}

/// Launches `groups` workgroups of about `work` operations each, in as many submissions as that needs; `words` are the
/// parameters after `set(first, width)` has filled in where a launch begins.
template <class Set> void dispatch_groups(runtime::gpu_device& d, std::uint32_t kernel,
                                          std::span<runtime::buffer* const> buffers, index groups, std::uint64_t work,
                                          Set const& parameters) {
  index const piece = index(d.work_budget() / work) + 1;
  for (index first = 0; first < groups; first += piece) {
    index const count = groups - first < piece ? groups - first : piece;
    runtime::grid const g = runtime::detail::fold_grid(count, d.limits());
    runtime::detail::parameter_block p;
    parameters(p, first + count, first, index(g.x));
    d.dispatch(kernel, buffers, p.words(), g, work * std::uint64_t(count));
  }
}

constexpr index divide_up(index a, index b) { return (a + b - 1) / b; }

/// Rows that fit a workgroup's memory.
inline void sort_short_rows(runtime::gpu_device& d, word_rows const& r, runtime::buffer_ref const& values,
                            runtime::buffer_ref const& order) {
  index const together = std::clamp(index(codegen::sort_block) / r.n, index(1), index(256));
  sort_facts f;
  f.stage = sort_facts::rows;
  f.floating = r.kind.floating;
  f.positions_read = f.gathered = bool(r.positions);
  f.words_written = bool(values);
  f.positions_written = bool(order);
  f.packed = together > 1;
  runtime::buffer* buffers[4];
  unsigned b = 0;
  buffers[b++] = r.words;
  if (f.positions_read) buffers[b++] = r.positions.get();
  if (values) buffers[b++] = values.get();
  if (order) buffers[b++] = order.get();
  unsigned const passes = r.kind.bits / 4;
  dispatch_groups(d, sort_kernel(d, f), {buffers, b}, divide_up(r.rows, together),
                  std::uint64_t(codegen::sort_block) * (passes + 2) * 32,
                  [&](auto& p, index end, index first, index width) {
                    for (index v : {r.n, r.offset, end, first, width, index(r.kind.flip), r.rows, together,
                                    index(r.kind.first_bit), index(passes), index(0)})
                      p.word(v);
                  });
}

/// Rows of any length, digit by digit.
inline void sort_long_rows(runtime::gpu_device& d, word_rows const& r, runtime::buffer_ref const& values,
                           runtime::buffer_ref const& order) {
  constexpr index block = codegen::sort_block;
  unsigned const passes = r.kind.bits / 4;
  index const blocks = divide_up(r.n, block), counts_a_row = 16 * blocks, chunks = divide_up(counts_a_row, block),
              groups = r.rows * blocks;
  if (chunks > block)
    throw value_error(ndfuse::detail::message("sort: rows of ", r.n, " elements are longer than a GPU sorts"));
  runtime::buffer_ref const counts = d.allocate(r.rows * counts_a_row, dtype::uint32);
  runtime::buffer_ref const totals = d.allocate(r.rows * chunks, dtype::uint32);
  runtime::buffer_ref const sums = d.allocate(r.rows, dtype::uint32);
  alternating word_buffers(d, r.rows * r.n, values, passes), position_buffers(d, r.rows * r.n, order, passes);
  runtime::buffer* words = r.words;
  runtime::buffer_ref held_words, positions = r.positions;
  index offset = r.offset;

  auto const scan = [&](runtime::buffer* of, runtime::buffer* to, index n, index chunks_of_it) {
    runtime::buffer* const buffers[] = {of, to};
    dispatch_groups(d, scan_counts_kernel(d), buffers, r.rows * chunks_of_it, std::uint64_t(block) * 16,
                    [&](auto& p, index end, index first, index width) {
                      for (index v : {n, chunks_of_it, end, first, width}) p.word(v);
                    });
  };
  for (unsigned pass = 0; pass < passes; ++pass) {
    sort_facts f;
    f.floating = r.kind.floating;
    f.gathered = pass == 0 && positions;
    auto const parameters = [&](auto& p, index end, index first, index width) {
      for (index v : {r.n, offset, end, first, width, index(r.kind.flip), r.rows, blocks,
                      index(r.kind.first_bit + 4 * pass), index(passes), chunks})
        p.word(v);
    };
    f.stage = sort_facts::histogram;
    f.positions_read = f.gathered;
    runtime::buffer* buffers[6];
    unsigned b = 0;
    buffers[b++] = words;
    if (f.positions_read) buffers[b++] = positions.get();
    buffers[b++] = counts.get();
    dispatch_groups(d, sort_kernel(d, f), {buffers, b}, groups, std::uint64_t(block) * 16, parameters);
    scan(counts.get(), totals.get(), counts_a_row, chunks);
    scan(totals.get(), sums.get(), chunks, 1);

    f.stage = sort_facts::scatter;
    f.positions_read = positions && (order || f.gathered);
    f.positions_written = bool(order);
    runtime::buffer_ref const to_words = word_buffers.next();
    runtime::buffer_ref const to_positions = f.positions_written ? position_buffers.next() : runtime::buffer_ref();
    b = 0;
    buffers[b++] = words;
    if (f.positions_read) buffers[b++] = positions.get();
    buffers[b++] = counts.get();
    buffers[b++] = totals.get();
    buffers[b++] = to_words.get();
    if (f.positions_written) buffers[b++] = to_positions.get();
    dispatch_groups(d, sort_kernel(d, f), {buffers, b}, groups, std::uint64_t(block) * 64, parameters);
    held_words = to_words;
    words = held_words.get();
    offset = 0;
    positions = to_positions;
  }
}

/// By merging runs, on WebGL2.
inline void sort_by_merging(runtime::gpu_device& d, word_rows const& r, runtime::buffer_ref const& values,
                            runtime::buffer_ref const& order) {
  unsigned passes = 1;
  while ((index(1) << passes) < r.n) ++passes;
  index const count = r.rows * r.n;
  alternating word_buffers(d, count, values, passes), position_buffers(d, count, order, passes);
  runtime::buffer* words = r.words;
  runtime::buffer_ref held_words, positions = r.positions;
  index offset = r.offset;
  for (unsigned pass = 0; pass < passes; ++pass) {
    bool const keep_words = values || pass + 1 < passes;
    runtime::buffer_ref const to_words = keep_words ? word_buffers.next() : runtime::buffer_ref();
    runtime::buffer_ref const to_positions = order ? position_buffers.next() : runtime::buffer_ref();
    auto const merge = [&](bool write_words, bool write_positions) {
      sort_facts f;
      f.stage = sort_facts::merge;
      f.floating = r.kind.floating;
      f.gathered = pass == 0 && positions;
      f.positions_read = positions && (f.gathered || write_positions);
      f.words_written = write_words;
      f.positions_written = write_positions;
      runtime::buffer* buffers[4];
      unsigned b = 0;
      buffers[b++] = words;
      if (f.positions_read) buffers[b++] = positions.get();
      if (write_words) buffers[b++] = to_words.get();
      if (write_positions) buffers[b++] = to_positions.get();
      runtime::detail::parameter_block p;
      for (index v : {r.n, offset, index(r.kind.flip), count, index(1) << pass}) p.word(v);
      d.draw(sort_kernel(d, f), {buffers, b}, p.words(), {0, std::uint32_t(divide_up(count, 4)), true},
             std::uint64_t(4 * 24) * (pass + 1));
    };
    // Targets of one draw must be of one size.
    if (to_words && to_positions && to_words->bytes == to_positions->bytes) {
      merge(true, true);
    } else {
      if (to_words) merge(true, false);
      if (to_positions) merge(false, true);
    }
    held_words = to_words;
    words = held_words.get();
    offset = 0;
    positions = to_positions;
  }
}

inline void sort_words(runtime::gpu_device& d, word_rows const& r, runtime::buffer_ref const& values,
                       runtime::buffer_ref const& order) {
  if (d.kind() == device_kind::webgl) sort_by_merging(d, r, values, order);
  else if (r.n <= index(codegen::sort_block)) sort_short_rows(d, r, values, order);
  else sort_long_rows(d, r, values, order);
}

/// The elements of `from`, whose rows begin at `offset`, that the positions in each row name.
inline void gather_rows(runtime::gpu_device& d, runtime::buffer* from, index offset, dtype t,
                        runtime::buffer_ref const& order, index rows, index n, runtime::tensor const& out) {
  ir::builder b;
  ir::value const row = b.load(dtype::int32, true), position = b.load(dtype::int32);
  b.output(b.fetch(b.array(t), b.apply(ir::opcode::add, row, position)));
  b.finish();
  runtime::kernel const k{b.view(), ir::hash(b.view()), "sort_gather", {}, {}, {}, {}};
  runtime::operand const loads[] = {{nullptr, view{{rows, n}, {n, 0}, offset}},
                                    {order.get(), contiguous_view({rows, n})},
                                    {from, view{{rows, n}, {0, 0}, 0}}};
  runtime::tensor const flat{out.memory, contiguous_view({rows, n}), t};
  runtime::launch_map(d, k, loads, {&flat, 1}, {});
}

inline void sort_on_gpu(runtime::gpu_device& d, runtime::operand const& keys, dtype t, runtime::tensor const* values,
                        runtime::tensor const* order, bool descending) {
  index const n = keys.view.shape[keys.view.rank() - 1], count = keys.view.size(), rows = count / n;
  auto const words_by = [&](ir::builder const& b) {
    runtime::tensor words{d.allocate(count, dtype::uint32), contiguous_view(keys.view.shape), dtype::uint32};
    map_words(d, b, keys, words);
    return words.memory;
  };
  if (is_complex(t)) {
    runtime::buffer_ref positions;
    for (unsigned w = 0; w < 3; ++w) {
      ir::builder b;
      build_complex_word(b, w);
      runtime::buffer_ref const words = words_by(b);
      runtime::buffer_ref const next = w == 2 && order != nullptr ? order->memory : d.allocate(count, dtype::int32);
      word_kind const kind = word_kind_of(w == 2 ? dtype::bool_ : dtype::float32);  // the last takes four bits, too
      sort_words(d, {words.get(), 0, rows, n, descending ? reversed(kind) : kind, positions}, {}, next);
      positions = next;
    }
    if (values == nullptr) return;
    if (is_contiguous(keys.view)) return gather_rows(d, keys.memory, keys.view.offset, t, positions, rows, n, *values);
    ir::builder b;
    b.output(b.load(t));
    b.finish();
    runtime::tensor const source{d.allocate(count, t), contiguous_view(keys.view.shape), t};
    map_words(d, b, keys, source);
    gather_rows(d, source.memory.get(), 0, t, positions, rows, n, *values);
    return;
  }
  // 32-bit elements are words as they are.
  bool const same = size_of(t) == 4;
  runtime::buffer_ref words, sorted;
  index offset = 0;
  if (same && is_contiguous(keys.view)) {
    words = runtime::buffer_ref(keys.memory);
    offset = keys.view.offset;
  } else {
    ir::builder b;
    build_to_word(b, t);
    words = words_by(b);
  }
  if (values != nullptr) sorted = same ? values->memory : d.allocate(count, dtype::uint32);
  word_kind const kind = word_kind_of(t);
  sort_words(d, {words.get(), offset, rows, n, descending ? reversed(kind) : kind, {}}, sorted,
             order != nullptr ? order->memory : runtime::buffer_ref());
  if (values == nullptr || same) return;
  ir::builder b;
  build_from_word(b, t);
  map_words(d, b, {sorted.get(), contiguous_view(values->view.shape)}, *values);
}

/// An unsigned number whose order is that of the element; see word_order.
template <class T> auto sort_key(T v) {
  if constexpr (std::same_as<T, bool>) return std::uint8_t(v);
  else if constexpr (std::unsigned_integral<T>) return v;
  else if constexpr (std::signed_integral<T>) {
    using U = std::make_unsigned_t<T>;
    return U(U(v) ^ U(U(1) << (8 * sizeof(T) - 1)));
  } else {
    using U = std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                 std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
    constexpr U sign = U(U(1) << (8 * sizeof(T) - 1));
    constexpr U infinity = sizeof(T) == 2 ? U(0x7c00u) : sizeof(T) == 4 ? U(0x7f800000u) : U(0x7ff0000000000000u);
    U const bits = std::bit_cast<U>(v);
    if (U(bits & U(~sign)) > infinity) return U(~U(0));
    if (bits == sign) return sign;
    return U((bits & sign) != 0 ? ~bits : bits ^ sign);
  }
}

/// Orders one row on the CPU: `order` holds positions and is rearranged, stably, by key[position].
template <class K> class row_sorter {
 public:
  explicit row_sorter(std::size_t n) : pairs_(n), spare_(n > few ? n : 0) {}

  template <class Key> void operator()(std::vector<std::uint32_t>& order, Key const& key) {
    std::size_t const n = order.size();
    for (std::size_t i = 0; i < n; ++i) pairs_[i] = {key(order[i]), order[i]};
    if (n <= few) {
      std::stable_sort(pairs_.begin(), pairs_.end(), [](pair const& a, pair const& b) { return a.key < b.key; });
    } else {
      for (unsigned shift = 0; shift < 8 * sizeof(K); shift += 8) pass(shift);
    }
    for (std::size_t i = 0; i < n; ++i) order[i] = pairs_[i].position;
  }

 private:
  struct pair {
    K key;
    std::uint32_t position;
  };
  static constexpr std::size_t few = 256;
  void pass(unsigned shift) {
    std::size_t next[256]{};
    for (pair const& p : pairs_) ++next[std::size_t(p.key >> shift & 255u)];
    if (next[std::size_t(pairs_[0].key >> shift & 255u)] == pairs_.size()) return;  // one digit throughout
    std::size_t total = 0;
    for (std::size_t& count : next) total += std::exchange(count, total);
    for (pair const& p : pairs_) spare_[next[std::size_t(p.key >> shift & 255u)]++] = p;
    pairs_.swap(spare_);
  }
  std::vector<pair> pairs_, spare_;
};

/// What a complex number has two of.
template <class T> struct part_of {
  using type = T;
};
template <class R> struct part_of<std::complex<R>> {
  using type = R;
};

template <class T> void sort_on_cpu(runtime::operand const& keys, runtime::tensor const* values,
                                    runtime::tensor const* order, bool descending) {
  std::size_t const n = std::size_t(keys.view.shape[keys.view.rank() - 1]);
  index const step = keys.view.strides[keys.view.rank() - 1];
  shape outer = keys.view.shape;
  outer.erase(outer.size() - 1);
  view rows = keys.view;
  rows.shape = outer;
  rows.strides.erase(rows.strides.size() - 1);
  index_list at = index_list::filled(outer.size(), 0);
  std::vector<std::uint32_t> positions(n);
  auto* to_values = values != nullptr ? reinterpret_cast<T*>(values->memory->host) + values->view.offset : nullptr;
  auto* to_order =
      order != nullptr ? reinterpret_cast<std::int32_t*>(order->memory->host) + order->view.offset : nullptr;
  using part = part_of<T>::type;
  row_sorter<decltype(sort_key(part()))> sorter(n);
  row_sorter<std::uint8_t> groups(is_complex(dtype_of<T>) ? n : 0);
  auto const sort_row = [&](T const* from) {
    for (std::size_t i = 0; i < n; ++i) positions[i] = std::uint32_t(i);
    auto const by = [&]<class K>(row_sorter<K>& sorter_of, auto const& key) {
      sorter_of(positions, [&](std::uint32_t i) {
        return descending ? K(~key(from[index(i) * step])) : K(key(from[index(i) * step]));
      });
    };
    if constexpr (is_complex(dtype_of<T>)) {
      auto const is_nan = [](part v) { return v != v; };
      by(sorter, [](T v) { return sort_key(v.imag()); });
      by(sorter, [](T v) { return sort_key(v.real()); });
      by(groups, [&](T v) { return std::uint8_t(is_nan(v.real()) ? 2 : is_nan(v.imag()) ? 1 : 0); });
    } else {
      by(sorter, [](T v) { return sort_key(v); });
    }
  };
  do {
    T const* const from = reinterpret_cast<T const*>(keys.memory->host) + runtime::element_at(rows, at);
    sort_row(from);
    if (to_values != nullptr)
      for (std::uint32_t i : positions) *to_values++ = from[index(i) * step];
    if (to_order != nullptr)
      for (std::uint32_t i : positions) *to_order++ = std::int32_t(i);
  } while (runtime::advance(at, outer));
}

/// Calls `f.template operator()<T>()` with the C++ type of `t`.
template <class F> decltype(auto) with_element_type(dtype t, F&& f) {
  switch (t) {
    case dtype::bool_: return f.template operator()<bool>();
    case dtype::int8: return f.template operator()<std::int8_t>();
    case dtype::int16: return f.template operator()<std::int16_t>();
    case dtype::int32: return f.template operator()<std::int32_t>();
    case dtype::int64: return f.template operator()<std::int64_t>();
    case dtype::uint8: return f.template operator()<std::uint8_t>();
    case dtype::uint16: return f.template operator()<std::uint16_t>();
    case dtype::uint32: return f.template operator()<std::uint32_t>();
    case dtype::uint64: return f.template operator()<std::uint64_t>();
    case dtype::float16: return f.template operator()<float16>();
    case dtype::float32: return f.template operator()<float>();
    case dtype::float64: return f.template operator()<double>();
    case dtype::complex64: return f.template operator()<std::complex<float>>();
    default: return f.template operator()<std::complex<double>>();
  }
}

}  // namespace detail

/// Sorts each row of `keys` (any view of rank 1 or more) along its last axis, stably: ascending with NaN last, or
/// exactly the other way round (NaN first), equal elements in their old order both times. `values` takes the sorted
/// elements, of type `t`; `order` the positions along the axis that they came from, int32 (argsort). Either may be
/// null; both are contiguous, of the keys' shape, start and end with their memory, which is not that of the keys.
/// Throws value_error for rows whose positions int32 does not hold.
inline void launch_sort(runtime::device& d, runtime::operand const& keys, dtype t, runtime::tensor const* values,
                        runtime::tensor const* order, bool descending) {
  if (keys.view.size() == 0 || (values == nullptr && order == nullptr)) return;
  if (index const n = keys.view.shape[keys.view.rank() - 1]; n > INT32_MAX)
    throw value_error(
        ndfuse::detail::message("sort: an axis of ", n, " elements is longer than int32 positions reach"));
  if (d.kind() != device_kind::cpu)
    return detail::sort_on_gpu(static_cast<runtime::gpu_device&>(d), keys, t, values, order, descending);
  auto& cpu = static_cast<runtime::cpu_device&>(d);
  if (cpu.capturing())
    return cpu.keep([&d, keys, memory = runtime::buffer_ref(keys.memory), t,
                     to_values = values != nullptr ? *values : runtime::tensor{},
                     to_order = order != nullptr ? *order : runtime::tensor{}, descending] {
      launch_sort(d, keys, t, to_values.memory ? &to_values : nullptr, to_order.memory ? &to_order : nullptr,
                  descending);
    });
  detail::with_element_type(t, [&]<class T> { detail::sort_on_cpu<T>(keys, values, order, descending); });
  cpu.note_launch();
}

}  // namespace ndfuse::ops
