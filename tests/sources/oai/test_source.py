import os
from multiprocessing.reduction import ForkingPickler

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from misground.errors import CaseError, WorkError
from misground.sources import list_cases
from misground.volumes import orient

LPS = np.array([[-2.0, 0, 0, 78], [0, -2.0, 0, 78], [0, 0, 2.0, 0], [0, 0, 0, 1]])


@pytest.fixture
def scan():
    return np.arange(40**3, dtype=np.int16).reshape(40, 40, 40)


def listing(directory, options=""):
    return list_cases(f"oai:{directory}{options}")


def only(directory, options=""):
    found = listing(directory, options)
    assert found.skipped == ()
    (ref,) = found.refs
    return ref


def offset_x(raw, one, other):
    """RAS x of structure `one` less that of `other`, in mm."""
    labels = orient(raw.labels)
    values = {structure.key: value for value, structure in raw.structures.items()}
    x = [np.nonzero(labels.data == values[key])[0].mean() * labels.spacing_mm[0] for key in (one, other)]
    return x[0] - x[1]


def test_oaizib_cm_as_published(tmp_path, make_knee, value_sets, write_volume, scan, table):
    labels = make_knee(value_sets["oaizib_cm"], "left")
    write_volume(tmp_path / "imagesTr" / "oaizib_001_0000.nii.gz", scan)
    write_volume(tmp_path / "labelsTr" / "oaizib_001.nii.gz", labels)
    write_volume(tmp_path / "imagesTs" / "oaizib_404_0000.nii.gz", scan)
    write_volume(tmp_path / "labelsTs" / "oaizib_404.nii.gz", labels[::-1].copy())
    table("kneeSideInfo.csv", "oaizib_001.nii.gz,left", "oaizib_404.nii.gz,right", folder=tmp_path / "info")
    found = listing(tmp_path)
    assert [(ref.case_id, ref.source, ref.modality, ref.region) for ref in found.refs] == [
        ("oaizib_001", "oai", "mri", "knee"),
        ("oaizib_404", "oai", "mri", "knee"),
    ]
    assert found.notes == ()
    assert "CC-BY-NC-4.0" in found.attribution.licence
    left, right = (ref.read() for ref in found.refs)
    assert (left.side, right.side) == ("left", "right")
    assert offset_x(left, "lateral_tibial_cartilage", "medial_tibial_cartilage") < 0
    assert offset_x(right, "lateral_tibial_cartilage", "medial_tibial_cartilage") > 0
    np.testing.assert_array_equal(left.scan.data, scan)


@pytest.mark.parametrize("side", ["right", "left"])
def test_oai_zib_with_menisci_and_a_split_tibial_cartilage(
    tmp_path, make_knee, value_sets, write_volume, scan, side
):
    write_volume(
        tmp_path / "masks" / f"9001104_{side}.segmentation_masks.mhd", make_knee(value_sets["oai_zib"], side)
    )
    write_volume(tmp_path / "scans" / f"9001104_{side}.nii.gz", scan)
    ref = only(tmp_path)
    raw = ref.read()
    assert ref.case_id == f"9001104_{side}"
    assert raw.side == side
    sign = 1 if side == "right" else -1
    assert sign * offset_x(raw, "lateral_tibial_cartilage", "medial_tibial_cartilage") > 20
    assert sign * offset_x(raw, "lateral_meniscus", "medial_meniscus") > 20
    assert "Ambellan" in listing(tmp_path).attribution.citation


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("affine", [None, LPS])
def test_ten_labels_tell_the_side_by_the_fibula(
    tmp_path, make_knee, value_sets, write_volume, scan, side, affine
):
    labels = make_knee(value_sets["oai"], side)
    write_volume(
        tmp_path / "knee_labels.nrrd",
        labels[::-1, ::-1].copy() if affine is not None else labels,
        affine=affine,
    )
    write_volume(tmp_path / "knee.nrrd", scan, affine=affine)
    raw = only(tmp_path).read()
    assert raw.side == side
    assert (offset_x(raw, "fibula", "tibia") > 0) == (side == "right")


