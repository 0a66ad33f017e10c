"""The corpus of completions: `completions.yaml`, every row read as a careful reader would."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from misground.anatomy.directions import anatomical_words, colloquial_words, lay_words
from misground.anatomy.planes import AXES, PLANES
from misground.dialogue.extraction import RULES, extract

CORPUS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("completions.yaml").read_text("utf-8"))

# The traps of the field that the corpus must not lose.
TRAPS = {
    "another structure", "ansi", "answer line", "bare letter", "bilingual", "both named", "cannot tell",
    "case", "chinese", "courtesy", "cut off", "emoji", "empty", "from to", "full width", "hedge", "html",
    "idiom", "inverted", "json", "last sentence", "latex", "lettered", "markdown", "negation",
    "next line", "no picture", "no refusal", "none", "not an option", "not visible", "other frame",
    "prompt echo", "question", "rambling", "refusal", "refusal with answer", "several lines",
    "special tokens", "structure name", "synonym", "table", "taken back", "thinking",
    "thinking left open", "zero width",
}  # fmt: skip


class Row(NamedTuple):
    name: str
    trap: str
    options: str
    structures: str
    expected: str
    completion: str
    lettered: bool


ROWS = [
    Row(*row, lettered=group == "lettered") for group in ("completions", "lettered") for row in CORPUS[group]
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_completion_is_read_as_a_careful_reader_would(row: Row) -> None:
    options, names = CORPUS["options"][row.options], CORPUS["names"][row.structures]
    found = extract(row.completion, options, names=names, lettered=row.lettered)
    assert (found.option or found.kind) == row.expected, found.rule
    assert (found.kind == "answer") == (found.option is not None) == (row.expected in options)
    assert RULES[found.rule].kind == found.kind
    if found.span is not None:
        assert 0 <= found.span[0] < found.span[1] <= len(row.completion)
    assert (found.span is not None) >= (found.option is not None)


def test_the_corpus_holds_hundreds_of_different_completions() -> None:
    assert len({(row.options, row.structures, row.completion, row.lettered) for row in ROWS}) >= 320
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_corpus_holds_every_kind_of_outcome_many_times() -> None:
    kinds = [row.expected if row.expected in ("no_answer", "refused") else "answer" for row in ROWS]
    assert kinds.count("answer") >= 100
    assert kinds.count("no_answer") >= 100
    assert kinds.count("refused") >= 10


def test_the_corpus_holds_every_trap() -> None:
    assert {row.trap for row in ROWS} >= TRAPS


def test_the_corpus_holds_every_family_of_options_that_a_benchmark_asks() -> None:
    asked = {frozenset(PLANES)}
    for axis in AXES:
        for side in ("right", None):
            asked |= {frozenset(table(axis, side).values()) for table in (anatomical_words, lay_words)}
    asked |= {frozenset(colloquial_words(axis).values()) for axis in ("row", "column", "frame")}
    assert {frozenset(CORPUS["options"][row.options]) for row in ROWS} == asked
