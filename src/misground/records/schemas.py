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
        ("probe", pa.string()),
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
        ("mirrored", pa.bool_()),
        ("slices", pa.list_(pa.int32())),
        ("frames", pa.list_(FRAME)),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("mm_per_pixel", pa.float64()),
        ("marks", pa.list_(MARK)),
    ]
)

_ASKED: Final = (
    "question_id", "item_id", "case_id", "modality", "dimension", "plane", "coordinates", "prompt", "terms",
    "condition", "task", "axis", "structure_a", "structure_b", "evidence", "options", "answer",
    "stack_reversed",
)  # fmt: skip

OPTION_LOGPROB: Final = pa.struct(
    [
        ("option", pa.string()),
        ("tokens", pa.int32()),
        ("raw", pa.float64()),
        ("normalised", pa.float64()),
    ]
)

RESULTS: Final = pa.schema(
    [
        ("run_id", pa.string()),
        ("benchmark_hash", pa.string()),
        *((name, QUESTIONS.field(name).type) for name in _ASKED),
        ("model", pa.string()),
        ("model_parameters", pa.int64()),
        ("decoding", pa.string()),
        ("decoding_settings", pa.string()),
        ("epoch", pa.int32()),
        ("outcome", pa.string()),
        ("error_reason", pa.string()),
        ("extracted", pa.string()),
        ("completion", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("seconds", pa.float64()),
        ("steps", pa.int64()),
        ("fired", pa.int64()),
        ("deferred", pa.int64()),
        ("flipped", pa.int64()),
        ("arm", pa.string()),
        ("probe", pa.string()),
        ("stop_reason", pa.string()),
        ("truncated", pa.bool_()),
        ("sent", pa.string()),
        ("rule", pa.string()),
        ("span", pa.list_(pa.int32())),
        ("option_logprobs", pa.list_(OPTION_LOGPROB)),
        ("shared_frames", pa.int32()),
        ("smaller_mm2", pa.float64()),
    ]
)
"""One row a question and epoch of a run. outcome: correct, wrong, no_answer, refused, error.
decoding_settings: JSON. Tokens, seconds and counts of decoding steps are null where they are not known."""

CANDIDATE: Final = pa.struct(
    [("id", pa.int32()), ("token", pa.string()), ("p", pa.float32()), ("score", pa.float32())]
)

STEPS: Final = pa.schema(
    [
        ("run_id", pa.string()),
        ("question_id", pa.string()),
        ("epoch", pa.int32()),
        ("arm", pa.string()),
        ("position", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("status", pa.string()),
        ("kind", pa.string()),
        ("choice_id", pa.int32()),
        ("choice", pa.string()),
        ("greedy_id", pa.int32()),
        ("greedy", pa.string()),
        ("candidates", pa.list_(CANDIDATE)),
    ]
)
"""One row a step that was kept of a reply. status: fired, deferred. kind: antonym, variant, other."""
