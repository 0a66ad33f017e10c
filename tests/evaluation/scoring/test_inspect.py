"""The commands of inspect_ai on our task and our logs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log

INSPECT = Path(sys.executable).with_name("inspect")


@pytest.fixture
def inspect(tmp_path: Path) -> Any:
    """inspect(*arguments, environment): the command, which must succeed."""

    def run(*arguments: object, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [str(INSPECT), *map(str, arguments), "--display", "none"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "INSPECT_CACHE_DIR": str(tmp_path / "cache"), **(environment or {})},
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run


def test_inspect_score_scores_a_log_of_ours_again_and_again(
    inspect: Any, score: Any, run: Path, replies: Any, same: Any, tmp_path: Path
) -> None:
    log = next(run.glob("*.eval"))
    once, twice = tmp_path / "once.eval", tmp_path / "twice.eval"
    inspect("score", log, "--action", "overwrite", "--output-file", once)
    inspect("score", once, "--action", "append", "--output-file", twice)
    scores = read_eval_log(str(twice)).samples[0].scores
    assert set(scores) == {"misground/answer", "misground/answer1"}
    assert len({score.value for score in scores.values()}) == 1
    rows, _ = score(twice, model=None)
    same(rows, replies, without=())


def test_the_log_of_inspect_eval_gives_the_rows_of_misground_eval(
    inspect: Any, score: Any, mini: Path, replies: Any, same: Any, tmp_path: Path
) -> None:
    task = ["-T", f"path={mini}", "-T", "limit=120", "-T", "epochs=2", "-T", "log_pictures=false"]
    log_dir = tmp_path / "native"
    inspect("eval", "misground/benchmark", *task, "--model", "misground/random", "--log-dir", log_dir)
    rows, _ = score(log_dir, model=None)
    same(rows, replies, without=("seconds",))
    log = inspect_json(next(log_dir.glob("*.eval")), tmp_path)
    rows, _ = score(log, to="json")
    same(rows, replies, without=("seconds",))


def inspect_json(log: Path, folder: Path) -> Path:
    """The log in inspect_ai's other format."""
    done = subprocess.run(
        [str(INSPECT), "log", "convert", str(log), "--to", "json", "--output-dir", str(folder / "converted")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return next((folder / "converted").rglob("*.json"))


def test_inspect_eval_sends_the_sampler_that_misground_eval_sends(
    inspect: Any, evaluate: Any, mock: Any, mini: Path, tmp_path: Path
) -> None:
    few = "condition=text_only"
    with mock() as server:
        ours = evaluate(
            mini, "--model", "vllm/mock", "--base-url", server.url, "--filter", few, "--epochs", 1,
            "--limit", 12, "--no-validate", "--log-dir", tmp_path / "ours",
        )  # fmt: skip
        assert ours.returncode == 0, ours.stderr
        first = server.requests()
        inspect(
            "eval", "misground/benchmark", "-T", f"path={mini}", "-T", f"filter={few}", "-T", "epochs=1",
            "-T", "limit=12", "-T", "cache=false", "--model", "openai-api/vllm/mock",
            "--log-dir", tmp_path / "native",
            environment={"VLLM_BASE_URL": server.url, "VLLM_API_KEY": "none"},
        )  # fmt: skip
        second = server.requests()[len(first) :]
    assert len(first) == len(second) > 0
    sent = [
        {one["key"]: json.dumps(one["settings"], sort_keys=True) for one in some} for some in (first, second)
    ]
    assert sent[0] == sent[1]
    settings = first[0]["settings"]
    assert (settings["temperature"], settings["top_p"], settings["top_k"]) == (0.5, 0.8, -1)
