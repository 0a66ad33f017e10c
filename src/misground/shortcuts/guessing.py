"""A guesser that learns from the other cases: naive Bayes over a few clues, cross-validated by case.

Each question has a clue in each of some slots, such as the half of the picture in which mark A lies. From the
questions of other cases, a clue gives each answer a share; the logarithms of the shares are added over the
slots, and the highest sum is the guess. Answers are balanced by design, so no answer is favoured beforehand.

A clue counts only if its answers lean by at least two standard deviations of a fair draw. Without this rule
a guesser would score far *below* chance on a balanced benchmark: taking a case out leaves a surplus of the
answers that it does not have. A guesser that also learns from mirrored questions, where A and B are
exchanged, has no such surplus; there every clue counts.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.questions.items import stable_hash

FOLDS: Final = 10
_TIE: Final = 1e-9
_NONE: Final = -1
_LEAN: Final = 2.0
"""Standard deviations of a fair draw by which the answers of a clue must lean."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Clues = tuple[Hashable, ...]
"""One clue a slot; None where a question has no clue in it."""


@dataclass(frozen=True)
class Example:
    """A question as a guesser sees it, with its answer.

    Attributes:
        case: the case.
        item: the item; its questions with the same clue count once when the guesser learns.
        options: the answers to choose from, in an order that does not depend on the right one.
        right: index of the right answer.
        clues: what the guesser sees.
        mirrored: the clues of the question in which A and B are exchanged, whose answer is the other of two;
            None if the guesser does not learn from it.
        structures: keys of the structures asked about, for the interval alone.
    """

    case: str
    item: str
    options: tuple[str, ...]
    right: int
    clues: Clues
    mirrored: Clues | None = None
    structures: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class Guesses:
    """How the guesses on some questions turned out.

    Attributes:
        scores: (questions,) 1 if right, 0 if wrong, 1/k where k options tie and one of them is right.
        guessed: (questions,) whether the clues preferred an option.
    """

    scores: Floats
    guessed: NDArray[np.bool_]


def folds(cases: Sequence[str]) -> Indices:
    """The fold of each question: whole cases, in an order that depends on their ids alone."""
    order = sorted(set(cases), key=lambda case: (stable_hash("fold", case), case))
    of_case = {case: number % FOLDS for number, case in enumerate(order)}
    return np.array([of_case[case] for case in cases], np.int64)


def cross_validated(examples: Sequence[Example]) -> Guesses:
    """Guess each question from the questions of the other folds."""
    sizes = np.array([len(example.options) for example in examples], np.int64)
    most = int(sizes.max(initial=1))
    belief = np.where(np.arange(most) < sizes[:, None], 0.0, -np.inf)
    fold = folds([example.case for example in examples])
    items = _numbers([example.item for example in examples])
    right = np.array([example.right for example in examples], np.int64)
    turned = np.array([at for at, example in enumerate(examples) if example.mirrored is not None], np.int64)
    for slot in range(len(examples[0].clues) if examples else 0):
        codes = _codes(examples, turned, slot)
        own = codes[: len(examples)]
        rows = np.concatenate([np.arange(len(examples)), turned])
        classes = np.concatenate([right, 1 - right[turned]])
        counts = _counts(items[rows], fold[rows], codes, classes, most)
        seen = np.where(own[:, None] == _NONE, 0, counts.sum(axis=0)[own] - counts[fold, own])
        belief += _leaning(seen, sizes, 0.0 if len(turned) else _LEAN)
    best = belief.max(axis=1, keepdims=True, initial=-np.inf)
    tied = belief >= best - _TIE
    ties = tied.sum(axis=1)
    hit = tied[np.arange(len(examples)), right]
    return Guesses(np.where(hit, 1.0 / np.maximum(ties, 1), 0.0), ties < sizes)


def _numbers(names: Sequence[Hashable]) -> Indices:
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int64)


def _codes(examples: Sequence[Example], turned: Indices, slot: int) -> Indices:
    """Numbers for the clues of a slot, first of all questions, then of the mirrored ones.

    Questions with other options never share a clue.
    """
    known: dict[Hashable, int] = {}

    def code(example: Example, clues: Clues) -> int:
        clue = clues[slot]
        return _NONE if clue is None else known.setdefault((example.options, clue), len(known))

    own = [code(example, example.clues) for example in examples]
    mirrored = [code(examples[at], examples[at].mirrored or ()) for at in turned]
    return np.array(own + mirrored, np.int64)


def _counts(items: Indices, fold: Indices, codes: Indices, classes: Indices, most: int) -> Indices:
    """(folds, codes, classes): number of items in which a clue has an answer."""
    counts = np.zeros((FOLDS, int(codes.max(initial=0)) + 1, most), np.int64)
    rows = np.unique(np.stack([items, fold, codes, classes])[:, codes != _NONE], axis=1)
    np.add.at(counts, (rows[1], rows[2], rows[3]), 1)
    return counts


def _leaning(counts: Indices, sizes: Indices, lean: float) -> Floats:
    """Logarithms of the shares of the answers; zeros where they lean by less than `lean` deviations."""
    total = counts.sum(axis=1)
    spread = np.sqrt(total * (1 / sizes) * (1 - 1 / sizes))
    leans = (total > 0) & (counts.max(axis=1) - total / sizes >= lean * spread - _TIE)
    logs = np.log(counts + 1.0) - np.log(total + sizes)[:, None]
    return np.where(leans[:, None], logs, 0.0)
