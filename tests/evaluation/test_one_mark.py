"""The answer of someone who sees mark A alone."""

from collections import Counter
from typing import Any

import pytest

from misground.evaluation.one_mark import one_mark_reply

VIEW: dict[str, Any] = {"slices": list(range(10)), "width": 200, "height": 100, "marks": []}


def view(*marks: tuple[str, int, list[int]]) -> dict[str, Any]:
    return VIEW | {"marks": [{"label": label, "frame": frame, "box": box} for label, frame, box in marks]}


def question(**told: Any) -> dict[str, Any]:
    facts = {
        "task": "in_plane", "terms": "colloquial", "prompt": "box", "plane": "axial", "condition": "image",
        "options": ["above", "below"],
    }  # fmt: skip
    return facts | told


def answer(asked: dict[str, Any], seen: dict[str, Any] | None, seed: int = 0) -> str:
    return one_mark_reply(asked, seen, seed).option


@pytest.mark.parametrize(
    ("box", "options", "expected"),
    [
        ([0, 0, 10, 10], ["above", "below"], "above"),
        ([0, 90, 10, 100], ["above", "below"], "below"),
        ([0, 90, 10, 100], ["right", "left"], "left"),
        ([150, 0, 160, 100], ["left", "right"], "right"),
    ],
)
def test_the_half_of_the_picture_answers(box: list[int], options: list[str], expected: str) -> None:
    # B lies the other way, and is not looked at.
    assert answer(question(options=options), view(("A", 0, box), ("B", 0, box))) == expected


@pytest.mark.parametrize(("frames", "expected"), [((0, 1, 2), "earlier"), ((4, 7, 9), "later")])
def test_the_half_of_the_stack_answers(frames: tuple[int, ...], expected: str) -> None:
    seen = view(*(("A", frame, [0, 0, 10, 10]) for frame in frames))
    assert answer(question(task="cross_slice", options=["earlier", "later"]), seen) == expected


@pytest.mark.parametrize(
    ("plane", "options", "expected"),
    [
        ("axial", ["anterior", "posterior"], "anterior"),
        ("axial", ["left", "right"], "right"),
        ("coronal", ["superior", "inferior"], "superior"),
        ("sagittal", ["posterior", "anterior"], "anterior"),
    ],
)
def test_words_of_the_patient_take_the_usual_display(plane: str, options: list[str], expected: str) -> None:
    seen = view(("A", 0, [0, 0, 10, 10]))  # top left
    assert answer(question(terms="anatomical", plane=plane, options=options), seen) == expected


def test_everyday_words_take_the_usual_display() -> None:
    asked = question(terms="lay", options=["towards the front", "towards the back"])
    assert answer(asked, view(("A", 0, [0, 0, 10, 10]))) == "towards the front"


@pytest.mark.parametrize(
    ("told", "seen", "why"),
    [
        ({"prompt": "none"}, view(("A", 0, [0, 0, 10, 10])), "No mark is drawn"),
        ({"condition": "text_only", "prompt": "none"}, None, "No mark is drawn"),
        ({}, view(("B", 0, [0, 0, 10, 10])), "No mark is drawn"),
        ({}, view(("A", 0, [90, 40, 110, 60])), "Mark A is in the middle"),
        (
            {"terms": "anatomical", "options": ["medial", "lateral"]},
            view(("A", 0, [0, 0, 9, 9])),
            "direction",
        ),
        (
            {"task": "cross_slice", "terms": "anatomical", "options": ["superior", "inferior"]},
            view(("A", 0, [0, 0, 9, 9])),
            "direction",
        ),
        ({"task": "slice_direction", "options": ["axial", "coronal", "sagittal"]}, VIEW, "as a whole"),
        ({"task": "stack_order", "options": ["superior", "inferior"]}, VIEW, "as a whole"),
    ],
)
def test_a_coin_decides_where_one_mark_does_not_tell(
    told: dict[str, Any], seen: dict[str, Any] | None, why: str
) -> None:
    asked = question(**told)
    replies = [one_mark_reply(asked, seen, seed) for seed in range(300)]
    assert all(why in reply.grounds and reply.grounds.endswith("so a coin decides") for reply in replies)
    counts = Counter(reply.option for reply in replies)
    assert counts.keys() == set(asked["options"])
    assert min(counts.values()) > 0.7 * 300 / len(asked["options"])
    assert one_mark_reply(asked, seen, 3) == replies[3]
