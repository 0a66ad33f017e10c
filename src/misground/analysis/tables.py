"""The tables of the paper: one function each, each answering a question stated in words.

Relations are the tasks in_plane and cross_slice. What the paper compares within items is compared here on
exact pairs; everything else is shown side by side with intervals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from misground.analysis.accuracy import Estimate
from misground.analysis.cells import by, estimate_of, select
from misground.analysis.comparisons import (
    Comparison,
    compare_levels,
    compare_runs,
    differing,
    pair_up,
)
from misground.analysis.held_tables import (
    CalibrationRow,
    HeldRow,
    calibration_rows,
    held_rows,
)
from misground.analysis.planned import Contrast, detectable_span
from misground.analysis.plans import Levels
from misground.analysis.published import published
from misground.analysis.results import Run
from misground.records import LEVELS, RELATION_TASKS

_SEEN: Final[Levels] = {"condition": "image", "task": RELATION_TASKS}


@dataclass(frozen=True)
class EstimateRow:
    """The accuracy of one run in one cell.

    Attributes:
        run: name of the run.
        cell: name of the cell.
        estimate: the accuracy.
        published: the paper's figure for the cell as text; None if there is none.
    """

    run: str
    cell: str
    estimate: Estimate
    published: str | None = None


@dataclass(frozen=True)
class ComparisonRow:
    """A difference within one run, or between two runs, in one cell.

    Attributes:
        run: name of the run, or of both runs.
        cell: name of the cell, with what is compared.
        comparison: the difference.
        published: the paper's figure for the cell as text; None if there is none.
    """

    run: str
    cell: str
    comparison: Comparison
    published: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        name: stem of its CSV file.
        title: the heading.
        asks: the question that it answers.
        estimates: accuracies.
        comparisons: differences.
        calibrations: how well probabilities fit.
        held: what was said beside what was held likely.
        notes: what to know before reading it.
        contrasts: planned contrasts.
    """

    name: str
    title: str
    asks: str
    estimates: Sequence[EstimateRow] = ()
    comparisons: Sequence[ComparisonRow] = ()
    calibrations: Sequence[CalibrationRow] = ()
    held: Sequence[HeldRow] = ()
    notes: Sequence[str] = field(default=())
    contrasts: Sequence[Contrast] = ()

    @property
    def empty(self) -> bool:
        """Whether the table has no rows."""
        return not (self.estimates or self.comparisons or self.calibrations or self.held or self.contrasts)


def planned_table(contrasts: Sequence[Contrast]) -> Table:
    """The planned contrasts of a report."""
    return Table(
        "planned",
        "Planned contrasts",
        "Which of the differences that were named before the run hold?",
        contrasts=contrasts,
        notes=["Only these may be called differences. All are corrected together (Holm).", _shown(contrasts)],
    )


def _shown(contrasts: Sequence[Contrast]) -> str:
    """What the data could have shown, whatever they do show."""
    found = detectable_span(contrasts)
    if found is None:
        return "What these data could have shown: no difference, since no contrast has an interval."
    low, high = (f"{100 * one:.1f}" for one in found)
    return (
        f"What these data could have shown, in 80% of runs: a true difference of {low} points in the "
        f"contrast with the narrowest interval, and of {high} points in that with the widest. A difference "
        "that must hold after the correction takes more. Where none is shown, a smaller one may exist. "
        "The command misground power says this before a run."
    )


def overall(runs: Sequence[Run]) -> Table:
    """All questions, by run."""
    rows = [
        EstimateRow(
            run.name, run.decoding, estimate_of(run.questions), _printed(run, "overall", run.decoding)
        )
        for run in runs
    ]
    others = ", ".join(published().others("overall"))
    return Table(
        "overall",
        "Overall",
        "How often is each model correct, over all questions that it was asked?",
        rows,
        notes=[f"The paper also reports, for models that take a volume as input: {others}."],
    )


def rq1(runs: Sequence[Run]) -> Table:
    """Accuracy by task, and for stacks and slices."""
    cells: list[tuple[str, Levels]] = [(task, {"task": task}) for task in LEVELS["task"]]
    cells += [(level, {"dimension": level}) for level in LEVELS["dimension"]]
    return Table(
        "rq1",
        "Tasks and dimensions (RQ1)",
        "Does a model recognise how a stack is sliced, and where structures lie across slices and within "
        "one? Are stacks harder than slices?",
        _cells("rq1", runs, cells, condition="image"),
        notes=["Questions with a picture. Slices and stacks show different facts, so their items differ."],
    )


