"""Prints how many tests were skipped, and why: `python .ci/skipped.py REPORT.xml` (pytest's JUnit file)."""

import sys
from collections import Counter
from xml.etree import ElementTree


def reason(skipped: ElementTree.Element) -> str:
    """Why one test was skipped, in one line; a file that was skipped whole keeps its reason in the text."""
    message = skipped.get("message") or "no reason given"
    if message == "collection skipped" and skipped.text:
        message = skipped.text
    return " ".join(message.split())


def main(report: str) -> None:
    """Print how many tests were skipped or expected to fail, then each reason with how often it was given."""
    tests = list(ElementTree.parse(report).iter("testcase"))
    skipped: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for test in tests:
        for mark in test.iter("skipped"):
            (expected if mark.get("type") == "pytest.xfail" else skipped)[reason(mark)] += 1
    print(f"Skipped: {skipped.total()} of {len(tests)} tests; expected to fail: {expected.total()}")
    for text, times in (skipped + expected).most_common():
        print(f"  {times} x {text}")


if __name__ == "__main__":
    main(sys.argv[1])
