#pragma once
/// @file The frames of sorting. WGSL: a stable radix sort from the least significant digit on (histogram, scan, scatter
/// for each digit), and rows that fit a workgroup sorted in its memory. GLSL: merging of sorted runs.
///
/// Elements are 32-bit words; `key` maps a word to an unsigned number of the same order, where NaNs are equal and the
/// greatest and -0 equals 0, so that words keep their bits. A workgroup of 128 threads holds a block of 1408 words, 11
/// a thread: an odd number, so that threads that read their own words hit different banks. Ranks within a block come
/// from counters of each thread and digit, scanned in the order digit, thread (N. Satish, M. Harris, M. Garland,
/// Designing efficient sorting algorithms for manycore GPUs, 2009): no atomics, stable.
///
/// Memory traffic of a digit: every word (and its position, where that is wanted) is read once for the histogram, read
/// and written once for the scatter. Rows in workgroup memory: read and written once in all. A merge of runs: log2 of
/// the run's length pairs of words read for every four, then one a word.

#include <ndfuse/codegen/dialect.hpp>
#include <ndfuse/codegen/operands.hpp>
#include <ndfuse/codegen/sink.hpp>
#include <ndfuse/ir/program.hpp>

#include <cstdint>

namespace ndfuse::codegen {

// Few threads, for little memory: software adapters clear it word by word, in code that takes seconds to compile.
inline constexpr unsigned sort_threads = 128, sort_thread_bits = 7;
inline constexpr unsigned sort_items = 11;                         // words a thread
inline constexpr unsigned sort_block = sort_items * sort_threads;  // words a workgroup

/// What the text of a sorting kernel depends on. Bindings: the words; the positions that are read; for a scatter the
/// counts and their totals; the words written; the positions written. What a kernel does not have is left out.
struct sort_facts {
  enum stage_kind : std::uint8_t { histogram, scatter, rows, merge };
  stage_kind stage = rows;
  bool floating = false;        // words are floats; otherwise the order is that of `word ^ flip`, unsigned
  bool positions_read = false;  // where each word came from, in its row, is read
  bool gathered = false;        // and words are fetched from there
  bool words_written = true;
  bool positions_written = false;
  bool packed = false;  // rows: several in one workgroup
  friend constexpr bool operator==(sort_facts const&, sort_facts const&) = default;

  constexpr bool carries_positions() const { return positions_written || packed; }
  constexpr unsigned inputs() const { return 1u + positions_read + (stage == scatter ? 2u : 0u); }
  constexpr unsigned outputs() const {
    return stage == histogram ? 1u : unsigned(words_written) + unsigned(positions_written);
  }
};

constexpr std::uint64_t hash(sort_facts const& f, std::uint64_t h) {
  return ir::hash_combine(h, 0x736f7274ull << 32 | std::uint64_t(f.stage) | std::uint64_t(f.floating) << 16 |
                                 std::uint64_t(f.positions_read) << 17 | std::uint64_t(f.gathered) << 18 |
                                 std::uint64_t(f.words_written) << 19 | std::uint64_t(f.positions_written) << 20 |
                                 std::uint64_t(f.packed) << 21);
}

namespace detail {

/// fn key(word): an unsigned number whose order is the word's, or, by the parameter `flip`, the other way round.
constexpr void emit_sort_key(sink& out, dialect d, bool floating) {
  bool const wgsl = d == dialect::wgsl;
  out(wgsl ? "fn key(w: u32) -> u32 {\n" : "uint key(uint w) {\n");
  if (floating) {
    out("  if ((w & 0x7fffffffu) > 0x7f800000u) { return ~p.flip; }\n");
    out("  if (w == 0x80000000u) { return w ^ p.flip; }\n");
    out(wgsl ? "  return select(w ^ 0x80000000u, ~w, w >> 31u != 0u) ^ p.flip;\n}\n"
             : "  return (w >> 31u != 0u ? ~w : w ^ 0x80000000u) ^ p.flip;\n}\n");
  } else {
    out("  return w ^ p.flip;\n}\n");
  }
}

/// Writes text that works on the 11 words of each thread: k[j] its words, q[j] their positions, r[j] their ranks, `s`
/// the workgroup's memory. Blocked: word j of thread l is number l * 11 + j of the block; striped: j * 128 + l. Loops
/// have constant bounds, so that arrays become registers when drivers unroll them.
class block_emitter {
 public:
  constexpr explicit block_emitter(sink& out) : out_(out) {}

