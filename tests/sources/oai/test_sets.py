from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from misground.errors import CaseError
from misground.sources.oai.pairing import VolumePlace
from misground.sources.oai.sets import layout_label_set, tell_label_set, voxels_by_value


@pytest.mark.parametrize(
    ("path", "stem", "expected"),
    [
        ("labelsTr/oaizib_001.nii.gz", "oaizib_001", "oaizib_cm"),
        ("x/labelsTs/oaizib_001.nii.gz", "oaizib_001", "oaizib_cm"),
        ("m/9001104.segmentation_masks.mhd", "9001104.segmentation_masks", "oai_zib"),
        ("right_knee_labels.nrrd", "right_knee_labels", "oai"),
        ("right_knee_labels.nii.gz", "right_knee_labels", None),
        ("right_knee_seg.nrrd", "right_knee_seg", None),
    ],
)
def test_what_the_layout_suggests(path, stem, expected):
    assert layout_label_set(VolumePlace(PurePosixPath(path), stem)) == expected


BIG, SMALL = 1000, 10


@pytest.mark.parametrize("layout", [None, "oai", "oai_zib", "oaizib_cm"])
@pytest.mark.parametrize(
    ("bones", "small", "expected"),
    [
        ((5, 6), (1, 2, 3, 4), "oai"),
        ((5, 6), (1, 2, 3, 4, 7, 8, 9, 10), "oai"),
        ((1, 2), (7,), "oai"),
        ((5, 6), (), "oai"),
    ],
)
def test_the_bones_5_and_6_or_values_from_7_to_10_are_the_ten_labels_whatever_the_layout(
    layout, bones, small, expected
):
    assert tell_label_set({**dict.fromkeys(bones, BIG), **dict.fromkeys(small, SMALL)}, layout) == expected


@pytest.mark.parametrize(
    ("small", "layout", "expected"),
    [
        ((2, 4), None, "oai_zib"),
        ((2, 4, 5), None, "oaizib_cm"),
        ((2, 4, 5, 6), None, "oai_zib"),
        ((2, 4, 6), None, "oai_zib"),
        ((2, 4), "oaizib_cm", "oaizib_cm"),
        ((2, 4, 5), "oai_zib", "oai_zib"),
        ((2, 4, 5), "oai", "oaizib_cm"),
    ],
)
def test_the_bones_1_and_3_are_oai_zib_or_oaizib_cm_by_layout_then_by_values(small, layout, expected):
    voxels = {1: BIG, 3: BIG + 1, **dict.fromkeys(small, SMALL)}
    assert tell_label_set(voxels, layout) == expected


@pytest.mark.parametrize("voxels", [{1: 10, 2: 20, 3: 5, 4: 5}, {2: 5, 4: 5}, {}])
def test_where_the_bones_do_not_tell_the_layout_does(voxels):
    assert tell_label_set(voxels, "oai") == "oai"
    with pytest.raises(
        CaseError, match=r"do not determine the label set: expected .* labels=oai\|oai_zib\|oaizib_cm"
    ):
        tell_label_set(voxels, None)


@pytest.mark.parametrize("layout", [None, "oai", "oai_zib"])
def test_the_bones_1_and_3_beside_a_value_above_6_are_no_known_set(layout):
    with pytest.raises(CaseError, match=r"label values \(1, 3, 5, 8\) do not determine"):
        tell_label_set({1: BIG, 3: BIG, 5: SMALL, 8: SMALL}, layout)


def test_a_scan_in_place_of_labels_is_reported_in_one_short_line():
    with pytest.raises(CaseError) as error:
        tell_label_set(dict.fromkeys(range(100, 5000), 5), None)
    assert "100, 101," in str(error.value)
    assert len(str(error.value)) < 250


@given(arrays(st.sampled_from([np.uint8, np.int16, np.float32]), (3, 4, 2), elements=st.integers(0, 5)))
def test_voxels_are_counted_by_value(labels):
    expected = {v: int((labels == v).sum()) for v in range(1, 6) if (labels == v).any()}
    assert voxels_by_value(labels) == expected
    assert voxels_by_value(np.asfortranarray(labels)) == expected


def test_a_scan_in_place_of_labels_is_not_counted_to_its_end():
    with pytest.raises(CaseError, match="the labels have more than 1000 values, expected a label map"):
        voxels_by_value(np.arange(4000).reshape(10, 20, 20))


def test_what_is_no_whole_number_is_not_counted():
    assert voxels_by_value(np.array([[[0.0, 1.0, 1.5, np.nan, np.inf, -2.0]]])) == {1: 1, -2: 1}
