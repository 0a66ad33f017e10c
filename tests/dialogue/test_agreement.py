"""The held-out replies are well formed, and the reader agrees with people on no fewer of them than before."""

from collections import Counter

from .agreement import judged, replies

MOST_WRONG, MOST_LOST = 16, 16
"""What `python -m tests.dialogue.agreement` printed when the replies came in; a better reader lowers them."""
KEYS = {"id", "manner", "trap", "options", "names", "terms", "cut", "expected", "completion"}


def test_each_row_has_an_outcome_that_its_question_offers() -> None:
    rows = replies()
    assert len({row["id"] for row in rows}) == len(rows) >= 300
    for row in rows:
        assert row.keys() == KEYS
        assert row["expected"] in {*row["options"], "no_answer", "refused"}
        assert row["terms"] in {"anatomical", "colloquial", "lay"}


def test_the_reader_agrees_no_less_than_it_did() -> None:
    counts = Counter(map(judged, replies()))
    assert counts["wrong"] <= MOST_WRONG
    assert counts["lost"] <= MOST_LOST
