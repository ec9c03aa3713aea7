"""The Mandelbrot set by array operations: for each point of a grid, after how many of the first iterations |z| is below 2."""

import time

import cupy as cp


def mandelbrot(size=1024, iterations=500):
    """Counts, int32, of shape (size, size): rows are imaginary parts from -1.2 to 1.2, columns real parts from -2 to 0.5."""
    x = cp.linspace(-2, 0.5, size, dtype=cp.float32)[None, :]
    y = cp.linspace(-1.2, 1.2, size, dtype=cp.float32)[:, None]
    zr = cp.zeros((size, size), dtype=cp.float32)
    zi = cp.zeros((size, size), dtype=cp.float32)
    count = cp.zeros((size, size), dtype=cp.int32)
    for _ in range(iterations):
        zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
        count += zr * zr + zi * zi < 4
    return count


if __name__ == "__main__":
    for attempt in ("first", "second"):
        before = cp.memory_stats()
        begin = time.perf_counter()
        inside = int((mandelbrot() == 500).sum())
        seconds = time.perf_counter() - begin
        after = cp.memory_stats()
        launches = sum(after[device]["launches"] - before[device]["launches"] for device in ("gpu", "cpu"))
        print(f"{attempt}: {inside} points inside, {seconds * 1000:.1f} ms, {launches} launches")
