"""Products of arrays on top of the matrix product: matmul, dot, inner, outer, tensordot, einsum.

As in NumPy; elements promote, narrow ones are added up in 32 bits. Products of booleans and of complex64 are made of
integer and of real ones.
"""

from __future__ import annotations

import math
import string

from . import _creation, _manipulation, _reductions
from ._complex import complex_of
from ._dtypes import BOOL, COMPLEX64, INT32, KINDS, NAMES, WIDE, number_of, pair
from ._elementwise import OPS, apply, astype, broadcast_input, cast, device_of, moved, put
from ._graph import MATMUL, Node
from ._ndarray import ndarray
from ._views import axes_of, broadcast_shapes, text


def _array(x) -> ndarray:
    return x if isinstance(x, ndarray) else _creation.asarray(x)


def matmul(x1, x2, /, out=None, *, dtype=None, casting="same_kind", axes=None):
    """The matrix product: (..., m, k) by (..., k, n) gives (..., m, n); leading axes broadcast; a 1-dimensional operand is a row
    on the left, a column on the right, and loses that axis. ``axes``: those of the matrices in both and in the result. As
    numpy.matmul; ValueError with NumPy's words."""
    a, b = _array(x1), _array(x2)
    if axes is not None:
        return _with_axes(a, b, axes, out)
    if dtype is not None:
        a, b = astype(a, number_of(dtype)), astype(b, number_of(dtype))
    for position, x in enumerate((a, b)):
        if x.ndim == 0:
            raise ValueError(
                f"matmul: Input operand {position} does not have enough dimensions (has 0, gufunc core with signature "
                "(n?,k),(k,m?)->(n?,m?) requires 1)"
            )
    row, column = a.ndim == 1, b.ndim == 1
    if row:
        a = _manipulation.expand_dims(a, 0)
    if column:
        b = _manipulation.expand_dims(b, 1)
    if a._shape[-1] != b._shape[-2]:
        raise ValueError(
            f"matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) "
            f"(size {b._shape[-2]} is different from {a._shape[-1]})"
        )
    made = _product(a, b)
    if row:
        made = _manipulation.squeeze(made, -2)
    if column:
        made = _manipulation.squeeze(made, -1)
    if out is not None:
        put(out, cast(made, made._dtype), "matmul")
        return out
    if made._shape == () and made._view is not None:
        made = made[()]
    return made


def _with_axes(a: ndarray, b: ndarray, axes, out):
    """The product of matrices that lie along other axes than the last ones."""
    if len(axes) != 3:
        raise ValueError("axes should be a list with an entry for all 3 inputs and outputs")
    one, two, result = [(axis,) if isinstance(axis, int) else tuple(axis) for axis in axes]
    a = _manipulation.moveaxis(a, one, tuple(range(-len(one), 0)))
    b = _manipulation.moveaxis(b, two, tuple(range(-len(two), 0)))
    made = matmul(a, b)
    made = _manipulation.moveaxis(made, tuple(range(-len(result), 0)), result)
    if out is not None:
        put(out, cast(made, made._dtype), "matmul")
        return out
    return made


def _product(a: ndarray, b: ndarray) -> ndarray:
    dtype = pair(a._dtype, b._dtype)
    if dtype == BOOL:
        return _product(astype(a, INT32), astype(b, INT32)) != 0
    if dtype == COMPLEX64:
        parts = [(x.real, x.imag) if KINDS[x._dtype] == "c" else (x, None) for x in (a, b)]
        (ar, ai), (br, bi) = parts
        re, im = _product(ar, br), None
        if ai is not None and bi is not None:
            re = re - _product(ai, bi)
            im = _product(ar, bi) + _product(ai, br)
        else:
            im = _product(ar, bi) if ai is None else _product(ai, br)
        return complex_of(re, im)
    batch = broadcast_shapes(a._shape[:-2], b._shape[:-2])
    shape = batch + (a._shape[-2], b._shape[-1])
    wide = WIDE[dtype] or WIDE[a._dtype] or WIDE[b._dtype]
    device = 0 if wide else max(device_of(a), device_of(b))
    if a._shape[-1] == 0:
        return _creation.zeros(shape, NAMES[dtype], device=None if device else "cpu")
    if math.prod(shape) == 0:
        return _creation.empty(shape, NAMES[dtype], device=None if device else "cpu")
    if device and math.prod(batch) > 65535:  # workgroups along one axis
        return _in_parts(a, b, batch)
    inputs = []
    for x in (a, b):
        if device_of(x) != device:
            x = moved(x, device)
        inputs.append(broadcast_input(x, batch + x._shape[-2:]))
    return _creation.array_of(Node(MATMUL, 0, tuple(inputs), shape, dtype, device))


