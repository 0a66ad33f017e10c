import json

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError, UsageError, WorkError
from misground.sources import list_cases, with_label_map
from misground.volumes import load_case

LABELS = {"background": 0, "L kidney": 1, "spleen": 2, "kidney": 3, "tumour": 4}


@pytest.fixture
def dataset(tmp_path, write_volume):
    """Write a data set: cases with their channels, and dataset.json."""

    def write(cases=("c1",), channels=("CT",), labels=LABELS, numbered=True, four=False, **more):
        data = np.zeros((6, 5, 4), np.uint8)
        for value in range(1, 5):
            data[value] = value
        for case in cases:
            write_volume(tmp_path / "labelsTr" / f"{case}.nii.gz", data)
            scans = [np.full((6, 5, 4), 10 * (i + 1), np.int16) for i in range(len(channels))]
            if four:
                write_volume(tmp_path / "imagesTr" / f"{case}.nii.gz", np.stack(scans, axis=-1))
                continue
            for i, scan in enumerate(scans):
                name = f"{case}_{i:04d}" if numbered else case
                write_volume(tmp_path / "imagesTr" / f"{name}.nii.gz", scan)
        content = {"channel_names": dict(enumerate(channels)), "labels": labels, **more}
        (tmp_path / "dataset.json").write_text(json.dumps(content))
        return f"nnunet:{tmp_path}"

    return write


def keys_of(raw):
    return {value: structure.key for value, structure in raw.structures.items()}


def test_labels_are_matched_by_name_and_the_others_are_told(dataset):
    listing = list_cases(dataset())
    (ref,) = listing.refs
    raw = ref.read()
    assert (ref.case_id, ref.modality, ref.region, ref.source) == ("c1", "ct", "torso", "nnunet")
    assert keys_of(raw) == {1: "kidney_left", 2: "spleen"}
    assert raw.ignored == {3, 4}
    rows = {row.name: (row.values, row.structure, row.status) for row in listing.label_names}
    assert rows == {
        "L kidney": ("1", "kidney_left", "matched"),
        "spleen": ("2", "spleen", "matched"),
        "kidney": ("3", "", "ambiguous"),
        "tumour": ("4", "", "unmatched"),
    }
    assert "kidney_left or kidney_right" in listing.label_names[2].why


@pytest.mark.parametrize("numbered", [True, False])
def test_scans_with_and_without_the_number_of_a_channel(dataset, numbered):
    (ref,) = list_cases(dataset(cases=("liver_0012",), numbered=numbered)).refs
    assert ref.case_id == "liver_0012"
    assert load_case(ref).scan.max() == 10


@pytest.mark.parametrize("four", [True, False])
@pytest.mark.parametrize(("option", "grey"), [("", 10), ("?channel=1", 20), ("?channel=adc", 20)])
def test_a_channel_is_chosen_by_number_or_name(dataset, four, option, grey):
    listing = list_cases(dataset(channels=("T2", "ADC"), four=four) + option)
    (ref,) = listing.refs
    assert ref.modality == "mri"
    assert {int(v) for v in np.unique(load_case(ref).scan)} == {grey}
    assert any("of 0 (T2), 1 (ADC) is shown" in note for note in listing.notes)


def test_a_channel_that_is_not_there(dataset):
    source = dataset(channels=("T2", "ADC"))
    with pytest.raises(UsageError, match=r"channel is '2', expected 0 \(T2\), 1 \(ADC\)"):
        list_cases(f"{source}?channel=2")


def test_a_missing_scan_is_skipped_with_its_name(dataset, tmp_path):
    source = dataset(cases=("c1", "c2"))
    (tmp_path / "imagesTr/c2_0000.nii.gz").rename(tmp_path / "imagesTr/other_0000.nii.gz")
    listing = list_cases(source)
    assert [(s.case_id, s.reason) for s in listing.skipped] == [
        ("c2", "no scan found for 'c2.nii.gz', expected imagesTr/c2_0000")
    ]
    assert "1 scans have no label file and are not used" in listing.notes


def test_test_cases_are_used_where_they_have_labels_and_hidden_files_never(dataset, tmp_path, write_volume):
    source = dataset()
    for folder, name in (("imagesTs", "c1_0000"), ("labelsTs", "c1"), ("imagesTs", "c9_0000")):
        write_volume(tmp_path / folder / f"{name}.nii.gz", np.ones((6, 5, 4), np.uint8))
    (tmp_path / "labelsTr/._c1.nii.gz").write_bytes(b"macOS")
    listing = list_cases(source)
    assert [ref.case_id for ref in listing.refs] == ["Ts_c1", "c1"]
    assert "1 scans have no label file and are not used" in listing.notes


def test_a_listed_case_without_files_is_told(dataset):
    source = dataset(training=[{"image": "./imagesTr/gone.nii.gz", "label": "./labelsTr/gone.nii.gz"}])
    assert [skip.case_id for skip in list_cases(source).skipped] == ["gone.nii.gz"]


def test_regions_give_all_their_values_to_a_structure(dataset):
    listing = list_cases(dataset(labels={"background": 0, "liver": [1, 2], "tumour": 2, "spleen": 3, "x": 4}))
    assert keys_of(listing.refs[0].read()) == {1: "liver", 2: "liver", 3: "spleen"}


