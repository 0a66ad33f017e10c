"""The corpus of completions: `completions.yaml`, every row read as a careful reader would."""

import pytest

from misground.anatomy.directions import anatomical_words, colloquial_words, lay_words
from misground.anatomy.planes import AXES, PLANES
from misground.dialogue.extraction import RULES

from ..agreement import Reply, tuned  # noqa: TID252  # the root is not on the path

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


REPLIES = tuned()


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_a_completion_is_read_as_a_careful_reader_would(reply: Reply) -> None:
    found = reply.read()
    assert (found.option or found.kind) == reply.expected, found.rule
    assert (found.kind == "answer") == (found.option is not None) == (reply.expected in reply.options)
    assert RULES[found.rule].kind == found.kind
    if found.span is not None:
        assert 0 <= found.span[0] < found.span[1] <= len(reply.completion)
    assert (found.span is not None) >= (found.option is not None)


def test_the_corpus_holds_hundreds_of_different_completions() -> None:
    different = {(r.options, r.names, r.asked, r.completion, r.lettered, r.truncated) for r in REPLIES}
    assert len(different) >= 860
    assert len({reply.name for reply in REPLIES}) == len(REPLIES)


def test_the_corpus_holds_every_kind_of_outcome_many_times() -> None:
    kinds = [r.expected if r.expected in ("no_answer", "refused") else "answer" for r in REPLIES]
    assert kinds.count("answer") >= 300
    assert kinds.count("no_answer") >= 200
    assert kinds.count("refused") >= 15


def test_the_corpus_holds_every_trap() -> None:
    assert {reply.trap for reply in REPLIES} >= TRAPS


def test_the_corpus_holds_every_family_of_options_that_a_benchmark_asks() -> None:
    asked = {frozenset(PLANES)}
    for axis in AXES:
        for side in ("right", None):
            asked |= {frozenset(table(axis, side).values()) for table in (anatomical_words, lay_words)}
    asked |= {frozenset(colloquial_words(axis).values()) for axis in ("row", "column", "frame")}
    assert {frozenset(reply.options) for reply in REPLIES} == asked
