"""3D Slicer's .seg.nrrd, written by slicerio."""

import nrrd
import numpy as np
import pytest
import slicerio

from misground.errors import CaseError
from misground.sources import list_cases

from .conftest import KEYS

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def segment(name, value, code=None, side=None, layer=0):
    """A segment as slicerio writes it; terminology as (value, meaning)."""
    found = {
        "id": f"Segment_{value}",
        "name": name,
        "labelValue": value,
        "layer": layer,
        "color": [0.5, 0.5, 0.5],
    }
    if code:
        found["terminology"] = {
            "contextName": "Segmentation category and type - 3D Slicer General Anatomy list",
            "category": ["SCT", "123037004", "Anatomical Structure"],
            "type": ["SCT", code, name],
        }
        if side:
            found["terminology"]["typeModifier"] = ["SCT", side, "side"]
    return found


def write(path, voxels, affine, segments):
    slicerio.write_segmentation(
        str(path),
        {
            "voxels": voxels,
            "image": {"encoding": "gzip"},
            "ijkToLPS": LPS @ affine,
            "encoding": "gzip",
            "containedRepresentationNames": ["Binary labelmap"],
            "segments": segments,
        },
    )
    return path


def test_a_segmentation_without_overlap(tmp_path, phantom, scan_file, only_case):
    scan_file()
    segments = [segment(key.replace("_", " ").title(), i) for i, key in enumerate(KEYS, 1)]
    write(tmp_path / "p1/Segmentation.seg.nrrd", phantom.labels, phantom.affine, segments)
    case = only_case()
    phantom.check(case)
    assert (case.facts.case_id, case.facts.modality, case.facts.source) == ("p1", "ct", "segmentations")


def test_layers_that_overlap_only_where_nothing_is_used(tmp_path, phantom, scan_file, only_case):
    scan_file()
    body = (phantom.labels > 0).astype(np.uint8)
    layers = np.stack([phantom.labels, body])
    segments = [*(segment(key, i) for i, key in enumerate(KEYS, 1)), segment("body", 1, layer=1)]
    write(tmp_path / "p1/s.seg.nrrd", layers, phantom.affine, segments)
    phantom.check(only_case())


def test_every_segment_in_a_layer_of_its_own(tmp_path, phantom, scan_file, only_case):
    scan_file()
    layers = np.stack([phantom.mask(key).astype(np.uint8) for key in KEYS])
    write(
        tmp_path / "p1/s.seg.nrrd",
        layers,
        phantom.affine,
        [segment(k, 1, layer=i) for i, k in enumerate(KEYS)],
    )
    phantom.check(only_case())


def test_overlapping_structures_go_to_the_first_and_are_counted(tmp_path, phantom, scan_file):
    scan_file()
    liver = phantom.mask("liver").astype(np.uint8)
    layers = np.stack([liver, liver])
    write(
        tmp_path / "p1/s.seg.nrrd",
        layers,
        phantom.affine,
        [segment("liver", 1), segment("spleen", 1, layer=1)],
    )
    raw = list_cases(f"segmentations:{tmp_path}").refs[0].read()
    assert raw.overlap_voxels == liver.sum()
    assert {raw.structures[v].key for v in np.unique(raw.labels.data) if v} == {"liver"}


def test_a_cropped_extent_goes_back_to_its_place(tmp_path, phantom, scan_file, only_case):
    scan_file()
    where = np.argwhere(phantom.labels)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    crop = phantom.labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    assert crop.shape != phantom.labels.shape
    affine = phantom.affine.copy()
    affine[:3, 3] = (phantom.affine @ [*low, 1])[:3]
    write(tmp_path / "p1/s.seg.nrrd", crop, affine, [segment(key, i) for i, key in enumerate(KEYS, 1)])
    phantom.check(only_case())


def test_another_grid_is_skipped_with_its_numbers_unless_it_is_wanted(
    tmp_path, phantom, scan_file, only_case
):
    scan_file()
    affine = phantom.affine @ np.diag([0.75, 0.75, 0.75, 1.0])
    fine = np.zeros([int(n / 0.75) for n in phantom.labels.shape], np.uint8)
    index = np.indices(fine.shape).reshape(3, -1).T * 0.75
    fine.ravel()[:] = phantom.labels[tuple(np.round(index).astype(int).clip(0).T)]
    write(tmp_path / "p1/s.seg.nrrd", fine, affine, [segment(key, i) for i, key in enumerate(KEYS, 1)])
    with pytest.raises(
        CaseError, match=r"4\.5 x 4\.5 x 3\.75 mm and the scan of 6 x 6 x 5 mm.*add resample=nearest"
    ):
        only_case()
    case = only_case("?resample=nearest")
    liver = [s.key for s in case.structures].index("liver") + 1
    mine, theirs = (case.labels == liver).sum(), phantom.mask("liver").sum()
    assert abs(int(mine) - int(theirs)) < 0.1 * theirs


@pytest.mark.parametrize(
    ("name", "code", "side", "key"),
    [
        ("Segment_1", "10200004", None, "liver"),
        ("organ on the left", "64033007", "7771000", "kidney_left"),
        ("R kidney", "64033007", None, "kidney_right"),  # the code has no side, the name has one
        ("spleen", "30492008", None, "spleen"),  # an unknown code: the name decides
    ],
)
def test_codes_decide_before_names(tmp_path, phantom, scan_file, name, code, side, key):
    scan_file()
    write(
        tmp_path / "p1/s.seg.nrrd", phantom.labels.clip(0, 1), phantom.affine, [segment(name, 1, code, side)]
    )
    listing = list_cases(f"segmentations:{tmp_path}")
    assert [row.structure for row in listing.label_names] == [key]


def test_a_code_and_a_name_that_contradict_each_other_are_told(tmp_path, phantom, scan_file):
    scan_file()
    segments = [segment("right kidney", 1, "64033007", "7771000"), segment("liver", 2)]
    write(tmp_path / "p1/s.seg.nrrd", phantom.labels.clip(0, 2), phantom.affine, segments)
    row = list_cases(f"segmentations:{tmp_path}").label_names[0]
    assert (row.status, row.structure) == ("ambiguous", "")
    assert "contradict" in row.why


def test_a_value_without_a_segment_is_refused(tmp_path, phantom, scan_file, only_case):
    scan_file()
    write(tmp_path / "p1/s.seg.nrrd", phantom.labels, phantom.affine, [segment("liver", 1)])
    with pytest.raises(CaseError, match=r"has the values 2, 3, 4, 5, .* without a name"):
        only_case()


def test_a_file_of_one_voxel_is_empty(tmp_path, scan_file):
    scan_file()
    header = {"space": "left-posterior-superior", "space directions": np.eye(3), "space origin": [0, 0, 0]}
    nrrd.write(str(tmp_path / "p1/s.seg.nrrd"), np.zeros((1, 1, 1), np.uint8), header)
    (skip,) = list_cases(f"segmentations:{tmp_path}").skipped
    assert "a single voxel" in skip.reason
