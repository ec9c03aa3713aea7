"""Python's side of the measurements: NumPy, CuPy, PyTorch, and ndfuse's Python package, which has NumPy's names.

In CPython (``python arrays.py numpy|cupy|torch``) it takes cases from its input, a line each, and measures them itself. In a
page's Pyodide pyodide.mjs calls ``open_library("ndfuse")`` and what that gives.
"""

import gc
import json
import math
import sys
import time

# --- The inputs: data.mjs says how they are drawn.


def draw(seed, count):
    def one(k):
        h = (k + 1 + seed * 0x9E3779B9) * 0x85EBCA6B & 0xFFFFFFFF
        h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return ((h ^ h >> 16) >> 9) / 2**23

    return [one(k) for k in range(count)]


def rows_of(n):
    rows = math.isqrt(n)
    while n % rows:
        rows -= 1
    return rows, n // rows


class Arrays:
    """The cases for a module with NumPy's names. A case is a function without arguments that gives its result."""

    def __init__(self, np, wait, erf=None, scatter_add=None, compute=None):
        self.np, self.wait, self.erf, self.add_at = np, wait, erf, scatter_add
        self.compute = compute  # for what is lazy: what is replaced by the next result would never be computed

    def vector(self, seed, count):
        return self.np.asarray(draw(seed, count), dtype=self.np.float32)

    def matrix(self, seed, rows, columns):
        total = self.vector(2 * seed, rows)[:, None] + self.vector(2 * seed + 1, columns)
        return total - self.np.floor(total)

    def numbers(self, seed, n):
        return self.matrix(seed, *rows_of(n)).reshape(n)

    def places(self, seed, n):
        return (self.numbers(seed, n) * n).astype(self.np.int32)

    def matmul(self, batch, m, k, n, left, right, half):
        def drawn(seed, rows, columns):
            x = self.matrix(seed, batch * rows, columns) - self.np.float32(0.5)
            x = x if batch == 1 else x.reshape(batch, rows, columns)
            return x.astype(self.np.float16) if half else x

        a = drawn(1, k, m).T if left else drawn(1, m, k)
        b = drawn(2, n, k).T if right else drawn(2, k, n)
        return lambda: a @ b

    def conv(self, *_):
        raise NotImplementedError("has no convolution of images")

    def matvec(self, m, k):
        a, x = self.matrix(1, m, k) - self.np.float32(0.5), self.vector(2, k) - self.np.float32(0.5)
        return lambda: a @ x

    def multiply_add(self, n):
        x, y = self.numbers(1, n), self.numbers(2, n)
        return lambda: x * 2 + y

    def tanh_exp(self, n):
        x, np = self.numbers(1, n), self.np
        return lambda: np.tanh(2 * x + 1) * np.exp(-x)

    def sum(self, rows, columns, axis):
        x = self.matrix(1, rows, columns)
        return lambda: x.sum() if axis < 0 else x.sum(axis)

    def transpose(self, rows, columns):
        x = self.matrix(1, rows, columns)
        return lambda: x.T.copy()

    def softmax(self, rows, columns):
        x, np = self.matrix(1, rows, columns), self.np

        def once():
            e = np.exp(x - x.max(1, keepdims=True))
            return e / e.sum(1, keepdims=True)

        return once

    def cumsum(self, n):
        x = self.numbers(1, n)
        return lambda: self.np.cumsum(x)

    def sort(self, n):
        x = self.numbers(1, n)
        return lambda: self.np.sort(x)

    def argsort(self, n):
        x = self.numbers(1, n)
        return lambda: self.np.argsort(x)

    def boolean_read(self, n):
        x = self.numbers(1, n)
        mask = x < 0.5
        return lambda: x[mask]

    def take(self, n):
        x, i = self.numbers(1, n), self.places(2, n)
        return lambda: x[i]

    def scatter_add(self, n):
        y, i = self.numbers(1, n), self.places(2, n)

        def once():
            out = self.np.zeros(n, dtype=self.np.float32)
            (self.add_at or self.np.add.at)(out, i, y)
            return out

        return once

    def histogram(self, n, bins):
        x = self.numbers(1, n)
        return lambda: self.np.histogram(x, bins, range=(0, 1))[0]

    def normal(self, n):
        generator = self.np.random.default_rng(1)
        return lambda: generator.standard_normal(n, dtype=self.np.float32)

    def tiny(self, count, n):
        x = self.vector(1, n)

        def once():
            y = x
            for _ in range(count):
                y = y + 1
            return y

        return once

    def read(self, n):
        x = self.vector(1, n)

        def once():
            y = x + 1
            y.tobytes()
            return y

        return once

    def mandelbrot(self, n, iterations):
        np = self.np
        x = (np.arange(n, dtype=np.float32) * (2.5 / n) - 2).astype(np.float32)
        y = (np.arange(n, dtype=np.float32) * (2.5 / n) - 1.25).astype(np.float32)[:, None]
        zero = np.zeros((n, n), dtype=np.float32)

        def once():
            zr = zi = count = zero
            for _ in range(iterations):
                count = count + (zr * zr + zi * zi <= 4)
                zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
            return count

        return once

    def black_scholes(self, n):
        np = self.np
        spot = 5 + 25 * self.numbers(1, n)
        strike = 1 + 99 * self.numbers(2, n)
        years = 0.25 + 9.75 * self.numbers(3, n)
        if not self.erf:
            raise NotImplementedError("has no erf")

        def cdf(v):
            return 0.5 + 0.5 * self.erf(v * 0.70710678)

        def once():
            deviation = 0.3 * np.sqrt(years)
            d = (np.log(spot / strike) + 0.065 * years) / deviation
            return spot * cdf(d) - strike * np.exp(-0.02 * years) * cdf(d - deviation)

        return once


