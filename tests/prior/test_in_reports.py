"""A report that computes what knowing anatomy reaches says what the baseline answers."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")

from misground.analysis.ceilings import with_ceilings
from misground.analysis.results import read_runs
from misground.benchmark.load import Benchmark
from misground.evaluation.benchmark_votes import read_votes
from misground.prior.positions import shipped_positions
from misground.prior.reply import reply
from misground.records.schemas import RESULTS

RUN = {
    "run_id": "run", "benchmark_hash": "phantoms", "model": "lab/model", "decoding": "default",
    "decoding_settings": "{}", "epoch": 1, "outcome": "wrong", "completion": "?",
}  # fmt: skip


def test_the_rule_on_results_is_that_of_the_baseline_on_the_benchmark(phantoms: Benchmark, tmp_path) -> None:
    questions = phantoms.questions().to_pylist()
    names = [name for name in RESULTS.names if name in questions[0]]
    rows = [dict.fromkeys(RESULTS.names) | RUN | {name: one[name] for name in names} for one in questions]
    pq.write_table(pa.Table.from_pylist(rows, RESULTS), tmp_path / "results.parquet")
    (run,) = with_ceilings(read_runs([tmp_path]))
    found = dict(zip(run.questions["question_id"], run.questions["anatomy"], strict=True))

    votes = read_votes(phantoms)
    coins = 0
    for one in questions:
        said = reply(one, 0, votes, shipped_positions())
        coin = said.grounds.endswith(", so a coin decides")
        coins += coin
        expected = 1 / len(one["options"]) if coin else float(said.option == one["answer"])
        assert found[one["question_id"]] == pytest.approx(expected), one
    assert len(questions) / 4 < coins < 3 * len(questions) / 4
