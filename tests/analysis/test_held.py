"""What was held likely beside what was said: the question is the unit, a mean over its epochs."""

import json
import math

import numpy as np
import pytest

from misground.analysis.flat import flat
from misground.analysis.held import held, says_what_it_holds
from misground.analysis.held_tables import calibration_rows, held_rows
from misground.analysis.tables import report_tables

from .conftest import row


def scored(left: float) -> list[dict]:
    """The entries of two options, of which left has this probability."""
    return [
        {"option": option, "tokens": 1, "raw": math.log(p) - 3, "normalised": math.log(p) - 3}
        for option, p in (("left", left), ("right", 1 - left))
    ]


ROWS = [
    row(0, epoch=1, outcome="correct", option_logprobs=scored(0.9)),
    row(0, epoch=2, outcome="no_answer", option_logprobs=scored(0.7)),
    row(1, epoch=1, outcome="wrong", option_logprobs=scored(0.2)),
    row(1, epoch=2, outcome="error"),
    row(2, epoch=1, outcome="no_answer", option_logprobs=scored(0.4)),
    row(2, epoch=2, outcome="wrong", option_logprobs=scored(0.6)),
]  # the right answer is left


def test_a_question_counts_once_with_its_mean_over_the_epochs_that_are_known(read) -> None:
    found = held(read(ROWS))
    assert found.questions["question_id"].to_list() == ["q0", "q1", "q2"]
    assert found.confidence == pytest.approx([0.8, 0.8, 0.6])
    assert found.right == pytest.approx([1, 0, 0.5])
    assert found.brier == pytest.approx([0.02 / 2 + 0.18 / 2, 2 * 0.64, 2 * (0.36 + 0.16) / 2])
    assert len(found.groups.cases) == 3


def test_what_was_said_is_crossed_with_what_was_held(read) -> None:
    found = held(read(ROWS))
    assert np.allclose(found.said["correct"], [[0, 0.5], [0, 0], [0, 0]])
    assert np.allclose(found.said["wrong"], [[0, 0], [1, 0], [0, 0.5]])
    assert np.allclose(found.said["no_answer"], [[0, 0.5], [0, 0], [0.5, 0]])
    rows = {(one.said, one.held): (one.k, one.n) for one in held_rows([read(ROWS)])}
    assert rows == {
        ("correct", "right"): (0.5, 3),
        ("wrong", "right"): (0.5, 3),
        ("wrong", "wrong"): (1, 3),
        ("no_answer", "right"): (0.5, 3),
        ("no_answer", "wrong"): (0.5, 3),
    }
    assert sum(k for k, _ in rows.values()) == 3


def test_a_run_without_probabilities_has_no_such_tables(read) -> None:
    run = read([row(0), row(1, outcome="wrong")])
    assert held(run) is None
    assert not {"held", "calibration"} & {table.name for table in report_tables([run])}


def test_a_run_that_is_read_from_the_probabilities_says_what_it_holds(write, read) -> None:
    path = write(ROWS)
    record = {"run_id": "run0", "settings": {"read": "options"}}
    path.with_name("run.json").write_text(json.dumps(record), encoding="utf-8")
    run = read(ROWS)
    assert says_what_it_holds(run)
    assert held_rows([run]) == []
    assert len(calibration_rows([run])) == 1


def test_the_tables_are_flat_files_of_numbers(read) -> None:
    by_name = {table.name: flat(table) for table in report_tables([read(ROWS)])}
    assert by_name["held"]["share"].sum() == pytest.approx(1)
    one = by_name["calibration"].row(0, named=True)
    assert (one["n"], one["bins"], one["confidence"]) == (3, 1, pytest.approx(2.2 / 3))
    assert one["calibration_error"] == pytest.approx(2.2 / 3 - 0.5)


def test_each_condition_has_a_calibration_of_its_own_where_there_are_several(read) -> None:
    rows = [
        row(number, condition=condition, option_logprobs=scored(0.8))
        for number, condition in enumerate(["image", "image", "text_only", "blank"])
    ]
    cells = {one.cell: one.calibration.n for one in calibration_rows([read(rows)])}
    assert cells == {"all": 4, "image": 2, "text_only": 1, "blank": 1}
