"""A pytest plugin with which CuPy's own tests run against our ``cupy``.

The tests and ``cupy.testing`` come from CuPy's source distribution (the set-up fetches it; the variable CUPY_TESTS names the
folder). They compare each result of ``cupy`` with NumPy's. This file is the one place that says what differs by design:

- **Defaults have 32 bits.** Where NumPy's result has a 64-bit type and ours its 32-bit sibling, NumPy's is rounded to ours and
  compared within a few units of its last place, if no 64-bit array took part in our computation. Indices and counts (int32
  here) are compared exactly and may always be narrow.
- **One layout.** Lists of orders have row-major ones only, and helpers that make arrays ignore ``order``; whether a result is
  contiguous is not compared.
- **Exceptions** that CuPy takes from NumPy (AxisError, ComplexWarning) are NumPy's here too.
- **CUDA.** Modules of CuPy that tests import to choose among CUDA's libraries exist and choose nothing.

``exclusions.txt`` names the tests that cannot run here, each with its reason. ``failing.txt`` is written by
``scripts/conformance.sh`` and lists what failed when it ran last; the sample that ``make test`` runs is taken from the others.
"""

import collections
import functools
import hashlib
import importlib.util
import os
import random
import re
import sys
import types
from pathlib import Path

import numpy
import pytest

HERE = Path(__file__).parent
SOURCE = Path(os.environ["CUPY_TESTS"])

NARROW = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
ROUNDING = 32 * 2.0**-23  # of results that are float32 here and float64 there: the inputs are rounded too

# --- CuPy's private modules that the tests import


class _Nothing(types.ModuleType):
    """A module whose functions do nothing: they choose among CUDA's libraries."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith(("get_", "list_")):
            return lambda *arguments: []
        return lambda *arguments, **options: None


def _module(name: str, **members):
    made = _Nothing(name)
    made.__path__ = []
    made.__dict__.update(members)
    sys.modules[name] = made
    parent, _, own = name.rpartition(".")
    setattr(sys.modules[parent], own, made)
    return made


def _prod(values):
    made = 1
    for one in values:
        made *= one
    return made


def install() -> None:
    """Makes ``cupy`` as the tests want it: ours, with CuPy's ``cupy.testing``."""
    import cupy
    import cupyx.scipy.special  # noqa: F401
    import ndfuse

    _take_exceptions(ndfuse)
    _module("cupy._core", ndarray=cupy.ndarray)
    _module("cupy._core.internal", prod=_prod)
    for name in ("core", "_accelerator", "_cub_reduction", "_routines_linalg", "_fusion_interface", "_routines_math"):
        _module(f"cupy._core.{name}")
    _module("cupy._indexing")
    _module("cupy._indexing.generate")
    runtime = _module("cupy.cuda.runtime", is_hip=False, getDeviceCount=lambda: 1)
    _module("cupy._util", PerformanceWarning=type("PerformanceWarning", (Warning,), {}))
    for name in ("driver", "cutensor", "cub", "compiler", "memory"):
        _module(f"cupy.cuda.{name}")
    cupy.cuda.cub.available = cupy.cuda.cutensor.available = False
    cupy.cuda.runtime = runtime
    _module("cupyx.scipy.sparse", issparse=lambda x: False)
    cupy.cuda.nvtx = types.SimpleNamespace()

    spec = importlib.util.spec_from_file_location(
        "cupy.testing", SOURCE / "cupy/testing/__init__.py", submodule_search_locations=[str(SOURCE / "cupy/testing")]
    )
    testing = importlib.util.module_from_spec(spec)
    sys.modules["cupy.testing"] = cupy.testing = testing
    spec.loader.exec_module(testing)
    _change(testing, ndfuse)


def _take_exceptions(ndfuse) -> None:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("ndfuse", "cupy"):
            for one in ("AxisError", "ComplexWarning"):
                if one in vars(module):
                    setattr(module, one, getattr(numpy.exceptions, one))


# --- what differs by design


class _Narrowed(numpy.ndarray):
    """NumPy's result, rounded to the type that ours has."""


class _Watch:
    """Whether 64-bit arrays were made or brought in what ran last (results of operations on others do not count)."""

    wide = False


def _watch(graph, is_wide) -> None:
    begin = graph.Node.__init__

    def noted(self, kind, op, inputs, shape, dtype, device, param=None):
        if is_wide[dtype] and not any(isinstance(one, graph.Node | graph.Ref) for one in inputs):
            _Watch.wide = True
        begin(self, kind, op, inputs, shape, dtype, device, param)

    graph.Node.__init__ = noted


