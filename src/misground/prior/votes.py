"""How the cases answer each pair of structures, one vote per case.

Only answers in the patient's frame count: they are true of a body, not of a picture of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from misground.anatomy import Axis
from misground.prior.words import DIRECTIONS, opposite

COLUMNS: Final = ("case_id", "modality", "structure_a", "structure_b", "axis", "answer")


@dataclass(frozen=True, order=True)
class Pair:
    """Two structures along an axis, in one modality."""

    modality: str
    structure_a: str
    structure_b: str
    axis: Axis


@dataclass(frozen=True)
class Poll:
    """The votes of the other cases on a pair: `agreeing` of `cases` answer `word`."""

    word: str
    agreeing: int
    cases: int


@dataclass(frozen=True)
class Votes:
    """The votes of all cases.

    Attributes:
        words: Pair, with the structures in the order of their keys -> case id -> the word that it answers.
    """

    words: Mapping[Pair, Mapping[str, str]] = field(repr=False)

    def poll(self, pair: Pair, without: str) -> Poll | None:
        """Find the word that most cases answer for a pair.

        Args:
            pair: The pair.
            without: Case whose vote does not count.

        Returns:
            None if the first two words tie, or if there is no vote.
        """
        key, turned = ordered(pair)
        counts = Counter(word for case, word in self.words.get(key, {}).items() if case != without)
        (word, most), (_, next_most) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
        if most == next_most:
            return None
        return Poll(opposite(word) if turned else word, most, counts.total())


def ordered(pair: Pair) -> tuple[Pair, bool]:
    """Return the pair with its structures in the order of their keys, and whether they were swapped."""
    if pair.structure_a <= pair.structure_b:
        return pair, False
    return Pair(pair.modality, pair.structure_b, pair.structure_a, pair.axis), True


def count_votes(rows: Iterable[Mapping[str, Any]]) -> Votes:
    """Count the votes in rows of COLUMNS. Answers that are not in the patient's frame are ignored.

    A case that answers a pair with both words has no vote on it.
    """
    answers: dict[Pair, dict[str, set[str]]] = {}
    for row in rows:
        if row["answer"] not in DIRECTIONS:
            continue
        key, turned = ordered(Pair(row["modality"], row["structure_a"], row["structure_b"], row["axis"]))
        word = opposite(row["answer"]) if turned else row["answer"]
        answers.setdefault(key, {}).setdefault(row["case_id"], set()).add(word)
    return Votes(
        {
            key: {case: min(words) for case, words in by_case.items() if len(words) == 1}
            for key, by_case in answers.items()
        }
    )
