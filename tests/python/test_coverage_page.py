"""docs/coverage.md says what is so."""

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent


@pytest.mark.slow  # it reads the headers, which pages do not have
def test_current():
    done = subprocess.run([sys.executable, TOP / "scripts/coverage.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
