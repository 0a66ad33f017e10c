"""The result of a validation: for each check, its first problems and their total number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

MOST_KEPT: Final = 20
"""Number of problems per check that are kept as text; all are counted."""
_LONGEST_LINE: Final = 400


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        name: name of the check.
        meaning: what holds if it passes.
        unit: what it counts, such as "items".
        checked: number of units checked.
        problems: the first problems, one line each.
        total: number of all problems.
    """

    name: str
    meaning: str
    unit: str
    checked: int
    problems: tuple[str, ...]
    total: int

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
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
    """Counts and problems by check while the work continues; small enough to send between processes."""

    checked: dict[str, int] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def add(self, check: str, problems: Iterable[str], checked: int = 0) -> None:
        """Record how many units a check looked at, and what it found."""
        self.checked[check] = self.checked.get(check, 0) + checked
        kept = self.problems.setdefault(check, [])
        for problem in problems:
            self.totals[check] = self.totals.get(check, 0) + 1
            if len(kept) < MOST_KEPT:
                kept.append(one_line(problem))

    def merge(self, other: "Findings") -> None:
        """Append the findings of another process."""
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
    """Text from a file made safe to print: one line, no control characters, limited length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 4] + " ..."
