"""Writes what NumPy's functions that move, join and select elements give.

manipulation_cases.hpp has them as text, for pages have no files: lines NAME|SHAPE|ELEMENTS, lists by `,` (`-` for an empty one). Operands
are made by `numbers` here and in tests/unit/manipulated.hpp.
"""

import itertools
import sys
from pathlib import Path

import numpy as np


def numbers(*shape, seed=0, dtype=np.float32):
    """The operands of the tests: (37 k + 11 seed) mod 23 - 9, in row-major order."""
    k = np.arange(np.prod(shape, dtype=int))
    return ((k * 37 + seed * 11) % 23 - 9).astype(dtype).reshape(shape)


def cases():
    x, y, z = numbers(4, 5), numbers(4, 5, seed=1), numbers(3, 4, 5, seed=2)
    v, w, whole = numbers(7, seed=3), numbers(5, seed=4), numbers(4, 5, seed=5, dtype=np.int32)
    s = z[::-1, 1:4, ::2]  # (3, 3, 3), strided
    t = x.T

    yield "flip", np.flip(z)
    yield "flip_axes", np.flip(z, (0, -1))
    yield "fliplr", np.fliplr(x)
    yield "flipud", np.flipud(x)
    for k in range(-1, 4):
        yield f"rot90_{k}", np.rot90(x, k)
    yield "rot90_axes", np.rot90(z, 1, (2, 0))
    yield "moveaxis", np.moveaxis(z, 0, -1)
    yield "moveaxis_two", np.moveaxis(z, [0, 2], [1, 0])
    yield "rollaxis", np.rollaxis(z, 2, 0)
    yield "swapaxes", np.swapaxes(z, 0, 2)
    yield "squeeze", np.squeeze(z[:1, :, :1])
    yield "squeeze_axis", np.squeeze(z[:1, :, :1], 0)
    yield "expand_dims", np.expand_dims(x, (0, 2))
    yield "atleast_1d", np.atleast_1d(v[2])
    yield "atleast_2d", np.atleast_2d(v)
    yield "atleast_3d_vector", np.atleast_3d(v)
    yield "atleast_3d", np.atleast_3d(x)
    for k in (-5, -2, 0, 1, 4, 6):
        yield f"diagonal_{k}", np.diagonal(x, k)
    yield "diagonal_axes", np.diagonal(z, 1, 2, 0)
    for i, part in enumerate(np.array_split(v, 3)):
        yield f"array_split_{i}", part
    for i, part in enumerate(np.split(x, [1, 3, 9], axis=1)):
        yield f"split_{i}", part
    yield "hsplit", np.hsplit(x, [2])[1]
    yield "vsplit", np.vsplit(x, 2)[1]
    yield "dsplit", np.dsplit(z, [2])[1]
    yield "matrix_transpose", np.matrix_transpose(z)
    for i, one in enumerate(np.broadcast_arrays(x, w)):
        yield f"broadcast_arrays_{i}", one
    yield "round", np.round(x / 4)
    yield "pow", np.pow(np.abs(x), 1.5)
    yield "logical_xor", np.logical_xor(x > 0, y > 0)
    yield "unique_values", np.unique_values(z)
    yield "histogram_bin_edges", np.histogram_bin_edges(x, 6)
    yield "unstack", z[:, 2]
    for i, g in enumerate(np.meshgrid(v, w)):
        yield f"meshgrid_{i}", g
    for i, g in enumerate(np.meshgrid(v, w, v[:2], indexing="ij")):
        yield f"meshgrid_ij_{i}", g

    for k in (0, 1, -2, 7, -11):
        yield f"roll_{k}", np.roll(z, k, axis=1)
        yield f"roll_flat_{k}", np.roll(x, k)
    yield "roll_strided", np.roll(s, 1, axis=-1)
    yield "roll_flat_strided", np.roll(s, 4)
    yield "roll_axes", np.roll(z, (1, -2), (0, 2))
    yield "roll_repeated", np.roll(z, (1, -3), (1, 1))
    yield "roll_used", np.exp(np.roll(x, 1, axis=0) * np.float32(0.1)) + y
    yield "tile", np.tile(v, 3)
    yield "tile_none", np.tile(v, 0)
    yield "tile_2", np.tile(x, (2, 3))
    yield "tile_new_axis", np.tile(t, (2, 1, 2))
    yield "tile_less", np.tile(z, 2)
    yield "repeat", np.repeat(x, 3)
    yield "repeat_axis", np.repeat(z, 2, axis=1)
    yield "repeat_strided", np.repeat(s, 2, axis=-1)
    yield "repeat_none", np.repeat(x, 0, axis=1)
    yield "repeat_counts", np.repeat(x, [2, 0, 1, 3], axis=0)
    yield "resize", np.resize(x, (3, 11))
    yield "resize_smaller", np.resize(t, (2, 3))
    yield "resize_empty", np.resize(v[:0], (2, 2))
    yield "delete", np.delete(x, -2, axis=1)
    yield "delete_list", np.delete(z, [0, -1, 0], axis=2)
    yield "delete_all", np.delete(x, [0, 1, 2, 3], axis=0)
    for i, n in enumerate(np.unravel_index([[3, 59], [0, 21]], (3, 4, 5))):
        yield f"unravel_index_{i}", n
    yield "delete_slice", np.delete(z, slice(1, 3), axis=1)
    yield "delete_flat", np.delete(x, 3)
    yield "tri", np.tri(4, 6, 1)
    yield "tril", np.tril(z, -1)
    yield "triu", np.triu(x, 2)
    yield "tril_vector", np.tril(v)
    yield "diagflat", np.diagflat(x[:2, :2], -1)
    yield "diag_vector", np.diag(v[::2], 2)
    yield "diag_matrix", np.diag(x, -1)
    yield "vander", np.vander(numbers(4, seed=6), 3)
    yield "vander_whole", np.vander(numbers(5, seed=6, dtype=np.int32), increasing=True)

    yield "indices", np.indices((3, 4))
    yield "indices_one", np.indices((5,))
    yield "logspace", np.logspace(-1, 2, 7)
    yield "logspace_base", np.logspace(0, 4, 4, endpoint=False, base=2)
    yield "geomspace", np.geomspace(1, 1000, 4)
    yield "geomspace_down", np.geomspace(-8, -1, 7, endpoint=False)
    for i, n in enumerate(np.tril_indices(4, 1, 6)):
        yield f"tril_indices_{i}", n
    for i, n in enumerate(np.triu_indices(5, -2)):
        yield f"triu_indices_{i}", n

    yield "concatenate", np.concatenate([x, y, whole], axis=0)
    yield "concatenate_axis", np.concatenate([x[:, :2], y, x[:, 4:]], axis=1)
    yield "concatenate_strided", np.concatenate([s, z[:, :3, 1:4], s[::-1]], axis=-1)
    yield "concatenate_empty", np.concatenate([x[:0], y, x[:0], x])
    yield "concatenate_vectors", np.concatenate([v, w, v])
    yield "concatenate_types", np.concatenate([whole, whole > 2, whole.astype(np.int8)])
    yield "concatenate_used", np.concatenate([x * 2, y]) + 1
    yield "concatenate_list", np.concatenate([x, y[:1], x[2:]])
    yield "stack", np.stack([x, y, x])
    yield "stack_last", np.stack([x, y], axis=-1)
    yield "stack_list", np.stack([x, y], axis=1)
    yield "hstack", np.hstack([x, y])
    yield "hstack_vectors", np.hstack([v, w])
    yield "vstack", np.vstack([x, w])
    yield "dstack", np.dstack([x, y])
    yield "column_stack", np.column_stack([w, x.T, w])
    yield "block", np.block([[x, y[:, :1]], [y[:1], x[:1, :1]]])
    yield "append", np.append(x, v)
    yield "append_axis", np.append(x, y[:, :2], axis=1)
    yield "insert", np.insert(x, 2, w, axis=0)
    yield "insert_column", np.insert(x, -1, numbers(4, seed=8), axis=1)
    yield "insert_scalar", np.insert(x, 1, 7, axis=1)
    yield "insert_flat", np.insert(x, 3, v)

    for name in (
        "constant",
        "edge",
        "reflect",
        "symmetric",
        "wrap",
        "maximum",
        "minimum",
        "mean",
        "median",
        "linear_ramp",
    ):
        yield f"pad_{name}", np.pad(x, ((1, 2), (0, 3)), name)
        yield f"pad_{name}_more", np.pad(z, 2, name)
        yield f"pad_{name}_long", np.pad(v[:3], (7, 8), name)
        yield f"pad_{name}_one", np.pad(v[:1], 3, name)
        yield f"pad_{name}_whole", np.pad(whole, ((2, 0), (1, 1)), name)
    for name in ("maximum", "minimum", "mean", "median"):
        yield f"pad_{name}_of_two", np.pad(x, ((1, 2), (0, 3)), name, stat_length=2)
    yield "pad_value", np.pad(s, 1, constant_values=5)
    yield "pad_values", np.pad(x, ((1, 2), (2, 1)), constant_values=((1, 2), (3, 4)))
    yield "pad_ramp_values", np.pad(x, ((4, 2), (2, 4)), "linear_ramp", end_values=((1, 2), (3, 4)))
    yield "pad_of_five", np.pad(numbers(1, 2, 1, 2, 1), 1, "symmetric")
    yield "pad_empty_axis", np.pad(x[:0], 1)


