"""Random programs against NumPy: views and views of views, aliasing, in-place work, mixed types, masks, indices, products,
dropped references, evaluated at random points, fused and unfused.

Every array is a pair, NumPy's and ours; what is done to one is done to the other. Values are small whole numbers, which all
types hold exactly and no order of additions changes, so results must be equal, not close. Where NumPy goes to 64 bits and we
do not, its result is narrowed; where one refuses, both must.
"""

import sys

import ndfuse
import numpy
from comparing import NARROW
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

DTYPES = ["bool", "int8", "uint8", "int16", "int32", "uint32", "float32", "int64", "float64", "complex64"]
WIDE = {"int64", "uint64", "float64", "complex128"}
BINARY = [
    "add",
    "subtract",
    "multiply",
    "maximum",
    "minimum",
    "less",
    "equal",
    "bitwise_and",
    "bitwise_xor",
    "floor_divide",
]
UNARY = ["negative", "absolute", "square", "logical_not", "sign", "invert"]
IN_PLACE = ["__iadd__", "__isub__", "__imul__", "__iand__", "__ifloordiv__"]
REDUCTIONS = ["sum", "max", "min", "any", "all", "prod", "argmax"]
REFUSALS = (TypeError, ValueError, OverflowError, IndexError)
LIMIT = 2**22  # whole numbers below are exact in float32
MOST = 12  # arrays at a time

shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)
scalars = st.one_of(st.integers(-3, 3), st.sampled_from([0.0, 1.0, -2.0, 3.0]), st.booleans())