def _change(testing, ndfuse) -> None:
    loops, arrays = testing._loops, testing._array
    _watch(ndfuse._graph, ndfuse._dtypes.WIDE)

    run = loops._call_func_cupy

    def run_watched(*arguments):
        _Watch.wide = False
        return run(*arguments)

    loops._call_func_cupy = run_watched

    convert = loops._convert_output_to_ndarray

    def converted(ours, theirs, *rest):
        if isinstance(ours, ndfuse.ndarray) and isinstance(theirs, numpy.ndarray | numpy.generic):
            narrow = NARROW.get(theirs.dtype.name)
            if narrow == ours.dtype.name and (narrow == "int32" or not _Watch.wide):
                with numpy.errstate(all="ignore"):
                    theirs = numpy.asarray(theirs).astype(narrow).view(_Narrowed)
        return convert(ours, theirs, *rest)

    loops._convert_output_to_ndarray = converted

    make = loops._make_decorator

    def without_layout(check, name, type_check, contiguous_check, *rest):
        return make(check, name, type_check, False, *rest)

    loops._make_decorator = without_layout

    for name in ("assert_allclose", "assert_array_equal", "assert_array_almost_equal_nulp", "assert_array_max_ulp"):
        setattr(arrays, name, _tolerant(getattr(arrays, name), arrays.assert_allclose))

    orders = loops.for_orders
    loops.for_orders = testing.for_orders = lambda given, name="order": orders(
        [one for one in given if one not in ("F", "f")], name
    )
    loops.for_CF_orders = testing.for_CF_orders = lambda name="order": orders([None, "C", "c"], name)

    for name in ("shaped_arange", "shaped_random"):
        helper = getattr(testing, name)
        setattr(testing, name, _without_order(helper))
        setattr(testing._helper, name, getattr(testing, name))
    testing.fix_random = testing._random.fix_random = _fix_random


def _tolerant(check, close):
    def checked(ours, theirs, *rest, **options):
        if isinstance(theirs, _Narrowed):
            theirs = theirs.view(numpy.ndarray)
            if theirs.dtype.kind in "fc":
                given = rest[0] if check is close and rest else options.get("rtol", 0)
                at_least = rest[1] if check is close and len(rest) > 1 else options.get("atol", 0)
                finite = numpy.abs(theirs[numpy.isfinite(theirs)])
                scale = min(float(finite.max()), 1.0) if finite.size else 0.0
                return close(
                    ours, theirs, rtol=max(given, ROUNDING), atol=max(at_least, ROUNDING * scale), equal_nan=True
                )
            if check is close:
                return close(ours, theirs)
        return check(ours, theirs, *rest, **options)

    return checked


def _without_order(helper):
    def made(*arguments, **options):
        options.pop("order", None)
        return helper(*arguments, **options)

    return made


def _fix_random():
    """CuPy's decorator for reproducible random numbers: NumPy's and Python's are set."""

    def decorator(what):
        if isinstance(what, type):
            return what

        @functools.wraps(what)
        def seeded(*arguments, **options):
            random.seed(99)
            numpy.random.seed(100)
            return what(*arguments, **options)

        return seeded

    return decorator


# --- which tests run


def exclusions() -> list:
    """Patterns of tests that do not run here, with their reasons."""
    found = []
    for line in (HERE / "exclusions.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, _, reason = line.partition(" # ")
            if sys.platform == "emscripten" or not reason.startswith("in Pyodide:"):
                found.append((re.compile(pattern.strip()), reason.strip()))
    return found


def failing() -> set:
    """Names of the tests that failed when the whole suite ran last."""
    return set((HERE / "failing.txt").read_text().splitlines())


def name_of(item) -> str:
    """A test's name on one line, the same in every run."""
    name = item.nodeid.partition("cupy_tests/cupy_tests/")[2] or item.nodeid.partition("cupy_tests/")[2]
    name = re.sub(r"\s+", " ", re.sub(r"0x[0-9a-f]+", "0x", name))
    return name if len(name) < 140 else f"{name[:120]}… {hashlib.sha256(name.encode()).hexdigest()[:8]}"


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, default=0, help="run this many of the tests that are known to pass")
    parser.addoption("--report", help="write what passed and failed to this page, and the failing tests to failing.txt")


def pytest_configure(config):
    for name in ("slow", "multi_gpu(n)", "parallel_threads", "iterations", "thread_unsafe"):
        config.addinivalue_line("markers", name)
    config.addinivalue_line("filterwarnings", "ignore")
    random.seed(0)  # CuPy's decorators shuffle pairs of types while the tests are read
    install()
    config.pluginmanager.register(Counter(config.getoption("--report")), "conformance-counter")