def changed(a, change):
    a = a.copy()
    change(a)
    return a


def indexing_cases():
    x, y, z = numbers(4, 5), numbers(4, 5, seed=1), numbers(3, 4, 5, seed=2)
    i, k = np.array([[2, 0, -1], [1, 1, -4]]), np.array([4, 0, 2, -1])[:, None]
    yield "take_0", np.take(x, i, 0)
    yield "take_1", np.take(z, i, 1)
    yield "take_last", np.take(z[:, ::-1, 1:], i, -1)
    yield "take_flat", np.take(x.T, i)
    yield "take_wrap", np.take(x, i * 7, 1, mode="wrap")
    yield "take_clip", np.take(x, i * 7, 0, mode="clip")
    yield "take_used", np.take(x * 2, i, 0) + 1
    yield "take_host", np.take(x, [3, -1, 0, 0], 1)
    yield "take_none", np.take(x, np.zeros(0, int), 1)
    yield "take_view", np.take(x, i, 0)[1, ::2]
    yield "take_bytes", np.take(x, np.where(i < 0, 0, i), 0)
    yield "take_along", np.take_along_axis(x, k, 1)
    yield "take_along_0", np.take_along_axis(x, np.array([[0, 1, 2, 3, -1], [3, 2, 1, 0, 0]]), 0)

    i, j = np.array([2, 0, -1]), np.array([1, 3, -2])
    yield "pick_rows", x[i]
    yield "pick_pairs", x[i, j]
    yield "pick_grid", x[i[:, None], j]
    yield "pick_last", z[..., j]
    yield "pick_middle", z[:, i]
    yield "pick_beside", z[1, i, :]
    yield "pick_apart", z[i, :, j]
    yield "pick_apart_scalar", z[0, :, j]
    yield "pick_together", z[:, i, j]
    yield "pick_slice", z[1:, i, ::2]
    yield "pick_newaxis", z[None, i, :, j[None, :]]
    yield "pick_strided", z[:, ::-1, ::2][i, j]
    yield "pick_ix", x[np.ix_(i, j)]
    yield "pick_used", x[i, j] * 2 + i
    yield "pick_sum", np.sum(x[i] * 2, axis=0)

    def setter(index, value):
        return lambda a: a.__setitem__(index, value)

    yield "set_rows", changed(x, setter(i, 1))
    yield "set_pairs", changed(x, setter((i, j), [10, 20, 30]))
    yield "set_grid", changed(x, setter((i[:, None], j), numbers(3, 3, seed=9)))
    yield "set_strided", changed(x, lambda a: a[:, ::2].__setitem__(([1, 1, 3], [0, 0, 2]), [1, 2, 3]))
    yield "add_rows", changed(x, setter(i, x[i] + 5))
    yield "set_itself", changed(x, setter(i, x[j]))
    yield "set_columns", changed(x, setter((slice(None), j), numbers(4, 1, seed=3) * 2))
    yield "put_along", changed(x, lambda a: np.put_along_axis(a, k, np.float32([[7]]), 1))
    yield "put", changed(x, lambda a: np.put(a, [0, 7, -1, 7], [1, 2, 3, 4]))
    yield "put_wrap", changed(x, lambda a: np.put(a, [0, 7, 21, -23, 5], [1, 2], mode="wrap"))
    yield "put_view", changed(x, lambda a: np.put(a.T, [1, 2, 3], 50))

    for t in ("float32", "int32", "int8", "uint32"):
        at, v = np.array([3, 1, 3, -4, 1, 3]), numbers(6, seed=7, dtype=np.int32).astype(t)
        target = numbers(5, seed=4, dtype=np.int32).astype(t)
        for f in (np.add, np.multiply, np.minimum, np.maximum):
            yield f"{f.__name__}_at_{t}", changed(target, lambda a, f=f, at=at, v=v: f.at(a, at, v))
        yield f"assign_{t}", changed(target, setter(at, v))
    yield "add_at_pairs", changed(x, lambda a: np.add.at(a, ([1, 1, 0], [2, 2, 4]), np.float32([1, 2, 4])))

    which = np.array([0, 2, 1, 2, 0])
    yield "choose", np.choose(which, [x, y, np.float32(-1)])
    yield "choose_wrap", np.choose(which * 5 - 2, [x, y, np.float32(-1)], mode="wrap")
    yield "choose_clip", np.choose(which * 5 - 2, [x, y, np.float32(-1)], mode="clip")
    yield "select", np.select([x < -3, x > 3, x > 0], [-x, x * x, y], 42)
    yield "piecewise", np.piecewise(x, [x < 2, x >= 0], [lambda v: -v, lambda v: v * 10])
    yield "piecewise_else", np.piecewise(x, [x < -2], [1, lambda v: v + 0.5])
    yield "copyto", changed(x, lambda a: np.copyto(a, y, where=y > x))
    yield "putmask", changed(x, lambda a: np.putmask(a, x > 0, [100, 200, 300]))
    yield "place", changed(x, lambda a: np.place(a, x > 0, [100, 200, 300]))
    yield "fill_diagonal", changed(numbers(7, 3), lambda a: np.fill_diagonal(a, 50))
    yield "fill_diagonal_wrap", changed(numbers(7, 3), lambda a: np.fill_diagonal(a, [50, 60], wrap=True))
    yield "fill_diagonal_3", changed(numbers(3, 3, 3), lambda a: np.fill_diagonal(a, 50))

    rows = numbers(4, seed=1) > 0
    yield "mask", x[x > 0]
    yield "mask_none", x[x > 100]
    yield "mask_used", x[x > 0] * 2 + 1
    yield "mask_rows", z[numbers(3, 4, seed=1) > 0]
    yield "mask_strided", z.T[z.T < -2]
    yield "mask_and_slice", x[rows, 1:3]
    yield "mask_and_array", x[rows, [2]]
    yield "mask_bool", (x > 2)[x > 0]
    yield "set_mask", changed(x, setter(x > 0, 0))
    yield "scale_mask", changed(x, setter(x > 0, x[x > 0] * 2))
    yield "set_mask_values", changed(x, setter(x > 0, np.arange((x > 0).sum())))
    yield "set_mask_rows", changed(x, setter(rows, numbers(5, seed=3)))
    yield "set_mask_each_row", changed(x, setter(rows, numbers(rows.sum(), 5, seed=3)))

    v = numbers(7, seed=3)
    yield "flatnonzero", np.flatnonzero(x)
    for axis, n in enumerate(np.nonzero(x > 0)):
        yield f"nonzero_{axis}", n
    yield "argwhere", np.argwhere(x > 5)
    yield "argwhere_none", np.argwhere(x > 50)
    yield "extract", np.extract(x > 0, x + 1)
    yield "compress", np.compress([True, False, True], x, 0)
    yield "compress_1", np.compress(v[:5] > 0, x, 1)
    padded = np.float32([0, 0, 1, 0, 2, 0])
    yield "trim_zeros", np.trim_zeros(padded)
    yield "trim_zeros_front", np.trim_zeros(padded, "f")
    yield "trim_zeros_all", np.trim_zeros(padded * 0)


def main(folder):
    def text(values):
        return ",".join(values) or "-"

    lines = ["#pragma once", "inline constexpr char const manipulation_cases[] ="]
    for name, a in itertools.chain(cases(), indexing_cases()):
        a = np.asarray(a)
        values = text(repr(float(e)) for e in a.ravel())
        lines.append(f'"{name}|{text(map(str, a.shape))}|{values}\\n"')
    Path(folder, "manipulation_cases.hpp").write_text("\n".join(lines) + ";\n")


main(sys.argv[1])
