"""Files of unknown origin: what is beyond a limit is refused before it takes memory, in one line."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.errors import UsageError
from misground.records.door import cells, json_file, pages, parquet
from misground.records.door.json_file import NotJSONError, read_json_object
from misground.records.door.parquet import TableFile
from misground.records.door.results import check_replies, check_runs
from misground.records.door.shapes import check_manifest, check_record
from misground.records.schemas import RESULTS

TEXTS = pa.schema([("text", pa.string()), ("number", pa.int64()), ("options", pa.list_(pa.string()))])
ROWS = 1_000_000


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# JSON


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a":' + b"[" * 50 + b"]" * 50 + b"}", "nested too deeply, expected at most 32 levels"),
        (b'{"a": NaN}', "the number NaN"),
        (b'{"a": -Infinity}', "the number -Infinity"),
        (b'{"a": 1e999}', "the number 1e999"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "a number of 5,000 digits"),
        (b'{"a": 1, "a": 2}', "the key 'a' twice"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": ["\xff"]}', "not valid JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not valid JSON"),
        (b'{"a": 1', "not valid JSON"),
        (b"[1]", "contains a JSON list, expected an object"),
        (b"[" + b"[]," * 2_000_000 + b"[]]", "values, expected at most 2,000,000"),
    ],
)
def test_json_that_breaks_its_readers_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    line = refused(lambda: read_json_object(path))
    assert line.startswith(str(path))
    assert told in line


def test_plain_json_is_read_as_it_is(tmp_path: Path) -> None:
    value = {"a": [1, 2.5, None, True, "é\U0001f9e0"], "b": {"c": {}}, "seed": 10**40}
    (tmp_path / "x.json").write_text(json.dumps(value))
    assert read_json_object(tmp_path / "x.json") == value


def test_a_file_that_is_no_json_is_told_from_one_beyond_a_limit(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "run.json"
    path.write_text("{")
    with pytest.raises(NotJSONError):
        read_json_object(path)
    path.write_text('{"a": "long"}')
    monkeypatch.setattr(json_file, "MOST_JSON_BYTES", 5)
    with pytest.raises(UsageError) as caught:
        read_json_object(path)
    assert not isinstance(caught.value, NotJSONError)


def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in refused(lambda: read_json_object(tmp_path / "pipe"))
    assert "is not a file" in refused(lambda: TableFile(tmp_path / "pipe", 1))


@pytest.mark.parametrize(
    "fields",
    [
        {"sources": 7}, {"sources": [7]}, {"counts": []}, {"counts": {"cases": "many"}}, {"seed": True},
        {"files": {"a": None}}, {"content_hash": 7}, {"content_hash": "\x1b[31m"}, {"notes": {}},
    ],
)  # fmt: skip
def test_a_manifest_with_a_field_of_another_type_is_refused(fields: dict) -> None:
    assert "manifest.json: " in refused(lambda: check_manifest(fields, "manifest.json"))


@pytest.mark.parametrize(
    "fields", [{"versions": ["0.1"]}, {"benchmark": {"sources": 7}}, {"settings": 1}, {"max_tokens": "9"},
               {"resumed": [None]}, {"run_id": 7}],
)  # fmt: skip
def test_a_run_record_with_a_field_of_another_type_is_refused(fields: dict) -> None:
    assert "run.json: " in refused(lambda: check_record(fields, "run.json"))


# Parquet


def table(count: int = 10, text: str = "short", options: tuple[str, ...] = ("a", "b")) -> pa.Table:
    rows = [{"text": text, "number": number, "options": list(options)} for number in range(count)]
    return pa.Table.from_pylist(rows, TEXTS)


def read(path: Path, floor: int = 1 << 20, expansion: int = 1) -> pa.Table:
    with TableFile(path, ROWS) as file:
        file.check_columns(TEXTS)
        return file.read(TEXTS, floor, expansion)


@pytest.mark.parametrize("compression", ["none", "zstd", "gzip", "snappy", "brotli"])
@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}, {"data_page_version": "2.0"}])
def test_what_any_writer_wrote_is_read_with_plain_types(tmp_path: Path, compression: str, options) -> None:
    written = table(300)
    texts = pa.large_string()
    wide = pa.schema([("text", texts), ("number", pa.int64()), ("options", pa.list_(texts))])
    pq.write_table(
        written.cast(wide), tmp_path / "x.parquet", compression=compression, row_group_size=70, **options
    )
    found = read(tmp_path / "x.parquet")
    assert found.schema == TEXTS
    assert found.to_pylist() == written.to_pylist()
    with TableFile(tmp_path / "x.parquet", ROWS) as file:
        assert file.first_row(2) == 140
        assert [
            row["number"] for part in file.batches(32, [1, 2], TEXTS) for row in part.to_pylist()
        ] == list(range(70, 210))


def test_a_long_text_that_compresses_to_nothing_is_refused(tmp_path: Path) -> None:
    pq.write_table(table(2, "x" * 20_000_000), tmp_path / "x.parquet", compression="zstd")
    assert (tmp_path / "x.parquet").stat().st_size < 50_000
    assert "column text: a value of 20,000,000 bytes" in refused(lambda: read(tmp_path / "x.parquet"))


def test_a_text_in_the_lists_of_many_rows_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(table(2_000, options=("x" * 20_000,)), tmp_path / "x.parquet", compression="zstd")
    monkeypatch.setattr(parquet, "MOST_GROUP_BYTES", 10_000_000)
    before = pa.total_allocated_bytes()
    assert "a row group has 40," in refused(lambda: read(tmp_path / "x.parquet"))
    assert pa.total_allocated_bytes() - before < 1_000_000
    monkeypatch.setattr(cells, "MOST_NAME_BYTES", 10_000)
    assert "column options: a value of 20,000 bytes" in refused(lambda: read(tmp_path / "x.parquet"))


def test_a_long_list_is_refused(tmp_path: Path) -> None:
    pq.write_table(table(2, options=("a",) * 1_001), tmp_path / "x.parquet")
    assert "column options: a list of 1,001, expected at most 1,000" in refused(
        lambda: read(tmp_path / "x.parquet")
    )


def test_a_small_file_of_many_equal_rows_is_refused(tmp_path: Path) -> None:
    pq.write_table(table(1).take([0] * 500_000), tmp_path / "x.parquet", row_group_size=50_000)
    assert "expected a table of distinct rows" in refused(lambda: read(tmp_path / "x.parquet"))
    assert "claims 500,000 rows, expected at most 9" in refused(lambda: TableFile(tmp_path / "x.parquet", 9))


def test_a_row_group_is_measured_by_the_headers_of_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = table(1_000, "y" * 5_000)
    pq.write_table(many, tmp_path / "x.parquet", compression="zstd", use_dictionary=False)
    monkeypatch.setattr(parquet, "MOST_GROUP_BYTES", 1_000_000)
    assert "a row group has 5," in refused(lambda: read(tmp_path / "x.parquet"))


def test_an_encoding_that_repeats_prefixes_is_refused(tmp_path: Path) -> None:
    encodings = {"text": "DELTA_BYTE_ARRAY"}
    pq.write_table(table(), tmp_path / "x.parquet", use_dictionary=False, column_encoding=encodings)
    assert "a page has the encoding 7" in refused(lambda: read(tmp_path / "x.parquet"))


def test_damaged_headers_of_pages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(table(), path, compression="none")
    whole = path.read_bytes()
    for byte in (0, 0x5C, 0xFF):
        path.write_bytes(whole[:4] + bytes([byte]) * 40 + whole[44:])
        assert "cannot be read as Parquet" in refused(lambda: read(path))


def test_texts_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    pq.write_table(table(3, "plain text"), tmp_path / "x.parquet", compression="none")
    whole = (tmp_path / "x.parquet").read_bytes().replace(b"plain text", b"plain \xff\xfe\xfd\xfc")
    (tmp_path / "x.parquet").write_bytes(whole)
    assert "cannot be read as Parquet" in refused(lambda: read(tmp_path / "x.parquet"))


def test_a_footer_of_many_parts_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(table(), tmp_path / "x.parquet")
    monkeypatch.setattr(parquet, "MOST_FOOTER_PARTS", 5)
    assert "parts, expected at most 5" in refused(lambda: read(tmp_path / "x.parquet"))
    monkeypatch.setattr(parquet, "MOST_FOOTER_BYTES", 5)
    assert "a footer of" in refused(lambda: read(tmp_path / "x.parquet"))


def test_a_column_twice_or_too_many_columns_are_refused(tmp_path: Path) -> None:
    twice = table().append_column("text", table()["text"])
    pq.write_table(twice, tmp_path / "x.parquet")
    assert "column text: found no such column" in refused(lambda: read(tmp_path / "x.parquet"))
    pq.write_table(pa.table({f"c{n}": [1] for n in range(201)}), tmp_path / "x.parquet")
    assert "201 columns, expected at most 200" in refused(lambda: read(tmp_path / "x.parquet"))


def test_pages_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(table(2_000), tmp_path / "x.parquet", data_page_size=64, write_batch_size=8)
    assert read(tmp_path / "x.parquet").num_rows == 2_000
    monkeypatch.setattr(pages, "MOST_PAGES", 20)
    assert "over 20 pages" in refused(lambda: read(tmp_path / "x.parquet"))


# Results


def replies(runs: int = 1, epoch: int = 1) -> pa.Table:
    return pa.table(
        {
            "run_id": [f"r{number}" for number in range(runs)],
            "question_id": ["q"] * runs,
            "epoch": pa.array([epoch] * runs, pa.int32()),
        }
    )


def test_a_file_of_many_runs_or_with_a_reply_twice_is_refused() -> None:
    check_runs(replies(100), "results.parquet")
    assert "20,000 runs, expected at most 100" in refused(
        lambda: check_runs(replies(20_000), "results.parquet")
    )
    again = pa.concat_tables([replies(), replies()])
    assert "two replies in one epoch" in refused(lambda: check_runs(again, "results.parquet"))


def test_a_name_in_a_row_group_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"question_id": ["a", "b"]}), path, store_schema=False)
    before, name, after = path.read_bytes().rpartition(b"question_id")
    path.write_bytes(before + b"q\xff" + name[2:] + after)
    with TableFile(path, 10) as table:
        told = refused(lambda: table.read(pa.schema([("question_id", pa.string())]), 1 << 20, 100))
    assert "cannot be read as Parquet" in told
    assert "0xff" in told


SCORED = {"option": "left", "tokens": 1, "raw": -1.0, "normalised": -1.0}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"raw": float("nan")}, "raw is not a log probability, expected a number of at most 0"),
        ({"raw": float("-inf")}, "raw is not a log probability"),
        ({"raw": 0.5}, "raw is not a log probability"),
        ({"raw": None}, "raw is not a log probability"),
        ({"normalised": float("inf")}, "normalised is not a log probability"),
        ({"option": None}, "an option is null"),
    ],
)
def test_log_probabilities_of_options_are_numbers(changed: dict[str, object], told: str) -> None:
    field = RESULTS.field("option_logprobs")
    rows = [{field.name: None}, {field.name: [SCORED]}, {field.name: [SCORED, {**SCORED, **changed}]}]
    check_replies(pa.Table.from_pylist(rows[:2], pa.schema([field])), "x")
    said = refused(lambda: check_replies(pa.Table.from_pylist(rows, pa.schema([field])), "x"))
    assert "row 3" in said
    assert told in said
