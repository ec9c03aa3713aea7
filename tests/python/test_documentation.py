"""The Python of docs/python.md runs, in the order in which it stands there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


@pytest.mark.slow  # the page is not part of what tests in a browser are given
def test_samples():
    samples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(samples) >= 3
    names = {}
    for sample in samples:
        exec(compile(sample, str(PAGE), "exec"), names)
