#include "oracle.hpp"
#include "values.hpp"

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/linalg.hpp>
#include <ndfuse/print.hpp>

#include <charconv>
#include <cstring>
#include <limits>
#include <sstream>

using nf::all;
using nf::slice;

namespace {

nf::print_options options_from(std::string_view text) {
  nf::print_options o;
  if (text.empty()) return o;
  for (std::string_view const pair : oracle::split(text, ',')) {
    auto const parts = oracle::split(pair, '=');
    int value = 0;
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), value);
    if (parts[0] == "precision") o.precision = value;
    else if (parts[0] == "threshold") o.threshold = value;
    else if (parts[0] == "edgeitems") o.edgeitems = value;
    else if (parts[0] == "linewidth") o.linewidth = value;
    else if (parts[0] == "suppress") o.suppress = value != 0;
    else if (parts[0] == "plus") o.plus = value != 0;
    else o.floatmode = parts[1] == "fixed" ? nf::float_mode::fixed : nf::float_mode::scientific;
  }
  return o;
}

template <class T> std::string printed(nf::shape const& s, std::string_view hex, std::string_view form,
                                       nf::print_options const& o) {
  nf::host_array<T> x(s);
  auto* const to = reinterpret_cast<unsigned char*>(x.data());
  for (std::size_t k = 0; k < hex.size() / 2; ++k)
    std::from_chars(hex.data() + 2 * k, hex.data() + 2 * k + 2, to[k], 16);
  return form == "str" ? nf::array_str(x, o) : nf::array_repr(x, o);
}

std::string printed(nf::dtype t, nf::shape const& s, std::string_view hex, std::string_view form,
                    nf::print_options const& o) {
  std::string text;
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    ((nf::dtype(K) == t ? void(text = printed<nf::cpp_type<nf::dtype(K)>>(s, hex, form, o)) : void()), ...);
  }(std::make_index_sequence<nf::dtype_count>{});
  return text;
}

}  // namespace

TEST_CASE("print: every text is NumPy's", "[print]") {
  std::size_t wrong = 0, count = 0;
  for (std::string const& line : oracle::lines("printing.txt")) {
    auto const f = oracle::split(line, ';');
    nf::shape s;
    if (!f[1].empty())
      for (auto const part : oracle::split(f[1], ',')) s.push_back(std::stol(std::string(part)));
    std::string expected(f[5]);
    for (char& c : expected)
      if (c == '$') c = '\n';
    std::string const found = printed(oracle::dtype_named(f[0]), s, f[4], f[2], options_from(f[3]));
    ++count;
    if (found != expected && ++wrong <= 20) {
      INFO(f[0] << " (" << f[1] << ") " << f[3]);
      CHECK(found == expected);
    }
  }
  CHECK(wrong == 0);
  CHECK(count > 9000);
}

TEST_CASE("print: std::format and streams", "[print][device]") {
  nf::array<float> const x = {{1, -2.5}, {0.125, 100}};
  CHECK(std::format("{}", x) == "[[  1.     -2.5  ]\n [  0.125 100.   ]]");
  CHECK(std::format("{:?}", x) == "array([[  1.   ,  -2.5  ],\n       [  0.125, 100.   ]], dtype=float32)");
  CHECK(std::format("{:.1f}", x) == "[[  1.0  -2.5]\n [  0.1 100.0]]");
  CHECK(std::format("{:+.2f?}", x[0]) == "array([+1.00, -2.50], dtype=float32)");
  CHECK(std::format("{:.2e}", x[1]) == "[1.25e-01 1.00e+02]");
  CHECK(std::format("{:.1}", x[1]) == "[  0.1 100. ]");
  CHECK(std::format("{}", x[1, 0]) == "0.125");
  CHECK(std::format("{:.2f}", x[0, 1]) == "-2.50");
  CHECK(std::format("{}", x * 2 > 1) == "[[ True False]\n [False  True]]");
  CHECK(std::format("{} {}", nf::sum(x), nf::arange(3)) == "98.625 [0 1 2]");
  CHECK(std::format("{}", nf::to_host(nf::transpose(x))) == "[[  1.      0.125]\n [ -2.5   100.   ]]");
  CHECK(std::format("{}", nf::array<float>()) == "[]");
  CHECK(std::format("{:?}", nf::array<float>()) == "array([], dtype=float32)");
  CHECK(std::format("{}", nf::float16(0.1f)) == "0.1");
  std::ostringstream stream;
  stream << x[0] << nf::to_host(x[1, 1]) << x[0] * 2;
  CHECK(stream.str() == "[ 1.  -2.5]100.0[ 2. -5.]");
  using c64 = std::complex<float>;
  nf::array<c64> const z = {c64(1, 2), c64(0, -0.5f)};
  CHECK(std::format("{}", z) == "[1.+2.j  0.-0.5j]");
}

TEST_CASE("print: of a long array only the edges are read", "[print][device]") {
  nf::array<float> const x = nf::reshape(nf::arange(1'000'000), {1000, 1000}) + 0.5f;
  auto const before = nf::device::current().memory_stats().read_bytes;
  CHECK(std::format("{}", x[slice(nf::none, nf::none, -1), all]) ==
        "[[9.990005e+05 9.990015e+05 9.990025e+05 ... 9.999975e+05 9.999985e+05\n  9.999995e+05]\n"
        " [9.980005e+05 9.980015e+05 9.980025e+05 ... 9.989975e+05 9.989985e+05\n  9.989995e+05]\n"
        " [9.970005e+05 9.970015e+05 9.970025e+05 ... 9.979975e+05 9.979985e+05\n  9.979995e+05]\n ...\n"
        " [2.000500e+03 2.001500e+03 2.002500e+03 ... 2.997500e+03 2.998500e+03\n  2.999500e+03]\n"
        " [1.000500e+03 1.001500e+03 1.002500e+03 ... 1.997500e+03 1.998500e+03\n  1.999500e+03]\n"
        " [5.000000e-01 1.500000e+00 2.500000e+00 ... 9.975000e+02 9.985000e+02\n  9.995000e+02]]");
  CHECK(nf::device::current().memory_stats().read_bytes - before <= 36 * 4);
}

TEST_CASE("print: options and formats that make no sense are refused", "[print]") {
  nf::array<float> const x = {1};
  CHECK_THROWS_AS(std::vformat("{:q}", std::make_format_args(x)), std::format_error);
  CHECK_THROWS_AS(std::vformat("{:.f}", std::make_format_args(x)), std::format_error);
  CHECK_THROWS_AS(std::vformat("{:.99999f}", std::make_format_args(x)), std::format_error);
  CHECK_THROWS_AS(nf::set_printoptions({.edgeitems = 0}), nf::value_error);
  CHECK_THROWS_AS(nf::array_str(x, {.precision = -1}), nf::value_error);
  nf::set_printoptions({.precision = 2});
  CHECK(std::format("{}", nf::array<float>{0.12345f}) == "[0.12]");
  nf::set_printoptions({});
  CHECK(std::format("{}", nf::array<float>{0.12345f}) == "[0.12345]");
}
