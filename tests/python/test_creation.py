"""Making arrays from data, values and element numbers."""

import array as host

import ndfuse
import numpy
import pytest
from comparing import ALL, fails, same, sample


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,), (2, 0, 3), (1, 1)])
def test_there_and_back(dtype, shape):
    x = sample(dtype, shape)
    x = numpy.asarray(x)
    y = ndfuse.asarray(x)
    assert (y.dtype, y.shape, y.ndim, y.size, y.nbytes) == (x.dtype, x.shape, x.ndim, x.size, x.nbytes)
    numpy.testing.assert_array_equal(y.asnumpy(), x)
    numpy.testing.assert_array_equal(numpy.asarray(y), x)
    assert y.asnumpy().dtype == x.dtype
    assert y.tolist() == x.tolist()
    assert y.tobytes() == x.tobytes()


def test_strided_arrays_of_numpy():
    x = numpy.arange(24, dtype=numpy.float32).reshape(4, 6)
    for part in (x.T, x[::2, ::-1], x[:, 3], numpy.broadcast_to(x[0], (3, 6))):
        numpy.testing.assert_array_equal(ndfuse.array(part).asnumpy(), part)
    big = numpy.arange(4, dtype=">f4")
    assert ndfuse.array(big).dtype == "float32" and ndfuse.array(big).tolist() == [0, 1, 2, 3]
    with pytest.raises(TypeError):
        ndfuse.array(numpy.array(["a"]))


def test_lists():
    for data in (
        3,
        2.5,
        1j,
        True,
        [],
        [[]],
        [1, 2],
        [1, 2.5],
        [True, 2],
        [1, 1j],
        [[1, 2], [3, 4]],
        ((1,), (2,)),
        [range(3), range(3)],
    ):
        same(lambda np, d=data: np.array(d))
    fails(lambda np: np.array([[1, 2], [3]]))
    fails(lambda np: np.array([[[1], [2]], [[3], [4, 5]]]))
    with pytest.raises(OverflowError, match="Python integer 1099511627776 out of bounds for int32"):
        ndfuse.array([1, 2**40])
    fails(lambda np: np.array([300], np.uint8))
    same(lambda np: np.array([1.7, -1.7], np.int32))
    same(lambda np: np.array([1e300], np.float32))
    same(lambda np: np.array([70000.0, 65519.0, 65520.0, 1e-8], np.float16))
    fails(lambda np: np.array([float("nan")], np.int32))
    fails(lambda np: np.array([1j], np.float32), words=False)
    with pytest.raises(TypeError):
        ndfuse.array("abc")
    with pytest.raises(TypeError):
        ndfuse.array([None])


def test_arrays_in_lists():
    same(lambda np, x: np.array([x, x + 1]), sample("float32"))
    same(lambda np, x: np.array([x[0, 0], 2.5]), sample("float32"))
    same(lambda np, x: np.array([[x.sum(), x.max()], [1, 2]]), sample("float32"))
    numpy.testing.assert_array_equal(ndfuse.array([numpy.float64(1), 2]).asnumpy(), [1.0, 2.0])
    assert ndfuse.array([numpy.float64(1), 2]).dtype == "float64"
    assert ndfuse.array([numpy.arange(3, dtype=numpy.int16)] * 2).dtype == "int16"


def test_buffers():
    y = ndfuse.asarray(host.array("f", [1, 2, 3]))
    assert (y.dtype, y.tolist()) == ("float32", [1, 2, 3])
    y = ndfuse.asarray(memoryview(host.array("h", [1, -2])))
    assert (y.dtype, y.tolist()) == ("int16", [1, -2])
    y = ndfuse.frombuffer(b"\x01\x00\x00\x00\x02\x00\x00\x00", dtype="int32")
    assert y.tolist() == [1, 2]
    fails(lambda np: np.frombuffer(b"12345", dtype=np.int32))


def test_copies():
    x = numpy.arange(6, dtype=numpy.float32)

    def program(np, x):
        a, b, c = np.array(x), np.asarray(x), x.copy()
        x += 1
        a *= 2
        c[0] = -1
        return a, b, c, x, np.asarray(x) is x, np.array(x, copy=None) is not None

    same(program, x)
    before = ndfuse.asarray(x)
    x[:] = 0  # the host's memory is not shared
    assert before.tolist() == [0, 1, 2, 3, 4, 5]


def test_constants():
    same(lambda np: (np.zeros(3), np.ones((2, 2)), np.full((2,), 7), np.full(2, 2.5), np.full((), True)))
    same(lambda np: (np.zeros((2, 0)), np.ones((), np.uint8), np.full(3, 300.7, np.int16)))
    same(lambda np: np.full((2, 3), np.arange(3)))
    same(
        lambda np, x: (
            np.zeros_like(x),
            np.ones_like(x, dtype=np.int8),
            np.full_like(x, 2),
            np.zeros_like(x, shape=(2,)),
        ),
        sample("float32"),
    )
    assert ndfuse.empty((2, 3), "int8").shape == (2, 3)
    assert ndfuse.empty_like(ndfuse.zeros(3)).dtype == "float32"
    fails(lambda np: np.zeros(-1))
    fails(lambda np: np.full(2, 300, np.uint8))
    fails(lambda np: np.zeros((2.5,)), words=False)
    with pytest.raises(ValueError, match="16"):
        ndfuse.zeros((1,) * 17)
    with pytest.raises(ValueError, match="too big"):
        ndfuse.zeros((2**16, 2**16))


