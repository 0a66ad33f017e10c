"""What each column of the Parquet tables means, and when it is null.

The docs are made from this. It is not metadata of the schemas, because metadata would change the bytes of
every file.
A column of a struct has the path of its parents, such as `marks.box`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from misground.records.schemas import RESULTS


@dataclass(frozen=True)
class Column:
    """Documentation of one column, in Markdown.

    Attributes:
        meaning: what the value is, with its unit and its words.
        null: in which rows it is null; None if it never is.
    """

    meaning: str
    null: str | None = None


def fields(schema: pa.Schema) -> Iterator[tuple[str, pa.DataType]]:
    """The path and type of each column, each struct followed by its fields."""
    for field in schema:
        yield from _with_children(field.name, field.type)


def _with_children(path: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    yield path, kind
    inner = kind.value_type if pa.types.is_list(kind) else kind
    if pa.types.is_struct(inner):
        for child in inner:
            yield from _with_children(f"{path}.{child.name}", child.type)


_NOT_A_RELATION: Final = "in tasks that ask about the whole stack"
_NO_REPLY: Final = "with the outcome `error`"
_NOT_COUNTED: Final = "with the outcome `error`, or if the provider does not report it"
_NO_RULE: Final = "unless the provider counts decoding steps"

_CASE_ID: Final = Column("Name of the case. A hash if the benchmark was built with `--hash-case-ids`.")
_SOURCE: Final = Column("The kind of source that the case comes from, such as `totalsegmentator`.")
_MODALITY: Final = Column("`ct` or `mri`.")
_DIMENSION: Final = Column("`2d`: one slice. `3d`: a stack of slices.")
_PLANE: Final = Column("The plane of the slices: `axial`, `coronal` or `sagittal`.")
_COORDINATES: Final = Column(
    "How the picture is turned. `storage`: rows and columns as stored in the array. `viewing`: as a "
    "radiologist views it."
)
_PROMPT: Final = Column("How A and B are marked: `none`, `mask`, `box` or `point`.")

_CASES: Final[Mapping[str, Column]] = {
    "case_id": _CASE_ID,
    "modality": _MODALITY,
    "source": _SOURCE,
    "spacing_mm": Column("Voxel size along x, y and z of the RAS+ array, in mm."),
    "shape": Column("Number of voxels along x, y and z of the RAS+ array."),
    "oblique_degrees": Column("Angle between the array's axes and the patient's axes, in degrees."),
    "side": Column("Which knee is shown: `right` or `left`.", null="in torsos"),
    "structures": Column("Keys of the structures that the label map holds."),
}

_SKIPPED: Final[Mapping[str, Column]] = {
    "case_id": _CASE_ID,
    "source": _SOURCE,
    "reason": Column("Why the case was not used, in one line."),
}

_QUESTIONS: Final[Mapping[str, Column]] = {
    "question_id": Column("Identifier of the question."),
    "item_id": Column(
        "Identifier of the item: questions about one fact that differ only in the picture and the words."
    ),
    "case_id": _CASE_ID,
    "modality": _MODALITY,
    "dimension": _DIMENSION,
    "plane": _PLANE,
    "task": Column("`in_plane`, `cross_slice`, `slice_direction`, `stack_order` or `naming`."),
    "axis": Column(
        "The patient axis that the question is about: `x` (to the right), `y` (anterior) or `z` (superior).",
        null="in the tasks `slice_direction` and `naming`",
    ),
    "structure_a": Column("Key of structure A, whose position is asked.", null=_NOT_A_RELATION),
    "structure_b": Column("Key of structure B, the reference.", null=_NOT_A_RELATION),
    "coordinates": _COORDINATES,
    "prompt": _PROMPT,
    "terms": Column(
        "The words of the answers. `anatomical`: such as *superior*. `colloquial`: positions on the screen "
        "or in the stack. `lay`: everyday words for the body."
    ),
    "condition": Column(
        "`image`: with the picture. `text_only`: without one. `blank`: with the marks alone, on a black "
        "canvas."
    ),
    "text": Column("The question as it is asked, without the options and the instructions for the reply."),
    "options": Column("The possible answers, in the order in which they are offered."),
    "answer": Column("The correct option."),
    "view_id": Column("The row of `views` that shows the picture.", null="in the condition `text_only`"),
    "evidence": Column("The measurements that make the answer certain.", null=_NOT_A_RELATION),
    "evidence.p_a_greater": Column(
        "Probability that a random voxel of A lies further along `axis` than a random voxel of B. Ties count "
        "half."
    ),
    "evidence.delta_mm": Column("Centroid of A minus centroid of B along `axis`, in mm."),
    "stack_reversed": Column("Whether the slices run from the highest index to the lowest.", null="in `2d`"),
    "shared_frames": Column(
        "Number of frames that show both A and B.", null=f"in `2d`, and {_NOT_A_RELATION}"
    ),
    "name_hint": Column(
        "Whether the names of the structures contain a direction word for `axis`, such as *superior*: "
        "`none`, `one` or `both`. The same words in both names count as `none`."
    ),
    "probe": Column(
        "A further question about the item, added by `misground build --probes`. `naming`: which structure "
        "is marked A. `reversed`: B relative to A. `reordered`: with the options exchanged. `mirrored`: "
        "about a mirrored picture, or a stack that runs the other way.",
        null="in every other question, and in results of earlier versions",
    ),
}

_VIEWS: Final[Mapping[str, Column]] = {
    "view_id": Column("Identifier of the view: a picture, or a stack of pictures."),
    "case_id": _CASE_ID,
    "dimension": _DIMENSION,
    "plane": _PLANE,
    "coordinates": _COORDINATES,
    "prompt": _PROMPT,
    "blank": Column("Whether the marks are on a black canvas, without the scan."),
    "mirrored": Column(
        "Whether the picture is mirrored along the asked axis, or the stack runs the other way, for the "
        "probe `mirrored`."
    ),
    "slices": Column("Indices of the slices in the RAS+ array, in the order shown."),
    "frames": Column("The pictures, one for each of `slices`."),
    "frames.bytes": Column("The PNG file."),
    "frames.path": Column("Always null: hubs expect this field beside `bytes`.", null="always"),
    "width": Column("Width of every frame, in pixels."),
    "height": Column("Height of every frame, in pixels."),
    "mm_per_pixel": Column("Size of a pixel in the patient, in mm."),
    "marks": Column("Where A and B lie, one entry for each structure and each frame that shows it."),
    "marks.structure": Column("Key of the structure."),
    "marks.label": Column("`A` or `B`."),
    "marks.color": Column("Colour of the mark, as `#rrggbb`."),
    "marks.frame": Column("Position in `frames`, from 0."),
    "marks.box": Column(
        "Bounding box x0, y0, x1, y1 in pixels, x to the right and y down; x1 and y1 are exclusive."
    ),
    "marks.point": Column("A point x, y inside the structure, in pixels."),
}

_REPLIES: Final[Mapping[str, Column]] = {
    "run_id": Column("Identifier of the run: the same for every row that the same settings gave."),
    "benchmark_hash": Column("Content hash of the benchmark that was asked."),
    "model": Column("Name of the model, as given to `--model`."),
    "model_parameters": Column("Number of parameters of the model.", null="if it is not known"),
    "decoding": Column("`default`, `semantic`, or `control`: the rule with neighbours that mean nothing."),
    "decoding_settings": Column("Sampler, rule and neighbour table, as JSON."),
    "epoch": Column("Which repetition of the question this is, from 1."),
    "outcome": Column("`correct`, `wrong`, `no_answer`, `refused` or `error`."),
    "error_reason": Column("What went wrong, in one line.", null="with every outcome but `error`"),
    "extracted": Column("The answer that was read in the reply.", null="if no answer was read"),
    "completion": Column("The reply, in full.", null=_NO_REPLY),
    "input_tokens": Column("Tokens of the prompt.", null=_NOT_COUNTED),
    "output_tokens": Column("Tokens of the reply.", null=_NOT_COUNTED),
    "seconds": Column("Time that the reply took, in seconds.", null=_NOT_COUNTED),
    "steps": Column("Decoding steps of the reply.", null=_NO_RULE),
    "fired": Column("Steps whose token the semantic rule chose.", null=_NO_RULE),
    "deferred": Column("Steps that the rule left to the sampler.", null=_NO_RULE),
    "flipped": Column("Steps where the rule chose another token than the most likely one.", null=_NO_RULE),
    "arm": Column(
        "The way to choose tokens: `default`, `greedy`, `semantic`, `semantic-softmax`, "
        "`semantic-proportional`, the controls `identity`, `shuffled`, `random`, `flipped`, `min-p=VALUE`, "
        "`provider`.",
        "the results were written before there were arms",
    ),
    "stop_reason": Column(
        "Why the reply ended, as inspect_ai names it: `stop`, `max_tokens`, `model_length` ...",
        null=_NOT_COUNTED,
    ),
    "truncated": Column(
        "Whether the reply was cut: by the limit of its tokens, or by the model's context.", null=_NOT_COUNTED
    ),
    "sent": Column(
        "The settings that were really sent with this question, as JSON: `temperature`, `top_p`, `seed`, "
        "`max_tokens` and others. `server` holds what the server states instead, `warnings` its remarks.",
        null="if it is not known",
    ),
    "rule": Column(
        "The rule by which the reply was read, such as `answer line`; `misground read` explains it.",
        null="with the outcome `error`, and in results of earlier versions",
    ),
    "span": Column(
        "Start and end of the part of the reply that decided, in characters.",
        null="if no part of the reply decided",
    ),
    "option_logprobs": Column(
        "What the model held likely: an entry for each of `options`, in their order, as the continuation of "
        "`Answer:` after the reasoning of the reply.",
        null="with the outcome `error`, and unless `--read` is `options` or `both`",
    ),
    "option_logprobs.option": Column("The option."),
    "option_logprobs.tokens": Column("Number of tokens that spell it."),
    "option_logprobs.raw": Column("Sum of the natural log probabilities of these tokens."),
    "option_logprobs.normalised": Column("`raw` divided by `tokens`."),
    "shared_frames": _QUESTIONS["shared_frames"],
    "smaller_mm2": Column(
        "Area of the box around the smaller of the two structures, where it is largest in the stack, in mm2.",
        null="where no two structures are shown, and in results of earlier versions",
    ),
}

_TOLD_BY_SERVER: Final = "on a server, which tells tokens as text"
_STEPS: Final[Mapping[str, Column]] = {
    **{name: _REPLIES[name] for name in ("run_id", "epoch")},
    "question_id": _QUESTIONS["question_id"],
    "arm": Column("The way to choose tokens, as in the results."),
    "position": Column("Number of the token in the reply, from 0."),
    "start": Column(
        "Where the token begins in `completion`, in characters. A token that holds a part of a character "
        "counts with the whole character.",
        null="if the token is not in `completion`, such as one that ends the reply",
    ),
    "end": Column("Where the token ends in `completion`; exclusive.", null="where `start` is null"),
    "status": Column(
        "`fired`: the rule chose another token than the likeliest one. `deferred`: it left the step to the "
        "sampler."
    ),
    "kind": Column(
        "What a flipped step exchanged. `antonym`: a word for its opposite. `variant`: a spelling for "
        "another one of the word, or for its beginning. `other`: anything else.",
        null="at deferred steps",
    ),
    "choice_id": Column("Id of the token that was taken.", null=_TOLD_BY_SERVER),
    "choice": Column("Text of the token that was taken."),
    "greedy_id": Column("Id of the likeliest token.", null=_TOLD_BY_SERVER),
    "greedy": Column("Text of the likeliest token."),
    "candidates": Column("The tokens that the rule could choose from, likeliest first; at most `--top-m`."),
    "candidates.id": Column("Id of the token.", null=_TOLD_BY_SERVER),
    "candidates.token": Column("Text of the token."),
    "candidates.p": Column("Its probability at the rule's temperature; on a server at temperature 1."),
    "candidates.score": Column("Its score.", null="at deferred steps, and on a server"),
}

_FROM_QUESTIONS: Final = tuple(path for path, _ in fields(RESULTS) if path not in _REPLIES)

COLUMNS: Final[Mapping[str, Mapping[str, Column]]] = {
    "CASES": _CASES,
    "SKIPPED": _SKIPPED,
    "QUESTIONS": _QUESTIONS,
    "VIEWS": _VIEWS,
    "STEPS": _STEPS,
    "RESULTS": {**_REPLIES, **{path: _QUESTIONS[path] for path in _FROM_QUESTIONS}},
}
"""Name of a schema in `records.schemas` -> path of a column -> what it means."""
