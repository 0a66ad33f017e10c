"""The real torso with the numbers of other versions: what the file says of its values counts."""

import nibabel as nib
import numpy as np
import pytest

from misground.benchmark.check import check_sources
from misground.sources import list_cases
from misground.sources.label_sets import class_values, set_names
from misground.volumes import load_case

pytestmark = pytest.mark.slow
TABLE = "<CaretExtension><VolumeInformation><LabelTable>{}</LabelTable></VolumeInformation></CaretExtension>"


def renumbered(data_dir, folder, values, scan="ct", names=True):
    """Write the torso with other numbers; its vertebrae become one where a set has only the whole."""
    source = nib.load(data_dir / "ct_torso/segmentation.nii.gz")
    old = {value: name for name, value in class_values("total").items()}
    table = np.zeros(256, np.uint8)
    for value, name in old.items():
        coarse = "vertebrae" if name.startswith("vertebrae") else name
        table[value] = values.get(name, values.get(coarse, 0))
    image = nib.Nifti1Image(table[np.asarray(source.dataobj).astype(np.uint8)], source.affine)
    if names:
        rows = "".join(f'<Label Key="{v}"><![CDATA[{n}]]></Label>' for n, v in values.items())
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, TABLE.format(rows).encode()))
    folder.mkdir(parents=True)
    nib.save(image, folder / "segmentation.nii.gz")
    ct = nib.load(data_dir / "ct_torso/ct.nii.gz")
    nib.save(nib.Nifti1Image(np.asarray(ct.dataobj).astype(np.int16), ct.affine), folder / f"{scan}.nii.gz")


def checked(tmp_path, options=""):
    (found,) = check_sources([f"totalsegmentator:{tmp_path}{options}"], 1).verdicts
    return found.status, found.text


def test_version_1_by_its_names_is_the_same_body(data_dir, tmp_path):
    renumbered(data_dir, tmp_path / "s1", class_values("total_v1"))
    status, text = checked(tmp_path)
    assert status == "agrees"
    assert text.startswith("x 131/131, y 118/118, z 222/222; scan ")
    assert text.endswith("; labels by the names in the file, which differ from total")
    case = load_case(list_cases(f"totalsegmentator:{tmp_path}").refs[0])
    plain = tmp_path / "plain"
    renumbered(data_dir, plain / "s1", class_values("total_v1"), names=False)
    stated = load_case(list_cases(f"totalsegmentator:{plain}?labels=v1").refs[0])
    assert case.structures == stated.structures
    assert np.array_equal(case.labels, stated.labels)


def test_a_few_organs_of_version_1_that_would_agree_with_version_2(data_dir, tmp_path):
    few = ("spleen", "kidney_right", "kidney_left", "gallbladder", "liver", "stomach", "aorta", "pancreas")
    values = {name: class_values("total_v1")[name] for name in few}
    renumbered(data_dir, tmp_path / "s1", values)
    case = load_case(list_cases(f"totalsegmentator:{tmp_path}").refs[0])
    assert {s.key for s in case.structures} == set(few)


def test_an_older_version_of_the_mri_task(data_dir, tmp_path):
    values = {name: value for value, name in set_names("total_mr_56").items()}
    renumbered(data_dir, tmp_path / "s1", values, scan="mri")
    assert checked(tmp_path)[0] == "agrees"


def test_without_names_the_label_set_that_fits_is_named(data_dir, tmp_path):
    renumbered(data_dir, tmp_path / "s1", class_values("total_v1"), names=False)
    status, text = checked(tmp_path)
    assert status == "contradicts"
    assert text.startswith("the label values look like those of total_v1 (x 131/131")


def test_another_task_is_refused_for_its_names(data_dir, tmp_path):
    renumbered(data_dir, tmp_path / "s1", {"subcutaneous_fat": 1, "torso_fat": 2, "skeletal_muscle": 3})
    status, text = checked(tmp_path)
    assert status == "unusable"
    assert "'subcutaneous_fat', 'torso_fat', 'skeletal_muscle'" in text
