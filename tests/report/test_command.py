"""`misground report` and `misground compare`, as they are called."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from misground.analysis.ceilings import ceilings_of, with_ceilings
from misground.analysis.cells import estimate_of
from misground.analysis.paper_tables import overall
from misground.analysis.results import read_runs
from misground.errors import UsageError
from misground.report.document import document
from misground.report.write import check_report_folder, write_csv, write_report


def test_all_formats_tables_and_figures_are_written(written) -> None:
    out, said = written
    assert sorted(path.name for path in out.iterdir()) == [
        "figures", "report.html", "report.json", "report.md", "report.pdf", "tables",
    ]  # fmt: skip
    tables = {path.stem for path in (out / "tables").iterdir()}
    assert tables == {
        "planned", "overall", "decoding", "rq1", "rq2", "rq3", "ab1", "ab2", "consistency", "position",
        "cells", "breaks", "faults", "items", "label_screen",
    }  # fmt: skip
    figures = {path.suffix for path in (out / "figures").iterdir()}
    assert figures == {".svg", ".png", ".pdf"}
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "Decoding: " in said


def test_the_csv_holds_the_numbers_of_the_analysis(written, folders) -> None:
    table = pl.read_csv(written[0] / "tables" / "overall.csv")
    (run, *_) = read_runs([folders[0]])
    found = estimate_of(run.questions)
    row = table.filter(pl.col("run").str.starts_with("small")).row(0, named=True)
    assert (row["k"], row["n"]) == (pytest.approx(found.k), found.n)
    assert (row["if_independent_low"], row["if_independent_high"]) == pytest.approx(found.credible)
    assert (row["low"], row["high"]) == pytest.approx(found.robust.ends)
    assert row["by_case_low"] == pytest.approx(found.by_case.low)
    assert (row["cases"], row["items"]) == (
        found.robust.dependence.cases,
        found.robust.dependence.items,
    )
    assert row["published"] == "53.4% (Qwen3-VL-32B)"
    assert row["anatomy_alone"] == pytest.approx(ceilings_of(with_ceilings([run])[0].questions).anatomy)


def test_the_model_of_a_published_figure_stands_only_at_the_overall_accuracy_and_the_gain(written) -> None:
    named = {}
    for path in (written[0] / "tables").iterdir():
        table = pl.read_csv(path)
        told = table["published"].drop_nulls().to_list() if "published" in table.columns else []
        named[path.stem] = {text.partition(" (")[2] for text in told if text}
    assert {name: said for name, said in named.items() if said} == {
        "overall": {"Qwen3-VL-32B)"},
        "decoding": {"Qwen3-VL-32B)"},
        **{name: {"model not named)"} for name in ("rq1", "rq2", "rq3", "ab1", "ab2")},
    }


def test_a_table_with_published_figures_says_how_the_sets_differ(folders) -> None:
    runs = read_runs(folders)
    share = f"{100 * (runs[0].questions['modality'] == 'ct').mean():.1f}% are about CT"
    found = document(runs)
    for section in found.sections:
        published = [row.published for row in (*section.table.estimates, *section.table.comparisons)]
        noted = [note for note in section.table.notes if share in note]
        assert len(noted) == any(published), section.table.name
    assert share in found.legend[-1]
    assert "84%" in found.legend[-1]


def test_a_report_says_how_to_see_what_one_mark_reaches(written) -> None:
    page = (written[0] / "report.md").read_text(encoding="utf-8")
    assert page.count("misground eval BENCHMARK --model misground/one-mark --log-dir DIR") == 1


def test_a_name_that_a_spreadsheet_would_run_is_text(folders, change, tmp_path) -> None:
    run = read_runs([change(folders[0] / "results.parquet", tmp_path / "r.parquet", model="=HYPERLINK(1)")])
    table = overall(run)
    changed = replace(table, estimates=[replace(row, published="@SUM(1)") for row in table.estimates])
    write_csv(changed, tmp_path)
    found = pl.read_csv(tmp_path / "overall.csv")
    assert set(found["run"]) == {"'=HYPERLINK(1)"}
    assert set(found["published"]) == {"'@SUM(1)"}


class Tags(HTMLParser):
    """Tags and their attributes outside of scripts; text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_hostile_names_are_text_on_the_page_and_in_markdown(written) -> None:
    page = (written[0] / "report.html").read_text()
    tags = Tags()
    tags.feed(page)
    assert [tag for tag, _ in tags.found].count("script") == 3  # data, Vega, ours
    assert not [attributes for _, attributes in tags.found if "onerror" in attributes]
    assert "&lt;script&gt;alert(" in page
    markdown = (written[0] / "report.md").read_text()
    assert re.search(r"(?<!\\)<", markdown) is None
    assert "\\<script\\>alert" in markdown
    assert "\x1b" not in written[1]


