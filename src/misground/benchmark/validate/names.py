"""The checks: what holds if each passes, and what it counts."""

from collections.abc import Mapping
from typing import Final

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "schema": ("every table has its columns and only permitted values", "rows"),
    "manifest": ("counts and hashes match the files; none is missing or extra", "files"),
    "ids": ("ids are hashes of their content, unique, and refer to existing rows", "items"),
    "crossing": ("each item has every combination of the factors once, and consistent facts", "items"),
    "texts": ("text, options and answer follow from the facts and give nothing away", "questions"),
    "answers": ("the evidence satisfies the rule for certain facts and implies the answer", "items"),
    "balance": ("signs, stack directions, positions of the answer and planes are balanced", "items"),
    "name_words": ("direction words in names score at chance", "items"),
    "stacks": ("slices exist, are evenly spaced, and are in the recorded order", "items"),
    "pictures": ("every frame decodes, has the right size, and shows what its view states", "frames"),
    "marks": ("marks are within the picture and the same for every prompt", "views"),
    "on_screen": ("the marks alone imply the recorded answer", "questions"),
    "shared_frames": ("structures are visible in as many frames as recorded, and in enough of them", "items"),
}
SOURCE_CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "source_cases": ("geometry, side and structures match the scan", "cases"),
    "source_truth": ("every relation holds in the label map, with the recorded evidence", "items"),
    "source_stacks": ("every stack covers the extent of its structures", "items"),
    "source_marks": ("marks match the structures in the label map", "views"),
    "source_pictures": ("every frame matches the scan", "frames"),
}
