"""Every item and question of a folder against the truth: each fault is a line of text."""

import math
from collections.abc import Iterator

from second import facts
from second.bodies import Body, structures
from second.facts import SLICE_AXIS
from second.folder import Folder
from second.words import answer_and_options

# What an item says once, whatever the question.
SAME = (
    "case_id",
    "modality",
    "dimension",
    "plane",
    "task",
    "axis",
    "structure_a",
    "structure_b",
    "evidence",
    "stack_reversed",
    "shared_frames",
    "name_hint",
)
PICTURED = {
    ("image", coordinates, prompt, terms)
    for coordinates in ("storage", "viewing")
    for prompt in ("none", "mask", "box", "point")
    for terms in ("anatomical", "colloquial")
}
UNPICTURED = {("text_only", "viewing", "none", terms) for terms in ("anatomical", "colloquial")}
BLANK = {
    ("blank", coordinates, prompt, "colloquial")
    for coordinates in ("storage", "viewing")
    for prompt in ("mask", "box", "point")
}
SMALL = {("image", coordinates, "none", "anatomical") for coordinates in ("storage", "viewing")}
HINTS = {
    "x": {"left", "right", "medial", "lateral"},
    "y": set(),
    "z": {"upper", "middle", "lower", "superior", "inferior"},
}


def faults(folder: Folder, bodies: dict[str, Body]) -> list[str]:
    """Everything in the folder that the bodies contradict."""
    found = [
        f"case {case_id}: {fault}"
        for case_id in folder.cases
        for fault in case(folder, case_id, bodies[case_id])
    ]
    for item_id, questions in folder.items.items():
        for fault in item(folder, questions, bodies[questions[0]["case_id"]]):
            first = questions[0]
            what = [
                first[name]
                for name in ("case_id", "dimension", "plane", "task", "axis", "structure_a", "structure_b")
            ]
            found.append(f"item {item_id} {what}: {fault}")
    return found


def case(folder: Folder, case_id: str, body: Body) -> Iterator[str]:
    """A row of cases.parquet."""
    row = folder.cases[case_id]
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


def item(folder: Folder, questions: list[dict], body: Body) -> Iterator[str]:
    """All questions of one item: their crossing, their fact, their answers."""
    first = questions[0]
    related = first["task"] in ("in_plane", "cross_slice")
    yield from crossing(folder, questions, related)
    views = [folder.view_of(question) for question in questions if question["view_id"]]
    slices = views[0]["slices"]
    if any(view["slices"] != slices for view in views):
        yield "its views show different slices"
    if first["dimension"] == "3d":
        asked = (first["structure_a"], first["structure_b"])
        rising = facts.stack(body, first["plane"], tuple(key for key in asked if key))
        expected = rising[::-1] if first["stack_reversed"] else rising
        if slices != expected:
            yield f"slices {slices}, not {expected}"
    elif len(slices) != 1 or first["stack_reversed"] is not None or first["shared_frames"] is not None:
        yield f"2d with slices {slices}, {first['stack_reversed']=}, {first['shared_frames']=}"
    if related:
        sign = 1 if first["evidence"]["delta_mm"] > 0 else -1
        yield from relation(first, slices, body)
    else:
        sign = -1 if first["stack_reversed"] else 1
        if first["evidence"] is not None and any(v is not None for v in first["evidence"].values()):
            yield f"evidence {first['evidence']} of no relation"
    for question in questions:
        answer, options = answer_and_options(question, sign, body.side)
        if question["answer"] != answer:
            yield f"{which(question)} answers {question['answer']!r}, not {answer!r}"
        if set(question["options"]) != options or len(question["options"]) != len(options):
            yield f"{which(question)} offers {question['options']}, not {options}"


def which(question: dict) -> tuple[str, ...]:
    return tuple(question[name] for name in ("condition", "coordinates", "prompt", "terms"))