class Program(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        ndfuse.fuse(True)
        self.pairs = []

    def teardown(self):
        self.look_at_all()
        ndfuse.fuse(True)

    # --- bookkeeping

    def keep(self, theirs, ours, wide):
        """Notes a new pair, the types being as they must; forgets what grew too large to be exact."""
        name = theirs.dtype.name
        if not wide:
            name = NARROW.get(name, name)
        if {ours.dtype.name, theirs.dtype.name} == {"int64"}:
            name = "int64"  # int32 with uint32
        assert ours.shape == theirs.shape
        assert ours.dtype == name, f"{ours.dtype} instead of {name}"
        theirs = numpy.asarray(theirs)
        if theirs.dtype.kind in "fc" and theirs.size and not (numpy.abs(theirs) < LIMIT).all():
            return
        if theirs.dtype != name:
            theirs = theirs.astype(name)
        if theirs.ndim == 0:
            theirs, ours = theirs.copy(), ndfuse.array(ours)  # NumPy's scalars are values
        self.pairs.append((theirs, ours))
        if len(self.pairs) > MOST:
            del self.pairs[0]

    def pick(self, data):
        return self.pairs[data.draw(st.integers(0, len(self.pairs) - 1), label="array")]

    def both(self, program, *pairs):
        """Runs a program with both; None where both refuse."""
        with numpy.errstate(all="ignore"):
            try:
                theirs = program(numpy, *[pair[0] for pair in pairs])
            except REFUSALS as error:
                try:
                    program(ndfuse, *[pair[1] for pair in pairs])
                except REFUSALS:
                    return None
                raise AssertionError(f"NumPy refuses ({error}), ndfuse does not") from error
        return theirs, program(ndfuse, *[pair[1] for pair in pairs])

    def make(self, program, *pairs, wide=False):
        found = self.both(program, *pairs)
        if found is not None:
            self.keep(*found, wide or any(pair[0].dtype.name in WIDE for pair in pairs))

    def complex_among(self, *pairs):
        return any(pair[0].dtype.kind == "c" for pair in pairs)

    # --- making arrays

    @initialize(data=st.data())
    def begin(self, data):
        for _ in range(2):
            self.create(data)

    @rule(data=st.data())
    def create(self, data):
        shape, dtype = data.draw(shapes), data.draw(st.sampled_from(DTYPES))
        count = int(numpy.prod(shape))
        values = data.draw(st.lists(st.integers(0 if dtype[0] in "ub" else -4, 4), min_size=count, max_size=count))
        theirs = numpy.array(values).astype(dtype).reshape(shape)
        self.keep(theirs, ndfuse.array(theirs), True)

    @rule(data=st.data(), name=st.sampled_from(BINARY))
    def binary(self, data, name):
        a, b = self.pick(data), self.pick(data)
        if self.complex_among(a, b) and name in ("maximum", "minimum", "less", "floor_divide"):
            return
        if name == "floor_divide" and (b[0].size == 0 or (b[0] == 0).any()):
            return
        self.make(lambda np, a, b: getattr(np, name)(a, b), a, b)

    @rule(data=st.data(), name=st.sampled_from(BINARY[:7]), value=scalars, reflected=st.booleans())
    def with_scalar(self, data, name, value, reflected):
        a = self.pick(data)
        if self.complex_among(a) and name in ("maximum", "minimum", "less"):
            return
        self.make(lambda np, a: getattr(np, name)(*((value, a) if reflected else (a, value))), a)

    @rule(data=st.data(), name=st.sampled_from(UNARY))
    def unary(self, data, name):
        a = self.pick(data)
        if self.complex_among(a) and name == "sign":
            return
        self.make(lambda np, a: getattr(np, name)(a), a)

    @rule(data=st.data())
    def where(self, data):
        condition, a, b = (self.pick(data) for _ in range(3))
        chosen = condition[0].astype(bool), condition[1].astype(bool)  # its type does not count
        self.make(lambda np, condition, a, b: np.where(condition, a, b), chosen, a, b)

    @rule(data=st.data(), name=st.sampled_from(REDUCTIONS), keepdims=st.booleans())
    def reduce(self, data, name, keepdims):
        a = self.pick(data)
        if self.complex_among(a) and name not in ("sum", "any", "all"):
            return
        axes = st.none() if a[0].ndim == 0 else st.one_of(st.none(), st.integers(-a[0].ndim, a[0].ndim - 1))
        axis = data.draw(axes)
        found = self.both(lambda np, a: getattr(np, name)(a, axis=axis, keepdims=keepdims), a)
        if found is not None and name == "argmax":
            found = (found[0].astype("int32"), found[1])
        if found is not None:
            self.keep(*found, a[0].dtype.name in WIDE)

    @rule(data=st.data(), dtype=st.sampled_from(DTYPES))
    def cast(self, data, dtype):
        a = self.pick(data)
        if self.complex_among(a) and dtype != "complex64":
            return
        if (
            a[0].dtype.kind == "f"
            and dtype[0] in "iu"
            and a[0].size
            and not ((a[0] >= numpy.iinfo(dtype).min) & (a[0] <= numpy.iinfo(dtype).max)).all()
        ):
            return  # undefined in C
        self.make(lambda np, a: a.astype(dtype), a, wide=dtype in WIDE)

    @rule(data=st.data())
    def copy(self, data):
        a = self.pick(data)
        self.make(lambda np, a: a.copy(), a, wide=True)

    @rule(data=st.data())
    def join(self, data):
        a, b = self.pick(data), self.pick(data)
        if a[0].dtype.kind != b[0].dtype.kind:
            return  # NumPy goes to 64 bits here where an operation would not
        self.make(lambda np, a, b: np.concatenate([a, b], axis=-1), a, b)

    @rule(data=st.data())
    def product(self, data):
        a = self.pick(data)
        if a[0].ndim < 1:
            return
        self.make(lambda np, a: np.matmul(a, np.swapaxes(a, -1, -2) if a.ndim > 1 else a), a)

    # --- views

    def key(self, data, shape):
        parts = []
        for extent in shape:
            kind = data.draw(st.sampled_from(["slice", "slice", "integer", "all"]))
            if kind == "integer":
                parts.append(data.draw(st.integers(-extent, extent - 1)) if extent else slice(None))
            elif kind == "all":
                parts.append(slice(None))
            else:
                bound = st.one_of(st.none(), st.integers(-5, 5))
                parts.append(
                    slice(data.draw(bound), data.draw(bound), data.draw(st.sampled_from([None, 1, 2, -1, -2])))
                )
        if all(isinstance(part, int) for part in parts):
            return (*parts, ...)
        return tuple(parts)

    def look(self, view, pair):
        """A view of a pair: it goes on sharing memory with it on both sides."""
        theirs, ours = view(numpy, pair[0]), view(ndfuse, pair[1])
        if not isinstance(theirs, numpy.ndarray):
            return  # of shape (), some functions give a scalar
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
        self.pairs.append((theirs, ours))
        if len(self.pairs) > MOST:
            del self.pairs[0]

    @rule(data=st.data())
    def slice(self, data):
        pair = self.pick(data)
        key = self.key(data, pair[0].shape)
        self.look(lambda np, a: a[key], pair)

    @rule(data=st.data(), how=st.sampled_from(["transpose", "flip", "newaxis", "flat", "whole"]))
    def view(self, data, how):
        pair = self.pick(data)
        if how == "flat" and not pair[0].flags.c_contiguous:
            return
        if pair[0].ndim > 5:
            return
        views = {
            "transpose": lambda np, a: a.T,
            "flip": lambda np, a: np.flip(a),
            "newaxis": lambda np, a: a[None],
            "flat": lambda np, a: a.reshape(-1),
            "whole": lambda np, a: a[...],
        }
        self.look(views[how], pair)

    # --- writing

    def fits(self, pair):
        # What a write made too large to be exact, on both sides, is written over.
        if pair[0].dtype.kind in "fc" and pair[0].size and not (numpy.abs(pair[0]) < LIMIT).all():
            pair[0][...] = 1
            pair[1][...] = 1

    @rule(data=st.data(), name=st.sampled_from(IN_PLACE))
    def in_place(self, data, name):
        a, b = self.pick(data), self.pick(data)
        if name == "__ifloordiv__" and (self.complex_among(a, b) or (b[0] == 0).any()):
            return
        if numpy.result_type(a[0], b[0]).name in WIDE and not {a[0].dtype.name, b[0].dtype.name} & WIDE:
            return  # there NumPy computes in 64 bits
        found = self.both(lambda np, a, b: getattr(a, name)(b), a, b)
        assert found is None or found[1] is a[1]
        self.fits(a)

    @rule(data=st.data(), value=scalars)
    def write_scalar(self, data, value):
        a = self.pick(data)
        if a[0].dtype.kind == "u" and value < 0:
            value = 1
        key = self.key(data, a[0].shape)
        self.both(lambda np, a: a.__setitem__(key, value), a)

    @rule(data=st.data())
    def write_array(self, data):
        a, b = self.pick(data), self.pick(data)
        if self.complex_among(b) and not self.complex_among(a) or a[0].dtype.kind in "u" and b[0].dtype.kind == "f":
            return
        key = self.key(data, a[0].shape)
        self.both(lambda np, a, b: a.__setitem__(key, b), a, b)
        self.fits(a)

    @rule(data=st.data(), value=st.integers(0, 3))
    def write_masked(self, data, value):
        a = self.pick(data)
        if self.complex_among(a):
            return
        self.both(lambda np, a: a.__setitem__(a > value, value), a)

    @rule(data=st.data())
    def write_indexed(self, data):
        a, b = self.pick(data), self.pick(data)
        if a[0].ndim == 0 or a[0].shape[0] == 0 or self.complex_among(b) and not self.complex_among(a):
            return
        if a[0].dtype.kind == "u" and b[0].dtype.kind == "f":
            return
        rows = data.draw(st.lists(st.integers(-a[0].shape[0], a[0].shape[0] - 1), max_size=4))
        self.both(lambda np, a, b: a.__setitem__(rows, b), a, b)
        self.fits(a)

    @rule(data=st.data())
    def gather(self, data):
        a = self.pick(data)
        if a[0].ndim == 0 or a[0].shape[0] == 0:
            return
        rows = data.draw(st.lists(st.integers(-a[0].shape[0], a[0].shape[0] - 1), max_size=4))
        self.make(lambda np, a: a[rows], a, wide=True)

    @rule(data=st.data())
    def choose(self, data):
        a = self.pick(data)
        if self.complex_among(a):
            return
        self.make(lambda np, a: a[a > 1], a, wide=True)

    # --- looking

    @rule(data=st.data())
    def look_at_one(self, data):
        theirs, ours = self.pick(data)
        numpy.testing.assert_array_equal(ours.asnumpy(), theirs)

    @rule()
    def look_at_all(self):
        for theirs, ours in self.pairs:
            numpy.testing.assert_array_equal(ours.asnumpy(), theirs)

    @rule()
    def synchronize(self):
        ndfuse.synchronize()

    @precondition(lambda self: len(self.pairs) > 2)
    @rule(data=st.data())
    def drop(self, data):
        del self.pairs[data.draw(st.integers(0, len(self.pairs) - 1))]

    @rule(on=st.booleans())
    def fuse(self, on):
        ndfuse.fuse(on)


TestPrograms = Program.TestCase
TestPrograms.settings = settings(
    max_examples=200 if sys.platform != "emscripten" else 10,  # software adapters are slow
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
