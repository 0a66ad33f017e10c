"""The factors of the design, and the other words that columns hold."""

from typing import Final, Literal, get_args

Modality = Literal["ct", "mri"]
Region = Literal["torso", "knee"]
KneeSide = Literal["right", "left"]
Dimension = Literal["2d", "3d"]
Coordinates = Literal["storage", "viewing"]
Prompt = Literal["none", "mask", "box", "point"]
Terms = Literal["anatomical", "colloquial", "lay"]
Condition = Literal["image", "text_only", "blank"]
Task = Literal["in_plane", "cross_slice", "slice_direction", "stack_order"]
NameHint = Literal["none", "one", "both"]

MODALITIES: Final[tuple[Modality, ...]] = get_args(Modality)
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
COORDINATES: Final[tuple[Coordinates, ...]] = get_args(Coordinates)
PROMPTS: Final[tuple[Prompt, ...]] = get_args(Prompt)
TASKS: Final[tuple[Task, ...]] = get_args(Task)
