"""The report's page in headless Chromium: live figures, dark and narrow, nothing asked of the network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def page(written: tuple[Path, str]) -> Iterator[Any]:
    """The page of a report on all runs, in a dark and narrow window; what it asked and complained of."""
    sync = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium: install Debian's package chromium, or name it by CHROMIUM")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": 400, "height": 900}, color_scheme="dark")
        opened.asked, opened.said = [], []
        opened.on("request", lambda request: opened.asked.append(request.url))
        opened.on("console", lambda message: opened.said.append(message.text))
        opened.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.on("dialog", lambda dialog: opened.said.append(f"dialog {dialog.message}"))
        opened.goto((written[0] / "report.html").as_uri())
        for _ in range(100):
            if opened.evaluate("document.querySelectorAll('.vega-embed').length") == charts(opened):
                break
            opened.wait_for_timeout(100)
        yield opened
        browser.close()


def charts(page: Any) -> int:
    """How many figures the page has."""
    return int(page.evaluate("document.querySelectorAll('[data-figure]').length"))


def test_every_figure_is_live(page) -> None:
    assert charts(page) >= 8
    assert page.evaluate("document.querySelectorAll('.vega-embed svg').length") == charts(page)


def test_nothing_is_asked_of_the_network_and_nothing_complained_of(page) -> None:
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.said == []


def test_a_narrow_window_does_not_scroll_sideways(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_dark_mode_is_dark_and_text_on_it_light(page) -> None:
    ground, text = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    brightness = [sum(int(part) for part in colour[4:-1].split(",")) for colour in (ground, text)]
    assert brightness[0] < 150 < 600 < brightness[1]


def test_links_of_the_contents_lead_somewhere(page) -> None:
    missing = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    assert missing == []


def test_a_mark_tells_its_numbers(page) -> None:
    mark = page.locator("#figure-terms-by-coordinates .mark-symbol path").first
    mark.scroll_into_view_if_needed()
    mark.hover(force=True)
    page.wait_for_timeout(300)
    told = page.locator("#vg-tooltip-element").inner_text()
    assert "/" in told
    assert "%" in told
