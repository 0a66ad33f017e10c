"""Checks that a model can take the questions, and estimates of the tokens of a prompt."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.dialogue.prompt import prompt_text
from misground.errors import UsageError
from misground.evaluation.messages import picture_label
from misground.evaluation.picture_tokens import UNKNOWN, Family
from misground.evaluation.samples import ViewSize
from misground.evaluation.selection import Row

CHARACTERS_A_TOKEN: Final = 3
"""A conservative estimate, for models whose tokenizer is not available here."""


def kind(question: Row) -> str:
    """Return what a question shows: nothing ("text"), a slice ("2d") or a stack ("3d")."""
    return "text" if question["view_id"] is None else str(question["dimension"])


def check_takes(takes: frozenset[str] | None, questions: Sequence[Row], model: str) -> None:
    """Check that a model takes everything that the questions show.

    Args:
        takes: Kinds that the model takes ("text", "2d", "3d"); None if unknown.
        questions: Questions to ask.
        model: Name of the model, for the message.

    Raises:
        UsageError: Some questions show something else; the message names the filter that leaves them out.
    """
    if takes is None:
        return
    shown = {kind(question) for question in questions}
    if shown <= takes:
        return
    count = sum(kind(question) not in takes for question in questions)
    if takes == {"text"}:
        advice = "add --filter condition=text_only"
    elif takes == {"3d"}:
        advice = "add --filter dimension=3d,condition=image|blank"
    else:
        advice = "leave them out with --filter"
    words = {"text": "text", "2d": "slices", "3d": "stacks"}
    raise UsageError(
        f"{model} takes only {' and '.join(words[name] for name in sorted(takes))}, and {count} of "
        f"{len(questions)} questions show something else: {advice}"
    )


def text_characters(question: Row, sizes: Mapping[str, ViewSize]) -> int:
    """Count the characters of a prompt, with the numbers of its pictures."""
    size = sizes.get(question["view_id"]) if question["view_id"] else None
    frames = size.frames if size else 0
    labels = sum(len(picture_label(number, frames)) for number in range(1, frames + 1)) if frames > 1 else 0
    return len(prompt_text(question, frames)) + labels


def picture_tokens(question: Row, sizes: Mapping[str, ViewSize], family: Family = UNKNOWN) -> int:
    """Estimate the tokens of the pictures of a prompt, by the rule of a model family."""
    size = sizes.get(question["view_id"]) if question["view_id"] else None
    return 0 if size is None else size.frames * family.rule(size.width, size.height, size.frames)


def prompt_tokens(question: Row, sizes: Mapping[str, ViewSize], family: Family = UNKNOWN) -> int:
    """Estimate the tokens of a prompt, at 3 characters per token and by the rule of a model family."""
    text = text_characters(question, sizes) // CHARACTERS_A_TOKEN
    return text + picture_tokens(question, sizes, family)
