"""The corpora are well formed, and the reader agrees with people on no fewer replies than before."""

import re
from collections import Counter
from pathlib import Path

import pytest

from misground.dialogue.extraction import RULES

from .agreement import held_out, held_out_rows, judged, table, tuned

MOST_WRONG, MOST_LOST = 0, 17
"""What `python -m tests.dialogue.agreement` prints for the held-out replies; a better reader lowers them."""
KEYS = {"id", "manner", "trap", "options", "names", "terms", "cut", "expected", "completion"}
PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"


def test_each_held_out_row_has_an_outcome_that_its_question_offers() -> None:
    rows = held_out_rows()
    assert len({row["id"] for row in rows}) == len(rows) >= 1_000
    for row in rows:
        assert row.keys() == KEYS
        assert row["expected"] in {*row["options"], "no_answer", "refused"}
        assert row["terms"] in {"anatomical", "colloquial", "lay"}


def test_no_held_out_reply_was_used_to_make_the_reader() -> None:
    seen = {(reply.options, reply.names, reply.completion) for reply in tuned()}
    long_enough = 40  # anybody may write "Answer: left"
    again = sum(
        (r.options, r.names, r.completion) in seen for r in held_out() if len(r.completion) > long_enough
    )
    assert again == 0


def test_the_reader_agrees_no_less_than_it_did() -> None:
    counts = Counter(judged(reply, reply.read()) for reply in held_out())
    assert counts["wrong"] <= MOST_WRONG
    assert counts["lost"] <= MOST_LOST


@pytest.mark.parametrize(("title", "replies"), [("held out", held_out), ("tuned", tuned)])
def test_the_page_shows_the_agreement_that_the_command_prints(title: str, replies) -> None:
    shown = re.findall(rf"<!-- {title} -->\n(.*?)\n<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == ["\n".join(table(replies()))], "run python -m tests.dialogue.agreement"


def test_the_page_lists_the_rules_in_their_order() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition("\n## How an answer is read\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| `([a-z ]+)` \| (.*) \|$", section, re.MULTILINE)
    assert lines == [(rule.name, rule.description) for rule in RULES.values()]
