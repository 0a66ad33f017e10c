import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from misground.anatomy import AXES, UNPAIRED, Axis, LabelSet, structure_table
from misground.anatomy.relations import Relation, load_relations
from misground.records import KneeSide
from misground.volumes.self_check import (
    MIN_VOXELS,
    NEAR_CERTAIN,
    AxisVerdict,
    Finding,
    Verdict,
    check_body,
    format_verdict,
)

Vector = NDArray[np.float64]
Centroids = dict[str, tuple[float, float, float]]
FLIPS = [flips for n in (1, 2, 3) for flips in itertools.combinations(AXES, n)]


def centroids_of(
    labels: NDArray[np.generic],
    label_set: LabelSet,
    to_ras: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Centroids:
    """Structure -> mean RAS+ position in mm, of structures with at least MIN_VOXELS voxels."""
    flat = labels.ravel().astype(np.intp)
    counts = np.bincount(flat)
    sums = [
        np.bincount(flat, weights=np.broadcast_to(index, labels.shape).ravel())
        for index in np.ogrid[tuple(slice(n) for n in labels.shape)]
    ]
    found: Centroids = {}
    values: dict[str, list[int]] = {}
    for value, structure in structure_table().label_set(label_set).items():
        if value < len(counts):
            values.setdefault(structure.key, []).append(value)
    for key, of_key in values.items():
        voxels = counts[of_key].sum()
        if voxels >= MIN_VOXELS:
            x, y, z = to_ras(np.array([total[of_key].sum() / voxels for total in sums])).tolist()
            found[key] = (x, y, z)
    return found


@pytest.fixture(scope="module")
def torso_labels(data_dir: Path) -> tuple[NDArray[np.generic], Vector]:
    image = nib.nifti1.load(data_dir / "ct_torso" / "segmentation.nii.gz")
    assert nib.orientations.aff2axcodes(image.affine) == ("R", "A", "S")
    return np.asanyarray(image.dataobj), image.affine


@pytest.fixture(scope="module")
def torso(torso_labels: tuple[NDArray[np.generic], Vector]) -> Centroids:
    labels, affine = torso_labels
    return centroids_of(labels, "total", lambda ijk: affine[:3, :3] @ ijk + affine[:3, 3])


@pytest.fixture(scope="module")
def knee(data_dir: Path) -> Centroids:
    """The right knee."""
    image = SimpleITK.ReadImage(str(data_dir / "oai_knee" / "right_knee_labels.nrrd"))
    labels = SimpleITK.GetArrayViewFromImage(image).T
    lps_to_ras = np.array([-1.0, -1.0, 1.0])
    return centroids_of(
        labels,
        "oai",
        lambda ijk: lps_to_ras * image.TransformContinuousIndexToPhysicalPoint(ijk.tolist()),
    )


def mirrored(centroids: Mapping[str, tuple[float, float, float]], *axes: Axis) -> Centroids:
    sx, sy, sz = (-1 if axis in axes else 1 for axis in AXES)
    return {key: (sx * x, sy * y, sz * z) for key, (x, y, z) in centroids.items()}


def side_labels_swapped(centroids: Centroids) -> Centroids:
    pair = {key: s.pair for key, s in structure_table().structures.items() if s.pair not in (None, UNPAIRED)}
    return {str(pair.get(key, key)): centroid for key, centroid in centroids.items()}


def contradicting_axes(verdict: Verdict) -> set[str]:
    return {axis for axis, of_axis in verdict.axes.items() if of_axis.contradicts}


def counts(verdict: AxisVerdict) -> tuple[int, int, int]:
    return len(verdict.held), len(verdict.contradicted), len(verdict.undecided)


def finding(sureness: float) -> Finding:
    return Finding(Relation("torso", "liver", "x", 1, "spleen", sureness), 50.0)


# Real bodies.


def test_a_real_torso_contradicts_nothing(torso: Centroids):
    verdict = check_body(torso, "torso", None)
    assert [len(of_axis.contradicted) for of_axis in verdict.axes.values()] == [0, 0, 0]
    assert all(len(of_axis.held) > 100 for of_axis in verdict.axes.values())
    assert verdict.tested_axes == AXES
    assert not verdict.contradicts
    assert verdict.reason == ""


@pytest.mark.parametrize("axes", FLIPS)
def test_a_torso_contradicts_along_exactly_the_mirrored_axes(torso: Centroids, axes: tuple[Axis, ...]):
    verdict = check_body(mirrored(torso, *axes), "torso", None)
    assert contradicting_axes(verdict) == set(axes)
    for axis in AXES:
        assert (f"looks mirrored along {axis}: " in verdict.reason) == (axis in axes)
        assert verdict.axes[axis].held == () or axis not in axes


def test_every_wrong_order_or_sign_of_the_axes_contradicts(torso: Centroids, knee: Centroids):
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            right = order == (0, 1, 2) and signs == (1, 1, 1)
            sx, sy, sz = signs
            for body, side in ((torso, None), (knee, "right")):
                turned = {
                    key: (sx * c[order[0]], sy * c[order[1]], sz * c[order[2]]) for key, c in body.items()
                }
                region = "knee" if side else "torso"
                assert check_body(turned, region, side).contradicts != right, (order, signs, region)


def test_swapped_left_and_right_labels_contradict_along_x_alone(torso: Centroids):
    verdict = check_body(side_labels_swapped(torso), "torso", None)
    assert contradicting_axes(verdict) == {"x"}
    assert verdict.reason.startswith("labels of left and right look swapped along x: ")


def test_one_of_a_pair_of_swapped_labels_is_named(torso: Centroids):
    body = {**torso, "kidney_left": torso["kidney_right"], "kidney_right": torso["kidney_left"]}
    verdict = check_body(body, "torso", None)
    assert contradicting_axes(verdict) == {"x"}
    assert verdict.reason.startswith("the label of right kidney looks misplaced along x: ")
    assert "left kidney 148 mm right of right kidney, expected left" in verdict.reason


def test_the_place_of_the_origin_changes_nothing(torso: Centroids):
    moved = {key: (x + 1000, y - 2000, z + 3000) for key, (x, y, z) in torso.items()}
    here, there = (check_body(body, "torso", None) for body in (torso, moved))
    assert [counts(v) for v in here.axes.values()] == [counts(v) for v in there.axes.values()]


def test_a_right_knee_contradicts_nothing(knee: Centroids):
    verdict = check_body(knee, "knee", "right")
    assert [counts(of_axis)[1] for of_axis in verdict.axes.values()] == [0, 0, 0]
    assert all(len(of_axis.held) > 20 for of_axis in verdict.axes.values())
    assert verdict.tested_axes == AXES


def test_a_mirrored_right_knee_is_a_left_one(knee: Centroids):
    assert not check_body(mirrored(knee, "x"), "knee", "left").contradicts


@pytest.mark.parametrize(("flips", "side"), [(("x",), "right"), ((), "left")])
def test_a_knee_of_the_other_side_contradicts_along_x(
    knee: Centroids, flips: tuple[Axis, ...], side: KneeSide
):
    verdict = check_body(mirrored(knee, *flips), "knee", side)
    assert contradicting_axes(verdict) == {"x"}
    assert verdict.reason.startswith("looks mirrored along x (or the knee's side is wrong): lateral ")
    assert "mm medial to" in verdict.reason


@pytest.mark.parametrize("axes", FLIPS)
def test_a_knee_contradicts_along_exactly_the_mirrored_axes(knee: Centroids, axes: tuple[Axis, ...]):
    assert contradicting_axes(check_body(mirrored(knee, *axes), "knee", "right")) == set(axes)


def test_without_its_side_a_knee_is_not_tested_along_x(knee: Centroids):
    for body in (knee, mirrored(knee, "x")):
        verdict = check_body(body, "knee", None)
        assert counts(verdict.axes["x"]) == (0, 0, 0)
        assert verdict.tested_axes == ("y", "z")
        assert not verdict.contradicts


def test_a_knee_of_bones_and_tibiofemoral_cartilage_alone_is_not_tested_along_y(knee: Centroids):
    keys = {s.key for s in structure_table().label_set("oaizib_cm").values()}
    body = {key: centroid for key, centroid in knee.items() if key in keys}
    assert check_body(body, "knee", "right").tested_axes == ("x", "z")


def test_swapped_medial_and_lateral_labels_contradict(knee: Centroids):
    verdict = check_body(side_labels_swapped(knee), "knee", "right")
    assert contradicting_axes(verdict) == {"x"}
    assert verdict.reason.startswith("labels of medial and lateral look swapped along x: ")


# Parts of bodies.


@pytest.mark.parametrize("seed", range(8))
def test_any_subset_of_a_torso_agrees_and_mirrored_contradicts_wherever_it_was_tested(
    torso: Centroids, seed: int
):
    rng = np.random.default_rng(seed)
    for _ in range(12):
        keys = rng.choice(sorted(torso), size=rng.integers(8, len(torso) + 1), replace=False)
        part = {key: torso[key] for key in keys.tolist()}
        verdict = check_body(part, "torso", None)
        assert not verdict.contradicts, verdict.reason
        turned = check_body(mirrored(part, *AXES), "torso", None)
        assert contradicting_axes(turned) == set(verdict.tested_axes)


def test_most_subsets_of_twelve_structures_show_a_mirrored_x(torso: Centroids):
    rng = np.random.default_rng(12)
    caught = 0
    for _ in range(150):
        keys = rng.choice(sorted(torso), size=12, replace=False).tolist()
        caught += check_body(mirrored({k: torso[k] for k in keys}, "x"), "torso", None).contradicts
    assert caught >= 140


@pytest.mark.parametrize("seed", range(4))
def test_slabs_of_a_torso_agree_however_they_cut_it(
    torso_labels: tuple[NDArray[np.generic], Vector], seed: int
):
    labels, affine = torso_labels
    rng = np.random.default_rng(seed)
    for _ in range(12):
        thickness = rng.integers(8, labels.shape[2])
        first = rng.integers(0, labels.shape[2] - thickness + 1)
        slab = labels[:, :, first : first + thickness]
        part = centroids_of(slab, "total", lambda ijk: affine[:3, :3] @ ijk)
        verdict = check_body(part, "torso", None)
        assert not verdict.contradicts, (first, thickness, verdict.reason)


# Misplaced labels.


@pytest.mark.parametrize(
    "heart", [(0.0, 170.0, 147.0), (-20.0, 200.0, 300.0)], ids=["beside the bladder", "below the kidneys"]
)
def test_a_heart_in_the_abdomen_contradicts_along_z(torso: Centroids, heart: tuple[float, float, float]):
    verdict = check_body({**torso, "heart": heart}, "torso", None)
    assert contradicting_axes(verdict) == {"z"}
    assert verdict.reason.startswith("the label of heart looks misplaced along z: heart ")


def test_a_heart_in_the_pelvis_contradicts_where_only_the_pelvis_is_scanned(torso: Centroids):
    pelvis = ("urinary_bladder", "sacrum", "hip_left", "hip_right", "femur_left", "femur_right", "colon")
    body = {key: torso[key] for key in pelvis} | {"heart": torso["urinary_bladder"]}
    assert contradicting_axes(check_body(body, "torso", None)) >= {"z"}


def test_a_heart_above_the_liver_agrees(torso: Centroids):
    x, y, z = torso["liver"]
    assert not check_body({**torso, "heart": (x - 85, y + 35, z + 60)}, "torso", None).contradicts


def test_situs_inversus_contradicts_along_x_and_is_told_from_a_mirrored_header(torso: Centroids):
    verdict = check_body(side_labels_swapped(mirrored(torso, "x")), "torso", None)
    assert contradicting_axes(verdict) == {"x"}
    assert verdict.reason.startswith(
        "organs look swapped along x, but labels of left and right do not (situs"
    )


# The rule.


def test_one_near_certain_relation_decides_against_many():
    verdict = AxisVerdict("x", held=(finding(0.99),) * 50, contradicted=(finding(NEAR_CERTAIN),))
    assert verdict.log_odds > 0
    assert verdict.contradicts


def test_one_weak_relation_never_decides_alone():
    assert not AxisVerdict("x", contradicted=(finding(0.994),)).contradicts
    assert not AxisVerdict("x", held=(finding(0.9),), contradicted=(finding(0.994),)).contradicts


def test_two_weak_relations_decide_where_they_outweigh_what_holds():
    against = (finding(0.97), finding(0.98))
    assert AxisVerdict("x", contradicted=against).contradicts
    assert AxisVerdict("x", held=(finding(0.99),), contradicted=against).contradicts
    assert not AxisVerdict("x", held=(finding(0.99),) * 2, contradicted=against).contradicts


def test_undecided_relations_weigh_nothing():
    verdict = AxisVerdict("x", undecided=(finding(0.999),) * 3)
    assert verdict.log_odds == 0
    assert not verdict.contradicts
    assert not verdict.tested


@given(st.lists(st.sampled_from([0.95, 0.97, 0.994, 0.995, 0.9998]), max_size=5))
def test_an_axis_is_tested_where_its_mirror_would_contradict(surenesses: list[float]):
    findings = tuple(map(finding, surenesses))
    assert AxisVerdict("x", held=findings).tested == AxisVerdict("x", contradicted=findings).contradicts


def test_log_odds_add_up():
    held, against = finding(0.99), finding(0.97)
    verdict = AxisVerdict("x", held=(held, held), contradicted=(against,))
    assert verdict.log_odds == pytest.approx(2 * held.relation.log_odds - against.relation.log_odds)


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(5.0, (1, 0, 0)), (4.9, (0, 0, 1)), (0.0, (0, 0, 1)), (-4.9, (0, 0, 1)), (-5.0, (0, 1, 0))],
)
def test_centroids_nearer_than_the_limit_decide_nothing(apart: float, expected: tuple[int, int, int]):
    body = {"liver": (apart, 0.0, 0.0), "spleen": (0.0, 0.0, 0.0)}
    assert counts(check_body(body, "torso", None).axes["x"]) == expected


