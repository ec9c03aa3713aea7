"""Kernels that Python records are, byte for byte, those that the C++ compiler makes of the same expressions: tests/golden
holds the compiler's (tests/unit/golden_test.cpp)."""

from pathlib import Path

import ndfuse as np
import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def arrays():
    return (np.linspace(0, 1, 32) + k for k in range(2))


def one_launch(*results):
    found = np.explain(*results).launches
    assert len(found) == 1
    return found[0]["text"]


def golden(name):
    language = "glsl" if np.device().name == "webgl" else "wgsl"
    return (GOLDEN / f"{name}.approved.{language}").read_text()


@pytest.mark.skipif(not GOLDEN.exists(), reason="the texts are in the checkout only")
def test_expression():
    x, y = arrays()
    np.synchronize()
    assert one_launch(np.tanh(x) * np.exp(y) - 0.5) == golden("front_ends")


@pytest.mark.skipif(not GOLDEN.exists(), reason="the texts are in the checkout only")
def test_several_outputs():
    a, b = arrays()
    np.synchronize()
    results = (a + b, a > b, a.astype(np.int8))
    if np.device().name != "webgl":  # where outputs of one draw must lie alike, which a launch finds out
        assert one_launch(*results) == golden("several_outputs")
