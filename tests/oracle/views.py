"""Writes what NumPy does to views: indexing, reshaping, transposing, broadcasting; with its messages where it refuses.

Lines of views.txt, fields separated by `|`, lists by `,` (`-` for an empty list); a view is `SHAPE STRIDES OFFSET`, counted in elements:
  index|VIEW|INDICES|RESULT        INDICES: integers, `start:stop:step`, `...`, `new`, separated by blanks
  reshape|VIEW|SHAPE|RESULT        RESULT: a view, or `copy SHAPE` where strides cannot express it
  permute|VIEW|AXES|RESULT         broadcast_to|VIEW|SHAPE|RESULT         broadcast|SHAPE|SHAPE|SHAPE
RESULT may also be `error TYPE: MESSAGE`.
"""

import random
import sys
from pathlib import Path

import numpy as np

RNG = random.Random(20240117)


def text(values):
    return ",".join(str(v) for v in values) or "-"


def view_text(a, base):
    offset = (a.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // a.itemsize
    return f"{text(a.shape)} {text(s // a.itemsize for s in a.strides)} {offset}"


def attempt(f, describe):
    try:
        return describe(f())
    except Exception as e:  # noqa: BLE001 - whatever NumPy raises is the expected value
        return f"error {type(e).__name__}: {e}"


def random_base():
    """A fresh array and a random view of it."""
    rank = RNG.choice([0, 1, 1, 2, 2, 3, 3, 4])
    shape = [RNG.choice([1, 2, 3, 4, 5, 6, 8, 12]) if RNG.random() < 0.95 else 0 for _ in range(rank)]
    base = np.zeros(shape, np.int32)
    a = base
    if RNG.random() < 0.5:
        a = a.transpose(RNG.sample(range(rank), rank))
    if RNG.random() < 0.6:
        a = a[(..., *(slice(None, None, RNG.choice([1, 1, 2, -1, -2])) for _ in range(rank)))]
    if RNG.random() < 0.2:
        a = np.broadcast_to(a, (RNG.randint(1, 3), *a.shape))
    return base, a


def random_bound(extent):
    return None if RNG.random() < 0.3 else RNG.randint(-extent - 3, extent + 3)


def random_index(a):
    wanted = RNG.randint(0, 3)
    indices, used_ellipsis, axis = [], False, 0
    for _ in range(wanted):
        kind = RNG.random()
        extent = a.shape[axis] if axis < a.ndim else 3
        if kind < 0.3:
            indices.append(
                RNG.randint(-extent, extent - 1) if extent and RNG.random() < 0.93 else extent + RNG.randint(0, 2)
            )
        elif kind < 0.75:
            step = RNG.choice([None, 1, 1, 2, 3, -1, -1, -2, -3, 7, -9, 2**62, -(2**63)])
            indices.append(slice(random_bound(extent), random_bound(extent), step))
        elif kind < 0.87 and not used_ellipsis:
            indices.append(Ellipsis)
            used_ellipsis = True
            continue
        else:
            indices.append(None)
            continue
        axis += 1
    return tuple(indices)


def index_text(i):
    if i is None:
        return "new"
    if i is Ellipsis:
        return "..."
    if isinstance(i, slice):
        return ":".join("" if v is None else str(v) for v in (i.start, i.stop, i.step))
    return str(i)


def random_factors(count):
    shape = []
    while count > 1 and len(shape) < 4:
        f = RNG.choice([d for d in range(1, count + 1) if count % d == 0])
        shape.append(f)
        count //= f
    shape.append(count)
    RNG.shuffle(shape)
    if RNG.random() < 0.25:
        shape[RNG.randrange(len(shape))] = -1
    if RNG.random() < 0.08:
        shape[RNG.randrange(len(shape))] += 1
    if RNG.random() < 0.02:
        shape += [-1, -1]
    return shape


def reshape_result(a, base, shape):
    result = a.reshape(shape)
    try:
        a.reshape(shape, copy=False)
    except ValueError:
        return f"copy {text(result.shape)}"
    return view_text(result, base)


def main(out):
    lines = []
    for _ in range(6000):
        base, a = random_base()
        indices = random_index(a)
        result = attempt(
            lambda a=a, i=indices: a[(*i, Ellipsis) if Ellipsis not in i else i], lambda r, b=base: view_text(r, b)
        )
        lines.append(f"index|{view_text(a, base)}|{' '.join(map(index_text, indices)) or '-'}|{result}")
    for _ in range(4000):
        base, a = random_base()
        shape = random_factors(a.size) if a.size else [0, *RNG.sample([1, 2, 3, -1], 2)]
        result = attempt(lambda a=a, b=base, s=shape: reshape_result(a, b, s), str)
        lines.append(f"reshape|{view_text(a, base)}|{text(shape)}|{result}")
    for shape in ([2**40, 2**40], [2**62, 2**62, 0], [4, -1], [7]):
        a = np.zeros(6, np.int32)
        result = attempt(lambda a=a, s=shape: reshape_result(a, a, s), str)
        lines.append(f"reshape|{view_text(a, a)}|{text(shape)}|{result}")
    for _ in range(800):
        base, a = random_base()
        axes = RNG.sample(range(a.ndim), a.ndim)
        axes = [x - a.ndim if RNG.random() < 0.3 else x for x in axes]
        if axes and RNG.random() < 0.1:
            axes[RNG.randrange(len(axes))] = RNG.choice([0, a.ndim, -a.ndim - 1])
        if axes and RNG.random() < 0.03:
            axes.pop()
        if not axes:
            continue
        result = attempt(lambda a=a, x=axes: a.transpose(x), lambda r, b=base: view_text(r, b))
        lines.append(f"permute|{view_text(a, base)}|{text(axes)}|{result}")
    for _ in range(2000):
        shape = [RNG.choice([0, 1, 1, 2, 3]) for _ in range(RNG.randint(0, 4))]
        other = [RNG.choice([1, s]) if RNG.random() < 0.9 else RNG.choice([0, 1, 2, 3]) for s in shape]
        if RNG.random() < 0.5:
            other = other[RNG.randint(0, len(other)) :]
        if RNG.random() < 0.5:
            shape, other = other, shape
        result = attempt(
            lambda s=shape, o=other: np.add(np.zeros(s, np.int8), np.zeros(o, np.int8)), lambda r: text(np.shape(r))
        )
        lines.append(f"broadcast|{text(shape)}|{text(other)}|{result}")
    for _ in range(1500):
        base, a = random_base()
        target = [RNG.randint(0, 3) if s == 1 and RNG.random() < 0.7 else s for s in a.shape]
        target = [RNG.randint(1, 3) for _ in range(RNG.randint(0, 2))] + target
        if target and RNG.random() < 0.1:
            target[RNG.randrange(len(target))] += 1
        result = attempt(lambda a=a, t=target: np.broadcast_to(a, t), lambda r, b=base: view_text(r, b))
        lines.append(f"broadcast_to|{view_text(a, base)}|{text(target)}|{result}")
    (out / "views.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
