"""Products on top of the matrix product."""

import ndfuse as np
import numpy
import pytest
from comparing import ALL, fails, same, sample

SHAPES = [
    ((3, 4), (4, 5)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)), ((1, 1), (1, 1)), ((3, 0), (0, 4)), ((0, 4), (4, 3)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((33, 65), (65, 17)),
]  # fmt: skip


@pytest.mark.parametrize("a, b", SHAPES, ids=str)
def test_matmul_shapes(a, b):
    x, y = sample("float32", a), sample("float32", b, seed=1)
    same(lambda np, x, y: (x @ y, np.matmul(x, y), np.dot(x, y) if x.ndim < 3 and y.ndim < 3 else 0), x, y, ulp=256)


@pytest.mark.parametrize("dtype", [name for name in ALL if name != "float16"])
def test_matmul_types(dtype):
    x, y = sample(dtype, (3, 4)), sample(dtype, (4, 2), seed=1)
    same(lambda np, x, y: x @ y, x, y, ulp=256)
    same(lambda np, x, y: x @ y, x, sample("float32", (4, 2)), ulp=256)


def test_matmul_of_views():
    """Offsets, strides, transposes and repeated operands are the product's affair."""
    x = sample("float32", (6, 8))
    for program in (
        lambda np, x: x[1:4, 2:6] @ x[2:6, 1:3],
        lambda np, x: x.T @ x,
        lambda np, x: x[::2, ::-1] @ x.T[:, ::3],
        lambda np, x: x[3] @ x[2],
        lambda np, x: np.broadcast_to(x[0], (5, 8)) @ x.T,
        lambda np, x: (x + 1) @ (x.T * 2) + x[:, :1],
        lambda np, x: x[:, 1:].T @ x[:, 0],
    ):
        same(program, x, ulp=256)


def test_integers_are_exact():
    x = numpy.arange(64, dtype=numpy.int32).reshape(8, 8) * 1000 + 7
    same(lambda np, x: x @ x.T, x)


EPILOGUES = """
np.maximum(x @ w + b, 0)
(x @ w - c) * 0.5
x @ w + r
r - np.abs(x @ w)
np.where(r > 0, x @ w, b * c)
(x @ w).astype("int8") + 1
x @ w > 3
x @ w + np.broadcast_to(b, r.shape)[::-1]
(x @ w)[None] * 2
x[None] @ np.stack([w, w + 1]) + b
x @ w + x @ (w * 2)
x @ w + x @ w
(x @ w) * (x @ w).T[0, 0]
(x @ w + 1).sum(axis=0)
(x @ w + b)[1:, ::2]
x @ w[:, 0] + 1
x.T @ x + x.T @ x[:, :1]
(x @ w + 1) @ (w.T - 1) + c
"""


@pytest.mark.parametrize("program", EPILOGUES.strip().splitlines())
@pytest.mark.parametrize("n", [8, 35])
def test_epilogues(program, n):
    """What follows a product may be computed where its sums are; the values, small and whole, are the same."""
    rng = numpy.random.default_rng(7)
    x, w, b, c, r = (rng.integers(-4, 5, s).astype("float32") for s in ((6, 10), (10, n), (n,), (6, 1), (6, n)))
    code = compile(program, "program", "eval")
    same(lambda np, x, w, b, c, r: eval(code, {"np": np, "x": x, "w": w, "b": b, "c": c, "r": r}), x, w, b, c, r)


def test_an_epilogue_is_part_of_the_product():
    x, w, b = (np.asarray(sample("float32", s)) for s in ((6, 10), (10, 8), (8,)))
    np.synchronize()

    def kinds(*results):
        return [one["kind"] for one in np.explain(*results).launches]

    if np.device().name == "webgl":  # a product is several draws there, and its epilogue one more
        assert set(kinds(np.maximum(x @ w + b, 0))) == {"matmul"} and len(kinds(np.maximum(x @ w + b, 0))) > 1
        return
    made = np.maximum(x @ w + b, 0)
    explanation = np.explain(made)
    assert len(explanation) == 1 and kinds(made) == ["matmul"]
    assert explanation.written_bytes == made.nbytes and explanation.read_bytes == x.nbytes + w.nbytes + b.nbytes
    assert kinds(x @ w) == ["matmul"]
    product = x @ w
    assert kinds(product, product + b) == ["matmul", "map"]  # held: an array
    assert kinds(product * 2 + product.T[:1, :6].T) == ["matmul", "map"]  # seen in two ways
    assert kinds(x @ w + x @ w) == ["matmul", "matmul"]  # the first one's array is an operand of the second's epilogue
    assert kinds((x @ w + b) @ w.T) == ["matmul", "matmul"]
    assert kinds(x @ w + np.ones((2, 6, 8))) == ["matmul", "map"]
    with np.fuse(False):
        np.synchronize()
        before = np.memory_stats()
        np.maximum(x @ w + b, 0)
        after = np.memory_stats()
    assert sum(after[d]["launches"] - before[d]["launches"] for d in ("cpu", "gpu")) >= 3


