import numpy as np
import pytest

from misground.records import Volume
from misground.sources.oai.geometry import bounding_box, centroid_mm, shifted
from misground.sources.oai.zib import sided_labels

AFFINES = {
    "RAS": np.diag([2.0, 2.0, 2.0, 1.0]),
    "LPS": np.array([[-2.0, 0, 0, 78], [0, -2.0, 0, 78], [0, 0, 2.0, 0], [0, 0, 0, 1]]),
    "PIL": np.array([[0, 0, -2.0, 78], [-2.0, 0, 0, 78], [0, -2.0, 0, 78], [0, 0, 0, 1.0]]),
}


def stored(labels, order):
    """A RAS+ array in another axis order; the affine says where it lies."""
    match order:
        case "LPS":
            labels = labels[::-1, ::-1]
        case "PIL":
            labels = labels[::-1, ::-1, ::-1].transpose(1, 2, 0)
    return Volume(labels.copy(), AFFINES[order])


def keys_at(sided):
    """Structure key -> RAS x of its centroid in mm."""
    x = {}
    for value, structure in sided.structures.items():
        mask = sided.labels.data == value
        if mask.any():
            x[structure.key] = float(centroid_mm(mask, sided.labels.affine)[0])
    return x


@pytest.mark.parametrize("order", AFFINES)
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("swapped", [False, True])
def test_lateral_parts_lie_on_the_lateral_side_whatever_the_values(
    make_knee, value_sets, order, side, swapped
):
    values = dict(value_sets["oai_zib"])
    if swapped:
        values |= {"lateral_meniscus": 6, "medial_meniscus": 5}
    sided = sided_labels(stored(make_knee(values, side), order), side)
    x = keys_at(sided)
    towards_lateral = 1 if side == "right" else -1
    for part in ("tibial_cartilage", "meniscus"):
        assert towards_lateral * (x[f"lateral_{part}"] - x[f"medial_{part}"]) > 20
    assert sided.ignored == {4}


@pytest.mark.parametrize("side", ["right", "left"])
def test_every_voxel_of_the_two_parts_is_named(make_knee, value_sets, side):
    whole, named = make_knee(value_sets["oai_zib"], side), make_knee(value_sets["oai"], side)
    sided = sided_labels(Volume(whole, AFFINES["RAS"]), side)
    for value, structure in sided.structures.items():
        expected = named == value_sets["oai"][structure.key]
        np.testing.assert_array_equal(sided.labels.data == value, expected, err_msg=structure.key)


def test_the_labels_given_are_not_changed(make_knee, value_sets):
    labels = make_knee(value_sets["oai_zib"])
    before = labels.copy()
    sided_labels(Volume(labels, AFFINES["RAS"]), "right")
    np.testing.assert_array_equal(labels, before)


def with_specks(labels, *, voxels):
    labels = labels.copy()
    labels[19, 35, 1 : 1 + voxels] = 4
    return labels


def test_small_specks_beside_two_large_parts_become_background(make_knee, value_sets):
    clean = make_knee(value_sets["oai_zib"])
    labels = with_specks(clean, voxels=20)
    assert (clean == 4).sum() == 640
    sided = sided_labels(Volume(labels, AFFINES["RAS"]), "right")
    assert {"medial_tibial_cartilage", "lateral_tibial_cartilage"} <= keys_at(sided).keys()
    assert np.all(sided.labels.data[(labels == 4) & (clean == 0)] == 0)


def touching(labels):
    # One corner in common: 26-connected.
    labels[17, 30, 18] = labels[18:23, 31, 19] = 4
    labels[22, 30, 18] = 4
    return labels