class Torch(Arrays):
    """The same where PyTorch's names differ."""

    def vector(self, seed, count):
        return self.np.tensor(draw(seed, count), device="cuda")

    def places(self, seed, n):
        return (self.numbers(seed, n) * n).to(self.np.int64)

    def matmul(self, batch, m, k, n, left, right, half):
        def drawn(seed, rows, columns):
            x = self.matrix(seed, batch * rows, columns) - 0.5
            x = x if batch == 1 else x.reshape(batch, rows, columns)
            return x.half() if half else x

        a = drawn(1, k, m).T if left else drawn(1, m, k)
        b = drawn(2, n, k).T if right else drawn(2, k, n)
        return lambda: a @ b

    def matvec(self, m, k):
        a, x = self.matrix(1, m, k) - 0.5, self.vector(2, k) - 0.5
        return lambda: a @ x

    def conv(self, images, channels, side, outputs, places, gradient):
        nn, grad = self.np.nn.functional, self.np.nn.grad

        def drawn(seed, *shape):
            return (self.matrix(seed, shape[0] * shape[1], shape[2] * shape[3]) - 0.5).reshape(shape)

        x, w = drawn(1, images, channels, side, side), drawn(2, outputs, channels, places, places)
        dy = drawn(3, images, outputs, side, side)
        pad = places // 2
        return [
            lambda: nn.conv2d(x, w, padding=pad),
            lambda: grad.conv2d_input(x.shape, w, dy, padding=pad),
            lambda: grad.conv2d_weight(x, w.shape, dy, padding=pad),
        ][gradient]

    def transpose(self, rows, columns):
        x = self.matrix(1, rows, columns)
        return lambda: x.T.contiguous()

    def softmax(self, rows, columns):
        x = self.matrix(1, rows, columns)
        return lambda: self.np.softmax(x, 1)

    def cumsum(self, n):
        x = self.numbers(1, n)
        return lambda: self.np.cumsum(x, 0)

    def sort(self, n):
        x = self.numbers(1, n)
        return lambda: self.np.sort(x)[0]

    def scatter_add(self, n):
        y, i = self.numbers(1, n), self.places(2, n)
        return lambda: self.np.zeros(n, device="cuda").index_add_(0, i, y)

    def histogram(self, n, bins):
        x = self.numbers(1, n)
        return lambda: self.np.histc(x, bins, 0, 1)

    def normal(self, n):
        return lambda: self.np.randn(n, device="cuda")

    def read(self, n):
        x = self.vector(1, n)

        def once():
            y = x + 1
            y.cpu()
            return y

        return once

    def mandelbrot(self, n, iterations):
        torch = self.np
        x = torch.arange(n, dtype=torch.float32, device="cuda") * (2.5 / n) - 2
        y = (torch.arange(n, dtype=torch.float32, device="cuda") * (2.5 / n) - 1.25)[:, None]
        zero = torch.zeros(n, n, device="cuda")

        def once():
            zr = zi = count = zero
            for _ in range(iterations):
                count = count + (zr * zr + zi * zi <= 4)
                zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
            return count

        return once


