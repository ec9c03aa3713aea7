"""What array libraries for the browser have silently computed wrong, each a test."""

import ndfuse
import numpy
from comparing import fails, same, sample


def test_subtracting_from_the_left_of_a_prior_type():
    class Prior:
        __array_priority__ = 1e6

        def __rsub__(self, other):
            return "subtracted"

        def __rmul__(self, other):
            return "multiplied"

    assert ndfuse.ones(2) - Prior() == "subtracted"


def test_storing_doubles_in_a_slice_of_floats():
    def program(np, x, y):
        x[2:4] = y
        return x

    same(program, numpy.zeros(6, numpy.float32), numpy.array([1.5, 2.5], numpy.float64), exact_type=False)


def test_powers_of_negative_numbers():
    same(
        lambda np: (
            np.array([-2.0]) ** 3,
            np.array([-2]) ** 3,
            np.float32(-2) ** np.float32(3),
            np.power(np.array([-2.0, -3.0]), np.array([3, 2])),
        )
    )


def test_products_of_views_with_an_offset():
    same(lambda np, x: x[2:] @ x[:2].T, sample("float32", (4, 5)), ulp=256)


def test_products_of_integers():
    same(lambda np, x: x @ x.T, sample("int32", (5, 7)))


def test_negative_axes():
    x = sample("float32", (1, 3, 1))
    same(
        lambda np, x: (
            np.squeeze(x, -1),
            np.squeeze(x, axis=(-3,)),
            np.tensordot(x, x, axes=([-2], [-2])),
            np.moveaxis(x, -1, -2),
        ),
        x,
        ulp=64,
    )


def test_duplicate_indices_are_all_added():
    def program(np, x):
        np.add.at(x, [0, 0, 2, 0], 1)
        return x

    same(program, numpy.zeros(3, numpy.float32))


def test_maximum_keeps_nan():
    x = numpy.array([1, numpy.nan, 3], numpy.float32)
    same(lambda np, x: (np.maximum(x, 2), np.minimum(2, x), np.maximum(x[::-1], x), x.max(), x.min()), x)


def test_broadcasts_stay_in_bounds():
    x = sample("float32", (3, 1))
    same(
        lambda np, x: (
            np.broadcast_to(x, (3, 4)) * 1,
            np.broadcast_to(x.T, (5, 3)) + 1,
            np.broadcast_to(x[1], (2, 2)).sum(),
        ),
        x,
        ulp=32,
    )
    fails(lambda np, x: np.broadcast_to(x, (4, 4)), x)


def test_wide_types_are_not_narrowed():
    x = numpy.array([2**40 + 1, -(2**62)], numpy.int64)
    same(lambda np, x: (x + 1, x * 2, x.astype(np.float64) / 3), x)
    same(lambda np, x: x + 1e-9, numpy.array([1.0, 2.0]))


def test_mixed_types_promote():
    same(
        lambda np, a, b: (a + b, a * b, a < b, np.concatenate([a, b])),
        sample("uint8", (4,)),
        sample("int8", (4,), seed=1),
    )


def test_metadata_does_not_leak():
    handles = None
    for k in range(300):
        x = ndfuse.ones((2 + k % 50, 3))[:, ::2] * 2
        x.sum().item()
        if k == 100:
            handles = ndfuse.memory_stats()["handles"]
    assert ndfuse.memory_stats()["handles"] <= handles


def test_lists_beside_wide_arrays_stay_exact():
    def program(np, x, n):
        y = x.copy()
        y[:2] = [0.1, 0.2]
        y[[2, 0]] = [0.3, 0.7]
        n[1:] = [2**40, 2**50]
        return (
            x + [0.1, 0.2, 0.3],
            np.where(x > 1, x, [0.1, 0.2, 0.3]),
            np.concatenate([x, [0.1]]),
            y,
            n,
            n + [1, 2, 2**45],
        )

    same(program, numpy.array([1.0, 2.0, 3.0]), numpy.array([1, 2, 3], numpy.int64))


def test_values_in_programs():
    def program(np, x):
        total = 0
        for value in x[0]:
            total = total + value * 2
        first, second, third = x
        x[x > 1] += 10
        x[1, x[1] < 0] *= -1
        x[2] = [1, 2, 3, 4]
        return (
            total,
            first,
            x,
            x[0, x[0].argmax()],
            max(x[2]),
            sum(x),
            round(float(x[2, 1])),
            list(range(int(x[2, 1]))),
            np.arange(x[2, 2]),
        )

    same(program, sample("float32", (3, 4)))
