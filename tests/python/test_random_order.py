"""Random orders and choices: what they may give, and that all of it is equally likely."""

import itertools
import math

import ndfuse
import numpy as np
import pytest
from distributions import chi_square, kolmogorov


def rng(seed=1):
    return ndfuse.random.default_rng(seed)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 1024, 1025, 5000])
def test_permutations_of_numbers(count):
    order = rng().permutation(count)
    assert order.dtype == "int32"
    values = order.asnumpy()
    assert (np.sort(values) == np.arange(count)).all()
    if count >= 100:
        assert not (values == np.arange(count)).all()
        assert not (values == rng(2).permutation(count).asnumpy()).all()
        assert (values == rng().permutation(count).asnumpy()).all()
        # Displacements of a random order have a known distribution; neighbours do not stay together.
        assert (np.abs(np.diff(values)) == 1).sum() < 12


def test_all_orders_are_equally_likely():
    orders = rng().permuted(ndfuse.arange(4) + ndfuse.zeros((6000, 1), dtype=int), axis=1).asnumpy()
    numbers = {order: k for k, order in enumerate(itertools.permutations(range(4)))}
    counts = np.bincount([numbers[tuple(row)] for row in orders.tolist()], minlength=24)
    assert chi_square(counts, [250] * 24) > 1e-4


def test_permutations_of_elements():
    x = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    for axis in (0, 1, 2, -1):
        found = rng().permutation(ndfuse.array(x), axis=axis).asnumpy()
        rows = {tuple(one.ravel()) for one in np.moveaxis(x, axis, 0)}
        assert {tuple(one.ravel()) for one in np.moveaxis(found, axis, 0)} == rows
    assert sorted(rng().permutation([3, 1, 2]).tolist()) == [1, 2, 3]
    assert rng().permutation(ndfuse.zeros((0, 3))).shape == (0, 3)


def test_shuffles():
    for axis in (0, 1):
        x = ndfuse.arange(40).reshape(4, 10)
        view = x[:, ::-1]
        before = view.asnumpy()
        assert rng().shuffle(view, axis=axis) is None
        assert (view.asnumpy() == rng().permutation(ndfuse.array(before), axis=axis).asnumpy()).all()
        assert sorted(x.ravel().tolist()) == list(range(40))
    for values in ([1, 2, 3, "a", None], [], [5]):
        shuffled = list(values)
        rng().shuffle(shuffled)
        assert len(shuffled) == len(values) and all(value in shuffled for value in values)
    host = np.arange(20)
    rng().shuffle(host)
    assert sorted(host.tolist()) == list(range(20)) and host.tolist() != list(range(20))


def test_permuted():
    x = ndfuse.arange(60).reshape(3, 20)
    found = rng().permuted(x, axis=1).asnumpy()
    assert (np.sort(found, axis=1) == x.asnumpy()).all()
    assert not (np.argsort(found[0]) == np.argsort(found[1])).all()
    found = rng().permuted(x, axis=0).asnumpy()
    assert (np.sort(found, axis=0) == x.asnumpy()).all()
    found = rng().permuted(x).asnumpy()
    assert found.shape == (3, 20) and sorted(found.ravel().tolist()) == list(range(60))
    out = ndfuse.zeros((3, 20), dtype=int)
    assert rng().permuted(x, axis=1, out=out) is out
    assert (np.sort(out.asnumpy(), axis=1) == x.asnumpy()).all()


def test_choices_with_replacement():
    drawn = rng().choice(6, 6000)
    assert drawn.dtype == "int32"
    assert chi_square(np.bincount(drawn.asnumpy(), minlength=6), [1000] * 6) > 1e-4
    assert rng().choice(6).shape == ()
    assert 0 <= int(rng().choice(6)) < 6
    assert rng().choice([10.5, 20.5], (3, 4)).shape == (3, 4)
    assert set(rng().choice([10, 20], 50).tolist()) == {10, 20}
    x = ndfuse.arange(12).reshape(3, 4)
    found = rng().choice(x, 5, axis=1).asnumpy()
    assert found.shape == (3, 5) and (found[1] - found[0] == 4).all()
    assert rng().choice(x).shape == (4,)
    assert rng().choice(0, 0).shape == (0,)


@pytest.mark.parametrize("p", [[0.1, 0.2, 0, 0.3, 0.4], [1], [0, 1], [0.5, 0.5, 0, 0]])
def test_choices_with_probabilities(p):
    expected = np.array(p) * 5000
    for weights in (p, ndfuse.array(p), np.array(p)):
        counts = np.bincount(rng(3).choice(len(p), 5000, p=weights).asnumpy(), minlength=len(p))
        assert not counts[expected == 0].any()
        assert chi_square(counts, expected) > 1e-4


def test_choices_without_replacement():
    drawn = rng().choice(50, 20, replace=False).asnumpy()
    assert len(set(drawn.tolist())) == 20 and drawn.min() >= 0 and drawn.max() < 50
    assert sorted(rng().choice(7, 7, replace=False).tolist()) == list(range(7))
    assert rng().choice(np.arange(9.0), (3, 3), replace=False).shape == (3, 3)
    first = [int(rng(seed).choice(4, 2, replace=False)[0]) for seed in range(400)]
    assert chi_square(np.bincount(first, minlength=4), [100] * 4) > 1e-4


def test_weighted_choices_without_replacement():
    p = [0.5, 0.3, 0.15, 0.05, 0]
    pairs = [tuple(rng(seed).choice(5, 2, replace=False, p=p).tolist()) for seed in range(600)]
    assert all(one != other and 4 not in (one, other) for one, other in pairs)
    orders = list(itertools.permutations(range(4), 2))
    expected = [600 * p[i] * p[j] / (1 - p[i]) for i, j in orders]
    counts = [sum(pair == order for pair in pairs) for order in orders]
    assert chi_square(counts, expected) > 1e-4
    everything = rng().choice(4, 4, replace=False, p=p[:4])
    assert sorted(everything.tolist()) == [0, 1, 2, 3]


def test_large_orders_are_uniform():
    """Of 2^17 elements, whose 32-bit words have equal ones among them."""
    count = 2**17
    values = rng(4).permutation(count).asnumpy()
    assert (np.bincount(values) == 1).all()
    assert kolmogorov((values[: count // 8] + 0.5) / count, lambda x: x) > 1e-4
    x = values - values.mean()
    assert math.erfc(abs((x[1:] * x[:-1]).sum() / (x * x).sum()) * math.sqrt(count / 2)) > 1e-4
