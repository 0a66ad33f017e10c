"""The questions of one item: which there are, what they share, which views they see."""

from collections.abc import Iterator
from itertools import product

from second.folder import Folder

# What an item says once, whatever the question.
SAME = (
    "case_id",
    "modality",
    "dimension",
    "plane",
    "task",
    "axis",
    "structure_a",
    "structure_b",
    "evidence",
    "stack_reversed",
    "shared_frames",
    "name_hint",
)
TERMS = ("anatomical", "colloquial")
SMALL = {("image", coordinates, "none", "anatomical") for coordinates in ("storage", "viewing")}


def crossed(terms: tuple[str, ...]) -> set[tuple[str, ...]]:
    """(condition, coordinates, prompt, terms) of all questions of a relation item."""
    both = ("storage", "viewing")
    marked = ("mask", "box", "point")
    return {
        *product(("image",), both, ("none", *marked), terms),
        *product(("text_only",), ("viewing",), ("none",), terms),
        *product(("blank",), both, marked, ("colloquial",)),
    }


def which(question: dict) -> tuple[str, ...]:
    return tuple(question[name] for name in ("condition", "coordinates", "prompt", "terms"))


def crossing(folder: Folder, questions: list[dict], terms: tuple[str, ...]) -> Iterator[str]:
    """All questions of one item. terms: those of its relation questions."""
    first = questions[0]
    for name in SAME:
        if any(question[name] != first[name] for question in questions):
            yield f"{name} differs within the item"
    found = sorted(which(question) for question in questions)
    if found != sorted(crossed(terms) if first["structure_b"] else SMALL):
        yield f"crosses into {found}"
    if len({question["options"].index(question["answer"]) for question in questions}) != 1:
        yield "the right option's position differs within the item"
    asked = {first["structure_a"], first["structure_b"]} - {None}
    for question in questions:
        view = folder.view_of(question)
        if (view is None) != (question["condition"] == "text_only"):
            yield f"{which(question)} has view {question['view_id']}"
        if view is None:
            continue
        for name in ("case_id", "dimension", "plane", "coordinates", "prompt"):
            if view[name] != question[name]:
                yield f"{which(question)} sees a view with {name} {view[name]}"
        if view["mirrored"]:
            yield f"{which(question)} sees a mirrored view"
        if view["blank"] != (question["condition"] == "blank"):
            yield f"{which(question)} sees a view with blank {view['blank']}"
        if {mark["structure"] for mark in view["marks"]} != asked:
            yield f"{which(question)} sees marks of {[m['structure'] for m in view['marks']]}"