  constexpr void memory() { out_("var<workgroup> s: array<u32, ", sort_block, ">;\n"); }
  constexpr void barrier() { out_("  workgroupBarrier();\n"); }
  /// A loop over the thread's words.
  template <class... Parts> constexpr void each(Parts const&... parts) {
    out_("  for (var j = 0u; j < ", sort_items, "u; j++) {\n", parts..., "  }\n");
  }
  /// The same with `i`, the striped number of word j, for those that there are.
  template <class... Parts> constexpr void each_striped(Parts const&... parts) {
    each("    let i = j * ", sort_threads, "u + l;\n    if (i < count) {\n", parts..., "    }\n");
  }

  /// From striped to blocked by way of `s`, which is free afterwards.
  constexpr void to_blocked(char const* name) {
    each("    s[j * ", sort_threads, "u + l] = ", name, "[j];\n");
    barrier();
    each("    ", name, "[j] = s[l * ", sort_items, "u + j];\n");
    barrier();
  }
  /// Each word to its rank, then read blocked or striped.
  constexpr void exchange(char const* name, bool striped) {
    each("    s[r[j]] = ", name, "[j];\n");
    barrier();
    if (striped) each("    ", name, "[j] = s[j * ", sort_threads, "u + l];\n");
    else each("    ", name, "[j] = s[l * ", sort_items, "u + j];\n");
  }

  /// The sum of `sum` over the threads before this one, as `before`, and over all, as `total`; two buffers of a word a
  /// thread from s[at] on. (W. D. Hillis, G. L. Steele, Data parallel algorithms, 1986)
  constexpr void scan_threads(unsigned at) {
    out_("  var before = sum;\n  s[", at, "u + l] = sum;\n");
    out_("  for (var t = 0u; t < ", sort_thread_bits, "u; t++) {\n  workgroupBarrier();\n    let was = ", at,
         "u + t % 2u * ", sort_threads, "u + l;\n    let now = ", at, "u + (t + 1u) % 2u * ", sort_threads,
         "u + l;\n    if (l >= 1u << t) { before += s[was - (1u << t)]; }\n"
         "    s[now] = before;\n  }\n");
    barrier();
    out_("  let total = s[", at + sort_thread_bits % 2u * sort_threads + sort_threads - 1u, "u];\n  before -= sum;\n");
  }

  /// r[j]: where word j goes when the block is sorted, stably, by its digit 0 .. 15, written by `digit` as an
  /// expression in j. Words past `count` have the digit 15. Uses `s`.
  template <class... Digit> constexpr void rank(Digit const&... digit) {
    constexpr unsigned column = sort_threads / 8 * 9;
    // A thread's counters: digits d and d + 8 in the halves of word d * 144 + l + l / 8 (padded for the banks).
    out_("  {\n  let c = l + (l >> 3u);\n  for (var d = 0u; d < 8u; d++) { s[d * ", column, "u + c] = 0u; }\n");
    each("    let d = select(15u, ", digit..., ", l * ", sort_items, "u + j < count);\n    let at = (d & 7u) * ",
         column,
         "u + c;\n    let half = (d >> 3u) << 4u;\n    let was = s[at];\n"
         "    r[j] = ((was >> half) & 0xffffu) | (d << 16u);\n    s[at] = was + (1u << half);\n");
    barrier();
    out_(
        "  var v = array<u32, 8>();\n  var sum = 0u;\n"
        "  for (var d = 0u; d < 8u; d++) {\n    v[d] = s[l * 9u + d];\n    sum += v[d];\n  }\n");
    scan_threads(8 * column);
    out_(
        "  before += total << 16u;\n"  // the upper digits follow all lower ones
        "  for (var d = 0u; d < 8u; d++) {\n    s[l * 9u + d] = before;\n    before += v[d];\n  }\n");
    barrier();
    each(
        "    let d = r[j] >> 16u;\n"
        "    r[j] = (r[j] & 0xffffu) + ((s[(d & 7u) * ",
        column, "u + c] >> ((d >> 3u) << 4u)) & 0xffffu);\n");
    out_("  }\n");
    barrier();
  }