def test_a_table_comes_before_the_name_and_the_name_before_geometry(
    tmp_path, make_knee, value_sets, write_volume, scan, table
):
    labels = make_knee(value_sets["oai"], "right")
    for name in ("a_left", "b_left", "c"):
        write_volume(tmp_path / f"{name}_seg.nii.gz", labels)
        write_volume(tmp_path / f"{name}.nii.gz", scan)
    table("sides.csv", "id,side", "a_left,right")
    assert [ref.read().side for ref in listing(tmp_path).refs] == ["right", "left", "right"]


def test_a_knee_whose_side_nothing_tells_is_no_case(tmp_path, make_knee, value_sets, write_volume, scan):
    write_volume(tmp_path / "labelsTr" / "k.nii.gz", make_knee(value_sets["oaizib_cm"]))
    write_volume(tmp_path / "imagesTr" / "k_0000.nii.gz", scan)
    with pytest.raises(CaseError, match=r"the knee's side is unknown: expected a line in kneeSideInfo\.csv"):
        only(tmp_path).read()


@pytest.mark.parametrize("weak", ["9001104_L", "left/9001104", "table"])
def test_where_the_side_names_the_structures_a_weak_sign_does_not_count(
    tmp_path, make_knee, value_sets, write_volume, scan, weak
):
    stem = "9001104" if weak == "table" else weak
    for number, values in (("1", "oai_zib"), ("2", "oaizib_cm")):
        folder = tmp_path / number
        write_volume(folder / f"{stem}_seg.nii.gz", make_knee(value_sets[values], "left"))
        write_volume(folder / f"{stem}.nii.gz", scan)
        if weak == "table":  # of knees numbered 0 (right) and 1 (left)
            (folder / "sides.csv").write_text("id,side\n9001104,1\n")
    with pytest.raises(CaseError, match="side is only suggested"):
        only(tmp_path / "1").read()
    # Here the labels themselves say which side is medial, so the self-check can contradict.
    assert only(tmp_path / "2", "?labels=oaizib_cm").read().side == ("right" if weak == "table" else "left")


def test_a_fibula_in_line_with_the_tibia_does_not_tell(tmp_path, make_knee, value_sets, write_volume, scan):
    labels = make_knee(value_sets["oai"])
    labels[labels == 8] = 0
    labels[18:22, 2:6, 2:10] = 8
    write_volume(tmp_path / "k_seg.nii.gz", labels)
    write_volume(tmp_path / "k.nii.gz", scan)
    with pytest.raises(CaseError, match="the knee's side is unknown"):
        only(tmp_path).read()


def test_the_label_set_is_told_by_the_values_or_by_option(
    tmp_path, make_knee, value_sets, write_volume, scan
):
    write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai_zib"]))
    write_volume(tmp_path / "right.nii.gz", scan)
    assert only(tmp_path).read().structures[1].key == "femur"
    assert only(tmp_path, "?labels=oai").read().structures[1].key == "femoral_cartilage"


def test_a_label_file_without_a_scan_is_skipped_with_the_reason(
    tmp_path, make_knee, value_sets, write_volume, scan
):
    for name in ("a_right", "b_right"):
        write_volume(tmp_path / f"{name}_seg.nii.gz", make_knee(value_sets["oai"]))
    write_volume(tmp_path / "a_right.nii.gz", scan)
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["a_right"]
    assert [(skipped.case_id, skipped.reason) for skipped in found.skipped] == [
        ("b_right", "no scan found for b_right_seg.nii.gz: expected one named b_right, or scan=labels")
    ]


def test_a_label_file_with_two_scans_is_skipped_with_the_reason(
    tmp_path, make_knee, value_sets, write_volume, scan
):
    write_volume(tmp_path / "a_seg.nii.gz", make_knee(value_sets["oai"]))
    for folder in ("x", "y"):
        write_volume(tmp_path / folder / "a.nii.gz", scan)
    (skipped,) = listing(tmp_path).skipped
    assert skipped.reason.startswith("2 scans could belong to it (a.nii.gz, a.nii.gz): expected one")
    assert str(tmp_path) not in skipped.reason


def test_scans_without_labels_are_noted(tmp_path, make_knee, value_sets, write_volume, scan):
    write_volume(tmp_path / "a_seg.nii.gz", make_knee(value_sets["oai"]))
    for name in ("a", "b", "c"):
        write_volume(tmp_path / f"{name}.nii.gz", scan)
    assert listing(tmp_path).notes == ("2 scans have no label file and are not used",)


