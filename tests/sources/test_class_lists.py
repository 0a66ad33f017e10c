import numpy as np
import pytest

from misground.sources import list_cases
from misground.sources.class_lists import find_class_list, read_class_list

SNAP = """# ITK-SnAP Label Description File
    0     0    0    0        0  0  0    "Clear Label"
    7   255    0    0        1  1  1    "aorta"
   10     0  255    0        1  1  1    "pancreas"
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.json", '{"labels": {"background": 0, "aorta": 7, "pancreas": 10}}'),
        ("s.json", '{"0": "background", "7": "aorta", "10": "pancreas"}'),
        ("s.txt", SNAP),
        ("s.label", SNAP),
        (
            "s.ctbl",
            "# Color table file\n0 background 0 0 0 0\n7 aorta 255 0 0 255\n10 pancreas 0 255 0 255\n",
        ),
        ("s.csv", "value;name\n7;aorta\n10;pancreas\n"),
        ("s.tsv", "index\tname\tcolor\n7\taorta\t#ff0000\n10\tpancreas\t#00ff00\n"),
    ],
)
def test_the_usual_lists_of_classes(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert find_class_list(tmp_path / "s.nii.gz") == tmp_path / name
    assert read_class_list(tmp_path / name) == {7: "aorta", 10: "pancreas"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.json", '{"Modality": "CT", "EchoTime": 0.1}'),
        ("s.json", "[1, 2]"),
        ("s.json", '{"liver": 1432, "spleen": 211}'),
        ("s.json", '{"7": "first", "10": "second"}'),
        ("s.csv", "index,organ\n1,liver\n2,spleen\n"),
        ("s.json", "{"),
        ("s.json", "[" * 100_000),
        ("s.txt", "a report of the radiologist\n"),
        ("s.csv", "slice,volume\n1,20\n"),
        ("s.csv", "value,name\none,liver\n"),
        ("s.csv", "value,name\n1,liver\n1,spleen\n"),
    ],
)
def test_another_file_of_that_name_is_no_list(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_class_list(tmp_path / name) is None


def test_a_list_beside_the_labels_wins_over_numbers_and_counts_as_read(tmp_path, case_folder, write_volume):
    folder = case_folder()
    data = np.zeros((6, 5, 4), np.uint8)
    data[0], data[1] = 7, 10
    write_volume(folder / "segmentation.nii.gz", data)
    (before,) = list_cases(f"totalsegmentator:{tmp_path}").refs
    assert before.read().structures[7].key == "pancreas"
    (folder / "segmentation.txt").write_text(SNAP)
    (after,) = list_cases(f"totalsegmentator:{tmp_path}").refs
    assert {v: s.key for v, s in after.read().structures.items()} == {7: "aorta", 10: "pancreas"}
    assert after.fingerprint != before.fingerprint
