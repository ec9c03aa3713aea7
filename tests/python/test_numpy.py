"""Where NumPy and ndfuse meet: conversion, NumPy's functions and operators with our arrays."""

import ndfuse
import numpy
import pytest
from comparing import sample


def ours(x):
    assert isinstance(x, ndfuse.ndarray), type(x)
    return x.asnumpy()


def test_numpys_functions():
    x = sample("float32")
    y = ndfuse.array(x)
    numpy.testing.assert_allclose(ours(numpy.sin(y)), numpy.sin(x), rtol=1e-6)
    numpy.testing.assert_allclose(ours(numpy.add(x, y)), x + x)
    numpy.testing.assert_allclose(ours(numpy.concatenate([y, y])), numpy.concatenate([x, x]))
    numpy.testing.assert_allclose(ours(numpy.where(y > 0, y, 0)), numpy.where(x > 0, x, 0))
    numpy.testing.assert_allclose(ours(numpy.sum(y, axis=0)), numpy.sum(x, axis=0), rtol=1e-6)
    numpy.testing.assert_allclose(ours(numpy.add.reduce(y)), numpy.add.reduce(x), rtol=1e-6)
    numpy.testing.assert_allclose(ours(numpy.multiply.outer(y[0], y[1])), numpy.multiply.outer(x[0], x[1]))
    numpy.testing.assert_allclose(ours(numpy.linalg.norm(y)), numpy.linalg.norm(x), rtol=1e-6)
    numpy.testing.assert_allclose(ours(numpy.matmul(y, y.T)), x @ x.T, rtol=1e-5)
    out = ndfuse.zeros((3, 4))
    assert numpy.exp(y, out=out) is out
    numpy.testing.assert_allclose(ours(out), numpy.exp(x), rtol=1e-6)


def test_operators_with_numpys_arrays():
    x = sample("float32")
    y = ndfuse.array(x)
    for found in (x + y, y + x, x * 2 - y, y @ x.T, x @ y.T, x[0] < y):
        assert isinstance(found, ndfuse.ndarray)
    numpy.testing.assert_array_equal(ours(x + y), x + x)
    numpy.testing.assert_array_equal(ours(y - x.astype(numpy.float64)), x - x)
    assert (y + x.astype(numpy.float64)).dtype == "float64"
    y += x
    numpy.testing.assert_array_equal(ours(y), x + x)
    with pytest.raises(TypeError):
        x += y  # the result would have to come down


def test_what_is_not_there():
    y = ndfuse.ones(3)
    with pytest.raises(TypeError):
        numpy.fft.fft(y)
    with pytest.raises(TypeError):
        numpy.linalg.svd(y)
    with pytest.raises(ValueError, match="copy"):
        numpy.array(y, copy=False)


def test_conversions():
    y = ndfuse.arange(6).reshape(2, 3)
    assert numpy.asarray(y).dtype == "int32" and numpy.asarray(y, dtype="float64").dtype == "float64"
    numpy.testing.assert_array_equal(numpy.array([y, y]), [[[0, 1, 2], [3, 4, 5]]] * 2)
    numpy.testing.assert_array_equal(ndfuse.asnumpy(y.T), numpy.arange(6).reshape(2, 3).T)
    out = numpy.zeros((2, 3))
    assert y.get(out=out) is out and out[1, 2] == 5
    assert ndfuse.get_array_module(y) is ndfuse and ndfuse.get_array_module(numpy.ones(2)) is numpy
    assert ndfuse.asnumpy([1, 2]).tolist() == [1, 2]
    down = y.asnumpy()
    down[...] = 7  # it is the caller's own
    assert y.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_indices_of_numpy():
    x = sample("float32")
    y = ndfuse.array(x)
    rows = numpy.array([2, 0])
    numpy.testing.assert_array_equal(ours(y[rows]), x[rows])
    numpy.testing.assert_array_equal(ours(y[x > 0]), x[x > 0])
    numpy.testing.assert_array_equal(ours(y[numpy.int64(1), :: numpy.int32(2)]), x[1, ::2])
    assert x[ndfuse.array(1), 2] == x[1, 2]


def test_copies_one_each_way():
    y = ndfuse.asarray(numpy.ones(1000, numpy.float32))
    ndfuse.synchronize()
    device = "cpu" if ndfuse.device().name == "cpu" else "gpu"
    before = ndfuse.memory_stats()[device]
    z = ndfuse.asarray(numpy.ones(1000, numpy.float32))
    z.asnumpy()
    after = ndfuse.memory_stats()[device]
    assert after["uploaded_bytes"] - before["uploaded_bytes"] == 4000
    assert after["read_bytes"] - before["read_bytes"] == 4000
    assert y.size == 1000
