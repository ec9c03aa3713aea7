"""The program as a whole: laziness, devices, what is explained, counted, waited for, and given back."""

import asyncio
import gc
import inspect
import warnings

import ndfuse
import pytest
from ndfuse import _devices, _graph


def launches():
    stats = ndfuse.memory_stats()
    return stats["gpu"]["launches"] + stats["cpu"]["launches"]


def test_nothing_runs_before_somebody_looks():
    x = ndfuse.arange(1000) * 0.5
    ndfuse.synchronize()
    before = launches()
    y = ndfuse.sqrt(x * x + 1) - x
    z = y.reshape(10, 100)[::2] * 3
    assert launches() == before
    assert y[0].item() == 1
    del z
    assert launches() - before <= 2


def test_what_nobody_holds_is_not_computed():
    ndfuse.synchronize()
    before = launches()
    for _ in range(10):
        ndfuse.exp(ndfuse.ones(100)) @ ndfuse.ones((100, 100))
    ndfuse.synchronize()
    assert launches() == before


def test_a_long_expression_is_one_kernel():
    x = ndfuse.linspace(0, 1, 1000)
    ndfuse.synchronize()
    y = x
    for k in range(20):
        y = y * 0.5 + k
    explanation = ndfuse.explain(y)
    assert len(explanation) == 1
    assert explanation.read_bytes == explanation.written_bytes == 4000
    ndfuse.synchronize()
    before = launches()
    z = x
    for k in range(20):
        z = z * 0.5 + k
    del y
    z.tolist()
    assert launches() - before == 1


def test_a_loop_crosses_to_the_core_once_an_evaluation(monkeypatch):
    calls = []

    class Counting:
        def __getattr__(self, name):
            def call(*args):
                calls.append(name)
                return getattr(core, name)(*args)

            return call

    core = _graph.core
    x, v = ndfuse.linspace(0, 1, 100), ndfuse.ones(100)

    def turns(count):
        nonlocal x, v
        for k in range(count):
            v = v - 0.01 * x * k
            x[1:-1] += 0.1 * v[1:-1]
            _graph.flush()

    turns(3)  # every structure has been seen
    monkeypatch.setattr(_graph, "core", Counting())
    before = ndfuse.memory_stats()
    calls.clear()
    turns(50)
    assert calls == ["evaluate"] * 50
    after = ndfuse.memory_stats()
    assert after["known_records"] - before["known_records"] == after["records"] - before["records"] == 50


def test_explain_names_the_lines():
    x = ndfuse.arange(10) + 0.5
    y = ndfuse.sin(x) * 2
    line = inspect.currentframe().f_lineno - 1
    text = repr(ndfuse.explain(y))
    assert f"{__file__}:{line}" in text
    assert "launch" in text and "bytes" in text
    assert "sin" in ndfuse.explain(y).launches[-1]["text"] or ndfuse.device().name == "cpu"
    assert len(ndfuse.explain()) >= 1
    ndfuse.synchronize()
    assert len(ndfuse.explain(y)) == 0


def test_unfused():
    with ndfuse.fuse(False):
        before = launches()
        x = ndfuse.ones(100) + 1
        y = x * 2
        assert launches() - before >= 3
    assert ndfuse.config.fuse
    assert y.sum().item() == 400
    ndfuse.fuse(False)
    assert not ndfuse.config.fuse
    ndfuse.fuse(True)


def test_loops_are_known():
    """After the second turn of a steady loop, nothing is planned or compiled anew."""
    x = ndfuse.linspace(0, 1, 256)

    def turn(k):
        nonlocal x
        x = x * 0.99 + k
        x[::2] += 1
        return float(x.sum())

    for k in range(4):
        turn(k * 0.5)
    before = ndfuse.memory_stats()
    for k in range(10):
        turn(k * 0.1)
    after = ndfuse.memory_stats()
    assert after["plans"] == before["plans"]
    assert after["known_records"] - before["known_records"] == after["records"] - before["records"] == 10
    assert after["handles"] == before["handles"]