 private:
  sink& out_;
};

class sort_emitter {
 public:
  constexpr sort_emitter(sink& out, sort_facts const& f) : out_(out), f_(f), block_(out) {}

  constexpr void wgsl() {
    unsigned b = 0;
    buffer(b++, "read", "words");
    if (f_.positions_read) buffer(b++, "read", "positions");
    if (f_.stage == sort_facts::scatter) {
      buffer(b++, "read", "counts");
      buffer(b++, "read", "totals");
    }
    if (f_.stage == sort_facts::histogram) {
      buffer(b++, "read_write", "counts");
    } else {
      if (f_.words_written) buffer(b++, "read_write", "out_words");
      if (f_.positions_written) buffer(b++, "read_write", "out_positions");
    }
    out_("struct params {\n");
    for (char const* name :
         {"n", "offset", "groups", "first", "width", "flip", "rows", "blocks", "shift", "passes", "chunks"})
      out_("  ", name, ": u32,\n");
    out_("}\n@group(0) @binding(", b, ") var<uniform> p: params;\n");
    emit_sort_key(out_, dialect::wgsl, f_.floating);
    if (f_.stage == sort_facts::histogram) histogram();
    else if (f_.stage == sort_facts::scatter) scatter();
    else rows();
  }

 private:
  constexpr void buffer(unsigned b, char const* mode, char const* name) {
    out_("@group(0) @binding(", b, ") var<storage, ", mode, "> ", name, ": array<u32>;\n");
  }
  constexpr void begin() {
    out_("\n@compute @workgroup_size(", sort_threads,
         ")\n"
         "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n"
         "  let g = p.first + id.x + id.y * p.width;\n  if (g >= p.groups) { return; }\n");
  }
  /// A block of a row: where it lies.
  constexpr void place_in_row() {
    out_("  let row = g / p.blocks;\n  let block = g % p.blocks;\n  let base = row * p.n;\n  let start = block * ",
         sort_block, "u;\n  let count = min(", sort_block, "u, p.n - start);\n");
  }

  constexpr void histogram() {
    // Counted in 32 columns, so that threads that run together hit different banks.
    out_("var<workgroup> c: array<atomic<u32>, 512>;\n");
    begin();
    place_in_row();
    block_.each_striped("      let w = words[p.offset + base + ",
                        f_.gathered ? "positions[base + start + i]" : "start + i",
                        "];\n      atomicAdd(&c[((key(w) >> p.shift) & 15u) * 32u + l % 32u], 1u);\n");
    block_.barrier();
    out_(
        "  if (l >= 16u) { return; }\n  var total = 0u;\n"
        "  for (var k = 0u; k < 32u; k++) { total += atomicLoad(&c[l * 32u + (k + l) % 32u]); }\n"
        "  counts[(row * 16u + l) * p.blocks + block] = total;\n}\n");
  }

  /// The block's words, and positions where they are carried, blocked.
  constexpr void load() {
    out_("  var k = array<u32, ", sort_items, ">();\n  var r = array<u32, ", sort_items, ">();\n");
    bool const carried = f_.carries_positions();
    if (carried) out_("  var q = array<u32, ", sort_items, ">();\n");
    if (f_.gathered) {
      // Packed rows carry positions counted from the first of them.
      block_.each_striped(
          "      let at = ", f_.packed ? "i / p.n * p.n + positions[base + i]" : "positions[base + start + i]",
          ";\n      k[j] = words[p.offset + base + at];\n", carried ? "      q[j] = at;\n" : "");
    } else {
      block_.each_striped("      k[j] = words[p.offset + base + start + i];\n",
                          carried && f_.positions_read ? "      q[j] = positions[base + start + i];\n" : "");
    }
    block_.to_blocked("k");
    if (!carried) return;
    if (f_.positions_read) block_.to_blocked("q");
    else block_.each("    q[j] = start + l * ", sort_items, "u + j;\n");
  }

