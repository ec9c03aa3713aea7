"""Files: NumPy's .npy and .npz, plain bytes, and text. The same files as NumPy reads and writes, without NumPy.

Only numbers and booleans: Python objects (pickles), structures and texts in files are refused.
"""

from __future__ import annotations

import ast
import math
import os
import struct
import sys
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import contextmanager

from . import _creation, _manipulation, _transfer
from ._dtypes import FLOAT32, KINDS, NAMES, SIZES, number_of
from ._ndarray import ndarray
from ._views import check_shape

_MAGIC = b"\x93NUMPY"
_CODES = {f"{KINDS[n]}{SIZES[n]}": n for n in range(len(NAMES))}
_LONGEST_HEADER = 10000  # as NumPy: longer literals are no headers, and slow to parse


@contextmanager
def _opened(file, mode: str):
    """A path opened (.gz and .bz2 through their decompressors), or a file object as it is."""
    if not isinstance(file, str | os.PathLike):
        yield file
        return
    path = os.fspath(file)
    if path.endswith(".gz"):
        import gzip

        opened = gzip.open(path, mode)
    elif path.endswith(".bz2"):
        import bz2

        opened = bz2.open(path, mode)
    else:
        opened = open(path, mode)  # noqa: SIM115 (closed below)
    with opened:
        yield opened


# --- .npy


def _read_exactly(file, count: int, what: str) -> bytes:
    data = file.read(count)
    while data and len(data) < count:  # streams may give less at a time
        more = file.read(count - len(data))
        if not more:
            break
        data += more
    if len(data) != count:
        raise ValueError(f"EOF: reading {what}, expected {count} bytes got {len(data)}")
    return data


def _header(file) -> tuple:
    version = tuple(_read_exactly(file, 2, "magic string"))
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError(f"we only support format version (1,0), (2,0), and (3,0), not {version}")
    form = "<H" if version == (1, 0) else "<I"
    (length,) = struct.unpack(form, _read_exactly(file, struct.calcsize(form), "array header length"))
    if length > _LONGEST_HEADER:
        raise ValueError(f"Header info length ({length}) is large and may not be safe to load securely.")
    text = _read_exactly(file, length, "array header").decode("utf-8" if version == (3, 0) else "latin1")
    try:
        known = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):
        try:
            known = ast.literal_eval(text.replace("L,", ",").replace("L)", ")").strip())  # written by Python 2
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"Cannot parse header: {text!r}") from None
    except (RecursionError, MemoryError):
        raise ValueError("Cannot parse header: it is nested too deeply") from None
    if not isinstance(known, dict) or set(known) != {"descr", "fortran_order", "shape"}:
        raise ValueError(f"Header does not contain the correct keys: {text!r}")
    shape, fortran, descr = known["shape"], known["fortran_order"], known["descr"]
    if not isinstance(shape, tuple) or not all(type(extent) is int and extent >= 0 for extent in shape):
        raise ValueError(f"shape is not valid: {shape!r}")
    if not isinstance(fortran, bool):
        raise ValueError(f"fortran_order is not a valid bool: {fortran!r}")
    return shape, fortran, descr


def _number_of_descr(descr) -> int:
    if isinstance(descr, str) and descr[:1] in "<>|=" and descr[1:] in _CODES:
        return _CODES[descr[1:]]
    if descr == "|O":
        raise ValueError("Object arrays cannot be loaded: they are pickles, which are programs")
    raise ValueError(f"elements of the type {descr!r} are not supported: only numbers and booleans")


