"""What a user can do wrong ends in one line that says what to do, and exit status 2."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ORACLE = ("--model", "misground/oracle")
FEW = ("--filter", "condition=text_only")


@pytest.fixture
def refused(told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """refused(*arguments): the line that `misground eval` ends in, whose exit status is 2."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "INSPECT_EVAL_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> str:
        status, said = told("eval", *arguments)
        assert status == 2, said
        lines = said.strip().splitlines()
        assert lines[-1].startswith(("misground: ", "Error: ")), said
        assert "Traceback" not in said
        return lines[-1]

    return run


def test_a_path_that_is_no_benchmark(refused: Any, tmp_path: Path) -> None:
    assert "does not exist, expected a benchmark folder" in refused(tmp_path / "nowhere", *ORACLE)
    assert "is not a benchmark (no manifest.json)" in refused(tmp_path, *ORACLE)


def test_a_benchmark_that_fails_its_checks(refused: Any, mini: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(mini, broken)
    (path,) = sorted((broken / "questions").glob("*.parquet"))[:1]
    rows = pq.read_table(path).to_pylist()
    rows[0]["answer"] = next(option for option in rows[0]["options"] if option != rows[0]["answer"])
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(path)), path)
    line = refused(broken, *ORACLE, "--workers", 1)
    assert "fails" in line
    assert "run misground validate" in line


def test_a_benchmark_is_checked_again_when_its_files_change(
    evaluate: Any, mini: Path, tmp_path: Path
) -> None:
    copy, log_dir = tmp_path / "copy", tmp_path / "log"
    shutil.copytree(mini, copy)
    arguments = (copy, *ORACLE, *FEW, "--log-dir", log_dir, "--workers", 1)
    assert evaluate(*arguments).returncode == 0
    stamp = json.loads((log_dir / "run.json").read_text())["validated"]
    assert evaluate(*arguments).returncode == 0
    assert json.loads((log_dir / "run.json").read_text())["validated"] == stamp
    broken = min((copy / "views").glob("*.parquet"))
    broken.write_bytes(broken.read_bytes()[:-100])
    run = evaluate(*arguments)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--model", "misground/none"], "there is no model misground/none, expected one of misground/oracle"),
        (["--model", "nobody/model"], "--model nobody/model: "),
        (["--model", "openai/gpt-4o"], "OPENAI_API_KEY"),
        (["--model", "anthropic/claude"], "anthropic"),
        (["--model", "misground-hf/no/such/model/here"], "no/such/model/here"),
        (["--model", "misground-volume/no-family/m"], "is not a volume model"),
        (["--model", "m", "--base-url", "http://127.0.0.1:9/v1"], "no server answers"),
        (["--model", "m", "--base-url", "here"], "expected a URL such as http://127.0.0.1:8000/v1"),
        ([*ORACLE, "--base-url", "http://127.0.0.1:9/v1"], "needs no server: leave --base-url out"),
        ([*ORACLE, "--decoding", "semantic"], "is a baseline without tokens"),
        ([*ORACLE, "--table", "t.safetensors"], "--table is given without --decoding semantic"),
        ([*ORACLE, "--top-m", "5"], "--top-m is given without --decoding semantic"),
        ([*ORACLE, "--prices", "1,2"], "--prices is given without --dry-run"),
        ([*ORACLE, "--gpus", "1,100"], "--gpus is given without --dry-run"),
        ([*ORACLE, "--dry-run", "--gpus", "many"], "expected the number of GPUs"),
        ([*ORACLE, "--reply-tokens", "9"], "--reply-tokens is given without --dry-run"),
        ([*ORACLE, "--dry-run", "--prices", "cheap"], "expected two numbers"),
        ([*ORACLE, "--filter", "answer=left"], "unknown column 'answer'"),
        ([*ORACLE, "--filter", "plane=oblique"], "no question has plane=oblique"),
        ([*ORACLE, "--filter", "plane"], "expected COLUMN=VALUE"),
        ([*ORACLE, "--limit", "1"], "the smallest item has"),
        ([*ORACLE, "-M", "seed"], "expected NAME=VALUE"),
        ([*ORACLE, "-M", "table=mine"], "takes no argument 'table'"),
        (["--model", "openai/gpt-4o", "-M", "api_key=secret"], "set the key in the environment"),
        (["--model", "openai/gpt-4o", "--stacks", "video"], "needs a vLLM server"),
        (["--model", "openai/gpt-4o", "--decoding", "semantic"], "openai/gpt-4o does not support"),
    ],
)
def test_a_call_that_cannot_work(refused: Any, mini: Path, arguments: list[str], line: str) -> None:
    assert line in refused(mini, "--no-validate", *arguments)


def test_without_a_model_it_is_asked_for(told: Any, mini: Path) -> None:
    status, said = told("eval", mini)
    assert status == 2
    assert "--model" in said


def test_a_model_that_the_server_lacks_is_told_with_those_it_has(refused: Any, mini: Path, mock: Any) -> None:
    with mock() as server:
        line = refused(mini, "--model", "other", "--base-url", server.url)
    assert "does not serve 'other', expected one of gpt-5, mock, o3" in line


def test_a_folder_of_another_run_is_told_with_what_differs(
    evaluate: Any, refused: Any, mini: Path, tmp_path: Path
) -> None:
    arguments = (mini, *ORACLE, *FEW, "--no-validate", "--log-dir", tmp_path / "log")
    assert evaluate(*arguments).returncode == 0
    assert "holds another run (seed 0, now 7)" in refused(*arguments, "--seed", 7)


def test_a_record_that_is_none_is_told(refused: Any, mini: Path, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "run.json").write_text("{")
    assert "cannot be read" in refused(mini, *ORACLE, "--no-validate", "--log-dir", tmp_path / "log")


def test_a_log_folder_that_is_a_file_is_told(refused: Any, mini: Path, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    assert "cannot be written" in refused(mini, *ORACLE, "--no-validate", "--log-dir", tmp_path / "log")


def test_a_dry_run_asks_nothing_and_needs_no_key(
    told: Any, mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert told("eval", mini, "--model", "openai/gpt-4o", "--dry-run", "--prices", "2.5,10")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_with_gpus_says_their_hours_and_what_they_cost(
    misground: Any, mini: Path, tmp_path: Path
) -> None:
    arguments = ("--model", "m", "--limit", 24, "--epochs", 3, "--reply-tokens", 500, "--gpus", "2,10,3")
    run = misground("eval", mini, *arguments, "--dry-run", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    rows = dict(cells for line in run.stdout.splitlines() if len(cells := line.strip("│ ").split("│")) == 2)
    shown = {name.strip(): value.strip() for name, value in rows.items()}
    assert shown["time (estimate)"] == "60 min"
    assert shown["GPU hours (estimate)"] == "2.0"
    assert shown["GPU cost (estimate)"] == "6.00"
    assert "--gpus 2,10,3" in run.stdout