@pytest.mark.parametrize(
    "arguments",
    [(5,), (0,), (-3,), (2, 9), (2, 9, 3), (9, 2, -2), (5, 5), (0.5, 3), (0, 1, 0.1), (3.0,), (1, 2, 5), (2, -2, -0.5)],
)
def test_arange(arguments):
    same(lambda np: np.arange(*arguments))


def test_arange_types():
    for dtype in ("int8", "uint8", "int16", "uint32", "int64", "float32", "float64", "float16"):
        same(lambda np, d=dtype: np.arange(1, 20, 3, dtype=d), exact_type=False)
        assert ndfuse.arange(3, dtype=dtype).dtype == dtype
    assert ndfuse.arange(2**31, 2**31 + 3, dtype="uint32").tolist() == [2**31, 2**31 + 1, 2**31 + 2]
    assert ndfuse.arange(2**40, 2**40 + 2, dtype="int64").tolist() == [2**40, 2**40 + 1]
    with pytest.raises(OverflowError):
        ndfuse.arange(2**40, 2**40 + 2)
    with pytest.raises(ZeroDivisionError):
        ndfuse.arange(1, 2, 0)


def test_linspace():
    same(lambda np: np.linspace(0, 1, 11))
    same(lambda np: np.linspace(-2, 0.5, 7))
    same(lambda np: np.linspace(3, -3, 5, endpoint=False))
    same(lambda np: (np.linspace(1, 2, 1), np.linspace(1, 2, 0), np.linspace(5, 5, 3)))
    same(lambda np: np.linspace(0, 1, 5, retstep=True)[0])
    same(lambda np: np.linspace(0, 10, 5, dtype=np.int32))
    same(lambda np: np.linspace(np.zeros(2), np.array([1, 2]), 3))
    same(lambda np: np.linspace(np.zeros(2), np.array([1, 2]), 3, axis=-1))
    same(lambda np: np.linspace(0, 1j, 4))
    x = ndfuse.linspace(0, 0.7, 12345)
    assert x[-1].item() == numpy.float32(0.7)
    assert ndfuse.linspace(0, 1, 5, dtype="float64").dtype == "float64"
    same(lambda np: np.logspace(0, 3, 4), ulp=64)
    same(lambda np: np.logspace(0, 4, 5, base=2), ulp=64)
    same(lambda np: np.geomspace(1, 1000, 4), ulp=64)
    fails(lambda np: np.linspace(0, 1, -1))


def test_matrices():
    for program in (
        lambda np: np.eye(3),
        lambda np: np.eye(2, 4, 1, dtype=np.int32),
        lambda np: np.eye(3, k=-1),
        lambda np: np.identity(2),
        lambda np: np.tri(3, 4, 1),
        lambda np: np.diag(np.arange(3)),
        lambda np: np.diag(np.arange(3), -1),
        lambda np: np.diag(np.arange(12).reshape(3, 4), 1),
        lambda np: np.diagflat([[1, 2], [3, 4]]),
        lambda np: np.vander(np.array([1, 2, 3]), 3),
        lambda np: np.vander(np.array([1, 2, 3]), 4, increasing=True),
    ):
        same(program)
    x = sample("float32", (2, 3, 4))
    for k in (-5, -1, 0, 2):
        same(lambda np, x, k=k: (np.tril(x, k), np.triu(x, k)), x)


def test_grids():
    same(lambda np: np.meshgrid(np.arange(3), np.arange(4)))
    same(lambda np: np.meshgrid(np.arange(3), np.arange(4), np.arange(2), indexing="ij"))
    same(lambda np: np.meshgrid(np.arange(3), np.arange(4), sparse=True))
    same(lambda np: (np.mgrid[0:3, 1:5:2], np.ogrid[0:3, 1:5:2], np.mgrid[-1:1:5j], np.mgrid[2:4]))
    same(lambda np: np.indices((2, 3)))
    same(lambda np: np.indices((2, 3), sparse=True))
    same(lambda np: np.fromfunction(lambda i, j: i * 10 + j, (2, 3)))
    same(lambda np: np.fromiter((k * k for k in range(4)), dtype=np.int32))


def test_pickle_and_copy():
    import copy
    import pickle

    x = ndfuse.arange(6).reshape(2, 3)[:, ::2]
    y = pickle.loads(pickle.dumps(x))
    assert (y.tolist(), y.dtype) == (x.tolist(), x.dtype)
    z = copy.deepcopy(x)
    x[...] = 0
    assert z.tolist() == [[0, 2], [3, 5]]


def test_complex_of_any_length():
    """The last elements, too, where a thread of a GPU computes several."""
    for count in range(1, 12):
        same(lambda np, n: np.arange(n).astype(np.float32) + 1j, count)
        same(lambda np, n: (np.arange(n) * (1 + 2j)).reshape(1, n) * 2, count)


def test_ramps_of_64_bits():
    """Lists beside a 64-bit dtype stay exact; the steps of a border have the array's own precision."""

    def program(np, x):
        return (
            np.linspace([0, 0.1], [100, 16], 7, dtype=np.float64, axis=1),
            np.linspace(x[0], x[1], 5),
            np.pad(x, 3, "linear_ramp", end_values=0.3),
        )

    same(program, sample("float64", (2, 3)))
