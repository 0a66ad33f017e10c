"""How a simulated model answers: by the truth, except where one of its faults applies.

A question about a relation is answered in this order:

1. Without a picture, by the anatomy prior if the model follows it at all, else by a guess.
2. With a picture, in the facts of `prior`, by the anatomy prior, as far as that has an answer.
3. Without marks, by a guess unless it recognises both structures.
4. By what it perceives: the truth, or a guess in the facts that it does not see.
5. In the facts of `mirror`, where left and right of a viewing picture stand for the patient's, by the
   opposite.

Then `first` replaces the answer by the first option, `flip` by its opposite, and `silent` by none.

A guess is drawn once for a fact and stands in all wordings: whether it is the truth. So a model without
`flip` never changes an answer, and one without `first` never contradicts itself between twins.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from misground.evaluation.simulated.faults import Faults
from misground.prior.positions import Position
from misground.prior.reply import Reply, settled
from misground.prior.votes import Votes
from misground.records import RELATION_TASKS

SILENT: Final = "It cannot be determined."
"""The reply without an answer."""


@dataclass(frozen=True)
class Answer:
    """What a simulated model holds before it speaks.

    Attributes:
        option: The option.
        grounds: A sentence that says why.
    """

    option: str
    grounds: str


def answer(question: Mapping[str, Any], faults: Faults, prior: str | None) -> Answer:
    """Answer a question as in every reply to it.

    Args:
        question: A row of `records.schemas.QUESTIONS`.
        faults: The faults of the model.
        prior: `prior_option` of the question; None if the prior has none.
    """
    held = _held(question, faults, prior)
    if faults.first and _draw(faults.seed, "first", question["question_id"]) < faults.first:
        return Answer(question["options"][0], "The first option fits.")
    return held


def reply(question: Mapping[str, Any], faults: Faults, held: Answer, sample_seed: int) -> str:
    """Write one reply to a question.

    Args:
        question: A row of `records.schemas.QUESTIONS`.
        faults: The faults of the model.
        held: `answer` to the question.
        sample_seed: Seed of this question in this epoch.
    """
    option = spoken(question, faults, held, sample_seed)
    return SILENT if option is None else f"{held.grounds}\nAnswer: {option}"


def spoken(question: Mapping[str, Any], faults: Faults, held: Answer, sample_seed: int) -> str | None:
    """The option that one reply states; None for no answer. The arguments are those of `reply`."""
    if faults.silent and _draw(faults.seed, "silent", sample_seed) < faults.silent:
        return None
    turns = faults.flip and _asks_relation(question) and _probe(question) != "naming"
    if turns and _draw(faults.seed, "flip", sample_seed) < faults.flip:
        return _opposite(question, held.option)
    return held.option


def prior_option(
    question: Mapping[str, Any], votes: Votes | None, positions: Mapping[str, Position]
) -> str | None:
    """The option that the anatomy prior takes; None where only a coin could decide.

    Args:
        question: A row of `records.schemas.QUESTIONS`.
        votes: Answers of all cases; None to leave them out.
        positions: Positions in phantoms; empty to leave them out.
    """
    if not _asks_relation(question) or question["axis"] is None or question["condition"] == "blank":
        return None
    names = (str(question["structure_a"]), str(question["structure_b"]))
    found = settled(question, names, votes, positions)
    return found.option if isinstance(found, Reply) else None


def _held(question: Mapping[str, Any], faults: Faults, prior: str | None) -> Answer:
    """The answer before any preference for an option."""
    truth = str(question["answer"])
    if _probe(question) == "naming":
        return _named(question, faults)
    if not _asks_relation(question):
        stack = (question["case_id"], question["item_id"])
        if _draw(faults.seed, "sees", *stack) < faults.sees:
            return Answer(truth, "The slices show it.")
        return Answer(_any(question, faults, stack), "The slices are unclear, so this is a guess.")
    fact = _fact(question)
    follows = faults.prior > 0 and prior is not None
    shown = question["condition"] != "text_only"
    if follows and (not shown or _draw(faults.seed, "prior", *fact) < faults.prior):
        return Answer(str(prior), "This is where they usually lie.")
    if not shown:
        return Answer(_guess(question, faults, "words", fact), "There is no picture, so this is a guess.")
    return _seen(question, faults, fact)


def _seen(question: Mapping[str, Any], faults: Faults, fact: tuple[str, str, str, str]) -> Answer:
    """The answer from a picture."""
    unmarked = question["condition"] == "image" and question["prompt"] == "none"
    if unmarked and not all(_recognises(question, faults, name) for name in fact[1:3]):
        return Answer(_guess(question, faults, "unmarked", fact), "I do not find both, so this is a guess.")
    if _draw(faults.seed, "sees", *fact) < faults.sees:
        held = Answer(str(question["answer"]), "The picture shows it.")
    else:
        held = Answer(_guess(question, faults, "unseen", fact), "The picture is unclear, so this is a guess.")
    if _shows_left(question) and _draw(faults.seed, "mirror", *fact) < faults.mirror:
        return Answer(_opposite(question, held.option), "The sides of the picture are the patient's sides.")
    return held


def _named(question: Mapping[str, Any], faults: Faults) -> Answer:
    """The name of the structure that is marked A."""
    if _recognises(question, faults, question["structure_a"]):
        return Answer(str(question["answer"]), "I recognise what is marked.")
    unknown = _guess(question, faults, "name", (question["case_id"], question["structure_a"]))
    return Answer(unknown, "I do not recognise what is marked, so this is a guess.")


def _recognises(question: Mapping[str, Any], faults: Faults, structure: str) -> bool:
    return _draw(faults.seed, "names", question["case_id"], structure) < faults.names


def _shows_left(question: Mapping[str, Any]) -> bool:
    """Whether an answer in the patient's frame must translate left and right of a viewing picture."""
    shown = (question["condition"], question["task"], question["coordinates"], question["axis"])
    return shown == ("image", "in_plane", "viewing", "x") and question["terms"] != "colloquial"


def _fact(question: Mapping[str, Any]) -> tuple[str, str, str, str]:
    first, second = sorted((question["structure_a"], question["structure_b"]))
    return question["case_id"], first, second, question["axis"]


def _guess(question: Mapping[str, Any], faults: Faults, kind: str, fact: tuple[str, ...]) -> str:
    """One of two options, the same side of the patient in every wording of a fact."""
    right = _draw(faults.seed, f"guess {kind}", *fact) < 0.5
    return str(question["answer"]) if right else _opposite(question, question["answer"])


def _any(question: Mapping[str, Any], faults: Faults, key: tuple[str, ...]) -> str:
    """One of all options, the same for every question of an item."""
    options = sorted(question["options"])
    return str(options[int(_draw(faults.seed, "guess stack", *key) * len(options))])


def _opposite(question: Mapping[str, Any], option: str) -> str:
    return str(next(one for one in question["options"] if one != option))


def _asks_relation(question: Mapping[str, Any]) -> bool:
    return question["task"] in RELATION_TASKS or _probe(question) is not None


def _probe(question: Mapping[str, Any]) -> str | None:
    return question.get("probe")


def _draw(seed: int, *key: object) -> float:
    """A number in [0, 1), the same for the same key on every machine."""
    text = "\x1f".join(map(str, (seed, *key)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / 2**56
