#include "oracle.hpp"
#include "values.hpp"

#include <ndfuse/expr/reduce.hpp>
#include <ndfuse/io.hpp>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <random>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Message;
using Catch::Matchers::MessageMatches;

namespace {

std::vector<std::byte> file_bytes(std::string const& name) {
  auto file = oracle::open("files/" + name, std::ios::binary);
  std::string const text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// Whether the file holds these elements, as it was read, and as an array.
template <class T> bool holds(nf::loaded_array const& x, nf::shape const& s, std::string_view hex) {
  std::vector<unsigned char> expected(hex.size() / 2);
  for (std::size_t k = 0; k < expected.size(); ++k)
    std::from_chars(hex.data() + 2 * k, hex.data() + 2 * k + 2, expected[k], 16);
  auto const same = [&](nf::host_array<T> const& found) {
    return found.shape() == s && found.size() * sizeof(T) == expected.size() &&
           (expected.empty() || std::memcmp(found.data(), expected.data(), expected.size()) == 0);
  };
  nf::array<T> const made = x;
  return same(x.to_host<T>()) && same(nf::to_host(made));
}

template <class F> void with_type(nf::dtype t, F f) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    ((nf::dtype(K) == t ? f.template operator()<nf::cpp_type<nf::dtype(K)>>() : void()), ...);
  }(std::make_index_sequence<nf::dtype_count>{});
}

nf::shape shape_named(std::string_view text) {
  nf::shape s;
  if (!text.empty())
    for (auto const part : oracle::split(text, ',')) s.push_back(std::stol(std::string(part)));
  return s;
}

}  // namespace

TEST_CASE("io: .npy files of NumPy's are read, and written as the same bytes", "[io]") {
  std::size_t count = 0;
  for (std::string const& line : oracle::lines("files/index.txt")) {
    auto const f = oracle::split(line, ';');
    INFO(f[0]);
    nf::shape const s = shape_named(f[2]);
    auto const bytes = file_bytes(std::string(f[0]));
    nf::loaded_array const x = nf::load_npy(bytes);
    CHECK(x.dtype() == oracle::dtype_named(f[1]));
    CHECK(x.shape() == s);
    with_type(x.dtype(), [&]<class T>() {
      CHECK(holds<T>(x, s, f[3]));
      // What NumPy wrote from a row-major array in this byte order is what we write.
      if (f[0].starts_with(f[1]) && !f[0].contains("fortran") && !f[0].contains("big")) {
        CHECK(nf::npy_bytes(x.to_host<T>()) == bytes);
        CHECK(nf::npy_bytes(x.as<T>()) == bytes);
      }
    });
    ++count;
  }
  CHECK(count > 140);
}

TEST_CASE("io: files that are no arrays of numbers are refused with a sentence", "[io]") {
  for (std::string const& line : oracle::lines("files/bad.txt")) {
    auto const f = oracle::split(line, ';');
    INFO(f[0]);
    CHECK_THROWS_MATCHES(nf::load_npy(file_bytes(std::string(f[0]))), nf::error,
                         MessageMatches(ContainsSubstring(std::string(f[1]))));
  }
}

TEST_CASE("io: an array has the type of its file", "[io][device]") {
  nf::array<float> const x = {{1, 2, 3}, {4, 5, 6}};
  auto const bytes = nf::npy_bytes(x[nf::all, nf::slice(nf::none, nf::none, -1)] * 2);
  nf::array<float> const back = nf::load_npy(bytes);
  CHECK(back.shape() == nf::shape{2, 3});
  CHECK(values(back) == floats{6, 4, 2, 12, 10, 8});
  nf::array<float, std::extents<int, 2, 3>> const fixed = nf::load_npy(bytes);
  CHECK(values(fixed) == values(back));
  CHECK_THROWS_MATCHES(nf::array<int>(nf::load_npy(bytes, "x.npy")), nf::dtype_error,
                       Message("x.npy holds elements of float32, not of int32: load it as what it is, and convert it "
                               "with nf::astype"));
  CHECK_THROWS_AS((nf::array<float, std::extents<int, 3, 2>>(nf::load_npy(bytes))), nf::shape_error);
  nf::array<double> const wide = nf::load_npy(nf::npy_bytes(nf::array<double>{0.1, 0.2}));
  CHECK(wide.device() == nf::device::cpu());
  CHECK(values(wide) == std::vector{0.1, 0.2});
}

