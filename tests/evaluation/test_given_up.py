"""Retries are as many as asked for, a dead server ends the run, and SIGTERM ends it as Ctrl-C does."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONNECTIONS = 6


def command(mini: Path, log_dir: Path, *urls: str, more: tuple[object, ...] = ()) -> list[str]:
    addresses = [part for url in urls for part in ("--base-url", url)]
    run = [mini, "--model", "mock", *addresses, "--log-dir", log_dir, "--epochs", 1, "--no-validate"]
    return [*map(str, run), "--max-connections", str(CONNECTIONS), *map(str, more)]


def started(arguments: list[str], cache: Path, before: Callable[[], None] | None = None) -> Any:
    return subprocess.Popen(
        [sys.executable, "-m", "misground", "eval", *arguments],
        env=os.environ | {"INSPECT_CACHE_DIR": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509  # sets one signal
    )


def wait_for(run: Any, server: Any, requests: int) -> None:
    while run.poll() is None and len(server.requests()) < requests:
        time.sleep(0.01)
    assert run.poll() is None, run.communicate()


@pytest.mark.parametrize(("fault", "retries"), [("500", 0), ("500", 2), ("drop", 1), ("json", 1)])
def test_a_call_is_tried_again_as_often_as_asked_for(
    mini: Path, mock: Any, evaluate: Any, tmp_path: Path, fault: str, retries: int
) -> None:
    more = ("--filter", "condition=text_only", "--limit", 4, "--max-retries", retries)
    with mock("--faults", f"{fault}:1") as server:
        run = evaluate(*command(mini, tmp_path / "log", server.url, more=more))
        tries = Counter(request["key"] for request in server.requests())
    assert run.returncode == 1, run.stdout
    assert set(tries.values()) == {retries + 1}


def test_a_move_to_another_server_is_a_retry(mini: Path, mock: Any, evaluate: Any, tmp_path: Path) -> None:
    more = ("--filter", "condition=text_only", "--limit", 4, "--max-retries", 2)
    with mock("--faults", "500:1") as first, mock("--faults", "500:1") as second:
        run = evaluate(*command(mini, tmp_path / "log", first.url, second.url, more=more))
        asked = first.requests() + second.requests()
    assert run.returncode == 1, run.stdout
    assert set(Counter(request["key"] for request in asked).values()) == {3}


def test_a_dead_server_ends_the_run_in_one_line_and_loses_nothing(
    mini: Path, mock: Any, evaluate: Any, results: Any, tmp_path: Path
) -> None:
    log_dir = tmp_path / "log"
    more = ("--filter", "dimension=2d", "--max-retries", 2)
    with mock("--delay", "0.2") as server:
        arguments = command(mini, log_dir, server.url, more=more)
        run = started(arguments, tmp_path / "cache")
        wait_for(run, server, 20)
        server.kill()
        begun = time.monotonic()
        _, said = run.communicate(timeout=600)
        answered = len(server.requests())
        line = said.splitlines()[-1]
    assert run.returncode == 1, said
    assert time.monotonic() - begun < 100
    assert line.startswith(f"misground: given up, as {server.url} did not answer ")
    assert "requests in a row" in line
    assert "calls were not made" in line
    assert "run the same command again to ask only these" in line
    assert "Traceback" not in said
    rows = results(log_dir)
    kept = [row for row in rows if row["outcome"] != "error"]
    assert f"; {len(kept)} replies are kept: " in line
    assert answered - CONNECTIONS <= len(kept) <= answered
    assert len(rows) <= len(kept) + 4 * CONNECTIONS  # the others were not asked, and have no row
    assert json.loads((log_dir / "run.json").read_text())["status"] == "incomplete"
    with mock() as server:
        again = evaluate(*command(mini, log_dir, server.url, more=more))
        asked = {request["key"] for request in server.requests()}
    assert again.returncode == 0, again.stderr
    assert f"resuming: {len(kept)} of " in again.stderr
    assert len(asked) <= len(results(log_dir)) - len(kept)


def ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("before", [None, ignore_interrupts], ids=["", "in the background"])
def test_sigterm_ends_a_run_as_an_interrupt_does(
    mini: Path, mock: Any, results: Any, tmp_path: Path, before: Callable[[], None] | None
) -> None:
    log_dir = tmp_path / "log"
    with mock("--delay", "0.2") as server:
        arguments = command(mini, log_dir, server.url, more=("--filter", "dimension=2d"))
        run = started(arguments, tmp_path / "cache", before)
        wait_for(run, server, 20)
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate(timeout=600)
    assert run.returncode == 1, said
    line = said.splitlines()[-1]
    assert line.startswith("misground: interrupted: ")
    rows = results(log_dir)
    assert len(rows) > 0
    kept = re.search(r"; (\d+) replies are kept: run the same command again to ask only these", line)
    assert kept is not None, line
    assert len(rows) <= int(kept[1]) <= len(rows) + CONNECTIONS  # some may be in the cache alone
    assert "Traceback" not in said