@pytest.mark.parametrize(
    "what", ["three parts", "one part", "one part by a corner", "one behind the other", "absent"]
)
def test_a_tibial_cartilage_without_two_large_parts_side_by_side_is_ignored(make_knee, value_sets, what):
    labels = make_knee(value_sets["oai_zib"])
    match what:
        case "three parts":
            labels[0:4, 0:5, 0:5] = 4
        case "one part":
            labels[:20][labels[:20] == 4] = 0
        case "one part by a corner":
            labels = touching(labels)
        case "one behind the other":
            labels[labels == 4] = 0
            labels[9:17, 10:18, 16:18] = labels[10:18, 22:30, 16:18] = 4
        case "absent":
            labels[labels == 4] = 0
    sided = sided_labels(Volume(labels, AFFINES["RAS"]), "right")
    assert not any("tibial_cartilage" in structure.key for structure in sided.structures.values())
    assert 4 in sided.ignored
    np.testing.assert_array_equal(sided.labels.data, labels)


def test_a_part_of_a_tenth_is_large_and_a_smaller_one_is_not(make_knee, value_sets):
    labels = make_knee(value_sets["oai_zib"])
    labels[labels == 4] = 0
    labels[9:18, 10:30, 16] = 4  # 180 voxels
    labels[26:30, 10:15, 16] = 4  # 20 of 200
    assert "lateral_tibial_cartilage" in keys_at(sided_labels(Volume(labels, AFFINES["RAS"]), "right"))
    labels[26, 10, 16] = 0  # 19 of 199
    assert 4 in sided_labels(Volume(labels, AFFINES["RAS"]), "right").ignored
    assert "lateral_tibial_cartilage" not in keys_at(sided_labels(Volume(labels, AFFINES["RAS"]), "right"))


@pytest.mark.parametrize(("value", "key"), [(5, "lateral_meniscus"), (6, "medial_meniscus")])
def test_a_meniscus_alone_is_named_by_its_place_beside_the_tibia(make_knee, value_sets, value, key):
    labels = make_knee(value_sets["oai_zib"])
    labels[labels == 11 - value] = 0
    sided = sided_labels(Volume(labels, AFFINES["RAS"]), "right")
    assert sided.structures[value].key == key
    assert 11 - value in sided.ignored


def test_menisci_that_do_not_lie_apart_are_ignored(make_knee, value_sets):
    labels = make_knee(value_sets["oai_zib"])
    labels[np.isin(labels, (5, 6))] = 0
    labels[18:20, 12:20, 18], labels[20:22, 12:20, 18] = 5, 6
    assert {5, 6} <= sided_labels(Volume(labels, AFFINES["RAS"]), "right").ignored


def test_a_meniscus_alone_above_the_middle_of_the_tibia_is_ignored(make_knee, value_sets):
    labels = make_knee(value_sets["oai_zib"])
    labels[np.isin(labels, (5, 6))] = 0
    labels[19:21, 12:20, 18] = 5
    assert {5, 6} <= sided_labels(Volume(labels, AFFINES["RAS"]), "right").ignored


def test_an_unknown_value_stays_unknown(make_knee, value_sets):
    labels = make_knee(value_sets["oai_zib"])
    labels[0, 0, 0], labels[0, 0, 1] = 7, 200
    sided = sided_labels(Volume(labels, AFFINES["RAS"]), "right")
    for value, index in ((7, 0), (200, 1)):
        assert sided.labels.data[0, 0, index] == value
        assert value not in sided.structures
        assert value not in sided.ignored


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.float32])
def test_any_number_type_can_hold_the_parts(make_knee, value_sets, dtype):
    labels = make_knee(value_sets["oai_zib"]).astype(dtype)
    assert len(keys_at(sided_labels(Volume(labels, AFFINES["RAS"]), "right"))) == 7


def test_centroid_and_box_of_a_mask():
    mask = np.zeros((5, 6, 7), bool)
    mask[1:3, 2, 3:6] = True
    affine = np.array([[0.0, 2.0, 0, 10], [1.0, 0, 0, 0], [0, 0, -1.0, 5], [0, 0, 0, 1]])
    np.testing.assert_allclose(centroid_mm(mask, affine), [14.0, 1.5, 1.0])
    box = bounding_box(mask)
    assert box == (slice(1, 3), slice(2, 3), slice(3, 6))
    np.testing.assert_allclose(centroid_mm(mask[box], shifted(affine, box)), [14.0, 1.5, 1.0])
