"""Between the brackets: views, integer arrays, masks; reading, writing, and IndexError in NumPy's words."""

import ndfuse
import numpy
import pytest
from comparing import ALL, fails, same, sample

BASIC = [
    "0", "-1", "1, 2", "-1, -4", "1:", ":2", "::2", "::-1", "5:1:-2", "1:1", "..., 0", "0, ...", "None", "None, 1, None", "..., None",
    "1, :", ":, 1", ":, ::3", "1:3, ::-1", "::-2, 1:3", "()", "...", "100:", "-100:2", "slice(None, None, -1)",
]  # fmt: skip
ADVANCED = [
    "[0, 2]", "[[0, 2], [1, -1]]", "[0, 2], [1, -1]", "[0, 2], 1", "1, [0, 2]", "[[0], [2]], [1, 3]", ":, [0, 2]", "::2, [3, 0, 0]",
    "[0, 2], ::2", "[]", ":, []", "[0, 2], None", "None, [0, 2]", "[0, 2], None, [1, 1]", "..., [1, 2]", "[-1]", "np.array(1)",
    "np.array([1, 0])", "np.array([[1, -1]])", ":, np.array([0, 3, 1])", "np.array([2, 0]), np.array([1, -2])", "np.array([], dtype=np.int32)",
    "np.array([1, 0], dtype=np.uint8)", "np.array([1, -1], dtype=np.int64)", "np.ix_([0, 2], [1, 3])", "range(2)",
]  # fmt: skip
MASKS = [
    "x > 0", "x > 100", "x == x", "[True, False, True]", "np.array([True, False, True])", ":, [True, False, True, False]", "x[:, 0] > 0, 1",
    "x[:, 0] > -9, [1, 0, 2]", "x[:, 1] > 0, ::2", "True", "False", "(x > 0) & (x < 3)", "~(x > 0)",
]  # fmt: skip


def reading(np, x, key):
    return eval(f"x[{key}]", {"np": np, "x": x, "numpy": numpy})


@pytest.mark.parametrize("key", BASIC + ADVANCED + MASKS)
def test_reading(key):
    for x in (sample("float32"), sample("int16")):
        same(reading, x, key=key)
        # through views: transposed, strided, reversed, broadcast
        y = sample("float32", (4, 6))
        same(lambda np, y, key: reading(np, y.T[::2], key), y, key=key)
        same(lambda np, y, key: reading(np, y[::-1, ::-1][1:, 2:], key), y, key=key)
        same(lambda np, y, key: reading(np, np.broadcast_to(y[0, :4], (3, 4)), key), y, key=key)


@pytest.mark.parametrize("key", BASIC + ADVANCED + MASKS)
def test_writing(key):
    def program(np, x, value):
        names = {"np": np, "x": x, "value": value}
        part = x[::2]
        old = x * 1
        exec(f"x[{key}] = value", names)
        return x, part, old

    def as_wide_as(np, x, **options):
        return program(np, x, reading(np, x, key) * 2 + 1)

    def into_a_view(np, y):
        view = y.T[::2]
        names = {"np": np, "x": view}
        exec(f"x[{key}] = 7", names)
        return y

    for dtype in ("float32", "int32"):
        same(program, sample(dtype), value=5)
        same(program, sample(dtype), value=-2.75)
        same(as_wide_as, sample(dtype))
    same(into_a_view, sample("float32", (4, 6)))


@pytest.mark.parametrize("dtype", ALL)
def test_elements_of_all_types(dtype):
    x = sample(dtype, (5,))

    def program(np, x):
        y = x.copy()
        y[1:4] = x[[4, 0, 2]]
        y[[0, 0]] = x[3]
        y[-1] = 1
        return y, x[2], x[x == x[2]]

    same(program, x)


@pytest.mark.parametrize(
    "key",
    [
        "3",
        "-4",
        "0, 4",
        "0, 0, 0",
        "[3]",
        "[0, -4]",
        "..., ...",
        "[True, False]",
        "x[:2] > 0",
        "[0, 1, 2], [0, 1]",
    ],  # fmt: skip
)
def test_refused(key):
    fails(reading, sample("float32"), key=key)

    def writing(np, x):
        exec(f"x[{key}] = 1", {"np": np, "x": x})

    fails(writing, sample("float32"), words=False)


@pytest.mark.parametrize(
    "key", ["np.array([1, 5])", ":, np.array([4])", "np.array([9], dtype=np.int64)", "np.array([-4])"]
)
def test_refused_at_the_next_wait(key):
    """Indices on a device are checked where they are used; memory beyond the array is never touched."""

    def writing(np, x):
        y = np.zeros(3)
        exec(f"x[{key}] = 1", {"np": np, "x": x})
        y.tolist()

    fails(lambda np, x: reading(np, x, key=key).tolist(), sample("float32"), words=False)
    fails(writing, sample("float32"), words=False)
    assert ndfuse.ones(2).tolist() == [1, 1]  # it is said once


def test_refused_kinds():
    x = ndfuse.arange(3)
    for key in (1.0, "a", [1.0], ndfuse.array([1.0]), {}, None.__class__):
        with pytest.raises(IndexError):
            x[key]
    with pytest.raises(TypeError):
        x[0.5:]
    fails(lambda np, x: x.__setitem__(slice(2), np.arange(3)), numpy.arange(5, dtype=numpy.int32))
    fails(lambda np, x: x.__setitem__([0, 1], np.arange(3)), numpy.arange(5, dtype=numpy.int32), words=False)
    fails(
        lambda np, x: (x.__setitem__(x > 1, np.arange(2)), x.tolist()), numpy.arange(5, dtype=numpy.int32), words=False
    )
    fails(lambda np, x: np.broadcast_to(x, (2, 5)).__setitem__(0, 1), numpy.arange(5, dtype=numpy.int32))
    fails(lambda np, x: np.broadcast_to(x, (2, 5))[0].__setitem__(0, 1), numpy.arange(5, dtype=numpy.int32))
    fails(lambda np, x: np.diagonal(x).__setitem__(0, 1), sample("float32"))