  constexpr void scatter() {
    block_.memory();
    out_("var<workgroup> starts: array<u32, 16>;\n");
    begin();
    place_in_row();
    load();
    block_.rank("(key(k[j]) >> p.shift) & 15u");
    block_.exchange("k", true);
    // Where each digit begins in the block.
    out_("  var e = array<u32, ", sort_items, ">();\n");
    block_.each_striped(
        "      let d = (key(k[j]) >> p.shift) & 15u;\n      e[j] = d;\n"
        "      if (i == 0u || ((key(s[max(i, 1u) - 1u]) >> p.shift) & 15u) != d) { starts[d] = i; }\n");
    block_.barrier();
    if (f_.carries_positions()) {
      block_.exchange("q", true);
      block_.barrier();
    }
    // Its place in the row less that.
    out_(
        "  if (l < 16u) {\n    let at = l * p.blocks + block;\n    starts[l] = counts[row * p.blocks * 16u + at] + "
        "totals[row * p.chunks + at / ",
        sort_block, "u] - starts[l];\n  }\n");
    block_.barrier();
    block_.each_striped("      let at = base + starts[e[j]] + i;\n      out_words[at] = k[j];\n",
                        f_.positions_written ? "      out_positions[at] = q[j];\n" : "");
    out_("}\n");
  }

  constexpr void rows() {
    block_.memory();
    if (f_.packed)  // after the keys' digits two of the row's number
      out_(
          "fn digit(w: u32, q: u32, t: u32) -> u32 {\n"
          "  if (t < p.passes) { return (key(w) >> (p.shift + 4u * t)) & 15u; }\n"
          "  return ((q / p.n) >> (4u * (t - p.passes))) & 15u;\n}\n");
    begin();
    if (f_.packed)
      out_("  let row = g * p.blocks;\n  let base = row * p.n;\n  let count = min(p.blocks, p.rows - row) * p.n;\n");
    else out_("  let base = g * p.n;\n  let count = p.n;\n");
    out_("  let start = 0u;\n");
    load();
    out_("  for (var t = 0u; t < 10u; t++) {\n  if (t >= p.passes", f_.packed ? " + 2u" : "", ") { break; }\n");
    block_.rank(f_.packed ? "digit(k[j], q[j], t)" : "(key(k[j]) >> (p.shift + 4u * t)) & 15u");
    block_.exchange("k", false);
    block_.barrier();
    if (f_.carries_positions()) {
      block_.exchange("q", false);
      block_.barrier();
    }
    out_("  }\n");
    auto const store = [&](char const* name, char const* to) {
      block_.each("    s[l * ", sort_items, "u + j] = ", name, "[j];\n");
      block_.barrier();
      block_.each_striped("      ", to, "[base + i] = s[i]", f_.packed && name[0] == 'q' ? " % p.n" : "", ";\n");
    };
    if (f_.words_written) {
      store("k", "out_words");
      if (f_.positions_written) block_.barrier();
    }
    if (f_.positions_written) store("q", "out_positions");
    out_("}\n");
  }

