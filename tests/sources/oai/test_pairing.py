from pathlib import PurePosixPath

import pytest

from misground.sources.files import volume_stem
from misground.sources.oai.pairing import VolumePlace, pair, unpaired


def place(path):
    """A file, or a DICOM series where the path ends in a slash."""
    pure = PurePosixPath(path)
    if path.endswith("/"):
        return VolumePlace(pure, pure.name or "ROOT", dicom=True)
    return VolumePlace(pure, volume_stem(pure.name))


def pairs(labels, scans):
    found = pair([place(path) for path in labels], [place(path) for path in scans], "ROOT")
    return [(one.case_id, str(one.scan.path) if one.scan else None) for one in found]


@pytest.mark.parametrize(
    ("label", "scan", "case_id"),
    [
        ("labelsTr/oaizib_001.nii.gz", "imagesTr/oaizib_001_0000.nii.gz", "oaizib_001"),
        ("labelsTs/oaizib_404.nii.gz", "imagesTs/oaizib_404_0000.nii.gz", "oaizib_404"),
        ("segmentation_masks/9001104.segmentation_masks.mhd", "scans/9001104.nii.gz", "9001104"),
        ("9001104.segmentation_masks.mhd", "9001104.mhd", "9001104"),
        ("masks/9001104.segmentation_masks.mhd", "dicom/9001104/", "9001104"),
        ("masks/9001104.segmentation_masks.mhd", "00m/9001104/20050926/10423916/", "9001104"),
        ("9001104/9001104.segmentation_masks.mhd", "9001104/", "9001104"),
        ("right_knee_labels.nrrd", "right_knee.nrrd", "right_knee"),
        ("right_knee_seg.nii", "right_knee_scan.mha", "right_knee"),
        ("9001104/labels.nii.gz", "9001104/image.nii.gz", "9001104"),
        ("9001104/labels.nrrd", "9001104/", "9001104"),
        ("9001104/labels.nrrd", "9001104/10423916/", "9001104"),
        ("9001104/left_labels.nrrd", "9001104/sag_3d.nii", "left"),
        ("labels.nii.gz", "image.nii.gz", "ROOT"),
        ("labels.nii.gz", "./", "ROOT"),
        ("knee_labels.nii.gz", "image.nii.gz", "knee"),
    ],
)
def test_a_label_file_finds_its_scan(label, scan, case_id):
    assert pairs([label], [scan]) == [(case_id, str(PurePosixPath(scan)))]


@pytest.mark.parametrize(
    ("label", "scan"),
    [
        ("a_labels.nrrd", "b.nrrd"),
        ("a_labels.nrrd", "sub/b.nrrd"),
        ("a/labels.nrrd", "b/image.nrrd"),
        ("labelsTr/a.nii.gz", "imagesTr/b_0000.nii.gz"),
        ("labelsTr/a.nii.gz", "imagesTr/a_0001.nii.gz"),
    ],
)
def test_another_cases_scan_is_not_taken(label, scan):
    (one,) = pair([place(label)], [place(scan)], "ROOT")
    assert one.scan is None
    assert one.reason == ""


def test_a_scan_beside_its_labels_comes_before_one_elsewhere():
    assert pairs(["a/x_seg.nii"], ["b/x.nii", "a/x.nii"]) == [("x", "a/x.nii")]


def test_the_images_beside_the_labels_folder_come_before_others():
    scans = ["old/x_0000.nii.gz", "imagesTr/x_0000.nii.gz", "imagesTs/x_0000.nii.gz"]
    assert pairs(["labelsTr/x.nii.gz"], scans) == [("x", "imagesTr/x_0000.nii.gz")]


def test_of_several_scans_beside_the_labels_the_one_of_the_cases_own_name_is_taken():
    assert pairs(["x_seg.nii"], ["x.nii", "x_0000.nii"]) == [("x", "x.nii")]


def test_several_scans_are_reported_and_none_is_taken():
    (one,) = pair([place("x_seg.nii")], [place("a/x.nii"), place("b/x_0000.nii")], "ROOT")
    assert one.scan is None
    assert one.reason == "2 scans could belong to it (x.nii, x_0000.nii)"


def test_several_series_below_the_cases_folder_are_reported():
    (one,) = pair([place("m/9001104_seg.nii")], [place("9001104/d/1/"), place("9001104/d/2/")], "ROOT")
    assert one.scan is None
    assert one.reason == "2 scans could belong to it (1, 2)"


def test_a_scan_that_another_label_file_names_is_not_taken_as_the_only_one_of_the_folder():
    found = pairs(["a/labels.nrrd", "b/knee_labels.nrrd"], ["a/knee.nrrd"])
    assert found == [("a", None), ("knee", "a/knee.nrrd")]


def test_two_label_files_of_a_folder_do_not_share_its_only_scan():
    assert pairs(["a/labels.nrrd", "a/mask.nrrd"], ["a/image.nrrd"]) == [("a", None), ("a", None)]


def test_pairs_are_sorted_by_case_id():
    labels = ["b_seg.nii", "c/a_seg.nii", "labelsTr/c.nii"]
    assert [case_id for case_id, _ in pairs(labels, [])] == ["a", "b", "c"]


def test_the_case_id_keeps_its_letters():
    assert pairs(["OAI_Größe_R_seg.nii"], ["oai_größe_r.nii"]) == [("OAI_Größe_R", "oai_größe_r.nii")]


def test_scans_without_labels_are_counted():
    scans = [place(path) for path in ("a.nii", "b.nii", "c.nii")]
    assert unpaired(scans, pair([place("a_seg.nii")], scans, "ROOT")) == 2
