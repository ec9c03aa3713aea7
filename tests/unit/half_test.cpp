// float16 against numpy.float16.

#include "unit/oracle.hpp"

#include <ndfuse/core/half.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {
template <class T> std::vector<T> read(std::istream& in, std::size_t count) {
  std::vector<T> values(count);
  in.read(reinterpret_cast<char*>(values.data()), std::streamsize(count * sizeof(T)));
  REQUIRE(std::size_t(in.gcount()) == count * sizeof(T));
  return values;
}
std::size_t bytes(std::ifstream& in) {
  in.seekg(0, std::ios::end);
  auto const size = std::size_t(in.tellg());
  in.seekg(0);
  return size;
}
}  // namespace

TEST_CASE("every float16 pattern becomes numpy's float32, and comes back") {
  auto in = oracle::open("half_to_float.bin", std::ios::binary);
  auto const expected = read<float>(in, 65536);
  std::size_t wrong = 0, lost = 0;
  for (std::uint32_t h = 0; h < 65536; ++h) {
    float const f = ndfuse::detail::half_bits_to_float(std::uint16_t(h));
    bool const same = std::isnan(expected[h])
                          ? std::isnan(f)
                          : std::bit_cast<std::uint32_t>(f) == std::bit_cast<std::uint32_t>(expected[h]);
    if (!same) ++wrong;
    std::uint16_t const back = ndfuse::detail::half_bits_from_float(f);
    std::uint16_t const kept = std::isnan(f) ? std::uint16_t(h | 0x200u) : std::uint16_t(h);  // a NaN becomes quiet
    if (back != kept) ++lost;
  }
  CHECK(wrong == 0);
  CHECK(lost == 0);
}

TEST_CASE("float32 rounds to numpy's float16") {
  auto in = oracle::open("float_to_half.bin", std::ios::binary);
  std::size_t const count = bytes(in) / 6;
  REQUIRE(count > 300000);
  auto const floats = read<float>(in, count);
  auto const expected = read<std::uint16_t>(in, count);
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < count; ++k) {
    std::uint16_t const h = ndfuse::detail::half_bits_from_float(floats[k]);
    bool const nan = (h & 0x7fffu) > 0x7c00u;
    bool const same = std::isnan(floats[k]) ? nan : h == expected[k];
    if (!same && ++wrong < 5)
      FAIL_CHECK(std::hexfloat << floats[k] << " became " << std::hex << h << ", numpy says " << expected[k]);
  }
  CHECK(wrong == 0);
}
