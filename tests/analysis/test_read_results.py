"""results.parquet as it comes: names, epochs, and files that are not what they should be."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.analysis.results import read_runs
from misground.analysis.results_file import ResultsFile
from misground.errors import UsageError
from misground.records.schemas import RESULTS

from .conftest import row


def test_a_question_is_a_row_with_its_outcome_in_each_epoch(read) -> None:
    run = read(
        [
            row(1, epoch=2, outcome="error"),
            row(0, epoch=1),
            row(0, epoch=2, outcome="no_answer"),
            row(1, epoch=1),
        ]
    )
    assert run.questions["question_id"].to_list() == ["q1", "q0"]  # in the order of the file
    assert np.array_equal(run.questions["outcomes"].to_numpy(), [[0, 4], [0, 2]])
    assert run.questions.select("replies", "correct", "no_answer", "refused", "errors").rows() == [
        (1, 1, 0, 0, 1), (2, 1, 1, 0, 0),
    ]  # fmt: skip
    assert run.replies["question"].to_list() == [0, 1, 1, 0]
    assert run.epochs == 2


def test_what_was_not_asked_in_an_epoch_is_absent(read) -> None:
    run = read([row(0, epoch=1), row(0, epoch=3), row(1, epoch=3)])
    assert np.array_equal(run.questions["outcomes"].to_numpy(), [[0, 0], [-1, 0]])


def test_runs_have_names_that_tell_them_apart(write) -> None:
    def named(*runs: dict) -> list[str]:
        paths = [
            write([row(0, run_id=f"{n:08}", **values)], f"{len(runs)}-{n}") for n, values in enumerate(runs)
        ]
        return [run.name for run in read_runs(paths)]

    assert named({"model": "lab/a"}, {"model": "lab/b"}) == ["a", "b"]
    assert named({"model": "lab/a"}, {"model": "lab/a", "decoding": "semantic"}) == [
        "a (default)",
        "a (semantic)",
    ]
    assert named({"model": "x/a"}, {"model": "y/a"}) == ["x/a (default)", "y/a (default)"]
    assert named({"model": "x/a"}, {"model": "x/a"}) == ["a (default, 00000000)", "a (default, 00000001)"]


def test_one_file_may_hold_several_runs(write) -> None:
    path = write([row(0, run_id="one"), row(0, run_id="two", model="lab/other")])
    assert [run.run_id for run in read_runs([path])] == ["one", "two"]


def test_the_run_record_beside_it_is_read_where_it_is_of_this_run(write) -> None:
    path = write([row(0)])
    record = path.with_name("run.json")
    record.write_text(json.dumps({"run_id": "run0", "seeds": {"run": 3}}))
    assert read_runs([path.parent])[0].record == {"run_id": "run0", "seeds": {"run": 3}}
    record.write_text(json.dumps({"run_id": "another"}))
    assert read_runs([path])[0].record is None
    record.write_text("{")
    assert read_runs([path])[0].record is None


def test_a_path_that_holds_no_results_is_told(tmp_path) -> None:
    for path, what in ((tmp_path / "no", "does not exist"), (tmp_path, "has no results.parquet")):
        with pytest.raises(UsageError, match=what):
            read_runs([path])


def test_a_file_that_is_no_parquet_or_lacks_columns_is_told(tmp_path) -> None:
    path = tmp_path / "results.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(UsageError, match="cannot be read as results"):
        read_runs([path])
    pq.write_table(pa.table({"question_id": ["q"], "outcome": ["correct"]}), path)
    with pytest.raises(UsageError, match=r"lacks run_id, .*: expected the columns"):
        read_runs([path])


def test_no_replies_at_all_are_told_and_an_empty_file_beside_others_is_left_out(write) -> None:
    empty = write([], "empty")
    with pytest.raises(UsageError, match="no replies"):
        read_runs([empty])
    assert len(read_runs([empty, write([row(0)], "full")])) == 1


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([row(0), row(0)], "two replies in one epoch"),
        ([row(0, outcome="right")], "outcome 'right', expected one of correct"),
        ([row(0, case_id=None)], "no case_id"),
    ],
)
def test_rows_that_contradict_the_format_are_told(write, rows, what) -> None:
    with pytest.raises(UsageError, match=what):
        read_runs([write(rows)])


def test_the_same_run_twice_is_told(write) -> None:
    path = write([row(0)])
    with pytest.raises(UsageError, match="name it once"):
        read_runs([path, path])


def test_a_file_of_an_earlier_version_is_read_with_nulls_in_later_columns(write) -> None:
    path = write([row(1, stop_reason="stop"), row(2)])
    names = RESULTS.names[: RESULTS.names.index("flipped") + 1]
    pq.write_table(pq.read_table(path).select(names), path)
    columns = ("outcome", "truncated", "question_id", *RESULTS.names[len(names) :])
    with ResultsFile(path, columns) as file:
        for table in (file.read(), file.read_group(0)):
            assert table.schema.names == list(dict.fromkeys(columns))
            assert table["question_id"].to_pylist() == ["q1", "q2"]
            assert table["truncated"].to_pylist() == table["stop_reason"].to_pylist() == [None, None]
        assert file.read(["truncated"]).to_pydict() == {"truncated": [None, None]}
    (run,) = read_runs([path])
    assert run.questions["correct"].to_list() == [1, 1]


def test_a_later_column_that_is_there_is_read_and_has_its_type(write) -> None:
    path = write([row(1, stop_reason="max_tokens", truncated=True)])
    with ResultsFile(path, ["truncated"]) as file:
        assert file.read().to_pydict() == {"truncated": [True]}
    table = pq.read_table(path)
    at = table.schema.get_field_index("truncated")
    pq.write_table(table.set_column(at, "truncated", pa.array(["yes"])), path)
    with pytest.raises(UsageError, match="column truncated: found string, expected bool"):
        ResultsFile(path, ["truncated"])


@pytest.mark.parametrize(
    ("decoding", "settings", "arm"),
    [
        ("default", {"sampler": {"sampler": "declared", "temperature": 0.5}}, "default"),
        ("default", {"sampler": {"sampler": "greedy", "temperature": 0}}, "greedy"),
        ("default", {"sampler": {"sampler": None, "temperature": 0}}, "greedy"),
        ("semantic", {"rule": {"mode": "argmax"}}, "semantic"),
        ("semantic", {"rule": {"mode": "softmax"}}, "semantic-softmax"),
        ("semantic", {"rule": {"sign": -1}}, "flipped"),
        ("semantic", {"rule": None}, "semantic"),
        ("default", [1], "default"),
    ],
)
def test_results_from_before_there_were_arms_have_that_of_their_settings(
    write, decoding, settings, arm
) -> None:
    path = write([row(0, decoding=decoding, decoding_settings=json.dumps(settings))])
    pq.write_table(pq.read_table(path).drop_columns(["arm"]), path)
    (run,) = read_runs([path])
    assert run.arm == arm


def test_the_arm_that_is_recorded_counts(write) -> None:
    (run,) = read_runs([write([row(0, decoding="control", arm="shuffled")])])
    assert (run.arm, run.decoding) == ("shuffled", "control")