def test_scans_alone_are_no_case(tmp_path, write_volume, scan):
    write_volume(tmp_path / "a.nii.gz", scan)
    with pytest.raises(WorkError, match=r"has no cases, expected label files such as <case>_labels\.nrrd"):
        listing(tmp_path)


class TestMadeFromLabels:
    def test_a_folder_without_any_scan_gets_pictures_made_from_labels_and_says_so(
        self, tmp_path, make_knee, value_sets, write_volume
    ):
        write_volume(tmp_path / "right_labels.nrrd", make_knee(value_sets["oai"]))
        found = listing(tmp_path)
        assert [ref.source for ref in found.refs] == ["oai (intensity made from labels)"]
        assert found.notes == (
            "INTENSITY MADE FROM LABELS, because the folder has no scans: "
            "the pictures of these knees are not MRI",
        )
        raw = found.refs[0].read()
        assert raw.scan.data.shape == raw.labels.data.shape
        np.testing.assert_array_equal(raw.scan.affine, raw.labels.affine)
        assert raw.scan.data[raw.labels.data == 1].mean() > raw.scan.data[raw.labels.data == 5].mean() + 50

    @pytest.mark.parametrize("name", ["scans.zip", "k.mgz", "more/slice.bin"])
    def test_no_picture_is_made_where_a_file_may_be_a_scan(
        self, tmp_path, make_knee, value_sets, write_volume, name
    ):
        write_volume(tmp_path / "right_seg.nrrd", make_knee(value_sets["oai"]))
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\xff" * 200)
        found = listing(tmp_path)
        assert (found.refs, [skip.case_id for skip in found.skipped]) == ((), ["right"])
        assert found.notes[0].startswith(
            f"1 files cannot be read and may be scans, such as {name.split('/')[-1]!r}"
        )
        assert name not in " ".join(found.nameless_notes)
        (made,) = listing(tmp_path, "?scan=labels").refs
        assert made.source == "oai (intensity made from labels)"

    def test_an_option_makes_them_where_there_are_scans(
        self, tmp_path, make_knee, value_sets, write_volume, scan
    ):
        write_volume(tmp_path / "right_seg.nii.gz", make_knee(value_sets["oai"]))
        write_volume(tmp_path / "right.nii.gz", scan)
        found = listing(tmp_path, "?scan=labels")
        assert [ref.source for ref in found.refs] == ["oai (intensity made from labels)"]
        assert found.notes[0].startswith("INTENSITY MADE FROM LABELS, as requested by scan=labels")
        assert not np.array_equal(found.refs[0].read().scan.data, scan)

    def test_the_picture_is_the_same_in_any_axis_order(self, tmp_path, make_knee, value_sets, write_volume):
        labels = make_knee(value_sets["oai"])
        write_volume(tmp_path / "ras" / "right_labels.nrrd", labels)
        write_volume(tmp_path / "lps" / "right_labels.nrrd", labels[::-1, ::-1].copy(), affine=LPS)
        ras, lps = (only(tmp_path / order).read() for order in ("ras", "lps"))
        np.testing.assert_array_equal(orient(ras.scan).data, orient(lps.scan).data)
        np.testing.assert_array_equal(orient(ras.labels).data, orient(lps.labels).data)


def write_dicom_series(folder, data):
    """A sagittal series of int16 slices, 2 mm."""
    folder.mkdir(parents=True)
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for i, plane in enumerate(data):
        image = SimpleITK.GetImageFromArray(plane.T[::-1, ::-1].copy())
        image.SetSpacing((2.0, 2.0))
        tags = {
            "0008|0060": "MR",
            "0020|000e": "1.2.3.4",
            "0020|000d": "1.2.3",
            "0008|0018": f"1.2.3.4.{i + 1}",
            "0020|0013": str(i + 1),
            "0018|0050": "2",
            "0020|0032": f"{-2 * i}\\-78\\78",
            "0020|0037": "0\\1\\0\\0\\0\\-1",
        }
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"{i:03}.dcm"))
        writer.Execute(image)


