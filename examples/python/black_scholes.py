"""Prices of European options by the formula of Black and Scholes (Journal of Political Economy 81, 1973)."""

import time

import cupy as cp
from cupyx.scipy.special import erf


def black_scholes(spot, strike, years, rate, volatility):
    """The prices of calls and of puts; all arguments broadcast."""

    def distribution(x):
        return (erf(x * 0.5**0.5) + 1) / 2

    deviation = volatility * cp.sqrt(years)
    d1 = (cp.log(spot / strike) + (rate + volatility * volatility / 2) * years) / deviation
    d2 = d1 - deviation
    discounted = strike * cp.exp(-rate * years)
    call = spot * distribution(d1) - discounted * distribution(d2)
    return call, call - spot + discounted


def options(count):
    """Prices, strikes and times of varied options."""
    number = cp.arange(count).astype(cp.float32) / count
    return 50 + 100 * number, 100 + 40 * cp.sin(997 * number), 0.05 + 2 * cp.cos(313 * number) ** 2


if __name__ == "__main__":
    spot, strike, years = options(1_000_000)
    cp.cuda.Stream.null.synchronize()
    for attempt in ("first", "second"):
        before = cp.memory_stats()
        begin = time.perf_counter()
        call, put = black_scholes(spot, strike, years, 0.03, 0.25)
        cp.cuda.Stream.null.synchronize()
        seconds = time.perf_counter() - begin
        after = cp.memory_stats()
        launches = sum(after[device]["launches"] - before[device]["launches"] for device in ("gpu", "cpu"))
        print(
            f"{attempt}: {call.mean():.4f} and {put.mean():.4f} on average, {seconds * 1000:.1f} ms, {launches} launches"
        )
