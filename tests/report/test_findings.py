"""Findings claim what their intervals do, and cautions come first."""

import json
import re
from pathlib import Path
from typing import Any

from misground.analysis.comparisons import direction
from misground.analysis.results import read_runs
from misground.analysis.tables import paper_tables
from misground.report.document import document
from misground.report.facts import cautions
from misground.report.findings import findings


def told(paths: list[Path]) -> dict[str, list[str]]:
    """Findings by table."""
    runs = read_runs(paths)
    found: dict[str, list[str]] = {}
    for finding in findings(runs, paper_tables(runs)):
        found.setdefault(finding.table, []).append(finding.text)
    return found


def test_a_gain_is_told_with_its_numbers_and_a_null_is_not_claimed(folders) -> None:
    found = told(folders)
    (gain,) = found["decoding"]
    assert gain.startswith(
        "Semantic sampling is correct more often: small (semantic) minus small (default) is +"
    )
    assert re.search(r"P\(better\) (>|0\.9)", gain)


def test_every_difference_that_shows_and_no_other_is_claimed(folders) -> None:
    runs = read_runs(folders)
    tables = {table.name: table for table in paper_tables(runs)}
    found = told(folders)
    for name in ("rq2", "rq3", "ab1", "ab2"):
        for run in runs:
            rows = [row for row in tables[name].comparisons if row.run == run.name]
            shown = [row for row in rows if direction(row.comparison) in {"better", "worse"}]
            (text,) = [text for text in found[name] if text.startswith(f"{run.name}: ")]
            assert text.count(" points above ") == len(shown)
            if len(shown) < len(rows):
                assert "no clear difference" in text


def test_how_many_differences_were_looked_at_is_said(folders) -> None:
    tables = paper_tables(read_runs(folders))
    count = sum(len(table.comparisons) for table in tables)
    (text,) = told(folders)[""]
    assert text.startswith(f"{count} differences were examined. Where there is no true difference, about one")


def test_guessing_is_called_guessing(keep) -> None:
    few = keep(lambda row: row["task"] == "in_plane" and row["epoch"] == 1 and row["case_id"] < "case0004")
    text = told([few])["overall"][0]
    assert "Guessing gives 50.0%" in text
    low, high = map(float, re.findall(r"95% interval ([\d.]+) to ([\d.]+)", text)[0])
    assert ("do not distinguish the model from guessing" in text) == (low <= 50 <= high)


def test_one_case_is_called_neither_better_nor_worse_than_guessing(keep) -> None:
    text = told([keep(lambda row: row["case_id"] == "case0003")])["overall"][0]
    assert "one case cannot show whether the model does better than that on others" in text
    assert text.count("the model does") == 1


def test_versions_that_differ_and_runs_that_are_not_complete_are_told(folders, tmp_path, change) -> None:
    paths = []
    for number, (version, status) in enumerate([("0.1.0", "complete"), ("0.2.0", "incomplete")]):
        path = tmp_path / str(number) / "results.parquet"
        path.parent.mkdir()
        change(folders[number] / "results.parquet", path)
        run_id = read_runs([path])[0].run_id
        record: dict[str, Any] = {"run_id": run_id, "status": status, "versions": {"misground": version}}
        path.with_name("run.json").write_text(json.dumps(record))
        paths.append(path)
    said = cautions(read_runs(paths))
    assert said[0] == (
        "These runs were made by different versions of misground (small (default): 0.1.0, "
        "small (semantic): 0.2.0)."
    )
    assert said[1] == "small (semantic) is incomplete: questions without a reply so far are not counted."
    assert len(said) == 2


def test_settings_that_differ_beside_the_rule_are_a_note_of_the_gain(folders, tmp_path, change) -> None:
    paths = []
    for number, seed in enumerate((0, 1)):
        path = tmp_path / str(number) / "results.parquet"
        path.parent.mkdir()
        change(folders[number] / "results.parquet", path)
        record = {"run_id": read_runs([path])[0].run_id, "settings": {"seed": seed}}
        path.with_name("run.json").write_text(json.dumps(record))
        paths.append(path)
    made = document(read_runs(paths))
    (section,) = [section for section in made.sections if section.table.name == "decoding"]
    assert section.table.notes == [
        "small (semantic) minus small (default): the runs also differ in seed, not only in the decoding rule."
    ]
