#pragma once
/// @file How a matrix product is divided on WebGPU: a rule says it at once; candidates beside it are timed on the GPU
/// in the background (runtime/device.hpp, shim/src/tuner.js), and what won is taken from the next start on.

#include <ndfuse/codegen/frame_matmul.hpp>
#include <ndfuse/core/error.hpp>
#include <ndfuse/core/list.hpp>
#include <ndfuse/runtime/device.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace ndfuse::ops::detail {

/// A tile and the number of parts of k.
struct matmul_plan {
  codegen::tile_plan tile;
  index parts = 1;
  friend bool operator==(matmul_plan const&, matmul_plan const&) = default;
};

inline index divided_up(index a, index b) { return (a + b - 1) / b; }

/// What a plan depends on: extents, and the type of the sums.
struct matmul_extents {
  index batches, m, n, k;
  dtype sums = dtype::float32;
};

/// The tiles, the largest first. The rule takes those that need a number of tiles, where there are as many; the others
/// are only found by timing. Small products are also those of which a program has many, each compiled: theirs is the
/// short text.
struct matmul_tile {
  codegen::tile_plan tile;
  index needed;  // tiles; -1: never by the rule
};
inline constexpr matmul_tile matmul_tiles[] = {{{128, 128, 32, 8, 8, true}, 200}, {{128, 128, 16, 8, 8, true}, 200},
                                               {{128, 64, 16, 8, 4, true}, -1},   {{64, 64, 16, 8, 8, true}, -1},
                                               {{64, 64, 32, 8, 4, true}, 64},    {{64, 64, 16, 4, 4, false}, 64},
                                               {{32, 64, 32, 4, 4, false}, -1},   {{32, 32, 32, 4, 4, false}, 0}};
inline constexpr unsigned matmul_tile_count = unsigned(std::size(matmul_tiles));

/// A choice is the number of a tile, plus this where k is not cut.
inline constexpr unsigned whole_k_choice = 16;

/// How many parts' sums take at most 16 MiB.
inline index fitting_parts(matmul_extents const& e) {
  return (index(16) << 20) / std::max(e.batches * e.m * e.n * index(size_of(e.sums)), index(1));
}
/// Parts that are themselves long products cost little.
inline index long_parts(matmul_extents const& e) {
  return std::clamp(std::min(e.k / 1024, fitting_parts(e)), index(1), index(32));
}

inline index tiles_of(matmul_extents const& e, codegen::tile_plan const& t) {
  return divided_up(e.m, t.m) * divided_up(e.n, t.n) * e.batches;
}

/// Whether a device can run a tile, and not much is computed in vain beyond the edges of C. The smallest tile always
/// does.
inline bool suits(matmul_extents const& e, unsigned tile, runtime::gpu_limits const& limits) {
  codegen::tile_plan const& t = matmul_tiles[tile].tile;
  return tile == matmul_tile_count - 1 ||
         (t.workgroup_bytes() <= limits.max_workgroup_bytes && t.threads() <= limits.max_invocations &&
          3 * e.m * e.n >= 2 * divided_up(e.m, t.m) * t.m * divided_up(e.n, t.n) * t.n);
}

/// The rule: the largest tiles, which reuse operands most, of which there are enough to fill a large GPU, with a long k
/// cut into parts; where there are not enough even of small ones, a shorter k is cut too. Chosen from times measured on
/// an H200 (bench/).
inline unsigned guessed_choice(matmul_extents const& e, runtime::gpu_limits const& limits) {
  index const parts = long_parts(e);
  for (unsigned tile = 0; tile < matmul_tile_count; ++tile) {
    matmul_tile const& t = matmul_tiles[tile];
    if (t.needed >= 0 && suits(e, tile, limits) && tiles_of(e, t.tile) * parts >= t.needed) return tile;
  }
  return matmul_tile_count - 1;
}