  sink& out_;
  sort_facts const& f_;
  block_emitter block_;
};

}  // namespace detail

/// Writes the whole WGSL kernel of a stage to `out`, or counts it.
constexpr std::size_t emit_sort(char* out_text, sort_facts const& f) {
  sink out(out_text);
  detail::sort_emitter(out, f).wgsl();
  return out.size();
}

/// Writes the WGSL kernel that scans counts: each row of `n` words, in chunks of 1408, becomes the sums of the words
/// before each within its chunk; the chunks' sums go to the second binding.
constexpr std::size_t emit_scan_counts(char* out_text) {
  sink out(out_text);
  detail::block_emitter block(out);
  out("@group(0) @binding(0) var<storage, read_write> counts: array<u32>;\n"
      "@group(0) @binding(1) var<storage, read_write> totals: array<u32>;\n"
      "struct params {\n  n: u32,\n  chunks: u32,\n  groups: u32,\n  first: u32,\n  width: u32,\n}\n"
      "@group(0) @binding(2) var<uniform> p: params;\n");
  block.memory();
  out("\n@compute @workgroup_size(", sort_threads,
      ")\nfn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {\n"
      "  let g = p.first + id.x + id.y * p.width;\n  if (g >= p.groups) { return; }\n"
      "  let start = g % p.chunks * ",
      sort_block, "u;\n  let base = g / p.chunks * p.n + start;\n  let count = min(", sort_block, "u, p.n - start);\n");
  out("  var k = array<u32, ", sort_items, ">();\n");
  block.each_striped("      k[j] = counts[base + i];\n");
  block.to_blocked("k");
  out("  var sum = 0u;\n");
  block.each("    sum += k[j];\n");
  block.scan_threads(0);
  block.barrier();
  out("  if (l == 0u) { totals[g] = total; }\n");
  block.each("    s[l * ", sort_items, "u + j] = before;\n    before += k[j];\n");
  block.barrier();
  block.each_striped("      counts[base + i] = s[i];\n");
  out("}\n");
  return out.size();
}

/// Writes the fragment shader that merges neighbouring sorted runs of `run` words of each row, or counts it. What a
/// texel's four words need is searched for each by itself: the number of words that come from the first run (S. Odeh et
/// al., Merge path, 2012).
constexpr std::size_t emit_merge(char* out_text, sort_facts const& f) {
  sink out(out_text);
  auto const sampler = [&](unsigned b, char const* name) {
    out("uniform usampler2D b", b, ";\nuint ", name, "(uint e) { return texelFetch(b", b,
        ", ivec2(int(e >> 2u & 4095u), int(e >> 14u)), 0)[int(e & 3u)]; }\n");
  };
  sampler(0, "word");
  if (f.positions_read) sampler(1, "position");
  out("layout(std140) uniform params {\n  uint n;\n  uint offset;\n  uint flip;\n  uint count;\n  uint run;\n} p;\n");
  unsigned outputs = 0;
  if (f.words_written) out("layout(location = ", outputs++, ") out uvec4 out_words;\n");
  if (f.positions_written) out("layout(location = ", outputs++, ") out uvec4 out_positions;\n");
  detail::emit_sort_key(out, dialect::glsl, f.floating);
  // at(base, i): the word that place i of the row at `base` holds
  out("uint at(uint base, uint i) { return word(p.offset + base + ");
  out(f.gathered ? "position(base + i)" : "i", "); }\n");
  out("uvec2 element(uint e) {\n"
      "  if (e >= p.count) { return uvec2(0u); }\n"
      "  uint base = e / p.n * p.n;\n  uint i = e - base;\n"
      "  uint first = i / (2u * p.run) * (2u * p.run);\n"
      "  uint second = min(first + p.run, p.n);\n"
      "  uint n1 = second - first;\n  uint n2 = min(second + p.run, p.n) - second;\n"
      "  uint k = i - first;\n"
      "  uint lo = k > n2 ? k - n2 : 0u;\n  uint hi = min(k, n1);\n"
      "  for (uint turn = 0u; turn < 32u; turn++) {\n"
      "    if (lo >= hi) { break; }\n"
      "    uint m = (lo + hi) / 2u;\n"
      "    if (key(at(base, first + m)) <= key(at(base, second + k - 1u - m))) { lo = m + 1u; } else { hi = m; }\n"
      "  }\n"
      "  uint rest = k - lo;\n"
      "  uint from = second + rest;\n  uint w = 0u;\n"
      "  if (rest < n2) { w = at(base, from); }\n"
      "  if (lo < n1) {\n"
      "    uint a = at(base, first + lo);\n"
      "    if (rest >= n2 || key(a) <= key(w)) { from = first + lo; w = a; }\n"
      "  }\n"
      "  return uvec2(w, ",
      f.positions_read ? "position(base + from)" : "from", ");\n}\n");
  out("void main() {\n  uint e = (uint(gl_FragCoord.y) * 4096u + uint(gl_FragCoord.x)) * 4u;\n");
  for (unsigned j = 0; j < 4; ++j) out("  uvec2 r", j, " = element(e + ", j, "u);\n");
  if (f.words_written) out("  out_words = uvec4(r0.x, r1.x, r2.x, r3.x);\n");
  if (f.positions_written) out("  out_positions = uvec4(r0.y, r1.y, r2.y, r3.y);\n");
  out("}\n");
  return out.size();
}

}  // namespace ndfuse::codegen
