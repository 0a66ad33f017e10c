"""Flipped steps of a run: counted by kind and by place, and a bad file ends in one line."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")

from misground.analysis.explained import decoding
from misground.analysis.flat import flat
from misground.analysis.flips import flip_notes, flip_row, flip_rows
from misground.analysis.results import Run, read_runs
from misground.analysis.steps_file import StepsFile
from misground.errors import UsageError
from misground.records.schemas import RESULTS, STEPS

SPAN = [20, 28]
ASKED = {
    "benchmark_hash": "h", "item_id": "i", "case_id": "c", "modality": "ct", "dimension": "2d",
    "plane": "axial", "coordinates": "viewing", "prompt": "none", "terms": "anatomical",
    "condition": "text_only", "task": "in_plane", "answer": "superior", "options": ["superior", "inferior"],
    "model": "maker/m", "decoding": "semantic", "arm": "semantic", "epoch": 1, "completion": "x" * 40,
    "steps": 10, "fired": 9, "deferred": 1,
}  # fmt: skip


def reply(number: int, outcome: str, **changes: Any) -> dict[str, Any]:
    row = {**dict.fromkeys(RESULTS.names), **ASKED, "run_id": "r", "question_id": f"q{number}"}
    return {**row, "item_id": f"i{number}", "outcome": outcome, "span": SPAN, "flipped": 2} | changes


def step(number: int, position: int, kind: str, start: int | None, end: int | None, **changes: Any) -> Any:
    row = {"run_id": "r", "question_id": f"q{number}", "epoch": 1, "arm": "semantic", "position": position}
    row |= {"start": start, "end": end, "status": "fired", "kind": kind, "choice": "a", "greedy": "b"}
    return {**dict.fromkeys(STEPS.names), **row, "candidates": []} | changes


REPLIES = [
    reply(0, "correct"),
    reply(1, "wrong"),
    reply(2, "no_answer", span=None),
    reply(3, "error", completion=None, span=None, steps=None, flipped=None),
]
KEPT = [
    step(0, 3, "antonym", 5, 10),
    step(0, 6, "antonym", 19, 22),  # reaches into the answer's word
    step(0, 8, None, 24, 28, status="deferred"),
    step(1, 6, "variant", 27, 30),
    step(1, 7, "other", 28, 30),  # behind it
    step(2, 2, "other", 3, 5),  # no answer was read
    step(2, 9, "other", None, None),
]


def made(folder: Path, steps: Any = KEPT, rows: Any = REPLIES, record: str | None = None) -> Run:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, RESULTS), folder / "results.parquet")
    if steps is not None:
        pq.write_table(pa.Table.from_pylist(steps, STEPS), folder / "steps.parquet")
    if record is not None:
        (folder / "run.json").write_text(record)
    return read_runs([folder])[0]


def test_steps_are_counted_by_kind_and_by_place(tmp_path: Path) -> None:
    row = flip_row(made(tmp_path))
    assert row is not None
    assert (row.replies, row.steps, row.flipped, row.left_out) == (3, 30, 6, 0)
    assert row.kinds == {"antonym": 2, "variant": 1, "other": 3}
    assert (row.before, row.within, row.behind, row.unplaced) == (1, 2, 1, 2)
    assert (row.right, row.wrong) == (1, 1)


def test_flipped_steps_that_were_not_kept_are_told(tmp_path: Path) -> None:
    row = flip_row(made(tmp_path, KEPT[:2]))
    assert row is not None
    assert (row.flipped, row.left_out) == (2, 4)


def test_the_table_has_the_rows_and_says_what_is_missing(tmp_path: Path) -> None:
    made(tmp_path / "a")
    made(tmp_path / "b", None, [row | {"run_id": "p", "arm": "identity"} for row in REPLIES])
    traced, plain = read_runs([tmp_path / "a", tmp_path / "b"])
    table = decoding([traced, plain])
    assert [row.run for row in table.flips] == [traced.name]
    assert flat(table)["in_answer"].drop_nulls().to_list() == [2]
    assert any("--trace steps records it" in note and plain.name in note for note in table.notes)
    assert not any(traced.name in note for note in flip_notes([traced], table.flips))


def test_a_run_without_steps_has_no_row(tmp_path: Path) -> None:
    assert flip_rows([made(tmp_path, None)]) == []


def test_steps_of_another_run_in_the_file_are_none_of_this_one(tmp_path: Path) -> None:
    assert flip_row(made(tmp_path, [one | {"run_id": "other"} for one in KEPT])) is None


RECORD = '{"format": 1, "run_id": "r", "settings": {"trace": "steps"}, "trace": {"steps": 7, "left_out": 0}}'


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (None, "steps.parquet is missing, and the run record beside it says that steps were kept"),
        ([*KEPT, KEPT[0]], "a step occurs twice"),
        ([step(9, 1, "other", 0, 1)], "has steps of replies that results.parquet lacks"),
        ([step(0, 1, "odd", 0, 1)], "kind is 'odd', expected one of antonym, variant, other, or null"),
        ([step(0, 1, "other", 5, 1)], "end is 1, expected an end that is not before start"),
        ([step(0, 1, "other", 5, None)], "end is None, expected a value"),
        ([step(0, -1, "other", 0, 1)], "position is -1"),
        ([step(0, 1, "other", 0, 1, status="asleep")], "status is 'asleep'"),
        ([step(0, 1, "other", 0, 1, epoch=0)], "epoch is 0"),
    ],
)
def test_a_bad_file_of_steps_ends_in_one_line(tmp_path: Path, steps: Any, words: str) -> None:
    run = made(tmp_path, steps, record=RECORD)
    with pytest.raises(UsageError, match="steps") as told:
        flip_row(run)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_ends_in_one_line(tmp_path: Path, content: bytes) -> None:
    run = made(tmp_path)
    (tmp_path / "steps.parquet").write_bytes(content)
    with pytest.raises(UsageError, match=r"steps\.parquet"):
        flip_row(run)


def test_a_file_that_lacks_a_column_says_so(tmp_path: Path) -> None:
    run = made(tmp_path)
    table = pq.read_table(tmp_path / "steps.parquet").drop_columns(["kind"])
    pq.write_table(table, tmp_path / "steps.parquet")
    with pytest.raises(UsageError, match=r"column kind: found no such column, expected string"):
        flip_row(run)


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        ({"token": None, "p": 0.5}, "candidates: a token is null"),
        ({"token": "a", "p": 1.5}, "candidates: p is not a probability"),
        ({"token": "a", "p": float("nan")}, "candidates: p is not a probability"),
        ({"token": "a", "p": 0.5, "score": float("inf")}, "candidates: score is not a finite number"),
    ],
)
def test_bad_candidates_end_in_one_line(tmp_path: Path, candidate: Any, words: str) -> None:
    made(tmp_path, [step(0, 1, "other", 0, 1, candidates=[candidate])])
    file = StepsFile(tmp_path / "steps.parquet")
    with pytest.raises(UsageError, match=words):
        file.group(0, STEPS.names)
    file.close()