def open_library(name):
    """(what it is, its cases)."""
    if name == "torch":
        import torch

        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        about = {"version": torch.__version__, "adapter": torch.cuda.get_device_name()}
        return about, Torch(torch, torch.cuda.synchronize, torch.erf)
    if name == "cupy":
        import cupy
        from cupyx import scatter_add
        from cupyx.scipy.special import erf

        wait = cupy.cuda.Device().synchronize
        wait()
        return {"version": cupy.__version__}, Arrays(cupy, wait, erf, scatter_add)
    if name == "ndfuse":
        import ndfuse
        from ndfuse import _graph

        # ndfuse.flush() would submit each launch by itself as well; others submit many together.
        return {}, Arrays(ndfuse, ndfuse.synchronize, ndfuse.erf, compute=_graph.flush)
    import numpy

    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    about = {"version": f"{numpy.__version__}, {blas['name']} {blas['version']}"}
    return about, Arrays(numpy, lambda: None)


class Work:
    """A case that is ready."""

    def __init__(self, arrays, kind, args):
        self.wait = arrays.wait
        self.np = arrays.np
        self.compute = arrays.compute
        if not hasattr(arrays, kind):
            raise NotImplementedError(f"it has nothing for {kind}")
        self.once = getattr(arrays, kind)(*args)
        self.out = None

    def run(self, count):
        """Does it so often, and waits for the end."""
        for _ in range(count):
            self.out = self.once()
            if self.compute:
                self.compute()
        self.wait()

    def result(self):
        """The last result, as float32 in row-major order."""
        return self.np.asarray(self.out, dtype=self.np.float32).ravel().tolist()


def measure(work, seconds):
    """bench/timing.mjs in Python."""
    target = min(100, max(10, seconds * 200))

    def timed(count):
        start = time.perf_counter()
        work(count)
        return (time.perf_counter() - start) * 1e3

    first = timed(1)
    end = time.perf_counter() + seconds
    repeats, ms = 1, timed(1)
    while ms < target and repeats < 4096 and time.perf_counter() < end:
        wanted = math.ceil(1.1 * target * repeats / max(ms, 1e-3))
        repeats = min(4096, max(repeats + 1, min(wanted, repeats * 8)))
        ms = timed(repeats)
    times = [ms]
    while len(times) < 5 and time.perf_counter() + ms / 1e3 < end:
        times.append(timed(repeats))
    times.sort()
    return {"ms": times[len(times) // 2] / repeats, "first_ms": first, "rounds": len(times), "repeats": repeats}


def main(name):
    """Lines of input: KIND SECONDS ARGUMENTS...; lines of output: JSON objects."""
    about, arrays = open_library(name)
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        kind, seconds, *args = line.split()
        try:
            answer = measure(Work(arrays, kind, [int(arg) for arg in args]).run, float(seconds))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        gc.collect()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__" and len(sys.argv) == 2:
    main(sys.argv[1])
