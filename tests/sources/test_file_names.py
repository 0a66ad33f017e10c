"""Names in a label file win over the numbers of a label set, in every source that reads numbers."""

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.sources import list_cases
from misground.sources.label_sets import class_values

TABLE = "<CaretExtension><VolumeInformation><LabelTable>{}</LabelTable></VolumeInformation></CaretExtension>"


def save_labels(path, data, names):
    image = nib.Nifti1Image(data, np.diag([2.0, 2.0, 2.0, 1.0]))
    rows = "".join(f'<Label Key="{value}">{name}</Label>' for value, name in names.items())
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, TABLE.format(rows).encode()))
    nib.save(image, path)


def read_only(source):
    (ref,) = list_cases(source).refs
    return ref.read()


def ml_case(case_folder, names, scan="ct.nii.gz"):
    folder = case_folder(scan=scan)
    data = np.zeros((6, 5, 4), np.uint8)
    for i, value in enumerate(names):
        data[i] = value
    save_labels(folder / "segmentation.nii.gz", data, names)
    return folder


def test_the_names_of_version_1_win_over_the_numbers_of_version_2(tmp_path, case_folder):
    ml_case(case_folder, {7: "aorta", 10: "pancreas", 50: "brain"})
    raw = read_only(f"totalsegmentator:{tmp_path}")
    assert {value: structure.key for value, structure in raw.structures.items()} == {
        7: "aorta",
        10: "pancreas",
    }
    assert raw.ignored == {50}
    assert raw.label_set is None


def test_names_that_say_what_the_numbers_say_change_nothing(tmp_path, case_folder):
    ml_case(case_folder, {5: "liver", 52: "aorta", 90: "brain"})
    named = read_only(f"totalsegmentator:{tmp_path}")
    assert len(named.structures) == len(set(class_values("total").values()) - named.ignored)
    assert named.label_set == "total"


def test_an_older_list_of_the_mri_task(tmp_path, case_folder):
    ml_case(case_folder, {34: "femur_left", 36: "hip_left"}, scan="mri.nii.gz")
    raw = read_only(f"totalsegmentator:{tmp_path}")
    assert {value: s.key for value, s in raw.structures.items()} == {34: "femur_left", 36: "hip_left"}


def test_the_names_of_another_task_are_refused_in_words(tmp_path, case_folder):
    ml_case(case_folder, {1: "subcutaneous_fat", 2: "torso_fat", 3: "skeletal_muscle"})
    with pytest.raises(CaseError, match="'subcutaneous_fat', 'torso_fat', 'skeletal_muscle'"):
        read_only(f"totalsegmentator:{tmp_path}")


def labelmap(tmp_path, write_volume, table, names, values="value,structure\n7,pancreas\n8,\n"):
    write_volume(tmp_path / "ct.nii.gz", np.zeros((6, 5, 4), np.int16))
    data = np.zeros((6, 5, 4), np.uint8)
    data[0] = 7
    save_labels(tmp_path / "seg.nii.gz", data, names)
    table("cases.csv", "case_id,scan,labels", "p1,ct.nii.gz,seg.nii.gz")
    (tmp_path / "labels.csv").write_text(values)
    return f"labelmap:{tmp_path}"


def test_a_users_table_that_contradicts_the_file_is_refused(tmp_path, write_volume, table):
    source = labelmap(tmp_path, write_volume, table, {7: "aorta"})
    with pytest.raises(
        CaseError, match=r"value 7 'aorta' \(there pancreas\); expected the names of labels.csv"
    ):
        read_only(source)
    with pytest.raises(CaseError, match=r"there pancreas\); expected the names of label set total:"):
        read_only(f"{source}?labels=total")


@pytest.mark.parametrize("name", ["Pancreas", "segment 7", "pancreatic region"])
def test_a_users_table_stands_where_the_file_does_not_contradict_it(tmp_path, write_volume, table, name):
    raw = read_only(labelmap(tmp_path, write_volume, table, {7: name, 8: "liver"}))
    assert raw.structures[7].key == "pancreas"


def test_a_knee_whose_file_names_its_values(tmp_path, write_volume, make_knee):
    names = {"femur": 1, "tibia": 2, "lateral_meniscus": 3, "medial_meniscus": 4}
    data = make_knee(names)
    write_volume(tmp_path / "right_knee.nii.gz", data.astype(np.int16))
    save_labels(tmp_path / "right_knee_labels.nii.gz", data, {value: key for key, value in names.items()})
    raw = read_only(f"oai:{tmp_path}")
    assert {value: s.key for value, s in raw.structures.items()} == {
        value: key for key, value in names.items()
    }
    assert raw.side == "right"
