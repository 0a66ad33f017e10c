"""Reading runs: outcomes of all questions, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.benchmark.load import Benchmark
from misground.errors import UsageError
from misground.records.schemas import RESULTS
from misground.report.explorer.catalogue import Catalogue, read_catalogue
from misground.report.explorer.replies import Replies
from misground.report.explorer.runs import Run, open_runs


@pytest.fixture(scope="module")
def catalogue(benchmark: Benchmark) -> Catalogue:
    return read_catalogue(benchmark)


@pytest.fixture
def opened(benchmark: Benchmark, catalogue: Catalogue) -> Callable[..., list[Run]]:
    return lambda *paths: open_runs(paths, catalogue, benchmark.content_hash)


def letters(run: Run, rank: int) -> str:
    return run.outcomes[rank].tobytes().decode()


def test_a_reply_comes_with_the_probability_of_each_option(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    asked = catalogue.questions(0)[0]
    one, two = (
        {"option": option, "tokens": 1, "raw": raw, "normalised": raw}
        for option, raw in zip(asked["options"], (-1.0, -2.0986122886681098), strict=False)
    )
    rows = [reply(asked, option_logprobs=[one, two]), reply(asked, epoch=2)]
    replies = Replies(opened(write_results(tmp_path / "run", rows)))
    first, end = catalogue.rows(0)
    (found,) = replies.of(first, end, [asked["question_id"]])[asked["question_id"]]
    replies.close()
    assert [held["share"] for held in found[0]["held"]] == [0.75, 0.25]
    assert [held["option"] for held in found[0]["held"]] == asked["options"][:2]
    assert found[1]["held"] == []


def test_questions_are_listed_by_rule_the_least_certain_answers_first(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    first, second, *_ = catalogue.table.to_pylist()
    rows = [
        reply(first, rule="answer line"),
        reply(first, epoch=2, rule="two options", outcome="no_answer"),
        reply(second, rule="last sentence"),
        reply(second, epoch=2, rule="of a later version"),
        reply(second, epoch=3, rule=None),
    ]
    (run,) = opened(write_results(tmp_path / "run", rows))
    assert {name: ranks.tolist() for name, ranks in run.rules.items()} == {
        "last sentence": [1], "answer line": [0], "two options": [0], "of a later version": [1],
    }  # fmt: skip
    assert list(run.rules) == ["last sentence", "answer line", "two options", "of a later version"]


def test_outcomes_stand_at_their_question_and_epoch_and_the_rest_was_not_asked(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    first, *_, last = catalogue.table.to_pylist()
    rows = [
        reply(last, epoch=3, outcome="refused"),
        reply(first, epoch=2, outcome="no_answer"),
        reply(first, epoch=1, outcome="wrong"),
    ]
    (run,) = opened(write_results(tmp_path, rows))
    assert (run.model, run.decoding, run.epochs) == ("maker/one", "default", 3)
    assert letters(run, 0) == "wn."
    assert letters(run, catalogue.size - 1) == "..r"
    assert {letters(run, rank) for rank in range(1, catalogue.size - 1)} == {"..."}


def test_a_file_of_two_runs_is_two_runs(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    question = catalogue.table.slice(0, 1).to_pylist()[0]
    rows = [reply(question), reply(question, run_id="other", model="b", outcome="wrong", completion="no")]
    runs = opened(write_results(tmp_path, rows) / "results.parquet")
    assert [(run.model, letters(run, 0)) for run in runs] == [("maker/one", "c"), ("b", "w")]
    found = Replies(runs).of(0, 1, [question["question_id"]])[question["question_id"]]
    assert [[one["outcome"] for one in run] for run in found] == [["correct"], ["wrong"]]


def test_replies_come_by_epoch_from_the_row_groups_that_hold_them(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    rows = [
        reply(question, epoch=epoch, completion=f"{question['question_id']} {epoch}")
        for epoch in (2, 1)
        for question in catalogue.table.to_pylist()
    ]
    (run,) = opened(write_results(tmp_path, rows, rows_a_group=10))
    item = len(catalogue.item_ids) // 2
    first, end = catalogue.rows(item)
    ids = [row["question_id"] for row in catalogue.questions(item)]
    assert len(run.groups_of(first, end)) <= 2 * ((end - first) // 10 + 2)
    found = Replies([run]).of(first, end, ids)
    assert list(found) == ids
    for question_id, (replies,) in found.items():
        assert [one["pieces"][0][1] for one in replies] == [f"{question_id} 1", f"{question_id} 2"]


def test_a_file_of_another_writer_with_the_same_columns_is_read(
    catalogue: Catalogue, opened: Any, reply: Any, tmp_path: Path
) -> None:
    question = catalogue.table.slice(0, 1).to_pylist()[0]
    names = ["run_id", "benchmark_hash", "question_id", "model", "decoding", "epoch", "outcome",
             "error_reason", "extracted", "completion", "output_tokens", "seconds"]  # fmt: skip
    table = pa.Table.from_pylist([reply(question)], RESULTS).select(names)
    wide = pa.schema(
        [(n, pa.large_string() if pa.types.is_string(table.field(n).type) else pa.int64()) for n in names]
    )
    pq.write_table(table.cast(wide), tmp_path / "results.parquet")
    (run,) = opened(tmp_path)
    assert letters(run, 0) == "c"
    assert (
        Replies([run]).of(0, 1, [question["question_id"]])[question["question_id"]][0][0]["outcome"]
        == "correct"
    )


def test_a_file_without_rows_is_a_run_without_rows(opened: Any, write_results: Any, tmp_path: Path) -> None:
    write_results(tmp_path / "log", [])
    record = {"run_id": "abc", "settings": {"model": "maker/none", "decoding": "semantic"}}
    (tmp_path / "log" / "run.json").write_text(json.dumps(record))
    (run,) = opened(tmp_path / "log")
    assert (run.run_id, run.model, run.decoding, run.epochs) == ("abc", "maker/none", "semantic", 0)


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_path_without_results_is_refused(opened: Any, tmp_path: Path) -> None:
    assert "does not exist" in refused(lambda: opened(tmp_path / "nowhere"))
    assert "has no results.parquet" in refused(lambda: opened(tmp_path))


def test_what_is_no_parquet_is_refused(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "results.parquet").write_bytes(b"PAR1 nothing of the kind")
    assert "cannot be read as results" in refused(lambda: opened(tmp_path))


def test_missing_columns_are_named(opened: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"question_id": ["a"]}), tmp_path / "results.parquet")
    assert "lacks run_id, benchmark_hash, model" in refused(lambda: opened(tmp_path))


def test_results_of_another_benchmark_are_refused_with_both_hashes(
    benchmark: Benchmark, catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path
) -> None:
    question = catalogue.table.slice(0, 1).to_pylist()[0]
    write_results(tmp_path, [reply(question, benchmark_hash="f" * 64)])
    message = refused(lambda: opened(tmp_path))
    assert "f" * 12 in message
    assert benchmark.content_hash[:12] in message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"question_id": "unknown"}, "the benchmark lacks"),
        ({"outcome": "maybe"}, "outcome 'maybe'"),
        ({"outcome": None}, "a row has no outcome"),
        ({"epoch": 0}, "epochs 0 to 0"),
        ({"epoch": 2_000_000_000}, "expected 1 to 1000"),
    ],
)
def test_rows_that_cannot_be_are_refused(
    catalogue: Catalogue, opened: Any, reply: Any, write_results: Any, tmp_path: Path, change: Any, told: str
) -> None:
    question = catalogue.table.slice(0, 1).to_pylist()[0]
    write_results(tmp_path, [reply(question) | change])
    assert told in refused(lambda: opened(tmp_path))


def test_the_same_run_twice_is_refused(runs: Any, opened: Any) -> None:
    assert "given twice" in refused(lambda: opened(runs[0], runs[0] / "results.parquet"))