def pytest_collection_modifyitems(config, items):
    counter = config.pluginmanager.get_plugin("conformance-counter")
    patterns = exclusions()
    kept = []
    for item in items:
        name = name_of(item)
        reason = next((reason for pattern, reason in patterns if pattern.search(name)), None)
        if reason is None:
            kept.append(item)
        else:
            counter.excluded[name.partition("/")[0], reason] += 1
    count = config.getoption("--sample")
    if count:
        bad = failing()
        known = [item for item in kept if name_of(item) not in bad]
        known.sort(key=lambda item: hashlib.sha256(name_of(item).encode()).digest())
        # One of every function first, then a second one, and so on: some functions have a thousand parameters.
        seen = collections.Counter()
        turns = []
        for item in known:
            seen[item.function] += 1
            turns.append((seen[item.function], len(turns), item))
        chosen = {id(item) for _, _, item in sorted(turns)[:count]}
        kept = [item for item in kept if id(item) in chosen]
    items[:] = kept


@pytest.fixture(autouse=True)
def nothing_pending():
    """What a test leaves to the next wait (indices out of bounds) is not another test's affair."""
    import ndfuse

    yield
    ndfuse._graph.checks.clear()


class Counter:
    """What passed, failed and was skipped, by CuPy's directories of tests."""

    def __init__(self, page):
        self.page = page
        self.excluded = collections.Counter()
        self.outcomes: dict = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        name = name_of(item)
        if report.failed:
            self.outcomes[name] = "failed"
        elif report.skipped:
            self.outcomes.setdefault(name, "skipped")
        elif report.when == "call":
            self.outcomes.setdefault(name, "passed")

    def pytest_terminal_summary(self, terminalreporter):
        for line in self.table():
            terminalreporter.write_line(line)

    def table(self) -> list:
        counts = collections.Counter((name.partition("_tests/")[0], what) for name, what in self.outcomes.items())
        excluded = collections.Counter()
        for (folder, _), count in self.excluded.items():
            excluded[folder.removesuffix("_tests")] += count
        lines = ["| tests of | passed | failed | skipped | excluded | share |", "|---|---|---|---|---|---|"]
        folders = sorted({folder for folder, _ in counts} | set(excluded))
        total = [0, 0, 0, 0]
        for folder in folders:
            row = [counts[folder, what] for what in ("passed", "failed", "skipped")] + [excluded[folder]]
            total = [a + b for a, b in zip(total, row, strict=True)]
            lines.append(_row(folder, row))
        return [*lines, _row("all", total)]

    def pytest_sessionfinish(self):
        if self.page is None:
            return
        failed = sorted(name for name, what in self.outcomes.items() if what == "failed")
        (HERE / "failing.txt").write_text("".join(name + "\n" for name in failed))
        reasons = collections.Counter()
        for (_, reason), count in self.excluded.items():
            reasons[reason] += count
        groups = collections.Counter(re.sub(r"(\[.*|_param_\d+_\{.*\}(?=::)|_param_\d+_\{.*)", "", n) for n in failed)
        Path(self.page).write_text(
            PAGE.format(
                version=re.search(r"cupy==(\S+)", (HERE.parents[1] / "requirements-cupy.txt").read_text())[1],
                table="\n".join(self.table()),
                reasons="\n".join(f"- {count}: {reason}" for reason, count in reasons.most_common()),
                failing="\n".join(f"- `{name}`{f' ({count})' if count > 1 else ''}" for name, count in groups.items()),
            )
        )


def _row(name: str, numbers: list) -> str:
    ran = numbers[0] + numbers[1]
    return f"| {name} | {' | '.join(map(str, numbers))} | {100 * numbers[0] / ran if ran else 100:.1f} % |"


PAGE = """# Conformance with CuPy's tests

Written by `make conformance`, which runs the tests of CuPy {version} against our `cupy` on the CPU device. The tests come from CuPy's source
distribution and are compared with NumPy's results. [cupy_plugin.py](../tests/conformance/cupy_plugin.py) says what differs by design (defaults
of 32 bits, one layout), [exclusions.txt](../tests/conformance/exclusions.txt) which tests cannot run and why. `make test` runs a fixed random
sample of the tests that pass, natively and in Pyodide on WebGPU.

{table}

The share is that of the tests that ran and were not skipped by themselves.

## Excluded

{reasons}

## Failing

{failing}
"""
