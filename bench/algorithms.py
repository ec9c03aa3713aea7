"""The array algorithms of bench/algorithms.cpp in PyTorch on CUDA, the physical reference: python bench/algorithms.py LOG2_ELEMENTS.

Prints one JSON object of milliseconds with the same names. TF32 is off."""

import json
import statistics
import sys
import time

import torch

torch.backends.cuda.matmul.allow_tf32 = False


def time_of(work) -> float:
    """Milliseconds a repetition: about 100 ms in one wait, the median of seven."""
    work()
    torch.cuda.synchronize()
    repeats, times = 1, []
    while len(times) < 7:
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        torch.cuda.synchronize()
        ms = (time.perf_counter() - start) * 1e3
        if not times and ms < 100 and repeats < 4096:
            repeats *= 2
        else:
            times.append(ms / repeats)
    return statistics.median(times)


def main(log2: int) -> None:
    n, big, side = 2 ** (log2 - 2), 2**log2, 2 ** (log2 // 2)
    result = {"version": torch.__version__, "device": torch.cuda.get_device_name()}
    x = torch.rand(n, device="cuda")
    result["sort_ms"] = time_of(lambda: torch.sort(x))
    mask = x < 0.5
    result["boolean_read_ms"] = time_of(lambda: x[mask])
    numbers = torch.randint(0, n, (n,), device="cuda")
    result["take_ms"] = time_of(lambda: x[numbers])
    zeros = torch.zeros(n, device="cuda")
    result["scatter_add_ms"] = time_of(lambda: zeros.index_add(0, numbers, x))
    y = torch.rand(side, side, device="cuda")
    result["sum_rows_ms"] = time_of(lambda: y.sum(1))
    result["sum_columns_ms"] = time_of(lambda: y.sum(0))
    z = torch.rand(side // 2, side // 2, device="cuda")
    result["softmax_ms"] = time_of(lambda: torch.softmax(z, 1))
    w = torch.rand(big, device="cuda")
    result["cumsum_ms"] = time_of(lambda: torch.cumsum(w, 0))
    result["histogram_ms"] = time_of(lambda: torch.histc(w, 256, 0, 1))
    result["normal_ms"] = time_of(lambda: torch.randn(big, device="cuda"))
    copied = torch.empty_like(w)
    result["copy_ms"] = time_of(lambda: copied.copy_(w))
    print(json.dumps({k: v if isinstance(v, str) else round(v, 5) for k, v in result.items()}, indent=2))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
