#pragma once
/// @file Operands and expected values of functions that move, join and select elements (tests/oracle/manipulation.py).

#include "manipulation_cases.hpp"
#include "oracle.hpp"
#include "values.hpp"

#include <cmath>
#include <map>

/// (37 k + 11 seed) mod 23 - 9
template <class T = float> nf::array<T> numbers(nf::shape const& s, int seed = 0) {
  return array_of(s, [=](int k) { return T((k * 37 + seed * 11) % 23 - 9); });
}

struct expected_values {
  nf::shape shape;
  std::vector<double> values;
};
inline expected_values const& numpy_result(std::string const& name) {
  static std::map<std::string, expected_values, std::less<>> const all = [] {
    std::map<std::string, expected_values, std::less<>> m;
    for (std::string_view line : oracle::split(manipulation_cases, '\n')) {
      if (line.empty()) continue;
      auto const fields = oracle::split(line, '|');
      expected_values& e = m[std::string(fields.at(0))];
      if (fields.at(1) != "-")
        for (auto n : oracle::split(fields[1], ',')) e.shape.push_back(std::stoll(std::string(n)));
      if (fields.at(2) != "-")
        for (auto n : oracle::split(fields[2], ',')) e.values.push_back(std::stod(std::string(n)));
    }
    return m;
  }();
  auto const found = all.find(name);
  if (found == all.end()) throw std::runtime_error("no expected values for " + name);
  return found->second;
}

/// The expression has NumPy's shape and values, within `tolerance` of their magnitude.
template <nf::expression X> void check_numpy(std::string const& name, X const& x, double tolerance = 0) {
  INFO(name);
  expected_values const& e = numpy_result(name);
  CHECK(x.node().shape() == e.shape);
  auto const host = nf::to_host(x);
  CHECK(host.shape() == e.shape);
  REQUIRE(host.size() == e.values.size());
  for (std::size_t k = 0; k < host.size(); ++k) {
    double const got = double(host[k]), want = e.values[k];
    bool const fine = got == want || (std::isnan(got) && std::isnan(want)) ||
                      std::abs(got - want) <= tolerance * (1 + std::abs(want));
    if (!fine) FAIL_CHECK("element " << k << ": " << got << ", NumPy has " << want);
  }
}
