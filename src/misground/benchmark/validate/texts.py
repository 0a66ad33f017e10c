"""Checks that a question's text follows from its facts and factors and gives nothing away."""

import re
from collections.abc import Iterator
from typing import Final

from misground.anatomy import PLANES
from misground.benchmark.validate.record import Context, ItemRecord, rebuilt
from misground.questions.text import answer_words, question_text, shown_options

_DISPLAY: Final = re.compile(
    r"\b(storage|viewing|radiological|neurological|convention|orient\w*|reversed|descending|ascending|flipped)\b",
    re.IGNORECASE,
)
_PLANE: Final = re.compile(rf"\b({'|'.join(PLANES)})\b", re.IGNORECASE)


def check_texts(record: ItemRecord, context: Context) -> Iterator[str]:
    """Text, options and answer of every question, recomputed from the item."""
    item = rebuilt(record, context.case)
    if item is None:
        yield f"{record.label}: options {list(record.first.options)} do not match its task and axis"
        return
    names = context.asked_names(record)
    for row in record.rows:
        answers = answer_words(item, row.coordinates, row.terms)
        expected = (
            question_text(item, names, row.terms, row.prompt, row.condition),
            shown_options(item, answers),
            answers[0],
        )
        for what, found, wanted in zip(
            ("text", "options", "answer"), (row.text, row.options, row.answer), expected, strict=True
        ):
            if found != wanted:
                yield f"{record.label}: question {row.question_id}: {what} {found!r}, expected {wanted!r}"


def check_leaks(record: ItemRecord, _: Context) -> Iterator[str]:
    """No text reveals the plane that is asked for, the picture's orientation, or its coordinates."""
    texts: dict[tuple[str, str, str], set[str]] = {}
    for row in record.rows:
        if row.terms != "colloquial":
            texts.setdefault((row.condition, row.prompt, row.terms), set()).add(row.text)
        if row.task == "slice_direction" and (word := _PLANE.search(row.text)):
            yield f"{record.label}: question {row.question_id} asks for the plane but names {word[0]!r}"
        if word := _DISPLAY.search(row.text):
            yield f"{record.label}: question {row.question_id} reveals the picture's display: {word[0]!r}"
        if row.condition == "blank":
            for key in (row.structure_a, row.structure_b):
                if key is not None and key.replace("_", " ") in row.text:
                    yield f"{record.label}: blank question {row.question_id} names the structure {key}"
    for (condition, prompt, terms), different in texts.items():
        if len(different) > 1:
            yield f"{record.label}: {condition}/{prompt}/{terms} texts differ between coordinates"
