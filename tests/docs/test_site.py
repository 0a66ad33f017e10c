"""The built site: every page is there, nothing is loaded from elsewhere, links lead to pages."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

from repository_links import PAGES, site_links  # noqa: E402

LOADED = re.compile(r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)"')
LOADED_BY_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
ELSEWHERE = re.compile(r"^(?:https?:)?//")


@pytest.mark.slow
def test_every_page_is_on_the_site(site: Path) -> None:
    sources = [path.relative_to(DOCS) for path in DOCS.rglob("*") if path.suffix in {".md", ".ipynb"}]
    assert len(sources) > 20
    assert [str(page) for page in sources if not (site / page.with_suffix(".html")).is_file()] == []


@pytest.mark.slow
def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = {
        (path.name, url)
        for path in site.rglob("*.html")
        for pair in LOADED.findall(path.read_text(encoding="utf-8"))
        for url in pair
        if url
    }
    loaded |= {
        (path.name, url)
        for path in site.rglob("*.css")
        for pair in LOADED_BY_STYLE.findall(path.read_text(encoding="utf-8"))
        for url in pair
        if url
    }
    assert ("index.html", "_images/sheet.png") in loaded
    assert {found for found in loaded if ELSEWHERE.match(found[1])} == set()


@pytest.mark.slow
def test_the_tutorial_shows_what_its_cells_gave(site: Path) -> None:
    page = (site / "tutorial.html").read_text(encoding="utf-8")
    assert page.count("cell_output") > 5
    assert "<img" in page
    assert "Traceback" not in page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("../README.md#limits", "front-page.md#limits"),
        ("../benchmarks/RESULTS.md", "results.md"),
        ("decisions/README.md", "decisions/README.md"),
        ("../LICENSE", "../LICENSE"),
        ("#here", "#here"),
        ("https://example.com/README.md", "https://example.com/README.md"),
    ],
)
def test_a_link_of_a_page_leads_to_a_page(link: str, expected: str) -> None:
    page = DOCS / "evaluation.md"
    assert site_links(f"see [this]({link}).", page, page) == f"see [this]({expected})."


def test_a_link_of_an_included_file_is_relative_to_that_file() -> None:
    text = "[a](docs/scale.md#here) [b](CHANGELOG.md) ![c](docs/sheet.png)"
    found = site_links(text, ROOT / "README.md", DOCS / "front-page.md")
    assert found == "[a](scale.md#here) [b](changelog.md) ![c](sheet.png)"


def test_code_is_left_as_it_is() -> None:
    text = "`[a](../README.md)`\n```\n[b](../README.md)\n```\n"
    assert site_links(text, DOCS / "scale.md", DOCS / "scale.md") == text


@pytest.mark.parametrize("name", PAGES)
def test_each_page_that_stands_for_a_file_includes_it(name: str) -> None:
    assert f"include}} ../{name}" in (DOCS / PAGES[name]).read_text(encoding="utf-8")