def test_memory_is_given_back():
    gc.collect()
    ndfuse.synchronize()
    before = ndfuse.memory_stats()
    for _ in range(50):
        x = ndfuse.ones((100, 100)) + 1
        x.sum().item()
    del x
    ndfuse.synchronize()
    ndfuse.memory_stats()
    after = ndfuse.memory_stats()
    assert after["handles"] <= before["handles"] + 1
    for device in ("gpu", "cpu"):
        assert after[device]["live_bytes"] <= before[device]["live_bytes"] + 40_000
    ndfuse.trim_memory()
    assert ndfuse.memory_stats()["cpu"]["pooled_bytes"] == 0


def test_a_copy_costs_nothing_until_it_is_written_to():
    x = ndfuse.ones(1000) * 2
    ndfuse.synchronize()
    before = launches()
    x.sum().item()
    alone = launches() - before
    y = x.copy()
    assert y.sum().item() == 2000 and launches() - before == 2 * alone
    y[0] = 5
    x[1] = 7
    assert (x[0].item(), x[1].item(), y[0].item(), y[1].item()) == (2, 7, 5, 2)


def test_known_values_are_not_read():
    def bytes_read():
        stats = ndfuse.memory_stats()
        return stats["gpu"]["read_bytes"] + stats["cpu"]["read_bytes"]

    x = ndfuse.arange(100) * 0.5
    total = x.sum()
    ndfuse.synchronize()
    before = bytes_read()
    assert sum(float(v) for v in x) == float(total) == float(total) == 2475
    assert bytes_read() - before == 404
    assert float(ndfuse.float32(0.1)) == 0.10000000149011612 and str(ndfuse.float32(0.1)) == "0.1"
    assert bytes_read() - before == 404
    v = list(x)[3]
    x[:] = 0
    assert (v + x)[5].item() == 1.5 and (x * v).dtype == "float32"


def test_devices():
    device = ndfuse.device()
    assert device.name in ("cpu", "webgpu", "webgl") and device.description and device.waiting
    assert str(device).startswith(device.name)
    x = ndfuse.ones(3)
    assert x.device == device.name
    y = x.to_device("cpu")
    assert y.device == "cpu" and y.tolist() == [1, 1, 1]
    z = y + x  # a narrow array of the cpu that meets one of the GPU goes there
    assert z.device == device.name and z.tolist() == [2, 2, 2]
    assert (y * 2).device == "cpu"
    with pytest.raises(ValueError, match="Unsupported device"):
        x.to_device("cuda")
    if device.name == "cpu":
        assert device.reason
        with pytest.raises(ndfuse.DeviceError, match="GPU is required"):
            ndfuse.require_gpu()
    else:
        ndfuse.require_gpu()


def test_wide_types_live_on_the_cpu():
    x = ndfuse.arange(4)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        _devices._warned = False
        wide = x.astype("float64")
        again = x.astype("int64")
    assert len(said) == (1 if _devices.GPU else 0)
    if said:
        assert said[0].filename == __file__ and "float64" in str(said[0].message)
    assert wide.device == again.device == "cpu"
    both = wide / 3 + x
    assert (both.device, both.dtype) == ("cpu", "float64")
    assert both.tolist()[1] == 1 / 3 + 1
    assert (wide > x).device == "cpu" and (wide > x).tolist() == [False] * 4
    back = both.astype("float32")
    assert back.device == ndfuse.device().name
    x[1:] = wide[:-1] * 2  # assignment casts and moves
    assert x.device == ndfuse.device().name and x.tolist() == [0, 0, 2, 4]
    assert (again * 2**40).tolist()[3] == 3 * 2**40
    assert (ndfuse.array([2**31 - 1]) + ndfuse.array([1], "uint32")).tolist() == [2**31]


def test_asynchronous_reading():
    async def program():
        x = ndfuse.arange(6).reshape(2, 3) * 2
        part = await x.T.get_async()
        await ndfuse.synchronize_async()
        return part

    if ndfuse.device().name == "cpu" and asyncio.get_event_loop_policy().__class__.__module__.startswith("asyncio"):
        found = asyncio.new_event_loop().run_until_complete(program())
        assert [list(row) for row in found] == [[0, 6], [2, 8], [4, 10]]


