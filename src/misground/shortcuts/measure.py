"""Every guesser in every cell of a benchmark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from misground.records import LEVELS
from misground.shortcuts.guessers import GUESSERS, Guesser, exchanged
from misground.shortcuts.guessing import Example, Guesses, cross_validated
from misground.shortcuts.intervals import FEWEST_CASES, interval
from misground.shortcuts.reading import Asked, Sample
from misground.shortcuts.scores import CELL, FALSE_ALARMS, MARGIN, Cell, Score, cells
from misground.shortcuts.standing import standing


@dataclass(frozen=True)
class Shortcuts:
    """The result of a measurement.

    Attributes:
        scores: one for each cell and guesser that sees something there.
        cases: number of cases that were measured.
        all_cases: number of cases with questions in the benchmark.
    """

    scores: tuple[Score, ...]
    cases: int
    all_cases: int

    @property
    def cells(self) -> list[Cell]:
        """The scores by cell."""
        return cells(self.scores)

    @property
    def wins(self) -> list[Score]:
        """The guessers that win, the furthest above its ceiling first."""
        return sorted((s for s in self.scores if s.wins), key=lambda s: s.ceiling - s.accuracy)


def measure(sample: Sample, guessers: Sequence[Guesser] = GUESSERS) -> Shortcuts:
    """Let every guesser answer every question from the questions of other cases.

    A guesser wins if it is a leak, there are at least FEWEST_CASES cases, and the lower end of its interval
    is more than MARGIN above its ceiling. The interval is widened so that all guessers of the benchmark
    together raise a false alarm with a probability of FALSE_ALARMS at most (Bonferroni).
    """
    found = [
        (_score(cell, guesser, examples, guesses), examples, guesses)
        for cell, asked in _cells(sample.asked)
        for guesser in guessers
        if (examples := _examples(guesser, asked))
        for guesses in [cross_validated(examples)]
    ]
    leaks = sum(score.kind == "leak" for score, _, _ in found)
    scores = tuple(
        replace(score, wins=_wins(score, examples, guesses, 1 - FALSE_ALARMS / max(leaks, 1)))
        for score, examples, guesses in found
    )
    return Shortcuts(scores, sample.cases, sample.all_cases)


def _cells(asked: Sequence[Asked]) -> Iterator[tuple[tuple[str, ...], list[Asked]]]:
    found: dict[tuple[str, ...], list[Asked]] = {}
    for one in asked:
        found.setdefault(tuple(one.row[name] for name in CELL), []).append(one)
    ranks = [{level: rank for rank, level in enumerate(LEVELS[name])} for name in CELL]
    for key in sorted(found, key=lambda key: [rank[level] for rank, level in zip(ranks, key, strict=True)]):
        yield key, found[key]


def _examples(guesser: Guesser, asked: Sequence[Asked]) -> list[Example]:
    found = []
    for one in asked:
        clues = guesser.clues(one)
        if clues is None:
            continue
        options, answer = list(one.row["options"]), one.row["answer"]
        shown = options if guesser.by_place else sorted(options)
        found.append(
            Example(
                case=one.row["case_id"],
                item=one.row["item_id"],
                options=tuple(map(str, range(len(shown)))) if guesser.by_place else tuple(shown),
                right=shown.index(answer),
                clues=clues,
                mirrored=exchanged(clues) if guesser.mirrored and len(options) == 2 else None,
                structures=(one.row["structure_a"], one.row["structure_b"]),
            )
        )
    return found


def _score(cell: Sequence[str], guesser: Guesser, examples: Sequence[Example], guesses: Guesses) -> Score:
    task, condition, terms, modality = cell
    chance = float(np.mean([1 / len(example.options) for example in examples]))
    meant = standing(guesser.name, task, terms)
    low, high = interval(guesses.scores, examples) or (None, None)
    return Score(
        task=task,
        condition=condition,
        terms=terms,
        modality=modality,
        guesser=guesser.name,
        sees=guesser.sees,
        accuracy=float(guesses.scores.mean()),
        low=low,
        high=high,
        chance=chance,
        ceiling=chance if meant.kind == "leak" else 1.0,
        kind=meant.kind,
        why=meant.why,
        questions=len(examples),
        items=len({example.item for example in examples}),
        cases=len({example.case for example in examples}),
        guessed=float(guesses.guessed.mean()),
        wins=False,
    )


def _wins(score: Score, examples: Sequence[Example], guesses: Guesses, level: float) -> bool:
    if score.kind != "leak" or score.cases < FEWEST_CASES:
        return False
    ends = interval(guesses.scores, examples, level)
    return ends is not None and ends[0] > score.ceiling + MARGIN
