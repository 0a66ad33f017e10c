"""Findings claim what their intervals do, and cautions come first."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from misground.analysis.ceilings import ceilings_of, with_ceilings
from misground.analysis.cells import chance, select
from misground.analysis.planned import planned
from misground.analysis.results import read_runs
from misground.report.document import document
from misground.report.facts import cautions
from misground.report.findings import findings


def told(paths: list[Path]) -> dict[str, str]:
    """Findings by table."""
    runs = read_runs(paths)
    found: dict[str, str] = {}
    for finding in findings(runs, planned(runs)):
        found[finding.table] = f"{found.get(finding.table, '')} {finding.text}".strip()
    return found


def test_a_summary_has_at_most_eight_sentences(folders, written) -> None:
    runs = read_runs(folders)
    found = findings(runs, planned(runs))
    assert 3 <= len(found) <= 8
    assert all(one.text.endswith(".") for one in found)
    page = (written[0] / "report.md").read_text(encoding="utf-8")
    assert page.index("## Summary") < page.index("## Planned contrasts") < page.index("## Overall")


def test_a_gain_is_told_with_its_numbers(folders) -> None:
    (gain,) = (one for one in planned(read_runs(folders)) if one.table == "decoding")
    text = told(folders)["decoding"]
    if gain.verdict == "higher":
        assert f"semantic minus default +{100 * gain.effect:.1f} points" in text
    else:
        assert "semantic minus default" not in text


def test_what_holm_does_not_hold_is_called_a_hint(folders) -> None:
    runs = read_runs(folders)
    contrasts = [replace(one, adjusted=1.0) for one in planned(runs)]
    hints = [one for one in contrasts if one.table == "rq2" and one.verdict == "hint"]
    assert hints  # the coordinates matter in the made results
    text = next(one.text for one in findings(runs, contrasts) if one.table == "rq2")
    assert f"{len(hints)} contrast{'s are' if len(hints) > 1 else ' is'} a hint only" in text
    assert "viewing minus storage" not in text


def test_how_many_contrasts_were_tested_is_said(folders) -> None:
    contrasts = planned(read_runs(folders))
    judged = sum(one.p is not None for one in contrasts)
    assert told(folders)["planned"].startswith(f"{judged} planned contrasts were tested together (Holm)")


def test_where_nothing_is_shown_the_summary_says_what_could_have_been(folders) -> None:
    runs = read_runs(folders)
    marks = [one for one in planned(runs) if one.table == "rq3"]
    none = [replace(one, robust=replace(one.robust, low=-0.2, high=0.3)) for one in marks]
    (text,) = (one.text for one in findings(runs, none) if one.table == "rq3")
    sizes = [100 * one.detectable for one in none]
    assert (
        f"no difference is shown in {len(none)} contrasts, where these data could have shown one of " in text
    )
    assert (
        f"shown one of {min(sizes):.1f} to {max(sizes):.1f} points in 80% of runs; up to 30.0 points" in text
    )


def test_the_section_says_what_the_data_could_have_shown(folders) -> None:
    runs = read_runs(folders)
    (table,) = (one.table for one in document(runs).sections if one.table.name == "planned")
    sizes = [100 * one.detectable for one in planned(runs) if one.detectable is not None]
    (note,) = (one for one in table.notes if one.startswith("What these data could have shown"))
    assert f"a true difference of {min(sizes):.1f} points" in note
    assert f"and of {max(sizes):.1f} points" in note


def test_without_an_interval_nothing_could_have_been_shown(keep) -> None:
    made = document(read_runs([keep(lambda row: row["case_id"] == "case0003")]))
    (table,) = (one.table for one in made.sections if one.table.name == "planned")
    assert table.notes[-1].endswith("no difference, since no contrast has an interval.")


def test_guessing_is_called_guessing(keep) -> None:
    few = keep(lambda row: row["task"] == "in_plane" and row["epoch"] == 1 and row["case_id"] < "case0004")
    text = told([few])["overall"]
    low, high = map(float, re.findall(r"95% interval ([\d.]+) to ([\d.]+)", text)[0])
    assert ("which is not distinguished from guessing (50.0%" in text) == (low <= 50 <= high)


def test_one_case_has_no_verdict_on_guessing(keep) -> None:
    text = told([keep(lambda row: row["case_id"] == "case0003")])["overall"]
    assert "no verdict (one case)" in text
    assert "higher" not in text
    assert "lower" not in text


def test_knowing_anatomy_stands_beside_guessing(folders) -> None:
    runs = with_ceilings(read_runs(folders))
    (text, *_) = (one.text for one in findings(runs, planned(runs)))
    known = f"{100 * ceilings_of(runs[0].questions).anatomy:.1f}%"
    guess = f"{100 * chance(runs[0].questions):.1f}%"
    assert f", higher than guessing ({guess}), while knowing anatomy alone gives {known}" in text
    assert "better than guessing" not in text


def test_a_baseline_has_both_too_and_the_prior_only_guessing(folders) -> None:
    (run, *_) = with_ceilings(read_runs(folders))
    for model, more in (("misground/random", " and knowing anatomy alone"), ("misground/anatomy-prior", "")):
        (found, *_) = findings([replace(run, model=model)], [])
        assert re.search(rf", where guessing gives [\d.]+%{more}( [\d.]+%)?\.$", found.text), found.text


def test_what_anatomy_answers_without_the_picture_is_told_by_task_and_terms(folders) -> None:
    runs = with_ceilings(read_runs(folders))
    (text,) = (one.text for one in findings(runs, planned(runs)) if one.table == "ab1")
    _, _, last = text.partition("; without the picture, knowing anatomy alone answers ")
    shares = re.findall(r"([\d.]+)% ([\w-]+)", last)
    asked = select(runs[0].questions, condition="text_only")
    cells = [(terms, task) for terms in ("anatomical", "colloquial") for task in ("in_plane", "cross_slice")]
    expected = [ceilings_of(select(asked, terms=terms, task=task)).anatomy for terms, task in cells]
    assert [float(share) for share, _ in shares] == [round(100 * share, 1) for share in expected]
    assert shares[3] == ("50.0", "cross-slice")


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
    assert section.table.notes[0] == (
        "small (semantic) minus small (default): the runs also differ in seed, not only in the arm."
    )
