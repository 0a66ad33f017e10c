"""Probes: further questions about a relation item, which stand beside its 24 and are never pooled with them.

- naming: which of the two structures is marked A, on the item's own pictures. No direction is asked.
- reversed: the same fact, asked of B relative to A. The opposite word is right.
- reordered: the same question with its options exchanged. The same word is right.
- mirrored: the same question about the viewing picture mirrored along the asked axis; a cross-slice stack
  runs the other way instead. The opposite word is right.

All but `naming` repeat one of the item's own questions with one change, so that the two can be compared.
Except in `reordered`, the options therefore stand in the item's order, and the right one in the other place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from misground.anatomy import PLANES
from misground.questions.cross import Question, cross, view_of
from misground.questions.items import Item, stable_hash
from misground.questions.text import mirror_axis, naming_text, question_text
from misground.records import (
    COORDINATES,
    MODALITIES,
    PROMPTS,
    RELATION_TASKS,
    Condition,
    Coordinates,
    Probe,
    Prompt,
    Terms,
    ViewSpec,
)

Combination = tuple[Condition, Coordinates, Prompt, Terms]

_BOTH_TERMS: Final[tuple[Terms, ...]] = ("anatomical", "colloquial")
_TEXT_ONLY: Final[tuple[Combination, ...]] = tuple(
    ("text_only", "viewing", "none", term) for term in _BOTH_TERMS
)
PROBE_COMBINATIONS: Final[Mapping[Probe, tuple[Combination, ...]]] = {
    "naming": tuple(
        ("image", coordinates, prompt, "anatomical")
        for coordinates in COORDINATES
        for prompt in PROMPTS
        if prompt != "none"
    ),
    "reversed": (
        *(("image", coordinates, "none", term) for coordinates in COORDINATES for term in _BOTH_TERMS),
        *_TEXT_ONLY,
    ),
    "reordered": (*(("image", "viewing", "none", term) for term in _BOTH_TERMS), *_TEXT_ONLY),
    "mirrored": tuple(("image", "viewing", prompt, "colloquial") for prompt in ("none", "mask")),
}
"""Probe -> the combinations of the factors in which it is asked, in their order on disk."""


def probe_cost(probes: Iterable[Probe]) -> int:
    """The number of questions that probes add to a relation item."""
    return sum(len(PROBE_COMBINATIONS[probe]) for probe in probes)


def probe_questions(item: Item, names: Mapping[str, str], probes: Sequence[Probe]) -> Iterator[Question]:
    """The probes of an item; none unless it is a relation item.

    Args:
        item: the item.
        names: structure key -> English name.
        probes: the kinds of probes, in their order on disk.
    """
    if not item.is_relation or not probes:
        return
    twins = {(q.condition, q.coordinates, q.prompt, q.terms): q for q in cross(item, names)}
    for probe in probes:
        for combination in PROBE_COMBINATIONS[probe]:
            yield _probe(probe, item, twins[combination], names)


def probe_views(item: Item, probes: Iterable[Probe]) -> list[ViewSpec]:
    """The views that probes add to an item: two if it is a relation item and asked with mirrored pictures."""
    if not item.is_relation or "mirrored" not in probes:
        return []
    return [_mirrored(view_of(item, *found[:3]), item) for found in PROBE_COMBINATIONS["mirrored"]]


def with_naming_orders(items: Sequence[Item], seed: int) -> list[Item]:
    """The items with the order in which the probe `naming` offers the names of A and B.

    The orders alternate over the relation items, sorted by stratum, sign, direction of the stack and position
    of the right answer, so that they are balanced to within one item overall, in each stratum and in each
    part of a stratum.
    """
    relations = sorted((item for item in items if item.is_relation), key=lambda item: _by_stratum(item, seed))
    first = seed % 2
    orders = {item.item_id: ((0, 1), (1, 0))[(place + first) % 2] for place, item in enumerate(relations)}
    return [replace(item, naming_order=orders[item.item_id]) if item.is_relation else item for item in items]


def _by_stratum(item: Item, seed: int) -> tuple[object, ...]:
    stratum = (
        MODALITIES.index(item.modality), item.dimension, PLANES.index(item.plane),
        RELATION_TASKS.index(item.task), item.axis, item.knee_side is not None,
    )  # fmt: skip
    drawn = (item.sign, bool(item.stack_reversed), item.option_order)
    return (*stratum, *drawn, stable_hash("naming", seed, item.item_id), item.item_id)


def _probe(probe: Probe, item: Item, twin: Question, names: Mapping[str, str]) -> Question:
    """A probe made from the question of the item under the same factors."""
    if item.structure_a is None or item.structure_b is None:
        raise ValueError(f"item {item.item_id}: a {item.task} item needs two structures")
    a, b = names[item.structure_a], names[item.structure_b]
    if probe == "naming":
        offered = tuple((a, b)[place] for place in item.naming_order)
        return replace(twin, probe=probe, text=naming_text(item), options=offered, answer=a)
    if probe == "reordered":
        return replace(twin, probe=probe, options=twin.options[::-1])
    (opposite,) = set(twin.options) - {twin.answer}
    if probe == "reversed":
        text = question_text(item, (b, a), twin.terms, twin.prompt, twin.condition)
        return replace(twin, probe=probe, text=text, answer=opposite)
    view = None if twin.view is None else _mirrored(twin.view, item)
    return replace(twin, probe=probe, answer=opposite, view=view)


def _mirrored(view: ViewSpec, item: Item) -> ViewSpec:
    axis = mirror_axis(item)
    slices = view.slices[::-1] if axis == "frame" else view.slices
    return replace(view, slices=slices, mirrored=axis)
