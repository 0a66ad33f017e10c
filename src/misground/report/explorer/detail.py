"""The page's data about one item: its questions, its views and the replies."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from misground.benchmark.load import Benchmark
from misground.coordinates import on_screen
from misground.questions.names import structure_names
from misground.report.explorer.catalogue import Catalogue
from misground.report.explorer.listing import NOT_A_PROBE
from misground.report.explorer.replies import Replies
from misground.visible import visible

_FACTS: Final = (
    "view_id", "coordinates", "prompt", "blank", "mirrored", "slices", "width", "height",
    "mm_per_pixel", "marks",
)  # fmt: skip
_COLOR: Final = re.compile("#[0-9a-fA-F]{6}")
_OF_QUESTION: Final = ("coordinates", "prompt", "terms", "condition")


def detail(benchmark: Benchmark, catalogue: Catalogue, replies: Replies, item: int) -> dict[str, Any]:
    """One item as JSON, by its number in the catalogue; `delta_mm` in mm, marks in canvas pixels."""
    questions = catalogue.questions(item)
    first, end = catalogue.rows(item)
    ids = [question["question_id"] for question in questions]
    shown = {question["view_id"] for question in questions if question["view_id"] is not None}
    views = benchmark.views(shown, _FACTS) if shown else ()
    head, names = questions[0], structure_names(questions)
    return {
        "item": head["item_id"],
        "structures": {mark: _name(head[f"structure_{mark}"], names) for mark in ("a", "b")},
        "stack_reversed": head["stack_reversed"],
        "shared_frames": head["shared_frames"],
        "name_hint": head["name_hint"],
        "questions": [_question(question) for question in questions],
        "views": {view["view_id"]: _view(view, head) for view in views},
        "replies": replies.of(first, end, ids),
    }


def _question(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["question_id"],
        **{name: row[name] for name in _OF_QUESTION},
        "probe": row["probe"] or NOT_A_PROBE,
        "text": visible(row["text"] or ""),
        "options": [visible(option) for option in row["options"] or ()],
        "answer": visible(row["answer"] or ""),
        "view": row["view_id"],
        "evidence": row["evidence"],
    }


def _view(row: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "coordinates": row["coordinates"],
        "prompt": row["prompt"],
        "blank": row["blank"],
        "mirrored": _mirror_axis(head) if row["mirrored"] else None,
        "slices": row["slices"],
        "width": row["width"],
        "height": row["height"],
        "mm_per_pixel": row["mm_per_pixel"],
        "marks": list(_marks(row["marks"] or ())),
    }


def _mirror_axis(head: Mapping[str, Any]) -> str | None:
    """The screen axis along which an item's views are mirrored: row, column, or frame."""
    if head["task"] != "in_plane":
        return "frame"
    return on_screen(head["plane"], "viewing", head["axis"])[0]


def _marks(marks: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for mark in marks:
        yield {
            "label": visible(mark["label"]),
            # Anything but a plain colour could make the page request a file.
            "color": mark["color"] if _COLOR.fullmatch(mark["color"] or "") else "#ffffff",
            "frame": mark["frame"],
            "box": mark["box"],
            "point": mark["point"],
        }


def _name(key: str | None, names: Mapping[str, str]) -> str | None:
    return None if key is None else visible(names[key])
