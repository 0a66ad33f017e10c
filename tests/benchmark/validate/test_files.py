"""Files that are missing, extra, changed, cut off or hostile: a problem in the report, never an exception."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.benchmark.settings import FORMAT
from misground.benchmark.validate import validate
from misground.benchmark.validate.manifest import count_problems, file_problems, folder_files, head_problems
from misground.benchmark.validate.reading import UnreadableError, read_json_object, read_rows, schema_faults
from misground.benchmark.validate.record import settings_from
from misground.records.door import json_file, parquet
from misground.records.schemas import CASES

TABLES = ["cases.parquet", "skipped.parquet", "questions/test.parquet", "views"]


def path_of(bench, name):
    return bench.views_path if name == "views" else bench.root / name


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table(bench, name):
    path = path_of(bench, name)
    path.unlink()
    report = validate(bench.root)
    failed = {check.name for check in report.checks if not check.ok}
    assert {"schema", "manifest"} <= failed
    assert any("is in the manifest but not in the folder" in p for p in bench.check("manifest").problems)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("damage", ["cut off", "empty", "garbage", "not text"])
def test_a_damaged_table(bench, name, damage):
    path = path_of(bench, name)
    whole = path.read_bytes()
    damaged = {
        "cut off": whole[: len(whole) // 2],
        "empty": b"",
        "garbage": bytes(range(256)) * 8,
        "not text": whole.replace(b"t1", b"\xff\xfe").replace(b"case_id", b"case_i\xff"),
    }[damage]
    path.write_bytes(damaged)
    assert not bench.check("manifest").ok
    # An empty table has no word to damage beside the names of its columns.
    assert not bench.check("schema").ok


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b'{"seed": ' + b"9" * 10_000 + b"}", b"null"]
)
def test_a_manifest_that_is_no_object(bench, content):
    (bench.root / "manifest.json").write_bytes(content)
    report = validate(bench.root)
    assert [check.name for check in report.checks if not check.ok] == ["manifest"]


def test_a_changed_file(bench):
    with (bench.root / "skipped.parquet").open("ab") as file:
        file.write(b"\0")
    assert any("skipped.parquet has changed since the build" in p for p in bench.check("manifest").problems)


def test_an_extra_file(bench):
    (bench.root / "views" / ".x.parquet.part").write_text("")
    (problem,) = bench.check("manifest").problems
    assert problem == "views/.x.parquet.part is in the folder but not in the manifest"


def test_hidden_files_at_the_top_are_not_ours(bench):
    (bench.root / ".gitattributes").write_text("*.parquet filter=lfs")
    assert bench.check("manifest").ok


def test_a_missing_card(bench):
    (bench.root / "README.md").unlink()
    assert bench.check("manifest").problems == ("README.md is missing",)


def test_a_link_in_place_of_a_file(bench, tmp_path):
    path = bench.root / "skipped.parquet"
    path.rename(tmp_path / "elsewhere.parquet")
    path.symlink_to(tmp_path / "elsewhere.parquet")
    assert "skipped.parquet cannot be read as a file" in bench.check("manifest").problems


def test_a_pipe_in_place_of_a_table_does_not_hang(bench):
    os.mkfifo(bench.root / "views" / "pipe.parquet")
    assert any("pipe.parquet: is not a file" in problem for problem in bench.check("schema").problems)


@pytest.mark.parametrize("name", ["cases", "skipped", "items", "questions", "views", "frames"])
def test_a_wrong_count(bench, name):
    bench.manifest(lambda manifest: manifest["counts"].update({name: 7_777}))
    (problem,) = bench.check("manifest").problems
    assert f"counts has 7777 {name}, but the folder has" in problem


def test_a_wrong_content_hash(bench):
    bench.manifest(lambda manifest: manifest.update(content_hash="0" * 64))
    assert "content_hash" in bench.check("manifest").problems[0]


def test_a_manifest_of_another_format():
    head = {"format": 1, "version": "1", "preset": "mini", "seed": 0, "sources": [], "settings": {}}
    problems = list(head_problems(head))
    assert problems[0] == f"manifest.json: format 1, expected {FORMAT}"
    assert any("preset is 'mini', but None in its settings" in problem for problem in problems)


def test_counts_and_files_of_an_empty_manifest():
    assert list(count_problems({}, {})) == ["manifest.json: counts is missing"]
    assert "manifest.json: files is missing" in list(file_problems({}, {}))


def test_files_outside_the_folder_are_not_looked_for(tmp_path):
    secret = "../" * 10 + "etc/hostname"
    problems = list(file_problems({"files": {secret: "0"}}, dict.fromkeys(folder_files(tmp_path))))
    assert f"{secret} is in the manifest but not in the folder" in problems


def test_settings_that_are_none():
    settings, problems = settings_from(
        {"settings": {"lay": "yes", "window": "x", "max_oblique_degrees": "y"}}
    )
    assert not settings.lay
    assert [p for p in problems if "lay is 'yes'" in p]
    assert [p for p in problems if "window is 'x'" in p]
    assert [p for p in problems if "max_oblique_degrees is 'y'" in p]
    assert settings_from({})[1] == ["manifest.json: settings is missing"]


def test_a_large_json_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_file, "MOST_JSON_BYTES", 10)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"a": "b" * 20}))
    with pytest.raises(UnreadableError, match="expected a small file"):
        read_json_object(path)


def test_a_row_group_that_claims_too_much_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1] * 1_000}), path)
    monkeypatch.setattr(parquet, "MOST_GROUP_VALUES", 999)
    with pytest.raises(UnreadableError, match="claims"):
        list(read_rows(path, batch=10))


def test_rows_of_a_span_across_row_groups(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": list(range(100))}), path, row_group_size=7)
    for first, count in [(0, 1), (5, 4), (6, 1), (7, 7), (13, 50), (99, 1), (0, 100)]:
        for batch in (1, 3, 1_000):
            rows = [row["a"] for row in read_rows(path, batch=batch, span=(first, count))]
            assert rows == list(range(first, first + count))


def test_columns_that_differ_are_named(tmp_path):
    path = tmp_path / "cases.parquet"
    fields = [field for field in CASES if field.name != "side"] + [pa.field("age", pa.int32())]
    pq.write_table(pa.schema(fields).empty_table(), path)
    assert schema_faults(path, CASES) == [
        "cases.parquet: column side is missing",
        "cases.parquet: unexpected column age",
    ]


def test_columns_in_another_order(tmp_path):
    path = tmp_path / "cases.parquet"
    pq.write_table(pa.schema(list(CASES)[::-1]).empty_table(), path)
    assert "in the wrong order" in schema_faults(path, CASES)[0]


def test_metadata_of_a_schema_is_no_difference(tmp_path):
    path = tmp_path / "cases.parquet"
    pq.write_table(CASES.with_metadata({"huggingface": "{}"}).empty_table(), path)
    assert schema_faults(path, CASES) == []
