import numpy as np
import pytest

from misground.anatomy import AXES, PLANES
from misground.questions import measure_case, plan_case
from misground.questions.candidates import HINT_KINDS
from misground.records import DIMENSIONS, TASKS


def candidates(case, **options):
    """(dimension, plane, task, axis, a, b) -> row."""
    plan = plan_case(case, measure_case(case), **options)
    return {
        (
            DIMENSIONS[r["dimension"]], PLANES[r["plane"]], TASKS[r["task"]], AXES[r["axis"]],
            plan.facts.structures[r["a"]], plan.facts.structures[r["b"]],
        ): r
        for r in plan.candidates
    }  # fmt: skip


def two_boxes(a, b, shape=(40, 40, 40)):
    labels = np.zeros(shape, np.uint8)
    labels[a], labels[b] = 1, 2
    return labels


# Two boxes 6 voxels (12 mm) long, 20 mm apart along z, the same along x and y.
ABOVE = (slice(10, 18), slice(10, 18), slice(20, 26))
BELOW = (slice(10, 18), slice(10, 18), slice(10, 16))


def test_a_certain_relation_is_offered_in_every_plane_by_its_task(case_of):
    found = candidates(case_of(two_boxes(ABOVE, BELOW), ("liver", "spleen")))
    asked = {key[:4] for key in found}
    assert asked == {
        ("3d", "axial", "cross_slice", "z"),
        ("3d", "coronal", "in_plane", "z"),
        ("3d", "sagittal", "in_plane", "z"),
        ("2d", "coronal", "in_plane", "z"),
        ("2d", "sagittal", "in_plane", "z"),
    }
    row = found["3d", "axial", "cross_slice", "z", "liver", "spleen"]
    assert (row["sign"], row["p_a_greater"], row["delta_mm"]) == (1, 1.0, 20.0)


def test_a_structure_of_29_voxels_is_not_asked(case_of):
    small = (slice(10, 11), slice(10, 11), slice(10, 39))
    far = (slice(30, 38), slice(10, 18), slice(10, 39))
    labels = two_boxes(small, far)
    assert candidates(case_of(labels, ("liver", "spleen"))) == {}
    labels[11, 10, 10] = 1
    found = candidates(case_of(labels, ("liver", "spleen")))
    assert ("3d", "axial", "in_plane", "x", "liver", "spleen") in found


def test_a_structure_that_shows_in_two_frames_is_not_asked_in_that_plane(case_of):
    flat = (slice(10, 18), slice(10, 18), slice(10, 12))
    found = candidates(case_of(two_boxes(flat, ABOVE), ("liver", "spleen")))
    assert ("3d", "axial", "cross_slice", "z", "liver", "spleen") not in found
    assert ("3d", "coronal", "in_plane", "z", "liver", "spleen") in found


def test_a_frame_with_the_box_centres_in_the_other_order_drops_the_pair(case_of):
    labels = two_boxes(ABOVE, BELOW)
    found = candidates(case_of(labels, ("liver", "spleen")))
    assert ("3d", "coronal", "in_plane", "z", "liver", "spleen") in found
    # In slice y = 17 all of B is a speck above A: 16 of its 352 voxels, fewer than 5 in 100.
    labels[10:18, 17, 10:16] = 0
    labels[10:18, 17, 27:29] = 2
    found = candidates(case_of(labels, ("liver", "spleen")))
    assert ("3d", "sagittal", "in_plane", "z", "liver", "spleen") in found
    assert ("3d", "coronal", "in_plane", "z", "liver", "spleen") not in found


def test_in_a_slice_a_structure_must_be_one_piece(case_of):
    labels = two_boxes(ABOVE, BELOW)
    labels[13, :, 10:16] = 0
    found = candidates(case_of(labels, ("liver", "spleen")))
    assert ("2d", "sagittal", "in_plane", "z", "liver", "spleen") in found
    assert ("2d", "coronal", "in_plane", "z", "liver", "spleen") not in found