def test_errors_leave_the_rest_alone():
    x = ndfuse.arange(5)
    y = x * 2
    with pytest.raises(IndexError):
        x[10]
    with pytest.raises(ValueError):
        x + ndfuse.arange(4)
    with pytest.raises(TypeError):
        x @ "a"
    assert y.tolist() == [0, 2, 4, 6, 8]


def test_many_arrays():
    """More arrays than one kernel can write are computed all the same."""
    x = ndfuse.arange(10)
    many = [x * k + 1 for k in range(100)]
    assert [one[1].item() for one in many] == [k + 1 for k in range(100)]
    total = sum(many)
    assert total.tolist() == [100 + 4950 * k for k in range(10)]


def test_long_programs_are_cut():
    x = ndfuse.zeros(10, "int32")
    for _ in range(5 * ndfuse.config.window):
        x += 1
    assert len(_graph._pending) <= 2 * ndfuse.config.window
    assert x.tolist() == [5 * ndfuse.config.window] * 10


def test_memory_of_a_copy_is_used_again():
    """What a copy or an element held is overwritten once that is gone: updates in place then need no new memory."""
    x = ndfuse.zeros(100_000)
    ndfuse.synchronize()
    for turn in range(5):
        x[1:-1] += 1
        kept = x.copy() if turn % 2 else x[5]
        assert x[5].item() == turn + 1
        del kept
    device = "cpu" if ndfuse.device().name == "cpu" else "gpu"

    def held():
        ndfuse.synchronize()
        return ndfuse.memory_stats()[device]["live_bytes"]

    before = held()
    x[1:-1] += 1
    assert held() == before  # in place
    kept = x.copy()
    x[1:-1] += 1
    assert 400_000 <= held() - before <= 600_000
    assert (kept[5].item(), x[5].item()) == (6, 7)
    for k in range(20):
        assert x[k].item() == 7 * (k > 0)
    assert len(x._storage.node.owners) <= 4


def test_what_fails_raises_where_it_is_read_and_nowhere_else(monkeypatch):
    x = ndfuse.arange(4)
    ndfuse.synchronize()
    run = _graph._run

    def refusing(outputs, alone=False):
        if any(node.kind == _graph.MAP and node.op == bad for node in _graph._reachable(outputs)):
            raise MemoryError("no memory for this one")
        run(outputs, alone)

    bad = (x * x)._storage.node.op
    monkeypatch.setattr(_graph, "_run", refusing)
    lost, other = x * x, x + 1
    for _ in range(3 * ndfuse.config.window):  # stretches end in between
        other = other + 1
    assert other.tolist() == [3 * ndfuse.config.window + 1 + k for k in range(4)]
    with pytest.raises(MemoryError, match="this one"):
        lost.tolist()
    monkeypatch.undo()
    assert lost.tolist() == [0, 1, 4, 9]


def test_scalars_that_are_equal_but_not_the_same():
    x = ndfuse.ones(3)
    ndfuse.synchronize()
    plus, minus = ndfuse.copysign(x, 0.0), ndfuse.copysign(x, -0.0)
    whole, real, truth = x.astype(ndfuse.int32) + 1, x.astype(ndfuse.int32) + 1.0, x.astype(ndfuse.int32) + True
    assert plus.tolist() == [1, 1, 1] and minus.tolist() == [-1, -1, -1]
    assert (whole.dtype, real.dtype, truth.dtype) == (ndfuse.int32, ndfuse.float32, ndfuse.int32)
    assert whole.tolist() == real.tolist() == truth.tolist() == [2, 2, 2]


def test_a_stretch_that_began_before_a_loop_ends_in_it_soon():
    stretch = _graph._Stretch()
    stretch.begin(("before", 0))
    program = [("before", k) for k in range(10)] + [("loop", k % 7) for k in range(3 * ndfuse.config.window)]
    ended = next(count for count, where in enumerate(program) if count and stretch.ends(where, count))
    assert ndfuse.config.window <= ended <= ndfuse.config.window + 3 * 7
    # From then on stretches are as long as each other, and end at the same operation.
    began = program[ended]
    stretch.begin(began)
    rest = program[ended:]
    length = next(count for count, where in enumerate(rest) if count and stretch.ends(where, count))
    assert rest[length] == began and ndfuse.config.window <= length < ndfuse.config.window + 7
