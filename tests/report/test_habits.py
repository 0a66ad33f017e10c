"""Sentences on consistency and on places: known models are told apart in words, within eight sentences."""

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.analysis.consistency import consistency_rows
from misground.analysis.position import position_rows
from misground.analysis.results import Run, read_runs
from misground.analysis.tables import report_tables
from misground.records.schemas import RESULTS
from misground.report import habits
from misground.report.behaviour import WHAT
from misground.report.document import document
from misground.report.findings import MOST, Finding, _at_most, findings
from misground.report.markdown import markdown

from ..analysis import habits as made  # noqa: TID252  # the root is not on the path

ASKED = made.questions()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """run(rule, name, **values): the run of a made model, some columns the same in all rows."""

    def of(rule: made.Rule, name: str = "model", epochs: int = 1, **values: object) -> Run:
        rows = [{**row, **values} for row in made.answered(rule, ASKED, name=name, epochs=epochs)]
        path = tmp_path / name / "results.parquet"
        path.parent.mkdir()
        pq.write_table(pa.Table.from_pylist(rows, RESULTS), path)
        (found,) = read_runs([path])
        return found

    return of


def clause(runs: list[Run]) -> str:
    said = habits.consistency(runs, [row for run in runs for row in consistency_rows(run)])
    assert said is not None
    return said


def place(*runs: Run) -> str | None:
    return habits.position(runs, [row for run in runs for row in position_rows(run)])


def test_all_or_nothing_and_a_coin_of_equal_accuracy_are_told_apart(run) -> None:
    nothing, coin = run(made.all_or_nothing, "steady"), run(made.coin, "coin")
    counts = [one.questions["correct"].sum() / len(one.questions) for one in (nothing, coin)]
    assert counts[0] == pytest.approx(counts[1], abs=0.05)
    steady, tossed = clause([nothing]), clause([coin])
    assert "55.0% of items (33/60) right in all their wordings and 45.0% (27/60) wrong in all" in steady
    assert "(0.0% and 0.0% if wordings were independent)" in steady
    assert "so that the wordings of an item are always right or wrong together" in steady
    assert "coin has 0.0% of items (0/60) right in all their wordings and 0.0% (0/60) wrong in all" in tossed
    assert "which is not distinguished from an independent answer to each wording" in tossed
    both = clause([nothing, coin])
    assert steady[:-1] in both
    assert tossed.partition(": ")[2] in both


def test_confused_coordinates_are_said_to_contradict_each_other(run) -> None:
    said = clause([run(made.confused)])
    assert "contradicts itself between coordinates in 100.0% of pairs of answers (50." in said
    assert "between terms" not in said


def test_always_the_first_option_is_not_called_consistent(run) -> None:
    first = run(made.first)
    said = clause([first])
    assert "as its accuracy in each wording and for each place of the right option implies" in said
    assert "together" not in said
    said = place(first)
    assert "model chooses the first of two options in 100.0% of its answers" in said
    assert "where the right option is second, its accuracy is 100.0 points lower" in said


def test_a_preference_is_told_with_its_interval_and_its_absence_too(run) -> None:
    said = place(run(made.mostly_first, "leaning"), run(made.coin, "coin"))
    found = re.search(r"leaning chooses the first of two options in (\d\d\.\d)% of its answers", said)
    assert 65 < float(found[1]) < 75
    found = re.search(r"is second, its accuracy is ([\d.]+) points lower \(([\d.]+) to ([\d.]+)\)", said)
    lower, low, high = map(float, found.groups())
    assert 0 < low < lower < high
    quiet = (
        r"; no preference is shown in coin \(\d\d\.\d% first, accuracy there minus elsewhere -\S+ to \+\S+ "
    )
    assert re.search(quiet, said)
    assert said.endswith(" points).")


def test_both_sentences_say_that_they_describe(run) -> None:
    coin = run(made.coin)
    assert clause([coin]).startswith("Consistency (described, not tested): ")
    assert place(coin).startswith("Place of the options (described, not tested): ")


def test_baselines_are_named_where_there_is_no_model(run) -> None:
    coin, oracle = run(made.coin, "coin"), run(made.all_or_nothing, "oracle", model="misground/oracle")
    assert oracle.name in clause([oracle])
    assert oracle.name not in clause([coin, oracle])


@pytest.mark.parametrize(
    ("alike", "words"),
    [
        (0.28, "hardly more alike than"),
        (0.55, "item tend to be right or"),
        (0.85, "item are mostly right or"),
    ],
)
def test_how_alike_wordings_are_is_told_by_size(run, alike, words) -> None:
    def partly(question, random) -> str:
        rule = made.all_or_nothing if random.random() < alike else made.coin
        return rule(question, random)

    assert words in clause([run(partly)])


def test_a_place_that_is_easier_but_not_preferred_is_no_preference(run) -> None:
    """Two thirds of these items have the right option first, and are easier."""

    def easier_first(question, random) -> str:
        right = random.random() < (0.6 if question["right_place"] == 0 else 0.35)
        return question["answer"] if right else made.other(question)

    said = place(run(easier_first))
    assert "no preference is shown" in said
    assert "chooses" not in said


def test_little_data_is_said_without_a_claim(run) -> None:
    said = clause([run(made.coin, case_id="c0")])
    assert "no interval (one case)" in said
    assert "together" not in said
    assert "distinguished" not in said


def test_other_runs_have_no_such_sentences(run) -> None:
    silent = run(made.coin, condition="text_only", options=None)
    assert habits.consistency([silent], consistency_rows(silent)) is None
    assert place(silent) is None
    assert not {"consistency", "position"} & {
        one.table for one in findings([silent], [], report_tables([silent]))
    }


def test_at_most_eight_sentences_lose_no_word() -> None:
    tables = ["overall", "overall", "held", "decoding", "rq1", "rq2", "rq3", "ab1", "consistency", "position",
              "planned"]  # fmt: skip
    found = [Finding(f"N{number} about {table}.", table) for number, table in enumerate(tables)]
    kept = _at_most(found, MOST)
    assert [one.table for one in kept] == [
        "overall", "decoding", "rq1", "rq2", "rq3", "ab1", "consistency", "planned",
    ]  # fmt: skip
    assert kept[0].text == "N0 about overall; N1 about overall; n2 about held."
    assert kept[-2].text == "N8 about consistency; n9 about position."
    assert _at_most(found[3:], MOST) == found[3:]


def test_tables_are_on_the_page(run) -> None:
    made_report = document([run(made.coin, "coin", epochs=2), run(made.all_or_nothing, "steady")])
    grids = {section.table.name: section.grids[0] for section in made_report.sections}
    said = [row[1] for row in grids["consistency"].rows if row[0] == "coin"]
    assert said == [WHAT[what] for what in (
        "all_right", "all_wrong", "mixed", "two_wordings", "terms", "coordinates",
        "anatomical", "geometry", "anatomy", "epochs",
    )]  # fmt: skip
    assert [row[2] for row in grids["position"].rows] == ["first", "second"] * 2
    assert [row[2] for row in grids["distance"].rows][:2] == ["10.0 to 24.0", "25.0 to 39.0"]
    page = markdown(made_report)
    for heading in ("## Consistency", "## Place of the options", "## Distance"):
        assert heading in page
    assert "[distance.csv](tables/distance.csv)" in page
    assert len(made_report.findings) <= MOST
