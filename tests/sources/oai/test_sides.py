import numpy as np
import pytest

from misground.errors import UsageError
from misground.records import Volume
from misground.sources.oai.sides import side_from_fibula, side_tables


@pytest.mark.parametrize(
    ("word", "side"),
    [
        ("right", "right"),
        ("LEFT", "left"),
        ("R", "right"),
        ("l", "left"),
        ("1", "right"),
        ("1.0", "right"),
        ("2", "left"),
        ("2.0", "left"),
        ("both", None),
        ("NA", None),
        ("", None),
    ],
)
def test_the_words_for_a_side(tmp_path, table, word, side):
    table("kneeSideInfo.csv", "case_id,side", f"a,{word}")
    assert side_tables(tmp_path).sides.get("a") == side


def test_knee_side_info_may_lack_column_names_and_name_files(tmp_path, table):
    table("kneeSideInfo.csv", "oaizib_001.nii.gz,right", "oaizib_002.nii.gz,left", folder=tmp_path / "info")
    assert side_tables(tmp_path).sides == {"oaizib_001": "right", "oaizib_002": "left"}


@pytest.mark.parametrize("header", ["ID,SIDE", "SIDE,ID", "File Name;Laterality", "subject_id,age,knee"])
def test_any_csv_with_ids_and_sides_counts(tmp_path, table, header):
    separator = ";" if ";" in header else ","
    cells = {"id": "X1_0000.nii", "file name": "X1_0000.nii", "subject_id": "X1", "age": "50"}
    table("clinical.csv", header, separator.join(cells.get(c.lower(), "2") for c in header.split(separator)))
    assert side_tables(tmp_path).sides == {"x1": "left"}


@pytest.mark.parametrize("lines", [["id,grade", "a,1"], ["a,1", "b,2"], ["side", "1"], ["id,side"], []])
def test_another_csv_does_not(tmp_path, table, lines):
    table("clinical.csv", *lines)
    assert side_tables(tmp_path).sides == {}


def test_a_faulty_other_csv_is_passed_over(tmp_path):
    (tmp_path / "clinical.csv").write_bytes(b"\xff\xff")
    assert side_tables(tmp_path).sides == {}


@pytest.mark.parametrize("content", [b"\xff\xff", b"", b"id,grade\na,1\n"])
def test_a_faulty_knee_side_info_is_a_wrong_call(tmp_path, content):
    (tmp_path / "kneeSideInfo.csv").write_bytes(content)
    with pytest.raises(UsageError, match=r"kneeSideInfo\.csv"):
        side_tables(tmp_path)


def test_knee_side_info_comes_before_other_tables(tmp_path, table):
    table("a.csv", "id,side", "x,left", "y,left")
    table("kneeSideInfo.csv", "id,side", "x,right", folder=tmp_path / "info")
    assert side_tables(tmp_path).sides == {"x": "right", "y": "left"}


def test_an_id_with_both_sides_does_not_tell(tmp_path, table):
    table("a.csv", "id,side", "x,1", "x,2", "y,2", "y,2")
    assert side_tables(tmp_path).sides == {"y": "left"}


ZERO_ONE = ["a,0", "b,1"]


@pytest.mark.parametrize(
    "lines",
    [
        ZERO_ONE,
        ["a,1", "b,2", "c,3"],
        ["a,right", "b,links"],
        ["a,1", "b,2", "c,0"],
        ["a,1", "b,-1"],
        ["a,t", "b,l"],
    ],
)
def test_a_column_with_a_cell_that_is_no_side_is_not_half_believed(tmp_path, table, lines):
    table("clinical.csv", "id,side", *lines)
    found = side_tables(tmp_path)
    assert found.sides == {}
    assert found.notes[0].startswith("clinical.csv is not used for the sides of knees: clinical.csv, line ")


def test_in_knee_side_info_such_a_cell_is_a_wrong_call(tmp_path, table):
    table("kneeSideInfo.csv", "id,side", *ZERO_ONE)
    with pytest.raises(UsageError, match=r"kneeSideInfo\.csv, line 2: side is '0', expected right, left"):
        side_tables(tmp_path)


def test_ones_alone_may_mean_either_side(tmp_path, table):
    table("clinical.csv", "id,side", "a,1", "b,1")
    found = side_tables(tmp_path)
    assert (found.sides, found.hints) == ({}, {"a": "right", "b": "right"})
    table("kneeSideInfo.csv", "a,1", "b,1")
    assert side_tables(tmp_path).sides == {"a": "right", "b": "right"}


def test_two_other_tables_that_disagree_tell_nothing(tmp_path, table):
    table("a.csv", "id,side", "x,left", "y,left")
    table("b.csv", "id,side", "x,right", "y,left")
    assert side_tables(tmp_path).sides == {"y": "left"}


def test_a_table_that_disagrees_with_knee_side_info_is_noted(tmp_path, table):
    table("a.csv", "id,side", "x,left", "y,left")
    table("kneeSideInfo.csv", "id,side", "x,right", "y,left")
    found = side_tables(tmp_path)
    assert found.sides == {"x": "right", "y": "left"}
    assert found.notes == ("1 knees have another side in a table beside kneeSideInfo.csv, which counts",)


def test_a_hidden_copy_of_a_table_is_passed_over(tmp_path, table):
    table("kneeSideInfo.csv", "a,1")
    (tmp_path / "._kneeSideInfo.csv").write_bytes(b"\0\5\x16\7" + bytes(4000))
    assert side_tables(tmp_path).sides == {"a": "right"}


def test_short_lines_are_passed_over(tmp_path, table):
    table("a.csv", "id,side", "x", "y,2")
    assert side_tables(tmp_path).sides == {"y": "left"}


def knee(offset_mm, flip=False):
    """Tibia and fibula, centroids offset_mm apart along RAS x, voxels of 1 mm; flip: stored x reversed."""
    labels = np.zeros((60, 10, 10), np.uint8)
    labels[25:36] = 6
    x = 30 + offset_mm
    labels[x, :, :2] = 8
    affine = np.eye(4)
    if flip:
        labels = labels[::-1].copy()
        affine = np.array([[-1.0, 0, 0, 59], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    return Volume(labels, affine)


@pytest.mark.parametrize(
    ("offset_mm", "side"), [(20, "right"), (6, "right"), (3, None), (-3, None), (-20, "left")]
)
@pytest.mark.parametrize("flip", [False, True])
def test_the_fibula_is_lateral_where_it_lies_at_least_5_mm_to_one_side(offset_mm, side, flip):
    volume = knee(offset_mm, flip)
    assert side_from_fibula(volume, volume.data == 8, volume.data == 6) == side


@pytest.mark.parametrize(("offset", "side"), [(4.999, None), (5.0, "right"), (-5.0, "left")])
def test_the_limit_belongs_to_the_side(offset, side):
    fibula, tibia = np.zeros((2, 1, 1), bool), np.zeros((2, 1, 1), bool)
    fibula[1], tibia[0] = True, True
    volume = Volume(np.zeros((2, 1, 1)), np.diag([offset, 1.0, 1.0, 1.0]))
    assert side_from_fibula(volume, fibula, tibia) == side


def test_without_a_fibula_or_a_tibia_nothing_is_told():
    volume = knee(20)
    none = np.zeros(volume.data.shape, bool)
    assert side_from_fibula(volume, none, volume.data == 6) is None
    assert side_from_fibula(volume, volume.data == 8, none) is None
