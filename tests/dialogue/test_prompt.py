"""The prompt, to the byte."""

from itertools import product
from typing import Any

import pytest

from misground.dialogue.prompt import prompt_text

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
        "Reason step by step, then finish with a line `Answer: <option>` that names one of the options above."
    )


def test_without_reasoning_only_the_ending_is_another() -> None:
    with_reasons, without = prompt_text(question(), 1), prompt_text(question(), 1, reasoning=False)
    assert with_reasons.rpartition("\n\n")[0] == without.rpartition("\n\n")[0]
    assert without.endswith(
        "\n\nReply with one line and nothing else: `Answer: <option>`, which names one of the options above."
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
