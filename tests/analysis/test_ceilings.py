"""What knowing anatomy, or one mark, reaches on exactly the questions of a cell."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from misground.analysis.ceilings import (
    ANATOMY,
    ONE_MARK,
    UNKNOWN,
    Ceilings,
    ceilings_note,
    ceilings_of,
    one_mark_note,
    with_ceilings,
)
from misground.analysis.cells import select
from misground.analysis.flat import flat
from misground.analysis.results import Run, read_runs
from misground.analysis.tables import all_cells, paper_tables

from .conftest import row

Read = Callable[..., Run]
LIVER = {"structure_a": "liver", "structure_b": "urinary_bladder", "axis": "z", "plane": "coronal"}
UP = {"options": ["inferior", "superior"], "answer": "superior"}


def shares(run: Run, *others: Run) -> list[float | None]:
    """The shares of the prior on the questions of the first run."""
    return with_ceilings([run, *others])[0].questions["anatomy"].to_list()


def test_other_cases_answer_and_the_asked_case_does_not(read: Read) -> None:
    # Three cases say inferior, against phantoms, in which the liver lies superior; one says superior.
    down = [row(n, **LIVER, **UP | {"answer": "inferior"}) for n in range(3)]
    assert shares(read([*down, row(9, **LIVER, **UP)])) == [1.0, 1.0, 1.0, 0.0]


def test_phantoms_answer_where_no_other_case_does(read: Read) -> None:
    assert shares(read([row(0, **LIVER, **UP)])) == [1.0]
    assert shares(read([row(0, **LIVER, **UP | {"answer": "inferior"})])) == [0.0]


@pytest.mark.parametrize(
    "change",
    [
        {"condition": "blank", "terms": "colloquial", "options": ["above", "below"], "answer": "above"},
        {"structure_a": "unheard_of"},
        {"task": "cross_slice", "dimension": "3d", "plane": "axial", "terms": "colloquial",
         "options": ["earlier", "later"], "answer": "later"},
        {"terms": "words of another writer"},
        {"plane": "oblique"},
        {"plane": "axial", "terms": "colloquial", "options": ["above", "below"], "answer": "above"},
    ],
)  # fmt: skip
def test_a_coin_counts_as_its_share(read: Read, change: dict[str, Any]) -> None:
    assert shares(read([row(0, **{**LIVER, **UP, **change})])) == [0.5]


def test_a_question_on_the_whole_stack_is_a_coin_with_three_sides(read: Read) -> None:
    whole = {
        "task": "slice_direction",
        "dimension": "3d",
        "axis": None,
        "structure_a": None,
        "structure_b": None,
    }
    found = shares(read([row(0, **whole, options=["axial", "coronal", "sagittal"], answer="axial")]))
    assert found == [pytest.approx(1 / 3)]


def test_options_that_are_unknown_have_no_ceiling(read: Read) -> None:
    run = read([row(0, **LIVER, **UP | {"options": []}), row(1, **LIVER, **UP)])
    assert shares(run) == [None, 1.0]
    assert ceilings_of(with_ceilings([run])[0].questions) == UNKNOWN


def test_words_on_the_screen_are_those_of_a_radiological_display(read: Read) -> None:
    seen = {**LIVER, "terms": "colloquial", "options": ["above", "below"]}
    assert shares(read([row(0, **seen, answer="above"), row(1, **seen, answer="below")])) == [1.0, 0.0]


def test_a_run_of_the_baseline_counts_for_the_same_questions_alone(read: Read, write: Any) -> None:
    rows = [row(n, **LIVER, **UP) for n in range(4)]
    model = read(rows)
    prior = read_runs([write([
        one | {"run_id": "prior", "model": ANATOMY, "outcome": "correct" if n % 2 else "wrong"}
        for n, one in enumerate(rows)
    ], "prior")])[0]  # fmt: skip
    assert shares(model, prior) == [0.0, 1.0, 0.0, 1.0]
    assert "; from its run." in ceilings_note([model, prior])
    blank = {"condition": "blank", "terms": "colloquial", "options": ["above", "below"], "answer": "above"}
    coin = read([row(9, **{**LIVER, **blank})], "coin")
    assert shares(coin, replace(coin, model=ANATOMY)) == [0.5]
    elsewhere = replace(prior, benchmark_hash="another")
    assert shares(model, elsewhere) == [1.0] * 4
    part = replace(prior, questions=prior.questions.head(3))
    assert shares(model, part) == [1.0] * 4
    assert "computed from these results" in ceilings_note([model, part])
    phantoms = replace(prior, record={"model": {"table": "phantoms"}})
    assert shares(model, phantoms) == [1.0] * 4


def marked(number: int, prompt: str, **values: Any) -> dict[str, Any]:
    return row(number, **LIVER, **UP, prompt=prompt, item_id="i", case_id="c", **values)


def test_one_mark_is_from_its_run_where_all_questions_show_marks(read: Read, write: Any) -> None:
    rows = [marked(0, "none"), marked(1, "box"), marked(2, "box"), marked(3, "mask")]
    model = read(rows)
    said = ("correct", "correct", "wrong", "correct")
    run = [
        one | {"run_id": "mark", "model": ONE_MARK, "outcome": out}
        for one, out in zip(rows, said, strict=True)
    ]
    mark = read_runs([write(run, "mark")])[0]
    questions = with_ceilings([model, mark])[0].questions
    assert ceilings_of(select(questions, prompt="box")).one_mark == 0.5
    assert ceilings_of(select(questions, prompt=("mask", "box"))).one_mark == pytest.approx(2 / 3)
    assert ceilings_of(select(questions, prompt="none")).one_mark is None
    assert ceilings_of(questions).one_mark is None
    part = replace(mark, questions=mark.questions.filter(pl.col("question_id") != "q2"))
    questions = with_ceilings([model, part])[0].questions
    assert ceilings_of(select(questions, prompt="box")).one_mark is None
    assert one_mark_note([model, mark]) == []


def test_without_a_run_of_one_mark_a_note_has_the_command(read: Read) -> None:
    model = read([marked(0, "box")])
    (note,) = one_mark_note([model])
    assert "misground eval BENCHMARK --model misground/one-mark --log-dir DIR" in note
    (rq3,) = (table for table in paper_tables([model]) if table.name == "rq3")
    assert note in rq3.notes
    assert one_mark_note([read([row(0, **LIVER, **UP)], "no-marks")]) == []


def test_ceilings_are_over_the_scored_questions(read: Read) -> None:
    rows = [row(0, **LIVER, **UP), row(1, **LIVER, **UP | {"answer": "inferior"}, outcome="error")]
    assert ceilings_of(with_ceilings([read(rows)])[0].questions) == Ceilings(0.0, None)


def test_every_cell_of_the_tables_has_its_ceiling(read: Read) -> None:
    rows = [
        row(n, **LIVER, **UP | {"answer": answer}, case_id=f"c{n}", prompt=prompt, condition=condition)
        for n, (prompt, condition, answer) in enumerate(
            (prompt, condition, answer)
            for prompt, condition in (("none", "image"), ("box", "image"), ("none", "text_only"))
            for answer in ("superior", "superior", "inferior")
        )
    ]
    (run,) = with_ceilings([read(rows)])
    tables = {table.name: flat(table) for table in (*paper_tables([run]), all_cells([run]))}
    assert {"overall", "rq1", "rq2", "rq3", "ab1", "cells"} <= set(tables)
    for name in ("overall", "rq1", "rq2", "rq3", "ab1", "cells"):
        cells = tables[name].filter(pl.col("accuracy").is_not_null())
        assert len(cells)
        assert cells["anatomy_alone"].to_list() == pytest.approx([2 / 3] * len(cells))
