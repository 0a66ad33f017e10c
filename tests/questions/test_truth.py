import csv
from fractions import Fraction

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from misground.anatomy import AXES, structure_table
from misground.questions.candidates import certain_relations
from misground.questions.measure import measure
from misground.questions.truth import agrees_with_patient, relations
from misground.records import Case, CaseFacts

histograms = arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 9)), elements=st.integers(0, 5))


@given(histograms, st.sampled_from([0.5, 1.0, 3.0]))
def test_relations_agree_with_counting_all_pairs_of_voxels(histogram, spacing):
    found = relations(histogram, spacing, 2.0)
    positions = [np.repeat(np.arange(histogram.shape[1]), row) for row in histogram]
    for i, a in enumerate(positions):
        for j, b in enumerate(positions):
            if not a.size or not b.size:
                assert found.sign[i, j] == 0
                continue
            greater = int((a[:, None] > b[None, :]).sum())
            equal = int((a[:, None] == b[None, :]).sum())
            p = Fraction(2 * greater + equal, 2 * a.size * b.size)
            delta = float(a.mean() - b.mean()) * spacing
            sign = (p >= Fraction(95, 100) and delta >= 2 - 1e-6) - (
                p <= Fraction(5, 100) and delta <= -2 + 1e-6
            )
            assert found.sign[i, j] == sign
            assert found.p_a_greater[i, j] == pytest.approx(float(p))
            assert found.delta_mm[i, j] == pytest.approx(delta)


def test_exactly_95_in_100_pairs_is_certain_and_one_less_is_not():
    # 20 voxels of A at index 10, one voxel of B at 0 and nineteen above or below it.
    b_below = np.zeros(200, np.int64)
    b_below[0], b_below[150] = 19, 1
    a = np.zeros(200, np.int64)
    a[100] = 20
    assert relations(np.stack([a, b_below]), 1.0, 10.0).sign[0, 1] == 1
    b_below[0], b_below[150] = 18, 2
    assert relations(np.stack([a, b_below]), 1.0, 10.0).sign[0, 1] == 0


def test_a_distance_of_exactly_the_threshold_is_enough():
    histogram = np.zeros((2, 30), np.int64)
    histogram[0, 10] = histogram[1, 0] = 1
    assert relations(histogram, 1.0, 10.0).sign[0, 1] == 1
    assert relations(histogram, 0.999, 10.0).sign[0, 1] == 0


def test_structures_of_a_thousand_million_voxels_do_not_overflow():
    histogram = np.zeros((2, 2), np.int64)
    histogram[0, 1] = histogram[1, 0] = 1_500_000_000
    found = relations(histogram, 20.0, 10.0)
    assert found.sign.tolist() == [[0, 1], [-1, 0]]
    assert found.p_a_greater[0, 1] == 1.0


def test_an_oblique_scan_drops_pairs_whose_order_turns_around_in_the_patient():
    tilt = np.deg2rad(10)
    axes = np.array([[np.cos(tilt), np.sin(tilt), 0], [-np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    centroids = np.array([[0.0, 0.0, 0.0], [5.0, 100.0, 0.0], [5.0, 0.0, 0.0]])
    agrees = agrees_with_patient(centroids, axes, 0)
    assert not agrees[0, 1]
    assert agrees[0, 2]


def test_relations_of_the_real_torso_are_those_of_the_published_list(data_dir):
    image = nib.load(data_dir / "ct_torso" / "segmentation.nii.gz")
    values = np.asanyarray(image.dataobj).astype(np.uint8)
    _compare(values, image.affine, "total", "torso", data_dir / "expected" / "ct_torso_relations.csv")


def test_relations_of_the_real_knee_are_those_of_the_published_list(data_dir):
    image = SimpleITK.ReadImage(str(data_dir / "oai_knee" / "right_knee_labels.nrrd"))
    values = SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0).astype(np.uint8)
    affine = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = np.diag([-1, -1, 1]) @ direction @ np.diag(image.GetSpacing())
    _compare(values, affine, "oai", "knee", data_dir / "expected" / "oai_knee_relations.csv")


def _compare(values, affine, label_set, region, expected_csv):
    orientation = nib.orientations.io_orientation(affine)
    back = nib.orientations.inv_ornt_aff(orientation, values.shape)
    values = nib.orientations.apply_orientation(values, orientation)
    columns = (affine @ back)[:3, :3]
    spacing = np.linalg.norm(columns, axis=0)
    names = {v: s.key for v, s in structure_table().label_set(label_set).items()}
    keys = sorted({names[v] for v in np.unique(values) if v in names})
    table = np.zeros(256, np.uint8)
    for value, key in names.items():
        if key in keys:
            table[value] = keys.index(key) + 1
    labels = table[values]
    structures = tuple(structure_table().structures[key] for key in keys)
    side = "right" if region == "knee" else None
    facts = CaseFacts("case", "ct", "test", tuple(spacing), labels.shape, 0.0, side, tuple(keys))
    case = Case(facts, labels, labels, structures, (columns / spacing).T)
    certain = certain_relations(case, measure(labels, len(keys), tuple(spacing)))
    found = {
        (keys[a], keys[b], axis): (certain[axis].p_a_greater[a, b], certain[axis].delta_mm[a, b])
        for axis in AXES
        for a, b in np.argwhere(certain[axis].sign)
        if keys[a] < keys[b]
    }
    with expected_csv.open(newline="") as file:
        expected = {(r["structure_a"], r["structure_b"], r["axis"]): r for r in csv.DictReader(file)}
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert found[key] == pytest.approx((float(row["p_a_greater"]), float(row["delta_mm"])), abs=6e-4)
        assert (found[key][1] > 0) == (row["sign_a_minus_b"] == "+")
