"""NIfTI with names in its header extension, and BIDS segmentations with a table."""

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.sources import list_cases

from .conftest import KEYS


def save(path, data, affine, names=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(data, affine)
    if names:
        rows = "".join(f'<Label Key="{value}"><![CDATA[{name}]]></Label>' for value, name in names.items())
        xml = f"<CaretExtension><LabelTable>{rows}</LabelTable></CaretExtension>"
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, xml.encode()))
    nib.save(image, path)


def tsv(path, names):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("index\tname\n" + "".join(f"{value}\t{name}\n" for value, name in names.items()))


def test_a_label_map_that_names_its_values(tmp_path, phantom, scan_file, only_case):
    scan_file()
    save(tmp_path / "p1/anything.nii.gz", phantom.labels, phantom.affine, dict(enumerate(KEYS, 1)))
    phantom.check(only_case())


def test_any_numbers_are_right_if_they_are_named(tmp_path, phantom, scan_file, only_case):
    scan_file()
    names = {10 * i: key for i, key in enumerate(KEYS, 1)}
    save(tmp_path / "p1/seg.nii.gz", phantom.labels * np.uint8(10), phantom.affine, names)
    phantom.check(only_case())


def bids(tmp_path, phantom, name="sub-01_ct", seg="derivatives/seg/sub-01/anat/sub-01_desc-manual_dseg"):
    save(tmp_path / f"rawdata/sub-01/anat/{name}.nii.gz", phantom.scan, phantom.affine)
    save(tmp_path / f"{seg}.nii.gz", phantom.labels, phantom.affine)
    return tmp_path / f"{seg}.tsv"


def test_a_bids_segmentation_and_its_table(tmp_path, phantom, only_case):
    tsv(bids(tmp_path, phantom), {0: "background", **dict(enumerate(KEYS, 1))})
    case = only_case()
    phantom.check(case)
    assert (case.facts.case_id, case.facts.modality) == ("sub-01_desc-manual", "ct")


def test_a_table_higher_up_serves_all_subjects(tmp_path, phantom, only_case):
    bids(tmp_path, phantom, name="sub-01_T1w")
    tsv(tmp_path / "derivatives/seg/desc-manual_dseg.tsv", dict(enumerate(KEYS, 1)))
    tsv(tmp_path / "derivatives/seg/desc-other_dseg.tsv", {1: "spleen"})
    case = only_case()
    phantom.check(case)
    assert case.facts.modality == "mri"


def test_a_segmentation_without_a_table_is_skipped(tmp_path, phantom):
    bids(tmp_path, phantom)
    (skip,) = list_cases(f"segmentations:{tmp_path}").skipped
    assert "has no table of labels; expected a file of the same name with .tsv" in skip.reason


def test_the_scan_of_a_session_and_acquisition(tmp_path, phantom):
    for name in ("sub-01_ses-1_acq-a_ct", "sub-01_ses-1_acq-b_ct", "sub-01_ses-2_acq-a_ct"):
        save(tmp_path / f"sub-01/{name}.nii.gz", phantom.scan, phantom.affine)
    for name in ("sub-01_ses-1_acq-b_dseg", "sub-01_ses-1_dseg"):
        save(tmp_path / f"d/{name}.nii.gz", phantom.labels, phantom.affine)
        tsv(tmp_path / f"d/{name}.tsv", dict(enumerate(KEYS, 1)))
    listing = list_cases(f"segmentations:{tmp_path}")
    assert [ref.case_id for ref in listing.refs] == ["sub-01_ses-1_acq-b"]
    (skip,) = listing.skipped
    assert skip.reason.startswith("found 2 scans for 'sub-01_ses-1_dseg.nii.gz'")
    assert any("2 scans have no segmentation" in note for note in listing.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("index\tlabel\n1\tliver\n", "no index or no name"),
        ("index\tname\none\tliver\n", "index is 'one'"),
        ("index\tname\n1\tliver\n1\tspleen\n", "given twice"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, phantom, text, said):
    bids(tmp_path, phantom).write_text(text)
    (skip,) = list_cases(f"segmentations:{tmp_path}").skipped
    assert said in skip.reason
    assert "dseg.tsv', line" in skip.reason


def test_a_value_without_a_name_is_refused(tmp_path, phantom, only_case):
    tsv(bids(tmp_path, phantom), {1: "liver", 2: "spleen"})
    with pytest.raises(CaseError, match=r"values 3, 4, 5, .*without a name"):
        only_case()


def test_a_flat_folder_is_paired_by_name(tmp_path, phantom):
    for name in ("p1", "p2"):
        save(tmp_path / f"{name}_ct.nii.gz", phantom.scan, phantom.affine)
        save(tmp_path / f"{name}_ct_seg.nii.gz", phantom.labels, phantom.affine, dict(enumerate(KEYS, 1)))
    (tmp_path / "._p1_ct_seg.nii.gz").write_bytes(b"macOS")
    listing = list_cases(f"segmentations:{tmp_path}")
    assert [(ref.case_id, ref.modality) for ref in listing.refs] == [("p1_ct", "ct"), ("p2_ct", "ct")]
    assert {row.files for row in listing.label_names} == {2}


def test_a_scan_that_says_no_modality_needs_the_option(tmp_path, phantom):
    save(tmp_path / "p1/volume.nii.gz", phantom.scan, phantom.affine)
    save(tmp_path / "p1/seg.nii.gz", phantom.labels, phantom.affine, dict(enumerate(KEYS, 1)))
    (skip,) = list_cases(f"segmentations:{tmp_path}").skipped
    assert "add modality=ct or modality=mri" in skip.reason
    assert list_cases(f"segmentations:{tmp_path}?modality=mri").refs[0].modality == "mri"
