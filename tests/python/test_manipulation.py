"""Shapes: views, joining, cutting, repeating."""

import ndfuse
import numpy
import pytest
from comparing import fails, same, sample

PROGRAMS = """
x.reshape(4, 3)
x.reshape(-1)
x.reshape((2, -1, 3))
x.T.reshape(3, 4)
x.T.reshape(-1)
x[:, ::2].reshape(6)
x[::2].reshape(2, 2, 2)
np.reshape(x, (4, 3), order="F")
np.reshape(x.T, -1, order="F")
x.ravel()
x.T.ravel()
x.ravel("F")
x.flatten()
x.T
x.transpose()
x.transpose(1, 0)
np.transpose(y, (2, 0, 1))
y.transpose(-1, 0, 1)
np.swapaxes(y, 0, -1)
y.swapaxes(1, 2)
np.moveaxis(y, 0, -1)
np.moveaxis(y, [0, 1], [-1, 0])
np.rollaxis(y, 2)
np.rollaxis(y, 0, 3)
np.squeeze(x[None, :, None])
np.squeeze(x[None, :, None], axis=0)
np.squeeze(x[None, :, None], axis=-2)
np.squeeze(x[None, :, None], axis=(0, 2))
np.expand_dims(x, 1)
np.expand_dims(x, (0, -1))
np.atleast_1d(np.float32(3))
np.atleast_2d(x[0])
np.atleast_3d(x)
np.broadcast_to(x[0], (2, 3, 4))
np.broadcast_to(x[:, :1], (3, 4)) + 1
np.broadcast_arrays(x, x[0], x[:, :1])
np.flip(x)
np.flip(x, 0)
np.flip(y, (0, -1))
np.fliplr(x)
np.flipud(x)
np.rot90(x)
np.rot90(x, 2)
np.rot90(x, -1)
np.rot90(y, 1, (1, 2))
np.concatenate([x, x + 1])
np.concatenate((x, x[:, :1]), axis=1)
np.concatenate([x, y], axis=None)
np.concatenate([x[:0], x])
np.concatenate([x, x.astype(np.int32)], axis=-1)
np.stack([x, x * 2])
np.stack([x, x * 2], axis=-1)
np.stack([x, x * 2], axis=1)
np.hstack([x, x])
np.hstack([x[0], x[1]])
np.vstack([x, x[0]])
np.dstack([x, x])
np.column_stack([x[:, 0], x])
np.append(x, x[0])
np.append(x, x, axis=0)
np.block([[x, x], [x, x + 1]])
np.split(x, 2, axis=1)
np.split(x, [1, 2])
np.split(x, [1, 7], axis=1)
np.array_split(x, 3, axis=1)
np.array_split(x, 2)
np.hsplit(x, 2)
np.vsplit(x, 3)
np.dsplit(y, 2)
np.unstack(x, axis=1)
np.roll(x, 1)
np.roll(x, -5)
np.roll(x, 1, axis=0)
np.roll(x, (1, 2), axis=(0, 1))
np.roll(x, 3, axis=(0, 1))
np.roll(x, 100, axis=1)
np.tile(x, 2)
np.tile(x, (2, 1))
np.tile(x, (2, 1, 3))
np.tile(x[0], (2, 2))
np.tile(x, 0)
np.repeat(x, 2)
np.repeat(x, 3, axis=0)
np.repeat(x, [1, 0, 2], axis=0)
np.repeat(x[0], [1, 2, 0, 1])
x.repeat(2, axis=-1)
np.pad(x, 1)
np.pad(x, ((1, 0), (0, 2)), constant_values=7)
np.pad(x, ((1, 2), (2, 1)), constant_values=((1, 2), (3, 4)))
np.pad(x, 2, mode="edge")
np.pad(x, 2, mode="reflect")
np.pad(x, (2, 5), mode="reflect")
np.pad(x, 4, mode="symmetric")
np.pad(x, 5, mode="wrap")
np.pad(x, ((1, 1), (0, 0)), mode="maximum")
np.pad(x, ((1, 1), (2, 0)), mode="minimum")
np.pad(x, ((1, 1), (0, 1)), mode="mean")
np.pad(x, ((0, 0), (3, 2)), mode="linear_ramp", end_values=1)
np.resize(x, (2, 3))
np.resize(x, (5, 5))
np.delete(x, 1, axis=0)
np.delete(x, [0, -1], axis=1)
np.delete(x, slice(0, 2), axis=1)
np.diagonal(x)
np.diagonal(x, 1)
np.diagonal(x, -1)
np.diagonal(y, 0, 1, 2)
np.trim_zeros(np.array([0, 0, 1, 2, 0]))
np.matrix_transpose(y)
y.mT
np.shape(x), np.ndim(y), np.size(x), np.size(y, 1)
np.broadcast_shapes((3, 1), (1, 4), (4,))
np.permute_dims(y, (1, 0, 2))
""".strip().split("\n")


def run(np, x, y, source):
    return eval(source, {"np": np, "x": x, "y": y})


@pytest.mark.parametrize("source", PROGRAMS)
def test_against_numpy(source):
    for dtype in ("float32", "int16"):
        same(run, sample(dtype), sample(dtype, (2, 3, 4)), source=source, ulp=16)