TEST_CASE("io: archives, stored and deflated", "[io]") {
  for (std::string const name : {"stored.npz", "deflated.npz", "level_0.npz", "level_1.npz", "level_9.npz"}) {
    INFO(name);
    nf::npz_file const file = nf::load_npz(file_bytes(name));
    CHECK(file.names() == std::vector<std::string>{"x", "long", "noise", "none"});
    CHECK(file.contains("x"));
    CHECK(!file.contains("y"));
    nf::array<float> const x = file["x"];
    CHECK(values(x) == floats{0, 37, 74, 10, 47, 84});
    nf::array<int> const ramp = file["long"];
    CHECK(values(ramp) == made(40'000, [](int k) { return k / 7; }));
    nf::array<double> const noise = file["noise"];
    CHECK(noise.shape() == nf::shape{60, 50});
    CHECK(std::abs(nf::item(nf::mean(noise)) - 0.5) < 0.05);
    CHECK(file["none"].shape() == nf::shape{0, 3});
    CHECK_THROWS_MATCHES(file["y"], nf::value_error, Message("load_npz: there is no array 'y' in this file"));
  }
  CHECK_THROWS_MATCHES(nf::load_npz(file_bytes("bzip2.npz"))["x"], nf::value_error,
                       MessageMatches(ContainsSubstring("compressed by method 12")));
  nf::array<float> const x = nf::load_npz(file_bytes("stored.npz"))["x"];
  CHECK(nf::npz_bytes({{"x", x}, {"flags", nf::array<bool>{true, false}}}) == file_bytes("written.npz"));
  nf::array<bool> const flags = nf::load_npz(file_bytes("written.npz"))["flags"];
  CHECK(values(flags) == bytes{1, 0});
  CHECK(nf::load_npz(nf::npz_bytes({})).names().empty());
  CHECK_THROWS_MATCHES(nf::npz_bytes({{"x", x}, {"x", x}}), nf::value_error,
                       Message("savez: there are two arrays of the name 'x'"));
}

TEST_CASE("io: damaged files are refused or give an array, and nothing else happens", "[io]") {
  std::mt19937 random(7);
  auto const try_all = [](std::span<std::byte const> bytes) {
    bool good = true;
    try {
      nf::npz_file const file = nf::load_npz(bytes);
      for (std::string const& name : file.names()) (void)file[name];
    } catch (nf::error const&) { good = false; }
    return good;
  };
  for (std::string const name : {"stored.npz", "deflated.npz", "level_1.npz", "written.npz"}) {
    INFO(name);
    auto const whole = file_bytes(name);
    REQUIRE(try_all(whole));
    // Cut anywhere, an archive has no directory.
    for (int k = 0; k < 60; ++k) CHECK_FALSE(try_all(std::span(whole).first(random() % whole.size())));
    for (int k = 0; k < 100; ++k) {
      auto damaged = whole;
      for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = std::byte(random() & 255);
      // Near the end, where the directory is, and near the front more often than among the elements.
      damaged[damaged.size() - 1 - random() % 400] = std::byte(random() & 255);
      (void)try_all(damaged);
    }
  }
  // A changed element is noticed.
  auto damaged = file_bytes("stored.npz");
  damaged[damaged.size() / 2] ^= std::byte(1);
  CHECK_FALSE(try_all(damaged));
  auto const one = file_bytes("float32_2x3.npy");
  for (std::size_t k = 0; k < one.size(); ++k) CHECK_THROWS_AS(nf::load_npy(std::span(one).first(k)), nf::error);
  for (int k = 0; k < 2000; ++k) {
    auto other = one;
    other[6 + random() % 70] = std::byte(random() & 255);
    try {
      (void)nf::load_npy(other);
    } catch (nf::error const&) {}
  }
}

TEST_CASE("io: files by path", "[io]") {
  std::string const folder = std::string(NDFUSE_ORACLE_DIR) + "/files/";
  nf::array<float> const x = nf::load(folder + "float32_2x3.npy");
  nf::save(folder + "saved", x + 1);  // gets its ending
  nf::array<float> const back = nf::load(folder + "saved.npy");
  CHECK(values(back) == values(x + 1));
  nf::save(folder + "saved.npy", nf::to_host(x));
  CHECK(values(nf::load(folder + "saved.npy").as<float>()) == values(x));
  nf::savez(folder + "saved", {{"x", x}});
  CHECK(values(nf::load_npz(folder + "saved.npz")["x"].as<float>()) == values(x));
  std::remove((folder + "saved.npy").c_str());
  std::remove((folder + "saved.npz").c_str());
  CHECK_THROWS_MATCHES(nf::load(folder + "nothing.npy"), nf::file_error,
                       Message("cannot open " + folder + "nothing.npy: No such file or directory"));
  CHECK_THROWS_AS(nf::save(folder + "no/folder.npy", x), nf::file_error);
  CHECK_THROWS_MATCHES(nf::load(folder + "stored.npz"), nf::value_error,
                       MessageMatches(ContainsSubstring("load it by nf::load_npz")));
}
