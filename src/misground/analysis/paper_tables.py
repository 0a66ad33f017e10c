"""The tables of the paper: one function each, each answering a question stated in words.

Relations are the tasks in_plane and cross_slice. What the paper compares within items is compared here on
exact pairs; everything else is shown side by side with intervals.
"""

from collections.abc import Callable, Sequence
from typing import Final

from misground.analysis.any_mark import compare_any_mark
from misground.analysis.ceilings import ceilings_of, one_mark_note
from misground.analysis.cells import estimate_of, select
from misground.analysis.comparisons import Comparison, compare_levels
from misground.analysis.explained import decoding
from misground.analysis.plans import Levels
from misground.analysis.published import published
from misground.analysis.results import Run
from misground.analysis.table import ComparisonRow, EstimateRow, Table
from misground.records import LEVELS, RELATION_TASKS

_SEEN: Final[Levels] = {"condition": "image", "task": RELATION_TASKS}


def overall(runs: Sequence[Run]) -> Table:
    """All questions, by run."""
    rows = [
        EstimateRow(
            run.name,
            run.arm,
            estimate_of(run.questions),
            _printed(run, "overall", run.arm),
            ceilings_of(run.questions),
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
    """Prompts by terms, and the gain of each prompt, and of any mark, over none."""
    both: Levels = {"terms": ("anatomical", "colloquial")}
    cells: list[tuple[str, Levels]] = []
    pairs: list[ComparisonRow] = []
    groups: list[tuple[str, Levels]] = [
        (f"{view} {name}", {**seen, **levels})
        for view, seen in (("viewing", {"coordinates": "viewing"}), ("both_coordinates", {}))
        for name, levels in (("both_terms", both), *((one, {"terms": one}) for one in LEVELS["terms"]))
    ]
    for name, levels in groups:
        cells += [(f"{name} {prompt}", {**levels, "prompt": prompt}) for prompt in LEVELS["prompt"]]
    for run in runs:
        for name, levels in groups:
            for prompt in LEVELS["prompt"][1:]:
                found = compare_levels(run.questions, "prompt", "none", prompt, {**_SEEN, **levels})
                pairs += _row(run.name, f"{name}: {prompt} minus none", found)
            cell = f"{name}: any mark minus none"
            found = compare_any_mark(run.questions, {**_SEEN, **levels})
            pairs += _row(run.name, cell, found, _printed(run, "rq3", cell))
    return Table(
        "rq3",
        "Prompts by terms (RQ3)",
        "Does marking the two structures in the picture help, and for which words?",
        _cells("rq3", runs, cells, condition="image", task=RELATION_TASKS),
        pairs,
        notes=[
            "Relations with a picture. any mark: the mean of mask, box and point. The paper reports one "
            "difference for all marks together, which stands beside the rows as viewed.",
            *one_mark_note(runs),
        ],
    )


def ab1(runs: Sequence[Run]) -> Table:
    """Text-only questions compared with the same questions with a picture, by task."""
    alike: Levels = {"coordinates": "viewing", "prompt": "none"}
    groups: list[tuple[str, Levels]] = [
        (f"{name} {terms}", {**alike, "task": task, "terms": terms})
        for name, task in (*((task, task) for task in RELATION_TASKS), ("both_tasks", RELATION_TASKS))
        for terms in LEVELS["terms"]
    ]
    cells: list[tuple[str, Levels]] = [
        (f"{name} {condition}", {**levels, "condition": condition})
        for name, levels in groups
        for condition in ("text_only", "image")
    ]
    pairs: list[ComparisonRow] = []
    for run in runs:
        for name, levels in groups:
            found = compare_levels(run.questions, "condition", "text_only", "image", levels)
            pairs += _row(run.name, f"{name}: image minus text_only", found)
    return Table(
        "ab1",
        "Without a picture (AB1)",
        "How much can a model answer from the names of the structures alone?",
        _cells("ab1", runs, cells),
        pairs,
        notes=[
            "The same questions with and without the picture, shown as radiologists view it and without a "
            "prompt. Knowing anatomy answers in-plane questions without the picture, and cross-slice ones in "
            "anatomical terms, but not which of two structures comes earlier in the stack."
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


PAPER: Final[Sequence[Callable[[Sequence[Run]], Table]]] = (overall, decoding, rq1, rq2, rq3, ab1, ab2)


def paper_tables(runs: Sequence[Run]) -> list[Table]:
    """The paper's tables for which these runs have answers."""
    return [found for table in PAPER if not (found := table(runs)).empty]


def _cells(
    table: str, runs: Sequence[Run], cells: Sequence[tuple[str, Levels]], **common: str | Sequence[str]
) -> list[EstimateRow]:
    rows = []
    for run in runs:
        for name, levels in cells:
            questions = select(run.questions, **common, **levels)
            if len(questions):
                found, text = estimate_of(questions), _printed(run, table, name)
                rows.append(EstimateRow(run.name, name, found, text, ceilings_of(questions)))
    return rows


def _printed(run: Run, table: str, cell: str) -> str | None:
    """The paper's figure for a cell; None for a baseline, which is not a model."""
    return None if run.baseline else published().text(table, cell)


def _row(run: str, cell: str, found: Comparison, text: str | None = None) -> list[ComparisonRow]:
    return [] if found.paired is None else [ComparisonRow(run, cell, found, text)]
