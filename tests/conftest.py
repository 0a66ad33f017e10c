"""Shared by all tests: where the real scans lie."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of the code; and a run of CI finds the same examples as the one before it.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

DATA = Path(os.environ.get("MISGROUND_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real scans; skips where it is missing."""
    if not (DATA / "ct_torso" / "ct.nii.gz").is_file():
        pytest.skip(f"no real scans in {DATA.name!r}: set MISGROUND_TEST_DATA to their folder")
    return DATA
