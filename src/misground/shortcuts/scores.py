"""How a guesser fares in a cell, and when it is said to win."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from misground.shortcuts.standing import Kind

CELL: Final = ("task", "condition", "terms", "modality")
MARGIN: Final = 0.10
"""How far above its ceiling a guesser must be, beyond doubt, to win."""
FALSE_ALARMS: Final = 0.05
"""Probability that a benchmark without a leak has a guesser that is said to win, at most."""


@dataclass(frozen=True)
class Score:
    """A guesser in a cell.

    Attributes:
        task: the task.
        condition: image, text_only or blank.
        terms: anatomical, colloquial or lay.
        modality: ct or mri.
        guesser: name of the guesser.
        sees: what it sees.
        accuracy: its mean score, cross-validated by case.
        low: lower end of the 95% interval; None if there is none.
        high: upper end.
        chance: mean accuracy of a fair draw among the options.
        ceiling: the accuracy that it may honestly reach.
        kind: whether its success is a leak or knowledge.
        why: the reason of that.
        questions: number of questions that show what it sees.
        items: number of their items.
        cases: number of their cases.
        guessed: share of the questions in which it preferred an option.
        wins: whether it is a leak of more than MARGIN beyond doubt.
    """

    task: str
    condition: str
    terms: str
    modality: str
    guesser: str
    sees: str
    accuracy: float
    low: float | None
    high: float | None
    chance: float
    ceiling: float
    kind: Kind
    why: str
    questions: int
    items: int
    cases: int
    guessed: float
    wins: bool

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """(task, condition, terms, modality)."""
        return self.task, self.condition, self.terms, self.modality

    @property
    def above(self) -> float:
        """How far it is above chance."""
        return self.accuracy - self.chance

    def row(self) -> dict[str, Any]:
        """Its fields as JSON values; numbers to six places."""
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Cell:
    """The scores of all guessers in a cell, in the order of the guessers."""

    scores: tuple[Score, ...]

    @property
    def chance(self) -> float:
        """Mean accuracy of a fair draw among the options."""
        return self.scores[0].chance

    @property
    def cases(self) -> int:
        """Number of cases."""
        return max(score.cases for score in self.scores)

    @property
    def questions(self) -> int:
        """Number of questions."""
        return max(score.questions for score in self.scores)

    @property
    def name(self) -> tuple[str, str, str, str]:
        """(task, condition, terms, modality)."""
        return self.scores[0].cell

    def best(self, kind: Kind) -> Score | None:
        """The guesser of a kind that is furthest above chance; None if there is none of this kind."""
        own = [score for score in self.scores if score.kind == kind]
        return max(own, key=lambda score: score.above, default=None)


def cells(scores: Sequence[Score]) -> list[Cell]:
    """The scores by cell, in their order."""
    found: dict[tuple[str, str, str, str], list[Score]] = {}
    for score in scores:
        found.setdefault(score.cell, []).append(score)
    return [Cell(tuple(own)) for own in found.values()]
