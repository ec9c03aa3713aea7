"""What ndfuse costs from Python, beside NumPy where it is there. Prints one JSON object.

Runs natively (``python bench/python.py``) and in a page's Pyodide (bench/python.mjs). Times are medians, in milliseconds
where nothing else is said. The variable ``small`` shrinks the work for a software adapter.
"""

import json
import statistics
import time

import ndfuse as nd
from ndfuse import _graph

try:
    import numpy
except ImportError:
    numpy = None

small = globals().get("small", False)
figures = {}


def timed(run, times=5):
    """(first, median of the rest) in milliseconds."""
    taken = []
    for _ in range(times + 1):
        start = time.perf_counter()
        run()
        taken.append((time.perf_counter() - start) * 1e3)
    return round(taken[0], 3), round(statistics.median(taken[1:]), 3)


def measure(name, run, times=5, operations=None):
    first, median = timed(run, times)
    figures[name] = {"first": first, "median": median}
    if operations:
        figures[name]["us_each"] = round(median * 1e3 / operations, 2)


def gpu_launches(run):
    before = nd.memory_stats()
    run()
    after = nd.memory_stats()
    return sum(after[d]["launches"] - before[d]["launches"] for d in ("gpu", "cpu"))


# --- what an operation costs

x = nd.ones(256)
x.get()


def chain(count):
    _graph.flush()  # nothing is pending: the chain's own operations count
    a = x
    for _ in range(count):
        a = a + 1
    return a


measure("record 300 operations", lambda: chain(300), 20, 300)
_graph.flush()


def evaluate():
    a = chain(300)
    start = time.perf_counter()
    _graph.flush(a._storage.node)
    return time.perf_counter() - start


evaluate()
figures["evaluate a known structure of 300 operations"] = round(
    statistics.median(evaluate() for _ in range(20)) * 1e3, 3
)
one = lambda: _graph.flush((x + 1)._storage.node)  # noqa: E731
measure("evaluate one operation", one, 50)
measure("1000 times a = a + 1 on 256 elements, read", lambda: chain(1000).tolist(), 5, 1000)
kilo = nd.ones(1024)
measure("compute and read 4 KB", lambda: (kilo + 1).tobytes(), 20)


# --- programs


def mandelbrot(np, n, iterations=500):
    re = np.linspace(-2, 0.5, n, dtype=np.float32)[None, :]
    im = np.linspace(-1.25, 1.25, n, dtype=np.float32)[:, None]
    zr = zi = count = np.zeros((n, n), dtype=np.float32)
    for _ in range(iterations):
        zr, zi = zr * zr - zi * zi + re, 2 * zr * zi + im
        count = count + (zr * zr + zi * zi < 4)
    return count


def cnd(np, v):
    return 0.5 + 0.5 * nd.erf(v * 0.7071067811865476) if np is nd else 0.5 * numpy_erfc(-v * 0.7071067811865476)


def numpy_erfc(v):
    # NumPy has no erf: Abramowitz and Stegun 7.1.26, what programs without SciPy use
    t = 1 / (1 + 0.3275911 * numpy.abs(v))
    tail = (
        t
        * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
        * numpy.exp(-v * v)
    )
    return numpy.where(v >= 0, tail, 2 - tail)


def black_scholes(np, s, k, t, rate=0.02, volatility=0.3):
    root = volatility * np.sqrt(t)
    d1 = (np.log(s / k) + (rate + 0.5 * volatility * volatility) * t) / root
    d2 = d1 - root
    discount = k * np.exp(-rate * t)
    call = s * cnd(np, d1) - discount * cnd(np, d2)
    return call, call - s + discount


def wait(a):
    return a[(0,) * a.ndim].item()


for n in (64,) if small else (256, 1024, 4096):
    measure(f"Mandelbrot {n}, array code", lambda n=n: wait(mandelbrot(nd, n)), 3)
    figures[f"Mandelbrot {n}, array code"]["launches"] = gpu_launches(lambda n=n: wait(mandelbrot(nd, n)))

for n in (10_000,) if small else (1_000_000, 10_000_000):
    s, k, t = (5 + 25 * nd.linspace(0, 1, n), 1 + 99 * nd.linspace(1, 0, n), 0.25 + 9.75 * nd.linspace(0, 1, n))
    nd.synchronize()

    def options(s=s, k=k, t=t):
        call, put = black_scholes(nd, s, k, t)
        return wait(call)

    measure(f"Black-Scholes {n}, data on the device", options)
    figures[f"Black-Scholes {n}, data on the device"]["launches"] = gpu_launches(options)
    del s, k, t


def one_pass(n):
    v = nd.linspace(-2, 2, n)
    nd.synchronize()
    measure(f"tanh(2x+1)*exp(-x), {n}", lambda: wait(nd.tanh(2 * v + 1) * nd.exp(-v)))
    measure(f"sum, {n}", lambda: v.sum().item())


one_pass(1 << (14 if small else 24))

# --- with NumPy

if numpy is not None:
    import numpy as np

    random = np.random.default_rng(1)
    for n in (32,) if small else (128, 1024):
        a, b = (random.standard_normal((n, n), dtype=np.float32) for _ in range(2))
        measure(f"matmul {n}, transfers included", lambda a=a, b=b: nd.asnumpy(nd.asarray(a) @ nd.asarray(b)))
        measure(f"NumPy: matmul {n}", lambda a=a, b=b: a @ b, 1 if n > 512 else 5)
    for count in (1 << 10, 1 << 12) if small else (1 << 20, 1 << 24):
        host = np.ones(count, dtype=np.float32)

        def down(host=host):
            nd.asarray(host)
            nd.synchronize()

        measure(f"upload {count >> 8} KB", down)
        measure(f"upload {count >> 8} KB, not waiting", lambda host=host: nd.asarray(host))
        big = nd.asarray(host)
        measure(f"read {count >> 8} KB", lambda big=big: nd.asnumpy(big))
        del big
    few = np.ones(256, dtype=np.float32)
    measure("NumPy: a + 1 on 256 elements, 1000 times", lambda: [few + 1 for _ in range(1000)], 5, 1000)
    n = 64 if small else 1024
    measure(f"NumPy: Mandelbrot {n}", lambda: mandelbrot(np, n), 1)
    n = 10_000 if small else 1_000_000
    s, k, t = (np.linspace(*ends, n, dtype=np.float32) for ends in ((5, 30), (100, 1), (0.25, 10)))
    measure(f"NumPy: Black-Scholes {n}", lambda: black_scholes(np, s, k, t), 3)
    for n in (1000,) if small else (1_000_000, 10_000_000):
        p = np.linspace(0.1, 2, n, dtype=np.float32)
        q = nd.asarray(p)
        four = lambda v: (v * 2 + 1) * v - v  # noqa: E731
        ten = lambda v: ((v * 2 + 1) * v - v) / (v + 3) * (v * v + 1) - 0.5 * v  # noqa: E731
        for name, f in (("4", four), ("10", ten)):
            measure(f"NumPy: {name} operations, {n}", lambda f=f, p=p: f(p))
            measure(f"{name} operations, {n}", lambda f=f, q=q: wait(f(q)))

figures["memory"] = nd.memory_stats()
print(json.dumps({"device": str(nd.device()), "figures": figures}))
