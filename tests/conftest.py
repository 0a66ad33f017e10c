"""Shared by all tests: where the real scans lie."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("MISGROUND_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real scans; skips where it is missing."""
    if not (DATA / "ct_torso" / "ct.nii.gz").is_file():
        pytest.skip(f"no real scans in {DATA.name!r}: set MISGROUND_TEST_DATA to their folder")
    return DATA
