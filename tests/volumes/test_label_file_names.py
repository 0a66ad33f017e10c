import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.volumes import read_label_names

TABLE = '<?xml version="1.0" encoding="UTF-8"?><CaretExtension><VolumeInformation Index="0"><LabelTable>{}</LabelTable></VolumeInformation></CaretExtension>'  # noqa: E501


def label(value, name):
    return f'<Label Key="{value}" Red="1" Green="0" Blue="0" Alpha="1"><![CDATA[{name}]]></Label>'


def save(path, *labels, code=0, text=None, kind=nib.Nifti1Image):
    image = kind(np.zeros((3, 3, 3), np.uint8), np.eye(4))
    content = TABLE.format("".join(labels)) if text is None else text
    image.header.extensions.append(nib.nifti1.Nifti1Extension(code, content.encode()))
    nib.save(image, path)
    return path


@pytest.mark.parametrize("code", [0, 30])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii"])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_the_label_table_of_a_nifti_extension(tmp_path, code, name, kind):
    path = save(
        tmp_path / name, label(0, "???"), label(7, "aorta"), label(10, " pan creas"), code=code, kind=kind
    )
    assert read_label_names(path) == {7: "aorta", 10: "pan creas"}


def test_a_big_endian_header(tmp_path):
    image = nib.Nifti1Image(np.zeros((3, 3, 3), np.uint8), np.eye(4))
    header = nib.Nifti1Header(endianness=">")
    header.set_data_shape((3, 3, 3))
    header.set_data_dtype(np.uint8)
    big = nib.Nifti1Image(image.dataobj, np.eye(4), header)
    big.header.extensions.append(nib.nifti1.Nifti1Extension(0, TABLE.format(label(1, "liver")).encode()))
    nib.save(big, tmp_path / "a.nii")
    assert read_label_names(tmp_path / "a.nii") == {1: "liver"}


def test_other_extensions_and_other_files_name_nothing(tmp_path):
    assert read_label_names(save(tmp_path / "a.nii.gz", text="a comment", code=6)) is None
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3), np.uint8), np.eye(4)), tmp_path / "b.nii.gz")
    assert read_label_names(tmp_path / "b.nii.gz") is None
    (tmp_path / "c.nii").write_bytes(b"no header")
    assert read_label_names(tmp_path / "c.nii") is None
    assert read_label_names(tmp_path / "missing.nii.gz") is None
    assert read_label_names(tmp_path / "a.mha") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TABLE.format('<Label Key="x">liver</Label>'), "cannot be read"),
        ("<CaretExtension><LabelTable>", "cannot be read"),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><a><LabelTable><Label Key="1">&b;</Label></LabelTable></a>',
            "document",
        ),
        (TABLE.format(label(1, "liver") + label(1, "spleen")), "'liver' and 'spleen'"),
    ],
)
def test_a_label_table_that_cannot_be_trusted_is_refused(tmp_path, text, said):
    with pytest.raises(CaseError, match=said):
        read_label_names(save(tmp_path / "a.nii.gz", text=text))


def nrrd(path, *pairs, sizes="3 3 3"):
    lines = [
        "NRRD0005",
        "type: uint8",
        f"dimension: {len(sizes.split())}",
        f"sizes: {sizes}",
        "encoding: raw",
    ]
    path.write_text("\n".join([*lines, *pairs, "", ""]), encoding="utf-8")
    return path


def test_slicers_segments_name_the_values_of_a_single_layer(tmp_path):
    path = nrrd(
        tmp_path / "a.seg.nrrd",
        "Segment0_Name:=liver", "Segment0_LabelValue:=3", "Segment0_Layer:=0",
        "Segment1_Name:=Left kidney", "Segment1_LabelValue:=5", "Segment1_Layer:=0",
    )  # fmt: skip
    assert read_label_names(path) == {3: "liver", 5: "Left kidney"}


def test_an_nrrd_file_without_segments_or_with_layers_names_no_value(tmp_path):
    assert read_label_names(nrrd(tmp_path / "a.nrrd", "Other:=1")) is None
    assert read_label_names(nrrd(tmp_path / "b.nrrd", "Segment0_Name:=liver", sizes="2 3 3 3")) is None


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (("Segment0_Name:=a", "Segment0_Name:=b"), "twice"),
        (("Segment0_Name:=a", "Segment0_LabelValue:=one"), "whole number"),
        (("Segment0_Name:=a", "Segment1_Name:=b"), "both have the value 1"),
    ],
)
def test_segments_that_contradict_each_other_are_refused(tmp_path, pairs, said):
    with pytest.raises(CaseError, match=said):
        read_label_names(nrrd(tmp_path / "a.nrrd", *pairs))
