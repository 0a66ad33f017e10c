"""Checks of ids, which are hashes of their content and can be recomputed."""

from collections.abc import Iterator

from misground.benchmark.validate.record import Context, ItemRecord
from misground.questions import item_id, question_id, view_id


def check_ids(record: ItemRecord, _: Context) -> Iterator[str]:
    """Item, question and view ids; each view that a question names exists and is the right one."""
    row = record.first
    if record.slices is not None:
        expected = item_id(
            row.case_id, row.modality, row.dimension, row.plane, row.task, row.axis,
            row.structure_a, row.structure_b, record.slices,
        )  # fmt: skip
        if expected != row.item_id:
            yield f"{record.label}: expected item_id {expected} for its facts and slices"
    yield from _question_ids(record)
    for view in record.views:
        if view.view_id != (wanted := view_id(record.spec(view))):
            yield f"{record.label}: found view_id {view.view_id}, expected {wanted} for what it shows"


def _question_ids(record: ItemRecord) -> Iterator[str]:
    for row in record.rows:
        wanted = question_id(
            row.item_id, row.coordinates, row.prompt, row.terms, row.condition, row.text, row.options,
            row.answer,
        )  # fmt: skip
        if row.question_id != wanted:
            yield f"{record.label}: found question_id {row.question_id}, expected {wanted} for its text"
        if row.view_id is None:
            continue
        view = record.by_view_id.get(row.view_id)
        if view is None:
            yield f"{record.label}: question {row.question_id} names view {row.view_id}, which is missing"
            continue
        asked = (row.dimension, row.plane, row.coordinates, row.prompt, row.condition == "blank")
        shown = (view.dimension, view.plane, view.coordinates, view.prompt, view.blank)
        if asked != shown or view.case_id != row.case_id:
            yield (
                f"{record.label}: question {row.question_id} is about {_words(asked)}, "
                f"but its view {row.view_id} shows {_words(shown)} of case {view.case_id}"
            )


def _words(parts: tuple[object, ...]) -> str:
    *words, blank = parts
    return "/".join(map(str, words)) + (" (blank)" if blank else "")
