"""Probes in results: apart from the questions of the tables, and within reach."""

import pyarrow.parquet as pq
import pytest

from misground.analysis.results import read_runs
from misground.errors import UsageError

from .conftest import row


def naming(number, **values):
    asked = {
        "probe": "naming",
        "task": "naming",
        "axis": None,
        "options": ["liver", "spleen"],
        "answer": "liver",
    }
    return row(number, **asked, **values)


def test_probes_are_in_no_table_and_can_be_reached(read):
    run = read([
        row(0), naming(1, outcome="wrong", extracted="spleen"), row(2, outcome="wrong"),
        naming(1, epoch=2), row(0, epoch=2),
    ])  # fmt: skip
    assert run.questions["question_id"].to_list() == ["q0", "q2"]
    assert "probe" not in run.questions.columns
    assert run.replies["question"].to_list() == [0, 1, 0]
    assert run.probes.select("question_id", "probe", "task", "replies", "correct").rows() == [
        ("q1", "naming", "naming", 2, 1)
    ]
    assert run.probes["outcomes"].to_list() == [[1, 0]]
    assert run.probe_replies.select("question", "epoch", "extracted").rows() == [
        (0, 1, "spleen"), (0, 2, None)
    ]  # fmt: skip
    assert run.epochs == 2


def test_the_epochs_of_probes_and_questions_are_the_same(read):
    run = read([row(0), naming(1, epoch=3)])
    assert run.questions["outcomes"].to_list() == [[0, -1]]
    assert run.probes["outcomes"].to_list() == [[-1, 0]]


def test_a_run_without_probes_has_none(read, write):
    assert read([row(0)]).probes.is_empty()
    path = write([row(0)], "earlier")
    pq.write_table(pq.read_table(path).drop_columns(["probe"]), path)
    (run,) = read_runs([path])
    assert (len(run.questions), len(run.probes), len(run.probe_replies)) == (1, 0, 0)


def test_a_run_of_nothing_but_probes_is_one_line(write):
    with pytest.raises(
        UsageError, match="run run0 asked only probes, which these tables leave out"
    ) as caught:
        read_runs([write([naming(0)])])
    assert "\n" not in str(caught.value)