def test_pieces_that_touch_at_a_corner_are_one(case_of):
    labels = two_boxes(ABOVE, BELOW)
    labels[10:18, :, 10:16] = 0
    labels[10:14, :, 8:12] = 2
    labels[14:18, :, 12:16] = 2
    found = candidates(case_of(labels, ("liver", "spleen")))
    assert ("2d", "coronal", "in_plane", "z", "liver", "spleen") in found


def test_a_small_section_is_not_asked(case_of):
    tiny = (slice(10, 12), slice(10, 18), slice(10, 16))  # 12 pixels of 4 mm2 in a coronal slice
    found = candidates(case_of(two_boxes(ABOVE, tiny), ("liver", "spleen")))
    assert ("2d", "coronal", "in_plane", "z", "liver", "spleen") not in found
    assert ("2d", "sagittal", "in_plane", "z", "liver", "spleen") in found


def test_name_hints_are_left_out_unless_asked_for(case_of):
    right_of = (slice(30, 38), slice(10, 18), slice(10, 16))
    case = case_of(two_boxes(right_of, BELOW), ("kidney_right", "kidney_left"))
    assert not any(key[3] == "x" for key in candidates(case))
    found = candidates(case, allow_name_hints=True)
    row = found["3d", "axial", "in_plane", "x", "kidney_right", "kidney_left"]
    assert HINT_KINDS[row["hint"]] == "both"
    assert row["hint_guess"] == 1


def test_the_plan_of_a_case_does_not_depend_on_its_memory_layout(case_of):
    labels = two_boxes(ABOVE, BELOW)
    keys = ("liver", "spleen")
    plain = case_of(labels, keys)
    stored = np.ascontiguousarray(labels.transpose(2, 0, 1)[::-1])[::-1].transpose(1, 2, 0)
    other = case_of(stored, keys)
    rows = [plan_case(c, measure_case(c)).candidates for c in (plain, other)]
    assert rows[0].tobytes() == rows[1].tobytes()


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_candidate_row_is_certain(plans, dimension):
    rows = np.concatenate([p.candidates for p in plans])
    rows = rows[rows["dimension"] == DIMENSIONS.index(dimension)]
    assert len(rows) > 100
    assert np.all((rows["p_a_greater"] >= 0.95) == (rows["sign"] > 0))
    assert np.all((rows["p_a_greater"] <= 0.05) == (rows["sign"] < 0))
    assert np.all(rows["sign"] * rows["delta_mm"] >= 10 - 1e-6)


# B lies below A and is cut by the upper end, A above B and is cut by the lower end; neither fact is asked.
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("which", ["liver", "spleen"])
def test_a_structure_cut_by_the_end_of_the_scan_that_faces_the_other_is_not_asked(case_of, axis, which):
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[12:20, 12:20, 24:32] = 1
    labels[12:20, 12:20, 8:16] = 2
    assert {key[3] for key in candidates(case_of(labels, ("liver", "spleen")))} == {"z"}
    # One voxel at the end of the scan, of the higher structure at the lower end or of the lower at the upper.
    cut = labels.copy()
    cut[12, 12, 0 if which == "liver" else 39] = 1 if which == "liver" else 2
    turned, cut = (np.moveaxis(each, 2, axis) for each in (labels, cut))
    assert {key[3] for key in candidates(case_of(turned, ("liver", "spleen")))} == {AXES[axis]}
    assert candidates(case_of(cut, ("liver", "spleen"))) == {}


def test_a_structure_cut_on_the_side_away_from_the_other_is_asked(case_of):
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[12:20, 12:20, 30:40] = 1
    labels[12:20, 12:20, 0:10] = 2
    assert ("3d", "axial", "cross_slice", "z", "liver", "spleen") in candidates(
        case_of(labels, ("liver", "spleen"))
    )
