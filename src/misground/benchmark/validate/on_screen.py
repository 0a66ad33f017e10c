"""The answer as it can be read from the marks, by an independent table instead of the questions' code.

In a picture, the centres of the two boxes are compared; in a stack, the means over frames of the box centres,
or, across slices, of the frame numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredMark, StoredQuestion, StoredView

# Screen directions of +x (the patient's right), +y (anterior) and +z (superior); see docs/conventions.md.
TOWARDS: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("axial", "storage"): {"x": "below", "y": "right"},
    ("coronal", "storage"): {"x": "below", "z": "right"},
    ("sagittal", "storage"): {"y": "below", "z": "right"},
    ("axial", "viewing"): {"x": "left", "y": "above"},
    ("coronal", "viewing"): {"x": "left", "z": "above"},
    ("sagittal", "viewing"): {"y": "left", "z": "above"},
}
OPPOSITE: Final = {
    "left": "right",
    "right": "left",
    "above": "below",
    "below": "above",
    "earlier": "later",
    "later": "earlier",
}
# Words in the patient's frame that mean a larger index along the axis.
_LARGER: Final = frozenset(
    {"right", "anterior", "superior", "towards the patient's right", "towards the front", "towards the head"}
)

_ROUNDING_PX: Final = 4
"""Tolerance of the gap between two doubled box centres: each of four edges is rounded to pixels."""


@dataclass(frozen=True)
class Seen:
    """The direction from B to A on the screen along columns, rows and frames; None if they are level."""

    column: str | None
    row: str | None
    frame: str | None

    def along(self, word: str) -> str | None:
        """What is seen along the direction that a screen word refers to."""
        if word in ("left", "right"):
            return self.column
        return self.row if word in ("above", "below") else self.frame


def check_on_screen(record: ItemRecord, context: Context) -> Iterator[str]:
    """Compare the answer of every question with a picture with the marks of its view."""
    if not record.first.is_relation:
        return
    sights = {view.view_id: seen(view.marks) for view in record.views}
    for row, view in record.shown():
        sight = sights[view.view_id]
        if sight is None:
            continue  # the check of marks reports a missing mark
        said = said_on_screen(row, context.case.side)
        if said is None:
            yield f"{record.label}: question {row.question_id}: the answer {row.answer!r} is not a direction"
        elif sight.along(said) != said:
            yield (
                f"{record.label}: question {row.question_id} has the answer {row.answer!r} ({said} on the "
                f"screen), but in view {view.view_id} A is {_position(sight.along(said))} B"
            )
    for view in record.views:
        if context.fine(view):
            where = f"{record.label}: view {view.view_id}"
            yield from (f"{where}: {fault}" for fault in _frame_faults(record, view))


def seen(marks: Sequence[StoredMark]) -> Seen | None:
    """Where A lies relative to B according to the marks; None if A or B has no mark."""
    a = [mark for mark in marks if mark.label == "A"]
    b = [mark for mark in marks if mark.label == "B"]
    if not a or not b:
        return None
    return Seen(
        column=_compared([m.box[0] + m.box[2] for m in a], [m.box[0] + m.box[2] for m in b], "left", "right"),
        row=_compared([m.box[1] + m.box[3] for m in a], [m.box[1] + m.box[3] for m in b], "above", "below"),
        frame=_compared([m.frame for m in a], [m.frame for m in b], "earlier", "later"),
    )


def said_on_screen(row: StoredQuestion, knee_side: str | None) -> str | None:
    """The screen direction that an answer means; None for a word that is not a direction."""
    if row.terms == "colloquial":
        return row.answer if row.answer in OPPOSITE else None
    larger = _means_larger(row.answer, knee_side)
    if row.task == "cross_slice":
        return "later" if larger != bool(row.stack_reversed) else "earlier"
    towards = TOWARDS[row.plane, row.coordinates].get(row.axis or "")
    return towards if towards is None or larger else OPPOSITE[towards]


def _means_larger(answer: str, knee_side: str | None) -> bool:
    for lateral, words in ((True, ("lateral", "outer side")), (False, ("medial", "inner side"))):
        if any(word in answer for word in words):
            return lateral == (knee_side == "right")
    return answer in _LARGER


def _frame_faults(record: ItemRecord, view: StoredView) -> Iterator[str]:
    """In no frame of an in_plane stack may the two boxes clearly be in the opposite order."""
    row = next((r for r, v in record.shown() if v is view and r.terms == "colloquial"), None)
    if row is None or row.task != "in_plane" or row.answer not in ("left", "right", "above", "below"):
        return
    along = 0 if row.answer in ("left", "right") else 1
    sign = 1 if row.answer in ("right", "below") else -1
    centres = {(m.label, m.frame): m.box[along] + m.box[along + 2] for m in view.marks}
    for frame in range(len(view.slices)):
        a, b = centres.get(("A", frame)), centres.get(("B", frame))
        if a is not None and b is not None and sign * (a - b) < -_ROUNDING_PX:
            yield f"in frame {frame}, A is not {_position(row.answer)} B"


def _position(word: str | None) -> str:
    """A screen word as it stands between A and B in a sentence."""
    if word is None:
        return "level with"
    if word in ("left", "right"):
        return f"{word} of"
    return f"{word} than" if word in ("earlier", "later") else word


def _compared(a: Sequence[int], b: Sequence[int], less: str, more: str) -> str | None:
    gap = Fraction(sum(a), len(a)) - Fraction(sum(b), len(b))
    return None if gap == 0 else more if gap > 0 else less