def test_matmul_refused():
    for a, b in (((3, 4), (3, 4)), ((4,), (3,)), ((3, 4), (3,)), ((2, 3, 4), (3, 4, 5)), ((), (3,)), ((3,), ())):
        fails(lambda np, x, y: np.matmul(x, y), sample("float32", a), sample("float32", b), words=len(a) < 3)
    fails(lambda np, x, y: np.dot(x, y), sample("float32", (3, 4)), sample("float32", (3, 4)))
    fails(lambda np, x, y: np.inner(x, y), sample("float32", (3, 4)), sample("float32", (3, 5)), words=False)


PROGRAMS = """
np.dot(x, y.T)
np.dot(x, 2)
np.dot(x[0], y[0])
x.dot(y.T)
np.dot(t, y.T[:, :2])
np.dot(t, np.ones((2, 4, 3)))
np.vdot(x, y)
np.inner(x, y)
np.inner(x[0], y)
np.outer(x[0], y[:, 1])
np.outer(x, y)
np.kron(x[:2, :2], y[:2])
np.trace(x)
np.trace(x, 1)
np.tensordot(x, y, axes=2)
np.tensordot(x, t, axes=([1], [2]))
np.tensordot(x, t, axes=([-1], [-1]))
np.tensordot(x, y, axes=0)
np.tensordot(x, t, axes=((0, 1), (1, 2)))
np.linalg.norm(x)
np.linalg.norm(x, axis=1)
np.linalg.norm(x, 1, axis=0)
np.linalg.norm(x[0], np.inf)
np.vecdot(x, y)
np.matmul(x, y.T, out=np.zeros((3, 3), np.float32))
""".strip().split("\n")

SUMS = [
    ("ij,jk->ik", "x", "y.T"), ("ij,kj", "x", "y"), ("ij->ji", "x"), ("ij->", "x"), ("ij->j", "x"), ("ii->i", "s"), ("ii", "s"),
    ("ij,ij->ij", "x", "y"), ("ij,ij->i", "x", "y"), ("ij,ij", "x", "y"), ("i,j->ij", "x[0]", "y[0]"), ("bij,bjk->bik", "t", "t.transpose(0, 2, 1)"),
    ("bij,kj->bik", "t", "x"), ("...ij,...jk->...ik", "t", "y.T"), ("...j,j->...", "t", "x[0]"), ("ij,jk,kl->il", "x", "y.T", "x"),
    ("ij,jk,kl->li", "x", "y.T", "x"), ("iij->j", "np.stack([s, s], -1)"), ("i...->...", "t"), ("ij,j->ij", "x", "y[0]"), ("a,b,c->cab", "x[0]", "y[0]", "x[1]"),
    ("ijk,ilk->jl", "t", "t"), ("ij,i", "x", "x[:, 0]"), ("i,i->", "x[0]", "y[0]"), ("ij , jk", "x", "y.T"), ("bij,bij->b", "t", "t"),
]  # fmt: skip


def run(np, x, y, t, s, source):
    return eval(source, {"np": np, "x": x, "y": y, "t": t, "s": s})


INPUTS = (sample("float32"), sample("float32", seed=1), sample("float32", (2, 3, 4)), sample("float32", (4, 4)))


@pytest.mark.parametrize("source", PROGRAMS)
def test_products(source):
    same(run, *INPUTS, source=source, ulp=256)


@pytest.mark.parametrize("subscripts, operands", [(one[0], one[1:]) for one in SUMS])
def test_einsum(subscripts, operands):
    same(run, *INPUTS, source=f"np.einsum({subscripts!r}, {', '.join(operands)})", ulp=512)


def test_einsum_refused():
    for source in (
        "np.einsum('ij,jk', x, y)",
        "np.einsum('ij', x, y)",
        "np.einsum('ijk', x)",
        "np.einsum('i', x)",
        "np.einsum('ij->k', x)",
        "np.einsum('ij->ii', x)",
        "np.einsum('ii', x)",
        "np.einsum('i1', x)",
    ):
        fails(run, *INPUTS, source=source, words=False)
    fails(run, *INPUTS, source="np.tensordot(x, y, axes=1)")
    fails(run, *INPUTS, source="np.tensordot(x, y, axes=([0], [5]))", words=False)


def test_complex_products():
    z = sample("complex64", (3, 4))
    same(lambda np, z: (z @ z.T, z @ z.T.conj(), z @ z.real.T, np.vdot(z, z), z.real @ z.T), z, ulp=512)


def test_reads_the_values_of_its_time():
    def program(np, x):
        product = x @ x.T
        x[...] = 0
        return product, x @ x.T

    same(program, sample("float32"), ulp=256)


def test_large():
    x = numpy.random.default_rng(5).random((200, 300), numpy.float32) - 0.5
    same(lambda np, x: x @ x.T, x, ulp=512)
