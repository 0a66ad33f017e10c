"""A question answered without its picture: from a belief about the body, or else by a coin.

The belief is said in the words that the question wants. An answer on the screen takes every picture to be a
radiological display, since which coordinates a picture has is not told either. What no anatomy decides is
left to the coin: which way a stack runs, whether a knee's lateral side is the picture's left, what lies
under A and B on a blank canvas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from misground.anatomy import colloquial_words
from misground.coordinates import on_screen
from misground.evaluation.prior.belief import Belief, believe
from misground.evaluation.prior.positions import Position
from misground.evaluation.prior.votes import Pair, Votes
from misground.evaluation.prior.words import DIRECTIONS, lay_word
from misground.questions.names import asked_names


@dataclass(frozen=True)
class Reply:
    """option: the one that is taken. grounds: why, a sentence without its full stop."""

    option: str
    grounds: str

    def text(self) -> str:
        """As a model would write it: the last line alone is the answer."""
        return f"{' '.join(self.grounds.split())}.\nAnswer: {self.option}"


def reply(
    question: Mapping[str, Any], seed: int, votes: Votes | None, positions: Mapping[str, Position]
) -> Reply:
    """Answer a row of `records.schemas.QUESTIONS`; its answer, evidence and marks are not looked at.

    seed: of the coin. votes: None where they shall not be asked; so no positions, {}.
    """
    belief = _belief(question, votes, positions)
    if isinstance(belief, str):
        return _coin(question, seed, belief)
    said = _said(question, belief)
    if said is None:
        return _coin(question, seed, f"{belief.grounds}, but where that is on the screen is not known")
    if said.option not in question["options"]:
        return _coin(question, seed, f"{belief.grounds}, which is no option of this question")
    return said


def _belief(
    question: Mapping[str, Any], votes: Votes | None, positions: Mapping[str, Position]
) -> Belief | str:
    """What is believed of the question's structures, or why nothing is."""
    if question["axis"] is None or question["structure_a"] is None or question["structure_b"] is None:
        return "No anatomy tells how the slices lie"
    names = asked_names(question["text"])
    if question["condition"] == "blank" or len(names) != 2:
        return "Nothing is said of what A and B are"
    if question["terms"] == "colloquial" and question["task"] == "cross_slice":
        return "No anatomy tells which way the stack runs"
    pair = Pair(question["modality"], question["structure_a"], question["structure_b"], question["axis"])
    belief = believe(pair, (names[0], names[1]), question["case_id"], votes, positions)
    return belief or "Nothing is known of where these structures lie from each other"


def _said(question: Mapping[str, Any], belief: Belief) -> Reply | None:
    """The belief in the question's terms; None where it does not say where that is on the screen."""
    if question["terms"] == "anatomical":
        return Reply(belief.word, belief.grounds)
    if question["terms"] == "lay":
        return Reply(lay_word(belief.word), belief.grounds)
    direction = DIRECTIONS[belief.word]
    if direction.in_knee and direction.axis == "x":
        return None
    screen_axis, runs = on_screen(question["plane"], "viewing", direction.axis)
    shown = colloquial_words(screen_axis)[runs * direction.sign]
    return Reply(shown, f"{belief.grounds}, and a radiological display shows that side there: {shown}")


def _coin(question: Mapping[str, Any], seed: int, why: str) -> Reply:
    return Reply(str(Random(f"prior/{seed}").choice(question["options"])), f"{why}: by a coin")
