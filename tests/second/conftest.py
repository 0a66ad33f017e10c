"""The second implementation as `second.*`, and the builds that it is held against, each made once.

Nothing is put on sys.path: a package object whose path is this folder stands in for an installed one.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

if "second" not in sys.modules:
    package = ModuleType("second", "A second implementation of the truth: slow, obvious, on its own.")
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules["second"] = package

from second import bodies, builds, layouts
from second.bodies import Body

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def torso(data_dir: Path) -> dict[str, Body]:
    """The real torso by the case id that the layouts give it."""
    return {layouts.CASE_ID: bodies.torso(data_dir)}


@pytest.fixture(scope="session")
def torso_source(once: Once, data_dir: Path) -> Callable[[str, str], str]:
    """The SOURCE of the real torso in an axis order, as class files or as one file."""

    def source(order: str, files: str) -> str:
        def lay_out(folder: Path) -> None:
            layouts.totalsegmentator(data_dir, folder, order, class_files=files == "classes")

        return f"totalsegmentator:{once(f'torso-{order}-{files}', lay_out)}"

    return source


@pytest.fixture(scope="session")
def torso_mini(once: Once, torso_source: Callable[[str, str], str]) -> Path:
    source = torso_source("RAS", "classes")
    return once("torso-mini", lambda out: builds.build(out, source, "--probes", "all"))


@pytest.fixture(scope="session")
def phantom_mini(once: Once) -> Path:
    """Torsos and knees together, four of each."""
    return once("phantom-mini", lambda out: builds.build(out, *PHANTOMS, "--probes", "all"))


PHANTOMS = ("phantom:torso?n=4", "phantom:knee?n=4")


@pytest.fixture(scope="session")
def phantoms() -> dict[str, Body]:
    return {case_id: body for source in PHANTOMS for case_id, body in bodies.of_source(source).items()}
