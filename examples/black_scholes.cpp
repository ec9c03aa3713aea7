// Prices of a million European call options: one expression, one kernel.
// F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", Journal of Political Economy 81 (1973).
#include "report.hpp"

#include <numbers>

/// The distribution function of the standard normal distribution.
auto normal_cdf(auto const& x) { return (nf::erf(x / std::numbers::sqrt2_v<float>) + 1) / 2; }

/// The price of the right to buy for `strike`, `years` from now, what costs `spot` today.
auto call_price(auto const& spot, auto const& years, float strike, float rate, float volatility) {
  auto const deviation = volatility * nf::sqrt(years);
  auto const d = (nf::log(spot / strike) + (rate + volatility * volatility / 2) * years) / deviation;
  return spot * normal_cdf(d) - strike * nf::exp(-rate * years) * normal_cdf(d - deviation);
}

void example(report& out) {
  nf::array<float> const spot = nf::linspace(50.0f, 150.0f, 1000);
  nf::array<float> const years =
      nf::linspace(2.0f, 0.01f, 1000)[nf::all, nf::newaxis];  // a column: with the row, a million pairs

  auto const price = call_price(spot, years, 100.0f, 0.03f, 0.25f);
  out.run("price", [&] { return nf::eval(price); });
}

int main(int argc, char** argv) { return run_example("black_scholes", example, argc, argv); }
