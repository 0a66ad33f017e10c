"""Whatever happens in between: each question has one outcome in the end, and none is asked for nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from misground.benchmark.load import open_benchmark

CONNECTIONS = 6
TEXT = "condition=text_only"
FAULTS = "drop:5,429:7,500:11,empty:13,json:17,nochoices:19,string:23,big:29"
SHOWN = {
    "drop": "APIConnectionError",
    "429": "429",
    "500": "500",
    "empty": "not valid JSON",
    "json": "not valid JSON",
    "nochoices": "no message",
    "string": "non-ChatCompletion",
}


def command(mini: Path, url: str, log_dir: Path, *more: str) -> list[str]:
    arguments = ["eval", mini, "--model", "mock", "--base-url", url, "--log-dir", log_dir, "--epochs", "1"]
    return [*map(str, arguments), "--no-validate", "--max-connections", str(CONNECTIONS), *more]


def expected(mini: Path, **columns: str) -> set[str]:
    rows = open_benchmark(mini).questions().to_pylist()
    return {row["question_id"] for row in rows if all(row[name] == value for name, value in columns.items())}


@pytest.mark.parametrize("cache", [True, False])
def test_after_three_kills_each_question_has_one_outcome(
    mini: Path, mock: Any, results: Any, tmp_path: Path, cache: bool
) -> None:
    log_dir = tmp_path / "log"
    environment = os.environ | {"INSPECT_CACHE_DIR": str(tmp_path / "cache")}
    dice = random.Random(5)
    with mock("--delay", "0.1") as server:
        arguments = command(mini, server.url, log_dir, "--filter", "dimension=2d")
        arguments += [] if cache else ["--no-cache"]
        for _ in range(3):
            goal = len(server.requests()) + dice.randint(12, 30)
            run = subprocess.Popen(
                [sys.executable, "-m", "misground", *arguments],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while run.poll() is None and len(server.requests()) < goal:
                time.sleep(0.01)
            assert run.poll() is None, "it ended before it was killed"
            run.kill()
            run.wait()
        last = subprocess.run(
            [sys.executable, "-m", "misground", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        keys = Counter(request["key"] for request in server.requests())
    assert last.returncode == 0, last.stderr
    assert "resuming: " in last.stderr
    rows = results(log_dir)
    asked = expected(mini, dimension="2d")
    assert Counter(row["question_id"] for row in rows) == dict.fromkeys(asked, 1)
    assert {row["outcome"] for row in rows} <= {"correct", "wrong"}
    assert len(keys) == len(asked)
    assert keys.total() - len(keys) <= 3 * CONNECTIONS  # the calls in flight at each kill
    assert json.loads((log_dir / "run.json").read_text())["status"] == "complete"


def test_faults_of_a_server_are_errors_until_the_question_is_answered(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    wanted, rows = "dimension=2d,prompt=none", []
    with mock("--faults", FAULTS) as server:
        arguments = command(mini, server.url, log_dir, "--filter", wanted, "--max-retries", "0")[1:]
        for attempt in range(12):
            before = len(server.requests())
            answered = {row["question_id"] for row in rows if row["outcome"] != "error"}
            run = evaluate(*arguments)
            rows = results(log_dir)
            assert Counter(r["question_id"] for r in rows) == dict.fromkeys(
                expected(mini, dimension="2d", prompt="none"), 1
            )
            assert answered <= {r["question_id"] for r in rows if r["outcome"] != "error"}
            errors = [row for row in rows if row["outcome"] == "error"]
            assert run.returncode == (1 if errors else 0), run.stderr
            assert all(row["completion"] is row["extracted"] is None for row in errors)
            assert all(row["error_reason"] and "\n" not in row["error_reason"] for row in errors)
            record = json.loads((log_dir / "run.json").read_text())
            assert record["status"] == ("incomplete" if errors else "complete")
            if attempt == 0:
                assert len(errors) >= 5
                assert f"{len(errors)} of {len(rows)} calls ended in an error" in run.stderr
                reasons = " ".join(row["error_reason"] for row in errors)
                met = {request["fault"] for request in server.requests()} - {"", "big"}
                assert met >= {"429", "500", "empty", "json"}
                # A passing fault may have been met on a call that the client's own second try mended.
                assert all(SHOWN[fault] in reasons for fault in met & {"empty", "json", "nochoices"})
            if not errors:
                break
            # Only what had ended in an error is asked again; the client itself tries a call three times.
            assert attempt == 0 or len(server.requests()) - before <= 3 * (len(rows) - len(answered))
    assert not errors
    assert max(len(row["completion"]) for row in rows) > 9_000_000


def test_two_servers_share_the_load_and_one_may_die(
    mini: Path, mock: Any, results: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--delay", "0.1") as first, mock("--delay", "0.1") as second:
        arguments = command(mini, first.url, log_dir, "--base-url", second.url, "--filter", "dimension=2d")
        run = subprocess.Popen(
            [sys.executable, "-m", "misground", *arguments],
            env=os.environ | {"INSPECT_CACHE_DIR": str(tmp_path / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while run.poll() is None and len(first.requests()) + len(second.requests()) < 40:
            time.sleep(0.01)
        shares = len(first.requests()), len(second.requests())
        second.kill()
        _, said = run.communicate(timeout=6000)
        left = len(first.requests()) - shares[0]
    assert run.returncode == 0, said
    assert min(shares) > sum(shares) / 3
    assert left > CONNECTIONS
    rows = results(log_dir)
    assert {row["question_id"] for row in rows} == expected(mini, dimension="2d")
    assert {row["outcome"] for row in rows} <= {"correct", "wrong"}


def test_an_interrupt_keeps_what_was_answered_and_says_how_to_go_on(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    environment = os.environ | {"INSPECT_CACHE_DIR": str(tmp_path / "cache")}
    with mock("--delay", "0.2") as server:
        arguments = command(mini, server.url, log_dir, "--filter", "dimension=2d")
        run = subprocess.Popen(
            [sys.executable, "-m", "misground", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while run.poll() is None and len(server.requests()) < 20:
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=600)
        assert run.returncode == 1, said
        assert "misground: interrupted: " in said
        assert "run the same command again to ask only these" in said
        assert "Traceback" not in said
        some = results(log_dir)
        assert 0 < len(some) < len(expected(mini, dimension="2d"))
        again = evaluate(*arguments[1:])
    assert again.returncode == 0, again.stderr
    rows = results(log_dir)
    assert Counter(r["question_id"] for r in rows) == dict.fromkeys(expected(mini, dimension="2d"), 1)


def test_a_run_goes_on_with_another_address_and_other_options_of_transport(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--faults", "json:3") as first:
        run = evaluate(*command(mini, first.url, log_dir, "--filter", TEXT, "--max-retries", "0")[1:])
        assert run.returncode == 1
        left = sum(row["outcome"] == "error" for row in results(log_dir))
    with mock() as second, mock() as third:
        arguments = command(mini, second.url, log_dir, "--base-url", third.url, "--filter", TEXT)
        run = evaluate(*arguments[1:], "--no-cache", "--no-log-pictures", "--max-retries", "2")
        assert run.returncode == 0, run.stderr
        assert len(second.requests()) + len(third.requests()) == left
    assert len(results(log_dir)) == len(expected(mini, condition="text_only"))


def test_two_runs_at_once_in_a_folder_are_refused(
    mini: Path, mock: Any, evaluate: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    with mock("--delay", "60") as server:
        arguments = command(mini, server.url, log_dir, "--filter", TEXT)
        run = subprocess.Popen(
            [sys.executable, "-m", "misground", *arguments],
            env=os.environ | {"INSPECT_CACHE_DIR": str(tmp_path / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while run.poll() is None and not (log_dir / "run.json").exists():
            time.sleep(0.02)
        second = evaluate(*arguments[1:])
        run.kill()
        run.wait()
    assert second.returncode == 2, second.stdout + second.stderr
    assert "is in use by another run" in second.stderr
