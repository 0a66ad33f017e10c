"""Builds of the real torso: every answer by a second implementation, every mark in the pictures' pixels."""

from collections.abc import Callable
from pathlib import Path

import pytest
from second import balance, builds, items, pictures, probes, scans, texts
from second.bodies import Body
from second.folder import Folder, read

Source = Callable[[str, str], str]


@pytest.fixture(scope="module")
def mini(torso_mini: Path) -> Folder:
    return read(torso_mini)


@pytest.fixture(scope="module")
def pool(once: Callable, torso_source: Source) -> Folder:
    arguments = (torso_source("RAS", "one"), "--preset", "pool", "--max-questions", "720")
    return read(once("torso-pool", lambda out: builds.build(out, *arguments)))


def test_every_answer_of_a_real_torso_follows_from_its_labels(mini: Folder, torso: dict[str, Body]) -> None:
    assert mini.questions
    assert items.faults(mini, torso) == []


def test_every_probe_of_a_real_torso_is_right(mini: Folder, torso: dict[str, Body]) -> None:
    assert len(mini.probes) == 18 * sum(bool(own[0]["structure_b"]) for own in mini.items.values())
    assert probes.faults(mini, torso) == []


def test_no_text_about_a_real_torso_gives_away_what_it_asks(mini: Folder) -> None:
    assert texts.faults(mini) == []


def test_every_mark_and_answer_shows_in_the_pixels(mini: Folder, torso: dict[str, Body]) -> None:
    assert pictures.faults(mini, torso) == []


def test_unmarked_pictures_are_the_scan_in_their_coordinates(mini: Folder, torso: dict[str, Body]) -> None:
    assert scans.faults(mini, torso) == []


def test_a_mini_build_holds_every_kind_of_question(mini: Folder) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        kinds = {(q["dimension"], q["task"]) for q in mini.questions if q["plane"] == plane}
        assert kinds == {
            ("2d", "in_plane"),
            ("3d", "in_plane"),
            ("3d", "cross_slice"),
            ("3d", "slice_direction"),
            ("3d", "stack_order"),
        }


def test_every_answer_of_a_pool_follows_from_the_labels(pool: Folder, torso: dict[str, Body]) -> None:
    assert 720 - 24 < len(pool.questions) <= 720
    assert items.faults(pool, torso) == []


def test_no_text_of_a_pool_gives_away_what_it_asks(pool: Folder) -> None:
    assert texts.faults(pool) == []


def test_a_pool_is_balanced(pool: Folder) -> None:
    assert balance.faults(pool) == []
    assert balance.crowded(pool) == []


def test_direction_words_in_names_tell_nothing_in_a_pool(pool: Folder) -> None:
    assert balance.telling_names(pool) == []


def test_marks_of_a_pool_s_slices_show_in_the_pixels(pool: Folder, torso: dict[str, Body]) -> None:
    """Slices alone: `mini` has its stacks looked at frame by frame."""
    assert pictures.faults(pool, torso, lambda view: view["dimension"] == "2d") == []
