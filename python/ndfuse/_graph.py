"""The graph: operations that were written and have not run yet, and how they are handed to the core.

A ``Node`` is an immutable value: elements that exist (``BUFFER``), or an operation on other nodes that makes them. A
``Storage`` is memory as users see it: it stands for a node, and assignment to its elements gives it another one (a
``STORE`` of the old value), so that whoever read it before keeps what was read. Recording makes one node and one storage
and runs nothing. ``flush`` packs everything that is still held and not yet computed into one record (format:
include/ndfuse/graph/record.hpp) and crosses to the core once; what nobody holds any more is not computed.

Long programs are cut: after ``config.window`` operations everything pending runs. In a loop that happens where the program is
again at the operation with which this stretch began, so that the same structures come again and again, and the core knows
them.

dtypes are numbers here (``ndfuse._dtypes`` has their objects), devices are 0 (cpu) and 1 (the GPU).
"""

from __future__ import annotations

import itertools
import math
import struct
import sys
import weakref
from array import array
from collections import deque
from contextlib import contextmanager
from typing import NamedTuple

from ._core import KernelError, core

# Kinds of nodes, as in records.
BUFFER, SCALAR, EMPTY, IOTA, MAP, CAST, REDUCE, MATMUL, STORE, GATHER, SCAN, SORT, SCATTER, SEARCH = range(14)

_MAGIC, _VERSION = 0x3146444E, 1
_WEAK = {bool: 1, int: 2, float: 3, complex: 4}  # the weak kinds of Python's scalars
_serial = itertools.count()
_handles = itertools.count(1)
_released = array("I")  # handles whose memory the core gives back with the next record
_pending: list = []  # weak references to storages whose value may not be computed yet


class config:
    """Settings of the graph."""

    fuse = True  # False: every operation runs by itself, at once
    window = 384  # operations after which what is pending runs


class Buffer:
    """The owner of a handle: elements that the core holds."""

    __slots__ = ("handle",)

    def __init__(self, handle: int):
        self.handle = handle

    def __del__(self):
        _released.append(self.handle)
        if len(_released) > 4096:  # a program that only makes and drops arrays
            release_now()


class Scalar(NamedTuple):
    """A single value of a dtype of its own (a NumPy scalar, a 0-d constant): it travels with the launch."""

    dtype: int
    value: complex


class Ref(NamedTuple):
    """A node seen through a view: shape, and strides and offset in elements of the node's row-major order."""

    node: Node | None  # None: in a store, the stored value itself
    shape: tuple
    strides: tuple
    offset: int


class Node:
    """One value of the graph.

    ``inputs`` holds nodes, ``Ref`` (a node through a view), Python scalars (weak) or ``Scalar``. Elementwise inputs
    broadcast to ``shape``. ``param``: the axes' mask of a reduction, the target's ``Ref`` of a store, flags of a scan (1:
    backwards, 2: each without itself) or a sort (1: descending). ``bounds``: what is known of all elements of an int32
    value, (lowest, highest).
    """

    __slots__ = (
        "kind",
        "op",
        "inputs",
        "shape",
        "dtype",
        "device",
        "param",
        "buffer",
        "owners",
        "serial",
        "where",
        "failed",
        "number",
        "bounds",
    )

    def __init__(self, kind, op, inputs, shape, dtype, device, param=None):
        self.kind = kind
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = dtype
        self.device = device
        self.param = param
        self.serial = next(_serial)
        self.where = None
        self.failed = False  # it could not be computed: only who reads it tries again
        self.bounds = None
        self.owners = None  # references to the storages that may hold a computed node; None: nobody knows


class Storage:
    """Memory as users see it: the value that it holds now."""

    __slots__ = ("node", "__weakref__")

    def __init__(self, node: Node):
        self.node = node


# --- recording


def record(node: Node) -> Storage:
    """Memory that holds the value of a new node."""
    storage = Storage(node)
    remember(storage)
    return storage


