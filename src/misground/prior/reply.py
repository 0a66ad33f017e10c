"""The answer to a question without its picture, from a belief about anatomy or else from a coin flip.

A belief is put into the words that the question asks for. For words on the screen, every picture is taken to
be a radiological display, since a prompt does not say which coordinates its picture has. A coin decides what
anatomy cannot: the direction of a stack, whether the lateral side of a knee is on the left of the picture,
what lies under A and B on a blank canvas, and which of two structures is marked A.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from misground.anatomy import colloquial_words
from misground.coordinates import on_screen
from misground.prior.belief import Belief, believe
from misground.prior.positions import Position
from misground.prior.votes import Pair, Votes
from misground.prior.words import DIRECTIONS, lay_word
from misground.questions.names import asked_names


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        option: The chosen option.
        grounds: A sentence, without its full stop, that says why.
    """

    option: str
    grounds: str

    def text(self) -> str:
        """Return the answer as a model would write it; only the last line is read."""
        return f"{' '.join(self.grounds.split())}.\nAnswer: {self.option}"


def reply(
    question: Mapping[str, Any], seed: int, votes: Votes | None, positions: Mapping[str, Position]
) -> Reply:
    """Answer a question without reading its answer, evidence or marks.

    Args:
        question: A row of `records.schemas.QUESTIONS`.
        seed: Seed of the coin.
        votes: Answers of all cases; None to leave them out.
        positions: Positions in phantoms; empty to leave them out.
    """
    names = () if question["condition"] == "blank" else asked_names(question["text"])
    found = settled(question, (names[0], names[1]) if len(names) == 2 else None, votes, positions)
    return found if isinstance(found, Reply) else _coin(question, seed, found)


def settled(
    question: Mapping[str, Any],
    names: tuple[str, str] | None,
    votes: Votes | None,
    positions: Mapping[str, Position],
) -> Reply | str:
    """The answer that anatomy gives, or the reason why it gives none and a coin decides.

    Args:
        question: A row of `records.schemas.QUESTIONS` or `RESULTS`; its text is not read.
        names: How the question calls A and B, B first in the probe `reversed`; None if it names neither.
        votes: Answers of all cases; None to leave them out.
        positions: Positions in phantoms; empty to leave them out.
    """
    belief = _belief(question, names, votes, positions)
    if isinstance(belief, str):
        return belief
    said = _said(question, belief)
    if said is None:
        return f"{belief.grounds}, but the side on the screen is unknown"
    if said.option not in question["options"]:
        return f"{belief.grounds}, which is not an option of this question"
    return said


def _belief(
    question: Mapping[str, Any],
    names: tuple[str, str] | None,
    votes: Votes | None,
    positions: Mapping[str, Position],
) -> Belief | str:
    """The belief about the question's structures, or a reason why there is none."""
    if question["task"] == "naming":
        return "Anatomy does not tell which structure is marked"
    if question["axis"] is None or question["structure_a"] is None or question["structure_b"] is None:
        return "Anatomy does not tell the orientation of the slices"
    if names is None:
        return "The question does not name the structures A and B"
    if question["terms"] == "colloquial" and question["task"] == "cross_slice":
        return "Anatomy does not tell the direction of the stack"
    a, b = question["structure_a"], question["structure_b"]
    if question.get("probe") == "reversed":  # asks about B relative to A, as its text and `names` do
        a, b = b, a
    pair = Pair(question["modality"], a, b, question["axis"])
    belief = believe(pair, names, question["case_id"], votes, positions)
    return belief or "The relative position of these structures is unknown"


def _said(question: Mapping[str, Any], belief: Belief) -> Reply | None:
    """The belief in the question's terms; None if the side on the screen is unknown."""
    if question["terms"] == "anatomical":
        return Reply(belief.word, belief.grounds)
    if question["terms"] == "lay":
        return Reply(lay_word(belief.word), belief.grounds)
    direction = DIRECTIONS[belief.word]
    if direction.in_knee and direction.axis == "x":
        return None
    screen_axis, runs = on_screen(question["plane"], "viewing", direction.axis)
    shown = colloquial_words(screen_axis)[runs * direction.sign]
    return Reply(shown, f"{belief.grounds}, and a radiological display shows that as {shown}")


def _coin(question: Mapping[str, Any], seed: int, why: str) -> Reply:
    return Reply(str(Random(f"prior/{seed}").choice(question["options"])), f"{why}, so a coin decides")
