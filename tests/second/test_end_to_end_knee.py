"""Builds of the real knee, as it is and in the mirror: lateral is lateral on both sides."""

from collections.abc import Callable
from pathlib import Path

import pytest
from second import balance, bodies, builds, items, layouts, pictures, probes, scans, texts
from second.bodies import Body
from second.folder import Folder, read


@pytest.fixture(scope="module")
def right_source(data_dir: Path) -> str:
    return f"oai:{data_dir / 'oai_knee'}?scan=labels"


@pytest.fixture(scope="module")
def right(once: Callable, right_source: str) -> Folder:
    return read(once("knee-right", lambda out: builds.build(out, right_source, "--probes", "all")))


@pytest.fixture(scope="module")
def right_body(data_dir: Path, right_source: str) -> dict[str, Body]:
    """Labels read by code of our own; the grey values, which the source makes from them, by the source's."""
    body = bodies.knee(data_dir / "oai_knee" / "right_knee_labels.nrrd", "right")
    (of_source,) = bodies.of_source(right_source).items()
    case_id, body.scan = of_source[0], of_source[1].scan
    return {case_id: body}


@pytest.fixture(scope="module")
def left_knee(once: Callable, data_dir: Path) -> Path:
    """A folder with the right knee's mirror image."""
    right = data_dir / "oai_knee" / "right_knee_labels.nrrd"
    return once("left", lambda folder: layouts.mirrored_knee(right, folder / "left_knee_labels.nrrd"))


@pytest.fixture(scope="module")
def left(once: Callable, left_knee: Path) -> Folder:
    source = f"oai:{left_knee}?scan=labels"
    return read(once("knee-left", lambda out: builds.build(out, source, "--max-questions", "124")))


@pytest.fixture(scope="module")
def left_body(left: Folder, left_knee: Path) -> dict[str, Body]:
    (case_id,) = left.cases
    return {case_id: bodies.knee(left_knee / "left_knee_labels.nrrd", "left")}


def test_every_probe_of_a_real_knee_is_right(right: Folder, right_body: dict[str, Body]) -> None:
    assert right.probes
    assert probes.faults(right, right_body) == []


def test_every_answer_of_a_real_knee_follows_from_its_labels(
    right: Folder, right_body: dict[str, Body]
) -> None:
    assert right.questions
    assert items.faults(right, right_body) == []
    assert texts.faults(right) == []
    assert balance.faults(right) == []


def test_every_answer_of_the_mirrored_knee_follows_from_its_labels(
    left: Folder, left_body: dict[str, Body]
) -> None:
    assert left.questions
    assert items.faults(left, left_body) == []
    assert texts.faults(left) == []


def test_every_mark_and_answer_of_a_real_knee_shows_in_the_pixels(
    right: Folder, right_body: dict[str, Body]
) -> None:
    assert pictures.faults(right, right_body) == []


def test_marks_of_the_mirrored_knee_s_slices_show_in_the_pixels(
    left: Folder, left_body: dict[str, Body]
) -> None:
    assert pictures.faults(left, left_body, lambda view: view["dimension"] == "2d") == []


def test_unmarked_pictures_of_a_knee_are_its_grey_values(right: Folder, right_body: dict[str, Body]) -> None:
    assert scans.faults(right, right_body) == []


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_knee_speaks_of_medial_and_lateral_and_never_of_left_and_right(
    side: str, request: pytest.FixtureRequest
) -> None:
    folder: Folder = request.getfixturevalue(side)
    in_the_knee = [q for q in folder.questions if q["axis"] == "x" and q["terms"] == "anatomical"]
    assert in_the_knee
    assert {option for q in in_the_knee for option in q["options"]} == {"medial", "lateral"}


@pytest.mark.parametrize("side", ["right", "left"])
def test_lateral_structures_lie_on_the_lateral_side(side: str, request: pytest.FixtureRequest) -> None:
    (body,) = request.getfixturevalue(f"{side}_body").values()
    lateral = 1 if side == "right" else -1
    for pair in (
        ("lateral_meniscus", "medial_meniscus"),
        ("lateral_tibial_cartilage", "medial_tibial_cartilage"),
        ("fibula", "tibia"),
    ):
        apart = body.voxels(pair[0])[:, 0].mean() - body.voxels(pair[1])[:, 0].mean()
        assert apart * lateral > 0, pair
