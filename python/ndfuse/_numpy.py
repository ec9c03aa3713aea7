"""NumPy's functions called with our arrays: they do what ours of the same name do, and give our arrays.

``numpy.sin(x)`` and ``numpy_array + x`` arrive at ``array_ufunc``, ``numpy.concatenate([x, y])`` at ``array_function``. NumPy's
arrays among the operands are copied up.
"""

from __future__ import annotations

import sys

from ._ndarray import ndarray


def array_ufunc(ufunc, method: str, inputs: tuple, options: dict):
    """What ``__array_ufunc__`` gives: our ufunc of the same name; NotImplemented, so TypeError, where there is none."""
    from ._ufuncs import UFUNCS

    ours = UFUNCS.get(ufunc.__name__) or getattr(sys.modules[__package__], ufunc.__name__, None)
    if ours is None:
        return NotImplemented
    out = options.pop("out", None)
    if out is not None:
        if not all(isinstance(one, ndarray) for one in out):
            raise TypeError(
                "the result of an operation on ndfuse arrays goes to an ndfuse array: copy it down with asnumpy"
            )
        options["out"] = out[0]
    if method == "__call__":
        return ours(*inputs, **options)
    if method in ("reduce", "outer", "accumulate", "reduceat", "at") and hasattr(ours, method):
        return getattr(ours, method)(*inputs, **options)
    return NotImplemented


def array_function(function, types, arguments: tuple, options: dict):
    """What ``__array_function__`` gives: our function of the same name."""
    module = sys.modules[__package__]
    if function.__module__ == "numpy.linalg":
        module = module.linalg
    elif function.__module__ != "numpy":
        return NotImplemented
    ours = getattr(module, function.__name__, None)
    if ours is None:
        return NotImplemented
    return ours(*arguments, **options)
