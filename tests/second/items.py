"""Every case, item and question of a folder against the labels: each fault is a line of text."""

import math
from collections.abc import Iterator

from second import facts
from second.bodies import Body
from second.crossings import TERMS, crossing, which
from second.facts import SLICE_AXIS
from second.folder import Folder
from second.rules import relation, truth
from second.words import answer_and_options

WHAT = ("case_id", "dimension", "plane", "task", "axis", "structure_a", "structure_b")


def faults(folder: Folder, bodies: dict[str, Body], terms: tuple[str, ...] = TERMS) -> list[str]:
    """Everything in the folder that the bodies contradict."""
    found = [f"view {view_id} is there twice" for view_id in folder.repeated]
    ids = [question["question_id"] for question in (*folder.questions, *folder.probes)]
    if len(set(ids)) != len(ids):
        found.append("question ids are not unique")
    if {question["view_id"] for question in (*folder.questions, *folder.probes)} - {None} != set(
        folder.views
    ):
        found.append("views and questions do not match")
    for case_id, row in folder.cases.items():
        found += [f"case {case_id}: {fault}" for fault in case(row, bodies[case_id])]
    for item_id, questions in folder.items.items():
        what = [questions[0][name] for name in WHAT]
        for fault in item(folder, questions, bodies[what[0]], terms):
            found.append(f"item {item_id} {what}: {fault}")
    return found


def case(row: dict, body: Body) -> Iterator[str]:
    """A row of cases.parquet."""
    if set(row["structures"]) != body.present():
        yield f"structures differ by {set(row['structures']) ^ body.present()}"
    if tuple(row["shape"]) != body.labels.shape:
        yield f"shape {row['shape']}, not {body.labels.shape}"
    if not all(
        math.isclose(a, b, rel_tol=1e-5) for a, b in zip(row["spacing_mm"], body.spacing, strict=True)
    ):
        yield f"spacing {row['spacing_mm']}, not {body.spacing}"
    degrees = max(math.degrees(math.acos(min(1.0, abs(body.axes[i, i])))) for i in range(3))
    if abs(row["oblique_degrees"] - degrees) > 0.01:
        yield f"oblique by {row['oblique_degrees']}, not {degrees}"
    if row["side"] != body.side:
        yield f"side {row['side']}, not {body.side}"


def item(folder: Folder, questions: list[dict], body: Body, terms: tuple[str, ...]) -> Iterator[str]:
    """All questions of one item: their crossing, their fact, their answers."""
    first = questions[0]
    yield from crossing(folder, questions, terms)
    slices = next(folder.view_of(question) for question in questions if question["view_id"])["slices"]
    yield from shown(folder, questions, slices, body)
    i = facts.AXES.index(SLICE_AXIS[first["plane"]])
    if not all(0 <= k < body.labels.shape[i] for k in slices):
        yield "some of its slices lie outside the volume"
        return
    if first["structure_b"] and (first["axis"] == SLICE_AXIS[first["plane"]]) != (
        first["task"] == "cross_slice"
    ):
        yield f"{first['task']} along {first['axis']}"
        return
    if first["task"] in ("in_plane", "cross_slice"):
        sign = 1 if truth(first, slices, body).delta > 0 else -1
        yield from relation(first, slices, body)
    else:
        sign = -1 if first["stack_reversed"] else 1
        yield from of_no_pair(first)
    for question in questions:
        answer, options = answer_and_options(question, sign, body.side)
        if question["answer"] != answer:
            yield f"{which(question)} answers {question['answer']!r}, not {answer!r}"
        if set(question["options"]) != options or len(question["options"]) != len(options):
            yield f"{which(question)} offers {question['options']}, not {options}"


def shown(folder: Folder, questions: list[dict], slices: list[int], body: Body) -> Iterator[str]:
    """The slices of an item, the same in all its views."""
    first = questions[0]
    views = [folder.view_of(question) for question in questions if question["view_id"]]
    if any(view["slices"] != slices for view in views):
        yield "its views show different slices"
    if first["dimension"] == "3d":
        asked = (first["structure_a"], first["structure_b"])
        rising = facts.stack(body, first["plane"], tuple(key for key in asked if key))
        if first["task"] == "cross_slice":
            begins, ends = facts.wider(body, first["plane"], rising)
            if min(slices) in begins and max(slices) in ends:
                rising = facts.spread(min(slices), max(slices))
        expected = rising[::-1] if first["stack_reversed"] else rising
        if slices != expected:
            yield f"slices {slices}, not {expected}"
    elif len(slices) != 1 or first["stack_reversed"] is not None or first["shared_frames"] is not None:
        yield f"2d with slices {slices}, {first['stack_reversed']=}, {first['shared_frames']=}"


def of_no_pair(first: dict) -> Iterator[str]:
    """An item that asks of the stack, not of structures."""
    axis = SLICE_AXIS[first["plane"]] if first["task"] == "stack_order" else None
    if first["axis"] != axis:
        yield f"axis {first['axis']}, not {axis}"
    if first["structure_a"] or first["structure_b"] or first["shared_frames"]:
        yield "it names structures"
    if first["evidence"] is not None and any(value is not None for value in first["evidence"].values()):
        yield f"evidence {first['evidence']} of no relation"
