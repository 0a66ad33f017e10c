"""What each planned contrast subtracts from what: the list that is fixed before any run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from misground.records import LEVELS, RELATION_TASKS

Levels = Mapping[str, str | Sequence[str]]
"""Levels of factors, as `cells.select` takes them."""

Weights = Sequence[tuple[Levels, float]]
"""Levels of factors, and what the accuracy at each counts in the sum; the weights sum to 0."""

_SEEN: Final[Levels] = {"condition": "image", "task": RELATION_TASKS}
_ALIKE: Final[Levels] = {"coordinates": "viewing", "prompt": "none"}
_TERMS: Final = ("anatomical", "colloquial")


Kind = Literal["guessing", "decoding", "between", "within"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True)
class Plan:
    """A planned contrast.

    Attributes:
        table: the table that holds its cells: overall, decoding, rq1, rq2, rq3, ab1 or ab2.
        name: what is subtracted from what.
        kind: guessing: accuracy less the chance of guessing; decoding: one run less another; within: a sum
            within items; between: a difference of questions whose items differ.
        levels: the levels of the other factors; all if empty.
        weights: what is summed; empty for guessing and decoding.
    """

    table: str
    name: str
    kind: Kind
    levels: Levels
    weights: Weights


def _crossed(one: Weights, other: Weights) -> Weights:
    return [({**a, **b}, x * y) for a, x in one for b, y in other]


def _minus(factor: str, more: str, less: str) -> Weights:
    return [({factor: more}, 1.0), ({factor: less}, -1.0)]


def _plans() -> list[Plan]:
    viewing, words = _minus("coordinates", "viewing", "storage"), _minus("terms", *_TERMS)
    shown, real = _minus("condition", "image", "text_only"), _minus("condition", "image", "blank")
    kinds = LEVELS["prompt"][1:]
    marks: Weights = [({"prompt": "none"}, -1.0), *(({"prompt": mark}, 1 / len(kinds)) for mark in kinds)]
    within: list[tuple[str, str, Levels, Weights]] = [
        *(("rq2", f"viewing minus storage, {one}", {**_SEEN, "terms": one}, viewing) for one in _TERMS),
        ("rq2", "viewing minus storage, anatomical minus colloquial", _SEEN, _crossed(viewing, words)),
        ("rq3", "any mark minus none", {**_SEEN, "terms": _TERMS}, marks),
        ("rq3", "any mark minus none, anatomical minus colloquial", _SEEN, _crossed(marks, words)),
        *(
            ("ab1", f"image minus text only, {task.replace('_', '-')}, {one}", levels, shown)
            for task in RELATION_TASKS
            for one in _TERMS
            if (levels := {**_ALIKE, "task": task, "terms": one})
        ),
        ("ab2", "image minus blank canvas", {"task": RELATION_TASKS, "terms": "colloquial"}, real),
    ]  # fmt: skip
    deep: Levels = {**_SEEN, "task": "in_plane"}
    stacks: Levels = {**_SEEN, "dimension": "3d"}
    return [
        Plan("overall", "accuracy minus guessing", "guessing", {}, ()),
        Plan("decoding", "semantic minus default", "decoding", {}, ()),
        Plan("rq1", "stack minus slice, in-plane", "between", deep, _minus("dimension", "3d", "2d")),
        Plan("rq1", "cross-slice minus in-plane, stacks", "between", stacks,
             _minus("task", "cross_slice", "in_plane")),
        *(Plan(table, name, "within", levels, weights) for table, name, levels, weights in within),
    ]  # fmt: skip


PLANS: Final[Sequence[Plan]] = tuple(_plans())
"""All planned contrasts, in the order of a report."""