def remember(storage: Storage) -> None:
    """Notes that a storage has a new value, and the line of the program that gave it; cuts a long program."""
    node = storage.node
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__package__") == "ndfuse":
        frame = frame.f_back
    if frame is not None:
        node.where = where = (frame.f_code, frame.f_lasti)
    else:
        where = None
    count = len(_pending)
    if count and _stretch.ends(where, count):
        _flush_quietly()
        count = 0
    if count == 0:
        _stretch.begin(where)
    _pending.append(weakref.ref(storage))
    if not config.fuse:
        flush()


def _flush_quietly() -> None:
    # The operation that is being recorded has no part in what fails here; that raises when it is read.
    try:
        flush()
    except Exception:
        pass


class _Stretch:
    """The operations since everything pending ran last, and where they end.

    In a loop a stretch ends where the program is again at the operation with which it began. A stretch that began before
    the loop looks at one turn of it, and ends at the operation where the fewest values are waiting: those have to be
    written to memory, what is between them need not.
    """

    def begin(self, where):
        self.where = where
        self.left = False  # one call may record several operations
        self.seen = False  # the program came back to `where`: it is in the loop
        self.first = self.best = self.target = None
        self.fewest = 0

    def ends(self, where, count: int) -> bool:
        if where == self.where:
            self.seen = self.seen or self.left
            return count >= config.window
        self.left = True
        if count < config.window:
            return False
        if count >= 2 * config.window:
            return True
        if not self.seen and self.target is None:
            self._look(where)
        return where == self.target

    def _look(self, where) -> None:
        if where == self.first:
            self.target = self.best  # a whole turn has been seen
            return
        held = [storage for reference in _pending[-64:] if (storage := reference()) is not None]
        waiting = sum(storage.node.kind != BUFFER for storage in held)
        if self.first is None:
            self.first = where
        if self.first == where or waiting < self.fewest:
            self.best, self.fewest = where, waiting


_stretch = _Stretch()


def upload(dtype: int, shape: tuple, device: int, address: int, nbytes: int) -> Storage:
    """Memory filled from host memory, which may be reused afterwards."""
    count = math.prod(shape)
    handle = next(_handles)
    # A large array may take over what a dropped one held; for a small one a call more costs more than it saves.
    if len(_released) > 16 or (_released and nbytes > 65536):
        release_now()
    core.allocate(handle, device, count, dtype)
    node = Node(BUFFER, 0, (), shape, dtype, device)
    node.buffer = Buffer(handle)
    if count:
        core.upload(handle, 0, count, address, nbytes)
    return own(node)


def snapshot(storage: Storage) -> Storage:
    """Memory of its own that holds what ``storage`` holds now. Nothing is copied: whichever is written to first gets a new
    node, and the shared one is overwritten when neither holds it."""
    node = storage.node
    other = Storage(node)
    if node.kind != BUFFER:
        _pending.append(weakref.ref(storage))
        _pending.append(weakref.ref(other))
    elif node.owners is not None:
        node.owners = (*[owner for owner in node.owners if owner() is not None], weakref.ref(other))
    return other


def own(node: Node) -> Storage:
    """Memory that holds a value that exists."""
    storage = Storage(node)
    node.owners = (weakref.ref(storage),)
    return storage


def store(storage: Storage, shape: tuple, strides: tuple, offset: int, value) -> None:
    """Writes ``value`` (an input; it broadcasts) into the elements of a view of ``storage``."""
    old = storage.node
    node = Node(STORE, 0, (old, value), old.shape, old.dtype, old.device)
    node.param = Ref(None, shape, strides, offset)
    storage.node = node
    remember(storage)


# --- running


def flush(*targets: Node) -> None:
    """Computes everything that is pending and held, and ``targets``. Raises what went wrong; the rest is computed."""
    wanted = {}
    for reference in _pending:
        storage = reference()
        if storage is not None and storage.node.kind != BUFFER and not storage.node.failed:
            wanted[id(storage.node)] = storage.node
    for node in targets:
        if node.kind != BUFFER:
            wanted[id(node)] = node
    try:
        if wanted:
            _run(list(wanted.values()))
    except Exception:
        _run_each(list(wanted.values()), targets)
    finally:
        held = [reference for reference in _pending if (storage := reference()) is not None]
        _pending.clear()
        for reference in held:
            node = reference().node
            node.owners = (reference,) if node.owners is None else (*node.owners, reference)