def test_the_limit_is_smaller_in_a_knee_and_can_be_set():
    body = {"fibula": (3.0, 0.0, 0.0), "tibia": (0.0, 0.0, 0.0)}
    assert counts(check_body(body, "knee", "right").axes["x"]) == (1, 0, 0)
    assert counts(check_body(body, "knee", "right", min_distance_mm=3.5).axes["x"]) == (0, 0, 1)


def test_structures_of_the_other_region_and_unknown_ones_are_ignored():
    body = {"liver": (9.0, 0.0, 0.0), "spleen": (0.0, 0.0, 0.0), "gizzard": (0.0, 0.0, 0.0)}
    assert counts(check_body(body, "torso", None).axes["x"]) == (1, 0, 0)
    assert check_body(body, "knee", "right").tested_axes == ()


def test_a_centroid_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"centroid of liver is \(nan, 0.0, 0.0\)"):
        check_body({"liver": (float("nan"), 0.0, 0.0)}, "torso", None)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_mirroring_all_axes_turns_held_into_contradicted(data: st.DataObject):
    keys = sorted({r.structure_a for r in load_relations() if r.region == "torso"})
    place = st.tuples(*[st.integers(-200, 200).map(float)] * 3)
    body = data.draw(st.dictionaries(st.sampled_from(keys), place, max_size=12))
    there = check_body(body, "torso", None)
    back = check_body(mirrored(body, *AXES), "torso", None)
    for axis in AXES:
        here = there.axes[axis]
        assert [f.relation for f in here.held] == [f.relation for f in back.axes[axis].contradicted]
        assert here.log_odds == pytest.approx(-back.axes[axis].log_odds)


