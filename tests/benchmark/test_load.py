"""Reading a benchmark folder made by hand."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from misground.benchmark.load import open_benchmark
from misground.benchmark.settings import FORMAT
from misground.errors import UsageError
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS

PLAIN = {
    "cases": {
        "modality": "ct", "source": "labelmap", "spacing_mm": [1.0, 1.0, 1.0], "shape": [9, 9, 9],
        "oblique_degrees": 0.0, "structures": ["liver"],
    },
    "skipped": {"source": "labelmap"},
    "questions": {
        "item_id": "i", "case_id": "s1", "modality": "ct", "dimension": "3d", "plane": "sagittal",
        "task": "slice_direction", "coordinates": "viewing", "prompt": "none", "terms": "anatomical",
        "condition": "text_only", "text": "Which plane is it?", "options": ["axial", "coronal", "sagittal"],
        "answer": "sagittal", "stack_reversed": False, "name_hint": "none",
    },
    "views": {
        "case_id": "s1", "dimension": "3d", "plane": "sagittal", "coordinates": "viewing", "prompt": "none",
        "blank": False, "mirrored": False, "width": 4, "height": 4, "mm_per_pixel": 1.0, "marks": [],
    },
}  # fmt: skip
SCHEMAS = {"cases": CASES, "skipped": SKIPPED, "questions": QUESTIONS, "views": VIEWS}


def rows(table, values):
    """A table whose other columns are as a build might write them."""
    full = [dict.fromkeys(SCHEMAS[table].names) | PLAIN[table] | row for row in values]
    return pa.Table.from_pylist(full, schema=SCHEMAS[table])


def view(view_id, *, count=2):
    frames = [{"bytes": f"{view_id}-{n}".encode(), "path": None} for n in range(count)]
    return {"view_id": view_id, "frames": frames, "slices": list(range(count))}


@pytest.fixture
def out(tmp_path):
    """Three questions; five views in two files, the first of two row groups."""
    root = tmp_path / "plane=axial" / "bench"
    (root / "questions").mkdir(parents=True)
    (root / "views").mkdir()
    (root / "manifest.json").write_text(json.dumps({"format": FORMAT, "seed": 7}))
    questions = [{"question_id": f"q{n}"} for n in (2, 0, 1)]
    pq.write_table(rows("questions", questions), root / "questions" / "test.parquet")
    pq.write_table(rows("cases", [{"case_id": "s1"}]), root / "cases.parquet")
    pq.write_table(rows("skipped", [{"case_id": "s2", "reason": "empty"}]), root / "skipped.parquet")
    first = rows("views", [view("v4"), view("v1", count=3), view("v3")])
    pq.write_table(first, root / "views" / "a.parquet", row_group_size=2)
    pq.write_table(rows("views", [view("v0"), view("v2")]), root / "views" / "b.parquet")
    return root


def test_tables_are_read_in_the_order_on_disk(out):
    benchmark = open_benchmark(out)
    assert benchmark.questions()["question_id"].to_pylist() == ["q2", "q0", "q1"]
    assert benchmark.cases()["case_id"].to_pylist() == ["s1"]
    assert benchmark.skipped()["reason"].to_pylist() == ["empty"]
    assert benchmark.manifest["seed"] == 7


def test_questions_can_be_cut_to_columns_and_rows(out):
    found = open_benchmark(out).questions(["question_id"], pc.field("question_id") != "q0")
    assert found.to_pydict() == {"question_id": ["q2", "q1"]}


def test_a_folder_named_like_a_column_changes_nothing(out):
    assert open_benchmark(out).questions()["plane"].unique().to_pylist() == ["sagittal"]


def test_questions_of_several_files_follow_the_file_names(out):
    more = rows("questions", [{"question_id": "q9"}])
    pq.write_table(more, out / "questions" / "a.parquet")
    assert open_benchmark(out).questions()["question_id"].to_pylist() == ["q9", "q2", "q0", "q1"]


@pytest.mark.parametrize("view_id", ["v0", "v1", "v2", "v3", "v4"])
def test_a_view_is_found_wherever_it_lies(out, view_id):
    found = open_benchmark(out).view(view_id)
    assert found["view_id"] == view_id
    assert found["frames"][1]["bytes"] == f"{view_id}-1".encode()
    assert len(found["frames"]) == (3 if view_id == "v1" else 2)


def test_views_come_once_each_in_the_order_on_disk(out):
    found = list(open_benchmark(out).views(["v2", "v3", "v4", "v2"]))
    assert [row["view_id"] for row in found] == ["v4", "v3", "v2"]


def test_views_can_be_cut_to_columns(out):
    assert list(open_benchmark(out).views(["v1"], ["view_id", "slices"])) == [
        {"view_id": "v1", "slices": [0, 1, 2]}
    ]


def test_one_view_reads_no_pictures_but_those_of_its_own_row_group(out, monkeypatch):
    read = pq.ParquetFile.read_row_group
    calls = []

    def recorded(file, group, columns):
        calls.append((group, "frames" in columns))
        return read(file, group, columns=columns)

    benchmark = open_benchmark(out)
    benchmark.questions()
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", recorded)
    benchmark.view("v3")
    assert calls == [(0, False), (1, False), (0, False), (1, True)]
    calls.clear()
    benchmark.view("v0")
    assert calls == [(0, True)]


def test_opening_reads_no_table(out):
    for path in out.rglob("*.parquet"):
        path.unlink()
    assert open_benchmark(out).manifest["format"] == FORMAT


def test_a_view_that_is_there_twice_is_read_from_its_first_place(out):
    pq.write_table(rows("views", [view("v4", count=1)]), out / "views" / "c.parquet")
    assert len(open_benchmark(out).view("v4")["frames"]) == 2


def test_a_finished_build_opens_though_its_work_folder_was_left(out):
    (out / ".build").mkdir()
    assert open_benchmark(out).cases().num_rows == 1


def refused(call):
    with pytest.raises(UsageError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_no_finished_benchmark_is_refused(out, tmp_path):
    assert "does not exist" in refused(lambda: open_benchmark(tmp_path / "none"))
    assert "is a file" in refused(lambda: open_benchmark(out / "manifest.json"))
    (out / "manifest.json").unlink()
    assert "no manifest.json" in refused(lambda: open_benchmark(out))
    (out / ".build").mkdir()
    assert "unfinished" in refused(lambda: open_benchmark(out))


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format": 0}', f'{{"format": "{FORMAT}"}}'])
def test_a_manifest_of_another_kind_is_refused(out, text):
    (out / "manifest.json").write_text(text)
    assert f"expected a manifest of format {FORMAT}" in refused(lambda: open_benchmark(out))


READERS = {
    "questions/test.parquet": lambda benchmark: benchmark.questions(),
    "cases.parquet": lambda benchmark: benchmark.cases(),
    "skipped.parquet": lambda benchmark: benchmark.skipped(),
    "views/a.parquet": lambda benchmark: benchmark.view("v0"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_table_is_named(out, name):
    whole = (out / name).read_bytes()
    (out / name).write_bytes(whole[: len(whole) // 2])
    assert f"{name} cannot be read as Parquet" in refused(lambda: READERS[name](open_benchmark(out)))


@pytest.mark.parametrize("name", READERS)
def test_a_table_of_another_schema_is_named_with_the_column(out, name):
    table = pq.read_table(out / name, partitioning=None)
    first = table.schema.names[0]
    pq.write_table(table.set_column(0, first, pa.array([1] * table.num_rows)), out / name)
    told = refused(lambda: READERS[name](open_benchmark(out)))
    assert f"column {first}: found int64, expected string" in told
    pq.write_table(table.drop_columns([first]), out / name)
    assert f"column {first}: found no such column" in refused(lambda: READERS[name](open_benchmark(out)))


@pytest.mark.parametrize("name", ["cases.parquet", "skipped.parquet", "questions/test.parquet"])
def test_a_missing_table_is_named(out, name):
    (out / name).unlink()
    told = refused(lambda: READERS[name](open_benchmark(out)))
    assert "expected a finished benchmark" in told
    assert name.split("/")[0].removesuffix(".parquet") in told


def test_a_missing_view_is_named(out):
    assert "no view v9" in refused(lambda: open_benchmark(out).view("v9"))


def test_damaged_pages_of_a_view_are_refused(out):
    path = out / "views" / "b.parquet"
    raw = bytearray(path.read_bytes())
    raw[4:200] = bytes(196)
    path.write_bytes(raw)
    assert "cannot be read as Parquet" in refused(lambda: open_benchmark(out).view("v0"))
