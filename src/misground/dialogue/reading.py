"""Reading the answer to a question of a benchmark from a completion."""

from collections.abc import Mapping
from typing import Any

from misground.dialogue.extraction import Extracted, extract
from misground.questions.names import asked, asked_names


def read_answer(question: Mapping[str, Any], completion: str, *, truncated: bool = False) -> Extracted:
    """Read a completion as the answer to a question that was asked with `prompt_text`.

    Args:
        question: a row of `records.schemas.QUESTIONS`; only its text and options are used.
        completion: the model's output.
        truncated: whether the output was cut, for instance by the token limit. It then has no answer unless
            the line, box or tag of its last answer was complete before the cut and nothing takes it back.

    Returns:
        The option that it chooses, or why it chooses none. Never raises, whatever the completion contains.
    """
    text = question["text"]
    return extract(
        completion, question["options"], names=asked_names(text), truncated=truncated, asked=asked(text)
    )