def crossing(folder: Folder, questions: list[dict], related: bool) -> Iterator[str]:
    first = questions[0]
    for name in SAME:
        if any(question[name] != first[name] for question in questions):
            yield f"{name} differs within the item"
    found = sorted(which(question) for question in questions)
    if found != sorted(PICTURED | UNPICTURED | BLANK if related else SMALL):
        yield f"crosses into {found}"
    if len({question["options"].index(question["answer"]) for question in questions}) != 1:
        yield "the right option's position differs within the item"
    asked = {first["structure_a"], first["structure_b"]} - {None}
    for question in questions:
        view = folder.view_of(question)
        if (view is None) != (question["condition"] == "text_only"):
            yield f"{which(question)} has view {question['view_id']}"
        if view is None:
            continue
        for name in ("case_id", "dimension", "plane", "coordinates", "prompt"):
            if view[name] != question[name]:
                yield f"{which(question)} sees a view with {name} {view[name]}"
        if view["blank"] != (question["condition"] == "blank"):
            yield f"{which(question)} sees a view with blank {view['blank']}"
        if {mark["structure"] for mark in view["marks"]} != asked:
            yield f"{which(question)} sees marks of {[m['structure'] for m in view['marks']]}"


def relation(first: dict, slices: list[int], body: Body) -> Iterator[str]:
    """A relation item's fact by the rule of DESIGN.md."""
    a, b, axis, plane = first["structure_a"], first["structure_b"], first["axis"], first["plane"]
    limits = facts.limits_of(body)
    whole = facts.whole_volume(body, a, b, axis)
    shown = whole
    if first["dimension"] == "2d":
        shown = facts.in_slice(body, a, b, axis, plane, slices[0])
    sign = shown.sign(limits)
    if sign == 0:
        yield f"its relation is not certain: {float(shown.share)}, {shown.delta}"
    if abs(first["evidence"]["p_a_greater"] - shown.share) > 1e-6:
        yield f"p {first['evidence']['p_a_greater']}, not {float(shown.share)}"
    if abs(first["evidence"]["delta_mm"] - shown.delta) > 1e-6:
        yield f"delta {first['evidence']['delta_mm']}, not {shown.delta}"
    if whole.sign(limits) != sign:
        yield f"the whole volume has it otherwise: {float(whole.share)}, {whole.delta}"
    if facts.true_delta(body, a, b, axis) * shown.delta <= 0:
        yield "the centroids lie the other way along the patient's own axis"
    if (axis == SLICE_AXIS[plane]) != (first["task"] == "cross_slice"):
        yield f"{first['task']} along {axis}"
    if first["name_hint"] != name_hint(a, b, axis):
        yield f"name hint {first['name_hint']}, not {name_hint(a, b, axis)}"
    if first["name_hint"] == "both" or (axis == "x" and first["name_hint"] != "none"):
        yield "its names give it away"
    if first["dimension"] == "2d":
        yield from in_one_slice(first, slices[0], body, limits)
    else:
        yield from in_stack(first, slices, body)


def name_hint(a: str, b: str, axis: str) -> str:
    words = [set(structures()[key]["name"].lower().split()) & HINTS[axis] for key in (a, b)]
    if words[0] and words[1]:
        return "none" if words[0] == words[1] else "both"
    return "one" if words[0] or words[1] else "none"


def in_one_slice(first: dict, index: int, body: Body, limits: facts.Limits) -> Iterator[str]:
    for key in (first["structure_a"], first["structure_b"]):
        section = facts.section(body, key, first["plane"], index)
        if facts.components(section) != 1:
            yield f"{key} shows in {facts.components(section)} pieces"
        if section.sum() < facts.LEAST_VOXELS:
            yield f"{key} shows in {section.sum()} pixels"
        area = facts.area_mm2(body, section, first["plane"])
        if area < limits.area_mm2 - 1e-6:
            yield f"{key} shows with {area} mm2"


def in_stack(first: dict, slices: list[int], body: Body) -> Iterator[str]:
    a, b, plane = first["structure_a"], first["structure_b"], first["plane"]
    sections = [[facts.section(body, key, plane, k) for key in (a, b)] for k in slices]
    for i, key in enumerate((a, b)):
        if len(body.voxels(key)) < facts.LEAST_VOXELS:
            yield f"{key} has {len(body.voxels(key))} voxels"
        frames = sum(bool(pair[i].any()) for pair in sections)
        if frames < facts.LEAST_FRAMES:
            yield f"{key} shows in {frames} frames"
    shared = [pair for pair in sections if pair[0].any() and pair[1].any()]
    if first["shared_frames"] != len(shared):
        yield f"shared frames {first['shared_frames']}, not {len(shared)}"
    if first["task"] == "in_plane":
        i = facts.in_plane_axes(plane).index(first["axis"])
        for pair in shared:
            apart = facts.box_centre(pair[0], i) - facts.box_centre(pair[1], i)
            if apart * first["evidence"]["delta_mm"] < 0:
                yield f"a frame shows their boxes the other way: {apart} voxels"
