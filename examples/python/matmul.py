"""The product of two square matrices, transfers included, and its difference from what the host computes for some elements."""

import random
import time
from array import array

import cupy as cp


def main(size=128, repeat=3):
    """Multiplies matrices of random numbers; gives the largest difference among 8 elements and the best time in seconds."""
    numbers = random.Random(1)
    a, b = (array("f", [numbers.uniform(-1, 1) for _ in range(size * size)]) for _ in range(2))

    best = float("inf")
    for _ in range(repeat):
        begin = time.perf_counter()
        product = cp.asarray(a).reshape(size, size) @ cp.asarray(b).reshape(size, size)
        rows = product.tobytes()  # waits
        best = min(best, time.perf_counter() - begin)
    product = memoryview(rows).cast("f")

    worst = 0.0
    for _ in range(8):
        i, j = numbers.randrange(size), numbers.randrange(size)
        exact = sum(a[i * size + k] * b[k * size + j] for k in range(size))
        worst = max(worst, abs(product[i * size + j] - exact))
    return worst, best


if __name__ == "__main__":
    for size in (128, 1024):
        worst, best = main(size)
        print(f"{size}: {best * 1000:.2f} ms with transfers, largest difference {worst:.2e}")
