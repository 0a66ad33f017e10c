"""The texts of questions and answers.

Structure names are the same in all terms. A text says whether directions are the patient's or the picture's,
but nothing about how the picture is oriented or in which order the stack is. An anatomical text is the same
in both coordinates, and the text-only text equals the text with an unmarked picture. No text holds a word of
an option, but in the names of structures.
"""

from misground.anatomy import (
    PLANES,
    Plane,
    ScreenAxis,
    anatomical_words,
    colloquial_words,
    lay_words,
)
from misground.coordinates import on_screen
from misground.questions.items import Item
from misground.records import Condition, Coordinates, Prompt, Terms

_MODALITY = {"ct": "CT", "mri": "MRI"}
_PATIENT = "In the patient's frame (directions are the patient's own)"
_KNEE = "In the patient's frame (directions are those of this knee)"
_PICTURE = "As seen in the picture (directions are the picture's own)"
_STACK = "Going through the pictures of the stack from first to last"


def question_text(
    item: Item, names: tuple[str, str] | None, terms: Terms, prompt: Prompt, condition: Condition
) -> str:
    """The text of a question, without its options.

    Args:
        item: the item.
        names: English names of structures A and B; None if the item is about none.
        terms: anatomical, colloquial or lay.
        prompt: the kind of marks.
        condition: image, text_only or blank.
    """
    if item.task == "slice_direction":
        return (
            f"This is a stack of parallel {_MODALITY[item.modality]} slices of one patient. "
            "In which anatomical plane were the slices cut?"
        )
    shown = _shown(item)
    if item.task == "stack_order":
        return (
            f"This is {shown} of one patient. {_patient_frame(item)}, "
            "towards which end does the stack run, from its first picture to its last?"
        )
    a, b = _subjects(names, prompt, condition)
    return f"This is {shown}. {_frame(item, terms)}, what is the position of {a} relative to {b}?"


def naming_text(item: Item) -> str:
    """The text of the probe `naming`, without its options: the names of A and B."""
    return f"This is {_shown(item)}. Which structure is marked A?"


def answer_words(item: Item, coordinates: Coordinates, terms: Terms) -> tuple[str, ...]:
    """The answers (correct, wrong, ...) of an item in a frame of reference."""
    if item.task == "slice_direction":
        return (item.plane, *(plane for plane in PLANES if plane != item.plane))
    if item.axis is None or item.sign is None:
        raise ValueError(f"item {item.item_id}: a {item.task} item needs an axis and a sign")
    if terms == "colloquial":
        words, sign = _screen_words(item, coordinates)
        return words[sign], words[-sign]
    table = (lay_words if terms == "lay" else anatomical_words)(item.axis, item.knee_side)
    return table[item.sign], table[-item.sign]


def shown_options(item: Item, answers: tuple[str, ...]) -> tuple[str, ...]:
    """The answers in the order drawn for the item."""
    return tuple(answers[place] for place in item.option_order)


def mirror_axis(item: Item) -> ScreenAxis:
    """The screen axis along which the probe `mirrored` mirrors a relation item's view.

    Raises:
        ValueError: the item is about no axis.
    """
    if item.axis is None:
        raise ValueError(f"item {item.item_id}: a {item.task} item has no axis to mirror along")
    return "frame" if item.task == "cross_slice" else on_screen(item.plane, "viewing", item.axis)[0]


def _screen_words(item: Item, coordinates: Coordinates) -> tuple[dict[int, str], int]:
    assert item.axis is not None  # answer_words has checked both
    assert item.sign is not None
    if item.task == "cross_slice":
        return colloquial_words("frame"), -item.sign if item.stack_reversed else item.sign
    screen_axis, direction = on_screen(item.plane, coordinates, item.axis)
    return colloquial_words(screen_axis), item.sign * direction


def _frame(item: Item, terms: Terms) -> str:
    if terms != "colloquial":
        return _patient_frame(item)
    return _STACK if item.task == "cross_slice" else _PICTURE


def _patient_frame(item: Item) -> str:
    return _KNEE if item.knee_side is not None and item.axis == "x" else _PATIENT


def _subjects(names: tuple[str, str] | None, prompt: Prompt, condition: Condition) -> tuple[str, str]:
    if condition == "blank":
        return "A", "B"
    if names is None:
        raise ValueError("a question about two structures needs their names")
    a, b = (f"the {name}" for name in names)
    return (a, b) if prompt == "none" else (f"{a} (marked A)", f"{b} (marked B)")


def _shown(item: Item) -> str:
    if item.dimension == "3d":
        return f"a stack of {item.plane} {_MODALITY[item.modality]} slices"
    return f"{_article(item.plane)} {item.plane} {_MODALITY[item.modality]} slice"


def _article(plane: Plane) -> str:
    return "an" if plane == "axial" else "a"
