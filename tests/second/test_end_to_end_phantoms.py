"""A build of made-up torsos and knees together."""

from pathlib import Path

import pytest
from second import balance, bodies, builds, items, pictures, probes, scans, texts
from second.bodies import Body
from second.folder import Folder, read


@pytest.fixture(scope="module")
def phantom_folder(phantom_mini: Path) -> Folder:
    return read(phantom_mini)


def test_every_answer_of_phantoms_follows_from_their_labels(
    phantom_folder: Folder, phantoms: dict[str, Body]
) -> None:
    assert {question["modality"] for question in phantom_folder.questions} == {"ct", "mri"}
    assert items.faults(phantom_folder, phantoms) == []


def test_every_probe_of_phantoms_is_right(phantom_folder: Folder, phantoms: dict[str, Body]) -> None:
    asked = {probe["probe"] for probe in phantom_folder.probes}
    assert asked == {"naming", "reversed", "reordered", "mirrored"}
    assert probes.faults(phantom_folder, phantoms) == []


def test_phantoms_texts_give_nothing_away_and_are_balanced(phantom_folder: Folder) -> None:
    assert texts.faults(phantom_folder) == []
    assert balance.faults(phantom_folder) == []
    assert balance.telling_names(phantom_folder) == []


def test_every_mark_and_answer_of_phantoms_shows_in_the_pixels(
    phantom_folder: Folder, phantoms: dict[str, Body]
) -> None:
    """Of the stacks boxes alone: the real scans have theirs looked at under every prompt."""
    found = pictures.faults(
        phantom_folder, phantoms, lambda view: view["dimension"] == "2d" or view["prompt"] in ("none", "box")
    )
    assert found == []


def test_unmarked_pictures_of_phantoms_are_their_scans(
    phantom_folder: Folder, phantoms: dict[str, Body]
) -> None:
    assert scans.faults(phantom_folder, phantoms) == []


def test_a_small_pool_of_many_cases_is_spread_and_balanced(tmp_path: Path) -> None:
    builds.build(tmp_path / "pool", "phantom:knee?n=2", "--preset", "pool", "--per-case", "52")
    folder = read(tmp_path / "pool")
    assert balance.faults(folder) == []
    assert balance.crowded(folder) == []


def test_everyday_words_are_right_too(tmp_path: Path) -> None:
    source = "phantom:knee?n=1"
    builds.build(tmp_path / "lay", source, "--terms", "+lay", "--max-questions", "66")
    folder = read(tmp_path / "lay")
    assert "lay" in {question["terms"] for question in folder.questions}
    assert items.faults(folder, bodies.of_source(source), ("anatomical", "colloquial", "lay")) == []
    assert texts.faults(folder) == []