def rq2(runs: Sequence[Run]) -> Table:
    """Terms by coordinates."""
    cells: list[tuple[str, Levels]] = [
        (f"{terms} {coordinates}", {"terms": terms, "coordinates": coordinates})
        for coordinates in LEVELS["coordinates"]
        for terms in LEVELS["terms"]
    ]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for terms in LEVELS["terms"]:
            found = compare_levels(
                run.questions, "coordinates", "storage", "viewing", {**_SEEN, "terms": terms}
            )
            pairs += _row(run.name, f"{terms}: viewing minus storage", found)
        for coordinates in LEVELS["coordinates"]:
            found = compare_levels(
                run.questions, "terms", "anatomical", "colloquial", {**_SEEN, "coordinates": coordinates}
            )  # fmt: skip
            pairs += _row(run.name, f"{coordinates}: colloquial minus anatomical", found)
    return Table(
        "rq2",
        "Terms by coordinates (RQ2)",
        "Does a model know the patient's directions when the picture is shown as radiologists view it, "
        "and the screen's directions when it is not?",
        _cells("rq2", runs, cells, condition="image", task=RELATION_TASKS),
        pairs,
        notes=["Relations with a picture."],
    )


def rq3(runs: Sequence[Run]) -> Table:
    """Prompts by terms, and the gain of each prompt over none."""
    cells: list[tuple[str, Levels]] = []
    pairs: list[ComparisonRow] = []
    groups: list[tuple[str, Levels]] = [
        ("all", {}),
        *((terms, {"terms": terms}) for terms in LEVELS["terms"]),
    ]
    for name, levels in groups:
        cells += [(f"{name} {prompt}", {**levels, "prompt": prompt}) for prompt in LEVELS["prompt"]]
        for run in runs:
            for prompt in LEVELS["prompt"][1:]:
                found = compare_levels(run.questions, "prompt", "none", prompt, {**_SEEN, **levels})
                pairs += _row(run.name, f"{name}: {prompt} minus none", found, _printed(run, "rq3", name))
    return Table(
        "rq3",
        "Prompts by terms (RQ3)",
        "Does marking the two structures in the picture help, and for which words?",
        _cells("rq3", runs, cells, condition="image", task=RELATION_TASKS),
        pairs,
        notes=[
            "Relations with a picture. The paper reports one difference for all prompts together, relative "
            "to the accuracy without a prompt."
        ],
    )


def ab1(runs: Sequence[Run]) -> Table:
    """Text-only questions compared with the same questions with a picture."""
    alike: Levels = {"coordinates": "viewing", "prompt": "none", "task": RELATION_TASKS}
    cells: list[tuple[str, Levels]] = [
        (f"{terms} {condition}", {"terms": terms, "condition": condition})
        for terms in LEVELS["terms"]
        for condition in ("text_only", "image")
    ]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for terms in LEVELS["terms"]:
            found = compare_levels(
                run.questions, "condition", "text_only", "image", {**alike, "terms": terms}
            )
            pairs += _row(run.name, f"{terms}: image minus text_only", found)
    return Table(
        "ab1",
        "Without a picture (AB1)",
        "How much can a model answer from the names of the structures alone?",
        _cells("ab1", runs, cells, **alike),
        pairs,
        notes=[
            "The same questions with and without the picture, shown as radiologists view it and without a "
            "prompt."
        ],
    )


def ab2(runs: Sequence[Run]) -> Table:
    """Marks on a blank canvas, by prompt."""
    marked: Levels = {"terms": "colloquial", "task": RELATION_TASKS}
    cells: list[tuple[str, Levels]] = [(prompt, {"prompt": prompt}) for prompt in LEVELS["prompt"][1:]]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for prompt in LEVELS["prompt"][1:]:
            found = compare_levels(run.questions, "condition", "blank", "image", {**marked, "prompt": prompt})
            pairs += _row(run.name, f"{prompt}: image minus blank", found)
    return Table(
        "ab2",
        "On a blank canvas (AB2)",
        "Can a model tell how one mark lies relative to another when there is nothing else to see?",
        _cells("ab2", runs, cells, condition="blank"),
        pairs,
        notes=[
            "Questions on a blank canvas name no structure; their counterparts with a picture show and name "
            "both."
        ],
    )


