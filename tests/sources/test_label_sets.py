import csv

import pytest

from misground.anatomy import LABEL_SETS
from misground.sources.label_sets import class_values, label_values
from misground.sources.totalsegmentator import known_bad


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("total", {"kidney_cyst_left", "kidney_cyst_right", "brain", "skull"}),
        ("total_v1", {"pulmonary_artery", "brain", "face"}),
        ("total_mr", {"brain"}),
    ],
)
def test_every_class_of_a_task_is_a_structure_or_left_out_by_name(name, left_out):
    values, classes = label_values(name), class_values(name)
    names = {value: key for key, value in classes.items()}
    assert values.structures.keys() | values.ignored == set(names)
    assert {names[value] for value in values.ignored} == left_out
    assert not values.structures.keys() & values.ignored


@pytest.mark.parametrize("name", LABEL_SETS)
def test_the_region_of_a_label_set_is_that_of_its_structures(name):
    values = label_values(name)
    assert {structure.region for structure in values.structures.values()} == {values.region}


def test_oai_zib_ignores_what_needs_the_knees_side():
    assert label_values("oai_zib").ignored == {4, 5, 6}
    assert label_values("oai").ignored == label_values("oaizib_cm").ignored == frozenset()


def test_class_names_are_those_of_the_tasks(data_dir):
    with (data_dir / "totalsegmentator_classes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for task in ("total", "total_v1", "total_mr"):
        assert class_values(task) == {r["class"]: int(r["label"]) for r in rows if r["task"] == task}


def test_class_names_of_another_task_are_none():
    assert class_values("oai") == {}


def test_the_known_bad_cases_are_those_of_the_four_issues():
    by_issue: dict[str, set[str]] = {}
    for case_id, reason in known_bad().items():
        by_issue.setdefault(reason.rpartition("#")[2].rstrip(")"), set()).add(case_id)
    assert by_issue == {
        "299": {"s0143", "s0201", "s1196"},
        "394": {"s0941", "s0350", "s0513", "s0603", "s0676", "s0071", "s0128"},
        "193": {"s0184", "s0224", "s0830", "s0992", "s0864"},
        "34": {"s0001", "s0044", "s0067"},
    }