# --- what can only be checked when it is computed


class _Checks:
    """Conditions on values of a device, which raise at the next wait. All of them share one int32 on the device: the number of
    the first that does not hold."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.value = None  # a Storage
        self.errors = []

    def add(self, failed: Node, error: Exception) -> None:
        """``failed`` is a bool of no axes: where it is true, ``error`` is raised."""
        device = failed.device
        if self.value is not None and (self.value.node.device != device or len(self.errors) >= 4096):
            self.raise_first()
        number = Node(MAP, _op("where"), (failed, len(self.errors), _NONE_FAILED), (), _INT32, device)
        if self.value is not None:
            number = Node(MAP, _op("minimum"), (self.value.node, number), (), _INT32, device)
        self.errors.append(error)
        self.value = record(number)

    def raise_first(self) -> None:
        """Waits for the conditions and raises the first error."""
        if self.value is None:
            return
        value, errors = self.value, self.errors
        self.clear()
        found = array("i", [0])
        compute(value.node)
        core.read(value.node.buffer.handle, 0, 1, *_bytes_of(found))
        if found[0] != _NONE_FAILED:
            raise errors[found[0]]

    async def raise_first_async(self) -> None:
        if self.value is None:
            return
        value, errors = self.value, self.errors
        self.clear()
        found = array("i", [0])
        compute(value.node)
        await core.read_async(value.node.buffer.handle, 0, 1, *_bytes_of(found))
        if found[0] != _NONE_FAILED:
            raise errors[found[0]]


_NONE_FAILED = 2**31 - 1
_tables = core.tables()
_op = {op["name"]: number for number, op in enumerate(_tables["ops"])}.__getitem__
_dtype = {dtype["name"]: number for number, dtype in enumerate(_tables["dtypes"])}.__getitem__
_INT32, _BOOL = _dtype("int32"), _dtype("bool")
_ANY = _tables["reductions"].index("any")


def _bytes_of(values: array) -> tuple:
    address, count = values.buffer_info()
    return address, count * values.itemsize


checks = _Checks()


def check_bounds(numbers: Node | Ref, low: int, high: int, error: Exception) -> None:
    """Raises ``error`` at the next wait where an element of an int32 value is below ``low`` or above ``high``. Costs a pass
    over the value, unless that is known already."""
    node = numbers if type(numbers) is Node else numbers.node
    known = node.bounds
    if known is not None and low <= known[0] and known[1] <= high:
        return
    if math.prod(numbers.shape) == 0:
        return
    shape, device = numbers.shape, node.device
    below = Node(MAP, _op("less"), (numbers, low), shape, _BOOL, device)
    above = Node(MAP, _op("greater"), (numbers, high), shape, _BOOL, device)
    outside = Node(MAP, _op("logical_or"), (below, above), shape, _BOOL, device)
    if shape:
        outside = Node(REDUCE, _ANY, (outside,), (), _BOOL, device, (1 << len(shape)) - 1)
    checks.add(outside, error)
    if type(numbers) is Node:
        node.bounds = (low, high)


def _run_each(nodes: list, targets: tuple) -> None:
    # Nothing of the record has run. What fails by itself is tried again when it is read, and raises there.
    failed = []
    for node in nodes:
        try:
            _run([node], alone=True)
        except Exception as reason:
            node.failed = True
            failed.append((node, reason))
    for node, reason in failed:
        if not targets or node in targets:
            raise reason from None


def compute(node: Node) -> Node:
    """The same node, computed."""
    if node.kind != BUFFER:
        flush(node)
    return node


def _run(outputs: list, alone: bool = False) -> None:
    handles = [next(_handles) for _ in outputs]
    released = _released[:]
    del _released[: len(released)]
    words, lines = pack(outputs, handles, released, alone)
    try:
        core.evaluate(*words.buffer_info())
    except Exception:
        _released.extend(released)  # the core may not have come to them; it ignores those that it knows no more
        raise
    _recent.append((lines, words))
    for node, handle in zip(outputs, handles):
        node.kind = BUFFER
        node.inputs = ()
        node.param = None
        node.buffer = Buffer(handle)


# The last records that ran, and where their nodes came from: to tell the lines of a kernel that fails later.
_recent: deque = deque(maxlen=8)


def python_line(where) -> str | None:
    """``file:line`` of the place in the program where a node was recorded."""
    if where is None:
        return None
    code, offset = where
    line = next(
        (n for start, end, n in code.co_lines() if start <= offset < end and n is not None), code.co_firstlineno
    )
    return f"{code.co_filename}:{line}"


@contextmanager
def explained():
    """A KernelError that leaves the block has the Python lines of the kernel that it names."""
    try:
        yield
    except KernelError as error:
        found = _lines_of(str(error))
        if not found:
            raise
        lines = "\n  ".join(found[:20])
        raise KernelError(f"{error}\nThe kernel computes what these lines of the program wrote:\n  {lines}") from None


def _lines_of(text: str) -> list:
    for lines, words in reversed(_recent):
        try:
            launches = core.explain(*words.buffer_info())["launches"]
        except Exception:  # its buffers are gone: the error itself matters more
            continue
        named = [launch for launch in launches if launch["name"] and launch["name"] in text]
        numbers = [number for launch in named for number in launch["nodes"]]
        found = [line for number in numbers if (line := python_line(lines[number])) is not None]
        if found:
            return list(dict.fromkeys(found))
    return []


def read(node: Node, first: int, count: int, address: int, nbytes: int) -> None:
    """Copies elements of a value to host memory, computing it first and waiting for it."""
    compute(node)
    with explained():
        checks.raise_first()
        core.read(node.buffer.handle, first, count, address, nbytes)


async def read_async(node: Node, first: int, count: int, address: int, nbytes: int) -> None:
    """The same without blocking the thread."""
    compute(node)
    with explained():
        await checks.raise_first_async()
        await core.read_async(node.buffer.handle, first, count, address, nbytes)


def release_now() -> None:
    """Gives the memory of dropped arrays back at once."""
    handles = _released[:]
    del _released[: len(handles)]
    for handle in handles:
        core.release(handle)


def explain(nodes: list) -> dict:
    """What computing these nodes would launch; nothing runs."""
    nodes = [node for node in nodes if node.kind != BUFFER]
    if not nodes:
        return {"launches": []}
    words, lines = pack(nodes, [0xFFFFFFFF - k for k in range(len(nodes))])  # handles that are not in use
    result = core.explain(*words.buffer_info())
    for launch in result["launches"]:
        launch["lines"] = sorted({line for n in launch.pop("nodes") if (line := python_line(lines[n])) is not None})
    return result


# --- packing


def _reachable(outputs: list) -> list:
    """The nodes that outputs need, in the order in which the program made them."""
    found = {node.serial: node for node in outputs}
    stack = list(found.values())
    while stack:
        for one in stack.pop().inputs:
            kind = type(one)
            if kind is not Node:
                if kind is not Ref:
                    continue
                one = one.node
            serial = one.serial
            if serial not in found:
                found[serial] = one
                stack.append(one)
    return [found[serial] for serial in sorted(found)]


def pack(outputs: list, handles: list, released=(), alone: bool = False):
    """A record that computes ``outputs``, which get these ``handles``, and for each of its nodes where the program wrote
    it. ``released``: handles that nobody needs. ``alone``: other pending nodes may need the same buffers afterwards, so
    none may be overwritten."""
    nodes = _reachable(outputs)
    body = []  # a list grows faster than an array
    views = array("I")
    shapes = array("I")
    scalars = bytearray()
    shape_numbers: dict = {}
    view_numbers: dict = {}
    scalar_nodes: dict = {}
    scalar_objects: dict = {}  # the same by id: a loop's constants are the same objects
    where = []
    count = 0

    def shape_number(shape):
        number = shape_numbers.get(shape)
        if number is None:
            number = shape_numbers[shape] = len(shape_numbers)
            shapes.append(len(shape))
            shapes.extend(shape)
        return number

    def view_number(number, ref):
        key = (number, ref.shape, ref.strides, ref.offset)
        found = view_numbers.get(key)
        if found is None:
            found = view_numbers[key] = len(view_numbers)
            views.extend((number, len(ref.shape), ref.offset))
            views.extend(ref.shape)
            views.extend([s & 0xFFFFFFFF for s in ref.strides])
        return found

    def scalar_number(one):
        nonlocal count
        kind = type(one)
        if kind is Scalar:
            value, head, dtype = one.value, SCALAR, one.dtype
        else:
            value, dtype = one, 0
            head = SCALAR | _WEAK[kind] << 8
        # 0.0 and -0.0 are equal, and so are 1 and True
        key = (kind, dtype, type(value), value if value else repr(value))
        number = scalar_nodes.get(key)
        if number is None:
            number = scalar_nodes[key] = count
            body.extend((head | dtype << 16, shape_number(()), len(scalars) // 32))
            scalars.extend(_scalar_bytes(value))
            where.append(None)
            count += 1
        scalar_objects[id(one)] = number
        return number

    for node in nodes:
        kind = node.kind
        if kind == BUFFER:
            # Where nobody sees these elements any more, their memory may take results.
            owners = node.owners
            free = not alone and owners is not None
            if free:
                for owner in owners:
                    storage = owner()
                    if storage is not None and storage.node is node:
                        free = False
                        break
            body.extend((node.dtype << 16, shape_number(node.shape) | node.device << 31, node.buffer.handle, free))
            node.number = count
            where.append(None)
            count += 1
            continue
        references = []
        for one in node.inputs:
            form = type(one)
            if form is Node:
                references.append(one.number)
            elif form is Ref:
                references.append(view_number(one.node.number, one) | 0x80000000)
            else:
                number = scalar_objects.get(id(one))
                references.append(scalar_number(one) if number is None else number)
        node.number = count
        where.append(node.where)
        count += 1
        number = shape_numbers.get(node.shape)
        if number is None:
            number = shape_number(node.shape)
        body.append(kind | node.op << 8 | node.dtype << 16 | len(references) << 24)
        body.append(number | node.device << 31)
        body += references
        if kind == REDUCE or kind == SCAN or kind == SORT:
            body.append(node.param)
        elif kind == STORE:
            body.append(view_number(node.number, node.param))
    words = array(
        "I",
        (
            _MAGIC,
            _VERSION,
            count,
            len(body),
            len(view_numbers),
            len(views),
            len(shape_numbers),
            len(shapes),
            len(scalars) // 32,
            len(outputs),
            len(released),
            0 if config.fuse else 1,
        ),
    )
    words.fromlist(body)
    words.extend(views)
    words.extend(shapes)
    words.frombytes(bytes(scalars))
    for node, handle in zip(outputs, handles):
        words.append(node.number)
        words.append(handle)
    words.extend(released)
    return words, where


_scalar_struct = struct.Struct("<IIddQ")


def _scalar_bytes(value) -> bytes:
    """kind, 0, real part, imaginary part, integer."""
    kind = type(value)
    if kind is float:
        return _scalar_struct.pack(3, 0, value, 0.0, 0)
    if kind is complex:
        return _scalar_struct.pack(4, 0, value.real, value.imag, 0)
    if not -(2**63) <= value < 2**64:
        raise OverflowError(f"Python integer {value} is out of bounds for every integer dtype")
    return _scalar_struct.pack(1 if kind is bool else 2, 0, float(value), 0.0, value & 0xFFFFFFFFFFFFFFFF)
