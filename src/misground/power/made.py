"""Made-up runs on a real design: a model with its default and its semantic decoding, with assumed effects."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from misground.analysis.dependence import Floats
from misground.analysis.plans import Plan
from misground.analysis.results import Run
from misground.power.design import Design
from misground.power.effects import Effects, thresholds
from misground.records import LEVELS

_VARIED: Final[Sequence[tuple[str, ...]]] = (
    ("dimension",), ("task",), ("coordinates",), ("prompt",), ("terms",), ("condition",),
    ("coordinates", "terms"), ("prompt", "terms"),
)  # fmt: skip
"""Factors, alone and together, whose effects differ between cases, structures, pairs and items."""
_BASIS: Final = {"condition": "text_only", "task": "in_plane", "dimension": "2d"}
"""The level of a factor that has no effect of its own; the first level if not listed."""
LEVEL_SPREAD: Final = Effects(case=0.05, structure=0.05, pair=0.05, item=0.10)
EFFECT_SPREAD: Final = Effects(case=0.03, structure=0.03, pair=0.03, item=0.05)


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a model. The values are ours.

    Attributes:
        accuracy: mean accuracy.
        level: spread of the accuracy.
        effect: spread of the effect of each level of a factor, of each planned interaction, and of the
            semantic decoding.
        steady: share of replies that repeat the reply which the model usually gives to the question; the
            others are drawn afresh. Both decodings usually give the same reply.
    """

    accuracy: float = 0.6
    level: Effects = LEVEL_SPREAD
    effect: Effects = EFFECT_SPREAD
    steady: float = 0.7

    @property
    def scale(self) -> float:
        """What the spreads are multiplied with: 1 at 60%, less near 0 and 100%, as chances end there."""
        return float(np.sqrt(self.accuracy * (1 - self.accuracy) / 0.24))


def made_pair(
    design: Design,
    assumed: Assumed,
    epochs: int | None,
    seed: Sequence[int],
    true: tuple[Plan, float] | None = None,
) -> tuple[Run, Run]:
    """The runs of a model with default and with semantic decoding.

    Args:
        design: the questions.
        assumed: the model.
        epochs: how often each question is asked; None: as often as settles its accuracy.
        seed: the same seed gives the same runs, and the same structures' effects in every design.
        true: a planned contrast and its true effect; every contrast is 0 if None, but for guessing.
    """
    streams = (np.random.default_rng([*seed, number]) for number in itertools.count())
    chance = assumed.accuracy + assumed.level.draw(design.items, next(streams))[design.item] * assumed.scale
    for first, *rest in _effects(design):
        mine = _at(design, dict([first])).astype(float)
        for other in rest:  # as often above as below the mean of both
            mine *= _at(design, dict([other])) - 0.5
        chance += mine * assumed.effect.draw(design.items, next(streams))[design.item] * assumed.scale
    gain = assumed.effect.draw(design.items, next(streams))[design.item] * assumed.scale
    plus, gained = (np.zeros(len(design)), 0.0) if true is None else _shift(design, assumed, *true)
    chances = (chance + plus - gained / 2, chance + plus + gain + gained / 2)
    random = next(streams)
    usual = thresholds(design.item, random)
    questions = design.questions()
    runs = []
    for decoding, one in zip(("default", "semantic"), chances, strict=True):
        right = np.clip(one, 0, 1) if epochs is None else np.zeros(len(design))
        for _ in range(epochs or 0):
            repeats = random.random(len(design)) < assumed.steady
            right += np.where(repeats, usual, random.random(len(design))) < one
        runs.append(_run(questions, right, epochs or 1, decoding))
    return runs[0], runs[1]


def _run(questions: pl.DataFrame, correct: Floats, epochs: int, decoding: str) -> Run:
    replies = questions.with_columns(correct=pl.Series(correct), replies=pl.lit(float(epochs), pl.Float64))
    return Run(
        decoding, decoding, "made", "made", None, decoding, "{}", Path(), None, replies, pl.DataFrame()
    )


def _effects(design: Design) -> Iterator[list[tuple[str, str]]]:
    """The levels, alone and together, that occur in a design and have effects of their own."""
    occur = {name: design.factors[name].unique().to_list() for name in dict.fromkeys(sum(_VARIED, ()))}
    for factors in _VARIED:
        kept = [
            [one for one in LEVELS[name] if one in occur[name] and one != _BASIS.get(name, LEVELS[name][0])]
            for name in factors
        ]
        for levels in itertools.product(*kept):
            yield list(zip(factors, levels, strict=True))


def _at(design: Design, levels: "dict[str, str | Sequence[str]] | dict[str, str]") -> "np.ndarray":
    """(n,) whether each question has these levels."""
    found = np.ones(len(design), dtype=bool)
    for name, wanted in levels.items():
        found &= design.factors[name].is_in([wanted] if isinstance(wanted, str) else list(wanted)).to_numpy()
    return found


def _shift(design: Design, assumed: Assumed, plan: Plan, size: float) -> tuple[Floats, float]:
    """What gives a contrast its true effect: a change of each question's chance, and the semantic gain."""
    if plan.kind == "decoding":
        return np.zeros(len(design)), size
    if plan.kind == "guessing":
        three = design.factors["task"].to_numpy() == "slice_direction"
        return np.where(three, 1 / 3, 0.5) + size - assumed.accuracy, 0.0
    whole = sum(abs(weight) for _, weight in plan.weights)
    plus = np.zeros(len(design))
    for levels, weight in plan.weights:
        plus += _at(design, {**plan.levels, **levels}) * np.sign(weight) * size / whole
    return plus, 0.0
