"""What validation found: one result a check, each with its first problems and how many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

MOST_KEPT: Final = 20
"""Problems of a check that are kept as text; all are counted."""
_LONGEST_LINE: Final = 400


@dataclass(frozen=True)
class CheckResult:
    """One check. meaning: what holds where it passes. checked: how many `unit` it looked at.

    problems: the first of them, one line each. total: all of them.
    """

    name: str
    meaning: str
    unit: str
    checked: int
    problems: tuple[str, ...]
    total: int

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.total == 0


@dataclass(frozen=True)
class Report:
    """All checks of a benchmark folder, in a fixed order."""

    checks: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)


@dataclass
class Findings:
    """Counts and problems by the name of a check, while the work goes on; small enough to send around."""

    checked: dict[str, int] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def add(self, check: str, problems: Iterable[str], checked: int = 0) -> None:
        """Note what a check looked at and found."""
        self.checked[check] = self.checked.get(check, 0) + checked
        kept = self.problems.setdefault(check, [])
        for problem in problems:
            self.totals[check] = self.totals.get(check, 0) + 1
            if len(kept) < MOST_KEPT:
                kept.append(one_line(problem))

    def merge(self, other: "Findings") -> None:
        """Add what was found elsewhere, after what was found here."""
        for check, checked in other.checked.items():
            kept = other.problems.get(check, [])
            self.add(check, kept, checked)
            self.totals[check] = self.totals.get(check, 0) + other.totals.get(check, 0) - len(kept)

    def result(self, name: str, meaning: str, unit: str) -> CheckResult:
        """The result of one check."""
        return CheckResult(
            name=name,
            meaning=meaning,
            unit=unit,
            checked=self.checked.get(name, 0),
            problems=tuple(self.problems.get(name, ())),
            total=self.totals.get(name, 0),
        )

    def report(self, checks: Mapping[str, tuple[str, str]]) -> Report:
        """The results of all checks; checks: name -> (meaning, unit)."""
        return Report(tuple(self.result(name, *words) for name, words in checks.items()))


def one_line(text: str) -> str:
    """Text from a file, safe to print: one line, no control characters, not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 4] + " ..."
