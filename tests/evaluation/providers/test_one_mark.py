"""`misground/one-mark` as a model: registered, evaluated, and as good as the place of A is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from misground.errors import UsageError
from misground.evaluation.providers.baselines import baseline
from misground.evaluation.providers.one_mark import OneMarkAPI


def test_it_is_found_by_its_name_and_takes_no_argument() -> None:
    assert isinstance(baseline("one-mark"), OneMarkAPI)
    with pytest.raises(UsageError, match="misground/one-mark takes no argument 'table'"):
        baseline("one-mark", table="cases")


def test_a_run_answers_every_question_and_says_why(
    mini: Path, evaluate: Callable[..., Any], tmp_path: Path
) -> None:
    done = evaluate(mini, "--model", "misground/one-mark", "--log-dir", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "run" / "results.parquet").to_pylist()
    assert {row["outcome"] for row in rows} == {"correct", "wrong"}
    unmarked = [row for row in rows if row["prompt"] == "none"]
    assert all("so a coin decides" in row["completion"] for row in unmarked)
    marked = [row for row in rows if row["prompt"] != "none" and row["terms"] == "colloquial"]
    assert not any("coin" in row["completion"] for row in marked if "middle" not in row["completion"])
