"""The Mandelbrot set by plain array operations in a Python loop: dozens of its turns become one kernel."""

import sys

import ndfuse as np
from report import Report

SIZE, ITERATIONS = 1024, 500


def escape_time():
    """How often z = z² + c can be repeated, from z = 0, before |z| > 2. A point that has escaped goes on to infinity and
    counts no more."""
    x = np.linspace(-2, 0.5, SIZE, endpoint=False)
    y = np.linspace(-1.25, 1.25, SIZE, endpoint=False)[:, None]
    zr = zi = count = np.zeros((SIZE, SIZE))
    for _ in range(ITERATIONS):
        count = count + (zr * zr + zi * zi <= 4)
        zr, zi = zr * zr - zi * zi + x, 2 * zr * zi + y
    return count


if __name__ == "__main__":
    report = Report("mandelbrot", sys.argv[1])
    report.run("arrays", escape_time)
    report.finish()