def test_the_page_names_the_licence_of_the_software_in_it(written) -> None:
    page = (written[0] / "report.html").read_text()
    assert "University of Washington Interactive Data Lab. All rights reserved." in page
    assert "BSD 3-Clause License" in page
    notice = (Path(__file__).parents[2] / "NOTICE").read_text()
    assert "Vega-Embed" in notice
    assert "Tabulator" in notice


def test_the_page_asks_for_nothing_outside(written) -> None:
    tags = Tags()
    tags.feed((written[0] / "report.html").read_text())
    for tag, attributes in tags.found:
        address = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        assert address is None or address.startswith("data:"), (tag, attributes)


def test_a_report_is_replaced_and_nothing_else_is(misground, folders, tmp_path) -> None:
    out = tmp_path / "out"
    for form in ("html", "md"):
        assert misground("report", folders[0], "-o", out, "--format", form).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["figures", "report.json", "report.md", "tables"]
    (out / "thesis.txt").write_text("mine")
    refused = misground("report", folders[0], "-o", out)
    assert refused.returncode == 2
    assert "contains other files, expected a new folder or an earlier report" in refused.stderr
    assert "thesis.txt is not ours" in refused.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "figures", "report.json", "report.md", "tables", "thesis.txt",
    ]  # fmt: skip


