"""ndfuse: NumPy's arrays on the GPU of a web page, evaluated lazily, each expression as one fused kernel.

    import ndfuse as np

    x = np.linspace(0, 1, 1_000_000)
    y = np.sqrt(x * x + 1).sum()   # nothing runs here
    print(y)                       # one kernel, read back

Names, arguments, results and errors are NumPy's; defaults have 32 bits. ``docs/python.md`` tells what differs.
"""

import sys

from . import (
    _ndarray,  # first: the other modules need its classes
    linalg,
    random,
)
from . import _operators as _operators_module
from ._apply import *  # noqa: F403
from ._bits import *  # noqa: F403
from ._core import DeviceError, DeviceLostError, DeviceTimeoutError, KernelError, NotBlockingError
from ._creation import (
    arange,
    array,
    asanyarray,
    asarray,
    asarray_chkfinite,
    ascontiguousarray,
    asnumpy,
    diag,
    diagflat,
    empty,
    empty_like,
    eye,
    frombuffer,
    fromfunction,
    fromiter,
    full,
    full_like,
    geomspace,
    identity,
    indices,
    linspace,
    logspace,
    meshgrid,
    mgrid,
    newaxis,
    ogrid,
    ones,
    ones_like,
    tri,
    tril,
    triu,
    vander,
    zeros,
    zeros_like,
)
from ._creation import (
    copy_of as copy,
)
from ._devices import Device, device, require_gpu
from ._dtypes import (
    bool_,
    can_cast,
    common_type,
    complex64,
    complex128,
    complexfloating,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    floating,
    generic,
    iinfo,
    inexact,
    int8,
    int16,
    int32,
    int64,
    integer,
    issubdtype,
    min_scalar_type,
    mintypecode,
    number,
    promote_types,
    result_type,
    signedinteger,
    typename,
    uint8,
    uint16,
    uint32,
    uint64,
    unsignedinteger,
)
from ._elementwise import ComplexWarning, UFuncTypeError
from ._floats import *  # noqa: F403
from ._functions import *  # noqa: F403
from ._histograms import *  # noqa: F403
from ._index_tricks import *  # noqa: F403
from ._indexing import (
    argwhere,
    choose,
    compress,
    extract,
    flatnonzero,
    ix_,
    nonzero,
    place,
    put,
    put_along_axis,
    putmask,
    ravel_multi_index,
    scatter_add,
    scatter_max,
    scatter_min,
    scatter_multiply,
    take,
    take_along_axis,
    unravel_index,
)
from ._io import (
    fromfile,
    fromstring,
    genfromtxt,
    load,
    loadtxt,
    save,
    savetxt,
    savez,
    savez_compressed,
)
from ._linalg import dot, einsum, inner, kron, matmul, matvec, outer, tensordot, trace, vdot, vecdot, vecmat
from ._manipulation import *  # noqa: F403
from ._namespace import *  # noqa: F403
from ._namespace import __array_api_version__, __array_namespace_info__
from ._ndarray import ndarray, scalar
from ._padding import *  # noqa: F403
from ._polynomials import *  # noqa: F403
from ._printing import array2string, array_repr, array_str, get_printoptions, printoptions, set_printoptions
from ._reductions import *  # noqa: F403
from ._scans import *  # noqa: F403
from ._session import (
    Explanation,
    config,
    errstate,
    explain,
    flush,
    fuse,
    geterr,
    memory_stats,
    reset,
    reset_async,
    seterr,
    synchronize,
    synchronize_async,
    trim_memory,
)
from ._sets import *  # noqa: F403
from ._sorting import *  # noqa: F403
from ._statistics import *  # noqa: F403
from ._ufuncs import *  # noqa: F403
from ._views import AxisError
from ._windows import *  # noqa: F403

_operators_module.install()

__version__ = "0.1.0"

# NumPy's other names of types. What has no size in its name has 32 bits.
bool = bool_
int_ = intc = intp = int32
uint = uintc = uintp = uint32
byte, ubyte, short, ushort = int8, uint8, int16, uint16
long = longlong = int64
ulong = ulonglong = uint64
half, single, double, csingle, cdouble = float16, float32, float64, complex64, complex128

pi = 3.141592653589793
e = 2.718281828459045
euler_gamma = 0.5772156649015329
inf = float("inf")
nan = float("nan")


def get_array_module(*args):
    """This module where one of the arguments is an ndfuse array, else NumPy. As cupy.get_array_module."""
    if not [x for x in args if isinstance(x, ndarray)]:
        import numpy

        return numpy
    return sys.modules[__name__]


def __getattr__(name):
    # In a page: the way to start the core from Python.
    if name == "attach" and sys.platform == "emscripten":
        from ._js import attach

        return attach
    raise AttributeError(f"module 'ndfuse' has no attribute {name!r}")
