"""Anatomical vocabulary: structures, directions, planes, terms."""

from misground.anatomy.directions import (
    HINT_WORDS,
    ScreenAxis,
    anatomical_words,
    axis_sign,
    colloquial_words,
    hint_words,
    lay_words,
)
from misground.anatomy.names import name_forms, sideless
from misground.anatomy.planes import (
    AXES,
    PLANES,
    SLICE_AXIS,
    Axis,
    Plane,
    axis_index,
    in_plane_axes,
    slice_axis_index,
)
from misground.anatomy.relations import Relation, load_relations
from misground.anatomy.structures import (
    LABEL_SETS,
    UNPAIRED,
    LabelSet,
    Side,
    Structure,
    StructureTable,
    parse_structures,
    structure_table,
)

__all__ = [
    "AXES",
    "HINT_WORDS",
    "LABEL_SETS",
    "PLANES",
    "SLICE_AXIS",
    "UNPAIRED",
    "Axis",
    "LabelSet",
    "Plane",
    "Relation",
    "ScreenAxis",
    "Side",
    "Structure",
    "StructureTable",
    "anatomical_words",
    "axis_index",
    "axis_sign",
    "colloquial_words",
    "hint_words",
    "in_plane_axes",
    "lay_words",
    "load_relations",
    "name_forms",
    "parse_structures",
    "sideless",
    "slice_axis_index",
    "structure_table",
]
