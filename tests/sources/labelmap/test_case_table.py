import pytest

from misground.errors import UsageError
from misground.sources.label_sets import known_sets
from misground.sources.labelmap.case_table import read_case_table


def read(table, *lines, label_set=None):
    return read_case_table(table("cases.csv", *lines), label_set)


def test_a_line_is_a_ct_of_the_torso_unless_it_says_otherwise(table, tmp_path):
    (row,) = read(table, "case_id,scan,labels", "a,scans/a.nii,labels/a.nii")
    assert (row.case_id, row.modality, row.region, row.side, row.label_set) == (
        "a",
        "ct",
        "torso",
        None,
        None,
    )
    assert (row.scan, row.labels) == (tmp_path / "scans/a.nii", tmp_path / "labels/a.nii")


def test_optional_columns_in_any_order_and_any_case_of_words(table):
    (row,) = read(table, "Labels,side,scan,region,case_id,modality", "l,RIGHT,s,Knee,k,MRI")
    assert (row.modality, row.region, row.side) == ("mri", "knee", "right")


def test_absolute_paths_and_paths_out_of_the_folder_are_allowed(table, tmp_path):
    (row,) = read(table, "case_id,scan,labels", "a,/store/a.nii,../b/a.nii")
    assert str(row.scan) == "/store/a.nii"
    assert row.labels == tmp_path / "../b/a.nii"


def test_the_label_set_of_a_line_comes_before_the_given_one_and_tells_the_region(table):
    rows = read(table, "case_id,scan,labels,labelset,side", "a,s,l,oai,left", "b,s,l,,", label_set="total")
    assert [(row.label_set, row.region) for row in rows] == [("oai", "knee"), ("total", "torso")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["case_id,scan"], "cases.csv, line 1: missing column labels, found case_id, scan"),
        (
            ["case_id,scan,labels,age"],
            "cases.csv, line 1: unknown column age, "
            "expected case_id, scan, labels, modality, region, side, labelset, series",
        ),
        (["case_id,scan,labels", "a,,l"], "cases.csv, line 2: scan is empty, expected a value"),
        (["case_id,scan,labels", ",s,l"], "cases.csv, line 2: case_id is empty, expected a value"),
        (
            ["case_id,scan,labels", "a,s,l", "b,s,l", "a,s,l"],
            "cases.csv, line 4: case_id 'a' is already in line 2, expected it once",
        ),
        (
            ["case_id,scan,labels,modality", "a,s,l,pet"],
            "cases.csv, line 2: modality is 'pet', expected ct or mri",
        ),
        (
            ["case_id,scan,labels,region", "a,s,l,hip"],
            "cases.csv, line 2: region is 'hip', expected torso or knee",
        ),
        (["case_id,scan,labels,side", "a,s,l,up"], "cases.csv, line 2: side is 'up', expected right or left"),
        (
            ["case_id,scan,labels,region", "a,s,l,knee"],
            "cases.csv, line 2: side is none, expected right or left for a knee",
        ),
        (
            ["case_id,scan,labels,side", "a,s,l,left"],
            "cases.csv, line 2: side is left, expected none for a torso",
        ),
        (
            ["case_id,scan,labels,region,labelset", "a,s,l,torso,oai"],
            "cases.csv, line 2: region is torso, expected knee for label set oai",
        ),
        (
            ["case_id,scan,labels,labelset", "a,s,l,totals"],
            f"cases.csv, line 2: labelset is 'totals', expected {' or '.join(known_sets())}",
        ),
    ],
)
def test_a_faulty_table_is_a_wrong_call_that_names_file_and_line(table, lines, message):
    with pytest.raises(UsageError) as error:
        read(table, *lines)
    assert str(error.value) == message
