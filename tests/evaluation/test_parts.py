"""A long run is several logs: the same rows as one, and a part that is there is not asked again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytest.importorskip("inspect_ai")

from inspect_ai.log import read_eval_log_sample_summaries

from misground.evaluation.parts import newest_logs, parts

ROWS = [{"question_id": str(number)} for number in range(101)]


# A run of the coin; what it told of is printed.
RUN = """
import json, sys
from pathlib import Path
from misground.evaluation.planned import plan
from misground.evaluation.run import Following, evaluate
from misground.evaluation.transport import Transport
from misground.evaluation.selection import parse_filter
from misground.evaluation.settings import EvalSettings

benchmark, log_dir, samples_a_log = sys.argv[1:]
outcomes, begun = [], []
settings = EvalSettings("misground/random", wanted=parse_filter(["condition=text_only"]), epochs=2)
following = Following(
    begin=lambda calls, so_far: begun.append([calls, so_far.total()]),
    outcome=lambda outcome, reason: outcomes.append(outcome),
)
done = evaluate(
    plan(Path(benchmark), settings), Path(log_dir), Transport(), following, validate=False,
    samples_a_log=int(samples_a_log),
)
print(json.dumps([done.complete, len(outcomes), *begun]))
"""


def test_the_parts_are_all_questions_once_in_order_and_none_is_too_long() -> None:
    found = parts(ROWS, 3, Path("log"), 100)
    assert [row for part in found for row in part.questions] == ROWS
    assert {len(part.questions) for part in found} == {25, 26}
    assert [part.folder.name for part in found] == [f"part-{number}-of-4" for number in range(1, 5)]


def test_a_run_that_fits_is_one_log_in_the_folder_itself() -> None:
    (only,) = parts(ROWS, 3, Path("log"), 303)
    assert (only.folder, only.questions) == (Path("log"), ROWS)


def test_epochs_of_a_question_stay_together_even_where_they_are_too_many() -> None:
    found = parts(ROWS[:3], 9, Path("log"), 4)
    assert [len(part.questions) for part in found] == [1, 1, 1]


def test_names_of_many_parts_sort_as_the_parts_do() -> None:
    names = [part.folder.name for part in parts(ROWS, 1, Path("log"), 1)]
    assert names == sorted(names)


def run(mini: Path, log_dir: Path, samples_a_log: int) -> tuple[list[Any], list[dict[str, Any]]]:
    """[complete, questions asked, [calls, known before]] of a run, and its rows."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(mini), str(log_dir), str(samples_a_log)],
        env=os.environ | {"INSPECT_CACHE_DIR": str(log_dir.parent / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table = pq.read_table(log_dir / "results.parquet").drop_columns(["seconds"])
    return json.loads(done.stdout), table.to_pylist()


def test_several_logs_hold_what_one_would_and_a_part_that_is_there_is_not_asked_again(
    mini: Path, tmp_path: Path
) -> None:
    (_, calls, _), whole = run(mini, tmp_path / "whole", 5_000)
    assert len(newest_logs(tmp_path / "whole")) == 1
    told, rows = run(mini, tmp_path / "parts", 20)
    assert told == [True, calls, [calls, 0]]
    assert rows == whole
    folders = sorted((tmp_path / "parts").glob("part-*"))
    assert len(folders) == len(newest_logs(tmp_path / "parts")) == -(-calls // 20)

    (log,) = newest_logs(folders[1])
    lost = len(read_eval_log_sample_summaries(log))
    shutil.rmtree(folders[1])
    told, rows = run(mini, tmp_path / "parts", 5_000)  # it keeps to the parts that it began with
    assert told == [True, lost, [calls, calls - lost]]
    assert rows == whole