# The words.


def test_the_reason_names_axis_structures_distance_and_expectation():
    body = {"liver": (0.0, 0.0, 0.0), "spleen": (84.4, 60.0, 0.0)}
    verdict = check_body(body, "torso", None)
    assert verdict.reason == "looks mirrored along x: liver 84 mm left of spleen, expected right"


def test_the_reason_names_four_relations_and_counts_the_rest(torso: Centroids):
    verdict = check_body(mirrored(torso, "x"), "torso", None)
    assert verdict.reason.count("expected") == 4
    more = len(verdict.axes["x"].contradicted) - 4
    assert verdict.reason.endswith(f"; and {more} more")
    assert "left hip bone 152 mm right of right hip bone, expected left" in verdict.reason


def test_the_reason_shares_its_room_among_the_axes(torso: Centroids):
    reason = check_body(mirrored(torso, *AXES), "torso", None).reason
    assert reason.count("expected") == 3
    assert [part.split(":")[0] for part in reason.split(" | ")] == [f"looks mirrored along {a}" for a in AXES]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"sternum": (0.0, 0.0, 0.0), "vertebrae": (0.0, 90.0, 0.0)},
            "sternum 90 mm posterior to vertebrae, expected anterior",
        ),
        (
            {"heart": (0.0, 0.0, 0.0), "urinary_bladder": (0.0, 0.0, 200.0)},
            "heart 200 mm inferior to urinary bladder, expected superior",
        ),
        (
            {"aorta": (30.0, 0.0, 0.0), "kidney_right": (0.0, 0.0, 0.0)},
            "aorta 30 mm right of right kidney, expected left",
        ),
    ],
)
def test_the_reason_speaks_in_the_patients_frame(body: Centroids, words: str):
    assert check_body(body, "torso", None).reason.endswith(": " + words)


def test_the_reason_does_not_depend_on_the_order_of_the_centroids(torso: Centroids):
    body = mirrored(torso, "x", "z")
    backwards = dict(reversed(body.items()))
    assert check_body(body, "torso", None).reason == check_body(backwards, "torso", None).reason
    assert "\n" not in check_body(body, "torso", None).reason


def test_the_terminal_line_counts_what_holds_and_says_what_was_not_tested():
    body = {
        "femur": (0.0, 0.0, 50.0),
        "tibia": (0.0, 0.0, 0.0),
        "fibula": (30.0, 0.0, 0.0),
        "patella": (0.0, 40.0, 45.0),
    }
    assert format_verdict(check_body(body, "knee", None)) == "agrees: x not tested, y 3/3, z 4/4"
    assert format_verdict(check_body({}, "knee", None)) == (
        "not tested: x not tested, y not tested, z not tested"
    )


def test_the_terminal_line_gives_the_reason():
    body = {"liver": (0.0, 0.0, 0.0), "spleen": (84.4, 0.0, 0.0)}
    assert format_verdict(check_body(body, "torso", None)) == (
        "contradicts: looks mirrored along x: liver 84 mm left of spleen, expected right"
    )