REFUSED = {
    "another tool's report.json": ({"report.json": "{}", "thesis.txt": "mine"}, "contains other files"),
    "a report of an earlier version": (
        {"report.json": '{"misground": "0.1", "runs": []}'},
        "earlier version",
    ),
    "no report.json": ({"thesis.txt": "mine"}, "contains other files"),
    "a run": ({"run.json": "{}", "results.parquet": ""}, "contains other files"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_of_others_is_refused_before_any_work(name, tmp_path) -> None:
    files, said = REFUSED[name]
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    with pytest.raises(UsageError, match=said):
        check_report_folder(tmp_path, [])
    with pytest.raises(UsageError, match=said):
        write_report([], tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_a_report_is_not_written_into_a_log_folder(folders) -> None:
    with pytest.raises(UsageError, match="is inside a log folder, which must not change"):
        check_report_folder(folders[0] / "report", [folders[0]])


def test_one_question_is_a_report(misground, keep, tmp_path) -> None:
    done = misground("report", keep(lambda row: row["question_id"] == "q000010"), "-o", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert "is based on one case: variation between cases is unknown" in " ".join(done.stdout.split())
    assert "none: one case" in (tmp_path / "r" / "report.html").read_text()


CASES = {
    "one case": (lambda row: row["case_id"] == "case0001", "variation between cases is unknown"),
    "no picture": (lambda row: row["condition"] == "text_only", "limited to text-only questions"),
    "one task": (lambda row: row["task"] == "slice_direction", "missing a run record"),
    "few cases": (lambda row: row["case_id"] < "case0005", "based on 5 cases: intervals are wide"),
}


@pytest.mark.parametrize("name", CASES)
def test_little_data_is_told_in_words(name, keep) -> None:
    wanted, said = CASES[name]
    found = document(read_runs([keep(wanted)]))
    assert said in " ".join(found.cautions)
    assert found.findings[0].table == "overall"


def test_only_errors_are_a_report_that_says_so(change, keep) -> None:
    path = change(keep(lambda row: row["case_id"] == "case0002"), outcome="error")
    found = document(read_runs([path]))
    assert "no question has a reply that can be scored" in found.findings[0].text
    assert found.sections[0].grids[0].rows[0][2] == "– (0/0)"


def test_runs_of_two_benchmarks_are_told(written) -> None:
    assert "These runs used 2 benchmarks" in written[1]


def test_wrong_calls_end_in_one_line(misground, folders, tmp_path) -> None:
    calls = [
        (("report", tmp_path / "no", "-o", tmp_path / "r"), "does not exist"),
        (("report", tmp_path, "-o", tmp_path / "r"), "has no results.parquet"),
        (("compare", folders[0], folders[0]), "name it once"),
        (("compare", folders[0], folders[1], "--filter", "terms=blue"), "no level 'blue'"),
    ]
    for call, said in calls:
        done = misground(*call)
        assert done.returncode == 2, call
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_compare_tells_and_prints_the_same_as_json(misground, folders) -> None:
    told = misground("compare", folders[0], folders[1])
    assert told.returncode == 0, told.stderr
    found = json.loads(misground("compare", folders[0], folders[1], "--json").stdout)
    assert found["all"]["verdict"] == "better"
    assert found["in_no_pair"] == {"a": [], "b": []}
    assert found["all"]["n"] == len(read_runs([folders[0]])[0].questions)
    assert f"B is higher ({100 * found['all']['difference']:+.1f} points" in told.stdout
    assert {part["cell"] for part in found["parts"]} >= {"task=in_plane", "terms=anatomical", "prompt=box"}


def test_compare_says_what_explains_the_gain(misground, folders, change, tmp_path) -> None:
    told = misground("compare", folders[0], folders[1])
    assert "is unknown without greedy and identity (misground eval --arms greedy,identity)." in told.stdout
    first = folders[0] / "results.parquet"
    greedy = change(first, tmp_path / "greedy.parquet", run_id="greedy", arm="greedy")
    identity = change(
        first, tmp_path / "identity.parquet", run_id="identity", arm="identity", decoding="control"
    )  # fmt: skip
    told = misground("compare", folders[0], folders[1], greedy, identity)
    assert told.returncode == 0, told.stderr
    assert "points over default, greedy alone gives 0.0, neighbours add +" in " ".join(told.stdout.split())
    found = json.loads(misground("compare", folders[0], folders[1], greedy, identity, "--json").stdout)
    assert [one["contrast"] for one in found["arms"]] == [
        "semantic minus default", "greedy minus default", "semantic minus greedy", "semantic minus identity",
    ]  # fmt: skip
    assert {row["terms"] for row in found["shifts"]} == {"anatomical", "colloquial"}
    assert any("neighbours add" in text for text in found["explanation"])


def test_compare_lists_what_is_in_no_pair(misground, folders, keep) -> None:
    part = keep(lambda row: row["case_id"] < "case0007")
    found = json.loads(misground("compare", folders[1], part, "--json").stdout)
    assert found["in_no_pair"]["b"] == []
    assert len(found["in_no_pair"]["a"]) == len(read_runs([folders[1]])[0].questions) - found["all"]["n"]
    told = misground("compare", folders[1], part).stdout
    assert f"unpaired: {len(found['in_no_pair']['a'])} of A (" in told


def test_compare_of_runs_with_nothing_in_common_says_so(misground, keep, change) -> None:
    first = keep(lambda row: row["case_id"] < "case0007")
    second = change(keep(lambda row: row["case_id"] >= "case0007", "other"), run_id="another")
    done = misground("compare", first, second)
    assert done.returncode == 2
    assert "have no answered question in common" in done.stderr
