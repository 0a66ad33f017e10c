"""The Parquet schemas of a benchmark folder, one Arrow schema a table."""

from typing import Final

import pyarrow as pa

_STRINGS: Final = pa.list_(pa.string())

CASES: Final = pa.schema(
    [
        ("case_id", pa.string()),
        ("modality", pa.string()),
        ("source", pa.string()),
        ("spacing_mm", pa.list_(pa.float64())),
        ("shape", pa.list_(pa.int32())),
        ("oblique_degrees", pa.float64()),
        ("side", pa.string()),
        ("structures", _STRINGS),
    ]
)

SKIPPED: Final = pa.schema([("case_id", pa.string()), ("source", pa.string()), ("reason", pa.string())])

QUESTIONS: Final = pa.schema(
    [
        ("question_id", pa.string()),
        ("item_id", pa.string()),
        ("case_id", pa.string()),
        ("modality", pa.string()),
        ("dimension", pa.string()),
        ("plane", pa.string()),
        ("task", pa.string()),
        ("axis", pa.string()),
        ("structure_a", pa.string()),
        ("structure_b", pa.string()),
        ("coordinates", pa.string()),
        ("prompt", pa.string()),
        ("terms", pa.string()),
        ("condition", pa.string()),
        ("text", pa.string()),
        ("options", _STRINGS),
        ("answer", pa.string()),
        ("view_id", pa.string()),
        ("evidence", pa.struct([("p_a_greater", pa.float64()), ("delta_mm", pa.float64())])),
        ("stack_reversed", pa.bool_()),
        ("shared_frames", pa.int32()),
        ("name_hint", pa.string()),
    ]
)

MARK: Final = pa.struct(
    [
        ("structure", pa.string()),
        ("label", pa.string()),
        ("color", pa.string()),
        ("frame", pa.int32()),
        ("box", pa.list_(pa.int32())),
        ("point", pa.list_(pa.int32())),
    ]
)

FRAME: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

VIEWS: Final = pa.schema(
    [
        ("view_id", pa.string()),
        ("case_id", pa.string()),
        ("dimension", pa.string()),
        ("plane", pa.string()),
        ("coordinates", pa.string()),
        ("prompt", pa.string()),
        ("blank", pa.bool_()),
        ("slices", pa.list_(pa.int32())),
        ("frames", pa.list_(FRAME)),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("mm_per_pixel", pa.float64()),
        ("marks", pa.list_(MARK)),
    ]
)
