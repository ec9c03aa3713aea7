"""Linear algebra under NumPy's names: what is made of the matrix product. As numpy.linalg, without factorisations."""

from ._functions import cross
from ._linalg import matmul, norm, outer, tensordot, trace, vecdot
from ._manipulation import diagonal, matrix_transpose

__all__ = ["cross", "diagonal", "matmul", "matrix_transpose", "norm", "outer", "tensordot", "trace", "vecdot"]
