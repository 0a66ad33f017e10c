"""One torso, stored in many ways, makes one benchmark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from second import builds

FEW = ("--max-questions", "28")


@pytest.fixture(scope="module")
def few(once: Callable, torso_source: Callable[[str, str], str]) -> Callable[[str, str], Path]:
    """A small build of the torso, stored in an axis order as class files or as one file."""

    def built(order: str, files: str) -> Path:
        source = torso_source(order, files)
        return once(f"few-{order}-{files}", lambda out: builds.build(out, source, *FEW))

    return built


@pytest.mark.parametrize(
    ("order", "files"),
    [("RAS", "one"), ("LPS", "classes"), ("PIL", "classes"), ("PIL", "one")],
)
def test_a_build_does_not_depend_on_how_the_scan_is_stored(
    few: Callable[[str, str], Path], order: str, files: str
) -> None:
    reference, other = few("RAS", "classes"), few(order, files)
    differing = builds.differing(reference, other)
    assert [name for name in differing if name.endswith(".parquet") and name != "cases.parquet"] == []
    assert builds.cases_but_source(reference) == builds.cases_but_source(other)
    assert len(list((reference / "views").glob("*.parquet"))) == 1
