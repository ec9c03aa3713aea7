"""What the array API standard adds to NumPy's names: the namespace's facts, kinds of dtypes, exchange by DLPack.

https://data-apis.org/array-api, version 2025.12.
"""

from __future__ import annotations

import sys

from . import _creation, _devices
from ._dtypes import COMPLEX64, DTYPES, FLOAT32, INT32, KINDS, NAMES, WIDE, number_of, numpy_module
from ._ndarray import ndarray

__all__ = ["astype", "from_dlpack", "isdtype"]

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
__array_api_version__ = "2025.12"

_KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}


def isdtype(dtype, kind):
    """Whether a dtype is of a kind ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating",
    "numeric"), equal to a dtype, or any of a tuple of these. As numpy.isdtype."""
    number = number_of(dtype)
    for one in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(one, str):
            if one not in _KINDS:
                raise ValueError(f"kind argument is a string, but {one!r} is not a known kind name.")
            if KINDS[number] in _KINDS[one]:
                return True
        elif number_of(one) == number:
            return True
    return False


def astype(x, dtype, /, *, copy=True, device=None):
    """A copy with another dtype (itself where ``copy`` is False and nothing changes). As numpy.astype."""
    if not isinstance(x, ndarray):
        raise TypeError(f"Input should be a NumPy array. It is of type {type(x)}.")
    made = x.astype(dtype, copy=copy)
    return made if device is None else made.to_device(device)


def from_dlpack(x, /, *, device=None, copy=None):
    """An array of the elements of another library's, which lie in host memory and are copied. As numpy.from_dlpack."""
    if copy is False:
        raise BufferError("the elements of a device are no host memory: they are copied")
    if isinstance(x, ndarray):
        made = _creation.array(x)
    else:
        numpy = numpy_module()
        if numpy is None:
            raise ImportError("from_dlpack() needs NumPy, which is not installed")
        made = _creation.array(numpy.from_dlpack(x))
    return made if device is None else made.to_device(device)


def to_dlpack(x: ndarray, **options):
    """What ``ndarray.__dlpack__`` gives: a copy in host memory; BufferError for an array of the GPU, which has no address."""
    if x._storage.node.device:
        raise BufferError(f"an array of the {x.device} has no address: copy it down with asnumpy()")
    options.pop("stream", None)
    return x.asnumpy().__dlpack__(**options)


class __array_namespace_info__:
    """The facts of this namespace. As in the array API standard."""

    def capabilities(self):
        """What arrays can do."""
        from ._views import MAX_RANK

        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": MAX_RANK}

    def default_device(self):
        """The name of the device on which new arrays live."""
        return _devices.name_of(_devices.DEFAULT)

    def devices(self):
        """The names of the devices."""
        return ["cpu"] + ([_devices.name_of(1)] if _devices.GPU else [])

    def default_dtypes(self, *, device=None):
        """The dtypes of what is made without one."""
        return {
            "real floating": DTYPES[FLOAT32],
            "complex floating": DTYPES[COMPLEX64],
            "integral": DTYPES[INT32],
            "indexing": DTYPES[INT32],
        }

    def dtypes(self, *, device=None, kind=None):
        """The dtypes by name, those of a device and of a kind."""
        on_gpu = device is not None and _devices.number_of(device) == 1
        found = [number for number in range(len(NAMES)) if NAMES[number] != "float16" and not (on_gpu and WIDE[number])]
        return {NAMES[number]: DTYPES[number] for number in found if kind is None or isdtype(DTYPES[number], kind)}


def namespace_of(api_version):
    """What ``ndarray.__array_namespace__`` gives."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f'Version "{api_version}" of the Array API Standard is not supported.')
    return sys.modules[__package__]
