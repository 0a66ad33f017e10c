"""What a completion answers to a question of a benchmark, wherever the question was asked."""

from collections.abc import Mapping
from typing import Any

from misground.dialogue.extraction import Extracted, extract
from misground.questions.names import asked_names


def read_answer(question: Mapping[str, Any], completion: str) -> Extracted:
    """Read a completion as the answer to a question that was asked with `prompt_text`.

    Args:
        question: a row of `records.schemas.QUESTIONS`; its text and its options are looked at.
        completion: what the model wrote.

    Returns:
        The option that it chooses, or why it chooses none. Never raises for anything that a model can write.
    """
    return extract(completion, question["options"], names=asked_names(question["text"]))