def test_values_that_are_cast():
    def program(np, x, y):
        x[1:3] = y[:2]
        x[0] = True
        x[[0, 3]] = y[2:]
        x[x > 2] = y[0, 0] * 10
        return x

    same(program, numpy.arange(16, dtype=numpy.int32).reshape(4, 4), sample("float32", (4, 4)))
    same(program, sample("float32", (4, 4)), numpy.arange(16).reshape(4, 4))
    fails(lambda np, x: x.__setitem__(0, 300), numpy.zeros(3, numpy.uint8))
    fails(lambda np, x: x.__setitem__(0, float("nan")), numpy.zeros(3, numpy.int32))
    fails(lambda np, x: x.__setitem__(0, 1j), numpy.zeros(3, numpy.float32), words=False)


def test_duplicate_indices():
    """The last value wins; add.at counts every one."""
    x = numpy.zeros(4, numpy.float32)

    def last(np, x):
        x[[1, 1, 2, 1]] = np.array([1.0, 2.0, 3.0, 4.0])
        x[[0, 0]] += 1
        return x

    def counted(np, x):
        np.add.at(x, [1, 1, 2, 1], np.array([1, 2, 3, 4], np.float32))
        np.subtract.at(x, [0, 0], 1)
        np.maximum.at(x, ([3, 3],), np.array([2, 1], np.float32))
        return x

    same(last, x)
    same(counted, x)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (3, 2, 0)])
def test_nothing_is_written(shape):
    """NumPy drops leading axes of a value that has no elements."""

    def program(np, x, value):
        x[[]] = value
        return x

    same(program, numpy.zeros(3, bool), numpy.zeros(shape, bool))
    fails(lambda np, x: x.__setitem__([0], np.zeros(shape)), numpy.zeros(3), words=False)


def test_overlapping_assignment():
    def program(np, x):
        x[1:] = x[:-1]
        x[::-1] = x * 2
        x[:3], x[3:6] = x[3:6], x[:3]
        x[...] = x[::-1]
        return x

    same(program, numpy.arange(7, dtype=numpy.float32))


def test_views_share_memory():
    def program(np):
        x = np.zeros((4, 5), np.int32)
        rows, column, flat = x[1:3], x[:, 2], x.reshape(-1)
        rows[...] = 1
        column += 10
        flat[::7] = -1
        block = x[:2].reshape(2, 5, 1)[..., 0].T
        block[3] = 99
        return x, rows, column, flat, block

    same(program)
    assert ndfuse.may_share_memory(*(lambda x: (x, x.T[1:]))(ndfuse.zeros((3, 3))))


def test_take_and_friends():
    x = sample("float32")
    for program in (
        lambda np, x: np.take(x, [1, -1]),
        lambda np, x: np.take(x, [[1, 0], [2, 2]], axis=0),
        lambda np, x: np.take(x, np.array([3, 1]), axis=-1),
        lambda np, x: x.take(5),
        lambda np, x: np.take(x, [7, -9], axis=1, mode="wrap"),
        lambda np, x: np.take(x, [7, -9], axis=1, mode="clip"),
        lambda np, x: np.take_along_axis(x, np.argmax(x, axis=1)[:, None], axis=1),
        lambda np, x: np.nonzero(x > 0),
        lambda np, x: np.argwhere(x > 0),
        lambda np, x: np.flatnonzero(x > 0),
        lambda np, x: np.where(x > 0),
        lambda np, x: np.compress([True, False, True], x, axis=0),
        lambda np, x: np.extract(x > 0, x),
        lambda np, x: np.unravel_index(np.array([3, 7]), (3, 4)),
        lambda np, x: np.ravel_multi_index(([0, 2], [1, 3]), (3, 4)),
    ):
        same(program, x)
    fails(lambda np, x: np.take(x, [4], axis=1), x)

    def writing(np, x):
        x.put([1, 5], [9, 8])
        np.putmask(x, x < 0, 0)
        np.place(x, x > 2, [1.5, 2.5])
        np.copyto(x, 7, where=x == 9)
        return x

    same(writing, x)


def test_iteration():
    x = sample("int32", (3, 2))
    same(lambda np, x: list(x), x)
    same(lambda np, x: [v for row in x for v in row], x)
    same(lambda np, x: (len(x), 3 in x, 77 in x, x[0, 1] in x), x)
    fails(lambda np: len(np.array(1)))
    fails(lambda np: {np.zeros(2): 1}, words=False)
    assert {ndfuse.int32(3): "three"}[3] == "three"
    fails(lambda np: list(np.array(1)))


def test_item():
    x = sample("float32")
    for at in ((5,), (-1,), (1, 2), ((2, 1),)):
        same(lambda np, x, at=at: x.item(*at), x)
    fails(lambda np, x: x.item(), x)
    assert type(ndfuse.array([True]).item()) is bool
    assert type(ndfuse.array([1]).item()) is int


def test_fill():
    def program(np, x):
        x[:2].fill(3)
        x.flat = np.arange(5)
        return x

    same(program, sample("float32"))
