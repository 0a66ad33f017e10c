"""`inspect view` on a run, in headless Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
WANTED = "prompt=mask,terms=anatomical,coordinates=viewing,condition=image"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def log_dir(mini: Path, misground: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("viewed") / "log"
    done = misground(
        "eval", mini, "--model", "misground/random", "--no-validate", "--log-dir", out, "--filter", WANTED
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def page(log_dir: Path) -> Iterator[Any]:
    """A page of Chromium, and the address of the viewer as its attribute."""
    sync = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium: install Debian's package chromium, or name it by CHROMIUM")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inspect = Path(sys.executable).with_name("inspect")
    command = [str(inspect), "view", "start", "--log-dir", str(log_dir), "--port", str(port)]
    viewer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(url, timeout=60).close()
                break
            except OSError:
                assert time.monotonic() < until, "the viewer does not start"
                time.sleep(0.2)
        with sync.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            opened = browser.new_page(viewport={"width": 1400, "height": 1000})
            opened.address = url
            yield opened
            browser.close()
    finally:
        viewer.terminate()
        viewer.wait(30)


def one(results: Any, log_dir: Path, dimension: str) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in results(log_dir) if row["dimension"] == dimension)
    return row


def show(page: Any, log_dir: Path, question_id: str, tab: str) -> None:
    (log,) = log_dir.glob("*.eval")
    page.goto("about:blank")
    page.goto(f"{page.address}/#/logs/{log.name}/samples/sample/{question_id}/1/{tab}")


def test_a_question_about_a_slice_shows_text_picture_and_outcome(
    page: Any, log_dir: Path, results: Any
) -> None:
    row = one(results, log_dir, "2d")
    show(page, log_dir, row["question_id"], "messages")
    page.get_by_text("what is the position of").first.wait_for(timeout=120_000)
    until = time.monotonic() + 120
    while not page.evaluate("[...document.images].some(image => image.naturalWidth >= 100)"):
        assert time.monotonic() < until, "no picture is shown"
        time.sleep(0.1)
    assert page.get_by_text(f"Answer: {row['extracted']}").count() >= 1
    show(page, log_dir, row["question_id"], "scoring")
    page.get_by_text(f"{row['outcome']}: ").first.wait_for(timeout=120_000)


def test_a_question_about_a_stack_says_which_pictures_it_showed(
    page: Any, log_dir: Path, results: Any
) -> None:
    row = one(results, log_dir, "3d")
    show(page, log_dir, row["question_id"], "messages")
    page.get_by_text("pictures of view").first.wait_for(timeout=120_000)
    assert page.evaluate("[...document.images].every(image => image.naturalWidth < 100)")
