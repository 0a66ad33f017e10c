import codecs
import os

import pytest

from misground.errors import UsageError
from misground.sources import tables
from misground.sources.tables import read_cells, read_table


def rows(path, **kwargs):
    return [dict(row.cells) for row in read_table(path, **kwargs).rows]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comma_or_semicolon_with_or_without_a_byte_order_mark(tmp_path, separator, mark, end):
    path = tmp_path / "a.csv"
    lines = [separator.join(cells) for cells in (["image_id", "split"], ["s1", "test"])]
    path.write_bytes(mark + end.join(lines).encode())
    assert rows(path) == [{"image_id": "s1", "split": "test"}]


def test_a_quoted_cell_may_hold_the_separator_and_a_line_break(table):
    path = table("a.csv", "id,text", '1,"a, b', 'c"', "2,d")
    assert rows(path) == [{"id": "1", "text": "a, b\nc"}, {"id": "2", "text": "d"}]


def test_column_names_are_taken_in_lower_case_and_cells_without_blanks(table):
    assert rows(table("a.csv", "ID , Side", " 7,  left ")) == [{"id": "7", "side": "left"}]


def test_blank_lines_are_left_out_and_lines_keep_their_number(table):
    read = read_table(table("a.csv", "", "id,x", "", ",", "1,2"))
    assert [(row.line, row.get("x")) for row in read.rows] == [(5, "2")]


def test_a_missing_cell_is_empty(table):
    (row,) = read_table(table("a.csv", "id,x", "1")).rows
    assert (row.get("x"), row.get("y")) == ("", "")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id,x", "1,2,3"], "a.csv, line 2: found 3 cells, expected at most 2"),
        (["x"], "a.csv, line 1: missing column id, found x"),
        (["id,id"], "a.csv, line 1: repeated column id, expected each once"),
        (["id,y"], "a.csv, line 1: unknown column y, expected id, x"),
        ([""], "a.csv is empty, expected a line with the columns id"),
    ],
)
def test_a_faulty_table_is_a_wrong_call_that_names_file_and_line(table, lines, message):
    with pytest.raises(UsageError) as error:
        read_table(table("a.csv", *lines), required=("id",), optional=("x",))
    assert str(error.value) == message


def test_text_that_is_not_utf8_is_a_wrong_call(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id\n\xff\xfe\n")
    with pytest.raises(UsageError, match=r"a\.csv is not UTF-8 text"):
        read_cells(tmp_path / "a.csv")


def test_a_table_beyond_the_bound_is_not_read(table, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 3)
    with pytest.raises(UsageError, match=r"a\.csv has 5 bytes, expected at most 3"):
        read_cells(table("a.csv", "id", "1"))


def test_a_cell_beyond_the_readers_bound_is_a_wrong_call(table):
    with pytest.raises(UsageError, match=r"a\.csv, line 2: field larger"):
        read_cells(table("a.csv", "id", "x" * 200_000))


def test_a_table_that_cannot_be_read_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_cells(tmp_path)


def test_a_table_of_too_many_lines_is_a_wrong_call(table, monkeypatch):
    monkeypatch.setattr(tables, "MAX_LINES", 2)
    assert len(read_cells(table("a.csv", "id", "1", "", ""))) == 2
    with pytest.raises(UsageError, match=r"a\.csv has more than 2 lines"):
        read_cells(table("a.csv", "id", "1", "2"))


@pytest.mark.parametrize(
    "content",
    [
        "id\tside\nx\tleft\n",
        "sep=;\r\nid;side\r\nx;left\r\n",
        "sep=,\nid,side\nx,left\n",
        "id,side,,\nx,left,,\n,,,\n",
        "id,side,\nx,left,\n",
        "id,side\nx,left,,\n",
        "ID , Side\rx,left\r",
        'id,side\n="x","=""left"""\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_as_spreadsheets_write_them(tmp_path, content, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode(encoding))
    assert rows(path, required=("id", "side"), optional=()) == [{"id": "x", "side": "left"}]


def test_a_column_name_may_have_blanks(table):
    assert rows(table("a.csv", "Case ID,x", "1,2"), required=("case_id",)) == [{"case_id": "1", "x": "2"}]


def test_a_nameless_column_that_has_cells_is_named_by_its_number(table):
    with pytest.raises(UsageError, match=r"a\.csv, line 1: column 2 has no name"):
        read_table(table("a.csv", "id,,x", "1,2,3"), required=("id",), optional=("x",))
    assert rows(table("a.csv", ",id", "0,1"), required=("id",)) == [{"": "0", "id": "1"}]


def test_a_line_has_the_number_at_which_it_begins(table):
    read = read_table(table("a.csv", "id,x", '1,"a', 'b"', "2,c"))
    assert [row.line for row in read.rows] == [2, 4]
    assert [row.line for row in read_table(table("b.csv", "sep=;", "id;x", "1;2")).rows] == [3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(UsageError, match=r"a\.csv cannot be read \(not a file\)"):
        read_cells(tmp_path / "a.csv")
