"""Label values and SNOMED CT codes against TotalSegmentator's own lists."""

import csv
import re
from pathlib import Path

import pytest

from misground.anatomy import LabelSet, structure_table

LEFT_OUT = {"kidney_cyst_left", "kidney_cyst_right", "brain", "skull", "pulmonary_artery", "face"}
# The dihedral group D5 and its permutations: the check digit of SNOMED CT identifiers.
D5_PRODUCT = (
    "0123456789 1234067895 2340178956 3401289567 4012395678 "
    "5987604321 6598710432 7659821043 8765932104 9876543210"
)
D5_PERMUTATION = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258"


def verhoeff(code: str) -> int:
    """0 where the check digit of a number is right."""
    product = [[int(digit) for digit in row] for row in D5_PRODUCT.split()]
    permutation = [[int(digit) for digit in row] for row in D5_PERMUTATION.split()]
    check = 0
    for place, digit in enumerate(map(int, reversed(code))):
        check = product[check][permutation[place % 8][digit]]
    return check


def expected_key(class_name: str) -> str | None:
    """The structure that a class of TotalSegmentator belongs to, None for those that are left out."""
    if class_name in LEFT_OUT:
        return None
    if re.fullmatch(r"vertebrae_[CTLS]\d+", class_name):
        return "vertebrae"
    if rib := re.fullmatch(r"rib_(left|right)_\d+", class_name):
        return f"ribs_{rib[1]}"
    if class_name.startswith("heart_"):
        return "heart"
    return class_name


@pytest.fixture(scope="session")
def snomed_codes(data_dir: Path) -> dict[str, tuple[str, str]]:
    """Class -> concept, laterality modifier ("" where it has none)."""
    with (data_dir / "snomed_codes.csv").open(encoding="utf-8") as file:
        next(file)
        return {row[0]: (row[2], row[4]) for row in csv.reader(file)}


@pytest.mark.parametrize(("task", "classes"), [("total", 117), ("total_v1", 104), ("total_mr", 50)])
def test_every_class_of_totalsegmentator_maps_to_its_structure(data_dir: Path, task: LabelSet, classes: int):
    with (data_dir / "totalsegmentator_classes.csv").open(encoding="utf-8") as file:
        names = {int(row["label"]): row["class"] for row in csv.DictReader(file) if row["task"] == task}
    assert len(names) == classes
    found = {value: structure.key for value, structure in structure_table().label_set(task).items()}
    expected = {value: expected_key(name) for value, name in names.items()}
    assert found == {value: key for value, key in expected.items() if key is not None}


def test_the_classes_of_total_make_up_the_structures_of_ct():
    ct = {s.key for s in structure_table().structures.values() if s.benchmark == "ct"}
    assert {s.key for s in structure_table().label_set("total").values()} == ct


def test_the_classes_of_total_v1_make_up_no_structure_outside_ct():
    keys = {s.key for s in structure_table().label_set("total_v1").values()}
    assert keys < {s.key for s in structure_table().structures.values() if s.benchmark == "ct"}


def test_snomed_codes_are_those_of_totalsegmentator(snomed_codes: dict[str, tuple[str, str]]):
    compared = 0
    for key, structure in structure_table().structures.items():
        if key in snomed_codes and structure.snomed_ct is not None:
            concept, laterality = snomed_codes[key]
            assert (structure.snomed_ct, structure.snomed_ct_laterality or "") == (concept, laterality), key
            compared += 1
    assert compared > 60


def test_a_structure_without_a_code_has_none_at_totalsegmentator_either(
    snomed_codes: dict[str, tuple[str, str]],
):
    # hip_*: TotalSegmentator names the region of the hip, not the hip bone.
    without = {s.key for s in structure_table().structures.values() if s.snomed_ct is None}
    assert without & snomed_codes.keys() == {"hip_left", "hip_right"}


def test_merged_ribs_carry_the_code_of_ribs(snomed_codes: dict[str, tuple[str, str]]):
    for key in ("ribs_left", "ribs_right"):
        assert structure_table().structures[key].snomed_ct == snomed_codes["ribs"][0]


def test_snomed_codes_have_a_valid_check_digit():
    assert verhoeff("64033007") == 0
    assert verhoeff("64033070") != 0
    for structure in structure_table().structures.values():
        assert verhoeff(structure.snomed_ct or "") == 0, structure.key
        assert verhoeff(structure.snomed_ct_laterality or "") == 0, structure.key
