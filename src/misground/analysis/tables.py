"""The tables of a report: planned contrasts, the paper's, and what our analyses add."""

from collections.abc import Callable, Sequence
from typing import Final

from misground.analysis.breaks import step_rows
from misground.analysis.ceilings import ceilings_of
from misground.analysis.cells import by, select
from misground.analysis.consistency import consistency_rows
from misground.analysis.difficulty import distance_rows
from misground.analysis.evidence_curve import curve_points
from misground.analysis.faults import FREE, NAMED_AT, fault_rows
from misground.analysis.held_tables import calibration_rows, held_rows
from misground.analysis.paper_tables import paper_tables
from misground.analysis.planned import Contrast, detectable_span
from misground.analysis.position import position_rows
from misground.analysis.results import Run
from misground.analysis.screen import CONTRADICTS, agreed
from misground.analysis.table import EstimateRow, Table


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


def consistent(runs: Sequence[Run]) -> Table:
    """Items answered alike in all wordings, contradictions, and agreement between epochs."""
    return Table(
        "consistency",
        "Consistency",
        "Does a model answer all wordings of an item alike, and does it contradict itself?",
        consistency=[row for run in runs for row in consistency_rows(run)],
        notes=[
            "Relations with a picture; the wordings of an item are terms x coordinates x prompt. if "
            "independent: what independent answers would give, each as often right as its wording is where "
            "the right option stands at the same place; for contradictions, as often as both kinds of "
            "wordings taken together. correlation: 1 if two answers are always alike, 0 if as independent "
            "ones, below 0 if they differ more often.",
            "Contradiction: two answers about one fact that cannot both be true, in wordings that differ in "
            "one factor only. Twins are items about one fact (case, structures, axis) in another plane or "
            "dimension. without two answers: pairs in which a reply states no option; they are no "
            "contradictions and are left out.",
            "B relative to A, options exchanged and picture mirrored are probes: pairs of a question and its "
            "repetition with this one change. three structures: A above B and B above C, but C above A. "
            "follows anatomy: where what is usual in bodies speaks against the picture, the share of answers "
            "that follow it; if independent is then how often the model is wrong where the two agree.",
            "These are descriptions, not planned contrasts. Wordings can also be alike because a model "
            "prefers a word, or answers from names: alike does not mean that it saw.",
        ],
    )


def breaking(runs: Sequence[Run]) -> Table:
    """The steps from perceiving to saying, of each model."""
    return Table(
        "breaks",
        "Where it breaks",
        "From perceiving to saying: at which step does a model go wrong?",
        steps=[row for run in runs if not run.baseline for row in step_rows(run)],
        notes=[
            "Relations. Each step adds one thing: marks without a scan, the name of what is marked, the "
            "relation of marked structures whose mark A was named rightly on the same picture, the same "
            "without marks, then without a picture. Then the steps of saying: the same answer whenever a "
            "question is asked again, and answers to twins (B relative to A; the options exchanged) that can "
            "both be true. chance: guessing; for the last three, independent answers of the same accuracy.",
            "Naming and twins are probes, asked where the benchmark was built with --probes all. They are "
            "pooled with no other question. Descriptions, not planned contrasts.",
        ],
    )


def named_faults(runs: Sequence[Run]) -> Table:
    """What is wrong with each model, one named test a fault."""
    return Table(
        "faults",
        "Named faults",
        "Which faults does a model have, and of which is it free?",
        faults=[row for run in runs if not run.baseline for row in fault_rows(run)],
        notes=[
            "Each fault has one test, which the other faults do not move. shown: its size exceeds what is "
            f"tolerated, by a test that holds at {NAMED_AT:.1%} after correction over the faults of the "
            f"model (Holm). free: the whole 95% interval is below {100 * FREE:.0f} points. open: neither. "
            "Only stated answers count, except for the first fault.",
            "Simulated models with planted faults test these tests: see the page on simulated models. A "
            "real model can go wrong in ways that have no name here.",
        ],
    )


def positions(runs: Sequence[Run]) -> Table:
    """How often each place in the list of options is chosen, and how often the answer is right there."""
    return Table(
        "position",
        "Place of the options",
        "Does a model prefer an option for its place in the list?",
        positions=[row for run in runs for row in position_rows(run)],
        notes=[
            "All questions. chosen: share of stated answers (or mean probability, for runs that recorded "
            "it). right there: share of the same questions whose right option stands at this place. minus "
            "elsewhere: accuracy where the right option stands at this place less accuracy where it stands "
            "elsewhere; the draw balances the places. Descriptions, not planned contrasts.",
        ],
    )


def by_distance(runs: Sequence[Run]) -> Table:
    """Accuracy by how far apart the two structures are."""
    return Table(
        "distance",
        "Distance",
        "Are structures that lie closer together harder?",
        distances=[row for run in runs for row in distance_rows(run)],
        curves=[point for run in runs if not run.baseline for point in curve_points(run)],
        notes=[
            "Relations with a picture. Items are sorted by the distance between the centroids of their two "
            "structures along the asked axis, and cut into bins of as many items each, for CT and MRI "
            "apart. Near and far items ask about other structures, so a difference may be theirs. "
            "Descriptions, not planned contrasts. The figure shows accuracy against the evidence itself: the "
            "distance, the probability that decides an answer, the size of the smaller structure, and the "
            "frames that show both; its numbers are in evidence.csv.",
        ],
    )


def agreed_items(runs: Sequence[Run]) -> Table:
    """Items that all models have right or wrong, and labels that a person should look at."""
    return Table(
        "items",
        "Items and labels",
        "Which items do all models have right or wrong, and which labels do the strong ones contradict?",
        agreed=agreed(runs),
        notes=[
            "An item is right for a model if most of its stated answers to it are, over all wordings with "
            "the picture. if independent: what models with the same shares of items would have in common.",
            "label_screen.csv lists the items where every model that is above guessing contradicts the "
            f"label in at least {CONTRADICTS:.0%} of its answers, for a human look: the label may be wrong, "
            "or the item may mislead. It takes two such models.",
        ],
    )


OURS: Final[Sequence[Callable[[Sequence[Run]], Table]]] = (
    breaking, named_faults, consistent, positions, by_distance, agreed_items, said_and_held, calibrated,
)  # fmt: skip


def report_tables(runs: Sequence[Run]) -> list[Table]:
    """The paper's tables and ours, for which these runs have answers."""
    return paper_tables(runs) + [found for table in OURS if not (found := table(runs)).empty]


def all_cells(runs: Sequence[Run]) -> Table:
    """Accuracy at each level of each factor, by run and condition."""
    rows: list[EstimateRow] = []
    for run in runs:
        for factor in ("modality", "plane", "axis", "dimension", "task", "coordinates", "prompt", "terms"):
            for levels, found in by(run.questions, "condition", factor):
                cell, seen = (
                    f"{levels['condition']} {factor}={levels[factor]}",
                    select(run.questions, **levels),
                )
                rows.append(EstimateRow(run.name, cell, found, ceilings=ceilings_of(seen)))
    return Table(
        "cells", "Every factor", "How often is each model correct at each level of each factor?", rows
    )