def _elements(data: bytes, number: int, swap: bool) -> ndarray:
    """A flat array of bytes of a file."""
    values = _transfer.array(_transfer.LETTERS[number])
    if KINDS[number] == "b":
        data = data.translate(bytes([0]) + bytes([1]) * 255)
    values.frombytes(data)
    if swap:
        values.byteswap()
    return _transfer.from_bytes(values, (len(data) // SIZES[number],), number)


def _read_npy(file) -> ndarray:
    if _read_exactly(file, len(_MAGIC), "magic string") != _MAGIC:
        raise ValueError("the magic string is not correct: this is not a .npy file")
    shape, fortran, descr = _header(file)
    number = _number_of_descr(descr)
    check_shape(shape)
    data = _read_exactly(file, math.prod(shape) * SIZES[number], "array data")
    flat = _elements(data, number, descr[0] == (">" if sys.byteorder == "little" else "<"))
    if fortran:
        return _manipulation.transpose(_manipulation.reshape(flat, shape[::-1]))
    return _manipulation.reshape(flat, shape)


def _npy_bytes(a) -> bytes:
    x = _creation.asarray(a)
    order = "|" if SIZES[x._dtype] == 1 else "<" if sys.byteorder == "little" else ">"
    descr = f"{order}{KINDS[x._dtype]}{SIZES[x._dtype]}"
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {x._shape!r}, }}"
    # NumPy leaves room for the first extent to grow, and begins the elements at a multiple of 64 bytes.
    text += " " * (21 - len(repr(x._shape[0])) if x._shape else 0)
    text += " " * (64 - (11 + len(text)) % 64) + "\n"
    return _MAGIC + b"\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1") + x.tobytes()


def save(file, arr, allow_pickle=True):
    """Writes an array to a .npy file: a path, which gets that ending where it has none, or a binary file object. As
    numpy.save, the same bytes."""
    data = _npy_bytes(arr)
    if isinstance(file, str | os.PathLike):
        path = os.fspath(file)
        with open(path if path.endswith(".npy") else path + ".npy", "wb") as opened:
            opened.write(data)
    else:
        file.write(data)


def _save_zip(file, args, kwds, method):
    named = dict(kwds)
    for k, one in enumerate(args):
        if f"arr_{k}" in named:
            raise ValueError(f"Cannot use un-named variables and keyword arr_{k}")
        named[f"arr_{k}"] = one
    if isinstance(file, str | os.PathLike):
        file = os.fspath(file)
        file = file if file.endswith(".npz") else file + ".npz"
    with zipfile.ZipFile(file, "w", method, allowZip64=True) as archive:
        for name, one in named.items():
            # A fixed time, as NumPy has it: the same arrays are the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type = method
            archive.writestr(member, _npy_bytes(one))


def savez(file, *args, allow_pickle=True, **kwds):
    """Writes several arrays, by name or as arr_0, arr_1, ..., to a .npz file. As numpy.savez."""
    _save_zip(file, args, kwds, zipfile.ZIP_STORED)


def savez_compressed(file, *args, allow_pickle=True, **kwds):
    """savez with compressed members. As numpy.savez_compressed."""
    _save_zip(file, args, kwds, zipfile.ZIP_DEFLATED)


