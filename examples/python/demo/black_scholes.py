"""Prices of a million European call options: one kernel.

F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", Journal of Political Economy 81 (1973).
"""

import sys

import ndfuse as np
from report import Report


def normal_cdf(x):
    """The distribution function of the standard normal distribution."""
    return (np.erf(x / 2**0.5) + 1) / 2


def call_price(spot, years, strike, rate, volatility):
    """The price of the right to buy for ``strike``, ``years`` from now, what costs ``spot`` today."""
    deviation = volatility * np.sqrt(years)
    d = (np.log(spot / strike) + (rate + volatility * volatility / 2) * years) / deviation
    return spot * normal_cdf(d) - strike * np.exp(-rate * years) * normal_cdf(d - deviation)


if __name__ == "__main__":
    report = Report("black_scholes", sys.argv[1])
    spot = np.linspace(50, 150, 1000)
    years = np.linspace(2, 0.01, 1000)[:, None]  # a column: with the row, a million pairs
    np.synchronize()
    report.run("price", lambda: call_price(spot, years, 100.0, 0.03, 0.25))
    report.finish()
