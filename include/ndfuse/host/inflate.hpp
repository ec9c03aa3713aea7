#pragma once
/// @file Decompression of "deflate" (RFC 1951), in which members of .npz archives may be packed.

#include <ndfuse/core/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ndfuse::detail {

class inflater {
 public:
  inflater(std::span<std::byte const> from, std::size_t size, std::string const& who)
      : from_(from), size_(size), who_(who) {}

  /// The decompressed bytes; throws value_error when they are not exactly `size`, or the stream is broken.
  std::vector<std::byte> run() {
    out_.reserve(size_);
    for (bool last = false; !last;) {
      last = bits(1) != 0;
      switch (bits(2)) {
        case 0: stored(); break;
        case 1: fixed(); break;
        case 2: dynamic(); break;
        default: fail("an unknown kind of block");
      }
    }
    if (out_.size() != size_) fail("other bytes than its directory says");
    return std::move(out_);
  }

 private:
  static constexpr unsigned longest = 15;

  /// Symbols by the next `width` bits: symbol << 4 | length; 0 where no code begins so.
  struct table {
    std::vector<std::uint16_t> entries;
    unsigned width = 0;
  };

  [[noreturn]] void fail(char const* why) const { throw value_error(message(who_, ": broken compressed data: ", why)); }

  /// The next `count` bits, without taking them; zeros behind the end.
  std::uint32_t peek(unsigned count) {
    while (have_ < count) {
      if (at_ < from_.size()) held_ |= std::uint64_t(from_[at_]) << have_;
      ++at_;
      have_ += 8;
    }
    return std::uint32_t(held_ & ((std::uint64_t(1) << count) - 1));
  }
  void drop(unsigned count) {
    held_ >>= count;
    have_ -= count;
    if (at_ > from_.size() + have_ / 8) fail("it ends too early");
  }
  std::uint32_t bits(unsigned count) {
    std::uint32_t const value = peek(count);
    drop(count);
    return value;
  }

  /// Canonical codes of these lengths (section 3.2.2), whose bits come most significant first.
  table make_table(std::span<std::uint8_t const> lengths) {
    std::array<std::uint32_t, longest + 2> count{}, next{};
    table t;
    for (unsigned const length : lengths) {
      ++count[length];
      if (length > t.width) t.width = length;
    }
    count[0] = 0;
    for (unsigned length = 1; length <= longest; ++length) {
      next[length + 1] = (next[length] + count[length]) << 1;
      if (next[length] + count[length] > 1u << length) fail("codes that overlap");
    }
    t.entries.assign(std::size_t(1) << t.width, 0);
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      unsigned const length = lengths[symbol];
      if (length == 0) continue;
      std::uint32_t const code = next[length]++;
      std::uint32_t reversed = 0;
      for (unsigned k = 0; k < length; ++k) reversed |= (code >> k & 1u) << (length - 1 - k);
      for (std::size_t k = reversed; k < t.entries.size(); k += std::size_t(1) << length)
        t.entries[k] = std::uint16_t(symbol << 4 | length);
    }
    return t;
  }
  unsigned symbol(table const& t) {
    std::uint16_t const entry = t.entries[peek(t.width)];
    if (entry == 0) fail("bits that are no code");
    drop(entry & 15u);
    return entry >> 4;
  }

  void stored() {
    drop(have_ % 8);
    std::uint32_t const count = bits(16);
    if (bits(16) != (count ^ 0xffffu)) fail("a stored block whose length is damaged");
    for (std::uint32_t k = 0; k < count; ++k) put(std::byte(bits(8)));
  }
  void fixed() {
    std::array<std::uint8_t, 288> lengths{};
    for (std::size_t k = 0; k < 288; ++k) lengths[k] = k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8;
    std::array<std::uint8_t, 30> distances{};
    distances.fill(5);
    block(make_table(lengths), make_table(distances));
  }
  void dynamic() {
    static constexpr std::uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    std::size_t const literals = bits(5) + 257, distances = bits(5) + 1, codes = bits(4) + 4;
    if (literals > 286 || distances > 30) fail("more codes than there are");
    std::array<std::uint8_t, 19> code_lengths{};
    for (std::size_t k = 0; k < codes; ++k) code_lengths[order[k]] = std::uint8_t(bits(3));
    table const of_lengths = make_table(code_lengths);
    std::array<std::uint8_t, 316> lengths{};
    for (std::size_t k = 0; k < literals + distances;) {
      unsigned const s = symbol(of_lengths);
      std::size_t repeat = 1;
      std::uint8_t value = std::uint8_t(s);
      if (s == 16) {
        if (k == 0) fail("a repetition of nothing");
        value = lengths[k - 1];
        repeat = 3 + bits(2);
      } else if (s >= 17) {
        value = 0;
        repeat = s == 17 ? 3 + bits(3) : 11 + bits(7);
      }
      if (repeat > literals + distances - k) fail("more code lengths than codes");
      for (; repeat > 0; --repeat) lengths[k++] = value;
    }
    if (lengths[256] == 0) fail("a block without an end");
    block(make_table(std::span(lengths).first(literals)), make_table(std::span(lengths).subspan(literals, distances)));
  }

  void block(table const& literals, table const& distances) {
    static constexpr std::uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                      31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static constexpr std::uint8_t length_bits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                     2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static constexpr std::uint16_t distance_base[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                        33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                        1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    for (;;) {
      unsigned const s = symbol(literals);
      if (s < 256) {
        put(std::byte(s));
        continue;
      }
      if (s == 256) return;
      if (s > 285) fail("an unknown length");
      std::size_t const length = length_base[s - 257] + bits(length_bits[s - 257]);
      unsigned const d = symbol(distances);
      if (d > 29) fail("an unknown distance");
      std::size_t const distance = distance_base[d] + bits(d < 2 ? 0 : d / 2 - 1);
      if (distance > out_.size()) fail("a distance to before the beginning");
      if (length > size_ - out_.size()) fail("more bytes than its directory says");
      for (std::size_t k = 0; k < length; ++k) out_.push_back(out_[out_.size() - distance]);
    }
  }
  void put(std::byte b) {
    if (out_.size() == size_) fail("more bytes than its directory says");
    out_.push_back(b);
  }

  std::span<std::byte const> from_;
  std::size_t size_;
  std::string const& who_;
  std::vector<std::byte> out_;
  std::uint64_t held_ = 0;
  std::size_t at_ = 0;
  unsigned have_ = 0;
};

}  // namespace ndfuse::detail
