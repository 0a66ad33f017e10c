"""A run of the random baseline, and the command that scores replies, run in this process."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from misground.cli import main

READ = ("rule", "span", "completion", "stop_reason", "truncated", "input_tokens", "output_tokens", "seconds")
"""Columns that another file may not tell, or tells in its own form."""
RUN = ("run_id", "model", "decoding_settings", "sent")


@pytest.fixture(scope="session")
def run(mini: Path, misground: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log folder of `misground eval` with the random baseline: 120 questions, two epochs."""
    out = tmp_path_factory.mktemp("scored") / "run"
    done = misground(
        "eval", mini, "--model", "misground/random", "--no-validate", "--limit", 120, "--epochs", 2,
        "--log-dir", out, "--no-log-pictures",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def replies(run: Path, results: Callable[[Path], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of that run."""
    return results(run)


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """told(*arguments): exit status, standard output and standard error of the command."""

    def called(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["misground", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "300")
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return called


@pytest.fixture
def score(
    told: Callable[..., tuple[int, str, str]], mini: Path, results: Any, tmp_path: Path
) -> Callable[..., tuple[list[dict[str, Any]], str]]:
    """score(*predictions, to=name): the rows of the new run and what was printed; it must succeed."""

    def scored(
        *predictions: object, to: str = "scored", model: str | None = "lab/m"
    ) -> tuple[list[dict[str, Any]], str]:
        named = [] if model is None else ["--model", model]
        status, out, err = told("score", mini, *predictions, *named, "-o", tmp_path / to)
        assert status == 0, err
        return results(tmp_path / to), out

    return scored


@pytest.fixture
def refused(told: Callable[..., tuple[int, str, str]], mini: Path, tmp_path: Path) -> Callable[..., str]:
    """refused(*predictions): the one line with which they are refused."""

    def said(*predictions: object, arguments: Sequence[object] = ("--model", "lab/m")) -> str:
        status, _, err = told("score", mini, *predictions, *arguments, "-o", tmp_path / "refused")
        assert status == 2, err
        assert not (tmp_path / "refused").exists()
        lines = err.strip().splitlines()
        assert len(lines) == 1, err
        return lines[0]

    return said


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """same(rows, others): rows agree in the question, the epoch, what was read, and the outcome."""

    def check(
        rows: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]], without: Sequence[str] = READ
    ) -> None:
        left_out = {*RUN, *without}
        assert [{k: v for k, v in row.items() if k not in left_out} for row in rows] == [
            {k: v for k, v in row.items() if k not in left_out} for row in others
        ]

    return check


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """lines(rows, name): a file of JSON lines."""

    def written(rows: Sequence[Any], name: str = "replies.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return written
