"""What all tests share. Nothing is skipped here: a test that cannot run fails."""

import warnings

import ndfuse
import pytest


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "slow: more of what another test has a part of; pages with software adapters leave it out"
    )


def pytest_report_header(config):
    return f"ndfuse {ndfuse.__version__} on {ndfuse.device()}"


@pytest.fixture(autouse=True)
def quiet_and_fused():
    """Every test starts with the rules as they are; what it changes of them is taken back."""
    ndfuse.fuse(True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the one about 64-bit types; test_devices.py looks at it
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
    ndfuse.fuse(True)
