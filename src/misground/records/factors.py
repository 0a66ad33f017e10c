"""The factors of the design with their levels, and a reader's words for the levels."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from misground.anatomy import AXES, PLANES

Modality = Literal["ct", "mri"]
Region = Literal["torso", "knee"]
KneeSide = Literal["right", "left"]
Dimension = Literal["2d", "3d"]
Coordinates = Literal["storage", "viewing"]
Prompt = Literal["none", "mask", "box", "point"]
Terms = Literal["anatomical", "colloquial", "lay"]
Condition = Literal["image", "text_only", "blank"]
Task = Literal["in_plane", "cross_slice", "slice_direction", "stack_order", "naming"]
NameHint = Literal["none", "one", "both"]
Probe = Literal["naming", "reversed", "reordered", "mirrored"]

MODALITIES: Final[tuple[Modality, ...]] = get_args(Modality)
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
COORDINATES: Final[tuple[Coordinates, ...]] = get_args(Coordinates)
PROMPTS: Final[tuple[Prompt, ...]] = get_args(Prompt)
TASKS: Final[tuple[Task, ...]] = get_args(Task)
TERMS: Final[tuple[Terms, ...]] = get_args(Terms)
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)
PROBES: Final[tuple[Probe, ...]] = get_args(Probe)
"""Further questions about a relation item, apart from its 24, in their order on disk."""

RELATION_TASKS: Final[tuple[Task, ...]] = ("in_plane", "cross_slice")
"""Tasks that ask where A lies relative to B. `naming` asks which structure is marked; the others ask about
the stack as a whole."""
PAIR_TASKS: Final[tuple[Task, ...]] = (*RELATION_TASKS, "naming")
"""Tasks that ask about two structures."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "modality": MODALITIES,
    "dimension": DIMENSIONS,
    "plane": PLANES,
    "task": ("slice_direction", "stack_order", "cross_slice", "in_plane", "naming"),
    "axis": AXES,
    "coordinates": COORDINATES,
    "prompt": PROMPTS,
    "terms": TERMS,
    "condition": CONDITIONS,
}
"""The levels of each factor in display order; the order of the tasks is that of the paper's tables."""

PROBE_WORDS: Final[Mapping[Probe, str]] = {
    "naming": "which structure is marked A",
    "reversed": "B relative to A",
    "reordered": "options exchanged",
    "mirrored": "picture mirrored",
}
"""What a reader sees for a probe."""

LEVEL_WORDS: Final[Mapping[str, str]] = {
    "ct": "CT", "mri": "MRI", "2d": "slices (2D)", "3d": "stacks (3D)", "x": "left–right", "y": "front–back",
    "z": "head–feet", "image": "with picture", "text_only": "text only", "blank": "blank canvas",
    "none": "no marks", "storage": "as stored", "viewing": "as viewed", "in_plane": "in-plane",
    "cross_slice": "cross-slice", "slice_direction": "slice direction", "stack_order": "stack order",
}  # fmt: skip
"""What a reader sees for a level, in tables and figures; a level that is not listed is shown as it is."""