def decoding(runs: Sequence[Run]) -> Table:
    """Semantic decoding compared with default decoding of the same model."""
    rows: list[ComparisonRow] = []
    notes: list[str] = []
    cells: list[tuple[str, Levels]] = [("all", {}), *((task, {"task": task}) for task in LEVELS["task"])]
    cells += [(terms, {"terms": terms}) for terms in LEVELS["terms"]]
    for default, semantic in pair_up(runs):
        name = f"{semantic.name} minus {default.name}"
        for cell, levels in cells:
            found = compare_runs(default, semantic, levels)
            rows += _row(name, cell, found, published().text("decoding", cell))
        other = differing(default.record, semantic.record)
        if other:
            notes.append(
                f"{name}: the runs also differ in {', '.join(other)}, not only in the decoding rule."
            )
    return Table(
        "decoding",
        "Semantic sampling",
        "Is a model correct more often when it decodes by semantic sampling?",
        comparisons=rows,
        notes=notes,
    )


def said_and_held(runs: Sequence[Run]) -> Table:
    """What the replies said beside what the model held likely."""
    return Table(
        "held",
        "Said and held likely",
        "When a reply is wrong or gives no answer, is it lost in wording, or does the model hold another "
        "option more likely?",
        held=held_rows(runs),
        notes=[
            "Held likely: the option with the largest probability as the continuation of `Answer:` after the "
            "reasoning of the reply, from the model's own probabilities at temperature 1. Runs whose answers "
            "are read from the probabilities alone (--read options) are left out."
        ],
    )


def calibrated(runs: Sequence[Run]) -> Table:
    """How well the probabilities of the options fit what is right."""
    return Table(
        "calibration",
        "Calibration",
        "Is a model right as often as it is confident?",
        calibrations=calibration_rows(runs),
        notes=[
            "Confidence: the probability of the likeliest option, given that the model answers with one of "
            "the options; with several epochs, a question's mean. Brier score: the sum over the options of "
            "squared differences, 0 at best, 2 at worst; equal probabilities give 0.50 with two options, "
            "0.67 with three. Calibration error: the mean difference of confidence and share right over bins "
            "of equal mass (up to 10 bins with as many questions each, at least 10); with few questions it "
            "is too high even for a perfectly calibrated model. The bins are in reliability.csv."
        ],
    )


TABLES: Final[Sequence[Callable[[Sequence[Run]], Table]]] = (
    overall, decoding, rq1, rq2, rq3, ab1, ab2, said_and_held, calibrated,
)  # fmt: skip


def paper_tables(runs: Sequence[Run]) -> list[Table]:
    """The paper's tables, and those of probabilities, for which these runs have answers."""
    return [found for table in TABLES if not (found := table(runs)).empty]


def all_cells(runs: Sequence[Run]) -> Table:
    """Accuracy at each level of each factor, by run and condition."""
    rows: list[EstimateRow] = []
    for run in runs:
        for factor in ("modality", "plane", "axis", "dimension", "task", "coordinates", "prompt", "terms"):
            for levels, found in by(run.questions, "condition", factor):
                rows.append(EstimateRow(run.name, f"{levels['condition']} {factor}={levels[factor]}", found))
    return Table(
        "cells", "Every factor", "How often is each model correct at each level of each factor?", rows
    )


def _cells(
    table: str, runs: Sequence[Run], cells: Sequence[tuple[str, Levels]], **common: str | Sequence[str]
) -> list[EstimateRow]:
    rows = []
    for run in runs:
        for name, levels in cells:
            questions = select(run.questions, **common, **levels)
            if len(questions):
                rows.append(EstimateRow(run.name, name, estimate_of(questions), _printed(run, table, name)))
    return rows


def _printed(run: Run, table: str, cell: str) -> str | None:
    """The paper's figure for a cell; None for a baseline, which is not a model."""
    return None if run.baseline else published().text(table, cell)


def _row(run: str, cell: str, found: Comparison, text: str | None = None) -> list[ComparisonRow]:
    return [] if found.paired is None else [ComparisonRow(run, cell, found, text)]