REFUSED = """
x.reshape(5, 2)
x.reshape(-1, -1)
x.transpose(0)
x.transpose(0, 0)
x.transpose(0, 2)
np.swapaxes(x, 0, 2)
np.moveaxis(x, 0, 5)
np.moveaxis(x, [0, 1], [0])
np.squeeze(x, 0)
np.squeeze(x, 5)
np.expand_dims(x, 5)
np.broadcast_to(x, (3, 5))
np.broadcast_to(x, (4,))
np.concatenate([])
np.concatenate([x, y])
np.concatenate([x, x[:2]], axis=1)
np.concatenate([np.float32(1), x])
np.stack([x, x[:2]])
np.stack([])
np.split(x, 3, axis=1)
np.flip(x, 2)
np.fliplr(x[0])
np.rot90(x, 1, (0, 0))
np.roll(x, 1, axis=3)
np.repeat(x, -1)
np.repeat(x, [1, 2], axis=0)
np.pad(x, -1)
np.delete(x, 5, axis=0)
np.diagonal(x[0])
np.hsplit(x, 3)
""".strip().split("\n")


@pytest.mark.parametrize("source", REFUSED)
def test_refused(source):
    fails(
        run,
        sample("float32"),
        sample("float32", (2, 3, 4)),
        source=source,
        words="rot90" not in source and "diagonal" not in source,
    )


def test_what_is_a_view():
    x = ndfuse.arange(24).reshape(2, 3, 4)
    for view in (
        x.reshape(6, 4),
        x.reshape(-1),
        x.T,
        x[:, 1],
        x.ravel(),
        ndfuse.flip(x),
        ndfuse.swapaxes(x, 0, 1)[..., ::2],
        x.reshape(2, 12)[:, ::2].reshape(2, 2, 3),
        ndfuse.squeeze(x[None]),
        *ndfuse.split(x, 2),
    ):
        assert ndfuse.may_share_memory(view, x)
    for made in (x.T.reshape(-1), x.copy(), x.flatten(), ndfuse.roll(x, 1), x[:, ::2].reshape(-1), x + 0):
        assert not ndfuse.may_share_memory(made, x)


def test_writing_through_reshapes():
    def program(np):
        x = np.arange(24).reshape(2, 3, 4)
        x.reshape(6, 4)[1::2] = 0
        x.T[1, :, 0] = -1
        np.split(x, 2)[1][...] += 100
        x.ravel()[5] = 7
        x.shape = (4, 6)
        return (
            x,
            x.flags.c_contiguous,
            x.T.flags.f_contiguous,
            x[:, ::2].flags.c_contiguous,
            x.strides == (6 * x.itemsize, x.itemsize),
        )

    same(program)


def test_resize_in_place():
    def program(np):
        x = np.arange(5)
        x.resize((2, 4), refcheck=False)
        return x

    same(program)
    fails(lambda np: setattr(np.arange(6).reshape(2, 3).T, "shape", (6,)), words=False)


def test_empty_arrays():
    for source in (
        "x.reshape(0, 5)",
        "x.T",
        "x + 1",
        "np.concatenate([x, x])",
        "x.sum()",
        "x.ravel()",
        "np.flip(x)",
        "x[:, :0]",
        "np.tile(x, (2, 2))",
        "x @ x.T",
    ):
        same(run, numpy.zeros((0, 3), numpy.float32), None, source=source)
        same(run, numpy.zeros((0, 3), numpy.float32).T, None, source=source)


def test_many_axes():
    x = numpy.arange(2**12, dtype=numpy.float32).reshape((2,) * 12)
    same(lambda np, x: x.transpose(3, 1, 4, 0, 5, 9, 2, 6, 8, 7, 11, 10) + x, x)
    same(lambda np, x: x[::-1, 0, :, 1].sum(axis=(1, 3, 5)), x)


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "float16", "bool", "complex64"])
def test_large_transposes(dtype):
    """On WebGPU blocks of elements are read across the others, where extents and steps allow it."""
    x = numpy.arange(3 * 68 * 100).reshape(3, 68, 100) % 113
    x, y = x.astype(dtype), (x + 5).astype(dtype)
    same(lambda np, x, y: x.transpose(0, 2, 1) == y.reshape(3, 100, 68), x, y)
    same(lambda np, x: x.transpose(2, 0, 1).copy(), x)
    same(lambda np, x: np.where(x.T == x.T, x.T, x.dtype.type(1)), x)
    same(lambda np, x: np.concatenate([x[0].T, x[1].T]), x)
    same(lambda np, x, y: x[0, 4:, :64] + y[2, :64, 32:96].T, x, y)
    same(lambda np, x, y: x[0, 4:, 1:65] + y[2, :64, 31:95].T[:, ::-1], x, y)

    def assigned(np, x, y):
        x[1:, :64, 36:] = y[1:, :64, 4:68].transpose(0, 2, 1)
        square = x[0, :64, :64]
        square += square.T
        return x

    same(assigned, x, y)


def test_base():
    """Views know whose memory they show."""

    def program(np, x):
        y = x[1:, ::2]
        return [
            x.base is None, y.base is x, y.T.base is x, y[0].base is x, x.reshape(-1).base is x, np.array(x, copy=False, ndmin=4).base is x,
            np.broadcast_to(x, (2, *x.shape)).base is not None, (x + 1).base is None, x.copy().base is None, y.copy().base is None,
            np.zeros((2, 0)).reshape(0, 5).base is not None, np.asarray(x).base is None, x[[0, 1]].base is None,
        ]  # fmt: skip

    same(program, sample("float32", (4, 6)))