def _in_parts(a: ndarray, b: ndarray, batch: tuple) -> ndarray:
    """A product of more matrices than one launch takes: the halves of the longest axis of them."""
    at = batch.index(max(batch))
    half = batch[at] // 2
    parts = []
    for part in (slice(0, half), slice(half, None)):
        operands = []
        for x in (a, b):
            axis = at - len(batch) + x.ndim - 2
            if axis >= 0 and x._shape[axis] != 1:
                x = x[(slice(None),) * axis + (part,)]
            operands.append(x)
        parts.append(_product(*operands))
    return _manipulation.concatenate(parts, at)


def _finish(made: ndarray, out):
    if out is not None:
        put(out, cast(made, made._dtype), "dot")
        return out
    return made[()] if made._shape == () else made


def dot(a, b, out=None):
    """The product: of vectors their sum of products, of matrices the matrix product, of more axes the sum over the last of
    ``a`` and the last but one of ``b``. As numpy.dot."""
    a, b = _array(a), _array(b)
    if a.ndim == 0 or b.ndim == 0:
        return _finish(apply(OPS["multiply"], a, b), out)
    axis = 0 if b.ndim == 1 else b.ndim - 2
    if a._shape[-1] != b._shape[axis]:
        raise ValueError(
            f"shapes {text(a._shape)} and {text(b._shape)} not aligned: {a._shape[-1]} (dim {a.ndim - 1}) != {b._shape[axis]} (dim {axis})"
        )
    return _finish(tensordot(a, b, ((a.ndim - 1,), (axis,))), out)


def vdot(a, b, /):
    """The sum of products of all elements, those of ``a`` conjugated. As numpy.vdot."""
    a, b = _manipulation.ravel(_array(a)), _manipulation.ravel(_array(b))
    return dot(a.conj() if KINDS[a._dtype] == "c" else a, b)


def vecdot(x1, x2, /, *, axis=-1):
    """The sum of products along an axis, elements of ``x1`` conjugated. As numpy.vecdot."""
    a, b = _array(x1), _array(x2)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(
            f"vecdot: Input operand {int(a.ndim != 0)} does not have enough dimensions (has 0, gufunc core with signature "
            "(n),(n)->() requires 1)"
        )
    if a._shape[axis] != b._shape[axis]:
        raise ValueError(
            f"vecdot: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n),(n)->() (size "
            f"{b._shape[axis]} is different from {a._shape[axis]})"
        )
    number = pair(a._dtype, b._dtype)
    made = _reductions.sum((a.conj() if KINDS[a._dtype] == "c" else a) * b, axis)
    return made if made._dtype == number or number == BOOL else astype(made, number)


def matvec(x1, x2, /):
    """Products of matrices with vectors. As numpy.matvec."""
    a, b = _array(x1), _array(x2)
    if a.ndim < 2 or b.ndim < 1:
        raise ValueError("matvec: an operand does not have enough dimensions (gufunc signature (m,n),(n)->(m))")
    return matmul(a, _manipulation.expand_dims(b, -1))[..., 0]


def vecmat(x1, x2, /):
    """Products of conjugated vectors with matrices. As numpy.vecmat."""
    a, b = _array(x1), _array(x2)
    if a.ndim < 1 or b.ndim < 2:
        raise ValueError("vecmat: an operand does not have enough dimensions (gufunc signature (n),(n,m)->(m))")
    a = a.conj() if KINDS[a._dtype] == "c" else a
    return matmul(_manipulation.expand_dims(a, -2), b)[..., 0, :]


