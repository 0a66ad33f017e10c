"""Rows of the tables as typed values, and the values that a row may hold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from misground.anatomy import PLANES, SLICE_AXIS, Axis, Plane, in_plane_axes
from misground.records import (
    COORDINATES,
    DIMENSIONS,
    MODALITIES,
    PAIR_TASKS,
    PROBES,
    PROMPTS,
    RELATION_TASKS,
    TASKS,
    Condition,
    Coordinates,
    Dimension,
    KneeSide,
    Modality,
    NameHint,
    Probe,
    Prompt,
    Task,
    Terms,
)

MOST_FRAMES: Final = 32
_MOST_VOXELS_ALONG_AN_AXIS: Final = 100_000
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "modality": MODALITIES,
    "dimension": DIMENSIONS,
    "plane": PLANES,
    "task": TASKS,
    "coordinates": COORDINATES,
    "prompt": PROMPTS,
    "terms": get_args(Terms),
    "condition": get_args(Condition),
    "name_hint": get_args(NameHint),
    "probe": PROBES,
}


@dataclass(frozen=True)
class StoredQuestion:
    """A row of questions; see docs/benchmark.md for the columns. `evidence` is (p_a_greater, delta_mm)."""

    question_id: str
    item_id: str
    case_id: str
    modality: Modality
    dimension: Dimension
    plane: Plane
    task: Task
    axis: Axis | None
    structure_a: str | None
    structure_b: str | None
    coordinates: Coordinates
    prompt: Prompt
    terms: Terms
    condition: Condition
    text: str
    options: tuple[str, ...]
    answer: str
    view_id: str | None
    evidence: tuple[float, float] | None
    stack_reversed: bool | None
    shared_frames: int | None
    name_hint: NameHint
    probe: Probe | None

    @property
    def is_relation(self) -> bool:
        """Whether it asks where A lies relative to B."""
        return self.task in RELATION_TASKS


@dataclass(frozen=True)
class StoredMark:
    """A mark as stored; see `records.Mark` for the fields."""

    structure: str
    label: str
    color: str
    frame: int
    box: tuple[int, int, int, int]
    point: tuple[int, int]


@dataclass(frozen=True)
class StoredView:
    """A row of views; `frames` are PNG files."""

    view_id: str
    case_id: str
    dimension: Dimension
    plane: Plane
    coordinates: Coordinates
    prompt: Prompt
    blank: bool
    mirrored: bool
    slices: tuple[int, ...]
    frames: tuple[bytes, ...]
    width: int
    height: int
    mm_per_pixel: float
    marks: tuple[StoredMark, ...]


def case_faults(row: Mapping[str, Any]) -> list[str]:
    """Faults in a row of cases.parquet that has the right columns."""
    faults = _word_faults(row, ("modality",)) + _empty_faults(row, ("case_id", "source"))
    if not _numbers(row["spacing_mm"], 3, 1e-4, 1e4):
        faults.append(f"spacing_mm is {row['spacing_mm']}, expected three positive numbers")
    if not _numbers(row["shape"], 3, 1, _MOST_VOXELS_ALONG_AN_AXIS):
        faults.append(f"shape is {row['shape']}, expected three positive integers")
    if not _numbers([row["oblique_degrees"]], 1, 0, 90):
        faults.append(f"oblique_degrees is {row['oblique_degrees']}, expected 0 to 90")
    if row["side"] not in (None, *get_args(KneeSide)):
        faults.append(f"side is {row['side']!r}, expected right, left or null")
    structures = row["structures"]
    if not structures or not all(structures) or len(set(structures)) < len(structures):
        faults.append("structures is null or empty, or contains an empty or repeated key")
    return faults


def question_faults(row: Mapping[str, Any]) -> list[str]:
    """Faults in a row of questions that has the right columns, without regard to other rows."""
    faults = _word_faults(row, ("modality", "dimension", "plane", "task", "coordinates", "prompt"))
    faults += _word_faults(row, ("terms", "condition", "name_hint"))
    faults += _word_faults(row, ("probe",) if row["probe"] is not None else ())
    faults += _empty_faults(row, ("question_id", "item_id", "case_id", "text", "answer"))
    if faults:
        return faults
    task, flat = row["task"], row["dimension"] == "2d"
    pair = task in PAIR_TASKS
    if (row["probe"] == "naming") != (task == "naming") or (row["probe"] is not None and not pair):
        faults.append(f"probe is {row['probe']!r} in a {task} question")
    if flat and task not in ("in_plane", "naming"):
        faults.append(f"a {task} question in 2d, expected 3d")
    faults += _null_faults(row, "axis", null=task in ("slice_direction", "naming"))
    if row["axis"] is not None and row["axis"] not in _asked_axes(row["plane"], task):
        faults.append(f"axis {row['axis']!r} is not asked in a {task} question in the {row['plane']} plane")
    for column in ("structure_a", "structure_b", "evidence"):
        faults += _null_faults(row, column, null=not pair)
    if pair and row["structure_a"] == row["structure_b"]:
        faults.append(f"structure_a and structure_b are both {row['structure_a']!r}")
    faults += _null_faults(row, "view_id", null=row["condition"] == "text_only")
    faults += _null_faults(row, "stack_reversed", null=flat)
    faults += _null_faults(row, "shared_frames", null=flat or not pair)
    evidence = row["evidence"]
    if evidence is not None and not _numbers(list(evidence.values()), 2, -1e9, 1e9):
        faults.append(f"evidence is {evidence}, expected two numbers")
    options, expected = row["options"], 3 if task == "slice_direction" else 2
    if not options or len(options) != expected or not all(options) or len(set(options)) < expected:
        faults.append(f"options is {options}, expected {expected} different answers")
    elif row["answer"] not in options:
        faults.append(f"answer {row['answer']!r} is not among the options {options}")
    return faults


def view_faults(row: Mapping[str, Any]) -> list[str]:
    """Faults in a row of views that has the right columns, except in its pictures and marks."""
    faults = _word_faults(row, ("dimension", "plane", "coordinates", "prompt"))
    faults += _empty_faults(row, ("view_id", "case_id"))
    faults += [
        f"{column} is null"
        for column in ("blank", "mirrored", "slices", "frames", "marks")
        if row[column] is None
    ]
    if faults:
        return faults
    if row["blank"] and row["prompt"] == "none":
        faults.append("a blank view without a prompt shows nothing")
    slices, frames = row["slices"], row["frames"]
    if not 1 <= len(slices) <= MOST_FRAMES or None in slices:
        faults.append(f"found {len(slices)} slices, expected 1 to {MOST_FRAMES} indices")
    if len(frames) != len(slices):
        faults.append(f"found {len(frames)} frames for {len(slices)} slices")
    if any(frame is None or not frame["bytes"] for frame in frames):
        faults.append("a frame has no bytes")
    elif any(frame["path"] is not None for frame in frames):
        faults.append("a frame has a path, expected null because it has bytes")
    for column in ("width", "height", "mm_per_pixel"):
        if not _numbers([row[column]], 1, 1e-9, 1e6):
            faults.append(f"{column} is {row[column]}, expected a positive number")
    for mark in row["marks"]:
        faults += _mark_faults(mark)
    return faults


def stored_question(row: Mapping[str, Any]) -> StoredQuestion:
    """A row of questions without faults as a typed value."""
    evidence = row["evidence"]
    pair = None if evidence is None else (evidence["p_a_greater"], evidence["delta_mm"])
    return StoredQuestion(**{**row, "options": tuple(row["options"]), "evidence": pair})


def stored_view(row: Mapping[str, Any]) -> StoredView:
    """A row of views without faults as a typed value."""
    marks = tuple(
        StoredMark(**{**mark, "box": tuple(mark["box"]), "point": tuple(mark["point"])})
        for mark in row["marks"]
    )
    frames = tuple(frame["bytes"] for frame in row["frames"])
    return StoredView(**{**row, "slices": tuple(row["slices"]), "frames": frames, "marks": marks})


def _asked_axes(plane: Plane, task: Task) -> tuple[Axis, ...]:
    return in_plane_axes(plane) if task == "in_plane" else (SLICE_AXIS[plane],)


def _mark_faults(mark: Mapping[str, Any] | None) -> list[str]:
    if mark is None:
        return ["a mark is null"]
    faults = [
        f"a mark's {name} is null" for name in ("structure", "label", "color", "frame") if mark[name] is None
    ]
    for name, count in (("box", 4), ("point", 2)):
        if mark[name] is None or len(mark[name]) != count or None in mark[name]:
            faults.append(f"a mark's {name} is {mark[name]}, expected {count} numbers")
    return faults


def _word_faults(row: Mapping[str, Any], columns: tuple[str, ...]) -> list[str]:
    return [
        f"{column} is {row[column]!r}, expected one of {', '.join(_WORDS[column])}"
        for column in columns
        if row[column] not in _WORDS[column]
    ]


def _empty_faults(row: Mapping[str, Any], columns: tuple[str, ...]) -> list[str]:
    return [f"{column} is null or empty" for column in columns if not row[column]]


def _null_faults(row: Mapping[str, Any], column: str, *, null: bool) -> list[str]:
    if (row[column] is None) == null:
        return []
    kind = f"{row['dimension']} {row['task']} question, condition {row['condition']}"
    return [f"{column} is {row[column]!r} in a {kind}" + (", expected null" if null else "")]


def _numbers(values: Any, count: int, low: float, high: float) -> bool:
    """Whether these are `count` finite numbers between low and high."""
    if values is None or len(values) != count or None in values:
        return False
    return all(math.isfinite(value) and low <= value <= high for value in cast("list[float]", values))
