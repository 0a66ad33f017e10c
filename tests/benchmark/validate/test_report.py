"""Findings become a report; texts from files are safe to print."""

import pytest

from misground.benchmark.validate.report import MOST_KEPT, Findings, one_line

WORDS = {"a": ("a holds", "items"), "b": ("b holds", "views")}


def test_problems_are_counted_and_the_first_kept():
    findings = Findings()
    findings.add("a", (f"p{n}" for n in range(50)), 7)
    findings.add("a", [], 3)
    a, b = findings.report(WORDS).checks
    assert (a.checked, a.total, len(a.problems)) == (10, 50, MOST_KEPT)
    assert a.problems[0] == "p0"
    assert not a.ok
    assert (b.checked, b.total, b.ok) == (0, 0, True)


def test_a_report_is_good_where_every_check_is():
    assert Findings().report(WORDS).ok
    findings = Findings()
    findings.add("b", ["p"])
    assert not findings.report(WORDS).ok


def test_findings_of_two_cases_add_up():
    one, other = Findings(), Findings()
    one.add("a", [f"one {n}" for n in range(15)], 2)
    other.add("a", [f"other {n}" for n in range(30)], 3)
    one.merge(other)
    result = one.result("a", "", "")
    assert (result.checked, result.total) == (5, 45)
    assert result.problems == (*(f"one {n}" for n in range(15)), *(f"other {n}" for n in range(5)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines", "two lines"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\ud800 surrogate", "surrogate"),
        ("grün 胃", "grün 胃"),
        ("x" * 500, "x" * 396 + " ..."),
    ],
)
def test_texts_from_files_become_one_printable_line(text, line):
    assert one_line(text) == line
