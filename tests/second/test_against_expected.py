"""The second implementation itself, against tables and pictures that a third one made."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from second import bodies, facts
from second.bodies import Body
from second.scans import SOFT_TISSUE
from second.screen import screen_direction, shown

# Few enough to compare every pair of them along every axis, large and small, left, right and in the middle.
SOME = (
    "aorta",
    "duodenum",
    "gallbladder",
    "iliac_artery_left",
    "kidney_left",
    "kidney_right",
    "pancreas",
    "spinal_cord",
    "urinary_bladder",
)


def expected_facts(file: Path) -> dict[tuple[str, str, str], tuple[int, float, float]]:
    """(A, B, axis) -> sign, P(a > b), centroid difference in mm."""
    with file.open(encoding="utf-8") as rows:
        return {
            (row["structure_a"], row["structure_b"], row["axis"]): (
                1 if row["sign_a_minus_b"] == "+" else -1,
                float(row["p_a_greater"]),
                float(row["delta_mm"]),
            )
            for row in csv.DictReader(rows)
        }


def certain_facts(body: Body, keys: tuple[str, ...]) -> dict[tuple[str, str, str], tuple[int, float, float]]:
    found = {}
    for a in keys:
        for b in keys:
            for axis in facts.AXES:
                relation = facts.whole_volume(body, a, b, axis)
                sign = relation.sign(facts.limits_of(body))
                if a < b and sign:
                    found[a, b, axis] = (sign, float(relation.share), relation.delta)
    return found


def assert_same(found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys()
    for what, (sign, share, delta) in expected.items():
        assert found[what][0] == sign, what
        assert found[what][1:] == pytest.approx((share, delta), abs=1e-3), what


def test_the_torso_s_certain_relations_are_the_expected_ones(data_dir: Path, torso: dict[str, Body]) -> None:
    (body,) = torso.values()
    expected = expected_facts(data_dir / "expected" / "ct_torso_relations.csv")
    of_some = {what: fact for what, fact in expected.items() if set(what[:2]) <= set(SOME)}
    assert len(of_some) > 40
    assert_same(certain_facts(body, SOME), of_some)


def test_the_knee_s_certain_relations_are_the_expected_ones(data_dir: Path) -> None:
    body = bodies.knee(data_dir / "oai_knee" / "right_knee_labels.nrrd", "right")
    expected = expected_facts(data_dir / "expected" / "oai_knee_relations.csv")
    keys = tuple(key for key in body.keys if "femur" not in key and "tibia" not in key)
    assert_same(
        certain_facts(body, keys),
        {what: fact for what, fact in expected.items() if set(what[:2]) <= set(keys)},
    )


@pytest.mark.parametrize("coordinates", ["storage", "viewing"])
@pytest.mark.parametrize(("plane", "index"), [("axial", "k85"), ("coronal", "j50"), ("sagittal", "i61")])
def test_slices_stand_on_the_screen_as_expected(
    data_dir: Path, torso: dict[str, Body], plane: str, index: str, coordinates: str
) -> None:
    (body,) = torso.values()
    low, high = SOFT_TISSUE
    values = shown(facts.plane_of(body.scan, plane, int(index[1:])), coordinates).astype(float)
    grey = (np.clip(values, low, high) - low) / (high - low) * 255
    with Image.open(data_dir / "expected" / f"ct_torso_{plane}_{index}_{coordinates}.png") as image:
        expected = np.asarray(image.convert("L")).astype(float)
    assert np.abs(grey.repeat(2, axis=0).repeat(2, axis=1) - expected).max() <= 1


@pytest.mark.parametrize(
    ("plane", "axis", "grows_towards"),
    [
        # The radiological display: the patient's right at the left, anterior or superior at the top.
        ("axial", "x", "left"),
        ("axial", "y", "above"),
        ("coronal", "x", "left"),
        ("coronal", "z", "above"),
        ("sagittal", "y", "left"),
        ("sagittal", "z", "above"),
    ],
)
def test_viewing_is_the_radiological_display(plane: str, axis: str, grows_towards: str) -> None:
    assert screen_direction(plane, "viewing", axis) == grows_towards


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_storage_is_the_array_as_it_lies(plane: str) -> None:
    first, second = facts.in_plane_axes(plane)
    assert screen_direction(plane, "storage", first) == "below"
    assert screen_direction(plane, "storage", second) == "right"
