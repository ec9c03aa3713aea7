#include "manipulated.hpp"

#include <ndfuse/padding.hpp>

using Catch::Matchers::Message;
using nf::all;
using nf::none;
using nf::slice;

namespace {

template <class Mode> void check_mode(std::string const& name, Mode mode, double tolerance = 0) {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2), v = numbers({7}, 3);
  auto const whole = numbers<std::int32_t>({4, 5}, 5);
  check_numpy("pad_" + name, nf::pad(x, {{1, 2}, {0, 3}}, mode), tolerance);
  check_numpy("pad_" + name + "_more", nf::pad(z, 2, mode), tolerance);
  check_numpy("pad_" + name + "_long", nf::pad(v[slice(3)], {{7, 8}}, mode), tolerance);
  check_numpy("pad_" + name + "_one", nf::pad(v[slice(1)], 3, mode), tolerance);
  check_numpy("pad_" + name + "_whole", nf::pad(whole, {{2, 0}, {1, 1}}, mode));
}

}  // namespace

TEST_CASE("pad in every mode", "[padding][device]") {
  check_mode("constant", nf::mode::constant);
  check_mode("edge", nf::mode::edge);
  check_mode("reflect", nf::mode::reflect);
  check_mode("symmetric", nf::mode::symmetric);
  check_mode("wrap", nf::mode::wrap);
  check_mode("linear_ramp", nf::mode::linear_ramp, 1e-6);
  check_mode("maximum", nf::mode::maximum);
  check_mode("minimum", nf::mode::minimum);
  check_mode("mean", nf::mode::mean, 1e-6);
  check_mode("median", nf::mode::median);
}

TEST_CASE("pad with values, of views and empty axes", "[padding][device]") {
  auto const x = numbers({4, 5}), z = numbers({3, 4, 5}, 2);
  check_numpy("pad_value",
              nf::pad(z[slice(none, none, -1), slice(1, 4), slice(none, none, 2)], 1, nf::mode::constant, 5.f));
  check_numpy("pad_values", nf::pad(x, {{1, 2}, {2, 1}}, nf::mode::constant, {{1.f, 2.f}, {3.f, 4.f}}));
  check_numpy("pad_ramp_values", nf::pad(x, {{4, 2}, {2, 4}}, nf::mode::linear_ramp, {{1.f, 2.f}, {3.f, 4.f}}), 1e-6);
  check_numpy("pad_of_five", nf::pad(numbers({1, 2, 1, 2, 1}), 1, nf::mode::symmetric));
  check_numpy("pad_empty_axis", nf::pad(x[slice(0)], 1));
  check_numpy("pad_maximum_of_two", nf::pad(x, {{1, 2}, {0, 3}}, nf::mode::maximum(2)));
  check_numpy("pad_minimum_of_two", nf::pad(x, {{1, 2}, {0, 3}}, nf::mode::minimum(2)));
  check_numpy("pad_mean_of_two", nf::pad(x, {{1, 2}, {0, 3}}, nf::mode::mean(2)));
  check_numpy("pad_median_of_two", nf::pad(x, {{1, 2}, {0, 3}}, nf::mode::median(2)));
  nf::array<float> const around = nf::pad(x, 2, nf::mode::empty);
  CHECK(values(around[slice(2, -2), slice(2, -2)]) == values(x));
  auto const before = nf::device::current().memory_stats().launches;
  auto const padded = nf::eval(nf::pad(x, 1, nf::mode::reflect) * 2);
  CHECK(nf::device::current().memory_stats().launches - before == 1);

  CHECK_THROWS_MATCHES(nf::pad(x, -1), nf::value_error, Message("index can't contain negative values"));
  CHECK_THROWS_MATCHES(nf::pad(x[slice(0)], 1, nf::mode::edge), nf::value_error,
                       Message("can't extend empty axis 0 using modes other than 'constant' or 'empty'"));
  CHECK_THROWS_MATCHES(nf::pad(x, 1, nf::mode::mean(0)), nf::value_error,
                       Message("stat_length of 0 yields no value for padding"));
  CHECK_THROWS_AS(nf::pad(x, {{1, 1}, {1, 1}, {1, 1}}), nf::value_error);
}
