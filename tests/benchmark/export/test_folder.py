"""Where an export may be written, and that it is whole or not there."""

import json
import shutil
from pathlib import Path

import pytest

from misground.benchmark.export import FORMATS, export, jsonl
from misground.benchmark.load import open_benchmark
from misground.errors import UsageError, WorkError


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_export_holds_all_questions_and_a_page_that_says_how_to_use_it(exports, asked) -> None:
    for form in FORMATS:
        record = json.loads((exports / form / "export.json").read_text())
        assert record["counts"]["questions"] == len(asked)
        assert record["counts"]["left_out"] == 0
        assert all((exports / form / name).exists() for name in record["counts"]["files"])
        assert "README.md" in record["counts"]["files"]


def test_exporting_again_leaves_a_finished_export_as_it_is(small_benchmark, exports) -> None:
    before = contents(exports / "jsonl")
    again = export(small_benchmark, exports / "jsonl", "jsonl")
    assert again.already_done
    assert again.questions > 0
    assert contents(exports / "jsonl") == before


def test_two_exports_are_the_same_to_the_byte_and_tell_their_progress(
    small_benchmark, exports, tmp_path, asked
) -> None:
    for form in FORMATS:
        told: list[tuple[int, int]] = []
        again = export(
            small_benchmark, tmp_path / form, form, progress=lambda *now, told=told: told.append(now)
        )
        assert not again.already_done
        assert contents(tmp_path / form) == contents(exports / form)
        assert told == sorted(told)
        assert told[-1] == (len(asked), len(asked))


def test_a_folder_with_other_files_is_refused_and_kept(small_benchmark, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="contains other files, expected an empty or new folder"):
        export(small_benchmark, tmp_path, "jsonl")
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_an_export_in_another_format_is_refused(small_benchmark, exports) -> None:
    with pytest.raises(UsageError, match=r"contains another export \(jsonl\)"):
        export(small_benchmark, exports / "jsonl", "vlmevalkit")


def test_an_export_of_another_benchmark_is_refused(small_benchmark, exports, tmp_path) -> None:
    other = shutil.copytree(exports / "jsonl", tmp_path / "other")
    record = json.loads((other / "export.json").read_text())
    (other / "export.json").write_text(json.dumps(record | {"content_hash": "0"}))
    with pytest.raises(UsageError, match="contains another export"):
        export(small_benchmark, other, "jsonl")


def test_a_file_in_the_place_of_the_folder_is_refused(small_benchmark, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        export(small_benchmark, tmp_path / "file", "jsonl")


def test_an_unknown_format_is_refused_by_name(small_benchmark, tmp_path) -> None:
    with pytest.raises(UsageError, match="found format 'csv', expected one of vlmevalkit, lmms-eval, jsonl"):
        export(small_benchmark, tmp_path / "new", "csv")  # type: ignore[arg-type]


def test_what_is_no_benchmark_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="is not a benchmark"):
        export(tmp_path, tmp_path / "new", "jsonl")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_export_that_breaks_off_leaves_nothing(few, tmp_path, monkeypatch, error) -> None:
    def fail(*_):
        raise error

    benchmark = few()
    monkeypatch.setattr(jsonl, "write_text", fail)
    with pytest.raises((KeyboardInterrupt, WorkError)):
        export(benchmark, tmp_path / "new", "jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_beside_it_that_looks_like_a_part_is_left_alone(few, tmp_path) -> None:
    (tmp_path / ".new.part").mkdir()
    (tmp_path / ".new.part" / "questions.jsonl").write_text("mine")
    export(few(), tmp_path / "new", "jsonl")
    assert contents(tmp_path / ".new.part") == {"questions.jsonl": b"mine"}


def test_a_changed_export_is_refused_and_an_incomplete_one_written_again(few, tmp_path) -> None:
    benchmark, to = few(), tmp_path / "new"
    export(benchmark, to, "vlmevalkit")
    before = contents(to)
    (path,) = to.glob("misground_2d_*.tsv")
    path.unlink()
    assert not export(benchmark, to, "vlmevalkit").already_done
    assert contents(to) == before
    path.write_text("mine")
    with pytest.raises(UsageError, match=r"misground_2d_\w+\.tsv was changed, so it would be lost"):
        export(benchmark, to, "vlmevalkit")
    assert path.read_text() == "mine"


def test_an_export_that_does_not_list_its_files_is_refused(few, tmp_path) -> None:
    benchmark, to = few(), tmp_path / "new"
    export(benchmark, to, "jsonl")
    record = json.loads((to / "export.json").read_text())
    old = {name: record[name] for name in ("format", "content_hash", "counts")}
    (to / "export.json").write_text(json.dumps(old))
    with pytest.raises(UsageError, match="contains an export of an earlier version"):
        export(benchmark, to, "jsonl")


def test_an_export_holds_scans_so_it_is_private_and_not_written_into_the_benchmark(few, tmp_path) -> None:
    benchmark = few()
    export(benchmark, tmp_path / "new", "jsonl")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    with pytest.raises(UsageError, match="is inside the benchmark folder, which must not change"):
        export(benchmark, benchmark / "new", "jsonl")
    assert not (benchmark / "new").exists()


def test_json_lines_hold_every_column_and_the_paths_of_the_pictures(small_benchmark, exports, asked) -> None:
    folder = exports / "jsonl"
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    assert [row["question_id"] for row in rows] == list(asked)
    frames = {v["view_id"]: [f["bytes"] for f in v["frames"]] for v in open_benchmark(small_benchmark).views(
        [row["view_id"] for row in rows if row["view_id"]], ["view_id", "frames"])}  # fmt: skip
    for row in rows:
        assert {name: row[name] for name in asked[row["question_id"]]} == asked[row["question_id"]]
        read = [(folder / path).read_bytes() for path in row["frames"]]
        assert read == frames.get(row["view_id"], [])
    files = [path.read_bytes() for path in folder.rglob("*.png")]
    assert len(files) == len(set(files))
