"""The prompt, to the byte."""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from misground.dialogue.prompt import prompt_text
from misground.questions import Item, cross

TEXT = "This is an axial CT slice. What is the position of the liver relative to the spleen?"


def question(**changes: Any) -> dict[str, Any]:
    return {
        "task": "in_plane",
        "modality": "ct",
        "dimension": "2d",
        "plane": "axial",
        "condition": "image",
        "text": TEXT,
        "options": ["left", "right"],
        **changes,
    }


def test_the_prompt_of_a_slice_is_this_to_the_byte() -> None:
    assert prompt_text(question(), 1) == (
        "Shown: one axial slice of a CT scan.\n"
        "\n"
        f"{TEXT}\n"
        "\n"
        "Options:\n"
        "- left\n"
        "- right\n"
        "\n"
        "Reason step by step, then finish with a line `Answer: <option>` that repeats one of these options."
    )


def test_without_reasoning_only_the_ending_is_another() -> None:
    with_reasons, without = prompt_text(question(), 1), prompt_text(question(), 1, reasoning=False)
    assert with_reasons.rpartition("\n\n")[0] == without.rpartition("\n\n")[0]
    assert without.endswith(
        "\n\nReply with one line and nothing else: `Answer: <option>`, which repeats one of these options."
    )


@pytest.mark.parametrize(
    ("changes", "frames", "shown"),
    [
        ({"modality": "mri", "plane": "sagittal"}, 1, "Shown: one sagittal slice of an MRI scan."),
        ({"dimension": "3d"}, 24, "Shown: a stack of 24 parallel axial slices of a CT scan."),
        (
            {"dimension": "3d", "task": "slice_direction"},
            32,
            "Shown: a stack of 32 parallel slices of a CT scan.",
        ),
        (
            {"condition": "text_only"},
            0,
            "No picture is shown. The question is about one axial slice of a CT scan.",
        ),
        (
            {"condition": "text_only", "dimension": "3d"},
            0,
            "No picture is shown. The question is about a stack of parallel axial slices of a CT scan.",
        ),
        (
            {"condition": "blank"},
            1,
            "Shown: the marks of one axial slice of a CT scan, on a black canvas without the scan.",
        ),
        (
            {"condition": "blank", "dimension": "3d"},
            7,
            "Shown: the marks of a stack of 7 parallel axial slices of a CT scan, "
            "on a black canvas without the scan.",
        ),
    ],
)
def test_it_says_what_is_shown(changes: dict[str, Any], frames: int, shown: str) -> None:
    assert prompt_text(question(**changes), frames).partition("\n")[0] == shown


@pytest.mark.parametrize("task", ["in_plane", "cross_slice", "slice_direction", "stack_order"])
def test_neither_coordinates_nor_direction_of_the_stack_are_told(task: str) -> None:
    texts = {
        prompt_text(question(task=task, dimension="3d", coordinates=coordinates, stack_reversed=turned), 9)
        for coordinates, turned in product(("storage", "viewing"), (False, True))
    }
    assert len(texts) == 1


def test_options_stand_in_the_order_of_the_build_without_letters() -> None:
    text = prompt_text(question(options=["sagittal", "axial", "coronal"]), 1)
    assert "Options:\n- sagittal\n- axial\n- coronal\n\n" in text


ITEM = Item(
    case_id="case", modality="ct", knee_side=None, dimension="2d", plane="axial", task="in_plane", axis="x",
    slices=(7,), stack_reversed=None, option_order=(1, 0), sign=1, structure_a="liver", structure_b="spleen",
    p_a_greater=1.0, delta_mm=80.0,
)  # fmt: skip
STACK = replace(ITEM, dimension="3d", task="cross_slice", axis="z", slices=(3, 4), stack_reversed=False)
WHOLE = replace(STACK, structure_a=None, structure_b=None)
ITEMS = [
    ITEM,
    replace(ITEM, plane="coronal", axis="z"),
    replace(ITEM, plane="sagittal", axis="y"),
    replace(ITEM, modality="mri", knee_side="left"),
    STACK,
    replace(WHOLE, task="stack_order"),
    replace(WHOLE, task="slice_direction", axis=None, sign=None, option_order=(2, 0, 1)),
]


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("reasoning", [True, False])
def test_no_word_of_an_option_stands_outside_the_options(item: Item, reasoning: bool) -> None:
    """Whatever a reply then says of the text or the options, it does not name one by chance."""
    directions = {
        "superior", "inferior", "anterior", "posterior", "left", "right", "medial", "lateral", "above",
        "below", "earlier", "later", "axial", "coronal", "sagittal", "head", "feet", "front", "back", "inner",
        "outer",
    }  # fmt: skip
    for q in cross(item, {"liver": "liver", "spleen": "spleen"}, lay=True):
        row = question(**{name: getattr(q, name) for name in ("text", "condition")})
        row |= {name: getattr(item, name) for name in ("task", "modality", "dimension", "plane")}
        row["options"] = list(q.options)
        for frames in (1, 2):
            before, _, after = prompt_text(row, frames, reasoning=reasoning).partition("Options:\n")
            offered = after.partition("\n\n")[0]
            outside = set(re.findall(r"[a-z]+", f"{before} {after.removeprefix(offered)}".lower()))
            assert offered.splitlines() == [f"- {option}" for option in q.options]
            assert not outside & set(re.findall(r"[a-z]+", offered)) & directions