/// The plan of a choice.
inline matmul_plan plan_of(matmul_extents const& e, unsigned choice) {
  codegen::tile_plan const& t = matmul_tiles[choice % whole_k_choice].tile;
  constexpr index busy = 256;  // workgroups that fill a large GPU
  index const parts =
      std::min({divided_up(busy, tiles_of(e, t)), std::max(index(8), long_parts(e)), e.k / 64, fitting_parts(e)});
  return {t, parts < 2 || choice >= whole_k_choice ? 1 : parts};
}

/// Whether a choice, which may come from a record, can be taken for a product.
inline bool valid_choice(matmul_extents const& e, int choice, runtime::gpu_limits const& limits) {
  unsigned const tile = unsigned(choice) % whole_k_choice;
  return choice >= 0 && unsigned(choice) < 2 * whole_k_choice && tile < matmul_tile_count && suits(e, tile, limits) &&
         divided_up(e.n, matmul_tiles[tile].tile.n) <= index(limits.max_workgroups);
}

/// At most four choices that are worth timing, the rule's first: where it cuts k, the same tile with k whole; then the
/// tiles whose area is nearest to its own.
inline ndfuse::detail::list<unsigned> candidate_choices(matmul_extents const& e, runtime::gpu_limits const& limits) {
  unsigned const guess = guessed_choice(e, limits);
  ndfuse::detail::list<unsigned> choices;
  choices.push_back(guess);
  if (plan_of(e, guess).parts > 1) choices.push_back(guess + whole_k_choice);
  auto const distance = [&](unsigned tile) {
    auto const area = [](unsigned t) {
      return std::bit_width(unsigned(matmul_tiles[t].tile.m * matmul_tiles[t].tile.n));
    };
    return std::abs(area(tile) - area(guess));
  };
  for (int far = 0; far < 8 && choices.size() < 4; ++far)
    for (unsigned tile = 0; tile < matmul_tile_count && choices.size() < 4; ++tile)
      if (tile != guess && distance(tile) == far && valid_choice(e, int(tile), limits)) choices.push_back(tile);
  return choices;
}

/// What products that are tuned together have in common: `facts` (types, loads, layout, without a tile), their extents
/// by powers of two, and the tiles that there are to choose from.
inline std::uint64_t tuning_key(codegen::matmul_facts facts, matmul_extents const& e) {
  constexpr std::uint64_t tiles = [] {
    std::uint64_t h = ir::hash_seed;
    for (matmul_tile const& t : matmul_tiles) h = codegen::hash(codegen::matmul_facts{t.tile}, h);
    return h;
  }();
  facts.plan = {};
  facts.whole_k = facts.parts = false;
  std::uint64_t h = codegen::hash(facts, tiles);
  for (index x : {e.batches, e.m, e.n, e.k}) h = ir::hash_combine(h, std::uint64_t(std::bit_width(std::uint64_t(x))));
  return h;
}

/// A product and its candidates in words, a line each.
inline std::string tuning_text(codegen::matmul_facts const& f, matmul_extents const& e,
                               std::span<unsigned const> choices) {
  constexpr std::string_view loads[] = {"", " transposed", " strided", " windows"};
  std::string text =
      ndfuse::detail::message("matmul ", name(f.a), loads[unsigned(f.a_load)], " by ", name(f.b),
                              loads[unsigned(f.b_load)], ", ", e.batches, " of ", e.m, " x ", e.k, " x ", e.n);
  for (unsigned c : choices) {
    matmul_plan const p = plan_of(e, c);
    text += ndfuse::detail::message("\n", index(p.tile.m), " x ", index(p.tile.n), " x ", index(p.tile.depth), ", ",
                                    index(p.tile.rows), " x ", index(p.tile.columns), " a thread");
    if (p.parts > 1) text += ndfuse::detail::message(", ", p.parts, " parts of k");
  }
  return text;
}

}  // namespace ndfuse::ops::detail