def inner(a, b, /):
    """Sums of products over the last axes of both. As numpy.inner."""
    a, b = _array(a), _array(b)
    if a.ndim == 0 or b.ndim == 0:
        return apply(OPS["multiply"], a, b)
    if a._shape[-1] != b._shape[-1]:
        raise ValueError(
            f"shapes {text(a._shape)} and {text(b._shape)} not aligned: {a._shape[-1]} (dim {a.ndim - 1}) != {b._shape[-1]} (dim {b.ndim - 1})"
        )
    return _finish(tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,))), None)


def outer(a, b, out=None):
    """Products of all pairs of elements of two flattened arrays. As numpy.outer."""
    a, b = _manipulation.ravel(_array(a)), _manipulation.ravel(_array(b))
    return _finish(apply(OPS["multiply"], _manipulation.reshape(a, (-1, 1) if a._shape[0] else (0, 1)), b), out)


def kron(a, b):
    """Every element of ``a`` times the whole of ``b``. As numpy.kron."""
    a, b = _array(a), _array(b)
    rank = max(a.ndim, b.ndim)
    left, right = (1,) * (rank - a.ndim) + a._shape, (1,) * (rank - b.ndim) + b._shape
    one = _manipulation.reshape(a, tuple([n for extent in left for n in (extent, 1)]))
    two = _manipulation.reshape(b, tuple([n for extent in right for n in (1, extent)]))
    return _manipulation.reshape(apply(OPS["multiply"], one, two), tuple([m * n for m, n in zip(left, right)]))


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sum of a diagonal. As numpy.trace."""
    return _reductions.sum(_manipulation.diagonal(_array(a), offset, axis1, axis2), -1, dtype, out)


def tensordot(a, b, axes=2):
    """Sums of products over pairs of axes: the last of ``a`` with the first of ``b``, as many as ``axes`` says, or those that it
    names for each. As numpy.tensordot."""
    a, b = _array(a), _array(b)
    try:
        over_a, over_b = axes
    except TypeError:
        if axes > min(a.ndim, b.ndim):
            raise ValueError("shape-mismatch for sum") from None
        over_a, over_b = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    over_a, over_b = axes_of(over_a, a.ndim), axes_of(over_b, b.ndim)
    if len(over_a) != len(over_b) or any(a._shape[i] != b._shape[j] for i, j in zip(over_a, over_b)):
        raise ValueError("shape-mismatch for sum")
    kept_a = [k for k in range(a.ndim) if k not in over_a]
    kept_b = [k for k in range(b.ndim) if k not in over_b]
    shape_a, shape_b = tuple([a._shape[k] for k in kept_a]), tuple([b._shape[k] for k in kept_b])
    inner_size = math.prod(a._shape[k] for k in over_a)
    left = _manipulation.reshape(_manipulation.transpose(a, [*kept_a, *over_a]), (math.prod(shape_a), inner_size))
    right = _manipulation.reshape(_manipulation.transpose(b, [*over_b, *kept_b]), (inner_size, math.prod(shape_b)))
    return _manipulation.reshape(_product(left, right), shape_a + shape_b)


def einsum(subscripts, *operands, out=None, dtype=None, optimize=False):
    """Sums of products by Einstein's convention: "ij,jk->ik", with "..." for axes that broadcast. As numpy.einsum with a string.
    Operands are joined two by two, from the left, by the matrix product."""
    if not isinstance(subscripts, str):
        raise TypeError("einsum takes its subscripts as a string")
    arrays = [_array(x) for x in operands]
    if dtype is not None:
        arrays = [astype(x, number_of(dtype)) for x in arrays]
    inputs, output = _subscripts(subscripts.replace(" ", ""), arrays)
    sizes: dict = {}
    terms = []
    for letters, x in zip(inputs, arrays):
        for letter, extent in zip(letters, x._shape):
            if sizes.get(letter, 1) not in (1, extent) and extent != 1:
                raise ValueError(
                    f"operands could not be broadcast together: subscript '{letter}' has size {sizes[letter]} and {extent}"
                )
            sizes[letter] = max(sizes.get(letter, 1), extent) if extent else 0
        terms.append(_without_repeats(letters, x))
    letters, made = terms[0]
    for at, (other, x) in enumerate(terms[1:], 1):
        later = set(output).union(*[more for more, _ in terms[at + 1 :]])
        letters, made = _join(letters, made, other, x, later, sizes)
    gone = [k for k, letter in enumerate(letters) if letter not in output]
    if gone:
        number = made._dtype
        made = _reductions.sum(made, tuple(gone), dtype=NAMES[number])
        letters = "".join(letter for letter in letters if letter in output)
    made = _manipulation.transpose(made, [letters.index(letter) for letter in output])
    if tuple(sizes[letter] for letter in output) != made._shape:
        made = _manipulation.broadcast_to(made, tuple(sizes[letter] for letter in output))
    if len(arrays) == 1 and not gone and out is None:
        return made
    return _finish(made, out)


def _subscripts(text_: str, arrays: list):
    left, arrow, output = text_.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(arrays):
        raise ValueError(
            "more operands provided to einstein sum function than specified in the subscripts string"
            if len(inputs) < len(arrays)
            else "fewer operands provided to einstein sum function than specified in the subscripts string"
        )
    for one in [*inputs, output]:
        for letter in one.replace("...", "", 1):
            if letter not in string.ascii_letters:
                raise ValueError(
                    f"invalid subscript '{letter}' in einstein sum subscripts string, subscripts must be letters"
                )
    spare = [letter for letter in string.ascii_letters if letter not in text_]
    widest = 0
    for one, x in zip(inputs, arrays):
        if "..." in one:
            if x.ndim < len(one) - 3:
                raise ValueError("einstein sum subscripts string contains too many subscripts for operand")
            widest = max(widest, x.ndim - (len(one) - 3))
    if len(spare) < widest:
        raise ValueError("einsum has not enough letters for the axes that '...' stands for")
    dots = "".join(spare[:widest])
    expanded = []
    for at, (one, x) in enumerate(zip(inputs, arrays)):
        if "..." in one:
            count = x.ndim - (len(one) - 3)
            one = one.replace("...", dots[widest - count :])
        if len(one) != x.ndim:
            words = "too many" if len(one) > x.ndim else "too few"
            if words == "too few":
                raise ValueError(
                    "operand has more dimensions than subscripts given in einstein sum, but no '...' ellipsis provided to "
                    "broadcast the extra dimensions."
                )
            raise ValueError(f"einstein sum subscripts string contains too many subscripts for operand {at}")
        expanded.append(one)
    if arrow:
        output = output.replace("...", dots)
        for letter in output:
            if output.count(letter) > 1:
                raise ValueError(f"einstein sum subscripts string includes output subscript '{letter}' multiple times")
            if not any(letter in one for one in expanded):
                raise ValueError(
                    f"einstein sum subscripts string included output subscript '{letter}' which never appeared in an input"
                )
    else:
        joined = "".join(expanded)
        output = dots + "".join(
            sorted(letter for letter in set(joined) if joined.count(letter) == 1 and letter not in dots)
        )
    return expanded, output


def _without_repeats(letters: str, x: ndarray):
    # "ii" is the diagonal.
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            one = letters.index(letter)
            two = letters.index(letter, one + 1)
            if x._shape[one] != x._shape[two]:
                raise ValueError(
                    f"dimensions in single operand for collapsing index '{letter}' don't match ({x._shape[one]} != {x._shape[two]})"
                )
            x = _manipulation.diagonal(x, 0, one, two, writable=True)
            letters = letters[:one] + letters[one + 1 : two] + letters[two + 1 :] + letter
    return letters, x


def _join(first: str, a: ndarray, second: str, b: ndarray, later: set, sizes: dict):
    """Two operands as one: batch letters, which both have and somebody needs later, stay; others that both have are summed."""
    # What one operand alone has and nobody needs is summed at once; so is an axis of 1 that the other one repeats.
    for which in (0, 1):
        letters, x, other = (first, a, second) if which == 0 else (second, b, first)
        gone = [k for k, letter in enumerate(letters) if letter not in later and letter not in other]
        if gone:
            x = _reductions.sum(x, tuple(gone), dtype=NAMES[x._dtype])
            letters = "".join(letter for k, letter in enumerate(letters) if k not in gone)
        if which == 0:
            first, a = letters, x
        else:
            second, b = letters, x
    shared = [letter for letter in first if letter in second]
    batch = [letter for letter in shared if letter in later]
    summed = [letter for letter in shared if letter not in later]
    left = [letter for letter in first if letter not in second]
    right = [letter for letter in second if letter not in first]
    if not summed:
        # Nothing is added up: an elementwise product.
        order = [*batch, *left, *right]
        one = _laid(first, a, [*batch, *left, *["" for _ in right]])
        two = _laid(second, b, [*batch, *["" for _ in left], *right])
        return "".join(order), apply(OPS["multiply"], one, two)
    a = _full(first, a, [*batch, *summed], sizes)
    b = _full(second, b, [*batch, *summed], sizes)
    one = _manipulation.transpose(a, [first.index(letter) for letter in (*batch, *left, *summed)])
    two = _manipulation.transpose(b, [second.index(letter) for letter in (*batch, *summed, *right)])
    lead = one._shape[: len(batch)]
    k = math.prod(one._shape[len(batch) + len(left) :])
    rows, columns = one._shape[len(batch) : len(batch) + len(left)], two._shape[len(batch) + len(summed) :]
    one = _manipulation.reshape(one, lead + (math.prod(rows), k))
    two = _manipulation.reshape(two, lead + (k, math.prod(columns)))
    return "".join([*batch, *left, *right]), _manipulation.reshape(_product(one, two), lead + rows + columns)


def _full(letters: str, x: ndarray, wanted: list, sizes: dict) -> ndarray:
    # Axes of one element that stand for a larger one.
    shape = tuple([sizes[letter] if letter in wanted else extent for letter, extent in zip(letters, x._shape)])
    return x if shape == x._shape else _manipulation.broadcast_to(x, shape)


def _laid(letters: str, x: ndarray, order: list) -> ndarray:
    """Axes in this order; "" stands for one that the operand does not have."""
    x = _manipulation.transpose(x, [letters.index(letter) for letter in order if letter])
    shape, at = [], 0
    for letter in order:
        shape.append(x._shape[at] if letter else 1)
        at += bool(letter)
    return _manipulation.reshape(x, tuple(shape))


def norm(x, ord=None, axis=None, keepdims=False):
    """The 2-norm of all elements or along an axis; for vectors also 1, inf, -inf and other p, for matrices "fro". As
    numpy.linalg.norm without singular values."""
    x = _array(x)
    if KINDS[x._dtype] not in "fc":
        x = x * 1.0
    size = abs(x)
    axes = axes_of(axis, x.ndim)
    if ord is None or ord == "fro" or ord == 2 and len(axes) == 1:
        return apply(OPS["sqrt"], _reductions.sum(size * size, axes, keepdims=keepdims))
    if len(axes) != 1:
        raise NotImplementedError(f"norm: ord={ord!r} of matrices is not there")
    if ord == math.inf:
        return _reductions.max(size, axes, keepdims=keepdims)
    if ord == -math.inf:
        return _reductions.min(size, axes, keepdims=keepdims)
    if ord == 0:
        return _reductions.sum((size != 0).astype(NAMES[size._dtype]), axes, keepdims=keepdims)
    if ord == 1:
        return _reductions.sum(size, axes, keepdims=keepdims)
    return _reductions.sum(size**ord, axes, keepdims=keepdims) ** (1.0 / ord)
