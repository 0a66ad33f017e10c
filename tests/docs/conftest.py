"""The documentation site, built once as `make docs` builds it; the tutorial runs while it is built."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(once: Callable[..., Path]) -> Path:
    """The folder of the built site. Any warning of Sphinx is a failure."""

    def make(out: Path) -> None:
        built = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "-d", out.with_name("doctrees"),
             ROOT / "docs", out],
            capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"},
        )  # fmt: skip
        assert built.returncode == 0, built.stderr

    return once("site", make)