def test_a_dicom_series_is_the_scan_of_a_mask_of_the_same_id(tmp_path, make_knee, value_sets, write_volume):
    labels = make_knee(value_sets["oai_zib"])
    write_dicom_series(tmp_path / "00m" / "9001104" / "20050926" / "10423916", labels.astype(np.int16) * 10)
    write_volume(tmp_path / "masks" / "9001104.segmentation_masks.mhd", labels)
    (tmp_path / "side.csv").write_text("id,side\n9001104,right\n")
    raw = only(tmp_path).read()
    scan, placed = orient(raw.scan), orient(raw.labels)
    np.testing.assert_allclose(scan.affine, placed.affine, atol=1e-6)
    bones = np.isin(placed.data, (1, 3))
    np.testing.assert_array_equal(scan.data[bones] // 10, placed.data[bones])


def test_listing_opens_no_volume_and_reading_reports_the_file(tmp_path):
    for name in ("right_seg.nii.gz", "right.nii.gz"):
        (tmp_path / name).write_bytes(b"nothing")
    with pytest.raises(CaseError, match=r"right_seg\.nii\.gz") as error:
        only(tmp_path).read()
    assert str(tmp_path) not in str(error.value)


def test_a_case_travels_to_another_process(tmp_path, make_knee, value_sets, write_volume, scan):
    write_volume(tmp_path / "größe_R_seg.nii.gz", make_knee(value_sets["oai"]))
    write_volume(tmp_path / "größe_R.nii.gz", scan)
    copy = ForkingPickler.loads(ForkingPickler.dumps(only(tmp_path)))
    assert (copy.case_id, copy.read().side) == ("größe_R", "right")


def test_the_fingerprint_tells_the_files_the_options_and_the_side(
    tmp_path, make_knee, value_sets, write_volume, scan
):
    labels = write_volume(tmp_path / "a_seg.nii.gz", make_knee(value_sets["oai"]))
    write_volume(tmp_path / "a.nii.gz", scan)
    seen = {
        only(tmp_path, options).fingerprint for options in ("", "?labels=oai", "?affine=scan", "?scan=labels")
    }
    (tmp_path / "side.csv").write_text("id,side\na,1\n")
    seen.add(only(tmp_path).fingerprint)
    os.utime(labels, ns=(1, 1))
    seen.add(only(tmp_path).fingerprint)
    assert len(seen) == 6


def test_the_real_knee_is_one_right_knee(data_dir):
    found = listing(data_dir / "oai_knee")
    (ref,) = found.refs
    assert (ref.case_id, ref.source) == ("right_knee", "oai (intensity made from labels)")
    assert found.skipped == ()
    raw = ref.read()
    assert raw.side == "right"
    for part in ("tibial_cartilage", "meniscus"):
        assert offset_x(raw, f"lateral_{part}", f"medial_{part}") > 20
    assert offset_x(raw, "fibula", "tibia") > 5


def test_the_real_knee_tells_its_side_by_its_fibula_too_and_so_does_its_mirror_image(tmp_path, data_dir):
    image = SimpleITK.ReadImage(str(data_dir / "oai_knee" / "right_knee_labels.nrrd"))
    labels = SimpleITK.GetArrayFromImage(image).T
    (x_axis,) = (a for a in range(3) if labels.shape[a] == 160)
    coarse = labels[tuple(slice(None, None, 2) for _ in range(3))]
    affine = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = np.diag([-1.0, -1, 1]) @ direction @ np.diag(image.GetSpacing()) * 2
    for name, data in (("plain", coarse), ("mirrored", np.flip(coarse, x_axis))):
        nib.save(nib.Nifti1Image(np.ascontiguousarray(data), affine), tmp_path / f"{name}_seg.nii")
    sides = {ref.case_id: ref.read().side for ref in listing(tmp_path).refs}
    assert sides == {"plain": "right", "mirrored": "left"}


def test_of_two_label_files_of_a_knee_the_first_is_used_and_the_other_listed(
    tmp_path, make_knee, value_sets, write_volume, scan
):
    for name in ("k_right_labels.nii.gz", "k_right_seg.nii.gz"):
        write_volume(tmp_path / name, make_knee(value_sets["oai"]))
    write_volume(tmp_path / "k_right.nii.gz", scan)
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["k_right"]
    assert [(skip.case_id, skip.reason) for skip in found.skipped] == [
        (
            "k_right",
            "'k_right_seg.nii.gz' has labels of the same knee as 'k_right_labels.nii.gz', which is used: "
            "expected one label file",
        )
    ]