class NpzFile(Mapping):
    """The arrays in a .npz file, by name; each is read when it is asked for. As numpy.lib.npyio.NpzFile."""

    def __init__(self, file):
        self.zip = zipfile.ZipFile(file)
        self._members = self.zip.namelist()
        self.files = [name.removesuffix(".npy") for name in self._members]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Closes the file."""
        if self.zip is not None:
            self.zip.close()
            self.zip = None

    def __iter__(self):
        return iter(self.files)

    def __len__(self):
        return len(self.files)

    def __contains__(self, key):
        return key in self._members or key in self.files

    def __getitem__(self, key):
        if key not in self:
            raise KeyError(f"{key} is not a file in the archive")
        if self.zip is None:
            raise ValueError("the file is closed")
        with self.zip.open(key if key in self._members else f"{key}.npy") as member:
            try:
                return _read_npy(member)
            except zipfile.BadZipFile as error:
                raise ValueError(f"{key}: {error}") from None

    def __repr__(self):
        shown = ", ".join(self.files[:5]) + ("..." if len(self.files) > 5 else "")
        return f"NpzFile {getattr(self.zip, 'filename', None) or 'object'!r} with keys: {shown}"


def load(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding="ASCII", *, max_header_size=10000):
    """The array in a .npy file, or an NpzFile of those in a .npz file; a path or a binary file object. As numpy.load;
    pickles are refused, and files are always read whole (no ``mmap_mode``)."""
    if mmap_mode is not None:
        raise ValueError("mmap_mode is not supported: elements are copied to their device")
    if allow_pickle:
        raise ValueError("allow_pickle is not supported: arrays hold numbers and booleans")
    own = isinstance(file, str | os.PathLike)
    opened = open(os.fspath(file), "rb") if own else file  # noqa: SIM115 (an NpzFile keeps it)
    keep = False
    try:
        magic = opened.read(len(_MAGIC))
        if not magic:
            raise EOFError("No data left in file")
        opened.seek(-len(magic), 1)
        if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            keep = True
            if own:
                opened.close()
                return NpzFile(os.fspath(file))
            try:
                return NpzFile(opened)
            except zipfile.BadZipFile as error:
                raise ValueError(f"broken .npz file: {error}") from None
        if magic != _MAGIC:
            raise ValueError("This file contains pickled (object) data, or is no .npy file: it is not loaded")
        return _read_npy(opened)
    except zipfile.BadZipFile as error:
        raise ValueError(f"broken .npz file: {error}") from None
    finally:
        if own and not keep:
            opened.close()


# --- plain bytes, and numbers in one text


def _numbers(text: str, number: int, separator: str, count: int) -> ndarray:
    parts = text.split(separator.strip() or None)
    if parts and not parts[-1].strip():
        parts.pop()
    if count >= 0:
        parts = parts[:count]
    read = _reader(number)
    return _creation.fromiter([read(part) for part in parts], NAMES[number])


def fromfile(file, dtype=float, count=-1, sep="", offset=0):
    """A 1-dimensional array of a file's bytes (a path or a binary file object), or with ``sep`` of the numbers in its text.
    As numpy.fromfile; ``float`` means float32 here: name "float64" for the files that NumPy's default writes."""
    number = number_of(dtype)
    if sep and offset:
        raise TypeError("'offset' argument only permitted for binary files")
    with _opened(file, "rb") as opened:
        if sep:
            text = opened.read()
            return _numbers(text if isinstance(text, str) else text.decode(), number, sep, count)
        if offset:
            opened.seek(offset, 1)
        data = opened.read() if count < 0 else opened.read(count * SIZES[number])
        return _elements(data[: len(data) // SIZES[number] * SIZES[number]], number, False)


def fromstring(string, dtype=float, count=-1, *, sep):
    """A 1-dimensional array of the numbers in a text. As numpy.fromstring in its text mode."""
    if not sep:
        raise ValueError("The binary mode of fromstring is removed, use frombuffer instead")
    made = _numbers(string, number_of(dtype), sep, count)
    if 0 <= made.size < count:
        raise ValueError("string is smaller than requested size")
    return made


def tofile(a: ndarray, fid, sep="", format="%s"):
    """``ndarray.tofile``."""
    with _opened(fid, "wb") as opened:
        if sep:
            texts = [format % (v,) for v in _transfer.flat(a)]
            opened.write(sep.join(texts).encode())
        else:
            opened.write(a.tobytes())


# --- tables of text


def _reader(number: int):
    """A function from a text to a Python scalar of the dtype's kind."""
    kind = KINDS[number]
    if kind == "f":
        return float
    if kind == "c":
        return lambda text: complex(text.strip().strip("()").replace("i", "j").replace("+-", "-"))
    if kind == "b":
        return lambda text: bool(int(text))
    return int


def _lines(fname, encoding):
    """The lines of a path, a file object, or an iterable of lines."""
    if isinstance(fname, str | os.PathLike):
        with _opened(fname, "rb") as opened:
            text = opened.read().decode(encoding if encoding not in (None, "bytes") else "utf-8")
        return text.splitlines()
    return [line.decode("latin1") if isinstance(line, bytes) else line for line in fname]


def _rows(lines, comments, delimiter, quotechar=None):
    """The fields of each line that has any."""
    marks = [comments] if isinstance(comments, str | bytes) else list(comments or ())
    marks = [mark.decode("latin1") if isinstance(mark, bytes) else mark for mark in marks]
    delimiter = delimiter.decode("latin1") if isinstance(delimiter, bytes) else delimiter
    for line in lines:
        for mark in marks:
            line = line.split(mark, 1)[0]
        line = line.strip("\r\n")
        if not line.strip():
            continue
        if quotechar is not None:
            import csv

            fields = next(
                csv.reader([line], delimiter=delimiter or " ", quotechar=quotechar, skipinitialspace=delimiter is None)
            )
        else:
            fields = line.split(delimiter) if delimiter is not None else line.split()
        yield fields


def _chosen(usecols):
    if usecols is None:
        return None
    try:
        return [int(column) for column in usecols]
    except TypeError:
        return [int(usecols)]


def _converters(converters, width: int):
    if converters is None:
        return {}
    if callable(converters):
        return dict.fromkeys(range(width), converters)
    return {(column + width if column < 0 else column): one for column, one in converters.items()}


def _shaped(table: ndarray, ndmin: int, unpack: bool):
    if ndmin not in (0, 1, 2):
        raise ValueError(f"Illegal value of ndmin keyword: {ndmin}")
    if table.ndim > ndmin:
        table = _manipulation.squeeze(table)
    if table.ndim < ndmin:
        table = (
            _manipulation.atleast_1d(table) if ndmin == 1 else _manipulation.transpose(_manipulation.atleast_2d(table))
        )
    return _manipulation.transpose(table) if unpack else table


def _table(rows: list, width: int, number: int) -> ndarray:
    flat = _creation.fromiter([v for row in rows for v in row], NAMES[number])
    return _manipulation.reshape(flat, (len(rows), width))


def loadtxt(
    fname,
    dtype=float,
    comments="#",
    delimiter=None,
    converters=None,
    skiprows=0,
    usecols=None,
    unpack=False,
    ndmin=0,
    encoding=None,
    max_rows=None,
    *,
    quotechar=None,
    like=None,
):
    """A table of numbers from text: a path (.gz and .bz2 too), a file object or lines. As numpy.loadtxt; ``float`` is
    float32, and structured dtypes are refused."""
    number = number_of(dtype)
    read, columns = _reader(number), _chosen(usecols)
    rows, width = [], None
    for fields in _rows(_lines(fname, encoding)[skiprows:], comments, delimiter, quotechar):
        if max_rows is not None and len(rows) >= max_rows:
            break
        if width is None:
            width = len(fields)
        elif columns is None and len(fields) != width:
            raise ValueError(
                f"the number of columns changed from {width} to {len(fields)} at row {len(rows) + 1}; "
                "use `usecols` to select a subset and avoid this error"
            )
        special = _converters(converters, len(fields))
        row = []
        for column in range(len(fields)) if columns is None else columns:
            if not -len(fields) <= column < len(fields):
                raise ValueError(f"invalid column index {column} at row {len(rows) + 1} with {len(fields)} columns")
            column %= len(fields)
            try:
                row.append(special.get(column, read)(fields[column]))
            except ValueError as error:
                if column in special:
                    raise
                raise ValueError(
                    f"could not convert string {fields[column]!r} to {NAMES[number]} at row {len(rows)}, column {column + 1}."
                ) from error
        rows.append(row)
    if not rows:
        warnings.warn(f'loadtxt: input contained no data: "{fname}"', UserWarning, stacklevel=2)
        return _shaped(
            _creation.empty((0,), NAMES[number]) if ndmin < 2 else _creation.empty((0, 1), NAMES[number]), ndmin, unpack
        )
    return _shaped(_table(rows, len(rows[0]), number), ndmin, unpack)


def _common(rows: list) -> int:
    """For genfromtxt's dtype=None: the first of int32, float32, complex64 that reads every field."""
    for number in (number_of("int32"), FLOAT32, number_of("complex64")):
        read = _reader(number)
        try:
            for row in rows:
                for field in row:
                    if field.strip():
                        read(field)
        except ValueError:
            continue
        return number
    raise ValueError("genfromtxt: the fields are no numbers; texts and columns of several types are not supported")


def genfromtxt(
    fname,
    dtype=float,
    comments="#",
    delimiter=None,
    skip_header=0,
    skip_footer=0,
    converters=None,
    missing_values=None,
    filling_values=None,
    usecols=None,
    names=None,
    unpack=False,
    ndmin=0,
    max_rows=None,
    encoding=None,
    invalid_raise=True,
):
    """A table of numbers from text in which fields may be missing: they become ``filling_values``, or NaN in floats and -1 in
    integers. As numpy.genfromtxt with these arguments, without names and structured dtypes."""
    if names is not None:
        raise ValueError("genfromtxt: names make structured arrays, which are not supported")
    lines = _lines(fname, encoding)[skip_header:]
    if isinstance(delimiter, int):
        step = delimiter
        rows = [
            [line[k : k + step] for k in range(0, len(line.rstrip("\r\n")), step)] for line in lines if line.strip()
        ]
    else:
        rows = list(_rows(lines, comments, delimiter))
    rows = rows[: len(rows) - skip_footer] if skip_footer else rows
    rows = rows if max_rows is None else rows[:max_rows]
    if not rows:
        warnings.warn(f'genfromtxt: Empty input file: "{fname}"', UserWarning, stacklevel=2)
        return _creation.empty((0,), NAMES[number_of(dtype)])
    width = len(rows[0])
    wrong = [(at, len(row)) for at, row in enumerate(rows) if len(row) != width]
    columns = _chosen(usecols)
    if wrong and columns is None:
        text = "\n".join(
            f"    Line #{at + 1 + skip_header} (got {found} columns instead of {width})" for at, found in wrong
        )
        if invalid_raise:
            raise ValueError(f"Some errors were detected !\n{text}")
        warnings.warn(f"Some errors were detected !\n{text}", UserWarning, stacklevel=2)
        rows = [row for row in rows if len(row) == width]
    number = _common(rows) if dtype is None else number_of(dtype)
    read = _reader(number)
    missing = missing_values if isinstance(missing_values, list | tuple | set) else [missing_values]
    absent = {"", *(str(one).strip() for one in missing if one is not None)}
    fill = (
        {"f": math.nan, "c": complex(math.nan, 0), "b": False}.get(KINDS[number], -1)
        if filling_values is None
        else filling_values
    )
    special = _converters(converters, width)

    def value(row, column):
        text = row[column].strip()
        if column % len(row) in special:
            return special[column % len(row)](row[column])
        try:
            return fill if text in absent else read(text)
        except ValueError:
            return fill  # as NumPy: what is no number is missing

    chosen = range(width) if columns is None else columns
    return _shaped(_table([[value(row, c) for c in chosen] for row in rows], len(chosen), number), ndmin, unpack)


def savetxt(fname, X, fmt="%.18e", delimiter=" ", newline="\n", header="", footer="", comments="# ", encoding=None):
    """Writes an array of at most two dimensions as text, a row a line. As numpy.savetxt, the same bytes."""
    x = _creation.asarray(X)
    if x.ndim == 0 or x.ndim > 2:
        raise ValueError(f"Expected 1D or 2D array, got {x.ndim}D array instead")
    table = x if x.ndim == 2 else _manipulation.reshape(x, (-1, 1))
    count = table.shape[1]
    is_complex = KINDS[x._dtype] == "c"
    given = list(fmt) if isinstance(fmt, list | tuple) else None
    if given is not None:
        if len(given) != count:
            raise AttributeError(f"fmt has wrong shape.  {fmt}")
        line = delimiter.join(given)
    elif fmt.count("%") == 1:
        line = delimiter.join([f" ({fmt}+{fmt}j)" if is_complex else fmt] * count)
    elif (is_complex and fmt.count("%") != 2 * count) or (not is_complex and fmt.count("%") != count):
        raise ValueError(f"fmt has wrong number of % formats:  {fmt}")
    else:
        line = fmt
    texts = []
    if header:
        texts.append(comments + header.replace("\n", "\n" + comments) + newline)
    for row in table.tolist():
        values = [part for v in row for part in (v.real, v.imag)] if is_complex else row
        try:
            text = line % tuple(values)
        except TypeError as error:
            raise TypeError(
                f"Mismatch between array dtype ('{NAMES[x._dtype]}') and format specifier ('{line}')"
            ) from error
        texts.append((text.replace("+-", "-") if is_complex else text) + newline)
    if footer:
        texts.append(comments + footer.replace("\n", "\n" + comments) + newline)
    whole = "".join(texts)
    if isinstance(fname, str | os.PathLike):
        with _opened(fname, "wb") as opened:
            opened.write(whole.encode(encoding or "latin1"))
        return
    try:
        fname.write(whole)
    except TypeError:
        fname.write(whole.encode(encoding or "latin1"))
