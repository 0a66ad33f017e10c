"""The prompt, byte for byte the same wherever a question is asked.

It says what is shown, asks the question, and lists the options in the order drawn for the item, without
letters (A and B are marks). It reveals neither the display convention nor the order of a stack, nor, for
`slice_direction`, the plane. No word of an option stands outside the options, but in the names of structures:
a reply that speaks of "the options above" must not be read as the option "above". The wording is ours, since
the paper does not print its prompt.
"""

from collections.abc import Mapping
from typing import Any

PROMPT_VERSION = "2"
"""Raise it with every change of the prompt: it is part of the key of stored replies."""

REASON = "Reason step by step, then finish with a line `Answer: <option>` that repeats one of these options."
ANSWER_ONLY = "Reply with one line and nothing else: `Answer: <option>`, which repeats one of these options."

_SCAN = {"ct": "a CT scan", "mri": "an MRI scan"}


def prompt_text(question: Mapping[str, Any], frames: int, *, reasoning: bool = True) -> str:
    """The text of the user's message.

    Args:
        question: a row of `records.schemas.QUESTIONS`.
        frames: number of pictures shown with it; 0 for a text-only question.
        reasoning: ask for reasoning before the answer; otherwise only for the answer.
    """
    options = "\n".join(f"- {option}" for option in question["options"])
    ending = REASON if reasoning else ANSWER_ONLY
    return f"{_shown(question, frames)}\n\n{question['text']}\n\nOptions:\n{options}\n\n{ending}"


def _shown(question: Mapping[str, Any], frames: int) -> str:
    plane = "" if question["task"] == "slice_direction" else f"{question['plane']} "
    scan = _SCAN[question["modality"]]
    if question["dimension"] == "2d":
        what = f"one {plane}slice of {scan}"
    elif question["condition"] == "text_only":
        what = f"a stack of parallel {plane}slices of {scan}"
    else:
        what = f"a stack of {frames} parallel {plane}slices of {scan}"
    if question["condition"] == "text_only":
        return f"No picture is shown. The question is about {what}."
    if question["condition"] == "blank":
        return f"Shown: the marks of {what}, on a black canvas without the scan."
    return f"Shown: {what}."
