"""The checks, what holds where each passes, and what it counts."""

from collections.abc import Mapping
from typing import Final

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "schema": ("every table has its columns, words and nulls", "rows"),
    "manifest": ("counts and hashes are those of the files, none missing or extra", "files"),
    "ids": ("ids are hashes of what they stand for, unique, and lead somewhere", "items"),
    "crossing": ("each item has every combination of the factors once, and one set of facts", "items"),
    "texts": ("text, options and answer follow from the facts and give nothing away", "questions"),
    "answers": ("the evidence is within the rule for certain facts and tells the answer", "items"),
    "balance": ("signs, stack directions, places of the answer and planes are even", "items"),
    "name_words": ("direction words in names score as chance would", "items"),
    "stacks": ("slices are real, evenly taken, and run as recorded", "items"),
    "pictures": ("every frame decodes, has its size, and shows what its view says", "frames"),
    "marks": ("marks are within the picture and the same under every prompt", "views"),
    "on_screen": ("the marks alone give the recorded answer", "questions"),
    "shared_frames": ("the marks show as often as recorded, and often enough", "items"),
}
SOURCE_CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "source_cases": ("geometry, side and structures are those of the scan", "cases"),
    "source_truth": ("every relation holds in the label map, with the recorded evidence", "items"),
    "source_stacks": ("the stack is the one that the structures' extent asks for", "items"),
    "source_marks": ("marks are where the label map has the structures", "views"),
    "source_pictures": ("every frame is the one that the scan gives", "frames"),
}
