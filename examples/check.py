"""Compares the results of the examples with NumPy's and makes pictures of them.

python examples/check.py FOLDER PLACE...

Each FOLDER/PLACE holds what the examples wrote there (see report.hpp). Leaves FOLDER/PLACE/NAME.RUN.png, and FOLDER/results.json:
the reports with, for each run, the check's sentence and whether it passed. A missing report is a failed result.
"""

import json
import sys
from functools import cache
from itertools import product
from math import erf
from pathlib import Path

import numpy as np
import pictures

# --- What the results should be. Each reference is independent of ndfuse; what the examples compute is in their .cpp.


def fused(a, b, c):
    """a * b + c, rounded once to float32: the product of two float32 is exact in float64."""
    return (a.astype(np.float64) * b + c).astype(np.float32)


# WGSL lets a GPU round a product and the sum that it is in once, where it likes: each part of z * z + c has these ways.
REAL = {
    "zr*zr - zi*zi": lambda zr, zi: zr * zr - zi * zi,
    "fma(zr, zr, -zi*zi)": lambda zr, zi: fused(zr, zr, -(zi * zi)),
    "fma(-zi, zi, zr*zr)": lambda zr, zi: fused(-zi, zi, zr * zr),
}
IMAGINARY = {
    "2*zr*zi + ci": lambda zr, zi, ci: 2 * zr * zi + ci,
    "fma(2*zr, zi, ci)": lambda zr, zi, ci: fused(2 * zr, zi, ci),
}


@cache
def mandelbrot(number, real="zr*zr - zi*zi", imaginary="2*zr*zi + ci"):
    n = 1024
    x = np.linspace(-2, 0.5, n, endpoint=False, dtype=number)
    y = np.linspace(-1.25, 1.25, n, endpoint=False, dtype=number)
    cr, ci = (c.ravel() for c in np.meshgrid(x, y))
    zr, zi = np.zeros_like(cr), np.zeros_like(cr)
    count, alive = np.zeros(n * n, number), np.arange(n * n)
    for _ in range(500):
        inside = zr * zr + zi * zi <= 4
        zr, zi, cr, ci, alive = (v[inside] for v in (zr, zi, cr, ci, alive))
        count[alive] += 1
        zr, zi = REAL[real](zr, zi) + cr, IMAGINARY[imaginary](zr, zi, ci)
    return count.reshape(n, n)


@cache
def heat():
    x = np.arange(512) - 256
    y = x[:, None]
    u = np.where(((x >> 6) ^ (y >> 6)) % 2 & (x * x + y * y < 57600), 1.0, 0.0)
    for _ in range(500):
        new = u.copy()
        new[1:-1, 1:-1] += 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1])
        u = new
    return u


@cache
def black_scholes():
    spot, years = np.linspace(50, 150, 1000), np.linspace(2, 0.01, 1000)[:, None]
    strike, rate, volatility = 100.0, 0.03, 0.25
    cdf = np.vectorize(lambda x: (1 + erf(x / 2**0.5)) / 2)
    d = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / (volatility * np.sqrt(years))
    return spot * cdf(d) - strike * np.exp(-rate * years) * cdf(d - volatility * np.sqrt(years))


@cache
def waves():
    i = np.arange(512)
    return i[:, None] * i % 512 / 256 - 1


# --- How far the results may be from that. Each gives (passed, sentence).


def check_mandelbrot(counts, _):
    allowed = counts.size // 1000
    fewest = counts.size
    for way in product(REAL, IMAGINARY):
        differ = int((counts != mandelbrot(np.float32, *way)).sum())
        if differ <= allowed:
            double = int((counts != mandelbrot(np.float64)).sum())
            return (
                True,
                f"{differ} of {counts.size} pixels differ from NumPy's float32 ({', '.join(way)}); {double} from float64",
            )
        fewest = min(fewest, differ)
    return (
        False,
        f"at least {fewest} of {counts.size} pixels differ from NumPy's float32, however that rounds; {allowed} may",
    )


def within(what, error, allowed):
    return bool(error <= allowed), f"{what} {error:.2g}, allowed {allowed:.2g}"


def check_heat(plate, numbers):
    true = heat()
    parts = [
        within("largest error against float64", np.abs(plate - true).max(), 1e-5),
        within("of the sum", abs(numbers["sum"] / true.sum() - 1), 1e-6),
        within("of the maximum", abs(numbers["max"] - true.max()), 1e-5),
    ]
    return all(ok for ok, _ in parts), "; ".join(text for _, text in parts)


def check_black_scholes(price, _):
    return within("largest error of a price against float64", np.abs(price - black_scholes()).max(), 1e-4)


def check_matmul(result, _):
    a, b = waves(), waves()[::-1]
    # The textbook bound of a sum of n rounded products, in any order: n u |a| |b|.
    bound = 512 * 2.0**-24 * (np.abs(a) @ np.abs(b))
    share = (np.abs(result - a @ b) / (bound + 1e-30)).max()
    return within("largest share of the rounding bound that an error against float64 takes:", share, 1)


EXAMPLES = {
    "mandelbrot": (("lambda", "arrays"), check_mandelbrot, pictures.mandelbrot),
    "heat": (("steps",), check_heat, pictures.heat),
    "black_scholes": (("price",), check_black_scholes, pictures.black_scholes),
    "matmul": (("product",), check_matmul, pictures.matmul),
}


# The programs that are written in Python too, and their runs.
IN_PYTHON = {"mandelbrot": ("arrays",), "heat": ("steps",), "black_scholes": ("price",)}


def examine(folder, place):
    """The reports of one place, completed."""
    in_python = place.startswith(("pyodide", "python"))
    for name, (runs, check, picture) in EXAMPLES.items():
        if in_python:
            if name not in IN_PYTHON:
                continue
            runs = IN_PYTHON[name]
        path = folder / place / f"{name}.json"
        if not path.exists():
            log = path.with_suffix(".log")
            failure = log.read_text().strip() if log.exists() else "it did not run"
            yield {"name": name, "place": place, "failure": failure or "it left no report", "runs": []}
            continue
        report = {"place": place, "kernels": [], "waitingReason": "a native program computes on the CPU"} | json.loads(
            path.read_text()
        )
        if (start := folder / place / f"{name}.start.json").exists():  # not of a native program
            report |= json.loads(start.read_text())
        if missing := set(runs) - {run["name"] for run in report["runs"]}:
            report["failure"] = f"the report lacks {', '.join(sorted(missing))}"
        for run in report["runs"]:
            values = np.fromfile(path.with_name(run["file"]), run["dtype"]).reshape(run["shape"])
            passed, sentence = check(values, report["numbers"])
            run["picture"] = f"{place}/{name}.{run['name']}.png"
            picture(values).save(folder / run["picture"])
            run |= {"passed": passed, "check": sentence}
        yield report


def main():
    folder, places = Path(sys.argv[1]), sys.argv[2:]
    reports = [report for place in places for report in examine(folder, place)]
    (folder / "results.json").write_text(json.dumps(reports, indent=1) + "\n")


main()