def test_a_value_that_two_structures_claim_belongs_to_neither(dataset):
    listing = list_cases(dataset(labels={"liver": [1, 2], "spleen": [2, 3], "colon": 4}))
    assert keys_of(listing.refs[0].read()) == {4: "colon"}
    assert [row.status for row in listing.label_names] == ["ambiguous", "ambiguous", "matched"]


def test_the_users_table_decides_first(dataset, table):
    path = table("my map.csv", "label,structure,name", "KIDNEY,kidney_right,", "2,,", "tumour,lesion,lesion")
    (source,) = with_label_map([dataset()], str(path))
    listing = list_cases(source)
    assert keys_of(listing.refs[0].read()) == {1: "kidney_left", 3: "kidney_right", 4: "lesion"}
    assert [row.status for row in listing.label_names] == ["matched", "mapped", "mapped", "mapped"]


def test_a_table_for_a_source_that_takes_none():
    with pytest.raises(UsageError, match="no source that takes one: expected nnunet"):
        with_label_map(["phantom:torso"], "map.csv")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["label,structure", "liver,no_such"], "not in the structure table: 'no_such'"),
        (["label,structure", "Liver,liver", "liver,spleen"], "label 'liver' is given twice"),
        (["label,structure", ",liver"], "label is ''"),
        (["name,structure"], "missing column label"),
    ],
)
def test_a_wrong_table_is_named(dataset, table, lines, said):
    (source,) = with_label_map([dataset()], str(table("map.csv", *lines)))
    with pytest.raises(UsageError, match=said):
        list_cases(source)


def test_no_label_that_means_a_structure(dataset):
    with pytest.raises(WorkError, match="found 'left_atrium': name them in a table and add map=FILE"):
        list_cases(dataset(labels={"background": 0, "left_atrium": 1}))


def test_a_channel_that_says_no_modality(dataset):
    source = dataset(channels=("nonorm",))
    with pytest.raises(UsageError, match=r"channel 0 is 'nonorm'.*add modality=ct or modality=mri"):
        list_cases(source)
    assert list_cases(f"{source}?modality=mri").refs[0].modality == "mri"


def test_without_dataset_json_a_known_set_is_needed(dataset, tmp_path):
    source = dataset()
    (tmp_path / "dataset.json").unlink()
    with pytest.raises(UsageError, match=r"dataset\.json is missing"):
        list_cases(source)
    raw = list_cases(f"{source}?labels=btcv&modality=ct").refs[0].read()
    assert [raw.structures[value].key for value in (1, 2, 3)] == ["spleen", "kidney_right", "kidney_left"]


def test_names_in_a_label_file_that_contradict_the_json_are_refused(dataset, tmp_path):
    source = dataset()
    image = nib.load(tmp_path / "labelsTr/c1.nii.gz")
    xml = "<A><LabelTable><Label Key='2'>liver</Label></LabelTable></A>"
    named = nib.Nifti1Image(np.asarray(image.dataobj), image.affine)
    named.header.extensions.append(nib.nifti1.Nifti1Extension(0, xml.encode()))
    nib.save(named, tmp_path / "labelsTr/c1.nii.gz")
    with pytest.raises(CaseError, match=r"2 'liver' \(there spleen\); expected the names of dataset.json"):
        list_cases(source).refs[0].read()


def test_a_knee_by_its_names(dataset, tmp_path, write_volume, make_knee):
    names = {"femur": 1, "tibia": 2, "lateral meniscus": 3, "medial meniscus": 4}
    source = dataset(cases=("knee_1",), channels=("DESS",), labels=names)
    keys = {"femur": 1, "tibia": 2, "lateral_meniscus": 3, "medial_meniscus": 4}
    data = make_knee(keys)
    write_volume(tmp_path / "labelsTr/knee_1.nii.gz", data)
    write_volume(tmp_path / "imagesTr/knee_1_0000.nii.gz", data.astype(np.int16))
    (ref,) = list_cases(source).refs
    assert (ref.region, ref.modality) == ("knee", "mri")
    with pytest.raises(CaseError, match="side=right or side=left"):
        ref.read()
    (ref,) = list_cases(f"{source}?side=right").refs
    assert load_case(ref).facts.side == "right"


def test_a_phantom_as_nnu_net_comes_back_as_the_same_label_map(tmp_path, write_volume):
    (phantom,) = list_cases("phantom:torso?n=1").refs
    raw = phantom.read()
    expected = load_case(phantom)
    write_volume(tmp_path / "imagesTr/p_0000.nii.gz", np.asarray(raw.scan.data), affine=raw.scan.affine)
    write_volume(tmp_path / "labelsTr/p.nii.gz", np.asarray(raw.labels.data), affine=raw.labels.affine)
    labels = {"background": 0}
    for value, structure in raw.structures.items():
        labels.setdefault(structure.name, []).append(value)
    (tmp_path / "dataset.json").write_text(
        json.dumps(
            {"channel_names": {"0": "CT"}, "labels": labels, "file_ending": ".nii.gz", "numTraining": 1}
        )
    )
    (ref,) = list_cases(f"nnunet:{tmp_path}").refs
    case = load_case(ref)
    assert case.structures == expected.structures
    assert np.array_equal(case.labels, expected.labels)
    assert np.array_equal(case.scan, expected.scan)
