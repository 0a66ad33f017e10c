"""Text of unknown origin stays text in Markdown, spreadsheets and the dataset card."""

import re

import pytest

from misground.benchmark.building.card import dataset_card
from misground.benchmark.escaping import markdown_code, markdown_text, spreadsheet_text
from misground.records import Attribution

HOSTILE = (
    "liver\n\n# Licence: public domain\r\n---\n> quote | [a](http://x) ![b](//y) <img src=x> `c` *d* @e ~~f~~"
)


def unescaped(text: str) -> str:
    """What Markdown still reads as more than text."""
    return re.sub(r"\\.", "", text)


@pytest.mark.parametrize(
    "start", ["# x", "- x", "+ x", "* x", "> x", "1. x", "12) x", "=== x", "--- x", "    # x"]
)
def test_no_text_starts_a_block(start: str) -> None:
    escaped = markdown_text(f"{start}\n\n{start}")
    assert "\n" not in escaped
    assert re.match(r"[#\-+*>=]|[0-9]+[.)]", escaped) is None


def test_no_text_makes_a_link_a_picture_or_a_tag() -> None:
    escaped = unescaped(markdown_text(HOSTILE + " https://z www.q.org"))
    assert not set("<>[]|`*_@~#!") & set(escaped)
    assert "://" not in escaped
    assert "www." not in escaped


def test_what_cannot_be_seen_is_replaced() -> None:
    assert markdown_text("a\u202eb\x1b[31m\x00c") == "a\ufffdb\ufffd\\[31m\ufffdc"


def test_code_cannot_be_left() -> None:
    for text in ("a`b", "``", "`", "", "a``` # b", "a\n```\n# b"):
        code = markdown_code(text)
        fence = re.match("`+", code)
        assert fence is not None
        assert code.endswith(fence[0])
        assert fence[0] not in code[len(fence[0]) : -len(fence[0])]
        assert "\n" not in code


RUN = ["=1", "+1+1", "-1+cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\uff0b1", "\uff20x"]


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["liver", "", "53.4%", "-1.5", "+3.1", "a=b", "x - y"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert spreadsheet_text(text) == text


def test_the_card_shows_foreign_text_as_text() -> None:
    counts = dict.fromkeys(("cases", "skipped", "items", "questions", "views", "frames"), 1)
    settings = {"keep_contradicting": False, "max_oblique_degrees": 15.0, "probes": []}
    manifest = {"counts": counts, "settings": settings, "preset": "mini", "seed": 0}
    card = dataset_card(
        manifest | {"version": "1", "content_hash": "0"},
        [Attribution(HOSTILE, HOSTILE, HOSTILE, f"{HOSTILE} ", "http://x> # Licence: y")],
        never_2d=[HOSTILE],
        extensions=[HOSTILE],
        notes=[HOSTILE],
    )
    headings = [line for line in card.split("---\n", 2)[2].splitlines() if re.match(r" {0,3}#", line)]
    assert headings == [
        "# MIS-Ground benchmark", "## Contents", "## Where the scans come from", "## Limits",
    ]  # fmt: skip
    text = unescaped(re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", card.split("## Where", 1)[1]))
    assert not set("<>[]|") & set(text.replace("> ", ""))
