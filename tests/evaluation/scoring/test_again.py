"""An earlier run, read again by another reader."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from misground.records.schemas import RESULTS


def older(run: Path, to: Path, changed: int) -> Path:
    """The run as an older reader may have left it: fewer columns, and `changed` wrong answers not read."""
    to.mkdir()
    (to / "run.json").write_bytes((run / "run.json").read_bytes())
    rows = pq.read_table(run / "results.parquet").to_pylist()
    wrong = [row for row in rows[1:] if row["outcome"] == "wrong"][:changed]
    for row in wrong:
        row |= {"outcome": "no_answer", "extracted": None}
    rows[0] |= {"outcome": "error", "error_reason": "timeout", "completion": None, "extracted": None}
    names = RESULTS.names[: RESULTS.names.index("truncated") + 1]
    pq.write_table(pa.Table.from_pylist(rows, RESULTS).select(names), to / "results.parquet")
    return to


def test_changed_outcomes_are_told_counted_and_listed(
    score: Any, run: Path, replies: Any, same: Any, tmp_path: Path
) -> None:
    rows, out = score(older(run, tmp_path / "old", 7), model=None)
    same(rows[1:], replies[1:], without=("rule", "span"))
    assert (rows[0]["outcome"], rows[0]["error_reason"]) == ("error", "timeout")
    assert f"7 of {len(rows)} replies are read otherwise than before:" in out
    assert "no_answer -> wrong: 7" in out
    assert "misground view BENCHMARK" in out
    with (tmp_path / "scored" / "changed.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [(one["outcome_before"], one["outcome"]) for one in listed] == [("no_answer", "wrong")] * 7
    assert all(one["extracted_before"] == "" and one["extracted"] for one in listed)
    record = json.loads((tmp_path / "scored" / "run.json").read_text(encoding="utf-8"))
    before = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["settings"] == before["settings"]
    assert record["replies"]["run_id"] == before["run_id"] != record["run_id"]
    assert {row["model"] for row in rows} == {"misground/random"}


def test_cut_replies_stay_cut(score: Any, run: Path, tmp_path: Path) -> None:
    rows = pq.read_table(run / "results.parquet").to_pylist()
    for row in rows:
        row |= {"completion": f"It may be {row['answer']}", "stop_reason": "max_tokens", "truncated": True}
    path = tmp_path / "results.parquet"
    pq.write_table(pa.Table.from_pylist(rows, RESULTS), path)
    found, _ = score(path, model=None)
    assert {(row["outcome"], row["stop_reason"], row["truncated"]) for row in found} == {
        ("no_answer", "max_tokens", True)
    }
    record = json.loads((tmp_path / "scored" / "run.json").read_text(encoding="utf-8"))
    assert record["truncated"]["count"] == len(rows)


def test_report_and_compare_take_the_new_run(score: Any, told: Any, run: Path, tmp_path: Path) -> None:
    score(older(run, tmp_path / "old", 7), model=None, to="new")
    status, out, err = told("compare", tmp_path / "old", tmp_path / "new")
    assert status == 0, err
    assert "misground/random" in out or "random" in out
    status, _, err = told("report", tmp_path / "new", "-o", tmp_path / "report", "--format", "md")
    assert status == 0, err
