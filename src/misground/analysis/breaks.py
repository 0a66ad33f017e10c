"""Where it breaks: the steps from perceiving to saying, each with how often a run gets it right.

Each step adds one thing to the one before: marks without a scan, then the name of what is marked, then the
relation of marked structures that were named rightly, then the same without marks, then without a picture.
The last three are steps of saying: the same answer when asked again, and answers to twins that agree.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import polars as pl

from misground.analysis.ceilings import ceilings_of
from misground.analysis.cells import chance, estimate_of, groups_of, select
from misground.analysis.fault_measures import Answers, answers_of
from misground.analysis.probe_twins import twin_pairs
from misground.analysis.results import Run
from misground.analysis.robust import Robust, robust_accuracy, robust_difference
from misground.records import PROMPTS, RELATION_TASKS

Step = Literal["marks", "naming", "named", "unmarked", "words", "stable", "reversed", "reordered"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
_PICTURE: Final = ("item_id", "coordinates", "prompt")
_CELL: Final = ("task", "condition", "terms", "coordinates", "prompt", "place", "offered")


@dataclass(frozen=True)
class StepRow:
    """How often a run gets one step right.

    Attributes:
        run: name of the run.
        step: one of `STEPS`.
        share: the share; None if the run was not asked for it.
        n: number of questions, or of pairs of them.
        interval: interval of the share; None without one.
        chance: what guessing gives; for `stable` and twins, independent answers of the same accuracy.
        anatomy: what knowing anatomy alone reaches; None where unknown, or where it does not apply.
        lacks: how to ask for the step; None if it was asked.
    """

    run: str
    step: Step
    share: float | None = None
    n: int = 0
    interval: Robust | None = None
    chance: float | None = None
    anatomy: float | None = None
    lacks: str | None = None


@dataclass(frozen=True)
class Lost:
    """Whether recognising or relating loses more, on the same pictures.

    Attributes:
        naming: accuracy of naming.
        placed: accuracy of the relation where naming was right.
        interval: interval of the accuracy of naming less that of the relation, over all these pictures.
    """

    naming: float
    placed: float
    interval: Robust

    @property
    def where(self) -> Literal["after", "in", "neither"]:
        """After recognition, in recognition, or neither is shown to lose more."""
        ends = self.interval.ends
        if ends is None or ends[0] <= 0 <= ends[1]:
            return "neither"
        return "after" if ends[0] > 0 else "in"


def step_rows(run: Run) -> list[StepRow]:
    """The steps of a run, in the order of `STEPS`; those that it was not asked say how to ask them."""
    relations = select(run.questions, task=RELATION_TASKS)
    naming = _naming(run)
    pictures = _beside_naming(run, naming)
    named = pictures.filter(pl.col("named") > 0.5)
    blank = "needs questions on a blank canvas: leave --filter condition=... out"
    unasked = "needs such questions: leave --filter out"
    probe = "needs the probe naming: misground build --probes naming"
    answers = answers_of(run)
    return [
        _accuracy(run, "marks", select(relations, condition="blank"), blank),
        _accuracy(run, "naming", naming, probe),
        _accuracy(run, "named", named, probe if naming.is_empty() else "needs relations with marks"),
        _accuracy(run, "unmarked", select(relations, condition="image", prompt="none"), unasked),
        _accuracy(run, "words", select(relations, condition="text_only"), unasked),
        _stable(run, answers),
        *(_twins(run, probe, answers) for probe in ("reversed", "reordered")),
    ]  # fmt: skip


def lost(run: Run) -> Lost | None:
    """Whether recognising or relating loses more; None without the probe `naming`."""
    naming = _naming(run).filter(pl.col("replies") > 0)
    beside = _beside_naming(run, naming).filter(pl.col("replies") > 0)
    named = beside.filter(pl.col("named") > 0.5)
    if named.is_empty():
        return None
    pictures = beside.group_by(_PICTURE, maintain_order=True).agg(
        pl.col("case_id", "structure_a", "structure_b", "named").first(),
        placed=(pl.col("correct") / pl.col("replies")).mean(),
    )
    differences = (pictures["named"] - pictures["placed"]).to_numpy()
    return Lost(
        naming=float(estimate_of(naming).accuracy),
        placed=float(estimate_of(named).accuracy),
        interval=robust_difference(differences, groups_of(pictures)),
    )


def _naming(run: Run) -> pl.DataFrame:
    if run.probes.is_empty():
        return run.questions.clear()
    return run.probes.filter(pl.col("probe") == "naming")


def _beside_naming(run: Run, naming: pl.DataFrame) -> pl.DataFrame:
    """Relations on pictures on which naming was asked, with `named`: the share of right names there."""
    marked = select(run.questions, task=RELATION_TASKS, condition="image", prompt=PROMPTS[1:])
    known = naming.filter(pl.col("replies") > 0).unique(_PICTURE, keep="first", maintain_order=True)
    told = known.select(*_PICTURE, named=pl.col("correct") / pl.col("replies"))
    return marked.join(told, on=list(_PICTURE), how="inner", maintain_order="left")


def _accuracy(run: Run, step: Step, questions: pl.DataFrame, lacks: str) -> StepRow:
    found = estimate_of(questions)
    if not found.n:
        return StepRow(run.name, step, lacks=lacks)
    level = 0.5 if step == "naming" else chance(questions)
    anatomy = None if step in ("marks", "naming") else ceilings_of(questions).anatomy
    return StepRow(run.name, step, found.accuracy, found.n, found.robust, level, anatomy)


def _stable(run: Run, answers: Answers) -> StepRow:
    """The share of questions whose stated answers are all the same option."""
    twice = answers.again
    if twice.is_empty():
        return StepRow(
            run.name, "stable", lacks="needs a second reply to each question: misground eval --epochs 5"
        )
    alike = (twice["differ"].to_numpy() < 1e-9).astype(float)
    level = twice.select(pl.col("share").mean().over(_CELL))["share"].to_numpy()
    number, wrong = twice["stated"].to_numpy(), np.maximum(twice["offered"].to_numpy() - 1, 1)
    by_chance = level**number + wrong * ((1 - level) / wrong) ** number
    interval = robust_accuracy(alike, groups_of(twice))
    return StepRow(run.name, "stable", float(alike.mean()), len(alike), interval, float(by_chance.mean()))


def _twins(run: Run, probe: Literal["reversed", "reordered"], answers: Answers) -> StepRow:
    """The share of pairs of a question and its probe whose answers agree."""
    found = twin_pairs(answers, probe)
    if found is None:
        return StepRow(run.name, probe, lacks=f"needs the probe {probe}: misground build --probes {probe}")
    agree = 1 - found.contradiction
    interval = robust_accuracy(agree, found.groups)
    return StepRow(
        run.name, probe, float(agree.mean()), len(agree), interval, float(1 - found.independent.mean())
    )
