"""A folder that contradicts its scans, or itself in what only the scans can tell."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from misground.anatomy import AXES, structure_table
from misground.benchmark.listing import list_sources
from misground.benchmark.validate.label_map import LabelMap, compared
from misground.benchmark.validate.record import ItemRecord
from misground.benchmark.validate.source_truth import check_stack, check_truth
from misground.benchmark.validate.source_views import check_source_marks, check_source_pictures, draw_again
from misground.records import Case, CaseFacts
from misground.volumes import intensity_window, load_case


@pytest.fixture(scope="module")
def labels(source):
    (ref,) = list_sources([source]).refs
    return LabelMap(load_case(ref))


@pytest.fixture(scope="module")
def window(labels):
    return intensity_window(labels.case, "soft")


def with_rows(record, **changes):
    return ItemRecord(tuple(replace(row, **changes) for row in record.rows), record.views)


def with_slices(record, slices):
    return ItemRecord(record.rows, tuple(replace(view, slices=slices) for view in record.views))


def test_a_mirrored_scan_shows_in_the_pictures_alone(bench, mirrored):
    assert bench.check("source_truth", mirrored).ok
    found = bench.check("source_pictures", mirrored)
    assert "pixels differ from the scan" in found.problems[0]


def test_another_window_shows_in_the_pictures(bench, source):
    bench.manifest(lambda manifest: manifest["settings"].update(window="lung"))
    assert not bench.check("source_pictures", source).ok


def test_another_case_than_the_sources_offer(bench, knee_source):
    assert "case t1 is in no SOURCE" in bench.check("source_cases", knee_source).problems[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spacing_mm": [12.0, 12.0, 11.0]}, "spacing_mm"),
        ({"oblique_degrees": 3.0}, "oblique_degrees"),
        ({"shape": [16, 16, 11]}, "shape"),
        ({"structures": ["liver", "spleen", "heart", "urinary_bladder"]}, "structures"),
        ({"source": "oai"}, "source"),
    ],
)
def test_a_case_with_another_geometry(bench, source, change, words):
    found = bench.cases(lambda rows: rows[0].update(change)).check("source_cases", source)
    assert words in found.problems[0]


def test_a_scan_that_cannot_be_read_any_more_is_a_problem(bench, torso, tmp_path):
    copied = shutil.copytree(torso, tmp_path / "torso")
    scan = copied / "t1" / "scan.nii.gz"
    scan.write_bytes(scan.read_bytes()[:-30])
    found = bench.check("source_cases", f"labelmap:{copied}")
    assert "its source cannot be used" in found.problems[0]


def test_slices_that_the_scan_does_not_have(bench, source):
    found = bench.views(lambda rows: [row.update(slices=[99]) for row in rows[:14]] and None)
    assert "slices that the scan does not have" in found.check("source_stacks", source).problems[0]


@pytest.mark.parametrize("dimension", ["2d", "3d"])
def test_evidence_that_the_rule_admits_and_the_label_map_does_not(loaded, labels, dimension):
    record = loaded.item("in_plane", dimension)
    p, delta_mm = record.first.evidence
    assert list(check_truth(record, labels)) == []
    for evidence, words in (((abs(p - 0.01), delta_mm), "p_a_greater"), ((p, delta_mm * 1.001), "delta_mm")):
        (problem,) = check_truth(with_rows(record, evidence=evidence), labels)
        assert words in problem


@pytest.mark.parametrize(
    ("task", "dimension"), [("in_plane", "2d"), ("in_plane", "3d"), ("cross_slice", "3d")]
)
def test_a_and_b_exchanged(loaded, labels, task, dimension):
    record = loaded.item(task, dimension)
    other = with_rows(record, structure_a=record.first.structure_b, structure_b=record.first.structure_a)
    assert "but the volume has" in next(check_truth(other, labels))


def test_a_slice_without_the_structures(loaded, labels):
    record = loaded.item("in_plane", "2d")
    problems = list(check_truth(with_slices(record, (0,)), labels))
    assert any("has 0 parts" in problem for problem in problems)
    assert any("fills 0 pixels" in problem for problem in problems)


def test_a_stack_that_leaves_slices_out(loaded, labels):
    record = loaded.item("in_plane")
    assert list(check_stack(record, labels)) == []
    assert "around the two structures" in next(check_stack(with_slices(record, record.slices[1:]), labels))


def test_a_stack_across_the_structures_begins_and_ends_where_it_may(loaded, labels):
    record = loaded.item("cross_slice")
    assert list(check_stack(record, labels)) == []
    middle = len(record.slices) // 2
    problems = list(check_stack(with_slices(record, record.slices[middle - 1 : middle + 2]), labels))
    assert "expected a first one of" in problems[0]


def test_a_structure_cut_by_the_end_of_the_scan_that_faces_the_other(loaded, labels):
    record = loaded.item("in_plane")
    row, axis = record.first, AXES.index(record.first.axis)
    keys = [structure.key for structure in labels.case.structures]
    for key, end in ((row.structure_a, 0), (row.structure_b, -1)):
        voxels = np.array(labels.case.labels)
        place = [0, 0, 0]
        place[axis] = end if record.sign > 0 else -1 - end
        voxels[tuple(place)] = keys.index(key) + 1
        cut = LabelMap(replace(labels.case, labels=voxels))
        assert any(f"{key} is cut by the end of the scan" in problem for problem in check_truth(record, cut))


def test_shared_frames_are_counted_in_the_label_map(loaded, labels):
    record = loaded.item("in_plane")
    other = with_rows(record, shared_frames=record.first.shared_frames + 1)
    assert "in the label map" in next(check_truth(other, labels))


def two_parts(labels):
    """The case with a voxel of the liver far from the rest of it."""
    voxels = np.array(labels.case.labels)
    place = [s.key for s in labels.case.structures].index("liver") + 1
    voxels[15, 0, :] = place
    return LabelMap(replace(labels.case, labels=voxels))


def test_a_structure_in_two_parts_is_not_asked_in_2d(loaded, labels):
    record = loaded.item("in_plane", "2d")
    assert "liver" in (record.first.structure_a, record.first.structure_b)
    assert any("liver has 2 parts" in problem for problem in check_truth(record, two_parts(labels)))


def test_an_axis_that_the_true_patient_axis_contradicts(loaded, labels):
    record = loaded.item("in_plane")
    turned = LabelMap(replace(labels.case, axes=-np.eye(3)))
    assert any("the true patient axis" in problem for problem in check_truth(record, turned))


def test_a_point_elsewhere_in_the_structure(loaded, labels, window):
    record = loaded.item("in_plane", "2d")
    assert list(check_source_marks(record, labels, draw_again(record, labels, window))) == []
    view = record.views[0]
    mark = replace(view.marks[0], point=(view.marks[0].point[0] + 1, view.marks[0].point[1]))
    other = ItemRecord(record.rows, (replace(view, marks=(mark, *view.marks[1:])),))
    (problem,) = check_source_marks(other, labels, draw_again(other, labels, window))
    assert "has point" in problem


@pytest.mark.parametrize(("change", "words"), [("box", "has box"), ("gone", "is visible but not marked")])
def test_marks_that_the_label_map_does_not_have(loaded, labels, window, change, words):
    record = loaded.item("in_plane")
    view = record.views[0]
    x0, y0, x1, y1 = view.marks[0].box
    kept = (replace(view.marks[0], box=(x0, y0, x1 - 1, y1)),) if change == "box" else ()
    other = ItemRecord(record.rows, (replace(view, marks=(*kept, *view.marks[1:])),))
    (problem,) = check_source_marks(other, labels, draw_again(other, labels, window))
    assert words in problem


def test_a_picture_of_another_slice(loaded, labels, window):
    record = loaded.item("stack_order")
    view = record.views[0]
    other = ItemRecord(record.rows, (replace(view, frames=(view.frames[1], *view.frames[1:])),))
    (problem,) = check_source_pictures(other, draw_again(other, labels, window))
    assert f"frame 0 (slice {view.slices[0]})" in problem


def test_impossible_slices_cannot_be_drawn_again(loaded, labels, window):
    record = with_slices(loaded.item("in_plane", "2d"), (99,))
    assert "cannot be drawn" in draw_again(record, labels, window)


@given(arrays(np.int64, 6, elements=st.integers(0, 5)), arrays(np.int64, 6, elements=st.integers(0, 5)))
def test_pairs_are_counted_as_by_comparing_each_voxel_with_each(a, b):
    a[0] += 1
    b[-1] += 1
    voxels_a, voxels_b = np.repeat(np.arange(6), a), np.repeat(np.arange(6), b)
    wins = sum(2 * (i > j) + (i == j) for i in voxels_a for j in voxels_b)
    found = compared(a, b, 2.0)
    assert (found.twice_greater, found.pairs) == (wins, len(voxels_a) * len(voxels_b))
    assert found.delta_mm == pytest.approx(2.0 * (voxels_a.mean() - voxels_b.mean()))


def test_a_relation_at_the_threshold_holds():
    at, below = np.array([1, 19]), np.array([20, 0])
    assert compared(at, below, 20.0).p_a_greater == pytest.approx(0.975)
    assert compared(np.array([2, 18]), below, 20.0).sign(10.0) == 1
    assert compared(np.array([3, 17]), below, 20.0).sign(10.0) == 0
    assert compared(np.array([0, 20]), below, 10.0).sign(10.0) == 1
    assert compared(np.array([0, 20]), below, 9.99).sign(10.0) == 0


def test_counts_and_sections_of_a_label_map():
    voxels = np.zeros((4, 3, 2), np.uint8)
    voxels[1:3, 0, 1] = 1
    liver = structure_table().structures["liver"]
    facts = CaseFacts("c", "ct", "s", (1.0, 1.0, 1.0), voxels.shape, 0.0, None, (liver.key,))
    case = Case(facts, voxels, voxels, (liver,), np.eye(3))
    labels = LabelMap(case)
    assert labels.counts("liver", "x").tolist() == [0, 1, 1, 0]
    assert labels.voxels("liver") == 2
    assert labels.extent(("liver", "liver"), "x") == (1, 2)
    assert labels.section("liver", "axial", 1).sum() == 2
    with pytest.raises(KeyError):
        labels.voxels("spleen")
