"""The addresses that the docs link to: well-formed, and https. `make docs-linkcheck` asks them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("docs/*.ipynb"),
    ]
)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"\]\(\s*<?([a-zA-Z][a-zA-Z+.-]*:[^)\s>]*)|<([a-zA-Z][a-zA-Z+.-]*://[^>\s]*)>|href=\"([a-z]+:[^\"]*)"
)
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def addresses(text: str) -> list[str]:
    """What a Markdown text links to outside the repository."""
    return [next(filter(None, groups)) for groups in LINK.findall(CODE.sub("", text))]


def faults(address: str) -> list[str]:
    """What is wrong with an address that readers are sent to."""
    parts = urlsplit(address)
    found = []
    if parts.scheme != "https":
        found.append(f"{address}: expected https")
    if not HOST.fullmatch(parts.netloc):
        found.append(f"{address}: {parts.netloc!r} is not the name of a host")
    if re.search(r"[\s\\{}|^]|%(?![0-9A-Fa-f]{2})", address):
        found.append(f"{address}: a character that no address may hold")
    return found


def test_links_of_every_form_are_found() -> None:
    text = 'a [b](https://example.com/c) <https://example.org> <a href="ftp://d.example"> `[e](http://f)`'
    assert addresses(text) == ["https://example.com/c", "https://example.org", "ftp://d.example"]


@pytest.mark.parametrize(
    "address", ["http://example.com", "https://example", "https://example.com/%zz", "https:/example.com/a"]
)
def test_a_faulty_address_is_named(address: str) -> None:
    assert faults(address)


def test_every_address_of_the_docs_is_https_and_well_formed() -> None:
    linked = {address for page in PAGES for address in addresses(page.read_text(encoding="utf-8"))}
    assert "https://arxiv.org/abs/2603.14579" in linked
    assert [fault for address in sorted(linked) for fault in faults(address)] == []
