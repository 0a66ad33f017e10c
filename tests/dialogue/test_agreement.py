"""The held-out replies are well formed; how far the reader agrees with them is printed, not tested."""

from .agreement import judged, replies

KEYS = {"id", "manner", "trap", "options", "names", "terms", "cut", "expected", "completion"}


def test_each_row_has_an_outcome_that_its_question_offers() -> None:
    rows = replies()
    assert len({row["id"] for row in rows}) == len(rows) >= 300
    for row in rows:
        assert row.keys() == KEYS
        assert row["expected"] in {*row["options"], "no_answer", "refused"}
        assert row["terms"] in {"anatomical", "colloquial", "lay"}


def test_each_row_is_read() -> None:
    assert {judged(row) for row in replies()} <= {"agrees", "wrong", "lost", "other kind"}
